"""Frames from Arrow tables, with whole numbers that may be null."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

#: pandas types for columns with nulls, which would become float or object otherwise.
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A frame of the rows of a table, whose columns it may empty to save memory."""
    names = table.column_names
    nullable = {
        name: table.column(name).to_pandas(types_mapper=_NULLABLE.get)
        for name in names
        if table.column(name).null_count and table.schema.field(name).type in _NULLABLE
    }
    frame: pd.DataFrame = table.drop_columns(list(nullable)).to_pandas(
        split_blocks=True, self_destruct=True
    )
    return frame.assign(**nullable).loc[:, names] if nullable else frame
