"""Lifetime value: whether customers are active, how often they buy and for how much.

BG/NBD and Gamma-Gamma are fitted for each business and checked on held-out days. BG/NBD
is used only if it beats every simple rate there and learns how customers leave;
otherwise the best simple rate is used, and no year is promised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from retail_marts.customers import bg_nbd, gamma_gamma
from retail_marts.customers.maximum_likelihood import Fit, FloatArray
from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform, stacked
from retail_marts.progress import Progress
from retail_marts.settings.customers import LifetimeValueSettings

#: Input of ``customer_lifetime_values``: one row per customer. A purchase day is a day
#: with at least one sale; amounts are net of returns. The calibration ends
#: ``holdout_days`` before the as-of date. If a customer had not bought yet, counts are
#: 0, and days and amounts are null.
HISTORIES: Schema = {
    "business_id": "string",
    "customer_id": "string",
    "purchase_day_count": "float64",
    "days_to_last_purchase": "float64",
    "days_since_first_purchase": "float64",
    "sales_amount": "float64",
    "calibration_purchase_day_count": "float64",
    "calibration_days_to_last_purchase": "float64",
    "calibration_days_since_first_purchase": "float64",
    "calibration_sales_amount": "float64",
    "holdout_days": "float64",
    "holdout_purchase_day_count": "float64",
    "holdout_sales_amount": "float64",
}

#: Horizons of the expectations, in days.
HORIZONS = (90, 365)

#: One row per customer.
LIFETIME_VALUES: Schema = {
    "business_id": "string",
    "customer_id": "string",
    "model_name": "string",
    "value_model_name": "string",
    "purchase_day_count": "int64",
    "repeat_day_count": "Int64",
    "days_to_last_purchase": "Int64",
    "days_since_first_purchase": "Int64",
    "usual_days_between_orders": "float64",
    "mean_purchase_amount": "float64",
    "probability_alive": "float64",
    "expected_purchase_amount": "float64",
    "expected_orders_90d": "float64",
    "expected_orders_365d": "float64",
    "expected_value_90d": "float64",
    "expected_value_365d": "float64",
    "note": "string",
}

_PARAMETERS = (*bg_nbd.PARAMETERS, *gamma_gamma.PARAMETERS)

#: One row per business, part of the history and model.
LIFETIME_VALUE_MODELS: Schema = {
    "business_id": "string",
    "fitted_on": "string",
    "model_name": "string",
    "customer_count": "int64",
    "repeat_customer_count": "int64",
    "excluded_customer_count": "int64",
    **dict.fromkeys(_PARAMETERS, "float64"),
    **{f"{name}_standard_error": "float64" for name in _PARAMETERS},
    "log_likelihood": "float64",
    "gradient_norm": "float64",
    "iterations": "Int64",
    "fit_seconds": "float64",
    "frequency_value_correlation": "float64",
    "converged": "boolean",
    "note": "string",
}

#: One row per business, model and class of customers by their repeats.
LIFETIME_VALUE_HOLDOUT: Schema = {
    "business_id": "string",
    "model_name": "string",
    "value_model_name": "string",
    "frequency_class": "string",
    "frequency_rank": "int64",
    "holdout_days": "Int64",
    "customer_count": "int64",
    "actual_orders_mean": "float64",
    "predicted_orders_mean": "float64",
    "orders_mae": "float64",
    "orders_rmse": "float64",
    "value_customer_count": "int64",
    "actual_value_mean": "float64",
    "predicted_value_mean": "float64",
    "value_mae": "float64",
    "value_rmse": "float64",
    "is_baseline": "bool",
    "beats_baseline": "boolean",
    "note": "string",
}

#: The frames of :class:`LifetimeValueResult`.
LIFETIME_VALUE_KINDS = {
    "customers": LIFETIME_VALUES,
    "models": LIFETIME_VALUE_MODELS,
    "holdout": LIFETIME_VALUE_HOLDOUT,
}

#: Fitted models.
BG_NBD, GAMMA_GAMMA = "bg_nbd", "gamma_gamma"
#: Used if a model could not be fitted: the customer's own rate or mean, shrunk towards
#: that of the business.
SHRUNKEN_RATE, SHRUNKEN_MEAN = "shrunken_rate", "shrunken_mean"
#: No expectation is possible.
NO_MODEL = "none"

#: Customers with at least this many repeats are one class of the holdout table.
TOP_CLASS = 7

#: A model beats a baseline if its error is smaller by more than this share, and its
#: mean squared error by more than this number of standard errors (95 % sure).
BEATEN_BY, BEATEN_SURELY = 0.001, 1.645

#: Dropout is learned if ``a`` is at least this share of ``b``.
LEAST_DROPOUT = 1e-3
_NO_DROPOUT = "hardly any customer is seen to leave"
#: Parameters above this say that customers hardly differ.
ALIKE = 1000

#: Share of the work that the days held out take, roughly.
_HOLDOUT_SHARE = 0.5

#: Above this correlation of frequency and value the note of Gamma-Gamma warns.
CORRELATION_LIMIT = 0.3


@dataclass(frozen=True)
class LifetimeValueResult:
    """Lifetime values, the models, and their scores on held-out days.

    Attributes
    ----------
    customers
        One row per customer (:data:`LIFETIME_VALUES`), including those without any
        expectation.
    models
        One row per business, part of the history and model
        (:data:`LIFETIME_VALUE_MODELS`), including models that were not fitted.
    holdout
        One row per business, model and frequency class
        (:data:`LIFETIME_VALUE_HOLDOUT`).
    """

    customers: pd.DataFrame
    models: pd.DataFrame
    holdout: pd.DataFrame


@dataclass(frozen=True)
class _Customers:
    """Buyers of one business up to a day, one entry per customer."""

    days: FloatArray  # purchase days
    last: FloatArray
    observed: FloatArray
    amounts: FloatArray

    @property
    def repeats(self) -> FloatArray:
        return self.days - 1

    @property
    def is_valued(self) -> NDArray[np.bool_]:
        return self.amounts > 0

    @property
    def means(self) -> FloatArray:
        return self.amounts / self.days


@dataclass(frozen=True)
class _Model:
    """A fitted model, or a note with the reason why not."""

    name: str
    customer_count: int
    repeat_customer_count: int
    excluded_customer_count: int = 0
    fit: Fit | None = None
    correlation: float = float("nan")
    note: str | None = None

    @property
    def is_usable(self) -> bool:
        return self.fit is not None and self.fit.converged

    @property
    def has_dropout(self) -> bool:
        """Whether BG/NBD learned how customers leave."""
        if self.fit is None:
            return False
        at = self.fit.parameters
        return at["a"] >= LEAST_DROPOUT * at["b"]


@dataclass(frozen=True)
class _Verdict:
    """What the days held out say of BG/NBD.

    Attributes
    ----------
    best
        The best baseline.
    against
        Why BG/NBD is not better than the baselines; null if it is.
    """

    best: str
    against: str | None


def customer_lifetime_values(
    histories: pd.DataFrame,
    *,
    businesses: pd.DataFrame | None = None,
    settings: LifetimeValueSettings | None = None,
    progress: Progress | None = None,
) -> LifetimeValueResult:
    """Estimate lifetime values of all customers of all businesses.

    Models are fitted for each business. BG/NBD is not used if it cannot be fitted (too
    few repeat customers, no time passed), does not converge, learns no dropout or does
    not beat every baseline in the days held out. The best baseline is used instead, and
    ``model_name`` and ``note`` say so. A baseline does not know who leaves, so it gives
    no expectations of a year.

    Parameters
    ----------
    histories
        One row per customer (:data:`HISTORIES`), in any order.
    businesses
        Has the ``business_id`` of each business that gets rows in ``models`` even
        without known customers.
    settings
        How to estimate lifetime values.
    progress
        Is told how far the work is.

    Returns
    -------
    LifetimeValueResult
        Three frames, sorted by their keys. Everything except ``fit_seconds`` is
        deterministic. Expectations are not discounted. Money is in the business's
        currency.

    Raises
    ------
    InputError
        When a column is missing, a key is null or repeated, or a history is impossible.
    """
    settings = settings or LifetimeValueSettings()
    frame = _checked(histories)
    names = [] if businesses is None else businesses["business_id"].tolist()
    # The matrices have four rows, too few for threads to help.
    with threadpool_limits(limits=1):
        return _estimated(frame, names, settings, progress or Progress())


def _estimated(
    frame: pd.DataFrame,
    names: list[str],
    settings: LifetimeValueSettings,
    progress: Progress,
) -> LifetimeValueResult:
    customers: list[pd.DataFrame] = []
    models: list[dict[str, object]] = []
    holdout: list[dict[str, object]] = []
    ids = frame["business_id"].to_numpy(dtype=object)
    borders = np.flatnonzero(ids[1:] != ids[:-1]) + 1
    groups = {
        str(ids[start]): (start, stop)
        for start, stop in zip([0, *borders], [*borders, len(ids)], strict=True)
        if start < stop
    }
    columns = {
        name: frame[name].to_numpy(dtype="float64")
        for name, kind in HISTORIES.items()
        if kind == "float64"
    }
    progress.start("customers", len(frame))
    for business in sorted({*groups, *names}):
        start, stop = groups.get(business, (0, 0))
        mine = {name: values[start:stop] for name, values in columns.items()}
        with progress.thing(business, stop - start) as on_share:
            rows, checked, verdict = _held_out(mine, settings)
            on_share(_HOLDOUT_SHARE)
            values, fitted = _whole_history(mine, settings, verdict)
        keys = frame[["business_id", "customer_id"]].iloc[start:stop]
        customers.append(pd.concat([keys.reset_index(drop=True), values], axis=1))
        holdout += [{"business_id": business, **row} for row in rows]
        models += [
            {"business_id": business, "fitted_on": part, **_model_row(model)}
            for part, two in (("calibration", checked), ("history", fitted))
            for model in two
        ]
    return LifetimeValueResult(
        customers=stacked(customers, LIFETIME_VALUES),
        models=conform(
            pd.DataFrame(models, columns=list(LIFETIME_VALUE_MODELS)),
            LIFETIME_VALUE_MODELS,
        ),
        holdout=conform(
            pd.DataFrame(holdout, columns=list(LIFETIME_VALUE_HOLDOUT)),
            LIFETIME_VALUE_HOLDOUT,
        ),
    )


# --- input ---------------------------------------------------------------------------


def _checked(histories: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in HISTORIES if column not in histories.columns]
    if missing:
        raise InputError(
            f"customer histories lack the columns {', '.join(missing)}.",
            remedy="Give one row per customer with the columns "
            f"{', '.join(HISTORIES)}.",
        )
    frame = conform(histories, HISTORIES)
    keys = ["business_id", "customer_id"]
    if frame[keys].isna().any(axis=None):
        raise InputError(
            "customer histories: business_id or customer_id is null in some rows.",
            remedy="Leave out purchases of unknown customers.",
        )
    if frame.duplicated(keys).any():
        raise InputError(
            "customer histories: a customer of a business has several rows.",
            remedy="Give one row per customer.",
        )
    for prefix in ("", "calibration_"):
        days, last, observed = (
            frame[prefix + name]
            for name in (
                "purchase_day_count",
                "days_to_last_purchase",
                "days_since_first_purchase",
            )
        )
        bought = days > 0
        wrong = days.isna() | (days < 0) | (days % 1 != 0)
        wrong |= bought & ~((last >= 0) & (last <= observed) & np.isfinite(observed))
        # The last purchase is after the first if and only if there are several days.
        wrong |= bought & ((days > 1) != (last > 0))
        wrong |= bought & ~np.isfinite(frame[prefix + "sales_amount"])
        if wrong.any():
            raise InputError(
                f"customer histories: {prefix}purchase_day_count, "
                f"{prefix}days_to_last_purchase, {prefix}days_since_first_purchase "
                f"and {prefix}sales_amount contradict each other in "
                f"{int(wrong.sum())} rows.",
                remedy="Give the number of days with a sale, and the days from the "
                "first of them to the last one and to the as-of date.",
            )
    return frame.sort_values(keys, ignore_index=True)


def _customers(columns: Mapping[str, FloatArray], prefix: str = "") -> _Customers:
    days = columns[f"{prefix}purchase_day_count"]
    bought = days > 0
    return _Customers(
        days=days[bought],
        last=columns[f"{prefix}days_to_last_purchase"][bought],
        observed=columns[f"{prefix}days_since_first_purchase"][bought],
        amounts=columns[f"{prefix}sales_amount"][bought],
    )


# --- models --------------------------------------------------------------------------


def _purchase_model(
    customers: _Customers, counts: bg_nbd.PurchaseCounts, least: int
) -> _Model:
    """BG/NBD of a business's customers, or a note with the reason why not."""
    repeated = int((customers.repeats > 0).sum())
    size = len(customers.days)
    note = None
    if not size:
        note = "no customer has bought"
    elif not (customers.observed > 0).any():
        note = "no time has passed since any first purchase"
    elif repeated < least:
        note = f"{repeated} customers bought again, {least} are needed"
    if note:
        return _Model(BG_NBD, size, repeated, note=note)
    fit = bg_nbd.fit_bg_nbd(counts)
    at = fit.parameters
    notes = [
        (not fit.converged, "did not converge"),
        (
            at["a"] < LEAST_DROPOUT * at["b"],
            _NO_DROPOUT,
        ),
        (
            at["a"] + at["b"] > ALIKE,
            "customers hardly differ in how likely they are to leave",
        ),
        (
            at["b"] < 1e-3 <= at["a"] / at["b"],
            "customers seem to leave after their first repeat or never",
        ),
        (at["r"] > ALIKE, "customers hardly differ in how often they buy"),
    ]
    return _Model(BG_NBD, size, repeated, fit=fit, note=_joined(notes))


def _value_model(customers: _Customers, least: int) -> _Model:
    """Gamma-Gamma of a business's customers, or a note with the reason why not."""
    valued = customers.is_valued
    days, amounts = customers.days[valued], customers.amounts[valued]
    repeated = int((days > 1).sum())
    size, excluded = int(valued.sum()), int((~valued).sum())
    if repeated < least:
        note = f"{repeated} customers bought again for money, {least} are needed"
        if not len(customers.days):
            note = "no customer has bought"
        return _Model(GAMMA_GAMMA, size, repeated, excluded, note=note)
    fit = gamma_gamma.fit_gamma_gamma(days, amounts)
    again = days > 1
    correlation = _correlation(days[again] - 1, (amounts / days)[again])
    at = fit.parameters
    notes = [
        (not fit.converged, "did not converge"),
        (at["q"] <= 1, "values vary so widely that their distribution has no mean"),
        (
            at["q"] > ALIKE,
            "customers hardly differ in what they spend per purchase day",
        ),
        (at["p"] > ALIKE, "purchases of a customer hardly differ in value"),
        (
            abs(correlation) > CORRELATION_LIMIT,
            f"frequency and value have a correlation of {correlation:.2f}, while the "
            "model assumes that they are independent",
        ),
    ]
    return _Model(
        GAMMA_GAMMA,
        size,
        repeated,
        excluded,
        fit=fit,
        correlation=correlation,
        note=_joined(notes),
    )


def _joined(notes: Sequence[tuple[bool, str]]) -> str | None:
    return "; ".join(text for holds, text in notes if holds and text) or None


def _correlation(one: FloatArray, other: FloatArray) -> float:
    spread = float(one.std() * other.std())
    if spread <= 1e-12 * float(abs(one.mean() * other.mean())):
        return float("nan")
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def _model_row(model: _Model) -> dict[str, object]:
    fit = model.fit
    parameters = fit.parameters if fit else {}
    errors = fit.standard_errors if fit else {}
    return {
        "model_name": model.name,
        "customer_count": model.customer_count,
        "repeat_customer_count": model.repeat_customer_count,
        "excluded_customer_count": model.excluded_customer_count,
        **{name: parameters.get(name) for name in _PARAMETERS},
        **{f"{name}_standard_error": errors.get(name) for name in _PARAMETERS},
        "log_likelihood": fit.log_likelihood if fit else None,
        "gradient_norm": fit.gradient_norm if fit else None,
        "iterations": fit.iterations if fit else None,
        "fit_seconds": fit.seconds if fit else None,
        "frequency_value_correlation": model.correlation,
        "converged": fit.converged if fit else None,
        "note": model.note,
    }


def _shrunken_rates(customers: _Customers) -> FloatArray:
    """Repeats per day: the customer's own rate, shrunk towards the business's rate.

    Assumes that nobody leaves and that rates follow a gamma distribution around the
    business's rate. Its spread is estimated by moments, from how much more the repeats
    vary than by chance, which works for any number of customers. If customers do not
    differ, all get the business's rate; if they differ much, nearly their own. NaN if
    no time has passed.
    """
    repeats, observed = customers.repeats, customers.observed
    whole = float(observed.sum())
    if whole <= 0:
        return np.full(len(repeats), np.nan)
    rate = float(repeats.sum()) / whole
    expected = rate * observed
    beyond = float(((repeats - expected) ** 2 - expected).sum())
    if rate == 0 or beyond <= 0:
        return np.full(len(repeats), rate)
    shape = float((expected**2).sum()) / beyond
    return (repeats + shape) / (observed + shape / rate)


def _shrunken_means(customers: _Customers) -> FloatArray:
    """Mean value of a purchase day, with one average purchase of the business added."""
    valued = customers.is_valued
    if not valued.any():
        return np.full(len(customers.days), np.nan)
    mean = float(customers.amounts[valued].sum() / customers.days[valued].sum())
    means = (customers.amounts + mean) / (customers.days + 1)
    return np.where(valued, means, np.nan)


def _expected_means(customers: _Customers, model: _Model) -> FloatArray:
    """Expected value of a future purchase day; NaN if the past value is not above 0."""
    if not model.is_usable or model.fit is None:
        return _shrunken_means(customers)
    means = gamma_gamma.expected_mean_value(
        model.fit.parameters, customers.days, customers.amounts
    )
    return np.where(customers.is_valued, means, np.nan)


# --- the whole history: expectations for each customer -------------------------------


def _whole_history(
    columns: Mapping[str, FloatArray],
    settings: LifetimeValueSettings,
    verdict: _Verdict,
) -> tuple[pd.DataFrame, tuple[_Model, _Model]]:
    customers = _customers(columns)
    counts = bg_nbd.count_histories(
        customers.repeats, customers.last, customers.observed
    )
    least = settings.min_repeat_customers
    purchases = _purchase_model(customers, counts, least)
    values = _value_model(customers, least)
    size = len(customers.days)
    reason = _reason_against(purchases, verdict)
    alive = np.full(size, np.nan)
    if reason is None and purchases.fit is not None:
        method, at = BG_NBD, purchases.fit.parameters
        alive = bg_nbd.probability_alive(at, counts)[counts.positions]
        orders = [
            bg_nbd.expected_purchases(at, counts, days=days)[counts.positions]
            for days in HORIZONS
        ]
    else:
        method = verdict.best
        rates = _baselines(customers)[method][1] if size else np.empty(0)
        # A rate does not know who leaves, so it is not carried on for a year.
        orders = [rates * HORIZONS[0], np.full(size, np.nan)]
        if purchases.is_usable:
            known = purchases.note or ""
            why = "not used" if reason == _NO_DROPOUT else f"not used: {reason}"
            purchases = replace(purchases, note=_joined([(True, known), (True, why)]))
    means = _expected_means(customers, values)
    bought = columns["purchase_day_count"] > 0

    def spread(known: FloatArray) -> FloatArray:
        result = np.full(len(bought), np.nan)
        result[bought] = known
        return result

    frame = pd.DataFrame(
        {
            "model_name": _named(spread(orders[0]), method),
            "value_model_name": _named(
                spread(means), GAMMA_GAMMA if values.is_usable else SHRUNKEN_MEAN
            ),
            "purchase_day_count": columns["purchase_day_count"],
            "repeat_day_count": spread(customers.repeats),
            "days_to_last_purchase": spread(customers.last),
            "days_since_first_purchase": spread(customers.observed),
            "usual_days_between_orders": spread(usual_days_between(customers)),
            "mean_purchase_amount": spread(customers.means),
            "probability_alive": spread(alive),
            "expected_purchase_amount": spread(means),
            **{
                f"expected_orders_{days}d": spread(expected)
                for days, expected in zip(HORIZONS, orders, strict=True)
            },
            **{
                f"expected_value_{days}d": spread(expected * means)
                for days, expected in zip(HORIZONS, orders, strict=True)
            },
            "note": _notes(
                bought,
                customers,
                method=method,
                reason=reason or "",
                values=values,
                orders=orders[0],
                means=means,
            ),
        }
    )
    return frame, (purchases, values)


def _reason_against(purchases: _Model, verdict: _Verdict) -> str | None:
    """Why BG/NBD is not used; null if it is."""
    if not purchases.is_usable:
        return purchases.note
    if not purchases.has_dropout:
        return _NO_DROPOUT
    return verdict.against


def usual_days_between(customers: _Customers) -> FloatArray:
    """Days that usually pass between two purchase days of each customer.

    The mean gap of the customer's own purchase days, with one gap of the business
    added: so one purchase says nothing, and many say nearly all. The business's gap is
    its history (days since the first purchase of any customer) divided by the mean
    number of purchase days per customer. NaN if no customer came back.
    """
    if not (customers.repeats > 0).any():
        return np.full(len(customers.days), np.nan)
    common = float(customers.observed.max() / customers.days.mean())
    return (customers.last + common) / (customers.repeats + 1)


def _named(expected: FloatArray, name: str) -> NDArray[np.object_]:
    return np.where(np.isnan(expected), NO_MODEL, name).astype(object)


def _notes(
    bought: NDArray[np.bool_],
    customers: _Customers,
    *,
    method: str,
    reason: str,
    values: _Model,
    orders: FloatArray,
    means: FloatArray,
) -> NDArray[np.object_]:
    """Notes on the customers' rows; null without a note."""
    size = len(customers.days)
    parts: list[tuple[NDArray[np.bool_], str]] = []
    if method == BG_NBD:
        parts.append(
            (
                customers.repeats == 0,
                "bought on one day only; BG/NBD assumes that such a customer is active",
            )
        )
    else:
        unknown = np.isnan(orders)
        parts.append(
            (
                ~unknown,
                f"{method} instead of BG/NBD ({reason}); it does not know who leaves, "
                "so no year is expected",
            )
        )
        parts.append((unknown, f"no expectation: {reason}"))
    known = ~np.isnan(means)
    parts.append((~customers.is_valued, "no expected value: net value is not above 0"))
    if values.is_usable:
        parts.append(
            (customers.is_valued & ~known, "no expected value: no mean exists")
        )
    else:
        parts.append((known, f"no Gamma-Gamma model ({values.note}): plain mean value"))
    # Each combination of notes is joined once, not once per customer.
    codes = np.zeros(size, dtype=np.int64)
    for position, (holds, _) in enumerate(parts):
        codes |= holds.astype(np.int64) << position
    texts = np.empty(2 ** len(parts), dtype=object)
    for code in np.unique(codes):
        chosen = [text for k, (_, text) in enumerate(parts) if code >> k & 1]
        texts[code] = "; ".join(chosen) or None
    missing = "has not bought up to the as-of date" if size else "no orders are known"
    result = np.full(len(bought), missing, dtype=object)
    result[bought] = texts[codes]
    return result


# --- the holdout: predictions for days that the models did not see -------------------


def _held_out(
    columns: Mapping[str, FloatArray], settings: LifetimeValueSettings
) -> tuple[list[dict[str, object]], tuple[_Model, _Model], _Verdict]:
    """Fit on the calibration days and compare with the days after them."""
    customers = _customers(columns, "calibration_")
    counts = bg_nbd.count_histories(
        customers.repeats, customers.last, customers.observed
    )
    least = settings.min_repeat_customers
    purchases = _purchase_model(customers, counts, least)
    values = _value_model(customers, least)
    known = columns["calibration_purchase_day_count"] > 0
    spans = columns["holdout_days"]
    horizon = float(np.nanmax(spans)) if np.isfinite(spans).any() else float("nan")
    base: dict[str, object] = {"holdout_days": None if np.isnan(horizon) else horizon}
    if not len(customers.days) or not horizon > 0:
        note = "no customer had bought before the days held out"
        unchecked = _Verdict(SHRUNKEN_RATE, f"it could not be checked: {note}")
        return [{**base, **_nothing(note)}], (purchases, values), unchecked
    actual = columns["holdout_purchase_day_count"][known]
    money = columns["holdout_sales_amount"][known]
    means = _expected_means(customers, values)
    value_name = GAMMA_GAMMA if values.is_usable else SHRUNKEN_MEAN
    predicted: dict[str, tuple[str, FloatArray, FloatArray]] = {}
    if purchases.fit is not None and purchases.is_usable:
        orders = bg_nbd.expected_purchases(
            purchases.fit.parameters, counts, days=horizon
        )
        orders = orders[counts.positions]
        predicted[BG_NBD] = (value_name, orders, orders * means)
    for name, (value, rates, mean) in _baselines(customers).items():
        predicted[name] = (value, rates * horizon, rates * horizon * mean)
    classes = np.minimum(customers.repeats, TOP_CLASS).astype(np.int64)
    rows: list[dict[str, object]] = []
    if BG_NBD not in predicted:
        rows.append({**base, **_nothing(f"not fitted: {purchases.note}")})
    for rank in (*np.unique(classes).tolist(), TOP_CLASS + 1):
        chosen = (classes == rank) | (rank > TOP_CLASS)
        scored = {
            name: _scores(
                (orders, actual),
                (amounts, money),
                chosen=chosen,
                is_valued=customers.is_valued,
            )
            for name, (_, orders, amounts) in predicted.items()
        }
        verdict = _verdict(
            {name: orders[chosen] for name, (_, orders, _) in predicted.items()},
            actual[chosen],
        )
        for name, scores in scored.items():
            is_baseline = name != BG_NBD
            rows.append(
                {
                    **base,
                    "model_name": name,
                    "value_model_name": predicted[name][0],
                    "frequency_class": _class_name(rank),
                    "frequency_rank": rank,
                    **scores,
                    "is_baseline": is_baseline,
                    "beats_baseline": None
                    if is_baseline or np.isnan(scores["orders_rmse"])
                    else verdict.against is None,
                    "note": None,
                }
            )
    # The last verdict is that of all customers.
    if purchases.note and BG_NBD not in predicted:
        against = f"it could not be checked: before the days held out, {purchases.note}"
        verdict = replace(verdict, against=against)
    return rows, (purchases, values), verdict


def _verdict(predicted: Mapping[str, FloatArray], actual: FloatArray) -> _Verdict:
    """Whether BG/NBD beats every baseline, and which baseline is best.

    The shrunken rate is best unless another one has a smaller error by more than
    :data:`BEATEN_BY`.
    """
    squares = {name: (orders - actual) ** 2 for name, orders in predicted.items()}
    rmse = {name: math.sqrt(values.mean()) for name, values in squares.items()}
    baselines = sorted(rmse.keys() - {BG_NBD}, key=lambda name: (rmse[name], name))
    is_less = rmse[baselines[0]] < rmse[SHRUNKEN_RATE] * (1 - BEATEN_BY)
    best = baselines[0] if is_less else SHRUNKEN_RATE
    if BG_NBD not in rmse:
        return _Verdict(best, "it could not be checked")
    for name in baselines:
        gain = squares[name] - squares[BG_NBD]
        noise = BEATEN_SURELY * gain.std() / math.sqrt(len(gain))
        is_less = rmse[BG_NBD] < rmse[name] * (1 - BEATEN_BY)
        if not is_less or gain.mean() <= noise or len(gain) == 1:
            return _Verdict(
                best, f"it does not beat {name} beyond chance in the days held out"
            )
    return _Verdict(best, None)


def _class_name(rank: int) -> str:
    if rank > TOP_CLASS:
        return "all"
    return f"{TOP_CLASS}+" if rank == TOP_CLASS else str(rank)


def _nothing(note: str) -> dict[str, object]:
    return {
        "model_name": BG_NBD,
        "frequency_class": _class_name(TOP_CLASS + 1),
        "frequency_rank": TOP_CLASS + 1,
        "customer_count": 0,
        "value_customer_count": 0,
        "is_baseline": False,
        "note": note,
    }


def _baselines(
    customers: _Customers,
) -> dict[str, tuple[str, FloatArray, FloatArray]]:
    """Repeats per day and value of a purchase day of each baseline."""
    size = len(customers.days)
    observed = customers.observed
    own = np.divide(customers.repeats, observed, out=np.zeros(size), where=observed > 0)
    whole = float(observed.sum())
    common = float(customers.repeats.sum()) / whole if whole else float("nan")
    mean = float(customers.amounts.sum() / customers.days.sum())
    return {
        "own_rate": ("own_mean", own, customers.means),
        "business_rate": (
            "business_mean",
            np.full(size, common),
            np.full(size, mean),
        ),
        SHRUNKEN_RATE: (
            SHRUNKEN_MEAN,
            _shrunken_rates(customers),
            _shrunken_means(customers),
        ),
    }


def _scores(
    orders: tuple[FloatArray, FloatArray],
    amounts: tuple[FloatArray, FloatArray],
    *,
    chosen: NDArray[np.bool_],
    is_valued: NDArray[np.bool_],
) -> dict[str, Any]:
    """Means and errors of orders, and of value for customers with a value above 0."""
    result: dict[str, Any] = {}
    for label, count, (predicted, actual), rows in (
        ("orders", "customer_count", orders, chosen),
        ("value", "value_customer_count", amounts, chosen & is_valued),
    ):
        result[count] = int(rows.sum())
        error = predicted[rows] - actual[rows]
        is_empty = not rows.any()
        result |= {
            f"actual_{label}_mean": None if is_empty else actual[rows].mean(),
            f"predicted_{label}_mean": None if is_empty else predicted[rows].mean(),
            f"{label}_mae": None if is_empty else np.abs(error).mean(),
            f"{label}_rmse": None if is_empty else np.sqrt((error**2).mean()),
        }
    return result
