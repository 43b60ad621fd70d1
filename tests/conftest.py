"""Fixtures that run the real dbt, each in its own warehouse."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[1]
SAMPLE = PROJECT / "data" / "sample"
DBT = Path(sys.executable).with_name("dbt")


@dataclass(frozen=True)
class Build:
    """What one dbt command printed, and the warehouse that it left."""

    returncode: int
    output: str
    warehouse: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


Dbt = Callable[..., Build]

#: Most tests are not about what is fitted, which takes most of a build's time: the same
#: nodes, with no forecasts and the fewest candidates elsewhere.
QUICK: Mapping[str, Any] = {
    "forecast_levels": [],
    "forecast_business_levels": {},
    "spend_model_settings": {
        "models": ["linear_regression"],
        "tuning_iterations": 0,
        "folds": 2,
        "permutation_repeats": 1,
    },
    "segment_settings": {
        "k_max": 3,
        "starts": 1,
        "stability_pairs": 0,
        "compared_algorithms": [],
    },
    "prospecting_settings": {
        "cluster_count": 3,
        "largest_cluster_count": 3,
        "folds": 2,
        "bootstrap_replicates": 20,
    },
}


#: Enough for a test of how files come in: what is made of the sales marts is left out.
SALES_ONLY = (
    "--select",
    "+path:models/marts/core",
    "+path:models/marts/sales",
    "--indirect-selection",
    "cautious",
)


def make_dbt(folder: Path) -> Dbt:
    """A function that runs dbt at the project's root with its own warehouse."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = folder / "warehouse" / "retail_marts.duckdb"
    own_environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_USE_COLORS": "false",
    }

    def run(
        *arguments: str,
        settings: Mapping[str, Any] | None = None,
        whole: bool = False,
        cwd: Path = PROJECT,
        environment: Mapping[str, str] | None = None,
    ) -> Build:
        command = [str(DBT), *(arguments or ("build",))]
        settings = {**({} if whole else QUICK), **(settings or {})}
        if settings:
            command += ["--vars", json.dumps(settings)]
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**own_environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return Build(done.returncode, done.stdout + done.stderr, warehouse)

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with modules that run dbt, so that no worker has a long one at the end."""

    def runs_dbt(item: pytest.Item) -> bool:
        fixtures = getattr(item, "fixturenames", ())
        return "dbt" in fixtures or hasattr(getattr(item, "module", None), "make_dbt")

    long = {item.path for item in items if runs_dbt(item)}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def dbt(tmp_path: Path) -> Dbt:
    return make_dbt(tmp_path / "dbt")


@pytest.fixture
def raw_data(tmp_path: Path) -> Path:
    """A copy of the sample that a test may change."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "raw"))


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A full `dbt build` of the sample, for all tests that only read it.

    Tests run in several processes: the first that needs the sample builds it, and the
    others wait for it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    said = shared / "sample.json"
    with (shared / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            build = make_dbt(shared / "sample")("build", whole=True)
            said.write_text(json.dumps([build.returncode, build.output]))
    returncode, output = json.loads(said.read_text())
    assert returncode == 0, output
    return Build(
        returncode, output, shared / "sample" / "warehouse" / "retail_marts.duckdb"
    )
