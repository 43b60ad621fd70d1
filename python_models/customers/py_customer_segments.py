from retail_marts.customers.segments import segment_subjects
from retail_marts.customers.settings import segment_settings
from retail_marts.frames import to_frame, union_by_kind


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses"))["business_id"]
    result = segment_subjects(
        to_frame(dbt.ref("int_segment_features_unioned")),
        names=to_frame(dbt.ref("segment_names")),
        plan=segment_settings(
            meta["settings"],
            businesses={*businesses, *meta["shipped_businesses"]},
        ),
    )
    return union_by_kind(session, vars(result))
