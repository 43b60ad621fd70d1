"""The parts of a page of the report: numbers, texts, charts and tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from retail_marts.report.cards import Card


@dataclass(frozen=True)
class Block:
    """One part of a page.

    Parameters
    ----------
    key
        Short name, unique in a page. It is part of the chart's file name in
        ``figures/``.
    title
        What the part shows.
    text
        How to read it, in a few short sentences.
    chart
        An Altair chart, or None.
    table
        Rows as shown, or None. `numbered` makes them: it formats numbers as text and
        keeps each value, by which the page sorts.
    numbers
        Key figures: name and value.
    is_wide
        True for a part that needs the whole width of the page.
    cards
        Figures, actions or alerts that are seen at a glance.
    """

    key: str
    title: str
    text: str = ""
    chart: alt.TopLevelMixin | None = None
    table: pd.DataFrame | None = None
    numbers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    is_wide: bool = False
    cards: Sequence[Card] = ()

    def as_dict(self) -> dict[str, Any]:
        """The block as the script of the page expects it."""
        block: dict[str, Any] = {"key": self.key, "title": self.title}
        if self.text:
            block["text"] = self.text
        if self.is_wide:
            block["wide"] = True
        if self.numbers:
            block["numbers"] = [list(pair) for pair in self.numbers]
        if self.cards:
            block["cards"] = [card.as_dict() for card in self.cards]
        if self.chart is not None:
            # Tests check the charts against the schema of Vega-Lite. Here, that would
            # take longer than everything else that makes them.
            block["spec"] = self.chart.to_dict(validate=False)
        if self.table is not None:
            block |= table_as_dict(self.table)
        return block


class Cell(str):
    """A number as shown in a table, together with its value."""

    value: float | None

    @classmethod
    def of(cls, shown: str, value: object) -> Cell:
        """A cell; the value has 12 digits, as many as a double holds without noise."""
        cell = cls(shown)
        number = math.nan if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]
        cell.value = float(f"{number:.12g}") if math.isfinite(number) else None
        return cell


def table_as_dict(table: pd.DataFrame) -> dict[str, Any]:
    """A table as the script of the page expects it.

    ``values`` has, for each column of numbers, the values behind the shown texts, and
    null for each other column.
    """
    cells = [table[column].tolist() for column in table.columns]
    return {
        "columns": [str(column) for column in table.columns],
        "rows": [[str(cell) for cell in row] for row in zip(*cells, strict=True)],
        "values": [
            [cell.value for cell in column]
            if column and all(isinstance(cell, Cell) for cell in column)
            else None
            for column in cells
        ],
    }


def empty(key: str, title: str, why: str) -> Block:
    """A part that has nothing to show and says why."""
    return Block(key, title, why)


def number(value: object, digits: int = 0) -> str:
    """Format a number, such as 12,345.6; a missing value becomes a dash."""
    if value is None or value is pd.NA or value is pd.NaT:
        return "–"
    as_float = float(value)  # type: ignore[arg-type]
    return "–" if math.isnan(as_float) else f"{as_float:,.{digits}f}"


def counted(count: float, thing: str) -> str:
    """A number and what it counts: 1 day, 1,200 units."""
    return f"{number(count)} {thing}{'' if round(count) == 1 else 's'}"


def percent(value: object, digits: int = 1) -> str:
    """Format a share as a percentage."""
    text = "–" if value is None else number(value, 9)
    return text if text == "–" else f"{float(value) * 100:,.{digits}f} %"  # type: ignore[arg-type]


#: A smaller share would be shown as 0.0 %.
_LEAST_SHARE = 0.0005
_LARGE = ((1e12, " trillion"), (1e9, " billion"), (1e6, " million"))


def short(value: object) -> str:
    """Format a large amount with three digits, such as 12.6 million."""
    text = number(value)
    if text == "–":
        return text
    amount = float(value)  # type: ignore[arg-type]
    # 999,950 is a million in three digits.
    size, name = next(
        (one for one in _LARGE if abs(amount) >= 0.99949 * one[0]), (1.0, "")
    )
    shown = abs(amount) / size
    digits = 0 if shown >= 99.95 else 1 if shown >= 9.995 or not name else 2
    text = number(amount / size, digits)
    return (text.rstrip("0").rstrip(".") if digits else text) + name


def small(value: float) -> str:
    """Format a price: two decimals, or three digits where it is below one."""
    return number(value, 2 if abs(value) >= 1 or not value else 2 - _size(value))


def _size(value: float) -> int:
    """The power of ten of the first digit: -3 for 0.0024."""
    return math.floor(math.log10(abs(value)))


def in_currency(name: str, currency: str) -> str:
    """The name of an amount with its currency, where the business has one."""
    return f"{name} ({currency})" if currency else name


def money(currency: str, value: object) -> str:
    """Format an amount with its currency, such as IDR 12.6 million."""
    return f"{currency} {short(value)}".strip()


def day(value: date) -> str:
    """A day as people write it: 5 March 2025."""
    return f"{value.day} {value:%B %Y}"


def words(name: object) -> str:
    """Write a name of the warehouse in words: sub_category becomes sub category."""
    return str(name).replace("_", " ")


def numbered(
    frame: pd.DataFrame,
    columns: dict[str, str],
    *,
    digits: dict[str, int] | None = None,
    shares: Sequence[str] = (),
) -> pd.DataFrame:
    """Format a table: choose and rename columns, and write numbers as text.

    Parameters
    ----------
    frame
        The rows in the order to show.
    columns
        Columns and their headings, in the order to show.
    digits
        Number of decimals per numeric column; 0 when not given.
    shares
        Columns that hold shares.
    """
    shown = {}
    for column, heading in columns.items():
        values = frame[column]
        if column in shares:
            shown[heading] = _cells(values, _share)
        elif pd.api.types.is_bool_dtype(values):
            shown[heading] = values.map(
                lambda value: "–" if pd.isna(value) else "yes" if value else "no"
            )
        elif pd.api.types.is_numeric_dtype(values):
            places = (digits or {}).get(column, 0)
            shown[heading] = _cells(values, partial(number, digits=places))
        elif pd.api.types.is_datetime64_any_dtype(values):
            shown[heading] = values.dt.strftime("%Y-%m-%d").fillna("–")
        else:
            shown[heading] = values.map(
                lambda value: "–" if pd.isna(value) else str(value)
            )
    return pd.DataFrame(shown)


def _share(value: object) -> str:
    """A share as a percentage, small ones not as zero."""
    is_small = not pd.isna(value) and 0 < float(value) < _LEAST_SHARE  # type: ignore[call-overload, arg-type]
    return "< 0.1 %" if is_small else percent(value)


def _cells(values: pd.Series, formatted: Callable[[object], str]) -> pd.Series:
    # An object column: a column of strings would keep only the texts.
    return pd.Series(
        [Cell.of(formatted(value), value) for value in values],
        index=values.index,
        dtype=object,
    )
