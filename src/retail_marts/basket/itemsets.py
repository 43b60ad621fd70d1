"""Frequent itemsets with exact counts.

The project's own miner (``eclat``) builds each set starting from its rarest item (Zaki
2000, "Scalable algorithms for association mining"). In each basket the items are sorted
from rare to common. For each item, counting all items that come after it in its baskets
gives its frequent pairs. Larger sets are counted in those baskets only: sets of three
by listing pairs if the baskets are short, or by AND-ing bitmaps and counting the bits
if they are full, whichever is less work; larger sets always by bitmaps. No table of
baskets x items is ever made.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.errors import InputError

IntArray = NDArray[np.integer]
Bitmaps = NDArray[np.uint64]

#: Largest number of array elements that one step handles.
_CHUNK = 1 << 22

#: Rough costs in nanoseconds of: listing a pair of items, AND-ing a 64-bit word, and a
#: cell of the table in which listed pairs are counted.
_PAIR_COST, _WORD_COST, _CELL_COST = 12.0, 3.0, 1.0


class TooManyItemsetsError(InputError):
    """More itemsets or rules than the limit.

    Attributes
    ----------
    too_many
        The limit in words: "more than 20,000 itemsets".
    """

    def __init__(self, problem: str, *, remedy: str, too_many: str) -> None:
        super().__init__(problem, remedy=remedy)
        self.too_many = too_many


@dataclass(frozen=True)
class Itemsets:
    """Frequent itemsets by their size.

    Attributes
    ----------
    items
        For size k, at index k - 1, an array of shape (sets, k): item codes, ascending
        within a row, rows in lexicographic order. The last array is that of the largest
        size with a frequent set.
    counts
        For each size the number of baskets that hold each set.
    """

    items: tuple[IntArray, ...]
    counts: tuple[IntArray, ...]

    def __len__(self) -> int:
        return sum(len(counts) for counts in self.counts)

    def place(self, sets: IntArray) -> IntArray:
        """Look up ``sets``, all of one size, among the frequent sets of that size.

        Parameters
        ----------
        sets
            Shape (sets, size): item codes, ascending within a row.

        Returns
        -------
        numpy.ndarray
            Row of each set in ``items[size - 1]``; -1 if the set is not frequent.
        """
        found = self._child(0, np.zeros(len(sets), dtype=np.int64), sets[:, 0])
        for size in range(1, sets.shape[1]):
            found = self._child(size, found, sets[:, size])
        return found

    def _child(self, size: int, parents: IntArray, codes: IntArray) -> IntArray:
        """Rows of sets of ``size`` + 1 items by the row of their first ``size``."""
        if size >= len(self.items):
            return np.full(len(codes), -1)
        keys = self._keys[size]
        wanted = parents * self._width + codes
        spot = np.searchsorted(keys, wanted)
        spot[spot == len(keys)] = 0
        return np.where((keys[spot] == wanted) & (parents >= 0), spot, -1)

    @cached_property
    def _width(self) -> int:
        return int(self.items[0].max(initial=0)) + 1

    @cached_property
    def _keys(self) -> list[IntArray]:
        """Sorted keys by size: row of the set without its last item, and that item."""
        keys: list[IntArray] = []
        for size, sets in enumerate(self.items):
            parents = np.zeros(len(sets), dtype=np.int64)
            for before in range(size):
                wanted = parents * self._width + sets[:, before]
                parents = np.searchsorted(keys[before], wanted)
            keys.append(parents * self._width + sets[:, -1])
        return keys


def frequent_itemsets(
    basket_codes: IntArray,
    item_codes: IntArray,
    *,
    item_counts: IntArray,
    minimum_count: int,
    maximum_length: int,
    algorithm: str = "eclat",
    max_itemsets: int = 1_000_000,
    name: str = "these baskets",
) -> Itemsets:
    """Find every set of items that is in at least ``minimum_count`` baskets.

    Parameters
    ----------
    basket_codes, item_codes
        One element per basket and item, in any order; codes start at 0. Baskets with
        fewer than two frequent items may be left out.
    item_counts
        For each item code the number of baskets with it, including baskets that were
        left out.
    minimum_count
        Smallest number of baskets of a frequent set.
    maximum_length
        Largest number of items in a set.
    algorithm
        ``eclat``, or mlxtend's ``fpgrowth`` or ``apriori``: the same sets, slower.
    max_itemsets
        Largest number of sets; mining stops with an error as soon as there are more.
    name
        Name of the data for error messages.

    Raises
    ------
    InputError
        When there are more sets than ``max_itemsets``, or a code is out of range.
    """
    _check(basket_codes, item_codes, item_counts)
    ledger = _Ledger(max_itemsets, minimum_count, name)
    frequent = np.flatnonzero(item_counts >= minimum_count)
    ledger.add((frequent[:, None],), item_counts[frequent])
    if maximum_length > 1 and len(frequent) > 1 and len(basket_codes):
        # Rarest first: a rare item has few baskets, a common item has few followers.
        order = frequent[np.lexsort((frequent, item_counts[frequent]))]
        matrix = _matrix_by_rank(basket_codes, item_codes, order, len(item_counts))
        _mine(matrix, order, ledger, maximum_length)
        if algorithm != "eclat":
            # mlxtend has no limit on the number of sets; our count above checked it.
            return _mlxtend_itemsets(
                matrix,
                order,
                item_counts=item_counts,
                minimum_count=minimum_count,
                maximum_length=maximum_length,
                algorithm=algorithm,
            )
    return ledger.itemsets()


def _check(basket_codes: IntArray, item_codes: IntArray, counts: IntArray) -> None:
    if len(basket_codes) != len(item_codes):
        raise InputError(
            f"baskets: {len(basket_codes)} basket codes, {len(item_codes)} item codes.",
            remedy="Give one basket code and one item code a row.",
        )
    if len(item_codes) and (
        item_codes.min() < 0
        or item_codes.max() >= len(counts)
        or basket_codes.min() < 0
    ):
        raise InputError(
            "baskets: an item or basket code is negative, or an item code is not below "
            f"the number of items, {len(counts)}.",
            remedy="Give the items one row for each item code in the baskets.",
        )


class _Ledger:
    """The sets found so far; adding more than the limit is an error."""

    def __init__(self, limit: int, minimum_count: int, name: str) -> None:
        self.limit = limit
        self.minimum_count = minimum_count
        self.name = name
        self.total = 0
        self.items: dict[int, list[IntArray]] = {}
        self.counts: dict[int, list[IntArray]] = {}

    def add(self, columns: tuple[IntArray, ...], counts: IntArray) -> None:
        """Add sets; each array in ``columns`` has one item code per set."""
        if not len(counts):
            return
        self.total += len(counts)
        if self.total > self.limit:
            too_many = f"more than {self.limit:,} itemsets"
            raise TooManyItemsetsError(
                f"baskets: a support of {self.minimum_count} baskets gives {too_many} "
                f"({self.name}).",
                remedy="Raise minimum_support or minimum_count, lower maximum_length, "
                "or raise max_itemsets if there is memory for that many.",
                too_many=too_many,
            )
        items = np.column_stack(columns).astype(np.int32, copy=False)
        self.items.setdefault(items.shape[1], []).append(items)
        self.counts.setdefault(items.shape[1], []).append(counts.astype(np.int64))

    def itemsets(self) -> Itemsets:
        items, counts = [], []
        for size in sorted(self.items):
            rows = np.sort(np.concatenate(self.items[size]), axis=1)
            order = np.lexsort(rows.T[::-1])
            items.append(rows[order])
            counts.append(np.concatenate(self.counts[size])[order])
        return Itemsets(tuple(items), tuple(counts))


def _matrix_by_rank(
    basket_codes: IntArray, item_codes: IntArray, order: IntArray, item_total: int
) -> sparse.csr_array:
    """Sparse matrix of items x baskets; rows are in the order of ``order``."""
    rank_of = np.full(item_total, -1, dtype=np.int32)
    rank_of[order] = np.arange(len(order), dtype=np.int32)
    ranks = rank_of[item_codes]
    if (ranks < 0).any():
        kept = ranks >= 0
        ranks, basket_codes = ranks[kept], basket_codes[kept]
    shape = (len(order), int(basket_codes.max(initial=0)) + 1)
    ones = np.ones(len(ranks), dtype=np.int8)
    # The conversion also merges duplicates.
    return sparse.coo_array((ones, (ranks, basket_codes)), shape=shape).tocsr()


def _mine(
    matrix: sparse.csr_array, order: IntArray, ledger: _Ledger, maximum_length: int
) -> None:
    """Find pairs and larger sets, grouped by their rarest item."""
    rows = matrix.tocsc()
    flat, starts = rows.indices, rows.indptr
    ends = np.repeat(starts[1:], np.diff(starts))
    # Positions of each item in ``flat``, which lists the baskets' items by rank.
    places = np.argsort(flat, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=len(order)))])
    partners: list[IntArray] = [np.empty(0, dtype=np.int64)] * len(order)
    lookup = np.full(len(order), -1, dtype=np.int64)
    for first in range(len(order) - 1, -1, -1):
        begin = places[bounds[first] : bounds[first + 1]] + 1
        length = ends[begin - 1] - begin
        begin, length = begin[length > 0], length[length > 0]
        counts = np.zeros(len(order), dtype=np.int64)
        # Keep the followers in memory if they fit, otherwise list them twice.
        pieces = (
            list(_followers(flat, begin, length)) if length.sum() <= _CHUNK else None
        )
        for follow, _ in pieces or _followers(flat, begin, length):
            counts += np.bincount(follow, minlength=len(order))
        members = np.flatnonzero(counts >= ledger.minimum_count)
        partners[first] = members
        _enter(ledger, order, (first,), members[:, None], counts[members])
        if maximum_length < 3 or len(members) < 2:
            continue
        lookup[members] = np.arange(len(members))
        linked = np.concatenate([partners[member] for member in members])
        left = np.repeat(
            np.arange(len(members)), [len(partners[member]) for member in members]
        )
        right = lookup[linked]
        pairs = np.column_stack([left, right])[right >= 0]
        if len(pairs):
            kept = [
                (lookup[follow], row)
                for follow, row in pieces or _followers(flat, begin, length)
            ]
            entries = [(one[one >= 0], row[one >= 0]) for one, row in kept]
            _mine_followers(
                np.concatenate([item for item, _ in entries]),
                np.concatenate([row for _, row in entries]),
                pairs,
                first=first,
                members=members,
                order=order,
                ledger=ledger,
                maximum_length=maximum_length,
            )
        lookup[members] = -1


def _followers(
    flat: IntArray, begin: IntArray, length: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield, in bounded parts, the followers of an item and the basket of each."""
    total = np.cumsum(length)
    done = 0
    while done < len(length):
        base = total[done] - length[done]
        stop = max(done + 1, int(np.searchsorted(total, base + _CHUNK, side="right")))
        part = length[done:stop]
        row = np.repeat(np.arange(done, stop), part)
        shift = begin[done:stop] - (total[done:stop] - part - base)
        yield flat[np.arange(len(row)) + np.repeat(shift, part)], row
        done = stop


def _enter(
    ledger: _Ledger,
    order: IntArray,
    prefix: tuple[int, ...],
    ranks: IntArray,
    counts: IntArray,
) -> None:
    columns = [np.full(len(ranks), order[rank]) for rank in prefix]
    columns += [order[ranks[:, place]] for place in range(ranks.shape[1])]
    ledger.add(tuple(columns), counts)


def _mine_followers(
    items: IntArray,
    rows: IntArray,
    pairs: IntArray,
    *,
    first: int,
    members: IntArray,
    order: IntArray,
    ledger: _Ledger,
    maximum_length: int,
) -> None:
    """Find sets of three or more items whose rarest item is ``first``.

    ``items`` are positions in ``members``, ascending within each of ``rows``; ``pairs``
    of such positions are the candidates for sets of three.
    """
    items, rows = _compact(items, rows, 2)
    sets, counts = _count_pairs(items, rows, pairs, len(members), ledger.minimum_count)
    _enter(ledger, order, (first,), members[sets], counts)
    if maximum_length < 4 or len(sets) < 3:
        return
    used = np.unique(sets)
    place = np.full(len(members), -1)
    place[used] = np.arange(len(used))
    items = place[items]
    items, rows = _compact(items[items >= 0], rows[items >= 0], 3)
    members, sets = members[used], place[sets]
    bitmaps = _bitmaps(items, rows, len(used))
    for size in range(4, maximum_length + 1):
        found, found_counts = [], []
        for candidates in _candidates(sets, len(used)):
            counts = _count_bits(bitmaps, candidates)
            enough = counts >= ledger.minimum_count
            _enter(ledger, order, (first,), members[candidates[enough]], counts[enough])
            found.append(candidates[enough])
            found_counts.append(counts[enough])
        sets = np.concatenate(found) if found else sets[:0]
        # A set with one item more contains this many of these sets.
        if len(sets) < size:
            return


def _compact(items: IntArray, rows: IntArray, least: int) -> tuple[IntArray, IntArray]:
    """Drop rows with fewer than ``least`` items and renumber the others."""
    if not len(rows):
        return items, rows
    size = np.bincount(rows)
    kept = size >= least
    number = np.cumsum(kept) - 1
    stays = kept[rows]
    return items[stays], number[rows[stays]]


def _count_pairs(
    items: IntArray, rows: IntArray, pairs: IntArray, width: int, minimum_count: int
) -> tuple[IntArray, IntArray]:
    """Pairs in at least ``minimum_count`` rows, sorted, with their counts."""
    if not len(rows):
        return pairs[:0], np.empty(0, dtype=np.int64)
    size = np.bincount(rows)
    listed = int((size * (size - 1) // 2).sum())
    words = len(pairs) * (-(-len(size) // 64))
    listing = listed * _PAIR_COST + width * width * _CELL_COST
    if listing <= words * _WORD_COST + width * len(size) / 8:
        ends = np.repeat(np.cumsum(size), size)
        begin = np.arange(1, len(items) + 1)
        table = np.zeros(width * width, dtype=np.int64)
        for right, left in _followers(items, begin, ends - begin):
            table += np.bincount(items[left] * width + right, minlength=width * width)
        found = np.flatnonzero(table >= minimum_count)
        return np.column_stack(np.divmod(found, width)), table[found]
    counts = _count_bits(_bitmaps(items, rows, width), pairs)
    enough = counts >= minimum_count
    return pairs[enough], counts[enough]


def _bitmaps(items: IntArray, rows: IntArray, width: int) -> Bitmaps:
    """One bit per item and row, packed into 64-bit words per item."""
    words = -(-(int(rows[-1]) + 1 if len(rows) else 0) // 64)
    result = np.zeros((width, words), dtype=np.uint64)
    step = max(1, _CHUNK // max(1, 64 * width))
    for start in range(0, words, step):
        stop = min(words, start + step)
        low, high = np.searchsorted(rows, [64 * start, 64 * stop])
        cells = np.zeros((width, 64 * (stop - start)), dtype=np.bool_)
        cells[items[low:high], rows[low:high] - 64 * start] = True
        result[:, start:stop] = np.packbits(cells, axis=1).view(np.uint64)
    return result


def _count_bits(bitmaps: Bitmaps, sets: IntArray) -> IntArray:
    """Number of rows that contain all items of each set."""
    result = np.zeros(len(sets), dtype=np.int64)
    words = bitmaps.shape[1]
    step = max(1, _CHUNK // 8 // max(1, words))
    for start in range(0, len(sets), step):
        part = sets[start : start + step]
        common = bitmaps[part[:, 0]]
        for place in range(1, part.shape[1]):
            common &= bitmaps[part[:, place]]
        result[start : start + step] = np.bitwise_count(common).sum(
            axis=1, dtype=np.int64
        )
    return result


def joined(sets: IntArray) -> Iterator[IntArray]:
    """Join sets that differ only in their last item into sets with one item more.

    This is the join step of Apriori. Rows of ``sets`` are ascending and in
    lexicographic order; the same holds for the yielded parts.
    """
    if len(sets) < 2:
        return
    new = (sets[1:, :-1] != sets[:-1, :-1]).any(axis=1)
    last = np.append(np.flatnonzero(new), len(sets) - 1)
    ends = np.repeat(last + 1, np.diff(np.concatenate([[-1], last])))
    begin = np.arange(1, len(sets) + 1)
    tails = np.ascontiguousarray(sets[:, -1])
    for right, left in _followers(tails, begin, ends - begin):
        yield np.column_stack([sets[left], right])


def _candidates(sets: IntArray, width: int) -> Iterator[IntArray]:
    """Joined sets of which every part is in ``sets``.

    Parts are only looked up if a set can be encoded in 64 bits. Otherwise all joined
    sets are candidates, which is correct because each candidate is counted.
    """
    size = sets.shape[1]
    if width**size >= 2**62:
        yield from joined(sets)
        return
    weights = width ** np.arange(size - 1, -1, -1)
    keys = sets @ weights
    for one in joined(sets):
        candidates = one
        for dropped in range(size - 1):
            part = np.delete(candidates, dropped, axis=1) @ weights
            spot = np.searchsorted(keys, part)
            spot[spot == len(keys)] = 0
            candidates = candidates[keys[spot] == part]
        yield candidates


def _mlxtend_itemsets(
    matrix: sparse.csr_array,
    order: IntArray,
    *,
    item_counts: IntArray,
    minimum_count: int,
    maximum_length: int,
    algorithm: str,
) -> Itemsets:
    from mlxtend.frequent_patterns import apriori, fpgrowth  # noqa: PLC0415

    baskets = matrix.T.tocsr().astype(bool)
    total = baskets.shape[0]
    frame = pd.DataFrame.sparse.from_spmatrix(  # type: ignore[attr-defined]
        sparse.csr_matrix(baskets)
    )
    # mlxtend compares shares; half a count less is safe from rounding.
    share = (minimum_count - 0.5) / total
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if algorithm == "apriori":
            found = apriori(frame, share, max_len=maximum_length, low_memory=True)
        else:
            found = fpgrowth(frame, share, max_len=maximum_length)
    ledger = _Ledger(len(found) + len(order), minimum_count, algorithm)
    singles = np.sort(order)
    ledger.add((singles,), item_counts[singles])
    counts = np.rint(found["support"].to_numpy() * total).astype(np.int64)
    sizes = found["itemsets"].map(len).to_numpy()
    for size in range(2, maximum_length + 1):
        of_size = sizes == size
        if of_size.any():
            ranks = np.array([list(one) for one in found["itemsets"][of_size]])
            ledger.add(tuple(order[ranks].T), counts[of_size])
    return ledger.itemsets()
