"""`retail-marts check`: finds faults before a build, and builds nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from conftest import PROJECT
from pyarrow import parquet

from retail_marts.cli import main

COLUMNS = {"order_date": "day", "sales_amount": "total"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file of each kind."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECT / "models" / "staging", folder / "models" / "staging")
    shutil.copytree(PROJECT / "data" / "sample" / "kalbe", folder / "files" / "kalbe")
    (folder / "one.csv").write_text("day;total;shop\n", encoding="utf-8")
    table = pa.table({"day": ["2024-01-01"], "total": [1.5]})
    parquet.write_table(table, folder / "two.parquet")
    with duckdb.connect(str(folder / "till.duckdb")) as connection:
        connection.execute("create table sold as select 1 as day, 2 as total")
    return folder


def check(
    capsys: pytest.CaptureFixture[str], folder: Path, **settings: Any
) -> tuple[int, str]:
    written = {
        "sources": ["kalbe"],
        "raw_data_dir": "files",
        "mapped_sources": {
            "one": {
                "path": "*.csv",
                "separator": ";",
                "columns": {**COLUMNS, "business_id": "shop"},
            },
            "two": {"path": "two.parquet", "columns": COLUMNS},
            "three": {"database": "till.duckdb", "table": "sold", "columns": COLUMNS},
        },
        **settings,
    }
    (folder / "dbt_project.yml").write_text(
        yaml.safe_dump({"vars": written}, sort_keys=False)
    )
    code = main(["check", "--project", str(folder)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_it_says_what_would_be_read(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = check(capsys, project)
    assert code == 0
    for words in (
        "kalbe.products: files/kalbe/Product.csv, 252 bytes: ProductID, ",
        "sales_lines of one: one.csv, 15 bytes: business_id (shop), order_date (day), ",
        "sales_lines of two: two.parquet, ",
        "sales_lines of three: till.duckdb, ",
        "Businesses: kalbe, two, three, those that the files of one name",
    ):
        assert words in said
    assert not (project / "warehouse").exists()


def test_columns_that_a_file_lacks_are_listed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {
        "path": "one.csv",
        "separator": ";",
        "columns": {**COLUMNS, "store_id": "Shop", "region": "shop"},
        "optional": ["store_id"],
    }
    code, said = check(capsys, project, sources=[], mapped_sources={"one": entry})
    assert code == 0, said
    assert "sales_amount (total); lacks the optional store_id (Shop)\n" in said


def test_a_model_is_looked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"model": "mine.my_orders", "columns": COLUMNS}
    settings = {"sources": [], "mapped_sources": {"one": entry}}
    code, said = check(capsys, project, **settings)
    assert code == 1
    assert "no file my_orders.sql or my_orders.py is in the project folder" in said
    (project / "models" / "my_orders.sql").write_text("select 1 as day")
    code, said = check(capsys, project, **settings)
    assert code == 0, said
    assert "sales_lines of one: model mine.my_orders: order_date (day), " in said


def test_every_faulty_file_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "files" / "kalbe" / "Store.csv").unlink()
    (project / "one.csv").write_text("day,total,shop\n", encoding="utf-8")
    parquet.write_table(pa.table({"day": [1]}), project / "two.parquet")
    code, said = check(capsys, project)
    assert code == 1
    for words in (
        "3 things are wrong",
        "files/kalbe/Store.csv does not exist",
        "one.csv is not separated by ';'",
        "two.parquet has no column 'total'",
    ):
        assert words in said


def test_settings_come_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = check(capsys, project, forecast_settings={"horizon": 30})
    assert code == 1
    assert "Did you mean horizon_days?" in said


def test_the_environment_names_the_folder(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIL_MARTS_RAW_DATA_DIR", "elsewhere")
    code, said = check(capsys, project)
    assert code == 1
    assert "elsewhere/kalbe/Customer.csv does not exist" in said


def test_the_version_imports_no_library() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, retail_marts.cli\n"
            "heavy = {'pandas', 'numpy', 'duckdb', 'pyarrow', 'pydantic', 'yaml'}\n"
            "print(sorted(heavy & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COVERAGE_PROCESS_START": ""},
    )
    assert told.stdout.strip() == "[]"


def test_ci_refuses_arguments_that_it_does_not_know() -> None:
    done = subprocess.run(
        [str(PROJECT / ".ci" / "run"), "--quick"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "does not know the argument '--quick'" in done.stderr
    assert "Remedy" in done.stderr
