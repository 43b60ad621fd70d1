"""Schemas of the inputs and results of the recommendations."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retail_marts.frames import Schema

#: Purchases: one row per business, order and product; duplicates count once.
PURCHASES: Schema = {
    "business_id": "string",
    "order_id": "string",
    "customer_id": "string",
    "order_date": "datetime64[us]",
    "product_id": "string",
}

#: Products that can be recommended: one row per business and product, with its sales
#: per order that has it.
PRODUCTS: Schema = {
    "business_id": "string",
    "product_id": "string",
    "product_name": "string",
    "category": "string",
    "sub_category": "string",
    "amount_per_order": "float64",
}

#: Customers who get recommendations: one row per business and customer.
CUSTOMERS: Schema = {"business_id": "string", "customer_id": "string"}

#: Segment of each customer, for each kind of segments.
SEGMENTS: Schema = {
    "business_id": "string",
    "segment_kind": "string",
    "customer_id": "string",
    "segment_name": "string",
}

#: Evidence for a recommendation.
_EVIDENCE: Schema = {
    "reason": "string",
    "evidence_count": "int64",
    "confidence": "float64",
    "lift": "float64",
    "q_value": "float64",
    "score": "float64",
}

#: One row per business, product and rank.
PRODUCT_RECOMMENDATIONS: Schema = {
    "business_id": "string",
    "product_id": "string",
    "recommendation_rank": "int64",
    "recommended_product_id": "string",
    **_EVIDENCE,
}

#: One row per business, customer and rank.
CUSTOMER_RECOMMENDATIONS: Schema = {
    "business_id": "string",
    "customer_id": "string",
    "recommendation_rank": "int64",
    "recommended_product_id": "string",
    "because_product_id": "string",
    **_EVIDENCE,
    "last_bought_date": "datetime64[us]",
    "due_date": "datetime64[us]",
}

#: One row per business, evaluation and model.
SCORES: Schema = {
    "business_id": "string",
    "evaluation": "string",
    "model_name": "string",
    "product_count": "int64",
    "customer_count": "int64",
    "left_out_customer_count": "int64",
    "window_count": "int64",
    "first_origin_date": "datetime64[us]",
    "hit_rate": "float64",
    "recall_at_10": "float64",
    "ndcg_at_10": "float64",
    "mean_reciprocal_rank": "float64",
    "product_coverage": "float64",
    "recall_gain": "float64",
    "recall_gain_lower_95": "float64",
    "recall_gain_upper_95": "float64",
    "is_baseline": "bool",
    "beats_baseline": "boolean",
    "chosen_parts": "string",
    "note": "string",
}

#: One row per business, kind of segments, segment, level and rank.
SEGMENT_BUNDLES: Schema = {
    "business_id": "string",
    "segment_kind": "string",
    "segment_name": "string",
    "basket_level": "string",
    "bundle_rank": "int64",
    "item_id": "string",
    "other_item_id": "string",
    "customer_count": "int64",
    "basket_count": "int64",
    "segment_basket_total": "int64",
    "rest_basket_count": "int64",
    "rest_basket_total": "int64",
    "support": "float64",
    "rest_support": "float64",
    "support_ratio": "float64",
    "extra_basket_count": "float64",
    "extra_sales_amount": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "is_significant": "bool",
}

#: The frames of :class:`RecommendationResult`.
RECOMMENDATION_KINDS = {
    "products": PRODUCT_RECOMMENDATIONS,
    "customers": CUSTOMER_RECOMMENDATIONS,
    "scores": SCORES,
}


@dataclass(frozen=True)
class RecommendationResult:
    """Recommendations for products and customers, and scores.

    Attributes
    ----------
    products
        Products that sell with a product (:data:`PRODUCT_RECOMMENDATIONS`).
    customers
        Products that a customer may buy next (:data:`CUSTOMER_RECOMMENDATIONS`).
    scores
        Scores of such lists on held-out orders (:data:`SCORES`).
    """

    products: pd.DataFrame
    customers: pd.DataFrame
    scores: pd.DataFrame
