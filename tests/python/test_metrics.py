"""MetricFlow calculates the metrics from the warehouse that dbt built.

Each saved query is compared with the marts, and every metric is in a saved query.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import DBT, PROJECT, Build
from metric_figures import FIGURES, METRICS, SAVED_QUERIES

#: All saved queries in one process: to start MetricFlow takes longer than to query.
_QUERIES = """
import sys
from dbt_metricflow.cli.main import cli
for name in sys.argv[1:]:
    arguments = ["query", "--saved-query", name, "--csv", f"{name}.csv"]
    cli(arguments, standalone_mode=False)
"""

Rows = dict[tuple[str, ...], dict[str, float]]


@pytest.fixture(scope="module")
def project(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, because ``mf`` expects its manifest inside the project."""
    folder = tmp_path_factory.mktemp("metrics")
    for entry in PROJECT.iterdir():
        if entry.name not in {"target", "logs", "warehouse", "published", ".git"}:
            (folder / entry.name).symlink_to(entry)
    _run([str(DBT), "parse", "--quiet"], folder, sample_build)
    return folder


@pytest.fixture(scope="module")
def answers(project: Path, sample_build: Build) -> Path:
    """The folder with an answer for each saved query."""
    _run([sys.executable, "-c", _QUERIES, *SAVED_QUERIES], project, sample_build)
    return project


def test_the_line_of_the_page_on_clients_reads_what_is_published(
    project: Path, sample_build: Build
) -> None:
    page = (PROJECT / "docs" / "clients.md").read_text("utf-8")
    (line,) = re.findall(r"^DBT_TARGET=published mf .*$", page, re.MULTILINE)
    published = project / "published" / "current"
    published.mkdir(parents=True)
    (published / "retail_marts.duckdb").symlink_to(sample_build.warehouse)
    path = f"export PATH={DBT.parent}:$PATH; "
    # Another reader: a client that opens the file to write fails beside it.
    with duckdb.connect(str(sample_build.warehouse), read_only=True) as reader:
        _run(["sh", "-c", f"{path}{line} --csv answer.csv"], project, sample_build)
        right = reader.execute(
            "select business_name, order_count from core.dim_businesses"
            " where order_count > 0"
        ).fetchall()
    with (project / "answer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [(row["business__business_name"], int(row["orders"])) for row in rows]
    assert sorted(found) == sorted(right)


def _run(command: list[str], folder: Path, build: Build) -> None:
    hidden = {"DBT_TARGET_PATH", "DBT_LOG_PATH"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "RETAIL_MARTS_WAREHOUSE": str(build.warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _by_key(rows: list[dict[str, Any]], metrics: list[str]) -> Rows:
    """The metrics of each row that has one, by the row's other columns."""
    return {
        tuple(_label(name, row[name]) for name in sorted({*row} - {*metrics})): {
            name: float(row[name]) for name in metrics if row[name] not in (None, "")
        }
        for row in rows
        if any(row[name] not in (None, "") for name in metrics)
    }


def _label(column: str, value: object) -> str:
    # MetricFlow gives the time of a day too.
    return str(value or "")[: 10 if column.startswith("metric_time") else None]


def test_every_metric_is_in_a_saved_query() -> None:
    saved = {metric for query in SAVED_QUERIES.values() for metric in query["metrics"]}
    assert saved == set(METRICS)
    assert set(FIGURES) == set(SAVED_QUERIES)


@pytest.mark.parametrize("name", SAVED_QUERIES)
def test_a_saved_query_equals_the_marts(
    name: str, answers: Path, sample_build: Build
) -> None:
    metrics = SAVED_QUERIES[name]["metrics"]
    with (answers / f"{name}.csv").open(encoding="utf-8") as file:
        found = _by_key(list(csv.DictReader(file)), metrics)
    columns = [row[0] for row in sample_build.rows(f"describe {FIGURES[name]}")]
    right = _by_key(
        [
            dict(zip(columns, row, strict=True))
            for row in sample_build.rows(FIGURES[name])
        ],
        metrics,
    )
    assert right
    assert found.keys() == right.keys()
    for key, values in right.items():
        assert found[key] == pytest.approx(values, rel=1e-6, abs=1e-6), key
