"""The frames that the spend models take and give."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retail_marts.frames import Schema

#: Columns that ``model_spend`` needs, besides the features.
CUSTOMER_KEYS = ("business_id", "customer_id")
TARGET = "actual_amount"
TARGET_NAME = "spend_measure"

_KEYS: dict[str, str] = {"business_id": "string", "model_name": "string"}

#: One row per business, model, defaults or tuned, and split.
SCORES: Schema = {
    **_KEYS,
    "is_tuned": "bool",
    "split": "string",
    "spend_measure": "string",
    "customer_count": "int64",
    "mae": "float64",
    "mse": "float64",
    "rmse": "float64",
    "r2": "float64",
    "is_baseline": "bool",
    "beats_baseline": "boolean",
    "baseline_p_value": "float64",
    "tuning_helped": "boolean",
    "model_rank": "Int64",
    "is_best_model": "bool",
    "coverage_80": "float64",
    "coverage_95": "float64",
    "hyperparameters": "string",
    "fit_seconds": "float64",
    "converged": "boolean",
    "note": "string",
}

#: One row per business and customer.
PREDICTIONS: Schema = {
    "business_id": "string",
    "customer_id": "string",
    "spend_measure": "string",
    "actual_amount": "float64",
    "predicted_amount": "float64",
    "lower_80": "float64",
    "upper_80": "float64",
    "lower_95": "float64",
    "upper_95": "float64",
    "model_name": "string",
    "is_tuned": "boolean",
    "is_out_of_fold": "boolean",
    "note": "string",
}

#: One row per business and feature that it records.
DRIVERS: Schema = {
    "business_id": "string",
    "feature": "string",
    "importance": "float64",
    "importance_std": "float64",
    "importance_share": "float64",
    "importance_rank": "Int64",
    "direction": "string",
    "effect_amount": "float64",
    "low_value": "string",
    "high_value": "string",
    "missing_share": "float64",
    "model_name": "string",
    "is_tuned": "boolean",
    "note": "string",
}

#: The frames of :class:`SpendResult`.
SPEND_KINDS = {"scores": SCORES, "predictions": PREDICTIONS, "drivers": DRIVERS}


@dataclass(frozen=True)
class SpendResult:
    """What ``model_spend`` gives."""

    scores: pd.DataFrame
    predictions: pd.DataFrame
    drivers: pd.DataFrame
