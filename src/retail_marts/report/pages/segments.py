"""Segments: groups of customers by what they buy, and what to do for each group."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.blocks import (
    Block,
    empty,
    in_currency,
    money,
    number,
    numbered,
    percent,
)
from retail_marts.report.marts_reader import Business

#: Dots on the map; more are neither seen nor drawn quickly.
_MAP_CUSTOMERS = 1500
_BINS = 30

#: Above this mean probability, the page gives no share of active customers.
_MOST_ALIVE = 0.98
_MODEL_NAMES = {
    "bg_nbd": "BG/NBD",
    "own_rate": "own rate",
    "business_rate": "rate of the business",
    "shrunken_rate": "own rate, shrunk to the business",
}

#: Columns of shares, with what each is a share of.
_SHARES = {
    "customer_share": "customers",
    "sales_share": "sales",
    "profit_share": "profit",
}


def blocks(business: Business) -> list[Block]:
    """The customers of one business."""
    found: list[Block] = []
    if business.has("customers.rpt_segment_profiles"):
        found += _profiles(business)
        found += _selection(business)
        found += _map(business)
        found += _histograms(business)
    if business.has("customers.rpt_rfm_segments"):
        found.append(_rfm(business))
        found += _movement(business)
        found += _cohorts(business)
    if business.has("customers.fct_customer_lifetime_value"):
        found += _lifetime_value(business)
    return found or [
        empty("none", "No segments", "This business has no customers to group.")
    ]


def _profiles(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select *, cast(segment_id as varchar) || ' ' || segment_name as segment
        from customers.rpt_segment_profiles where business_id = $business_id
        order by segment_id
        """
    )
    currency = business.currency
    columns = {
        "segment": "segment",
        "customer_count": "customers",
        "customer_share": "share of customers",
        "sales_share": "share of sales",
        "profit_share": "share of profit",
        "mean_recency_days": "days since last order",
        "mean_order_count": "orders",
        "mean_monetary_amount": in_currency("spent", currency),
        "mean_quantity": "units",
        "mean_profit_amount": in_currency("profit", currency),
        "mean_shipping_cost_amount": in_currency("shipping", currency),
        "mean_age": "age",
        "mean_income_amount": in_currency("income", currency),
        "mean_credit_card_debt_amount": in_currency("card debt", currency),
        "mean_net_worth_amount": in_currency("net worth", currency),
        "mean_spend_amount": in_currency("spend", currency),
    }
    known = {
        column: heading
        for column, heading in columns.items()
        if column in frame and frame[column].notna().any()
    }
    one = {c: 1 for c in known if c.startswith("mean_") and not c.endswith("_amount")}
    blocks = [
        Block(
            "strategies",
            "The segments and what to do for each",
            "Groups found by K-Means, numbered from the lowest to the highest average "
            "spend. Names compare a group with the other groups; the figures beside "
            "them are those of the group. You can edit names and strategies in "
            "seeds/segment_names.csv.",
            table=numbered(
                frame,
                {
                    "segment": "segment",
                    "customer_count": "customers",
                    "summary": "in figures",
                    "strategy": "strategy",
                },
            ),
        ),
        Block(
            "profiles",
            "Profiles",
            "Shares of each segment, and averages per customer.",
            table=numbered(
                frame,
                known,
                digits=one,
                shares=[*_SHARES],
            ),
        ),
    ]
    long = frame.melt(
        id_vars=["segment"],
        value_vars=[column for column in _SHARES if column in known],
        var_name="of",
        value_name="share",
    ).dropna(subset=["share"])
    long["of"] = long["of"].map(_SHARES)
    blocks.append(
        Block(
            "shares",
            "Customers, sales and profit by segment",
            "Share of each segment in all customers, sales and profit.",
            charts.bars(
                long,
                y=("segment", "segment"),
                x=("share", "share"),
                color=("of", "share of"),
                stacked=False,
            ),
        )
    )
    for column, title in (
        ("mean_monetary_amount", in_currency("Net sales per customer", currency)),
        ("mean_order_count", "Orders per customer"),
        ("mean_recency_days", "Days since the last order"),
        ("mean_profit_amount", in_currency("Profit per customer", currency)),
        (
            "mean_shipping_cost_amount",
            in_currency("Shipping cost per customer", currency),
        ),
        ("mean_spend_amount", in_currency("Spend per customer", currency)),
    ):
        if column in known:
            blocks.append(
                Block(
                    f"by_segment_{column}",
                    title,
                    "Average of each segment.",
                    charts.bars(frame, y=("segment", "segment"), x=(column, title)),
                )
            )
    return blocks


def _selection(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select * from customers.fct_segment_selection
        where business_id = $business_id and algorithm = 'k_means'
            and subject = 'customer'
        order by k
        """
    )
    if frame.empty:
        return []
    chosen = frame[frame["is_chosen"]].iloc[0]
    used = f"{number(chosen['k'])} groups are used"
    note = f"{used}." if pd.isna(chosen["note"]) else f"{used}: {chosen['note']}."
    blocks = [
        Block(
            "groups",
            "How many groups: what the data say",
            note + " Distinct groups have a valley between them. Stability compares "
            "the groups of pairs of random samples: 1 is always the same, 0 is chance.",
            numbers=[
                ("Groups used", number(chosen["k"])),
                ("Distinct groups", number(chosen["distinct_groups"])),
                ("Stability", number(chosen["stability"], 2)),
            ],
        ),
        Block(
            "elbow",
            "How many groups: the elbow",
            "Inertia: how far customers are from the centre of their group. After the "
            "bend in the line, more groups improve little.",
            charts.lines(
                frame,
                x=("k", "groups"),
                y=("inertia", "inertia"),
                points=True,
                height=240,
            ),
        ),
    ]
    scored = frame.dropna(subset=["silhouette"])
    if not scored.empty:
        blocks.append(
            Block(
                "silhouette",
                "How many groups: the silhouette",
                "How much closer customers are to their own group than to the next one "
                "(1 is best). The criteria may disagree; the table shows all of them.",
                charts.lines(
                    scored,
                    x=("k", "groups"),
                    y=("silhouette", "silhouette"),
                    points=True,
                    height=240,
                ),
            )
        )
    columns = {
        "k": "groups",
        "inertia": "inertia",
        "silhouette": "silhouette",
        "calinski_harabasz": "Calinski-Harabasz",
        "davies_bouldin": "Davies-Bouldin",
        "stability": "stability",
        "is_elbow": "elbow",
        "is_consensus": "consensus",
        "is_chosen": "used",
    }
    blocks.append(
        Block(
            "selection",
            "How many groups: every criterion",
            "The distinct groups choose if there are three or more, else the elbow, at "
            "least 3 and at most 6. The other criteria are for information.",
            table=numbered(
                frame,
                {c: h for c, h in columns.items() if c in frame},
                digits={
                    "inertia": 1,
                    "silhouette": 3,
                    "calinski_harabasz": 1,
                    "davies_bouldin": 3,
                    "stability": 3,
                },
            ),
        )
    )
    return blocks


def _map(business: Business) -> list[Block]:
    frame = business.frame(
        f"""
        select pca_1, pca_2,
            cast(segment_id as varchar) || ' ' || segment_name as segment
        from customers.fct_customer_segments
        where business_id = $business_id and pca_1 is not null
        order by md5(customer_id) limit {_MAP_CUSTOMERS}
        """
    ).sort_values("segment")
    if frame.empty:
        return []
    return [
        Block(
            "map",
            "Map of the customers",
            "Each dot is a customer. Dots close to each other are similar customers. "
            "The axes are the first two principal components of all features."
            + (
                f" {number(_MAP_CUSTOMERS)} customers are shown."
                if len(frame) == _MAP_CUSTOMERS
                else ""
            ),
            charts.points(
                frame,
                x=("pca_1", "first component"),
                y=("pca_2", "second component"),
                color=("segment", "segment"),
            ),
        )
    ]


def _histograms(business: Business) -> list[Block]:
    blocks = []
    for column, title in (
        ("recency_days", "Days since the last order"),
        ("order_count", "Orders"),
        ("monetary_amount", in_currency("Spent", business.currency)),
        ("quantity", "Units"),
    ):
        # Binned here, not in the browser: no customer's own figures travel.
        frame = business.frame(
            f"""
            with valued as (
                select cast(rfm.{column} as double) as value,
                    cast(segment_id as varchar) || ' ' || segment_name as segment
                from customers.fct_customer_segments as segments
                inner join customers.fct_customer_rfm as rfm
                    on segments.business_id = rfm.business_id
                    and segments.customer_id = rfm.customer_id
                where segments.business_id = $business_id
            ),
            bounds as (
                select min(value) as low,
                    greatest((max(value) - min(value)) / {_BINS}, 1e-9) as width
                from valued
            )
            select low + width * least(floor((value - low) / width), {_BINS} - 1)
                    as value,
                low + width * (least(floor((value - low) / width), {_BINS} - 1) + 1)
                    as value_end,
                segment, count(*) as customer_count
            from valued cross join bounds
            group by 1, 2, 3 order by 1, 3
            """
        )
        if not frame.empty:
            blocks.append(
                Block(
                    f"histogram_{column}",
                    f"Distribution of customers: {title[0].lower()}{title[1:]}",
                    chart=charts.histogram(
                        frame, value=("value", title), group=("segment", "segment")
                    ),
                )
            )
    return blocks


def _rfm(business: Business) -> Block:
    frame = business.frame(
        """
        select * from customers.rpt_rfm_segments where business_id = $business_id
        order by customer_count desc, rfm_segment
        """
    )
    columns = {
        "rfm_segment": "segment",
        "customer_count": "customers",
        "customer_share": "share of customers",
        "sales_share": "share of sales",
        "mean_recency_days": "days since last order",
        "mean_order_count": "orders",
        "mean_monetary_amount": in_currency("spent", business.currency),
        "strategy": "strategy",
    }
    return Block(
        "rfm",
        "Segments by recency, frequency and monetary value",
        "Each measure is scored by quintile, from 1 (worst) to 5 (best). You can edit "
        "the segments in seeds/rfm_segments.csv.",
        charts.bars(
            frame, y=("rfm_segment", "segment"), x=("customer_count", "customers")
        ),
        numbered(
            frame,
            {c: h for c, h in columns.items() if c in frame},
            digits={"mean_order_count": 1, "mean_recency_days": 1},
            shares=["customer_share", "sales_share"],
        ),
    )


def _movement(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select previous_rfm_segment, rfm_segment, sum(customer_count) as customer_count
        from customers.rpt_segment_movements
        where business_id = $business_id and previous_rfm_segment is not null
            and month_start_date > (
                select max(month_start_date) - interval 12 month
                from customers.rpt_segment_movements where business_id = $business_id
            )
        group by 1, 2
        """
    )
    if frame.empty:
        return []
    whole = frame.groupby("previous_rfm_segment")["customer_count"].transform("sum")
    frame["share"] = frame["customer_count"] / whole
    frame = frame.sort_values(["previous_rfm_segment", "rfm_segment"])
    return [
        Block(
            "movement",
            "Where customers move from one month to the next",
            "Row: the segment in one month. Column: the segment one month later. Each "
            "cell is a share of the row's customers, over the last twelve months.",
            charts.heatmap(
                frame,
                x=("rfm_segment", "one month later"),
                y=("previous_rfm_segment", "segment"),
                value=("share", "share"),
                value_format=".0%",
            ),
        )
    ]


def _cohorts(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select cohort_month_start_date, months_since_first, retention_rate
        from customers.rpt_cohort_retention
        where business_id = $business_id and months_since_first between 1 and 12
            and cohort_month_start_date > (
                select max(cohort_month_start_date) - interval 24 month
                from customers.rpt_cohort_retention where business_id = $business_id
            )
        order by 1, 2
        """
    )
    if frame.empty:
        return []
    frame["cohort"] = frame["cohort_month_start_date"].dt.strftime("%Y-%m")
    frame["month"] = frame["months_since_first"].map("{:02d}".format)
    return [
        Block(
            "cohorts",
            "Who comes back",
            "Row: the month of a customer's first order. Column: months since then. "
            "Each cell is the share of the row's customers who bought in that month.",
            charts.heatmap(
                frame,
                x=("month", "months since the first order"),
                y=("cohort", "first order"),
                value=("retention_rate", "share who bought"),
                value_format=".0%",
            ),
        )
    ]


def _lifetime_value(business: Business) -> list[Block]:
    row = business.frame(
        """
        select avg(probability_alive) as probability_alive,
            sum(expected_orders_90d) as orders_90d,
            sum(expected_value_90d) as value_90d,
            sum(expected_value_365d) as value_365d,
            min(note) as any_note,
            min(note) filter (model_name <> 'none') as note,
            min(model_name) filter (model_name <> 'none') as model_name,
            count(*) filter (days_overdue > 0) as overdue_count,
            count(days_overdue) as due_count
        from customers.fct_customer_lifetime_value where business_id = $business_id
        """
    ).iloc[0]
    if row["orders_90d"] != row["orders_90d"]:
        return [
            empty(
                "lifetime_value",
                "Expected value of customers",
                str(row["any_note"] or "Too few customers came back to estimate this."),
            )
        ]
    numbers = [
        ("Orders in 90 days", number(row["orders_90d"])),
        ("Value in 90 days", money(business.currency, row["value_90d"])),
    ]
    if row["model_name"] == "bg_nbd":
        verdict = (
            "Estimated by BG/NBD, which beat every simple rate in the days held out."
        )
        numbers.append(("Value in a year", money(business.currency, row["value_365d"])))
        share = row["probability_alive"]
        # Close to 1, the model has hardly seen anyone leave.
        if share <= _MOST_ALIVE:
            numbers.insert(0, ("Likely still active", percent(share, 0)))
        else:
            verdict += " It has seen very few customers leave."
    else:
        verdict = f"Estimated by a simple rate: {row['note']}."
    if row["due_count"]:
        numbers.append(("Customers overdue", number(row["overdue_count"])))
    blocks = [
        Block(
            "lifetime_value",
            "Expected value of today's customers",
            "Only customers known today; future new customers are not included. "
            f"{verdict} A customer is overdue when the next order is later than usual: "
            "the customer's own mean time between orders, with one of the business "
            "added.",
            numbers=numbers,
        )
    ]
    held_out = business.frame(
        """
        select frequency_class, frequency_rank, model_name, is_baseline,
            actual_orders_mean, predicted_orders_mean
        from customers.rpt_lifetime_value_holdout
        where business_id = $business_id and predicted_orders_mean is not null
            and frequency_class <> 'all'
        order by frequency_rank, is_baseline, model_name
        """
    )
    if not held_out.empty:
        actual = held_out.drop_duplicates("frequency_rank").assign(
            what="actual", orders=lambda frame: frame["actual_orders_mean"]
        )
        predicted = held_out.assign(
            what=held_out["model_name"].replace(_MODEL_NAMES),
            orders=held_out["predicted_orders_mean"],
        )
        blocks.append(
            Block(
                "lifetime_value_holdout",
                "Were the predictions right?",
                "Orders per customer in the last part of the history, predicted only "
                "from the part before it, by the model and by simple rates. Customers "
                "are grouped by their number of repeat orders before that.",
                charts.columns(
                    pd.concat([actual, predicted]),
                    x=("frequency_class", "repeat orders before"),
                    y=("orders", "orders per customer"),
                    color=("what", "orders"),
                    stacked=False,
                ),
            )
        )
    return blocks
