"""Correlation of products by their daily quantities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retail_marts.errors import InputError
from retail_marts.frames import Schema, stacked
from retail_marts.progress import Progress

#: Result of :func:`product_correlations`.
PRODUCT_CORRELATIONS: Schema = {
    "business_id": "string",
    "product_id": "string",
    "other_product_id": "string",
    "day_count": "int64",
    "correlation": "float64",
}


def product_correlations(
    daily_product_sales: pd.DataFrame, *, progress: Progress | None = None
) -> pd.DataFrame:
    """Pearson correlation of each pair of products over all days of their business.

    Parameters
    ----------
    daily_product_sales
        One row per ``business_id``, ``product_id`` and ``sales_date``, with
        ``quantity``. Days without a row count as zero.
    progress
        Is told how far the work is.

    Returns
    -------
    pandas.DataFrame
        One row per ordered pair of different products of a business
        (:data:`PRODUCT_CORRELATIONS`). ``day_count`` is the number of days from the
        business's first day to its last. ``correlation`` is null if one of the products
        sells the same quantity every day, or if there are fewer than three days.

    Raises
    ------
    InputError
        When a column is missing.
    """
    needed = ["business_id", "product_id", "sales_date", "quantity"]
    missing = [name for name in needed if name not in daily_product_sales.columns]
    if missing:
        raise InputError(
            f"product_correlations: the frame has no column {', '.join(missing)}.",
            remedy="Give it one row per business, product and day with these columns.",
        )
    groups = daily_product_sales.loc[:, needed].groupby("business_id", sort=True)
    progress = progress or Progress()
    progress.start("businesses", len(groups))
    parts = []
    for business_id, sales in groups:
        with progress.thing(str(business_id)):
            found = _correlations_of_one_business(sales)
        parts.append(found.assign(business_id=business_id))
    return stacked(parts, PRODUCT_CORRELATIONS)


def _correlations_of_one_business(sales: pd.DataFrame) -> pd.DataFrame:
    wide = sales.pivot_table(
        index="sales_date", columns="product_id", values="quantity", aggfunc="sum"
    )
    days = pd.date_range(sales["sales_date"].min(), sales["sales_date"].max())
    values = wide.reindex(days).fillna(0.0).to_numpy(dtype="float64")
    products = wide.columns.to_numpy()
    correlation = np.full((len(products), len(products)), np.nan)
    varies = np.ptp(values, axis=0) > 0
    if len(days) >= 3 and varies.any():
        correlation[np.ix_(varies, varies)] = np.corrcoef(
            values[:, varies], rowvar=False
        )
    row, column = np.nonzero(~np.eye(len(products), dtype=bool))
    return pd.DataFrame(
        {
            "product_id": products[row],
            "other_product_id": products[column],
            "day_count": len(days),
            "correlation": np.clip(correlation[row, column], -1.0, 1.0),
        }
    )
