from retail_marts.customers.lifetime_value import customer_lifetime_values
from retail_marts.frames import settings_of, to_frame, union_by_kind


def model(dbt, session):
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses"))
    result = customer_lifetime_values(
        to_frame(dbt.ref("retail_marts", "int_customer_days_aggregated_to_histories")),
        businesses=businesses["business_id"].tolist(),
        settings=settings_of(session).lifetime_value_settings,
    )
    return union_by_kind(session, vars(result))
