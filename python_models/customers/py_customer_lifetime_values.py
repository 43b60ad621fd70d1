from retail_marts.customers.lifetime_value import (
    LIFETIME_VALUE_KINDS,
    customer_lifetime_values,
)
from retail_marts.frames import run_by_group, settings_of


def model(dbt, session):
    return run_by_group(
        session,
        customer_lifetime_values,
        {
            "histories": dbt.ref(
                "retail_marts", "int_customer_days_aggregated_to_histories"
            ),
            "businesses": dbt.ref("retail_marts", "dim_businesses").select(
                "business_id"
            ),
        },
        by="business_id",
        schemas=LIFETIME_VALUE_KINDS,
        title="Lifetime values",
        kept_in=dbt.this,
        settings=settings_of(session).lifetime_value_settings,
    )
