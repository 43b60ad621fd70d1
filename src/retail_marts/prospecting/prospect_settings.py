"""Settings of populations and prospects, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from retail_marts import setting_checks as checks
from retail_marts.errors import InputError

_SETTING = "prospecting_settings"

#: Bands from the smallest share of the population to the largest.
BANDS = ("narrow", "balanced", "broad")

#: What every look-alike model is measured beside.
BASELINES = ("constant", "customer_range")

#: Models whose score is a sum over columns, so that each column's part can be shown.
EXPLAINABLE_MODELS = ("logistic", "logistic_splines")

#: Every look-alike model, simplest first.
LOOK_ALIKE_MODELS = (*BASELINES, *EXPLAINABLE_MODELS, "gradient_boosting")


def _default_bands() -> Mapping[str, float]:
    return MappingProxyType({"narrow": 0.01, "balanced": 0.05, "broad": 0.20})


@dataclass(frozen=True)
class ProspectingSettings:
    """How a population is clustered and searched for prospects.

    Attributes
    ----------
    cluster_count
        Clusters of the population; chosen by the criteria when none.
    largest_cluster_count
        Clusters are tried from 1 to this many.
    min_customers
        A business with fewer customers who state the compared columns is not compared.
    bands
        Band to the share of the population, by weight, that scores at least as high.
    folds
        Folds of the out-of-fold evaluation; a family's implicates share one.
    models
        Look-alike models that compete.
    training_families_limit
        A larger population is searched whole, but learnt from so many families drawn
        at random.
    bootstrap_replicates
        Replicates of the population's families for the intervals of shares.
    overlap_auc_limit
        From this area under the curve on, customers are called unlike nearly everyone.
    overlap_share_limit
        Below this share of the population within the customers' ranges, too.
    random_state
        Seed of all that draws random numbers.
    """

    cluster_count: int | None = None
    largest_cluster_count: int = 12
    min_customers: int = 30
    bands: Mapping[str, float] = field(default_factory=_default_bands)
    folds: int = 5
    models: tuple[str, ...] = LOOK_ALIKE_MODELS
    training_families_limit: int = 20_000
    bootstrap_replicates: int = 200
    overlap_auc_limit: float = 0.98
    overlap_share_limit: float = 0.05
    random_state: int = 0


_WHOLE_NUMBERS = {
    "cluster_count": (2, 50),
    "largest_cluster_count": (3, 50),
    "min_customers": (20, 1_000_000),
    "folds": (2, 20),
    "training_families_limit": (100, 10_000_000),
    "bootstrap_replicates": (20, 10_000),
    "random_state": (0, 2**31 - 1),
}
_SHARES = ("overlap_auc_limit", "overlap_share_limit")


def prospecting_settings(
    values: Mapping[str, Any] | None = None,
) -> ProspectingSettings:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Setting names and values as they stand under ``prospecting_settings``.

    Raises
    ------
    InputError
        When a setting is unknown or its value out of range; the error names it.
    """
    known = [one.name for one in fields(ProspectingSettings)]
    given = checks.known_settings(_SETTING, values, known)
    for name, value in given.items():
        setting = f"{_SETTING}.{name}"
        if name in _SHARES:
            checks.number(setting, value, 0, 1)
        elif name in _WHOLE_NUMBERS and not (name == "cluster_count" and value is None):
            checks.whole_number(setting, value, *_WHOLE_NUMBERS[name])
    if "bands" in given:
        given["bands"] = _bands(given["bands"])
    if "models" in given:
        given["models"] = _models(given["models"])
    return ProspectingSettings(**given)


def population_facts(
    populations: Mapping[str, Any], mapped_populations: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """What the settings say of every population, shipped and mapped.

    Returns
    -------
    dict
        Population to ``population_name``, ``currency`` and ``country_code``; none for
        what is not stated.

    Raises
    ------
    InputError
        When a setting is no mapping, or a population stands in both.
    """
    facts: dict[str, dict[str, Any]] = {}
    given = {"populations": populations, "mapped_populations": mapped_populations or {}}
    for setting, entries in given.items():
        if not isinstance(entries or {}, Mapping):
            raise InputError(
                f"{setting} is {entries!r}.",
                remedy="Write a mapping from a population to its settings, or {}.",
            )
        for name, entry in (entries or {}).items():
            if name in facts or not isinstance(entry, Mapping):
                raise InputError(
                    f"{setting}.{name} stands twice, or holds no settings.",
                    remedy="Name it once, with its currency and country_code.",
                )
            facts[str(name)] = {
                key: entry.get(key)
                for key in ("population_name", "currency", "country_code")
            }
    return facts


def _bands(value: object) -> Mapping[str, float]:
    if not isinstance(value, Mapping) or set(value) != set(BANDS):
        raise InputError(
            f"prospecting_settings.bands is {value!r}.",
            remedy="Give narrow, balanced and broad a share of the population each.",
        )
    bands = {
        name: checks.number(f"{_SETTING}.bands.{name}", value[name], 0, 1)
        for name in BANDS
    }
    if not 0 < bands["narrow"] < bands["balanced"] < bands["broad"] <= 1:
        raise InputError(
            f"prospecting_settings.bands is {value!r}, which does not rise.",
            remedy="Let the shares rise from narrow to broad.",
        )
    return MappingProxyType(bands)


def _models(value: object) -> tuple[str, ...]:
    # The baselines are what every other model is measured beside.
    chosen = checks.choices(
        f"{_SETTING}.models", value, LOOK_ALIKE_MODELS, always=BASELINES
    )
    if not set(chosen) & set(EXPLAINABLE_MODELS):
        raise checks.wrong(
            f"{_SETTING}.models",
            value,
            f"a list with at least one of {', '.join(EXPLAINABLE_MODELS)}: a score "
            "must be explained",
        )
    return chosen
