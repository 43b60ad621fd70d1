from retail_marts.basket import recommendation_settings, segment_bundles
from retail_marts.frames import to_frame


def model(dbt, session):
    meta = dbt.config.get("meta")
    return segment_bundles(
        to_frame(dbt.ref("int_basket_items_joined_to_orders")),
        products=to_frame(dbt.ref("int_products_filtered_to_choices")),
        segments=to_frame(dbt.ref("int_customer_segments_unioned")),
        settings=recommendation_settings(meta["settings"]),
    )
