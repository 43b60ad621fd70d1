"""Speed of the spend models, compared with the same search in plain scikit-learn.

    python -m benchmarks.spend --data ../shared/data
    python -m benchmarks.spend --data data/sample
    python -m benchmarks.spend --quick              # the sample, few folds and trials

Both fit every model, with defaults and tuned, in every fold. If the errors of a model
differ, the command fails. Plain scikit-learn is ``cross_val_predict`` for defaults and
``RandomizedSearchCV`` over a pipeline for each fold. It does not choose a model,
predict, or compute intervals and drivers; ours does so within its time. Processor
seconds depend less on other programs than wall-clock seconds.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, RandomizedSearchCV, cross_val_predict

from benchmarks.markdown import bar_lines, cell, judged, loss_lines
from benchmarks.published_spend import customers as car_dealer_customers
from retail_marts.prospecting import MODEL_NAMES, model_spend
from retail_marts.prospecting.spend_candidates import (
    CANDIDATES,
    build_estimator,
    build_pipeline,
    tried_hyperparameters,
)
from retail_marts.prospecting.spend_model import (
    checked_customers,
    cross_validation_folds,
    feature_shape,
    shaped_features,
)
from retail_marts.settings.prospecting import FEATURES, SpendSettings

FloatArray = NDArray[np.float64]
Found = dict[tuple[str, bool], float]

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
ALL = SpendSettings(tune_all_models=True)
QUICK = ALL.model_copy(update={"folds": 2, "tuning_folds": 2, "tuning_iterations": 2})
#: Seconds that both spend models may take on two idle cores.
BAR_SECONDS = 30.0


@dataclass(frozen=True)
class Cost:
    """Wall-clock and processor seconds."""

    wall: float
    processor: float


def spend_customers(data: Path) -> pd.DataFrame:
    """Customers of car_dealer and kalbe, as ``int_spend_features`` has them."""
    cars = car_dealer_customers(data)
    cars = cars.assign(
        business_id="car_dealer",
        customer_id=[f"c{row}" for row in range(len(cars))],
        spend_measure="spend_amount",
        gender=cars["gender"].map({0: "male", 1: "female"}),
    )
    people = _read(data / "kalbe" / "Customer.csv")
    lines = _read(data / "kalbe" / "Transaction.csv")
    sold = pd.to_numeric(lines["TotalAmount"], errors="coerce")
    spend = sold.groupby(lines["CustomerID"]).sum()
    status = people["Marital Status"].str.strip().str.lower()
    food = pd.DataFrame(
        {
            "business_id": "kalbe",
            "customer_id": people["CustomerID"],
            "spend_measure": "sales_amount",
            "gender": people["Gender"].map({"0": "female", "1": "male"}),
            "marital_status": status.mask(status == ""),
            "age": pd.to_numeric(people["Age"], errors="coerce"),
            "income_amount": pd.to_numeric(
                people["Income"].str.replace(",", "."), errors="coerce"
            ),
            "actual_amount": people["CustomerID"].map(spend),
        }
    )
    both = pd.concat([cars, food[food["age"].notna()]], ignore_index=True)
    return both.reindex(columns=[*dict.fromkeys([*both.columns, *FEATURES])])


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", dtype="str", keep_default_na=False)


def plain_scikit_learn(
    customers: pd.DataFrame, settings: SpendSettings
) -> tuple[Found, Cost]:
    """Root mean squared errors of every model of one business, out of fold."""
    known = checked_customers(customers, features=FEATURES, target="actual_amount")
    shape = feature_shape(known, FEATURES)
    features = shaped_features(known, shape)
    target = known["actual_amount"].to_numpy("float64")
    folds = cross_validation_folds(len(known), settings.folds, settings)
    seed = settings.random_state

    def pipeline(estimator: Any) -> Any:
        return build_pipeline(shape.levels, list(shape.numbers), estimator)

    found: Found = {}
    started = _clock()
    for name in MODEL_NAMES:
        default = pipeline(build_estimator(name, None, random_state=seed))
        plain = cross_val_predict(default, features, target, cv=folds)
        found[name, False] = _rmse(target, plain)
        candidate = CANDIDATES[name]
        if candidate.tuned is None:
            continue
        predicted = np.empty(len(target))
        for seen, held_out in folds:
            inner = KFold(settings.tuning_folds, shuffle=True, random_state=seed)
            rows = min(len(one) for one, _ in inner.split(seen))
            prefix = "model__regressor__" if name == "svr" else "model__"
            space = {prefix + k: v for k, v in candidate.space(rows).items()}
            tried = tried_hyperparameters(
                name,
                rows=rows,
                iterations=settings.tuning_iterations,
                random_state=seed,
            )
            search = RandomizedSearchCV(
                pipeline(candidate.tuned(seed, **candidate.stand_in)),
                space,
                n_iter=len(tried),
                scoring="neg_mean_squared_error",
                cv=inner,
                refit=False,
                random_state=seed,
            ).fit(features.iloc[seen], target[seen])
            best = {k.removeprefix(prefix): v for k, v in search.best_params_.items()}
            fitted = pipeline(candidate.tuned(seed, **best)).fit(
                features.iloc[seen], target[seen]
            )
            predicted[held_out] = fitted.predict(features.iloc[held_out])
        found[name, True] = _rmse(target, predicted)
    return found, _since(started)


def ours(customers: pd.DataFrame, settings: SpendSettings) -> tuple[Found, Cost]:
    """The same errors from the library, which also predicts and finds drivers."""
    started = _clock()
    scores = model_spend(customers, settings=settings).scores
    cost = _since(started)
    crossed = scores[scores["split"] == "cross_validation"]
    return {
        (str(row["model_name"]), bool(row["is_tuned"])): float(row["rmse"])
        for row in crossed.to_dict("records")
    }, cost


def _rmse(target: FloatArray, predicted: FloatArray) -> float:
    return float(np.sqrt(np.mean((target - predicted) ** 2)))


def _clock() -> Cost:
    return Cost(time.perf_counter(), time.process_time())


def _since(started: Cost) -> Cost:
    now = _clock()
    return Cost(now.wall - started.wall, now.processor - started.processor)


def main(arguments: list[str] | None = None) -> int:
    """Print the seconds of both; return 1 if their results differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spend",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--quick", action="store_true", help="few folds and trials")
    options = parser.parse_args(arguments)
    settings = QUICK if options.quick else ALL
    customers = spend_customers(options.data)
    contenders: dict[str, Callable[..., tuple[Found, Cost]]] = {
        "ours": ours,
        "plain scikit-learn": plain_scikit_learn,
    }
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    differing = 0
    print("| business | customers | contender | seconds | processor seconds |")
    print("|---|---:|---|---:|---:|")
    for business, group in customers.groupby("business_id"):
        results = {}
        for name, contender in contenders.items():
            results[name], cost = contender(group, settings)
            costs[name].append(cost)
            print(
                f"| {business} | {len(group):,} | {name} | {cost.wall:.1f} |"
                f" {cost.processor:.1f} |",
                flush=True,
            )
        one, other = results.values()
        unlike = [k for k in one if not np.isclose(one[k], other[k], rtol=1e-9)]
        differing += len(unlike)
        for model_name, is_tuned in unlike:
            print(
                f"{business} differs: {model_name}, "
                f"{'tuned' if is_tuned else 'defaults'}",
                file=sys.stderr,
            )
    mine, peer = (
        Cost(sum(c.wall for c in given), sum(c.processor for c in given))
        for given in costs.values()
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = None if options.quick else mine.wall
    bars = [
        judged("our seconds, both businesses", BAR_SECONDS, seconds),
        judged("models whose errors differ from scikit-learn's", 0, differing),
    ]
    print(
        f"\nPlain scikit-learn takes {peer.processor / mine.processor:.1f} times our "
        f"processor seconds; peak of both {peak:,.0f} MiB.\n\n{bar_lines(bars)}\n"
    )
    units = ("wall", "processor")
    print(
        loss_lines(
            [
                f"plain scikit-learn takes {cell(getattr(peer, unit))} s ({unit}), "
                f"ours {cell(getattr(mine, unit))}"
                for unit in units
                if getattr(peer, unit) < getattr(mine, unit)
            ]
        )
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
