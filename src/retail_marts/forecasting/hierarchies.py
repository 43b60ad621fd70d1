"""Forecasts that add up as the series of a business do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from retail_marts.forecasting.backtests import NOISE_DAYS, Run
from retail_marts.forecasting.kinship import Kinship, Node, product_of
from retail_marts.forecasting.panels import Plan, backtest_plan
from retail_marts.forecasting.reconcile import Family, reconcile
from retail_marts.forecasting.shares import (
    Source,
    Split,
    recent_sums,
    shared_run,
    top_node,
)
from retail_marts.settings.forecasting import CATEGORY_SHARE, RECONCILED

FloatArray = NDArray[np.float64]

#: Factors of the variance of a sum before it is weighed against its parts. The weights
#: assume that the errors of the parts are independent, which they are not.
TRUSTS = (1.0, 0.1, 0.01)

_NOT_ADDING_UP = "the history does not add up to the level above"
_TOO_YOUNG = "too young for the backtest windows of the total"


def add_top_down(runs: list[Run], split: Split) -> list[Run]:
    """Share forecasts out, and add the model ``reconciled`` to all runs.

    Parameters
    ----------
    runs
        The runs of one business and measure, with all their models.
    split
        The panels of the same business and measure.

    Returns
    -------
    list of Run
        The runs of the shared series.
    """
    panel, horizon, settings = runs[0].panel, runs[0].horizon, split.settings
    top = top_node([run.panel for run in runs])
    # The total, which comes first, has the windows that all others are added up in.
    plan = runs[0].plan if top else backtest_plan(len(panel.days), settings)
    tree = _Tree(runs, plan, horizon)
    given = tree.sources() if split.shared else {}
    shared_runs: list[Run] = []
    for one in split.shared:
        run = shared_run(
            one,
            tree.plan,
            horizon=horizon,
            kinship=split.kinship,
            sources=given,
            top=top,
            settings=settings,
        )
        shared_runs.append(run)
        if one.series_level == "product":
            given |= _sources_of(run)
    if settings.reconcile and top is not None:
        _add_reconciled(tree, shared_runs, split.kinship, tree.places[top])
    return shared_runs


class _Tree:
    """All modelled series of a business and measure, and what they forecast.

    Attributes
    ----------
    values
        Shape (nodes, days).
    forecasts
        The business's windows and, last, the future: each of shape (nodes, horizon).
        Each series' best model, chosen by the windows before. Series that are too young
        for these windows have the mean of their days so far.
    noise
        For each of these, shape (nodes,).
    """

    def __init__(self, runs: list[Run], plan: Plan, horizon: int) -> None:
        self.runs = runs
        self.plan = plan
        self.horizon = horizon
        self.origins = [*plan.origins(len(runs[0].panel.days)), len(runs[0].panel.days)]
        self.nodes: list[Node] = [
            (run.panel.series_level, str(one))
            for run in runs
            for one in run.panel.series_ids
        ]
        self.places = {node: place for place, node in enumerate(self.nodes)}
        self.values = np.concatenate([run.panel.values for run in runs])
        self.non_negative = np.concatenate([run.non_negative for run in runs])
        self.forecasts: list[FloatArray] = []
        self.noise: list[FloatArray] = []
        for window in range(plan.count + 1):
            base, noise = zip(*(self._base(run, window) for run in runs), strict=True)
            self.forecasts.append(np.concatenate(base))
            self.noise.append(np.concatenate(noise))

    def shares_windows(self, run: Run) -> bool:
        return run.plan == self.plan

    def sources(self) -> dict[Node, Source]:
        """What each series has for others to get shares of."""
        windows = np.stack(self.forecasts[:-1]) if self.plan.count else None
        return {
            node: Source(
                values=self.values[place],
                backtest=np.empty((0, self.plan.horizon))
                if windows is None
                else windows[:, place],
                future=self.forecasts[-1][place],
            )
            for node, place in self.places.items()
        }

    def _base(self, run: Run, window: int) -> tuple[FloatArray, FloatArray]:
        if window == self.plan.count:
            future = run.selected(run.chosen(slice(0, run.plan.count)), None)
            return future, run.calibration.noise[-1]
        if self.shares_windows(run):
            return _window_base(run, window), run.calibration.noise[window]
        simple = _mean_so_far(run, self.origins[window], self.plan.horizon)
        return simple, run.calibration.noise[-1]


def _sources_of(run: Run) -> dict[Node, Source]:
    backtest, future = run.backtest[CATEGORY_SHARE], run.future[CATEGORY_SHARE]
    return {
        (run.panel.series_level, str(name)): Source(
            values=run.panel.values[row],
            # A part is scored in windows in which the whole, which is not older, is.
            backtest=np.nan_to_num(backtest[:, row]),
            future=future[row],
        )
        for row, name in enumerate(run.panel.series_ids)
    }


def _window_base(run: Run, window: int) -> FloatArray:
    """Forecasts of a window by the models that were best before it.

    A series that is too young at the origin has none yet: the mean of its days.
    """
    origin = run.origins[window]
    simple = _mean_so_far(run, origin, run.plan.horizon)
    first = next(
        (
            name
            for name in ("combination", "exponential_smoothing", "weekday_mean")
            if name in run.backtest
        ),
        "mean",
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


# Forecasts that add up -------------------------------------------------------------


def _add_reconciled(
    tree: _Tree, shared_runs: list[Run], kinship: Kinship, top: int
) -> None:
    """Add the model ``reconciled``.

    It starts from each series' best model, chosen by the windows before the one that
    is forecast, and moves all of them as little as possible until they add up. How much
    less a sum moves than its parts is one of :data:`TRUSTS`, the one that did best in
    the windows before. Series that are too young for the total's windows take part in
    them with the mean of their days so far, and are not scored there. The rest of a
    series, which its modelled parts leave, takes part as one; series without models
    share it by their recent sales. Where the history of a level does not add up to the
    level above it, the level keeps out, and says so.
    """
    started = perf_counter()
    family = _Families(tree, shared_runs, kinship, top)
    if not family.all and not any(family.pools.values()):
        return
    parents = np.array([parent for parent, _ in family.all], dtype=np.int64)
    non_negative = np.append(tree.non_negative, family.rest_non_negative())
    moved: list[FloatArray] = []
    tried = np.zeros(len(TRUSTS))
    for window in range(tree.plan.count + 1):
        last = window == tree.plan.count
        forecasts, noise = family.with_rests(window)
        results = []
        for trust in TRUSTS:
            trusted = noise**2
            trusted[parents] *= trust
            results.append(
                reconcile(forecasts, trusted, family.all, non_negative=non_negative)
            )
        # Before there is a window to judge by, the middle one.
        moved.append(results[int(tried.argmin()) if window else len(TRUSTS) // 2])
        if not last:
            tried += [_level_losses(tree, one, window) for one in results]
    count = len(tree.nodes) + sum(len(one.panel.series_ids) for one in shared_runs)
    spent = (perf_counter() - started) / count
    low = 0
    for run in tree.runs:
        rows = slice(low, low + len(run.panel.series_ids))
        low = rows.stop
        _add_moved(
            run,
            [one[rows] for one in moved],
            out=np.array([node[0] in family.left_out for node in tree.nodes[rows]]),
            same=tree.shares_windows(run),
            spent=spent,
        )
    known: dict[Node, list[FloatArray]] = {}
    for run in shared_runs:
        parts = family.shared_out(run, moved, known)
        _add_moved(
            run,
            parts,
            out=np.full(
                len(run.panel.series_ids), run.panel.series_level in family.left_out
            ),
            same=True,
            spent=spent,
        )
        if run.panel.series_level == "product":
            known = {
                ("product", str(name)): [one[row] for one in parts]
                for row, name in enumerate(run.panel.series_ids)
            }


def _add_moved(
    run: Run,
    moved: list[FloatArray],
    *,
    out: NDArray[np.bool_],
    same: bool,
    spent: float,
) -> None:
    size = len(run.panel.series_ids)
    backtest = np.full(run.actual.shape, np.nan)
    if same and len(moved) > 1:
        backtest = np.stack(moved[:-1])
    future = moved[-1].copy()
    backtest[:, out] = np.nan
    future[out] = np.nan
    reasons = np.full(size, None, dtype=object)
    if not same:
        reasons[:] = _TOO_YOUNG
    if run.is_shared:
        young = np.isnan(run.actual).all(axis=(0, 2))
        reasons[young] = _TOO_YOUNG
    reasons[out] = _NOT_ADDING_UP
    run.add(RECONCILED, backtest, future, seconds=np.full(size, spent), reasons=reasons)


def _level_losses(tree: _Tree, forecasts: FloatArray, window: int) -> float:
    """Mean over the levels of the series' mean absolute errors over their noise."""
    losses, low = [], 0
    for run in tree.runs:
        rows = slice(low, low + len(run.panel.series_ids))
        low = rows.stop
        same = tree.shares_windows(run)
        noise: FloatArray = run.calibration.noise[window] if same else np.zeros(0)
        if not same or not (noise > 0).any():
            continue
        error = np.abs(run.actual[window] - forecasts[rows]).mean(axis=1)
        relative = error[noise > 0] / noise[noise > 0]
        if np.isfinite(relative).any():
            losses.append(float(np.nanmean(relative)))
    return float(np.mean(losses)) if losses else 0.0


@dataclass
class _Pool:
    """Series without models that share what one node forecasts.

    Attributes
    ----------
    place
        The node: a modelled series or the rest of one; none where it is a product that
        is shared out itself (``product``).
    rows
        Rows of the series in their run.
    values, unknown
        Shape (days,): the sum of the series, and what of the node no series has, such
        as sales without a store.
    """

    place: int | None
    product: Node | None = None
    rows: list[int] = field(default_factory=list)
    values: FloatArray = field(default_factory=lambda: np.zeros(1))
    unknown: FloatArray = field(default_factory=lambda: np.zeros(1))


class _Families:
    """Parents with their children, top first.

    A *rest* is what the modelled parts of a series leave of it: of its parts without
    models and, on the levels of categories, of products without a category.

    Attributes
    ----------
    all
        Families of modelled series and rests; rests come after all modelled series.
    left_out
        Levels whose history does not add up.
    pools
        Level to who shares what.
    """

    def __init__(
        self, tree: _Tree, shared_runs: Sequence[Run], kinship: Kinship, top: int
    ) -> None:
        self.tree = tree
        self.all: list[Family] = []
        self.left_out: set[str] = set()
        self.pools: dict[str, list[_Pool]] = {}
        self._rests: list[tuple[int, FloatArray]] = []
        self._rest_of: dict[tuple[str, int], int] = {}
        self._kinship = kinship
        self._top = top
        self._shared_products: dict[Node, FloatArray] = {}
        levels = {level for level, _ in tree.nodes}
        shared = {run.panel.series_level: run for run in shared_runs}
        self._chain = kinship.chain(levels)
        for level in ("category", "sub_category", "product", "store", "store_product"):
            run = shared.get(level)
            if level == "store_product" and "product" in self.left_out:
                self.left_out.add(level)
            elif level in levels or run is not None:
                self._add_level(level, run)

    def _add_level(self, level: str, run: Run | None) -> None:
        children: dict[int, list[int]] = {}
        for node in self.tree.nodes:
            if node[0] == level:
                parent = self._parent_of(node)
                # A modelled series is a part of a modelled series.
                assert parent is not None
                children.setdefault(parent, []).append(self.tree.places[node])
        pools = {} if run is None else self._pools_of(run)
        rests: list[tuple[int, FloatArray]] = []
        for parent in sorted({*children, *(one for one in pools if type(one) is int)}):
            own = children.get(parent, [])
            whole = self._values_of(parent)
            left = _without_noise(whole - self.tree.values[own].sum(axis=0), whole)
            pool = pools.get(parent, _Pool(parent))
            pool.unknown = _without_noise(left - pool.values, whole)
            if pool.unknown.any() and not self._may_leave(level):
                self.left_out.add(level)
                return
            if own and (pool.rows or pool.unknown.any()):
                rests.append((parent, left))
        for parent, left in rests:
            place = self._add_rest(level, parent, left)
            children[parent].append(place)
            if parent in pools:
                pools[parent].place = place
        self.all += [(parent, np.array(own)) for parent, own in children.items()]
        self.pools[level] = list(pools.values())

    def _pools_of(self, run: Run) -> dict[int | Node, _Pool]:
        """The series of a shared run by the place, or shared product, they are of."""
        level = run.panel.series_level
        pools: dict[int | Node, _Pool] = {}
        for row, name in enumerate(run.panel.series_ids):
            parent = self._parent_of((level, str(name)))
            product = ("product", product_of(str(name)))
            pool = pools.setdefault(
                product if parent is None else parent,
                _Pool(parent, product if parent is None else None),
            )
            pool.rows.append(row)
            pool.values = pool.values + run.panel.values[row]
        for product, values in self._shared_products.items():
            if product in pools:
                pool = pools[product]
                pool.unknown = _without_noise(values - pool.values, values)
        if level == "product":
            self._shared_products = {
                (level, str(name)): run.panel.values[row]
                for row, name in enumerate(run.panel.series_ids)
            }
        return pools

    def _may_leave(self, level: str) -> bool:
        """Whether products without a group are why a level lacks a part."""
        return level in self._kinship.gaps or level == "store_product"

    def _add_rest(self, level: str, parent: int, values: FloatArray) -> int:
        place = len(self.tree.nodes) + len(self._rests)
        self._rests.append((parent, values))
        self._rest_of[level, parent] = place
        return place

    def _values_of(self, place: int) -> FloatArray:
        own = len(self.tree.nodes)
        if place < own:
            values: FloatArray = self.tree.values[place]
            return values
        return self._rests[place - own][1]

    def _parent_of(self, node: Node) -> int | None:
        """The place of a node's parent; none where it is not modelled."""
        level, name = node
        if level == "store_product":
            product = ("product", product_of(name))
            if product in self.tree.places:
                return self.tree.places[product]
            if self._has_products:
                return None
            level, name = product
        above = self._kinship.above or {}
        groups = self._kinship.groups
        if level == "product":
            wanted = {upper: groups[upper].get(name) for upper in self._chain}
        elif level == "sub_category" and level in self._chain:
            wanted = {"category": above.get(name)}
        else:
            return self._top
        place = self._top
        for upper in self._chain:
            if upper == level or upper not in wanted:
                break
            found = self.tree.places.get((upper, wanted[upper] or ""))
            if found is not None and upper not in self.left_out:
                place = found
            else:
                place = self._rest_of.get((upper, place), place)
        return place

    def _recent(self, values: FloatArray, origin: int) -> FloatArray:
        return recent_sums(values, origin, grain=self.tree.runs[0].panel.grain)

    @property
    def _has_products(self) -> bool:
        return "product" in self.pools or any(
            level == "product" for level, _ in self.tree.nodes
        )

    def rest_non_negative(self) -> NDArray[np.bool_]:
        quantity = self.tree.runs[0].panel.measure == "quantity"
        return np.array(
            [quantity or bool((values >= 0).all()) for _, values in self._rests],
            dtype=bool,
        )

    def with_rests(self, window: int) -> tuple[FloatArray, FloatArray]:
        """Forecasts and noise of all nodes; a rest's are a share of its parent's."""
        forecasts = list(self.tree.forecasts[window])
        noise = list(self.tree.noise[window])
        origin = self.tree.origins[window]
        for parent, values in self._rests:
            whole = float(self._recent(self._values_of(parent), origin))
            part = float(self._recent(values, origin))
            share = min(part / whole, 1.0) if whole > 0 else 0.0
            forecasts.append(share * forecasts[parent])
            noise.append(values[max(0, origin - NOISE_DAYS) : origin].std())
        return np.stack(forecasts), np.array(noise)

    def shared_out(
        self,
        run: Run,
        moved: list[FloatArray],
        known: dict[Node, list[FloatArray]],
    ) -> list[FloatArray]:
        """Forecasts of series without models: windows, then the future."""
        level = run.panel.series_level
        size = len(run.panel.series_ids)
        result = [np.zeros((size, one.shape[1])) for one in moved]
        if level in self.left_out:
            return result
        for window, origin in enumerate(self.tree.origins):
            weights = self._recent(run.panel.values, origin)
            for pool in self.pools[level]:
                own = weights[pool.rows]
                total = own.sum() + self._recent(pool.unknown, origin)
                shares = own / total if total > 0 else np.full(len(own), 1 / len(own))
                if pool.place is not None:
                    whole = moved[window][pool.place]
                else:
                    assert pool.product is not None
                    whole = known[pool.product][window]
                result[window][pool.rows] = shares[:, None] * whole
        return result


def _without_noise(left: FloatArray, whole: FloatArray) -> FloatArray:
    """What is left of a sum, without the rounding of floats."""
    least = 1e-6 * max(float(np.abs(whole).max()), 1e-9) + 1e-6
    return np.where(np.abs(left) <= least, 0.0, left)
