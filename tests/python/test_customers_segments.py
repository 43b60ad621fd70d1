"""Segments: planted groups are found, every customer has a row, names fit."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, SAMPLE, Build
from pandas.testing import assert_frame_equal
from settings_parts import settings_part
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from retail_marts.customers.naming import (
    SEED_FILE,
    check_names,
    dormant_after_days,
    name_segments,
)
from retail_marts.customers.schemas import SEGMENT_FEATURES, SegmentResult
from retail_marts.customers.segments import (
    history_lengths,
    principal_components,
    segment_subjects,
    segment_summaries,
    signed_log,
)
from retail_marts.errors import InputError
from retail_marts.progress import Progress
from retail_marts.settings.customers import FEATURES

NAMES = pd.read_csv(PROJECT / SEED_FILE, dtype="string")
TRUTH = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))["sources"]


def subjects(
    count: int = 0, *, business: str = "shop", subject: str = "customer", **columns: Any
) -> pd.DataFrame:
    """One row per subject; features that are not given are null."""
    size = count or len(next(iter(columns.values())))
    frame = pd.DataFrame({name: np.full(size, np.nan) for name in FEATURES})
    frame.insert(0, "business_id", business)
    frame.insert(1, "subject", subject)
    frame.insert(2, "subject_id", [f"c{number:05d}" for number in range(size)])
    return frame.assign(**columns)


def buyers(count: int = 90, *, groups: int = 3, seed: int = 0) -> pd.DataFrame:
    """Groups of customers; each group buys ten times as much as the one before."""
    rng = np.random.default_rng(seed)
    group = np.arange(count) % groups
    orders = rng.poisson(4.0 * 3**group) + 1
    return subjects(
        recency_days=rng.integers(0, 300, count) // (group + 1),
        order_count=orders,
        line_count=orders * 2,
        quantity=orders * 3.0,
        monetary_amount=orders * 3.0 * rng.uniform(8, 12, count) * 3**group,
        profit_amount=orders * 5.0,
    )


def run(
    frame: pd.DataFrame, *, names: pd.DataFrame = NAMES, **settings: Any
) -> SegmentResult:
    return segment_subjects(
        frame, names=names, plan=settings_part("segment_settings", settings)
    )


def ids(result: SegmentResult) -> list[Any]:
    return result.segments["segment_id"].astype("object").tolist()


# -------------------------------------------------------------------------------- truth


def _corner_shop() -> tuple[pd.Series, pd.DataFrame]:
    """Segments of the mapped sample source, by its raw file, and their names."""
    lines = pd.read_csv(
        SAMPLE / "corner_shop" / "sales.csv", sep=";", dtype="str", encoding="latin-1"
    )
    day = pd.to_datetime(lines["Date"], format="%d.%m.%Y", errors="coerce")
    for column in ("Qty", "Total"):
        text = lines[column].str.replace(".", "", regex=False)
        text = text.str.replace(",", ".", regex=False)
        lines[column] = pd.to_numeric(text, errors="coerce")
    lines = lines.assign(day=day).dropna(subset=["Customer", "day", "Qty", "Total"])
    sales = lines.loc[lines["Qty"] > 0]
    last = sales.groupby("Customer")["day"].max()
    frame = pd.DataFrame(
        {
            "recency_days": (sales["day"].max() - last).dt.days,
            "order_count": sales.groupby("Customer")["Receipt"].nunique(),
            "quantity": lines.groupby("Customer")["Qty"].sum(),
            "monetary_amount": lines.groupby("Customer")["Total"].sum(),
        }
    )
    given = subjects(**{name: frame[name].to_numpy() for name in frame})
    # With so few customers, distinct groups cannot be told from a continuum.
    result = run(given.assign(subject_id=frame.index.astype("str")), k=2)
    return result.segments.set_index("subject_id")["segment_id"], result.labels


def _built(build: Build, business: str) -> tuple[pd.Series, pd.DataFrame]:
    """Segments of a business in the built sample, by the source's customer key."""
    key = "customer_name" if business == "umkm" else "customer_id"
    rows = build.rows(
        f"select customers.{key}, segments.segment_id, segments.segment_name"
        " from customers.fct_customer_segments as segments"
        " inner join core.dim_customers as customers"
        " using (business_id, customer_id)"
        f" where business_id = '{business}'"
    )
    frame = pd.DataFrame(rows, columns=["key", "segment_id", "segment_name"])
    return frame.set_index("key")["segment_id"], frame


@pytest.mark.parametrize(
    ("business", "names"),
    [
        ("kalbe", {"potential": "Potential", "active": "Active", "loyal": "Loyal"}),
        ("umkm", {"dormant_one_off": "Dormant", "daily_partner": "VIP"}),
        (
            "superstore",
            {
                "active_low_spender": "Active Low Spender",
                "high_frequency_mid_spender": "High-Frequency Mid Spender",
                "dormant_low_buyer": "Dormant Low Buyer",
                "premium_high_value": "Premium High-Value Buyer",
            },
        ),
        ("corner_shop", {"regular": "VIP", "occasional": "Potential"}),
    ],
)
def test_planted_groups_are_recovered_and_rightly_named(
    business: str, names: dict[str, str], sample_build: Build
) -> None:
    planted = pd.Series(TRUTH[business]["customer_groups"])
    found, labels = (
        _corner_shop() if business == "corner_shop" else _built(sample_build, business)
    )
    both = pd.DataFrame({"found": found, "planted": planted}).dropna()
    assert len(both) > 0.95 * len(planted)
    assert adjusted_rand_score(both["planted"], both["found"]) >= 0.9
    name_of = labels.set_index("segment_id")["segment_name"].to_dict()
    for group, name in names.items():
        most = both.loc[both["planted"] == group, "found"].mode().item()
        assert name_of[most] == name


# ----------------------------------------------------------------------- what it gives


def test_segments_are_numbered_by_rising_value_and_names_are_unique() -> None:
    frame = buyers()
    result = run(frame, k=4)
    means = frame["monetary_amount"].groupby(ids(result)).mean()
    assert means.is_monotonic_increasing
    assert means.index.tolist() == [1, 2, 3, 4]
    assert result.labels["segment_id"].tolist() == [1, 2, 3, 4]
    assert result.labels["segment_name"].is_unique
    assert result.labels[["description", "strategy"]].notna().all(axis=None)


def test_order_of_rows_changes_nothing() -> None:
    frame = pd.concat([buyers(), buyers(40, seed=3).assign(subject="store")])
    shuffled = frame.sample(frac=1, random_state=0)
    one, other = run(frame), run(shuffled)
    for kind, expected in vars(one).items():
        assert_frame_equal(expected, getattr(other, kind))


def test_currency_changes_nothing() -> None:
    frame = buyers()
    rupiah = frame.assign(monetary_amount=frame["monetary_amount"] * 16_384)
    assert ids(run(frame)) == ids(run(rupiah))


def test_businesses_and_stores_do_not_meet() -> None:
    one = buyers()
    other = buyers(60, groups=2, seed=5).assign(business_id="other")
    stores = buyers(30, seed=7).assign(subject="store")
    together = run(pd.concat([one, other, stores]), k=2, stores={"k": 3})
    found = together.segments
    for frame, keys, settings in (
        (one, ("shop", "customer"), {"k": 2}),
        (other, ("other", "customer"), {"k": 2}),
        (stores, ("shop", "store"), {"stores": {"k": 3}}),
    ):
        mine = found.loc[
            (found["business_id"] == keys[0]) & (found["subject"] == keys[1])
        ]
        alone = run(frame, **settings).segments
        assert_frame_equal(mine.reset_index(drop=True), alone)


def test_every_criterion_and_algorithm_is_shown() -> None:
    selection = run(buyers(), k=5).selection
    k_means = selection.loc[selection["algorithm"] == "k_means"]
    assert k_means["k"].tolist() == list(range(1, 13))
    assert k_means.loc[k_means["is_chosen"], "k"].tolist() == [5]
    assert k_means["is_consensus"].sum() == k_means["is_elbow"].sum() == 1
    assert k_means.loc[k_means["k"] > 1, "stability"].notna().all()
    ward = selection.loc[selection["algorithm"] == "agglomerative"]
    assert ward["k"].tolist() == list(range(2, 13))
    assert ward["silhouette"].between(-1, 1).all()
    # K-Means has the lowest inertia; Ward minimises another criterion.
    both = ward.merge(k_means, on="k", suffixes=("_ward", ""))
    assert (both["inertia_ward"] >= both["inertia"] * (1 - 1e-9)).all()
    assert selection["algorithm"].eq("density").sum() == 1
    assert not selection.loc[selection["algorithm"] != "k_means", "is_chosen"].any()


def test_compared_algorithms_see_a_sample_and_say_so() -> None:
    selection = run(buyers(), compared_rows=40).selection
    compared = selection.loc[selection["algorithm"] != "k_means"]
    assert (compared["row_count"] == 40).all()
    assert compared["note"].str.contains("a sample of 40 of 90 rows").all()


def test_silhouette_method_is_shown() -> None:
    exact, simplified = run(buyers()), run(buyers(), exact_silhouette_rows=50)
    assert exact.segmentations["silhouette_method"].tolist() == ["exact"]
    assert simplified.segmentations["silhouette_method"].tolist() == ["simplified"]
    for result in (exact, simplified):
        row = result.segmentations.iloc[0]
        assert result.segments["silhouette"].mean() == pytest.approx(row["silhouette"])


def test_components_are_those_of_scikit_learn() -> None:
    points = np.random.default_rng(0).normal(size=(200, 4)) @ np.diag([3, 2, 1, 0.5])
    scores, loadings, shares = principal_components(points)
    peer = PCA(2).fit(points)
    assert np.abs(loadings.T) == pytest.approx(np.abs(peer.components_))
    assert shares == pytest.approx(peer.explained_variance_ratio_)
    assert scores == pytest.approx((points - points.mean(axis=0)) @ loadings)
    largest = np.abs(loadings).argmax(axis=0)
    assert (loadings[largest, [0, 1]] > 0).all()


def test_signed_log_keeps_the_sign_and_knows_no_currency() -> None:
    values = np.array([-100.0, 0.0, 100.0, 200.0])
    found = signed_log(values, "monetary_amount")
    assert found[0] == -found[2]
    assert found[1] == 0
    assert signed_log(values * 1000, "monetary_amount") == pytest.approx(found)
    assert signed_log(np.array([0.0, 1.0]), "order_count") == pytest.approx(
        [0.0, np.log(2)]
    )


def test_customers_without_orders_are_segmented_by_their_attributes() -> None:
    rng = np.random.default_rng(0)
    group = (np.arange(80) % 4 == 0).astype(int)
    result = run(
        subjects(
            age=rng.normal(30 + 20 * group, 2),
            income_amount=rng.normal(4e4 + 3e4 * group, 2e3),
            net_worth_amount=rng.normal(1e5 + 3e5 * group, 2e4),
            credit_card_debt_amount=rng.normal(5e3, 500, 80),
            spend_amount=rng.normal(2e4 + 3e4 * group, 2e3),
        ),
        k=2,
    )
    assert ids(result) == (group + 1).tolist()
    assert result.labels["segment_name"].tolist() == ["Young Starter", "Top Spender"]


# ---------------------------------------------------------------------------- bad input


def test_one_customer_is_one_segment() -> None:
    result = run(buyers(1, groups=1), k=4)
    assert ids(result) == [1]
    row = result.segmentations.iloc[0]
    assert (row["segment_count"], row["note"]) == (
        1,
        "only one customer, so only one segment",
    )
    assert np.isnan(row["silhouette"])
    assert len(result.selection) == 1


def test_fewer_customers_than_the_fixed_k() -> None:
    result = run(buyers(3), k=4)
    assert sorted(ids(result)) == [1, 2, 3]
    note = "pinned to 4 clusters, but there are only 3 distinct rows"
    assert result.segmentations["note"].tolist() == [note]
    chosen = result.selection.loc[result.selection["is_chosen"]]
    assert (chosen["k"].item(), chosen["note"].item()) == (3, note)


def test_all_customers_identical() -> None:
    frame = pd.concat([buyers(1)] * 20, ignore_index=True)
    frame["subject_id"] = [f"c{number}" for number in range(20)]
    result = run(frame)
    assert set(ids(result)) == {1}
    assert result.features["note"].tolist() == ["the same for all"] * 4
    note = "all customers are alike in every feature"
    assert result.segmentations["note"].tolist() == [note]
    assert result.segments["pca_1"].isna().all()


@pytest.mark.parametrize("transform", ["log", "none"])
def test_one_huge_outlier(transform: str) -> None:
    frame = buyers(200)
    frame.loc[0, ["monetary_amount", "quantity"]] = [1e15, 1e12]
    result = run(frame, transform=transform)
    assert result.segments["segment_id"].notna().all()
    assert np.isfinite(result.segments[["pca_1", "pca_2", "silhouette"]]).all(axis=None)
    assert result.segments["segment_id"].iloc[0] == result.labels["segment_id"].max()


def test_a_feature_without_variance_is_left_out() -> None:
    result = run(buyers().assign(order_count=3.0))
    use = result.features.set_index("feature")
    assert not use.loc["order_count", "is_used"]
    assert use.loc["order_count", "note"] == "the same for all"
    assert np.isnan(use.loc["order_count", "pca_1_loading"])
    assert use["is_used"].sum() == 3
    assert use.loc[use["is_used"], "pca_1_loading"].notna().all()


def test_more_returned_than_bought() -> None:
    frame = buyers()
    frame.loc[:9, "monetary_amount"] = -500.0
    for transform in ("log", "none"):
        result = run(frame, transform=transform)
        assert result.segments["segment_id"].notna().all()
        by_money = run(frame, transform=transform, features=["monetary_amount"])
        assert by_money.segments["segment_id"].iloc[:10].tolist() == [1] * 10


def test_customers_without_purchases_have_a_row_with_a_reason() -> None:
    frame = buyers(30)
    frame.loc[4, list(FEATURES)] = np.nan
    frame.loc[5, "quantity"] = np.nan
    result = run(frame)
    notes = result.segments["note"]
    assert notes.iloc[4] == "no sale up to the as-of date"
    assert notes.iloc[5] == "no quantity"
    assert result.segments["segment_id"].isna().sum() == 2
    assert notes.notna().sum() == 2
    row = result.segmentations.iloc[0]
    assert (row["row_count"], row["segmented_count"]) == (30, 28)
    said: list[str] = []
    with Progress("Segments", said.append) as progress:
        segment_subjects(frame, names=NAMES, progress=progress)
    assert said == [
        "Segments of shop: 1 of 30 customers have no segment: no quantity",
        "Segments of shop: 1 of 30 customers have no segment: no sale up to the as-of"
        " date",
    ]


def test_a_feature_that_most_lack_is_left_out() -> None:
    frame = buyers(30)
    frame.loc[:19, "quantity"] = np.nan
    result = run(frame)
    assert result.segments["segment_id"].notna().all()
    use = result.features.set_index("feature")
    assert use.loc["quantity", "note"] == "not known for 67%"


def test_no_customers_to_segment() -> None:
    result = run(subjects(5))
    assert result.segments["segment_id"].isna().all()
    assert result.segments["note"].notna().all()
    assert len(result.labels) == len(result.selection) == 0
    row = result.segmentations.iloc[0]
    assert row["note"] == "no customer has the features that segments are based on"
    empty = run(subjects(5).iloc[:0])
    assert all(len(frame) == 0 for frame in vars(empty).values())


def test_impossible_rows_are_one_clear_error() -> None:
    frame = buyers(5)
    with pytest.raises(InputError, match="lack the column order_count"):
        run(frame.drop(columns="order_count"))
    with pytest.raises(InputError, match="is repeated in its business"):
        run(frame.assign(subject_id="a"))
    with pytest.raises(InputError, match="subject 'shop' is unknown"):
        run(frame.assign(subject="shop"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k": 0}, "segment_settings.k is 0"),
        ({"k": 10_000}, "segment_settings.k is 10000"),
        ({"k": 2.5}, "segment_settings.k is 2.5"),
        ({"k": "three"}, "segment_settings.k is 'three'"),
        ({"k_max": True}, "segment_settings.k_max is True"),
        ({"kk": 3}, "no setting segment_settings.kk"),
        ({"features": ["recency"]}, "features names recency"),
        ({"features": []}, "features names nothing"),
        ({"features": 3}, "features is 3"),
        ({"scaling": "robust"}, "scaling is 'robust'"),
        ({"compared_algorithms": ["k_medoids"]}, "names k_medoids"),
        ({"stores": {"k": 0}}, "segment_settings.stores.k is 0"),
        ({"stores": 3}, "stores is 3"),
        (
            {"businesses": {"kalbe": {"k": 0}}},
            "segment_settings.businesses.kalbe.k is 0",
        ),
        (
            {"businesses": {"kalbe": {"stores": {"k": 99}}}},
            "businesses.kalbe.stores.k is 99",
        ),
        ({"businesses": {"kalb": {"k": 3}}}, "'kalb', which is not a business"),
        ({"businesses": ["kalbe"]}, "businesses is"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match="Remedy") as error:
        settings_part("segment_settings", settings, businesses=["kalbe", "umkm"])
    assert words in str(error.value)


def test_settings_of_a_business_and_of_stores() -> None:
    plan = settings_part(
        "segment_settings",
        {
            "k": 5,
            "scaling": "min_max",
            "stores": {"k": 2},
            "businesses": {
                "a": {"k": 3, "stores": {"k": 4}},
                "b": {"transform": "none"},
            },
        },
    )
    assert plan.of("a", "customer").k == 3
    assert plan.of("b", "customer").k == 5
    assert plan.of("b", "customer").transform == "none"
    assert plan.of("b", "store").transform == "log"
    assert plan.of("b", "store").k == 2
    assert plan.of("a", "store").k == 4
    assert plan.of("a", "store").scaling == "min_max"


# -------------------------------------------------------------------------------- names


def named(
    means: dict[str, list[float]],
    *,
    business: str = "any",
    shares: list[float] | None = None,
    dormant_after: float = 90,
) -> list[str]:
    frame = pd.DataFrame(means)
    return name_segments(
        frame,
        overall={name: float(np.mean(values)) for name, values in means.items()},
        spread={name: float(np.std(values)) for name, values in means.items()},
        shares=np.array(shares or [1 / len(frame)] * len(frame)),
        dormant_after=dormant_after,
        names=check_names(NAMES),
        vocabulary="orders",
        business_id=business,
    )["segment_name"].tolist()


def test_the_published_clusters_have_their_published_names() -> None:
    superstore = {
        "recency_days": [997.0, 272.0, 222.0, 385.0],
        "order_count": [1.10, 1.28, 3.48, 2.05],
        "monetary_amount": [413.0, 453.0, 1328.0, 3761.0],
    }
    assert named(superstore, business="superstore") == [
        *("Dormant Low Buyer", "Active Low Spender"),
        *("High-Frequency Mid Spender", "Premium High-Value Buyer"),
    ]
    kalbe = {
        "order_count": [7.785, 11.282, 15.383],
        "monetary_amount": [229_388.89, 363_267.33, 525_431.78],
    }
    assert named(kalbe, business="kalbe") == ["Potential", "Active", "Loyal"]
    umkm = {
        "recency_days": [72.33, 24.86, 1.33, 0.75],
        "order_count": [1.0, 1.43, 8.33, 72.0],
        "monetary_amount": [374_667.0, 869_143.0, 2_072_667.0, 12_944_500.0],
    }
    found = named(umkm, business="umkm", dormant_after=10)
    assert (found[0], found[3]) == ("Dormant", "VIP")


def test_a_name_of_the_business_gives_way_where_it_does_not_fit() -> None:
    found = named(
        {
            "recency_days": [670.0, 64.0, 690.0, 250.0],
            "order_count": [1.0, 1.25, 1.2, 2.8],
            "monetary_amount": [95.0, 400.0, 835.0, 1735.0],
        },
        business="superstore",
    )
    assert "High-Frequency Mid Spender" not in found
    assert found[2] == "Dormant Mid Buyer"


def test_words_of_praise_are_for_few_who_bought_lately() -> None:
    means = {
        "recency_days": [200.0, 20.0],
        "order_count": [2.0, 10.0],
        "monetary_amount": [100.0, 900.0],
    }
    assert named(means, shares=[0.7, 0.3]) == ["Dormant Low Buyer", "VIP"]
    assert named(means, shares=[0.6, 0.4]) == ["Dormant Low Buyer", "Core"]
    alike = means | {"recency_days": [60.0, 60.0]}
    assert named(alike, shares=[0.7, 0.3]) == ["Potential", "Frequent Big Spender"]


def test_dormant_is_who_pauses_for_two_usual_times_between_orders() -> None:
    means = {
        "recency_days": [80.0, 20.0],
        "order_count": [2.0, 10.0],
        "monetary_amount": [100.0, 900.0],
    }
    assert named(means, dormant_after=80)[0] == "Dormant Low Buyer"
    assert named(means, dormant_after=81)[0] == "Potential"
    assert dormant_after_days(history_days=365, mean_order_count=73) == 10
    assert dormant_after_days(history_days=365, mean_order_count=2) == 90
    assert dormant_after_days(history_days=math.nan, mean_order_count=2) == 90


def test_high_spend_is_a_quarter_of_the_spread_above_the_mean() -> None:
    frame = pd.DataFrame({"order_count": [1.0, 5.0], "monetary_amount": [50.0, 150.0]})
    for spread, name in ((200.0, "Frequent Big Spender"), (204.0, "Core")):
        found = name_segments(
            frame,
            overall={"order_count": 3.0, "monetary_amount": 100.0},
            spread={"order_count": 1.0, "monetary_amount": spread},
            shares=np.array([0.5, 0.5]),
            dormant_after=90,
            names=check_names(NAMES),
            vocabulary="orders",
            business_id="any",
        )
        assert found["segment_name"].iloc[1].startswith(name)


@pytest.mark.parametrize(
    ("orders", "name"),
    [
        # Each customer has one order: nobody orders often.
        ([1.0, 1.0], "Big Spender"),
        # More often than the others, but seldom.
        ([1.0, 1.9], "Big Spender"),
        # As often as all.
        ([6.0, 6.0], "Big Spender"),
        ([6.0, 12.0], "Frequent Big Spender"),
    ],
)
def test_frequent_is_who_orders_more_often_than_all(
    orders: list[float], name: str
) -> None:
    means = {
        "recency_days": [0.0, 0.0],
        "order_count": orders,
        "monetary_amount": [100.0, 900.0],
    }
    assert named(means, shares=[0.55, 0.45])[1] == name


def test_a_seed_without_shares_works_as_before() -> None:
    old = NAMES.drop(columns=["share_from", "share_to"])
    assert check_names(old)["share_to"].isna().all()
    assert len(run(buyers(), names=old).labels) == 3


def test_an_untrue_name_is_used_only_if_no_name_is_true() -> None:
    few = NAMES.loc[
        (NAMES["vocabulary"] != "orders") | (NAMES["segment_name"] == "VIP")
    ].query("business_id.isna()")
    assert sorted(run(buyers(), names=few, k=2).labels["segment_name"]) == [
        *("VIP", "VIP 2")
    ]


def test_summaries_are_written_from_the_figures() -> None:
    values = subjects(
        recency_days=[1.0, *[100.0] * 9],
        order_count=[20.0, *[1.0] * 9],
        monetary_amount=[910.0, *[10.0] * 9],
    )
    labels = np.array([1, *[0] * 9])
    assert segment_summaries(values[list(FEATURES)], labels, subject="customer") == [
        "Many customers, small share of sales: 90% of the customers with 9% of the "
        "sales; 1.0 orders each, the last one 100 days ago.",
        "Few customers, large share of sales: 10% of the customers with 91% of the "
        "sales; 20.0 orders each, the last one 1 day ago.",
    ]
    assert segment_summaries(
        subjects(spend_amount=[2.0, 3.0])[list(FEATURES)],
        np.array([0, 1]),
        subject="customer",
    ) == [
        "50% of the customers with 40% of the spend.",
        "50% of the customers with 60% of the spend.",
    ]
    # Some sales are not shown as none, and nearly all not as all.
    assert segment_summaries(
        subjects(spend_amount=[1.0, 999.0])[list(FEATURES)],
        np.array([0, 1]),
        subject="customer",
    ) == [
        "Many customers, small share of spend: 50% of the customers with less than 1% "
        "of the spend.",
        "50% of the customers with more than 99% of the spend.",
    ]


def test_history_lengths_are_days_up_to_the_as_of_date() -> None:
    businesses = pd.DataFrame(
        {
            "business_id": ["a", "b"],
            "first_sale_date": [date(2024, 1, 1), None],
            "as_of_date": [date(2024, 1, 31), None],
        }
    )
    found = history_lengths(businesses)
    assert found["a"] == 30
    assert math.isnan(found["b"])


def test_names_run_out_with_a_number() -> None:
    few = NAMES.loc[
        NAMES["business_id"].isna()
        & NAMES["segment_name"].isin(["VIP", "Regular", "Middle Spender", "Average"])
    ]
    result = run(buyers(), names=few, k=5)
    assert sorted(result.labels["segment_name"]) == [
        *("Regular", "Regular 2", "Regular 3", "VIP", "VIP 2")
    ] or sorted(result.labels["segment_name"]) == [
        *("Regular", "Regular 2", "VIP", "VIP 2", "VIP 3")
    ]


def test_order_of_the_seed_decides_nothing() -> None:
    shuffled = NAMES.sample(frac=1, random_state=1)
    frame = buyers()
    assert_frame_equal(run(frame, k=6).labels, run(frame, names=shuffled, k=6).labels)


def _changed(row: int, **cells: str | None) -> pd.DataFrame:
    names = NAMES.copy()
    for column, value in cells.items():
        names.loc[row, column] = value
    return names


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (_changed(2, monetary="huge"), "unknown level 'huge' of monetary in the row"),
        (_changed(2, vocabulary="order"), "unknown vocabulary 'order' in the row"),
        (_changed(2, segment_name=None), "no segment_name in the row"),
        (_changed(2, strategy=" "), "no strategy in the row"),
        (_changed(2, segment_name="VIP"), "the same name in the rows 'VIP' and 'VIP'"),
        (
            _changed(2, recency="high", frequency="high", monetary="high"),
            "the same levels in the rows 'VIP' and 'Loyal'",
        ),
        (_changed(2, share_to="35 %"), "the share_to '35 %' in the row 'Loyal'"),
        (NAMES.drop(columns="frequency"), "lacks the column frequency"),
        (
            NAMES.loc[NAMES["vocabulary"] != "stores"],
            "has no row of the vocabulary 'stores' without a business_id",
        ),
    ],
)
def test_a_faulty_seed_is_one_clear_error(names: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match="Remedy") as error:
        run(buyers(), names=names)
    assert SEED_FILE in str(error.value)
    assert words in str(error.value)


def test_result_has_the_declared_types() -> None:
    assert set(SEGMENT_FEATURES) == set(buyers().columns)
    result = run(buyers().astype({"order_count": "object"}))
    assert result.segments["segment_id"].dtype == "Int64"
    assert all(
        dtype != "object" for frame in vars(result).values() for dtype in frame.dtypes
    )
