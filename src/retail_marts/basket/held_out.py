"""Held-out last orders, and scores of recommendation lists against them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from retail_marts.basket.pairs import values_at
from retail_marts.basket.purchases import (
    Histories,
    IntArray,
    Purchases,
    histories_before,
)
from retail_marts.basket.recommender import Picks

#: Length of the lists that are scored.
LIST_LENGTH = 10


@dataclass(frozen=True)
class HeldOut:
    """Held-out orders of customers, and their earlier purchases.

    Attributes
    ----------
    histories
        Purchases before the day of the held-out order.
    row, product
        Products of the held-out orders; ``row`` is the customer's position in the
        histories.
    """

    histories: Histories
    row: IntArray
    product: IntArray


def last_days(purchases: Purchases) -> tuple[IntArray, IntArray]:
    """Customers with at least two purchase days, and their last purchase day."""
    visitor, day = purchases.bought.visitor, purchases.bought.visit_day
    is_last = np.diff(visitor, append=-1) != 0
    several = np.bincount(visitor)[visitor[is_last]] >= 2
    return visitor[is_last][several], day[is_last][several]


def hold_out(purchases: Purchases, customers: IntArray, days: IntArray) -> HeldOut:
    """Hold out the purchases of these customers on these days."""
    histories = histories_before(purchases, customers=customers, days=days)
    ends = np.full(len(purchases.customer_ids), -(2**62))
    ends[customers] = days
    place = np.zeros(len(purchases.customer_ids), dtype=np.int64)
    place[customers] = np.arange(len(customers))
    bought = purchases.bought
    held = bought.day == ends[bought.customer]
    row, product = place[bought.customer[held]], bought.product[held]
    # In the order of ``customers``.
    by_row = np.argsort(row, kind="stable")
    return HeldOut(histories, row[by_row], product[by_row])


def without_owned(held: HeldOut, product_count: int) -> HeldOut:
    """Only the held-out products that the customers had not bought before."""
    owned = held.histories.matrix(np.ones(len(held.histories.row)), product_count)
    new = values_at(owned, held.row, held.product) == 0
    return replace(held, row=held.row[new], product=held.product[new])


def list_scores(picks: Picks, held: HeldOut) -> pd.DataFrame:
    """Score each customer's list of ten against the held-out order.

    Returns
    -------
    pandas.DataFrame
        One row per customer with a held-out product: ``row``, ``hit`` (1 if any
        held-out product is on the list), ``recall`` (share of them on the list),
        ``ndcg`` (the same with high ranks counting more; Järvelin, Kekäläinen 2002),
        ``reciprocal_rank`` of the first product found.
    """
    size = len(held.histories.customers)
    wanted = np.bincount(held.row, minlength=size)
    span = int(max(picks.product.max(initial=0), held.product.max(initial=0))) + 1
    met = np.isin(picks.row * span + picks.product, held.row * span + held.product)
    met &= picks.rank <= LIST_LENGTH
    row, rank = picks.row[met], picks.rank[met]
    gains = 1.0 / np.log2(np.arange(1, LIST_LENGTH + 1) + 1)
    most = np.concatenate([[0.0], np.cumsum(gains)])
    found = np.bincount(row, minlength=size)
    gain = np.bincount(row, gains[rank - 1], minlength=size)
    first = np.zeros(size)
    np.maximum.at(first, row, 1.0 / rank)
    counted = np.flatnonzero(wanted)
    return pd.DataFrame(
        {
            "row": counted,
            "hit": (found[counted] > 0).astype("float64"),
            "recall": found[counted] / wanted[counted],
            "ndcg": gain[counted] / most[np.minimum(wanted[counted], LIST_LENGTH)],
            "reciprocal_rank": first[counted],
        }
    )


def drawn(
    customers: IntArray, days: IntArray, *, count: int, random_state: int
) -> tuple[IntArray, IntArray]:
    """At most ``count`` customers, drawn at random."""
    if len(customers) <= count:
        return customers, days
    generator = np.random.default_rng(random_state)
    chosen = np.sort(generator.choice(len(customers), count, replace=False))
    return customers[chosen], days[chosen]
