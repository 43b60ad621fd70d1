"""One scale for customers and population: the population's.

When each group is scaled by its own mean and deviation, any two groups look alike. So
the population alone sets the scale, for the customers too.

Money is heavy-tailed and may be negative or zero, so amounts go through
``asinh(x / s)``: linear below ``s``, logarithmic far above it (Burbidge, Magee and Robb
1988, "Alternative transformations to handle extreme values of the dependent variable").
``s`` is the weighted median of the amounts that are not zero, signs aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retail_marts.prospecting.populations import Feature
from retail_marts.prospecting.weighting import (
    FloatArray,
    weighted_moments,
    weighted_quantiles,
)


@dataclass(frozen=True)
class ScaledColumn:
    """One column of the scaled matrix.

    ``category`` is the value that the column flags; none for a number.
    """

    feature: str
    category: str | None
    bend: float | None
    mean: float
    deviation: float


@dataclass(frozen=True)
class PopulationScale:
    """How to bring any rows to the population's scale."""

    columns: tuple[ScaledColumn, ...]

    @property
    def numbers(self) -> list[int]:
        """Places of the columns that are numbers, not flags of a category."""
        return [p for p, c in enumerate(self.columns) if c.category is None]

    def places(self, feature: str) -> list[int]:
        """Places of a feature's columns."""
        return [p for p, c in enumerate(self.columns) if c.feature == feature]

    def transform(self, frame: pd.DataFrame) -> FloatArray:
        """Rows on the population's scale.

        Parameters
        ----------
        frame
            The features under the customers' column names, none missing.

        Returns
        -------
        numpy.ndarray
            Shape (rows, columns): in the population each column has mean 0 and
            deviation 1, by weight.
        """
        matrix = np.empty((len(frame), len(self.columns)))
        for place, column in enumerate(self.columns):
            raw = _raw(frame[column.feature], column.category, column.bend)
            matrix[:, place] = (raw - column.mean) / column.deviation
        return matrix


def fit_population_scale(
    frame: pd.DataFrame, weights: FloatArray, *, features: Sequence[Feature]
) -> PopulationScale:
    """Learn the scale from the population's rows, each counted by its weight.

    A category of two values becomes one flag, one of more values a flag each.
    """
    columns = []
    for feature in features:
        values = frame[feature.customer_column]
        categories: list[str | None] = [None]
        if feature.scale == "category":
            found = sorted(str(value) for value in values.unique())
            categories = list(found[1:] if len(found) == 2 else found)
        bend = None
        if feature.scale == "asinh":
            sizes = np.abs(values.to_numpy(float))
            some = sizes > 0
            bend = float(weighted_quantiles(sizes[some], weights[some], [0.5])[0])
        for category in categories:
            mean, deviation = weighted_moments(_raw(values, category, bend), weights)
            columns.append(
                ScaledColumn(feature.customer_column, category, bend, mean, deviation)
            )
    return PopulationScale(tuple(columns))


def _raw(values: pd.Series, category: str | None, bend: float | None) -> FloatArray:
    if category is not None:
        return np.asarray(values == category, dtype=float)
    numbers = values.to_numpy(float)
    return numbers if bend is None else np.arcsinh(numbers / bend)
