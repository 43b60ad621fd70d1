"""Frames are appended with the columns and types of a schema."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from retail_marts.errors import InputError
from retail_marts.frames import Schema, stacked

SCHEMA: Schema = {"name": "string", "count": "Int64"}


def test_stacked_frames_have_the_columns_and_types_of_the_schema() -> None:
    found = stacked(
        [
            pd.DataFrame({"count": [1.0, None], "name": ["a", "b"], "more": [0, 0]}),
            pd.DataFrame(),
            pd.DataFrame({"name": [None], "count": [None]}, index=[7]),
        ],
        SCHEMA,
    )
    expected = pd.DataFrame({"name": ["a", "b", None], "count": [1, None, None]})
    assert_frame_equal(found, expected.astype(dict(SCHEMA)))


@pytest.mark.parametrize("frames", [[], [pd.DataFrame(), pd.DataFrame({"name": []})]])
def test_stacked_without_rows_is_an_empty_typed_frame(
    frames: list[pd.DataFrame],
) -> None:
    found = stacked(frames, SCHEMA)
    assert len(found) == 0
    assert {name: str(kind) for name, kind in found.dtypes.items()} == SCHEMA


def test_a_frame_that_lacks_a_column_is_one_clear_error() -> None:
    with pytest.raises(InputError, match="lacks the columns count"):
        stacked([pd.DataFrame({"name": ["a"]})], SCHEMA)
