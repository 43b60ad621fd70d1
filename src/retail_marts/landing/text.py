"""Stored files as text: plain or gzip, any Python encoding, one block at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from retail_marts.errors import InputError

_CHUNK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
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
    (b"PAR1\x15", "a Parquet file, whose name must end in .parquet"),
    (b"%PDF-", "a PDF"),
)


def decoded_chunks(path: Path, *, encoding: str) -> Iterator[str]:
    """Yield a file's text in order, without its byte order mark.

    Parameters
    ----------
    path
        The file. Gzip is recognised by its first two bytes, not by its name.
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
    with _stored_bytes(path) as stream:
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


@contextmanager
def _stored_bytes(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """Open a plain or gzip file; what fails while it is read becomes an InputError."""
    try:
        with path.open("rb") as stored:
            is_gzip = stored.read(2) == _GZIP_MAGIC
            stored.seek(0)
            yield gzip.GzipFile(fileobj=stored) if is_gzip else stored
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{path} is damaged gzip: {error}.",
            remedy="Copy or compress the file again; it may be incomplete.",
        ) from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error}.",
            remedy="Check that the file is readable for the user who runs the build.",
        ) from None


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
        remedy=f"{guess} Any encoding that Python knows can be used; `retail-marts "
        "transcode` rewrites a file as utf-8 for other tools.",
    )
