"""A model of statsforecast on a panel: run in the peers' environment.

    python benchmarks/forecasting_peer.py AutoETS panel.npz forecasts.npz

Reads ``values`` (series x days, NaN before a series begins), ``origins`` and
``horizons``; writes a forecast for each origin (``forecast_0``, ...) and the processor
seconds that the fits took, imports and the first compilation left out. It imports
nothing of the project.
"""

from __future__ import annotations

import sys
import time
import warnings
from functools import partial

import numpy as np
from statsforecast import models

#: Models without a season.
_ARGUMENTS: dict[str, dict[str, float]] = {
    "CrostonSBA": {},
    "TSB": {"alpha_d": 0.1, "alpha_p": 0.1},
}


def main() -> None:
    name, source, target = sys.argv[1:]
    warnings.filterwarnings("ignore")
    given = np.load(source)
    values = given["values"]
    make = partial(getattr(models, name), **_ARGUMENTS.get(name, {"season_length": 7}))
    make().forecast(y=np.arange(60.0) % 7, h=7)
    result: dict[str, object] = {}
    seconds = 0.0
    pairs = zip(given["origins"], given["horizons"], strict=True)
    for place, (origin, horizon) in enumerate(pairs):
        forecast = np.full((len(values), horizon), np.nan)
        for row, series in enumerate(values[:, :origin]):
            known = series[~np.isnan(series)]
            if len(known) < 2:
                continue
            started = time.process_time()
            try:
                forecast[row] = make().forecast(y=known, h=horizon)["mean"]
            except Exception:
                # A series that it cannot fit gets the fallback forecast.
                forecast[row] = known.mean()
            seconds += time.process_time() - started
        result[f"forecast_{place}"] = forecast
    np.savez(target, seconds=seconds, **result)


if __name__ == "__main__":
    main()
