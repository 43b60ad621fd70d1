"""What a user may write under ``mapped_sources``, checked before any row is read.

A mapping binds the columns of flat files to the canonical sales line (or customer,
product, store). Nothing here reads data: the checks name the setting that is wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retail_marts.errors import InputError

#: Canonical columns a mapping can bind, by kind of file.
CANONICAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "sales_lines": (
        "business_id",
        "order_id",
        "order_date",
        "customer_id",
        "customer_name",
        "email",
        "product_id",
        "product_name",
        "category",
        "sub_category",
        "store_id",
        "store_name",
        "ship_mode",
        "country",
        "region",
        "market",
        "quantity",
        "unit_price_amount",
        "sales_amount",
        "discount_rate",
        "profit_amount",
        "shipping_cost_amount",
    ),
    "customers": (
        "business_id",
        "customer_id",
        "customer_name",
        "email",
        "gender",
        "marital_status",
        "customer_group",
        "city",
        "state",
        "country",
        "region",
        "market",
        "age",
        "income_amount",
        "credit_card_debt_amount",
        "net_worth_amount",
        "spend_amount",
    ),
    "products": (
        "business_id",
        "product_id",
        "product_name",
        "category",
        "sub_category",
        "list_price_amount",
    ),
    "stores": (
        "business_id",
        "store_id",
        "store_name",
        "store_group",
        "store_type",
        "latitude",
        "longitude",
    ),
    "populations": (
        "family_id",
        "implicate_id",
        "weight",
        "gender",
        "marital_status",
        "age",
        "income_amount",
        "credit_card_debt_amount",
        "debt_amount",
        "net_worth_amount",
        "vehicle_count",
    ),
}

#: Files beside the sales lines, and the column that each must have.
_DESCRIBING_FILES = {
    "customers": "customer_id",
    "products": "product_id",
    "stores": "store_id",
}
_FILE_DEFAULTS: dict[str, Any] = {
    "path": None,
    "database": None,
    "table": None,
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "decimal_mark": ".",
    "thousands_mark": "",
}
_ENTRY_DEFAULTS: dict[str, Any] = {
    "business_name": None,
    "currency": None,
    "country_code": None,
    "return_order_prefix": None,
    "negative_quantity_is_return": True,
    "duplicates": "keep",
    "order_key": ["order_id"],
    "customer_id_is_personal": False,
}
_SWITCHES = ("negative_quantity_is_return", "customer_id_is_personal")
_TEXTS = (
    "path",
    "database",
    "table",
    "encoding",
    "date_format",
    "business_name",
    "population_name",
    "currency",
    "country_code",
    "return_order_prefix",
)
_POPULATION_DEFAULTS: dict[str, Any] = {
    "population_name": None,
    "currency": None,
    "country_code": None,
}


@dataclass(frozen=True)
class MappedFile:
    """One mapped file or table: where it is, how it is written, what it holds.

    ``columns`` goes from canonical name to the file's own header.
    """

    setting: str
    kind: str
    columns: Mapping[str, str]
    path: str | None
    database: str | None
    table: str | None
    separator: str
    encoding: str
    date_format: str
    decimal_mark: str
    thousands_mark: str

    @property
    def is_parquet(self) -> bool:
        return self.path is not None and self.path.lower().endswith(".parquet")


@dataclass(frozen=True)
class MappedSource:
    """A checked entry of ``mapped_sources``: files by kind, rules by name."""

    name: str
    files: Mapping[str, MappedFile]
    rules: Mapping[str, Any]


def mapped_sources(entries: Any, *, shipped: tuple[str, ...]) -> list[MappedSource]:
    """Check the ``mapped_sources`` setting.

    Parameters
    ----------
    entries
        The setting as dbt renders it: a mapping from business to its entry, or nothing.
    shipped
        Names of the shipped sources, which a mapped business must not take.

    Raises
    ------
    InputError
        Naming the setting that is unknown, missing or of the wrong kind.
    """
    if entries in (None, "", [], {}):
        return []
    if not isinstance(entries, Mapping):
        raise InputError(
            "mapped_sources is not a list of businesses with their settings.",
            remedy="Write `mapped_sources: {my_shop: {path: ..., columns: {...}}}` "
            "under `vars` in dbt_project.yml.",
        )
    return [
        _mapped_source(str(name), entry, shipped=shipped)
        for name, entry in entries.items()
    ]


def mapped_populations(entries: Any, *, shipped: tuple[str, ...]) -> list[MappedSource]:
    """Check the ``mapped_populations`` setting.

    Parameters
    ----------
    entries
        The setting as dbt renders it: a mapping from population to its entry (one
        file), or nothing.
    shipped
        Names of the shipped populations, which an entry must not take.

    Raises
    ------
    InputError
        Naming the setting that is unknown, missing or of the wrong kind.
    """
    if entries in (None, "", [], {}):
        return []
    if not isinstance(entries, Mapping):
        raise InputError(
            "mapped_populations is not a list of populations with their settings.",
            remedy="Write `mapped_populations: {my_survey: {path: ..., columns: "
            "{...}}}` under `vars` in dbt_project.yml.",
        )
    return [
        _mapped_population(str(name), entry, shipped=shipped)
        for name, entry in entries.items()
    ]


def _mapped_population(
    name: str, entry: Any, *, shipped: tuple[str, ...]
) -> MappedSource:
    setting = f"mapped_populations.{name}"
    _check_name(name, entry, kind="mapped_populations", shipped=shipped)
    _check_keys(
        entry,
        known={*_FILE_DEFAULTS, *_POPULATION_DEFAULTS, "columns"},
        setting=setting,
    )
    _check_kinds(entry, setting=setting)
    file = _mapped_file(entry, kind="populations", setting=setting)
    if "weight" not in file.columns:
        raise InputError(
            f"{setting}.columns does not say which column is weight.",
            remedy="Add `weight: <the header of that column>`: how many families a row "
            "stands for. Where every row counts the same, give the file a column of "
            "ones.",
        )
    if "implicate_id" in file.columns and "family_id" not in file.columns:
        raise InputError(
            f"{setting}.columns has implicate_id, but no family_id.",
            remedy="Add `family_id: <the header of that column>`.",
        )
    given = {k: entry.get(k, default) for k, default in _POPULATION_DEFAULTS.items()}
    rules = {**_ENTRY_DEFAULTS, **given, "business_name": given["population_name"]}
    del rules["population_name"]
    return MappedSource(name=name, files={"populations": file}, rules=rules)


def _check_name(name: str, entry: Any, *, kind: str, shipped: tuple[str, ...]) -> None:
    what = "population" if kind == "mapped_populations" else "business"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise InputError(
            f"{kind} has a {what} called {_shown(name)}.",
            remedy="Name it with lower-case letters, digits and underscores, starting "
            "with a letter, at most 41 characters (the shown name goes under "
            f"{what}_name).",
        )
    if name in shipped:
        raise InputError(
            f"{kind}.{name} takes the name of a shipped source.",
            remedy=f"Choose another name than {', '.join(shipped)}.",
        )
    if not isinstance(entry, Mapping):
        raise InputError(
            f"{kind}.{name} holds no settings.",
            remedy="Give it at least `path` and `columns`.",
        )


def _mapped_source(name: str, entry: Any, *, shipped: tuple[str, ...]) -> MappedSource:
    setting = f"mapped_sources.{name}"
    _check_name(name, entry, kind="mapped_sources", shipped=shipped)
    _check_keys(
        entry,
        known={*_FILE_DEFAULTS, *_ENTRY_DEFAULTS, "columns", *_DESCRIBING_FILES},
        setting=setting,
    )
    _check_kinds(entry, setting=setting)
    _check_choice(entry, "duplicates", ("keep", "reject"), setting=setting)
    _check_order_key(entry, setting=setting)
    files = {"sales_lines": _mapped_file(entry, kind="sales_lines", setting=setting)}
    _check_sales_columns(files["sales_lines"].columns, setting=setting)
    for kind, key in _DESCRIBING_FILES.items():
        extra = entry.get(kind)
        if extra is None:
            continue
        extra_setting = f"{setting}.{kind}"
        if not isinstance(extra, Mapping):
            raise InputError(
                f"{extra_setting} holds no settings.",
                remedy="Give it `path` and `columns`, or leave it out.",
            )
        _check_keys(extra, known={*_FILE_DEFAULTS, "columns"}, setting=extra_setting)
        _check_kinds(extra, setting=extra_setting)
        inherited = {
            k: entry[k]
            for k in ("separator", "encoding", "decimal_mark", "thousands_mark")
            if k in entry
        }
        files[kind] = _mapped_file(
            {**inherited, **extra}, kind=kind, setting=extra_setting
        )
        if key not in files[kind].columns:
            raise InputError(
                f"{extra_setting}.columns does not say which column is {key}.",
                remedy=f"Add `{key}: <the header of that column>`.",
            )
    if "customers" in files and "customer_id" not in files["sales_lines"].columns:
        raise InputError(
            f"{setting} has a customer file, but its sales lines have no customer_id.",
            remedy=f"Add `customer_id: <header>` to {setting}.columns, or leave "
            "`customers` out.",
        )
    rules = {key: entry.get(key, default) for key, default in _ENTRY_DEFAULTS.items()}
    return MappedSource(name=name, files=files, rules=rules)


def _mapped_file(entry: Mapping[str, Any], *, kind: str, setting: str) -> MappedFile:
    path, database, table = (
        entry.get(k) or None for k in ("path", "database", "table")
    )
    if (path is None) == (table is None) or (table is not None and database is None):
        raise InputError(
            f"{setting} names no file to read, or more than one.",
            remedy="Give `path` (a .csv, .csv.gz or .parquet file, or a pattern like "
            "sales/*.csv), or `database` and `table` (a table of another DuckDB file).",
        )
    columns = entry.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        raise InputError(
            f"{setting}.columns is missing.",
            remedy="List the canonical columns with the headers of your file, for "
            "example `columns: {order_date: Date, quantity: Qty, sales_amount: Sum}`.",
        )
    _check_keys(
        columns, known=set(CANONICAL_COLUMNS[kind]), setting=f"{setting}.columns"
    )
    for name, header in columns.items():
        _check_text(header, setting=f"{setting}.columns.{name}")
        if not header.strip():
            raise InputError(
                f"{setting}.columns.{name} is empty.",
                remedy="Write the header of that column, or leave the line out.",
            )
    settings = {**_FILE_DEFAULTS, **entry}
    for key in ("separator", "decimal_mark", "thousands_mark"):
        value = settings[key]
        is_mark = isinstance(value, str) and len(value) <= 1
        if not is_mark or not _is_sound(value):
            raise InputError(
                f"{setting}.{key} is {_shown(value)}, not one character.",
                remedy='Write one character in quotes, such as ";" (a tab is "\\t").',
            )
    if settings["decimal_mark"] not in {".", ","}:
        raise InputError(
            f"{setting}.decimal_mark is {settings['decimal_mark']!r}.",
            remedy='Write "." or ",".',
        )
    if settings["decimal_mark"] == settings["thousands_mark"]:
        raise InputError(
            f"{setting}: decimal_mark and thousands_mark are the same.",
            remedy="Leave thousands_mark out when numbers have none.",
        )
    if not settings["separator"] or settings["separator"] in '"\r\n':
        raise InputError(
            f"{setting}.separator is {settings['separator']!r}.",
            remedy='Write the character between two fields, such as "," or ";".',
        )
    mark = settings["thousands_mark"]
    if mark and (mark.isalnum() or mark in "+-"):
        raise InputError(
            f"{setting}.thousands_mark is {mark!r}, which is part of numbers.",
            remedy='Write the mark between groups of three digits, such as ".", ",", '
            '" " or "\'".',
        )
    _check_date_format(settings["date_format"], setting=setting)
    return MappedFile(
        setting=setting,
        kind=kind,
        columns=dict(columns),
        path=path,
        database=database,
        table=table,
        separator=settings["separator"],
        encoding=settings["encoding"],
        date_format=settings["date_format"],
        decimal_mark=settings["decimal_mark"],
        thousands_mark=settings["thousands_mark"],
    )


def _check_sales_columns(columns: Mapping[str, str], *, setting: str) -> None:
    if "order_date" not in columns:
        raise InputError(
            f"{setting}.columns does not say which column is order_date.",
            remedy="Add `order_date: <the header of that column>`.",
        )
    if "sales_amount" not in columns and not {"unit_price_amount", "quantity"} <= set(
        columns
    ):
        raise InputError(
            f"{setting}.columns holds no money.",
            remedy="Add `sales_amount` (the total of a line), or both "
            "`unit_price_amount` and `quantity`.",
        )


def _check_keys(given: Mapping[str, Any], *, known: set[str], setting: str) -> None:
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), sorted(known), n=1)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise InputError(
                f"{setting} has a setting {_shown(key)} that does not exist.",
                remedy=f"{hint}Known are: {', '.join(sorted(known))}.",
            )


def _check_kinds(entry: Mapping[str, Any], *, setting: str) -> None:
    """Check that texts are texts and switches are true or false."""
    for key in _TEXTS:
        # `date_format:` with nothing behind it is a slip; a name may be left empty.
        if entry.get(key) is not None or key in ("encoding", "date_format"):
            _check_text(
                entry.get(key, _FILE_DEFAULTS.get(key, "")), setting=f"{setting}.{key}"
            )
    for key in _SWITCHES:
        if not isinstance(entry.get(key, False), bool):
            raise InputError(
                f"{setting}.{key} is {_shown(entry[key])}.",
                remedy="Write true or false.",
            )


def _check_text(value: Any, *, setting: str) -> None:
    if not isinstance(value, str):
        raise InputError(
            f"{setting} is {_shown(value)}, which is no text.",
            remedy="Write it in quotes: without them YAML reads 007 as a number, NO "
            "as false, 2024-01-31 as a date and nothing as null.",
        )
    if not _is_sound(value):
        raise InputError(
            f"{setting} is {_shown(value)}, which holds a character that no text has.",
            remedy="Write the text anew.",
        )


def _shown(value: Any) -> str:
    """What a setting holds, for a message; a very long value cut short."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]} ..."


def _is_sound(text: str) -> bool:
    """Say whether engines and files can hold this text: no NUL, no half character."""
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


def _check_choice(
    entry: Mapping[str, Any], key: str, choices: tuple[str, ...], *, setting: str
) -> None:
    value = entry.get(key, choices[0])
    if value not in choices:
        raise InputError(
            f"{setting}.{key} is {_shown(value)}.",
            remedy=f"Write one of: {', '.join(choices)}.",
        )


def _check_order_key(entry: Mapping[str, Any], *, setting: str) -> None:
    key = entry.get("order_key", _ENTRY_DEFAULTS["order_key"])
    allowed = ("customer_id", "order_date", "order_id", "store_id")
    if not isinstance(key, list) or not key or any(part not in allowed for part in key):
        raise InputError(
            f"{setting}.order_key is {_shown(key)}.",
            remedy=f"Write a list of some of: {', '.join(allowed)}.",
        )


def _check_date_format(date_format: Any, *, setting: str) -> None:
    directives = set(re.findall(r"%-?([A-Za-z])", str(date_format)))
    if not (
        directives & {"Y", "y"} and directives & {"m", "b", "B"} and "d" in directives
    ) and not ({"j", "Y"} <= directives):
        raise InputError(
            f"{setting}.date_format is {_shown(date_format)}, which names no day.",
            remedy="Write it with %Y, %m and %d as the file has them, for example "
            '"%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
        )
