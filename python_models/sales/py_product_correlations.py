from retail_marts.frames import run_by_group
from retail_marts.sales import PRODUCT_CORRELATIONS, product_correlations


def model(dbt, session):
    days = dbt.ref("retail_marts", "int_product_days_filtered_to_top_products")
    return run_by_group(
        session,
        product_correlations,
        {"daily_product_sales": days},
        by="business_id",
        schemas=PRODUCT_CORRELATIONS,
        title="Product correlations",
    )
