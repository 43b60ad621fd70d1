from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import dbt_say
from retail_marts.prospecting import represent_population


def model(dbt, session):
    settings = settings_of(session)
    result = represent_population(
        to_frame(dbt.ref("retail_marts", "int_population_implicates_unioned")),
        to_frame(dbt.ref("retail_marts", "int_spend_features")),
        businesses=to_frame(dbt.ref("retail_marts", "dim_businesses")),
        populations=settings.population_facts(),
        columns=to_frame(dbt.ref("population_columns")),
        names=to_frame(dbt.ref("population_cluster_names")),
        settings=settings.prospecting_settings,
        say=dbt_say,
    )
    return union_by_kind(session, vars(result))
