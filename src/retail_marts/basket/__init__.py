"""What sells together: exact rules with their significance, and recommendations."""

from retail_marts.basket.engine import basket_rules, basket_thresholds
from retail_marts.basket.itemsets import Itemsets, frequent_itemsets
from retail_marts.basket.recommendations import join_results, recommend
from retail_marts.basket.rules import (
    association_rules,
    candidate_rule_count,
    fisher_p_values,
    q_values,
)
from retail_marts.basket.schemas import (
    ITEMSETS,
    RULES,
    RUNS,
    BasketResult,
)
from retail_marts.basket.segment_bundles import segment_bundles
from retail_marts.settings.basket import (
    ALGORITHMS,
    RuleSettings,
    minimum_basket_count,
)

__all__ = [
    "ALGORITHMS",
    "ITEMSETS",
    "RULES",
    "RUNS",
    "BasketResult",
    "Itemsets",
    "RuleSettings",
    "association_rules",
    "basket_rules",
    "basket_thresholds",
    "candidate_rule_count",
    "fisher_p_values",
    "frequent_itemsets",
    "join_results",
    "minimum_basket_count",
    "q_values",
    "recommend",
    "segment_bundles",
]
