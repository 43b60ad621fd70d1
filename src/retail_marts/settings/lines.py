"""Settings of an entry that say how its rows become lines of orders."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from retail_marts.settings.kinds import (
    Flag,
    Kind,
    Section,
    SomeOf,
    Text,
    Texts,
    refused,
    setting,
    shown,
)

#: Columns of sales lines that are numbers of a single line.
NUMBERS = (
    "quantity",
    "unit_price_amount",
    "sales_amount",
    "discount_rate",
    "discount_amount",
    "second_discount_amount",
    "profit_amount",
    "shipping_cost_amount",
    "tax_amount",
)
#: Amounts that a file may state once per order.
ORDER_AMOUNTS = (
    "shipping_cost_amount",
    "discount_amount",
    "second_discount_amount",
    "tax_amount",
)
PRODUCT_KEYS = (
    "product_id",
    "product_name",
    "brand",
    "size",
    "category",
    "sub_category",
)
#: A filtered column is landed under this name, with the number of its filter.
FILTER_COLUMN = "filter_"
USES = ("keep", "drop", "returns")


@dataclass(frozen=True)
class Filter:
    """What rows of a sales file are, by the values of one of its columns.

    Attributes
    ----------
    column
        The header in the file.
    values
        The values of the rows that it is about.
    use
        One of :data:`USES`: the only rows to keep, rows to drop, or rows that are
        returns whatever the sign of their amounts.
    fill_down
        Whether an empty value is filled down within its order, in an entry that fills
        down.
    """

    column: str
    values: tuple[str, ...]
    use: str
    fill_down: bool


class InOrder(SomeOf):
    """Some of the known names, in the order in which they are written."""

    def read(self, value: Any) -> tuple[str, ...]:
        super().read(value)
        return tuple(dict.fromkeys(value))


class Filters(Kind):
    """A list of filters, each with a header and what rows with some values are."""

    def read(self, value: Any) -> tuple[Filter, ...]:
        if not isinstance(value, list | tuple):
            raise refused(
                f"is {shown(value)}.",
                "Set it to a list, such as [{column: Status, drop: [voided]}], or [].",
            )
        return tuple(_filter(one) for one in value)

    def write(self, value: Any) -> list[dict[str, Any]]:
        return [
            {
                "column": one.column,
                one.use: list(one.values),
                "fill_down": one.fill_down,
            }
            for one in value
        ]

    def schema(self) -> dict[str, Any]:
        values = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        return {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "column": {"type": "string", "minLength": 1},
                    **dict.fromkeys(USES, values),
                    "fill_down": {"type": "boolean"},
                },
                "required": ["column"],
                "oneOf": [{"required": [use]} for use in USES],
                "additionalProperties": False,
            },
        }


def _filter(value: Any) -> Filter:
    remedy = (
        "Write each filter as {column: <header>, keep: [values]}, or with drop or "
        'returns in the place of keep; "" is an empty value.'
    )
    known = ("column", *USES, "fill_down")
    if not isinstance(value, Mapping):
        raise refused(f"has the filter {shown(value)}.", remedy)
    unknown = [str(name) for name in value if name not in known]
    if unknown:
        raise refused(f"has a filter with {shown(unknown[0])}.", remedy)
    lists = [name for name in USES if name in value]
    if "column" not in value or len(lists) != 1:
        raise refused(
            f"has the filter {shown(dict(value))}, which does not have a column and "
            "one of keep, drop and returns.",
            remedy,
        )
    values = value[lists[0]]
    if not isinstance(values, list | tuple) or not values:
        raise refused(f"has a filter with {lists[0]}: {shown(values)}.", remedy)
    return Filter(
        column=Text(may_be_empty=False).read(value["column"]),
        values=tuple(dict.fromkeys(Text().read(one).strip().lower() for one in values)),
        use=lists[0],
        fill_down=Flag().read(value.get("fill_down", True)),
    )


class LineSettings(Section):
    """Settings that say how the rows of a sales file become lines of orders."""

    fill_down: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "our columns that stand on the first line of an order only, such as `[email, "
        "order_date]`: empty values take the value above them in their order and "
        "file; with `order_id`, a line without one belongs to the order above it",
        shown_default="none",
    )
    order_amounts: Annotated[
        tuple[str, ...], SomeOf(ORDER_AMOUNTS, may_be_empty=True)
    ] = setting(
        (),
        "amounts of a whole order, on its first line or on each, that are spread over "
        "its lines: some of " + ", ".join(f"`{name}`" for name in ORDER_AMOUNTS),
        shown_default="none",
    )
    filters: Annotated[tuple[Filter, ...], Filters()] = setting(
        (),
        "rows to use, by a column of the file: `{column: <header>, keep: [values]}` or "
        "`{column: <header>, drop: [values]}`; or rows that are returns, though their "
        "amounts have no minus: `{column: <header>, returns: [values]}`",
        shown_default="none",
    )
    product_key: Annotated[tuple[str, ...], InOrder(PRODUCT_KEYS)] = setting(
        ("product_id",),
        "columns that identify a product: some of "
        + ", ".join(f"`{name}`" for name in PRODUCT_KEYS),
    )


def check_lines(lines: LineSettings, columns: Sequence[str]) -> None:
    """Refuse settings of lines that the columns of a sales file do not allow."""
    for name in lines.fill_down:
        if name not in columns or name in NUMBERS:
            among = [one for one in columns if one not in NUMBERS]
            raise refused(
                f"names {shown(name)}.",
                "Choose from the columns that you have mapped, except numbers: "
                f"{', '.join(among)}.",
                at=".fill_down",
            )
    for name in lines.order_amounts:
        if name not in columns:
            raise refused(
                f"names {name}, which is not mapped.",
                f"Add `{name}: <the header of that column>` to columns.",
                at=".order_amounts",
            )
    if "order_id" not in columns:
        for setting_name in ("fill_down", "order_amounts"):
            if getattr(lines, setting_name):
                raise refused(
                    "needs to know which lines are one order.",
                    "Add `order_id: <the header of that column>` to columns.",
                    at=f".{setting_name}",
                )
    if "second_discount_amount" in columns and "discount_amount" not in columns:
        raise refused(
            "has second_discount_amount, but no discount_amount.",
            "Write `discount_amount` instead of `second_discount_amount`.",
            at=".columns",
        )
    if (
        {"discount_rate", "discount_amount"} <= {*columns}
        and "discount_amount" not in lines.order_amounts
        and "sales_amount" not in columns
    ):
        raise refused(
            "has discount_rate and discount_amount of the same line.",
            "Leave one of them out, or add `sales_amount` (the total of a line after "
            "discount).",
            at=".columns",
        )


def check_product_key(lines: LineSettings, columns: Sequence[str], where: str) -> None:
    """Refuse a key of products with columns that a file does not have."""
    if "product_key" in lines.model_fields_set:
        for name in lines.product_key:
            if name not in columns:
                raise refused(
                    f"names {name}, which is not in the columns of {where}.",
                    f"Add `{name}: <the header of that column>` to them.",
                    at=".product_key",
                )


def filter_columns(filters: Sequence[Filter]) -> dict[str, str]:
    """The names under which filtered columns are landed, with their headers."""
    return {
        f"{FILTER_COLUMN}{number}": one.column
        for number, one in enumerate(filters, start=1)
    }


def filter_rules(filters: Sequence[Filter]) -> str:
    """The filters for SQL, as JSON."""
    columns = filter_columns(filters)
    return json.dumps(
        [
            {**asdict(one), "column": column}
            for column, one in zip(columns, filters, strict=True)
        ]
    )
