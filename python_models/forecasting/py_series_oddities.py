from retail_marts.forecasting import series_oddities
from retail_marts.frames import to_frame


def model(dbt, session):
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    return series_oddities(
        to_frame(dbt.ref("int_sales_series_unioned")),
        countries=businesses["country_code"].dropna().to_dict(),
    )
