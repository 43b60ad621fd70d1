from retail_marts.frames import to_frame, union_by_kind
from retail_marts.prospecting import (
    population_facts,
    prospecting_settings,
    represent_population,
)


def model(dbt, session):
    meta = dbt.config.get("meta")
    result = represent_population(
        to_frame(dbt.ref("int_population_implicates_unioned")),
        to_frame(dbt.ref("int_spend_features")),
        businesses=to_frame(dbt.ref("dim_businesses")),
        populations=population_facts(meta["populations"], meta["mapped_populations"]),
        columns=to_frame(dbt.ref("population_columns")),
        names=to_frame(dbt.ref("population_cluster_names")),
        settings=prospecting_settings(meta["settings"]),
    )
    return union_by_kind(session, vars(result))
