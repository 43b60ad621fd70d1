"""Which files a path means, and under which names the marts show them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from retail_marts.errors import InputError
from retail_marts.landing.stored import (
    JSON_SUFFIXES,
    PACKED_SUFFIXES,
    PARQUET_SUFFIXES,
)

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat")
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_KNOWN_SUFFIXES = (
    *_TEXT_SUFFIXES,
    *_WORKBOOK_SUFFIXES,
    *JSON_SUFFIXES,
    *PARQUET_SUFFIXES,
    *PACKED_SUFFIXES,
)
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class FoundFile(NamedTuple):
    """A file to read.

    Attributes
    ----------
    name
        What the marts show: its file name, or its path below the common folder where
        names are equal or folders hold values.
    """

    path: Path
    name: str

    @property
    def partitions(self) -> dict[str, str]:
        """The folders that hold a value (``year=2024``), by the name of the column."""
        return {
            unquote(part.partition("=")[0]): part
            for part in self.path.parent.parts
            if "=" in part[1:]
        }


def partition_value(folder: str) -> str | None:
    """The value in the name of a folder such as ``year=2024``."""
    value = folder.partition("=")[2]
    return None if value in ("", _NO_VALUE) else unquote(value)


def find_files(paths: Sequence[str], *, setting: str) -> list[FoundFile]:
    """Find the files that paths, patterns and folders mean.

    Parameters
    ----------
    paths
        Each a file, a pattern, or a folder that is searched with all folders below it.
        In folders, hidden and empty files, names that start with ``_`` (such as
        ``_SUCCESS``) and files of other kinds are left out.

    Raises
    ------
    InputError
        When one of them means no file.
    """
    found: dict[Path, None] = {}
    bases = []
    for path in paths:
        matches, base = _matches(path, setting=setting)
        found |= dict.fromkeys(Path(os.path.normpath(match)) for match in matches)
        bases.append(os.path.abspath(base))
    files = sorted(found)
    names = [file.name for file in files]
    has_values = any(FoundFile(file, "").partitions for file in files)
    if has_values or len(set(names)) < len(names):
        common = os.path.commonpath(bases)
        names = [os.path.relpath(os.path.abspath(file), common) for file in files]
    return [FoundFile(*pair) for pair in zip(files, names, strict=True)]


def _matches(pattern: str, *, setting: str) -> tuple[list[Path], Path]:
    """The files that a path means, and the folder that is common to all of them."""
    path = Path(pattern)
    try:
        if path.is_dir():
            matches, base = list(_files_below(path, setting=setting)), path
        elif path.exists():
            return [path], path.parent
        else:
            base, rest = _fixed_part(path)
            matches = []
            for name in glob.glob(rest, root_dir=base, recursive=True):
                match = base / name
                if match.is_dir():
                    matches += _files_below(match, setting=setting)
                elif not _is_left_over(match):
                    matches.append(match)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{setting}.path: {pattern[:200]} cannot be searched ({error}).",
            remedy="Correct the path. Paths are relative to the project folder.",
        ) from None
    if not matches and path.is_dir():
        raise InputError(
            f"{setting}.path: the folder {pattern} holds no file to read.",
            remedy="Put files there whose names end in "
            f"{', '.join(_KNOWN_SUFFIXES)}, or name another folder.",
        )
    if not matches:
        raise InputError(
            f"{setting}.path: there is no file {pattern}.",
            remedy="Correct the path. Paths are relative to the project folder.",
        )
    return matches, base


def _fixed_part(path: Path) -> tuple[Path, str]:
    """The folder of a pattern that exists as it is written, and the pattern below it.

    So brackets in the names of folders are not read as wildcards.
    """
    fixed = Path(path.anchor)
    parts = list(path.parts[len(fixed.parts) :])
    while len(parts) > 1 and (fixed / parts[0]).is_dir():
        fixed /= parts.pop(0)
    return fixed, str(Path(*parts))


def _files_below(folder: Path, *, setting: str) -> Iterator[Path]:
    seen = {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, followlinks=True):
        if "_delta_log" in folders:
            raise InputError(
                f"{setting}.path: {parent} is a Delta table, whose folder also holds "
                "rows that were deleted.",
                remedy="Export the table as plain Parquet files, and name their "
                "folder.",
            )
        places = {name: os.path.realpath(Path(parent, name)) for name in folders}
        # A link may lead back to a folder above it.
        folders[:] = [
            name
            for name, place in places.items()
            if not name.startswith((".", "_")) and place not in seen
        ]
        seen.update(places.values())
        for name in names:
            path = Path(parent, name)
            is_part = name.startswith("part-") and "." not in name
            is_known = is_part or name.lower().endswith(_KNOWN_SUFFIXES)
            is_hidden = name.startswith((".", "_", "~$"))
            if is_known and not is_hidden and path.stat().st_size:
                yield path


def _is_left_over(path: Path) -> bool:
    """Whether a file that a pattern matches only says something about others."""
    is_marker = path.name.startswith("_") and not path.stat().st_size
    return is_marker or path.name.startswith("~$") or path.name.endswith(".crc")
