from retail_marts.frames import to_frame
from retail_marts.sales import product_correlations


def model(dbt, session):
    product_days = to_frame(
        dbt.ref("retail_marts", "int_product_days_filtered_to_top_products")
    )
    return product_correlations(product_days)
