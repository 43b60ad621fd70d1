from retail_marts.attributes import attribute_rows
from retail_marts.customers.schemas import SEGMENT_KINDS
from retail_marts.customers.segments import history_lengths, segment_subjects
from retail_marts.frames import run_by_group, settings_of, to_frame


def model(dbt, session):
    plan = settings_of(session).segment_settings
    attributes = dbt.ref("retail_marts", "fct_customer_attributes")
    return run_by_group(
        session,
        segment_subjects,
        {
            "features": dbt.ref("retail_marts", "int_segment_features_unioned"),
            "attributes": attribute_rows(attributes, plan.attribute_names),
        },
        by="business_id",
        schemas=SEGMENT_KINDS,
        title="Segments",
        kept_in=dbt.this,
        own={
            "history_days": history_lengths(
                to_frame(dbt.ref("retail_marts", "dim_businesses"))
            )
        },
        names=to_frame(dbt.ref("segment_names")),
        plan=plan,
    )
