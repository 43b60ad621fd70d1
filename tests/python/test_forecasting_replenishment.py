"""Safety stocks: exact small cases, and the service that they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retail_marts.forecasting.replenishment import STOCK_NEEDS, stock_needs

KEYS = {"business_id": "a", "series_level": "product"}
START = pd.Timestamp("2024-01-01")


def needs(names: list[str], *, days: int, stock: float | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {**KEYS, "series_id": names, "days_to_cover": days, "stock_quantity": stock}
    ).astype({"stock_quantity": "float64"})


def daily(
    values: dict[str, list[float]], *, column: str = "forecast_value", day: str
) -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame(
            {
                **KEYS,
                "series_id": name,
                day: pd.date_range(START, periods=len(one)),
                column: one,
            }
        )
        for name, one in values.items()
    )


def backtest(errors: dict[str, list[list[float]]], level: float = 10) -> pd.DataFrame:
    """Windows of each series, by their errors."""
    rows = []
    for name, windows in errors.items():
        for window, one in enumerate(windows, 1):
            frame = daily({name: [level + e for e in one]}, day="sales_date")
            frame = frame.rename(columns={"forecast_value": "actual_value"})
            rows.append(frame.assign(window_id=window, forecast_value=level))
    return pd.concat(rows)


def test_stock_needs_of_one_series_are_those_of_its_window_sums() -> None:
    """Sums of two days are 4, 0, -4, 0: the size is the root of their mean squares."""
    tested = backtest({"P": [[2, 2], [-2, 2]], "Q": [[-2, -2], [2, -2]]})
    found = stock_needs(
        needs(["P"], days=2, stock=12),
        daily({"P": [5, 6, 7]}, day="forecast_date"),
        tested,
        service_level=0.75,
    )
    row = found.iloc[0]
    assert list(found.columns) == list(STOCK_NEEDS)
    assert row["distribution"] == "own backtests"
    assert row["expected_quantity"] == 11
    # Scores are -4, 0, 0 and 4, each divided by the root of 8.
    assert row["safety_stock_quantity"] == pytest.approx(4)
    assert row["stock_out_risk"] == pytest.approx(0.25)
    assert row["tested_window_count"] == 2


def test_a_series_without_backtests_uses_those_of_other_products() -> None:
    tested = backtest({"P": [[2, 2], [-2, 2]]})
    found = stock_needs(
        needs(["new"], days=2),
        daily({"new": [1, 1]}, day="forecast_date"),
        tested,
        service_level=0.95,
    )
    row = found.iloc[0]
    assert row["distribution"] == "backtests of other products"
    # P errs by 16 in squares on a demand of 40; "new" is expected to sell 2.
    size = np.sqrt(16 / 40 * 2)
    assert row["safety_stock_quantity"] == pytest.approx(4 / np.sqrt(8) * size)
    assert np.isnan(row["stock_out_risk"])


def test_what_is_too_short_has_no_safety_stock() -> None:
    tested = backtest({"P": [[2, 2], [-2, 2]]})
    forecasts = daily({"P": [1, 1, 1]}, day="forecast_date")
    long = stock_needs(
        needs(["P"], days=3, stock=1), forecasts, tested, service_level=0.95
    )
    assert long["expected_quantity"].tolist() == [3]
    assert long["safety_stock_quantity"].isna().all()
    assert long["distribution"].tolist() == ["none"]
    longer = stock_needs(needs(["P"], days=4), forecasts, tested, service_level=0.95)
    assert longer["expected_quantity"].isna().all()
    empty = stock_needs(
        needs([], days=4), forecasts.iloc[:0], tested.iloc[:0], service_level=0.95
    )
    assert empty.empty
    assert list(empty.columns) == list(STOCK_NEEDS)


def simulated(seed: int) -> tuple[float, float]:
    """Share of new windows that are covered: by the mart's rule, by the formula's.

    Demand of 30 products is skewed, and its level drifts. The forecast is the mean of
    the 28 days before.
    """
    random = np.random.default_rng(seed)
    series, days, horizon = 30, 28, 14
    length = 28 + 5 * days
    drift = np.exp(np.cumsum(random.normal(0, 0.05, (series, length)), axis=1))
    level = random.uniform(2, 30, (series, 1)) * drift
    demand = random.poisson(level * random.gamma(2, 0.5, (series, length)))
    tested, futures, actual = [], {}, {}
    for number in range(series):
        for window in range(5):
            origin = 28 + window * days
            point = demand[number, origin - 28 : origin].mean()
            after = demand[number, origin : origin + days].astype(float)
            if window == 4:
                futures[f"P{number}"] = [float(point)] * days
                actual[f"P{number}"] = after[:horizon].sum()
                continue
            tested.append(
                pd.DataFrame(
                    {
                        **KEYS,
                        "series_id": f"P{number}",
                        "window_id": window,
                        "sales_date": pd.date_range(START, periods=days),
                        "actual_value": after,
                        "forecast_value": point,
                    }
                )
            )
    backtests = pd.concat(tested)
    found = stock_needs(
        needs(list(futures), days=horizon),
        daily(futures, day="forecast_date"),
        backtests,
        service_level=0.95,
    ).set_index("series_id")
    bound = found["expected_quantity"] + found["safety_stock_quantity"]
    error = backtests["actual_value"] - backtests["forecast_value"]
    deviation = np.sqrt((error**2).groupby(backtests["series_id"]).mean())
    formula = found["expected_quantity"] + 1.645 * deviation * np.sqrt(horizon)
    sold = pd.Series(actual).reindex(found.index)
    formula = formula.reindex(found.index)
    return float((sold <= bound).mean()), float((sold <= formula).mean())


def test_the_promised_service_is_kept_where_the_normal_formula_fails() -> None:
    shares = np.array([simulated(seed) for seed in range(20)]).mean(axis=0)
    assert 0.92 <= shares[0] <= 0.98
    assert shares[1] < 0.88
