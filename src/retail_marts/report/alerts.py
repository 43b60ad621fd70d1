"""What is out of the ordinary in a business, where the evidence is beyond chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtrc

from retail_marts.basket import q_values
from retail_marts.report.blocks import (
    counted,
    day,
    money,
    number,
    percent,
    short,
    small,
)
from retail_marts.report.cards import Card
from retail_marts.report.marts_reader import PRODUCT_NAME, Business
from retail_marts.row_oddities import products_in_other_units

#: Accepted share of false alerts among those of one kind.
_FALSE_DISCOVERY_RATE = 0.05
#: A day is news for as long as it is in the latest weeks.
_NEWS_DAYS = 35
#: A product that stopped earlier is no news.
_STOPPED_WITHIN_DAYS = 365
#: A band of discounts with fewer lines is not judged.
_LEAST_LINES = 30
#: Share of rejected rows from which totals are too low to be trusted.
_MANY_REJECTED = 0.01
_NAMED = 3


def alerts(business: Business) -> list[Card]:
    """One card for each kind of thing that the owner should look at."""
    return [card for build in _ALERTS for card in build(business)]


def _loss_makers(business: Business) -> list[Card]:
    """Sub-categories (else categories) that lost money over the last year."""
    if not business.has("sales.rpt_monthly_sales_by"):
        return []
    frame = business.frame(
        """
        with months as (
            select *, dense_rank() over (order by month_start_date desc) as month_rank
            from sales.rpt_monthly_sales_by
            where business_id = $business_id and is_full_month
                and dimension in ('category', 'sub_category')
        )
        select dimension, member_name, cast(sum(profit_amount) as double) as profit,
            count(*) filter (profit_amount < 0) as loss_months,
            count(*) filter (sales_amount <> 0) as sale_months
        from months where month_rank <= 12 and member_id <> 'unknown'
        group by dimension, member_id, member_name
        having sum(profit_amount) < 0
            and 2 * count(*) filter (profit_amount < 0)
                > count(*) filter (sales_amount <> 0)
        order by profit, member_name
        """
    )
    small = frame[frame["dimension"] == "sub_category"]
    frame = frame if small.empty else small
    if frame.empty:
        return []
    worst = frame.iloc[0]
    return [
        Card(
            "Loss in a category" if len(frame) == 1 else "Losses in categories",
            f"{worst['member_name']}: {money(business.currency, worst['profit'])}",
            sentence="Profit over the last twelve full months"
            + (
                "."
                if len(frame) == 1
                else f" of {listed(list(frame['member_name']))} together: "
                f"{money(business.currency, frame['profit'].sum())}."
            ),
            basis=f"{worst['member_name']} made a loss in {worst['loss_months']} of "
            f"{worst['sale_months']} months with sales.",
            link="sales",
            link_text="Sales by category",
        )
    ]


def _discounts(business: Business) -> list[Card]:
    """The discount from which every band makes a loss."""
    if not business.has("sales.rpt_discount_effects"):
        return []
    frame = business.frame(
        """
        select lower, line_count, cast(sales_amount as double) as sales,
            cast(profit_amount as double) as profit
        from sales.rpt_discount_effects
        where business_id = $business_id and profit_amount is not null
            and lower is not null and discount_band <> 'no discount'
        order by lower desc
        """
    )
    losing = frame[(frame["profit"] < 0).cummin()]
    if losing.empty or losing["line_count"].sum() < _LEAST_LINES:
        return []
    loss, lines = losing["profit"].sum(), losing["line_count"].sum()
    return [
        Card(
            "Loss by discounts",
            f"Above {percent(losing['lower'].min(), 0)}: "
            f"{money(business.currency, loss)}",
            sentence=f"Sales of {money(business.currency, losing['sales'].sum())} with "
            "a larger discount than that made a loss.",
            basis=f"{number(lines)} sales lines of all years.",
            link="sales",
            link_text="Profit by discount",
        )
    ]


def _stopped(business: Business) -> list[Card]:
    """Products whose silence is longer than their rhythm and chance explain."""
    if not business.has("sales.fct_daily_product_sales"):
        return []
    frame = business.frame(
        f"""
        with sold_days as (
            select product_id, sales_date, sales_amount,
                sales_date - lag(sales_date) over (
                    partition by product_id order by sales_date
                ) as gap_days
            from sales.fct_daily_product_sales
            where business_id = $business_id
                and coalesce(quantity > 0, sales_amount > 0)
        ),
        sold_products as (
            select product_id, count(*) - 1 as gap_count, max(gap_days) as longest_days,
                max(sales_date) - min(sales_date) as sold_days,
                max(sales_date) as last_date,
                cast(sum(sales_amount) as double) as sales
            from sold_days group by product_id having count(*) > 1
        )
        select {PRODUCT_NAME} as product, gap_count,
            longest_days, sold_days, last_date, sales,
            businesses.last_sale_date - last_date as silent_days
        from sold_products as sold
        inner join core.dim_products as products using (product_id)
        inner join core.dim_businesses as businesses using (business_id)
        where business_id = $business_id
        """
    )
    # Gaps of an unknown mean that are exponentially distributed: the next one is longer
    # than this with probability (1 + silence / sum of gaps) ^ -(number of gaps).
    p_values = (1 + frame["silent_days"] / frame["sold_days"]) ** -frame["gap_count"]
    found = frame[
        _beyond_chance(p_values.to_numpy())
        # Goods of a season are silent every year.
        & (frame["silent_days"] > frame["longest_days"])
        & (frame["silent_days"] <= _STOPPED_WITHIN_DAYS)
    ].copy()
    if found.empty:
        return []
    found["monthly"] = found["sales"] / found["sold_days"] * 30
    found = found.sort_values(["monthly", "product"], ascending=[False, True])
    top = found.iloc[0]
    return [
        Card(
            "Stopped selling",
            counted(len(found), "product"),
            items=[
                f"{row['product']}: last sold on {day(row['last_date'])}"
                for _, row in found.head(_NAMED).iterrows()
            ],
            basis=f"{top['product']} usually sold every "
            f"{_days(top['sold_days'] / top['gap_count'])} and has been silent for "
            f"{_days(top['silent_days'])}, longer than ever. Chance does not explain "
            "it.",
            link="sales",
            link_text="Sales by product",
        )
    ]


def _odd_days(business: Business) -> list[Card]:
    """Days of the latest weeks that sold much more or less than expected."""
    if not business.has("forecasting.rpt_series_oddities"):
        return []
    frame = business.frame(
        f"""
        select measure, sales_date, actual_value, expected_value,
            regexp_extract(note, 'holiday: (.*)', 1) as holiday
        from forecasting.rpt_series_oddities
        inner join core.dim_businesses using (business_id)
        where business_id = $business_id and series_level = 'total' and is_outlier
            and sales_date > last_sale_date - {_NEWS_DAYS}
        order by measure desc, sales_date desc
        """
    )
    if frame.empty:
        return []
    frame = frame[frame["measure"] == frame["measure"].iloc[0]]
    is_money = frame["measure"].iloc[0] == "sales_amount"

    def of(value: float) -> str:
        return money(business.currency, value) if is_money else f"{short(value)} units"

    days = [
        f"{row['sales_date']:%A}, {day(row['sales_date'])}: "
        f"{of(row['actual_value'])} instead of {of(row['expected_value'])}"
        + (f" ({row['holiday']})" if row["holiday"] else "")
        for _, row in frame.head(_NAMED).iterrows()
    ]
    return [
        Card(
            "Out of the ordinary",
            counted(len(frame), "day"),
            items=days,
            basis="Compared with the same weekday in the six weeks around it: more "
            "than four standard deviations away.",
            link="forecast",
            link_text="Day by day",
        )
    ]


def _returns(business: Business) -> list[Card]:
    """Products, categories or stores with more returns than chance explains."""
    if not business.has("sales.rpt_return_rates"):
        return []
    frame = business.frame(
        """
        select dimension, member_name, sold_order_count, returned_order_count,
            cast(returned_amount as double) as returned_amount, order_return_rate
        from sales.rpt_return_rates
        where business_id = $business_id and sold_order_count > 0
            and returned_order_count <= sold_order_count
        """
    )
    total = frame[frame["dimension"] == "total"]
    parts = frame[frame["dimension"] != "total"]
    if total.empty or parts.empty:
        return []
    usual = float(total["order_return_rate"].iloc[0])
    # So many returns or more, of a binomial distribution.
    p_values = bdtrc(
        parts["returned_order_count"].to_numpy() - 1,
        parts["sold_order_count"].to_numpy(),
        usual,
    )
    found = parts[_beyond_chance(p_values)]
    if found.empty:
        return []
    found = found.sort_values("returned_amount", ascending=False)
    worst = found.iloc[0]
    return [
        Card(
            "Returns",
            f"{worst['member_name']}: {percent(worst['order_return_rate'], 0)} of "
            "orders",
            sentence=f"Over all, {percent(usual)} of orders are returned."
            + (
                f" Also {listed(list(found['member_name'].iloc[1:]))}."
                if len(found) > 1
                else ""
            ),
            basis=f"{number(worst['returned_order_count'])} of "
            f"{number(worst['sold_order_count'])} orders, more than chance explains.",
            link="sales",
            link_text="Returns",
        )
    ]


def _rejected(business: Business) -> list[Card]:
    """Rows that are missing in all figures."""
    row = business.frame(
        """
        select
            (select count(*) from core.fct_rejected_rows
                where business_id = $business_id
                    and (source_table not like '% of %'
                        or source_table like 'sales_lines of %')) as rejected,
            (select count(*) from core.fct_sales_lines
                where business_id = $business_id) as lines,
            (select count(*) from core.dim_customers
                where business_id = $business_id) as customers
        """
    ).iloc[0]
    # A business without orders has one row per customer.
    accepted = row["lines"] or row["customers"]
    share = row["rejected"] / max(1, row["rejected"] + accepted)
    if share < _MANY_REJECTED:
        return []
    return [
        Card(
            "Rejected rows",
            f"{counted(row['rejected'], 'row')}, {percent(share)}",
            sentence="They are missing in all figures.",
            link="data",
            link_text="The reasons",
        )
    ]


def other_units(business: Business) -> pd.DataFrame:
    """Products that seem to be counted in another unit, with their names."""
    if not business.has("core.fct_sales_lines"):
        return pd.DataFrame()
    lines = "core.fct_sales_lines where business_id = $business_id"
    return business.frame(
        f"""
        select found.*, coalesce({PRODUCT_NAME}, found.product_id) as product
        from ({products_in_other_units(lines)}) as found
        left join core.dim_products as products
            on products.business_id = $business_id
            and products.product_id = found.product_id
        order by units desc, found.product_id
        """
    )


def _other_units(business: Business) -> list[Card]:
    """Products whose units make sums of units meaningless."""
    frame = other_units(business)
    if frame.empty:
        return []
    top = frame.iloc[0]
    return [
        Card(
            "Units that cannot be added",
            f"{counted(len(frame), 'product')}: {percent(frame['unit_share'].sum())}"
            " of all units",
            sentence=f"They are {percent(frame['sales_share'].sum())} of sales. If "
            "they are counted in another unit, such as grams, figures in units say "
            "little; figures in money are right.",
            basis=f"One unit of {top['product']} costs {small(top['price'])}; "
            f"{small(top['usual_price'])} is usual.",
            link="data",
            link_text="These products",
        )
    ]


_ALERTS: Sequence[Callable[[Business], list[Card]]] = (
    _loss_makers,
    _discounts,
    _stopped,
    _odd_days,
    _returns,
    _rejected,
    _other_units,
)


def _beyond_chance(p_values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which of several tests stand out, with few false ones among them."""
    rates = q_values(p_values, test_count=len(p_values), method="benjamini_hochberg")
    return rates <= _FALSE_DISCOVERY_RATE


def listed(names: Sequence[str]) -> str:
    """The first few names in a sentence, and how many more there are."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {number(len(names) - _NAMED)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _days(count: float) -> str:
    return counted(max(1, round(count)), "day")
