"""Errors and intervals of a few days, compared with sums calculated by hand."""

from __future__ import annotations

import numpy as np
import pytest

from retail_marts.forecasting.intervals import (
    BOUNDS,
    Calibration,
    _quantiles,
    model_bounds,
    score_counts,
)
from retail_marts.forecasting.metrics import errors_by_series, seasonal_scales
from retail_marts.forecasting.reconcile import reconcile


def test_errors_equal_those_computed_by_hand() -> None:
    """Two windows of two days of one series; errors 1, 3 and 2, 0."""
    found = errors_by_series(
        np.array([[[10.0, 7.0]], [[4.0, 0.0]]]),
        np.array([[[9.0, 4.0]], [[6.0, 0.0]]]),
        absolute_scale=np.array([[2.0], [4.0]]),
        squared_scale=np.array([[5.0], [20.0]]),
    )
    # Mean of the windows' mean errors over their scales: (2 / 2 + 1 / 4) / 2.
    assert found["mase"] == pytest.approx([0.625])
    # Mean squares 5 and 2 over 5 and 20.
    assert found["rmsse"] == pytest.approx([np.sqrt((5 / 5 + 2 / 20) / 2)])
    assert found["wape"] == pytest.approx([6 / 21])
    assert found["bias"] == pytest.approx([-2 / 21])
    assert found["mae"] == pytest.approx([1.5])
    assert found["rmse"] == pytest.approx([np.sqrt(14 / 4)])
    assert found["mape"] == pytest.approx([(1 / 10 + 3 / 7 + 2 / 4) / 3])
    assert found["mape_skipped_count"] == [1]
    assert found["smape"] == pytest.approx([(2 / 19 + 6 / 11 + 4 / 10 + 0) / 4])


def test_scales_are_seasonal_differences_before_each_origin() -> None:
    """Ten days of 0, then the second week rises by 2, 4, 6, ...; the third is wild."""
    values = np.array([[0.0] * 7 + [2, 4, 6, 8, 10, 12, 14] + [1000.0] * 7])
    absolute, squared = seasonal_scales(values, np.array([0]), [9, 14])
    assert absolute == pytest.approx(np.array([[3.0], [8.0]]))
    assert squared == pytest.approx(np.array([[(4 + 16) / 2], [(4 * 140) / 7]]))
    later, _ = seasonal_scales(values, np.array([3]), [14])
    assert later == pytest.approx(np.array([[(8 + 10 + 12 + 14) / 4]]))


def test_quantiles_take_the_finite_sample_step_outwards() -> None:
    """Of 20 scores the upper bound is the 18 + 0.8th, so the 19th; else the 18th."""
    counts = score_counts(np.arange(1.0, 21.0) / 2, np.ones(20))
    found = _quantiles(counts, {"upper": 0.9, "lower": 0.1})
    assert found["upper"] == pytest.approx(9.5, abs=0.1)
    assert found["lower"] == pytest.approx(1, abs=0.1)


def test_bounds_of_a_window_use_earlier_windows_only() -> None:
    """The values of the last window do not change the bounds of any window."""
    generator = np.random.default_rng(5)
    backtest = np.full((3, 4, 7), 50.0)
    actual = backtest + generator.normal(0, 5, backtest.shape)
    wild = actual.copy()
    wild[2] += 1000.0
    calibration = Calibration(
        counts=np.stack([score_counts(generator.normal(0, 1, 400), np.ones(400))] * 4),
        noise=np.full((4, 4), 5.0),
        idle_share=np.zeros(4),
    )
    windows, future = zip(
        *(
            model_bounds(
                actual=days,
                backtest=backtest,
                future=np.full((4, 7), 50.0),
                calibration=calibration,
                floor=np.zeros(4),
                closed=np.zeros((3, 4, 7), dtype=bool),
                closed_future=np.zeros((4, 7), dtype=bool),
            )
            for days in (actual, wild)
        ),
        strict=True,
    )
    for name in BOUNDS:
        np.testing.assert_array_equal(windows[0][name], windows[1][name])
    widest = max(BOUNDS, key=lambda name: BOUNDS[name])
    assert (future[1][widest] > future[0][widest]).all()


def test_reconciled_children_add_up_where_one_of_them_would_be_negative() -> None:
    """The parent has a small variance; equal moves would make one child negative."""
    moved = reconcile(
        np.array([[1.0, 8.0], [5.0, 6.0], [0.2, 3.0]]),
        variances=np.array([0.01, 1.0, 1.0]),
        families=[(0, np.array([1, 2]))],
        non_negative=np.array([True, True, True]),
    )
    assert (moved >= 0).all()
    assert moved[1] + moved[2] == pytest.approx(moved[0], abs=1e-12)
    assert moved[:, 0] == pytest.approx([1 + 4.2 * 0.01 / 2.01, 1.0209, 0], abs=1e-4)
