"""Settings of the segments, checked before any work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from retail_marts import setting_checks as checks
from retail_marts.customers.selection import EXACT_SILHOUETTE_ROWS, K_LIMIT

_SETTING = "segment_settings"

#: What segments can be made of.
FEATURES = (
    *("recency_days", "order_count", "line_count", "quantity", "monetary_amount"),
    *("profit_amount", "shipping_cost_amount", "age", "income_amount"),
    *("credit_card_debt_amount", "net_worth_amount", "spend_amount"),
)

#: What segments are made of when no setting says so: with orders, and without.
ORDER_FEATURES = ("recency_days", "order_count", "monetary_amount", "quantity")
ATTRIBUTE_FEATURES = (
    *("age", "income_amount", "credit_card_debt_amount", "net_worth_amount"),
    "spend_amount",
)

TRANSFORMS = ("log", "none")
SCALINGS = ("standard", "min_max", "none")
#: Algorithms that K-Means is compared with.
COMPARED = ("agglomerative", "density")


@dataclass(frozen=True)
class SegmentSettings:
    """How to segment the customers, or the stores, of a business.

    Attributes
    ----------
    features
        Columns of :data:`FEATURES`. When none, :data:`ORDER_FEATURES` for those who
        have orders, :data:`ATTRIBUTE_FEATURES` for a business without any.
    transform
        ``log``: sign x log(1 + size), amounts in hundredths of their median size;
        ``none``.
    scaling
        ``standard``: mean 0 and variance 1; ``min_max``: 0 to 1; ``none``.
    k
        Pins the number of segments; the consensus chooses when none.
    k_max
        Most segments to try.
    starts
        Starts of K-Means; by the number of rows when none.
    exact_silhouette_rows
        Rows up to which the silhouette is that of all pairs.
    stability_pairs
        Pairs of bootstrap samples for the stability; 0 leaves it out.
    compared_algorithms
        Algorithms that K-Means is compared with (:data:`COMPARED`).
    compared_rows
        Rows that these see at most: a sample where there are more.
    random_state
        Seed.
    """

    features: tuple[str, ...] | None = None
    transform: str = "log"
    scaling: str = "standard"
    k: int | None = None
    k_max: int = 12
    starts: int | None = None
    exact_silhouette_rows: int = EXACT_SILHOUETTE_ROWS
    stability_pairs: int = 10
    compared_algorithms: tuple[str, ...] = COMPARED
    compared_rows: int = 2_500
    random_state: int = 0


@dataclass(frozen=True)
class SegmentPlan:
    """The settings of every business, for its customers and for its stores.

    Attributes
    ----------
    values
        The mapping of settings, checked.
    """

    values: Mapping[str, Any]

    def of(self, business_id: str, subject: str) -> SegmentSettings:
        """The settings that hold for a business's customers or stores.

        A business's own settings stand above the general ones. Those of customers do
        not hold for stores: theirs stand under ``stores``, general or of the business.
        """
        own = self.values.get("businesses", {}).get(business_id, {})
        layers = (
            [_plain(self.values), _plain(own)]
            if subject == "customer"
            else [
                {**_plain(self.values), "k": None, "features": None},
                self.values.get("stores", {}),
                own.get("stores", {}),
            ]
        )
        merged: dict[str, Any] = {}
        for layer in layers:
            merged |= layer
        return SegmentSettings(**merged)


#: Setting to the whole numbers that it may be.
_RANGES = {
    "k": (1, K_LIMIT),
    "k_max": (1, K_LIMIT),
    "starts": (1, 10_000),
    "exact_silhouette_rows": (0, 50_000),
    "stability_pairs": (0, 100),
    "compared_rows": (10, 20_000),
    "random_state": (0, 2**31 - 1),
}
_OPTIONAL = ("k", "starts", "features")
_CHOICES = {"transform": TRANSFORMS, "scaling": SCALINGS}
_LISTS = {"features": FEATURES, "compared_algorithms": COMPARED}


def segment_settings(
    values: Mapping[str, Any] | None = None,
    *,
    businesses: Collection[str] | None = None,
) -> SegmentPlan:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Settings of :class:`SegmentSettings` as they stand in a yml file, and besides

        ``businesses``
            business to settings of its own, which may have ``stores`` in turn;
        ``stores``
            settings of all stores.
    businesses
        Businesses that may have settings; any when not given.

    Raises
    ------
    InputError
        When a setting, feature or business is unknown or a value out of range; the
        error names it.
    """
    given = checks.mapping(_SETTING, values)
    checked = _checked(given, _SETTING, extra=("businesses", "stores"))
    owned = {}
    stated = checks.mapping(f"{_SETTING}.businesses", given.get("businesses"))
    checks.known_businesses(f"{_SETTING}.businesses", stated, businesses)
    for business_id, own in stated.items():
        owned[business_id] = _checked(
            own, f"{_SETTING}.businesses.{business_id}", extra=("stores",)
        )
    return SegmentPlan({**checked, "businesses": owned})


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(SegmentSettings)}
    return {name: value for name, value in values.items() if name in names}


def _checked(
    values: object, place: str, *, extra: tuple[str, ...] = ()
) -> dict[str, Any]:
    known = [*(one.name for one in fields(SegmentSettings)), *extra]
    checked: dict[str, Any] = {}
    for name, value in checks.known_settings(place, values, known).items():
        setting = f"{place}.{name}"
        if name == "stores":
            checked[name] = _checked(value, setting)
        elif name == "businesses":
            continue
        elif value is None and name in _OPTIONAL:
            checked[name] = None
        elif name in _RANGES:
            checked[name] = checks.whole_number(setting, value, *_RANGES[name])
        elif name in _CHOICES:
            checked[name] = checks.choice(setting, value, _CHOICES[name])
        else:
            # No algorithm to compare with is a choice; no feature is not.
            checked[name] = checks.choices(
                setting,
                value,
                _LISTS[name],
                may_be_empty=name == "compared_algorithms",
            )
    return checked
