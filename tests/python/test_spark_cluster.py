"""The work of an executor that dies is done again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

pytest.importorskip("pyspark", reason="pyspark is not installed")


def run_with_kills(folder: Path, kills: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, PROJECT / "tests/spark_cluster.py", folder, str(kills)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob("killed_*"))) == kills
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_work_of_a_killed_executor_is_done_again(tmp_path: Path) -> None:
    found = run_with_kills(tmp_path, 1)
    assert found["rows"] == [["one", 1], ["three", 1], ["two", 2]]
