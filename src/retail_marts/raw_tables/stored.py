"""A file, table or model to land: its hash, and whether it changes meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.landing import landed_schema
from retail_marts.landing.text import check_file

SOURCE_FILE = pa.field("_source_file", pa.string())


class Stored(NamedTuple):
    """A file, table or model to land, with what tells whether it changed."""

    path: Path
    name: str
    size: int
    modified_ns: int
    sha256: str
    version: str
    partitions: Mapping[str, str]


def file_sha256(path: Path) -> str:
    check_file(path, remedy="Put the file there, or correct its path.")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error}.",
            remedy="Check that the file exists and that you may read it.",
        ) from None


def size_and_time(path: Path) -> tuple[int, int]:
    """The size of a file and when it was last written; 0 for what cannot be found."""
    try:
        found = path.stat()
    except OSError:
        # Whoever reads the file says what is wrong with it.
        return 0, 0
    return found.st_size, found.st_mtime_ns


@contextmanager
def read_as_stored(stored: Stored) -> Iterator[None]:
    """Name the cause if a file changes from the time it was found to its end."""
    try:
        yield
    except (InputError, duckdb.Error):
        refuse_changed(stored)
        raise
    refuse_changed(stored)


def refuse_changed(stored: Stored) -> None:
    """Raise InputError when a file is not as it was when it was found."""
    size, modified_ns = size_and_time(stored.path)
    if (size, modified_ns) != (stored.size, stored.modified_ns):
        raise InputError(
            f"{stored.path} changed while it was read: it had {stored.size:,} bytes, "
            f"and has {size:,} now.",
            remedy="Wait until the program that writes the file has ended, then build "
            "again.",
        )


def with_source_file(
    reader: pa.RecordBatchReader, stored: Stored, *, names: Sequence[str]
) -> pa.RecordBatchReader:
    """Add the name of the file to its rows, and rename the fields."""
    schema = landed_schema(names).append(SOURCE_FILE)

    def batches() -> Iterator[pa.RecordBatch]:
        with read_as_stored(stored):
            for batch in reader:
                name = pa.repeat(pa.scalar(stored.name), batch.num_rows)
                yield pa.RecordBatch.from_arrays([*batch.columns, name], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
