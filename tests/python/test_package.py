"""What the wheel carries, and what is said without the packages of its extras."""

from __future__ import annotations

import importlib
import os
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT
from dbt_common.exceptions import DbtRuntimeError

from retail_marts import __version__, cli, optional_packages
from retail_marts.clients.stars import Member, Star
from retail_marts.errors import InputError
from retail_marts.landing.workbooks import check_sheet
from retail_marts.mapper.typed_tables import excel_table, sheets_of
from retail_marts.package import package_folder
from retail_marts.publish import tableau
from retail_marts.publish.marts import Mart


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional_packages, "find_spec", lambda name: None)


def test_every_optional_package_has_an_extra_that_installs_it() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for package, extra in optional_packages._EXTRAS.items():
        (named,) = extras[extra]
        assert named.startswith(package.replace("_", "-"))
        assert named not in project["dependencies"]


@pytest.mark.usefixtures("without_extras")
def test_an_excel_file_names_the_extra_that_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    path.write_bytes(b"PK")
    for read in (
        lambda: check_sheet(path, columns=["a"]),
        lambda: excel_table(path, sheet=None),
        lambda: sheets_of(path),
    ):
        with pytest.raises(InputError) as caught:
            read()
        assert f"{path} needs the package python_calamine" in str(caught.value)
        assert "pip install 'retail-marts[excel]'" in str(caught.value)


@pytest.mark.usefixtures("without_extras")
def test_an_extract_names_the_extra_that_writes_it(tmp_path: Path) -> None:
    mart = Mart("core", "a", "One row per thing.", ())
    with pytest.raises(InputError, match=r"pip install 'retail-marts\[tableau\]'"):
        tableau.write_extract(
            tmp_path / "a.hyper", Star("a", Member("a", mart), ()), duckdb.connect()
        )


def test_the_target_spark_names_the_extra_that_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if ".retailspark" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dbt.adapters.spark.connections", None)
    with pytest.raises(DbtRuntimeError, match=r"pip install 'retail-marts\[spark\]'"):
        importlib.import_module("dbt.adapters.retailspark")


def test_the_dbt_project_has_the_version_of_the_library() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    assert project["version"] == __version__
    assert f"## {__version__}" in (PROJECT / "CHANGELOG.md").read_text("utf-8")


def test_the_workflow_and_the_hooks_call_what_exists() -> None:
    workflow = (PROJECT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    steps = yaml.safe_load(workflow)["jobs"]["test"]["steps"]
    (command,) = (step["run"] for step in steps if "run" in step)
    assert os.access(PROJECT / command, os.X_OK)
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    hooks = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text("utf-8"))
    for hook in hooks["repos"][0]["hooks"]:
        program, target = hook["entry"].split()
        assert program == "make"
        assert f"\n{target}:" in makefile


def test_the_package_of_an_editable_install_is_the_clone() -> None:
    assert package_folder() == PROJECT


def test_windows_is_told_of_wsl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert cli.main(["status"]) == 1
    assert "WSL2" in capsys.readouterr().err
