"""What was bought by whom and when, as numbers: the ground of all recommendations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.errors import InputError
from retail_marts.frames import Schema

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Bought:
    """Who bought what on which days, and on which of his buying days in turn.

    Attributes
    ----------
    customer, product, day
        Each known customer, product and day on which he bought it, sorted by these.
    turn
        For each row how many buying days of the customer came before its day.
    visitor, visit_day
        Each known customer and day on which he bought anything, sorted by these.
    """

    customer: IntArray
    product: IntArray
    day: IntArray
    turn: IntArray
    visitor: IntArray
    visit_day: IntArray

    def where(self, rows: BoolArray, visits: BoolArray) -> Bought:
        """The first buying days of each customer, none or all; ``turn`` stays."""
        return Bought(
            customer=self.customer[rows],
            product=self.product[rows],
            day=self.day[rows],
            turn=self.turn[rows],
            visitor=self.visitor[visits],
            visit_day=self.visit_day[visits],
        )


@dataclass(frozen=True)
class Purchases:
    """The purchases of one business: one row an order and product.

    Attributes
    ----------
    product_ids, customer_ids
        Sorted; a code is a position in them.
    categories, sub_categories
        For each product the code of its group, -1 where it has none.
    order, customer, product, day
        For each row the codes and the days since 1970; customer is -1 where unknown.
        Sorted by order.
    """

    product_ids: NDArray[np.object_]
    customer_ids: NDArray[np.object_]
    categories: IntArray
    sub_categories: IntArray
    order: IntArray
    customer: IntArray
    product: IntArray
    day: IntArray

    @property
    def order_count(self) -> int:
        """Number of different orders."""
        return int(np.count_nonzero(np.diff(self.order, prepend=-1)))

    def order_days(self) -> IntArray:
        """The days of the orders, sorted."""
        return np.sort(self.day[np.diff(self.order, prepend=-1) != 0])

    @cached_property
    def bought(self) -> Bought:
        """The purchases by customer, sorted once for all days that anything ends at."""
        known = self.customer >= 0
        day = self.day[known]
        first = int(day.min(initial=0))
        span = int(day.max(initial=0)) - first + 1
        size = max(len(self.product_ids), 1)
        # One number a row sorts many times faster than three columns.
        keys = distinct(
            (self.customer[known] * size + self.product[known]) * span + (day - first)
        )
        pair, day = keys // span, keys % span
        customer, product = pair // size, pair % size
        visits = distinct(customer * span + day)
        visitor = visits // span
        begins = np.searchsorted(visitor, np.arange(len(self.customer_ids) + 1))
        return Bought(
            customer=customer,
            product=product,
            day=day + first,
            turn=np.searchsorted(visits, customer * span + day) - begins[customer],
            visitor=visitor,
            visit_day=visits % span + first,
        )

    def before(self, day: int) -> Purchases:
        """What was bought before a day, with the same codes."""
        rows = self.day < day
        earlier = replace(
            self,
            order=self.order[rows],
            customer=self.customer[rows],
            product=self.product[rows],
            day=self.day[rows],
        )
        # Nothing is sorted anew.
        vars(earlier)["bought"] = self.bought.where(
            self.bought.day < day, self.bought.visit_day < day
        )
        return earlier


@dataclass(frozen=True)
class Histories:
    """What some customers bought before a day of their own.

    Attributes
    ----------
    customers
        Codes of the customers; the others number their rows in these.
    as_of_days
        The day before which each history ends.
    row, product
        One entry a customer and product that he bought.
    count, weight
        Days on which it was bought; the same with later days counting more.
    last_day
        Day on which it was last bought.
    in_last
        Whether it was bought on the customer's last day.
    day_weight
        For each customer the greatest weight that a product could have.
    """

    customers: IntArray
    as_of_days: IntArray
    row: IntArray
    product: IntArray
    count: IntArray
    weight: FloatArray
    last_day: IntArray
    in_last: BoolArray
    day_weight: FloatArray

    def take(self, first: int, last: int) -> Histories:
        """The histories of the customers from a position up to another."""
        begin, end = np.searchsorted(self.row, [first, last])
        part = slice(int(begin), int(end))
        return Histories(
            customers=self.customers[first:last],
            as_of_days=self.as_of_days[first:last],
            row=self.row[part] - first,
            product=self.product[part],
            count=self.count[part],
            weight=self.weight[part],
            last_day=self.last_day[part],
            in_last=self.in_last[part],
            day_weight=self.day_weight[first:last],
        )

    def matrix(self, values: FloatArray, product_count: int) -> sparse.csr_matrix:
        """Customers x products with one value an entry."""
        return sparse.csr_matrix(
            (values, (self.row, self.product)),
            shape=(len(self.customers), product_count),
        )


#: Each day on which a customer buys counts this much less than the next one.
DAY_DECAY = 0.95


def distinct(values: IntArray) -> IntArray:
    """The different values, sorted; by sorting, which numbers in order make cheap."""
    ordered = np.sort(values, kind="stable")
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def check_columns(frame: pd.DataFrame, schema: Schema, *, name: str) -> None:
    """Stop with one message when a frame lacks a column or holds an empty key."""
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"recommendations: {name} has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(schema)}.",
        )
    optional = {"customer_id", "category", "sub_category"}
    for column in schema:
        if column not in optional and frame[column].isna().any():
            raise InputError(
                f"recommendations: {column} of {name} is null in some rows.",
                remedy="Leave these rows out.",
            )


def purchases_of_business(
    purchases: pd.DataFrame,
    *,
    products: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    as_of_date: pd.Timestamp | None = None,
) -> Purchases:
    """Number the purchases of one business.

    Parameters
    ----------
    purchases
        Rows of :data:`PURCHASES`, in any order; what lies after ``as_of_date`` is left
        out. Where the rows of an order differ in customer or day, the smallest counts.
    products, customers
        Those of the business; who or what is in the purchases alone is added.
    """
    rows = purchases.drop(columns="business_id", errors="ignore")
    if as_of_date is not None:
        rows = rows.loc[rows["order_date"] <= as_of_date]
    described = products.drop_duplicates("product_id").set_index("product_id")
    product_ids = _sorted_ids(described.index, rows["product_id"])
    named = rows["customer_id"]
    customer_ids = _sorted_ids(
        named if customers is None else customers["customer_id"], named
    )
    order, order_ids = pd.factorize(rows["order_id"])
    customer = _codes(rows["customer_id"], customer_ids)
    product = _codes(rows["product_id"], product_ids)
    day = rows["order_date"].to_numpy("datetime64[D]").astype("int64")
    nobody = len(customer_ids)
    whose = np.full(len(order_ids), nobody)
    np.minimum.at(whose, order, np.where(customer >= 0, customer, nobody))
    when = np.full(len(order_ids), np.iinfo(np.int64).max)
    np.minimum.at(when, order, day)
    size = max(len(product_ids), 1)
    keys = distinct(order * size + product)
    order, product = keys // size, keys % size
    described = described.reindex(product_ids)
    return Purchases(
        product_ids=product_ids,
        customer_ids=customer_ids,
        categories=_group_codes(described["category"]),
        sub_categories=_group_codes(described["sub_category"]),
        order=order,
        customer=np.where(whose < nobody, whose, -1)[order],
        product=product,
        day=when[order],
    )


def histories_before(
    purchases: Purchases, *, customers: IntArray, days: IntArray
) -> Histories:
    """What customers bought before a day of their own.

    Parameters
    ----------
    customers
        Codes of different customers.
    days
        For each the day on which the history ends, itself not included.
    """
    ends = np.full(len(purchases.customer_ids), np.iinfo(np.int64).min)
    ends[customers] = days
    place = np.zeros(len(purchases.customer_ids), dtype=np.int64)
    place[customers] = np.arange(len(customers))
    every = purchases.bought
    bought = every.where(
        every.day < ends[every.customer], every.visit_day < ends[every.visitor]
    )
    row, product = place[bought.customer], bought.product
    day, turn = bought.day, bought.turn
    if (np.diff(customers) < 0).any():
        by_row = np.argsort(row, kind="stable")
        row, product, day, turn = (one[by_row] for one in (row, product, day, turn))
    day_count = np.bincount(place[bought.visitor], minlength=len(customers))
    # How many buying days of the customer came later.
    ago = day_count[row] - 1 - turn
    is_first = np.ones(len(row), dtype=bool)
    is_first[1:] = (row[1:] != row[:-1]) | (product[1:] != product[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(row))[: len(firsts)] - 1
    # A power a day, not one a row.
    powers = DAY_DECAY ** np.arange(int(day_count.max(initial=0)) + 1)
    weight = np.asarray(powers[ago], dtype=np.float64)
    return Histories(
        customers=np.asarray(customers, dtype=np.int64),
        as_of_days=np.asarray(days, dtype=np.int64),
        row=row[lasts],
        product=product[lasts],
        count=lasts - firsts + 1,
        weight=np.add.reduceat(weight, firsts) if len(firsts) else weight,
        last_day=day[lasts],
        in_last=ago[lasts] == 0,
        day_weight=np.asarray((1 - powers[day_count]) / (1 - DAY_DECAY)),
    )


def _sorted_ids(*parts: object) -> NDArray[np.object_]:
    different = [pd.Series(pd.Series(part).unique(), dtype="object") for part in parts]
    found = sorted({str(one) for one in pd.concat(different).dropna()})
    return np.array(found, dtype=object)


def _codes(ids: pd.Series, known: NDArray[np.object_]) -> IntArray:
    codes, different = pd.factorize(ids)
    index = pd.Index(known, dtype="object")
    # One place more, for null has the code -1.
    places = np.append(index.get_indexer(pd.Index(different, dtype="object")), -1)
    return places[codes].astype("int64")


def _group_codes(names: pd.Series) -> IntArray:
    codes, _ = pd.factorize(names.astype("object"), sort=True)
    return codes.astype("int64")
