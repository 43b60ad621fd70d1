"""Values at and beyond the limits of a row: rejected, or every mart builds."""

from __future__ import annotations

import csv
import os
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Dbt

from retail_marts.publish import publish

SEEDS = [int(seed) for seed in os.environ.get("RETAIL_MARTS_FUZZ_SEEDS", "").split()]

LARGEST_QUANTITY = 10**7
LARGEST_AMOUNT = 10**12

#: Every SQL model and every test of one; what Python models fit is left out.
SQL_ONLY = (
    "--exclude",
    "path:python_models+",
    "--indirect-selection",
    "cautious",
)

COLUMNS = {
    "order_id": "order",
    "order_date": "day",
    "customer_id": "who",
    "product_id": "item",
    "product_name": "name",
    "category": "group",
    "store_id": "shop",
    "quantity": "qty",
}


def written(path: Path, header: list[str], rows: list[list[Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def an_extreme(dice: random.Random, largest: int) -> Decimal:
    """A number within the limit, most of them at it, next to it or next to zero."""
    smallest = Decimal("0.0001")
    size = dice.choice(
        [
            Decimal(largest),
            Decimal(largest),
            largest - smallest,
            smallest,
            Decimal(0),
            Decimal(dice.randrange(largest * 10**4)).scaleb(-4),
        ]
    )
    return dice.choice([size, size, size, -size])


def a_text(dice: random.Random, longest: int) -> str:
    return dice.choice("aéж日") * dice.choice([1, longest - 1, longest])


def accepted_lines(dice: random.Random, count: int) -> list[list[Any]]:
    """Lines at the limits, with all that a file may state."""
    ids = [a_text(dice, 200) for _ in range(6)]
    names = [a_text(dice, 1_000), "n" * 2_000, ""]
    lines = []
    for _ in range(count):
        price = an_extreme(dice, LARGEST_AMOUNT)
        quantity = an_extreme(dice, LARGEST_QUANTITY)
        # The product of both must be within the limit, too.
        if abs(price * quantity) > LARGEST_AMOUNT:
            quantity = dice.choice([Decimal(1), Decimal(-1), Decimal("0.0001")])
        lines.append(
            [
                *(dice.choice(ids) for _ in range(2)),
                *(dice.choice(ids), dice.choice(names), dice.choice(names)),
                dice.choice(ids),
                date(2022, 1, 1) + timedelta(days=dice.randrange(700)),
                quantity,
                price,
                dice.choice(["", 0, 1, 0.5, "0.333333333333333"]),
                an_extreme(dice, LARGEST_AMOUNT),
                an_extreme(dice, LARGEST_AMOUNT),
                an_extreme(dice, LARGEST_AMOUNT),
                an_extreme(dice, LARGEST_QUANTITY),
            ]
        )
    return lines


HEADER = ["order", "who", "item", "name", "group", "shop", "day", "qty", "price"]
HEADER += ["discount", "total", "profit", "shipping", "many"]


@pytest.mark.parametrize("seed", SEEDS)
def test_accepted_rows_at_the_limits_build_every_mart(
    dbt: Dbt, raw_data: Path, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    lines = {
        name: accepted_lines(dice, count)
        for name, count in {
            "one": 1,
            "few": dice.randrange(2, 9),
            "many": 5_000,
        }.items()
    }
    entries: dict[str, Any] = {}
    for name, rows in lines.items():
        path = written(tmp_path / f"{name}.csv", HEADER, rows)
        money = {"profit_amount": "profit", "shipping_cost_amount": "shipping"}
        entries[f"{name}_totals"] = {
            "path": path,
            "columns": {
                **COLUMNS,
                **money,
                "quantity": "many",
                "sales_amount": "total",
            },
        }
        entries[f"{name}_prices"] = {
            "path": path,
            "columns": {
                **COLUMNS,
                "unit_price_amount": "price",
                "discount_rate": "discount",
            },
        }
    stated = [an_extreme(dice, LARGEST_AMOUNT) for _ in range(4)]
    entries["many_totals"]["customers"] = {
        "path": written(
            tmp_path / "who.csv",
            ["id", "pays", "owes", "owns", "spends", "sex"],
            [[f"c{row}", *dice.sample(stated, 4), "f" * 3_000] for row in range(9_000)],
        ),
        "columns": {
            "customer_id": "id",
            "income_amount": "pays",
            "credit_card_debt_amount": "owes",
            "net_worth_amount": "owns",
            "spend_amount": "spends",
            "gender": "sex",
        },
    }
    entries["many_totals"]["products"] = {
        "path": written(tmp_path / "items.csv", ["id", "price"], [["x", 10**12]]),
        "columns": {"product_id": "id", "list_price_amount": "price"},
    }
    entries["many_totals"]["stores"] = {
        "path": written(tmp_path / "shops.csv", ["id", "lat"], [["x", -(10**12)]]),
        "columns": {"store_id": "id", "latitude": "lat"},
    }
    written(
        tmp_path / "families.csv", ["w", "pay"], [[10**12, -(10**12)], ["1e-300", 1]]
    )
    with (raw_data / "kalbe" / "Transaction.csv").open("a") as file:
        for number in range(50):
            paid, price = (f"{an_extreme(dice, 10**12)}" for _ in range(2))
            quantity = f"{an_extreme(dice, 10**7)}"
            cells = f"T{number};1;01/01/2022;P1;{price};{quantity};{paid};1\n"
            file.write(cells.replace(".", ","))
    with (raw_data / "superstore" / "orders.csv").open("a") as file:
        for number in range(50):
            sales, profit, cost = (an_extreme(dice, 10**12) for _ in range(3))
            pieces = an_extreme(dice, 10**7)
            rate = dice.choice(["0", "1", "0.9999999999999999"])
            file.write(
                f"{number},O{number},2021-09-02,2021-09-05,First,C,N,,,,,,R,M,P,A,B,N,"
                f"{sales},{pieces},{rate},{profit},{cost},High\n"
            )
    with (raw_data / "umkm" / "Sorted_Order_Report_by_Date.csv").open("a") as file:
        for number in range(50):
            dish = dice.choice(["0.0001", "10000000"])
            file.write(
                f"2024-09-01,W,M,X{number},{dice.choice([10**12, 1, -(10**12)])},"
                f"{dish},0,0,0,0,0,0,0,{dish}\n"
            )
    build = dbt(
        "build",
        *SQL_ONLY,
        settings={
            "sources": ["kalbe", "superstore", "umkm"],
            "raw_data_dir": str(raw_data),
            "mapped_sources": entries,
            "mapped_populations": {
                "census": {
                    "path": str(tmp_path / "families.csv"),
                    "columns": {"weight": "w", "income_amount": "pay"},
                }
            },
        },
    )
    assert build.returncode == 0, build.output
    assert (
        build.rows(
            "select source_table, rejection_reason, raw_row from core.fct_rejected_rows"
            " where source_table like '%_totals' or source_table like '%_prices'"
            " or source_table like '%census' or source_file like '%.csv'"
            " and raw_row similar to '.*(T[0-9]+;1;|,O[0-9]+,2021|,X[0-9]+,).*'"
        )
        == []
    )
    for name, rows in lines.items():
        total = sum((row[10] for row in rows), Decimal(0))
        bought = sum((row[13] for row in rows), Decimal(0))
        returned = [row for row in rows if row[13] < 0]
        # A return takes its money back, whatever sign the file gives it.
        total -= sum((row[10] + abs(row[10]) for row in returned), Decimal(0))
        found = build.rows(
            "select sum(quantity), sum(sales_amount) from core.fct_sales_lines"
            f" where business_id = '{name}_totals'"
        )
        assert found == [(bought, total)]
        found = build.rows(
            "select sum(quantity), round(sum(sales_amount), 2) from"
            f" sales.rpt_yearly_sales where business_id = '{name}_totals'"
        )
        assert found[0][0] == bought
        assert abs(found[0][1] - total) < Decimal("0.02")


EAN = "4006381333931"
#: Reasons are published, so they show no long number: it may be a phone or a card.
MASKED = "#" * len(EAN)
QUANTITY = "'{}' is not a number up to 10,000,000"
AMOUNT = "'{}' is not a number up to 1,000,000,000,000"
LONG_ID = "is longer than 200 characters"


def test_values_beyond_the_limits_reject_only_their_row(
    dbt: Dbt, raw_data: Path, tmp_path: Path
) -> None:
    """Bar codes in number columns, long ids and long names, in every kind of file."""
    good: list[Any] = [
        "o1",
        "c1",
        "p1",
        "Name",
        "Group",
        "s1",
        "2024-01-05",
        1,
        2,
        0,
        3,
        4,
        5,
        6,
    ]
    faults = {
        "order": ("order_id", "o" * 201, LONG_ID),
        "who": ("customer_id", "c" * 201, LONG_ID),
        "item": ("product_id", "p" * 3_000_000, LONG_ID),
        "shop": ("store_id", "é" * 201, LONG_ID),
        "qty": ("quantity", EAN, QUANTITY.format(MASKED)),
        "price": ("unit_price_amount", f"-{EAN}", AMOUNT.format(f"-{MASKED}")),
        "discount": ("discount_rate", EAN, f"{MASKED}.# is not between 0 and 1"),
        "profit": ("profit_amount", EAN, AMOUNT.format(MASKED)),
        "shipping": ("shipping_cost_amount", "9" * 30, AMOUNT.format("#" * 30)),
    }
    rows: list[list[Any]] = [good]
    for header, (_, value, _) in faults.items():
        rows.append(list(good))
        rows[-1][HEADER.index(header)] = value
    product_of_both = [*good[:7], 9_999_999, 999_999, *good[9:]]
    long_name = [*good[:3], "日" * 1_001, *good[4:]]
    money = {
        "unit_price_amount": "price",
        "discount_rate": "discount",
        "profit_amount": "profit",
        "shipping_cost_amount": "shipping",
    }
    columns = {**COLUMNS, **money}
    by_name = {
        key: header
        for key, header in columns.items()
        if key not in ("customer_id", "product_id", "store_id")
    }
    barcodes: list[list[Any]] = [["a", 1, "2024-01-05", EAN, 2]] * 26 + [
        ["b", 1, "2024-01-05", 3, 2]
    ]
    exact = [["a", "2024-01-05", 1, "900000000000.0001", "0.15"]]
    files: list[tuple[str, list[str], list[list[Any]]]] = [
        ("till", HEADER, [*rows, product_of_both, long_name]),
        ("named", HEADER, [good, *([[*good[:3], "n" * 201, *good[4:]]])]),
        ("ean", ["item", "order", "day", "qty", "total"], barcodes),
        ("exact", ["order", "day", "qty", "price", "discount"], exact),
        ("who", ["id", "pays"], [["c1", 1], ["c2", EAN], ["c" * 201, 1]]),
        ("items", ["id", "price", "name"], [["p1", 1, "a"], ["p2", EAN, "b"]]),
        ("shops", ["id", "lat"], [["s1", 91], ["s2", EAN]]),
        ("families", ["w", "pay"], [[1, 2], [EAN, 2], [1, EAN]]),
    ]
    for name, headers, lines in files:
        written(tmp_path / f"{name}.csv", headers, lines)

    def entry(name: str, mapped: dict[str, str], **parts: Any) -> dict[str, Any]:
        return {"path": str(tmp_path / f"{name}.csv"), "columns": mapped, **parts}

    with (raw_data / "kalbe" / "Transaction.csv").open("a") as file:
        file.write(f"T1;1;01/01/2022;P1;1;{EAN};1;1\n")
        file.write(f"T2;1;01/01/2022;P1;{EAN};1;1;1\n")
        file.write(f"T3;1;01/01/2022;{'P' * 201};1;1;1;1\n")
    with (raw_data / "umkm" / "Sorted_Order_Report_by_Date.csv").open("a") as file:
        file.write(f"2024-09-01,W,M,X1,1,{EAN},0,0,0,0,0,0,0,1\n")
        file.write("2024-09-01,W,M,X2,1000000000000,1,0,0,0,0,0,0,0,0.0001\n")
    with (raw_data / "car_dealer" / "Car_Purchasing_Data.csv").open("a") as file:
        file.write(f"A,a@x.example,USA,0,40,{EAN},1,1,1\n")
    with (raw_data / "superstore" / "orders.csv").open("a") as file:
        file.write(
            "1,O1,2021-09-02,2021-09-05,First,C,N,,,,,,R,M,P,A,B,"
            f"{'n' * 1_001},1,1,0,{EAN},1,High\n"
            "1,O1,2021-09-02,2021-09-05,First,C,N,,,,,,R,M,P,A,B,"
            f"{'n' * 1_001},1,1,0,1,1,High\n"
        )
    build = dbt(
        "run",
        "--select",
        "+fct_rejected_rows",
        "+fct_row_warnings",
        "+fct_daily_product_sales",
        "+dim_products",
        settings={
            "sources": ["kalbe", "umkm", "car_dealer", "superstore"],
            "raw_data_dir": str(raw_data),
            "mapped_sources": {
                "till": entry(
                    "till",
                    columns,
                    customers=entry(
                        "who", {"customer_id": "id", "income_amount": "pays"}
                    ),
                    products=entry(
                        "items", {"product_id": "id", "list_price_amount": "price"}
                    ),
                    stores=entry("shops", {"store_id": "id", "latitude": "lat"}),
                ),
                "named": entry("named", by_name),
                "ean": entry(
                    "ean",
                    {
                        "product_id": "item",
                        "order_id": "order",
                        "order_date": "day",
                        "quantity": "qty",
                        "sales_amount": "total",
                    },
                ),
                "exact": entry(
                    "exact",
                    {
                        "order_id": "order",
                        "order_date": "day",
                        "quantity": "qty",
                        "unit_price_amount": "price",
                        "discount_rate": "discount",
                    },
                ),
            },
            "mapped_populations": {
                "census": entry("families", {"weight": "w", "income_amount": "pay"})
            },
        },
    )
    assert build.returncode == 0, build.output
    found = build.rows(
        "select source_table, source_row_number, rejection_reason"
        " from core.fct_rejected_rows order by all"
    )
    assert [row for row in found if row[0] == "sales_lines of till"] == [
        *(
            ("sales_lines of till", number, f"{column} {reason}")
            for number, (column, _, reason) in enumerate(faults.values(), start=3)
        ),
        (
            "sales_lines of till",
            12,
            "the amount of the line is larger than 1,000,000,000,000",
        ),
    ]
    assert [row[1:] for row in found if row[0] == "sales_lines of named"] == [
        (3, f"product_name {LONG_ID}")
    ]
    assert [row[1:] for row in found if row[0] == "sales_lines of ean"] == [
        (number, f"quantity {QUANTITY.format(MASKED)}") for number in range(2, 28)
    ]
    assert {row[::2] for row in found} >= {
        ("car_dealer.customers", f"Annual Salary {AMOUNT.format(MASKED)}"),
        (
            "customers of till",
            f"income_amount {AMOUNT.format(MASKED)} or a band such as 50-74K",
        ),
        ("customers of till", f"customer_id {LONG_ID}"),
        ("kalbe.transactions", f"Qty {QUANTITY.format(MASKED)}"),
        ("kalbe.transactions", f"Price {AMOUNT.format(MASKED)}"),
        ("kalbe.transactions", f"ProductID {LONG_ID}"),
        ("populations of census", f"weight {AMOUNT.format(MASKED)}"),
        ("populations of census", f"income_amount {AMOUNT.format(MASKED)}"),
        ("products of till", f"list_price_amount {AMOUNT.format(MASKED)}"),
        ("stores of till", f"latitude {AMOUNT.format(MASKED)}"),
        ("superstore.orders", f"Profit {AMOUNT.format(MASKED)}"),
        ("umkm.orders", f"Ayam Cabai Hijau {QUANTITY.format(MASKED)}"),
        ("umkm.orders", "the amount of a dish is larger than 1,000,000,000,000"),
    }
    # A long name is cut, with a warning; its sale stays.
    assert build.rows(
        "select source_table, source_row_number from core.fct_row_warnings"
        " where warning similar to '.*(product_name|Product Name) is cut to 1,000.*'"
        " and source_table <> 'superstore.orders'"
    ) == [("sales_lines of till", 13)]
    assert build.rows(
        "select business_id, max(length(product_name)) from core.dim_products"
        " where business_id in ('till', 'superstore') group by all order by all"
    ) == [("superstore", 1_000), ("till", 1_000)]
    # In a double, the fourth decimal would be lost.
    assert build.value(
        "select sales_amount from core.fct_sales_lines where business_id = 'exact'"
    ) == Decimal("765000000000.0001")


def test_sums_of_any_size_are_exact_in_every_mart_and_file(
    dbt: Dbt, tmp_path: Path
) -> None:
    """Each line is at the limits, and a sum has more than 18 digits."""
    count, largest = 20_000, LARGEST_AMOUNT - Decimal("0.0001")
    lines = [
        [
            *(f"o{n // 2}", f"c{n % 40}", f"p{n % 30}", f"g{n % 3}", f"s{n % 3}"),
            date(2022, 1, 1) + timedelta(days=n % 500),
            *(LARGEST_QUANTITY, largest, largest, -largest, largest, largest),
        ]
        for n in range(count)
    ]
    header = ["order", "who", "item", "group", "shop", "day", "qty", "total"]
    header += ["less", "profit", "shipping", "tax"]
    columns = {
        **{name: column for name, column in COLUMNS.items() if column != "name"},
        "sales_amount": "total",
        "discount_amount": "less",
        "profit_amount": "profit",
        "shipping_cost_amount": "shipping",
        "tax_amount": "tax",
    }
    people = [[f"c{n}", largest] for n in range(20_000)]
    build = dbt(
        "build",
        settings={
            "sources": [],
            "mapped_sources": {
                "huge": {
                    "path": written(tmp_path / "lines.csv", header, lines),
                    "columns": columns,
                    "customers": {
                        "path": written(tmp_path / "who.csv", ["id", "spent"], people),
                        "columns": {"customer_id": "id", "spend_amount": "spent"},
                    },
                }
            },
        },
    )
    assert build.returncode == 0, build.output
    total = largest * count
    assert total > 10**16
    cents = Decimal("0.01")
    for mart in (
        "core.fct_orders",
        "sales.fct_daily_sales",
        "sales.rpt_yearly_sales",
        "sales.rpt_store_rankings",
    ):
        ((amount, quantity),) = build.rows(
            f"select sum(sales_amount), sum(quantity) from {mart}"
        )
        assert abs(amount - total) < count * cents, mart
        assert quantity == LARGEST_QUANTITY * count, mart
    # One row has the whole sum.
    band = "sales_amount, profit_amount, quantity from sales.rpt_discount_effects"
    ((amount, profit, quantity),) = build.rows(f"select {band}")
    assert (amount, profit) == (round(total, 2), -round(total, 2))
    assert quantity == LARGEST_QUANTITY * count
    spent = build.value("select sum(spend_amount) from core.dim_customers")
    assert spent == largest * len(people)
    published = publish(
        warehouse=build.warehouse,
        manifest_path=build.warehouse.parents[1] / "target" / "manifest.json",
        folder=tmp_path / "published",
    )
    with duckdb.connect(str(published / "retail_marts.duckdb")) as connection:
        found = connection.sql(f"select {band}").fetchall()
    assert found == [(round(total, 2), -round(total, 2), quantity)]
