"""The dbt-duckdb plugin: checks the settings and loads the raw files.

dbt loads it through ``plugins`` in ``profiles/profiles.yml``. It

- refuses to run outside the project folder, where dbt would create another warehouse;
- checks every setting before the first node runs, and stores them for SQL and Python
  models; reads the folder of raw files and the memory limit from the environment;
- makes the private warehouse, and all files that DuckDB writes next to it, readable
  by its owner only;
- loads the files of every dbt source with ``plugin: files`` into raw tables;
- gives SQL the secret for ``keyed_hash()`` without writing it into compiled SQL.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import SourceConfig
from dbt.flags import get_flags
from dbt_common.events.base_types import EventLevel
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note
from dbt_common.exceptions import DbtRuntimeError

from retail_marts import raw_tables
from retail_marts.errors import InputError
from retail_marts.private_files import KEY_FILE, keep_private
from retail_marts.settings import memory_limit, project_settings
from retail_marts.settings.errors import error_of
from retail_marts.settings.mapped import SALES_KINDS, MappedSource
from retail_marts.settings.reading import (
    has_businesses_in_files,
    known_businesses,
    unknown_businesses,
)
from retail_marts.signals import end_soon_on

#: With less than this, not even the notes on a run can be written.
_LEAST_FREE_BYTES = 1_000_000
# Commands that only describe the project do not read files again. They use the rows
# that the last build landed.
_DESCRIBING_COMMANDS = {"generate", "compile", "show", "list", "docs"}


class Plugin(BasePlugin):
    """Loads files into raw tables and prepares each connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Check the folder and the settings before dbt opens the warehouse."""
        assert self.creds is not None
        self._warehouse = Path(self.creds.path)
        self._lock = threading.Lock()
        self._listings: dict[str, pa.Table] = {}
        self._first_fault = ""
        _refuse_other_folder()
        try:
            self._settings = project_settings(Path(), command_line=_flag("VARS") or {})
            self._memory_limit = memory_limit()
            keep_private(self._warehouse)
        except InputError as error:
            raise DbtRuntimeError(str(error)) from None
        self._secret = _read_or_make_secret(self._warehouse.with_name(KEY_FILE))

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Last step before dbt connects: check that no other build is running."""
        _refuse_second_build(self._warehouse)
        _refuse_full_disk(self._warehouse.parent)
        if self._memory_limit is not None:
            # DuckDB writes data that does not fit to files next to the warehouse.
            config["memory_limit"] = self._memory_limit

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Prepare the database connection, which all threads of dbt share."""
        self._conn = conn
        # On every cursor: no row may depend on the time zone of the machine.
        conn.execute("set global TimeZone = 'UTC'")
        raw_tables.prepare(conn)
        keeps = self._settings.keep_fits and not _flag("FULL_REFRESH")
        settings = self._settings.model_copy(update={"keep_fits": keeps})
        raw_tables.write_settings(conn, settings)
        raw_tables.write_build_days(conn, self._settings)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Set variables for one dbt thread: each thread has its own cursor."""
        if threading.current_thread() is threading.main_thread():
            # dbt itself would wait for the models that are running.
            end_soon_on(signal.SIGINT, signal.SIGTERM)
        cursor.execute(f"set variable personal_key = '{self._secret}'")

    def load(self, source_config: SourceConfig) -> pa.Table | pa.RecordBatchReader:
        """Land the files of one dbt source.

        Returns
        -------
        pyarrow.Table or pyarrow.RecordBatchReader
            The rows of the source's raw table, which dbt-duckdb then writes.

        Raises
        ------
        DbtRuntimeError
            When a file or setting is wrong, with the text of the ``InputError``.
        """
        meta = source_config.as_dict()
        land = self._load_mapped if "kind" in meta else self._load_shipped
        # Without a database name, dbt writes to the current database. Its name would
        # need quotes if the name of the warehouse file is not a plain word.
        source_config.database = None
        with self._lock:
            try:
                return land(self._conn.cursor(), source_config.identifier, meta)
            except InputError as error:
                raise DbtRuntimeError(str(error)) from None

    def _load_shipped(
        self, cursor: duckdb.DuckDBPyConnection, identifier: str, meta: dict[str, Any]
    ) -> pa.Table | pa.RecordBatchReader:
        columns = [str(column) for column in meta["columns"]]
        if _is_describing():
            kept = raw_tables.kept(cursor, identifier)
            return raw_tables.empty(columns) if kept is None else kept
        source_table = identifier.replace("__", ".")
        raw_tables.forget_files(cursor, source_table)
        source, _, _ = source_table.partition(".")
        if source not in self._settings.sources:
            return raw_tables.empty(columns)
        return raw_tables.land_shipped(
            cursor,
            Path(self._settings.raw_data_dir) / source / str(meta["file"]),
            source_table=source_table,
            columns=columns,
            separator=str(meta["separator"]),
            encoding=str(meta["encoding"]),
        )

    def _load_mapped(
        self, cursor: duckdb.DuckDBPyConnection, identifier: str, meta: dict[str, Any]
    ) -> pa.Table:
        """Land every mapped file of a kind, and return the list of these files."""
        if _is_describing():
            kept = raw_tables.kept(cursor, identifier)
            return raw_tables.MAPPED_LISTING.empty_table() if kept is None else kept
        kind = str(meta["kind"])
        if kind not in self._listings:
            # Two models use this source. Its files are read once per build.
            if kind == "populations":
                sources = self._settings.mapped_population_sources()
                self._land_all(cursor, sources, kind)
            else:
                sources = self._settings.mapped()
                self._land_sales(cursor, sources, identifier)
            for source in sources:
                _warn_of_encodings(raw_tables.misread_files(cursor, source))
        return self._listings[kind]

    def _land_sales(
        self,
        cursor: duckdb.DuckDBPyConnection,
        sources: Sequence[MappedSource],
        identifier: str,
    ) -> None:
        """Land files of all kinds together: all are needed to know the businesses."""
        if self._first_fault:
            # Told once, rather than by every model that reads one of these kinds.
            raise InputError(
                "No file of mapped_sources can be used in this build.",
                remedy=f"See the error of the first model, for {self._first_fault}.",
            )
        try:
            self._land_all(cursor, sources, *SALES_KINDS)
            self._refuse_unknown_businesses(cursor, sources)
        except InputError:
            self._first_fault = identifier
            for kind in SALES_KINDS:
                self._listings.pop(kind, None)
            raise
        for source in sources:
            _say_of_ids(source.name, raw_tables.personal_ids(cursor, source))

    def _land_all(
        self,
        cursor: duckdb.DuckDBPyConnection,
        sources: Sequence[MappedSource],
        *kinds: str,
    ) -> None:
        landed = {} if _flag("FULL_REFRESH") else raw_tables.landed_files(cursor)
        for kind in kinds:
            raw_tables.forget_files(cursor, f"{kind} of ", is_prefix=True)
            self._listings[kind] = pa.Table.from_pylist(
                [
                    raw_tables.land_mapped(cursor, source, kind, landed)
                    for source in sources
                    if kind in source.files
                ],
                schema=raw_tables.MAPPED_LISTING,
            )

    def _refuse_unknown_businesses(
        self, cursor: duckdb.DuckDBPyConnection, sources: Sequence[MappedSource]
    ) -> None:
        """Check the businesses in settings, if a column of a file names them."""
        if not has_businesses_in_files(self._settings):
            return
        known = set(known_businesses(self._settings)).union(
            *(raw_tables.named_businesses(cursor, source) for source in sources)
        )
        faults = unknown_businesses(self._settings, known)
        if faults:
            raise error_of(faults)


def _is_describing() -> bool:
    return _flag("WHICH") in _DESCRIBING_COMMANDS


def _flag(name: str) -> Any:
    return getattr(get_flags(), name, None)  # type: ignore[no-untyped-call]


def _say_of_ids(entry: str, kind: str | None) -> None:
    """Tell whose customer ids look personal, and the setting that decides on them."""
    if kind is not None:
        done = (
            "marts have keyed hashes of those with an @"
            if kind == raw_tables.MAILS
            else "they are published as they are"
        )
        text = (
            f"The customer ids of {entry} look like {kind}: {done}. Set "
            f"mapped_sources.{entry}.customer_id_is_personal to true to hash all of "
            "them, or to false to publish them as they are."
        )
        fire_event(Note(msg=text), level=EventLevel.INFO)


def _warn_of_encodings(found: Mapping[str, Sequence[str]]) -> None:
    """Tell which files declared as latin-1 seem to be cp1252."""
    for setting, names in found.items():
        more = f" and {len(names) - 1} more files" if len(names) > 1 else ""
        text = (
            f"Warning: {names[0]}{more} of {setting} hold bytes 0x80 to 0x9f, which "
            "are control characters in latin-1, but quotes, dashes or the euro sign in "
            f"cp1252. Set {setting} to cp1252."
        )
        fire_event(Note(msg=text), level=EventLevel.WARN)


def _refuse_other_folder() -> None:
    project = Path(str(_flag("PROJECT_DIR"))).resolve()
    if Path.cwd().resolve() != project:
        raise DbtRuntimeError(
            f"dbt was called from {Path.cwd()}, not from the project folder.\n"
            f"  Remedy: cd {project}, then call dbt again. Paths in the settings are "
            "relative to that folder. In another folder, dbt would create a new, empty "
            "warehouse."
        )


def _refuse_second_build(warehouse: Path) -> None:
    """Raise an error with a remedy if another process has the warehouse open."""
    try:
        duckdb.connect(str(warehouse)).close()
    except duckdb.IOException as error:
        raise DbtRuntimeError(
            f"The private warehouse {warehouse} cannot be opened "
            f"({str(error).splitlines()[0]}).\n"
            "  Remedy: wait until the other build ends, or close the program that has "
            "the file open. Only one process can open the private warehouse at a time."
        ) from None


def _refuse_full_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise DbtRuntimeError(
            f"The disk that holds the warehouse's folder {folder} is full "
            f"({free // 1000} kB are free).\n"
            "  Remedy: free space there, or name another warehouse file with "
            "RETAIL_MARTS_WAREHOUSE, and build again."
        )


def _read_or_make_secret(path: Path) -> str:
    """Read the secret for hashes of personal ids. Create it if it does not exist."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    secret = path.read_text().strip()
    if len(secret) < 32 or not secret.isalnum():
        raise DbtRuntimeError(
            f"{path} does not contain the secret for the hashes of personal ids.\n"
            "  Remedy: restore it from a backup. Or delete it: the next build "
            "creates a new secret, and every personal id changes."
        )
    return secret
