"""Pairs of products that are bought together more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.basket.purchases import BoolArray, FloatArray, IntArray
from retail_marts.basket.rules import fisher_p_values, q_values

#: Smallest number of baskets or customers with both items of a pair.
MIN_COUNT = 2

#: Pairs with a larger p-value are dropped.
P_VALUE_LIMIT = 0.05

#: Largest number of partners of an item; those with the highest log-lift are kept.
PARTNER_LIMIT = 200

#: Only the most recent items of a longer row are paired, because the work grows with
#: the square of the number.
ROW_LIMIT = 500

#: Number of columns whose pairs are counted at once.
_BLOCK = 500


@dataclass(frozen=True)
class Pairs:
    """Pairs of items that occur together more often than by chance, in both directions.

    Attributes
    ----------
    first, second
        Codes; sorted by the first, then the second.
    count
        Number of rows (baskets or customers) with both.
    expected
        Expected number by chance, see :func:`telling_pairs`.
    q_value
        Smallest false discovery rate at which the pair is significant.
    is_significant
        Whether ``q_value`` is at most the accepted rate.
    item_counts
        Number of rows with each item.
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
        """Share of the rows with the first item that also have the second."""
        return self.count / self.item_counts[self.first]

    @property
    def lift(self) -> FloatArray:
        """Confidence divided by the second item's share of all rows."""
        return self.confidence * self.row_count / self.item_counts[self.second]

    def log_lift(self, strength: float) -> FloatArray:
        """Logarithm of count / expected, shrunk towards 0 by ``strength`` rows.

        With a gamma prior of mean 1 and shape ``strength`` on the true ratio, the
        posterior mean is (count + strength) / (expected + strength) (DuMouchel 1999,
        "Bayesian data mining in large frequency tables").
        """
        return np.log((self.count + strength) / (self.expected + strength))

    def matrix(self, values: NDArray[np.generic]) -> sparse.csr_matrix:
        """Items x items with one value per pair."""
        size = len(self.item_counts)
        # The pairs are sorted, so the rows of the matrix are slices of them.
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
    """Sparse matrix of rows x items, 1 if the row has the item; without empty rows."""
    if (rows[1:] >= rows[:-1]).all():
        # Already sorted: number the rows without sorting, which is most of the work.
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
    """Elements of a sparse matrix; 0 for those that are not stored."""
    # With empty indices, scipy would return a matrix instead of an array.
    found = matrix[row, column] if len(row) else np.zeros(0)
    return np.asarray(found, dtype=np.float64).ravel()


def telling_pairs(matrix: sparse.csr_matrix, *, false_discovery_rate: float) -> Pairs:
    """Pairs of items that are in more rows together than expected by chance.

    Pairs with a p-value of at most :data:`P_VALUE_LIMIT` and a lift above 1 are kept,
    significant or not: a score may add up many pairs that are weak on their own.

    Parameters
    ----------
    matrix
        Rows x items, of ones.
    false_discovery_rate
        Accepted share of false discoveries among all pairs of different items.

    Notes
    -----
    A long row contains many pairs, so a test of independence with the real number of
    rows would call nearly all pairs significant. Instead the number of rows is set so
    that the expected counts of all pairs (count x count / rows) add up to the observed
    number of pairs. The p-value is Fisher's for that number of rows. The q-value is
    Benjamini and Hochberg's (1995) over all pairs of items that were sold, including
    pairs that never occur together.
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
        # Pairs less than one standard deviation above chance have p-values above .1.
        # They are skipped, because the test is most of the work.
        spread = expected * (1 - counts[row] * scale) * (1 - counts[column] * scale)
        above = (count >= MIN_COUNT) & (
            count - expected > np.sqrt(np.maximum(spread, 0))
        )
        # If most rows have one item, the expected count is below that of independence,
        # and a pair could pass with a lift below 1.
        above &= count * matrix.shape[0] > counts[row] * counts[column]
        row, column, count, expected = (
            one[above] for one in (row, column, count, expected)
        )
        # No p-value above the false discovery rate can have a q-value below it.
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
    """Fisher's p-values for ``1 / scale`` rows, exact up to a limit.

    The value is 1 if the counts do not fit into that number of rows.
    """
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


def most_telling(pairs: Pairs, *, strength: float) -> Pairs:
    """For each first item the partners with the highest log-lift."""
    if np.bincount(pairs.first).max(initial=0) <= PARTNER_LIMIT:
        return pairs
    value = pairs.log_lift(strength)
    order = np.lexsort((pairs.second, -value, pairs.first))
    first = pairs.first[order]
    place = np.arange(len(first)) - np.searchsorted(first, first)
    rows = np.zeros(len(first), dtype=bool)
    rows[order[place < PARTNER_LIMIT]] = True
    return pairs.kept(rows)
