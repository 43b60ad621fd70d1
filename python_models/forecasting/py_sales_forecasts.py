from retail_marts.forecasting import forecast_series
from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import dbt_say


def model(dbt, session):
    settings = settings_of(session)
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    result = forecast_series(
        to_frame(dbt.ref("retail_marts", "int_sales_series_unioned")),
        settings=settings.forecast_settings,
        countries=businesses["country_code"].dropna().to_dict(),
        arima_orders=settings.forecast_arima_orders,
        hierarchy=to_frame(dbt.ref("retail_marts", "dim_products")),
        grains=settings.forecast_grains,
        events=to_frame(dbt.ref("retail_marts", "fct_events")),
        say=dbt_say,
    )
    return union_by_kind(session, vars(result))
