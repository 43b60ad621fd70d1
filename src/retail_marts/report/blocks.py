"""What a page of the report is made of: numbers, sentences, charts and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd


@dataclass(frozen=True)
class Block:
    """One piece of a page.

    Parameters
    ----------
    key
        Short name, unique in a page: a chart's file in ``figures/`` carries it.
    title
        What the piece shows.
    text
        What to read from it, in a sentence or two.
    chart
        An Altair chart, or None.
    table
        Rows as shown, or None. Numbers are texts by then.
    numbers
        Headline figures: name and value.
    is_wide
        As wide as the page, for what is crowded at half of that.
    """

    key: str
    title: str
    text: str = ""
    chart: alt.TopLevelMixin | None = None
    table: pd.DataFrame | None = None
    numbers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    is_wide: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The block as the page's script draws it."""
        block: dict[str, Any] = {"key": self.key, "title": self.title}
        if self.text:
            block["text"] = self.text
        if self.is_wide:
            block["wide"] = True
        if self.numbers:
            block["numbers"] = [list(pair) for pair in self.numbers]
        if self.chart is not None:
            block["spec"] = self.chart.to_dict()
        if self.table is not None:
            block["columns"] = [str(column) for column in self.table.columns]
            block["rows"] = self.table.astype(str).to_numpy().tolist()
        return block


def empty(key: str, title: str, why: str) -> Block:
    """A piece that has nothing to show, and says why."""
    return Block(key, title, why)


def number(value: object, digits: int = 0) -> str:
    """A number as people read it: 12,345.6; a dash for nothing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return "–"
    as_float = float(value)  # type: ignore[arg-type]
    return "–" if math.isnan(as_float) else f"{as_float:,.{digits}f}"


def percent(value: object, digits: int = 1) -> str:
    """A share as a percentage."""
    text = "–" if value is None else number(value, 9)
    return text if text == "–" else f"{float(value) * 100:,.{digits}f} %"  # type: ignore[arg-type]


def short(value: object) -> str:
    """A large amount in three digits: 12.6 million."""
    text = number(value)
    if text == "–":
        return text
    amount = float(value)  # type: ignore[arg-type]
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if abs(amount) >= size:
            return f"{amount / size:,.3g} {name}"
    return number(amount, 0 if abs(amount) >= 100 else 1)


def money(currency: str, value: object) -> str:
    """An amount in words: IDR 12.6 million."""
    return f"{currency} {short(value)}".strip()


def words(name: object) -> str:
    """A name of the warehouse as people write it: sub_category, sub category."""
    return str(name).replace("_", " ")


def numbered(
    frame: pd.DataFrame,
    columns: dict[str, str],
    *,
    digits: dict[str, int] | None = None,
    shares: Sequence[str] = (),
) -> pd.DataFrame:
    """A table as shown: chosen columns, renamed, numbers as texts.

    Parameters
    ----------
    frame
        Rows in order.
    columns
        Column to its heading, in order.
    digits
        Decimals of a numeric column; none when not given.
    shares
        Columns that hold shares.
    """
    shown = {}
    for column, heading in columns.items():
        values = frame[column]
        if column in shares:
            shown[heading] = values.map(percent)
        elif pd.api.types.is_bool_dtype(values):
            shown[heading] = values.map(
                lambda value: "–" if pd.isna(value) else "yes" if value else "no"
            )
        elif pd.api.types.is_numeric_dtype(values):
            places = (digits or {}).get(column, 0)
            shown[heading] = values.map(
                lambda value, places=places: number(value, places)
            )
        elif pd.api.types.is_datetime64_any_dtype(values):
            shown[heading] = values.dt.strftime("%Y-%m-%d").fillna("–")
        else:
            shown[heading] = values.map(
                lambda value: "–" if pd.isna(value) else str(value)
            )
    return pd.DataFrame(shown)
