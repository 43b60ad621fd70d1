from retail_marts.forecasting import (
    arima_orders,
    forecast_series,
    forecast_settings,
)
from retail_marts.frames import to_frame, union_by_kind


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    result = forecast_series(
        to_frame(dbt.ref("int_sales_series_unioned")),
        settings=forecast_settings(meta["settings"]),
        countries=businesses["country_code"].dropna().to_dict(),
        arima_orders=arima_orders(meta["arima_orders"]),
        hierarchy=to_frame(dbt.ref("dim_products")),
    )
    return union_by_kind(session, vars(result))
