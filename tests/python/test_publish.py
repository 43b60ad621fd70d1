"""The published set: readers, a second publisher, a full disk."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pantab
import pytest
from conftest import (
    ALL_FAULTS,
    DBT,
    PROJECT,
    QUICK,
    SMALL,
    Build,
    make_dbt,
    publish_core_and_sales_only,
)
from personal_scan import found_in, texts_of

from retail_marts.publish.marts import marts_of, read_manifest
from retail_marts.publish.tableau import in_tableau


def publisher(build: Build, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that publishes a build into a folder, and its environment."""
    command = [sys.executable, "-m", "retail_marts.cli", "publish"]
    return [*command, "--out", str(folder)], {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(build.warehouse),
        "DBT_TARGET_PATH": str(build.warehouse.parents[1] / "target"),
    }


def run_publish(
    build: Build, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    command, environment = publisher(build, folder)
    return subprocess.run(
        [*command, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def copied(build: Build, folder: Path) -> Build:
    """A build that a test may change."""
    home = shutil.copytree(build.warehouse.parents[1], folder)
    return Build(0, "", home / "warehouse" / build.warehouse.name)


@pytest.fixture(scope="module")
def published(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    done = run_publish(sample_build, folder)
    assert done.returncode == 0, done.stderr
    return folder


def versions_in(folder: Path) -> set[str]:
    return {path.name for path in (folder / "versions").iterdir()}


def whole(folder: Path) -> str:
    """The version that readers see, after a check of each of its files."""
    version = (folder / "current").resolve()
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == version.name
    with duckdb.connect(str(version / "retail_marts.duckdb"), read_only=True) as reader:
        for mart, rows in manifest["row_counts"].items():
            schema, name = mart.split(".")
            parquet = version / "parquet" / schema / f"{name}.parquet"
            for table in (mart, f"read_parquet('{parquet}')"):
                found = reader.execute(f"select count(*) from {table}").fetchone()
                assert found == (rows,), (mart, table)
    return version.name


def test_published_set_is_whole_and_equals_the_warehouse(
    sample_build: Build, published: Path
) -> None:
    version = published / "versions" / whole(published)
    manifest = read_manifest(sample_build.warehouse.parents[1] / "target/manifest.json")
    marts = marts_of(manifest)
    assert len(marts) > 20
    with duckdb.connect() as reader:
        reader.execute(f"attach '{sample_build.warehouse}' as private (read_only)")
        reader.execute(f"attach '{version}/retail_marts.duckdb' as public (read_only)")
        for mart in marts:
            columns = ", ".join(c.name for c in mart.columns if not c.is_personal)
            for first, second in (("private", "public"), ("public", "private")):
                different = reader.execute(
                    "select count(*) from ("
                    f"select {columns} from {first}.{mart.full_name} except all"
                    f" select {columns} from {second}.{mart.full_name})"
                ).fetchone()
                assert different == (0,), mart.full_name


def test_storage_can_be_opened_by_duckdb_1(published: Path) -> None:
    """DuckDB writes the oldest version that can read a file into its header."""
    header = (published / "current" / "retail_marts.duckdb").read_bytes()[:4096]
    assert header[8:12] == b"DUCK"
    # Storage format 64 is that of DuckDB 0.9.2 to 1.x.
    assert int.from_bytes(header[12:20], "little") == 64


@pytest.mark.long
@pytest.mark.parametrize("series", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"])
def test_older_duckdb_reads_every_row(
    published: Path, tmp_path: Path, series: str
) -> None:
    environment = tmp_path / "older"
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
        check=True,
    )
    older = environment / "bin" / "python"
    fetched = subprocess.run(
        [uv, "pip", "install", "--python", str(older), f"duckdb=={series}.*"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "Failed to fetch" in fetched.stderr:
        pytest.skip("the package index cannot be reached")
    if "no wheels" in fetched.stderr:
        pytest.skip(f"DuckDB {series} was not made for this Python")
    assert fetched.returncode == 0, fetched.stderr
    read = subprocess.run(
        [str(older), "-c", _OLDER_READER, str((published / "current").resolve())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    # DuckDB 1.0 draws a progress bar before it, when it takes long.
    version, tables = read.stdout.split()[-2:]
    assert version.startswith(f"{series}.")
    assert int(tables) > 20


_OLDER_READER = """
import json, pathlib, sys, duckdb
version = pathlib.Path(sys.argv[1])
counts = json.loads((version / "manifest.json").read_text())["row_counts"]
with duckdb.connect(str(version / "retail_marts.duckdb"), read_only=True) as reader:
    for mart, rows in counts.items():
        # Every value of every type is read, lists and decimals among them.
        assert len(reader.execute(f"select * from {mart}").fetchall()) == rows, mart
    sums = "select sum(sales_amount), min(order_date) from core.fct_sales_lines"
    assert None not in reader.execute(sums).fetchall()[0]
    items = "select antecedent_items[1] from basket.fct_basket_rules"
    assert all(isinstance(row[0], str) for row in reader.execute(items).fetchall())
print(duckdb.__version__, len(counts))
"""


def test_extracts_hold_what_the_marts_hold(published: Path, tmp_path: Path) -> None:
    """The publisher checks each extract before it packs it; this reads a packed one."""
    version = (published / "current").resolve()
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    with zipfile.ZipFile(version / "tableau" / "sales.tdsx") as package:
        extract = package.extract("Data/sales.hyper", tmp_path)
    rows = pantab.frame_from_hyper_query(
        extract,
        'select count(*), sum("sales_amount") from "core"."fct_sales_lines"',
        return_type="pyarrow",
        process_params={"log_dir": str(tmp_path)},
    )
    count, amount = (rows.column(number)[0].as_py() for number in range(2))
    assert count == manifest["row_counts"]["core.fct_sales_lines"]
    with duckdb.connect(str(version / "retail_marts.duckdb"), read_only=True) as reader:
        right = reader.execute("select sum(sales_amount) from core.fct_sales_lines")
        assert amount == pytest.approx(float(right.fetchall()[0][0]))


def test_no_published_file_holds_a_name_or_an_address(
    sample_build: Build, published: Path
) -> None:
    """Searched in the bytes of text files and in each value of the tables."""
    known = {
        str(text)
        for column in ("customer_name", "email")
        for (text,) in sample_build.rows(
            f"select distinct {column} from core.dim_customers"
            f" where {column} is not null and length({column}) > 3"
        )
    }
    assert len(known) > 200
    version = (published / "current").resolve()
    assert known.isdisjoint(texts_of(version / "retail_marts.duckdb"))
    # A name inside a longer text counts too; short names would be found in any text.
    long_names = [name for name in known if len(name) > 8]
    assert found_in(version, long_names) == []


def test_personal_columns_are_published_when_the_setting_says_so(
    sample_build: Build, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "dbt_project.yml").write_text("vars: {publish_personal_columns: true}\n")
    command, environment = publisher(sample_build, tmp_path / "published")
    done = subprocess.run(
        [*command, "--project", str(project)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    database = tmp_path / "published" / "current" / "retail_marts.duckdb"
    with duckdb.connect(str(database), read_only=True) as reader:
        named = reader.execute(
            "select count(*) from core.dim_customers where customer_name is not null"
        ).fetchall()
    assert named[0][0] > 100


def test_only_the_last_two_versions_stay(small_build: Build, tmp_path: Path) -> None:
    seen = []
    for _ in range(3):
        assert run_publish(small_build, tmp_path).returncode == 0
        seen.append(whole(tmp_path))
    assert versions_in(tmp_path) == set(seen[1:])


@pytest.mark.long
def test_readers_never_meet_an_error_or_a_mixed_set(
    small_build: Build, tmp_path: Path
) -> None:
    assert run_publish(small_build, tmp_path).returncode == 0
    publishes = 10
    with reader_of(tmp_path) as reads_and_versions:
        for _ in range(publishes):
            done = run_publish(small_build, tmp_path)
            assert done.returncode == 0, done.stderr
    reads, versions = reads_and_versions()
    assert reads > publishes
    assert versions > 1


@contextlib.contextmanager
def reader_of(folder: Path) -> Iterator[Callable[[], tuple[int, int]]]:
    """A reader during the block; afterwards how often it read how many versions."""
    reader = subprocess.Popen(
        [sys.executable, "-c", _READER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[int] = []
    try:
        yield lambda: (said[0], said[1])
    finally:
        (folder / "stop").touch()
        output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    said += map(int, output.split())


_READER = """
import json, pathlib, sys, time, duckdb
folder = pathlib.Path(sys.argv[1])
reads, versions = 0, set()
while not (folder / "stop").exists():
    version = (folder / "current").resolve()
    manifest = json.loads((version / "manifest.json").read_text())
    with duckdb.connect(str(version / "retail_marts.duckdb"), read_only=True) as reader:
        for mart in ("core.fct_sales_lines", "sales.fct_daily_sales"):
            rows = reader.execute(f"select count(*) from {mart}").fetchall()[0][0]
            assert rows == manifest["row_counts"][mart]
    reads += 1
    versions.add(version.name)
    time.sleep(0.02)  # a loop without it takes a whole core from the publisher
print(reads, len(versions))
"""


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(4) if ALL_FAULTS else [7])
def test_a_killed_publisher_leaves_the_old_or_the_new_set(
    small_build: Build, tmp_path: Path, seed: int
) -> None:
    """Killed at random moments, while a reader opens the published set all the time."""
    assert run_publish(small_build, tmp_path).returncode == 0
    started = time.monotonic()
    assert run_publish(small_build, tmp_path).returncode == 0
    length = time.monotonic() - started
    moments = random.Random(seed)
    command, environment = publisher(small_build, tmp_path)
    kills = 25 if ALL_FAULTS else 3
    with reader_of(tmp_path) as reads_and_versions:
        for _ in range(kills):
            killed = subprocess.Popen(
                command,
                env=environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
            )
            time.sleep(moments.uniform(0.2, 1.05) * length)
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
            whole(tmp_path)
    assert reads_and_versions()[0] > kills
    done = run_publish(small_build, tmp_path)
    assert done.returncode == 0, done.stderr
    whole(tmp_path)
    assert len(versions_in(tmp_path)) == 2


def test_a_second_publisher_says_so_and_stops(
    small_build: Build, tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from retail_marts.publish.versions import locked\n"
            "with locked(pathlib.Path(sys.argv[1])):\n"
            "    print('held', flush=True); input()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    done = run_publish(small_build, tmp_path)
    holder.communicate("\n")
    assert done.returncode == 1
    assert "another `retail-marts publish` is writing" in done.stderr
    assert "Remedy" in done.stderr
    assert versions_in(tmp_path) == set()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.faults
def test_a_full_disk_is_a_clear_error_and_the_old_set_stays(
    small_build: Build, tiny_disk: Path
) -> None:
    assert run_publish(small_build, tiny_disk).returncode == 0
    before = whole(tiny_disk)
    free = shutil.disk_usage(tiny_disk).free
    (tiny_disk / "other").write_bytes(b"x" * (free - 3_000_000))
    done = run_publish(small_build, tiny_disk)
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Remedy: Free space" in done.stderr
    assert "Traceback" not in done.stderr
    assert whole(tiny_disk) == before
    assert versions_in(tiny_disk) == {before}


def test_a_folder_that_may_not_be_written_is_a_clear_error(
    small_build: Build, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.getuid() == 0:
        # Root may write anywhere: the lock is taken as an unprivileged user.
        tmp_path.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
    else:
        done = run_publish(small_build, folder)
    assert done.returncode == 1
    assert "cannot be written (Permission denied)" in done.stderr
    assert "--out" in done.stderr


_AS_NOBODY = """
import os, pathlib, sys
from retail_marts.errors import InputError
from retail_marts.publish.versions import locked
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    with locked(pathlib.Path(sys.argv[1])):
        pass
except InputError as error:
    sys.exit(str(error))
"""


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12])
def test_a_killed_build_is_not_published_and_the_next_one_is(
    small_build: Build, tmp_path: Path, seed: int
) -> None:
    """Publishing is killed at random moments; readers always have a complete set."""
    folder = tmp_path / "published"
    assert run_publish(small_build, folder).returncode == 0
    before = whole(folder)
    build = copied(small_build, tmp_path / "dbt")
    _, environment = publisher(build, folder)
    settings = {**QUICK, "sources": ["umkm"]}
    command = [str(DBT), *SMALL, "--exclude-resource-type", "unit_test", "--quiet"]
    command += ["--vars", json.dumps(settings)]
    environment["DBT_LOG_PATH"] = str(tmp_path / "dbt" / "logs")
    moments = random.Random(seed)
    for _ in range(10):
        killed = subprocess.Popen(
            command, env=environment, cwd=PROJECT, start_new_session=True
        )
        # The build notes in the log of its warehouse that it has begun.
        _wait_for(partial(_has_begun, build.warehouse))
        time.sleep(moments.uniform(0, 5))
        assert killed.poll() is None, "the build ended before it could be killed"
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        reason = "the last dbt run ended before it was complete"
        try:
            publish_core_and_sales_only(build)
        except json.JSONDecodeError:
            reason = "dbt was stopped while it wrote it"
        done = run_publish(build, folder)
        assert done.returncode == 1
        assert reason in done.stderr
        assert whole(folder) == before
    subprocess.run(command, env=environment, cwd=PROJECT, check=True)
    publish_core_and_sales_only(build)
    done = run_publish(build, folder)
    assert done.returncode == 0, done.stderr
    assert whole(folder) != before


def _has_begun(warehouse: Path) -> bool:
    """The write-ahead log grows once dbt writes."""
    log = warehouse.with_name(warehouse.name + ".wal")
    return log.exists() and log.stat().st_size > 0


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_test_that_fails_keeps_the_old_set(tmp_path: Path, raw_data: Path) -> None:
    """The same warehouse, first whole, then with a file rejected as a whole."""
    dbt = make_dbt(tmp_path / "dbt")
    settings = {"raw_data_dir": str(raw_data), "sources": ["umkm"]}
    good = dbt(*SMALL, settings=settings)
    assert good.returncode == 0, good.output
    publish_core_and_sales_only(good)
    folder = tmp_path / "published"
    assert run_publish(good, folder).returncode == 0
    before = whole(folder)
    orders = raw_data / "umkm" / "Sorted_Order_Report_by_Date.csv"
    orders.write_text(
        orders.read_text(encoding="utf-8").replace("2024-", "24/"), encoding="utf-8"
    )
    bad = dbt(*SMALL, settings=settings)
    assert bad.returncode == 1
    publish_core_and_sales_only(bad)
    done = run_publish(bad, folder)
    assert done.returncode == 1
    assert "assert_no_file_is_rejected_whole ended with fail" in done.stderr
    assert whole(folder) == before
    status = run_status(bad, folder)
    assert "assert_no_file_is_rejected_whole" in status.stdout
    assert before in status.stdout


def run_status(build: Build, folder: Path) -> subprocess.CompletedProcess[str]:
    command, environment = publisher(build, folder)
    return subprocess.run(
        [*command[:3], "status", *command[4:]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_status_tells_what_is_published_while_a_build_runs(
    small_build: Build, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    # A copy: other tests publish the shared build while this one locks its own.
    build = copied(small_build, tmp_path / "build")
    with duckdb.connect(str(build.warehouse)):
        early = run_status(build, folder)
    assert early.returncode == 1
    assert "Remedy: Wait until the build has ended" in early.stderr
    assert run_publish(build, folder).returncode == 0
    before = run_status(build, folder)
    assert "No model or test failed" in before.stdout
    with duckdb.connect(str(build.warehouse)):
        during = run_status(build, folder)
    assert during.returncode == 0, during.stderr
    assert "umkm: as of 2024-12-29" in during.stdout
    assert "No model or test failed" not in during.stdout
    assert "The result of the last build cannot be read now" in during.stdout


def test_published_files_are_read_only(published: Path) -> None:
    version = (published / "current").resolve()
    files = [path for path in version.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


def test_every_column_of_the_marts_but_lists_can_be_in_an_extract(
    sample_build: Build,
) -> None:
    manifest = read_manifest(sample_build.warehouse.parents[1] / "target/manifest.json")
    for mart in marts_of(manifest):
        left = {c.name for c in mart.columns} - {
            c.name for c in in_tableau(mart).columns
        }
        assert left == {
            c.name
            for c in mart.columns
            if c.data_type.endswith("[]") or not c.is_in_extracts
        }


def test_report_of_what_is_published_goes_into_a_new_folder(
    published: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "retail_marts.cli", "report"]
    arguments = [str(tmp_path / "report"), "--out", str(published)]
    subprocess.run([*command, *arguments], check=True)
    written = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    beside = (published / "current" / "report" / "index.html").stat().st_size
    assert len(written.encode()) == pytest.approx(beside, rel=0.01)
    again = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "does not exist yet" in again.stderr


def test_nothing_built_yet_is_a_clear_error(tmp_path: Path) -> None:
    missing = Build(0, "", tmp_path / "warehouse" / "retail_marts.duckdb")
    done = run_publish(missing, tmp_path / "published")
    assert done.returncode == 1
    assert "nothing was built here yet" in done.stderr
    assert "retail-marts build" in done.stderr


# --- What is published


def test_a_model_that_a_setting_names_is_published_too(
    small_build: Build, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    settings = project / "dbt_project.yml"
    name = "int_sales_lines_aggregated_to_days"
    settings.write_text(f"vars: {{published_models: [{name}]}}")
    folder = tmp_path / "published"
    done = run_publish(small_build, folder, "--project", str(project))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "current" / "manifest.json").read_text())
    assert manifest["row_counts"][f"intermediate.{name}"] > 0
    whole(folder)
    assert (folder / "current" / "tableau" / f"{name}.tdsx").exists()
    settings.write_text(f"vars: {{published_models: {name}}}")
    done = run_publish(small_build, folder, "--project", str(project))
    assert done.returncode == 1
    assert "Set it to a list of texts" in done.stderr


def test_parts_that_do_not_belong_together_are_not_published(
    small_build: Build, tmp_path: Path
) -> None:
    """After a run of one table, those built from it are older. --empty never counts."""
    folder = tmp_path / "published"
    copied(small_build, tmp_path / "dbt")
    dbt = make_dbt(tmp_path / "dbt")
    settings = {"sources": ["umkm"]}
    arguments = ("run", "--select", "fct_sales_lines")
    part = dbt(*arguments, settings=settings)
    assert part.returncode == 0, part.output
    publish_core_and_sales_only(part)
    done = run_publish(part, folder)
    assert done.returncode == 1
    assert "model dim_businesses was built before fct_sales_lines was built again" in (
        done.stderr
    )
    assert "Remedy: Run `dbt build` to its end" in done.stderr
    empty = dbt(*arguments, "--empty", settings=settings)
    assert empty.returncode == 0, empty.output
    publish_core_and_sales_only(empty)
    with duckdb.connect(str(empty.warehouse)) as connection:
        # Nothing else would speak against it.
        connection.execute("update raw.dbt_outcomes set invocation_number = 3")
    done = run_publish(empty, folder)
    assert done.returncode == 1
    assert "was built with --empty, which reads a part of the rows" in done.stderr
    assert not (folder / "current").exists()


def test_a_set_without_the_rows_of_a_business_needs_a_flag(
    small_build: Build, tmp_path: Path
) -> None:
    assert run_publish(small_build, tmp_path).returncode == 0
    before = whole(tmp_path)
    path = tmp_path / "current" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert manifest["businesses"][0]["source_tables"] == ["umkm.orders"]
    assert manifest["businesses"][0]["sales_line_count"] > 0
    gone = {**manifest["businesses"][0], "business_id": "gone"}
    path.chmod(0o644)
    path.write_text(json.dumps({**manifest, "businesses": [gone]}), encoding="utf-8")
    done = run_publish(small_build, tmp_path)
    assert done.returncode == 1
    assert "no row any more of gone" in done.stderr
    assert "--allow-lost-businesses" in done.stderr
    assert whole(tmp_path) == before
    done = run_publish(small_build, tmp_path, "--allow-lost-businesses")
    assert done.returncode == 0, done.stderr


def test_a_foreign_profile_is_a_clear_error(
    small_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, environment = publisher(small_build, tmp_path / "published")
    del environment["RETAIL_MARTS_WAREHOUSE"]
    foreign = {**environment, "DBT_PROFILES_DIR": str(tmp_path)}
    done = subprocess.run(
        command, env=foreign, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"DBT_PROFILES_DIR is {tmp_path}" in done.stderr
    assert "Remedy: Unset DBT_PROFILES_DIR" in done.stderr
    assert not (tmp_path / "published").exists()
