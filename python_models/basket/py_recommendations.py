from retail_marts.basket import recommend, recommendation_settings
from retail_marts.frames import to_frame, union_by_kind


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses")).set_index("business_id")
    result = recommend(
        to_frame(dbt.ref("int_basket_items_joined_to_orders")),
        products=to_frame(dbt.ref("int_products_filtered_to_choices")),
        customers=to_frame(
            dbt.ref("dim_customers"), columns=["business_id", "customer_id"]
        ),
        as_of_dates=businesses["as_of_date"].dropna().to_dict(),
        settings=recommendation_settings(meta["settings"]),
    )
    return union_by_kind(session, vars(result))
