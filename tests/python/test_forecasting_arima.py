"""ARIMA of a series: the likelihood, the search, and what cannot be fitted."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.arima.model import ARIMA

from retail_marts.errors import InputError
from retail_marts.forecasting import arima
from retail_marts.forecasting.arima import (
    arima_fixed,
    arima_search,
)
from retail_marts.forecasting.arma_likelihood import (
    profile_likelihoods,
    seasonal_product,
)
from retail_marts.forecasting.series_model import SeriesContext

HORIZON = 14


def context(days: int, horizon: int = HORIZON, **settings: Any) -> SeriesContext:
    dates = np.datetime64("2024-01-01") + np.arange(days + horizon)
    return SeriesContext(
        dates=dates[:days],
        future_dates=dates[days:],
        random_state=settings.pop("random_state", 0),
        **settings,
    )


def noise(days: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=days)


def autoregression(days: int, *, phi: float, level: float = 50.0) -> np.ndarray:
    values = np.zeros(days)
    for day, shock in enumerate(noise(days)):
        values[day] = (phi * values[day - 1] if day else 0.0) + shock
    return values + level


def weekly(days: int) -> np.ndarray:
    profile = np.array([10.0, 12, 9, 14, 30, 45, 2])
    return 20.0 + profile[np.arange(days) % 7] + noise(days)


def statsmodels_log_likelihood(
    values: np.ndarray, order: Any, parameters: Any, **settings: Any
) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(ARIMA(values, order=order, **settings).loglike(parameters))


# ------------------------------------------------------------------- a given order


@pytest.mark.parametrize("order", [(1, 0, 0), (0, 1, 1), (2, 0, 1), (5, 1, 0)])
def test_arima_fixed_is_statsmodels(order: tuple[int, int, int]) -> None:
    values = autoregression(120, phi=0.6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = ARIMA(values, order=order).fit()
    forecast = arima_fixed(order)(values, HORIZON, context(120))
    np.testing.assert_allclose(forecast.point, results.forecast(HORIZON), atol=0.01)
    assert forecast.converged == results.mle_retvals["converged"]
    # The criteria are those of the series in its own unit.
    assert forecast.details["aic"] == pytest.approx(results.aic, abs=0.01)
    assert forecast.details["aicc"] == pytest.approx(results.aicc, abs=0.01)


def test_arima_fixed_returns_to_the_mean() -> None:
    values = autoregression(200, phi=0.5, level=50.0)
    forecast = arima_fixed((1, 0, 0))(values, 60, context(200, 60))
    assert forecast.details["parameters"] == 3
    assert forecast.point[-1] == pytest.approx(50.0, abs=1.0)


@pytest.mark.parametrize("factor", [1000.0, 0.37])
@pytest.mark.parametrize("order", [(5, 1, 0), (7, 0, 7)])
def test_arima_fixed_scales_with_the_series(
    order: tuple[int, int, int], factor: float
) -> None:
    values = weekly(100)
    once = arima_fixed(order)(values, HORIZON, context(100))
    scaled = arima_fixed(order)(values * factor, HORIZON, context(100))
    np.testing.assert_allclose(scaled.point, once.point * factor, rtol=1e-12)
    assert scaled.converged == once.converged


def test_arima_fixed_reports_what_did_not_converge(
    recwarn: pytest.WarningsRecorder,
) -> None:
    forecast = arima_fixed((9, 0, 9))(weekly(120), HORIZON, context(120))
    assert not forecast.converged
    assert forecast.failure_reason is not None
    assert "failed to converge" in forecast.failure_reason
    assert forecast.details["iterations"] == 50
    assert np.isfinite(forecast.point).all()
    assert [str(one.message) for one in recwarn] == []


def test_large_orders_reach_the_likelihood_that_statsmodels_reaches() -> None:
    values = autoregression(150, phi=0.7)
    order = (10, 0, 4)
    ours = arima_fixed(order)(values, HORIZON, context(150))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ARIMA(values, order=order).fit()
    assert ours.details["log_likelihood"] >= theirs.llf - 0.5
    np.testing.assert_allclose(ours.point, theirs.forecast(HORIZON), atol=0.5)


@pytest.mark.parametrize(
    ("order", "days", "said"),
    [
        ((28, 0, 28), 60, "58 parameters need at least 86"),
        ((5, 1, 0), 5, "6 parameters need at least 12"),
        ((-1, 0, 0), 60, "whole numbers"),
        ((1, 0, 0.5), 60, "whole numbers"),
        ((1, 0), 60, "whole numbers"),
    ],
)
def test_an_order_that_cannot_be_fitted_says_so(
    order: Any, days: int, said: str
) -> None:
    forecast = arima_fixed(order)(noise(days), HORIZON, context(days))
    assert forecast.point.shape == (HORIZON,)
    assert np.isnan(forecast.point).all()
    assert not forecast.converged
    assert forecast.failure_reason is not None
    assert f"ARIMA{order} cannot be fitted to {days} days" in forecast.failure_reason
    assert said in forecast.failure_reason


def test_the_shortest_series_of_an_order_is_fitted() -> None:
    reason = arima_fixed((5, 1, 0))(noise(12), HORIZON, context(12)).failure_reason
    assert reason is None or "cannot be fitted" not in reason
    reason = arima_fixed((5, 1, 0))(noise(11), HORIZON, context(11)).failure_reason
    assert reason is not None
    assert "cannot be fitted" in reason


@pytest.mark.parametrize("broken", [np.linalg.LinAlgError, ValueError])
def test_a_fit_that_fails_gives_a_reason(
    monkeypatch: pytest.MonkeyPatch, broken: type[Exception]
) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise broken("Singular matrix")

    monkeypatch.setattr(arima.ARIMA, "filter", break_down)
    for model in (arima_fixed((2, 0, 1)), arima_search()):
        forecast = model(noise(90), HORIZON, context(90))
        assert np.isnan(forecast.point).all()
        assert not forecast.converged
        assert forecast.failure_reason is not None
        assert "failed on 90 days: Singular matrix" in forecast.failure_reason


# -------------------------------------------------------------------- the likelihood


@pytest.mark.parametrize("has_mean", [True, False])
@pytest.mark.parametrize(
    ("ar", "ma"),
    [
        ([], []),
        ([0.7], []),
        ([], [0.4]),
        ([0.5, -0.2, 0.1], [0.3]),
        ([0.1], [0.2, -0.3, 0.4, 0.1]),
        ([1.2, -0.5], [-0.6, 0.2]),
    ],
)
def test_profile_likelihoods_are_exact(
    ar: list[float], ma: list[float], has_mean: bool
) -> None:
    values = autoregression(60, phi=0.4, level=3.0)
    models = [np.array([ar, ar]) * [[1.0], [0.5]], np.array([ma, ma]) * [[1.0], [0.5]]]
    found = profile_likelihoods(values, ar=models[0], ma=models[1], has_mean=has_mean)
    for model in range(2):
        own = [*models[0][model], *models[1][model], found.variances[model]]
        terms = [*([found.means[model]] if has_mean else []), *own]
        order, trend = (len(ar), 0, len(ma)), "c" if has_mean else "n"
        assert found.log_likelihoods[model] == pytest.approx(
            statsmodels_log_likelihood(values, order, terms, trend=trend), rel=1e-9
        )
        # At the maximum, another variance or mean does not give a higher likelihood.
        for at in {len(terms) - 1, 0} if has_mean else {len(terms) - 1}:
            for factor in (0.99, 1.01):
                moved = [*terms[:at], terms[at] * factor, *terms[at + 1 :]]
                other = statsmodels_log_likelihood(values, order, moved, trend=trend)
                assert other < found.log_likelihoods[model]


def test_seasonal_products_are_those_of_statsmodels() -> None:
    values, weekly_order = autoregression(90, phi=0.4), (1, 0, 1, 7)
    ar, ma = np.array([[0.5, -0.2]]), np.array([[0.3]])
    seasonal_ar, seasonal_ma = np.array([[0.4]]), np.array([[-0.6]])
    found = profile_likelihoods(
        values,
        ar=seasonal_product(ar, seasonal_ar, 7, sign=-1),
        ma=seasonal_product(ma, seasonal_ma, 7, sign=1),
        has_mean=True,
    )
    terms = [found.means, ar[0], ma[0], seasonal_ar[0], seasonal_ma[0], found.variances]
    theirs = statsmodels_log_likelihood(
        values, (2, 0, 1), np.concatenate(terms), seasonal_order=weekly_order
    )
    assert found.log_likelihoods[0] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("order", "seasonal"),
    [((1, 0, 1), (1, 0, 1)), ((2, 1, 1), (0, 1, 1)), ((1, 0, 0), (0, 1, 1))],
)
def test_a_seasonal_fit_is_no_less_likely_than_that_of_statsmodels(
    order: tuple[int, int, int], seasonal: tuple[int, int, int]
) -> None:
    values = weekly(200) + np.cumsum(noise(200, seed=3)) / 4
    values = values / values.std()
    ours = arima._fitted(values, order, seasonal, 7)
    assert not isinstance(ours, str)
    assert ours.converged
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ARIMA(values, order=order, seasonal_order=(*seasonal, 7)).fit()
    assert ours.details["log_likelihood"] >= theirs.llf - 1e-3


# -------------------------------------------------------------------------- the search


def test_arima_search_finds_an_autoregression() -> None:
    forecast = arima_search()(autoregression(400, phi=0.8), HORIZON, context(400))
    assert forecast.converged
    assert forecast.details["p"] >= 1
    assert forecast.details["d"] == 0
    assert forecast.details["likelihood_fits"] == 2


def test_arima_search_fits_no_terms_to_noise() -> None:
    values = noise(300) + 9.0
    forecast = arima_search()(values, HORIZON, context(300))
    assert forecast.details["d"] == forecast.details["seasonal_d"] == 0
    np.testing.assert_allclose(forecast.point, values.mean(), atol=0.3)
    np.testing.assert_allclose(forecast.point[7:], values.mean(), atol=0.05)


def test_arima_search_differences_a_walk() -> None:
    values = 100.0 + np.cumsum(noise(300))
    forecast = arima_search()(values, HORIZON, context(300))
    assert forecast.details["d"] == 1
    assert forecast.point[0] == pytest.approx(values[-1], abs=2.0)


def test_arima_search_sees_the_week() -> None:
    values = weekly(210)
    forecast = arima_search()(values[:196], HORIZON, context(196))
    seasonal = ("seasonal_p", "seasonal_d", "seasonal_q")
    assert sum(forecast.details[term] for term in seasonal) >= 1
    ours = np.abs(forecast.point - values[196:]).mean()
    assert ours < 0.25 * np.abs(values[:196].mean() - values[196:]).mean()
    without = arima_search(max_seasonal=0)(values[:196], HORIZON, context(196))
    assert all(without.details[term] == 0 for term in seasonal)


@pytest.mark.parametrize("factor", [1e6, 0.003])
def test_arima_search_scales_with_the_series(factor: float) -> None:
    values = autoregression(150, phi=0.5)
    once = arima_search()(values, HORIZON, context(150))
    scaled = arima_search()(values * factor, HORIZON, context(150))
    np.testing.assert_allclose(scaled.point, once.point * factor, rtol=1e-12)
    for term in ("p", "d", "q", "seasonal_p", "seasonal_d", "seasonal_q"):
        assert scaled.details[term] == once.details[term]


def test_arima_search_is_bounded_by_counts() -> None:
    one = arima_search(max_p=1, max_q=0, max_seasonal=0, likelihood_fits=1)
    details = one(autoregression(90, phi=0.5), HORIZON, context(90)).details
    assert (details["candidates"], details["likelihood_fits"]) == (2, 1)


@pytest.mark.parametrize("name", ["max_p", "max_q", "max_seasonal", "max_d"])
def test_arima_search_names_a_wrong_limit(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is -1"):
        arima_search(**{name: -1})
    with pytest.raises(InputError, match="likelihood_fits is 0"):
        arima_search(likelihood_fits=0)


# ---------------------------------------------------------------------------- bad input


MODELS = {"fixed": arima_fixed((2, 0, 1)), "search": arima_search()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("level", [0.0, 7.25])
def test_a_constant_series_stays_constant(name: str, level: float) -> None:
    forecast = MODELS[name](np.full(40, level), HORIZON, context(40))
    assert forecast.point.tolist() == [level] * HORIZON
    assert forecast.converged
    assert forecast.failure_reason is None


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_value_gives_a_reason(name: str, bad: float) -> None:
    forecast = MODELS[name](np.append(noise(40), bad), HORIZON, context(41))
    assert np.isnan(forecast.point).all()
    assert (
        forecast.failure_reason
        == "the series has 1 values that are missing or infinite"
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("days", [0, 1, 2, 5])
def test_few_days_are_a_forecast_or_a_reason(name: str, days: int) -> None:
    values = np.arange(days, dtype="float64")
    forecast = MODELS[name](values, HORIZON, context(days))
    assert forecast.point.shape == (HORIZON,)
    assert np.isfinite(forecast.point).all() or forecast.failure_reason


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("horizon", [0, -1])
def test_a_horizon_below_one_day_is_an_error(name: str, horizon: int) -> None:
    with pytest.raises(InputError, match=f"horizon is {horizon}"):
        MODELS[name](noise(40), horizon, context(40))


@pytest.mark.parametrize("name", MODELS)
def test_a_spike_and_a_gap_give_a_forecast(name: str) -> None:
    values = weekly(120)
    values[50] *= 1000.0
    values[70:100] = 0.0
    forecast = MODELS[name](values, 1000, context(120, 1000))
    assert forecast.point.shape == (1000,)
    assert np.isfinite(forecast.point).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_input_is_not_changed(name: str) -> None:
    values = weekly(90)
    before = values.copy()
    once = MODELS[name](values, HORIZON, context(90))
    again = MODELS[name](values, HORIZON, context(90, random_state=5))
    assert (values == before).all()
    assert once.point.tolist() == again.point.tolist()
