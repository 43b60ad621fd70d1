"""Frequent itemsets and association rules for every business and level."""

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
    THRESHOLDS,
    BasketResult,
)
from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform
from retail_marts.settings.basket import (
    BasketSettings,
    RuleSettings,
    minimum_basket_count,
)

#: Columns by name: numbers are numpy arrays, texts and lists are Arrow arrays.
Columns = dict[str, Any]

#: Words for the items of a level in notes: singular and plural.
_LEVEL_WORDS = {
    "product": ("product", "products"),
    "category": ("category", "categories"),
    "sub_category": ("sub-category", "sub-categories"),
}

#: Separates the item names on one side of a rule.
SEPARATOR = " + "


def basket_thresholds(
    levels: pd.DataFrame, *, settings: BasketSettings | None = None
) -> pd.DataFrame:
    """Smallest number of baskets for a frequent itemset, by business and level.

    Parameters
    ----------
    levels
        One row per business and level (:data:`schemas.LEVEL_COUNTS`), in any order.
    settings
        Of all levels of all businesses.

    Returns
    -------
    pandas.DataFrame
        The same rows sorted by their keys, with ``group_code`` from 0 and the threshold
        (:data:`schemas.THRESHOLDS`).

    Raises
    ------
    InputError
        When a column is missing.
    """
    settings = settings or BasketSettings()
    _check_columns("levels", levels, LEVEL_COUNTS)
    frame = levels.sort_values(["business_id", "basket_level"], ignore_index=True)
    counts = [
        minimum_basket_count(
            settings.rules_of(business, level),
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
    """Find frequent itemsets and rules for every business and level.

    Parameters
    ----------
    baskets
        One row per basket and item (:data:`schemas.BASKETS`), in any order. Items below
        the threshold, and baskets with fewer than two of the other items, may be left
        out; no result depends on them.
    items
        One row per item (:data:`schemas.ITEMS`) with the number of all its baskets.
        Codes start at 0 in each group; their order is the order of names in a set.
    thresholds
        From :func:`basket_thresholds`; the other frames use its group codes.
    settings
        Of all levels of all businesses.

    Returns
    -------
    BasketResult
        Three frames; they do not depend on the order of the input rows.

    Raises
    ------
    InputError
        When a column is missing, or there are more itemsets or rules than the settings
        allow.
    """
    settings = settings or BasketSettings()
    _check_columns("baskets", baskets, BASKETS)
    _check_columns("items", items, ITEMS)
    _check_columns("thresholds", thresholds, THRESHOLDS)
    items = items.sort_values(["group_code", "item_code"], ignore_index=True)
    groups = baskets["group_code"].to_numpy()
    by_group = np.argsort(groups, kind="stable")
    basket_codes = baskets["basket_code"].to_numpy()
    item_codes = baskets["item_code"].to_numpy()
    in_order, item_groups = groups[by_group], items["group_code"].to_numpy()
    by_name = {name: items[name].to_numpy() for name in ("item_code", "basket_count")}
    texts = {
        name: pa.array(items[name], type=pa.string())
        for name in ("item_name", "item_id")
    }
    rules: list[Columns] = []
    sets: list[Columns] = []
    runs: list[dict[str, Any]] = []
    for values in thresholds.itertuples(index=False, name=None):
        group = dict(zip(thresholds.columns, values, strict=True))
        code = group["group_code"]
        rows = by_group[slice(*np.searchsorted(in_order, [code, code + 1]))]
        mine = slice(*np.searchsorted(item_groups, [code, code + 1]))
        one = settings.rules_of(group["business_id"], group["basket_level"])
        name = f"{group['business_id']}, level {group['basket_level']}"
        itemsets = frequent_itemsets(
            basket_codes[rows],
            item_codes[rows],
            item_counts=_counts_by_code(
                by_name["item_code"][mine], by_name["basket_count"][mine], name
            ),
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
            named = _named(itemsets, {key: one[mine] for key, one in texts.items()})
            sets.append(
                {**_keys(group, len(itemsets)), **_itemsets(group, itemsets, named)}
            )
            rules.append({**_keys(group, len(found)), **_rules(found, named)})
    return BasketResult(
        rules=_frame(rules, RULES),
        itemsets=_frame(sets, ITEMSETS),
        runs=conform(pd.DataFrame(runs, columns=list(RUNS)), RUNS),
    )


def _check_columns(what: str, frame: pd.DataFrame, schema: Schema) -> None:
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"baskets: the frame {what} has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(schema)}.",
        )


def _counts_by_code(codes: IntArray, counts: IntArray, name: str) -> IntArray:
    if not np.array_equal(codes, np.arange(len(codes))):
        raise InputError(
            f"baskets: the item codes are not 0, 1, 2, ... without gaps ({name}).",
            remedy="Number the items of each business and level 0, 1, 2, ...",
        )
    return counts.astype(np.int64)


def _named(itemsets: Itemsets, texts: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Lists of names and ids, joined names, and sizes of all itemsets, smallest first.

    Arrow makes them all at once, which is fast for a million sets.
    """
    sizes = [len(counts) for counts in itemsets.counts]
    lengths = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), type=pa.int32())
    codes = pa.array(np.concatenate([one.ravel() for one in itemsets.items]))
    names, ids = (
        pa.ListArray.from_arrays(offsets, texts[column].take(codes))
        for column in ("item_name", "item_id")
    )
    return {
        "names": names,
        "ids": ids,
        "joined": pc.binary_join(names, SEPARATOR),
        "lengths": lengths,
    }


def _itemsets(
    group: Mapping[str, Any], itemsets: Itemsets, named: Mapping[str, Any]
) -> Columns:
    counts = np.concatenate(itemsets.counts)
    # Highest count first, then the smaller set, then by name.
    order = np.lexsort((np.arange(len(counts)), named["lengths"], -counts))
    total = group["basket_total"]
    return {
        "itemset_rank": np.arange(1, len(order) + 1),
        "itemset": named["joined"].take(order),
        "items": named["names"].take(order),
        "item_ids": named["ids"].take(order),
        "item_count": named["lengths"][order],
        "basket_count": counts[order],
        "basket_total": np.full(len(order), total),
        "support": counts[order] / total,
    }


def _rules(found: RuleSet, named: Mapping[str, Any]) -> Columns:
    columns: Columns = {"rule_rank": np.arange(1, len(found) + 1)}
    for side in ("antecedent", "consequent"):
        sets = found.columns[f"{side}_set"]
        columns[f"{side}s"] = named["joined"].take(sets)
        columns[f"{side}_items"] = named["names"].take(sets)
        columns[f"{side}_item_ids"] = named["ids"].take(sets)
        columns[f"{side}_item_count"] = named["lengths"][sets]
    return {**columns, **found.columns}


def _keys(group: Mapping[str, Any], size: int) -> Columns:
    return {
        name: pa.repeat(str(group[name]), size)
        for name in ("business_id", "basket_level")
    }


def _frame(parts: Sequence[Columns], schema: Schema) -> pd.DataFrame:
    """Append the parts to one another, column by column."""
    columns: dict[str, Any] = {}
    for name, kind in schema.items():
        values = [part[name] for part in parts]
        if not values:
            columns[name] = pd.Series(dtype=kind)
        elif isinstance(values[0], np.ndarray):
            columns[name] = np.concatenate(values)
        else:
            columns[name] = pd.array(pa.chunked_array(values), dtype=kind)
    return conform(pd.DataFrame(columns), schema)


def _run(
    group: Mapping[str, Any], settings: RuleSettings, sets: Itemsets, found: RuleSet
) -> dict[str, object]:
    frequent = len(sets.counts[0]) if sets.counts else 0
    return {
        **{name: group[name] for name in THRESHOLDS},
        "frequent_item_count": frequent,
        "itemset_count": len(sets),
        "candidate_rule_count": found.candidate_count,
        "rule_count": len(found),
        "significant_rule_count": int(found.columns["is_significant"].sum()),
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
    """Why there is no rule, or no significant one; null otherwise."""
    item, items = _LEVEL_WORDS[group["basket_level"]]
    count = group["minimum_basket_count"]
    reasons = (
        (not group["basket_total"], "no orders"),
        (not group["item_total"], f"no product has a {item}"),
        (
            not group["multi_item_basket_count"],
            f"no basket holds two different {items}",
        ),
        (not len(sets), f"no {item} is in {count} baskets, the minimum"),
        (
            len(sets.items) < 2,
            f"no two {items} are together in {count} baskets, the minimum",
        ),
        (
            not len(found),
            "no rule reaches the minimum confidence and lift",
        ),
        (
            not found.columns["is_significant"].any(),
            "no rule is significant: chance alone would give rules like these",
        ),
    )
    return next((text for holds, text in reasons if holds), None)
