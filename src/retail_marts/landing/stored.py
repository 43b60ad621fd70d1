"""Stored bytes: files as they are, or unpacked from gzip, bzip2 or a zip archive."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from retail_marts.errors import InputError

Kind = Literal["text", "json", "workbook", "parquet"]

GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")  # the second has no members
_OLE = b"\xd0\xcf\x11\xe0"
_PARQUET = b"PAR1"
_HEAD_BYTES = 8
PACKED_SUFFIXES = (".gz", ".bz2", ".zip")
PARQUET_SUFFIXES = (".parquet", ".parq", ".pq")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
# Members that only a workbook has.
_WORKBOOK_MEMBERS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
# sales.csv.gz in a zip archive is packed twice; nobody packs deeper.
_MOST_LAYERS = 3


def kind_of(path: Path) -> Kind:
    """How a file is read, by its first bytes where they tell, otherwise by its name."""
    name = path.name.lower()
    if name.endswith(PARQUET_SUFFIXES):
        return "parquet"
    if not path.is_file():
        return "text"  # whose reader says what is wrong, and does not wait for a pipe
    try:
        with path.open("rb") as stored:
            head = stored.read(_HEAD_BYTES)
        if head.startswith(_PARQUET):
            return "parquet"
        if head.startswith(_OLE):
            return "workbook"
        if head.startswith(ZIPS):
            with zipfile.ZipFile(path) as archive:
                if _WORKBOOK_MEMBERS & set(archive.namelist()):
                    return "workbook"
                name = "".join(_members(archive)).lower()
    except (OSError, zipfile.BadZipFile):
        # The reader of the file says what is wrong with it.
        pass
    for suffix in PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    return "json" if name.endswith(JSON_SUFFIXES) else "text"


@contextmanager
def opened_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file and unpack it; what fails while it is read becomes an InputError.

    Packed files are recognised by their first bytes, not by their names.
    """
    with ExitStack() as layers:
        try:
            stream: Any = layers.enter_context(path.open("rb"))
            for _ in range(_MOST_LAYERS):
                head = _peeked(stream)
                if head.startswith(GZIP):
                    stream = gzip.GzipFile(fileobj=stream)
                elif head.startswith(BZIP2):
                    stream = bz2.BZ2File(stream)
                elif head.startswith(ZIPS):
                    stream = _only_member(path, stream, layers)
                else:
                    break
            yield stream
        except (
            EOFError,
            gzip.BadGzipFile,
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
        ) as error:
            raise _damaged(path, error) from None
        except OSError as error:
            if error.errno is None:  # bzip2's errors have no number
                raise _damaged(path, error) from None
            raise InputError(
                f"{path} cannot be read: {error}.",
                remedy="Check that the file is readable for the user who runs the "
                "build.",
            ) from None


def _peeked(stream: Any) -> bytes:
    head: bytes = stream.read(_HEAD_BYTES)
    stream.seek(0)
    return head


def _damaged(path: Path, error: Exception) -> InputError:
    kind = (
        "a damaged zip archive, as Excel workbooks (.xlsx) are"
        if isinstance(error, zipfile.BadZipFile)
        else "damaged gzip"
        if isinstance(error, gzip.BadGzipFile | zlib.error)
        else "damaged or cut short"
    )
    return InputError(
        f"{path} is {kind}: {error}.",
        remedy="Copy, save or compress the file again; it may be incomplete.",
    )


def _members(archive: zipfile.ZipFile) -> list[str]:
    """The files in an archive, without folders and what macOS adds."""
    return [
        info.filename
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not info.filename.rpartition("/")[2].startswith(".")
    ]


def _only_member(path: Path, stream: Any, layers: ExitStack) -> IO[bytes]:
    archive = layers.enter_context(zipfile.ZipFile(stream))
    if _WORKBOOK_MEMBERS & set(archive.namelist()):
        raise InputError(
            f"{path} holds a packed Excel workbook.",
            remedy="Unpack it, and name the workbook itself.",
        )
    members = _members(archive)
    if len(members) != 1:
        shown = ", ".join(members[:10]) + (", ..." if len(members) > 10 else "")
        raise InputError(
            f"{path} is a zip archive of {len(members)} files"
            f"{': ' + shown if members else ''}.",
            remedy="Unpack it, and name the files to read, as a pattern or a list. "
            "Only an archive of one file can be read as it is.",
        )
    try:
        return layers.enter_context(archive.open(members[0]))
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(
            f"{path} cannot be unpacked ({error}).",
            remedy="Unpack it yourself (it may need a password), and name the file in "
            "it.",
        ) from None
