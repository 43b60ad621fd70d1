"""Actions: whom to contact, what to order, what to do for a segment, what to bundle."""

from __future__ import annotations

import pandas as pd

from retail_marts.report.alerts import other_units
from retail_marts.report.blocks import (
    Block,
    counted,
    empty,
    in_currency,
    money,
    number,
    numbered,
    words,
)
from retail_marts.report.marts_reader import PRODUCT_NAME, Business

_SHOWN = 50
#: With fewer customers, a bundle may be the habit of one of them: baskets of the same
#: customer are alike, and the test of a bundle counts baskets.
_LEAST_CUSTOMERS = 5
#: Where the range of a product's sales is from, in words.
_DISTRIBUTIONS = {
    "own backtests": "own past forecasts",
    "backtests of other products": "past forecasts of other products",
}
#: What an action of the contact list asks for.
ASKED = {
    "win_back": "win back",
    "remind": "remind",
    "cross_sell": "offer a product",
    "reward": "thank",
}
#: How actions differ that both are for customers who pause.
_MEANT = {
    "win_back": " Win back: the pause is more than chance.",
    "remind": " Remind: overdue, but the pause may be chance.",
}


#: What actions are read from.
_MARTS = (
    "customers.rpt_contact_list",
    "forecasting.rpt_replenishment",
    "customers.rpt_segment_actions",
    "basket.rpt_segment_bundles",
)
ARE_OFF = "Actions need areas that are switched off."


def blocks(business: Business) -> list[Block]:
    """The actions for one business."""
    found = [
        _contact(business),
        _order(business),
        _segments(business),
        _bundles(business),
    ]
    return [block for block in found if block is not None] or [
        empty(
            "none",
            "No actions",
            ARE_OFF
            if all(map(business.lacks, _MARTS))
            else "Actions need orders with dates and customers or products.",
        )
    ]


def contacts(business: Business) -> pd.DataFrame:
    """Customers with an action, the most urgent one first."""
    if not business.has("customers.rpt_contact_list"):
        return pd.DataFrame(columns=["action"])
    return business.frame(
        f"""
        select contact_rank, customer_id, action, urgency, reason, evidence,
            coalesce({PRODUCT_NAME}, recommended_product_name, recommended_product_id)
                as product,
            value_days, cast(value_at_stake_amount as double) as value
        from customers.rpt_contact_list as contacts
        left join core.dim_products as products
            on contacts.business_id = products.business_id
            and contacts.recommended_product_id = products.product_id
        where contacts.business_id = $business_id and action <> 'leave_alone'
        order by contact_rank
        """
    )


def orders(business: Business) -> pd.DataFrame:
    """What to order: what runs out first on top, then what sells most.

    Products in stores where these are forecast, else products. A product that sells too
    seldom for a forecast of its own is left out if neither its safety stock nor its
    stock is known, and so is one that is counted in another unit, such as fuel.
    """
    if not business.has("forecasting.rpt_replenishment"):
        return pd.DataFrame(columns=["order_quantity", "expected_quantity"])
    frame = business.frame(
        f"""
        with rows as (
            select *,
                stock_quantity is not null as has_stock,
                bool_or(stock_quantity is not null) over () as any_stock,
                bool_or(series_level = 'store_product' and stock_quantity is not null)
                    over () as store_stock
            from forecasting.rpt_replenishment where business_id = $business_id
        )
        select rows.product_id,
            coalesce({PRODUCT_NAME}, rows.product_name, rows.product_id) as product,
            stores.store_name as store, abc_class, xyz_class,
            lead_time_days + review_days as days, service_level, expected_quantity,
            safety_stock_quantity, reorder_point_quantity,
            cast(stock_quantity as double) as stock_quantity, order_quantity,
            cover_days, stock_out_risk, distribution, evidence,
            attained_service_level
        from rows
        left join core.dim_stores as stores using (business_id, store_id)
        left join core.dim_products as products
            on rows.business_id = products.business_id
            and rows.product_id = products.product_id
        where has_stock = any_stock
            and (series_level = 'store_product') = store_stock
            and expected_quantity is not null
            and (
                not is_shared or safety_stock_quantity is not null
                or stock_quantity is not null
            )
        order by coalesce(order_quantity, 0) > 0 desc, stock_out_risk desc nulls last,
            abc_class nulls last, expected_quantity desc, product, store
        """
    )
    others = other_units(business)
    return (
        frame
        if others.empty
        else frame[~frame["product_id"].isin(others["product_id"])]
    )


def bundles(business: Business) -> pd.DataFrame:
    """Pairs that a segment buys more often than the others, beyond chance.

    Products come first: a pair of categories is worth more, but cannot be offered.
    Pairs of few customers and those that make a loss are left out; where profit is
    known, it ranks the others.
    """
    if not business.has("basket.rpt_segment_bundles"):
        return pd.DataFrame(columns=["bundle"])
    return business.frame(
        f"""
        select segment_name, item_name || ' + ' || other_item_name as bundle,
            basket_level, customer_count, basket_count, support, rest_support,
            cast(extra_sales_amount as double) as worth,
            cast(extra_profit_amount as double) as profit, extra_basket_count, q_value
        from basket.rpt_segment_bundles
        where business_id = $business_id and is_significant
            and customer_count >= {_LEAST_CUSTOMERS}
            and coalesce(extra_profit_amount, 0) >= 0
        order by
            case basket_level
                when 'product' then 1 when 'sub_category' then 2 else 3
            end,
            extra_profit_amount desc nulls last, extra_sales_amount desc nulls last,
            extra_basket_count desc, segment_name, bundle_rank
        """
    )


def by_action(frame: pd.DataFrame) -> str:
    """How many customers each action is for: 3 to win back, 12 to remind."""
    counts = frame["action"].value_counts()
    said = {
        "win_back": "to win back",
        "remind": "to remind",
        "cross_sell": "to offer a product",
        "reward": "to thank",
    }
    return ", ".join(
        f"{number(counts[action])} {text}"
        for action, text in said.items()
        if action in counts
    )


def chance(q_value: float) -> str:
    """A false discovery rate in words."""
    share = "Less than 0.1 %" if q_value < 0.001 else f"{q_value * 100:.1f} %"
    return f"{share} of such pairs are expected to be chance"


def goods(rows: pd.DataFrame) -> str:
    """How many products, and of how many stores, rows of :func:`orders` are about."""
    said = counted(rows["product_id"].nunique(), "product")
    stores = rows["store"].nunique()
    return f"{said} in {counted(stores, 'store')}" if stores else said


def service(row: pd.Series) -> str:
    """How sure it is that a stock is enough."""
    intended = f"{number(row['service_level'] * 100)} of 100 cases"
    attained = row["attained_service_level"]
    if pd.isna(attained):
        return f"Meant to be enough in {intended}; not tested: {row['evidence']}."
    return (
        f"Meant to be enough in {intended}. Tested on past periods, it was enough in "
        f"{number(attained * 100)}."
    )


def _known(frame: pd.DataFrame, columns: dict[str, str]) -> dict[str, str]:
    """The columns that have a value."""
    return {name: title for name, title in columns.items() if frame[name].notna().any()}


def _contact(business: Business) -> Block | None:
    if not business.has("customers.rpt_contact_list"):
        return None
    frame = contacts(business)
    if frame.empty:
        return empty(
            "contact",
            "No customer to contact",
            "No customer is overdue or stands out beyond chance.",
        )
    shown = frame.head(_SHOWN).copy()
    shown["asked"] = shown["action"].map(ASKED)
    days = frame["value_days"].max()
    return Block(
        "contact",
        f"Customers to contact: {by_action(frame)}",
        "Start at the top: what is beyond chance comes first, then the highest value. "
        "Value: what the customer is expected to spend in the next "
        f"{number(days)} days, not what the contact adds."
        + "".join(
            said for action, said in _MEANT.items() if action in set(shown["action"])
        )
        + (f" The first {_SHOWN} are shown." if len(frame) > _SHOWN else ""),
        table=numbered(
            shown,
            _known(
                shown,
                {
                    "contact_rank": "rank",
                    "customer_id": "customer",
                    "asked": "action",
                    "urgency": "urgency",
                    "value": in_currency("value", business.currency),
                    "product": "offer",
                    "reason": "reason",
                    "evidence": "evidence",
                },
            ),
        ),
        is_wide=True,
    )


def _order(business: Business) -> Block | None:
    frame = orders(business)
    if frame.empty:
        return None
    has_stock = bool(frame["stock_quantity"].notna().any())
    due = frame[frame["order_quantity"].fillna(0) > 0]
    days = frame["days"].iloc[0]
    if has_stock and not due.empty:
        title = f"Order {goods(due)} now"
    elif has_stock:
        title = "Nothing to order: the stock is above every reorder point"
    elif frame["reorder_point_quantity"].notna().any():
        title = f"Stock to have for the next {number(days)} days"
    else:
        title = f"Expected sales of the next {number(days)} days"
    frame["distribution"] = frame["distribution"].map(_DISTRIBUTIONS)
    columns = {
        "product": "product",
        "store": "store",
        "order_quantity": "order now",
        "stock_quantity": "in stock and on order",
        "stock_out_risk": "risk to run out",
        "cover_days": "days of cover",
        "expected_quantity": "expected to sell",
        "safety_stock_quantity": "safety stock",
        "reorder_point_quantity": "order below",
        "abc_class": "sales class",
        "xyz_class": "variation class",
        "distribution": "safety stock is from",
    }
    return Block(
        "order",
        title,
        "Expected sales until the delivery after the next"
        + (
            f", and a safety stock. {service(frame.iloc[0])}"
            if frame["safety_stock_quantity"].notna().any()
            else ". How much more to keep for safety is not known: "
            f"{frame['evidence'].iloc[0]}."
        )
        + (
            ""
            if has_stock
            else " No file of stock is mapped, so what is missing is not known."
        )
        + (
            f" The first {_SHOWN} of {number(len(frame))} are shown."
            if len(frame) > _SHOWN
            else ""
        ),
        table=numbered(
            frame.head(_SHOWN),
            _known(frame, columns),
            digits={"cover_days": 1},
            shares=["stock_out_risk"],
        ),
        is_wide=True,
    )


def _segments(business: Business) -> Block | None:
    if not business.has("customers.rpt_segment_actions"):
        return None
    frame = business.frame(
        """
        select algorithm, segment_name, strategy, customer_count,
            customer_count - previous_customer_count as change,
            cast(coalesce(expected_value_365d, expected_value_90d) as double) as value,
            case when expected_value_365d is not null then 365
                when expected_value_90d is not null then 90 end as value_days,
            sales_share, bundle, cast(bundle_sales_amount as double) as bundle_worth,
            cast(bundle_profit_amount as double) as bundle_profit, evidence
        from customers.rpt_segment_actions where business_id = $business_id
        order by algorithm desc, value desc nulls last, customer_count desc,
            segment_name
        """
    )
    if frame["algorithm"].nunique() > 1:
        names = frame["algorithm"].map({"rfm": "RFM", "k_means": "K-Means"})
        frame["segment_name"] += " (" + names + ")"
    top = frame.iloc[0]
    title = (
        "What to do for each segment"
        if pd.isna(top["value"])
        else f"Most is expected from the segment {top['segment_name']}: "
        f"{money(business.currency, top['value'])} in {number(top['value_days'])} days"
    )
    columns = {
        "segment_name": "segment",
        "strategy": "strategy",
        "customer_count": "customers",
        "change": "change in the month",
        "value": in_currency("expected", business.currency),
        "sales_share": "share of sales",
        "bundle": "bundle to offer",
        "bundle_worth": in_currency("bought more", business.currency),
        "bundle_profit": in_currency("its profit", business.currency),
        "evidence": "evidence",
    }
    return Block(
        "segments",
        title,
        _how_grouped(frame),
        table=numbered(
            frame,
            _known(frame, columns),
            shares=["sales_share"],
        ),
        is_wide=True,
    )


def _how_grouped(segments: pd.DataFrame) -> str:
    """What the columns of the segments mean, as far as they have values."""
    said = "A strategy for each segment of similar customers (K-Means)."
    if segments["algorithm"].nunique() > 1:
        said = (
            "A strategy for each segment. RFM segments score customers by recency, "
            "frequency and monetary value; K-Means groups similar customers, so each "
            "customer is in a segment of both."
        )
    if segments["value"].notna().any():
        said += " Expected: what its customers are expected to spend."
    if segments["bundle"].notna().any():
        said += (
            " Bought more: what the segment spent on the bundle above the others' "
            "share so far, not a forecast."
        )
    return said


def _bundles(business: Business) -> Block | None:
    if not business.has("sales.rpt_headlines") or business.lacks(
        "basket.rpt_segment_bundles"
    ):
        return None
    frame = bundles(business)
    if frame.empty:
        return empty(
            "bundles",
            "No bundle to offer",
            "No segment buys a pair of products or categories more often than the "
            f"other customers, beyond chance and by at least {_LEAST_CUSTOMERS} of its "
            "customers.",
        )
    frame["level"] = frame["basket_level"].map(words)
    has_profit = bool(frame["profit"].notna().any())
    columns = {
        "bundle": "bundle",
        "level": "level",
        "segment_name": "segment",
        "profit": in_currency("extra profit", business.currency),
        "worth": in_currency("extra sales", business.currency),
        "basket_count": "baskets",
        "customer_count": "customers",
        "support": "of its baskets",
        "rest_support": "of others' baskets",
        "q_value": "expected to be chance",
    }
    top = frame.iloc[0]
    return Block(
        "bundles",
        f"Offer {top['bundle']} to {top['segment_name']}",
        "Pairs that a segment buys together more often than the other customers, by at "
        f"least {_LEAST_CUSTOMERS} of its customers. Extra sales: the baskets above "
        "the others' share, times what an order usually spends on the two. It is what "
        "was bought so far, not a forecast. "
        + (
            "Extra profit: extra sales times the profit rate of the two. Products come "
            "before sub-categories and categories; within these, what has the most "
            "profit. Pairs that make a loss are left out."
            if has_profit
            else "Products come before sub-categories and categories; within these, "
            "what has the most extra sales. Profit is not known."
        )
        + " Expected to be chance: the share of such pairs.",
        table=numbered(
            frame.head(_SHOWN),
            _known(frame, columns),
            shares=["support", "rest_support", "q_value"],
        ),
        is_wide=True,
    )
