"""RFM of a file of sales lines, compared with one hand-written DuckDB query.

    python -m benchmarks.rfm                          # 10 million lines, some minutes
    python -m benchmarks.rfm --rows 1000000 --runs 5
    python -m benchmarks.rfm --quick                  # 1 million lines once

dbt makes a warehouse of the file once. Then the SQL of dbt's own nodes from the lines
to ``fct_customer_rfm``, as dbt ran it, and the hand-written query (rfm.sql) run in
turn, each in its own process; seconds are those of the SQL, the peak is that of the
process. If their rows differ, the command stops.

``ours`` includes every table that RFM needs, also the months of each customer, which
history and cohorts use too. The other marts are shown with their own seconds, without a
peer.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import duckdb

from benchmarks.markdown import bar_lines, cell, judged, loss_lines
from benchmarks.scale import (
    LARGE,
    SMALL,
    BenchmarkError,
    Cost,
    dbt,
    flat_file,
    machine,
    measured,
    python,
)

HAND_WRITTEN = Path(__file__).with_name("rfm.sql")
NODES = (
    "intermediate/customers/int_rfm_segments_unfolded_to_scores",
    "intermediate/customers/int_sales_lines_aggregated_to_customer_months",
    "marts/customers/fct_customer_rfm",
)
BESIDE = (
    "marts/customers/fct_segment_history",
    "marts/customers/rpt_cohort_retention",
)
BAR = 2.0


def execute(warehouse: Path, scripts: Sequence[Path]) -> dict[str, float]:
    """Run SQL files with the settings of the project's profile; return the cost."""
    with duckdb.connect(
        str(warehouse),
        config={"threads": os.cpu_count() or 1, "preserve_insertion_order": "false"},
    ) as connection:
        start, cpu_start = time.perf_counter(), time.process_time()
        for script in scripts:
            connection.execute(script.read_text(encoding="utf-8"))
        return {
            "seconds": time.perf_counter() - start,
            "cpu_seconds": time.process_time() - cpu_start,
        }


def drop_new_tables(warehouse: Path) -> None:
    """Drop the table that the SQL of a node creates: dbt would rename it."""
    with duckdb.connect(str(warehouse)) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where table_name like '%\\_\\_dbt\\_tmp' escape '\\'"
        ).fetchall():
            connection.execute(f'drop table "{schema}"."{table}"')


def cost_of(warehouse: Path, scripts: Sequence[Path], *, log: Path) -> Cost:
    whole = measured(
        python("benchmarks.rfm", "--execute", warehouse, *scripts), log=log
    )
    return replace(whole, **json.loads(log.read_text(encoding="utf-8")))


def median(costs: Sequence[Cost]) -> Cost:
    rows = [asdict(cost) for cost in costs]
    return Cost(
        **{name: statistics.median(row[name] for row in rows) for name in rows[0]}
    )


def unlike_rows(warehouse: Path) -> int:
    """Number of rows that are in only one of the two tables."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ours, peer = "customers.fct_customer_rfm", "main.hand_written_rfm"
        found = connection.execute(
            f"select (select count(*) from (from {ours} except all from {peer}))"
            f" + (select count(*) from (from {peer} except all from {ours}))"
        ).fetchone()
    assert found is not None
    return int(found[0])


def compare(parquet: Path, *, runs: int) -> dict[str, Cost]:
    """Costs of our RFM, of the hand-written query, and of the other marts."""
    with tempfile.TemporaryDirectory(prefix="retail_marts_rfm_") as name:
        folder = Path(name)
        warehouse = folder / "warehouse.duckdb"
        selection = ("+fct_customer_rfm", *(f"+{Path(node).name}" for node in BESIDE))
        dbt("build", folder=folder, parquet=parquet, selection=selection)
        made = folder / "target" / "run" / "retail_marts" / "models"
        contenders = {
            "ours": [made / f"{node}.sql" for node in NODES],
            "hand-written query": [HAND_WRITTEN],
            **{Path(node).name: [made / f"{node}.sql"] for node in BESIDE},
        }
        costs: dict[str, list[Cost]] = {contender: [] for contender in contenders}
        for _ in range(runs):
            for contender, scripts in contenders.items():
                cost = cost_of(warehouse, scripts, log=folder / "log.txt")
                costs[contender].append(cost)
                drop_new_tables(warehouse)
        if unlike := unlike_rows(warehouse):
            raise BenchmarkError(f"{unlike} rows of the two RFM tables differ")
    return {contender: median(taken) for contender, taken in costs.items()}


def losses(costs: dict[str, Cost]) -> list[str]:
    """The cases in which the hand-written query takes less."""
    ours, peer = (asdict(costs[name]) for name in ("ours", "hand-written query"))
    return [
        f"the hand-written query takes {cell(peer[name])} {unit}, ours "
        f"{cell(ours[name])}"
        for name, unit in (
            ("seconds", "seconds"),
            ("cpu_seconds", "processor seconds"),
            ("peak_mib", "MiB at the peak"),
        )
        if peer[name] < ours[name]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="1 million lines once")
    parser.add_argument("--execute", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.execute:
        warehouse, *scripts = options.execute
        print(json.dumps(execute(warehouse, scripts)))
        return
    rows, runs = (SMALL, 1) if options.quick else (options.rows, options.runs)
    facts = machine()
    costs = compare(flat_file(rows), runs=runs)
    print("\n".join(f"{name}: {text}" for name, text in facts.items()))
    print(f"\n{rows:,} sales lines, medians of {runs} runs, equal rows\n")
    print("| what | seconds | processor seconds | peak MiB |\n|---|---:|---:|---:|")
    for name, cost in costs.items():
        print(
            f"| {name} | {cost.seconds:.2f} | {cost.cpu_seconds:.2f} "
            f"| {cost.peak_mib:,.0f} |"
        )
    ours, peer = costs["ours"], costs["hand-written query"]
    bars = [
        judged(
            f"{LARGE // SMALL} million lines: our {unit} to the query's",
            BAR,
            ratio,
            is_claimed=rows >= LARGE,
        )
        for unit, ratio in (
            ("seconds", ours.seconds / peer.seconds),
            ("processor seconds", ours.cpu_seconds / peer.cpu_seconds),
        )
    ]
    print(f"\n{bar_lines(bars)}\n\n{loss_lines(losses(costs))}")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
