"""Association rules from frequent itemsets: measures, significance, redundancy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma

from retail_marts.basket.itemsets import (
    IntArray,
    Itemsets,
    TooManyItemsetsError,
    joined,
)
from retail_marts.settings.basket import RuleSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class RuleSet:
    """Rules of one business and level.

    Attributes
    ----------
    columns
        Arrays with one element per rule, best rule first. ``antecedent_set`` and
        ``consequent_set`` number the itemsets of all sizes from 0, the smallest sets
        first. The others are the counts, measures and flags of :data:`schemas.RULES`.
    candidate_count
        Number of tested rules (see :func:`candidate_rule_count`).
    """

    columns: Mapping[str, NDArray[Any]]
    candidate_count: int

    def __len__(self) -> int:
        return len(self.columns["basket_count"])


def association_rules(
    itemsets: Itemsets,
    *,
    basket_total: int,
    settings: RuleSettings,
    name: str = "these baskets",
) -> RuleSet:
    """Make every rule that reaches the minimum confidence and lift.

    Parameters
    ----------
    itemsets
        All frequent itemsets; every subset of one must be among them.
    basket_total
        Number of all baskets.
    settings
        Confidence, lift, significance level, and the largest size that was mined.
    name
        Name of the data for error messages.

    Returns
    -------
    RuleSet
        Rules with one or more items on each side. Thresholds are compared in whole
        numbers, so a rule exactly at a threshold is kept.

    Raises
    ------
    InputError
        When there are more than ``max_rules`` rules before thresholds are applied.

    Notes
    -----
    A rule is *redundant* if a rule with fewer antecedents and the same consequents has
    the same or a higher confidence (no improvement: Bayardo, Agrawal, Gunopulos 2000,
    "Constraint-based rule mining in large, dense databases").

    Conviction would be infinite where the confidence is 1; it is null there.
    """
    check_rule_count(itemsets, settings, name)
    candidates = candidate_rule_count(itemsets, settings.maximum_length)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in itemsets.counts])])
    parts = []
    for size in range(2, len(itemsets.items) + 1):
        p_values = _p_values_of_size(itemsets, size, basket_total)
        for antecedent, places, counts in _splits(itemsets, size):
            parts.append(
                _rules_of_split(
                    antecedent,
                    places,
                    counts,
                    offsets=offsets,
                    basket_total=basket_total,
                    settings=settings,
                    # Swapping the two sides does not change the p-value.
                    p_values=p_values[min(antecedent, (1 << size) - 1 - antecedent)],
                )
            )
    # Plain arrays: with thousands of small shops, frames would take most of the time.
    columns = {
        name: np.concatenate([part[name] for part in parts])
        if parts
        else np.empty(0, dtype=kind)
        for name, kind in _PARTS.items()
    }
    columns["q_value"] = q_values(
        columns["p_value"],
        test_count=candidates,
        method=settings.false_discovery_control,
    )
    columns["is_significant"] = columns["q_value"] <= float(settings.significance_level)
    kept = columns.pop("is_kept")
    columns = {name: values[kept] for name, values in columns.items()}
    columns |= _measures(columns, basket_total)
    best_last = (
        -columns["consequent_set"],
        -columns["antecedent_set"],
        columns["basket_count"],
        columns["confidence"],
        columns["lift"],
        columns["is_significant"],
    )
    order = np.lexsort(best_last)[::-1]
    return RuleSet(
        {name: values[order] for name, values in columns.items()}, candidates
    )


#: Columns of the rules of one split, with their types.
_PARTS = {
    **dict.fromkeys(
        (
            "antecedent_set",
            "consequent_set",
            "basket_count",
            "antecedent_basket_count",
            "consequent_basket_count",
        ),
        np.int64,
    ),
    "p_value": np.float64,
    "is_redundant": np.bool_,
    "is_kept": np.bool_,
}


def check_rule_count(itemsets: Itemsets, settings: RuleSettings, name: str) -> None:
    """Raise an error if there are more than ``max_rules`` rules."""
    total = sum(
        len(counts) * (2**size - 2) for size, counts in enumerate(itemsets.counts, 1)
    )
    if total > settings.max_rules:
        too_many = f"more than {settings.max_rules:,} rules"
        raise TooManyItemsetsError(
            f"baskets: {len(itemsets):,} itemsets give {total:,} rules, {too_many} "
            f"({name}).",
            remedy="Raise minimum_support or minimum_count, lower maximum_length, or "
            "raise max_rules if there is memory for that many.",
            too_many=too_many,
        )


def candidate_rule_count(itemsets: Itemsets, maximum_length: int) -> int:
    """Number of rules of all sets that could have been frequent.

    A set is a candidate when all its subsets are frequent (Agrawal, Srikant 1994, "Fast
    algorithms for mining association rules"). Candidates that turn out not to be
    frequent count as tests, too: leaving them out would make rules that arise by chance
    look significant (Webb 2007, "Discovering significant patterns").

    Returns
    -------
    int
        Sum over k from 2 to ``maximum_length`` of the number of candidates with k
        items, times 2^k - 2.
    """
    if not itemsets.items:
        return 0
    singles = len(itemsets.items[0])
    total = singles * (singles - 1)
    for size in range(3, min(maximum_length, len(itemsets.items) + 1) + 1):
        count = 0
        for sets in joined(itemsets.items[size - 2]):
            whole = np.ones(len(sets), dtype=bool)
            for dropped in range(size - 2):
                part = np.delete(sets[whole], dropped, axis=1)
                whole[whole] = itemsets.place(part) >= 0
            count += int(whole.sum())
        total += count * (2**size - 2)
    return total


def _splits(
    itemsets: Itemsets, size: int
) -> Iterator[tuple[int, dict[int, IntArray], dict[int, IntArray]]]:
    """Yield each choice of antecedents, as a bit mask over the items of a set.

    With each come two tables from masks to arrays with one element per set: the rows
    and the basket counts of the subset that the mask selects.
    """
    sets = itemsets.items[size - 1]
    whole = (1 << size) - 1
    places: dict[int, IntArray] = {whole: np.arange(len(sets))}
    for mask in range(1, whole):
        chosen = [place for place in range(size) if mask >> place & 1]
        places[mask] = itemsets.place(sets[:, chosen])
    counts: dict[int, IntArray] = {
        mask: itemsets.counts[mask.bit_count() - 1][place]
        for mask, place in places.items()
    }
    for antecedent in range(1, whole):
        yield antecedent, places, counts


def _p_values_of_size(
    itemsets: Itemsets, size: int, basket_total: int
) -> dict[int, FloatArray]:
    """p-values of every split of every set, by the smaller of the split's two masks."""
    whole = (1 << size) - 1
    return {
        antecedent: fisher_p_values(
            counts[whole],
            counts[antecedent],
            counts[whole - antecedent],
            basket_total=basket_total,
        )
        for antecedent, _, counts in _splits(itemsets, size)
        if antecedent < whole - antecedent
    }


def _rules_of_split(
    antecedent: int,
    places: dict[int, IntArray],
    counts: dict[int, IntArray],
    *,
    offsets: IntArray,
    basket_total: int,
    settings: RuleSettings,
    p_values: FloatArray,
) -> dict[str, NDArray[np.generic]]:
    whole = max(places)
    consequent = whole - antecedent
    both, first, second = counts[whole], counts[antecedent], counts[consequent]
    redundant = np.zeros(len(both), dtype=bool)
    shorter = (antecedent - 1) & antecedent
    while shorter:
        redundant |= counts[shorter | consequent] * first >= both * counts[shorter]
        shorter = (shorter - 1) & antecedent
    return {
        "antecedent_set": places[antecedent] + offsets[antecedent.bit_count() - 1],
        "consequent_set": places[consequent] + offsets[consequent.bit_count() - 1],
        "basket_count": both,
        "antecedent_basket_count": first,
        "consequent_basket_count": second,
        "p_value": p_values,
        "is_redundant": redundant,
        "is_kept": at_least(both, first, settings.minimum_confidence)
        & at_least(both * basket_total, first * second, settings.minimum_lift),
    }


def at_least(
    numerator: IntArray, denominator: IntArray, threshold: Fraction
) -> BoolArray:
    """Whether numerator / denominator is at least the threshold, without rounding."""
    over, under = threshold.numerator, threshold.denominator
    if not len(numerator):
        return np.zeros(0, dtype=bool)
    largest = max(int(numerator.max()) * under, int(denominator.max()) * over)
    if largest >= 2**63:
        numerator, denominator = numerator.astype(object), denominator.astype(object)
    return np.asarray(numerator * under >= denominator * over, dtype=bool)


def _measures(
    columns: Mapping[str, NDArray[Any]], basket_total: int
) -> dict[str, NDArray[Any]]:
    """Measures as defined by Tan, Kumar, Srivastava 2004, and Zhang 2000 for his.

    Numerators and denominators are whole numbers, so equal rules get exactly equal
    measures.
    """
    both = columns["basket_count"]
    first = columns["antecedent_basket_count"]
    second = columns["consequent_basket_count"]
    excess = both * basket_total - first * second
    widest = np.maximum(both * (basket_total - first), first * (second - both))
    fails = (first - both).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = first * (basket_total - second) / (basket_total * fails)
        zhang = np.where(widest > 0, excess / widest, 0.0)
    return {
        "basket_total": np.full(len(both), basket_total),
        "support": both / basket_total,
        "antecedent_support": first / basket_total,
        "consequent_support": second / basket_total,
        "confidence": both / first,
        "lift": (both * basket_total) / (first * second),
        "leverage": excess / float(basket_total) ** 2,
        "conviction": np.where(fails > 0, conviction, np.nan),
        "zhangs_metric": zhang,
    }


def fisher_p_values(
    both: IntArray,
    first: IntArray,
    second: IntArray,
    *,
    basket_total: int,
    limit: float = 1.0,
) -> FloatArray:
    """Fisher's exact test that two sets are together in more baskets than by chance.

    Parameters
    ----------
    both, first, second
        Number of baskets with both sets, with the first, with the second.
    basket_total
        Number of all baskets.
    limit
        p-values above the limit are only known to be above it, which saves most of the
        work.

    Returns
    -------
    numpy.ndarray
        For each pair the probability of at least ``both`` shared baskets if the sets
        were independent: the upper tail of the hypergeometric distribution.

    Notes
    -----
    Each term of the tail is the previous one times a ratio. Summing starts at the
    observed count and moves away from the mean, where terms get smaller; the omitted
    rest is below 1e-17 of the sum.
    """
    result = np.ones(len(both))
    # Swapping the sets must give exactly the same result.
    sides = np.minimum(first, second), np.maximum(first, second)
    x, a, b = (np.asarray(one, dtype=np.float64) for one in (both, *sides))
    rest = float(basket_total) - a - b
    above = x * basket_total > a * b
    for side in (above, ~above & (x > np.maximum(0, -rest))):
        if not side.any():
            continue
        start = x[side] if side is above else x[side] - 1
        more = (a[side] - start, b[side] - start)
        fewer = (start, rest[side] + start)
        chance = np.exp(_log_chance(start, a[side], b[side], basket_total))
        if side is above:
            with np.errstate(divide="ignore", over="ignore"):
                enough = limit * (1 + 1e-9) / chance
            result[side] = chance * _falling_sum(*more, *fewer, enough)
        else:
            never = np.full(len(start), np.inf)
            result[side] = 1 - chance * _falling_sum(*fewer, *more, never)
    return np.clip(result, 0, 1)


def _log_chance(x: FloatArray, a: FloatArray, b: FloatArray, total: int) -> FloatArray:
    """Logarithm of the hypergeometric probability of exactly ``x``."""
    return np.asarray(
        _log_choose(a, x) + _log_choose(total - a, b - x) - _log_choose(total, b)
    )


def _log_choose(n: FloatArray | float, k: FloatArray) -> FloatArray:
    # More precise for large numbers than a sum of three log-gamma functions.
    return np.asarray(-np.log1p(n) - betaln(n - k + 1, k + 1))


def _falling_sum(
    p: FloatArray, q: FloatArray, s: FloatArray, t: FloatArray, enough: FloatArray
) -> FloatArray:
    """Sum 1 + r(0) + r(0) r(1) + ... until the terms vanish or it exceeds ``enough``.

    r(j) = (p - j)(q - j) / ((s + j + 1)(t + j + 1)) falls below 1 and on to 0.
    """
    result = np.ones(len(p))
    term = np.ones(len(p))
    active = np.arange(len(p))
    done, width = 0, 8
    while len(active):
        parts = []
        # In pieces of bounded size: there may be millions of rules.
        for piece in np.array_split(active, -(-len(active) * width // (1 << 21))):
            step = done + np.arange(width, dtype=np.float64)
            ratio = np.maximum(p[piece, None] - step, 0) * np.maximum(
                q[piece, None] - step, 0
            )
            ratio /= (s[piece, None] + step + 1) * (t[piece, None] + step + 1)
            terms = term[piece, None] * np.cumprod(ratio, axis=1)
            result[piece] += terms.sum(axis=1)
            term[piece] = terms[:, -1]
            # The remaining sum is at most a geometric series with the last ratio.
            left = terms[:, -1] > 1e-17 * result[piece] * (1 - ratio[:, -1])
            left &= result[piece] <= enough[piece]
            parts.append(piece[left])
        active = np.concatenate(parts)
        done, width = done + width, min(2 * width, 256)
    return result


def q_values(
    p_values: FloatArray, *, test_count: int, method: str = "benjamini_yekutieli"
) -> FloatArray:
    """Estimated share of false discoveries among tests with at most this p-value.

    Parameters
    ----------
    p_values
        p-values, in any order.
    test_count
        Number of all tests; tests without a p-value in ``p_values`` count as p = 1.
    method
        ``benjamini_hochberg`` (Benjamini, Hochberg 1995) or ``benjamini_yekutieli``
        (Benjamini, Yekutieli 2001). The second is valid for dependent tests; its values
        are larger by the factor 1 + 1/2 + ... + 1/``test_count``.
    """
    factor = float(test_count)
    if method == "benjamini_yekutieli":
        factor *= digamma(test_count + 1.0) + np.euler_gamma
    order = np.argsort(p_values, kind="stable")
    ranks = np.arange(1, len(p_values) + 1)
    scaled = np.minimum(p_values[order] * factor / ranks, 1)
    result = np.empty(len(p_values))
    result[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return result
