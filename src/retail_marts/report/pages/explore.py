"""Explore: sales, profit, orders and units by month and by member, with filters.

All charts of the page draw the same table: one row per month and combination of
members. To keep the report small, the table has at most `MOST_ROWS` rows. Each
dimension names its largest members, and sums up the rest, until the table fits.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from retail_marts.report import charts, findings
from retail_marts.report.blocks import Block, empty, percent, words
from retail_marts.report.marts_reader import Business
from retail_marts.report.pages.sales import pale_months, read_months

#: Rows of the table behind the charts, at most.
MOST_ROWS = 2600
#: How many members of each dimension are named; the first that fits is used.
_NAMED = (15, 12, 9, 7, 5, 4, 3, 2)
#: Products are a filter only where there are not more, and no categories.
_MOST_PRODUCTS = 40
#: Charts of bars share a row if the higher one has at most this many times the bars.
_LIKE_HEIGHT = 1.5
#: One order can have several members of these.
_OF_LINES = ("category", "product")
_MEASURES = {"sales": "net sales", "profit": "profit", "units": "units"}


def blocks(business: Business) -> list[Block]:
    """The charts that obey the filters; none without months or members to choose."""
    nothing = empty(
        "none", "Nothing to filter", "There are no months or members to choose from."
    )
    if not business.has("sales.rpt_monthly_sales_by"):
        return [nothing]
    cells = _cells(business)
    dimensions = _dimensions(cells)
    if not dimensions or cells["month"].nunique() < 2:
        return [nothing]
    cube, dimensions = cube_of(cells, dimensions, most_rows=MOST_ROWS)
    picks = {name: _members(cube, name) for name in dimensions}
    months = read_months(business)
    starts = pd.to_datetime(months["month_start_date"])
    cut = starts[~months["is_full_month"].astype(bool)].dt.strftime("%Y-%m").tolist()
    measures = [name for name in _MEASURES if cube[name].abs().sum() > 0]
    of_lines = next((name for name in _OF_LINES if name in dimensions), None)
    found = []
    for name in measures:
        found.append(
            Block(
                f"months_{name}",
                f"{_MEASURES[name].capitalize()} by month",
                (_best_month(cube, name) + pale_months(months)).strip(),
                charts.explored_months(
                    cube,
                    measure=(name, _MEASURES[name]),
                    unit="" if name == "units" else business.currency,
                    picks=picks,
                    cut=cut,
                ),
            )
        )
    found.append(
        Block(
            "months_orders",
            "Orders with a sale by month",
            (
                _best_month(cube, "first_orders")
                + (
                    f" If you choose a {of_lines}, orders with it count."
                    if of_lines
                    else ""
                )
                + pale_months(months)
            ).strip(),
            charts.explored_months(
                cube,
                measure=("orders" if of_lines else "first_orders", "orders"),
                unit="",
                picks=picks,
                cut=cut,
                unless=(of_lines, "first_orders") if of_lines else None,
            ),
            # The charts of members that follow are not as high.
            is_wide=len(measures) % 2 == 0,
        )
    )
    amounts = [(name, _MEASURES[name]) for name in measures if name != "units"]
    drawn = amounts or [("units", "units")]
    titles = " and ".join(title for _, title in drawn).capitalize()
    by_size = sorted(dimensions, key=lambda name: len(picks[name]))
    alone = without_partner([len(picks[name]) for name in by_size])
    for dimension, is_alone in zip(by_size, alone, strict=True):
        things = f"members of {words(dimension)}"
        sums = cube.groupby(dimension)[drawn[0][0]].sum().reset_index()
        known = sums[~sums[dimension].isin([charts.OTHERS, "unknown"])]
        best = findings.leads(
            known,
            total=sums[drawn[0][0]].sum(),
            name=dimension,
            value=drawn[0][0],
            things=things,
            of=drawn[0][1],
        )
        found.append(
            Block(
                f"by_{dimension}",
                f"{titles} by {words(dimension)}",
                f"Without filters, {best[:1].lower()}{best[1:]}."
                + (
                    f' "{charts.OTHERS.capitalize()}" sums up the smaller members.'
                    if charts.OTHERS in picks[dimension]
                    else ""
                ),
                charts.explored_members(
                    cube,
                    dimension=(dimension, words(dimension)),
                    measures=drawn,
                    unit=business.currency if amounts else "",
                    picks=picks,
                ),
                is_wide=is_alone,
            )
        )
    return found


def without_partner(sizes: Sequence[int]) -> list[bool]:
    """Which charts of bars take a whole row: those whose neighbour is much higher.

    Parameters
    ----------
    sizes
        The number of bars of each chart, in rising order.
    """
    alone: list[bool] = []
    while len(alone) < len(sizes):
        here, *after = sizes[len(alone) : len(alone) + 2]
        is_pair = bool(after) and after[0] <= _LIKE_HEIGHT * here
        alone += [False, False] if is_pair else [True]
    return alone


def _best_month(cube: pd.DataFrame, name: str) -> str:
    """A sentence on the month with the highest value; empty if there is none."""
    sums = cube.groupby("month")[name].sum()
    best = sums[sums == sums.max()]
    if len(best) > 1 or best.iloc[0] <= 0:
        return ""
    share = best.iloc[0] / sums.sum() if (sums >= 0).all() else None
    month = f"{pd.Timestamp(best.index[0]):%B %Y}"
    said = f"Without filters, {month} is the best month"
    return f"{said}." if share is None else f"{said}, with {percent(share, 0)} of all."


def _cells(business: Business) -> pd.DataFrame:
    """Sales by month and member of every dimension, ids and names of all members.

    An order is counted in each cell where it has a sale (``orders``), and once in its
    first cell (``first_orders``), so that orders with several products are not counted
    twice in a total.
    """
    return business.frame(
        f"""
        with product_names as (
            select product_id, category,
                case when count(*) over () > {_MOST_PRODUCTS} then null
                    when count(*) over (partition by product_name) > 1
                        then product_name || ' (' || product_id || ')'
                    else coalesce(product_name, product_id) end as product
            from core.dim_products where business_id = $business_id
        ),
        store_names as (
            select store_id,
                case when count(*) over (partition by store_name) > 1
                        then store_name || ' (' || store_id || ')'
                    else coalesce(store_name, store_id) end as store
            from core.dim_stores where business_id = $business_id
        ),
        lines as (
            select cast(date_trunc('month', lines.order_date) as date) as month,
                coalesce(category, 'unknown') as category,
                coalesce(product, 'unknown') as product,
                coalesce(store, lines.store_id, 'unknown') as store,
                coalesce(lines.region, 'unknown') as region,
                coalesce(customer_group, 'unknown') as customer_group,
                case when line_type = 'sale' then order_id end as order_id,
                sales_amount, profit_amount, quantity
            from core.fct_sales_lines as lines
            left join product_names on lines.product_id = product_names.product_id
            left join store_names on lines.store_id = store_names.store_id
            left join core.dim_customers as customers
                on lines.business_id = customers.business_id
                and lines.customer_id = customers.customer_id
            where lines.business_id = $business_id
        ),
        places as (
            select distinct order_id, month, category, product, store, region,
                customer_group
            from lines where order_id is not null
        ),
        orders as (
            select * exclude (order_id),
                row_number() over (
                    partition by order_id
                    order by month, category, product, store, region, customer_group
                ) = 1 as is_first
            from places
        ),
        counts as (
            select * exclude (is_first), count(*) as orders,
                count(*) filter (is_first) as first_orders
            from orders group by all
        )
        select month, category, product, store, region, customer_group,
            cast(sum(coalesce(sales_amount, 0)) as double) as sales,
            cast(sum(coalesce(profit_amount, 0)) as double) as profit,
            cast(sum(coalesce(quantity, 0)) as double) as units,
            coalesce(max(orders), 0) as orders,
            coalesce(max(first_orders), 0) as first_orders
        from lines left join counts
            using (month, category, product, store, region, customer_group)
        group by all
        order by all
        """
    )


def _dimensions(cells: pd.DataFrame) -> list[str]:
    """The dimensions that the business has, with at least two members.

    Products stand in for categories, because both together would make the table large.
    """
    found = [
        name
        for name in ("category", "product", "store", "region", "customer_group")
        if cells[name].nunique() > 1
    ]
    if "category" in found and "product" in found:
        found.remove("product")
    return found


def cube_of(
    cells: pd.DataFrame, dimensions: Sequence[str], *, most_rows: int
) -> tuple[pd.DataFrame, list[str]]:
    """The table of the page: fewer members, then fewer dimensions, until it fits.

    Parameters
    ----------
    cells
        ``month``, the dimensions, and ``sales``, ``profit``, ``units``, ``orders`` and
        ``first_orders``.
    dimensions
        The dimensions to keep, the most important first.
    most_rows
        The number of rows that the table may have. A history of more months than that
        is shown in full.

    Returns
    -------
    cube, dimensions
        The sums, with the month as text such as 2015-12, and the dimensions that fit.
    """
    kept = list(dimensions)
    while True:
        for named in _NAMED:
            cube = _summed(cells, kept, named)
            if len(cube) <= most_rows:
                break
        if len(cube) <= most_rows or len(kept) == 1:
            break
        kept.pop()
    return cube, kept


def _summed(cells: pd.DataFrame, dimensions: list[str], named: int) -> pd.DataFrame:
    """Sums by month and member, with so many members of each dimension by name."""
    by_size = "sales" if cells["sales"].abs().sum() > 0 else "units"
    frame = cells.assign(month=pd.to_datetime(cells["month"]).dt.strftime("%Y-%m"))
    for name in dimensions:
        sizes = frame.groupby(name)[by_size].sum().abs().sort_values(ascending=False)
        # One member alone is named, not called "all others".
        if len(sizes) > named + 1:
            rest = set(sizes.index[named:])
            frame[name] = frame[name].where(~frame[name].isin(rest), charts.OTHERS)
    measures = ["sales", "profit", "units", "orders", "first_orders"]
    sums = frame.groupby(["month", *dimensions])[measures].sum().reset_index()
    return sums.round(dict.fromkeys(measures[:3], 2))


def _members(cube: pd.DataFrame, name: str) -> list[str]:
    """The members in alphabetical order, and at the end those that are no names."""
    last = [charts.OTHERS, "unknown"]
    members = set(cube[name])
    return [
        *sorted(members - set(last)),
        *(member for member in last if member in members),
    ]
