"""Warehouse and settings of the version before serve the new version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, SALES_ONLY, make_dbt
from same_marts import differences

#: Version 0.1.0.
VERSION_BEFORE = "c90ec05"
DBT = "from dbt.cli.main import cli; cli()"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The project as it was in the version before."""
    archive = subprocess.run(
        ["git", "archive", VERSION_BEFORE],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"the commit {VERSION_BEFORE} is not in this clone")
    folder = tmp_path / "before"
    folder.mkdir()
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


@pytest.mark.long
def test_a_warehouse_of_the_version_before_becomes_one_of_this_version(
    before: Path, tmp_path: Path
) -> None:
    upgraded, new = tmp_path / "upgraded", tmp_path / "new"
    warehouse = upgraded / "warehouse" / "retail_marts.duckdb"
    subprocess.run(
        [sys.executable, "-c", DBT, *("build", *SALES_ONLY)],
        cwd=before,
        env={
            **os.environ,
            "PYTHONPATH": str(before / "src"),
            "RETAIL_MARTS_WAREHOUSE": str(warehouse),
            "DBT_TARGET_PATH": str(upgraded / "target"),
            "DBT_LOG_PATH": str(upgraded / "logs"),
        },
        check=True,
    )
    new.mkdir()
    # Both have the same key, so personal ids have the same hashes.
    (new / "warehouse").mkdir()
    shutil.copy(warehouse.with_name("personal_key.txt"), new / "warehouse")
    stated = yaml.safe_load((before / "dbt_project.yml").read_text("utf-8"))["vars"]
    for folder in (upgraded, new):
        build = make_dbt(folder)("build", *SALES_ONLY, settings=stated, whole=True)
        assert build.returncode == 0, build.output
    assert differences(warehouse, new / "warehouse" / "retail_marts.duckdb") == []
