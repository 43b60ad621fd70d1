from retail_marts.basket import basket_rules, basket_settings
from retail_marts.frames import to_frame, union_by_kind


def model(dbt, session):
    meta = dbt.config.get("meta")
    result = basket_rules(
        to_frame(dbt.ref("int_basket_items_coded")),
        items=to_frame(dbt.ref("int_basket_items_filtered_to_frequent")),
        thresholds=to_frame(dbt.ref("py_basket_thresholds")),
        settings=basket_settings(meta["settings"]),
    )
    return union_by_kind(session, vars(result))
