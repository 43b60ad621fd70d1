"""Forecasts, accuracy, backtests and monthly totals of all series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.forecasting import intervals, metrics, selection
from retail_marts.forecasting.backtests import (
    Run,
    SeriesFit,
    add_series_models,
    point_errors,
    series_fits,
    start_run,
    stopped_models,
)
from retail_marts.forecasting.events import Event, check_events, panel_events
from retail_marts.forecasting.hierarchies import add_top_down
from retail_marts.forecasting.kinship import Kinship, check_hierarchy
from retail_marts.forecasting.panels import (
    Panel,
    Plan,
    backtest_plan,
    build_panels,
    check_series,
    horizon_days,
)
from retail_marts.forecasting.registry import Fitted, Gather, fitting
from retail_marts.forecasting.schemas import (
    ACCURACY,
    BACKTEST,
    FORECASTS,
    SUMMARY,
    ForecastResult,
)
from retail_marts.forecasting.shares import Split, left_out, split_business
from retail_marts.frames import Schema, conform
from retail_marts.progress import Progress
from retail_marts.settings.forecasting import (
    BASELINES,
    RECONCILED,
    ForecastSettings,
)

FloatArray = NDArray[np.float64]

#: Column name to an array, all of one length.
Columns = dict[str, Any]


def forecast_series(
    series: pd.DataFrame,
    *,
    settings: ForecastSettings | None = None,
    countries: Mapping[str, str | None] | None = None,
    arima_orders: Mapping[str, tuple[int, int, int]] | None = None,
    models_in_full: Mapping[str, Sequence[str]] | None = None,
    hierarchy: pd.DataFrame | None = None,
    grains: Mapping[str, str] | None = None,
    events: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> ForecastResult:
    """Forecast every series with every candidate, and measure all of them.

    Parameters
    ----------
    series
        One row per business, measure, series and day (:data:`schemas.SERIES`), in any
        order. Days without a row are days without sales; the first of a series is its
        birth, the last of a business its data end. Values in the measure's own unit.
    settings
        How to forecast.
    countries
        Business to ISO country code, whose holidays enter the calendar regression;
        none for a business of no one country.
    arima_orders
        Business to the (p, d, q) of its fixed ARIMA.
    models_in_full
        Business to its costly models that are measured in all windows, whatever their
        error in the first.
    hierarchy
        One row per ``business_id`` and ``product_id`` with ``category`` and
        ``sub_category`` (may be null): how products add up. Without it, products
        add up to the total directly.
    grains
        Business to ``day``, ``week`` or ``month``: the length of the periods that it is
        forecast in. That of a business without one is noticed.
    events
        Days known ahead (:data:`schemas.EVENTS`), such as promotions and closures, in
        the history and after it.
    progress
        Is told how far the work is, and which series are shared out.

    Returns
    -------
    ForecastResult
        Four frames, sorted by their keys. All but ``fit_seconds`` are the same for the
        same input.

    Raises
    ------
    InputError
        When the series, the hierarchy or the events lack a column or hold what cannot
        be used.
    """
    settings = settings or ForecastSettings()
    check_series(series)
    check_hierarchy(hierarchy)
    if events is not None:
        check_events(events)
    places = dict(countries or {})
    orders = dict(arima_orders or {})
    splits = [
        split
        for business_id, measures in groupby(
            build_panels(series, grains or {}), key=lambda panels: panels[0].business_id
        )
        for split in split_business(
            list(measures), Kinship.of(hierarchy, business_id), settings
        )
    ]
    planned = [_planned(split, events) for split in splits]
    # The largest frame of all; the panels hold its values.
    del series
    # The fits of one series at a time go on in other processes while this one works on
    # whole levels.
    fits = [
        series_fits(
            one.panel,
            one.plan,
            horizon=one.horizon,
            settings=split.settings,
            arima_order=orders.get(one.panel.business_id),
            in_full=(models_in_full or {}).get(one.panel.business_id, ()),
            events=one.events,
        )
        for plans, split in zip(planned, splits, strict=True)
        for one in plans
    ]
    at_once = [[fit for fit in own if not fit.waits] for own in fits]
    waiting = [[fit for fit in own if fit.waits] for own in fits]
    parts = _Parts()
    progress = progress or Progress()
    with fitting(workers=settings.workers, on_fits=progress.step) as start:
        gather = start([fit.task for own in at_once for fit in own])
        counts = [len(one.panel.series_ids) for plans in planned for one in plans]
        progress.start("series", sum(counts))
        groups = [
            [
                start_run(
                    one.panel,
                    one.plan,
                    horizon=one.horizon,
                    sold=split.sold,
                    settings=split.settings,
                    country=places.get(one.panel.business_id),
                    events=one.events,
                    note=one.note,
                    on_series=partial(progress.step, where=one.panel.business_id),
                )
                for one in plans
            ]
            for plans, split in zip(planned, splits, strict=True)
        ]
        all_runs = [run for runs in groups for run in runs]
        done = _with_results(at_once, gather)
        stopped = [
            stopped_models(*one) for one in zip(all_runs, done, waiting, strict=True)
        ]
        going_on = [
            [fit for fit in own if (fit.series, fit.task.model_name) not in ended]
            for own, ended in zip(waiting, stopped, strict=True)
        ]
        later = _with_results(
            going_on, start([fit.task for own in going_on for fit in own])
        )
        add_series_models(
            all_runs,
            [[*first, *rest] for first, rest in zip(done, later, strict=True)],
            stopped,
            settings=settings,
            arima_orders=orders,
        )
        progress.start("businesses and measures added up", len(groups))
        for runs, split in zip(groups, splits, strict=True):
            for run in [*runs, *add_top_down(runs, split)]:
                _add_results(parts, run, split.settings)
                # The largest arrays of all, no longer needed.
                run.backtest.clear()
                run.future.clear()
            progress.step(1, split.modelled[0].business_id)
    for business_id, reason in left_out(splits):
        progress.leave_out(business_id, reason)
    return ForecastResult(
        backtest=_stack(parts.backtest, BACKTEST),
        forecasts=_stack(parts.forecasts, FORECASTS),
        accuracy=_stack(parts.accuracy, ACCURACY),
        summary=_stack(parts.summary, SUMMARY),
    )


@dataclass(frozen=True)
class _Parts:
    """Columns of the result's frames, a part per run and model."""

    forecasts: list[Columns] = field(default_factory=list)
    accuracy: list[Columns] = field(default_factory=list)
    backtest: list[Columns] = field(default_factory=list)
    summary: list[Columns] = field(default_factory=list)


@dataclass(frozen=True)
class _Planned:
    """Series of a panel that share their windows, with a note for all their rows."""

    panel: Panel
    plan: Plan
    horizon: int
    note: str | None
    events: list[Event]


def _with_results(
    fits: list[list[SeriesFit]], gather: Gather
) -> list[list[tuple[SeriesFit, Fitted]]]:
    results = iter(gather())
    return [[(fit, next(results)) for fit in own] for own in fits]


def _planned(split: Split, events: pd.DataFrame | None) -> list[_Planned]:
    """Windows of the series of one business and measure.

    One part of each panel for the series that share the business's windows, and one for
    each other length of history.
    """
    settings = split.settings
    needed = settings.min_training_days + min(7, settings.backtest_horizon_days)
    parts = []
    for panel in split.modelled:
        unit = panel.grain.name
        too_short = f"too short for a backtest, which needs {needed} {unit}s of history"
        plan = backtest_plan(len(panel.days), settings)
        own = [
            _plan_of(int(life), plan, len(panel.days), settings)
            for life in panel.life_days
        ]
        for one in sorted(set(own), key=lambda p: (p != plan, -p.horizon, -p.count)):
            chosen = np.array([i for i, other in enumerate(own) if other == one])
            part = panel.take(chosen)
            parts.append(
                _Planned(
                    panel=part,
                    plan=one,
                    horizon=horizon_days(panel.days[-1], settings),
                    note=None if one.count else too_short,
                    events=panel_events(events, part, split.kinship, settings),
                )
            )
    return parts


def _plan_of(
    life_days: int, plan: Plan, day_count: int, settings: ForecastSettings
) -> Plan:
    """The business's windows when the series is old enough for the last of them."""
    if plan.count and life_days - plan.horizon >= settings.min_training_days:
        return plan
    return backtest_plan(life_days, settings)


def _add_results(parts: _Parts, run: Run, settings: ForecastSettings) -> None:
    """Add what a run found to the parts of the result's frames."""
    names = [*run.ranked_models()]
    count = len(run.panel.series_ids)
    ranked = run.scores(slice(0, run.plan.count)) if run.plan.count else {}
    best = run.chosen(slice(0, run.plan.count))
    ranks = (
        selection.rank_models(run.choosing_scores(slice(0, run.plan.count)))
        if ranked
        else {name: np.full(count, np.nan) for name in names}
    )
    detailed = _detailed_models(run, names, best, ranked, settings)
    scales = (
        metrics.seasonal_scales(
            run.panel.values,
            run.panel.births,
            run.origins,
            season=run.panel.grain.scale_season,
        )
        if run.origins
        else (np.empty((0, count)), np.empty((0, count)))
    )
    errors = {name: _errors(run, name, scales) for name in names}
    baseline = _best_baselines(run, errors)
    for position, name in enumerate(names):
        window_bounds, future_bounds = intervals.model_bounds(
            actual=run.actual,
            backtest=run.backtest[name],
            future=run.future[name],
            calibration=run.calibration,
            floor=run.floor,
            closed=run.closed,
            closed_future=run.closed_future,
        )
        is_best = best == position
        parts.accuracy.append(
            _accuracy(
                run,
                name,
                errors=errors[name],
                bounds=window_bounds,
                ranks=ranks,
                beats=_beats(run, name, errors, baseline),
                is_best=is_best,
            )
        )
        rows = np.flatnonzero(
            detailed[name] & np.isfinite(run.future[name]).all(axis=1)
        )
        parts.forecasts.append(_forecasts(run, name, rows, future_bounds, is_best))
        parts.summary.extend(_summary(run, name, rows, is_best))
        if run.is_shared and count > settings.detail_series_limit:
            continue
        rows = np.flatnonzero(detailed[name])
        parts.backtest.append(_backtest(run, name, rows, window_bounds, is_best))


def _detailed_models(
    run: Run,
    names: list[str],
    best: NDArray[np.int64],
    ranked: Mapping[str, FloatArray],
    settings: ForecastSettings,
) -> dict[str, NDArray[np.bool_]]:
    """Series of each model whose days are kept."""
    count = len(run.panel.series_ids)
    if count <= settings.detail_series_limit:
        return {name: np.ones(count, dtype=bool) for name in names}
    naive = np.zeros(count, dtype=np.int64)
    baselines = [name for name in BASELINES if name in names]
    if ranked and baselines:
        table = np.stack([np.nan_to_num(ranked[n], nan=np.inf) for n in baselines])
        naive = table.argmin(axis=0)
    kept = {name: best == position for position, name in enumerate(names)}
    for position, name in enumerate(baselines):
        kept[name] = kept[name] | (naive == position)
    if RECONCILED in kept:
        kept[RECONCILED] = np.ones(count, dtype=bool)
    return kept


def _errors(
    run: Run, name: str, scales: tuple[FloatArray, FloatArray]
) -> dict[str, FloatArray]:
    """Point errors of a model; NaN without a window."""
    if run.plan.count:
        return point_errors(run, name, scales)
    count = len(run.panel.series_ids)
    return {
        **dict.fromkeys(metrics.ERRORS, np.full(count, np.nan)),
        "mape_skipped_count": np.zeros(count),
    }


def _stated_loss(run: Run, errors: Mapping[str, FloatArray]) -> FloatArray:
    """The error of each series that models are compared by, as the marts show it."""
    return np.where(run.uneven, errors["rmse"], errors["mae"])


def _baselines_of(run: Run) -> list[str]:
    """Baselines among the candidates: none for a share of another forecast."""
    return [name for name in BASELINES if name in run.losses]


def _best_baselines(
    run: Run, errors: Mapping[str, Mapping[str, FloatArray]]
) -> NDArray[np.int64]:
    """Position in :func:`_baselines_of` of the one with the least stated loss."""
    names = _baselines_of(run)
    if not names:
        return np.zeros(len(run.panel.series_ids), dtype=np.int64)
    table = np.stack([_stated_loss(run, errors[name]) for name in names])
    best: NDArray[np.int64] = np.nan_to_num(table, nan=np.inf).argmin(axis=0)
    return best


def _beats(
    run: Run,
    name: str,
    errors: Mapping[str, Mapping[str, FloatArray]],
    baseline: NDArray[np.int64],
) -> Any:
    """Whether a model has a lower stated loss than the best baseline, beyond chance.

    The loss over all days must be lower, which is what the marts show, and the paired
    differences of the windows must be more than chance. Missing without a loss.
    """
    rows = np.arange(len(baseline))
    names = _baselines_of(run)
    if not names:
        return pd.array([None] * len(rows), dtype="boolean")
    losses = np.stack([run.losses[one] for one in names])[baseline, :, rows].T
    stated = np.stack([_stated_loss(run, errors[one]) for one in names])
    rival, own = stated[baseline, rows], _stated_loss(run, errors[name])
    compared = np.isfinite(own) & np.isfinite(rival)
    lower = np.where(compared, own, 0.0) < np.where(compared, rival, 0.0)
    beats = lower & selection.beats_beyond_chance(run.losses[name], losses)
    # A baseline is what the others are compared with, even where it is the best by far.
    beats &= name not in BASELINES
    return pd.arrays.BooleanArray(beats, ~compared)


def _keys(run: Run, name: str, rows: NDArray[np.int64], repeats: int) -> Columns:
    panel = run.panel
    size = len(rows) * repeats
    ids = pd.array(panel.series_ids, dtype="string").take(np.repeat(rows, repeats))
    return {
        "business_id": _constant(panel.business_id, size),
        "measure": _constant(panel.measure, size),
        "series_level": _constant(panel.series_level, size),
        "series_id": ids,
        "model_name": _constant(name, size),
    }


def _constant(text: str, size: int) -> object:
    return pd.array([text], dtype="string").take(np.zeros(size, dtype=np.int64))


def _forecasts(
    run: Run,
    name: str,
    rows: NDArray[np.int64],
    bounds: Mapping[str, FloatArray],
    is_best: NDArray[np.bool_],
) -> Columns:
    horizon = run.horizon
    count = len(run.panel.days)
    ahead = run.panel.dates(count, count + horizon).astype("datetime64[us]")
    last = ahead[0] - np.timedelta64(1, "D")
    return {
        **_keys(run, name, rows, horizon),
        "forecast_origin_date": np.full(len(rows) * horizon, last),
        "forecast_date": np.tile(ahead, len(rows)),
        "forecast_value": run.future[name][rows].ravel(),
        **{bound: values[rows].ravel() for bound, values in bounds.items()},
        "is_best_model": np.repeat(is_best[rows], horizon),
        "is_shared": np.full(len(rows) * horizon, run.is_shared),
        "grain": _constant(run.panel.grain.name, len(rows) * horizon),
    }


def _backtest(
    run: Run,
    name: str,
    rows: NDArray[np.int64],
    bounds: Mapping[str, FloatArray],
    is_best: NDArray[np.bool_],
) -> Columns:
    count, horizon = run.plan.count, run.plan.horizon
    repeats = count * horizon

    def flat(values: FloatArray) -> FloatArray:
        return values[:, rows].transpose(1, 0, 2).ravel()

    starts = np.array(run.origins, dtype=np.int64)
    dates = run.panel.dates(0, len(run.panel.days) + 1).astype("datetime64[us]")
    days = dates[(starts[:, None] + np.arange(horizon)).ravel()]
    before = dates[np.repeat(starts, horizon)] - np.timedelta64(1, "D")
    columns = {
        **_keys(run, name, rows, repeats),
        "window_id": np.tile(np.repeat(np.arange(1, count + 1), horizon), len(rows)),
        "forecast_origin_date": np.tile(before, len(rows)),
        "sales_date": np.tile(days, len(rows)),
        "actual_value": flat(run.actual),
        "forecast_value": flat(run.backtest[name]),
        **{bound: flat(values) for bound, values in bounds.items()},
        "is_best_model": np.repeat(is_best[rows], repeats),
    }
    known = ~np.isnan(columns["forecast_value"] + columns["actual_value"])
    if known.all():
        return columns
    return {name: values[known] for name, values in columns.items()}


def _summary(
    run: Run, name: str, rows: NDArray[np.int64], is_best: NDArray[np.bool_]
) -> list[Columns]:
    count = len(run.panel.days)
    ahead = run.panel.dates(count, count + run.horizon)
    months, which = np.unique(ahead.astype("datetime64[M]"), return_inverse=True)
    own, shared, freedom = intervals.total_spread(
        actual=run.actual, backtest=run.backtest[name], calibration=run.calibration
    )
    parts = []
    for position, month in enumerate(months):
        days = run.future[name][rows][:, which == position]
        total = days.sum(axis=1)
        bounds = intervals.total_bounds(
            total,
            day_count=days.shape[1],
            own=own[rows],
            shared=shared[rows],
            freedom=freedom,
            floor=run.floor[rows],
        )
        parts.append(
            {
                **_keys(run, name, rows, 1),
                "month_start_date": np.full(len(rows), month.astype("datetime64[us]")),
                "day_count": np.full(len(rows), days.shape[1]),
                "total": total,
                **bounds,
                "mean": days.mean(axis=1),
                "median": np.median(days, axis=1),
                "minimum": days.min(axis=1),
                "maximum": days.max(axis=1),
                "is_best_model": is_best[rows],
            }
        )
    return parts


def _accuracy(
    run: Run,
    name: str,
    *,
    errors: Mapping[str, FloatArray],
    bounds: Mapping[str, FloatArray],
    ranks: Mapping[str, FloatArray],
    beats: Any,
    is_best: NDArray[np.bool_],
) -> Columns:
    count = len(run.panel.series_ids)
    rows = np.arange(count)
    missing = np.full(count, np.nan)
    windows = np.isfinite(run.losses[name]).sum(axis=0)
    trained = _shortest_training(run)
    return {
        **_keys(run, name, rows, 1),
        "window_count": windows,
        "horizon_days": np.full(count, run.plan.horizon),
        "training_days_min": trained,
        **errors,
        **{
            f"coverage_{level}": intervals.coverage(
                run.actual, bounds[f"lower_{level}"], bounds[f"upper_{level}"]
            )
            if run.plan.count
            else missing
            for level in (80, 95)
        },
        "fit_seconds": run.seconds[name],
        "converged": run.converged[name],
        "failure_reason": pd.array(list(run.reasons[name]), dtype="string"),
        "loss_name": pd.array(np.where(run.uneven, "rmse", "mae"), dtype="string"),
        "is_baseline": np.full(count, name in BASELINES),
        "beats_baseline": beats,
        "model_rank": pd.array(
            [None if np.isnan(rank) else int(rank) for rank in ranks[name]],
            dtype="Int64",
        ),
        "is_best_model": is_best,
        "is_shared": np.full(count, run.is_shared),
        "grain": _constant(run.panel.grain.name, count),
    }


def _shortest_training(run: Run) -> NDArray[np.int64]:
    """Days before the first window that each series has; its life without one."""
    result = run.panel.life_days.copy()
    for window in range(run.plan.count - 1, -1, -1):
        had = np.isfinite(run.actual[window, :, 0])
        result = np.where(had, run.origins[window] - run.panel.births, result)
    return result


def _stack(parts: list[Columns], schema: Schema) -> pd.DataFrame:
    """Stack parts into one frame, and empty them.

    Column by column, so that only one column is in memory twice at a time.
    """
    columns = {
        name: _joined([part.pop(name) for part in parts])
        if parts
        else pd.Series(dtype=kind)
        for name, kind in schema.items()
    }
    return conform(pd.DataFrame(columns, copy=False), schema)


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return pd.concat([pd.Series(part) for part in parts], ignore_index=True)
