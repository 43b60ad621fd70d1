"""A table of a file: its columns as text, and the settings that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

# Rows that are kept: the first ones, and every n-th of the others.
_FIRST_ROWS = 50_000
_OTHER_ROWS = 50_000
# The folder of rows whose value is null.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Column:
    """The values of one column, in the order of the file; an empty text is null.

    ``kind`` is ``text``; in files with types, also ``number``, ``date``, ``timestamp``
    (without a zone) or ``instant``.
    """

    header: str
    values: list[str]
    kind: str = "text"

    @cached_property
    def filled(self) -> list[str]:
        return [value for value in self.values if value]


@dataclass(frozen=True)
class Table:
    """A table: its rows by column, and the settings that read it, with evidence.

    ``first_rows`` is the number of rows at the start that are all there; behind
    them, rows of larger files are a sample.
    """

    paths: tuple[Path, ...]
    columns: list[Column]
    row_count: int
    first_rows: int
    settings: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    lacking: dict[str, list[Path]] = field(default_factory=dict)
    header_line: int | None = None

    @property
    def headers(self) -> list[str]:
        return [column.header for column in self.columns]

    @property
    def encoding(self) -> str | None:
        """The encoding, or None where the file reads the same in most of them."""
        is_told = "encoding" in self.evidence
        return self.settings.get("encoding", "utf-8" if is_told else None)

    @property
    def kept_count(self) -> int:
        """The number of rows whose values are in the columns."""
        return len(self.columns[0].values) if self.columns else 0

    def column(self, header: str) -> Column:
        return next(column for column in self.columns if column.header == header)


class Keeper:
    """Keeps the first rows, and of the others every n-th."""

    def __init__(self) -> None:
        self._first: list[Sequence[str]] = []
        self._others: list[tuple[int, Sequence[str]]] = []
        self._step = 1
        self._count = 0

    def add(self, row: Sequence[str]) -> None:
        if self._count < _FIRST_ROWS:
            self._first.append(row)
        elif self._count % self._step == 0:
            self._others.append((self._count, row))
            if len(self._others) > _OTHER_ROWS:
                self._step *= 2
                self._others = [one for one in self._others if one[0] % self._step == 0]
        self._count += 1

    def drop_last(self, rows: Sequence[Sequence[str]]) -> None:
        """Forget the last rows: they are a footer."""
        start = self._count - len(rows)
        self._first = self._first[:start]
        self._others = [one for one in self._others if one[0] < start]
        self._count = start

    def table(
        self,
        paths: tuple[Path, ...],
        names: Sequence[str],
        kinds: Sequence[str],
        *,
        settings: dict[str, Any],
        evidence: dict[str, str],
    ) -> Table:
        rows = [*self._first, *(row for _, row in self._others)]
        columns = [
            Column(
                name,
                [row[place].strip() if place < len(row) else "" for row in rows],
                kind,
            )
            for place, (name, kind) in enumerate(zip(names, kinds, strict=False))
            if name
        ]
        return Table(paths, columns, self._count, len(self._first), settings, evidence)


def with_folders(table: Table, folder: Path) -> Table:
    """A table with the values of its folders, such as ``year=2024``, as columns."""
    pairs = [part.partition("=") for part in folder.parts if "=" in part]
    more = [
        Column(
            unquote(name),
            ["" if value == _NO_VALUE else unquote(value)] * table.kept_count,
        )
        for name, _, value in pairs
        if unquote(name) not in table.headers
    ]
    return replace(table, columns=[*table.columns, *more]) if more else table


def united(tables: Sequence[Table]) -> Table:
    """The tables of several files of one kind as one table, with all their columns.

    ``lacking`` then has the files without a column, by header.
    """
    if len(tables) == 1:
        return tables[0]
    headers = list(dict.fromkeys(name for table in tables for name in table.headers))
    columns = []
    lacking: dict[str, list[Path]] = {}
    for header in headers:
        values: list[str] = []
        kinds = set()
        for table in tables:
            if header in table.headers:
                column = table.column(header)
                values += column.values
                kinds |= {column.kind} if column.filled else set()
            else:
                values += [""] * table.kept_count
                lacking.setdefault(header, []).extend(table.paths)
        columns.append(
            Column(header, values, kinds.pop() if len(kinds) == 1 else "text")
        )
    return Table(
        paths=tuple(path for table in tables for path in table.paths),
        columns=columns,
        row_count=sum(table.row_count for table in tables),
        first_rows=sum(table.kept_count for table in tables),
        settings={
            k: v for table in reversed(tables) for k, v in table.settings.items()
        },
        evidence={
            k: v for table in reversed(tables) for k, v in table.evidence.items()
        },
        lacking=lacking,
        header_line=tables[0].header_line,
    )
