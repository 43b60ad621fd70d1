"""One fitted spend model: predictions of spend with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline

from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform
from retail_marts.prospecting.spend_candidates import (
    Hyperparameters,
    build_estimator,
    build_pipeline,
)
from retail_marts.settings.prospecting import (
    BASELINE,
    MODEL_NAMES,
    NUMBER_FEATURES,
    SpendSettings,
)

FloatArray = NDArray[np.float64]

#: Result of :meth:`SpendModel.predict`.
PREDICTED: Schema = {
    "predicted_amount": "float64",
    "lower_80": "float64",
    "upper_80": "float64",
    "lower_95": "float64",
    "upper_95": "float64",
    "is_outside_range": "bool",
}

#: Level of a blank when a business has blanks.
UNKNOWN = "unknown"

#: Cells of the matrix of bounds that is held at a time.
_CELLS = 4_000_000


@dataclass(frozen=True)
class FeatureShape:
    """What a business's customers are like: the features and the values they take.

    Attributes
    ----------
    numbers
        Number feature to its least and greatest value.
    levels
        Text feature to its levels, in order; ``unknown`` is one where there are blanks.
    """

    numbers: Mapping[str, tuple[float, float]]
    levels: Mapping[str, list[str]]

    @property
    def names(self) -> list[str]:
        return [*self.levels, *self.numbers]


@dataclass(frozen=True)
class SpendModel:
    """A fitted model with what its intervals need.

    Attributes
    ----------
    model_name, hyperparameters
        What was fitted; hyperparameters are none for a library's defaults.
    shape
        The features that :meth:`predict` reads, and their range among the customers.
    customer_count
        Customers fitted.
    """

    model_name: str
    hyperparameters: Hyperparameters | None
    shape: FeatureShape
    customer_count: int
    pipeline: Pipeline
    fold_pipelines: tuple[Pipeline, ...]
    fold_residuals: tuple[FloatArray, ...]
    floor: float | None

    def predict(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Predict what customers, or families like them, spend.

        Parameters
        ----------
        customers
            A frame with the columns ``shape.names``. A blank counts as the median
            (texts: the most frequent level) of the customers fitted, and so does a
            level that none of them has.

        Returns
        -------
        pandas.DataFrame
            :data:`PREDICTED`, with the index of ``customers``. ``is_outside_range``
            says that a number lies beyond those of the customers fitted, or that none
            of them has the level: there it extrapolates. Bounds are null where too
            few customers were fitted for them (below 9 for 80 %, below 39 for 95 %).

        Notes
        -----
        Intervals are those of the jackknife+ over folds, "CV+" (Barber, Candès, Ramdas
        and Tibshirani, Predictive inference with the jackknife+, Annals of Statistics
        49, 2021), with signed errors, so that they follow a skewed spend. Where no
        customer spends less than nothing, nothing below zero is predicted.

        Raises
        ------
        InputError
            When a column is missing or holds text where a number is due.
        """
        features = shaped_features(customers, self.shape)
        point = self.pipeline.predict(features)
        bounds = self._bounds(features)
        floor = -np.inf if self.floor is None else self.floor
        point = np.maximum(point, floor)
        columns: dict[str, Any] = {"predicted_amount": point}
        for column, values in bounds.items():
            around = np.minimum if column.startswith("lower") else np.maximum
            columns[column] = around(np.maximum(values, floor), point)
        columns["is_outside_range"] = _outside(customers, self.shape)
        return conform(pd.DataFrame(columns, index=customers.index), PREDICTED)

    def _bounds(self, features: pd.DataFrame) -> dict[str, FloatArray]:
        count = sum(map(len, self.fold_residuals))
        ranks = {
            name: rank - 1
            for level in (0.8, 0.95)
            for name, rank in _bound_ranks(count, level).items()
        }
        bounds = {name: np.full(len(features), np.nan) for name in ranks}
        held = {name: rank for name, rank in ranks.items() if 0 <= rank < count}
        if not held:
            return bounds
        centres = [one.predict(features) for one in self.fold_pipelines]
        chunk = max(1, _CELLS // count)
        for start in range(0, len(features), chunk):
            rows = slice(start, start + chunk)
            reached = np.concatenate(
                [
                    centre[rows, None] + residuals[None, :]
                    for centre, residuals in zip(
                        centres, self.fold_residuals, strict=True
                    )
                ],
                axis=1,
            )
            reached.partition(sorted(set(held.values())), axis=1)
            for name, rank in held.items():
                bounds[name][rows] = reached[:, rank]
        return bounds


def _bound_ranks(count: int, level: float) -> dict[str, int]:
    """Ranks of the bounds among ``count`` values, counted from 1."""
    tail = (1.0 - level) / 2.0
    percent = round(100 * level)
    # Rounded, so that floating-point error does not change the rank.
    low = int(np.floor(round((count + 1) * tail, 9)))
    return {f"lower_{percent}": low, f"upper_{percent}": count + 1 - low}


def fit_spend_model(
    customers: pd.DataFrame,
    *,
    features: Sequence[str],
    model_name: str,
    hyperparameters: Hyperparameters | None = None,
    target: str = "actual_amount",
    settings: SpendSettings | None = None,
) -> SpendModel:
    """Fit one model to one business's customers.

    Parameters
    ----------
    customers
        One row per customer. Rows without a target are left out; at most
        ``fit_customer_limit`` are drawn.
    features
        Columns to predict by; a column that is blank or the same for every customer is
        left out (``shape.names`` of the result says what is used).
    model_name, hyperparameters
        One of :data:`MODEL_NAMES`; hyperparameters as ``fct_spend_model_scores`` has
        them, none for the library's defaults. The mean uses no features.
    target
        Column of what each customer spent.

    Raises
    ------
    InputError
        When there are fewer customers than ``min_customers``, a feature is missing or
        holds text where a number is due, or the model is unknown.
    """
    settings = settings or SpendSettings()
    if model_name not in MODEL_NAMES:
        raise InputError(
            f"spend models: there is no model {model_name!r}.",
            remedy=f"Use one of: {', '.join(MODEL_NAMES)}.",
        )
    known = checked_customers(customers, features=features, target=target)
    known = known[known[target].notna()]
    if len(known) < settings.min_customers:
        raise InputError(
            f"spend models: {len(known)} customers have a known spend, too few to fit.",
            remedy=f"{settings.min_customers} are needed (setting min_customers).",
        )
    known = drawn_customers(known, settings=settings)
    shape = feature_shape(known, features)
    return fit_shaped(
        shaped_features(known, shape),
        known[target].to_numpy("float64"),
        shape=shape,
        model_name=model_name if shape.names else BASELINE,
        hyperparameters=hyperparameters,
        settings=settings,
    )


def fit_shaped(
    features: pd.DataFrame,
    target: FloatArray,
    *,
    shape: FeatureShape,
    model_name: str,
    hyperparameters: Hyperparameters | None,
    settings: SpendSettings,
) -> SpendModel:
    """Fit a model to features that are in shape, and once more without each fold."""

    def fitted(rows: NDArray[np.int64]) -> Pipeline:
        estimator = build_estimator(
            model_name, hyperparameters, random_state=settings.random_state
        )
        pipeline = build_pipeline(shape.levels, list(shape.numbers), estimator)
        return pipeline.fit(features.iloc[rows], target[rows])

    folds = list(cross_validation_folds(len(target), settings.folds, settings))
    pipelines = tuple(fitted(training) for training, _ in folds)
    residuals = tuple(
        target[held_out] - pipeline.predict(features.iloc[held_out])
        for pipeline, (_, held_out) in zip(pipelines, folds, strict=True)
    )
    return SpendModel(
        model_name=model_name,
        hyperparameters=hyperparameters,
        shape=shape,
        customer_count=len(target),
        pipeline=fitted(np.arange(len(target))),
        fold_pipelines=pipelines,
        fold_residuals=residuals,
        floor=0.0 if target.min() >= 0 else None,
    )


def cross_validation_folds(
    rows: int, folds: int, settings: SpendSettings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Training and held-out rows of each fold, the same for every model."""
    splitter = KFold(folds, shuffle=True, random_state=settings.random_state)
    return list(splitter.split(np.arange(rows)))


# ------------------------------------------------------------------------- the features


def checked_customers(
    customers: pd.DataFrame, *, features: Sequence[str], target: str
) -> pd.DataFrame:
    """Give numbers and texts one type each, and the rows one order.

    Raises
    ------
    InputError
        When a column is missing, or a number is text or infinite.
    """
    missing = [name for name in (*features, target) if name not in customers.columns]
    if missing:
        raise InputError(
            f"spend models: the customers have no column {', '.join(missing)}.",
            remedy="Give one row per customer with these columns, or set features.",
        )
    result = customers.copy()
    for name in (*features, target):
        if name == target or is_number(customers, name):
            result[name] = _numbers(customers[name])
        else:
            result[name] = _texts(customers[name])
    # A customer's id may be a keyed hash, another on each machine: only what is known
    # of the customers puts them in an order, so that folds are the same everywhere.
    ids = [name for name in ("customer_id",) if name in customers.columns]
    return result.sort_values([*features, target, *ids], kind="stable")


def drawn_customers(known: pd.DataFrame, *, settings: SpendSettings) -> pd.DataFrame:
    """Draw at most ``fit_customer_limit`` customers, in their order."""
    if len(known) <= settings.fit_customer_limit:
        return known
    generator = np.random.default_rng(settings.random_state)
    drawn = generator.choice(len(known), settings.fit_customer_limit, replace=False)
    return known.iloc[np.sort(drawn)]


def feature_shape(customers: pd.DataFrame, features: Sequence[str]) -> FeatureShape:
    """Read the features that differ among customers, with their ranges and levels."""
    numbers: dict[str, tuple[float, float]] = {}
    levels: dict[str, list[str]] = {}
    for name in features:
        values = customers[name]
        if values.nunique(dropna=False) < 2:
            continue
        if is_number(customers, name):
            numbers[name] = (float(values.min()), float(values.max()))
        else:
            blank = {UNKNOWN} if values.isna().any() else set()
            levels[name] = sorted({*values.dropna().unique(), *blank})
    return FeatureShape(numbers=numbers, levels=levels)


def shaped_features(customers: pd.DataFrame, shape: FeatureShape) -> pd.DataFrame:
    """Bring a frame to the columns and types that pipelines take.

    Raises
    ------
    InputError
        When a column is missing, or a number is text or infinite.
    """
    missing = [name for name in shape.names if name not in customers.columns]
    if missing:
        raise InputError(
            f"spend models: the frame has no column {', '.join(missing)}.",
            remedy="Give it every column that the model was fitted with.",
        )
    columns: dict[str, Any] = {}
    for name, levels in shape.levels.items():
        texts = _texts(customers[name])
        if UNKNOWN in levels:
            texts = texts.fillna(UNKNOWN)
        columns[name] = texts.where(texts.isin(levels), other=np.nan)
    for name in shape.numbers:
        columns[name] = _numbers(customers[name])
    return pd.DataFrame(columns, index=customers.index)


def _outside(customers: pd.DataFrame, shape: FeatureShape) -> FloatArray:
    outside = np.zeros(len(customers), dtype="bool")
    for name, (low, high) in shape.numbers.items():
        values = _numbers(customers[name])
        outside |= ((values < low) | (values > high)).to_numpy()
    for name, levels in shape.levels.items():
        texts = _texts(customers[name])
        outside |= (texts.notna() & ~texts.isin(levels)).to_numpy()
    return outside


def is_number(frame: pd.DataFrame, name: str) -> bool:
    """Tell whether a feature is a number; all others are texts."""
    return name in NUMBER_FEATURES or (
        pd.api.types.is_numeric_dtype(frame[name])
        and not pd.api.types.is_bool_dtype(frame[name])
    )


def _numbers(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    is_text = numbers.isna() & values.notna()
    is_infinite = np.isinf(numbers)
    if is_text.any() or is_infinite.any():
        kind = "text" if is_text.any() else "infinite"
        count = int((is_text | is_infinite).sum())
        raise InputError(
            f"spend models: the column {values.name} must be a number, but is {kind} "
            f"in {count} rows.",
            remedy=f"Make {values.name} a number, null where it is not known.",
        )
    return numbers


def _texts(values: pd.Series) -> pd.Series:
    # Not pandas' own text type: scikit-learn's steps look for nan.
    return values.astype("object").where(values.notna(), other=np.nan)
