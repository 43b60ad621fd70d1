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


# --------------------------------------------------------- amounts of lines and orders


def with_shipping(*amounts: str) -> list[str]:
    return [
        f"{n},2024-01-13,{item},{qty},5.00,{amount}"
        for n, amount in enumerate(amounts)
        for item, qty in (("A", 1), ("B", 2))
    ]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        # One rate of shipping for all orders, or two.
        (["4.90"] * 3, [(["shipping_cost_amount"], True)]),
        (["4.90", "0", "4.90", "4.90"], [(["shipping_cost_amount"], True)]),
        # Few orders show it: a comment.
        (["4.90", "0"], [(["shipping_cost_amount"], False)]),
        (["0", "0"], []),
    ],
)
def test_shipping_that_repeats_on_each_line_is_of_the_order(
    tmp_path: Path, amounts: list[str], expected: list[Any]
) -> None:
    header = "Order,Date,SKU,Qty,Price,Shipping"
    entry = mapped(sales(tmp_path, *with_shipping(*amounts), header=header))
    assert findings(entry, "order_amounts") == expected


def test_one_discount_on_all_lines_is_a_question(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Qty,Price,Discount Amount"
    entry = mapped(sales(tmp_path, *with_shipping(*["2.00"] * 5), header=header))
    assert findings(entry, "order_amounts") == [(["discount_amount"], False)]
    assert "Discount Amount may be of the whole order" in words_of(entry)


@pytest.mark.parametrize(
    ("discount", "column"), [("$0.00", "discount_amount"), ("-$0.50", None)]
)
def test_money_is_no_rate_of_discount(
    tmp_path: Path, discount: str, column: str | None
) -> None:
    header = "Order,Date,SKU,Qty,Net Sales,Discounts"
    rows = [f"{n},2024-01-{n},A,1,${n}.00,{discount}" for n in range(10, 20)]
    columns = mapped(sales(tmp_path, *rows, header=header)).sales.columns
    assert {name: one for name, one in columns.items() if one == "Discounts"} == (
        {column: "Discounts"} if column else {}
    )


def test_the_lines_of_woocommerce_have_a_price(tmp_path: Path) -> None:
    header = (
        "Order Number,Order Date,SKU,Item Name,Quantity (- Refund),Item Cost,"
        "Order Shipping Amount,Cart Discount Amount,Order Total Tax Amount"
    )
    rows = [
        f"{n},2024-01-{n},{item},Thing {item},{qty},{n}.00,4.90,0,0"
        for n in range(10, 20)
        for item, qty in (("A", 1), ("B", 2))
    ]
    entry = mapped(sales(tmp_path, *rows, header=header))
    columns = entry.sales.columns
    assert columns["unit_price_amount"] == "Item Cost"
    assert columns["quantity"] == "Quantity (- Refund)"
    assert findings(entry, "order_amounts") == [(["shipping_cost_amount"], True)]


@pytest.mark.parametrize(
    ("subtotal", "words"),
    [
        (lambda gross, order, line: gross - order - line, "less both discounts"),
        (lambda gross, order, line: gross - order, "part of Discount Amount: Subtotal"),
        (lambda gross, order, line: 7, "is not subtracted"),
    ],
)
def test_two_discounts_are_never_lost_silently(
    tmp_path: Path, subtotal: Any, words: str
) -> None:
    header = (
        "Name,Created at,Lineitem sku,Lineitem quantity,Lineitem price,"
        "Lineitem discount,Discount Amount,Subtotal"
    )
    rows = []
    for n in range(10, 20):
        total = subtotal(n * 1 + n * 2, 3, 1)
        rows.append(f"#{n},2024-01-{n},A,1,{n}.00,0.25,3.00,{total}.00")
        rows.append(f"#{n},2024-01-{n},B,2,{n}.00,0.75,,")
    entry = mapped(sales(tmp_path, *rows, header=header))
    columns = entry.sales.columns
    assert columns["discount_amount"] == "Discount Amount"
    assert findings(entry, "order_amounts") == [(["discount_amount"], True)]
    text = words_of(entry)
    assert words in text
    is_both = "both" in words
    assert (columns.get("second_discount_amount") == "Lineitem discount") is is_both
    assert ("20 rows, 10.00; Subtotal is quantity x price less both" in text) is is_both
    is_unclear = "not subtracted" in words
    assert ("add `second_discount_amount: Lineitem discount`" in text) is is_unclear


# ------------------------------------------------------------------------------ returns


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Returned Qty", True), ("Refund amount", True), ("Shelf", False)],
)
def test_returns_in_a_column_of_their_own_are_told(
    tmp_path: Path, header: str, expected: bool
) -> None:
    rows = [f"{n},2024-01-13,A,3,30.00,{n % 2}" for n in range(10)]
    text = words_of(
        mapped(sales(tmp_path, *rows, header=f"Order,Date,SKU,Qty,Total,{header}"))
    )
    told = f"check it: {header} has a number on 5 rows (together 5.00): returns in"
    assert (told in text) is expected


@pytest.mark.parametrize(
    ("prefix", "usual", "expected"),
    [
        ("C", "", [("C", False)]),
        ("RET-", "ORD-", [("RET", False)]),
        ("CN", "INV", [("CN", False)]),
        ("B", "", []),
        # All ids begin so.
        ("C", "C", []),
    ],
)
def test_ids_of_returns_with_positive_amounts_are_told(
    tmp_path: Path, prefix: str, usual: str, expected: list[Any]
) -> None:
    rows = [f"{usual}5363{n},2024-01-13,A,3,30.00" for n in range(20)]
    rows += [f"{prefix}5379{n},2024-01-14,A,1,10.00" for n in range(3)]
    entry = mapped(sales(tmp_path, *rows, header="Order,Date,SKU,Qty,Total"))
    assert findings(entry, "return_order_prefix") == expected
    assert ("3 orders begin with" in words_of(entry)) is bool(expected)


# --------------------------------------------------------------------- marks of numbers


def test_each_reading_of_the_decimal_mark_names_both_marks(tmp_path: Path) -> None:
    rows = [f"{n},2024-01-13,A,1,1.{n + 100}" for n in range(5)]
    entry = mapped(sales(tmp_path, *rows, header="Order,Date,SKU,Qty,Total"))
    (choice,) = entry.choices
    assert [values for values, _ in choice.values] == [
        {"decimal_mark": ",", "thousands_mark": "."},
        {"decimal_mark": ".", "thousands_mark": ""},
    ]
    assert 'decimal_mark: "." thousands_mark: "" ' in words_of(entry)
    for answer, mark in ((0, "."), (1, "")):
        asked = map_files(
            [tmp_path / "s.csv"],
            name="shop",
            project=tmp_path,
            today=TODAY,
            ask=lambda question, answers, answer=answer: answer,
        )
        assert yaml.safe_load(asked.text())["shop"]["thousands_mark"] == mark


@pytest.mark.parametrize("mark", ["\\", "円"])
def test_yen_have_no_decimals(tmp_path: Path, mark: str) -> None:
    """In cp932, the sign of the yen is the byte of the backslash."""
    path = tmp_path / "s.csv"
    money = "{}1,{}" if mark == "\\" else "1,{1}{0}"
    rows = [
        f'{n},2024年1月{n}日,①コーヒー豆,1,"{money.format(mark, n + 100)}"'
        for n in range(10, 16)
    ]
    path.write_bytes(
        "\r\n".join(["受注番号,受注日,商品名,数量,金額", *rows]).encode("cp932")
    )
    entry = mapped(path)
    found = entry.settings()
    assert found["encoding"] == "cp932"
    assert found["thousands_mark"] == ","
    assert found["currency"] == "JPY"
    assert entry.choices == []
