"""The saved queries: each runs on the marts of the sample and gives rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PROJECT, Build

QUERIES = sorted((PROJECT / "analyses").glob("*.sql"))
ANSWERS = [path for path in QUERIES if path.name.startswith("answer_")]


def without_comments(path: Path) -> str:
    return re.sub(r"(?m)^--.*\n", "", path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schemas(sample_build: Build) -> dict[str, str]:
    """The schema of each mart, by the name of the mart."""
    return dict(
        sample_build.rows(
            "select table_name, table_schema from information_schema.tables"
        )
    )


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_saved_query_gives_rows(
    path: Path, sample_build: Build, schemas: dict[str, str]
) -> None:
    sql = re.sub(
        r"{{ ref\('retail_marts', '(\w+)'\) }}",
        lambda mart: f"{schemas[mart[1]]}.{mart[1]}",
        without_comments(path),
    )
    assert sample_build.rows(sql)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_an_answer_is_a_plain_select_of_at_most_ten_lines(path: Path) -> None:
    sql = without_comments(path)
    assert len(sql.splitlines()) <= 10
    assert sql.startswith("select\n")
    assert not re.search(r"\b(with|join|over|union|having)\b", sql)


def test_ten_questions_are_answered() -> None:
    assert len(ANSWERS) == 10
