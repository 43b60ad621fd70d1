"""Find a minimum number of baskets that gives a useful number of itemsets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from retail_marts.basket.itemsets import IntArray, Itemsets, TooManyItemsetsError

#: Mining stops at this number of itemsets where no support is set.
BUDGET = 20_000

#: With fewer itemsets of two or more items, lower supports are tried.
ENOUGH_SETS = 50

#: Smallest number of baskets that is tried where no support is set.
LOWEST_COUNT = 10

#: Factor between the numbers of baskets that are tried until the budget is kept, and
#: the precision of the one that is found.
_STEP, _PRECISION = 1.4, 1.05

#: Number of items whose pairs are counted at once.
_BLOCK = 500


@dataclass(frozen=True)
class Support:
    """The support that was found.

    Attributes
    ----------
    minimum_count
        Smallest number of baskets of a frequent itemset.
    itemsets
        The frequent itemsets at this number.
    note
        What was changed, and why; null at the default.
    """

    minimum_count: int
    itemsets: Itemsets
    note: str | None = None


def find_support(
    mine: Callable[[int], Itemsets],
    *,
    start: int,
    lowest_within: Callable[[], int],
) -> Support:
    """Raise or lower the default support for neither too many nor too few itemsets.

    Parameters
    ----------
    mine
        Finds the itemsets at a minimum number of baskets. It raises
        :class:`TooManyItemsetsError` beyond the budget.
    start
        The default number of baskets.
    lowest_within
        A number of baskets below which items and pairs alone are beyond the budget (see
        :func:`lowest_count_of_pairs`). It is only called where ``start`` is beyond it.

    Returns
    -------
    Support
        Within 5 % of the lowest number that keeps the budget, if ``start`` does not.
        With fewer than :data:`ENOUGH_SETS` sets of two or more items, half the number
        is tried, and so on down to :data:`LOWEST_COUNT`. The smallest number that added
        such sets is kept.
    """
    try:
        found = Support(start, mine(start))
    except TooManyItemsetsError as error:
        raised = _raised(mine, start=start, high=lowest_within())
        text = f"support raised from {start} to {raised.minimum_count} baskets"
        return Support(
            raised.minimum_count, raised.itemsets, f"{text}: {error.too_many}"
        )
    return _lowered(mine, found)


def _raised(mine: Callable[[int], Itemsets], *, start: int, high: int) -> Support:
    low = max(start, high - 1)
    high = max(high, start + 1)
    while (found := _within(mine, high)) is None:
        low, high = high, int(np.ceil(high * _STEP))
    while high > low * _PRECISION and high - low > 1:
        middle = (low + high) // 2
        if (better := _within(mine, middle)) is None:
            low = middle
        else:
            high, found = middle, better
    return Support(high, found)


def _lowered(mine: Callable[[int], Itemsets], default: Support) -> Support:
    best, count = default, default.minimum_count
    while _sets_of_two(best.itemsets) < ENOUGH_SETS and count > LOWEST_COUNT:
        count = max(LOWEST_COUNT, count // 2)
        found = _within(mine, count)
        if found is None:
            break
        if _sets_of_two(found) > _sets_of_two(best.itemsets):
            text = f"support lowered from {default.minimum_count} to {count} baskets"
            reason = f"fewer than {ENOUGH_SETS} itemsets of two items or more"
            best = Support(count, found, f"{text}: {reason}")
    return best


def _within(mine: Callable[[int], Itemsets], count: int) -> Itemsets | None:
    try:
        return mine(count)
    except TooManyItemsetsError:
        return None


def _sets_of_two(itemsets: Itemsets) -> int:
    return sum(len(counts) for counts in itemsets.counts[1:])


def lowest_count_of_pairs(
    basket_codes: IntArray,
    item_codes: IntArray,
    *,
    item_counts: IntArray,
    least: int,
    budget: int,
) -> int:
    """Lowest number of baskets with at most ``budget`` items and pairs together.

    Parameters
    ----------
    basket_codes, item_codes, item_counts
        As for :func:`~retail_marts.basket.itemsets.frequent_itemsets`.
    least
        The number is at least this.
    budget
        Largest number of items and pairs.
    """
    place = np.cumsum(item_counts >= least) - 1
    kept = item_counts[item_codes] >= least
    baskets, items = basket_codes[kept], place[item_codes[kept]]
    width = int(place[-1]) + 1 if len(place) else 0
    shape = (int(baskets.max(initial=-1)) + 1, width)
    matrix = sparse.coo_array(
        (np.ones(len(items), dtype=np.int32), (baskets, items)), shape=shape
    ).tocsr()
    matrix.data[:] = 1
    transposed = matrix.T.tocsr()
    # How often each count occurs, for items first.
    number = np.bincount(item_counts[item_counts >= least])
    for begin in range(0, width, _BLOCK):
        shared = (transposed[begin : begin + _BLOCK] @ matrix).tocoo()
        counts = shared.data[(shared.col > shared.row + begin) & (shared.data >= least)]
        number += np.bincount(counts, minlength=len(number))
    # Number of items and pairs in at least so many baskets.
    reached = np.append(np.cumsum(number[::-1])[::-1], 0)
    return max(least, int(np.argmax(reached <= budget)))
