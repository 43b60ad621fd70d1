"""What is private stays so: modes of files, logs, compiled SQL, published columns."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import DBT, PROJECT, Dbt

from retail_marts.errors import InputError
from retail_marts.private_files import keep_private

OTHERS = 0o077
#: A model that needs no other and no file.
MODEL = "stg_mapped__sales_lines"


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """What files that others make would have; put back after each test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The modes of a folder and all that it holds, as far as it stays there."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        try:
            found[path.name] = path.stat().st_mode & 0o7777
        except FileNotFoundError:
            continue  # DuckDB removed it meanwhile.
    return found


# --- the warehouse's folder -----------------------------------------------------------


def test_a_new_folder_and_what_is_in_it_is_the_owners(tmp_path: Path) -> None:
    warehouse = tmp_path / "new" / "folder" / "w.duckdb"
    keep_private(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table t as select 1 as a")
        found = modes(warehouse.parent)
    assert set(found) == {"folder", "w.duckdb", "w.duckdb.wal"}
    assert [name for name, mode in found.items() if mode & OTHERS] == []


def test_what_was_open_before_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    spilled = folder / "w.duckdb.tmp"
    spilled.mkdir(parents=True)
    for path in (
        folder / "w.duckdb",
        folder / "w.duckdb.wal",
        folder / "personal_key.txt",
        spilled / "duckdb_temp_storage.tmp",
    ):
        path.write_text("names")
        path.chmod(0o664)
    keep_private(folder / "w.duckdb")
    assert set(modes(folder).values()) == {0o700, 0o600}


@pytest.mark.parametrize("kind", ["shared", "sticky", "group"])
def test_a_folder_that_others_need_stays_open(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    mode = {"shared": 0o755, "sticky": 0o1777, "group": 0o2775}[kind]
    folder.chmod(mode)
    (folder / "w.duckdb").write_text("names")
    if kind == "shared":
        (folder / "of somebody else.txt").write_text("text")
    keep_private(folder / "w.duckdb")
    found = modes(folder)
    assert found["shared"] == mode
    assert found["w.duckdb"] == 0o600
    if kind == "shared":
        assert found["of somebody else.txt"] == 0o644


def test_a_file_of_somebody_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.duckdb").write_text("names")

    def refuse(path: Path, _: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    # The tests may run as root, whom nothing stops.
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(InputError, match=r"w\.duckdb") as caught:
        keep_private(tmp_path / "w.duckdb")
    assert "RETAIL_MARTS_WAREHOUSE" in caught.value.remedy


def test_nobody_else_can_read_what_a_running_build_writes(tmp_path: Path) -> None:
    """Looked at from the first file on, in a folder that existed before."""
    folder = tmp_path / "warehouse"
    folder.mkdir(mode=0o755)
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(folder / "w.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    build = subprocess.Popen(
        [str(DBT), "run", "--quiet", "--select", MODEL, "--vars", "sources: []"],
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    )
    seen: dict[str, set[int]] = {}
    while build.poll() is None:
        for name, mode in modes(folder).items():
            seen.setdefault(name, set()).add(mode)
        time.sleep(0.005)
    assert build.returncode == 0
    # Before the plugin was loaded, the folder was as open as it was made.
    assert seen.pop("warehouse") == {0o755, 0o700}
    assert {"w.duckdb", "w.duckdb.wal", "personal_key.txt"} <= set(seen)
    assert [name for name in seen if any(mode & OTHERS for mode in seen[name])] == []
    left = modes(folder)
    assert left["warehouse"] == 0o700
    assert [name for name, mode in left.items() if mode & OTHERS] == []


# --- a profile without the plugin -----------------------------------------------------


def test_a_profile_without_the_plugin_is_refused(dbt: Dbt, tmp_path: Path) -> None:
    foreign = tmp_path / "profiles"
    foreign.mkdir()
    (foreign / "profiles.yml").write_text(
        "retail_marts: {target: dev, outputs: {dev: {type: duckdb,"
        f" path: '{tmp_path}/other.duckdb'}}}}}}\n"
    )
    build = dbt("run", "--select", MODEL, "--profiles-dir", str(foreign))
    assert build.returncode != 0
    assert "does not load the plugin" in build.output
    assert "Unset DBT_PROFILES_DIR" in build.output
    assert "Traceback" not in build.output
