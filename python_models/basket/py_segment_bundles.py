from retail_marts.basket import SEGMENT_BUNDLES, segment_bundles
from retail_marts.frames import run_by_group, settings_of


def model(dbt, session):
    return run_by_group(
        session,
        segment_bundles,
        {
            "purchases": dbt.ref("retail_marts", "int_basket_items_joined_to_orders"),
            "products": dbt.ref("retail_marts", "int_products_filtered_to_choices"),
            "segments": dbt.ref("retail_marts", "int_customer_segments_unioned"),
        },
        by="business_id",
        schemas=SEGMENT_BUNDLES,
        title="Segment bundles",
        in_batches=True,
        settings=settings_of(session).recommendation_settings,
    )
