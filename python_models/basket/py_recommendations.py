from retail_marts.basket import RECOMMENDATION_KINDS, recommend
from retail_marts.frames import run_by_group, settings_of, to_frame


def model(dbt, session):
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    return run_by_group(
        session,
        recommend,
        {
            "purchases": dbt.ref("retail_marts", "int_basket_items_joined_to_orders"),
            "products": dbt.ref("retail_marts", "int_products_filtered_to_choices"),
            "customers": dbt.ref("retail_marts", "dim_customers").select(
                "business_id", "customer_id"
            ),
        },
        by="business_id",
        schemas=RECOMMENDATION_KINDS,
        title="Recommendations",
        in_batches=True,
        kept_in=dbt.this,
        own={"as_of_dates": businesses["as_of_date"].dropna().to_dict()},
        settings=settings_of(session).recommendation_settings,
    )
