"""Schemas of the inputs and results of the basket rules."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from retail_marts.frames import Schema

#: A column of lists of texts.
TEXT_LISTS = pd.ArrowDtype(pa.list_(pa.string()))

#: Input of ``basket_thresholds``: one row per business and level.
LEVEL_COUNTS: Schema = {
    "business_id": "string",
    "basket_level": "string",
    "order_count": "int64",
    "basket_total": "int64",
    "multi_item_basket_count": "int64",
    "item_total": "int64",
}

#: Result of ``basket_thresholds``: its input, a number for each business and level, and
#: the smallest number of baskets that a frequent itemset may have.
THRESHOLDS: Schema = {
    "group_code": "int32",
    **LEVEL_COUNTS,
    "minimum_basket_count": "int64",
}

#: Input of ``basket_rules``: one row per basket and item. Items below the threshold,
#: and baskets with fewer than two of the other items, may be left out.
BASKETS: Schema = {
    "group_code": "int32",
    "basket_code": "int32",
    "item_code": "int32",
}

#: One row per item of a business and level; codes start at 0 in the order of names.
ITEMS: Schema = {
    "group_code": "int32",
    "item_code": "int32",
    "item_id": "string",
    "item_name": "string",
    "basket_count": "int64",
}

_LEVEL: Schema = {"business_id": "string", "basket_level": "string"}

#: One row per business, level and rule.
RULES: Schema = {
    **_LEVEL,
    "rule_rank": "int64",
    "antecedents": "string",
    "consequents": "string",
    "antecedent_items": TEXT_LISTS,
    "consequent_items": TEXT_LISTS,
    "antecedent_item_ids": TEXT_LISTS,
    "consequent_item_ids": TEXT_LISTS,
    "antecedent_item_count": "int64",
    "consequent_item_count": "int64",
    "basket_count": "int64",
    "antecedent_basket_count": "int64",
    "consequent_basket_count": "int64",
    "basket_total": "int64",
    "support": "float64",
    "antecedent_support": "float64",
    "consequent_support": "float64",
    "confidence": "float64",
    "lift": "float64",
    "leverage": "float64",
    "conviction": "float64",
    "zhangs_metric": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "is_significant": "bool",
    "is_redundant": "bool",
}

#: One row per business, level and frequent itemset.
ITEMSETS: Schema = {
    **_LEVEL,
    "itemset_rank": "int64",
    "itemset": "string",
    "items": TEXT_LISTS,
    "item_ids": TEXT_LISTS,
    "item_count": "int64",
    "basket_count": "int64",
    "basket_total": "int64",
    "support": "float64",
}

#: One row per business and level, also without any itemset or rule.
RUNS: Schema = {
    **_LEVEL,
    "basket_total": "int64",
    "multi_item_basket_count": "int64",
    "item_total": "int64",
    "frequent_item_count": "int64",
    "itemset_count": "int64",
    "candidate_rule_count": "int64",
    "rule_count": "int64",
    "significant_rule_count": "int64",
    "shuffled_rule_count": "Int64",
    "minimum_basket_count": "int64",
    "minimum_support": "float64",
    "minimum_confidence": "float64",
    "minimum_lift": "float64",
    "significance_level": "float64",
    "maximum_length": "int64",
    "algorithm": "string",
    "false_discovery_control": "string",
    "support_note": "string",
    "shuffle_note": "string",
    "note": "string",
}

#: The frames of :class:`BasketResult`.
BASKET_KINDS = {"rules": RULES, "itemsets": ITEMSETS, "runs": RUNS}


@dataclass(frozen=True)
class BasketResult:
    """Rules, itemsets, and a summary per business and level.

    Attributes
    ----------
    rules
        One row per business, level and rule (:data:`RULES`).
    itemsets
        One row per business, level and frequent itemset (:data:`ITEMSETS`).
    runs
        One row per business and level (:data:`RUNS`); ``note`` says why there are no
        rules.
    """

    rules: pd.DataFrame
    itemsets: pd.DataFrame
    runs: pd.DataFrame
