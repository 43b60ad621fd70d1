from retail_marts.basket import BASKET_KINDS, basket_rules
from retail_marts.frames import run_by_group, settings_of


def model(dbt, session):
    return run_by_group(
        session,
        basket_rules,
        {
            "baskets": dbt.ref("retail_marts", "int_basket_items_coded"),
            "items": dbt.ref("retail_marts", "int_basket_items_filtered_to_frequent"),
            "thresholds": dbt.ref("retail_marts", "py_basket_thresholds"),
        },
        # A level of a business.
        by="group_code",
        schemas=BASKET_KINDS,
        title="Basket rules",
        settings=settings_of(session).basket_settings,
    )
