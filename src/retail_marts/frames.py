"""Between the engine and the library: relations to frames, functions to all groups.

The only module that knows both sides. The library's areas take frames and keyword
parameters and return frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.settings.tree import Settings

#: Columns of a frame with their pandas types, in order.
Schema = Mapping[str, str | pd.ArrowDtype]


#: Columns that may hold nulls keep their type.
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


class Relation(Protocol):
    """What ``dbt.ref()`` gives in a Python model (a lazy DuckDB relation)."""

    @property
    def columns(self) -> list[str]: ...

    @property
    def types(self) -> Sequence[object]: ...

    def filter(self, condition: str, /) -> Relation: ...

    def project(self, expressions: str, /) -> Relation: ...

    def to_arrow_table(self) -> pa.Table: ...


def settings_of(session: Any) -> Settings:
    """The settings of this run, which were checked before the first node.

    Parameters
    ----------
    session
        The engine's session that dbt hands to a Python model.
    """
    stated: Relation = session.sql("select stated from raw.settings")
    ((document,),) = stated.to_arrow_table().to_pydict().values()
    return Settings.model_validate_json(document)


def to_frame(
    relation: Relation,
    *,
    columns: Sequence[str] | None = None,
    business_id: str | None = None,
) -> pd.DataFrame:
    """Read an engine's relation into a frame.

    Parameters
    ----------
    relation
        A lazy relation. Decimals arrive as float64, dates as datetime64.
    columns
        The columns to read; all of them when not given.
    business_id
        The business whose rows to read; all of them when not given. Millions of rows
        are best read and worked on one business after the other.

    Returns
    -------
    pandas.DataFrame
        One row a row of the relation, in no particular order.
    """
    if business_id is not None:
        quoted = business_id.replace("'", "''")
        relation = relation.filter(f"business_id = '{quoted}'")
    names = list(relation.columns if columns is None else columns)
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    # By way of Arrow, where a string never becomes an object of Python: of ten million
    # rows with four keys those take six gigabytes.
    table = relation.project(
        ", ".join(_read(name, types[name]) for name in names)
    ).to_arrow_table()
    nullable = {
        name: table.column(name).to_pandas(types_mapper=_NULLABLE.get)
        for name in names
        if table.column(name).null_count and table.schema.field(name).type in _NULLABLE
    }
    frame: pd.DataFrame = table.drop_columns(list(nullable)).to_pandas(
        split_blocks=True, self_destruct=True
    )
    return frame.assign(**nullable).loc[:, names] if nullable else frame


def _read(name: str, kind: str) -> str:
    """A column as pandas knows it: without decimals and days."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.startswith("DECIMAL") or kind == "HUGEINT":
        return f"{quoted}::double as {quoted}"
    return f"{quoted}::timestamp as {quoted}" if kind == "DATE" else quoted


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Give a frame exactly the columns and types of a schema.

    An engine cannot tell the type of a column that holds only nulls; a declared type
    keeps an empty or all-null result the same table as a full one.

    Raises
    ------
    InputError
        When a column of the schema is missing.
    """
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"a result lacks the columns {', '.join(missing)}.",
            remedy="Return every column that the declared schema names.",
        )
    return frame.loc[:, list(schema)].astype(dict(schema))


def stacked(frames: Iterable[pd.DataFrame], schema: Schema) -> pd.DataFrame:
    """Append frames to one another with the columns and types of a schema.

    Frames without rows may lack columns. When no frame has a row, the result is an
    empty frame of the schema.
    """
    filled = [conform(frame, schema) for frame in frames if len(frame)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in schema.items()})


def union_by_kind(session: Any, frames: Mapping[str, pd.DataFrame]) -> Any:
    """Put frames of different columns under one another, told apart by ``result_kind``.

    A dbt Python model returns one table; work that gives several results returns them
    so, and contracted marts take them apart again.

    Parameters
    ----------
    session
        The engine's session that dbt hands to a Python model.
    frames
        Kind to frame. Columns that a frame lacks are null in its rows.

    Returns
    -------
    object
        A lazy relation: no wide frame is made in memory.
    """
    for kind, frame in frames.items():
        # As Arrow, which the engine reads where it lies.
        session.register(
            f"result_{kind}", pa.Table.from_pandas(frame, preserve_index=False)
        )
    selects = (
        f"select '{kind}' as result_kind, * from result_{kind}" for kind in frames
    )
    return session.sql(" union all by name ".join(selects))


def run_per_group(
    function: Callable[..., pd.DataFrame],
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    schema: Schema,
) -> pd.DataFrame:
    """Run a function on each group of a frame and put the results under one another.

    Parameters
    ----------
    function
        Takes one group's frame (without the columns in ``by``); returns a frame.
    frame
        The rows of all groups, in any order.
    by
        Columns that name a group, for example ``["business_id"]``.
    schema
        Columns and types of the result, those in ``by`` included.

    Returns
    -------
    pandas.DataFrame
        The results in the order of the sorted group keys, with ``by`` in front.
    """
    keys = list(by)
    results = [
        (key, function(group.drop(columns=keys)))
        for key, group in frame.groupby(keys, sort=True, dropna=False)
    ]
    keyed = [
        pd.concat(
            [
                result,
                pd.DataFrame([key] * len(result), columns=keys, index=result.index),
            ],
            axis="columns",
        )
        for key, result in results
        if len(result)
    ]
    return stacked(keyed, schema)
