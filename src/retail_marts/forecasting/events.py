"""Days known ahead, such as promotions and closures, as the models see them.

An event concerns a series if the series lies inside of what the event is about: an
event without a product, store and category concerns every series, that of a category
the category, its sub-categories and its products. A promotion of one product does not
concern the total. What a day of an event sells is learned from the days of the same
kind (its type, else its name) before the origin alone. An event of weekly or monthly
figures concerns the share of the week or month that its days are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.forecasting.calendars import weekdays
from retail_marts.forecasting.kinship import Kinship, product_of, store_of
from retail_marts.forecasting.panel_models import EventDays
from retail_marts.forecasting.panels import CHANCE, Panel
from retail_marts.forecasting.schemas import EVENTS
from retail_marts.settings.forecasting import ForecastSettings

#: Most kinds of events that the models of a panel use: those with the most days.
MOST_KINDS = 8

#: Days of an event without a sale from which an event without a closed type may count
#: as closed.
CLOSED_MIN_DAYS = 2

FloatArray = NDArray[np.float64]

_SCOPE = ("product_id", "store_id", "category")


@dataclass(frozen=True)
class Event:
    """An event and the series of a panel that it concerns.

    Attributes
    ----------
    level
        The level of the one series that is just what the event is about; none for a
        category in a store.
    says_closed
        Whether its type says that nothing is sold.
    rows
        Whether it concerns each series, shape (series,).
    places
        Its days, counted from the first day of the panel; also days to come. Weeks or
        months with such a day, of weekly or monthly figures.
    shares
        Which share of each of them is the event: 1 of a day.
    """

    event_type: str | None
    event_name: str | None
    level: str | None
    says_closed: bool
    rows: NDArray[np.bool_]
    places: NDArray[np.int64]
    shares: FloatArray

    @property
    def kind(self) -> str:
        """Its type, or its name if it has no type."""
        return self.event_type or self.event_name or ""


def check_events(events: pd.DataFrame) -> None:
    """Check the frame of the days known ahead.

    Raises
    ------
    InputError
        When a column is missing.
    """
    missing = [name for name in EVENTS if name not in events.columns]
    if missing:
        raise InputError(
            f"forecasting: the events have no column {', '.join(missing)}.",
            remedy=f"Give them the columns {', '.join(EVENTS)}.",
        )


def panel_events(
    events: pd.DataFrame | None,
    panel: Panel,
    kinship: Kinship,
    settings: ForecastSettings,
) -> list[Event]:
    """The planned events that concern a series of a panel.

    Parameters
    ----------
    events
        One row per business, day and event (:data:`schemas.EVENTS`).
    """
    if events is None:
        return []
    mine = events.loc[events["business_id"] == panel.business_id]
    unplanned = {one.casefold() for one in settings.unplanned_event_types}
    closing = {one.casefold() for one in settings.closed_event_types}
    own = _scopes(panel, kinship)
    found = []
    keys = ["event_type", "event_name", *_SCOPE]
    for key, rows in mine.groupby(keys, sort=True, dropna=False):
        named = dict(zip(keys, pd.Series(key, dtype="string"), strict=True))
        text = {name: None if one is pd.NA else one for name, one in named.items()}
        scope = [text[name] for name in _SCOPE]
        said = (text["event_type"] or "").casefold()
        concerned = np.ones(len(panel.series_ids), dtype=bool)
        for place, wanted in enumerate(scope):
            if wanted is not None:
                concerned &= own[place] == wanted
        if said in unplanned or not concerned.any():
            continue
        days = np.unique(rows["event_date"].to_numpy(dtype="datetime64[D]"))
        places, counts = np.unique(panel.places(days), return_counts=True)
        known = places >= 0
        places, counts = places[known], counts[known]
        found.append(
            Event(
                event_type=text["event_type"],
                event_name=text["event_name"],
                level=_level_of(*scope),
                says_closed=said in closing,
                rows=concerned,
                places=places,
                shares=counts / _lengths(panel, places),
            )
        )
    return found


def _lengths(panel: Panel, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days of each of the periods."""
    if not len(places):
        return places
    starts = panel.dates(0, int(places.max()) + 2)
    return np.asarray(np.diff(starts).astype(np.int64)[places])


def _level_of(
    product_id: str | None, store_id: str | None, category: str | None
) -> str | None:
    if product_id is not None:
        return "product" if store_id is None else "store_product"
    if store_id is not None:
        return "store" if category is None else None
    return "total" if category is None else "category"


def _scopes(panel: Panel, kinship: Kinship) -> list[NDArray[np.object_]]:
    """Product, store and category of each series, None where it has none."""
    ids = [str(one) for one in panel.series_ids]
    none: list[str | None] = [None] * len(ids)
    products, stores, categories = none, none, none
    if panel.series_level == "product":
        products = list(ids)
    elif panel.series_level == "store":
        stores = list(ids)
    elif panel.series_level == "store_product":
        products = [product_of(one) for one in ids]
        stores = [store_of(one) for one in ids]
    if panel.series_level == "category":
        categories = list(ids)
    elif panel.series_level == "sub_category":
        categories = [(kinship.above or {}).get(one) for one in ids]
    elif products is not none:
        categories = [kinship.groups["category"].get(one or "") for one in products]
    return [np.array(one, dtype=object) for one in (products, stores, categories)]


def event_days(
    events: Sequence[Event], rows: slice, day_count: int
) -> EventDays | None:
    """Which share of each day is each kind of event, for some series of a panel.

    None where no event concerns any of the series.
    """
    counts: dict[str, int] = {}
    for event in events:
        if event.rows[rows].any():
            days = int((event.places < day_count).sum())
            counts[event.kind] = counts.get(event.kind, 0) + days
    kinds = sorted((-days, kind) for kind, days in counts.items() if days)
    position = {kind: place for place, (_, kind) in enumerate(kinds[:MOST_KINDS])}
    if not position:
        return None
    size = len(events[0].rows[rows])
    found = np.zeros((size, len(position), day_count))
    closing = np.zeros(len(position), dtype=bool)
    for event in events:
        if event.kind in position:
            concerned = np.flatnonzero(event.rows[rows])[:, None]
            seen = event.places < day_count
            cells = (concerned, position[event.kind], event.places[seen])
            found[cells] = np.minimum(found[cells] + event.shares[seen], 1.0)
            closing[position[event.kind]] = event.says_closed
    return EventDays(found, closing)


def closed_by_events(
    events: Sequence[Event],
    panel: Panel,
    sold: NDArray[np.bool_],
    origin: int,
    horizon: int,
) -> NDArray[np.bool_]:
    """Whether events close each series on each complete day after an origin.

    The type of an event may say so, unless at least half of its earlier days sold
    something. Any other event closes if none of its earlier days, at least
    :data:`CLOSED_MIN_DAYS`, sold anything, and so many days without a sale would be
    chance less often than :data:`~retail_marts.forecasting.panels.CHANCE`, by the share
    of the other days of the same weekdays that sold.

    Parameters
    ----------
    sold
        Whether any series of the business sold on each day: what counts for an event
        of the complete business. For others, each series counts.

    Returns
    -------
    numpy.ndarray
        Shape (series, horizon).
    """
    closed = np.zeros((len(panel.series_ids), horizon), dtype=bool)
    weekday = weekdays(panel.days[:origin])
    if not panel.grain.is_day:
        weekday = np.zeros_like(weekday)
    for event in events:
        complete = event.places[event.shares >= 1]
        ahead = complete[(complete >= origin) & (complete < origin + horizon)]
        if not len(ahead):
            continue
        past = complete[complete < origin]
        rows = np.flatnonzero(event.rows)
        if event.level == "total":
            busy = sold[None, :origin]
            alive = np.ones_like(busy)
        else:
            busy = panel.values[rows, :origin] != 0
            alive = np.arange(origin) >= panel.births[rows, None]
        days = alive[:, past].sum(axis=1)
        opened = (busy & alive)[:, past].sum(axis=1)
        if event.says_closed:
            shut = (2 * opened < days) | (days == 0)
        else:
            other = alive & np.isin(weekday, weekday[past])
            other[:, past] = False
            usual = (busy & other).sum(axis=1) / np.maximum(other.sum(axis=1), 1)
            shut = (opened == 0) & (days >= CLOSED_MIN_DAYS)
            shut &= (1 - usual) ** days <= CHANCE
        shut = np.broadcast_to(shut, len(rows))
        closed[rows[shut, None], ahead - origin] = True
    return closed
