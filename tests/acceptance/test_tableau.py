"""The Tableau data source of sales, on the real files."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pantab
import pytest
from conftest import PROJECT
from tableau_model import Model
from test_figures import query

from retail_marts.clients.stars import stars_of
from retail_marts.clients.tableau import DataSource
from retail_marts.publish.marts import marts_of, read_manifest
from retail_marts.publish.tableau import in_tableau, write_extract

__all__ = ["query"]


@pytest.mark.usefixtures("query")
def test_sales_by_category_are_those_of_superstore(tmp_path: Path) -> None:
    warehouse = Path(
        os.environ.get(
            "RETAIL_MARTS_WAREHOUSE", PROJECT / "warehouse" / "retail_marts.duckdb"
        )
    )
    target = Path(os.environ.get("DBT_TARGET_PATH", PROJECT / "target"))
    marts = marts_of(read_manifest(target / "manifest.json"))
    stars = {star.name: star for star in stars_of([in_tableau(m) for m in marts])}
    extract = tmp_path / "sales.hyper"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        write_extract(extract, stars["sales"], connection)
    sql = Model(DataSource(stars["sales"]).document()).sql(
        "[sales_amount (fct_sales_lines)]",
        "Sum",
        {"[category]": "None"},
        {"[business_id (fct_sales_lines)]": "'superstore'"},
    )
    rows = pantab.frame_from_hyper_query(
        extract,
        f"select category, round(amount) as amount from ({sql}) as s(category, amount)",
        return_type="pyarrow",
        process_params={"log_dir": str(tmp_path)},
    ).to_pylist()
    assert {row["category"]: int(row["amount"]) for row in rows} == {
        "Technology": 4_744_557,
        "Furniture": 4_110_452,
        "Office Supplies": 3_787_493,
    }
