"""Speed of lifetime values, compared with plain fits of the same likelihood.

    python -m benchmarks.lifetime_value                       # 200,000 and 2 million
    python -m benchmarks.lifetime_value --sizes 20000 --peer-size 5000
    python -m benchmarks.lifetime_value --quick               # 20,000

Customers are simulated from known parameters. The first table is the whole library
call (models on the whole history and on the calibration days, expectations of every
customer, holdout table). The second is BG/NBD and Gamma-Gamma alone, compared with two
peers that maximise the same likelihood over all customers one by one, with gradients by
differences, as a plain scipy script does: L-BFGS-B and Nelder-Mead. The ratio counts
only if all reach the same log-likelihood. The archived package lifetimes takes part
where the peers' environment has it (``python -m benchmarks.peers``, or that of
``--peer-python`` or ``RETAIL_MARTS_PEER_PYTHON``).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln
from threadpoolctl import threadpool_limits

from benchmarks.markdown import cell, loss_lines, table
from benchmarks.peers import default_python, last_words
from retail_marts.customers import bg_nbd, gamma_gamma
from retail_marts.customers.lifetime_value import customer_lifetime_values

FloatArray = NDArray[np.float64]
PEER = Path(__file__).with_name("lifetime_value_peer.py")

#: r, alpha (days), a, b, and p, q, gamma (money) of the simulated customers.
TRUTH = {
    "r": 0.6,
    "alpha": 60.0,
    "a": 0.8,
    "b": 3.0,
    "p": 6.0,
    "q": 4.0,
    "gamma": 15.0,
}


def simulated_purchases(
    customers: int,
    *,
    seed: int,
    span: int = 730,
    holdout: int = 182,
    truth: dict[str, float] | None = None,
) -> dict[str, FloatArray]:
    """Purchases of customers who start within a span of days and follow the model.

    Returns
    -------
    dict
        One value per customer: ``observed`` days; ``repeats`` and ``last`` in
        continuous time; ``days`` and ``last_day`` when a day counts once, including the
        first purchase; the same up to ``holdout`` days before the end as ``early_days``
        and ``early_last_day`` (0 for customers who start later).
    """
    at = truth or TRUTH
    random = np.random.default_rng(seed)
    observed = random.integers(1, span, customers).astype(np.float64)
    rates = random.gamma(at["r"], 1 / at["alpha"], customers)
    leaving = np.clip(random.beta(at["a"], at["b"], customers), 1e-9, 1)
    lives = random.geometric(leaving).astype(np.float64)
    cut = observed - holdout
    zeros = np.zeros(customers)
    repeats, last, day = zeros.copy(), zeros.copy(), zeros.copy()
    days, early_day = zeros + 1, zeros.copy()
    early_days = (cut >= 0).astype(np.float64)
    now = zeros.copy()
    alive = np.arange(customers)
    while len(alive):
        now[alive] += random.exponential(1 / np.maximum(rates[alive], 1e-12))
        alive = alive[now[alive] <= observed[alive]]
        repeats[alive] += 1
        last[alive] = now[alive]
        today = np.floor(now[alive])
        new = today > day[alive]
        day[alive] = today
        days[alive] += new
        early = alive[today <= cut[alive]]
        early_days[early] += new[today <= cut[alive]]
        early_day[early] = day[early]
        alive = alive[repeats[alive] < lives[alive]]
    return {
        "observed": observed,
        "repeats": repeats,
        "last": last,
        "days": days,
        "last_day": day,
        "early_days": early_days,
        "early_last_day": early_day,
    }


def simulated_totals(
    counts: FloatArray, *, seed: int, truth: dict[str, float] | None = None
) -> FloatArray:
    """Total value of the purchases of each customer."""
    at = truth or TRUTH
    random = np.random.default_rng(seed)
    scales = random.gamma(at["q"], 1 / at["gamma"], len(counts))
    return random.gamma(at["p"] * counts) / scales


def simulated_histories(
    customers: int,
    *,
    seed: int = 0,
    holdout: int = 182,
    business: str = "shop",
    truth: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Simulated customers in the format of the library."""
    bought = simulated_purchases(customers, seed=seed, holdout=holdout, truth=truth)
    later = bought["days"] - bought["early_days"]
    early = bought["early_days"]
    random = np.random.default_rng(seed + 1)
    at = truth or TRUTH
    scales = random.gamma(at["q"], 1 / at["gamma"], customers)
    # A gamma distribution of shape 0 is 0.
    before, after = (random.gamma(at["p"] * n) / scales for n in (early, later))
    known = early > 0
    return pd.DataFrame(
        {
            "business_id": business,
            "customer_id": [f"C{i:07d}" for i in range(customers)],
            "purchase_day_count": bought["days"],
            "days_to_last_purchase": bought["last_day"],
            "days_since_first_purchase": bought["observed"],
            "sales_amount": before + after,
            "calibration_purchase_day_count": early,
            "calibration_days_to_last_purchase": np.where(
                known, bought["early_last_day"], np.nan
            ),
            "calibration_days_since_first_purchase": np.where(
                known, bought["observed"] - holdout, np.nan
            ),
            "calibration_sales_amount": np.where(known, before, np.nan),
            "holdout_days": float(holdout),
            "holdout_purchase_day_count": later,
            "holdout_sales_amount": after,
        }
    )


# --- the same likelihoods in plain code -----------------------------------------------


def plain_bg_nbd(
    parameters: Sequence[float],
    repeats: FloatArray,
    last: FloatArray,
    observed: FloatArray,
) -> FloatArray:
    """Log-likelihood of each customer, from equation (6) of the paper."""
    r, alpha, a, b = parameters
    x = repeats
    whole = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    share = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    stays = -(r + x) * np.log(alpha + observed)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    return whole + share + np.where(x > 0, np.logaddexp(stays, left), stays)


def plain_gamma_gamma(
    parameters: Sequence[float], counts: FloatArray, totals: FloatArray
) -> FloatArray:
    """Log-likelihood of each customer's mean value, from equation (1a) of the note."""
    p, q, gamma = parameters
    mean = totals / counts
    return (
        gammaln(p * counts + q)
        - gammaln(p * counts)
        - gammaln(q)
        + q * np.log(gamma)
        + (p * counts - 1) * np.log(mean)
        + p * counts * np.log(counts)
        - (p * counts + q) * np.log(gamma + totals)
    )


def plain_fit(
    log_likelihood: Callable[..., FloatArray], size: int, *data: FloatArray, method: str
) -> float:
    """The largest log-likelihood that a search from all ones finds."""

    def objective(logs: FloatArray) -> float:
        return -float(log_likelihood(np.exp(logs), *data).mean())

    # The default tolerance stops L-BFGS-B far from the maximum.
    options = {"maxiter": 5000, "maxfev": 5000} if method == "Nelder-Mead" else {}
    found = minimize(
        objective, np.zeros(size), method=method, tol=1e-9, options=options
    )
    return -float(found.fun) * len(data[0])


def _measured(work: Callable[[], object]) -> tuple[float, float, object]:
    wall, processor = time.perf_counter(), time.process_time()
    with threadpool_limits(limits=1):
        result = work()
    return time.perf_counter() - wall, time.process_time() - processor, result


def lifetimes_fits(
    peer_python: str | None, history: Sequence[FloatArray], totals: FloatArray
) -> dict[str, tuple[float, float, float]] | str:
    """Seconds, processor seconds and log-likelihood of both models by lifetimes; or
    why there are none.
    """
    if not peer_python:
        return "peer not installed"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npy"
        np.save(path, np.stack([*history, totals]))
        done = subprocess.run(
            [peer_python, str(PEER), str(path)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return last_words(done)
    result = {}
    for line in done.stdout.splitlines():
        model, wall, processor, *parameters = line.split()
        at = [float(one) for one in parameters]
        value = (
            plain_bg_nbd(at, *history)
            if model == "bg_nbd"
            else plain_gamma_gamma(at, history[0] + 1, totals)
        )
        result[model] = (float(wall), float(processor), float(value.sum()))
    return result


def whole_table(sizes: Sequence[int]) -> pd.DataFrame:
    rows = []
    for size in sizes:
        histories = simulated_histories(size)
        wall, processor, _ = _measured(lambda h=histories: customer_lifetime_values(h))
        rows.append(
            {
                "customers": size,
                "wall s": wall,
                "processor s": processor,
                "microseconds per customer": 1e6 * processor / size,
                "peak MiB so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                / 1024,
            }
        )
    return pd.DataFrame(rows)


def fit_table(
    sizes: Sequence[int], peer_size: int, peer_python: str | None = None
) -> pd.DataFrame:
    """Ours for each size; the peers for one size, because larger ones take minutes."""
    rows: list[dict[str, object]] = []
    for size in sorted({*sizes, peer_size}):
        bought = simulated_purchases(size, seed=0)
        history = (bought["repeats"], bought["last"].round(), bought["observed"])
        counts = bought["repeats"] + 1
        totals = simulated_totals(counts, seed=1)
        runs: dict[str, tuple[Callable[[], float], Callable[[], float]]] = {
            "ours": (
                lambda h=history: (
                    bg_nbd.fit_bg_nbd(bg_nbd.count_histories(*h)).log_likelihood
                ),
                lambda c=counts, t=totals: (
                    gamma_gamma.fit_gamma_gamma(c, t).log_likelihood
                ),
            )
        }
        for method in ("L-BFGS-B", "Nelder-Mead") if size == peer_size else ():
            runs[f"scipy {method}"] = (
                lambda m=method, h=history: plain_fit(plain_bg_nbd, 4, *h, method=m),
                lambda m=method, c=counts, t=totals: plain_fit(
                    plain_gamma_gamma, 3, c, t, method=m
                ),
            )
        first: dict[str, float] = {}
        for name, works in runs.items():
            for model, work in zip(("bg_nbd", "gamma_gamma"), works, strict=True):
                wall, processor, value = _measured(work)
                first.setdefault(model, processor)
                rows.append(
                    {
                        "model": model,
                        "customers": size,
                        "by": name,
                        "wall s": wall,
                        "processor s": processor,
                        "times ours": processor / first[model],
                        "log-likelihood": value,
                    }
                )
        if size == peer_size:
            others = lifetimes_fits(peer_python, history, totals)
            if isinstance(others, str):
                rows += [
                    {"model": model, "customers": size, "by": f"lifetimes: {others}"}
                    for model in first
                ]
                continue
            for model, (wall, processor, value) in others.items():
                rows.append(
                    {
                        "model": model,
                        "customers": size,
                        "by": "lifetimes",
                        "wall s": wall,
                        "processor s": processor,
                        "times ours": processor / first[model],
                        "log-likelihood": value,
                    }
                )
    return pd.DataFrame(rows)


def losses(fits: pd.DataFrame) -> list[str]:
    """Where a peer takes less, or finds a higher likelihood."""
    found = []
    for (model, size), rows in fits.groupby(["model", "customers"]):
        best = rows.set_index("by")["log-likelihood"]
        for row in rows.to_dict("records"):
            where = f"{model}, {size:,} customers: {row['by']}"
            if row["times ours"] < 1:
                found.append(f"{where} takes {cell(row['times ours'])} of our time")
            # Searches end within this distance of the maximum.
            gain = row["log-likelihood"] - best["ours"]
            if gain > 1e-9 * abs(best["ours"]):
                found.append(f"{where} ends higher by {cell(gain)} in log-likelihood")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[200_000, 2_000_000])
    parser.add_argument("--peer-size", type=int, default=200_000)
    parser.add_argument("--quick", action="store_true", help="20,000 customers")
    parser.add_argument("--peer-python", default=default_python())
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.peer_size = [20_000], 20_000
    print("\nThe whole call: two fits of both models, expectations, holdout table\n")
    print(table(whole_table(options.sizes)), flush=True)
    print("\nThe fits alone, to the same maximum\n")
    fits = fit_table(options.sizes, options.peer_size, options.peer_python)
    fits = fits.sort_values(["model", "customers"], kind="stable")
    # All digits: the ratio of seconds counts only where these are equal.
    digits = fits["log-likelihood"].map("{:,.3f}".format, na_action="ignore")
    print(table(fits.assign(**{"log-likelihood": digits})))
    print("\n" + loss_lines(losses(fits)))


if __name__ == "__main__":
    main()
