"""Spend models of customers, and families of a population that are like them."""

from retail_marts.prospecting.population_clusters import (
    REPRESENTATION_KINDS,
    represent_population,
)
from retail_marts.prospecting.prospect_schemas import PROSPECT_KINDS
from retail_marts.prospecting.prospects import find_prospects
from retail_marts.prospecting.spend import model_spend
from retail_marts.prospecting.spend_model import (
    PREDICTED,
    SpendModel,
    fit_spend_model,
)
from retail_marts.prospecting.spend_schemas import (
    DRIVERS,
    PREDICTIONS,
    SCORES,
    SPEND_KINDS,
    SpendResult,
)
from retail_marts.settings.prospecting import (
    BASELINE,
    FEATURES,
    MODEL_NAMES,
    ProspectingSettings,
    SpendSettings,
)

__all__ = [
    "BASELINE",
    "DRIVERS",
    "FEATURES",
    "MODEL_NAMES",
    "PREDICTED",
    "PREDICTIONS",
    "PROSPECT_KINDS",
    "REPRESENTATION_KINDS",
    "SCORES",
    "SPEND_KINDS",
    "ProspectingSettings",
    "SpendModel",
    "SpendResult",
    "SpendSettings",
    "find_prospects",
    "fit_spend_model",
    "model_spend",
    "represent_population",
]
