"""Settings of the recommendations, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from retail_marts import setting_checks as checks


@dataclass(frozen=True)
class RecommendationSettings:
    """What to recommend.

    Attributes
    ----------
    count
        Recommendations for a product and for a customer, where there are as many
        products.
    bundle_count
        Bundles for a segment and level.
    false_discovery_rate
        Share of false discoveries that is accepted among the pairs of products that
        count as going together.
    repeat_rate_min
        A product is bought again and again when at least this share of its customers
        who came back later bought it again.
    due_quantile
        Such a product is due again when as many days have passed as lie between this
        share of its repeat purchases.
    active_days
        A product that did not sell in so many days up to the as-of date comes after
        those that did.
    evaluation_windows
        Origins of the evaluation.
    evaluation_customers
        At most so many customers of a window are evaluated, drawn at random.
    choice_customers
        At most so many customers are drawn to choose on whose past orders what the
        scores are made of.
    random_state
        Seed of these draws.
    """

    count: int = 10
    bundle_count: int = 10
    false_discovery_rate: float = 0.05
    repeat_rate_min: float = 0.1
    due_quantile: float = 0.1
    active_days: int = 365
    evaluation_windows: int = 4
    evaluation_customers: int = 2_000
    choice_customers: int = 500
    random_state: int = 0


#: Setting to the whole numbers that it may be.
_RANGES = {
    "count": (1, 100),
    "bundle_count": (1, 1_000),
    "active_days": (1, 36_600),
    "evaluation_windows": (1, 52),
    "evaluation_customers": (1, 1_000_000),
    "choice_customers": (2, 1_000_000),
    "random_state": (0, 2**31 - 1),
}

#: Setting to the greatest share that it may be.
_SHARES = {"false_discovery_rate": 0.1, "repeat_rate_min": 1, "due_quantile": 1}


def recommendation_settings(
    values: Mapping[str, Any] | None = None,
) -> RecommendationSettings:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Setting names and values as they stand in a yml file.

    Raises
    ------
    InputError
        When a setting is unknown or its value out of range; the error names it.
    """
    known = [one.name for one in fields(RecommendationSettings)]
    given = checks.known_settings("recommendation_settings", values, known)
    for name, value in given.items():
        setting = f"recommendation_settings.{name}"
        if name in _RANGES:
            checks.whole_number(setting, value, *_RANGES[name])
        else:
            checks.number(setting, value, 0, _SHARES[name], above=True)
    return RecommendationSettings(**given)
