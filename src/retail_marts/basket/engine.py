"""Frequent itemsets and rules of every level of every business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_marts.basket.itemsets import IntArray, Itemsets, frequent_itemsets
from retail_marts.basket.rules import RuleSet, association_rules
from retail_marts.basket.schemas import (
    BASKETS,
    ITEMS,
    ITEMSETS,
    LEVEL_COUNTS,
    RULES,
    RUNS,
    TEXT_LISTS,
    THRESHOLDS,
    BasketResult,
)
from retail_marts.basket.settings import (
    BasketSettings,
    RuleSettings,
    basket_settings,
    minimum_basket_count,
    settings_of,
)
from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform

#: A level's items in the notes' words: one, and several.
_LEVEL_WORDS = {
    "product": ("product", "products"),
    "category": ("category", "categories"),
    "sub_category": ("sub-category", "sub-categories"),
}

#: Between the names of one side of a rule.
SEPARATOR = " + "


def basket_thresholds(
    levels: pd.DataFrame, *, settings: BasketSettings | None = None
) -> pd.DataFrame:
    """The fewest baskets that an itemset must stand in, by business and level.

    Parameters
    ----------
    levels
        One row a business and level (:data:`schemas.LEVEL_COUNTS`), in any order.
    settings
        From :func:`basket_settings`.

    Returns
    -------
    pandas.DataFrame
        The same rows in the order of their keys, numbered, with the threshold
        (:data:`schemas.THRESHOLDS`).

    Raises
    ------
    InputError
        When a column is missing.
    """
    settings = settings or basket_settings()
    _check_columns("levels", levels, LEVEL_COUNTS)
    frame = levels.sort_values(["business_id", "basket_level"], ignore_index=True)
    counts = [
        minimum_basket_count(
            settings_of(settings, business_id=business, basket_level=level),
            basket_total=int(total),
        )
        for business, level, total in zip(
            frame["business_id"],
            frame["basket_level"],
            frame["basket_total"],
            strict=True,
        )
    ]
    return conform(
        frame.assign(group_code=range(len(frame)), minimum_basket_count=counts),
        THRESHOLDS,
    )


def basket_rules(
    baskets: pd.DataFrame,
    *,
    items: pd.DataFrame,
    thresholds: pd.DataFrame,
    settings: BasketSettings | None = None,
) -> BasketResult:
    """Mine every level of every business.

    Parameters
    ----------
    baskets
        One row a basket and item (:data:`schemas.BASKETS`), in any order. Items below
        the threshold, and baskets with fewer than two of the others, may be left out:
        no count depends on them.
    items
        One row an item (:data:`schemas.ITEMS`) with the number of all baskets that
        hold it; codes count from 0 within a group, in the order in which names are to
        be joined.
    thresholds
        From :func:`basket_thresholds`; the group codes of the other frames are its.
    settings
        From :func:`basket_settings`.

    Returns
    -------
    BasketResult
        Three frames; the same for the same input in any order.

    Raises
    ------
    InputError
        When a column is missing, or there are more itemsets or rules than the settings
        allow.
    """
    settings = settings or basket_settings()
    _check_columns("baskets", baskets, BASKETS)
    _check_columns("items", items, ITEMS)
    _check_columns("thresholds", thresholds, THRESHOLDS)
    items = items.sort_values(["group_code", "item_code"], ignore_index=True)
    groups = baskets["group_code"].to_numpy()
    by_group = np.argsort(groups, kind="stable")
    basket_codes = baskets["basket_code"].to_numpy()
    item_codes = baskets["item_code"].to_numpy()
    in_order, item_groups = groups[by_group], items["group_code"].to_numpy()
    rules, sets, runs = [], [], []
    for values in thresholds.itertuples(index=False, name=None):
        group = dict(zip(thresholds.columns, values, strict=True))
        code = group["group_code"]
        rows = by_group[slice(*np.searchsorted(in_order, [code, code + 1]))]
        mine = items.iloc[slice(*np.searchsorted(item_groups, [code, code + 1]))]
        one = settings_of(
            settings,
            business_id=group["business_id"],
            basket_level=group["basket_level"],
        )
        name = f"{group['business_id']}, level {group['basket_level']}"
        itemsets = frequent_itemsets(
            basket_codes[rows],
            item_codes[rows],
            item_counts=_counts_by_code(mine, name),
            minimum_count=int(group["minimum_basket_count"]),
            maximum_length=one.maximum_length,
            algorithm=one.algorithm,
            max_itemsets=one.max_itemsets,
            name=name,
        )
        found = association_rules(
            itemsets,
            basket_total=int(group["basket_total"]),
            settings=one,
            name=name,
        )
        runs.append(_run(group, one, itemsets, found))
        if len(itemsets):
            texts = _texts(itemsets, mine)
            sets.append(_itemset_frame(group, itemsets, texts))
            rules.append(_rule_frame(group, found.frame, texts, itemsets))
    return BasketResult(
        rules=_stack(rules, RULES),
        itemsets=_stack(sets, ITEMSETS),
        runs=_stack([pd.DataFrame(runs)], RUNS),
    )


def _check_columns(what: str, frame: pd.DataFrame, schema: Schema) -> None:
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"baskets: the frame {what} has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(schema)}.",
        )


def _counts_by_code(items: pd.DataFrame, name: str) -> IntArray:
    codes = items["item_code"].to_numpy()
    if not np.array_equal(codes, np.arange(len(codes))):
        raise InputError(
            f"baskets: the item codes do not count from 0 without gaps ({name}).",
            remedy="Number the items of each business and level 0, 1, 2, ...",
        )
    return items["basket_count"].to_numpy(dtype=np.int64)


def _texts(itemsets: Itemsets, items: pd.DataFrame) -> dict[str, pa.Array]:
    """Of all itemsets, the smallest first: lists of names and ids, and joined names.

    Made by Arrow, not text by text: there may be a million of them.
    """
    sizes = [len(counts) for counts in itemsets.counts]
    lengths = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), type=pa.int32())
    codes = pa.array(np.concatenate([one.ravel() for one in itemsets.items]))
    names, ids = (
        pa.ListArray.from_arrays(
            offsets, pa.array(items[column], type=pa.string()).take(codes)
        )
        for column in ("item_name", "item_id")
    )
    return {
        "names": names,
        "ids": ids,
        "joined": pc.binary_join(names, SEPARATOR),
        "lengths": pa.array(lengths),
    }


def _itemset_frame(
    group: Mapping[str, Any], itemsets: Itemsets, texts: Mapping[str, pa.Array]
) -> pd.DataFrame:
    counts = np.concatenate(itemsets.counts)
    lengths = texts["lengths"].to_numpy()
    # The most common first; among equals the shorter, then by name.
    order = np.lexsort((np.arange(len(counts)), lengths, -counts))
    total = group["basket_total"]
    return pd.DataFrame(
        {
            **_keys(group, len(order)),
            "itemset_rank": np.arange(1, len(order) + 1),
            "itemset": _column(texts["joined"], order),
            "items": _column(texts["names"], order),
            "item_ids": _column(texts["ids"], order),
            "item_count": lengths[order],
            "basket_count": counts[order],
            "basket_total": total,
            "support": counts[order] / total,
        }
    )


def _rule_frame(
    group: Mapping[str, Any],
    found: pd.DataFrame,
    texts: Mapping[str, pa.Array],
    itemsets: Itemsets,
) -> pd.DataFrame:
    sides = {
        "antecedent": found["antecedent_set"].to_numpy(),
        "consequent": found["consequent_set"].to_numpy(),
    }
    columns: dict[str, Any] = {}
    for side, sets in sides.items():
        columns[f"{side}s"] = _column(texts["joined"], sets)
        columns[f"{side}_items"] = _column(texts["names"], sets)
        columns[f"{side}_item_ids"] = _column(texts["ids"], sets)
        columns[f"{side}_item_count"] = texts["lengths"].to_numpy()[sets]
    return found.assign(
        **_keys(group, len(found)), rule_rank=np.arange(1, len(found) + 1), **columns
    )


def _column(values: pa.Array, places: IntArray) -> Any:
    taken = values.take(pa.array(places))
    if pa.types.is_list(taken.type):
        return pd.array(taken, dtype=TEXT_LISTS)
    return pd.array(taken, dtype="string")


def _keys(group: Mapping[str, Any], size: int) -> dict[str, Any]:
    return {
        name: pd.array([group[name]], dtype="string").take(np.zeros(size, dtype=int))
        for name in ("business_id", "basket_level")
    }


def _run(
    group: Mapping[str, Any], settings: RuleSettings, sets: Itemsets, found: RuleSet
) -> dict[str, object]:
    frequent = len(sets.counts[0]) if sets.counts else 0
    return {
        **{name: group[name] for name in THRESHOLDS},
        "frequent_item_count": frequent,
        "itemset_count": len(sets),
        "candidate_rule_count": found.candidate_count,
        "rule_count": len(found.frame),
        "significant_rule_count": int(found.frame["is_significant"].sum()),
        "minimum_support": float(settings.minimum_support),
        "minimum_confidence": float(settings.minimum_confidence),
        "minimum_lift": float(settings.minimum_lift),
        "significance_level": float(settings.significance_level),
        "maximum_length": settings.maximum_length,
        "algorithm": settings.algorithm,
        "false_discovery_control": settings.false_discovery_control,
        "note": _note(group, sets, found),
    }


def _note(group: Mapping[str, Any], sets: Itemsets, found: RuleSet) -> str | None:
    """Why there is nothing, or nothing to rely on."""
    item, items = _LEVEL_WORDS[group["basket_level"]]
    count = group["minimum_basket_count"]
    reasons = (
        (not group["basket_total"], "no orders"),
        (not group["item_total"], f"no product has a {item}"),
        (
            not group["multi_item_basket_count"],
            f"no basket holds two different {items}",
        ),
        (not len(sets), f"no {item} stands in {count} baskets, the minimum"),
        (
            len(sets.items) < 2,
            f"no two {items} stand together in {count} baskets, the minimum",
        ),
        (
            found.frame.empty,
            "no rule reaches the minimum confidence and lift",
        ),
        (
            not found.frame["is_significant"].any(),
            "no rule is significant: chance alone would give rules like these",
        ),
    )
    return next((text for holds, text in reasons if holds), None)


def _stack(parts: Sequence[pd.DataFrame], schema: Schema) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return conform(
            pd.DataFrame({c: pd.Series(dtype=t) for c, t in schema.items()}), schema
        )
    return conform(pd.concat(filled, ignore_index=True), schema)
