"""Series that sell too seldom for a model: a share of their category's forecast.

Which series these are is a rule of demand (:func:`has_own_models`). Their share is that
of the recent sales of the category, with weights that halve every
:data:`HALF_LIFE_DAYS`. On products with fewer than 28 days of sales a year, this errs
no more than models of their own (docs/forecasting.md has the figures).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retail_marts.forecasting import selection
from retail_marts.forecasting.backtests import NOISE_DAYS, Run, actual_values
from retail_marts.forecasting.grains import DAY, Grain, settings_of_grain
from retail_marts.forecasting.intervals import Calibration, score_counts
from retail_marts.forecasting.kinship import Kinship, Node
from retail_marts.forecasting.panels import Panel, Plan
from retail_marts.settings.forecasting import (
    CATEGORY_SHARE,
    SHARED_LEVELS,
    ForecastSettings,
)

FloatArray = NDArray[np.float64]

#: Days after which a day's sales weigh half in a share.
HALF_LIFE_DAYS = 182.0


@dataclass(frozen=True)
class Source:
    """What is known of a series that others get shares of.

    Attributes
    ----------
    values
        Shape (days,).
    backtest, future
        Its forecasts of the business's windows, shape (windows, horizon), each by the
        model that was best before it; and of the future, shape (forecast horizon,).
    """

    values: FloatArray
    backtest: FloatArray
    future: FloatArray


def has_own_models(panel: Panel, settings: ForecastSettings) -> NDArray[np.bool_]:
    """Series whose demand supports models of their own, shape (series,).

    Those with sales on at least ``own_model_min_days`` of the last 365 days (or on half
    as many, if these are half of the days since the first: a new product), and among
    the best-selling that together make up ``own_model_sales_share`` of the level's
    sales in these days.
    """
    recent = panel.values[:, -panel.grain.year :]
    sold = (recent != 0).sum(axis=1)
    life = np.minimum(panel.life_days, panel.grain.year)
    least = np.where(2 * sold >= life, 0.5, 1.0) * settings.own_model_min_days
    often: NDArray[np.bool_] = sold >= least
    if settings.own_model_sales_share >= 1:
        return often
    sums = np.maximum(recent.sum(axis=1), 0)
    order = np.argsort(-sums, kind="stable")
    better = np.empty(len(sums))
    better[order] = np.cumsum(sums[order]) - sums[order]
    needed: NDArray[np.bool_] = better < settings.own_model_sales_share * sums.sum()
    return often & needed


@dataclass(frozen=True)
class Split:
    """The panels of one business and measure: those to model, those to share out.

    Attributes
    ----------
    sold
        Whether any series of the business sold on each day.
    settings
        How to forecast, in periods of the business's grain.
    """

    modelled: list[Panel]
    shared: list[Panel]
    kinship: Kinship
    sold: NDArray[np.bool_]
    settings: ForecastSettings


def split_business(
    measures: list[list[Panel]], kinship: Kinship, settings: ForecastSettings
) -> list[Split]:
    """Split the panels of each measure of one business.

    A series is modelled for all measures or for none. Its share of sales is that of
    amounts where they are known: quantities may be pieces of one product and litres of
    another. A series without a category, product or total to get a share of is
    modelled.
    """
    settings = settings_of_grain(settings, measures[0][0].grain)
    # Measures are sorted: quantity, sales_amount.
    names, decided = set[Node](), set[Node]()
    for panels in reversed(measures):
        names |= _modelled(panels, kinship, settings) - decided
        decided |= _nodes(panels)
    splits = []
    for panels in measures:
        modelled: list[Panel] = []
        shared: list[Panel] = []
        for panel in panels:
            ids = panel.series_ids.tolist()
            own = np.array([(panel.series_level, one) in names for one in ids])
            if own.any():
                modelled.append(panel.take(np.flatnonzero(own)))
            if not own.all():
                shared.append(panel.take(np.flatnonzero(~own)))
        sold = np.any([(one.values != 0).any(axis=0) for one in panels], axis=0)
        splits.append(Split(modelled, shared, kinship, sold, settings))
    return splits


def _modelled(
    panels: list[Panel], kinship: Kinship, settings: ForecastSettings
) -> set[Node]:
    """The series that have models of their own."""
    known: set[Node] = set()
    found: set[Node] = set()
    top = top_node(panels)
    for panel in panels:
        if panel.series_level in SHARED_LEVELS:
            own = has_own_models(panel, settings)
            for node, enough in zip(_nodes_of(panel), own, strict=True):
                part_of = kinship.shared_from(node, known, top)
                # A part of a series without models has none either.
                if part_of is None or (enough and part_of in found):
                    found.add(node)
        else:
            found.update(_nodes_of(panel))
        known.update(_nodes_of(panel))
    return found


def _nodes_of(panel: Panel) -> list[Node]:
    return [(panel.series_level, str(one)) for one in panel.series_ids]


def _nodes(panels: list[Panel]) -> set[Node]:
    return {node for panel in panels for node in _nodes_of(panel)}


def left_out(splits: list[Split]) -> list[tuple[str, str]]:
    """Each business with series that get no models, and how many on a level and why."""
    found = []
    for split in splits:
        for panel in split.shared:
            count = len(panel.series_ids)
            whole = count + sum(
                len(one.series_ids)
                for one in split.modelled
                if one.series_level == panel.series_level
            )
            least = split.settings.own_model_min_days
            unit = panel.grain.name
            small = 100 - 100 * split.settings.own_model_sales_share
            reason = (
                f"{count:,} of {whole:,} series of the level {panel.series_level} sold "
                f"on fewer than {least} of the last {panel.grain.year} {unit}s, or are "
                f"the smallest {small:g} % of sales. They get a share of their "
                "category's forecast."
            )
            found.append((panel.business_id, reason))
    return found


def top_node(panels: list[Panel]) -> Node | None:
    """The one series of the level ``total``; none where there is not exactly one."""
    found = [node for node in _nodes(panels) if node[0] == "total"]
    return found[0] if len(found) == 1 else None


def recent_sums(
    values: FloatArray, day_count: int, *, grain: Grain = DAY
) -> FloatArray:
    """Sums of the days before an origin, with weights that halve, at least zero."""
    age = np.arange(day_count - 1, -1, -1) * grain.days
    weighted: FloatArray = values[..., :day_count] @ 0.5 ** (age / HALF_LIFE_DAYS)
    return np.maximum(weighted, 0.0)


def shared_run(
    panel: Panel,
    plan: Plan,
    *,
    horizon: int,
    kinship: Kinship,
    sources: Mapping[Node, Source],
    top: Node | None,
    settings: ForecastSettings,
) -> Run:
    """A run of series that get a share of another's forecast, their only model."""
    origins = plan.origins(len(panel.days))
    parents: list[Node] = []
    for name in panel.series_ids:
        parent = kinship.shared_from((panel.series_level, str(name)), sources, top)
        # split_panels() models what has no parent.
        assert parent is not None
        parents.append(parent)
    known = {parent: place for place, parent in enumerate(dict.fromkeys(parents))}
    place = np.array([known[parent] for parent in parents])
    history = np.stack([sources[parent].values for parent in known])
    noise, counts = _plain_noise(panel, [*origins, len(panel.days)])
    non_negative = np.asarray((panel.values >= 0).all(axis=1), dtype=bool)
    if panel.measure == "quantity":
        non_negative[:] = True
    run = Run(
        panel=panel,
        plan=plan,
        origins=origins,
        horizon=horizon,
        non_negative=non_negative,
        uneven=np.ones(len(place), dtype=bool),
        actual=actual_values(panel, plan, settings),
        # Closed days are in the forecasts that are shared out.
        closed=np.zeros((plan.count, len(place), plan.horizon), dtype=bool),
        closed_future=np.zeros((len(place), horizon), dtype=bool),
        calibration=Calibration(
            noise,
            selection.idle_shares(
                panel.values, panel.births, origins[0] if origins else len(panel.days)
            ),
            counts,
            few=panel.grain.few_scores,
        ),
        is_shared=True,
    )

    def shares(origin: int) -> FloatArray:
        whole = recent_sums(history, origin, grain=panel.grain)[place]
        part = recent_sums(panel.values, origin, grain=panel.grain)
        usable = whole > 0
        found: FloatArray = np.where(usable, part / np.where(usable, whole, 1.0), 0.0)
        return np.minimum(found, 1.0)[:, None]

    backtest = np.empty_like(run.actual)
    for window, origin in enumerate(origins):
        given = np.stack([sources[parent].backtest[window] for parent in known])
        backtest[window] = shares(origin) * given[place]
    given = np.stack([sources[parent].future for parent in known])
    future = shares(len(panel.days)) * given[place]
    run.add(CATEGORY_SHARE, backtest, future, reasons=_reasons(panel, parents))
    return run


def _reasons(panel: Panel, parents: list[Node]) -> NDArray[np.object_]:
    year, unit = panel.grain.year, panel.grain.name
    sold = (panel.values[:, -year:] != 0).sum(axis=1).tolist()
    said = [
        f"sold on {days} of the last {year} {unit}s: gets a share of the forecast of "
        f"{parent[0].replace('_', '-')} {parent[1]}"
        for days, parent in zip(sold, parents, strict=True)
    ]
    return np.array(said, dtype=object)


def _plain_noise(panel: Panel, origins: list[int]) -> tuple[FloatArray, FloatArray]:
    """Noise around each series' own mean before each origin, and score counts."""
    noise, counts = [], []
    for origin in origins:
        first = max(0, origin - NOISE_DAYS)
        recent = panel.values[:, first:origin]
        alive = np.arange(first, origin) >= panel.births[:, None]
        days = np.maximum(alive.sum(axis=1), 1)
        mean = recent.sum(axis=1) / days
        # A single day tells no error: it may be off by as much as it sold.
        single = (alive.sum(axis=1) == 1)[:, None]
        error = np.where(alive & ~single, recent - mean[:, None], np.nan)
        spread = np.sqrt(np.nansum(error**2, axis=1) / days)
        spread = np.where(single[:, 0], np.abs(mean), spread)
        noise.append(spread)
        counts.append(score_counts(error, spread[:, None]))
    return np.stack(noise), np.stack(counts)
