"""From a long frame of daily series to matrices, and the windows to test them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.forecasting.grains import DAY, Grain, Periods, noticed_grain
from retail_marts.forecasting.schemas import SERIES, SERIES_KEYS
from retail_marts.settings.forecasting import LEVELS, ForecastSettings

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

MEASURES = ("quantity", "sales_amount")

#: A day of more than this many times the next largest counts as an error.
OUTLIER_RATIO = 10.0

#: Days with sales below which nothing is called an outlier.
OUTLIER_MIN_DAYS = 20

#: Latest weeks without a sale on a weekday from which it may be called closed.
CLOSED_MIN_WEEKS = 8

#: Probability below which days without sales do not count as chance.
CHANCE = 0.001

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Panel:
    """All series of one business, measure and level.

    Attributes
    ----------
    series_ids
        Sorted names, shape (series,).
    values
        Shape (series, days), zero on days without sales and before a series begins.
    births
        Column of each series' first day with sales (of its first row when it never
        sold).
    days
        Shape (days,), from the first day of the business to its last, no gaps; of
        weekly or monthly series the first day of each week or month.
    grain
        The length of what is called a day here.
    """

    business_id: str
    measure: str
    series_level: str
    series_ids: NDArray[np.str_]
    values: FloatArray
    births: NDArray[np.int64]
    days: DayArray
    grain: Grain = DAY

    def dates(self, first: int, last: int) -> DayArray:
        """First days of the periods from column ``first`` to before ``last``.

        Columns after the last are days to come.
        """
        places = np.arange(first, last)
        if self.grain.name == "month":
            months = self.days[0].astype("datetime64[M]") + places
            return np.asarray(months.astype("datetime64[D]"))
        step = 7 if self.grain.name == "week" else 1
        return np.asarray(self.days[0] + step * places)

    def places(self, days: DayArray) -> NDArray[np.int64]:
        """Column of the period that each day is in; below zero before the first."""
        if self.grain.name == "month":
            first = self.days[0].astype("datetime64[M]")
            return np.asarray((days.astype("datetime64[M]") - first).astype(np.int64))
        step = 7 if self.grain.name == "week" else 1
        return np.asarray((days - self.days[0]).astype(np.int64) // step)

    @property
    def life_days(self) -> NDArray[np.int64]:
        return len(self.days) - self.births

    def take(self, chosen: NDArray[np.int64]) -> Panel:
        """The same panel with some of its series."""
        return replace(
            self,
            series_ids=self.series_ids[chosen],
            values=self.values[chosen],
            births=self.births[chosen],
        )


@dataclass(frozen=True)
class Plan:
    """Backtest windows of a panel: ``count`` of ``horizon`` days each, end to end."""

    horizon: int
    count: int

    def origins(self, day_count: int) -> list[int]:
        """Days before each window, earliest window first."""
        return [day_count - back * self.horizon for back in range(self.count, 0, -1)]


def backtest_plan(life_days: int, settings: ForecastSettings) -> Plan:
    """Windows that a series of a length allows.

    The horizon is shortened before a window is given up, and is at least a week (or the
    setting, when that is shorter). ``Plan(0, 0)`` when not even one window has
    ``min_training_days`` before it.

    Examples
    --------
    With the defaults a year has 4 windows of 31 days, 81 days have 4 of 13, and 51 days
    have 3 of 7.
    """
    longest = settings.backtest_horizon_days
    shortest = min(7, longest)
    spare = max(life_days - settings.min_training_days, 0)
    horizon = min(longest, spare // settings.backtest_windows)
    if horizon >= shortest:
        return Plan(horizon, settings.backtest_windows)
    count = spare // shortest
    return Plan(shortest, count) if count else Plan(0, 0)


def horizon_days(last_day: np.datetime64, settings: ForecastSettings) -> int:
    """Days from the data end to the end of the next full month, at least 31.

    Examples
    --------
    31 after 31 December, 41 after 20 October (to 30 November).
    """
    if settings.horizon_days is not None:
        return settings.horizon_days
    day = last_day.astype("datetime64[D]")
    next_month = (day + _DAY).astype("datetime64[M]")
    if (day + _DAY) != next_month.astype("datetime64[D]"):
        next_month = next_month + np.timedelta64(1, "M")
    end = (next_month + np.timedelta64(1, "M")).astype("datetime64[D]")
    return max(31, int((end - day) / _DAY) - 1)


def check_series(series: pd.DataFrame) -> None:
    """Check the input of a forecast before any work.

    Raises
    ------
    InputError
        When a column is missing, a measure or level is unknown, a date is missing or a
        value infinite.
    """
    missing = [column for column in SERIES if column not in series.columns]
    if missing:
        raise InputError(
            f"forecasting: the series have no column {', '.join(missing)}.",
            remedy=f"Give them the columns {', '.join(SERIES)}.",
        )
    for column, known in (("measure", MEASURES), ("series_level", LEVELS)):
        found = series[column].unique()
        unknown = sorted(str(one) for one in found if one not in known)
        if unknown:
            raise InputError(
                f"forecasting: {column} holds {', '.join(unknown)}.",
                remedy=f"Use only: {', '.join(known)}.",
            )
    if series["sales_date"].isna().any():
        raise InputError(
            "forecasting: a row of the series has no sales_date.",
            remedy="Give each row the day of its sales.",
        )
    values = pd.to_numeric(series["value"]).to_numpy(dtype="float64", na_value=np.nan)
    if np.isinf(values).any():
        raise InputError(
            "forecasting: a value of the series is infinite.",
            remedy="Correct the source's amounts or reject its row.",
        )


def build_panels(
    series: pd.DataFrame, grains: Mapping[str, str] | None = None
) -> Iterator[list[Panel]]:
    """Panels of each business and measure, levels in a fixed order.

    Rows without a value are left out, rows of the same day are added, and a day without
    a row, also after a series' last one, is a day without sales: all series end with
    their business.

    Parameters
    ----------
    grains
        Business to its grain (``day``, ``week`` or ``month``); that of a business
        without one is noticed. Without any of this, all are daily.

    Yields
    ------
    list of Panel
        The panels of one business and measure, businesses and measures sorted.
    """
    kept = series.loc[series["value"].notna(), list(SERIES)]
    if kept.empty:
        return
    codes: dict[str, NDArray[np.int64]] = {}
    names: dict[str, NDArray[np.object_]] = {}
    for key in SERIES_KEYS:
        code, known = pd.factorize(kept[key], sort=True)
        codes[key] = code.astype(np.int64)
        names[key] = np.asarray(known, dtype=object)
    days = kept["sales_date"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    values = kept["value"].to_numpy(dtype="float64")
    group = codes["business_id"] * len(names["measure"]) + codes["measure"]
    group = group * len(names["series_level"]) + codes["series_level"]
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    owners = codes["business_id"]
    periods: dict[int, Periods] = {}
    for business, name in enumerate(names["business_id"]):
        mine = _present(days[owners == business])
        grain = "day" if grains is None else grains.get(name) or noticed_grain(mine)
        periods[business] = Periods.of(mine, grain)
    gathered: dict[tuple[int, int], list[Panel]] = {}
    for part in parts:
        business, measure, level = (
            int(codes[key][part[0]])
            for key in ("business_id", "measure", "series_level")
        )
        period = periods[business]
        place = period.number(days[part]) - period.first
        whole = (place >= 0) & (place <= period.last - period.first)
        if not whole.any():
            continue
        place, inside = place[whole], part[whole]
        length = period.last - period.first + 1
        ids = _present(codes["series_id"][inside])
        place_of = np.empty(len(names["series_id"]), dtype=np.int64)
        place_of[ids] = np.arange(len(ids))
        row = place_of[codes["series_id"][inside]]
        matrix, births = _matrix(row, place, values[inside], shape=(len(ids), length))
        starts = period.start(period.first + np.arange(length))
        panel = Panel(
            business_id=str(names["business_id"][business]),
            measure=str(names["measure"][measure]),
            series_level=str(names["series_level"][level]),
            series_ids=names["series_id"][ids].astype(str),
            values=matrix,
            births=births,
            days=starts.astype("datetime64[D]"),
            grain=period.grain,
        )
        gathered.setdefault((business, measure), []).append(panel)
    for business_and_measure in sorted(gathered):
        found = gathered[business_and_measure]
        yield sorted(found, key=lambda one: LEVELS.index(one.series_level))


def _present(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each number once, sorted; they are dense, so counting beats sorting."""
    least = numbers.min()
    return np.asarray(np.flatnonzero(np.bincount(numbers - least)) + least)


def _matrix(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    values: FloatArray,
    *,
    shape: tuple[int, int],
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Sums of the values of each cell, and the first day of each row with sales.

    A row that never sold begins with its first value.
    """
    count, length = shape
    cell = row * length + column
    # In a fixed order: sums of floats depend on theirs.
    sorting = np.lexsort((values, cell))
    summed: FloatArray = np.bincount(
        cell[sorting], weights=values[sorting], minlength=count * length
    ).astype(np.float64)
    matrix = summed.reshape(shape)
    sold = matrix != 0
    first = np.full(count, length)
    np.minimum.at(first, row, column)
    births = np.where(sold.any(axis=1), sold.argmax(axis=1), first)
    return matrix, births.astype(np.int64)


def cap_outliers(values: FloatArray) -> FloatArray:
    """Cap single days of impossible size at the next largest day.

    A day that is more than :data:`OUTLIER_RATIO` times the next largest one, of a
    series with at least :data:`OUTLIER_MIN_DAYS` days of sales, is an error of entry
    more often than a sale; up to three a series are capped.

    Returns
    -------
    numpy.ndarray
        Shape of ``values``; the same array when nothing is capped.
    """
    if values.shape[1] < OUTLIER_MIN_DAYS:
        return values
    top = np.sort(np.partition(values, -4, axis=1)[:, -4:], axis=1)
    ratios = top[:, 1:] > OUTLIER_RATIO * np.maximum(top[:, :-1], 0)
    busy = (values > 0).sum(axis=1) >= OUTLIER_MIN_DAYS
    found = busy & ratios.any(axis=1)
    if not found.any():
        return values
    caps = np.where(found, top[np.arange(len(top)), ratios.argmax(axis=1)], np.inf)
    return np.minimum(values, caps[:, None])


def closed_weekdays(
    sold: NDArray[np.bool_], weekday: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Weekdays on which a business no longer opens, shape (7,), Monday first.

    A weekday is closed when nothing at all was sold on it in the latest weeks, at least
    :data:`CLOSED_MIN_WEEKS` of them, and so many days without a sale would be chance
    less often than :data:`CHANCE`, by the share of the other days that sold.

    Parameters
    ----------
    sold
        Whether any series of the business sold on each day before an origin.
    weekday
        Weekday of each of these days, 0 for Monday.
    """
    idle = [0] * 7
    for day in range(7):
        latest = sold[weekday == day][::-1]
        idle[day] = int(latest.argmax()) if latest.any() else len(latest)
    maybe = np.array(idle) >= CLOSED_MIN_WEEKS
    closed = np.zeros(7, dtype=bool)
    for day in np.flatnonzero(maybe).tolist():
        weeks = idle[day]
        recent = slice(max(0, len(sold) - 7 * weeks), None)
        others = sold[recent][~maybe[weekday[recent]]]
        if len(others):
            closed[day] = (1 - others.mean()) ** weeks <= CHANCE
    return closed
