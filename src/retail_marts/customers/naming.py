"""Names of segments, by what a segment is beside the others of its business.

A segment stands, in each measure, between -1 (the lowest segment) and 1 (the highest),
with 0 for the mean of all; a name of the seed table says where such a segment stands:
``low`` is -1, ``below`` -.5, ``mid`` 0, ``above`` .5, ``high`` 1, and empty says
nothing. Names go to segments so that the squared differences add up to the least (Kuhn
1955, by scipy), each name once.
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

#: Who a row of the seed names: by orders, by attributes alone, stores.
VOCABULARIES = ("orders", "attributes", "stores")
LEVELS = {"low": -1.0, "below": -0.5, "mid": 0.0, "above": 0.5, "high": 1.0}
#: Measure of the seed to the features that it can stand for, the first that is known.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "recency": ("recency_days",),
    "frequency": ("order_count",),
    "monetary": ("monetary_amount", "spend_amount"),
    "age": ("age",),
    "income": ("income_amount",),
    "net_worth": ("net_worth_amount",),
    "credit_card_debt": ("credit_card_debt_amount",),
}
#: What a measure costs of which a name says nothing: less than a clear miss, more than
#: a fair hit, so that the name that says more is taken where it is true.
_SILENT = 0.4
#: How much better a general name must fit than one of the business's own.
_GENERAL = 1.0
#: A difference from the mean is small below this share of the mean, and of the standard
#: deviation; of days, below a week.
_SMALL_SHARE, _SMALL_SPREAD, _SMALL_DAYS = 0.2, 0.1, 7.0


def check_names(names: pd.DataFrame) -> pd.DataFrame:
    """Check the seed table of names.

    Raises
    ------
    InputError
        When a column is missing, a cell holds an unknown word or nothing where it must
        hold something, two rows have the same name or mean the same, or a vocabulary
        has no general names; the error names the file and the row.
    """
    missing = [column for column in SEGMENT_NAMES if column not in names.columns]
    if missing:
        raise _fault(
            f"lacks the column {', '.join(missing)}", "Put the column back, even empty."
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
                "Change one of the rows, or take it out.",
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
    """Give every segment of a business a name of its own.

    Parameters
    ----------
    means
        One row a segment in the order of the segments, one column a feature: its mean;
        null where the business does not know the feature.
    overall, spread
        Feature to the mean and the standard deviation of all customers.
    names
        The seed table, as :func:`check_names` gives it.
    vocabulary
        Which rows of it may be used.
    business_id
        The business; its own rows are preferred to those without a business.

    Returns
    -------
    pandas.DataFrame
        ``segment_name``, ``description`` and ``strategy``, one row a segment. Where
        there are more segments than names, the names that fit next best are used again,
        with a number behind them.
    """
    usable = names.loc[
        (names["vocabulary"] == vocabulary)
        & (names["business_id"].isna() | (names["business_id"] == business_id))
    ]
    # The order of the seed's rows decides nothing.
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
            # Few days since the last sale are a high recency.
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
    """Where each segment stands in a measure, -1 to 1; none where it is unknown."""
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
    """The name of each segment, and how often it was given up to there."""
    rounds = -(-cost.shape[0] // cost.shape[1])
    # A name a second time costs more than any name the first time.
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
