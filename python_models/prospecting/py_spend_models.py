from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.prospecting import model_spend


def model(dbt, session):
    businesses = to_frame(dbt.ref("dim_businesses"))
    result = model_spend(
        to_frame(dbt.ref("int_spend_features")),
        settings=settings_of(session).spend_model_settings,
        businesses=businesses["business_id"],
    )
    return union_by_kind(session, vars(result))
