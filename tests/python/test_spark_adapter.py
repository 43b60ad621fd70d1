"""The adapter `retailspark`: SQL of the standard in one session."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("pyspark", reason="pyspark is not installed")

from dbt.adapters.retailspark.connections import SessionCursor, with_backslashes


@pytest.fixture
def cursor(spark: Any) -> SessionCursor:
    return SessionCursor(spark)


def rows(cursor: SessionCursor, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall() or []]


@pytest.mark.parametrize(
    "text",
    ["O'Neil", "''", r"C:\new\table", r"\'", "5 % of 10_000", "é\n\t", r"\\s+", "--"],
)
def test_a_text_arrives_as_it_is_written(cursor: SessionCursor, text: str) -> None:
    quoted = text.replace("'", "''")
    assert rows(cursor, f"select '{quoted}', length('{quoted}')") == [(text, len(text))]


def test_a_backslash_in_a_regular_expression_needs_no_second_one(
    cursor: SessionCursor,
) -> None:
    found = rows(
        cursor, r"select regexp_replace('a  b', '\s+', '-'), 'ü' rlike '\p{L}'"
    )
    assert found == [("a-b", True)]


def test_quotes_in_comments_and_names_begin_no_text(cursor: SessionCursor) -> None:
    sql = """
        -- it's a comment
        select '\\' as "it's", /* don't */ '"\\' as `o'clock` -- isn't it
    """
    assert rows(cursor, sql) == [("\\", '"\\')]
    assert with_backslashes("-- it's \\ a\n'\\'") == "-- it's \\ a\n'\\\\'"


def test_overflow_and_casts_that_fail_are_errors(cursor: SessionCursor) -> None:
    for sql in ("select 2147483647 + 1", "select cast('a' as int)"):
        with pytest.raises(Exception, match=r"ARITHMETIC_OVERFLOW|CAST_INVALID_INPUT"):
            rows(cursor, sql)
