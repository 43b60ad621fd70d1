"""Segments of the customers and stores of every business, with names.

The entry point is :func:`segment_subjects`. Rows are sorted by id first, so that the
result does not depend on their order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.attributes import with_attributes
from retail_marts.customers.clustering import FloatArray
from retail_marts.customers.comparison import compared_algorithms
from retail_marts.customers.naming import (
    check_names,
    dormant_after_days,
    name_segments,
)
from retail_marts.customers.schemas import (
    SEGMENT_FEATURES,
    SEGMENT_KINDS,
    SEGMENTATIONS,
    SegmentResult,
)
from retail_marts.customers.selection import Selection, choose_k
from retail_marts.errors import InputError
from retail_marts.frames import conform, stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.settings.customers import (
    ATTRIBUTE_FEATURES,
    FEATURES,
    ORDER_FEATURES,
    SegmentPlan,
    SegmentSettings,
)

SUBJECTS = ("customer", "store")
#: A feature is not used if it is null for a larger share of the subjects.
_MOST_MISSING = 0.5
#: Segments up to this share of all customers are "few".
_FEW = 0.35


@dataclass(frozen=True)
class Space:
    """The points of a business's subjects for K-Means.

    Attributes
    ----------
    points
        Transformed and scaled features of the subjects that have all of them, shape
        (segmented subjects, used features).
    is_segmented
        Whether each subject is one of those.
    reasons
        Why a subject is not segmented; null if it is.
    use
        One row per feature (:data:`FEATURE_USE`, without keys and loadings).
    """

    points: FloatArray
    is_segmented: pd.Series
    reasons: pd.Series
    use: pd.DataFrame


def segment_subjects(
    features: pd.DataFrame,
    *,
    names: pd.DataFrame,
    plan: SegmentPlan | None = None,
    attributes: pd.DataFrame | None = None,
    history_days: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> SegmentResult:
    """Segment the customers and the stores of each business.

    Parameters
    ----------
    features
        One row per ``business_id``, ``subject`` (``customer`` or ``store``) and
        ``subject_id``, with the columns of :data:`settings.FEATURES`; null if unknown.
        Amounts are in the business's own currency.
    names
        The seed table of names (:data:`schemas.SEGMENT_NAMES`).
    plan
        Settings of all businesses.
    attributes
        Rows of ``fct_customer_attributes``, needed if the plan names attributes.
    history_days
        Days from the first sale of each business to its as-of date, from which names
        know who is dormant.
    progress
        Is told how far the work is, and who has no segment.

    Returns
    -------
    SegmentResult

    Raises
    ------
    InputError
        When a column is missing, an id is null or repeated, a subject is unknown, an
        attribute is a text, or the table of names is wrong.
    """
    frame = _checked(features)
    checked = check_names(names)
    plan = plan or SegmentPlan()
    progress = progress or Progress()
    progress.start("customers and stores", len(frame))
    parts = []
    for (business_id, subject), group in frame.groupby(
        ["business_id", "subject"], sort=True
    ):
        with progress.thing(str(business_id), len(group)) as on_share:
            part = _segment_group(
                _with_numbers(
                    group.reset_index(drop=True),
                    attributes,
                    names=plan.attributes_of(str(business_id), str(subject)),
                ),
                settings=plan.of(str(business_id), str(subject)),
                attributes=plan.attributes_of(str(business_id), str(subject)),
                names=checked,
                history_days=(history_days or {}).get(str(business_id), math.nan),
                business_id=str(business_id),
                subject=str(subject),
                on_share=on_share,
            )
        parts.append(part)
        for reason, rows in part.segments.groupby("note"):
            progress.leave_out(
                str(business_id),
                f"{len(rows):,} of {len(group):,} {subject}s have no segment: {reason}",
            )
    return SegmentResult(
        **{
            kind: stacked((getattr(part, kind) for part in parts), schema)
            for kind, schema in SEGMENT_KINDS.items()
        }
    )


def _checked(features: pd.DataFrame) -> pd.DataFrame:
    """The features in their schema, sorted by their keys."""
    missing = [column for column in SEGMENT_FEATURES if column not in features.columns]
    if missing:
        raise InputError(
            f"segments: the features lack the column {', '.join(missing)}.",
            remedy="Give one row per business and subject with the columns "
            f"{', '.join(SEGMENT_FEATURES)}.",
        )
    keys = ["business_id", "subject", "subject_id"]
    frame = conform(features, SEGMENT_FEATURES)
    if frame[keys].isna().any(axis=None) or frame.duplicated(keys).any():
        raise InputError(
            "segments: a key is null, or a subject_id is repeated in its business.",
            remedy="Give one row per customer and one row per store of a business.",
        )
    unknown = sorted(set(frame["subject"]) - set(SUBJECTS))
    if unknown:
        raise InputError(
            f"segments: the subject {unknown[0]!r} is unknown.",
            remedy=f"Use one of: {', '.join(SUBJECTS)}.",
        )
    return frame.sort_values(keys)


def _with_numbers(
    frame: pd.DataFrame, attributes: pd.DataFrame | None, *, names: tuple[str, ...]
) -> pd.DataFrame:
    """Add attributes, which must be numbers, to the customers of one business."""
    if attributes is None or not names:
        return frame
    business_id = frame["business_id"].iloc[0]
    own = attributes.loc[attributes["business_id"] == business_id]
    result = with_attributes(frame, own, names=names, key="subject_id")
    for name in names:
        if result[name].dtype == object:
            raise InputError(
                f"segment_settings.attributes: {name} of {business_id} has texts that "
                "are neither numbers nor bands such as 25-34. Segments need numbers.",
                remedy=f"Take {name} out of the attributes of {business_id}, or leave "
                "these texts empty in its file.",
            )
    return result


def feature_space(
    frame: pd.DataFrame, settings: SegmentSettings, attributes: tuple[str, ...] = ()
) -> Space:
    """Transform and scale the features of one business's subjects.

    Parameters
    ----------
    frame
        One row per subject, with the columns of :data:`settings.FEATURES`.
    settings
        Features, transformation and scaling.
    attributes
        Columns of attributes that are features too.

    Returns
    -------
    Space
        A feature is left out, with a note, if it is null for more than half of the
        subjects or the same for all. A subject that lacks one of the other features has
        no point; its reason names the feature.
    """
    features = settings.features or _default_features(frame)
    wanted = (*features, *attributes)
    bought = frame["recency_days"].notna()
    # Features of orders are unknown for subjects who have bought nothing.
    needs_orders = bool(bought.any()) and not set(features) <= set(ATTRIBUTE_FEATURES)
    candidates = frame.loc[bought] if needs_orders else frame
    notes = {name: _missing_note(candidates[name]) for name in wanted}
    known = [name for name in wanted if notes[name] is None]
    has_all = frame[known].notna().all(axis=1)
    is_segmented = has_all & (bought if needs_orders else True) & bool(known)
    reasons = pd.Series(pd.NA, index=frame.index, dtype="string")
    reasons[~is_segmented] = "none of the features is known"
    for name in reversed(known):
        reasons[~is_segmented & frame[name].isna()] = f"no {name}"
    if needs_orders:
        reasons[~bought] = "no sale up to the as-of date"
    used = frame.loc[is_segmented, known].to_numpy(dtype="float64")
    for place, name in enumerate(known):
        column = used[:, place]
        if len(column) and np.ptp(column) == 0 and len(column) > 1:
            notes[name] = "the same for all"
    kept = [place for place, name in enumerate(known) if notes[name] is None]
    points = used[:, kept]
    if settings.transform == "log":
        points = np.column_stack(
            [signed_log(points[:, i], known[p]) for i, p in enumerate(kept)]
            or [np.empty((len(points), 0))]
        )
    points = scaled(points, settings.scaling)
    if not points.shape[1]:
        points = np.zeros((len(points), 1))
    raw = frame.loc[is_segmented, list(wanted)]
    use = pd.DataFrame(
        {
            "feature": list(wanted),
            "is_used": [notes[name] is None for name in wanted],
            "transform": settings.transform,
            "scaling": settings.scaling,
            "mean": raw.mean().to_numpy(dtype="float64"),
            "standard_deviation": raw.std(ddof=0).to_numpy(dtype="float64"),
            "note": pd.array([notes[name] for name in wanted], dtype="string"),
        }
    )
    return Space(points, is_segmented, reasons, use)


def _missing_note(values: pd.Series) -> str | None:
    """Why a feature is known for too few subjects; None if it can be used."""
    share = float(values.isna().mean()) if len(values) else 1.0
    if share == 1.0:
        return "not known"
    return f"not known for {share:.0%}" if share > _MOST_MISSING else None


def _default_features(frame: pd.DataFrame) -> tuple[str, ...]:
    has_orders = frame["recency_days"].notna().any()
    has_attributes = frame[list(ATTRIBUTE_FEATURES)].notna().any(axis=None)
    return ATTRIBUTE_FEATURES if has_attributes and not has_orders else ORDER_FEATURES


def signed_log(values: FloatArray, name: str) -> FloatArray:
    """Sign times log(1 + absolute value); amounts in hundredths of their median size.

    The unit of amounts is derived from the amounts themselves, so that the result does
    not depend on the currency.
    """
    unit = 1.0
    sizes = np.abs(values[values != 0])
    if name.endswith("_amount") and len(sizes):
        unit = float(np.median(sizes)) / 100
    result: FloatArray = np.sign(values) * np.log1p(np.abs(values) / unit)
    return result


def scaled(points: FloatArray, scaling: str) -> FloatArray:
    """Columns with standard or min-max scaling, or unchanged."""
    if scaling == "none" or not len(points):
        return points
    low = points.mean(axis=0) if scaling == "standard" else points.min(axis=0)
    span = points.std(axis=0) if scaling == "standard" else np.ptp(points, axis=0)
    result: FloatArray = (points - low) / np.where(span > 0, span, 1.0)
    return result


def _segment_group(
    frame: pd.DataFrame,
    *,
    settings: SegmentSettings,
    attributes: tuple[str, ...],
    names: pd.DataFrame,
    history_days: float,
    business_id: str,
    subject: str,
    on_share: OnShare,
) -> SegmentResult:
    keys = {"business_id": business_id, "subject": subject}
    space = feature_space(frame, settings, attributes)
    count = int(space.is_segmented.sum())
    segments = frame[["business_id", "subject", "subject_id"]].assign(
        segment_id=pd.array([pd.NA] * len(frame), dtype="Int64"),
        pca_1=np.nan,
        pca_2=np.nan,
        silhouette=np.nan,
        note=space.reasons,
    )
    use = space.use.assign(**keys, pca_1_loading=np.nan, pca_2_loading=np.nan)
    summary: dict[str, object] = {
        **keys,
        "row_count": len(frame),
        "segmented_count": count,
    }
    if not count:
        nothing = f"no {subject} has the features that segments are based on"
        summary |= dict.fromkeys(SEGMENTATIONS, None) | summary
        summary |= {"is_pinned": settings.k is not None, "note": nothing}
        empty = pd.DataFrame()
        return SegmentResult(segments, empty, empty, use, pd.DataFrame([summary]))
    selection = choose_k(
        space.points,
        k_max=settings.k_max,
        k=settings.k,
        starts=settings.starts,
        exact_silhouette_rows=settings.exact_silhouette_rows,
        stability_pairs=settings.stability_pairs,
        random_state=settings.random_state,
        on_share=on_share,
    )
    inside = frame.loc[space.is_segmented]
    labels = _by_value(selection, inside)
    components, loadings, shares = principal_components(space.points)
    place = space.is_segmented.to_numpy()
    segments.loc[place, "segment_id"] = labels + 1
    segments.loc[place, ["pca_1", "pca_2"]] = components
    segments.loc[place, "silhouette"] = selection.silhouettes
    is_used = use["is_used"].to_numpy()
    if is_used.any():
        use.loc[is_used, ["pca_1_loading", "pca_2_loading"]] = loadings
    note = _note(selection, count, subject, has_features=bool(is_used.any()))
    compared = compared_algorithms(
        space.points,
        algorithms=settings.compared_algorithms,
        k_max=settings.k_max,
        most_rows=settings.compared_rows,
        random_state=settings.random_state,
    )
    return SegmentResult(
        segments,
        _labels(inside, labels, names=names, history_days=history_days, **keys).assign(
            **keys
        ),
        pd.concat(
            [
                selection.scores.assign(
                    algorithm="k_means",
                    row_count=count,
                    note=pd.Series(
                        np.where(selection.scores["is_chosen"], note, ""),
                        dtype="string",
                    ).replace("", pd.NA),
                ),
                compared,
            ],
            ignore_index=True,
        ).assign(**keys),
        use,
        pd.DataFrame([summary | _summary(selection, settings, shares, note)]),
    )


def _by_value(selection: Selection, inside: pd.DataFrame) -> NDArray[np.int64]:
    """Labels sorted by mean monetary value; equal means by the order of the centres."""
    labels = selection.fit.labels.astype("int64")
    for name in ("monetary_amount", "spend_amount", "quantity"):
        if inside[name].notna().any():
            means = inside[name].fillna(0).groupby(labels).mean()
            order = np.lexsort((np.arange(selection.k), means.to_numpy().round(9)))
            rank = np.empty(selection.k, dtype="int64")
            rank[order] = np.arange(selection.k)
            labels = rank[labels]
            break
    return labels


def principal_components(
    points: FloatArray,
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """The first two principal components of points.

    Returns
    -------
    tuple
        Scores, shape (rows, 2); loadings, shape (features, 2); and their shares of the
        variance. The largest loading of a component is positive. With one feature the
        second component is null; if no feature varies, both are null.
    """
    centred = points - points.mean(axis=0)
    features = points.shape[1]
    scores = np.full((len(points), 2), np.nan)
    loadings = np.full((features, 2), np.nan)
    shares = [np.nan, np.nan]
    variance, vectors = np.linalg.eigh(centred.T @ centred / len(points))
    # Rounding can give a negative variance, and then a share above 1.
    variance = np.maximum(variance, 0.0)
    total = float(variance.sum())
    if total <= 0:
        return scores, loadings, (np.nan, np.nan)
    for place in range(min(2, features)):
        vector = vectors[:, -1 - place]
        # Rounded, so that the choice between equal loadings does not vary.
        vector = vector * np.sign(vector[np.abs(vector).round(9).argmax()])
        scores[:, place] = centred @ vector
        loadings[:, place] = vector
        shares[place] = float(variance[-1 - place]) / total
    return scores, loadings, (shares[0], shares[1])


def _note(selection: Selection, count: int, subject: str, *, has_features: bool) -> str:
    if count == 1:
        return f"only one {subject}, so only one segment"
    if not has_features:
        return f"all {subject}s are alike in every feature"
    return selection.note


def _labels(
    inside: pd.DataFrame,
    labels: NDArray[np.int64],
    *,
    names: pd.DataFrame,
    history_days: float,
    business_id: str,
    subject: str,
) -> pd.DataFrame:
    values = inside[list(FEATURES)]
    means = values.groupby(labels).mean()
    shares = np.bincount(labels) / len(labels)
    has_orders = inside["recency_days"].notna().any()
    orders = "orders" if has_orders else "attributes"
    found = name_segments(
        means,
        overall={name: float(values[name].mean()) for name in FEATURES},
        spread={name: float(values[name].std(ddof=0)) for name in FEATURES},
        shares=shares,
        dormant_after=dormant_after_days(
            history_days=history_days,
            mean_order_count=float(values["order_count"].mean()),
        ),
        names=names,
        vocabulary="stores" if subject == "store" else orders,
        business_id=business_id,
    )
    return found.assign(
        segment_id=means.index.to_numpy() + 1,
        summary=segment_summaries(values, labels, subject=subject),
    )


def history_lengths(businesses: pd.DataFrame) -> dict[str, float]:
    """Days from the first sale of each business to its as-of date; NaN without sales.

    ``businesses`` are rows of ``dim_businesses``.
    """
    first, last = (
        pd.to_datetime(businesses[name]) for name in ("first_sale_date", "as_of_date")
    )
    return dict(zip(businesses["business_id"], (last - first).dt.days, strict=True))


def segment_summaries(
    values: pd.DataFrame, labels: NDArray[np.int64], *, subject: str
) -> list[str]:
    """Describe each segment in one sentence of its figures.

    Parameters
    ----------
    values
        Features of the segmented customers or stores.
    labels
        Segment of each, 0 and up.
    subject
        ``customer`` or ``store``.
    """
    means = values.groupby(labels).mean()
    shares = np.bincount(labels) / len(labels)
    has_orders = bool(values["recency_days"].notna().any())
    name = "sales" if has_orders else "spend"
    money = values["monetary_amount" if has_orders else "spend_amount"].fillna(0)
    whole = float(money.sum())
    parts = np.bincount(labels, weights=money) / (whole or 1.0)
    orders, days = means["order_count"].to_numpy(), means["recency_days"].to_numpy()
    result = []
    for place, share in enumerate(shares):
        text = f"{_share(share)} of the {subject}s"
        if whole > 0:
            part = parts[place]
            text += f" with {_share(part)} of the {name}"
            if share <= _FEW and part >= 2 * share:
                text = f"Few {subject}s, large share of {name}: {text}"
            elif share >= _FEW and part <= share / 2:
                text = f"Many {subject}s, small share of {name}: {text}"
        if has_orders:
            text += f"; {orders[place]:,.1f} orders each, "
            ago = round(days[place])
            text += f"the last one {ago:,} {'day' if ago == 1 else 'days'} ago"
        result.append(f"{text}.")
    return result


def _share(value: float) -> str:
    """A share in whole percent; some is not shown as none, nor nearly all as all."""
    if 0 < value < 0.005:
        return "less than 1%"
    return "more than 99%" if 0.995 <= value < 1 else f"{value:.0%}"


def _summary(
    selection: Selection,
    settings: SegmentSettings,
    shares: tuple[float, float],
    note: str,
) -> dict[str, object]:
    scores = selection.scores
    chosen = scores.loc[scores["is_chosen"]].iloc[0]
    elbow = scores.loc[scores["is_elbow"], "k"]
    return {
        "segment_count": selection.k,
        "consensus_segment_count": int(scores.loc[scores["is_consensus"], "k"].iloc[0]),
        "elbow_segment_count": int(elbow.iloc[0]) if len(elbow) else None,
        "distinct_groups": chosen["distinct_groups"],
        "is_pinned": settings.k is not None,
        "silhouette": chosen["silhouette"],
        "silhouette_method": chosen["silhouette_method"],
        "stability": chosen["stability"],
        "pca_1_variance_share": shares[0],
        "pca_2_variance_share": shares[1],
        "note": note or None,
    }
