"""Output of every benchmark: Markdown tables, bars, and losses."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

MET, MISSED, UNMEASURED = "met", "missed", "not measured"
VERDICTS = {True: MET, False: MISSED, None: UNMEASURED}
#: The line above the sentences on cases in which a peer was better.
LOSSES = "Where we lose:"
NO_LOSS = "Where we lose: nowhere by these figures."

_ADDRESS = re.compile(r"\b\w+://\S+")
_ABSOLUTE_PATH = re.compile(r"(?<![\w./~)-])/(?:[\w.+@-]+/)+([\w.+@-]*)")


def table(frame: pd.DataFrame) -> str:
    """A frame as a Markdown table: numbers on the right, missing values empty."""
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    # A column of booleans is shown as words.
    booleans = [pd.api.types.is_bool_dtype(frame[name]) for name in frame.columns]
    aligned = [
        "---:" if number and not answer else "---"
        for number, answer in zip(numeric, booleans, strict=True)
    ]
    lines = [list(map(str, frame.columns)), aligned]
    lines += [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: Any) -> str:
    """A value with four significant digits, but with all digits before the point."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return f"{value:,}"
    if not pd.api.types.is_float(value):
        return str(value).replace("|", "\\|")
    if 0 < abs(value) < 5e-5:
        return f"{value:.1e}"
    digits = 3 - math.floor(math.log10(abs(value) or 1.0))
    return f"{value:,.{min(4, max(0, digits))}f}"


def judged(
    claim: str,
    bar: float,
    measured: float | None,
    *,
    is_upper: bool = True,
    is_claimed: bool = True,
) -> dict[str, Any]:
    """A claim with its bar (an upper or a lower limit) and the measured value.

    A value for another size than the claim is shown, but not judged.
    """
    is_met = None
    if measured is not None and is_claimed:
        is_met = bool(measured <= bar if is_upper else measured >= bar)
    return {
        "claim": claim,
        "bar": bar,
        "is_upper": is_upper,
        "measured": measured,
        "is_met": is_met,
    }


def bar_lines(bars: Iterable[Mapping[str, Any]]) -> str:
    """The table of claims (see :func:`judged`)."""
    lines = ["| claim | bar | measured | |", "|---|---:|---:|---|"]
    for bar in bars:
        limit = f"{'at most' if bar['is_upper'] else 'at least'} {bar['bar']:g}"
        figure = cell(bar["measured"])
        lines.append(
            f"| {bar['claim']} | {limit} | {figure} | {VERDICTS[bar['is_met']]} |"
        )
    return "\n".join(lines)


def loss_lines(sentences: Sequence[str]) -> str:
    """One sentence for each case in which a peer was better in this run."""
    if not sentences:
        return NO_LOSS
    return "\n".join([LOSSES, "", *(f"- {sentence}" for sentence in sentences)])


def without_places(text: str, named: Mapping[str, Path] | None = None) -> str:
    """A text without addresses and without folders of this machine.

    Parameters
    ----------
    named
        Folders by the name to show instead.
    """
    places = {
        **(named or {}),
        "~": Path.home(),
        "temporary": Path(tempfile.gettempdir()),
    }
    spelled = {
        str(spelling): name
        for name, path in places.items()
        for spelling in (path, path.resolve())
        if len(path.parts) > 1
    }
    for spelling in sorted(spelled, key=len, reverse=True):
        text = re.sub(rf"{re.escape(spelling)}(?![\w-])", spelled[spelling], text)
    text = _ADDRESS.sub("(address)", text)
    return _ABSOLUTE_PATH.sub(r"(folder)/\1", text)
