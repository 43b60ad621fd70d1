"""Speed of segments, compared with scikit-learn with ten starts for each k.

    python -m benchmarks.segments                 # 200,000 and 2 million customers
    python -m benchmarks.segments --quick         # 5,000 customers
    python -m benchmarks.segments --sizes 500000

Ours is the whole selection: K-Means of 1 to 12 clusters, every criterion, stability,
and the choice. The peer fits K-Means alone, ``KMeans(k, n_init=10)`` for the same k,
with the same points. Each runs in its own process, in turn; seconds are those of
the work without start and points, the peak is that of the whole process. "whole" is
``segment_subjects``: features to named segments, with the algorithms that are compared.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.markdown import bar_lines, cell, judged, loss_lines
from benchmarks.scale import measured, python

K_MAX = 12
SIZES, QUICK_SIZES = (200_000, 2_000_000), (5_000,)
#: Bars for the smallest size, and the allowed growth of time per customer.
SECONDS, PEAK_MIB, LINEAR = 30.0, 2048.0, 1.5
#: Minimum number of customers to judge the bars.
JUDGED = 200_000


def customers(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Features of customers without clear groups, the hardest case for K-Means."""
    rng = np.random.default_rng(seed)
    orders = rng.geometric(0.15, count)
    price = rng.lognormal(4.0, 0.8, count)
    units = rng.poisson(2.0, count) + 1
    frame = pd.DataFrame(
        {
            "business_id": "shop",
            "subject": "customer",
            "subject_id": [f"c{number:08d}" for number in range(count)],
            "recency_days": rng.exponential(600 / np.sqrt(orders)).astype("int64"),
            "order_count": orders,
            "line_count": orders * 2,
            "quantity": orders * units,
            "monetary_amount": (orders * units * price).round(2),
        }
    )
    return frame


def points_of(count: int) -> np.ndarray:
    """The prepared input of K-Means."""
    from retail_marts.customers.segments import feature_space  # noqa: PLC0415
    from retail_marts.settings.customers import (  # noqa: PLC0415
        FEATURES,
        SegmentSettings,
    )

    frame = customers(count).reindex(columns=list(FEATURES)).astype("float64")
    return feature_space(frame, SegmentSettings()).points


# --- contenders ----------------------------------------------------------------------


def ours(count: int) -> Callable[[], list[float]]:
    from retail_marts.customers.selection import choose_k  # noqa: PLC0415

    points = points_of(count)

    def work() -> list[float]:
        inertia: list[float] = choose_k(points, k_max=K_MAX).scores["inertia"].tolist()
        return inertia

    return work


def peer(count: int) -> Callable[[], list[float]]:
    from sklearn.cluster import KMeans  # noqa: PLC0415

    points = points_of(count)
    return lambda: [
        float(KMeans(k, n_init=10, random_state=0).fit(points).inertia_)
        for k in range(1, K_MAX + 1)
    ]


def whole(count: int) -> Callable[[], list[float]]:
    from retail_marts.customers.naming import SEED_FILE  # noqa: PLC0415
    from retail_marts.customers.schemas import SEGMENT_FEATURES  # noqa: PLC0415
    from retail_marts.customers.segments import segment_subjects  # noqa: PLC0415

    names = pd.read_csv(Path(__file__).resolve().parents[1] / SEED_FILE, dtype="string")
    frame = customers(count).reindex(columns=list(SEGMENT_FEATURES))

    def work() -> list[float]:
        selection = segment_subjects(frame, names=names).selection
        is_ours = selection["algorithm"] == "k_means"
        return selection.loc[is_ours, "inertia"].tolist()

    return work


CONTENDERS = {"ours": ours, "peer": peer, "whole": whole}


def run_worker(name: str, count: int, target: Path) -> None:
    """Run a contender and write its seconds and inertias."""
    work = CONTENDERS[name](count)
    wall, processor = time.perf_counter(), time.process_time()
    inertia = work()
    target.write_text(
        json.dumps(
            {
                "seconds": time.perf_counter() - wall,
                "cpu_seconds": time.process_time() - processor,
                "inertia": inertia,
            }
        )
    )


def cost_of(name: str, count: int) -> dict[str, Any]:
    """The cost of a contender in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "result.json"
        cost = measured(
            python("benchmarks.segments", "--worker", name, count, target),
            log=Path(folder) / "log",
        )
        found: dict[str, Any] = json.loads(target.read_text())
    return {"what": name, "customers": count, "peak_mib": cost.peak_mib, **found}


def bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each claim with its bar and what was measured."""
    cost = {(row["what"], row["customers"]): row for row in rows}
    sizes = sorted({row["customers"] for row in rows})
    many = [size for size in sizes if size >= JUDGED]
    found = []
    for size in sizes:
        mine, theirs = cost["ours", size], cost.get(("peer", size))
        if theirs:
            ratio = mine["cpu_seconds"] / theirs["cpu_seconds"]
            found.append(
                judged(f"{size:,}: our processor seconds to the peer's", 1.0, ratio)
            )
            worst = max(
                a / b - 1
                for a, b in zip(mine["inertia"], theirs["inertia"], strict=True)
            )
            found.append(
                judged(f"{size:,}: worst inertia above the peer's, share", 0.002, worst)
            )
    if many:
        first = cost["ours", many[0]]
        found.append(judged(f"{many[0]:,}: our seconds", SECONDS, first["seconds"]))
        found.append(judged(f"{many[0]:,}: peak MiB", PEAK_MIB, first["peak_mib"]))
        last = cost["ours", many[-1]]
        if last is not first:
            growth = (last["cpu_seconds"] / many[-1]) / (first["cpu_seconds"] / many[0])
            found.append(
                judged("processor seconds per customer, growth", LINEAR, growth)
            )
    return found


def losses(rows: list[dict[str, Any]]) -> list[str]:
    """Where the peer takes less, or finds tighter clusters of some number."""
    cost = {(row["what"], row["customers"]): row for row in rows}
    found = []
    for (name, size), theirs in cost.items():
        if name != "peer":
            continue
        mine = cost["ours", size]
        found += [
            f"{size:,} customers: the peer takes {cell(theirs[key])} {unit}, ours "
            f"{cell(mine[key])}"
            for key, unit in (
                ("seconds", "seconds"),
                ("cpu_seconds", "processor seconds"),
                ("peak_mib", "MiB at the peak"),
            )
            if theirs[key] < mine[key]
        ]
        pairs = zip(mine["inertia"], theirs["inertia"], strict=True)
        above = {k: a / b - 1 for k, (a, b) in enumerate(pairs, start=1)}
        # Within this tolerance, both searches found the same optimum.
        looser = [k for k, share in above.items() if share > 1e-4]
        if looser:
            found.append(
                f"{size:,} customers: the peer's ten starts find tighter clusters for "
                f"k = {', '.join(map(str, looser))}, by up to "
                f"{100 * max(above.values()):.2f} %"
            )
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--quick", action="store_true", help="5,000 customers")
    parser.add_argument(
        "--peer-limit",
        type=int,
        default=200_000,
        help="most customers that the peer is timed with",
    )
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        name, count, target = options.worker
        run_worker(name, int(count), Path(target))
        return 0
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    rows = []
    print("| what | customers | seconds | processor seconds | peak MiB |")
    print("|---|---:|---:|---:|---:|", flush=True)
    for size in sizes:
        names = ["ours", *(["peer"] if size <= options.peer_limit else []), "whole"]
        for name in names:
            row = cost_of(name, size)
            rows.append(row)
            print(
                f"| {name} | {size:,} | {row['seconds']:.1f} "
                f"| {row['cpu_seconds']:.1f} | {row['peak_mib']:,.0f} |",
                flush=True,
            )
    print(f"\n{bar_lines(bars(rows))}\n\n{loss_lines(losses(rows))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
