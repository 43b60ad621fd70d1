"""Settings of the user's own files: ``mapped_sources`` and ``mapped_populations``.

A mapping assigns the columns of flat files to our columns of sales lines, customers,
products, stores or families. The landing reads :class:`MappedSource` entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from retail_marts.settings.kinds import (
    Flag,
    Mark,
    OneOf,
    Section,
    SomeOf,
    Text,
    Texts,
    TimeZone,
    Value,
    Whole,
    as_mapping,
    refused,
    setting,
    shown,
)
from retail_marts.settings.places import (
    WHITESPACE,
    ModelName,
    Paths,
    Separator,
    Sheet,
)

ORDER_KEYS = ("order_id", "customer_id", "order_date", "store_id")

#: Settings that the other files of an entry inherit from it.
_HANDED_DOWN = ("separator", "encoding", "decimal_mark", "thousands_mark")
#: Inherited too, unless a file has one of them itself.
_HEADER_PLACES = ("header_line", "skip_lines")

# Null if left out; if given, it must not be empty.
Header = Annotated[str | None, Text(may_be_empty=False)]
Name = Annotated[str, Text()]


@dataclass(frozen=True)
class MappedFile:
    """Mapped files of one kind, a table or a model: their place, format and columns.

    ``columns`` maps our column names to the headers of the file. Of those in
    ``optional``, some files may lack the header.
    """

    setting: str
    kind: str
    columns: Mapping[str, str]
    optional: tuple[str, ...]
    path: tuple[str, ...]
    database: str | None
    table: str | None
    model: str | None
    sheet: str | int | None
    separator: str
    encoding: str
    header_line: int | None
    footer_lines: int
    date_format: str
    decimal_mark: str
    thousands_mark: str

    @property
    def shown_separator(self) -> str:
        """The separator between the fields of a row that a message shows."""
        return " " if self.separator == WHITESPACE else self.separator


@dataclass(frozen=True)
class MappedSource:
    """An entry as the landing reads it: files by kind, rules by name."""

    name: str
    files: Mapping[str, MappedFile]
    rules: Mapping[str, Any]

    @property
    def has_business_column(self) -> bool:
        """Whether a column of a file, not the settings, names the businesses."""
        return any("business_id" in file.columns for file in self.files.values())


class EntryName(Text):
    """A name that the user chooses and that becomes part of a table's name."""

    def read(self, value: Any) -> str:
        if re.fullmatch(r"[a-z][a-z0-9_]{0,40}", str(value)):
            return str(value)
        raise refused(
            f"names {shown(value)}, which cannot be the name of an entry.",
            "Name it with lower-case letters, digits and underscores, starting with a "
            "letter, at most 41 characters (to show another name, set business_name "
            "or population_name).",
        )


#: Settings by entry.
ByEntry = Annotated[
    dict[Annotated[str, EntryName()], Value], BeforeValidator(as_mapping)
]


#: Numbers counted from 1970 UTC on, as a format.
EPOCHS = ("epoch_seconds", "epoch_milliseconds", "epoch_microseconds")
#: Letters of the codes that a format may have; the macro date_pattern knows each.
DATE_CODES = "YymdbBjHIMSpfgnaAzZ%"


class DateFormat(Text):
    """A date format that includes year, month and day."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        if text in EPOCHS:
            return text
        directives = re.findall(r"%-?(.)", text, re.DOTALL)
        unknown = [code for code in directives if code not in [*DATE_CODES]]
        if unknown:
            raise refused(
                f"is {shown(text)}, which has the code %{unknown[0]}.",
                f"Use the codes %{', %'.join(DATE_CODES)} (%% is a per cent sign), or "
                f"one of: {', '.join(EPOCHS)}.",
            )
        names_month = {*"Yy"} & {*directives} and {*"mbB"} & {*directives}
        if (names_month and "d" in directives) or {"j", "Y"} <= {*directives}:
            return text
        raise refused(
            f"is {shown(text)}, which does not contain year, month and day.",
            "Write it with %Y, %m and %d as the file has them, for example "
            '"%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
        )


class OrderKey(SomeOf):
    """Columns that identify an order, in the order in which they are written."""

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
    """Our columns of sales lines, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    order_id: Header = setting(
        None,
        "without it, all lines of a customer on one day in one store are one order",
    )
    order_date: Header = setting(
        None, "a time of day is read with `date_format` and then dropped"
    )
    customer_id: Header = setting(
        None,
        "without it, a keyed hash of `email` or `customer_name` is the key; without "
        "any of them, sales are anonymous",
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
    unit_price_amount: Header = setting(None, "price of one unit, before discount")
    sales_amount: Header = setting(None, "total of the line")
    discount_rate: Header = setting(None, "from 0 to 1")
    profit_amount: Header = setting(None, "number")
    shipping_cost_amount: Header = setting(None, "number")


class CustomerColumns(Section):
    """Our columns of customers, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
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
    income_amount: Header = setting(None, "income per year")
    credit_card_debt_amount: Header = setting(None, "balance owed on credit cards")
    net_worth_amount: Header = setting(None, "net worth")
    spend_amount: Header = setting(None, "total amount that the customer has spent")


class ProductColumns(Section):
    """Our columns of products, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    product_id: Header = setting(None, "key")
    product_name: Header = setting(None, "text")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    list_price_amount: Header = setting(None, "list price of one unit")


class StoreColumns(Section):
    """Our columns of stores, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    store_id: Header = setting(None, "key")
    store_name: Header = setting(None, "text")
    store_group: Header = setting(None, "text, such as a chain")
    store_type: Header = setting(None, "text, such as a kiosk")
    latitude: Header = setting(None, "in degrees, from -90 to 90")
    longitude: Header = setting(None, "in degrees, from -180 to 180")


class PopulationColumns(Section):
    """Our columns of a survey, each with the header in your file."""

    family_id: Header = setting(
        None, "key of the family; without it, each row is one family"
    )
    implicate_id: Header = setting(
        None,
        "number of a row within its family, for surveys with several rows "
        "(implicates) per family",
    )
    weight: Header = setting(None, "number of families that the row represents")
    gender: Header = setting(None, "text")
    marital_status: Header = setting(None, "text")
    age: Header = setting(None, "in years")
    income_amount: Header = setting(None, "income per year")
    credit_card_debt_amount: Header = setting(None, "balance owed on credit cards")
    debt_amount: Header = setting(None, "all debt")
    net_worth_amount: Header = setting(None, "net worth")
    vehicle_count: Header = setting(None, "number of vehicles of the family")


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
    """Where a file or table is, and its format."""

    path: Annotated[tuple[str, ...], Paths()] | None = setting(
        None,
        "a file, a pattern such as `sales/*.csv`, a folder with all folders below it, "
        "or a list of these: delimited text (`.csv`, `.tsv`, `.txt`), Excel (`.xlsx`, "
        "`.xls`, `.ods`), JSON lines (`.jsonl`, `.ndjson`), Parquet; text may be "
        "packed (`.gz`, `.bz2`, or a `.zip` of one file)",
    )
    database: Name | None = setting(
        None, "instead of `path`: a DuckDB file; `table` names the table in it"
    )
    table: Name | None = setting(
        None, "the table or view of `database` (`schema.table`)"
    )
    model: Annotated[str, ModelName()] | None = setting(
        None,
        "instead of `path`: a model of your own dbt project (`my_orders`, or "
        "`my_package.my_orders`)",
    )
    sheet: Annotated[str | int, Sheet()] | None = setting(
        None,
        "the sheet of an Excel file: its name, or its number among the visible sheets",
        shown_default="the first",
    )
    separator: Annotated[str, Separator(fault=_separator_fault)] = setting(
        ",",
        'the character between fields; a tab is `"\\t"`; `whitespace` for any number '
        "of blanks and tabs",
    )
    encoding: Name = setting(
        "utf-8",
        "`utf-8` (with or without byte order mark), `utf-16`, `latin-1`, `cp1252`, "
        "`shift_jis` or any other that Python knows",
    )
    header_line: Annotated[int, Whole(1, 1_000_000)] | None = setting(
        None,
        "the line of the file, or row of the sheet, with the headers (1 is the first)",
        shown_default="the first that is not empty",
    )
    skip_lines: Annotated[int, Whole(0, 1_000_000)] | None = setting(
        None, "instead of `header_line`: how many lines stand before the headers"
    )
    footer_lines: Annotated[int, Whole(0, 1_000)] = setting(
        0, "how many of the last lines that are not empty are no data, such as totals"
    )
    optional: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "our columns that some of the files may lack, as a list; they are null there",
        shown_default="none",
    )
    date_format: Annotated[str, DateFormat()] = setting(
        "%Y-%m-%d",
        "format of the whole text, including a time: `%Y-%m-%d`, `%d.%m.%y`, "
        "`%m/%d/%Y %H:%M` (also reads 1/2/2010 8:26), `%Y-%m-%d %H:%M:%S %z` (with an "
        "offset, such as -0500 or Z); or `epoch_seconds`, `epoch_milliseconds` or "
        "`epoch_microseconds` for numbers",
    )
    decimal_mark: Annotated[str, Mark(fault=_decimal_fault)] = setting(
        ".", 'the mark before decimals: `","` for 1234,50'
    )
    thousands_mark: Annotated[str, Mark(fault=_thousands_fault)] = setting(
        "",
        'the mark between groups of three digits: `"."` for 1.234,50',
        shown_default="none",
    )

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        places = [one for one in (self.path, self.table, self.model) if one]
        if len(places) != 1 or (self.table and not self.database):
            raise refused(
                "names no file to read, or more than one.",
                "Give `path` (a file, a folder or a pattern like sales/*.csv), "
                "`database` and `table` (a table of another DuckDB file), or `model` "
                "(a model of your own dbt project).",
            )
        if self.header_line is not None and self.skip_lines is not None:
            raise refused(
                "has header_line and skip_lines.",
                "Give one of them: `header_line: 3` and `skip_lines: 2` mean the same.",
            )
        if self.decimal_mark == self.thousands_mark:
            raise refused(
                "has the same decimal_mark and thousands_mark.",
                "Leave thousands_mark out when numbers have none.",
            )
        return self

    def file(self, kind: str, columns: Section, *, setting: str) -> MappedFile:
        """The file as the landing reads it."""
        before = self.skip_lines
        return MappedFile(
            setting=setting,
            kind=kind,
            columns=_headers(columns),
            optional=self.optional,
            path=self.path or (),
            database=self.database or None,
            table=self.table or None,
            model=self.model or None,
            sheet=self.sheet,
            separator=self.separator,
            encoding=self.encoding,
            header_line=self.header_line if before is None else before + 1,
            footer_lines=self.footer_lines,
            date_format=self.date_format,
            decimal_mark=self.decimal_mark,
            thousands_mark=self.thousands_mark,
        )

    @model_validator(mode="after")
    def _has_optional_columns(self) -> Self:
        headers = _headers(getattr(self, "columns", Section()))
        for name in self.optional:
            if name not in headers:
                raise refused(
                    f"names {shown(name)}, which is not among its columns.",
                    f"List names from the left of `columns`: {', '.join(headers)}.",
                    at=".optional",
                )
        return self


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

    columns: CustomerColumns = setting(
        CustomerColumns, "our column names and your headers"
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "customer_id")
        return self


class ProductsFile(FileSettings):
    """A file that describes the products of an entry."""

    columns: ProductColumns = setting(
        ProductColumns, "our column names and your headers"
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "product_id")
        return self


class StoresFile(FileSettings):
    """A file that describes the stores of an entry."""

    columns: StoreColumns = setting(StoreColumns, "our column names and your headers")

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "store_id")
        return self


class MappedSales(FileSettings):
    """A flat sales file of one business or of several."""

    business_name: Name | None = setting(
        None, "name to show in marts and reports", shown_default="the name of the entry"
    )
    currency: Name | None = setting(None, "currency of the amounts, such as EUR")
    country_code: Name | None = setting(
        None, "country code, such as DE; forecasts use the holidays of this country"
    )
    time_zone: Annotated[str, TimeZone()] = setting(
        "UTC",
        "its IANA time zone, such as Europe/Berlin: instants become the day there",
    )
    orders_ahead: Annotated[bool, Flag()] = setting(
        False, "whether orders may be dated after the day of the build"
    )
    negative_quantity_is_return: Annotated[bool, Flag()] = setting(
        True, "a negative quantity is a return"
    )
    return_order_prefix: Name | None = setting(
        None, "an order id with this prefix is a return or cancellation"
    )
    duplicates: Annotated[str, OneOf(("keep", "reject"))] = setting(
        "keep",
        "`keep` exact duplicate rows with a warning, or `reject` all but the first",
    )
    order_key: Annotated[tuple[str, ...], OrderKey(ORDER_KEYS)] = setting(
        ("order_id",),
        "columns that identify an order: some of `order_id`, `customer_id`, "
        "`order_date`, `store_id`",
    )
    customer_id_is_personal: Annotated[bool, Flag()] | None = setting(
        None,
        "`true`: customer ids are names, phone numbers or the like, and marts have "
        "keyed hashes of them; `false`: marts show the ids",
        shown_default="ids with an @ are hashed",
    )
    columns: SalesColumns = setting(
        SalesColumns, "our column names and your headers, see the next tables"
    )
    customers: CustomersFile | None = setting(
        None, "a file that describes the customers"
    )
    products: ProductsFile | None = setting(None, "a file that describes the products")
    stores: StoresFile | None = setting(None, "a file that describes the stores")

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, value: object) -> object:
        """By default, all files of an entry have the format of its sales file."""
        if not isinstance(value, Mapping):
            return value
        own = {name: value[name] for name in _HANDED_DOWN if name in value}
        place = {name: value[name] for name in _HEADER_PLACES if name in value}
        below = {
            kind: {
                **own,
                **({} if any(name in file for name in _HEADER_PLACES) else place),
                **file,
            }
            for kind in DESCRIBING_KINDS
            if isinstance(file := value.get(kind), Mapping)
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
                "has no amounts.",
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
        """The entry as the landing reads it."""
        place = f"mapped_sources.{name}"
        files = {"sales_lines": self.file("sales_lines", self.columns, setting=place)}
        for kind in DESCRIBING_KINDS:
            file = getattr(self, kind)
            if file is not None:
                files[kind] = file.file(kind, file.columns, setting=f"{place}.{kind}")
        rules = {rule: getattr(self, rule) for rule in RULES}
        return MappedSource(name=name, files=files, rules=rules)


#: Settings of an entry that are stored with its landed files.
RULES = (
    "business_name",
    "currency",
    "country_code",
    "time_zone",
    "return_order_prefix",
    "negative_quantity_is_return",
    "duplicates",
    "order_key",
    "customer_id_is_personal",
)


class MappedPopulation(FileSettings):
    """One file of a survey in which to look for prospects."""

    population_name: Name | None = setting(
        None, "name to show in marts and reports", shown_default="the name of the entry"
    )
    currency: Name | None = setting(None, "currency of the amounts, such as EUR")
    country_code: Name | None = setting(None, "country code, such as DE")
    columns: PopulationColumns = setting(
        PopulationColumns, "our column names and your headers, see the next tables"
    )

    @model_validator(mode="after")
    def _has_weights(self) -> Self:
        _needs(
            self.columns,
            "weight",
            more=": the number of families that a row represents. If every row counts "
            "the same, add a column of ones to the file",
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
        """The entry as the landing reads it; it has no rules for sales lines."""
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
