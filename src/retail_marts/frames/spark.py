"""Spark: functions run on the executors, with the rows of one group at a time.

A group's rows must fit in the memory of one Python process of an executor. What all
groups need (settings and small tables) is sent with the function. The driver collects
what the functions say, not what they return.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_marts import processes
from retail_marts.errors import InputError
from retail_marts.frames.arrow import frame_of
from retail_marts.frames.schemas import Schemas, arrow_schema, frames_of, to_table
from retail_marts.progress import Progress, dbt_say

#: Most values (rows times columns) of a table that the driver collects, 80 megabytes
#: of numbers.
MOST_VALUES = 10_000_000

#: Partitions per group, so that groups seldom share one.
_SPREAD = 4

#: What Spark says of executors or Python processes that are gone, with their rows.
_DIED = re.compile(
    "ExecutorLostFailure|FetchFailedException|Python worker exited unexpectedly"
)

#: The columns of the group's name, and of what a function said (JSON; else null).
_GROUP, _SAID = "_group", "_said"


def to_frame(relation: Any) -> pd.DataFrame:
    """Collect the rows of a small table.

    Raises
    ------
    InputError
        When the table has more than :data:`MOST_VALUES` values.
    """
    values = relation.count() * len(relation.columns)
    if values > MOST_VALUES:
        raise InputError(
            f"a table with the columns {', '.join(relation.columns)} has {values:,} "
            f"values (rows times columns), of which the driver collects at most "
            f"{MOST_VALUES:,}.",
            remedy="Pass the table to run_by_group as a relation, or make it smaller "
            "(a population: fewer rows).",
        )
    return frame_of(relation.select(_readable(relation)).toArrow())


def _readable(relation: Any) -> list[Any]:
    """The columns in types that pandas has: no decimals, no dates, no time zones."""
    from pyspark.sql import functions, types  # noqa: PLC0415

    kinds = {
        types.DecimalType: "double",
        types.DateType: "timestamp_ntz",
        types.TimestampType: "timestamp_ntz",
    }
    columns = []
    for field in relation.schema:
        column = functions.col(f"`{field.name}`")
        kind = kinds.get(type(field.dataType))
        columns.append(column.cast(kind).alias(field.name) if kind else column)
    return columns


def run_by_group(
    session: Any,
    function: Callable[..., Any],
    relations: Mapping[str, Any],
    *,
    by: str | None,
    schemas: Schemas,
    title: str,
    in_batches: bool,
    kept_in: Any,
    keep_fits: bool,
    settings: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
) -> Any:
    """See :func:`retail_marts.frames.run_by_group`."""
    from pyspark.sql import functions  # noqa: PLC0415
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    # The platform's own tables are large: all groups are fitted in each build.
    del kept_in, keep_fits
    settings = {**settings, **own}
    schema = arrow_schema(schemas)
    if by is None:
        frames = {name: to_frame(relation) for name, relation in relations.items()}
        found = frames_of(function(**frames, **settings), schemas)
        return session.createDataFrame(
            to_table(found, schema),
            from_arrow_schema(schema, prefer_timestamp_ntz=True),
        )
    tagged = _tagged(relations, by)
    group_count = tagged.select(_GROUP).distinct().count()
    partitions = min(
        _SPREAD * group_count, int(session.conf.get("spark.sql.shuffle.partitions"))
    )
    # Groups that are done, told when a partition is.
    counter = None
    if hasattr(session, "sparkContext"):
        counter = session.sparkContext.accumulator(0)
    said_too = schema.append(pa.field(_SAID, pa.string()))

    def work(table: pa.Table) -> pa.Table:
        os.environ[processes.ONE_OF_MANY] = "1"
        frames = {name: frame_of(_rows(table, name)) for name in relations_of}
        progress = Progress()
        given = {**settings, "progress": progress} if title else settings
        try:
            result = to_table(frames_of(function(**frames, **given), schemas), schema)
            said = [{"where": at, "reason": why} for at, why in progress.left_out]
        except InputError as error:
            result = schema.empty_table()
            said = [{"error": error.problem, "remedy": error.remedy}]
        if counter is not None:
            counter.add(1)
        return _with_said(result, [json.dumps(one) for one in said])

    relations_of = list(relations)
    # So many partitions, also of few rows: a business takes as long as its fits. Kept
    # until the session ends, so that what writes the result does not run them again.
    done = (
        tagged.repartition(max(partitions, 1), _GROUP)
        .groupBy(_GROUP)
        .applyInArrow(work, from_arrow_schema(said_too, prefer_timestamp_ntz=True))
        .persist()
    )
    with Progress(title, dbt_say if title else None) as progress:
        progress.start_whole(
            "businesses" if by == "business_id" else "groups",
            group_count,
            done=None if counter is None else lambda: float(counter.value),
        )
        try:
            # Runs all of them.
            said = done.filter(functions.col(_SAID).isNotNull()).select(_SAID).toArrow()
        except Exception as error:
            raise _explained(error, title) from None
        for note in map(json.loads, sorted(said.column(_SAID).to_pylist())):
            if "error" in note:
                raise InputError(note["error"], remedy=note["remedy"])
            progress.leave_out(note["where"], note["reason"])
    return done.filter(functions.col(_SAID).isNull()).drop(_SAID)


def _explained(error: Exception, title: str) -> Exception:
    """An error that says what to do when executors died; others as they are."""
    if not _DIED.search(str(error)):
        return error
    return InputError(
        f"{title or 'A Python model'}: executors of Spark, or their Python processes, "
        f"died again and again. Most often, the rows of one business do not fit in the "
        f"memory of an executor.",
        remedy="Give executors more memory or fewer cores (spark.executor.memory, "
        "spark.executor.memoryOverhead and spark.executor.cores in the file "
        "spark-defaults.conf of SPARK_CONF_DIR; on one machine: more free memory), "
        "see docs/spark.md.",
    )


def _tagged(relations: Mapping[str, Any], by: str) -> Any:
    """The rows of all relations: each in a column named after its relation."""
    from pyspark.sql import functions  # noqa: PLC0415

    return reduce(
        lambda one, other: one.unionByName(other, allowMissingColumns=True),
        [
            relation.select(
                functions.col(by).cast("string").alias(_GROUP),
                functions.struct(*_readable(relation)).alias(name),
            )
            for name, relation in relations.items()
        ],
    )


def _rows(table: pa.Table, name: str) -> pa.Table:
    """The rows of one relation in the rows of a group."""
    column = table.column(name)
    return pa.Table.from_struct_array(column.filter(pc.is_valid(column)))


def _with_said(result: pa.Table, said: list[str]) -> pa.Table:
    """A result, and rows with what the function said."""
    nothing = pa.nulls(len(result), pa.string())
    texts = pa.table({_SAID: pa.array(said, pa.string())})
    return pa.concat_tables(
        [result.append_column(_SAID, nothing), texts], promote_options="default"
    )
