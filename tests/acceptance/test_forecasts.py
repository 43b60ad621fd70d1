"""The forecasts of the real files, with the originals' models among the candidates."""

from __future__ import annotations

from datetime import date

import pytest
from test_figures import Query, query

__all__ = ["query"]


def test_the_originals_models_are_candidates(query: Query) -> None:
    rows = query(
        "select business_id, model_name, converged, beats_baseline, window_count"
        " from forecasting.fct_forecast_accuracy where series_level = 'total'"
        " and measure = 'quantity' and business_id in ('kalbe', 'umkm')"
        " and model_name in ('arima_fixed', 'lstm', 'weekday_mean') order by 1, 2"
    )
    found = {(row[0], row[1]): row[2:] for row in rows}
    # ARIMA(28,0,28) of kalbe never converges, and loses to a constant.
    assert found["kalbe", "arima_fixed"] == (False, False, 4)
    assert found["umkm", "arima_fixed"][1:] == (False, 4)
    assert found["umkm", "lstm"][2] == 4
    assert found["umkm", "weekday_mean"][2] == 4


@pytest.mark.parametrize("business", ["kalbe", "umkm", "superstore"])
def test_the_best_model_of_the_total_beats_its_mean(
    query: Query, business: str
) -> None:
    best, mean = query(
        "select min(mae) filter (is_best_model), min(mae) filter (model_name = 'mean')"
        " from forecasting.fct_forecast_accuracy where series_level = 'total'"
        f" and measure = 'quantity' and business_id = '{business}'"
    )[0]
    assert best < mean


def test_products_have_forecasts_that_add_up(query: Query) -> None:
    assert query(
        "select business_id, count(distinct series_id)"
        " from forecasting.fct_sales_forecasts where model_name = 'reconciled'"
        " and series_level = 'product' and measure = 'quantity' group by 1 order by 1"
    ) == [("kalbe", 10), ("umkm", 9)]


def test_january_2023_is_summed_up_for_kalbe(query: Query) -> None:
    month, days, total, lower, upper, mean = query(
        "select month_start_date, day_count, total_value, total_lower_80,"
        " total_upper_80, mean_value from forecasting.rpt_forecast_summary"
        " where business_id = 'kalbe' and measure = 'quantity'"
        " and series_level = 'total' and is_best_model"
    )[0]
    assert (month, days) == (date(2023, 1, 1), 31)
    assert lower < total < upper
    assert total == pytest.approx(31 * mean)


def test_intervals_cover_what_they_claim(query: Query) -> None:
    covered_80, covered_95 = query(
        "select avg((actual_value between lower_80 and upper_80)::int),"
        " avg((actual_value between lower_95 and upper_95)::int)"
        " from forecasting.rpt_forecast_vs_actual where lower_80 is not null"
    )[0]
    assert 0.75 <= covered_80 <= 0.85
    assert 0.92 <= covered_95 <= 0.98
