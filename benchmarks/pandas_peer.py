"""The core and sales marts of one flat Parquet file of sales lines, in pandas.

The peer that a good pandas user would write: only the columns that are needed, repeated
text as categories, one pass without sorting per grouping, no Python code per row.

Money is held in 64-bit integers of ten-thousandths. Floats would be as fast, but their
sums differ in the last digits, and ``decimal.Decimal`` objects would be too slow. The
marts are written as Parquet files, as the other contenders write theirs to a database.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.figures import key_figures_of_frames

SCALE = 10_000
TOP_PRODUCTS = 50
TEXTS = (
    "business_id",
    "order_id",
    "customer_id",
    "product_id",
    "product_name",
    "category",
    "sub_category",
    "store_id",
)
MONEY = ("unit_price_amount", "sales_amount")
TAKEN_BUSINESSES = ("kalbe", "umkm", "superstore", "car_dealer")
SOURCE_TABLE = "sales_lines of flat"

Marts = dict[str, pd.DataFrame]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parquet", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the marts")
    parser.add_argument("--figures", type=Path, help="also write the key figures there")
    options = parser.parse_args()
    marts = build_marts(options.parquet)
    _write(marts, options.out)
    if options.figures:
        options.figures.write_text(json.dumps(key_figures_of_frames(marts)))


def _write(marts: Marts, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in marts.items():
        money = [column for column in frame.columns if column.endswith("_amount")]
        shown = frame.assign(**{column: frame[column] / SCALE for column in money})
        shown.to_parquet(folder / f"{name}.parquet", index=False)


def build_marts(parquet: Path) -> Marts:
    """All core and sales marts of a flat file of sales lines."""
    rows = _read(parquet)
    reason = _rejection_reason(rows)
    is_accepted = reason.isna()
    marts: Marts = {
        "core.fct_rejected_rows": _rejected_rows(rows, reason, parquet.name),
        "core.fct_row_warnings": _row_warnings(rows, is_accepted, parquet.name),
        "core.fct_source_files": _source_files(parquet, is_accepted),
    }
    for column in TEXTS:
        rows[column] = _trimmed(rows[column])
    if rows["product_id"].hasnans:
        # The name stands in for an id that is missing.
        names = rows["product_name"].astype("str")
        rows["product_id"] = rows["product_id"].astype("str").fillna(names)
    marts["core.dim_products"] = _products(rows, is_accepted)
    lines = _sales_lines(rows, is_accepted, parquet.name)
    del rows
    marts["core.fct_sales_lines"] = lines
    orders = _orders(lines)
    marts["core.fct_orders"] = orders
    marts["core.dim_businesses"] = _businesses(lines, orders)
    marts["core.dim_customers"] = _customers(orders)
    marts["core.dim_dates"] = _dates(lines)
    marts["core.dim_stores"] = _stores(lines)
    product_days = _product_days(lines)
    daily_products = _daily_product_sales(product_days)
    marts["sales.fct_daily_product_sales"] = daily_products
    daily = _daily_sales(lines, orders)
    marts["sales.fct_daily_sales"] = daily
    for name, frequency in (("weekly", "W-SUN"), ("monthly", "M"), ("yearly", "Y")):
        marts[f"sales.rpt_{name}_sales"] = _period_sales(daily, frequency)
    marts["sales.rpt_weekday_profiles"] = _weekday_profiles(daily)
    products = marts["core.dim_products"]
    described = product_days.merge(products, on=["business_id", "product_id"])
    marts["sales.rpt_product_rankings"] = _ranked(product_days, ["product_id"]).merge(
        products, on=["business_id", "product_id"]
    )
    marts["sales.rpt_category_rankings"] = pd.concat(
        _ranked(described, [level])
        .rename(columns={level: "category_name"})
        .assign(category_level=level)
        for level in ("category", "sub_category")
    )
    marts["sales.rpt_store_rankings"] = _ranked(
        lines.assign(line_count=np.int64(1)), ["store_id"]
    )
    marts["sales.rpt_weekly_product_sales"] = _weekly_product_sales(
        daily_products, products
    )
    marts["sales.rpt_product_correlations"] = _product_correlations(product_days)
    return marts


def _read(parquet: Path) -> pd.DataFrame:
    """The file with texts as categories, days as datetimes and money as integers."""
    dictionaries = [column for column in TEXTS if column != "order_id"]
    table = pq.read_table(parquet, read_dictionary=dictionaries)
    columns: dict[str, Any] = {}
    for name in table.column_names:
        column = table.column(name)
        if name in MONEY:
            whole = pc.multiply(pc.cast(column, pa.decimal128(18, 4)), pa.scalar(SCALE))
            columns[name] = pc.cast(whole, pa.int64())
        elif name in dictionaries:
            columns[name] = column.unify_dictionaries()
        else:
            columns[name] = column
    frame = pa.table(columns).to_pandas(date_as_object=False, self_destruct=True)
    frame["order_date"] = frame["order_date"].astype("datetime64[s]")
    return frame


def _trimmed(column: pd.Series) -> pd.Series:
    """Text without outer blanks; for categories, only the names change."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.str.strip(" ")
    categories = column.cat.categories
    trimmed = categories.str.strip(" ")
    if (trimmed == categories).all() and "" not in categories:
        return column
    named = dict(zip(categories, trimmed.where(trimmed != "", None), strict=True))
    return column.map(named).astype("category")


def _is_empty(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        blank = column.cat.categories[column.cat.categories.str.strip(" ") == ""]
        return column.isna() | column.isin(blank)
    return column.isna() | (column.str.strip(" ") == "")


def _rejection_reason(rows: pd.DataFrame) -> pd.Series:
    reason = pd.Series(None, index=rows.index, dtype="str")
    for column in ("business_id", "order_id"):
        reason = reason.mask(
            _is_empty(rows[column]) & reason.isna(), f"{column} is empty"
        )
    no_product = _is_empty(rows["product_id"])
    if no_product.any():
        no_product &= _is_empty(rows["product_name"]) & reason.isna()
        reason = reason.mask(no_product, "product_id and product_name are empty")
    for column in ("order_date", "quantity", *MONEY):
        if rows[column].hasnans:
            empty = rows[column].isna() & reason.isna()
            reason = reason.mask(empty, f"{column} is empty")
    taken = rows["business_id"].isin(TAKEN_BUSINESSES) & reason.isna()
    if taken.any():
        text = (
            "business_id "
            + rows["business_id"].astype("str")
            + " is the name of another source"
        )
        reason = reason.mask(taken, text)
    return reason


def _rejected_rows(rows: pd.DataFrame, reason: pd.Series, file: str) -> pd.DataFrame:
    rejected = rows[reason.notna()]
    raw_row = rejected["business_id"].astype("str").fillna("")
    for column in sorted(set(rows.columns) - {"business_id"}):
        raw_row = raw_row + "," + rejected[column].astype("str").fillna("")
    return pd.DataFrame(
        {
            "business_id": rejected["business_id"],
            "source_table": SOURCE_TABLE,
            "source_file": file,
            "source_row_number": rejected.index + 1,
            "rejection_reason": reason[reason.notna()],
            "raw_row": raw_row,
        }
    )


def _row_warnings(
    rows: pd.DataFrame, is_accepted: pd.Series, file: str
) -> pd.DataFrame:
    # A hash per row is much faster than duplicated() over twelve columns.
    hashes = pd.util.hash_pandas_object(rows, index=False)
    texts = {
        "an exact duplicate of an earlier row": hashes.duplicated() & is_accepted,
        "a quantity of zero": (rows["quantity"] == 0) & is_accepted,
        "a negative amount or quantity that is not a return": (
            (rows["quantity"] >= 0) & (rows["sales_amount"] < 0) & is_accepted
        ),
    }
    found = pd.concat(
        pd.DataFrame(
            {
                "business_id": rows.loc[condition, "business_id"],
                "source_row_number": rows.index[condition] + 1,
                "warning": text,
            }
        )
        for text, condition in texts.items()
    )
    several = found["source_row_number"].duplicated(keep=False)
    joined = (
        found[several]
        .sort_values("warning")
        .groupby(["business_id", "source_row_number"], observed=True, as_index=False)
        .agg({"warning": "; ".join})
    )
    return pd.concat([found[~several], joined]).assign(
        source_table=SOURCE_TABLE, source_file=file
    )


def _source_files(parquet: Path, is_accepted: pd.Series) -> pd.DataFrame:
    with parquet.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    accepted = int(is_accepted.sum())
    return pd.DataFrame(
        {
            "source_table": [SOURCE_TABLE],
            "source_file": [parquet.name],
            "sha256": [sha256],
            "size_bytes": [parquet.stat().st_size],
            "raw_line_count": [pq.ParquetFile(parquet).metadata.num_rows],
            "landed_line_count": [len(is_accepted)],
            "accepted_row_count": [accepted],
            "rejected_row_count": [len(is_accepted) - accepted],
        }
    )


def _sales_lines(rows: pd.DataFrame, is_accepted: pd.Series, file: str) -> pd.DataFrame:
    if not is_accepted.all():
        rows = rows[is_accepted]
    is_return = rows["quantity"] < 0
    amount = rows["sales_amount"].where(~is_return, -rows["sales_amount"].abs())
    line_type = pd.Categorical.from_codes(
        np.select([is_return, amount < 0], [1, 2], 0),
        categories=["sale", "return", "adjustment"],
    )
    row_number = rows.index.to_series() + 1
    return pd.DataFrame(
        {
            "business_id": rows["business_id"],
            "sales_line_id": row_number.astype("str"),
            "line_type": line_type,
            "order_id": rows["order_id"],
            "source_order_id": rows["order_id"],
            "customer_id": rows["customer_id"],
            "product_id": rows["product_id"],
            "store_id": rows["store_id"],
            "quantity": rows["quantity"].astype("int64"),
            "unit_price_amount": rows["unit_price_amount"],
            "sales_amount": amount,
            "order_date": rows["order_date"],
            "source_file": pd.Categorical.from_codes(
                np.zeros(len(rows), dtype="int8"), categories=[file]
            ),
            "source_row_number": row_number,
        }
    )


def _orders(lines: pd.DataFrame) -> pd.DataFrame:
    is_sale = lines["line_type"] == "sale"
    is_return = lines["line_type"] == "return"
    # The smallest of some texts is the smallest of the codes of sorted categories.
    coded = {
        column: lines[column].cat.reorder_categories(
            sorted(lines[column].cat.categories), ordered=True
        )
        for column in ("customer_id", "store_id")
    }
    known = (
        len(lines["customer_id"].cat.categories),
        len(lines["store_id"].cat.categories),
    )
    working = pd.DataFrame(
        {
            "business_id": lines["business_id"],
            "order_id": lines["order_id"],
            # rows without a customer or store come last
            "customer": coded["customer_id"].cat.codes.replace(-1, known[0]),
            "store": coded["store_id"].cat.codes.replace(-1, known[1]),
            "quantity": lines["quantity"],
            "sales_amount": lines["sales_amount"],
            "gross_sales_amount": lines["sales_amount"].where(is_sale, 0),
            "returned_sales_amount": -lines["sales_amount"].where(is_return, 0),
            "has_sale": is_sale,
            "is_returned": is_return,
            "order_date": lines["order_date"],
        }
    )
    orders = working.groupby(
        ["business_id", "order_id"], observed=True, sort=False, as_index=False
    ).agg(
        customer=("customer", "min"),
        store=("store", "min"),
        line_count=("quantity", "size"),
        quantity=("quantity", "sum"),
        sales_amount=("sales_amount", "sum"),
        gross_sales_amount=("gross_sales_amount", "sum"),
        returned_sales_amount=("returned_sales_amount", "sum"),
        has_sale=("has_sale", "max"),
        is_returned=("is_returned", "max"),
        order_date=("order_date", "min"),
    )
    for column, codes, count in (
        ("customer_id", orders.pop("customer"), known[0]),
        ("store_id", orders.pop("store"), known[1]),
    ):
        orders[column] = pd.Categorical.from_codes(
            codes.where(codes < count, -1), dtype=coded[column].dtype
        )
    orders["source_order_id"] = orders["order_id"]
    return orders


def _businesses(lines: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    every = pd.DataFrame({"business_id": lines["business_id"].unique()})
    dates = (
        lines[lines["line_type"] == "sale"]
        .groupby("business_id", observed=True)["order_date"]
        .agg(first_sale_date="min", last_sale_date="max")
    )
    counts = orders[orders["has_sale"]].groupby("business_id", observed=True).size()
    result = every.join(dates, on="business_id").join(
        counts.rename("order_count"), on="business_id"
    )
    return result.assign(
        business_name=result["business_id"],
        order_count=result["order_count"].fillna(0).astype("int64"),
        as_of_date=result["last_sale_date"],
    )


def _customers(orders: pd.DataFrame) -> pd.DataFrame:
    dates = orders["order_date"].where(orders["has_sale"])
    return (
        orders.assign(sale_date=dates)
        .groupby(["business_id", "customer_id"], observed=True, as_index=False)
        .agg(
            first_order_date=("sale_date", "min"), last_order_date=("sale_date", "max")
        )
    )


def _dates(lines: pd.DataFrame) -> pd.DataFrame:
    first, last = lines["order_date"].min(), lines["order_date"].max()
    day = pd.Series(pd.date_range(f"{first.year}-01-01", f"{last.year + 1}-12-31"))
    iso = day.dt.isocalendar()
    return pd.DataFrame(
        {
            "date_day": day,
            "week_start_date": day.dt.to_period("W-SUN").dt.start_time,
            "month_start_date": day.dt.to_period("M").dt.start_time,
            "quarter_start_date": day.dt.to_period("Q").dt.start_time,
            "year_start_date": day.dt.to_period("Y").dt.start_time,
            "year": day.dt.year,
            "quarter": day.dt.quarter,
            "month": day.dt.month,
            "day_of_month": day.dt.day,
            "iso_year": iso["year"],
            "iso_week": iso["week"],
            "iso_weekday": iso["day"],
            "weekday_name": day.dt.day_name(),
            "is_weekend": day.dt.day_of_week >= 5,
        }
    )


def _products(rows: pd.DataFrame, is_accepted: pd.Series) -> pd.DataFrame:
    if not is_accepted.all():
        rows = rows[is_accepted]
    names = ["product_name", "category", "sub_category"]
    keys = ["business_id", "product_id"]
    # Many rows share few descriptions: find these first, then the latest of each.
    described = (
        rows.reset_index(names="row")
        .groupby([*keys, *names], observed=True, dropna=False, as_index=False)
        .agg(order_date=("order_date", "max"), row=("row", "max"))
        .sort_values(["order_date", "row"])
    )
    # last() takes the last non-null value of each column
    products = described.groupby(keys, observed=True, as_index=False)[names].last()
    products["product_name"] = (
        products["product_name"]
        .astype("str")
        .fillna(products["product_id"].astype("str"))
    )
    return products


def _stores(lines: pd.DataFrame) -> pd.DataFrame:
    stores = lines[["business_id", "store_id"]].drop_duplicates().dropna()
    return stores.assign(store_name=stores["store_id"])


def _product_days(lines: pd.DataFrame) -> pd.DataFrame:
    return (
        lines.groupby(
            ["business_id", "product_id", "order_date"],
            observed=True,
            sort=False,
            as_index=False,
        )
        .agg(
            line_count=("quantity", "size"),
            quantity=("quantity", "sum"),
            sales_amount=("sales_amount", "sum"),
        )
        .rename(columns={"order_date": "sales_date"})
    )


def _every_day(sold: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The days of each group from first to last, with zeros for days without sales."""
    lives = sold.groupby(keys, observed=True, as_index=False)["sales_date"].agg(
        ["min", "max"]
    )
    lengths = ((lives["max"] - lives["min"]).dt.days + 1).to_numpy()
    days = lives.loc[lives.index.repeat(lengths), keys].reset_index(drop=True)
    starts = np.cumsum(lengths) - lengths
    offsets = np.arange(len(days)) - np.repeat(starts, lengths)
    first = np.repeat(lives["min"].to_numpy().astype("datetime64[D]"), lengths)
    days["sales_date"] = (first + offsets).astype("datetime64[s]")
    filled = days.merge(sold, on=[*keys, "sales_date"], how="left")
    measures = [c for c in sold.columns if c not in {*keys, "sales_date"}]
    filled[measures] = filled[measures].fillna(0).astype("int64")
    return filled


def _daily_product_sales(product_days: pd.DataFrame) -> pd.DataFrame:
    return _every_day(
        product_days.drop(columns="line_count"), ["business_id", "product_id"]
    )


def _daily_sales(lines: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    keys = ["business_id", "order_date"]
    sales = lines["sales_amount"]
    sold = (
        lines[[*keys, "quantity", "sales_amount"]]
        .assign(
            gross_sales_amount=sales.where(lines["line_type"] == "sale", 0),
            returned_sales_amount=-sales.where(lines["line_type"] == "return", 0),
        )
        .groupby(keys, observed=True, as_index=False)
        .sum()
    )
    ordered = (
        orders[orders["has_sale"]]
        .groupby(keys, observed=True, as_index=False)
        .agg(
            order_count=("order_id", "size"), customer_count=("customer_id", "nunique")
        )
    )
    daily = sold.merge(ordered, on=keys, how="left").rename(
        columns={"order_date": "sales_date"}
    )
    return _every_day(daily, ["business_id"])


def _period_sales(daily: pd.DataFrame, frequency: str) -> pd.DataFrame:
    period = daily["sales_date"].dt.to_period(frequency).dt.start_time
    summed = (
        daily.drop(columns=["sales_date", "customer_count"])
        .assign(period_start_date=period, day_count=1)
        .groupby(["business_id", "period_start_date"], observed=True, as_index=False)
        .sum()
    )
    previous = summed.groupby("business_id", observed=True)["sales_amount"].shift()
    return summed.assign(
        sales_growth_rate=summed["sales_amount"] / previous.replace(0, np.nan) - 1
    )


def _weekday_profiles(daily: pd.DataFrame) -> pd.DataFrame:
    profile = (
        daily.assign(iso_weekday=daily["sales_date"].dt.day_of_week + 1)
        .groupby(["business_id", "iso_weekday"], observed=True, as_index=False)
        .agg(
            day_count=("quantity", "size"),
            mean_quantity=("quantity", "mean"),
            mean_sales_amount=("sales_amount", "mean"),
            mean_order_count=("order_count", "mean"),
            sales_amount=("sales_amount", "sum"),
        )
    )
    return profile.assign(sales_share=_share(profile, "sales_amount"))


def _share(frame: pd.DataFrame, measure: str) -> pd.Series:
    whole = frame.groupby("business_id", observed=True)[measure].transform("sum")
    return frame[measure] / whole.replace(0, np.nan)


def _ranked(sold: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    measures = ["line_count", "quantity", "sales_amount"]
    ranked = (
        sold.groupby(["business_id", *by], observed=True, as_index=False)[measures]
        .sum()
        .sort_values(
            ["business_id", "sales_amount", *by],
            ascending=[True, False, *[True] * len(by)],
        )
    )
    ranked["sales_rank"] = ranked.groupby("business_id", observed=True).cumcount() + 1
    for share, measure in (
        ("line_share", "line_count"),
        ("quantity_share", "quantity"),
        ("sales_share", "sales_amount"),
    ):
        ranked[share] = _share(ranked, measure)
    return ranked


def _weekly_product_sales(
    daily_products: pd.DataFrame, products: pd.DataFrame
) -> pd.DataFrame:
    day = daily_products["sales_date"]
    week = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return (
        daily_products.drop(columns="sales_date")
        .assign(week_start_date=week)
        .groupby(
            ["business_id", "week_start_date", "product_id"],
            observed=True,
            as_index=False,
        )
        .sum()
        .merge(
            products[["business_id", "product_id", "product_name"]],
            on=["business_id", "product_id"],
        )
    )


def _product_correlations(product_days: pd.DataFrame) -> pd.DataFrame:
    results = []
    for business, sold in product_days.groupby("business_id", observed=True):
        totals = sold.groupby("product_id", observed=True)["quantity"].sum()
        order = np.lexsort((totals.index.astype("str"), -totals.to_numpy()))
        top = totals.index[order][:TOP_PRODUCTS]
        chosen = sold[sold["product_id"].isin(top)]
        wide = chosen.pivot_table(
            index="sales_date", columns="product_id", values="quantity", observed=True
        )
        days = pd.date_range(wide.index.min(), wide.index.max())
        wide = wide.reindex(days).fillna(0.0)
        values = wide.to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            correlation = np.corrcoef(values, rowvar=False).reshape(len(top), len(top))
        correlation[np.ptp(values, axis=0) == 0] = np.nan
        if len(days) < 3:
            correlation[:] = np.nan
        names = wide.columns.astype("str").to_numpy()
        one, other = np.nonzero(~np.eye(len(names), dtype=bool))
        results.append(
            pd.DataFrame(
                {
                    "business_id": business,
                    "product_id": names[one],
                    "other_product_id": names[other],
                    "day_count": len(days),
                    "correlation": np.clip(correlation[one, other], -1, 1),
                }
            )
        )
    return pd.concat(results, ignore_index=True)


if __name__ == "__main__":
    main()
