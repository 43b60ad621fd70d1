"""A build of what is published already says so and builds nothing."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from retail_marts import building, cli, unchanged
from retail_marts.own_project import make_project
from retail_marts.private_files import KEY_FILE
from retail_marts.unchanged import is_published, note_published, state_of

SALES = "order,day,product,amount\n1,2024-01-02,tea,3.50\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of its own with an entry of two files and a database."""
    project = tmp_path / "shop"
    make_project(project)
    (project / "files").mkdir()
    (project / "files" / "one.csv").write_text(SALES)
    (project / "till.duckdb").write_bytes(b"rows")
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    columns = {
        "order_id": "order",
        "order_date": "day",
        "product_id": "product",
        "sales_amount": "amount",
    }
    settings["vars"] = {
        "retail_marts": {
            "sources": ["umkm"],
            "raw_data_dir": "raw",
            "mapped_sources": {
                "shop": {"path": "files/*.csv", "columns": columns},
                "till": {"database": "till.duckdb", "table": "t", "columns": columns},
            },
        }
    }
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    (project / "raw" / "umkm").mkdir(parents=True)
    return project


def written(path: Path, text: str) -> None:
    """Write a file; its time stays, if it was there."""
    before = path.stat() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    if before is not None:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_state_stays_while_nothing_changes(shop: Path) -> None:
    state = state_of(shop)
    assert state is not None
    os.utime(shop / "files" / "one.csv")
    (shop / "notes.txt").write_text("not read by a build")
    (shop / "target").mkdir()
    (shop / "target" / "manifest.json").write_text("{}")
    assert state_of(shop) == state


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("files/one.csv", SALES.replace("3.50", "3.51")),
        ("files/two.csv", SALES),
        ("raw/umkm/orders.csv", SALES),
        ("till.duckdb", "Rows"),
        ("till.duckdb.wal", "rows"),
        ("seeds/names.csv", "a,b\n"),
        ("macros/own.sql", "{% macro own() %}1{% endmacro %}"),
        ("profiles.yml", "retail_marts: {}"),
        ("tests/own.sql", "select 1"),
    ],
)
def test_other_bytes_of_a_file_are_another_state(
    shop: Path, file: str, text: str
) -> None:
    state = state_of(shop)
    written(shop / file, text)
    assert state_of(shop) not in (state, None)


def test_a_file_with_another_name_is_another_state(shop: Path) -> None:
    state = state_of(shop)
    (shop / "files" / "one.csv").rename(shop / "files" / "1.csv")
    assert state_of(shop) != state


def test_settings_environment_code_and_day_are_part_of_the_state(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [state_of(shop)]

    def differs() -> bool:
        states.append(state_of(shop))
        return states[-1] not in states[:-1]

    text = (shop / "dbt_project.yml").read_text()
    (shop / "dbt_project.yml").write_text(text.replace("umkm", "kalbe"))
    assert differs()
    monkeypatch.setenv("RETAIL_MARTS_RAW_DATA_DIR", "elsewhere")
    assert differs()
    monkeypatch.setattr(unchanged, "package_code", lambda: "other")
    assert differs()
    monkeypatch.setattr(unchanged, "distributions", list)
    assert differs()

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2099, 1, 1, tzinfo=tz)

    monkeypatch.setattr(unchanged, "datetime", Tomorrow)
    assert differs()


def test_the_state_of_an_entry_that_reads_a_model_is_not_known(shop: Path) -> None:
    settings = yaml.safe_load((shop / "dbt_project.yml").read_text())
    entry = settings["vars"]["retail_marts"]["mapped_sources"]["shop"]
    entry["model"] = "my_orders"
    del entry["path"]
    (shop / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    assert state_of(shop) is None


@pytest.fixture
def built(tmp_path: Path) -> dict[str, Path]:
    """A warehouse, its manifest, and a published version."""
    warehouse = tmp_path / "warehouse" / "w.duckdb"
    warehouse.parent.mkdir()
    warehouse.write_bytes(b"tables")
    warehouse.with_name(KEY_FILE).write_text("secret")
    version = tmp_path / "versions" / "20240102T030405Z"
    version.mkdir(parents=True)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest_of("retail_marts"))
    return {"warehouse": warehouse, "version": version, "manifest": manifest}


def manifest_of(*packages: str) -> str:
    nodes = {
        f"model.{package}.one": {"resource_type": "model", "package_name": package}
        for package in packages
    }
    other = {"resource_type": "test", "package_name": "other"}
    return json.dumps({"nodes": {**nodes, "test.other.one": other}})


def test_a_note_is_of_one_state_version_warehouse_and_key(
    built: dict[str, Path],
) -> None:
    warehouse, version = built["warehouse"], built["version"]

    def noted(state: str = "s", version: Path = version) -> bool:
        return is_published(state, warehouse=warehouse, version=version)

    assert not noted()
    note_published("s", **built)
    assert noted()
    assert not noted(state="t")
    assert not noted(version=version.with_name("20240102T030406Z"))
    [note] = warehouse.parent.glob("*.published.json*")
    assert note.stat().st_mode & 0o777 == 0o600
    assert "secret" not in note.read_text()
    before = warehouse.stat()
    warehouse.write_bytes(b"Tables")
    os.utime(warehouse, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert not noted()
    os.utime(warehouse, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert noted()
    warehouse.with_name(KEY_FILE).write_text("other")
    assert not noted()
    note_published("s", **built)
    assert noted()
    note.write_text("{")
    assert not noted()


def test_with_models_that_are_not_ours_nothing_is_noted(
    built: dict[str, Path],
) -> None:
    note_published("s", **built)
    built["manifest"].write_text(manifest_of("retail_marts", "my_shop"))
    note_published("s", **built)
    assert not is_published("s", warehouse=built["warehouse"], version=built["version"])


def test_the_command_builds_again_only_when_something_changed(
    shop: Path,
    built: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    builds: list[Path] = []
    edit_meanwhile: list[str] = []
    current: list[Path] = []

    def build(project: Path, **_: Any) -> None:
        builds.append(project)
        for text in edit_meanwhile:
            written(shop / "files" / "one.csv", text)

    def publish(_options: Any) -> Path:
        current[:] = [built["version"]]
        return built["version"]

    monkeypatch.setenv("RETAIL_MARTS_WAREHOUSE", str(built["warehouse"]))
    monkeypatch.setenv("DBT_TARGET_PATH", str(built["manifest"].parent))
    monkeypatch.setattr(building, "build_project", build)
    monkeypatch.setattr(cli, "_publish_version", publish)
    monkeypatch.setattr(
        "retail_marts.publish.current_version",
        lambda _: current[0] if current else None,
    )

    def run(*flags: str) -> int:
        assert cli.main(["build", "--project", str(shop), *flags]) == 0
        return len(builds)

    assert run() == 1
    assert capsys.readouterr().out == ""
    assert run() == 1
    said = capsys.readouterr().out
    assert "Nothing has changed since 20240102T030405Z was published" in said
    assert "retail-marts build --rebuild" in said
    assert run("--rebuild") == 2
    assert run() == 2
    edit_meanwhile.append(SALES.replace("tea", "oil"))
    written(shop / "files" / "one.csv", SALES.replace("tea", "ink"))
    assert run() == 3
    # The file was edited while it was read.
    edit_meanwhile.clear()
    assert run() == 4
    assert run() == 4
    current.clear()
    assert run() == 5
