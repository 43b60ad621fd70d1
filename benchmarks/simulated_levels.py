"""Selected forecasts of simulated series without seasons, compared with naive ones.

    python -m benchmarks.simulated_levels            # 1,000 series a kind and seed
    python -m benchmarks.simulated_levels --quick    # 100 series, one seed

Random walks, local levels and trends have no season to find: the best naive model is
hard to beat, and a rule that selects by luck loses to it. As a panel the MASE must not
be more than 1 % above that of the best naive model, in the mean of all series. Series
that are alone in their business cannot learn from others; their line says what is
reached, and is no bar.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.markdown import MISSED, VERDICTS, loss_lines, table
from retail_marts.forecasting import BASELINES, ForecastSettings, forecast_series
from retail_marts.forecasting.metrics import seasonal_scales

DAYS, HORIZON = 400, 28
SEEDS = (1, 2, 3)
#: MASE above that of the best naive model that is allowed.
MARGIN = 0.01
KINDS = ("random walk", "random walk of logarithms", "local level", "trend")

FloatArray = NDArray[np.float64]


def simulated(kind: str, count: int, *, seed: int) -> FloatArray:
    """Series of a kind, shape (count, DAYS + HORIZON), around 100 or 200."""
    random = np.random.default_rng(seed)
    shape = (count, DAYS + HORIZON)

    def walk(deviation: float) -> FloatArray:
        return np.cumsum(random.normal(0, deviation, shape), axis=1)

    if kind == "random walk":
        return 200 + walk(1.0)
    if kind == "random walk of logarithms":
        return np.asarray(100 * np.exp(walk(0.03)))
    if kind == "local level":
        return 200 + walk(0.3) + random.normal(0, 1, shape)
    slope = random.normal(0, 0.02, (count, 1))
    return 200 + slope * np.arange(shape[1]) + walk(0.1) + random.normal(0, 1, shape)


def mase_by_model(values: FloatArray, *, alone: bool) -> dict[str, FloatArray]:
    """MASE of each series, of the selected model (``selected``) and the baselines.

    Parameters
    ----------
    alone
        Whether each series is a business of its own, or all are one panel.
    """
    count = len(values)
    names = [f"s{row:05d}" for row in range(count)]
    series = pd.DataFrame(
        {
            "business_id": np.repeat(names if alone else ["shop"] * count, DAYS),
            "measure": "sales_amount",
            "series_level": "product",
            "series_id": np.repeat(names, DAYS),
            "sales_date": np.tile(pd.date_range("2023-01-01", periods=DAYS), count),
            "value": values[:, :DAYS].ravel(),
        }
    )
    settings = ForecastSettings(
        horizon_days=HORIZON,
        backtest_horizon_days=HORIZON,
        detail_series_limit=count,
        reconcile=False,
    )
    found = forecast_series(series, settings=settings).forecasts
    births = np.zeros(count, dtype=np.int64)
    scale = seasonal_scales(values, births, [DAYS])[0][0]

    def mase(rows: pd.DataFrame) -> FloatArray:
        wide = rows.pivot_table(
            index="series_id", columns="forecast_date", values="forecast_value"
        )
        error = np.abs(wide.to_numpy() - values[:, DAYS:]).mean(axis=1)
        return np.asarray(error / scale)

    by_name = {name: found[found["model_name"] == name] for name in BASELINES}
    by_name["selected"] = found[found["is_best_model"]]
    return {name: mase(rows) for name, rows in by_name.items()}


def levels_table(
    *, count: int, alone_count: int, seeds: Sequence[int] = SEEDS
) -> pd.DataFrame:
    """Mean MASE of each kind and seed, in panels and alone."""
    rows = []
    for kind in KINDS:
        for alone, size in ((False, count), (True, alone_count)):
            for seed in seeds:
                found = mase_by_model(simulated(kind, size, seed=seed), alone=alone)
                means = {name: float(one.mean()) for name, one in found.items()}
                best = min(BASELINES, key=lambda name: means[name])
                ratio = means["selected"] / means[best] - 1
                rows.append(
                    {
                        "series": f"{kind}, {size} "
                        + ("alone" if alone else "in a panel"),
                        "seed": seed,
                        "MASE selected": means["selected"],
                        "best naive": best,
                        "its MASE": means[best],
                        "ours to it": f"{ratio:+.1%}",
                        "at most 1 % above": ""
                        if alone
                        else VERDICTS[bool(ratio <= MARGIN)],
                    }
                )
    return pd.DataFrame(rows)


def losses(rows: pd.DataFrame) -> list[str]:
    """Where the best naive model had a smaller MASE by more than the margin."""
    return [
        f"{row['series']}, seed {row['seed']}: MASE {row['MASE selected']:.3f}, "
        f"`{row['best naive']}` {row['its MASE']:.3f}"
        for row in rows.to_dict("records")
        if row["at most 1 % above"] == MISSED
        or row["MASE selected"] > (1 + MARGIN) * row["its MASE"]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="series of a panel")
    parser.add_argument("--alone", type=int, default=60, help="series alone")
    parser.add_argument("--quick", action="store_true", help="100 and 5, one seed")
    options = parser.parse_args()
    rows = levels_table(
        count=100 if options.quick else options.count,
        alone_count=5 if options.quick else options.alone,
        seeds=SEEDS[:1] if options.quick else SEEDS,
    )
    print(f"\n{table(rows)}\n\n{loss_lines(losses(rows))}")


if __name__ == "__main__":
    main()
