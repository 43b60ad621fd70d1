"""Lifetime value: properties of the models, and faulty input."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from scipy.stats import beta as beta_distribution
from settings_parts import settings_part

from benchmarks.lifetime_value import (
    TRUTH,
    plain_bg_nbd,
    plain_fit,
    plain_gamma_gamma,
    simulated_histories,
    simulated_purchases,
    simulated_totals,
)
from retail_marts.customers import (
    bg_nbd,
    gamma_gamma,
    lifetime_value,
    maximum_likelihood,
)
from retail_marts.customers.lifetime_value import (
    HISTORIES,
    LIFETIME_VALUE_HOLDOUT,
    LIFETIME_VALUE_MODELS,
    LIFETIME_VALUES,
    LifetimeValueResult,
    customer_lifetime_values,
)
from retail_marts.customers.maximum_likelihood import Fit
from retail_marts.errors import InputError

PARAMETERS = {"r": 0.24, "alpha": 31.0, "a": 0.79, "b": 2.43}
CUSTOMERS = [(0, 0, 300), (0, 0, 0), (1, 20, 300), (2, 212, 273), (40, 250, 250)]


def counts_of(rows: list[tuple[float, float, float]]) -> bg_nbd.PurchaseCounts:
    return bg_nbd.count_histories(*np.array(rows, dtype=np.float64).T)


def by_customer(values: np.ndarray, counts: bg_nbd.PurchaseCounts) -> np.ndarray:
    return values[counts.positions]


def history(
    customer: str = "a",
    *,
    whole: tuple[int, float, float, float] = (1, 0, 100, 50),
    early: tuple[int, float, float, float] | None = None,
    later: tuple[int, float] = (0, 0),
    holdout: float = 25,
    business: str = "shop",
) -> dict[str, object]:
    """One row of histories; (purchase days, days to last, days since first, amount)."""
    early = early or (0, np.nan, np.nan, np.nan)
    values = (business, customer, *whole, *early, holdout, *later)
    return dict(zip(HISTORIES, values, strict=True))


def run(rows: list[dict[str, object]], **settings: object) -> LifetimeValueResult:
    return customer_lifetime_values(
        pd.DataFrame(rows, columns=list(HISTORIES)),
        settings=settings_part("lifetime_value_settings", settings),
    )


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return simulated_histories(4000, seed=5)


@pytest.fixture(scope="module")
def result(shop: pd.DataFrame) -> LifetimeValueResult:
    return customer_lifetime_values(shop)


def without_seconds(models: pd.DataFrame) -> pd.DataFrame:
    return models.drop(columns="fit_seconds")


# --- likelihoods and fits -------------------------------------------------------------


def direct_bg_nbd(x: float, t_x: float, age: float) -> float:
    """Equation (3) of Fader, Hardie and Lee, integrated numerically over p.

    Given p and the rate's gamma distribution, all purchases and the silence since have
    the likelihood (1-p)^x G(r+x) alpha^r / G(r) (alpha+T)^-(r+x), or p (1-p)^(x-1) ...
    (alpha+t_x)^-(r+x) for a customer who left at t_x.
    """
    r, alpha, a, b = PARAMETERS.values()
    rate = math.gamma(r + x) / math.gamma(r) * alpha**r

    def of(p: float) -> float:
        value = (1 - p) ** x * (alpha + age) ** -(r + x)
        if x > 0:
            value += p * (1 - p) ** (x - 1) * (alpha + t_x) ** -(r + x)
        return float(value * rate)

    # p = u ** (1/a) takes the singularity at 0 out of the beta density.
    scale = math.gamma(a + b) / math.gamma(a) / math.gamma(b) / a
    found, _ = quad(
        lambda u: of(u ** (1 / a)) * (1 - u ** (1 / a)) ** (b - 1) * scale,
        0,
        1,
        epsabs=0,
        epsrel=1e-11,
        limit=500,
    )
    return math.log(found)


@pytest.mark.parametrize("row", [(0, 0, 300), (1, 20, 300), (2, 212, 273)])
def test_bg_nbd_likelihood_is_the_integral_over_customers(
    row: tuple[float, float, float],
) -> None:
    ours, _ = bg_nbd.BgNbdLikelihood(counts_of([row]))(np.array([*PARAMETERS.values()]))
    assert ours == pytest.approx(direct_bg_nbd(*row), rel=1e-8)


def test_likelihoods_are_the_papers_formulas() -> None:
    rows = np.array(CUSTOMERS, dtype=np.float64)
    at = np.array([*PARAMETERS.values()])
    ours, _ = bg_nbd.BgNbdLikelihood(counts_of(CUSTOMERS))(at)
    assert ours == pytest.approx(plain_bg_nbd(at, *rows.T).sum(), rel=1e-12)
    counts, totals = np.array([1.0, 1, 3, 8]), np.array([5.0, 80, 31, 400])
    at = np.array([6.25, 3.74, 15.44])
    ours, _ = gamma_gamma.GammaGammaLikelihood(counts, totals)(at)
    expected = plain_gamma_gamma(at, counts, totals).sum()
    assert ours == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("scale", [0.05, 1.0, 30.0])
def test_gradients_are_those_of_the_likelihoods(scale: float) -> None:
    counts, totals = np.array([1.0, 1, 3, 8]), np.array([5.0, 80, 31, 400])
    for likelihood, at in (
        (bg_nbd.BgNbdLikelihood(counts_of(CUSTOMERS)), [0.3, 40, 0.8, 2.4]),
        (gamma_gamma.GammaGammaLikelihood(counts, totals), [6.25, 3.74, 15.44]),
    ):
        point = np.array(at) * scale
        # By logarithms, so that steps suit parameters of any size.
        numeric = approx_fprime(
            np.log(point), lambda logs, f=likelihood: f(np.exp(logs))[0], 1e-7
        )
        assert likelihood(point)[1] * point == pytest.approx(
            numeric, rel=1e-5, abs=1e-5
        )


def test_bg_nbd_recovers_the_parameters_it_was_simulated_from() -> None:
    bought = simulated_purchases(30_000, seed=11)
    fit = bg_nbd.fit_bg_nbd(
        bg_nbd.count_histories(bought["repeats"], bought["last"], bought["observed"])
    )
    assert fit.converged
    for name in bg_nbd.PARAMETERS:
        error = fit.standard_errors[name]
        assert 0 < error < 0.15 * TRUTH[name]
        assert abs(fit.parameters[name] - TRUTH[name]) < 3 * error, name


def test_gamma_gamma_recovers_the_parameters_it_was_simulated_from() -> None:
    counts = simulated_purchases(30_000, seed=12)["repeats"] + 1
    fit = gamma_gamma.fit_gamma_gamma(counts, simulated_totals(counts, seed=13))
    assert fit.converged
    for name in gamma_gamma.PARAMETERS:
        error = fit.standard_errors[name]
        assert 0 < error < 0.15 * TRUTH[name]
        assert abs(fit.parameters[name] - TRUTH[name]) < 3 * error, name


def test_standard_errors_are_the_spread_of_estimates() -> None:
    """The spread of estimates over many samples agrees with the standard errors."""
    fits = []
    for seed in range(30):
        bought = simulated_purchases(1500, seed=100 + seed)
        fits.append(
            bg_nbd.fit_bg_nbd(
                bg_nbd.count_histories(
                    bought["repeats"], bought["last"], bought["observed"]
                )
            )
        )
    for name in ("r", "alpha"):
        spread = np.std([np.log(fit.parameters[name]) for fit in fits], ddof=1)
        stated = np.mean(
            [fit.standard_errors[name] / fit.parameters[name] for fit in fits]
        )
        # The spread of 30 has itself a standard error of 13 %.
        assert stated == pytest.approx(spread, rel=0.4), name


def test_no_other_search_finds_a_higher_likelihood() -> None:
    bought = simulated_purchases(2000, seed=14)
    data = (bought["repeats"], bought["last"].round(), bought["observed"])
    ours = bg_nbd.fit_bg_nbd(bg_nbd.count_histories(*data)).log_likelihood
    other = plain_fit(plain_bg_nbd, 4, *data, method="Nelder-Mead")
    assert other - 1e-6 <= ours == pytest.approx(other, abs=1e-3)
    counts = data[0] + 1
    totals = simulated_totals(counts, seed=15)
    ours = gamma_gamma.fit_gamma_gamma(counts, totals).log_likelihood
    other = plain_fit(plain_gamma_gamma, 3, counts, totals, method="Nelder-Mead")
    assert other - 1e-6 <= ours == pytest.approx(other, abs=1e-3)


def test_following_starts_on_fewer_customers_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bought = simulated_purchases(20_000, seed=16)
    counts = bg_nbd.count_histories(
        bought["repeats"], bought["last"], bought["observed"]
    )
    totals = simulated_totals(bought["repeats"] + 1, seed=17)
    found = []
    for size in (500, 10_000_000):
        monkeypatch.setattr(bg_nbd, "_SKETCH_ROWS", size)
        monkeypatch.setattr(gamma_gamma, "_SKETCH_CUSTOMERS", size)
        one = bg_nbd.fit_bg_nbd(counts)
        two = gamma_gamma.fit_gamma_gamma(bought["repeats"] + 1, totals)
        found.append([*one.parameters.values(), *two.parameters.values()])
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_customers_of_one_history_count_as_often_as_they_are() -> None:
    bought = simulated_purchases(3000, seed=18)
    columns = [bought["repeats"], bought["last"].round(), bought["observed"]]
    once = bg_nbd.fit_bg_nbd(bg_nbd.count_histories(*columns))
    thrice = bg_nbd.fit_bg_nbd(
        bg_nbd.count_histories(*(np.tile(column, 3) for column in columns))
    )
    assert thrice.log_likelihood == pytest.approx(3 * once.log_likelihood, rel=1e-12)
    assert [*thrice.parameters.values()] == pytest.approx(
        [*once.parameters.values()], rel=1e-6
    )


def test_count_histories_gives_every_customer_its_own_history() -> None:
    counts = counts_of([(1, 5, 9), (0, 0, 9), (1, 5, 9), (1, 4, 9)])
    assert counts.weights.tolist() == [1, 1, 2]
    assert by_customer(counts.repeats, counts).tolist() == [1, 0, 1, 1]
    assert by_customer(counts.last, counts).tolist() == [5, 0, 5, 4]


# --- expectations ---------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 90, 365])
def test_expected_purchases_are_the_papers_formula(days: int) -> None:
    """Equation (10), where its hypergeometric function can be trusted."""
    r, alpha, a, b = PARAMETERS.values()
    counts = counts_of(CUSTOMERS)
    x, t_x, age = counts.repeats, counts.last, counts.observed
    z = days / (alpha + age + days)
    power = ((alpha + age) / (alpha + age + days)) ** (r + x)
    whole = (a + b + x - 1) / (a - 1)
    whole *= 1 - power * hyp2f1(r + x, b + x, a + b + x - 1, z)
    left = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    alive = 1 / (1 + np.where(x > 0, left, 0))
    assert bg_nbd.probability_alive(PARAMETERS, counts) == pytest.approx(
        alive, rel=1e-12
    )
    assert bg_nbd.expected_purchases(PARAMETERS, counts, days=days) == pytest.approx(
        whole * alive, rel=1e-9
    )


@pytest.mark.parametrize(
    ("parameters", "row"),
    [
        ({"a": 1.0}, (3, 50, 80)),
        ({"a": 1.0 + 1e-9}, (3, 50, 80)),
        ({"a": 1e-6, "b": 2000.0}, (3, 50, 80)),
        ({"a": 30.0, "b": 500.0}, (900, 1500, 1500)),
        ({"r": 20_000.0, "alpha": 700_000.0}, (11, 300, 330)),
        ({"alpha": 0.2}, (0, 0, 0)),
    ],
)
def test_expected_purchases_hold_where_the_formula_fails(
    parameters: dict[str, float], row: tuple[float, float, float]
) -> None:
    """Against adaptive quadrature over the probability of leaving."""
    at = PARAMETERS | parameters
    x, _, age = row
    counts = counts_of([row])
    reach = 365 / (at["alpha"] + age)

    def bought(p: float) -> float:
        if p == 0:
            return (at["r"] + x) * reach
        return float(-np.expm1(-(at["r"] + x) * np.log1p(p * reach)) / p)

    # Over the quantiles of p, so that the beta density needs no care.
    posterior = beta_distribution(at["a"], at["b"] + x)
    expected, _ = quad(lambda u: bought(float(posterior.ppf(u))), 0, 1, limit=2000)
    alive = bg_nbd.probability_alive(at, counts)[0]
    ours = bg_nbd.expected_purchases(at, counts, days=365)[0]
    assert ours == pytest.approx(expected * alive, rel=1e-6)


def test_longer_silence_makes_a_customer_less_alive() -> None:
    ages = [300, 320, 400, 800, 5000, 100_000]
    counts = counts_of([(5, 290, age) for age in ages])
    alive = bg_nbd.probability_alive(PARAMETERS, counts)
    assert (np.diff(alive) < 0).all()
    assert 0 < alive[-1] < alive[0] < 1
    bought = bg_nbd.expected_purchases(PARAMETERS, counts, days=90)
    assert (np.diff(bought) < 0).all()


def test_the_same_silence_says_more_of_a_frequent_customer() -> None:
    counts = counts_of([(x, 200, 400) for x in (1, 2, 5, 20)])
    assert (np.diff(bg_nbd.probability_alive(PARAMETERS, counts)) < 0).all()


def test_customers_without_a_repeat_are_alive() -> None:
    counts = counts_of([(0, 0, 10), (0, 0, 10_000)])
    assert bg_nbd.probability_alive(PARAMETERS, counts).tolist() == [1, 1]


def test_expected_mean_value_lies_between_own_and_common_mean() -> None:
    at = {"p": 6.25, "q": 3.74, "gamma": 15.44}
    common = at["p"] * at["gamma"] / (at["q"] - 1)
    counts, totals = np.array([1.0, 2, 50]), np.array([200.0, 400, 10_000])
    weight = at["p"] * counts / (at["p"] * counts + at["q"] - 1)
    found = gamma_gamma.expected_mean_value(at, counts, totals)
    assert found == pytest.approx(weight * 200 + (1 - weight) * common, rel=1e-12)
    assert (np.diff(found) > 0).all()


def test_a_distribution_without_mean_gives_no_value() -> None:
    at = {"p": 0.1, "q": 0.5, "gamma": 1.0}
    found = gamma_gamma.expected_mean_value(at, np.array([1.0, 9]), np.array([2.0, 18]))
    assert np.isnan(found).tolist() == [True, False]


def test_expected_purchases_come_true_on_average() -> None:
    """Simulated purchases after a simulated history, with the true parameters."""
    bought = simulated_purchases(60_000, seed=19, holdout=182)
    known = bought["observed"] >= 182
    counts = bg_nbd.count_histories(
        bought["early_days"][known] - 1,
        bought["early_last_day"][known],
        bought["observed"][known] - 182,
    )
    expected = by_customer(bg_nbd.expected_purchases(TRUTH, counts, days=182), counts)
    actual = (bought["days"] - bought["early_days"])[known]
    # Two purchases of one day count once, and days begin at midnight: 2 % off.
    assert expected.mean() == pytest.approx(actual.mean(), rel=0.02)
    for part in (expected < 0.2, (expected > 0.5) & (expected < 2), expected > 4):
        assert part.sum() > 500
        assert expected[part].mean() == pytest.approx(actual[part].mean(), rel=0.06)


# --- the whole call -------------------------------------------------------------------


def test_results_have_their_declared_schemas(result: LifetimeValueResult) -> None:
    for frame, schema in (
        (result.customers, LIFETIME_VALUES),
        (result.models, LIFETIME_VALUE_MODELS),
        (result.holdout, LIFETIME_VALUE_HOLDOUT),
    ):
        assert frame.dtypes.astype(str).to_dict() == dict(schema)


def test_models_are_fitted_and_expectations_are_consistent(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    customers = result.customers
    assert len(customers) == len(shop)
    assert (customers["model_name"] == "bg_nbd").all()
    assert (customers["value_model_name"] == "gamma_gamma").all()
    assert customers["probability_alive"].between(0, 1).all()
    for days in (90, 365):
        product = (
            customers[f"expected_orders_{days}d"]
            * customers["expected_purchase_amount"]
        )
        assert customers[f"expected_value_{days}d"].to_numpy() == pytest.approx(product)
    assert (customers["expected_orders_90d"] < customers["expected_orders_365d"]).all()
    once = customers["repeat_day_count"] == 0
    assert customers.loc[once, "note"].str.contains("one day only").all()
    assert customers.loc[~once, "note"].isna().all()
    assert result.models["converged"].all()
    assert result.models["fitted_on"].tolist() == ["calibration"] * 2 + ["history"] * 2


def test_permuting_customers_changes_nothing(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    other = customer_lifetime_values(shop.sample(frac=1, random_state=0))
    assert_frame_equal(other.customers, result.customers, check_exact=True)
    assert_frame_equal(
        without_seconds(other.models), without_seconds(result.models), check_exact=True
    )
    assert_frame_equal(other.holdout, result.holdout, rtol=1e-12)


def test_businesses_do_not_touch_each_other(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    other = simulated_histories(
        500, seed=6, business="another", truth=TRUTH | {"alpha": 5.0, "gamma": 9000.0}
    )
    both = customer_lifetime_values(pd.concat([shop, other]))
    mine = both.customers["business_id"] == "shop"
    assert_frame_equal(
        both.customers[mine].reset_index(drop=True), result.customers, check_exact=True
    )
    models = both.models[both.models["business_id"] == "shop"]
    assert_frame_equal(
        without_seconds(models).reset_index(drop=True), without_seconds(result.models)
    )


def test_money_in_another_currency_scales_values_alone(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    amounts = [column for column in shop if column.endswith("sales_amount")]
    other = customer_lifetime_values(
        shop.assign(**{c: shop[c] * 15_000 for c in amounts})
    )
    assert_frame_equal(
        other.customers.filter(regex="orders|alive"),
        result.customers.filter(regex="orders|alive"),
    )
    for column in ("expected_value_365d", "expected_purchase_amount"):
        assert other.customers[column].to_numpy() == pytest.approx(
            15_000 * result.customers[column].to_numpy(), rel=1e-6
        )
    ours, theirs = (
        one.models.query("model_name == 'gamma_gamma'") for one in (result, other)
    )
    assert theirs["gamma"].to_numpy() == pytest.approx(
        15_000 * ours["gamma"].to_numpy(), rel=1e-5
    )


def test_the_input_is_left_as_it_was(shop: pd.DataFrame) -> None:
    before = shop.copy(deep=True)
    customer_lifetime_values(shop.head(200))
    assert_frame_equal(shop, before)


# --- the holdout ----------------------------------------------------------------------


def test_predictions_do_not_use_the_days_held_out(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    """Predictions depend neither on the actual outcome nor on the whole history."""
    changed = shop.assign(
        holdout_purchase_day_count=shop["holdout_purchase_day_count"] * 3,
        holdout_sales_amount=0.0,
        sales_amount=shop["sales_amount"] * 7,
        days_since_first_purchase=shop["days_since_first_purchase"] + 90,
    )
    other = customer_lifetime_values(changed).holdout
    kept = [c for c in other if c.startswith("predicted_") or c.endswith("_name")]
    assert_frame_equal(other[kept], result.holdout[kept], check_exact=True)
    assert not np.allclose(
        other["actual_orders_mean"], result.holdout["actual_orders_mean"]
    )


def test_holdout_classes_make_up_all(result: LifetimeValueResult) -> None:
    for _, rows in result.holdout.groupby("model_name"):
        whole = rows[rows["frequency_class"] == "all"].iloc[0]
        parts = rows[rows["frequency_class"] != "all"]
        assert parts["frequency_class"].tolist() == [*"0123456", "7+"]
        for mean in ("actual_orders_mean", "predicted_orders_mean", "orders_mae"):
            total = (parts[mean] * parts["customer_count"]).sum()
            assert total == pytest.approx(whole[mean] * whole["customer_count"])


def test_true_model_beats_every_baseline(result: LifetimeValueResult) -> None:
    rows = result.holdout[result.holdout["frequency_class"] == "all"]
    rows = rows.set_index("model_name")
    assert list(rows.index) == ["bg_nbd", "own_rate", "business_rate", "shrunken_rate"]
    assert rows.at["bg_nbd", "beats_baseline"]
    assert rows.loc[rows["is_baseline"], "beats_baseline"].isna().all()
    assert rows["orders_rmse"].idxmin() == "bg_nbd"
    assert rows["value_rmse"].idxmin() == "bg_nbd"
    assert rows.at["bg_nbd", "predicted_orders_mean"] == pytest.approx(
        rows.at["bg_nbd", "actual_orders_mean"], rel=0.1
    )


def test_a_model_that_does_not_beat_the_baselines_is_not_used(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    rate = (shop["calibration_purchase_day_count"] - 1) / shop[
        "calibration_days_since_first_purchase"
    ].clip(lower=1)
    # The days held out are as each customer's own rate says.
    told = (rate * shop["holdout_days"]).fillna(0)
    changed = shop.assign(holdout_purchase_day_count=told)
    other = customer_lifetime_values(changed)
    whole = other.holdout[other.holdout["frequency_class"] == "all"]
    assert not whole.set_index("model_name").at["bg_nbd", "beats_baseline"]
    customers = other.customers
    assert (customers["model_name"] == "own_rate").all()
    assert customers["probability_alive"].isna().all()
    assert customers["expected_orders_365d"].isna().all()
    own = customers["repeat_day_count"] / customers["days_since_first_purchase"]
    assert customers["expected_orders_90d"].to_numpy() == pytest.approx(
        90 * own.fillna(0).to_numpy(dtype="float64")
    )
    reason = "it does not beat own_rate beyond chance in the days held out"
    assert customers["note"].str.contains(f"BG/NBD ({reason})", regex=False).all()
    note = other.models.query("fitted_on == 'history' and model_name == 'bg_nbd'")
    assert note["note"].item() == f"not used: {reason}"


def test_a_smaller_error_within_chance_beats_nothing() -> None:
    """Alike predictions: which of them is better by a hair is chance."""
    random = np.random.default_rng(0)
    wins = 0
    for _ in range(200):
        actual = random.poisson(2.0, 300).astype("float64")
        predicted = {
            name: 2.0 + random.normal(0, 0.3, 300)
            for name in ("bg_nbd", "shrunken_rate")
        }
        wins += lifetime_value._verdict(predicted, actual).against is None
    assert wins <= 20


def test_next_order_is_the_own_rhythm_shrunk_to_that_of_the_business() -> None:
    rows = [
        history("often", whole=(10, 90, 100, 100)),
        history("once", whole=(1, 0, 40, 10)),
        history("never", whole=(0, np.nan, np.nan, np.nan)),
    ]
    customers = run(rows).customers.set_index("customer_id")
    # 100 days of history by 5.5 purchase days on average.
    common = 100 / 5.5
    found = customers["usual_days_between_orders"]
    assert found["often"] == pytest.approx((90 + common) / 10)
    assert found["once"] == pytest.approx(common)
    assert np.isnan(found["never"])
    alone = run([history("once", whole=(1, 0, 40, 10))]).customers
    assert alone["usual_days_between_orders"].isna().all()


def test_holdout_of_hand_typed_customers() -> None:
    rows = [
        history("a", whole=(4, 90, 100, 40), early=(3, 60, 75, 30), later=(1, 10)),
        history("b", whole=(1, 0, 100, 10), early=(1, 0, 75, 10)),
        history("c", whole=(2, 5, 10, 20), later=(2, 20)),
    ]
    holdout = run(rows).holdout.set_index(["model_name", "frequency_class"])
    missing = holdout.loc[("bg_nbd", "all")]
    assert missing["note"] == "not fitted: 1 customers bought again, 30 are needed"
    assert pd.isna(missing["predicted_orders_mean"])
    # c had not bought before: 2 repeats in 150 days, 4 purchase days for 40.
    own = holdout.loc[("own_rate", "2")]
    assert own["predicted_orders_mean"] == pytest.approx(2 / 75 * 25)
    assert own["predicted_value_mean"] == pytest.approx(2 / 75 * 25 * 10)
    assert own["actual_orders_mean"] == 1
    assert own["orders_mae"] == pytest.approx(1 - 2 / 75 * 25)
    common = holdout.loc[("business_rate", "all")]
    assert common["customer_count"] == 2
    assert common["predicted_orders_mean"] == pytest.approx(2 / 150 * 25)
    assert common["actual_orders_mean"] == 0.5
    assert common["orders_rmse"] == pytest.approx(
        math.sqrt(((1 - 1 / 3) ** 2 + (1 / 3) ** 2) / 2)
    )


# --- too little, and bad input --------------------------------------------------------


def test_too_few_repeat_customers_get_plain_rates_and_a_note() -> None:
    rows = [
        history("a", whole=(11, 100, 100, 110)),
        history("b", whole=(1, 0, 100, 30)),
    ]
    result = run(rows)
    customers = result.customers.set_index("customer_id")
    assert customers["model_name"].unique().tolist() == ["shrunken_rate"]
    assert customers["probability_alive"].isna().all()
    # Rate .05; repeats beyond chance 2 x (25 - 5) make the shape 50 / 40.
    assert customers.at["a", "expected_orders_90d"] == pytest.approx(
        90 * (10 + 1.25) / (100 + 25)
    )
    assert customers.at["b", "expected_orders_90d"] == pytest.approx(90 * 1.25 / 125)
    mean = 140 / 12
    assert customers.at["b", "expected_purchase_amount"] == pytest.approx(
        (30 + mean) / 2
    )
    assert (
        customers["note"].str.contains("1 customers bought again, 30 are needed").all()
    )
    assert result.models["converged"].isna().all()
    assert result.models["note"].notna().all()


def test_customers_who_do_not_differ_have_the_rate_of_the_business() -> None:
    rows = [history(str(i), whole=(3, 80, 100, 30)) for i in range(5)]
    customers = run(rows).customers
    assert customers["expected_orders_90d"].tolist() == pytest.approx([1.8] * 5)
    assert customers["expected_orders_365d"].isna().all()


def test_customers_who_all_buy_alike_are_fitted_at_the_edge() -> None:
    """Without differences between customers, parameters diverge but not estimates."""
    random = np.random.default_rng(3)
    rows = []
    for i in range(400):
        days = np.unique(random.integers(0, 365, random.poisson(8) + 1))
        rows.append(
            history(
                str(i),
                whole=(len(days), days[-1] - days[0], 364 - days[0], 10.0 * len(days)),
                early=None,
            )
        )
    result = run(rows)
    model = result.models.query("fitted_on == 'history' and model_name == 'bg_nbd'")
    assert model["converged"].all()
    assert "hardly" in model["note"].iloc[0]
    customers = result.customers
    rate = (
        customers["repeat_day_count"].sum()
        / customers["days_since_first_purchase"].sum()
    )
    assert customers["expected_orders_90d"].mean() == pytest.approx(90 * rate, rel=0.03)
    # Nobody is seen to leave, so no year is promised and nobody is told to be active.
    assert customers["model_name"].eq("shrunken_rate").all()
    assert customers["expected_value_365d"].isna().all()
    assert customers["probability_alive"].isna().all()
    assert customers["note"].str.contains("hardly any customer is seen to leave").all()
    assert customers["expected_purchase_amount"].to_numpy() == pytest.approx(
        10, rel=1e-3
    )


def test_one_customer() -> None:
    customer = run([history(whole=(3, 60, 90, 300))]).customers.iloc[0]
    assert customer["model_name"] == "shrunken_rate"
    assert customer["expected_orders_90d"] == pytest.approx(2)
    assert customer["expected_value_90d"] == pytest.approx(200)


def test_all_orders_on_one_day_say_nothing_of_the_future() -> None:
    rows = [history(str(i), whole=(1, 0, 0, 5)) for i in range(40)]
    result = run(rows)
    assert result.customers["expected_orders_90d"].isna().all()
    assert result.customers["expected_value_90d"].isna().all()
    assert (result.customers["model_name"] == "none").all()
    assert result.customers["note"].str.contains("no time has passed").all()
    assert result.customers["expected_purchase_amount"].tolist() == [5] * 40


def test_customers_and_businesses_without_orders_have_rows() -> None:
    nothing = (0, np.nan, np.nan, np.nan)
    rows = [
        history("a", whole=(2, 50, 100, 20)),
        history("b", whole=nothing),
        history("a", business="lists", whole=nothing, holdout=np.nan),
    ]
    result = customer_lifetime_values(
        pd.DataFrame(rows),
        businesses=pd.DataFrame({"business_id": ["shop", "lists", "nobody"]}),
    )
    notes = result.customers.set_index(["business_id", "customer_id"])["note"]
    assert notes["shop", "b"] == "has not bought up to the as-of date"
    assert notes["lists", "a"] == "no orders are known"
    assert result.models.groupby("business_id").size().to_dict() == {
        "lists": 4,
        "nobody": 4,
        "shop": 4,
    }
    assert result.models.query("business_id == 'nobody'")["note"].notna().all()
    assert set(result.holdout["business_id"]) == {"lists", "nobody", "shop"}


def test_customers_who_returned_all_have_no_expected_value(shop: pd.DataFrame) -> None:
    rows = shop.copy()
    rows.loc[:1, "sales_amount"] = [-50.0, 0.0]
    result = customer_lifetime_values(rows)
    customers = result.customers.iloc[:2]
    assert customers["expected_orders_90d"].notna().all()
    assert customers["expected_value_90d"].isna().all()
    assert (customers["value_model_name"] == "none").all()
    assert customers["note"].str.contains("net value is not above 0").all()
    model = result.models.query(
        "fitted_on == 'history' and model_name == 'gamma_gamma'"
    )
    assert model["excluded_customer_count"].tolist() == [2]


def test_equal_values_of_all_purchases() -> None:
    rows = [
        history(str(i), whole=(i % 5 + 1, 10.0 * (i % 5), 100.0 + i, 7.0 * (i % 5 + 1)))
        for i in range(200)
    ]
    customers = run(rows).customers
    assert customers["expected_purchase_amount"].to_numpy() == pytest.approx(
        7, rel=1e-3
    )


def test_one_huge_outlier_does_not_move_the_others(
    shop: pd.DataFrame, result: LifetimeValueResult
) -> None:
    rows = shop.copy()
    rows.loc[0, "sales_amount"] = 1e12
    customers = customer_lifetime_values(rows).customers
    before, after = (
        one["expected_value_365d"].to_numpy()[1:]
        for one in (result.customers, customers)
    )
    assert np.median(np.abs(after / before - 1)) < 0.02
    assert np.isfinite(after).all()


def test_frequency_that_goes_with_value_is_warned_of(shop: pd.DataFrame) -> None:
    rows = shop.assign(sales_amount=shop["purchase_day_count"] ** 2.0)
    model = customer_lifetime_values(rows).models.query(
        "fitted_on == 'history' and model_name == 'gamma_gamma'"
    )
    assert model["frequency_value_correlation"].iloc[0] > 0.9
    assert "independent" in model["note"].iloc[0]


def test_a_fit_that_does_not_converge_is_not_used(
    shop: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maximum_likelihood, "GRADIENT_LIMIT", -1.0)
    monkeypatch.setattr(maximum_likelihood, "_STEP_LIMIT", 0)
    result = customer_lifetime_values(shop)
    assert not result.models["converged"].any()
    assert result.models["note"].str.contains("did not converge").all()
    assert (result.customers["model_name"] == "shrunken_rate").all()
    assert (result.customers["value_model_name"] == "shrunken_mean").all()
    assert result.customers["note"].str.contains("did not converge").all()
    missing = result.holdout[result.holdout["model_name"] == "bg_nbd"]
    assert missing["note"].tolist() == ["not fitted: did not converge"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"a": 500.0, "b": 900.0}, "hardly differ in how likely they are to leave"),
        ({"r": 2000.0}, "customers hardly differ in how often they buy"),
        ({"a": 1e-9}, "hardly any customer is seen to leave; not used"),
    ],
)
def test_estimates_at_a_bound_are_told(
    shop: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, float],
    words: str,
) -> None:
    fit = bg_nbd.fit_bg_nbd

    def at_the_bound(counts: bg_nbd.PurchaseCounts) -> Fit:
        found = fit(counts)
        return replace(found, parameters={**found.parameters, **changed})

    monkeypatch.setattr(bg_nbd, "fit_bg_nbd", at_the_bound)
    models = customer_lifetime_values(shop.head(500)).models
    notes = models.loc[models["model_name"] == "bg_nbd", "note"]
    assert words in notes.iloc[-1]


def test_no_rows_at_all() -> None:
    result = run([])
    assert len(result.customers) == len(result.models) == len(result.holdout) == 0
    assert result.customers.dtypes.astype(str).to_dict() == dict(LIFETIME_VALUES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="sales_amount"), "lack the columns sales_amount"),
        (lambda f: f.assign(customer_id=None), "customer_id is null"),
        (lambda f: pd.concat([f, f]), "several rows"),
        (lambda f: f.assign(days_to_last_purchase=101.0), "contradict"),
        (lambda f: f.assign(days_to_last_purchase=0.0), "contradict"),
        (lambda f: f.assign(purchase_day_count=-1.0), "contradict"),
        (lambda f: f.assign(purchase_day_count=np.nan), "contradict"),
        (lambda f: f.assign(sales_amount=np.inf), "contradict"),
        (lambda f: f.assign(calibration_purchase_day_count=1.0), "calibration_"),
    ],
)
def test_impossible_histories_are_one_clear_error(
    change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    frame = pd.DataFrame([history(whole=(3, 60, 100, 30))])
    with pytest.raises(InputError, match=words):
        customer_lifetime_values(change(frame))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"min_repeats": 3}, "no setting lifetime_value_settings.min_repeats"),
        ({"min_repeat_customers": 1}, "min_repeat_customers is 1"),
        ({"min_repeat_customers": True}, "min_repeat_customers is True"),
        ({"holdout_days": "90"}, "holdout_days is '90'"),
        ({"holdout_days": 0}, "holdout_days is 0"),
    ],
)
def test_settings_out_of_range_are_named(values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        settings_part("lifetime_value_settings", values)
