"""Where a folder holds texts that it must not hold."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb


def found_in(folder: Path, texts: Collection[str]) -> list[tuple[str, str]]:
    """The files that hold one of the texts, in bytes or as a value of a table."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        # Compressed formats show no text in their bytes.
        if path.suffix == ".duckdb":
            content += "\n".join(texts_of(path)).encode()
        if path.suffix == ".parquet":
            content += "\n".join(_texts(duckdb.connect(), f"'{path}'")).encode()
        found += [(path.name, text) for text in texts if text.encode() in content]
    return found


def texts_of(database: Path) -> set[str]:
    """All distinct values of a DuckDB file, as texts."""
    with duckdb.connect(str(database), read_only=True) as reader:
        tables = reader.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
        return {
            text
            for schema, table in tables
            for text in _texts(reader, f'"{schema}"."{table}"')
        }


def _texts(reader: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    names = [name for name, *_ in reader.execute(f"describe from {source}").fetchall()]
    return {
        str(text)
        for name in names
        for (text,) in reader.execute(
            f'select distinct cast("{name}" as varchar) from {source}'
        ).fetchall()
    }
