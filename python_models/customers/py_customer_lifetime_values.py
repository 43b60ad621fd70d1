from retail_marts.customers.lifetime_value import (
    customer_lifetime_values,
    lifetime_value_settings,
)
from retail_marts.frames import to_frame, union_by_kind


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses"))
    result = customer_lifetime_values(
        to_frame(dbt.ref("int_customer_days_aggregated_to_histories")),
        businesses=businesses["business_id"].tolist(),
        settings=lifetime_value_settings(meta["settings"]),
    )
    return union_by_kind(session, vars(result))
