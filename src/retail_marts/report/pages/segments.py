"""Segments: groups of customers by what they buy, and what to do for each group."""

from __future__ import annotations

import math

import pandas as pd

from retail_marts.report import charts, findings
from retail_marts.report.blocks import (
    Block,
    empty,
    in_currency,
    money,
    number,
    numbered,
    percent,
    short,
)
from retail_marts.report.marts_reader import Business

#: Dots on the map; more are neither seen nor drawn quickly.
_MAP_CUSTOMERS = 1500
_BINS = 30

#: New customers of a month below which the share who come back says little.
_LEAST_COHORT = 5
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
    "spend_share": "spend",
}
#: From this stability on, other samples give nearly the same groups.
_STABLE = 0.8


def blocks(business: Business) -> list[Block]:
    """The customers of one business."""
    found: list[Block] = []
    if business.has("customers.rpt_segment_profiles"):
        names = _names(business)
        found += _profiles(business, names)
        found += _selection(business)
        found += _map(business, names)
        found += _histograms(business, names)
    if business.has("customers.rpt_rfm_segments"):
        found.append(_rfm(business))
        found += _movement(business)
        found += _cohorts(business)
    if business.has("core.fct_orders") and business.has(
        "customers.fct_customer_lifetime_value"
    ):
        found += _lifetime_value(business)
    return found or [
        empty("none", "No segments", "This business has no customers to group.")
    ]


def _names(business: Business) -> dict[int, str]:
    """The segments by id, from the lowest to the highest average spend."""
    frame = business.frame(
        """
        select segment_id, segment_name from customers.rpt_segment_profiles
        where business_id = $business_id order by segment_id
        """
    )
    names = findings.told_apart(frame, name="segment_name", key="segment_id")
    return dict(zip(frame["segment_id"], names, strict=True))


def _profiles(business: Business, names: dict[int, str]) -> list[Block]:
    frame = business.frame(
        """
        select * from customers.rpt_segment_profiles
        where business_id = $business_id order by segment_id
        """
    )
    frame["segment"] = frame["segment_id"].map(names)
    frame["summary"] = frame["summary"].str.replace("%", " %")
    currency = business.currency
    columns = {
        "segment": "segment",
        "customer_count": "customers",
        "customer_share": "share of customers",
        "sales_share": "share of sales",
        "profit_share": "share of profit",
        "spend_share": "share of spend",
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
            f"{number(len(frame))} segments, and what to do for each"
            if len(frame) > 1
            else "One segment holds all customers",
            "Groups found by K-Means, from the lowest to the highest average spend. "
            "Names compare a group with the other groups; the figures beside them are "
            "those of the group. You can edit names and strategies in "
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
            "What the customers of each segment bring",
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
            shares_title(frame),
            "Share of each segment in all "
            f"{_listed([_SHARES[c] for c in _SHARES if c in known])}.",
            charts.bars(
                long,
                y=("segment", "segment"),
                x=("share", "share"),
                color=("of", "share of"),
                stacked=False,
            ),
        )
    )
    for column, what, is_money in (
        ("mean_monetary_amount", "net sales per customer", True),
        ("mean_order_count", "orders per customer", False),
        ("mean_recency_days", "days since the last order", False),
        ("mean_profit_amount", "profit per customer", True),
        ("mean_shipping_cost_amount", "shipping cost per customer", True),
        ("mean_spend_amount", "spend per customer", True),
    ):
        if column in known:
            values = frame.astype({column: "float64"})
            blocks.append(
                Block(
                    f"by_segment_{column}",
                    most(values, name="segment", value=column, what=what),
                    f"Mean {what} of each segment.",
                    charts.bars(
                        values,
                        y=("segment", "segment"),
                        x=(column, what),
                        unit=currency if is_money else "",
                    ),
                )
            )
    return blocks


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def shares_title(frame: pd.DataFrame) -> str:
    """Which segment brings more than its share of customers."""
    for column in ("sales_share", "spend_share"):
        known = frame.dropna(subset=[column]) if column in frame else frame.head(0)
        if len(known) > 1 and (known[column] >= 0).all():
            best = findings.top(known, column)
            return (
                f"{best['segment']}: {percent(best['customer_share'], 0)} of "
                f"customers, {percent(best[column], 0)} of {_SHARES[column]}"
            )
    return "Share of each segment"


def most(frame: pd.DataFrame, *, name: str, value: str, what: str) -> str:
    """Which segment has the most, and how many times the least."""
    known = frame.dropna(subset=[value])
    if len(known) < 2:
        return f"{what[:1].upper()}{what[1:]}"
    high, low = findings.top(known, value), known.sort_values(value).iloc[0]
    if high[value] <= low[value]:
        return f"All segments have the same {what}"
    times = high[value] / low[value] if low[value] > 0 else 0.0
    said = f"{high[name]} has the most {what}"
    return (
        f"{said}: {number(times, 0 if times >= 10 else 1)} times the lowest"
        if times >= 1.05
        else said
    )


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
    used = f"{_groups(chosen['k'])} used"
    note = f"{used}." if pd.isna(chosen["note"]) else f"{used}: {chosen['note']}."
    k = int(chosen["k"])
    blocks = [
        Block(
            "groups",
            distinct_title(chosen["distinct_groups"], chosen["stability"]),
            note + " Distinct groups have a valley between them. Stability compares "
            "the groups of pairs of random samples: 1 is always the same, 0 is chance.",
            numbers=[
                ("Groups used", number(chosen["k"])),
                # One group of all customers is no group.
                (
                    "Distinct groups",
                    "none"
                    if number(chosen["distinct_groups"]) == "1"
                    else number(chosen["distinct_groups"]),
                ),
                ("Stability", number(chosen["stability"], 2)),
            ],
        ),
        Block(
            "elbow",
            _elbow_title(frame, k),
            "Inertia: how far customers are from the centre of their group. After the "
            "bend in the line (the elbow), more groups improve little. The circle "
            "marks the number that is used.",
            charts.lines(
                frame,
                x=("k", "groups"),
                y=("inertia", "inertia"),
                marked=k,
                mark="used",
                height=240,
            ),
        ),
    ]
    scored = frame.dropna(subset=["silhouette"])
    if not scored.empty:
        best = int(findings.top(scored, "silhouette")["k"])
        blocks.append(
            Block(
                "silhouette",
                f"The silhouette is highest for {number(best)} groups"
                + (", the number that is used" if best == k else f"; {k} are used"),
                "How much closer customers are to their own group than to the next one "
                "(1 is best). The criteria may disagree; the table shows all of them. "
                "The circle marks the number that is used.",
                charts.lines(
                    scored,
                    x=("k", "groups"),
                    y=("silhouette", "silhouette"),
                    marked=k,
                    mark="used",
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
            "Every criterion for the number of groups",
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


def distinct_title(groups: object, stability: object) -> str:
    """Whether the customers form groups, or segments cut a continuum."""
    if groups is None or pd.isna(groups):  # type: ignore[call-overload]
        return "Whether there are distinct groups is not known"
    count = int(groups)  # type: ignore[call-overload]
    if count < 2:
        return "No distinct groups: the segments divide customers who differ by degree"
    said = f"{number(count)} distinct groups of customers"
    if stability is None or pd.isna(stability):  # type: ignore[call-overload]
        return said
    is_stable = float(stability) >= _STABLE  # type: ignore[arg-type]
    return f"{said}, {'the same' if is_stable else 'not the same'} in other samples"


def _groups(count: object) -> str:
    return "1 group is" if count == 1 else f"{number(count)} groups are"


def _elbow_title(frame: pd.DataFrame, used: int) -> str:
    """Where the elbow is, and whether that number is used."""
    elbows = frame.loc[frame["is_elbow"].fillna(False).astype(bool), "k"]
    if elbows.empty:
        return f"The line has no clear elbow; {_groups(used)} used"
    elbow = int(elbows.iloc[0])
    return f"The elbow is at {elbow} groups" + (
        ", the number that is used" if elbow == used else f"; {used} are used"
    )


def _map(business: Business, names: dict[int, str]) -> list[Block]:
    frame = business.frame(
        f"""
        select pca_1, pca_2, segment_id
        from customers.fct_customer_segments
        where business_id = $business_id and pca_1 is not null
        order by md5(customer_id) limit {_MAP_CUSTOMERS}
        """
    ).sort_values("segment_id", kind="stable")
    if frame.empty:
        return []
    frame["segment"] = frame.pop("segment_id").map(names)
    return [
        Block(
            "map",
            map_title(frame),
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
                order=[*names.values()],
            ),
        )
    ]


def _histograms(business: Business, names: dict[int, str]) -> list[Block]:
    blocks = []
    for column, what, is_money, least_width in (
        ("recency_days", "days since the last order", False, 1),
        ("order_count", "orders", False, 1),
        ("monetary_amount", "net sales", True, 1e-9),
        ("quantity", "units", False, 1e-9),
    ):
        # Binned here, not in the browser: no customer's own figures travel.
        frame = business.frame(
            f"""
            with valued as (
                select cast(rfm.{column} as double) as value, segment_id
                from customers.fct_customer_segments as segments
                inner join customers.fct_customer_rfm as rfm
                    on segments.business_id = rfm.business_id
                    and segments.customer_id = rfm.customer_id
                where segments.business_id = $business_id
            ),
            bounds as (
                select min(value) as low,
                    greatest((max(value) - min(value)) / {_BINS}, {least_width})
                        as width
                from valued
            )
            select low + width * least(floor((value - low) / width), {_BINS} - 1)
                    as value,
                low + width * (least(floor((value - low) / width), {_BINS} - 1) + 1)
                    as value_end,
                segment_id, count(*) as customer_count
            from valued cross join bounds
            group by 1, 2, 3 order by 1, 3
            """
        )
        frame = frame.dropna(subset=["value"])
        frame["segment"] = frame.pop("segment_id").map(names)
        if frame.empty:
            continue
        unit = business.currency if is_money else ""
        blocks.append(
            Block(
                f"histogram_{column}",
                half_title(frame, what=what, unit=unit),
                f"How many customers of each segment have how many {what}."
                if not is_money
                else f"How many customers of each segment brought how much {what}.",
                charts.histogram(
                    frame,
                    value=("value", what),
                    group=("segment", "segment"),
                    order=[*names.values()],
                    unit=unit,
                ),
            )
        )
    return blocks


def half_title(frame: pd.DataFrame, *, what: str, unit: str) -> str:
    """Between which values the middle half of the customers lies.

    Parameters
    ----------
    frame
        ``value``, ``value_end`` and ``customer_count`` of each bin and group.
    what, unit
        The name of the values, and their currency.
    """
    bins = frame.groupby(["value", "value_end"])["customer_count"].sum().reset_index()
    if len(bins) == 1:
        return f"All customers have about the same {what}"
    reached = bins["customer_count"].cumsum() / bins["customer_count"].sum()
    # Whole numbers outside the bins, so that half of the customers are within them.
    low = math.floor(bins.loc[reached >= 0.25, "value"].iloc[0])
    high = math.ceil(bins.loc[reached >= 0.75, "value_end"].iloc[0])
    first, last = (
        (f"{unit} {_round(low)}", _round(high)) if unit else map(number, (low, high))
    )
    return f"At least half of the customers: {first} to {last} {what}"


def _round(amount: float) -> str:
    return short(amount) if abs(amount) >= 1e6 else number(amount)


def map_title(frame: pd.DataFrame) -> str:
    """Which segment has most of the dots."""
    counts = frame["segment"].value_counts()
    if len(counts) == 1:
        return "Map of the customers: one segment"
    if counts.iloc[0] == counts.iloc[1]:
        return f"Map of the customers in {number(len(counts))} segments"
    return (
        f"Map of the customers: {counts.index[0]} has the most, "
        f"{percent(counts.iloc[0] / counts.sum(), 0)}"
    )


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
        _largest(frame),
        "Segments by recency, frequency and monetary value. Each measure is scored by "
        "quintile, from 1 (worst) to 5 (best). You can edit the segments in "
        "seeds/rfm_segments.csv.",
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


def _largest(frame: pd.DataFrame) -> str:
    """The segment with the most customers, or that several have as many."""
    most_customers = frame["customer_count"].max()
    largest = frame[frame["customer_count"] == most_customers]
    if len(largest) > 1:
        return f"{number(len(largest))} segments are equally large"
    share = percent(largest["customer_share"].iloc[0], 0)
    return (
        f"{largest['rfm_segment'].iloc[0]}: the largest segment, {share} of customers"
    )


def _movement(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select previous_rfm_segment, rfm_segment, sum(customer_count) as customer_count
        from customers.rpt_segment_movements
        where business_id = $business_id and is_complete_month
            and month_start_date > (
                select max(month_start_date) - interval 12 month
                from customers.rpt_segment_movements
                where business_id = $business_id and is_complete_month
            )
        group by 1, 2
        """
    )
    if frame.empty:
        return []
    whole = frame.groupby("previous_rfm_segment")["customer_count"].transform("sum")
    frame["share"] = frame["customer_count"] / whole
    # From the best customers to the worst, where the scores tell.
    ranked = business.frame(
        """
        select rfm_segment from customers.rpt_rfm_segments
        where business_id = $business_id
        order by mean_monetary_amount desc nulls last, rfm_segment
        """
    )["rfm_segment"]
    names = {*frame["previous_rfm_segment"], *frame["rfm_segment"]}
    order = [*(n for n in ranked if n in names), *sorted(names - {*ranked})]
    known = frame[frame["previous_rfm_segment"].isin(set(ranked))]
    stayed = known.loc[
        known["previous_rfm_segment"] == known["rfm_segment"], "customer_count"
    ].sum()
    title = "Where customers move from one month to the next"
    if not known.empty:
        share = percent(stayed / known["customer_count"].sum(), 0)
        title = f"{share} of customers stay in their segment from one month to the next"
    return [
        Block(
            "movement",
            title,
            "Row: the segment in one month. Column: the segment one month later. Each "
            "cell is a share of the row's customers, over the last twelve months. "
            "Segments are in order of net sales per customer.",
            charts.heatmap(
                frame,
                x=("rfm_segment", "one month later"),
                y=("previous_rfm_segment", "segment"),
                value=("share", "share"),
                columns=order,
                rows=order,
                value_format=".0%",
            ),
        )
    ]


def _cohorts(business: Business) -> list[Block]:
    # In a month that has not ended, not all have come back yet.
    frame = business.frame(
        """
        select cohort_month_start_date, months_since_first, retention_rate,
            customer_count
        from customers.rpt_cohort_retention
        where business_id = $business_id and months_since_first between 1 and 12
            and is_complete_month
            and cohort_month_start_date > (
                select max(cohort_month_start_date) - interval 24 month
                from customers.rpt_cohort_retention where business_id = $business_id
            )
        order by 1, 2
        """
    )
    if frame.empty:
        return []
    title = cohort_title(frame)
    frame = large_cohorts(frame)
    frame["cohort"] = frame["cohort_month_start_date"].dt.strftime("%Y-%m")
    frame["month"] = frame["months_since_first"].map(str)
    return [
        Block(
            "cohorts",
            title,
            "Row: the month of a customer's first order. Column: months since then. "
            "Each cell is the share of the row's customers who bought in that month. "
            "Left out: months that had not ended on the as-of date, and rows of fewer "
            f"than {_LEAST_COHORT} customers if there are larger ones.",
            charts.heatmap(
                frame,
                x=("month", "months since the first order"),
                y=("cohort", "first order"),
                value=("retention_rate", "share who bought"),
                value_format=".0%",
            ),
        )
    ]


def large_cohorts(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of enough customers, else all: the share of a few customers is chance.

    Parameters
    ----------
    frame
        ``customer_count`` of each month of first orders.
    """
    large = frame[frame["customer_count"] >= _LEAST_COHORT]
    return frame.copy() if large.empty else large.copy()


def cohort_title(frame: pd.DataFrame) -> str:
    """The share of customers who buy in the month after that of their first order.

    Parameters
    ----------
    frame
        ``months_since_first``, ``retention_rate`` and ``customer_count`` of each month
        of first orders.
    """
    first = frame[frame["months_since_first"] == 1]
    if first.empty:
        return "Who comes back"
    # A month with one new customer says less than one with a thousand.
    came = (first["retention_rate"] * first["customer_count"]).sum()
    share = came / first["customer_count"].sum()
    return (
        f"{percent(share, 0)} of new customers buy again in the month after their first"
    )


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
                f"It is not known: {row['any_note']}."
                if row["any_note"]
                else "Too few customers came back to estimate this.",
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
        verdict = (
            f"Estimated by a simple rate ({_MODEL_NAMES[row['model_name']]}) "
            f"{_why_simple(row['note'], row['model_name'])}."
        )
    if row["due_count"]:
        numbers.append(("Customers overdue", number(row["overdue_count"])))
    blocks = [
        Block(
            "lifetime_value",
            f"Today's customers are expected to order for "
            f"{money(business.currency, row['value_90d'])} in 90 days"
            if pd.notna(row["value_90d"])
            else f"{number(row['orders_90d'])} orders of today's customers are "
            "expected in 90 days",
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
                holdout_title(held_out, used=str(row["model_name"])),
                "Orders per customer in the last part of the history, predicted only "
                "from the part before it, by the model and by simple rates. Customers "
                "are grouped by their number of repeat orders before that.",
                charts.columns(
                    pd.concat([actual, predicted]),
                    x=("frequency_class", "repeat orders before"),
                    y=("orders", "orders per customer"),
                    color=("what", "orders"),
                    order=["actual", *_MODEL_NAMES.values()],
                    stacked=False,
                ),
            )
        )
    return blocks


def _why_simple(note: object, model: str) -> str:
    """Why no model with dropout is used, as the rest of a sentence."""
    return in_plain_words(str(note).removeprefix(f"{model} "))


def in_plain_words(note: str) -> str:
    """A note on lifetime values with the names of the page for the models."""
    for name, said in _MODEL_NAMES.items():
        note = note.replace(name, said)
    return note


def holdout_title(held_out: pd.DataFrame, *, used: str) -> str:
    """Which prediction was closest in the days held out, over the classes shown.

    Parameters
    ----------
    held_out
        ``model_name``, ``predicted_orders_mean`` and ``actual_orders_mean``.
    used
        The model of the values on the page.
    """
    errors = (
        (held_out["predicted_orders_mean"] - held_out["actual_orders_mean"])
        .abs()
        .groupby(held_out["model_name"])
        .mean()
        .sort_values()
    )
    if len(errors) < 2 or errors.iloc[0] == errors.iloc[1]:
        return "Predicted orders compared with actual ones"
    closest = str(errors.index[0])
    return (
        "Predicted orders compared with actual ones: "
        f"{_MODEL_NAMES.get(closest, closest)} was closest"
        + ("" if closest == used else ", but it is not used")
    )
