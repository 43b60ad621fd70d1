"""Published figures beside ours: the rows, and their tables."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from retail_marts.errors import InputError

Value = float | str


@dataclass(frozen=True)
class Row:
    """One figure. Without ``right`` it is ours alone and judged by nobody."""

    figure: str
    ours: Value
    right: Value | None = None
    published: Value | None = None
    tolerance: float = 0.005
    reason: str = ""

    @property
    def agrees(self) -> bool:
        if self.right is None:
            return True
        if isinstance(self.ours, str) or isinstance(self.right, str):
            return self.ours == self.right
        return abs(self.ours - self.right) <= self.tolerance

    @property
    def verdict(self) -> str:
        if not self.agrees:
            return "DIFFERS"
        if self.right is None:
            return "ours alone"
        if self.published is None or self.published == self.right:
            return "right"
        return "right, not as published"


def read_table(path: Path, *, separator: str) -> pd.DataFrame:
    """A file as it is, every cell a text."""
    if not path.is_file():
        raise InputError(
            f"the file {path} is missing.",
            remedy="Give the folder of the real files: --data ../shared/data.",
        )
    return pd.read_csv(path, sep=separator, dtype="str", keep_default_na=False)


def table(title: str, rows: list[Row]) -> str:
    """Rows as Markdown, the columns padded to one width."""
    header = ("figure", "published", "right", "ours", "tolerance", "verdict", "reason")
    body = [
        (
            row.figure,
            _shown(row.published, row),
            _shown(row.right, row),
            _shown(row.ours, row),
            _tolerance(row),
            row.verdict,
            row.reason,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = [
        "| "
        + " | ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        + " |"
        for line in (header, rule, *body)
    ]
    return "\n".join([f"## {title}", "", *lines, ""])


def _tolerance(row: Row) -> str:
    if row.right is None or isinstance(row.right, str):
        return "-"
    return f"{row.tolerance:g}"


def _shown(value: Value | None, row: Row) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    decimals = max(2, math.ceil(-math.log10(row.tolerance)))
    return f"{value:.{decimals}f}"


def report(sections: Iterable[tuple[str, Iterable[Row]]]) -> int:
    """Print the tables; 1 when ours differs from right beyond a row's tolerance."""
    differing = 0
    try:
        for title, rows in sections:
            section = list(rows)
            print(table(title, section), flush=True)
            differing += sum(not row.agrees for row in section)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        "Every figure with a right value is within its tolerance."
        if differing == 0
        else f"{differing} figures differ from right beyond their tolerance."
    )
    return 1 if differing else 0
