"""A build that refreshes a part of the marts gives the same as a full build."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, SALES_ONLY, make_dbt
from same_marts import differences
from settings_parts import mapped_sources

from retail_marts import landing, raw_tables
from retail_marts.raw_tables import versions

HEADER = "Order,Date,Customer,Product,Name,Group,Qty,Total"
COLUMNS = {
    "order_id": "Order",
    "order_date": "Date",
    "customer_id": "Customer",
    "product_id": "Product",
    "product_name": "Name",
    "category": "Group",
    "quantity": "Qty",
    "sales_amount": "Total",
}


def month(number: int) -> list[str]:
    """Six hundred lines of one month, two per order."""
    return [
        f"{number}-{line // 2},2024-{number:02d}-{1 + line // 24:02d},C{line % 9},"
        f"P{line % 7},Product {line % 7},Group {line % 3},{1 + line % 4},{line}.5"
        for line in range(600)
    ]


def write(folder: Path, name: str, lines: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([HEADER, *lines]) + "\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for number in (1, 2, 3, 4):
        write(folder, f"2024-{number:02d}.csv", month(number))
    write(
        folder,
        "2024-05-01.csv",
        [
            "5-1,2024-05-01,C1,P1,Product 1,Group 1,2,20",
            "5-1,2024-05-01,C1,P2,Product 2,Group 2,1,10",
            "5-2,2024-05-01,C2,NEW,Novelty,Group 1,1,99",
        ],
    )
    return folder


def entry(shop: Path, **others: Any) -> Mapping[str, Any]:
    return {
        "sources": ["umkm"],
        "mapped_sources": {
            "shop": {"path": f"{shop}/*.csv", "columns": COLUMNS, **others}
        },
    }


def test_a_refreshed_part_gives_what_a_full_build_gives(
    shop: Path, tmp_path: Path
) -> None:
    dbt = make_dbt(tmp_path / "refreshed")
    refreshed = dbt("run", *SALES_ONLY, settings=entry(shop))
    assert refreshed.returncode == 0, refreshed.output

    def full_differs() -> list[str]:
        """Differences from a full build with the same key of personal ids."""
        folder = tmp_path / "full" / "warehouse"
        folder.mkdir(parents=True)
        shutil.copy(refreshed.warehouse.with_name("personal_key.txt"), folder)
        build = make_dbt(tmp_path / "full")("run", *SALES_ONLY, settings=entry(shop))
        assert build.returncode == 0, build.output
        return differences(refreshed.warehouse, build.warehouse)

    def refresh_numbers() -> tuple[int, int]:
        (row,) = refreshed.rows(
            "select first_refresh_number, refresh_number from raw.refreshes"
            " where model = 'fct_sales_lines'"
        )
        return row

    assert refresh_numbers() == (1, 1)

    # A new day, with late lines, more of an old order, an old line again, a new
    # description of a product, and rows that are not sales.
    write(
        shop,
        "2024-05-02.csv",
        [
            "5-3,2024-05-02,C3,P3,Product three,Group 9,2,20",
            "2-7,2024-02-01,C4,P4,Product 4,Group 1,5,55",
            "late,2024-03-31,C5,P5,Product 5,Group 2,1,1",
            "early,2023-12-30,C5,NEW,Novelty,Group 1,1,1",
            month(1)[0],
            "5-4,2024-05-02,C3,P3,Product 3,Group 0,two,20",
            "5-5,02.05.2024,C3,P3,Product 3,Group 0,2,20",
            "5-6,2024-05-02,C1,P1,Product 1,Group 1,-2,-20",
        ],
    )
    came = dbt("run", *SALES_ONLY, settings=entry(shop))
    assert came.returncode == 0, came.output
    assert refresh_numbers() == (1, 2)
    changed = came.value(
        "select count(*) from raw.changed_sales_lines where "
        "order_id not in (select order_id from core.fct_sales_lines "
        "where business_id = 'umkm')"
    )
    assert changed == 6

    # A day is corrected (another amount, order, date; one line less), one is deleted,
    # and one is added.
    write(
        shop,
        "2024-05-02.csv",
        [
            "5-3,2024-05-02,C3,P3,Product three,Group 9,2,21",
            "2-8,2024-02-01,C4,P4,Product 4,Group 1,5,55",
            "late,2024-03-30,C5,P5,Product 5,Group 2,1,1",
            "5-6,2024-05-02,C1,P1,Product 1,Group 1,-2,-20",
        ],
    )
    (shop / "2024-05-01.csv").unlink()
    write(shop, "2024-05-03.csv", ["5-9,2024-05-03,C1,P1,Product 1,Group 1,2,20"])
    corrected = dbt("run", *SALES_ONLY, settings=entry(shop))
    assert corrected.returncode == 0, corrected.output
    assert refresh_numbers() == (1, 3)
    assert full_differs() == []

    # Another setting gives other rows for the same files: all of them are landed again.
    settings = entry(shop, negative_quantity_is_return=False, duplicates="reject")
    changed_settings = dbt("run", *SALES_ONLY, settings=settings)
    assert changed_settings.returncode == 0, changed_settings.output
    assert refresh_numbers() == (4, 4)


def landed_shop(
    shop: Path, connection: duckdb.DuckDBPyConnection, **rules: Any
) -> None:
    """Land the shop as the plugin does in one build."""
    (source,) = mapped_sources(entry(shop, **rules)["mapped_sources"])
    raw_tables.prepare(connection)
    landed = raw_tables.landed_files(connection)
    raw_tables.forget_files(connection, "sales_lines of ", is_prefix=True)
    raw_tables.land_mapped(connection, source, "sales_lines", landed)


@pytest.mark.parametrize(
    ("rules", "read_again"),
    [({}, ["2024-05-01.csv"]), ({"duplicates": "reject"}, ["all"])],
)
def test_only_changed_files_are_read(
    shop: Path,
    rules: dict[str, Any],
    read_again: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []

    def open_rows(path: Path, **settings: Any) -> Any:
        opened.append(path.name)
        return landing.open_rows(path, **settings)

    monkeypatch.setattr("retail_marts.raw_tables.rows.open_rows", open_rows)
    names = sorted(path.name for path in shop.iterdir())
    rows = "from raw.mapped__shop__sales_lines order by all"
    files = "from raw.landed_files order by all"
    with duckdb.connect() as connection:
        landed_shop(shop, connection, **rules)
        assert opened == names
        listed = "select source_file, size_bytes, sha256, raw_line_count"
        assert connection.execute(f"{listed} {files}").fetchall() == [
            (
                name,
                (shop / name).stat().st_size,
                hashlib.sha256((shop / name).read_bytes()).hexdigest(),
                (shop / name).read_text().count("\n") - 1,
            )
            for name in names
        ]

        opened.clear()
        landed_shop(shop, connection, **rules)
        assert opened == []

        write(shop, "2024-05-01.csv", ["5-1,2024-05-01,C1,P1,Product 1,Group 1,3,30"])
        (shop / "2024-01.csv").unlink()
        names.remove("2024-01.csv")
        landed_shop(shop, connection, **rules)
        assert opened == (names if read_again == ["all"] else read_again)
        kept = connection.execute(rows).fetchall(), connection.execute(files).fetchall()
    with duckdb.connect() as fresh:
        landed_shop(shop, fresh, **rules)
        assert kept == (fresh.execute(rows).fetchall(), fresh.execute(files).fetchall())


def test_another_setting_lands_every_file_again(shop: Path) -> None:
    with duckdb.connect() as connection:
        landed_shop(shop, connection)
        before = raw_tables.landed_files(connection)
        landed_shop(shop, connection, date_format="%d.%m.%Y")
        after = raw_tables.landed_files(connection)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


@pytest.mark.parametrize(
    "module",
    [
        "landing/delimited.py",
        "raw_tables/rows.py",
        "settings/columns.py",
        "settings/mapped_files.py",
        "settings/mapped.py",
        "database_files.py",
    ],
)
def test_a_change_of_our_code_lands_every_file_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    changed = PROJECT / "src" / "retail_marts" / module
    read_bytes = Path.read_bytes

    def changed_bytes(path: Path) -> bytes:
        return read_bytes(path) + (b"#" if path == changed else b"")

    with duckdb.connect() as connection:
        landed_shop(shop, connection)
        before = raw_tables.landed_files(connection)
        monkeypatch.setattr(Path, "read_bytes", changed_bytes)
        monkeypatch.setattr(versions, "code_version", versions.code_version.__wrapped__)
        landed_shop(shop, connection)
        after = raw_tables.landed_files(connection)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
