"""Work in processes beside this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Processes that end when this one does, however it ends.

    Parameters
    ----------
    workers
        How many at most. What they run must be importable by name.
    """
    # Not by fork: this process has threads (DuckDB, BLAS) that a fork would break.
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
    )


def _start_worker() -> None:
    # Ctrl-C in a terminal reaches every process there: the parent decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Processes side by side must not each start a thread a core.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nobody else tells a worker that its parent was killed: it would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
