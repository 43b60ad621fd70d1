import pandas as pd

from retail_marts.basket import segment_bundles
from retail_marts.frames import settings_of, to_frame
from retail_marts.progress import Progress, dbt_say


def model(dbt, session):
    settings = settings_of(session).recommendation_settings
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses"))["business_id"]
    purchases = dbt.ref("retail_marts", "int_basket_items_joined_to_orders")
    products = dbt.ref("retail_marts", "int_products_filtered_to_choices")
    segments = dbt.ref("retail_marts", "int_customer_segments_unioned")
    # Without businesses, an empty table with the right columns.
    names = sorted(businesses) or [""]
    bundles = []
    with Progress("Segment bundles", dbt_say) as progress:
        progress.start("businesses", len(names))
        # One business at a time, so that only its lines are in memory.
        for business_id in names:
            own = segment_bundles(
                to_frame(purchases, business_id=business_id),
                products=to_frame(products, business_id=business_id),
                segments=to_frame(segments, business_id=business_id),
                settings=settings,
            )
            bundles.append(own)
            progress.step(1, business_id)
    return pd.concat(bundles, ignore_index=True)
