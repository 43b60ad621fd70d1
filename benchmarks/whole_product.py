"""Files to published marts, all areas: wall time, memory, and where the time goes.

    python -m benchmarks.whole_product --data ../shared/data    # some 25 minutes
    python -m benchmarks.whole_product --quick                  # the sample once

Builds of the sample (first, with another setting, and with nothing changed), of the
real files, and of generated lines of twenty businesses (first, and with a day more).
Nodes run two at a time, so their seconds add up to more than the clock's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
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
BARS = {
    "sample, first": 55.0,
    "sample, a setting of the contact list": 30.0,
    "sample, nothing changed": 5.0,
    "real files, first": 75.0,
    "generated, first": 450.0,
    "generated, a day more of one business": 90.0,
    "generated, a day more of all": 300.0,
}
#: Seconds to publish the generated lines.
PUBLISH_BAR = 30.0
PEAK_BAR_MIB = 4 * 1024
SHOWN_STEPS = 5
_BIN = Path(sys.executable).parent


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
    build = measured(
        [
            str(_BIN / "dbt"),
            "build",
            "--exclude-resource-type",
            "unit_test",
            "--vars",
            json.dumps(variables),
        ],
        log=folder / "build.txt",
        environment=_environment(folder),
    )
    by_area, steps = _seconds_of_nodes(folder / "target")
    publish = measured(
        [str(_BIN / "retail-marts"), "publish", "--out", str(folder / "out")],
        log=folder / "publish.txt",
        environment=_environment(folder),
    )
    return Run(build, publish, by_area, steps)


def run_unchanged(folder: Path) -> Run:
    """`retail-marts build` of a set that it has published a moment before."""
    command = [str(_BIN / "retail-marts"), "build", "--out", str(folder / "out")]
    log, environment = folder / "again.txt", _environment(folder)
    measured(command, log=log, environment=environment)
    cost = measured(command, log=log, environment=environment)
    if not log.read_text().startswith("Nothing has changed"):
        raise BenchmarkError(f"the sample was built again: {log.read_text()[-500:]}")
    return Run(cost, Cost(0.0, 0.0, 0.0), {}, [])


def _environment(folder: Path) -> dict[str, str]:
    return {
        "RETAIL_MARTS_WAREHOUSE": str(folder / "warehouse.duckdb"),
        # Without a limit, DuckDB keeps what it has read as long as memory is free.
        "RETAIL_MARTS_MEMORY_LIMIT": "1GB",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


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
        sample = folders["sample"]
        done["sample, first"] = run(sample, {})
        if is_quick:
            return done
        other = {"contact_settings": {"limit": 50}}
        done["sample, a setting of the contact list"] = run(sample, other)
        done["sample, nothing changed"] = run_unchanged(sample)
        if data is not None:
            done["real files, first"] = run(
                folders["real"], {"raw_data_dir": str(data)}
            )
        generated, days = folders["generated"], folders["generated"] / "days"
        days.mkdir()
        flat = flat_file(rows, businesses=BUSINESSES)
        entry = {
            "path": [str(flat), f"{days}/*.parquet"],
            "columns": {column: column for column in COLUMNS},
        }
        variables = {"sources": [], "mapped_sources": {"flat": entry}}
        _write_day(flat, days / "none.parquet", "false", after=1)
        done["generated, first"] = run(generated, variables)
        is_first = "business_id = (select min(business_id) from lines)"
        _write_day(flat, days / "one.parquet", is_first, after=1)
        done["generated, a day more of one business"] = run(generated, variables)
        _write_day(flat, days / "all.parquet", "true", after=2)
        done["generated, a day more of all"] = run(generated, variables)
    return done


def _write_day(flat: Path, path: Path, condition: str, *, after: int) -> None:
    """Copy each business's last day of a file to a later day."""
    # DuckDB runs in a process of its own: this one must stay small, see `measured`.
    code = "import sys, duckdb; duckdb.sql(sys.argv[1])"
    query = f"""
        copy (
            with lines as (from read_parquet('{flat}'))
            select * replace (
                order_date + {after} as order_date,
                order_id || '-later-{after}' as order_id
            )
            from lines
            where {condition}
            qualify order_date = max(order_date) over (partition by business_id)
        ) to '{path}'
    """
    subprocess.run([sys.executable, "-c", code, query], check=True)


def shown(done: Mapping[str, Run], *, rows: int) -> str:
    size = f"{rows:,} lines of {BUSINESSES} businesses"
    names = {case: case.replace("generated", size) for case in BARS}
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
            is_claimed=is_claimed or not case.startswith("generated"),
        )
        for case, bar in BARS.items()
    ]
    large = done.get("generated, first")
    bars += [
        judged(f"{size}: {what}", bar, found, is_claimed=is_claimed)
        for what, bar, found in (
            (
                "seconds to publish",
                PUBLISH_BAR,
                large.publish.seconds if large else None,
            ),
            ("peak MiB", PEAK_BAR_MIB, large.peak_mib if large else None),
        )
    ]
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
