"""Baskets at random that keep their sizes and the number of baskets of each item."""

from __future__ import annotations

import numpy as np

from retail_marts.basket.itemsets import IntArray

#: Rounds of trades. In each, every basket trades with one other at random.
ROUNDS = 10


def shuffled_baskets(
    basket_codes: IntArray,
    item_codes: IntArray,
    *,
    item_counts: IntArray,
    random_state: int = 0,
    rounds: int = ROUNDS,
) -> tuple[IntArray, IntArray]:
    """Shuffle items between baskets; each basket keeps its number of different items.

    Parameters
    ----------
    basket_codes, item_codes
        One element per basket and item, in any order; codes start at 0. Baskets with
        one item may be left out.
    item_counts
        For each item code the number of baskets with it, including baskets that were
        left out. These are added as baskets with one item.
    random_state
        Seed.
    rounds
        Rounds of trades.

    Returns
    -------
    tuple of numpy.ndarray
        Basket codes and item codes, with the added baskets last.

    Notes
    -----
    Curveball trades (Strona, Nappo, Boccacci, Fattorini, San-Miguel-Ayanz 2014, "A fast
    and unbiased procedure to randomize ecological binary matrices"): two baskets pool
    the items that only one of them has, and draw them again at random. Here all baskets
    trade at once, in pairs (Carstens, Hamann, Meyer, Penschuck, Tran, Wagner 2018,
    "Parallel and I/O-efficient randomisation of massive networks using global curveball
    trades"). Sorting whole numbers that hold pair, random bits and item does it.
    """
    width = len(item_counts)
    # Distinct and sorted, so that the result does not depend on the order of rows.
    keys = np.unique(basket_codes.astype(np.int64) * width + item_codes)
    basket, item = np.divmod(keys, max(width, 1))
    missing = np.maximum(item_counts - np.bincount(item, minlength=width), 0)
    alone = np.repeat(np.arange(width), missing)
    total = int(basket.max(initial=-1)) + 1
    basket = np.concatenate([basket, total + np.arange(len(alone))])
    item = np.concatenate([item, alone])
    total += len(alone)
    item_bits = max(width - 1, 1).bit_length()
    random_bits = 62 - item_bits - max(total // 2, 1).bit_length()
    generator = np.random.default_rng(random_state)
    for _ in range(rounds):
        order = generator.permutation(total)
        place = np.empty(total, dtype=np.int64)
        place[order] = np.arange(total)
        # The last bit of a key says which basket of the pair has the item.
        pair, side = np.divmod(place[basket], 2)
        keys = np.sort((((pair << item_bits) | item) << 1) | side)
        owned = keys >> 1
        is_shared = np.zeros(len(owned), dtype=bool)
        is_shared[1:] = owned[1:] == owned[:-1]
        is_shared[:-1] |= is_shared[1:]
        pooled = owned[~is_shared]
        pair = pooled >> item_bits
        first = (keys[~is_shared] & 1) == 0
        firsts = np.bincount(pair[first], minlength=total // 2 + 1)
        starts = np.searchsorted(pair, np.arange(total // 2 + 1))
        chance = generator.integers(1 << random_bits, size=len(pooled))
        drawn = np.sort(
            ((pair << random_bits | chance) << item_bits)
            | (pooled & ((1 << item_bits) - 1))
        )
        # Sorting by pair and chance leaves ``pair`` as it is.
        side = np.arange(len(drawn)) - starts[pair] >= firsts[pair]
        shared = keys[is_shared]
        slot = np.concatenate(
            [2 * pair + side, 2 * (shared >> item_bits >> 1) + (shared & 1)]
        )
        basket = order[slot]
        item = np.concatenate([drawn, shared >> 1]) & ((1 << item_bits) - 1)
    return basket, item
