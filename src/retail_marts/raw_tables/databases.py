"""Copy tables of DuckDB files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from retail_marts.database_files import open_database
from retail_marts.errors import InputError
from retail_marts.raw_tables.schema import Known, note_file
from retail_marts.raw_tables.sql import (
    Cursor,
    column_types,
    error_kind,
    identifier,
    missing_columns,
    table_select,
)
from retail_marts.raw_tables.stored import Stored, refuse_changed
from retail_marts.settings.mapped_files import MappedFile

# So many rows at once come from another database: enough for speed, little memory.
_BATCH_ROWS = 100_000


def copy_table(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Copy a table of another database, unless it is known."""
    (stored,) = files
    noted = known.get(stored.name)
    if noted:
        lines, missing = noted.raw_line_count, noted.missing
    else:
        with opened_table(cursor, file) as (engine, table, types):
            missing = missing_columns(file, types)
            select = table_select(
                file,
                types,
                source_file=stored.name,
                row_number="row_number() over ()",
            )
            faults: list[Exception] = []
            try:
                batches = _noting_faults(engine, f"{select} from {table}", faults)
                cursor.register("landing", batches)
                cursor.execute(f"create table raw.{relation} as from landing")
            except duckdb.Error:
                if not faults:
                    raise
                raise InputError(
                    f"{file.setting}: {stored.path}, table {file.table}, cannot be "
                    f"read to its end ({error_kind(faults[0])}).",
                    remedy="Check in DuckDB that every row of it can be read, and that "
                    "the file is complete.",
                ) from None
            cursor.unregister("landing")
        ((lines,),) = cursor.execute(f"select count(*) from raw.{relation}").fetchall()
        refuse_changed(stored)
    note_file(cursor, source_table, stored, lines, missing)
    return False


@contextmanager
def opened_table(
    cursor: Cursor, file: MappedFile
) -> Iterator[tuple[Cursor, str, dict[str, str]]]:
    """A table of another database: its engine, its name there, the types it has."""
    path = Path(str(file.database))
    table = ".".join(identifier(part) for part in str(file.table).split("."))
    ((memory_limit, temp_directory),) = cursor.execute(
        "select current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchall()
    with open_database(
        path,
        setting=file.setting,
        memory_limit=memory_limit,
        # Not the warehouse's own folder: an engine removes its folder at its end.
        temp_directory=str(Path(temp_directory).with_suffix(".source.tmp")),
    ) as engine:
        types = column_types(
            engine,
            table,
            file,
            where=f"{path}, table {file.table},",
            remedy="Give the table's name in that file (schema.table). A view must not "
            "read other files: make a table of it.",
        )
        yield engine, table, types


def _noting_faults(
    engine: Cursor, select: str, faults: list[Exception]
) -> pa.RecordBatchReader:
    """A query's rows. Errors of its engine are noted: the warehouse may fail too."""

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            faults.append(error)
            raise

    def batches() -> Iterator[pa.RecordBatch]:
        with noted():
            yield from reader

    with noted():
        reader = engine.sql(select).to_arrow_reader(_BATCH_ROWS)
    return pa.RecordBatchReader.from_batches(reader.schema, batches())
