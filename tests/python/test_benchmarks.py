"""The contenders of benchmarks/scale.py must compute the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import scale
from benchmarks.figures import differences
from retail_marts.sample.flat import write_flat_sales

ROWS = 20_000
BUSINESSES = 3


@pytest.fixture(scope="module")
def soiled_parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated file with a row of each kind of fault and oddity put behind it."""
    path = tmp_path_factory.mktemp("flat") / "flat.parquet"
    write_flat_sales(path, rows=ROWS, businesses=BUSINESSES, products=60, seed=7)
    table = pq.read_table(path)
    nullable = pa.schema([field.with_nullable(True) for field in table.schema])
    row = table.slice(0, 1).to_pylist()[0] | {"order_id": "X1", "quantity": 2}
    faults = [
        {"business_id": None},
        {"business_id": "kalbe"},
        {"order_id": "  "},
        {"product_id": None},
        {"order_date": None},
        {"quantity": None},
        {"unit_price_amount": None},
        {"sales_amount": None, "order_id": ""},
    ]
    oddities = [
        {"quantity": 0},
        {"sales_amount": Decimal("-3.5000")},
        {"quantity": -1, "sales_amount": Decimal("3.5000")},
        {"order_id": " X2 ", "product_id": row["product_id"] + " "},
        {"order_id": "X3", "customer_id": None, "store_id": " "},
        {"order_id": "X4", "product_name": "The newest name", "category": None},
        {"order_id": "X5"},
        {"order_id": "X5"},
        {"order_id": "X5"},
    ]
    added = pa.Table.from_pylist(
        [row | change for change in [*faults, *oddities]], schema=nullable
    )
    pq.write_table(pa.concat_tables([table.cast(nullable), added]), path)
    return path


def test_contenders_give_equal_figures(soiled_parquet: Path, tmp_path: Path) -> None:
    contenders = {
        scale.OURS: scale.run_ours,
        scale.HAND_WRITTEN: scale.run_hand_written,
        scale.PANDAS: scale.run_pandas,
    }
    figures = {}
    for name, run in contenders.items():
        folder = tmp_path / name.replace(" ", "_")
        folder.mkdir()
        cost, figures[name] = run(soiled_parquet, folder)
        assert cost.seconds > 0
        assert cost.peak_mib > 10
    assert len(figures[scale.OURS]) > 100
    rejected = [
        count
        for name, count in figures[scale.OURS].items()
        if name.startswith("core.fct_rejected_rows|") and name.endswith("|rows")
    ]
    assert sum(rejected) == 8
    assert differences(figures[scale.OURS], figures[scale.HAND_WRITTEN]) == []
    assert differences(figures[scale.OURS], figures[scale.PANDAS]) == []

    unlike = _unlike_marts(
        tmp_path / "dbt_run" / "warehouse.duckdb",
        tmp_path / "hand-written_SQL" / "warehouse.duckdb",
    )
    assert unlike == {}


def _unlike_marts(
    ours: Path, hand_written: Path
) -> dict[str, list[tuple[object, ...]]]:
    """Rows that stand in one warehouse only, by mart; doubles to nine digits."""
    unlike = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{hand_written}' as peer (read_only)")
        columns: dict[str, list[str]] = {}
        for schema, table, column, data_type in connection.execute(
            "select schema_name, table_name, column_name, data_type "
            "from duckdb_columns() where database_name = 'peer' "
            "and schema_name in ('core', 'sales')"
        ).fetchall():
            shown = f"round({column}, 9)" if data_type == "DOUBLE" else column
            columns.setdefault(f"{schema}.{table}", []).append(shown)
        for mart, names in columns.items():
            one, other = (
                f"select {', '.join(names)} from {database}.{mart}"
                for database in ("ours", "peer")
            )
            rows = connection.execute(
                f"({one} except all {other}) union all ({other} except all {one})"
            ).fetchall()
            if rows:
                unlike[mart] = rows[:4]
    return unlike


def test_differences_names_what_differs() -> None:
    one = {"a": 1.0, "b": 2.0, "c": 3.0}
    other = {"a": 1.0, "b": 2.5, "d": 4.0}
    assert differences(one, other) == [
        "b: 2.0 and 2.5",
        "c: 3.0 and None",
        "d: None and 4.0",
    ]


def test_bars_judge_by_ours_without_startup() -> None:
    def cost(seconds: float, peak_mib: float) -> scale.Cost:
        return scale.Cost(seconds=seconds, cpu_seconds=seconds, peak_mib=peak_mib)

    small = {scale.OURS: cost(12, 500), scale.STARTUP: cost(10, 300)}
    large = {
        scale.OURS: cost(30, 2000),
        scale.STARTUP: cost(10, 300),
        scale.HAND_WRITTEN: cost(16, 1500),
        scale.PANDAS: cost(50, 5000),
    }
    judged = scale.bars({scale.SMALL: small, scale.LARGE: large}, cost(31, 400))
    assert [(bar["measured"], bar["is_met"]) for bar in judged] == [
        (1.25, True),
        (2.5, False),
        (0.4, True),
        (2000, True),
        (10.0, True),
        (31, False),
    ]
    unmeasured = scale.bars({scale.SMALL: small}, None)
    assert {bar["is_met"] for bar in unmeasured} == {None}
