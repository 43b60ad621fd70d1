"""Workbooks in formats that no library here writes: .xls, .xlsb and .ods.

Each writer makes the smallest file with one sheet, S, of texts and numbers.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

Rows = Sequence[Sequence[str | float]]


def write_xls(path: Path, rows: Rows) -> None:
    """Excel 97 to 2003: records in the stream of a compound file."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def beginning(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 6))

    def cell(row: int, column: int, value: str | float) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
            return record(0x0204, place + text)
        return record(0x0203, place + struct.pack("<d", value))

    end = record(0x000A)
    head = beginning(0x05)
    start = len(head) + 13 + len(end)
    book = head + record(0x0085, struct.pack("<IBBBB", start, 0, 0, 1, 0) + b"S") + end
    book += beginning(0x10)
    for number, row in enumerate(rows):
        book += b"".join(cell(number, place, one) for place, one in enumerate(row))
    book += end
    # Streams of less than 4096 bytes would need a table of their own.
    book = book.ljust(max(4096, -(-len(book) // 512) * 512), b"\0")
    _write_compound_file(path, book)


def _write_compound_file(path: Path, stream: bytes) -> None:
    """Sector 0 is the table of sectors, 1 the directory, the others the stream."""
    free, last, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors = [table, last, *range(3, 2 + len(stream) // 512), last]
    sectors += [free] * (128 - len(sectors))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = f"{name}\0".encode("utf-16-le")
        links = struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
        return (
            text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
        )

    counts = (0, 1, 1, 0, 4096, last, 0, last, 0)
    path.write_bytes(
        bytes.fromhex("D0CF11E0A1B11AE1")
        + bytes(16)
        + struct.pack("<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, *counts)
        + struct.pack("<109I", 0, *[free] * 108)
        + struct.pack("<128I", *sectors)
        + entry("Root Entry", 5, 1, last, 0)
        + entry("Workbook", 2, free, 2, len(stream))
        + bytes(256)
        + stream
    )


def write_xlsb(path: Path, rows: Rows) -> None:
    """Excel's binary workbook: a zip archive of records."""

    def varying(number: int) -> bytes:
        more = number >> 7
        first = bytes([number & 0x7F | (0x80 if more else 0)])
        return first + (varying(more) if more else b"")

    def record(kind: int, data: bytes = b"") -> bytes:
        return varying(kind) + varying(len(data)) + data

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    def cell(column: int, value: str | float) -> bytes:
        place = struct.pack("<II", column, 0)
        if isinstance(value, str):
            return record(0x06, place + text(value))
        return record(0x05, place + struct.pack("<d", value))

    listed = struct.pack("<II", 0, 1) + text("rId1") + text("S")
    book = b"".join(
        record(kind, listed if kind == 0x9C else b"")
        for kind in (0x83, 0x8F, 0x9C, 0x90, 0x84)
    )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(0x81) + record(0x94, size) + record(0x91)
    for number, row in enumerate(rows):
        sheet += record(0x00, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        sheet += b"".join(cell(place, one) for place, one in enumerate(row))
    sheet += record(0x92) + record(0x82)
    office = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{office}/package/2006/relationships">'
            '<Relationship Id="rId1" Target="worksheets/sheet1.bin" '
            f'Type="{office}/officeDocument/2006/relationships/worksheet"/>'
            "</Relationships>",
        )


def write_ods(path: Path, rows: Rows) -> None:
    """An OpenDocument sheet: a zip archive of XML."""

    def cell(value: str | float) -> str:
        kind = "string" if isinstance(value, str) else "float"
        number = "" if isinstance(value, str) else f' office:value="{value!r}"'
        return (
            f'<table:table-cell office:value-type="{kind}"{number}>'
            f"<text:p>{value}</text:p></table:table-cell>"
        )

    cells = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {spaces}/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )


WRITERS = {"xls": write_xls, "xlsb": write_xlsb, "ods": write_ods}
