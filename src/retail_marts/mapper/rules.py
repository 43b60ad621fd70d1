"""Rules of an entry that its rows show: orders, returns, customers, products."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import combinations

from retail_marts.mapper.amounts import runs_of
from retail_marts.mapper.columns import currency_column, status_columns
from retail_marts.mapper.dates import DateFormat
from retail_marts.mapper.findings import Finding, counted
from retail_marts.mapper.numbers import Numbers, country_of, currency_of, values_of
from retail_marts.mapper.tables import Table
from retail_marts.mapper.words import (
    content,
    exact,
    folded,
    forms,
    listed,
    meaning,
    parts,
)
from retail_marts.settings.lines import ORDER_AMOUNTS
from retail_marts.settings.values import NULL_WORDS

#: A long number as Excel writes it, as a pattern of Python and DuckDB.
SHORTENED = r"\d([.,]\d+)?[Ee]\+\d{2}"
SHORTENED_REMEDY = (
    "A program such as Excel has shortened these numbers. Where digits are lost, "
    "different things have one id. Export the file again and map it without opening it "
    "in Excel, or import it there with this column as text"
)
#: Why rows of totals are no sales.
TOTALS = "rows of totals count twice"
#: An id on more than this share of orders is looked at.
A_FIFTH = 0.2
_ORDER_COLUMNS = (
    *("customer_id", "customer_name", "email", "order_date", "ship_date", "store_id"),
    *("store_name", "ship_mode", "order_priority", "country", "region", "market"),
    *("gender", "marital_status", "customer_group", "city", "state", "age"),
    "income_amount",
)
#: Currencies of marks that several have.
_LIKELY = {"¥": "JPY", "\N{FULLWIDTH YEN SIGN}": "JPY", "kr": "SEK", "kr.": "DKK"}
# So many rows without an order id are below the first line of their order.
_BELOW = 3


def rules_of(
    table: Table,
    headers: Mapping[str, str],
    *,
    numbers: Numbers,
    date_format: DateFormat | None,
    first_lines: str,
) -> Iterator[Finding]:
    """What the rows of a sales file show about its orders, customers and products.

    ``first_lines`` is the reason of :func:`with_order_ids`.
    """
    yield from _currency(table, headers, numbers)
    yield from _country(table, headers, date_format)
    yield from _filled_down(table, headers, first_lines)
    yield from order_amounts(table, headers, numbers)
    yield from _order_key(table, headers)
    yield from _returns(table, headers, numbers)
    yield from _anonymous(table, headers)
    yield from _product_key(table, headers, numbers)
    yield from row_filters(table, headers, numbers)


def null_words_of(table: Table, headers: Mapping[str, str]) -> Iterator[Finding]:
    """Words for "empty" in mapped columns that are not read as empty by default."""
    known = {word.casefold() for word in NULL_WORDS}
    seen = Counter(
        value
        for column, header in headers.items()
        if column.endswith(("_id", "_amount", "_rate", "_date"))
        or column in ("quantity", "email", "age")
        for value in table.column(header).filled
        if value.casefold() in exact("empty") and value.casefold() not in known
    )
    if seen:
        words = ", ".join(f"{word!r} {number:,} times" for word, number in seen.items())
        yield Finding("null_words", [*NULL_WORDS, *seen], f"also found: {words}")


# ------------------------------------------------------------------ money, places


def _currency(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[Finding]:
    column = currency_column(table)
    known = content()["currency_marks"]
    if column is not None:
        counts = Counter(
            known.get(one.casefold(), one.upper()) for one in column.filled
        )
        if len(counts) == 1:
            yield Finding("currency", next(iter(counts)), f"column {column.header}")
        else:
            most = counts.most_common(1)[0][0]
            yield Finding("currency", most, "the most frequent of several", is_on=False)
        return
    words = [
        word
        for name in ("sales_amount", "unit_price_amount")
        for word in re.findall(r"[^\W\d_]+|[^\w\s]", headers.get(name, ""))
        if name in headers
    ]
    code = currency_of(numbers.currency_marks) or currency_of(words)
    codes = {known.get(one.casefold(), one.upper()) for one in numbers.currency_marks}
    if len(codes) > 1:
        shown = ", ".join(numbers.currency_marks)
        yield Finding(
            "currency",
            known.get(numbers.currency_marks[0].casefold(), "EUR"),
            f"check it: amounts have several marks ({shown}). If these are several "
            "currencies, they are added up as they are",
            is_on=False,
        )
    elif code:
        yield Finding("currency", code, "from the marks of its amounts or its header")
    elif numbers.currency_marks:
        mark = numbers.currency_marks[0]
        likely = _LIKELY.get(mark.casefold(), "USD")
        if likely == "JPY" and _is_chinese(table):
            likely = "CNY"
        yield Finding("currency", likely, f"{mark} may be another one", is_on=False)


def _is_chinese(table: Table) -> bool:
    """Whether a table has Chinese characters and no Japanese syllables."""
    texts = " ".join(
        [*table.headers, *(text for one in table.columns for text in one.filled[:100])]
    )
    return bool(re.search("[\u4e00-\u9fff]", texts)) and not re.search(
        "[\u3040-\u30ff]", texts
    )


def _country(
    table: Table, headers: Mapping[str, str], date_format: DateFormat | None
) -> Iterator[Finding]:
    names = {
        folded(name): code
        for code, line in content()["countries"].items()
        for name in listed([line])
    }
    code = None
    if "country" in headers:
        values = {folded(value) for value in table.column(headers["country"]).filled}
        found = {names.get(value) for value in values}
        code = found.pop() if len(found) == 1 else None
        if code:
            yield Finding("country_code", code, "the only country of the file")
    column = currency_column(table)
    if code is None and column is not None and len(set(column.filled)) == 1:
        code = country_of(column.filled[0])
        if code:
            yield Finding("country_code", code, "from the currency", is_on=False)
    zones = date_format.zones if date_format else ()
    is_instant = date_format is not None and any(
        one.startswith("epoch") for one in date_format.formats
    )
    kind = table.column(headers["order_date"]).kind
    zone = content()["time_zones"].get(code)
    if is_instant or kind == "instant":
        yield Finding(
            "time_zone",
            zone or "Europe/Berlin",
            "order dates are instants: their days are those in UTC, unless you set "
            "the time zone of the shop",
            is_on=False,
        )
    elif zones:
        yield Finding(
            "time_zone",
            zone or "Europe/Berlin",
            f"times have {', '.join(zones)}: the day that is written is used",
            is_on=False,
        )


# ------------------------------------------------------------------------- orders


def with_order_ids(table: Table, headers: Mapping[str, str]) -> tuple[Table, str]:
    """The table with the order ids that stand on the first line of an order only.

    A row without an id then has that of the row above it. The text is the reason. It is
    empty, and the table is as it was, where the other columns of such rows do not show
    that they belong to the order above.
    """
    if "order_id" not in headers:
        return table, ""
    header = headers["order_id"]
    ids = table.column(header).values[: table.first_rows]
    below = [place for place, value in enumerate(ids) if not value]
    if len(below) < _BELOW or not ids[0] or len(below) == len(ids):
        return table, ""
    first = [place for place, value in enumerate(ids) if value]
    reason = ""
    for column in ("order_date", "customer_id", "customer_name", "email"):
        if column not in headers:
            continue
        values = table.column(headers[column]).values
        on_first = sum(bool(values[place]) for place in first)
        empty = sum(not values[place] for place in below)
        if on_first >= 0.95 * len(first) and empty >= 0.95 * len(below):
            reason = f"{headers[column]} is empty on them, too"
        elif all(values[place] == values[place - 1] for place in below):
            reason = f"{headers[column]} is that of the row above"
        if reason:
            break
    if not reason:
        return table, ""
    for place in below:
        ids[place] = ids[place - 1]
    filled = [*ids, *table.column(header).values[table.first_rows :]]
    columns = [
        replace(column, values=filled) if column.header == header else column
        for column in table.columns
    ]
    share = f"{len(below):,} of {counted(len(ids), 'row has', 'rows have')}"
    return (
        replace(table, columns=columns),
        f"{share} no {header}: they belong to the order above them ({reason})",
    )


def _filled_down(
    table: Table, headers: Mapping[str, str], first_lines: str
) -> Iterator[Finding]:
    if "order_id" not in headers:
        return
    runs = runs_of(table.column(headers["order_id"]).values[: table.first_rows])
    found, most = ["order_id"] if first_lines else [], 0
    for column in _ORDER_COLUMNS:
        if column not in headers:
            continue
        values = table.column(headers[column]).values
        empty = sum(
            bool(values[run[0]]) and not any(values[place] for place in run[1:])
            for run in runs
        )
        full = sum(all(values[place] for place in run) for run in runs)
        if empty and empty >= 0.8 * (empty + full):
            found.append(column)
            most = max(most, empty)
    if found:
        yield Finding(
            "fill_down",
            found,
            first_lines
            or f"{counted(most, 'order has', 'orders have')} them on the first line "
            "only",
        )


def order_amounts(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[Finding]:
    if "order_id" not in headers:
        return
    runs = runs_of(table.column(headers["order_id"]).values[: table.first_rows])
    found, reasons = [], []
    unclear, words = [], []
    for column in ORDER_AMOUNTS:
        if column not in headers:
            continue
        texts = table.column(headers[column]).values
        amounts = values_of(texts, numbers)
        used = [run for run in runs if any(amounts[place] for place in run)]
        given = [[amounts[place] for place in run] for run in used]
        once = sum(bool(one[0]) and not any(one[1:]) for one in given)
        blank = sum(
            bool(texts[run[0]]) and not any(texts[place] for place in run[1:])
            for run in used
        )
        same = sum(len(set(one)) == 1 for one in given)
        is_same = bool(given) and same >= 0.95 * len(given)
        # Lines often have one rate of shipping, but seldom one discount or tax.
        differ = len({one[0] for one in given}) > 2 or column == "shipping_cost_amount"
        if blank >= max(1, 0.8 * len(given)) or once >= max(3, 0.9 * len(given)):
            found.append(column)
            reasons.append(f"{headers[column]} stands on the first line only")
        elif is_same and same >= 3 and differ:
            found.append(column)
            reasons.append(f"{headers[column]} is equal on all lines of an order")
        elif is_same:
            unclear.append(column)
            words.append(headers[column])
    if found:
        yield Finding("order_amounts", found, "; ".join(reasons))
    if unclear:
        yield Finding(
            "order_amounts",
            [*found, *unclear],
            f"{' and '.join(words)} may be of the whole order: equal on all lines of "
            f"the few orders that show it",
            is_on=False,
        )


def _order_key(table: Table, headers: Mapping[str, str]) -> Iterator[Finding]:
    if "order_id" not in headers:
        yield Finding(
            "order_key",
            ["order_id"],
            "no column has order ids: lines of a customer on one day in one store are "
            "one order",
            is_on=False,
        )
        return
    columns = [
        one for one in ("order_date", "customer_id", "store_id") if one in headers
    ]
    ids = table.column(headers["order_id"]).values
    facts = {
        column: _days(table.column(headers[column]).values)
        if column == "order_date"
        else table.column(headers[column]).values
        for column in columns
    }
    first = _broken(ids, facts, ())
    if not first:
        return
    why = f"{first:.2%} of rows are in orders with several days, customers or stores"
    for size in range(1, len(columns) + 1):
        broken = {
            more: _broken(ids, facts, more) for more in combinations(columns, size)
        }
        best = min(broken, key=lambda more: broken[more])
        if broken[best] <= 0.1 * first:
            key = ["order_id", *best]
            yield Finding("order_key", key, why, is_on=first > 0.002)
            return


def _days(values: Sequence[str]) -> list[str]:
    """Dates without the time of day."""
    return [re.split(r"[T ]\d{1,2}[:.]", value)[0] for value in values]


def _broken(
    ids: Sequence[str], facts: Mapping[str, Sequence[str]], more: Sequence[str]
) -> float:
    """The share of rows in orders that have several days, customers or stores.

    Orders have the same id, and the same values in more columns.
    """
    others = [values for one, values in facts.items() if one not in more]
    orders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, key in enumerate(zip(ids, *(facts[one] for one in more), strict=True)):
        if key[0]:
            orders[key].append(place)
    bad = sum(
        len(places)
        for places in orders.values()
        if len(places) > 1
        and any(len({values[one] for one in places} - {""}) > 1 for values in others)
    )
    return bad / len(ids) if ids else 0.0


#: What `row_filters` says of rows that are returns without a minus.
RETURNS = "returns have no minus: these rows are returns"


def _returns(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[Finding]:
    ids = table.column(headers["order_id"]).values if "order_id" in headers else []
    name = headers.get("quantity") or headers["sales_amount"]
    quantities = values_of(table.column(name).values, numbers)
    negative = [place for place, one in enumerate(quantities) if one and one < 0]
    letters = Counter(_prefix(ids[place]) for place in negative) if ids else Counter()
    what = "quantity" if "quantity" in headers else "amount"
    words = f"{counted(len(negative), 'row has', 'rows have')} a negative {what}"
    for prefix, number in letters.most_common(1):
        positive = sum(
            _prefix(value) == prefix
            for value, quantity in zip(ids, quantities, strict=True)
            if quantity and quantity > 0
        )
        if prefix and number >= 0.5 * len(negative) and positive <= 0.02 * number:
            yield Finding(
                "return_order_prefix",
                prefix,
                f"{words}, {number:,} of them in orders that begin with {prefix}, and "
                "almost no other row does",
            )
            others = [place for place in negative if _prefix(ids[place]) != prefix]
            if others and what == "quantity":
                yield _write_offs(table, headers, others)
            return
    orders = Counter(_prefix(value) for value in {*ids} if value)
    for prefix, number in prefixes_of_returns(orders).items():
        yield Finding(
            "return_order_prefix",
            prefix,
            f"{counted(number, 'order begins', 'orders begin')} with {prefix}, which "
            "often stands for returns or cancellations, and their amounts have no "
            "minus: with this line they are returns",
            is_on=False,
        )
    if negative and what == "quantity":
        yield Finding("negative_quantity_is_return", True, words)


def shortened_ids(ids: Iterable[str]) -> list[str]:
    """Ids such as 4.00638E+12, which Excel writes for long numbers."""
    return [value for value in ids if re.fullmatch(SHORTENED, value)]


def _prefix(value: str) -> str:
    """The letters before the digits of an id, with a mark behind them."""
    match = re.match(r"[^\W\d_]+(?=[-_#/ ]?\d)", value)
    return match[0] if match else ""


def prefixes_of_returns(orders: Counter[str]) -> dict[str, int]:
    """What some order ids begin with that often stands for returns.

    Orders are counted by what their ids begin with. Those of returns are few, and other
    ids begin otherwise.
    """
    # Of many, such as initials, none has a meaning.
    few = 0.3 * orders.total() if len(orders) <= 6 else 0
    return {
        prefix: number
        for prefix, number in orders.most_common()
        if 0 < number <= few and folded(prefix) in meaning("return_prefixes")
    }


def returns_in_columns(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[str]:
    """What columns that are not used have of returns, such as `Returned Qty`."""
    for column in table.columns:
        is_named = any(one in meaning("return_columns") for one in forms(column.header))
        if not is_named or column.header in headers.values():
            continue
        amounts = [one for one in values_of(column.values, numbers) if one]
        if amounts:
            yield (
                f"{column.header} has a number on {counted(len(amounts), 'row')} "
                f"(together {abs(sum(amounts)):,.2f}): returns in a column of their "
                "own are not subtracted. Add a row with a negative quantity and amount "
                "for each to the file, or subtract them"
            )


def _write_offs(
    table: Table, headers: Mapping[str, str], places: Sequence[int]
) -> Finding:
    """Whether negative quantities outside of returned orders are write-offs."""
    customers = (
        table.column(headers["customer_id"]).values if "customer_id" in headers else []
    )
    nobody = sum(not customers[place] for place in places) if customers else 0
    return Finding(
        "negative_quantity_is_return",
        False,
        f"of the other {counted(len(places), 'negative row')}, {nobody:,} have no "
        "customer: they may be write-offs and corrections, not returns",
        is_on=nobody >= 0.8 * len(places),
    )


# ---------------------------------------------------------- customers and products


def _anonymous(table: Table, headers: Mapping[str, str]) -> Iterator[Finding]:
    if "customer_id" not in headers:
        return
    values = table.column(headers["customer_id"]).values
    ids = table.column(headers["order_id"]).values if "order_id" in headers else None
    orders: dict[str, set[str]] = defaultdict(set)
    for place, value in enumerate(values):
        if value:
            orders[value].add(ids[place] if ids else str(place))
    total = sum(map(len, orders.values()))
    named = [value for value in orders if _is_nobody(value)]
    digits = sum(value.removesuffix(".0").isdecimal() for value in orders)
    if digits > 0.8 * len(orders):
        # Where ids are counted from 0, it is a customer like the others.
        usual = 2 * total / len(orders)
        named = [
            value for value in named if value.strip("0.") or len(orders[value]) > usual
        ]
    if named:
        share = sum(len(orders[value]) for value in named) / total
        yield Finding(
            "anonymous_customer_ids",
            named[:20],
            f"placeholders for no known customer, on {share:.0%} of orders",
        )
    heavy = [
        value
        for value, found in orders.items()
        if len(found) > A_FIFTH * total and value not in named and len(orders) > 9
    ]
    if heavy:
        yield Finding(
            "anonymous_customer_ids",
            # A name or an address does not belong in a project's file.
            [*named, *("<this id>" if _is_personal(one) else one for one in heavy)],
            f"an id on more than a fifth of {total:,} orders: one large customer, or "
            "all unknown ones?",
            is_on=False,
        )


def _is_personal(value: str) -> bool:
    """Whether an id looks like an e-mail address or the name of a person."""
    return "@" in value or bool(re.search(r"[^\W\d_]{2}[ ,]+[^\W\d_]{2}", value))


def _is_nobody(value: str) -> bool:
    number = value.removesuffix(".0")
    is_filler = re.fullmatch(r"-1|0+|9{4,}|-9+", number) is not None
    return is_filler or (
        folded(value) in meaning("anonymous")
        and value.casefold() not in {word.casefold() for word in NULL_WORDS}
    )


def _product_key(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[Finding]:
    if not {"product_id", "product_name"} <= {*headers}:
        return
    ids = table.column(headers["product_id"]).values
    names = table.column(headers["product_name"]).values
    found: dict[str, Counter[str]] = defaultdict(Counter)
    amount = headers.get("sales_amount") or headers.get("unit_price_amount", "")
    sold = values_of(table.column(amount).values, numbers)
    for product, name, price in zip(ids, names, sold, strict=True):
        # Returns and write-offs often have their reason in the place of the name.
        if product and name and price and price > 0:
            found[product][name] += 1
    unlike = {product for product, seen in found.items() if has_unlike_names(seen)}
    if not unlike:
        return
    amounts = "sales_amount" if "sales_amount" in headers else None
    share = _share_of(table, ids, unlike, headers.get(amounts or ""), numbers)
    pairs = sum(map(len, found.values()))
    different = sum(are_two_products(found[product]) for product in unlike)
    yield Finding(
        "product_key",
        ["product_id", "product_name"],
        f"{counted(len(unlike), 'product id has', 'product ids have')} several unlike "
        f"names ({share:.1%} of {'sales' if amounts else 'rows'})",
        # Where many ids have several names, or names that are nearly alike, names are
        # what differs, not products.
        is_on=pairs <= 1.05 * len(found) and different >= 0.8 * len(unlike),
    )


def has_unlike_names(names: Iterable[str]) -> bool:
    """Whether the names of a product differ in more than case and blanks.

    Builds compare them in this way, also where names are in the key of products.
    """
    return len({" ".join(name.lower().split()) for name in names}) > 1


def are_two_products(names: Counter[str]) -> bool:
    """Whether the two most frequent names of an id are those of two products."""
    (first, _), (second, number) = names.most_common(2)
    one, other = {*parts(first)}, {*parts(second)}
    return (
        number >= 0.2 * names.total()
        and len(one & other) < 0.5 * min(len(one), len(other))
        and SequenceMatcher(None, folded(first), folded(second)).ratio() < 0.6
    )


def _share_of(
    table: Table,
    ids: Sequence[str],
    chosen: set[str],
    header: str | None,
    numbers: Numbers,
) -> float:
    values = table.column(header).values if header else ["1"] * len(ids)
    amounts = [amount or 0 for amount in values_of(values, numbers)]
    pairs = zip(ids, amounts, strict=True)
    total = sum(amounts)
    return float(sum(a for one, a in pairs if one in chosen) / total) if total else 0.0


def row_filters(
    table: Table, headers: Mapping[str, str], numbers: Numbers
) -> Iterator[Finding]:
    """Columns that say which rows are no sales, or are in another currency."""
    column = currency_column(table)
    if column is not None and len(set(column.filled)) > 1:
        counts = Counter(column.filled)
        found = ", ".join(f"{name} ({n:,})" for name, n in counts.most_common(6))
        yield Finding(
            "filters",
            [{"column": column.header, "keep": [counts.most_common(1)[0][0]]}],
            f"several currencies are added up otherwise; {column.header} has: {found}",
            is_on=False,
        )
    for column in table.columns:
        totals = sorted(filter(is_total, {*column.filled}))
        number = sum(map(column.filled.count, totals))
        if 0 < number < 0.2 * len(column.values):
            yield Finding(
                "filters",
                [{"column": column.header, "drop": totals[:5]}],
                f"{TOTALS}; {column.header} is {totals[0]} on {counted(number, 'row')}",
                is_on=False,
            )
    for header, words in status_columns(table):
        values = table.column(header)
        counts = Counter(values.filled)
        shown = ", ".join(f"{name} ({n:,})" for name, n in counts.most_common(8))
        back = [
            one
            for one in words
            if is_return_document(header, one)
            and counts[one] <= 0.5 * counts.total()
            and not _has_minus(one, values.values, table, headers, numbers)
        ]
        if back:
            yield Finding(
                "filters",
                [{"column": header, "returns": back}],
                f"{RETURNS}; {header} has: {shown}",
            )
        bad = [
            one
            for one in words
            # What most rows are is sales, whatever its name.
            if counts[one] <= 0.8 * counts.total()
            and one not in back
            and not (
                any(form in meaning("returned") for form in forms(one))
                and _has_minus(one, values.values, table, headers, numbers)
            )
        ]
        if not bad and (words or len(counts) < 2):
            # Returns count with their minus; without its only value, no row is left.
            continue
        yield Finding(
            "filters",
            [{"column": header, "drop": bad or [counts.most_common()[-1][0]]}],
            f"leave out rows that are no sales; {header} has: {shown}",
            is_on=False,
        )


def is_total(value: str) -> bool:
    """Whether a value says that its row is a total of others, such as `Total:`."""
    return value.casefold().rstrip(" :=") in exact("total")


def is_return_document(header: str, value: str) -> bool:
    """Whether rows are documents of returns by a column that says what each row is.

    A sale that was refunded later, by a column of states, is none: its row is the sale.
    """
    return any(form in meaning("document") for form in forms(header)) and any(
        form in meaning("return_document") for form in forms(value)
    )


def _has_minus(
    status: str,
    values: Sequence[str],
    table: Table,
    headers: Mapping[str, str],
    numbers: Numbers,
) -> bool:
    """Whether most rows with a status have a minus."""
    places = [place for place, value in enumerate(values) if value == status]
    for column in ("quantity", "sales_amount"):
        if column in headers:
            found = values_of(table.column(headers[column]).values, numbers)
            negative = sum((found[place] or 0) < 0 for place in places)
            if negative * 2 > len(places):
                return True
    return False
