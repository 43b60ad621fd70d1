"""All candidates, with defaults and tuned, on the same folds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_1samp
from sklearn.model_selection import KFold, train_test_split

from retail_marts.progress import OnShare, unwatched
from retail_marts.prospecting.spend_candidates import (
    CANDIDATES,
    Hyperparameters,
    build_estimator,
    build_preparation,
    has_converged,
    tried_hyperparameters,
)
from retail_marts.prospecting.spend_model import (
    FeatureShape,
    FloatArray,
    cross_validation_folds,
)
from retail_marts.settings.prospecting import (
    BASELINE,
    MODEL_NAMES,
    SpendSettings,
)
from retail_marts.trials import lost_trial

Rows = NDArray[np.int64]


class Variant(NamedTuple):
    """A model with its library's defaults, or tuned."""

    model_name: str
    is_tuned: bool


@dataclass
class Outcome:
    """Predictions of one variant for every customer, and its cost.

    Attributes
    ----------
    out_of_fold
        Prediction of each customer by the fit that did not see it, shape (rows,).
    train, test
        Predictions of the split's two parts, by the fit on its training part.
    hyperparameters
        What the search found in each fold; none for defaults.
    split_hyperparameters
        What it found in the training part of the split.
    """

    out_of_fold: FloatArray
    train: FloatArray = field(default_factory=lambda: np.empty(0))
    test: FloatArray = field(default_factory=lambda: np.empty(0))
    hyperparameters: list[Hyperparameters | None] = field(default_factory=list)
    split_hyperparameters: Hyperparameters | None = None
    seconds: float = 0.0
    converged: bool = True


class Stopped(NamedTuple):
    """A variant that was fitted in the first fold alone: why, and its seconds."""

    reason: str
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """All variants of one business: those with all folds, and those stopped."""

    target: FloatArray
    folds: Sequence[tuple[Rows, Rows]]
    split: tuple[Rows, Rows]
    outcomes: Mapping[Variant, Outcome]
    stopped: Mapping[Variant, Stopped] = field(default_factory=dict)

    def losses(self, variant: Variant) -> FloatArray:
        """Squared error of each customer, out of fold."""
        loss: FloatArray = (self.target - self.outcomes[variant].out_of_fold) ** 2
        return loss


class Part(NamedTuple):
    """Features of a training and a held-out part, prepared by the training part."""

    training: FloatArray
    held_out: FloatArray
    training_target: FloatArray
    held_out_target: FloatArray


def compare_models(
    features: pd.DataFrame,
    target: FloatArray,
    *,
    shape: FeatureShape,
    models: Sequence[str],
    settings: SpendSettings,
    on_share: OnShare = unwatched,
) -> Comparison:
    """Fit every variant on every fold and on the split.

    Hyperparameters are searched within the training part of each fold (nested
    cross-validation; Cawley and Talbot, JMLR 11, 2010), so that no score of a tuned
    model comes from customers that its search has seen. The preparation is fitted once
    for each training part and shared by all models and all that the searches try: it
    has no hyperparameters, so the results are those of a search over whole pipelines.

    Parameters
    ----------
    features
        In shape, one row per customer.
    target
        What each customer spent, shape (rows,).
    models
        Candidates, of :data:`MODEL_NAMES`.
    on_share
        Is told which share of the work is done.

    Returns
    -------
    Comparison
        One outcome per model, and one more for each model that can be tuned. The search
        of a costly model is stopped if another variant has a lower error in the first
        fold, unless ``tune_all_models`` is set.
    """
    folds = cross_validation_folds(len(target), settings.folds, settings)
    training, test = train_test_split(
        np.arange(len(target)),
        test_size=settings.test_share,
        random_state=settings.random_state,
    )
    split = (np.sort(training), np.sort(test))
    # With a fifth as test part and five folds, the first fold is the split itself.
    shared = next(
        (k for k, f in enumerate(folds) if np.array_equal(f[1], split[1])), -1
    )
    outcomes: dict[Variant, Outcome] = {}
    stopped: dict[Variant, Stopped] = {}
    tasks = [*folds] if shared >= 0 else [*folds, split]
    fits = sum(len(_variants(name, settings)) for name in models)
    for number, (seen, held_out) in enumerate(tasks):
        part = _part(features, target, seen, held_out, shape)
        searched = _search_parts(features, target, seen, shape, settings)
        for name in models:
            for variant in _variants(name, settings):
                on_share(1 / (len(tasks) * fits))
                if variant in stopped:
                    continue
                outcome = outcomes.setdefault(
                    variant, Outcome(out_of_fold=np.full(len(target), np.nan))
                )
                started = time.perf_counter()
                found = (
                    search(name, searched, settings=settings)
                    if variant.is_tuned
                    else None
                )
                estimator = build_estimator(
                    name, found, random_state=settings.random_state
                ).fit(part.training, part.training_target)
                predicted = estimator.predict(part.held_out)
                if number < len(folds):
                    outcome.out_of_fold[held_out] = predicted
                    outcome.hyperparameters.append(found)
                if number == (shared if shared >= 0 else len(folds)):
                    outcome.train = estimator.predict(part.training)
                    outcome.test = predicted
                    outcome.split_hyperparameters = found
                outcome.seconds += time.perf_counter() - started
                outcome.converged &= has_converged(estimator)
        if number == 0 and not settings.tune_all_models:
            stopped = _stopped(outcomes, target, held_out)
            for variant in stopped:
                del outcomes[variant]
    return Comparison(
        target=target, folds=folds, split=split, outcomes=outcomes, stopped=stopped
    )


def _stopped(
    outcomes: Mapping[Variant, Outcome], target: FloatArray, first: Rows
) -> dict[Variant, Stopped]:
    """Costly searches whose error in the first fold is above that of another."""
    errors = {
        variant: float(np.sqrt(np.mean((target - outcome.out_of_fold)[first] ** 2)))
        for variant, outcome in outcomes.items()
    }
    tried = [
        one for one in errors if one.is_tuned and CANDIDATES[one.model_name].is_slow
    ]
    best = min(errors.keys() - tried, key=lambda one: (round_loss(errors[one]), one))
    rival = f"{best.model_name}, tuned" if best.is_tuned else best.model_name
    return {
        one: Stopped(
            lost_trial("fold", errors[one], errors[best], rival), outcomes[one].seconds
        )
        for one in tried
        if round_loss(errors[one]) > round_loss(errors[best])
    }


def search(
    model_name: str, parts: Sequence[Part], *, settings: SpendSettings
) -> dict[str, Any]:
    """Find the hyperparameters with the lowest mean squared error over the parts.

    What is tried, and what is found, is that of scikit-learn's ``RandomizedSearchCV``
    over a pipeline with the same seed and folds.
    """
    tried = tried_hyperparameters(
        model_name,
        rows=min(len(part.training) for part in parts),
        iterations=settings.tuning_iterations,
        random_state=settings.random_state,
    )
    stand_in = CANDIDATES[model_name].stand_in
    losses = np.array(
        [
            [_loss(model_name, {**one, **stand_in}, part, settings) for part in parts]
            for one in tried
        ]
    )
    return tried[int(np.argmin(losses.mean(axis=1)))]


def _loss(
    model_name: str,
    hyperparameters: Hyperparameters,
    part: Part,
    settings: SpendSettings,
) -> float:
    estimator = build_estimator(
        model_name, hyperparameters, random_state=settings.random_state
    ).fit(part.training, part.training_target)
    error = part.held_out_target - estimator.predict(part.held_out)
    return float(np.mean(error**2))


def _variants(model_name: str, settings: SpendSettings) -> list[Variant]:
    can_tune = CANDIDATES[model_name].tuned and settings.tuning_iterations > 0
    return [Variant(model_name, is_tuned) for is_tuned in (False, True)][
        : 2 if can_tune else 1
    ]


def _part(
    features: pd.DataFrame,
    target: FloatArray,
    seen: Rows,
    held_out: Rows,
    shape: FeatureShape,
) -> Part:
    if shape.names:
        preparation = build_preparation(shape.levels, list(shape.numbers))
        training = preparation.fit_transform(features.iloc[seen])
        rest = preparation.transform(features.iloc[held_out])
    else:
        training, rest = np.zeros((len(seen), 1)), np.zeros((len(held_out), 1))
    return Part(training, rest, target[seen], target[held_out])


def _search_parts(
    features: pd.DataFrame,
    target: FloatArray,
    seen: Rows,
    shape: FeatureShape,
    settings: SpendSettings,
) -> list[Part]:
    if settings.tuning_iterations == 0 or not shape.names:
        return []
    splitter = KFold(
        settings.tuning_folds, shuffle=True, random_state=settings.random_state
    )
    return [
        _part(features, target, seen[inner], seen[rest], shape)
        for inner, rest in splitter.split(seen)
    ]


# ------------------------------------------------------------------------ what is best


@dataclass(frozen=True)
class Choice:
    """The variant that is chosen, and the one with the lowest error."""

    best: Variant
    lowest: Variant
    ranks: Mapping[Variant, int]


def choose(comparison: Comparison) -> Choice:
    """Choose the simplest variant that does as well as the best.

    As well: its mean squared error over all customers, out of fold, lies at most one
    standard error above the lowest (the one-standard-error rule of Breiman, Friedman,
    Olshen and Stone, 1984, on the customers' differences: both models predict the same
    customers). So the mean itself is chosen when no model learns anything.
    """
    errors = {one: comparison.losses(one).mean() for one in comparison.outcomes}
    by_simplicity = sorted(
        errors, key=lambda one: (MODEL_NAMES.index(one.model_name), one.is_tuned)
    )
    ordered = sorted(by_simplicity, key=lambda one: round_loss(errors[one]))
    lowest = ordered[0]
    least = comparison.losses(lowest)

    def is_as_good(variant: Variant) -> bool:
        difference = comparison.losses(variant) - least
        spread = difference.std(ddof=1) / np.sqrt(len(difference))
        return bool(difference.mean() <= spread)

    return Choice(
        best=next(one for one in by_simplicity if one == lowest or is_as_good(one)),
        lowest=lowest,
        ranks={one: rank for rank, one in enumerate(ordered, start=1)},
    )


def round_loss(loss: float) -> float:
    """Round to twelve digits: later digits depend on the order of a sum."""
    return float(f"{loss:.12g}")


def baseline_p_value(comparison: Comparison, variant: Variant) -> float:
    """How likely such a gain over the mean is by chance.

    One-sided paired t-test of the customers' squared errors, out of fold. The folds
    share training customers, so it is a guide, not a proof.
    """
    gain = comparison.losses(Variant(BASELINE, False)) - comparison.losses(variant)
    if variant.model_name == BASELINE or not np.ptp(gain) > 0:
        return float("nan")
    return float(ttest_1samp(gain, 0.0, alternative="greater").pvalue)
