"""Which column of a file is which of ours: by name, then by content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from retail_marts.mapper.dates import (
    DateFormat,
    date_format_of,
    has_no_year,
    with_later_dates,
)
from retail_marts.mapper.numbers import number_share
from retail_marts.mapper.tables import Column, Table
from retail_marts.mapper.words import folded, forms, meaning, names_of, parts

KINDS = ("sales_lines", "customers", "products", "stores")
_DATES = ("order_date", "ship_date")
_NUMBERS = frozenset(
    {
        *("quantity", "unit_price_amount", "sales_amount", "discount_rate"),
        *("discount_amount", "tax_amount", "profit_amount", "shipping_cost_amount"),
        *("credit_card_debt_amount", "net_worth_amount", "spend_amount"),
        *("list_price_amount", "latitude", "longitude"),
    }
)
_KEYS = {"customers": "customer_id", "products": "product_id", "stores": "store_id"}
#: Columns of customers that a sales file may have, too.
CUSTOMER_ATTRIBUTES = (
    *("gender", "marital_status", "customer_group", "city", "state", "age"),
    "income_amount",
)
SALES_COLUMNS = (
    *("business_id", "order_id", "order_date", "ship_date", "order_priority"),
    *(
        "customer_id",
        "customer_name",
        "email",
        "product_id",
        "product_name",
        "category",
    ),
    *("sub_category", "department", "brand", "size", "store_id", "store_name"),
    *("ship_mode", "country", "region", "market", "quantity", "unit_price_amount"),
    *("sales_amount", "discount_rate", "discount_amount", "tax_amount"),
    *("profit_amount", "shipping_cost_amount", *CUSTOMER_ATTRIBUTES),
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "sales_lines": SALES_COLUMNS,
    "customers": (
        *("business_id", "customer_id", "customer_name", "email"),
        *(*CUSTOMER_ATTRIBUTES, "country", "region", "market"),
        *("credit_card_debt_amount", "net_worth_amount", "spend_amount"),
    ),
    "products": (
        *("business_id", "product_id", "product_name", "category", "sub_category"),
        *("department", "brand", "size", "list_price_amount"),
    ),
    "stores": (
        *("business_id", "store_id", "store_name", "store_group", "store_type"),
        *("latitude", "longitude"),
    ),
}
# Dates of something else than the order.
_OTHER_DATES = frozenset(
    (
        *("ship", "shipped", "delivery", "delivered", "due", "paid", "payment"),
        *("birth", "expiry", "expiration", "return", "update", "updated", "modified"),
        *("cancel", "cancelled", "fulfilled", "estimated", "approved", "carrier"),
        *("lieferung", "zahlung", "geburt", "livraison", "entrega", "consegna"),
        *("pengiriman", "bayar"),
    )
)
# A name by all of its words counts less than the whole name.
_WHOLE, _BY_WORDS = 1000, 500
_WITH_TAX = {"incl", "inkl", "included", "including", "ttc", "brutto"}
# A column with values on fewer rows than this share is nearly empty.
_SPARSE = 0.02


@dataclass(frozen=True)
class Assigned:
    """The headers of our columns, how they were found, and what else was seen."""

    kind: str
    headers: dict[str, str]
    notes: dict[str, str]
    date_format: DateFormat | None = None

    @property
    def score(self) -> float:
        """How much the file is of its kind."""
        return len(self.headers)


def assigned(table: Table, kind: str, *, today: date) -> Assigned | None:
    """Assign the columns of a table of one kind, or None if it cannot be of this kind.

    Parameters
    ----------
    table
        The table.
    kind
        ``sales_lines``, ``customers``, ``products`` or ``stores``.
    today
        Orders are not after this day.
    """
    named = _by_name(table, kind)
    notes: dict[str, str] = {}
    if kind != "sales_lines":
        key = _KEYS[kind]
        if key not in named:
            return None
        if kind in ("products", "stores") and {*named} <= {key, "business_id"}:
            # Files of stock and of terms have these ids, too.
            return None
        return Assigned(kind, _in_order(named, kind), notes)
    if "order_date" not in named:
        found = _by_content(table, named, today=today)
        if found is None:
            return None
        named["order_date"] = found
        notes["order_date"] = "by its content: the header does not say it"
    _choose_amounts(table, named, notes)
    if "sales_amount" not in named and not {"unit_price_amount", "quantity"} <= {
        *named
    }:
        return None
    _choose_ids(table, named, notes)
    later = named.get("ship_date")
    shipped = table.column(later) if later else None
    date_format = date_format_of(
        table.column(named["order_date"]), today=today, later=shipped
    )
    if date_format is not None and shipped is not None:
        date_format = with_later_dates(date_format, shipped)
    return Assigned(kind, _in_order(named, kind), notes, date_format)


def dates_without_year(table: Table) -> Column | None:
    """The column of order dates whose values have a day and a month alone."""
    scored = [
        (_name_score(column.header, "sales_lines", "order_date"), column)
        for column in table.columns
        if has_no_year(column.filled)
    ]
    best = max(scored, key=lambda one: one[0], default=None)
    return best[1] if best and best[0] > 0 else None


def _in_order(named: Mapping[str, str], kind: str) -> dict[str, str]:
    return {column: named[column] for column in COLUMNS[kind] if column in named}


def _by_name(table: Table, kind: str) -> dict[str, str]:
    """Headers by our columns, best names first, each header once."""
    scored = sorted(
        (
            # A column that is nearly empty comes after all others.
            (_is_sparse(column), -score, place, ours, column.header)
            for place, column in enumerate(table.columns)
            for ours in COLUMNS[kind]
            for score in [_name_score(column.header, kind, ours)]
            if score and _fits(column, ours)
        ),
    )
    named: dict[str, str] = {}
    for *_, ours, header in scored:
        if ours not in named and header not in named.values():
            named[ours] = header
    return named


def _is_sparse(column: Column) -> bool:
    return len(column.filled) < _SPARSE * len(column.values)


def _name_score(header: str, kind: str, ours: str) -> int:
    """How well a header says that it is one of our columns; 0: not at all."""
    names = names_of(kind, ours)
    for place, form in enumerate(forms(header)):
        if form in names:
            # Of two amounts, that without tax.
            has_tax = bool({*parts(header)} & _WITH_TAX)
            return _WHOLE - 100 * place - names[form] - has_tax
    words = parts(header)
    if ours in _DATES and {*words} & _OTHER_DATES and ours == "order_date":
        return 0
    # Two words or more of a name, in this order, and one more word at most.
    pairs = {"".join(words[:-1]), "".join(words[1:])} if len(words) > 2 else set()
    ranks = [names[pair] for pair in pairs if pair in names]
    return _BY_WORDS - min(ranks) if ranks else 0


def _fits(column: Column, ours: str) -> bool:
    """Whether the values of a column can be those of ours."""
    values = column.filled[:2000]
    if not values:
        return False
    check = _CHECKS.get(ours) or (_is_amount if ours in _NUMBERS else None)
    return check is None or check(column, values)


def _is_numeric(column: Column, values: Sequence[str]) -> bool:
    return column.kind == "number" or (
        column.kind == "text" and number_share(values) > 0.8
    )


def _is_amount(column: Column, values: Sequence[str]) -> bool:
    """Numbers that are not all rates in per cent."""
    rates = sum("%" in value for value in values)
    return _is_numeric(column, values) and rates * 2 < len(values)


def _is_tax(column: Column, values: Sequence[str]) -> bool:
    """Amounts, not the few rates that a country has, such as 7 and 19."""
    is_rate = len(set(column.filled)) <= 4 and len(values) > 20
    return _is_amount(column, values) and not is_rate


def _is_number_or_band(column: Column, values: Sequence[str]) -> bool:
    """Numbers, or bands such as 25-34, 65+ and under 15K."""
    bands = sum(bool(re.fullmatch(r"[^\d]{0,12}\d.{0,20}", value)) for value in values)
    return _is_numeric(column, values) or bands > 0.8 * len(values)


def _is_date(column: Column, values: Sequence[str]) -> bool:
    if column.kind in ("date", "timestamp", "instant"):
        return True
    found = date_format_of(Column(column.header, list(values)), today=date.max)
    return found is not None and found.share > 0.5


def _is_mail(column: Column, values: Sequence[str]) -> bool:
    return sum("@" in value for value in values) * 2 > len(values)


def _is_name(column: Column, values: Sequence[str]) -> bool:
    words = sum(bool(re.search(r"[^\W\d_]{2}", value)) for value in values)
    return words * 2 > len(values) and not _is_mail(column, values)


def _is_id(column: Column, values: Sequence[str]) -> bool:
    if values[0].startswith(("{", "[")):
        return False
    decimals = sum(bool(re.fullmatch(r"-?\d+[.,]\d*[1-9]", value)) for value in values)
    return decimals * 5 < len(values) and column.kind in ("text", "number")


_CHECKS: Mapping[str, Callable[[Column, Sequence[str]], bool]] = {
    "discount_rate": _is_numeric,
    "tax_amount": _is_tax,
    "age": _is_number_or_band,
    "income_amount": _is_number_or_band,
    "order_date": _is_date,
    "ship_date": _is_date,
    "email": _is_mail,
    "customer_name": _is_name,
    "product_name": _is_name,
    "order_id": _is_id,
    "customer_id": _is_id,
    "product_id": _is_id,
    "store_id": _is_id,
}


def _by_content(table: Table, named: Mapping[str, str], *, today: date) -> str | None:
    """The header of the only column of dates that is not used yet."""
    found = [
        column.header
        for column in table.columns
        if column.header not in named.values()
        and not {*parts(column.header)} & _OTHER_DATES
        and (
            column.kind in ("date", "timestamp", "instant")
            or date_format_of(column, today=today, is_named=False)
        )
    ]
    return found[0] if found else None


def _choose_amounts(table: Table, named: dict[str, str], notes: dict[str, str]) -> None:
    """Tell prices of a unit from totals of a line where names do not."""
    has_product = "product_id" in named or "product_name" in named
    price = named.get("unit_price_amount")
    if price and "sales_amount" not in named and not has_product:
        named["sales_amount"] = named.pop("unit_price_amount")
        notes["sales_amount"] = (
            "there is no product, so this price is taken as the total of the row: "
            "check it"
        )


def _choose_ids(table: Table, named: dict[str, str], notes: dict[str, str]) -> None:
    """Find ids and mails by content where no header says them."""
    used = {*named.values()}
    if "order_id" not in named:
        for column in table.columns:
            values = column.filled[:2000]
            is_order_name = (
                column.header.casefold() == "name"
                and values
                and all(re.fullmatch(r"#?\w*-?\d+\w*", value) for value in values)
            )
            if is_order_name:
                if named.get("customer_name") == column.header:
                    del named["customer_name"]
                named["order_id"] = column.header
                notes["order_id"] = "by its content: numbers of orders"
            elif (
                column.header.casefold() == "id"
                and "order_id" not in named
                and 1 < len(set(values)) < len(values)
            ):
                named["order_id"] = column.header
                notes["order_id"] = "check it: several rows have the same id"
            elif (
                column.header.casefold() == "id"
                and not {"order_id", "product_id", "quantity"} & {*named}
                and len(set(values)) == len(values) == table.kept_count > 1
            ):
                # A list of payments.
                named["order_id"] = column.header
                notes["order_id"] = "each row is an order"
    if not {"customer_id", "customer_name", "email"} & {*named}:
        for column in table.columns:
            is_name = folded(column.header) in names_of("customers", "customer_name")
            is_free = column.header not in named.values()
            if is_name and is_free and _fits(column, "customer_name"):
                named["customer_name"] = column.header
                notes["customer_name"] = "check it: the names of customers?"
    if "email" not in named:
        for column in table.columns:
            values = column.filled[:2000]
            if column.header not in used and values and _is_mail(column, values):
                named["email"] = column.header
                notes["email"] = "by its content: e-mail addresses"
                break


def kind_of(table: Table, *, today: date) -> list[Assigned]:
    """What a table may be, most likely first."""
    found = [
        one
        for kind in KINDS
        for one in [assigned(table, kind, today=today)]
        if one is not None
    ]
    return sorted(found, key=_likeness(table), reverse=True)


def _likeness(table: Table) -> Callable[[Assigned], tuple[bool, bool, float]]:
    def likeness(one: Assigned) -> tuple[bool, bool, float]:
        if one.kind == "sales_lines":
            return True, True, one.score
        key = table.column(one.headers[_KEYS[one.kind]])
        filled = key.filled
        is_unique = len(set(filled)) >= 0.95 * len(filled)
        return False, is_unique, one.score

    return likeness


def status_columns(table: Table) -> list[tuple[str, list[str]]]:
    """Columns that say which rows are no sales, with the values that say so."""
    found = []
    for column in table.columns:
        is_named = any(form in meaning("status") for form in forms(column.header))
        distinct = set(column.filled)
        if len(distinct) > 40:
            continue
        is_flag = any(form in meaning("flag") for form in forms(column.header))
        words = meaning("yes" if is_flag else "no_sale") | meaning("no_sale")
        bad = sorted(
            value for value in distinct if any(form in words for form in forms(value))
        )
        if bad or (is_named and column.filled):
            found.append((column.header, bad))
    return found


def currency_column(table: Table) -> Column | None:
    """The column that has the currency of each row."""
    for column in table.columns:
        if any(form in meaning("currency") for form in forms(column.header)):
            values = set(column.filled)
            if values and all(re.fullmatch(r"[A-Za-z]{3}|\W", one) for one in values):
                return column
    return None
