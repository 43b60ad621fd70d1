"""A group whose executor is killed, on a master whose executors are processes.

    python tests/spark_cluster.py <folder> <kills>

The executor of a group is killed as often as asked. Prints the rows of all groups, or
the error, and what was said.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from retail_marts.errors import InputError
from retail_marts.frames import Schema, run_by_group, to_frame
from retail_marts.frames import spark as engine

COUNTS: Schema = {"business_id": "string", "count": "int64"}
LINES = pd.DataFrame({"business_id": ["one", "two", "two", "three"]})


def counts(
    lines: pd.DataFrame, *, folder: str, kills: int, progress: Any
) -> pd.DataFrame:
    """The number of lines of each business; the second one's executor is killed."""
    del progress
    if "two" in set(lines["business_id"]):
        marks = Path(folder)
        if len(list(marks.glob("killed_*"))) < kills:
            (marks / f"killed_{time.time_ns()}").touch()
            os.kill(_executor(), signal.SIGKILL)
            time.sleep(60)
    return lines.groupby("business_id").size().rename("count").reset_index()


def _executor() -> int:
    """The Java process whose child has forked this process."""
    stat = Path(f"/proc/{os.getppid()}/stat").read_text(encoding="utf-8")
    return int(stat.rpartition(")")[2].split()[1])


def main() -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    folder, kills = sys.argv[1:]
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.executor.memory", "512m")
        .config("spark.executorEnv.PYTHONPATH", str(Path(__file__).parent))
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    said: list[str] = []
    engine.dbt_say = said.append
    try:
        # As a module that executors import, not as this script.
        from spark_cluster import counts as function  # noqa: PLC0415

        found = to_frame(
            run_by_group(
                session,
                function,
                {"lines": session.createDataFrame(LINES)},
                by="business_id",
                schemas=COUNTS,
                title="Counts",
                folder=folder,
                kills=int(kills),
            )
        )
        rows = sorted(found.itertuples(index=False, name=None))
        print(json.dumps({"rows": rows, "said": said}))
    except InputError as error:
        print(json.dumps({"problem": error.problem, "remedy": error.remedy}))
    finally:
        session.stop()


if __name__ == "__main__":
    main()
