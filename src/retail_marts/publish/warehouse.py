"""The private warehouse for readers: attached read-only, under the name ``private``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from retail_marts.errors import InputError
from retail_marts.publish.proof import Outcome, Runs


@contextlib.contextmanager
def opened(
    warehouse: Path, memory_limit: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading.

    Raises
    ------
    InputError
        When it does not exist or another process has it open.
    """
    if not warehouse.exists():
        raise InputError(
            f"the private warehouse {warehouse} does not exist.",
            remedy="Run `retail-marts build` first.",
        )
    with duckdb.connect() as connection:
        # Tables have no order of their own; keeping one would cost memory and a core.
        connection.execute("set preserve_insertion_order = false")
        if memory_limit is not None:
            connection.execute(f"set memory_limit = {literal(memory_limit)}")
        try:
            connection.execute(
                f"attach {literal(str(warehouse))} as private (read_only)"
            )
        except duckdb.IOException as error:
            raise InputError(
                f"the private warehouse {warehouse} cannot be opened "
                f"({first_line(error)}).",
                remedy="Wait until the build has ended, or close the program that has "
                "the file open.",
            ) from None
        yield connection


def read_runs(connection: duckdb.DuckDBPyConnection) -> Runs:
    """Read what dbt noted: the last outcome of each node, and a run that never ended.

    Notes of an older version of Retail Marts, which did not number the runs, are left
    out.
    """
    try:
        rows = connection.execute(
            "select outcomes.unique_id, outcomes.status, outcomes.message,"
            " outcomes.invocation_number, invocations.limited_by"
            " from private.raw.dbt_outcomes as outcomes"
            " inner join private.raw.dbt_invocations as invocations"
            " on outcomes.invocation_number = invocations.invocation_number"
        ).fetchall()
        unfinished = connection.execute(
            "select max(invocation_number) from private.raw.dbt_invocations"
            " where not has_ended"
        ).fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        return Runs({})
    assert unfinished is not None
    return Runs({row[0]: Outcome(*row[1:]) for row in rows}, unfinished[0])


def read_facts(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str]
) -> dict[str, Any]:
    """Which businesses, as of when, from which files: for a manifest.

    Parameters
    ----------
    connection
        As :func:`opened` gives it.
    tables
        The tables of the marts in the warehouse, by the marts' full names.
    """
    businesses = connection.execute(
        f"""
        with

        lines as (

            select
                business_id,
                count(*) as sales_line_count,
                list_sort(list(distinct source_table)) as source_tables
            from {tables["core.fct_sales_lines"]}
            group by business_id

        ),

        customers as (

            select business_id, count(*) as customer_count
            from {tables["core.dim_customers"]}
            group by business_id

        )

        select
            businesses.business_id,
            businesses.currency,
            strftime(businesses.as_of_date, '%Y-%m-%d') as as_of_date,
            coalesce(lines.sales_line_count, 0) as sales_line_count,
            coalesce(customers.customer_count, 0) as customer_count,
            coalesce(lines.source_tables, []) as source_tables
        from {tables["core.dim_businesses"]} as businesses
        left join lines on businesses.business_id = lines.business_id
        left join customers on businesses.business_id = customers.business_id
        order by businesses.business_id
        """
    )
    files = connection.cursor().execute(
        "select source_table, source_file, sha256, accepted_row_count, "
        f"rejected_row_count from {tables['core.fct_source_files']} "
        "order by source_table, source_file"
    )
    return {"businesses": _as_dicts(businesses), "source_files": _as_dicts(files)}


def _as_dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
