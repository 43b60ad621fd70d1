"""Kinds of values: what a setting may be, its messages and its JSON schema."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

#: A message shows at most this many characters of a value.
_SHOWN = 100

#: Characters that engines and files cannot store: NUL and single surrogates.
_UNSOUND = re.compile("[\0\ud800-\udfff]")

Value = TypeVar("Value")


def shown(value: object) -> str:
    """A value for a message, cut if it is very long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def refused(problem: str, remedy: str, *, at: str = "") -> PydanticCustomError:
    """The fault of a setting. The message starts with its path, then ``problem``.

    Parameters
    ----------
    problem
        For example ``is 0.``.
    remedy
        What to do, as a sentence.
    at
        What to add to the path, for example ``.columns``.
    """
    # Passed as context, so that pydantic does not read a brace in them as a field.
    context = {"problem": problem, "remedy": remedy, "at": at}
    return PydanticCustomError("setting", "{problem}", context)


class Section(BaseModel):
    """Settings below one name. Unknown names are refused; null means all defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _needs_a_mapping(cls, value: object) -> object:
        return value if isinstance(value, cls) else as_mapping(value)


def as_mapping(value: object) -> dict[str, Any]:
    """A mapping with names as text; null gives an empty mapping."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refused(
            f"is {shown(value)}.",
            "Set it to a mapping from names to values, such as {name: value}, or {}.",
        )
    names = {name: str(name) for name in value}
    for name in names.values():
        if _UNSOUND.search(name):
            raise refused(
                f"has a name {shown(name)} with a character that cannot be stored.",
                "Delete the name and type it again.",
            )
    return {names[name]: one for name, one in value.items()}


#: Settings by business, population or the like, whose names the user chooses.
ByName = Annotated[dict[str, Value], BeforeValidator(as_mapping)]


def setting(default: Any, description: str, *, shown_default: str = "") -> Any:
    """A setting with its default and description, as the docs and the schema show them.

    Parameters
    ----------
    default
        A value, or a function that makes it.
    description
        What it means, with its unit.
    shown_default
        The default as the docs show it, if the value itself would be hard to read.
    """
    is_made = callable(default)
    extra: Any = {"x-default": shown_default} if shown_default else None
    return Field(
        **{"default_factory" if is_made else "default": default},
        description=description,
        json_schema_extra=extra,
    )


@dataclass(frozen=True)
class Kind:
    """A kind of value: how to read it, its messages, and its schema for editors."""

    def read(self, value: Any) -> Any:
        """Return the value as the library uses it, or raise a fault."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON schema of what may be written."""
        raise NotImplementedError

    def write(self, value: Any) -> Any:
        """The value as JSON."""
        return value

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema()


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from ``low`` to ``high``; true and false are not numbers."""

    low: int
    high: int

    def read(self, value: Any) -> int:
        if type(value) is int and self.low <= value <= self.high:
            return value
        raise refused(
            f"is {shown(value)}.",
            f"Set it to a whole number from {self.low} to {self.high}.",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Number(Kind):
    """A number from ``low``, or above it, to ``high``."""

    low: float
    high: float
    above: bool = False

    def read(self, value: Any) -> Any:
        is_number = isinstance(value, int | float | Fraction) and not isinstance(
            value, bool
        )
        if is_number and (
            self.low < value <= self.high or (value == self.low and not self.above)
        ):
            return value
        first = f"above {self.low} and up to" if self.above else f"from {self.low} to"
        raise refused(f"is {shown(value)}.", f"Set it to a number {first} {self.high}.")

    def schema(self) -> dict[str, Any]:
        low = "exclusiveMinimum" if self.above else "minimum"
        return {"type": "number", low: self.low, "maximum": self.high}


@dataclass(frozen=True)
class Exact(Number):
    """A number exactly as written: .005 is 1/200, not the nearest float."""

    def read(self, value: Any) -> Fraction:
        found = super().read(value)
        return found if isinstance(found, Fraction) else Fraction(str(found))

    def write(self, value: Any) -> float:
        return float(value)


@dataclass(frozen=True)
class Flag(Kind):
    """True or false."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise refused(f"is {shown(value)}.", "Set it to true or false, without quotes.")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class OneOf(Kind):
    """One of the known names."""

    known: tuple[str, ...]

    def read(self, value: Any) -> str:
        if isinstance(value, str) and value in self.known:
            return value
        raise refused(
            f"is {shown(value)}.", f"Set it to one of: {', '.join(self.known)}."
        )

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.known)}


@dataclass(frozen=True)
class SomeOf(Kind):
    """Some of the known names, always in the same order.

    Attributes
    ----------
    always
        Names that are always included.
    may_be_empty
        Whether the list may be empty.
    """

    known: tuple[str, ...]
    always: tuple[str, ...] = ()
    may_be_empty: bool = False

    def read(self, value: Any) -> tuple[str, ...]:
        among = ", ".join(self.known)
        if not isinstance(value, list | tuple):
            raise refused(
                f"is {shown(value)}.",
                f"Set it to a list, such as [{self.known[0]}], of some of: {among}.",
            )
        unknown = [one for one in value if one not in self.known]
        if unknown or not (value or self.may_be_empty):
            found = ", ".join(str(one) for one in unknown) or "nothing"
            raise refused(f"names {found}.", f"Choose from: {among}.")
        return tuple(one for one in self.known if one in {*value, *self.always})

    def write(self, value: Any) -> list[str]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        least = {} if self.may_be_empty else {"minItems": 1}
        return {"type": "array", "items": {"enum": list(self.known)}, **least}


@dataclass(frozen=True)
class Text(Kind):
    """A text without characters that engines or files cannot store."""

    may_be_empty: bool = True

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused(
                f"is {shown(value)}, which is not text.",
                "Write it in quotes. Without quotes, YAML reads 007 as a number, NO as "
                "false, 2024-01-31 as a date and an empty value as null.",
            )
        if _UNSOUND.search(value):
            raise refused(
                f"is {shown(value)}, which contains a character that cannot be stored.",
                "Delete the text and type it again.",
            )
        if not (self.may_be_empty or value.strip()):
            raise refused("is empty.", "Write a text, or leave the line out.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", **({} if self.may_be_empty else {"minLength": 1})}


@dataclass(frozen=True)
class Texts(Kind):
    """A list of texts that the user chooses, such as product ids."""

    def read(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise refused(
                f"is {shown(value)}.",
                "Set it to a list of texts, such as [first, second], or [].",
            )
        return tuple(Text(may_be_empty=False).read(one) for one in value)

    def write(self, value: Any) -> list[str]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class Mark(Text):
    """One character, or none, in quotes."""

    #: Returns what is wrong with a character and the remedy, or None if it is allowed.
    fault: Callable[[str], tuple[str, str] | None] = lambda mark: None

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > 1:
            raise refused(
                f"is {shown(value)}, which is not one character.",
                'Write one character in quotes, such as ";" (a tab is "\\t").',
            )
        mark = super().read(value)
        found = self.fault(mark)
        if found:
            raise refused(*found)
        return mark

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 1}


@dataclass(frozen=True)
class Day(Kind):
    """A day as YYYY-MM-DD, or an empty text for none."""

    def read(self, value: Any) -> str:
        if type(value) is date:
            return value.isoformat()
        try:
            if isinstance(value, str) and (
                value == "" or date.fromisoformat(value).isoformat() == value
            ):
                return value
        except ValueError:
            pass
        raise refused(
            f"is {shown(value)}, which is not a day.",
            'Write it as YYYY-MM-DD, such as "2024-01-31", or "" for none.',
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}


@dataclass(frozen=True)
class TimeZone(Kind):
    """A time zone by its IANA name; that of the machine is not one of them."""

    def read(self, value: Any) -> str:
        known = zoneinfo.available_timezones() - {"localtime"}
        if isinstance(value, str) and value in known:
            return value
        close = get_close_matches(str(value), sorted(known), n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise refused(
            f"is {shown(value)}, which is not a time zone.",
            f"{hint}Write an IANA name, such as Europe/Berlin, Asia/Jakarta or UTC.",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}
