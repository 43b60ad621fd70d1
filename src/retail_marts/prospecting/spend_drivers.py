"""Drivers of spend: the importance and direction of each attribute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retail_marts.prospecting.spend_candidates import LEVEL_LIMIT
from retail_marts.prospecting.spend_model import FeatureShape, FloatArray, SpendModel
from retail_marts.settings.prospecting import BASELINE, SpendSettings

#: Quantiles of a number at which its effect is computed.
_GRID = np.linspace(0.1, 0.9, 9)

#: A direction is mixed when more than this share of the curve goes the other way.
_BACKWARD = 0.1

HeldOut = Sequence[tuple[SpendModel, pd.DataFrame, FloatArray]]


def drivers_of(
    held_out: HeldOut, *, shape: FeatureShape, settings: SpendSettings
) -> pd.DataFrame:
    """Permutation importance and partial dependence on customers not fitted.

    Parameters
    ----------
    held_out
        For each fold the model fitted without it, the fold's features in shape and
        what its customers spent.
    shape
        The features.

    Returns
    -------
    pandas.DataFrame
        One row per feature: ``importance`` (rise of the root mean squared error, in
        money, when the attribute is shuffled among customers; mean over folds and
        repeats), ``importance_std``, ``direction`` (higher, lower, mixed, by_level, or
        none where the importance is not above its deviation), ``effect_amount``,
        ``low_value``, ``high_value``.

    Notes
    -----
    Importance: Breiman, Random forests, Machine Learning 45, 2001. Effects: partial
    dependence (Friedman, Annals of Statistics 29, 2001), from the 10th to the 90th
    percentile of a number, from the lowest to the highest level of a text.
    """
    generator = np.random.default_rng(settings.random_state)
    everyone = pd.concat([features for _, features, _ in held_out])
    rows = []
    for name in shape.names:
        rises = np.concatenate(
            [
                _rises(*fold, name, settings.permutation_repeats, generator=generator)
                for fold in held_out
            ]
        )
        row: dict[str, Any] = {
            "feature": name,
            "importance": rises.mean(),
            "importance_std": rises.std(),
            "direction": "none",
        }
        # A rise that is not above its deviation may be chance: it has no direction.
        if rises.mean() > rises.std():
            row |= _effect(held_out, everyone[name], shape)
        rows.append(row)
    return pd.DataFrame(rows)


def _rises(
    model: SpendModel,
    features: pd.DataFrame,
    target: FloatArray,
    name: str,
    repeats: int,
    *,
    generator: np.random.Generator,
) -> FloatArray:
    """Rise of the error for each repeat, shape (repeats,)."""
    if model.model_name == BASELINE:
        return np.zeros(repeats)
    places = np.concatenate(
        [generator.permutation(len(features)) for _ in range(repeats)]
    )
    shuffled = pd.concat([features] * repeats, ignore_index=True)
    shuffled[name] = features[name].to_numpy()[places]
    predicted = model.pipeline.predict(shuffled).reshape(repeats, -1)
    errors: FloatArray = np.sqrt(((target - predicted) ** 2).mean(axis=1))
    plain = model.pipeline.predict(features)
    return errors - float(np.sqrt(((target - plain) ** 2).mean()))


def _effect(
    held_out: HeldOut, values: pd.Series, shape: FeatureShape
) -> dict[str, Any]:
    name = str(values.name)
    if name in shape.levels:
        levels = values.value_counts().index[:LEVEL_LIMIT].to_list()
        curve = _curve(held_out, name, levels)
        low, high = int(np.argmin(curve)), int(np.argmax(curve))
        return {
            "direction": "by_level",
            "effect_amount": curve[high] - curve[low],
            "low_value": levels[low],
            "high_value": levels[high],
        }
    grid = np.unique(np.quantile(values.dropna(), _GRID, method="nearest"))
    curve = _curve(held_out, name, grid)
    return {
        "direction": _direction(curve),
        "effect_amount": curve[-1] - curve[0],
        "low_value": _shown(grid[0]),
        "high_value": _shown(grid[-1]),
    }


def _curve(
    held_out: HeldOut, name: str, values: Sequence[Any] | NDArray[Any]
) -> FloatArray:
    """Mean prediction of the customers held out if all had one value, for each."""
    totals = np.zeros(len(values))
    for model, features, _ in held_out:
        changed = pd.concat([features] * len(values), ignore_index=True)
        changed[name] = np.repeat(np.asarray(values), len(features))
        totals += model.pipeline.predict(changed).reshape(len(values), -1).sum(axis=1)
    mean: FloatArray = totals / sum(len(features) for _, features, _ in held_out)
    return mean


def _direction(curve: FloatArray) -> str:
    steps = np.diff(curve)
    up, down = steps[steps > 0].sum(), -steps[steps < 0].sum()
    if up + down <= 1e-9 * (1.0 + np.abs(curve).max()):
        return "none"
    if down <= _BACKWARD * up:
        return "higher"
    return "lower" if up <= _BACKWARD * down else "mixed"


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
