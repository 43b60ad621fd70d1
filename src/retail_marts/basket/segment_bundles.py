"""Bundles that one segment of customers buys more often than the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from retail_marts.basket.pairs import incidence, values_at
from retail_marts.basket.purchases import IntArray, check_columns
from retail_marts.basket.recommendation_schemas import (
    PRODUCTS,
    PURCHASES,
    SEGMENT_BUNDLES,
    SEGMENTS,
)
from retail_marts.basket.recommendation_settings import (
    RecommendationSettings,
    recommendation_settings,
)
from retail_marts.basket.rules import fisher_p_values, q_values
from retail_marts.frames import Schema, conform, run_per_group

#: Levels of the items of a bundle.
BUNDLE_LEVELS = ("product", "sub_category", "category")

#: Fewest baskets that hold a bundle: of all segments to be tested, of one to be shown.
MIN_BASKETS = 5

_OWN: Schema = {
    name: kind
    for name, kind in SEGMENT_BUNDLES.items()
    if name not in {"business_id", "segment_kind", "basket_level"}
}


def segment_bundles(
    purchases: pd.DataFrame,
    *,
    products: pd.DataFrame,
    segments: pd.DataFrame,
    settings: RecommendationSettings | None = None,
) -> pd.DataFrame:
    """Pairs of items that stand in more of a segment's baskets than of the others'.

    Parameters
    ----------
    purchases
        One row a business, order and product
        (:data:`~retail_marts.basket.recommendation_schemas.PURCHASES`).
    products
        One row a business and product with its groups.
    segments
        One row a business, kind of segments and customer with its segment; orders of
        customers without one are left out.
    settings
        From :func:`recommendation_settings`.

    Returns
    -------
    pandas.DataFrame
        :data:`SEGMENT_BUNDLES`: up to ``bundle_count`` pairs a segment and level,
        those that differ most surely first. A basket counts when it holds two different
        items of the level: a segment that buys much at once does not lead in every
        pair. ``p_value`` is Fisher's, that so many of the pair's baskets fall to the
        segment by chance; ``q_value`` Benjamini and Hochberg's over all pairs of all
        segments of the level.

    Raises
    ------
    InputError
        When a frame lacks a column or a key is null.
    """
    settings = settings or recommendation_settings()
    check_columns(purchases, PURCHASES, name="the frame of purchases")
    check_columns(products, PRODUCTS, name="the frame of products")
    check_columns(segments, SEGMENTS, name="the frame of segments")
    bought = purchases[list(PURCHASES)].merge(
        segments[list(SEGMENTS)].drop_duplicates(
            ["business_id", "segment_kind", "customer_id"]
        ),
        on=["business_id", "customer_id"],
    )
    bought = bought.merge(
        products[list(PRODUCTS)].drop_duplicates(["business_id", "product_id"]),
        on=["business_id", "product_id"],
        how="left",
    )
    levels = [
        bought.assign(basket_level=level, item_id=bought[column])
        for level, column in zip(
            BUNDLE_LEVELS, ("product_id", "sub_category", "category"), strict=True
        )
    ]
    items = pd.concat(levels, ignore_index=True)
    items = items.loc[items["item_id"].notna()]
    keys = ["business_id", "segment_kind", "basket_level"]
    result = run_per_group(
        _bundles_of_level,
        items[[*keys, "order_id", "customer_id", "segment_name", "item_id"]],
        by=keys,
        schema=SEGMENT_BUNDLES,
        settings=settings,
    )
    return result.sort_values([*keys, "segment_name", "bundle_rank"], ignore_index=True)


def _bundles_of_level(
    items: pd.DataFrame, *, settings: RecommendationSettings
) -> pd.DataFrame:
    items = items.drop_duplicates(["order_id", "item_id"])
    sizes = items.groupby("order_id")["item_id"].transform("size")
    items = items.loc[sizes >= 2]
    segments = sorted(items["segment_name"].unique())
    if len(segments) < 2:
        return conform(pd.DataFrame(columns=list(_OWN)), _OWN)
    order, _ = pd.factorize(items["order_id"], sort=True)
    item, names = pd.factorize(items["item_id"], sort=True)
    matrix = incidence(order, item, item_count=len(names))
    first, second, both = _pairs(matrix)
    segment_of = items["segment_name"].to_numpy()
    total = matrix.shape[0]
    parts = []
    for segment in segments:
        rows = segment_of == segment
        own = incidence(order[rows], item[rows], item_count=len(names))
        mine = own.T.tocsr() @ own
        count = values_at(mine, first, second).astype("int64")
        size = own.shape[0]
        parts.append(
            pd.DataFrame(
                {
                    "segment_name": segment,
                    "first": first,
                    "second": second,
                    "basket_count": count,
                    "all_count": both,
                    "segment_basket_total": size,
                    "p_value": fisher_p_values(
                        count, both, np.full(len(both), size), basket_total=total
                    ),
                }
            )
        )
    found = pd.concat(parts, ignore_index=True)
    found["q_value"] = q_values(
        found["p_value"].to_numpy(), test_count=len(found), method="benjamini_hochberg"
    )
    found["rest_basket_count"] = found["all_count"] - found["basket_count"]
    found["rest_basket_total"] = total - found["segment_basket_total"]
    found["support"] = found["basket_count"] / found["segment_basket_total"]
    found["rest_support"] = found["rest_basket_count"] / found["rest_basket_total"]
    rest = found["rest_support"].where(found["rest_support"] > 0)
    found["support_ratio"] = found["support"] / rest
    found["is_significant"] = found["q_value"] <= settings.false_discovery_rate
    more = found["support"] > found["rest_support"]
    found = found.loc[more & (found["basket_count"] >= MIN_BASKETS)]
    found = found.sort_values(
        ["segment_name", "p_value", "basket_count", "first", "second"],
        ascending=[True, True, False, True, True],
    )
    found["bundle_rank"] = found.groupby("segment_name").cumcount() + 1
    found = found.loc[found["bundle_rank"] <= settings.bundle_count]
    ids = np.asarray(names, dtype=object)
    return conform(
        found.assign(
            customer_count=_customer_counts(found, matrix, items),
            item_id=ids[found["first"].to_numpy()],
            other_item_id=ids[found["second"].to_numpy()],
        ),
        _OWN,
    )


def _customer_counts(
    bundles: pd.DataFrame, matrix: sparse.csr_matrix, items: pd.DataFrame
) -> list[int]:
    """Of each bundle the segment's customers who bought it."""
    orders = items.drop_duplicates("order_id").sort_values("order_id")
    customer = orders["customer_id"].to_numpy()
    segment = orders["segment_name"].to_numpy()
    columns = matrix.tocsc()
    counts = []
    for first, second, name in zip(
        bundles["first"], bundles["second"], bundles["segment_name"], strict=True
    ):
        baskets = columns[:, [first]].multiply(columns[:, [second]]).nonzero()[0]
        counts.append(len(set(customer[baskets][segment[baskets] == name])))
    return counts


def _pairs(matrix: sparse.csr_matrix) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of items that enough baskets hold, the first code being the smaller."""
    shared = sparse.triu(matrix.T.tocsr() @ matrix, k=1).tocoo()
    kept = shared.data >= MIN_BASKETS
    first, second = shared.row[kept], shared.col[kept]
    order = np.lexsort((second, first))
    counts = shared.data[kept].astype("int64")
    return first[order].astype("int64"), second[order].astype("int64"), counts[order]
