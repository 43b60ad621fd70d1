"""dbt reads files of every kind, and models of the user's own project before them."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from conftest import PROJECT, Dbt, make_dbt
from pyarrow import parquet

COLUMNS = {
    "order_id": "Order",
    "order_date": "Date",
    "product_id": "SKU",
    "sales_amount": "Total",
    "customer_id": "Who",
}
HEADER = "Order,Date,SKU,Total,Who\n"
ROWS = "1,31.01.2024,A,1.50,c1\n2,01.02.2024,B,2.00,c2\n"
READ = [
    (date(2024, 1, 31), "A", 1.5, "c1", None),
    (date(2024, 2, 1), "B", 2, "c2", None),
]
LINES = (
    "select order_date, product_id, cast(sales_amount as double), customer_id,"
    " rejection_reason from staging.stg_mapped__sales_lines"
    " where mapped_source = '{}' order by source_file, source_row_number"
)
STAGED = ("run", "--select", "+stg_mapped__sales_lines", "+stg_mapped__products")


def make_files(folder: Path) -> dict[str, Any]:
    """A file of each kind, all with the same rows, and the entries that map them."""
    (folder / "title.csv").write_text("Report,,,,\n" + HEADER + ROWS + "Sum,,,3.50,\n")
    (folder / "sep.csv").write_text("sep=,\n" + HEADER + ROWS)
    (folder / "blanks.txt").write_text((HEADER + ROWS).replace(",", "   "))
    keys, *rows = [line.split(",") for line in (HEADER + ROWS).split()]
    records = [dict(zip(keys, row, strict=True)) for row in rows]
    (folder / "lines.jsonl").write_text("\n".join(map(json.dumps, records)))
    book = openpyxl.Workbook()
    book.active.append(keys)
    book.active.append([1, datetime(2024, 1, 31, 9), "A", 1.5, "c1"])
    book.active.append([2, "01.02.2024", "B", "2.00", "c2"])
    book.save(folder / "book.xlsx")
    for number, record in enumerate(records):
        part = folder / "tree" / f"region=North%20{number}"
        part.mkdir(parents=True)
        columns = {name: [value] for name, value in record.items()}
        parquet.write_table(pa.table(columns), part / "part-0.parquet")
    (folder / "months").mkdir()
    without = "\n".join(line.rpartition(",")[0] for line in (HEADER + ROWS).split())
    (folder / "months" / "1.csv").write_text(without)
    (folder / "months" / "2.csv").write_text(HEADER + ROWS)
    euro = ROWS.replace("A,", "€,").encode("cp1252")
    (folder / "euro.csv").write_bytes(HEADER.encode() + euro)
    shared = {"columns": COLUMNS, "date_format": "%d.%m.%Y"}
    entries: dict[str, Any] = {
        "title": {"path": "title.csv", "header_line": 2, "footer_lines": 1},
        "sep": {"path": ["sep.csv"]},
        "blanks": {"path": "blanks.txt", "separator": "whitespace"},
        "lines": {"path": "lines.jsonl"},
        "book": {"path": "book.xlsx", "sheet": "Sheet"},
        "tree": {"path": "tree", "columns": {**COLUMNS, "region": "region"}},
        "months": {"path": "months", "optional": ["customer_id"]},
        "euro": {"path": "euro.csv", "encoding": "latin-1"},
    }
    for entry in entries.values():
        path = entry["path"]
        entry["path"] = (
            [str(folder / one) for one in path]
            if isinstance(path, list)
            else str(folder / path)
        )
    return {name: {**shared, **entry} for name, entry in entries.items()}


def test_files_of_every_kind_are_staged(dbt: Dbt, tmp_path: Path) -> None:
    entries = make_files(tmp_path)
    settings = {"sources": [], "mapped_sources": entries}
    build = dbt(*STAGED, settings=settings)
    assert build.returncode == 0, build.output
    for name in ("title", "sep", "blanks", "lines", "book", "tree"):
        assert build.rows(LINES.format(name)) == READ, name
    assert build.rows(LINES.format("months")) == [
        (*READ[0][:3], None, None),
        (*READ[1][:3], None, None),
        *READ,
    ]
    regions = "select region from staging.stg_mapped__sales_lines where region <> ''"
    assert build.rows(f"{regions} order by all") == [("North 0",), ("North 1",)]
    assert "Set mapped_sources.euro.encoding to cp1252." in build.output
    assert build.rows(
        "select source_table, source_file, missing_columns from raw.landed_files"
        " where missing_columns is not null"
    ) == [("sales_lines of months", "1.csv", "customer_id")]


@pytest.fixture
def own(tmp_path: Path) -> tuple[Dbt, Path]:
    """dbt in a copy of the project that has models of the user's own."""
    project = tmp_path / "project"
    for name in ("macros", "models", "seeds", "python_models", "profiles", "docs"):
        shutil.copytree(PROJECT / name, project / name)
    for name in ("tests", "analyses"):
        (project / name).mkdir()
    shutil.copytree(PROJECT / "tests" / "generic", project / "tests" / "generic")
    shutil.copy(PROJECT / "dbt_project.yml", project)
    (project / "profiles.yml").symlink_to("profiles/profiles.yml")
    models = project / "models" / "own"
    models.mkdir()
    # Without an order, so that a build may give the rows in another.
    (models / "my_orders.sql").write_text(
        "{{ config(materialized='table') }}\n"
        "select 'o' || (number // 2) as bon, 'P' || (number % 7) as sku,"
        " date '2024-01-01' + cast(number % 60 as integer) as day,"
        " number * 1.5 as total from range({{ var('order_count', 100) }})"
        " as numbers (number)"
    )
    (models / "my_products.sql").write_text(
        "select distinct sku, 'Name of ' || sku as name from {{ ref('my_orders') }}"
    )
    (models / "my_dream.sql").write_text(
        "{{ config(materialized='ephemeral') }} select 1 as day"
    )
    run = make_dbt(tmp_path / "dbt")

    def run_here(*arguments: str, **options: Any) -> Any:
        return run(*arguments, cwd=project, **options)

    return run_here, project


def test_models_of_the_users_own_project_are_read_after_they_are_built(
    own: tuple[Dbt, Path],
) -> None:
    dbt, _ = own
    columns = {
        "order_id": "bon",
        "order_date": "day",
        "product_id": "sku",
        "sales_amount": "total",
    }
    entry: dict[str, Any] = {
        "model": "my_orders",
        "columns": {**columns, "customer_id": "who"},
        "optional": ["customer_id"],
        "products": {
            "model": "retail_marts.my_products",
            "columns": {"product_id": "sku", "product_name": "name"},
        },
    }
    settings = {"sources": [], "mapped_sources": {"own": entry}}
    build = dbt(*STAGED, settings=settings)
    assert build.returncode == 0, build.output
    staged = (
        "select count(*), count(distinct source_row_number), sum(sales_amount),"
        " count(rejection_reason) from staging.stg_mapped__sales_lines"
    )
    assert build.rows(staged) == [(100, 100, 7425, 0)]
    products = "select product_name from staging.stg_mapped__products order by all"
    assert build.rows(products)[0] == ("Name of P0",)
    noted = (
        "select source_table, source_file, raw_line_count, missing_columns, version"
        " from raw.landed_files order by all"
    )
    first = build.rows(noted)
    assert [row[:4] for row in first] == [
        ("products of own", "retail_marts.my_products", 7, None),
        ("sales_lines of own", "my_orders", 100, "customer_id"),
    ]

    # The same rows have the same version; other rows are landed again.
    build = dbt(*STAGED, settings={**settings, "order_count": 101})
    assert build.rows(staged) == [(101, 101, 7575, 0)]
    for (*_, before), (*_, after), is_same in zip(
        first, build.rows(noted), (True, False), strict=True
    ):
        assert (before == after) is is_same

    for changes, words in (
        ({"optional": []}, "the model my_orders has no column 'who'"),
        ({"model": "my_dream"}, "my_dream is ephemeral"),
    ):
        changed = {"own": {**entry, **changes}}
        build = dbt(*STAGED, settings={**settings, "mapped_sources": changed})
        assert build.returncode != 0
        # By the first of the models that read the entry; the others refer to it.
        assert build.output.count(words) == 1
        assert "See the error of the first model" in build.output


def test_a_selected_part_builds_in_a_fresh_warehouse_with_sources_switched_off(
    dbt: Dbt,
) -> None:
    build = dbt("build", "--select", "path:models/staging", settings={"sources": []})
    assert build.returncode == 0, build.output
