"""Names of segments, chosen by comparing the segments of a business.

In each measure a segment gets a position from -1 (the lowest segment) to 1 (the
highest); 0 is the mean of all customers. Each name of the seed table states a position
per measure: ``low`` is -1, ``below`` -.5, ``mid`` 0, ``above`` .5, ``high`` 1; an empty
cell states nothing. Each name is used once, and names are assigned so that the sum of
the squared differences is as small as possible (Kuhn 1955, by scipy).

Positions are relative, so the highest segment may hardly differ from the others. A name
is therefore used only if its segment is what the name says:

- ``high`` recency, frequency or monetary: the mean differs by a quarter of the standard
  deviation
- ``high`` or ``above`` frequency: two orders or more on average, and more than all
  customers
- ``low`` recency: the mean segment member is dormant, by :func:`dormant_after_days`
- ``share_from`` and ``share_to``: the segment's share of all customers is between them
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from retail_marts.customers.clustering import FloatArray
from retail_marts.customers.schemas import SEGMENT_NAMES
from retail_marts.errors import InputError
from retail_marts.frames import conform

SEED_FILE = "seeds/segment_names.csv"

#: What the rows of the seed name: customers with orders, customers with attributes
#: only, stores.
VOCABULARIES = ("orders", "attributes", "stores")
LEVELS = {"low": -1.0, "below": -0.5, "mid": 0.0, "above": 0.5, "high": 1.0}
#: Measure of the seed to its features; the first feature with values is used.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "recency": ("recency_days",),
    "frequency": ("order_count",),
    "monetary": ("monetary_amount", "spend_amount"),
    "age": ("age",),
    "income": ("income_amount",),
    "net_worth": ("net_worth_amount",),
    "credit_card_debt": ("credit_card_debt_amount",),
}
#: Columns that a seed may lack: the smallest and largest share of a segment.
_SHARES = ("share_from", "share_to")
#: A high recency, frequency or monetary differs from the mean by this share of the
#: standard deviation.
_HIGH_SPREAD = 0.25
#: Who orders less often on average does not order often, even if others order less.
_FREQUENT_ORDERS = 2.0
#: A customer is dormant after this many usual times between orders, and always after
#: this many days.
_DORMANT_RHYTHMS, _DORMANT_DAYS = 2.0, 90.0
#: Cost of a measure for which a name states nothing. It is between that of a good match
#: and that of a clear mismatch, so that a matching name that states more is preferred.
_SILENT = 0.4
#: Extra cost of general names if the business has its own names.
_GENERAL = 1.0
#: A segment reaches the position -1 or 1 only if it differs from the mean by at least
#: this share of the mean, this share of the standard deviation and, in recency, a week.
_SMALL_SHARE, _SMALL_SPREAD, _SMALL_DAYS = 0.2, 0.1, 7.0


def check_names(names: pd.DataFrame) -> pd.DataFrame:
    """Check the seed table of names.

    Raises
    ------
    InputError
        When a column is missing, a cell has an unknown word, a required cell is empty,
        two rows have the same name or the same levels, or a vocabulary has no general
        names. The error names the file and the row.
    """
    names = names.assign(
        **{column: None for column in _SHARES if column not in names.columns}
    )
    missing = [column for column in SEGMENT_NAMES if column not in names.columns]
    if missing:
        raise _fault(
            f"lacks the column {', '.join(missing)}",
            "Add the column; its cells may be empty.",
        )
    table = conform(names, SEGMENT_NAMES).apply(lambda column: column.str.strip())
    table = conform(table.mask(table == ""), SEGMENT_NAMES)
    for _, row in table.iterrows():
        _check_row(row)
    for keys, fault in (
        (["segment_name"], "the same name"),
        (list(MEASURES), "the same levels"),
    ):
        columns = ["vocabulary", "business_id", *keys]
        repeated = table.loc[table.fillna("").duplicated(columns, keep=False)]
        if len(repeated):
            first = repeated.iloc[0]
            same = repeated.loc[
                (repeated[columns].fillna("") == first[columns].fillna("")).all(axis=1)
            ]
            rows = " and ".join(map(repr, same["segment_name"]))
            raise _fault(
                f"has {fault} in the rows {rows} of the vocabulary "
                f"{first['vocabulary']!r}",
                "Change or delete one of the rows.",
            )
    general = table.loc[table["business_id"].isna(), "vocabulary"]
    for vocabulary in VOCABULARIES:
        if vocabulary not in set(general):
            raise _fault(
                f"has no row of the vocabulary {vocabulary!r} without a business_id",
                "Add at least one, so that every segment of every business has a name.",
            )
    return pd.DataFrame(table)


def _fault(problem: str, remedy: str) -> InputError:
    return InputError(f"segments: {SEED_FILE} {problem}.", remedy=remedy)


def _check_row(row: pd.Series) -> None:
    name = row["segment_name"]
    for column in ("vocabulary", "segment_name", "strategy"):
        if pd.isna(row[column]):
            raise _fault(
                f"has no {column} in the row {_shown(row)}", f"Fill in its {column}."
            )
    if row["vocabulary"] not in VOCABULARIES:
        raise _fault(
            f"has the unknown vocabulary {row['vocabulary']!r} in the row {name!r}",
            f"Use one of: {', '.join(VOCABULARIES)}.",
        )
    for measure in MEASURES:
        if pd.notna(row[measure]) and row[measure] not in LEVELS:
            raise _fault(
                f"has the unknown level {row[measure]!r} of {measure} in the row "
                f"{name!r}",
                f"Use one of: {', '.join(LEVELS)}; or leave the cell empty.",
            )
    for column in _SHARES:
        share = pd.to_numeric(row[column], errors="coerce")
        if pd.notna(row[column]) and not 0 <= share <= 1:
            raise _fault(
                f"has the {column} {row[column]!r} in the row {name!r}",
                "Use a share from 0 to 1, such as 0.35; or leave the cell empty.",
            )


def _shown(row: pd.Series) -> str:
    return repr(", ".join(str(cell) for cell in row if pd.notna(cell)))


def name_segments(
    means: pd.DataFrame,
    *,
    overall: Mapping[str, float],
    spread: Mapping[str, float],
    shares: FloatArray,
    dormant_after: float,
    names: pd.DataFrame,
    vocabulary: str,
    business_id: str,
) -> pd.DataFrame:
    """Give every segment of a business a unique name.

    Parameters
    ----------
    means
        Mean of each feature: one row per segment in the order of the segments, one
        column per feature; null if the business does not record the feature.
    overall, spread
        Mean and standard deviation of each feature over all customers.
    shares
        Share of each segment in all customers.
    dormant_after
        Days since the last order, from :func:`dormant_after_days`.
    names
        The seed table, as :func:`check_names` gives it.
    vocabulary
        Rows of the seed table to use.
    business_id
        The business; its own rows are preferred to rows without a business.

    Returns
    -------
    pandas.DataFrame
        ``segment_name``, ``description`` and ``strategy``, one row per segment. If
        there are more segments than true names, names are used again with a number
        appended, best matches first. A name that is not true of its segment is used
        only if no name is.
    """
    usable = names.loc[
        (names["vocabulary"] == vocabulary)
        & (names["business_id"].isna() | (names["business_id"] == business_id))
    ]
    # The result must not depend on the order of the rows in the seed.
    usable = usable.sort_values(["business_id", "segment_name"], ignore_index=True)
    is_own = usable["business_id"].notna().to_numpy()
    own_names = set(usable.loc[is_own, "segment_name"])
    is_twin = ~is_own & usable["segment_name"].isin(own_names).to_numpy()
    usable, is_own = usable.loc[~is_twin].reset_index(drop=True), is_own[~is_twin]
    cost = np.zeros((len(means), len(usable)))
    for measure, features in MEASURES.items():
        place = _places(means, features, overall, spread)
        if place is None:
            continue
        if measure == "recency":
            # Few days since the last sale mean a high recency.
            place = -place
        level = usable[measure].map(LEVELS).to_numpy(dtype="float64")
        misses = (place[:, None] - level) ** 2
        cost += np.where(np.isnan(misses), _SILENT, misses)
    cost += np.where(is_own, 0.0, _GENERAL if is_own.any() else 0.0)
    is_untrue = _untrue(
        means,
        usable,
        overall=overall,
        spread=spread,
        shares=shares,
        dormant_after=dormant_after,
    )
    chosen, number = _assigned(cost, is_untrue)
    found = usable.loc[chosen, ["segment_name", "description", "strategy"]]
    found = found.reset_index(drop=True)
    found["segment_name"] = [
        name if again == 1 else f"{name} {again}"
        for name, again in zip(found["segment_name"], number, strict=True)
    ]
    return found


def dormant_after_days(*, history_days: float, mean_order_count: float) -> float:
    """Days without an order after which a customer of a business is dormant.

    Twice the usual time between orders (the days of the business's history divided by
    its mean number of orders per customer), but at most 90; 90 if these are unknown.
    """
    rhythms = _DORMANT_RHYTHMS * history_days / mean_order_count
    return min(_DORMANT_DAYS, rhythms) if rhythms >= 0 else _DORMANT_DAYS


def _untrue(
    means: pd.DataFrame,
    names: pd.DataFrame,
    *,
    overall: Mapping[str, float],
    spread: Mapping[str, float],
    shares: FloatArray,
    dormant_after: float,
) -> NDArray[np.bool_]:
    """Whether a name is not true of a segment, shape (segments, names)."""

    def differs(feature: str, sign: float) -> NDArray[np.bool_]:
        off: FloatArray = sign * (
            means[feature].to_numpy(dtype="float64") - overall[feature]
        )
        return (off > 0) & (off >= _HIGH_SPREAD * spread[feature])

    low, high = (names[column].astype("float64").to_numpy() for column in _SHARES)
    is_untrue = (shares[:, None] < low) | (shares[:, None] > high)
    recency = _known_feature(means, MEASURES["recency"])
    orders = _known_feature(means, MEASURES["frequency"])
    money = _known_feature(means, MEASURES["monetary"])
    holds = {}
    if recency is not None:
        holds["recency", "high"] = differs(recency, -1.0)
        holds["recency", "low"] = means[recency].to_numpy() >= dormant_after
    if orders is not None:
        ordered = means[orders].to_numpy(dtype="float64")
        is_often = (ordered >= _FREQUENT_ORDERS) & (ordered > overall[orders])
        holds["frequency", "above"] = is_often
        holds["frequency", "high"] = is_often & differs(orders, 1.0)
    if money is not None:
        holds["monetary", "high"] = differs(money, 1.0)
    for (measure, level), is_so in holds.items():
        says_so = (names[measure] == level).fillna(False).to_numpy(dtype=bool)
        is_untrue |= ~is_so[:, None] & says_so
    return is_untrue


def _known_feature(means: pd.DataFrame, features: tuple[str, ...]) -> str | None:
    """The first feature that is known of all segments; None if none is."""
    known = (
        name for name in features if name in means.columns and means[name].notna().all()
    )
    return next(known, None)


def _places(
    means: pd.DataFrame,
    features: tuple[str, ...],
    overall: Mapping[str, float],
    spread: Mapping[str, float],
) -> FloatArray | None:
    """Position of each segment in a measure, -1 to 1; None if it is unknown."""
    feature = _known_feature(means, features)
    if feature is None:
        return None
    off = means[feature].to_numpy(dtype="float64") - overall[feature]
    small = max(
        _SMALL_SHARE * abs(overall[feature]),
        _SMALL_SPREAD * spread[feature],
        _SMALL_DAYS if feature == "recency_days" else 0.0,
    )
    above = max(off.max(initial=0.0), small)
    below = max(-off.min(initial=0.0), small)
    if above + below == 0:
        return np.zeros(len(off))
    place: FloatArray = np.where(off > 0, off / (above or 1.0), off / (below or 1.0))
    return place


def _assigned(
    cost: FloatArray, is_untrue: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[int]]:
    """Index of each segment's name, and how often that name is used up to there."""
    rounds = len(cost)
    # Using a name again costs more than using any name for the first time, and an
    # untrue name costs more than using names again.
    step = cost.max(initial=0.0) * rounds + 1.0
    cost = cost + is_untrue * step * rounds**2
    wide = np.hstack([cost + again * step for again in range(rounds)])
    _, column = linear_sum_assignment(wide)
    chosen = (column % cost.shape[1]).astype("int64")
    seen: dict[int, int] = {}
    number = []
    for one in chosen.tolist():
        seen[one] = seen.get(one, 0) + 1
        number.append(seen[one])
    return chosen, number
