"""The dashboards of Superset: which chart shows which columns of which mart.

A metric is a metric of the semantic layer, or a column of the mart, which is then
aggregated as its yml says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Superset's names of the charts."""

    NUMBER = "big_number_total"
    LINE = "echarts_timeseries_line"
    BARS = "echarts_timeseries_bar"
    TABLE = "table"


@dataclass(frozen=True)
class Chart:
    """A chart on one mart.

    Attributes
    ----------
    mart
        The mart's full name.
    metrics
        What is drawn; none for a table, which shows ``columns`` of each row.
    x, by
        The column of the horizontal axis, and columns with a series per value.
    where
        Columns and the one value that their rows must have.
    order
        Columns that order the rows of a table; with a leading ``-``, downwards.
    width
        Of the twelve columns of a dashboard.
    """

    title: str
    mart: str
    kind: Kind
    metrics: tuple[str, ...] = ()
    x: str | None = None
    by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    where: Mapping[str, str | bool] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    is_stacked: bool = False
    width: int = 6


@dataclass(frozen=True)
class Dashboard:
    """A dashboard of one area, with a filter for one business and one for dates.

    ``businesses`` is the mart whose businesses the filter offers.
    """

    area: str
    title: str
    description: str
    businesses: str
    rows: tuple[tuple[Chart, ...], ...]


def _number(metric: str, title: str, mart: str, *, width: int = 3) -> Chart:
    return Chart(title, mart, Kind.NUMBER, (metric,), width=width)


#: Series of the whole business, as its best model forecasts them.
_BEST_TOTAL: Mapping[str, str | bool] = {
    "measure": "sales_amount",
    "series_level": "total",
    "is_best_model": True,
}

DASHBOARDS = (
    Dashboard(
        "sales",
        "Sales",
        "How business is, why it changed, and what sells.",
        "sales.rpt_monthly_sales",
        (
            (
                _number("sales", "Net sales", "core.fct_sales_lines"),
                _number("orders", "Orders", "core.fct_orders"),
                _number("profit_rate", "Profit rate", "core.fct_sales_lines"),
                _number("active_customers", "Active customers", "core.fct_orders"),
            ),
            (
                Chart(
                    "Net sales by month",
                    "sales.rpt_monthly_sales",
                    Kind.BARS,
                    ("sales_amount",),
                    x="month_start_date",
                    width=7,
                ),
                Chart(
                    "Headlines",
                    "sales.rpt_headlines",
                    Kind.TABLE,
                    columns=("sentence",),
                    order=("period", "figure"),
                    width=5,
                ),
            ),
            (
                Chart(
                    "Net sales by category",
                    "sales.rpt_monthly_sales_by",
                    Kind.BARS,
                    ("sales_amount",),
                    x="month_start_date",
                    by=("member_name",),
                    where={"dimension": "category"},
                    is_stacked=True,
                ),
                Chart(
                    "New and returning customers",
                    "sales.rpt_new_returning_sales",
                    Kind.BARS,
                    ("sales_amount",),
                    x="month_start_date",
                    by=("customer_type",),
                    is_stacked=True,
                ),
            ),
            (
                Chart(
                    "What drove the change from the month before",
                    "sales.rpt_sales_drivers",
                    Kind.BARS,
                    ("change_amount",),
                    x="period_start_date",
                    by=("driver",),
                    where={"decomposition": "factors"},
                    is_stacked=True,
                ),
                Chart(
                    "Weekdays",
                    "sales.rpt_weekday_profiles",
                    Kind.TABLE,
                    columns=(
                        "weekday_name",
                        "mean_sales_amount",
                        "mean_order_count",
                        "sales_share",
                    ),
                    order=("iso_weekday",),
                ),
            ),
            (
                Chart(
                    "Products that sell most",
                    "sales.rpt_product_rankings",
                    Kind.TABLE,
                    columns=(
                        "sales_rank",
                        "product_name",
                        "category",
                        "sales_amount",
                        "profit_amount",
                        "sales_share",
                    ),
                    order=("sales_rank",),
                ),
                Chart(
                    "Discounts",
                    "sales.rpt_discount_effects",
                    Kind.TABLE,
                    columns=(
                        "discount_band",
                        "sales_amount",
                        "undiscounted_amount",
                        "profit_amount",
                        "profit_rate",
                    ),
                    order=("lower", "upper"),
                ),
            ),
        ),
    ),
    Dashboard(
        "customers",
        "Customers",
        "Who the customers are, what they are worth, and who to contact.",
        "customers.rpt_rfm_segments",
        (
            (
                _number(
                    "customers_to_contact",
                    "Customers to contact",
                    "customers.rpt_contact_list",
                    width=4,
                ),
                _number(
                    "value_at_stake",
                    "Value at stake",
                    "customers.rpt_contact_list",
                    width=4,
                ),
                _number(
                    "overdue_customers",
                    "Overdue customers",
                    "customers.rpt_contact_list",
                    width=4,
                ),
            ),
            (
                Chart(
                    "Customers by RFM segment",
                    "customers.rpt_rfm_segments",
                    Kind.BARS,
                    ("customer_count",),
                    x="rfm_segment",
                ),
                Chart(
                    "Net sales by RFM segment",
                    "customers.rpt_rfm_segments",
                    Kind.BARS,
                    ("sales_amount",),
                    x="rfm_segment",
                ),
            ),
            (
                Chart(
                    "Who to contact",
                    "customers.rpt_contact_list",
                    Kind.TABLE,
                    columns=(
                        "contact_rank",
                        "customer_id",
                        "action",
                        "urgency",
                        "value_at_stake_amount",
                        "recommended_product_name",
                        "reason",
                    ),
                    order=("contact_rank",),
                    width=12,
                ),
            ),
            (
                Chart(
                    "Segments and their strategies",
                    "customers.rpt_segment_profiles",
                    Kind.TABLE,
                    columns=(
                        "segment_name",
                        "customer_count",
                        "customer_share",
                        "sales_share",
                        "mean_monetary_amount",
                        "strategy",
                    ),
                    order=("-customer_count",),
                    width=7,
                ),
                Chart(
                    "How many segments: inertia by k",
                    "customers.fct_segment_selection",
                    Kind.LINE,
                    ("inertia",),
                    x="k",
                    where={"subject": "customer", "algorithm": "k_means"},
                    width=5,
                ),
            ),
        ),
    ),
    Dashboard(
        "forecasting",
        "Forecasts and stock",
        "What will be sold, how reliable that is, and what to order.",
        "forecasting.fct_sales_forecasts",
        (
            (
                Chart(
                    "Sales of each month, and the outlook",
                    "forecasting.rpt_sales_outlook",
                    Kind.LINE,
                    ("actual_amount", "forecast_amount", "lower_80", "upper_80"),
                    x="month_start_date",
                    width=12,
                ),
            ),
            (
                Chart(
                    "Forecast of the next days",
                    "forecasting.fct_sales_forecasts",
                    Kind.LINE,
                    ("forecast_value", "lower_80", "upper_80"),
                    x="forecast_date",
                    where=_BEST_TOTAL,
                ),
                Chart(
                    "Backtest: actual compared with forecast",
                    "forecasting.rpt_forecast_vs_actual",
                    Kind.LINE,
                    ("actual_value", "forecast_value"),
                    x="sales_date",
                    where=_BEST_TOTAL,
                ),
            ),
            (
                Chart(
                    "Error of each model (WAPE)",
                    "forecasting.fct_forecast_accuracy",
                    Kind.BARS,
                    ("wape",),
                    x="model_name",
                    where={"measure": "sales_amount", "series_level": "total"},
                    width=5,
                ),
                Chart(
                    "What to order",
                    "forecasting.rpt_replenishment",
                    Kind.TABLE,
                    columns=(
                        "product_name",
                        "abc_class",
                        "expected_quantity",
                        "safety_stock_quantity",
                        "reorder_point_quantity",
                        "stock_quantity",
                        "order_quantity",
                    ),
                    order=("abc_class", "-expected_quantity"),
                    width=7,
                ),
            ),
        ),
    ),
    Dashboard(
        "basket",
        "Baskets",
        "What sells together, and what to recommend.",
        "basket.fct_product_recommendations",
        (
            (
                Chart(
                    "Rules beyond chance",
                    "basket.fct_basket_rules",
                    Kind.TABLE,
                    columns=(
                        "basket_level",
                        "antecedents",
                        "consequents",
                        "support",
                        "confidence",
                        "lift",
                        "q_value",
                    ),
                    where={"is_significant": True},
                    order=("basket_level", "rule_rank"),
                    width=12,
                ),
            ),
            (
                Chart(
                    "What sells with this product",
                    "basket.fct_product_recommendations",
                    Kind.TABLE,
                    columns=(
                        "product_name",
                        "recommendation_rank",
                        "recommended_product_name",
                        "reason",
                        "confidence",
                        "lift",
                    ),
                    order=("product_name", "product_id", "recommendation_rank"),
                ),
                Chart(
                    "Hit rate of recommendations of new products",
                    "basket.rpt_recommendation_scores",
                    Kind.BARS,
                    ("hit_rate",),
                    x="model_name",
                    where={"evaluation": "new_products"},
                ),
            ),
            (
                Chart(
                    "Bundles of segments",
                    "basket.rpt_segment_bundles",
                    Kind.TABLE,
                    columns=(
                        "segment_kind",
                        "segment_name",
                        "item_name",
                        "other_item_name",
                        "support_ratio",
                        "extra_sales_amount",
                    ),
                    where={"is_significant": True},
                    order=("segment_kind", "segment_name", "bundle_rank"),
                    width=12,
                ),
            ),
        ),
    ),
    Dashboard(
        "prospecting",
        "Prospects",
        "What drives spend, and which families are like the customers.",
        "prospecting.fct_spend_model_scores",
        (
            (
                Chart(
                    "What drives spend",
                    "prospecting.fct_spend_drivers",
                    Kind.BARS,
                    ("importance",),
                    x="feature",
                ),
                Chart(
                    "Error of each spend model on test customers (RMSE)",
                    "prospecting.fct_spend_model_scores",
                    Kind.BARS,
                    ("rmse",),
                    x="model_name",
                    by=("is_tuned",),
                    where={"split": "test"},
                ),
            ),
            (
                Chart(
                    "Share of the customers and of the population, by cluster",
                    "prospecting.rpt_population_representation",
                    Kind.BARS,
                    ("customer_share", "population_share"),
                    x="cluster_name",
                    by=("population_id",),
                ),
                Chart(
                    "Lift by tenth of the population",
                    "prospecting.rpt_prospect_lift",
                    Kind.BARS,
                    ("lift",),
                    x="decile",
                    by=("population_id",),
                ),
            ),
            (
                Chart(
                    "Clusters and how to approach them",
                    "prospecting.rpt_population_representation",
                    Kind.TABLE,
                    columns=(
                        "cluster_name",
                        "representation",
                        "representation_ratio",
                        "median_age",
                        "median_income_amount",
                        "strategy",
                    ),
                    order=("-representation_ratio",),
                    width=12,
                ),
            ),
            (
                Chart(
                    "Families that are most like the customers",
                    "prospecting.fct_prospects",
                    Kind.TABLE,
                    columns=(
                        "family_id",
                        "cluster_name",
                        "band",
                        "prospect_score",
                        "expected_spend_amount",
                        "main_reasons",
                    ),
                    order=("-prospect_score",),
                    width=12,
                ),
            ),
        ),
    ),
    Dashboard(
        "core",
        "Data",
        "Which files were read, and which rows were rejected.",
        "core.dim_businesses",
        (
            (
                Chart(
                    "Businesses",
                    "core.dim_businesses",
                    Kind.TABLE,
                    columns=(
                        "business_name",
                        "currency",
                        "order_count",
                        "first_sale_date",
                        "last_sale_date",
                        "as_of_date",
                    ),
                    order=("business_id",),
                    width=12,
                ),
            ),
            (
                Chart(
                    "Files",
                    "core.fct_source_files",
                    Kind.TABLE,
                    columns=(
                        "source_table",
                        "source_file",
                        "accepted_row_count",
                        "rejected_row_count",
                        "filtered_row_count",
                    ),
                    order=("source_table", "source_file"),
                ),
                Chart(
                    "Rejected rows",
                    "core.fct_rejected_rows",
                    Kind.TABLE,
                    columns=("source_file", "source_row_number", "rejection_reason"),
                    order=("source_file", "source_row_number"),
                ),
            ),
        ),
    ),
)
