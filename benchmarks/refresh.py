"""One new day of sales: a refresh of a part, compared with a full build.

A folder has one file per month; one more file has the last day. If the marts then
differ from those of a build from all files, the command fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.figures import differences
from benchmarks.markdown import bar_lines, judged
from benchmarks.scale import (
    LARGE,
    SMALL,
    STARTUP_ROWS,
    BenchmarkError,
    Cost,
    dbt,
    figures_of_warehouse,
    flat_file,
    machine,
)

STARTUP, FULL, PART, AGAIN = (
    "dbt run of nothing",
    "all days at once",
    "the last day, onto all others",
    "nothing new",
)
#: Share of the cost of the full build, without start-up.
BAR = 0.40


def split(rows: int, folder: Path, *, kind: str) -> Path:
    """Write one file per month without the last day, whose path is returned."""
    flat = flat_file(rows)
    last = folder / f"last_day.{kind}"
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"create view flat as from read_parquet('{flat}')")
        days = "strftime(order_date, '%Y-%m'), (select max(order_date) from flat)"
        months = connection.execute(f"select distinct {days} from flat").fetchall()
        (folder / "days").mkdir()
        for month, last_day in sorted(months):
            connection.execute(
                f"copy (from flat where strftime(order_date, '%Y-%m') = '{month}'"
                f" and order_date < date '{last_day}')"
                f" to '{folder}/days/{month}.{kind}'"
            )
        connection.execute(
            f"copy (from flat where order_date = date '{last_day}') to '{last}'"
        )
    return last


def compare(rows: int, *, kind: str) -> dict[str, Cost]:
    """The costs, by contender.

    Raises
    ------
    BenchmarkError
        When a run fails, or the refreshed marts differ from those of a full build.
    """
    with tempfile.TemporaryDirectory(prefix="retail_marts_refresh_") as name:
        folder = Path(name)
        last = split(rows, folder, kind=kind)
        files = folder / "days" / f"*.{kind}"
        costs = {}
        for run in ("refreshed", "full", "nothing"):
            (folder / run).mkdir()
        costs[STARTUP] = dbt(
            "run", folder=folder / "nothing", parquet=flat_file(STARTUP_ROWS)
        )
        dbt("run", folder=folder / "refreshed", parquet=files)
        shutil.copy(last, folder / "days")
        # Each warehouse has its own key of personal ids.
        key = "personal_key.txt"
        shutil.copy(folder / "refreshed" / key, folder / "full" / key)
        costs[PART] = dbt("run", folder=folder / "refreshed", parquet=files)
        costs[FULL] = dbt("run", folder=folder / "full", parquet=files)
        found = differences(
            figures_of_warehouse(folder / "full"),
            figures_of_warehouse(folder / "refreshed"),
        )
        if found:
            raise BenchmarkError(
                "the refreshed marts differ:\n" + "\n".join(found[:20])
            )
        costs[AGAIN] = dbt("run", folder=folder / "refreshed", parquet=files)
    return costs


def table(rows: int, kind: str, costs: dict[str, Cost]) -> str:
    start, full = costs[STARTUP], costs[FULL]
    lines = [
        f"{rows:,} lines in {kind} files, start-up ({start.seconds:.1f} s, "
        f"{start.cpu_seconds:.1f} processor s) aside:",
        "",
        "| run | seconds | processor seconds | of all at once | peak MiB |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in (FULL, PART, AGAIN):
        cost = costs[name]
        share = (cost.cpu_seconds - start.cpu_seconds) / (
            full.cpu_seconds - start.cpu_seconds
        )
        lines.append(
            f"| {name} | {cost.seconds - start.seconds:.1f} "
            f"| {cost.cpu_seconds - start.cpu_seconds:.1f} | {share:.2f} "
            f"| {cost.peak_mib:,.0f} |"
        )
    share = (costs[PART].cpu_seconds - start.cpu_seconds) / (
        full.cpu_seconds - start.cpu_seconds
    )
    bar = judged(
        f"{LARGE // SMALL} million lines, {kind}: the last day's processor seconds to "
        "those of all at once",
        BAR,
        share,
        is_claimed=rows >= LARGE,
    )
    lines += ["", bar_lines([bar])]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument(
        "--quick", action="store_true", help="1 million lines, csv alone"
    )
    options = parser.parse_args()
    rows = SMALL if options.quick else options.rows
    print("\n".join(f"{name}: {text}" for name, text in machine().items()))
    for kind in ("csv",) if options.quick else ("csv", "parquet"):
        print("\n" + table(rows, kind, compare(rows, kind=kind)), flush=True)


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
