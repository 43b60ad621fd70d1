from retail_marts.basket import join_results, recommend
from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import Progress, dbt_say


def model(dbt, session):
    settings = settings_of(session).recommendation_settings
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses")).set_index(
        "business_id"
    )
    purchases = dbt.ref("retail_marts", "int_basket_items_joined_to_orders")
    products = dbt.ref("retail_marts", "int_products_filtered_to_choices")
    customers = dbt.ref("retail_marts", "dim_customers")
    results = []
    with Progress("Recommendations", dbt_say) as progress:
        progress.start("businesses", len(businesses))
        # One business at a time, so that only its lines are in memory.
        for business_id in sorted(businesses.index):
            with progress.thing(business_id) as on_share:
                result = recommend(
                    to_frame(purchases, business_id=business_id),
                    products=to_frame(products, business_id=business_id),
                    customers=to_frame(
                        customers,
                        columns=["business_id", "customer_id"],
                        business_id=business_id,
                    ),
                    as_of_dates=businesses["as_of_date"].dropna().to_dict(),
                    settings=settings,
                    on_share=on_share,
                    leave_out=progress.leave_out,
                )
            results.append(result)
    return union_by_kind(session, vars(join_results(results)))
