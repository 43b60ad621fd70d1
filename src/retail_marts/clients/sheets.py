"""The sheets and dashboards of the Tableau workbook, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The values of several measures in one axis or cell, and their names.
VALUES, NAMES = "Measure Values", "Measure Names"


@dataclass(frozen=True)
class Sheet:
    """A sheet: which columns of which data source stand where.

    A column is a name of the star (`clients.stars.Star.find`). A measure is aggregated
    as its yml says. `count:`, `year:`, `month:` and `day:` before a name count its
    values or take a part of its date.

    Attributes
    ----------
    name
        Its tab and its title.
    source
        The data source.
    rows, columns
        The shelves.
    mark
        Tableau's class of mark.
    values
        The measures of `VALUES`.
    color, size, text, detail
        What the marks show.
    filters
        Column to the one value that is kept. Each sheet also keeps one business, the
        one that the parameter names.
    sort
        A column of a shelf, and the measure that it is sorted by, highest first.
    """

    name: str
    source: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    mark: str
    values: tuple[str, ...] = ()
    color: str | None = None
    size: str | None = None
    text: str | None = None
    detail: tuple[str, ...] = ()
    filters: Mapping[str, str | bool | int] = field(default_factory=dict)
    sort: tuple[str, str] | None = None

    @property
    def fields(self) -> set[str]:
        """The columns of the star that it needs."""
        marks = (self.color, self.size, self.text)
        named = {
            *(*self.rows, *self.columns, *self.values, *self.detail, *self.filters),
            *(self.sort or ()),
            *(one for one in marks if one is not None),
        }
        return {name.rpartition(":")[2] for name in named - {VALUES, NAMES}}


_TOTAL = {"measure": "sales_amount", "series_level": "total"}
_K_MEANS = {"subject": "customer", "algorithm": "k_means"}

SHEETS = (
    # --- sales ---
    Sheet(
        "Sales in figures",
        "sales",
        rows=(NAMES,),
        columns=(),
        mark="Text",
        values=("sales_amount", "profit_amount", "quantity"),
        text=VALUES,
    ),
    Sheet(
        "Sales by category",
        "sales",
        rows=("category",),
        columns=("sales_amount",),
        mark="Bar",
        sort=("category", "sales_amount"),
    ),
    Sheet(
        "Sales by year",
        "sales",
        rows=("sales_amount",),
        columns=("year:order_date",),
        mark="Bar",
    ),
    Sheet(
        "Sales by month, with forecast and 80 % interval",
        "sales_outlook",
        rows=(VALUES,),
        columns=("month:month_start_date",),
        mark="Line",
        values=("actual_amount", "forecast_amount", "lower_80", "upper_80"),
        color=NAMES,
    ),
    Sheet(
        "Map of stores",
        "sales",
        rows=("latitude",),
        columns=("longitude",),
        mark="Circle",
        size="sales_amount",
        # Several stores may have one name.
        detail=("store_id", "store_name"),
    ),
    # --- forecast ---
    Sheet(
        "Actual and forecast sales of the backtest",
        "forecast_vs_actual",
        rows=(VALUES,),
        columns=("day:sales_date",),
        mark="Line",
        values=("actual_value", "forecast_value"),
        color=NAMES,
        filters={**_TOTAL, "is_best_model": True},
    ),
    Sheet(
        "Forecast error (WAPE) by model",
        "forecast_accuracy",
        rows=("model_name",),
        columns=("wape",),
        mark="Bar",
        color="beats_baseline",
        filters=_TOTAL,
    ),
    # --- customers ---
    Sheet(
        "Sales and number of customers by RFM segment",
        "customers",
        rows=("rfm_segment",),
        columns=("monetary_amount",),
        mark="Bar",
        text="count:customer_id",
        sort=("rfm_segment", "monetary_amount"),
    ),
    Sheet(
        "Profiles of the clusters",
        "segment_profiles",
        rows=("segment_name",),
        columns=(NAMES,),
        mark="Text",
        values=(
            "customer_count",
            "mean_recency_days",
            "mean_order_count",
            "mean_monetary_amount",
            "mean_quantity",
            "sales_share",
        ),
        text=VALUES,
    ),
    Sheet(
        "Elbow",
        "segment_selection",
        rows=("inertia",),
        columns=("k",),
        mark="Line",
        filters=_K_MEANS,
    ),
    Sheet(
        "Silhouette",
        "segment_selection",
        rows=("silhouette",),
        columns=("k",),
        mark="Line",
        filters=_K_MEANS,
    ),
    # --- basket ---
    Sheet(
        "Basket rules",
        "basket_rules",
        rows=("basket_level", "antecedents", "consequents"),
        columns=(NAMES,),
        mark="Text",
        values=("support", "confidence", "lift"),
        text=VALUES,
        filters={"is_significant": True, "is_redundant": False},
    ),
    Sheet(
        "Support and confidence of the rules",
        "basket_rules",
        rows=("confidence",),
        columns=("support",),
        mark="Circle",
        color="basket_level",
        size="lift",
        detail=("antecedents", "consequents"),
        filters={"is_significant": True, "is_redundant": False},
    ),
    Sheet(
        "Best recommendation for each product",
        "product_recommendations",
        rows=("product_name", "recommended_product_name"),
        columns=("score",),
        mark="Bar",
        color="reason",
        detail=("product_id", "recommended_product_id"),
        filters={"recommendation_rank": 1},
    ),
    # --- prospects ---
    Sheet(
        "Share of customers and of the population",
        "population_representation",
        rows=("population_id", "cluster_name", NAMES),
        columns=(VALUES,),
        mark="Bar",
        values=("customer_share", "population_share"),
        color=NAMES,
    ),
    Sheet(
        "Lift of the best prospects",
        "prospect_lift",
        rows=("cumulative_lift",),
        columns=("decile",),
        mark="Line",
        color="population_id",
    ),
    Sheet(
        "Error of the spend models",
        "spend_model_scores",
        rows=("model_name", "is_tuned"),
        columns=("mae",),
        mark="Bar",
        color="beats_baseline",
        filters={"split": "test"},
    ),
)

#: Dashboards, each with its rows of sheets.
DASHBOARDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Sales": (
        ("Sales in figures", "Sales by category"),
        ("Sales by month, with forecast and 80 % interval",),
        ("Sales by year", "Map of stores"),
    ),
    "Forecast": (
        ("Actual and forecast sales of the backtest",),
        ("Forecast error (WAPE) by model",),
    ),
    "Customers": (
        ("Sales and number of customers by RFM segment", "Profiles of the clusters"),
        ("Elbow", "Silhouette"),
    ),
    "Baskets": (
        ("Basket rules", "Support and confidence of the rules"),
        ("Best recommendation for each product",),
    ),
    "Prospects": (
        ("Share of customers and of the population", "Lift of the best prospects"),
        ("Error of the spend models",),
    ),
}
