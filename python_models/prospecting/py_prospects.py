from retail_marts.frames import run_by_group, settings_of, to_frame
from retail_marts.prospecting import PROSPECT_KINDS, find_prospects


def model(dbt, session):
    settings = settings_of(session)
    return run_by_group(
        session,
        find_prospects,
        {
            "businesses": dbt.ref("retail_marts", "dim_businesses").select(
                "business_id", "currency", "country_code"
            ),
            "customers": dbt.ref("retail_marts", "int_spend_features"),
            "spend_models": dbt.ref("retail_marts", "fct_spend_model_scores"),
        },
        by="business_id",
        schemas=PROSPECT_KINDS,
        title="Prospects",
        kept_in=dbt.this,
        # Every business is compared with every family.
        population=to_frame(
            dbt.ref("retail_marts", "int_population_implicates_unioned")
        ),
        populations=settings.population_facts(),
        columns=to_frame(dbt.ref("population_columns")),
        settings=settings.prospecting_settings,
        spend_settings=settings.spend_model_settings,
    )
