"""Files to published marts, all areas: wall time, memory, and where the time goes.

    python -m benchmarks.whole_product --data ../shared/data    # some fifteen minutes
    python -m benchmarks.whole_product --quick                  # the sample once

A second build of the sample in one warehouse, one of the real files, and one of
generated lines of twenty businesses. Nodes run two at a time, so their seconds add up
to more than the clock's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.markdown import bar_lines, judged, table
from benchmarks.scale import (
    COLUMNS,
    LARGE,
    BenchmarkError,
    Cost,
    flat_file,
    machine,
    measured,
)

BUSINESSES = 20
#: Seconds from files to published marts on two cores, by case.
BARS = {"sample, again": 120.0, "real files": 360.0, "generated": 480.0}
PEAK_BAR_MIB = 8 * 1024
SHOWN_STEPS = 5


@dataclass(frozen=True)
class Run:
    """One build and its publishing."""

    build: Cost
    publish: Cost
    seconds_by_area: Mapping[str, float]
    slowest: list[tuple[str, float]]

    @property
    def seconds(self) -> float:
        return self.build.seconds + self.publish.seconds

    @property
    def peak_mib(self) -> float:
        return max(self.build.peak_mib, self.publish.peak_mib)


def run(folder: Path, variables: Mapping[str, Any]) -> Run:
    """Build and publish as `make build` does, in the warehouse of a folder."""
    environment = {
        "RETAIL_MARTS_WAREHOUSE": str(folder / "warehouse.duckdb"),
        # Without a limit, DuckDB keeps what it has read as long as memory is free.
        "RETAIL_MARTS_MEMORY_LIMIT": "1GB",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    bin_folder = Path(sys.executable).parent
    build = measured(
        [str(bin_folder / "dbt"), "build", "--vars", json.dumps(variables)],
        log=folder / "build.txt",
        environment=environment,
    )
    by_area, steps = _seconds_of_nodes(folder / "target")
    publish = measured(
        [str(bin_folder / "retail-marts"), "publish", "--out", str(folder / "out")],
        log=folder / "publish.txt",
        environment=environment,
    )
    return Run(build, publish, by_area, steps)


def _seconds_of_nodes(target: Path) -> tuple[dict[str, float], list[tuple[str, float]]]:
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    seconds: Counter[str] = Counter()
    steps = []
    for result in results:
        node = nodes.get(result["unique_id"])
        # Unit tests and hooks are not nodes of the manifest.
        if node is None or node["resource_type"] != "model":
            seconds["tests, seeds, hooks"] += result["execution_time"]
            continue
        room = node["fqn"][1]
        area = node["fqn"][2] if room == "marts" else room
        seconds[area] += result["execution_time"]
        steps.append((node["name"], float(result["execution_time"])))
    return dict(seconds), sorted(steps, key=lambda step: -step[1])[:SHOWN_STEPS]


def runs(*, rows: int, data: Path | None, is_quick: bool) -> dict[str, Run]:
    done = {}
    with tempfile.TemporaryDirectory(prefix="retail_marts_whole_") as name:
        folders = {case: Path(name) / case for case in ("sample", "real", "generated")}
        for folder in folders.values():
            folder.mkdir()
        done["sample, first"] = run(folders["sample"], {})
        if is_quick:
            return done
        done["sample, again"] = run(folders["sample"], {})
        if data is not None:
            done["real files"] = run(folders["real"], {"raw_data_dir": str(data)})
        flat = flat_file(rows, businesses=BUSINESSES)
        entry = {"path": str(flat), "columns": {column: column for column in COLUMNS}}
        done["generated"] = run(
            folders["generated"], {"sources": [], "mapped_sources": {"flat": entry}}
        )
    return done


def shown(done: Mapping[str, Run], *, rows: int) -> str:
    names = {"generated": f"{rows:,} lines of {BUSINESSES} businesses"}
    costs = pd.DataFrame(
        [
            {
                "run": names.get(case, case),
                "dbt build, s": one.build.seconds,
                "publish, s": one.publish.seconds,
                "processor s": one.build.cpu_seconds + one.publish.cpu_seconds,
                "peak MiB": one.peak_mib,
            }
            for case, one in done.items()
        ]
    )
    areas = sorted({area for one in done.values() for area in one.seconds_by_area})
    shares = pd.DataFrame(
        [
            {
                "seconds of nodes": area,
                **{
                    names.get(case, case): one.seconds_by_area.get(area, 0.0)
                    for case, one in done.items()
                },
            }
            for area in areas
        ]
    )
    slowest = pd.DataFrame(
        [
            {"run": names.get(case, case), "slowest steps": step, "seconds": seconds}
            for case, one in done.items()
            for step, seconds in one.slowest
        ]
    )
    is_claimed = rows == LARGE
    bars = [
        judged(
            f"{names.get(case, case)}: seconds to published marts",
            bar,
            done[case].seconds if case in done else None,
            is_claimed=is_claimed or case != "generated",
        )
        for case, bar in BARS.items()
    ]
    bars.append(
        judged(
            f"{names['generated']}: peak MiB",
            PEAK_BAR_MIB,
            done["generated"].peak_mib if "generated" in done else None,
            is_claimed=is_claimed,
        )
    )
    tables = [table(frame) for frame in (costs, shares, slowest)]
    return "\n\n".join([*tables, bar_lines(bars)])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="the real files' folder")
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--quick", action="store_true", help="one build of the sample")
    options = parser.parse_args()
    print("\n".join(f"{name}: {text}" for name, text in machine().items()) + "\n")
    done = runs(rows=options.rows, data=options.data, is_quick=options.quick)
    print(shown(done, rows=options.rows))


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
