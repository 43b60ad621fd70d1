"""Which two products go together more often than chance has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.basket.purchases import BoolArray, FloatArray, IntArray
from retail_marts.basket.rules import fisher_p_values, q_values

#: Fewest baskets or customers that a pair must share to count as evidence.
MIN_COUNT = 2

#: Largest p-value of a pair that is looked at.
P_VALUE_LIMIT = 0.05

#: At most so many partners of an item are kept, the most telling ones.
PARTNER_LIMIT = 200

#: Of longer rows only the last so many items are paired: their squares are the work.
ROW_LIMIT = 500

#: Pairs of so many columns are counted at once.
_BLOCK = 500


@dataclass(frozen=True)
class Pairs:
    """Pairs of items that go together more than by chance, each in both directions.

    Attributes
    ----------
    first, second
        Codes; sorted by the first, then the second.
    count
        Rows (baskets or customers) that hold both.
    expected
        What chance would give, see :func:`telling_pairs`.
    q_value
        False discovery rate at which the pair is significant.
    is_significant
        Whether that rate was accepted.
    item_counts
        Rows that hold each item.
    row_count
        Number of rows.
    """

    first: IntArray
    second: IntArray
    count: IntArray
    expected: FloatArray
    q_value: FloatArray
    is_significant: BoolArray
    item_counts: IntArray
    row_count: int

    @property
    def confidence(self) -> FloatArray:
        """Share of the rows with the first item that hold the second."""
        return self.count / self.item_counts[self.first]

    @property
    def lift(self) -> FloatArray:
        """Confidence over the second item's share of all rows."""
        return self.confidence * self.row_count / self.item_counts[self.second]

    def log_lift(self, strength: float) -> FloatArray:
        """Logarithm of count over expected, drawn towards 0 by ``strength`` rows.

        With a gamma prior of mean 1 and shape ``strength`` on the true ratio, the
        posterior mean is (count + strength) / (expected + strength) (DuMouchel 1999,
        "Bayesian data mining in large frequency tables").
        """
        return np.log((self.count + strength) / (self.expected + strength))

    def matrix(self, values: NDArray[np.generic]) -> sparse.csr_matrix:
        """Items x items with one value a pair."""
        size = len(self.item_counts)
        # They are sorted, so that only the rows' ends are to be found.
        ends = np.searchsorted(self.first, np.arange(size + 1))
        return sparse.csr_matrix((values, self.second, ends), (size, size))

    def kept(self, rows: BoolArray) -> Pairs:
        """Some of the pairs."""
        return Pairs(
            first=self.first[rows],
            second=self.second[rows],
            count=self.count[rows],
            expected=self.expected[rows],
            q_value=self.q_value[rows],
            is_significant=self.is_significant[rows],
            item_counts=self.item_counts,
            row_count=self.row_count,
        )


def incidence(rows: IntArray, items: IntArray, *, item_count: int) -> sparse.csr_matrix:
    """A sparse matrix of ones: rows that hold something x items."""
    if (rows[1:] >= rows[:-1]).all():
        # Numbered without the sorting that is most of the work.
        place = np.cumsum(np.diff(rows, prepend=rows[:1]) > 0, dtype=np.int64)
    else:
        place = np.unique(rows, return_inverse=True)[1]
    matrix = sparse.csr_matrix(
        (np.ones(len(rows)), (place, items)),
        shape=(int(place.max(initial=-1)) + 1, item_count),
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def values_at(matrix: sparse.csr_matrix, row: IntArray, column: IntArray) -> FloatArray:
    """Single values of a sparse matrix, 0 where it holds none."""
    # For no places at all, the matrix would give a matrix.
    found = matrix[row, column] if len(row) else np.zeros(0)
    return np.asarray(found, dtype=np.float64).ravel()


def telling_pairs(matrix: sparse.csr_matrix, *, false_discovery_rate: float) -> Pairs:
    """Pairs of items that stand in more rows together than chance has it.

    Pairs whose own p-value is at most :data:`P_VALUE_LIMIT` are kept: a score may draw
    on many weak hints at once, where each alone is no proof. None has a lift of 1 or
    less: what says the opposite of another figure in the same row is no evidence.

    Parameters
    ----------
    matrix
        Rows x items, of ones.
    false_discovery_rate
        Accepted share of false discoveries among all pairs of different items.

    Notes
    -----
    Long rows pair everything with everything, so independence item by item would call
    nearly all pairs significant. The items are therefore thought of as spread over so
    many rows that the expected counts of all pairs (count x count / rows) add up to the
    pairs that there are; the p-value is Fisher's for that number of rows, the q-value
    Benjamini and Hochberg's (1995) over all pairs of items that were sold, also those
    never seen together.
    """
    counts = np.asarray(matrix.sum(axis=0)).ravel()
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    pair_total = float((sizes * (sizes - 1)).sum())
    product_total = float(counts.sum() ** 2 - (counts**2).sum())
    scale = pair_total / product_total if product_total else 0.0
    parts = []
    columns = matrix.tocsc()
    transposed = matrix.T.tocsr()
    for begin in range(0, matrix.shape[1], _BLOCK):
        end = begin + _BLOCK
        shared = (transposed[:end] @ columns[:, begin:end]).tocoo()
        upper = shared.row < shared.col + begin
        row, column = shared.row[upper], shared.col[upper] + begin
        count = shared.data[upper]
        expected = counts[row] * counts[column] * scale
        # What is less than one standard deviation above chance has no p-value below .1,
        # and the test is most of the work.
        spread = expected * (1 - counts[row] * scale) * (1 - counts[column] * scale)
        above = (count >= MIN_COUNT) & (
            count - expected > np.sqrt(np.maximum(spread, 0))
        )
        # Where most rows hold one item, chance gives less than independence, and a pair
        # between the two would be evidence with a lift below 1.
        above &= count * matrix.shape[0] > counts[row] * counts[column]
        row, column, count, expected = (
            one[above] for one in (row, column, count, expected)
        )
        # Benjamini and Hochberg's limit is below the rate, so no other can pass.
        limit = max(P_VALUE_LIMIT, false_discovery_rate)
        p_value = _p_values(count, counts[row], counts[column], scale, limit)
        telling = p_value <= limit
        parts.append(
            (row[telling], column[telling], count[telling], expected[telling],
             p_value[telling])
        )  # fmt: skip
    row, column, count, expected, p_value = (
        np.concatenate([part[place] for part in parts]) if parts else np.zeros(0)
        for place in range(5)
    )
    sold = int((counts > 0).sum())
    q_value = q_values(
        p_value, test_count=sold * (sold - 1) // 2, method="benjamini_hochberg"
    )
    first = np.concatenate([row, column]).astype("int64")
    second = np.concatenate([column, row]).astype("int64")
    order = np.lexsort((second, first))
    return Pairs(
        first=first[order],
        second=second[order],
        count=np.tile(count, 2)[order].astype("int64"),
        expected=np.tile(expected, 2)[order],
        q_value=np.tile(q_value, 2)[order],
        is_significant=np.tile(q_value <= false_discovery_rate, 2)[order],
        item_counts=counts.astype("int64"),
        row_count=matrix.shape[0],
    )


def _p_values(
    both: FloatArray,
    first: FloatArray,
    second: FloatArray,
    scale: float,
    limit: float,
) -> FloatArray:
    """Fisher's p-values in ``1 / scale`` rows, up to a limit; 1 where so few rows have
    no room."""
    rows = round(1.0 / scale) if scale else 0
    room = first + second - both <= rows
    result = np.ones(len(both))
    result[room] = fisher_p_values(
        both[room].astype("int64"),
        first[room].astype("int64"),
        second[room].astype("int64"),
        basket_total=rows,
        limit=limit,
    )
    return result


def most_telling(pairs: Pairs, *, strength: float, limit: int = PARTNER_LIMIT) -> Pairs:
    """For each first item the partners with the greatest log-lift."""
    if np.bincount(pairs.first).max(initial=0) <= limit:
        return pairs
    value = pairs.log_lift(strength)
    order = np.lexsort((pairs.second, -value, pairs.first))
    first = pairs.first[order]
    place = np.arange(len(first)) - np.searchsorted(first, first)
    rows = np.zeros(len(first), dtype=bool)
    rows[order[place < limit]] = True
    return pairs.kept(rows)
