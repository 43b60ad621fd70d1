"""Headers: where the mapped columns stand, and messages when they do not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from retail_marts.errors import InputError

#: A header is looked for in so many lines.
LOOKED_AT_LINES = 50


class Header(NamedTuple):
    """The header of a file.

    Attributes
    ----------
    end
        The last physical line that it takes; rows begin behind it. 0 without a header.
    missing
        The optional columns that it lacks.
    """

    end: int
    missing: tuple[str, ...]


def clean_name(name: str) -> str:
    """A header with each run of white space, also line breaks, as one blank."""
    return " ".join(name.replace("\ufeff", "").split())


def listed(names: Sequence[str], most: int = 40) -> str:
    """Quote the names in a row, the first few of a very long list."""
    shown = ", ".join(repr(name[:60]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def counted(count: int, thing: str) -> str:
    """``1 field``, ``2 fields``."""
    return f"{count} {thing}{'s' * (count != 1)}"


def check_fields(
    fields: Sequence[str],
    *,
    where: str,
    columns: Sequence[str],
    optional: Sequence[str],
    line: int,
    elsewhere: str | None,
    unreadable: str | None = None,
) -> tuple[str, ...]:
    """Check the names in a header, already cleaned.

    Parameters
    ----------
    where
        The file, for messages.
    columns, optional
        The headers to find, and those of them that may be missing.
    line
        The line or row of the header.
    elsewhere
        A remedy that says where the header seems to be, if anywhere else.
    unreadable
        The remedy if the header cannot even be read.

    Returns
    -------
    tuple of str
        The optional columns that are missing.
    """
    lacking = [name for name in columns if name not in fields]
    missing = [name for name in lacking if name not in optional]
    if missing:
        is_header = _is_header(fields, columns)
        place = "first line" if line == 1 else f"line {line}"
        has = (
            f"Its header has {listed(fields)}."
            if is_header
            else f"Its {place} has {counted(len(fields), 'field')}, of which none "
            "is required. They are not shown, because they may be a row of data."
        )
        raise InputError(
            f"{where} lacks the column{'s' * (len(missing) > 1)} {listed(missing)}. "
            f"{has}",
            remedy=elsewhere
            or unreadable
            or _missing_remedy(missing, fields=fields, is_header=is_header),
        )
    twice = [name for name in columns if fields.count(name) > 1]
    if twice:
        raise InputError(
            f"{where} has the column{'s' * (len(twice) > 1)} {listed(twice)} more than "
            "once.",
            remedy="Rename all but one of them in the file, so that names are unique.",
        )
    return tuple(lacking)


def best_line(
    lines: Iterable[tuple[int, Sequence[str]]], columns: Sequence[str]
) -> int | None:
    """The number of the line that holds the most columns, if it holds enough of them.

    Enough is all of them, or at least two and half of them.
    """
    best, most = None, 0
    for number, fields in lines:
        known = {clean_name(field) for field in fields}
        found = sum(name in known for name in columns)
        if found > most:
            best, most = number, found
    is_enough = most == len(columns) or (most >= 2 and 2 * most >= len(columns))
    return best if is_enough else None


def _is_header(fields: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a first line names a required column, at least in other letters.

    Otherwise it may be a row of data, and no message may show it.
    """
    known = {_letters(name) for name in columns}
    return any(_letters(field) in known for field in fields)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _missing_remedy(
    missing: Sequence[str], *, fields: Sequence[str], is_header: bool
) -> str:
    if not is_header:
        return (
            "If the file has no header, add one as its first line. Otherwise, correct "
            "`separator` and the column names in the settings, or the header."
        )
    lowered = {field.lower(): field for field in reversed(fields)}
    hints = []
    for name in missing[:10]:
        close = difflib.get_close_matches(name.lower(), lowered, n=1)
        if close:
            hints.append(f"{lowered[close[0]]!r} for {name!r}")
    meant = f" Perhaps the file has {', '.join(hints)}." if hints else ""
    optional = " If only some files lack it, list our column under `optional`."
    return (
        f"Correct the column names in the settings, or the file's header.{meant}"
        f"{optional}"
    )
