"""K-Means and the choice of k: optimal, independent of order, as scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from pandas.testing import assert_frame_equal
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_samples,
)
from threadpoolctl import threadpool_limits

from retail_marts.customers.clustering import (
    EXPLORED_POINTS,
    FloatArray,
    KMeansFit,
    coreset,
    distinct_points,
)
from retail_marts.customers.distinct_groups import count_distinct_groups
from retail_marts.customers.selection import (
    adjusted_rand,
    choose_k,
    elbow_strength,
    score_partitions,
)
from retail_marts.errors import InputError


def blobs(count: int = 300, *, centers: int = 4, seed: int = 1) -> FloatArray:
    points, _ = make_blobs(count, centers=centers, n_features=3, random_state=seed)
    return np.asarray(points)


def noise(count: int, *, features: int = 3, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(count, features))


def fit_k_means(
    points: ArrayLike, *, k: int, weights: ArrayLike | None = None
) -> KMeansFit:
    """The partition into k clusters, without the costly scores."""
    return choose_k(
        points,
        k=k,
        k_max=k,
        weights=weights,
        exact_silhouette_rows=0,
        stability_pairs=0,
    ).fit


# ------------------------------------------------------------------------------ k-means


def test_fit_of_hand_made_points() -> None:
    fit = fit_k_means([[0.0], [1.0], [10.0], [12.0]], k=2)
    assert fit.labels.tolist() == [0, 0, 1, 1]
    assert fit.centres.tolist() == [[0.5], [11.0]]
    assert fit.inertia == pytest.approx(2.5)


@pytest.mark.parametrize("k", [2, 5, 9])
@pytest.mark.parametrize("count", [200, EXPLORED_POINTS + 1_000])
def test_inertia_is_no_worse_than_many_starts_of_scikit_learn(
    k: int, count: int
) -> None:
    points = noise(count, features=2, seed=k)
    with threadpool_limits(1):
        peer = KMeans(k, n_init=20, random_state=0).fit(points).inertia_
    assert fit_k_means(points, k=k).inertia <= peer * 1.0005


def test_a_fit_is_a_fixed_point() -> None:
    points = noise(500)
    fit = fit_k_means(points, k=6)
    distance = ((points[:, None] - fit.centres) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == fit.labels).all()
    for cluster in range(6):
        mean = points[fit.labels == cluster].mean(axis=0)
        assert fit.centres[cluster] == pytest.approx(mean, abs=1e-9)
    assert fit.inertia == pytest.approx(distance.min(axis=1).sum())


@pytest.mark.parametrize("count", [300, EXPLORED_POINTS + 1_000])
def test_order_of_rows_changes_nothing(count: int) -> None:
    points = np.round(noise(count, seed=3), 1 if count < 1000 else 6)
    weights = np.random.default_rng(1).integers(1, 5, count).astype("float64")
    order = np.random.default_rng(2).permutation(count)
    one = fit_k_means(points, k=5, weights=weights)
    other = fit_k_means(points[order], k=5, weights=weights[order])
    assert (other.labels == one.labels[order]).all()
    assert (other.centres == one.centres).all()
    assert other.inertia == one.inertia


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(1, 4)),
        min_size=4,
        max_size=20,
        unique_by=lambda row: row[:2],
    )
)
def test_a_weight_is_so_many_equal_rows(rows: list[tuple[int, int, int]]) -> None:
    table = np.array(rows, dtype="float64")
    repeated = np.repeat(table[:, :2], table[:, 2].astype(int), axis=0)
    weighted = choose_k(
        table[:, :2], weights=table[:, 2], k=3, k_max=3, stability_pairs=0
    )
    plain = choose_k(repeated, k=3, k_max=3, stability_pairs=0)
    assert weighted.scores["inertia"].tolist() == pytest.approx(
        plain.scores["inertia"].tolist()
    )


def test_scaling_all_weights_changes_nothing() -> None:
    points, weights = noise(400), np.random.default_rng(0).uniform(0.5, 3, 400)
    one = choose_k(points, weights=weights, k_max=4)
    other = choose_k(points, weights=weights * 1024, k_max=4)
    assert (one.fit.labels == other.fit.labels).all()
    assert other.fit.inertia == pytest.approx(one.fit.inertia * 1024)
    for name in ("silhouette", "calinski_harabasz", "davies_bouldin", "stability"):
        assert other.scores[name].to_numpy() == pytest.approx(
            one.scores[name].to_numpy(), nan_ok=True
        )


def test_rows_without_weight_have_no_say() -> None:
    points = np.concatenate([blobs(100, centers=2), [[500.0, 500.0, 500.0]]])
    weights = np.r_[np.ones(100), 0.0]
    fit = fit_k_means(points, k=2, weights=weights)
    assert fit.inertia == pytest.approx(fit_k_means(points[:-1], k=2).inertia)
    assert len(fit.labels) == 101


def test_inertia_never_rises_with_k() -> None:
    inertia = choose_k(noise(800, seed=5), stability_pairs=0).scores["inertia"]
    assert (inertia.diff().dropna() < 0).all()


def test_an_outlier_of_many_thousands_is_not_missed() -> None:
    points = np.concatenate([noise(3 * EXPLORED_POINTS), [[1e4, 0.0, 0.0]]])
    fit = fit_k_means(points, k=2)
    assert np.bincount(fit.labels).min() == 1


def test_coreset_has_the_inertia_of_all_points() -> None:
    points = noise(50_000)
    points -= points.mean(axis=0)
    sample, weights = coreset(points, np.ones(len(points)), size=5_000)
    assert len(sample) <= 5_000
    assert weights.sum() == pytest.approx(50_000, rel=0.02)
    centres = noise(4, seed=9)

    def inertia(rows: FloatArray, mass: FloatArray) -> float:
        distance = ((rows[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
        return float(mass @ distance)

    assert inertia(sample, weights) == pytest.approx(
        inertia(points, np.ones(len(points))), rel=0.03
    )


def test_many_clusters_and_few_rows() -> None:
    points = np.repeat(np.arange(5.0), 3)[:, None]
    fit = fit_k_means(points, k=5)
    assert fit.inertia == pytest.approx(0, abs=1e-9)
    assert sorted(np.bincount(fit.labels)) == [3] * 5


@pytest.mark.parametrize("k", [0, -1, 51, 2.0, True, "3"])
@pytest.mark.parametrize("name", ["k", "k_max"])
def test_an_impossible_k_is_one_clear_error(name: str, k: object) -> None:
    with pytest.raises(InputError, match=rf"(?s){name} is {k!r}.* from 1 to 50"):
        choose_k([[1.0], [2.0], [3.0]], **{name: k})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("points", "weights"),
    [
        (np.empty((0, 2)), None),
        ([[np.nan]], None),
        ([[np.inf]], None),
        ([[1.0], [2.0]], [1.0]),
        ([[1.0], [2.0]], [1.0, -1.0]),
        ([[1.0], [2.0]], [0.0, 0.0]),
    ],
)
def test_bad_points_and_weights_are_one_clear_error(
    points: object, weights: object
) -> None:
    with pytest.raises(InputError, match="clustering"):
        distinct_points(points, weights)  # type: ignore[arg-type]


# ------------------------------------------------------------------------- choice of k


def test_scores_are_those_of_scikit_learn() -> None:
    points = np.round(blobs(400), 1)
    points[50:60] = points[0]
    for k in (2, 3, 5):
        labels = fit_k_means(points, k=k).labels
        found = score_partitions(points, {0: labels})[0]
        assert found.silhouettes == pytest.approx(silhouette_samples(points, labels))
        assert found.silhouette == pytest.approx(found.silhouettes.mean())
        assert found.calinski_harabasz == pytest.approx(
            calinski_harabasz_score(points, labels)
        )
        assert found.davies_bouldin == pytest.approx(
            davies_bouldin_score(points, labels)
        )
        assert found.silhouette_method == "exact"


def test_equal_rows_in_different_clusters_are_scored_apart() -> None:
    points = np.array([[0.0], [0.0], [1.0], [5.0], [6.0]])
    labels = np.array([0, 1, 0, 1, 1])
    found = score_partitions(points, {0: labels})[0]
    assert found.silhouettes == pytest.approx(silhouette_samples(points, labels))


def test_simplified_silhouette_by_hand() -> None:
    points = np.array([[0.0], [2.0], [10.0]])
    found = score_partitions(points, {0: np.array([0, 0, 1])}, exact_silhouette_rows=2)[
        0
    ]
    assert found.silhouette_method == "simplified"
    assert found.silhouettes == pytest.approx([9 / 10, 7 / 8, 1.0])


def test_adjusted_rand_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert adjusted_rand(one, (one + 1) % 4) == 1.0
    weights = rng.integers(1, 4, 200)
    assert adjusted_rand(one, other, weights=weights.astype(float)) == pytest.approx(
        adjusted_rand_score(np.repeat(one, weights), np.repeat(other, weights))
    )


@pytest.mark.parametrize(
    ("inertia", "elbow"),
    [
        # Published series of RFM segments, two to nine clusters.
        ([34238.7, 22956.9, 18117.1, 15156.0, 13064.9, 11445.8, 10351.4, 9525.3], 4),
        ([100.0, 10.0, 9.0, 8.0], 3),
    ],
)
def test_elbow_of_a_series(inertia: list[float], elbow: int) -> None:
    assert int(np.argmax(elbow_strength(inertia))) + 2 == elbow


def test_elbow_needs_three_points_and_a_fall() -> None:
    assert np.isnan(elbow_strength([3.0, 1.0])).all()
    assert np.isnan(elbow_strength([1.0, 1.0, 1.0])).all()


def groups(count: int, *, k: int, seed: int) -> FloatArray:
    """Groups of very different sizes, eight standard deviations apart or more."""
    rng = np.random.default_rng([seed, count, k])
    centres = rng.normal(size=(k, 4))
    apart = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2))
    centres *= 8 / apart[np.triu_indices(k, 1)].min()
    sizes = np.arange(1, k + 1) / np.arange(1, k + 1).sum()
    planted = np.r_[np.repeat(np.arange(k), 10), rng.choice(k, count - 10 * k, p=sizes)]
    return np.asarray(centres[planted] + rng.normal(size=(count, 4)))


def continuum(count: int, *, kind: str, seed: int) -> FloatArray:
    """Points without groups."""
    rng = np.random.default_rng([seed, count])
    if kind == "normal":
        return rng.normal(size=(count, 3)) @ rng.normal(size=(3, 3))
    if kind == "uniform":
        return rng.uniform(size=(count, 3))
    if kind == "exponential":
        return rng.exponential(size=(count, 3))
    # Customers who differ in how often they order.
    orders = rng.poisson(rng.gamma(1.5, 4, size=count)) + 1
    money = orders * rng.gamma(3, 10, size=count)
    recency = rng.exponential(300 / orders).round()
    return np.log1p(np.column_stack([recency, orders, money]))


def standard(points: FloatArray) -> FloatArray:
    return np.asarray((points - points.mean(axis=0)) / points.std(axis=0))


def distinct_of(points: FloatArray) -> int:
    """Distinct groups, from quick fits by scikit-learn."""
    fits = {}
    for k in range(1, 9):
        fit = KMeans(k, n_init=10, random_state=0).fit(points)
        fits[k] = KMeansFit(fit.labels_, fit.cluster_centers_, fit.inertia_)
    return count_distinct_groups(points, np.ones(len(points)), fits)


@pytest.mark.parametrize("kind", ["normal", "uniform", "exponential", "customers"])
@pytest.mark.parametrize("count", [300, 1_000])
def test_a_continuum_has_no_distinct_groups(kind: str, count: int) -> None:
    with threadpool_limits(1):
        found = [
            distinct_of(standard(continuum(count, kind=kind, seed=seed)))
            for seed in range(8)
        ]
    assert found == [1] * 8


@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_distinct_groups_are_found(k: int) -> None:
    with threadpool_limits(1):
        found = [distinct_of(groups(1_000, k=k, seed=seed)) for seed in range(8)]
    assert found.count(k) >= 7


@pytest.mark.parametrize("kind", ["normal", "customers"])
def test_a_continuum_is_cut_at_the_elbow_within_three_to_six(kind: str) -> None:
    points = standard(continuum(300, kind=kind, seed=0))
    found = choose_k(points, stability_pairs=0)
    assert 3 <= found.k <= 6
    elbow = int(found.scores.loc[found.scores["is_elbow"], "k"].item())
    assert found.k == min(max(elbow, 3), 6)
    assert found.note == (
        "no distinct groups: the segments cut a continuum, other numbers are as good"
    )


@pytest.mark.parametrize(
    ("k", "note"),
    [(2, "2 distinct groups, divided further"), (4, "4 distinct groups")],
)
def test_three_or_more_distinct_groups_are_chosen(k: int, note: str) -> None:
    found = choose_k(groups(300, k=k, seed=0), stability_pairs=0)
    assert found.scores["distinct_groups"].eq(k).all()
    assert found.note == note
    assert found.k == k or (k == 2 and 3 <= found.k <= 6)


def test_few_rows_are_too_few_to_tell() -> None:
    points = groups(99, k=3, seed=0)
    found = choose_k(points)
    assert found.scores["distinct_groups"].isna().all()
    assert found.note == "fewer than 100 rows: too few to tell distinct groups"
    assert found.k == 3


@pytest.mark.parametrize(("count", "most"), [(4, 2), (9, 3), (30, 5)])
def test_segments_have_as_many_members_on_average_as_there_are(
    count: int, most: int
) -> None:
    assert choose_k(noise(count), stability_pairs=0).k <= most


def test_no_more_are_chosen_than_k_max() -> None:
    points = groups(300, k=5, seed=1)
    found = choose_k(points, k_max=4, stability_pairs=0)
    assert (found.k, found.note) == (4, "5 distinct groups, some are combined")
    # The elbow is that of 1 to 12 clusters all the same.
    assert found.scores["k"].max() == 12
    wide = choose_k(points, k_max=15, stability_pairs=0).scores
    assert wide["elbow_strength"].iloc[12:].isna().all()
    assert wide["elbow_strength"].iloc[:12].tolist() == pytest.approx(
        found.scores["elbow_strength"].tolist(), abs=1e-4
    )


def test_consensus_is_shown_but_does_not_choose() -> None:
    points = np.repeat([[0.0, 0, 0], [9.0, 0, 0]], 60, axis=0) + noise(120)
    found = choose_k(points)
    assert found.scores.loc[found.scores["is_consensus"], "k"].item() == 2
    assert found.k >= 3
    assert found.scores["stability"].dropna().between(-1, 1).all()


def test_pin_stands_beside_what_the_data_say() -> None:
    points = blobs(centers=3, seed=4)
    free, pinned = choose_k(points), choose_k(points, k=5)
    assert pinned.k == 5
    assert pinned.scores.loc[pinned.scores["is_chosen"], "k"].item() == 5
    assert_frame_equal(
        free.scores.drop(columns="is_chosen"), pinned.scores.drop(columns="is_chosen")
    )
    assert choose_k(points, k=14).scores["k"].max() == 14
    assert pinned.note == f"number set by you; {free.note}, divided further"


def test_choice_knows_no_order_of_rows() -> None:
    points = noise(400, seed=8)
    order = np.random.default_rng(0).permutation(400)
    one, other = choose_k(points), choose_k(points[order])
    assert_frame_equal(one.scores, other.scores)
    assert (one.silhouettes[order] == other.silhouettes).all()


def test_one_row_and_identical_rows_are_one_cluster() -> None:
    for points in ([[1.0, 2.0]], [[1.0, 2.0]] * 30):
        selection = choose_k(points)
        assert (selection.k, len(selection.scores)) == (1, 1)
        assert selection.scores["silhouette"].isna().all()
        assert selection.fit.labels.tolist() == [0] * len(points)
    assert choose_k([[1.0, 2.0]] * 30, k=4).note == (
        "pinned to 4 clusters, but there are only 1 distinct rows"
    )


def test_as_many_clusters_as_distinct_rows_can_be_scored() -> None:
    selection = choose_k(np.repeat([[0.0], [1.0], [5.0]], 4, axis=0))
    assert selection.scores["k"].tolist() == [1, 2, 3]
    assert selection.scores["silhouette"].iloc[2] == pytest.approx(1)
    assert selection.scores["davies_bouldin"].iloc[2] == pytest.approx(0)
    assert selection.k == 3


@pytest.mark.parametrize("k", [0, 10_000, 2.5, "four", True])
def test_a_pin_out_of_range_names_the_setting(k: object) -> None:
    with pytest.raises(InputError, match="k is"):
        choose_k(noise(50), k=k)  # type: ignore[arg-type]
