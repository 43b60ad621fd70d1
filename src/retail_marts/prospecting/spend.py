"""Spend models: errors of every model, predictions of every customer, drivers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from threadpoolctl import threadpool_limits

from retail_marts.attributes import with_attributes
from retail_marts.errors import InputError
from retail_marts.frames import Schema, stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.prospecting.spend_comparison import (
    Choice,
    Comparison,
    Outcome,
    Variant,
    baseline_p_value,
    choose,
    compare_models,
    round_loss,
)
from retail_marts.prospecting.spend_drivers import HeldOut, drivers_of
from retail_marts.prospecting.spend_model import (
    FeatureShape,
    FloatArray,
    checked_customers,
    drawn_customers,
    feature_shape,
    fit_shaped,
    shaped_features,
)
from retail_marts.prospecting.spend_schemas import (
    CUSTOMER_KEYS,
    DRIVERS,
    PREDICTIONS,
    SCORES,
    TARGET,
    TARGET_NAME,
    SpendResult,
)
from retail_marts.settings.prospecting import BASELINE, SpendSettings

#: Above this p-value, a gain over the mean is said to be possibly chance.
_CHANCE = 0.05

#: Share of blanks from which a driver says that it has many.
_MANY_BLANKS = 0.2

_UNKNOWN_SPEND = "spend not known: predicted from the customers whose spend is"


def model_spend(
    customers: pd.DataFrame,
    *,
    settings: SpendSettings | None = None,
    businesses: pd.DataFrame | None = None,
    attributes: pd.DataFrame | None = None,
    tuned_in_full: Mapping[str, bool] | None = None,
    progress: Progress | None = None,
) -> SpendResult:
    """Model what the customers of each business spend.

    Parameters
    ----------
    customers
        One row per business and customer: ``business_id``, ``customer_id``,
        ``spend_measure`` (what the target is), ``actual_amount`` (null where it is not
        known) and the features of the settings, null where a business has none.
    settings
        See :class:`SpendSettings`.
    businesses
        Has the ``business_id`` of each business that has rows even if none of its
        customers is known.
    attributes
        Rows of ``fct_customer_attributes``, needed if the settings name attributes.
    tuned_in_full
        Whether a business's models are all tuned, as if ``tune_all_models`` was set.
    progress
        Is told how far the work is, and what is not modelled.

    Returns
    -------
    SpendResult
        Scores of every model with defaults and tuned, a prediction of every customer
        by the best model, and the drivers of that model. What cannot be modelled has
        its rows too, with the reason in ``note``. Equal for any order of the rows.

    Raises
    ------
    InputError
        When a column is missing, a number is text or infinite, or a customer occurs
        twice.
    """
    settings = settings or SpendSettings()
    _check_keys(customers)
    customers = checked_customers(customers, features=settings.features, target=TARGET)
    groups = {str(key): group for key, group in customers.groupby("business_id")}
    # Thousands of small fits: inputs are checked once, not in each fit, and a single
    # thread is fastest.
    known = [] if businesses is None else businesses["business_id"].tolist()
    names = sorted({*groups, *known})
    in_full = {name for name, is_full in (tuned_in_full or {}).items() if is_full}
    fully = settings.model_copy(update={"tune_all_models": True})
    progress = progress or Progress()
    progress.start("businesses", len(names))
    results = []
    with (
        config_context(assume_finite=True, skip_parameter_validation=True),
        threadpool_limits(1),
    ):
        for name in names:
            with progress.thing(name) as on_share:
                own, used = _with_features(
                    groups.get(name, customers.iloc[:0]),
                    attributes,
                    business_id=name,
                    settings=fully if name in in_full else settings,
                )
                result = _one_business(own, used, on_share)
            results.append((name, result))
            # A model without an error was not fitted; its note says why. A tuned one
            # has its row with defaults.
            scores = result.scores[~result.scores["is_tuned"].astype(bool)]
            for reason, left_out in scores[scores["mae"].isna()].groupby("note"):
                progress.leave_out(
                    name,
                    f"{len(left_out)} models are not fitted: {reason}",
                )

    def of_all(kind: str, schema: Schema) -> pd.DataFrame:
        return stacked(
            (
                getattr(result, kind).assign(business_id=business)
                for business, result in results
            ),
            schema,
        )

    return SpendResult(
        scores=of_all("scores", SCORES),
        predictions=of_all("predictions", PREDICTIONS),
        drivers=of_all("drivers", DRIVERS),
    )


def _check_keys(customers: pd.DataFrame) -> None:
    needed = [*CUSTOMER_KEYS, TARGET_NAME]
    missing = [name for name in needed if name not in customers.columns]
    if missing:
        raise InputError(
            f"spend models: the customers have no column {', '.join(missing)}.",
            remedy="Give one row per business and customer with these columns.",
        )
    keys = customers[list(CUSTOMER_KEYS)]
    faulty = keys.isna().any(axis=1) | keys.duplicated()
    if faulty.any():
        raise InputError(
            f"spend models: {int(faulty.sum())} rows have no business_id or customer_id"
            ", or share both with another row.",
            remedy="Give one row per business and customer.",
        )


def _with_features(
    customers: pd.DataFrame,
    attributes: pd.DataFrame | None,
    *,
    business_id: str,
    settings: SpendSettings,
) -> tuple[pd.DataFrame, SpendSettings]:
    """A business's customers with its attributes, which are then features too."""
    if attributes is None or not settings.attributes:
        return customers, settings
    own = attributes.loc[attributes["business_id"] == business_id]
    names = [
        name
        for name in dict.fromkeys(settings.attributes)
        if (own["attribute"] == name).any()
    ]
    features = (*settings.features, *names)
    joined = with_attributes(customers, own, names=names)
    return (
        checked_customers(joined, features=features, target=TARGET),
        settings.model_copy(update={"features": features}),
    )


def _one_business(
    customers: pd.DataFrame, settings: SpendSettings, on_share: OnShare
) -> SpendResult:
    known = customers[customers[TARGET].notna()]
    count = len(known)
    if count < settings.min_customers:
        too_few = (
            f"{count} customers with a known spend, {settings.min_customers} are needed"
        )
        return _unmodelled(customers, too_few, settings)
    drawn = drawn_customers(known, settings=settings)
    shape = feature_shape(drawn, settings.features)
    reason = _why_mean_alone(drawn, shape)
    comparison = compare_models(
        shaped_features(drawn, shape),
        drawn[TARGET].to_numpy("float64"),
        shape=shape,
        models=(BASELINE,) if reason else settings.models,
        settings=settings,
        on_share=on_share,
    )
    choice = choose(comparison)
    held_out, predictions = _predictions(
        customers,
        drawn,
        shape=shape,
        comparison=comparison,
        best=choice.best,
        settings=settings,
    )
    scores = _scores(comparison, choice, drawn, count)
    chosen = scores["is_best_model"] & (scores["split"] == "cross_validation")
    actual = predictions[predictions["actual_amount"].notna()]
    for level in (80, 95):
        covered = actual["actual_amount"].between(
            actual[f"lower_{level}"], actual[f"upper_{level}"]
        )
        has_bounds = actual[f"lower_{level}"].notna().any()
        scores.loc[chosen, f"coverage_{level}"] = covered.mean() if has_bounds else None
    if reason:
        others = [name for name in settings.models if name != BASELINE]
        scores = pd.concat([scores, _reasoned_scores(others, reason, customers)])
    for variant, stopped in comparison.stopped.items():
        row = _reasoned_scores([variant.model_name], stopped.reason, customers)
        row = row.assign(is_tuned=True, fit_seconds=stopped.seconds)
        scores = pd.concat([scores, row])
    return SpendResult(
        scores=scores,
        predictions=predictions,
        drivers=_drivers(
            _recorded(customers, settings),
            held_out,
            shape=shape,
            best=choice.best,
            reason=reason,
            settings=settings,
        ),
    )


def _why_mean_alone(customers: pd.DataFrame, shape: FeatureShape) -> str | None:
    if not customers[TARGET].nunique() > 1:
        return "every customer spent the same: there is nothing to explain"
    if not shape.names:
        return "the business records no attribute in which its customers differ"
    return None


# --------------------------------------------------------------------------- the scores


def _scores(
    comparison: Comparison, choice: Choice, drawn: pd.DataFrame, known_count: int
) -> pd.DataFrame:
    training, test = comparison.split
    target = comparison.target
    rows = []
    for variant, outcome in comparison.outcomes.items():
        errors = {
            "train": _errors(target[training], outcome.train),
            "test": _errors(target[test], outcome.test),
            "cross_validation": _errors(target, outcome.out_of_fold),
        }
        shared = _judged(
            comparison,
            choice,
            variant,
            fails_test=errors["test"]["r2"] < 0,
            fitted_count=len(drawn),
            known_count=known_count,
        ) | {
            "model_name": variant.model_name,
            "is_tuned": variant.is_tuned,
            "spend_measure": drawn[TARGET_NAME].iloc[0],
            "is_baseline": variant.model_name == BASELINE,
            "hyperparameters": _as_json(outcome),
            "fit_seconds": outcome.seconds,
            "converged": outcome.converged,
        }
        rows += [shared | {"split": split} | one for split, one in errors.items()]
    frame = pd.DataFrame(rows)
    return frame.assign(coverage_80=np.nan, coverage_95=np.nan)


def _errors(actual: FloatArray, predicted: FloatArray) -> dict[str, Any]:
    error = actual - predicted
    mse = float(np.mean(error**2))
    spread = float(np.mean((actual - actual.mean()) ** 2))
    return {
        "customer_count": len(actual),
        "mae": float(np.mean(np.abs(error))),
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "r2": 1.0 - mse / spread if np.ptp(actual) > 0 else np.nan,
    }


def _judged(
    comparison: Comparison,
    choice: Choice,
    variant: Variant,
    *,
    fails_test: bool,
    fitted_count: int,
    known_count: int,
) -> dict[str, Any]:
    def loss(one: Variant) -> float:
        return round_loss(comparison.losses(one).mean())

    baseline, default = Variant(BASELINE, False), Variant(variant.model_name, False)
    is_lower = loss(variant) < loss(baseline)
    helped = loss(variant) < loss(default) if variant.is_tuned else None
    chance = baseline_p_value(comparison, variant)
    notes = []
    if fitted_count < known_count:
        notes.append(f"fitted to {fitted_count} of {known_count} customers")
    if not comparison.outcomes[variant].converged:
        notes.append("a fit did not converge")
    if helped is False:
        notes.append("tuning made it no better than its defaults")
    if is_lower and chance > _CHANCE:
        notes.append("its gain over the mean is within chance")
    elif is_lower and fails_test:
        notes.append("no better than the mean on the test part (R² below 0)")
    if variant == choice.best and variant != choice.lowest:
        lowest = choice.lowest
        kind = "tuned" if lowest.is_tuned else "defaults"
        notes.append(
            "chosen as the simplest within one standard error of the lowest error"
            f" ({lowest.model_name}, {kind})"
        )
    return {
        "beats_baseline": is_lower and chance <= _CHANCE and not fails_test,
        "baseline_p_value": chance,
        "tuning_helped": helped,
        "model_rank": choice.ranks[variant],
        "is_best_model": variant == choice.best,
        "note": "; ".join(notes) or None,
    }


def _as_json(outcome: Outcome) -> str | None:
    found = outcome.split_hyperparameters
    return None if found is None else json.dumps(dict(found), sort_keys=True)


def _reasoned_scores(
    models: Sequence[str], reason: str, customers: pd.DataFrame
) -> pd.DataFrame:
    measures = customers[TARGET_NAME].dropna()
    frame = pd.DataFrame({"model_name": list(models)})
    frame["is_baseline"] = frame["model_name"] == BASELINE
    absent = {
        name: None
        for name in SCORES
        if name not in ("business_id", "model_name", "is_baseline")
    }
    return frame.assign(
        **absent
        | {
            "split": "cross_validation",
            "spend_measure": measures.iloc[0] if len(measures) else None,
            "customer_count": int(customers[TARGET].notna().sum()),
            "is_tuned": False,
            "is_best_model": False,
            "fit_seconds": 0.0,
            "note": reason,
        }
    )


# ---------------------------------------------------------------------- the predictions


def _predictions(
    customers: pd.DataFrame,
    drawn: pd.DataFrame,
    *,
    shape: FeatureShape,
    comparison: Comparison,
    best: Variant,
    settings: SpendSettings,
) -> tuple[HeldOut, pd.DataFrame]:
    """Predict each customer by a model that has not seen what it spent."""
    features, target = shaped_features(drawn, shape), comparison.target
    outcome = comparison.outcomes[best]
    held_out, parts = [], []
    for fold, (seen, rest) in enumerate(comparison.folds):
        model = fit_shaped(
            features.iloc[seen],
            target[seen],
            shape=shape,
            model_name=best.model_name,
            hyperparameters=outcome.hyperparameters[fold],
            settings=settings,
        )
        held_out.append((model, features.iloc[rest], target[rest]))
        parts.append(model.predict(drawn.iloc[rest]))
    others = customers.drop(index=drawn.index)
    if len(others):
        final = fit_shaped(
            features,
            target,
            shape=shape,
            model_name=best.model_name,
            hyperparameters=outcome.split_hyperparameters,
            settings=settings,
        )
        parts.append(final.predict(others))
    predicted = customers[["customer_id", TARGET_NAME, TARGET]].join(pd.concat(parts))
    is_known = predicted[TARGET].notna()
    return held_out, predicted.assign(
        model_name=best.model_name,
        is_tuned=best.is_tuned,
        is_out_of_fold=is_known,
        note=pd.Series(_UNKNOWN_SPEND, index=predicted.index).mask(is_known),
    )


def _drivers(
    recorded: pd.DataFrame,
    held_out: HeldOut,
    *,
    shape: FeatureShape,
    best: Variant,
    reason: str | None,
    settings: SpendSettings,
) -> pd.DataFrame:
    if shape.names:
        found = drivers_of(held_out, shape=shape, settings=settings)
        recorded = recorded.merge(found, how="left", on="feature", sort=False)
    frame = recorded.reindex(columns=[c for c in DRIVERS if c != "business_id"])
    gains = frame["importance"].astype("float64").clip(lower=0.0)
    total = gains.sum()
    ranks = frame["importance"].astype("float64").rank(ascending=False, method="first")
    return frame.assign(
        importance_share=gains / total if total > 0 else np.nan,
        importance_rank=ranks if total > 0 else None,
        model_name=best.model_name,
        is_tuned=best.is_tuned,
        note=pd.Series(
            [
                _driver_note(*figures, best=best, reason=reason)
                for figures in zip(
                    frame["importance"],
                    frame["importance_std"],
                    frame["missing_share"],
                    strict=True,
                )
            ],
            index=frame.index,
            dtype="string",
        ),
    )


def _driver_note(
    importance: float,
    deviation: float,
    missing_share: float,
    *,
    best: Variant,
    reason: str | None,
) -> str | None:
    notes = []
    if reason:
        notes.append(reason)
    elif pd.isna(importance):
        notes.append("the same for every customer")
    elif best.model_name == BASELINE:
        notes.append("no model does clearly better than the mean")
    elif importance <= deviation:
        notes.append("shuffling it makes the predictions no worse, beyond chance")
    if missing_share >= _MANY_BLANKS:
        notes.append(f"blank for {100 * missing_share:.0f} % of the customers")
    return "; ".join(notes) or None


def _recorded(customers: pd.DataFrame, settings: SpendSettings) -> pd.DataFrame:
    """Features that a business states for any customer, with the share of blanks."""
    missing = customers[list(settings.features)].isna().mean()
    stated = missing[missing < 1].rename("missing_share")
    return stated.rename_axis("feature").reset_index()


def _unmodelled(
    customers: pd.DataFrame, reason: str, settings: SpendSettings
) -> SpendResult:
    """Rows that say why there is no model."""
    predictions = customers[["customer_id", TARGET_NAME, TARGET]].reindex(
        columns=[c for c in PREDICTIONS if c != "business_id"]
    )
    drivers = _recorded(customers, settings).reindex(
        columns=[c for c in DRIVERS if c != "business_id"]
    )
    return SpendResult(
        scores=_reasoned_scores(settings.models, reason, customers),
        predictions=predictions.assign(note=reason),
        drivers=drivers.assign(note=reason),
    )
