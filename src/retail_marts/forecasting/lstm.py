"""A small recurrent network (LSTM) of one series: Keras 3 on JAX.

Keras and JAX are an optional dependency. They are imported at the first forecast, so
that this module costs nothing where no network is asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retail_marts.errors import InputError
from retail_marts.forecasting.series_model import (
    FloatArray,
    SeriesContext,
    SeriesForecast,
    SeriesModel,
    checked,
    constant,
    failed,
    recorded_warnings,
)

NOT_INSTALLED = (
    "the optional dependency keras is not installed: pip install retail_marts[lstm]"
)
#: Windows that one step of the optimiser sees; fewer are filled up with weight zero.
#: Windows of fewer days are filled up, too, and series of fewer windows: every series
#: runs the same compiled code.
_BATCH = 16
#: Decimals of the standardised values, so that the unit of a series leaves no trace.
_DECIMALS = 6

Floats = NDArray[np.float32]


def lstm(
    *,
    units: int = 32,
    look_back: int = 28,
    epochs: int = 60,
    patience: int = 10,
    learning_rate: float = 0.005,
    validation_share: float = 0.2,
    networks: int = 2,
    max_days: int = 730,
) -> SeriesModel:
    """One LSTM layer and one linear output, trained on the windows of a series.

    Parameters
    ----------
    units
        Width of the LSTM layer.
    look_back
        Days that the network sees before the day that it forecasts. A short series
        takes a third of its days, but no less than one season.
    epochs
        Most passes over the training windows.
    patience
        Epochs without a better validation error after which training stops; the weights
        of the best epoch are kept.
    learning_rate
        Of Adam.
    validation_share
        Part of the windows, the **last** ones, that decides when to stop. They are not
        trained on.
    networks
        Networks that start from different weights; the forecast is their mean.
    max_days
        Days, counted from the last, that the network learns from. Training costs in
        proportion to them.

    Returns
    -------
    SeriesModel
        ``details`` gives ``iterations`` (epochs of all networks), ``best_epoch`` (the
        latest of them), ``validation_loss`` (of the standardised series, mean over the
        networks), ``look_back``, ``training_windows`` and ``validation_windows``.
        ``converged`` is whether the validation error of every network had stopped
        falling before the epochs ran out. Without Keras, or with a series of less than
        four seasons, the result is a failed forecast with the reason.

    Raises
    ------
    InputError
        When a setting is out of its range, and when the model is given a horizon below
        1 or dates that do not match.

    Notes
    -----
    A step of a window is the value of a day and the weekday (as one of ``season``
    indicators) of the day after it, so that the last step knows the weekday of the day
    to forecast; the output layer sees that weekday directly, too. Days beyond the first
    are forecast from forecasts. The loss is Huber's, so that a single large order does
    not bend the weights. Mean and standard deviation come from the days before the
    first validation target. Windows are never split at random: training windows that
    overlap the future would leak it (as in the published umkm study). The layer is
    that of Hochreiter and Schmidhuber 1997, Neural Computation 9(8). All random numbers
    (weights, order of the windows) come from ``context.random_state``; no global
    generator is read or set.
    """
    least: dict[str, tuple[float, float]] = {
        "units": (units, 1),
        "look_back": (look_back, 1),
        "epochs": (epochs, 1),
        "patience": (patience, 1),
        "networks": (networks, 1),
        "max_days": (max_days, 1),
    }
    for name, (value, lowest) in least.items():
        if value < lowest:
            raise InputError(
                f"lstm: {name} is {value}.", remedy=f"Set {name} to at least {lowest}."
            )
    shares = {"learning_rate": learning_rate, "validation_share": validation_share}
    for name, share in shares.items():
        if not 0.0 < share < 1.0:
            raise InputError(
                f"lstm: {name} is {share}.", remedy=f"Set {name} between 0 and 1."
            )

    def forecast(
        values: FloatArray, horizon: int, context: SeriesContext
    ) -> SeriesForecast:
        series, problem = checked(values, horizon, context)
        needed = max(4 * context.season, 12)
        if problem is None and len(series) < needed:
            problem = (
                f"an LSTM needs at least {needed} days, the series has {len(series)}"
            )
        if problem is not None:
            return failed(horizon, problem)
        series = series[-max_days:]
        if np.ptp(series) == 0:
            return constant(series, horizon)
        steps = min(look_back, max(context.season, len(series) // 3))
        windows = len(series) - steps
        held_back = min(max(1, round(validation_share * windows)), windows - 1)
        recent = replace(context, dates=context.dates[-len(series) :])
        data = _windowed(series, recent, steps, held_back, length=look_back)
        if data is None:
            return failed(
                horizon,
                "an LSTM cannot learn from a series that is the same on all of its "
                f"first {len(series) - held_back} days",
            )
        try:
            network = _network(
                units, look_back, context.season, learning_rate, max_days
            )
        except ImportError as error:
            return failed(horizon, _import_problem(error))
        generators = np.random.default_rng(context.random_state).spawn(networks)
        trained = [
            _train(network, data, epochs=epochs, patience=patience, generator=generator)
            for generator in generators
        ]
        points = [
            _recursive_forecast(network, one.weights, data, horizon) for one in trained
        ]
        return _mean_forecast(points, trained, data, epochs)

    return forecast


# ------------------------------------------------------------------------ the windows


@dataclass(frozen=True)
class _Windows:
    """A standardised series as windows, oldest first.

    ``inputs`` has the shape (windows, length, 1 + season), of which the last ``steps``
    are days and those before zero; ``targets`` (windows,), and ``phases`` the place in
    the season of each day, the future ones included.
    """

    inputs: Floats
    targets: Floats
    steps: int
    held_back: int
    values: Floats
    phases: NDArray[np.int64]
    season: int
    mean: float
    scale: float


def _windowed(
    series: FloatArray,
    context: SeriesContext,
    steps: int,
    held_back: int,
    *,
    length: int | None = None,
) -> _Windows | None:
    """Cut a series into windows of some steps, filled up with zeros to a length.

    None when its training days are all the same.
    """
    training = series[: len(series) - held_back]
    mean, scale = float(training.mean()), float(training.std())
    if np.ptp(training) == 0 or scale == 0.0:
        return None
    values = np.round((series - mean) / scale, _DECIMALS).astype("float32")
    days = np.concatenate([context.dates, context.future_dates])
    phases = days.astype("datetime64[D]").astype("int64") % context.season
    features = _features(values, phases[1 : len(values) + 1], context.season)
    windows = np.lib.stride_tricks.sliding_window_view(features[:-1], steps, axis=0)
    return _Windows(
        inputs=_filled(windows.transpose(0, 2, 1), max(length or 0, steps)),
        targets=values[steps:],
        steps=steps,
        held_back=held_back,
        values=values,
        phases=phases,
        season=context.season,
        mean=mean,
        scale=scale,
    )


def _filled(windows: Floats, length: int) -> Floats:
    """Windows with zeros in front up to a length."""
    missing = length - windows.shape[1]
    return np.ascontiguousarray(np.pad(windows, ((0, 0), (missing, 0), (0, 0))))


def _features(values: Floats, next_phases: NDArray[np.int64], season: int) -> Floats:
    """Value of each day and the season indicators of the day after it."""
    indicators = np.eye(season, dtype="float32")[next_phases]
    return np.column_stack([values, indicators]).astype("float32")


# ------------------------------------------------------------------------ the network


@dataclass(frozen=True)
class _Network:
    """Compiled functions of one shape of network, shared by all series."""

    initial: Callable[[int], Any]
    epoch: Callable[..., Any]
    predict: Callable[..., Any]
    most_windows: int


_IMPORT = threading.Lock()


def _import_keras() -> tuple[Any, Any]:
    """Import Keras on JAX, on the processor alone, without their messages."""
    with _IMPORT:
        if "keras" not in sys.modules:
            os.environ["KERAS_BACKEND"] = "jax"
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with recorded_warnings():
            jax = importlib.import_module("jax")
            keras = importlib.import_module("keras")
        if keras.backend.backend() != "jax":
            raise ImportError(
                f"keras was imported with the backend {keras.backend.backend()}: set "
                "KERAS_BACKEND=jax before it is imported"
            )
    return keras, jax


def _import_problem(error: ImportError) -> str:
    package = (error.name or "").split(".")[0]
    return NOT_INSTALLED if package in {"jax", "jaxlib", "keras"} else str(error)


@lru_cache(maxsize=16)
def _network(
    units: int, steps: int, season: int, learning_rate: float, most_windows: int
) -> _Network:
    """Build the functions of a network, once per process and shape."""
    keras, jax = _import_keras()
    jnp = jax.numpy

    def model(seed: int) -> Any:
        initializers = keras.initializers
        inputs = keras.Input((steps, 1 + season))
        state = keras.layers.LSTM(
            units,
            kernel_initializer=initializers.GlorotUniform(seed=seed),
            recurrent_initializer=initializers.Orthogonal(seed=seed + 1),
            seed=seed,
        )(inputs)
        output = keras.layers.Dense(
            1, kernel_initializer=initializers.GlorotUniform(seed=seed + 2)
        )(keras.layers.Concatenate()([state, inputs[:, -1, 1:]]))
        return keras.Model(inputs, output)

    with recorded_warnings():
        shape = model(0)
        optimizer = keras.optimizers.Adam(learning_rate, clipnorm=1.0)
        optimizer.build(shape.trainable_variables)
        state = [variable.value for variable in shape.non_trainable_variables]
        moments = [variable.value for variable in optimizer.variables]

    def output(weights: Any, inputs: Any) -> Any:
        return shape.stateless_call(weights, state, inputs, training=False)[0][:, 0]

    def loss(weights: Any, inputs: Any, targets: Any, present: Any) -> Any:
        misses = jnp.abs(output(weights, inputs) - targets)
        return jnp.sum(present * _huber(misses, jnp)) / jnp.sum(present)

    def epoch(
        state: tuple[Any, Any], inputs: Any, targets: Any, order: Any, steps: Any
    ) -> tuple[Any, Any]:
        def step(number: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            weights, moments = state
            batch = jax.lax.dynamic_slice(order, (number * _BATCH,), (_BATCH,))
            # Places below zero fill the last batch up.
            present = (batch >= 0).astype("float32")
            gradient = jax.grad(loss)(weights, inputs[batch], targets[batch], present)
            moved: tuple[Any, Any] = optimizer.stateless_apply(
                moments, gradient, weights
            )
            return moved

        moved: tuple[Any, Any] = jax.lax.fori_loop(0, steps, step, state)
        return moved

    def initial(seed: int) -> tuple[Any, Any]:
        with recorded_warnings():
            weights = [variable.value for variable in model(seed).trainable_variables]
        return weights, moments

    return _Network(
        initial=initial,
        epoch=jax.jit(epoch),
        predict=jax.jit(output),
        most_windows=-(-most_windows // _BATCH) * _BATCH,
    )


@dataclass(frozen=True)
class _Trained:
    """Weights of the best epoch, its number and loss, and the epochs run."""

    weights: Any
    best_epoch: int
    validation_loss: float
    epochs: int


def _train(
    network: _Network,
    data: _Windows,
    *,
    epochs: int,
    patience: int,
    generator: np.random.Generator,
) -> _Trained:
    """Train until the validation loss stops falling or is not finite."""
    weights, moments = network.initial(int(generator.integers(2**30)))
    count = len(data.targets) - data.held_back
    spare = network.most_windows - count
    inputs = np.pad(data.inputs[:count], ((0, spare), (0, 0), (0, 0)))
    targets = np.pad(data.targets[:count], (0, spare))
    best = _Trained(weights=weights, best_epoch=0, validation_loss=np.inf, epochs=0)
    epoch = 0
    while epoch < epochs and epoch - best.best_epoch < patience:
        epoch += 1
        order = np.full(network.most_windows, -1, dtype="int32")
        order[:count] = generator.permutation(count)
        steps = np.int32(-(-count // _BATCH))
        weights, moments = network.epoch(
            (weights, moments), inputs, targets, order, steps
        )
        loss = _validation_error(network, weights, data)
        if loss < best.validation_loss:
            best = _Trained(weights, best_epoch=epoch, validation_loss=loss, epochs=0)
    return replace(best, epochs=epoch)


def _validation_error(network: _Network, weights: Any, data: _Windows) -> float:
    """Mean Huber loss of the windows that are held back."""
    inputs = data.inputs[-data.held_back :]
    errors = []
    for first in range(0, len(inputs), _BATCH):
        batch = np.arange(first, min(first + _BATCH, len(inputs)))
        predicted = network.predict(weights, inputs[np.resize(batch, _BATCH)])
        errors.append(np.asarray(predicted)[: len(batch)])
    misses = np.abs(np.concatenate(errors) - data.targets[-data.held_back :])
    return float(np.mean(_huber(misses.astype("float64"), np)))


def _huber(misses: Any, library: Any) -> Any:
    """Squares of small misses, a line beyond one standard deviation of the series.

    Huber 1964, Annals of Mathematical Statistics 35(1), here without the factor 1/2.
    """
    return library.where(misses < 1.0, misses**2, 2.0 * misses - 1.0)


def _recursive_forecast(
    network: _Network, weights: Any, data: _Windows, horizon: int
) -> FloatArray:
    """Forecast day after day, each from the days and forecasts before it."""
    steps, length = data.steps, data.inputs.shape[1]
    days = len(data.values)
    values = np.concatenate([data.values, np.zeros(horizon, dtype="float32")])
    for day in range(days, days + horizon):
        window = _features(
            values[day - steps : day],
            data.phases[day - steps + 1 : day + 1],
            data.season,
        )
        # Shaped like a batch: one more shape would be compiled once more.
        batch = np.repeat(_filled(window[None], length), _BATCH, axis=0)
        values[day] = np.asarray(network.predict(weights, batch))[0]
    return values[days:].astype("float64") * data.scale + data.mean


def _mean_forecast(
    points: list[FloatArray], trained: list[_Trained], data: _Windows, epochs: int
) -> SeriesForecast:
    """Mean of the networks' forecasts, with what to report of their training."""
    point = np.mean(points, axis=0)
    best_epoch = max(one.best_epoch for one in trained)
    details = {
        "iterations": float(sum(one.epochs for one in trained)),
        "best_epoch": float(best_epoch),
        "validation_loss": float(np.mean([one.validation_loss for one in trained])),
        "look_back": float(data.steps),
        "training_windows": float(len(data.targets) - data.held_back),
        "validation_windows": float(data.held_back),
    }
    if not (np.isfinite(point).all() and all(one.best_epoch for one in trained)):
        return failed(len(point), "the training of the LSTM diverged", **details)
    converged = best_epoch < epochs
    return SeriesForecast(
        point=point,
        converged=converged,
        failure_reason=None
        if converged
        else f"the validation error still fell in the last of {epochs} epochs",
        details=details,
    )
