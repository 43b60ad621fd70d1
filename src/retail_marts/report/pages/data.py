"""Data: what was read, rejected and left out, all totals, and models that failed."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import findings
from retail_marts.report.alerts import other_units
from retail_marts.report.blocks import (
    Block,
    counted,
    day,
    empty,
    in_currency,
    money,
    number,
    numbered,
    percent,
    small,
    words,
)
from retail_marts.report.marts_reader import Business
from retail_marts.report.pages.segments import in_plain_words

_ROWS_SHOWN = 50


def blocks(business: Business) -> list[Block]:
    """The data of one business."""
    found = [
        _totals(business),
        _settings(business),
        _reasons(business),
        _rejected(business),
        _other_units(business),
        _files(business),
        _models(business),
        _customers(business)
        if business.has("sales.rpt_customer_demographics")
        else None,
    ]
    return [block for block in found if block is not None]


def _totals(business: Business) -> Block:
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
        if not pd.isna(row["profit_amount"]):
            pairs.append(("Profit", money(currency, row["profit_amount"])))
    if not pd.isna(row["spend_amount"]):
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
    title, text = _period(row)
    return Block("figures", title, text, numbers=pairs, is_wide=True)


def _period(row: pd.Series) -> tuple[str, str]:
    """First and last day with a line, and whether any line is a sale."""
    if not row["line_count"]:
        return (
            "Totals of all customers",
            "This business has customers, but no orders with dates.",
        )
    title = f"Totals of {day(row['first_date'])} to {day(row['last_date'])}"
    if row["order_count"]:
        return title, ""
    return title, "It has only returns and adjustments, no sales."


def _settings(business: Business) -> Block:
    """What the settings say about the business, and the days that follow from it."""
    row = business.frame(
        "select * from core.dim_businesses where business_id = $business_id"
    ).iloc[0]
    names = {
        "business_id": "business",
        "currency": "currency",
        "country_code": "country of the public holidays",
        "time_zone": "time zone",
        "first_sale_date": "first sale",
        "last_sale_date": "last sale",
        "as_of_date": "as-of date",
        "days_since_last_sale": "days from the last sale to the build",
    }
    shown = {
        title: _plain(row[name])
        for name, title in names.items()
        if not pd.isna(row[name])
    }
    return Block(
        "settings",
        f"Recency is counted to {_plain(row['as_of_date'])}"
        if not pd.isna(row["as_of_date"])
        else "Settings of the business",
        "The as-of date is the last sale unless you set one. docs/settings.md lists "
        "all settings.",
        table=pd.DataFrame({"setting": list(shown), "value": list(shown.values())}),
    )


def _plain(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return day(value)
    return value if isinstance(value, str) else number(value)


def _reasons(business: Business) -> Block:
    """How many rows were rejected or have a warning, by reason."""
    frame = business.frame(
        """
        with said as (
            select 'rejected' as outcome, rejection_reason as reason
            from core.fct_rejected_rows where business_id = $business_id
            union all
            select 'warning', warning
            from core.fct_row_warnings where business_id = $business_id
        )
        select outcome, reason, count(*) as row_count from said
        group by 1, 2 order by outcome, row_count desc, reason
        """
    )
    counts = frame.groupby("outcome")["row_count"].sum()
    rejected, warned = int(counts.get("rejected", 0)), int(counts.get("warning", 0))
    if frame.empty:
        return empty(
            "reasons",
            "Every row was accepted without a warning",
            "No row of this business was rejected.",
        )
    return Block(
        "reasons",
        f"{counted(rejected, 'row')} rejected, "
        f"{number(warned)} accepted with a warning",
        "Rejected rows are in no figure of this report. Rows with a warning are.",
        table=numbered(
            frame.head(_ROWS_SHOWN),
            {"outcome": "outcome", "reason": "reason", "row_count": "rows"},
        ),
    )


def _rejected(business: Business) -> Block | None:
    frame = business.frame(
        f"""
        select 'rejected' as outcome, source_file, source_row_number,
            rejection_reason as reason
        from core.fct_rejected_rows where business_id = $business_id
        union all
        select 'warning', source_file, source_row_number, warning
        from core.fct_row_warnings where business_id = $business_id
        order by 1, 2, 3 limit {_ROWS_SHOWN}
        """
    )
    if frame.empty:
        return None
    return Block(
        "rejected",
        "Where these rows are",
        f"At most {_ROWS_SHOWN} rows are shown; core.fct_rejected_rows and "
        "core.fct_row_warnings have all of them. Rows are counted from 1 below the "
        "header.",
        table=numbered(
            frame,
            {
                "outcome": "outcome",
                "source_file": "file",
                "source_row_number": "row",
                "reason": "reason",
            },
        ),
    )


def _other_units(business: Business) -> Block | None:
    frame = other_units(business)
    if frame.empty:
        return None
    products = counted(len(frame), "product")
    return Block(
        "other_units",
        f"{products} may be counted in another unit",
        f"Each has more than 20 times the usual units in a line, at less than a 20th "
        f"of the usual price of a unit ({small(frame['usual_price'].iloc[0])}). "
        "Together they have "
        f"{percent(frame['unit_share'].sum())} of all units and "
        f"{percent(frame['sales_share'].sum())} of sales. Sums of units mix what "
        "cannot be added; read the lines from a model that divides these quantities, "
        "or leave them out with filters.",
        table=numbered(
            frame.head(_ROWS_SHOWN).assign(price=frame["price"].map(small)),
            {
                "product": "product",
                "product_id": "id",
                "units": "units",
                "unit_share": "share of units",
                "sales_share": "share of sales",
                "price": in_currency("price of a unit", business.currency),
            },
            shares=["unit_share", "sales_share"],
        ),
    )


def _files(business: Business) -> Block:
    frame = business.frame(
        """
        select source_table, source_file, accepted_row_count, rejected_row_count,
            filtered_row_count, missing_columns
        from core.fct_source_files order by source_table, source_file
        """
    )
    counts = ["accepted_row_count", "rejected_row_count", "filtered_row_count"]
    accepted, rejected, filtered = frame[counts].sum()
    columns = {
        "source_table": "table",
        "source_file": "file",
        "accepted_row_count": "accepted",
        "rejected_row_count": "rejected",
        "filtered_row_count": "filtered",
        "missing_columns": "missing columns",
    }
    share = accepted / max(1, accepted + rejected + filtered)
    return Block(
        "files",
        f"{counted(len(frame), 'file')} read, {percent(share)} of the rows accepted "
        "(all businesses)",
        "Rows per file. Every row was accepted, rejected with a reason, or left out by "
        "a filter of the settings.",
        table=numbered(
            frame,
            {
                name: title
                for name, title in columns.items()
                if frame[name].notna().any()
            },
        ),
        is_wide=True,
    )


def _models(business: Business) -> Block:
    """Models that failed, did not converge or carry a note, with the reason."""
    frames = []
    has_orders = business.has("core.fct_orders")
    if business.has("forecasting.fct_forecast_accuracy"):
        frames.append(
            business.frame(
                """
                select 'forecast' as area, model_name as model, failure_reason,
                    converged, count(*) as series_count
                from forecasting.fct_forecast_accuracy
                where business_id = $business_id and not is_shared
                    and (failure_reason is not null or not converged)
                group by all
                """
            ).pipe(_in_words)
        )
    # Without orders, the pages say so; each model need not.
    if has_orders and business.has("customers.fct_lifetime_value_models"):
        frames.append(
            business.frame(
                """
                select 'customer value' as area,
                    model_name || case fitted_on
                        when 'calibration' then ', without the days held out'
                        else ', on all days' end as model, note as reason
                from customers.fct_lifetime_value_models
                where business_id = $business_id and note is not null
                order by model, reason
                """
            ).map(in_plain_words)
        )
    if has_orders and business.has("basket.rpt_basket_runs"):
        frames.append(
            business.frame(
                """
                select 'baskets' as area, basket_level as model, note as reason
                from basket.rpt_basket_runs
                where business_id = $business_id and note is not null
                order by model
                """
            )
        )
    if business.has("prospecting.fct_spend_model_scores"):
        frames.append(
            business.frame(
                """
                select distinct 'spend' as area, coalesce(model_name, 'all') as model,
                    note as reason
                from prospecting.fct_spend_model_scores
                where business_id = $business_id and note is not null
                order by model, reason
                """
            )
        )
    if not frames:
        return empty("models", "No model was fitted", "")
    known = [frame for frame in frames if not frame.empty]
    if not known:
        return empty("models", "Every model was fitted without a note", "")
    found = pd.concat(known)
    found["model"] = found["model"].map(words)
    columns = {
        "area": "area",
        "model": "model",
        "series_count": "series",
        "reason": "reason",
    }
    return Block(
        "models",
        f"{counted(len(found), 'note')} on models",
        "Models that failed, did not converge or need caution. Where one fails, "
        "another is used.",
        table=numbered(found, {c: h for c, h in columns.items() if c in found}),
        is_wide=True,
    )


def _in_words(failures: pd.DataFrame) -> pd.DataFrame:
    """Failures of forecasts, without texts of the statistics library."""
    told = failures.assign(
        reason=[
            findings.fitting(reason, converged=bool(converged))
            for reason, converged in zip(
                failures["failure_reason"],
                failures["converged"].fillna(True),
                strict=True,
            )
        ]
    )
    told = told[told["reason"] != ""]
    sums = told.groupby(["area", "model", "reason"])[["series_count"]].sum()
    return sums.reset_index().sort_values(
        ["model", "series_count", "reason"], ascending=[True, False, True]
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
    age = {"mean_age": "mean age"} if frame["mean_age"].notna().any() else {}
    return Block(
        "customers",
        "What the files say about customers",
        "Number of customers by each attribute that the files state.",
        table=numbered(
            frame.assign(attribute=frame["attribute"].map(words)).fillna(
                {"attribute_value": "not stated"}
            ),
            {
                "attribute": "attribute",
                "attribute_value": "value",
                "customer_count": "customers",
                **age,
            },
            digits={"mean_age": 1},
        ),
    )
