"""Seconds and memory of publishing the marts of a file of sales lines.

    python -m benchmarks.publishing                  # 10 million lines, some minutes
    python -m benchmarks.publishing --quick          # 1 million lines

dbt builds the core and sales marts and the customers' RFM in a warehouse once, with
their tests. Then, in turn and each in its own process: ``retail-marts publish``, and
the minimum work of any publisher with the same tables, one format at a time
(DuckDB's own copy to a file and to Parquet, and sales lines to an extract).

Publishing is refused unless every test passed. That holds here too: the manifest that
the publisher gets holds the nodes that dbt ran, and all their tests ran and passed.
What was never built (forecasts, segments, rules, prospects) is not in it.

The peak is the sum of the peaks of the publisher's processes, as if simultaneous.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pantab

from benchmarks.scale import (
    LARGE,
    SELECTION,
    SMALL,
    BenchmarkError,
    Cost,
    dbt,
    flat_file,
    machine,
    measured,
    python,
)
from retail_marts.publish import publish
from retail_marts.publish.marts import Mart, marts_of, read_manifest

CUSTOMERS = (
    "+fct_customer_rfm",
    "+rpt_rfm_segments",
    "+fct_segment_history",
    "+rpt_segment_movements",
    "+rpt_cohort_retention",
)
OURS = "retail-marts publish"
DATABASE, PARQUET, EXTRACT = (
    "floor: copy to a DuckDB file",
    "floor: copy to Parquet",
    "floor: an Arrow table to an extract, sales lines alone",
)
MEMORY_LIMIT = "1GB"
SECONDS_BAR, MEMORY_BAR = 30.0, 4 * 1024


# --- contenders, each in a separate process -------------------------------------------


def publish_warehouse(folder: Path, out: Path) -> dict[str, Any]:
    """Publish; the steps' seconds and the sum of the processes' peaks."""
    steps: list[tuple[str, float]] = []

    def note(step: str, seconds: float) -> None:
        print(f"{step}: {seconds:.1f} s", flush=True)
        steps.append((step, seconds))

    publish(
        warehouse=folder / "warehouse.duckdb",
        manifest_path=folder / "ran.json",
        folder=out,
        memory_limit=MEMORY_LIMIT,
        on_step=note,
    )
    return {"steps": steps}


def copy_to_database(folder: Path, out: Path) -> dict[str, Any]:
    with _private(folder) as connection:
        connection.execute(f"attach '{out}/copy.duckdb' as public")
        for mart in _marts(folder):
            connection.execute(f"create schema if not exists public.{mart.schema}")
            connection.execute(
                f"create table public.{mart.full_name} as from private.{mart.full_name}"
            )
        connection.execute("checkpoint public")
    return {}


def copy_to_parquet(folder: Path, out: Path) -> dict[str, Any]:
    with _private(folder) as connection:
        for mart in _marts(folder):
            connection.execute(
                f"copy private.{mart.full_name} to '{out}/{mart.full_name}.parquet'"
                " (compression zstd)"
            )
    return {}


def table_to_extract(folder: Path, out: Path) -> dict[str, Any]:
    """The sales lines as one table, with the columns that our extract holds."""
    with _private(folder) as connection:
        columns = ", ".join(
            f"cast({c.name} as double) as {c.name}"
            if c.data_type.startswith("decimal")
            else c.name
            for mart in _marts(folder)
            if mart.full_name == "core.fct_sales_lines"
            for c in mart.columns
            if c.is_in_extracts
        )
        frame = connection.execute(
            f"select {columns} from private.core.fct_sales_lines"
        ).to_arrow_table()
    pantab.frame_to_hyper(
        frame, out / "lines.hyper", table="lines", process_params={"log_dir": str(out)}
    )
    return {}


CONTENDERS: Mapping[str, Callable[[Path, Path], dict[str, Any]]] = {
    OURS: publish_warehouse,
    DATABASE: copy_to_database,
    PARQUET: copy_to_parquet,
    EXTRACT: table_to_extract,
}


def _private(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    connection.execute(f"attach '{folder}/warehouse.duckdb' as private (read_only)")
    return connection


def _marts(folder: Path) -> list[Mart]:
    return marts_of(read_manifest(folder / "ran.json"))


def execute(contender: str, folder: Path, out: Path) -> dict[str, Any]:
    """Run one contender in this process, and print its seconds and details.

    The peak includes the largest of the processes that it started.
    """
    start = time.perf_counter()
    said = CONTENDERS[contender](folder, out)
    seconds = time.perf_counter() - start
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    unit = 1024 if sys.platform == "linux" else 1024**2
    return {**said, "seconds": seconds, "peak_mib": sum(peaks) / unit}


# --- measuring -----------------------------------------------------------------------


def build(folder: Path, *, rows: int) -> Cost:
    """Build and test the marts, and write the manifest of what was run."""
    cost = dbt(
        "build",
        folder=folder,
        parquet=flat_file(rows),
        selection=(*SELECTION, *CUSTOMERS),
    )
    target = folder / "target"
    ran = {
        result["unique_id"]
        for result in json.loads((target / "run_results.json").read_text())["results"]
    }
    manifest = dict(read_manifest(target / "manifest.json"))
    for kind in ("nodes", "unit_tests"):
        manifest[kind] = {
            unique_id: node
            for unique_id, node in manifest[kind].items()
            if unique_id in ran
        }
    (folder / "ran.json").write_text(json.dumps(manifest))
    return cost


def cost_of(contender: str, folder: Path) -> dict[str, Any]:
    """Cost of a contender, its bytes on disk, and its steps if it reports them."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        out, log = Path(name), folder / "log.txt"
        whole = measured(
            python(
                "benchmarks.publishing",
                "--execute",
                contender,
                "--folders",
                folder,
                out,
            ),
            log=log,
        )
        said = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
        size = sum(
            path.stat().st_size
            for path in out.rglob("*")
            if path.is_file() and not path.is_symlink()
        )
        # The start of the process counts, because a user waits for it too.
        return {
            **asdict(whole),
            "peak_mib": said["peak_mib"],
            "mib": size / 1024**2,
            "steps": said.get("steps", []),
        }


def compare(folder: Path, *, runs: int) -> dict[str, list[dict[str, Any]]]:
    costs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for number in range(runs):
        for name in CONTENDERS:
            cost = cost_of(name, folder)
            costs[name].append(cost)
            print(
                f"run {number + 1}, {name}: {cost['seconds']:.1f} s, "
                f"{cost['cpu_seconds']:.1f} processor s, {cost['peak_mib']:,.0f} MiB",
                file=sys.stderr,
            )
    return costs


def best(costs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The fastest run, which other programs disturbed least."""
    return min(costs, key=lambda cost: cost["seconds"])


# --- showing -------------------------------------------------------------------------


def table(costs: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    lines = [
        "| what | seconds | processor seconds | peak MiB | MiB written |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, taken in costs.items():
        cost = best(taken)
        lines.append(
            f"| {name} | {cost['seconds']:.1f} | {cost['cpu_seconds']:.1f} "
            f"| {cost['peak_mib']:,.0f} | {cost['mib']:,.0f} |"
        )
    return "\n".join(lines)


def steps(cost: Mapping[str, Any]) -> str:
    lines = ["| step of publishing | seconds |", "|---|---:|"]
    lines += [f"| {step} | {seconds:.1f} |" for step, seconds in cost["steps"]]
    return "\n".join(lines)


def bars(rows: int, cost: Mapping[str, Any]) -> str:
    """The claims for 10 million lines and the measured values."""
    lines = ["| claim | bar | measured | |", "|---|---:|---:|---|"]
    for claim, bar, figure in (
        ("seconds of publishing", SECONDS_BAR, cost["seconds"]),
        ("peak memory, MiB", MEMORY_BAR, cost["peak_mib"]),
    ):
        verdict = (
            "not measured" if rows != LARGE else "met" if figure <= bar else "missed"
        )
        lines.append(
            f"| {LARGE // SMALL} million lines: {claim} | at most {bar:,.0f} "
            f"| {figure:,.1f} | {verdict} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="1 million lines once")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument(
        "--warehouse",
        type=Path,
        help="a folder to build in, or one that an earlier run built in, to keep",
    )
    parser.add_argument("--execute", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folders", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.execute:
        print(json.dumps(execute(options.execute, *options.folders)))
        return
    rows = SMALL if options.quick else options.rows
    facts = machine()
    folder = options.warehouse or Path(tempfile.mkdtemp(prefix="retail_marts_publish_"))
    try:
        folder.mkdir(exist_ok=True)
        built = None if (folder / "ran.json").exists() else build(folder, rows=rows)
        costs = compare(folder, runs=1 if options.quick else options.runs)
    finally:
        if options.warehouse is None:
            shutil.rmtree(folder)
    print("\n".join(f"{name}: {text}" for name, text in facts.items()))
    if built is not None:
        print(
            f"dbt build before it: {built.seconds:.0f} s, "
            f"{built.cpu_seconds:.0f} processor s"
        )
    ours = best(costs[OURS])
    print(f"\n{rows:,} sales lines\n\n{table(costs)}\n\n{steps(ours)}")
    print(f"\n{bars(rows, ours)}")
    if options.json:
        figures = {**facts, "rows": rows, "build": built and asdict(built), **costs}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
