"""The same files give the same marts, in any folder and with any number of threads.

`make determinism` compares whole builds of RAW_DATA_DIR; `make test-faults` those of
one source with few candidates.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, SAMPLE, Build, make_dbt
from same_marts import differences

IS_WHOLE = "RETAIL_MARTS_WHOLE_DETERMINISM" in os.environ
FILES = PROJECT / os.environ.get("RAW_DATA_DIR", "") if IS_WHOLE else SAMPLE
REDUCED: dict[str, Any] = {"sources": ["kalbe"], "forecast_levels": ["category"]}
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "target", "logs", "warehouse", "published", ".cache", "data"
)


def build(folder: Path, *arguments: str, project: Path = PROJECT) -> Build:
    done = make_dbt(folder)(
        *("build", "--resource-type", "seed", "--resource-type", "model"),
        *arguments,
        settings={
            **({} if IS_WHOLE else REDUCED),
            "raw_data_dir": str(FILES.resolve()),
        },
        whole=IS_WHOLE,
        cwd=project,
    )
    assert done.returncode == 0, done.output
    return done


@pytest.mark.long
def test_two_builds_give_equal_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(tmp_path / "first")

    elsewhere = tmp_path / "another folder" / "project"
    shutil.copytree(PROJECT, elsewhere, ignore=LEFT_OUT, symlinks=True)
    profile = elsewhere / "profiles" / "profiles.yml"
    text = profile.read_text(encoding="utf-8")
    assert text.count("      settings:\n") == 1
    profile.write_text(
        text.replace("      settings:\n", '      settings:\n        threads: "5"\n')
    )
    # Personal ids are hashes with a key that each warehouse makes for itself.
    second_folder = tmp_path / "second" / "warehouse"
    second_folder.mkdir(parents=True)
    shutil.copy(first.warehouse.with_name("personal_key.txt"), second_folder)
    monkeypatch.setenv("PYTHONPATH", str(elsewhere / "src"))
    for library in ("OMP", "OPENBLAS"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    second = build(tmp_path / "second", "--threads", "4", project=elsewhere)

    assert differences(first.warehouse, second.warehouse) == []


@pytest.fixture
def two_warehouses(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "first.duckdb", tmp_path / "second.duckdb"
    for path in paths:
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "create schema core; create table core.fct_a as select * from (values"
                " ('x', 1.5::double, 2.25::decimal(18, 2), ['p', 'q'], 0.1::double),"
                " ('y', null, 3, ['r'], 0.2)"
                ") as t(id, rate, amount, items, fit_seconds)"
            )
    return paths


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update core.fct_a set fit_seconds = 9", None),
        ("update core.fct_a set rate = rate * (1 + 1e-12)", None),
        (
            "update core.fct_a set rate = rate * (1 + 1e-8)",
            "core.fct_a.rate differs in 1",
        ),
        (
            "update core.fct_a set rate = 0 where id = 'y'",
            "core.fct_a.rate differs in 1",
        ),
        ("update core.fct_a set amount = 2.26 where id = 'x'", "core.fct_a.amount"),
        ("update core.fct_a set items = ['q', 'p'] where id = 'x'", "core.fct_a.items"),
        ("update core.fct_a set id = null where id = 'y'", "core.fct_a.id differs"),
        ("delete from core.fct_a where id = 'y'", "core.fct_a has 2 and 1 rows"),
        ("create table core.fct_b as select 1 as n", "core.fct_b has other columns"),
        ("alter table core.fct_a alter id type blob", "core.fct_a has other columns"),
        ("drop table core.fct_a", "core.fct_a has other columns"),
        (
            "create or replace table core.fct_a as from core.fct_a order by id desc",
            None,
        ),
    ],
)
def test_differences_are_named(
    two_warehouses: tuple[Path, Path], change: str, told: str | None
) -> None:
    with duckdb.connect(str(two_warehouses[1])) as connection:
        connection.execute(change)
    found = differences(*two_warehouses)
    assert len(found) == (told is not None)
    if told is not None:
        assert found[0].startswith(told)


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ("amount = 2.26", True),
        ("amount = 2.27", False),
        ("rate = 1.5 + 1e-13", True),
        ("rate = 1.5 + 1e-8", False),
        ("items = ['p']", False),
    ],
)
def test_engines_may_differ_by_a_cent(
    two_warehouses: tuple[Path, Path], change: str, is_same: bool
) -> None:
    for path in two_warehouses:
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "alter table core.fct_a alter amount type decimal(38, 2)"
            )
    with duckdb.connect(str(two_warehouses[1])) as connection:
        connection.execute(f"update core.fct_a set {change} where id = 'x'")
    found = differences(*two_warehouses, engines_differ=True)
    assert (found == []) == is_same
