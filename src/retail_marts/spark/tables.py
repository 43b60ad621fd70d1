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
    place = session.conf.get("spark.sql.warehouse.dir")
    if (
        session.conf.get("spark.sql.catalogImplementation") != "in-memory"
        or "://" in place
    ):
        return
    for folder in sorted(Path(place.removeprefix("file:")).glob("*.db/*")):
        name = folder.name.removesuffix(_ASIDE)
        aside, proper = folder.with_name(name + _ASIDE), folder.with_name(name)
        if folder == proper:
            folder.rename(aside)
        columns = _columns(aside)
        if columns:
            schema = folder.parent.name.removesuffix(".db")
            session.sql(f"create schema if not exists {schema}")
            session.sql(f"create table {schema}.{name} ({columns}) using parquet")
            shutil.rmtree(proper)
            aside.rename(proper)
        else:
            # A session ended while it wrote the table.
            shutil.rmtree(aside)


def _columns(folder: Path) -> str:
    """The columns of a table's files in SQL; empty without a complete file."""
    files = sorted(folder.glob("*.parquet")) if (folder / "_SUCCESS").exists() else []
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
