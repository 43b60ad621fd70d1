"""Purchases of one business as arrays of codes, the input of all recommendations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.errors import InputError
from retail_marts.frames import Schema
from retail_marts.row_oddities import is_service

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Bought:
    """Purchase days by customer and product, and by customer.

    Attributes
    ----------
    customer, product, day
        Distinct combinations with a purchase, sorted; known customers only.
    turn
        For each row the number of the customer's earlier purchase days.
    visitor, visit_day
        Distinct combinations of customer and purchase day, sorted.
    """

    customer: IntArray
    product: IntArray
    day: IntArray
    turn: IntArray
    visitor: IntArray
    visit_day: IntArray

    def where(self, rows: BoolArray, visits: BoolArray) -> Bought:
        """The chosen rows and visits, which must be each customer's earliest days.

        ``turn`` is kept, so later days may be left out but not earlier ones.
        """
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
    """The purchases of one business: one row per order and product.

    Attributes
    ----------
    product_ids, customer_ids
        Sorted; a code is a position in them.
    names
        For each product the code of its name. Products of one name are taken for one
        product with several ids; a product without a name has a code of its own.
    categories, sub_categories
        For each product the code of its group, -1 without a group.
    order, customer, product, day
        For each row the codes, and the day as days since 1970. The customer is -1 if
        unknown. Sorted by order.
    """

    product_ids: NDArray[np.object_]
    customer_ids: NDArray[np.object_]
    names: IntArray
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
        """The days of all orders, sorted."""
        return np.sort(self.day[np.diff(self.order, prepend=-1) != 0])

    @cached_property
    def bought(self) -> Bought:
        """Purchase days by customer, computed once."""
        known = self.customer >= 0
        day = self.day[known]
        first = int(day.min(initial=0))
        span = int(day.max(initial=0)) - first + 1
        size = max(len(self.product_ids), 1)
        # Sorting one number per row is many times faster than sorting three columns.
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
        """Purchases before a day, with the same codes."""
        rows = self.day < day
        earlier = replace(
            self,
            order=self.order[rows],
            customer=self.customer[rows],
            product=self.product[rows],
            day=self.day[rows],
        )
        # Fill the cached property, so that nothing is sorted again.
        vars(earlier)["bought"] = self.bought.where(
            self.bought.day < day, self.bought.visit_day < day
        )
        return earlier


@dataclass(frozen=True)
class Histories:
    """Purchase histories of some customers, each up to its own last day.

    Attributes
    ----------
    customers
        Codes of the customers.
    as_of_days
        For each customer the first day that is not in the history.
    row, product
        One entry per customer and product bought; ``row`` is the position of the
        customer in ``customers``.
    count, weight
        Number of days on which it was bought, and the same with recent days counting
        more (:data:`DAY_DECAY`).
    last_day
        Day on which it was last bought.
    in_last
        Whether it was bought on the customer's last purchase day.
    day_weight
        For each customer the weight of a product bought on every purchase day.
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
        """The histories of the customers at positions ``first`` to ``last`` - 1."""
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
        """Sparse matrix of customers x products with one value per entry."""
        return sparse.csr_matrix(
            (values, (self.row, self.product)),
            shape=(len(self.customers), product_count),
        )


#: Weight of a purchase day relative to the customer's next purchase day.
DAY_DECAY = 0.95


def distinct(values: IntArray) -> IntArray:
    """Distinct values, sorted; fast for values that are nearly in order."""
    ordered = np.sort(values, kind="stable")
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def check_columns(frame: pd.DataFrame, schema: Schema, *, name: str) -> None:
    """Raise an error when a frame lacks a column or has a null key."""
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"recommendations: {name} has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(schema)}.",
        )
    optional = {
        "customer_id",
        "product_name",
        "category",
        "sub_category",
        "amount_per_order",
    }
    for column in schema:
        if column not in optional and frame[column].isna().any():
            raise InputError(
                f"recommendations: {column} of {name} is null in some rows.",
                remedy=f"Leave out rows without {column}, or fill it in.",
            )


def without_services(
    purchases: pd.DataFrame, products: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The purchases and products of one business without services.

    Postage, discounts, bags and fees (:func:`~retail_marts.row_oddities.is_service`)
    are in orders, but nobody wants them to be recommended.
    """
    sold, places = np.unique(purchases["product_id"].astype(str), return_inverse=True)
    # A code such as M is told by the usual length of ids.
    lengths = np.array([len(product) for product in sold], dtype=np.int64)[places]
    usual_length = float(np.median(lengths)) if len(lengths) else 0.0
    described = ["product_name", "category", "sub_category"]
    names = {
        product: [_text(name) for name in texts]
        for product, *texts in products[["product_id", *described]].itertuples(
            index=False
        )
    }
    services = [
        product
        for product in {*sold, *names}
        for name, *sorts in [names.get(product, [None])]
        if is_service(product, name, sorts=sorts, usual_length=usual_length)
    ]
    if not services:
        return purchases, products
    return (
        purchases.loc[~purchases["product_id"].isin(services)],
        products.loc[~products["product_id"].isin(services)],
    )


def _text(name: object) -> str | None:
    return None if name is None or pd.isna(name) else str(name)  # type: ignore[call-overload]


def purchases_of_business(
    purchases: pd.DataFrame,
    *,
    products: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    as_of_date: pd.Timestamp | None = None,
) -> Purchases:
    """Turn the purchases of one business into codes.

    Parameters
    ----------
    purchases
        Rows of :data:`PURCHASES`, in any order. Rows after ``as_of_date`` are left out.
        If the rows of an order differ in customer or day, the smallest is used.
    products, customers
        Those of the business. Products and customers that only occur in the purchases
        are added.
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
        names=_name_codes(described["product_name"]),
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
    """Purchase histories of customers, each up to its own last day.

    Parameters
    ----------
    customers
        Codes of customers, without repetition.
    days
        For each customer the first day that is not in the history.
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
    # Number of later purchase days of the customer.
    ago = day_count[row] - 1 - turn
    is_first = np.ones(len(row), dtype=bool)
    is_first[1:] = (row[1:] != row[:-1]) | (product[1:] != product[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(row))[: len(firsts)] - 1
    # Powers are computed once per number of days, not once per row.
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
    # The added last element is for null, which has the code -1.
    places = np.append(index.get_indexer(pd.Index(different, dtype="object")), -1)
    return places[codes].astype("int64")


def _name_codes(names: pd.Series) -> IntArray:
    plain = names.astype("object").map(
        lambda name: " ".join(str(name).casefold().split()), na_action="ignore"
    )
    known = plain.where(plain != "")
    codes, different = pd.factorize(known)
    alone = len(different) + np.arange(len(codes))
    # Numbered again, so that each code is below the number of products.
    return np.unique(np.where(codes >= 0, codes, alone), return_inverse=True)[1]


def _group_codes(names: pd.Series) -> IntArray:
    codes, _ = pd.factorize(names.astype("object"), sort=True)
    return codes.astype("int64")
