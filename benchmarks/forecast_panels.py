"""Accuracy of forecasts on three panels of real shops.

    python -m benchmarks.forecast_panels --panels ../shared/data/panels
    python -m benchmarks.forecast_panels --quick      # ten series, two origins

Each panel is one Parquet file (``unique_id``, ``ds``, ``y``: one row per series and
day). Six origins of 28 days that do not overlap; our model of each series is selected
on the days before the origin alone. Peers: AutoETS, AutoTheta, TSB and CrostonSBA of
statsforecast, and LightGBM by mlforecast (``boosting_peer.py`` states its features).
AutoETS and AutoTheta take a second and more per fit of a long series, so they get every
n-th series up to ``--slow-series`` (100); ours is compared with them on these alone.
The difference to a peer has a paired bootstrap over series; "no worse" means that the
upper end of its 95 % interval is below 1 % of the peer's error.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecasting import peer_forecasts
from benchmarks.markdown import UNMEASURED, VERDICTS, loss_lines, table
from benchmarks.peers import default_python
from retail_marts.forecasting import ForecastSettings, forecast_series

PROJECT = Path(__file__).resolve().parents[1]
DATA = PROJECT.parent / "shared" / "data" / "panels"
ORIGINS, HORIZON = 6, 28
#: Least days before the first origin.
HISTORY_DAYS = 140
#: "No worse": the upper end of the interval of the relative difference.
MARGIN = 0.01
DRAWS = 2000

STATISTICAL = ("AutoETS", "AutoTheta", "TSB", "CrostonSBA")
BOOSTED = {"LightGBM Tweedie": "tweedie", "LightGBM L2": "regression"}
PEERS = (*STATISTICAL, *BOOSTED)
#: Peers that are measured on a sample of the series, and its size.
SLOW, SLOW_SERIES = ("AutoETS", "AutoTheta"), 100

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PanelCase:
    """A panel, the error that its bar is about, and the peers of the bar."""

    name: str
    metric: str
    rivals: tuple[str, ...]
    country: str | None = None
    #: Share of the processor seconds of the better LightGBM that ours may take.
    seconds_share: float | None = None


CASES = (
    PanelCase("store_item", "WAPE", tuple(BOOSTED), seconds_share=1 / 3),
    PanelCase("online_retail", "WAPE of 28-day sums", PEERS, "GB"),
    PanelCase("grocery", "WAPE", PEERS),
)


def read_panel(
    path: Path, *, most: int | None
) -> tuple[list[str], pd.Index, FloatArray]:
    """Ids, days, and values of shape (series, days), NaN before a series begins."""
    long = pd.read_parquet(path)
    wide = long.pivot_table(index="unique_id", columns="ds", values="y", aggfunc="sum")
    wide = wide.reindex(columns=pd.date_range(wide.columns.min(), wide.columns.max()))
    wide = wide.iloc[:: max(1, len(wide) // most)][:most] if most else wide
    values = wide.to_numpy(dtype="float64")
    born = (np.nan_to_num(values) != 0).argmax(axis=1)
    values = np.nan_to_num(values)
    values[np.arange(values.shape[1]) < born[:, None]] = np.nan
    return [str(one) for one in wide.index], wide.columns, values


def our_forecasts(
    ids: Sequence[str],
    days: pd.Index,
    values: FloatArray,
    origins: Sequence[int],
    country: str | None,
) -> tuple[FloatArray, float]:
    """Forecasts of the selected models, (origins, series, horizon), and seconds.

    The seconds are those of the processor, of the backtest of all candidates, too.
    """
    found, spent = [], 0.0
    settings = ForecastSettings(
        horizon_days=HORIZON, backtest_horizon_days=HORIZON, detail_series_limit=0
    )
    for origin in origins:
        known = pd.DataFrame(values[:, :origin], index=list(ids), columns=days[:origin])
        known.index.name = "series_id"
        long = known.reset_index().melt(
            "series_id", var_name="sales_date", value_name="value"
        )
        long = long.dropna().assign(
            business_id="shop", measure="quantity", series_level="product"
        )
        started = time.process_time()
        result = forecast_series(long, settings=settings, countries={"shop": country})
        spent += time.process_time() - started
        best = result.forecasts[result.forecasts["is_best_model"]]
        wide = best.pivot_table(
            index="series_id", columns="forecast_date", values="forecast_value"
        )
        ahead = days[origin : origin + HORIZON]
        found.append(wide.reindex(index=list(ids), columns=ahead).to_numpy("float64"))
    return np.stack(found), spent


def sampled(count: int, most: int) -> NDArray[np.int64]:
    """Places of at most so many series, evenly spaced."""
    places = np.linspace(0, count - 1, min(most, count))
    return np.unique(places.round().astype(np.int64))


@dataclass(frozen=True)
class Errors:
    """What the metrics are made of; each of shape (origins, series)."""

    absolute: FloatArray
    squared: FloatArray
    of_sum: FloatArray
    size: FloatArray
    scale: FloatArray
    square_scale: FloatArray
    signed: FloatArray

    def of(self, series: NDArray[np.int64]) -> Errors:
        """Those of some of the series."""
        return Errors(**{name: one[:, series] for name, one in vars(self).items()})


def errors_of(
    truth: FloatArray, forecast: FloatArray, scale: FloatArray, square: FloatArray
) -> Errors:
    """Errors of forecasts; a series that a forecast or the truth lacks is NaN."""
    error = forecast - truth
    return Errors(
        absolute=np.abs(error).mean(axis=2),
        squared=(error**2).mean(axis=2),
        of_sum=np.abs(error.sum(axis=2)) / HORIZON,
        size=truth.mean(axis=2),
        scale=scale,
        square_scale=square,
        signed=error.mean(axis=2),
    )


def _ratio(
    above: FloatArray, below: FloatArray, draws: NDArray[np.int64]
) -> FloatArray:
    """Sum of the one over the sum of the other, for each draw of series."""
    known = np.isfinite(above + below)
    sums = [np.where(known, one, 0.0).sum(axis=0) for one in (above, below)]
    return np.asarray(sums[0][draws].sum(axis=1) / sums[1][draws].sum(axis=1))


def _mean(values: FloatArray, draws: NDArray[np.int64]) -> FloatArray:
    return _ratio(values, np.where(np.isfinite(values), 1.0, np.nan), draws)


METRICS = {
    "WAPE": lambda e, draws: _ratio(e.absolute, e.size, draws),
    "MASE": lambda e, draws: _mean(e.absolute / e.scale, draws),
    "RMSSE": lambda e, draws: _mean(np.sqrt(e.squared / e.square_scale), draws),
    "WAPE of 28-day sums": lambda e, draws: _ratio(e.of_sum, e.size, draws),
    "bias": lambda e, draws: _ratio(e.signed, e.size, draws),
}

#: Metrics whose difference to each peer is shown.
COMPARED = ("WAPE", "RMSSE", "WAPE of 28-day sums")


def scales(values: FloatArray, origins: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Mean absolute and squared difference to the week before, before each origin."""
    difference = np.abs(values[:, 7:] - values[:, :-7])
    found = []
    for power in (1, 2):
        means = []
        for origin in origins:
            part = difference[:, : origin - 7] ** power
            count = np.isfinite(part).sum(axis=1)
            total = np.where(np.isfinite(part), part, 0.0).sum(axis=1)
            usable = (count >= HORIZON) & (total > 0)
            means.append(np.where(usable, total / np.maximum(count, 1), np.nan))
        found.append(np.stack(means))
    return found[0], found[1]


def panel_table(
    case: PanelCase,
    path: Path,
    peer_python: str | None,
    *,
    peers: Sequence[str] = PEERS,
    most: int | None = None,
    origin_count: int = ORIGINS,
    slow_series: int = SLOW_SERIES,
) -> pd.DataFrame:
    """One row for our selection and one for each peer, on the same origins."""
    ids, days, values = read_panel(path, most=most)
    count = min(origin_count, (len(days) - HISTORY_DAYS) // HORIZON)
    origins = [len(days) - HORIZON * back for back in range(count, 0, -1)]
    truth = np.stack([values[:, o : o + HORIZON] for o in origins])
    measures = scales(values, origins)
    forecasts, seconds = our_forecasts(ids, days, values, origins, case.country)
    ours = errors_of(truth, forecasts, *measures)
    size = f"{len(ids)} series, {len(days)} days, {count} origins"

    def row(who: str, errors: Errors, spent: float) -> dict[str, object]:
        return {
            f"{case.name}: {size}": who,
            **{name: of(errors, whole(errors))[0] for name, of in METRICS.items()},
            "processor s": spent,
        }

    def whole(errors: Errors) -> NDArray[np.int64]:
        return np.arange(errors.size.shape[1])[None]

    rows = [row("ours, selected", ours, seconds)]
    for peer in peers:
        series = sampled(len(ids), slow_series if peer in SLOW else len(ids))
        draws = np.random.default_rng(0).integers(0, len(series), (DRAWS, len(series)))
        found = peer_forecasts(
            peer_python,
            BOOSTED.get(peer, peer),
            values[series],
            origins,
            [HORIZON] * count,
            start=str(days[0].date()),
            boosted=peer in BOOSTED,
        )
        if isinstance(found, str):
            rows.append({f"{case.name}: {size}": f"{peer}: {found}"})
            continue
        theirs = errors_of(
            truth[:, series],
            np.maximum(np.stack(found[0]), 0.0),
            *(one[:, series] for one in measures),
        )
        is_part = len(series) < len(ids)
        name = f"{peer}, {len(series)} of {len(ids)} series" if is_part else peer
        named = row(name, theirs, found[1])
        own = ours.of(series)
        for metric in COMPARED:
            of = METRICS[metric]
            gap = of(own, draws) / of(theirs, draws) - 1
            low, high = np.quantile(gap, [0.025, 0.975])
            middle = of(own, whole(own))[0] / of(theirs, whole(own))[0] - 1
            named[f"{metric}: ours to it"] = f"{middle:+.1%} ({low:+.1%}..{high:+.1%})"
            if metric == case.metric:
                is_met = bool(high < MARGIN)
        named["no worse"] = VERDICTS[is_met] if peer in case.rivals else ""
        rows.append(named)
    return pd.DataFrame(rows)


def losses(case: PanelCase, rows: pd.DataFrame) -> list[str]:
    """Where the upper end of an interval is above the margin, and missed seconds."""
    found, who = [], rows.columns[0]
    for row in rows.to_dict("records"):
        for metric in COMPARED:
            gap = row.get(f"{metric}: ours to it")
            if not isinstance(gap, str):
                continue
            high = float(gap.rstrip("%)").split("..")[1])
            if high >= 100 * MARGIN:
                words = (
                    "ours is worse than"
                    if not gap.startswith("-")
                    else ("ours is better, but within chance, than")
                )
                found.append(f"{case.name}, {metric}: {words} {row[who]}, {gap}")
    boosted = rows[rows[who].isin(BOOSTED)]
    if case.seconds_share is not None and len(boosted) and "processor s" in boosted:
        best = boosted.loc[boosted[case.metric].idxmin()]
        share = rows["processor s"].iloc[0] / best["processor s"]
        if share > case.seconds_share:
            found.append(
                f"{case.name}: our processor seconds are {share:.2f} of those of "
                f"{best[who]}, the bar is {case.seconds_share:.2f}"
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--panels", type=Path, default=DATA)
    parser.add_argument("--peer-python", default=default_python())
    parser.add_argument("--only", default="", help="part of the names of the panels")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument(
        "--slow-series",
        type=int,
        default=SLOW_SERIES,
        help=f"number of series for {' and '.join(SLOW)} (default {SLOW_SERIES})",
    )
    parser.add_argument("--quick", action="store_true", help="10 series, two origins")
    options = parser.parse_args()
    found: list[str] = []
    for case in CASES:
        path = options.panels / f"{case.name}.parquet"
        if case.name.find(options.only) < 0:
            continue
        if not path.exists():
            print(f"\n{case.name}: no file here, {UNMEASURED}.")
            continue
        rows = panel_table(
            case,
            path,
            options.peer_python,
            peers=tuple(BOOSTED) if options.quick else options.peers,
            most=10 if options.quick else None,
            origin_count=2 if options.quick else ORIGINS,
            slow_series=options.slow_series,
        )
        print(f"\nThe bar is about {case.metric}.\n\n{table(rows)}", flush=True)
        found += losses(case, rows)
    print("\n" + loss_lines(found))


if __name__ == "__main__":
    main()
