"""RFM of the real files, compared with pandas on the raw files."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, make_dbt
from test_figures import Query, query

__all__ = ["query"]

RAW = PROJECT / os.environ.get("RAW_DATA_DIR", "../shared/data")
#: Segments by recency score and by the mean of the frequency and monetary scores.
GRID = {
    5: ["Recent customers", *["Potential loyalists"] * 2, *["Champions"] * 2],
    4: ["Promising", *["Potential loyalists"] * 2, *["Loyal customers"] * 2],
    3: [*["About to sleep"] * 2, "Needs attention", *["Loyal customers"] * 2],
    2: [*["Hibernating"] * 2, *["At risk"] * 2, "Cannot lose them"],
    1: [*["Lost"] * 2, *["At risk"] * 2, "Cannot lose them"],
}


def _kalbe() -> pd.DataFrame:
    raw = pd.read_csv(RAW / "kalbe" / "Transaction.csv", sep=";", dtype=str)
    return pd.DataFrame(
        {
            "customer": raw["CustomerID"],
            # An order is a transaction id of one customer, day and store.
            "order": raw["TransactionID"]
            + "|"
            + raw["CustomerID"]
            + "|"
            + raw["Date"]
            + "|"
            + raw["StoreID"],
            "day": pd.to_datetime(raw["Date"], format="%d/%m/%Y"),
            "amount": raw["TotalAmount"].map(Decimal),
        }
    )


def _umkm() -> pd.DataFrame:
    path = RAW / "umkm" / "Sorted_Order_Report_by_Date.csv"
    raw = pd.read_csv(path, dtype=str)
    return pd.DataFrame(
        {
            "customer": raw["Nama"].str.strip(),
            "order": np.arange(len(raw)),
            "day": pd.to_datetime(raw["Tanggal"], format="%Y-%m-%d"),
            "amount": raw["Harga"].map(Decimal),
        }
    )


def _superstore() -> pd.DataFrame:
    raw = pd.read_csv(RAW / "superstore" / "orders.csv", dtype=str)
    cents = Decimal("0.0001")
    return pd.DataFrame(
        {
            "customer": raw["Customer ID"],
            "order": raw["Order ID"] + "|" + raw["Customer Name"] + raw["Order Date"],
            "day": pd.to_datetime(raw["Order Date"], format="%Y-%m-%d"),
            "amount": raw["Sales"].map(
                lambda text: Decimal(text).quantize(cents, ROUND_HALF_UP)
            ),
        }
    )


def _rfm(lines: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Recency, frequency, monetary, scores and segment by customer, without windows."""
    known = lines[lines["day"] <= as_of]
    by_customer = known.groupby("customer")
    rfm = pd.DataFrame(
        {
            "recency": (as_of - by_customer["day"].max()).dt.days,
            "orders": by_customer["order"].nunique(),
            "amount": by_customer["amount"]
            .agg(lambda amounts: sum(amounts, Decimal(0)))
            .map(lambda amount: amount.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        }
    )
    for score, measure in (("r", "recency"), ("f", "orders"), ("m", "amount")):
        values = rfm[measure].astype(float).to_numpy()
        smaller = np.searchsorted(np.sort(values), values, side="left")
        rfm[score] = 1 + 5 * smaller // len(values)
    rfm["r"] = 6 - rfm["r"]
    rfm["segment"] = [
        GRID[r][(f + m + 1) // 2 - 1]
        for r, f, m in zip(rfm["r"], rfm["f"], rfm["m"], strict=True)
    ]
    return rfm


@pytest.mark.parametrize(
    ("business", "read", "customers", "amount"),
    [
        ("kalbe", _kalbe, 447, 162043000),
        ("umkm", _umkm, 17, 65204000),
        ("superstore", _superstore, 17415, None),
    ],
)
def test_rfm_is_what_pandas_makes_of_the_raw_file(
    query: Query,
    business: str,
    read: Callable[[], pd.DataFrame],
    customers: int,
    amount: int | None,
) -> None:
    lines = read()
    expected = _rfm(lines, lines["day"].max())
    found = query(
        "select recency_days, order_count, monetary_amount, r_score, f_score, m_score,"
        " rfm_segment, customer_id from customers.fct_customer_rfm"
        f" where business_id = '{business}'"
    )
    assert len(found) == customers
    if amount is not None:
        assert sum(row[2] for row in found) == amount
    # The ids of umkm are keyed hashes of names, so only the values are compared.
    keyed = business != "umkm"
    rows = [
        (*row[1:], row[0] if keyed else "") for row in expected.itertuples(name=None)
    ]
    assert sorted((*row[:-1], row[-1] if keyed else "") for row in found) == sorted(
        rows
    )


def test_history_is_what_was_known_in_its_month(query: Query) -> None:
    lines = _superstore()
    expected = _rfm(lines, pd.Timestamp("2013-06-30"))
    found = query(
        "select customer_id, rfm_segment from customers.fct_segment_history"
        " where business_id = 'superstore' and month_start_date = date '2013-06-01'"
    )
    assert dict(found) == expected["segment"].to_dict()


def test_cohorts_are_those_of_the_raw_file(query: Query) -> None:
    lines = _superstore()
    lines["month"] = lines["day"].dt.to_period("M")
    lines["cohort"] = lines.groupby("customer")["month"].transform("min")
    active = lines.groupby(["cohort", "month"])["customer"].nunique()
    found = query(
        "select cohort_month_start_date, month_start_date, active_customer_count"
        " from customers.rpt_cohort_retention where business_id = 'superstore'"
    )
    months = pd.period_range(lines["month"].min(), lines["month"].max(), freq="M")
    expected = {
        (cohort.start_time.date(), month.start_time.date()): int(
            active.get((cohort, month), 0)
        )
        for cohort in lines["cohort"].unique()
        for month in months
        if month >= cohort
    }
    assert {(row[0], row[1]): row[2] for row in found} == expected


def test_superstore_by_name_has_796_customers(tmp_path: Path) -> None:
    build = make_dbt(tmp_path / "dbt")(
        *("build", "--select", "+fct_customer_rfm", "--resource-type", "model", "seed"),
        settings={
            "sources": ["superstore"],
            "superstore_customer_key": "name",
            "raw_data_dir": str(RAW.resolve()),
        },
    )
    assert build.returncode == 0, build.output
    lines = pd.read_csv(RAW / "superstore" / "orders.csv", dtype=str)
    assert build.rows(
        "select count(*), sum(order_count) from customers.fct_customer_rfm"
    ) == [
        (
            796,
            len(lines[["Order ID", "Customer Name", "Order Date"]].drop_duplicates()),
        )
    ]
