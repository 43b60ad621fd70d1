"""Lines of orders in mapped files: fields and amounts of orders, filters, keys."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from conftest import Build, Dbt, make_dbt
from pyarrow import parquet
from settings_parts import mapped_sources

from retail_marts.errors import InputError

D = Decimal

#: An order's fields stand on its first line only, as shops export them.
SHOP = {
    "order_id": "Name",
    "order_date": "Created at",
    "email": "Email",
    "quantity": "Quantity",
    "unit_price_amount": "Price",
    "product_id": "SKU",
    "product_name": "Item",
    "shipping_cost_amount": "Shipping",
    "discount_amount": "Discount",
    "tax_amount": "Taxes",
}
SHOP_HEADER = (
    "Name,Email,Status,Currency,Shipping,Discount,Taxes,Created at,"
    "Quantity,Item,Price,SKU"
)
#: Two files. In the first: an order with another one between its lines, a voided order
#: with two lines, one in another currency, an order whose first line comes last, a
#: guest, a row without an order id, a broken row. In the second: the rest of an order.
SHOP_FILES = {
    "a.csv": [
        "#1,Ann@x.example,paid,IDR,10,5,30,2024-01-02 10:00,2,Tea,100,T1",
        "#2,bob@x.example,Paid ,IDR,0,0,0,2024-01-02 11:30,1,Tea,100,T1",
        "#1,,,,,,,,1,Cup,100,C1",
        "#3,cy@x.example,VOIDED,IDR,7,0,0,2024-01-03 09:00,1,Tea,100,T1",
        "#3,,,,,,,,1,Gift,50,",
        "#4,cy@x.example,paid,USD,7,0,0,2024-01-03 09:00,1,Tea,100,T1",
        "#4,,,,,,,,1,Cup,100,C1",
        "#5,,,,,,,,1,Cup,100,C1",
        "#5,di@x.example,paid,IDR,1,0,0,2024-01-04 00:00,1,Tea,100,T1",
        "#6,,paid,IDR,0,0,0,2024-01-05 08:00,1,Tea,100,T1",
        "#6,,,,,,,,1,Gift card,25,",
        "#6,,,,,,,,1,,25,",
        ",,,IDR,,,,,1,Cup,100,C1",
        "#2,,,,,,,,x,Cup,100,C1",
        "#7,ed@x.example,paid,IDR",
    ],
    "b.csv": [
        "#8,bob@x.example,paid,IDR,3,0,0,2024-01-06 10:00,1,Tea,100,T1",
        "#1,,,,,,,,1,Spoon,10,S1",
        "#8,,,,,,,,1,Spoon,10,S1",
    ],
}


#: Orders whose id, too, stands on the first line only. In the first file: equal lines
#: of two orders, a cancelled order, a broken row and a line below it, a line that is
#: twice in an order. In the second: a line above the first order.
ODOO_FILES = {
    "a.csv": [
        "S1,2024-01-02,c1,ann@x.example,sale,9,1,10,T1,Tea",
        ",,,,,,2,10,C1,Cup",
        "S2,2024-01-03,c2,bob@x.example,sale,,1,10,T1,Tea",
        ",,,,,,2,10,C1,Cup",
        ",,,,,,2,10,C1,Cup",
        "S3,2024-01-04,c3,cy@x.example,cancel,,1,10,T1,Tea",
        ",,,,,,1,10,C1,Cup",
        "S4,2024-01-05,c4",
        ",,,,,,1,10,S1,Spoon",
        "S5,2024-01-06,c5,di@x.example,sale,,1,10,T1,Tea",
    ],
    "b.csv": [
        ",,,,,,1,10,C1,Cup",
        "S6,2024-01-07,c1,ann@x.example,sale,,1,10,T1,Tea",
    ],
}


def _write(path: Path, header: str, rows: list[str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


def _entries(folder: Path) -> dict[str, Any]:
    for name, rows in SHOP_FILES.items():
        _write(folder / "shop" / name, SHOP_HEADER, rows)
    base = {"order_id": "id", "order_date": "day"}
    priced = {**base, "quantity": "n", "unit_price_amount": "price"}
    described = {
        **priced,
        "product_id": "sku",
        "product_name": "item",
        "customer_id": "who",
    }
    parquet.write_table(
        pa.table(
            {
                "id": pa.array([1.0, 1.0, 2.0, 3.0]),
                "day": pa.array(
                    [datetime(2024, 1, 1, 8), None, datetime(2024, 1, 2), None],
                    pa.timestamp("us"),
                ),
                "who": pa.array([17, None, 18, None], pa.int32()),
                "test": pa.array([False, None, True, None]),
                "total": pa.array([1.0, 2.0, 4.0, 8.0]),
            }
        ),
        folder / "typed.parquet",
    )
    for name, rows in ODOO_FILES.items():
        _write(
            folder / "odoo" / name, "id,day,who,mail,state,ship,n,price,sku,item", rows
        )
    parquet.write_table(
        pa.table(
            {
                "id": pa.array([None, 7, None, 8], pa.int64()),
                "day": pa.array([date(2024, 1, 1)] * 4),
                "total": pa.array([1.0, 2.0, 4.0, 8.0]),
            }
        ),
        folder / "ids.parquet",
    )
    instant = datetime(2024, 1, 31, 17, 30, tzinfo=UTC)
    parquet.write_table(
        pa.table({"id": ["1"], "day": pa.array([instant]), "total": [1.0]}),
        folder / "instants.parquet",
    )
    amounts = [
        # An amount that is not a multiple, on the first line.
        "1,2024-01-01,1,1,10,,",
        "1,2024-01-01,1,1,,,",
        "1,2024-01-01,1,1,,,",
        # On each line; the first counts.
        "2,2024-01-01,1,10,6,1,",
        "2,2024-01-01,2,10,6,1,",
        "2,2024-01-01,1,0,9,1,",
        # All lines are free of charge.
        "3,2024-01-01,1,0,0.0003,,",
        "3,2024-01-01,1,0,,,",
        # A return in the order, and a negative discount.
        "4,2024-01-01,3,10,8,-4,2",
        "4,2024-01-01,-1,10,,,",
        # One line is rejected: the others have the amount.
        "5,2024-01-01,1,30,9,,",
        "5,2024-01-01,x,30,,,",
        "5,2024-01-01,1,60,,,",
        # Larger than its lines.
        "6,2024-01-01,1,10,,25,",
        "6,2024-01-01,1,10,,,",
        # A return as a whole, with positive numbers.
        "R7,2024-01-01,2,50,4,10,5",
        # All is given away; and the largest amounts.
        "8,2024-01-01,1,0.0001,999999999999.9999,1.0002,999999999999.9997",
        "8,2024-01-01,1,1.0001,,,",
        "9,2024-01-01,1,999999999999.9999,999999999999.9999,0.0001,1",
        "9,2024-01-01,1,0.0001,,,",
        # An amount that is not a number.
        "10,2024-01-01,1,5,free,,",
        "10,2024-01-01,1,5,,,",
    ]
    return {
        "shop": {
            "path": f"{folder}/shop/*.csv",
            "date_format": "%Y-%m-%d %H:%M",
            "columns": SHOP,
            "fill_down": ["email", "order_date"],
            "order_amounts": ["shipping_cost_amount", "discount_amount", "tax_amount"],
            "filters": [
                {"column": "Status", "drop": ["voided "]},
                {"column": "Currency", "keep": ["idr"]},
            ],
        },
        "typed": {
            "path": str(folder / "typed.parquet"),
            "columns": {**base, "customer_id": "who", "sales_amount": "total"},
            "fill_down": ["order_date", "customer_id"],
            "filters": [{"column": "test", "keep": ["false", ""]}],
        },
        "amounts": {
            "path": _write(
                folder / "amounts.csv", "id,day,n,price,ship,less,tax", amounts
            ),
            "return_order_prefix": "R",
            "columns": {
                **priced,
                "shipping_cost_amount": "ship",
                "discount_amount": "less",
                "tax_amount": "tax",
            },
            "order_amounts": ["shipping_cost_amount", "tax_amount", "discount_amount"],
        },
        "discounts": {
            "path": _write(
                folder / "discounts.csv",
                "id,day,n,price,less",
                [
                    "1,2024-01-01,2,50,25",
                    "2,2024-01-01,-2,50,25",
                    "3,2024-01-01,1,50,",
                    "4,2024-01-01,1,0,0",
                    "5,2024-01-01,1,10,10.01",
                ],
            ),
            "columns": {**priced, "discount_amount": "less"},
        },
        "stated": {
            "path": _write(
                folder / "stated.csv",
                "id,day,n,total,less,sent,urgency",
                ["1,2024-01-05,2,75,25,2024-01-04,High", "2,2024-01-05,1,5,,soon,Low"],
            ),
            "columns": {
                **base,
                "quantity": "n",
                "sales_amount": "total",
                "discount_amount": "less",
                "ship_date": "sent",
                "order_priority": "urgency",
            },
        },
        "shelf": {
            "path": _write(
                folder / "shelf.csv",
                "id,day,n,price,sku,item,size,dept,who",
                [
                    "1,2024-01-01,1,1,P1,Tea,L,Food,a",
                    "1,2024-01-01,1,1,P1,Tea,XL,Food,a",
                    "2,2024-01-02,1,1,P1,Chair,,Home,b",
                    "2,2024-01-02,1,1,P1, TEA ,L,Food,b",
                    "2,2024-01-02,1,1,,Tea,L,Food,b",
                    "2,2024-01-02,1,1,,,,Food,b",
                    f"2,2024-01-02,1,1,P1,{'x' * 200},,Food,b",
                ],
            ),
            "columns": {**described, "size": "size", "department": "dept"},
            "product_key": ["product_id", "product_name", "size"],
            "products": {
                "path": _write(
                    folder / "products.csv",
                    "sku,item,size,maker",
                    ["P1,Tea,L,Ann & Co", "P1,tea,l,Bob & Co", ",,,Cy"],
                ),
                "columns": {
                    "product_id": "sku",
                    "product_name": "item",
                    "size": "size",
                    "brand": "maker",
                },
            },
        },
        # All that belongs to an order is on its first line, its id too.
        "odoo": {
            "path": f"{folder}/odoo/*.csv",
            "columns": {**described, "email": "mail", "shipping_cost_amount": "ship"},
            "fill_down": ["order_id", "order_date", "customer_id", "email"],
            "order_amounts": ["shipping_cost_amount"],
            "filters": [{"column": "state", "keep": ["sale"]}],
            "duplicates": "reject",
        },
        # The id alone; numbers of Parquet.
        "ids": {
            "path": str(folder / "ids.parquet"),
            "columns": {**base, "sales_amount": "total"},
            "fill_down": ["order_id"],
        },
        # A discount of lines and one of orders, in a file with prices, one with totals.
        "two_discounts": {
            "path": _write(
                folder / "two.csv",
                "id,day,n,price,less,coupon",
                [
                    "1,2024-01-01,1,100,10,9",
                    "1,2024-01-01,2,100,,",
                    "2,2024-01-01,1,50,-5,",
                    "3,2024-01-01,1,50,,",
                    "4,2024-01-01,1,50,45,6",
                    "R5,2024-01-01,1,50,5,6",
                    "6,2024-01-01,1,50,x,6",
                ],
            ),
            "return_order_prefix": "R",
            "columns": {
                **priced,
                "discount_amount": "less",
                "second_discount_amount": "coupon",
            },
            "order_amounts": ["second_discount_amount"],
        },
        "two_stated": {
            "path": _write(
                folder / "two_stated.csv",
                "id,day,n,total,less,coupon",
                ["1,2024-01-01,2,60,30,10", "2,2024-01-01,1,60,,10"],
            ),
            "columns": {
                **base,
                "quantity": "n",
                "sales_amount": "total",
                "discount_amount": "less",
                "second_discount_amount": "coupon",
            },
        },
        # A column says which rows are returns; on the first line of an order alone.
        "documents": {
            "path": _write(
                folder / "documents.csv",
                "id,day,n,price,less,tax,kind",
                [
                    "1,2024-01-01,2,50,10,9,Sale",
                    "1,2024-01-01,1,10,,1,",
                    "2,2024-01-02,1,50,5,4.5, RETURN",
                    "2,2024-01-02,1,10,,1,",
                    "3,2024-01-03,-1,50,,-4.5,Refund",
                    "4,2024-01-04,1,50,,5,Test",
                ],
            ),
            "columns": {**priced, "discount_amount": "less", "tax_amount": "tax"},
            "fill_down": ["order_date"],
            "filters": [
                {"column": "kind", "returns": ["return", "Refund"]},
                {"column": "kind", "drop": ["test"]},
            ],
        },
        "instants": {
            "path": str(folder / "instants.parquet"),
            "time_zone": "Asia/Jakarta",
            "columns": {**base, "sales_amount": "total"},
        },
        "epochs": {
            "path": _write(folder / "epochs.csv", "id,day,total", ["1,1706722200,1"]),
            "time_zone": "Asia/Jakarta",
            "date_format": "epoch_seconds",
            "columns": {**base, "sales_amount": "total"},
        },
        "offsets": {
            "path": _write(
                folder / "offsets.csv", "id,day,total", ["1,1/31/2024 11:15 PM -05,1"]
            ),
            "time_zone": "Asia/Jakarta",
            "date_format": "%m/%d/%Y %I:%M %p %z",
            "columns": {**base, "sales_amount": "total"},
        },
        "chain": {
            "path": _write(
                folder / "chain.csv",
                "town,id,day,total,ship,who",
                [
                    "north,1,2024-01-01,1,4,a",
                    "south,1,2024-01-01,1,8,b",
                    "north,1,2024-01-01,3,,",
                    "south,1,2024-01-01,1,,",
                    # The number begins again on the next day.
                    "south,1,2024-01-02,1,2,c",
                    "south,1,2024-01-02,1,,",
                ],
            ),
            "order_key": ["order_id", "order_date"],
            "columns": {
                **base,
                "business_id": "town",
                "sales_amount": "total",
                "shipping_cost_amount": "ship",
                "customer_id": "who",
            },
            "fill_down": ["customer_id"],
            "order_amounts": ["shipping_cost_amount"],
        },
        "twice": {
            "path": _write(
                folder / "twice.csv",
                "id,day,n,price,sku,mail",
                [
                    "1,2024-01-01,1,5,P,a@x.example",
                    "1,2024-01-01,1,5,P,",
                    "2,2024-01-01,1,5,P,a@x.example",
                    "2,2024-01-01,1,5,P,a@x.example",
                ],
            ),
            "duplicates": "reject",
            "columns": {**priced, "product_id": "sku", "email": "mail"},
            "fill_down": ["email"],
        },
        "names": {
            "path": f"{folder}/names/*.csv",
            "columns": {**described, "store_id": "store", "store_name": "town"},
        },
        "guests": {
            "path": _write(
                folder / "guests.csv",
                "id,day,n,price,sku,item,who",
                [
                    f"{number},2024-01-01,1,1,P,Pen,{customer}"
                    for number, customer in enumerate(["Guest"] * 15 + [*range(55)])
                ],
            ),
            "columns": described,
        },
    }


NAMES = {
    "a.csv": [
        "1,2024-01-01,1,1,P1,Tea,a,S1,Ulm",
        "2,2024-01-01,1,1,P1,Tea,a,,Bonn",
        "3,2024-01-01,1,1,P1,Green tea,a,,",
        "4,2024-01-01,1,1,P2,Cup,a,S1,Ulm",
    ],
    "b.csv": [
        "5,2024-01-03,-1,1,P1,damaged,a,S1,Ulm",
        "6,2024-01-03,-1,1,P1,damaged,a,S1,Ulm",
        "7,2024-01-03,-1,1,P1,damaged,a,S1,Ulm",
        "8,2024-01-02,1,1,P1,Green tea,a,S1,Ulm",
        "9,2024-01-02,1,1,P2,Mug,a,S1,Ulm",
        "10,2024-01-03,-1,1,P3,check,a,S1,Ulm",
        "11,2024-01-02,-1,1,P3,lost,a,S1,Ulm",
        f"12,2024-01-02,1,1,,{'x' * 201},a,S1,Ulm",
        f"13,2024-01-02,1,1,P1,Tea,a,,{'x' * 201}",
    ],
}

SELECTED = (
    "+fct_orders",
    "fct_source_files",
    "+fct_rejected_rows",
    "+fct_row_warnings",
    "+dim_products",
    "rpt_hourly_profiles",
    "+fct_customer_rfm",
    "assert_no_row_is_lost",
    "assert_every_accepted_row_is_sold",
    "assert_no_entry_is_filtered_whole",
    "assert_orders_add_up",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines")


@pytest.fixture(scope="module")
def lines_dbt(folder: Path) -> Dbt:
    return make_dbt(folder / "dbt")


@pytest.fixture(scope="module")
def settings(folder: Path) -> dict[str, Any]:
    for name, rows in NAMES.items():
        _write(folder / "names" / name, "id,day,n,price,sku,item,who,store,town", rows)
    return {"sources": [], "mapped_sources": _entries(folder)}


@pytest.fixture(scope="module")
def build(lines_dbt: Dbt, settings: dict[str, Any]) -> Build:
    done = lines_dbt(
        "build",
        "-s",
        *SELECTED,
        "--indirect-selection",
        "cautious",
        settings=settings,
    )
    assert done.returncode == 0, done.output
    return done


def _lines(build: Build, business: str, columns: str) -> list[tuple[Any, ...]]:
    return build.rows(
        f"select {columns} from core.fct_sales_lines where business_id = '{business}'"
        " order by source_file, source_row_number"
    )


def _rejected(build: Build, business: str) -> list[tuple[Any, ...]]:
    return build.rows(
        "select source_file, source_row_number, rejection_reason"
        f" from core.fct_rejected_rows where source_table = 'sales_lines of {business}'"
        " order by 1, 2"
    )


def test_fields_of_the_first_line_are_those_of_its_order(build: Build) -> None:
    lines = _lines(
        build, "shop", "source_file, source_order_id, customer_id, product_id, order_at"
    )
    ann, bob = lines[0][2], lines[1][2]
    assert ann is not None
    assert bob not in (None, ann)
    first, second, eighth = (
        datetime(2024, 1, 2, 10),
        datetime(2024, 1, 2, 11, 30),
        datetime(2024, 1, 6, 10),
    )
    guest = datetime(2024, 1, 5, 8)
    assert [line for line in lines if line[1] != "#5"] == [
        ("a.csv", "#1", ann, "T1", first),
        ("a.csv", "#2", bob, "T1", second),
        ("a.csv", "#1", ann, "C1", first),
        ("a.csv", "#6", None, "T1", guest),
        ("a.csv", "#6", None, "Gift card", guest),
        ("b.csv", "#8", bob, "T1", eighth),
        ("b.csv", "#8", bob, "S1", eighth),
    ]
    # Midnight is how files write a day without a time.
    assert [line[3:] for line in lines if line[1] == "#5"] == [("T1", None)]


def test_a_line_without_a_filled_line_above_it_is_rejected(build: Build) -> None:
    above = ", and no line of the order above it in this file has one"
    rejected = _rejected(build, "shop")
    assert [row[:2] for row in rejected] == [
        ("a.csv", 9),
        ("a.csv", 13),
        ("a.csv", 14),
        ("a.csv", 15),
        ("a.csv", 16),
        ("b.csv", 3),
    ]
    reasons = [row[2] for row in rejected]
    assert reasons[0] == f"email is empty{above}"
    assert reasons[1] == "product_id and product_name are empty"
    assert reasons[2] == "order_id is empty"
    assert reasons[3] == "quantity is not a number up to 10,000,000"
    assert reasons[5] == f"email and order_date are empty{above}"
    # The row as it is in the file, not as it was filled down.
    assert (
        build.value(
            "select raw_row from core.fct_rejected_rows"
            " where source_file = 'a.csv' and source_row_number = 15"
        ).count("bob@")
        == 0
    )


def test_an_order_id_on_the_first_line_is_that_of_the_lines_below_it(
    build: Build,
) -> None:
    columns = (
        "source_order_id, customer_id, product_id, order_date, shipping_cost_amount"
    )
    assert _lines(build, "odoo", columns) == [
        ("S1", "c1", "T1", date(2024, 1, 2), D(3)),
        ("S1", "c1", "C1", date(2024, 1, 2), D(6)),
        ("S2", "c2", "T1", date(2024, 1, 3), None),
        ("S2", "c2", "C1", date(2024, 1, 3), None),
        ("S5", "c5", "T1", date(2024, 1, 6), None),
        ("S6", "c1", "T1", date(2024, 1, 7), None),
    ]
    above = (
        "order_id is empty, and above it in this file is no line of an order that can "
        "be read"
    )
    found = _rejected(build, "odoo")
    assert [row for row in found if row[:2] != ("a.csv", 9)] == [
        ("a.csv", 6, "an exact duplicate of an earlier row"),
        # The row above it may be the first of another order.
        ("a.csv", 10, above),
        ("b.csv", 2, above),
    ]
    assert len(found) == 4
    assert build.rows(
        "select source_file, filtered_row_count from core.fct_source_files"
        " where source_table = 'sales_lines of odoo' order by 1"
    ) == [("a.csv", 2), ("b.csv", 0)]
    # The row as it is in the file.
    assert build.value(
        "select raw_row from core.fct_rejected_rows"
        " where source_table = 'sales_lines of odoo' and source_row_number = 6"
    ).startswith(",")
    assert _lines(build, "ids", "source_order_id, sales_amount") == [
        ("7", D(2)),
        ("7", D(4)),
        ("8", D(8)),
    ]
    assert _rejected(build, "ids") == [("ids.parquet", 1, above)]


def test_two_discounts_are_both_subtracted(build: Build) -> None:
    columns = "source_order_id, sales_amount, discount_amount, round(discount_rate, 4)"
    assert _lines(build, "two_discounts", columns) == [
        ("1", D(87), D(13), 0.13),
        ("1", D(194), D(6), 0.03),
        ("2", D(45), D(5), 0.1),
        ("3", D(50), None, None),
        ("R5", D(-39), D(-11), 0.22),
    ]
    assert [row[1:] for row in _rejected(build, "two_discounts")] == [
        (6, "discount_amount 51.0000 is larger than the amount of the line"),
        (8, "discount_amount is not a number up to 1,000,000,000,000"),
    ]
    # A total is after both.
    columns = "sales_amount, unit_price_amount, discount_amount, discount_rate"
    assert _lines(build, "two_stated", columns) == [
        (D(60), D(50), D(40), 0.4),
        (D(60), D(70), D(10), 10 / 70),
    ]


def test_every_row_is_accepted_rejected_or_filtered(build: Build) -> None:
    found = build.rows(
        "select source_table, source_file, raw_line_count, accepted_row_count,"
        " rejected_row_count, filtered_row_count from core.fct_source_files"
        " where source_table in ('sales_lines of shop', 'sales_lines of typed')"
        " order by 1, 2"
    )
    assert found == [
        ("sales_lines of shop", "a.csv", 15, 6, 5, 4),
        ("sales_lines of shop", "b.csv", 3, 2, 1, 0),
        ("sales_lines of typed", "typed.parquet", 4, 2, 1, 1),
    ]
    assert "sales_lines of shop: 8 rows accepted, 4 filtered" in build.output


def test_amounts_of_an_order_are_not_multiplied_by_its_lines(build: Build) -> None:
    assert build.rows(
        "select source_order_id, sales_amount, shipping_cost_amount"
        " from core.fct_orders where business_id = 'shop' order by 1"
    ) == [
        ("#1", D("295.00"), D("10.00")),
        ("#2", D("100.00"), D("0.00")),
        ("#5", D("100.00"), D("1.00")),
        ("#6", D("125.00"), D("0.00")),
        ("#8", D("110.00"), D("3.00")),
    ]
    # What RFM says a customer spent is what the orders of the customer add up to.
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for customer, amount in build.rows(
        "select customer_id, sales_amount from core.fct_orders"
        " where business_id = 'shop' and customer_id is not null"
    ):
        spent[customer] += amount
    assert sorted(spent.values()) == [D("100.00"), D("210.00"), D("295.00")]
    assert (
        dict(
            build.rows(
                "select customer_id, monetary_amount from customers.fct_customer_rfm"
                " where business_id = 'shop'"
            )
        )
        == spent
    )


def test_a_column_says_which_rows_are_returns(build: Build) -> None:
    columns = "source_order_id, line_type, quantity, sales_amount"
    columns += ", discount_amount, tax_amount"
    assert _lines(build, "documents", columns) == [
        ("1", "sale", 2.0, D(90), D(10), D(9)),
        ("1", "sale", 1.0, D(10), None, D(1)),
        ("2", "return", -1.0, D(-45), D(-5), D("-4.5")),
        ("2", "return", -1.0, D(-10), None, D(-1)),
        ("3", "return", -1.0, D(-50), None, D("-4.5")),
    ]
    assert build.rows(
        "select accepted_row_count, filtered_row_count from core.fct_source_files"
        " where source_table = 'sales_lines of documents'"
    ) == [(5, 1)]
    # The file says it: a return without a minus is nothing to warn of.
    assert (
        build.rows(
            "select warning from core.fct_row_warnings"
            " where source_table = 'sales_lines of documents'"
        )
        == []
    )


def test_types_make_no_difference_to_filters_and_filling(build: Build) -> None:
    assert _lines(
        build, "typed", "customer_id, order_date, order_at, sales_amount"
    ) == [
        ("17", date(2024, 1, 1), datetime(2024, 1, 1, 8), D(1)),
        ("17", date(2024, 1, 1), datetime(2024, 1, 1, 8), D(2)),
    ]
    ((_, number, reason),) = _rejected(build, "typed")
    assert number == 4
    assert "order_date and customer_id are empty" in reason


def test_a_time_of_day_is_that_of_the_place(build: Build) -> None:
    columns = "order_date, order_at"
    local = [(date(2024, 2, 1), datetime(2024, 2, 1, 0, 30))]
    assert _lines(build, "instants", columns) == local
    assert _lines(build, "epochs", columns) == local
    assert _lines(build, "offsets", columns) == [
        (date(2024, 1, 31), datetime(2024, 1, 31, 23, 15))
    ]
    assert build.rows(
        "select weekday_name, hour, order_count from sales.rpt_hourly_profiles"
        " where business_id in ('instants', 'offsets') order by business_id"
    ) == [("Thursday", 0, 1), ("Wednesday", 23, 1)]


def test_orders_with_the_same_id_are_kept_apart(build: Build) -> None:
    columns = "customer_id, order_date, shipping_cost_amount"
    first, second = date(2024, 1, 1), date(2024, 1, 2)
    assert _lines(build, "north", columns) == [("a", first, D(1)), ("a", first, D(3))]
    assert _lines(build, "south", columns) == [
        ("b", first, D(4)),
        ("b", first, D(4)),
        ("c", second, D(1)),
        ("c", second, D(1)),
    ]


def test_rows_are_duplicates_as_they_stand_in_the_file(build: Build) -> None:
    assert [row[1:] for row in _rejected(build, "twice")] == [
        (5, "an exact duplicate of an earlier row")
    ]


def test_amounts_are_spread_in_proportion_to_the_lines(build: Build) -> None:
    found = defaultdict(list)
    for order, *amounts in _lines(
        build,
        "amounts",
        "source_order_id, sales_amount, shipping_cost_amount, discount_amount,"
        " tax_amount",
    ):
        found[order].append(tuple(amounts))
    none = None
    assert found["1"] == [
        (D(1), D("3.3333"), none, none),
        (D(1), D("3.3333"), none, none),
        (D(1), D("3.3334"), none, none),
    ]
    assert found["2"] == [
        (D("9.6667"), D(2), D("0.3333"), none),
        (D("19.3333"), D(4), D("0.6667"), none),
        (D(0), D(0), D(0), none),
    ]
    assert found["3"] == [
        (D(0), D("0.0001"), none, none),
        (D(0), D("0.0002"), none, none),
    ]
    assert found["4"] == [
        (D(27), D(6), D(3), D("1.5")),
        (D(-9), D(2), D(-1), D("0.5")),
    ]
    assert found["5"] == [(D(30), D(3), none, none), (D(60), D(6), none, none)]
    assert "6" not in found
    assert found["R7"] == [(D(-90), D(4), D(-10), D(-5))]
    assert [line[0] for line in found["8"]] == [D(0), D(0)]
    for order in "89":
        assert sum(line[1] for line in found[order]) == D("999999999999.9999")
    assert sum(line[3] for line in found["8"]) == D("999999999999.9997")
    assert [row[1:] for row in _rejected(build, "amounts")] == [
        (13, "quantity is not a number up to 10,000,000"),
        (15, "discount_amount 12.5000 is larger than the amount of the line"),
        (16, "discount_amount 12.5000 is larger than the amount of the line"),
        (22, "shipping_cost_amount is not a number up to 1,000,000,000,000"),
        (23, "shipping_cost_amount is not a number up to 1,000,000,000,000"),
    ]


def test_a_discount_lowers_its_line_whatever_the_sign(build: Build) -> None:
    assert _lines(
        build,
        "discounts",
        "unit_price_amount, sales_amount, discount_amount, discount_rate, line_type",
    ) == [
        (D(50), D(75), D(25), 0.25, "sale"),
        (D(50), D(-75), D(-25), 0.25, "return"),
        (D(50), D(50), None, None, "sale"),
        (D(0), D(0), D(0), None, "sale"),
    ]
    assert [row[2] for row in _rejected(build, "discounts")] == [
        "discount_amount 10.0100 is larger than the amount of the line"
    ]
    # A stated total is after discount.
    assert _lines(
        build,
        "stated",
        "unit_price_amount, sales_amount, discount_amount, discount_rate, ship_date,"
        " order_priority, order_at",
    ) == [(D(50), D(75), D(25), 0.25, date(2024, 1, 4), "High", None)]
    assert [row[2] for row in _rejected(build, "stated")] == [
        "ship_date is not a date of the form %Y-%m-%d"
    ]
    assert build.rows(
        "select source_row_number, warning from core.fct_row_warnings"
        " where business_id = 'stated'"
    ) == [(2, "shipped before it was ordered")]


def test_a_product_has_the_key_that_the_entry_says(build: Build) -> None:
    assert _lines(build, "shelf", "product_id") == [
        ("P1|tea|l",),
        ("P1|tea|xl",),
        ("P1|chair|",),
        ("P1|tea|l",),
        ("|tea|l",),
    ]
    assert build.rows(
        "select product_id, product_name, size, department, brand"
        " from core.dim_products where business_id = 'shelf' order by 1"
    ) == [
        ("P1|chair|", "Chair", None, "Home", None),
        ("P1|tea|l", "Tea", "L", "Food", "Ann & Co"),
        ("P1|tea|xl", "Tea", "XL", "Food", None),
        ("|tea|l", "Tea", "L", "Food", None),
    ]
    keys = "product_id and product_name and size"
    assert [row[2] for row in _rejected(build, "shelf")] == [
        f"{keys} are empty",
        f"{keys} together are longer than 200 characters",
    ]
    assert build.rows(
        "select source_row_number, rejection_reason from core.fct_rejected_rows"
        " where source_table = 'products of shelf' order by 1"
    ) == [
        (3, "product_id is already in an earlier row with other values"),
        (4, f"{keys} are empty"),
    ]


def test_products_have_the_most_frequent_name_of_their_sales(build: Build) -> None:
    # Of names that are equally frequent, and of products without a sale, the latest.
    assert build.rows(
        "select product_id, product_name from core.dim_products"
        " where business_id = 'names' order by 1"
    ) == [("P1", "Green tea"), ("P2", "Mug"), ("P3", "check")]
    assert [row[2] for row in _rejected(build, "names")] == [
        "product_name is longer than 200 characters",
        "store_name is longer than 200 characters",
    ]
    assert _lines(build, "names", "store_id")[:3] == [("S1",), ("Bonn",), (None,)]


def test_ids_that_look_wrong_are_named_with_their_settings(build: Build) -> None:
    lines = build.output.replace("\n", " ")
    assert (
        "Warning: 2 product ids of names have unlike names (100.0 % of its sales),"
        " such as P1. If they are different products, set product_key"
    ) in lines
    assert lines.count("have unlike names") == 1
    assert (
        "Warning: the customer id Guest of guests is on 15 of 70 orders. If it stands"
        " for unknown customers, name it in anonymous_customer_ids of the entry."
    ) in lines
    assert lines.count("Warning: the customer id") == 1


@pytest.mark.long
def test_a_refresh_of_one_file_equals_a_new_build(
    build: Build, lines_dbt: Dbt, settings: dict[str, Any], folder: Path
) -> None:
    """The first line of an order moves to the other file, and names become frequent."""
    first, *others = SHOP_FILES["a.csv"]
    _write(folder / "shop" / "b.csv", SHOP_HEADER, [first, *SHOP_FILES["b.csv"]])
    _write(folder / "shop" / "c.csv", SHOP_HEADER, others)
    (folder / "shop" / "a.csv").unlink()
    _write(
        folder / "names" / "c.csv",
        "id,day,n,price,sku,item,who,store,town",
        [f"{number},2023-01-01,1,1,P2,Cup,a,S1,Ulm" for number in range(20, 22)],
    )
    marts = (
        "core.fct_sales_lines",
        "core.fct_orders",
        "core.fct_rejected_rows",
        "core.fct_source_files",
        "core.dim_products",
    )
    found = []
    for flags in ((), ("--full-refresh",)):
        done = lines_dbt("run", *flags, "-s", *SELECTED[:5], settings=settings)
        assert done.returncode == 0, done.output
        with duckdb.connect(str(done.warehouse), read_only=True) as connection:
            found.append(
                [
                    sorted(map(repr, connection.execute(f"from {mart}").fetchall()))
                    for mart in marts
                ]
            )
    assert found[0] == found[1]
    assert (
        done.value(
            "select product_name from core.dim_products"
            " where business_id = 'names' and product_id = 'P2'"
        )
        == "Cup"
    )
    assert done.rows(
        "select source_file, count(*) from core.fct_sales_lines"
        " where business_id = 'shop' and source_order_id = '#1' group by 1"
    ) == [("b.csv", 2)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {
                "columns": {
                    "order_date": "d",
                    "sales_amount": "s",
                    "second_discount_amount": "t",
                }
            },
            ["has second_discount_amount, but no discount_amount"],
        ),
        ({"fill_down": ["quantity"]}, ["fill_down names 'quantity'"]),
        ({"fill_down": ["email"]}, ["fill_down names 'email'", "product_id"]),
        ({"order_amounts": ["tax_amount"]}, ["order_amounts names tax_amount"]),
        ({"order_amounts": ["sales_amount"]}, ["order_amounts names sales_amount"]),
        ({"product_key": ["brand"]}, ["product_key names brand", "the entry"]),
        (
            {
                "product_key": ["product_id", "product_name"],
                "products": {"path": "p.csv", "columns": {"product_id": "p"}},
            },
            ["product_key names product_name", "products"],
        ),
        ({"filters": [{"column": "a"}]}, ["filters has the filter", "one of keep"]),
        (
            {"filters": [{"column": "a", "returns": ["b"], "drop": ["c"]}]},
            ["filters has the filter"],
        ),
        (
            {"filters": [{"column": "a", "keep": ["b"], "drop": ["c"]}]},
            ["filters has the filter"],
        ),
        ({"filters": [{"column": "a", "keep": []}]}, ["keep: []"]),
        ({"filters": [{"column": "a", "keep": [1]}]}, ["is 1, which is not text"]),
        ({"filters": [{"column": "a", "keeps": ["b"]}]}, ["'keeps'"]),
        ({"filters": {"column": "a"}}, ["Set it to a list"]),
        (
            {
                "columns": {"order_date": "d", "sales_amount": "s", "tax_amount": "t"},
                "order_amounts": ["tax_amount"],
            },
            ["needs to know which lines are one order"],
        ),
        (
            {
                "columns": {
                    "order_date": "d",
                    "unit_price_amount": "p",
                    "quantity": "q",
                    "discount_rate": "r",
                    "discount_amount": "a",
                }
            },
            ["discount_rate and discount_amount of the same line"],
        ),
    ],
)
def test_settings_of_lines_that_cannot_be_meant_are_refused(
    changes: dict[str, Any], words: list[str]
) -> None:
    entry = {
        "path": "a.csv",
        "columns": {
            "order_id": "id",
            "order_date": "day",
            "product_id": "sku",
            "product_name": "item",
            "quantity": "n",
            "sales_amount": "total",
        },
        **changes,
    }
    with pytest.raises(InputError) as error:
        mapped_sources({"shop": entry})
    for word in words:
        assert word in str(error.value)
