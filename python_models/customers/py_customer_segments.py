from retail_marts.attributes import read_attributes
from retail_marts.customers.segments import history_lengths, segment_subjects
from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import dbt_say


def model(dbt, session):
    plan = settings_of(session).segment_settings
    result = segment_subjects(
        to_frame(dbt.ref("retail_marts", "int_segment_features_unioned")),
        names=to_frame(dbt.ref("segment_names")),
        plan=plan,
        attributes=read_attributes(
            dbt.ref("retail_marts", "fct_customer_attributes"), plan.attribute_names
        ),
        history_days=history_lengths(
            to_frame(dbt.ref("retail_marts", "dim_businesses"))
        ),
        say=dbt_say,
    )
    return union_by_kind(session, vars(result))
