"""RFM of unusual files with the real dbt, and a faulty segment map."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Build, Dbt, make_dbt

COLUMNS = (
    "business_id",
    "order_id",
    "order_date",
    "customer_id",
    "product_id",
    "quantity",
    "sales_amount",
)
LINES = [
    # one customer, one order
    ("lone", "1", "2024-03-01", "C1", "P", 1, 10),
    # six equal customers
    *[("alike", str(n), "2024-03-01", f"C{n}", "P", 2, 20) for n in range(6)],
    # no line has a customer
    ("nobody", "1", "2024-03-01", "", "P", 1, 10),
    # C1 returned more than was bought, C2 only returned, C7 bought after the as-of date
    *[("mixed", str(n), "2024-01-0" + str(n), f"C{n}", "P", n, n) for n in range(3, 7)],
    ("mixed", "7", "2024-02-01", "C1", "P", 1, 10),
    ("mixed", "8", "2024-02-02", "C1", "P", -2, -25),
    ("mixed", "9", "2024-02-02", "C2", "P", -1, -5),
    ("mixed", "10", "2024-02-03", "", "P", 1, 3),
    ("mixed", "11", "2024-03-11", "C7", "P", 1, 99),
    ("mixed", "12", "2024-03-12", "C3", "P", 1, 99),
    # everything comes after the as-of date
    ("later", "1", "2024-04-01", "C1", "P", 1, 10),
]
AS_OF = date(2024, 3, 10)
MARTS = (
    "+dim_customers",
    "+rpt_rfm_segments",
    "+rpt_segment_movements",
    "+rpt_cohort_retention",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, so that a test may edit its seeds."""
    folder = tmp_path_factory.mktemp("rfm") / "project"
    folder.mkdir()
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    shutil.copy(PROJECT / "profiles" / "profiles.yml", folder)
    for name in ("models", "python_models", "macros", "seeds", "tests", "analyses"):
        ignored = shutil.ignore_patterns("python", "acceptance", "__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def run(project: Path) -> Callable[..., Build]:
    dbt: Dbt = make_dbt(project.parent / "dbt")
    path = project.parent / "sales.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *LINES])
    entry = {"path": str(path), "columns": {name: name for name in COLUMNS}}
    settings = {
        "sources": [],
        "mapped_sources": {"odd": entry},
        "as_of_date": str(AS_OF),
    }
    return lambda *arguments: dbt(*arguments, settings=settings, cwd=project)


@pytest.fixture(scope="module")
def odd_build(run: Callable[..., Build]) -> Build:
    build = run(
        *("build", "--select", *MARTS),
        *("--indirect-selection", "buildable"),
    )
    assert build.returncode == 0, build.output
    return build


def _customers(build: Build, business: str) -> list[tuple[Any, ...]]:
    return build.rows(
        "select customer_id, rfm_score, recency_days, order_count, monetary_amount,"
        " note from customers.fct_customer_rfm"
        f" where business_id = '{business}' order by customer_id"
    )


def test_rfm_of_one_customer_says_that_scores_say_little(odd_build: Build) -> None:
    assert _customers(odd_build, "lone") == [
        ("C1", "511", 9, 1, 10, "fewer than 5 customers: scores say little")
    ]


def test_rfm_of_customers_alike_gives_equal_scores_and_says_so(
    odd_build: Build,
) -> None:
    note = (
        "all customers have the same recency; all customers have the same number of"
        " orders; all customers have the same monetary amount"
    )
    assert _customers(odd_build, "alike") == [
        (f"C{n}", "511", 9, 1, 20, note) for n in range(6)
    ]


def test_rfm_knows_sales_to_somebody_up_to_the_as_of_date(odd_build: Build) -> None:
    # C2 bought nothing, C7 not yet; C3's second order has not happened yet, either.
    alike = "all customers have the same number of orders"
    returned = f"{alike}; more returned than bought"
    assert _customers(odd_build, "mixed") == [
        ("C1", "511", 38, 1, Decimal(-15), returned),
        ("C3", "112", 67, 1, 3, alike),
        ("C4", "213", 66, 1, 4, alike),
        ("C5", "314", 65, 1, 5, alike),
        ("C6", "415", 64, 1, 6, alike),
    ]
    assert _customers(odd_build, "nobody") == []
    assert _customers(odd_build, "later") == []


def test_every_customer_mart_leaves_out_who_has_not_bought(odd_build: Build) -> None:
    for mart in ("rpt_rfm_segments", "rpt_segment_movements", "rpt_cohort_retention"):
        assert odd_build.rows(
            f"select distinct business_id from customers.{mart} order by 1"
        ) == [("alike",), ("lone",), ("mixed",)]


def test_history_and_cohorts_end_in_the_open_month(odd_build: Build) -> None:
    assert odd_build.rows(
        "select month_start_date, as_of_date, rfm_segment, previous_rfm_segment"
        " from customers.fct_segment_history"
        " where business_id = 'mixed' and customer_id = 'C1' order by 1"
    ) == [
        (date(2024, 2, 1), date(2024, 2, 29), "Recent customers", None),
        (date(2024, 3, 1), AS_OF, "Recent customers", "Recent customers"),
    ]
    assert odd_build.rows(
        "select months_since_first, customer_count, active_customer_count,"
        " sales_amount, is_complete_month from customers.rpt_cohort_retention"
        " where business_id = 'mixed' order by cohort_month_start_date, 1"
    ) == [
        (0, 4, 4, 18, True),
        (1, 4, 0, 0, True),
        (2, 4, 0, 0, False),
        (0, 1, 1, -15, True),
        (1, 1, 0, 0, False),
    ]


def test_a_broken_segment_map_stops_the_build_and_says_where(
    run: Callable[..., Build], project: Path, odd_build: Build
) -> None:
    seed = project / "seeds" / "rfm_segments.csv"
    good = seed.read_text(encoding="utf-8")
    # A map from before there were priorities, without their column.
    header, *rows = good.replace("rfm_segment,priority,", "rfm_segment,").splitlines()
    rows = [re.sub(r"^(,[^,]+,),", r"\1", row) for row in rows]
    # Without "Needs attention" there is a gap; "Lost" up to 2 overlaps "Hibernating".
    kept = [row for row in rows if ",Needs attention," not in row]
    broken = [row.replace(",Lost,1,1,", ",Lost,1,2,") for row in kept]
    broken = [row.replace(",At risk,1,2,", ",At risk,1,1,") for row in broken]
    added = [
        ",At risk,2,2,3,4,,,,,who else,another strategy",
        "lone,Everybody,,,,,2,,,,who bought twice,greet",
    ]
    seed.write_text("\n".join([header, *broken, *added, ""]), encoding="utf-8")
    try:
        build = run(
            *("build", "--select", "rfm_segments+"),
        )
    finally:
        seed.write_text(good, encoding="utf-8")
    assert build.returncode == 1
    for said in (
        "seeds/rfm_segments.csv (recency-frequency-monetary): the map of all",
        "has no segment for 3-1-4; 3-1-5; 3-2-3; 3-2-4; 3-3-2 and 4 more",
        "has several segments for 2-1-1 (Hibernating; Lost); 2-1-2 (Hibernating; Lost)",
        "the map of lone has no segment for 1-1-1; 1-1-2; 1-1-3; 1-1-4; 1-1-5 and 20",
        "has several descriptions or strategies for At risk",
        "Remedy: change its rows until each of the 125 scores has exactly one",
    ):
        assert said in build.output, build.output
    assert "Traceback" not in build.output
    assert "SKIP relation customers.fct_customer_rfm" in build.output
    # The tables from before the fault are unchanged.
    assert _customers(build, "lone") == _customers(odd_build, "lone")
