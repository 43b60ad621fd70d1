"""The tree of settings: every name under ``vars`` in ``dbt_project.yml``."""

from __future__ import annotations

from typing import Annotated, Any

from retail_marts.settings.basket import BasketSettings, RecommendationSettings
from retail_marts.settings.basket import Levels as BasketLevels
from retail_marts.settings.customers import (
    ContactSettings,
    LifetimeValueSettings,
    SegmentPlan,
)
from retail_marts.settings.forecasting import (
    COSTLY_MODELS,
    GRAIN_NAMES,
    MEASURES,
    ArimaOrder,
    ForecastSettings,
)
from retail_marts.settings.forecasting import DEFAULT_LEVELS as FORECAST_LEVELS
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
    TimeZone,
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
from retail_marts.settings.replenishment import ReplenishmentSettings


class Business(Section):
    """Facts about the business of a shipped source that its files do not state."""

    business_name: Annotated[str, Text()] | None = setting(
        None, "name to show in marts and reports"
    )
    currency: Annotated[str, Text()] | None = setting(
        None, "currency of the amounts, such as IDR"
    )
    country_code: Annotated[str, Text()] | None = setting(
        None, "country code, such as ID; forecasts use the holidays of this country"
    )
    time_zone: Annotated[str, TimeZone()] = setting(
        "UTC", "its IANA time zone, such as Asia/Jakarta"
    )
    orders_ahead: Annotated[bool, Flag()] = setting(
        False, "whether orders may be dated after the day of the build"
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


def _area(name: str) -> Any:
    return setting(
        True,
        f"whether to build the area `{name}`, and marts of other areas that need it, "
        "see docs/your-own-project.md",
    )


class Settings(Section):
    """All settings, with their defaults."""

    raw_data_dir: Annotated[str, Text(may_be_empty=False)] = setting(
        "data/sample",
        "folder with one subfolder per source, relative to the project folder; the "
        "environment variable `RETAIL_MARTS_RAW_DATA_DIR` overrides it",
    )
    sources: Annotated[tuple[str, ...], Texts()] = setting(
        ("kalbe", "umkm", "superstore", "car_dealer", "scf"),
        "the shipped sources to read; the others stay empty",
        shown_default="all",
    )
    businesses: ByName[Business] = setting(
        _shipped_businesses,
        "name, currency, country and time zone of the businesses behind the shipped "
        "sources; `orders_ahead: true` accepts dates after the day of the build",
        shown_default="those of the shipped sources",
    )
    mapped_sources: ByEntry[MappedSales] = setting(
        dict,
        "your own flat files, see docs/bring-your-own-data.md",
        shown_default="none",
    )
    sales_enabled: Annotated[bool, Flag()] = _area("sales")
    customers_enabled: Annotated[bool, Flag()] = _area("customers")
    forecasting_enabled: Annotated[bool, Flag()] = _area("forecasting")
    basket_enabled: Annotated[bool, Flag()] = _area("basket")
    prospecting_enabled: Annotated[bool, Flag()] = _area("prospecting")
    superstore_customer_key: Annotated[str, OneOf(("id", "name"))] = setting(
        "id",
        "what identifies a superstore customer: the customer `id` (one per country) "
        "or the `name`",
    )
    as_of_date: Annotated[str, Day()] = setting(
        "",
        "the as-of date of every business (YYYY-MM-DD)",
        shown_default="the last sale of each business",
    )
    as_of_dates: ByName[Annotated[str, Day()]] = setting(
        dict,
        "the as-of date of one business (YYYY-MM-DD), which overrides `as_of_date`",
        shown_default="none",
    )
    build_day: Annotated[str, Day()] = setting(
        "",
        "the day of the build (YYYY-MM-DD): rows with a later order date are rejected",
        shown_default="today, in the time zone of each source",
    )
    keep_fits: Annotated[bool, Flag()] = setting(
        True,
        "whether Python models keep the results of businesses whose data and settings "
        "did not change; `dbt build --full-refresh` computes all of them again",
    )
    correlation_max_products: Annotated[int, Whole(2, 10_000)] = setting(
        50,
        "number of products with the highest quantity that "
        "`rpt_product_correlations` compares",
    )
    publish_personal_columns: Annotated[bool, Flag()] = setting(
        False, "whether to publish names, e-mail addresses and raw rows too"
    )
    published_models: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "models of your own project that are published too, by name",
        shown_default="none",
    )
    forecast_measures: Annotated[
        tuple[str, ...], SomeOf(MEASURES, may_be_empty=True)
    ] = setting(
        MEASURES,
        "what to forecast: `quantity`, `sales_amount` (net)",
        shown_default="both",
    )
    forecast_levels: ForecastLevels = setting(
        FORECAST_LEVELS,
        "levels to forecast: `total`, `category`, `sub_category`, `product`, `store`, "
        "`store_product` (each product of each store)",
        shown_default="all but `store_product`",
    )
    forecast_business_levels: ByName[ForecastLevels] = setting(
        dict, "different levels for some businesses", shown_default="none"
    )
    forecast_grains: ByName[Annotated[str, OneOf(GRAIN_NAMES)]] = setting(
        dict,
        "`day`, `week` or `month`, per business: the periods to forecast",
        shown_default="noticed: one row per week or month, else `day`",
    )
    forecast_settings: ForecastSettings = setting(
        ForecastSettings, "settings of the forecasts, see docs/forecasting.md"
    )
    forecast_arima_orders: ByName[Annotated[tuple[int, int, int], ArimaOrder()]] = (
        setting(dict, "(p, d, q) of `arima_fixed`, per business", shown_default="none")
    )
    forecast_models_in_full: ByName[
        Annotated[tuple[str, ...], SomeOf(COSTLY_MODELS)]
    ] = setting(
        dict,
        "which of `arima_fixed` and `lstm` are measured in all windows even if another "
        "model has a lower error in the first, per business",
        shown_default="none",
    )
    replenishment_settings: ReplenishmentSettings = setting(
        ReplenishmentSettings,
        "settings of the replenishment, see docs/forecasting.md",
    )
    basket_levels: BasketLevels = setting(
        ("product", "category", "sub_category"),
        "levels of the rules: `product`, `category`, `sub_category`",
        shown_default="all",
    )
    basket_excluded_products: ByName[Annotated[tuple[str, ...], Texts()]] = setting(
        dict,
        "product ids that are left out of baskets, per business",
        shown_default="none",
    )
    basket_settings: BasketSettings = setting(
        BasketSettings, "settings of the basket rules, see docs/baskets.md"
    )
    recommendation_settings: RecommendationSettings = setting(
        RecommendationSettings, "settings of the recommendations, see docs/baskets.md"
    )
    spend_model_settings: SpendSettings = setting(
        SpendSettings, "settings of the spend models, see docs/prospecting.md"
    )
    spend_models_tuned_in_full: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "businesses whose spend models are tuned in all folds even if another model "
        "has a lower error in the first",
        shown_default="none",
    )
    populations: ByName[Population] = setting(
        _shipped_populations,
        "name, currency and country of the shipped populations; a business is "
        "compared with the populations of the same currency and country",
        shown_default="that of `scf`",
    )
    mapped_populations: ByEntry[MappedPopulation] = setting(
        dict,
        "populations in your own files, see docs/prospecting.md",
        shown_default="none",
    )
    prospecting_settings: ProspectingSettings = setting(
        ProspectingSettings,
        "settings of clusters and prospects, see docs/prospecting.md",
    )
    lifetime_value_settings: LifetimeValueSettings = setting(
        LifetimeValueSettings, "settings of the lifetime values, see docs/customers.md"
    )
    contact_settings: ContactSettings = setting(
        ContactSettings, "settings of the contact list, see docs/customers.md"
    )
    segment_settings: SegmentPlan = setting(
        SegmentPlan, "settings of the segments, see docs/customers.md"
    )

    def mapped(self) -> list[MappedSource]:
        """The entries of ``mapped_sources`` as the landing reads them."""
        return [entry.source(name) for name, entry in self.mapped_sources.items()]

    def mapped_population_sources(self) -> list[MappedSource]:
        """The entries of ``mapped_populations`` as the landing reads them."""
        return [entry.source(name) for name, entry in self.mapped_populations.items()]

    def population_facts(self) -> dict[str, dict[str, str | None]]:
        """Name, currency and country of each population, shipped or mapped."""
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
