"""Ctrl-C and SIGTERM end what runs within seconds, and leave no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DBT, PROJECT, Build, make_dbt

pytestmark = pytest.mark.faults
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def processes_of(session: int) -> list[str]:
    """What still runs in a session, processes that ended aside."""
    said = subprocess.run(
        ["ps", "-wweo", "sid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(maxsplit=2) for line in said.stdout.splitlines()]
    return [args for sid, stat, args in lines if int(sid) == session and stat[0] != "Z"]


def wait_for(condition: Callable[[], object], *, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env=environment,
        cwd=PROJECT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(
    process: subprocess.Popen[str], number: int, *, whole_group: bool
) -> tuple[str, float]:
    """Standard error after a signal, and the seconds until all its processes ended."""
    begun = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=60)
    wait_for(lambda: not processes_of(process.pid), seconds=30)
    return errors, time.monotonic() - begun


@BOTH
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_publisher_ends_with_one_line(
    small_build: Build, tmp_path: Path, number: signal.Signals, *, whole_group: bool
) -> None:
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(small_build.warehouse),
        "DBT_TARGET_PATH": str(small_build.warehouse.parents[1] / "target"),
    }
    command = [sys.executable, "-m", "retail_marts.cli", "publish"]
    publisher = started([*command, "--out", str(tmp_path)], environment)

    def writes_extracts() -> bool:
        assert publisher.poll() is None, publisher.communicate()
        return any(tmp_path.glob("versions/.unfinished-*/tableau"))

    wait_for(writes_extracts)
    errors, seconds = ended(publisher, number, whole_group=whole_group)
    assert publisher.returncode == 128 + number
    assert errors == f"retail-marts: stopped by {number.name}.\n"
    assert seconds < 10
    assert not (tmp_path / "current").exists()
    assert list((tmp_path / "versions").iterdir()) == []


@BOTH
def test_make_ends_and_leaves_no_process(
    small_build: Build, tmp_path: Path, number: signal.Signals
) -> None:
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(tmp_path / "warehouse" / "w.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        # Read by nobody: `make` builds with the profile of the project.
        "DBT_PROFILES_DIR": str(tmp_path),
    }
    # The environment that runs the tests is the one to build with.
    python = Path(sys.executable).parent
    make = started(
        ["make", "-o", "install", "-o", f"{python.parent.name}/.installed", "build"],
        environment,
    )
    wait_for((tmp_path / "logs" / "dbt.log").exists)
    # Ctrl-C reaches all processes of a terminal; `kill` reaches `make` alone.
    errors, seconds = ended(make, number, whole_group=number == signal.SIGINT)
    assert make.returncode in {-number, 128 + number, 2}, errors
    assert seconds < 15


SLOW_MODEL = """
import signal, sys, threading, time
from retail_marts.processes import worker_pool
from retail_marts.signals import end_soon_on

finished = threading.Event()

def run():
    with worker_pool(1) as pool:
        pool.submit(time.sleep, 0).result()
        slow = pool.submit(time.sleep, 600)
        print("works", flush=True)
        try:
            slow.result()
        except Exception:
            time.sleep(600)  # What a pool does not give is worked out here.

if __name__ == "__main__":
    end_soon_on(signal.SIGINT, signal.SIGTERM)
    threading.Thread(target=run).start()
    try:
        finished.wait()
    except KeyboardInterrupt:
        finished.wait()  # dbt waits for the models that are running.
"""


@BOTH
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_thread_that_waits_for_workers_ends_too(
    tmp_path: Path, number: signal.Signals, *, whole_group: bool
) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW_MODEL)
    process = started([sys.executable, str(script)], dict(os.environ))
    assert process.stdout is not None
    assert process.stdout.readline() == "works\n"
    errors, seconds = ended(process, number, whole_group=whole_group)
    assert process.returncode == 128 + number
    assert f"Stopped by {number.name}." in errors
    assert "Traceback" not in errors
    assert seconds < 10


@pytest.mark.long
@BOTH
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_build_ends_in_the_middle_of_forecasts(
    tmp_path: Path, number: signal.Signals, *, whole_group: bool
) -> None:
    make_dbt(tmp_path)  # Makes the folder.
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(tmp_path / "warehouse" / "retail_marts.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    settings = json.dumps({"sources": ["umkm"]})
    arguments = ["run", "--select", "+py_sales_forecasts", "--vars", settings]
    process = started([str(DBT), *arguments], environment)
    wait_for(
        lambda: (
            process.poll() is not None
            or any("spawn_main" in one for one in processes_of(process.pid))
        )
    )
    assert process.poll() is None, process.communicate()
    time.sleep(1)
    _, seconds = ended(process, number, whole_group=whole_group)
    assert process.returncode != 0
    assert seconds < 15
