"""Runs dbt in a project, and shows how far it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from retail_marts.errors import InputError
from retail_marts.own_project import link_package

_DBT = "from dbt.cli.main import cli; cli()"
#: Seconds between two lines of progress.
_EVERY_SECONDS = 10.0
#: A line of dbt about a node: 12 of 428 OK created sql table model core.dim_dates ...
_NODE = re.compile(
    r"\d\d:\d\d:\d\d +(?P<number>\d+) of (?P<count>\d+) (?P<state>[A-Z-]+)\b"
)
_PLAIN_STATES = {"START", "OK", "PASS", "NO-OP", "SKIP"}

Say = Callable[[str], None]


def check_project(project: Path) -> None:
    """Check that a folder is a dbt project.

    Raises
    ------
    InputError
        When it is not.
    """
    if not (project / "dbt_project.yml").is_file():
        raise InputError(
            f"{project / 'dbt_project.yml'} does not exist.",
            remedy="Run this in a project folder, or make one: retail-marts init NAME",
        )


def build_project(
    project: Path, *, target: Path, say: Say, shows_dbt: bool = False
) -> None:
    """Install the packages of a project where needed, then build and test all nodes.

    Parameters
    ----------
    project
        The project folder.
    target
        dbt's target folder, which has the times of the last build.
    say
        Takes each line for the user.
    shows_dbt
        Whether dbt writes all its lines, with its colours, to standard output.

    Raises
    ------
    InputError
        When dbt fails. What dbt said about it was passed to ``say``.
    """
    link_package(project)
    if _lacks_packages(project):
        say("Installing the dbt packages that packages.yml names")
        _run(project, ["deps"], None if shows_dbt else say)
    progress = Progress(node_seconds(target / "run_results.json"), say)
    # Unit tests prove code, not data.
    build = ["build", "--exclude-resource-type", "unit_test"]
    _run(project, build, None if shows_dbt else progress.read)


def _lacks_packages(project: Path) -> bool:
    packages, lock = project / "packages.yml", project / "package-lock.yml"
    if not packages.is_file():
        return False
    installed = [*(project / "dbt_packages").glob("*/dbt_project.yml")]
    return (
        not installed
        or not lock.is_file()
        or lock.stat().st_mtime < packages.stat().st_mtime
    )


def _run(project: Path, arguments: list[str], read: Say | None) -> None:
    """Run dbt; without a reader, it writes where this process does."""
    options = [] if read is None else ["--no-use-colors"]
    command = [sys.executable, "-c", _DBT, *options, *arguments]
    with subprocess.Popen(
        command,
        cwd=project,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=None if read is None else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            if read is None:
                process.wait()
            else:
                assert process.stdout is not None
                for line in process.stdout:
                    read(line.rstrip())
        except BaseException:
            # Ctrl-C or a signal: dbt ends soon, too.
            process.terminate()
            raise
    if process.returncode:
        raise InputError(
            f"`dbt {arguments[0]}` failed, so nothing new is published.",
            remedy="Correct what the messages above say, and run the command again.",
        )


def node_seconds(results: Path) -> dict[str, float]:
    """How long each node of the last build took, by its name; empty if unknown."""
    try:
        run = json.loads(results.read_text(encoding="utf-8"))
        if run["args"]["which"] != "build":
            return {}
        return {
            one["unique_id"].split(".")[2]: float(one["execution_time"])
            for one in run["results"]
        }
    except (OSError, ValueError, KeyError):
        return {}


class Progress:
    """Takes the lines of dbt; says what is not plain, and every few seconds how far.

    Parameters
    ----------
    seconds
        How long each node took in the last build. Without it, the time left is
        estimated from the number of nodes.
    say
        Takes each line for the user.
    clock
        Seconds since some moment.
    """

    def __init__(
        self,
        seconds: Mapping[str, float],
        say: Say,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._seconds = seconds
        self._say = say
        self._clock = clock
        self._started = self._last = clock()
        self._done = 0
        self._done_seconds = 0.0

    def read(self, line: str) -> None:
        """Take a line that dbt has printed."""
        found = _NODE.match(line)
        if found is None or found["state"] not in _PLAIN_STATES:
            self._say(line)
        # Hooks are numbered and counted apart from nodes.
        if found is None or found["state"] == "START" or " hook: " in line:
            return
        self._done += 1
        self._done_seconds += self._seconds_of(line)
        now = self._clock()
        if now - self._last >= _EVERY_SECONDS:
            self._last = now
            count = int(found["count"])
            left = self._left(count, now - self._started)
            self._say(f"Built {self._done} of {count}; about {_shown(left)} left")

    def _seconds_of(self, line: str) -> float:
        words = re.findall(r"[\w.]+", line)
        names = (word.rpartition(".")[2] for word in words)
        return next((self._seconds[name] for name in names if name in self._seconds), 0)

    def _left(self, count: int, elapsed: float) -> float:
        total = sum(self._seconds.values())
        if self._done_seconds > 0:
            return elapsed * max(total / self._done_seconds - 1, 0)
        return elapsed * max(count / self._done - 1, 0)


def _shown(seconds: float) -> str:
    return (
        f"{max(round(seconds / 10), 1) * 10} s"
        if seconds < 90
        else (f"{round(seconds / 60)} min")
    )
