from retail_marts.forecasting import ODDITIES, series_oddities
from retail_marts.frames import run_by_group, settings_of, to_frame


def model(dbt, session):
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    return run_by_group(
        session,
        series_oddities,
        {"series": dbt.ref("retail_marts", "int_sales_series_unioned")},
        by="business_id",
        schemas=ODDITIES,
        title="Unusual days",
        in_batches=True,
        countries=businesses["country_code"].dropna().to_dict(),
        grains=settings_of(session).forecast_grains,
    )
