"""The published folder: versions side by side, and a link to the newest.

Readers follow ``current``. A version is written under another name, checked and renamed
into place. Only then does the link change, in one rename: a publisher that is killed
before that leaves the old set as it was. The version before the newest stays, for
readers that still have its files open.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from retail_marts.errors import InputError

CURRENT = "current"
MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
#: The names that a publisher gives. What has another name belongs to somebody else.
_VERSION = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
_LEFTOVER = re.compile(re.escape(_UNFINISHED) + _VERSION.pattern)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the published folder for one publisher; create the folder when missing.

    Raises
    ------
    InputError
        When another publisher holds it, or it cannot be written.
    """
    path = folder / ".lock"
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        # Never through a link, and without emptying what it finds: in a folder that
        # others may write to, the name may stand for a file of somebody else's.
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InputError(
                f"{path} is a link.", remedy="Remove it, and publish again."
            ) from None
        raise InputError(
            f"the folder {folder} cannot be written ({error.strerror}).",
            remedy="Give this user the right to write there, or name another folder "
            "with --out.",
        ) from None
    with os.fdopen(lock, "rb+"):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"another `retail-marts publish` is writing to {folder}.",
                remedy="Wait until it has ended.",
            ) from None
        current = folder / CURRENT
        if current.exists() and not current.is_symlink():
            raise InputError(
                f"{current} is not a link, so it cannot be pointed to a new version.",
                remedy="Move it elsewhere, and publish again.",
            )
        yield


@contextlib.contextmanager
def new_version(
    folder: Path, version: str, *, on_note: Callable[[str], None] = lambda note: None
) -> Iterator[Path]:
    """Yield a folder to write a version to; when the block fails, nothing is left.

    Parameters
    ----------
    folder
        The published folder, held by ``locked``.
    version
        The version's id, new in this folder.
    on_note
        Called with a sentence on what the user should know although all went well.

    Yields
    ------
    pathlib.Path
        The empty folder. When the block ends without an error, it becomes a version,
        its files become read-only, and ``current`` points to it.

    Raises
    ------
    InputError
        When a step after the switch fails. It says that the new version is live.
    """
    versions = folder / "versions"
    before = current_version(folder)
    # Left by a publisher that was killed: nobody writes there, as we hold the lock.
    _remove(versions, _LEFTOVER, kept=set(), on_note=on_note)
    unfinished = versions / f"{_UNFINISHED}{version}"
    unfinished.mkdir()
    try:
        yield unfinished
        _make_read_only(unfinished)
        _sync(unfinished)
        unfinished.rename(versions / version)
        _sync_folder(versions)
        _point(folder, version)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    try:
        _sync_folder(folder)
        kept = {version, before.name if before else version}
        _remove(versions, _VERSION, kept=kept, on_note=on_note)
    except OSError as error:
        raise InputError(
            f"{version} is published and readers see it, but a step after that failed: "
            f"{error}.",
            remedy=f"Check the disk that holds {folder}, and publish again.",
        ) from None


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


def _remove(
    versions: Path,
    names: re.Pattern[str],
    *,
    kept: set[str],
    on_note: Callable[[str], None],
) -> None:
    """Remove the folders that a publisher made; the next one tries again what stays."""
    for found in sorted(versions.iterdir()):
        if found.name in kept or not names.fullmatch(found.name):
            continue
        if found.is_symlink() or not found.is_dir():
            continue
        try:
            shutil.rmtree(found)
        except OSError as error:
            on_note(
                f"{found} could not be removed ({error.strerror}: {error.filename}). "
                "The next `retail-marts publish` tries again."
            )


def _make_read_only(folder: Path) -> None:
    """Keep clients that forget to open a file read-only from writing or locking it."""
    write = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(path.stat().st_mode & ~write)


def _sync(folder: Path) -> None:
    """Write to the disk what the link will point to."""
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
