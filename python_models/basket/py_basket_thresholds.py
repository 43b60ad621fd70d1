from retail_marts.basket import THRESHOLDS, basket_thresholds
from retail_marts.frames import run_by_group, settings_of


def model(dbt, session):
    return run_by_group(
        session,
        basket_thresholds,
        {"levels": dbt.ref("retail_marts", "int_basket_items_aggregated_to_levels")},
        # The levels of all businesses are numbered.
        by=None,
        schemas=THRESHOLDS,
        settings=settings_of(session).basket_settings,
    )
