"""Bundles: pairs of items that one segment of customers buys more than the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from retail_marts.basket.pairs import incidence, values_at
from retail_marts.basket.purchases import (
    FloatArray,
    IntArray,
    check_columns,
    without_services,
)
from retail_marts.basket.recommendation_schemas import (
    PRODUCTS,
    PURCHASES,
    SEGMENT_BUNDLES,
    SEGMENTS,
)
from retail_marts.basket.rules import fisher_p_values, q_values
from retail_marts.frames import Schema, conform, stacked
from retail_marts.progress import Progress
from retail_marts.settings.basket import RecommendationSettings

#: Levels of items that bundles are made of.
BUNDLE_LEVELS = ("product", "sub_category", "category")

#: Smallest number of baskets with a bundle: in all segments to be tested, and in the
#: segment to be shown.
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
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Pairs of items that a segment buys together more often than the other segments.

    Parameters
    ----------
    purchases
        One row per business, order and product
        (:data:`~retail_marts.basket.recommendation_schemas.PURCHASES`).
    products
        One row per business and product with its groups.
    segments
        One row per business, kind of segments and customer, with the segment. Orders of
        customers without a segment are left out.
    settings
        What to recommend.
    progress
        Is told how far the work is.

    Returns
    -------
    pandas.DataFrame
        :data:`SEGMENT_BUNDLES`: up to ``bundle_count`` pairs per segment and level, the
        significant ones first, then those of most worth. ``extra_basket_count`` is the
        number of the segment's baskets above the share in the other segments' baskets,
        and ``extra_sales_amount`` what an order with either item spends on it, times
        this number. Only baskets with at least two different items of the
        level count. Otherwise a segment with larger baskets would lead in every pair.
        ``p_value`` is Fisher's test that the segment has at least this many of the
        pair's baskets by chance. ``q_value`` is Benjamini and Hochberg's over all pairs
        of all segments of the level.

    Raises
    ------
    InputError
        When a frame lacks a column or a key is null.
    """
    settings = settings or RecommendationSettings()
    check_columns(purchases, PURCHASES, name="the frame of purchases")
    check_columns(products, PRODUCTS, name="the frame of products")
    check_columns(segments, SEGMENTS, name="the frame of segments")
    parts = []
    # One business at a time and as codes: the names of millions of rows would take most
    # of the memory.
    businesses = sorted(set(segments["business_id"]))
    progress = progress or Progress()
    progress.start("businesses", len(businesses))
    for business in businesses:
        own = segments.loc[segments["business_id"] == business]
        bought, items = without_services(
            purchases.loc[purchases["business_id"] == business],
            products.loc[products["business_id"] == business],
        )
        with progress.thing(business):
            parts += _of_business(bought, items, own, business, settings)
    keys = ["business_id", "segment_kind", "basket_level"]
    result = stacked(parts, SEGMENT_BUNDLES)
    return result.sort_values([*keys, "segment_name", "bundle_rank"], ignore_index=True)


@dataclass(frozen=True)
class _Items:
    """Items of a level in the baskets of one business.

    Attributes
    ----------
    order, item, customer, segment
        Codes of each row; -1 without an item or segment.
    amounts
        Mean sales of each item per order that has it; not a number where unknown.
    item_names, segment_names
        Sorted; a code is a position in them.
    """

    order: IntArray
    item: IntArray
    customer: IntArray
    segment: IntArray
    amounts: FloatArray
    item_names: NDArray[np.object_]
    segment_names: NDArray[np.object_]


def _of_business(
    bought: pd.DataFrame,
    products: pd.DataFrame,
    segments: pd.DataFrame,
    business: str,
    settings: RecommendationSettings,
) -> list[pd.DataFrame]:
    order, _ = pd.factorize(bought["order_id"])
    product, product_ids = pd.factorize(bought["product_id"])
    customer, customer_ids = pd.factorize(bought["customer_id"])
    described = products.drop_duplicates("product_id").assign(
        product=lambda frame: frame["product_id"]
    )
    described = described.set_index("product_id").reindex(product_ids)
    described["product"] = product_ids
    spent = described["amount_per_order"].to_numpy("float64", na_value=np.nan)
    kinds = {
        kind: own.drop_duplicates("customer_id").set_index("customer_id")
        for kind, own in segments.groupby("segment_kind", sort=True)
    }
    parts = []
    for level in BUNDLE_LEVELS:
        item, item_names = _codes(described[level], product)
        amounts = _amounts(order, item, spent[product], item_count=len(item_names))
        for kind, own in kinds.items():
            segment, segment_names = _codes(
                own["segment_name"].reindex(customer_ids), customer
            )
            items = _Items(
                order, item, customer, segment, amounts, item_names, segment_names
            )
            found = _bundles_of_level(_in_baskets_of_two(items), settings=settings)
            parts.append(
                found.assign(
                    business_id=business, segment_kind=kind, basket_level=level
                )
            )
    return parts


def _codes(names: pd.Series, codes: IntArray) -> tuple[IntArray, NDArray[np.object_]]:
    """Replace codes by the codes of their names (-1 without a name); and the names."""
    of_code, found = pd.factorize(names.astype("object"), sort=True)
    # The added last element is for the code -1.
    of_code = np.append(of_code, -1).astype("int64")
    return of_code[codes], np.asarray(found, dtype=object)


def _amounts(
    order: IntArray, item: IntArray, spent: FloatArray, *, item_count: int
) -> FloatArray:
    """Mean of what the orders with an item spend on it."""
    known = item >= 0
    whole = np.bincount(item[known], spent[known], minlength=item_count)
    baskets = np.unique(order[known] * max(item_count, 1) + item[known])
    counts = np.bincount(baskets % max(item_count, 1), minlength=item_count)
    return np.asarray(whole / np.maximum(counts, 1), dtype=np.float64)


def _in_baskets_of_two(items: _Items) -> _Items:
    """Distinct items of baskets with at least two; sorted by order and item."""
    known = np.flatnonzero((items.item >= 0) & (items.segment >= 0))
    key = items.order[known] * max(len(items.item_names), 1) + items.item[known]
    sorted_rows = np.argsort(key, kind="stable")
    key = key[sorted_rows]
    rows = known[sorted_rows[np.diff(key, prepend=-1) != 0]]
    rows = rows[np.bincount(items.order[rows], minlength=1)[items.order[rows]] >= 2]
    return replace(
        items,
        order=items.order[rows],
        item=items.item[rows],
        customer=items.customer[rows],
        segment=items.segment[rows],
    )


def _bundles_of_level(
    items: _Items, *, settings: RecommendationSettings
) -> pd.DataFrame:
    segments = np.unique(items.segment)
    if len(segments) < 2:
        return stacked([], _OWN)
    item_count = len(items.item_names)
    matrix = incidence(items.order, items.item, item_count=item_count)
    first, second, both = _pairs(matrix)
    total = matrix.shape[0]
    parts = []
    for segment in segments:
        rows = items.segment == segment
        own = incidence(items.order[rows], items.item[rows], item_count=item_count)
        mine = own.T.tocsr() @ own
        count = values_at(mine, first, second).astype("int64")
        size = own.shape[0]
        parts.append(
            pd.DataFrame(
                {
                    "segment": segment,
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
    found["extra_basket_count"] = (
        found["basket_count"] - found["rest_support"] * found["segment_basket_total"]
    )
    found["extra_sales_amount"] = found["extra_basket_count"] * (
        items.amounts[found["first"]] + items.amounts[found["second"]]
    )
    found["is_significant"] = found["q_value"] <= settings.false_discovery_rate
    more = found["support"] > found["rest_support"]
    found = found.loc[more & (found["basket_count"] >= MIN_BASKETS)]
    found = found.sort_values(
        [
            "segment",
            "is_significant",
            "extra_sales_amount",
            "extra_basket_count",
            "p_value",
            "first",
            "second",
        ],
        ascending=[True, False, False, False, True, True, True],
    )
    found["bundle_rank"] = found.groupby("segment").cumcount() + 1
    found = found.loc[found["bundle_rank"] <= settings.bundle_count]
    ids = items.item_names
    return conform(
        found.assign(
            segment_name=items.segment_names[found["segment"].to_numpy()],
            customer_count=_customer_counts(found, matrix, items),
            item_id=ids[found["first"].to_numpy()],
            other_item_id=ids[found["second"].to_numpy()],
        ),
        _OWN,
    )


def _customer_counts(
    bundles: pd.DataFrame, matrix: sparse.csr_matrix, items: _Items
) -> list[int]:
    """Number of the segment's customers who bought each bundle."""
    firsts = np.flatnonzero(np.diff(items.order, prepend=-1))
    customer, segment = items.customer[firsts], items.segment[firsts]
    columns = matrix.tocsc()
    columns.sort_indices()

    def baskets_of(item: int) -> IntArray:
        begin, end = columns.indptr[item : item + 2]
        return np.asarray(columns.indices[begin:end], dtype=np.int64)

    counts = []
    for first, second, own in zip(
        bundles["first"], bundles["second"], bundles["segment"], strict=True
    ):
        baskets = np.intersect1d(
            baskets_of(first), baskets_of(second), assume_unique=True
        )
        counts.append(len(np.unique(customer[baskets][segment[baskets] == own])))
    return counts


def _pairs(matrix: sparse.csr_matrix) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of items in at least ``MIN_BASKETS`` baskets; the first code is smaller."""
    shared = sparse.triu(matrix.T.tocsr() @ matrix, k=1).tocoo()
    kept = shared.data >= MIN_BASKETS
    first, second = shared.row[kept], shared.col[kept]
    order = np.lexsort((second, first))
    counts = shared.data[kept].astype("int64")
    return first[order].astype("int64"), second[order].astype("int64"), counts[order]
