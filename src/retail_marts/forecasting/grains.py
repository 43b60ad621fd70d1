"""Files of weekly or monthly figures: how they are noticed, and forecast as they are.

A file with one row per week or month says nothing of days. Its series have a value per
week or month (a *period*, named by its first day), and so have their forecasts. The
models are those of daily series that know no weekday, with a course of the year from
two years of history on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from retail_marts.forecasting import panel_models
from retail_marts.forecasting.calendars import month_numbers
from retail_marts.forecasting.panel_models import (
    History,
    PanelModel,
    Smoothed,
    smooth,
)
from retail_marts.settings.forecasting import COMBINATION, ForecastSettings

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

#: Weights of the smoothing: periods are fewer than days, and each says more.
ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0)

#: Dates of rows from which weeks or months are noticed.
_LEAST_WEEKS, _LEAST_MONTHS = 8, 4

_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class Grain:
    """How long the periods of a business are, and how far they are forecast.

    Attributes
    ----------
    name
        ``day``, ``week`` or ``month``.
    year
        Number of periods in a year.
    days
        Length of a period in days.
    training, window, horizon
        Least number of periods before a backtest window, periods of a window, and
        periods that are forecast.
    demand
        Factor of ``own_model_min_days`` for periods with sales.
    """

    name: str
    year: int
    days: float
    training: int
    window: int
    horizon: int
    demand: float

    @property
    def is_day(self) -> bool:
        return self.name == "day"

    @property
    def few_scores(self) -> float:
        """Scores below which intervals are those of Student's t."""
        return 0.0 if self.is_day else 40.0

    @property
    def scale_season(self) -> int:
        """Periods back of the copy that scaled errors are compared with."""
        return 7 if self.is_day else 1


DAY = Grain("day", 365, 1.0, 28, 31, 31, 1.0)
GRAINS = {
    "day": DAY,
    "week": Grain("week", 52, 7.0, 8, 4, 5, 1 / 2),
    "month": Grain("month", 12, _MONTH_DAYS, 6, 3, 3, 1 / 4),
}


def noticed_grain(days: NDArray[np.int64]) -> str:
    """The grain of a business's rows.

    Parameters
    ----------
    days
        Days with a row, since 1970-01-01, sorted and each once.

    Returns
    -------
    str
        ``month`` if each month has one date, always on the same day of the month (or
        its last); ``week`` if all dates are the same weekday, mostly a week apart; else
        ``day``.
    """
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number = (dates - months.astype("datetime64[D]")).astype(np.int64)
    rest = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64)
    alike = len(np.unique(number)) == 1 or bool((rest == 1).all())
    if len(days) >= _LEAST_MONTHS and alike and len(np.unique(months)) == len(days):
        return "month"
    weekly = len(np.unique(days % 7)) == 1 and len(days) >= _LEAST_WEEKS
    return "week" if weekly and np.median(np.diff(days)) == 7 else "day"


@dataclass(frozen=True)
class Periods:
    """The periods of one business.

    Attributes
    ----------
    first, last
        Numbers of the first and last complete period.
    anchor
        First day of week 0.
    """

    grain: Grain
    first: int
    last: int
    anchor: int = 0

    @classmethod
    def of(cls, days: NDArray[np.int64], grain: str) -> Periods:
        """The complete periods of days with rows (sorted, each once).

        Of a file that has one date a period, all are complete; of daily rows, not the
        first and the last unless their days are all there.
        """
        # Weeks of daily rows start on Mondays (1969-12-29 was one).
        is_noticed = noticed_grain(days) == grain
        anchor = int(days[0] % 7) if is_noticed else -3
        whole = cls(GRAINS[grain], 0, 0, anchor)
        first, last = whole.number(days[[0, -1]]).tolist()
        if not is_noticed and len(days):
            first += int(whole.start(first) < days[0])
            last -= int(whole.start(last + 1) - 1 > days[-1])
        return cls(GRAINS[grain], first, last, anchor)

    def number(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the period of each day."""
        if self.grain.name == "month":
            dates = days.astype("datetime64[D]")
            return dates.astype("datetime64[M]").astype(np.int64)
        return (days - self.anchor) // 7 if self.grain.name == "week" else days

    def start(self, number: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """First day of a period, since 1970-01-01."""
        numbers = np.asarray(number, dtype=np.int64)
        if self.grain.name == "month":
            months = numbers.astype("datetime64[M]")
            return months.astype("datetime64[D]").astype(np.int64)
        return 7 * numbers + self.anchor if self.grain.name == "week" else numbers


def settings_of_grain(settings: ForecastSettings, grain: Grain) -> ForecastSettings:
    """Settings whose days are periods, with the models that know no days."""
    if grain.is_day:
        return settings
    horizon = grain.horizon
    if settings.horizon_days is not None:
        horizon = max(1, int(np.ceil(settings.horizon_days / grain.days)))
    names = (*PERIOD_MODELS, COMBINATION)
    models = settings.models.model_copy(
        update={
            level: tuple(name for name in names if name in settings.models[level])
            for level in type(settings.models).model_fields
        }
    )
    return settings.model_copy(
        update={
            "horizon_days": horizon,
            "backtest_horizon_days": grain.window,
            "min_training_days": grain.training,
            "own_model_min_days": int(
                np.ceil(settings.own_model_min_days * grain.demand)
            ),
            "models": models,
        }
    )


class PeriodHistory(History):
    """What lies before an origin, in weeks or months."""

    #: Half a quarter of weeks, half a year of months.
    event_reach: ClassVar[int] = 6

    def known_effects(self, shared: FloatArray) -> FloatArray:
        """Those that all series share; closed days sell nothing until sales say so."""
        assert self.events is not None
        return np.where(self.events.closing, -1.0, shared)

    @cached_property
    def open_share(self) -> FloatArray:
        """Share of each known period that no event closes, shape (series, periods)."""
        if self.events is None:
            return np.ones_like(self.values)
        closed = self.events.shares[:, self.events.closing, : self.day_count]
        return np.asarray(np.maximum(1 - closed.sum(axis=1), 0.0))

    @cached_property
    def ordinary_calendar(self) -> FloatArray:
        """Course of the year, shape (series, periods + horizon): an index per month.

        Of sales around their straight line, shrunk towards 1 by as much as chance
        explains of its spread. Flat before two years.
        """
        flat = np.ones((len(self.values), len(self.days)))
        years = (self.days[self.day_count - 1] - self.days[0]).astype(np.int64) / 365.25
        # Two years of months end a month before the second anniversary.
        if self.day_count < 2 or years < 2 - 1.01 / 12:
            return flat
        # A period that was mostly closed says nothing of the year.
        opened = self.open_share > 0.5
        level, slope = _line(self.cleaned, self.alive * opened)
        time = np.arange(self.day_count)
        line = level[:, None] + slope[:, None] * time
        usable = (line > 0.1 * self.mean[:, None]) & (self.alive > 0) & opened
        ratio = np.where(usable, self.cleaned / np.where(usable, line, 1.0), 0.0)
        month = month_numbers(self.days)
        one_hot = np.eye(12)[month[: self.day_count]]
        counts = usable @ one_hot
        means = np.where(counts > 0, ratio @ one_hot / np.maximum(counts, 1), 1.0)
        squares = (ratio**2) @ one_hot - counts * means**2
        spare = np.maximum(counts.sum(axis=1) - 12, 1)
        noise = np.maximum(squares.sum(axis=1), 0) / spare
        # Months that are closed each year are no part of the course.
        shut = (self.alive * ~opened) @ one_hot
        part = ((counts > 0) | (shut == 0)).astype("float64")
        months = np.maximum(part.sum(axis=1), 1)
        overall = ((means * part).sum(axis=1) / months)[:, None]
        spread = ((means - overall) ** 2 * part).sum(axis=1) / months
        by_chance = 11 / 12 * (noise[:, None] / np.maximum(counts, 1)).mean(axis=1)
        kept = np.clip(1 - by_chance / np.where(spread > 0, spread, 1.0), 0, 1)
        kept = np.where(
            (np.where(part > 0, counts, 2).min(axis=1) >= 2) & (spread > 0), kept, 0.0
        )
        index = np.maximum(1 + kept[:, None] * (means / overall - 1), 0.0)
        return np.asarray(index[:, month])

    @cached_property
    def smoothed(self) -> Smoothed:
        """Smoothing of sales without the course of the year."""
        return smooth(self, self.weekly_calendar, alphas=ALPHAS)

    @cached_property
    def line(self) -> tuple[FloatArray, FloatArray]:
        """Level at the origin and slope a period, shrunk by its standard error."""
        index = self.weekly_calendar[:, : self.day_count]
        # A period that an event leaves hardly any sales says nothing of the line.
        usable = index > (0 if self.events is None else 0.05)
        steady = np.where(usable, self.cleaned / np.where(usable, index, 1), 0.0)
        level, slope = _line(steady, self.alive * usable)
        return level + slope * (self.day_count - 1), slope


def _line(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Straight line of each series by least squares: its start and its slope.

    The slope is multiplied by ``max(0, 1 - (se / slope) ** 2)``.
    """
    time = np.arange(values.shape[1], dtype="float64")
    count = np.maximum(weights.sum(axis=1), 1)
    middle = weights @ time / count
    mean = (weights * values).sum(axis=1) / count
    away = (time - middle[:, None]) * weights
    spread = (away**2).sum(axis=1)
    usable = (spread > 0) & (count >= 6)
    slope = (away * values).sum(axis=1) / np.where(usable, spread, 1.0)
    rest = (values - mean[:, None]) * weights - slope[:, None] * away
    variance = (rest**2).sum(axis=1) / np.maximum(count - 2, 1)
    variance /= np.where(usable, spread, 1.0)
    sized = usable & (slope != 0)
    kept = np.clip(1 - variance / np.where(sized, slope, 1.0) ** 2, 0, 1)
    slope = np.where(sized, slope * kept, 0.0)
    return mean - slope * middle, slope


def _season_ago(history: History) -> FloatArray:
    """The same period a year ago; NaN for a series that is younger."""
    span = (history.days[-1] - history.days[-2]).astype(np.int64)
    season = 52 if span == 7 else 12
    count = history.day_count
    if count < season:
        return np.full((len(history.values), history.horizon), np.nan)
    repeated = history.values[:, count - season + np.arange(history.horizon) % season]
    return np.where(history.life_days[:, None] >= season, repeated, np.nan)


#: The models of weekly and monthly series.
PERIOD_MODELS: dict[str, PanelModel] = {
    "mean": panel_models.mean,
    "naive": panel_models.naive,
    "seasonal_naive": _season_ago,
    "exponential_smoothing": panel_models.exponential_smoothing,
    "theta": panel_models.theta,
    "teunter_syntetos_babai": panel_models.teunter_syntetos_babai,
}
