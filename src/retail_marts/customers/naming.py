"""Names of segments, chosen by comparing the segments of a business.

In each measure a segment gets a position from -1 (the lowest segment) to 1 (the
highest); 0 is the mean of all customers. Each name of the seed table states a position
per measure: ``low`` is -1, ``below`` -.5, ``mid`` 0, ``above`` .5, ``high`` 1; an empty
cell states nothing. Each name is used once, and names are assigned so that the sum of
the squared differences is as small as possible (Kuhn 1955, by scipy).
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


def _shown(row: pd.Series) -> str:
    return repr(", ".join(str(cell) for cell in row if pd.notna(cell)))


def name_segments(
    means: pd.DataFrame,
    *,
    overall: Mapping[str, float],
    spread: Mapping[str, float],
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
        there are more segments than names, names are used again with a number appended,
        best matches first.
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
    chosen, number = _assigned(cost)
    found = usable.loc[chosen, ["segment_name", "description", "strategy"]]
    found = found.reset_index(drop=True)
    found["segment_name"] = [
        name if again == 1 else f"{name} {again}"
        for name, again in zip(found["segment_name"], number, strict=True)
    ]
    return found


def _places(
    means: pd.DataFrame,
    features: tuple[str, ...],
    overall: Mapping[str, float],
    spread: Mapping[str, float],
) -> FloatArray | None:
    """Position of each segment in a measure, -1 to 1; None if it is unknown."""
    for feature in features:
        if feature in means.columns and means[feature].notna().all():
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
            place: FloatArray = np.where(
                off > 0, off / (above or 1.0), off / (below or 1.0)
            )
            return place
    return None


def _assigned(cost: FloatArray) -> tuple[NDArray[np.int64], list[int]]:
    """Index of each segment's name, and how often that name is used up to there."""
    rounds = -(-cost.shape[0] // cost.shape[1])
    # Using a name again costs more than using any name for the first time.
    step = cost.max(initial=0.0) * cost.shape[0] + 1.0
    wide = np.hstack([cost + again * step for again in range(rounds)])
    _, column = linear_sum_assignment(wide)
    chosen = (column % cost.shape[1]).astype("int64")
    seen: dict[int, int] = {}
    number = []
    for one in chosen.tolist():
        seen[one] = seen.get(one, 0) + 1
        number.append(seen[one])
    return chosen, number
