"""Connects dbt and the library: relations to frames, functions on groups of rows.

This is the only package that knows both. The areas of the library take frames and
keyword parameters, and return frames. Each engine has a module; which of them is used
depends on the session that dbt passes to a Python model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pandas as pd

from retail_marts.frames.schemas import Schema, Schemas, conform, stacked
from retail_marts.settings.tree import Settings

__all__ = [
    "Schema",
    "Schemas",
    "conform",
    "run_by_group",
    "settings_of",
    "stacked",
    "to_frame",
]


def settings_of(session: Any) -> Settings:
    """The settings of this run, which were checked before the first node.

    Parameters
    ----------
    session
        The session that dbt passes to a Python model: DuckDB's or Spark's.
    """
    stated = to_frame(session.sql("select stated from raw.settings"))
    return Settings.model_validate_json(stated["stated"].item())


def to_frame(relation: Any) -> pd.DataFrame:
    """Read all rows of a small table, which every group of rows needs.

    Parameters
    ----------
    relation
        What ``dbt.ref()`` gives in a Python model. Decimals arrive as float64, dates as
        datetime64.

    Returns
    -------
    pandas.DataFrame
        One row per row of the relation, in no particular order.

    Raises
    ------
    InputError
        On Spark, when the table is too large for the driver, see
        :data:`~retail_marts.frames.spark.MOST_VALUES`. Use :func:`run_by_group` for a
        table that grows with the sales.
    """
    frame: pd.DataFrame = _engine(relation).to_frame(relation)
    return frame


def run_by_group(
    session: Any,
    function: Callable[..., Any],
    relations: Mapping[str, Any],
    *,
    by: str | None,
    schemas: Schemas,
    title: str = "",
    in_batches: bool = False,
    kept_in: Any = None,
    own: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> Any:
    """Call a function with the rows of groups, such as businesses.

    On DuckDB, the function gets the rows of all groups (or of as many as a batch
    holds). On Spark, it gets those of one group and runs where they are. What it
    returns for a group must not depend on other groups.

    Parameters
    ----------
    session
        The session that dbt passes to a Python model.
    function
        Takes a frame per relation and the settings, by keyword. Returns a frame, or an
        object with a frame per kind as attributes.
    relations
        Parameter of the function to the relation that has its rows.
    by
        The column of all relations that names the group of a row. A group that is in
        one of them gets an empty frame for each of the others. None for small tables
        whose rows must all be in one call.
    schemas
        The schema of the frame, or those of the frames by kind.
    title
        What the work is called in signs of life. With a title, the function also takes
        ``progress``, a :class:`~retail_marts.progress.Progress`.
    in_batches
        On DuckDB, read only the rows of some groups at a time, to save memory.
    kept_in
        ``dbt.this`` of a model that fits for long, whose frames all have the column
        ``by``. On DuckDB, it keeps the rows of groups whose input did not change since
        the last build, unless the setting ``keep_fits`` is false.
    own
        Parameters of the function that are a mapping from group to value. A value that
        changes changes the rows of its group only.
    settings
        Other parameters of the function.

    Returns
    -------
    object
        What a Python model returns: one table. If there are several kinds, the column
        ``result_kind`` names the kind of a row, and columns that a kind lacks are null.

    Raises
    ------
    InputError
        When the function raises it, on either engine.
    """
    return _engine(session).run_by_group(
        session,
        function,
        relations,
        by=by,
        schemas=schemas,
        title=title,
        in_batches=in_batches,
        kept_in=kept_in,
        keep_fits=kept_in is not None and settings_of(session).keep_fits,
        settings=settings,
        own=own or {},
    )


def _engine(given: Any) -> Any:
    """The module of the engine that a session or relation is of."""
    # Known by the name of its package, so that no engine is imported that is not used.
    is_spark = type(given).__module__.startswith("pyspark.")
    return import_module(f"{__name__}.{'spark' if is_spark else 'duckdb'}")
