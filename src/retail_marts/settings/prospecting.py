"""Settings of the spend models, and of populations and prospects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from retail_marts.settings.kinds import (
    Kind,
    Number,
    Section,
    SomeOf,
    Text,
    Whole,
    refused,
    setting,
    shown,
)

#: The naive model that every other spend model is measured against.
BASELINE = "mean"

#: Every spend model, the simplest first: of models that do equally well, the simplest
#: is chosen.
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

#: Bands from the smallest share of the population to the largest.
BANDS = ("narrow", "balanced", "broad")

#: What every look-alike model is measured beside.
BASELINES = ("constant", "customer_range")

#: Models whose score is a sum over columns, so that each column's part can be shown.
EXPLAINABLE_MODELS = ("logistic", "logistic_splines")

#: Every look-alike model, simplest first.
LOOK_ALIKE_MODELS = (*BASELINES, *EXPLAINABLE_MODELS, "gradient_boosting")

Share = Annotated[float, Number(0, 1)]


def _listed(names: tuple[str, ...]) -> str:
    return "some of " + ", ".join(f"`{name}`" for name in names)


class SpendSettings(Section):
    """How to model what a customer spends."""

    models: Annotated[tuple[str, ...], SomeOf(MODEL_NAMES, always=(BASELINE,))] = (
        setting(
            MODEL_NAMES,
            f"{_listed(MODEL_NAMES)}; the mean is always there",
            shown_default="all",
        )
    )
    features: Annotated[tuple[str, ...], SomeOf(FEATURES)] = setting(
        FEATURES,
        f"{_listed(FEATURES)}; a business uses those it records",
        shown_default="all",
    )
    test_share: Annotated[float, Number(0.05, 0.5)] = setting(
        0.2, "share of the customers in the split `test`"
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        42, "seed of splits, searches and models"
    )
    folds: Annotated[int, Whole(2, 20)] = setting(
        5, "folds of the cross-validation that scores and chooses the models"
    )
    tuning_folds: Annotated[int, Whole(2, 20)] = setting(
        3, "folds, within each training part, of the search for hyperparameters"
    )
    tuning_iterations: Annotated[int, Whole(0, 1000)] = setting(
        8,
        "hyperparameters tried for a model; forests and boosting half as many; 0: no "
        "tuning",
    )
    min_customers: Annotated[int, Whole(20, 10_000_000)] = setting(
        30, "customers with a known spend that a business needs"
    )
    fit_customer_limit: Annotated[int, Whole(100, 10_000_000)] = setting(
        1000, "customers that a fit sees at most; all are predicted"
    )
    permutation_repeats: Annotated[int, Whole(1, 1000)] = setting(
        5, "shuffles of each attribute in each fold"
    )


_SHARE = Number(0, 1, above=True)


class Bands(Kind):
    """A share of the population for each band, rising."""

    def read(self, value: Any) -> Mapping[str, float]:
        if not isinstance(value, Mapping) or set(value) != set(BANDS):
            raise refused(
                f"is {shown(value)}.",
                "Give narrow, balanced and broad a share of the population each.",
            )
        shares = {}
        for name in BANDS:
            try:
                shares[name] = _SHARE.read(value[name])
            except PydanticCustomError:
                raise refused(
                    f"gives {name} {shown(value[name])}.",
                    "Give it a number above 0 and up to 1.",
                ) from None
        if not shares["narrow"] < shares["balanced"] < shares["broad"]:
            raise refused(
                f"is {shown(value)}, which does not rise.",
                "Let the shares rise from narrow to broad.",
            )
        return MappingProxyType(shares)

    def write(self, value: Any) -> dict[str, float]:
        return dict(value)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": dict.fromkeys(BANDS, _SHARE.schema()),
            "required": list(BANDS),
            "additionalProperties": False,
        }


class LookAlikeModels(SomeOf):
    """Look-alike models; one of them must be able to explain its score."""

    def read(self, value: Any) -> tuple[str, ...]:
        chosen = super().read(value)
        if not set(chosen) & set(EXPLAINABLE_MODELS):
            raise refused(
                f"is {shown(value)}.",
                "Set it to a list with at least one of "
                f"{', '.join(EXPLAINABLE_MODELS)}: a score must be explained.",
            )
        return chosen


class ProspectingSettings(Section):
    """How a population is clustered and searched for prospects."""

    cluster_count: Annotated[int, Whole(2, 50)] | None = setting(
        None, "number of clusters of the population", shown_default="chosen"
    )
    largest_cluster_count: Annotated[int, Whole(3, 50)] = setting(
        12, "clusters are tried up to this many"
    )
    min_customers: Annotated[int, Whole(20, 1_000_000)] = setting(
        30, "customers who state the compared columns that a business needs"
    )
    bands: Annotated[Mapping[str, float], Bands()] = setting(
        lambda: MappingProxyType({"narrow": 0.01, "balanced": 0.05, "broad": 0.20}),
        "share of the population in `narrow`, `balanced`, `broad`",
        shown_default=".01, .05, .20",
    )
    # The baselines are what every other model is measured beside.
    models: Annotated[
        tuple[str, ...], LookAlikeModels(LOOK_ALIKE_MODELS, always=BASELINES)
    ] = setting(
        LOOK_ALIKE_MODELS,
        f"{_listed(LOOK_ALIKE_MODELS[2:])}; the baselines are always there",
        shown_default="all",
    )
    folds: Annotated[int, Whole(2, 20)] = setting(
        5, "folds of the evaluation; a family's implicates share one"
    )
    training_families_limit: Annotated[int, Whole(100, 10_000_000)] = setting(
        20_000,
        "a larger population is scored whole, but learnt from so many families",
    )
    bootstrap_replicates: Annotated[int, Whole(20, 10_000)] = setting(
        200, "replicates of the population's families for the intervals of shares"
    )
    overlap_auc_limit: Share = setting(
        0.98, "from this area under the curve on, customers are unlike nearly everyone"
    )
    overlap_share_limit: Share = setting(
        0.05, "below this share of the population in the customers' ranges, too"
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        0, "seed of all that draws random numbers"
    )


class Population(Section):
    """What a file does not say about a population."""

    population_name: Annotated[str, Text()] | None = setting(
        None, "name that is shown", shown_default="its own name"
    )
    currency: Annotated[str, Text()] | None = setting(
        None, "currency of its amounts, such as USD", shown_default="none"
    )
    country_code: Annotated[str, Text()] | None = setting(
        None, "its country, such as US", shown_default="none"
    )
