"""Correlations of products, against numpy on whole calendars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retail_marts.errors import InputError
from retail_marts.sales import product_correlations
from retail_marts.sales.correlations import PRODUCT_CORRELATIONS


def sold(business_id: str, **quantities: list[float]) -> pd.DataFrame:
    """One row per product and day with a sale, from 2024-01-01 on; in no order."""
    rows = [
        (business_id, product, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), one)
        for product, values in quantities.items()
        for day, one in enumerate(values)
        if one
    ]
    columns = ["business_id", "product_id", "sales_date", "quantity"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)


def by_pair(result: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    keys = result[["business_id", "product_id", "other_product_id"]]
    pairs = keys.itertuples(index=False, name=None)
    return dict(zip(pairs, result["correlation"], strict=True))


def test_days_without_a_sale_count_as_zero() -> None:
    a, b, c = [3.0, 0, 1, 4, 0, 2], [1.0, 0, 0, 2, 0, 5], [0.0, 6, 0, 0, 1, 0]
    result = product_correlations(sold("shop", a=a, b=b, c=c))
    assert result["day_count"].eq(6).all()
    found = by_pair(result)
    assert len(found) == 6
    expected = np.corrcoef([a, b, c])
    assert found["shop", "a", "b"] == pytest.approx(expected[0, 1])
    assert found["shop", "b", "a"] == pytest.approx(expected[0, 1])
    assert found["shop", "c", "a"] == pytest.approx(expected[0, 2])


def test_businesses_do_not_meet_and_have_days_of_their_own() -> None:
    long, short = [1.0, 2, 0, 4, 5, 1, 0, 3], [2.0, 0, 1]
    frame = pd.concat(
        [sold("y", a=long, b=long[::-1]), sold("x", a=short, c=short), sold("w", a=[1])]
    )
    result = product_correlations(frame)
    assert result["business_id"].unique().tolist() == ["x", "y"]
    assert by_pair(result)["x", "a", "c"] == pytest.approx(1)
    days = result.groupby("business_id")["day_count"].first()
    assert days.to_dict() == {"x": 3, "y": 8}


def test_a_product_that_sells_the_same_every_day_has_no_correlation() -> None:
    steady, other, third = [2.0, 2, 2, 2], [1.0, 2, 3, 5], [5.0, 1, 4, 1]
    found = by_pair(product_correlations(sold("s", a=steady, b=other, c=third)))
    assert np.isnan(found["s", "a", "b"])
    assert np.isnan(found["s", "b", "a"])
    assert found["s", "b", "c"] == pytest.approx(np.corrcoef(other, third)[0, 1])


def test_two_days_have_no_correlation() -> None:
    result = product_correlations(sold("s", a=[1, 2], b=[3, 1]))
    assert len(result) == 2
    assert result["correlation"].isna().all()


def test_nothing_sold_keeps_the_columns_and_their_types() -> None:
    nothing = product_correlations(sold("s", a=[1, 2]).iloc[:0])
    assert nothing.empty
    assert nothing.dtypes.astype(str).to_dict() == PRODUCT_CORRELATIONS


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="no column quantity"):
        product_correlations(sold("s", a=[1, 2]).drop(columns="quantity"))
