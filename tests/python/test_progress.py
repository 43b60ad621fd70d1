"""Signs of life of work that takes long."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from test_forecasting_core import series_of

from retail_marts import progress as module
from retail_marts.forecasting import forecast_series
from retail_marts.progress import Progress
from retail_marts.settings.forecasting import ForecastSettings


def test_a_line_says_done_of_all_where_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    progress = Progress("Forecasts", None)
    progress.start("series", 4000)
    assert progress.line() == "Forecasts: 0 of 4,000 series"
    now[0] += 10
    progress.step(999.5, "shop")
    progress.step(0.5)
    assert progress.line() == "Forecasts: 1,000 of 4,000 series (shop), about 30 s left"
    now[0] += 590
    assert progress.line().endswith("about 30 min left")
    progress.step(3000)
    assert progress.line() == "Forecasts: 4,000 of 4,000 series (shop)"


def test_long_work_is_told_every_few_seconds_and_quick_work_is_not() -> None:
    said: list[str] = []
    with Progress("Forecasts", said.append, every=0.02) as progress:
        progress.start("series", 2)
        progress.step(1)
        time.sleep(0.2)
    assert len(said) >= 3
    assert said[0].startswith("Forecasts: 1 of 2 series, about ")
    quick: list[str] = []
    with Progress("Forecasts", quick.append) as progress:
        progress.start("series", 2)
    assert quick == []


def test_work_that_fails_ends_its_signs() -> None:
    said: list[str] = []
    with (
        pytest.raises(ValueError, match="broken"),
        Progress("Forecasts", said.append, every=0.01),
    ):
        raise ValueError("broken")
    count = len(said)
    time.sleep(0.05)
    assert len(said) == count


def test_forecasts_say_at_the_end_which_series_were_shared_out() -> None:
    said: list[str] = []
    total = series_of(np.ones(60), level="total", series_id="total")
    seldom = series_of(np.eye(1, 60, 5)[0], series_id="seldom")
    frame = pd.concat([total, seldom, series_of(np.ones(60))])
    settings = ForecastSettings(models={"total": ["mean"], "product": ["mean"]})
    forecast_series(frame, settings=settings, say=said.append)
    assert said == [
        "Forecasts of shop: 1 of 2 series of the level product sold on fewer than 28"
        " of the last 365 days, or are the smallest 2 % of sales. They get a share of"
        " their category's forecast."
    ]
