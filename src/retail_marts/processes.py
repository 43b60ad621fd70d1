"""Work in processes beside this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Processes that end when this one does, however it ends.

    Parameters
    ----------
    workers
        How many at most. What they run must be importable by name.
    """
    # Not by fork: this process has threads (DuckDB, BLAS) that a fork would break.
    return _Pool(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
    )


class _Pool(ProcessPoolExecutor):
    """Ctrl-C in a terminal reaches all processes there; only the parent acts on it."""

    def submit(self, *arguments: Any, **keywords: Any) -> Future[Any]:
        # Workers are started here and inherit what is blocked.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(*arguments, **keywords)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    # Processes side by side must not each start a thread a core.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    # A group of its own: what this worker starts (Hyper's server) ends with it.
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nobody else tells a worker that its parent was killed: it would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)
