"""Runs hand_written.sql in one process: the peer without dbt."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_name("hand_written.sql")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parquet", type=Path)
    parser.add_argument("--warehouse", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with options.parquet.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    variables = {
        "sales_path": str(options.parquet),
        "sales_file": options.parquet.name,
        "sales_sha256": sha256,
        "sales_size_bytes": str(options.parquet.stat().st_size),
    }
    with duckdb.connect(str(options.warehouse)) as connection:
        connection.execute(f"set threads = {options.threads}")
        connection.execute("set preserve_insertion_order = false")
        for name, value in variables.items():
            text = value.replace("'", "''")
            connection.execute(f"set variable {name} = '{text}'")
        connection.execute(SCRIPT.read_text())


if __name__ == "__main__":
    main()
