"""The table of published figures: its verdicts and error messages."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from conftest import SAMPLE, Build

from benchmarks import seed_figures
from benchmarks.published import (
    DIFFERS,
    LOWER,
    NOT_AS_PUBLISHED,
    OURS_ALONE,
    PAGE_DIFFERS,
    RIGHT,
    Row,
    Seed,
    labelled,
)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("f", 2, 2), RIGHT),
        (Row("f", 2.001, 2), DIFFERS),
        (Row("f", 2.005, 2.0, tolerance=0.005), RIGHT),
        (Row("f", 2.006, 2.0, tolerance=0.005), DIFFERS),
        (Row("f", "none", 2), DIFFERS),
        (Row("f", float("nan"), 2), DIFFERS),
        (Row("f", "no", "no", "yes"), NOT_AS_PUBLISHED),
        # A printed value is right if the right value rounds to it.
        (Row("f", 1544.5, 1544.5, 1545), RIGHT),
        (Row("f", 1544.5, 1544.5, 1545.0), NOT_AS_PUBLISHED),
        (Row("f", 1.46, 1.46, 146), NOT_AS_PUBLISHED),
        (Row("f", 26.38, 26.38, "nan"), NOT_AS_PUBLISHED),
        (Row("f", 1, 2, lower_is_better=True), LOWER),
        (Row("f", 3, 2, lower_is_better=True), DIFFERS),
        (Row("f", 7.19, 7.19, page=7.2), PAGE_DIFFERS),
        (Row("f", 7.2, 7.19, page=7.2), DIFFERS),
        (Row("f", 7.2, None, 5), OURS_ALONE),
    ],
)
def test_verdicts(row: Row, verdict: str) -> None:
    assert row.verdict == verdict
    assert row.agrees == (verdict != DIFFERS)


def test_a_label_without_a_figure_differs() -> None:
    with duckdb.connect() as connection:
        rows = list(
            labelled(
                Seed(Path(), connection),
                "units",
                "select 'rice', 5::decimal(18, 2)",
                {"rice": 5, "beans": 1},
                origin="a mart",
            )
        )
    assert [(row.figure, row.ours, row.verdict) for row in rows] == [
        ("units, rice", 5.0, RIGHT),
        ("units, beans", "none", DIFFERS),
    ]


def test_summary_counts_every_verdict() -> None:
    figures = [("kalbe", "part", Row("f", 1, right)) for right in (1, 1, 2, None)]
    assert seed_figures.summary(figures) == (
        "4 figures: 2 right, 0 right, not as published, 0 lower than right (a better"
        " optimum), 0 where the source's page differs from its files, 1 ours alone,"
        " 1 DIFFERS."
    )
    lines = seed_figures.table(figures).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == 6


def test_without_a_warehouse_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "none.duckdb")
    assert seed_figures.main(["--data", str(SAMPLE), "--warehouse", missing]) == 2
    said = capsys.readouterr()
    assert "there is no warehouse" in said.err
    assert "Remedy: make build RAW_DATA_DIR=" in said.err
    assert said.out == ""


def test_an_empty_warehouse_gives_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    assert seed_figures.main(["--data", str(SAMPLE), "--warehouse", str(empty)]) == 2
    assert "lacks a mart" in capsys.readouterr().err


def test_the_samples_warehouse_is_refused(
    sample_build: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = str(sample_build.warehouse)
    assert seed_figures.main(["--data", str(SAMPLE), "--warehouse", warehouse]) == 2
    assert "built from other files" in capsys.readouterr().err


def test_files_that_changed_since_the_build_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.fct_source_files as select"
            " 'kalbe.transactions' as source_table,"
            " 'kalbe/Transaction.csv' as source_file,"
            " 'another' as sha256, 5020 as raw_line_count"
        )
    for data, said in ((SAMPLE, "was not built from"), (tmp_path, "is missing")):
        arguments = ["--data", str(data), "--warehouse", str(warehouse)]
        assert seed_figures.main(arguments) == 2
        assert said in capsys.readouterr().err
