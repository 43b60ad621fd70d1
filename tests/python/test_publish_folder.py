"""The published folder: what a publisher finds there, keeps, removes and leaves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from retail_marts.errors import InputError
from retail_marts.publish import versions
from retail_marts.report.writer import _slug

FIRST, SECOND, THIRD = (f"2024010{day}T000000.000000Z" for day in (1, 2, 3))


def publish(folder: Path, version: str, notes: list[str] | None = None) -> None:
    with (
        versions.locked(folder),
        versions.new_version(
            folder, version, on_note=(notes if notes is not None else []).append
        ) as target,
    ):
        (target / "tableau").mkdir()
        for name in (
            "retail_marts.duckdb",
            "tableau/sales.tdsx",
            "tableau/b.tdsx",
        ):
            (target / name).write_text(version, encoding="utf-8")


def current(folder: Path) -> str:
    version = (folder / "current").resolve()
    assert (version / "retail_marts.duckdb").read_text(encoding="utf-8") == version.name
    return version.name


def names_in(folder: Path) -> set[str]:
    return {path.name for path in (folder / "versions").iterdir()}


def test_what_no_publisher_made_stays(tmp_path: Path) -> None:
    others = {".DS_Store", ".nfs0001", "a copy", ".unfinished-notes", "20240101"}
    inside = tmp_path / "versions"
    inside.mkdir()
    for name in (".DS_Store", ".nfs0001"):
        (inside / name).touch()
    for name in ("a copy", ".unfinished-notes", "20240101"):
        (inside / name).mkdir()
        (inside / name / "kept").touch()
    # A link and a file with the name of a version are nobody's version either.
    link, file = "20230101T000000.000000Z", "20230102T000000.000000Z"
    (inside / link).symlink_to(tmp_path)
    (inside / file).touch()
    notes: list[str] = []
    for version in (FIRST, SECOND, THIRD):
        publish(tmp_path, version, notes)
    assert names_in(tmp_path) == {SECOND, THIRD, link, file, *others}
    assert (inside / "a copy" / "kept").exists()
    assert notes == []


def test_what_a_killed_publisher_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "versions" / f".unfinished-{FIRST}"
    left.mkdir(parents=True)
    publish(tmp_path, SECOND)
    assert names_in(tmp_path) == {SECOND}


def test_an_old_version_that_cannot_be_removed_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, FIRST)
    publish(tmp_path, SECOND)
    remove = shutil.rmtree

    def busy(path: Path, **more: object) -> None:
        raise OSError(16, "Device or resource busy", str(path / ".nfs01"))

    notes: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(versions.shutil, "rmtree", busy)
        publish(tmp_path, THIRD, notes)
    assert shutil.rmtree is remove
    assert current(tmp_path) == THIRD
    assert len(notes) == 1
    assert f"{FIRST} could not be removed (Device or resource busy" in notes[0]
    assert "tries again" in notes[0]
    publish(tmp_path, "20240104T000000.000000Z")
    assert names_in(tmp_path) == {THIRD, "20240104T000000.000000Z"}


def test_what_fails_after_the_switch_says_that_the_new_set_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, FIRST)
    sync = versions._sync_folder

    def failing(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(5, "Input/output error")
        sync(folder)

    monkeypatch.setattr(versions, "_sync_folder", failing)
    with pytest.raises(InputError, match=f"{SECOND} is published and readers see it"):
        publish(tmp_path, SECOND)
    assert current(tmp_path) == SECOND


def test_what_fails_before_the_switch_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, FIRST)

    def failing(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "_sync", failing)
    with pytest.raises(OSError, match="No space left"):
        publish(tmp_path, SECOND)
    assert names_in(tmp_path) == {FIRST}
    assert current(tmp_path) == FIRST


def test_all_is_on_the_disk_before_the_link_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted_sync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        steps.append(f"sync {path.relative_to(tmp_path)}")
        sync(descriptor)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append("switch")
        return replace(self, target)

    monkeypatch.setattr(versions.os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    publish(tmp_path, FIRST)
    unfinished = f"versions/.unfinished-{FIRST}"
    assert set(steps[:5]) == {
        f"sync {unfinished}",
        f"sync {unfinished}/retail_marts.duckdb",
        f"sync {unfinished}/tableau",
        f"sync {unfinished}/tableau/sales.tdsx",
        f"sync {unfinished}/tableau/b.tdsx",
    }
    # The folder of versions once more, with the name that the link points to.
    assert steps[5:] == ["sync versions", "switch", "sync ."]


def test_the_lock_neither_follows_a_link_nor_empties_a_file(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("keep", encoding="utf-8")
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / ".lock").symlink_to(precious)
    with pytest.raises(InputError, match="is a link"):
        publish(folder, FIRST)
    (folder / ".lock").unlink()
    os.link(precious, folder / ".lock")
    publish(folder, FIRST)
    assert precious.read_text(encoding="utf-8") == "keep"


def test_a_folder_in_place_of_the_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(InputError, match="is not a link") as error:
        publish(tmp_path, FIRST)
    assert "Remedy: Move it elsewhere" in str(error.value)
    assert names_in(tmp_path) == set()


def test_files_are_read_only(tmp_path: Path) -> None:
    publish(tmp_path, FIRST)
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (tmp_path / "versions" / FIRST).rglob("*")
    }
    assert modes["retail_marts.duckdb"] & 0o222 == 0
    assert modes["sales.tdsx"] == 0o444
    assert modes["tableau"] & 0o200


WITHOUT_ROOTS_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def run_without_roots_rights(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root cannot give up its rights here")
        command = [*WITHOUT_ROOTS_RIGHTS, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_user_without_roots_rights_can_publish_again_and_again(
    tmp_path: Path,
) -> None:
    script = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[2])\n"
        "from test_publish_folder import publish, FIRST, SECOND, THIRD\n"
        "for version in (FIRST, SECOND, THIRD):\n"
        "    publish(pathlib.Path(sys.argv[1]), version)\n"
    )
    run_without_roots_rights(script, str(tmp_path), str(Path(__file__).parent))
    assert names_in(tmp_path) == {SECOND, THIRD}
    assert current(tmp_path) == THIRD


def test_a_client_that_forgets_read_only_cannot_lock_others_out(
    tmp_path: Path,
) -> None:
    with (
        versions.locked(tmp_path),
        versions.new_version(tmp_path, FIRST) as target,
        duckdb.connect(str(target / "retail_marts.duckdb")) as connection,
    ):
        connection.execute("create table a as select 1 as n")
    said = run_without_roots_rights(
        "import duckdb, sys\n"
        "try:\n"
        "    duckdb.connect(sys.argv[1])\n"
        "except duckdb.IOException as error:\n"
        "    print(error)\n"
        "reader = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(reader.execute('from a').fetchall())\n",
        str(tmp_path / "current" / "retail_marts.duckdb"),
    )
    assert "Permission denied" in said
    assert "[(1,)]" in said


NAMES = [
    *("kalbe", "car_dealer", "Kalbe", "KALBE", "Москва", "Самара", "東京", "京都"),
    *("a/b", "a:b", "a b", "..", ".hidden", "-dash", " ", "x" * 300, "x" * 301),
    *("я" * 300, "a\x00b", "con\nnul", "café", "cafe\u0301"),
]


def test_names_in_any_script_and_length_give_distinct_valid_file_names() -> None:
    slugs = [_slug(name) for name in NAMES]
    assert slugs[:2] == ["kalbe", "car_dealer"]
    # Also where upper and lower case are the same.
    assert len({slug.lower() for slug in slugs}) == len(NAMES)
    for slug in slugs:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,59}", slug), slug
