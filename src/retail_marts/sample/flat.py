"""Flat sales lines of any size, as one Parquet file, for scale and for speed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.sample.files import stream
from retail_marts.sample.truth import (
    FLAT_MONTH_FACTORS,
    FLAT_RETURN_SHARE,
    FLAT_WEEKDAY_FACTORS,
    FLAT_YEARLY_GROWTH,
    FLAT_ZIPF_EXPONENT,
)

FIRST_DAY = date(2023, 1, 1)
LAST_DAY = date(2024, 12, 31)
ROW_GROUP_ROWS = 1_000_000
STORES_PER_BUSINESS = 4

_MEAN_LINES = 3.0
_CUSTOMER_SHAPE = 0.8
_BUNDLES = 8
_BUNDLE_CHANCE = 0.6
_AMOUNT_SCALE = 10_000
_QUANTITY_SHARES = (0.58, 0.22, 0.09, 0.05, 0.03, 0.03)
_CATEGORIES = ("Pantry", "Fresh", "Drinks", "Home", "Care")
_SUB_CATEGORIES_EACH = 4

_text = pa.dictionary(pa.int32(), pa.string())
# half the width of decimal128 in memory; the file says decimal(18, 4) either way
_AMOUNT = pa.decimal64(18, 4)
SCHEMA = pa.schema(
    [
        pa.field("business_id", _text, nullable=False),
        pa.field("order_id", pa.string(), nullable=False),
        pa.field("order_date", pa.date32(), nullable=False),
        pa.field("customer_id", _text, nullable=False),
        pa.field("product_id", _text, nullable=False),
        pa.field("product_name", _text, nullable=False),
        pa.field("category", _text, nullable=False),
        pa.field("sub_category", _text, nullable=False),
        pa.field("store_id", _text, nullable=False),
        pa.field("quantity", pa.int32(), nullable=False),
        pa.field("unit_price_amount", _AMOUNT, nullable=False),
        pa.field("sales_amount", _AMOUNT, nullable=False),
    ]
)


@dataclass(frozen=True, kw_only=True)
class _World:
    """What all row groups share; tables that turn a random integer into a draw."""

    seed: int
    day_edges: NDArray[np.float64]
    product_draws: NDArray[np.int32]
    partners: NDArray[np.int32]
    prices: NDArray[np.int64]
    customer_draws: NDArray[np.int32]
    customer_business: NDArray[np.int32]
    quantity_draws: NDArray[np.int32]
    business_names: pa.Array
    product_ids: pa.Array
    product_names: pa.Array
    categories: pa.Array
    sub_categories: pa.Array
    stores: pa.Array


def _numbered(
    prefix: str, numbers: NDArray[np.int64], *, digits: int
) -> NDArray[np.void]:
    """Return texts like ``C0000042`` without a Python loop over the numbers.

    Parameters
    ----------
    prefix
        ASCII text before the digits.
    numbers
        Values >= 0 below ten to the power of `digits`, shape (n,).
    digits
        Width, zeros in front.

    Returns
    -------
    numpy.ndarray
        One element of ``len(prefix) + digits`` ASCII bytes a number, shape (n,).
    """
    width = len(prefix) + digits
    letters = np.empty((len(numbers), width), dtype=np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    rest = numbers
    for place in range(width - 1, len(prefix) - 1, -1):
        following = rest // 10
        letters[:, place] = rest - following * 10 + ord("0")
        rest = following
    # numpy's own void, not its text: text would drop trailing zero bytes
    texts: NDArray[np.void] = letters.view(np.dtype((np.void, width))).ravel()
    return texts


def _strings(texts: NDArray[np.void]) -> pa.Array:
    """Return texts of one width as Arrow strings, without a copy."""
    width = texts.dtype.itemsize
    offsets = np.arange(len(texts) + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(offsets), pa.py_buffer(texts.view(np.uint8))
    )


def _draw_table(weights: NDArray[np.float64], *, size: int) -> NDArray[np.int32]:
    """Return a table in which each index occurs in proportion to its weight.

    A random position in it is a weighted draw at the cost of one lookup. A weight below
    one place of the table may get none: the table must be large for its indices.
    """
    edges = np.round(np.cumsum(weights) / weights.sum() * size).astype(np.int64)
    counts = np.diff(np.concatenate(([0], edges)))
    return np.repeat(np.arange(len(weights), dtype=np.int32), counts)


def _decimals(values: NDArray[np.int64]) -> pa.Array:
    """Return ten-thousandths as decimals of 18 digits, without a copy."""
    return pa.Array.from_buffers(_AMOUNT, len(values), [None, pa.py_buffer(values)])


def flat_bundles(*, products: int) -> tuple[tuple[str, str], ...]:
    """Return the planted pairs of product ids, the one that draws the other first.

    Parameters
    ----------
    products
        Number of products; below 40 there are fewer pairs or none.
    """
    count = min(_BUNDLES, products // 5)
    return tuple(
        (f"P{2 * rank + 4:06d}", f"P{products - rank:06d}")
        for rank in range(count)
        if 2 * rank + 4 < products - rank
    )


def _day_edges() -> NDArray[np.float64]:
    """Return the cumulated share of sales at the end of each day, shape (days,)."""
    count = (LAST_DAY - FIRST_DAY).days + 1
    days = [FIRST_DAY + timedelta(days=offset) for offset in range(count)]
    weights = np.array(
        [
            FLAT_WEEKDAY_FACTORS[day.weekday()]
            * FLAT_MONTH_FACTORS[day.month - 1]
            * (1.0 + FLAT_YEARLY_GROWTH) ** (offset / 365.25)
            for offset, day in enumerate(days)
        ]
    )
    edges: NDArray[np.float64] = np.cumsum(weights) / weights.sum()
    edges[-1] = 1.0
    return edges


def _world(*, businesses: int, products: int, customers: int, seed: int) -> _World:
    """Draw what all row groups share."""
    rng = stream(seed=seed, part="flat.world")
    ranks = np.arange(1, products + 1, dtype=np.float64)
    partners = np.full(products, -1, dtype=np.int32)
    for antecedent, consequent in flat_bundles(products=products):
        partners[int(antecedent[1:]) - 1] = int(consequent[1:]) - 1
    # each product's price in cents, as amounts of four decimals
    prices = np.round(np.exp(rng.normal(5.9, 0.8, products))).astype(np.int64) + 20
    sub_count = len(_CATEGORIES) * _SUB_CATEGORIES_EACH
    product_sub = rng.integers(0, sub_count, products)
    sub_names = np.array(
        [
            f"{name} {number + 1}"
            for name in _CATEGORIES
            for number in range(_SUB_CATEGORIES_EACH)
        ]
    )
    category_of_sub = np.array(_CATEGORIES).repeat(_SUB_CATEGORIES_EACH)
    numbers = np.arange(1, products + 1)
    # every business has a customer; the others go to businesses of uneven size
    sizes = rng.gamma(1.0, 1.0, businesses)
    owned = rng.multinomial(customers - businesses, sizes / sizes.sum()) + 1
    stores = np.arange(1, businesses * STORES_PER_BUSINESS + 1)
    business_digits = max(4, len(str(businesses)))
    return _World(
        seed=seed,
        day_edges=_day_edges(),
        product_draws=_draw_table(
            ranks**-FLAT_ZIPF_EXPONENT, size=max(2**20, 64 * products)
        ),
        partners=partners,
        prices=prices * (_AMOUNT_SCALE // 100),
        customer_draws=_draw_table(
            rng.gamma(_CUSTOMER_SHAPE, 1.0, customers) + 0.02,
            size=max(2**18, 8 * customers),
        ),
        customer_business=np.arange(businesses, dtype=np.int32).repeat(owned),
        quantity_draws=_draw_table(np.array(_QUANTITY_SHARES), size=2**12)
        + np.int32(1),
        business_names=_strings(
            _numbered("business_", np.arange(1, businesses + 1), digits=business_digits)
        ),
        product_ids=_strings(_numbered("P", numbers, digits=6)),
        product_names=_strings(_numbered("Product ", numbers, digits=6)),
        categories=pa.array(category_of_sub[product_sub]).dictionary_encode(),
        sub_categories=pa.array(sub_names[product_sub]).dictionary_encode(),
        stores=_strings(_numbered("S", stores, digits=max(5, len(str(len(stores)))))),
    )


def _lines_of_orders(*, rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the number of lines of each order, of sum `rows` exactly."""
    draws = 1 + rng.poisson(_MEAN_LINES - 1.0, int(rows / _MEAN_LINES * 1.05) + 50)
    ends = np.cumsum(draws)
    while ends[-1] < rows:
        draws = np.concatenate((draws, draws))
        ends = np.cumsum(draws)
    orders = int(np.searchsorted(ends, rows, side="left")) + 1
    lines = draws[:orders].astype(np.int64)
    # the last order gives up what is beyond the row group
    lines[-1] -= ends[orders - 1] - rows
    return lines


class _Orders(NamedTuple):
    """The orders of a row group, each array of shape (orders,)."""

    lines: NDArray[np.int64]
    days: NDArray[np.int32]
    customers: NDArray[np.int32]
    business: NDArray[np.int32]
    stores: NDArray[np.int32]


def _orders(
    world: _World, *, rows: int, span: tuple[float, float], rng: np.random.Generator
) -> _Orders:
    """Draw the orders of a row group, by date; days count from 1970-01-01."""
    lines = _lines_of_orders(rows=rows, rng=rng)
    count = len(lines)
    # one evenly spread point of time per order, jittered within its own place: sorted
    points = (np.arange(count) + rng.random(count)) / count
    shares = span[0] + points * (span[1] - span[0])
    days = np.searchsorted(world.day_edges, shares, side="left")
    days = np.minimum(days, len(world.day_edges) - 1)
    epoch_day = (FIRST_DAY - date(1970, 1, 1)).days
    customers = world.customer_draws[
        rng.integers(0, len(world.customer_draws), count, dtype=np.int32)
    ]
    business = world.customer_business[customers]
    # three of four orders are in the customer's own store
    away = rng.integers(0, 4 * STORES_PER_BUSINESS, count, dtype=np.int32)
    home = customers % STORES_PER_BUSINESS
    local = np.where(away < STORES_PER_BUSINESS, away, home)
    stores = (business * STORES_PER_BUSINESS + local).astype(np.int32)
    return _Orders(
        lines, (days + epoch_day).astype(np.int32), customers, business, stores
    )


def _products_and_quantities(
    world: _World, order_of_row: NDArray[np.int32], *, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw what each row sells, bundles and returns included."""
    rows = len(order_of_row)
    products = world.product_draws[
        rng.integers(0, len(world.product_draws), rows, dtype=np.int32)
    ]
    partner = world.partners[products[:-1]]
    drawn = np.flatnonzero((partner >= 0) & (order_of_row[:-1] == order_of_row[1:]))
    drawn = drawn[rng.random(len(drawn)) < _BUNDLE_CHANCE]
    products[drawn + 1] = partner[drawn]
    quantities = world.quantity_draws[
        rng.integers(0, len(world.quantity_draws), rows, dtype=np.int32)
    ]
    returned = rng.integers(0, rows, round(rows * FLAT_RETURN_SHARE))
    # assignment, not a change of sign in place: a row drawn twice stays a return
    quantities[returned] = -np.abs(quantities[returned])
    return products, quantities


def _row_group(
    *,
    world: _World,
    position: int,
    rows: int,
    first_order: int,
    span: tuple[float, float],
) -> tuple[pa.Table, int]:
    """Draw one row group.

    Parameters
    ----------
    world
        What all row groups share.
    position
        Which row group it is; it selects the random stream.
    rows
        Exact number of rows.
    first_order
        Number of its first order.
    span
        The part of all sales, in order of time, that the row group holds.

    Returns
    -------
    tuple
        The rows by date, and the number of their orders.
    """
    rng = stream(seed=world.seed, part=f"flat.rows.{position}")
    orders = _orders(world, rows=rows, span=span, rng=rng)
    count = len(orders.lines)
    order_of_row = np.arange(count, dtype=np.int32).repeat(orders.lines)
    products, quantities = _products_and_quantities(world, order_of_row, rng=rng)
    unit_prices = world.prices[products]
    # a row group names the customers it has, not all there are
    known = np.zeros(len(world.customer_business), dtype=np.bool_)
    known[orders.customers] = True
    present = np.flatnonzero(known)
    places = np.empty(len(known), dtype=np.int32)
    places[present] = np.arange(len(present), dtype=np.int32)

    def at_rows(values: NDArray[np.int32], names: pa.Array) -> pa.Array:
        return pa.DictionaryArray.from_arrays(values[order_of_row], names)

    def of_products(values: pa.Array) -> pa.Array:
        codes = values.indices.to_numpy()[products]
        return pa.DictionaryArray.from_arrays(codes, values.dictionary)

    order_ids = _numbered("O", np.arange(first_order, first_order + count), digits=10)
    customer_ids = _strings(_numbered("C", present + 1, digits=8))
    table = pa.Table.from_arrays(
        [
            at_rows(orders.business, world.business_names),
            _strings(order_ids[order_of_row]),
            pa.array(orders.days[order_of_row], type=pa.date32()),
            at_rows(places[orders.customers], customer_ids),
            pa.DictionaryArray.from_arrays(products, world.product_ids),
            pa.DictionaryArray.from_arrays(products, world.product_names),
            of_products(world.categories),
            of_products(world.sub_categories),
            at_rows(orders.stores, world.stores),
            pa.array(quantities),
            _decimals(unit_prices),
            _decimals(unit_prices * quantities),
        ],
        schema=SCHEMA,
    )
    return table, count


def write_flat_sales(
    out: Path,
    *,
    rows: int,
    businesses: int = 1,
    products: int = 1000,
    customers: int | None = None,
    seed: int = 20240101,
) -> None:
    """Write a Parquet file of flat sales lines.

    Memory stays bounded by one row group and by the number of customers; rows are in
    order of time, and an order has one date, customer, store and business.

    Parameters
    ----------
    out
        The file to write; its folder is created if necessary.
    rows
        Exact number of rows, 1 or more.
    businesses
        Number of businesses, 1 or more; a customer belongs to one.
    products
        Number of products, 1 or more; their sales fall off by Zipf's law.
    customers
        Number of customers, at least one per business; None takes one for every 40
        rows and at least 50 per business. How often each buys follows a gamma
        distribution.
    seed
        Selects the random streams; the same arguments give the same bytes.

    Raises
    ------
    InputError
        If a number is too small.
    """
    if customers is None:
        customers = max(50 * businesses, rows // 40)
    for name, value, least in (
        ("rows", rows, 1),
        ("businesses", businesses, 1),
        ("products", products, 1),
        ("customers", customers, businesses),
    ):
        if value < least:
            raise InputError(f"{name} is {value}.", remedy=f"Give {least} or more.")
    world = _world(
        businesses=businesses, products=products, customers=customers, seed=seed
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    first_order = 1
    # order ids and amounts are all different: a dictionary of them only costs time
    coded = [field.name for field in SCHEMA if pa.types.is_dictionary(field.type)]
    with pq.ParquetWriter(
        out,
        SCHEMA,
        compression="zstd",
        compression_level=1,
        use_dictionary=[*coded, "order_date", "unit_price_amount", "quantity"],
        store_decimal_as_integer=True,
        # readers get plain columns; dictionaries are only how they are stored
        store_schema=False,
    ) as writer:
        for position, start in enumerate(range(0, rows, ROW_GROUP_ROWS)):
            size = min(ROW_GROUP_ROWS, rows - start)
            table, orders = _row_group(
                world=world,
                position=position,
                rows=size,
                first_order=first_order,
                span=(start / rows, (start + size) / rows),
            )
            first_order += orders
            writer.write_table(table, row_group_size=size)
