"""Settings of the basket rules and of the recommendations."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from retail_marts.settings.kinds import (
    ByName,
    Exact,
    Number,
    OneOf,
    Section,
    SomeOf,
    Whole,
    setting,
)

LEVELS = ("product", "category", "sub_category")

#: ``eclat`` is our own; the others are from mlxtend, for comparison.
ALGORITHMS = ("eclat", "fpgrowth", "apriori")

FALSE_DISCOVERY_CONTROLS = ("benjamini_yekutieli", "benjamini_hochberg")

#: Longest itemset that a setting may ask for: a set of k items makes 2^k - 2 rules.
LENGTH_LIMIT = 10

#: Lower for products: each of many products is in fewer baskets than a category is.
_LEVEL_SUPPORTS = {
    "product": Fraction(1, 1000),
    "category": Fraction(1, 100),
    "sub_category": Fraction(1, 200),
}

Levels = Annotated[tuple[str, ...], SomeOf(LEVELS, may_be_empty=True)]


class RuleSettings(Section):
    """How to find the rules of one level of one business."""

    minimum_support: Annotated[Fraction, Exact(0, 1, above=True)] = setting(
        Fraction(1, 200),
        "minimum share of all baskets; where neither this nor `minimum_count` is set, "
        "the default is raised or lowered until there are neither too many nor too "
        "few itemsets",
        shown_default="product .001, category .01, sub_category .005",
    )
    minimum_count: Annotated[int, Whole(1, 1_000_000_000)] = setting(
        5, "minimum number of baskets, whatever their share"
    )
    maximum_length: Annotated[int, Whole(2, LENGTH_LIMIT)] = setting(
        4, "maximum number of items of a rule, both sides together (2 to 10)"
    )
    minimum_confidence: Annotated[Fraction, Exact(0, 1)] = setting(
        Fraction(1, 10), "minimum confidence of a rule"
    )
    minimum_lift: Annotated[Fraction, Exact(0, 1_000_000)] = setting(
        Fraction(1), "minimum lift of a rule"
    )
    significance_level: Annotated[Fraction, Exact(0, 1, above=True)] = setting(
        Fraction(1, 20), "accepted share of false discoveries"
    )
    false_discovery_control: Annotated[str, OneOf(FALSE_DISCOVERY_CONTROLS)] = setting(
        "benjamini_yekutieli",
        "how false discoveries are limited: `benjamini_yekutieli` (also correct if "
        "the rules depend on each other) or `benjamini_hochberg`",
    )
    algorithm: Annotated[str, OneOf(ALGORITHMS)] = setting(
        "eclat",
        "`eclat` (our own), or `fpgrowth` or `apriori` from mlxtend: same results, "
        "slower",
    )
    max_itemsets: Annotated[int, Whole(1, 100_000_000)] = setting(
        1_000_000,
        "if there are more itemsets than this, the level has no rules and "
        "`rpt_basket_runs` says so",
    )
    max_rules: Annotated[int, Whole(1, 100_000_000)] = setting(
        2_000_000,
        "if there are more rules than this before the limits on confidence and "
        "lift, the level has no rules and `rpt_basket_runs` says so",
    )


class LevelRules(Section):
    """Settings by level."""

    product: RuleSettings = setting(RuleSettings, "settings of rules on products")
    category: RuleSettings = setting(RuleSettings, "settings of rules on categories")
    sub_category: RuleSettings = setting(
        RuleSettings, "settings of rules on sub-categories"
    )

    def __getitem__(self, level: str) -> RuleSettings:
        rules: RuleSettings = getattr(self, level)
        return rules


class BusinessRules(RuleSettings):
    """Settings of one business, for all levels or by level."""

    levels: LevelRules = setting(
        LevelRules,
        "settings of one level, which override those of all levels",
        shown_default="none",
    )


class BasketSettings(BusinessRules):
    """Settings of all levels of all businesses; :meth:`rules_of` gives one."""

    businesses: ByName[BusinessRules] = setting(
        dict,
        "settings of one business, which may include its own `levels`",
        shown_default="none",
    )

    def rules_of(self, business_id: str, basket_level: str) -> RuleSettings:
        """The settings that apply to one level of one business.

        The most specific value is used: first that of the business and level, then
        of the business, of the level, of all levels, then the default.
        """
        default = {"minimum_support": _LEVEL_SUPPORTS[basket_level]}
        return RuleSettings(**{**default, **self._stated(business_id, basket_level)})

    def has_support(self, business_id: str, basket_level: str) -> bool:
        """Whether a support is set for one level of one business.

        >>> BasketSettings(minimum_count=20).has_support("shop", "product")
        True
        """
        stated = self._stated(business_id, basket_level)
        return "minimum_support" in stated or "minimum_count" in stated

    def _stated(self, business_id: str, basket_level: str) -> dict[str, Any]:
        own = self.businesses.get(business_id, BusinessRules())
        stated: dict[str, Any] = {}
        for rules in (self, self.levels[basket_level], own, own.levels[basket_level]):
            stated |= {
                name: getattr(rules, name)
                for name in RuleSettings.model_fields
                if name in rules.model_fields_set
            }
        return stated


def minimum_basket_count(settings: RuleSettings, *, basket_total: int) -> int:
    """Minimum number of baskets of an itemset: the larger of both limits.

    >>> minimum_basket_count(RuleSettings(minimum_count=1), basket_total=600)
    3
    """
    share = settings.minimum_support * basket_total
    return max(settings.minimum_count, -(-share.numerator // share.denominator))


class RecommendationSettings(Section):
    """What to recommend."""

    count: Annotated[int, Whole(1, 100)] = setting(
        10, "number of products recommended for each product and each customer"
    )
    bundle_count: Annotated[int, Whole(1, 1_000)] = setting(
        10, "number of bundles per segment and level"
    )
    false_discovery_rate: Annotated[float, Number(0, 0.1, above=True)] = setting(
        0.05, "accepted share of false discoveries among pairs of products (up to .1)"
    )
    repeat_rate_min: Annotated[float, Number(0, 1, above=True)] = setting(
        0.1,
        "a product counts as bought repeatedly if at least this share of its "
        "returning customers bought it again",
    )
    due_quantile: Annotated[float, Number(0, 1, above=True)] = setting(
        0.1,
        "a product bought repeatedly is due again after this quantile of the days "
        "between its repeat purchases",
    )
    active_days: Annotated[int, Whole(1, 36_600)] = setting(
        365,
        "products without a sale in this many days up to the as-of date are not "
        "recommended",
    )
    evaluation_windows: Annotated[int, Whole(1, 52)] = setting(
        4, "number of origins of the evaluation"
    )
    evaluation_customers: Annotated[int, Whole(1, 1_000_000)] = setting(
        2_000, "maximum number of customers per origin, drawn at random"
    )
    choice_customers: Annotated[int, Whole(2, 1_000_000)] = setting(
        500,
        "maximum number of customers, drawn at random, whose past orders are used "
        "to choose the parts of the scores",
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        0, "random seed of these draws and of `random_in_category`"
    )
