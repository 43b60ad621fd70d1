"""From files to an entry: reads them, tells which is which, and finds the settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

from retail_marts.errors import InputError
from retail_marts.mapper.amounts import settled_amounts
from retail_marts.mapper.columns import (
    KINDS,
    Assigned,
    assigned,
    dates_without_year,
    kind_of,
)
from retail_marts.mapper.dates import DateFormat, date_format_of, is_period
from retail_marts.mapper.entry import Entry, File
from retail_marts.mapper.findings import Ask, Choice, Finding, counted
from retail_marts.mapper.numbers import Numbers, number_share, numbers_of, values_of
from retail_marts.mapper.reading import files_in, read_tables
from retail_marts.mapper.rules import (
    SHORTENED_REMEDY,
    null_words_of,
    order_amounts,
    returns_in_columns,
    rules_of,
    shortened_ids,
    with_order_ids,
)
from retail_marts.mapper.tables import Column, Table, united, with_folders
from retail_marts.mapper.taxes import taxes_of
from retail_marts.mapper.words import folded, is_in_cents, parts
from retail_marts.settings.columns import RESERVED_ATTRIBUTES, CustomerColumns

#: What ``--kind`` may say, and our names for it.
KIND_NAMES = {
    "sales": "sales_lines",
    **{kind: kind for kind in KINDS if kind != "sales_lines"},
}
#: Settings that the other files of an entry inherit from it, with their defaults.
_DEFAULTS: dict[str, Any] = {
    "separator": ",",
    "encoding": "utf-8",
    "decimal_mark": ".",
    "thousands_mark": "",
}
# Columns that hold facts about persons in words, which are no attributes.
_PERSONAL = re.compile(
    r"phone|telefon|mobile|fax|address|street|strasse|adresse|alamat|zip|postal|postcode"
    r"|plz|birth|geburt|ssn|passport|iban|card|note|comment|name|mail"
)
_ATTRIBUTE_VALUES = 60
# So many columns of periods make a table of periods.
_PERIODS = 3
_NAME = r"[a-z][a-z0-9_]{0,40}"
_ITEM_FACTS = re.compile(r"\b(sku|name|product_id|quantity|qty|price|total)\b\W{1,3}")


def map_files(
    paths: Sequence[Path],
    *,
    name: str,
    project: Path,
    today: date,
    kind: str | None = None,
    sheet: str | None = None,
    ask: Ask | None = None,
) -> Entry:
    """Look at files and make an entry of ``mapped_sources`` that reads them.

    Parameters
    ----------
    paths
        Files of one business: sales, and what describes customers, products, stores;
        or folders of these.
    name
        The name of the entry.
    project
        The project folder. Paths in the entry are relative to it.
    today
        Orders are not after this day.
    kind
        What the files are (``sales``, ``customers``, ...), instead of a look.
    sheet
        The sheet of Excel files.
    ask
        Asks the user where the files do not decide; without it, the entry has the
        choices as comments.

    Raises
    ------
    InputError
        When a file cannot be read or is not of a known kind.
    """
    if not re.fullmatch(_NAME, name):
        raise InputError(
            f"{name!r} cannot be the name of an entry.",
            remedy="Use lower-case letters, digits and underscores, starting with a "
            "letter, at most 41 characters.",
        )
    by_kind: dict[str, list[tuple[Table, Assigned]]] = {}
    folders: dict[str, Path] = {}
    for given in paths:
        kinds = set()
        for path in files_in(given):
            within = given if given.is_dir() else path.parent
            for table, found in _recognised_tables(
                path, kind, sheet, today=today, within=within
            ):
                kinds.add(found.kind)
                by_kind.setdefault(found.kind, []).append((table, found))
        if given.is_dir() and len(kinds) == 1:
            folders[kinds.pop()] = given
    if "sales_lines" not in by_kind:
        named = "; ".join(
            f"{pairs[0][0].paths[0]} has {one}" for one, pairs in by_kind.items()
        )
        raise InputError(
            f"No file has sales: {named}.",
            remedy="Name the sales file too: an entry needs one. If it is among these, "
            "add --kind sales for it alone: the message says which columns are not "
            "recognised. With an entry in place, add other files to it as "
            "docs/mapped-lines.md shows.",
        )
    files = {
        one: _file(
            [table for table, _ in pairs],
            one,
            place=_place([table for table, _ in pairs], folders.get(one)),
            project=project,
            today=today,
        )
        for one, pairs in by_kind.items()
    }
    entry = Entry(
        name,
        files["sales_lines"],
        [files[one] for one in KINDS[1:] if one in files],
    )
    if ask is not None:
        for file in entry.files:
            _resolve(file, ask)
    for other in entry.others:
        _leave_out_inherited(other, entry.sales)
    _join_customers(entry)
    _settle_product_key(entry)
    return entry


def _recognised_tables(
    path: Path, kind: str | None, sheet: str | None, *, today: date, within: Path
) -> list[tuple[Table, Assigned]]:
    """The table of a file; of a workbook, the first sheet of each kind."""
    tables = [
        with_folders(table, path.relative_to(within).parent)
        for table in read_tables(path, sheet=sheet)
    ]
    if len(tables) == 1:
        return [(tables[0], _recognised(tables[0], kind, today=today))]
    first: dict[str, tuple[Table, Assigned]] = {}
    sales = []
    for table in tables:
        with suppress(InputError):
            found = _recognised(table, kind, today=today)
            first.setdefault(found.kind, (table, found))
            if found.kind == "sales_lines":
                sales.append(table)
    alike = [one for one in sales if {*one.headers} == {*sales[0].headers}]
    if len(alike) > 1:
        sheets = ", ".join(str(one.settings["sheet"]) for one in alike)
        raise InputError(
            f"{path} has sales in several sheets ({sheets}), and an entry reads one.",
            remedy="Save each sheet as a file, and name these files together; or "
            "choose one sheet with --sheet.",
        )
    if not first:
        raise InputError(
            f"{path}: no sheet has sales, customers, products or stores.",
            remedy="Name the sheet with --sheet, and what it is with --kind.",
        )
    return list(first.values())


def _recognised(table: Table, kind: str | None, *, today: date) -> Assigned:
    yearless = dates_without_year(table)
    if kind in (None, "sales") and yearless:
        found = assigned(table, "sales_lines", today=today)
        if found is None:
            raise InputError(
                f"{table.paths[0]}: the dates in {yearless.header} have no year.",
                remedy="Which year is it? Add a column with whole dates, such as "
                "2024-12-31, to the file (DATEV files have the year in their first "
                "line), and map it again.",
            )
        return found
    if kind is not None:
        found = assigned(table, KIND_NAMES[kind], today=today)
        if found is not None:
            return found
        needs = {
            "sales": "a column of dates, and one of amounts (or prices and quantities)",
            "customers": "a column of customer ids",
            "products": "a column of product ids, and one that describes them",
            "stores": "a column of store ids, and one that describes them",
        }[kind]
        raise _unknown(table, f"is not a file of {kind}: it needs {needs}")
    every = kind_of(table, today=today)
    if every:
        return every[0]
    if not any(column.filled for column in table.columns):
        raise InputError(
            f"{table.paths[0]} has no rows.",
            remedy="Export it again with its sales: headers alone do not show what the "
            "columns are.",
        )
    periods = [column.header for column in table.columns if is_period(column.header)]
    if len(periods) >= _PERIODS:
        raise InputError(
            f"{table.paths[0]} has a column for each period ({periods[0]} to "
            f"{periods[-1]}), not one row per sale.",
            remedy="Export the sales themselves. If there are only such figures, make "
            "one row per product and period of them (in Excel: Data, From Table, "
            "Unpivot Columns), with the first day of the period as a date such as "
            "2024-01-01, and map that file.",
        )
    raise _unknown(table, "is neither sales nor customers, products or stores")


def _unknown(table: Table, problem: str) -> InputError:
    columns = "; ".join(_described(column) for column in table.columns[:30])
    return InputError(
        f"{table.paths[0]} {problem}. Its columns: {columns}.",
        remedy="Where names do not say what columns are, write the entry by hand: "
        "docs/mapped-files.md lists our columns, and docs/mapped-lines.md those of "
        "stock, order terms and events.",
    )


def _described(column: Column) -> str:
    """A header and what its values are, without any value."""
    values = column.filled[:2000]
    if not values:
        return f"{column.header} (empty)"
    if column.kind != "text":
        return f"{column.header} ({column.kind})"
    if date_format_of(column, today=date.max, is_named=False):
        return f"{column.header} (dates)"
    if number_share(values) > 0.8:
        return f"{column.header} (numbers)"
    return f"{column.header} ({counted(len(set(column.filled)), 'text')})"


# --------------------------------------------------------------------- one file


def _file(
    tables: Sequence[Table],
    kind: str,
    *,
    place: Path | None,
    project: Path,
    today: date,
) -> File:
    """What is found about the files of one kind, which are read as one table."""
    for one in tables[1:]:
        _refuse_other_format(tables[0], one)
    table = united(tables)
    found = assigned(table, kind, today=today)
    if found is None:
        raise _unknown(table, "and the other files have no common columns")
    for one in tables:
        _refuse_repeated(one, found.headers)
    if found.date_format is not None and found.date_format.choices:
        _refuse_other_dates(tables, found.headers["order_date"], today=today)
    first_lines = ""
    if kind == "sales_lines":
        table, first_lines = with_order_ids(table, found.headers)
    amounts_first = numbers_of(number_values(table, found.headers))
    amounts = settled_amounts(table, found.headers, amounts_first)
    headers = amounts.headers
    numbers = numbers_of(number_values(table, headers))
    file = File(
        kind,
        _title(table, kind),
        headers,
        notes={**found.notes, **amounts.notes},
        needed=_needed(table, numbers),
    )
    _note_shortened_ids(file, table)
    if kind == "sales_lines":
        _settle_tax(file, table, numbers, dropped=amounts.dropped)
    file.findings += _places(table, place, project)
    file.findings += [
        Finding(setting, value, table.evidence.get(setting, ""))
        for setting, value in table.settings.items()
        if setting not in ("database", "table")
    ]
    file.findings += _optional(table, headers)
    _add_dates(file, table, found.date_format)
    _add_numbers(file, numbers)
    if amounts.percent:
        file.findings.append(Finding("percent_columns", amounts.percent))
    file.findings += _cents(table, headers, numbers)
    file.findings += null_words_of(table, headers)
    if kind == "sales_lines":
        file.findings += rules_of(
            table,
            headers,
            numbers=numbers,
            date_format=found.date_format,
            first_lines=first_lines,
        )
        file.findings = _merged_filters(file.findings)
        _settle_discounts(file, amounts.dropped)
        _note_empty_keys(file, table)
        for text in returns_in_columns(table, headers, numbers):
            _add_note(file, "quantity", "sales_amount", text=f"check it: {text}")
    _add_unused(file, table, dropped=amounts.dropped)
    return file


def _needed(table: Table, numbers: Numbers) -> dict[str, Any]:
    """Settings that the file needs below an entry that may have other ones."""
    needed: dict[str, Any] = {}
    if table.header_line is not None:
        needed["header_line"] = table.header_line
        needed["separator"] = table.settings.get("separator", ",")
        needed["encoding"] = table.encoding
    if numbers.evidence and not numbers.choices:
        needed["decimal_mark"] = numbers.decimal_mark
        needed["thousands_mark"] = numbers.thousands_mark
    return needed


def _refuse_other_format(first: Table, other: Table) -> None:
    pairs = {
        setting: (first.settings.get(setting), other.settings.get(setting))
        for setting in ("separator", "header_line", "sheet")
    }
    if first.encoding and other.encoding:
        pairs["encoding"] = (first.encoding, other.encoding)
    for setting, (one, two) in pairs.items():
        if one != two:
            raise InputError(
                f"{first.paths[0]} and {other.paths[0]} are files of one kind, but "
                f"differ in {setting} ({one or 'the default'} and "
                f"{two or 'the default'}).",
                remedy="Map them one by one, as two entries, or save them in one "
                "format.",
            )


def _refuse_other_dates(tables: Sequence[Table], header: str, *, today: date) -> None:
    """Refuse files of which one has the day first and another one the month."""
    first: tuple[Table, tuple[str, ...]] | None = None
    for table in tables:
        if header not in table.headers:
            continue
        found = date_format_of(table.column(header), today=today)
        if found is None or found.choices:
            continue
        if first is not None and first[1] != found.formats:
            raise InputError(
                f"{first[0].paths[0]} and {table.paths[0]} are files of one kind, but "
                f"differ in date_format ({first[1][0]} and {found.formats[0]}).",
                remedy="Map them one by one, as two entries, or save them in one "
                "format.",
            )
        first = first or (table, found.formats)


def _refuse_repeated(table: Table, headers: Mapping[str, str]) -> None:
    """Refuse what a build refuses: nothing says which of two columns is meant."""
    every = [column.header for column in table.columns]
    for header in headers.values():
        if every.count(header) > 1:
            raise InputError(
                f"{table.paths[0]} has the column {header!r} more than once.",
                remedy="Rename all but one of them in the file, so that names are "
                "unique.",
            )


def number_values(table: Table, headers: Mapping[str, str]) -> list[list[str]]:
    """The values of the columns of numbers that are text."""
    return [
        column.filled
        for ours, header in headers.items()
        if ours.endswith(("_amount", "_rate"))
        or ours in ("quantity", "latitude", "longitude")
        for column in [table.column(header)]
        if column.kind == "text" and number_share(column.filled[:2000]) > 0.8
    ]


def _title(table: Table, kind: str) -> str:
    what = {"sales_lines": "sales"}.get(kind, kind)
    files = f" in {len(table.paths)} files" if len(table.paths) > 1 else ""
    seen = (
        f" (looked at {table.kept_count:,} of them)"
        if table.kept_count < table.row_count
        else ""
    )
    return f"{counted(table.row_count, 'row')} of {what}{files}{seen}."


def _place(tables: Sequence[Table], folder: Path | None) -> Path | None:
    """The folder or the pattern that has these files and no others."""
    paths = [path for table in tables for path in table.paths]
    if folder is not None and {*files_in(folder)} == {*paths}:
        return folder
    return _pattern(paths) if len(paths) > 1 else None


def _places(table: Table, place: Path | None, project: Path) -> list[Finding]:
    if "database" in table.settings:
        path = _shown(Path(table.settings["database"]), project)
        return [
            Finding("database", path),
            Finding("table", table.settings["table"]),
        ]
    why = table.evidence.get("path", "")
    paths = [_shown(path, project) for path in table.paths]
    if place is not None:
        return [Finding("path", _shown(place, project), why)]
    return [Finding("path", paths[0] if len(paths) == 1 else paths, why)]


def _pattern(paths: Sequence[Path]) -> Path | None:
    """A pattern that matches these files and no others."""
    folders = {path.parent for path in paths}
    suffixes = {"".join(path.suffixes[-2:]) for path in paths} | {
        path.suffix for path in paths
    }
    if len(folders) > 1:
        return None
    folder = folders.pop()
    names = [path.name for path in paths]
    start = "".join(
        letters[0]
        for letters in takewhile(
            lambda one: len({*one}) == 1, zip(*names, strict=False)
        )
    )
    for suffix in sorted(suffixes, key=len, reverse=True):
        for prefix in dict.fromkeys(("", re.sub(r"\d+$", "", start))):
            if {*folder.glob(f"{prefix}*{suffix}")} == {*paths}:
                return folder / f"{prefix}*{suffix}"
    return None


def _shown(path: Path, project: Path) -> str:
    """A path relative to the project, unless that goes far up."""
    relative = os.path.relpath(path.absolute(), project.absolute())
    return (
        str(path)
        if path.is_absolute() and relative.startswith("../../..")
        else relative
    )


def _optional(table: Table, headers: Mapping[str, str]) -> list[Finding]:
    lacking = [ours for ours, header in headers.items() if header in table.lacking]
    if not lacking:
        return []
    where = "; ".join(
        f"{headers[ours]} is missing in "
        + ", ".join(path.name for path in table.lacking[headers[ours]][:3])
        for ours in lacking
    )
    return [Finding("optional", lacking, where)]


def _add_dates(file: File, table: Table, found: DateFormat | None) -> None:
    if found is None:
        return
    header = found.open_header or file.columns["order_date"]
    if found.month_language != "en":
        file.findings.append(Finding("month_language", found.month_language))
    if found.choices:
        values = tuple(
            ({"date_format": _one_or_all((*found.formats, written))}, hint)
            for written, hint in found.choices
        )
        file.choices.append(
            Choice("date_format", f"in {header}, {found.evidence}", values)
        )
    elif found.formats:
        why = found.evidence
        if found.share < 0.995:
            why += (
                f"{'; ' if why else ''}{found.share:.1%} of the values are such dates"
            )
        file.findings.append(Finding("date_format", _one_or_all(found.formats), why))


def _one_or_all(formats: Sequence[str]) -> str | list[str]:
    return formats[0] if len(formats) == 1 else list(formats)


def _add_numbers(file: File, numbers: Numbers) -> None:
    findings = file.findings
    if numbers.choices:
        file.choices.append(
            Choice(
                "decimal_mark",
                numbers.evidence,
                tuple(
                    (
                        {"decimal_mark": decimal, "thousands_mark": group},
                        hint,
                    )
                    for decimal, group, hint in numbers.choices
                ),
            )
        )
    elif numbers.decimal_mark != "." or numbers.thousands_mark:
        findings.append(Finding("decimal_mark", numbers.decimal_mark, numbers.evidence))
        if numbers.thousands_mark:
            findings.append(Finding("thousands_mark", numbers.thousands_mark))
    if numbers.is_indian:
        findings.append(Finding("digit_grouping", "indian", "such as 12,34,567"))
    if numbers.currency_marks:
        findings.append(Finding("currency_marks", list(numbers.currency_marks)))
    if len(numbers.styles) > 1:
        findings.append(Finding("negative_style", list(numbers.styles)))


def _cents(table: Table, headers: Mapping[str, str], numbers: Numbers) -> list[Finding]:
    """The amounts in cents: their headers say so, and all are whole numbers."""
    found = [
        ours
        for ours, header in headers.items()
        if ours.endswith("_amount")
        and is_in_cents(header)
        and all(
            amount is None or amount % 1 == 0
            for amount in values_of(table.column(header).values, numbers)
        )
    ]
    why = "their headers say so, and they have no decimals"
    return [Finding("cent_columns", found, why)] if found else []


def _merged_filters(findings: Sequence[Finding]) -> list[Finding]:
    """All filters as one setting, since a setting can be written once only.

    Those that are not on are a comment, which has all of them: it replaces the other
    line if the user agrees.
    """
    filters = [one for one in findings if one.setting == "filters"]
    merged = [one for one in findings if one.setting != "filters"]
    for are_on in (True, False):
        some = [one for one in filters if one.is_on is are_on]
        if some:
            listed = filters if not are_on else some
            value = [each for one in listed for each in one.value]
            why = "; ".join(one.why for one in some)
            merged.append(replace(some[0], value=value, why=why))
    return merged


def _note_shortened_ids(file: File, table: Table) -> None:
    for ours in ("order_id", "customer_id", "product_id", "store_id"):
        if ours not in file.columns:
            continue
        found = shortened_ids(table.column(file.columns[ours]).filled)
        if found:
            rows = counted(len(found), "row has an id", "rows have ids")
            text = f"check it: {rows} such as {found[0]}. {SHORTENED_REMEDY}"
            _add_note(file, ours, text=text)


def _add_note(file: File, *columns: str, text: str) -> None:
    """Add a note to the first of our columns that is mapped."""
    ours = next(one for one in columns if one in file.columns)
    before = file.notes.get(ours)
    file.notes[ours] = f"{before}; {text}" if before else text


def _note_empty_keys(file: File, table: Table) -> None:
    """Say which columns that every row needs are empty on many rows."""
    filled = [
        name
        for one in file.findings
        if one.setting == "fill_down" and one.is_on
        for name in one.value
    ]
    for ours in ("order_id", "order_date", "quantity", "sales_amount"):
        if ours not in file.columns or ours in filled:
            continue
        values = table.column(file.columns[ours]).values
        empty = sum(not value for value in values)
        if empty > 0.02 * len(values):
            text = f"check it: empty on {empty:,} of {len(values):,} rows, which are "
            _add_note(file, ours, text=f"{text}rejected")


def _settle_tax(
    file: File, table: Table, numbers: Numbers, *, dropped: dict[str, str]
) -> None:
    """Map a tax on top of the amounts; not one inside them, nor an unclear one."""
    taxes = taxes_of(table, file.columns, numbers)
    if taxes.choice is None and not taxes.is_inside:
        if taxes.note:
            file.notes["tax_amount"] = taxes.note
        return
    of_order = [
        name
        for one in order_amounts(table, file.columns, numbers)
        if one.is_on
        for name in one.value
    ]
    tax = file.columns.pop("tax_amount")
    if taxes.choice is None:
        _add_note(file, "sales_amount", "unit_price_amount", text=taxes.note)
        dropped[tax] = "a tax that the amounts have inside"
        return
    choice = taxes.choice
    if "tax_amount" in of_order:
        on_top, *others = choice.values
        hint = f"{on_top[1]}. Then add tax_amount to order_amounts"
        choice = replace(choice, values=((on_top[0], hint), *others))
    file.choices.append(choice)
    dropped[tax] = "see CHOOSE tax_amount"


def _settle_discounts(file: File, dropped: dict[str, str]) -> None:
    """A rate and an amount of one discount would both be subtracted from a price."""
    columns = file.columns
    of_orders = [
        name
        for one in file.findings
        if one.setting == "order_amounts" and one.is_on
        for name in one.value
    ]
    is_twice = {"discount_rate", "discount_amount"} <= {*columns}
    is_subtracted = "sales_amount" not in columns
    if is_twice and is_subtracted and "discount_amount" not in of_orders:
        dropped[columns.pop("discount_amount")] = "its rate is used"


def _add_unused(file: File, table: Table, *, dropped: Mapping[str, str]) -> None:
    used = {*file.columns.values()}
    for column in table.columns:
        if column.header in used:
            continue
        if column.header in dropped:
            file.unused.append(f"{column.header} ({dropped[column.header]})")
        elif file.kind == "customers" and _is_attribute(column):
            file.attributes[_attribute_name(column, file)] = column.header
        elif file.kind == "sales_lines" and _has_items(column):
            file.unused.append(
                f"{column.header} (check it: it holds items of an order in one cell; "
                "baskets and products need an export with a row per item)"
            )
        else:
            file.unused.append(column.header)


def _has_items(column: Column) -> bool:
    """Whether cells hold several facts of a product, as ``sku:A1|quantity:2``."""
    values = column.filled[:200]
    found = sum(len(set(_ITEM_FACTS.findall(one.casefold()))) > 1 for one in values)
    return found > len(values) / 2


def _is_attribute(column: Column) -> bool:
    """Whether a column of customers is a fact that customers have in common."""
    values = column.filled
    distinct = len(set(values))
    return (
        0 < distinct <= _ATTRIBUTE_VALUES
        and distinct < max(0.5 * len(values), 3)
        and not _PERSONAL.search(folded(column.header))
    )


def _attribute_name(column: Column, file: File) -> str:
    words = [word for word in parts(column.header) if word.isascii() and word != "%"]
    name = re.sub(r"^[^a-z]+", "", "_".join(words))[:30] or "attribute"
    taken = {*file.attributes, *CustomerColumns.model_fields, *RESERVED_ATTRIBUTES}
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


# ------------------------------------------------------------------- all files


def _resolve(file: File, ask: Ask) -> None:
    """Ask the user for each choice; what is not answered stays one."""
    left = []
    for choice in file.choices:
        answers = [
            (", ".join(f"{n} {value}" for n, value in values.items()) or "none")
            + f" ({hint})"
            for values, hint in choice.values
        ]
        answer = ask(choice.question, answers)
        if answer is None:
            left.append(choice)
            continue
        values, _ = choice.values[answer]
        if choice.setting == "tax_amount":
            file.columns.update(values)
            file.unused = [one for one in file.unused if "CHOOSE tax_amount" not in one]
            continue
        file.findings += [
            Finding(name, value, "as you chose") for name, value in values.items()
        ]
    file.choices = left


def _leave_out_inherited(file: File, sales: File) -> None:
    """Write only settings that are other than those of the sales file."""
    above = {**_DEFAULTS, **sales.settings()}
    file.findings = [
        one
        for one in file.findings
        if one.setting not in _DEFAULTS or one.value != above[one.setting]
    ]
    own, needed = file.settings(), {**file.needed}
    if "encoding" in needed and needed["encoding"] is None:
        is_like_ascii = "a,1".encode(above["encoding"]) == b"a,1"
        needed["encoding"] = above["encoding"] if is_like_ascii else "utf-8"
    if above["thousands_mark"] != needed.get("decimal_mark"):
        # A mark that the file does not have does no harm.
        needed.pop("thousands_mark", None)
    file.findings += [
        Finding(setting, value, "not as in the sales file")
        for setting, value in needed.items()
        if setting not in own and above.get(setting, value) != value
    ]


def _join_customers(entry: Entry) -> None:
    """A file of customers needs their ids in the sales lines."""
    for other in [*entry.others]:
        if other.kind == "customers" and "customer_id" not in entry.sales.columns:
            entry.others.remove(other)
            entry.sales.unused.append(
                f"the file of customers ({_path_of(other)}), because the sales have no "
                "customer id"
            )


def _settle_product_key(entry: Entry) -> None:
    """A file of products needs the columns of the key, too."""
    for other in entry.others:
        if other.kind == "products" and "product_name" not in other.columns:
            entry.sales.findings = [
                replace(one, is_on=False) if one.setting == "product_key" else one
                for one in entry.sales.findings
            ]


def _path_of(file: File) -> str:
    return str(file.settings().get("path", ""))
