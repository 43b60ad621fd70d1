import pandas as pd

from retail_marts.basket import segment_bundles
from retail_marts.frames import settings_of, to_frame


def model(dbt, session):
    settings = settings_of(session).recommendation_settings
    businesses = to_frame(dbt.ref("dim_businesses"))["business_id"]
    purchases = dbt.ref("int_basket_items_joined_to_orders")
    products = dbt.ref("int_products_filtered_to_choices")
    segments = dbt.ref("int_customer_segments_unioned")
    # One business at a time, so that only its lines are in memory.
    bundles = [
        segment_bundles(
            to_frame(purchases, business_id=business_id),
            products=to_frame(products, business_id=business_id),
            segments=to_frame(segments, business_id=business_id),
            settings=settings,
        )
        # Without businesses, an empty table with the right columns.
        for business_id in sorted(businesses) or [""]
    ]
    return pd.concat(bundles, ignore_index=True)
