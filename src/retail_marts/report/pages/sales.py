"""Sales by period, product, category, store, customer type, discount and hour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import NormalDist

import altair as alt
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
    words,
)
from retail_marts.report.marts_reader import PRODUCT_NAME, Business

#: Products with their own colour in a stacked chart; the rest share one.
_STACKED_PRODUCTS = 6
#: Where the best products sell less than this of all, colours would tell nothing.
_LEAST_STACKED_SHARE = 0.25
_RANKED = 15
#: Products in the matrix of correlations.
_CORRELATED = 12
_LEAST_DAYS = 20
#: Chance that one of all correlations of unrelated products would be shown.
_ERROR_RATE = 0.05
#: A weaker correlation is of no use, even if it is beyond chance.
_LEAST_CORRELATION = 0.2
#: Standard errors by which the highest of seven equal weekdays exceeds the lowest in
#: one case of twenty (studentized range).
_LARGEST_OF_SEVEN = 4.17
#: Returned lines below which a rate says little.
_LEAST_RETURNS = 5
_PALE = " Pale bars: the files do not cover the whole {period}."

_DRIVERS = {
    "customers": "Number of customers",
    "orders_per_customer": "Orders per customer",
    "items_per_order": "Items per order",
    "orders": "Number of orders",
    "amount_per_order": "Amount per order",
    "price": "Prices",
    "other": "Returns and other",
    "new": "New customers",
    "lost": "Lost customers",
    "returning": "Returning customers",
    "unknown": "Unknown customers",
    "quantity": "Quantity",
    "mix": "Mix of products",
}
#: The mean price also changes if dearer products sell more. Only the decomposition by
#: mix separates both.
_MEAN_PRICE = "Mean price per item"
_DECOMPOSITIONS = {
    "factors": (
        "Each bar is what one factor added or took away. The mean price per item "
        "changes with prices and with the mix of products."
    ),
    "customers": (
        "New customers bought for the first time since the month of comparison; lost "
        "ones bought then and not now."
    ),
    "mix": (
        "Quantity: more or fewer items. Mix: dearer or cheaper products. Prices: the "
        "same products at other prices."
    ),
}
_TYPES = {"new": "new", "returning": "returning", "unknown": "unknown"}


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
    months = read_months(business)
    found = [*_months(business, months), _weeks(business), _days(business)]
    found += _years(business, months)
    if business.has("sales.rpt_sales_drivers"):
        found += _drivers(business, months)
    if business.has("sales.rpt_new_returning_sales"):
        found += _new_returning(business)
    found.append(_weekdays(business))
    if business.has("sales.rpt_hourly_profiles"):
        found.append(_hours(business))
    found.append(_stacked(business))
    products, categories = _products(business), _categories(business)
    # Products stand beside sub-categories, which are about as many.
    found += [*categories[:-1], products, *categories[-1:]]
    if business.has("sales.rpt_discount_effects"):
        found += _discounts(business)
    if business.has("sales.rpt_return_rates"):
        found += _returns(business)
    if business.has("sales.rpt_store_rankings"):
        found += _ranking(business, "store", "stores", _STORES)
    if business.has("sales.rpt_ship_mode_rankings"):
        found += _ranking(business, "ship_mode", "ship modes", _SHIP_MODES)
    found += _correlations(business)
    return found


def _amounts(business: Business) -> Callable[[object], str]:
    return partial(money, business.currency)


def _units(value: object) -> str:
    said = short(value).removesuffix(".0")
    return f"{said} {'unit' if said == '1' else 'units'}"


def _has_amounts(frame: pd.DataFrame) -> bool:
    """Whether sales have amounts other than zero."""
    return bool(frame["sales_amount"].fillna(0).ne(0).any())


def read_months(business: Business) -> pd.DataFrame:
    """All months, and whether the files cover them whole."""
    return business.frame(
        """
        with full_months as (
            select month_start_date, bool_and(is_full_month) as is_full_month
            from sales.rpt_monthly_sales_by where business_id = $business_id
            group by 1
        )
        select month_start_date, cast(quantity as double) as quantity,
            cast(sales_amount as double) as sales_amount,
            cast(profit_amount as double) as profit_amount,
            coalesce(is_full_month,
                day_count = date_diff('day', month_start_date,
                    month_start_date + interval 1 month)) as is_full_month
        from sales.rpt_monthly_sales left join full_months using (month_start_date)
        where business_id = $business_id order by 1
        """
    )


def _months(business: Business, frame: pd.DataFrame) -> list[Block]:
    find = partial(
        findings.compared,
        frame,
        date="month_start_date",
        period="month",
        full="is_full_month",
    )
    found = []
    if _has_amounts(frame):
        title = find(value="sales_amount", what="Sales", told=_amounts(business))
        found.append(month_amounts(business, frame, "months_amount", title))
    found.append(
        Block(
            "months",
            find(value="quantity", what="Units sold", told=_units),
            f"Units of each month, returns subtracted.{pale_months(frame)}",
            charts.over_time(
                frame,
                x=("month_start_date", "month"),
                period="month",
                y=("quantity", "units"),
                full="is_full_month",
            ),
        )
    )
    return found


def month_amounts(
    business: Business,
    frame: pd.DataFrame,
    key: str,
    title: str,
    *,
    is_wide: bool = False,
) -> Block:
    """Net sales, and profit where it is known, of the months of :func:`read_months`."""
    return Block(
        key,
        title,
        f"{_what(frame)} of each month.{pale_months(frame)}",
        _amounts_over_time(business, frame, "month"),
        is_wide=is_wide,
    )


def _what(frame: pd.DataFrame) -> str:
    """What the bars of sales and profit are."""
    return (
        "Net sales and profit" if frame["profit_amount"].notna().any() else "Net sales"
    )


def _amounts_over_time(
    business: Business, frame: pd.DataFrame, period: str
) -> alt.TopLevelMixin:
    """Bars of sales, and of profit where it is known, of each month or year."""
    start, full = f"{period}_start_date", f"is_full_{period}"
    return charts.over_time(
        _long(frame, start, full),
        x=(start, period),
        period=period,
        y=("amount", "amount"),
        unit=business.currency,
        color=("kind", "what"),
        order=["Sales", "Profit"],
        stacked=False,
        full=full,
    )


def pale_months(frame: pd.DataFrame) -> str:
    """A sentence on pale bars, if a month of :func:`read_months` is cut short."""
    return "" if frame["is_full_month"].all() else _PALE.format(period="month")


def _weeks(business: Business) -> Block:
    frame = business.frame(
        """
        select week_start_date, cast(sales_amount as double) as sales_amount,
            cast(quantity as double) as quantity, day_count = 7 as is_full_week
        from sales.rpt_weekly_sales where business_id = $business_id order by 1
        """
    )
    has_amounts = _has_amounts(frame)
    value = ("sales_amount", "sales") if has_amounts else ("quantity", "units")
    return Block(
        "weeks",
        findings.compared(
            frame,
            date="week_start_date",
            value=value[0],
            period="week",
            what="Sales" if has_amounts else "Units sold",
            told=_amounts(business) if has_amounts else _units,
            full="is_full_week",
        ),
        "Weeks start on Monday."
        + ("" if frame["is_full_week"].all() else _PALE.format(period="week")),
        charts.over_time(
            frame,
            x=("week_start_date", "week"),
            period="week",
            y=value,
            unit=business.currency if has_amounts else "",
            full="is_full_week",
        ),
    )


def _days(business: Business) -> Block:
    frame = business.frame(
        """
        select sales_date, cast(quantity as double) as quantity
        from sales.fct_daily_sales where business_id = $business_id order by 1
        """
    )
    best = findings.top(frame.fillna({"quantity": 0}), "quantity")
    day = findings.period_name(best["sales_date"], "day")
    title = (
        f"{day} was the strongest day, with {_units(best['quantity'])}"
        if len(frame) > 1 and (frame["quantity"] == best["quantity"]).sum() == 1
        else "Units by day"
    )
    is_long = len(frame) > charts.SHORT_DAYS
    return Block(
        "days",
        title,
        "Every day from the first sale to the last, including days without sales."
        + (" Thick line: the mean of the last 28 days." if is_long else ""),
        charts.daily(frame, x=("sales_date", "day"), y=("quantity", "units")),
    )


def full_years(months: pd.DataFrame) -> set[int]:
    """The years of which :func:`read_months` has twelve whole months."""
    full = months.loc[months["is_full_month"].astype(bool), "month_start_date"]
    counts = full.dt.year.value_counts()
    return set(counts[counts == 12].index.tolist())


def _years(business: Business, months: pd.DataFrame) -> list[Block]:
    frame = business.frame(
        """
        select year_start_date, cast(year as varchar) as year,
            cast(sales_amount as double) as sales_amount,
            cast(profit_amount as double) as profit_amount, order_count,
            sales_growth_rate, profit_growth_rate, day_count
        from sales.rpt_yearly_sales where business_id = $business_id order by year
        """
    )
    if len(frame) < 2:
        # The months show all of it.
        return []
    # A year whose last day is a day without sales is whole, as on the first screen.
    frame["is_full_year"] = frame["year_start_date"].dt.year.isin(full_years(months))
    # A year that is cut short is not compared with a whole one.
    is_cut = ~(frame["is_full_year"] & frame["is_full_year"].shift(fill_value=False))
    frame.loc[is_cut, ["sales_growth_rate", "profit_growth_rate"]] = float("nan")
    columns = {
        "year": "year",
        "day_count": "days",
        "order_count": "orders",
        "sales_amount": in_currency("sales", business.currency),
        "sales_growth_rate": "growth",
    }
    has_profit = bool(frame["profit_amount"].notna().any())
    if has_profit:
        columns |= {
            "profit_amount": in_currency("profit", business.currency),
            "profit_growth_rate": "profit growth",
        }
    told = _amounts(business)
    find = partial(
        findings.compared,
        frame,
        date="year_start_date",
        period="year",
        told=told,
        full="is_full_year",
    )
    title = find(value="sales_amount", what="Sales")
    if has_profit:
        title += f"; {_lower(find(value='profit_amount', what='Profits'))}"
    return [
        Block(
            "years",
            title,
            f"{_what(frame)} of each year. The table compares each year with the one "
            "before."
            + ("" if frame["is_full_year"].all() else _PALE.format(period="year")),
            _amounts_over_time(business, frame, "year"),
            numbered(
                frame, columns, shares=["sales_growth_rate", "profit_growth_rate"]
            ),
        )
    ]


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _drivers(business: Business, months: pd.DataFrame) -> list[Block]:
    """What explains the change of the latest month, as far as it can be compared."""
    frame = business.frame(
        """
        with latest as (
            select *, year_ago_change_amount is not null as has_year_ago
            from sales.rpt_sales_drivers where business_id = $business_id
            qualify period_start_date = max(period_start_date) over ()
        )
        select period_start_date, decomposition, driver, has_year_ago,
            cast(coalesce(year_ago_change_amount, change_amount) as double) as amount
        from latest
        where coalesce(year_ago_change_amount, change_amount) is not null
        order by decomposition
        """
    )
    if frame.empty or not frame["amount"].ne(0).any():
        return []
    month = frame["period_start_date"].iloc[0]
    is_year = bool(frame["has_year_ago"].any())
    frame = frame[frame["has_year_ago"] == is_year]
    other = month - pd.DateOffset(months=12 if is_year else 1)
    totals = months.set_index("month_start_date")["sales_amount"]
    now = float(totals.get(month, 0.0))
    found = []
    for decomposition, text in _DECOMPOSITIONS.items():
        parts = frame[frame["decomposition"] == decomposition]
        parts = parts[parts["amount"] != 0]
        if parts.empty:
            continue
        order = [name for name in _DRIVERS if name in set(parts["driver"])]
        parts = parts.set_index("driver").loc[order].reset_index()
        parts["label"] = parts["driver"].map(driver_names(decomposition))
        before = now - float(parts["amount"].sum())
        names = (f"{other:%B %Y}", f"{month:%B %Y}")
        found.append(
            Block(
                f"drivers_{decomposition}",
                _driver_title(decomposition, parts, before, names, _amounts(business)),
                f"From {names[0]} to {names[1]}. {text}",
                charts.waterfall(
                    findings.steps(parts, before=before, names=names),
                    unit=business.currency,
                    what="net sales",
                ),
            )
        )
    return found


def driver_names(decomposition: str) -> dict[str, str]:
    """The drivers of one way to split a change, in the order of the chart."""
    return _DRIVERS | ({"price": _MEAN_PRICE} if decomposition == "factors" else {})


def _driver_title(
    decomposition: str,
    parts: pd.DataFrame,
    before: float,
    names: tuple[str, str],
    told: Callable[[object], str],
) -> str:
    """What one way to split a change says; only the first one states the change."""
    if decomposition == "factors":
        return findings.changed(parts, before=before, names=names, told=told)
    amounts = parts.set_index("driver")["amount"]
    came, gone = amounts.get("new", 0.0), -amounts.get("lost", 0.0)
    if came > 0 and gone > 0:
        return f"New customers brought {told(came)}, lost ones took {told(gone)} away"
    largest = findings.top(parts.assign(size=parts["amount"].abs()), "size")
    sign = "added" if largest["amount"] > 0 else "took away"
    return f"{largest['label']} {sign} most: {told(abs(largest['amount']))}"


def _new_returning(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select month_start_date, customer_type, is_full_month,
            cast(sales_amount as double) as sales_amount, order_count
        from sales.rpt_new_returning_sales where business_id = $business_id
        order by month_start_date, customer_type
        """
    )
    if set(frame["customer_type"]) <= {"unknown"}:
        return []
    has_amounts = _has_amounts(frame)
    value = ("sales_amount", "sales") if has_amounts else ("order_count", "orders")
    year = frame[
        frame["month_start_date"]
        > frame["month_start_date"].max() - pd.DateOffset(months=12)
    ]
    sums = year.groupby("customer_type")[value[0]].sum()
    what = "sales" if has_amounts else "orders"
    title = returning_title(
        sums, what, since="of the last twelve months" if len(year) < len(frame) else ""
    )
    frame["customer_type"] = frame["customer_type"].map(_TYPES)
    return [
        Block(
            "new_returning",
            title,
            "New: everything on the day of a customer's first order. Returning: all "
            "later orders. In the first months of the files nearly all customers are "
            "new, because nothing is known of the time before."
            + ("" if frame["is_full_month"].all() else _PALE.format(period="month")),
            charts.over_time(
                frame,
                x=("month_start_date", "month"),
                period="month",
                y=value,
                unit=business.currency if has_amounts else "",
                color=("customer_type", "customers"),
                order=[*_TYPES.values()],
                full="is_full_month",
            ),
        )
    ]


def returning_title(sums: pd.Series, what: str, *, since: str = "") -> str:
    """The share of returning customers.

    Parameters
    ----------
    sums
        The values of the customer types new, returning and unknown, by type.
    what
        The name of the values.
    since
        The period, if it is not all of the files.
    """
    if (sums < 0).any() or sums.sum() <= 0:
        return f"{what.capitalize()} of new and of returning customers"
    share = float(sums.get("returning", 0.0) / sums.sum())
    said = {0.0: "no", 1.0: "all"}.get(share, percent(share, 0))
    of = "" if share in (0.0, 1.0) else "of all " if not since else "of "
    # A few are neither none nor all.
    if 0 < share < 0.005:
        said = "less than 1 %"
    elif 0.995 <= share < 1:
        said, of = "nearly all", ""
    return f"Returning customers brought {said} {of}{what} {since}".rstrip()


def _weekdays(business: Business) -> Block:
    spread = business.frame(
        """
        with weekdays as (
            select var_samp(quantity) as variance, count(*) as day_count
            from sales.fct_daily_sales where business_id = $business_id
            group by dayofweek(sales_date)
        )
        select coalesce(sqrt(avg(variance) / min(day_count)), 0) as error from weekdays
        """
    )["error"]
    frame = business.frame(
        """
        select weekday_name, mean_quantity, mean_sales_amount, day_count, sales_share
        from sales.rpt_weekday_profiles where business_id = $business_id
        order by iso_weekday
        """
    )
    return Block(
        "weekdays",
        findings.strongest(
            frame,
            name="weekday_name",
            value="mean_quantity",
            things="weekdays",
            chance=_LARGEST_OF_SEVEN * float(spread.iloc[0]),
            what="units per day",
        ),
        "Mean units per day of each weekday, including days without sales.",
        charts.columns(
            frame.assign(weekday=frame["weekday_name"].str[:3]),
            x=("weekday", ""),
            y=("mean_quantity", "units per day"),
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
    frame["slot"] = frame["weekday_name"] + " " + frame["hour"] + ":00"
    best = frame[frame["order_count"] == frame["order_count"].max()]
    title = (
        f"Most orders come on {best['weekday_name'].iloc[0]} from "
        f"{best['hour'].iloc[0]}:00 to {int(best['hour'].iloc[0]) + 1:02d}:00"
        if len(best) == 1
        else "Orders by weekday and hour"
    )
    return Block(
        "hours",
        title,
        "Number of orders in each hour, for lines with a time of day.",
        charts.heatmap(
            frame.drop(columns="slot"),
            x=("hour", "hour"),
            y=("weekday_name", ""),
            value=("order_count", "orders"),
            value_format=",.0f",
        ),
    )


def _stacked(business: Business) -> Block:
    """Products over the weeks; their sub-categories where products are too many."""
    frame, share = _stack(business, f"coalesce({PRODUCT_NAME}, weekly.product_id)")
    things = "products"
    if frame.empty:
        return empty(
            "products_stacked",
            "Products week by week",
            "The files do not name products.",
        )
    if share < _LEAST_STACKED_SHARE:
        groups, share_of_groups = _stack(
            business,
            "coalesce(products.sub_category, products.category, 'no category')",
        )
        if share_of_groups > share:
            frame, share, things = groups, share_of_groups, "sub-categories"
    order = frame.groupby("product")["product_rank"].min().sort_values().index.tolist()
    named = [name for name in order if name != charts.OTHERS]
    has_others = len(named) < len(order)
    is_share = 0 < share < 1 and bool((frame["quantity"] >= 0).all())
    return Block(
        "products_stacked",
        f"The {number(len(named))} best-selling {things} bring {percent(share, 0)} of "
        "units"
        if has_others and is_share
        else f"Units of all {things} week by week",
        f"Units of the {number(len(named))} best-selling {things}, stacked"
        + (", and of all others." if has_others else ".")
        + " Weeks start on Monday.",
        charts.over_time(
            frame,
            x=("week_start_date", "week"),
            period="week",
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
                else $others end as product,
            min(least(ranked.product_rank, $top + 1)) as product_rank,
            cast(sum(named.quantity) as double) as quantity
        from named inner join ranked on named.thing = ranked.thing
        group by 1, 2
        order by 1, 3
        """,
        top=_STACKED_PRODUCTS,
        others=charts.OTHERS,
    )
    shown = frame.loc[frame["product"] != charts.OTHERS, "quantity"].sum()
    return frame, float(shown / (frame["quantity"].sum() or 1))


def _named(thing: str, name: str) -> str:
    """A name for a title: a number alone would be read as a figure."""
    return f"{thing} {name}" if name.isdigit() else name


def _products(business: Business) -> Block:
    frame = business.frame(
        """
        select product_id,
            coalesce(nullif(product_name, product_id), category || ' ' || product_id)
                as product_name,
            cast(quantity as double) as quantity,
            cast(sales_amount as double) as sales_amount, sales_share
        from sales.rpt_product_rankings where business_id = $business_id
        order by sales_rank, product_name, product_id
        """
    )
    has_amounts = _has_amounts(frame)
    value = ("sales_amount", "sales") if has_amounts else ("quantity", "units")
    frame["product"] = findings.told_apart(frame, name="product_name", key="product_id")
    shown = frame.dropna(subset=[value[0]]).sort_values(
        value[0], ascending=False, kind="stable"
    )
    if shown.empty:
        return empty("products", "No products", "The files do not name products.")
    return Block(
        "products",
        findings.leads(
            shown.assign(product=shown["product"].map(partial(_named, "Product"))),
            name="product",
            value=value[0],
            things="products",
            of="net sales" if has_amounts else "units sold",
        ),
        (
            "Net sales"
            if has_amounts
            else "Units, because the files have no amount per product"
        )
        + (
            f"; the first {number(_RANKED)} of {number(len(shown))} products."
            if len(shown) > _RANKED
            else "."
        ),
        charts.bars(
            shown.head(_RANKED),
            y=("product", "product"),
            x=value,
            unit=business.currency if has_amounts else "",
        ),
    )


def _categories(business: Business) -> list[Block]:
    found = []
    for level, things in (
        ("category", "categories"),
        ("sub_category", "sub-categories"),
    ):
        frame = business.frame(
            """
            select category_name, cast(sales_amount as double) as sales_amount,
                cast(profit_amount as double) as profit_amount, sales_share, profit_rate
            from sales.rpt_category_rankings
            where business_id = $business_id and category_level = $level
                and category_name is not null
            order by sales_rank, category_name
            """,
            level=level,
        )
        if frame.empty or not _has_amounts(frame):
            continue
        title = findings.leads(
            frame,
            name="category_name",
            value="sales_amount",
            things=things,
            of="net sales",
        )
        lost = findings.losses(frame, name="category_name", profit="profit_amount")
        found.append(
            Block(
                level,
                title + (f"; {lost}" if lost else ""),
                f"{_what(frame)} of the {things}"
                + (
                    f"; the first 20 of {number(len(frame))}."
                    if len(frame) > 20
                    else "."
                ),
                charts.bars(
                    _long(frame.head(20), "category_name"),
                    y=("category_name", words(level)),
                    x=("amount", "amount"),
                    unit=business.currency,
                    color=("kind", "what"),
                    stacked=False,
                ),
            )
        )
    return found


def _long(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Sales and profit under one another, in the frame's order."""
    long = frame.rename(
        columns={"sales_amount": "Sales", "profit_amount": "Profit"}
    ).melt(
        id_vars=list(keys),
        value_vars=["Sales", "Profit"],
        var_name="kind",
        value_name="amount",
    )
    return long.dropna(subset=["amount"])


def _discounts(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select discount_band, line_count,
            cast(sales_amount as double) as sales_amount,
            cast(profit_amount as double) as profit_amount,
            cast(undiscounted_amount as double) as undiscounted_amount,
            sales_share, profit_rate
        from sales.rpt_discount_effects
        where business_id = $business_id order by lower nulls last, upper
        """
    )
    has_profit = bool(frame["profit_amount"].notna().any())
    lost = frame[frame["profit_amount"] < 0]
    given = float((frame["undiscounted_amount"] - frame["sales_amount"]).sum())
    told = _amounts(business)
    if not lost.empty:
        title = (
            f"Lines with a discount {lost['discount_band'].iloc[0]} make a loss"
            if len(lost) == 1 and lost["discount_band"].iloc[0].startswith("above")
            else f"{number(len(lost))} of {number(len(frame))} discount bands make a "
            f"loss: {told(-lost['profit_amount'].sum())} together"
        )
    elif has_profit:
        title = "No discount band makes a loss"
    else:
        title = f"Discounts took {told(given)} off the full prices"
    value = ("profit_amount", "profit") if has_profit else ("sales_amount", "sales")
    columns = {
        "discount_band": "discount",
        "line_count": "lines",
        "sales_share": "share of sales",
        "undiscounted_amount": in_currency("at full price", business.currency),
        "sales_amount": in_currency("sales", business.currency),
    }
    if has_profit:
        columns |= {
            "profit_amount": in_currency("profit", business.currency),
            "profit_rate": "profit rate",
        }
    return [
        Block(
            "discounts",
            title,
            f"{'Profit' if has_profit else 'Net sales'} of the lines of each discount "
            "band. At full price: what the same quantities would have been worth "
            "without the discount.",
            charts.bars(
                frame,
                y=("discount_band", "discount"),
                x=value,
                unit=business.currency,
            ),
            numbered(frame, columns, shares=["sales_share", "profit_rate"]),
        )
    ]


def _returns(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select dimension, member_id, member_name, sold_line_count,
            returned_line_count, line_return_rate,
            cast(returned_amount as double) as returned_amount
        from sales.rpt_return_rates where business_id = $business_id
        """
    )
    total = frame[frame["dimension"] == "total"]
    rate = total["line_return_rate"].iloc[0] if not total.empty else None
    found = frame[
        (frame["dimension"] != "total")
        & (frame["returned_line_count"] >= _LEAST_RETURNS)
        & frame["line_return_rate"].notna()
    ]
    # The finest level with enough returns, so that one chart says where they are.
    for dimension in ("sub_category", "category", "product", "store"):
        shown = found[found["dimension"] == dimension]
        if len(shown) > 1:
            break
    title = (
        f"{percent(rate)} of lines sold came back"
        if rate is not None and pd.notna(rate)
        else "Returns by product, category and store"
    )
    if shown.empty:
        return [
            Block(
                "returns",
                title,
                f"Too few returns to compare products: fewer than {_LEAST_RETURNS} "
                "lines each.",
            )
        ]
    shown = shown.assign(
        member=findings.told_apart(shown, name="member_name", key="member_id")
    ).sort_values(["line_return_rate", "member"], ascending=[False, True])
    columns = {
        "member": words(dimension),
        "sold_line_count": "lines sold",
        "returned_line_count": "lines returned",
        "line_return_rate": "return rate",
        "returned_amount": in_currency("returned", business.currency),
    }
    return [
        Block(
            "returns",
            title + stands_out(shown, float(rate if rate is not None else 0)),
            "Returned lines as a share of lines sold, for everything with at least "
            f"{_LEAST_RETURNS} returned lines. Small differences may be chance.",
            charts.bars(
                shown.head(_RANKED),
                y=("member", words(dimension)),
                x=("line_return_rate", "return rate"),
                tips=[("returned_line_count", "lines returned")],
            ),
            numbered(shown.head(_RANKED), columns, shares=["line_return_rate"]),
        )
    ]


def stands_out(members: pd.DataFrame, rate: float) -> str:
    """The member with the highest return rate, if it is above all by more than chance.

    Parameters
    ----------
    members
        ``member``, ``line_return_rate`` and ``sold_line_count``, highest rate first.
    rate
        The return rate of all lines.
    """
    best = members.iloc[0]
    if not 0 < rate < 1 or not best["sold_line_count"]:
        return ""
    error = (rate * (1 - rate) / best["sold_line_count"]) ** 0.5
    limit = NormalDist().inv_cdf(1 - _ERROR_RATE / len(members))
    if best["line_return_rate"] - rate <= limit * error:
        return ""
    return f"; of {best['member']} {percent(best['line_return_rate'])}"


_STORES = """
    select *, store_id as id, store_name as name from sales.rpt_store_rankings
"""
_SHIP_MODES = """
    select *, ship_mode as id, ship_mode as name from sales.rpt_ship_mode_rankings
"""


def _ranking(business: Business, what: str, things: str, rankings: str) -> list[Block]:
    frame = business.frame(
        f"""
        select id, name, line_count, line_share,
            cast(quantity as double) as quantity,
            cast(sales_amount as double) as sales_amount, sales_share
        from ({rankings}) as rankings
        where business_id = $business_id and id is not null
        order by sales_rank, name, id
        """
    )
    if frame.empty:
        return []
    frame["member"] = findings.told_apart(frame, name="name", key="id")
    has_amounts = _has_amounts(frame)
    value = ("sales_amount", "sales") if has_amounts else ("quantity", "units")
    of = "net sales" if has_amounts else "units sold"
    shown = frame.head(_RANKED)
    return [
        Block(
            what,
            findings.leads(
                frame.assign(
                    member=frame["member"].map(partial(_named, words(what).title()))
                ),
                name="member",
                value=value[0],
                things=things,
                of=of,
            ),
            f"{of[:1].upper()}{of[1:]} of the {things}"
            + (
                f"; the first {number(_RANKED)} of {number(len(frame))}."
                if len(frame) > _RANKED
                else "."
            )
            + " The table shows shares of lines and of sales.",
            charts.bars(
                shown,
                y=("member", words(what)),
                x=value,
                unit=business.currency if has_amounts else "",
            ),
            numbered(
                shown,
                {
                    "member": words(what),
                    "line_count": "lines",
                    "line_share": "share of lines",
                    "quantity": "units",
                    "sales_share": "share of sales",
                },
                shares=["line_share", "sales_share"],
            ),
        )
    ]


def least_correlation(days: int, pairs: int) -> float:
    """How large a correlation must be to be more than chance among so many pairs."""
    if days <= 3 or not pairs:
        return 1.0
    limit = NormalDist().inv_cdf(1 - _ERROR_RATE / (2 * pairs))
    return float(min(1.0, limit / (days - 3) ** 0.5))


def _correlations(business: Business) -> list[Block]:
    frame = business.frame(
        """
        with top as (
            select product_id, product_name,
                row_number() over (order by quantity desc, product_id) as product_rank
            from sales.rpt_product_rankings
            where business_id = $business_id and quantity >= $least_units
        )
        select one.product_id, one.product_name, other.product_id as other_product_id,
            correlation.correlation, correlation.day_count
        from sales.rpt_product_correlations as correlation
        inner join top as one on correlation.product_id = one.product_id
        inner join top as other on correlation.other_product_id = other.product_id
        where correlation.business_id = $business_id
            and correlation.day_count >= $least_days
            and correlation.correlation is not null
            and one.product_rank <= $top and other.product_rank <= $top
        order by one.product_rank, other.product_rank
        """,
        top=_CORRELATED,
        least_days=_LEAST_DAYS,
        least_units=_LEAST_DAYS,
    )
    if frame["product_id"].nunique() < 2:
        return []
    frame["product"] = findings.told_apart(frame, name="product_name", key="product_id")
    names = frame.drop_duplicates("product_id").set_index("product_id")["product"]
    frame["other_product"] = frame["other_product_id"].map(names)
    frame = frame.dropna(subset=["other_product"])
    pairs = len(frame) // 2
    least = max(
        _LEAST_CORRELATION, least_correlation(int(frame["day_count"].max()), pairs)
    )
    best = findings.top(frame.assign(size=frame["correlation"].abs()), "size")
    if abs(best["correlation"]) < least:
        return [
            Block(
                "correlations",
                "No two products clearly sell on the same days",
                f"None of the {number(pairs)} pairs of the {number(len(names))} "
                "best-selling products has a correlation of daily units above "
                f"{number(least, 2)}. Weaker ones are chance or of no use, so there is "
                "no chart.",
            )
        ]
    order = list(names)
    return [
        Block(
            "correlations",
            f"{best['product']} and {best['other_product']} sell "
            f"{'on the same' if best['correlation'] > 0 else 'on different'} days",
            "Correlation of units sold per day. 1: always together; 0: not related; "
            f"-1: never together. Below {number(least, 2)} it may be chance.",
            charts.heatmap(
                frame[["product", "other_product", "correlation"]],
                x=("other_product", ""),
                y=("product", ""),
                value=("correlation", "correlation"),
                columns=order,
                rows=order,
                diverging=True,
            ),
        )
    ]
