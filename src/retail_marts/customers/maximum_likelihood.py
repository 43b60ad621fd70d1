"""Maximum likelihood over positive parameters, from several starts.

Parameters are positive and differ by orders of magnitude, so the search runs over their
logarithms, or over logarithms of products and ratios of them: where two parameters run
to infinity side by side, their ratio is what the data tell. The log-likelihood is
divided by the number of observations, so that one threshold of the gradient means the
same for thirty customers and for two million.
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

#: A fit has converged when no derivative of the mean log-likelihood by the logarithm of
#: a parameter is larger: 1 % more of any parameter then changes the log-likelihood of
#: an observation by about a hundred-millionth.
GRADIENT_LIMIT = 1e-6

#: The logarithms are searched within these bounds. One that runs to a bound says that
#: the data hold no trace of what it describes (customers who all buy alike, say); the
#: model at the bound is as good as the one beyond.
LOG_BOUND = 10.0

_Objective = Callable[[FloatArray], tuple[float, FloatArray]]

_STEP_LIMIT = 60


def softplus(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``ln(1 + exp(values))`` and its derivative, from one exponential."""
    small = np.exp(-np.abs(values))
    below = 1 + small
    return (
        np.maximum(values, 0.0) + np.log1p(small),
        np.where(values >= 0, 1.0, small) / below,
    )


@dataclass(frozen=True)
class Fit:
    """What a search found.

    Attributes
    ----------
    parameters
        Name to value.
    standard_errors
        Name to standard error: the inverse of the observed information, carried from
        the logarithm to the parameter by the delta method. NaN where the likelihood is
        flat or largest at a bound, so that the data do not determine the parameter.
    log_likelihood
        Of all observations, at the parameters.
    gradient_norm
        Largest derivative of the mean log-likelihood by a logarithm that is searched
        (that of one at a bound does not count when it points outside).
    iterations
        Steps of all searches together.
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

    Each start is followed by L-BFGS-B until it is near a maximum; the best is then
    brought to the maximum by Newton steps, whose second derivatives are differences of
    the given gradient and give the standard errors, too.

    Parameters
    ----------
    log_likelihood
        Gives the log-likelihood and its gradient by the parameters themselves.
    names
        Names of the parameters, in the order of the vector.
    basis
        One row a parameter: its logarithm as a sum of the searched logarithms, each
        times the number in its column.
    starts
        Parameters to start from.
    observation_count
        What the log-likelihood is divided by.
    sketch
        The same log-likelihood of fewer observations: the starts are followed on it, so
        that all observations are only needed for the last steps. It changes where these
        begin, not where they end.

    Returns
    -------
    Fit
        The same for the same input, but for ``seconds``.
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
    """Newton steps, at most one unit of logarithm long, until the gradient vanishes.

    Second derivatives cost two gradients a parameter, so they are kept for as long as
    each step with them makes the gradient ten times smaller.
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
            # So near the maximum that the value is flat, the gradient still tells.
            if tried_value < value or (
                tried_norm < norm and tried_value <= value + 1e-12 * abs(value)
            ):
                break
        else:
            if is_kept:
                curvature = None
                continue
            # Rounding hides any further gain.
            break
        if tried_norm > norm / 10:
            curvature = None
        logs, value, gradient, norm = tried, tried_value, tried_gradient, tried_norm
    return logs, steps


def _newton_step(
    curvature: FloatArray, gradient: FloatArray, free: NDArray[np.bool_]
) -> FloatArray:
    values, vectors = np.linalg.eigh(curvature[np.ix_(free, free)])
    # A direction without curvature is followed downhill, not uphill or far away.
    values = np.maximum(np.abs(values), 1e-8 * max(np.abs(values).max(), 1e-8))
    step = np.zeros_like(gradient)
    step[free] = -vectors @ ((vectors.T @ gradient[free]) / values)
    return step / max(1.0, float(np.abs(step).max()))


def _norm(gradient: FloatArray, logs: FloatArray) -> float:
    return float(np.abs(_free(gradient, logs)).max())


def _free(gradient: FloatArray, logs: FloatArray) -> FloatArray:
    """The gradient without what only a step beyond a bound could lessen."""
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
    """Standard errors of the parameters' logarithms; NaN where undetermined."""
    information = _curvature(objective, logs) * observation_count
    free = np.abs(logs) < LOG_BOUND
    if not free.any() or not np.isfinite(information).all():
        return np.full(len(basis), np.nan)
    values, vectors = np.linalg.eigh(information[np.ix_(free, free)])
    # A standard error beyond ten times the parameter is no figure to show.
    is_flat = values < 1e-2
    # How far each parameter's logarithm moves along each direction.
    moves = basis[:, free] @ vectors
    unknown = (np.abs(basis[:, ~free]).sum(axis=1) > 0) | (
        np.abs(moves[:, is_flat]).sum(axis=1) > 1e-3
    )
    variances = moves[:, ~is_flat] ** 2 @ (1 / values[~is_flat])
    return np.where(unknown, np.nan, np.sqrt(variances))
