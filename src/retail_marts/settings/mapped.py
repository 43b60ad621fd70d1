"""Settings of the user's own files: ``mapped_sources`` and ``mapped_populations``.

A mapping assigns the columns of flat files to our columns of sales lines, customers,
products, stores or families. The landing reads :class:`MappedSource` entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from retail_marts.settings.customers import FEATURES
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
from retail_marts.settings.lines import (
    InOrder,
    LineSettings,
    check_lines,
    check_product_key,
    filter_columns,
    filter_rules,
)
from retail_marts.settings.months import LANGUAGES, month_numbers
from retail_marts.settings.places import (
    WHITESPACE,
    ModelName,
    Paths,
    Separator,
    Sheet,
)
from retail_marts.settings.values import (
    GROUPINGS,
    NEGATIVE_STYLES,
    NULL_WORDS,
    CurrencyMarks,
    DateFormats,
    MonthLanguage,
    PercentColumns,
    Words,
    null_words_of_names,
)

ORDER_KEYS = ("order_id", "customer_id", "order_date", "store_id")

#: Settings that the other files of an entry inherit from it.
_HANDED_DOWN = (
    "separator",
    "encoding",
    "date_format",
    "month_language",
    "decimal_mark",
    "thousands_mark",
    "digit_grouping",
    "currency_marks",
    "negative_style",
    "null_words",
)
#: Inherited too, unless a file has one of them itself.
_HEADER_PLACES = ("header_line", "skip_lines")

# Null if left out; if given, it must not be empty.
Header = Annotated[str | None, Text(may_be_empty=False)]
Name = Annotated[str, Text()]


@dataclass(frozen=True)
class MappedFile:
    """Mapped files of one kind, a table or a model: their place, format and columns.

    ``columns`` maps our column names to the headers of the file. Of those in
    ``optional``, some files may lack the header. ``values`` says how the file writes
    dates, numbers and empty cells, as the macros read it.
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
    values: Mapping[str, Any]

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


class AttributeName(Text):
    """The name of a free attribute of customers, which the user chooses."""

    def read(self, value: Any) -> str:
        name = str(value)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
            raise refused(
                f"names {shown(value)}, which cannot be the name of an attribute.",
                "Name it with lower-case letters, digits and underscores, starting "
                "with a letter, at most 41 characters.",
            )
        if name in CustomerColumns.model_fields:
            raise refused(
                f"names {name}, which is one of our columns.",
                f"Write `{name}` under `columns`, or choose another name.",
            )
        if name in RESERVED_ATTRIBUTES:
            raise refused(
                f"names {name}, which is the name of a figure that we calculate.",
                "Choose another name.",
            )
        return name


#: Free attributes: their names, each with the header in the file.
Attributes = Annotated[
    dict[Annotated[str, AttributeName()], Annotated[str, Text(may_be_empty=False)]],
    BeforeValidator(as_mapping),
]

#: Settings by entry.
ByEntry = Annotated[
    dict[Annotated[str, EntryName()], Value], BeforeValidator(as_mapping)
]


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
        None, "a time of day becomes `order_at` of the line, see `date_format`"
    )
    customer_id: Header = setting(
        None,
        "without it, a keyed hash of `email` or `customer_name` is the key; without "
        "any of them, sales are anonymous",
    )
    customer_name: Header = setting(None, "text; personal")
    email: Header = setting(None, "text; personal")
    product_id: Header = setting(
        None, "without it, or where it is empty, `product_name` is the key"
    )
    product_name: Header = setting(None, "text")
    department: Header = setting(None, "text; the level above `category`")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    brand: Header = setting(None, "text")
    size: Header = setting(None, "text, such as 1 l or XL")
    store_id: Header = setting(
        None, "without it, or where it is empty, `store_name` is the key"
    )
    store_name: Header = setting(None, "text")
    ship_mode: Header = setting(None, "text")
    ship_date: Header = setting(None, "day; written like `order_date`")
    order_priority: Header = setting(None, "text")
    country: Header = setting(None, "text")
    region: Header = setting(None, "text")
    market: Header = setting(None, "text")
    quantity: Header = setting(None, "number")
    unit_price_amount: Header = setting(None, "price of one unit, before discount")
    sales_amount: Header = setting(
        None, "total of the line after discount, without shipping and tax"
    )
    discount_rate: Header = setting(None, "from 0 to 1")
    discount_amount: Header = setting(
        None, "discount of the line as an amount, with or without a minus"
    )
    profit_amount: Header = setting(None, "number")
    shipping_cost_amount: Header = setting(None, "number")
    tax_amount: Header = setting(None, "tax that is added to `sales_amount`")
    gender: Header = setting(None, "text; of the customer, like the columns below")
    marital_status: Header = setting(None, "text")
    customer_group: Header = setting(None, "text")
    city: Header = setting(None, "text")
    state: Header = setting(None, "text")
    age: Header = setting(None, "in years, or a band such as 25-34")
    income_amount: Header = setting(None, "income per year, or a band such as 50-74K")
    credit_card_debt_amount: Header = setting(None, "balance owed on credit cards")
    net_worth_amount: Header = setting(None, "net worth")


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
    age: Header = setting(None, "in years, or a band such as 25-34")
    income_amount: Header = setting(None, "income per year, or a band such as 50-74K")
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
    department: Header = setting(None, "text; the level above `category`")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    brand: Header = setting(None, "text")
    size: Header = setting(None, "text, such as 1 l or XL")
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


class StockColumns(Section):
    """Our columns of stock, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    product_id: Header = setting(None, "the product")
    store_id: Header = setting(None, "the store; without it, stock of all stores")
    on_hand_quantity: Header = setting(None, "number of units in stock")
    on_order_quantity: Header = setting(None, "number of units on order")
    stock_date: Header = setting(
        None, "day of the count; without it, the last file by name counts"
    )


class ProductTermsColumns(Section):
    """Our columns of order terms, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    product_id: Header = setting(None, "key")
    lead_time_days: Header = setting(None, "days from an order to its delivery")
    pack_quantity: Header = setting(None, "number of units in a pack")
    minimum_quantity: Header = setting(None, "smallest number of units of an order")
    unit_cost_amount: Header = setting(None, "purchase price of one unit")


class EventsColumns(Section):
    """Our columns of events, each with the header in your file."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )
    event_name: Header = setting(None, "text, such as Spring sale")
    event_type: Header = setting(None, "text, such as promotion or closure")
    event_date: Header = setting(None, "the day of an event of one day")
    start_date: Header = setting(None, "first day; instead of `event_date`")
    end_date: Header = setting(None, "last day; if it is empty, the first day")
    product_id: Header = setting(None, "the product; without it, all products")
    store_id: Header = setting(None, "the store; without it, all stores")
    category: Header = setting(None, "the category; without it, all categories")


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
    "stock": tuple(StockColumns.model_fields),
    "product_terms": tuple(ProductTermsColumns.model_fields),
    "events": tuple(EventsColumns.model_fields),
    "populations": tuple(PopulationColumns.model_fields),
}

#: Files that describe what the sales lines of an entry refer to.
DESCRIBING_KINDS = (
    *("customers", "products", "stores", "stock", "product_terms", "events"),
)
#: Columns of a sales file that describe its customers alone.
_OF_CUSTOMERS = (
    *("gender", "marital_status", "customer_group", "city", "state", "age"),
    *("income_amount", "credit_card_debt_amount", "net_worth_amount"),
)
#: Prefix of the columns of free attributes in raw tables.
ATTRIBUTE_PREFIX = "attribute_"
#: Columns of customers that may have a band instead of a number, and the attributes
#: that such bands become.
BANDS = {
    "age": "age_band",
    "income_amount": "income_band",
    "credit_card_debt_amount": "credit_card_debt_band",
    "net_worth_amount": "net_worth_band",
    "spend_amount": "spend_band",
}
#: Names that no attribute may have.
RESERVED_ATTRIBUTES = {*FEATURES, *BANDS.values()}
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
    date_format: Annotated[tuple[str, ...], DateFormats()] = setting(
        ("%Y-%m-%d",),
        "format of the whole text, including a time: `%Y-%m-%d`, `%d.%m.%y`, "
        "`%m/%d/%Y %H:%M` (also reads 1/2/2010 8:26), `%Y-%m-%d %H:%M:%S %z` (with an "
        "offset, such as -0500 or Z); for numbers `epoch_seconds`, "
        "`epoch_milliseconds`, `epoch_microseconds` or `excel_serial`; or a list of "
        "formats, of which the first that fits is used",
        shown_default="`%Y-%m-%d`",
    )
    month_language: Annotated[str, MonthLanguage()] = setting(
        "en",
        "language of the names of months (`%b`, `%B`), such as `id` for 1 Agustus "
        f"2024: one of {', '.join(LANGUAGES)}",
    )
    decimal_mark: Annotated[str, Mark(fault=_decimal_fault)] = setting(
        ".", 'the mark before decimals: `","` for 1234,50'
    )
    thousands_mark: Annotated[str, Mark(fault=_thousands_fault)] = setting(
        "",
        'the mark between groups of three digits: `"."` for 1.234,50; `" "` reads any '
        'kind of space, `"\'"` both apostrophes',
        shown_default="none",
    )
    digit_grouping: Annotated[str, OneOf(GROUPINGS)] = setting(
        "thousands",
        "`thousands` for 1,234,567.50, or `indian` for 12,34,567.50",
    )
    currency_marks: Annotated[tuple[str, ...], CurrencyMarks()] = setting(
        (),
        'signs and words that may stand before or after numbers: `["$"]`, `["Rp", '
        '"IDR"]`',
        shown_default="none",
    )
    negative_style: Annotated[
        tuple[str, ...], SomeOf(NEGATIVE_STYLES, always=("minus",))
    ] = setting(
        ("minus",),
        "list of how negative numbers are written: `minus` (always read), "
        "`parentheses` for (5.00), `trailing_minus` for 5.00-",
    )
    percent_columns: Annotated[tuple[str, ...], PercentColumns()] = setting(
        (),
        "our columns that the file has in per cent, with or without the sign: 15, 15% "
        "and 15 % are read as 0.15",
        shown_default="none",
    )
    null_words: (
        Annotated[tuple[str, ...], Words(example='["NULL", "-", "unknown"]')] | None
    ) = setting(
        None,
        "words that mean an empty cell, in any case; `[]` for none. By default, `NA` "
        "and `None` are values in names and other texts",
        shown_default=f"`{', '.join(NULL_WORDS)}`",
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
        if self.digit_grouping == "indian" and not self.thousands_mark:
            raise refused(
                "has digit_grouping: indian, but no thousands_mark.",
                'Write the mark between groups, such as `thousands_mark: ","`.',
            )
        return self

    def file(
        self,
        kind: str,
        columns: Section,
        *,
        setting: str,
        attributes: Mapping[str, str] | None = None,
    ) -> MappedFile:
        """The file as the landing reads it."""
        named = (attributes or {}).items()
        before = self.skip_lines
        return MappedFile(
            setting=setting,
            kind=kind,
            columns={
                **_headers(columns),
                **{f"{ATTRIBUTE_PREFIX}{name}": header for name, header in named},
            },
            optional=tuple(
                f"{ATTRIBUTE_PREFIX}{name}" if name in (attributes or {}) else name
                for name in self.optional
            ),
            values=self._values(),
            path=self.path or (),
            database=self.database or None,
            table=self.table or None,
            model=self.model or None,
            sheet=self.sheet,
            separator=self.separator,
            encoding=self.encoding,
            header_line=self.header_line if before is None else before + 1,
            footer_lines=self.footer_lines,
        )

    @model_validator(mode="after")
    def _names_its_columns(self) -> Self:
        headers = _headers(getattr(self, "columns", Section()))
        free = getattr(self, "attributes", {})
        for place, names, known in (
            ("optional", self.optional, [*headers, *free]),
            ("percent_columns", self.percent_columns, [*headers]),
        ):
            for name in names:
                if name not in known:
                    raise refused(
                        f"names {shown(name)}, which is not among its columns.",
                        f"List names from the left of `columns`: {', '.join(known)}.",
                        at=f".{place}",
                    )
        return self

    def _values(self) -> dict[str, Any]:
        """How the file writes its values, as the macros read it."""
        words = NULL_WORDS if self.null_words is None else self.null_words
        return {
            "date_formats": list(self.date_format),
            "month_language": self.month_language,
            "month_numbers": month_numbers(self.month_language),
            "decimal_mark": self.decimal_mark,
            "thousands_mark": self.thousands_mark,
            "digit_grouping": self.digit_grouping,
            "currency_marks": list(self.currency_marks),
            "negative_style": list(self.negative_style),
            "percent_columns": list(self.percent_columns),
            "null_words": list(words),
            "null_words_of_names": null_words_of_names(self.null_words),
        }


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
    attributes: Attributes = setting(
        dict,
        "further attributes of customers: names that you choose, and your headers",
        shown_default="none",
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


class StockFile(FileSettings):
    """A file of the stock of an entry's products."""

    columns: StockColumns = setting(StockColumns, "our column names and your headers")

    @model_validator(mode="after")
    def _has_quantities(self) -> Self:
        _needs(self.columns, "product_id")
        _needs(self.columns, "on_hand_quantity")
        return self


class ProductTermsFile(FileSettings):
    """A file of the terms on which an entry's products are ordered."""

    columns: ProductTermsColumns = setting(
        ProductTermsColumns, "our column names and your headers"
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _needs(self.columns, "product_id")
        return self


class EventsFile(FileSettings):
    """A file of an entry's events that are known ahead."""

    columns: EventsColumns = setting(EventsColumns, "our column names and your headers")

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        _needs(self.columns, "event_name")
        headers = _headers(self.columns)
        if ("event_date" in headers) == ("start_date" in headers):
            raise refused(
                "has no day of the events, or two.",
                "Add `event_date` for events of one day, or `start_date` and "
                "`end_date`.",
                at=".columns",
            )
        if "end_date" in headers and "start_date" not in headers:
            raise refused(
                "has end_date, but no start_date.",
                "Write `start_date` instead of `event_date`.",
                at=".columns",
            )
        return self


class MappedSales(LineSettings, FileSettings):
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
    order_key: Annotated[tuple[str, ...], InOrder(ORDER_KEYS)] = setting(
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
    anonymous_customer_ids: Annotated[
        tuple[str, ...], Words(example='[0, -1, "Guest"]')
    ] = setting(
        (),
        "customer ids that stand for no known customer, in any case, such as `[0, "
        '"Guest"]`: their lines have no customer',
        shown_default="none",
    )
    columns: SalesColumns = setting(
        SalesColumns, "our column names and your headers, see the next tables"
    )
    customers: CustomersFile | None = setting(
        None, "a file that describes the customers"
    )
    products: ProductsFile | None = setting(None, "a file that describes the products")
    stores: StoresFile | None = setting(None, "a file that describes the stores")
    attributes: Attributes = setting(
        dict,
        "further attributes of customers in the sales file: names that you choose, "
        "and your headers",
        shown_default="none",
    )
    stock: StockFile | None = setting(None, "a file of the stock of products")
    product_terms: ProductTermsFile | None = setting(
        None, "a file of lead times, packs and minimum orders of products"
    )
    events: EventsFile | None = setting(
        None, "a file of days known ahead: promotions, closures and the like"
    )

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
        check_lines(self, tuple(columns))
        check_product_key(self, tuple(columns), "the entry")
        if self.products:
            check_product_key(self, tuple(_headers(self.products.columns)), "products")
        if not {"customer_id", "email", "customer_name"} & set(columns):
            described = [*_OF_CUSTOMERS, *self.attributes]
            found = [name for name in described if name in {*columns, *self.attributes}]
            if found:
                raise refused(
                    f"maps {found[0]} of customers, but its sales lines name no "
                    "customer.",
                    f"Add `customer_id: <header>` to its columns, or leave {found[0]} "
                    "out.",
                )
        return self

    @property
    def attribute_names(self) -> set[str]:
        """The attributes that its customers may have."""
        of_file = self.customers or CustomersFile.model_construct()
        columns = {**_headers(self.columns), **_headers(of_file.columns)}
        bands = {band for column, band in BANDS.items() if column in columns}
        return {*self.attributes, *of_file.attributes, *bands}

    def source(self, name: str) -> MappedSource:
        """The entry as the landing reads it."""
        place = f"mapped_sources.{name}"
        lines = self.file(
            "sales_lines", self.columns, setting=place, attributes=self.attributes
        )
        columns = {**lines.columns, **filter_columns(self.filters)}
        files = {"sales_lines": replace(lines, columns=columns)}
        for kind in DESCRIBING_KINDS:
            file = getattr(self, kind)
            if file is not None:
                files[kind] = file.file(
                    kind,
                    file.columns,
                    setting=f"{place}.{kind}",
                    attributes=getattr(file, "attributes", None),
                )
        rules = {rule: getattr(self, rule) for rule in RULES}
        rules["filters"] = filter_rules(self.filters)
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
    "product_key",
    "fill_down",
    "order_amounts",
    "filters",
    "customer_id_is_personal",
    "anonymous_customer_ids",
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
            "filters": filter_rules(()),
        }
        return MappedSource(
            name=name,
            files={
                "populations": self.file("populations", self.columns, setting=place)
            },
            rules={**defaults, **own},
        )
