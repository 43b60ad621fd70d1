"""The file reader: every line is accepted or rejected, every fault has a message."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import os
import random
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from retail_marts.errors import InputError
from retail_marts.landing import (
    LANDED_FIELDS,
    delimited,
    landed_schema,
    non_blank_line_count,
    open_delimited,
    text,
)

ADDED = [field.name for field in LANDED_FIELDS]
QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property: hypothesis refuses tmp_path."""
    return tmp_path_factory.mktemp("landing")


def write(folder: Path, content: bytes | str, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **arguments: Any) -> list[tuple[Any, ...]]:
    """Give every row as a tuple: columns, row number, line count, fault, raw text."""
    arguments.setdefault("columns", ["a", "b"])
    table = open_delimited(path, **arguments).read_all()
    assert table.schema.names == [*arguments["columns"], *ADDED]
    return [tuple(row.values()) for row in table.to_pylist()]


def fine(row_number: int, *values: str | None, lines: int = 1) -> tuple[Any, ...]:
    return (*values, row_number, lines, None, None)


def broken(row_number: int, fault: str, raw: str, width: int = 2) -> tuple[Any, ...]:
    return (*[None] * width, row_number, 1, fault, raw)


UNTERMINATED = "unterminated quote"
AFTER = "text after a closing quote"


# ------------------------------------------------------------------- rows that parse


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n3,4\n", [fine(2, "1", "2"), fine(3, "3", "4")]),
        ("a,b\n1,2\n3,4", [fine(2, "1", "2"), fine(3, "3", "4")]),
        ("a,b\r\n1,2\r\n3,4\r\n", [fine(2, "1", "2"), fine(3, "3", "4")]),
        (
            "a,b\r\n1,2\n3,4\r\n5,6",
            [fine(2, "1", "2"), fine(3, "3", "4"), fine(4, "5", "6")],
        ),
        ("b,x,a\n1,2,3\n", [fine(2, "3", "1")]),
        (' b ,"a" \n1,2\n'.replace('"a" ', '"a"'), [fine(2, "2", "1")]),
        ('" a","b "\n1,2\n', [fine(2, "1", "2")]),
        ("a,b,c,c,\n1,2,3,4,5\n", [fine(2, "1", "2")]),
        ("a,b\n", []),
        ("a,b", []),
        ("a,b\n,\n", [fine(2, None, None)]),
        ('a,b\n"",""\n', [fine(2, None, None)]),
        ("a,b\n 1 ,\t2 \n", [fine(2, " 1 ", "\t2 ")]),
        ("a,b\nNA,null\n", [fine(2, "NA", "null")]),
        ("a,b\n\\,\\n\n", [fine(2, "\\", "\\n")]),
        ("a,b\né,日本🍜\n", [fine(2, "é", "日本🍜")]),
        ("a,b\n\ufeff1,2\n", [fine(2, "\ufeff1", "2")]),
        ("a,b\n1,x\u2028y\x85z\x1cw\n", [fine(2, "1", "x\u2028y\x85z\x1cw")]),
        # quotes
        ('a,b\n"1","2"\n', [fine(2, "1", "2")]),
        ('a,b\n"x,y","say ""hi"""\n', [fine(2, "x,y", 'say "hi"')]),
        ('a,b\n"""",""""""\n', [fine(2, '"', '""')]),
        ('a,b\n5" disc,a"b"c\n', [fine(2, '5" disc', 'a"b"c')]),
        ('a,b\n "x",2\n', [fine(2, ' "x"', "2")]),
        ('a,b\n"x\\",2\n', [fine(2, "x\\", "2")]),
        ('a,b\n"x\ny",2\n3,4\n', [fine(2, "x\ny", "2", lines=2), fine(4, "3", "4")]),
        ('a,b\r\n"x\r\ny",2\r\n', [fine(2, "x\r\ny", "2", lines=2)]),
        ('a,b\n1,"x\ny"\n3,4', [fine(2, "1", "x\ny", lines=2), fine(4, "3", "4")]),
        (
            'a,b\n"x\ny","z\nw"\n3,4\n',
            [fine(2, "x\ny", "z\nw", lines=3), fine(5, "3", "4")],
        ),
        ('a,b\n1,"""x""\n""y"""\n', [fine(2, "1", '"x"\n"y"', lines=2)]),
        # blank lines: skipped between rows, kept and not counted inside a field
        ("\n \na,b\n\n1,2\n\t\n3,4\n\n\n", [fine(5, "1", "2"), fine(7, "3", "4")]),
        ("a,b\r\n\r\n1,2\r\n\r\n", [fine(3, "1", "2")]),
        (
            'a,b\n1,"x\n\n \ny"\n3,4\n',
            [fine(2, "1", "x\n\n \ny", lines=2), fine(6, "3", "4")],
        ),
        # a carriage return without line feed is text
        ("a,b\n1,x\ry\n3,4\n", [fine(2, "1", "x\ry"), fine(3, "3", "4")]),
        ('a,b\n1,"x\ry"\n', [fine(2, "1", "x\ry")]),
        ("a,b\n1,2\r\r\n", [fine(2, "1", "2\r")]),
        ("a,b\n1,2\r", [fine(2, "1", "2")]),
    ],
)
def test_open_delimited_rows(
    tmp_path: Path, content: str, expected: list[tuple[Any, ...]]
) -> None:
    path = write(tmp_path, content)
    assert read(path) == expected
    assert sum(row[3] for row in expected) == non_blank_line_count(path) - 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "a,b\n1\n3,4\n",
            [broken(2, "1 field where the header has 2", "1"), fine(3, "3", "4")],
        ),
        ("a,b\n1,2,3\n", [broken(2, "3 fields where the header has 2", "1,2,3")]),
        (
            "a,b\n1,2,\r\n3,4\r\n",
            [broken(2, "3 fields where the header has 2", "1,2,"), fine(3, "3", "4")],
        ),
        ('a,b\n"1,2"\n', [broken(2, "1 field where the header has 2", '"1,2"')]),
        ('a,b\n"x"y,2\n3,4\n', [broken(2, AFTER, '"x"y,2'), fine(3, "3", "4")]),
        ('a,b\n"x" ,2\n', [broken(2, AFTER, '"x" ,2')]),
        (
            'a,b\n"x,2\n3,4\n5,6\n',
            [broken(2, UNTERMINATED, '"x,2'), fine(3, "3", "4"), fine(4, "5", "6")],
        ),
        ('a,b\n1,2\n3,"4\n', [fine(2, "1", "2"), broken(3, UNTERMINATED, '3,"4')]),
        ('a,b\n1,2\n3,"4', [fine(2, "1", "2"), broken(3, UNTERMINATED, '3,"4')]),
        # closed again only behind a whole record: both strays lose their own line
        (
            'a,b\n1,"x\n3,4\n5,"y\n7,8\n',
            [
                broken(2, UNTERMINATED, '1,"x'),
                fine(3, "3", "4"),
                broken(4, UNTERMINATED, '5,"y'),
                fine(5, "7", "8"),
            ],
        ),
        # the record inside the span has quotes of its own
        (
            'a,b\n1,"x\n3,""\n5"\n7,8\n',
            [
                broken(2, UNTERMINATED, '1,"x'),
                fine(3, "3", None),
                broken(4, "1 field where the header has 2", '5"'),
                fine(5, "7", "8"),
            ],
        ),
        # closed, but with the wrong number of fields
        ('a,b\n1,"x\ny",3\n', [broken(2, UNTERMINATED, '1,"x'), fine(3, 'y"', "3")]),
        (
            'a,b\n1,2,"x\ny"\n',
            [
                broken(2, UNTERMINATED, '1,2,"x'),
                broken(3, "1 field where the header has 2", 'y"'),
            ],
        ),
        # closed, but with text behind the quote
        (
            'a,b\n1,"x\ny"z\n',
            [
                broken(2, UNTERMINATED, '1,"x'),
                broken(3, "1 field where the header has 2", 'y"z'),
            ],
        ),
        # a carriage return does not end a line, so this is one row of three fields
        ("a,b\n1,2\r3,4\n", [broken(2, "3 fields where the header has 2", "1,2\r3,4")]),
    ],
)
def test_open_delimited_faults(
    tmp_path: Path, content: str, expected: list[tuple[Any, ...]]
) -> None:
    path = write(tmp_path, content)
    assert read(path) == expected
    assert len(expected) == non_blank_line_count(path) - 1


def test_open_delimited_one_column(tmp_path: Path) -> None:
    path = write(tmp_path, 'a\n1\n\n"x\n2\ny"\n3,4\n"5\n')
    assert read(path, columns=["a"]) == [
        fine(2, "1"),
        fine(4, "x\n2\ny", lines=3),
        broken(7, "2 fields where the header has 1", "3,4", width=1),
        broken(8, UNTERMINATED, '"5', width=1),
    ]


@pytest.mark.parametrize(("inside", "is_one_row"), [(998, True), (999, False)])
def test_open_delimited_follows_a_quote_for_a_thousand_lines(
    tmp_path: Path, inside: int, is_one_row: bool
) -> None:
    path = write(tmp_path, 'a,b\n1,"x\n' + "y\n" * inside + 'z"\n3,4\n')
    rows = read(path)
    assert rows[-1] == fine(inside + 4, "3", "4")
    if is_one_row:
        assert rows[0] == fine(2, "1", "x\n" + "y\n" * inside + "z", lines=1000)
        assert len(rows) == 2
    else:
        assert rows[0] == broken(2, UNTERMINATED, '1,"x')
        assert len(rows) == inside + 3


def test_open_delimited_follows_a_quote_for_a_million_characters(
    tmp_path: Path,
) -> None:
    line = "y" * 499_999 + "\n"
    path = write(tmp_path, 'a,b\n1,"x\n' + line + 'z"\n3,"x\n' + line * 2 + 'z"\n')
    rows = read(path)
    assert [(row[2], row[3], row[4]) for row in rows] == [
        (2, 3, None),
        (5, 1, UNTERMINATED),
        (6, 1, "1 field where the header has 2"),
        (7, 1, "1 field where the header has 2"),
        (8, 1, "1 field where the header has 2"),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "~", "§", "x", "."])
def test_open_delimited_any_separator(tmp_path: Path, separator: str) -> None:
    content = '1,2\n"3,",4\n,\n5,6,7\n'.replace(",", separator)
    path = write(tmp_path, f"a{separator}b\n{content}")
    rows = read(path, separator=separator)
    blank = separator in " \t"  # a line of white space alone is blank
    assert rows[:2] == [fine(2, "1", "2"), fine(3, f"3{separator}", "4")]
    assert rows[2:-1] == ([] if blank else [fine(4, None, None)])
    assert rows[-1][4] == "3 fields where the header has 2"
    assert non_blank_line_count(path) - 1 == len(rows)


def test_open_delimited_other_quote_or_none(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n'x,y',2\n\"3,4\n")
    assert read(path, quote="'") == [fine(2, "x,y", "2"), fine(3, '"3', "4")]
    assert read(path, quote="") == [
        broken(2, "3 fields where the header has 2", "'x,y',2"),
        fine(3, '"3', "4"),
    ]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "a,b\né,€\n".encode()),
        ("utf-8", codecs.BOM_UTF8 + "a,b\né,€\n".encode()),
        ("utf-8", codecs.BOM_UTF8 + '"a",b\né,€\n'.encode()),
        ("utf-8-sig", codecs.BOM_UTF8 + "a,b\né,€\n".encode()),
        ("UTF8", "a,b\né,€\n".encode()),
        ("utf-16", codecs.BOM_UTF16_LE + "a,b\né,€\n".encode("utf-16-le")),
        ("utf-16", codecs.BOM_UTF16_BE + "a,b\né,€\n".encode("utf-16-be")),
        ("utf-16", "a,b\né,€\n".encode("utf-16-le")),
        ("utf-16", "a,b\né,€\n".encode("utf-16-be")),
        ("utf-16-le", codecs.BOM_UTF16_LE + "a,b\né,€\n".encode("utf-16-le")),
        ("utf-32", "a,b\né,€\n".encode("utf-32")),
        ("cp1252", "a,b\né,€\n".encode("cp1252")),
        ("iso8859-15", "a,b\né,€\n".encode("iso8859-15")),
        ("utf-7", "a,b\né,€\n".encode("utf-7")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_open_delimited_encodings(
    tmp_path: Path, encoding: str, content: bytes, packed: bool
) -> None:
    path = write(tmp_path, gzip.compress(content) if packed else content)
    assert read(path, encoding=encoding) == [fine(2, "é", "€")]
    assert non_blank_line_count(path, encoding=encoding) == 2


def test_open_delimited_latin_1_takes_every_byte(tmp_path: Path) -> None:
    every = bytes(code for code in range(1, 256) if code not in b'\r\n",')
    path = write(tmp_path, b"a,b\n1," + every + b"\n")
    assert read(path, encoding="latin-1") == [fine(2, "1", every.decode("latin-1"))]


@pytest.mark.parametrize(
    "name",
    ["we[1].csv", "w*.csv", "w?.csv", "it's.csv", "a b#%.csv", "{a}.csv", "ü.csv"],
)
def test_open_delimited_any_path(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a,b\nwrong,file\n", "we1.csv")
    (tmp_path / "year=2020").mkdir()
    path = write(tmp_path / "year=2020", "a,b\n1,2\n", name)
    assert read(path) == [fine(2, "1", "2")]
    assert open_delimited(str(path), columns=["a"]).read_all().num_rows == 1


def test_open_delimited_batches(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + "1,2\n" * 25)
    reader = open_delimited(path, columns=["b"], batch_rows=10)
    assert reader.schema == landed_schema(["b"])
    batches = list(reader)
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert all(batch.schema == landed_schema(["b"]) for batch in batches)
    numbers = pa.Table.from_batches(batches)["_source_row_number"].to_pylist()
    assert numbers == list(range(2, 27))


# ---------------------------------------------------------------- faults of structure


def fault_of(path: Path, **arguments: Any) -> InputError:
    arguments.setdefault("columns", ["a", "b"])
    with pytest.raises(InputError) as caught:
        open_delimited(path, **arguments)
    return caught.value


def test_open_delimited_missing_file(tmp_path: Path) -> None:
    fault = fault_of(tmp_path / "no.csv", setting="kalbe_dir")
    assert str(tmp_path / "no.csv") in fault.problem
    assert "does not exist" in fault.problem
    assert "`kalbe_dir`" in fault.remedy
    assert "`raw_data_dir`" in fault_of(tmp_path / "no.csv").remedy


def test_open_delimited_folder(tmp_path: Path) -> None:
    assert "is a folder" in fault_of(tmp_path).problem


def test_open_delimited_pipe_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in fault_of(tmp_path / "pipe.csv").problem


def test_open_delimited_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a,b\n")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # The tests may run as root, who may read every file.
    monkeypatch.setattr(Path, "open", refuse)
    fault = fault_of(path)
    assert "Permission denied" in fault.problem
    assert "readable" in fault.remedy
    with pytest.raises(InputError, match="Permission denied"):
        non_blank_line_count(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b" \r\n\t\n", codecs.BOM_UTF8, gzip.compress(b"", mtime=0)],
)
def test_open_delimited_empty(tmp_path: Path, content: bytes) -> None:
    assert "is empty" in fault_of(write(tmp_path, content)).problem


def test_open_delimited_missing_column(tmp_path: Path) -> None:
    path = write(tmp_path, "Order ID,Quantity,x\n1,2,3\n")
    fault = fault_of(path, columns=["x", "Order Id", "Quantiy", "zzz"])
    assert "lacks the columns 'Order Id', 'Quantiy', 'zzz'" in fault.problem
    assert "'Order ID', 'Quantity', 'x'" in fault.problem
    assert "'Order ID' for 'Order Id', 'Quantity' for 'Quantiy'." in fault.remedy


def test_open_delimited_first_line_of_data_is_not_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "Ann Example,ann@x.example,0171 5551234\n1,2,3\n")
    fault = fault_of(path, columns=["Anne Example", "mail"])
    assert "lacks the columns 'Anne Example', 'mail'" in fault.problem
    assert "first line has 3 fields" in fault.problem
    assert "add one as its first line" in fault.remedy
    for value in ("'Ann Example'", "@x.example", "5551234"):
        assert value not in str(fault)
    one = fault_of(write(tmp_path, "x\n1\n"), columns=["zzz"])
    assert "lacks the column 'zzz'. Its first line has 1 field," in one.problem
    # A header in other letters is one, and is shown.
    assert (
        "'Order-ID'"
        in fault_of(write(tmp_path, "x,Order-ID\n1,2\n"), columns=["order_id"]).remedy
    )
    malformed = fault_of(write(tmp_path, '"Ann Example"s,b\n'), columns=["b"])
    assert "Ann" not in str(malformed)


@pytest.mark.parametrize("other", [",", ";", "\t", "|"])
def test_open_delimited_wrong_separator(tmp_path: Path, other: str) -> None:
    path = write(tmp_path, f'"a"{other}c{other}b\n1{other}2{other}3\n')
    wrong = ";" if other == "," else ","
    fault = fault_of(path, separator=wrong)
    assert f"Set `separator` to {other!r}" in fault.remedy


def test_open_delimited_column_twice(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,a \n1,2,3\n")
    assert "column 'a' more than once" in fault_of(path).problem
    assert read(path, columns=["b"]) == [fine(2, "2")]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ('"a,b', UNTERMINATED),
        ('"a"x,b', AFTER),
        ('"a\n1,2\n3,4', UNTERMINATED),
        ("a,b\r1,2", "carriage return"),
        ("a,b\r", "carriage return"),
    ],
)
def test_open_delimited_malformed_header(
    tmp_path: Path, header: str, told: str
) -> None:
    assert told in fault_of(write(tmp_path, header + "\r\n1,2\r\n")).problem


@pytest.mark.parametrize("row", [0, 5, 200_000])
def test_open_delimited_undecodable_byte(tmp_path: Path, row: int) -> None:
    content = b"a,b\n" + b"1,2345\n" * row + b"caf\xe9,2\n" + b"1,2\n" * 9
    path = write(tmp_path, content)
    fault = fault_of(path)
    offset = 4 + 7 * row + 3
    assert (
        f"byte 0xe9 at offset {offset}, line {row + 2}, is not utf-8" in fault.problem
    )
    assert "`encoding`" in fault.remedy
    assert "latin-1" in fault.remedy
    assert read(path, encoding="latin-1")[row] == fine(row + 2, "café", "2")


def test_open_delimited_cut_character_at_the_end(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n1,2\n3,\xe2\x82")
    assert "byte 0xe2 at offset 10, line 3," in fault_of(path).problem


def test_open_delimited_half_a_character(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,+2AA-\n")
    assert "is not utf-7" in fault_of(path, encoding="utf-7").problem


def test_open_delimited_undecodable_across_a_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, b"a,b\n1,2\n3,\xe2\x82,4\n5,6\n")
    for size in range(1, 20):
        monkeypatch.setattr(text, "_CHUNK_BYTES", size)
        assert "byte 0xe2 at offset 10, line 3," in fault_of(path).problem


@pytest.mark.parametrize(
    ("content", "encoding", "remedy"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "utf-8", "utf-16"),
        ("a,b\n1,2\n".encode("utf-16"), "latin-1", "utf-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-8", "utf-16"),
        ("a,b\n1,2\n".encode("utf-16-be"), "latin-1", "utf-16"),
        ("a,b\n1,2é\n".encode("utf-16-le"), "utf-8", "utf-16"),
        ("\ufeffa,b\n1,2\n".encode(), "latin-1", "utf-8"),
        ("\ufeffa,b\n1,2\n".encode(), "utf-16", "utf-8"),
        (b"a,b,\n1,2\n", "utf-16", "utf-8"),
        (b"a,b,\n1,2,\n", "utf-16", "utf-8"),
    ],
)
def test_open_delimited_guesses_the_encoding(
    tmp_path: Path, content: bytes, encoding: str, remedy: str
) -> None:
    fault = fault_of(write(tmp_path, content), encoding=encoding)
    assert f"et `encoding` to {remedy}" in fault.remedy


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04\x14\x00", r"Excel workbooks \(\.xlsx\)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"old Excel workbook"),
        (b"PAR1\x15\x04", r"a Parquet file"),
        (b"%PDF-1.7\n", "a PDF"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_open_delimited_names_files_that_are_not_text(
    tmp_path: Path, head: bytes, kind: str, encoding: str
) -> None:
    path = write(tmp_path, head + b"a,b\n1,2\n")
    with pytest.raises(InputError, match=kind):
        read(path, encoding=encoding)


def test_open_delimited_nul_byte(tmp_path: Path) -> None:
    fault = fault_of(write(tmp_path, b"a,b\n1,2\n3,\0\n"))
    assert "NUL byte in line 3" in fault.problem
    assert "utf-16" not in fault.remedy


def test_open_delimited_damaged_gzip(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number * 7919 % 1009}\n" for number in range(50_000))
    packed = gzip.compress(("a,b\n" + rows).encode())
    for content in (
        packed[: len(packed) // 2],
        packed + b"junk",
        packed[:10] + b"\xff" * 20,
    ):
        path = write(tmp_path, content)
        assert "is damaged" in fault_of(path).problem
        with pytest.raises(InputError, match="is damaged"):
            non_blank_line_count(path)


def test_open_delimited_endless_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_LINE_CHARS", 2_000_000)
    path = write(tmp_path, "a,b\n1,2\n3," + "x" * 5_000_000)
    assert "Line 3" in fault_of(path).problem
    assert "longer than 2,000,000 characters" in fault_of(path).problem


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"separator": ""}, "separator"),
        ({"separator": "||"}, "separator"),
        ({"separator": "\\t"}, "separator"),
        ({"separator": "\n"}, "separator"),
        ({"quote": ","}, "quote"),
        ({"quote": "''"}, "quote"),
        ({"quote": " "}, "quote"),
        ({"quote": "»"}, "quote"),
        ({"columns": []}, "No column"),
        ({"columns": ["a", "a"]}, "'a' is requested twice"),
        ({"columns": ["a", " a"]}, "'a' is requested twice"),
        ({"columns": ["_raw_text"]}, "_raw_text"),
        ({"batch_rows": 0}, "batch_rows"),
        ({"encoding": "utf-9"}, "'utf-9' is not known"),
        ({"encoding": "hex"}, "'hex' is not known"),
        ({"encoding": ""}, "is not known"),
    ],
)
def test_open_delimited_unusable_parameter(
    tmp_path: Path, arguments: dict[str, Any], told: str
) -> None:
    assert told in fault_of(write(tmp_path, "a,b\n1,2\n"), **arguments).problem


def test_open_delimited_file_that_changes_while_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 10)
    reader = open_delimited(path, columns=["a"])
    path.write_bytes(b"a,b\n\xff,2\n")
    with pytest.raises(InputError, match="byte 0xff"):
        reader.read_all()


# ---------------------------------------------------------------- what takes the rows


def test_open_delimited_into_duckdb_keeps_order(tmp_path: Path) -> None:
    count = 300_000
    odd = {77_777: '"stray', 200_001: "1,2,3"}
    lines = (odd.get(number, f'{number},"v{number}"') for number in range(2, count + 2))
    path = write(tmp_path, "a,b\n" + "\n".join(lines) + "\n")
    reader = open_delimited(path, columns=["a", "b"])
    with duckdb.connect() as connection:
        connection.register("stream", reader)
        connection.execute("create table landed as select * from stream")
        found = connection.execute(
            "select count(*), count(distinct _source_row_number), "
            "count(*) filter (cast(a as bigint) = _source_row_number "
            "and b = 'v' || a), list(_raw_text order by _source_row_number) "
            "filter (_parse_fault is not null), sum(_line_count) from landed"
        ).fetchall()
        in_order = connection.execute(
            "select bool_and(rowid + 2 = _source_row_number) from landed"
        ).fetchall()
    assert found == [(count, count, count - 2, ['"stray', "1,2,3"], count)]
    assert in_order == [(True,)]


def test_open_delimited_fault_within_a_statement_leaves_no_table(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    reader = open_delimited(path, columns=["a"])
    path.write_bytes(b"a,b\n" + b"1,2\n" * 500_000 + b"\xff,2\n")
    with duckdb.connect() as connection:
        connection.register("stream", reader)
        with pytest.raises(duckdb.Error, match="byte 0xff"):
            connection.execute("create table landed as select * from stream")
        tables = connection.execute("select table_name from duckdb_tables()")
        assert tables.fetchall() == []


def test_open_delimited_memory_is_bounded(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + 'some text,"more text"\n' * 1_500_000)
    before = pa.total_allocated_bytes()
    most = max(
        pa.total_allocated_bytes() - before
        for _ in open_delimited(path, columns=["a", "b"])
    )
    assert most < 20_000_000 < path.stat().st_size


@pytest.mark.parametrize(
    "line", ['1,"2\n', 'x","y\n', '"\n', '"a""\n', '"x\n\n', '1,"2\n""\n']
)
def test_open_delimited_stray_quotes_take_linear_time(
    tmp_path: Path, line: str
) -> None:
    path = write(tmp_path, "a,b\n" + line * 20_000)
    start = time.perf_counter()
    rows = open_delimited(path, columns=["a"]).read_all()
    assert time.perf_counter() - start < 3
    total = sum(rows["_line_count"].to_pylist())
    assert total == non_blank_line_count(path) - 1


# ------------------------------------------------------------------------- properties


ALPHABET = st.sampled_from(
    ['"', '"', ",", ",", "\n", "\n", "\r\n", "\r", " ", "x", "é", "\ufeff"]
)
MESSY = st.lists(ALPHABET, max_size=60).map("".join)


def outcome(path: Path, **arguments: Any) -> list[tuple[Any, ...]] | str:
    try:
        return read(path, **arguments)
    except InputError as error:
        return error.problem


@QUICK
@given(
    body=MESSY,
    width=st.integers(1, 4),
    separator=st.sampled_from([",", " ", "\t", "é"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1252", "utf-7"]),
)
@example(body='"\n\n"', width=1, separator=",", encoding="utf-8")
@example(body=",\r", width=2, separator=",", encoding="utf-8")
def test_no_line_is_lost(
    folder: Path, body: str, width: int, separator: str, encoding: str
) -> None:
    names = list("abcd"[:width])
    content = separator.join(names) + "\n" + body.replace(",", separator)
    content = content.replace("\ufeff", "") if "1" in encoding[:6] else content
    path = write(folder, content.encode(encoding, "ignore"))
    rows = read(path, columns=names, separator=separator, encoding=encoding)
    assert non_blank_line_count(path, encoding=encoding) - 1 == sum(
        row[width + 1] for row in rows
    )
    numbers = [row[width] for row in rows]
    assert numbers == sorted(set(numbers))
    stored = path.read_bytes().decode(encoding)
    lines = [""] + [line.removesuffix("\r") for line in stored.split("\n")]
    for row in rows:
        *values, number, line_count, fault, raw = row
        if fault:
            assert (values, raw, line_count) == ([None] * width, lines[number], 1)
        else:
            assert raw is None


@QUICK
@given(
    content=st.binary(max_size=80),
    encoding=st.sampled_from(
        [
            "utf-8",
            "utf-16",
            "latin-1",
            "cp1252",
            "shift_jis",
            "utf-7",
            "cp037",
            "iso2022_jp",
        ]
    ),
)
def test_random_bytes_raise_nothing_but_input_errors(
    folder: Path, content: bytes, encoding: str
) -> None:
    header = "a,b\n".encode(encoding)
    path = write(folder, header + content)
    found = outcome(path, encoding=encoding)
    if not isinstance(found, str):
        count = non_blank_line_count(path, encoding=encoding)
        assert count - 1 == sum(row[3] for row in found)
    path.write_bytes(content)
    outcome(path, encoding=encoding)
    # Two of these bytes may happen to announce gzip.
    with contextlib.suppress(InputError):
        non_blank_line_count(path, encoding=encoding)


@QUICK
@given(
    content=MESSY,
    separator=st.text(max_size=2),
    quote=st.text(max_size=2),
    columns=st.lists(st.text(max_size=2), max_size=3),
)
def test_random_parameters_raise_nothing_but_input_errors(
    folder: Path, content: str, separator: str, quote: str, columns: list[str]
) -> None:
    path = write(folder, content)
    outcome(path, separator=separator, quote=quote, columns=columns)
    if len(separator) == 1 and separator not in "\r\n\0\ud800":
        header = separator.join(["k", "l"]).encode("utf-8", "ignore")
        path.write_bytes(header + b"\n" + content.encode())
        outcome(path, separator=separator, quote=quote, columns=["k"])


FIELD = st.text(st.sampled_from('ab ",;\té🍜\\\ufeff'), max_size=5)
LONG_FIELD = st.lists(
    st.sampled_from(["a", " ", '"', ",", "é", "\n", "\r\n"]), max_size=6
).map("".join)


def tables(field: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(field, min_size=width, max_size=width), min_size=1, max_size=8
        )
    )


def csv_text(rows: list[list[str]], *, line_end: str, quote_all: bool) -> str:
    target = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(target, lineterminator=line_end, quoting=quoting).writerows(rows)
    return target.getvalue()


@QUICK
@given(
    rows=tables(FIELD),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quote_all=st.booleans(),
    final=st.booleans(),
    packed=st.booleans(),
)
def test_both_ways_agree_with_the_csv_module(
    *,
    folder: Path,
    rows: list[list[str]],
    line_end: str,
    quote_all: bool,
    final: bool,
    packed: bool,
) -> None:
    names = list("wxyz"[: len(rows[0])])
    content = csv_text([names, *rows], line_end=line_end, quote_all=quote_all)
    content = content if final else content.removesuffix(line_end)
    stored = content.encode()
    path = write(folder, gzip.compress(stored, 1) if packed else stored)
    by_hand = [row for row in csv.reader(io.StringIO(content, newline="")) if row][1:]
    assert by_hand == rows
    expected = [
        fine(number, *(value or None for value in row))
        for number, row in enumerate(rows, start=2)
    ]
    calls: list[bool] = []
    whole = delimited._parse_whole
    with pytest.MonkeyPatch.context() as patch:

        def spy(*arguments: Any, **named: Any) -> pa.RecordBatch | None:
            batch = whole(*arguments, **named)
            calls.append(batch is not None)
            return batch

        patch.setattr(delimited, "_parse_whole", spy)
        assert read(path, columns=names) == expected
    if quote_all:
        assert all(calls), "a well-formed block must go to Arrow whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_parse_whole", lambda *_, **__: None)
        assert read(path, columns=names) == expected
        patch.setattr(delimited, "_arrow_can_cut", lambda _: False)
        assert read(path, columns=names) == expected


@QUICK
@given(rows=tables(LONG_FIELD), quote_all=st.booleans(), size=st.integers(1, 40))
def test_fields_over_several_lines_agree_with_the_csv_module(
    folder: Path, rows: list[list[str]], quote_all: bool, size: int
) -> None:
    names = list("wxyz"[: len(rows[0])])
    expected = []
    content = csv_text([names], line_end="\n", quote_all=False)
    for row in rows:
        record = csv_text([row], line_end="\n", quote_all=quote_all)
        lines = record.removesuffix("\n").split("\n")
        # The one exception of the definition: a whole record inside the span.
        assume(not any(is_record(line, len(names)) for line in lines[1:-1]))
        assume(lines[0].strip())
        expected.append(
            fine(
                content.count("\n") + 1,
                *(value or None for value in row),
                lines=sum(bool(line.strip()) for line in lines),
            )
        )
        content += record
    parsed = list(csv.reader(io.StringIO(content, newline="")))[1:]
    assert parsed == rows
    path = write(folder, content)
    assert read(path, columns=names) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_CHUNK_BYTES", size)
        patch.setattr(delimited, "_PIECE_CHARS", size)
        assert read(path, columns=names) == expected


def is_record(line: str, width: int) -> bool:
    try:
        (fields,) = csv.reader([line.removesuffix("\r")], strict=True)
    except (csv.Error, ValueError):
        return False
    return len(fields) == width


@QUICK
@given(body=MESSY, size=st.integers(1, 30), width=st.integers(1, 3))
def test_cuts_between_blocks_change_nothing(
    folder: Path, body: str, size: int, width: int
) -> None:
    names = list("abc"[:width])
    path = write(folder, "\n" + ",".join(names) + "\n" + body)
    expected = read(path, columns=names)
    count = non_blank_line_count(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_CHUNK_BYTES", size)
        patch.setattr(delimited, "_PIECE_CHARS", size)
        assert read(path, columns=names, batch_rows=2) == expected
        patch.setattr(delimited, "_arrow_can_cut", lambda _: False)
        assert read(path, columns=names) == expected
        patch.setattr("retail_marts.landing.line_count._CHUNK_BYTES", size)
        assert non_blank_line_count(path) == count


def test_both_ways_agree_on_a_large_messy_file(tmp_path: Path) -> None:
    dice = random.Random(7)
    values = ["", '""', "x", '"a,b"', '"a""b"', '5" disc', " y ", "é", '"two\nlines"']
    odd = ["1,2,3,4", "1", "", "  ", '"stray,2,3', '"x"y,2,3', "1,2\r3,4"]
    lines = []
    for _ in range(60_000):
        is_odd = dice.random() < 0.001
        fields = dice.choices(values, [9, 1, 9, 1, 1, 0.01, 5, 5, 0.01], k=3)
        lines.append(dice.choice(odd) if is_odd else ",".join(fields))
    path = write(tmp_path, "a,b,c\n" + "\n".join(lines))
    arguments = {"columns": ["c", "a"]}
    quick = read(path, **arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_arrow_can_cut", lambda _: False)
        assert read(path, **arguments) == quick
    assert sum(row[3] for row in quick) == non_blank_line_count(path) - 1
    assert len({row[4] for row in quick}) == 5


# ------------------------------------------------------------------------- line count


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 0),
        (b"a", 1),
        (b"a\n", 1),
        (b"a\nb", 2),
        (b"a\r\nb\r\n", 2),
        (b"a\n\n", 1),
        (b"a\n\n \n\t", 1),
        (b"\na\n", 1),
        (b"a\n \t\r\nb\n", 2),
        (b"a\n\n\nb\n\n", 2),
        (b"\n\n", 0),
        (b"  ", 0),
        (b"a\rb\n", 1),
        (b"a\r", 1),
        (b"a\r\r\n", 1),
        (b"\r", 0),
        (b"\xef\xbb\xbf\na\n", 1),
        (b"\xc2\xa0\n", 1),
    ],
)
def test_non_blank_line_count(*, tmp_path: Path, content: bytes, count: int) -> None:
    plain = write(tmp_path, content)
    assert non_blank_line_count(str(plain)) == count
    packed = write(tmp_path, gzip.compress(content), "sales.csv.gz")
    assert non_blank_line_count(packed) == count


def test_non_blank_line_count_faults(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.csv cannot be read"):
        non_blank_line_count(tmp_path / "no.csv")
    with pytest.raises(InputError, match="cannot be read"):
        non_blank_line_count(tmp_path)
    with pytest.raises(InputError, match="'utf-9' is not known"):
        non_blank_line_count(write(tmp_path, "a\n"), encoding="utf-9")


@QUICK
@given(
    content=st.lists(
        st.sampled_from(["a", '"', " ", "\t", "\r", "\n", "\r\n", "\f", "é", "\xa0"]),
        max_size=40,
    ).map("".join),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-be", "latin-1", "cp437"]),
    size=st.integers(4, 20),
)
def test_non_blank_line_count_as_defined(
    folder: Path, content: str, encoding: str, size: int
) -> None:
    path = write(folder, content.encode(encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retail_marts.landing.line_count._CHUNK_BYTES", size)
        count = non_blank_line_count(path, encoding=encoding)
    lines = content.split("\n")
    assert count == sum(bool(line.strip(" \t\r\v\f")) for line in lines)


# --------------------------------------------------------------------------- decoding


@QUICK
@given(
    content=st.text(st.characters(codec="utf-8")),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-7", "gb18030"]),
    size=st.integers(4, 20),
)
def test_decoded_chunks_keep_the_text(
    folder: Path, content: str, encoding: str, size: int
) -> None:
    content = content.removeprefix("\ufeff")
    try:
        stored = content.encode(encoding)
        assume(stored.decode(encoding) == content)
    except UnicodeError:
        assume(False)
    assume(
        encoding.startswith("utf-16")
        or not stored.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
        or encoding == "utf-32"
    )
    assume(not stored.startswith(b"\x1f\x8b"))
    source = write(folder, stored, "source.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_CHUNK_BYTES", size)
        found = "".join(text.decoded_chunks(source, encoding=encoding))
    assert found == content
