"""What a customer spends, and which families of the population are like customers."""

from retail_marts.prospecting.spend_model import (
    PREDICTED,
    SpendModel,
    fit_spend_model,
)
from retail_marts.prospecting.spend_settings import SpendSettings, spend_settings

__all__ = [
    "PREDICTED",
    "SpendModel",
    "SpendSettings",
    "fit_spend_model",
    "spend_settings",
]
