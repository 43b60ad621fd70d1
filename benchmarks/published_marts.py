"""Figures of the sources that the warehouse holds: volume, sales, people, baskets.

Every "ours" is one query of a mart (of a staging view where the claim is about the file
itself). "right" and "published" are typed from the pages about the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from benchmarks.published import Row, Seed, Value, labelled

LINES = "core.fct_sales_lines"
ORDERS = "core.fct_orders"
CUSTOMERS = "core.dim_customers"
FILES = "core.fct_source_files"
WARNINGS = "core.fct_row_warnings"


def files(seed: Seed, right: dict[str, int]) -> Iterator[Row]:
    """Rows of the files, every one accepted."""
    for table, rows in right.items():
        yield Row(
            f"rows of {table}, all accepted",
            seed.value(
                f"select accepted_row_count from {FILES}"
                f" where source_table = '{table}' and raw_line_count ="
                " accepted_row_count and rejected_row_count = 0"
            ),
            rows,
            origin=FILES,
        )


def one(
    seed: Seed,
    figure: str,
    select: str,
    mart: str,
    right: Value | None,
    *,
    where: str = "",
    published: Value | None = None,
    tolerance: float = 0.0,
    reason: str = "",
    page: Value | None = None,
) -> Row:
    """One figure of one mart."""
    condition = f" where {where}" if where else ""
    return Row(
        figure,
        seed.value(f"select {select} from {mart}{condition}"),
        right,
        published,
        tolerance,
        reason,
        re.findall(r"\b(?:\w+)\.(?:\w+__|fct_|dim_|rpt_)\w+", mart)[0],
        page,
    )


# --------------------------------------------------------------------------- car_dealer


def car_dealer(seed: Seed) -> Iterator[Row]:
    """Customers of the dealer: who they are, and that there is no order."""
    yield from files(seed, {"car_dealer.customers": 500})
    of = "business_id = 'car_dealer'"
    for figure, select, right in (
        ("customers", "count(*)", 500),
        ("names that repeat", "count(*) - count(distinct customer_name)", 2),
        ("e-mails that repeat", "count(*) - count(distinct email)", 0),
        ("country of all", "string_agg(distinct country, ', ')", "USA"),
        ("customers with an order", "count(first_order_date)", 0),
    ):
        yield one(seed, figure, select, CUSTOMERS, right, where=of)


def scf(seed: Seed) -> Iterator[Row]:
    """Families of the survey, five answers each, and who has at most one car."""
    yield from files(seed, {"scf.implicates": 28_885})
    yield Row(
        "columns of the file",
        len(pd.read_csv(seed.file("scf", "SCFP2019.csv.gz"), nrows=0).columns),
        351,
    )
    prospects = "prospecting.fct_prospects"
    of = "business_id = 'car_dealer'"
    yield one(seed, "families", "count(*)", prospects, 5_777, where=of)
    for kind in ("min", "max"):
        yield one(
            seed,
            f"implicates of a family, {kind}",
            f"{kind}(implicate_count)",
            prospects,
            5,
            where=of,
            reason="the study counted each as a family",
        )
    yield one(
        seed,
        "families by weight",
        "round(sum(weight))",
        prospects,
        128_642_431,
        where=of,
    )
    yield one(
        seed,
        "families whose implicates share one weight",
        "count(*)",
        "(select family_id from staging.stg_scf__implicates group by 1"
        " having count(distinct weight) = 1)",
        None,
        reason="so a family's weight is the sum over its five rows",
    )
    implicates = "staging.stg_scf__implicates"
    yield one(seed, "lowest net worth", "min(net_worth_amount)", implicates, -955_500)
    yield one(
        seed,
        "rows kept by OWN <= 1",
        "count(*)",
        implicates,
        28_885,
        where="has_vehicle::int <= 1",
        reason="OWN is a flag: the filter keeps every row",
    )
    yield one(
        seed,
        "rows with at most one vehicle",
        "count(*)",
        implicates,
        12_207,
        where="vehicle_count <= 1",
        published=28_885,
        reason="published by the flag OWN; right by NVEHIC",
    )
    yield one(
        seed,
        "families with at most one vehicle, % by weight",
        "100 * sum(weight) filter (has_at_most_one_vehicle) / sum(weight)",
        prospects,
        48.3,
        where=of,
        tolerance=0.05,
        reason="published by the flag OWN, and without weights",
    )


# -------------------------------------------------------------------------------- kalbe


def kalbe(seed: Seed) -> Iterator[Row]:
    """Volume, quirks and sales of the food producer."""
    yield from files(
        seed,
        {
            "kalbe.customers": 447,
            "kalbe.products": 10,
            "kalbe.stores": 14,
            "kalbe.transactions": 5_020,
        },
    )
    yield from _kalbe_quirks(seed)
    of = "business_id = 'kalbe'"
    for figure, select, right in (
        ("lines", "count(*)", 5_020),
        ("quantity", "sum(quantity)", 18_296),
        ("sales amount", "sum(sales_amount)", 162_043_000),
        ("customers who bought", "count(distinct customer_id)", 447),
        ("stores that sold", "count(distinct store_id)", 14),
    ):
        yield one(seed, figure, select, LINES, right, where=of)
    yield from labelled(
        seed,
        "quantity of 2022",
        "select strftime(month_start_date, '%m'), quantity"
        f" from sales.rpt_monthly_sales where {of}",
        {
            f"{month:02}": quantity
            for month, quantity in enumerate(
                [
                    *(1560, 1441, 1753, 1554, 1589, 1592),
                    *(1532, 1492, 1499, 1453, 1422, 1409),
                ],
                start=1,
            )
        },
        origin="sales.rpt_monthly_sales",
    )
    yield from labelled(
        seed,
        "mean age",
        "select attribute_value, mean_age from sales.rpt_customer_demographics"
        f" where {of}",
        {
            "married": 43.04,
            "single": 29.38,
            "unknown": 31.33,
            "female": 40.33,
            "male": 39.14,
        },
        tolerance=0.005,
        origin="sales.rpt_customer_demographics",
    )
    yield from labelled(
        seed,
        "quantity of stores by the name",
        "select store_name, any_value(store_name_quantity)"
        f" from sales.rpt_store_rankings where {of} group by 1",
        {"Lingga": 2_777, "Sinar Harapan": 2_588, "Prestasi Utama": 1_395},
        origin="sales.rpt_store_rankings",
        reason="two names stand for two stores each",
    )
    yield from labelled(
        seed,
        "sales amount",
        f"select product_name, sales_amount from sales.rpt_product_rankings where {of}"
        " and sales_rank <= 3",
        {
            "Cheese Stick": 27_615_000,
            "Choco Bar": 21_190_400,
            "Coffee Candy": 19_711_800,
        },
        origin="sales.rpt_product_rankings",
    )
    yield from _kalbe_units_a_day(seed)


def _kalbe_quirks(seed: Seed) -> Iterator[Row]:
    of = "business_id = 'kalbe'"
    for figure, select, right in (
        ("customers without marital status", "count(*)", 3),
        (
            "their ids",
            "string_agg(customer_id, ', ' order by customer_id::int)",
            "10, 416, 443",
        ),
    ):
        yield one(
            seed,
            figure,
            select,
            CUSTOMERS,
            right,
            where=f"{of} and marital_status is null",
        )
    yield one(
        seed,
        "names of products with a trailing blank",
        "string_agg(\"Product Name\", ', ')",
        "raw.kalbe__products",
        "Ginger Candy ",
        where="\"Product Name\" like '% '",
        reason="the mart has it without",
    )
    for figure, select, right in (
        ("least units of a line", "min(quantity)", 1),
        ("most units of a line", "max(quantity)", 10),
        ("distinct transaction ids", "count(distinct source_order_id)", 4_908),
        (
            "lines that repeat a transaction id",
            "count(*) - count(distinct source_order_id)",
            112,
        ),
        (
            "orders: no line is taken for a duplicate",
            "count(distinct order_id)",
            5_020,
        ),
        (
            "lines with an amount unlike price x quantity",
            "count(*) filter (unit_price_amount * quantity <> sales_amount)",
            0,
        ),
        ("days with sales", "count(distinct order_date)", 365),
        ("first day", "min(order_date)", "2022-01-01"),
        ("last day", "max(order_date)", "2022-12-31"),
    ):
        yield one(seed, figure, select, LINES, right, where=of)
    yield one(
        seed,
        "lines whose customer, product or store is unknown",
        "count(*) filter (c.customer_id is null or p.product_id is null"
        " or s.store_id is null)",
        f"{LINES} as l"
        " left join staging.stg_kalbe__customers as c using (customer_id)"
        " left join staging.stg_kalbe__products as p using (product_id)"
        " left join staging.stg_kalbe__stores as s using (store_id)",
        0,
        where=of,
    )
    yield from labelled(
        seed,
        "stores of the name",
        "select store_name, string_agg(store_id, ', ' order by store_id::int)"
        f" from core.dim_stores where {of} group by 1",
        {"Lingga": "6, 9", "Sinar Harapan": "8, 11"},
        origin="core.dim_stores",
    )
    yield from labelled(
        seed,
        "customers with the warning",
        f"select warning, count(*) from {WARNINGS} where {of} group by 1",
        {
            "an income of zero": 16,
            "married at the age of 0": 1,
            "married at the age of 2": 1,
            "married at the age of 3": 1,
        },
        origin=WARNINGS,
    )


def _kalbe_units_a_day(seed: Seed) -> Iterator[Row]:
    mart = "sales.fct_daily_product_sales"
    found = dict(
        seed.rows(
            "select product_name, sum(quantity)::double / 365"
            f" from {mart} inner join core.dim_products using (business_id, product_id)"
            " where business_id = 'kalbe' group by 1"
        )
    )
    for product, right in {
        "Cashew": 1.72,
        "Cheese Stick": 5.04,
        "Choco Bar": 6.60,
        "Coffee Candy": 5.75,
        "Crackers": 5.00,
        "Oat": 2.64,
        "Potato Chip": 2.99,
        "Thai Tea": 7.82,
        "Yoghurt": 5.38,
    }.items():
        yield Row(
            f"mean units per day, {product}",
            found.get(product, "none"),
            right,
            tolerance=0.005,
            origin=mart,
        )
    yield Row(
        "mean units per day, Ginger Candy",
        found.get("Ginger Candy", "none"),
        7.19,
        4.95,
        0.005,
        "published: a line's mean; the page: 7.20; 2,626 units / 365 days = 7.1945",
        mart,
        page=7.20,
    )


# --------------------------------------------------------------------------- superstore


def superstore(seed: Seed) -> Iterator[Row]:
    """Volume, quirks and sales of the global retailer."""
    yield from files(seed, {"superstore.orders": 51_290, "superstore.returns": 1_079})
    of = "business_id = 'superstore'"
    yield one(seed, "first day", "min(order_date)", LINES, "2012-01-01", where=of)
    yield one(seed, "last day", "max(order_date)", LINES, "2015-12-31", where=of)
    yield one(
        seed,
        "regions of orders without a sales manager",
        "count(distinct region)",
        f"{LINES} inner join core.dim_regions using (business_id, region)",
        1,
        where=f"{of} and manager_name is null",
        page=0,
        reason="the page: one for each; people.csv has two for Canada, East and West",
    )
    yield one(
        seed,
        "returned orders",
        "count(*)",
        ORDERS,
        1_079,
        where=f"{of} and is_returned",
    )
    yield one(seed, "orders", "count(*)", ORDERS, 25_728, where=of)
    for figure, select, right, tolerance in (
        ("customer ids", "count(*)", 17_415.0, 0.0),
        ("customer names", "count(distinct customer_name)", 796, 0.0),
        ("ids of a name", "count(*) / count(distinct customer_name)", 22, 0.5),
    ):
        yield one(seed, figure, select, CUSTOMERS, right, where=of, tolerance=tolerance)
    yield one(
        seed,
        "orders under two customer ids",
        "count(*)",
        f"(select business_id from {LINES} group by business_id, source_order_id"
        " having count(distinct customer_id) = 2)",
        11,
        where=of,
    )
    yield one(
        seed,
        "orders identified by id, name and day",
        "count(distinct (source_order_id, customer_name, order_date))",
        f"{LINES} inner join {CUSTOMERS} using (business_id, customer_id)",
        25_728,
        where=of,
    )
    yield one(seed, "products", "count(*)", "core.dim_products", 3_788, where=of)
    yield one(
        seed,
        "lines without a postal code",
        "count(*)",
        "staging.stg_superstore__orders",
        41_296,
        where="postal_code is null",
    )
    for figure, select, right, tolerance in (
        ("lines that lose money", "count(*) filter (profit_amount < 0)", 12_544, 0.0),
        ("least discount", "min(discount_rate)", 0, 0.0),
        ("highest discount", "max(discount_rate)", 0.85, 1e-9),
        ("lines", "count(*)", 51_290, 0.0),
        ("sales amount", "sum(sales_amount)", 12_642_501.91, 0.005),
        ("profit", "sum(profit_amount)", 1_467_457.29, 0.005),
    ):
        yield one(seed, figure, select, LINES, right, where=of, tolerance=tolerance)
    yield one(
        seed,
        "sales amount, each line rounded to cents",
        'sum(round("Sales"::double, 2))',
        "raw.superstore__orders",
        12_642_504.86,
        tolerance=0.005,
        reason="why lines keep four decimals in the marts",
    )
    yield from _superstore_sales(seed)


def _superstore_sales(seed: Seed) -> Iterator[Row]:
    of = "business_id = 'superstore'"
    years = {
        2012: (2_259_450.90, 248_940.81),
        2013: (2_677_438.69, 307_415.28),
        2014: (3_405_746.45, 406_935.23),
        2015: (4_299_865.87, 504_165.97),
    }
    for position, name in enumerate(("sales", "profit")):
        yield from labelled(
            seed,
            f"{name} amount",
            f"select year, {name}_amount from sales.rpt_yearly_sales where {of}",
            {year: amounts[position] for year, amounts in years.items()},
            tolerance=0.005,
            origin="sales.rpt_yearly_sales",
        )
    yield from labelled(
        seed,
        "sales amount",
        "select category_name, sales_amount from sales.rpt_category_rankings"
        f" where {of} and category_level = 'sub_category' and sales_rank <= 5",
        {
            "Phones": 1_706_824,
            "Copiers": 1_509_436,
            "Chairs": 1_501_682,
            "Bookcases": 1_466_572,
            "Storage": 1_126_813,
        },
        tolerance=0.5,
        origin="sales.rpt_category_rankings",
    )
    for mode, right, published in (
        ("Standard Class", 60.0, 59),
        ("Same Day", 5.27, 5.3),
    ):
        yield one(
            seed,
            f"share of lines, %, {mode}",
            "100 * max(line_share)",
            "sales.rpt_ship_mode_rankings",
            right,
            where=f"{of} and ship_mode = '{mode}'",
            published=published,
            tolerance=0.005,
        )


#: Antecedents, consequents, support, confidence, lift, published confidence and lift.
RULES = (
    ("Art + Furnishings", "Binders", 0.005247, 0.308924, 1.463183, 0.3089, 1463),
    ("Phones + Storage", "Binders", 0.006141, 0.308594, 1.461616, 0.3086, 1462),
    ("Accessories + Binders", "Storage", 0.005597, 0.255773, 1.441516, 0.2558, 1442),
    ("Binders + Phones", "Storage", None, 0.259016, 1.459797, None, None),
)


def superstore_baskets(seed: Seed) -> Iterator[Row]:
    """Rules between sub-categories: lifts that lost their decimal point."""
    level = "business_id = 'superstore' and basket_level = 'sub_category'"
    runs, mart = "basket.rpt_basket_runs", "basket.fct_basket_rules"
    yield one(seed, "baskets", "basket_total", runs, 25_728, where=level)
    yield one(seed, "items", "item_total", runs, 17, where=level)
    yield one(
        seed,
        "minimum support",
        "minimum_support",
        runs,
        0.005,
        where=level,
        tolerance=1e-9,
    )
    for antecedents, consequents, support, confidence, lift, *stated in RULES:
        rule = (
            f"{level} and antecedents = '{antecedents}'"
            f" and consequents = '{consequents}'"
        )
        published = dict(zip(("confidence", "lift"), stated, strict=True))
        for measure, right in (
            ("support", support),
            ("confidence", confidence),
            ("lift", lift),
        ):
            if right is None:
                continue
            reason = ""
            if stated[0] is None:
                reason = "the study left this rule out"
            elif measure == "lift":
                reason = "published without its decimal point"
            yield one(
                seed,
                f"{antecedents} -> {consequents}: {measure}",
                f"max({measure})",
                mart,
                right,
                where=rule,
                published=published.get(measure),
                tolerance=5e-7,
                reason=reason,
            )
    either = " or ".join(
        f"(antecedents = '{rule[0]}' and consequents = '{rule[1]}')" for rule in RULES
    )
    yield one(
        seed,
        "of these, rules with a support of .01",
        "count(*)",
        mart,
        0,
        where=f"{level} and ({either}) and support >= 0.01",
    )


# --------------------------------------------------------------------------------- umkm


def umkm(seed: Seed) -> Iterator[Row]:
    """Volume, quirks and sales of the rice-bowl business."""
    yield from files(seed, {"umkm.orders": 326})
    of = "business_id = 'umkm'"
    for figure, select, right in (
        ("orders", "count(*)", 326),
        ("first day", "min(order_date)", "2024-08-01"),
        ("last day", "max(order_date)", "2024-10-20"),
        ("days with orders", "count(distinct order_date)", 81),
        ("customers", "count(distinct customer_id)", 17),
        ("places", "count(distinct store_id)", 15),
    ):
        yield one(seed, figure, select, ORDERS, right, where=of)
    yield one(
        seed, "days, gaps filled", "count(*)", "sales.fct_daily_sales", 81, where=of
    )
    unnamed = f"{of} and product_id = 'unnamed'"
    yield one(
        seed,
        "orders with a total unlike the sum of the products",
        "count(*)",
        WARNINGS,
        23,
        where=f"{of} and warning like 'a total quantity that differs%'",
    )
    for figure, select, right in (
        ("units of no named product", "sum(quantity)", 377),
        (
            "Sundays with 10 such units",
            "count(distinct order_date)"
            " filter (isodow(order_date) = 7 and quantity = 10)",
            7,
        ),
        ("correction of one day", "sum(quantity) filter (quantity < 0)", -15),
        ("lines of it", "count(*) filter (line_type = 'adjustment')", 1),
        ("lines that are returns", "count(*) filter (line_type = 'return')", 0),
    ):
        yield one(seed, figure, select, LINES, right, where=unnamed)
    yield one(seed, "revenue", "sum(sales_amount)", LINES, 65_204_000, where=of)
    yield from labelled(
        seed,
        "revenue in thousands, ISO week",
        f"select iso_week, sales_amount / 1000 from sales.rpt_weekly_sales where {of}",
        dict(
            zip(
                range(31, 43),
                [
                    *(2285, 6737, 4833, 5787, 5607, 4695),
                    *(5831, 6201, 5879, 6405, 5357, 5587),
                ],
                strict=True,
            )
        ),
        tolerance=0.5,
        origin="sales.rpt_weekly_sales",
    )
    yield one(seed, "quantity", "sum(quantity)", LINES, 6_381, where=of)
    yield from labelled(
        seed,
        "quantity",
        f"select product_name, quantity from sales.rpt_product_rankings where {of}",
        {
            "Tuna Pedas": 1_637,
            "Ayam Suwir Merah": 1_615,
            "Opor Ayam": 1_034,
            "Ayam Cabai Hijau": 767,
            "Kare": 704,
            "Peda Asin": 233,
            "Cumi": 7,
            "udang": 7,
            "unnamed": 377,
        },
        origin="sales.rpt_product_rankings",
    )
    yield one(
        seed,
        "quantity of named products",
        "sum(quantity)",
        "sales.rpt_product_rankings",
        6_004,
        where=f"{of} and product_id <> 'unnamed'",
    )
    yield from labelled(
        seed,
        "mean quantity",
        "select weekday_name, mean_quantity from sales.rpt_weekday_profiles"
        f" where {of}",
        {
            "Monday": 76.545455,
            "Tuesday": 75.727273,
            "Wednesday": 87.818182,
            "Thursday": 79.5,
            "Friday": 92.666667,
            "Saturday": 45,
            "Sunday": 94.5,
        },
        tolerance=5e-7,
        origin="sales.rpt_weekday_profiles",
    )
    yield from labelled(
        seed,
        "correlation with Tuna Pedas",
        "select other_product_name, correlation from sales.rpt_product_correlations"
        f" where {of} and product_name = 'Tuna Pedas'",
        {"Ayam Cabai Hijau": 0.81, "Opor Ayam": 0.63},
        tolerance=0.005,
        origin="sales.rpt_product_correlations",
    )
