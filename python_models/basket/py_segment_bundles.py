import pandas as pd

from retail_marts.basket import segment_bundles
from retail_marts.frames import settings_of, to_frame


def model(dbt, session):
    settings = settings_of(session).recommendation_settings
    businesses = to_frame(dbt.ref("dim_businesses"))["business_id"]
    purchases = dbt.ref("int_basket_items_joined_to_orders")
    products = dbt.ref("int_products_filtered_to_choices")
    segments = dbt.ref("int_customer_segments_unioned")
    # One business after the other: only its own lines are held.
    bundles = [
        segment_bundles(
            to_frame(purchases, business_id=business_id),
            products=to_frame(products, business_id=business_id),
            segments=to_frame(segments, business_id=business_id),
            settings=settings,
        )
        # Without any, the columns of an empty table.
        for business_id in sorted(businesses) or [""]
    ]
    return pd.concat(bundles, ignore_index=True)
