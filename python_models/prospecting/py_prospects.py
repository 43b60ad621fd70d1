from retail_marts.frames import to_frame, union_by_kind
from retail_marts.prospecting import (
    find_prospects,
    population_facts,
    prospecting_settings,
    spend_settings,
)


def model(dbt, session):
    meta = dbt.config.get("meta")
    customers = to_frame(dbt.ref("int_spend_features"))
    result = find_prospects(
        to_frame(dbt.ref("int_population_implicates_unioned")),
        customers,
        businesses=to_frame(dbt.ref("dim_businesses")),
        populations=population_facts(meta["populations"], meta["mapped_populations"]),
        columns=to_frame(dbt.ref("population_columns")),
        spend=customers,
        spend_models=to_frame(dbt.ref("fct_spend_model_scores")),
        settings=prospecting_settings(meta["settings"]),
        spend_settings=spend_settings(meta["spend_settings"]),
    )
    return union_by_kind(session, vars(result))
