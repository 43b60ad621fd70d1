"""Finds and runs the models that are fitted one series at a time.

Each is a plain function in its own module, which may need an optional dependency.
When the dependency is missing, the result is a failed forecast with that reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from retail_marts.forecasting.series_model import (
    FloatArray,
    SeriesContext,
    SeriesForecast,
    SeriesModel,
    failed,
)
from retail_marts.processes import ONE_OF_MANY, worker_pool

#: Model name to the module and the function that makes it, and whether it is made from
#: the business's order.
_FUNCTIONS: dict[str, tuple[str, str, bool]] = {
    "arima_fixed": ("retail_marts.forecasting.arima", "arima_fixed", True),
    "arima_search": ("retail_marts.forecasting.arima", "arima_search", False),
    "lstm": ("retail_marts.forecasting.lstm", "lstm", False),
}

#: Models whose first fit in a process costs more than ten others, with the number of
#: fits in one batch.
_BATCH_SIZES = {"lstm": 32}


@dataclass(frozen=True)
class FitTask:
    """One fit: a model, the values of one series up to an origin, and the context."""

    model_name: str
    values: FloatArray
    horizon_days: int
    context: SeriesContext
    arima_order: tuple[int, int, int] | None = None


#: A forecast, and the seconds that it took.
Fitted = tuple[SeriesForecast, float]


def fit(task: FitTask) -> Fitted:
    """Fit one model; an error becomes a failed forecast with its reason.

    Returns
    -------
    tuple
        The forecast and the seconds it took.
    """
    started = perf_counter()
    horizon = task.horizon_days
    try:
        module_name, function_name, takes_order = _FUNCTIONS[task.model_name]
        maker = getattr(import_module(module_name), function_name)
        if takes_order:
            if task.arima_order is None:
                return failed(horizon, "no order is set for this business"), 0.0
            model: SeriesModel = maker(task.arima_order)
        else:
            model = maker()
        # Small matrices gain nothing from threads, which then wait for each other.
        with threadpool_limits(limits=1):
            result = model(task.values, horizon, task.context)
    except ImportError as error:
        result = failed(horizon, f"an optional dependency is missing: {error}")
    except Exception as error:
        # A fit that breaks must not break the build; its reason goes into the marts.
        result = failed(horizon, f"{type(error).__name__}: {error}"[:300])
    point = np.asarray(result.point)
    if point.shape != (horizon,) or not np.isfinite(point).all():
        reason = result.failure_reason or "the fit gave no finite forecast"
        result = failed(horizon, reason)
    return result, perf_counter() - started


#: Waits for fits and gives their results in the order of the tasks.
Gather = Callable[[], list[Fitted]]


@contextmanager
def fitting(
    *,
    workers: int = 1,
    on_fits: Callable[[int], None] = lambda count: None,
) -> Iterator[Callable[[Sequence[FitTask]], Gather]]:
    """Fit in separate processes if ``workers`` is above 1.

    A process that is one of many at work (an executor's) fits all by itself.

    Parameters
    ----------
    on_fits
        Told of fits that are done, for signs of life.

    Yields
    ------
    callable
        Starts the fits of some tasks. What it returns waits for them: do other work
        before you call that.
    """

    def in_turn(tasks: Sequence[FitTask]) -> list[Fitted]:
        results = []
        for task in tasks:
            results.append(fit(task))
            on_fits(1)
        return results

    if workers == 1 or ONE_OF_MANY in os.environ:
        yield lambda tasks: partial(in_turn, tasks)
        return
    pool = worker_pool(workers)
    has_processes = False

    def start(tasks: Sequence[FitTask]) -> Gather:
        nonlocal has_processes
        if len(tasks) < 2 and not has_processes:
            return partial(in_turn, tasks)
        has_processes = True
        started = [
            (places, _submitted(pool, [tasks[place] for place in places]))
            for places in _batches(tasks, workers)
        ]
        for places, future in started:
            future.add_done_callback(partial(_tell, on_fits, len(places)))
        return partial(_gathered, tasks, started, on_fits)

    try:
        yield start
    finally:
        pool.shutdown(cancel_futures=True)


def _tell(
    on_fits: Callable[[int], None], count: int, future: Future[list[Fitted]]
) -> None:
    # Fits of a killed process are not done: they run again.
    if not future.cancelled() and future.exception() is None:
        on_fits(count)


def _batches(tasks: Sequence[FitTask], workers: int) -> list[list[int]]:
    """Places of the tasks that one process fits in turn, the long batches first.

    Each process that fits a network first imports and compiles it, so few networks go
    to few processes.
    """
    batches: list[list[int]] = []
    for name, size in _BATCH_SIZES.items():
        slow = [at for at, task in enumerate(tasks) if task.model_name == name]
        count = min(max(1, -(-len(slow) // size)), workers)
        batches += [slow[first::count] for first in range(count) if slow[first:]]
    others = [at for at, one in enumerate(tasks) if one.model_name not in _BATCH_SIZES]
    # A fixed order may be a large one.
    others.sort(key=lambda at: tasks[at].model_name != "arima_fixed")
    return [*batches, *([at] for at in others)]


def _fit_batch(tasks: Sequence[FitTask]) -> list[Fitted]:
    return [fit(task) for task in tasks]


def _submitted(
    pool: ProcessPoolExecutor, tasks: Sequence[FitTask]
) -> Future[list[Fitted]]:
    """The future results of a batch; the error of a pool that is already broken."""
    try:
        return pool.submit(_fit_batch, tasks)
    except BrokenProcessPool as error:
        broken: Future[list[Fitted]] = Future()
        broken.set_exception(error)
        return broken


def _gathered(
    tasks: Sequence[FitTask],
    started: list[tuple[list[int], Future[list[Fitted]]]],
    on_fits: Callable[[int], None],
) -> list[Fitted]:
    results: dict[int, Fitted] = {}
    for places, future in started:
        try:
            found = future.result()
        except BrokenProcessPool:
            # A worker that was killed (memory) must not break the build: its fits run
            # again in this process.
            found = _fit_batch([tasks[place] for place in places])
            on_fits(len(places))
        results.update(zip(places, found, strict=True))
    return [results[place] for place in range(len(tasks))]
