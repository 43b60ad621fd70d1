"""Fixtures that run the real dbt, each in its own warehouse."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_forks import DBT, PROJECT, DbtForks
from playwright.sync_api import Browser, sync_playwright

SAMPLE = PROJECT / "data" / "sample"


@dataclass(frozen=True)
class Build:
    """The output of one dbt command, and its warehouse."""

    returncode: int
    output: str
    warehouse: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


Dbt = Callable[..., Build]

#: Tests marked as long take minutes, beside shorter ones of the same kind.
ALL_FAULTS = "RETAIL_MARTS_ALL_FAULTS" in os.environ

#: Settings for fast builds: the same nodes, without forecasts and with few candidates
#: elsewhere. Most tests do not need the fitted models, which take most of the time.
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
        "k": 3,
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


#: For tests of landing: models that read the sales marts are left out.
SALES_ONLY = (
    "--select",
    "+path:models/marts/core",
    "+path:models/marts/sales",
    "--indirect-selection",
    "cautious",
)


def make_dbt(folder: Path, *, name: str = "retail_marts") -> Dbt:
    """A function that runs dbt in the project folder with its own warehouse."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = folder / "warehouse" / f"{name}.duckdb"
    own_environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        # What a file of the log has beside the output takes an eighth of a build.
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_USE_COLORS": "false",
    }

    def run(
        *arguments: str,
        settings: Mapping[str, Any] | None = None,
        whole: bool = False,
        unit_tests: bool = False,
        cwd: Path = PROJECT,
        environment: Mapping[str, str] | None = None,
        as_command: bool = False,
    ) -> Build:
        """Run dbt: in a fork, or as the command that a user starts."""
        given = list(arguments or ("build",))
        if "build" in given and not unit_tests:
            # They prove code, not data: one build of the sample runs them.
            given += ["--exclude-resource-type", "unit_test"]
        settings = {**({} if whole else QUICK), **(settings or {})}
        if settings:
            given += ["--vars", json.dumps(settings)]
        environment = {
            **own_environment,
            # Only what is built is published, which reads the manifest. Writing it
            # takes a fifth of a small run.
            "DBT_WRITE_JSON": "true" if "build" in given else "false",
            **(environment or {}),
        }
        if as_command:
            done = subprocess.run(
                [str(DBT), *given],
                cwd=cwd,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return Build(done.returncode, done.stdout + done.stderr, warehouse)
        code, output = dbt_forks().run(
            *given,
            environment=environment,
            cwd=cwd,
            must_parse=cwd != PROJECT
            or name != "retail_marts"
            or "parse" in given
            or _names_models(settings),
        )
        return Build(code, output, warehouse)

    return run


@cache
def dbt_forks() -> DbtForks:
    """The process of this test process that runs dbt."""
    return DbtForks()


def pytest_unconfigure() -> None:
    if dbt_forks.cache_info().currsize:
        dbt_forks().__exit__()


def _names_models(settings: Mapping[str, Any]) -> bool:
    """Whether entries name models, which dbt reads while it parses."""
    entries = ("mapped_sources", "mapped_populations")
    return any('"model' in json.dumps(settings.get(name, {})) for name in entries)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run modules with dbt first, so that no worker has a long one at the end."""

    def runs_dbt(item: pytest.Item) -> bool:
        fixtures = getattr(item, "fixturenames", ())
        return "dbt" in fixtures or hasattr(getattr(item, "module", None), "make_dbt")

    long = {item.path for item in items if runs_dbt(item)}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        if not ALL_FAULTS and item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip("takes minutes: make test-faults"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the sequences of edits did, over all workers."""
    counts: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                counts.update(dict(report.user_properties).get("edit_sequence", {}))
    if counts:
        done = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
        terminalreporter.write_line(f"Edits. {done}")


@pytest.fixture
def dbt(tmp_path: Path) -> Dbt:
    return make_dbt(tmp_path / "dbt")


@pytest.fixture
def raw_data(tmp_path: Path) -> Path:
    """A copy of the sample that a test may change."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "raw"))


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A full `dbt build` of the sample with its unit tests, for tests that read it.

    The build is that of the command itself, as a user starts it.

    Tests run in several processes: the first that needs the sample builds it, and the
    others wait for it.
    """
    return _shared_build(
        tmp_path_factory,
        "sample",
        "build",
        whole=True,
        unit_tests=True,
        as_command=True,
    )


@pytest.fixture(scope="session")
def small_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Core and sales marts of one business: published in seconds."""
    build = _shared_build(
        tmp_path_factory, "small", *SMALL, settings={"sources": ["umkm"]}
    )
    publish_core_and_sales_only(build)
    return build


#: The arguments of dbt that build ``small_build``.
SMALL = ("build", *SALES_ONLY)


def publish_core_and_sales_only(build: Build) -> None:
    """Change the manifest, which each dbt command writes again, to what was built."""
    path = build.warehouse.parents[1] / "target" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        if not node["path"].startswith(("marts/core/", "marts/sales/")):
            node["access"] = "protected"
    path.write_text(json.dumps(manifest), encoding="utf-8")


def _shared_build(
    tmp_path_factory: pytest.TempPathFactory, name: str, *arguments: str, **more: Any
) -> Build:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    said = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            build = make_dbt(shared / name)(*arguments, **more)
            said.write_text(json.dumps([build.returncode, build.output]))
    returncode, output = json.loads(said.read_text())
    assert returncode == 0, output
    return Build(
        returncode, output, shared / name / "warehouse" / "retail_marts.duckdb"
    )


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A local session of Spark; without pyspark, its tests are skipped."""
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from dbt.adapters.retailspark.connections import STRICT  # noqa: PLC0415

    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Workers import test modules and their neighbours, as pytest does.
    paths = os.pathsep.join(str(PROJECT / name) for name in ("tests/python", "tests"))
    builder = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.executorEnv.PYTHONPATH", paths)
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
    )
    for name, value in STRICT.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser; without one, tests of the report are skipped."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium here (apt-get install chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
