"""What a customer spends, and which families of the population are like customers."""

from retail_marts.prospecting.prospect_settings import (
    ProspectingSettings,
    prospecting_settings,
)
from retail_marts.prospecting.prospects import find_prospects
from retail_marts.prospecting.spend_model import (
    PREDICTED,
    SpendModel,
    fit_spend_model,
)
from retail_marts.prospecting.spend_settings import SpendSettings, spend_settings

__all__ = [
    "PREDICTED",
    "ProspectingSettings",
    "SpendModel",
    "SpendSettings",
    "find_prospects",
    "fit_spend_model",
    "prospecting_settings",
    "spend_settings",
]
