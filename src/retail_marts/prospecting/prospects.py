"""Prospects: every family of a population by how much it is like the customers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from threadpoolctl import threadpool_limits

from retail_marts.frames import stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.prospecting.look_alikes import (
    CALIBRATIONS,
    USED_CALIBRATION,
    Matched,
    calibrated_out_of_fold,
    chosen_model,
    contributions,
    decile_shares,
    fit_line,
    fit_model,
    is_gain,
    log_losses,
    match,
    out_of_fold,
    scores_of,
)
from retail_marts.prospecting.pairs import Pair, compared_pairs
from retail_marts.prospecting.population_scale import fit_population_scale
from retail_marts.prospecting.populations import Comparison, Population
from retail_marts.prospecting.prospect_schemas import (
    LIFT,
    OVERLAP,
    PROSPECTS,
    SCORES,
    ProspectResult,
)
from retail_marts.prospecting.spend_model import (
    SpendModel,
    fit_spend_model,
    shaped_features,
)
from retail_marts.prospecting.weighting import FloatArray, group_sums
from retail_marts.settings.prospecting import (
    BANDS,
    BASELINES,
    EXPLAINABLE_MODELS,
    ProspectingSettings,
    SpendSettings,
)

#: Feature to the column that holds what it adds to a score, and its name for readers.
_CONTRIBUTIONS = {
    "gender": ("gender_contribution", "gender"),
    "marital_status": ("marital_status_contribution", "marital status"),
    "age": ("age_contribution", "age"),
    "income_amount": ("income_contribution", "income"),
    "credit_card_debt_amount": ("credit_card_debt_contribution", "credit card debt"),
    "net_worth_amount": ("net_worth_contribution", "net worth"),
}
_NUMBERS = ("age", "income_amount", "credit_card_debt_amount", "net_worth_amount")
_TEXTS = ("gender", "marital_status")
_REASONS_SHOWN = 3
#: Share of the work that the comparison of models takes, roughly.
_MODELS_SHARE = 0.8
_NOT_SCORED = "no implicate states all compared columns"
#: The column of what a customer spent.
_TARGET = "actual_amount"


def find_prospects(
    population: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    businesses: pd.DataFrame,
    populations: Mapping[str, Mapping[str, Any]],
    columns: pd.DataFrame,
    spend_models: pd.DataFrame | None = None,
    settings: ProspectingSettings | None = None,
    spend_settings: SpendSettings | None = None,
    progress: Progress | None = None,
) -> ProspectResult:
    """Score every family of every population for every business it compares with.

    Parameters
    ----------
    population, customers, businesses, populations, columns
        As for :func:`retail_marts.prospecting.pairs.compared_pairs`. If the customers
        have no column ``actual_amount`` (null where not known), there is no expected
        spend.
    spend_models
        One row per business and spend model: ``business_id``, ``model_name``,
        ``hyperparameters`` (JSON or null) and ``is_best_model``.
    progress
        Is told how far the work is, and what is not compared.

    Returns
    -------
    ProspectResult
        ``prospects`` has one row per business, population and family, ``scores`` one
        per model and calibration, ``lift`` one per decile, all out of fold; ``overlap``
        has a row for every pair, with the reason where nothing was compared.

    Raises
    ------
    InputError
        See :func:`retail_marts.prospecting.pairs.compared_pairs`.
    """
    settings = settings or ProspectingSettings()
    pairs = compared_pairs(
        population,
        customers,
        businesses=businesses,
        populations=populations,
        columns=columns,
        settings=settings,
    )
    # Steps this short gain nothing from a second thread, and on a busy machine they
    # would wait for it.
    results = []
    progress = progress or Progress()
    progress.start("comparisons", len(businesses) * max(len(populations), 1))
    with threadpool_limits(limits=1):
        for pair in pairs:
            with progress.thing(pair.business_id) as on_share:
                found = _search(
                    pair,
                    spend_models=_of_business(spend_models, pair.business_id),
                    settings=settings,
                    spend_settings=spend_settings or SpendSettings(),
                    on_share=on_share,
                )
            results.append(found)
            for reason in found.overlap["reason"].dropna():
                progress.leave_out(pair.business_id, f"not compared: {reason}")
    return ProspectResult(
        prospects=stacked((one.prospects for one in results), PROSPECTS),
        scores=stacked((one.scores for one in results), SCORES),
        lift=stacked((one.lift for one in results), LIFT),
        overlap=stacked((one.overlap for one in results), OVERLAP),
    )


def _of_business(frame: pd.DataFrame | None, business_id: str) -> pd.DataFrame | None:
    return None if frame is None else frame.loc[frame["business_id"] == business_id]


def _search(
    pair: Pair,
    *,
    spend_models: pd.DataFrame | None,
    settings: ProspectingSettings,
    spend_settings: SpendSettings,
    on_share: OnShare,
) -> ProspectResult:
    facts: dict[str, Any] = {name: [None] for name in OVERLAP}
    facts |= {name: [value] for name, value in pair.keys.items()}
    facts |= {
        "is_compared": [pair.comparison is not None],
        "reason": [pair.reason],
        "customer_count": [len(pair.customers)],
        "row_count": [pair.row_count],
    }
    known, comparison = pair.population, pair.comparison
    if known is not None:
        facts["family_count"] = [len(known.family_ids)]
        facts["population_weight"] = [float(known.weights.sum())]
    if known is None or comparison is None:
        empty = pd.DataFrame()
        return ProspectResult(empty, empty, empty, pd.DataFrame(facts))
    found = _score(known, comparison, settings=settings, on_share=on_share)
    money, money_note = _spend_model(
        pair.customers,
        spend_models,
        features=[feature.customer_column for feature in comparison.features],
        settings=spend_settings,
    )
    prospects = _family_rows(
        pair, known, comparison, found=found, bands=settings.bands, money=money
    )
    auc = float(found.best["auc"])
    has_little = (
        auc >= settings.overlap_auc_limit
        or found.within_range_share < settings.overlap_share_limit
    )
    facts |= {
        "compared_columns": [", ".join(f.customer_column for f in comparison.features)],
        "left_out_columns": [comparison.left_out or None],
        "compared_customer_count": [len(comparison.customers)],
        "training_family_count": [found.training_family_count],
        "model_name": [found.model_name],
        "auc": [auc],
        "within_range_share": [found.within_range_share],
        "effective_share": [found.effective_share],
        "has_little_overlap": [has_little],
        "warning": [_overlap_warning(found) if has_little else None],
        "expected_spend_note": [money_note],
    }
    return ProspectResult(
        prospects=prospects,
        scores=found.scores.assign(**pair.keys),
        lift=found.lift.assign(**pair.keys),
        overlap=pd.DataFrame(facts),
    )


@dataclass(frozen=True)
class _Scored:
    """Scores of a population's rows, with what the models measured."""

    model_name: str
    best: Mapping[str, float]
    log_odds: FloatArray
    base: float
    parts: FloatArray
    within_range_share: float
    effective_share: float
    training_family_count: int
    scores: pd.DataFrame
    lift: pd.DataFrame


def _score(
    known: Population,
    comparison: Comparison,
    *,
    settings: ProspectingSettings,
    on_share: OnShare,
) -> _Scored:
    rows = np.flatnonzero(comparison.is_known)
    weights = known.weights[rows]
    stated = comparison.population.iloc[rows]
    scale = fit_population_scale(stated, weights, features=comparison.features)
    points = scale.transform(stated)
    ours = scale.transform(comparison.customers)
    places = {
        feature.customer_column: scale.places(feature.customer_column)
        for feature in comparison.features
    }
    families = known.family_of[rows]
    is_training = _drawn_families(families, settings=settings)
    matched = match(
        ours,
        points[is_training],
        weights=weights[is_training],
        families=families[is_training],
        places=places,
        folds=settings.folds,
        random_state=settings.random_state,
    )
    scores, raw = _model_scores(matched, settings.models, on_share)
    used = scores.loc[scores["is_used"]].iloc[0]
    name = str(used["model_name"])
    everything = np.ones(len(matched.points), dtype=bool)
    line = fit_line(raw[name], matched, everything)
    model = fit_model(name, matched, everything)
    base, parts = contributions(model, points, weights, places)
    base, parts = line.slope * base + line.intercept, line.slope * parts
    log_odds = base + parts.sum(axis=1)
    ratio = np.exp(log_odds)
    low, high = ours.min(axis=0), ours.max(axis=0)
    inside = ((points >= low) & (points <= high)).all(axis=1)
    deciles = decile_shares(
        calibrated_out_of_fold(raw[name], matched, USED_CALIBRATION), matched
    )
    return _Scored(
        model_name=name,
        best={"auc": used["auc"], "lift": used["top_decile_lift"]},
        log_odds=log_odds,
        base=base,
        parts=parts,
        within_range_share=float(weights[inside].sum() / weights.sum()),
        effective_share=float(
            (weights @ ratio) ** 2 / (weights @ ratio**2) / weights.sum()
        ),
        training_family_count=len(np.unique(families[is_training])),
        scores=scores,
        lift=_lift(deciles, customer_count=len(ours)),
    )


def _drawn_families(
    families: NDArray[np.int64], *, settings: ProspectingSettings
) -> NDArray[np.bool_]:
    """Rows of the families that models learn from; all of them up to the limit."""
    known = np.unique(families)
    if len(known) <= settings.training_families_limit:
        return np.ones(len(families), dtype=bool)
    generator = np.random.default_rng(settings.random_state)
    drawn = generator.choice(known, settings.training_families_limit, replace=False)
    is_drawn = np.zeros(known.max() + 1, dtype=bool)
    is_drawn[drawn] = True
    return np.asarray(is_drawn[families])


def _model_scores(
    matched: Matched, models: Sequence[str], on_share: OnShare
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """Out-of-fold figures of each model and calibration, and raw log-odds by model."""
    raw: dict[str, FloatArray] = {}
    row_losses: list[FloatArray] = []
    rows: list[dict[str, Any]] = []
    for name in models:
        start = time.perf_counter()
        raw[name] = out_of_fold(name, matched)
        seconds = time.perf_counter() - start
        on_share(_MODELS_SHARE / len(models))
        for calibration in CALIBRATIONS:
            calibrated = calibrated_out_of_fold(raw[name], matched, calibration)
            row_losses.append(log_losses(calibrated, matched))
            rows.append(
                {
                    "model_name": name,
                    "calibration": calibration,
                    **scores_of(calibrated, matched),
                    "fit_seconds": seconds,
                    "is_baseline": name in BASELINES,
                    "is_explainable": name in EXPLAINABLE_MODELS,
                }
            )
    frame = pd.DataFrame(rows)
    is_candidate = frame["calibration"] == USED_CALIBRATION
    losses = dict(
        zip(
            frame.loc[is_candidate, "model_name"],
            frame.loc[is_candidate, "log_loss"],
            strict=True,
        )
    )
    used = chosen_model(losses)
    baselines = frame["log_loss"].where(is_candidate & frame["is_baseline"])
    baseline = row_losses[int(np.nanargmin(baselines))]
    frame["beats_baseline"] = pd.Series(
        [is_gain(baseline - one, matched.weights) for one in row_losses],
        dtype="boolean",
    ).mask(frame["is_baseline"])
    frame["is_best_model"] = is_candidate & (
        frame["model_name"] == min(losses, key=lambda name: losses[name])
    )
    frame["is_used"] = is_candidate & (frame["model_name"] == used)
    return frame, raw


def _lift(deciles: Sequence[Any], *, customer_count: int) -> pd.DataFrame:
    frame = pd.DataFrame([vars(one) for one in deciles])
    theirs, ours = frame["population_share"], frame["customer_share"]
    reached = theirs.cumsum()
    return pd.DataFrame(
        {
            "decile": np.arange(1, 11),
            "population_share": theirs,
            "customer_count": (ours * customer_count).round().astype("int64"),
            "customer_share": ours,
            "lift": (ours / theirs).where(theirs > 0),
            "cumulative_population_share": reached,
            "cumulative_customer_share": ours.cumsum(),
            "cumulative_lift": (ours.cumsum() / reached).where(reached > 0),
            "lowest_score": frame["lowest"],
            "mean_score": frame["mean_probability"],
            "observed_share": frame["observed_share"],
        }
    )


def _overlap_warning(found: _Scored) -> str:
    return (
        "the customers are unlike nearly everyone: a model tells a customer from a "
        f"family {100 * found.best['auc']:.1f} times in 100, and "
        f"{found.within_range_share:.1%} of the families lie within the customers' "
        "ranges. Scores order the families by likeness; they do not say who will buy"
    )


# --------------------------------------------------------------------- expected spend


def _spend_model(
    customers: pd.DataFrame,
    spend_models: pd.DataFrame | None,
    *,
    features: Sequence[str],
    settings: SpendSettings,
) -> tuple[SpendModel | None, str | None]:
    """The best spend model on the compared columns, or why it is missing."""
    if _TARGET not in customers or spend_models is None or customers.empty:
        return None, "no customer's spend is known"
    best = spend_models.loc[spend_models["is_best_model"].fillna(False).astype(bool)]
    if best.empty:
        return None, "no spend model could be fitted"
    row = best.iloc[0]
    count = int(customers[_TARGET].notna().sum())
    if count < settings.min_customers:
        return None, f"the spend of {count} customers is known, too few for a model"
    text = row["hyperparameters"]
    return (
        fit_spend_model(
            customers[["customer_id", *features, _TARGET]],
            features=features,
            model_name=str(row["model_name"]),
            hyperparameters=json.loads(text) if isinstance(text, str) else None,
            target=_TARGET,
            settings=settings,
        ),
        None,
    )


def _expected_spend(model: SpendModel, families: pd.DataFrame) -> pd.DataFrame:
    """What families would spend, held within the customers' range and beyond it."""
    held = families.copy()
    for name, (low, high) in model.shape.numbers.items():
        held[name] = held[name].clip(low, high)
    within = model.predict(held)
    beyond = model.pipeline.predict(shaped_features(families, model.shape))
    floor = -np.inf if model.floor is None else model.floor
    return pd.DataFrame(
        {
            "expected_spend_amount": within["predicted_amount"],
            "expected_spend_lower_80": within["lower_80"],
            "expected_spend_upper_80": within["upper_80"],
            "extrapolated_spend_amount": np.maximum(beyond, floor),
        }
    )


# ------------------------------------------------------------------------ family rows


def _family_rows(
    pair: Pair,
    known: Population,
    comparison: Comparison,
    *,
    found: _Scored,
    bands: Mapping[str, float],
    money: SpendModel | None,
) -> pd.DataFrame:
    """One row per family: means over its implicates, which count equally."""
    count = len(known.family_ids)
    rows = np.flatnonzero(comparison.is_known)
    families = known.family_of[rows]
    implicates = np.bincount(families, minlength=count)
    is_scored = implicates > 0

    def mean(values: FloatArray) -> FloatArray:
        sums = group_sums(values, families, count)
        return _ratio(sums, implicates)

    probability = expit(found.log_odds)
    score = mean(probability)
    squares = group_sums((probability - score[families]) ** 2, families, count)
    deviation = np.sqrt(_ratio(squares, np.maximum(implicates - 1, 0)))
    weights = group_sums(known.weights, known.family_of, count)
    above = _share_above(score, weights)
    table: dict[str, Any] = dict.fromkeys(PROSPECTS)
    table |= pair.keys
    table |= {
        "family_id": known.family_ids,
        "implicate_count": np.bincount(known.family_of, minlength=count),
        "weight": weights,
        "prospect_score": score,
        "prospect_score_deviation": deviation,
        "population_share_above": above,
        "log_odds": mean(found.log_odds),
        "base_log_odds": np.where(is_scored, found.base, np.nan),
        "band": _bands(above, bands),
        "note": [None if one else _NOT_SCORED for one in is_scored.tolist()],
        **_stated_values(known, pair, count),
    }
    parts = {}
    for place, feature in enumerate(comparison.features):
        column, title = _CONTRIBUTIONS[feature.customer_column]
        parts[title] = mean(found.parts[:, place])
        table[column] = parts[title]
    frame = pd.DataFrame(table, index=range(count))
    names = [feature.customer_column for feature in comparison.features]
    values = {_CONTRIBUTIONS[name][1]: frame[name] for name in names}
    frame["main_reasons"] = _main_reasons(parts, values)
    frame["outside_columns"] = _outside(frame, comparison)
    frame["is_outside_customer_range"] = pd.arrays.BooleanArray(
        frame["outside_columns"].notna().to_numpy(), ~is_scored
    )
    if money is not None:
        scored = frame.loc[is_scored]
        for name, amounts in _expected_spend(money, scored[names]).items():
            frame[str(name)] = amounts.reindex(frame.index)
    return frame


def _stated_values(known: Population, pair: Pair, count: int) -> dict[str, Any]:
    """What a family states: means of numbers, the most frequent of texts."""
    values: dict[str, Any] = {}
    assert pair.columns is not None
    sources = {f.customer_column: f.population_column for f in pair.columns.features}
    for name in _NUMBERS:
        if name in sources:
            values[name] = _family_mean(known, known.frame[sources[name]], count)
    for name in _TEXTS:
        if name in sources:
            values[name] = _most_frequent(known, known.frame[sources[name]], count)
    if pair.columns.filter is not None:
        vehicles = known.frame[pair.columns.filter]
        few = (vehicles <= 1).astype(float).where(vehicles.notna())
        share = _family_mean(known, few, count)
        values["vehicle_count"] = _family_mean(known, vehicles, count)
        values["at_most_one_vehicle_share"] = share
        values["has_at_most_one_vehicle"] = pd.arrays.BooleanArray(
            share >= 0.5, np.isnan(share)
        )
    return values


def _family_mean(known: Population, values: pd.Series, count: int) -> FloatArray:
    numbers = values.to_numpy(float)
    is_stated = np.isfinite(numbers)
    families = known.family_of[is_stated]
    sums = group_sums(numbers[is_stated], families, count)
    return _ratio(sums, np.bincount(families, minlength=count))


def _ratio(sums: FloatArray, counts: NDArray[np.int64]) -> FloatArray:
    """Sums over counts; nan where nothing was counted."""
    result = np.full(len(sums), np.nan)
    np.divide(sums, counts, where=counts > 0, out=result)
    return result


def _most_frequent(
    known: Population, values: pd.Series, count: int
) -> NDArray[np.object_]:
    """The text that most implicates of a family state; the first by name of equals."""
    codes, names = pd.factorize(values, sort=True)
    result = np.full(count, None, dtype=object)
    is_stated = codes >= 0
    if not is_stated.any():
        return result
    counts = np.bincount(
        known.family_of[is_stated] * len(names) + codes[is_stated],
        minlength=count * len(names),
    ).reshape(count, len(names))
    has_any = counts.any(axis=1)
    result[has_any] = np.asarray(names, dtype=object)[counts[has_any].argmax(axis=1)]
    return result


def _share_above(score: FloatArray, weights: FloatArray) -> FloatArray:
    """Share of the scored families, by weight, with a higher score."""
    is_scored = np.isfinite(score)
    result = np.full(len(score), np.nan)
    levels, level_of = np.unique(-score[is_scored], return_inverse=True)
    mass = group_sums(weights[is_scored], level_of.astype(np.int64), len(levels))
    result[is_scored] = ((np.cumsum(mass) - mass) / mass.sum())[level_of]
    return result


def _bands(above: FloatArray, bands: Mapping[str, float]) -> NDArray[np.object_]:
    """The narrowest band that a family is in; ``none`` below the broad one."""
    result = np.full(len(above), None, dtype=object)
    result[~np.isnan(above)] = "none"
    for name in reversed(BANDS):
        result[above < bands[name]] = name
    return result


def _main_reasons(
    parts: Mapping[str, FloatArray], values: Mapping[str, pd.Series]
) -> NDArray[np.object_]:
    """The features that move a score most, with the family's value and what it adds."""
    matrix = np.column_stack(list(parts.values()))
    texts = []
    for title, added in parts.items():
        shown = values[title]
        said = (
            [f"{value:,.0f}" for value in shown]
            if pd.api.types.is_numeric_dtype(shown)
            else [str(value) for value in shown]
        )
        texts.append(
            [f"{title} {s} ({a:+.1f})" for s, a in zip(said, added, strict=True)]
        )
    table = np.array(texts, dtype=object)
    is_scored = np.asarray(np.isfinite(matrix).all(axis=1))
    order = np.argsort(-np.abs(np.where(is_scored[:, None], matrix, 0.0)), axis=1)
    families = np.arange(len(matrix))
    result = np.full(len(matrix), None, dtype=object)
    picked = [
        table[order[:, n], families] for n in range(min(_REASONS_SHOWN, len(parts)))
    ]
    result[is_scored] = [
        "; ".join(row)
        for row, scored in zip(zip(*picked, strict=True), is_scored, strict=True)
        if scored
    ]
    return result


def _outside(frame: pd.DataFrame, comparison: Comparison) -> NDArray[np.object_]:
    """The columns in which a family is unlike every customer, and on which side."""
    said: list[list[str]] = [[] for _ in range(len(frame))]
    for feature in comparison.features:
        name = feature.customer_column
        theirs, ours = frame[name], comparison.customers[name]
        if feature.scale == "category":
            sides = {"other": theirs.notna() & ~theirs.isin(ours.unique())}
        else:
            sides = {"below": theirs < ours.min(), "above": theirs > ours.max()}
        for side, where in sides.items():
            for place in np.flatnonzero(where.to_numpy()).tolist():
                said[place].append(f"{name} {side}")
    result = np.full(len(frame), None, dtype=object)
    result[:] = [", ".join(texts) or None for texts in said]
    return result
