"""Whether the tax of a file is inside its amounts or comes on top of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from retail_marts.mapper.amounts import DISCOUNTS, of_order, orders_of
from retail_marts.mapper.findings import Choice, counted
from retail_marts.mapper.numbers import Numbers, number_share, values_of
from retail_marts.mapper.tables import Table
from retail_marts.mapper.words import meaning, parts

_ROWS = 20_000
#: Rates of sales tax and VAT that shops have to charge.
_RATES = tuple(
    Decimal(rate) / 1000
    for rate in (
        *(21, 25, 26, 30, 37, 38, 40, 45, 48, 50, 55, 60, 65, 70, 75, 77, 80, 81, 85),
        *(90, 95, 100, 105, 110, 120, 125, 130, 135, 140, 150, 160, 170, 180, 190, 200),
        *(210, 220, 230, 240, 250, 255, 270, 280),
    )
)
_FEW, _MOST = 5, 0.9


class Taxes(NamedTuple):
    """What was found about the tax: a note if it is clear, a choice if it is not."""

    is_inside: bool = False
    note: str = ""
    choice: Choice | None = None


class _Order(NamedTuple):
    """Amounts of an order, or of a line where orders do not matter."""

    amount: Decimal
    tax: Decimal
    shipping: Decimal
    others: Mapping[str, Decimal]


def taxes_of(table: Table, headers: Mapping[str, str], numbers: Numbers) -> Taxes:
    """Say whether the tax is inside the amounts that an entry uses.

    Parameters
    ----------
    table
        The table.
    headers
        The headers of our columns, with ``tax_amount``.
    numbers
        How its numbers are written.
    """
    tax = headers.get("tax_amount")
    orders = [*_orders(table, headers, numbers)] if tax else []
    if tax is None or not orders:
        return Taxes()
    what = headers.get("sales_amount") or (
        f"{headers['quantity']} x {headers['unit_price_amount']}"
    )
    other = (
        _by_other_columns(orders)
        or _by_other_columns([*_orders(table, headers, numbers, is_whole=True)])
        or _by_rates(orders, tax)
    )
    if other is None:
        other = _by_words(headers)
    if other is None:
        return Taxes(choice=_choice(tax, what, len(orders)))
    is_inside, why = other
    if not is_inside:
        return Taxes(note=f"it comes on top of {what}: {why}")
    return Taxes(
        is_inside=True,
        note=f"check it: {what} has {tax} inside ({why}), and no column has the amount "
        f"without it. Sales are with tax. For sales without tax, add a column with "
        f"{what} minus {tax} to the file, and map it here, beside tax_amount: {tax}",
    )


def _choice(tax: str, what: str, orders: int) -> Choice:
    return Choice(
        "tax_amount",
        f"{counted(orders, 'row has', 'rows have')} {tax}, and nothing shows whether "
        f"it is inside {what} or comes on top of it",
        (
            ({"tax_amount": tax}, f"{tax} comes on top: {what} is without tax"),
            (
                {},
                f"{tax} is inside {what}: sales are then with tax. Leave tax_amount "
                f"out, or add a column with {what} minus {tax} to the file",
            ),
        ),
    )


def _by_words(headers: Mapping[str, str]) -> tuple[bool, str] | None:
    """What the header of the amount says, such as `Total incl. VAT`."""
    header = headers.get("sales_amount") or headers["unit_price_amount"]
    words = {*parts(header)}
    says = [bool(words & meaning(what)) for what in ("with_tax", "without_tax")]
    return (says[0], f"so its header says: {header}") if says[0] != says[1] else None


def _orders(
    table: Table,
    headers: Mapping[str, str],
    numbers: Numbers,
    *,
    is_whole: bool = False,
) -> Iterator[_Order]:
    """The orders with tax; lines, where each line has a tax of its own.

    With ``is_whole``, taxes of lines are added up to those of orders, which a column of
    order totals may show.
    """

    def numbers_in(header: str | None) -> list[Decimal]:
        if header is None:
            return [Decimal(0)] * count
        texts = table.column(header).values[:_ROWS]
        return [one or Decimal(0) for one in values_of(texts, numbers)]

    count = min(table.kept_count, _ROWS)
    taxes = numbers_in(headers["tax_amount"])
    if "sales_amount" in headers:
        amounts = numbers_in(headers["sales_amount"])
    else:
        rates = numbers_in(headers.get("discount_rate"))
        amounts = [
            q * p * (1 - (rate if rate <= 1 else rate / 100))
            for q, p, rate in zip(
                numbers_in(headers["quantity"]),
                numbers_in(headers["unit_price_amount"]),
                rates,
                strict=True,
            )
        ]
    used = {*headers.values()}
    others = {
        column.header: numbers_in(column.header)
        for column in table.columns
        if column.header not in used
        and column.filled
        and number_share(column.filled[:200]) > _MOST
    }
    ids = [""] * count
    if "order_id" in headers:
        ids = table.column(headers["order_id"]).values[:_ROWS]
    orders = orders_of(ids)
    shippings = numbers_in(headers.get("shipping_cost_amount"))
    discounts = [
        numbers_in(headers[name])
        for name in DISCOUNTS
        if name in headers and "sales_amount" not in headers
    ]
    is_of_order = _is_of_order(taxes, amounts, orders)
    by_line = not is_of_order and not is_whole
    groups = [[place] for place in range(count)] if by_line else orders
    for group in groups:
        tax = taxes[group[0]] if is_of_order else sum(taxes[p] for p in group)
        if not tax:
            continue
        yield _Order(
            sum((amounts[place] for place in group), Decimal(0))
            - sum((abs(of_order(one, group)) for one in discounts), Decimal(0)),
            Decimal(tax),
            of_order(shippings, group),
            {name: values[group[0]] for name, values in others.items()},
        )


def _is_of_order(
    taxes: Sequence[Decimal],
    amounts: Sequence[Decimal],
    orders: Sequence[Sequence[int]],
) -> bool:
    """Whether taxes stand once in an order, or are equal on lines that differ."""
    several = of_order = 0
    for group in orders:
        found = [taxes[place] for place in group]
        if len(group) > 1 and any(found):
            differ = len({amounts[place] for place in group}) > 1
            several += 1
            of_order += not any(found[1:]) or (differ and len({*found}) == 1)
    return several > 0 and of_order >= _MOST * several


def _by_rates(orders: Sequence[_Order], tax: str) -> tuple[bool, str] | None:
    """Whether taxes have the size of one inside or on top; None where both fit.

    A tax of 20 of 100 is 20% on top, or 25% inside.
    """
    has_decimals = any(one.tax % 1 for one in orders)
    near = Decimal("0.011") if has_decimals else Decimal(1)
    # Of small amounts, many rates give the same tax.
    looked_at = [one for one in orders if abs(one.tax) >= 20 * near]
    if len(looked_at) < _FEW:
        return None
    shares, rates = [], []
    for is_inside in (True, False):
        fits: dict[Decimal, set[int]] = {}
        for rate in _RATES:
            part = rate / (1 + rate) if is_inside else rate
            fits[rate] = {
                place
                for place, one in enumerate(looked_at)
                if abs(one.amount * part - one.tax) <= near
            }
        # A file has a few rates.
        most = sorted(fits, key=lambda rate: -len(fits[rate]))[:3]
        shares.append(len({one for rate in most for one in fits[rate]}))
        rates.append(most[0])
    is_inside = shares[0] > shares[1]
    enough = _MOST * len(looked_at)
    if max(shares) < enough or min(shares) >= enough:
        return None
    percent = float(100 * rates[not is_inside])
    of = f"{percent:g}/{100 + percent:g}" if is_inside else f"{percent:g}%"
    return is_inside, f"{tax} is {of} of it on most rows"


def _by_other_columns(orders: Sequence[_Order]) -> tuple[bool, str] | None:
    """Whether another column is the amount with tax, or its rate, and which one."""
    near = Decimal("0.011")
    for name in orders[0].others:
        rows = [one for one in orders if one.others[name]]
        # Sums that agree to the cent are seldom chance.
        if len(rows) < max(3, len(orders) // 2):
            continue
        for is_inside, text, more in (
            (False, "with it", [one.tax for one in rows]),
            (False, "with it and shipping", [one.tax + one.shipping for one in rows]),
            (True, "without it", [-one.tax for one in rows]),
        ):
            equal = sum(
                abs(one.amount + plus - one.others[name]) <= near
                for one, plus in zip(rows, more, strict=True)
            )
            if equal >= _MOST * len(rows):
                return is_inside, f"{name} is the amount {text}"
        rates = {one.others[name] for one in rows}
        if len(rates) > 6 or not all(0 < rate <= 30 for rate in rates):
            continue
        shares = {
            is_inside: sum(
                abs(one.amount * rate / (100 + rate * is_inside) - one.tax)
                <= max(near, abs(one.tax) / 200)
                for one in rows
                for rate in [_rate(one.others[name])]
            )
            / len(rows)
            for is_inside in (True, False)
        }
        best = max(shares, key=lambda one: shares[one])
        if shares[best] >= _MOST > shares[not best]:
            return best, f"{name} has the rate of the tax"
    return None


def _rate(value: Decimal) -> Decimal:
    """A rate in per cent: 19%, 19 and 0.19 are the same."""
    return value * 100 if value < Decimal("0.5") else value
