"""Score products for customers: the chance that the next order has them, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from retail_marts.basket.pairs import (
    ROW_LIMIT,
    Pairs,
    incidence,
    most_telling,
    telling_pairs,
    values_at,
)
from retail_marts.basket.purchases import (
    BoolArray,
    Bought,
    FloatArray,
    Histories,
    IntArray,
    Purchases,
)
from retail_marts.settings.basket import RecommendationSettings

#: Strength of shrinking a product's recent rate towards its overall rate, in orders.
_RECENT_PRIOR = 5.0

#: Strength of shrinking a product's repeat rate towards the business's, in customers.
#: Weak, because products of one business differ widely (milk and pans).
_REPEAT_PRIOR = 2.0

#: Strength of shrinking its rebuying rate towards the business's, in purchase days.
_REBUY_PRIOR = 10.0

#: Number of customers scored at once.
_STEP = 500

#: Up to this many customers x products, a full table is cheaper than sorting.
_CELLS = 4_000_000

#: Histories multiplied by log-lifts, by source, strength, whether only significant
#: pairs are used, and the first customer of a step.
Spoken = dict[tuple[str, float, bool, int], sparse.csr_matrix]

#: Source of pairs (what is paired by) to the reason shown for them.
PAIR_REASONS = {
    "baskets": "bought_together",
    "customers": "bought_by_same_customers",
}


@dataclass(frozen=True)
class Parts:
    """The parts of a score, chosen on past orders (``choose_parts``).

    Attributes
    ----------
    popular_days
        Number of recent days whose orders count for popularity; None for all.
    repeat_prior
        Strength of shrinking a customer's own rate of buying a product again towards
        the product's rate, in purchase days; None if own rates are not used.
    pair_sources
        Pairs that are used: ``baskets`` (what sells with the last order), ``customers``
        (what sells to customers with the same history).
    pair_strength
        Strength of shrinking the lift of a pair towards 1, in rows.
    only_significant
        Whether pairs that are not significant are left out.
    """

    popular_days: int | None = None
    repeat_prior: float | None = None
    pair_sources: tuple[str, ...] = ()
    pair_strength: float = 10.0
    only_significant: bool = True

    def described(self) -> str:
        """Description in words, for a table."""
        days = self.popular_days
        words = [
            f"popularity of {days} days" if days else "popularity of all days",
        ]
        if self.repeat_prior is not None:
            words.append(f"own repeats (prior {self.repeat_prior:g})")
        if self.pair_sources:
            names = " and ".join(self.pair_sources)
            which = "significant pairs" if self.only_significant else "all pairs"
            words.append(f"{which} of {names} (strength {self.pair_strength:g})")
        return ", ".join(words)


#: Candidates for each part, in the order in which parts are tried.
STAGES: tuple[tuple[Parts, ...], ...] = (
    (Parts(popular_days=365), Parts(popular_days=180), Parts(popular_days=90)),
    (Parts(repeat_prior=100.0), Parts(repeat_prior=30.0), Parts(repeat_prior=3.0)),
    tuple(
        Parts(
            pair_sources=sources, pair_strength=strength, only_significant=significant
        )
        for significant in (True, False)
        for sources in (("baskets",), ("customers",), ("baskets", "customers"))
        for strength in (10.0, 2.0)
    ),
)


@dataclass(frozen=True)
class Recommender:
    """What is learned about one business's products from purchases before a day.

    Attributes
    ----------
    product_count
        Number of products, sold or not.
    order_count
        Number of orders.
    sold
        Number of orders with each product.
    shares
        Each product's share of the orders, by number of recent days (None for all).
    names
        Code of each product's name; products of one name are the same product.
    groups
        Code of each product's group, by level; -1 without a group.
    pairs
        Pairs of products that sell together, by source.
    repeat_rate
        Share of a product's returning customers who bought it again.
    rebuy_rate
        Share of its customers' later purchase days on which they bought it again.
    due_days
        The ``due_quantile`` quantile of the days between two purchases of the product.
    is_repeated
        Whether the product is bought repeatedly (``repeat_rate_min``).
    is_asleep
        Whether the product had no sale in the last ``active_days`` days. It is not
        recommended then.
    place_in_ties
        Rank of each product by orders, then by id; decides between equal scores.
    """

    product_count: int
    order_count: int
    sold: IntArray
    shares: dict[int | None, FloatArray]
    names: IntArray
    groups: dict[str, IntArray]
    pairs: dict[str, Pairs]
    repeat_rate: FloatArray
    rebuy_rate: FloatArray
    due_days: FloatArray
    is_repeated: BoolArray
    is_asleep: BoolArray
    place_in_ties: IntArray


@dataclass(frozen=True)
class Picks:
    """Products picked for customers, best first.

    Attributes
    ----------
    row
        Position of the customer in the histories.
    rank
        Rank from 1.
    product
        Code of the product.
    score
        Estimated chance that the next order has the product.
    reason
        ``buy_again``, ``bought_together``, ``bought_by_same_customers``, ``popular``
        or ``due_next``.
    because
        Code of the bought product that is the strongest evidence; -1 for none.
    """

    row: IntArray
    rank: IntArray
    product: IntArray
    score: FloatArray
    reason: NDArray[np.object_]
    because: IntArray


def no_picks() -> Picks:
    """Picks without any row."""
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Picks(
        row=none,
        rank=none,
        product=none,
        score=nothing,
        reason=np.zeros(0, dtype=object),
        because=none,
    )


def fit(
    purchases: Purchases,
    *,
    as_of_day: int,
    settings: RecommendationSettings,
    pair_sources: Collection[str] = tuple(PAIR_REASONS),
) -> Recommender:
    """Learn from purchases, all of which must be before ``as_of_day``.

    Parameters
    ----------
    as_of_day
        The first unknown day, as days since 1970.
    pair_sources
        Sources of pairs to compute, keys of :data:`PAIR_REASONS`. Pairs are most of the
        work.
    """
    size = len(purchases.product_ids)
    sold = np.bincount(purchases.product, minlength=size)
    last_sold = np.full(size, np.iinfo(np.int64).min // 2)
    np.maximum.at(last_sold, purchases.product, purchases.day)
    order_count = purchases.order_count
    bought = purchases.bought
    pairs = {
        source: telling_pairs(
            incidence(purchases.order, purchases.product, item_count=size)
            if source == "baskets"
            else _customer_products(bought, product_count=size),
            false_discovery_rate=settings.false_discovery_rate,
        )
        for source in PAIR_REASONS
        if source in pair_sources
    }
    repeats = _repeats(bought, product_count=size, settings=settings)
    return Recommender(
        product_count=size,
        order_count=order_count,
        sold=sold,
        shares=_shares(purchases, as_of_day, sold, order_count),
        names=purchases.names,
        groups={
            "category": purchases.categories,
            "sub_category": purchases.sub_categories,
        },
        pairs=pairs,
        is_repeated=repeats["repeat_rate"] >= settings.repeat_rate_min,
        is_asleep=last_sold < as_of_day - settings.active_days,
        place_in_ties=np.argsort(np.lexsort((np.arange(size), -sold))),
        **repeats,
    )


def _customer_products(bought: Bought, *, product_count: int) -> sparse.csr_matrix:
    """Matrix of customers x products; only the latest products of long histories."""
    customer, product, day = bought.customer, bought.product, bought.day
    last = np.ones(len(day), dtype=bool)
    last[:-1] = (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])
    customer, product, day = customer[last], product[last], day[last]
    if np.bincount(customer).max(initial=0) > ROW_LIMIT:
        order = np.lexsort((product, -day, customer))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order)) - np.searchsorted(customer, customer)
        kept = place < ROW_LIMIT
        customer, product = customer[kept], product[kept]
    return incidence(customer, product, item_count=product_count)


def _shares(
    purchases: Purchases, as_of_day: int, sold: IntArray, order_count: int
) -> dict[int | None, FloatArray]:
    overall = sold / max(order_count, 1)
    shares: dict[int | None, FloatArray] = {None: overall}
    for days in (part.popular_days for part in STAGES[0]):
        recent = purchases.day >= as_of_day - (days or 0)
        orders = int(np.count_nonzero(np.diff(purchases.order[recent], prepend=-1)))
        count = np.bincount(purchases.product[recent], minlength=len(sold))
        shares[days] = (count + _RECENT_PRIOR * overall) / (orders + _RECENT_PRIOR)
    return shares


def _repeats(
    bought: Bought, *, product_count: int, settings: RecommendationSettings
) -> dict[str, FloatArray]:
    size = product_count
    customer, product, day = bought.customer, bought.product, bought.day
    same = np.zeros(len(day), dtype=bool)
    same[1:] = (customer[1:] == customer[:-1]) & (product[1:] == product[:-1])
    gap = np.diff(day, prepend=0)[same]
    again = product[same]
    second = same.copy()
    second[1:] &= ~same[:-1]
    repeaters = product[second]
    # Number of the customer's purchase days after the first one with the product.
    firsts = ~same
    visits = np.bincount(bought.visitor)
    later = visits[customer[firsts]] - bought.turn[firsts] - 1
    had_chance = later > 0
    chances, later = product[firsts][had_chance], later[had_chance]

    def rate(hits: FloatArray, chance: FloatArray, prior: float) -> FloatArray:
        overall = hits.sum() / max(chance.sum(), 1.0)
        drawn = (hits + prior * overall) / (chance + prior)
        return np.asarray(drawn, dtype=np.float64)

    def count(codes: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
        found = np.bincount(np.asarray(codes, dtype=np.int64), weights, minlength=size)
        return found.astype(np.float64)

    return {
        "repeat_rate": rate(count(repeaters), count(chances), _REPEAT_PRIOR),
        "rebuy_rate": rate(count(again), count(chances, later), _REBUY_PRIOR),
        "due_days": _quantiles(gap, again, size, settings.due_quantile),
    }


def _quantiles(
    values: IntArray, codes: IntArray, size: int, quantile: float
) -> FloatArray:
    """Quantile of the days between two purchases of each product.

    Products that were never bought again get the quantile of all products, which is
    infinite if no product was bought again.
    """
    result = np.full(size, np.inf)
    if len(values):
        result[:] = np.quantile(values, quantile, method="inverted_cdf")
        ordered = values[np.lexsort((values, codes))]
        length = np.bincount(codes, minlength=size)
        own = np.flatnonzero(length)
        place = np.floor(quantile * (length[own] - 1)).astype("int64")
        result[own] = ordered[np.cumsum(length)[own] - length[own] + place]
    return result


def pick(
    model: Recommender,
    histories: Histories,
    *,
    parts: Parts,
    count: int,
    only_new: bool = False,
    bar_owned: bool = True,
    with_reasons: bool = True,
    spoken: Spoken | None = None,
) -> Picks:
    """Pick the products that are most likely in each customer's next order.

    Parameters
    ----------
    model
        From :func:`fit`.
    histories
        Purchases of the customers so far.
    parts
        Parts of the score.
    count
        Largest number of products per customer.
    only_new
        Whether to leave out all products that the customer bought before.
    bar_owned
        Whether to leave out products that the customer bought before, unless they are
        bought repeatedly and are due, and other ids of what the customer bought.
    with_reasons
        Whether to find the strongest evidence for each pick.
    spoken
        Cache of matrix products, shared by calls with the same model and histories but
        other parts. New products are added to it.

    Returns
    -------
    Picks
        Sorted by customer and rank. Equal scores are ranked by sales, then by product
        id.
    """
    keeps = spoken is not None
    spoken = {} if spoken is None else spoken
    evidence: dict[str, sparse.csr_matrix] = {}
    found = []
    for first in range(0, len(histories.customers), _STEP):
        part = histories.take(first, min(first + _STEP, len(histories.customers)))
        weights = _weights(part)
        speaking = {}
        for source in parts.pair_sources:
            key = (source, parts.pair_strength, parts.only_significant, first)
            if source not in evidence and (with_reasons or key not in spoken):
                evidence[source] = _evidence(model, source, parts)
            if key not in spoken:
                own = part.matrix(weights[source], model.product_count)
                spoken[key] = own @ evidence[source]
            speaking[source] = spoken[key] if keeps else spoken.pop(key)
        picks = _pick_part(
            model,
            part,
            evidence=evidence,
            weights=weights,
            speaking=speaking,
            parts=parts,
            count=count,
            only_new=only_new,
            bar_owned=bar_owned,
            with_reasons=with_reasons,
        )
        found.append(replace(picks, row=picks.row + first))
    if not found:
        return no_picks()
    names = ("row", "rank", "product", "score", "reason", "because")
    return Picks(
        **{name: np.concatenate([getattr(p, name) for p in found]) for name in names}
    )


def _evidence(model: Recommender, source: str, parts: Parts) -> sparse.csr_matrix:
    """Log-lifts of the strongest pairs of a source."""
    pairs = model.pairs[source]
    if parts.only_significant:
        pairs = pairs.kept(pairs.is_significant)
    pairs = most_telling(pairs, strength=parts.pair_strength)
    return pairs.matrix(pairs.log_lift(parts.pair_strength))


def _weights(histories: Histories) -> dict[str, FloatArray]:
    """Weight of each product of a history, by source of pairs.

    For ``baskets`` only the last order counts. For ``customers`` all products count,
    each the less the longer the history is.
    """
    lengths = np.bincount(histories.row, minlength=len(histories.customers))
    return {
        "baskets": histories.in_last.astype("float64"),
        "customers": 1.0 / np.sqrt(lengths[histories.row]),
    }


def _pick_part(
    model: Recommender,
    histories: Histories,
    *,
    evidence: dict[str, sparse.csr_matrix],
    weights: dict[str, FloatArray],
    speaking: dict[str, sparse.csr_matrix],
    parts: Parts,
    count: int,
    only_new: bool,
    bar_owned: bool,
    with_reasons: bool,
) -> Picks:
    barred = np.zeros(len(histories.row), dtype=bool)
    if bar_owned or only_new:
        barred = ~may_want_again(model, histories) | only_new
    row, product, score = _candidates(
        model,
        histories,
        speaking=speaking,
        parts=parts,
        count=count,
        barred=barred,
        bar_other_ids=bar_owned,
    )
    # Stable sorts keep the order of equal scores. numpy sorts 16-bit integers by radix,
    # which is fast.
    best = np.argsort(-score, kind="stable")
    best = best[np.argsort(row[best].astype("uint16"), kind="stable")]
    row, product, score = row[best], product[best], score[best]
    length = np.bincount(row, minlength=len(histories.customers))
    rank = np.arange(len(row)) - (np.cumsum(length) - length)[row] + 1
    kept = rank <= count
    row, product, score, rank = row[kept], product[kept], score[kept], rank[kept]
    reason = np.full(len(row), "popular", dtype=object)
    because = np.full(len(row), -1, dtype=np.int64)
    picks = Picks(row, rank, product, score, reason, because)
    if with_reasons and len(row):
        _name_reasons(
            histories,
            evidence=evidence,
            weights=weights,
            speaking=speaking,
            picks=picks,
        )
    if with_reasons and bar_owned and not only_new:
        return _with_next_due(model, histories, picks, count)
    return picks


def _candidates(
    model: Recommender,
    histories: Histories,
    *,
    speaking: dict[str, sparse.csr_matrix],
    parts: Parts,
    count: int,
    barred: BoolArray,
    bar_other_ids: bool,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Customers and products that may be picked, with their scores.

    Sorted by customer, then by the product's place in ties. Only a few products per
    customer need a score: those with evidence from pairs or own purchases, and the best
    sellers (as many as are wanted plus as many as the customer has bought), because
    evidence never lowers a score. Barred products and products without recent sales are
    left out, and other ids of what the customer bought if ``bar_other_ids``. Then only
    the best seller of each name is among the best sellers.
    """
    size = model.product_count
    base = model.shares[parts.popular_days] * ~model.is_asleep
    # Products that were never sold cannot be scored.
    sellers = np.lexsort((model.place_in_ties, -base))
    sellers = sellers[(model.sold[sellers] > 0) & ~model.is_asleep[sellers]]
    if bar_other_ids:
        firsts = np.unique(model.names[sellers], return_index=True)[1]
        sellers = sellers[np.sort(firsts)]
    owned = np.bincount(histories.row, minlength=len(histories.customers))
    length = np.minimum(count + owned, len(sellers))
    row = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    product = sellers[place]
    found = [(row, product, base[product])]
    if speaking and len(sellers):
        together = reduce(add, speaking.values()).tocoo()
        # Capped, so that many pairs together cannot overflow.
        evidence = np.minimum(together.data, 20.0)
        # Evidence multiplies the odds, so the chance stays below 1.
        with np.errstate(divide="ignore"):
            log_odds = np.log(base) - np.log1p(-base)
        least = log_odds[sellers[np.maximum(length, 1) - 1]] - 1e-9
        # Most products score too low; comparing log-odds first is cheaper.
        better = np.flatnonzero(
            log_odds[together.col] + evidence >= least[together.row]
        )
        whose, of = together.row[better], together.col[better]
        chance = base[of] * np.exp(evidence[better])
        found.append(
            (
                whose.astype("int64"),
                of.astype("int64"),
                chance / (1.0 - base[of] + chance),
            )
        )
    if parts.repeat_prior is not None:
        prior, of = parts.repeat_prior, histories.product
        own = (histories.weight + prior * model.rebuy_rate[of]) / (
            histories.day_weight[histories.row] + prior
        )
        awake = ~model.is_asleep[of]
        found.append((histories.row[awake], of[awake], own[awake]))
    # If a customer and product occur several times, the last score counts.
    rows, products, scores = (
        np.concatenate([part[column] for part in found]) for column in range(3)
    )
    if bar_other_ids:
        kept = ~_is_other_id(model, histories, rows, products)
        rows, products, scores = rows[kept], products[kept], scores[kept]
    keys, places = _last_places(
        rows * size + model.place_in_ties[products],
        without=histories.row[barred] * size
        + model.place_in_ties[histories.product[barred]],
        span=len(length) * size,
    )
    return keys // size, products[places], scores[places]


def _is_other_id(
    model: Recommender, histories: Histories, row: IntArray, product: IntArray
) -> BoolArray:
    """Whether each product is another id of a product that the customer bought."""
    size = model.product_count
    result = np.bincount(model.names, minlength=size)[model.names[product]] > 1
    own = np.flatnonzero(result)
    row, product = row[own], product[own]
    names = np.sort(histories.row * size + model.names[histories.product])
    ids = histories.row * size + histories.product
    result[own] = _holds(names, row * size + model.names[product])
    result[own] &= ~_holds(ids, row * size + product)
    return np.asarray(result, dtype=bool)


def _holds(known: IntArray, keys: IntArray) -> BoolArray:
    """Whether each key is among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    place = np.searchsorted(known, keys)
    place[place == len(known)] = 0
    return np.asarray(known[place] == keys, dtype=bool)


def _last_places(
    keys: IntArray, *, without: IntArray, span: int
) -> tuple[IntArray, IntArray]:
    """Distinct keys, sorted, except ``without``; and the last position of each.

    All keys must be below ``span``.
    """
    if span <= _CELLS:
        table = np.full(span, -1, dtype=np.int32)
        table[keys] = np.arange(len(keys), dtype=np.int32)
        table[without] = -1
        found = np.flatnonzero(table >= 0)
        return found, table[found].astype("int64")
    found, firsts = np.unique(keys[::-1], return_index=True)
    kept = ~np.isin(found, without)
    return found[kept], (len(keys) - 1 - firsts)[kept]


def due_days_of(model: Recommender, histories: Histories) -> FloatArray:
    """Day from which the product of each history entry is due again.

    Infinite for products that are not bought repeatedly.
    """
    due = histories.last_day + model.due_days[histories.product]
    return np.where(model.is_repeated[histories.product], due, np.inf)


def may_want_again(model: Recommender, histories: Histories) -> BoolArray:
    """Whether the product of each history entry is bought repeatedly and is due."""
    due = due_days_of(model, histories)
    return np.asarray(due <= histories.as_of_days[histories.row], dtype=bool)


def _name_reasons(
    histories: Histories,
    *,
    evidence: dict[str, sparse.csr_matrix],
    weights: dict[str, FloatArray],
    speaking: dict[str, sparse.csr_matrix],
    picks: Picks,
) -> None:
    """Set ``reason`` and ``because`` of each pick from its strongest evidence."""
    strongest = np.zeros(len(picks.row))
    for source, matrix in evidence.items():
        value = values_at(speaking[source], picks.row, picks.product)
        better = np.flatnonzero(value > strongest)
        strongest[better] = value[better]
        picks.reason[better] = PAIR_REASONS[source]
        picks.because[better] = _strongest_partner(
            histories, matrix, weights[source], picks.row[better], picks.product[better]
        )
    shape = int(max(histories.product.max(initial=0), picks.product.max(initial=0))) + 1
    owned = histories.matrix(np.ones(len(histories.row)), shape)
    again = values_at(owned, picks.row, picks.product) > 0
    picks.reason[again] = "buy_again"
    picks.because[again] = -1


def _strongest_partner(
    histories: Histories,
    matrix: sparse.csr_matrix,
    weight: FloatArray,
    row: IntArray,
    product: IntArray,
) -> IntArray:
    """For each pick the bought product with the highest weighted log-lift."""
    begin = np.searchsorted(histories.row, row)
    length = np.searchsorted(histories.row, row, side="right") - begin
    pick_of = np.repeat(np.arange(len(row)), length)
    entry = np.arange(len(pick_of)) - np.repeat(np.cumsum(length) - length, length)
    entry += np.repeat(begin, length)
    partner = histories.product[entry]
    value = weight[entry] * values_at(matrix, partner, product[pick_of])
    order = np.lexsort((partner, -value, pick_of))
    firsts = order[np.unique(pick_of[order], return_index=True)[1]]
    return np.asarray(partner[firsts], dtype=np.int64)


def _with_next_due(
    model: Recommender,
    histories: Histories,
    picks: Picks,
    count: int,
) -> Picks:
    """Add the products that are due next for customers without any pick."""
    served = np.zeros(len(histories.customers), dtype=bool)
    served[picks.row] = True
    due_day = due_days_of(model, histories)
    waiting = np.flatnonzero(
        ~served[histories.row]
        & np.isfinite(due_day)
        & ~model.is_asleep[histories.product]
    )
    if not len(waiting):
        return picks
    row, product = histories.row[waiting], histories.product[waiting]
    order = np.lexsort((product, -model.sold[product], due_day[waiting], row))
    row, product = row[order], product[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row) + 1
    kept = rank <= count
    added = int(kept.sum())
    place = np.lexsort(
        (np.concatenate([picks.rank, rank[kept]]),
         np.concatenate([picks.row, row[kept]]))
    )  # fmt: skip
    chance = model.rebuy_rate[product[kept]]
    return Picks(
        row=np.concatenate([picks.row, row[kept]])[place],
        rank=np.concatenate([picks.rank, rank[kept]])[place],
        product=np.concatenate([picks.product, product[kept]])[place],
        score=np.concatenate([picks.score, chance])[place],
        reason=np.concatenate([picks.reason, np.full(added, "due_next", object)])[
            place
        ],
        because=np.concatenate([picks.because, np.full(added, -1)])[place],
    )
