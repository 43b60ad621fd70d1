"""The frames that the basket library takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from retail_marts.frames import Schema

#: A column of lists of texts.
TEXT_LISTS = pd.ArrowDtype(pa.list_(pa.string()))

#: What ``basket_thresholds`` takes: one row a business and level.
LEVEL_COUNTS: Schema = {
    "business_id": "string",
    "basket_level": "string",
    "basket_total": "int64",
    "multi_item_basket_count": "int64",
    "item_total": "int64",
}

#: What ``basket_thresholds`` gives: its input, a number for each business and level,
#: and the fewest baskets that an itemset must stand in.
THRESHOLDS: Schema = {
    "group_code": "int32",
    **LEVEL_COUNTS,
    "minimum_basket_count": "int64",
}

#: What ``basket_rules`` takes: one row a basket and item. Items below the threshold,
#: and baskets that hold fewer than two of the others, may be left out.
BASKETS: Schema = {
    "group_code": "int32",
    "basket_code": "int32",
    "item_code": "int32",
}

#: One row an item of a business and level; codes count from 0 in the order of names.
ITEMS: Schema = {
    "group_code": "int32",
    "item_code": "int32",
    "item_id": "string",
    "item_name": "string",
    "basket_count": "int64",
}

_LEVEL: Schema = {"business_id": "string", "basket_level": "string"}

#: One row a business, level and rule.
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

#: One row a business, level and frequent itemset.
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

#: One row a business and level, also where nothing was found.
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
    "minimum_basket_count": "int64",
    "minimum_support": "float64",
    "minimum_confidence": "float64",
    "minimum_lift": "float64",
    "significance_level": "float64",
    "maximum_length": "int64",
    "algorithm": "string",
    "false_discovery_control": "string",
    "note": "string",
}


@dataclass(frozen=True)
class BasketResult:
    """The three frames of a run.

    Attributes
    ----------
    rules
        One row a business, level and rule (:data:`RULES`).
    itemsets
        One row a business, level and frequent itemset (:data:`ITEMSETS`).
    runs
        One row a business and level (:data:`RUNS`), which says why there is nothing
        where there is nothing.
    """

    rules: pd.DataFrame
    itemsets: pd.DataFrame
    runs: pd.DataFrame
