"""Maximum likelihood over positive parameters, from several starts.

Parameters are positive and differ by orders of magnitude, so the search runs over their
logarithms, or over logarithms of products and ratios of them. If two parameters grow to
infinity together, only their ratio is determined by the data. The log-likelihood is
divided by the number of observations, so that one limit of the gradient has the same
meaning for thirty customers and for two million.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

FloatArray = NDArray[np.float64]

#: Log-likelihood of all observations and its gradient, as functions of the parameters.
LogLikelihood = Callable[[FloatArray], tuple[float, FloatArray]]

#: A fit has converged if no derivative of the mean log-likelihood by the logarithm of a
#: parameter is larger. A change of 1 % in any parameter then changes the log-likelihood
#: of an observation by about 1e-8.
GRADIENT_LIMIT = 1e-6

#: The logarithms are searched between minus and plus this bound. If one is at a bound,
#: the data do not show the effect that it describes (for example, all customers buy
#: alike), and a model beyond the bound would not fit better.
LOG_BOUND = 10.0

_Objective = Callable[[FloatArray], tuple[float, FloatArray]]

_STEP_LIMIT = 60


def softplus(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``ln(1 + exp(values))`` and its derivative."""
    small = np.exp(-np.abs(values))
    below = 1 + small
    return (
        np.maximum(values, 0.0) + np.log1p(small),
        np.where(values >= 0, 1.0, small) / below,
    )


@dataclass(frozen=True)
class Fit:
    """Result of a search.

    Attributes
    ----------
    parameters
        Name to value.
    standard_errors
        Name to standard error, from the inverse of the observed information of the
        logarithm by the delta method. NaN if the likelihood is flat or largest at a
        bound, because the data then do not determine the parameter.
    log_likelihood
        Sum over all observations.
    gradient_norm
        Largest derivative of the mean log-likelihood by a searched logarithm, except
        derivatives that point beyond a bound.
    iterations
        Total steps of all searches.
    converged
        Whether ``gradient_norm`` is at most :data:`GRADIENT_LIMIT`.
    seconds
        Wall time of the search.
    """

    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    gradient_norm: float
    iterations: int
    converged: bool
    seconds: float


def maximise(
    log_likelihood: LogLikelihood,
    *,
    names: Sequence[str],
    basis: Sequence[Sequence[float]],
    starts: Sequence[Sequence[float]],
    observation_count: float,
    sketch: LogLikelihood | None = None,
) -> Fit:
    """Find the parameters at which a log-likelihood is largest.

    L-BFGS-B runs from each start until it is near a maximum. The best result is then
    improved by Newton steps. Their second derivatives are differences of the given
    gradient; the standard errors use the same derivatives.

    Parameters
    ----------
    log_likelihood
        Returns the log-likelihood and its gradient by the parameters.
    names
        Names of the parameters, in the order of the vector.
    basis
        One row per parameter, one column per searched logarithm: the logarithm of the
        parameter is the sum of the searched logarithms times these numbers.
    starts
        Parameters to start from.
    observation_count
        The log-likelihood is divided by this number.
    sketch
        The same log-likelihood for fewer observations. If given, L-BFGS-B uses it, and
        only the Newton steps use all observations. The maximum stays the same.

    Returns
    -------
    Fit
        Deterministic, except for ``seconds``.
    """
    started = time.perf_counter()

    matrix = np.asarray(basis, dtype=np.float64)

    def minimised(one: LogLikelihood) -> _Objective:
        def objective(logs: FloatArray) -> tuple[float, FloatArray]:
            parameters = np.exp(matrix @ logs)
            value, gradient = one(parameters)
            return (
                -value / observation_count,
                -matrix.T @ (gradient * parameters) / observation_count,
            )

        return objective

    objective = minimised(log_likelihood)
    rough = minimised(sketch or log_likelihood)
    iterations = 0
    origins = np.linalg.solve(matrix, np.log(np.asarray(starts)).T).T
    origins = np.clip(origins, -LOG_BOUND, LOG_BOUND)
    best, lowest = origins[0], np.inf
    for origin in origins:
        found = minimize(
            rough,
            origin,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-LOG_BOUND, LOG_BOUND)] * len(names),
            options={"gtol": 1e-5, "ftol": 1e-10, "maxiter": 500},
        )
        iterations += int(found.nit)
        if np.isfinite(found.fun) and found.fun < lowest:
            best, lowest = found.x, float(found.fun)
    best, steps = _newton(objective, best)
    value, gradient = objective(best)
    norm = _norm(gradient, best)
    parameters = np.exp(matrix @ best)
    errors = parameters * _standard_errors(objective, best, matrix, observation_count)
    return Fit(
        parameters=dict(zip(names, parameters.tolist(), strict=True)),
        standard_errors=dict(zip(names, errors.tolist(), strict=True)),
        log_likelihood=-value * observation_count,
        gradient_norm=norm,
        iterations=iterations + steps,
        converged=bool(np.isfinite(value) and norm <= GRADIENT_LIMIT),
        seconds=time.perf_counter() - started,
    )


def _newton(objective: _Objective, logs: FloatArray) -> tuple[FloatArray, int]:
    """Newton steps, each at most 1 in any logarithm, until the gradient is nearly 0.

    Second derivatives need two gradients per parameter, so they are reused as long as
    each step makes the gradient ten times smaller.
    """
    value, gradient = objective(logs)
    norm = _norm(gradient, logs)
    curvature: FloatArray | None = None
    steps = 0
    while steps < _STEP_LIMIT and norm > GRADIENT_LIMIT / 1000:
        steps += 1
        is_kept = curvature is not None
        if curvature is None:
            curvature = _curvature(objective, logs)
        step = _newton_step(curvature, gradient, _free(gradient, logs) != 0)
        for halving in range(1 if is_kept else 20):
            tried = np.clip(logs + step * 0.5**halving, -LOG_BOUND, LOG_BOUND)
            tried_value, tried_gradient = objective(tried)
            tried_norm = _norm(tried_gradient, tried)
            # Near the maximum the value no longer changes, but the gradient does.
            if tried_value < value or (
                tried_norm < norm and tried_value <= value + 1e-12 * abs(value)
            ):
                break
        else:
            if is_kept:
                curvature = None
                continue
            # Any further gain is below the rounding error.
            break
        if tried_norm > norm / 10:
            curvature = None
        logs, value, gradient, norm = tried, tried_value, tried_gradient, tried_norm
    return logs, steps


def _newton_step(
    curvature: FloatArray, gradient: FloatArray, free: NDArray[np.bool_]
) -> FloatArray:
    values, vectors = np.linalg.eigh(curvature[np.ix_(free, free)])
    # Absolute values, so that steps go downhill; not near 0, so that they stay short.
    values = np.maximum(np.abs(values), 1e-8 * max(np.abs(values).max(), 1e-8))
    step = np.zeros_like(gradient)
    step[free] = -vectors @ ((vectors.T @ gradient[free]) / values)
    return step / max(1.0, float(np.abs(step).max()))


def _norm(gradient: FloatArray, logs: FloatArray) -> float:
    return float(np.abs(_free(gradient, logs)).max())


def _free(gradient: FloatArray, logs: FloatArray) -> FloatArray:
    """The gradient, with 0 where only a step beyond a bound would reduce the value."""
    outward = ((logs <= -LOG_BOUND) & (gradient > 0)) | (
        (logs >= LOG_BOUND) & (gradient < 0)
    )
    return np.where(outward, 0.0, gradient)


def _curvature(objective: _Objective, logs: FloatArray) -> FloatArray:
    """Second derivatives, by central differences of the gradient."""
    size = len(logs)
    result = np.empty((size, size))
    step = 1e-4
    for i in range(size):
        ahead, behind = logs.copy(), logs.copy()
        ahead[i] += step
        behind[i] -= step
        result[i] = (objective(ahead)[1] - objective(behind)[1]) / (2 * step)
    return (result + result.T) / 2


def _standard_errors(
    objective: _Objective,
    logs: FloatArray,
    basis: FloatArray,
    observation_count: float,
) -> FloatArray:
    """Standard errors of the logarithms of the parameters; NaN if undetermined."""
    information = _curvature(objective, logs) * observation_count
    free = np.abs(logs) < LOG_BOUND
    if not free.any() or not np.isfinite(information).all():
        return np.full(len(basis), np.nan)
    values, vectors = np.linalg.eigh(information[np.ix_(free, free)])
    # Standard errors above ten times the parameter are not shown.
    is_flat = values < 1e-2
    # Change of each parameter's logarithm along each direction.
    moves = basis[:, free] @ vectors
    unknown = (np.abs(basis[:, ~free]).sum(axis=1) > 0) | (
        np.abs(moves[:, is_flat]).sum(axis=1) > 1e-3
    )
    variances = moves[:, ~is_flat] ** 2 @ (1 / values[~is_flat])
    return np.where(unknown, np.nan, np.sqrt(variances))
