"""The spend models: properties for every business, and faulty input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import SAMPLE
from pandas.testing import assert_frame_equal
from settings_parts import settings_part
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVR

from retail_marts.errors import InputError
from retail_marts.progress import Progress
from retail_marts.prospecting import spend_comparison, spend_model
from retail_marts.prospecting.spend import model_spend
from retail_marts.prospecting.spend_candidates import (
    CANDIDATES,
    build_estimator,
    build_preparation,
    has_converged,
)
from retail_marts.prospecting.spend_comparison import (
    Comparison,
    Outcome,
    Variant,
    choose,
    compare_models,
)
from retail_marts.prospecting.spend_model import (
    FeatureShape,
    checked_customers,
    cross_validation_folds,
    feature_shape,
    fit_spend_model,
    shaped_features,
)
from retail_marts.prospecting.spend_schemas import (
    DRIVERS,
    PREDICTIONS,
    SCORES,
    SpendResult,
)
from retail_marts.settings.prospecting import FEATURES, MODEL_NAMES, SpendSettings

#: Fast settings, for tests that are not about the searches.
QUICK = settings_part(
    "spend_model_settings",
    {
        "models": ["mean", "linear_regression", "ridge", "decision_tree"],
        "tuning_iterations": 3,
        "min_customers": 20,
    },
)


def shop(rows: int = 80, *, seed: int = 0, business: str = "shop") -> pd.DataFrame:
    """Customers whose spend is a law of age, income and gender, with a little noise."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    income = rng.uniform(20_000, 90_000, rows).round(2)
    gender = rng.choice(["female", "male"], rows)
    spend = (1000 + 50 * age - 0.01 * income + 400 * (gender == "male")) + rng.normal(
        0, 30, rows
    )
    return pd.DataFrame(
        {
            "business_id": business,
            "customer_id": [f"c{number:04d}" for number in range(rows)],
            "spend_measure": "sales_amount",
            "gender": gender,
            "marital_status": None,
            "customer_group": None,
            "country": "ID",
            "age": age,
            "income_amount": income,
            "credit_card_debt_amount": None,
            "net_worth_amount": None,
            "actual_amount": spend,
        }
    )


def crossed(result: SpendResult, business: str = "shop") -> pd.DataFrame:
    rows = result.scores
    return rows[
        (rows["split"] == "cross_validation") & (rows["business_id"] == business)
    ].set_index(["model_name", "is_tuned"])


def steady(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the columns of measured seconds."""
    return frame.drop(columns=["fit_seconds"], errors="ignore")


@pytest.fixture(scope="module")
def result() -> SpendResult:
    return model_spend(shop(), settings=QUICK)


@pytest.fixture(scope="module")
def car_dealer() -> pd.DataFrame:
    """The accepted customers of the sample."""
    raw = pd.read_csv(SAMPLE / "car_dealer" / "Car_Purchasing_Data.csv", dtype="str")
    numbers = raw.iloc[:, 3:].apply(pd.to_numeric, errors="coerce")
    numbers.columns = [
        "gender",
        "age",
        "income_amount",
        "credit_card_debt_amount",
        "net_worth_amount",
        "actual_amount",
    ]
    known = numbers.dropna().copy()
    known["gender"] = known["gender"].map({0: "male", 1: "female"})
    return known.assign(
        business_id="car_dealer",
        customer_id=[f"c{row}" for row in known.index],
        spend_measure="spend_amount",
        marital_status=None,
        customer_group=None,
        country="USA",
    )


@pytest.fixture(scope="module")
def spend_law() -> dict[str, float]:
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    law: dict[str, float] = truth["sources"]["car_dealer"]["spend_law"]
    return law


@pytest.fixture(scope="module")
def sample_result(car_dealer: pd.DataFrame) -> SpendResult:
    return model_spend(car_dealer)


# --- What every run gives


def test_model_spend_returns_the_declared_schemas(result: SpendResult) -> None:
    for frame, schema in (
        (result.scores, SCORES),
        (result.predictions, PREDICTIONS),
        (result.drivers, DRIVERS),
    ):
        assert list(frame.columns) == list(schema)
        assert [str(kind) for kind in frame.dtypes] == list(schema.values())


def test_model_spend_of_no_customers_is_typed_and_empty() -> None:
    result = model_spend(shop().iloc[:0], settings=QUICK)
    for frame, schema in (
        (result.scores, SCORES),
        (result.predictions, PREDICTIONS),
        (result.drivers, DRIVERS),
    ):
        assert frame.empty
        assert [str(kind) for kind in frame.dtypes] == list(schema.values())


def test_model_spend_does_not_depend_on_the_order_of_rows_or_ids(
    result: SpendResult,
) -> None:
    customers = shop()
    shuffled = customers.sample(frac=1.0, random_state=3)
    other = model_spend(shuffled, settings=QUICK)
    assert_frame_equal(steady(result.scores), steady(other.scores))
    assert_frame_equal(result.predictions, other.predictions)
    # Keyed hashes differ between machines, but the figures must not.
    renamed = customers.assign(customer_id=customers["customer_id"].str[::-1])
    other = model_spend(renamed, settings=QUICK)
    assert_frame_equal(steady(result.scores), steady(other.scores))
    assert_frame_equal(result.drivers, other.drivers)


def test_model_spend_does_not_change_its_input() -> None:
    customers = shop(40)
    before = customers.copy(deep=True)
    model_spend(customers, settings=QUICK)
    assert_frame_equal(customers, before)


def test_one_business_does_not_depend_on_others(result: SpendResult) -> None:
    both = model_spend(
        pd.concat([shop(), shop(60, seed=5, business="other")]), settings=QUICK
    )
    mine = both.scores[both.scores["business_id"] == "shop"].reset_index(drop=True)
    assert_frame_equal(steady(mine), steady(result.scores))


def test_scores_follow_their_definitions(result: SpendResult) -> None:
    scores, predictions = result.scores, result.predictions
    assert set(scores["split"]) == {"train", "test", "cross_validation"}
    counts = scores.groupby("split")["customer_count"].unique().map(list).to_dict()
    assert counts == {"train": [64], "test": [16], "cross_validation": [80]}
    np.testing.assert_allclose(scores["mse"], scores["rmse"] ** 2)
    # The score of the best model is calculated from these predictions.
    best = scores[scores["is_best_model"] & (scores["split"] == "cross_validation")]
    miss = predictions["actual_amount"] - predictions["predicted_amount"]
    assert best["mae"].iloc[0] == pytest.approx(miss.abs().mean())
    assert best["rmse"].iloc[0] == pytest.approx(np.sqrt((miss**2).mean()))
    assert predictions["is_out_of_fold"].all()


def test_amounts_scale_with_the_currency(result: SpendResult) -> None:
    customers = shop()
    # A power of two: nothing is rounded, so that trees split where they did.
    dear = model_spend(
        customers.assign(actual_amount=customers["actual_amount"] * 1024),
        settings=QUICK,
    )
    np.testing.assert_allclose(dear.scores["r2"], result.scores["r2"], atol=1e-9)
    np.testing.assert_allclose(
        dear.predictions["upper_95"], result.predictions["upper_95"] * 1024, rtol=1e-9
    )


# --- Nothing leaks


def test_a_held_out_customers_spend_does_not_change_its_prediction() -> None:
    customers = shop()
    before = model_spend(customers, settings=QUICK).predictions
    changed = customers.copy()
    # Rows are sorted by the customers' attributes; here gender and age decide.
    changed.loc[7, "actual_amount"] += 5.0
    after = model_spend(changed, settings=QUICK).predictions
    own = before["customer_id"] == "c0007"
    columns = ["predicted_amount", "lower_80", "upper_95"]
    assert_frame_equal(before.loc[own, columns], after.loc[own, columns])
    others = ~own & (before["predicted_amount"] != after["predicted_amount"])
    assert others.sum() >= 60


def test_the_preparation_sees_training_rows_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    original = spend_comparison.build_preparation

    def watched(*arguments: Any) -> Any:
        preparation = original(*arguments)
        fit = preparation.fit_transform

        def recorded(features: pd.DataFrame) -> Any:
            seen.append(len(features))
            return fit(features)

        preparation.fit_transform = recorded
        return preparation

    monkeypatch.setattr(spend_comparison, "build_preparation", watched)
    model_spend(shop(), settings=QUICK)
    # Five outer folds of 64 training rows, each with three inner ones of 42 or 43.
    assert sorted(set(seen)) == [42, 43, 64]
    assert seen.count(64) == 5


@pytest.mark.parametrize("name", ["ridge", "svr", "k_nearest_neighbours"])
def test_the_search_is_that_of_scikit_learn(name: str) -> None:
    settings = settings_part(
        "spend_model_settings", {"models": [name], "tuning_iterations": 6}
    )
    known = checked_customers(shop(), features=FEATURES, target="actual_amount")
    shape = feature_shape(known, FEATURES)
    features = shaped_features(known, shape)
    target = known["actual_amount"].to_numpy()
    found = compare_models(
        features, target, shape=shape, models=[name], settings=settings
    ).outcomes[Variant(name, True)]
    candidate = CANDIDATES[name]
    assert candidate.tuned is not None
    prefix = "model__regressor__" if name == "svr" else "model__"
    for fold, (seen, held_out) in enumerate(cross_validation_folds(80, 5, settings)):
        peer = RandomizedSearchCV(
            Pipeline(
                [
                    ("prepared", build_preparation(shape.levels, [*shape.numbers])),
                    ("model", candidate.tuned(settings.random_state)),
                ]
            ),
            {prefix + key: values for key, values in candidate.space(42).items()},
            n_iter=6,
            scoring="neg_mean_squared_error",
            cv=KFold(3, shuffle=True, random_state=settings.random_state),
            random_state=settings.random_state,
        ).fit(features.iloc[seen], target[seen])
        best = {k.removeprefix(prefix): v for k, v in peer.best_params_.items()}
        assert best == found.hyperparameters[fold]
        np.testing.assert_allclose(
            found.out_of_fold[held_out], peer.predict(features.iloc[held_out])
        )


# --- Costly searches are tried in the first fold


def slow_models(in_full: bool = False, **chosen: object) -> SpendResult:
    """Of a law that a line describes, and boosting does not."""
    settings = settings_part(
        "spend_model_settings",
        {
            "models": ["linear_regression", "ridge", "gradient_boosting"],
            "tuning_iterations": 2,
            **chosen,
        },
    )
    return model_spend(
        shop(), settings=settings, tuned_in_full={"shop": in_full, "other": True}
    )


def test_a_costly_search_stops_where_its_first_fold_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []
    search = spend_comparison.search

    def counted(name: str, *rest: Any, **settings: Any) -> dict[str, Any]:
        searched.append(name)
        return search(name, *rest, **settings)

    monkeypatch.setattr(spend_comparison, "search", counted)
    result = slow_models()
    assert searched.count("gradient_boosting") == 1
    assert searched.count("ridge") == 5
    rows = crossed(result)
    stopped = rows.loc[("gradient_boosting", True)]
    assert str(stopped["note"]).startswith(
        "stopped after the first fold, where its error was "
    )
    assert " times that of " in str(stopped["note"])
    assert stopped[["mae", "r2", "model_rank", "tuning_helped"]].isna().all()
    assert stopped["customer_count"] == 80
    assert not stopped["is_best_model"]
    assert not stopped["is_baseline"]
    tuned = result.scores[result.scores["is_tuned"].astype(bool)]
    assert len(tuned[tuned["model_name"] == "gradient_boosting"]) == 1
    # The others do not notice, except that ranks move up.
    all_rows = crossed(slow_models(tune_all_models=True))
    columns = ["mae", "rmse", "r2", "is_best_model", "hyperparameters", "coverage_95"]
    others = rows.index.drop([("gradient_boosting", True)])
    assert_frame_equal(rows.loc[others, columns], all_rows.loc[others, columns])
    assert all_rows["mae"].notna().all()


@pytest.mark.parametrize("settings", [{"in_full": True}, {"tune_all_models": True}])
def test_a_setting_tunes_costly_models_in_all_folds(settings: dict[str, bool]) -> None:
    rows = crossed(slow_models(**settings))
    assert rows["model_rank"].notna().all()
    assert rows.loc[("gradient_boosting", True), "tuning_helped"] in (True, False)


def test_a_costly_search_goes_on_if_it_is_the_best_in_the_first_fold() -> None:
    customers = shop()
    # A curve over age, which no line follows.
    customers["actual_amount"] = (customers["age"] - 49.0) ** 2
    settings = settings_part(
        "spend_model_settings",
        {"models": ["linear_regression", "svr"], "tuning_iterations": 8},
    )
    rows = crossed(model_spend(customers, settings=settings))
    assert rows.loc[("svr", True), "model_rank"] == 1


# --- The choice


def comparison_of(
    errors: dict[Variant, np.ndarray[Any, np.dtype[np.float64]]],
) -> Comparison:
    rows = len(next(iter(errors.values())))
    split = (np.arange(rows), np.arange(rows))
    return Comparison(
        target=np.zeros(rows),
        folds=[split],
        split=split,
        outcomes={one: Outcome(out_of_fold=error) for one, error in errors.items()},
    )


def test_choose_takes_the_simplest_within_one_standard_error() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, 400)
    errors = {
        Variant("mean", False): noise * 3,
        Variant("linear_regression", False): noise * 1.0,
        Variant("random_forest", False): noise + rng.normal(0, 0.05, 400),
        Variant("gradient_boosting", True): noise * 0.8,
    }
    assert choose(comparison_of(errors)).best == Variant("gradient_boosting", True)
    del errors[Variant("gradient_boosting", True)]
    chosen = choose(comparison_of(errors))
    assert chosen.best == Variant("linear_regression", False)
    assert chosen.ranks[Variant("mean", False)] == 3


@pytest.mark.parametrize(
    ("seed", "note", "expected"),
    [
        (3, "no better than the mean on the test part (R² below 0)", False),
        (8, "its gain over the mean is within chance", True),
        (5, None, True),
    ],
)
def test_a_model_beats_the_mean_beyond_chance_and_on_the_test_part(
    seed: int, note: str | None, expected: bool
) -> None:
    noise = np.random.default_rng(seed).normal(0, 1500, 60)
    customers = shop(60, seed=seed)
    customers["actual_amount"] += noise
    scores = model_spend(customers, settings=QUICK).scores
    rows = scores[~scores["is_baseline"]].set_index(["model_name", "is_tuned"])
    judged = rows[rows["split"] == "cross_validation"]
    test = rows[rows["split"] == "test"]
    certain, holds = judged["baseline_p_value"] <= 0.05, test["r2"] >= 0
    assert (judged["beats_baseline"] == (certain & holds)).all()
    assert (test["beats_baseline"] == judged["beats_baseline"]).all()
    assert judged["beats_baseline"].any() == expected
    if note:
        noted = judged["note"].fillna("").str.contains(note, regex=False)
        assert noted.any()
        assert not judged.loc[noted, "beats_baseline"].any()


def test_choose_prefers_the_mean_where_nothing_is_learnt() -> None:
    customers = shop(100)
    rng = np.random.default_rng(2)
    noise = model_spend(
        customers.assign(actual_amount=rng.lognormal(5, 1, 100)), settings=QUICK
    )
    best = noise.scores[noise.scores["is_best_model"]]
    assert set(best["model_name"]) == {"mean"}
    assert not best["beats_baseline"].any()
    assert (noise.drivers["direction"].dropna() == "none").all()
    assert noise.drivers["importance_rank"].isna().all()


def test_scores_have_defaults_and_tuned_models(result: SpendResult) -> None:
    rows = crossed(result)
    assert rows.loc["linear_regression"].index.to_list() == [False]
    assert rows.loc["decision_tree"].index.to_list() == [False, True]
    for name in ("ridge", "decision_tree"):
        helped = rows.loc[(name, True), "tuning_helped"]
        assert helped == (
            rows.loc[(name, True), "mse"] < rows.loc[(name, False), "mse"]
        )
        assert json.loads(str(rows.loc[(name, True), "hyperparameters"]))
        assert rows.loc[(name, False), "hyperparameters"] is pd.NA


def test_a_fit_that_stops_early_says_so() -> None:
    rng = np.random.default_rng(0)
    features, target = rng.normal(size=(60, 3)), rng.normal(size=60)
    assert has_converged(SVR().fit(features, target))
    with pytest.warns(UserWarning, match="terminated early"):
        stopped = SVR(C=1e6, max_iter=3).fit(features, target)
    assert not has_converged(stopped)


# --- What is recovered


def test_the_planted_law_is_the_best_model(sample_result: SpendResult) -> None:
    rows = crossed(sample_result, "car_dealer")
    assert rows[rows["is_best_model"]].index.to_list() == [("linear_regression", False)]
    assert len(rows) == 2 * len(MODEL_NAMES) - 2
    best = rows.loc[("linear_regression", False)]
    # The planted noise has a deviation of 250.
    assert best["rmse"] == pytest.approx(250, rel=0.15)
    assert best["baseline_p_value"] < 1e-6
    assert 0.72 <= best["coverage_80"] <= 0.88
    assert 0.90 <= best["coverage_95"] <= 0.99


def test_the_planted_coefficients_come_back(
    car_dealer: pd.DataFrame, spend_law: dict[str, float]
) -> None:
    model = fit_spend_model(
        car_dealer, features=FEATURES, model_name="linear_regression"
    )
    assert "country" not in model.shape.names
    typical = car_dealer.iloc[[0]].assign(gender="male", age=44.0)

    def slope(column: str, step: float) -> float:
        moved = typical.assign(**{column: typical[column] + step})
        after, before = (
            model.predict(one)["predicted_amount"].iloc[0] for one in (moved, typical)
        )
        return float(after - before) / step

    female = model.predict(typical.assign(gender="female"))["predicted_amount"]
    male = model.predict(typical)["predicted_amount"]
    assert slope("age", 1.0) == pytest.approx(spend_law["Age"], rel=0.02)
    assert slope("income_amount", 100.0) == pytest.approx(
        spend_law["Annual Salary"], rel=0.02
    )
    assert slope("net_worth_amount", 100.0) == pytest.approx(
        spend_law["Net Worth"], rel=0.02
    )
    assert slope("credit_card_debt_amount", 100.0) == pytest.approx(
        spend_law["Credit Card Debt"], abs=0.02
    )
    assert float((female - male).iloc[0]) == pytest.approx(spend_law["Gender"], abs=100)


def test_the_planted_drivers_point_the_right_way(
    sample_result: SpendResult, spend_law: dict[str, float]
) -> None:
    rows = sample_result.drivers.set_index("feature")
    for name in (
        "age",
        "income_amount",
        "net_worth_amount",
        "credit_card_debt_amount",
    ):
        assert rows.loc[name, "direction"] == "higher"
    assert rows.loc["gender", "direction"] == "by_level"
    assert rows.loc["gender", ["low_value", "high_value"]].to_list() == [
        "male",
        "female",
    ]
    low, high = (
        float(str(rows.loc["age", end])) for end in ("low_value", "high_value")
    )
    assert rows.loc["age", "effect_amount"] == pytest.approx(
        spend_law["Age"] * (high - low), rel=0.02
    )
    assert rows["importance_share"].sum() == pytest.approx(1.0)
    assert rows["importance_rank"].dropna().to_list() == [5, 1, 2, 4, 3]
    assert rows.loc["country", "note"] == "the same for every customer"


def test_an_attribute_without_effect_has_no_direction() -> None:
    rng = np.random.default_rng(4)
    customers = shop(200).assign(net_worth_amount=rng.normal(0, 1e5, 200))
    settings = settings_part("spend_model_settings", {"models": ["linear_regression"]})
    rows = model_spend(customers, settings=settings).drivers.set_index("feature")
    assert rows.loc["net_worth_amount", "direction"] == "none"
    assert "beyond chance" in str(rows.loc["net_worth_amount", "note"])
    assert rows.loc["age", "importance_rank"] == 1
    assert rows.loc["age", "direction"] == "higher"


def test_a_falling_driver_is_lower(result: SpendResult) -> None:
    rows = result.drivers.set_index("feature")
    assert rows.loc["income_amount", "direction"] == "lower"
    assert rows.loc["income_amount", "effect_amount"] < 0
    assert rows.loc["gender", "high_value"] == "male"


# --- Intervals


def test_a_folds_model_never_saw_the_customers_it_is_measured_on() -> None:
    """The spend of one customer changes only the residual of this customer."""
    known = shop(60, seed=3)
    shape = spend_model.feature_shape(known, FEATURES)
    spent = known["actual_amount"].to_numpy("float64")
    more = spent + np.where(np.arange(60) == 7, 1e6, 0.0)
    one, other = (
        spend_model.fit_shaped(
            spend_model.shaped_features(known, shape),
            target,
            shape=shape,
            model_name="linear_regression",
            hyperparameters=None,
            settings=SpendSettings(),
        )
        for target in (spent, more)
    )
    moved = [
        after - before
        for before, after in zip(one.fold_residuals, other.fold_residuals, strict=True)
    ]
    own = [fold for fold in moved if np.isclose(fold, 1e6).any()]
    assert len(own) == 1
    assert sorted(own[0])[:-1] == pytest.approx([0] * (len(own[0]) - 1), abs=1e-6)


def test_intervals_cover_customers_not_seen() -> None:
    """For a skewed spend, coverage over many draws is as claimed."""
    covered: dict[int, list[bool]] = {80: [], 95: []}
    for seed in range(12):
        known, new = shop(120, seed=seed), shop(200, seed=1000 + seed)
        for frame in (known, new):
            rng = np.random.default_rng(seed + len(frame))
            frame["actual_amount"] += rng.lognormal(5, 1, len(frame))
        model = fit_spend_model(
            known, features=FEATURES, model_name="linear_regression"
        )
        bounds = model.predict(new)
        for level, found in covered.items():
            inside = new["actual_amount"].between(
                bounds[f"lower_{level}"], bounds[f"upper_{level}"]
            )
            found.extend(inside)
    assert 0.77 <= np.mean(covered[80]) <= 0.85
    assert 0.935 <= np.mean(covered[95]) <= 0.98


def test_predictions_are_never_below_zero_where_no_spend_is() -> None:
    customers = shop(100)
    customers["actual_amount"] = (customers["age"] - 40).clip(lower=0) * 10.0
    model = fit_spend_model(customers, features=["age"], model_name="linear_regression")
    predicted = model.predict(customers.assign(age=18))
    assert (predicted["predicted_amount"] == 0).all()
    assert (predicted["lower_95"] == 0).all()
    # A business where returns outweigh the sales of some has no such floor.
    customers["actual_amount"] -= 50
    model = fit_spend_model(customers, features=["age"], model_name="linear_regression")
    assert (model.predict(customers.assign(age=18))["predicted_amount"] < 0).all()


def test_predict_does_not_depend_on_its_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = fit_spend_model(shop(), features=FEATURES, model_name="ridge")
    whole = model.predict(shop(50, seed=9))
    monkeypatch.setattr("retail_marts.prospecting.spend_model._CELLS", 81 * 7)
    assert_frame_equal(model.predict(shop(50, seed=9)), whole)


def test_predict_flags_what_lies_outside_the_customers() -> None:
    model = fit_spend_model(shop(), features=FEATURES, model_name="ridge")
    rows = shop(5, seed=9).assign(age=[50, 17, 200, 50, None], gender="male")
    rows.loc[3, "gender"] = "other"
    found = model.predict(rows)
    assert found["is_outside_range"].to_list() == [False, True, True, True, False]
    assert found["predicted_amount"].notna().all()


# --- Bad input


def note_of(frame: pd.DataFrame) -> set[str]:
    return set(frame["note"].dropna())


@pytest.mark.parametrize("rows", [1, 10, 19])
def test_too_few_customers_have_reasoned_rows(rows: int) -> None:
    said: list[str] = []
    with Progress("Spend models", said.append) as progress:
        result = model_spend(shop(rows), settings=QUICK, progress=progress)
    reason = f"{rows} customers with a known spend, 20 are needed"
    assert len(result.scores) == len(QUICK.models)
    assert note_of(result.scores) == {reason}
    assert len(result.predictions) == rows
    assert result.predictions["note"].eq(reason).all()
    assert result.predictions["predicted_amount"].isna().all()
    assert result.drivers["note"].eq(reason).all()
    assert not result.scores["is_best_model"].any()
    count = len(QUICK.models)
    assert said == [f"Spend models of shop: {count} models are not fitted: {reason}"]


def test_the_fewest_customers_have_a_model() -> None:
    result = model_spend(
        shop(20), settings=settings_part("spend_model_settings", {"min_customers": 20})
    )
    rows = crossed(result)
    # The tuning of some was stopped.
    assert rows.xs(False, level="is_tuned")["mae"].notna().all()
    # 19 errors a fold cannot bound 95 %.
    assert result.predictions["lower_95"].isna().all()
    assert result.predictions["lower_80"].notna().all()
    assert rows["coverage_95"].isna().all()


def test_a_business_without_customers_has_reasoned_rows() -> None:
    both = pd.DataFrame({"business_id": ["bare", "shop"]})
    result = model_spend(shop(), settings=QUICK, businesses=both)
    bare = result.scores[result.scores["business_id"] == "bare"]
    assert len(bare) == len(QUICK.models)
    assert note_of(bare) == {"0 customers with a known spend, 20 are needed"}


def test_a_business_without_attributes_has_the_mean() -> None:
    customers = shop().assign(gender=None, age=None, income_amount=None)
    result = model_spend(customers, settings=QUICK)
    rows = crossed(result)
    assert rows[rows["is_best_model"]].index.to_list() == [("mean", False)]
    assert rows["mae"].notna().sum() == 1
    reason = "the business records no attribute in which its customers differ"
    assert rows.loc[("ridge", False), "note"] == reason
    assert result.predictions["predicted_amount"].notna().all()
    assert result.drivers.set_index("feature")["note"].to_dict() == {"country": reason}


def test_equal_spend_has_reasoned_rows() -> None:
    result = model_spend(shop().assign(actual_amount=250.0), settings=QUICK)
    rows = crossed(result)
    assert rows.loc[("mean", False), "mae"] == 0
    assert rows.loc[("mean", False), "is_best_model"]
    assert np.isnan(rows.loc[("mean", False), "r2"])
    assert "nothing to explain" in str(rows.loc[("ridge", False), "note"])
    bounds = result.predictions[["lower_95", "predicted_amount", "upper_95"]]
    assert (bounds == 250.0).all(axis=None)


def test_a_target_of_zeros_and_nulls_is_modelled() -> None:
    customers = shop()
    customers.loc[::4, "actual_amount"] = 0.0
    customers.loc[1::8, "actual_amount"] = np.nan
    result = model_spend(customers, settings=QUICK)
    predictions = result.predictions
    unknown = predictions["actual_amount"].isna()
    assert unknown.sum() == 10
    assert predictions["predicted_amount"].notna().all()
    assert (predictions["is_out_of_fold"] == ~unknown).all()
    assert predictions.loc[unknown, "note"].str.startswith("spend not known").all()
    assert (predictions["lower_95"] >= 0).all()
    assert set(crossed(result)["customer_count"]) == {70}


def test_a_feature_missing_for_half_the_rows_is_used_and_said() -> None:
    customers = shop()
    customers.loc[::2, "age"] = None
    customers.loc[1::2, "gender"] = None
    result = model_spend(customers, settings=QUICK)
    assert crossed(result)["mae"].notna().all()
    drivers = result.drivers.set_index("feature")
    for name in ("age", "gender"):
        assert drivers.loc[name, "missing_share"] == 0.5
        assert "blank for 50 % of the customers" in str(drivers.loc[name, "note"])
    assert drivers.loc["age", "direction"] == "higher"


def test_a_constant_feature_is_left_out_and_said(result: SpendResult) -> None:
    row = result.drivers.set_index("feature").loc["country"]
    assert row["note"] == "the same for every customer"
    assert np.isnan(row["importance"])
    assert row["importance_rank"] is pd.NA


@pytest.mark.parametrize("column", ["age", "actual_amount"])
def test_text_in_a_number_column_is_one_clear_error(column: str) -> None:
    customers = shop()
    customers[column] = customers[column].astype("object")
    customers.loc[3, column] = "a secret"
    with pytest.raises(
        InputError, match=f"column {column}.* is text in 1 rows"
    ) as info:
        model_spend(customers, settings=QUICK)
    assert "secret" not in str(info.value)


def test_infinite_missing_and_repeated_values_are_one_clear_error() -> None:
    customers = shop()
    with pytest.raises(InputError, match=r"column age .* is infinite in 1 rows"):
        model_spend(
            customers.assign(age=[np.inf, *customers["age"].iloc[1:]]), settings=QUICK
        )
    with pytest.raises(InputError, match="no column income_amount"):
        model_spend(customers.drop(columns="income_amount"), settings=QUICK)
    with pytest.raises(InputError, match="no column spend_measure"):
        model_spend(customers.drop(columns="spend_measure"), settings=QUICK)
    with pytest.raises(InputError, match="1 rows have no business_id or customer_id"):
        model_spend(pd.concat([customers, customers.iloc[:1]]), settings=QUICK)


def test_more_customers_than_a_fit_may_see_are_all_predicted() -> None:
    settings = settings_part(
        "spend_model_settings",
        {"models": ["linear_regression"], "fit_customer_limit": 100},
    )
    result = model_spend(shop(400), settings=settings)
    assert set(crossed(result)["customer_count"]) == {100}
    assert "fitted to 100 of 400 customers" in str(
        crossed(result).loc[("linear_regression", False), "note"]
    )
    assert result.predictions["predicted_amount"].notna().all()
    assert result.predictions["is_out_of_fold"].all()


def test_many_levels_share_columns() -> None:
    rng = np.random.default_rng(0)
    customers = shop(200).assign(country=[f"K{n}" for n in rng.integers(0, 90, 200)])
    shape = feature_shape(customers, ["country"])
    prepared = build_preparation(shape.levels, []).fit_transform(
        shaped_features(customers, shape)
    )
    assert prepared.shape == (200, 20)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model": ["ridge"]}, ".model"),
        ({"models": ["ridge", "prophet"]}, "models names prophet"),
        ({"models": []}, "models names nothing"),
        ({"models": "prophet"}, "models is 'prophet'"),
        ({"models": 7}, "models is 7"),
        ({"features": ["age", "order_count"]}, "features names order_count"),
        ({"folds": 1}, "folds is 1"),
        ({"folds": True}, "folds is True"),
        ({"tuning_folds": 0}, "tuning_folds is 0"),
        ({"tuning_iterations": -1}, "tuning_iterations is -1"),
        ({"test_share": 0.9}, "test_share is 0.9"),
        ({"test_share": "a fifth"}, "test_share is 'a fifth'"),
        ({"min_customers": 3}, "min_customers is 3"),
        ({"random_state": 1.5}, "random_state is 1.5"),
    ],
)
def test_settings_name_what_is_wrong(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match="spend_model_settings.*" + words):
        settings_part("spend_model_settings", values)


def test_settings_take_effect() -> None:
    settings = settings_part(
        "spend_model_settings", {"models": ["svr"], "tuning_iterations": 0}
    )
    assert settings.models == ("mean", "svr")
    assert settings_part("spend_model_settings", None) == SpendSettings()
    rows = crossed(model_spend(shop(), settings=settings))
    assert rows.index.to_list() == [("mean", False), ("svr", False)]


def test_a_split_that_is_not_a_fold_is_fitted_separately() -> None:
    settings = settings_part(
        "spend_model_settings", {"models": ["linear_regression"], "test_share": 0.3}
    )
    scores = model_spend(shop(), settings=settings).scores
    counts = scores.groupby("split")["customer_count"].unique().map(list).to_dict()
    assert counts == {"train": [56], "test": [24], "cross_validation": [80]}
    assert scores["mae"].notna().all()


def test_fit_spend_model_takes_some_of_the_columns() -> None:
    customers = shop()
    model = fit_spend_model(
        customers,
        features=["age"],
        model_name="linear_regression",
        target="actual_amount",
    )
    plain = LinearRegression().fit(customers[["age"]], customers["actual_amount"])
    np.testing.assert_allclose(
        model.predict(customers[["age"]])["predicted_amount"],
        plain.predict(customers[["age"]]),
    )
    with pytest.raises(InputError, match="no column age"):
        model.predict(customers[["gender"]])
    with pytest.raises(InputError, match="no model 'prophet'"):
        fit_spend_model(customers, features=["age"], model_name="prophet")
    with pytest.raises(InputError, match="10 customers have a known spend"):
        fit_spend_model(customers.head(10), features=["age"], model_name="mean")


def test_every_candidate_is_built_and_known() -> None:
    assert list(CANDIDATES) == list(MODEL_NAMES)
    shape = FeatureShape(numbers={"age": (0.0, 1.0)}, levels={})
    assert shape.names == ["age"]
    for name in MODEL_NAMES:
        assert hasattr(build_estimator(name, None, random_state=0), "fit")
