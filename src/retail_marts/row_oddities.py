"""Odd things in the rows of an entry, which are right for the machine alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import duckdb

from retail_marts.mapper.rules import (
    A_FIFTH,
    SHORTENED,
    SHORTENED_REMEDY,
    has_unlike_names,
    prefixes_of_returns,
)
from retail_marts.mapper.words import content, folded, listed, meaning
from retail_marts.settings.lines import ORDER_AMOUNTS
from retail_marts.settings.mapped import MappedSource

Connection = duckdb.DuckDBPyConnection
_ACCEPTED = "from lines where mapped_source = ? and rejection_reason is null"
_SHOWN = 5
#: A product with more than this share of all units is looked at.
_HALF = 0.5
#: Where amounts are equal in this share of orders, they may be totals of orders.
_EQUAL = 0.9
#: With fewer products or customers, one of them may well be most of a shop.
_MANY = 10
#: A product in another unit, such as grams among pieces, has so many times the usual
#: units in a line, and its unit costs the usual price divided by this.
_OTHER_UNIT = 20
#: Products in other units are told if they are more than this share of all units.
_MANY_UNITS = 0.1
#: So many days without sales in a row are looked at, in a shop that sells daily.
_DAYS = 7


def oddities_of(connection: Connection, source: MappedSource) -> list[str]:
    """What to look at in the accepted rows of an entry.

    Parameters
    ----------
    connection
        A database with the table ``lines``.
    source
        The entry.
    """
    return [text for find in _FINDERS for text in find(connection, source)]


def _heavy_customers(connection: Connection, source: MappedSource) -> Iterator[str]:
    ((customers, orders),) = connection.execute(
        f"select count(distinct customer_id), count(distinct order_id) {_ACCEPTED}",
        [source.name],
    ).fetchall()
    for customer, number in connection.execute(
        f"select customer_id, count(distinct order_id) {_ACCEPTED}"
        " and customer_id is not null group by all order by 2 desc, 1 limit 3",
        [source.name],
    ).fetchall():
        if customers >= _MANY and number > A_FIFTH * orders:
            share = f"is on {number / orders:.0%} of all orders"
            if "customer_id" not in source.files["sales_lines"].columns:
                # The id is a hash, which no build has.
                yield f"one customer, known by a name or an e-mail address, {share}."
                continue
            yield (
                f"the customer id {customer} {share}. If it stands for unknown "
                "customers, add it to anonymous_customer_ids."
            )


def _shared_orders(connection: Connection, source: MappedSource) -> Iterator[str]:
    shared = connection.execute(
        f"select order_id {_ACCEPTED} and customer_id is not null"
        " group by all having count(distinct customer_id) > 1 order by 1",
        [source.name],
    ).fetchall()
    if shared:
        examples = ", ".join(str(order) for (order,) in shared[:3])
        yield (
            f"{_number(len(shared), 'order has', 'orders have')} several customers "
            f"(such as {examples}). If ids are used again, set order_key."
        )


def _order_totals(connection: Connection, source: MappedSource) -> Iterator[str]:
    if "sales_amount" not in source.files["sales_lines"].columns:
        return
    ((orders, equal, amounts),) = connection.execute(
        "select count(*), count(*) filter (lowest = highest),"
        " count(distinct lowest) from ("
        "select min(sales_amount) as lowest, max(sales_amount) as highest"
        f" {_ACCEPTED} and sales_amount <> 0 and order_id is not null"
        " group by order_id having count(distinct product_id) > 1)",
        [source.name],
    ).fetchall()
    if orders >= _MANY and equal >= _EQUAL * orders and amounts > 2:
        yield (
            f"sales_amount is equal on all lines of {equal / orders:.0%} of the orders "
            "with several products. If it is the total of the order, it counts once "
            "for each line: map unit_price_amount and quantity instead."
        )


def _repeated_amounts(connection: Connection, source: MappedSource) -> Iterator[str]:
    for column in ORDER_AMOUNTS:
        is_mapped = column in source.files["sales_lines"].columns
        if not is_mapped or column in source.rules["order_amounts"]:
            continue
        ((orders, equal, amounts),) = connection.execute(
            "select count(*), count(*) filter (lowest = highest),"
            " count(distinct lowest) from ("
            f"select min({column}) as lowest, max({column}) as highest"
            f" {_ACCEPTED} and order_id is not null group by order_id"
            f" having count(*) > 1 and bool_and(coalesce({column}, 0) <> 0))",
            [source.name],
        ).fetchall()
        # Lines often have one rate of shipping, but seldom one discount or tax.
        differ = amounts > 2 or column == "shipping_cost_amount"
        if orders >= _MANY and equal >= _EQUAL * orders and differ:
            yield (
                f"{column} is equal on all lines of {equal / orders:.0%} of the orders "
                "with several lines. If it is that of the whole order, it counts once "
                f"for each line: add it to order_amounts: [{column}]."
            )


def _unlike_products(connection: Connection, source: MappedSource) -> Iterator[str]:
    names: dict[str, set[str]] = defaultdict(set)
    sales: dict[str, float] = defaultdict(float)
    total = 0.0
    for product, name, rows, amount in connection.execute(
        # Returns and write-offs often have their reason in the place of the name.
        "select product_id, product_name,"
        " count(*) filter (sales_amount > 0 and quantity is distinct from 0),"
        f" sum(sales_amount) {_ACCEPTED} and product_id is not null group by all",
        [source.name],
    ).fetchall():
        total += float(amount)
        sales[product] += float(amount)
        if name and rows:
            names[product].add(name)
    unlike = sorted(one for one, found in names.items() if has_unlike_names(found))
    if unlike:
        share = sum(sales[one] for one in unlike) / total if total else 0
        yield (
            f"{_number(len(unlike), 'product id has', 'product ids have')} several "
            f"unlike names, with {share:.1%} of sales (such as {unlike[0]}). If they "
            "are different products, set product_key: [product_id, product_name]."
        )


def products_in_other_units(lines: str) -> str:
    """A query for the products that seem to be counted in another unit than the others.

    It gives ``product_id``, ``units``, ``unit_share``, ``sales_share``, ``price`` and
    ``usual_price``, most units first.

    Parameters
    ----------
    lines
        What follows ``from``: the sales lines of one business, with their conditions.
    """
    return f"""
        with products as (
            select product_id, count(*) as line_count,
                sum(abs(cast(quantity as double))) as units,
                sum(cast(sales_amount as double)) as sales
            from {lines} and product_id is not null and quantity <> 0
            group by product_id
        ),
        compared as (
            select product_id, units, units / sum(units) over () as unit_share,
                sales / sum(sales) over () as sales_share, sales / units as price,
                median(sales / units) over () as usual_price,
                units / line_count > {_OTHER_UNIT} * median(units / line_count) over ()
                    and {_OTHER_UNIT} * sales / units < median(sales / units) over ()
                    and sales > 0 and count(*) over () >= {_MANY} as is_other
            from products
        )
        select * exclude is_other from compared where is_other
        qualify sum(unit_share) over () > {_MANY_UNITS} order by units desc, product_id
    """


def _other_units(connection: Connection, source: MappedSource) -> Iterator[str]:
    found = connection.execute(
        products_in_other_units(_ACCEPTED.removeprefix("from ")), [source.name]
    ).fetchall()
    if not found:
        yield from _dominant_product(connection, source)
        return
    product, _, _, _, price, usual = found[0]
    units, sales = (sum(row[place] for row in found) for place in (2, 3))
    which = (
        f"the product {product} has"
        if len(found) == 1
        else f"{len(found):,} products (such as {product}) have"
    )
    yield (
        f"{which} {units:.0%} of all units, but {sales:.1%} of sales: one unit costs "
        f"{price:,.4f}, and {usual:,.2f} is usual. If the unit is another one, such as "
        "grams, sums of units mean little: read the lines from a `model` that divides "
        "these quantities, or leave them out with filters."
    )


def _dominant_product(connection: Connection, source: MappedSource) -> Iterator[str]:
    found = connection.execute(
        "select product_id, sum(abs(quantity)), sum(sum(abs(quantity))) over (),"
        f" count(*) over () {_ACCEPTED} and product_id is not null"
        " group by all order by 2 desc nulls last limit 1",
        [source.name],
    ).fetchall()
    for product, units, total, products in found:
        if products >= _MANY and units and units > _HALF * float(total):
            yield (
                f"the product {product} has {float(units / total):.0%} of all units. "
                "Is it counted in another unit, such as grams or bags?"
            )


def _services(connection: Connection, source: MappedSource) -> Iterator[str]:
    found = []
    ((length,),) = connection.execute(
        f"select median(length(product_id)) {_ACCEPTED}", [source.name]
    ).fetchall()
    for product, name, *sorts, rows, amount in connection.execute(
        "select product_id, mode(product_name), mode(category), mode(sub_category),"
        f" count(*), sum(sales_amount) {_ACCEPTED} and product_id is not null"
        " group by product_id",
        [source.name],
    ).fetchall():
        if is_service(str(product), name, sorts=sorts, usual_length=length or 0):
            said = name or sorts[1] or sorts[0]
            label = product if said in (None, product) else f"{product} {said}"
            found.append((rows, str(label), amount))
    if found:
        found.sort(reverse=True)
        shown = "; ".join(
            f"{label} ({rows:,} rows, {amount:,.2f})"
            for rows, label, amount in found[:_SHOWN]
        )
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield (
            f"products that are services, fees or notes rather than goods: {shown}"
            f"{more}. Leave them out with filters, or of baskets with "
            "basket_excluded_products."
        )


def is_service(
    product: str,
    name: str | None,
    *,
    usual_length: float,
    sorts: Sequence[str | None] = (),
) -> bool:
    """Whether a product is postage, a discount, a bag, a fee or a note of the till.

    A code such as M or C2 counts where ids are usually longer. Of its categories
    (``sorts``), only those without goods count, such as bottle deposits.
    """
    if any(folded(sort) in meaning("service_sorts") for sort in sorts if sort):
        return True
    is_code = folded(product) in meaning("service_codes") and (
        len(product) > 2 or usual_length >= 4
    )
    return is_code or folded(name or product) in meaning("service")


def _totals(connection: Connection, source: MappedSource) -> Iterator[str]:
    """Rows of totals between the other rows, whose amounts count twice."""
    words = [one.lower() for one in listed(content()["total"])]
    columns = ("source_order_id", "product_id", "product_name", "store_id")
    # A word, with other signs behind it: Total:, TOTAL 2024-01.
    is_total = " or ".join(
        f"regexp_replace(lower({column}), '[^\\pL]+$', '') in (select unnest(?))"
        for column in columns
    )
    for rows, amount, file, row in connection.execute(
        "select count(*), sum(sales_amount),"
        " min_by(source_file, (source_file, source_row_number)),"
        " min_by(source_row_number, (source_file, source_row_number))"
        f" {_ACCEPTED} and ({is_total})",
        [source.name, *([words] * len(columns))],
    ).fetchall():
        if rows:
            yield (
                f"{_number(rows, 'row looks', 'rows look')} like a line of totals "
                f"(sales {amount:,.2f}; first in {file}, row {row:,}) and "
                f"{'counts' if rows == 1 else 'count'} as sales. Leave "
                f"{'it' if rows == 1 else 'them'} out with filters, or with "
                "footer_lines at the end of the file."
            )


def _return_prefixes(connection: Connection, source: MappedSource) -> Iterator[str]:
    if source.rules["return_order_prefix"]:
        return
    orders = Counter(
        dict(
            connection.execute(
                "select regexp_extract(source_order_id, '^(\\pL+)[-_#/ ]?[0-9]', 1),"
                f" count(distinct source_order_id) {_ACCEPTED} and sales_amount > 0"
                " and source_order_id is not null group by 1",
                [source.name],
            ).fetchall()
        )
    )
    for prefix, number in prefixes_of_returns(orders).items():
        yield (
            f"{_number(number, 'order begins', 'orders begin')} with {prefix}, without "
            "a minus. If these are returns or cancellations, set "
            f"return_order_prefix: {prefix}."
        )


def _shortened_ids(connection: Connection, source: MappedSource) -> Iterator[str]:
    for column in ("source_order_id", "customer_id", "product_id", "store_id"):
        ((rows, example),) = connection.execute(
            f"select count(*), min({column}) {_ACCEPTED}"
            f" and regexp_full_match({column}, ?)",
            [source.name, SHORTENED],
        ).fetchall()
        if rows:
            name = column.removeprefix("source_")
            have = _number(rows, "row has", "rows have")
            yield f"{have} the {name} {example} or alike. {SHORTENED_REMEDY}."


def _gaps(connection: Connection, source: MappedSource) -> Iterator[str]:
    days = connection.execute(
        f"select distinct order_date {_ACCEPTED} order by 1", [source.name]
    ).fetchall()
    every = [day for (day,) in days]
    gaps = sorted(
        ((later - day).days - 1, day, later) for day, later in pairwise(every)
    )
    if len(gaps) < _MANY:
        return
    usual = gaps[len(gaps) // 2][0]
    for length, day, later in reversed(gaps[-2:]):
        if length >= max(_DAYS, 10 * usual):
            yield f"no sales on {length:,} days in a row, between {day} and {later}."


def _warnings(connection: Connection, source: MappedSource) -> Iterator[str]:
    for text, rows in connection.execute(
        f"select warning, count(*) {_ACCEPTED} and warning is not null"
        " group by all order by 2 desc, 1 limit 3",
        [source.name],
    ).fetchall():
        yield f"{_number(rows, 'row is', 'rows are')} accepted with a warning: {text}."


def _missing_columns(connection: Connection, source: MappedSource) -> Iterator[str]:
    noted = connection.execute(
        "select count(*) from information_schema.columns where table_schema = 'raw'"
        " and table_name = 'landed_files' and column_name = 'missing_columns'"
    ).fetchall()[0][0]
    if not noted:
        return
    by_columns: dict[str, list[str]] = defaultdict(list)
    for file, missing in connection.execute(
        "select source_file, missing_columns from raw.landed_files"
        " where source_table like '% of ' || ? and missing_columns is not null"
        " order by 1",
        [source.name],
    ).fetchall():
        by_columns[missing].append(file)
    for missing, files in by_columns.items():
        more = f" and {len(files) - _SHOWN} more files" if len(files) > _SHOWN else ""
        yield (
            f"optional columns that files lack: {missing} in "
            f"{', '.join(files[:_SHOWN])}{more}. A misspelt header looks the same."
        )


_FINDERS: tuple[Callable[[Connection, MappedSource], Iterator[Any]], ...] = (
    _heavy_customers,
    _shared_orders,
    _order_totals,
    _repeated_amounts,
    _unlike_products,
    _other_units,
    _services,
    _totals,
    _return_prefixes,
    _shortened_ids,
    _gaps,
    _missing_columns,
    _warnings,
)


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
