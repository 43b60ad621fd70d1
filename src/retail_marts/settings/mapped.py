"""Entries of ``mapped_sources`` and ``mapped_populations``.

An entry assigns the columns of the user's own files to our columns. The landing reads
it as a :class:`MappedSource`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from retail_marts.settings.columns import (
    BANDS,
    Attributes,
    PopulationColumns,
    SalesColumns,
    headers_of,
    require_column,
)
from retail_marts.settings.kinds import (
    Flag,
    OneOf,
    Section,
    Text,
    TimeZone,
    Value,
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
from retail_marts.settings.mapped_files import (
    CustomersFile,
    EventsFile,
    FileSettings,
    MappedFile,
    Name,
    ProductsFile,
    ProductTermsFile,
    StockFile,
    StoresFile,
)
from retail_marts.settings.values import Words

ORDER_KEYS = ("order_id", "customer_id", "order_date", "store_id")
#: Files that describe what the sales lines of an entry refer to.
DESCRIBING_KINDS = (
    *("customers", "products", "stores", "stock", "product_terms", "events"),
)
#: Kinds of files that an entry of ``mapped_sources`` may have.
SALES_KINDS = ("sales_lines", *DESCRIBING_KINDS)
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
#: Columns of a sales file that describe its customers alone.
_OF_CUSTOMERS = (
    *("gender", "marital_status", "customer_group", "city", "state", "age"),
    *("income_amount", "credit_card_debt_amount", "net_worth_amount"),
)


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
        require_column(self.columns, "order_date")
        columns = headers_of(self.columns)
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
        for kind in ("products", "stock", "product_terms", "events"):
            of_kind = headers_of(getattr(getattr(self, kind), "columns", Section()))
            # Events of all products have no product.
            if of_kind and (kind != "events" or "product_id" in of_kind):
                check_product_key(self, tuple(of_kind), kind)
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
        columns = {**headers_of(self.columns), **headers_of(of_file.columns)}
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
        require_column(
            self.columns,
            "weight",
            more=": the number of families that a row represents. If every row counts "
            "the same, add a column of ones to the file",
        )
        columns = headers_of(self.columns)
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
