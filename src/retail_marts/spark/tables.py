"""The tables of a warehouse folder, in a catalog that forgets them with the session."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_ASIDE = ".aside"


def restore_tables(session: Any) -> None:
    """Make the tables that earlier sessions wrote known to this one.

    Spark's catalog in memory starts empty, and Spark creates no table where files
    already are. So each folder is put aside while its table is created.
    """
    place = _warehouse(session)
    if session.conf.get("spark.sql.catalogImplementation") != "in-memory" or not place:
        return
    for folder in sorted(place.glob("*.db/*")):
        name = folder.name.removesuffix(_ASIDE)
        schema = folder.parent.name.removesuffix(".db")
        if session.catalog.tableExists(f"{schema}.{name}"):
            # An earlier run of dbt in this session.
            continue
        aside, proper = folder.with_name(name + _ASIDE), folder.with_name(name)
        if folder == proper:
            folder.rename(aside)
        columns = _columns(aside)
        if columns:
            session.sql(f"create schema if not exists {schema}")
            session.sql(f"create table {schema}.{name} ({columns}) using parquet")
            shutil.rmtree(proper)
            aside.rename(proper)
        else:
            # A session ended while it wrote the table.
            shutil.rmtree(aside)


def files_of(session: Any, schema: str, name: str) -> list[Path]:
    """The files of a table in a warehouse folder of this machine."""
    place = _warehouse(session)
    return _files(place / f"{schema}.db" / name) if place else []


def _warehouse(session: Any) -> Path | None:
    """The folder of the tables, if it is one of this machine."""
    place = session.conf.get("spark.sql.warehouse.dir")
    return None if "://" in place else Path(place.removeprefix("file:")).absolute()


def _files(folder: Path) -> list[Path]:
    """The files of a table, which are complete when Spark says so."""
    is_complete = (folder / "_SUCCESS").exists()
    return sorted(folder.glob("*.parquet")) if is_complete else []


def _columns(folder: Path) -> str:
    """The columns of a table's files in SQL; empty without a complete file."""
    files = _files(folder)
    if not files:
        return ""
    fields = json.loads((pq.read_schema(files[0]).metadata or {})[_SCHEMA])["fields"]
    return ", ".join(f'"{field["name"]}" {_type(field["type"])}' for field in fields)


def _type(kind: Any) -> str:
    if isinstance(kind, str):
        return kind
    if kind["type"] == "array":
        return f"array<{_type(kind['elementType'])}>"
    fields = (f"{field['name']}: {_type(field['type'])}" for field in kind["fields"])
    return f"struct<{', '.join(fields)}>"
