"""Builds on Spark give the marts of DuckDB, row by row.

`make test-spark` builds the whole sample on both engines; otherwise, a part of it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, QUICK, Build, make_dbt
from dbt_forks import DBT
from same_marts import differences
from test_mapped_sources import CORNER_SHOP

pytest.importorskip("pyspark", reason="pyspark is not installed")

IS_WHOLE = "RETAIL_MARTS_WHOLE_SPARK" in os.environ
#: A shipped source and files with a mapping, whose business has quotes in its name.
SETTINGS: dict[str, Any] = (
    {}
    if IS_WHOLE
    else {
        **QUICK,
        "sources": ["umkm"],
        "mapped_sources": {"corner_shop": CORNER_SHOP},
    }
)
#: For few rows. Java compiles less, and each query is one job of few tasks. A job from
#: which the driver collects more fails: no model brings its rows to the driver.
FEW_ROWS = {
    "spark.driver.maxResultSize": "16m",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def spark_dbt(folder: Path, *arguments: str, options: Mapping[str, str]) -> Build:
    """Run dbt on Spark, with a warehouse in a folder."""
    landing = folder / "warehouse" / "landing.duckdb"
    (folder / "spark-defaults.conf").write_text(
        "".join(f"{name} {value}\n" for name, value in options.items())
    )
    done = subprocess.run(
        [str(DBT), *arguments, "--target", "spark", "--vars", json.dumps(SETTINGS)],
        cwd=PROJECT,
        env={
            **os.environ,
            "RETAIL_MARTS_WAREHOUSE": str(landing),
            "RETAIL_MARTS_SPARK_WAREHOUSE": str(landing.parent / "spark"),
            "RETAIL_MARTS_SPARK_MASTER": "local[2]",
            "RETAIL_MARTS_SPARK_PARTITIONS": "8" if IS_WHOLE else "2",
            "SPARK_CONF_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_USE_COLORS": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Build(done.returncode, done.stdout + done.stderr, landing)


def test_the_marts_of_both_engines_are_equal(tmp_path: Path) -> None:
    here = make_dbt(tmp_path / "duckdb")(
        *("build", "--exclude-resource-type", "test"),
        settings=SETTINGS,
        whole=IS_WHOLE,
    )
    assert here.returncode == 0, here.output
    # Ids of customers are hashes with a key that each warehouse makes for itself.
    folder = tmp_path / "spark" / "warehouse"
    folder.mkdir(parents=True)
    key = here.warehouse.with_name("personal_key.txt")
    (folder / key.name).write_text(key.read_text())
    left_out = ["--exclude", "tag:duckdb_sql"]
    if not IS_WHOLE:
        left_out = ["--exclude-resource-type", "unit_test"]
    there = spark_dbt(
        tmp_path / "spark",
        *("build", *left_out),
        options={} if IS_WHOLE else FEW_ROWS,
    )
    assert there.returncode == 0, there.output
    assert differences(here.warehouse, there.warehouse, engines_differ=True) == []
