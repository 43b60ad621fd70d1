"""How likely a customer's next order holds a product, and why."""

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
from retail_marts.basket.recommendation_settings import RecommendationSettings

#: Orders that a product's rate in recent days is drawn towards its overall rate by.
_RECENT_PRIOR = 5.0

#: Customers that a product's repeat rate is drawn towards the business's by; few, for
#: a business may sell milk and pans.
_REPEAT_PRIOR = 2.0

#: Buying days that its rebuying rate is drawn towards the business's by.
_REBUY_PRIOR = 10.0

#: What did not sell lately comes after all that did.
_ASLEEP = 1e-6

#: Customers that are looked at at once.
_STEP = 500

#: Up to so many customers x products, a table of both is cheaper than sorting.
_CELLS = 4_000_000

#: Products of histories and log-lifts: by source, strength, whether only significant
#: pairs speak, and the first customer of a step.
Spoken = dict[tuple[str, float, bool, int], sparse.csr_matrix]

#: Reasons that pairs of products give, by the rows that they share.
PAIR_REASONS = {
    "baskets": "bought_together",
    "customers": "bought_by_same_customers",
}


@dataclass(frozen=True)
class Parts:
    """What a score is made of, chosen on past orders (``choose_parts``).

    Attributes
    ----------
    popular_days
        Popularity counts the orders of so many days; none for all.
    repeat_prior
        Buying days that a customer's own rate of buying a product again is drawn to
        the product's by; none when own rates count for nothing.
    pair_sources
        Which pairs speak: ``baskets`` (what sells with the last order), ``customers``
        (what sells to customers with the same history).
    pair_strength
        Rows that the lift of a pair is drawn towards 1 by.
    only_significant
        Whether pairs that may be chance finds are left out.
    """

    popular_days: int | None = None
    repeat_prior: float | None = None
    pair_sources: tuple[str, ...] = ()
    pair_strength: float = 10.0
    only_significant: bool = True

    def described(self) -> str:
        """In words for a table."""
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


#: What may be added to popularity, one part after the other.
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
    """All that is known of one business's products before a day.

    Attributes
    ----------
    product_count
        Products, sold or not.
    order_count
        Orders.
    sold
        Orders that hold each product.
    shares
        By number of days (none for all) each product's share of the orders.
    groups
        By level the code of each product's group, -1 where it has none.
    pairs
        By source the pairs that go together.
    repeat_rate
        Share of a product's customers who came back and bought it again.
    rebuy_rate
        Share of its customers' later buying days on which they bought it again.
    due_days
        Days between purchases that ``due_quantile`` of them do not exceed.
    is_repeated
        Whether customers buy the product again and again.
    is_asleep
        Whether the product did not sell lately.
    place_in_ties
        Place of each product by how often it sold, then by id.
    """

    product_count: int
    order_count: int
    sold: IntArray
    shares: dict[int | None, FloatArray]
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
        Counts from 1.
    product
        Code of the product.
    score
        Estimated chance that the next order holds it.
    reason
        ``buy_again``, ``bought_together``, ``bought_by_same_customers``, ``popular``
        or ``due_next``.
    because
        Code of the product that the strongest evidence names; -1 for none.
    """

    row: IntArray
    rank: IntArray
    product: IntArray
    score: FloatArray
    reason: NDArray[np.object_]
    because: IntArray


def no_picks() -> Picks:
    """Nothing for nobody."""
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
    """Learn from purchases; none of them may be of ``as_of_day`` or later.

    Parameters
    ----------
    as_of_day
        The first day that is not known, as days since 1970.
    pair_sources
        Sources whose pairs are wanted, keys of :data:`PAIR_REASONS`: they are most of
        the work.
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
    """Customers x products, of long histories the last bought products alone."""
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
    # Buying days of the customer that came after the first with the product.
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
    """Of each product the least number of days that so many gaps do not exceed; that
    of all products where it was never bought again; infinity without any."""
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
    """The products that each customer's next order most likely holds.

    Parameters
    ----------
    model
        From :func:`fit`.
    histories
        What the customers bought so far.
    parts
        What scores are made of.
    count
        Products a customer, where there are as many.
    only_new
        Whether to pick nothing that the customer bought before.
    bar_owned
        Whether to leave out what the customer cannot want again at once: what he
        bought, unless it is bought again and again and due.
    with_reasons
        Whether to look for the strongest evidence.
    spoken
        What earlier picks by the same model for the same histories multiplied out, for
        those by other parts; added to.

    Returns
    -------
    Picks
        Sorted by customer and rank. Equal scores go by sales, then by product id.
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
    """The log-lifts of the most telling pairs of a source."""
    pairs = model.pairs[source]
    if parts.only_significant:
        pairs = pairs.kept(pairs.is_significant)
    pairs = most_telling(pairs, strength=parts.pair_strength)
    return pairs.matrix(pairs.log_lift(parts.pair_strength))


def _weights(histories: Histories) -> dict[str, FloatArray]:
    """How much each product of a history says: the last order's in full, those of a
    whole history less the more there are."""
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
        model, histories, speaking=speaking, parts=parts, count=count, barred=barred
    )
    # Equal scores stay in the order that they are in. Rows are sorted by their digits,
    # which short whole numbers make cheap.
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
) -> tuple[IntArray, IntArray, FloatArray]:
    """All customers and products that may be among the best, with their scores, sorted
    by customer, then the product's place in ties.

    Evidence only raises a score. So what no pair and no own purchase speaks for can be
    picked only when it is among as many best sellers as are wanted and as the customer
    owns: few products of a customer need a score. What is barred of his own has none.
    """
    size = model.product_count
    base = model.shares[parts.popular_days] * np.where(model.is_asleep, _ASLEEP, 1.0)
    # Nothing is known of what was never sold.
    sellers = np.lexsort((model.place_in_ties, -base))
    sellers = sellers[model.sold[sellers] > 0]
    owned = np.bincount(histories.row, minlength=len(histories.customers))
    length = np.minimum(count + owned, len(sellers))
    row = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    product = sellers[place]
    found = [(row, product, base[product])]
    if speaking and len(sellers):
        together = reduce(add, speaking.values()).tocoo()
        # A dozen partners of a dozen products must not outgrow every chance.
        evidence = np.minimum(together.data, 20.0)
        # Odds are multiplied, not shares: however much speaks for it, none exceeds 1.
        with np.errstate(divide="ignore"):
            log_odds = np.log(base) - np.log1p(-base)
        least = log_odds[sellers[np.maximum(length, 1) - 1]] - 1e-9
        # Most are too low, which a sum tells sooner than a score.
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
        found.append(
            (histories.row, of, own * np.where(model.is_asleep[of], _ASLEEP, 1.0))
        )
    # The last word on a customer and product counts.
    rows, products, scores = (
        np.concatenate([part[column] for part in found]) for column in range(3)
    )
    keys, places = _last_places(
        rows * size + model.place_in_ties[products],
        without=histories.row[barred] * size
        + model.place_in_ties[histories.product[barred]],
        span=len(length) * size,
    )
    return keys // size, products[places], scores[places]


def _last_places(
    keys: IntArray, *, without: IntArray, span: int
) -> tuple[IntArray, IntArray]:
    """The different keys, all below ``span``, sorted, and the last place of each."""
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
    """For each entry of the histories the day from which the product is due again;
    infinite for what is not bought again and again."""
    due = histories.last_day + model.due_days[histories.product]
    return np.where(model.is_repeated[histories.product], due, np.inf)


def may_want_again(model: Recommender, histories: Histories) -> BoolArray:
    """Whether each product of the histories is bought again and again, and due."""
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
    """Write the strongest evidence of each pick into its reason."""
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
    """Of each pick the product of the customer's history that speaks loudest."""
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
    """Who can want nothing now is told what will be due first."""
    served = np.zeros(len(histories.customers), dtype=bool)
    served[picks.row] = True
    due_day = due_days_of(model, histories)
    waiting = np.flatnonzero(~served[histories.row] & np.isfinite(due_day))
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
