"""An entry of ``mapped_sources`` as commented YAML."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from retail_marts.mapper.findings import Choice, Finding
from retail_marts.settings.reading import read_settings

_WIDTH = 88
#: Settings in the order in which an entry has them.
_ORDER = (
    *("path", "database", "table", "sheet", "encoding", "separator", "header_line"),
    *("footer_lines", "optional", "date_format", "month_language", "decimal_mark"),
    *("thousands_mark", "digit_grouping", "currency_marks", "negative_style"),
    *("percent_columns", "cent_columns", "null_words", "business_name", "currency"),
    *(
        "country_code",
        "time_zone",
        "return_order_prefix",
        "negative_quantity_is_return",
        "order_key",
    ),
    *("product_key", "fill_down", "order_amounts", "anonymous_customer_ids", "filters"),
)


@dataclass
class File:
    """One file of an entry: what was found, and what the user has to choose."""

    kind: str
    title: str
    columns: dict[str, str]
    findings: list[Finding] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    #: Settings that the file needs, although their value is the default.
    needed: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """The settings as a build reads them."""
        on = {one.setting: one.value for one in self.findings if one.is_on}
        more = {"attributes": self.attributes} if self.attributes else {}
        return {**on, "columns": self.columns, **more}


@dataclass
class Entry:
    """An entry: its sales file, and the files that describe customers and the like."""

    name: str
    sales: File
    others: list[File] = field(default_factory=list)

    @property
    def files(self) -> list[File]:
        return [self.sales, *self.others]

    @property
    def choices(self) -> list[Choice]:
        """What is left for the user to choose."""
        return [choice for file in self.files for choice in file.choices]

    def settings(self) -> dict[str, Any]:
        """The entry as a build reads it."""
        return {
            **self.sales.settings(),
            **{file.kind: file.settings() for file in self.others},
        }

    def text(self) -> str:
        """The entry as YAML, as it stands below ``mapped_sources:``.

        Raises
        ------
        InputError
            When the entry is not valid.
        """
        lines = [f"{self.name}:", *_indented(_file_lines(self.sales))]
        for file in self.others:
            lines += ["", f"  {file.kind}:", *_indented(_file_lines(file), by=4)]
        text = "\n".join(line.rstrip() for line in lines) + "\n"
        read = yaml.safe_load(text)
        assert read == {self.name: self.settings()}, (read, self.settings())
        read_settings({"sources": [], "mapped_sources": read})
        return text


def _indented(lines: Iterator[str], *, by: int = 2) -> list[str]:
    return [f"{' ' * by}{line}" if line else "" for line in lines]


def _file_lines(file: File) -> Iterator[str]:
    yield from _comment(file.title)
    found = sorted(file.findings, key=lambda one: _ORDER.index(one.setting))
    open_settings = {choice.setting: choice for choice in file.choices}
    for name in _ORDER:
        if name in open_settings:
            yield from _choice_lines(open_settings[name])
        for one in found:
            if one.setting == name:
                yield from _finding_lines(one)
    yield "columns:"
    for ours, header in file.columns.items():
        if file.notes.get(ours):
            yield from _comment(file.notes[ours], indent="  ")
        yield f"  {ours}: {written(header)}"
    if "tax_amount" in open_settings:
        for line in _choice_lines(open_settings["tax_amount"]):
            yield f"  {line}"
    if file.attributes:
        yield "# Further facts about customers, by names of your choice."
        yield "attributes:"
        for name, header in file.attributes.items():
            yield f"  {name}: {written(header)}"
    if file.unused:
        yield from _comment(
            "Columns that are not used: " + "; ".join(file.unused) + "."
        )


def _finding_lines(one: Finding) -> Iterator[str]:
    if one.why:
        yield from _comment(one.why[:1].upper() + one.why[1:] + ".")
    for line in _setting_lines(one.setting, one.value):
        yield line if one.is_on else f"# {line}"


def _setting_lines(name: str, value: Any) -> Iterator[str]:
    line = f"{name}: {written(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list):
        yield line
        return
    yield f"{name}:"
    for one in value:
        yield f"  - {written(one)}"


def _choice_lines(choice: Choice) -> Iterator[str]:
    yield from _comment(f"CHOOSE {choice.setting}: {choice.why}. Keep one of these:")
    for values, hint in choice.values:
        yield from _comment(f"- {hint}")
        for name, value in values.items():
            yield f"# {name}: {written(value)}"


def _comment(text: str, *, indent: str = "") -> Iterator[str]:
    # A header may have any character; a comment ends with its line.
    flat = re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    for line in textwrap.wrap(
        flat, _WIDTH - 8 - len(indent), break_long_words=False, break_on_hyphens=False
    ):
        yield f"{indent}# {line}"


def written(value: Any) -> str:
    """A value as YAML on one line, without quotes where it needs none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        inner = (f"{name}: {written(one)}" for name, one in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(written(one) for one in value) + "]"
    if not isinstance(value, str):
        return str(value)
    if re.fullmatch(r"[^\W\d_][\w ./-]*(?<! )", value) and _is_plain(value):
        return value
    return _quoted(value)


def _is_plain(text: str) -> bool:
    return text.isprintable() and bool(yaml.safe_load(text) == text)


def _quoted(text: str) -> str:
    """In double quotes; what YAML cannot show is escaped."""
    if text.isprintable() and all(ord(character) < 0x10000 for character in text):
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(text)
