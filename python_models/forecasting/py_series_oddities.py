import pandas as pd

from retail_marts.forecasting import series_oddities
from retail_marts.frames import settings_of, to_frame
from retail_marts.progress import Progress, dbt_say


def model(dbt, session):
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    grains = settings_of(session).forecast_grains
    countries = businesses["country_code"].dropna().to_dict()
    series = dbt.ref("retail_marts", "int_sales_series_unioned")
    # Without businesses, an empty table with the right columns.
    names = sorted(businesses.index) or [""]
    oddities = []
    with Progress("Unusual days", dbt_say) as progress:
        progress.start("businesses", len(names))
        # One business at a time, so that only its series are in memory.
        for business_id in names:
            frame = to_frame(series, business_id=business_id)
            oddities.append(series_oddities(frame, countries=countries, grains=grains))
            progress.step(1, business_id)
    return pd.concat(oddities, ignore_index=True)
