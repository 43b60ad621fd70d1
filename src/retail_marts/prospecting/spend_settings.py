"""Settings of the spend models, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from retail_marts import setting_checks as checks

_SETTING = "spend_model_settings"

#: The naive model that every other is measured against.
BASELINE = "mean"

#: Every candidate, the simplest first: of models that do equally well, the simplest is
#: chosen.
MODEL_NAMES = (
    BASELINE,
    "linear_regression",
    "ridge",
    "decision_tree",
    "k_nearest_neighbours",
    "svr",
    "random_forest",
    "gradient_boosting",
)

#: Attributes of a customer that are numbers. Nothing here is made of orders: a customer
#: who has bought for much has bought for much.
NUMBER_FEATURES = (
    "age",
    "income_amount",
    "credit_card_debt_amount",
    "net_worth_amount",
)

#: Attributes of a customer that are texts.
TEXT_FEATURES = ("gender", "marital_status", "customer_group", "country")

FEATURES = (*TEXT_FEATURES, *NUMBER_FEATURES)


@dataclass(frozen=True)
class SpendSettings:
    """How to model what a customer spends.

    Attributes
    ----------
    models
        Candidates; the mean is always among them.
    features
        Attributes to model by, of :data:`FEATURES`; a business uses those it records.
    test_share
        Share of the customers in the split ``test``.
    folds
        Folds of the cross-validation that scores and chooses the models.
    tuning_folds
        Folds, within each training part, of the search for hyperparameters.
    tuning_iterations
        Hyperparameters that the search tries for a model; forests and boosting, whose
        fits take fifty times as long, try half as many. Zero: no tuning.
    min_customers
        Customers with a known spend that a business needs for a model.
    fit_customer_limit
        Customers that one fit sees at most, drawn by ``random_state``; every customer
        has a prediction all the same.
    permutation_repeats
        How often each attribute is shuffled to see how much it matters.
    random_state
        Seed of splits, searches and models.
    """

    models: tuple[str, ...] = MODEL_NAMES
    features: tuple[str, ...] = FEATURES
    test_share: float = 0.2
    folds: int = 5
    tuning_folds: int = 3
    tuning_iterations: int = 8
    min_customers: int = 30
    fit_customer_limit: int = 1000
    permutation_repeats: int = 5
    random_state: int = 42


#: Setting to the whole numbers that it may be.
_RANGES = {
    "folds": (2, 20),
    "tuning_folds": (2, 20),
    "tuning_iterations": (0, 1000),
    "min_customers": (20, 10_000_000),
    "fit_customer_limit": (100, 10_000_000),
    "permutation_repeats": (1, 1000),
    "random_state": (0, 2**31 - 1),
}


def spend_settings(values: Mapping[str, Any] | None = None) -> SpendSettings:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Setting names and values as they stand in a yml file; see
        :class:`SpendSettings`.

    Raises
    ------
    InputError
        When a setting is unknown or its value out of range; the error names it.
    """
    known = [one.name for one in fields(SpendSettings)]
    given = checks.known_settings(_SETTING, values, known)
    for name, value in given.items():
        setting = f"{_SETTING}.{name}"
        if name in _RANGES:
            checks.whole_number(setting, value, *_RANGES[name])
        elif name == "test_share":
            checks.number(setting, value, 0.05, 0.5)
    if "models" in given:
        given["models"] = checks.choices(
            f"{_SETTING}.models", given["models"], MODEL_NAMES, always=(BASELINE,)
        )
    if "features" in given:
        given["features"] = checks.choices(
            f"{_SETTING}.features", given["features"], FEATURES
        )
    return SpendSettings(**given)
