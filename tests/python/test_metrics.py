"""MetricFlow calculates the metrics from the warehouse that dbt built."""

from __future__ import annotations

import csv
import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import DBT, PROJECT, Build

MF = DBT.with_name("mf")


@pytest.fixture(scope="module")
def project(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, because ``mf`` expects its manifest inside the project."""
    folder = tmp_path_factory.mktemp("metrics")
    for entry in PROJECT.iterdir():
        if entry.name not in {"target", "logs", "warehouse", "published", ".git"}:
            (folder / entry.name).symlink_to(entry)
    subprocess.run(
        [str(DBT), "parse", "--quiet"],
        cwd=folder,
        env=_environment(sample_build),
        check=True,
    )
    return folder


def _environment(build: Build) -> dict[str, str]:
    hidden = {"DBT_TARGET_PATH", "DBT_LOG_PATH"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {
        **kept,
        "RETAIL_MARTS_WAREHOUSE": str(build.warehouse),
        "PATH": f"{DBT.parent}{os.pathsep}{os.environ['PATH']}",
    }


def query(project: Path, build: Build, *arguments: str) -> list[dict[str, str]]:
    answer = project / "answer.csv"
    done = subprocess.run(
        [str(MF), "query", *arguments, "--csv", str(answer)],
        cwd=project,
        env=_environment(build),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with answer.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_sales_and_orders_equal_the_marts(project: Path, sample_build: Build) -> None:
    rows = query(
        project,
        sample_build,
        "--metrics",
        "sales,orders,average_order_value,active_customers",
        "--group-by",
        "business",
    )
    right = {
        business: (float(sales), orders, customers)
        for business, sales, orders, customers in sample_build.rows(
            """
            select business_id,
                (select sum(sales_amount) from core.fct_sales_lines as lines
                    where lines.business_id = businesses.business_id),
                (select count(*) from core.fct_orders as orders
                    where orders.business_id = businesses.business_id and has_sale),
                (select count(distinct customer_id) from core.fct_orders as orders
                    where orders.business_id = businesses.business_id and has_sale)
            from core.dim_businesses as businesses where order_count > 0
            """
        )
    }
    assert len(right) == len(rows) == 3
    for row in rows:
        sales, orders, customers = right[row["business"]]
        assert float(row["sales"]) == pytest.approx(sales)
        assert float(row["orders"]) == orders
        assert float(row["active_customers"]) == customers
        assert float(row["average_order_value"]) == pytest.approx(sales / orders)


def test_forecast_error_is_the_mart_of_backtests(
    project: Path, sample_build: Build
) -> None:
    rows = query(
        project,
        sample_build,
        "--metrics",
        "forecast_error",
        "--group-by",
        "predicted_day__model_name",
        "--where",
        "{{ Dimension('predicted_day__measure') }} = 'quantity'"
        " and {{ Dimension('predicted_day__series_level') }} = 'total'"
        " and {{ Dimension('predicted_day__business_id') }} = 'kalbe'",
    )
    right = dict(
        sample_build.rows(
            "select model_name, sum(abs(forecast_value - actual_value))"
            " / sum(abs(actual_value)) from forecasting.rpt_forecast_vs_actual"
            " where business_id = 'kalbe' and measure = 'quantity'"
            " and series_level = 'total' group by model_name"
        )
    )
    assert len(right) > 5
    found = {
        row["predicted_day__model_name"]: float(row["forecast_error"]) for row in rows
    }
    assert found == pytest.approx(right)


def test_metrics_of_decisions_equal_their_marts(
    project: Path, sample_build: Build
) -> None:
    expected = {
        "discounted_profit_rate": """
            select business_id, sum(profit_amount) / sum(sales_amount)
            from sales.rpt_discount_effects where lower > 0 or upper > 0 group by all
            """,
        "return_rate": """
            select business_id, amount_return_rate from sales.rpt_return_rates
            where dimension = 'total'
            """,
        "new_customer_share": """
            select business_id, sum(sales_amount) filter (where customer_type = 'new')
                / sum(sales_amount)
            from sales.rpt_new_returning_sales group by all
            """,
        "reorder_point": """
            select business_id, sum(reorder_point_quantity)
            from forecasting.rpt_replenishment group by all
            """,
        "customers_to_contact": """
            select business_id, count(*) filter (where action <> 'leave_alone')
            from customers.rpt_contact_list group by all
            """,
        "segment_value": """
            select business_id, sum(expected_value_90d)
            from customers.rpt_segment_actions group by all
            """,
    }
    rows = query(
        project, sample_build, "--metrics", ",".join(expected), "--group-by", "business"
    )
    for metric, sql in expected.items():
        right = {
            business: float(value)
            for business, value in sample_build.rows(sql)
            if value is not None
        }
        assert right
        found = {row["business"]: float(row[metric]) for row in rows if row[metric]}
        for business, value in right.items():
            assert found[business] == pytest.approx(value), (metric, business)


def test_drivers_and_members_add_up_to_net_sales(
    project: Path, sample_build: Build
) -> None:
    def of_superstore(metric: str, dimension: str, member: str) -> dict[str, float]:
        rows = query(
            project,
            sample_build,
            "--metrics",
            metric,
            "--group-by",
            "metric_time__month",
            "--where",
            f"{{{{ Dimension('{dimension}') }}}} = '{member}'"
            " and {{ Dimension('business__business_name') }} = 'Global Superstore'",
        )
        return {
            row["metric_time__month"][:10]: float(row[metric])
            for row in rows
            if row[metric]
        }

    sales = of_superstore("member_sales", "monthly_member__dimension", "category")
    changes = of_superstore("sales_change", "sales_driver__decomposition", "mix")
    right = {
        month.isoformat(): float(amount)
        for month, amount in sample_build.rows(
            "select month_start_date, sales_amount from sales.rpt_monthly_sales"
            " where business_id = 'superstore'"
        )
    }
    assert sales == pytest.approx(right, abs=0.05)
    months = [*right]
    assert len(changes) > 40
    for before, month in pairwise(months):
        assert changes[month] == pytest.approx(right[month] - right[before], abs=0.02)
