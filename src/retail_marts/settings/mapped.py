"""Settings of the user's own files: ``mapped_sources`` and ``mapped_populations``.

A mapping binds the columns of flat files to the canonical sales line (or customer, or
product, or family). The landing takes :class:`MappedSource` entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from retail_marts.settings.kinds import (
    Flag,
    Mark,
    OneOf,
    Section,
    SomeOf,
    Text,
    Value,
    as_mapping,
    refused,
    setting,
    shown,
)

ORDER_KEYS = ("order_id", "customer_id", "order_date", "store_id")

#: What an entry's other files have from it.
_HANDED_DOWN = ("separator", "encoding", "decimal_mark", "thousands_mark")

# Left out is none; written, it needs a text.
Header = Annotated[str | None, Text(may_be_empty=False)]
Name = Annotated[str, Text()]


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

    def shown(self, path: Path) -> str:
        """The name of a file in the marts; of a table, its database's name too."""
        return path.name if self.table is None else f"{path.name}/{self.table}"


@dataclass(frozen=True)
class MappedSource:
    """An entry as the landing takes it: files by kind, rules by name."""

    name: str
    files: Mapping[str, MappedFile]
    rules: Mapping[str, Any]

    @property
    def has_business_column(self) -> bool:
        """Whether a file names the businesses, so that settings alone do not."""
        return any("business_id" in file.columns for file in self.files.values())


class EntryName(Text):
    """A name of the user's own that becomes part of a table's name."""

    def read(self, value: Any) -> str:
        if re.fullmatch(r"[a-z][a-z0-9_]{0,40}", str(value)):
            return str(value)
        raise refused(
            f"names {shown(value)}, which cannot be the name of an entry.",
            "Name it with lower-case letters, digits and underscores, starting with a "
            "letter, at most 41 characters (the shown name goes under business_name "
            "or population_name).",
        )


#: Settings by entry.
ByEntry = Annotated[
    dict[Annotated[str, EntryName()], Value], BeforeValidator(as_mapping)
]


class DateFormat(Text):
    """A format of dates that names a day."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        directives = set(re.findall(r"%-?([A-Za-z])", text))
        names_month = directives & {"Y", "y"} and directives & {"m", "b", "B"}
        if (names_month and "d" in directives) or {"j", "Y"} <= directives:
            return text
        raise refused(
            f"is {shown(text)}, which names no day.",
            "Write it with %Y, %m and %d as the file has them, for example "
            '"%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
        )


class OrderKey(SomeOf):
    """Columns that tell orders apart, in the order in which they are written."""

    def read(self, value: Any) -> tuple[str, ...]:
        super().read(value)
        return tuple(value)


def _separator_fault(mark: str) -> tuple[str, str] | None:
    if mark and mark not in '"\r\n':
        return None
    remedy = 'Write the character between two fields, such as "," or ";".'
    return f"is {mark!r}.", remedy


def _thousands_fault(mark: str) -> tuple[str, str] | None:
    if not mark or not (mark.isalnum() or mark in "+-"):
        return None
    return (
        f"is {mark!r}, which is part of numbers.",
        'Write the mark between groups of three digits, such as ".", ",", " " or "\'".',
    )


def _decimal_fault(mark: str) -> tuple[str, str] | None:
    return (
        None if mark in {".", ","} and mark else (f"is {mark!r}.", 'Write "." or ",".')
    )


class SalesColumns(Section):
    """Our columns of sales lines, with the headers of your file."""

    business_id: Header = setting(
        None, "names the business, where one file holds several"
    )
    order_id: Header = setting(
        None, "without it, a customer's lines of one day and store are one order"
    )
    order_date: Header = setting(
        None, "a time of day is read by `date_format` and then dropped"
    )
    customer_id: Header = setting(
        None,
        "without it, `email` or `customer_name` keys the customer, as a keyed hash",
    )
    customer_name: Header = setting(None, "text; personal")
    email: Header = setting(None, "text; personal")
    product_id: Header = setting(None, "without it, `product_name` is the key")
    product_name: Header = setting(None, "text")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    store_id: Header = setting(None, "without it, `store_name` is the key")
    store_name: Header = setting(None, "text")
    ship_mode: Header = setting(None, "text")
    country: Header = setting(None, "text")
    region: Header = setting(None, "text")
    market: Header = setting(None, "text")
    quantity: Header = setting(None, "number")
    unit_price_amount: Header = setting(None, "price of one, before discount")
    sales_amount: Header = setting(None, "total of the line")
    discount_rate: Header = setting(None, "from 0 to 1")
    profit_amount: Header = setting(None, "number")
    shipping_cost_amount: Header = setting(None, "number")


class CustomerColumns(Section):
    """Our columns of customers, with the headers of your file."""

    business_id: Header = setting(
        None, "names the business, where one file holds several"
    )
    customer_id: Header = setting(None, "key")
    customer_name: Header = setting(None, "text; personal")
    email: Header = setting(None, "text; personal")
    gender: Header = setting(None, "text")
    marital_status: Header = setting(None, "text")
    customer_group: Header = setting(None, "text")
    city: Header = setting(None, "text")
    state: Header = setting(None, "text")
    country: Header = setting(None, "text")
    region: Header = setting(None, "text")
    market: Header = setting(None, "text")
    age: Header = setting(None, "in years")
    income_amount: Header = setting(None, "a year's income")
    credit_card_debt_amount: Header = setting(None, "balance owed on credit cards")
    net_worth_amount: Header = setting(None, "net worth")
    spend_amount: Header = setting(None, "what the customer spent in all")


class ProductColumns(Section):
    """Our columns of products, with the headers of your file."""

    business_id: Header = setting(
        None, "names the business, where one file holds several"
    )
    product_id: Header = setting(None, "key")
    product_name: Header = setting(None, "text")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    list_price_amount: Header = setting(None, "list price of one")


class StoreColumns(Section):
    """Our columns of stores, with the headers of your file."""

    business_id: Header = setting(
        None, "names the business, where one file holds several"
    )
    store_id: Header = setting(None, "key")
    store_name: Header = setting(None, "text")
    store_group: Header = setting(None, "text, such as a chain")
    store_type: Header = setting(None, "text, such as a kiosk")
    latitude: Header = setting(None, "in degrees, from -90 to 90")
    longitude: Header = setting(None, "in degrees, from -180 to 180")


class PopulationColumns(Section):
    """Our columns of a survey, with the headers of your file."""

    family_id: Header = setting(None, "key of a family; without it, each row is one")
    implicate_id: Header = setting(None, "tells the rows of one family apart")
    weight: Header = setting(None, "how many families a row stands for")
    gender: Header = setting(None, "text")
    marital_status: Header = setting(None, "text")
    age: Header = setting(None, "in years")
    income_amount: Header = setting(None, "a year's income")
    credit_card_debt_amount: Header = setting(None, "balance owed on credit cards")
    debt_amount: Header = setting(None, "all debt")
    net_worth_amount: Header = setting(None, "net worth")
    vehicle_count: Header = setting(None, "vehicles of the family")


#: Canonical columns a mapping can bind, by kind of file.
CANONICAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "sales_lines": tuple(SalesColumns.model_fields),
    "customers": tuple(CustomerColumns.model_fields),
    "products": tuple(ProductColumns.model_fields),
    "stores": tuple(StoreColumns.model_fields),
    "populations": tuple(PopulationColumns.model_fields),
}

#: Files that describe what the sales lines of an entry refer to.
DESCRIBING_KINDS = ("customers", "products", "stores")
#: Kinds of files that an entry of ``mapped_sources`` may have.
SALES_KINDS = ("sales_lines", *DESCRIBING_KINDS)


class FileSettings(Section):
    """Where a file or table is, and how it is written."""

    path: Name | None = setting(
        None,
        "a `.csv` or `.csv.gz` file of any separator, a `.parquet` file, or a pattern "
        "such as `sales/*.csv`",
    )
    database: Name | None = setting(
        None, "instead of `path`: a DuckDB file; `table` names its table"
    )
    table: Name | None = setting(None, "the table of `database` (`schema.table`)")
    separator: Annotated[str, Mark(fault=_separator_fault)] = setting(
        ",", 'the character between fields; a tab is `"\\t"`'
    )
    encoding: Name = setting(
        "utf-8",
        "`utf-8` (with or without mark), `utf-16`, `latin-1`; others: see below",
    )
    date_format: Annotated[str, DateFormat()] = setting(
        "%Y-%m-%d",
        "how the whole text is written, a time included: `%Y-%m-%d`, `%d.%m.%y`, "
        "`%m/%d/%Y %H:%M` (also reads 1/2/2010 8:26) ...",
    )
    decimal_mark: Annotated[str, Mark(fault=_decimal_fault)] = setting(
        ".", '`","` for 1234,50'
    )
    thousands_mark: Annotated[str, Mark(fault=_thousands_fault)] = setting(
        "", '`"."` for 1.234,50', shown_default="none"
    )

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if (not self.path) == (not self.table) or (self.table and not self.database):
            raise refused(
                "names no file to read, or more than one.",
                "Give `path` (a .csv, .csv.gz or .parquet file, or a pattern like "
                "sales/*.csv), or `database` and `table` (a table of another DuckDB "
                "file).",
            )
        if self.decimal_mark == self.thousands_mark:
            raise refused(
                "has the same decimal_mark and thousands_mark.",
                "Leave thousands_mark out when numbers have none.",
            )
        return self

    def file(self, kind: str, columns: Section, *, setting: str) -> MappedFile:
        """The file as the landing takes it."""
        return MappedFile(
            setting=setting,
            kind=kind,
            columns=_headers(columns),
            path=self.path or None,
            database=self.database or None,
            table=self.table or None,
            separator=self.separator,
            encoding=self.encoding,
            date_format=self.date_format,
            decimal_mark=self.decimal_mark,
            thousands_mark=self.thousands_mark,
        )


def _headers(columns: Section) -> dict[str, str]:
    return {
        name: getattr(columns, name)
        for name in type(columns).model_fields
        if name in columns.model_fields_set
    }


def _needs(columns: Section, name: str, *, more: str = "") -> None:
    """Refuse columns without a key."""
    headers = _headers(columns)
    if not headers:
        raise refused(
            "is missing.",
            "List our columns with the headers of your file, for example "
            "`columns: {order_date: Date, quantity: Qty, sales_amount: Sum}`.",
            at=".columns",
        )
    if name not in headers:
        raise refused(
            f"does not say which column is {name}.",
            f"Add `{name}: <the header of that column>`{more}.",
            at=".columns",
        )


class CustomersFile(FileSettings):
    """A file that describes the customers of an entry."""

    columns: CustomerColumns = setting(CustomerColumns, "our names and your headers")

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "customer_id")
        return self


class ProductsFile(FileSettings):
    """A file that describes the products of an entry."""

    columns: ProductColumns = setting(ProductColumns, "our names and your headers")

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "product_id")
        return self


class StoresFile(FileSettings):
    """A file that describes the stores of an entry."""

    columns: StoreColumns = setting(StoreColumns, "our names and your headers")

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "store_id")
        return self


class MappedSales(FileSettings):
    """One business's flat sales file, or that of many businesses."""

    business_name: Name | None = setting(
        None, "name that is shown", shown_default="the entry's name"
    )
    currency: Name | None = setting(None, "currency of its amounts, such as EUR")
    country_code: Name | None = setting(
        None, "its country, such as DE; forecasts use the country's holidays"
    )
    negative_quantity_is_return: Annotated[bool, Flag()] = setting(
        True, "a negative quantity is a return"
    )
    return_order_prefix: Name | None = setting(
        None, "an order id that starts so is a return or cancellation"
    )
    duplicates: Annotated[str, OneOf(("keep", "reject"))] = setting(
        "keep", "`keep` exact duplicate rows (and warn) or `reject` all but the first"
    )
    order_key: Annotated[tuple[str, ...], OrderKey(ORDER_KEYS)] = setting(
        ("order_id",),
        "what tells orders apart: some of `order_id`, `customer_id`, `order_date`, "
        "`store_id`",
    )
    customer_id_is_personal: Annotated[bool, Flag()] | None = setting(
        None,
        "`true`: customer ids are names, phone numbers or the like, and marts have "
        "keyed hashes of them; `false`: they are shown as they are",
        shown_default="ids with an @ are hashed",
    )
    columns: SalesColumns = setting(SalesColumns, "our names and your headers, below")
    customers: CustomersFile | None = setting(
        None, "a file that describes customers, below"
    )
    products: ProductsFile | None = setting(
        None, "a file that describes products, below"
    )
    stores: StoresFile | None = setting(None, "a file that describes stores, below")

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, value: object) -> object:
        """Files of an entry are written as its sales file unless they say otherwise."""
        if not isinstance(value, Mapping):
            return value
        own = {name: value[name] for name in _HANDED_DOWN if name in value}
        below = {
            kind: {**own, **value[kind]}
            for kind in DESCRIBING_KINDS
            if isinstance(value.get(kind), Mapping)
        }
        return {**value, **below}

    @model_validator(mode="after")
    def _has_money_and_keys(self) -> Self:
        _needs(self.columns, "order_date")
        columns = _headers(self.columns)
        if "sales_amount" not in columns and not (
            {"unit_price_amount", "quantity"} <= set(columns)
        ):
            raise refused(
                "holds no money.",
                "Add `sales_amount` (the total of a line), or both "
                "`unit_price_amount` and `quantity`.",
                at=".columns",
            )
        if self.customers and "customer_id" not in columns:
            raise refused(
                "has a customer file, but its sales lines have no customer_id.",
                "Add `customer_id: <header>` to its columns, or leave `customers` out.",
            )
        return self

    def source(self, name: str) -> MappedSource:
        """The entry as the landing takes it."""
        place = f"mapped_sources.{name}"
        files = {"sales_lines": self.file("sales_lines", self.columns, setting=place)}
        for kind in DESCRIBING_KINDS:
            file = getattr(self, kind)
            if file is not None:
                files[kind] = file.file(kind, file.columns, setting=f"{place}.{kind}")
        rules = {rule: getattr(self, rule) for rule in RULES}
        return MappedSource(name=name, files=files, rules=rules)


#: What the listing of landed files says of an entry, besides its files.
RULES = (
    "business_name",
    "currency",
    "country_code",
    "return_order_prefix",
    "negative_quantity_is_return",
    "duplicates",
    "order_key",
    "customer_id_is_personal",
)


class MappedPopulation(FileSettings):
    """One file of a survey that prospects are sought in."""

    population_name: Name | None = setting(
        None, "name that is shown", shown_default="the entry's name"
    )
    currency: Name | None = setting(None, "currency of its amounts, such as EUR")
    country_code: Name | None = setting(None, "its country, such as DE")
    columns: PopulationColumns = setting(
        PopulationColumns, "our names and your headers, below"
    )

    @model_validator(mode="after")
    def _has_weights(self) -> Self:
        _needs(
            self.columns,
            "weight",
            more=": how many families a row stands for. Where every row counts the "
            "same, give the file a column of ones",
        )
        columns = _headers(self.columns)
        if "implicate_id" in columns and "family_id" not in columns:
            raise refused(
                "has implicate_id, but no family_id.",
                "Add `family_id: <the header of that column>`.",
                at=".columns",
            )
        return self

    def source(self, name: str) -> MappedSource:
        """The entry as the landing takes it; it has no rules of sales lines."""
        place = f"mapped_populations.{name}"
        defaults = {rule: MappedSales.model_fields[rule].default for rule in RULES}
        own = {
            "business_name": self.population_name,
            "currency": self.currency,
            "country_code": self.country_code,
        }
        return MappedSource(
            name=name,
            files={
                "populations": self.file("populations", self.columns, setting=place)
            },
            rules={**defaults, **own},
        )
