"""`retail-marts map`: files of many shapes give an entry that reads them, or ask."""

# ruff: noqa: RUF001

from __future__ import annotations

import bz2
import gzip
import io
import json
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_files import WRITERS

from retail_marts.cli import main
from retail_marts.errors import InputError
from retail_marts.landing.workbooks import open_workbook
from retail_marts.mapper import Entry, map_files, write_entry
from retail_marts.mapper.dates import date_format_of
from retail_marts.mapper.encodings import encoding_of
from retail_marts.mapper.numbers import numbers_of, values_of
from retail_marts.mapper.reading import read_table
from retail_marts.mapper.tables import Column
from retail_marts.mapper.words import folded, forms

TODAY = date(2026, 1, 31)
HEADER = "Invoice,Date,SKU,Qty,Total,Who"
ROWS = (
    "1,2024-01-02,A,1,10.00,c1",
    "1,2024-01-02,B,2,5.00,c1",
    "2,2024-01-13,A,1,10.00,c2",
)


def mapped(*paths: Path, **options: Any) -> Entry:
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    return map_files(paths, name="my_shop", project=folder, today=TODAY, **options)


def read(*paths: Path, **options: Any) -> dict[str, Any]:
    """The settings of the entry, from its text."""
    entry = mapped(*paths, **options)
    found: dict[str, Any] = yaml.safe_load(entry.text())["my_shop"]
    return found


def test_a_folder_below_a_hidden_one_has_files(tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "months"
    folder.mkdir(parents=True)
    for month in ("01", "02"):
        sales(folder, *ROWS, name=f"{month}.csv")
    (folder / ".hidden.csv").write_text("x")
    assert mapped(folder).settings()["columns"]["order_date"] == "Date"


def sales(folder: Path, *rows: str, header: str = HEADER, name: str = "s.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


# --------------------------------------------------------------------- whole files


def test_a_plain_file_needs_path_date_and_columns_only(tmp_path: Path) -> None:
    assert read(sales(tmp_path, *ROWS)) == {
        "path": "s.csv",
        "date_format": "%Y-%m-%d",
        "columns": {
            "order_id": "Invoice",
            "order_date": "Date",
            "customer_id": "Who",
            "product_id": "SKU",
            "quantity": "Qty",
            "sales_amount": "Total",
        },
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("\n".join([HEADER, *ROWS]).replace(",", ";"), {"separator": ";"}),
        ("\n".join([HEADER, *ROWS]).replace(",", "\t"), {"separator": "\t"}),
        ("\n".join([HEADER, *ROWS]).replace(",", "|"), {"separator": "|"}),
        ("\n".join([HEADER, *ROWS]).replace(",", "   "), {"separator": "whitespace"}),
        (
            "sep=;\n" + "\n".join([HEADER, *ROWS]).replace(",", ";"),
            {"separator": ";", "header_line": 2},
        ),
        (
            "Sales report,,,,,\nPeriod: Jan,,,,,\n" + "\n".join([HEADER, *ROWS]),
            {"header_line": 3},
        ),
        (
            "Sales report\n\nPeriod: Jan 2024\n\n" + "\n".join([HEADER, *ROWS]),
            {"header_line": 5},
        ),
        ("\n\n" + "\n".join([HEADER, *ROWS]), {}),
        (
            "Corner Shop,Main Street,Springfield,Open daily,Closed,Thanks\n"
            + "\n".join([HEADER, *ROWS]),
            {"header_line": 2},
        ),
        # A row of which only the first text is like a total is data.
        ("\n".join([HEADER, *ROWS, "Sum,2024-01-13,A,1,5,c1"]), {}),
        (
            "\n".join([HEADER, *ROWS, "Total,,,4,25.00,", "Printed by the till"]),
            {"footer_lines": 2},
        ),
        ("\n".join([HEADER, *ROWS, "", ",,,4,25.00,", ""]), {"footer_lines": 1}),
        (
            "\n".join([HEADER.replace("Who", '"The\nCustomer No"'), *ROWS]),
            {},
        ),
    ],
)
def test_layouts(tmp_path: Path, content: str, expected: dict[str, Any]) -> None:
    path = tmp_path / "s.csv"
    path.write_text(content + "\n", encoding="utf-8")
    found = read(path)
    layout = ("separator", "header_line", "footer_lines")
    assert {name: found[name] for name in layout if name in found} == expected
    assert found["columns"]["sales_amount"] == "Total"
    assert len(found["columns"]) == 6 or "The" in content


def test_packed_files_are_looked_into(tmp_path: Path) -> None:
    content = "\n".join([HEADER, *ROWS]).encode()
    (tmp_path / "s.csv.gz").write_bytes(gzip.compress(content))
    (tmp_path / "s.csv.bz2").write_bytes(bz2.compress(content))
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("inner.csv", content)
    for name in ("s.csv.gz", "s.csv.bz2", "s.zip"):
        assert read(tmp_path / name)["path"] == name
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", content)
        archive.writestr("b.csv", content)
    with pytest.raises(InputError, match=r"has 2 files \(a.csv, b.csv\), not one"):
        mapped(tmp_path / "two.zip")


def test_typed_files_need_no_formats(tmp_path: Path) -> None:
    select = (
        'select 1 as "Order ID", date \'2024-01-05\' as "Date", \'A\' as "SKU",'
        ' 2 as "Qty", 1.5 as "Total"'
    )
    with duckdb.connect(str(tmp_path / "till.duckdb")) as connection:
        connection.execute(f"create table sold as {select}")
        connection.execute(f"copy ({select}) to '{tmp_path / 's.parquet'}'")
        connection.execute(f"copy ({select}) to '{tmp_path / 's.jsonl'}' (format json)")
    parquet = read(tmp_path / "s.parquet")
    assert set(parquet) == {"path", "columns"}
    database = read(Path(f"{tmp_path / 'till.duckdb'}:sold"))
    assert (database["database"], database["table"]) == ("till.duckdb", "sold")
    lines = read(tmp_path / "s.jsonl")
    assert (lines["path"], lines["date_format"]) == ("s.jsonl", "%Y-%m-%d")
    assert parquet["columns"] == database["columns"] == lines["columns"]
    with pytest.raises(InputError, match=r"the table sale cannot be read") as error:
        mapped(Path(f"{tmp_path / 'till.duckdb'}:sale"))
    assert "It has: main.sold" in str(error.value)


def test_all_files_of_a_business_become_one_entry(tmp_path: Path) -> None:
    sold = sales(tmp_path, *ROWS)
    people = tmp_path / "people.csv"
    people.write_text(
        "Id;Name;Age;Household size;Street\n"
        "c1;Ann Example;65+;2;A street 1\nc2;Bob Example;25-34;3;B street 2\n"
        "c3;Cem Example;25-34;2;C street 3\nc4;Dee Example;65+;3;D street 4\n"
    )
    goods = tmp_path / "goods.csv"
    goods.write_text("SKU,Description,Group,Price\nA,Tea,Hot,5\nB,Cup,Cold,2.5\n")
    shops = tmp_path / "shops.csv"
    shops.write_text("Store ID,Name,Lat,Lng\ns1,Main,1.5,2.5\n")
    found = read(shops, goods, sold, people)
    assert found["path"] == "s.csv"
    assert found["customers"] == {
        "path": "people.csv",
        "separator": ";",
        "columns": {"customer_id": "Id", "customer_name": "Name", "age": "Age"},
        "attributes": {"household_size": "Household size"},
    }
    assert found["products"]["columns"] == {
        "product_id": "SKU",
        "product_name": "Description",
        "category": "Group",
        "list_price_amount": "Price",
    }
    assert found["stores"]["columns"]["latitude"] == "Lat"


def test_months_become_a_pattern_and_new_columns_optional(tmp_path: Path) -> None:
    sales(tmp_path, *ROWS, name="2024-02.csv")
    old = ",".join(HEADER.split(",")[:-1])
    sales(
        tmp_path,
        *(row.rpartition(",")[0] for row in ROWS),
        header=old,
        name="2024-01.csv",
    )
    entry = mapped(tmp_path / "2024-01.csv", tmp_path / "2024-02.csv")
    found = entry.settings()
    assert (found["path"], found["optional"]) == ("*.csv", ["customer_id"])
    assert "Who is missing in 2024-01.csv" in entry.text()
    assert mapped(tmp_path).settings()["path"] == "."
    sales(tmp_path, *ROWS, name="x.csv")
    two = read(tmp_path / "2024-01.csv", tmp_path / "2024-02.csv")
    assert two["path"] == "2024-*.csv"
    one = read(tmp_path / "2024-01.csv", tmp_path / "x.csv")
    assert one["path"] == ["2024-01.csv", "x.csv"]
    # A long list stands on several lines.
    for number in range(9):
        sales(tmp_path, *ROWS, name=f"a{number}" * 6 + ".csv")
    text = mapped(*sorted(tmp_path.glob("a[0-7]*")), tmp_path / "x.csv").text()
    assert "\n  path:\n    - a0a0a0a0a0a0.csv\n    - a1" in text


def test_a_large_file_is_looked_at_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retail_marts.mapper.tables._FIRST_ROWS", 20)
    monkeypatch.setattr("retail_marts.mapper.tables._OTHER_ROWS", 20)
    rows = [f"{n},2024-01-{n % 12 + 1:02},A,1,5,c{n}" for n in range(3000)]
    path = sales(tmp_path, *rows, "Total,,,3000,15000,")
    table = read_table(path)
    assert (table.row_count, table.first_rows) == (3000, 20)
    assert 30 < table.kept_count <= 41
    ids = [int(value) for value in table.column("Invoice").values]
    assert ids[:20] == [*range(20)]
    assert ids[-1] > 2500
    title = mapped(path).sales.title
    assert title == f"3,000 rows of sales (looked at {table.kept_count} of them)."


def test_files_of_two_formats_are_refused(tmp_path: Path) -> None:
    one = sales(tmp_path, *ROWS, name="a.csv")
    two = tmp_path / "b.csv"
    two.write_text(one.read_text().replace(",", ";"))
    with pytest.raises(InputError, match="differ in separator"):
        mapped(one, two)
    # A file of ASCII alone reads the same in both encodings.
    two.write_bytes(one.read_bytes().replace(b"c2", "Käse".encode("latin-1")))
    assert mapped(one, two).settings()["encoding"] == "latin-1"
    one.write_bytes(one.read_bytes().replace(b"c2", "Käse".encode()))
    with pytest.raises(InputError, match="differ in encoding"):
        mapped(one, two)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"SQLite format 3\0" + b"\0" * 99, "is a SQLite file"),
        (b"\xfd7zXZ\0" + b"\0" * 99, "compressed with xz"),
        (b"a\n1\n2\n", "no separator"),
        (b"x,y\n1,2\n", r"neither sales .* x \(numbers\); y \(numbers\)"),
        (b"2024-01-01,A,1,5\n2024-01-02,B,1,6\n", "looks like data"),
        (b"<html><table></table></html>\n", "HTML"),
        (b"\x1f\x8b" + b"broken", "damaged"),
    ],
)
def test_what_is_no_table_is_refused(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        mapped(path)


def test_a_kind_that_the_columns_deny_is_refused(tmp_path: Path) -> None:
    path = sales(tmp_path, *ROWS)
    with pytest.raises(InputError, match="is not a file of stores"):
        mapped(path, kind="stores")
    with pytest.raises(InputError, match="No file has sales"):
        mapped(path, kind="customers")


# ----------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Käse;Müller;3,50 €\nBrötchen;Crème brûlée\n"),
        ("latin-1", "Käse;Müller\nRösti;Zürich\n"),
        ("cp1250", "Źródło;żółty ser;ćwikła\nGdańsk;Łódź;kiełbasa śląska\n"),
        ("iso8859-2", "Źródło;żółty ser;ćwikła\nGdańsk;Łódź;kiełbasa śląska\n"),
        ("cp1254", "Şişli;İstanbul;çikolata\nMüşteri;Ürün;Ağrı\n"),
        ("cp1251", "Москва;Хлеб ржаной;Молоко\n"),
        ("koi8-r", "Москва;Хлеб ржаной;Молоко\n"),
        ("cp866", "Москва;Хлеб ржаной;Молоко\n"),
        ("cp1253", "Προϊόν;Πελάτης\nΗμερομηνία;Ποσότητα\n"),
        ("mac-roman", "Café;Crème brûlée;Käse\nBrötchen;Größe\n"),
        ("cp850", "Café;Crème brûlée;Käse\nBrötchen;Größe\n"),
        ("shift_jis", "商品名,数量\nりんご,2\nお茶,ペットボトル\n"),
        ("euc_jp", "商品名,数量\nりんご,2\nお茶,ペットボトル\n"),
        ("gb18030", "订单号,商品名称,数量\n苹果,北京,上海\n"),
        ("big5", "訂單編號,商品名稱,數量\n蘋果,台北,高雄\n"),
        ("cp949", "주문번호,상품명,수량\n사과,서울,부산\n"),
        ("utf-8", "Käse;Müller\n"),
        ("utf-16", "a;b\n1;2\n"),
    ],
)
def test_encodings(encoding: str, text: str) -> None:
    found = encoding_of(text.encode(encoding))
    assert found.name == encoding
    assert found.evidence


def test_an_encoding_without_mark_or_accent() -> None:
    assert encoding_of(b"a;b\n1;2\n") == ("utf-8", "", ())
    # Where a file has one sign alone, the most frequent encoding.
    assert encoding_of("5 €\n".encode("cp1252")).name == "cp1252"
    assert encoding_of("a;b\n1;2\n".encode("utf-16-be")).name == "utf-16"
    # The last character of the part that was looked at may be cut.
    assert encoding_of("ä".encode()[:1], is_whole=False).name == "utf-8"
    assert encoding_of("ä".encode()[:1]).name != "utf-8"


def test_a_file_in_another_encoding_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "订单号,下单时间,商品名称,数量,金额\n"
        "1,2024-01-13,苹果,2,5.5\n2,2024-01-14,香蕉,1,2\n",
        encoding="gb18030",
    )
    found = read(path)
    assert found["encoding"] == "gb18030"
    assert found["columns"] == {
        "order_id": "订单号",
        "order_date": "下单时间",
        "product_name": "商品名称",
        "quantity": "数量",
        "sales_amount": "金额",
    }


# --------------------------------------------------------------------------- dates


def dates(*values: str, **options: Any) -> Any:
    return date_format_of(Column("Date", list(values)), today=TODAY, **options)


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2024-01-05"], ("%Y-%m-%d",)),
        (["13/02/2024", "01/02/2024"], ("%d/%m/%Y",)),
        (["02/13/2024", "01/02/2024"], ("%m/%d/%Y",)),
        (["31.12.2023"], ("%d.%m.%Y",)),
        (["12/13/2010 8:26"], ("%m/%d/%Y %H:%M",)),
        (["2024-01-02 10:00:00 +0700"], ("%Y-%m-%d %H:%M:%S %z",)),
        (["2024-01-05T10:00:00.123Z"], ("%Y-%m-%dT%H:%M:%S.%f%z",)),
        (["2024-01-05 10:00 UTC"], ("%Y-%m-%d %H:%M %Z",)),
        (["20240105"], ("%Y%m%d",)),
        (["20240105103000"], ("%Y%m%d%H%M%S",)),
        (["1704067200"], ("epoch_seconds",)),
        (["1704067200000"], ("epoch_milliseconds",)),
        (["45292", "45293.5"], ("excel_serial",)),
        (["Jan 5, 2024 3:04 PM"], ("%b %d, %Y %I:%M %p",)),
        (["05-Jan-24"], ("%d-%b-%y",)),
        (["Tue, 02 Jan 2024 10:00:00 +0700"], ("%a, %d %b %Y %H:%M:%S %z",)),
        (["Monday, 5 February 2024"], ("%A, %d %B %Y",)),
        (["2024年1月5日"], ("%Y年%m月%d日",)),
        (["2024-01-05", "05/13/2024"], ("%Y-%m-%d", "%m/%d/%Y")),
    ],
)
def test_date_formats(values: list[str], formats: tuple[str, ...]) -> None:
    found = dates(*values)
    assert (found.formats, found.choices) == (formats, ())


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("1 Agustus 2024", "id"),
        ("5. März 2024", "de"),
        ("5 janvier 2024", "fr"),
        ("5 enero 2024", "es"),
        ("5 gennaio 2024", "it"),
        ("5 fevereiro 2024", "pt"),
        ("5 maart 2024", "nl"),
        ("5 lutego 2024", "pl"),
        ("5 Şubat 2024", "tr"),
        ("5 марта 2024", "ru"),
        ("5 March 2024", "en"),
    ],
)
def test_names_of_months(value: str, language: str) -> None:
    found = dates(value)
    assert found.month_language == language
    assert "%B" in found.formats[0]


def test_numbers_are_dates_only_where_the_header_says_so() -> None:
    assert dates("1704067200", is_named=False) is None
    assert dates("45292", is_named=False) is None
    assert dates("20240105", is_named=False) is None
    assert dates("abc", "def") is None
    assert dates("99999999") is None


def test_the_evidence_counts_the_rows() -> None:
    found = dates(*["13/02/2024"] * 214, *["01/02/2024"] * 300)
    assert found.evidence == "214 rows have a first number above 12: day first"
    found = dates("02/13/2024", "01/02/2024")
    assert found.evidence == "1 row has a second number above 12: month first"


def test_an_order_that_no_value_tells_is_a_choice() -> None:
    found = dates("01/02/2024", "03/04/2024")
    assert found.formats == ()
    assert [written for written, _ in found.choices] == ["%d/%m/%Y", "%m/%d/%Y"]
    assert found.evidence == "no first or second number is above 12"
    assert "2024-02-01 to 2024-04-03" in found.choices[0][1]
    # One of a hundred rows may be a typing error.
    few = dates("13/02/2024", *["01/02/2024"] * 100)
    assert (few.formats, few.evidence) == ((), "only 1 of 101 rows decide")
    # Three rows against one do not decide either.
    assert dates(*["13/02/2024"] * 3, "02/13/2024", *["01/02/2024"] * 96).choices
    mixed = dates(*["13/01/2024"] * 5, *["01/13/2024"] * 5)
    assert (mixed.formats, len(mixed.choices)) == ((), 2)
    assert "mixed" in mixed.evidence


def test_days_to_come_decide() -> None:
    # The 5th of February is after the day of the look: so it is the 2nd of May.
    found = dates(*["02/05/2026"] * 3, *["02/01/2026"] * 3)
    assert found.choices
    found = dates(*["01/02/2026", "02/02/2026", "03/02/2026"], *["12/01/2026"] * 9)
    assert found.choices
    found = dates(*["12/01/2026", "11/01/2026", "10/01/2026"] * 3)
    assert found.formats == ("%d/%m/%Y",)
    assert found.evidence == "9 rows would be after today the other way: day first"


def test_one_day_to_come_may_be_a_typing_error() -> None:
    # The 1st of February is after the day of the look, the 2nd of January is not.
    assert dates("02/01/2026", *["03/02/2025"] * 60).choices
    assert dates(*["02/01/2026"] * 2, *["03/02/2025"] * 60).formats == ("%d/%m/%Y",)


def test_years_of_two_digits() -> None:
    assert dates("31.12.99").first_day == date(1999, 12, 31)
    assert dates("31.12.24", "30.12.24").first_day == date(2024, 12, 30)
    # The year may stand first.
    assert len(dates("01.12.24").choices) == 3


def test_ship_dates_decide() -> None:
    orders = ["01/02/2024", "03/04/2024", "05/06/2024", "07/08/2024"]
    shipped = ["02/02/2024", "01/05/2024", "02/07/2024", "01/09/2024"]
    found = date_format_of(
        Column("Ordered", orders), today=TODAY, later=Column("Shipped", shipped)
    )
    assert found is not None
    assert found.formats == ("%d/%m/%Y",)
    assert "'Shipped' before 'Ordered' the other way" in found.evidence
    same = date_format_of(
        Column("Ordered", orders), today=TODAY, later=Column("Shipped", orders)
    )
    assert same is not None
    assert same.choices


@pytest.mark.parametrize(
    ("shipped", "formats"),
    [
        ("02/15/2024", ("%m/%d/%y", "%m/%d/%Y")),
        # Month first, as the order dates are.
        ("02/05/2024", ("%m/%d/%y", "%m/%d/%Y")),
        ("2024-02-15", ("%m/%d/%y", "%Y-%m-%d")),
        ("02/15/24", ("%m/%d/%y",)),
    ],
)
def test_ship_dates_may_be_written_in_another_way(
    tmp_path: Path, shipped: str, formats: tuple[str, ...]
) -> None:
    rows = [f"{n},01/{n + 10}/24,{shipped},I{n},1,2.50" for n in range(1, 9)]
    header = "Order,Date,Ship Date,Item,Qty,Price"
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert entry.sales.columns["ship_date"] == "Ship Date"
    stated = entry.settings()["date_format"]
    assert tuple([stated] if isinstance(stated, str) else stated) == formats


def test_ship_dates_that_nothing_decides_are_asked_for(tmp_path: Path) -> None:
    """A year that stands first does not say how other dates are written."""
    rows = [f"{n},2024-01-{n + 10},02/0{n}/2024,I{n},1,2.50" for n in range(1, 9)]
    header = "Order,Date,Ship Date,Item,Qty,Price"
    [choice] = mapped(sales(tmp_path, *rows, header=header)).choices
    assert "in Ship Date, no first or second number is above 12" in choice.why
    offered = [values["date_format"] for values, _ in choice.values]
    assert sorted(offered) == [["%Y-%m-%d", "%d/%m/%Y"], ["%Y-%m-%d", "%m/%d/%Y"]]


@settings(max_examples=300, deadline=None)
@given(
    start=st.dates(date(2015, 1, 1), date(2025, 6, 1)),
    days=st.lists(st.integers(0, 200), min_size=1, max_size=80),
    written=st.sampled_from(
        ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%m-%d-%y", "%y/%m/%d", "%Y-%m-%d"]
    ),
    is_sorted=st.sampled_from(["", "by day", "by text"]),
)
def test_the_order_of_day_and_month_is_never_silently_wrong(
    start: date, days: list[int], written: str, is_sorted: str
) -> None:
    every = [start + timedelta(days=number) for number in days]
    if is_sorted == "by day":
        every.sort()
    values = [day.strftime(written) for day in every]
    if is_sorted == "by text":
        values.sort()
    found = dates(*values)
    if found.choices:
        assert written in [one for one, _ in found.choices]
        assert found.formats == ()
    else:
        assert found.formats == (written,)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    written=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
    faults=st.integers(0, 3),
)
def test_single_typing_errors_do_not_turn_the_order(
    seed: int, written: str, faults: int
) -> None:
    chance = random.Random(seed)
    every = [
        date(2024, chance.randint(1, 12), chance.randint(1, 12)) for _ in range(400)
    ]
    values = [day.strftime(written) for day in every]
    other = {"%d/%m/%Y": "02/25/2024", "%m/%d/%Y": "25/02/2024"}[written]
    values[:faults] = [other] * faults
    found = dates(*values)
    assert found.formats in ((), (written,))
    assert written in (*found.formats, *(one for one, _ in found.choices))


# ------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("values", "decimal", "groups"),
    [
        (["1.234,50"], ",", "."),
        (["1,234.50"], ".", ","),
        (["1 234,50"], ",", " "),
        (["1\u202f234,50"], ",", " "),
        (["1'234.50"], ".", "'"),
        (["12.5"], ".", ""),
        (["12,5"], ",", ""),
        (["0,125"], ",", ""),
        (["1.234.567"], ",", "."),
        (["1,234,567"], ".", ","),
        (["1234"], ".", ""),
        ([*["25.000"] * 30, *["500"] * 9], ",", "."),
    ],
)
def test_marks_of_numbers(values: list[str], decimal: str, groups: str) -> None:
    found = numbers_of([values])
    assert (found.decimal_mark, found.thousands_mark) == (decimal, groups)
    assert not found.choices


def test_marks_that_no_number_tells_are_a_choice() -> None:
    found = numbers_of([["25.000", "1.500"], ["1", "2", "3", "4", "5", "6"]])
    assert found.choices == (
        (",", ".", "1.234 is 1234"),
        (".", "", "1.234 is 1.234"),
    )
    assert numbers_of([["1,5", "2.5"]]).choices


def test_signs_and_currencies() -> None:
    found = numbers_of([["$1,234.50", "(12.00)", "12.00-", "3"]])
    assert found.currency_marks == ("$",)
    assert found.styles == ("minus", "parentheses", "trailing_minus")
    read = values_of(["$1,234.50", "(12.00)", "12.00-", "\u22123", "15%"], found)
    shown = [str(number) for number in read]
    assert shown == ["1234.50", "-12.00", "-12.00", "-3", "0.15"]
    assert numbers_of([["12,34,567.50", "1,000"]]).is_indian
    assert numbers_of([["Rp 25.500,00", "IDR 1"]]).currency_marks == ("Rp", "IDR")
    # Ids are not numbers with a mark.
    assert values_of(["P17", "R2D2", "17P"], found) == [None, None, None]


# ------------------------------------------------------------------------- columns


def test_names_are_folded() -> None:
    assert folded("Größe (Ø)") == "grosseo"
    assert folded("Müşteri Adı") == "musteriadi"
    assert folded("UNIT_price-%") == "unitprice%"
    assert forms("Lineitem quantity") == ["lineitemquantity", "quantity"]
    assert forms("Total (EUR)") == ["totaleur", "total"]


@pytest.mark.parametrize(
    "header",
    [
        "Order ID,Order Date,Customer ID,SKU,Quantity,Sales",
        "Bestellnummer;Bestelldatum;Kundennummer;Artikelnummer;Menge;Betrag",
        "Numéro de commande;Date de commande;Code client;Référence;Quantité;Montant",
        "Número de pedido;Fecha de pedido;ID cliente;Código producto;Cantidad;Importe",
        "Numero ordine;Data ordine;Codice cliente;Codice prodotto;Quantità;Importo",
        "Número do pedido;Data do pedido;ID do cliente;Código do produto;Qtde;Valor",
        "Bestelnummer;Besteldatum;Klantnummer;Artikelcode;Aantal;Bedrag",
        "No Pesanan;Tanggal Pesanan;Kode Pelanggan;Kode Barang;Jumlah;Total Harga",
        "Numer zamówienia;Data zamówienia;Nr klienta;Kod produktu;Ilość;Wartość",
        "Sipariş No;Sipariş Tarihi;Müşteri No;Ürün Kodu;Adet;Tutar",
        "Номер заказа;Дата заказа;Код клиента;Артикул;Количество;Сумма",
        "注文番号;注文日;顧客ID;商品コード;数量;金額",
        "订单号;订单日期;客户编号;商品编号;数量;金额",
        "order_id;created_at;customerId;itemSku;qty;LINE_TOTAL",
        "InvoiceNo;InvoiceDate;CustomerID;StockCode;Quantity;Amount (GBP)",
    ],
)
def test_headers_of_many_languages(tmp_path: Path, header: str) -> None:
    separator = ";" if ";" in header else ","
    rows = ["o1,2024-01-13,k1,a1,2,5.5".replace(",", separator)] * 3
    found = read(sales(tmp_path, *rows, header=header))
    assert found["columns"] == dict(
        zip(
            ("order_id", "order_date", "customer_id", "product_id", "quantity"),
            header.split(separator)[:5],
            strict=True,
        ),
        sales_amount=header.split(separator)[5],
    )


def test_no_header_is_used_twice_and_the_rest_is_listed(tmp_path: Path) -> None:
    path = sales(
        tmp_path,
        "1,13/01/2024,14/01/2024,A,Tea,2,2.5,5,x",
        header="Order,Date,Ship Date,Item,Item name,Qty,Price,Total,Remark",
    )
    entry = mapped(path)
    headers = [*entry.sales.columns.values()]
    assert len(headers) == len(set(headers))
    assert entry.sales.columns["ship_date"] == "Ship Date"
    assert entry.sales.columns["product_name"] == "Item name"
    assert "# Columns that are not used: Remark." in entry.text()
    alone = sales(tmp_path, "1,2024-01-13,Tea,2,5", header="Order,Date,Item,Qty,Total")
    assert mapped(alone).sales.columns["product_name"] == "Item"
    assert "product_id" not in mapped(alone).sales.columns


def test_columns_are_found_by_content(tmp_path: Path) -> None:
    path = sales(
        tmp_path,
        *(f"#10{n},ann{n}@x.example,2024-01-1{n},Tea,2,5" for n in range(9)),
        header="Name,Contact,When,Lineitem name,Lineitem quantity,Lineitem price",
    )
    found = mapped(path)
    assert found.sales.columns["order_id"] == "Name"
    assert found.sales.columns["email"] == "Contact"
    assert found.sales.columns["order_date"] == "When"
    assert "# by its content" in found.text()


# --------------------------------------------------------------------------- rules


def findings(entry: Entry, setting: str) -> list[tuple[Any, bool]]:
    return [
        (one.value, one.is_on) for one in entry.sales.findings if one.setting == setting
    ]


def test_fields_on_the_first_line_of_an_order(tmp_path: Path) -> None:
    entry = mapped(
        sales(
            tmp_path,
            "1,2024-01-13,c1,A,2,5,10,3,13,paid",
            "1,2024-01-13,,B,1,5,5,,,",
            "2,2024-01-14,c2,A,1,5,5,4,9,voided",
            "2,2024-01-14,,B,1,5,5,,,",
            "3,2024-01-14,c1,B,1,5,5,4,9,paid",
            header="Order,Date,Customer,SKU,Qty,Price,Amount,Shipping,Total,Status",
        )
    )
    assert findings(entry, "fill_down") == [(["customer_id"], True)]
    assert findings(entry, "order_amounts") == [(["shipping_cost_amount"], True)]
    assert findings(entry, "filters") == [
        ([{"column": "Status", "drop": ["voided"]}], False)
    ]


ODOO = (
    "Order Reference,Order Date,Customer,Order Lines/Product,Order Lines/Quantity,"
    "Order Lines/Unit Price,Delivery"
)


def test_order_ids_on_the_first_line_of_an_order(tmp_path: Path) -> None:
    rows = [
        row
        for n in range(10, 20)
        for row in (
            f"S{n},2024-01-{n},Customer {n % 4},Tea,{n},5.00,{n}.50",
            *[f",,,Cup {n % 3},2,3.50,"] * (n % 3),
        )
    ]
    entry = mapped(sales(tmp_path, *rows, header=ODOO))
    assert entry.sales.columns["order_id"] == "Order Reference"
    ((filled, is_on),) = findings(entry, "fill_down")
    assert is_on
    assert filled[0] == "order_id"
    assert (
        {"order_date"} < {*filled[1:]} <= {"order_date", "customer_id", "customer_name"}
    )
    text = " ".join(entry.text().replace("#", "").split())
    assert (
        "10 of 20 rows have no Order Reference: they belong to the order above them "
        "(Order Date is empty on them, too)."
    ) in text
    assert "which are rejected" not in text
    assert findings(entry, "order_amounts") == [(["shipping_cost_amount"], True)]


def test_an_order_id_alone_may_stand_on_the_first_line(tmp_path: Path) -> None:
    rows = [f"{n // 2 if n % 2 == 0 else ''},2024-01-{n // 2 + 10},A,{n},5.00,c1"
            for n in range(12)]  # fmt: skip
    header = "Order,Date,SKU,Qty,Price,Customer"
    assert findings(mapped(sales(tmp_path, *rows, header=header)), "fill_down") == [
        (["order_id"], True)
    ]
    # With another day than the row above, a row without an id is of no known order.
    rows[5] = rows[5].replace("2024-01-12", "2024-02-12").replace("c1", "c2")
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert findings(entry, "fill_down") == []
    assert "empty on 6 of 12 rows, which are rejected" in " ".join(
        entry.text().replace("#", "").split()
    )


def test_the_total_of_an_order_is_not_that_of_a_line(tmp_path: Path) -> None:
    entry = mapped(
        sales(
            tmp_path,
            *(
                f"{order},2024-01-13,{item},{qty},5,{3 * order * 5}"
                for order in range(1, 9)
                for item, qty in (("A", order), ("B", 2 * order))
            ),
            header="Order,Date,SKU,Qty,Price,Total",
        )
    )
    assert "sales_amount" not in entry.sales.columns
    assert entry.sales.columns["unit_price_amount"] == "Price"
    assert "Total (is equal on all lines of an order" in entry.text()


def test_prices_and_totals_are_told_by_their_numbers(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Qty,{}"
    rows = [(n, n % 4, n % 5 + 1) for n in range(60)]
    totals = [f"{n},2024-01-13,p{p},{q},{(p + 2) * q}" for n, p, q in rows]
    prices = [f"{n},2024-01-13,p{p},{q},{p + 2}" for n, p, q in rows]
    for name, lines, ours in (
        ("Price", totals, "sales_amount"),
        ("Price", prices, "unit_price_amount"),
        ("Total", totals, "sales_amount"),
        ("Total", prices, "unit_price_amount"),
    ):
        path = sales(tmp_path, *lines, header=header.format(name))
        assert mapped(path).sales.columns[ours] == name


@pytest.mark.parametrize(
    ("discounts", "totals", "setting"),
    [
        (["0.1", "0.2", "0", "0.5"], ["9", "8", "10", "5"], "discount_rate"),
        (["10", "20", "0", "50"], ["9", "8", "10", "5"], "percent"),
        (["10%", "20%", "0%", "50%"], ["9", "8", "10", "5"], "percent"),
        (["1", "2", "0", "5"], ["9", "8", "10", "5"], "discount_amount"),
    ],
)
def test_discounts_are_rates_per_cent_or_amounts(
    tmp_path: Path, discounts: list[str], totals: list[str], setting: str
) -> None:
    found = read(
        sales(
            tmp_path,
            *(
                f"{n},2024-01-13,A,2,5,{discount},{total}"
                for n, (discount, total) in enumerate(
                    zip(discounts * 3, totals * 3, strict=True)
                )
            ),
            header="Order,Date,SKU,Qty,Price,Discount,Total",
        )
    )
    if setting == "percent":
        assert found["percent_columns"] == ["discount_rate"]
        assert found["columns"]["discount_rate"] == "Discount"
    else:
        assert "percent_columns" not in found
        assert found["columns"][setting] == "Discount"


def test_a_discount_that_may_be_either_is_not_used(tmp_path: Path) -> None:
    entry = mapped(
        sales(
            tmp_path,
            *(f"{n},2024-01-13,A,2,{n % 4 * 5},{50 + n}" for n in range(9)),
            header="Order,Date,SKU,Qty,Discount,Total",
        )
    )
    assert "Discount" not in entry.sales.columns.values()
    assert entry.sales.unused == [
        "Discount (a discount, but it may be per cent or an amount of money)"
    ]


def test_a_discount_that_no_total_shows_is_not_used(tmp_path: Path) -> None:
    entry = mapped(
        sales(
            tmp_path,
            *(f"{n},2024-01-13,A,2,9,{n % 4 * 5},{50 + n}" for n in range(30)),
            header="Order,Date,SKU,Qty,Price,Discount,Total",
        )
    )
    assert "Discount" not in entry.sales.columns.values()


def test_the_rate_of_a_tax_is_not_its_amount(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Qty,Total,VAT"
    rates = [f"{n},2024-01-13,A,1,{n},{7 if n % 3 else 19}" for n in range(40)]
    assert "tax_amount" not in read(sales(tmp_path, *rates, header=header))["columns"]
    amounts = [f"{n},2024-01-13,A,1,{n},{n * 0.19:.2f}" for n in range(40)]
    assert "tax_amount" in read(sales(tmp_path, *amounts, header=header))["columns"]


def test_order_ids_that_repeat(tmp_path: Path) -> None:
    rows = [
        f"{number},2024-01-{day:02},s{shop},A,1,5"
        for day in range(10, 20)
        for shop in (1, 2)
        for number in (1, 1, 2)
    ]
    entry = mapped(sales(tmp_path, *rows, header="Receipt,Date,Store,SKU,Qty,Total"))
    assert findings(entry, "order_key") == [
        (["order_id", "order_date", "store_id"], True)
    ]
    once = [f"{n // 2},2024-01-{n // 2 + 10:02},s1,A,1,5" for n in range(20)]
    entry = mapped(sales(tmp_path, *once, header="Receipt,Date,Store,SKU,Qty,Total"))
    assert findings(entry, "order_key") == []


def test_returns_by_prefix_and_write_offs(tmp_path: Path) -> None:
    rows = [f"{n},2024-01-13,A,1,5,c{n}" for n in range(500, 530)]
    rows += [f"C{n},2024-01-14,A,-1,-5,c{n}" for n in range(500, 506)]
    entry = mapped(sales(tmp_path, *rows))
    assert findings(entry, "return_order_prefix") == [("C", True)]
    assert findings(entry, "negative_quantity_is_return") == []
    same = [f"C{n},2024-01-14,A,{n - 5},{n - 5},c{n}" for n in range(10)]
    entry = mapped(sales(tmp_path, *same))
    assert findings(entry, "return_order_prefix") == []
    assert findings(entry, "negative_quantity_is_return") == [(True, True)]
    entry = mapped(sales(tmp_path, *rows, "700,2024-01-14,A,-9,0,"))
    assert findings(entry, "negative_quantity_is_return") == [(False, True)]
    entry = mapped(sales(tmp_path, *rows, "700,2024-01-14,A,-9,0,c501"))
    assert findings(entry, "negative_quantity_is_return") == [(False, False)]


def test_ids_that_stand_for_nobody(tmp_path: Path) -> None:
    rows = [f"{n},2024-01-13,A,1,5,c{n}" for n in range(20)]
    words = ["0", "-1", "99999", "Guest", "Laufkundschaft", "散客"]
    rows += [f"9{n},2024-01-13,A,1,5,{word}" for n, word in enumerate(words)]
    entry = mapped(sales(tmp_path, *rows))
    assert findings(entry, "anonymous_customer_ids") == [(words, True)]
    heavy = [f"8{n},2024-01-13,A,1,5,c7" for n in range(9)]
    entry = mapped(sales(tmp_path, *rows[:20], *heavy))
    assert findings(entry, "anonymous_customer_ids") == [(["c7"], False)]
    for person in ("ann@x.example", "Ann Example"):
        named = [row.replace("c7", person) for row in heavy]
        entry = mapped(sales(tmp_path, *rows[:20], *named))
        assert findings(entry, "anonymous_customer_ids") == [(["<this id>"], False)]
        assert person not in entry.text()


def test_words_for_empty_are_added_to_the_default(tmp_path: Path) -> None:
    rows = [*ROWS, "4,2024-01-13,A,1,-,NULL", "5,2024-01-13,A,1,5,keine Angabe"]
    ((words, is_on),) = findings(mapped(sales(tmp_path, *rows)), "null_words")
    assert is_on
    assert "NULL" in words
    assert words[-2:] == ["keine Angabe", "-"]


def test_one_product_id_with_two_products(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Description,Qty,Total"
    rows = [f"{n},2024-01-13,p{n},Thing {n},1,5" for n in range(40)]
    both = ["90,2024-01-13,p1,Oak bookcase,1,5", "91,2024-01-13,p2,THING  2,1,5"]
    entry = mapped(sales(tmp_path, *rows, *both, header=header))
    assert findings(entry, "product_key") == [(["product_id", "product_name"], True)]
    assert "1 product id has several unlike names" in entry.text()
    notes = [f"{n},2024-01-13,p{n % 9},check {n},1,5" for n in range(50, 60)]
    entry = mapped(sales(tmp_path, *rows[:20], *both, *notes, header=header))
    assert findings(entry, "product_key") == [(["product_id", "product_name"], False)]


def test_currency_country_and_zone(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Qty,Total,Currency,Country"
    stamp = "2024-01-13 10:00:00 +0100"
    one = mapped(sales(tmp_path, f"1,{stamp},A,1,5,EUR,Germany", header=header))
    assert findings(one, "currency") == [("EUR", True)]
    assert findings(one, "country_code") == [("DE", True)]
    assert findings(one, "time_zone") == [("Europe/Berlin", False)]
    rows = [f"{n},{stamp},A,1,5,{'USD' if n else 'EUR'},Spain" for n in range(3)]
    several = mapped(sales(tmp_path, *rows, header=header))
    assert findings(several, "currency") == [("USD", False)]
    assert findings(several, "filters") == [
        ([{"column": "Currency", "keep": ["USD"]}], False)
    ]
    mark = mapped(sales(tmp_path, '1,2024-01-13,A,1,"Rp 5.500,50",c'))
    assert findings(mark, "currency") == [("IDR", True)]
    dollar = mapped(sales(tmp_path, '1,2024-01-13,A,1,"$5.50",c'))
    assert findings(dollar, "currency") == [("USD", False)]


# ------------------------------------------------------------------------ the file


PROJECT = """\
name: x
vars:
  # My data.
  raw_data_dir: data  # here
  mapped_sources: {}  # mine

models:
  x: {+schema: y}
"""


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        (PROJECT, "  mapped_sources:  # mine\n    my_shop:\n"),
        (PROJECT.replace(" {}", ""), "  mapped_sources:  # mine\n    my_shop:\n"),
        (
            PROJECT.replace(
                "{}  # mine", "\n      other:  # kept\n        path: o.csv\n"
            ),
            "  mapped_sources:\n      my_shop:\n",
        ),
        ("name: x\nvars: {}\n", "vars:\n  mapped_sources:\n    my_shop:\n"),
        ("name: x\n", "vars:\n  mapped_sources:\n    my_shop:\n"),
        ("vars:\n    a: 1\n", "vars:\n    mapped_sources:\n      my_shop:\n"),
        (
            PROJECT.replace("\n", "\r\n"),
            "  mapped_sources:  # mine\r\n    my_shop:\r\n",
        ),
    ],
)
def test_an_entry_is_inserted_and_all_else_stays(
    tmp_path: Path, before: str, changed: str
) -> None:
    path = tmp_path / "dbt_project.yml"
    path.write_bytes(before.encode())
    path.chmod(0o640)
    text = "my_shop:\n  # Say: why\n  path: s.csv\n\n  columns: {a: b}\n"
    write_entry(tmp_path, name="my_shop", text=text)
    after = path.read_bytes().decode()
    assert changed in after
    assert path.stat().st_mode & 0o777 == 0o640
    assert [*tmp_path.iterdir()] == [path]
    content = yaml.safe_load(after)
    entries = content["vars"].pop("mapped_sources")
    assert entries["my_shop"] == {"path": "s.csv", "columns": {"a": "b"}}
    old = yaml.safe_load(before)
    more = (old.get("vars") or {}).pop("mapped_sources", None) or {}
    assert {name: one for name, one in entries.items() if name != "my_shop"} == more
    assert {**old, "vars": old.get("vars") or {}} == content
    kept = [line for line in before.splitlines() if "mapped_sources" not in line]
    assert not {line for line in kept if "#" in line} - {*after.splitlines()}


def test_an_entry_that_exists_or_cannot_be_inserted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dbt_project.yml"
    text = "my_shop:\n  path: s.csv\n"
    for content, problem in (
        ("vars:\n  mapped_sources:\n    my_shop: {path: a}\n", "already exists"),
        ("vars:\n  mapped_sources: {other: {path: a}}\n", "cannot be edited"),
        ("vars: [\n", "is not valid YAML"),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=problem):
            write_entry(tmp_path, name="my_shop", text=text)
        assert path.read_text() == content
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        write_entry(tmp_path, name="my_shop", text=text)


# --------------------------------------------------------------------- the command


def run(
    capsys: pytest.CaptureFixture[str], *arguments: str | Path
) -> tuple[int, str, str]:
    code = main(["map", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_prints_or_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sales(tmp_path, *ROWS)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    place = ("--name", "shop", "--project", tmp_path)
    code, out, err = run(capsys, path, *place)
    assert (code, err) == (0, "")
    assert yaml.safe_load(out)["shop"]["path"] == "s.csv"
    code, out, err = run(capsys, path, *place, "--write")
    assert code == 0
    assert "Wrote mapped_sources.shop to" in out
    code, out, err = run(capsys, path, *place, "--write")
    assert code == 1
    assert "mapped_sources.shop already exists" in err
    for name in ("My Shop", "a: {b", ""):
        code, _, err = run(capsys, path, "--name", name, "--project", tmp_path)
        assert code == 1
        assert "cannot be the name of an entry" in err


def test_a_choice_is_left_with_an_exit_status_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sales(tmp_path, *(row.replace("2024-01-13", "x") for row in ROWS))
    path.write_text(
        path.read_text().replace("2024-01-02", "01/02/2024").replace("x", "01/02/2024")
    )
    code, out, err = run(capsys, path, "--name", "shop", "--project", tmp_path)
    assert code == 3
    assert err.count("\n") == 1
    assert "choose date_format: in Date, no first or second number is above 12" in err
    assert "date_format" not in yaml.safe_load(out)["shop"]
    assert "# - day first: 2024-02-01" in out
    assert '# date_format: "%d/%m/%Y"\n' in out
    assert "# - month first: 2024-01-02" in out
    assert '# date_format: "%m/%d/%Y"\n' in out


def test_a_terminal_is_asked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = sales(tmp_path, "1,01/02/2024,A,1,5,c")
    asked: list[tuple[str, Any]] = []

    def ask(question: str, answers: Any) -> int:
        asked.append((question, answers))
        return 1

    entry = mapped(path, ask=ask)
    # What was answered is not a comment any more.
    assert "CHOOSE" not in entry.text()
    assert entry.choices == []
    assert entry.settings()["date_format"] == "%m/%d/%Y"
    ((question, answers),) = asked
    assert question.startswith("date_format: in Date")
    assert len(answers) == 2
    assert mapped(path, ask=lambda *_: None).choices

    # The command asks until it gets a number, and Enter leaves the choice open.
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    for typed, written, status in (
        ("x\n0\n3\n2\n", '"%m/%d/%Y"', 0),
        ("1\n", '"%d/%m/%Y"', 0),
        ("\n", "", 3),
        ("", "", 3),
    ):
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        arguments = ["map", str(path), "--name", "shop", "--project", str(tmp_path)]
        assert main(arguments) == status
        out = capsys.readouterr().out
        assert ("  date_format: " + written in out) is (status == 0)


# ---------------------------------------------------------------------- odd exports


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Monthly sales"], HEADER.split(",")]
    rows += [[n, "2024-01-13", f"A{n}", 1, 5, f"c{n}"] for n in range(4)]
    rows += [["Total", "", "", 4, 20]]
    people: list[list[Any]] = [
        ["Customer ID", "Age"],
        *[[f"c{n}", 30] for n in range(4)],
    ]
    path = workbook(tmp_path / "b.xlsx", Cover=[["Hello"]], Sales=rows, People=people)
    found = read(path)
    assert (found["path"], found["sheet"]) == ("b.xlsx", "Sales")
    assert (found["header_line"], found["footer_lines"]) == (2, 1)
    assert found["columns"]["sales_amount"] == "Total"
    assert found["customers"]["sheet"] == "People"
    assert found["customers"]["columns"] == {"customer_id": "Customer ID", "age": "Age"}
    assert read(path, sheet="Sales") == {
        name: one for name, one in found.items() if name != "customers"
    }
    assert read(path, sheet="2")["sheet"] == "Sales"
    with pytest.raises(InputError, match="has no sheet 'Sale'") as error:
        mapped(path, sheet="Sale")
    assert "Cover, Sales, People" in str(error.value)


def test_a_till_with_titles_totals_and_marks(tmp_path: Path) -> None:
    rows = "".join(
        f"{1000 + n};{n % 28 + 1:02}.01.2024;10:05;{n % 17};Käse {n % 17};2;"
        "1.050,50 €;2.101,00 €;19%\n"
        for n in range(60)
    )
    path = tmp_path / "kasse.csv"
    path.write_bytes(
        (
            "Kassenbericht\nZeitraum: 01.01.2024 - 31.01.2024\n\n"
            "Belegnr;Datum;Uhrzeit;Artikelnr;Bezeichnung;Menge;Einzelpreis;"
            f"Gesamtpreis;MwSt\n{rows}Summe;;;;;500;;12.345,00 €;\n"
            "Gedruckt am 01.02.2024\n"
        ).encode("cp1252")
    )
    found = read(path)
    columns = found.pop("columns")
    assert found == {
        "path": "kasse.csv",
        "encoding": "cp1252",
        "separator": ";",
        "header_line": 4,
        "footer_lines": 2,
        "date_format": "%d.%m.%Y",
        "decimal_mark": ",",
        "thousands_mark": ".",
        "currency_marks": ["€"],
        "currency": "EUR",
    }
    # A rate of tax is not an amount.
    assert "tax_amount" not in columns
    assert columns["unit_price_amount"] == "Einzelpreis"
    assert columns["sales_amount"] == "Gesamtpreis"


def test_amounts_of_the_order_come_after_those_of_the_line(tmp_path: Path) -> None:
    entry = mapped(
        sales(
            tmp_path,
            "7,Batal,2024-01-13,ann,Kopi,SKU-1,2,50000,100000,9000,109000",
            "8,Selesai,2024-01-14,bob,Teh,SKU-2,1,20000,20000,9000,29000",
            header="No. Pesanan,Status Pesanan,Waktu Pesanan Dibuat,"
            "Username (Pembeli),Nama Produk,Nomor Referensi SKU,Jumlah,"
            "Harga Setelah Diskon,Total Harga Produk,"
            "Ongkos Kirim Dibayar oleh Pembeli,Total Pembayaran",
        )
    )
    columns = entry.sales.columns
    assert columns["sales_amount"] == "Total Harga Produk"
    assert columns["unit_price_amount"] == "Harga Setelah Diskon"
    assert columns["customer_id"] == "Username (Pembeli)"
    assert entry.sales.unused == ["Status Pesanan", "Total Pembayaran"]
    assert findings(entry, "filters") == [
        ([{"column": "Status Pesanan", "drop": ["Batal"]}], False)
    ]


def test_keys_that_are_empty_on_many_rows_are_shown(tmp_path: Path) -> None:
    rows = [row for n in range(9) for row in (",,B,2,7,", f"{n},2024-01-13,A,1,5,c")]
    text = mapped(sales(tmp_path, *rows)).text()
    assert "# check it: empty on 9 of 18 rows, which are rejected\n    order_id" in text


def test_names_of_write_offs_do_not_make_two_products(tmp_path: Path) -> None:
    header = "Order,Date,SKU,Description,Qty,Total"
    rows = [f"{n},2024-01-13,p{n},Thing {n},1,5" for n in range(40)]
    rows += [f"9{n},2024-01-13,p1,damaged,-5,0" for n in range(2)]
    assert findings(mapped(sales(tmp_path, *rows, header=header)), "product_key") == []
    # A sale counts; with names that are alike, it is a suggestion only.
    rows += ["80,2024-01-13,p2,Thing 22,1,5"]
    found = findings(mapped(sales(tmp_path, *rows, header=header)), "product_key")
    assert found == [(["product_id", "product_name"], False)]


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(
        '{"orderId": 1, "createdAt": 1704067200, "buyer": {"id": 5}, "total": 5.5}\n'
        '{"orderId": 2, "createdAt": 1704153600, "total": null, "note": "x"}\n'
    )
    entry = mapped(path)
    assert entry.settings()["date_format"] == "epoch_seconds"
    # An object is not an id, but a key within it may be one.
    assert entry.sales.columns == {
        "order_id": "orderId",
        "order_date": "createdAt",
        "customer_id": "buyer.id",
        "sales_amount": "total",
    }
    path.write_text('{"a": 1}\n{broken\n')
    with pytest.raises(InputError, match="line 2 is not JSON"):
        mapped(path)


def test_a_header_with_any_character_is_written_so_that_it_is_read(
    tmp_path: Path,
) -> None:
    headers = ['Total "€"', "Qty: #", "- Date", "{Order}", "Größe\u00a0x", "yes"]
    row = '5,2,2024-01-13,1,"L, XL",y'
    path = sales(
        tmp_path,
        row,
        header=",".join('"' + one.replace('"', '""') + '"' for one in headers),
    )
    entry = mapped(path)
    assert yaml.safe_load(entry.text())["my_shop"] == entry.settings()
    assert entry.sales.columns["order_id"] == "{Order}"


def test_the_amount_without_tax_and_shipping_is_the_sale(tmp_path: Path) -> None:
    header = "Order,Date,Item,Qty,Retail,Subtotal,Tax,Shipping,Total"
    rows = [
        f"{n},2024-01-{n + 10},I{n % 3},2,{n}.50,{2 * n}.00,{n}.10,0.40,{3 * n}.50"
        for n in range(1, 9)
    ]
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert entry.settings()["columns"]["sales_amount"] == "Subtotal"
    assert "Total (it is Subtotal plus Tax and Shipping)" in entry.text()
    # Without a column of its own, nothing says so.
    rows = [row.replace(f",{2 * n}.00,", ",7.00,") for n, row in enumerate(rows, 1)]
    assert read(sales(tmp_path, *rows, header=header))["columns"]["sales_amount"] == (
        "Total"
    )


def test_a_filter_never_drops_the_only_status(tmp_path: Path) -> None:
    header = f"{HEADER},Order Status"
    rows = [f"{row},Completed" for row in ROWS]
    assert "filters" not in mapped(sales(tmp_path, *rows, header=header)).text()
    rows[0] = rows[0].replace("Completed", "Cancelled")
    text = mapped(sales(tmp_path, *rows, header=header)).text()
    assert "# filters: [{column: Order Status, drop: [Cancelled]}]" in text


def test_a_filter_never_drops_what_most_rows_are(tmp_path: Path) -> None:
    """ "Payment" is a fee in one system and a sale in another."""
    header = f"{HEADER},Event Type"
    rows = [f"{row},Payment" for row in ROWS * 3]
    rows[0] = rows[0].replace("Payment", "Refund")
    text = mapped(sales(tmp_path, *rows, header=header)).text()
    assert "# filters: [{column: Event Type, drop: [Refund]}]" in text


def test_sales_are_preferred_to_what_is_left_after_fees(tmp_path: Path) -> None:
    header = "date/time,order id,sku,quantity,product sales,selling fees,total"
    rows = [f"2024-01-{n},{n},A,1,{n}.00,-1.00,{n - 1}.00" for n in range(10, 20)]
    columns = read(sales(tmp_path, *rows, header=header))["columns"]
    assert columns["sales_amount"] == "product sales"


@pytest.mark.parametrize(
    "periods", ["Jan 2023,Feb 2023,Mar 2023", "Q1 2023,Q2-2023,Q3 2023"]
)
def test_a_table_of_periods_is_told_as_such(tmp_path: Path, periods: str) -> None:
    path = sales(tmp_path, "Latte,1,2,3", "Tea,4,5,6", header=f"Product,{periods}")
    first, *_, last = periods.split(",")
    with pytest.raises(InputError, match="a column for each period") as caught:
        mapped(path)
    assert f"({first} to {last})" in str(caught.value)
    assert "Unpivot" in str(caught.value)


def test_orders_with_a_list_of_lines_are_told_how_to_be_written(tmp_path: Path) -> None:
    orders = tmp_path / "orders.json"
    line_items = [{"sku": "A", "quantity": 1, "price": "2.50"}] * 2
    order = {"created_at": "2024-01-02", "customer": {"id": "c1"}}
    orders.write_text(json.dumps([{**order, "line_items": line_items}] * 3))
    _follow(mapped, orders, "one JSON array")
    orders = orders.with_suffix(".jsonl")
    _follow(mapped, orders, "its lines in the list line_items")
    columns = read(tmp_path / "lines.jsonl")["columns"]
    assert columns["order_date"] == "order.created_at"
    assert columns["customer_id"] == "order.customer.id"
    assert (columns["product_id"], columns["unit_price_amount"]) == ("sku", "price")


def _follow(read_file: Callable[[Path], Any], path: Path, problem: str) -> None:
    """Run the command of a remedy, as a user would."""
    with pytest.raises(InputError, match=problem) as caught:
        read_file(path)
    command = re.search(r"jq .*> \w+\.jsonl", str(caught.value))
    assert command is not None
    if shutil.which("jq") is None:
        pytest.skip("no jq here (apt-get install jq)")
    subprocess.run(command[0], shell=True, cwd=path.parent, check=True)


def test_keys_within_keys_of_json_lines_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    lines = [
        f'{{"id": {n // 2}, "created_at": "2024-01-{n + 11}T10:00:00Z", "customer": '
        f'{{"id": "c{n}", "name": "Ann Lee"}}, "item": {{"sku": "A"}}, '
        f'"quantity": 1, "line_total": 2.5}}'
        for n in range(6)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    columns = read(path)["columns"]
    assert columns["customer_id"] == "customer.id"
    assert columns["customer_name"] == "customer.name"
    assert columns["product_id"] == "item.sku"
    assert columns["order_id"] == "id"


def test_a_file_that_is_not_recognised_as_sales_says_how_to_ask(tmp_path: Path) -> None:
    path = sales(tmp_path, "a,1,2024-01-02", header="Kunde,Geldwert,Fakturadatum")
    with pytest.raises(InputError, match="No file has sales") as caught:
        mapped(path)
    assert "--kind sales" in str(caught.value)


def test_values_of_folders_are_columns(tmp_path: Path) -> None:
    for day, region in (("2024-01-13", "north%20east"), ("2024-01-14", "south")):
        folder = tmp_path / "sales" / f"region={region}" / f"order_date={day}"
        folder.mkdir(parents=True)
        sales(folder, "1,A,1,10.00", "2,B,2,5.00", header="Invoice,SKU,Qty,Total")
    found = read(tmp_path / "sales")
    assert found["columns"]["order_date"] == "order_date"
    assert found["columns"]["region"] == "region"


def test_a_column_that_stands_twice_is_not_mapped(tmp_path: Path) -> None:
    header = HEADER.replace("Who", "SKU")
    with pytest.raises(InputError, match="has the column 'SKU' more than once"):
        mapped(sales(tmp_path, *ROWS, header=header))
    # One that is not used does no harm.
    header = f"{HEADER},Note,Note"
    rows = [f"{row},x,y" for row in ROWS]
    assert read(sales(tmp_path, *rows, header=header))["columns"]["product_id"] == "SKU"


@pytest.mark.parametrize(
    ("months", "language"),
    [
        # "mar" is November in Finnish.
        (["Jan", "Feb", "Mar"], "en"),
        (["Mar"], "en"),
        (["tammi", "helmi", "mar"], "fi"),
    ],
)
def test_the_language_is_the_one_that_has_most_months(
    months: list[str], language: str
) -> None:
    values = [f"{day}-{month}-24" for month in months for day in range(3, 25)]
    found = date_format_of(Column("Date", values), today=TODAY)
    assert found is not None
    assert found.month_language == language


@pytest.mark.parametrize(
    ("discounts", "column"),
    [(["0", "0.5", "1"], None), (["0", "0.1", "0.25"], "discount_rate")],
)
def test_a_discount_of_one_may_be_money(
    tmp_path: Path, discounts: list[str], column: str | None
) -> None:
    header = "Order,Date,Item,Qty,Unit Price,Discount"
    rows = [f"{n},2024-01-13,I{n % 3},2,9.50,{discounts[n % 3]}" for n in range(12)]
    columns = read(sales(tmp_path, *rows, header=header))["columns"]
    assert [ours for ours, its in columns.items() if its == "Discount"] == (
        [column] if column else []
    )


def test_sales_in_several_sheets_are_not_left_out(tmp_path: Path) -> None:
    rows = [HEADER.split(","), *([*row.split(",")] for row in ROWS)]
    path = workbook(tmp_path / "years.xlsx", **{"2023": rows, "2024": rows})
    with pytest.raises(InputError, match=r"several sheets \(2023, 2024\)"):
        mapped(path)
    assert read(path, sheet="2024")["sheet"] == "2024"


def test_several_marks_of_currency_are_told(tmp_path: Path) -> None:
    rows = [row.replace(",10.00", ",€10.00").replace(",5.00", ",£5.00") for row in ROWS]
    text = mapped(sales(tmp_path, *rows)).text()
    assert "several marks (€, £)" in " ".join(text.replace("#", "").split())
    assert "\n      currency:" not in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Mar-05-24", "%b-%d-%y"),
        ("Mar/05/2024", "%b/%d/%Y"),
        ("Mar 5, 2024", "%b %d, %Y"),
        ("5-Mar-24", "%d-%b-%y"),
    ],
)
def test_months_before_or_after_days(value: str, written: str) -> None:
    found = date_format_of(Column("Date", [value]), today=TODAY)
    assert found is not None
    assert found.formats == (written,)
    assert found.first_day == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("price", "total"),
    [("priceCents", "amount_cents"), ("Price (pence)", "Total pence")],
)
def test_amounts_in_cents_are_known_by_their_headers(
    tmp_path: Path, price: str, total: str
) -> None:
    header = f"id,created,sku,qty,{price},{total},user"
    entry = read(
        sales(
            tmp_path,
            *(
                f"o{n},2024-01-{n},A,2,{n}99,{2 * (100 * n + 99)},u1"
                for n in range(10, 30)
            ),
            header=header,
        )
    )
    assert entry["columns"]["unit_price_amount"] == price
    assert entry["columns"]["sales_amount"] == total
    assert sorted(entry["cent_columns"]) == ["sales_amount", "unit_price_amount"]


def test_amounts_with_decimals_are_not_in_cents(tmp_path: Path) -> None:
    rows = [f"o{n},2024-01-{n},A,{n}.50" for n in range(10, 20)]
    path = sales(tmp_path, *rows, header="id,created,sku,total_cents")
    assert "cent_columns" not in read(path)


def test_a_file_without_rows_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no rows"):
        mapped(sales(tmp_path, header="Order,Date,Total"))


@pytest.mark.parametrize("minus", ["", "-"])
def test_returns_are_told_where_they_have_no_minus(tmp_path: Path, minus: str) -> None:
    rows = [f"{row},Sale" for row in ROWS]
    rows += [f"3,2024-01-14,A,{minus}1,{minus}10.00,c1,Return"]
    entry = mapped(sales(tmp_path, *rows, header=f"{HEADER},Type"))
    found = entry.settings().get("filters", [])
    assert found == ([] if minus else [{"column": "Type", "returns": ["Return"]}])
    assert "drop" not in entry.text()


def test_a_sale_that_was_refunded_later_is_no_document_of_a_return(
    tmp_path: Path,
) -> None:
    rows = [f"{row},Sale,paid" for row in ROWS * 3]
    rows += ["3,2024-01-14,A,1,10.00,c1,Return,paid"]
    rows += ["4,2024-01-15,A,1,10.00,c1,Sale,refunded"]
    entry = mapped(sales(tmp_path, *rows, header=f"{HEADER},Type,Payment Status"))
    returns = {"column": "Type", "returns": ["Return"]}
    drop = {"column": "Payment Status", "drop": ["refunded"]}
    assert entry.settings()["filters"] == [returns]
    (line,) = re.findall("^ *# filters:(.*)", entry.text(), flags=re.MULTILINE)
    assert yaml.safe_load(line) == [returns, drop]


def test_a_yuan_is_no_yen(tmp_path: Path) -> None:
    rows = [row.replace(",A,", ",茶杯,").replace(",B,", ",茶壶,") for row in ROWS]
    rows = [re.sub(r"(\d+\.\d\d)", r"¥\1", row) for row in rows]
    assert "# currency: CNY" in mapped(sales(tmp_path, *rows)).text()
    rows = [row.replace("茶杯", "ティーカップ") for row in rows]
    assert "# currency: JPY" in mapped(sales(tmp_path, *rows)).text()


def test_a_total_with_shipping_gives_way_to_quantity_and_price(tmp_path: Path) -> None:
    header = "Order,Date,Item,Quantity,Sold For,Shipping And Handling,Total Price"
    rows = [
        f"{n},2024-01-{n + 10},I{n % 3},2,{n}.50,3.00,{2 * n + 4}.00"
        for n in range(1, 9)
    ]
    entry = mapped(sales(tmp_path, *rows, header=header))
    columns = entry.settings()["columns"]
    assert "sales_amount" not in columns
    assert columns["unit_price_amount"] == "Sold For"
    why = "Total Price (it is quantity x price plus Shipping And Handling)"
    assert why in " ".join(entry.text().replace("#", "").split())


def test_stock_is_not_a_file_of_products(tmp_path: Path) -> None:
    sold = sales(tmp_path, *ROWS)
    stock = sales(tmp_path, "A,5,2024-01-31", header="SKU,On hand,Day", name="b.csv")
    with pytest.raises(InputError, match=r"b\.csv is neither sales nor") as caught:
        mapped(sold, stock)
    assert "stock" in str(caught.value)


@pytest.mark.parametrize("kind", WRITERS)
def test_sheets_of_other_formats_are_workbooks(tmp_path: Path, kind: str) -> None:
    """Typed cells of Excel 97, Excel's binary format and OpenDocument."""
    rows: list[list[Any]] = [HEADER.split(",")]
    rows += [[f"{n}", f"2024-01-{n}", f"Ä{n}", 2.0, n + 0.5, "c1"] for n in (12, 13)]
    path = tmp_path / f"s.{kind}"
    WRITERS[kind](path, rows)
    for place in (path, tmp_path):
        assert len(read(place)["columns"]) == 6
    columns = {"order_id": "Invoice", "product_id": "SKU", "sales_amount": "Total"}
    table = open_workbook(path, columns=[*columns.values()]).read_all()
    assert table.select([0, 1, 2]).to_pylist() == [
        {"Invoice": f"{n}", "SKU": f"Ä{n}", "Total": f"{n}.5"} for n in (12, 13)
    ]
    assert table["_source_row_number"].to_pylist() == [2, 3]


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    for kind, writer in WRITERS.items():
        path = tmp_path / f"s.{kind}"
        writer(path, [HEADER.split(","), [1.0] * 6])
        path.write_bytes(path.read_bytes()[:600])
        with pytest.raises(InputError) as caught:
            mapped(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("after", [True, False])
def test_a_total_before_discount_is_told(tmp_path: Path, after: bool) -> None:
    header = "Order,Date,Item,Qty,Unit Price,Total,Discount Amount"
    rows = [
        f"{n},2024-01-{n + 10},I{n % 3},2,{n}.50,{2 * n + (0.5 if after else 1)},0.5"
        for n in range(1, 9)
    ]
    text = mapped(sales(tmp_path, *rows, header=header)).text()
    words = " ".join(text.replace("#", "").split())
    assert ("check it: equals quantity x price before the discount" in words) is not (
        after
    )


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_total_before_discount_is_left_out_beside_a_list_price(
    tmp_path: Path, is_listed: bool
) -> None:
    header = "Order,Date,Item,Qty,Unit Price,Total,Discount Amount"
    rows = []
    for n in range(1, 21):
        discount = n % 2
        # A price that falls with the discount may be the one after it.
        price = 5 if is_listed else 5 - discount
        rows.append(
            f"{n},2024-01-{n:02},I{n % 3},2,{price}.00,{2 * price}.00,{discount}.00"
        )
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert ("sales_amount" in entry.sales.columns) is not is_listed
    words = " ".join(entry.text().replace("#", "").split())
    assert ("Total (it is quantity x price before the discount" in words) is is_listed
    assert ("check it: equals quantity x price before" in words) is not is_listed


@pytest.mark.parametrize(("orders", "is_nobody"), [(2, False), (20, True)])
def test_the_first_of_counted_ids_is_a_customer(
    tmp_path: Path, orders: int, is_nobody: bool
) -> None:
    rows = [f"{n},2024-01-13,A,1,10.00,{n % 12}" for n in range(1, 25) if n % 12]
    rows += [f"9{n},2024-01-14,A,1,10.00,0" for n in range(orders)]
    found = findings(mapped(sales(tmp_path, *rows)), "anonymous_customer_ids")
    assert found == ([(["0"], True)] if is_nobody else [])


def test_files_with_another_order_of_dates_are_refused(tmp_path: Path) -> None:
    paths = [
        sales(
            tmp_path,
            *(f"{n},{written.format(d=n, m=m)},A,1,10.00,c1" for n in range(1, 25)),
            name=f"{m}.csv",
        )
        for m, written in ((1, "{d:02}/{m:02}/2024"), (2, "{m:02}/{d:02}/2024"))
    ]
    with pytest.raises(InputError, match="differ in date_format") as caught:
        mapped(*paths)
    assert "(%d/%m/%Y and %m/%d/%Y)" in str(caught.value)


def test_another_calendar_is_told(tmp_path: Path) -> None:
    rows = [f"{n},{n:02}/01/2567,A,1,10.00,c1" for n in range(1, 25)]
    text = mapped(sales(tmp_path, *rows)).text()
    assert "it may be another calendar" in " ".join(text.replace("#", "").split())


def test_the_discount_of_a_lineitem_is_no_rate(tmp_path: Path) -> None:
    header = "Order,Date,Item,Qty,Unit Price,Lineitem discount,Discount Amount"
    rows = [f"{n},2024-01-13,I{n % 3},2,9.50,0.75,{n}.00" for n in range(12)]
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert "discount_rate" not in entry.settings()["columns"]
    header = header.removesuffix(",Discount Amount")
    rows = [row.rpartition(",")[0] for row in rows]
    columns = read(sales(tmp_path, *rows, header=header))["columns"]
    assert columns["discount_amount"] == "Lineitem discount"


def test_attributes_never_have_reserved_names(tmp_path: Path) -> None:
    rows = [f"c{n},{n % 3},{(n % 3) * 10}-{(n % 3) * 10 + 9}" for n in range(12)]
    people = sales(
        tmp_path, *rows, header="Customer,Income Band,Age Band", name="c.csv"
    )
    found = read(sales(tmp_path, *ROWS), people)["customers"]
    assert found["columns"]["age"] == "Age Band"
    rows = [f"{row},{n % 3}" for n, row in enumerate(rows)]
    header = "Customer,Income,Age,Age band"
    people = sales(tmp_path, *rows, header=header, name="c.csv")
    found = read(sales(tmp_path, *ROWS), people)["customers"]
    assert found["attributes"] == {"age_band_2": "Age band"}
