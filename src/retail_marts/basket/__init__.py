"""What sells together: exact rules with their significance, and recommendations."""

from retail_marts.basket.engine import basket_rules, basket_thresholds
from retail_marts.basket.itemsets import Itemsets, frequent_itemsets
from retail_marts.basket.recommendation_schemas import (
    RECOMMENDATION_KINDS,
    SEGMENT_BUNDLES,
)
from retail_marts.basket.recommendations import recommend
from retail_marts.basket.rules import (
    association_rules,
    candidate_rule_count,
    fisher_p_values,
    q_values,
)
from retail_marts.basket.schemas import (
    BASKET_KINDS,
    ITEMSETS,
    RULES,
    RUNS,
    THRESHOLDS,
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
    "BASKET_KINDS",
    "ITEMSETS",
    "RECOMMENDATION_KINDS",
    "RULES",
    "RUNS",
    "SEGMENT_BUNDLES",
    "THRESHOLDS",
    "BasketResult",
    "Itemsets",
    "RuleSettings",
    "association_rules",
    "basket_rules",
    "basket_thresholds",
    "candidate_rule_count",
    "fisher_p_values",
    "frequent_itemsets",
    "minimum_basket_count",
    "q_values",
    "recommend",
    "segment_bundles",
]
