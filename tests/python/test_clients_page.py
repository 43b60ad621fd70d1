"""The lines of docs/clients.md: each that can run here reads a published set."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Build

PAGE = (PROJECT / "docs" / "clients.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: What says that a client cannot write: an option, or a file that nobody writes to.
READS_ONLY = re.compile(r"read[-_]?only|\.parquet|\.tds", re.IGNORECASE)
SPARK = PROJECT / ".venv-spark" / "bin" / "python"
#: What package clients say when there is no network.
NO_NETWORK = ("Failed to fetch", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")

SECTIONS: dict[str, str] = dict(
    re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
)


def code(heading: str, language: str, *, number: int = 0) -> str:
    """A code block of a section, by its language and number among these."""
    blocks = FENCE.findall(SECTIONS[heading])
    return [text for name, text in blocks if name == language][number]


@pytest.fixture(scope="module")
def folder(small_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published set, as the project folder is after a build."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run(
        [
            *(sys.executable, "-m", "retail_marts.cli", "publish"),
            *("--out", str(folder / "published")),
        ],
        env={
            **os.environ,
            "RETAIL_MARTS_WAREHOUSE": str(small_build.warehouse),
            "DBT_TARGET_PATH": str(small_build.warehouse.parents[1] / "target"),
        },
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def marts(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Another reader. A client that opens the file to write fails beside it."""
    database = folder / "published" / "current" / "retail_marts.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


def ran(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_FMT_MAX_ROWS": "-1"},
        check=False,
    )
    if any(said in done.stderr for said in NO_NETWORK):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path, *packages: str) -> Path:
    """The folder of programs of a new environment with these packages."""
    uv = str(Path(sys.executable).with_name("uv"))
    home = folder / "environment"
    ran(uv, "venv", "--quiet", "--python", sys.executable, str(home), folder=folder)
    python = home / "bin" / "python"
    ran(uv, "pip", "install", "--python", str(python), *packages, folder=folder)
    return python.parent


def assert_shows_headlines(output: str, marts: duckdb.DuckDBPyConnection) -> None:
    figures = marts.execute("select distinct figure from sales.rpt_headlines")
    names = [name for (name,) in figures.fetchall()]
    assert len(names) > 3
    assert [name for name in names if name not in output] == []


def assert_shows_sums(output: str, marts: duckdb.DuckDBPyConnection) -> None:
    (business, amount) = marts.execute(
        "select business_id, sum(sales_amount) from sales.rpt_monthly_sales group by 1"
    ).fetchall()[0]
    assert business in output
    assert str(amount) in output


# --- the page ---


def tried_by_tool() -> dict[str, str]:
    """What the table says of each tool, by the heading of its section."""
    rows = re.findall(r"^\| \[(.+?)\]\(#\S+\).*\| (.+) \|$", PAGE, re.MULTILINE)
    return {
        next(heading for heading in SECTIONS if heading.startswith(tool)): tried
        for tool, tried in rows
    }


def test_every_tool_of_the_table_has_a_section_and_no_other() -> None:
    assert [*tried_by_tool()] == [*SECTIONS]


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_tool_is_connected_so_that_it_can_only_read(heading: str) -> None:
    assert READS_ONLY.search(SECTIONS[heading]), heading


def test_a_tool_that_was_not_tried_is_said_to_be() -> None:
    for heading, tried in tried_by_tool().items():
        says_no = bool(re.search(r"not\s+tried\s+here", SECTIONS[heading], re.I))
        assert says_no == (tried == "no" or "without" in tried or "not" in tried), (
            heading
        )


def test_pages_that_are_named_are_there() -> None:
    for path in re.findall(r"(?:models|sales)[/.](rpt_\w+)", PAGE):
        assert [*(PROJECT / "models" / "marts").rglob(f"{path}.sql")]


# --- the lines ---

PYTHON = {"duckdb": 0, "pandas": 1, "polars": 2}


@pytest.mark.parametrize(
    "package",
    [
        pytest.param(name, marks=() if find_spec(name) else pytest.mark.long)
        for name in PYTHON
    ],
)
def test_python_reads_the_marts(
    package: str, folder: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    python = sys.executable
    if find_spec(package) is None:
        python = str(environment(tmp_path, package) / "python")
    lines = code("Python", "python", number=PYTHON[package])
    output = ran(python, "-c", lines, folder=folder)
    check = assert_shows_headlines if package == "duckdb" else assert_shows_sums
    check(output, marts)


@pytest.mark.long
@pytest.mark.parametrize("series", ["1.1", "1.3", "1.5"])
def test_python_with_an_older_duckdb_reads_the_marts(
    series: str, folder: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    programs = environment(tmp_path, f"duckdb=={series}.*")
    lines = code("Python", "python", number=PYTHON["duckdb"])
    output = ran(str(programs / "python"), "-c", lines, folder=folder)
    assert_shows_headlines(output, marts)


@pytest.mark.long
def test_the_command_line_of_duckdb_reads_the_marts(
    folder: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    programs = environment(tmp_path, "duckdb-cli")
    path = f"export PATH={programs}:$PATH; "
    output = ran("sh", "-c", path + code("DuckDB CLI and UI", "sh"), folder=folder)
    assert_shows_headlines(output, marts)

    ran("sh", "-c", path + code("Excel", "sh"), folder=folder)
    with (folder / "monthly_sales.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    right = marts.execute(
        "select cast(month_start_date as varchar), cast(sales_amount as varchar)"
        " from sales.rpt_monthly_sales order by month_start_date"
    ).fetchall()
    assert sorted((r["month_start_date"], r["sales_amount"]) for r in rows) == right


@pytest.mark.long
def test_node_reads_the_marts(
    folder: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    if shutil.which("npm") is None:
        pytest.skip("no npm here (apt-get install npm)")
    (package,) = re.findall(r"`(@[\w/-]+)`", SECTIONS["Node"])
    ran("npm", "install", "--no-audit", "--no-fund", package, folder=tmp_path)
    (tmp_path / "read.mjs").write_text(code("Node", "js"), encoding="utf-8")
    (tmp_path / "published").symlink_to(folder / "published")
    assert_shows_headlines(ran("node", "read.mjs", folder=tmp_path), marts)


@pytest.mark.long
def test_spark_reads_the_marts(folder: Path, marts: duckdb.DuckDBPyConnection) -> None:
    if not SPARK.exists():
        pytest.skip("no environment of Spark here (make install-spark)")
    output = ran(str(SPARK), "-c", code("Spark", "python"), folder=folder)
    months = marts.execute(
        "select cast(month_start_date as varchar) from sales.rpt_monthly_sales"
        " order by 1 limit 20"
    ).fetchall()
    assert months
    assert [month for (month,) in months if month not in output] == []


_ENGINE = """
import sys
import sqlalchemy
engine = sqlalchemy.create_engine(sys.argv[1])
with engine.connect() as marts:
    for row in marts.execute(sqlalchemy.text("select figure from sales.rpt_headlines")):
        print(row[0])
    try:
        marts.execute(sqlalchemy.text("create table t (i integer)"))
    except Exception as error:
        print("cannot write:", "read-only" in str(error))
"""


@pytest.mark.long
def test_the_engine_of_superset_reads_and_cannot_write(
    folder: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    command = code("Superset", "sh").split()
    assert command[:2] == ["pip", "install"]
    programs = environment(tmp_path, *command[2:])
    address = code("Superset", "text", number=1).strip()
    there = address.replace("/absolute/path", str(folder))
    assert there != address
    output = ran(str(programs / "python"), "-c", _ENGINE, there, folder=folder)
    assert_shows_headlines(output, marts)
    assert "cannot write: True" in output
