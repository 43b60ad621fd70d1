"""Reads the published marts of one business, as the report's pages ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from retail_marts.errors import InputError


@dataclass(frozen=True)
class Business:
    """A business of the published set, and where its marts are read."""

    connection: duckdb.DuckDBPyConnection
    business_id: str
    name: str
    currency: str

    def frame(self, sql: str, **parameters: Any) -> pd.DataFrame:
        """Rows of a query in which ``$business_id`` stands for this business."""
        values: dict[str, Any] = parameters
        if "$business_id" in sql:
            values = {"business_id": self.business_id, **parameters}
        return self.connection.execute(sql, values).df()

    def has(self, mart: str) -> bool:
        """Whether a mart was published and holds a row of this business."""
        schema, name = mart.split(".")
        exists = self.connection.execute(
            "select count(*) from information_schema.tables"
            " where table_schema = ? and table_name = ?",
            [schema, name],
        ).fetchone()
        return (
            exists == (1,)
            and not self.frame(
                f"select 1 from {mart} where business_id = $business_id limit 1"
            ).empty
        )


def businesses_of(connection: duckdb.DuckDBPyConnection) -> list[Business]:
    """Every business of a published set, by name."""
    rows = connection.execute(
        "select business_id, coalesce(business_name, business_id),"
        " coalesce(currency, '') from core.dim_businesses order by 2, 1"
    ).fetchall()
    return [Business(connection, *row) for row in rows]


def busiest_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The business with the most orders, which a report opens with."""
    row = connection.execute(
        "select business_id from core.dim_businesses"
        " order by order_count desc nulls last, business_id limit 1"
    ).fetchone()
    return None if row is None else str(row[0])


def opened(database: Path) -> duckdb.DuckDBPyConnection:
    """The published DuckDB file, for reading."""
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise InputError(
            f"{database} cannot be opened ({str(error).splitlines()[0]}).",
            remedy="Run `retail-marts publish` to publish the marts anew.",
        ) from None
