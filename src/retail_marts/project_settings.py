"""The settings of the project: the names under ``vars`` in ``dbt_project.yml``."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from retail_marts.errors import InputError

#: Every name that the project reads.
SETTINGS = (
    "raw_data_dir",
    "sources",
    "businesses",
    "mapped_sources",
    "superstore_customer_key",
    "as_of_date",
    "correlation_max_products",
    "publish_personal_columns",
    "published_models",
    "forecast_measures",
    "forecast_levels",
    "forecast_business_levels",
    "forecast_settings",
    "forecast_arima_orders",
    "basket_levels",
    "basket_excluded_products",
    "basket_settings",
    "recommendation_settings",
    "spend_model_settings",
    "populations",
    "mapped_populations",
    "prospecting_settings",
    "lifetime_value_settings",
    "segment_settings",
)

#: How like a setting an unknown name must be, from 0 to 1, to be taken for a slip.
_LIKENESS = 0.8


def refuse_misspelt(names: Iterable[object]) -> None:
    """Refuse names that are a slip away from a setting; dbt would pass them over.

    Other names are let through: models of one's own may have variables of their own.

    Parameters
    ----------
    names
        What stands under ``vars``.

    Raises
    ------
    InputError
        Naming the first such name and the setting that it is like.
    """
    for name in names:
        if name in SETTINGS:
            continue
        close = get_close_matches(str(name).lower(), SETTINGS, n=1, cutoff=_LIKENESS)
        if close:
            raise InputError(
                f"there is no setting {name} (under `vars`).",
                remedy=f"Write {close[0]}, or rename it where it is your own variable.",
            )
