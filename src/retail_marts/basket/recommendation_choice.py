"""Choose the parts of the recommendation score on a business's own past orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from retail_marts.basket.held_out import (
    LIST_LENGTH,
    drawn,
    hold_out,
    last_days,
    list_scores,
)
from retail_marts.basket.purchases import FloatArray, Purchases
from retail_marts.basket.recommender import STAGES, Parts, Spoken, fit, pick
from retail_marts.settings.basket import RecommendationSettings

#: Share of the orders, the most recent ones, on which parts are chosen.
_CHOICE_SHARE = 0.3

#: Standard errors by which a part must improve the score: a one-sided test at 5 %.
_CERTAIN = 1.645


def choose_parts(
    purchases: Purchases, *, as_of_day: int, settings: RecommendationSettings
) -> Parts:
    """Choose the parts of the score by predicting past orders.

    The last three tenths of the orders are treated as unknown. For customers whose last
    order is among them (at most ``choice_customers``, drawn at random), that order is
    predicted. The score starts with popularity. A part is added if it improves the mean
    NDCG by more than chance (:data:`_CERTAIN`).
    """
    parts = Parts()
    order_days = purchases.order_days()
    if not len(order_days):
        return parts
    origin = int(order_days[int((1 - _CHOICE_SHARE) * len(order_days))])
    customers, days = last_days(purchases)
    late = (days >= origin) & (days < as_of_day)
    customers, days = drawn(
        customers[late],
        days[late],
        count=settings.choice_customers,
        random_state=settings.random_state,
    )
    known = purchases.before(origin)
    if len(customers) < 2 or not len(known.day):
        return parts
    model = fit(known, as_of_day=origin, settings=settings)
    held = hold_out(purchases, customers, days)

    # Matrix products that several candidates share.
    spoken: Spoken = {}

    def score(candidate: Parts) -> FloatArray:
        picks = pick(
            model, held.histories, parts=candidate, count=LIST_LENGTH,
            with_reasons=False, spoken=spoken,
        )  # fmt: skip
        return list_scores(picks, held)["ndcg"].to_numpy()

    current = score(parts)
    for stage in STAGES:
        best, best_scores, most = None, current, 0.0
        for addition in stage:
            candidate = _added(parts, addition)
            found = score(candidate)
            gain = found - current
            mean = float(gain.mean())
            error = float(gain.std(ddof=1) / np.sqrt(len(gain)))
            if mean > max(_CERTAIN * error, most, 1e-12):
                best, best_scores, most = candidate, found, mean
        if best is not None:
            parts, current = best, best_scores
    return parts


def _added(parts: Parts, addition: Parts) -> Parts:
    """Parts with the one part that is set in ``addition``."""
    if addition.pair_sources:
        return replace(
            parts,
            pair_sources=addition.pair_sources,
            pair_strength=addition.pair_strength,
            only_significant=addition.only_significant,
        )
    if addition.repeat_prior is not None:
        return replace(parts, repeat_prior=addition.repeat_prior)
    return replace(parts, popular_days=addition.popular_days)
