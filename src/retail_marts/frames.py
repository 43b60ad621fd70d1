"""Connects dbt and the library: relations to frames, functions on groups of rows.

This is the only module that knows both. The areas of the library take frames and
keyword parameters, and return frames.
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


#: pandas types for columns with nulls, which would become float or object otherwise.
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


class Relation(Protocol):
    """The result of ``dbt.ref()`` in a Python model (a lazy DuckDB relation)."""

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
        The DuckDB session that dbt passes to a Python model.
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
    """Read a relation into a frame.

    Parameters
    ----------
    relation
        A lazy relation. Decimals arrive as float64, dates as datetime64.
    columns
        The columns to read (default: all).
    business_id
        The business whose rows to read (default: all). To save memory, read one
        business at a time.

    Returns
    -------
    pandas.DataFrame
        One row per row of the relation, in no particular order.
    """
    if business_id is not None:
        quoted = business_id.replace("'", "''")
        relation = relation.filter(f"business_id = '{quoted}'")
    names = list(relation.columns if columns is None else columns)
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    # Through Arrow, so that strings do not become Python objects: for ten million rows
    # with four keys, these would use six gigabytes.
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
    """SQL that reads a column in a type that pandas has: no decimals, no dates."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.startswith("DECIMAL") or kind == "HUGEINT":
        return f"{quoted}::double as {quoted}"
    return f"{quoted}::timestamp as {quoted}" if kind == "DATE" else quoted


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Give a frame exactly the columns and types of a schema.

    The type of a column with only nulls cannot be inferred. With declared types, an
    empty result has the same columns and types as any other.

    Raises
    ------
    InputError
        When a column of the schema is missing.
    """
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InputError(
            f"a result lacks the columns {', '.join(missing)}.",
            remedy="Return every column of the declared schema.",
        )
    return frame.loc[:, list(schema)].astype(dict(schema))


def stacked(frames: Iterable[pd.DataFrame], schema: Schema) -> pd.DataFrame:
    """Append frames, with the columns and types of a schema.

    Frames without rows may lack columns. When no frame has a row, the result is an
    empty frame of the schema.
    """
    filled = [conform(frame, schema) for frame in frames if len(frame)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in schema.items()})


def union_by_kind(session: Any, frames: Mapping[str, pd.DataFrame]) -> Any:
    """Append frames with different columns; ``result_kind`` names the frame of a row.

    A dbt Python model returns one table. If it has several results, it returns them in
    this way, and each mart selects its own rows.

    Parameters
    ----------
    session
        The DuckDB session that dbt passes to a Python model.
    frames
        Frames by kind. Columns that a frame lacks are null in its rows.

    Returns
    -------
    object
        A lazy relation, so that no wide frame is created in memory.
    """
    for kind, frame in frames.items():
        # As Arrow, which DuckDB reads without a copy.
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
    """Run a function on each group of a frame and append the results.

    Parameters
    ----------
    function
        Takes the frame of one group, without the columns in ``by``; returns a frame.
    frame
        The rows of all groups, in any order.
    by
        Columns that identify a group, for example ``["business_id"]``.
    schema
        Columns and types of the result, including those in ``by``.

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
