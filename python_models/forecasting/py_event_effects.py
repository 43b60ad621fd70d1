from retail_marts.forecasting import event_effects
from retail_marts.frames import settings_of, to_frame


def model(dbt, session):
    return event_effects(
        to_frame(dbt.ref("retail_marts", "int_sales_series_unioned")),
        to_frame(dbt.ref("retail_marts", "fct_events")),
        hierarchy=to_frame(dbt.ref("retail_marts", "dim_products")),
        grains=settings_of(session).forecast_grains,
    )
