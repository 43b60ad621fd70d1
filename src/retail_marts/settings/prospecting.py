"""Settings of the spend models, and of populations and prospects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from retail_marts.settings.kinds import (
    Flag,
    Kind,
    Number,
    Section,
    SomeOf,
    Text,
    Texts,
    Whole,
    refused,
    setting,
    shown,
)

#: The naive model that every other spend model is compared with.
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

#: Attributes of a customer that are numbers. None is derived from orders: those would
#: contain the spend that is to be predicted.
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

#: Simple models that every look-alike model is compared with.
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
            f"{_listed(MODEL_NAMES)}; the mean is always included",
            shown_default="all",
        )
    )
    features: Annotated[tuple[str, ...], SomeOf(FEATURES)] = setting(
        FEATURES,
        f"{_listed(FEATURES)}; each business uses those that its files contain",
        shown_default="all",
    )
    attributes: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "free attributes of customers that are features too, see "
        "docs/bring-your-own-data.md; each business uses those that its files contain",
        shown_default="none",
    )
    test_share: Annotated[float, Number(0.05, 0.5)] = setting(
        0.2, "share of the customers in the split `test`; the others are in `train`"
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        42, "random seed of splits, searches and models"
    )
    folds: Annotated[int, Whole(2, 20)] = setting(
        5, "number of folds of the cross-validation that scores and chooses the models"
    )
    tuning_folds: Annotated[int, Whole(2, 20)] = setting(
        3,
        "number of folds of the search for hyperparameters, within each training part",
    )
    tuning_iterations: Annotated[int, Whole(0, 1000)] = setting(
        8,
        "number of hyperparameter sets tried per model; half as many for forests "
        "and boosting; 0: no tuning",
    )
    tune_all_models: Annotated[bool, Flag()] = setting(
        False,
        "whether `svr`, `random_forest` and `gradient_boosting` are tuned in all folds "
        "even if another model has a lower error in the first",
    )
    min_customers: Annotated[int, Whole(20, 10_000_000)] = setting(
        30, "minimum number of customers with a known spend that a business needs"
    )
    fit_customer_limit: Annotated[int, Whole(100, 10_000_000)] = setting(
        1000, "maximum number of customers used for a fit; all customers are predicted"
    )
    permutation_repeats: Annotated[int, Whole(1, 1000)] = setting(
        5, "number of shuffles of each attribute in each fold"
    )


_SHARE = Number(0, 1, above=True)


class Bands(Kind):
    """A share of the population for each band, in increasing order."""

    def read(self, value: Any) -> Mapping[str, float]:
        if not isinstance(value, Mapping) or set(value) != set(BANDS):
            raise refused(
                f"is {shown(value)}.",
                "Set each of narrow, balanced and broad to a share of the population.",
            )
        shares = {}
        for name in BANDS:
            try:
                shares[name] = _SHARE.read(value[name])
            except PydanticCustomError:
                raise refused(
                    f"gives {name} {shown(value[name])}.",
                    "Set it to a number above 0 and up to 1.",
                ) from None
        if not shares["narrow"] < shares["balanced"] < shares["broad"]:
            raise refused(
                f"is {shown(value)}. The shares do not increase.",
                "Write the shares in increasing order: narrow, balanced, broad.",
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
        None,
        "number of clusters of the population",
        shown_default="distinct groups, else the elbow",
    )
    largest_cluster_count: Annotated[int, Whole(3, 50)] = setting(
        12, "largest number of clusters that is tried"
    )
    min_customers: Annotated[int, Whole(20, 1_000_000)] = setting(
        30,
        "minimum number of customers with values in the compared columns that a "
        "business needs",
    )
    bands: Annotated[Mapping[str, float], Bands()] = setting(
        lambda: MappingProxyType({"narrow": 0.01, "balanced": 0.05, "broad": 0.20}),
        "share of the population in each of `narrow`, `balanced` and `broad`",
        shown_default=".01, .05, .20",
    )
    # The baselines are always included: all other models are compared with them.
    models: Annotated[
        tuple[str, ...], LookAlikeModels(LOOK_ALIKE_MODELS, always=BASELINES)
    ] = setting(
        LOOK_ALIKE_MODELS,
        f"{_listed(LOOK_ALIKE_MODELS[2:])}; the baselines are always included",
        shown_default="all",
    )
    folds: Annotated[int, Whole(2, 20)] = setting(
        5,
        "number of folds of the evaluation; all implicates of a family are in the "
        "same fold",
    )
    training_families_limit: Annotated[int, Whole(100, 10_000_000)] = setting(
        20_000,
        "maximum number of families used for training; all families are scored",
    )
    bootstrap_replicates: Annotated[int, Whole(20, 10_000)] = setting(
        200, "number of bootstrap samples of families for the intervals of shares"
    )
    overlap_auc_limit: Share = setting(
        0.98,
        "area under the ROC curve from which a warning says that the customers are "
        "unlike nearly everyone",
    )
    overlap_share_limit: Share = setting(
        0.05,
        "share of the population within the customers' ranges below which the same "
        "warning appears",
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(0, "random seed")


class Population(Section):
    """Facts about a population that its file does not state."""

    population_name: Annotated[str, Text()] | None = setting(
        None, "name to show in marts and reports", shown_default="the name of the entry"
    )
    currency: Annotated[str, Text()] | None = setting(
        None, "currency of the amounts, such as USD", shown_default="none"
    )
    country_code: Annotated[str, Text()] | None = setting(
        None, "country code, such as US", shown_default="none"
    )
