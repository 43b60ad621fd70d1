from retail_marts.basket import basket_settings, basket_thresholds
from retail_marts.frames import to_frame


def model(dbt, session):
    meta = dbt.config.get("meta")
    return basket_thresholds(
        to_frame(dbt.ref("int_basket_items_aggregated_to_levels")),
        settings=basket_settings(meta["settings"]),
    )
