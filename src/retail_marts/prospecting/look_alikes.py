"""Look-alike models: separate customers from families of the population.

Customers count one each, the population's rows by their weight, and both sides have the
same total. With a probability of .9, nine of ten people of this kind are customers, if
customers and families are equally many. The odds are the ratio of the two densities: 9
means that such people are nine times as frequent among the customers as in the
population (Bickel, Brückner and Scheffer 2007, "Discriminative learning for
differing training and test distributions").

Every figure is out of fold: a family's implicates share one fold, so that no model
predicts a family that it was fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import SplineTransformer

from retail_marts.prospecting.weighting import FloatArray, weighted_quantiles
from retail_marts.settings.prospecting import EXPLAINABLE_MODELS

#: How scores are turned into probabilities: not at all, by a straight line in the
#: log-odds (Platt 1999), by a monotonic step function (Zadrozny and Elkan 2002).
CALIBRATIONS = ("none", "platt", "isotonic")

#: Only a straight line keeps different scores different, and a score the sum of its
#: columns' parts.
USED_CALIBRATION = "platt"

#: Log-odds are limited to this size.
_MOST_LOG_ODDS = 12.0
_KNOTS = 7

#: Standard errors of a gain that chance alone rarely gives: a one-sided test at 5 %.
_CERTAIN = 1.645


@dataclass(frozen=True)
class Matched:
    """Customers and population in one matrix on the population's scale.

    Attributes
    ----------
    points
        Shape (rows, columns).
    is_customer
        Shape (rows,).
    weights
        Shape (rows,): each side sums to the number of customers.
    folds
        Shape (rows,): 0 to folds - 1.
    places
        Feature to its places among the columns, in the features' order.
    """

    points: FloatArray
    is_customer: NDArray[np.bool_]
    weights: FloatArray
    folds: NDArray[np.int64]
    places: Mapping[str, Sequence[int]]


def match(
    customers: FloatArray,
    population: FloatArray,
    *,
    weights: FloatArray,
    families: NDArray[np.int64],
    places: Mapping[str, Sequence[int]],
    folds: int,
    random_state: int,
) -> Matched:
    """Stack both sides with equal totals, in folds by family.

    Parameters
    ----------
    customers, population
        Scaled rows, shapes (customers, columns) and (rows, columns).
    weights, families
        Shape (rows,): weight and family of each row of the population.
    """
    rng = np.random.default_rng(random_state)
    known, family_of = np.unique(families, return_inverse=True)
    family_folds = rng.permutation(len(known)) % folds
    customer_folds = rng.permutation(len(customers)) % folds
    count = len(customers)
    return Matched(
        points=np.concatenate([population, customers]),
        is_customer=np.r_[np.zeros(len(population), bool), np.ones(count, bool)],
        weights=np.r_[weights * (count / weights.sum()), np.ones(count)],
        folds=np.r_[family_folds[family_of], customer_folds].astype(np.int64),
        places=places,
    )


#: A fitted model: points to log-odds of being a customer.
LogOdds = Callable[[FloatArray], FloatArray]


def fit_constant(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> LogOdds:
    """The baseline without information: even odds for all."""
    return lambda rows: np.zeros(len(rows))


def fit_customer_range(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> LogOdds:
    """The baseline of a simple rule: within the customers' ranges, or not."""
    customers = points[target == 1]
    low, high = customers.min(axis=0), customers.max(axis=0)

    def is_inside(rows: FloatArray) -> NDArray[np.bool_]:
        return np.asarray(((rows >= low) & (rows <= high)).all(axis=1))

    inside = is_inside(points)
    odds = []
    for side in (~inside, inside):
        # Half a customer more on each side, so that no share is 0 or 1.
        mine = weights[side & (target == 1)].sum() + 0.5
        theirs = weights[side & (target == 0)].sum() + 0.5
        odds.append(float(np.log(mine / theirs)))
    return lambda rows: np.where(is_inside(rows), odds[1], odds[0])


def fit_logistic(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> LogOdds:
    """Log-odds that rise or fall in a straight line with each column."""
    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(points, target, sample_weight=weights)
    return lambda rows: np.asarray(model.decision_function(rows), dtype=float)


def fit_logistic_splines(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> LogOdds:
    """Log-odds that are a smooth curve of each column, summed over the columns.

    Cubic splines with knots at quantiles of customers and population together, constant
    beyond the outermost (Hastie and Tibshirani 1990, "Generalized additive models").
    """
    bases: list[SplineTransformer | None] = []
    for values in points.T:
        levels = np.linspace(0.01, 0.99, _KNOTS).tolist()
        knots = np.unique(weighted_quantiles(values, weights, levels).round(6))
        if len(knots) < 3:
            bases.append(None)
            continue
        basis = SplineTransformer(
            degree=3, knots=knots[:, None], extrapolation="constant", include_bias=False
        )
        bases.append(basis.fit(values[:, None]))

    def expand(rows: FloatArray) -> FloatArray:
        parts = [
            rows[:, [place]] if basis is None else basis.transform(rows[:, [place]])
            for place, basis in enumerate(bases)
        ]
        return np.hstack(parts)

    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(expand(points), target, sample_weight=weights)
    return lambda rows: np.concatenate(
        [model.decision_function(expand(part)) for part in _parts(rows)]
    )


def fit_gradient_boosting(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> LogOdds:
    """Boosted trees of all columns: shows what an explainable score costs."""
    model = HistGradientBoostingClassifier(
        max_iter=60,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    model.fit(points, target, sample_weight=weights)
    return lambda rows: np.asarray(model.decision_function(rows), dtype=float)


_FITS: Mapping[str, Callable[[FloatArray, FloatArray, FloatArray], LogOdds]] = {
    "constant": fit_constant,
    "customer_range": fit_customer_range,
    "logistic": fit_logistic,
    "logistic_splines": fit_logistic_splines,
    "gradient_boosting": fit_gradient_boosting,
}


def fit_model(name: str, matched: Matched, rows: NDArray[np.bool_]) -> LogOdds:
    """Fit one model on some of the rows, each side still of one total."""
    target = matched.is_customer[rows].astype(float)
    weights = matched.weights[rows].copy()
    count = target.sum()
    weights[target == 0] *= count / weights[target == 0].sum()
    return _FITS[name](matched.points[rows], target, weights)


def out_of_fold(name: str, matched: Matched) -> FloatArray:
    """Log-odds of each row by the model that did not see its fold, shape (rows,)."""
    result = np.empty(len(matched.points))
    for fold in np.unique(matched.folds):
        held = matched.folds == fold
        result[held] = fit_model(name, matched, ~held)(matched.points[held])
    return np.clip(result, -_MOST_LOG_ODDS, _MOST_LOG_ODDS)


@dataclass(frozen=True)
class Line:
    """Platt's calibration: log-odds times ``slope`` plus ``intercept``."""

    slope: float
    intercept: float

    def apply(self, log_odds: FloatArray) -> FloatArray:
        """Calibrated log-odds."""
        return np.asarray(self.slope * log_odds + self.intercept, dtype=float)


def fit_line(log_odds: FloatArray, matched: Matched, rows: NDArray[np.bool_]) -> Line:
    """Fit Platt's line to out-of-fold log-odds of some rows.

    A negative slope (of a model that learned nothing) becomes 0.
    """
    if np.ptp(log_odds[rows]) == 0:
        return Line(slope=1.0, intercept=0.0)
    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(
        log_odds[rows, None],
        matched.is_customer[rows],
        sample_weight=_evened(matched, rows),
    )
    slope = float(model.coef_[0, 0])
    return Line(slope, float(model.intercept_[0])) if slope > 0 else Line(0.0, 0.0)


def _evened(matched: Matched, rows: NDArray[np.bool_]) -> FloatArray:
    weights = matched.weights[rows].copy()
    is_customer = matched.is_customer[rows]
    weights[~is_customer] *= weights[is_customer].sum() / weights[~is_customer].sum()
    return weights


def calibrated_out_of_fold(
    log_odds: FloatArray, matched: Matched, calibration: str
) -> FloatArray:
    """Calibrated log-odds: each fold by what the other folds' scores say.

    Parameters
    ----------
    log_odds
        As from :func:`out_of_fold`.
    calibration
        One of :data:`CALIBRATIONS`.
    """
    if calibration == "none" or np.ptp(log_odds) == 0:
        return log_odds
    result = np.empty(len(log_odds))
    for fold in np.unique(matched.folds):
        held = matched.folds == fold
        if calibration == "platt":
            result[held] = fit_line(log_odds, matched, ~held).apply(log_odds[held])
            continue
        model = IsotonicRegression(out_of_bounds="clip")
        model.fit(
            log_odds[~held],
            matched.is_customer[~held],
            sample_weight=_evened(matched, ~held),
        )
        result[held] = logit(np.clip(model.predict(log_odds[held]), 1e-6, 1 - 1e-6))
    return np.clip(result, -_MOST_LOG_ODDS, _MOST_LOG_ODDS)


def scores_of(log_odds: FloatArray, matched: Matched) -> dict[str, float]:
    """Measure out-of-fold log-odds.

    Returns
    -------
    dict
        ``auc``, its standard error over the folds ``auc_error``, ``log_loss``,
        ``brier``, ``calibration_error`` (expected calibration error: over ten groups of
        equal weight, the mean distance of the mean probability from the share of
        customers; Naeini, Cooper and Hauskrecht 2015), ``top_decile_lift`` and
        ``top_decile_customer_share``.
    """
    target, weights = matched.is_customer, matched.weights
    probability = expit(log_odds)
    total = weights.sum()
    loss = log_losses(log_odds, matched)
    by_fold = [
        roc_auc_score(target[held], log_odds[held], sample_weight=weights[held])
        for held in (matched.folds == fold for fold in np.unique(matched.folds))
    ]
    group = weight_groups(probability, weights, 10)
    error = 0.0
    for number in np.unique(group):
        here = group == number
        gap = weights[here] @ (probability[here] - target[here])
        error += abs(float(gap)) / total
    top = decile_shares(log_odds, matched)[0]
    return {
        "auc": float(roc_auc_score(target, log_odds, sample_weight=weights)),
        "auc_error": float(np.std(by_fold, ddof=1) / np.sqrt(len(by_fold))),
        "log_loss": float(weights @ loss / total),
        "brier": float(weights @ (probability - target) ** 2 / total),
        "calibration_error": error,
        "top_decile_lift": top.customer_share / top.population_share,
        "top_decile_customer_share": top.customer_share,
    }


def log_losses(log_odds: FloatArray, matched: Matched) -> FloatArray:
    """Log loss of each row, shape (rows,)."""
    signed = np.where(matched.is_customer, -log_odds, log_odds)
    return np.asarray(np.logaddexp(0.0, signed), dtype=np.float64)


def is_gain(gain: FloatArray, weights: FloatArray) -> bool:
    """Whether the weighted mean of gains is above 0 by more than chance (5 %)."""
    mean = weights @ gain / weights.sum()
    error = np.sqrt(weights**2 @ (gain - mean) ** 2) / weights.sum()
    return bool(mean > _CERTAIN * error)


def weight_groups(
    values: FloatArray, weights: FloatArray, count: int
) -> NDArray[np.int64]:
    """Groups of nearly equal weight by rising value; equal values share a group."""
    edges = weighted_quantiles(values, weights, [g / count for g in range(1, count)])
    return np.searchsorted(np.unique(edges), values, side="left").astype(np.int64)


@dataclass(frozen=True)
class Decile:
    """A tenth of the population by falling score, and the customers who score so."""

    population_share: float
    customer_share: float
    lowest: float
    mean_probability: float
    observed_share: float


def decile_shares(log_odds: FloatArray, matched: Matched) -> list[Decile]:
    """Ten groups of the population of equal weight, the highest scores first.

    Where many families share one score, a decile may be larger or smaller than a
    tenth: equal scores stay together. Empty deciles have shares of 0.
    """
    target, weights = matched.is_customer, matched.weights
    theirs, ours = weights[~target], weights[target]
    tenths = [tenth / 10 for tenth in range(1, 10)]
    edges = weighted_quantiles(-log_odds[~target], theirs, tenths)
    # Decile d holds scores below edge d - 1, down to and with edge d.
    decile = np.searchsorted(edges, -log_odds, side="left")
    probability = expit(log_odds)
    result = []
    for number in range(10):
        here = decile == number
        size = weights[here].sum()
        result.append(
            Decile(
                population_share=float(
                    theirs[decile[~target] == number].sum() / theirs.sum()
                ),
                customer_share=float(ours[decile[target] == number].sum() / ours.sum()),
                lowest=float(probability[here].min()) if here.any() else np.nan,
                mean_probability=(
                    float(weights[here] @ probability[here] / size) if size else np.nan
                ),
                observed_share=(
                    float(weights[here & target].sum() / size) if size else np.nan
                ),
            )
        )
    return result


def chosen_model(losses: Mapping[str, float]) -> str:
    """The explainable model of the least calibrated log loss; the simpler of equals."""
    candidates = [name for name in EXPLAINABLE_MODELS if name in losses]
    return min(candidates, key=lambda name: round(losses[name], 9))


def contributions(
    model: LogOdds,
    points: FloatArray,
    weights: FloatArray,
    places: Mapping[str, Sequence[int]],
) -> tuple[float, FloatArray]:
    """What each feature adds to the log-odds of each row.

    For a model that is a sum over features, as those of ``EXPLAINABLE_MODELS`` are. A
    feature's part is what its value adds beyond the population's mean of that, so that
    parts and base sum to the log-odds of the row.

    Returns
    -------
    tuple
        The base (the population's mean log-odds) and the parts, shape (rows, features).
    """
    parts = np.empty((len(points), len(places)))
    middle = np.zeros((1, points.shape[1]))
    at_middle = model(middle)[0]
    total = np.full(len(points), at_middle)
    for number, columns in enumerate(places.values()):
        alone = np.repeat(middle, len(points), axis=0)
        alone[:, list(columns)] = points[:, list(columns)]
        parts[:, number] = model(alone) - at_middle
        total += parts[:, number]
    means = np.average(parts, axis=0, weights=weights)
    return float(at_middle + means.sum()), parts - means


def _parts(rows: FloatArray, size: int = 100_000) -> list[FloatArray]:
    """Rows in parts, because a spline basis needs six times their memory."""
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)] or [rows]
