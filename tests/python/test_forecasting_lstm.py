"""The LSTM: repeatable, scales with its series, prints nothing, and is optional."""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from retail_marts.errors import InputError
from retail_marts.forecasting import lstm as module
from retail_marts.forecasting.lstm import NOT_INSTALLED, lstm
from retail_marts.forecasting.series_model import SeriesContext, SeriesForecast

HORIZON = 14
#: Small, so that the tests are quick.
QUICK: dict[str, Any] = {"units": 8, "look_back": 14, "epochs": 15, "networks": 2}


@pytest.fixture
def network() -> None:
    pytest.importorskip("keras")
    pytest.importorskip("jax")


def context(
    days: int,
    horizon: int = HORIZON,
    *,
    random_state: int = 3,
    first: str = "2024-01-01",
) -> SeriesContext:
    dates = np.datetime64(first) + np.arange(days + horizon)
    return SeriesContext(
        dates=dates[:days], future_dates=dates[days:], random_state=random_state
    )


def weekly(days: int, seed: int = 1) -> np.ndarray:
    profile = np.array([10.0, 12, 9, 14, 30, 45, 2])
    noise = np.random.default_rng(seed).normal(size=days)
    return 20.0 + profile[np.arange(days) % 7] + noise


def quick(values: np.ndarray, **settings: Any) -> SeriesForecast:
    return lstm(**QUICK)(values, HORIZON, context(len(values), **settings))


# ----------------------------------------------------------------- without the network


@pytest.mark.parametrize("missing", ["keras", "jax"])
def test_a_missing_dependency_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    real = importlib.import_module

    def import_module(name: str, package: str | None = None) -> Any:
        if name == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, package)

    monkeypatch.setattr(module.importlib, "import_module", import_module)
    module._network.cache_clear()
    forecast = quick(weekly(60))
    assert np.isnan(forecast.point).all()
    assert forecast.point.shape == (HORIZON,)
    assert forecast.failure_reason == NOT_INSTALLED
    assert "pip install retail_marts[lstm]" in NOT_INSTALLED


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("units", 0),
        ("look_back", 0),
        ("epochs", -1),
        ("patience", 0),
        ("networks", 0),
        ("learning_rate", 0.0),
        ("validation_share", 1.0),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{setting} is {value}"):
        lstm(**{setting: value})


@pytest.mark.parametrize("days", [0, 1, 5, 27])
def test_too_few_days_are_a_reason(days: int) -> None:
    forecast = quick(weekly(days))
    assert np.isnan(forecast.point).all()
    assert forecast.failure_reason


@pytest.mark.parametrize("level", [0.0, 3.5])
def test_a_constant_series_stays_constant(level: float) -> None:
    forecast = quick(np.full(60, level))
    assert forecast.point.tolist() == [level] * HORIZON
    assert forecast.converged


def test_a_series_that_begins_at_its_end_is_a_reason() -> None:
    forecast = quick(np.append(np.zeros(80), [1.0, 2.0]))
    assert np.isnan(forecast.point).all()
    assert "the same on all of its first" in str(forecast.failure_reason)


@pytest.mark.parametrize("horizon", [0, -1])
def test_a_horizon_below_one_day_is_an_error(horizon: int) -> None:
    with pytest.raises(InputError, match=f"horizon is {horizon}"):
        lstm()(weekly(60), horizon, context(60))


# ------------------------------------------------------------------------- the windows


def test_windows_see_the_past_and_the_weekday_of_their_target() -> None:
    values = weekly(40)
    data = module._windowed(values, context(40), steps=10, held_back=6)
    assert data is not None
    assert data.inputs.shape == (30, 10, 8)
    assert data.targets.shape == (30,)
    restored = data.inputs[:, :, 0] * data.scale + data.mean
    for window in range(30):
        np.testing.assert_allclose(
            restored[window], values[window : window + 10], atol=1e-4
        )
    np.testing.assert_allclose(
        data.targets * data.scale + data.mean, values[10:], atol=1e-4
    )
    weekday = data.inputs[:, -1, 1:].argmax(axis=1)
    assert (weekday == data.phases[10:40]).all()
    assert data.inputs[:, :, 1:].sum() == 30 * 10


def test_the_scale_comes_from_training_days_alone() -> None:
    values = weekly(40)
    changed = values.copy()
    changed[34:] += 500.0
    before = module._windowed(values, context(40), steps=10, held_back=6)
    after = module._windowed(changed, context(40), steps=10, held_back=6)
    assert before is not None
    assert after is not None
    assert (before.mean, before.scale) == (after.mean, after.scale)
    assert (before.mean, before.scale) == (values[:34].mean(), values[:34].std())


# ------------------------------------------------------------------------- the forecast


@pytest.mark.usefixtures("network")
def test_the_same_seed_gives_the_same_forecast() -> None:
    values = weekly(90)
    once, again = quick(values), quick(values)
    assert once.point.tolist() == again.point.tolist()
    assert once.details == again.details
    other = quick(values, random_state=4)
    assert other.point.tolist() != once.point.tolist()


@pytest.mark.usefixtures("network")
def test_global_generators_are_left_alone() -> None:
    values = weekly(90)
    random.seed(1)
    np.random.seed(1)
    once = quick(values)
    drawn = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    assert drawn == (random.random(), np.random.random())
    random.seed(2)
    np.random.seed(2)
    assert quick(values).point.tolist() == once.point.tolist()


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("factor", [1000.0, 0.37])
def test_the_forecast_scales_with_the_series(factor: float) -> None:
    values = weekly(90)
    np.testing.assert_allclose(
        quick(values * factor).point, quick(values).point * factor, rtol=1e-6
    )


@pytest.mark.usefixtures("network")
def test_the_network_learns_the_week() -> None:
    values = weekly(210)
    forecast = lstm()(values[:196], HORIZON, context(196))
    ours = np.abs(forecast.point - values[196:]).mean()
    assert ours < 0.25 * np.abs(values[:196].mean() - values[196:]).mean()
    assert forecast.details["look_back"] == 28
    assert forecast.details["training_windows"] == 134
    assert forecast.details["validation_windows"] == 34
    assert forecast.details["iterations"] <= 3 * 60


@pytest.mark.usefixtures("network")
def test_training_that_ran_out_of_epochs_says_so() -> None:
    model = lstm(**QUICK | {"epochs": 1})
    forecast = model(weekly(90), HORIZON, context(90))
    assert not forecast.converged
    assert "last of 1 epochs" in str(forecast.failure_reason)
    assert np.isfinite(forecast.point).all()


@pytest.mark.usefixtures("network")
def test_threads_give_what_the_main_thread_gives() -> None:
    series = [weekly(90, seed) for seed in range(2)]
    # A look-back that no other test uses, so that the threads compile at the same time.
    model = lstm(**QUICK | {"look_back": 9})
    found: dict[int, list[float]] = {}

    def work(position: int) -> None:
        forecast = model(series[position], HORIZON, context(90))
        found[position] = forecast.point.tolist()

    threads = [threading.Thread(target=work, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for position, values in enumerate(series):
        expected = model(values, HORIZON, context(90)).point.tolist()
        assert found[position] == expected


@pytest.mark.usefixtures("network")
def test_the_import_is_late_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from retail_marts.forecasting.lstm import lstm\n"
        "from retail_marts.forecasting.series_model import SeriesContext\n"
        "days = np.datetime64('2024-01-01') + np.arange(50)\n"
        "context = SeriesContext(\n"
        "    dates=days[:40], future_dates=days[40:], random_state=1\n"
        ")\n"
        "model = lstm(units=4, look_back=7, epochs=2, networks=1)\n"
        "assert not {'keras', 'jax'} & set(sys.modules)\n"
        "found = model(np.arange(40.0) % 7, 10, context)\n"
        "assert np.isfinite(found.point).all(), found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert capfd.readouterr() == ("", "")
