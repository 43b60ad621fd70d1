"""Segments of many customers: ours beside scikit-learn with ten starts for each k.

    python -m benchmarks.segments                 # 200,000 and 2 million customers
    python -m benchmarks.segments --quick         # 20,000 customers
    python -m benchmarks.segments --sizes 500000

Ours is the whole selection: K-Means of 1 to 12 clusters, every criterion, stability,
and the choice. The peer fits K-Means alone, ``KMeans(k, n_init=10)`` for the same k,
with the same points. Each runs in a process of its own, in turn; seconds are those of
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

import numpy as np
import pandas as pd

from benchmarks.scale import measured, python

K_MAX = 12
SIZES, QUICK_SIZES = (200_000, 2_000_000), (20_000,)
#: Bars of the smallest size, and how much more a customer may take in the largest.
SECONDS, PEAK_MIB, LINEAR = 30.0, 2048.0, 1.5
#: From so many customers on the bars are judged.
JUDGED = 200_000


def customers(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Features of customers of no clear groups: the hardest kind for K-Means."""
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
    """The customers as K-Means sees them."""
    from retail_marts.customers.segments import feature_space  # noqa: PLC0415
    from retail_marts.customers.settings import (  # noqa: PLC0415
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
    """Do a contender's work and write its seconds and inertias."""
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


def cost_of(name: str, count: int) -> dict[str, object]:
    """What a contender takes in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "result.json"
        cost = measured(
            python("benchmarks.segments", "--worker", name, count, target),
            log=Path(folder) / "log",
        )
        found: dict[str, object] = json.loads(target.read_text())
    return {"what": name, "customers": count, "peak_mib": cost.peak_mib, **found}


def bars(rows: list[dict[str, object]]) -> list[tuple[str, float, float]]:
    """Each claim with its bar and what was measured."""
    cost = {(row["what"], row["customers"]): row for row in rows}
    sizes = sorted({int(str(row["customers"])) for row in rows})
    judged = [size for size in sizes if size >= JUDGED]
    found = []
    for size in sizes:
        mine, theirs = cost["ours", size], cost.get(("peer", size))
        if theirs:
            ratio = float(str(mine["cpu_seconds"])) / float(str(theirs["cpu_seconds"]))
            found.append((f"processor seconds beside the peer, {size:,}", 1.0, ratio))
            worst = max(
                a / b - 1
                for a, b in zip(mine["inertia"], theirs["inertia"], strict=True)  # type: ignore[call-overload]
            )
            found.append((f"worst inertia above the peer's, {size:,}", 0.002, worst))
    if judged:
        first = cost["ours", judged[0]]
        found.append(("seconds", SECONDS, float(str(first["seconds"]))))
        found.append(("peak MiB", PEAK_MIB, float(str(first["peak_mib"]))))
        last = cost["ours", judged[-1]]
        if last is not first:
            growth = (float(str(last["cpu_seconds"])) / judged[-1]) / (
                float(str(first["cpu_seconds"])) / judged[0]
            )
            found.append(("processor seconds a customer, growth", LINEAR, growth))
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--quick", action="store_true", help="20,000 customers")
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
    print("\n| claim | bar | measured | met |\n|---|---:|---:|---|")
    for claim, bar, value in bars(rows):
        print(f"| {claim} | {bar:g} | {value:.4g} | {value <= bar} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
