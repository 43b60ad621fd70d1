"""Clusters of a population, and how the customers are spread over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from retail_marts.customers.clustering import assign
from retail_marts.customers.selection import SCORES, choose_k
from retail_marts.errors import InputError
from retail_marts.frames import Schema, stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.prospecting.pairs import Pair, compared_pairs
from retail_marts.prospecting.population_scale import fit_population_scale
from retail_marts.prospecting.populations import Comparison, Population
from retail_marts.prospecting.prospect_schemas import (
    FAMILY_CLUSTERS,
    PAIR_KEYS,
    REPRESENTATION,
    RepresentationResult,
)
from retail_marts.prospecting.representation import (
    Share,
    customer_shares,
    population_shares,
    representation_ratios,
)
from retail_marts.prospecting.weighting import (
    FloatArray,
    group_sums,
    weighted_quantiles,
)
from retail_marts.settings.prospecting import ProspectingSettings

#: One row per business, population and number of clusters that was tried.
CLUSTER_SELECTION: Schema = {**PAIR_KEYS, "algorithm": "string", **SCORES}

#: The frames of :class:`RepresentationResult`.
REPRESENTATION_KINDS = {
    "representation": REPRESENTATION,
    "selection": CLUSTER_SELECTION,
    "families": FAMILY_CLUSTERS,
}

#: Columns by which the table of names describes a cluster.
_NAMED_BY = ("age", "income_amount", "credit_card_debt_amount", "net_worth_amount")
_STRATEGIES = ("strategy_over", "strategy_even", "strategy_under")
_PROFILED = (*_NAMED_BY, "debt_amount")
_TABLE = "seeds/population_cluster_names.csv"


def represent_population(
    population: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    businesses: pd.DataFrame,
    populations: Mapping[str, Mapping[str, Any]],
    columns: pd.DataFrame,
    names: pd.DataFrame,
    settings: ProspectingSettings | None = None,
    progress: Progress | None = None,
) -> RepresentationResult:
    """Cluster every population for every business that it compares with.

    Clusters are made of the numbers among the compared columns; categories are shown
    in the profiles only, because their few values would dominate every distance.

    Parameters
    ----------
    population, customers, businesses, populations, columns
        As for :func:`retail_marts.prospecting.pairs.compared_pairs`.
    names
        The table ``seeds/population_cluster_names.csv``: a name and strategies for
        people at given places (shares of the population below them) in age,
        income, credit card debt and net worth.
    progress
        Is told how far the work is.

    Returns
    -------
    RepresentationResult
        ``representation`` has one row per cluster, ``selection`` one per number of
        clusters that was tried, ``families`` the cluster of each family.
    """
    settings = settings or ProspectingSettings()
    _check_names(names)
    results = []
    progress = progress or Progress()
    progress.start("comparisons", len(businesses) * max(len(populations), 1))
    with threadpool_limits(limits=1):
        for pair in compared_pairs(
            population,
            customers,
            businesses=businesses,
            populations=populations,
            columns=columns,
            settings=settings,
        ):
            with progress.thing(pair.business_id) as on_share:
                # Those that are not compared are named by the prospects.
                if pair.population is not None and pair.comparison is not None:
                    found = _cluster(
                        pair,
                        pair.population,
                        pair.comparison,
                        names=names,
                        settings=settings,
                        on_share=on_share,
                    )
                    results.append(found)
    return RepresentationResult(
        representation=stacked((one.representation for one in results), REPRESENTATION),
        selection=stacked((one.selection for one in results), CLUSTER_SELECTION),
        families=stacked((one.families for one in results), FAMILY_CLUSTERS),
    )


def _check_names(names: pd.DataFrame) -> None:
    missing = [
        column
        for column in ("cluster_name", *_NAMED_BY, *_STRATEGIES)
        if column not in names.columns
    ]
    if missing:
        raise InputError(
            f"{_TABLE} has no column {', '.join(missing)}.",
            remedy="Keep the header as it is shipped; only rows are edited.",
        )
    places = names[list(_NAMED_BY)].to_numpy(float)
    if ((places < 0) | (places > 1)).any():
        raise InputError(
            f"{_TABLE} has a place outside of 0 to 1.",
            remedy="Write the share of the population below them, from 0 to 1.",
        )


def _cluster(
    pair: Pair,
    known: Population,
    comparison: Comparison,
    *,
    names: pd.DataFrame,
    settings: ProspectingSettings,
    on_share: OnShare,
) -> RepresentationResult:
    rows = np.flatnonzero(comparison.is_known)
    weights = known.weights[rows]
    stated = comparison.population.iloc[rows]
    scale = fit_population_scale(stated, weights, features=comparison.features)
    points = scale.transform(stated)[:, scale.numbers]
    selection = choose_k(
        points,
        k=settings.cluster_count,
        k_max=settings.largest_cluster_count,
        weights=weights,
        random_state=settings.random_state,
        on_share=on_share,
    )
    # By the last number, usually net worth: cluster 1 has the least.
    centres = selection.fit.centres[np.lexsort(selection.fit.centres.T)]
    labels = assign(points, centres)[0].astype(np.int64)
    ours = scale.transform(comparison.customers)[:, scale.numbers]
    our_labels = assign(ours, centres)[0].astype(np.int64)
    count = len(centres)
    theirs = population_shares(
        labels,
        weights=weights,
        family_of=known.family_of[rows],
        implicate_of=known.implicate_of[rows],
        cluster_count=count,
        replicates=settings.bootstrap_replicates,
        random_state=settings.random_state,
    )
    shares = customer_shares(our_labels, cluster_count=count)
    profile = _profile(known, rows, labels, count, pair)
    representation = profile.assign(
        cluster_id=np.arange(1, count + 1),
        population_weight=group_sums(weights, labels, count),
        customer_count=np.bincount(our_labels, minlength=count),
        **_share_columns("population_share", theirs),
        **_share_columns("customer_share", shares),
        **_share_columns("representation_ratio", representation_ratios(shares, theirs)),
    )
    for name in _NAMED_BY:
        if name in comparison.customers.columns:
            middle = comparison.customers.groupby(our_labels)[name].median()
            representation[f"customer_median_{name}"] = middle.reindex(range(count))
    representation = _named(representation, stated, weights, names)
    missing = [name for name in REPRESENTATION if name not in representation]
    representation[missing] = None
    families = np.unique(known.family_of[rows])
    return RepresentationResult(
        representation=representation.assign(**pair.keys),
        selection=selection.scores.assign(algorithm="k_means", **pair.keys),
        families=pd.DataFrame(
            {
                "family_id": known.family_ids[families],
                "cluster_id": 1
                + _heaviest(labels, weights, known.family_of[rows], count)[families],
            }
        ).assign(**pair.keys),
    )


def _share_columns(name: str, share: Share) -> dict[str, FloatArray]:
    return {
        name: share.share,
        f"{name}_lower": share.lower,
        f"{name}_upper": share.upper,
    }


def _heaviest(
    labels: NDArray[np.int64],
    weights: FloatArray,
    families: NDArray[np.int64],
    count: int,
) -> NDArray[np.int64]:
    """The cluster that holds most of a family's weight, by family number."""
    size = int(families.max()) + 1
    table = group_sums(weights, families * count + labels, size * count)
    return np.asarray(table.reshape(size, count).argmax(axis=1), dtype=np.int64)


def _profile(
    known: Population,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    count: int,
    pair: Pair,
) -> pd.DataFrame:
    """Weighted medians, means and shares of each cluster."""
    assert pair.columns is not None
    sources = {f.customer_column: f.population_column for f in pair.columns.features}
    sources.setdefault("debt_amount", "debt_amount")
    frame = known.frame.iloc[rows]
    weights = known.weights[rows]
    profile = pd.DataFrame(index=range(count))

    def fill(name: str, values: FloatArray) -> None:
        """The weighted mean of what is stated, by cluster."""
        is_stated = np.isfinite(values)
        mass = group_sums(weights[is_stated], labels[is_stated], count)
        sums = group_sums(
            weights[is_stated] * values[is_stated], labels[is_stated], count
        )
        profile[name] = np.divide(
            sums, mass, where=mass > 0, out=np.full(count, np.nan)
        )

    for name in _PROFILED:
        if sources.get(name) not in frame.columns:
            continue
        values = frame[sources[name]].to_numpy(float)
        fill(f"mean_{name}", values)
        profile[f"median_{name}"] = [
            weighted_quantiles(values[here], weights[here], [0.5])[0]
            for here in ((labels == c) & np.isfinite(values) for c in range(count))
        ]
    if "gender" in sources:
        gender = frame[sources["gender"]]
        is_female = (gender == "female").astype(float).where(gender.notna())
        fill("female_share", np.asarray(is_female, dtype=float))
    if pair.columns.filter is not None:
        vehicles = frame[pair.columns.filter].to_numpy(float)
        few = np.where(np.isfinite(vehicles), vehicles <= 1, np.nan)
        fill("mean_vehicle_count", vehicles)
        fill("at_most_one_vehicle_share", np.asarray(few, dtype=float))
    return profile


def _named(
    clusters: pd.DataFrame,
    population: pd.DataFrame,
    weights: FloatArray,
    names: pd.DataFrame,
) -> pd.DataFrame:
    """Give each cluster the name whose description is nearest, no name twice."""
    known = [name for name in _NAMED_BY if name in population.columns]
    places = np.column_stack(
        [
            _places(
                clusters[f"median_{name}"].to_numpy(float),
                population[name].to_numpy(float),
                weights,
            )
            for name in known
        ]
    )
    described = names[known].to_numpy(float)
    gaps = (places[:, None, :] - described[None, :, :]) ** 2
    # A blank in the table leaves the column out; a row of blanks has the largest
    # distance.
    is_said = np.isfinite(gaps)
    distance = np.where(is_said, gaps, 0.0).sum(axis=2) / np.maximum(
        is_said.sum(axis=2), 1
    )
    distance = np.where(is_said.any(axis=2), distance, 1.0)
    places_of, rows_of = linear_sum_assignment(distance)
    taken = dict(zip(places_of.tolist(), rows_of.tolist(), strict=True))
    lower, upper = (
        clusters["representation_ratio_lower"],
        clusters["representation_ratio_upper"],
    )
    kind = np.where(lower > 1, "over", np.where(upper < 1, "under", "even"))
    records: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()}
        for row in names.to_dict("records")
    ]
    rows = [records[taken[p]] if p in taken else None for p in range(len(clusters))]
    return clusters.assign(
        representation=kind,
        cluster_name=[
            f"cluster {place + 1}" if row is None else str(row["cluster_name"])
            for place, row in enumerate(rows)
        ],
        strategy=pd.array(
            [
                None if row is None else row[f"strategy_{one}"]
                for row, one in zip(rows, kind, strict=True)
            ],
            dtype="string",
        ),
    )


def _places(
    values: FloatArray, population: FloatArray, weights: FloatArray
) -> FloatArray:
    """Share of the population below each value, equal ones counted half."""
    order = np.argsort(population, kind="stable")
    ordered, mass = population[order], np.r_[0.0, np.cumsum(weights[order])]
    below = mass[np.searchsorted(ordered, values, side="left")]
    up_to = mass[np.searchsorted(ordered, values, side="right")]
    return np.asarray((below + up_to) / 2 / mass[-1], dtype=float)
