"""Stored files as text: plain or packed, any Python encoding, one block at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from retail_marts.errors import InputError
from retail_marts.landing.stored import opened_bytes

_CHUNK_BYTES = 1 << 20
# No table has a longer line; without a limit it would fill the memory.
_LINE_CHARS = 16_000_000
# Byte order marks, and the encodings in which these bytes are valid.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", ("utf-8",)),
    (codecs.BOM_UTF16_LE, "utf-16", ("utf-16", "utf-32")),
    (codecs.BOM_UTF16_BE, "utf-16", ("utf-16", "utf-32")),
)

# Files that are given by mistake for a text file, by their first bytes.
_NO_TEXTS = (
    (b"PK\x03\x04", "a zip archive, as Excel workbooks (.xlsx) are"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"PAR1\x15", "a Parquet file"),
    (b"%PDF-", "a PDF"),
    (b"<html", "a web page"),
    (b"<!DOC", "a web page"),
    (b"<?xml", "XML"),
    (b"7z\xbc\xaf\x27", "a 7z archive"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstandard"),
)


def decoded_chunks(path: Path, *, encoding: str) -> Iterator[str]:
    """Yield a file's text in order, without its byte order mark.

    Parameters
    ----------
    path
        The file, plain or packed.
    encoding
        Any Python text encoding. utf-16 without a mark is read as little endian unless
        its first byte is zero.

    Yields
    ------
    str
        Text of at most about one million characters; line ends are as in the file.

    Raises
    ------
    InputError
        If the encoding is unknown, the file cannot be read, its mark contradicts the
        encoding, or a byte cannot be decoded (the message has its line and value).
    """
    check_encoding(encoding)
    with opened_bytes(path) as stream:
        raw = stream.read(_CHUNK_BYTES)
        _refuse_binary(path, head=raw[:5])
        name = _codec_name(path, encoding=encoding, head=raw[:4])
        decoder = codecs.getincrementaldecoder(name)()
        offset, line, is_first = 0, 1, True
        while True:
            state = decoder.getstate()
            try:
                text = decoder.decode(raw, not raw)
                if not text.isascii():
                    # A few codecs (utf-7) yield halves of characters; no text has them.
                    text.encode()
            except UnicodeError as error:
                if isinstance(error, UnicodeDecodeError):
                    start = len(raw) - (len(error.object) - error.start)
                    decoder.setstate(state)
                    line += decoder.decode(raw[: max(start, 0)]).count("\n")
                    byte = f"byte 0x{error.object[error.start]:02x}"
                    where = f"{byte} at offset {offset + start}, line {line},"
                else:
                    where = f"text near offset {offset}, line {line},"
                raise _undecodable(path, where, encoding=encoding, raw=raw) from None
            if is_first and text:
                text, is_first = text.removeprefix("\ufeff"), False
            if text:
                yield text
            if not raw:
                return
            offset, line = offset + len(raw), line + text.count("\n")
            raw = stream.read(_CHUNK_BYTES)


def whole_lines(path: Path, *, encoding: str) -> Iterator[str]:
    """Yield the text in blocks of whole lines; only the last may lack its line feed."""
    rest, lines = "", 0
    for chunk in decoded_chunks(path, encoding=encoding):
        if "\0" in chunk:
            line = lines + 1 + chunk.count("\n", 0, chunk.index("\0"))
            raise InputError(
                f"{path} has a NUL byte in line {line}; it is not text in {encoding}.",
                remedy=_nul_remedy(chunk),
            )
        text = rest + chunk
        cut = text.rfind("\n") + 1
        rest = text[cut:]
        if len(rest) > _LINE_CHARS:
            line = lines + 1 + text.count("\n")
            raise InputError(
                f"Line {line} of {path} is longer than {_LINE_CHARS:,} characters.",
                remedy="Check that this is a text file of lines, one row per line.",
            )
        if cut:
            lines += text.count("\n")
            yield text[:cut]
    if rest:
        yield rest


def _nul_remedy(text: str) -> str:
    sample = text[:2000]
    if max(sample[0::2].count("\0"), sample[1::2].count("\0")) * 3 > len(sample):
        return "Every second byte is NUL: set `encoding` to utf-16."
    return (
        "Export the file again as text; spreadsheet and database files cannot be read."
    )


def lines_of(text: str) -> list[str]:
    """Split at line feeds only; str.splitlines splits at a dozen other characters."""
    lines = text.split("\n")
    if not lines[-1]:
        del lines[-1]
    return lines


def check_encoding(encoding: str) -> None:
    """Raise InputError unless Python can decode a stream in this encoding."""
    try:
        codecs.getincrementaldecoder(encoding)
        # Refuses codecs that are not for text, such as base64.
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except (LookupError, ValueError):
        raise InputError(
            f"The encoding {encoding!r} is not known.",
            remedy="Set `encoding` to utf-8, utf-16, latin-1, cp1252 or another "
            "encoding that Python knows.",
        ) from None


def check_file(path: Path, *, remedy: str) -> None:
    """Raise InputError with this remedy unless the path is a file."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a file.", remedy=remedy)
        if not path.exists():
            raise InputError(f"The file {path} does not exist.", remedy=remedy)
        if not path.is_file():
            raise InputError(f"{path} is not a regular file.", remedy=remedy)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}.", remedy=remedy) from None


def _refuse_binary(path: Path, *, head: bytes) -> None:
    for start, kind in _NO_TEXTS:
        if head.startswith(start):
            raise InputError(
                f"{path} is {kind}, not a text file.",
                remedy="Save the table as CSV (in Excel: 'CSV UTF-8') and use that "
                "file.",
            )


def _codec_name(path: Path, *, encoding: str, head: bytes) -> str:
    name = codecs.lookup(encoding).name
    for mark, marked, families in _MARKS:
        if head.startswith(mark) and not name.startswith(families):
            raise InputError(
                f"{path} starts with the byte order mark of {marked} but is read as "
                f"{encoding}.",
                remedy=f"Set `encoding` to {marked}.",
            )
    if name == "utf-8-sig":
        return "utf-8"
    if name in ("utf-16", "utf-32"):
        # The plain codecs refuse text without a mark, so the byte order is added here.
        big = head.startswith((codecs.BOM_UTF16_BE, b"\0"))
        return name + ("-be" if big else "-le")
    return name


def _undecodable(path: Path, where: str, *, encoding: str, raw: bytes) -> InputError:
    zeros = raw[:2000].count(0)
    if zeros * 3 > len(raw[:2000]):
        guess = "Every second byte is zero: set `encoding` to utf-16."
    elif not zeros and "16" in encoding:
        guess = "No byte is zero: set `encoding` to utf-8, or latin-1 if that fails."
    else:
        guess = (
            "Set `encoding` to the one the file was written in: cp1252 or latin-1 for "
            "many Western European exports, utf-16 for Excel's 'Unicode text'."
        )
    return InputError(
        f"{path}: {where} is not {encoding}.",
        remedy=f"{guess} Any encoding that Python knows can be used.",
    )
