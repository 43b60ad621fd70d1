"""Other libraries' itemsets of coded baskets: run in the peers' environment.

    python benchmarks/baskets_peer.py pyfim baskets.npz sets.npz

Reads ``basket_codes``, ``item_codes``, ``minimum_count`` and ``maximum_length``; writes
the itemsets (``items`` padded with -1, ``counts``) and the seconds of each step. It
does not import the project.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

Found = list[tuple[tuple[int, ...], int]]
Steps = tuple[Callable[[], Any], Callable[[Any], Any], Callable[[Any], Found]]


class Clock:
    """Wall and processor seconds of the steps, in order."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[float, float]] = {}

    def __call__(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        wall, processor = time.perf_counter(), time.process_time()
        result = step(*arguments)
        self.steps[name] = (
            time.perf_counter() - wall,
            time.process_time() - processor,
        )
        return result


def lists_of(baskets: Any, items: Any) -> list[list[int]]:
    # One object per item, however often it occurs: lists only hold pointers.
    numbers = np.arange(items.max() + 1).astype(object)
    starts = np.flatnonzero(np.diff(baskets)) + 1
    return [list(one) for one in np.split(numbers[items], starts)]


def pyfim(given: Any) -> Steps:
    import fim  # noqa: PLC0415

    least, length = int(given["minimum_count"]), int(given["maximum_length"])
    return (
        lambda: lists_of(given["basket_codes"], given["item_codes"]),
        lambda data: fim.eclat(data, supp=-least, zmax=length, report="a"),
        lambda found: [(tuple(sorted(items)), count) for items, count in found],
    )


def mlxtend(given: Any, name: str) -> Steps:
    import pandas as pd  # noqa: PLC0415
    from mlxtend.frequent_patterns import apriori, fpgrowth  # noqa: PLC0415

    baskets, items = given["basket_codes"], given["item_codes"]
    total = int(given["basket_total"])
    values: dict[str, Any] = {
        # Between two counts, so that rounding drops no set exactly at the threshold.
        "min_support": (int(given["minimum_count"]) - 0.5) / total,
        "max_len": int(given["maximum_length"]),
    }

    def load() -> Any:
        table = np.zeros((total, items.max() + 1), dtype=bool)
        table[baskets, items] = True
        return pd.DataFrame(table)

    def mine(frame: Any) -> Any:
        if name == "apriori":
            return apriori(frame, low_memory=True, **values)
        return fpgrowth(frame, **values)

    def sets(found: Any) -> Found:
        counts = np.rint(found["support"].to_numpy() * total).astype(int)
        return [
            (tuple(sorted(int(i) for i in one)), int(count))
            for one, count in zip(found["itemsets"], counts, strict=True)
        ]

    return load, mine, sets


def efficient_apriori(given: Any) -> Steps:
    from efficient_apriori import itemsets_from_transactions  # noqa: PLC0415

    share = (int(given["minimum_count"]) - 0.5) / int(given["basket_total"])
    length = int(given["maximum_length"])
    return (
        lambda: [
            tuple(one) for one in lists_of(given["basket_codes"], given["item_codes"])
        ],
        lambda data: itemsets_from_transactions(data, share, max_length=length)[0],
        lambda found: [
            (tuple(sorted(one)), count)
            for sets in found.values()
            for one, count in sets.items()
        ],
    )


PEERS: dict[str, Callable[[Any], Steps]] = {
    "pyfim eclat": pyfim,
    "mlxtend fpgrowth": lambda given: mlxtend(given, "fpgrowth"),
    "mlxtend apriori": lambda given: mlxtend(given, "apriori"),
    "efficient-apriori": efficient_apriori,
}


def save(target: str, found: Found, clock: Clock) -> None:
    width = max((len(items) for items, _ in found), default=1)
    items = np.full((len(found), width), -1, dtype=np.int32)
    for row, (codes, _) in enumerate(found):
        items[row, : len(codes)] = codes
    np.savez(
        target,
        items=items,
        counts=np.array([count for _, count in found], dtype=np.int64),
        **{name: np.array(seconds) for name, seconds in clock.steps.items()},
    )


def main() -> None:
    warnings.filterwarnings("ignore")
    name, source, target = sys.argv[1:]
    with np.load(source) as stored:
        given = dict(stored)
    load, mine, sets = PEERS[name](given)
    clock = Clock()
    data = clock("load", load)
    found = clock("mine", mine, data)
    if name == "pyfim eclat":
        # It reads the lists within the call. A call that finds almost nothing shows
        # how long reading takes.
        import fim  # noqa: PLC0415

        clock("read", lambda: fim.eclat(data, supp=-int(given["basket_total"]), zmax=2))
    save(target, sets(found), clock)


if __name__ == "__main__":
    main()
