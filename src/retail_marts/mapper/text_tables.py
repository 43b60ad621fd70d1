"""Tables of text files, also compressed ones: their bytes say how to read them."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from retail_marts.errors import InputError
from retail_marts.mapper.encodings import encoding_of
from retail_marts.mapper.layout import Layout, Row, footer_of, layout_of, rows_of
from retail_marts.mapper.tables import Keeper, Table
from retail_marts.mapper.typed_tables import json_table

JSON_SUFFIXES = (".jsonl", ".ndjson")
PACKED_SUFFIXES = (".gz", ".bz2", ".zip")
# Bytes of a file that are looked at: more than most files have.
_BYTES = 400_000_000


def bytes_of(path: Path, head: bytes, *, most: int = _BYTES) -> tuple[bytes, bool, str]:
    """The uncompressed bytes, whether these are all, and what they were packed with.

    Of more than ``most`` bytes, the first lines.
    """
    try:
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as stream:
                data, packed = stream.read(most + 1), "gzip"
        elif head.startswith(b"BZh"):
            with bz2.open(path) as stream:
                data, packed = stream.read(most + 1), "bzip2"
        elif head.startswith(b"PK\x03\x04"):
            data, packed = _zip_member(path, most), "zip"
        elif head.startswith((b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
            raise InputError(
                f"{path} is compressed with xz or zstd, which a build does not read.",
                remedy="Unpack it, or compress it with gzip.",
            )
        else:
            with path.open("rb") as plain:
                data, packed = plain.read(most + 1), ""
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is damaged: {error}.",
            remedy="Copy or compress the file again; it may be incomplete.",
        ) from None
    if not data.strip():
        raise InputError(f"{path} is empty.", remedy="Name a file with a table.")
    if len(data) > most:
        return data[: data.rfind(b"\n", 0, most) + 1], False, packed
    return data, True, packed


def _zip_member(path: Path, most: int) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            names = ", ".join(member.filename for member in members[:5])
            raise InputError(
                f"{path} has {len(members)} files ({names}), not one.",
                remedy="Unpack it and map its files.",
            )
        if members[0].flag_bits & 1:
            raise InputError(
                f"{path} is encrypted.", remedy="Unpack it and map the file in it."
            )
        with archive.open(members[0]) as stream:
            return stream.read(most + 1)


def text_table(path: Path, data: bytes, *, is_whole: bool, packed: str) -> Table:
    encoding = encoding_of(data, is_whole=is_whole)
    settings: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    if encoding.evidence:
        evidence["encoding"] = encoding.evidence
    if encoding.name != "utf-8":
        settings["encoding"] = encoding.name
        if encoding.others:
            evidence["encoding"] += (
                f"; look at the names, it might be {encoding.others[0]}"
            )
    text = _decoded(data, encoding.name)
    if packed:
        evidence["path"] = f"packed with {packed}"
    name = path.name.lower()
    for suffix in PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    first = text.lstrip()[:1]
    if name.endswith(JSON_SUFFIXES) or (first == "{" and _is_json_line(text)):
        return replace(json_table(path, text), settings=settings, evidence=evidence)
    if first == "<":
        raise InputError(
            f"{path} is HTML or XML.",
            remedy="Export the table as CSV, Excel or JSON lines.",
        )
    if first == "[" and name.endswith(".json"):
        raise InputError(
            f"{path} is one JSON array.",
            remedy="Write one object per line: "
            f"jq -c '.[]' {path.name} > {path.stem}.jsonl.",
        )
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not lines[-1]:
        lines.pop()
    layout = layout_of(lines)
    return _laid_out(
        path, lines, layout, settings=settings, evidence=evidence, is_whole=is_whole
    )


def _decoded(data: bytes, name: str) -> str:
    if name in ("utf-16", "utf-32") and not data.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
    ):
        name += "-be" if data[:1] == b"\0" else "-le"
    return data.decode(name, errors="replace").removeprefix("\ufeff")


def _laid_out(
    path: Path,
    lines: Sequence[str],
    layout: Layout,
    *,
    settings: dict[str, Any],
    evidence: dict[str, str],
    is_whole: bool,
) -> Table:
    header = layout.header
    names = [" ".join(name.split()) for name in header.fields]
    width = len(names)
    keeper = Keeper()
    last: list[Row] = []
    start = header.line - 1
    rows = rows_of(lines[start:], layout.separator)
    next(rows)
    for row in rows:
        if any(value.strip() for value in row.fields):
            keeper.add(row.fields)
            last.append(row)
            if len(last) > 400:
                del last[:200]
    footer = footer_of(last, width=width) if is_whole else []
    if footer:
        keeper.drop_last([row.fields for row in footer])
        ending = lines[start + footer[0].line - 1 :]
        lines_of_footer = sum(1 for line in ending if line.strip())
        settings["footer_lines"] = lines_of_footer
        evidence["footer_lines"] = "totals or notes, not data"
    if layout.separator != ",":
        settings["separator"] = layout.separator
        evidence["separator"] = layout.evidence["separator"]
    if not layout.header_is_first:
        settings["header_line"] = header.line
        evidence["header_line"] = layout.evidence.get("header_line", "")
    table = keeper.table(
        (path,), names, ["text"] * width, settings=settings, evidence=evidence
    )
    return replace(table, header_line=header.line)


def _is_json_line(text: str) -> bool:
    try:
        return isinstance(json.loads(text.lstrip().partition("\n")[0]), dict)
    except ValueError:
        return False
