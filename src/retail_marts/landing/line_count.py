"""The lines of a file, counted without the reader of its rows.

The count proves that the rows of :mod:`retail_marts.landing.delimited` are complete. So
this module shares no code with that reader, except for what unpacks files: a fault in
one must not hide in the other.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path

from retail_marts.errors import InputError
from retail_marts.landing.stored import opened_bytes

_CHUNK_BYTES = 1 << 20
# Encodings in which a line feed and white space are each the one byte that they are in
# ASCII, and in which that byte is never part of another character.
_BYTE_COUNTABLE = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d")
# A blank line after another line. The look-ahead lets the next match start at the same
# line feed.
_BLANK_LINE = re.compile(rb"\n[ \t\r\v\f]*(?=\n)")


def non_blank_line_count(
    path: Path | str, *, encoding: str = "utf-8", skip: int = 0
) -> int:
    """Count the lines of a text file, plain or packed, that are not blank.

    A physical line ends with a line feed or with the file. It is blank when it holds
    nothing but ASCII white space (space, tab, carriage return, vertical tab, form
    feed).

    Parameters
    ----------
    path
        The file.
    encoding
        Any Python text encoding. A byte order mark does not count as text.
    skip
        How many physical lines at the start do not count: those up to the header's end.

    Returns
    -------
    int
        The lines of all rows (and the header, unless skipped), in bounded memory
        whatever the length of a line.

    Raises
    ------
    InputError
        If the file cannot be read or the encoding is unknown. Bytes that are not valid
        in the encoding raise nothing here: they count as text.
    """
    path = Path(path)
    try:
        return _count(_behind(skip, _as_utf8(_chunks(path), encoding)))
    except UnicodeError as error:
        # Only a few multi-byte decoders give up although told to replace.
        raise InputError(
            f"{path} is not {encoding}: {error}.",
            remedy="Set `encoding` to the one the file was written in.",
        ) from None


def _chunks(path: Path) -> Iterator[bytes]:
    with opened_bytes(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _behind(skip: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text behind so many lines."""
    for chunk in chunks:
        start = 0
        while skip and start < len(chunk):
            found = chunk.find(b"\n", start) + 1
            skip -= found > 0
            start = found or len(chunk)
        yield chunk[start:]


def _as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Give the text in bytes that agree with ASCII, without byte order mark."""
    first = next(chunks, b"")
    try:
        name = codecs.lookup(encoding).name
        if name == "utf-8-sig":
            name = "utf-8"
        if name in ("utf-16", "utf-32"):
            # The plain codecs refuse text without a mark.
            big = first.startswith((codecs.BOM_UTF16_BE, b"\0"))
            name += "-be" if big else "-le"
        # Refuses codecs that are not for text, such as base64.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        decoder = codecs.getincrementaldecoder(name)(errors="replace")
    except (LookupError, ValueError):
        raise InputError(
            f"The encoding {encoding!r} is not known.",
            remedy="Use a Python encoding: utf-8, utf-16, latin-1, cp1252, ...",
        ) from None
    if _BYTE_COUNTABLE.fullmatch(name):
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    yield decoder.decode(first).removeprefix("\ufeff").encode(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", True).encode(errors="replace")


def _count(chunks: Iterator[bytes]) -> int:
    count = 0
    # Of a line that a chunk leaves unfinished only one thing matters later: whether it
    # holds text.
    unfinished = b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            block = unfinished + chunk[:cut]
            count += block.count(b"\n") - len(_BLANK_LINE.findall(b"\n" + block))
            unfinished = b""
        if chunk[cut:].strip():
            unfinished = b"x"
    return count + len(unfinished)
