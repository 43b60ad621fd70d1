"""Break key formulas on purpose, one at a time, and check that a test fails.

    python -m tests.mutations              # all of the table below
    python -m tests.mutations MASE RFM     # those whose names contain a word

`make mutations` copies the project, changes one line, runs the narrow test that should
fail, and says which changes were noticed. tests/python/test_mutations.py checks in
every run that each formula is still where this table says.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "target", "logs", "warehouse", "published", ".cache", "__pycache__"
)


@dataclass(frozen=True)
class Mutation:
    """A formula, a wrong formula to replace it, and the test that should fail.

    `check` names pytest's tests; with `is_sql` it is a model whose dbt tests run, only
    on the data of its unit tests.
    """

    name: str
    file: str
    original: str
    mutant: str
    check: str
    is_sql: bool = False


METRICS = "tests/python/test_forecasting_metrics.py"
ARIMA = "tests/python/test_forecasting_arima.py"
FORECASTS = "tests/python/test_forecasting_core.py"
RULES = "tests/python/test_basket_rules.py"
CLUSTERS = "tests/python/test_customers_clustering.py"
LIFETIMES = "tests/python/test_customers_lifetime_value.py"
SPEND = "tests/python/test_prospecting_spend.py"
PROSPECTS = "tests/python/test_prospecting_prospects.py"
LINES = "tests/python/test_random_staging.py"

MUTATIONS = (
    Mutation(
        "MASE: scaled by squares",
        "src/retail_marts/forecasting/metrics.py",
        "np.nanmean(by_window / absolute_scale, axis=0)",
        "np.nanmean(by_window / squared_scale, axis=0)",
        METRICS,
    ),
    Mutation(
        "MASE: its scale knows the days that are forecast",
        "src/retail_marts/forecasting/metrics.py",
        "np.stack([np.abs(difference[:, :o]).sum(axis=1) for o in origins])",
        "np.stack([np.abs(difference).sum(axis=1) for o in origins])",
        METRICS,
    ),
    Mutation(
        "WAPE: divided by the forecast",
        "src/retail_marts/forecasting/metrics.py",
        "total = np.nansum(size, axis=(0, 2))",
        "total = np.nansum(np.abs(forecast), axis=(0, 2))",
        METRICS,
    ),
    Mutation(
        "best model: a lonely series goes by its few windows",
        "src/retail_marts/forecasting/selection.py",
        "np.where(exempt, 0.0, added)",
        "np.where(exempt, 0.0, 0.0)",
        f"{FORECASTS}::test_few_windows_of_a_lonely_series_do_not_outweigh_its_history",
    ),
    Mutation(
        "beats_baseline: also by chance",
        "src/retail_marts/forecasting/selection.py",
        "(mean > np.maximum(needed, 1e-9))",
        "(mean > 1e-9)",
        f"{FORECASTS}::test_beats_beyond_chance_is_rare_by_chance",
    ),
    Mutation(
        "smoothing: closed days are forgotten days",
        "src/retail_marts/forecasting/panel_models.py",
        "sums *= np.where(silent[day], 1.0, kept) if has_silent[day] else kept",
        "sums *= kept + 0.0",
        f"{FORECASTS}::test_smooth_forgets_nothing_on_days_that_never_sell",
    ),
    Mutation(
        "prediction intervals: no finite-sample step",
        "src/retail_marts/forecasting/intervals.py",
        "outside = (1 if share > 0.5 else -1) * abs(share - 0.5) * 2 / total",
        "outside = 0.0 / total",
        METRICS,
    ),
    Mutation(
        "prediction intervals: a window sees its own errors",
        "src/retail_marts/forecasting/intervals.py",
        "        pooled = seen + history * (weight / max(history.sum(), 1.0))",
        "        pooled = score_counts(errors[min(origin, window_count - 1)], spread)",
        METRICS,
    ),
    Mutation(
        "reconciled forecasts: children no longer add up",
        "src/retail_marts/forecasting/reconcile.py",
        "return np.where(usable, parts * factor, shares[:, None] * wanted)",
        "return np.where(usable, parts, shares[:, None] * wanted)",
        METRICS,
    ),
    Mutation(
        "ARIMA: the likelihood's change of units has the wrong sign",
        "src/retail_marts/forecasting/arima.py",
        '"aic": float(results.aic) + 2.0 * shift',
        '"aic": float(results.aic) - 2.0 * shift',
        ARIMA,
    ),
    Mutation(
        "association rules: lift by the wrong margin",
        "src/retail_marts/basket/rules.py",
        '"lift": (both * basket_total) / (first * second)',
        '"lift": (both * basket_total) / (first * first)',
        f"{RULES}::test_measures_equal_mlxtend_and_rules_at_the_threshold_are_kept",
    ),
    Mutation(
        "association rules: conviction of the consequent itself",
        "src/retail_marts/basket/rules.py",
        "conviction = first * (basket_total - second) / (basket_total * fails)",
        "conviction = first * second / (basket_total * fails)",
        f"{RULES}::test_measures_equal_mlxtend_and_rules_at_the_threshold_are_kept",
    ),
    Mutation(
        "association rules: Fisher's tail without the observed count",
        "src/retail_marts/basket/rules.py",
        "result[side] = 1 - chance * _falling_sum(*fewer, *more, never)",
        "result[side] = chance * _falling_sum(*fewer, *more, never)",
        f"{RULES}::test_p_values_equal_scipy",
    ),
    Mutation(
        "k-means: the worst start is kept",
        "src/retail_marts/customers/clustering.py",
        "best: FloatArray = centres[int(np.argmin(inertia))]\n        return best",
        "best: FloatArray = centres[int(np.argmax(inertia))]\n        return best",
        f"{CLUSTERS}::test_inertia_is_no_worse_than_many_starts_of_scikit_learn",
    ),
    Mutation(
        "BG/NBD: the likelihood forgets the age of buyers",
        "src/retail_marts/customers/bg_nbd.py",
        "value -= r * (buyers @ growth) + repeats @ np.log(alpha + ages)",
        "value -= r * (buyers @ growth) + repeats @ np.log(alpha + 0 * ages)",
        f"{LIFETIMES}::test_likelihoods_are_the_papers_formulas",
    ),
    Mutation(
        "gamma-gamma: the likelihood counts each customer's orders once",
        "src/retail_marts/customers/gamma_gamma.py",
        "value = -(customers @ betaln(p * n, q))",
        "value = -(customers @ betaln(p, q))",
        f"{LIFETIMES}::test_likelihoods_are_the_papers_formulas",
    ),
    Mutation(
        "spend models: the held-out fold is trained on",
        "src/retail_marts/prospecting/spend_model.py",
        "pipelines = tuple(fitted(training) for training, _ in folds)",
        "pipelines = tuple(fitted(np.arange(len(target))) for _ in folds)",
        f"{SPEND}::test_a_folds_model_never_saw_the_customers_it_is_measured_on",
    ),
    Mutation(
        "prospects: a fold's calibration sees the fold",
        "src/retail_marts/prospecting/look_alikes.py",
        "result[held] = fit_line(log_odds, matched, ~held).apply(log_odds[held])",
        "result[held] = fit_line(log_odds, matched, held).apply(log_odds[held])",
        PROSPECTS,
    ),
    Mutation(
        "prospects: AUC without the survey's weights",
        "src/retail_marts/prospecting/look_alikes.py",
        '"auc": float(roc_auc_score(target, log_odds, sample_weight=weights))',
        '"auc": float(roc_auc_score(target, log_odds))',
        f"{PROSPECTS}::test_auc_counts_families_by_their_weight",
    ),
    Mutation(
        "RFM: equal values go to the higher fifth",
        "macros/customers/quintile.sql",
        "range(1, 5) %}\n        + case when {{ column }} > {{ bounds }}",
        "range(1, 5) %}\n        + case when {{ column }} >= {{ bounds }}",
        "fct_customer_rfm",
        is_sql=True,
    ),
    Mutation(
        "RFM: recency counts forwards",
        "macros/customers/rfm_scored.sql",
        "6 - {{ quintile(relation ~ '.recency_days'",
        "0 + {{ quintile(relation ~ '.recency_days'",
        "fct_customer_rfm",
        is_sql=True,
    ),
    Mutation(
        "sales lines: a return adds to sales",
        "macros/mapped/mapped_sales_lines.sql",
        "case when is_return then -abs({{ amount }}) else {{ amount }} end",
        "case when is_return then abs({{ amount }}) else {{ amount }} end",
        LINES,
    ),
    Mutation(
        "sales lines: only half of a discount is taken off",
        "macros/mapped/mapped_sales_lines.sql",
        "then parsed_discount_rate else 0 end",
        "then parsed_discount_rate / 2 else 0 end",
        LINES,
    ),
)


def main(wanted: Sequence[str] = ()) -> int:
    """Try the mutations whose names contain a given word; 1 if one goes unnoticed."""
    tried = [
        mutation
        for mutation in MUTATIONS
        if not wanted or any(word in mutation.name for word in wanted)
    ]
    if not tried:
        print(f"No name holds {' or '.join(wanted)}.")
        return 1
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=_LEFT_OUT, symlinks=True)
        for check, is_sql in sorted({(m.check, m.is_sql) for m in tried}):
            verdict, output = _verdict(copy, check, is_sql=is_sql)
            if verdict != "survived":
                print(f"{check} fails as things are; nothing can be said.\n{output}")
                return 1
        failures = 0
        for mutation in tried:
            start = time.monotonic()
            path = copy / mutation.file
            sound = path.read_text(encoding="utf-8")
            path.write_text(
                sound.replace(mutation.original, mutation.mutant), encoding="utf-8"
            )
            verdict, output = _verdict(copy, mutation.check, is_sql=mutation.is_sql)
            path.write_text(sound, encoding="utf-8")
            seconds = time.monotonic() - start
            print(f"{verdict:9} {seconds:4.0f} s  {mutation.name}", flush=True)
            if verdict != "killed":
                failures += 1
                print(output if verdict == "broken" else "", end="")
        print(f"{len(tried) - failures} of {len(tried)} mutations were noticed.")
    return 1 if failures else 0


def _verdict(copy: Path, check: str, *, is_sql: bool) -> tuple[str, str]:
    """Killed by a failing test, survived, or broken: stopped by something else."""
    work = copy.with_name("work")
    shutil.rmtree(work, ignore_errors=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RETAIL_MARTS_WAREHOUSE": str(work / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
    }
    dbt = [str(Path(sys.executable).with_name("dbt")), "build", "--select", f"+{check}"]
    command = (
        [*dbt, "--indirect-selection", "cautious", "--vars", '{"sources": []}']
        if is_sql
        else [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", check]
    )
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    if done.returncode == 0:
        return "survived", output
    has_failed_test = re.search(r"\bFAIL(ED)? ", output) and done.returncode == 1
    return ("killed" if has_failed_test else "broken"), output[-3000:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("wanted", metavar="WORD", nargs="*", help="part of a name")
    sys.exit(main(parser.parse_args().wanted))
