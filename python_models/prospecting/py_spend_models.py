from retail_marts.frames import to_frame, union_by_kind
from retail_marts.prospecting import model_spend, spend_settings


def model(dbt, session):
    meta = dbt.config.get("meta")
    businesses = to_frame(dbt.ref("dim_businesses"))
    result = model_spend(
        to_frame(dbt.ref("int_spend_features")),
        settings=spend_settings(meta["settings"]),
        businesses=businesses["business_id"],
    )
    return union_by_kind(session, vars(result))
