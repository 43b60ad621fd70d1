from retail_marts.forecasting import (
    arima_orders,
    forecast_series,
    forecast_settings,
)
from retail_marts.frames import to_frame, union_by_kind
from retail_marts.setting_checks import known_businesses


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    known = {*businesses.index, *meta["shipped_businesses"]}
    known_businesses("forecast_business_levels", meta["business_levels"], known)
    result = forecast_series(
        to_frame(dbt.ref("int_sales_series_unioned")),
        settings=forecast_settings(meta["settings"]),
        countries=businesses["country_code"].dropna().to_dict(),
        arima_orders=arima_orders(meta["arima_orders"], businesses=known),
        hierarchy=to_frame(dbt.ref("dim_products")),
    )
    return union_by_kind(session, vars(result))
