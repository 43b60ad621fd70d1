"""The same files give the same marts in every time zone and locale, on every day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from conftest import Build, Dbt, make_dbt
from pyarrow import parquet
from same_marts import differences

from retail_marts import raw_tables
from retail_marts.errors import InputError
from retail_marts.settings import read_settings

CORE = ("run", "--select", "+path:models/marts/core")
COLUMNS = {
    "order_id": "Order",
    "order_date": "Date",
    "customer_id": "Who",
    "product_id": "Item",
    "quantity": "Qty",
    "sales_amount": "Total",
}
#: Five minutes before midnight, and five after it, in each of five zones.
MOMENTS = [
    datetime(2024, 3, 9, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minutes)
    for zone in (
        "UTC",
        "Asia/Jakarta",
        "America/Los_Angeles",
        "Pacific/Kiritimati",
        "Asia/Kathmandu",
    )
    for minutes in (-5, 5)
]


def machine(zone: str, locale: str) -> Mapping[str, str]:
    return {"TZ": zone, "LC_ALL": locale, "LANG": locale}


def write_instants(path: Path, moments: list[datetime]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(moments)
    parquet.write_table(
        pa.table(
            {
                "Order": [f"{path.stem}-{number}" for number in range(count)],
                "Date": pa.array(
                    [moment.astimezone(UTC) for moment in moments],
                    pa.timestamp("us", tz="UTC"),
                ),
                "Who": [f"c{number % 3}" for number in range(count)],
                # The last row is rejected: what is kept of it must be the same, too.
                "Item": [*["A"] * (count - 1), None],
                "Qty": [1] * count,
                "Total": [10.0] * count,
            }
        ),
        path,
    )


def write_texts(path: Path, dates: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{path.stem}-{number},{text},c{number % 3},A,1,10"
        for number, text in enumerate(dates)
    ]
    path.write_text("\n".join(["Order,Date,Who,Item,Qty,Total", *lines]) + "\n")


def settings_of(
    folder: Path, build_day: str = "2024-03-10", **zones: str
) -> dict[str, Any]:
    kinds = {
        "instants": ("instants/*.parquet", {"time_zone": "Asia/Kathmandu"}),
        "epochs": (
            "epochs/*.csv",
            {"time_zone": "America/Los_Angeles", "date_format": "epoch_seconds"},
        ),
        "offsets": ("offsets/*.csv", {"date_format": "%Y-%m-%d %H:%M:%S %z"}),
        "ahead": ("days/*.csv", {"orders_ahead": True}),
        "days": ("days/*.csv", {}),
    }
    return {
        "sources": [],
        "build_day": build_day,
        "mapped_sources": {
            name: {
                "path": str(folder / path),
                "columns": COLUMNS,
                **others,
                **({"time_zone": zones[name]} if name in zones else {}),
            }
            for name, (path, others) in kinds.items()
        },
    }


def numbers(build: Build) -> tuple[int, int]:
    (row,) = build.rows(
        "select first_refresh_number, refresh_number from raw.refreshes"
        " where model = 'fct_sales_lines'"
    )
    return row


def days_of(build: Build, business: str) -> list[tuple[str, date]]:
    return build.rows(
        "select order_id, order_date from core.fct_sales_lines"
        f" where business_id = '{business}' order by source_file, source_row_number"
    )


@pytest.mark.long
def test_marts_depend_on_the_day_of_the_build_but_not_on_the_machine(
    tmp_path: Path,
) -> None:
    files = tmp_path / "files"
    dbt = make_dbt(tmp_path / "refreshed")

    def built(run: Dbt, zone: str, locale: str, settings: dict[str, Any]) -> Build:
        # Python reads the locale when it starts.
        build = run(
            *CORE,
            settings=settings,
            environment=machine(zone, locale),
            as_command=True,
        )
        assert build.returncode == 0, build.output
        return build

    for month in (1, 2, 3):
        old = [datetime(2023, month, 1 + day % 28, 3) for day in range(200)]
        write_instants(files / f"instants/{month}.parquet", old)
        write_texts(files / f"epochs/{month}.csv", [f"{at:%s}" for at in old[:9]])
        write_texts(files / f"offsets/{month}.csv", [f"{at:%F %T} Z" for at in old[:9]])
        write_texts(files / f"days/{month}.csv", [f"{at:%F}" for at in old[:9]])
    assert numbers(built(dbt, "UTC", "C", settings_of(files))) == (1, 1)

    # Half of the files come when the machine has another zone and locale.
    write_instants(files / "instants/4.parquet", MOMENTS)
    write_texts(
        files / "epochs/4.csv", [f"{moment.timestamp():.0f}" for moment in MOMENTS]
    )
    write_texts(files / "offsets/4.csv", [f"{moment:%F %T %z}" for moment in MOMENTS])
    write_texts(files / "days/4.csv", ["2024-03-10", "2024-03-11", "2042-01-05"])
    refreshed = built(dbt, "America/Los_Angeles", "C.utf8", settings_of(files))
    assert numbers(refreshed) == (1, 2)

    # What is right, told by Python.
    accepted = MOMENTS[:-1]
    for business, days in {
        "instants": [at.astimezone(ZoneInfo("Asia/Kathmandu")) for at in accepted],
        "epochs": [at.astimezone(ZoneInfo("America/Los_Angeles")) for at in MOMENTS],
        "offsets": MOMENTS,
    }.items():
        found = [
            day for order, day in days_of(refreshed, business) if order[:2] == "4-"
        ]
        assert found == [day.date() for day in days], business
    assert [day for _, day in days_of(refreshed, "ahead")][-1] == date(2042, 1, 5)
    assert refreshed.rows(
        "select source_row_number, rejection_reason from core.fct_rejected_rows"
        " where source_table = 'sales_lines of days' order by 1"
    ) == [
        (
            row,
            f"order_date {day} is after the day of the build: correct it, or change "
            "orders_ahead or build_day",
        )
        for row, day in ((3, "2024-03-11"), (4, "2042-01-05"))
    ]
    assert refreshed.rows(
        "select as_of_date, time_zone from core.dim_businesses"
        " where business_id in ('days', 'instants') order by business_id"
    ) == [(date(2024, 3, 10), "UTC"), (date(2024, 3, 9), "Asia/Kathmandu")]

    full = {
        zone: built(
            make_dbt(tmp_path / str(number)), zone, locale, settings_of(files, day)
        )
        for number, (zone, locale, day) in enumerate(
            (
                ("Pacific/Kiritimati", "C", "2024-03-10"),
                ("Asia/Jakarta", "C.utf8", "2024-03-10"),
                ("Asia/Kathmandu", "C", "2024-03-11"),
            )
        )
    }
    for zone in ("Pacific/Kiritimati", "Asia/Jakarta"):
        assert differences(refreshed.warehouse, full[zone].warehouse) == [], zone

    # A day later, the file with late rows is read again, and it alone.
    next_day = built(dbt, "UTC", "C.utf8", settings_of(files, "2024-03-11"))
    assert numbers(next_day) == (1, 3)
    assert ("4-1", date(2024, 3, 11)) in days_of(next_day, "days")
    assert differences(next_day.warehouse, full["Asia/Kathmandu"].warehouse) == []

    # The day is set back: accepted rows are late now.
    earlier = built(dbt, "UTC", "C", settings_of(files, "2024-03-10"))
    assert differences(earlier.warehouse, full["Asia/Jakarta"].warehouse) == []

    # Another zone of an entry makes all rows again, also where it reads texts alone.
    number = numbers(earlier)[1]
    settings = settings_of(files, "2024-03-10", offsets="Asia/Jakarta")
    assert numbers(built(dbt, "UTC", "C", settings)) == (number + 1, number + 1)


def test_the_day_of_the_build_is_that_of_the_source() -> None:
    zones = {"first": "Pacific/Kiritimati", "last": "Pacific/Niue", "none": None}
    entries = {
        name: {
            "path": "a.csv",
            "columns": {"order_date": "D", "sales_amount": "T"},
            **({"time_zone": zone} if zone else {}),
        }
        for name, zone in zones.items()
    }
    businesses = {"kalbe": {"time_zone": "Asia/Jakarta", "orders_ahead": True}}
    given = {"mapped_sources": entries, "businesses": businesses, "sources": []}

    def kept(**others: Any) -> dict[str, tuple[Any, ...]]:
        with duckdb.connect() as connection:
            raw_tables.prepare(connection)
            raw_tables.write_build_days(connection, read_settings({**given, **others}))
            return {
                name: row
                for name, *row in connection.execute(
                    "from raw.build_days order by all"
                ).fetchall()
            }

    def now(zone: str) -> date:
        return datetime.now(ZoneInfo(zone)).date()

    expected = {
        "": ["UTC", now("UTC"), False],
        "kalbe": ["Asia/Jakarta", now("Asia/Jakarta"), True],
        "first": ["Pacific/Kiritimati", now("Pacific/Kiritimati"), False],
        "last": ["Pacific/Niue", now("Pacific/Niue"), False],
        "none": ["UTC", now("UTC"), False],
    }
    assert kept() == expected
    assert {row[1] for row in kept(build_day="2020-02-29").values()} == {
        date(2020, 2, 29)
    }


def test_files_that_differ_in_having_a_zone_are_refused(
    tmp_path: Path,
) -> None:
    write_instants(tmp_path / "instants/1.parquet", MOMENTS)
    table = parquet.read_table(tmp_path / "instants/1.parquet")
    local = table.set_column(1, "Date", table["Date"].cast(pa.timestamp("us")))
    parquet.write_table(local, tmp_path / "instants/2.parquet")
    entry = settings_of(tmp_path)["mapped_sources"]["instants"]
    (source,) = read_settings({"mapped_sources": {"instants": entry}}).mapped()
    with duckdb.connect() as connection:
        raw_tables.prepare(connection)
        with pytest.raises(InputError) as error:
            raw_tables.land_mapped(connection, source, "sales_lines", {})
    for told in ("1.parquet", "2.parquet", "'Date' has a time zone", "one entry"):
        assert told in str(error.value)
