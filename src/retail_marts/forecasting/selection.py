"""The rule that selects the best model of a series.

**The rule.** A model's loss in a window is its mean absolute error; of an uneven series
its root mean squared error. A series is uneven when demand is intermittent (more than
half of the days of its last year without a sale) or erratic (the sizes of its days vary
by more than :data:`ERRATIC_VARIATION`): absolute errors are least for the median, which
of such series is far below the mean, or nothing at all, and a month of medians is less
than what the month sells. The losses of a series' windows are averaged, divided by the
series' noise, and shrunk towards the mean of that figure over all series of the panel
of the same kind (uneven or not). That mean counts as :data:`PANEL_WINDOWS` windows,
because a few windows of one product are little evidence. The smallest figure wins; of
equal ones the simpler model.

Two kinds of models must win by more than luck (:func:`handicapped`): those that copy
past days, and, in a panel of few series, those that know no more of the year than
exponential smoothing does.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]

#: Windows that the panel's experience of a model counts as.
PANEL_WINDOWS = 8.0

#: Share of idle days above which demand is intermittent.
INTERMITTENT_SHARE = 0.5

#: Squared coefficient of variation of the days with sales above which demand is erratic
#: (Syntetos, Boylan and Croston 2005, doi:10.1057/palgrave.jors.2601841).
ERRATIC_VARIATION = 0.49

#: Least number of days with sales from which their variation is estimated.
_VARIATION_DAYS = 14

#: Models that repeat past days, including their noise.
COPIES = ("naive", "seasonal_naive", "seasonal_naive_364")

#: Finds from the whole history of a series how fast its level moves, which a few
#: windows cannot tell.
LEVEL_MODEL = "exponential_smoothing"

#: Chance by which a model may seem to beat a baseline.
CHANCE = 0.05

#: How fast a combination's weights fall with the score.
COMBINATION_POWER = 10.0

#: Members of a combination as long as no window gives weights.
FIRST_MEMBERS = (
    "exponential_smoothing",
    "theta",
    "calendar_regression",
    "weekday_mean",
)

#: Preferred to the first members where the history allows them.
FIRST_YEARLY_MEMBERS = ("yearly_smoothing", "yearly_trend")

#: Models with the season of a year, once the history holds one.
YEARLY_MODELS = (*FIRST_YEARLY_MEMBERS, "calendar_regression")


def idle_shares(
    values: FloatArray, births: NDArray[np.int64], origin: int
) -> FloatArray:
    """Share of the days of the last year before an origin that had no sale."""
    recent = _last_year(values, births, origin)
    days = recent.sum(axis=1)
    sold = ((values != 0) & recent).sum(axis=1)
    return np.where(days > 0, 1 - sold / np.maximum(days, 1), 0.0)


def size_variations(
    values: FloatArray, births: NDArray[np.int64], origin: int
) -> FloatArray:
    """Squared coefficient of variation of the sizes of days with sales.

    Of the last year before an origin; zero where there are too few days.
    """
    sold = (values != 0) & _last_year(values, births, origin)
    days = sold.sum(axis=1)
    mean = np.where(sold, values, 0.0).sum(axis=1) / np.maximum(days, 1)
    spread = np.where(sold, values - mean[:, None], 0.0)
    variance = np.einsum("ij,ij->i", spread, spread) / np.maximum(days - 1, 1)
    usable = (days >= _VARIATION_DAYS) & (mean != 0)
    return np.where(usable, variance / np.where(usable, mean, 1.0) ** 2, 0.0)


def _last_year(
    values: FloatArray, births: NDArray[np.int64], origin: int
) -> NDArray[np.bool_]:
    recent = np.arange(values.shape[1]) >= np.maximum(births, origin - 365)[:, None]
    recent[:, origin:] = False
    return recent


def window_losses(
    actual: FloatArray, forecast: FloatArray, uneven: NDArray[np.bool_]
) -> FloatArray:
    """Loss of each window, shape (windows, series); NaN where there is none."""
    error = actual - forecast
    days = max(error.shape[2], 1)
    absolute = np.abs(error).sum(axis=2) / days
    squared = np.sqrt(np.einsum("kih,kih->ki", error, error) / days)
    losses: FloatArray = np.where(uneven, squared, absolute)
    return losses


def scores(
    losses: Mapping[str, FloatArray],
    uneven: NDArray[np.bool_],
    *,
    noise: FloatArray,
    windows: slice,
    panel_windows: float = PANEL_WINDOWS,
) -> dict[str, FloatArray]:
    """Score of each model by some of the windows, shape (series,), smaller is better.

    Parameters
    ----------
    losses
        From :func:`window_losses`.
    noise
        Root mean square of each series' one-step errors before the first window.

    Returns
    -------
    dict of numpy.ndarray
        NaN for a model that lacks a window which the series has, and for a series
        without windows.
    """
    names = list(losses)
    chosen = np.stack([losses[name][windows] for name in names])
    finite = np.isfinite(chosen)
    had = finite.any(axis=0)
    complete = np.asarray((finite | ~had).all(axis=1) & had.any(axis=0), dtype=bool)
    count = had.sum(axis=0)
    mean = np.where(finite, chosen, 0.0).sum(axis=1) / np.maximum(count, 1)
    rivals = np.maximum(complete.sum(axis=0), 1)
    typical = np.where(complete, mean, 0.0).sum(axis=0) / rivals
    # A series without noise before the first window is measured by its own errors.
    unit = np.where(noise > 0, noise, np.where(typical > 0, typical, 1.0))
    own = np.where(complete, mean / unit, np.nan)
    drawn = np.empty_like(own)
    for kind in (False, True):
        alike = uneven if kind else ~uneven
        if not alike.any():
            continue
        known = complete[:, alike].sum(axis=1)
        panel = np.nan_to_num(own[:, alike]).sum(axis=1) / np.maximum(known, 1)
        drawn[:, alike] = (
            count[alike] * own[:, alike] + panel_windows * panel[:, None]
        ) / (count[alike] + panel_windows)
    return dict(zip(names, drawn, strict=True))


def handicapped(
    scored: Mapping[str, FloatArray],
    losses: Mapping[str, FloatArray],
    uneven: NDArray[np.bool_],
    *,
    noise: FloatArray,
    windows: slice,
) -> dict[str, FloatArray]:
    """Scores by which models are chosen: some carry a standard error.

    A copy must beat the best model that is no copy by the standard error of their
    difference (the one-standard-error rule of Breiman et al. 1984): in a few windows a
    copied week may look best by luck. In the same way a level that is too fixed, or a
    trend, may look best in the few windows of a series that has no others beside it.
    There all models must beat :data:`LEVEL_MODEL` by the standard error over the root
    of the number of series of the same kind, so that a large panel decides by its own
    experience. :data:`YEARLY_MODELS` need not, where the history holds a year.

    Parameters
    ----------
    scored
        From :func:`scores`, by the same windows.

    Returns
    -------
    dict of numpy.ndarray
        Shape (series,). Of a single window the error is the whole difference.
    """
    others = [name for name in scored if name not in COPIES]
    result = dict(scored)
    if not others:
        return result
    # A series without noise before the first window is measured by its own errors.
    unit = np.where(noise > 0, noise, 1.0)

    def error(name: str, against: FloatArray) -> FloatArray:
        gap = (losses[name][windows] - against) / unit
        mean, deviation, count = _mean_and_error(gap)
        return np.where(count > 1, deviation, np.abs(mean))

    if LEVEL_MODEL in scored:
        alike = np.where(uneven, uneven.sum(), (~uneven).sum())
        reference = losses[LEVEL_MODEL][windows]
        has_year = np.zeros(len(noise), dtype=bool)
        for name in FIRST_YEARLY_MEMBERS:
            has_year |= np.isfinite(scored.get(name, np.nan))
        for name in others:
            if name != LEVEL_MODEL:
                added = error(name, reference) / np.sqrt(alike)
                exempt = has_year & (name in YEARLY_MODELS)
                result[name] = scored[name] + np.where(exempt, 0.0, added)
    table = np.stack([np.nan_to_num(scored[name], nan=np.inf) for name in others])
    rival = table.argmin(axis=0)
    against = np.stack([losses[name][windows] for name in others])
    against = against[rival, :, np.arange(len(rival))].T
    for name in COPIES:
        if name in scored:
            result[name] = scored[name] + error(name, against)
    return result


def _mean_and_error(
    gaps: FloatArray,
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Mean over the windows, its standard error, and the number of windows."""
    known = np.isfinite(gaps)
    count = known.sum(axis=0)
    gaps = np.where(known, gaps, 0.0)
    mean = gaps.sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(known, gaps - mean, 0.0) ** 2).sum(axis=0)
    error = np.sqrt(squares / np.maximum(count - 1, 1) / np.maximum(count, 1))
    return mean, error, count


def beats_beyond_chance(losses: FloatArray, baseline: FloatArray) -> NDArray[np.bool_]:
    """Whether a model's losses are below those of a baseline by more than chance.

    The one-sided t test at :data:`CHANCE` of the windows' differences, each over the
    sum of both losses: the size of an error depends on the season of its window, which
    is no noise. A single window has nothing to compare with, so it never shows it.

    Parameters
    ----------
    losses, baseline
        Shape (windows, series); NaN where a series has no window.
    """
    both = losses + baseline
    known = np.isfinite(both)
    divisor = np.where(known & (both > 0), both, 1.0)
    mean, error, count = _mean_and_error((baseline - losses) / divisor)
    needed = stdtrit(np.maximum(count - 1, 1), 1 - CHANCE) * error
    # Equal up to rounding is not better.
    return np.asarray((count > 1) & (mean > np.maximum(needed, 1e-9)))


def best_models(
    scored: Mapping[str, FloatArray], names: list[str]
) -> NDArray[np.int64]:
    """Position in ``names`` of the smallest score, shape (series,); -1 for none."""
    table = np.stack([scored[name] for name in names])
    table = np.where(np.isnan(table), np.inf, np.round(table, 12))
    best = table.argmin(axis=0)
    return np.where(np.isfinite(table.min(axis=0)), best, -1)


def rank_models(scored: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Rank of each model within its series from 1; NaN without a score."""
    names = list(scored)
    table = np.stack([scored[name] for name in names])
    filled = np.where(np.isnan(table), np.inf, np.round(table, 12))
    order = np.argsort(filled, axis=0, kind="stable")
    ranks = np.empty(table.shape)
    np.put_along_axis(
        ranks,
        order,
        np.arange(1.0, len(names) + 1)[:, None].repeat(table.shape[1], 1),
        0,
    )
    ranks = np.where(np.isnan(table), np.nan, ranks)
    return dict(zip(names, ranks, strict=True))


def combine(
    forecasts: Mapping[str, FloatArray], scored: Mapping[str, FloatArray] | None
) -> FloatArray:
    """Weighted mean of forecasts, weights falling with a power of the score.

    Parameters
    ----------
    forecasts
        Model to forecasts of shape (series, horizon).
    scored
        Scores from earlier windows alone, or none while there is no window.

    Returns
    -------
    numpy.ndarray
        Shape (series, horizon). A series without scores gets the plain mean of the
        first members that it has.
    """
    names = list(forecasts)
    finite = np.stack([np.isfinite(forecasts[name]).all(axis=1) for name in names])
    yearly = np.zeros(finite.shape[1], dtype=bool)
    for position, name in enumerate(names):
        if name in FIRST_YEARLY_MEMBERS:
            yearly |= finite[position]
    first = np.stack(
        [
            yearly
            if name in FIRST_YEARLY_MEMBERS
            else (~yearly if name in FIRST_MEMBERS else np.zeros_like(yearly))
            for name in names
        ]
    ).astype("float64")
    if not first.any():
        first = np.ones_like(first)
    weights = first
    if scored is not None:
        table = np.stack([scored[name] for name in names])
        known = np.isfinite(table)
        best = np.where(known, table, np.inf).min(axis=0)
        # A model without error takes all the weight.
        ratio = np.where(known, (table + 1e-9) / (best + 1e-9), np.inf)
        by_score = np.where(known, ratio**-COMBINATION_POWER, 0.0)
        weights = np.where(known.any(axis=0), by_score, first)
    weights = weights * finite
    total = weights.sum(axis=0)
    combined = np.zeros_like(forecasts[names[0]])
    for position, name in enumerate(names):
        weight = weights[position] / np.where(total > 0, total, 1.0)
        combined += weight[:, None] * np.nan_to_num(forecasts[name])
    return np.where(total[:, None] > 0, combined, np.nan)
