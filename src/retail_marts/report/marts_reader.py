"""Read the published marts of one business for the pages of the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from retail_marts.errors import InputError

#: A product in words: its name, else its group and its id. Files without names have the
#: id as name.
PRODUCT_NAME = (
    "coalesce(nullif(products.product_name, products.product_id),"
    " coalesce(products.sub_category,"
    " products.category) || ' ' || products.product_id, products.product_id)"
)


@dataclass(frozen=True)
class Business:
    """A published business, and the connection to read its marts."""

    connection: duckdb.DuckDBPyConnection
    business_id: str
    name: str
    currency: str
    as_of_note: str | None = None
    order_count: int = 0
    last_sale_date: date | None = None

    def frame(self, sql: str, **parameters: Any) -> pd.DataFrame:
        """Run a query in which ``$business_id`` is the id of this business."""
        values: dict[str, Any] = parameters
        if "$business_id" in sql:
            values = {"business_id": self.business_id, **parameters}
        return self.connection.execute(sql, values).df()

    def has(self, mart: str) -> bool:
        """Whether a mart was published and has a row of this business."""
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
    """All published businesses, ordered by name."""
    rows = connection.execute(
        "select business_id, coalesce(business_name, business_id),"
        " coalesce(currency, ''), as_of_note, order_count, last_sale_date"
        " from core.dim_businesses order by 2, 1"
    ).fetchall()
    return [Business(connection, *row) for row in rows]


def busiest_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The business with the most orders. The report shows it first."""
    row = connection.execute(
        "select business_id from core.dim_businesses"
        " order by order_count desc nulls last, business_id limit 1"
    ).fetchone()
    return None if row is None else str(row[0])


def opened(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published DuckDB file for reading."""
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise InputError(
            f"{database} cannot be opened ({str(error).splitlines()[0]}).",
            remedy="Run `retail-marts publish` to publish the marts again.",
        ) from None
