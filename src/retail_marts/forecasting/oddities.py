"""Outliers and closed days of the series.

**Closed days** belong to a business: days without a line in any of its series. A day is
closed when its weekday is closed (at most :data:`OPEN_SHARE` of the same weekdays of
the quarter before or after it had a line, which happens by chance less than once in a
thousand), or when its weekday otherwise nearly always sells, and so much that a day
without sales is unlikely to be chance.

**Outliers** belong to a series: the Hampel identifier (Davies and Gather 1993,
doi:10.1080/01621459.1993.10476339; Pearson 2002, doi:10.1109/87.974338) on residuals
from the median of the six weeks around a day and from the weekday's median. The square
root of sales is used instead of sales, because its spread hardly grows with their size
(Bartlett 1936). A series that sells on less than half of the days is judged only by the
sizes of its sales, so that a day without sales is never an outlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.forecasting.calendars import holiday_names, weekdays
from retail_marts.forecasting.panels import (
    CHANCE,
    OUTLIER_MIN_DAYS,
    Panel,
    build_panels,
    check_series,
)
from retail_marts.forecasting.schemas import ODDITIES, SERIES_KEYS
from retail_marts.frames import conform, stacked
from retail_marts.progress import Progress

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

#: Robust standard deviations from which a day is an outlier.
OUTLIER_SCORE = 4.0

#: Largest share of a series' days that may be outliers.
OUTLIER_SHARE = 0.01

#: Days around a day from which its level is estimated.
LEVEL_DAYS = 43

#: Least standard deviation, as a share of the level's root: of a series that sells on
#: most days, and of the sizes of one that seldom sells.
STEADY_FLOOR, SPARSE_FLOOR = 0.05, 0.25

#: Weeks before and after a day that decide whether its weekday is closed.
CLOSED_WEEKS = 13

#: A weekday is closed if at most this share of its days is open.
OPEN_SHARE = 0.1

#: Share of the same weekdays around that must sell for a day to be called closed.
USUAL_SHARE = 0.9

#: Score from which a day without sales is closed: on a holiday, and on other days.
HOLIDAY_SCORE, CLOSED_SCORE = -2.0, -4.0

#: From the median absolute deviation to a normal distribution's standard deviation.
_MAD_TO_DEVIATION = 1.4826

#: Series that are worked on at once.
_CHUNK = 128

_WEEKDAY_NAMES = (
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
)


def series_oddities(
    series: pd.DataFrame,
    *,
    countries: Mapping[str, str | None] | None = None,
    grains: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Find the outliers of every series and the closed days of every business.

    Parameters
    ----------
    series
        One row per business, measure, series and day with a line, in any order
        (:data:`schemas.SERIES`).
    countries
        Business to ISO country code, whose holidays are named.
    grains
        Business to ``day``, ``week`` or ``month``; that of a business without one is
        noticed. Weeks and months have outliers, named by their first day, but neither
        weekdays, holidays nor closed days.
    progress
        Is told how far the work is.

    Returns
    -------
    pandas.DataFrame
        One row per series and odd day (:data:`schemas.ODDITIES`), sorted. Closed days
        are rows of the series ``total`` of each measure, also where no total is
        forecast. At most :data:`OUTLIER_SHARE` of a series' days (one, of a short
        series) are outliers; a series with less than
        :data:`~retail_marts.forecasting.panels.OUTLIER_MIN_DAYS` days of sales has
        none.

    Raises
    ------
    InputError
        When the series lack a column or hold what cannot be used, or a country is
        unknown.
    """
    check_series(series)
    places = dict(countries or {})
    parts: list[pd.DataFrame] = []
    known = series.loc[series["value"].notna()]
    sold = {
        str(business): dates.to_numpy().astype("datetime64[D]")
        for business, dates in known.groupby("business_id")["sales_date"]
    }
    progress = progress or Progress()
    progress.start("businesses", len(sold))
    for business, measures in groupby(
        build_panels(series, grains or {}), key=lambda panels: panels[0].business_id
    ):
        with progress.thing(business):
            parts += _of_business(measures, sold[business], places.get(business))
    filled = [part for part in parts if len(part)]
    if not filled:
        return stacked([], ODDITIES)
    odd = pd.concat(filled, ignore_index=True)
    lines = known[[*SERIES_KEYS, "sales_date"]].drop_duplicates()
    lines = lines.astype(dict.fromkeys(SERIES_KEYS, "string")).assign(has_line=True)
    lines["sales_date"] = lines["sales_date"].astype("datetime64[us]")
    odd = odd.astype(dict.fromkeys(SERIES_KEYS, "string")).merge(
        lines, how="left", on=[*SERIES_KEYS, "sales_date"]
    )
    # A week or month with lines need not have one on its first day.
    odd["is_filled"] = odd["has_line"].isna() & (odd["actual_value"] == 0)
    odd = odd.sort_values([*SERIES_KEYS, "sales_date"], ignore_index=True)
    return conform(odd, ODDITIES)


def _of_business(
    measures: Iterable[list[Panel]], sold: DayArray, country: str | None
) -> list[pd.DataFrame]:
    parts: list[pd.DataFrame] = []
    reasons: NDArray[np.object_] | None = None
    for panels in measures:
        first = panels[0]
        if not first.grain.is_day:
            none = np.full(len(first.days), None, dtype=object)
            opened = np.zeros(len(first.days), dtype=bool)
            parts += [_outlier_rows(panel, opened, none) for panel in panels]
            continue
        names = holiday_names(first.days, country)
        is_open = np.isin(first.days, sold)
        # The levels are in order: the total, or else what adds up to it.
        whole = first.values.sum(axis=0)
        notes, expected = closed_days(first.days, is_open, whole, names)
        # Whether a business is open does not depend on the measure: the first decides.
        reasons = notes if reasons is None else reasons
        is_closed = np.array([one is not None for one in reasons])
        parts.append(_closed_rows(first, reasons, expected))
        parts += [_outlier_rows(panel, is_closed, names) for panel in panels]
    return parts


# ---------------------------------------------------------------------------- closed


def closed_days(
    days: DayArray,
    is_open: NDArray[np.bool_],
    values: FloatArray,
    names: NDArray[np.object_],
) -> tuple[NDArray[np.object_], FloatArray]:
    """The reason why a day counts as closed, and what it would have sold.

    Parameters
    ----------
    days
        Every day from the first to the last of a business.
    is_open
        Whether each of them has a line.
    values
        What the whole business sold on each of them.
    names
        Holiday that each of them is, or none.

    Returns
    -------
    tuple
        Notes, none for a day that is not closed; and the expected sales of each day,
        zero on a closed weekday.
    """
    notes = np.full(len(days), None, dtype=object)
    weekday = weekdays(days)
    by_weekday = _closed_weekdays(days, is_open) & ~is_open
    for place in np.flatnonzero(by_weekday):
        notes[place] = f"closed on {_WEEKDAY_NAMES[weekday[place]]}"
    flips = np.diff(np.concatenate([[1], is_open.astype(np.int64), [1]]))
    gaps = np.flatnonzero(flips).reshape(-1, 2)
    # Short gaps may be chance; then they count for the spread.
    usual = ~by_weekday
    for start, end in gaps[gaps[:, 1] - gaps[:, 0] >= 7]:
        usual[start:end] = False
    opened = np.flatnonzero(usual)
    if not len(opened):
        return notes, np.zeros(len(days))
    roots = _root(values[None, opened])
    level, week = _steady_centres(roots, weekday[opened])
    centre = level[
        0, np.minimum(np.searchsorted(opened, np.arange(len(days))), len(opened) - 1)
    ]
    centre = np.maximum(centre + week[0, weekday], 0.0)
    residual = roots[0] - centre[opened]
    spread = _MAD_TO_DEVIATION * np.median(np.abs(residual - np.median(residual)))
    spread = max(float(spread), STEADY_FLOOR * float(np.median(np.abs(roots))))
    score = -centre / spread if spread > 0 else np.zeros(len(days))
    reach = 7 * CLOSED_WEEKS
    for start, end in gaps:
        gap = np.arange(start, end)[~by_weekday[start:end]]
        around = np.arange(max(0, start - reach), min(len(days), end + reach))
        around = around[(around < start) | (around >= end)]
        alike = around[np.isin(weekday[around], weekday[gap])]
        if len(alike) < 4 or is_open[alike].mean() < USUAL_SHARE:
            continue
        # Scores of independent days add up like their variances (Stouffer).
        together = score[gap].sum() / np.sqrt(len(gap))
        for place in gap:
            holiday = names[place]
            if together <= CLOSED_SCORE or (
                holiday is not None and score[place] <= HOLIDAY_SCORE
            ):
                notes[place] = _gap_note(days, start, end, holiday)
    return notes, np.where(by_weekday, 0.0, _square(centre))


def _gap_note(days: DayArray, start: int, end: int, holiday: str | None) -> str:
    said = [] if holiday is None else [f"holiday: {holiday}"]
    if end - start > 1:
        said.append(f"no sales from {days[start]} to {days[end - 1]}")
    return "; ".join(said) or "no sales on a day that is usually open"


def _closed_weekdays(days: DayArray, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each day's weekday is closed in the quarter before or after it."""
    lead = int(weekdays(days[:1])[0])
    weeks = -(-(lead + len(days)) // 7)
    known, opened = np.zeros(weeks * 7), np.zeros(weeks * 7)
    known[lead : lead + len(days)] = 1.0
    opened[lead : lead + len(days)] = is_open
    week = np.arange(weeks)
    is_closed = np.zeros((weeks, 7), dtype=bool)
    for starts, ends in (
        (np.maximum(week - CLOSED_WEEKS, 0), week + 1),
        (week, np.minimum(week + CLOSED_WEEKS + 1, weeks)),
    ):
        count = _sums_between(known.reshape(weeks, 7), starts, ends)
        sold = _sums_between(opened.reshape(weeks, 7), starts, ends)
        mostly = sold <= OPEN_SHARE * count
        others = np.where(mostly, 0.0, count).sum(axis=1, keepdims=True)
        share = np.where(mostly, 0.0, sold).sum(axis=1, keepdims=True)
        chance = (1 - share / np.maximum(others, 1)) ** count
        is_closed |= mostly & (others > 0) & (count >= 4) & (chance <= CHANCE)
    return np.asarray(is_closed.ravel()[lead : lead + len(days)])


def _sums_between(
    flags: FloatArray, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> FloatArray:
    sums = np.vstack([np.zeros(flags.shape[1]), np.cumsum(flags, axis=0)])
    return np.asarray(sums[ends] - sums[starts])


def _closed_rows(
    panel: Panel, notes: NDArray[np.object_], expected: FloatArray
) -> pd.DataFrame:
    places = np.flatnonzero([one is not None for one in notes])
    is_total = panel.series_level == "total"
    return pd.DataFrame(
        {
            "business_id": panel.business_id,
            "measure": panel.measure,
            "series_level": "total",
            "series_id": str(panel.series_ids[0]) if is_total else "total",
            "sales_date": panel.days[places].astype("datetime64[us]"),
            "actual_value": np.zeros(len(places)),
            "expected_value": expected[places],
            "deviation_score": np.full(len(places), np.nan),
            "note": notes[places],
            "is_outlier": False,
            "is_closed_day": True,
        }
    )


# -------------------------------------------------------------------------- outliers


def _root(values: FloatArray) -> FloatArray:
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def _square(roots: FloatArray) -> FloatArray:
    return np.asarray(roots * np.abs(roots))


def _steady_centres(
    roots: FloatArray, weekday: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Level of each day, shape (series, days), and effects of weekdays (series, 7).

    Days before a series began must be NaN; they get its first level.
    """
    middle = np.nanmedian(roots, axis=1, keepdims=True)
    week = np.zeros((len(roots), 7))
    for day in np.unique(weekday):
        known = roots[:, weekday == day]
        enough = np.isfinite(known).sum(axis=1) >= 3
        if enough.any():
            week[enough, day] = np.nanmedian(known[enough], axis=1) - middle[enough, 0]
    flat = roots - week[:, weekday]
    born = np.isfinite(flat).argmax(axis=1)
    level = np.empty_like(flat)
    for row, first in enumerate(born):
        level[row, first:] = _rolling_median(flat[row, first:])
        level[row, :first] = level[row, first]
    return level, week


def _rolling_median(values: FloatArray) -> FloatArray:
    """Median of the days around each day; at the ends, that of the first or last."""
    width = min(LEVEL_DAYS, len(values))
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    medians = np.median(windows, axis=1)
    before = width // 2
    behind = len(values) - len(medians) - before
    return np.pad(medians, (before, behind), mode="edge")


def _outlier_rows(
    panel: Panel, is_closed: NDArray[np.bool_], names: NDArray[np.object_]
) -> pd.DataFrame:
    opened = np.flatnonzero(~is_closed)
    parts = [
        _outliers(panel, np.arange(low, min(low + _CHUNK, len(panel.values))), opened)
        for low in range(0, len(panel.values), _CHUNK)
    ]
    series, day, expected, score = (
        np.concatenate(one) for one in zip(*parts, strict=True)
    )
    actual = panel.values[series, day]
    return pd.DataFrame(
        {
            "business_id": panel.business_id,
            "measure": panel.measure,
            "series_level": panel.series_level,
            "series_id": panel.series_ids[series],
            "sales_date": panel.days[day].astype("datetime64[us]"),
            "actual_value": actual,
            "expected_value": expected,
            "deviation_score": score,
            "note": [
                _outlier_note(*one)
                for one in zip(actual, expected, names[day], strict=True)
            ],
            "is_outlier": True,
            "is_closed_day": False,
        }
    )


def _outlier_note(actual: float, expected: float, holiday: str | None) -> str:
    if actual > expected:
        times = actual / expected if expected > 0 else np.inf
        said = (
            f"{times:.1f} times the expected"
            if times < np.inf
            else "far above the expected"
        )
    else:
        low = "below zero" if actual < 0 else "far below the expected"
        said = "nothing sold" if actual == 0 else low
    return said if holiday is None else f"{said}; holiday: {holiday}"


def _outliers(
    panel: Panel, rows: NDArray[np.int64], opened: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray, FloatArray]:
    """Series, day, expected value and score of the outliers of some series."""
    alive = opened >= panel.births[rows, None]
    values = panel.values[rows][:, opened]
    busy = ((values != 0) & alive).sum(axis=1)
    usable = busy >= OUTLIER_MIN_DAYS
    rows, alive, values, busy = (
        rows[usable],
        alive[usable],
        values[usable],
        busy[usable],
    )
    if not len(rows):
        none = np.empty(0)
        return none.astype(np.int64), none.astype(np.int64), none, none
    life = alive.sum(axis=1)
    sparse = 2 * busy < life
    judged = alive & ((values != 0) | ~sparse[:, None])
    roots = np.where(judged, _root(values), np.nan)
    centre = np.repeat(np.nanmedian(roots, axis=1)[:, None], len(opened), axis=1)
    typical = np.nanmedian(
        np.where(judged & (values != 0), np.abs(roots), np.nan), axis=1
    )
    if not sparse.all():
        weekday = weekdays(panel.days[opened])
        if not panel.grain.is_day:
            weekday = np.zeros_like(weekday)
        level, week = _steady_centres(roots[~sparse], weekday)
        centre[~sparse] = level + week[:, weekday]
    centre = np.where((values >= 0).all(axis=1)[:, None], np.maximum(centre, 0), centre)
    residual = roots - centre
    middle = np.nanmedian(residual, axis=1, keepdims=True)
    spread = _MAD_TO_DEVIATION * np.nanmedian(np.abs(residual - middle), axis=1)
    floor = np.where(sparse, SPARSE_FLOOR, STEADY_FLOOR) * typical
    score = residual / np.maximum(spread, floor)[:, None]
    found_row, found_day = np.nonzero(np.abs(np.nan_to_num(score)) > OUTLIER_SCORE)
    size = np.abs(score[found_row, found_day])
    most = np.maximum((OUTLIER_SHARE * judged.sum(axis=1)).astype(np.int64), 1)
    # The oddest first within a series; of equals the earlier.
    order = np.lexsort((found_day, -np.round(size, 9), found_row))
    place = np.arange(len(order)) - np.searchsorted(found_row[order], found_row[order])
    kept = np.sort(order[place < most[found_row[order]]])
    row, day = found_row[kept], found_day[kept]
    return rows[row], opened[day], _square(centre[row, day]), score[row, day]
