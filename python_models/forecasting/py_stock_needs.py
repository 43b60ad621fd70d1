from retail_marts.forecasting.replenishment import STOCK_NEEDS, stock_needs
from retail_marts.frames import run_by_group, settings_of

CHOSEN = (
    "measure = 'quantity' and series_level in ('product', 'store_product') "
    "and is_best_model"
)
KEYS = ["business_id", "series_level", "series_id"]


def model(dbt, session):
    forecasts = dbt.ref("retail_marts", "fct_sales_forecasts").filter(
        f"{CHOSEN} and grain = 'day'"
    )
    backtests = dbt.ref("retail_marts", "rpt_forecast_vs_actual").filter(CHOSEN)
    tested = ["window_id", "sales_date", "actual_value", "forecast_value"]
    return run_by_group(
        session,
        stock_needs,
        {
            "needs": dbt.ref(
                "retail_marts", "int_forecast_series_joined_to_stock"
            ).select(*KEYS, "days_to_cover", "stock_quantity"),
            "forecasts": forecasts.select(*KEYS, "forecast_date", "forecast_value"),
            "backtests": backtests.select(*KEYS, *tested),
        },
        by="business_id",
        schemas=STOCK_NEEDS,
        service_level=settings_of(session).replenishment_settings.service_level,
    )
