"""Settings of mapped files: their place and format, by kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import model_validator

from retail_marts.settings.columns import (
    ATTRIBUTE_PREFIX,
    Attributes,
    CustomerColumns,
    EventsColumns,
    ProductColumns,
    ProductTermsColumns,
    StockColumns,
    StoreColumns,
    headers_of,
    require_column,
)
from retail_marts.settings.kinds import (
    Mark,
    OneOf,
    Section,
    SomeOf,
    Text,
    Texts,
    Whole,
    refused,
    setting,
    shown,
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
    NumberColumns,
    Words,
    null_words_of_names,
)

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
    percent_columns: Annotated[tuple[str, ...], NumberColumns()] = setting(
        (),
        "our columns that the file has in per cent, with or without the sign: 15, 15% "
        "and 15 % are read as 0.15",
        shown_default="none",
    )
    cent_columns: Annotated[tuple[str, ...], NumberColumns()] = setting(
        (),
        "our columns that the file has in cents, or in another hundredth of the "
        "currency: 1999 is read as 19.99",
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
        if self.thousands_mark and self.thousands_mark in self.currency_marks:
            raise refused(
                f"names {shown(self.thousands_mark)}, which is thousands_mark, too.",
                "Leave it out of one of them: a mark stands between thousands, or "
                "before or after the number.",
                at=".currency_marks",
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
                **headers_of(columns),
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
        headers = headers_of(getattr(self, "columns", Section()))
        free = getattr(self, "attributes", {})
        for place, names, known in (
            ("optional", self.optional, [*headers, *free]),
            ("percent_columns", self.percent_columns, [*headers]),
            ("cent_columns", self.cent_columns, [*headers]),
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
            "cent_columns": list(self.cent_columns),
            "null_words": list(words),
            "null_words_of_names": null_words_of_names(self.null_words),
        }


class DescribingFile(FileSettings):
    """A file that describes what the sales lines of an entry refer to."""

    #: The columns that it must have.
    required: ClassVar[tuple[str, ...]]
    columns: Section = setting(Section, "our column names and your headers")

    @model_validator(mode="after")
    def _has_its_columns(self) -> Self:
        for name in self.required:
            require_column(self.columns, name)
        return self


class CustomersFile(DescribingFile):
    """A file that describes the customers of an entry."""

    required = ("customer_id",)
    columns: CustomerColumns = setting(
        CustomerColumns, "our column names and your headers"
    )
    attributes: Attributes = setting(
        dict,
        "further attributes of customers: names that you choose, and your headers",
        shown_default="none",
    )


class ProductsFile(DescribingFile):
    """A file that describes the products of an entry."""

    required = ("product_id",)
    columns: ProductColumns = setting(
        ProductColumns, "our column names and your headers"
    )


class StoresFile(DescribingFile):
    """A file that describes the stores of an entry."""

    required = ("store_id",)
    columns: StoreColumns = setting(StoreColumns, "our column names and your headers")


class StockFile(DescribingFile):
    """A file of the stock of an entry's products."""

    required = ("product_id", "on_hand_quantity")
    columns: StockColumns = setting(StockColumns, "our column names and your headers")


class ProductTermsFile(DescribingFile):
    """A file of the terms on which an entry's products are ordered."""

    required = ("product_id",)
    columns: ProductTermsColumns = setting(
        ProductTermsColumns, "our column names and your headers"
    )


class EventsFile(DescribingFile):
    """A file of an entry's events that are known ahead."""

    required = ("event_name",)
    columns: EventsColumns = setting(EventsColumns, "our column names and your headers")

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        headers = headers_of(self.columns)
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
