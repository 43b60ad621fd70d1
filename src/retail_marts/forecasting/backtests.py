"""Runs the candidate models of a panel over its backtest windows and its future."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retail_marts.forecasting import metrics, selection
from retail_marts.forecasting.calendars import is_holiday, weekdays
from retail_marts.forecasting.events import Event, closed_by_events, event_days
from retail_marts.forecasting.grains import PERIOD_MODELS, PeriodHistory
from retail_marts.forecasting.intervals import Calibration, score_counts
from retail_marts.forecasting.panel_models import (
    PANEL_MODEL_FUNCTIONS,
    YEARLY_HISTORY_DAYS,
    History,
    PanelModel,
    panel_yearly_index,
)
from retail_marts.forecasting.panels import (
    Panel,
    Plan,
    cap_outliers,
    closed_weekdays,
)
from retail_marts.forecasting.registry import FitTask, Fitted
from retail_marts.forecasting.series_model import SeriesContext, SeriesForecast
from retail_marts.settings.forecasting import (
    BASELINES,
    CATEGORY_SHARE,
    COMBINATION,
    COSTLY_MODELS,
    MODEL_NAMES,
    PANEL_MODELS,
    RECONCILED,
    SERIES_MODELS,
    ForecastSettings,
)
from retail_marts.trials import lost_trial

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

#: Told of series that are done; a part of a series is one of its windows.
OnSeries = Callable[[float], None]

#: Series that are worked on at once: small enough for the processor's cache.
CHUNK = 1024

#: Days of one-step errors behind a series' noise.
NOISE_DAYS = 182

_MODEL_NEEDS = {
    "seasonal_naive_364": "needs 364 days before each origin",
    "yearly_smoothing": f"needs {YEARLY_HISTORY_DAYS} days before each origin",
    "yearly_trend": f"needs {YEARLY_HISTORY_DAYS} days before each origin",
}


#: Models whose forecasts know nothing of promotions and other events.
WITHOUT_EVENTS = (*BASELINES, "seasonal_naive_364", "teunter_syntetos_babai")


def _needs(name: str, panel: Panel) -> str:
    """Why a model has no forecast for some window of some series."""
    if name == "seasonal_naive" and not panel.grain.is_day:
        return f"needs {panel.grain.year} {panel.grain.name}s before each origin"
    return _MODEL_NEEDS.get(name, "no forecast for a window")


@dataclass
class Run:
    """All forecasts of one panel.

    Attributes
    ----------
    actual
        Shape (windows, series, horizon), NaN where a series is too young.
    backtest, future
        Model to forecasts, shape (windows, series, horizon) and (series, forecast
        horizon); NaN where a model gave none.
    closed, closed_future
        Whether a series is closed, by the weekday of a day or an event, as was known
        at the origin; shape (windows, series, horizon) and (series, forecast horizon).
    is_shared
        Whether the series have no models of their own, but shares of other forecasts.
    has_events
        Whether a day known ahead concerns each series, in its history or horizon.
    losses
        Model to its loss in each window, shape (windows, series).
    seconds, converged, reasons
        Model to the seconds of all its fits of a series, whether all converged, and
        a note on them; each of shape (series,).
    """

    panel: Panel
    plan: Plan
    origins: list[int]
    horizon: int
    non_negative: NDArray[np.bool_]
    uneven: NDArray[np.bool_]
    actual: FloatArray
    closed: NDArray[np.bool_]
    closed_future: NDArray[np.bool_]
    calibration: Calibration
    note: str | None = None
    is_shared: bool = False
    has_events: NDArray[np.bool_] | None = None
    backtest: dict[str, FloatArray] = field(default_factory=dict)
    future: dict[str, FloatArray] = field(default_factory=dict)
    losses: dict[str, FloatArray] = field(default_factory=dict)
    seconds: dict[str, FloatArray] = field(default_factory=dict)
    converged: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    reasons: dict[str, NDArray[np.object_]] = field(default_factory=dict)

    @property
    def floor(self) -> FloatArray:
        """What a forecast of each series cannot fall below."""
        return np.where(self.non_negative, 0.0, -np.inf)

    def add(
        self,
        name: str,
        backtest: FloatArray,
        future: FloatArray,
        *,
        seconds: FloatArray | None = None,
        converged: NDArray[np.bool_] | None = None,
        reasons: NDArray[np.object_] | None = None,
    ) -> None:
        """Take a model's forecasts, floored, with a reason where they are missing.

        On a closed day all but the baselines forecast nothing.
        """
        count = len(self.panel.series_ids)
        if name not in BASELINES:
            future = future * ~self.closed_future
            backtest = backtest * ~self.closed
        floor = self.floor[:, None]
        self.future[name] = np.maximum(future, floor)
        floored = np.maximum(backtest, floor)
        self.backtest[name] = np.where(np.isnan(self.actual), np.nan, floored)
        self.losses[name] = selection.window_losses(
            self.actual, self.backtest[name], self.uneven
        )
        complete = np.isfinite(self.future[name]).all(axis=1)
        known = np.isfinite(self.actual).all(axis=2)
        complete &= (np.isfinite(self.losses[name]) | ~known).all(axis=0)
        if reasons is None:
            reasons = np.full(count, None, dtype=object)
        empty = np.array([one is None for one in reasons])
        reasons = reasons.copy()
        reasons[~complete & empty] = _needs(name, self.panel)
        if self.note is not None:
            reasons[complete & empty] = self.note
        elif self.has_events is not None and name in WITHOUT_EVENTS:
            reasons[complete & empty & self.has_events] = (
                "uses no events, not even closed days"
                if name in BASELINES
                else "uses no events but closed days"
            )
        self.reasons[name] = reasons
        good = np.ones(count, dtype=bool) if converged is None else converged
        self.converged[name] = np.logical_and(good, complete)
        self.seconds[name] = np.zeros(count) if seconds is None else seconds

    def ranked_models(self) -> list[str]:
        """Models that may be chosen, the simpler first."""
        order = [*PANEL_MODELS, COMBINATION, *SERIES_MODELS, CATEGORY_SHARE, RECONCILED]
        return [name for name in order if name in self.losses]

    def scores(self, windows: slice) -> dict[str, FloatArray]:
        """Scores by some of the windows; by none of them, nothing is scored."""
        losses = {name: self.losses[name] for name in self.ranked_models()}
        return selection.scores(
            losses,
            self.uneven,
            noise=self.calibration.noise[0],
            windows=windows,
        )

    def choosing_scores(self, windows: slice) -> dict[str, FloatArray]:
        """Scores by which a model is chosen and ranked."""
        losses = {name: self.losses[name] for name in self.ranked_models()}
        return selection.handicapped(
            self.scores(windows),
            losses,
            self.uneven,
            noise=self.calibration.noise[0],
            windows=windows,
        )

    def chosen(self, windows: slice) -> NDArray[np.int64]:
        """Position in ``ranked_models()`` of each series' best model.

        A series without windows gets the weekday mean from two weeks on, else the
        mean; a series without models its share.
        """
        names = self.ranked_models()
        best = selection.best_models(self.choosing_scores(windows), names)
        if self.is_shared:
            simple = np.full(len(best), names.index(CATEGORY_SHARE))
        else:
            usual = "weekday_mean" if "weekday_mean" in names else "mean"
            weekly = self.panel.life_days >= 14
            simple = np.where(weekly, names.index(usual), names.index("mean"))
        return np.where(best >= 0, best, simple)

    def selected(
        self, name_positions: NDArray[np.int64], window: int | None
    ) -> FloatArray:
        """Forecasts of each series' own model for a window, or for the future."""
        result = np.full_like(
            self.future["mean"] if window is None else self.backtest["mean"][window],
            np.nan,
        )
        for position, name in enumerate(self.ranked_models()):
            rows = name_positions == position
            if rows.any():
                source = (
                    self.future[name] if window is None else self.backtest[name][window]
                )
                result[rows] = source[rows]
        return result


def start_run(
    panel: Panel,
    plan: Plan,
    *,
    horizon: int,
    sold: NDArray[np.bool_],
    settings: ForecastSettings,
    country: str | None,
    events: Sequence[Event] = (),
    note: str | None = None,
    on_series: OnSeries = lambda done: None,
) -> Run:
    """Run the panel models of a panel and their combination.

    Parameters
    ----------
    sold
        Whether any series of the business sold on each day.
    events
        The days known ahead that concern the panel.
    note
        The note of every model, for a panel without windows.
    on_series
        Told of series that are done, for signs of life.
    """
    day_count = len(panel.days)
    origins = plan.origins(day_count)
    # Returns may exceed a day's sales, but a negative quantity cannot be ordered.
    non_negative = np.asarray((panel.values >= 0).all(axis=1), dtype=bool)
    if panel.measure == "quantity":
        non_negative[:] = True
    first = origins[0] if origins else day_count
    actual = actual_values(panel, plan, settings)
    closed = np.empty(actual.shape, dtype=bool)
    for window, origin in enumerate(origins):
        closed[window] = _closed_ahead(panel, events, sold, origin, plan.horizon)
    wanted = settings.models[panel.series_level]
    names = [
        name
        for name in PANEL_MODELS
        if (name in wanted or name in BASELINES) and name in _functions(panel)
    ]
    points, noise, counts, seconds = _run_panel_models(
        panel,
        [*origins, day_count],
        [plan.horizon] * plan.count + [horizon],
        names,
        sold=sold,
        country=country,
        events=events,
        on_series=on_series,
    )
    idle = selection.idle_shares(panel.values, panel.births, first)
    variation = selection.size_variations(
        cap_outliers(panel.values), panel.births, first
    )
    run = Run(
        panel=panel,
        plan=plan,
        origins=origins,
        horizon=horizon,
        non_negative=non_negative,
        uneven=(idle > selection.INTERMITTENT_SHARE)
        | (variation > selection.ERRATIC_VARIATION),
        actual=actual,
        closed=closed,
        closed_future=_closed_ahead(panel, events, sold, day_count, horizon),
        calibration=Calibration(noise, idle, counts, few=panel.grain.few_scores),
        note=note,
        has_events=_concerned(panel, events, day_count + horizon),
    )
    share = np.ones(len(panel.values)) / len(panel.values)
    for name in names:
        backtest = np.stack(points[name][:-1]) if origins else np.empty_like(actual)
        run.add(name, backtest, points[name][-1], seconds=seconds[name] * share)
    if COMBINATION in wanted:
        started = perf_counter()
        _add_combination(run, names, started)
    return run


def actual_values(panel: Panel, plan: Plan, settings: ForecastSettings) -> FloatArray:
    """Values in the windows, shape (windows, series, horizon); NaN before a series."""
    actual = np.empty((plan.count, len(panel.values), plan.horizon))
    for window, origin in enumerate(plan.origins(len(panel.days))):
        ripe = origin - panel.births >= settings.min_training_days
        days = panel.values[:, origin : origin + plan.horizon]
        actual[window] = np.where(ripe[:, None], days, np.nan)
    return actual


def _concerned(
    panel: Panel, events: Sequence[Event], day_count: int
) -> NDArray[np.bool_]:
    """Whether a day of an event concerns each series, up to a day."""
    found = np.zeros(len(panel.series_ids), dtype=bool)
    for event in events:
        if (event.places < day_count).any():
            found |= event.rows
    return found


def _functions(panel: Panel) -> Mapping[str, PanelModel]:
    return PANEL_MODEL_FUNCTIONS if panel.grain.is_day else PERIOD_MODELS


def _closed_ahead(
    panel: Panel,
    events: Sequence[Event],
    sold: NDArray[np.bool_],
    origin: int,
    horizon: int,
) -> NDArray[np.bool_]:
    """Whether each series is closed on each day after an origin, as is known then."""
    by_event = closed_by_events(events, panel, sold, origin, horizon)
    weekday = weekdays(panel.dates(origin, origin + horizon))
    return by_event | _closed_weekdays(panel, sold, origin)[weekday]


def _closed_weekdays(
    panel: Panel, sold: NDArray[np.bool_], origin: int
) -> NDArray[np.bool_]:
    """Weekdays on which the business no longer opens at an origin, shape (7,)."""
    if not panel.grain.is_day:
        return np.zeros(7, dtype=bool)
    return closed_weekdays(sold[:origin], weekdays(panel.dates(0, origin)))


def _run_panel_models(
    panel: Panel,
    origins: list[int],
    horizons: list[int],
    names: list[str],
    *,
    sold: NDArray[np.bool_],
    country: str | None,
    events: Sequence[Event],
    on_series: OnSeries,
) -> tuple[dict[str, list[FloatArray]], FloatArray, FloatArray, dict[str, float]]:
    """Forecasts of each model and origin, noise, score counts, seconds a model."""
    count = len(panel.values)
    points = {
        name: [np.empty((count, horizon)) for horizon in horizons] for name in names
    }
    noise = np.zeros((len(origins), count))
    counts: list[FloatArray] = []
    seconds = dict.fromkeys(names, 0.0)
    yearly = {"yearly_smoothing", "yearly_trend"}.intersection(names)
    functions = _functions(panel)
    for position, (origin, horizon) in enumerate(zip(origins, horizons, strict=True)):
        days = panel.dates(0, origin + horizon)
        holiday = is_holiday(days, country if panel.grain.is_day else None)
        index = panel_yearly_index(_pooled(panel, origin), days) if yearly else None
        seen: FloatArray | None = None
        for low in range(0, count, CHUNK):
            part = slice(low, low + CHUNK)
            history = _history(
                panel,
                part,
                days,
                origin=origin,
                holiday=holiday,
                closed=_closed_weekdays(panel, sold, origin),
                events=events,
                yearly_index=index,
            )
            noise[position, part], scored = _recent_noise(history)
            seen = scored if seen is None else seen + scored
            for name in names:
                started = perf_counter()
                points[name][position][part] = functions[name](history)
                seconds[name] += perf_counter() - started
            on_series(len(history.values) / len(origins))
        assert seen is not None
        counts.append(seen)
    return points, noise, np.stack(counts), seconds


def _history(
    panel: Panel,
    part: slice,
    days: DayArray,
    *,
    origin: int,
    holiday: NDArray[np.bool_],
    closed: NDArray[np.bool_],
    events: Sequence[Event],
    yearly_index: FloatArray | None = None,
) -> History:
    """What lies before an origin, for some series of a panel."""
    values = panel.values[part, :origin]
    cleaned = cap_outliers(values)
    if closed.any():
        cleaned = np.where(closed[weekdays(days[:origin])], 0.0, cleaned)
    alive = np.arange(origin) >= panel.births[part, None]
    kind = History if panel.grain.is_day else PeriodHistory
    return kind(
        values=values,
        cleaned=cleaned,
        alive=alive.astype("float64"),
        days=days,
        holiday=holiday,
        yearly_index=yearly_index,
        events=event_days(events, part, len(days)),
        closed_weekdays=closed,
    )


def _pooled(panel: Panel, origin: int) -> FloatArray:
    """Sum of the series, each over its mean and weighed by how often it sells."""
    values = panel.values[:, :origin]
    means = values.sum(axis=1) / max(origin, 1)
    often = (values > 0).sum(axis=1) / max(origin, 1)
    weights = np.where(means > 0, often / np.where(means > 0, means, 1), 0.0)
    pooled: FloatArray = weights @ values
    return pooled


def _recent_noise(history: History) -> tuple[FloatArray, FloatArray]:
    """Root mean square of the recent one-step errors, and how their scores spread."""
    alpha = 0.05
    index = history.weekly_calendar[:, : history.day_count] * history.alive
    # Long before the recent days a weight of .05 has forgotten all.
    first = max(0, history.day_count - NOISE_DAYS - 100)
    levels = _smoothed_sums(history.cleaned[:, first:], alpha)
    weights = _smoothed_sums(index[:, first:], alpha)
    levels = levels / np.maximum(weights, 1e-12)
    error = history.cleaned[:, first + 1 :] - levels[:, :-1] * index[:, first + 1 :]
    age = history.life_days[:, None] + np.arange(first + 2 - history.day_count, 1)
    recent = np.minimum(14, history.life_days / 2)[:, None]
    kept = (age > recent) & (np.arange(error.shape[1]) >= error.shape[1] - NOISE_DAYS)
    days = kept.sum(axis=1)
    squares = np.einsum("ij,ij->i", error * kept, error)
    # A single day tells no error: it may be off by as much as it sold.
    unknown = np.abs(history.mean) if history.day_count == 1 else 0.0
    noise = np.sqrt(np.where(days > 0, squares / np.maximum(days, 1), unknown**2))
    scored = np.where(kept, error, np.nan)
    return noise, score_counts(scored, noise[:, None])


def _smoothed_sums(values: FloatArray, alpha: float) -> FloatArray:
    """Exponentially weighted sums along the days.

    What ``scipy.signal.lfilter`` does, whose import takes longer than most runs.
    """
    days = np.ascontiguousarray(values.T)
    sums = alpha * days
    for day in range(1, len(days)):
        sums[day] += (1 - alpha) * sums[day - 1]
    return np.ascontiguousarray(sums.T)


def _add_combination(run: Run, names: list[str], started: float) -> None:
    members = [name for name in names if name not in ("naive", "seasonal_naive")]
    losses = {name: run.losses[name] for name in members}
    backtest = np.empty_like(run.actual)
    for window in range(run.plan.count + 1):
        scored = (
            selection.scores(
                losses,
                run.uneven,
                noise=run.calibration.noise[0],
                windows=slice(0, window),
            )
            if window
            else None
        )
        if window == run.plan.count:
            future = selection.combine({n: run.future[n] for n in members}, scored)
        else:
            backtest[window] = selection.combine(
                {n: run.backtest[n][window] for n in members}, scored
            )
    spent = perf_counter() - started
    count = len(run.panel.series_ids)
    run.add(COMBINATION, backtest, future, seconds=np.full(count, spent / count))


def _series_models(
    panel: Panel,
    settings: ForecastSettings,
    arima_order: tuple[int, int, int] | None,
) -> list[str]:
    """Candidates of a level that take one series at a time.

    Without an order, the fixed ARIMA is none unless a setting names it: it would only
    fill the marts with rows without figures.
    """
    # They are made for days.
    wanted = settings.models[panel.series_level] if panel.grain.is_day else ()
    unasked = arima_order is None and wanted == MODEL_NAMES
    return [
        name
        for name in SERIES_MODELS
        if name in wanted and not (name == "arima_fixed" and unasked)
    ]


class SeriesFit(NamedTuple):
    """A fit of one series (its row in the panel) in one window.

    The window after the last is the future. The values are those without the effects
    of events, which ``ahead`` puts on the forecast again. A fit that ``waits`` is only
    needed if the model's first window does not stop it (:func:`stopped_models`).
    """

    series: int
    window: int
    task: FitTask
    ahead: FloatArray | None
    waits: bool

    def forecast(self, fitted: SeriesForecast) -> FloatArray:
        """What was fitted, with the effects of events."""
        return fitted.point if self.ahead is None else fitted.point * self.ahead


def series_fits(
    panel: Panel,
    plan: Plan,
    *,
    horizon: int,
    settings: ForecastSettings,
    arima_order: tuple[int, int, int] | None,
    in_full: Collection[str] = (),
    events: Sequence[Event] = (),
) -> list[SeriesFit]:
    """Fits of the models that take one series at a time.

    A series without windows is not fitted.

    Parameters
    ----------
    in_full
        Costly models whose fits never wait for that of the first window.
    """
    fits = []
    names = _series_models(panel, settings, arima_order)
    tried = set() if settings.run_all_models else {*COSTLY_MODELS} - {*in_full}
    started: set[int] = set()
    if not names or not plan.count:
        return []
    day_count = len(panel.days)
    for window, origin in enumerate([*plan.origins(day_count), day_count]):
        last = window == plan.count
        ahead = horizon if last else plan.horizon
        days = panel.dates(0, origin + ahead)
        holiday = np.zeros(len(days), dtype=bool)
        history = _history(
            panel,
            slice(None),
            days,
            origin=origin,
            holiday=holiday,
            closed=np.zeros(7, dtype=bool),
            events=events,
        )
        values, index = history.without_events(), history.event_index
        for series, birth in enumerate(panel.births):
            if not last and origin - birth < settings.min_training_days:
                continue
            context = SeriesContext(
                dates=days[birth:origin],
                future_dates=days[origin:],
                random_state=settings.random_state,
            )
            own = values[series, birth:].copy()
            effects = None if index is None else index[series, origin:]
            fits += [
                SeriesFit(
                    series,
                    window,
                    FitTask(name, own, ahead, context, arima_order),
                    effects,
                    waits=name in tried and series in started,
                )
                for name in names
            ]
            started.add(series)
    return fits


#: Reason by the place of a series in its run and the model.
Stopped = dict[tuple[int, str], str]


def stopped_models(
    run: Run, tried: Iterable[tuple[SeriesFit, Fitted]], waiting: Iterable[SeriesFit]
) -> Stopped:
    """Costly models that another model beats in their first window, with the reason.

    Parameters
    ----------
    run
        With its panel models, and no others.
    tried
        Fits that did not wait, with their results.
    waiting
        Fits that wait.
    """
    asked = {(fit.series, fit.task.model_name) for fit in waiting}
    stopped: Stopped = {}
    for fit, (result, _) in tried:
        key = (fit.series, fit.task.model_name)
        if key not in asked:
            continue
        at = (fit.window, fit.series)
        forecast = np.maximum(
            fit.forecast(result) * ~run.closed[at], run.floor[fit.series]
        )
        [[loss]] = selection.window_losses(
            run.actual[at][None, None], forecast[None, None], run.uneven[[fit.series]]
        )
        rivals = {name: losses[at] for name, losses in run.losses.items()}
        best = min(rivals, key=lambda name: np.nan_to_num(rivals[name], nan=np.inf))
        # A fit that failed has no loss. Its other windows show the reason, at no cost.
        if loss > rivals[best]:
            stopped[key] = lost_trial("window", loss, rivals[best], best)
    return stopped


def add_series_models(
    runs: list[Run],
    fits: list[list[tuple[SeriesFit, Fitted]]],
    stopped: list[Stopped],
    *,
    settings: ForecastSettings,
    arima_orders: Mapping[str, tuple[int, int, int]],
) -> None:
    """Add the models that take one series at a time to the runs.

    Parameters
    ----------
    fits
        For each run its fits with their results.
    stopped
        For each run the models that were stopped. They get the reason, and no
        forecasts: errors of one window are not those of all.
    """
    for run, done, ended in zip(runs, fits, stopped, strict=True):
        order = arima_orders.get(run.panel.business_id)
        for name in _series_models(run.panel, settings, order):
            count = len(run.panel.series_ids)
            backtest = np.full(run.actual.shape, np.nan)
            future = np.full((count, run.horizon), np.nan)
            seconds = np.zeros(count)
            converged = np.ones(count, dtype=bool)
            said: list[list[str]] = [[] for _ in range(count)]
            for fit, (result, spent) in done:
                if fit.task.model_name != name:
                    continue
                series, window = fit.series, fit.window
                seconds[series] += spent
                if (series, name) in ended:
                    continue
                point = fit.forecast(result)
                converged[series] &= result.converged
                if result.failure_reason and result.failure_reason not in said[series]:
                    said[series].append(result.failure_reason)
                if window == run.plan.count:
                    future[series] = point
                else:
                    backtest[window, series] = point
            reasons = np.array(
                [
                    ended.get((series, name)) or "; ".join(one)[:500] or None
                    for series, one in enumerate(said)
                ],
                dtype=object,
            )
            if not run.plan.count:
                reasons[:] = run.note
            run.add(
                name,
                backtest,
                future,
                seconds=seconds,
                converged=converged,
                reasons=reasons,
            )


def point_errors(
    run: Run, name: str, scales: tuple[FloatArray, FloatArray]
) -> dict[str, FloatArray]:
    """All point errors of a model of a run, each of shape (series,)."""
    return metrics.errors_by_series(
        run.actual,
        run.backtest[name],
        absolute_scale=scales[0],
        squared_scale=scales[1],
    )
