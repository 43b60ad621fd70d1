from retail_marts.basket import basket_rules
from retail_marts.frames import settings_of, to_frame, union_by_kind


def model(dbt, session):
    result = basket_rules(
        to_frame(dbt.ref("retail_marts", "int_basket_items_coded")),
        items=to_frame(
            dbt.ref("retail_marts", "int_basket_items_filtered_to_frequent")
        ),
        thresholds=to_frame(dbt.ref("retail_marts", "py_basket_thresholds")),
        settings=settings_of(session).basket_settings,
    )
    return union_by_kind(session, vars(result))
