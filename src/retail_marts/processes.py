"""A pool of worker processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

#: Set in a process that is one of many at work, so that it starts no pool of its own.
ONE_OF_MANY = "RETAIL_MARTS_ONE_OF_MANY"


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of processes that end when this one ends, also when it is killed.

    Parameters
    ----------
    workers
        The most processes. The functions that they run must be importable by name.
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
    # Each worker is limited to one thread: the pool already uses the cores.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    # A group of its own: who kills the parent's group leaves this worker time to end
    # what it started itself (Hyper's server).
    os.setpgid(0, 0)
    # A terminal's Ctrl-C no longer comes here. One that came before is forgotten, and
    # none stays blocked: Hyper's server inherits that, and would not hear that it is to
    # end, which its client waits for during five seconds.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker with its parent; without this, it would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    _kill_children(os.getpid())
    os._exit(1)


def kill_workers() -> None:
    """Kill the workers of this process, and what they started."""
    for worker in multiprocessing.active_children():
        assert worker.pid is not None
        # First stopped, so that it starts nothing more.
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGSTOP)
        _kill_children(worker.pid)
        worker.kill()


def _kill_children(pid: int) -> None:
    # Hyper's server does not see that its client ended while it was starting.
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: state and parent.
            parent = path.read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid:
                os.kill(int(path.parent.name), signal.SIGKILL)
