from retail_marts.attributes import attribute_rows
from retail_marts.frames import run_by_group, settings_of
from retail_marts.prospecting import SPEND_KINDS, model_spend


def model(dbt, session):
    all_settings = settings_of(session)
    settings = all_settings.spend_model_settings
    attributes = dbt.ref("retail_marts", "fct_customer_attributes")
    return run_by_group(
        session,
        model_spend,
        {
            "businesses": dbt.ref("retail_marts", "dim_businesses").select(
                "business_id"
            ),
            "customers": dbt.ref("retail_marts", "int_spend_features"),
            "attributes": attribute_rows(attributes, settings.attributes),
        },
        by="business_id",
        schemas=SPEND_KINDS,
        title="Spend models",
        kept_in=dbt.this,
        own={
            "tuned_in_full": dict.fromkeys(
                all_settings.spend_models_tuned_in_full, True
            )
        },
        settings=settings,
    )
