"""One figure of the table: published, right and ours, and its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from retail_marts.errors import InputError

Value = float | str

RIGHT = "right"
NOT_AS_PUBLISHED = "right, not as published"
LOWER = "lower than right"
PAGE_DIFFERS = "source page differs"
OURS_ALONE = "ours alone"
DIFFERS = "DIFFERS"


@dataclass(frozen=True)
class Row:
    """One figure. Without ``right`` it is ours alone and judged by nobody.

    Parameters
    ----------
    figure
        What the figure is of.
    ours
        What the warehouse holds, or what the study's own procedure gives here.
    right
        What the page about the source says, once put right.
    published
        What the original study printed.
    tolerance
        How far ours may be from right: half a unit of the last digit, mostly. Zero for
        counts, which are exact.
    reason
        Why the three are not the same.
    origin
        The mart that ours was read from; empty where the procedure was repeated.
    page
        What the page about the source says where the files say otherwise: ``right`` is
        then the files' figure, and ``reason`` must show it.
    lower_is_better
        A sum that is minimised: ours may be lower than right, which was a worse
        optimum.
    """

    figure: str
    ours: Value
    right: Value | None = None
    published: Value | None = None
    tolerance: float = 0.0
    reason: str = ""
    origin: str = ""
    page: Value | None = None
    lower_is_better: bool = False

    @property
    def verdict(self) -> str:
        if self.right is None:
            return OURS_ALONE
        if not self._agrees():
            return LOWER if self._is_lower() else DIFFERS
        if self.page is not None:
            return PAGE_DIFFERS
        return RIGHT if self._was_published_right() else NOT_AS_PUBLISHED

    @property
    def agrees(self) -> bool:
        return self.verdict != DIFFERS

    def _agrees(self) -> bool:
        if isinstance(self.ours, str) or isinstance(self.right, str):
            return self.ours == self.right
        # Decimals have no exact double, so a tiny bit more than the tolerance is equal.
        return self.right is None or (
            abs(self.ours - self.right) <= self.tolerance * (1 + 1e-9)
        )

    def _was_published_right(self) -> bool:
        """Whether right, rounded to the digits that were printed, is what was."""
        if self.published is None or self.published == self.right:
            return True
        if isinstance(self.published, str) or isinstance(self.right, str | None):
            return False
        exponent = Decimal(str(self.published)).as_tuple().exponent
        half_a_unit = 0.5 * 10.0 ** int(exponent)
        return abs(self.published - self.right) <= half_a_unit * (1 + 1e-9)

    def _is_lower(self) -> bool:
        return (
            self.lower_is_better
            and isinstance(self.ours, float | int)
            and isinstance(self.right, float | int)
            and self.ours < self.right
        )

    @property
    def shown_ours(self) -> str:
        """Ours with a digit more than the tolerance means."""
        if isinstance(self.ours, str):
            return self.ours
        if self.tolerance == 0:
            return shown(self.ours if self.right is not None else _short(self.ours))
        return f"{self.ours:,.{max(0, math.ceil(-math.log10(self.tolerance)))}f}"

    @property
    def shown_tolerance(self) -> str:
        if self.right is None or isinstance(self.right, str):
            return "-"
        return f"{self.tolerance:g}" if self.tolerance else "exact"


def shown(value: Value | None) -> str:
    """A figure as it was typed."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"


def _short(value: float) -> float:
    """Four digits at least, no more than that after the point."""
    return round(value, max(0, 3 - math.floor(math.log10(abs(value) or 1.0))))


@dataclass(frozen=True)
class Seed:
    """The real files, and the warehouse that was built from them."""

    data: Path
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of a query, its decimals as doubles and its times as days."""
        return self.connection.execute(sql).df()

    def value(self, sql: str) -> Value:
        """The one figure of a query, "none" without a row."""
        rows = self.rows(sql)
        return plain(rows[0][0] if rows else None)

    def file(self, *parts: str) -> Path:
        path = self.data.joinpath(*parts)
        if not path.is_file():
            raise InputError(
                f"the file {path} is missing.",
                remedy="Give the folder of the real files: --data ../shared/data.",
            )
        return path


def plain(value: Any) -> Value:
    """A cell of a mart as a figure: dates and answers are texts."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int | float):
        return value
    return str(value)


def labelled(
    seed: Seed,
    figure: str,
    sql: str,
    right: Mapping[Any, Value],
    *,
    origin: str,
    tolerance: float = 0.0,
    reason: str = "",
) -> Iterator[Row]:
    """One row for each label: the query gives labels and figures.

    A label that the query lacks is a row without a figure, and so it differs.
    """
    found = {label: plain(value) for label, value in seed.rows(sql)}
    for label, value in right.items():
        yield Row(
            f"{figure}, {label}",
            found.get(label, "none"),
            value,
            tolerance=tolerance,
            reason=reason,
            origin=origin,
        )
