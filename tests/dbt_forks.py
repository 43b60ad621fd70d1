"""Runs dbt many times, each time in a fork of one process that is ready to build.

A small dbt run spends nearly all of its processor time on imports, on preparing dbt's
classes and on reading the parsed project again. Here this is done once.

The parse does not depend on the settings: the macro ``setting`` reads nothing while dbt
parses, and the name of the warehouse is the same. Only the models that an entry names
are read while dbt parses; such a run has to parse the project again.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn, Self

PROJECT = Path(__file__).resolve().parents[1]
DBT = Path(sys.executable).with_name("dbt")


class Kill(NamedTuple):
    """When to kill a run: so many seconds after it has started so many nodes."""

    started_nodes: int
    seconds: float


class DbtForks:
    """A process that runs dbt in a fork on each call of :meth:`run`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._output = Path(self._folder.name) / "output"
        self._server = subprocess.Popen(
            [sys.executable, __file__, self._folder.name],
            cwd=PROJECT,
            # Libraries of numbers that start threads when imported would not have them
            # in a fork.
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "RETAIL_MARTS_WAREHOUSE": "warehouse/retail_marts.duckdb",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()
        self._folder.cleanup()

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        cwd: Path = PROJECT,
        must_parse: bool = False,
        kill: Kill | None = None,
    ) -> tuple[int, str]:
        """Run dbt and return its exit code and output; -9 if it was killed."""
        self._output.write_text("")
        self._tell([arguments, dict(environment), str(cwd), must_parse])
        process = self._answer()
        if kill is not None and self._has_started(process, kill.started_nodes):
            time.sleep(kill.seconds)
            # The server has not waited for it yet, so the number is still its own.
            os.killpg(process, signal.SIGKILL)
        self._tell("wait")
        return self._answer(), self._output.read_text()

    def _tell(self, message: object) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(message) + "\n")
        self._server.stdin.flush()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())

    def _has_started(self, process: int, nodes: int) -> bool:
        """Wait for the start of that many nodes; False if dbt ends before."""
        while self._output.read_text().count(" START ") < nodes:
            if _has_ended(process):
                return False
            time.sleep(0.01)
        return True


def _has_ended(process: int) -> bool:
    return (
        Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    )


def _serve(folder: str) -> None:
    # What the models import, too: dbt would import it in each fork. The tests, which
    # import this file for its class, need none of it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    for name in ("dbt_plugin", "basket", "customers", "forecasting", "prospecting"):
        importlib.import_module(f"retail_marts.{name}")

    # dbt's static parser starts threads, which a fork would wait for and does not have.
    done = dbtRunner().invoke(
        [
            *("parse", "--quiet", "--no-static-parser", "--no-write-json"),
            *("--log-level-file", "none", "--target-path", folder),
        ]
    )
    if not done.success:
        sys.exit(f"dbt cannot parse the project: {done.exception}")
    gc.collect()
    gc.freeze()
    while line := sys.stdin.readline():
        arguments, environment, cwd, must_parse = json.loads(line)
        process = os.fork()
        if process == 0:
            _become(arguments, environment, cwd, output=f"{folder}/output")
            _run(None if must_parse else done.result)
        print(process, flush=True)
        sys.stdin.readline()
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    _exit(0)


def _become(
    arguments: list[str], environment: dict[str, str], cwd: str, *, output: str
) -> None:
    """Make this process what the shell makes of a command."""
    os.setsid()
    for number, path, mode in (
        (0, os.devnull, os.O_RDONLY),
        (1, output, os.O_WRONLY | os.O_APPEND),
    ):
        os.dup2(os.open(path, mode), number)
    os.dup2(1, 2)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [str(DBT), *arguments]


def _run(manifest: object) -> NoReturn:
    """What the command ``dbt`` does, with the parsed project if there is one."""
    from dbt.cli.main import cli  # noqa: PLC0415

    code = 1
    try:
        cli(obj={"manifest": manifest})
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    _exit(code)


def _exit(code: int) -> NoReturn:
    """End without taking apart every object, which takes longer than a small run."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
