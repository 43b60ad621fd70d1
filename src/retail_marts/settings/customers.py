"""Settings of the segments and of lifetime values."""

from __future__ import annotations

from typing import Annotated, Any

from retail_marts.settings.kinds import (
    ByName,
    Number,
    OneOf,
    Section,
    SomeOf,
    Texts,
    Whole,
    setting,
)

#: Highest number of segments that a setting may ask for.
K_LIMIT = 50

#: Up to this many rows, the silhouette uses all pairs.
EXACT_SILHOUETTE_ROWS = 20_000

#: Features that segments can use.
FEATURES = (
    *("recency_days", "order_count", "line_count", "quantity", "monetary_amount"),
    *("profit_amount", "shipping_cost_amount", "age", "income_amount"),
    *("credit_card_debt_amount", "net_worth_amount", "spend_amount"),
)

#: Default features of segments: of businesses with orders, and of those without.
ORDER_FEATURES = ("recency_days", "order_count", "monetary_amount", "quantity")
ATTRIBUTE_FEATURES = (
    *("age", "income_amount", "credit_card_debt_amount", "net_worth_amount"),
    "spend_amount",
)

TRANSFORMS = ("log", "none")
SCALINGS = ("standard", "min_max", "none")
#: Algorithms that K-Means is compared with.
COMPARED = ("agglomerative", "density")


class SegmentSettings(Section):
    """How to segment the customers or the stores of a business."""

    features: Annotated[tuple[str, ...], SomeOf(FEATURES)] | None = setting(
        None,
        f"some of {', '.join(f'`{name}`' for name in FEATURES)}",
        shown_default="as above",
    )
    transform: Annotated[str, OneOf(TRANSFORMS)] = setting(
        "log",
        "`log`: sign x log(1 + size), with amounts in hundredths of their median "
        "size; or `none`",
    )
    scaling: Annotated[str, OneOf(SCALINGS)] = setting(
        "standard",
        "`standard`: mean 0 and variance 1; `min_max`: from 0 to 1; or `none`",
    )
    k: Annotated[int, Whole(1, K_LIMIT)] | None = setting(
        None,
        "fixes the number of segments",
        shown_default="distinct groups, else the elbow",
    )
    k_max: Annotated[int, Whole(1, K_LIMIT)] = setting(
        12,
        "largest number of segments that may be chosen (up to 50); 12 are tried "
        "anyway, because the elbow depends on them",
    )
    exact_silhouette_rows: Annotated[int, Whole(0, 50_000)] = setting(
        EXACT_SILHOUETTE_ROWS, "up to this many rows, the silhouette uses all pairs"
    )
    stability_pairs: Annotated[int, Whole(0, 100)] = setting(
        10, "pairs of bootstrap samples for the stability; 0 skips it"
    )
    # The list of compared algorithms may be empty; the list of features may not.
    compared_algorithms: Annotated[
        tuple[str, ...], SomeOf(COMPARED, may_be_empty=True)
    ] = setting(
        COMPARED,
        "algorithms that K-Means is compared with: `agglomerative`, `density`",
        shown_default="both",
    )
    compared_rows: Annotated[int, Whole(10, 20_000)] = setting(
        2_500,
        "maximum number of rows that these use; if there are more, they use a sample",
    )
    starts: Annotated[int, Whole(1, 10_000)] | None = setting(
        None, "number of starts of K-Means", shown_default="by the number of rows"
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(0, "random seed")


class BusinessSegments(SegmentSettings):
    """Settings of the segments of one business: its customers and its stores."""

    attributes: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "free attributes of customers that are features too, see "
        "docs/bring-your-own-data.md: numbers and bands",
        shown_default="none",
    )
    stores: SegmentSettings = setting(
        SegmentSettings,
        "settings of the store segments; the `k` and `features` of customers do not "
        "apply to stores",
        shown_default="none",
    )


class SegmentPlan(BusinessSegments):
    """The settings of every business, for its customers and for its stores."""

    businesses: ByName[BusinessSegments] = setting(
        dict,
        "settings of one business, which may include its own `stores`",
        shown_default="none",
    )

    @property
    def attribute_names(self) -> set[str]:
        """The attributes that are features in any business."""
        own = (name for one in self.businesses.values() for name in one.attributes)
        return {*self.attributes, *own}

    def attributes_of(self, business_id: str, subject: str) -> tuple[str, ...]:
        """The attributes that are features; none of stores."""
        own = self.businesses.get(business_id, BusinessSegments())
        named = own if "attributes" in own.model_fields_set else self
        return tuple(dict.fromkeys(named.attributes)) if subject == "customer" else ()

    def of(self, business_id: str, subject: str) -> SegmentSettings:
        """The settings that apply to the customers or stores of a business.

        The settings of a business override the general ones. Stores use the settings
        under ``stores``, of the business or general, not the ``k`` and ``features`` of
        customers.
        """
        own = self.businesses.get(business_id, BusinessSegments())
        if subject == "customer":
            return SegmentSettings(**{**_stated(self), **_stated(own)})
        general = _stated(self)
        for name in ("k", "features"):
            general.pop(name, None)
        return SegmentSettings(
            **{**general, **_stated(self.stores), **_stated(own.stores)}
        )


def _stated(settings: SegmentSettings) -> dict[str, Any]:
    return {
        name: getattr(settings, name)
        for name in SegmentSettings.model_fields
        if name in settings.model_fields_set
    }


class LifetimeValueSettings(Section):
    """How to estimate lifetime values."""

    min_repeat_customers: Annotated[int, Whole(2, 1_000_000)] = setting(
        30,
        "minimum number of customers with a second purchase day that a business "
        "needs for a fit",
    )
    holdout_days: Annotated[int, Whole(1, 3660)] | None = setting(
        None,
        "days at the end of the history that are held out for the check",
        shown_default="a quarter of the history, at most 365",
    )


class ContactSettings(Section):
    """How to choose the customers to contact."""

    limit: Annotated[int, Whole(1, 1_000_000_000)] = setting(
        100, "maximum number of customers on the list of each business"
    )
    false_discovery_rate: Annotated[float, Number(0, 0.1, above=True)] = setting(
        0.05,
        "accepted share of false alarms among customers to win back, and among pairs "
        "of products behind an offer (up to .1)",
    )
