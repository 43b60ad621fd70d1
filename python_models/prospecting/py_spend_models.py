from retail_marts.attributes import read_attributes
from retail_marts.frames import settings_of, to_frame, union_by_kind
from retail_marts.progress import dbt_say
from retail_marts.prospecting import model_spend


def model(dbt, session):
    settings = settings_of(session).spend_model_settings
    businesses = to_frame(dbt.ref("retail_marts", "dim_businesses"))
    result = model_spend(
        to_frame(dbt.ref("retail_marts", "int_spend_features")),
        settings=settings,
        businesses=businesses["business_id"],
        attributes=read_attributes(
            dbt.ref("retail_marts", "fct_customer_attributes"), settings.attributes
        ),
        say=dbt_say,
    )
    return union_by_kind(session, vars(result))
