"""Input and output of models that fit one series at a time (ARIMA, LSTM).

Models that work on a whole panel at once do not use this module.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retail_marts.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SeriesContext:
    """What a model knows of a series besides its values.

    Parameters
    ----------
    dates
        The training days, ``datetime64[D]``, shape (days,), one a value, no gaps.
    future_dates
        The days to forecast, ``datetime64[D]``, shape (horizon,).
    random_state
        Seeds every random number; the same seed gives the same forecast.
    season
        Days in a season.
    """

    dates: NDArray[np.datetime64]
    future_dates: NDArray[np.datetime64]
    random_state: int
    season: int = 7


@dataclass(frozen=True)
class SeriesForecast:
    """A forecast, or the reason why it is missing.

    Parameters
    ----------
    point
        Shape (horizon,), in the unit of the series; not clipped at zero. All NaN when
        the model failed.
    converged
        Whether the fit reached an optimum by its own criterion. A fit that did not
        converge still has a forecast.
    failure_reason
        Why there is no forecast, or the warnings of a fit that did not converge; None
        otherwise.
    details
        Figures of the fit: ``aic``, ``iterations`` and the like.
    """

    point: FloatArray
    converged: bool
    failure_reason: str | None = None
    details: Mapping[str, float] = field(default_factory=dict)


SeriesModel = Callable[[FloatArray, int, SeriesContext], SeriesForecast]


def failed(horizon: int, reason: str, **details: float) -> SeriesForecast:
    """The result of a model that could not be fitted: no values, but a reason."""
    return SeriesForecast(
        point=np.full(horizon, np.nan),
        converged=False,
        failure_reason=reason,
        details=details,
    )


def constant(values: FloatArray, horizon: int) -> SeriesForecast:
    """Forecast of a constant series: the same value, without a fit."""
    return SeriesForecast(
        point=np.full(horizon, values[-1]), converged=True, details={"iterations": 0.0}
    )


def checked(
    values: FloatArray, horizon: int, context: SeriesContext
) -> tuple[FloatArray, str | None]:
    """Check what a model is given.

    Returns
    -------
    tuple
        The values as a new float array, and why no model can use them (None when one
        can).

    Raises
    ------
    InputError
        When the horizon is below 1, the season below 1, or the lengths disagree.
    """
    if horizon < 1:
        raise InputError(
            f"the forecast horizon is {horizon}.",
            remedy="Set the horizon to at least 1 day.",
        )
    if context.season < 1:
        raise InputError(
            f"the season is {context.season} days.",
            remedy="Set the season to at least 1 day (7 for a week).",
        )
    series = np.array(values, dtype="float64")
    if series.ndim != 1 or len(context.dates) != len(series):
        raise InputError(
            f"a series has the shape {series.shape} and {len(context.dates)} dates.",
            remedy="Give one value and one date per day.",
        )
    if len(context.future_dates) != horizon:
        raise InputError(
            f"the horizon is {horizon} days, but {len(context.future_dates)} future "
            "dates are given.",
            remedy="Give one future date per day of the horizon.",
        )
    if len(series) == 0:
        return series, "the series has no days"
    if not np.isfinite(series).all():
        count = int((~np.isfinite(series)).sum())
        return series, f"the series has {count} values that are missing or infinite"
    return series, None


_WARNINGS = threading.Lock()


@contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """Collect the messages of warnings, each once, instead of printing them.

    Python keeps its warning filters per process, so only one thread at a time may
    record; fits that wait here would have waited for the interpreter anyway.

    Yields
    ------
    list of str
        Filled when the block ends.
    """
    messages: list[str] = []
    with _WARNINGS:
        recorded: list[Any]
        with warnings.catch_warnings(record=True) as recorded:
            warnings.simplefilter("always")
            try:
                yield messages
            finally:
                messages.extend(dict.fromkeys(str(one.message) for one in recorded))
