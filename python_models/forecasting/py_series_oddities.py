import pandas as pd

from retail_marts.forecasting import series_oddities
from retail_marts.frames import to_frame


def model(dbt, session):
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    countries = businesses["country_code"].dropna().to_dict()
    series = dbt.ref("int_sales_series_unioned")
    # One business at a time, so that only its series are in memory.
    oddities = [
        series_oddities(to_frame(series, business_id=business_id), countries=countries)
        # Without businesses, an empty table with the right columns.
        for business_id in sorted(businesses.index) or [""]
    ]
    return pd.concat(oddities, ignore_index=True)
