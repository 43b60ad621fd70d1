"""Files of every kind, in every layout, land row by row with all lines counted."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import threading
import time
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from settings_parts import mapped_sources

from retail_marts import landing, raw_tables
from retail_marts.errors import InputError

COLUMNS = {
    "order_id": "Order",
    "order_date": "Date",
    "product_id": "SKU",
    "sales_amount": "Total",
}
HEADER = "Order,Date,SKU,Total\n"
ROWS = "1,2024-01-31,A,1.50\n2,2024-02-01,B,2\n"
LANDED = [("1", "2024-01-31", "A", "1.50"), ("2", "2024-02-01", "B", "2")]


class Shop:
    """An entry of mapped files, and the warehouse in which they land."""

    def __init__(self) -> None:
        self.cursor = duckdb.connect()
        raw_tables.prepare(self.cursor)

    def land(self, path: Any, **settings: Any) -> dict[str, Any]:
        """Land all files; every line of each belongs to a row."""
        entry = {"path": path, "columns": COLUMNS, **settings}
        if isinstance(path, Path):
            entry["path"] = str(path)
        (source,) = mapped_sources({"shop": entry})
        landed = raw_tables.landed_files(self.cursor)
        raw_tables.forget_files(self.cursor, "sales_lines of ", is_prefix=True)
        try:
            listing = raw_tables.land_mapped(self.cursor, source, "sales_lines", landed)
        except BaseException:
            self.cursor.execute("rollback")
            raise
        counted = (
            "select source_file, raw_line_count from raw.landed_files"
            " where raw_line_count > 0 order by all"
        )
        summed = (
            "select _source_file, sum(_line_count) from raw.mapped__shop__sales_lines"
            " group by all order by all"
        )
        assert self.rows(counted) == self.rows(summed)
        return listing

    def rows(self, sql: str = "") -> list[tuple[Any, ...]]:
        return self.cursor.execute(
            sql
            or "select order_id, order_date, product_id, sales_amount"
            " from raw.mapped__shop__sales_lines order by _source_file,"
            " _source_row_number"
        ).fetchall()

    def places(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select _source_file, _source_row_number from raw.mapped__shop__sales_lines"
            " order by all"
        )

    def missing(self) -> dict[str, str | None]:
        return dict(
            self.rows("select source_file, missing_columns from raw.landed_files")
        )

    def fault(self, path: Any, **settings: Any) -> InputError:
        with pytest.raises(InputError) as raised:
            self.land(path, **settings)
        return raised.value


@pytest.fixture
def shop() -> Shop:
    return Shop()


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def zipped(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def parquet_file(path: Path, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)
    return path


# ------------------------------------------------------------------------------- Excel

SHEET = [
    ["Order", "Date", "SKU", "Total"],
    [17850, datetime(2024, 1, 31, 10, 30), "007", 1234.5],
    [17851.0, date(2024, 2, 1), 4006381333931, 0.1 + 0.2],
]
CELLS = [
    ("17850", "2024-01-31T10:30:00", "007", "1234.5"),
    ("17851", "2024-02-01T00:00:00", "4006381333931", "0.3"),
]


def test_a_workbook_lands_cells_of_each_type(shop: Shop, tmp_path: Path) -> None:
    listing = shop.land(workbook(tmp_path / "sales.xlsx", Sales=SHEET))
    assert shop.rows() == CELLS
    assert shop.places() == [("sales.xlsx", 2), ("sales.xlsx", 3)]
    assert listing["date_cell_format"] == "%Y-%m-%dT%H:%M:%S"


def test_numbers_of_a_workbook_have_the_entrys_decimal_mark(
    shop: Shop, tmp_path: Path
) -> None:
    rows = [*SHEET, ["17852", "1.2.2024", "A", "1.234,50"]]
    path = workbook(tmp_path / "sales.xlsx", Sales=rows)
    shop.land(path, decimal_mark=",", thousands_mark=".", date_format="%d.%m.%Y")
    assert [row[3] for row in shop.rows()] == ["1234,5", "0,3", "1.234,50"]


def test_a_workbook_with_titles_empty_rows_and_totals(
    shop: Shop, tmp_path: Path
) -> None:
    rows = [
        ["Sales report"],
        [],
        [None, "Order", "Date", "SKU\nnumber", "Total"],
        [None, *SHEET[1]],
        [],
        [None, " ", None, "  "],
        [None, *SHEET[2]],
        [None, "Total", None, None, 99],
        ["Printed on Monday"],
        [],
    ]
    path = workbook(tmp_path / "sales.XLSX", Sales=rows)
    columns = {**COLUMNS, "product_id": "SKU number"}
    fault = shop.fault(path, columns=columns)
    assert "set `header_line: 3`" in fault.remedy
    shop.land(path, columns=columns, header_line=3, footer_lines=2)
    assert shop.rows() == CELLS
    assert shop.places() == [("sales.XLSX", 4), ("sales.XLSX", 7)]
    shop.land(path, columns=columns, skip_lines=2, footer_lines=2)
    assert shop.rows() == CELLS


def test_merged_cells_give_their_value_to_the_first_row(
    shop: Shop, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "sales.xlsx", Sales=SHEET)
    book = openpyxl.load_workbook(path)
    book["Sales"].merge_cells("A2:A3")
    book.save(path)
    shop.land(path)
    assert [row[0] for row in shop.rows()] == ["17850", None]


def test_a_sheet_by_name_or_by_number(shop: Shop, tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", Notes=[["hello"]], Sales=SHEET)
    for sheet in ("Sales", "sales ", 2):
        shop.land(path, sheet=sheet)
        assert shop.rows() == CELLS
    fault = shop.fault(path)
    assert "sheet 'Notes', lacks the columns" in fault.problem
    for sheet in ("2024", 3):
        fault = shop.fault(path, sheet=sheet)
        assert f"has no sheet {sheet!r}" in fault.problem
        assert "'Notes', 'Sales'" in fault.remedy
    book = openpyxl.load_workbook(path)
    book["Notes"].sheet_state = "hidden"
    book.save(path)
    shop.land(path)
    assert shop.rows() == CELLS


def test_a_workbook_under_another_name_is_recognised(
    shop: Shop, tmp_path: Path
) -> None:
    workbook(tmp_path / "sales.xlsx", Sales=SHEET).rename(tmp_path / "sales.csv")
    shop.land(tmp_path / "sales.csv")
    assert shop.rows() == CELLS


def test_text_named_xls_is_read_as_text(shop: Shop, tmp_path: Path) -> None:
    text = (HEADER + ROWS).replace(",", "\t")
    shop.land(write(tmp_path / "sales.xls", text), separator="\t")
    assert shop.rows() == LANDED
    page = write(tmp_path / "page.xls", "<html><table></table></html>")
    assert "is a web page" in shop.fault(page).problem


def test_a_damaged_workbook_is_named(shop: Shop, tmp_path: Path) -> None:
    path = workbook(tmp_path / "sales.xlsx", Sales=SHEET)
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], content[:-30]):
        path.write_bytes(damaged)
        assert "sales.xlsx" in shop.fault(path).problem
    old = write(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600)
    assert "old.xls cannot be read as an Excel workbook" in shop.fault(old).problem


def test_a_sheet_of_a_text_file_is_refused(shop: Shop, tmp_path: Path) -> None:
    path = write(tmp_path / "sales.csv", HEADER + ROWS)
    fault = shop.fault(path, sheet="Sales")
    assert "sales.csv is not an Excel workbook" in fault.problem


def test_a_folder_of_workbooks_and_text(shop: Shop, tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", Sales=SHEET)
    write(tmp_path / "b.csv", HEADER + ROWS)
    write(tmp_path / "~$a.xlsx", b"lock")
    shop.land(tmp_path)
    assert shop.rows() == [*CELLS, *LANDED]


def test_a_large_workbook_is_quick(shop: Shop, tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sales")
    sheet.append(SHEET[0])
    for number in range(20_000):
        sheet.append([number, date(2024, 1, 1), f"P{number % 50}", number / 100])
    book.save(tmp_path / "sales.xlsx")
    start = time.process_time()
    shop.land(tmp_path / "sales.xlsx")
    # A twentieth of the 20 s that 100,000 rows may take, with room for a slow machine.
    assert time.process_time() - start < 4


# -------------------------------------------------------------------------- JSON lines


def test_json_lines_land_with_nested_and_missing_keys(
    shop: Shop, tmp_path: Path
) -> None:
    lines = [
        {"Order": 1, "Date": "2024-01-31", "SKU": "A", "Total": 1.5, "tags": [1]},
        {"Order": "2", "Date": "2024-02-01", "item": {"SKU": 7}, "Total": None},
        {"Order": True, "Date": "", "SKU": {"a": 1}, "Total": 1e3},
    ]
    text = "\n".join(map(json.dumps, lines))
    path = write(tmp_path / "sales.jsonl", f"{text}\n\n{{broken\n[1]\n")
    shop.land(path, decimal_mark=",", thousands_mark=".")
    assert shop.rows() == [
        ("1", "2024-01-31", "A", "1,5"),
        ("2", "2024-02-01", None, None),
        ("true", None, '{"a": "1"}', "1000,0"),
        (None, None, None, None),
        (None, None, None, None),
    ]
    assert shop.rows(
        "select _source_row_number, _parse_fault, _raw_text"
        " from raw.mapped__shop__sales_lines where _parse_fault is not null"
        " order by all"
    ) == [(5, "not valid JSON", "{broken"), (6, "not a JSON object", "[1]")]
    shop.land(path, columns={**COLUMNS, "product_id": "item.SKU"})
    assert [row[2] for row in shop.rows()] == [None, "7", None, None, None]


@pytest.mark.parametrize("text", ['"\\ud800"', "[" * 100_000, '"\x01"', "1e", "nul"])
def test_a_broken_json_line_rejects_itself_only(
    shop: Shop, tmp_path: Path, text: str
) -> None:
    sound = '{"Order": "1", "Date": "2024-01-31", "SKU": "A", "Total": "1.50"}'
    path = write(tmp_path / "sales.ndjson", f'{sound}\n{{"Order": {text}}}\n{sound}\n')
    shop.land(path)
    assert shop.rows() == [LANDED[0], (None,) * 4, LANDED[0]]


def test_json_numbers_keep_their_digits(shop: Shop, tmp_path: Path) -> None:
    texts = ["12345678901234567890", "0.10", "1e-7", "NaN", "1e999999999"]
    landed = ["12345678901234567890", "0.10", "0.0000001", None, "1e999999999"]
    lines = [f'{{"Order": 1, "Date": 1, "SKU": 1, "Total": {one}}}' for one in texts]
    shop.land(write(tmp_path / "sales.json", "\n".join(lines)))
    assert [row[3] for row in shop.rows()] == landed


def test_a_key_in_no_line_is_named(shop: Shop, tmp_path: Path) -> None:
    path = write(tmp_path / "sales.jsonl", '{"Order": 1, "Datum": {"day": 2}}\n')
    fault = shop.fault(path)
    assert "lacks the keys 'Date', 'SKU', 'Total' in every line" in fault.problem
    assert "'Order', 'Datum.day'" in fault.remedy
    array = write(tmp_path / "array.json", '[{"Order": 1}]')
    assert "is one JSON array" in shop.fault(array).problem
    empty = write(tmp_path / "empty.jsonl", "\n")
    assert "is empty" in shop.fault(empty).problem
    assert "neither a header nor" in shop.fault(path, header_line=2).problem


# ------------------------------------------------------------------------ packed files


def test_packed_files_are_read(shop: Shop, tmp_path: Path) -> None:
    text = (HEADER + ROWS).encode()
    write(tmp_path / "a.csv.gz", gzip.compress(text))
    write(tmp_path / "b.csv.bz2", bz2.compress(text))
    zipped(tmp_path / "c.zip", sales__csv=text)
    with zipfile.ZipFile(tmp_path / "d.ZIP", "w") as archive:
        archive.mkdir("folder")
        archive.writestr("folder/sales.csv.gz", gzip.compress(text))
        archive.writestr("__MACOSX/folder/._sales.csv.gz", b"x")
    lines = [dict(zip(HEADER.strip().split(","), row, strict=True)) for row in LANDED]
    zipped(tmp_path / "e.zip", sales__jsonl="\n".join(map(json.dumps, lines)))
    shop.land(tmp_path)
    assert shop.rows() == LANDED * 5
    assert [name for name, _ in shop.places()][::2] == [
        "a.csv.gz",
        "b.csv.bz2",
        "c.zip",
        "d.ZIP",
        "e.zip",
    ]


def test_an_archive_of_several_files_names_them(shop: Shop, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", jan__csv=HEADER, feb__csv=HEADER)
    fault = shop.fault(path)
    assert "a zip archive of 2 files: jan.csv, feb.csv" in fault.problem
    assert "zip archive of 0 files" in shop.fault(zipped(tmp_path / "b.zip")).problem
    book = workbook(tmp_path / "book.xlsx", Sales=SHEET).read_bytes()
    packed = zipped(tmp_path / "c.zip", book__xlsx=book)
    assert "packed Excel workbook" in shop.fault(packed).problem


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_file_that_is_cut_short_is_named(
    shop: Shop, tmp_path: Path, pack: Any
) -> None:
    content = pack((HEADER + ROWS * 10_000).encode())
    path = write(tmp_path / "sales.csv.packed", content[: len(content) // 2])
    assert "is damaged" in shop.fault(path).problem


# --------------------------------------------------------------- headers and separators


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("sep=,\n" + HEADER + ROWS, {}),
        ("\ufeffsep=,\r\n" + HEADER + ROWS, {}),
        ('"sep=,"\n\n' + HEADER + ROWS, {}),
        ("Report,,,\n\n" + HEADER + ROWS, {"header_line": 3}),
        ("Report,,,\n\n" + HEADER + ROWS, {"skip_lines": 1}),
        ("a\nb\nc\n" + HEADER + ROWS.rstrip(), {"header_line": 4}),
        (HEADER + ROWS + "Sum,,,3\n\nend\n\n", {"footer_lines": 2}),
        ('a\n"Or\nder","Da te",SKU,Total\n' + ROWS, {"header_line": 2}),
        (' Order ,"Da \r\n te",SKU,Total\r\n' + ROWS, {}),
    ],
)
def test_headers_are_found_where_they_stand(
    shop: Shop, tmp_path: Path, text: str, settings: dict[str, Any]
) -> None:
    columns = dict(COLUMNS)
    if "Or\nder" in text:
        columns["order_id"] = "Or der"
    if '"Da' in text:
        columns["order_date"] = "Da te"
    shop.land(write(tmp_path / "sales.CSV", text), columns=columns, **settings)
    assert shop.rows() == LANDED


def test_row_numbers_are_those_of_a_text_editor(shop: Shop, tmp_path: Path) -> None:
    text = 'Report\n\n"Or\nder",Date,SKU,Total\n' + ROWS + "1,2,3\n" + "Sum\n"
    path = write(tmp_path / "sales.csv", text)
    columns = {**COLUMNS, "order_id": "Or der"}
    shop.land(path, columns=columns, header_line=3, footer_lines=1)
    assert [number for _, number in shop.places()] == [5, 6, 7]


def test_a_footer_longer_than_the_file_leaves_no_row(
    shop: Shop, tmp_path: Path
) -> None:
    path = write(tmp_path / "sales.csv", HEADER + ROWS)
    for footer_lines in (2, 3, 9):
        shop.land(path, footer_lines=footer_lines)
        assert shop.rows() == []
        assert shop.rows("select raw_line_count from raw.landed_files") == [(0,)]


def test_a_footer_in_a_file_of_many_blocks(shop: Shop, tmp_path: Path) -> None:
    text = HEADER + "1,2024-01-31,A,1.50\n" * 200_000
    path = write(tmp_path / "sales.csv", text + "Sum\n" + "\n" * 50 + "Printed,today")
    shop.land(path, footer_lines=2)
    counted = "select count(*), count(_parse_fault) from raw.mapped__shop__sales_lines"
    assert shop.rows(counted) == [(200_000, 0)]


def test_the_message_says_where_the_header_seems_to_be(
    shop: Shop, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", "Report,,,\nJanuary,,,\n" + HEADER + ROWS)
    assert "in line 3: set `header_line: 3`." in shop.fault(path).remedy
    other = write(tmp_path / "b.csv", "Report\n" + (HEADER + ROWS).replace(",", ";"))
    remedy = shop.fault(other).remedy
    assert "set `header_line: 2` and `separator` to ';'" in remedy
    columns = {**COLUMNS, "store_id": "Shop"}
    assert "It lacks 'Shop'." in shop.fault(path, columns=columns).remedy
    assert (
        "set `header_line: 1`"
        in shop.fault(write(tmp_path / "c.csv", HEADER + ROWS), header_line=2).remedy
    )
    fault = shop.fault(path, header_line=9)
    assert "ends before its header: all lines from line 9 on are blank" in fault.problem


@pytest.mark.parametrize(
    "text",
    [
        "Order  Date \tSKU   Total\n1 2024-01-31\t\tA 1.50\n2  2024-02-01  B  2",
        "  Order Date SKU Total  \r\n  1 2024-01-31 A 1.50 \r\n2 2024-02-01 B 2\r\n",
        '"Order" Date SKU Total\n1 "2024-01-31"  "A" 1.50\n\n2 2024-02-01 B 2\n',
    ],
)
def test_fields_apart_by_blanks(shop: Shop, tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "sales.txt", text)
    assert "Set `separator` to 'whitespace'" in shop.fault(path).remedy
    listing = shop.land(path, separator="whitespace")
    assert shop.rows() == LANDED
    assert listing["separator"] == " "


def test_quoted_blanks_and_faulty_lines_of_blank_separated_text(
    shop: Shop, tmp_path: Path
) -> None:
    text = 'Order Date SKU Total\n1 2024-01-31 "A  big one" 1\n2 x y\n3 2024 "a 1\n'
    shop.land(write(tmp_path / "sales.txt", text), separator="whitespace")
    assert shop.rows()[0] == ("1", "2024-01-31", "A  big one", "1")
    faults = "select _parse_fault from raw.mapped__shop__sales_lines order by all"
    assert shop.rows(faults) == [
        ("3 fields where the header has 4",),
        ("unterminated quote",),
        (None,),
    ]


@pytest.mark.parametrize("encoding", ["shift_jis", "cp1252", "utf-16", "cp874", "big5"])
def test_any_encoding_is_read(shop: Shop, tmp_path: Path, encoding: str) -> None:
    name = {"shift_jis": "東京", "cp1252": "€uro", "cp874": "ไทย", "big5": "臺北"}
    sku = name.get(encoding, "ключ")
    text = HEADER + ROWS.replace("A", sku)
    path = write(tmp_path / "sales.csv", text.encode(encoding))
    shop.land(path, encoding=encoding)
    assert shop.rows()[0][2] == sku


def test_cp1252_declared_as_latin_1_is_noticed(shop: Shop, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", (HEADER + ROWS.replace("A", "é")).encode("latin-1"))
    write(tmp_path / "b.csv", (HEADER + ROWS.replace("A", "€")).encode("cp1252"))
    settings = {"path": f"{tmp_path}/*.csv", "encoding": "ISO-8859-1"}
    shop.land(**settings)
    entry = {"shop": {**settings, "columns": COLUMNS}}
    (source,) = mapped_sources(entry)
    assert raw_tables.misread_files(shop.cursor, source) == {
        "mapped_sources.shop.encoding": ["b.csv"]
    }
    settings["encoding"] = "cp1252"
    shop.land(**settings)
    (source,) = mapped_sources({"shop": {**settings, "columns": COLUMNS}})
    assert raw_tables.misread_files(shop.cursor, source) == {}


# ------------------------------------------------------------------- folders and lists


def test_equal_names_in_folders_are_told_apart(shop: Shop, tmp_path: Path) -> None:
    for month in ("01", "02"):
        write(tmp_path / "shop [1]" / month / "sales é.csv", HEADER + ROWS)
    shop.land(tmp_path / "shop [1]")
    assert [name for name, _ in shop.places()][::2] == [
        "01/sales é.csv",
        "02/sales é.csv",
    ]
    # Names do not change when a folder is added.
    write(tmp_path / "shop [1]" / "03" / "sales é.csv", HEADER + ROWS)
    before = raw_tables.landed_files(shop.cursor)
    shop.land(tmp_path / "shop [1]")
    after = raw_tables.landed_files(shop.cursor)
    assert {name: after[name] for name in before} == before
    shop.land(f"{tmp_path}/shop [1]/0[12]/*.csv")
    assert {name for name, _ in shop.places()} == {"01/sales é.csv", "02/sales é.csv"}
    shop.land(f"{tmp_path}/shop */0[12]/*.csv")
    assert shop.places()[0] == ("shop [1]/01/sales é.csv", 2)


def test_names_of_a_flat_folder_are_file_names(shop: Shop, tmp_path: Path) -> None:
    write(tmp_path / "x" / "a.csv", HEADER + ROWS)
    write(tmp_path / "y" / "b.csv", HEADER + ROWS)
    listed = [
        str(tmp_path / "x"),
        f"{tmp_path}/*/b.csv",
        str(tmp_path / "x/../x/a.csv"),
    ]
    for path in (str(tmp_path), f"{tmp_path}/**/*.csv", listed):
        shop.land(path)
        assert shop.places() == [("a.csv", 2), ("a.csv", 3), ("b.csv", 2), ("b.csv", 3)]


def test_linked_folders_are_read_once(shop: Shop, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "a.csv", HEADER + ROWS)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "shop")
    shop.land(tmp_path / "shop")
    assert shop.rows() == LANDED


def test_what_is_no_data_in_a_folder_is_left_out(shop: Shop, tmp_path: Path) -> None:
    write(tmp_path / "part-00000", HEADER + ROWS)
    write(tmp_path / "part-00001-abc.csv", b"")
    for name in ("_SUCCESS", ".part-00000.crc", "_meta/a.csv", ".x/a.csv", "README.md"):
        write(tmp_path / name, "not data")
    for path in (tmp_path, f"{tmp_path}/*00000", f"{tmp_path}/part-00000"):
        shop.land(path)
        assert shop.rows() == LANDED
    empty = tmp_path / "_meta"
    (empty / "a.csv").unlink()
    assert "holds no file to read" in shop.fault(empty).problem
    (tmp_path / "_delta_log").mkdir()
    assert "is a Delta table" in shop.fault(tmp_path).problem


def test_kinds_that_cannot_land_together_are_named(shop: Shop, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + ROWS)
    parquet_file(tmp_path / "b.parquet", Order=[1], Date=[1], SKU=[1], Total=[1])
    fault = shop.fault(tmp_path)
    assert "means Parquet files" in fault.problem
    assert "a.csv" in fault.problem


def test_folders_with_values_are_columns(shop: Shop, tmp_path: Path) -> None:
    folders = ["region=North%20West", "region=__HIVE_DEFAULT_PARTITION__", "region="]
    for folder in folders:
        write(tmp_path / "text" / folder / "a.csv", HEADER + ROWS)
        parquet_file(
            tmp_path / "parquet" / folder / "year=2024" / "part-0.parquet",
            Order=["1"],
            Date=["2024-01-31"],
            SKU=["A"],
            Total=["1.50"],
        )
    (tmp_path / "parquet" / "region=empty").mkdir()
    write(tmp_path / "parquet" / "_SUCCESS", b"")
    columns = {**COLUMNS, "region": "region"}
    regions = (
        "select distinct _source_file, region from raw.mapped__shop__sales_lines"
        " order by all"
    )
    shop.land(tmp_path / "text", columns=columns)
    assert shop.rows(regions) == [
        ("region=/a.csv", None),
        ("region=North%20West/a.csv", "North West"),
        ("region=__HIVE_DEFAULT_PARTITION__/a.csv", None),
    ]
    shop.land(tmp_path / "parquet", columns={**columns, "market": "year"})
    assert shop.rows(regions)[1] == (
        "region=North%20West/year=2024/part-0.parquet",
        "North West",
    )
    assert [region for _, region in shop.rows(regions)] == [None, "North West", None]
    markets = "select distinct market from raw.mapped__shop__sales_lines"
    assert shop.rows(markets) == [("2024",)]
    fault = shop.fault(tmp_path / "parquet", columns={**COLUMNS, "region": "Region"})
    assert "has no column 'Region'" in fault.problem
    assert "region, year" in fault.remedy


# ----------------------------------------------------------------------------- Parquet


def test_parquet_files_with_other_types_land_each(shop: Shop, tmp_path: Path) -> None:
    parquet_file(
        tmp_path / "1.parquet",
        Order=[9_007_199_254_740_993],
        Date=[date(2024, 1, 31)],
        SKU=["A"],
        Total=[1.5],
    )
    parquet_file(
        tmp_path / "2.parquet",
        Order=[17850.0, float("nan"), 0.00001],
        Date=["31.01.2024", None, None],
        SKU=[7, 8, 9],
        Total=["2", None, None],
    )
    listing = shop.land(tmp_path, decimal_mark=",")
    assert shop.rows() == [
        ("9007199254740993", "2024-01-31T00:00:00", "A", "1,5"),
        ("17850", "31.01.2024", "7", "2"),
        (None, None, "8", None),
        ("0,000010000000000", None, "9", None),
    ]
    assert listing["date_cell_format"]


def test_parquet_has_neither_sheets_nor_a_footer(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    parquet_file(path, Order=[1], Date=[1], SKU=["A"], Total=[1.5])
    for settings in ({"sheet": "Sales"}, {"footer_lines": 1}):
        assert "neither sheets nor a footer" in shop.fault(path, **settings).problem


def test_parquet_types_that_agree_are_kept(shop: Shop, tmp_path: Path) -> None:
    for name, when in (("1", date(2024, 1, 31)), ("2", datetime(2024, 2, 1, 8))):
        path = tmp_path / f"{name}.parquet"
        parquet_file(path, Order=[1], Date=[when], SKU=["A"], Total=[1.5])
    listing = shop.land(f"{tmp_path}/*.parquet")
    assert shop.rows()[1] == (1, datetime(2024, 2, 1, 8), "A", 1.5)
    assert listing["date_cell_format"] is None


# ------------------------------------------------------------------------- what changes


def test_an_optional_column_is_null_where_a_file_lacks_it(
    shop: Shop, tmp_path: Path
) -> None:
    columns = {**COLUMNS, "customer_id": "Who", "store_id": "Shop"}
    cells = dict(zip(HEADER.strip().split(","), LANDED[0], strict=True))
    write(tmp_path / "csv" / "1.csv", HEADER + ROWS)
    write(tmp_path / "csv" / "2.csv", "Who,Shop," + HEADER + "ann,S,1,2,3,4\n")
    write(tmp_path / "json" / "1.jsonl", json.dumps(cells))
    write(tmp_path / "json" / "2.jsonl", json.dumps({**cells, "Who": "ann", "Shop": 1}))
    workbook(tmp_path / "xlsx" / "1.xlsx", S=SHEET)
    workbook(
        tmp_path / "xlsx" / "2.xlsx",
        S=[[*SHEET[0], "Who", "Shop"], [1, 2, 3, 4, "ann", 5]],
    )
    parquet_file(
        tmp_path / "parquet" / "1.parquet", **{k: [v] for k, v in cells.items()}
    )
    more = {**cells, "Who": "ann", "Shop": "S"}
    parquet_file(
        tmp_path / "parquet" / "2.parquet", **{k: [v] for k, v in more.items()}
    )
    for kind in ("csv", "json", "xlsx", "parquet"):
        folder = tmp_path / kind
        assert "Who" in shop.fault(folder, columns=columns).problem
        settings = {"columns": columns, "optional": ["customer_id", "store_id"]}
        for _ in range(2):  # the second time, the files are known
            shop.land(folder, **settings)
            first, second = sorted(os.listdir(folder))
            assert shop.missing() == {first: "customer_id,store_id", second: None}
        customers = (
            "select distinct _source_file, customer_id"
            " from raw.mapped__shop__sales_lines order by all"
        )
        assert shop.rows(customers) == [(first, None), (second, "ann")]


def test_only_changed_files_of_a_tree_are_read_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in (1, 2, 3):
        write(tmp_path / f"month={month}" / "a.csv", HEADER + ROWS)
    settings = {"columns": {**COLUMNS, "region": "month"}}
    shop.land(tmp_path, **settings)
    opened = []
    open_rows = landing.open_rows

    def noting(path: Path, **arguments: Any) -> Any:
        opened.append(path.parent.name)
        return open_rows(path, **arguments)

    monkeypatch.setattr("retail_marts.raw_tables.rows.open_rows", noting)
    write(tmp_path / "month=2" / "a.csv", HEADER + ROWS * 2)
    (tmp_path / "month=1" / "a.csv").unlink()
    shop.land(tmp_path, **settings)
    assert opened == ["month=2"]
    kept = shop.rows("from raw.mapped__shop__sales_lines order by all")
    fresh = Shop()
    fresh.land(tmp_path, **settings)
    assert kept == fresh.rows("from raw.mapped__shop__sales_lines order by all")


def test_a_file_that_grows_while_it_is_read_is_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "sales.csv", HEADER + ROWS)
    open_rows = landing.open_rows

    def growing(found: Path, **arguments: Any) -> Any:
        reader = open_rows(found, **arguments)
        with path.open("ab") as file:
            file.write(b"3,2024-02-01,\xff,2\n")
        return reader

    monkeypatch.setattr("retail_marts.raw_tables.rows.open_rows", growing)
    fault = shop.fault(path)
    assert "sales.csv changed while it was read: it had 58 bytes" in fault.problem
    assert "until the program that writes the file has ended" in fault.remedy


def test_a_file_that_another_thread_writes_to_is_named(
    shop: Shop, tmp_path: Path
) -> None:
    path = write(tmp_path / "sales.csv", HEADER + ROWS * 200_000)
    is_done = threading.Event()

    def write_on() -> None:
        while not is_done.is_set():
            with path.open("a") as file:
                file.write(ROWS)
            time.sleep(0.002)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        assert "changed while it was read" in shop.fault(path).problem
    finally:
        is_done.set()
        writer.join()


def test_stray_quotes_under_a_wide_header_take_no_longer_than_other_lines(
    shop: Shop, tmp_path: Path
) -> None:
    header = ",".join(["Order", "Date", "SKU", "Total", *map(str, range(1496))])
    path = tmp_path / "sales.csv"
    for line in ('x","', 'x","""', ",".join(["1", '"', *"2" * 1498])):
        write(path, header + "\n" + f"{line}\n" * 4_000)
        start = time.process_time()
        shop.land(path)
        assert time.process_time() - start < 2
