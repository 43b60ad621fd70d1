"""Shared by the generators: random streams, day weights and lines of text files."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from retail_marts.sample.truth import Calendar


@dataclass(frozen=True, kw_only=True)
class Line:
    """One physical line of a file below its header.

    Parameters
    ----------
    text
        The line without its line end.
    rejected
        Why a reader must reject it; None for a line to accept.
    warnings
        What is odd about an accepted line.
    """

    text: str
    rejected: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """The files of one source and what is known about them.

    Parameters
    ----------
    files
        File name below the sample's folder -> content.
    rejected, warnings
        File name -> ``{"line": physical line, header is 1; "reason": word}``.
    counts
        File name -> ``{"rows", "accepted", "rejected"}``, header not counted.
    facts
        The planted truth of this source, ready for JSON.
    """

    files: Mapping[str, bytes]
    rejected: Mapping[str, list[dict[str, int | str]]] = field(default_factory=dict)
    warnings: Mapping[str, list[dict[str, int | str]]] = field(default_factory=dict)
    counts: Mapping[str, dict[str, int]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """One delimited text file before it is encoded.

    Parameters
    ----------
    name
        Path below the sample's folder, with ``/``; ``.gz`` at its end compresses it.
    header
        Column names.
    lines
        All lines below the header, in file order.
    separator, line_end, encoding
        As in the source's own files.
    """

    name: str
    header: Sequence[str]
    lines: Sequence[Line]
    separator: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"


def stream(*, seed: int, part: str) -> np.random.Generator:
    """Return the random generator of one part of the sample.

    The part's name, not its position, selects the child seed: a part that is added or
    changed leaves the numbers of all others as they are.

    Parameters
    ----------
    seed
        The seed of the whole sample.
    part
        Name of the part, such as ``"kalbe.dates"``.
    """
    child = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(part.encode()),))
    return np.random.default_rng(child)


def days_of(calendar: Calendar) -> list[date]:
    """Return every day of a calendar, first to last."""
    count = (calendar.last_day - calendar.first_day).days + 1
    return [calendar.first_day + timedelta(days=offset) for offset in range(count)]


def day_weights(*, calendar: Calendar, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how busy each day is, relative to the others.

    Parameters
    ----------
    calendar
        The planted factors.
    rng
        Draws each day's own factor.

    Returns
    -------
    numpy.ndarray
        One weight >= 0 a day, shape (days,).
    """
    days = days_of(calendar)
    weekday = np.array([calendar.weekday_factors[day.weekday()] for day in days])
    month = np.array([calendar.month_factors[day.month - 1] for day in days])
    growth = (1.0 + calendar.yearly_growth) ** (np.arange(len(days)) / 365.25)
    noise = np.exp(rng.normal(0.0, calendar.noise, len(days)))
    holiday = np.ones(len(days))
    for day, factor in calendar.holidays:
        holiday[(day - calendar.first_day).days] = factor
    weights: NDArray[np.float64] = weekday * month * growth * noise * holiday
    return weights


def spread_over_days(
    *, weights: NDArray[np.float64], total: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Distribute a total over days in proportion to their weights.

    Systematic sampling: each day's count is its expectation rounded up or down, so that
    counting noise does not hide the planted factors.

    Parameters
    ----------
    weights
        Weights >= 0, shape (days,).
    total
        What the counts sum to.
    rng
        Draws the one offset of the sampling.

    Returns
    -------
    numpy.ndarray
        Counts >= 0 of sum `total`, shape (days,).
    """
    edges = np.concatenate(([0.0], np.cumsum(weights) / weights.sum() * total))
    # the last edge is set exactly: with 99.999... the last unit would be lost
    edges[-1] = total
    marks = np.floor(edges + rng.uniform(0.0, 1.0)).astype(np.int64)
    return np.diff(marks)


def between(rng: np.random.Generator, bounds: tuple[int, int]) -> int:
    """Draw an integer between two bounds, both included."""
    return int(rng.integers(bounds[0], bounds[1] + 1))


def delimited(cells: Iterable[object], *, separator: str = ",") -> str:
    """Return one delimited line without its line end, quoted only where needed."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="").writerow(list(cells))
    return buffer.getvalue()


def decimal_comma(value: float, *, places: int) -> str:
    """Return a number with a decimal comma, without trailing zeros: 6,2."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",")


def trimmed(value: float, *, places: int) -> str:
    """Return a number with a decimal point and no trailing zeros: 6.2."""
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def inserted(lines: Sequence[Line], extra: Mapping[int, Line]) -> list[Line]:
    """Return the lines with others inserted.

    Parameters
    ----------
    lines
        The lines that are there.
    extra
        Position in `lines` -> the line to insert before the line of that position.
    """
    result: list[Line] = []
    for position, line in enumerate(lines):
        if position in extra:
            result.append(extra[position])
        result.append(line)
    result.extend(extra[place] for place in sorted(extra) if place >= len(lines))
    return result


def assemble(*, text_files: Sequence[TextFile], facts: Mapping[str, object]) -> Source:
    """Encode the files of a source and list where its irregular lines are.

    Parameters
    ----------
    text_files
        The files of the source.
    facts
        The planted truth, ready for JSON.
    """
    files: dict[str, bytes] = {}
    rejected: dict[str, list[dict[str, int | str]]] = {}
    warnings: dict[str, list[dict[str, int | str]]] = {}
    counts: dict[str, dict[str, int]] = {}
    for text_file in text_files:
        header = delimited(text_file.header, separator=text_file.separator)
        texts = [header, *(line.text for line in text_file.lines)]
        content = "".join(text + text_file.line_end for text in texts).encode(
            text_file.encoding
        )
        if text_file.name.endswith(".gz"):
            # a time stamp in the gzip header would make two runs differ
            content = gzip.compress(content, compresslevel=9, mtime=0)
        files[text_file.name] = content
        refusals: list[dict[str, int | str]] = []
        oddities: list[dict[str, int | str]] = []
        for number, line in enumerate(text_file.lines, start=2):
            if line.rejected is not None:
                refusals.append({"line": number, "reason": line.rejected})
            oddities.extend({"line": number, "reason": word} for word in line.warnings)
        if refusals:
            rejected[text_file.name] = refusals
        if oddities:
            warnings[text_file.name] = oddities
        counts[text_file.name] = {
            "rows": len(text_file.lines),
            "accepted": len(text_file.lines) - len(refusals),
            "rejected": len(refusals),
        }
    return Source(
        files=files, rejected=rejected, warnings=warnings, counts=counts, facts=facts
    )
