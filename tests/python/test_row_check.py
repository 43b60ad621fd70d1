"""`retail-marts check --rows`: reads all rows as a build would, not the warehouse."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import yaml
from conftest import PROJECT

from retail_marts.cli import main
from retail_marts.row_check import (
    _has_model,
    _make_project,
    _open_choices,
    _run_dbt,
    check_rows,
)
from retail_marts.row_oddities import _repeated_amounts, is_service
from retail_marts.settings import project_settings, read_settings

COLUMNS = {
    "order_id": "Invoice",
    "order_date": "Date",
    "customer_id": "Who",
    "product_id": "SKU",
    "product_name": "Name",
    "quantity": "Qty",
    "sales_amount": "Total",
}
HEADER = "Invoice,Date,Who,SKU,Name,Qty,Total\n"
BIN = Path(sys.executable).with_name("retail-marts")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("models", "macros"):
        (folder / name).symlink_to(PROJECT / name)
    return folder


def write(project: Path, **entries: Any) -> None:
    content = {"vars": {"sources": [], "mapped_sources": entries}}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(content))


def check(
    capsys: pytest.CaptureFixture[str], project: Path, *names: str
) -> tuple[int, str, str]:
    code = main(["check", "--project", str(project), "--rows", *names])
    said = capsys.readouterr()
    return code, said.out, said.err


def odd_rows() -> list[str]:
    """24 days with twelve products and customers, and all that is worth a look."""
    rows = []
    for day in range(24):
        for line in range(12):
            customer = "guest" if line % 4 == 0 else f"c{line}"
            rows.append(
                f"{day}-{line},2024-01-{day + 1:02},{customer},p{line},Thing {line},1,2"
            )
    # An order with two customers, after 37 days without sales.
    rows += ["900,2024-03-02,c1,p1,Thing 1,1,2", "900,2024-03-02,c2,p2,Thing 2,1,2"]
    # Grams among pieces.
    rows += ["901,2024-03-02,c4,p3,Thing 3,9000,2"]
    # One id for two products, and postage.
    rows += [f"91{n},2024-03-03,c5,p4,Oak bookcase,1,2" for n in range(20)]
    rows += [f"92{n},2024-03-03,c5,POST,POSTAGE,1,18" for n in range(3)]
    return rows


TILL_HEADER = HEADER.replace("\n", ",Status,Currency,Void,Refund,Shelf\n")


def till_rows() -> list[str]:
    """Columns that the entry does not use, and rows that are no sales."""
    rows = [
        f"{n},2024-01-{n + 1:02},c{n},A{n},Thing {n},1,5,paid,EUR,no,,s"
        for n in range(12)
    ]
    rows += ["99,2024-01-12,,TOTAL:,Total:,1,50,paid,EUR,no,,s"]
    rows += [
        f"{n},2024-01-{n + 1:02},c{n},A{n},Thing {n},1,5,paid,EUR,no,,s"
        for n in range(13, 20)
    ]
    rows += [
        f"RET-{n},2024-01-{n},c{n},A{n},Thing {n},1,5,paid,EUR,no,3,Subtotal"
        if n == 20
        else f"RET-{n},2024-01-{n},c{n},A{n},Thing {n},1,5,paid,EUR,no,,s"
        for n in (20, 21)
    ]
    rows += [
        f"{n},2024-01-{n},c{n},A{n},Thing {n},1,5,voided,USD,no,,s" for n in (22, 23)
    ]
    rows += ["24,2024-01-24,c24,4.00638E+12,Thing 24,1,5,paid,EUR,no,,s"]
    return [*rows, "25,2024-01-25,c24,A1,Thing 1,1,5,paid,EUR,yes,,s"]


def test_rows_totals_reasons_and_oddities(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "odd.csv").write_text(HEADER + "\n".join(odd_rows()) + "\n")
    faulty = [
        "1,2024-01-01,c1,A,Tea,1,2.50",
        "2,2024-02-30,c1,A,Tea,1,2",
        "3,2024-02-31,c1,A,Tea,1,2",
        "4,2024-01-01,c1,A,Tea,many,2",
        "5,2024-01-01,c1,A,Tea,1",
    ]
    (project / "faulty.csv").write_text(HEADER + "\n".join(faulty) + "\n")
    (project / "people.csv").write_text("Id,Years\nc1,30\n,40\n")
    (project / "till.csv").write_text(TILL_HEADER + "\n".join(till_rows()) + "\n")
    write(
        project,
        odd={"path": "odd.csv", "columns": COLUMNS},
        till={
            "path": "till.csv",
            "columns": COLUMNS,
            "filters": [{"column": "Void", "drop": ["yes"]}],
        },
        faulty={
            "path": "faulty.csv",
            "columns": COLUMNS,
            "customers": {
                "path": "people.csv",
                "columns": {"customer_id": "Id", "age": "Years"},
            },
        },
    )
    code, out, err = check(capsys, project)
    assert (code, err) == (3, "")
    lines = [line.strip() for line in out.splitlines()]
    assert "sales_lines in faulty.csv: 5 rows, 1 accepted, 4 rejected" in lines
    (impossible,) = (line for line in lines if "2024-02-30" in line)
    assert impossible.startswith(
        "2 rows rejected: order_date '2024-02-30' is not a date"
    )
    assert impossible.endswith("(first in faulty.csv, row 3)")
    assert "1 row rejected: quantity is not a number up to 10,000,000" in out
    assert "many" not in out
    assert "customers in people.csv: 2 rows, 1 accepted, 1 rejected" in lines
    assert "Sales 2.50, quantity 1, 2024-01-01 to 2024-01-01 (1 days with" in out
    assert "1 customers, 1 orders, 1 products, 0 stores" in lines
    assert "sales_lines in odd.csv: 314 rows, 314 accepted, 0 rejected" in lines
    looks = [line for line in lines if line.startswith("Look at: ")]
    for words in (
        r"the customer id guest is on \d\d% of all orders",
        r"1 order has several customers \(such as 900\)",
        r"1 product id has several unlike names, with 1\d\.\d% of sales \(such as p4\)",
        r"the product p3 has 97% of all units, but \d\.\d% of sales: one unit costs "
        r"0\.0055, and 2\.00 is usual\.",
        r"services, fees or notes .*: POST POSTAGE \(3 rows, 54\.00\)\.",
        r"no sales on 37 days in a row, between 2024-01-24 and 2024-03-02",
    ):
        assert any(re.search(words, look) for look in looks), words
    till = out.partition("\ntill:")[2].partition("\n\n")[0]
    for words in (
        r"the column Currency has: EUR \(24\), USD \(2\)\. No filter uses it\. .*"
        r"set filters: \[\{column: Currency, keep: \[EUR\]\}\]",
        r"Status has: paid \(24\), voided \(2\)\. No filter uses it",
        r"Refund has a number on 1 row \(together 3\.00\)",
        r"the column Shelf is Subtotal on 1 row\. No filter uses it",
        r"like a line of totals \(sales 50\.00; first in till.csv, row 14\)",
        r"2 orders begin with RET, without a minus\. .* return_order_prefix: RET\.",
        r"1 row has the product_id 4\.00638E\+12 or alike\. A program such as Excel",
    ):
        assert re.search(words, till), (words, till)
    assert "column Void" not in till
    assert "footer" not in out.partition("\nodd:")[2].partition("\n\n")[0]
    assert sorted(path.name for path in project.iterdir()) == [
        *("dbt_project.yml", "faulty.csv", "macros", "models", "odd.csv"),
        *("people.csv", "till.csv"),
    ]


def test_one_entry_is_read_while_the_warehouse_is_in_use(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = project / "warehouse" / "retail_marts.duckdb"
    warehouse.parent.mkdir()
    warehouse.write_bytes(b"in use")
    monkeypatch.setenv("RETAIL_MARTS_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("DBT_TARGET_PATH", str(project / "target"))
    made = project.parent / "made"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))
    (project / "good.csv").write_text(HEADER + "1,2024-01-01,c1,A,Tea,1,2\n")
    (project / "bad.csv").write_bytes(
        HEADER.encode() + b"1,2024-01-01,c1,A,Tea,1,2\n" * 50_000 + b"\xff\n"
    )
    write(
        project,
        good={"path": "good.csv", "columns": COLUMNS},
        bad={"path": "bad.csv", "columns": COLUMNS},
    )
    code, out, _ = check(capsys, project, "good")
    assert code == 0
    assert "sales_lines in good.csv: 1 row, 1 accepted, 0 rejected" in out
    assert "\nbad:" not in out
    assert "  Nothing odd was found." in out
    # What stops a build stops this, with the same message.
    code, _, err = check(capsys, project, "bad")
    assert code == 1
    assert "bad.csv: byte 0xff at offset" in err
    assert "Remedy: " in err
    code, _, err = check(capsys, project, "goood")
    assert code == 1
    assert "mapped_sources has no entry goood." in err
    assert "Did you mean good?" in err
    assert warehouse.read_bytes() == b"in use"
    assert not (project / "target").exists()
    assert [*made.iterdir()] == []


def test_what_map_writes_reads_every_row(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "dbt_project.yml").write_text("vars:\n  sources: []\n")
    rows = [
        f"{n};{n % 28 + 1:02}.01.2024;K{n % 7};A{n % 3};Käse;{n % 3 + 1};1.050,50 €"
        for n in range(60)
    ]
    (project / "kasse.csv").write_bytes(
        "\n".join(["Beleg;Datum;Kunde;Artikel;Bezeichnung;Menge;Betrag", *rows]).encode(
            "cp1252"
        )
    )
    lines = [f"{n},{n % 12 + 1}/{n % 28 + 1}/2023,P,2,$1.50" for n in range(50)]
    (project / "us.csv").write_text("Order,Date,SKU,Qty,Price\n" + "\n".join(lines))
    months = [f"{n},{n % 28 + 1} Agustus 2024,P,1,(5)" for n in range(50)]
    (project / "id.csv").write_text(
        "Nota,Tanggal,Kode,Jumlah,Total\n" + "\n".join(months)
    )
    for name in ("kasse", "us", "id"):
        place = ["--name", name, "--write", "--project", str(project)]
        assert main(["map", str(project / f"{name}.csv"), *place]) == 0
    code, out, err = check(capsys, project)
    assert (code, err) == (0, "")
    assert "sales_lines in kasse.csv: 60 rows, 60 accepted, 0 rejected" in out
    assert "Sales 63,030.00, quantity 120, 2024-01-01 to 2024-01-28" in out
    assert "sales_lines in us.csv: 50 rows, 50 accepted, 0 rejected" in out
    assert "Sales 150.00, quantity 100, 2023-01-01 to 2023-12-" in out
    assert "sales_lines in id.csv: 50 rows, 50 accepted, 0 rejected" in out
    assert "Sales -250.00, quantity 50, 2024-08-01 to 2024-08-28" in out


def test_without_entries_there_is_nothing_to_read(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project)
    code, out, _ = check(capsys, project)
    assert code == 0
    assert "No rows to read" in out


def test_an_interrupted_check_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (project / "good.csv").write_text(HEADER + "1,2024-01-01,c1,A,Tea,1,2\n")
    write(project, good={"path": "good.csv", "columns": COLUMNS})
    made = tmp_path / "made"
    made.mkdir()
    process = subprocess.Popen(
        [str(BIN), "check", "--project", str(project), "--rows"],
        env={**os.environ, "TMPDIR": str(made)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not [*made.glob("*/dbt_project.yml")] and time.monotonic() < deadline:
            time.sleep(0.05)
        (folder,) = made.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "stopped by SIGINT" in err
    assert [*made.iterdir()] == []


@pytest.mark.parametrize(
    ("product", "name", "expected"),
    [
        ("POST", "POSTAGE", True),
        ("M", "Manual", True),
        ("D", None, True),
        ("85123A", "Carrier bag", True),
        ("85123A", "Versandkosten", True),
        ("9", "Kantong plastik", True),
        ("85123A", "BOTTLE DEPOSITS", True),
        ("85123A", "WHITE HANGING HEART", False),
        ("MA", "Manual of cooking", False),
        ("10002", None, False),
    ],
)
def test_services_are_told_by_code_or_name(
    product: str, name: str | None, expected: bool
) -> None:
    assert is_service(product, name, usual_length=5) is expected


def test_a_category_of_deposits_is_one_of_services() -> None:
    for sorts in (["BOTTLE DEPOSITS", None], [None, "Bottle deposits"]):
        assert is_service("85123A", None, sorts=sorts, usual_length=5)
    # Handbags are goods.
    assert not is_service("85123A", None, sorts=["Bag", "Bags"], usual_length=5)


def test_short_ids_are_services_only_among_longer_ones() -> None:
    assert is_service("M", None, usual_length=5)
    assert not is_service("M", None, usual_length=1)
    assert is_service("POST", None, usual_length=1)


def test_entries_that_read_a_model_are_for_dbt(project: Path) -> None:
    assert _has_model(SimpleNamespace(customers=SimpleNamespace(model="people")))
    assert not _has_model(SimpleNamespace(model=None, customers=None))
    write(project, till={"model": "my_orders", "columns": COLUMNS})
    lines, is_fine = check_rows(project)
    assert is_fine
    assert len(lines) == 1
    assert lines[0].startswith("till: NOT CHECKED. No row of it was read, because it")
    assert "reads my_orders of your dbt project" in lines[0]


def test_the_project_that_it_makes_needs_no_other_model(tmp_path: Path) -> None:
    """Staging models of mapped files read only each other and the files."""
    staged = {path.stem for path in (PROJECT / "models/staging/mapped").glob("*.sql")}
    for name in staged:
        text = (PROJECT / "models/staging/mapped" / f"{name}.sql").read_text()
        assert {*re.findall(r"ref\('retail_marts', '(\w+)'\)", text)} <= staged
    assert shutil.which("retail-marts", path=str(BIN.parent))


def test_a_total_of_the_order_on_each_line_is_odd(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for name, total in (("orders", "{n}.50"), ("lines", "{line}.50")):
        rows = [
            f"{n},2024-01-{n + 1:02},c{n},p{line},Thing {line},1,"
            + total.format(n=n, line=line + 1)
            for n in range(12)
            for line in range(2)
        ]
        path = tmp_path / f"{name}.csv"
        path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
        write(project, shop={"path": str(path), "columns": COLUMNS})
        code, out, _ = check(capsys, project)
        assert code == 0
        found.append("sales_amount is equal on all lines of 100% of the orders" in out)
    assert found == [True, False]


def test_open_choices_are_those_that_are_not_set(tmp_path: Path) -> None:
    text = """vars:
  mapped_sources:
    one:
      path: a.csv
      # CHOOSE decimal_mark: 25 numbers have '.' and then three digits.
      # decimal_mark: ","
      columns: {order_date: Date}

    two:
      path: b.csv
      # CHOOSE date_format: in Date, no number is above 12.
      date_format: "%d/%m/%Y"
"""
    (tmp_path / "dbt_project.yml").write_text(text, encoding="utf-8")
    found = [_open_choices(tmp_path, name) for name in ("one", "two", "three")]
    assert found == [["decimal_mark"], [], []]


def test_stock_terms_and_events_have_the_key_of_products(
    project: Path, tmp_path: Path
) -> None:
    """A product of several columns is the same one in each file of an entry."""
    (project / "s.csv").write_text(
        HEADER + "1,2024-01-01,c1,A,Oak  Desk,1,2\n2,2024-01-02,c1,A,Tea,1,2\n"
    )
    (project / "stock.csv").write_text("Id,What,Units\nA,OAK DESK,5\nA,tea,7\n")
    (project / "terms.csv").write_text("Id,What,Days\nA,Tea,3\n")
    (project / "events.csv").write_text(
        "What,Day,Id,Name\nSale,2024-01-02,A,tea\nFair,2024-01-03,,\n"
    )
    columns = {"product_id": "Id", "product_name": "What"}
    write(
        project,
        shop={
            "path": "s.csv",
            "columns": COLUMNS,
            "product_key": ["product_id", "product_name"],
            "stock": {
                "path": "stock.csv",
                "columns": {**columns, "on_hand_quantity": "Units"},
            },
            "product_terms": {
                "path": "terms.csv",
                "columns": {**columns, "lead_time_days": "Days"},
            },
            "events": {
                "path": "events.csv",
                "columns": {
                    **columns,
                    "product_name": "Name",
                    "event_name": "What",
                    "event_date": "Day",
                },
            },
        },
    )
    folder = tmp_path / "made"
    folder.mkdir()
    _make_project(folder, project, project_settings(project), ["shop"])
    _run_dbt(folder)
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        found = {
            kind: connection.execute(
                f"select distinct product_id from staging.stg_mapped__{kind}"
                " order by product_id"
            ).fetchall()
            for kind in ("sales_lines", "stock", "product_terms", "events")
        }
    both = [("A|oak desk",), ("A|tea",)]
    assert found == {
        "sales_lines": both,
        "stock": both,
        "product_terms": [("A|tea",)],
        "events": [("A|tea",), (None,)],
    }


@pytest.mark.parametrize(
    ("column", "amounts", "order_amounts", "expected"),
    [
        ("shipping_cost_amount", [4.9], [], True),
        ("shipping_cost_amount", [4.9], ["shipping_cost_amount"], False),
        ("discount_amount", [1.0, 2.0, 3.0], [], True),
        # Each line has the same discount.
        ("discount_amount", [1.0], [], False),
        ("tax_amount", [0.0], [], False),
    ],
)
def test_amounts_of_the_order_on_each_line_are_odd(
    column: str, amounts: list[float], order_amounts: list[str], expected: bool
) -> None:
    columns = {**COLUMNS, column: "Amount"}
    entry = {"path": "a.csv", "columns": columns, "order_amounts": order_amounts}
    settings = read_settings({"sources": [], "mapped_sources": {"shop": entry}})
    source = settings.mapped_sources["shop"].source("shop")
    with duckdb.connect() as connection:
        connection.execute(
            "create table lines as select 'shop' as mapped_source,"
            " 'o' || line // 2 as order_id, cast(null as varchar) as rejection_reason,"
            f" list_extract({amounts}, 1 + line // 2 % {len(amounts)}) as {column}"
            " from range(40) as lines (line)"
        )
        found = [*_repeated_amounts(connection, source)]
    assert bool(found) is expected
    assert all(f"order_amounts: [{column}]" in text for text in found)
