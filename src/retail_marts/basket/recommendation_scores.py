"""Scores of recommendations on held-out orders, compared with baselines."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from retail_marts.basket.held_out import (
    LIST_LENGTH,
    HeldOut,
    drawn,
    hold_out,
    last_days,
    list_scores,
    without_owned,
)
from retail_marts.basket.purchases import IntArray, Purchases
from retail_marts.basket.recommendation_choice import choose_parts
from retail_marts.basket.recommendation_schemas import SCORES
from retail_marts.basket.recommender import (
    Parts,
    Picks,
    Recommender,
    fit,
    may_want_again,
    no_picks,
    pick,
)
from retail_marts.frames import Schema, conform
from retail_marts.progress import OnShare, unwatched
from retail_marts.settings.basket import RecommendationSettings

#: Share of the orders before the first origin.
FIRST_SHARE = 0.2

#: Share of the work that learning takes, roughly; the lists take the rest.
_WINDOWS_SHARE = 0.6

#: Our model, then the naive ones that it is compared with.
MODELS = (
    "recommendations",
    "popularity",
    "popularity_not_owned",
    "own_history",
    "random_in_category",
)

#: Baseline that ``beats_baseline`` compares with.
BASELINE = "popularity"

#: Customers below which no conclusion is drawn.
LEAST_CUSTOMERS = 30

#: Which products of a held-out order count.
EVALUATIONS = ("all_products", "new_products")


@dataclass(frozen=True)
class Window:
    """One origin, and the customers whose last order is between it and the next one.

    Attributes
    ----------
    origin_day
        Models learn from purchases before this day only.
    model, parts
        Learned and chosen from the purchases before the origin.
    held
        The held-out orders, and the earlier purchases of each customer.
    random_state
        Seed of the random lists.
    """

    origin_day: int
    model: Recommender
    parts: Parts
    held: HeldOut
    random_state: int = 0

    @cached_property
    def random_products(self) -> IntArray:
        """Sold products drawn at random, shape (customers, products)."""
        generator = np.random.default_rng(self.random_state)
        sold = np.flatnonzero(self.model.sold > 0)
        size = min(len(sold), _RANDOM_POOL)
        drawn_products = [
            generator.choice(sold, size, replace=False)
            for _ in self.held.histories.customers
        ]
        return np.array(drawn_products, dtype=np.int64).reshape(-1, size)


def evaluation_windows(
    purchases: Purchases,
    *,
    settings: RecommendationSettings,
    on_share: OnShare = unwatched,
) -> tuple[list[Window], int]:
    """Hold out the last purchase day of every customer with at least two.

    Returns
    -------
    windows
        Up to ``evaluation_windows`` origins with about equally many customers. A model
        learns from the purchases before its origin. To make a list for a customer it
        also sees the customer's purchases between the origin and the held-out day.
    left_out
        Number of customers whose last day is within the first fifth of all orders,
        where there is too little to learn from.
    """
    customers, days = last_days(purchases)
    order_days = purchases.order_days()
    if not len(customers):
        return [], 0
    start = int(order_days[int(FIRST_SHARE * len(order_days))])
    late = (days >= start) & (days > order_days[0])
    left_out = int((~late).sum())
    customers, days = customers[late], days[late]
    if not len(customers):
        return [], left_out
    places = np.arange(settings.evaluation_windows) / settings.evaluation_windows
    origins = np.unique(np.quantile(days, places, method="lower"))
    ends = np.append(origins[1:], days.max() + 1)
    windows = []
    for place, (origin, end) in enumerate(zip(origins, ends, strict=True)):
        within = (days >= origin) & (days < end)
        chosen, chosen_days = drawn(
            customers[within],
            days[within],
            count=settings.evaluation_customers,
            random_state=settings.random_state,
        )
        known = purchases.before(int(origin))
        parts = choose_parts(known, as_of_day=int(origin), settings=settings)
        windows.append(
            Window(
                origin_day=int(origin),
                model=fit(
                    known,
                    as_of_day=int(origin),
                    settings=settings,
                    pair_sources=parts.pair_sources,
                ),
                parts=parts,
                held=hold_out(purchases, chosen, chosen_days),
                random_state=settings.random_state + place,
            )
        )
        on_share(1 / len(origins))
    return windows, left_out


def lists_of(window: Window, model_name: str, *, only_new: bool) -> Picks:
    """The lists of a model of :data:`MODELS` for the customers of a window."""
    model, histories = window.model, window.held.histories
    plain = Parts()
    if model_name == "recommendations":
        return pick(
            model, histories, parts=window.parts, count=LIST_LENGTH, only_new=only_new,
            with_reasons=False,
        )  # fmt: skip
    if model_name == "random_in_category":
        return _random_lists(window, only_new)
    if model_name == "own_history":
        plain = Parts(repeat_prior=1.0)
    return pick(
        model, histories, parts=plain, count=LIST_LENGTH, only_new=only_new,
        bar_owned=model_name == "popularity_not_owned", with_reasons=False,
    )  # fmt: skip


#: Number of products drawn for a random list; the first suitable ones are shown.
_RANDOM_POOL = 200


#: Number of customers whose random lists are made at once.
_STEP = 500


def _random_lists(window: Window, only_new: bool) -> Picks:
    """Random products, those in categories of the customer's history first."""
    model, histories = window.model, window.held.histories
    codes = model.groups["category"]
    lists = []
    for first in range(0, len(histories.customers), _STEP):
        part = histories.take(first, min(first + _STEP, len(histories.customers)))
        rows = np.arange(len(part.customers))[:, None]
        mixed = window.random_products[first : first + _STEP]
        # Products without a category have the code -1, the last column.
        is_known = np.zeros((len(rows), int(codes.max(initial=-1)) + 2), dtype=bool)
        is_known[part.row, codes[part.product]] = True
        place = (~is_known[rows, codes[mixed]]).astype("int8")
        if only_new:
            is_owned = np.zeros((len(rows), model.product_count), dtype=bool)
            is_owned[part.row, part.product] = True
            place[is_owned[rows, mixed]] = 2
        order = np.argsort(place, axis=1, kind="stable")[:, :LIST_LENGTH]
        shown = place[rows, order] < 2
        row, rank = np.nonzero(shown)
        product = mixed[row, order[shown]]
        lists.append((row + first, rank + 1, product))
    if not lists:
        return no_picks()
    row, rank, product = (np.concatenate(one) for one in zip(*lists, strict=True))
    return replace(
        no_picks(), row=row, rank=rank, product=product, score=np.zeros(len(row))
    )


#: Columns that are null without a customer.
_MEASURES = (
    "hit_rate",
    "recall_at_10",
    "ndcg_at_10",
    "mean_reciprocal_rank",
    "recall_gain",
    "recall_gain_lower_95",
    "recall_gain_upper_95",
)

#: Result for one business.
_OWN_SCORES: Schema = {n: t for n, t in SCORES.items() if n != "business_id"}


def score_recommendations(
    purchases: Purchases,
    *,
    settings: RecommendationSettings,
    on_share: OnShare = unwatched,
) -> pd.DataFrame:
    """Score the recommendations and the baselines of one business.

    Returns
    -------
    pandas.DataFrame
        One row per evaluation and model (:data:`SCORES` without the business). Without
        a held-out order the rows have no figures.
    """
    windows, left_out = evaluation_windows(
        purchases,
        settings=settings,
        on_share=lambda share: on_share(_WINDOWS_SHARE * share),
    )
    product_count = len(np.unique(purchases.product))
    rows = []
    for evaluation in EVALUATIONS:
        only_new = evaluation == "new_products"
        tables: dict[str, pd.DataFrame] = {}
        covered: dict[str, IntArray] = {}
        for name in MODELS:
            parts, shown = [], [np.zeros(0, dtype=np.int64)]
            for window in windows:
                held = window.held
                if only_new:
                    held = without_owned(held, window.model.product_count)
                picks = lists_of(window, name, only_new=only_new)
                parts.append(list_scores(picks, held))
                shown.append(picks.product)
                on_share((1 - _WINDOWS_SHARE) / len(windows) / len(MODELS) / 2)
            tables[name] = pd.concat(parts) if parts else pd.DataFrame()
            covered[name] = np.unique(np.concatenate(shown))
        base = tables[BASELINE]
        for name in MODELS:
            rows.append(
                {
                    "evaluation": evaluation,
                    "model_name": name,
                    "product_count": product_count,
                    "left_out_customer_count": left_out,
                    "window_count": len(windows),
                    "first_origin_date": _date(windows),
                    "product_coverage": len(covered[name]) / max(product_count, 1),
                    "is_baseline": name != "recommendations",
                    "chosen_parts": _described(windows)
                    if name == "recommendations"
                    else None,
                    **_figures(
                        tables[name],
                        base,
                        name,
                        # A list of all products has a recall of 1, whatever its order.
                        judged_by="ndcg" if product_count <= LIST_LENGTH else "recall",
                    ),
                }
            )
    frame = pd.DataFrame(rows)
    frame["note"] = [_note(row, windows) for row in frame.to_dict(orient="records")]
    return conform(frame, _OWN_SCORES)


def _date(windows: list[Window]) -> pd.Timestamp | None:
    return pd.Timestamp(windows[0].origin_day, unit="D") if windows else None


def _described(windows: list[Window]) -> str | None:
    """The parts chosen at the last origin, which has the most data."""
    return windows[-1].parts.described() if windows else None


def _figures(
    table: pd.DataFrame, base: pd.DataFrame, name: str, *, judged_by: str
) -> dict[str, object]:
    if not len(table):
        return {
            "customer_count": 0,
            **dict.fromkeys(_MEASURES, np.nan),
            "beats_baseline": None,
            "verdict": "",
        }
    means = {column: float(table[column].mean()) for column in table.columns[1:]}
    is_base = name == BASELINE
    lower, mean, upper = _gain(table["recall"], base["recall"])
    judged = _gain(table[judged_by], base[judged_by])
    return {
        "customer_count": len(table),
        "hit_rate": means["hit"],
        "recall_at_10": means["recall"],
        "ndcg_at_10": means["ndcg"],
        "mean_reciprocal_rank": means["reciprocal_rank"],
        "recall_gain": np.nan if is_base else mean,
        "recall_gain_lower_95": np.nan if is_base else lower,
        "recall_gain_upper_95": np.nan if is_base else upper,
        "beats_baseline": None
        if is_base
        else judged[0] > 0 and len(table) >= LEAST_CUSTOMERS,
        "verdict": _verdict(lower=judged[0], upper=judged[2]),
    }


def _gain(scores: pd.Series, base: pd.Series) -> tuple[float, float, float]:
    """Mean gain of the customers with its 95 % interval: lower end, mean, upper end."""
    gain = scores.to_numpy() - base.to_numpy()
    mean = float(gain.mean())
    error = float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else np.nan
    return mean - 1.96 * error, mean, mean + 1.96 * error


def _verdict(*, lower: float, upper: float) -> str:
    """What the note says of the gain; empty where it is one, or cannot be known."""
    if upper < 0:
        return "popularity does better"
    if lower <= 0 <= upper:
        return "the difference to popularity is within chance"
    return ""


def _note(row: Mapping[Hashable, Any], windows: list[Window]) -> str | None:
    """What limits the figures of a row; null if nothing does."""
    customers = int(row["customer_count"])
    if not windows:
        return (
            "no order to hold out: no customer bought on two days, the last of them "
            "after the first fifth of the orders"
        )
    if not customers:
        return "no held-out order has a product that is new to its customer"
    notes = []
    if customers < LEAST_CUSTOMERS:
        notes.append(f"too few customers for a conclusion ({customers})")
    if int(row["product_count"]) <= LIST_LENGTH:
        notes.append(f"a list of {LIST_LENGTH} has all products, so compare ndcg_at_10")
    if row["model_name"] == "recommendations":
        if row["verdict"]:
            notes.append(row["verdict"])
        share = _held_back_share(windows)
        if row["evaluation"] == "all_products" and share >= 0.005:
            notes.append(
                f"{share:.0%} of the products bought were not recommended because the "
                "customer had bought them before"
            )
    return "; ".join(notes) or None


def _held_back_share(windows: list[Window]) -> float:
    """Share of held-out purchases that may not be recommended."""
    barred, total = 0, 0
    for window in windows:
        size = window.model.product_count
        held = window.held
        early = ~may_want_again(window.model, held.histories)
        owned = held.histories.row[early] * size + held.histories.product[early]
        barred += int(np.isin(held.row * size + held.product, owned).sum())
        total += len(held.row)
    return barred / max(total, 1)
