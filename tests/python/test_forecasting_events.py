"""Days known ahead, on simulated sales with planted promotions and closures."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from settings_parts import settings_part
from test_forecasting_core import best, series_of, weekly

from retail_marts.errors import InputError
from retail_marts.forecasting import (
    EVENT_EFFECTS,
    EVENTS,
    ForecastResult,
    engine,
    event_effects,
    forecast_series,
    lstm,
)
from retail_marts.forecasting.registry import FitTask
from retail_marts.forecasting.series_model import SeriesForecast

DAYS, END = 400, pd.Timestamp("2024-06-30")
#: Eleven promotions of three days, one in each window and two after the data.
PROMOTED = np.add.outer(np.arange(30, 430, 38), np.arange(3)).ravel()
MODELS = ["mean", "exponential_smoothing", "theta", "calendar_regression"]


def event_rows(
    places: np.ndarray | list[int], *, days: int = DAYS, **values: str | None
) -> pd.DataFrame:
    """Events on days that are counted from the first day of the series."""
    start = END - pd.Timedelta(days=days - 1)
    row = {
        **dict.fromkeys(EVENTS),
        "business_id": "shop",
        "event_name": "Event",
        "event_type": "promotion",
        **values,
    }
    frame = pd.DataFrame([row] * len(places), columns=list(EVENTS))
    return frame.assign(event_date=start + pd.to_timedelta(list(places), unit="D"))


def promoted(
    *, days: int = DAYS, seed: int = 0, factor: float = 2.0, level: float = 40.0
) -> np.ndarray:
    values = weekly(days, seed=seed, level=level)
    places = [place for place in PROMOTED if place < days]
    values[places] = np.round(factor * values[places])
    return values


def forecast(
    series: pd.DataFrame, events: pd.DataFrame | None = None, **values: Any
) -> ForecastResult:
    levels = ("total", "category", "sub_category", "product", "store", "store_product")
    settings = settings_part(
        "forecast_settings",
        {"models": dict.fromkeys(levels, MODELS), "reconcile": False, **values},
    )
    products = pd.DataFrame(
        {
            "business_id": "shop",
            "product_id": ["a", "b", "c"],
            "category": ["food", "food", "tools"],
            "sub_category": ["bread", "bread", "saws"],
        }
    )
    return forecast_series(series, settings=settings, hierarchy=products, events=events)


def days_ahead(result: ForecastResult, series_id: str, model: str) -> np.ndarray:
    rows = result.forecasts
    rows = rows[(rows["series_id"] == series_id) & (rows["model_name"] == model)]
    return rows.sort_values("forecast_date")["forecast_value"].to_numpy()


def mae(result: ForecastResult, model: str) -> float:
    rows = result.accuracy
    return float(rows.loc[rows["model_name"] == model, "mae"].mean())


@pytest.mark.parametrize("days", [DAYS, 760])
@pytest.mark.parametrize("model", MODELS[1:])
def test_models_recover_a_planted_promotion_and_err_less(model: str, days: int) -> None:
    series = series_of(promoted(days=days), level="total", series_id="total")
    without = forecast(series)
    known = forecast(series, event_rows(PROMOTED, days=days))
    if days == DAYS:
        ahead = days_ahead(known, "total", model)
        place = np.array([one - days for one in PROMOTED if one >= days])
        usual = np.delete(ahead, place).mean()
        assert 1.6 < ahead[place].mean() / usual < 2.4
        assert mae(known, model) < 0.8 * mae(without, model)
    else:
        assert mae(known, model) <= mae(without, model)


def test_the_best_model_knows_the_promotions() -> None:
    series = series_of(promoted(), level="total", series_id="total")
    found = best(forecast(series, event_rows(PROMOTED)), "accuracy")
    plain = best(forecast(series), "accuracy")
    assert found["mae"].item() < 0.8 * plain["mae"].item()
    assert found["model_name"].item() != "mean"


def test_chance_moves_forecasts_little_on_events_without_an_effect() -> None:
    rises = []
    for seed in range(10):
        series = series_of(weekly(DAYS, seed=seed), level="total", series_id="total")
        plain = days_ahead(forecast(series), "total", "exponential_smoothing")
        known = forecast(series, event_rows(PROMOTED))
        rises.append(days_ahead(known, "total", "exponential_smoothing") / plain - 1)
    assert np.abs(np.mean(rises, axis=0)).max() < 0.05


@pytest.mark.parametrize(
    ("scope", "concerned"),
    [
        ({}, "total food tools bread a c N N|a"),
        ({"category": "food"}, "food bread a N|a"),
        ({"product_id": "a"}, "a N|a"),
        ({"store_id": "N"}, "N N|a"),
        ({"store_id": "N", "product_id": "a"}, "N|a"),
        ({"store_id": "N", "category": "tools"}, ""),
        ({"product_id": "unknown"}, ""),
        ({"business_id": "other"}, ""),
    ],
)
def test_an_event_concerns_what_it_is_about(
    scope: dict[str, str], concerned: str
) -> None:
    levels = {
        "total": "total",
        "food": "category",
        "tools": "category",
        "bread": "sub_category",
        "a": "product",
        "c": "product",
        "N": "store",
        "N | a": "store_product",
    }
    series = pd.concat(
        [
            series_of(promoted(days=200), level=level, series_id=name)
            for name, level in levels.items()
        ]
    )
    closed = event_rows([200, 203], days=200, event_type="Closure", **scope)
    result = forecast(series, closed)
    zero = {
        name.replace(" ", "")
        for name in levels
        if days_ahead(result, name, "theta")[[0, 3]].tolist() == [0, 0]
    }
    assert zero == set(concerned.split())
    untouched = forecast(series)
    for name in levels:
        if name.replace(" ", "") not in zero:
            for model in MODELS:
                assert (
                    days_ahead(result, name, model)
                    == days_ahead(untouched, name, model)
                ).all()


def test_closed_days_are_zero_with_their_bounds_for_all_but_baselines() -> None:
    series = series_of(promoted(), level="total", series_id="total")
    rows = forecast(series, event_rows([DAYS + 1], event_type="CLOSED")).forecasts
    rows = rows[rows["forecast_date"] == END + pd.Timedelta(days=2)]
    rows = rows.set_index("model_name")
    bounds = ["forecast_value", "lower_80", "upper_80", "lower_95", "upper_95"]
    assert (rows.loc[MODELS[1:], bounds] == 0).all(axis=None)
    assert rows.loc["mean", "forecast_value"] > 0


@pytest.mark.parametrize(
    ("past", "sold", "event_type", "closed"),
    [
        ([], False, "closure", True),
        ([100, 200], True, "closure", False),
        ([100, 200], False, "holiday", True),
        ([100], False, "holiday", False),
        ([100, 200], True, "holiday", False),
        ([], False, "holiday", False),
    ],
)
def test_history_decides_whether_an_event_closes(
    past: list[int], sold: bool, event_type: str, closed: bool
) -> None:
    values = weekly(DAYS, level=40)
    if not sold:
        values[past] = 0
    series = series_of(values, level="total", series_id="total")
    events = event_rows([*past, DAYS + 4], event_type=event_type)
    ahead = days_ahead(forecast(series, events), "total", "exponential_smoothing")
    assert (ahead[4] == 0) == closed


def test_a_series_that_seldom_sells_is_not_closed_by_chance() -> None:
    values = np.random.default_rng(0).poisson(0.3, DAYS).astype(float)
    values[[100, 200]] = 0
    series = series_of(values, series_id="a")
    events = event_rows([100, 200, DAYS], event_type="fair", product_id="a")
    ahead = days_ahead(forecast(series, events, own_model_min_days=0), "a", "theta")
    assert ahead[0] > 0


def test_windows_learn_from_the_days_before_them_alone() -> None:
    values = promoted()
    later = values.copy()
    later[DAYS - 31 :] *= 3
    events = event_rows(PROMOTED)
    first, second = (
        forecast(series_of(one, level="total", series_id="total"), events).backtest
        for one in (values, later)
    )
    columns = ["model_name", "sales_date", "forecast_value"]
    for window in (1, 2, 3, 4):
        rows = [
            one.loc[one["window_id"] == window, columns].reset_index(drop=True)
            for one in (first, second)
        ]
        assert_frame_equal(rows[0], rows[1])


def test_events_that_nobody_knew_ahead_are_not_used() -> None:
    series = series_of(promoted(), level="total", series_id="total")
    storms = event_rows(PROMOTED, event_type="Storm")
    result = forecast(series, storms, unplanned_event_types=["storm"])
    assert_same(result, forecast(series))


@pytest.mark.parametrize("seed", range(3))
def test_without_an_event_that_concerns_a_series_all_figures_stay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = pd.concat(
        [
            series_of(promoted(seed=seed), level="total", series_id="total"),
            series_of(rng.poisson(0.5, 700), series_id="a"),
            series_of(promoted(days=300, seed=seed + 9), series_id="b"),
        ]
    )
    plain = forecast(series)
    for events in (
        event_rows([]),
        event_rows(PROMOTED, product_id="never sold"),
        event_rows(PROMOTED, business_id="other"),
        event_rows([DAYS + 5000]),
    ):
        assert_same(forecast(series, events), plain)


def assert_same(first: ForecastResult, second: ForecastResult) -> None:
    for name, frame in vars(first).items():
        other = vars(second)[name]
        assert_frame_equal(
            frame.drop(columns="fit_seconds", errors="ignore"),
            other.drop(columns="fit_seconds", errors="ignore"),
        )


def test_forecasts_with_events_follow_the_scale_and_no_order() -> None:
    series = series_of(promoted(), level="total", series_id="total")
    events = event_rows(PROMOTED)
    plain = forecast(series, events)
    mixed = events.sample(frac=1, random_state=0)
    larger = forecast(series.assign(value=series["value"] * 8), mixed)
    np.testing.assert_allclose(
        larger.forecasts["forecast_value"], 8 * plain.forecasts["forecast_value"]
    )


def periods(
    values: np.ndarray, grain: str, events: pd.DataFrame, **models: Any
) -> ForecastResult:
    """Forecasts of daily sales that are summed to weeks or months."""
    settings = settings_part("forecast_settings", {"reconcile": False, **models})
    series = series_of(values, level="total", series_id="total")
    return forecast_series(
        series, settings=settings, grains={"shop": grain}, events=events
    )


SMOOTHED = ("exponential_smoothing", "theta", "combination")


@pytest.mark.parametrize("model", SMOOTHED)
def test_weeks_with_promoted_days_sell_more_by_their_share(model: str) -> None:
    """Three days of a week sell twice as much: the week 3 / 7 more."""
    # The days end with a Sunday, so that all weeks are complete.
    days = 7 * 110
    places = np.concatenate([7 * week + np.arange(3) for week in range(1, 115, 7)])
    rng = np.random.default_rng(0)
    values = rng.poisson(40, days).astype(float)
    values[places[places < days]] *= 2
    known, plain = (
        periods(values, "week", event_rows(one, days=days)) for one in (places, [])
    )
    ahead = days_ahead(known, "total", model)
    promoted_weeks = np.arange(110, 115) % 7 == 1
    assert promoted_weeks.sum() == 1
    rise = ahead[promoted_weeks].mean() / ahead[~promoted_weeks].mean()
    assert 1.33 < rise < 1.53
    assert ahead[~promoted_weeks] == pytest.approx(280, rel=0.05)
    assert mae(known, model) < 0.8 * mae(plain, model)


@pytest.mark.parametrize("grain", ["week", "month"])
def test_closed_periods_are_zero_and_part_closed_ones_are_less(grain: str) -> None:
    values = np.random.default_rng(0).poisson(40, 1277).astype(float)
    # A renovation of a month before the end. July and August are ahead.
    values[-30:] = 0
    future = {"week": np.arange(7, 10), "month": np.arange(31, 41)}[grain]
    whole = np.arange(7) if grain == "week" else np.arange(31)
    places = np.concatenate([np.arange(-30, 0), whole, future]) + len(values)
    events = event_rows(places, days=len(values), event_type="closed")
    known = periods(values, grain, events)
    plain = periods(values, grain, event_rows([]))
    per_day = 40
    # Weeks of daily rows run from Monday to Sunday, on which the data end.
    length = np.array([7, 7] if grain == "week" else [31, 31])
    for model in SMOOTHED:
        ahead = days_ahead(known, "total", model)
        assert ahead[0] == 0
        # The past closure is no sign of a fall in sales.
        expected = per_day * (length[1] - len(future))
        assert ahead[1] == pytest.approx(expected, rel=0.15)
        assert ahead[2] == pytest.approx(per_day * (31, 7)[grain == "week"], rel=0.15)
    assert days_ahead(plain, "total", "exponential_smoothing")[2] < 0.97 * ahead[2]
    rows = known.forecasts
    rows = rows[rows["forecast_date"] == rows["forecast_date"].min()]
    bounds = rows.set_index("model_name").loc[list(SMOOTHED), ["lower_95", "upper_95"]]
    assert (bounds == 0).all(axis=None)


def test_a_month_closed_each_year_is_no_part_of_the_course_of_the_others() -> None:
    days = pd.date_range(end=END, periods=1461)
    course = 1 + 0.5 * np.sin(2 * np.pi * days.dayofyear.to_numpy() / 365.25)
    values = np.random.default_rng(0).poisson(40 * course).astype(float)
    shut = np.flatnonzero(days.month == 1)
    values[shut] = 0
    # July to September are ahead.
    known = periods(values, "month", event_rows(shut, days=1461, event_type="closed"))
    ahead = days_ahead(known, "total", "exponential_smoothing")
    future = pd.date_range(END + pd.Timedelta(days=1), periods=92)
    usual = 40 * (1 + 0.5 * np.sin(2 * np.pi * future.dayofyear.to_numpy() / 365.25))
    truth = pd.Series(usual).groupby(future.month).sum().to_numpy()
    np.testing.assert_allclose(ahead, truth, rtol=0.12)


def test_a_week_is_not_closed_by_a_word_that_its_sales_contradict() -> None:
    values = np.random.default_rng(0).poisson(40, 700).astype(float)
    places = np.concatenate([7 * week + np.arange(7) for week in range(10, 103, 10)])
    result = periods(values, "week", event_rows(places, days=700, event_type="closed"))
    ahead = days_ahead(result, "total", "exponential_smoothing")
    np.testing.assert_allclose(ahead, 280, rtol=0.1)


def test_models_that_know_no_events_say_so() -> None:
    series = pd.concat([series_of(promoted(), series_id=name) for name in ("a", "b")])
    wanted = ["mean", "exponential_smoothing", "teunter_syntetos_babai"]
    result = forecast(
        series, event_rows(PROMOTED, product_id="a"), models={"product": wanted}
    )
    notes = result.accuracy.set_index(["series_id", "model_name"])["failure_reason"]
    assert notes["a", "mean"] == "uses no events, not even closed days"
    assert notes["a", "teunter_syntetos_babai"] == "uses no events but closed days"
    assert pd.isna(notes["a", "exponential_smoothing"])
    assert notes["b"].drop("seasonal_naive_364", errors="ignore").isna().all()


def test_arima_recovers_a_planted_promotion_and_errs_less() -> None:
    series = series_of(promoted(), level="total", series_id="total")
    settings = settings_part(
        "forecast_settings",
        {
            "models": {"total": ["arima_fixed"]},
            "run_all_models": True,
            "reconcile": False,
        },
    )
    known, plain = (
        forecast_series(
            series, settings=settings, arima_orders={"shop": (7, 0, 0)}, events=events
        )
        for events in (event_rows(PROMOTED), None)
    )
    ahead = days_ahead(known, "total", "arima_fixed")
    places = [place - DAYS for place in PROMOTED if place >= DAYS]
    assert 1.6 < ahead[places].mean() / np.delete(ahead, places).mean() < 2.4
    assert mae(known, "arima_fixed") < 0.8 * mae(plain, "arima_fixed")


def test_models_of_one_series_see_sales_without_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both ARIMAs and the LSTM: they are given, and give, days without events."""
    seen: list[np.ndarray] = []

    def start(tasks: list[FitTask]) -> Any:
        seen.extend(task.values for task in tasks)
        return lambda: [
            (SeriesForecast(np.full(task.horizon_days, 40.0), converged=True), 0.1)
            for task in tasks
        ]

    monkeypatch.setattr(engine, "fitting", lambda **_: nullcontext(start))
    values = promoted(level=40)
    closed = DAYS - 20
    values[closed] = 0
    events = pd.concat(
        [event_rows(PROMOTED), event_rows([closed, DAYS + 9], event_type="closed")]
    )
    settings = settings_part(
        "forecast_settings",
        {"models": {"total": ["lstm"]}, "run_all_models": True, "reconcile": False},
    )
    series = series_of(values, level="total", series_id="total")
    result = forecast_series(series, settings=settings, events=events)
    plain = weekly(DAYS, level=40)
    whole = max(seen, key=len)
    past = PROMOTED[PROMOTED < DAYS]
    assert whole[past].sum() == pytest.approx(plain[past].sum(), rel=0.15)
    assert whole[closed] > 0.3 * plain.mean()
    untouched = np.setdiff1d(np.arange(DAYS), [*past, closed])
    np.testing.assert_array_equal(whole[untouched], plain[untouched])
    ahead = days_ahead(result, "total", "lstm")
    places = [place - DAYS for place in PROMOTED if place >= DAYS]
    assert 60 < ahead[places].mean() < 100
    assert ahead[9] == 0
    np.testing.assert_array_equal(np.delete(ahead, [*places, 9]), 40)


@pytest.mark.parametrize("model", ["arima_search", "lstm"])
def test_a_fitted_model_puts_the_promotion_on_its_forecast(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if model == "lstm":
        pytest.importorskip("jax")
        small = partial(
            lstm.lstm, units=4, look_back=7, epochs=10, networks=1, max_days=200
        )
        monkeypatch.setattr(lstm, "lstm", small)
    days = 200
    values = promoted(days=days)
    settings = settings_part(
        "forecast_settings",
        {
            "models": {"total": [model]},
            "run_all_models": True,
            "reconcile": False,
            "backtest_windows": 1,
        },
    )
    series = series_of(values, level="total", series_id="total")
    places = [place for place in PROMOTED if place < days + 31]
    result = forecast_series(
        series, settings=settings, events=event_rows(places, days=days)
    )
    ahead = days_ahead(result, "total", model)
    planned = [place - days for place in places if place >= days]
    assert len(planned) == 3
    # Better weekdays than others.
    usual = 1.3 * np.delete(ahead, planned).mean()
    assert 1.4 < ahead[planned].mean() / usual < 2.4


def test_events_without_a_column_are_refused() -> None:
    series = series_of(weekly(60), level="total", series_id="total")
    with pytest.raises(InputError, match="the events have no column category"):
        forecast(series, event_rows([1]).drop(columns="category"))


# Effects ---------------------------------------------------------------------------


def effects(values: np.ndarray, events: pd.DataFrame, **keys: Any) -> pd.DataFrame:
    keys = {"level": "total", "series_id": "total", **keys}
    return event_effects(series_of(values, **keys), events)


def drifting(seed: int, *, factor: float) -> np.ndarray:
    """Sales whose level moves, with promotions of a week."""
    rng = np.random.default_rng(seed)
    level = np.zeros(DAYS)
    for day in range(1, DAYS):
        level[day] = 0.9 * level[day - 1] + rng.normal(0, 0.05)
    week = np.resize([1.0, 0.8, 0.9, 1.0, 1.3, 1.6, 0.4], DAYS)
    expected = 80 * week * np.exp(level)
    expected[WEEKS_PROMOTED] *= factor
    return rng.poisson(expected).astype(float)


WEEKS_PROMOTED = np.add.outer(np.arange(30, 400, 50), np.arange(7)).ravel()


def test_the_interval_of_an_effect_contains_the_planted_one() -> None:
    inside, widths = [], []
    for seed in range(120):
        (row,) = effects(
            drifting(seed, factor=1.5), event_rows(WEEKS_PROMOTED)
        ).to_dict("records")
        inside.append(row["effect_lower_95"] < 0.5 < row["effect_upper_95"])
        widths.append(row["effect_upper_95"] - row["effect_lower_95"])
        assert row["is_beyond_chance"]
        assert pd.isna(row["note"])
        assert row["day_count"] == len(WEEKS_PROMOTED)
    assert 0.92 <= np.mean(inside) < 0.99
    assert np.mean(widths) < 0.4


def test_an_event_without_an_effect_is_within_chance() -> None:
    beyond = []
    for seed in range(120):
        found = effects(drifting(seed, factor=1.0), event_rows(WEEKS_PROMOTED))
        beyond.append(found["is_beyond_chance"].item())
        said = found["note"].item()
        chance = "within chance: the interval contains 0"
        assert pd.isna(said) if beyond[-1] else said == chance
    assert np.mean(beyond) <= 0.08


def test_a_closure_sells_all_less() -> None:
    values = weekly(DAYS, level=40)
    values[PROMOTED[PROMOTED < DAYS]] = 0
    (row,) = effects(values, event_rows(PROMOTED)).to_dict("records")
    assert (row["effect_share"], row["effect_lower_95"]) == (-1, -1)
    assert row["is_beyond_chance"]


def test_effects_are_those_of_a_hand_count() -> None:
    values = np.full(100, 10.0)
    values[[40, 50, 60, 70, 80]] = [14, 16, 15, 14, 16]
    (row,) = effects(values, event_rows([40, 50, 60, 70, 80], days=100)).to_dict(
        "records"
    )
    assert (row["actual_value"], row["expected_value"]) == (15, 10)
    assert row["effect_share"] == pytest.approx(0.5)
    # A standard deviation of 1 over 5 days of 10 each, t(4) at 97.5 % is 2.776.
    reach = 2.776 * np.sqrt(5) / 50
    # Five occasions, one of each day: the same spread.
    assert row["effect_lower_95"] == pytest.approx(0.5 - reach, abs=1e-4)
    assert row["effect_upper_95"] == pytest.approx(0.5 + reach, abs=1e-4)


@pytest.mark.parametrize(
    ("places", "sold", "note"),
    [
        ([40, 41], 5.0, "too few days for an interval: 2, which needs 5"),
        ([120], 5.0, "no day of it is past"),
        (list(range(100)), 5.0, "no ordinary days of the same weekday near its days"),
        ([40, 41, 42, 43, 44], 0.0, "nothing is usually sold on such days"),
    ],
)
def test_an_effect_that_is_not_known_says_why(
    places: list[int], sold: float, note: str
) -> None:
    values = np.full(100, sold)
    values[0] = 5
    found = effects(values, event_rows(places, days=100))
    assert found["note"].tolist() == [note]
    assert found[["effect_lower_95", "is_beyond_chance"]].isna().all(axis=None)


def test_effects_are_of_the_series_that_an_event_is_about() -> None:
    series = pd.concat(
        [
            series_of(np.ones(60), level=level, series_id=name)
            for level, name in (
                ("total", "all"),
                ("category", "food"),
                ("product", "a"),
                ("store", "N"),
                ("store_product", "N | a"),
            )
        ]
    )
    events = pd.concat(
        [
            event_rows([30], days=60, event_name=name, event_type=None, **scope)
            for name, scope in (
                ("everything", {}),
                ("food", {"category": "food"}),
                ("a", {"product_id": "a", "category": "food"}),
                ("N", {"store_id": "N"}),
                ("both", {"store_id": "N", "product_id": "a"}),
                ("none", {"store_id": "N", "category": "food"}),
            )
        ]
    )
    products = pd.DataFrame(
        {
            "business_id": ["shop"],
            "product_id": ["a"],
            "category": ["food"],
            "sub_category": [None],
        }
    )
    found = event_effects(series, events, hierarchy=products)
    assert dict(zip(found["event_name"], found["series_id"], strict=True)) == {
        "everything": "all",
        "food": "food",
        "a": "a",
        "N": "N",
        "both": "N | a",
    }


def test_a_type_of_several_names_has_a_row_of_its_own() -> None:
    events = pd.concat(
        [
            event_rows([30, 31], days=60, event_name="Spring"),
            event_rows([40], days=60, event_name="Summer"),
            event_rows([45], days=60, event_name="Fair", event_type="other"),
        ]
    )
    found = effects(np.ones(60), events)
    rows = zip(
        *(found[name] for name in ("event_type", "event_name", "day_count")),
        strict=True,
    )
    assert [tuple(None if one is pd.NA else one for one in row) for row in rows] == [
        ("other", "Fair", 1),
        ("promotion", "Spring", 2),
        ("promotion", None, 3),
        ("promotion", "Summer", 1),
    ]


def test_without_events_there_are_no_effects() -> None:
    found = effects(np.ones(60), event_rows([]))
    assert found.empty
    assert list(found.columns) == list(EVENT_EFFECTS)
