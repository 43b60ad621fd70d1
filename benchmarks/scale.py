"""Seconds and memory from a file of sales lines to its core and sales marts.

Three contenders make the same marts of the same file, in turn, each in its own process:
this project, a hand-written DuckDB script, and pandas. If their key figures differ, the
command fails.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, differences
from benchmarks.markdown import bar_lines, cell, judged, loss_lines

PROJECT = Path(__file__).resolve().parents[1]
CACHE = Path(__file__).with_name(".cache")
#: Rows of a file so small that dbt spends nearly all of its time on starting.
STARTUP_ROWS = 20
LINES_A_BUSINESS = 1_000_000
COLUMNS = (
    "business_id",
    "order_id",
    "order_date",
    "customer_id",
    "product_id",
    "product_name",
    "category",
    "sub_category",
    "store_id",
    "quantity",
    "unit_price_amount",
    "sales_amount",
)
#: The core and sales marts, and the models that they read.
SELECTION = ("+path:models/marts/core", "+path:models/marts/sales")
SMALL, LARGE = 1_000_000, 10_000_000
OURS, STARTUP, BUILD, HAND_WRITTEN, PANDAS = (
    "dbt run",
    "dbt run of nothing",
    "dbt build",
    "hand-written SQL",
    "pandas",
)


@dataclass(frozen=True)
class Cost:
    """The cost of one process: wall and processor seconds, peak memory in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


class BenchmarkError(Exception):
    """A contender failed, or two contenders gave different figures."""


# --- contenders ----------------------------------------------------------------------


def measured(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end, with its output in a file.

    The peak is that of the whole process. A process inherits the peak that its parent
    has at its start, so nothing large is ever done in the calling process.
    """
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchmarkError(
            f"{' '.join(command[:3])} failed:\n"
            + log.read_text(errors="replace")[-4000:]
        )
    # Linux counts in KiB, macOS in bytes
    unit = 1024 if sys.platform == "linux" else 1024**2
    return Cost(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mib=usage.ru_maxrss / unit,
    )


def python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


def dbt(
    command: str,
    *,
    folder: Path,
    parquet: Path | None,
    name: str = "dbt",
    selection: Sequence[str] = SELECTION,
) -> Cost:
    """Run dbt on a flat file (without one: on the sample) in a folder's warehouse."""
    arguments = [str(Path(sys.executable).with_name("dbt")), command]
    arguments += ["--select", *selection]
    if parquet is not None:
        columns = {column: column for column in COLUMNS}
        entry = {"path": str(parquet), "columns": columns}
        variables = {"sources": [], "mapped_sources": {"flat": entry}}
        arguments += ["--vars", json.dumps(variables)]
    if command == "build":
        # tests that also read marts outside the selection cannot run
        arguments += ["--indirect-selection", "cautious"]
    return measured(
        arguments,
        log=folder / f"{name}.txt",
        environment={
            "RETAIL_MARTS_WAREHOUSE": str(folder / "warehouse.duckdb"),
            # Without a limit, DuckDB keeps what it has read as long as memory is free.
            "RETAIL_MARTS_MEMORY_LIMIT": "1GB",
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
    )


def run_ours(parquet: Path, folder: Path) -> tuple[Cost, Figures]:
    cost = dbt("run", folder=folder, parquet=parquet)
    return cost, figures_of_warehouse(folder)


def run_hand_written(parquet: Path, folder: Path) -> tuple[Cost, Figures]:
    cost = measured(
        python(
            "benchmarks.duckdb_peer",
            parquet,
            *("--warehouse", folder / "warehouse.duckdb"),
            *("--threads", os.cpu_count() or 1),
        ),
        log=folder / "log.txt",
    )
    return cost, figures_of_warehouse(folder)


def run_pandas(parquet: Path, folder: Path) -> tuple[Cost, Figures]:
    figures = folder / "figures.json"
    cost = measured(
        python(
            "benchmarks.pandas_peer",
            parquet,
            *("--out", folder / "marts"),
            *("--figures", figures),
        ),
        log=folder / "log.txt",
    )
    return cost, json.loads(figures.read_text())


def run_startup(parquet: Path, folder: Path) -> tuple[Cost, Figures]:
    few = flat_file(STARTUP_ROWS)
    return dbt("run", folder=folder, parquet=few), {}


def run_build(parquet: Path, folder: Path) -> tuple[Cost, Figures]:
    return dbt("build", folder=folder, parquet=parquet), {}


CONTENDERS: Mapping[str, Callable[[Path, Path], tuple[Cost, Figures]]] = {
    STARTUP: run_startup,
    OURS: run_ours,
    HAND_WRITTEN: run_hand_written,
    PANDAS: run_pandas,
    BUILD: run_build,
}


def figures_of_warehouse(folder: Path) -> Figures:
    figures = folder / "figures.json"
    measured(
        python("benchmarks.figures", folder / "warehouse.duckdb", "--figures", figures),
        log=folder / "figures.txt",
    )
    read: Figures = json.loads(figures.read_text())
    return read


def flat_file(rows: int, *, businesses: int | None = None) -> Path:
    """The flat file with this number of lines; by default a business per million."""
    businesses = businesses or max(1, rows // LINES_A_BUSINESS)
    path = CACHE / f"flat_{rows}_lines_{businesses}_businesses.parquet"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        code = (
            "import sys; from pathlib import Path; "
            "from retail_marts.sample.flat import write_flat_sales; "
            "write_flat_sales(Path(sys.argv[1]), rows=int(sys.argv[2]), "
            "businesses=int(sys.argv[3]))"
        )
        subprocess.run(
            [sys.executable, "-c", code, str(part), str(rows), str(businesses)],
            check=True,
        )
        part.rename(path)
    return path


# --- measuring -----------------------------------------------------------------------


def compare(
    parquet: Path, *, runs: int, contenders: Sequence[str] = tuple(CONTENDERS)
) -> dict[str, Cost]:
    """Run the contenders in turn on one file; medians of their costs.

    Raises
    ------
    BenchmarkError
        If a contender fails or its key figures differ from those of the first.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    expected: tuple[str, Figures] | None = None
    for number in range(runs):
        for name in contenders:
            with tempfile.TemporaryDirectory(prefix="retail_marts_scale_") as folder:
                cost, figures = CONTENDERS[name](parquet, Path(folder))
            costs[name].append(cost)
            print(
                f"{parquet.stem}, run {number + 1}, {name}: {cost.seconds:.1f} s, "
                f"{cost.cpu_seconds:.1f} processor s, {cost.peak_mib:,.0f} MiB",
                file=sys.stderr,
            )
            if not figures:
                continue
            if expected is None:
                expected = name, figures
            elif found := differences(expected[1], figures):
                raise BenchmarkError(
                    f"{expected[0]} and {name} differ in {len(found)} figures:\n"
                    + "\n".join(found[:20])
                )
    return {name: _median(taken) for name, taken in costs.items()}


def warm_sample_build() -> Cost:
    """The second ``dbt build`` of this part of the sample in one warehouse."""
    with tempfile.TemporaryDirectory(prefix="retail_marts_sample_") as folder:
        dbt("build", folder=Path(folder), parquet=None)
        return dbt("build", folder=Path(folder), parquet=None)


def _median(costs: Sequence[Cost]) -> Cost:
    rows = [asdict(cost) for cost in costs]
    return Cost(
        **{name: statistics.median(row[name] for row in rows) for name in rows[0]}
    )


# --- showing -------------------------------------------------------------------------


def ours_without_startup(costs: Mapping[str, Cost]) -> float:
    return costs[OURS].seconds - costs[STARTUP].seconds


def table(results: Mapping[int, Mapping[str, Cost]]) -> str:
    lines = [
        "| sales lines | contender | seconds | processor seconds | peak MiB "
        "| seconds to ours |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for rows, costs in results.items():
        ours = ours_without_startup(costs)
        shown = {name: cost for name, cost in costs.items() if name != STARTUP}
        for name, cost in shown.items():
            if name == OURS:
                start = costs[STARTUP]
                lines.append(
                    f"| {rows:,} | **dbt run, start-up aside (ours)** | **{ours:.1f}** "
                    f"| {cost.cpu_seconds - start.cpu_seconds:.1f} "
                    f"| {cost.peak_mib:,.0f} | 1.00 |"
                )
                lines.append(_row(rows, STARTUP, start, ours))
            lines.append(_row(rows, name, cost, ours))
    return "\n".join(lines)


def _row(rows: int, name: str, cost: Cost, ours: float) -> str:
    return (
        f"| {rows:,} | {name} | {cost.seconds:.1f} | {cost.cpu_seconds:.1f} "
        f"| {cost.peak_mib:,.0f} | {cost.seconds / ours:.2f} |"
    )


def bars(
    results: Mapping[int, Mapping[str, Cost]], sample: Cost | None
) -> list[dict[str, Any]]:
    """The claims with the measured values; None for values that were not measured."""
    to_hand_written = to_pandas = memory_to_pandas = peak = to_small = None
    if large := results.get(LARGE):
        ours = ours_without_startup(large)
        to_hand_written = ours / large[HAND_WRITTEN].seconds
        to_pandas = large[PANDAS].seconds / ours
        memory_to_pandas = large[OURS].peak_mib / large[PANDAS].peak_mib
        peak = large[OURS].peak_mib
        if small := results.get(SMALL):
            to_small = ours / ours_without_startup(small)
    many = f"{LARGE // 1_000_000} million lines"
    claims: list[tuple[str, float, bool, float | None]] = [
        (f"{many}: our seconds to hand-written SQL's", 1.5, True, to_hand_written),
        (f"{many}: pandas' seconds to ours", 3.0, False, to_pandas),
        (f"{many}: our peak memory to pandas'", 0.5, True, memory_to_pandas),
        (f"{many}: our peak memory, MiB", 6 * 1024, True, peak),
        (f"{many}: our seconds to those of 1 million", 11.0, True, to_small),
        (
            "warm dbt build of the sample, seconds",
            30.0,
            True,
            None if sample is None else sample.seconds,
        ),
    ]
    return [
        judged(claim, bar, figure, is_upper=is_upper)
        for claim, bar, is_upper, figure in claims
    ]


def losses(results: Mapping[int, Mapping[str, Cost]]) -> list[str]:
    """The cases in which another contender took less."""
    found = []
    for rows, costs in results.items():
        start, whole = costs[STARTUP], costs[OURS]
        ours = {
            "seconds": whole.seconds - start.seconds,
            "processor seconds": whole.cpu_seconds - start.cpu_seconds,
            "MiB at the peak": whole.peak_mib,
        }
        for name in (HAND_WRITTEN, PANDAS):
            theirs = dict(zip(ours, asdict(costs[name]).values(), strict=True))
            found += [
                f"{rows:,} lines: {name} takes {cell(theirs[unit])} {unit}, "
                f"ours {cell(mine)}"
                for unit, mine in ours.items()
                if theirs[unit] < mine
            ]
    return found


def machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    packages = ("dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow")
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB memory, "
        f"{platform.system()} {platform.machine()}",
        "load": f"{os.getloadavg()[0]:.1f} other processes running at the start",
        "versions": ", ".join(
            [
                f"Python {platform.python_version()}",
                *(f"{package} {version(package)}" for package in packages),
            ]
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[SMALL, LARGE])
    parser.add_argument(
        "--runs", type=int, help="runs of each contender (default: 3, or 1 if large)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="1 million lines once, without dbt build"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    facts = machine()
    contenders = [name for name in CONTENDERS if not (options.quick and name == BUILD)]
    runs = {
        rows: options.runs or (1 if options.quick or rows >= LARGE else 3)
        for rows in ([SMALL] if options.quick else sorted(options.rows))
    }
    results = {
        rows: compare(flat_file(rows), runs=times, contenders=contenders)
        for rows, times in runs.items()
    }
    sample = None if options.quick else warm_sample_build()
    stated = bars(results, sample)
    print("\n".join(f"{name}: {text}" for name, text in facts.items()))
    told = "; ".join(f"{rows:,} lines: {times} runs" for rows, times in runs.items())
    print(f"\nMedians ({told})")
    print(f"\n{table(results)}\n\n{bar_lines(stated)}\n\n{loss_lines(losses(results))}")
    if options.json:
        figures = {
            **facts,
            "results": {
                rows: {name: asdict(cost) for name, cost in costs.items()}
                for rows, costs in results.items()
            },
            "warm_sample_build": sample and asdict(sample),
            "bars": stated,
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
