"""Declared columns and types of frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from retail_marts.errors import InputError

#: Columns of a frame with their pandas types, in order.
Schema = Mapping[str, str | pd.ArrowDtype]

#: The schema of the only frame of a result, or those of its frames by kind.
Schemas = Mapping[str, Schema] | Schema

#: Names the frame of a row where frames of several kinds are in one table.
KIND = "result_kind"

_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "datetime64[us]": pa.timestamp("us"),
}


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
    # Both steps copy, which large results that conform already do not need.
    if list(frame.columns) != list(schema):
        frame = frame.loc[:, list(schema)]
    others = {
        name: kind
        for name, kind in schema.items()
        if frame[name].dtype != pd.api.types.pandas_dtype(kind)
    }
    return frame.astype(others) if others else frame.copy(deep=False)


def stacked(frames: Iterable[pd.DataFrame], schema: Schema) -> pd.DataFrame:
    """Append frames, with the columns and types of a schema.

    Frames without rows may lack columns. When no frame has a row, the result is an
    empty frame of the schema.
    """
    filled = [conform(frame, schema) for frame in frames if len(frame)]
    if len(filled) == 1:
        return filled[0].reset_index(drop=True)
    if filled:
        return pd.concat(filled, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in schema.items()})


def by_kind(schemas: Schemas) -> dict[str, Schema] | None:
    """The schemas by kind; none if there is one frame only."""
    found = {
        kind: schema for kind, schema in schemas.items() if isinstance(schema, Mapping)
    }
    return found or None


def frames_of(result: Any, schemas: Schemas) -> dict[str, pd.DataFrame]:
    """The frames of a function's result by kind; that of the only one is ''."""
    kinds = by_kind(schemas)
    return {kind: getattr(result, kind) for kind in kinds} if kinds else {"": result}


def arrow_schema(schemas: Schemas) -> pa.Schema:
    """The columns of a table that holds frames of all kinds.

    A column that is a whole number in one kind and not in another is a float.
    """
    kinds = by_kind(schemas)
    parts = [] if kinds is None else [pa.schema({KIND: pa.string()})]
    parts += [
        pa.schema(
            {
                name: kind.pyarrow_dtype
                if isinstance(kind, pd.ArrowDtype)
                else _ARROW[str(kind)]
                for name, kind in schema.items()
            }
        )
        for schema in ([schemas] if kinds is None else kinds.values())
    ]
    return pa.unify_schemas(parts, promote_options="permissive")


def to_table(frames: Mapping[str, pd.DataFrame], schema: pa.Schema) -> pa.Table:
    """Frames of all kinds as one table; columns that a frame lacks are null."""
    return pa.concat_tables(
        pa.table(
            {
                name: pa.array([kind] * len(frame), pa.string())
                if name == KIND
                else pa.array(frame[name], type=of_type, from_pandas=True)
                if name in frame.columns
                else pa.nulls(len(frame), of_type)
                for name, of_type in zip(schema.names, schema.types, strict=True)
            },
            schema=schema,
        )
        for kind, frame in frames.items()
    )
