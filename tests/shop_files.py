"""Input files and settings of a few small businesses, and edits of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from conftest import SAMPLE
from pyarrow import parquet

HEADERS = (
    "business_id",
    "order_id",
    "order_date",
    "customer_id",
    "customer_name",
    "email",
    "product_id",
    "product_name",
    "category",
    "store_id",
    "quantity",
    "sales_amount",
    "shipping_cost_amount",
)
_PLACES = {header: place for place, header in enumerate(HEADERS)}
#: A row of a file as texts, in the order of HEADERS; one too many if it is broken.
Row = list[str]

_FIRST_DAY = date(2024, 1, 1)
_DAYS = 180
_BUSINESSES = ("north", "south", "east")
#: Entries that have sales files, by the kind of their files.
KINDS = {"shop": "csv", "chain": "csv", "till": "parquet"}
ROW_CHANGES = ("append", "correct", "spoil", "duplicate", "shrink", "sort", "empty")
OPTIONAL_COLUMNS = ("category", "store_id", "product_name", "email")
#: Settings that an edit changes, with the values that it chooses from: (entry, or None
#: for a setting of the whole project), name, values. A null takes the setting out.
CHANGES: tuple[tuple[str | None, str, tuple[Any, ...]], ...] = (
    ("shop", "duplicates", ("reject", None)),
    ("till", "duplicates", ("reject", None)),
    ("shop", "negative_quantity_is_return", (False, None)),
    ("chain", "return_order_prefix", ("7", None)),
    ("shop", "business_name", ("Market", "Shop", None)),
    ("chain", "currency", ("EUR", None)),
    ("till", "order_key", (["order_id", "customer_id"], None)),
    ("chain", "customer_id_is_personal", (True, False, None)),
    ("shop", "fill_down", (None, ["customer_name"])),
    ("till", "fill_down", (["customer_name", "order_date"], None)),
    ("shop", "order_amounts", (None, ["shipping_cost_amount"])),
    ("chain", "order_amounts", (["shipping_cost_amount"], None)),
    (
        "shop",
        "filters",
        (None, [{"column": "store_id", "drop": ["s1"]}]),
    ),
    (
        "chain",
        "filters",
        ([{"column": "product_name", "keep": ["product 1", "Product 2"]}], None),
    ),
    ("shop", "orders_ahead", (True, None)),
    (None, "sources", ([], ["kalbe"])),
    (None, "as_of_date", ("2024-05-31", None)),
)


class ShopFiles:
    """The files and settings of four businesses or more.

    A file is named by a number, taken modulo how many there are, so that any number
    names one. ``seed`` is what an edit chooses rows by.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        self.files: dict[str, list[Row]] = {}
        self.entries: dict[str, dict[str, Any]] = {
            entry: {
                "path": f"{folder}/{entry}/*.{kind}",
                "columns": {
                    header: header
                    for header in HEADERS
                    if (header != "business_id" or entry == "chain")
                    # The e-mail address is the key of its customers.
                    and (header != "customer_id" or entry != "till")
                },
            }
            for entry, kind in KINDS.items()
        }
        self.entries["shop"] |= {
            "fill_down": ["customer_name"],
            "order_amounts": ["shipping_cost_amount"],
            "filters": [{"column": "store_id", "drop": ["s1"]}],
        }
        self._removed: dict[str, dict[str, Any]] = {}
        self.project: dict[str, Any] = {"sources": ["kalbe"]}
        for entry, kind in KINDS.items():
            for part in range(4):
                random = Random(f"{entry} {part}")
                self._write(
                    f"{entry}/part-{part}.{kind}",
                    [*_rows(random, 120, first_day=45 * part, days=45)],
                )
        self._write_descriptions()
        self.describe_chain("customers")
        self._write_kalbe()

    def settings(self) -> Mapping[str, Any]:
        return {
            **self.project,
            "raw_data_dir": str(self.folder / "shipped"),
            "mapped_sources": self.entries,
        }

    def row_counts(self) -> set[tuple[str, str, int]]:
        """Source table, file and rows of each sales file of the mapped entries."""
        return {
            (f"sales_lines of {entry}", Path(name).name, len(rows))
            for entry, settings in self.entries.items()
            for name, rows in self.files.items()
            if Path(name).parts[0] == Path(settings["path"]).parent.name
        }

    def shown_names(self) -> set[tuple[str, str]]:
        """Id and name of the businesses whose names only the settings say."""
        return {
            (entry, settings.get("business_name", entry))
            for entry, settings in self.entries.items()
            if "business_id" not in settings["columns"]
        }

    # --------------------------------------------------------------- edits of files

    def add_file(self, entry: str, rows: int, seed: int, *, is_late: bool) -> None:
        """Add a file with new days, or with late lines of old orders and new ones."""
        number = sum(name.startswith(f"{entry}/") for name in self.files)
        first_day, days = (0, _DAYS) if is_late else (_DAYS, 10)
        self._write(
            f"{entry}/new-{number}-{seed}.{KINDS[entry]}",
            [*_rows(Random(seed), rows, first_day=first_day, days=days)],
        )

    def change_rows(self, file: int, how: str, seed: int) -> None:
        name = self._name(file)
        rows = deepcopy(self.files[name])
        random = Random(seed)
        count = random.randint(1, 6)
        chosen = random.sample(range(len(rows)), min(count, len(rows)))
        if how == "append":
            rows += _rows(random, count, first_day=0, days=_DAYS)
        elif how == "shrink":
            rows = [row for place, row in enumerate(rows) if place not in chosen]
        elif how == "empty":
            rows = []
        elif how == "duplicate":
            rows += [list(rows[place]) for place in chosen]
        elif how == "sort":
            rows.sort()
        for place in chosen:
            if how == "correct":
                column = random.randrange(1, len(HEADERS))
                rows[place][column] = random.choice(rows)[column]
            elif how == "spoil":
                header, value = random.choice(
                    [
                        ("order_date", "2024-02-30"),
                        ("quantity", "two"),
                        ("sales_amount", ""),
                        ("order_id", ""),
                        ("sales_amount", "1,5"),
                    ]
                )
                rows[place][_PLACES[header]] = value
                if value == "1,5":
                    rows[place].append("one field too many")
        self._write(name, rows)

    def move_rows(self, file: int, other: int, seed: int) -> None:
        source, target = self._name(file), self._name(other)
        rows = self.files[source]
        count = Random(seed).randint(0, len(rows))
        if source != target:
            self._write(target, self.files[target] + rows[:count])
            self._write(source, rows[count:])

    def swap_files(self, file: int, other: int) -> None:
        """Exchange the contents of two files of an entry, and their times."""
        first, second = self._name(file), self._name(other)
        if Path(first).suffix == Path(second).suffix:
            times = {name: (self.folder / name).stat() for name in (first, second)}
            rows = self.files[first]
            self._write(first, self.files[second])
            self._write(second, rows)
            for name, other_name in ((first, second), (second, first)):
                self._set_time(name, times[other_name])

    def rename_file(self, file: int, seed: int) -> None:
        name = self._name(file)
        path = Path(name)
        new = f"{path.parent}/renamed-{seed}{path.suffix}"
        if new not in self.files:
            (self.folder / name).rename(self.folder / new)
            self.files[new] = self.files.pop(name)

    def remove_file(self, file: int) -> None:
        name = self._name(file)
        folder = Path(name).parent
        # A pattern that matches no file is an error.
        if sum(Path(other).parent == folder for other in self.files) > 1:
            del self.files[name]
            (self.folder / name).unlink()

    def touch_file(self, file: int, seconds: int) -> None:
        """Give a file another time; its bytes stay."""
        path = self.folder / self._name(file)
        before = path.stat().st_mtime
        os.utime(path, (before + seconds, before + seconds))

    def change_bytes_only(self, file: int, seed: int) -> None:
        """Change digits of a file that keeps its time and, as text, its size."""
        name = self._name(file)
        before = (self.folder / name).stat()
        rows = deepcopy(self.files[name])
        digits = str.maketrans("123456789", "234567891")
        for place in Random(seed).sample(range(len(rows)), min(3, len(rows))):
            amount = rows[place][_PLACES["sales_amount"]]
            rows[place][_PLACES["sales_amount"]] = amount.translate(digits)
        self._write(name, rows)
        self._set_time(name, before)

    def change_descriptions(self, seed: int) -> None:
        self._write_descriptions(seed)

    def change_kalbe(self, seed: int) -> None:
        """Remove, repeat and correct transactions of the shipped source."""
        self._write_kalbe(seed)

    # --------------------------------------------- edits of businesses and settings

    def rename_business(self, old: int, new: int) -> None:
        """Give a business of the chain another id in all files."""
        self._change_business(_BUSINESSES[old], [_BUSINESSES[new]])

    def remove_business(self, old: int) -> None:
        self._change_business(_BUSINESSES[old], [])

    def rename_entry(self, entry: str) -> None:
        """Name an entry, and so its business, otherwise; its files stay."""
        if entry in self.entries and "renamed" not in self.entries:
            self.entries["renamed"] = self.entries.pop(entry)
        elif entry == "renamed" and entry in self.entries:
            folder = Path(self.entries[entry]["path"]).parent.name
            self.entries[folder] = self.entries.pop(entry)

    def remove_or_restore_entry(self, entry: str) -> None:
        """Take out an entry, one at a time, or put it back."""
        if entry in self.entries and not self._removed:
            self._removed[entry] = self.entries.pop(entry)
        elif entry in self._removed:
            self.entries[entry] = self._removed.pop(entry)

    def describe_chain(self, kind: str) -> None:
        """Add the file of the chain's customers or products, or take it out."""
        chain = self.entries.get("chain")
        if chain is not None and chain.pop(kind, None) is None:
            columns = self._descriptions[kind][0]
            chain[kind] = {
                "path": f"{self.folder}/{kind}.csv",
                "columns": {column: column for column in columns},
            }

    def change_columns(self, entry: str, column: str) -> None:
        """Take a column out of an entry, or put it back."""
        columns = self.entries.get(entry, {}).get("columns", {})
        if columns and columns.pop(column, None) is None:
            columns[column] = column

    def change_setting(self, change: int, choice: int) -> None:
        entry, name, values = CHANGES[change]
        settings = self.project if entry is None else self.entries.get(entry, {})
        value = values[choice % len(values)]
        if value is None:
            settings.pop(name, None)
        elif settings:
            settings[name] = value

    def change_zone(self, zone: str) -> None:
        """Set the time zone of the till, whose days come from instants."""
        if "till" in self.entries:
            self.entries["till"]["time_zone"] = zone

    def move_build_day(self, day: str) -> None:
        """Set the day of the build, after which rows are late; empty: today."""
        self.project["build_day"] = day

    # ---------------------------------------------------------------------- on disk

    def _name(self, file: int) -> str:
        names = sorted(self.files)
        return names[file % len(names)]

    def _change_business(self, old: str, new: list[str]) -> None:
        for name, rows in self.files.items():
            if name.startswith("chain/") and any(row[0] == old for row in rows):
                kept = [
                    [business, *row[1:]]
                    for row in rows
                    for business in (new if row[0] == old else [row[0]])
                ]
                self._write(name, kept)

    def _set_time(self, name: str, times: os.stat_result) -> None:
        os.utime(self.folder / name, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _write(self, name: str, rows: list[Row]) -> None:
        self.files[name] = rows
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            # A row of Parquet has as many fields as any other.
            parquet.write_table(_typed([row[: len(HEADERS)] for row in rows]), path)
        else:
            path.write_text(_delimited(",", HEADERS, rows))

    def _write_descriptions(self, seed: int = 0) -> None:
        random = Random(seed)
        self._descriptions = {
            "customers": (
                ("business_id", "customer_id", "customer_name", "age"),
                [
                    [
                        business,
                        f"C{number}",
                        f"Person {number}",
                        str(random.randint(18, 70)),
                    ]
                    for business in _BUSINESSES
                    for number in range(random.randint(5, 12))
                ],
            ),
            "products": (
                ("business_id", "product_id", "product_name", "category"),
                [
                    [business, f"P{number}", f"Thing {number}", random.choice("ABC")]
                    for business in _BUSINESSES
                    for number in range(random.randint(3, 9))
                ],
            ),
        }
        for kind, (columns, rows) in self._descriptions.items():
            (self.folder / f"{kind}.csv").write_text(_delimited(",", columns, rows))

    def _write_kalbe(self, seed: int | None = None) -> None:
        target = self.folder / "shipped" / "kalbe"
        target.mkdir(parents=True, exist_ok=True)
        kept = {"Customer": 40, "Product": 20, "Store": 20, "Transaction": 150}
        for table, count in kept.items():
            text = (SAMPLE / "kalbe" / f"{table}.csv").read_text()
            header, *lines = text.splitlines()
            lines = lines[:count]
            if table == "Transaction" and seed is not None:
                random = Random(seed)
                lines = lines[random.randint(0, 20) :]
                lines += random.sample(lines, random.randint(0, 5))
                lines[-1] = lines[-1].replace(";1", ";2")
            (target / f"{table}.csv").write_text("\n".join([header, *lines]) + "\n")


def _rows(random: Random, count: int, *, first_day: int, days: int) -> Iterator[Row]:
    for _ in range(count):
        day = _FIRST_DAY + timedelta(first_day + random.randrange(days))
        customer, product = random.randrange(9), random.randrange(7)
        quantity = random.choice([1, 1, 2, 3, -1])
        yield [
            random.choice(_BUSINESSES[:2]),
            # Orders of one id: with several lines, and now and then of several days.
            f"{random.randrange(3, 8)}{day:%m%d}{random.randrange(3)}"
            if random.random() < 0.9
            else f"{random.randrange(20)}",
            f"{day:%Y-%m-%d}",
            f"C{customer}",
            "" if random.random() < 0.2 else f"Person {customer}",
            f"c{customer}@example.org",
            f"P{product}",
            random.choice([f"Product {product}"] * 9 + [f"product {product}"]),
            f"Group {product % 3}",
            f"S{random.randrange(3)}",
            str(quantity),
            f"{quantity * (product + 1) + random.randrange(100) / 100:.2f}",
            random.choice(["", "", "1.99", "5"]),
        ]


def _delimited(separator: str, header: tuple[str, ...], rows: list[Row]) -> str:
    return "".join(f"{separator.join(row)}\n" for row in [header, *rows])


def _typed(rows: list[Row]) -> pa.Table:
    """The rows in types: instants, decimals and texts; null where one is spoilt."""
    columns: dict[str, pa.Array] = {}
    for place, header in enumerate(HEADERS):
        texts = [row[place] for row in rows]
        if header == "order_date":
            columns[header] = pa.array(
                [_instant(text, place) for place, text in enumerate(texts)],
                pa.timestamp("us", tz="UTC"),
            )
        elif header in ("quantity", "sales_amount"):
            columns[header] = pa.array(
                [_number(text) for text in texts], pa.decimal128(12, 2)
            )
        else:
            columns[header] = pa.array(texts, pa.string())
    return pa.table(columns)


def _instant(text: str, place: int) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(hour=place % 24, tzinfo=UTC)
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
