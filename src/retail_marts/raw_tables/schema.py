"""The tables of the schema ``raw``, and what an earlier build noted in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from retail_marts.landing import landed_schema
from retail_marts.raw_tables.sql import Cursor
from retail_marts.raw_tables.stored import SOURCE_FILE, Stored
from retail_marts.settings import Settings
from retail_marts.settings.mapped import MappedSales
from retail_marts.settings.tree import Business


class Known(NamedTuple):
    """What an earlier build noted of a file that it landed."""

    version: str
    raw_line_count: int
    #: Our names of the optional columns that it lacks.
    missing: tuple[str, ...]


#: By source table and file.
Landed = Mapping[tuple[str, str], Known]


def prepare(cursor: Cursor) -> None:
    """Create the schema, the list of landed files and the tables of dbt's runs."""
    cursor.execute("create schema if not exists raw")
    cursor.execute(
        "create table if not exists raw.landed_files ("
        " source_table varchar not null,"
        " source_file varchar not null,"
        " size_bytes bigint not null,"
        " sha256 varchar,"
        " raw_line_count bigint not null,"
        # Changes with the file, its settings and our code. Null: landed in each run.
        " version varchar,"
        # Optional columns that the file lacks, by our names.
        " missing_columns varchar)"
    )
    for column in ("version", "missing_columns"):
        cursor.execute(
            f"alter table raw.landed_files add column if not exists {column} varchar"
        )
    # Where the models are that mapped sources name. The macro note_mapped_models
    # writes it before the first node runs.
    cursor.execute(
        "create table if not exists raw.mapped_models ("
        " model varchar not null,"
        " relation varchar)"
    )
    # What the incremental models have read. The macro note_refresh writes it.
    cursor.execute(
        "create table if not exists raw.refreshes ("
        " model varchar not null,"
        " refresh_number bigint not null,"
        " first_refresh_number bigint not null,"
        " fingerprint varchar not null,"
        " invocation_id varchar not null)"
    )
    cursor.execute(
        "create table if not exists raw.refreshed_files ("
        " model varchar not null,"
        " source_table varchar not null,"
        " source_file varchar not null,"
        " raw_line_count bigint not null,"
        " version varchar,"
        " build_day date,"
        " has_late_rows boolean)"
    )
    for column in ("build_day date", "has_late_rows boolean"):
        cursor.execute(
            f"alter table raw.refreshed_files add column if not exists {column}"
        )
    cursor.execute(
        "create table if not exists raw.changed_sales_lines ("
        " refresh_number bigint not null,"
        " business_id varchar,"
        " order_id varchar,"
        " product_id varchar,"
        " sales_date date)"
    )
    # The settings of this run. SQL reads `resolved`, with all defaults. Python models
    # read `stated`, only what the user wrote: a general value that the user wrote
    # overrides the default of a business.
    cursor.execute(
        "create table if not exists raw.settings ("
        " resolved varchar not null,"
        " stated varchar not null)"
    )
    # Which day it is for each source; that of the project has no name.
    cursor.execute(
        "create table if not exists raw.build_days ("
        " source_name varchar not null,"
        " time_zone varchar not null,"
        " build_day date not null,"
        " orders_ahead boolean not null)"
    )
    # The dbt commands and their results. The macros note_run_start and note_run_end
    # write them. Runs are numbered in the warehouse, because a clock can be set
    # back.
    cursor.execute(
        "create table if not exists raw.dbt_invocations ("
        " invocation_id varchar primary key,"
        " command varchar not null,"
        " started_at timestamp not null,"
        " has_ended boolean not null,"
        " invocation_number bigint,"
        # --empty or --sample: the run read a part of the rows only.
        " limited_by varchar)"
    )
    cursor.execute(
        "create table if not exists raw.dbt_outcomes ("
        " unique_id varchar primary key,"
        " status varchar not null,"
        " message varchar,"
        " started_at timestamp not null,"
        " invocation_number bigint)"
    )
    # Warehouses of versions that did not number the runs.
    for table, column in (
        ("dbt_invocations", "invocation_number bigint"),
        ("dbt_invocations", "limited_by varchar"),
        ("dbt_outcomes", "invocation_number bigint"),
    ):
        cursor.execute(f"alter table raw.{table} add column if not exists {column}")


def write_settings(cursor: Cursor, settings: Settings) -> None:
    """Store the checked settings for SQL and Python models."""
    cursor.execute("delete from raw.settings")
    cursor.execute(
        "insert into raw.settings values (?, ?)",
        [settings.model_dump_json(), settings.model_dump_json(exclude_unset=True)],
    )


def write_build_days(cursor: Cursor, settings: Settings) -> None:
    """Keep the day of the build in the time zone of every source."""
    sources: dict[str, Business | MappedSales]
    sources = {**settings.businesses, **settings.mapped_sources}
    cursor.execute("delete from raw.build_days")
    cursor.executemany(
        "insert into raw.build_days select ?, time_zone,"
        " coalesce(try_cast(? as date), cast(timezone(time_zone, now()) as date)), ?"
        " from (select ? as time_zone)",
        [
            ("", settings.build_day, False, "UTC"),
            *(
                (name, settings.build_day, source.orders_ahead, source.time_zone)
                for name, source in sources.items()
            ),
        ],
    )


def landed_files(cursor: Cursor) -> Landed:
    """What an earlier build noted of each landed file."""
    return {
        (source_table, source_file): Known(
            version, line_count, tuple(missing.split(",")) if missing else ()
        )
        for source_table, source_file, version, line_count, missing in cursor.execute(
            "select source_table, source_file, version, raw_line_count, missing_columns"
            " from raw.landed_files where version is not null"
        ).fetchall()
    }


def forget_files(cursor: Cursor, source_table: str, *, is_prefix: bool = False) -> None:
    """Remove a source's files from the list of landed files."""
    condition = "starts_with(source_table, ?)" if is_prefix else "source_table = ?"
    cursor.execute(f"delete from raw.landed_files where {condition}", [source_table])


def note_file(
    cursor: Cursor,
    source_table: str,
    stored: Stored,
    line_count: int,
    missing: Sequence[str] = (),
) -> None:
    cursor.execute(
        "insert into raw.landed_files values (?, ?, ?, ?, ?, ?, ?)",
        [
            source_table,
            stored.name,
            stored.size,
            stored.sha256,
            line_count,
            stored.version or None,
            ",".join(missing) or None,
        ],
    )


def kept(cursor: Cursor, identifier: str) -> pa.Table | None:
    """The rows that an earlier build landed, or None if there is no such table."""
    if relation_type(cursor, identifier) is None:
        return None
    return cursor.sql(f"from raw.{identifier}").to_arrow_table()


def empty(columns: Sequence[str]) -> pa.Table:
    """The raw table of a source that is not read."""
    return landed_schema(columns).append(SOURCE_FILE).empty_table()


def relation_type(cursor: Cursor, name: str) -> str | None:
    found = cursor.execute(
        "select table_type from information_schema.tables "
        "where table_schema = 'raw' and table_name = ?",
        [name],
    ).fetchall()
    return {"BASE TABLE": "table", "VIEW": "view"}[found[0][0]] if found else None
