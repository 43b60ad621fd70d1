"""Which series are parts of which: products of categories, stores of the total."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from retail_marts.errors import InputError

#: Columns that a hierarchy must have.
HIERARCHY_COLUMNS = ("business_id", "product_id", "category", "sub_category")

#: A level and the id of a series on it.
Node = tuple[str, str]

#: Between the store and the product of a series of the level ``store_product``. Each |
#: of an id is doubled, so this occurs once.
BETWEEN = " | "


def product_of(series_id: str) -> str:
    """The product of a series of the level ``store_product``."""
    return series_id.partition(BETWEEN)[2].replace("||", "|")


def store_of(series_id: str) -> str:
    """The store of a series of the level ``store_product``."""
    return series_id.partition(BETWEEN)[0].replace("||", "|")


def check_hierarchy(hierarchy: pd.DataFrame | None) -> None:
    """Check the frame that says how products add up.

    Raises
    ------
    InputError
        When a column is missing or a product occurs twice.
    """
    if hierarchy is None:
        return
    missing = [name for name in HIERARCHY_COLUMNS if name not in hierarchy.columns]
    if missing:
        raise InputError(
            f"forecasting: the hierarchy has no column {', '.join(missing)}.",
            remedy=f"Give it the columns {', '.join(HIERARCHY_COLUMNS)}.",
        )
    twice = hierarchy.duplicated(["business_id", "product_id"])
    if twice.any():
        raise InputError(
            "forecasting: the hierarchy holds the product "
            f"{hierarchy.loc[twice, 'product_id'].iloc[0]!r} more than once.",
            remedy="Give one row per business and product.",
        )


@dataclass(frozen=True)
class Kinship:
    """The categories of a business's products.

    Attributes
    ----------
    groups
        Level (``category``, ``sub_category``) to the group of each product that has
        one.
    above
        The category of each sub-category; none if a name is used in several.
    gaps
        Levels on which some product has no group: they lack a part of the total.
    """

    groups: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"category": {}, "sub_category": {}}
    )
    above: dict[str, str] | None = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()

    @classmethod
    def of(cls, hierarchy: pd.DataFrame | None, business_id: str) -> Kinship:
        """The kinship of one business; without a hierarchy, of its total alone."""
        if hierarchy is None:
            return cls()
        mine = hierarchy.loc[hierarchy["business_id"] == business_id]
        products = mine["product_id"].astype(str)
        groups, gaps = {}, set()
        for level in ("category", "sub_category"):
            known = mine[level].notna()
            groups[level] = dict(
                zip(products[known], mine.loc[known, level].astype(str), strict=True)
            )
            if not known.all():
                gaps.add(level)
        pairs = mine.loc[:, ["sub_category", "category"]].dropna().drop_duplicates()
        above = dict(
            zip(
                pairs["sub_category"].astype(str),
                pairs["category"].astype(str),
                strict=True,
            )
        )
        return cls(groups, above if len(above) == len(pairs) else None, frozenset(gaps))

    def chain(self, levels: Collection[str]) -> list[str]:
        """Levels from the total down to the products that are parts of each other.

        Sub-categories whose names occur in several categories are parts of the total
        alone.
        """
        nested = self.above is not None or "category" not in levels
        return [
            level
            for level in ("category", "sub_category")
            if level in levels and (level == "category" or nested)
        ]

    def shared_from(
        self, node: Node, known: Collection[Node], top: Node | None
    ) -> Node | None:
        """The series whose forecast a series gets a share of: its category's.

        Else that of its sub-category, else the total (``top``); of a product in a
        store, that of the product. None where none of these is known.
        """
        level, name = node
        candidates: list[Node] = []
        if level == "store_product":
            name = product_of(name)
            candidates.append(("product", name))
        for upper in ("category", "sub_category"):
            if name in self.groups[upper]:
                candidates.append((upper, self.groups[upper][name]))
        return next((one for one in candidates if one in known), top)
