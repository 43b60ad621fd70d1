"""Overview: how business is, what comes next, what to do, and what is unusual."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.alerts import alerts, listed
from retail_marts.report.blocks import (
    Block,
    counted,
    day,
    empty,
    money,
    number,
    percent,
    short,
    words,
)
from retail_marts.report.cards import Card, Direction
from retail_marts.report.marts_reader import Business
from retail_marts.report.pages import actions
from retail_marts.report.pages.sales import month_amounts, read_months

#: Figures and their names, in the order of the cards.
_FIGURES = {
    "sales_amount": "Net sales",
    "profit_amount": "Profit",
    "order_count": "Orders",
    "mean_order_amount": "Net sales per order",
    "customer_count": "Customers",
    "quantity": "Units",
}
_MONEY = ("sales_amount", "profit_amount", "mean_order_amount")
#: Shown for periods that have not ended.
_FIGURES_TO_DATE = ("sales_amount", "profit_amount", "order_count")
#: Months of a sparkline: the same month a year ago is the first.
_MONTHS = 13
_NAMED = 3
#: A year or month to date with fewer days is not shown beside a whole month.
_LEAST_DAYS = 7
#: More cards of alerts would leave a hole beside them.
_ALERTS_IN_HALF = 2
#: Nobody checks the stock of more products on one day.
_MANY_PRODUCTS = 50
#: So many days more than were tested are no other forecast.
_SAME_REACH = 7
#: A smaller change is neither good nor bad.
_SMALL_CHANGE = 0.005
#: Characters of a customer's id on a card.
_ID_LENGTH = 14
#: Actions whose evidence is beyond chance, with that evidence.
_SURE = {
    "win_back": "To win back: silent for longer than chance explains.",
    "cross_sell": "To offer a product: it goes with what the customer bought, beyond "
    "chance.",
    "reward": "To thank: expected to buy at least 1.5 times as often as the average "
    "customer.",
}
#: What is asked for and its card, or why nothing is.
_Action = tuple[str, Card] | str
#: What a driver of sales is, in a sentence.
_DRIVERS = {
    "customers": "the number of customers",
    "orders": "the number of orders",
    "orders_per_customer": "orders per customer",
    "items_per_order": "items per order",
    "price": "the mean price per item",
    "amount_per_order": "the amount per order",
    "other": "returns and adjustments",
}


def blocks(business: Business) -> list[Block]:
    """The first screen of one business."""
    has_orders = business.has("sales.rpt_headlines")
    headlines = _headlines(business) if has_orders else {}
    found = [
        _age(business),
        headlines.get("month") if has_orders else _without_orders(business),
        _actions(business),
        _next_month(business),
        _alerts(business) if has_orders else _spend_driver(business),
        headlines.get("to_date"),
        _months(business) if business.has("sales.rpt_monthly_sales") else None,
    ]
    return [block for block in found if block is not None]


def _age(business: Business) -> Block | None:
    """A warning where the figures are not of today."""
    if business.last_sale_date is None:
        if not business.has("core.fct_sales_lines"):
            return None
        return empty("age", "No sale yet", "There are only returns and adjustments.")
    return None if business.as_of_note is None else age_block(business)


def age_block(business: Business) -> Block:
    """A warning that the last sale is long ago."""
    row = business.frame(
        """
        select last_sale_date, as_of_date, days_since_last_sale
        from core.dim_businesses where business_id = $business_id
        """
    ).iloc[0]
    return Block(
        "age",
        f"The data is old: the last sale was on {day(row['last_sale_date'])}",
        f"The warehouse was built {counted(row['days_since_last_sale'], 'day')} after "
        "the last sale. All segments, forecasts and recommendations are as of "
        f"{day(row['as_of_date'])}.",
        is_wide=True,
    )


def _headlines(business: Business) -> dict[str, Block]:
    """The latest full month, and the month and year to date."""
    frame = business.frame(
        "select * from sales.rpt_headlines where business_id = $business_id"
    )
    months = _month_figures(business)
    found = {}
    year = _by_figure(frame, "year_to_date")
    full = _by_figure(frame, "latest_full_month")
    if full:
        sales = full["sales_amount"]
        start = sales["period_start_date"]
        history = months[months["month_start_date"] <= start].tail(_MONTHS)
        cards = [
            _figure_card(business, name, full[name], history)
            for name in _FIGURES
            if name in full
        ]
        said = [str(sales["sentence"]), _drivers(business, sales)]
        found["month"] = Block(
            "month",
            _finding(business, sales),
            " ".join(filter(None, said)),
            cards=cards,
            is_wide=True,
        )
    if full and year and _days(year["sales_amount"]) < _LEAST_DAYS:
        # So few days say nothing beside a whole month.
        return found
    month = _by_figure(frame, "month_to_date")
    # The lines begin in this month, so the year is no longer than the month.
    if month and _period(month["sales_amount"]) == _period(year["sales_amount"]):
        month = {}
    to_date = [
        _figure_card(business, name, period[name], pd.DataFrame())
        for period in (month, year)
        for name in _FIGURES_TO_DATE
        if name in period
    ]
    if to_date:
        sales = year["sales_amount"]
        if month and not _others(sales):
            sales = month["sales_amount"]
        found["to_date"] = Block(
            "to_date",
            _finding(business, sales),
            str(sales["sentence"]),
            cards=to_date,
            is_wide=True,
        )
    return found


def _days(row: pd.Series) -> int:
    return int((row["period_end_date"] - row["period_start_date"]).days) + 1


def _by_figure(headlines: pd.DataFrame, period: str) -> dict[str, pd.Series]:
    """The headlines of a period by the name of the figure."""
    rows = headlines[headlines["period"] == period]
    return {str(row["figure"]): row for _, row in rows.iterrows()}


def _month_figures(business: Business) -> pd.DataFrame:
    """The figures of all months that the lines cover."""
    return business.frame(
        """
        with customers as (
            select date_trunc('month', order_date) as month_start_date,
                count(distinct customer_id) as customer_count
            from core.fct_orders
            where business_id = $business_id and has_sale
            group by 1
        ),
        cut as (
            select distinct month_start_date
            from sales.rpt_new_returning_sales
            where business_id = $business_id and not is_full_month
        )
        select months.month_start_date, cast(sales_amount as double) as sales_amount,
            cast(profit_amount as double) as profit_amount,
            cast(quantity as double) as quantity, order_count,
            coalesce(customer_count, 0) as customer_count,
            cast(sales_amount as double) / nullif(order_count, 0) as mean_order_amount
        from sales.rpt_monthly_sales as months
        left join customers using (month_start_date)
        where business_id = $business_id
            and months.month_start_date not in (from cut)
        order by 1
        """
    )


def _amount(business: Business, figure: str, value: float) -> str:
    if figure not in _MONEY:
        return number(value) if abs(value) < 1e6 else short(value)
    if abs(value) < 1000:
        return f"{business.currency} {number(value, 2)}".strip()
    return money(business.currency, value)


def _period(row: pd.Series) -> str:
    """The days of a headline as a label."""
    first, last = row["period_start_date"], row["period_end_date"]
    if row["period"] == "latest_full_month":
        return f"{first:%B %Y}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first:%Y}"
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def _others(row: pd.Series, month: str = "%B %Y") -> list[tuple[str, float, float]]:
    """What a headline is compared with: label, value and rate of the change."""
    first = row["period_start_date"]
    year_ago = (row["year_ago_value"], row["year_ago_change_rate"])
    before = (row["previous_value"], row["change_rate"])
    if row["period"] == "latest_full_month":
        found = [
            ((first - pd.DateOffset(months=1)).strftime(month), *before),
            ((first - pd.DateOffset(years=1)).strftime(month), *year_ago),
        ]
    elif row["period"] == "month_to_date":
        found = [
            ("the same days a month before", *before),
            ("the same days a year before", *year_ago),
        ]
    elif _period(row) == f"{first:%Y}":
        found = [(str(first.year - 1), *year_ago)]
    else:
        found = [("the same days a year before", *year_ago)]
    return [(label, value, rate) for label, value, rate in found if not pd.isna(value)]


def _changes(business: Business, row: pd.Series) -> list[tuple[str, Direction]]:
    found: list[tuple[str, Direction]] = []
    for label, other, rate in _others(row, "%b %Y"):
        value = row["value"]
        good: Direction = "good" if value > other else "bad"
        if abs(rate) < _SMALL_CHANGE:
            good = "neutral"
        arrow = "▲" if value > other else "▼"
        if value == other or abs(rate) < 0.0005:
            found.append((f"the same as {label}", "neutral"))
        elif pd.isna(rate):
            before = _amount(business, row["figure"], other)
            found.append((f"{arrow} was {before} in {label}", good))
        else:
            found.append((f"{arrow} {_share(rate)} {_side(rate)} {label}", good))
    return found


def _share(rate: float) -> str:
    return percent(abs(rate), 1 if abs(rate) < 1 else 0)


def _side(rate: float) -> str:
    return "above" if rate > 0 else "below"


def _figure_card(
    business: Business, figure: str, row: pd.Series, history: pd.DataFrame
) -> Card:
    is_month = row["period"] == "latest_full_month"
    return Card(
        _FIGURES[figure] if is_month else f"{_FIGURES[figure]}, {_period(row)}",
        _amount(business, figure, row["value"]),
        _changes(business, row),
        sentence=str(row["sentence"]) if len(history) > 2 else "",
        points=list(history[figure].astype(float)) if len(history) > 2 else (),
    )


def _finding(business: Business, sales: pd.Series) -> str:
    """A headline on sales as a title: what changed, compared with what."""
    period = _period(sales)
    said = [
        f"{_share(rate)} {_side(rate)} {label}"
        for label, _, rate in _others(sales)
        if not pd.isna(rate)
    ]
    if not said:
        amount = _amount(business, "sales_amount", sales["value"])
        return f"{period}: net sales of {amount}"
    return f"{period}: sales {' and '.join(said)}"


def _drivers(business: Business, sales: pd.Series) -> str:
    """The factors that explain most of the change of a month's sales."""
    if not business.has("sales.rpt_sales_drivers"):
        return ""
    first = sales["period_start_date"]
    frame = business.frame(
        """
        select driver, cast(change_amount as double) as before,
            cast(year_ago_change_amount as double) as year_ago
        from sales.rpt_sales_drivers
        where business_id = $business_id and decomposition = 'factors'
            and period_start_date = $month
        """,
        month=first.date(),
    )
    for column, label in (
        ("year_ago", f"{first:%B} {first.year - 1}"),
        ("before", (first - pd.DateOffset(months=1)).strftime("%B %Y")),
    ):
        known = frame.dropna(subset=[column])
        known = known[known[column] != 0]
        if known.empty:
            continue
        top = known.reindex(known[column].abs().sort_values(ascending=False).index)
        parts = [
            f"{_DRIVERS[row['driver']]} ({_signed(business.currency, row[column])})"
            for _, row in top.head(2).iterrows()
        ]
        return f"What changed most since {label}: {' and '.join(parts)}."
    return ""


def _signed(currency: str, value: float) -> str:
    return f"{currency} {'+' if value > 0 else '-'}{short(abs(value))}".strip()


def _without_orders(business: Business) -> Block:
    """Customers, and what they spent where the files state it."""
    row = business.frame(
        """
        select count(*) as customers, cast(sum(spend_amount) as double) as spend,
            cast(avg(spend_amount) as double) as mean_spend
        from core.dim_customers where business_id = $business_id
        """
    ).iloc[0]
    cards = [Card("Customers", number(row["customers"]))]
    if not pd.isna(row["spend"]):
        cards += [
            Card("Spend stated by customers", money(business.currency, row["spend"])),
            Card("Spend per customer", money(business.currency, row["mean_spend"])),
        ]
    title = counted(row["customers"], "customer")
    text = (
        "The area sales is switched off, so there are no sales over time."
        if business.lacks("sales.rpt_headlines")
        else "The files state no orders with dates, so there are no sales over time."
    )
    groups = _spend_groups(business)
    if not groups.empty:
        top = groups.iloc[0]
        title = (
            f"{top['segment_name']}: {percent(top['customer_share'], 0)} of the "
            f"customers, {percent(top['spend_share'], 0)} of the spend"
        )
    return Block("customers", title, text, cards=cards, is_wide=True)


def _spend_driver(business: Business) -> Block | None:
    """The attribute that spend depends on most, if the model of spend is any good."""
    if not business.has("prospecting.fct_spend_drivers"):
        return None
    frame = business.frame(
        """
        select feature, low_value, high_value,
            cast(effect_amount as double) as effect, scores.r2
        from prospecting.fct_spend_drivers as drivers
        inner join prospecting.fct_spend_model_scores as scores
            using (business_id, model_name, is_tuned)
        where business_id = $business_id and importance_rank = 1
            and effect_amount is not null
            and split = 'cross_validation' and is_best_model and beats_baseline
        """
    )
    if frame.empty:
        return None
    row = frame.iloc[0]
    feature = words(row["feature"])
    card = Card(
        feature.capitalize(),
        f"{money(business.currency, abs(row['effect']))} "
        f"{'more' if row['effect'] > 0 else 'less'}",
        sentence=f"Spend at {row['high_value']} compared with {row['low_value']}, with "
        "all else equal.",
        basis="The model of spend is better than the mean, beyond chance. It explains "
        f"{percent(row['r2'])} of the differences.",
        link="prospects",
        link_text="All drivers of spend",
    )
    return Block("spend_driver", f"Spend depends most on {feature}", cards=[card])


def _spend_groups(business: Business) -> pd.DataFrame:
    """Segments of customers without orders, the one that spends most first."""
    return business.frame(
        """
        select segment_name, strategy, customer_count, customer_share,
            spend_share, cast(mean_spend_amount as double) as mean_spend_amount
        from customers.rpt_segment_profiles
        where business_id = $business_id and spend_share is not null
        order by spend_share desc, segment_name
        """
    )


def _actions(business: Business) -> Block:
    """At most three things to do, each with its worth and its evidence."""
    has_orders = business.has("sales.rpt_headlines")
    builders = (
        {
            "customers.rpt_contact_list": _contact,
            "forecasting.rpt_replenishment": _order,
            "basket.rpt_segment_bundles": _bundle,
        }
        if has_orders
        else {"customers.rpt_segment_profiles": _group}
    )
    results = [
        build(business) for mart, build in builders.items() if not business.lacks(mart)
    ]
    if not results:
        return empty("actions", "Nothing says what to do on Monday", actions.ARE_OFF)
    found = [result for result in results if isinstance(result, tuple)]
    return Block(
        "actions",
        f"On Monday: {listed([asked for asked, _ in found])}"
        if found
        else "Nothing to do on Monday beyond the usual",
        " ".join(result for result in results if isinstance(result, str)),
        cards=[card for _, card in found],
        # One action leaves room for the forecast of the next month beside it.
        is_wide=len(found) != 1,
    )


def _contact(business: Business) -> _Action:
    frame = actions.contacts(business)
    # A pause within chance is no reason to worry: those are on the page of actions.
    due = frame[frame["action"].isin(_SURE)]
    if due.empty and frame.empty:
        return "No customer is overdue or stands out."
    if due.empty:
        overdue = counted(len(frame), "customer")
        return (
            f"The page Actions has {overdue} to remind: overdue, but the pause may be "
            "chance."
        )
    customers = counted(len(due), "customer")
    worth = money(business.currency, due["value"].sum())
    kinds = [said for action, said in _SURE.items() if action in set(due["action"])]
    return f"contact {customers}", Card(
        "Contact customers",
        f"{customers}, {worth} expected",
        items=[
            f"{_short_id(row['customer_id'])}: {_asked(row)} "
            f"({money(business.currency, row['value'])})"
            for _, row in due.head(_NAMED).iterrows()
        ],
        basis=f"{' '.join(kinds)} Expected: what they spend in "
        f"{number(due['value_days'].max())} days, not what the contact adds.",
        link="actions",
        link_text=f"All {number(len(frame))} customers, with reasons"
        if len(frame) > 1
        else "The reason",
    )


def _asked(row: pd.Series) -> str:
    """What to do for a customer, with the product to offer."""
    if pd.isna(row["product"]):
        return actions.ASKED[row["action"]]
    if row["action"] == "cross_sell":
        return f"offer {row['product']}"
    return f"{actions.ASKED[row['action']]}, offer {row['product']}"


def _short_id(customer_id: object) -> str:
    """An id as far as it is needed to find the customer in the full list."""
    text = str(customer_id)
    if text.isdigit():
        # In a numbered list, a number alone would be read as another one.
        return f"Customer {text}"
    return text if len(text) <= _ID_LENGTH else f"{text[: _ID_LENGTH - 4]}…"


def _order(business: Business) -> _Action:
    frame = actions.orders(business)
    if frame.empty:
        return "Each product sells too seldom to say what to order."
    has_stock = bool(frame["stock_quantity"].notna().any())
    column = "order_quantity" if has_stock else "reorder_point_quantity"
    due = frame[frame[column].fillna(0) > 0]
    if due.empty and has_stock:
        return "No product to order: the stock is above every reorder point."
    if due.empty:
        return "No past periods are long enough to say how much stock is needed."
    products = actions.goods(due)
    if has_stock:
        asked, label = f"order {products}", "Order products"
        value = f"{products}, {counted(due[column].sum(), 'unit')}"
    else:
        many = len(due) > _MANY_PRODUCTS
        asked = f"check the stock of {'best sellers' if many else products}"
        label = f"Have in stock for the next {number(due['days'].iloc[0])} days"
        value = (
            f"Best sellers first, {products}"
            if many
            else f"{counted(due[column].sum(), 'unit')} of {products}"
        )
    return asked, Card(
        label,
        value,
        items=[
            f"{row['product']}"
            + ("" if pd.isna(row["store"]) else f" in {row['store']}")
            + f": {number(row[column])}"
            + (
                f" ({_risk(row['stock_out_risk'])} risk to run out)"
                if has_stock
                else f" ({number(row['expected_quantity'])} expected to sell)"
            )
            for _, row in due.head(_NAMED).iterrows()
        ],
        basis=actions.service(due.iloc[0]),
        link="actions",
        link_text=f"All {actions.goods(frame)}",
    )


def _risk(probability: float) -> str:
    """A probability that is never called certain."""
    if pd.isna(probability):
        return "unknown"
    return "over 99 %" if probability > 0.99 else percent(probability, 0)


def _bundle(business: Business) -> _Action:
    frame = actions.bundles(business)
    if frame.empty:
        return "No bundle to offer: each may be chance or the habit of few customers."
    top = frame.iloc[0]
    worth = (
        f"{number(top['extra_basket_count'])} baskets"
        if pd.isna(top["worth"])
        else money(business.currency, top["worth"])
        if pd.isna(top["profit"])
        else f"{money(business.currency, top['worth'])} (profit "
        f"{money(business.currency, top['profit'])})"
    )
    level = top["basket_level"]
    return "offer a bundle", Card(
        "Offer a bundle"
        + ("" if level == "product" else f", one product of each {words(level)}"),
        f"{top['bundle']}",
        sentence=f"Offer it to the segment {top['segment_name']}. Compared with other "
        f"customers, it bought {worth} more of both together so far.",
        basis=f"In {percent(top['support'])} of its baskets, compared with "
        f"{percent(top['rest_support'])} of the others'. "
        f"{counted(top['customer_count'], 'customer')}. "
        f"{actions.chance(top['q_value'])}.",
        link="actions",
        link_text=f"All {number(len(frame))} bundles"
        if len(frame) > 1
        else "Its figures",
    )


def _group(business: Business) -> _Action:
    """The strategy for the customers who spend most, where there are no orders."""
    groups = _spend_groups(business)
    if groups.empty:
        return "No action is known without orders."
    top = groups.iloc[0]
    return f"take care of {top['segment_name']}", Card(
        "Take care of a group of customers",
        f"{top['segment_name']}: {counted(top['customer_count'], 'customer')}",
        sentence=str(top["strategy"]),
        basis=f"They spent {money(business.currency, top['mean_spend_amount'])} each. "
        "A group of similar customers by K-Means.",
        link="segments",
        link_text=f"All {number(len(groups))} groups",
    )


def _next_month(business: Business) -> Block | None:
    """The forecast of the next month beside the same days a year ago."""
    if not business.has("forecasting.rpt_forecast_summary"):
        return None
    frame = business.frame(
        """
        with months as (
            select *, row_number() over (
                partition by measure order by day_count desc, month_start_date
            ) as month_rank
            from forecasting.rpt_forecast_summary
            where business_id = $business_id and series_level = 'total'
                and is_best_model
        ),
        days as (
            select measure, date_trunc('month', forecast_date) as month_start_date,
                min(forecast_date) as first_date, max(forecast_date) as last_date,
                date_diff('day', min(forecast_origin_date), max(forecast_date)) as reach
            from forecasting.fct_sales_forecasts
            where business_id = $business_id and series_level = 'total'
                and is_best_model
            group by 1, 2
        )
        select months.measure, months.month_start_date, total_value,
            total_lower_80, total_upper_80, first_date, last_date, reach,
            accuracy.grain, accuracy.window_count, accuracy.horizon_days,
            accuracy.bias, accuracy.beats_baseline, accuracy.is_baseline
        from months
        inner join days using (measure, month_start_date)
        inner join forecasting.fct_forecast_accuracy as accuracy
            on accuracy.business_id = months.business_id
            and accuracy.measure = months.measure
            and accuracy.series_level = 'total' and accuracy.is_best_model
        where month_rank = 1 and accuracy.window_count > 0
        order by months.measure desc
        """
    )
    if frame.empty:
        return None
    cards = [_forecast_card(business, row) for _, row in frame.iterrows()]
    top = frame.iloc[0]
    return Block(
        "next_month",
        f"{_forecast_days(top)}: {_of(business, top, top['total_value'])} expected, "
        f"{_between(top)} likely",
        cards=cards,
    )


def _of(business: Business, row: pd.Series, value: float) -> str:
    if row["measure"] == "sales_amount":
        return money(business.currency, value)
    return f"{short(value)} units"


def _between(row: pd.Series) -> str:
    low, high = row["total_lower_80"], row["total_upper_80"]
    return f"{short(low)} to {short(high)}"


def _forecast_days(row: pd.Series) -> str:
    """The days that a forecast covers: a month by name if it is the whole month."""
    first, last = row["first_date"], row["last_date"]
    is_whole = first.day == 1 and (
        row["grain"] != "day"
        or last.day == calendar.monthrange(last.year, last.month)[1]
    )
    if is_whole:
        return f"{first:%B %Y}"
    return day(first) if first == last else f"{first.day} to {day(last)}"


def _year_ago(business: Business, row: pd.Series) -> float | None:
    """What the same days sold a year ago, if all of them are in the data."""
    if row["grain"] == "week":
        return None
    first: date = (row["first_date"] - pd.DateOffset(years=1)).date()
    last: date = (row["last_date"] - pd.DateOffset(years=1)).date()
    if row["grain"] == "month":
        last = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    measure = str(row["measure"])
    found = business.frame(
        """
        select sum(cast(sales_amount as double)) as sales_amount,
            sum(cast(quantity as double)) as quantity,
            (select min(sales_date) from sales.fct_daily_sales
                where business_id = $business_id) as first_date
        from sales.fct_daily_sales
        where business_id = $business_id and sales_date between $first and $last
        """,
        first=first,
        last=last,
    ).iloc[0]
    if pd.isna(found[measure]) or found["first_date"].date() > first:
        return None
    return float(found[measure])


def _days_a_year_ago(row: pd.Series) -> str:
    first = row["first_date"]
    if _forecast_days(row) == f"{first:%B %Y}":
        return f"{first:%B} {first.year - 1}"
    return "the same days a year before"


def _forecast_card(business: Business, row: pd.Series) -> Card:
    before = _year_ago(business, row)
    value = row["total_value"]
    changes: list[tuple[str, Direction]] = []
    low, high = row["total_lower_80"], row["total_upper_80"]
    said = "It is 80 % likely to be between " + (
        f"{money(business.currency, low)} and {short(high)}."
        if row["measure"] == "sales_amount"
        else f"{short(low)} and {short(high)} units."
    )
    if before is not None and before > 0:
        rate = value / before - 1
        good: Direction = "good" if rate > 0 else "bad"
        is_clear = not low <= before <= high
        arrow = "▲" if rate > 0 else "▼"
        changes.append(
            (
                f"{arrow} {_share(rate)} {_side(rate)} {_days_a_year_ago(row)} "
                f"({_of(business, row, before)})",
                good if is_clear else "neutral",
            )
        )
        if not is_clear:
            said += " What was sold a year before is in this range, too."
    name = "Sales" if row["measure"] == "sales_amount" else "Units"
    return Card(
        f"{name} expected, {_forecast_days(row)}",
        _of(business, row, value),
        changes,
        sentence=said,
        basis=_reliability(row),
        link="forecast",
        link_text=f"The forecast by {row['grain']}",
    )


def _reliability(row: pd.Series) -> str:
    """How the model did on past periods, in a sentence."""
    tested = (
        f"Tested on {number(row['window_count'])} past periods of "
        f"{number(row['horizon_days'])} {row['grain']}s"
    )
    if row["is_baseline"]:
        said = "no model was better than a simple rule, which is used."
    elif row["beats_baseline"]:
        said = "better than every simple rule, beyond chance."
    else:
        said = "not better than a simple rule beyond chance."
    if row["grain"] == "day" and row["reach"] > row["horizon_days"] + _SAME_REACH:
        said += f" It reaches {number(row['reach'])} days ahead, further than tested."
    return f"{tested}: {said}"


def _alerts(business: Business) -> Block:
    cards = alerts(business)
    if not cards:
        has_profit = _has_profit(business)
        looked = {
            "losses of categories": has_profit
            and business.has("sales.rpt_monthly_sales_by"),
            "losses by discounts": has_profit
            and business.has("sales.rpt_discount_effects"),
            "products that stopped selling": business.has(
                "sales.fct_daily_product_sales"
            ),
            # The mart of odd days has no row where no day is odd.
            "odd days": business.has("forecasting.fct_sales_forecasts"),
            "returns": business.has("sales.rpt_return_rates"),
        }
        said = ", ".join(what for what, is_known in looked.items() if is_known)
        return empty(
            "alerts",
            "Nothing out of the ordinary",
            f"Looked at, and nothing found beyond chance: {said}."
            if said
            else "There are no figures to look at yet.",
        )
    return Block(
        "alerts",
        f"{counted(len(cards), 'thing')} to look at",
        cards=cards,
        is_wide=len(cards) > _ALERTS_IN_HALF,
    )


def _has_profit(business: Business) -> bool:
    return not business.frame(
        """
        select 1 from sales.rpt_monthly_sales
        where business_id = $business_id and profit_amount is not null limit 1
        """
    ).empty


def _months(business: Business) -> Block:
    title = _last_year(_month_figures(business))
    months = read_months(business)
    block = month_amounts(business, months, "months", title, is_wide=True)
    return replace(block, chart=charts.unfiltered(block.chart))


def _last_year(months: pd.DataFrame) -> str:
    """The last twelve full months compared with the twelve before them."""
    year, before = (
        months["sales_amount"].iloc[-12:].sum(),
        months["sales_amount"].iloc[-24:-12].sum(),
    )
    if len(months) >= 24 and before > 0:
        rate = year / before - 1
        return (
            f"The last twelve months: sales {_share(rate)} {_side(rate)} the twelve "
            "before"
        )
    best = months[months["sales_amount"] == months["sales_amount"].max()]
    if len(months) < 2 or len(best) != 1:
        return "Sales month by month"
    return f"{best['month_start_date'].iloc[0]:%B %Y} was the best month"
