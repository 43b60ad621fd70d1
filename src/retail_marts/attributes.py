"""Free attributes of customers as columns, for segments and spend models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd


def attribute_rows(relation: Any, names: Collection[str]) -> Any:
    """The rows of ``fct_customer_attributes`` of some attributes, a relation too."""
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names))
    return relation.filter(f"attribute in ({quoted})" if names else "false")


def with_attributes(
    customers: pd.DataFrame,
    attributes: pd.DataFrame,
    *,
    names: Sequence[str],
    key: str = "customer_id",
) -> pd.DataFrame:
    """Add a column per attribute to the customers of one business.

    Parameters
    ----------
    customers
        One row per customer, with the column ``key``.
    attributes
        The business's rows of ``fct_customer_attributes``.
    names
        The attributes to add.
    key
        The column of ``customers`` that has the ids.

    Returns
    -------
    pandas.DataFrame
        The customers in their order. A column is float64 if all known values of the
        attribute are numbers or bands, else object (texts); null where not known.
    """
    columns = {}
    for name in names:
        rows = attributes.loc[attributes["attribute"] == name].set_index("customer_id")
        is_number = bool(rows["value_number"].notna().all())
        values = rows["value_number" if is_number else "value_text"]
        kind = np.dtype("float64" if is_number else "object")
        columns[name] = pd.Series(
            values.reindex(customers[key]).to_numpy(dtype=kind),
            index=customers.index,
            dtype=kind,
        )
    return customers.assign(**columns)
