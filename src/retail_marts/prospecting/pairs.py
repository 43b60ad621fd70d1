"""Every business with every population: what can be compared, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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
    comparison: Comparison | None = None
    reason: str | None = None

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
    """Compare every business with every population, sorted by their ids.

    Parameters
    ----------
    population
        One row per implicate: ``population_id``, ``family_id``, ``implicate_id``,
        ``weight`` and the columns that the population states.
    customers
        One row per customer: ``business_id``, ``customer_id`` and
        :data:`CUSTOMER_COLUMNS`.
    businesses
        One row per business: ``business_id``, ``currency``, ``country_code``.
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
            f"the population {unknown[0]} has rows but no settings.",
            remedy="Name it under `populations` (currency and country) in "
            "dbt_project.yml.",
        )
    read = {
        population_id: _read(population, population_id, columns)
        for population_id in sorted(populations)
    }
    by_business = dict(list(customers.groupby("business_id", sort=False)))
    for business in businesses.sort_values("business_id").to_dict("records"):
        mine = by_business.get(business["business_id"], customers.iloc[:0])
        for population_id in sorted(populations) or [NO_POPULATION]:
            found = read.get(population_id)
            pair = Pair(
                business_id=str(business["business_id"]),
                population_id=population_id,
                customers=mine,
                row_count=0 if found is None else len(found[1].frame),
                population=None if found is None else found[1],
                columns=None if found is None else found[0],
            )
            reason: str | None
            if not populations:
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
            if reason is not None or found is None:
                yield replace(pair, reason=reason)
                continue
            mapped, known = found
            compared = compare(
                known, mine, columns=mapped, min_customers=settings.min_customers
            )
            if isinstance(compared, str):
                yield replace(pair, reason=compared)
            else:
                yield replace(pair, comparison=compared)


def _read(
    population: pd.DataFrame, population_id: str, columns: pd.DataFrame
) -> tuple[ColumnMap, Population] | None:
    """What the columns of a population are used for, and its rows; None without."""
    rows = population.loc[population["population_id"] == population_id]
    if rows.empty:
        return None
    mapped = column_map(columns, population_id=population_id)
    return mapped, read_population(rows, columns=mapped, population_id=population_id)


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"prospecting: {name} has no column {', '.join(missing)}.",
            remedy="Give the frame that the docstring describes.",
        )
