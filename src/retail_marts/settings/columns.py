"""Columns of each kind of mapped file, and free attributes that the user names."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from retail_marts.settings.customers import FEATURES
from retail_marts.settings.kinds import (
    Section,
    Text,
    as_mapping,
    refused,
    setting,
    shown,
)

# Null if left out; if given, it must not be empty.
Header = Annotated[str | None, Text(may_be_empty=False)]


class _ColumnsOfBusiness(Section):
    """The column that every file of a business may have."""

    business_id: Header = setting(
        None, "name of the business, if one file holds several"
    )


class SalesColumns(_ColumnsOfBusiness):
    """Our columns of sales lines, each with the header in your file."""

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
    second_discount_amount: Header = setting(
        None, "a second discount that lowers the amount too, written like the first"
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


class CustomerColumns(_ColumnsOfBusiness):
    """Our columns of customers, each with the header in your file."""

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


class ProductColumns(_ColumnsOfBusiness):
    """Our columns of products, each with the header in your file."""

    product_id: Header = setting(None, "key")
    product_name: Header = setting(None, "text")
    department: Header = setting(None, "text; the level above `category`")
    category: Header = setting(None, "text")
    sub_category: Header = setting(None, "text")
    brand: Header = setting(None, "text")
    size: Header = setting(None, "text, such as 1 l or XL")
    list_price_amount: Header = setting(None, "list price of one unit")


class _ColumnsOfProductKey(_ColumnsOfBusiness):
    """Columns that identify a product beside its id."""

    product_id: Header = setting(None, "the product; see `product_key`")
    product_name: Header = setting(None, "text, if `product_key` has it")
    brand: Header = setting(None, "text, if `product_key` has it")
    size: Header = setting(None, "text, if `product_key` has it")
    category: Header = setting(None, "text, if `product_key` has it")
    sub_category: Header = setting(None, "text, if `product_key` has it")


class StoreColumns(_ColumnsOfBusiness):
    """Our columns of stores, each with the header in your file."""

    store_id: Header = setting(None, "key")
    store_name: Header = setting(None, "text")
    store_group: Header = setting(None, "text, such as a chain")
    store_type: Header = setting(None, "text, such as a kiosk")
    latitude: Header = setting(None, "in degrees, from -90 to 90")
    longitude: Header = setting(None, "in degrees, from -180 to 180")


class StockColumns(_ColumnsOfProductKey):
    """Our columns of stock, each with the header in your file."""

    store_id: Header = setting(None, "the store; without it, stock of all stores")
    on_hand_quantity: Header = setting(None, "number of units in stock")
    on_order_quantity: Header = setting(None, "number of units on order")
    stock_date: Header = setting(
        None, "day of the count; without it, the last file by name counts"
    )


class ProductTermsColumns(_ColumnsOfProductKey):
    """Our columns of order terms, each with the header in your file."""

    lead_time_days: Header = setting(None, "days from an order to its delivery")
    pack_quantity: Header = setting(None, "number of units in a pack")
    minimum_quantity: Header = setting(None, "smallest number of units of an order")
    unit_cost_amount: Header = setting(None, "purchase price of one unit")


class EventsColumns(_ColumnsOfProductKey):
    """Our columns of events, each with the header in your file."""

    event_name: Header = setting(None, "text, such as Spring sale")
    event_type: Header = setting(None, "text, such as promotion or closure")
    event_date: Header = setting(None, "the day of an event of one day")
    start_date: Header = setting(None, "first day; instead of `event_date`")
    end_date: Header = setting(None, "last day; if it is empty, the first day")
    product_id: Header = setting(
        None, "the product; without it, all products; see `product_key`"
    )
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


def headers_of(columns: Section) -> dict[str, str]:
    """The headers of the columns that a mapping names."""
    return {
        name: getattr(columns, name)
        for name in type(columns).model_fields
        if name in columns.model_fields_set
    }


def require_column(columns: Section, name: str, *, more: str = "") -> None:
    """Refuse a mapping without a column that it must have."""
    headers = headers_of(columns)
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
