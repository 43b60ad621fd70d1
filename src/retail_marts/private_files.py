"""The private warehouse and what DuckDB writes next to it are their owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from retail_marts.errors import InputError

KEY_FILE = "personal_key.txt"
_OTHERS = 0o077


def keep_private(warehouse: Path) -> None:
    """Close the warehouse's files to all but their owner, also those to come.

    Call it before DuckDB opens the warehouse. The folder itself is closed too, unless
    it holds anything else: then it may be one that others need.

    Parameters
    ----------
    warehouse
        The DuckDB file; its folder is made when it is missing.

    Raises
    ------
    InputError
        If the folder cannot be made, or a file is open to others and belongs to
        somebody else.
    """
    # DuckDB has no setting for it: it makes the write-ahead log and temporary files at
    # any time, and on its own they are readable for everybody.
    os.umask(_OTHERS)
    folder = warehouse.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in [*_files_of(warehouse), *([folder] if _is_own(warehouse) else [])]:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
    except OSError as error:
        raise InputError(
            f"The files in {folder}, where the private warehouse is, cannot be closed "
            f"to other users: {error}.",
            remedy="Make them your own (chown), or name a warehouse in a folder of "
            "yours with RETAIL_MARTS_WAREHOUSE.",
        ) from None


def _files_of(warehouse: Path) -> Iterator[Path]:
    for path in warehouse.parent.iterdir():
        if path.name == KEY_FILE or path.name.startswith(warehouse.name):
            yield path
            if path.is_dir():
                yield from path.rglob("*")


def _is_own(warehouse: Path) -> bool:
    """Whether a folder is for the warehouse alone; /tmp and a home folder are not."""
    folder = warehouse.parent
    facts = folder.stat()
    # A sticky or set-group-id folder is meant for several users.
    is_for_all = bool(facts.st_mode & (stat.S_ISVTX | stat.S_ISGID))
    own = {path.name for path in _files_of(warehouse)}
    names = {path.name for path in folder.iterdir()}
    return facts.st_uid == os.getuid() and not is_for_all and names <= own
