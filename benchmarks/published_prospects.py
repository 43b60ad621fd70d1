"""The clusters of customers and population: the original's procedure, and the marts'.

The original's procedure is repeated from the files: owners by a flag, all debt instead
of card debt, no weights, cuts at quantiles, and separate scales for customers and
population.
"right" is typed from the page about the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from benchmarks.published import Row, Seed
from retail_marts.errors import InputError

SURVEY = ["YY1", "Y1", "WGT", "HHSEX", "AGE", "INCOME", "CCBAL", "DEBT", "NETWORTH"]
SURVEY += ["NVEHIC", "OWN"]
#: The columns that the original clustered by, and the customers' columns that it took
#: for the same: it compared card debt with all debt.
CLUSTERED = ["AGE", "INCOME", "DEBT", "NETWORTH"]
TAKEN_FOR = ["Age", "Annual Salary", "Credit Card Debt", "Net Worth"]
RANDOM_STATE = 42
#: Rows kept by the original's steps, in order.
ROWS_KEPT = (23983, 17479, 12943, 9248)
INERTIAS = {2: 27079.7, 3: 21185.3, 4: 16854.2, 5: 13993.5}
SILHOUETTES = {2: 0.340, 3: 0.284, 4: 0.301, 5: 0.318}
CUSTOMER_SHARES = (0.274, 0.250, 0.148, 0.144, 0.140, 0.044)
POPULATION_SHARES = (0.309, 0.288, 0.121, 0.111, 0.107, 0.065)


def read_survey(data: Path) -> pd.DataFrame:
    """The survey's columns that are used here, one row per implicate."""
    return _read(data / "scf" / "SCFP2019.csv.gz", columns=SURVEY)


def read_customers(data: Path) -> pd.DataFrame:
    """The dealer's customers, without names and addresses."""
    path = data / "car_dealer" / "Car_Purchasing_Data.csv"
    return _read(path, columns=["Gender", *TAKEN_FOR, "Car Purchase Amount"])


def _read(path: Path, *, columns: list[str]) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(
            f"the file {path} is missing.",
            remedy="Give the folder of the real files: --data ../shared/data.",
        )
    return pd.read_csv(path, usecols=columns)


def original_cuts(survey: pd.DataFrame) -> tuple[list[int], pd.DataFrame]:
    """Rows left after each of the original's steps, and the last of them."""
    kept = survey.loc[survey["OWN"] <= 1, ["HHSEX", *CLUSTERED]].drop_duplicates()
    counts = [len(kept)]
    for column in ("INCOME", "NETWORTH", "DEBT"):
        low, high = kept[column].quantile([0.4, 0.6])
        margin = 1.5 * (high - low)
        kept = kept.loc[kept[column].between(low - margin, high + margin)]
        counts.append(len(kept))
    return counts, kept


def original_fit(kept: pd.DataFrame, k: int) -> KMeans:
    """The clusters of the original, from its own scaled rows."""
    points = StandardScaler().fit_transform(kept[CLUSTERED].to_numpy())
    return KMeans(k, random_state=RANDOM_STATE, n_init=10).fit(points)


def original_shares(
    kept: pd.DataFrame, customers: pd.DataFrame
) -> tuple[list[float], list[float], float]:
    """Sorted shares of customers and population, each scaled by itself.

    The third figure is the share of the customers in their largest cluster when one
    scaler serves both.
    """
    fit = original_fit(kept, 6)
    points = customers[TAKEN_FOR].to_numpy()
    apart = fit.predict(StandardScaler().fit_transform(points))
    together = fit.predict(
        StandardScaler().fit(kept[CLUSTERED].to_numpy()).transform(points)
    )
    shares = np.bincount(apart, minlength=6) / len(customers)
    population = np.bincount(fit.labels_, minlength=6) / len(kept)
    return (
        sorted(shares.tolist(), reverse=True),
        sorted(population.tolist(), reverse=True),
        float(np.bincount(together).max() / len(customers)),
    )


def procedure(seed: Seed) -> Iterator[Row]:
    counts, kept = original_cuts(read_survey(seed.data))
    steps = ("duplicates dropped", "INCOME cut", "NETWORTH cut", "DEBT cut")
    for step, count, right in zip(steps, counts, ROWS_KEPT, strict=True):
        yield Row(f"rows left: {step}", count, right, right)
    points = StandardScaler().fit_transform(kept[CLUSTERED].to_numpy())
    for k, inertia in INERTIAS.items():
        fit = original_fit(kept, k)
        yield Row(f"inertia, k = {k}", fit.inertia_, inertia, inertia, tolerance=0.1)
        yield Row(
            f"silhouette, k = {k}",
            float(silhouette_score(points, fit.labels_)),
            SILHOUETTES[k],
            SILHOUETTES[k],
            tolerance=0.0005,
        )


def shares(seed: Seed) -> Iterator[Row]:
    _, kept = original_cuts(read_survey(seed.data))
    ours, theirs, largest = original_shares(kept, read_customers(seed.data))
    for place, (share, right) in enumerate(zip(ours, CUSTOMER_SHARES, strict=True)):
        figure = f"customers' share, cluster {place + 1} by size"
        yield Row(figure, share, right, right, tolerance=0.0005)
    for place, (share, right) in enumerate(zip(theirs, POPULATION_SHARES, strict=True)):
        figure = f"population's share, cluster {place + 1} by size"
        yield Row(figure, share, right, right, tolerance=0.0005)
    yield Row(
        "customers in one cluster, with one scaler for both, %",
        100 * largest,
        92,
        tolerance=0.5,
        reason="two scalers hid how narrow a slice the customers are",
    )


def marts_rows(seed: Seed) -> Iterator[Row]:
    """What the mart says: families by weight, one scale, card debt."""
    mart = "prospecting.rpt_population_representation"
    of = f"from {mart} where business_id = 'car_dealer'"
    for name, *figures in seed.rows(
        "select cluster_name, 100 * population_share, 100 * customer_share,"
        " representation_ratio, representation_ratio_lower, representation_ratio_upper"
        f" {of} order by cluster_id"
    ):
        population, customers, ratio, low, high = figures
        yield Row(f"{name}: share of the families, %", population, origin=mart)
        yield Row(f"{name}: share of the customers, %", customers, origin=mart)
        yield Row(
            f"{name}: how often customers are in it, beside families",
            ratio,
            reason=f"95 % interval {low:.2f} to {high:.2f}",
            origin=mart,
        )
