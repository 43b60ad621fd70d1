"""Thousands of random lines in the real staging, compared with a simple recount.

Each cell is written together with what it means, so the recount parses nothing: which
lines must be accepted, with which money, is known before the files are read.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Dbt
from pyarrow import parquet

SEEDS = [int(seed) for seed in os.environ.get("RETAIL_MARTS_FUZZ_SEEDS", "1").split()]
LINES = 2_000

#: A text and what it means; None where its row must be rejected.
Cell = tuple[str, Any]
BAD = object()


@dataclass(frozen=True)
class Dialect:
    """How one office writes its sales."""

    separator: str
    encoding: str
    date_format: str
    decimal_mark: str
    thousands_mark: str
    line_end: str
    has_price: bool = False
    settings: tuple[tuple[str, Any], ...] = ()


DIALECTS = {
    "plain": Dialect(",", "utf-8", "%Y-%m-%d", ".", "", "\n"),
    "german": Dialect(";", "latin-1", "%d.%m.%Y", ",", ".", "\r\n"),
    "swiss": Dialect(
        "\t",
        "utf-16",
        "%m/%d/%Y %H:%M",
        ".",
        "'",
        "\n",
        False,
        (("duplicates", "reject"),),
    ),
    "french": Dialect(
        "|",
        "utf-8-sig",
        "%d/%m/%y",
        ",",
        "\u00a0",
        "\n",
        True,
        (("return_order_prefix", "C"), ("negative_quantity_is_return", False)),
    ),
    "indian": Dialect("\u00a6", "utf-8", "%d-%b-%Y", ".", "_", "\n", True),
}

EMPTY = ["", "", " ", "   "]
NO_DATES = [*EMPTY, "0", "31", "2024", "yesterday", "=TODAY()", "#REF!", "99/99/9999"]
NO_DATES += [
    "2024-13-01",
    "2024-02-30",
    "1899-12-31",
    "0001-01-01",
    "2200-01-01",
    "-",
    "é",
]
NO_NUMBERS = [
    *EMPTY,
    "n/a",
    "NaN",
    "inf",
    "-inf",
    "1..2",
    "1-",
    "--1",
    "1 2",
    "0x10",
    "1e",
]
NO_NUMBERS += [
    "=1+1",
    "$5",
    "5 EUR",
    "#DIV/0!",
    "1e99",
    "9" * 15,
    "9" * 400,
    "٣",
    "½",
    "+",
    ".",
]
WORDS = ["apple", "Äpfel", "O'Brien", 'say "hi"', "=cmd|'/c'!A1", "@SUM(1)", "+1", "-1"]
WORDS += [
    "two\nlines",
    "a,b;c|d\te",
    "\\",
    "\\N",
    "NULL",
    "null",
    " padded ",
    "{{ var }}",
]
WORDS += ["x" * 300, "%s", "--", "/*", "0", "é", "1e5", "\u00a6", "TRUE", "'"]


def a_date(dice: random.Random, dialect: Dialect) -> Cell:
    if dice.random() < 0.04:
        return dice.choice(NO_DATES), BAD
    day = date(2023, 1, 1) + timedelta(days=dice.randrange(500))
    text = day.strftime(dialect.date_format)
    if "%H" in dialect.date_format and dice.random() < 0.5:
        text = f"{day.month}/{day.day}/{day.year} {dice.randrange(24)}:05"
    return text, day


def a_number(
    dice: random.Random, dialect: Dialect, *, digits: int, largest: int
) -> Cell:
    """A number with up to so many digits behind its mark, in one of its spellings."""
    if dice.random() < 0.04:
        return dice.choice(NO_NUMBERS), BAD
    value = Decimal(dice.randrange(-largest // 9, largest)).scaleb(
        -dice.randrange(digits + 1)
    )
    whole, _, fraction = f"{abs(value):f}".partition(".")
    if dialect.thousands_mark and dice.random() < 0.5:
        whole = f"{int(whole):,}".replace(",", dialect.thousands_mark)
    sign = "-" if value < 0 else dice.choice(["", "", "+"])
    text = sign + whole + (dialect.decimal_mark + fraction if fraction else "")
    form = dice.randrange(12)
    if form == 0:
        return f" {text} ", value
    if form == 1 and not fraction:
        return text + dialect.decimal_mark, value
    if form == 2 and fraction and not dialect.thousands_mark:
        return text + "e1", value * 10
    if form == 3 and whole == "0" and fraction:
        return sign + dialect.decimal_mark + fraction, value
    return text, value


def a_discount(dice: random.Random, dialect: Dialect) -> Cell:
    if dice.random() < 0.5:
        return dice.choice(EMPTY), Decimal(0)
    if dice.random() < 0.1:
        return dice.choice(["2", "1e999", "-1", "all", "1.01"]), BAD
    value = Decimal(dice.randrange(0, 101)).scaleb(-2)
    return str(value).replace(".", dialect.decimal_mark), value


def a_key(dice: random.Random) -> Cell:
    if dice.random() < 0.03:
        return dice.choice(EMPTY), BAD
    return dice.choice(["", "C"]) + str(dice.randrange(10**6)), True


@dataclass
class Recount:
    """Expected values in the marts for one file."""

    accepted: int = 0
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    rejected: tuple[int, ...] = ()
    line_count: int = 0


def written_file(path: Path, dialect: Dialect, dice: random.Random) -> Recount:
    """Write one office's file of random lines; return what it holds."""
    recount = Recount()
    headers = ["Order", "Day", "Item", "Who", "Qty", "Price", "Discount"]
    headers = headers if dialect.has_price else [*headers[:5], "Total"]
    lines = [dialect.separator.join(headers)]
    seen: set[tuple[str, ...]] = set()
    earlier: list[tuple[list[Cell], str]] = []
    rejected = []
    rules = dict(dialect.settings)

    while recount.line_count < LINES:
        chance = dice.random()
        number = len(lines) + 1
        if chance < 0.02:
            lines.append(dice.choice(["", " ", "   "]))
            continue
        if chance < 0.05:
            wrong = dice.choice(["x", "1"]) + dialect.separator * dice.choice([1, 9])
            lines.append(dice.choice([wrong, wrong, f'"{wrong}', f'"a"b{wrong}']))
            # A valid line after it, so that the open quote is unterminated.
            rejected.append(number)
            recount.line_count += 1
            lines.append(dialect.separator.join(["x"] * len(headers)))
            rejected.append(number + 1)
            recount.line_count += 1
            continue
        if chance < 0.1 and earlier:
            cells, text = dice.choice(earlier)
        else:
            cells = random_cells(dice, dialect)
            text = dialect.separator.join(
                quoted(text, dialect, dice) for text, _ in cells
            )
            earlier.append((cells, text))
        lines += text.split("\n")
        recount.line_count += sum(bool(line.strip()) for line in text.split("\n"))
        key = tuple(text for text, _ in cells)
        is_repeated = rules.get("duplicates") == "reject" and key in seen
        seen.add(key)
        meaning = meaning_of(cells, dialect, rules)
        if meaning is None or is_repeated:
            rejected.append(number)
            continue
        recount.accepted += 1
        recount.quantity += meaning[0]
        recount.amount += meaning[1]
    recount.rejected = tuple(rejected)
    content = dialect.line_end.join(lines) + dialect.line_end * dice.randrange(2)
    path.write_bytes(content.encode(dialect.encoding, "replace"))
    return recount


def random_cells(dice: random.Random, dialect: Dialect) -> list[Cell]:
    word = (
        dice.choice(WORDS).encode(dialect.encoding, "ignore").decode(dialect.encoding)
    )
    cells = [
        a_key(dice),
        a_date(dice, dialect),
        a_key(dice),
        (word, True if len(word) <= 200 else BAD),
        a_number(dice, dialect, digits=0 if dialect.has_price else 4, largest=10**5),
    ]
    if dialect.has_price:
        # Two digits of a price and two of a discount: four in all, so no rounding.
        if dice.random() < 0.01:
            # Each fits, their product does not.
            return [*cells[:4], ("99999", True), ("99999999999", BAD), ("0", True)]
        price = a_number(dice, dialect, digits=2, largest=10**6)
        return [*cells, price, a_discount(dice, dialect)]
    return [*cells, a_number(dice, dialect, digits=4, largest=10**12)]


def meaning_of(
    cells: list[Cell], dialect: Dialect, rules: dict[str, Any]
) -> tuple[Decimal, Decimal] | None:
    """Quantity and money of an acceptable line."""
    if any(value is BAD for _, value in cells):
        return None
    quantity, amount = cells[4][1], cells[5][1]
    if dialect.has_price:
        amount = quantity * amount * (1 - cells[6][1])
    is_return = rules.get("negative_quantity_is_return", True) and quantity < 0
    prefix = rules.get("return_order_prefix")
    if prefix and cells[0][0].strip().startswith(prefix):
        is_return = True
    return (-abs(quantity), -abs(amount)) if is_return else (quantity, amount)


def quoted(text: str, dialect: Dialect, dice: random.Random) -> str:
    must = text.startswith('"') or dialect.separator in text or "\n" in text
    if must or dice.random() < 0.2:
        return '"' + text.replace('"', '""') + '"'
    return text


def entry_of(path: Path, dialect: Dialect) -> dict[str, Any]:
    columns = {
        "order_id": "Order",
        "order_date": "Day",
        "product_id": "Item",
        "customer_id": "Who",
        "quantity": "Qty",
    }
    money = (
        {"unit_price_amount": "Price", "discount_rate": "Discount"}
        if dialect.has_price
        else {"sales_amount": "Total"}
    )
    return {
        "path": str(path),
        "separator": dialect.separator,
        "encoding": dialect.encoding,
        "date_format": dialect.date_format,
        "decimal_mark": dialect.decimal_mark,
        "thousands_mark": dialect.thousands_mark,
        "columns": {**columns, **money},
        **dict(dialect.settings),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_random_lines_are_accepted_or_rejected_to_the_cent(
    dbt: Dbt, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    recounts = {
        name: written_file(tmp_path / f"{name}.csv", dialect, dice)
        for name, dialect in DIALECTS.items()
    }
    build = dbt(
        "build",
        "--select",
        "+path:models/marts/core",
        "--indirect-selection",
        "cautious",
        settings={
            "sources": [],
            "mapped_sources": {
                name: entry_of(tmp_path / f"{name}.csv", dialect)
                for name, dialect in DIALECTS.items()
            },
        },
    )
    assert "Traceback" not in build.output
    assert build.returncode == 0, build.output
    for name, recount in recounts.items():
        rejected = build.rows(
            "select source_row_number, rejection_reason from core.fct_rejected_rows"
            f" where source_table = 'sales_lines of {name}' order by 1"
        )
        expected = set(recount.rejected)
        found = {number for number, _ in rejected}
        lines = (
            (tmp_path / f"{name}.csv").read_text(DIALECTS[name].encoding).split("\n")
        )
        assert found - expected == set(), [
            (lines[number - 1], reason)
            for number, reason in rejected
            if number not in expected
        ]
        assert expected - found == set(), [
            lines[number - 1] for number in sorted(expected - found)
        ]
        assert all(reason for _, reason in rejected)
        assert build.rows(
            "select count(*), sum(quantity), sum(sales_amount)"
            f" from core.fct_sales_lines where business_id = '{name}'"
        ) == [(recount.accepted, recount.quantity, recount.amount)], name
        assert build.rows(
            "select raw_line_count, accepted_row_count, rejected_row_count"
            f" from core.fct_source_files where source_table = 'sales_lines of {name}'"
        ) == [(recount.line_count, recount.accepted, len(recount.rejected))], name


def test_values_out_of_range_reject_only_their_row(
    dbt: Dbt, raw_data: Path, tmp_path: Path
) -> None:
    """Each of these values once stopped a build or was read as another value."""
    with (raw_data / "kalbe" / "Transaction.csv").open("a") as file:
        # Each factor fits; their product, of which a warning is made, did not.
        file.write("TR1;1;01/01/2022;P1;99999999;999999;8200;1\n")
    with (raw_data / "kalbe" / "Customer.csv").open("a") as file:
        file.write("9001;40;0;Single;999999999999,5\n")
    with (raw_data / "car_dealer" / "Car_Purchasing_Data.csv").open("a") as file:
        file.write("A,a@x.example,USA,0,1e12,1,1,1,1\n")
        file.write("B,b@x.example,USA,0,40,1,1,1e16,1\n")
    parquet.write_table(
        pa.table(
            {
                "day": [date(2024, 1, 1), date(1, 1, 1), date(9999, 12, 31), None],
                "total": [1.0, 2.0, 3.0, 4.0],
                "who": ["c1", "c2", "c3", "c4"],
            }
        ),
        tmp_path / "typed.parquet",
    )
    (tmp_path / "who.csv").write_text(
        "id,years,earns\nc1,41,10.123456\nc2,45.5,1\nc3, ,1e15\nc4,1e12,1\n"
    )
    (tmp_path / "families.csv").write_text("w,worth\n1.5,-3e5\n1e999,1\n2,1e400\n")
    run = dbt(
        "run",
        "--select",
        "+fct_rejected_rows",
        "+dim_customers",
        settings={
            "sources": ["kalbe", "car_dealer"],
            "raw_data_dir": str(raw_data),
            "mapped_sources": {
                "typed": {
                    "path": str(tmp_path / "typed.parquet"),
                    "columns": {
                        "order_date": "day",
                        "sales_amount": "total",
                        "customer_id": "who",
                    },
                    "customers": {
                        "path": str(tmp_path / "who.csv"),
                        "columns": {
                            "customer_id": "id",
                            "age": "years",
                            "income_amount": "earns",
                        },
                    },
                }
            },
            "mapped_populations": {
                "census": {
                    "path": str(tmp_path / "families.csv"),
                    "columns": {"weight": "w", "net_worth_amount": "worth"},
                }
            },
        },
    )
    assert run.returncode == 0, run.output
    found = run.rows(
        "select source_table, source_row_number, rejection_reason"
        " from core.fct_rejected_rows order by all"
    )
    told = "order_date '{}' is not a date of the form %Y-%m-%d"
    assert [row for row in found if " of " in row[0]] == [
        (
            "customers of typed",
            3,
            "age '45.5' is not a whole number or a band such as 25-34",
        ),
        (
            "customers of typed",
            4,
            "income_amount is not a number up to 1,000,000,000,000 or a band such as "
            "50-74K",
        ),
        (
            "customers of typed",
            5,
            "age is not a whole number or a band such as 25-34",
        ),
        ("populations of census", 3, "weight is not a number up to 1,000,000,000,000"),
        (
            "populations of census",
            4,
            "net_worth_amount is not a number up to 1,000,000,000,000",
        ),
        ("sales_lines of typed", 2, told.format("0001-01-01")),
        ("sales_lines of typed", 3, told.format("9999-12-31")),
        ("sales_lines of typed", 4, "order_date is empty"),
    ]
    assert {row[::2] for row in found} >= {
        (
            "kalbe.customers",
            "Income '############,#' is not a number up to 1,000,000,000,000"
            " with a decimal comma",
        ),
        ("car_dealer.customers", "Age is not a number"),
        ("car_dealer.customers", "Net Worth is not a number up to 1,000,000,000,000"),
    }
    assert run.rows(
        "select customer_id, age, income_amount from core.dim_customers"
        " where business_id = 'typed'"
    ) == [("c1", 41, Decimal("10.1235"))]
