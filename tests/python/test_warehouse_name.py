"""A warehouse whose file name is not a plain word works everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import PROJECT, make_dbt

from retail_marts.cli import main


@pytest.mark.long
def test_any_name_of_a_warehouse_builds_and_publishes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dbt = make_dbt(tmp_path, name="2024 my-shop лавка")
    # In the second run, incremental models read which changes they contain.
    first = dbt("run", "-s", "+path:models/marts/core", settings={"sources": []})
    assert first.returncode == 0, first.output
    build = dbt("build", settings={"sources": []})
    assert build.returncode == 0, build.output
    monkeypatch.setenv("RETAIL_MARTS_WAREHOUSE", str(build.warehouse))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    places = ["--project", str(PROJECT), "--out", str(tmp_path / "published")]
    assert main(["publish", *places]) == 0, capsys.readouterr().err
    assert main(["status", *places]) == 0
    assert "No model or test failed in the last build." in capsys.readouterr().out


@pytest.mark.parametrize("name", ["2024", "a.b"])
def test_a_name_that_is_a_number_or_has_dots_lands_files(
    tmp_path: Path, name: str
) -> None:
    dbt = make_dbt(tmp_path, name=name)
    build = dbt("run", "-s", "+fct_source_files", settings={"sources": ["umkm"]})
    assert build.returncode == 0, build.output
    assert build.value("select count(*) from core.fct_source_files") == 1
