"""Tables of DuckDB files, read by an engine of their own.

A view in a file that somebody sent could read other files, or the key of personal ids,
with the rights of the engine that opens it. So the file gets an engine that holds no
warehouse and can reach nothing but this file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from retail_marts.errors import InputError

_SQLITE = b"SQLite format 3\0"
# Behind the checksum of the header.
_MAGIC = slice(8, 12)
#: What DuckDB's message says, what is wrong, and the remedy.
_FAULTS = (
    (
        "Conflicting lock",
        "is open in another program that may write to it",
        "Close that program, or give a copy of the file.",
    ),
    (
        "different configuration",
        "is open in this build itself: it is the private warehouse",
        "Name the file that holds your data.",
    ),
    (
        "created with a newer version",
        "was written by a newer DuckDB than this one can read",
        "Write it again in an older format: attach '<new file>' "
        "(storage_version 'v1.0.0'), then copy from database <old> to <new>.",
    ),
    (
        "created with an older",
        "was written by a DuckDB so old that this one cannot read it",
        "Open it with that version, `export database`, and import it with a new one.",
    ),
    (
        "encrypted",
        "is encrypted",
        "Copy the table to a DuckDB file without encryption, or to a Parquet file, "
        "and name that.",
    ),
)


@contextmanager
def open_database(
    path: Path, *, setting: str, memory_limit: str, temp_directory: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file for reading, in an engine that can reach nothing else.

    Parameters
    ----------
    path
        The file. A write-ahead log next to it is read too.
    setting
        The setting that names the file, for messages.
    memory_limit
        DuckDB's, for example ``4GB``.
    temp_directory
        The folder for what does not fit into memory; DuckDB makes and removes it.

    Raises
    ------
    InputError
        If the file is not a DuckDB file, or this process cannot open it.
    """
    _refuse_others(path, setting=setting)
    try:
        engine = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise _unopened(path, error, setting=setting) from None
    with engine:
        for name, value in (
            # Views that turn instants into days give the same days on each machine.
            ("TimeZone", "UTC"),
            ("memory_limit", memory_limit),
            ("temp_directory", temp_directory),
            # Types such as HUGEINT stay what they are on their way through Arrow.
            ("arrow_lossless_conversion", "true"),
            ("python_enable_replacements", "false"),
            ("enable_external_access", "false"),
            ("lock_configuration", "true"),
        ):
            quoted = value.replace("'", "''")
            engine.execute(f"set {name} = '{quoted}'")
        yield engine


def database_sha256(path: Path, *, setting: str) -> str:
    """A hash of a DuckDB file and of the changes that wait in its write-ahead log.

    Raises
    ------
    InputError
        If it is not a DuckDB file that can be read.
    """
    _refuse_others(path, setting=setting)
    digest = hashlib.sha256()
    log = path.with_name(f"{path.name}.wal")
    for part in (path, log) if log.exists() else (path,):
        with part.open("rb") as stored:
            digest.update(hashlib.file_digest(stored, "sha256").digest())
    return digest.hexdigest()


def _refuse_others(path: Path, *, setting: str) -> None:
    try:
        with path.open("rb") as stored:
            head = stored.read(len(_SQLITE))
    except OSError as error:
        raise InputError(
            f"{setting}.database: {path} cannot be read ({error.strerror}).",
            remedy="Name a DuckDB file that exists and that you may read. Paths are "
            "relative to the project folder.",
        ) from None
    if head == _SQLITE:
        raise InputError(
            f"{setting}.database: {path} is a SQLite file, not a DuckDB file.",
            remedy="Export the table as CSV (sqlite3 -header -csv <file> 'select * "
            "from <table>' > table.csv) and name that file under `path`.",
        )
    if head[_MAGIC] != b"DUCK":
        raise InputError(
            f"{setting}.database: {path} is not a DuckDB file.",
            remedy="Name a DuckDB file. CSV and Parquet files go under `path`; export "
            "tables of other databases as one of these.",
        )


def _unopened(path: Path, error: duckdb.Error, *, setting: str) -> InputError:
    for words, problem, remedy in _FAULTS:
        if words in str(error):
            return InputError(f"{setting}.database: {path} {problem}.", remedy=remedy)
    return InputError(
        f"{setting}.database: {path} cannot be opened "
        f"({str(error).partition(chr(10))[0]}).",
        remedy="Check that the file is complete: it may be damaged. Copy it again.",
    )
