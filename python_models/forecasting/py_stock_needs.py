from retail_marts.forecasting.replenishment import stock_needs
from retail_marts.frames import settings_of, to_frame

CHOSEN = "measure = 'quantity' and series_level in ('product', 'store_product')"
KEYS = ["business_id", "series_level", "series_id"]
TESTED = ["window_id", "sales_date", "actual_value", "forecast_value"]


def model(dbt, session):
    chosen = f"{CHOSEN} and is_best_model"
    return stock_needs(
        to_frame(
            dbt.ref("retail_marts", "int_forecast_series_joined_to_stock"),
            columns=[*KEYS, "days_to_cover", "stock_quantity"],
        ),
        to_frame(
            dbt.ref("retail_marts", "fct_sales_forecasts").filter(
                f"{chosen} and grain = 'day'"
            ),
            columns=[*KEYS, "forecast_date", "forecast_value"],
        ),
        to_frame(
            dbt.ref("retail_marts", "rpt_forecast_vs_actual").filter(chosen),
            columns=[
                *KEYS,
                "window_id",
                "sales_date",
                "actual_value",
                "forecast_value",
            ],
        ),
        service_level=settings_of(session).replenishment_settings.service_level,
    )
