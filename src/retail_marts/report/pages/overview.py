"""Overview: how much data there is, its totals, and which rows were rejected."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.blocks import Block, empty, money, number, numbered, words
from retail_marts.report.marts_reader import Business


def blocks(business: Business) -> list[Block]:
    """The overview of one business."""
    found = [_headline(business)]
    if business.has("sales.rpt_monthly_sales"):
        found.append(_months(business))
    found += [_customers(business), _files(business), _rejected(business)]
    return found


def _headline(business: Business) -> Block:
    row = business.frame(
        """
        select
            (select count(*) from core.fct_sales_lines
                where business_id = $business_id) as line_count,
            (select order_count from core.dim_businesses
                where business_id = $business_id) as order_count,
            (select count(*) from core.dim_customers
                where business_id = $business_id) as customer_count,
            (select count(*) from core.dim_products
                where business_id = $business_id) as product_count,
            (select count(*) from core.dim_stores
                where business_id = $business_id) as store_count,
            (select sum(sales_amount) from core.fct_sales_lines
                where business_id = $business_id) as sales_amount,
            (select sum(quantity) from core.fct_sales_lines
                where business_id = $business_id) as quantity,
            (select sum(profit_amount) from core.fct_sales_lines
                where business_id = $business_id) as profit_amount,
            (select sum(spend_amount) from core.dim_customers
                where business_id = $business_id) as spend_amount,
            (select count(*) from core.fct_rejected_rows
                where business_id = $business_id
                    and (source_table not like '% of %'
                        or source_table like 'sales_lines of %')) as rejected_count,
            (select min(order_date) from core.fct_sales_lines
                where business_id = $business_id) as first_date,
            (select max(order_date) from core.fct_sales_lines
                where business_id = $business_id) as last_date
        """
    ).iloc[0]
    currency = business.currency
    pairs = []
    if row["line_count"]:
        pairs += [
            ("Net sales", money(currency, row["sales_amount"])),
            ("Units", number(row["quantity"])),
            ("Orders", number(row["order_count"])),
            ("Sales lines", number(row["line_count"])),
        ]
        if row["profit_amount"] == row["profit_amount"]:
            pairs.append(("Profit", money(currency, row["profit_amount"])))
    if row["spend_amount"] == row["spend_amount"]:
        pairs.append(
            ("Spend stated by customers", money(currency, row["spend_amount"]))
        )
    pairs.append(("Customers", number(row["customer_count"])))
    pairs += [
        (name, number(row[column]))
        for name, column in (
            ("Products", "product_count"),
            ("Stores", "store_count"),
        )
        if row[column]
    ]
    pairs.append(("Rejected rows", number(row["rejected_count"])))
    return Block("figures", "Key figures", _period(row), numbers=pairs)


def _period(row: pd.Series) -> str:
    """First and last day with a line, and whether any line is a sale."""
    if not row["line_count"]:
        return "This business has customers, but no orders with dates."
    period = f"{row['first_date']:%Y-%m-%d} to {row['last_date']:%Y-%m-%d}."
    if row["order_count"]:
        return period
    return f"{period} It has only returns and adjustments, no sales."


def _months(business: Business) -> Block:
    frame = business.frame(
        """
        select
            month_start_date, 'Sales' as kind, cast(sales_amount as double) as amount
        from sales.rpt_monthly_sales where business_id = $business_id
        union all
        select month_start_date, 'Profit', cast(profit_amount as double)
        from sales.rpt_monthly_sales
        where business_id = $business_id and profit_amount is not null
        order by 1
        """
    )
    has_profit = "Profit" in set(frame["kind"])
    return Block(
        "months",
        "Month by month",
        "Net sales and profit." if has_profit else "Net sales.",
        charts.lines(
            frame,
            x=("month_start_date", "month"),
            y=("amount", business.currency),
            color=("kind", "") if has_profit else None,
            order=["Sales", "Profit"],
        ),
    )


def _customers(business: Business) -> Block:
    frame = business.frame(
        """
        select attribute, attribute_value, customer_count, mean_age
        from sales.rpt_customer_demographics
        where business_id = $business_id
        order by attribute, customer_count desc, attribute_value
        """
    )
    if frame.empty:
        return empty(
            "customers",
            "Who the customers are",
            "The files do not state the age, gender or income of customers.",
        )
    return Block(
        "customers",
        "Who the customers are",
        "Number of customers by each attribute that the files state.",
        table=numbered(
            frame.assign(attribute=frame["attribute"].map(words)).fillna(
                {"attribute_value": "not stated"}
            ),
            {
                "attribute": "attribute",
                "attribute_value": "value",
                "customer_count": "customers",
                "mean_age": "mean age",
            },
            digits={"mean_age": 1},
        ),
    )


def _files(business: Business) -> Block:
    frame = business.frame(
        """
        select source_table, source_file, accepted_row_count, rejected_row_count
        from core.fct_source_files order by source_table, source_file
        """
    )
    return Block(
        "files",
        "Files read (all businesses)",
        "Rows per file. Every row was either accepted, or rejected with a reason.",
        table=numbered(
            frame,
            {
                "source_table": "table",
                "source_file": "file",
                "accepted_row_count": "accepted",
                "rejected_row_count": "rejected",
            },
        ),
    )


def _rejected(business: Business) -> Block:
    frame = business.frame(
        """
        select 'rejected' as outcome, source_file, source_row_number,
            rejection_reason as reason
        from core.fct_rejected_rows where business_id = $business_id
        union all
        select 'warning', source_file, source_row_number, warning
        from core.fct_row_warnings where business_id = $business_id
        order by 1, 2, 3
        """
    )
    if frame.empty:
        return empty(
            "rejected",
            "Rejected rows and warnings",
            "None. Every row was accepted without a warning.",
        )
    shown = frame.head(50)
    return Block(
        "rejected",
        "Rejected rows and warnings",
        f"Rejected rows: {number((frame['outcome'] == 'rejected').sum())}. "
        "Accepted with a warning: "
        f"{number((frame['outcome'] != 'rejected').sum())}."
        + (f" The first {len(shown)} are shown." if len(frame) > len(shown) else ""),
        table=numbered(
            shown,
            {
                "outcome": "outcome",
                "source_file": "file",
                "source_row_number": "row",
                "reason": "reason",
            },
        ),
    )
