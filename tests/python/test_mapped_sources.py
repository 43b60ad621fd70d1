"""Bring your own data: flat files mapped under `mapped_sources`, without SQL."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from conftest import SALES_ONLY, SAMPLE, Build, Dbt
from settings_parts import mapped_sources

from retail_marts.errors import InputError
from retail_marts.raw_tables import named_businesses

CORNER_SHOP: dict[str, Any] = {
    "path": str(SAMPLE / "corner_shop" / "sales.csv"),
    "business_name": 'Corner\'s "Shop"',
    "currency": "EUR",
    "separator": ";",
    "encoding": "latin-1",
    "date_format": "%d.%m.%Y",
    "decimal_mark": ",",
    "thousands_mark": ".",
    "columns": {
        "order_id": "Receipt",
        "order_date": "Date",
        "customer_id": "Customer",
        "product_id": "Article",
        "product_name": "Article name",
        "category": "Group",
        "quantity": "Qty",
        "unit_price_amount": "Unit price",
        "sales_amount": "Total",
        "store_id": "Branch",
    },
    "customers": {
        "path": str(SAMPLE / "corner_shop" / "customers.csv"),
        "columns": {
            "customer_id": "Customer",
            "customer_name": "Name",
            "email": "E-mail",
            "gender": "Gender",
            "age": "Age",
        },
    },
    "products": {
        "path": str(SAMPLE / "corner_shop" / "products.csv"),
        "columns": {
            "product_id": "Article",
            "product_name": "Article name",
            "category": "Group",
            "list_price_amount": "List price",
        },
    },
    "stock": {
        "path": str(SAMPLE / "corner_shop" / "stock.csv"),
        "columns": {
            "product_id": "Article",
            "on_hand_quantity": "On hand",
            "stock_date": "Counted",
        },
    },
}


def _sales_csv(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_mapped_files_of_every_kind_appear_in_every_mart(
    dbt: Dbt, tmp_path: Path
) -> None:
    database = tmp_path / "till's.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema pos")
        connection.execute(
            'create table pos."Bon lines" as select * from (values'
            " (1, timestamp '2024-03-01 10:00', 'A', 2.0::double, 3.5::double),"
            " (1, timestamp '2024-03-01 10:00', 'B', 1, 1.25),"
            " (2, timestamp '2024-03-03 18:30', 'A', 'nan'::double, 7.0)"
            ") as t(bon, sold_at, article, qty, price)"
        )
    duckdb.execute(
        "copy (select * from (values"
        " ('north', 'o1', date '2024-01-01', 'ann@x.example', 'P', 3,"
        " 30.00::decimal(18,4)),"
        " ('north', 'o2', date '2024-01-03', 'bob@x.example', 'P', 1, 10.00),"
        " ('south', 'o1', date '2024-01-02', 'ann@x.example', 'Q', 2, 50.00),"
        " ('kalbe', 'o9', date '2024-01-02', 'ann@x.example', 'Q', 2, 50.00),"
        " (null, 'o9', date '2024-01-02', 'ann@x.example', 'Q', 2, 50.00)"
        ") as t(shop, id, day, mail, item, n, total))"
        f" to '{tmp_path}/chain.parquet' (format parquet)"
    )
    (tmp_path / "monthly [2024]").mkdir()
    for month, line in (("01", "2024-01-31|x|1|9.99"), ("02", "2024-02-01|x|2|19.98")):
        _sales_csv(
            tmp_path / "monthly [2024]" / f"sales-{month}.csv",
            f"day|item|n|total\n{line}\n",
            "utf-16",
        )
    settings = {
        "sources": [],
        # What runs out follows from a forecast of each product.
        "forecast_business_levels": {"corner_shop": ["product"]},
        "forecast_settings": {
            "models": {"product": ["mean"]},
            "own_model_min_days": 0,
            "reconcile": False,
        },
        "mapped_sources": {
            "corner_shop": CORNER_SHOP,
            "till": {
                "database": str(database),
                "table": "pos.Bon lines",
                "columns": {
                    "order_id": "bon",
                    "order_date": "sold_at",
                    "product_id": "article",
                    "quantity": "qty",
                    "unit_price_amount": "price",
                },
            },
            "chain": {
                "path": str(tmp_path / "chain.parquet"),
                "currency": "USD",
                "columns": {
                    "business_id": "shop",
                    "order_id": "id",
                    "order_date": "day",
                    "email": "mail",
                    "product_id": "item",
                    "quantity": "n",
                    "sales_amount": "total",
                },
            },
            "kiosk": {
                "path": str(tmp_path / "monthly [[]2024]" / "sales-*.csv"),
                "separator": "|",
                "encoding": "utf-16",
                "columns": {
                    "order_date": "day",
                    "product_id": "item",
                    "quantity": "n",
                    "sales_amount": "total",
                },
            },
            "web": {
                "path": _sales_csv(
                    tmp_path / "web.csv",
                    "Invoice,When,SKU,Qty,Price,Who\n"
                    "1001,12/1/2010 8:26,A,6,2.55,17850\n"
                    "1001,12/1/2010 8:26,A,6,2.55,17850\n"
                    "C1002,12/2/2010 9:00,A,1,2.55,17850\n"
                    "C1003,12/2/2010 9:10,B,-2,4,\n"
                    "1004,13/1/2010 9:10,B,2,4,\n"
                    "1005,12/3/2010 9:10,B,2,-4,\n",
                ),
                "date_format": "%m/%d/%Y %H:%M",
                "return_order_prefix": "C",
                "duplicates": "reject",
                "columns": {
                    "order_id": "Invoice",
                    "order_date": "When",
                    "product_id": "SKU",
                    "quantity": "Qty",
                    "unit_price_amount": "Price",
                    "customer_id": "Who",
                },
            },
            "takings": {
                "path": _sales_csv(
                    tmp_path / "takings.csv",
                    "Datum,Summe\n2024-05-01,100.50\n2024-05-04,80\n",
                ),
                "columns": {"order_date": "Datum", "sales_amount": "Summe"},
            },
        },
    }

    build = dbt("build", settings=settings)
    assert build.returncode == 0, build.output

    assert build.rows(
        "select business_id, business_name, currency, order_count, as_of_date"
        " from core.dim_businesses order by 1"
    ) == [
        ("corner_shop", 'Corner\'s "Shop"', "EUR", *_corner_shop_orders()),
        ("kiosk", "kiosk", None, 2, date(2024, 2, 1)),
        ("north", "north", "USD", 2, date(2024, 1, 3)),
        ("south", "south", "USD", 1, date(2024, 1, 2)),
        ("takings", "takings", None, 2, date(2024, 5, 4)),
        ("till", "till", None, 1, date(2024, 3, 1)),
        ("web", "web", None, 1, date(2010, 12, 1)),
    ]
    assert build.rows(
        "select business_id, line_type, count(*), sum(quantity), sum(sales_amount)"
        " from core.fct_sales_lines group by 1, 2 order by 1, 2"
    ) == [
        ("corner_shop", "return", *_corner_shop_totals(returns=True)),
        ("corner_shop", "sale", *_corner_shop_totals(returns=False)),
        ("kiosk", "sale", 2, Decimal("3.0000"), Decimal("29.9700")),
        ("north", "sale", 2, Decimal("4.0000"), Decimal("40.0000")),
        ("south", "sale", 1, Decimal("2.0000"), Decimal("50.0000")),
        ("takings", "sale", 2, None, Decimal("180.5000")),
        ("till", "sale", 2, Decimal("3.0000"), Decimal("8.2500")),
        ("web", "adjustment", 1, Decimal("2.0000"), Decimal("-8.0000")),
        ("web", "return", 2, Decimal("-3.0000"), Decimal("-10.5500")),
        ("web", "sale", 1, Decimal("6.0000"), Decimal("15.3000")),
    ]
    assert build.rows(
        "select source_table, source_file, source_row_number, rejection_reason"
        " from core.fct_rejected_rows where not starts_with(source_file, 'sales.')"
        " and source_file <> 'customers.csv' order by 1, 3"
    ) == [
        (
            "sales_lines of chain",
            "chain.parquet",
            4,
            "business_id kalbe is the name of another source",
        ),
        ("sales_lines of chain", "chain.parquet", 5, "business_id is empty"),
        (
            "sales_lines of till",
            "till's.duckdb/pos.Bon lines",
            3,
            "quantity is empty",
        ),
        (
            "sales_lines of web",
            "web.csv",
            3,
            "an exact duplicate of an earlier row",
        ),
        (
            "sales_lines of web",
            "web.csv",
            6,
            "order_date '13/1/2010 9:10' is not a date of the form %m/%d/%Y %H:%M",
        ),
    ]
    # A file of takings has no quantities: unknown on days without sales too.
    assert build.rows(
        "select sales_date, quantity, sales_amount, order_count"
        " from sales.fct_daily_sales where business_id = 'takings' order by 1"
    ) == [
        (date(2024, 5, 1), None, Decimal("100.50"), 1),
        (date(2024, 5, 2), None, Decimal("0.00"), 0),
        (date(2024, 5, 3), None, Decimal("0.00"), 0),
        (date(2024, 5, 4), None, Decimal("80.00"), 1),
    ]
    # One address, two businesses, one key; and the key does not show the address.
    keys = build.rows(
        "select customer_id from core.dim_customers where email = 'ann@x.example'"
    )
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert "ann" not in keys[0][0]
    named = build.value(
        "select count(*) from core.dim_customers"
        " where business_id = 'corner_shop' and customer_name is not null"
    )
    assert named == 44
    assert (
        build.value(
            "select count(*) from core.dim_products"
            " where business_id = 'corner_shop' and list_price_amount is not null"
        )
        == 13
    )
    for mart in (
        "sales.rpt_monthly_sales",
        "sales.rpt_weekday_profiles",
        "sales.rpt_product_rankings",
        "sales.rpt_weekly_product_sales",
    ):
        assert build.value(
            f"select count(*) from {mart} where business_id in ('corner_shop', 'north')"
        ), mart
    _check_what_is_planted(build)


def _check_what_is_planted(build: Build) -> None:
    """One branch has most of the returns, and the stock of one article runs out."""
    text = (SAMPLE / "truth.json").read_text(encoding="utf-8")
    planted = json.loads(text)["sources"]["corner_shop"]
    ((most, highest), (_, second), _) = build.rows(
        "select member_name, order_return_rate from sales.rpt_return_rates"
        " where business_id = 'corner_shop' and dimension = 'store'"
        " order by order_return_rate desc"
    )
    assert most == planted["returning_branch"]
    assert highest > 3 * second
    risks = build.rows(
        "select product_name, stock_out_risk, order_quantity > 0"
        " from forecasting.rpt_replenishment"
        " where business_id = 'corner_shop' and series_level = 'product'"
        " and stock_quantity is not null order by stock_out_risk desc"
    )
    assert len(risks) > 5
    assert risks[0][0] == planted["running_out"]
    assert risks[0][1] > 0.9
    assert all(risk < 0.05 for _, risk, _ in risks[1:])
    assert [is_ordered for *_, is_ordered in risks] == [True] + [False] * (
        len(risks) - 1
    )


def _corner_shop_rows() -> list[dict[str, Any]]:
    """The acceptable rows of the file, read by hand."""
    rows = []
    with open(CORNER_SHOP["path"], encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            try:
                day = datetime.strptime(row["Date"], "%d.%m.%Y").date()
            except ValueError:
                continue
            # Without an article number, the name is the key of the product.
            if row["Article"] or row["Article name"]:
                numbers = {
                    name: Decimal(row[name].replace(".", "").replace(",", "."))
                    for name in ("Qty", "Total")
                }
                rows.append({**row, **numbers, "Date": day})
    return rows


def _corner_shop_totals(*, returns: bool) -> tuple[int, Decimal, Decimal]:
    rows = [row for row in _corner_shop_rows() if (row["Qty"] < 0) == returns]
    return len(rows), sum(r["Qty"] for r in rows), sum(r["Total"] for r in rows)


def _corner_shop_orders() -> tuple[int, date]:
    sales = [row for row in _corner_shop_rows() if row["Qty"] >= 0]
    return len({row["Receipt"] for row in sales}), max(row["Date"] for row in sales)


def test_a_store_file_describes_stores_sold_in_or_not(dbt: Dbt, tmp_path: Path) -> None:
    sales = _sales_csv(
        tmp_path / "sales.csv",
        "day,shop,name,total\n2024-01-01,S1,Old name,10\n2024-01-02,S2,Station,5\n"
        "2024-01-03,S9,,1\n",
    )
    stores = _sales_csv(
        tmp_path / "stores.csv",
        "id;title;chain;kind;north;east\n"
        "S1;Harbour;Blue;Kiosk;53,5;9,99\n"
        "S2;;Blue;;;\n"
        "S3;Not open yet;;Kiosk;95;9\n"
        "S1;Second row;;;;\n"
        ";No id;;;;\n"
        "S4;Bad number;;;53.5;9\n",
    )
    columns = {
        "store_id": "id",
        "store_name": "title",
        "store_group": "chain",
        "store_type": "kind",
        "latitude": "north",
        "longitude": "east",
    }
    chain = _sales_csv(
        tmp_path / "chain.csv", "owner,day,shop,total\neast,2024-01-01,S1,7\n"
    )
    chain_stores = _sales_csv(
        tmp_path / "chain_stores.csv",
        "owner,id,title\neast,S1,East 1\nwest,S1,West 1\n",
    )
    build = dbt(
        "build",
        *SALES_ONLY,
        settings={
            "sources": [],
            "mapped_sources": {
                "shop": {
                    "path": sales,
                    "columns": {
                        "order_date": "day",
                        "store_id": "shop",
                        "store_name": "name",
                        "sales_amount": "total",
                    },
                    "stores": {
                        "path": stores,
                        "separator": ";",
                        "decimal_mark": ",",
                        "columns": columns,
                    },
                },
                "chain": {
                    "path": chain,
                    "columns": {
                        "business_id": "owner",
                        "order_date": "day",
                        "store_id": "shop",
                        "sales_amount": "total",
                    },
                    "stores": {
                        "path": chain_stores,
                        "columns": {
                            "business_id": "owner",
                            "store_id": "id",
                            "store_name": "title",
                        },
                    },
                },
            },
        },
    )
    assert build.returncode == 0, build.output
    assert build.rows("select * from core.dim_stores order by 1, 2") == [
        ("east", "S1", "East 1", None, None, None, None),
        ("shop", "S1", "Harbour", "Blue", "Kiosk", 53.5, 9.99),
        # The file gives no name, so the sales lines do.
        ("shop", "S2", "Station", "Blue", None, None, None),
        ("shop", "S3", "Not open yet", None, "Kiosk", 95.0, 9.0),
        ("shop", "S9", "S9", None, None, None, None),
        ("west", "S1", "West 1", None, None, None, None),
    ]
    assert build.rows(
        "select source_table, source_row_number, rejection_reason"
        " from core.fct_rejected_rows order by 2"
    ) == [
        (
            "stores of shop",
            5,
            "store_id is already in an earlier row with other values",
        ),
        ("stores of shop", 6, "store_id is empty"),
        (
            "stores of shop",
            7,
            "latitude '53.5' is not a number up to 1,000,000,000,000; "
            'set decimal_mark: "."',
        ),
    ]
    assert build.rows(
        "select source_row_number, warning from core.fct_row_warnings"
        " where source_table = 'stores of shop'"
    ) == [(4, "a latitude or longitude out of range")]
    assert build.rows(
        "select source_table, raw_line_count, accepted_row_count, rejected_row_count"
        " from core.fct_source_files where starts_with(source_table, 'stores of ')"
        " order by 1"
    ) == [("stores of chain", 2, 2, 0), ("stores of shop", 6, 3, 3)]
    # A business may appear only in the file of stores.
    assert build.rows("select business_id from core.dim_businesses order by 1") == [
        ("east",),
        ("shop",),
        ("west",),
    ]


def test_mapped_duplicates_are_kept_and_warned_about(dbt: Dbt, tmp_path: Path) -> None:
    path = _sales_csv(
        tmp_path / "a.csv", "d,t\n2024-01-01,1\n2024-01-01,1\n2024-01-02,1\n"
    )
    build = dbt(
        "build",
        *SALES_ONLY,
        settings={
            "sources": [],
            "mapped_sources": {
                "a": {"path": path, "columns": {"order_date": "d", "sales_amount": "t"}}
            },
        },
    )
    assert build.returncode == 0, build.output
    assert build.value("select sum(sales_amount) from core.fct_sales_lines") == 3
    assert build.rows(
        "select source_row_number, warning from core.fct_row_warnings"
    ) == [(3, "an exact duplicate of an earlier row")]


def test_mapped_faults_of_structure_stop_with_one_message(
    dbt: Dbt, tmp_path: Path
) -> None:
    columns = {"order_date": "day", "sales_amount": "total"}
    parquet = tmp_path / "a.parquet"
    duckdb.execute(f"copy (select 1 as day) to '{parquet}' (format parquet)")
    # Damage that crashes the engine that reads it.
    damaged = bytearray(parquet.read_bytes())
    damaged[4:40] = b"\xff" * 36
    (tmp_path / "damaged.parquet").write_bytes(damaged)
    for entry, words in (
        (
            {
                "path": str(tmp_path / "damaged.parquet"),
                "columns": {"order_date": "day", "sales_amount": "day"},
            },
            ["mapped_sources.a", "damaged.parquet", "complete and of the type"],
        ),
        (
            {"path": "no/such.csv", "columns": columns},
            ["mapped_sources.a", "no/such.csv"],
        ),
        ({"path": str(parquet), "columns": columns}, ["a.parquet", "'total'", "day"]),
        (
            {"path": _sales_csv(tmp_path / "a.csv", "Day;total\n"), "columns": columns},
            ["a.csv", "day"],
        ),
        (
            {"path": "x.csv", "columns": {"order_dat": "day"}},
            ["order_dat", "order_date"],
        ),
    ):
        build = dbt(
            "run",
            "--select",
            "stg_mapped__sales_lines",
            settings={"sources": [], "mapped_sources": {"a": entry}},
        )
        # Before the first node (2) or when the file is read (1).
        assert build.returncode in (1, 2)
        assert "Traceback" not in build.output
        assert "Remedy" in build.output
        for word in words:
            assert word in build.output, (word, build.output)


def test_mapped_names_are_free_and_no_customer_of_a_shared_order_is_lost(
    dbt: Dbt, tmp_path: Path
) -> None:
    columns = {
        "order_id": "o",
        "order_date": "d",
        "customer_id": "c",
        "product_id": "p",
        "quantity": "q",
        "sales_amount": "s",
    }
    text = (
        "o,d,c,p,q,s\n1,2024-01-01,A,x,1,10\n1,2024-01-02,B,x,1,20\n"
        "2,2024-01-02,A,y,1,5\n"
    )
    path = _sales_csv(tmp_path / "a.csv", text)
    order_key = ["order_id", "customer_id", "order_date"]
    build = dbt(
        "build",
        *SALES_ONLY,
        settings={
            "sources": [],
            "mapped_sources": {
                "order": {"path": path, "columns": columns},
                "semi": {"path": path, "columns": columns, "order_key": order_key},
            },
        },
    )
    assert build.returncode == 0, build.output
    assert "WARN 1 assert_orders_have_one_customer" in build.output
    assert build.rows(
        "select business_id, count(*), sum(sales_amount) from core.fct_orders"
        " group by 1 order by 1"
    ) == [("order", 2, 35), ("semi", 3, 35)]
    assert build.rows(
        "select business_id, customer_id, first_order_date from core.dim_customers"
        " where business_id = 'order' order by 2"
    ) == [("order", "A", date(2024, 1, 1)), ("order", "B", date(2024, 1, 2))]


def test_mapped_file_that_is_rejected_whole_fails_and_says_so(
    dbt: Dbt, tmp_path: Path
) -> None:
    path = _sales_csv(tmp_path / "a.csv", "d,t\n31.12.2023,1\n01.01.2024,2\n")
    columns = {"order_date": "d", "sales_amount": "t"}
    build = dbt(
        "build",
        *SALES_ONLY,
        settings={
            "sources": [],
            "mapped_sources": {"a": {"path": path, "columns": columns}},
        },
    )
    assert build.returncode == 1
    assert "assert_no_file_is_rejected_whole" in build.output
    assert "a.csv (sales_lines of a): 0 rows accepted, 2 rejected" in build.output
    assert "order_date '31.12.2023' is not a date of the form %Y-%m-%d" in build.output


# --- the setting itself ---------------------------------------------------------------


def _entry(**changes: Any) -> dict[str, Any]:
    return {
        "path": "a.csv",
        "columns": {"order_date": "d", "sales_amount": "t"},
        **changes,
    }


@pytest.mark.parametrize("nothing", [None, {}])
def test_mapped_sources_may_be_empty(nothing: Any) -> None:
    assert mapped_sources(nothing) == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("shop", ["mapped_sources"]),
        ({"My Shop": _entry()}, ["My Shop"]),
        ({"kalbe": _entry()}, ["kalbe", "shipped"]),
        ({"a": None}, ["mapped_sources.a"]),
        ({"a": _entry(seperator=";")}, ["seperator", "separator"]),
        ({"a": _entry(separator=";;")}, ["separator"]),
        ({"a": _entry(separator="")}, ["separator"]),
        ({"a": _entry(decimal_mark="!")}, ["decimal_mark"]),
        ({"a": _entry(decimal_mark=",", thousands_mark=",")}, ["thousands_mark"]),
        ({"a": _entry(date_format="%H:%M")}, ["date_format"]),
        ({"a": _entry(duplicates="drop")}, ["duplicates"]),
        ({"a": _entry(order_key="order_id")}, ["order_key"]),
        ({"a": _entry(order_key=["product_id"])}, ["order_key"]),
        ({"a": _entry(order_key=[["order_id"]])}, ["order_key"]),
        ({"a": _entry(columns={})}, ["columns"]),
        ({"a": _entry(columns={"order_date": None})}, ["columns.order_date", "quotes"]),
        ({"a": _entry(columns={"order_date": " "})}, ["columns.order_date", "empty"]),
        # YAML reads NO as false and 007 as seven, and a quoted "no" is a text.
        ({"a": _entry(country_code=False)}, ["country_code", "quotes"]),
        ({"a": _entry(return_order_prefix=7)}, ["return_order_prefix", "quotes"]),
        ({"a": _entry(business_name=["Shop"])}, ["business_name"]),
        ({"a": _entry(encoding=None)}, ["encoding"]),
        ({"a": _entry(customer_id_is_personal="no")}, ["customer_id_is_personal"]),
        ({"a": _entry(negative_quantity_is_return=0)}, ["negative_quantity_is_return"]),
        ({"a": _entry(thousands_mark="d")}, ["thousands_mark", "numbers"]),
        (
            {
                "a": _entry(
                    product_key=["product_id", "product_name"],
                    columns={
                        **_entry()["columns"],
                        "product_id": "p",
                        "product_name": "n",
                    },
                    stock={
                        "path": "b.csv",
                        "columns": {"product_id": "p", "on_hand_quantity": "q"},
                    },
                )
            },
            ["product_key", "product_name, which is not in the columns of stock"],
        ),
        (
            {"a": _entry(thousands_mark="'", currency_marks=["CHF", "'"])},
            ["currency_marks", "which is thousands_mark, too"],
        ),
        ({"a": _entry(path="a\0.csv")}, ["mapped_sources.a.path"]),
        ({"a": _entry(currency="\ud800")}, ["mapped_sources.a.currency"]),
        ({"a": _entry(path="")}, ["path"]),
        ({"a" * 9999: _entry()}, ["aaaa", "lower-case"]),
        ({"a": _entry(columns={"sales_amount": "t"})}, ["order_date"]),
        (
            {"a": _entry(columns={"order_date": "d", "quantity": "q"})},
            ["has no amounts"],
        ),
        ({"a": _entry(path=None)}, ["path"]),
        ({"a": _entry(table="t")}, ["path"]),
        ({"a": _entry(path=None, table="t")}, ["database"]),
        (
            {"a": _entry(customers={"path": "c.csv", "columns": {"age": "a"}})},
            ["customer_id"],
        ),
        (
            {"a": _entry(customers={"path": "c.csv", "columns": {"customer_id": "a"}})},
            ["customer_id"],
        ),
        ({"a": _entry(products="p.csv")}, ["mapped_sources.a.products"]),
        (
            {"a": _entry(stores={"path": "s.csv", "columns": {"store_name": "n"}})},
            ["mapped_sources.a.stores", "store_id"],
        ),
        (
            {"a": _entry(stores={"path": "s.csv", "columns": {"latitud": "n"}})},
            ["mapped_sources.a.stores", "latitud", "latitude"],
        ),
    ],
)
def test_mapped_sources_faults_name_the_setting(entries: Any, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        mapped_sources(entries)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ("1.0::double, 2.5::double", {"1", "2.5"}),
        ("1.00::decimal(8, 2), 20.50::decimal(8, 2)", {"1", "20.5"}),
        ("1e15::double", {"1000000000000000"}),
        ("100::bigint", {"100"}),
        ("' north '::varchar, 'south'", {"north", "south"}),
        ("'1'::blob", {"1"}),
    ],
)
def test_businesses_have_the_names_of_the_marts(values: str, names: set[str]) -> None:
    file = SimpleNamespace(columns={"business_id": "Shop"})
    source: Any = SimpleNamespace(name="shop", files={"sales_lines": file})
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.mapped__shop__sales_lines as"
            f" select unnest([{values}]) as business_id union all select null"
        )
        assert named_businesses(connection, source) == names
