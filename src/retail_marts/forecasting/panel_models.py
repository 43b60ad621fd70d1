"""Models that forecast all series of a panel at once.

Each takes a :class:`History` and returns an array of shape (series, horizon). They know
only what lies before the origin, and each is a scale law: a series times c gives its
forecast times c.

The smoothing models share one idea. With a calendar index ``m`` (what a day of the
calendar sells, relative to an ordinary day) and weights that fall by ``1 - alpha`` a
day, the level is ``sum(w * y) / sum(w * m)``: simple exponential smoothing of the
de-seasonalised series (Brown 1959; Gardner 2006, doi:10.1016/j.ijforecast.2006.03.005)
with each day weighing as much as it sells, which needs no start value, takes closed
days (an index of zero) and starts at the mean of a short series.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retail_marts.forecasting.calendars import (
    YEAR_DAYS,
    fourier_terms,
    month_numbers,
    weekdays,
)

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

#: Smoothing weights that are tried: the smallest gives nearly the mean of all days, the
#: largest the last day alone.
ALPHAS = (0.001, 0.005, 0.015, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0)

#: Weights of the double smoothing of the damped trend.
TREND_ALPHAS = (0.005, 0.02, 0.1, 0.3)

#: What is left of a trend after each further day.
DAMPING = 0.98

#: Days of history from which a yearly season is estimated.
YEARLY_HISTORY_DAYS = 700

#: Days of history from which months enter the calendar regression, whose terms then
#: multiply.
MONTHS_HISTORY_DAYS = 550

#: Days that the trend of the calendar regression goes on after the origin.
TREND_DAYS = 31

#: Days behind the weekday index: that of years ago says little of the next month.
WEEKDAY_HISTORY_DAYS = 728

#: Days that a smoothing remembers: two years.
SMOOTHING_DAYS = 730

#: How much the effects of an event may differ between series, in shares of sales.
EVENT_SPREAD = 0.3

#: Index of a day below which its sales say nothing of the calendar regression's trend.
LEAST_INDEX = 0.25

#: Squared error of a weekday's index below which series count alike in the shared one.
_LEAST_INDEX_ERROR = 1e-4

#: Values that the smoothing works on at once: they fit into the processor's cache.
_BLOCK_VALUES = 65_536

_TINY = 1e-12


class EventDays(NamedTuple):
    """Days of the events known ahead.

    Attributes
    ----------
    shares
        Which share of each day (week, month) is each kind of event, shape (series,
        kinds, days + horizon).
    closing
        Whether the type of each kind says that nothing is sold, shape (kinds,).
    """

    shares: FloatArray
    closing: NDArray[np.bool_]


@dataclass
class History:
    """What lies before an origin, for all series of a panel.

    Attributes
    ----------
    values
        Shape (series, days), zero before a series begins; the last column is the
        origin.
    cleaned
        The same with single days of impossible size capped, and nothing on weekdays
        that are closed by now.
    alive
        Shape (series, days), 1 from a series' first day with sales, 0 before.
    days
        The days of the history and of the horizon after them.
    holiday
        Whether each of ``days`` is a holiday.
    yearly_index
        What each of ``days`` sells relative to the year's mean, shared by the panel;
        none when the history is too short.
    events
        Days of the events known ahead; none without events.
    closed_weekdays
        Weekdays on which the business no longer opens, Monday first.
    event_reach
        Ordinary days before and after a day of an event that it is compared with.
    """

    values: FloatArray
    cleaned: FloatArray
    alive: FloatArray
    days: DayArray
    holiday: NDArray[np.bool_]
    yearly_index: FloatArray | None = None
    events: EventDays | None = None
    closed_weekdays: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(7, dtype=bool)
    )
    event_reach: ClassVar[int] = 28

    @property
    def day_count(self) -> int:
        return int(self.values.shape[1])

    @property
    def horizon(self) -> int:
        return len(self.days) - self.day_count

    @cached_property
    def weekday(self) -> NDArray[np.int64]:
        return weekdays(self.days)

    @cached_property
    def life_days(self) -> FloatArray:
        """Days since each series began, shape (series,)."""
        return np.asarray(self.alive.sum(axis=1))

    @cached_property
    def mean(self) -> FloatArray:
        return _ratio(self.cleaned.sum(axis=1), self.life_days)

    @cached_property
    def weekday_index(self) -> FloatArray:
        """Sales of a weekday relative to all days, shape (series, 7).

        Shrunk by as much as the spread of the weekday means is explained by chance
        (James-Stein), towards the index that the series of the panel share, which is
        shrunk towards 1 in the same way. Never negative; zero on closed weekdays.
        """
        first = max(0, self.day_count - WEEKDAY_HISTORY_DAYS)
        recent = self.cleaned[:, first:]
        opened = ~self.closed_weekdays
        size = max(int(opened.sum()), 1)
        one_hot = np.eye(7)[self.weekday[first : self.day_count]][:, opened]
        counts = self.alive[:, first:] @ one_hot
        means = _ratio(recent @ one_hot, counts)
        squares = np.einsum("ij,ij->i", recent, recent)
        spare = np.maximum(counts.sum(axis=1) - size, 1)
        noise = np.maximum(squares - (counts * means**2).sum(axis=1), 0) / spare
        overall = means.sum(axis=1, keepdims=True) / size
        deviation = _ratio(means - overall, overall)
        error = (noise[:, None] / np.maximum(counts, 1)).sum(axis=1) / size
        by_chance = (size - 1) / size * _ratio(error, overall[:, 0] ** 2)
        # Less than two weeks say nothing of weekdays.
        usable = (counts.min(axis=1, initial=2) >= 2) & (overall[:, 0] > 0)
        shared = _shared_deviation(deviation[usable], by_chance[usable])
        own = deviation - shared
        kept = np.clip(1 - _ratio(by_chance, (own**2).sum(axis=1) / size), 0, 1)
        kept = np.where(usable, kept, 0.0)
        index = np.zeros((len(means), 7))
        index[:, opened] = np.maximum(1 + shared + kept[:, None] * own, 0)
        index[overall[:, 0] <= 0] = opened
        return index * 7 / size

    @cached_property
    def ordinary_calendar(self) -> FloatArray:
        """Calendar index of weekdays alone, shape (series, days + horizon)."""
        return self.weekday_index[:, self.weekday]

    @cached_property
    def weekly_calendar(self) -> FloatArray:
        """Calendar index of weekdays and events, shape (series, days + horizon)."""
        weekly = self.ordinary_calendar
        return weekly if self.event_index is None else weekly * self.event_index

    @cached_property
    def event_index(self) -> FloatArray | None:
        """What events make of a day's sales, shape (series, days + horizon).

        1 on days without one; none without events. The sales of the days of an event
        are compared with weekday and level of the ordinary days around them, by ridge
        regressions towards the effect that all series of the panel share, itself shrunk
        by its standard error; of weeks and months, towards no sales on the days of a
        closed type.
        """
        if self.events is None:
            return None
        flags = self.events.shares
        known = flags[..., : self.day_count] * self.alive[:, None]
        ordinary = self.alive * (known.sum(axis=1) == 0)
        weekly = self.ordinary_calendar[:, : self.day_count]
        near = [
            _sums_around(one * ordinary, self.event_reach)
            for one in (self.cleaned, weekly)
        ]
        level = _ratio((self.cleaned * ordinary).sum(axis=1), ordinary.sum(axis=1))
        base = weekly * np.where(near[1] > 0, _ratio(*near), level[:, None])
        rest = self.cleaned - base
        noise = _ratio((rest**2 * ordinary).sum(axis=1), ordinary.sum(axis=1))
        # Never quite zero: a constant series must be solvable too.
        noise = np.maximum(noise, 1e-6 * level**2) + _TINY
        timed = known * base[:, None]
        gram = np.einsum("skd,sld->skl", timed, timed) / noise[:, None, None]
        moments = np.einsum("skd,sd->sk", timed, rest) / noise[:, None]
        weight = np.einsum("skk->k", gram)
        shared = _ratio(moments.sum(axis=0), weight)
        shared = shared * np.clip(
            1 - _ratio(np.ones_like(weight), weight * shared**2), 0, 1
        )
        shared = self.known_effects(shared)
        penalty = 1 / EVENT_SPREAD**2
        effects = np.linalg.solve(
            gram + penalty * np.eye(len(weight)),
            (moments + penalty * shared)[..., None],
        )[..., 0]
        return np.asarray(np.maximum(1 + np.einsum("sk,skd->sd", effects, flags), 0.0))

    def known_effects(self, shared: FloatArray) -> FloatArray:
        """The effects that those of single series are shrunk towards.

        Those that all series share: closed days are zero in any case.
        """
        return shared

    def without_events(self) -> FloatArray:
        """Sales as they would have been without events, shape (series, days)."""
        if self.event_index is None:
            return self.values
        before = self.event_index[:, : self.day_count]
        usual = self.ordinary_calendar[:, : self.day_count] * self.mean[:, None]
        # A day on which an event leaves hardly any sales says nothing.
        usable = before > 0.05
        return np.where(usable, _ratio(self.values, before), usual * self.alive)

    @cached_property
    def yearly_calendar(self) -> FloatArray | None:
        """Calendar index of weekdays and the time of the year."""
        if self.yearly_index is None:
            return None
        return self.weekly_calendar * self.yearly_index

    @cached_property
    def recent_by_day(self) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Values, life and whether an error counts, each of shape (days, series).

        The last :data:`SMOOTHING_DAYS` alone. The days in which a level settles do not
        count.
        """
        first = max(0, self.day_count - SMOOTHING_DAYS)
        alive = np.ascontiguousarray(self.alive[:, first:].T)
        # Days since the birth, or since the first of the days that are smoothed.
        seen = np.minimum(self.life_days, len(alive))
        age = np.arange(1 - len(alive), 1)[:, None] + seen
        settled = np.minimum(14.0, self.life_days / 2)
        scored = (age > settled) & (alive > 0)
        return np.ascontiguousarray(self.cleaned[:, first:].T), alive, scored

    @cached_property
    def smoothed(self) -> Smoothed:
        """Exponential smoothing with the weekly calendar, shared by several models."""
        return smooth(self, self.weekly_calendar)

    @cached_property
    def line(self) -> tuple[FloatArray, FloatArray]:
        """Level at the origin and slope a day of a straight line through the life."""
        return fit_line(self, self.weekly_calendar)


@dataclass(frozen=True)
class Smoothed:
    """The best smoothing of each series.

    Attributes
    ----------
    level, alpha, age
        Shape (series,): the level at the origin, the weight that gave the smallest
        squared error of one step, the mean age in days of what the level is made of.
    squared_error
        Mean squared error of one step over the history, shape (series,).
    """

    level: FloatArray
    alpha: FloatArray
    age: FloatArray
    squared_error: FloatArray


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide; zero where there is nothing to divide by."""
    usable = denominator != 0
    result: FloatArray = np.where(usable, numerator, 0.0) / np.where(
        usable, denominator, 1.0
    )
    return result


def _shared_deviation(deviations: FloatArray, errors: FloatArray) -> FloatArray:
    """What series share of their weekdays' deviations, shape (weekdays,).

    Their mean, weighted by how sure each is: one over its squared error plus the
    variance between series (DerSimonian and Laird 1986,
    doi:10.1016/0197-2456(86)90046-2). Shrunk towards 0 by its own error.
    """
    if not len(deviations):
        return np.zeros(deviations.shape[1])
    errors = np.maximum(errors, _LEAST_INDEX_ERROR)
    weights = 1 / errors
    away = ((deviations - weights @ deviations / weights.sum()) ** 2).mean(axis=1)
    excess = weights @ away - (len(weights) - 1)
    freedom = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(0.0, excess / freedom) if len(weights) > 1 else 0.0
    weights = 1 / (errors + between)
    shared: FloatArray = weights @ deviations / weights.sum()
    size = (shared**2).mean()
    return shared * max(0.0, 1 - 1 / (weights.sum() * size)) if size else shared


def _sums_around(values: FloatArray, reach: int) -> FloatArray:
    """Sums of the days around each day, as far as they are known."""
    count = values.shape[1]
    sums = np.concatenate(
        [np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1
    )
    place = np.arange(count)
    last = np.minimum(place + reach + 1, count)
    first = np.maximum(place - reach, 0)
    return np.asarray(sums[:, last] - sums[:, first])


def smooth(
    history: History, calendar: FloatArray, *, alphas: tuple[float, ...] = ALPHAS
) -> Smoothed:
    """Smooth each series with the weight that would have erred least.

    Parameters
    ----------
    calendar
        Index of each day, shape (series or 1, days + horizon).

    Notes
    -----
    One step per day for all series and weights at once. The errors of some days are
    computed together, because a call on small arrays costs more than its arithmetic.
    Nothing is forgotten on a day with an index of zero: such a day says nothing about
    the level.
    """
    values, alive, scored = history.recent_by_day
    first = history.day_count - len(values)
    index = calendar[:, first : history.day_count].T * alive
    shape = (len(alphas), values.shape[1])
    kept = 1 - np.array(alphas)[:, None]
    silent = index <= 0
    has_silent = np.asarray(silent.any(axis=1))
    # Weighted sums of the values and of the index.
    sums = np.zeros((2, *shape))
    sums[1] = _TINY
    added = np.stack([values, index], axis=1)[:, :, None]
    # Days that do not count have no error.
    counted, expected = values * scored, index * scored
    squares = np.zeros(shape)
    size = max(1, _BLOCK_VALUES // max(squares.size, 1))
    levels = np.empty((size, *shape))
    for start in range(0, len(values), size):
        days = slice(start, min(start + size, len(values)))
        for day in range(days.start, days.stop):
            np.divide(sums[0], sums[1], out=levels[day - start])
            sums *= np.where(silent[day], 1.0, kept) if has_silent[day] else kept
            sums += added[day]
        error = levels[: days.stop - start]
        error *= expected[days, None]
        error -= counted[days, None]
        squares += np.einsum("das,das->as", error, error)
    level = np.where(sums[1] > 2 * _TINY, sums[0] / sums[1], 0.0)
    # Of weights that err alike the smallest, whatever the rounding.
    best = (squares <= squares.min(axis=0) * (1 + 1e-9)).argmax(axis=0)
    rows = np.arange(shape[1])
    alpha = np.array(alphas)[best]
    life = np.minimum(history.life_days, len(values))
    # Mean age of a geometric weighting that is cut off at the series' birth.
    left = (1 - alpha) ** life
    age = (1 - alpha) / alpha - life * left / np.maximum(1 - left, _TINY)
    days = np.maximum(scored.sum(axis=0), 1)
    return Smoothed(
        level=level[best, rows],
        alpha=alpha,
        age=np.maximum(age, 0),
        squared_error=squares[best, rows] / days,
    )


def fit_line(history: History, calendar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares of ``y = m * (a + b * t)``; gives a (at the origin) and b.

    The slope is shrunk by its own standard error, so that a short or noisy series has
    none: b is multiplied by ``max(0, 1 - (se / b) ** 2)``.
    """
    time = np.arange(1 - history.day_count, 1, dtype="float64")
    index = calendar[:, : history.day_count] * history.alive
    timed = index * time
    ii = np.einsum("ij,ij->i", index, index)
    it = np.einsum("ij,ij->i", index, timed)
    tt = np.einsum("ij,ij->i", timed, timed)
    iy = np.einsum("ij,ij->i", index, history.cleaned)
    ty = np.einsum("ij,ij->i", timed, history.cleaned)
    yy = np.einsum("ij,ij->i", history.cleaned, history.cleaned)
    spread = ii * tt - it**2
    usable = (spread > 1e-9 * np.maximum(ii * tt, _TINY)) & (history.life_days >= 28)
    slope = np.where(usable, _ratio(ii * ty - it * iy, spread), 0.0)
    level = _ratio(iy - slope * it, ii)
    rest = np.maximum(yy - level * iy - slope * ty, 0)
    variance = _ratio(rest / np.maximum(history.life_days - 2, 1) * ii, spread)
    kept = np.clip(1 - _ratio(variance, slope**2), 0, 1)
    slope = slope * kept
    return _ratio(iy - slope * it, ii), slope


def panel_yearly_index(
    pooled: FloatArray, days: DayArray, *, pairs: int = 6, strength: float = 8.0
) -> FloatArray | None:
    """The year's course that a panel's series share.

    Parameters
    ----------
    pooled
        Shape (history days,), a weighted sum of the panel's series.
    days
        Days of the history and after, to which the index is given.
    pairs
        Pairs of Fourier terms.
    strength
        Ridge on the terms, growing with their frequency: a year's course is smooth.

    Returns
    -------
    numpy.ndarray or None
        Shape (len(days),), mean about 1 and at least .1; none when there are fewer
        than :data:`YEARLY_HISTORY_DAYS` days or no sales.

    Notes
    -----
    ``y = weekday * (a + b t) * (1 + fourier)`` with errors whose variance grows with
    the level, by alternating weighted ridge regressions.
    """
    count = len(pooled)
    if count < YEARLY_HISTORY_DAYS or pooled.sum() <= 0:
        return None
    values = pooled / pooled.mean()
    alone = History(
        values[None], values[None], np.ones((1, count)), days, np.zeros(len(days), bool)
    )
    base = alone.weekly_calendar[0, :count]
    waves = fourier_terms(days, pairs=pairs)
    time = np.arange(-count, 0) / YEAR_DAYS
    penalty = np.concatenate([[0, 0], np.repeat(np.arange(1.0, pairs + 1), 2)])
    trend = np.full(count, values.sum() / base.sum())
    found = np.zeros(2 + 2 * pairs)
    for _ in range(3):
        columns = np.column_stack(
            [np.ones(count), time, waves[:count] * trend[:, None]]
        )
        columns *= base[:, None]
        weighted = columns / trend[:, None]
        gram = weighted.T @ columns + np.diag(penalty * strength * trend.mean())
        found = np.linalg.lstsq(gram, weighted.T @ values, rcond=None)[0]
        trend = np.maximum(found[0] + found[1] * time, 0.1 * trend.mean())
    return np.maximum(1 + waves @ found[2:], 0.1)


# The models -----------------------------------------------------------------------


def mean(history: History) -> FloatArray:
    """Mean of all days of the series' life."""
    means = _ratio(history.values.sum(axis=1), history.life_days)
    return np.repeat(means[:, None], history.horizon, axis=1)


def naive(history: History) -> FloatArray:
    """The last day, repeated."""
    return np.repeat(history.values[:, -1:], history.horizon, axis=1)


def seasonal_naive(history: History) -> FloatArray:
    """The last week, repeated; the mean of a series younger than a week."""
    if history.day_count < 7:
        return mean(history)
    last_week = history.values[:, history.day_count - 7 :]
    repeated = last_week[:, np.arange(history.horizon) % 7]
    return np.where(history.life_days[:, None] >= 7, repeated, mean(history))


def weekday_mean(history: History) -> FloatArray:
    """Mean of the same weekday; of all days where a weekday never occurred."""
    one_hot = np.eye(7)[history.weekday[: history.day_count]]
    counts = history.alive @ one_hot
    means = np.where(
        counts > 0, _ratio(history.values @ one_hot, counts), mean(history)[:, :1]
    )
    return means[:, history.weekday[history.day_count :]]


def seasonal_naive_364(history: History) -> FloatArray:
    """The same weekday 52 weeks ago; NaN for a series that is younger."""
    if history.day_count < 364:
        return np.full((len(history.values), history.horizon), np.nan)
    last_year = history.values[:, history.day_count - 364 :]
    repeated = last_year[:, np.arange(history.horizon) % 364]
    return np.where(history.life_days[:, None] >= 364, repeated, np.nan)


def exponential_smoothing(history: History) -> FloatArray:
    """Smoothed level times the weekday index."""
    ahead = history.weekly_calendar[:, history.day_count :]
    return history.smoothed.level[:, None] * ahead


def damped_trend(history: History) -> FloatArray:
    """Brown's double smoothing; the trend loses two per cent of its rate a day.

    The weight of each series is the one of least squared error of one step. Level and
    slope follow from the two smoothed levels and their mean ages.
    """
    values, alive, scored = history.recent_by_day
    first = history.day_count - len(values)
    index = history.weekly_calendar[:, first : history.day_count].T * alive
    kept = 1 - np.array(TREND_ALPHAS)[:, None]
    shape = (len(TREND_ALPHAS), values.shape[1])
    # Sums of values and of weights, smoothed once and twice, and of weighted ages.
    sums = np.zeros((6, *shape))
    once, twice, ages, weights = sums[:2], sums[2:4], sums[4:], sums[1:4:2]
    weights += _TINY
    added = np.stack([values, index], axis=1)[:, :, None]
    counted, expected = values * scored, index * scored
    squares = np.zeros(shape)
    size = max(1, _BLOCK_VALUES // max(sums.size, 1))
    seen = np.empty((size, *sums.shape))
    for start in range(0, len(values), size):
        days = slice(start, min(start + size, len(values)))
        for day in range(days.start, days.stop):
            seen[day - start] = sums
            # Everything is a day older before the new day comes in at age zero.
            ages += weights
            sums *= kept
            ages[1] += ages[0]
            once += added[day]
            twice += once
        levels, slopes = _level_and_slope(seen[: days.stop - start])
        error = np.add(levels, slopes, out=levels)
        error *= expected[days, None]
        error -= counted[days, None]
        squares += np.einsum("das,das->as", error, error)
    levels, slopes = _level_and_slope(sums)
    best = squares.argmin(axis=0)
    rows = np.arange(shape[1])
    level, slope = levels[best, rows], slopes[best, rows]
    steps = np.cumsum(DAMPING ** np.arange(1, history.horizon + 1))
    # Less than four weeks are too short for a trend.
    slope = np.where(history.life_days >= 28, slope, 0.0)
    path = np.maximum(level[:, None] + slope[:, None] * steps, 0)
    path = np.where(history.life_days[:, None] >= 28, path, history.mean[:, None])
    return path * history.weekly_calendar[:, history.day_count :]


def _level_and_slope(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Level and slope of double smoothing from its six sums, third axis from last."""
    value1, weight1, value2, weight2, age1, age2 = (
        sums[..., place, :, :] for place in range(6)
    )
    level1, level2 = value1 / weight1, value2 / weight2
    first_age, second_age = age1 / weight1, age2 / weight2
    slope = (level1 - level2) / np.maximum(second_age - first_age, 1e-6)
    return level1 + slope * first_age, slope


def theta(history: History) -> FloatArray:
    """Theta method: the smoothed level with half the slope of a straight line.

    Assimakopoulos and Nikolopoulos 2000, doi:10.1016/S0169-2070(00)00066-2, in the form
    of Hyndman and Billah 2003 on the de-seasonalised series.
    """
    _, slope = history.line
    steps = np.arange(1, history.horizon + 1)
    drift = 0.5 * slope[:, None] * (steps + history.smoothed.age[:, None])
    path = np.maximum(history.smoothed.level[:, None] + drift, 0)
    return path * history.weekly_calendar[:, history.day_count :]


def teunter_syntetos_babai(history: History) -> FloatArray:
    """For intermittent demand: smoothed chance of a sale times the size of one.

    Teunter, Syntetos and Babai 2011, doi:10.1016/j.ejor.2011.05.018; both are smoothed
    by calendar time, the chance with the weight of least squared error. The chance
    follows the weekdays.
    """
    sold = (history.cleaned != 0).astype("float64")
    forgotten = (1 - 0.003) ** np.arange(history.day_count - 1, -1, -1)
    sizes = _ratio(history.cleaned @ forgotten, sold @ forgotten)
    chance = smooth(
        History(sold, sold, history.alive, history.days, history.holiday),
        history.ordinary_calendar,
        alphas=(0.001, 0.005, 0.02, 0.05, 0.15),
    ).level
    ahead = history.ordinary_calendar[:, history.day_count :]
    return (chance * sizes)[:, None] * ahead


def calendar_regression(history: History) -> FloatArray:
    """Regression on trend, holidays and, with the years, the season.

    It works on sales relative to the index of weekdays and events. From a year and a
    half on the months enter, from two years Fourier terms. With months, the parts
    multiply (see :func:`_multiplied_calendar`) and their product is the calendar of a
    smoothed level; a shorter history gets one additive ridge regression, in which
    noisy series come out as their mean.
    """
    columns, expected = _calendar_columns(history)
    if history.day_count >= MONTHS_HISTORY_DAYS:
        calendar = _multiplied_calendar(history, columns, expected)
        level = smooth(history, calendar).level
        return level[:, None] * calendar[:, history.day_count :]
    calendar = history.weekly_calendar
    usual = calendar[:, : history.day_count] * history.mean[:, None]
    # Next to a day that hardly sells, a ratio says nothing of the trend.
    usable = calendar[:, : history.day_count] > LEAST_INDEX
    ratio = np.where(usable, _ratio(history.cleaned, usual), 1.0) * history.alive
    fitted = np.maximum(_ridge(history, ratio, columns, expected), 0) * calendar
    return fitted[:, history.day_count :] * history.mean[:, None]


def _multiplied_calendar(
    history: History, columns: FloatArray, expected: FloatArray
) -> FloatArray:
    """Weekday index x straight line x course of the year, shape of (series, all days).

    The course is a ridge regression of the ratio of a day to weekday and line, on
    months, Fourier terms and holidays. Two rounds, because the line of a history that
    ends in its best season needs the course, and the course needs the line.
    """
    # The trend is in the line.
    kept = [0, *range(2, columns.shape[1])]
    known_days = history.day_count
    time = np.arange(1 - known_days, history.horizon + 1)
    time = np.minimum(time, TREND_DAYS)
    course = np.ones((1, len(history.days)))
    for _ in range(2):
        level, slope = fit_line(history, history.weekly_calendar * course)
        line = np.clip(1 + _ratio(slope, level)[:, None] * time, 0.1, 10.0)
        base = history.weekly_calendar * line
        usual = base[:, :known_days] * level[:, None]
        # Next to a weekday that hardly sells, a ratio says nothing of the season.
        usable = (base[:, :known_days] > 0.05) & (usual > 0)
        ratio = np.where(usable, _ratio(history.cleaned, usual), 1.0) * history.alive
        fitted = _ridge(history, ratio, columns[:, kept], expected[kept])
        course = np.maximum(fitted, 0.1)
    return np.asarray(base * course)


def _ridge(
    history: History, target: FloatArray, columns: FloatArray, expected: FloatArray
) -> FloatArray:
    """Fitted values of the days and of the horizon, shape (series, all days).

    The penalty of a series is its noise over the variance that is expected of a
    coefficient, in shares of the series' mean.

    Parameters
    ----------
    target
        Shape (series, days), relative to the mean; zero before a series begins.
    columns, expected
        From :func:`_calendar_columns`; the first is the constant, which is free.
    """
    known = columns[: history.day_count]
    moments = target @ known
    # One Gram matrix a birthday: series that began on the same day share theirs.
    births = (history.day_count - history.life_days).astype(int)
    starts, which = np.unique(births, return_inverse=True)
    edges = [*starts.tolist(), history.day_count]
    between = [known[low:high].T @ known[low:high] for low, high in pairwise(edges)]
    grams = np.cumsum(np.stack(between[::-1]), axis=0)[::-1]
    steady = _ratio(history.smoothed.squared_error, history.mean**2)
    # Never quite zero: a constant series must be solvable too.
    penalty = np.maximum(steady, 1e-3)[:, None] / expected**2
    penalty[:, 0] = 1e-6
    fitted = np.empty((len(target), len(columns)))
    # The matrices of all series at once would be large.
    for low in range(0, len(target), 512):
        part = slice(low, low + 512)
        systems = grams[which[part]] + penalty[part, :, None] * np.eye(len(expected))
        found = np.linalg.solve(systems, moments[part, :, None])[..., 0]
        fitted[part] = found @ columns.T
    return fitted


def _calendar_columns(history: History) -> tuple[FloatArray, FloatArray]:
    """Regressors, shape (days + horizon, columns), and how large each may be."""
    days, known = history.days, history.day_count
    time = (np.arange(len(days)) - known) / YEAR_DAYS
    # A trend goes on for a month, not for a year.
    trend = np.minimum(time, TREND_DAYS / YEAR_DAYS)
    columns = [np.ones((len(days), 1)), trend[:, None]]
    expected = [1e3, 0.3]
    holiday = history.holiday.astype("float64")
    if holiday[:known].any():
        columns += [holiday[:, None], np.append(holiday[1:], 0.0)[:, None]]
        expected += [0.3, 0.2]
    if known >= MONTHS_HISTORY_DAYS:
        columns.append(np.eye(12)[month_numbers(days)] - 1 / 12)
        expected += [0.2] * 12
    if known >= YEARLY_HISTORY_DAYS:
        columns.append(fourier_terms(days, pairs=4))
        expected += [0.3, 0.3, 0.2, 0.2, 0.15, 0.15, 0.1, 0.1]
    return np.concatenate(columns, axis=1), np.array(expected)


def yearly_smoothing(history: History) -> FloatArray:
    """Exponential smoothing with weekdays and the panel's course of the year."""
    calendar = history.yearly_calendar
    if calendar is None:
        return np.full((len(history.values), history.horizon), np.nan)
    level = smooth(history, calendar).level
    return level[:, None] * calendar[:, history.day_count :]


def yearly_trend(history: History) -> FloatArray:
    """The same around the series' own straight line."""
    calendar = history.yearly_calendar
    if calendar is None:
        return np.full((len(history.values), history.horizon), np.nan)
    level, slope = fit_line(history, calendar)
    time = np.arange(1 - history.day_count, history.horizon + 1)
    relative = np.clip(1 + _ratio(slope, level)[:, None] * time, 0.1, 10.0)
    with_trend = calendar * relative
    found = smooth(history, with_trend).level
    return found[:, None] * with_trend[:, history.day_count :]


PanelModel = Callable[[History], FloatArray]

#: Every panel model by its name.
PANEL_MODEL_FUNCTIONS: dict[str, PanelModel] = {
    function.__name__: function
    for function in (
        mean,
        naive,
        seasonal_naive,
        weekday_mean,
        seasonal_naive_364,
        exponential_smoothing,
        damped_trend,
        theta,
        teunter_syntetos_babai,
        calendar_regression,
        yearly_smoothing,
        yearly_trend,
    )
}
