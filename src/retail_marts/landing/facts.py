"""What stands in a file, counted without reading a single row.

These counts are the yardstick against which the rows of
:mod:`retail_marts.landing.delimited` are proven complete, so this module shares no code
with that reader: a fault in one must not hide in the other.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retail_marts.errors import InputError

_CHUNK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
# Encodings in which a line feed, a carriage return, white space and a quote are each
# the one byte they are in ASCII, and that byte never is part of another character.
_BYTE_COUNTABLE = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d")
# A blank line right behind another line; matches may not overlap, hence the look-ahead.
_BLANK_LINE = re.compile(rb"\n[ \t\r\v\f]*(?=\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Counts of one file's text, and the identity of its bytes.

    Attributes
    ----------
    size_bytes
        Size of the file as stored (a gzip file: compressed).
    sha256
        SHA-256 of the file as stored, in hexadecimal digits.
    line_count
        Physical lines: line feeds, plus one if text stands behind the last of them.
    blank_line_count
        Physical lines that hold nothing, or nothing but ASCII white space (space, tab,
        carriage return, vertical tab, form feed), wherever they stand.
    has_inner_blank_lines
        Whether a blank line stands before the last line that is not blank.
    has_quote
        Whether a double quote occurs.
    has_lone_cr
        Whether a carriage return occurs that no line feed follows.
    """

    size_bytes: int
    sha256: str
    line_count: int
    blank_line_count: int
    has_inner_blank_lines: bool
    has_quote: bool
    has_lone_cr: bool

    @property
    def non_blank_line_count(self) -> int:
        """Physical lines that are not blank: the header and every line of every row."""
        return self.line_count - self.blank_line_count


def file_facts(path: Path | str, *, encoding: str = "utf-8") -> FileFacts:
    """Count the lines of a text file, plain or gzip.

    Parameters
    ----------
    path
        The file. Gzip is recognised by its first two bytes, not by its name.
    encoding
        Any Python text encoding. A byte order mark counts as no text.

    Returns
    -------
    FileFacts
        The counts, in bounded memory whatever the length of a line.

    Raises
    ------
    InputError
        If the file cannot be read or the encoding is unknown. Bytes that the encoding
        does not know are no error here: they count as text.

    Notes
    -----
    With one header line, ``non_blank_line_count - 1`` is the sum of ``_line_count``
    over all rows that :func:`~retail_marts.landing.open_delimited` yields.
    """
    path = Path(path)
    try:
        with path.open("rb") as stored:
            sha256 = hashlib.file_digest(stored, "sha256").hexdigest()
            size_bytes = stored.tell()
        return _count(_as_utf8(_chunks(path), encoding), size_bytes, sha256)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read: {error}.",
            remedy="Check that the file is there, complete and readable for you.",
        ) from None
    except UnicodeError as error:
        # Only a few multi-byte decoders give up although told to replace.
        raise InputError(
            f"{path} is not {encoding}: {error}.",
            remedy="Set `encoding` to the one the file was written in.",
        ) from None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stored:
        is_gzip = stored.read(2) == _GZIP_MAGIC
        stored.seek(0)
        stream = gzip.GzipFile(fileobj=stored) if is_gzip else stored
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Give the text as bytes in which ASCII is itself, without byte order mark."""
    first = next(chunks, b"")
    try:
        name = codecs.lookup(encoding).name
        if name == "utf-8-sig":
            name = "utf-8"
        if name in ("utf-16", "utf-32"):
            # The plain codecs refuse a text without mark.
            big = first.startswith((codecs.BOM_UTF16_BE, b"\0"))
            name += "-be" if big else "-le"
        # Refuses what is no encoding of text, such as base64.
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


def _count(chunks: Iterator[bytes], size_bytes: int, sha256: str) -> FileFacts:
    lines = blanks = trailing_blanks = 0
    has_quote = has_lone_cr = False
    open_line = b""

    def add(block: bytes) -> None:
        """Count whole lines: the block ends with a line feed."""
        nonlocal lines, blanks, trailing_blanks, has_lone_cr
        block_lines = block.count(b"\n")
        body = block.rstrip()
        lines += block_lines
        blanks += len(_BLANK_LINE.findall(b"\n" + block))
        if body:
            trailing_blanks = block.count(b"\n", len(body)) - 1
        else:
            trailing_blanks += block_lines
        if not has_lone_cr and b"\r" in block:
            has_lone_cr = block.count(b"\r") != block.count(b"\r\n")

    for chunk in chunks:
        has_quote = has_quote or b'"' in chunk
        cut = chunk.rfind(b"\n") + 1
        if cut:
            add(open_line + chunk[:cut])
            open_line = b""
        # Of an unfinished line only three things matter later: whether it holds text,
        # whether a carriage return is inside it, and its last byte.
        rest = open_line + chunk[cut:]
        has_lone_cr = has_lone_cr or b"\r" in rest[:-1]
        open_line = (b"x" if rest.strip() else b"") + rest[-1:]
    if open_line:
        has_lone_cr = has_lone_cr or open_line.endswith(b"\r")
        add(open_line.removesuffix(b"\r") + b"\n")
    return FileFacts(
        size_bytes=size_bytes,
        sha256=sha256,
        line_count=lines,
        blank_line_count=blanks,
        has_inner_blank_lines=blanks > trailing_blanks,
        has_quote=has_quote,
        has_lone_cr=has_lone_cr,
    )
