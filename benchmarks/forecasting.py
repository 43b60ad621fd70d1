"""Accuracy and speed of forecasts, compared with naive models and statsforecast.

    python -m benchmarks.forecasting --data ../shared/data
    python -m benchmarks.forecasting --quick                  # small parts of the same

Four tables: the model that the rule selects, scored on days that it did not see;
coverage of the intervals over all backtests; accuracy compared with the peer on the
same series and origins; seconds and memory. The peer (statsforecast) needs an older
pandas, so it has its own environment (``python -m benchmarks.peers``), or that of
``--peer-python`` or ``RETAIL_MARTS_PEER_PYTHON``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast_selection import score_selection
from benchmarks.markdown import MISSED, VERDICTS, cell, loss_lines, table
from benchmarks.peers import default_python, last_words
from retail_marts.forecasting import (
    MODEL_NAMES,
    ForecastSettings,
    forecast_series,
)
from retail_marts.settings.forecasting import SERIES_MODELS

PROJECT = Path(__file__).resolve().parents[1]
SAMPLE = PROJECT / "data" / "sample"
PEER = Path(__file__).with_name("forecasting_peer.py")
BOOSTING_PEER = Path(__file__).with_name("boosting_peer.py")
COUNTRIES = {"kalbe": "ID", "umkm": "ID", "superstore": None}
ARIMA_ORDERS = {"kalbe": (28, 0, 28), "umkm": (5, 1, 0)}
KEYS = ["business_id", "measure", "series_level", "series_id"]
WINDOWS, HORIZON = 4, 31
FloatArray = NDArray[np.float64]

#: Business, measure, untouched days, and the bar with its words.
SELECTION_BARS = (
    ("kalbe", "quantity", 73, "constant mean 12.30", 12.30, None),
    ("umkm", "quantity", 30, "weekday mean 13.62", 13.625, None),
    ("superstore", "quantity", 90, ".8 x seasonal naive", None, 0.8),
    ("superstore", "sales_amount", 90, ".8 x seasonal naive", None, 0.8),
)

#: How each source's file is read; broken lines are left out.
_CSV = (
    "quote='\"', escape='\"', header=true, all_varchar=true, ignore_errors=true, "
    "null_padding=true"
)

#: One statement per source: lines with the columns that make the series.
_LINES = {
    "kalbe": """
        select try_strptime("Date", '%d/%m/%Y')::date as day, "ProductID" as product,
            "StoreID" as store, null::varchar as category,
            null::varchar as sub_category, try_cast("Qty" as double) as quantity,
            try_cast("TotalAmount" as double) as sales_amount
        from read_csv('{data}/kalbe/Transaction.csv', delim=';', {csv})""",
    "superstore": """
        select try_strptime("Order Date", '%Y-%m-%d')::date as day,
            "Product ID" as product, null::varchar as store, "Category" as category,
            "Sub-Category" as sub_category, try_cast("Quantity" as double) as quantity,
            try_cast("Sales" as double) as sales_amount
        from read_csv('{data}/superstore/orders.csv', delim=',', {csv})""",
    "umkm": """
        select try_cast("Tanggal" as date) as day, null::varchar as product,
            null::varchar as store, null::varchar as category,
            null::varchar as sub_category, try_cast("Total Qty" as double) as quantity,
            try_cast("Harga" as double) as sales_amount
        from read_csv('{data}/umkm/Sorted_Order_Report_by_Date.csv',
            delim=',', {csv})""",
}


def read_series(data: Path) -> pd.DataFrame:
    """Daily series of the three sources with dates, at every level they have.

    Rows that cannot be read (the sample has some on purpose) are left out.
    """
    parts = []
    for business, statement in _LINES.items():
        lines = statement.format(data=data, csv=_CSV)
        for measure in ("quantity", "sales_amount"):
            for level, column in (
                ("total", "'total'"),
                ("category", "category"),
                ("sub_category", "sub_category"),
                ("product", "product"),
                ("store", "store"),
            ):
                parts.append(
                    duckdb.sql(
                        f"""select '{business}' as business_id, '{measure}' as measure,
                            '{level}' as series_level, {column} as series_id,
                            day as sales_date, sum({measure}) as value
                        from ({lines}) where {column} is not null and day is not null
                            and {measure} is not null group by all"""
                    ).df()
                )
    series = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return series.astype({"sales_date": "datetime64[us]"})


def selection_table(
    series: pd.DataFrame, *, with_series_models: bool, is_sample: bool = False
) -> pd.DataFrame:
    """The model selected on earlier windows, scored on the untouched end.

    Bars with fixed values apply to the real files, not to the sample.
    """
    totals = series[series["series_level"] == "total"]
    rows = []
    for business, measure, days, words, bar, share in SELECTION_BARS:
        mine = totals[
            (totals["business_id"] == business) & (totals["measure"] == measure)
        ]
        scored = score_selection(
            mine,
            test_days=days,
            settings=_settings(with_series_models=with_series_models),
            countries=COUNTRIES,
            arima_orders=ARIMA_ORDERS,
        ).set_index("model_name")
        chosen = scored[scored["is_selected"]]
        limit = (
            bar
            if bar is not None
            else (share or 1) * scored.at["seasonal_naive", "mae"]
        )
        rows.append(
            {
                "series": f"{business} total {measure}",
                "untouched days": days,
                "selected": chosen.index[0],
                "mae": chosen["mae"].iloc[0],
                "bar": words,
                "bar mae": limit,
                "verdict": VERDICTS[
                    None
                    if is_sample and bar is not None
                    else bool(chosen["mae"].iloc[0] <= limit)
                ],
                "best in hindsight": scored["mae"].idxmin(),
                "its mae": scored["mae"].min(),
            }
        )
    return pd.DataFrame(rows)


def coverage_table(series: pd.DataFrame) -> pd.DataFrame:
    """Share of the backtests' days inside their intervals, all models, and the best."""
    accuracy = forecast_series(
        series, settings=_settings(with_series_models=False), countries=COUNTRIES
    ).accuracy
    accuracy = accuracy[accuracy["coverage_80"].notna()].copy()
    accuracy["days"] = accuracy["window_count"] * accuracy["horizon_days"]

    def shares(rows: pd.DataFrame, name: str) -> dict[str, object]:
        weights = rows["days"]
        return {
            "backtests of": name,
            "days": int(weights.sum()),
            "80 %": 100 * np.average(rows["coverage_80"], weights=weights),
            "95 %": 100 * np.average(rows["coverage_95"], weights=weights),
        }

    rows = [
        shares(group, " ".join(str(one) for one in key))
        for key, group in accuracy.groupby(["business_id", "series_level", "measure"])
    ]
    rows.append(shares(accuracy[accuracy["is_best_model"]], "all, best models"))
    sparse = (accuracy["business_id"] == "superstore") & (
        accuracy["series_level"] == "product"
    )
    rows.append(shares(accuracy[~sparse], "all without superstore's sparse products"))
    rows.append(shares(accuracy, "all"))
    return pd.DataFrame(rows)


def _settings(*, with_series_models: bool) -> ForecastSettings:
    if with_series_models:
        return ForecastSettings(workers=2)
    models = [name for name in MODEL_NAMES if name not in SERIES_MODELS]
    return ForecastSettings(models={"total": models})


# --- accuracy compared with the peer -------------------------------------------------


ETS, ARIMA = "AutoETS", "AutoARIMA"
#: Business, level and measure of the series that are compared with the peer, and the
#: models of the peer: AutoARIMA takes seconds per series of four years.
PEER_SERIES = (
    ("kalbe", "product", "quantity", (ETS, ARIMA)),
    ("superstore", "sub_category", "quantity", (ETS,)),
    ("superstore", "sub_category", "sales_amount", (ETS,)),
    ("superstore", "product", "quantity", (ETS,)),
)
QUICK_SERIES = "kalbe product"
#: An interval that covers this many points less than it claims is a loss.
TOO_NARROW = 3


def peer_table(
    series: pd.DataFrame,
    peer_python: str | None,
    *,
    models: Sequence[str] | None,
    most: int,
    only: str = "",
) -> pd.DataFrame:
    """Our selected model and the model of the peer, on the same origins.

    Ours sees all series of the level; of a large level some are compared. Processor
    milliseconds are those of a series and origin; ours include the backtest of all
    candidates, by which it selects.
    """
    rows = []
    for business, level, measure, usual_models in PEER_SERIES:
        if only not in f"{business} {level} {measure}":
            continue
        mine = series[
            (series["business_id"] == business)
            & (series["series_level"] == level)
            & (series["measure"] == measure)
        ]
        names, days, values = _matrix(mine)
        compared = _some_rows(len(names), most)
        origins = [len(days) - HORIZON * back for back in range(WINDOWS, 0, -1)]
        ours, actual = [], []
        spent = 0.0
        for origin in origins:
            known = mine[mine["sales_date"] < days[origin]]
            # The last day may have no row, but it is still the data end.
            ended = known.head(1).assign(sales_date=days[origin - 1], value=0.0)
            started = time.process_time()
            forecasts = forecast_series(
                pd.concat([known, ended]),
                settings=ForecastSettings(horizon_days=HORIZON),
                countries=COUNTRIES,
            ).forecasts
            spent += time.process_time() - started
            best = forecasts[forecasts["is_best_model"]]
            wide = best.pivot_table(
                index="series_id", columns="forecast_date", values="forecast_value"
            )
            ahead = days[origin : origin + HORIZON]
            wide = wide.reindex(index=[names[row] for row in compared], columns=ahead)
            ours.append(wide.to_numpy(dtype="float64"))
            actual.append(np.nan_to_num(values[compared, origin : origin + HORIZON]))
        each = 1000 * spent / (len(origins) * len(names))
        values = values[compared]
        truth, mae_ours = np.stack(actual), np.stack(ours)
        scales, squares = (
            np.stack([_seasonal_scale(values[:, :o], power) for o in origins])
            for power in (1, 2)
        )
        name = f"{business} {level} {measure}, {len(compared)} of {len(names)}"
        for model in models or usual_models:
            peer = peer_forecasts(
                peer_python, model, values, origins, [HORIZON] * WINDOWS
            )
            if isinstance(peer, str):
                rows.append({"series": name, "peer": f"{model}: {peer}"})
                continue
            forecasts, seconds = peer
            for label, part in (
                ("last origin", slice(-1, None)),
                ("all origins", slice(None)),
            ):
                rows.append(
                    {
                        "series": name,
                        "peer": model,
                        "origins": label,
                        **_compare(
                            truth[part],
                            mae_ours[part],
                            np.stack(forecasts)[part],
                            scales[part],
                            squares[part],
                        ),
                        "ms ours": each,
                        "ms peer": 1000 * seconds / (len(origins) * len(compared)),
                    }
                )
    return pd.DataFrame(rows)


def _some_rows(count: int, most: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def _matrix(series: pd.DataFrame) -> tuple[list[str], pd.DatetimeIndex, FloatArray]:
    wide = series.pivot_table(
        index="series_id", columns="sales_date", values="value", aggfunc="sum"
    )
    days = pd.date_range(wide.columns.min(), wide.columns.max())
    values = wide.reindex(columns=days).to_numpy(dtype="float64")
    born = (~np.isnan(values)).argmax(axis=1)
    values = np.nan_to_num(values)
    values[np.arange(len(days)) < born[:, None]] = np.nan
    return [str(name) for name in wide.index], days, values


def _seasonal_scale(values: FloatArray, power: int) -> FloatArray:
    difference = np.abs(values[:, 7:] - values[:, :-7]) ** power
    known = np.isfinite(difference)
    count = np.maximum(known.sum(axis=1), 1)
    scale = np.where(known, difference, 0).sum(axis=1) / count
    return np.where((known.sum(axis=1) > 28) & (scale > 0), scale, np.nan)


def _compare(
    truth: FloatArray,
    ours: FloatArray,
    peer: FloatArray,
    scales: FloatArray,
    squares: FloatArray,
) -> dict[str, object]:
    """Errors of both, with a paired bootstrap over series and origins.

    If most days have no sales, a forecast of zero has the best WAPE and MASE. RMSSE is
    shown too, because the mean, which a buyer needs, has the lowest RMSSE.
    """
    usable = np.isfinite(ours).all(axis=2) & np.isfinite(peer).all(axis=2)
    usable &= np.isfinite(scales)
    errors = [np.abs(one - truth).mean(axis=2)[usable] for one in (ours, peer)]
    squared = [((one - truth) ** 2).mean(axis=2)[usable] for one in (ours, peer)]
    size = np.abs(truth).mean(axis=2)[usable]
    scale, square = scales[usable], squares[usable]
    draws = np.random.default_rng(0).integers(0, len(size), (2000, len(size)))

    def wape(error: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
        ratio: FloatArray = error[rows].sum(axis=-1) / size[rows].sum(axis=-1)
        return ratio

    def mase(error: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
        means: FloatArray = (error / scale)[rows].mean(axis=-1)
        return means

    def rmsse(error: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
        means: FloatArray = np.sqrt((error / square)[rows].mean(axis=-1))
        return means

    everything = np.arange(len(size))
    found: dict[str, object] = {}
    for name, measure, of in (
        ("WAPE", wape, errors),
        ("MASE", mase, errors),
        ("RMSSE", rmsse, squared),
    ):
        mine, theirs = (float(measure(error, everything)) for error in of)
        gap = measure(of[0], draws) - measure(of[1], draws)
        low, high = np.quantile(gap, [0.025, 0.975])
        found |= {
            f"{name} ours": mine,
            f"{name} peer": theirs,
            f"{name} gap": f"{low:+.4f}..{high:+.4f}",
            f"{name} verdict": _verdict(low, high),
        }
    totals = [(one - truth).sum(axis=2)[usable].sum() for one in (ours, peer)]
    everything_sold = float(np.abs(truth).sum(axis=2)[usable].sum())
    found["bias ours %"] = 100 * totals[0] / everything_sold
    found["bias peer %"] = 100 * totals[1] / everything_sold
    return found


def _verdict(low: float, high: float) -> str:
    if high < 0:
        return "better"
    return "worse" if low > 0 else "no difference"


def peer_forecasts(
    python: str | None,
    model: str,
    values: FloatArray,
    origins: Iterable[int],
    horizons: Iterable[int],
    *,
    start: str = "2000-01-01",
    boosted: bool = False,
) -> tuple[list[FloatArray], float] | str:
    """Forecasts and processor seconds of a peer, or why there are none.

    Parameters
    ----------
    model
        A model of statsforecast; if ``boosted``, an objective of LightGBM.
    start
        The first day, which only LightGBM uses.
    """
    if not python or not Path(python).exists():
        return "peer not installed"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NIXTLA_ID_AS_COL": "1"}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "panel.npz", Path(folder) / "forecasts.npz"
        places = list(origins)
        np.savez(
            source,
            values=values,
            origins=places,
            horizons=list(horizons),
            start=np.array(start),
        )
        script = BOOSTING_PEER if boosted else PEER
        finished = subprocess.run(
            [python, str(script), model, str(source), str(target)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            return last_words(finished)
        result = np.load(target)
        forecasts = [result[f"forecast_{place}"] for place in range(len(places))]
        return forecasts, float(result["seconds"])


# --- speed ---------------------------------------------------------------------------


def synthetic_series(count: int, days: int = 730, *, seed: int = 0) -> pd.DataFrame:
    """Product series of counts, each with its own week, year, trend and level."""
    random = np.random.default_rng(seed)
    time_ = np.arange(days)
    level = random.lognormal(1.0, 1.0, (count, 1))
    trend = 1 + random.normal(0, 0.1, (count, 1)) * time_ / days
    week = 1 + 0.3 * np.sin(2 * np.pi * time_ / 7 + random.uniform(0, 6, (count, 1)))
    year = 1 + 0.2 * np.sin(2 * np.pi * time_ / 365.25)
    values = random.poisson(np.maximum(level * trend * week * year, 0.01))

    def repeated(text: str) -> pd.api.extensions.ExtensionArray:
        return pd.array([text], dtype="string").take(np.zeros(count * days, dtype=int))

    names = pd.array([f"p{i:05d}" for i in range(count)], dtype="string")
    dates = pd.date_range("2022-01-01", periods=days)
    return pd.DataFrame(
        {
            "business_id": repeated("shop"),
            "measure": repeated("quantity"),
            "series_level": repeated("product"),
            "series_id": names.take(np.repeat(np.arange(count), days)),
            "sales_date": np.tile(dates.to_numpy(), count),
            "value": values.ravel().astype("float64"),
        }
    )


def measure_ours(count: int) -> tuple[float, float, float]:
    """Wall and processor seconds, and the peak in MiB, in a separate process."""
    code = f"import benchmarks.forecasting as b; b.print_cost({count})"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall, processor, peak = (float(one) for one in finished.stdout.split())
    return wall, processor, peak


def print_cost(count: int) -> None:
    """Print what one run over synthetic series costs (see :func:`measure_ours`)."""
    series = synthetic_series(count)
    wall, processor = time.perf_counter(), time.process_time()
    forecast_series(series)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(wall, processor, _peak_mib())


def _peak_mib() -> float:
    """Largest resident set of this process.

    ``getrusage`` would give that of the parent before it started this program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if "VmHWM" in x)
        return float(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed_table(
    peer_python: str | None,
    *,
    sizes: Sequence[int],
    peer_series: int,
    models: Sequence[str],
) -> pd.DataFrame:
    """Backtest and forecast of synthetic products, 730 days each.

    Processor seconds of both are compared: they suffer less from a busy machine.
    """
    rows: list[dict[str, object]] = []
    first = 0.0
    for size in sizes:
        wall, processor, peak = measure_ours(size)
        first = first or processor / size
        rows.append(
            {
                "what": f"ours, {size} series",
                "wall s": wall,
                "processor s": processor,
                "peak MiB": peak,
                "ms a series": 1000 * processor / size,
            }
        )
    _, days, values = _matrix(synthetic_series(peer_series))
    origins = [len(days) - HORIZON * back for back in range(WINDOWS, -1, -1)]
    for model in models:
        peer = peer_forecasts(
            peer_python, model, values, origins, [HORIZON] * (WINDOWS + 1)
        )
        if isinstance(peer, str):
            rows.append({"what": f"{model}: {peer}"})
            continue
        each = peer[1] / peer_series
        rows.append(
            {
                "what": f"{model}, {peer_series} series, one process",
                "processor s": peer[1],
                "ms a series": 1000 * each,
                "times ours": each / first,
            }
        )
    return pd.DataFrame(rows)


def shown_peers(rows: pd.DataFrame) -> pd.DataFrame:
    """Our value and that of the peer in one cell; bold: ours better, italic: worse."""
    marks = {"better": "**", "worse": "*"}
    shown = rows.reindex(columns=["series", "peer", "origins"])
    if "origins" not in rows:
        return shown
    for name in ("WAPE", "MASE", "RMSSE"):
        shown[f"{name} ours / peer (gap)"] = [
            ""
            if pd.isna(row["origins"])
            else "{0}{1} / {2}{0} ({3})".format(
                marks.get(row[f"{name} verdict"], ""),
                cell(row[f"{name} ours"]),
                cell(row[f"{name} peer"]),
                row[f"{name} gap"],
            )
            for row in rows.to_dict("records")
        ]
    for unit in ("bias ours %", "bias peer %", "ms ours", "ms peer"):
        shown[unit] = rows[unit]
    return shown


def losses(
    selected: pd.DataFrame,
    covered: pd.DataFrame,
    compared: pd.DataFrame,
    timed: pd.DataFrame,
) -> list[str]:
    """Where another model or the peer was better, or an interval was too narrow."""
    found = []
    for row in selected.to_dict("records"):
        if row["its mae"] < row["mae"]:
            found.append(
                f"{row['series']}: `{row['best in hindsight']}` would have had an MAE "
                f"of {cell(row['its mae'])}; `{row['selected']}`, selected, has "
                f"{cell(row['mae'])}"
            )
        if row["verdict"] == MISSED:
            found.append(f"{row['series']}: above the bar, {cell(row['bar mae'])}")
    for row in covered.to_dict("records"):
        found += [
            f"{row['backtests of']}: {cell(row[f'{nominal} %'])} % of the days lie in "
            f"the {nominal} % interval"
            for nominal in (80, 95)
            if row[f"{nominal} %"] < nominal - TOO_NARROW
        ]
    for row in compared.to_dict("records"):
        worse = [
            f"{name} {cell(row[f'{name} ours'])}, {row['peer']} "
            f"{cell(row[f'{name} peer'])}"
            for name in ("WAPE", "MASE", "RMSSE")
            if row.get(f"{name} verdict") == "worse"
        ]
        if worse:
            found.append(f"{row['series']}, {row['origins']}: {'; '.join(worse)}")
        if row.get("ms peer", np.inf) < row.get("ms ours", 0):
            found.append(
                f"{row['series']}, {row['origins']}: {row['peer']} takes "
                f"{cell(row['ms peer'])} ms a series, ours {cell(row['ms ours'])}"
            )
    for row in timed.to_dict("records"):
        if row.get("times ours", 1) < 1:
            found.append(f"{row['what']}: {cell(row['times ours'])} of our time")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--peer-python", default=default_python())
    parser.add_argument(
        "--peer-models", nargs="+", help="AutoETS, and AutoARIMA for kalbe if not given"
    )
    parser.add_argument("--peer-series", type=int, default=150, help="most of a level")
    parser.add_argument(
        "--only",
        default="",
        help="part of the names of the series to compare with the peer",
    )
    parser.add_argument(
        "--speed-series", type=int, default=20, help="timed of the peer"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument(
        "--series-models", action="store_true", help="ARIMA and LSTM compete, too"
    )
    parser.add_argument(
        "--tables",
        nargs="+",
        choices=["selection", "coverage", "accuracy", "speed"],
        default=["selection", "coverage", "accuracy", "speed"],
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="the selection, kalbe's products and AutoETS, 100 series",
    )
    options = parser.parse_args()
    if options.quick:
        options.tables = ["selection", "accuracy", "speed"]
        options.only, options.peer_models = QUICK_SERIES, [ETS]
        options.sizes, options.speed_series = [100], 3
    series = read_series(options.data)
    selected, covered, compared, timed = (pd.DataFrame() for _ in range(4))
    if "selection" in options.tables:
        print("\nSelected on earlier windows only, scored on the untouched end\n")
        selected = selection_table(
            series,
            with_series_models=options.series_models,
            is_sample=options.data.resolve() == SAMPLE,
        )
        print(table(selected), flush=True)
    if "coverage" in options.tables:
        print("\nPer cent of days in intervals, calibrated on earlier windows only\n")
        covered = coverage_table(series)
        print(table(covered), flush=True)
    if "accuracy" in options.tables:
        print(
            "\nAccuracy compared with the peer; the gap is the 95 % interval of ours "
            "less the peer's\n(paired bootstrap): **ours better**, *ours worse*, else "
            "no difference; ms of the\nprocessor, a series and origin, ours with the "
            "backtest of all candidates\n"
        )
        compared = peer_table(
            series,
            options.peer_python,
            models=options.peer_models,
            most=options.peer_series,
            only=options.only,
        )
        print(table(shown_peers(compared)), flush=True)
    if "speed" in options.tables:
        print("\nSeconds for backtest and forecast, 730 days a series\n")
        timed = speed_table(
            options.peer_python,
            sizes=options.sizes,
            peer_series=options.speed_series,
            models=options.peer_models or [ETS, ARIMA],
        )
        print(table(timed))
    print("\n" + loss_lines(losses(selected, covered, compared, timed)))


if __name__ == "__main__":
    main()
