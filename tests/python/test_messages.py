"""Rare faults: each gives one message with its remedy, and no traceback."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from dbt_common.exceptions import DbtRuntimeError
from settings_parts import mapped_sources, settings_part

from retail_marts import raw_tables
from retail_marts.cli import main
from retail_marts.dbt_plugin import _read_or_make_secret
from retail_marts.errors import InputError
from retail_marts.forecasting.series_model import SeriesContext, checked
from retail_marts.frames import conform
from retail_marts.landing import find_files
from retail_marts.landing.text import check_file
from retail_marts.publish.status import Status
from retail_marts.publish.warehouse import opened

# --- Files and tables of mapped sources


def test_a_path_without_a_file_is_named(tmp_path: Path) -> None:
    for path in (f"{tmp_path}/*.txt", f"{tmp_path}/none.csv"):
        with pytest.raises(InputError, match="there is no file"):
            find_files([path], setting="mapped_sources.shop")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    columns = {"order_date": "day", "sales_amount": "total"}
    (source,) = mapped_sources({"shop": {"path": str(pipe), "columns": columns}})
    with pytest.raises(InputError, match="is not a regular file"):
        raw_tables.check_mapped(source.files["sales_lines"])
    with duckdb.connect() as cursor:
        raw_tables.prepare(cursor)
        with pytest.raises(InputError, match="is not a regular file"):
            raw_tables.land_mapped(cursor, source, "sales_lines", {})


def test_another_edition_of_a_shipped_file_points_to_the_mapping(
    tmp_path: Path,
) -> None:
    path = tmp_path / "superstore" / "orders.csv"
    path.parent.mkdir()
    path.write_text("Row ID,Order ID\n1,2\n")
    with duckdb.connect() as cursor:
        raw_tables.prepare(cursor)
        with pytest.raises(InputError, match="lacks the column 'Market'") as raised:
            raw_tables.land_shipped(
                cursor,
                path,
                source_table="superstore.orders",
                columns=["Order ID", "Market"],
                separator=",",
                encoding="utf-8",
            )
    assert "take superstore out of `sources`" in raised.value.remedy
    assert "`mapped_sources`" in raised.value.remedy


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place, said in (
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "none.csv", "does not exist"),
        (pipe, "is not a regular file"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(InputError, match=said) as error:
            check_file(place, remedy="Correct the path.")
        assert error.value.remedy == "Correct the path."


@pytest.mark.parametrize("secret", ["", "short", "with blanks " * 8])
def test_a_damaged_personal_key_is_not_used(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "personal_key.txt"
    path.write_text(secret, encoding="utf-8")
    with pytest.raises(DbtRuntimeError, match="restore it from a backup"):
        _read_or_make_secret(path)
    assert path.read_text(encoding="utf-8") == secret
    path.unlink()
    made = _read_or_make_secret(path)
    assert _read_or_make_secret(path) == made
    assert path.stat().st_mode & 0o077 == 0


# --- The warehouse and what is published


def test_a_warehouse_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with pytest.raises(InputError, match="does not exist"), opened(path, None):
        pass
    path.write_text("this is no database", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be opened"), opened(path, "1GB"):
        pass


def test_nothing_published_yet_makes_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Path(__file__).resolve().parents[2]
    nowhere = ["--project", str(project), "--out", str(tmp_path / "none")]
    code = main(["report", *nowhere, str(tmp_path / "report")])
    said = capsys.readouterr().err
    assert code == 1
    assert "nothing is published" in said
    assert "Remedy" in said


def status(**change: Any) -> list[str]:
    manifest = {
        "version": "v1",
        "businesses": [{"business_id": "a", "as_of_date": None}],
        "source_files": [{"rejected_row_count": 2}, {"rejected_row_count": 3}],
        "row_counts": {"core.dim_dates": 1},
        "has_personal_columns": False,
    }
    values: dict[str, Any] = {
        "folder": Path("published"),
        "manifest": manifest,
        "age": timedelta(minutes=5),
        "is_unfinished": False,
        "failed": [],
        "in_use": None,
        "forecasts": [],
        **change,
    }
    return list(Status(**values).lines())


def test_the_status_names_what_failed_or_is_missing() -> None:
    assert status(manifest=None)[0].startswith("Nothing is published in published yet")
    good = status()
    assert "  a: without dates" in good
    assert "  from 2 files, 5 rows rejected" in good
    assert good[-1] == "No model or test failed in the last build."
    bad = status(is_unfinished=True, failed=["test x: 3 rows"])
    assert (
        "The last build ended before it was complete: run `retail-marts build` again."
        in bad
    )
    assert bad[-2:] == ["Failed in the last build:", "  test x: 3 rows"]
    busy = status(in_use="it is open", failed=["test x: 3 rows"])
    assert busy[-1] == "The result of the last build cannot be read now: it is open"


@pytest.mark.parametrize(
    ("age", "spoken"),
    [
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_the_status_says_how_old_it_is(age: timedelta, spoken: str) -> None:
    assert f"({spoken} old)" in status(age=age)[0]


# --- Frames and settings given to the library


DAYS = np.datetime64("2024-01-01") + np.arange(20)
CONTEXT = SeriesContext(dates=DAYS[:10], future_dates=DAYS[10:13], random_state=0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: checked(np.ones(10), 0, CONTEXT), "horizon is 0"),
        (lambda: checked(np.ones(10), 3, replace(CONTEXT, season=0)), "season is 0"),
        (lambda: checked(np.ones((2, 5)), 3, CONTEXT), "shape"),
        (lambda: checked(np.ones(9), 3, CONTEXT), "10 dates"),
        (lambda: checked(np.ones(10), 4, CONTEXT), "3 future dates"),
        (
            lambda: conform(pd.DataFrame({"a": [1]}), {"a": "int64", "b": "int64"}),
            "lacks the columns b",
        ),
        (
            lambda: settings_part(
                "prospecting_settings",
                {"bands": {"narrow": 0.2, "balanced": 0.1, "broad": 0.3}},
            ),
            "The shares do not increase",
        ),
    ],
)
def test_faulty_frames_and_settings_are_named(
    call: Callable[[], object], said: str
) -> None:
    with pytest.raises(InputError, match=said) as error:
        call()
    assert error.value.remedy
