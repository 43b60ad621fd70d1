"""The frames that the search for prospects gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retail_marts.frames import Schema

#: What names a pair of business and population.
PAIR_KEYS: dict[str, str] = {"business_id": "string", "population_id": "string"}

#: One row per business and population: whether they compare, how far they overlap.
OVERLAP: Schema = {
    **PAIR_KEYS,
    "is_compared": "bool",
    "reason": "string",
    "compared_columns": "string",
    "left_out_columns": "string",
    "customer_count": "int64",
    "compared_customer_count": "Int64",
    "row_count": "int64",
    "family_count": "Int64",
    "population_weight": "float64",
    "training_family_count": "Int64",
    "model_name": "string",
    "auc": "float64",
    "within_range_share": "float64",
    "effective_share": "float64",
    "has_little_overlap": "boolean",
    "warning": "string",
    "expected_spend_note": "string",
}

#: One row per business, population and cluster.
REPRESENTATION: Schema = {
    **PAIR_KEYS,
    "cluster_id": "int64",
    "cluster_name": "string",
    "representation": "string",
    "strategy": "string",
    "population_weight": "float64",
    "population_share": "float64",
    "population_share_lower": "float64",
    "population_share_upper": "float64",
    "customer_count": "int64",
    "customer_share": "float64",
    "customer_share_lower": "float64",
    "customer_share_upper": "float64",
    "representation_ratio": "float64",
    "representation_ratio_lower": "float64",
    "representation_ratio_upper": "float64",
    "female_share": "float64",
    "at_most_one_vehicle_share": "float64",
    "mean_vehicle_count": "float64",
    **{
        f"{figure}_{column}": "float64"
        for column in (
            "age",
            "income_amount",
            "credit_card_debt_amount",
            "debt_amount",
            "net_worth_amount",
        )
        for figure in ("median", "mean")
    },
    **{
        f"customer_median_{column}": "float64"
        for column in (
            "age",
            "income_amount",
            "credit_card_debt_amount",
            "net_worth_amount",
        )
    },
}

#: One row per business, population and family: its cluster.
FAMILY_CLUSTERS: Schema = {
    **PAIR_KEYS,
    "family_id": "string",
    "cluster_id": "int64",
}

#: One row per business, population and family.
PROSPECTS: Schema = {
    **PAIR_KEYS,
    "family_id": "string",
    "band": "string",
    "main_reasons": "string",
    "outside_columns": "string",
    "note": "string",
    "gender": "string",
    "marital_status": "string",
    "implicate_count": "int64",
    "weight": "float64",
    "prospect_score": "float64",
    "prospect_score_deviation": "float64",
    "population_share_above": "float64",
    "log_odds": "float64",
    "base_log_odds": "float64",
    "gender_contribution": "float64",
    "marital_status_contribution": "float64",
    "age_contribution": "float64",
    "income_contribution": "float64",
    "credit_card_debt_contribution": "float64",
    "net_worth_contribution": "float64",
    "expected_spend_amount": "float64",
    "expected_spend_lower_80": "float64",
    "expected_spend_upper_80": "float64",
    "extrapolated_spend_amount": "float64",
    "age": "float64",
    "income_amount": "float64",
    "credit_card_debt_amount": "float64",
    "net_worth_amount": "float64",
    "vehicle_count": "float64",
    "at_most_one_vehicle_share": "float64",
    "has_at_most_one_vehicle": "boolean",
    "is_outside_customer_range": "boolean",
}

#: One row per business, population, model and calibration.
SCORES: Schema = {
    **PAIR_KEYS,
    "model_name": "string",
    "calibration": "string",
    "auc": "float64",
    "auc_error": "float64",
    "top_decile_customer_share": "float64",
    "top_decile_lift": "float64",
    "log_loss": "float64",
    "brier": "float64",
    "calibration_error": "float64",
    "fit_seconds": "float64",
    "is_baseline": "bool",
    "is_explainable": "bool",
    "beats_baseline": "boolean",
    "is_best_model": "bool",
    "is_used": "bool",
}

#: One row per business, population and decile of the population.
LIFT: Schema = {
    **PAIR_KEYS,
    "decile": "int64",
    "population_share": "float64",
    "customer_count": "int64",
    "customer_share": "float64",
    "lift": "float64",
    "cumulative_population_share": "float64",
    "cumulative_customer_share": "float64",
    "cumulative_lift": "float64",
    "lowest_score": "float64",
    "mean_score": "float64",
    "observed_share": "float64",
}

#: The frames of :class:`ProspectResult`.
PROSPECT_KINDS = {
    "prospects": PROSPECTS,
    "scores": SCORES,
    "lift": LIFT,
    "overlap": OVERLAP,
}


@dataclass(frozen=True)
class ProspectResult:
    """What ``find_prospects`` gives."""

    prospects: pd.DataFrame
    scores: pd.DataFrame
    lift: pd.DataFrame
    overlap: pd.DataFrame


@dataclass(frozen=True)
class RepresentationResult:
    """What ``represent_population`` gives."""

    representation: pd.DataFrame
    selection: pd.DataFrame
    families: pd.DataFrame
