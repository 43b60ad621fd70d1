"""`retail-marts map`: what amounts are, where several readings are possible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_mapper import TODAY, findings, mapped, sales

from retail_marts.mapper import Entry
from retail_marts.mapper.mapping import map_files


def words_of(entry: Entry) -> str:
    """The text of an entry on one line, with its comments."""
    return " ".join(entry.text().replace("#", " ").split())


# ----------------------------------------------------------------- tax inside or on top


def taxed(
    folder: Path, rate: float, *, inside: bool, header: str = "Total", more: str = ""
) -> Path:
    rows = []
    for n in range(1, 25):
        total = n * 3.35
        tax = total * rate / (1 + rate) if inside else total * rate
        rows.append(f"{n},2024-01-{n:02},A{n % 5},{n},{total:.2f},{tax:.2f}{more}")
    columns = ",x" if more else ""
    return sales(folder, *rows, header=f"Order,Date,SKU,Qty,{header},VAT{columns}")


@pytest.mark.parametrize("rate", [0.07, 0.19, 0.20, 0.21])
def test_a_tax_inside_is_not_mapped_as_one_on_top(tmp_path: Path, rate: float) -> None:
    entry = mapped(taxed(tmp_path, rate, inside=True))
    assert entry.sales.columns["sales_amount"] == "Total"
    assert "tax_amount" not in entry.sales.columns
    assert entry.choices == []
    assert "check it: Total has VAT inside (VAT is " in words_of(entry)
    assert "add a column with Total minus VAT to the file" in words_of(entry)
    assert "VAT (a tax that the amounts have inside)" in words_of(entry)


@pytest.mark.parametrize("rate", [0.07, 0.19, 0.21])
def test_a_tax_on_top_is_mapped(tmp_path: Path, rate: float) -> None:
    entry = mapped(taxed(tmp_path, rate, inside=False))
    assert entry.sales.columns["tax_amount"] == "VAT"
    assert f"it comes on top of Total: VAT is {100 * rate:g}% of it" in words_of(entry)


def test_a_tax_that_may_be_either_is_a_choice(tmp_path: Path) -> None:
    """20 of 100 is 20 % on top, or 25 % inside."""
    path = taxed(tmp_path, 0.20, inside=False)
    entry = mapped(path)
    assert "tax_amount" not in entry.sales.columns
    assert [one.setting for one in entry.choices] == ["tax_amount"]
    text = words_of(entry)
    assert "VAT comes on top: Total is without tax tax_amount: VAT" in text
    assert "VAT is inside Total: sales are then with tax." in text
    for answer, columns in ((0, {"tax_amount": "VAT"}), (1, {})):
        asked = map_files(
            [path],
            name="shop",
            project=tmp_path,
            today=TODAY,
            ask=lambda question, answers, answer=answer: answer,
        )
        found: dict[str, Any] = yaml.safe_load(asked.text())["shop"]["columns"]
        assert {k: v for k, v in found.items() if k == "tax_amount"} == columns
        assert asked.choices == []


@pytest.mark.parametrize(
    ("header", "inside"),
    [("Total incl. VAT", True), ("Montant TTC", True), ("Montant HT", False)],
)
def test_the_header_decides_where_numbers_do_not(
    tmp_path: Path, header: str, inside: bool
) -> None:
    entry = mapped(taxed(tmp_path, 0.20, inside=False, header=header))
    assert ("tax_amount" not in entry.sales.columns) is inside
    assert f"so its header says: {header}" in words_of(entry)


def test_a_column_with_the_rate_decides(tmp_path: Path) -> None:
    path = taxed(tmp_path, 0.25, inside=True, more=",25%")
    entry = mapped(path)
    assert "tax_amount" not in entry.sales.columns
    assert "x has the rate of the tax" in words_of(entry)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("repeated", [True, False])
def test_the_tax_of_an_order_is_compared_with_the_order(
    tmp_path: Path, inside: bool, repeated: bool
) -> None:
    rows = []
    for n in range(1, 13):
        total = n * 3.35 + n * 1.35
        tax = f"{total * 19 / (119 if inside else 100):.2f}"
        rows.append(f"{n},2024-01-{n:02},A,{n},3.35,{tax}")
        rows.append(f"{n},2024-01-{n:02},B,{n},1.35,{tax if repeated else ''}")
    header = "Order,Date,SKU,Qty,Price,VAT"
    entry = mapped(sales(tmp_path, *rows, header=header))
    if inside:
        assert "tax_amount" not in entry.sales.columns
        assert "check it: Qty x Price has VAT inside" in words_of(entry)
    else:
        assert findings(entry, "order_amounts") == [(["tax_amount"], True)]


def test_an_unclear_tax_of_orders_says_order_amounts(tmp_path: Path) -> None:
    rows = []
    for n in range(1, 13):
        rows.append(f"{n},2024-01-{n:02},A,{n},10.00,{n * 4}.00")
        rows.append(f"{n},2024-01-{n:02},B,{n},10.00,")
    entry = mapped(sales(tmp_path, *rows, header="Order,Date,SKU,Qty,Price,VAT"))
    assert findings(entry, "order_amounts") == []
    assert "Then add tax_amount to order_amounts" in words_of(entry)
