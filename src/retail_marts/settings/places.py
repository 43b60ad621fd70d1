"""Kinds of values that say where a file is and how it is laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from retail_marts.settings.kinds import Kind, Mark, Text, refused, shown

#: The separator of fields that stand apart by any number of blanks and tabs.
WHITESPACE = "whitespace"


@dataclass(frozen=True)
class Paths(Kind):
    """A path, or a list of them."""

    def read(self, value: Any) -> tuple[str, ...]:
        paths = value if isinstance(value, list | tuple) else [value]
        found = tuple(Text().read(path) for path in paths)
        if len(found) != 1 and not all(found):
            raise refused(
                f"is {shown(value)}, which has no path or an empty one.",
                "List the paths of the files, such as [2023.csv, 2024.csv].",
            )
        return found if any(found) else ()

    def write(self, value: Any) -> Any:
        return value[0] if len(value) == 1 else list(value)

    def schema(self) -> dict[str, Any]:
        text = {"type": "string"}
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}


@dataclass(frozen=True)
class Sheet(Kind):
    """A sheet of a workbook by its name, or by its number from 1 on."""

    def read(self, value: Any) -> str | int:
        if type(value) is int and value >= 1:
            return value
        if isinstance(value, str):
            return Text(may_be_empty=False).read(value)
        raise refused(
            f"is {shown(value)}.",
            "Write the name of the sheet in quotes, or its number (1 is the first).",
        )

    def schema(self) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "integer", "minimum": 1},
            ]
        }


@dataclass(frozen=True)
class Separator(Mark):
    """One character, or the word for runs of blanks and tabs."""

    def read(self, value: Any) -> str:
        return WHITESPACE if value == WHITESPACE else super().read(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"const": WHITESPACE}, super().schema()]}


@dataclass(frozen=True)
class ModelName(Text):
    """The name of a dbt model, perhaps behind the name of its package."""

    def read(self, value: Any) -> str:
        name = super().read(value)
        if not name or re.fullmatch(r"\w+(\.\w+)?", name):
            return name
        raise refused(
            f"is {shown(value)}, which is not the name of a model.",
            "Write it as in `ref`, without .sql: my_orders, or my_package.my_orders.",
        )
