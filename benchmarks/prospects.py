"""Speed of clusters and prospects, compared with plain scikit-learn.

    python -m benchmarks.prospects --data ../shared/data    # survey and 1 million rows
    python -m benchmarks.prospects --rows 1000000           # a generated population
    python -m benchmarks.prospects --quick                  # 3,000 generated rows

Ours does all that the warehouse does: clusters of every k with five criteria, shares
with intervals, look-alike models with baselines and three calibrations out of fold,
every family scored, explained and given an expected spend. The peer does the bare part
of it with scikit-learn: KMeans of every k (ten starts) with the silhouette of a sample,
and a pipeline of splines and logistic regression with its out-of-fold scores. It counts
every row as a family and leaves out weights where scikit-learn does not support them.

Each contender runs in its own process on one thread. Processor seconds depend less on
other programs than wall-clock seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from benchmarks.forecasting import _peak_mib
from benchmarks.markdown import cell, loss_lines
from benchmarks.published_prospects import read_customers, read_survey
from retail_marts.prospecting import find_prospects, represent_population

PROJECT = Path(__file__).resolve().parents[1]
IMPLICATES = 5
NUMBERS = ["age", "income_amount", "credit_card_debt_amount", "net_worth_amount"]
LARGEST_K = 12
QUICK_ROWS = 3_000
UNITS = ("seconds", "processor seconds", "MiB at the peak")


def population_frame(survey: pd.DataFrame) -> pd.DataFrame:
    """The survey under the warehouse's column names, without what staging rejects."""
    survey = survey[pd.to_numeric(survey["WGT"], errors="coerce") > 0]
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
    """The customers under the warehouse's column names, with what they spent.

    Those with a number that is none (the sample has some on purpose) are left out.
    """
    customers = customers.apply(pd.to_numeric, errors="coerce").dropna()
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


def generated_population(rows: int) -> pd.DataFrame:
    """Families of five implicates with heavy-tailed money, and weights."""
    rng = np.random.default_rng(0)
    families = rows // IMPLICATES
    of = np.repeat(np.arange(families), IMPLICATES)
    wobble = np.exp(rng.normal(0, 0.05, len(of)))
    has_card = rng.random(families) < 0.45
    worth = rng.lognormal(11.6, 2.0, families) - rng.lognormal(9.0, 1.5, families)
    return pd.DataFrame(
        {
            "population_id": "scf",
            "family_id": of.astype(str),
            "implicate_id": np.arange(len(of)).astype(str),
            "weight": rng.gamma(3, 1500, len(of)),
            "gender": np.where(rng.random(families) < 0.7, "male", "female")[of],
            "marital_status": None,
            "age": rng.integers(18, 95, families)[of].astype(float),
            "income_amount": rng.lognormal(11, 1, families)[of] * wobble,
            "credit_card_debt_amount": (rng.lognormal(8, 1.2, families) * has_card)[of],
            "debt_amount": rng.lognormal(10, 2, families)[of],
            "net_worth_amount": worth[of] * wobble,
            "vehicle_count": rng.poisson(1.6, families)[of].astype(float),
        }
    )


def generated_customers(count: int = 500) -> pd.DataFrame:
    """Customers of the kind that the dealer has, with what they spent."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "business_id": "car_dealer",
            "customer_id": np.arange(count).astype(str),
            "gender": np.where(rng.random(count) < 0.5, "male", "female"),
            "marital_status": None,
            "age": rng.normal(46, 8, count).round(),
            "income_amount": rng.normal(62_000, 11_000, count),
            "credit_card_debt_amount": rng.normal(9_600, 3_000, count).clip(100),
            "net_worth_amount": rng.normal(430_000, 170_000, count).clip(20_000),
        }
    )
    return frame.assign(actual_amount=0.5 * frame["income_amount"] + 13_000)


def run_ours(population: pd.DataFrame, customers: pd.DataFrame) -> None:
    """All that the marts of populations and prospects need."""
    shared = {
        "businesses": DEALER,
        "populations": POPULATIONS,
        "columns": seed("population_columns"),
    }
    represent_population(
        population, customers, names=seed("population_cluster_names"), **shared
    )
    best = pd.DataFrame(
        {
            "business_id": ["car_dealer"],
            "model_name": ["linear_regression"],
            "hyperparameters": [None],
            "is_best_model": [True],
        }
    )
    find_prospects(population, customers, spend_models=best, **shared)


def run_peer(population: pd.DataFrame, customers: pd.DataFrame) -> None:
    """The bare part with scikit-learn."""
    scaler = StandardScaler().fit(
        population[NUMBERS], sample_weight=population["weight"]
    )
    theirs, ours = (scaler.transform(f[NUMBERS]) for f in (population, customers))
    weights = population["weight"].to_numpy()
    for k in range(2, LARGEST_K + 1):
        fit = KMeans(k, n_init=10, random_state=0).fit(theirs, sample_weight=weights)
        silhouette_score(theirs, fit.labels_, sample_size=10_000, random_state=0)
    points = np.concatenate([theirs, ours])
    target = np.r_[np.zeros(len(theirs)), np.ones(len(ours))]
    groups = np.r_[
        population["family_id"].to_numpy(str),
        "c" + customers["customer_id"].to_numpy(str),
    ]
    model = make_pipeline(
        SplineTransformer(n_knots=7),
        LogisticRegression(C=10, class_weight="balanced", max_iter=2000),
    )
    cross_val_predict(
        model, points, target, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    model.fit(points, target).predict_proba(theirs)


def measure(contender: str, rows: int, data: Path) -> tuple[float, float, float]:
    """Wall and processor seconds, and the peak in MiB, in a separate process."""
    code = (
        "import benchmarks.prospects as b; "
        f"b.print_cost({contender!r}, {rows}, {str(data)!r})"
    )
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, **threads},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall, processor, peak = (float(one) for one in finished.stdout.split())
    return wall, processor, peak


def print_cost(contender: str, rows: int, data: str) -> None:
    """Print what one run costs (see :func:`measure`); no rows: the real survey."""
    if rows:
        population, customers = generated_population(rows), generated_customers()
    else:
        population = population_frame(read_survey(Path(data)))
        customers = customer_frame(read_customers(Path(data)))
    run = run_ours if contender == "ours" else run_peer
    wall, processor = time.perf_counter(), time.process_time()
    run(population, customers)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(wall, processor, _peak_mib())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=None, help="the real files' folder"
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--peer-limit", type=int, default=1_000_000)
    parser.add_argument(
        "--quick", action="store_true", help="3,000 generated rows alone"
    )
    options = parser.parse_args()
    data = None if options.quick else options.data
    sizes = {rows: f"{rows:,} generated rows" for rows in options.rows}
    if options.quick:
        sizes = {QUICK_ROWS: f"{QUICK_ROWS:,} generated rows"}
    if data:
        sizes = {0: f"the survey, {len(read_survey(data)):,} rows", **sizes}
    print("| population | contender | seconds | processor seconds | peak MiB |")
    print("|---|---|---:|---:|---:|")
    lost = []
    for rows, name in sizes.items():
        costs = {}
        for contender in ("ours", "scikit-learn"):
            if contender != "ours" and rows > options.peer_limit:
                continue
            cost = measure(contender, rows, data or Path())
            costs[contender] = dict(zip(UNITS, cost, strict=True))
            print(
                f"| {name} | {contender} | {' | '.join(map(cell, cost))} |",
                flush=True,
            )
        mine, theirs = costs["ours"], costs.get("scikit-learn", {})
        lost += [
            f"{name}: scikit-learn's bare part takes {cell(taken)} {unit}, ours "
            f"{cell(mine[unit])}"
            for unit, taken in theirs.items()
            if taken < mine[unit]
        ]
    print("\n" + loss_lines(lost))


if __name__ == "__main__":
    main()
