"""Worker processes: their signals, and their end with their parent."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from retail_marts.processes import worker_pool

KEEPS_A_WORKER = """
import os, time
from retail_marts.processes import worker_pool

if __name__ == "__main__":
    with worker_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600).result()
"""


def is_running(pid: int) -> bool:
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    status = said.stdout.strip()
    # A process that ended is a zombie until its exit status is read.
    return bool(status) and not status.startswith("Z")


def test_what_a_worker_starts_can_be_told_to_end() -> None:
    """A server that inherits a blocked signal makes its client wait for seconds."""
    with worker_pool(1) as pool:
        blocked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
    assert blocked == set()


def test_a_worker_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(KEEPS_A_WORKER)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_running(worker)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(worker)
