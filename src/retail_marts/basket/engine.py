"""Frequent itemsets and association rules for every business and level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_marts.basket.itemsets import (
    IntArray,
    Itemsets,
    TooManyItemsetsError,
    frequent_itemsets,
)
from retail_marts.basket.rules import RuleSet, association_rules, check_rule_count
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
from retail_marts.basket.shuffle import shuffled_baskets
from retail_marts.basket.support import (
    BUDGET,
    LOWEST_COUNT,
    Support,
    find_support,
    lowest_count_of_pairs,
)
from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform
from retail_marts.progress import Progress
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
    """Smallest number of baskets that a frequent itemset may have.

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
        _smallest_count(settings, business, level, basket_total=int(total))
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


def _smallest_count(
    settings: BasketSettings, business: str, level: str, *, basket_total: int
) -> int:
    count = minimum_basket_count(
        settings.rules_of(business, level), basket_total=basket_total
    )
    # Where no support is set, a lower one than the default may be used.
    return count if settings.has_support(business, level) else min(count, LOWEST_COUNT)


def basket_rules(
    baskets: pd.DataFrame,
    *,
    items: pd.DataFrame,
    thresholds: pd.DataFrame,
    settings: BasketSettings | None = None,
    progress: Progress | None = None,
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
    progress
        Is told how far the work is.

    Returns
    -------
    BasketResult
        Three frames; they do not depend on the order of the input rows.

    Raises
    ------
    InputError
        When a column is missing.

    Notes
    -----
    Where no support is set, :func:`~retail_marts.basket.support.find_support` finds
    one. A level with more itemsets or rules than the settings allow has none; its
    ``note`` says what to set.
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
    progress = progress or Progress()
    progress.start("levels of businesses", len(thresholds))
    for values in thresholds.itertuples(index=False, name=None):
        group = dict(zip(thresholds.columns, values, strict=True))
        code = group["group_code"]
        rows = by_group[slice(*np.searchsorted(in_order, [code, code + 1]))]
        mine = slice(*np.searchsorted(item_groups, [code, code + 1]))
        one = settings.rules_of(group["business_id"], group["basket_level"])
        counts = _counts_by_code(
            by_name["item_code"][mine],
            by_name["basket_count"][mine],
            f"{group['business_id']}, level {group['basket_level']}",
        )
        search = _Search(
            basket_codes=basket_codes[rows],
            item_codes=item_codes[rows],
            item_counts=counts,
            basket_total=int(group["basket_total"]),
            settings=one,
            name=f"{group['business_id']}, level {group['basket_level']}",
        )
        with progress.thing(group["business_id"]):
            run = search.run(
                is_set=settings.has_support(group["business_id"], group["basket_level"])
            )
        itemsets, found = run.support.itemsets, run.rules
        runs.append(_run(group, one, run))
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


@dataclass(frozen=True)
class _Found:
    """What was found at one level of one business.

    Attributes
    ----------
    support
        The itemsets and the number of baskets that they reach.
    rules
        Their rules.
    shuffled_rule_count
        Number of significant rules in shuffled baskets; None if it was not counted.
    fault
        What is beyond the limits of the settings; None where nothing is.
    """

    support: Support
    rules: RuleSet
    shuffled_rule_count: int | None = None
    fault: TooManyItemsetsError | None = None


@dataclass(frozen=True)
class _Search:
    """The baskets of one level of one business, and how to search them."""

    basket_codes: IntArray
    item_codes: IntArray
    item_counts: IntArray
    basket_total: int
    settings: RuleSettings
    name: str

    def run(self, *, is_set: bool) -> _Found:
        """Find itemsets, rules and rules in shuffled baskets.

        Parameters
        ----------
        is_set
            Whether the support is set, so that it is used as it is.
        """
        start = minimum_basket_count(self.settings, basket_total=self.basket_total)
        try:
            support = Support(start, self.mine(start)) if is_set else self._find(start)
        except TooManyItemsetsError as error:
            support = Support(start, Itemsets((), ()))
            return _Found(support, self.rules_of(support.itemsets), fault=error)
        rules = self.rules_of(support.itemsets)
        if not rules.columns["is_significant"].any():
            return _Found(support, rules)
        return _Found(support, rules, self._shuffled_rule_count(support))

    def _find(self, start: int) -> Support:
        budget = min(BUDGET, self.settings.max_itemsets)
        found = find_support(
            lambda count: self.mine(count, budget=budget, algorithm="eclat"),
            start=start,
            lowest_within=lambda: lowest_count_of_pairs(
                self.basket_codes,
                self.item_codes,
                item_counts=self.item_counts,
                least=start,
                budget=budget,
            ),
        )
        if self.settings.algorithm == "eclat":
            return found
        return replace(found, itemsets=self.mine(found.minimum_count))

    def mine(
        self, count: int, *, budget: int | None = None, algorithm: str | None = None
    ) -> Itemsets:
        """Itemsets in at least ``count`` baskets, within the limits."""
        found = frequent_itemsets(
            self.basket_codes,
            self.item_codes,
            item_counts=self.item_counts,
            minimum_count=count,
            maximum_length=self.settings.maximum_length,
            algorithm=algorithm or self.settings.algorithm,
            max_itemsets=budget or self.settings.max_itemsets,
            name=self.name,
        )
        check_rule_count(found, self.settings, self.name)
        return found

    def rules_of(self, itemsets: Itemsets) -> RuleSet:
        return association_rules(
            itemsets,
            basket_total=self.basket_total,
            settings=self.settings,
            name=self.name,
        )

    def _shuffled_rule_count(self, support: Support) -> int | None:
        """Number of significant rules where only sizes of baskets can make them."""
        basket_codes, item_codes = shuffled_baskets(
            self.basket_codes, self.item_codes, item_counts=self.item_counts
        )
        shuffled = replace(self, basket_codes=basket_codes, item_codes=item_codes)
        try:
            rules = shuffled.rules_of(
                shuffled.mine(support.minimum_count, algorithm="eclat")
            )
        except TooManyItemsetsError:
            return None
        return int(rules.columns["is_significant"].sum())


def _run(
    group: Mapping[str, Any], settings: RuleSettings, run: _Found
) -> dict[str, object]:
    sets, found = run.support.itemsets, run.rules
    frequent = len(sets.counts[0]) if sets.counts else 0
    significant = int(found.columns["is_significant"].sum())
    return {
        **{name: group[name] for name in LEVEL_COUNTS},
        "frequent_item_count": frequent,
        "itemset_count": len(sets),
        "candidate_rule_count": found.candidate_count,
        "rule_count": len(found),
        "significant_rule_count": significant,
        "shuffled_rule_count": run.shuffled_rule_count,
        "minimum_basket_count": run.support.minimum_count,
        "minimum_support": float(settings.minimum_support),
        "minimum_confidence": float(settings.minimum_confidence),
        "minimum_lift": float(settings.minimum_lift),
        "significance_level": float(settings.significance_level),
        "maximum_length": settings.maximum_length,
        "algorithm": settings.algorithm,
        "false_discovery_control": settings.false_discovery_control,
        "support_note": run.support.note,
        "shuffle_note": _shuffle_note(significant, run.shuffled_rule_count),
        "note": _note(group, run),
    }


def _shuffle_note(significant: int, shuffled: int | None) -> str | None:
    """How far the sizes of baskets alone explain the rules; null if not counted."""
    if shuffled is None:
        return None
    explained = (
        "explain most of it"
        if 2 * shuffled >= significant
        else "explain a part of it"
        if shuffled
        else "do not explain it"
    )
    some = f"{shuffled:,}" if shuffled else "no"
    rules = "rule is" if shuffled <= 1 else "rules are"
    return (
        f"sizes of baskets {explained}: {some} {rules} significant in shuffled baskets "
        f"of the same sizes, and {significant:,} in the real ones"
    )


def _note(group: Mapping[str, Any], run: _Found) -> str | None:
    """Why there is no rule, or no significant one; null otherwise."""
    sets, found = run.support.itemsets, run.rules
    item, items = _LEVEL_WORDS[group["basket_level"]]
    count = run.support.minimum_count
    reasons = (
        (not group["order_count"], "no orders"),
        (
            not group["basket_total"],
            "no order has a sale of a product that is not excluded",
        ),
        (not group["item_total"], f"no product has a {item}"),
        (
            not group["multi_item_basket_count"],
            f"no basket holds two different {items}",
        ),
        (run.fault, _fault_note(run.fault, count)),
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


def _fault_note(fault: TooManyItemsetsError | None, count: int) -> str:
    if fault is None:
        return ""
    remedy = fault.remedy[:1].lower() + fault.remedy[1:].rstrip(".")
    return f"{fault.too_many} at a support of {count} baskets: {remedy}"
