"""Ctrl-C and SIGTERM end a process, and the workers that it started, within seconds."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from retail_marts.processes import kill_workers

#: A process that is in the middle of something has this long to clean up.
_GRACE_SECONDS = 3.0
_received: list[int] = []


def end_soon_on(*signals: signal.Signals) -> None:
    """End this process soon after one of some signals, whatever it is doing then.

    The main thread gets a ``KeyboardInterrupt``, and workers are killed, so that nobody
    waits for their results. If the process is still there after some seconds, or when
    the signal comes again, it ends without cleaning up. Call this from the main thread.
    """
    for number in signals:
        signal.signal(number, _end)


def received() -> signal.Signals | None:
    """The signal that this process was told to end by."""
    return signal.Signals(_received[0]) if _received else None


def exit_status(number: signal.Signals) -> int:
    """The exit status that shells expect of a process that a signal ended."""
    return 128 + number


def _end(number: int, frame: FrameType | None) -> None:
    if _received:
        _end_now()
    _received.append(number)
    timer = threading.Timer(_GRACE_SECONDS, _end_now)
    timer.daemon = True
    timer.start()
    kill_workers()
    raise KeyboardInterrupt


def _end_now() -> None:
    number = signal.Signals(_received[0])
    sys.stderr.write(f"Stopped by {number.name}.\n")
    sys.stderr.flush()
    os._exit(exit_status(number))
