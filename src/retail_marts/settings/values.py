"""Settings of how a file writes its values: numbers, dates and empty cells."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from retail_marts.settings.errors import nearest
from retail_marts.settings.kinds import Kind, Text, Texts, refused, shown
from retail_marts.settings.months import CODES, LANGUAGES

#: Numbers counted from 1970 UTC on, as a format.
EPOCHS = ("epoch_seconds", "epoch_milliseconds", "epoch_microseconds")
#: Formats that are names: numbers that stand for dates.
NAMED_FORMATS = (*EPOCHS, "excel_serial")
#: Letters of the codes that a format may have; the macro date_pattern knows each.
DATE_CODES = "YymdbBjHIMSpfgnaAzZ%"
GROUPINGS = ("thousands", "indian")
NEGATIVE_STYLES = ("minus", "parentheses", "trailing_minus")

#: Words that mean "empty" in every column, in any case.
_NULL_WORDS = ("NULL", "(null)", "nan", "NaT", "<NA>", "N/A", "#N/A", r"\N")
#: Words that mean "empty" in ids, numbers and dates, but may be values elsewhere: NA is
#: the code of Namibia and short for North America, None can be the name of a product.
_NULL_WORDS_OF_KEYS = ("NA", "None")
NULL_WORDS = (*_NULL_WORDS, *_NULL_WORDS_OF_KEYS)

#: Endings of the names of our columns that hold numbers, and such names.
_NUMBERS = re.compile(r".*_(amount|rate|count)|quantity|age|weight|latitude|longitude")
#: What numbers consist of: no currency mark may be one of these alone.
_PARTS_OF_NUMBERS = {*"+-\u2212.,()eE%"}


class DateFormats(Kind):
    """One date format, or several that are tried in the given order."""

    def read(self, value: Any) -> tuple[str, ...]:
        formats = value if isinstance(value, list | tuple) else [value]
        if not formats:
            raise refused(
                "is an empty list.",
                'Write the format of the dates in the file, such as "%d/%m/%Y".',
            )
        return tuple(dict.fromkeys(_date_format(one) for one in formats))

    def write(self, value: Any) -> list[str]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        one = {"type": "string"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _date_format(value: Any) -> str:
    """A date format that includes year, month and day."""
    text = Text().read(value)
    if text in NAMED_FORMATS:
        return text
    directives = re.findall(r"%-?(.)", text, re.DOTALL)
    unknown = [code for code in directives if code not in [*DATE_CODES]]
    if unknown:
        raise refused(
            f"is {shown(text)}, which has the code %{unknown[0]}.",
            f"Use the codes %{', %'.join(DATE_CODES)} (%% is a per cent sign), or "
            f"one of: {', '.join(NAMED_FORMATS)}.",
        )
    names_month = {*"Yy"} & {*directives} and {*"mbB"} & {*directives}
    if (names_month and "d" in directives) or {"j", "Y"} <= {*directives}:
        return text
    close = nearest(text, NAMED_FORMATS)
    hint = f"Did you mean {close}? " if close else ""
    raise refused(
        f"is {shown(text)}, which does not contain year, month and day.",
        f"{hint}Write it with %Y, %m and %d as the file has them, for example "
        '"%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
    )


class MonthLanguage(Kind):
    """A language whose names of months are known."""

    def read(self, value: Any) -> str:
        if isinstance(value, str) and value in LANGUAGES:
            return value
        # YAML reads the code of Norwegian as false.
        code = "no" if value is False else re.split("[-_]", str(value).lower())[0]
        name = nearest(str(value), CODES)
        close = CODES[name] if name else code if code in LANGUAGES else None
        hint = f'Did you mean "{close}"? ' if close else ""
        raise refused(
            f"is {shown(value)}, which is not a language whose month names are known.",
            f"{hint}Write one of: {', '.join(LANGUAGES)}. Where a file writes months "
            "as numbers, leave it out.",
        )

    def schema(self) -> dict[str, Any]:
        return {"enum": list(LANGUAGES)}


class CurrencyMarks(Texts):
    """Signs and words of currencies that stand before or after amounts."""

    def read(self, value: Any) -> tuple[str, ...]:
        marks = tuple(mark.strip() for mark in super().read(value))
        for mark in marks:
            if re.search(r"\d", mark) or mark in _PARTS_OF_NUMBERS:
                raise refused(
                    f"names {shown(mark)}, which is part of numbers.",
                    'Write signs or words of a currency, such as ["$"] or ["Rp", '
                    '"IDR"]. For a per cent sign, set percent_columns; for '
                    "parentheses or a minus, set negative_style.",
                )
        return marks


@dataclass(frozen=True)
class Words(Kind):
    """Texts or numbers that a cell may consist of, as texts."""

    example: str

    def read(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise refused(
                f"is {shown(value)}.",
                f"Set it to a list, such as {self.example}, or [].",
            )
        return tuple(dict.fromkeys(map(self._word, value)))

    def _word(self, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(int(value)) if value == int(value) else str(value)
        if not isinstance(value, str):
            raise refused(
                f"holds {shown(value)}, which is neither text nor a number.",
                "Write it in quotes: without them, YAML reads null, ~, NO and a date "
                "as something else.",
            )
        word = Text(may_be_empty=False).read(value).strip()
        if not word:
            raise refused(
                f"holds {shown(value)}, which is empty.",
                "Leave it out: empty cells are empty anyway.",
            )
        return word

    def write(self, value: Any) -> list[str]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": ["string", "number"]}}


class NumberColumns(Texts):
    """Our columns of numbers that a file has in hundredths."""

    def read(self, value: Any) -> tuple[str, ...]:
        columns = super().read(value)
        for column in columns:
            if not _NUMBERS.fullmatch(column):
                raise refused(
                    f"names {shown(column)}, which is not a column of numbers.",
                    "Write the names of our columns of numbers, such as "
                    "[discount_rate].",
                )
        return columns


def null_words_of_names(words: Collection[str] | None) -> list[str]:
    """Words that mean "empty" in names and other texts: all that a user has set."""
    return list(_NULL_WORDS if words is None else words)
