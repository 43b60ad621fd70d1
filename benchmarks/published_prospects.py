"""The published clusters of customers and population beside the right figures.

    python -m benchmarks.published_prospects --data ../shared/data

Every figure under "ours" is computed from the files by this command, the first three
tables by the original's own procedure: owners by a flag, all debt for card debt, no
weights, cuts at quantiles, and customers and population each on a scale of its own. The
last table is what the warehouse computes. "right" is typed from the page about the
source (``sources/car_dealer.md`` beside the data). The exit status is 1 when ours is
further from right than the tolerance of its row.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from benchmarks.published import Row, table
from retail_marts.errors import InputError
from retail_marts.prospecting import represent_population
from retail_marts.prospecting.prospect_settings import prospecting_settings

PROJECT = Path(__file__).resolve().parents[1]
SURVEY = ["YY1", "Y1", "WGT", "HHSEX", "AGE", "INCOME", "CCBAL", "DEBT", "NETWORTH"]
SURVEY += ["NVEHIC", "OWN"]
#: The columns that the original clustered by, and the customers' columns that it took
#: for the same: card debt stands beside all debt.
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
    """The survey's columns that are used here, one row an implicate."""
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
    """The original's clusters of its own scaled rows."""
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


def vehicle_filters(survey: pd.DataFrame) -> dict[str, float]:
    """Rows and weight that the flag and the number of vehicles keep."""
    few = survey["NVEHIC"] <= 1
    return {
        "rows": len(survey),
        "rows_by_flag": int((survey["OWN"] <= 1).sum()),
        "rows_by_number": int(few.sum()),
        "weight_by_number": float(survey.loc[few, "WGT"].sum() / survey["WGT"].sum()),
    }


def filters(data: Path) -> Iterator[Row]:
    found = vehicle_filters(read_survey(data))
    yield Row(
        "rows with at most one car, by OWN",
        found["rows_by_flag"],
        28885,
        28885,
        reason="OWN is a flag: owns any vehicle",
    )
    yield Row("rows with at most one car, by NVEHIC", found["rows_by_number"], 12207)
    yield Row("... share of the families by weight", found["weight_by_number"], 0.483)


def procedure(data: Path) -> Iterator[Row]:
    counts, kept = original_cuts(read_survey(data))
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


def shares(data: Path) -> Iterator[Row]:
    _, kept = original_cuts(read_survey(data))
    ours, theirs, largest = original_shares(kept, read_customers(data))
    for place, (share, right) in enumerate(zip(ours, CUSTOMER_SHARES, strict=True)):
        figure = f"customers' share, cluster {place + 1} by size"
        yield Row(figure, share, right, right, tolerance=0.0005)
    for place, (share, right) in enumerate(zip(theirs, POPULATION_SHARES, strict=True)):
        figure = f"population's share, cluster {place + 1} by size"
        yield Row(figure, share, right, right, tolerance=0.0005)
    yield Row(
        "customers in one cluster, with one scaler for both",
        largest,
        0.92,
        reason="two scalers hid how narrow a slice the customers are",
    )


def population_frame(survey: pd.DataFrame) -> pd.DataFrame:
    """The survey under the warehouse's column names."""
    return pd.DataFrame(
        {
            "population_id": "scf",
            "family_id": survey["YY1"].astype("string"),
            "implicate_id": survey["Y1"].astype("string"),
            "weight": survey["WGT"],
            "gender": survey["HHSEX"].map({1: "male", 2: "female"}),
            "marital_status": None,
            "age": survey["AGE"],
            "income_amount": survey["INCOME"],
            "credit_card_debt_amount": survey["CCBAL"],
            "debt_amount": survey["DEBT"],
            "net_worth_amount": survey["NETWORTH"],
            "vehicle_count": survey["NVEHIC"],
        }
    )


def customer_frame(customers: pd.DataFrame) -> pd.DataFrame:
    """The customers under the warehouse's column names, with what they spent."""
    return pd.DataFrame(
        {
            "business_id": "car_dealer",
            "customer_id": [str(number) for number in range(len(customers))],
            "gender": customers["Gender"].map({0: "male", 1: "female"}),
            "marital_status": None,
            "age": customers["Age"],
            "income_amount": customers["Annual Salary"],
            "credit_card_debt_amount": customers["Credit Card Debt"],
            "net_worth_amount": customers["Net Worth"],
            "actual_amount": customers["Car Purchase Amount"],
        }
    )


DEALER = pd.DataFrame(
    {"business_id": ["car_dealer"], "currency": ["USD"], "country_code": ["US"]}
)
POPULATIONS = {"scf": {"currency": "USD", "country_code": "US"}}


def seed(name: str) -> pd.DataFrame:
    """A table of the project that people edit."""
    return pd.read_csv(PROJECT / "seeds" / f"{name}.csv")


def warehouse(data: Path) -> Iterator[Row]:
    result = represent_population(
        population_frame(read_survey(data)),
        customer_frame(read_customers(data)),
        businesses=DEALER,
        populations=POPULATIONS,
        columns=seed("population_columns"),
        names=seed("population_cluster_names"),
        settings=prospecting_settings({"cluster_count": 6}),
    ).representation
    for row in result.to_dict("records"):
        name = row["cluster_name"]
        yield Row(f"{name}: share of the families", row["population_share"])
        yield Row(f"{name}: share of the customers", row["customer_share"])
        yield Row(
            f"{name}: ratio ({row['representation_ratio_lower']:.2f} to "
            f"{row['representation_ratio_upper']:.2f})",
            row["representation_ratio"],
        )


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; 1 when ours differs from right beyond a row's tolerance."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.published_prospects", description=__doc__
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(arguments)
    sections = (
        ("at most one car", filters),
        ("the original's rows and clusters", procedure),
        ("shares of six clusters, two scalers and one", shares),
        ("six clusters of weighted families, one scale, card debt", warehouse),
    )
    differing = 0
    try:
        for title, rows in sections:
            section = list(rows(options.data))
            print(table(title, section), flush=True)
            differing += sum(not row.agrees for row in section)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
