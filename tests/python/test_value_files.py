"""Files with marked numbers, dates of many forms and placeholders, through dbt."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from conftest import Dbt

COLUMNS = {
    "order_id": "Invoice",
    "order_date": "Date",
    "customer_id": "Who",
    "product_id": "Item",
    "quantity": "Qty",
    "sales_amount": "Total",
}
HEADER = "Invoice;Date;Who;Item;Qty;Total"


def _csv(path: Path, *lines: str, header: str = HEADER) -> str:
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return str(path)


def _parquet(path: Path, select: str) -> None:
    path.parent.mkdir(exist_ok=True)
    duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")


def _entry(path: Path | str, **more: Any) -> dict[str, Any]:
    return {"path": str(path), "separator": ";", "columns": COLUMNS, **more}


def test_values_are_read_as_the_settings_say(dbt: Dbt, tmp_path: Path) -> None:
    marked = _csv(
        tmp_path / "marked.csv",
        "1;31 Agustus 2024;c1;A;1;Rp 1.234,50",
        "2;45535,5;c1;A;1;(Rp 12,00)",
        "3;20240831;c1;A;1;12,00-",
        "4;20240831;c1;A;1;£5",
        "5;08/31/2024;c1;A;1;5",
    )
    words = _csv(
        tmp_path / "words.csv",
        *(
            f"{row};2024-01-05;{who};A;1;10"
            for row, who in enumerate(
                ["NULL", "nan", "#N/A", "\\N", "0", "0.0", "-1", "GUEST", "Ann\u00a0"]
            )
        ),
        "90;2024-01-05;\ufeffAnn;A;1;10",
        "91;2024-01-05;Bob;A;1;NaN",
        "92;2024-01-05;Bob;n/a;1;10",
        "93;2024-01-05;Bob;NA;1;$1,234.50",
    )
    people = _csv(
        tmp_path / "people.csv",
        *("0;Unknown", "guest;Guest", "guest;Guest", "Ann;Ann", ";Nobody"),
        header="Id;Name",
    )
    select = (
        'select {day} as "Date", {id} as "Invoice", {who} as "Who",'
        ' \'A\' as "Item", 1 as "Qty", 2.5 as "Total"'
    )
    _parquet(
        tmp_path / "months" / "1.parquet",
        select.format(day=20240131, id=7, who=17850),
    )
    _parquet(
        tmp_path / "months" / "2.parquet",
        select.format(day="20240229.0::double", id="8::double", who="17850::double")
        + " union all "
        + select.format(day="20240229", id="9::double", who="null"),
    )
    build = dbt(
        "run",
        "--select",
        "+stg_mapped__sales_lines",
        "+stg_mapped__customers",
        "+int_customers_unioned",
        settings={
            "sources": [],
            "mapped_sources": {
                "marked": _entry(
                    marked,
                    date_format=["%d %B %Y", "excel_serial", "%Y%m%d"],
                    month_language="id",
                    currency_marks=["Rp"],
                    thousands_mark=".",
                    decimal_mark=",",
                    negative_style=["parentheses", "trailing_minus"],
                ),
                "words": _entry(
                    words,
                    anonymous_customer_ids=[0, -1, "Guest"],
                    customers={
                        "path": people,
                        "columns": {"customer_id": "Id", "customer_name": "Name"},
                    },
                ),
                "months": _entry(tmp_path / "months/*.parquet", date_format="%Y%m%d"),
            },
        },
    )
    assert build.returncode == 0, build.output
    lines = build.rows(
        "select mapped_source, source_order_id, order_date, customer_id, sales_amount"
        " from staging.stg_mapped__sales_lines where rejection_reason is null"
        " order by mapped_source, source_file, source_row_number"
    )
    day = date(2024, 8, 31)
    assert lines == [
        ("marked", "1", day, "c1", Decimal("1234.5")),
        ("marked", "2", day, "c1", Decimal(-12)),
        ("marked", "3", day, "c1", Decimal(-12)),
        ("months", "7", date(2024, 1, 31), "17850", Decimal("2.5")),
        ("months", "8", date(2024, 2, 29), "17850", Decimal("2.5")),
        ("months", "9", date(2024, 2, 29), None, Decimal("2.5")),
        *(("words", str(row), date(2024, 1, 5), None, Decimal(10)) for row in range(8)),
        ("words", "8", date(2024, 1, 5), "Ann", Decimal(10)),
        ("words", "90", date(2024, 1, 5), "Ann", Decimal(10)),
    ]
    reasons = build.rows(
        "select source_order_id, rejection_reason from"
        " staging.stg_mapped__sales_lines where rejection_reason is not null"
        " order by mapped_source, source_row_number"
    )
    amount = "is not a number up to 1,000,000,000,000"
    assert reasons == [
        ("4", f'sales_amount \'£5\' {amount}; set currency_marks: ["Rp", "£"]'),
        (
            "5",
            "order_date '08/31/2024' is not a date of the form %d %B %Y or excel_serial"
            ' or %Y%m%d; set date_format: "%m/%d/%Y"',
        ),
        ("91", "sales_amount is empty"),
        ("92", "product_id is empty"),
        ("93", "product_id is empty"),
    ]
    # A row of an anonymous id is neither rejected nor a customer.
    assert build.rows(
        "select source_row_number, customer_id, rejection_reason"
        " from staging.stg_mapped__customers order by 1"
    ) == [
        (2, None, None),
        (3, None, None),
        (4, None, None),
        (5, "Ann", None),
        (6, None, "customer_id is empty"),
    ]
    assert build.rows(
        "select customer_id from intermediate.int_customers_unioned"
        " where business_id = 'words'"
    ) == [("Ann",)]
