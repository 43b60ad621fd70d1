from retail_marts.basket import basket_settings, basket_thresholds
from retail_marts.frames import to_frame
from retail_marts.setting_checks import known_businesses


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses"))["business_id"]
    known = {*businesses, *meta["shipped_businesses"]}
    known_businesses("basket_excluded_products", meta["excluded_products"], known)
    return basket_thresholds(
        to_frame(dbt.ref("int_basket_items_aggregated_to_levels")),
        settings=basket_settings(meta["settings"], businesses=known),
    )
