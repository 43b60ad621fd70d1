from retail_marts.forecasting import FORECAST_KINDS, forecast_series
from retail_marts.frames import run_by_group, settings_of, to_frame


def model(dbt, session):
    settings = settings_of(session)
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    return run_by_group(
        session,
        forecast_series,
        {
            "series": dbt.ref("retail_marts", "int_sales_series_unioned"),
            "hierarchy": dbt.ref("retail_marts", "dim_products"),
            "events": dbt.ref("retail_marts", "fct_events"),
        },
        by="business_id",
        schemas=FORECAST_KINDS,
        title="Forecasts",
        kept_in=dbt.this,
        own={
            "countries": businesses["country_code"].dropna().to_dict(),
            "arima_orders": settings.forecast_arima_orders,
            "grains": settings.forecast_grains,
            "models_in_full": settings.forecast_models_in_full,
        },
        settings=settings.forecast_settings,
    )
