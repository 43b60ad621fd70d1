"""Rows of JSON lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.landing.delimited import landed_schema, sliced
from retail_marts.landing.headers import Header, listed
from retail_marts.landing.text import (
    check_encoding,
    check_file,
    lines_of,
    whole_lines,
)

_WHITE = " \t\r\v\f"
_LISTED_LINES = 1_000
_MOST_DIGITS = 400


def open_json_lines(
    path: Path,
    *,
    columns: Sequence[str],
    encoding: str = "utf-8",
    decimal_mark: str = ".",
    batch_rows: int = 50_000,
) -> pa.RecordBatchReader:
    """Open JSON lines as a stream of text rows, as :func:`open_delimited` gives them.

    Parameters
    ----------
    columns
        Keys of the objects. ``customer.id`` is also the key ``id`` within the object
        ``customer``. A key that a line lacks is null.
    decimal_mark
        The mark of numbers as text. Texts stay as they are.

    Notes
    -----
    A line that is not one JSON object becomes a row with a fault.
    """
    schema = landed_schema(columns)
    batches = _batches(
        path,
        columns=columns,
        encoding=encoding,
        decimal_mark=decimal_mark,
        schema=schema,
    )
    return pa.RecordBatchReader.from_batches(
        schema, sliced(batches, batch_rows=batch_rows)
    )


def check_keys(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    encoding: str,
    setting: str,
) -> Header:
    """Check that some line has each key; lines are read until each was found."""
    check_encoding(encoding)
    check_file(path, remedy=f"Put the file there, or correct `{setting}`.")
    lacking = dict.fromkeys(columns)
    keys: dict[str, None] = {}
    line_count = fault_count = 0
    for _, line in _lines(path, encoding=encoding):
        line_count += 1
        found, _ = _parsed(line, decimal_mark=".")
        if found is None:
            fault_count += 1
            if line_count == 1 and line.lstrip().startswith("["):
                raise InputError(
                    f"{path} is one JSON array, not JSON lines.",
                    remedy="Write one object per line: jq -c '.[]' <file> "
                    "> <file>.jsonl.",
                )
            continue
        if line_count <= _LISTED_LINES:
            keys |= dict.fromkeys(_keys(found))
        for name in [name for name in lacking if _has(found, name)]:
            del lacking[name]
        if not lacking:
            break
    if not line_count:
        raise InputError(
            f"{path} is empty.", remedy="Export the file again, one object per line."
        )
    missing = [name for name in lacking if name not in optional]
    if missing or len(lacking) == len(columns):
        what = "key" if len(missing or lacking) == 1 else "keys"
        no_object = " No line is a JSON object." if fault_count == line_count else ""
        raise InputError(
            f"{path} lacks the {what} {listed(missing or list(lacking))} in every line."
            f"{no_object}",
            remedy=f"Its lines have {listed(list(keys))}. Correct the names in the "
            "settings. If only some files lack a key, list our column under `optional`."
            if keys
            else "Check that each line is one JSON object.",
        )
    return Header(0, tuple(lacking))


def _batches(
    path: Path,
    *,
    columns: Sequence[str],
    encoding: str,
    decimal_mark: str,
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    number = 0
    for block in whole_lines(path, encoding=encoding):
        rows: list[list[Any]] = []
        for line in lines_of(block):
            number += 1
            if line.strip(_WHITE):
                found, fault = _parsed(line, decimal_mark=decimal_mark)
                values = [_text(_value(found, name)) for name in columns]
                raw = line.removesuffix("\r") if fault else None
                rows.append([*values, number, 1, fault, raw])
        if rows:
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(column, field.type)
                    for column, field in zip(
                        zip(*rows, strict=True), schema, strict=True
                    )
                ],
                schema=schema,
            )


def _lines(path: Path, *, encoding: str) -> Iterator[tuple[int, str]]:
    number = 0
    for block in whole_lines(path, encoding=encoding):
        for line in lines_of(block):
            number += 1
            if line.strip(_WHITE):
                yield number, line


def _parsed(
    line: str, *, decimal_mark: str
) -> tuple[Mapping[str, Any] | None, str | None]:
    """The object on a line, with its numbers as text; or what is wrong with it."""

    def number(text: str) -> str:
        return _plain(text).replace(".", decimal_mark)

    try:
        found = json.loads(
            line, parse_float=number, parse_int=str, parse_constant=lambda name: None
        )
        if "\\ud" in line.lower():
            # Half a character cannot be stored.
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return None, "not valid text"
    except (ValueError, RecursionError):
        return None, "not valid JSON"
    if not isinstance(found, Mapping):
        return None, "not a JSON object"
    return found, None


def _plain(text: str) -> str:
    """A number without an exponent, unless it would be endless."""
    if "e" not in text.lower():
        return text
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    is_short = isinstance(exponent, int) and abs(exponent) < _MOST_DIGITS
    return format(value, "f") if is_short else text


def _has(found: Mapping[str, Any], name: str) -> bool:
    if name in found:
        return True
    outer, _, inner = name.partition(".")
    below = found.get(outer)
    return bool(inner) and isinstance(below, Mapping) and _has(below, inner)


def _value(found: Mapping[str, Any] | None, name: str) -> Any:
    if found is None:
        return None
    if name in found:
        return found[name]
    outer, _, inner = name.partition(".")
    below = found.get(outer)
    return _value(below, inner) if inner and isinstance(below, Mapping) else None


def _keys(found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{inner}" for inner in _keys(value))
        else:
            yield key


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    # True and false, lists and objects as they are written.
    return json.dumps(value, ensure_ascii=False)
