"""The first screen, the actions and the data page: sentences and choices, by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pytest

from retail_marts.report.alerts import alerts, listed
from retail_marts.report.blocks import Block, counted
from retail_marts.report.cards import Card
from retail_marts.report.marts_reader import Business
from retail_marts.report.pages import actions, data, overview, prospects

Rows = Sequence[Mapping[str, Any]]
#: Every business has these marts, if only without rows.
NO_ROWS = {
    "core.fct_rejected_rows": "business_id text, source_table text, source_file text,"
    " source_row_number bigint, rejection_reason text",
    "core.fct_row_warnings": "business_id text, source_file text,"
    " source_row_number bigint, warning text",
    "core.fct_sales_lines": "business_id text, order_date date, product_id text,"
    " quantity double,"
    " sales_amount double, profit_amount double",
    "core.dim_customers": "business_id text, spend_amount double",
    "core.dim_products": "business_id text, product_id text, product_name text,"
    " category text, sub_category text",
    "core.dim_stores": "business_id text, store_id text, store_name text",
    "core.fct_orders": "business_id text, order_date date, customer_id text,"
    " has_sale boolean",
    "core.fct_source_files": "source_table text, source_file text,"
    " accepted_row_count bigint, rejected_row_count bigint, filtered_row_count bigint,"
    " missing_columns text",
    "customers.rpt_segment_profiles": "business_id text, segment_name text,"
    " strategy text, customer_count bigint, customer_share double,"
    " spend_share double, mean_spend_amount double",
    "sales.rpt_monthly_sales": "business_id text, month_start_date timestamp,"
    " sales_amount double, profit_amount double, quantity double, order_count bigint,"
    " day_count bigint",
    "sales.rpt_monthly_sales_by": "business_id text, month_start_date timestamp,"
    " dimension text, member_id text, member_name text, sales_amount double,"
    " profit_amount double, is_full_month boolean",
    "sales.rpt_new_returning_sales": "business_id text, month_start_date timestamp,"
    " is_full_month boolean",
    "sales.fct_daily_sales": "business_id text, sales_date date, sales_amount double,"
    " quantity double",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        for schema in (
            "core",
            "sales",
            "customers",
            "forecasting",
            "basket",
            "prospecting",
        ):
            made.execute(f"create schema {schema}")
        for mart, columns in NO_ROWS.items():
            made.execute(f"create table {mart} ({columns})")
        yield made


def shop(
    connection: duckdb.DuckDBPyConnection,
    *,
    currency: str = "EUR",
    as_of_note: str | None = None,
    last: date | None = date(2025, 6, 30),
    **marts: Any,
) -> Business:
    """A business with these rows in its marts, such as sales__rpt_headlines."""
    business = [
        {
            "currency": currency,
            "country_code": "DE",
            "time_zone": "Europe/Berlin",
            "order_count": 0 if last is None else 9,
            "first_sale_date": last,
            "last_sale_date": last,
            "as_of_date": last,
            "days_since_last_sale": 99,
        }
    ]
    if last is not None:
        marts.setdefault(
            "sales__rpt_headlines", [headline("sales_amount", 100, None, None)]
        )
    for name, rows in {"core__dim_businesses": business, **marts}.items():
        mart = name.replace("__", ".")
        # Files are read for all businesses.
        key = {} if mart == "core.fct_source_files" else {"business_id": "shop"}
        frame = pd.DataFrame([{**key, **row} for row in rows])
        connection.register("given", frame)
        if mart in NO_ROWS:
            connection.execute(f"insert into {mart} by name from given")
        else:
            connection.execute(f"create table {mart} as from given")
        connection.unregister("given")
    return Business(
        connection, "shop", "My shop", currency, as_of_note, last_sale_date=last
    )


def headline(
    figure: str,
    value: float,
    previous: float | None,
    year_ago: float | None,
    *,
    period: str = "latest_full_month",
    first: date = date(2025, 6, 1),
    last: date = date(2025, 6, 30),
) -> dict[str, Any]:
    def rate(other: float | None) -> float | None:
        return None if other is None or other <= 0 else value / other - 1

    return {
        "figure": figure,
        "period": period,
        "sentence": f"The mart's sentence on {figure}.",
        "value": value,
        "previous_value": previous,
        "year_ago_value": year_ago,
        "change_rate": rate(previous),
        "year_ago_change_rate": rate(year_ago),
        "period_start_date": pd.Timestamp(first),
        "period_end_date": pd.Timestamp(last),
    }


def by_key(found: list[Block]) -> dict[str, Block]:
    return {block.key: block for block in found}


def test_the_title_of_the_month_says_what_changed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        sales__rpt_headlines=[
            headline("sales_amount", 1200, 1000, 1500),
            headline("profit_amount", 50, -30, None),
            headline("order_count", 20, 20, None),
        ],
        sales__rpt_monthly_sales=[
            {"month_start_date": pd.Timestamp(2025, month, 1), "sales_amount": 100}
            for month in (4, 5, 6, 7)
        ],
        sales__rpt_new_returning_sales=[
            {"month_start_date": pd.Timestamp(2025, 7, 1), "is_full_month": False}
        ],
    )
    month = by_key(overview.blocks(business))["month"]
    assert (
        month.title
        == "June 2025: sales 20.0 % above May 2025 and 20.0 % below June 2024"
    )
    assert month.text == "The mart's sentence on sales_amount."
    sales, profit, orders = month.cards
    assert (sales.label, sales.value) == ("Net sales", "EUR 1,200")
    assert sales.changes == [
        ("▲ 20.0 % above May 2025", "good"),
        ("▼ 20.0 % below Jun 2024", "bad"),
    ]
    assert sales.sentence == "The mart's sentence on sales_amount."
    # July is cut short, so the line ends in June.
    assert sales.points == [100, 100, 100]
    assert profit.changes == [("▲ was EUR -30.00 in May 2025", "good")]
    assert orders.changes == [("the same as May 2025", "neutral")]


@pytest.mark.parametrize(
    ("first", "last", "named"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2025, 1, 1), date(2025, 6, 3), "1 January to 3 June 2025"),
        (date(2025, 6, 1), date(2025, 6, 3), "1 to 3 June 2025"),
        (date(2025, 6, 3), date(2025, 6, 3), "3 June 2025"),
    ],
)
def test_a_period_is_named_by_its_days(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, named: str
) -> None:
    business = shop(
        connection,
        sales__rpt_headlines=[
            headline(
                *("sales_amount", 1e7, None, None),
                period="year_to_date",
                first=first,
                last=last,
            )
        ],
    )
    block = by_key(overview.blocks(business))["to_date"]
    assert block.title == f"{named}: net sales of EUR 10 million"
    assert block.cards[0].label == f"Net sales, {named}"


@pytest.mark.parametrize("last", [6, 7])
def test_a_few_days_of_a_year_are_not_shown_beside_a_whole_month(
    connection: duckdb.DuckDBPyConnection, last: int
) -> None:
    to_date = headline(
        *("sales_amount", 5, None, 50),
        period="year_to_date",
        first=date(2026, 1, 1),
        last=date(2026, 1, last),
    )
    month = headline("sales_amount", 1200, 1000, None)
    business = shop(connection, sales__rpt_headlines=[month, to_date])
    assert ("to_date" in by_key(overview.blocks(business))) == (last == 7)


def test_the_drivers_name_what_changed_most_since_a_year_ago(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    drivers = {"customers": -900, "price": 300, "other": 100}
    business = shop(
        connection,
        sales__rpt_headlines=[headline("sales_amount", 1200, 1000, 1700)],
        sales__rpt_sales_drivers=[
            {
                "driver": driver,
                "decomposition": "factors",
                "period_start_date": date(2025, 6, 1),
                "change_amount": 1.0,
                "year_ago_change_amount": change,
            }
            for driver, change in drivers.items()
        ],
    )
    assert by_key(overview.blocks(business))["month"].text.endswith(
        "What changed most since June 2024: the number of customers (EUR -900) and the "
        "mean price per item (EUR +300)."
    )


def test_old_data_is_said_first(connection: duckdb.DuckDBPyConnection) -> None:
    business = shop(connection, as_of_note="the last sale was 99 days ago")
    age = overview.blocks(business)[0]
    assert age.title == "The data is old: the last sale was on 30 June 2025"
    assert age.text == (
        "The warehouse was built 99 days after the last sale. All segments, forecasts "
        "and recommendations are as of 30 June 2025."
    )


def test_recent_data_needs_no_warning(connection: duckdb.DuckDBPyConnection) -> None:
    assert "age" not in by_key(overview.blocks(shop(connection)))


def monday(business: Business, title: str) -> Card:
    """The only card of the actions on the overview, whose title is as given."""
    block = by_key(overview.blocks(business))["actions"]
    assert block.title == title
    (card,) = block.cards
    return card


def contact(rank: int, action: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "contact_rank": rank,
        "customer_id": f"C{rank}",
        "action": action,
        "urgency": "low",
        "reason": "a reason",
        "evidence": "an evidence",
        "recommended_product_name": "Tea",
        "recommended_product_id": "T",
        "value_days": 90,
        "value_at_stake_amount": value,
        **more,
    }


def test_only_contacts_beyond_chance_are_asked_for_on_monday(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        customers__rpt_contact_list=[
            contact(1, "win_back", 500, customer_id="51"),
            contact(2, "remind", 9000),
            contact(3, "cross_sell", 300, customer_id="a" * 32),
            contact(4, "leave_alone", 7000),
        ],
    )
    card = monday(business, "On Monday: contact 2 customers")
    assert card.value == "2 customers, EUR 800 expected"
    assert card.items == [
        "Customer 51: win back, offer Tea (EUR 500)",
        "aaaaaaaaaa…: offer Tea (EUR 300)",
    ]
    assert "silent for longer than chance explains" in card.basis
    assert "expected to buy" not in card.basis
    assert card.link == "actions"
    listed_block = by_key(actions.blocks(business))["contact"]
    assert listed_block.title == (
        "Customers to contact: 1 to win back, 1 to remind, 1 to offer a product"
    )
    assert listed_block.table is not None
    assert list(listed_block.table["customer"]) == ["51", "C2", "a" * 32]


def test_pauses_within_chance_alone_ask_for_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection, customers__rpt_contact_list=[contact(1, "remind", 9000)]
    )
    block = by_key(overview.blocks(business))["actions"]
    assert block.title == "Nothing to do on Monday beyond the usual"
    assert block.text == (
        "The page Actions has 1 customer to remind: overdue, but the pause may be "
        "chance. Each product sells too seldom to say what to order. No bundle to "
        "offer: each may be chance or the habit of few customers."
    )
    assert list(block.cards) == []
    said = by_key(actions.blocks(business))["contact"].text
    assert "Remind: overdue" in said
    assert "Win back" not in said


def stock(product: str, **more: Any) -> dict[str, Any]:
    return {
        "series_level": "product",
        "store_id": None,
        "product_id": product,
        "product_name": product,
        "abc_class": "A",
        "xyz_class": "X",
        "lead_time_days": 7,
        "review_days": 7,
        "service_level": 0.95,
        "expected_quantity": 10.0,
        "safety_stock_quantity": 4.0,
        "reorder_point_quantity": 14.0,
        "order_quantity": None,
        "stock_quantity": None,
        "cover_days": None,
        "stock_out_risk": None,
        "distribution": "own backtests",
        "evidence": "attained in 4 held-out windows: 0.936",
        "attained_service_level": 0.936,
        "is_shared": False,
        **more,
    }


def test_what_runs_out_first_is_ordered_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        forecasting__rpt_replenishment=[
            stock("Full", stock_quantity=99.0, order_quantity=0.0, stock_out_risk=0.0),
            stock("Low", stock_quantity=9.0, order_quantity=6.0, stock_out_risk=0.2),
            stock("Empty", stock_quantity=0.0, order_quantity=14.0, stock_out_risk=0.9),
        ],
    )
    card = monday(business, "On Monday: order 2 products")
    assert card.value == "2 products, 20 units"
    assert card.items == [
        "Empty: 14 (90 % risk to run out)",
        "Low: 6 (20 % risk to run out)",
    ]
    assert card.basis == (
        "Meant to be enough in 95 of 100 cases. Tested on past periods, it was enough "
        "in 94."
    )
    table = by_key(actions.blocks(business))["order"].table
    assert table is not None
    assert list(table["product"]) == ["Empty", "Low", "Full"]
    assert "store" not in table


def test_a_product_of_several_stores_is_one_product(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    low = {"series_level": "store_product", "stock_quantity": 9.0}
    business = shop(
        connection,
        core__dim_stores=[
            {"store_id": name, "store_name": f"Branch {name}"} for name in ("1", "2")
        ],
        forecasting__rpt_replenishment=[
            stock("Tea", **low, store_id="1", order_quantity=6.0, stock_out_risk=0.2),
            stock("Tea", **low, store_id="2", order_quantity=5.0, stock_out_risk=0.1),
            stock("Jam", **low, store_id="2", order_quantity=0.0, stock_out_risk=0.0),
        ],
    )
    card = monday(business, "On Monday: order 1 product in 2 stores")
    assert card.value == "1 product in 2 stores, 11 units"
    assert card.items[0] == "Tea in Branch 1: 6 (20 % risk to run out)"
    assert card.link_text == "All 2 products in 2 stores"
    order = by_key(actions.blocks(business))["order"]
    assert order.title == "Order 1 product in 2 stores now"


def test_a_product_without_a_name_is_told_by_its_group(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        # A file without names has the id as name.
        core__dim_products=[
            {"product_id": "77", "product_name": "77", "sub_category": "WHITE BREAD"}
        ],
        customers__rpt_contact_list=[
            contact(1, "win_back", 500)
            | {"recommended_product_id": "77", "recommended_product_name": "77"}
        ],
        forecasting__rpt_replenishment=[stock("77")],
    )
    contacts, order = by_key(overview.blocks(business))["actions"].cards
    assert contacts.items == ["C1: win back, offer WHITE BREAD 77 (EUR 500)"]
    assert order.items == ["WHITE BREAD 77: 14 (10 expected to sell)"]


def test_enough_stock_asks_for_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    business = shop(
        connection,
        forecasting__rpt_replenishment=[
            stock("Full", stock_quantity=99.0, order_quantity=0.0, stock_out_risk=0.0)
        ],
    )
    block = by_key(overview.blocks(business))["actions"]
    assert list(block.cards) == []
    assert "the stock is above every reorder point" in block.text
    assert by_key(actions.blocks(business))["order"].title.startswith(
        "Nothing to order"
    )


def test_without_a_stock_file_the_stock_to_have_is_said(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(connection, forecasting__rpt_replenishment=[stock("Tea")])
    card = monday(business, "On Monday: check the stock of 1 product")
    assert card.label == "Have in stock for the next 14 days"
    assert card.items == ["Tea: 14 (10 expected to sell)"]
    assert (
        "No file of stock is mapped" in by_key(actions.blocks(business))["order"].text
    )


def test_without_a_tested_safety_stock_nothing_is_meant_to_be_enough(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    untested = {
        "safety_stock_quantity": None,
        "reorder_point_quantity": None,
        "attained_service_level": None,
        "evidence": "no backtest window is as long as the days to cover",
    }
    business = shop(
        connection, forecasting__rpt_replenishment=[stock("Tea", **untested)]
    )
    text = by_key(actions.blocks(business))["order"].text
    assert "enough" not in text
    assert "How much more to keep for safety is not known: no backtest" in text


def test_a_share_of_a_forecast_is_no_reason_to_order(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    # Sells once a month: its share of the forecast says nothing of the next order.
    shared = {"is_shared": True, "safety_stock_quantity": None}
    business = shop(connection, forecasting__rpt_replenishment=[stock("Tea", **shared)])
    block = by_key(overview.blocks(business))["actions"]
    assert "Each product sells too seldom to say what to order." in block.text
    assert "order" not in by_key(actions.blocks(business))


def segment_action(algorithm: str, **more: Any) -> dict[str, Any]:
    return {
        "algorithm": algorithm,
        "segment_name": "Loyal",
        "strategy": "Thank them",
        "customer_count": 9,
        "previous_customer_count": None,
        "expected_value_90d": float("nan"),
        "expected_value_365d": float("nan"),
        "sales_share": None,
        "bundle": None,
        "bundle_sales_amount": None,
        "bundle_profit_amount": None,
        "evidence": "Expected sales are not known.",
        **more,
    }


def test_what_segments_are_is_said_of_those_that_are_shown(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    alone = shop(connection, customers__rpt_segment_actions=[segment_action("k_means")])
    text = by_key(actions.blocks(alone))["segments"].text
    assert text == "A strategy for each segment of similar customers (K-Means)."
    connection.execute(
        "insert into customers.rpt_segment_actions by name"
        " select * replace ('rfm' as algorithm, 5.0 as expected_value_90d)"
        " from customers.rpt_segment_actions"
    )
    text = by_key(actions.blocks(alone))["segments"].text
    assert "RFM segments score" in text
    assert text.endswith("Expected: what its customers are expected to spend.")


def test_texts_of_the_statistics_library_are_not_on_the_data_page(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    raw = "Non-stationary starting autoregressive parameters found."
    failures = [
        {"model_name": model, "is_shared": False, "failure_reason": reason}
        | {"converged": converged}
        for model, reason, converged in (
            ("arima_fixed", raw, False),
            ("arima_fixed", f"{raw}; Maximum likelihood failed to converge", False),
            ("lstm", "too short", True),
        )
    ]
    business = shop(connection, forecasting__fct_forecast_accuracy=failures)
    table = by_key(data.blocks(business))["models"].table
    assert table is not None
    assert table.values.tolist() == [
        [
            *("forecast", "arima fixed", "2"),
            "the fit did not always converge; its starting values were replaced",
        ],
        ["forecast", "lstm", "1", "too short"],
    ]


def bundle(
    level: str, worth: float, *, significant: bool = True, **more: Any
) -> dict[str, Any]:
    return {
        "segment_name": "Champions",
        "item_name": f"{level} A",
        "other_item_name": f"{level} B",
        "basket_level": level,
        "bundle_rank": 1,
        "customer_count": 12,
        "basket_count": 30,
        "support": 0.3,
        "rest_support": 0.1,
        "extra_sales_amount": worth,
        "extra_profit_amount": None,
        "extra_basket_count": 20.0,
        "q_value": 0.0004,
        "is_significant": significant,
        **more,
    }


def test_a_bundle_of_products_comes_before_a_dearer_one_of_categories(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        basket__rpt_segment_bundles=[
            bundle("category", 9000),
            bundle("product", 700),
            bundle("product", 99999, significant=False),
            bundle("product", 99999, customer_count=4),
        ],
    )
    card = monday(business, "On Monday: offer a bundle")
    assert card.value == "product A + product B"
    assert "12 customers." in card.basis
    assert "it bought EUR 700 more of both" in card.sentence
    assert "Less than 0.1 % of such pairs are expected to be chance" in card.basis
    assert card.link_text == "All 2 bundles"
    assert "Profit is not known" in by_key(actions.blocks(business))["bundles"].text


def test_bundles_are_ranked_by_profit_and_none_makes_a_loss(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        basket__rpt_segment_bundles=[
            bundle("product", 700, extra_profit_amount=20.0, segment_name="Thin"),
            bundle("product", 900, extra_profit_amount=-1.0, segment_name="Loss"),
            bundle("product", 500, extra_profit_amount=90.0, segment_name="Rich"),
        ],
    )
    (card,) = by_key(overview.blocks(business))["actions"].cards
    assert "EUR 500 (profit EUR 90) more" in card.sentence
    block = by_key(actions.blocks(business))["bundles"]
    assert block.table is not None
    assert list(block.table["segment"]) == ["Rich", "Thin"]
    assert "Pairs that make a loss are left out" in block.text


def forecast_marts(origin: date = date(2025, 6, 30), **more: Any) -> dict[str, Any]:
    month = {
        "measure": "sales_amount",
        "series_level": "total",
        "month_start_date": pd.Timestamp(2025, 7, 1),
        "day_count": 31,
        "total_value": 3100.0,
        "total_lower_80": 2800.0,
        "total_upper_80": 3400.0,
        "is_best_model": True,
    }
    days = [
        {**month, "forecast_date": date(2025, 7, 1) + timedelta(days=day)}
        | {"forecast_origin_date": origin}
        for day in range(31)
    ]
    accuracy = {
        "measure": "sales_amount",
        "series_level": "total",
        "is_best_model": True,
        "grain": "day",
        "window_count": 4,
        "horizon_days": 31,
        "bias": 0.0,
        "beats_baseline": True,
        "is_baseline": False,
    }
    return {
        "forecasting__rpt_forecast_summary": [{**month, **more}],
        "forecasting__fct_sales_forecasts": days,
        "forecasting__fct_forecast_accuracy": [accuracy],
    }


def test_the_forecast_stands_beside_the_same_month_a_year_ago(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        sales__fct_daily_sales=[
            {
                "sales_date": date(2024, 6, 30) + timedelta(days=day),
                "sales_amount": 62.0,
                "quantity": 1.0,
            }
            for day in range(40)
        ],
        **forecast_marts(),
    )
    block = by_key(overview.blocks(business))["next_month"]
    assert block.title == "July 2025: EUR 3,100 expected, 2,800 to 3,400 likely"
    (card,) = block.cards
    # 31 days of 62 a year ago: outside the range, so the rise is clear.
    assert card.changes == [("▲ 61.3 % above July 2024 (EUR 1,922)", "good")]
    assert card.basis.endswith("beyond chance.")


def test_a_forecast_that_reaches_further_than_tested_says_so(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(connection, **forecast_marts(origin=date(2025, 6, 20)))
    (card,) = by_key(overview.blocks(business))["next_month"].cards
    assert card.basis == (
        "Tested on 4 past periods of 31 days: better than every simple rule, beyond "
        "chance. It reaches 41 days ahead, further than tested."
    )


def test_a_forecast_is_not_compared_with_days_that_the_data_do_not_cover(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        sales__fct_daily_sales=[
            {"sales_date": date(2024, 7, 5), "sales_amount": 62.0, "quantity": 1.0}
        ],
        **forecast_marts(),
    )
    (card,) = by_key(overview.blocks(business))["next_month"].cards
    assert card.changes == []


@pytest.mark.parametrize("best", ["mean", "ridge"])
def test_pictures_of_spend_need_a_model(
    connection: duckdb.DuckDBPyConnection, best: str
) -> None:
    business = shop(
        connection,
        prospecting__fct_spend_model_scores=[
            {
                "model_name": model,
                "is_tuned": False,
                "split": "cross_validation",
                "is_best_model": model == best,
                "beats_baseline": model == "ridge",
                **dict.fromkeys(("mae", "rmse", "r2"), 0.5),
            }
            for model in ("mean", "ridge")
        ],
        prospecting__fct_spend_predictions=[
            {"customer_id": "C1", "actual_amount": 9.0, "predicted_amount": 8.0}
        ],
        prospecting__fct_spend_drivers=[
            {
                "feature": "income_amount",
                "importance": float(best == "ridge"),
                "importance_share": 1.0,
                "direction": "higher",
            }
        ],
    )
    found = by_key(prospects.blocks(business))
    assert ("spend_actual_predicted" in found) == (best == "ridge")
    drivers = found["spend_drivers"]
    assert (drivers.chart is not None) == (best == "ridge")
    assert drivers.title == (
        "Income drives spend most" if best == "ridge" else "No attribute drives spend"
    )


def test_customers_without_orders_have_a_first_screen(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        last=None,
        core__dim_customers=[{"spend_amount": 100.0}, {"spend_amount": 300.0}],
        prospecting__fct_spend_drivers=[
            {
                "feature": "income_amount",
                "low_value": "30,000",
                "high_value": "90,000",
                "effect_amount": -250.0,
                "importance_rank": 1,
                "model_name": "ridge",
                "is_tuned": False,
            }
        ],
        prospecting__fct_spend_model_scores=[
            {
                "model_name": "ridge",
                "is_tuned": False,
                "split": "cross_validation",
                "is_best_model": True,
                "beats_baseline": True,
                "r2": 0.82,
                "note": None,
            }
        ],
        customers__rpt_segment_profiles=[
            {
                "segment_name": "Top Spender",
                "strategy": "Invite them.",
                "customer_count": 1,
                "customer_share": 0.5,
                "spend_share": 0.75,
                "mean_spend_amount": 300.0,
            }
        ],
    )
    found = by_key(overview.blocks(business))
    assert list(found) == ["customers", "actions", "spend_driver"]
    assert found["customers"].title == (
        "Top Spender: 50 % of the customers, 75 % of the spend"
    )
    cards = found["customers"].cards
    assert [card.value for card in cards] == [
        "2",
        "EUR 400",
        "EUR 200",
    ]
    assert found["spend_driver"].title == "Spend depends most on income amount"
    (driver,) = found["spend_driver"].cards
    assert driver.value == "EUR 250 less"
    assert driver.sentence == (
        "Spend at 90,000 compared with 30,000, with all else equal."
    )
    assert "82.0 % of the differences" in driver.basis
    assert found["actions"].title == "On Monday: take care of Top Spender"
    assert found["actions"].cards[0].sentence == "Invite them."
    assert [block.key for block in actions.blocks(business)] == ["none"]


def month_rows(profits: Sequence[float], member: str) -> Rows:
    return [
        {
            "month_start_date": date(2025, 1 + place, 1),
            "dimension": "sub_category",
            "member_id": member,
            "member_name": member,
            "sales_amount": 100.0,
            "profit_amount": profit,
            "is_full_month": True,
        }
        for place, profit in enumerate(profits)
    ]


def test_a_lasting_loss_is_an_alert_and_one_bad_month_is_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        sales__rpt_monthly_sales_by=[
            *month_rows([-10, -20, -5, 2], "Tables"),
            *month_rows([10, -200, 5, 2], "Chairs"),
        ],
    )
    (card,) = alerts(business)
    assert card.value == "Tables: EUR -33"
    assert card.basis == "Tables made a loss in 3 of 4 months with sales."


def band(lower: float, lines: int, profit: float) -> dict[str, Any]:
    return {
        "discount_band": "no discount" if lower < 0 else f"above {lower}",
        "lower": max(lower, 0.0),
        "line_count": lines,
        "sales_amount": 1000.0,
        "profit_amount": profit,
    }


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        # The loss below the profitable band is not part of the run.
        ([(0.1, 90, -5), (0.2, 90, 50), (0.3, 90, -70), (0.4, 9, -30)], "Above 30 %"),
        # Too few lines to judge.
        ([(0.1, 90, 5), (0.4, 9, -30)], None),
        ([(-1, 90, -900), (0.1, 90, 5)], None),
    ],
)
def test_discounts_make_a_loss_from_the_band_above_which_all_do(
    connection: duckdb.DuckDBPyConnection,
    bands: Sequence[tuple[float, int, float]],
    said: str | None,
) -> None:
    business = shop(
        connection, sales__rpt_discount_effects=[band(*one) for one in bands]
    )
    found = [card.value for card in alerts(business)]
    assert found == ([] if said is None else [f"{said}: EUR -100"])


def sold(product: str, days: Sequence[int]) -> Rows:
    return [
        {
            "product_id": product,
            "sales_date": date(2025, 6, 30) - timedelta(days=day),
            "quantity": 1.0,
            "sales_amount": 5.0,
        }
        for day in days
    ]


def test_a_product_that_stopped_is_an_alert_and_goods_of_a_season_are_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    products = {
        "steady": range(0, 200, 2),
        "stopped": range(60, 200, 2),
        # Two summers: silent since the last one, but no longer than before it.
        "summer": [*range(90, 150), *range(280, 340)],
        "rare": [50, 100, 180],
        "long gone": range(500, 700, 2),
    }
    business = shop(
        connection,
        core__dim_products=[
            {"product_id": name, "product_name": name} for name in products
        ],
        sales__fct_daily_product_sales=[
            row for name, days in products.items() for row in sold(name, list(days))
        ],
    )
    (card,) = alerts(business)
    assert (card.label, card.value) == ("Stopped selling", "1 product")
    assert card.items == ["stopped: last sold on 1 May 2025"]
    assert "every 2 days and has been silent for 60 days" in card.basis


def oddity(day: date, *, outlier: bool = True) -> dict[str, Any]:
    return {
        "measure": "sales_amount",
        "series_level": "total",
        "sales_date": pd.Timestamp(day),
        "note": "far below the expected; holiday: Assumption Day",
        "actual_value": 10.0,
        "expected_value": 800.0,
        "deviation_score": -5.0,
        "is_outlier": outlier,
    }


def test_only_odd_days_of_the_latest_weeks_are_news(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        forecasting__rpt_series_oddities=[
            oddity(date(2025, 6, 18)),
            oddity(date(2025, 6, 19), outlier=False),
            oddity(date(2025, 1, 1)),
        ],
    )
    (card,) = alerts(business)
    assert card.items == [
        "Wednesday, 18 June 2025: EUR 10 instead of EUR 800 (Assumption Day)"
    ]


def returned(dimension: str, name: str, orders: int, back: int) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "member_name": name,
        "sold_order_count": orders,
        "returned_order_count": back,
        "returned_amount": back * 10.0,
        "order_return_rate": back / orders,
    }


def test_returns_are_an_alert_only_beyond_chance(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(
        connection,
        sales__rpt_return_rates=[
            returned("total", "total", 1000, 50),
            returned("product", "Shoes", 100, 20),
            # One of four is 25 %, and nothing to rely on.
            returned("product", "Hats", 4, 1),
        ],
    )
    (card,) = alerts(business)
    assert card.value == "Shoes: 20 % of orders"
    assert card.sentence == "Over all, 5.0 % of orders are returned."


@pytest.mark.parametrize("quantity", [9000.0, 1.0])
def test_a_product_in_another_unit_is_an_alert(
    connection: duckdb.DuckDBPyConnection, quantity: float
) -> None:
    lines = [
        {"order_date": date(2025, 6, 1), "product_id": f"P{product}", **amounts}
        for product in range(12)
        for amounts in [
            {"quantity": quantity, "sales_amount": 18.0}
            if not product
            else {"quantity": 2.0, "sales_amount": 5.0}
        ]
    ]
    business = shop(
        connection,
        core__fct_sales_lines=lines,
        core__dim_products=[{"product_id": "P0", "product_name": "Petrol"}],
        forecasting__rpt_replenishment=[stock("P0"), stock("P1")],
    )
    # So many units of petrol would head the list.
    ordered = set(actions.orders(business)["product_id"])
    assert ordered == ({"P0", "P1"} if quantity == 1 else {"P1"})
    found, tables = alerts(business), by_key(data.blocks(business))
    if quantity == 1:
        assert (found, "other_units" in tables) == ([], False)
        return
    (card,) = found
    assert card.value == "1 product: 99.8 % of all units"
    assert "24.7 % of sales" in card.sentence
    assert card.basis == "One unit of Petrol costs 0.00200; 2.50 is usual."
    table = tables["other_units"].table
    assert table is not None
    assert table.values.tolist() == [
        ["Petrol", "P0", "9,000", "99.8 %", "24.7 %", "0.00200"]
    ]


@pytest.mark.parametrize(("rejected", "said"), [(1, []), (5, ["5 rows, 4.8 %"])])
def test_rejected_rows_are_an_alert_when_they_are_many(
    connection: duckdb.DuckDBPyConnection, rejected: int, said: list[str]
) -> None:
    rows = [
        {
            "source_table": "shop.sales",
            "source_file": "sales.csv",
            "source_row_number": row,
            "rejection_reason": "Qty is not a number",
        }
        for row in range(rejected)
    ]
    business = shop(
        connection,
        core__fct_rejected_rows=rows,
        core__fct_sales_lines=[{"order_date": date(2025, 6, 1)}] * 100,
    )
    assert [card.value for card in alerts(business)] == said
    reasons = by_key(data.blocks(business))["reasons"]
    assert reasons.title == (
        f"{counted(rejected, 'row')} rejected, 0 accepted with a warning"
    )


def test_nothing_unusual_is_said_in_one_sentence(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = by_key(overview.blocks(shop(connection, **forecast_marts())))
    block = found["alerts"]
    assert block.title == "Nothing out of the ordinary"
    assert block.cards == ()
    # Only what the business has is said to be looked at, also if no day was odd.
    assert block.text == "Looked at, and nothing found beyond chance: odd days."


def test_the_data_page_states_time_zone_as_of_date_and_models_that_failed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    accuracy = {"is_shared": False, "converged": True, "failure_reason": None}
    business = shop(
        connection,
        core__fct_source_files=[
            {
                "source_table": "shop.sales",
                "source_file": "sales.csv",
                "accepted_row_count": 75,
                "rejected_row_count": 20,
                "filtered_row_count": 5,
            }
        ],
        forecasting__fct_forecast_accuracy=[
            {**accuracy, "model_name": "mean"},
            {**accuracy, "model_name": "arima_fixed", "converged": False},
            {**accuracy, "model_name": "category_share", "is_shared": True}
            | {"failure_reason": "sold on 3 days"},
        ],
    )
    found = by_key(data.blocks(business))
    assert "customers" not in found
    settings = found["settings"].table
    assert settings is not None
    pairs = dict(zip(settings["setting"], settings["value"], strict=True))
    assert pairs["time zone"] == "Europe/Berlin"
    assert pairs["as-of date"] == "30 June 2025"
    assert found["files"].title == (
        "1 file read, 75.0 % of the rows accepted (all businesses)"
    )
    assert found["models"].title == "1 note on models"
    models = found["models"].table
    assert models is not None
    assert list(models["model"]) == ["arima fixed"]
    assert list(models["reason"]) == ["the fit did not always converge"]
    # All totals of all time moved here from the first screen.
    assert dict(found["figures"].numbers) == {"Customers": "0"}


@pytest.mark.parametrize("age", [None, 41.25])
def test_ages_of_customers_are_shown_only_where_one_is_known(
    connection: duckdb.DuckDBPyConnection, age: float | None
) -> None:
    group = {"attribute": "country", "attribute_value": "DE", "customer_count": 9}
    business = shop(
        connection,
        core__fct_source_files=[{"source_table": "shop.sales", "source_file": "a.csv"}],
        sales__rpt_customer_demographics=[{**group, "mean_age": age}],
    )
    table = by_key(data.blocks(business))["customers"].table
    assert table is not None
    assert list(table.get("mean age", [])) == ([] if age is None else ["41.2"])


def test_a_card_goes_to_the_page_without_what_is_empty() -> None:
    card = Card("Sales", "EUR 5", points=[1.0, None, float("nan"), 123456.789])
    assert card.as_dict() == {
        "label": "Sales",
        "value": "EUR 5",
        "points": [1.0, None, None, 123500.0],
    }
    assert Block("k", "t", cards=[card]).as_dict()["cards"] == [card.as_dict()]
    assert "cards" not in Block("k", "t").as_dict()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_names_are_listed_in_a_sentence(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_areas_that_are_off_are_not_called_nothing_to_do(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    business = shop(connection)
    connection.execute("attach ':memory:' as missing")
    for mart in actions._MARTS:
        connection.execute(f"create schema if not exists missing.{mart.split('.')[0]}")
        connection.execute(f"create table missing.{mart} (business_id text)")
    block = overview._actions(business)
    assert block.title == "Nothing says what to do on Monday"
    assert block.text == "Actions need areas that are switched off."
    (block,) = actions.blocks(business)
    assert block.text == "Actions need areas that are switched off."
    models = by_key(data.blocks(business))["models"]
    assert models.title == "No model was fitted"
