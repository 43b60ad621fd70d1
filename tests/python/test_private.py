"""What is private stays so: modes of files, logs, compiled SQL, published columns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import (
    DBT,
    PROJECT,
    SMALL,
    Build,
    Dbt,
    make_dbt,
    publish_core_and_sales_only,
)
from jinja2 import Template
from personal_scan import found_in
from settings_parts import mapped_sources

from retail_marts import raw_tables
from retail_marts.errors import InputError
from retail_marts.private_files import keep_private

OTHERS = 0o077
#: A model that needs no other and no file.
MODEL = "stg_mapped__sales_lines"


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """What files that others make would have; put back after each test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The modes of a folder and all that it holds, as far as it stays there."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        try:
            found[path.name] = path.stat().st_mode & 0o7777
        except FileNotFoundError:
            continue  # DuckDB removed it meanwhile.
    return found


# --- the warehouse's folder -----------------------------------------------------------


def test_a_new_folder_and_what_is_in_it_is_the_owners(tmp_path: Path) -> None:
    warehouse = tmp_path / "new" / "folder" / "w.duckdb"
    keep_private(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table t as select 1 as a")
        found = modes(warehouse.parent)
    assert set(found) == {"folder", "w.duckdb", "w.duckdb.wal"}
    assert [name for name, mode in found.items() if mode & OTHERS] == []


def test_what_was_open_before_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    spilled = folder / "w.duckdb.tmp"
    spilled.mkdir(parents=True)
    for path in (
        folder / "w.duckdb",
        folder / "w.duckdb.wal",
        folder / "personal_key.txt",
        spilled / "duckdb_temp_storage.tmp",
    ):
        path.write_text("names")
        path.chmod(0o664)
    keep_private(folder / "w.duckdb")
    assert set(modes(folder).values()) == {0o700, 0o600}


@pytest.mark.parametrize("kind", ["shared", "sticky", "group"])
def test_a_folder_that_others_need_stays_open(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    mode = {"shared": 0o755, "sticky": 0o1777, "group": 0o2775}[kind]
    folder.chmod(mode)
    (folder / "w.duckdb").write_text("names")
    if kind == "shared":
        (folder / "of somebody else.txt").write_text("text")
    keep_private(folder / "w.duckdb")
    found = modes(folder)
    assert found["shared"] == mode
    assert found["w.duckdb"] == 0o600
    if kind == "shared":
        assert found["of somebody else.txt"] == 0o644


def test_a_file_of_somebody_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.duckdb").write_text("names")

    def refuse(path: Path, _: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    # The tests may run as root, whom nothing stops.
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(InputError, match=r"w\.duckdb") as caught:
        keep_private(tmp_path / "w.duckdb")
    assert "RETAIL_MARTS_WAREHOUSE" in caught.value.remedy


def test_nobody_else_can_read_what_a_running_build_writes(tmp_path: Path) -> None:
    """Looked at from the first file on, in a folder that existed before."""
    folder = tmp_path / "warehouse"
    folder.mkdir(mode=0o755)
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(folder / "w.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    build = subprocess.Popen(
        [str(DBT), "run", "--quiet", "--select", MODEL, "--vars", "sources: []"],
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    )
    seen: dict[str, set[int]] = {}
    while build.poll() is None:
        for name, mode in modes(folder).items():
            seen.setdefault(name, set()).add(mode)
        time.sleep(0.005)
    assert build.returncode == 0
    # Before the plugin was loaded, the folder was as open as it was made.
    assert seen.pop("warehouse") == {0o755, 0o700}
    assert {"w.duckdb", "w.duckdb.wal", "personal_key.txt"} <= set(seen)
    assert [name for name in seen if any(mode & OTHERS for mode in seen[name])] == []
    left = modes(folder)
    assert left["warehouse"] == 0o700
    assert [name for name, mode in left.items() if mode & OTHERS] == []


# --- a profile without the plugin -----------------------------------------------------


def test_a_profile_without_the_plugin_is_refused(dbt: Dbt, tmp_path: Path) -> None:
    foreign = tmp_path / "profiles"
    foreign.mkdir()
    (foreign / "profiles.yml").write_text(
        "retail_marts: {target: dev, outputs: {dev: {type: duckdb,"
        f" path: '{tmp_path}/other.duckdb'}}}}}}\n"
    )
    build = dbt(
        *("run", "--select", MODEL, "--profiles-dir", str(foreign)), as_command=True
    )
    assert build.returncode != 0
    assert "does not load the plugin" in build.output
    assert "Unset DBT_PROFILES_DIR" in build.output
    assert "Traceback" not in build.output


# --- values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1,5,0", "1,5,0"),
        ("-6.2", "-6.2"),
        ("123.456", "123.456"),
        ("--", "--"),
        ("1.234.567,89", "#.###.###,##"),
        ("1234567", "#######"),
        ("0171/5551234", "####/#######"),
        ("+49 171 5551234", "+## ### #######"),
        ("0171.55.1234", "####.##.####"),
        ("12-34-5678", "##-##-####"),
        ("123-45-6789", "###-##-####"),
        ("4111 1111 1111 1111", "#### #### #### ####"),
        ("31/02/2022", "31/02/2022"),
        ("2022-02-31", "2022-02-31"),
        ("2.1.22", "2.1.22"),
        ("0000-00-00", "0000-00-00"),
        ("13/1/2010 9:10", "13/1/2010 9:10"),
        ("2024-01-01 10:00:00.123456+02:00", "2024-01-01 10:00:00.123456+02:00"),
        ("2024-01/01", "####-##/##"),
        ("20240101", "########"),
        ("$1,234.50", "$1,234.50"),
        ("($5.00)", "($5.00)"),
        ("15 %", "15 %"),
        ("1\u00a0234,50\u00a0€", "1\u00a0234,50\u00a0€"),
        ("$12,345.67", "$##,###.##"),
        ("(021) 555-1234", "(###) ###-####"),
        ("Rp 5", None),
        ("Ann", None),
        ("12 Main Street", None),
        ("1.7e+10", None),
        ("1" * 41, None),
    ],
)
def test_a_reason_shows_what_cannot_be_personal(value: str, shown: str | None) -> None:
    macro = PROJECT / "macros" / "rejection" / "shown_value.sql"
    shown_value = Template(
        macro.read_text(encoding="utf-8"),
    ).make_module(
        {
            "full_match": lambda text, form: f"regexp_full_match({text}, '{form}')",
            "masked_digits": lambda text: f"regexp_replace({text}, '[0-9]', '#', 'g')",
        }
    )
    sql = f"select {shown_value.shown_value('value')} from (select ? as value)"  # type: ignore[attr-defined]
    assert duckdb.execute(sql, [value]).fetchall() == [(shown,)]


#: What no log, no compiled SQL and no published file may hold.
PLANTED = (
    "ann.planted@mail.example",
    "Ann Q. Planted",
    "Bob Planted",
    "Carla Planted",
    "Dora",
    "Emil Planted",
    "5551234",
    "4111 1111 1111",
    "1715559876",
)
SHOP = """When,Qty,Sum,Who,Name,Mail,Item
2024-01-01,1,10,ann.planted@mail.example,Ann Q. Planted,ann.planted@mail.example,P1
2024-01-02,2,20,17,Bob Planted,,P1
2024-01-03,+49 171 5551234,10,17,Bob Planted,,P1
2024-01-03,Carla Planted,10,17,,,P1
2024-01-03,1,4111 1111 1111 1111,17,,,P1
Carla Planted,1,10,17,,,P1
2024-01-03,"Dora "Planted,10,17,,,P1
31/02/2022,1,10,17,,,P1
"""


def shop(folder: Path, text: str = SHOP) -> dict[str, Any]:
    path = folder / "shop.csv"
    path.write_text(text, encoding="utf-8")
    columns = {
        "order_date": "When",
        "quantity": "Qty",
        "sales_amount": "Sum",
        "customer_id": "Who",
        "customer_name": "Name",
        "email": "Mail",
        "product_id": "Item",
    }
    return {"path": str(path), "columns": columns}


def till(folder: Path, total: str = "5.0") -> dict[str, Any]:
    path = folder / "till.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create table people as select * from (values"
            " ('Emil Planted'), ('01715559876'), ('Bob Planted')) as t(name)"
        )
        made.execute(
            "create view sold as select date '2024-01-05' as day,"
            f" {total} as total, name as customer,"
            " if(starts_with(name, 'Emil'), 0, 1715559876) as discount from people"
        )
    columns = {
        "order_date": "day",
        "sales_amount": "total",
        "customer_id": "customer",
        "discount_rate": "discount",
    }
    return {
        "database": str(path),
        "table": "sold",
        "columns": columns,
        "customer_id_is_personal": True,
    }


def outside(folder: Path) -> list[tuple[str, str]]:
    """Where dbt wrote something personal beside the warehouse."""
    return found_in(folder / "logs", PLANTED) + found_in(folder / "target", PLANTED)


def test_nothing_personal_leaves_the_warehouse(tmp_path: Path) -> None:
    home = tmp_path / "dbt"
    dbt = make_dbt(home)

    def build(*more: str, **entries: dict[str, Any]) -> Build:
        settings = {"sources": [], "mapped_sources": entries}
        arguments = (*SMALL, "--log-level-file", "debug", *more)
        return dbt(*arguments, settings=settings)

    good = build(shop=shop(tmp_path), till=till(tmp_path))
    assert good.returncode == 0, good.output
    assert outside(home) == []
    assert [text for text in PLANTED if text in good.output] == []
    # All of it is in the warehouse, whose files are closed.
    warehouse = modes(good.warehouse.parent)
    assert len(warehouse) > 2
    assert [name for name, mode in warehouse.items() if mode & OTHERS] == []
    assert len(found_in(good.warehouse.parent, PLANTED)) >= len(PLANTED) - 1
    assert "customer ids of shop look like e-mail addresses" in good.output
    assert "mapped_sources.shop.customer_id_is_personal to true" in good.output
    assert "customer ids of till" not in good.output
    reasons = good.rows(
        "select rejection_reason from core.fct_rejected_rows order by source_table, 1"
    )
    assert [reason for (reason,) in reasons] == [
        "order_date '31/02/2022' is not a date of the form %Y-%m-%d; "
        'set date_format: "%d/%m/%Y"',
        "order_date is not a date of the form %Y-%m-%d",
        "quantity '+## ### #######' is not a number up to 10,000,000",
        "quantity is not a number up to 10,000,000",
        "sales_amount '#### #### #### ####' is not a number up to 1,000,000,000,000",
        "text after a closing quote",
        *["discount_rate ##########.# is not between 0 and 1"] * 2,
    ]
    keys = good.rows("select business_id, customer_id from core.dim_customers")
    assert ("shop", "17") in keys
    assert len([key for _, key in keys if len(key) == 32]) == 2
    publish_core_and_sales_only(good)
    published = tmp_path / "published"
    environment = {
        **os.environ,
        "RETAIL_MARTS_WAREHOUSE": str(good.warehouse),
        "DBT_TARGET_PATH": str(home / "target"),
    }
    command = [sys.executable, "-m", "retail_marts.cli", "publish", "--out"]
    subprocess.run([*command, str(published)], env=environment, check=True)
    assert found_in(published, PLANTED) == []
    assert found_in(published, ["##########.#"]) != []

    # A test that fails, its rows stored.
    text = "When,Qty,Sum,Who,Name,Mail,Item\n" + SHOP.split("\n", 5)[5]
    failed = build("--store-failures", shop=shop(tmp_path, text.partition("31/")[0]))
    assert "assert_no_file_is_rejected_whole" in failed.output
    assert failed.returncode == 1
    assert outside(home) == []

    # A file without a header, and a table with a value that cannot be read.
    broken = build(
        shop=shop(tmp_path, SHOP.split("\n", 1)[1]),
    )
    assert "may be a row of data" in broken.output
    assert outside(home) == []
    broken = build(till=till(tmp_path, "cast(name as decimal(9, 2))"))
    assert "Conversion Error" in broken.output
    assert outside(home) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["1", "2", "x@y.example"], "e-mail addresses"),
        (["Ann Planted", "O'Neil, Éva", "7"], "names of persons"),
        (["+49 171 5551234", "0171/5551234"], "phone numbers"),
        (["17850", "00012345", "C-17"], None),
        (["Guest user", "1", "2", "3"], None),
        ([None], None),
    ],
)
@pytest.mark.parametrize("is_said", [None, False, True])
def test_ids_that_look_personal_are_told(
    ids: list[str | None], said: str | None, *, is_said: bool | None
) -> None:
    more = {} if is_said is None else {"customer_id_is_personal": is_said}
    columns = {"order_date": "d", "sales_amount": "t", "customer_id": "c"}
    (source,) = mapped_sources({"shop": {"path": "a.csv", "columns": columns, **more}})
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.mapped__shop__sales_lines as"
            " select unnest(?::varchar[]) as customer_id",
            [ids],
        )
        found = raw_tables.personal_ids(connection, source)
    assert found == (said if is_said is None else None)


def test_which_ids_are_hashed_never_depends_on_other_files(
    dbt: Dbt, tmp_path: Path
) -> None:
    """An id keeps its key when later files hold addresses; the setting changes all."""
    columns = {"order_date": "d", "sales_amount": "t", "customer_id": "c"}
    entry = {"path": str(tmp_path / "*.csv"), "columns": columns}

    def keys(**more: bool) -> dict[str, str]:
        settings = {"sources": [], "mapped_sources": {"shop": {**entry, **more}}}
        built = dbt("run", "--select", "+fct_sales_lines", settings=settings)
        assert built.returncode == 0, built.output
        found = built.rows(
            "select sales_amount::integer, customer_id from core.fct_sales_lines"
        )
        return {str(amount): key for amount, key in found}

    lines = "".join(f"2024-01-01,{amount},17\n" for amount in range(100, 110))
    (tmp_path / "a.csv").write_text(f"d,t,c\n{lines}2024-01-01,1,17\n")
    assert keys()["1"] == "17"
    (tmp_path / "b.csv").write_text("d,t,c\n2024-01-02,2,x@y.example\n")
    later = keys()
    assert later["1"] == "17"
    assert len(later["2"]) == 32
    assert later["2"].isalnum()
    plain = keys(customer_id_is_personal=False)
    assert (plain["1"], plain["2"]) == ("17", "x@y.example")
    hashed = keys(customer_id_is_personal=True)
    assert hashed["2"] == later["2"]
    assert len(hashed["1"]) == 32
