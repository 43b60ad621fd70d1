"""Whether two builds gave the same marts, row by row."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

#: Durations and times of a build, which always differ.
TIMES = re.compile(r".*_seconds|.*_at")
#: Floats are sums whose terms may be added in another order.
TOLERANCE = 1e-9
#: What doubles that are rounded to cents may differ by, with the error of a double.
CENT = 0.01 + 1e-9
#: The error of a double whose exact value is zero.
TINY = 1e-12

_SCHEMAS = (
    "core",
    "sales",
    "customers",
    "forecasting",
    "basket",
    "prospecting",
)


def differences(
    first: Path, second: Path, *, engines_differ: bool = False
) -> list[str]:
    """Differences between the marts of two warehouses; empty if they are equal.

    Keys contain no floats, so rows are ordered by the other columns. If two engines
    built the marts, money may differ by a cent, because doubles that are a tie for one
    of them are not for the other. And what is zero for one may be the error of a double
    for the other.
    """
    with duckdb.connect() as connection:
        for name, path in (("first", first), ("second", second)):
            literal = str(path).replace("'", "''")
            connection.execute(f"attach '{literal}' as {name}_build (read_only)")
        columns = {
            name: _columns(connection, f"{name}_build") for name in ("first", "second")
        }
        if not columns["first"]:
            return [f"{first} holds no mart"]
        found = [
            f"{mart} has other columns, or is in one build alone"
            for mart in sorted({*columns["first"], *columns["second"]})
            if columns["first"].get(mart) != columns["second"].get(mart)
        ]
        for mart, types in columns["first"].items():
            if columns["second"].get(mart) == types:
                found += _mart_differences(
                    connection, mart, types, CENT if engines_differ else 0.0
                )
    return found


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str
) -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name in ? order by all",
        [database, list(_SCHEMAS)],
    ).fetchall():
        columns.setdefault(f"{schema}.{table}", {})[column] = kind
    return columns


def _mart_differences(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    types: dict[str, str],
    cent: float,
) -> list[str]:
    compared = [column for column in types if not TIMES.fullmatch(column)]
    doubles = [column for column in compared if types[column] in ("DOUBLE", "FLOAT")]
    money = [column for column in compared if types[column] == "DECIMAL(38,2)"]
    numbers = [*doubles, *money] if cent else doubles
    exact = [column for column in compared if column not in numbers]
    order = ", ".join(str(number) for number in range(1, len(exact) + 1)) or "all"
    listed = ", ".join(
        # As texts, decimals keep each digit and lists are compared whole.
        [f'"{column}"::varchar as "{column}"' for column in exact]
        + [f'"{column}"::double as "{column}"' for column in numbers]
    )
    first, second = (
        connection.execute(
            f"select {listed} from {name}_build.{mart} order by {order}"
        ).df()
        for name in ("first", "second")
    )
    if len(first) != len(second):
        return [f"{mart} has {len(first)} and {len(second)} rows"]
    found = []
    for column in compared:
        one, other = first[column], second[column]
        same = (
            np.isclose(
                one,
                other,
                rtol=TOLERANCE,
                atol=cent if column in money else TINY if cent else 0,
                equal_nan=True,
            )
            if column in numbers
            else (one.eq(other) | (one.isna() & other.isna())).to_numpy()
        )
        if not same.all():
            found.append(_told(mart, column, one[~same], other[~same]))
    return found


def _told(mart: str, column: str, one: pd.Series, other: pd.Series) -> str:
    return (
        f"{mart}.{column} differs in {len(one)} rows, "
        f"such as {one.iloc[0]!r} and {other.iloc[0]!r}"
    )
