"""The files of the five real sources: every row is accepted, oddities have warnings.

`make acceptance` builds the warehouse from the real files and then runs this; it is not
part of `make test`, because the files never enter the project.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query() -> Query:
    warehouse = Path(
        os.environ.get(
            "RETAIL_MARTS_WAREHOUSE", PROJECT / "warehouse" / "retail_marts.duckdb"
        )
    )
    connection = duckdb.connect(str(warehouse), read_only=True)

    def run(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    assert run(
        "select raw_line_count from core.fct_source_files"
        " where source_table = 'kalbe.transactions'"
    ) == [(5020,)], "the warehouse is not built from the real files: make acceptance"
    return run


def test_every_row_of_every_file_is_accepted(query: Query) -> None:
    assert query(
        "select source_table, raw_line_count, accepted_row_count, rejected_row_count"
        " from core.fct_source_files order by source_table"
    ) == [
        ("car_dealer.customers", 500, 500, 0),
        ("kalbe.customers", 447, 447, 0),
        ("kalbe.products", 10, 10, 0),
        ("kalbe.stores", 14, 14, 0),
        ("kalbe.transactions", 5020, 5020, 0),
        ("scf.implicates", 28885, 28885, 0),
        ("superstore.orders", 51290, 51290, 0),
        ("superstore.people", 24, 24, 0),
        ("superstore.returns", 1079, 1079, 0),
        ("umkm.orders", 326, 326, 0),
    ]


def test_kalbe_warnings(query: Query) -> None:
    assert query(
        "select warning, count(*) from core.fct_row_warnings"
        " where source_table = 'kalbe.customers' group by 1 order by 1"
    ) == [
        ("an income of zero", 16),
        ("married at the age of 0", 1),
        ("married at the age of 2", 1),
        ("married at the age of 3", 1),
        ("no marital status", 3),
    ]
