from retail_marts.frames import run_by_group, settings_of, to_frame
from retail_marts.prospecting import REPRESENTATION_KINDS, represent_population


def model(dbt, session):
    settings = settings_of(session)
    return run_by_group(
        session,
        represent_population,
        {
            "businesses": dbt.ref("retail_marts", "dim_businesses").select(
                "business_id", "currency", "country_code"
            ),
            "customers": dbt.ref("retail_marts", "int_spend_features"),
        },
        by="business_id",
        schemas=REPRESENTATION_KINDS,
        title="Population clusters",
        kept_in=dbt.this,
        # Every business is compared with every family.
        population=to_frame(
            dbt.ref("retail_marts", "int_population_implicates_unioned")
        ),
        populations=settings.population_facts(),
        columns=to_frame(dbt.ref("population_columns")),
        names=to_frame(dbt.ref("population_cluster_names")),
        settings=settings.prospecting_settings,
    )
