"""Which amounts are prices, totals of lines, totals of orders, rates or per cent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from retail_marts.mapper.findings import counted
from retail_marts.mapper.numbers import Numbers, number_share, values_of
from retail_marts.mapper.tables import Table
from retail_marts.mapper.words import parts

# So many rows are enough to tell a price from a total.
_ROWS = 20_000
_NEAR = Decimal("0.011")
#: Our columns of amounts that lower the price.
DISCOUNTS = ("discount_amount", "second_discount_amount")


@dataclass
class Amounts:
    """The headers of our columns after a look at their numbers.

    ``notes`` says by column what was found; ``dropped`` has headers that are not used,
    with the reason; ``percent`` has the columns that are in per cent.
    """

    headers: dict[str, str]
    notes: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    percent: list[str] = field(default_factory=list)


def settled_amounts(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Amounts:
    """Find what the columns of amounts are, from how their numbers agree."""
    found = Amounts(dict(headers))
    rows = _Rows(table, headers, numbers)
    _settle_order_totals(found, rows)
    _settle_price(found, rows)
    _settle_discount(found, rows)
    _settle_net(found, table, numbers)
    if {"quantity", "unit_price_amount", "sales_amount"} <= {*found.headers}:
        share, number = rows.agreement(lambda q, p, t, d: q * p, ("unit_price_amount",))
        if number:
            found.notes.setdefault(
                "sales_amount", f"equals quantity x price on {share:.0%} of rows"
            )
        name = _discount_left_out(rows, found.headers)
        if name and _is_list_price(rows, name):
            header = found.headers.pop("sales_amount")
            found.notes.pop("sales_amount", None)
            found.dropped[header] = (
                "it is quantity x price before the discount, which the build subtracts"
            )
        elif name:
            found.notes["sales_amount"] = (
                "check it: equals quantity x price before the discount. It must be "
                "after discount; without this line, the build subtracts the discount"
            )
    return found


def _discount_left_out(rows: _Rows, headers: Mapping[str, str]) -> str:
    """The discount beside which totals are still quantity x price; else ''."""
    names = [one for one in ("discount_rate", "discount_amount") if one in headers]
    for name in names:
        used = [
            abs(quantity * price - total) <= _NEAR
            for quantity, price, total, discount in zip(
                rows.numbers_in("quantity"),
                rows.numbers_in("unit_price_amount"),
                rows.numbers_in("sales_amount"),
                rows.numbers_in(name),
                strict=True,
            )
            if quantity and price and total and discount
        ]
        if len(used) >= 5 and sum(used) >= 0.95 * len(used):
            return name
    return ""


def _is_list_price(rows: _Rows, discount: str) -> bool:
    """Whether products cost the same with a discount as without.

    Otherwise the price may be the one after the discount.
    """
    if "product_id" not in rows.headers:
        return False
    prices: dict[str, Counter[Decimal]] = {}
    discounted = []
    for product, price, given in zip(
        rows.texts_in("product_id"),
        rows.numbers_in("unit_price_amount"),
        rows.numbers_in(discount),
        strict=True,
    ):
        if price and given:
            discounted.append((product, price))
        elif price:
            prices.setdefault(product, Counter())[price] += 1
    equal = [
        price == prices[product].most_common(1)[0][0]
        for product, price in discounted
        if product in prices
    ]
    return len(equal) >= 5 and sum(equal) >= 0.9 * len(equal)


class _Rows:
    """The numbers of a table by our columns, row by row."""

    def __init__(
        self, table: Table, headers: Mapping[str, str], numbers: Numbers
    ) -> None:
        self.table, self.headers, self.numbers = table, headers, numbers

    def numbers_in(self, column: str) -> list[Decimal | None]:
        header = self.headers.get(column)
        if header is None:
            return [None] * min(self.table.kept_count, _ROWS)
        values = self.table.column(header).values[:_ROWS]
        return values_of(values, self.numbers)

    def texts_in(self, column: str) -> list[str]:
        return self.table.column(self.headers[column]).values[:_ROWS]

    def agreement(self, formula: Any, needed: Sequence[str]) -> tuple[float, int]:
        """The share of rows whose total is that of a formula, and their number."""
        rows = zip(
            self.numbers_in("quantity"),
            self.numbers_in("unit_price_amount"),
            self.numbers_in("sales_amount"),
            self.numbers_in("discount_rate"),
            strict=True,
        )
        equal = number = 0
        for quantity, price, total, discount in rows:
            if not quantity or price is None or not total:
                continue
            if "discount_rate" in needed and not discount:
                continue
            number += 1
            expected = formula(quantity, price, total, discount)
            equal += abs(expected - total) <= max(_NEAR, abs(total) / 200)
        return (equal / number if number else 0.0), number

    def filled(self, header: str) -> list[Decimal]:
        """The numbers of a column of the file, 0 where it is empty."""
        values = self.table.column(header).values[:_ROWS]
        return [one or Decimal(0) for one in values_of(values, self.numbers)]

    def others(self, used: Collection[str]) -> Iterator[tuple[str, list[Decimal]]]:
        """The other columns of numbers."""
        for column in self.table.columns:
            is_used = column.header in used or not column.filled
            if not is_used and number_share(column.filled[:200]) > 0.9:
                yield column.header, self.filled(column.header)

    def orders(self) -> list[list[int]]:
        """The rows of each order with several rows, where they follow each other."""
        return runs_of(self.texts_in("order_id"))


def runs_of(ids: Sequence[str]) -> list[list[int]]:
    """The places of equal ids that follow each other, for ids on several rows."""
    runs: list[list[int]] = []
    for place, value in enumerate(ids):
        if runs and value and ids[runs[-1][0]] == value:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [run for run in runs if len(run) > 1]


def orders_of(ids: Sequence[str]) -> list[list[int]]:
    """The places of the lines of each order; a line without an id is an order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, value in enumerate(ids):
        places[value or f"\0{place}"].append(place)
    return [*places.values()]


def of_order(values: Sequence[Decimal], lines: Sequence[int]) -> Decimal:
    """An amount that an order has once or on each line, or the sum of its lines."""
    found = [values[place] for place in lines]
    is_once = len({*found}) == 1 or not any(found[1:])
    return found[0] if is_once else sum(found, Decimal(0))


def _settle_order_totals(found: Amounts, rows: _Rows) -> None:
    """A total that stands once in an order, or is equal on each line, is its own."""
    if not {"order_id", "sales_amount"} <= {*found.headers}:
        return
    texts = rows.texts_in("sales_amount")
    orders = rows.orders()
    once = sum(
        bool(texts[run[0]]) and not any(texts[place] for place in run[1:])
        for run in orders
    )
    same = sum(len({texts[place] for place in run}) == 1 for run in orders)
    is_once = once > 0 and once >= 0.8 * len(orders)
    differ = len({texts[run[0]] for run in orders}) > 2
    is_same = len(orders) >= 5 and same >= 0.9 * len(orders) and differ
    if not (is_once or is_same):
        return
    how = "stands once in an order" if is_once else "is equal on all lines of an order"
    header = found.headers["sales_amount"]
    if {"unit_price_amount", "quantity"} <= {*found.headers}:
        del found.headers["sales_amount"]
        found.dropped[header] = f"{how}: the total of the order, not of a line"
    else:
        found.notes["sales_amount"] = f"check it: it {how}, so it may be its total"


def _settle_net(found: Amounts, table: Table, numbers: Numbers) -> None:
    """A total with tax or shipping in it gives way to the column without them."""
    total = found.headers.get("sales_amount")
    added = [
        one for one in ("tax_amount", "shipping_cost_amount") if one in found.headers
    ]
    if total is None or not added:
        return

    def numbers_in(header: str) -> list[Decimal | None]:
        return values_of(table.column(header).values[:_ROWS], numbers)

    totals = numbers_in(total)
    plus = {one: numbers_in(found.headers[one]) for one in added}
    used = {*found.headers.values(), *found.dropped}
    nets = {
        column.header: numbers_in(column.header)
        for column in table.columns
        if column.header not in used
    }
    computed = _computed(found, numbers_in)
    if computed:
        nets["quantity x price"] = computed
    for size in range(len(added), 0, -1):
        for names in combinations(added, size):
            more = [
                sum((one or Decimal(0) for one in row), Decimal(0))
                for row in zip(*(plus[name] for name in names), strict=True)
            ]
            for header, values in nets.items():
                if not _adds_up(totals, values, more):
                    continue
                words = " and ".join(found.headers[name] for name in names)
                if values is computed:
                    del found.headers["sales_amount"]
                    found.notes.pop("sales_amount", None)
                else:
                    found.headers["sales_amount"] = header
                    found.notes["sales_amount"] = f"{total} is {header} plus {words}"
                found.dropped[total] = f"it is {header} plus {words}"
                return


def _computed(
    found: Amounts, numbers_in: Callable[[str], list[Decimal | None]]
) -> list[Decimal | None]:
    """What a build makes of quantity and price; nothing without them."""
    names = ("quantity", "unit_price_amount")
    if not {*names} <= {*found.headers} or "discount_rate" in found.headers:
        return []
    quantities = numbers_in(found.headers["quantity"])
    prices = numbers_in(found.headers["unit_price_amount"])
    discounts = [
        numbers_in(found.headers[name]) for name in DISCOUNTS if name in found.headers
    ]
    return [
        None
        if q is None or p is None
        else q * p - sum((abs(one[row] or Decimal(0)) for one in discounts), Decimal(0))
        for row, (q, p) in enumerate(zip(quantities, prices, strict=True))
    ]


def _adds_up(
    totals: Sequence[Decimal | None],
    values: Sequence[Decimal | None],
    more: Sequence[Decimal],
) -> bool:
    """Whether a total is a value plus more, on nearly all rows that have more."""
    rows = [
        abs(value + plus - total) <= _NEAR
        for total, value, plus in zip(totals, values, more, strict=True)
        if total and plus
        for value in [value or Decimal(0)]
    ]
    return len(rows) >= 5 and sum(rows) >= 0.95 * len(rows)


def _settle_price(found: Amounts, rows: _Rows) -> None:
    """Tell by product whether an amount grows with the quantity."""
    has_price = "unit_price_amount" in found.headers
    has_total = "sales_amount" in found.headers
    product = next(
        (one for one in ("product_id", "product_name") if one in found.headers), None
    )
    if has_price == has_total or product is None or "quantity" not in found.headers:
        return
    column = "unit_price_amount" if has_price else "sales_amount"
    by_product: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for name, quantity, amount in zip(
        rows.texts_in(product),
        rows.numbers_in("quantity"),
        rows.numbers_in(column),
        strict=True,
    ):
        if name and quantity and amount:
            by_product[name].append((abs(quantity), abs(amount)))
    as_price = as_total = number = 0
    for pairs in by_product.values():
        if len({quantity for quantity, _ in pairs}) < 2 or len(pairs) < 3:
            continue
        number += len(pairs)
        as_price += _same([amount for _, amount in pairs])
        as_total += _same([amount / quantity for quantity, amount in pairs])
    if number < 10:
        return
    if has_price and as_total > 0.7 * number and as_price < 0.5 * number:
        found.headers["sales_amount"] = found.headers.pop("unit_price_amount")
        found.notes["sales_amount"] = (
            f"it grows with the quantity of a product ({as_total / number:.0%} of "
            "rows), so it is the total of a line, not the price of one unit"
        )
    if has_total and as_price > 0.9 * number and as_total < 0.5 * number:
        found.headers["unit_price_amount"] = found.headers.pop("sales_amount")
        found.notes["unit_price_amount"] = (
            f"it is equal for any quantity of a product ({as_price / number:.0%} of "
            "rows), so it is the price of one unit, not the total of a line"
        )


def _same(values: Sequence[Decimal]) -> int:
    """How many values are near their median."""
    middle = sorted(values)[len(values) // 2]
    return sum(abs(value - middle) <= middle / 50 for value in values)


def _settle_discount(found: Amounts, rows: _Rows) -> None:
    """Tell a rate from 0 to 1 from per cent and from an amount of money."""
    header = found.headers.get("discount_rate")
    if header is None:
        return
    if "lineitem" in parts(header):
        # Shopify's column.
        why = "an amount of money on each line: check it"
        _set_discount(found, rows, "amount", why)
        return
    numbers = [number for number in rows.numbers_in("discount_rate") if number]
    texts = rows.texts_in("discount_rate")
    if any(mark in text for mark in rows.numbers.currency_marks for text in texts):
        is_negative = bool(numbers) and min(numbers) < 0
        why = "it has negative values" if is_negative else "values have a currency mark"
        _set_discount(found, rows, "" if is_negative else "amount", why)
        return
    has_sign = any("%" in text for text in texts)
    if not numbers:
        return
    meanings = {
        "rate": lambda q, p, t, d: q * p * (1 - d),
        "per cent": lambda q, p, t, d: q * p * (1 - d / 100),
        "amount": lambda q, p, t, d: q * p - d,
    }
    shares = {
        name: rows.agreement(formula, ("discount_rate",))
        for name, formula in meanings.items()
    }
    best = max(shares, key=lambda name: shares[name][0])
    share, number = shares[best]
    why = f"total = quantity x price less this {best} on {share:.0%} of rows"
    if has_sign:
        # value_of has divided by 100 already.
        best, why = "per cent", "values have a per cent sign"
    elif number < 3 or share < 0.6:
        best, why = _guessed_discount(header, numbers)
    _set_discount(found, rows, best, why)


def _guessed_discount(header: str, numbers: Sequence[Decimal]) -> tuple[str, str]:
    says_percent = "%" in header or "perc" in header.casefold() or "pct" in header
    if min(numbers) < 0:
        return "", "it has negative values"
    if max(numbers) <= 1 and not says_percent:
        if sum(number == 1 for number in numbers) > 0.05 * len(numbers):
            # So many lines are not free of charge.
            return "", "it may be a rate or an amount of money"
        return "rate", ""
    if says_percent and max(numbers) <= 100:
        return "per cent", "its header says so"
    whole = sum(number == number.to_integral_value() for number in numbers)
    if max(numbers) <= 100 and whole > 0.95 * len(numbers):
        return "", "it may be per cent or an amount of money"
    return "amount", f"check it: values go up to {max(numbers):,.2f}"


def _set_discount(found: Amounts, rows: _Rows, meaning: str, why: str) -> None:
    header = found.headers["discount_rate"]
    if meaning == "per cent":
        found.percent.append("discount_rate")
        found.notes["discount_rate"] = f"in per cent: {why}"
    elif meaning == "rate":
        if why:
            found.notes["discount_rate"] = why
    else:
        del found.headers["discount_rate"]
        if meaning == "amount" and "discount_amount" not in found.headers:
            found.headers["discount_amount"] = header
            found.notes["discount_amount"] = why
        elif meaning == "amount" and "sales_amount" not in found.headers:
            _settle_second_discount(found, rows, header)
        else:
            found.dropped[header] = f"a discount, but {why}"


def _settle_second_discount(found: Amounts, rows: _Rows, second: str) -> None:
    """Say whether a discount of lines is part of the other one, or a second one.

    A column such as the subtotal of orders shows what belongs together. Without one,
    the second discount is not subtracted.
    """
    first = found.headers["discount_amount"]
    of_lines, discounts = rows.filled(second), rows.filled(first)
    listed = [
        quantity * price
        for quantity, price in zip(
            rows.filled(found.headers["quantity"]),
            rows.filled(found.headers["unit_price_amount"]),
            strict=True,
        )
    ]
    header = found.headers.get("order_id")
    ids = rows.table.column(header).values[:_ROWS] if header else [""] * len(listed)
    orders = [
        (
            lines[0],
            sum((listed[place] for place in lines), Decimal(0))
            - abs(of_order(discounts, lines)),
            abs(sum((of_lines[place] for place in lines), Decimal(0))),
        )
        for lines in orders_of(ids)
        if any(of_lines[place] for place in lines)
    ]
    shown = f"{counted(sum(map(bool, of_lines)), 'row')}, {sum(of_lines):,.2f}"
    for name, values in rows.others({*found.headers.values(), second}):
        equal = {
            words: sum(
                abs(amount - more * line - values[place]) <= _NEAR
                for place, amount, line in orders
            )
            for words, more in (("one", 0), ("both", 1))
        }
        if equal["one"] >= max(2, 0.9 * len(orders)):
            found.dropped[second] = (
                f"part of {first}: {name} is quantity x price less {first} alone"
            )
            return
        if equal["both"] >= max(2, 0.9 * len(orders)):
            found.headers["second_discount_amount"] = second
            found.notes["second_discount_amount"] = (
                f"{shown}; {name} is quantity x price less both discounts"
            )
            return
    found.dropped[second] = "a second discount: see discount_amount"
    found.notes["discount_amount"] = (
        f"check it: {second} may be a second discount ({shown}), and is not "
        "subtracted. If both lower the price, add "
        f"`second_discount_amount: {second}`"
    )
