"""Segments of the real files: the originals' figures, and where the optimum differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT
from settings_parts import settings_part
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from test_figures import Query, query

from retail_marts.customers.clustering import FloatArray
from retail_marts.customers.naming import SEED_FILE
from retail_marts.customers.schemas import SEGMENT_FEATURES, SegmentResult
from retail_marts.customers.segments import scaled, segment_subjects
from retail_marts.customers.selection import choose_k, elbow_strength

__all__ = ["query"]

RFM = ["recency_days", "order_count", "monetary_amount"]
KALBE = ["line_count", "quantity", "monetary_amount"]


def features_of(query: Query, business: str) -> pd.DataFrame:
    """The input of the library from the Python model, ordered by numeric id."""
    rows = query(
        f"select {', '.join(SEGMENT_FEATURES)} from intermediate"
        f".int_segment_features_unioned where business_id = '{business}'"
        " and subject = 'customer' order by try_cast(subject_id as int), subject_id"
    )
    return pd.DataFrame(rows, columns=list(SEGMENT_FEATURES)).astype(
        dict(SEGMENT_FEATURES)
    )


def as_the_original(
    query: Query, business: str, features: list[str], k: int
) -> tuple[SegmentResult, pd.DataFrame]:
    """Segments with an original's features, scaled only, and their profile."""
    frame = features_of(query, business)
    result = segment_subjects(
        frame,
        names=pd.read_csv(PROJECT / SEED_FILE, dtype="string"),
        history_days=dict(
            query(
                "select business_id, cast(as_of_date - first_sale_date as double)"
                f" from core.dim_businesses where business_id = '{business}'"
            )
        ),
        plan=settings_part(
            "segment_settings", {"features": features, "transform": "none", "k": k}
        ),
    )
    merged = result.segments.merge(frame, on=["business_id", "subject", "subject_id"])
    groups = merged.groupby("segment_id")
    profile = groups[list(SEGMENT_FEATURES)[3:]].mean().assign(size=groups.size())
    names = result.labels.set_index("segment_id")["segment_name"]
    return result, profile.assign(name=names)


def kalbe_of_the_first(query: Query) -> pd.DataFrame:
    """The 444 customers with a marital status."""
    known = query(
        "select customer_id from core.dim_customers where business_id = 'kalbe'"
        " and marital_status is not null"
    )
    frame = features_of(query, "kalbe")
    return frame.loc[frame["subject_id"].isin([row[0] for row in known])]


def points_of(frame: pd.DataFrame, columns: list[str], scaling: str) -> FloatArray:
    return scaled(frame[columns].to_numpy(dtype="float64"), scaling)


# --------------------------------------------------------------------------- the marts


def test_the_pins_of_the_originals_hold(query: Query) -> None:
    assert query(
        "select business_id, segment_count, is_pinned, row_count = segmented_count,"
        " silhouette_method from customers.rpt_segmentations"
        " where subject = 'customer' and business_id <> 'car_dealer' order by 1"
    ) == [
        ("kalbe", 3, True, True, "exact"),
        ("superstore", 4, True, True, "exact"),
        ("umkm", 4, True, True, "exact"),
    ]


def test_every_customer_has_a_row(query: Query) -> None:
    assert query(
        "select business_id, count(*), count(segment_id)"
        " from customers.fct_customer_segments group by 1 order by 1"
    ) == [
        ("car_dealer", 500, 500),
        ("kalbe", 447, 447),
        ("superstore", 17415, 17415),
        ("umkm", 17, 17),
    ]


def test_names_of_the_originals(query: Query) -> None:
    rows = query(
        "select business_id, segment_name, mean_monetary_amount, mean_order_count,"
        " mean_recency_days from customers.rpt_segment_profiles order by 1, segment_id"
    )
    kalbe = [row[1] for row in rows if row[0] == "kalbe"]
    assert kalbe == ["Potential", "Active", "Loyal"]
    umkm = {row[1]: row for row in rows if row[0] == "umkm"}
    assert umkm["VIP"][2] == max(row[2] for row in umkm.values())
    assert umkm["Dormant"][4] == max(row[4] for row in umkm.values())


def test_stores_and_customers_without_orders_are_segmented(query: Query) -> None:
    assert query(
        "select business_id, count(*), count(segment_id), count(distinct segment_name)"
        " > 1 from customers.fct_store_segments group by 1 order by 1"
    ) == [("kalbe", 14, 14, True), ("umkm", 15, 15, True)]
    spend = query(
        "select mean_spend_amount, strategy from customers.rpt_segment_profiles"
        " where business_id = 'car_dealer' order by segment_id"
    )
    assert len(spend) >= 2
    assert [row[0] for row in spend] == sorted(row[0] for row in spend)
    assert all(row[1] for row in spend)


def test_histograms_and_bars_can_be_drawn(query: Query) -> None:
    """The marts have the data of the original charts, with the totals of the lines."""
    for business in ("kalbe", "umkm", "superstore"):
        money, quantity, recency = query(
            "select sum(monetary_amount), sum(quantity), min(recency_days)"
            f" from customers.fct_customer_segments where business_id = '{business}'"
        )[0]
        lines = query(
            "select sum(sales_amount), sum(quantity) from core.fct_sales_lines"
            f" where business_id = '{business}'"
        )[0]
        # A customer's money is rounded to cents.
        assert float(money) == pytest.approx(float(lines[0]), abs=0.005 * 17_415)
        assert quantity == lines[1]
        assert recency == 0


# -------------------------------------------------------------------------------- kalbe


def test_kalbe_first_optimum_is_better_than_published(query: Query) -> None:
    """The published clusters end a little above the optimum: one customer differs."""
    points = points_of(kalbe_of_the_first(query), KALBE, "standard")
    found = choose_k(points, k_max=10)
    inertia = found.scores["inertia"].tolist()[:10]
    ten_starts = [
        *(1332, 543.471, 316.553, 237.693, 191.197),
        *(169.326, 153.268, 140.174, 129.650, 122.544),
    ]
    assert all(
        ours <= right + 5e-4 for ours, right in zip(inertia, ten_starts, strict=True)
    )
    assert inertia[:2] == pytest.approx(ten_starts[:2], abs=5e-4)
    assert inertia[2] == pytest.approx(316.5467, abs=1e-4)
    fit = choose_k(points, k=3).fit
    assert sorted(np.bincount(fit.labels)) == [107, 134, 203]
    study = KMeans(3, n_init=10, random_state=42).fit(points)
    assert study.inertia_ > fit.inertia
    assert adjusted_rand_score(study.labels_, fit.labels) > 0.98
    silhouettes = found.scores["silhouette"]
    assert silhouettes[1] == pytest.approx(0.4835, abs=5e-5)
    assert silhouettes.idxmax() == 1
    assert found.scores.loc[found.scores["is_elbow"], "k"].item() == 3


# --------------------------------------------------------------------------------- umkm


def test_umkm_names_with_the_original_features(query: Query) -> None:
    _, profile = as_the_original(query, "umkm", RFM, 4)
    assert sorted(profile["size"]) == [2, 2, 3, 10]
    assert profile["name"].tolist()[-1] == "VIP"
    longest_ago = profile["recency_days"].astype("float64").idxmax()
    assert profile.loc[longest_ago, "name"] == "Dormant"


# --------------------------------------------------------------------------- superstore


def test_superstore_by_customer_id(query: Query) -> None:
    result, profile = as_the_original(query, "superstore", RFM, 4)
    assert profile["size"].tolist() == [5626, 9042, 1690, 1057]
    assert profile["name"].tolist() == [
        *("Dormant Low Buyer", "Active Low Spender"),
        *("High-Frequency Mid Spender", "Premium High-Value Buyer"),
    ]
    # The original counts recency to the day after the last.
    assert (profile["recency_days"] + 1).round().tolist() == [997, 272, 222, 385]
    assert profile["order_count"].round(1).tolist() == [1.1, 1.3, 3.5, 2.1]
    assert profile["monetary_amount"].round().tolist() == [413, 453, 1328, 3761]
    money = profile["monetary_amount"] * profile["size"]
    assert (100 * money / money.sum()).round().tolist() == [18, 32, 18, 31]
    scores = result.selection.loc[result.selection["algorithm"] == "k_means"]
    inertia = scores.loc[scores["k"].between(2, 9), "inertia"].tolist()
    right = [34238.7, 22956.9, 18117.1, 15156.0, 13064.9, 11445.8, 10351.4, 9525.3]
    assert all(
        ours <= theirs * 1.0001 for ours, theirs in zip(inertia, right, strict=True)
    )
    assert inertia == pytest.approx(right, rel=2e-3)
    assert int(np.argmax(elbow_strength(inertia))) + 2 == 4
    assert scores.loc[scores["is_elbow"], "k"].item() == 4
    silhouette = scores.loc[scores["k"] == 4, "silhouette"].item()
    assert silhouette == pytest.approx(0.429, abs=0.003)
