"""Read the published marts of one business for the pages of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from retail_marts.errors import InputError
from retail_marts.package import package_folder

#: A database in memory with the marts that a published set lacks, without rows.
_MISSING = "missing"

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
        try:
            found = self.connection.execute(
                f"select 1 from {mart} where business_id = ? limit 1",
                [self.business_id],
            )
        except duckdb.CatalogException:
            return False
        return found.fetchone() is not None

    def lacks(self, mart: str) -> bool:
        """Whether a mart is not in the published set, for whatever business."""
        schema, name = mart.split(".")
        found = self.connection.execute(
            "select count(*) from duckdb_tables()"
            " where database_name = ? and schema_name = ? and table_name = ?",
            [_MISSING, schema, name],
        ).fetchone()
        return found == (1,)


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
    """Open the published DuckDB file for reading.

    A set may lack marts, because their area is switched off or an older version
    published it. They are empty here, so that no query needs a condition.
    """
    try:
        connection = duckdb.connect(str(database), read_only=True)
        published = _published(connection)
        missing = sorted(
            path
            for path in (package_folder() / "models" / "marts").glob("*/*.sql")
            if (path.parent.name, path.stem) not in published
        )
        if not missing:
            return connection
        connection.close()
        return _completed(database, published, missing)
    except duckdb.Error as error:
        raise InputError(
            f"{database} cannot be opened ({str(error).splitlines()[0]}).",
            remedy="Run `retail-marts publish` to publish the marts again.",
        ) from None


def _published(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Schema and name of each table of the published file."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
    ).fetchall()
    return {(schema, name) for schema, name in rows}


def _completed(
    database: Path, published: set[tuple[str, str]], missing: Sequence[Path]
) -> duckdb.DuckDBPyConnection:
    """A database in memory with views of what is published, and of missing marts."""
    connection = duckdb.connect()
    path_in_sql = str(database).replace("'", "''")
    connection.execute(f"attach '{path_in_sql}' as published (read_only)")
    connection.execute(f"attach ':memory:' as {_MISSING}")
    views = [(f'published."{area}"."{name}"', area, name) for area, name in published]
    for path in missing:
        area, name = path.parent.name, path.stem
        columns = ", ".join(
            f'"{column["name"]}" {_type(column["data_type"])}'
            for column in _contracts(path.parent)[name]
        )
        connection.execute(f"create schema if not exists {_MISSING}.{area}")
        connection.execute(f"create table {_MISSING}.{area}.{name} ({columns})")
        views.append((f"{_MISSING}.{area}.{name}", area, name))
    for table, area, name in sorted(views):
        connection.execute(f'create schema if not exists "{area}"')
        connection.execute(f'create view "{area}"."{name}" as from {table}')
    return connection


def _type(data_type: str) -> str:
    """A contract's type in DuckDB. Lists have a name per engine, from a template."""
    return "string[]" if "{{" in data_type else data_type


@cache
def _contracts(folder: Path) -> dict[str, Any]:
    """The columns of each mart of an area."""
    text = (folder / f"_{folder.name}__models.yml").read_text(encoding="utf-8")
    return {model["name"]: model["columns"] for model in yaml.safe_load(text)["models"]}
