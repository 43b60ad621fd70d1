"""Every business beside every population: what can be compared, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retail_marts.errors import InputError
from retail_marts.prospecting.populations import (
    CUSTOMER_COLUMNS,
    ColumnMap,
    Comparison,
    Population,
    column_map,
    compare,
    read_population,
    why_not_comparable,
)
from retail_marts.settings.prospecting import ProspectingSettings

#: What the population of a business is called when no population is set up.
NO_POPULATION = "none"


@dataclass(frozen=True)
class Pair:
    """A business and a population, compared or with the reason why not."""

    business_id: str
    population_id: str
    customers: pd.DataFrame
    row_count: int
    population: Population | None
    columns: ColumnMap | None
    comparison: Comparison | None
    reason: str | None

    @property
    def keys(self) -> dict[str, str]:
        """The columns that name the pair."""
        return {"business_id": self.business_id, "population_id": self.population_id}


def compared_pairs(
    population: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    businesses: pd.DataFrame,
    populations: Mapping[str, Mapping[str, Any]],
    columns: pd.DataFrame,
    settings: ProspectingSettings,
) -> Iterator[Pair]:
    """Go through businesses and populations, by their ids.

    Parameters
    ----------
    population
        One row an implicate: ``population_id``, ``family_id``, ``implicate_id``,
        ``weight`` and the columns that the population states.
    customers
        One row a customer: ``business_id``, ``customer_id`` and
        :data:`CUSTOMER_COLUMNS`.
    businesses
        One row a business: ``business_id``, ``currency``, ``country_code``.
    populations
        Population to its ``currency`` and ``country_code``.
    columns
        The table ``seeds/population_columns.csv``.

    Raises
    ------
    InputError
        When a frame lacks a column, the table of columns is wrong, or a weight is not
        above zero.
    """
    _require(population, ("population_id",), "population")
    _require(customers, ("business_id", "customer_id", *CUSTOMER_COLUMNS), "customers")
    _require(businesses, ("business_id", "currency", "country_code"), "businesses")
    unknown = sorted(set(population["population_id"]) - set(populations))
    if unknown:
        raise InputError(
            f"the population {unknown[0]} has rows, but no settings.",
            remedy="Name it under `populations` (currency and country) in "
            "dbt_project.yml.",
        )
    read: dict[str, tuple[ColumnMap, Population] | None] = {}
    for population_id in sorted(populations):
        rows = population.loc[population["population_id"] == population_id]
        if rows.empty:
            read[population_id] = None
            continue
        mapped = column_map(columns, population_id=population_id)
        known = read_population(rows, columns=mapped, population_id=population_id)
        read[population_id] = (mapped, known)
    by_business = dict(list(customers.groupby("business_id", sort=False)))
    ordered = businesses.sort_values("business_id").to_dict("records")
    for business in ordered:
        business_id = str(business["business_id"])
        mine = by_business.get(business["business_id"], customers.iloc[:0])
        for population_id in sorted(populations) or [NO_POPULATION]:
            found = read.get(population_id)
            reason: str | None
            comparison = None
            if population_id == NO_POPULATION and not populations:
                reason = "no population is set up: see `populations` in dbt_project.yml"
            elif found is None:
                reason = (
                    f"the population {population_id} has no rows: its source is "
                    "switched off, or all of its rows were rejected"
                )
            else:
                reason = why_not_comparable(
                    business={str(k): v for k, v in business.items()},
                    population=populations[population_id],
                    population_id=population_id,
                )
            if reason is None and found is not None:
                compared = compare(
                    found[1],
                    mine,
                    columns=found[0],
                    min_customers=settings.min_customers,
                )
                if isinstance(compared, str):
                    reason = compared
                else:
                    comparison = compared
            yield Pair(
                business_id=business_id,
                population_id=population_id,
                customers=mine,
                row_count=0 if found is None else len(found[1].frame),
                population=None if found is None else found[1],
                columns=None if found is None else found[0],
                comparison=comparison,
                reason=reason,
            )


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"prospecting: {name} has no column {', '.join(missing)}.",
            remedy="Give the frame that the docstring describes.",
        )
