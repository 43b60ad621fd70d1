"""The figures of the five real sources, as recomputed from their files.

`make acceptance` builds the warehouse from the real files and then runs this; it is not
part of `make test`, because the files never enter the project.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
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


def _totals(query: Query, business: str) -> tuple[Any, ...]:
    return query(
        "select count(*), sum(quantity), sum(sales_amount), count(distinct order_id)"
        f" from core.fct_sales_lines where business_id = '{business}'"
    )[0]


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


def test_kalbe_totals(query: Query) -> None:
    assert _totals(query, "kalbe") == (5020, 18296, 162043000, 5020)
    assert query(
        "select count(distinct source_order_id), min(order_date), max(order_date),"
        " count(distinct order_date) from core.fct_sales_lines"
        " where business_id = 'kalbe'"
    ) == [(4908, date(2022, 1, 1), date(2022, 12, 31), 365)]
    assert query(
        "select count(*) from core.dim_stores where business_id = 'kalbe'"
    ) == [(14,)]
    assert query(
        "select count(*) from core.dim_customers where business_id = 'kalbe'"
    ) == [(447,)]


def test_kalbe_quantity_by_month(query: Query) -> None:
    rows = query(
        "select quantity from sales.rpt_monthly_sales where business_id = 'kalbe'"
        " order by month_start_date"
    )
    assert [int(quantity) for (quantity,) in rows] == [
        1560, 1441, 1753, 1554, 1589, 1592, 1532, 1492, 1499, 1453, 1422, 1409,
    ]  # fmt: skip


def test_kalbe_mean_ages(query: Query) -> None:
    found = query(
        "select attribute_value, round(mean_age, 2)"
        " from sales.rpt_customer_demographics"
        " where business_id = 'kalbe'"
    )
    assert dict(found) == {
        "married": 43.04,
        "single": 29.38,
        "unknown": 31.33,
        "female": 40.33,
        "male": 39.14,
    }


def test_kalbe_rankings(query: Query) -> None:
    assert query(
        "select store_name, any_value(store_name_quantity) as quantity"
        " from sales.rpt_store_rankings where business_id = 'kalbe'"
        " group by store_name order by quantity desc limit 3"
    ) == [("Lingga", 2777), ("Sinar Harapan", 2588), ("Prestasi Utama", 1395)]
    assert query(
        "select product_name, sales_amount from sales.rpt_product_rankings"
        " where business_id = 'kalbe' and sales_rank <= 3 order by sales_rank"
    ) == [
        ("Cheese Stick", 27615000),
        ("Choco Bar", 21190400),
        ("Coffee Candy", 19711800),
    ]


def test_kalbe_mean_units_a_day_by_product(query: Query) -> None:
    # The source's page says 7.20 for Ginger Candy; the file has 2,626 units in 365
    # days.
    found = query(
        "select product_name, round(sum(quantity) / 365, 2)::double"
        " from sales.fct_daily_product_sales"
        " inner join core.dim_products using (business_id, product_id)"
        " where business_id = 'kalbe' group by 1 order by 1"
    )
    assert found == [
        ("Cashew", 1.72), ("Cheese Stick", 5.04), ("Choco Bar", 6.60),
        ("Coffee Candy", 5.75), ("Crackers", 5.00), ("Ginger Candy", 7.19),
        ("Oat", 2.64), ("Potato Chip", 2.99), ("Thai Tea", 7.82), ("Yoghurt", 5.38),
    ]  # fmt: skip


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


def test_umkm_totals(query: Query) -> None:
    _, quantity, amount, orders = _totals(query, "umkm")
    assert (quantity, amount, orders) == (6381, 65204000, 326)
    assert query(
        "select count(*), count(distinct store_id), count(distinct customer_id)"
        " from core.fct_orders where business_id = 'umkm'"
    ) == [(326, 15, 17)]
    assert query(
        "select count(*) from sales.fct_daily_sales where business_id = 'umkm'"
    ) == [(81,)]
    assert query(
        "select quantity from core.fct_sales_lines"
        " where business_id = 'umkm' and line_type = 'adjustment'"
    ) == [(-15,)]


def test_umkm_weekly_revenue(query: Query) -> None:
    assert query(
        "select iso_week, (sales_amount / 1000)::int from sales.rpt_weekly_sales"
        " where business_id = 'umkm' order by week_start_date"
    ) == list(
        zip(
            range(31, 43),
            [2285, 6737, 4833, 5787, 5607, 4695, 5831, 6201, 5879, 6405, 5357, 5587],
            strict=True,
        )
    )


def test_umkm_products_and_weekdays(query: Query) -> None:
    assert query(
        "select product_name, quantity::int from sales.rpt_product_rankings"
        " where business_id = 'umkm' order by quantity desc, product_name"
    ) == [
        ("Tuna Pedas", 1637), ("Ayam Suwir Merah", 1615), ("Opor Ayam", 1034),
        ("Ayam Cabai Hijau", 767), ("Kare", 704), ("unnamed", 377), ("Peda Asin", 233),
        ("Cumi", 7), ("udang", 7),
    ]  # fmt: skip
    assert [
        mean
        for (mean,) in query(
            "select mean_quantity from sales.rpt_weekday_profiles"
            " where business_id = 'umkm' order by iso_weekday"
        )
    ] == pytest.approx(
        [76.545455, 75.727273, 87.818182, 79.5, 92.666667, 45, 94.5], abs=1e-6
    )


def test_umkm_correlations_with_tuna(query: Query) -> None:
    assert query(
        "select other_product_name, round(correlation, 2)"
        " from sales.rpt_product_correlations"
        " where business_id = 'umkm' and product_name = 'Tuna Pedas'"
        " order by correlation desc limit 2"
    ) == [("Ayam Cabai Hijau", 0.81), ("Opor Ayam", 0.63)]


def test_superstore_totals(query: Query) -> None:
    lines, _, amount, orders = _totals(query, "superstore")
    assert (lines, round(amount, 2), orders) == (51290, Decimal("12642501.91"), 25728)
    assert query(
        "select count(*), sum(is_returned::int), count(distinct customer_id)"
        " from core.fct_orders where business_id = 'superstore'"
    )[0][:2] == (25728, 1079)
    assert query(
        "select count(*), count(distinct customer_name) from core.dim_customers"
        " where business_id = 'superstore'"
    ) == [(17415, 796)]
    assert query(
        "select count(*) from core.dim_products where business_id = 'superstore'"
    ) == [(3788,)]
    assert query(
        "select count(*) from core.fct_sales_lines"
        " where business_id = 'superstore' and profit_amount < 0"
    ) == [(12544,)]


def test_superstore_years(query: Query) -> None:
    rows = query(
        "select year, sales_amount, profit_amount from sales.rpt_yearly_sales"
        " where business_id = 'superstore' order by year"
    )
    assert rows == [
        (2012, Decimal("2259450.90"), Decimal("248940.81")),
        (2013, Decimal("2677438.69"), Decimal("307415.28")),
        (2014, Decimal("3405746.45"), Decimal("406935.23")),
        (2015, Decimal("4299865.87"), Decimal("504165.97")),
    ]
    assert sum(profit for _, _, profit in rows) == Decimal("1467457.29")


def test_superstore_rankings(query: Query) -> None:
    assert query(
        "select category_name, round(sales_amount)::int"
        " from sales.rpt_category_rankings where business_id = 'superstore'"
        " and category_level = 'sub_category' and sales_rank <= 5 order by sales_rank"
    ) == [
        ("Phones", 1706824),
        ("Copiers", 1509436),
        ("Chairs", 1501682),
        ("Bookcases", 1466572),
        ("Storage", 1126813),
    ]
    shares = dict(
        query(
            "select ship_mode, round(100 * line_share, 2)"
            " from sales.rpt_ship_mode_rankings where business_id = 'superstore'"
        )
    )
    assert shares["Standard Class"] == 60.00
    assert shares["Same Day"] == 5.27


def test_car_dealer_customers(query: Query) -> None:
    assert query(
        "select count(*), count(distinct customer_id), count(distinct customer_name),"
        " count(first_order_date) from core.dim_customers"
        " where business_id = 'car_dealer'"
    ) == [(500, 500, 498, 0)]


def test_scf_families(query: Query) -> None:
    rows, families, weight, few_cars, few_cars_weight, flag = query(
        "select count(*), count(distinct family_id), round(sum(weight)),"
        " count(*) filter (vehicle_count <= 1),"
        " round(100 * sum(weight) filter (vehicle_count <= 1) / sum(weight), 1),"
        " count(has_vehicle) from staging.stg_scf__implicates"
    )[0]
    assert (rows, families, weight) == (28885, 5777, 128642431)
    assert (few_cars, few_cars_weight, flag) == (12207, 48.3, 28885)
    assert query("select min(net_worth_amount) from staging.stg_scf__implicates") == [
        (-955500,)
    ]
