"""Populations: their columns, and whether a business can be compared with them.

A population is a survey. Each family has several rows (implicates), which are equally
plausible answers, and each row represents many families. A table that people edit
(``seeds/population_columns.csv``) says which column compares with which of the
customers' columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.prospecting.weighting import FloatArray

#: Columns of a customer that a population's column may be compared with, in order.
CUSTOMER_COLUMNS = (
    "gender",
    "marital_status",
    "age",
    "income_amount",
    "credit_card_debt_amount",
    "net_worth_amount",
)

#: Columns that a staged population may have, and what each is used for by itself.
POPULATION_COLUMNS = (
    "family_id",
    "implicate_id",
    "weight",
    *CUSTOMER_COLUMNS,
    "debt_amount",
    "vehicle_count",
)

#: What a row of the table of columns may be there for.
USAGES = ("weight", "family", "implicate", "feature", "filter", "profile")

_TABLE = "seeds/population_columns.csv"
_TEXTS = ("gender", "marital_status")
_NUMBERS = tuple(c for c in POPULATION_COLUMNS[2:] if c not in _TEXTS)

#: A column of which less than this share is known is not compared.
_MIN_KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class Feature:
    """A column of the population and the customers' column that it compares with."""

    customer_column: str
    population_column: str
    scale: str
    value_labels: Mapping[str, str]


@dataclass(frozen=True)
class ColumnMap:
    """What a population's columns are used for."""

    features: tuple[Feature, ...]
    weight: str
    family: str
    implicate: str
    filter: str | None


def _scale_of(column: str) -> str:
    if column in _TEXTS:
        return "category"
    return "linear" if column == "age" else "asinh"


#: For a population that the table does not have: columns of the same name compare.
SAME_NAMES = ColumnMap(
    features=tuple(Feature(c, c, _scale_of(c), {}) for c in CUSTOMER_COLUMNS),
    weight="weight",
    family="family_id",
    implicate="implicate_id",
    filter="vehicle_count",
)


def column_map(table: pd.DataFrame, *, population_id: str) -> ColumnMap:
    """Read what the table of columns says about one population.

    Parameters
    ----------
    table
        ``population_id``, ``source_column``, ``population_column``, ``usage``,
        ``customer_column``, ``scale``, ``value_labels``; all text.
    population_id
        The population. When the table has no row of it, columns are compared with the
        customers' columns of the same name.

    Raises
    ------
    InputError
        Naming the row and the column of the table that is wrong.
    """
    needed = ("population_id", "population_column", "usage", "customer_column", "scale")
    missing = [c for c in (*needed, "value_labels") if c not in table.columns]
    if missing:
        raise InputError(
            f"{_TABLE} has no column {', '.join(missing)}.",
            remedy="Keep the header as it is shipped; only rows are edited.",
        )
    rows = table.loc[table["population_id"] == population_id]
    if rows.empty:
        return SAME_NAMES
    used: dict[str, list[str]] = {usage: [] for usage in USAGES}
    features: list[Feature] = []
    for row in rows.to_dict("records"):
        column, usage = _text(row["population_column"]), _text(row["usage"])
        _check_choice(population_id, column, "population_column", POPULATION_COLUMNS)
        _check_choice(population_id, usage, "usage", USAGES, of=column)
        used[usage].append(column)
        if usage == "feature":
            features.append(_feature(population_id, column, row))
    _check_usages(population_id, used, features)
    order = {name: place for place, name in enumerate(CUSTOMER_COLUMNS)}
    return ColumnMap(
        features=tuple(sorted(features, key=lambda f: order[f.customer_column])),
        weight=used["weight"][0],
        family=used["family"][0],
        implicate=used["implicate"][0],
        filter=used["filter"][0] if used["filter"] else None,
    )


def _check_usages(
    population_id: str, used: Mapping[str, Sequence[str]], features: Sequence[Feature]
) -> None:
    """Raise InputError unless each usage has as many rows as it may have."""
    for usage in ("weight", "family", "implicate"):
        if len(used[usage]) != 1:
            raise InputError(
                f"{_TABLE} has {len(used[usage])} rows with the usage {usage} for the "
                f"population {population_id}.",
                remedy=f"Give exactly one row with the usage {usage}.",
            )
    if len(used["filter"]) > 1:
        raise InputError(
            f"{_TABLE} has {len(used['filter'])} rows with the usage filter for the "
            f"population {population_id}.",
            remedy="Give at most one: the column that counts vehicles.",
        )
    twice = _first_repeated([feature.customer_column for feature in features])
    if twice:
        raise InputError(
            f"{_TABLE} compares the customers' {twice} with two columns of the "
            f"population {population_id}.",
            remedy="Keep one of the rows; give the other the usage profile.",
        )


def _feature(population_id: str, column: str, row: Mapping[Any, Any]) -> Feature:
    customer_column, scale = _text(row["customer_column"]), _text(row["scale"])
    _check_choice(
        population_id, customer_column, "customer_column", CUSTOMER_COLUMNS, of=column
    )
    is_text = column in _TEXTS
    if is_text != (customer_column in _TEXTS):
        raise InputError(
            f"{_TABLE} compares {column} of the population {population_id} with the "
            f"customers' {customer_column}: a text with a number.",
            remedy="Compare texts with texts and numbers with numbers.",
        )
    scales = ("category",) if is_text else ("linear", "asinh")
    _check_choice(population_id, scale, "scale", scales, of=column)
    labels: dict[str, str] = {}
    for pair in _text(row["value_labels"]).split():
        value, separator, label = pair.partition("=")
        if not (value and separator and label):
            raise InputError(
                f"{_TABLE}: value_labels of {column} ({population_id}) holds {pair!r}.",
                remedy="Write pairs of value and label with blanks between them, such "
                "as 1=male 2=female.",
            )
        labels[value] = label
    return Feature(customer_column, column, scale, labels)


def _check_choice(
    population_id: str, value: str, name: str, known: Sequence[str], *, of: str = ""
) -> None:
    if value not in known:
        where = f" of {of}" if of else ""
        raise InputError(
            f"{_TABLE}: {name}{where} ({population_id}) is {value!r}.",
            remedy=f"Write one of: {', '.join(known)}.",
        )


def _first_repeated(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True)
class Population:
    """A population in a fixed order, by family and implicate.

    Attributes
    ----------
    frame
        The staged columns, text columns decoded by the table's value labels.
    weights
        Shape (rows,): how many families a row represents.
    family_ids
        Shape (families,).
    family_of
        Shape (rows,): the family of each row, as a place in ``family_ids``.
    implicate_of
        Shape (rows,): 0 for a family's first row, 1 for its second ...
    """

    frame: pd.DataFrame
    weights: FloatArray
    family_ids: NDArray[np.object_]
    family_of: NDArray[np.int64]
    implicate_of: NDArray[np.int64]


def read_population(
    frame: pd.DataFrame, *, columns: ColumnMap, population_id: str
) -> Population:
    """Check a population's rows and put them in order.

    Raises
    ------
    InputError
        When a mapped column is missing, a weight is missing or not above zero, or two
        rows of a family share one implicate id.
    """
    wanted = [columns.weight, columns.family, columns.implicate]
    wanted += [feature.population_column for feature in columns.features]
    wanted += [columns.filter] if columns.filter else []
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise InputError(
            f"the population {population_id} has no column {', '.join(missing)}.",
            remedy=f"Map it, or take its row out of {_TABLE}.",
        )
    weights = pd.to_numeric(frame[columns.weight], errors="coerce").to_numpy(float)
    faulty = int((~(np.isfinite(weights) & (weights > 0))).sum())
    if faulty:
        raise InputError(
            f"the population {population_id} has {faulty} rows whose weight "
            f"({columns.weight}) is missing, zero or negative.",
            remedy="Leave such rows out, or correct the column: a weight is the number "
            "of families that a row represents.",
        )
    keys = frame[[columns.family, columns.implicate]].astype("string")
    if keys.duplicated().any():
        first = keys.loc[keys.duplicated()].iloc[0]
        raise InputError(
            f"the population {population_id} has the implicate "
            f"{first[columns.implicate]} of the family {first[columns.family]} twice.",
            remedy="Leave one of the rows out, or map the column that differs.",
        )
    family_of, family_ids = pd.factorize(keys[columns.family], sort=True)
    order = np.lexsort((pd.factorize(keys[columns.implicate], sort=True)[0], family_of))
    family_of = family_of[order].astype(np.int64)
    starts = np.flatnonzero(np.r_[True, family_of[1:] != family_of[:-1]])
    implicate_of = np.arange(len(family_of)) - np.repeat(
        starts, np.diff(np.r_[starts, len(family_of)])
    )
    ordered = frame.iloc[order].reset_index(drop=True)
    for feature in columns.features:
        column = feature.population_column
        if feature.scale == "category":
            texts = ordered[column].astype("object")
            ordered[column] = texts.map(lambda v, d=feature.value_labels: d.get(v, v))
    for column in _NUMBERS:
        if column in ordered.columns:
            ordered[column] = pd.to_numeric(ordered[column], errors="coerce")
    return Population(
        frame=ordered,
        weights=weights[order],
        family_ids=np.asarray(family_ids, dtype=object),
        family_of=family_of,
        implicate_of=implicate_of.astype(np.int64),
    )


@dataclass(frozen=True)
class Comparison:
    """A business's customers and a population, on the columns that both have.

    Attributes
    ----------
    features
        What is compared.
    customers
        The customers who state every feature, under the customers' column names, in an
        order that does not depend on their ids.
    population
        The population's rows, under the customers' column names, same order and length
        as ``Population.frame``.
    is_known
        Shape (rows,): whether the row states every feature.
    left_out
        Columns that are not compared, with the reason, as a text.
    """

    features: tuple[Feature, ...]
    customers: pd.DataFrame
    population: pd.DataFrame
    is_known: NDArray[np.bool_]
    left_out: str


def why_not_comparable(
    *,
    business: Mapping[str, Any],
    population: Mapping[str, Any],
    population_id: str,
) -> str | None:
    """Why a business and a population cannot be compared; None when they can.

    Parameters
    ----------
    business, population
        ``currency`` and ``country_code`` of each. One that is not stated counts as
        different, because amounts must have the same meaning on both sides.
    """
    for key, what in (("currency", "currency"), ("country_code", "country")):
        ours, theirs = business.get(key), population.get(key)
        ours = None if pd.isna(ours) else ours
        if ours != theirs or ours is None:
            return (
                f"the {what} of the business is {ours or 'not stated'}, that of the "
                f"population {population_id} is {theirs or 'not stated'}"
            )
    return None


def compare(
    population: Population,
    customers: pd.DataFrame,
    *,
    columns: ColumnMap,
    min_customers: int,
) -> Comparison | str:
    """Compare customers with a population.

    A column is left out when less than half of the customers or of the population
    state it, or when it has one value only; a customer or a row of the population that
    lacks one of the others is left out.

    Returns
    -------
    Comparison or str
        Or else the reason why there is nothing to compare.
    """
    theirs = pd.DataFrame(
        {f.customer_column: population.frame[f.population_column]
         for f in columns.features}
    )  # fmt: skip
    ours = pd.DataFrame(
        {
            f.customer_column: customers[f.customer_column].astype("object")
            if f.scale == "category"
            else pd.to_numeric(customers[f.customer_column], errors="coerce")
            for f in columns.features
        }
    )
    left_out: dict[str, list[str]] = {}
    features: list[Feature] = []
    for feature in columns.features:
        name = feature.customer_column
        is_category = feature.scale == "category"
        reason = _why_left_out(
            ours[name], theirs[name], population.weights, is_category=is_category
        )
        if is_category:
            # A value that the population does not have cannot be compared with it.
            ours[name] = ours[name].where(ours[name].isin(theirs[name].unique()))
        if reason is None:
            features.append(feature)
        else:
            left_out.setdefault(reason, []).append(feature.customer_column)
    names = [feature.customer_column for feature in features]
    texts = [name for name in names if name in _TEXTS]
    if len(names) < 2 or len(texts) == len(names):
        return (
            "too few columns to compare (two are needed, one of them a number): "
            f"{_said(left_out) or 'no more are mapped'}"
        )
    stated = ours[names].dropna()
    if len(stated) < min_customers:
        return (
            f"{len(stated)} of {len(ours)} customers state {', '.join(names)}; at "
            f"least {min_customers} are needed"
        )
    return Comparison(
        features=tuple(features),
        # Ids are hashes with a secret of this warehouse: an order by values is the
        # same in every warehouse.
        customers=stated.sort_values(names).reset_index(drop=True),
        population=theirs[names],
        is_known=theirs[names].notna().all(axis=1).to_numpy(),
        left_out=_said(left_out),
    )


def _said(left_out: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{', '.join(c)}: {reason}" for reason, c in left_out.items())


def _why_left_out(
    ours: pd.Series,
    theirs: pd.Series,
    weights: FloatArray,
    *,
    is_category: bool,
) -> str | None:
    stated = float(ours.notna().mean()) if len(ours) else 0.0
    known = float(weights[theirs.notna().to_numpy()].sum() / weights.sum())
    values = ", ".join(sorted(str(value) for value in theirs.dropna().unique()[:20]))
    rules = (
        (stated == 0, "stated by no customer"),
        (stated < _MIN_KNOWN_SHARE, f"stated by {stated:.0%} of the customers"),
        (known < _MIN_KNOWN_SHARE, f"stated by {known:.0%} of the population"),
        (theirs.nunique() < 2, "one value in the whole population"),
        # One gender may be true of all customers; one income is a default that
        # somebody typed.
        (not is_category and ours.nunique() < 2, "one value among all customers"),
        (
            is_category and not ours.isin(theirs.unique()).any(),
            f"no value in common with the population, which has {values}",
        ),
    )
    return next((reason for applies, reason in rules if applies), None)
