from retail_marts.customers.segments import segment_subjects
from retail_marts.frames import settings_of, to_frame, union_by_kind


def model(dbt, session):
    result = segment_subjects(
        to_frame(dbt.ref("int_segment_features_unioned")),
        names=to_frame(dbt.ref("segment_names")),
        plan=settings_of(session).segment_settings,
    )
    return union_by_kind(session, vars(result))
