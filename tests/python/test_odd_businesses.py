"""Businesses that hardly are one: every mart is built, and every page is written."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Build, make_dbt

from retail_marts.report import write_report

HEADER = (
    *("business", "order", "date", "customer", "product", "name", "category"),
    *("quantity", "amount", "store"),
)
#: A name that would run as HTML, end a text in SQL or JSON, or start a formula.
EVIL = """o'neill <b>& "Москва" =1+1"""
NAIVE = ["mean", "naive", "seasonal_naive", "weekday_mean", "arima_search"]


def lines(
    business: str, count: int, **columns: Any
) -> Iterator[tuple[str | int | float, ...]]:
    """One order per day; a column is a value, or a function of the day's number."""
    usual: dict[str, Any] = {
        "order": lambda day: f"O{day}",
        "date": lambda day: (date(2024, 1, 1) + timedelta(days=day)).isoformat(),
        "customer": lambda day: f"C{day % 7}",
        "product": lambda day: f"P{day % 3}",
        "name": lambda day: f"Product {day % 3}",
        "category": lambda day: f"Category {day % 2}",
        "quantity": 1,
        "amount": lambda day: 9 + day % 3,
        "store": "S",
    }
    chosen = {**usual, **columns, "business": business}
    for day in range(count):
        yield tuple(
            value(day) if callable(value) else value
            for value in (chosen[name] for name in HEADER)
        )


ODD = {
    "usual": {"count": 60},
    "only_returns": {"count": 5, "quantity": -1, "amount": -10},
    "only_adjustments": {"count": 5, "quantity": 0, "amount": -3},
    "one_day": {"count": 6, "date": "2024-01-01"},
    "one_line": {"count": 1},
    "one_customer": {"count": 40, "customer": "C1"},
    "one_product": {"count": 40, "product": "P1", "amount": 10},
    "no_customers": {"count": 40, "customer": ""},
    "worth_nothing": {"count": 40, "amount": 0},
    "all_returned": {
        "count": 40,
        "order": lambda day: f"O{day // 2}",
        "quantity": lambda day: 1 - 2 * (day % 2),
        "amount": lambda day: 10 - 20 * (day % 2),
    },
    EVIL: {"count": 30, "name": "<script>alert(1)</script>", "category": "=1+1"},
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("odd")
    with (folder / "sales.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for business, columns in ODD.items():
            writer.writerows(lines(business, **columns))
    columns = {
        **{"business_id": "business", "order_id": "order", "order_date": "date"},
        **{"customer_id": "customer", "product_id": "product"},
        **{"product_name": "name", "category": "category", "quantity": "quantity"},
        **{"sales_amount": "amount", "store_id": "store"},
    }
    return make_dbt(folder)(
        "build",
        settings={
            "sources": [],
            "mapped_sources": {
                "odd": {"path": str(folder / "sales.csv"), "columns": columns}
            },
            "forecast_levels": ["total"],
            "forecast_settings": {"models": {"total": NAIVE}},
        },
    )


def test_every_mart_of_odd_businesses_is_built(build: Build) -> None:
    assert build.returncode == 0, build.output
    assert {
        name for (name,) in build.rows("select business_id from core.dim_businesses")
    } == set(ODD)
    assert build.value("select count(*) from core.fct_rejected_rows") == 0


def test_every_page_of_odd_businesses_is_written(build: Build, tmp_path: Path) -> None:
    write_report(build.warehouse, tmp_path / "report", footer="Published by a test.")
    files = list((tmp_path / "report").glob("*.html"))
    # More than ten businesses have a file each, and there is a list of them.
    assert len(files) == len(ODD) + 1
    page = "".join(path.read_text(encoding="utf-8") for path in files)
    for said in ("It has only returns and adjustments, no sales.", "one_line"):
        assert said in page
    for never in ("NaT", "nan", "Infinity"):
        assert f'"{never}"' not in page
