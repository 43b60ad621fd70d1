"""The plugin of the target `spark`: settings, raw files and notes of runs.

The adapter ``retailspark`` calls ``before_session``, ``after_session`` and
``end_session``; the macros of the project call the other functions. Files are landed as
on DuckDB, with its checks and messages, in a small DuckDB file next to the personal
key. It also has the notes of runs, because tables of Parquet files cannot be updated.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.utils import SourceConfig
from dbt_common.exceptions import DbtRuntimeError

from retail_marts.dbt_plugin import Plugin
from retail_marts.errors import InputError
from retail_marts.private_files import KEY_FILE
from retail_marts.publish.warehouse import literal, quoted
from retail_marts.spark.java import require_java
from retail_marts.spark.tables import files_of, restore_tables

#: Tables that the landing writes for every build, in addition to those of sources.
_KEPT = ("settings", "build_days", "landed_files")

#: Landed rows that the driver holds at once.
_ROWS_AT_ONCE = 1_000_000


class _Landing:
    """The DuckDB file that files are landed in, and the plugin that lands them."""

    def __init__(self) -> None:
        warehouse = os.environ.get("RETAIL_MARTS_WAREHOUSE", "")
        self.path = Path(warehouse or "warehouse/retail_marts.duckdb").with_name(
            "landing.duckdb"
        )
        credentials = DuckDBCredentials(path=str(self.path))
        # Checks the settings, which takes less time than to start Spark.
        self._plugin = Plugin("files", {}, credentials)
        config: dict[str, Any] = {}
        self._plugin.update_connection_config(credentials, config)
        self.connection = duckdb.connect(str(self.path), config=config)
        self._plugin.configure_connection(self.connection)

    def load(self, source: SourceConfig) -> pa.RecordBatchReader:
        loaded = self._plugin.load(source)
        return loaded.to_reader() if isinstance(loaded, pa.Table) else loaded

    def tables(self, beginning: str) -> Iterator[tuple[str, pa.RecordBatchReader]]:
        """The raw tables and views whose names begin so."""
        for (name,) in self.connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'raw' and starts_with(table_name, ?)"
            " order by table_name",
            [beginning],
        ).fetchall():
            # A cursor of its own, because the rows are read one part after the other.
            rows = self.connection.cursor().sql(f"from raw.{name}")
            yield name, rows.to_arrow_reader()


class _State:
    landing: _Landing | None = None


def before_session(credentials: Any) -> None:
    """Check the settings, and find Java."""
    _State.landing = _Landing()
    try:
        if not credentials.remote:
            require_java()
    except InputError as error:
        raise DbtRuntimeError(str(error)) from None
    # Else executors on this machine take any Python that is on the PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # It shows errors of SQL, which dbt shows too, with Java's stack.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")


def after_session(session: Any, credentials: Any) -> None:
    """Give Spark what SQL needs before the first node: settings, days and the key."""
    landing = _landing()
    restore_tables(session)
    session.sql("create schema if not exists raw")
    for name in _KEPT:
        for _, rows in landing.tables(name):
            _write(session, name, rows)
    key = landing.path.with_name(KEY_FILE).read_text().strip()
    _write(session, "personal_key", pa.table({"personal_key": [key]}).to_reader())


def end_session(credentials: Any) -> None:
    """Close the landing's file."""
    _landing().connection.close()
    _State.landing = None


def land(session: Any, sources: Sequence[Mapping[str, Any]]) -> None:
    """Land the files of dbt sources, given with their ``identifier`` and ``meta``."""
    landing = _landing()
    for source in sources:
        identifier = source["identifier"]
        config = SourceConfig(
            identifier, identifier, "raw", None, dict(source["meta"]), []
        )
        _write(session, identifier, landing.load(config))
    for beginning in ("mapped__", "landed_files"):
        for name, rows in landing.tables(beginning):
            _write(session, name, rows)


def run_note(session: Any, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL on the notes of runs; gives its rows."""
    return _landing().connection.cursor().execute(sql).fetchall()


def show_tables(session: Any, tables: Iterable[tuple[str, str]]) -> None:
    """Show tables, given by schema and name, as views in the landing's file.

    `retail-marts publish` reads them there, with the notes of runs, as it reads a
    private warehouse of DuckDB.
    """
    connection = _landing().connection
    for schema, name in tables:
        view = f"{quoted(schema)}.{quoted(name)}"
        connection.execute(f"create schema if not exists {quoted(schema)}")
        connection.execute(f"drop view if exists {view}")
        files = files_of(session, schema, name)
        if files:
            listed = ", ".join(literal(str(file)) for file in files)
            rows = connection.sql(f"from read_parquet([{listed}])")
            columns = ", ".join(
                _shown(column, str(kind))
                for column, kind in zip(rows.columns, rows.types, strict=True)
            )
            connection.execute(
                f"create view {view} as select {columns} from read_parquet([{listed}])"
            )


def _shown(column: str, kind: str) -> str:
    """A column in the type that it has on DuckDB: times of marts are in UTC."""
    name = quoted(column)
    is_instant = kind == "TIMESTAMP WITH TIME ZONE"
    return f"timezone('UTC', {name}) as {name}" if is_instant else name


def _landing() -> _Landing:
    assert _State.landing is not None
    return _State.landing


def _write(session: Any, name: str, rows: pa.RecordBatchReader) -> None:
    mode = "overwrite"
    for part in _parts(rows):
        session.createDataFrame(_readable(part)).write.mode(mode).format(
            "parquet"
        ).saveAsTable(f"raw.{name}")
        mode = "append"


def _parts(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows in tables of about :data:`_ROWS_AT_ONCE`, one at least."""
    waiting: list[pa.RecordBatch] = []
    count, is_first = 0, True
    for batch in rows:
        waiting.append(batch)
        count += batch.num_rows
        if count >= _ROWS_AT_ONCE:
            yield pa.Table.from_batches(waiting, rows.schema)
            waiting, count = [], 0
            is_first = False
    if waiting or is_first:
        yield pa.Table.from_batches(waiting, rows.schema)


def _readable(table: pa.Table) -> pa.Table:
    """A table without types that Spark lacks."""
    return pa.table(
        [pc.cast(column, _readable_type(column.type)) for column in table.columns],
        names=table.column_names,
    )


def _readable_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_uint64(kind):
        return pa.decimal128(20, 0)
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    if pa.types.is_dictionary(kind) or pa.types.is_null(kind) or pa.types.is_time(kind):
        return pa.string()
    return kind
