from retail_marts.basket import basket_thresholds
from retail_marts.frames import settings_of, to_frame


def model(dbt, session):
    return basket_thresholds(
        to_frame(dbt.ref("retail_marts", "int_basket_items_aggregated_to_levels")),
        settings=settings_of(session).basket_settings,
    )
