"""Sales by day, week, month, year, product, store and weekday."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.blocks import Block, empty, in_currency, numbered
from retail_marts.report.marts_reader import Business

#: Products with their own colour in a stacked chart; the rest share one.
_STACKED_PRODUCTS = 7
#: Where the best products sell less than this of all, colours would tell nothing.
_LEAST_STACKED_SHARE = 0.25
_RANKED = 15


def blocks(business: Business) -> list[Block]:
    """The sales of one business."""
    if not business.has("sales.fct_daily_sales"):
        return [
            empty(
                "none",
                "No sales",
                "The files of this business have no orders with dates, so there is "
                "nothing to show by day, product or store.",
            )
        ]
    found = [_days(business), _weeks(business), _months(business), _years(business)]
    found.append(_weekdays(business))
    if business.has("sales.rpt_hourly_profiles"):
        found.append(_hours(business))
    found += [_stacked(business), _products(business)]
    found += _categories(business)
    if business.has("sales.rpt_store_rankings"):
        found += _ranking(business, "store", "Stores", _STORES)
    if business.has("sales.rpt_ship_mode_rankings"):
        found += _ranking(business, "ship_mode", "Ship modes", _SHIP_MODES)
    found += _correlations(business)
    return found


def _days(business: Business) -> Block:
    frame = business.frame(
        """
        select sales_date, cast(quantity as double) as quantity
        from sales.fct_daily_sales where business_id = $business_id order by 1
        """
    )
    return Block(
        "days",
        "Units by day",
        "Every day from the first sale to the last, including days without sales.",
        charts.lines(frame, x=("sales_date", "day"), y=("quantity", "units")),
    )


def _weeks(business: Business) -> Block:
    frame = business.frame(
        """
        select week_start_date, cast(sales_amount as double) as sales_amount, day_count
        from sales.rpt_weekly_sales where business_id = $business_id order by 1
        """
    )
    return Block(
        "weeks",
        "Sales by week",
        "Weeks start on Monday. The first and last week may be incomplete.",
        charts.columns(
            frame,
            x=("week_start_date", "week of"),
            y=("sales_amount", business.currency),
        ),
    )


def _months(business: Business) -> Block:
    frame = business.frame(
        """
        select month_start_date, cast(quantity as double) as quantity
        from sales.rpt_monthly_sales where business_id = $business_id order by 1
        """
    )
    return Block(
        "months",
        "Units by month",
        chart=charts.columns(
            frame, x=("month_start_date", "month"), y=("quantity", "units")
        ),
    )


def _years(business: Business) -> Block:
    frame = business.frame(
        """
        select
            cast(year as varchar) as year, cast(sales_amount as double) as sales_amount,
            cast(profit_amount as double) as profit_amount, order_count,
            sales_growth_rate, profit_growth_rate, day_count
        from sales.rpt_yearly_sales where business_id = $business_id order by year
        """
    )
    columns = {
        "year": "year",
        "day_count": "days",
        "order_count": "orders",
        "sales_amount": in_currency("sales", business.currency),
        "sales_growth_rate": "growth",
    }
    if frame["profit_amount"].notna().any():
        columns |= {
            "profit_amount": in_currency("profit", business.currency),
            "profit_growth_rate": "profit growth",
        }
    return Block(
        "years",
        "Year by year",
        "Growth is compared with the previous year. A year with fewer days is "
        "incomplete.",
        charts.columns(frame, x=("year", ""), y=("sales_amount", business.currency)),
        numbered(frame, columns, shares=["sales_growth_rate", "profit_growth_rate"]),
    )


def _weekdays(business: Business) -> Block:
    frame = business.frame(
        """
        select weekday_name, mean_quantity, mean_sales_amount, day_count, sales_share
        from sales.rpt_weekday_profiles where business_id = $business_id
        order by iso_weekday
        """
    )
    return Block(
        "weekdays",
        "Average units by weekday",
        chart=charts.columns(
            frame, x=("weekday_name", ""), y=("mean_quantity", "units per day")
        ),
    )


def _hours(business: Business) -> Block:
    frame = business.frame(
        """
        with profile as (
            select * from sales.rpt_hourly_profiles where business_id = $business_id
        )
        select days.weekday_name, lpad(cast(hours.hour as varchar), 2, '0') as hour,
            cast(coalesce(profile.order_count, 0) as double) as order_count
        from (select distinct weekday, weekday_name from profile) as days
        cross join (select distinct hour from profile) as hours
        left join profile
            on days.weekday = profile.weekday and hours.hour = profile.hour
        order by days.weekday, hours.hour
        """
    )
    return Block(
        "hours",
        "Orders by weekday and hour",
        "Number of orders in each hour, for lines with a time of day.",
        charts.heatmap(
            frame,
            x=("hour", "hour"),
            y=("weekday_name", ""),
            value=("order_count", "orders"),
            value_format=",.0f",
        ),
    )


def _stacked(business: Business) -> Block:
    """Products over the weeks; their sub-categories where products are too many."""
    frame, share = _stack(business, "coalesce(weekly.product_name, weekly.product_id)")
    title, things = "Products week by week", "best-selling products"
    if frame.empty:
        return empty("products_stacked", title, "The files do not name products.")
    if share < _LEAST_STACKED_SHARE:
        groups, share_of_groups = _stack(
            business,
            "coalesce(products.sub_category, products.category, 'no category')",
        )
        if share_of_groups > share:
            frame = groups
            title, things = "Sub-categories week by week", "best-selling sub-categories"
    order = frame.groupby("product")["product_rank"].min().sort_values().index.tolist()
    return Block(
        "products_stacked",
        title,
        f"Units of the {_STACKED_PRODUCTS} {things}, stacked"
        + (", and of all other products." if "all others" in order else "."),
        charts.columns(
            frame,
            x=("week_start_date", "week of"),
            y=("quantity", "units"),
            color=("product", "product"),
            order=order,
            height=320,
        ),
    )


def _stack(business: Business, thing: str) -> tuple[pd.DataFrame, float]:
    """Units by week of the things that sell most; and their share of all units."""
    frame = business.frame(
        f"""
        with named as (
            select weekly.week_start_date, {thing} as thing, weekly.quantity
            from sales.rpt_weekly_product_sales as weekly
            left join core.dim_products as products
                on weekly.business_id = products.business_id
                and weekly.product_id = products.product_id
            where weekly.business_id = $business_id
        ),
        ranked as (
            select thing,
                row_number() over (order by sum(quantity) desc, thing) as product_rank
            from named group by thing
        )
        select
            named.week_start_date,
            case when ranked.product_rank <= $top then named.thing
                else 'all others' end as product,
            min(least(ranked.product_rank, $top + 1)) as product_rank,
            cast(sum(named.quantity) as double) as quantity
        from named inner join ranked on named.thing = ranked.thing
        group by 1, 2
        order by 1, 3
        """,
        top=_STACKED_PRODUCTS,
    )
    shown = frame.loc[frame["product"] != "all others", "quantity"].sum()
    return frame, float(shown / (frame["quantity"].sum() or 1))


def _products(business: Business) -> Block:
    frame = business.frame(
        f"""
        select sales_rank, coalesce(product_name, product_id) as product, category,
            cast(quantity as double) as quantity,
            cast(sales_amount as double) as sales_amount, sales_share
        from sales.rpt_product_rankings where business_id = $business_id
        order by sales_rank, product limit {_RANKED}
        """
    )
    money = frame["sales_amount"].notna().any()
    value = ("sales_amount", business.currency) if money else ("quantity", "units")
    return Block(
        "products",
        "Best-selling products",
        "By net sales."
        if money
        else "By units, because the files have no amount per product.",
        charts.bars(
            frame.sort_values(value[0], ascending=False),
            y=("product", "product"),
            x=value,
        ),
    )


def _categories(business: Business) -> list[Block]:
    found = []
    for level, title in (
        ("category", "Categories"),
        ("sub_category", "Sub-categories"),
    ):
        frame = business.frame(
            """
            select category_name, cast(sales_amount as double) as sales_amount,
                cast(profit_amount as double) as profit_amount, sales_share, profit_rate
            from sales.rpt_category_rankings
            where business_id = $business_id and category_level = $level
                and category_name is not null
            order by sales_rank, category_name limit 20
            """,
            level=level,
        )
        if not frame.empty:
            found.append(
                Block(
                    level,
                    title,
                    "Net sales and, where known, profit.",
                    charts.bars(
                        _long(frame, "category_name", business.currency),
                        y=("category_name", title.lower()),
                        x=("amount", business.currency),
                        color=("kind", "what"),
                        stacked=False,
                    ),
                )
            )
    return found


def _long(frame: pd.DataFrame, name: str, currency: str) -> pd.DataFrame:
    """Sales and profit under one another, in the frame's order."""
    long = frame.rename(
        columns={"sales_amount": "Sales", "profit_amount": "Profit"}
    ).melt(
        id_vars=[name],
        value_vars=["Sales", "Profit"],
        var_name="kind",
        value_name="amount",
    )
    return long.dropna(subset=["amount"])


_STORES = """
    select *, coalesce(store_name, store_id) || ' (' || store_id || ')' as name
    from sales.rpt_store_rankings
"""
_SHIP_MODES = "select *, ship_mode as name from sales.rpt_ship_mode_rankings"


def _ranking(business: Business, what: str, title: str, rankings: str) -> list[Block]:
    frame = business.frame(
        f"""
        select name, line_count, line_share,
            cast(quantity as double) as quantity,
            cast(sales_amount as double) as sales_amount, sales_share
        from ({rankings}) as rankings
        where business_id = $business_id and name is not null
        order by sales_rank, name limit {_RANKED}
        """
    )
    if frame.empty:
        return []
    return [
        Block(
            what,
            title,
            "The chart shows net sales. The table shows shares of lines and of sales.",
            charts.bars(
                frame, y=("name", title.lower()), x=("sales_amount", business.currency)
            ),
            numbered(
                frame,
                {
                    "name": title.lower(),
                    "line_count": "lines",
                    "line_share": "share of lines",
                    "quantity": "units",
                    "sales_share": "share of sales",
                },
                shares=["line_share", "sales_share"],
            ),
        )
    ]


def _correlations(business: Business) -> list[Block]:
    frame = business.frame(
        """
        with top as (
            select product_id, coalesce(product_name, product_id) as product,
                row_number() over (order by quantity desc, product_id) as product_rank
            from sales.rpt_product_rankings where business_id = $business_id
        )
        select one.product as product, other.product as other_product,
            correlation.correlation
        from sales.rpt_product_correlations as correlation
        inner join top as one on correlation.product_id = one.product_id
        inner join top as other on correlation.other_product_id = other.product_id
        where correlation.business_id = $business_id and correlation.day_count >= 20
            and one.product_rank <= 12 and other.product_rank <= 12
        order by one.product_rank, other.product_rank
        """
    )
    if frame["product"].nunique() < 2:
        return []
    both = pd.concat(
        [
            frame,
            frame.rename(
                columns={"product": "other_product", "other_product": "product"}
            ),
        ]
    ).drop_duplicates(["product", "other_product"])
    return [
        Block(
            "correlations",
            "Products that sell on the same days",
            "Correlation of units sold per day. 1: always together; 0: not related.",
            charts.heatmap(
                both,
                x=("product", ""),
                y=("other_product", ""),
                value=("correlation", "correlation"),
                diverging=True,
            ),
        )
    ]
