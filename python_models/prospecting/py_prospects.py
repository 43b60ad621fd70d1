from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import dbt_say
from retail_marts.prospecting import find_prospects


def model(dbt, session):
    settings = settings_of(session)
    customers = to_frame(dbt.ref("retail_marts", "int_spend_features"))
    result = find_prospects(
        to_frame(dbt.ref("retail_marts", "int_population_implicates_unioned")),
        customers,
        businesses=to_frame(dbt.ref("retail_marts", "dim_businesses")),
        populations=settings.population_facts(),
        columns=to_frame(dbt.ref("population_columns")),
        spend=customers,
        spend_models=to_frame(dbt.ref("retail_marts", "fct_spend_model_scores")),
        settings=settings.prospecting_settings,
        spend_settings=settings.spend_model_settings,
        say=dbt_say,
    )
    return union_by_kind(session, vars(result))
