"""Populations, representation, prospects: small cases, properties, planted groups."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, SAMPLE
from settings_parts import mapped_populations, settings_part
from sklearn.metrics import roc_auc_score

from retail_marts.errors import InputError
from retail_marts.progress import Progress
from retail_marts.prospecting import find_prospects, represent_population
from retail_marts.prospecting.look_alikes import (
    calibrated_out_of_fold,
    contributions,
    decile_shares,
    fit_model,
    is_gain,
    match,
    out_of_fold,
    scores_of,
)
from retail_marts.prospecting.pairs import NO_POPULATION
from retail_marts.prospecting.population_scale import fit_population_scale
from retail_marts.prospecting.populations import (
    SAME_NAMES,
    Comparison,
    column_map,
    compare,
    read_population,
)
from retail_marts.prospecting.prospect_schemas import (
    LIFT,
    OVERLAP,
    PROSPECTS,
    REPRESENTATION,
    SCORES,
    ProspectResult,
)
from retail_marts.prospecting.representation import (
    Share,
    customer_shares,
    population_shares,
    representation_ratios,
)
from retail_marts.prospecting.weighting import weighted_quantiles
from retail_marts.settings import read_settings

COLUMNS = pd.read_csv(PROJECT / "seeds" / "population_columns.csv", dtype="string")
NAMES = pd.read_csv(PROJECT / "seeds" / "population_cluster_names.csv")
POPULATIONS = {"scf": {"currency": "USD", "country_code": "US"}}
BUSINESSES = pd.DataFrame(
    {"business_id": ["dealer"], "currency": ["USD"], "country_code": ["US"]}
)
FEATURES = ["gender", "age", "income_amount", "credit_card_debt_amount"]
FEATURES += ["net_worth_amount"]


def make_population(families: int = 250, *, seed: int = 0) -> pd.DataFrame:
    """Families of three implicates each; one in ten is like the customers below."""
    rng = np.random.default_rng(seed)
    alike = np.arange(families) % 10 == 0
    rows = np.repeat(np.arange(families), 3)
    count = len(rows)
    age = np.where(alike, rng.normal(45, 5, families), rng.uniform(18, 90, families))
    income = np.where(
        alike,
        rng.normal(60_000, 6_000, families),
        rng.lognormal(10.7, 1.0, families),
    )
    card = np.where(
        alike,
        rng.normal(9_000, 1_500, families),
        rng.lognormal(6.5, 1.0, families) * (rng.random(families) < 0.4),
    )
    worth = np.where(
        alike, rng.normal(4e5, 5e4, families), rng.normal(0, 1, families) ** 3 * 3e5
    )
    wobble = np.exp(rng.normal(0, 0.03, count))
    return pd.DataFrame(
        {
            "population_id": "scf",
            "family_id": [f"f{row:04d}" for row in rows],
            "implicate_id": [f"i{n}" for n in range(count)],
            "weight": rng.gamma(4, 500, count),
            "gender": np.where(rng.random(families) < 0.5, "male", "female")[rows],
            "marital_status": None,
            "age": age[rows].round(),
            "income_amount": income[rows] * wobble,
            "credit_card_debt_amount": card[rows] * wobble,
            "debt_amount": card[rows] * 4,
            "net_worth_amount": worth[rows] * wobble,
            "vehicle_count": rng.integers(0, 4, families)[rows].astype(float),
        }
    )


def make_customers(count: int = 80, *, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "business_id": "dealer",
            "customer_id": [f"c{number:03d}" for number in range(count)],
            "gender": np.where(rng.random(count) < 0.5, "male", "female"),
            "marital_status": None,
            "age": rng.normal(45, 5, count).round(),
            "income_amount": rng.normal(60_000, 6_000, count),
            "credit_card_debt_amount": rng.normal(9_000, 1_500, count),
            "net_worth_amount": rng.normal(4e5, 5e4, count),
        }
    )
    frame["actual_amount"] = 1_000 + 0.5 * frame["income_amount"]
    return frame


BEST = pd.DataFrame(
    {
        "business_id": ["dealer"],
        "model_name": ["linear_regression"],
        "hyperparameters": [None],
        "is_best_model": [True],
    }
)


def search(
    population: pd.DataFrame, customers: pd.DataFrame, **changes: Any
) -> ProspectResult:
    settings = changes.pop("settings", {"models": ["logistic_splines"]})
    arguments: dict[str, Any] = {
        "businesses": BUSINESSES,
        "populations": POPULATIONS,
        "columns": COLUMNS,
        "spend_models": BEST,
        "settings": settings_part("prospecting_settings", settings),
    }
    return find_prospects(population, customers, **{**arguments, **changes})


@pytest.fixture(scope="module")
def found() -> ProspectResult:
    return search(make_population(), make_customers(), settings={})


# ------------------------------------------------------------------ weights and columns


def test_weighted_quantiles_count_weights() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 8.0])
    found = weighted_quantiles(values, weights, [0, 0.1, 0.11, 0.9, 0.91, 1])
    assert found.tolist() == [1, 1, 2, 2, 3, 3]
    assert np.isnan(weighted_quantiles(np.array([]), np.array([]), [0.5])).all()


def test_column_map_of_the_survey() -> None:
    mapped = column_map(COLUMNS, population_id="scf")
    assert [feature.customer_column for feature in mapped.features] == FEATURES
    assert (mapped.weight, mapped.family, mapped.filter) == (
        "weight",
        "family_id",
        "vehicle_count",
    )
    assert mapped.features[0].value_labels == {"1": "male", "2": "female"}


def test_column_map_without_rows_compares_same_names() -> None:
    assert column_map(COLUMNS, population_id="other") is SAME_NAMES


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"population_column": "ccbal"}, "population_column"),
        ({"usage": "target"}, "usage"),
        ({"customer_column": "spend_amount"}, "customer_column"),
        ({"customer_column": "gender"}, "a text with a number"),
        ({"scale": "log"}, "scale"),
        ({"customer_column": "income_amount"}, "two columns"),
        ({"usage": "weight"}, "usage weight"),
        ({"usage": "filter"}, "usage filter"),
        ({"value_labels": "1:male"}, "value_labels"),
    ],
)
def test_column_map_names_what_is_wrong(change: dict[str, str], named: str) -> None:
    table = COLUMNS.copy()
    (row,) = table.index[table["population_column"] == "net_worth_amount"]
    for column, value in change.items():
        table.loc[row, column] = value
    with pytest.raises(InputError, match=named):
        column_map(table, population_id="scf")


def test_column_map_of_another_column_changes_what_is_compared() -> None:
    """The mapping of columns decides: all debt may be compared with card debt."""
    table = COLUMNS.copy()
    card = table["population_column"] == "credit_card_debt_amount"
    table = table.loc[~card]
    debt = table["population_column"] == "debt_amount"
    table.loc[debt, ["usage", "customer_column", "scale"]] = [
        "feature", "credit_card_debt_amount", "asinh",
    ]  # fmt: skip
    one = search(make_population(), make_customers())
    other = search(make_population(), make_customers(), columns=table)
    column = "credit_card_debt_amount"
    assert np.allclose(
        other.prospects[column].mean(), make_population()["debt_amount"].mean()
    )
    assert not np.allclose(one.prospects[column], other.prospects[column])


@pytest.mark.parametrize("weight", [0.0, -3.0, np.nan])
def test_read_population_refuses_a_faulty_weight(weight: float) -> None:
    population = make_population(5)
    population.loc[3, "weight"] = weight
    with pytest.raises(InputError, match="1 rows whose weight"):
        read_population(population, columns=SAME_NAMES, population_id="scf")


@pytest.mark.parametrize("column", ["weight", "family_id", "net_worth_amount"])
def test_read_population_names_a_missing_column(column: str) -> None:
    population = make_population(5).drop(columns=column)
    with pytest.raises(InputError, match=f"has no column {column}"):
        read_population(population, columns=SAME_NAMES, population_id="scf")


def test_read_population_refuses_an_implicate_twice() -> None:
    population = make_population(5)
    population.loc[1, "implicate_id"] = population.loc[0, "implicate_id"]
    with pytest.raises(InputError, match="i0 of the family f0000 twice"):
        read_population(population, columns=SAME_NAMES, population_id="scf")


# -------------------------------------------------------------------- what is compared


def comparison_of(population: pd.DataFrame, customers: pd.DataFrame) -> Any:
    mapped = column_map(COLUMNS, population_id="scf")
    known = read_population(population, columns=mapped, population_id="scf")
    return compare(known, customers, columns=mapped, min_customers=30)


def test_compare_needs_customers() -> None:
    reason = comparison_of(make_population(20), make_customers(10))
    assert reason == (
        "10 of 10 customers state gender, age, income_amount, credit_card_debt_amount, "
        "net_worth_amount; at least 30 are needed"
    )


def test_compare_needs_two_columns_and_a_number() -> None:
    customers = make_customers()
    customers[["age", "income_amount", "credit_card_debt_amount"]] = None
    customers["net_worth_amount"] = 7.0
    reason = comparison_of(make_population(20), customers)
    assert reason == (
        "too few columns to compare (two are needed, one of them a number): age, "
        "income_amount, credit_card_debt_amount: stated by no customer; "
        "net_worth_amount: one value among all customers"
    )


def test_compare_leaves_out_what_is_hardly_known() -> None:
    customers, population = make_customers(), make_population(30)
    customers.loc[:49, "income_amount"] = np.nan
    customers.loc[:4, "age"] = np.nan
    customers.loc[5:7, "gender"] = "unheard of"
    population["net_worth_amount"] = population["net_worth_amount"].where(
        population.index < 10
    )
    compared = comparison_of(population, customers)
    assert isinstance(compared, Comparison)
    assert [f.customer_column for f in compared.features] == [
        "gender", "age", "credit_card_debt_amount",
    ]  # fmt: skip
    assert len(compared.customers) == 72
    assert "income_amount: stated by 38% of the customers" in compared.left_out
    assert "net_worth_amount: stated by" in compared.left_out


def test_compare_says_where_a_category_is_coded_otherwise() -> None:
    population = make_population(30)
    population["gender"] = population["gender"].map({"male": "M", "female": "F"})
    compared = comparison_of(population, make_customers())
    assert compared.left_out == (
        "gender: no value in common with the population, which has F, M"
    )
    assert len(compared.customers) == 80


def test_compare_keeps_customers_of_one_gender() -> None:
    customers = make_customers().assign(gender="male")
    compared = comparison_of(make_population(30), customers)
    assert compared.features[0].customer_column == "gender"
    assert search(make_population(60), customers).overlap["is_compared"].all()


def test_population_scale_is_the_populations() -> None:
    population = make_population(100)
    weights = population["weight"].to_numpy()
    features = column_map(COLUMNS, population_id="scf").features
    scale = fit_population_scale(population, weights, features=features)
    points = scale.transform(population)
    assert np.allclose(np.average(points, axis=0, weights=weights), 0)
    assert np.allclose(np.average(points**2, axis=0, weights=weights), 1)
    again = fit_population_scale(population, weights * 1000, features=features)
    assert np.allclose(again.transform(population), points)
    # Amounts in cents have the same scaled values as amounts in dollars.
    cents = population.copy()
    cents[["income_amount", "net_worth_amount", "credit_card_debt_amount"]] *= 100
    in_cents = fit_population_scale(cents, weights, features=features)
    assert np.allclose(in_cents.transform(cents), points)


# ----------------------------------------------------------------------- representation


def test_population_shares_are_weighted() -> None:
    shares = population_shares(
        np.array([0, 0, 1, 1]),
        weights=np.array([3.0, 3.0, 1.0, 1.0]),
        family_of=np.array([0, 0, 1, 1]),
        implicate_of=np.array([0, 1, 0, 1]),
        cluster_count=2,
        replicates=50,
        random_state=0,
    )
    assert shares.share.tolist() == [0.75, 0.25]
    assert (shares.lower < shares.share).all()
    assert (shares.upper > shares.share).all()


def test_population_shares_widen_where_implicates_differ() -> None:
    rng = np.random.default_rng(3)
    family_of, implicate_of = np.repeat(np.arange(300), 5), np.tile(np.arange(5), 300)
    labels = np.repeat(rng.integers(0, 2, 300), 5)
    # In the first two implicates, families move to cluster 1 in numbers.
    moved = labels.copy()
    moved[(implicate_of < 2) & (family_of < 100)] = 1
    width = []
    for one in (labels, moved):
        shares = population_shares(
            one,
            weights=np.ones(1500),
            family_of=family_of,
            implicate_of=implicate_of,
            cluster_count=2,
            replicates=200,
            random_state=0,
        )
        width.append(float((shares.upper - shares.lower)[0]))
    assert width[1] > 1.5 * width[0]


def test_representation_ratio_intervals_cover() -> None:
    """The true ratio lies within nearly always, with three clusters."""
    rng = np.random.default_rng(5)
    ours, theirs = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.5, 0.3])
    hits = np.zeros(3)
    for run in range(100):
        labels = np.repeat(rng.choice(3, 300, p=theirs), 2)
        shares = population_shares(
            labels,
            weights=np.repeat(rng.gamma(3, 1, 300), 2),
            family_of=np.repeat(np.arange(300), 2),
            implicate_of=np.tile([0, 1], 300),
            cluster_count=3,
            replicates=60,
            random_state=run,
        )
        customers = customer_shares(rng.choice(3, 120, p=ours), cluster_count=3)
        ratio = representation_ratios(customers, shares)
        hits += (ratio.lower <= ours / theirs) & (ours / theirs <= ratio.upper)
    assert (hits >= 88).all()


def test_representation_ratio_of_no_customers_has_an_upper_end() -> None:
    population = Share(np.array([0.5, 0.5]), np.array([0.45] * 2), np.array([0.55] * 2))
    customers = customer_shares(np.zeros(50, dtype=np.int64), cluster_count=2)
    ratio = representation_ratios(customers, population)
    assert ratio.share.tolist() == [2.0, 0.0]
    assert ratio.lower[1] == 0
    assert 0 < ratio.upper[1] < 0.3
    assert ratio.lower[0] < 2 < ratio.upper[0]


def represent(
    population: pd.DataFrame, customers: pd.DataFrame, **settings: Any
) -> Any:
    return represent_population(
        population,
        customers,
        businesses=BUSINESSES,
        populations=POPULATIONS,
        columns=COLUMNS,
        names=NAMES,
        settings=settings_part(
            "prospecting_settings", {"bootstrap_replicates": 50, **settings}
        ),
    )


def test_represent_population_on_one_scale() -> None:
    """A narrow group of customers stays narrow; on its own scale it would spread."""
    result = represent(make_population(), make_customers(), cluster_count=6)
    clusters = result.representation
    assert dict(clusters.dtypes.astype(str)).keys() == REPRESENTATION.keys()
    assert clusters["cluster_id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert clusters["population_share"].sum() == pytest.approx(1)
    assert clusters["customer_share"].max() > 0.9
    top = clusters.loc[clusters["customer_share"].idxmax()]
    assert top["representation"] == "over"
    assert top["representation_ratio_lower"] > 1
    assert clusters["cluster_name"].is_unique
    assert set(clusters["cluster_name"]) <= set(NAMES["cluster_name"])
    assert clusters["population_weight"].sum() == pytest.approx(
        make_population()["weight"].sum()
    )
    assert result.selection.loc[result.selection["is_chosen"], "k"].tolist() == [6]
    assert len(result.families) == 250


def test_represent_population_is_free_of_order_and_ids() -> None:
    population, customers = make_population(), make_customers()
    one = represent(population, customers, cluster_count=4).representation
    renamed = customers.sample(frac=1, random_state=3)
    renamed["customer_id"] = renamed["customer_id"].map(lambda c: c[::-1])
    other = represent(
        population.sample(frac=1, random_state=2), renamed, cluster_count=4
    ).representation
    pd.testing.assert_frame_equal(one, other)


def test_represent_population_names_what_the_table_lacks() -> None:
    with pytest.raises(InputError, match="strategy_under"):
        represent_population(
            make_population(20),
            make_customers(),
            businesses=BUSINESSES,
            populations=POPULATIONS,
            columns=COLUMNS,
            names=NAMES.drop(columns="strategy_under"),
        )


# -------------------------------------------------------------------- look-alike models


def matched_sides(*, apart: float, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    population = rng.normal(0, 1, (600, 2))
    return match(
        rng.normal(apart, 1, (150, 2)),
        population,
        weights=rng.gamma(3, 1, 600),
        families=np.repeat(np.arange(200), 3),
        places={"one": [0], "two": [1]},
        folds=5,
        random_state=0,
    )


def test_match_keeps_a_family_in_one_fold_and_sides_even() -> None:
    matched = matched_sides(apart=1)
    folds = matched.folds[:600].reshape(200, 3)
    assert (folds == folds[:, :1]).all()
    assert matched.weights[matched.is_customer].sum() == pytest.approx(150)
    assert matched.weights[~matched.is_customer].sum() == pytest.approx(150)


def test_no_model_separates_customers_drawn_from_the_population() -> None:
    """The groups do not differ, so no model may find a difference."""
    matched = matched_sides(apart=0)
    for name in ("logistic", "logistic_splines", "gradient_boosting"):
        raw = out_of_fold(name, matched)
        figures = scores_of(calibrated_out_of_fold(raw, matched, "platt"), matched)
        assert 0.4 < figures["auc"] < 0.6
        assert figures["log_loss"] > 0.68


def test_scores_of_normal_groups_are_those_of_theory() -> None:
    """Two normal groups a deviation apart in each column: AUC is Phi(1)."""
    matched = matched_sides(apart=1.0, seed=4)
    raw = out_of_fold("logistic", matched)
    figures = scores_of(calibrated_out_of_fold(raw, matched, "platt"), matched)
    assert figures["auc"] == pytest.approx(0.841, abs=0.04)
    assert figures["calibration_error"] < 0.06
    assert figures["brier"] < 0.2


def test_auc_counts_families_by_their_weight() -> None:
    """The pairs in which a customer is above a family, by the family's weight."""
    matched = matched_sides(apart=1)
    scores = np.random.default_rng(2).normal(size=len(matched.weights))
    weights = np.where(matched.is_customer, matched.weights, np.exp(3 * scores))
    above = scores[matched.is_customer][:, None] > scores[~matched.is_customer]
    share = above @ weights[~matched.is_customer] / weights[~matched.is_customer].sum()
    expected = np.average(share, weights=weights[matched.is_customer])
    figures = scores_of(scores, replace(matched, weights=weights))
    assert figures["auc"] == pytest.approx(expected)
    assert figures["auc"] < 0.3


def test_a_gain_is_one_only_beyond_chance() -> None:
    random = np.random.default_rng(0)
    weights = random.uniform(1, 3, 200)
    by_chance = [is_gain(random.normal(0, 1, 200), weights) for _ in range(2_000)]
    assert 0.035 < np.mean(by_chance) < 0.065
    assert not is_gain(np.zeros(200), weights)
    assert is_gain(random.normal(0.5, 1, 200), weights)
    # Heavy rows decide: here those with a loss.
    gain = np.where(np.arange(200) < 20, -1.0, 0.2)
    assert is_gain(gain, np.ones(200))
    assert not is_gain(gain, np.where(gain < 0, 9.0, 1.0))


def test_scores_of_perfect_and_constant_scores() -> None:
    matched = matched_sides(apart=1)
    perfect = np.where(matched.is_customer, 9.0, -9.0)
    figures = scores_of(perfect, matched)
    assert figures["auc"] == 1
    assert figures["calibration_error"] == pytest.approx(0, abs=1e-3)
    nothing = scores_of(np.zeros(len(perfect)), matched)
    assert nothing["auc"] == pytest.approx(0.5)
    assert nothing["brier"] == pytest.approx(0.25)
    assert nothing["top_decile_lift"] == 1


def test_deciles_are_tenths_by_weight() -> None:
    matched = matched_sides(apart=1)
    deciles = decile_shares(out_of_fold("logistic", matched), matched)
    assert [one.population_share for one in deciles] == pytest.approx(
        [0.1] * 10, abs=0.01
    )
    assert sum(one.customer_share for one in deciles) == pytest.approx(1)
    assert deciles[0].customer_share > 3 * deciles[9].customer_share


def test_contributions_sum_to_the_log_odds() -> None:
    matched = matched_sides(apart=1)
    everything = np.ones(len(matched.points), dtype=bool)
    for name in ("logistic", "logistic_splines"):
        model = fit_model(name, matched, everything)
        base, parts = contributions(
            model, matched.points, matched.weights, matched.places
        )
        assert np.allclose(base + parts.sum(axis=1), model(matched.points))
        assert np.allclose(np.average(parts, axis=0, weights=matched.weights), 0)


# ---------------------------------------------------------------------------- prospects


def test_find_prospects_gives_declared_frames(found: ProspectResult) -> None:
    for frame, schema in (
        (found.prospects, PROSPECTS),
        (found.scores, SCORES),
        (found.lift, LIFT),
        (found.overlap, OVERLAP),
    ):
        assert list(frame.columns) == list(schema)
    assert len(found.prospects) == 250
    assert found.prospects["weight"].sum() == pytest.approx(
        make_population()["weight"].sum()
    )


def test_find_prospects_finds_the_look_alikes(found: ProspectResult) -> None:
    prospects = found.prospects.sort_values("population_share_above")
    alike = prospects["family_id"].str[1:].astype(int) % 10 == 0
    assert roc_auc_score(alike, prospects["prospect_score"]) > 0.98
    assert alike.head(25).mean() >= 0.85


def test_find_prospects_compares_with_baselines(found: ProspectResult) -> None:
    scores = found.scores.set_index(["model_name", "calibration"])
    used = scores.loc[scores["is_used"]]
    assert len(used) == 1
    assert used["is_explainable"].all()
    assert used["beats_baseline"].all()
    assert scores.loc[("constant", "none"), "auc"] == pytest.approx(0.5)
    assert scores.loc[("constant", "none"), "log_loss"] == pytest.approx(np.log(2))
    assert scores["is_best_model"].sum() == 1
    assert found.lift["population_share"].sum() == pytest.approx(1)


def test_find_prospects_explains_each_score(found: ProspectResult) -> None:
    prospects = found.prospects
    parts = prospects.filter(like="_contribution")
    assert parts["marital_status_contribution"].isna().all()
    explained = prospects["base_log_odds"] + parts.sum(axis=1)
    assert np.allclose(explained, prospects["log_odds"])
    assert prospects["main_reasons"].str.count(";").eq(2).all()


def test_find_prospects_bands_are_shares_of_weight(found: ProspectResult) -> None:
    prospects = found.prospects
    total, largest = prospects["weight"].sum(), prospects["weight"].max()
    reached = 0.0
    for band, share in (("narrow", 0.01), ("balanced", 0.05), ("broad", 0.20)):
        reached += prospects.loc[prospects["band"] == band, "weight"].sum()
        assert share * total <= reached <= share * total + largest
    assert set(prospects["band"]) == {"narrow", "balanced", "broad", "none"}


def test_find_prospects_counts_vehicles_not_owners(found: ProspectResult) -> None:
    prospects = found.prospects
    few = prospects["has_at_most_one_vehicle"].astype(bool)
    assert (prospects.loc[few, "vehicle_count"] <= 1).all()
    assert (prospects.loc[~few, "vehicle_count"] > 1).all()


def test_find_prospects_takes_the_majority_of_implicates() -> None:
    population = make_population(60)
    population.loc[:5, "vehicle_count"] = [1, 1, 2, 2, 2, 1]
    prospects = search(population, make_customers()).prospects
    first, second = prospects["has_at_most_one_vehicle"].head(2)
    assert bool(first)
    assert not bool(second)
    assert prospects["at_most_one_vehicle_share"].head(2).tolist() == pytest.approx(
        [2 / 3, 1 / 3]
    )


def test_find_prospects_flags_families_outside_the_customers(
    found: ProspectResult,
) -> None:
    prospects, customers = found.prospects, make_customers()
    numbers = FEATURES[1:]
    low, high = customers[numbers].min(), customers[numbers].max()
    outside = ((prospects[numbers] < low) | (prospects[numbers] > high)).any(axis=1)
    assert (prospects["is_outside_customer_range"] == outside).all()
    named = prospects.loc[prospects["age"] > high["age"], "outside_columns"]
    assert named.str.contains("age above").all()


def test_find_prospects_expects_spend_by_the_law(found: ProspectResult) -> None:
    """Spend depends only on income, and the expected spend of families follows it."""
    prospects, customers = found.prospects, make_customers()
    low, high = customers["income_amount"].min(), customers["income_amount"].max()
    held = prospects["income_amount"].clip(low, high)
    assert np.allclose(prospects["expected_spend_amount"], 1_000 + 0.5 * held)
    assert np.allclose(
        prospects["extrapolated_spend_amount"],
        np.maximum(1_000 + 0.5 * prospects["income_amount"], 0),
    )


def test_find_prospects_is_free_of_order_and_ids(found: ProspectResult) -> None:
    customers = make_customers().sample(frac=1, random_state=1)
    customers["customer_id"] = customers["customer_id"].map(lambda c: c[::-1])
    again = search(
        make_population().sample(frac=1, random_state=1), customers, settings={}
    )
    pd.testing.assert_frame_equal(found.prospects, again.prospects)
    pd.testing.assert_frame_equal(
        found.scores.drop(columns="fit_seconds"),
        again.scores.drop(columns="fit_seconds"),
    )


def test_find_prospects_learns_from_a_sample_and_scores_all_families() -> None:
    result = search(
        make_population(),
        make_customers(),
        settings={"training_families_limit": 100, "models": ["logistic_splines"]},
    )
    assert result.overlap["training_family_count"].tolist() == [100]
    assert result.prospects["prospect_score"].notna().all()


def test_find_prospects_warns_of_little_overlap() -> None:
    customers = make_customers()
    customers["net_worth_amount"] += 5e7
    row = search(make_population(), customers).overlap.iloc[0]
    assert row["has_little_overlap"]
    assert row["warning"].startswith("the customers are unlike nearly everyone")
    assert row["within_range_share"] == 0


def test_find_prospects_keeps_a_family_that_states_too_little() -> None:
    population = make_population(60)
    population.loc[:2, "income_amount"] = np.nan
    population.loc[3, "income_amount"] = np.nan
    prospects = search(population, make_customers()).prospects
    first, second = prospects.iloc[0], prospects.iloc[1]
    assert pd.isna(first["prospect_score"])
    assert pd.isna(first["band"])
    assert pd.isna(first["is_outside_customer_range"])
    assert first["note"] == "no implicate states all compared columns"
    assert second["prospect_score"] > 0
    assert pd.isna(second["note"])
    assert len(prospects) == 60


def reasons(result: ProspectResult) -> list[str]:
    assert result.prospects.empty
    assert result.scores.empty
    assert not result.overlap["is_compared"].any()
    return [str(reason) for reason in result.overlap["reason"]]


def test_find_prospects_of_a_source_switched_off() -> None:
    result = search(make_population().iloc[:0], make_customers())
    assert reasons(result) == [
        "the population scf has no rows: its source is switched off, or all of its "
        "rows were rejected"
    ]


def test_find_prospects_without_any_population() -> None:
    result = search(make_population().iloc[:0], make_customers(), populations={})
    assert reasons(result) == [
        "no population is set up: see `populations` in dbt_project.yml"
    ]
    assert result.overlap["population_id"].tolist() == [NO_POPULATION]


@pytest.mark.parametrize(
    ("currency", "country", "said"),
    [
        ("IDR", "ID", "the currency of the business is IDR"),
        ("USD", "CA", "the country of the business is CA"),
        (None, "US", "the currency of the business is not stated"),
    ],
)
def test_find_prospects_compares_like_money(
    currency: str | None, country: str, said: str
) -> None:
    businesses = BUSINESSES.assign(currency=currency, country_code=country)
    (reason,) = reasons(
        search(make_population(30), make_customers(), businesses=businesses)
    )
    assert reason.startswith(said)


def test_find_prospects_of_ten_customers_gives_a_reason() -> None:
    said: list[str] = []
    with Progress("Prospects", said.append) as progress:
        result = search(make_population(30), make_customers(10), progress=progress)
    (reason,) = reasons(result)
    assert "at least 30 are needed" in reason
    assert said == [f"Prospects of dealer: not compared: {reason}"]


def test_find_prospects_of_a_population_without_settings() -> None:
    with pytest.raises(InputError, match="the population scf has rows"):
        search(make_population(30), make_customers(), populations={})


@pytest.mark.parametrize(
    ("spend", "said"),
    [
        (None, "no customer's spend is known"),
        ("few", "the spend of 5 customers is known"),
    ],
)
def test_find_prospects_without_spend_says_so(spend: str | None, said: str) -> None:
    customers = make_customers()
    if spend is None:
        customers = customers.drop(columns="actual_amount")
    else:
        customers.loc[5:, "actual_amount"] = None
    result = search(make_population(60), customers)
    assert result.overlap["expected_spend_note"].iloc[0].startswith(said)
    assert result.prospects["expected_spend_amount"].isna().all()


def test_find_prospects_recovers_the_planted_families() -> None:
    """Families of the sample that were drawn like the car dealer's customers."""
    survey = pd.read_csv(SAMPLE / "scf" / "SCFP2019.csv.gz").dropna(subset="WGT")
    buyers = pd.read_csv(SAMPLE / "car_dealer" / "Car_Purchasing_Data.csv")
    buyers["Annual Salary"] = pd.to_numeric(buyers["Annual Salary"], errors="coerce")
    population = pd.DataFrame(
        {
            "population_id": "scf",
            "family_id": survey["YY1"].astype(str),
            "implicate_id": survey["Y1"].astype(str),
            "weight": survey["WGT"],
            "gender": survey["HHSEX"].map({1: "male", 2: "female"}),
            "marital_status": None,
            "age": survey["AGE"],
            "income_amount": survey["INCOME"],
            "credit_card_debt_amount": survey["CCBAL"],
            "debt_amount": survey["DEBT"],
            "net_worth_amount": survey["NETWORTH"],
            "vehicle_count": survey["NVEHIC"],
        }
    )
    customers = pd.DataFrame(
        {
            "business_id": "dealer",
            "customer_id": buyers.index.astype(str),
            "gender": buyers["Gender"].map({0: "male", 1: "female"}),
            "marital_status": None,
            "age": buyers["Age"],
            "income_amount": buyers["Annual Salary"],
            "credit_card_debt_amount": buyers["Credit Card Debt"],
            "net_worth_amount": buyers["Net Worth"],
        }
    )
    truth = json.loads((SAMPLE / "truth.json").read_text())["sources"]["scf"]
    planted = {str(family) for family in truth["look_alike_families"]}
    result = search(population, customers)
    ranked = result.prospects.sort_values("population_share_above")
    is_planted = ranked["family_id"].isin(planted)
    assert roc_auc_score(is_planted, ranked["prospect_score"]) > 0.99
    assert is_planted.head(len(planted)).mean() >= 0.85


# ----------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"clusters": 6}, "clusters"),
        ({"cluster_count": 1}, "cluster_count"),
        ({"min_customers": 5}, "min_customers"),
        ({"folds": True}, "folds"),
        ({"bands": {"narrow": 0.1}}, "bands"),
        ({"bands": {"narrow": 0.2, "balanced": 0.1, "broad": 0.3}}, "bands"),
        ({"overlap_auc_limit": 2}, "overlap_auc_limit"),
        ({"models": ["gradient_boosting"]}, "models"),
        ({"models": ["forest", "logistic"]}, "models"),
        ([1], "prospecting_settings"),
    ],
)
def test_prospecting_settings_names_what_is_wrong(settings: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        settings_part("prospecting_settings", settings)


def test_prospecting_settings_always_keeps_the_baselines() -> None:
    assert settings_part("prospecting_settings", {"models": ["logistic"]}).models == (
        "constant",
        "customer_range",
        "logistic",
    )


def test_population_facts_of_both_settings() -> None:
    shipped = {"scf": {"currency": "USD", "country_code": "US"}}
    entry = {"path": "x.csv", "currency": "EUR", "columns": {"weight": "W"}}
    settings = read_settings(
        {"populations": shipped, "mapped_populations": {"census": entry}}
    )
    facts = settings.population_facts()
    assert facts["census"] == {
        "population_name": None,
        "currency": "EUR",
        "country_code": None,
    }
    assert list(facts) == ["scf", "census"]
    with pytest.raises(InputError, match="mapped_populations is"):
        mapped_populations(["census"])


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"path": "a.csv", "columns": {"age": "AGE"}}, "which column is weight"),
        ({"path": "a.csv", "columns": {"weight": "W", "hair": "H"}}, "hair"),
        (
            {"path": "a.csv", "columns": {"weight": "W", "implicate_id": "I"}},
            "no family_id",
        ),
        ({"columns": {"weight": "W"}}, "names no file"),
        ({"path": "a.csv", "columns": {"weight": "W"}, "date": 1}, "date"),
        ("a.csv", "mapping from names to values"),
    ],
)
def test_mapped_populations_names_what_is_wrong(entry: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        mapped_populations({"census": entry})


def test_mapped_populations_may_not_take_the_shipped_name() -> None:
    with pytest.raises(InputError, match="shipped source"):
        mapped_populations({"scf": {"path": "a.csv", "columns": {"weight": "W"}}})
