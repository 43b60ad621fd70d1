"""How the series of a business add up, and forecasts that add up the same way."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.forecasting.backtests import Run
from retail_marts.forecasting.reconcile import Family, reconcile
from retail_marts.settings.forecasting import RECONCILED

FloatArray = NDArray[np.float64]

#: Columns that a hierarchy must have.
HIERARCHY_COLUMNS = ("business_id", "product_id", "category", "sub_category")

#: Factors of the variance of a sum before it is weighed against its parts. The weights
#: assume that the errors of the parts are independent, which they are not.
TRUSTS = (1.0, 0.1, 0.01)

_Node = tuple[str, str]


def check_hierarchy(hierarchy: pd.DataFrame | None) -> None:
    """Check the frame that says how products add up.

    Raises
    ------
    InputError
        When a column is missing or a product occurs twice.
    """
    if hierarchy is None:
        return
    missing = [name for name in HIERARCHY_COLUMNS if name not in hierarchy.columns]
    if missing:
        raise InputError(
            f"forecasting: the hierarchy has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(HIERARCHY_COLUMNS)}.",
        )
    twice = hierarchy.duplicated(["business_id", "product_id"])
    if twice.any():
        raise InputError(
            "forecasting: the hierarchy holds the product "
            f"{hierarchy.loc[twice, 'product_id'].iloc[0]!r} more than once.",
            remedy="Give one row per business and product.",
        )


def add_reconciled(runs: list[Run], hierarchy: pd.DataFrame | None) -> None:
    """Add the model ``reconciled`` to the runs of one business and measure.

    It starts from each series' best model, chosen by the windows before the one that
    is forecast, and moves all of them as little as possible until they add up. How much
    less a sum moves than its parts is one of :data:`TRUSTS`, the one that did best in
    the windows before. Series that are too young for the total's windows take part in
    them with the mean of their days so far, and are not scored there. Where the history
    of a level does not add up to the level above it, the level keeps out, and says so.
    """
    total = next((run for run in runs if run.panel.series_level == "total"), None)
    if total is None or len(total.panel.series_ids) != 1:
        return
    started = perf_counter()
    names = [
        (r.panel.series_level, str(one)) for r in runs for one in r.panel.series_ids
    ]
    nodes = {node: place for place, node in enumerate(names)}
    values = np.concatenate([run.panel.values for run in runs])
    families, left_out = _families(nodes, values, total, hierarchy)
    if not families:
        return
    parents = np.array([parent for parent, _ in families])
    non_negative = np.concatenate([run.non_negative for run in runs])
    count = total.plan.count
    shared = [run.plan == total.plan for run in runs]
    moved: list[FloatArray] = []
    tried = np.zeros(len(TRUSTS))
    for window in range(count + 1):
        last = window == count
        base, noise = zip(
            *(
                _base(run, total, window, last=last, same=same)
                for run, same in zip(runs, shared, strict=True)
            ),
            strict=True,
        )
        forecasts, variances = np.concatenate(base), np.concatenate(noise) ** 2
        results = []
        for trust in TRUSTS:
            trusted = variances.copy()
            trusted[parents] *= trust
            results.append(
                reconcile(forecasts, trusted, families, non_negative=non_negative)
            )
        # Before there is a window to judge by, the middle one.
        moved.append(results[int(tried.argmin()) if window else len(TRUSTS) // 2])
        if not last:
            tried += [_level_losses(runs, shared, one, window) for one in results]
    spent = (perf_counter() - started) / len(nodes)
    low = 0
    for run, same in zip(runs, shared, strict=True):
        size = len(run.panel.series_ids)
        rows = slice(low, low + size)
        low += size
        out = np.array([node in left_out for node in names[rows]], dtype=bool)
        backtest = np.full(run.actual.shape, np.nan)
        if same and count:
            backtest = np.stack([one[rows] for one in moved[:-1]])
        future = moved[-1][rows].copy()
        backtest[:, out] = np.nan
        future[out] = np.nan
        reasons = np.full(size, None, dtype=object)
        if not same:
            reasons[:] = "too young for the backtest windows of the total"
        reasons[out] = "the history does not add up to the level above"
        run.add(
            RECONCILED, backtest, future, seconds=np.full(size, spent), reasons=reasons
        )


def _base(
    run: Run, total: Run, window: int, *, last: bool, same: bool
) -> tuple[FloatArray, FloatArray]:
    """What is reconciled in a window, and the noise of each series."""
    if last:
        future = run.selected(run.chosen(slice(0, run.plan.count)), None)
        return future, run.calibration.noise[-1]
    if same:
        return _window_base(run, window), run.calibration.noise[window]
    simple = _mean_so_far(run, total.origins[window], total.plan.horizon)
    return simple, run.calibration.noise[-1]


def _level_losses(
    runs: list[Run], shared: list[bool], forecasts: FloatArray, window: int
) -> float:
    """Mean over the levels of the series' mean absolute errors over their noise."""
    losses, low = [], 0
    for run, same in zip(runs, shared, strict=True):
        rows = slice(low, low + len(run.panel.series_ids))
        low = rows.stop
        noise: FloatArray = run.calibration.noise[window] if same else np.zeros(0)
        if not same or not (noise > 0).any():
            continue
        error = np.abs(run.actual[window] - forecasts[rows]).mean(axis=1)
        relative = error[noise > 0] / noise[noise > 0]
        if np.isfinite(relative).any():
            losses.append(float(np.nanmean(relative)))
    return float(np.mean(losses)) if losses else 0.0


def _window_base(run: Run, window: int) -> FloatArray:
    """Forecasts of a window by the models that were best before it.

    A series that is too young at the origin has none yet: the mean of its days.
    """
    origin = run.origins[window]
    simple = _mean_so_far(run, origin, run.plan.horizon)
    first = next(
        (
            name
            for name in ("combination", "exponential_smoothing")
            if name in run.backtest
        ),
        "weekday_mean",
    )
    if window:
        base = run.selected(run.chosen(slice(0, window)), window)
    else:
        base = run.backtest[first][window]
    complete = np.isfinite(base).all(axis=1, keepdims=True)
    return np.where(complete, base, simple)


def _mean_so_far(run: Run, origin: int, horizon: int) -> FloatArray:
    days = np.maximum(origin - run.panel.births, 1)
    means = run.panel.values[:, :origin].sum(axis=1) / days
    means = np.maximum(means, run.floor)
    return np.repeat(means[:, None], horizon, axis=1)


def _families(
    nodes: dict[_Node, int],
    values: FloatArray,
    total: Run,
    hierarchy: pd.DataFrame | None,
) -> tuple[list[Family], set[_Node]]:
    """Parents with their children, top first, and the series that do not add up."""
    top = nodes[("total", str(total.panel.series_ids[0]))]
    levels = {level for level, _ in nodes}
    categories: dict[str, dict[str, str]] = {"category": {}, "sub_category": {}}
    above: dict[str, str] = {}
    if hierarchy is not None:
        mine = hierarchy.loc[hierarchy["business_id"] == total.panel.business_id]
        for product, category, sub_category in zip(
            mine["product_id"].astype(str),
            mine["category"],
            mine["sub_category"],
            strict=True,
        ):
            if pd.notna(category):
                categories["category"][product] = str(category)
            if pd.notna(sub_category):
                categories["sub_category"][product] = str(sub_category)
                if pd.notna(category):
                    above[str(sub_category)] = str(category)

    def parent_of(node: _Node) -> int:
        level, name = node
        if level == "product":
            for upper in ("sub_category", "category"):
                found = nodes.get((upper, categories[upper].get(name, "")))
                if found is not None:
                    return found
        if level == "sub_category":
            found = nodes.get(("category", above.get(name, "")))
            if found is not None:
                return found
        return top

    families: list[Family] = []
    left_out: set[_Node] = set()
    for level in ("category", "sub_category", "product", "store"):
        if level not in levels:
            continue
        members = [node for node in nodes if node[0] == level]
        if level == "store" or hierarchy is not None or level == "product":
            parents: dict[int, list[int]] = {}
            for node in members:
                parents.setdefault(parent_of(node), []).append(nodes[node])
            mine_families = [
                (parent, np.array(children)) for parent, children in parents.items()
            ]
        else:
            mine_families = [(top, np.array([nodes[node] for node in members]))]
        if all(
            _adds_up(values, parent, children) for parent, children in mine_families
        ):
            families += mine_families
        else:
            left_out |= set(members)
    return families, left_out


def _adds_up(values: FloatArray, parent: int, children: NDArray[np.int64]) -> bool:
    gap = np.abs(values[parent] - values[children].sum(axis=0)).max()
    return bool(gap <= 1e-6 * max(float(np.abs(values[parent]).max()), 1e-9) + 1e-6)
