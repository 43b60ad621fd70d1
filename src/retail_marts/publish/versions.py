"""The published folder: versions beside one another, and a link to the newest.

Readers follow ``current``. A version is written under another name, checked, renamed
into place, and only then does the link change, in one rename: whoever is killed in
between leaves the old set whole. The version before the newest stays, for readers that
are in the middle of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retail_marts.errors import InputError

CURRENT = "current"
MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the published folder for one publisher; the folder is made when missing.

    Raises
    ------
    InputError
        When another publisher holds it, or it cannot be written.
    """
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be written ({error.strerror}).",
            remedy="Give this user the right to write there, or name another folder "
            "with --out.",
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"another `retail-marts publish` is writing to {folder}.",
                remedy="Wait until it has ended.",
            ) from None
        yield


@contextlib.contextmanager
def new_version(folder: Path, version: str) -> Iterator[Path]:
    """A folder to write a version to; what fails on the way leaves nothing behind.

    Parameters
    ----------
    folder
        The published folder, held by ``locked``.
    version
        The version's id, new in this folder.

    Yields
    ------
    pathlib.Path
        The empty folder. When the block ends well, it is a version and ``current``
        points to it.
    """
    versions = folder / "versions"
    before = current_version(folder)
    for leftover in versions.glob(f"{_UNFINISHED}*"):
        # A killed publisher's: nobody writes there, we hold the lock.
        shutil.rmtree(leftover)
    unfinished = versions / f"{_UNFINISHED}{version}"
    unfinished.mkdir()
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.rename(versions / version)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _point(folder, version)
    _drop_others(versions, kept={version, before.name if before else version})


def current_version(folder: Path) -> Path | None:
    """The folder of the version that readers see; None when there is none."""
    link = folder / CURRENT
    return link.resolve() if link.exists() else None


def write_manifest(version: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (version / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_published_manifest(version: Path) -> dict[str, Any]:
    path = version / MANIFEST
    try:
        parsed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({error}).",
            remedy="Run `retail-marts publish` to publish the marts again.",
        ) from None
    return parsed


def _point(folder: Path, version: str) -> None:
    link = folder / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version)
    link.replace(folder / CURRENT)
    _sync_folder(folder)


def _drop_others(versions: Path, *, kept: set[str]) -> None:
    for version in versions.iterdir():
        if version.name not in kept:
            shutil.rmtree(version)


def _sync(folder: Path) -> None:
    """Make sure that what the link will point to is on the disk."""
    for root, _, files in os.walk(folder):
        for name in files:
            with (Path(root) / name).open("rb") as file:
                os.fsync(file.fileno())
        _sync_folder(Path(root))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
