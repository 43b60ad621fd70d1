"""Two businesses that nothing was made for, mapped by `retail-marts map` alone.

They are in the folder `unseen` of RAW_DATA_DIR: a superstore edition of the US, and a
grocery chain with files of products and households. Both go into one warehouse.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, Build, make_dbt

UNSEEN = PROJECT / os.environ.get("RAW_DATA_DIR", "data/sample") / "unseen"
FILES = {
    "superstore_us": "superstore_us/Sample - Superstore.csv",
    "grocery": "complete_journey/*.csv.gz",
}

pytestmark = pytest.mark.skipif(not UNSEEN.exists(), reason="the files are not there")


def command(*arguments: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "retail_marts.cli", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    entries = {}
    for name, pattern in FILES.items():
        paths = [str(path) for path in sorted(UNSEEN.glob(pattern))]
        entries |= yaml.safe_load(command("map", *paths, "--name", name))
    return {"sources": [], "mapped_sources": entries}


@pytest.fixture(scope="module")
def build(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("unseen")
    done = make_dbt(folder)("build", settings=settings)
    assert done.returncode == 0, done.output
    return done


def test_totals_are_those_of_the_files(build: Build) -> None:
    found = {
        business: figures
        for business, *figures in build.rows(
            "select business_id, count(*), sum(sales_amount), sum(profit_amount),"
            " count(distinct customer_id), count(distinct order_id)"
            " from core.fct_sales_lines group by business_id"
        )
    }
    lines, sales, profit, customers, orders = found["superstore_us"]
    assert (lines, customers, orders) == (9_994, 793, 5_009)
    assert sales.quantize(Decimal("0.01")) == Decimal("2297200.86")
    assert profit.quantize(Decimal("0.01")) == Decimal("286397.02")
    lines, sales, profit, households, baskets = found["grocery"]
    assert (lines, households, baskets) == (75_000, 2_377, 47_243)
    assert (sales, profit) == (Decimal("233935.24"), None)


def test_no_row_is_rejected(build: Build) -> None:
    assert build.rows(
        "select source_table, raw_line_count, accepted_row_count"
        " from core.fct_source_files order by source_table"
    ) == [
        ("customers of grocery", 801, 801),
        ("products of grocery", 92_331, 92_331),
        ("sales_lines of grocery", 75_000, 75_000),
        ("sales_lines of superstore_us", 9_994, 9_994),
    ]


def test_ids_that_bear_two_products_are_two_products(build: Build) -> None:
    """1,862 ids, of which 32 have two names."""
    assert (
        build.value(
            "select count(*) from core.dim_products where business_id = 'superstore_us'"
        )
        == 1_894
    )


def test_descriptions_reach_the_marts(build: Build) -> None:
    assert (
        build.value(
            "select count(*) from core.dim_customers"
            " where business_id = 'superstore_us' and state is not null"
        )
        == 793
    )
    assert dict(
        build.rows(
            "select attribute, count(*) from core.fct_customer_attributes"
            " where business_id = 'grocery' group by all"
        )
    ) == {
        "age_band": 801,
        "home_ownership": 568,
        "household_comp": 801,
        "household_size": 801,
        "income_band": 801,
        "kids_count": 801,
    }
    hours = (
        "select count(*) from sales.rpt_hourly_profiles where business_id = 'grocery'"
    )
    assert build.value(hours) > 24


def test_everything_is_published(build: Build, tmp_path: Path) -> None:
    command(
        "publish",
        "--out",
        str(tmp_path),
        RETAIL_MARTS_WAREHOUSE=str(build.warehouse),
        DBT_TARGET_PATH=str(build.warehouse.parents[1] / "target"),
    )
    assert (tmp_path / "current" / "report" / "index.html").exists()
