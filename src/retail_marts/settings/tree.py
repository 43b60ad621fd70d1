"""The tree of settings: every name under ``vars`` in ``dbt_project.yml``."""

from __future__ import annotations

from typing import Annotated

from retail_marts.settings.basket import BasketSettings, RecommendationSettings
from retail_marts.settings.basket import Levels as BasketLevels
from retail_marts.settings.customers import LifetimeValueSettings, SegmentPlan
from retail_marts.settings.forecasting import LEVELS as FORECAST_LEVELS
from retail_marts.settings.forecasting import (
    MEASURES,
    ArimaOrder,
    ForecastSettings,
)
from retail_marts.settings.forecasting import Levels as ForecastLevels
from retail_marts.settings.kinds import (
    ByName,
    Day,
    Flag,
    OneOf,
    Section,
    SomeOf,
    Text,
    Texts,
    Whole,
    setting,
)
from retail_marts.settings.mapped import (
    ByEntry,
    MappedPopulation,
    MappedSales,
    MappedSource,
)
from retail_marts.settings.prospecting import (
    Population,
    ProspectingSettings,
    SpendSettings,
)


class Business(Section):
    """What the files do not say about the business behind a shipped source."""

    business_name: Annotated[str, Text()] | None = setting(None, "name that is shown")
    currency: Annotated[str, Text()] | None = setting(
        None, "currency of its amounts, such as IDR"
    )
    country_code: Annotated[str, Text()] | None = setting(
        None, "its country, such as ID; forecasts use the country's holidays"
    )


def _shipped_businesses() -> dict[str, Business]:
    return {
        name: Business(business_name=shown, currency=currency, country_code=country)
        for name, shown, currency, country in (
            ("kalbe", "Kalbe Nutritionals", "IDR", "ID"),
            ("umkm", "Rice Bowl UMKM", "IDR", "ID"),
            ("superstore", "Global Superstore", "USD", "US"),
            ("car_dealer", "Car Dealer", "USD", "US"),
        )
    }


def _shipped_populations() -> dict[str, Population]:
    scf = Population(
        population_name="US families 2019", currency="USD", country_code="US"
    )
    return {"scf": scf}


class Settings(Section):
    """All settings, with their defaults."""

    raw_data_dir: Annotated[str, Text(may_be_empty=False)] = setting(
        "data/sample",
        "the folder that holds one folder for each source, relative to the project "
        "folder; the environment variable RETAIL_MARTS_RAW_DATA_DIR goes before it",
    )
    sources: Annotated[tuple[str, ...], Texts()] = setting(
        ("kalbe", "umkm", "superstore", "car_dealer", "scf"),
        "the shipped sources that are read; nothing of the others is built",
        shown_default="all",
    )
    businesses: ByName[Business] = setting(
        _shipped_businesses,
        "name, currency and country of the businesses behind the shipped sources",
        shown_default="those of the shipped sources",
    )
    mapped_sources: ByEntry[MappedSales] = setting(
        dict, "your own flat files: see bring-your-own-data.md", shown_default="none"
    )
    superstore_customer_key: Annotated[str, OneOf(("id", "name"))] = setting(
        "id", "a superstore customer is a customer `id` (one per country) or a `name`"
    )
    as_of_date: Annotated[str, Day()] = setting(
        "",
        "the as-of date of every business (YYYY-MM-DD)",
        shown_default="the last sale of each",
    )
    correlation_max_products: Annotated[int, Whole(2, 10_000)] = setting(
        50, "products, by quantity, that are compared in `rpt_product_correlations`"
    )
    publish_personal_columns: Annotated[bool, Flag()] = setting(
        False, "whether names, e-mail addresses and raw rows are published too"
    )
    published_models: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "models of your own project that are published too, by name",
        shown_default="none",
    )
    forecast_measures: Annotated[
        tuple[str, ...], SomeOf(MEASURES, may_be_empty=True)
    ] = setting(MEASURES, "`quantity`, `sales_amount` (net)", shown_default="both")
    forecast_levels: ForecastLevels = setting(
        FORECAST_LEVELS,
        "`total`, `category`, `sub_category`, `product`, `store`",
        shown_default="all",
    )
    forecast_business_levels: ByName[ForecastLevels] = setting(
        dict, "other levels for some businesses", shown_default="none"
    )
    forecast_settings: ForecastSettings = setting(
        ForecastSettings, "a mapping, below", shown_default="below"
    )
    forecast_arima_orders: ByName[Annotated[tuple[int, int, int], ArimaOrder()]] = (
        setting(dict, "(p, d, q) of `arima_fixed`, by business", shown_default="none")
    )
    basket_levels: BasketLevels = setting(
        ("product", "category", "sub_category"),
        "`product`, `category`, `sub_category`",
        shown_default="all",
    )
    basket_excluded_products: ByName[Annotated[tuple[str, ...], Texts()]] = setting(
        dict, "product ids that are in no basket, by business", shown_default="none"
    )
    basket_settings: BasketSettings = setting(
        BasketSettings, "a mapping, below", shown_default="below"
    )
    recommendation_settings: RecommendationSettings = setting(
        RecommendationSettings, "a mapping, below", shown_default="below"
    )
    spend_model_settings: SpendSettings = setting(
        SpendSettings, "a mapping, below", shown_default="below"
    )
    populations: ByName[Population] = setting(
        _shipped_populations,
        "name, currency and country of the shipped populations; a business is compared "
        "with those whose currency and country are its own",
        shown_default="that of `scf`",
    )
    mapped_populations: ByEntry[MappedPopulation] = setting(
        dict, "populations in files of your own, below", shown_default="none"
    )
    prospecting_settings: ProspectingSettings = setting(
        ProspectingSettings, "a mapping, below", shown_default="below"
    )
    lifetime_value_settings: LifetimeValueSettings = setting(
        LifetimeValueSettings, "a mapping, below", shown_default="below"
    )
    segment_settings: SegmentPlan = setting(
        SegmentPlan, "a mapping, below", shown_default="below"
    )

    def mapped(self) -> list[MappedSource]:
        """The entries of ``mapped_sources`` as the landing takes them."""
        return [entry.source(name) for name, entry in self.mapped_sources.items()]

    def mapped_population_sources(self) -> list[MappedSource]:
        """The entries of ``mapped_populations`` as the landing takes them."""
        return [entry.source(name) for name, entry in self.mapped_populations.items()]

    def population_facts(self) -> dict[str, dict[str, str | None]]:
        """Population, shipped or mapped, to its name, currency and country."""
        entries: list[tuple[str, Population | MappedPopulation]]
        entries = [*self.populations.items(), *self.mapped_populations.items()]
        return {
            name: {
                "population_name": entry.population_name,
                "currency": entry.currency,
                "country_code": entry.country_code,
            }
            for name, entry in entries
        }
