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

#: ``eclat`` is this project's own; the others are mlxtend's, for comparison.
ALGORITHMS = ("eclat", "fpgrowth", "apriori")

FALSE_DISCOVERY_CONTROLS = ("benjamini_yekutieli", "benjamini_hochberg")

#: Longest itemset that a setting may ask for: a set of k items makes 2^k - 2 rules.
LENGTH_LIMIT = 10

#: Thousands of products are bought together less often than a few groups of them.
_LEVEL_SUPPORTS = {
    "product": Fraction(1, 1000),
    "category": Fraction(1, 100),
    "sub_category": Fraction(1, 200),
}

Levels = Annotated[tuple[str, ...], SomeOf(LEVELS, may_be_empty=True)]


class RuleSettings(Section):
    """How to mine one level of one business."""

    minimum_support: Annotated[Fraction, Exact(0, 1, above=True)] = setting(
        Fraction(1, 200),
        "smallest share of all baskets",
        shown_default="product .001, category .01, sub_category .005",
    )
    minimum_count: Annotated[int, Whole(1, 1_000_000_000)] = setting(
        5, "fewest baskets, whatever their share"
    )
    maximum_length: Annotated[int, Whole(2, LENGTH_LIMIT)] = setting(
        4, "most items of a rule, both sides together (2 to 10)"
    )
    minimum_confidence: Annotated[Fraction, Exact(0, 1)] = setting(
        Fraction(1, 10), "confidence that a rule must reach"
    )
    minimum_lift: Annotated[Fraction, Exact(0, 1_000_000)] = setting(
        Fraction(1), "lift that a rule must reach"
    )
    significance_level: Annotated[Fraction, Exact(0, 1, above=True)] = setting(
        Fraction(1, 20), "accepted share of false discoveries"
    )
    false_discovery_control: Annotated[str, OneOf(FALSE_DISCOVERY_CONTROLS)] = setting(
        "benjamini_yekutieli",
        "`benjamini_yekutieli` (holds however the rules depend on each other) or "
        "`benjamini_hochberg`",
    )
    algorithm: Annotated[str, OneOf(ALGORITHMS)] = setting(
        "eclat",
        "`eclat` (our own), or mlxtend's `fpgrowth` or `apriori`: same results, slower",
    )
    max_itemsets: Annotated[int, Whole(1, 100_000_000)] = setting(
        1_000_000, "more itemsets than this stop the build with a message"
    )
    max_rules: Annotated[int, Whole(1, 100_000_000)] = setting(
        2_000_000,
        "more rules, before confidence and lift cut them, stop the build with a "
        "message",
    )


class LevelRules(Section):
    """Level to what is stated for it."""

    product: RuleSettings = setting(RuleSettings, "Settings of rules on products.")
    category: RuleSettings = setting(RuleSettings, "Settings of rules on categories.")
    sub_category: RuleSettings = setting(
        RuleSettings, "Settings of rules on sub-categories."
    )

    def __getitem__(self, level: str) -> RuleSettings:
        rules: RuleSettings = getattr(self, level)
        return rules


class BusinessRules(RuleSettings):
    """What is stated for one business, at all levels or by level."""

    levels: LevelRules = setting(
        LevelRules, "settings by level, above those of all levels", shown_default="none"
    )


class BasketSettings(BusinessRules):
    """Settings of all levels of all businesses; :meth:`rules_of` gives one."""

    businesses: ByName[BusinessRules] = setting(
        dict,
        "settings by business, which may have `levels` of their own",
        shown_default="none",
    )

    def rules_of(self, business_id: str, basket_level: str) -> RuleSettings:
        """What counts for one level of one business.

        What is stated more closely counts: business and level, business, level, all,
        default.
        """
        own = self.businesses.get(business_id, BusinessRules())
        stated: dict[str, Any] = {"minimum_support": _LEVEL_SUPPORTS[basket_level]}
        for rules in (
            self,
            self.levels[basket_level],
            own,
            own.levels[basket_level],
        ):
            stated |= {
                name: getattr(rules, name)
                for name in RuleSettings.model_fields
                if name in rules.model_fields_set
            }
        return RuleSettings(**stated)


def minimum_basket_count(settings: RuleSettings, *, basket_total: int) -> int:
    """Fewest baskets that an itemset must stand in: both limits, rounded up exactly.

    >>> minimum_basket_count(RuleSettings(minimum_count=1), basket_total=600)
    3
    """
    share = settings.minimum_support * basket_total
    return max(settings.minimum_count, -(-share.numerator // share.denominator))


class RecommendationSettings(Section):
    """What to recommend."""

    count: Annotated[int, Whole(1, 100)] = setting(
        10, "recommendations for a product and for a customer"
    )
    bundle_count: Annotated[int, Whole(1, 1_000)] = setting(
        10, "bundles for a segment and level"
    )
    false_discovery_rate: Annotated[float, Number(0, 0.1, above=True)] = setting(
        0.05, "accepted share of false discoveries among pairs of products (up to .1)"
    )
    repeat_rate_min: Annotated[float, Number(0, 1, above=True)] = setting(
        0.1,
        "a product is bought again and again when at least this share of its customers "
        "who came back later bought it again",
    )
    due_quantile: Annotated[float, Number(0, 1, above=True)] = setting(
        0.1,
        "such a product is due again when as many days have passed as lie between this "
        "share of its repeat purchases",
    )
    active_days: Annotated[int, Whole(1, 36_600)] = setting(
        365,
        "a product that did not sell in so many days up to the as-of date comes after "
        "those that did",
    )
    evaluation_windows: Annotated[int, Whole(1, 52)] = setting(
        4, "origins of the evaluation"
    )
    evaluation_customers: Annotated[int, Whole(1, 1_000_000)] = setting(
        2_000, "most customers of an origin that are evaluated, drawn at random"
    )
    choice_customers: Annotated[int, Whole(2, 1_000_000)] = setting(
        500,
        "most customers, drawn at random, on whose past orders the parts of the scores "
        "are chosen",
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        0, "seed of these draws and of `random_in_category`"
    )
