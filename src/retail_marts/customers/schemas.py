"""Schemas of the inputs and results of the segments."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retail_marts.customers.selection import SCORES
from retail_marts.frames import Schema
from retail_marts.settings.customers import FEATURES

#: Input of ``segment_subjects``: one row per customer or store.
SEGMENT_FEATURES: Schema = {
    "business_id": "string",
    "subject": "string",
    "subject_id": "string",
    **dict.fromkeys(FEATURES, "float64"),
}

#: Input of ``segment_subjects``: the names of segments; empty cells are null.
SEGMENT_NAMES: Schema = dict.fromkeys(
    (
        *("vocabulary", "business_id", "segment_name", "recency", "frequency"),
        *("monetary", "age", "income", "net_worth", "credit_card_debt"),
        *("description", "strategy", "share_from", "share_to"),
    ),
    "string",
)

_KEYS: dict[str, str] = {"business_id": "string", "subject": "string"}

#: One row per customer or store, including those without a segment.
SEGMENTS: Schema = {
    **_KEYS,
    "subject_id": "string",
    "segment_id": "Int64",
    "pca_1": "float64",
    "pca_2": "float64",
    "silhouette": "float64",
    "note": "string",
}

#: One row per segment.
SEGMENT_LABELS: Schema = {
    **_KEYS,
    "segment_id": "int64",
    "segment_name": "string",
    "description": "string",
    "strategy": "string",
    "summary": "string",
}

#: One row per algorithm and number of clusters.
SELECTION: Schema = {
    **_KEYS,
    "algorithm": "string",
    **SCORES,
    "row_count": "int64",
    "note": "string",
}

#: One row per requested feature.
FEATURE_USE: Schema = {
    **_KEYS,
    "feature": "string",
    "is_used": "bool",
    "transform": "string",
    "scaling": "string",
    "mean": "float64",
    "standard_deviation": "float64",
    "pca_1_loading": "float64",
    "pca_2_loading": "float64",
    "note": "string",
}

#: One row per business and kind of subject.
SEGMENTATIONS: Schema = {
    **_KEYS,
    "row_count": "int64",
    "segmented_count": "int64",
    "segment_count": "Int64",
    "consensus_segment_count": "Int64",
    "elbow_segment_count": "Int64",
    "distinct_groups": "Int64",
    "is_pinned": "bool",
    "silhouette": "float64",
    "silhouette_method": "string",
    "stability": "float64",
    "pca_1_variance_share": "float64",
    "pca_2_variance_share": "float64",
    "note": "string",
}

#: The frames of :class:`SegmentResult`.
SEGMENT_KINDS = {
    "segments": SEGMENTS,
    "labels": SEGMENT_LABELS,
    "selection": SELECTION,
    "features": FEATURE_USE,
    "segmentations": SEGMENTATIONS,
}


@dataclass(frozen=True)
class SegmentResult:
    """The results of ``segment_subjects``.

    Attributes
    ----------
    segments
        One row per customer or store (:data:`SEGMENTS`).
    labels
        One row per segment, with its name and strategy (:data:`SEGMENT_LABELS`).
    selection
        One row per algorithm and number of clusters (:data:`SELECTION`).
    features
        One row per requested feature (:data:`FEATURE_USE`).
    segmentations
        One row per business and kind of subject (:data:`SEGMENTATIONS`).
    """

    segments: pd.DataFrame
    labels: pd.DataFrame
    selection: pd.DataFrame
    features: pd.DataFrame
    segmentations: pd.DataFrame
