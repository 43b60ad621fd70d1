"""Speed of itemsets and rules, compared with other libraries on the same baskets.

    python -m benchmarks.baskets                      # some minutes
    python -m benchmarks.baskets --quick              # below a minute
    python -m benchmarks.baskets --false-discoveries  # chance called significant

Each contender runs in its own process on the same coded baskets. If they do not find
the same itemsets, the command fails. The peers have their own environment (that of
``python -m benchmarks.peers``, ``--peer-python`` or ``RETAIL_MARTS_PEER_PYTHON``).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.baskets_peer import Clock
from benchmarks.forecasting import _peak_mib
from benchmarks.markdown import bar_lines, cell, judged, loss_lines, table
from benchmarks.peers import default_python, last_words
from retail_marts.basket import (
    RuleSettings,
    association_rules,
    frequent_itemsets,
    q_values,
)
from retail_marts.settings.basket import FALSE_DISCOVERY_CONTROLS

PROJECT = Path(__file__).resolve().parents[1]
PEER = Path(__file__).with_name("baskets_peer.py")
OURS = "retail_marts"


@dataclass(frozen=True)
class Case:
    """Baskets to generate, thresholds, and the contenders."""

    name: str
    baskets: int
    items: int
    mean_size: float
    support: Fraction
    length: int
    peers: tuple[str, ...]


ALL_PEERS = ("pyfim eclat", "mlxtend fpgrowth", "mlxtend apriori", "efficient-apriori")
FAST_PEERS = ("pyfim eclat", "mlxtend fpgrowth")
CASES = {
    "shop": Case("shop", 20_000, 4_000, 25.0, Fraction(1, 200), 4, ALL_PEERS),
    # A table of three million baskets and 5,000 items has 15 GB: too large for mlxtend.
    "chain": Case("chain", 3_000_000, 5_000, 6.0, Fraction(1, 1000), 4, FAST_PEERS[:1]),
    "quick": Case("quick", 5_000, 1_000, 12.0, Fraction(1, 100), 4, ALL_PEERS),
}


class BenchmarkError(Exception):
    """A contender failed, or found different itemsets."""


def generated_baskets(
    *, baskets: int, items: int, mean_size: float, seed: int = 0
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Sorted codes of baskets and items. Few items sell often, many seldom. Part of the
    items of a basket depend on the customer's taste, and some are bought in bundles.

    Popularity follows Zipf and Mandelbrot's law, sizes are lognormal. A fifth of the
    items of a basket come from one of a hundred tastes, each of forty items.
    """
    random = np.random.default_rng(seed)
    weight = 1 / (np.arange(items) + 10.0)
    size = 1 + random.poisson(
        random.lognormal(np.log(mean_size - 1) - 0.32, 0.8, baskets)
    )
    rows = np.repeat(np.arange(baskets, dtype=np.int64), size)
    drawn = random.choice(items, len(rows), p=weight / weight.sum())
    tastes = random.choice(items, (100, 40), p=weight / weight.sum())
    own = random.integers(0, 100, baskets)
    tasted = np.flatnonzero(random.random(len(rows)) < 0.2)
    drawn[tasted] = tastes[own[rows[tasted]], random.integers(0, 40, len(tasted))]
    # Every tenth basket has a bundle of three items.
    bundles = random.choice(items, (50, 3), replace=False)
    with_bundle = np.flatnonzero(random.random(baskets) < 0.1)
    which = random.integers(0, 50, len(with_bundle))
    keys = np.concatenate(
        [rows * items + drawn, (with_bundle[:, None] * items + bundles[which]).ravel()]
    )
    keys = np.unique(keys)
    return (keys // items).astype(np.int32), (keys % items).astype(np.int32)


def mine(source: str, target: str) -> None:
    """Our contender: itemsets, then rules (in its own process)."""
    with np.load(source) as stored:
        given = dict(stored)
    clock = Clock()
    counts = clock("load", np.bincount, given["item_codes"])
    found = clock(
        "mine",
        lambda: frequent_itemsets(
            given["basket_codes"],
            given["item_codes"],
            item_counts=counts,
            minimum_count=int(given["minimum_count"]),
            maximum_length=int(given["maximum_length"]),
        ),
    )
    rules = clock(
        "rules",
        lambda: association_rules(
            found,
            basket_total=int(given["basket_total"]),
            settings=RuleSettings(maximum_length=int(given["maximum_length"])),
        ),
    )
    width = len(found.items)
    items = np.concatenate(
        [
            np.pad(one, ((0, 0), (0, width - one.shape[1])), constant_values=-1)
            for one in found.items
        ]
    )
    np.savez(
        target,
        items=items,
        counts=np.concatenate(found.counts),
        rule_count=len(rules),
        **{name: np.array(seconds) for name, seconds in clock.steps.items()},
    )
    print(_peak_mib())


def compare(
    case: Case, *, peer_python: str | None, runs: int, limit: float
) -> pd.DataFrame:
    """One row per contender: the median of its runs, compared with ours."""
    basket_codes, item_codes = generated_baskets(
        baskets=case.baskets, items=case.items, mean_size=case.mean_size
    )
    least = -(-case.baskets * case.support.numerator // case.support.denominator)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        source = str(Path(folder) / "baskets.npz")
        np.savez(
            source,
            basket_codes=basket_codes,
            item_codes=item_codes,
            basket_total=case.baskets,
            minimum_count=least,
            maximum_length=case.length,
        )
        print(
            f"\n{case.name}: {case.baskets:,} baskets x {case.items:,} items, "
            f"{len(item_codes):,} entries, at least {least:,} baskets, up to "
            f"{case.length} items\n"
        )
        ours = _median(OURS, None, source, folder, runs=runs, limit=None)
        assert not isinstance(ours, str)
        rows.append(_row(OURS, ours, ours))
        for peer in case.peers:
            if peer_python is None:
                rows.append({"contender": peer, "note": "peer not installed"})
                continue
            # Slow contenders run once: for minutes, a median makes little difference.
            repeats = runs if peer in FAST_PEERS else 1
            theirs = _median(
                peer, peer_python, source, folder, runs=repeats, limit=limit
            )
            if isinstance(theirs, str):
                rows.append({"contender": peer, "note": theirs})
                continue
            _check_equal(peer, ours, theirs)
            rows.append(_row(peer, theirs, ours))
    return pd.DataFrame(rows)


def _median(
    name: str,
    python: str | None,
    source: str,
    folder: str,
    *,
    runs: int,
    limit: float | None,
) -> dict[str, Any] | str:
    """The median run, or the reason why it is missing."""
    results = []
    for _ in range(runs):
        target = str(Path(folder) / "found.npz")
        code = f"import benchmarks.baskets as b; b.mine({source!r}, {target!r})"
        command = (
            [sys.executable, "-c", code]
            if python is None
            else [python, str(PEER), name, source, target]
        )
        try:
            finished = subprocess.run(
                command,
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return f"stopped after {limit:.0f} s"
        if finished.returncode:
            last = last_words(finished)
            if last.startswith("ModuleNotFoundError"):
                return last
            raise BenchmarkError(f"{name} failed:\n{finished.stderr[-2000:]}")
        with np.load(target) as stored:
            result = dict(stored)
        if python is None:
            result["peak_mib"] = float(finished.stdout)
        results.append(result)
    # By processor seconds, which depend less on other programs.
    results.sort(key=lambda one: float(one["mine"][1]))
    return results[len(results) // 2]


def _check_equal(name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    tables = []
    for found in (ours, theirs):
        items, counts = found["items"], found["counts"]
        order = np.lexsort(items.T[::-1])
        tables.append(np.column_stack([items[order], counts[order]]))
    if not np.array_equal(*tables):
        raise BenchmarkError(
            f"{name} found {len(tables[1])} itemsets, not our {len(tables[0])}."
        )


def _row(
    name: str, found: Mapping[str, Any], ours: Mapping[str, Any]
) -> dict[str, object]:
    wall, processor = (float(one) for one in found["mine"])
    row: dict[str, object] = {
        "contender": name,
        "itemsets": len(found["counts"]),
        "load cpu s": float(found["load"][1]),
        "mine wall s": wall,
        "mine cpu s": processor,
        "times ours": processor / float(ours["mine"][1]),
    }
    if "read" in found:
        row["mine less read cpu s"] = processor - float(found["read"][1])
    if "rules" in found:
        row["rules cpu s"] = float(found["rules"][1])
        row["rules"] = int(found["rule_count"])
        row["peak MiB"] = found["peak_mib"]
    return row


def claims(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Each claim, its bar, and what was measured."""
    found = []
    columns = ["mine cpu s", "mine less read cpu s"]
    if "shop" in tables:
        rows = tables["shop"].set_index("contender")
        rows = rows.reindex(index=[OURS, *ALL_PEERS], columns=columns)
        ours = float(rows.at[OURS, "mine cpu s"])
        fpgrowth = float(rows.at["mlxtend fpgrowth", "mine cpu s"]) / ours
        alone = ours / float(rows.at["pyfim eclat", "mine less read cpu s"])
        found += [
            judged(claim, bar, None if np.isnan(ratio) else ratio, is_upper=is_upper)
            for claim, bar, ratio, is_upper in (
                ("mlxtend fpgrowth's processor seconds to ours", 25, fpgrowth, False),
                ("ours to pyfim's, its reading left out", 3, alone, True),
            )
        ]
    if "chain" in tables:
        mine = tables["chain"].set_index("contender").loc[OURS]
        seconds = mine["mine wall s"] + mine["rules cpu s"]
        found.append(judged("chain: our seconds, rules included", 60, seconds))
        found.append(judged("chain: our peak MiB", 4096, float(mine["peak MiB"])))
    return found


def losses(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The cases in which a peer is faster or smaller."""
    found = []
    for name, rows in tables.items():
        ours = rows.set_index("contender").at[OURS, "mine cpu s"]
        for row in rows.to_dict("records"):
            # Without the time that the peer needs to read its input, if known.
            alone = row.get("mine less read cpu s", np.nan)
            is_alone = bool(pd.notna(alone))
            theirs = alone if is_alone else row.get("mine cpu s", np.nan)
            if theirs < ours:
                part = ", its reading left out," if is_alone else ""
                found.append(
                    f"{name}: {row['contender']}{part} takes {cell(theirs)} processor "
                    f"seconds, ours {cell(ours)}"
                )
    return found


def false_discovery_table(shops: int = 100) -> pd.DataFrame:
    """Share of shops with a significant rule although their items are independent."""
    rows = []
    for items, baskets, least, spread in (
        (25, 400, 3, 0.0),
        (300, 2_000, 3, 0.0),
        (300, 2_000, 3, 0.6),
    ):
        finds = np.zeros((shops, 4), dtype=bool)
        for shop in range(shops):
            random = np.random.default_rng(shop)
            share = np.minimum(0.5, 0.003 + 0.01 * random.pareto(1.2, items))
            size = random.lognormal(0, spread, (baskets, 1))
            basket_codes, item_codes = np.nonzero(
                random.random((baskets, items)) < share * size
            )
            found = association_rules(
                frequent_itemsets(
                    basket_codes,
                    item_codes,
                    item_counts=np.bincount(item_codes, minlength=items),
                    minimum_count=least,
                    maximum_length=3,
                ),
                basket_total=baskets,
                settings=RuleSettings(
                    maximum_length=3,
                    minimum_confidence=Fraction(0),
                    minimum_lift=Fraction(0),
                ),
            )
            p_values = found.columns["p_value"]
            counts = (found.candidate_count, max(1, len(p_values)))
            finds[shop] = [
                (q_values(p_values, test_count=count, method=method) <= 0.05).any()
                for count in counts
                for method in FALSE_DISCOVERY_CONTROLS
            ]
        kind = f"{items} items, {baskets} baskets, sizes' spread {spread}"
        named = zip(
            ("yekutieli", "hochberg", "yekutieli, found", "hochberg, found"),
            finds.mean(axis=0),
            strict=True,
        )
        rows.append({"shops": kind, **dict(named)})
    return pd.DataFrame(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", default=default_python())
    parser.add_argument("--quick", action="store_true", help="a small case alone")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=["shop", "chain"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--limit", type=float, default=600, help="seconds after which a peer is stopped"
    )
    parser.add_argument("--false-discoveries", action="store_true")
    options = parser.parse_args(arguments)
    if options.false_discoveries:
        print("\nShare of shops of independent items with a significant rule at .05;")
        print("'found' counts the rules of frequent sets alone as tests\n")
        print(table(false_discovery_table()))
        return
    tables = {}
    for name in ["quick"] if options.quick else options.cases:
        tables[name] = compare(
            CASES[name],
            peer_python=options.peer_python,
            runs=1 if options.quick else options.runs,
            limit=options.limit,
        )
        print(table(tables[name]), flush=True)
    if stated := claims(tables):
        print("\n" + bar_lines(stated))
    print("\n" + loss_lines(losses(tables)))


if __name__ == "__main__":
    main()
