"""Figures that show whether two sets of marts are equal."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd

Figures = dict[str, float]

#: Marts with the measures that are summed for each business; rows are always counted.
#: The sum of a rank times a count shows whether the same items have the same ranks.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "core.fct_sales_lines": ("quantity", "sales_amount", "source_row_number"),
    "core.fct_orders": (
        "line_count",
        "quantity",
        "sales_amount",
        "gross_sales_amount",
        "returned_sales_amount",
    ),
    "core.fct_row_warnings": ("source_row_number",),
    "core.fct_rejected_rows": ("source_row_number",),
    "core.dim_businesses": ("order_count",),
    "core.dim_customers": (),
    "core.dim_products": (),
    "core.dim_stores": (),
    "sales.fct_daily_sales": (
        "quantity",
        "sales_amount",
        "gross_sales_amount",
        "returned_sales_amount",
        "order_count",
        "customer_count",
    ),
    "sales.fct_daily_product_sales": ("quantity", "sales_amount"),
    "sales.rpt_weekly_sales": ("quantity", "sales_amount", "sales_growth_rate"),
    "sales.rpt_monthly_sales": ("quantity", "sales_amount", "sales_growth_rate"),
    "sales.rpt_yearly_sales": ("quantity", "sales_amount", "sales_growth_rate"),
    "sales.rpt_weekday_profiles": ("day_count", "mean_quantity", "sales_share"),
    "sales.rpt_product_rankings": ("sales_rank * line_count", "sales_share"),
    "sales.rpt_category_rankings": ("sales_rank * line_count", "line_count"),
    "sales.rpt_store_rankings": ("sales_rank * line_count", "sales_share"),
    "sales.rpt_weekly_product_sales": ("quantity", "sales_amount"),
    "sales.rpt_product_correlations": ("day_count", "correlation"),
}
#: In frames money is a whole number of ten-thousandths.
MONEY_SCALE = 10_000


def key_figures_of_warehouse(warehouse: str) -> Figures:
    """Read the figures from the marts of a DuckDB file."""
    figures: Figures = {}
    with duckdb.connect(warehouse, read_only=True) as connection:
        for mart, measures in MEASURES.items():
            sums = "".join(f", cast(sum({measure}) as double)" for measure in measures)
            found = connection.execute(
                f"select business_id, count(*){sums} from {mart} group by business_id"
            ).fetchall()
            for business, *values in found:
                for name, value in zip(("rows", *measures), values, strict=True):
                    figures[f"{mart}|{business}|{name}"] = float(value or 0)
        dates = connection.execute("select count(*) from core.dim_dates").fetchall()
        figures["core.dim_dates|rows"] = float(dates[0][0])
    return figures


def key_figures_of_frames(marts: Mapping[str, pd.DataFrame]) -> Figures:
    """Read the figures from marts that are frames with money in ten-thousandths."""
    figures: Figures = {"core.dim_dates|rows": float(len(marts["core.dim_dates"]))}
    for mart, measures in MEASURES.items():
        frame = marts[mart]
        working = pd.DataFrame({"business": frame["business_id"], "rows": 1.0})
        for measure in measures:
            column, _, factor = measure.partition(" * ")
            values = frame[column].astype("float64")
            if column.endswith("_amount"):
                values /= MONEY_SCALE
            working[measure] = values * (frame[factor] if factor else 1)
        sums = working.groupby("business", observed=True, dropna=False).sum()
        for business, row in zip(sums.index, sums.to_dict("records"), strict=True):
            name = business if isinstance(business, str) else None
            for key, value in row.items():
                figures[f"{mart}|{name}|{key}"] = float(value)
    return figures


def differences(one: Figures, other: Figures) -> list[str]:
    """Name every figure that is in one set only or differs between them."""
    found = []
    for name in sorted({*one, *other}):
        left, right = one.get(name), other.get(name)
        if (
            left is None
            or right is None
            or not math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-6)
        ):
            found.append(f"{name}: {left} and {right}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--figures", type=Path, required=True)
    options = parser.parse_args()
    figures = key_figures_of_warehouse(str(options.warehouse))
    options.figures.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
