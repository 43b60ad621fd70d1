"""Runs dbt many times, each time in a fork of one process that has imported it.

A third of the processor time of a small dbt run goes into imports and into preparing
dbt's classes. Here this is done once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

#: dbt writes no files that only other programs read.
_FLAGS = ("--no-write-json", "--log-level-file", "none", "--no-use-colors")


class Kill(NamedTuple):
    """When to kill a run: so many seconds after it has started so many nodes."""

    started_nodes: int
    seconds: float


class DbtForks:
    """A process that runs dbt in a fork on each call of :meth:`run`.

    Parameters
    ----------
    folder
        Where the output of a run is written.
    environment
        The environment of all runs.
    first
        dbt is called with these arguments once, before the first fork.
    """

    def __init__(
        self, folder: Path, *, environment: Mapping[str, str], first: Sequence[str]
    ) -> None:
        self._log = folder / "dbt.log"
        self._server = subprocess.Popen(
            [sys.executable, __file__, str(self._log), *first],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def run(self, *arguments: str, kill: Kill | None = None) -> tuple[int, str]:
        """Run dbt and return its exit code and output; -9 if it was killed."""
        assert self._server.stdin is not None
        self._log.write_text("")
        self._server.stdin.write(json.dumps(arguments) + "\n")
        self._server.stdin.flush()
        process = self._answer()
        if kill is not None and self._has_started(process, kill.started_nodes):
            time.sleep(kill.seconds)
            # The server has not waited for it yet, so the number is still its own.
            os.killpg(process, signal.SIGKILL)
        self._tell_to_wait()
        return self._answer(), self._log.read_text()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())

    def _tell_to_wait(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write("\n")
        self._server.stdin.flush()

    def _has_started(self, process: int, nodes: int) -> bool:
        """Wait for the start of that many nodes; False if dbt ends before."""
        while self._log.read_text().count(" START ") < nodes:
            if _has_ended(process):
                return False
            time.sleep(0.01)
        return True


def _has_ended(process: int) -> bool:
    return (
        Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    )


def _serve(log: str, first: Sequence[str]) -> None:
    # The models' libraries too: dbt would import them in each fork. The tests, which
    # import this file for its class, need none of them.
    import pandas  # noqa: F401, PLC0415
    import pyarrow  # noqa: F401, PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    # dbt's static parser starts threads, which a fork would wait for and does not have.
    done = dbtRunner().invoke([*_FLAGS, "--quiet", "--no-static-parser", *first])
    if not done.success:
        sys.exit(str(done.exception))
    while line := sys.stdin.readline():
        process = os.fork()
        if process == 0:
            os.setsid()
            output = os.open(log, os.O_WRONLY | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            done = dbtRunner().invoke([*_FLAGS, *json.loads(line)])
            if done.exception is not None:
                print(done.exception, flush=True)
            os._exit(0 if done.success else 1)
        print(process, flush=True)
        sys.stdin.readline()
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
