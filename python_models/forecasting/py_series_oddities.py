import pandas as pd

from retail_marts.forecasting import series_oddities
from retail_marts.frames import to_frame


def model(dbt, session):
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    countries = businesses["country_code"].dropna().to_dict()
    series = dbt.ref("int_sales_series_unioned")
    # One business after the other: only its own series are held.
    oddities = [
        series_oddities(to_frame(series, business_id=business_id), countries=countries)
        # Without any, the columns of an empty table.
        for business_id in sorted(businesses.index) or [""]
    ]
    return pd.concat(oddities, ignore_index=True)
