from retail_marts.forecasting import EVENT_EFFECTS, event_effects
from retail_marts.frames import run_by_group, settings_of


def model(dbt, session):
    return run_by_group(
        session,
        event_effects,
        {
            "series": dbt.ref("retail_marts", "int_sales_series_unioned"),
            "events": dbt.ref("retail_marts", "fct_events"),
            "hierarchy": dbt.ref("retail_marts", "dim_products"),
        },
        by="business_id",
        schemas=EVENT_EFFECTS,
        grains=settings_of(session).forecast_grains,
    )
