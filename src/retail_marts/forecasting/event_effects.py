"""What the days of events sold, compared with ordinary days around them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from retail_marts.forecasting.events import Event, check_events, panel_events
from retail_marts.forecasting.kinship import Kinship, check_hierarchy
from retail_marts.forecasting.panels import Panel, build_panels, check_series
from retail_marts.forecasting.schemas import EVENT_EFFECTS
from retail_marts.frames import stacked
from retail_marts.settings.forecasting import ForecastSettings

FloatArray = NDArray[np.float64]

#: Days of an event from which its effect gets an interval.
LEAST_DAYS = 5

#: Weeks before and after a day whose same weekdays say what is expected of it.
WEEKS = 4

#: Ordinary days of the same weekday that are needed for an expected value.
LEAST_ALIKE = 2

#: Occasions (runs of days) from which their spread widens an interval.
LEAST_OCCASIONS = 3


def event_effects(
    series: pd.DataFrame,
    events: pd.DataFrame,
    *,
    hierarchy: pd.DataFrame | None = None,
    grains: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Estimate the effect of each event on the series that it is about.

    Parameters
    ----------
    series, hierarchy, grains
        As for :func:`~retail_marts.forecasting.engine.forecast_series`.
    events
        One row per business, day and event (:data:`schemas.EVENTS`). Events that were
        not known ahead have effects, too.

    Returns
    -------
    pandas.DataFrame
        One row per series, event type and name, and one without a name per type of
        several names (:data:`schemas.EVENT_EFFECTS`). An event of a category in one
        store has no series, and so no row; nor has a business that is not daily.

    Notes
    -----
    A day is compared with the mean of the same weekdays of the four weeks before and
    after it on which no event concerned the series. The effect is the ratio of both
    sums, less 1. Its interval is the widest of three: from the spread of the
    event's days, from that of its occasions (a promotion of a week is one), and from
    that of ordinary days, grown with the root of sales.

    Raises
    ------
    InputError
        When a frame lacks a column or holds what cannot be used.
    """
    check_series(series)
    check_events(events)
    check_hierarchy(hierarchy)
    settings = ForecastSettings(unplanned_event_types=())
    parts = []
    concerned = series.loc[series["business_id"].isin(events["business_id"])]
    for panels in build_panels(concerned, grains or {}):
        if not panels[0].grain.is_day:
            continue
        kinship = Kinship.of(hierarchy, panels[0].business_id)
        for panel in panels:
            found = panel_events(events, panel, kinship, settings)
            rows = _panel_rows(panel, found)
            parts.append(pd.DataFrame(rows, columns=list(EVENT_EFFECTS)))
    return stacked(parts, EVENT_EFFECTS)


def _panel_rows(panel: Panel, events: list[Event]) -> list[dict[str, Any]]:
    about = [event for event in events if event.level == panel.series_level]
    rows = []
    for row in np.flatnonzero(np.any([one.rows for one in about], axis=0)):
        # All that concern the series, also those of its category or business.
        special = np.zeros(len(panel.days), dtype=bool)
        for event in events:
            if event.rows[row]:
                special[event.places[event.places < len(special)]] = True
        expected = _expected(panel.values[row], special, int(panel.births[row]))
        own = [event for event in about if event.rows[row]]
        for (event_type, event_name), places in _named(own).items():
            rows.append(
                {
                    "business_id": panel.business_id,
                    "measure": panel.measure,
                    "series_level": panel.series_level,
                    "series_id": str(panel.series_ids[row]),
                    "event_type": event_type,
                    "event_name": event_name,
                    **_effect(panel.values[row], expected, special, places),
                }
            )
    return rows


def _named(
    events: list[Event],
) -> dict[tuple[str | None, str | None], NDArray[np.int64]]:
    """Days of each type and name, and of each type of several names."""
    found: dict[tuple[str | None, str | None], NDArray[np.int64]] = {}
    names: dict[str, set[str | None]] = {}
    for event in events:
        keys = [(event.event_type, event.event_name)]
        if event.event_type is not None:
            keys.append((event.event_type, None))
            names.setdefault(event.event_type, set()).add(event.event_name)
        for key in dict.fromkeys(keys):
            before = found.get(key, np.empty(0, dtype=np.int64))
            found[key] = np.union1d(before, event.places)
    for event_type, known in names.items():
        if len(known) == 1 and None not in known:
            del found[event_type, None]
    return found


def _expected(values: FloatArray, special: NDArray[np.bool_], birth: int) -> FloatArray:
    """Mean of the ordinary same weekdays around each day; NaN where there are few."""
    ordinary = ~special & (np.arange(len(values)) >= birth)
    reach = 7 * WEEKS
    padded = np.pad(np.where(ordinary, values, 0.0), reach)
    flags = np.pad(ordinary.astype("float64"), reach)
    sums, counts = np.zeros(len(values)), np.zeros(len(values))
    for week in range(-WEEKS, WEEKS + 1):
        if week:
            shifted = slice(reach + 7 * week, reach + 7 * week + len(values))
            sums += padded[shifted]
            counts += flags[shifted]
    enough = counts >= LEAST_ALIKE
    found = np.where(enough, sums / np.maximum(counts, 1), np.nan)
    found[:birth] = np.nan
    return found


def _effect(
    values: FloatArray,
    expected: FloatArray,
    special: NDArray[np.bool_],
    places: NDArray[np.int64],
) -> dict[str, Any]:
    """Effect of the days of an event, with its interval or why it has none."""
    missing: dict[str, Any] = dict.fromkeys(
        (
            "actual_value",
            "expected_value",
            "effect_share",
            "effect_lower_95",
            "effect_upper_95",
        ),
        np.nan,
    )
    missing["is_beyond_chance"] = None
    past = places[places < len(values)]
    seen = past[np.isfinite(expected[past])]
    count = len(seen)
    missing["day_count"] = count
    if not count:
        said = "no ordinary days of the same weekday near its days"
        return {**missing, "note": said if len(past) else "no day of it is past"}
    actual, usual = values[seen], expected[seen]
    missing |= {"actual_value": actual.mean(), "expected_value": usual.mean()}
    if usual.sum() <= 0:
        return {**missing, "note": "nothing is usually sold on such days"}
    effect = float(actual.sum() / usual.sum() - 1)
    missing["effect_share"] = effect
    if count < LEAST_DAYS:
        said = f"too few days for an interval: {count}, which needs {LEAST_DAYS}"
        return {**missing, "note": said}
    rest = actual - (1 + effect) * usual
    plain = ~special & np.isfinite(expected)
    ordinary = float(((values - expected)[plain] ** 2).mean()) if plain.any() else 0.0
    # Variance of the sum of all days, and its degrees of freedom.
    variances = [
        (count * float((rest**2).sum()) / (count - 1), count - 1),
        (count * ordinary * max(1 + effect, 0.0), count - 1),
    ]
    edges = [0, *(np.flatnonzero(np.diff(seen) > 1) + 1).tolist(), count]
    occasions = np.array([rest[low:high].sum() for low, high in pairwise(edges)])
    if len(occasions) >= LEAST_OCCASIONS:
        free = len(occasions) - 1
        grown = (free + 1) / free * float((occasions**2).sum())
        variances.append((grown, free))
    reach = [stdtrit(free, 0.975) * variance**0.5 for variance, free in variances]
    spread = float(max(reach)) / usual.sum()
    lower = max(effect - spread, min(-1.0, effect))
    beyond = lower > 0 or effect + spread < 0
    return {
        **missing,
        "effect_lower_95": lower,
        "effect_upper_95": effect + spread,
        "is_beyond_chance": beyond,
        "note": None if beyond else "within chance: the interval contains 0",
    }
