"""Settings of the basket rules, checked before any work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from retail_marts import setting_checks as checks

_SETTING = "basket_settings"

LEVELS = ("product", "category", "sub_category")

#: ``eclat`` is this project's own; the others are mlxtend's, for comparison.
ALGORITHMS = ("eclat", "fpgrowth", "apriori")

FALSE_DISCOVERY_CONTROLS = ("benjamini_yekutieli", "benjamini_hochberg")

#: Longest itemset that a setting may ask for: a set of k items makes 2^k - 2 rules.
LENGTH_LIMIT = 10


@dataclass(frozen=True)
class RuleSettings:
    """How to mine one level of one business.

    Attributes
    ----------
    minimum_support
        Smallest share of all baskets that an itemset must stand in, exact: 3 of 600
        baskets have the support .005.
    minimum_count
        Fewest baskets that an itemset must stand in, whatever its share.
    maximum_length
        Most items of an itemset; a rule's both sides together.
    minimum_confidence, minimum_lift
        What a rule must reach; one that stands exactly there is kept.
    significance_level
        Share of false discoveries that is accepted among the significant rules.
    false_discovery_control
        ``benjamini_yekutieli`` (holds however the rules depend on each other) or
        ``benjamini_hochberg``.
    algorithm
        ``eclat``, or ``fpgrowth`` or ``apriori`` of mlxtend; results do not depend on
        it.
    max_itemsets, max_rules
        More sets, or more rules before confidence and lift cut them, stop the work
        with a message before memory is gone.
    """

    minimum_support: Fraction = Fraction(1, 200)
    minimum_count: int = 5
    maximum_length: int = 4
    minimum_confidence: Fraction = Fraction(1, 10)
    minimum_lift: Fraction = Fraction(1)
    significance_level: Fraction = Fraction(1, 20)
    false_discovery_control: str = "benjamini_yekutieli"
    algorithm: str = "eclat"
    max_itemsets: int = 1_000_000
    max_rules: int = 2_000_000


@dataclass(frozen=True)
class BasketSettings:
    """Settings of all levels of all businesses; :func:`settings_of` gives one.

    Attributes
    ----------
    base
        What the top of the mapping states.
    levels
        Level to what is stated for it.
    businesses
        Business to what is stated for it at all levels.
    business_levels
        (business, level) to what is stated for both.
    """

    base: Mapping[str, Any]
    levels: Mapping[str, Mapping[str, Any]]
    businesses: Mapping[str, Mapping[str, Any]]
    business_levels: Mapping[tuple[str, str], Mapping[str, Any]]


#: Thousands of products are bought together less often than a few groups of them.
_LEVEL_DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "product": {"minimum_support": Fraction(1, 1000)},
        "category": {"minimum_support": Fraction(1, 100)},
        "sub_category": {"minimum_support": Fraction(1, 200)},
    }
)

#: Setting to the shares that it may be: above the first, up to the second.
_SHARES = {"minimum_support": (0, 1), "significance_level": (0, 1)}

#: Setting to the numbers that it may be, both ends included.
_NUMBERS: Mapping[str, tuple[int, int]] = {
    "minimum_confidence": (0, 1),
    "minimum_lift": (0, 1_000_000),
}

#: Setting to the whole numbers that it may be.
_RANGES = {
    "minimum_count": (1, 1_000_000_000),
    "maximum_length": (2, LENGTH_LIMIT),
    "max_itemsets": (1, 100_000_000),
    "max_rules": (1, 100_000_000),
}

_CHOICES = {
    "false_discovery_control": FALSE_DISCOVERY_CONTROLS,
    "algorithm": ALGORITHMS,
}


def basket_settings(
    values: Mapping[str, Any] | None = None,
    *,
    businesses: Collection[str] | None = None,
) -> BasketSettings:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Setting names and values as they stand in a yml file, for all levels of all
        businesses. Under ``levels`` stand settings by level, under ``businesses``
        settings by business, which may hold ``levels`` of their own. What is stated
        more closely counts: business and level, business, level, all, default.
    businesses
        Businesses that may have settings; any when not given.

    Raises
    ------
    InputError
        When a setting, level, algorithm or business is unknown, or a value out of
        range; the error names the setting.
    """
    given = checks.mapping(_SETTING, values)
    levels = _by_level(f"{_SETTING}.levels", given.pop("levels", None))
    by_business: dict[str, Mapping[str, Any]] = {}
    business_levels: dict[tuple[str, str], Mapping[str, Any]] = {}
    stated = checks.mapping(f"{_SETTING}.businesses", given.pop("businesses", None))
    checks.known_businesses(f"{_SETTING}.businesses", stated, businesses)
    for business, own in stated.items():
        place = f"{_SETTING}.businesses.{business}"
        mine = checks.mapping(place, own)
        theirs = _by_level(f"{place}.levels", mine.pop("levels", None))
        business_levels |= {(business, level): one for level, one in theirs.items()}
        by_business[business] = _checked(place, mine)
    return BasketSettings(
        base=_checked(_SETTING, given),
        levels=levels,
        businesses=by_business,
        business_levels=business_levels,
    )


def settings_of(
    settings: BasketSettings, *, business_id: str, basket_level: str
) -> RuleSettings:
    """What counts for one level of one business."""
    return replace(
        RuleSettings(),
        **{
            **_LEVEL_DEFAULTS.get(basket_level, {}),
            **settings.base,
            **settings.levels.get(basket_level, {}),
            **settings.businesses.get(business_id, {}),
            **settings.business_levels.get((business_id, basket_level), {}),
        },
    )


def exact(value: float | int | Fraction) -> Fraction:
    """A setting as its writer meant it: .005 is 1/200, not its nearest double."""
    return value if isinstance(value, Fraction) else Fraction(str(value))


def minimum_basket_count(settings: RuleSettings, *, basket_total: int) -> int:
    """Fewest baskets that an itemset must stand in: both limits, rounded up exactly.

    >>> minimum_basket_count(RuleSettings(minimum_count=1), basket_total=600)
    3
    """
    share = settings.minimum_support * basket_total
    return max(settings.minimum_count, -(-share.numerator // share.denominator))


def _by_level(place: str, value: object) -> dict[str, Mapping[str, Any]]:
    stated = checks.known_settings(place, value, LEVELS)
    return {level: _checked(f"{place}.{level}", one) for level, one in stated.items()}


def _checked(place: str, value: object) -> Mapping[str, Any]:
    known = [one.name for one in fields(RuleSettings)]
    given = checks.known_settings(place, value, known)
    return MappingProxyType(
        {name: _value(f"{place}.{name}", name, one) for name, one in given.items()}
    )


def _value(setting: str, name: str, value: object) -> object:
    if name in _CHOICES:
        return checks.choice(setting, value, _CHOICES[name])
    if name in _RANGES:
        return checks.whole_number(setting, value, *_RANGES[name])
    if name in _SHARES:
        return exact(checks.number(setting, value, *_SHARES[name], above=True))
    return exact(checks.number(setting, value, *_NUMBERS[name]))
