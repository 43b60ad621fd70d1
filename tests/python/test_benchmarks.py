"""The contenders of benchmarks/scale.py give equal results; the page of results."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import __main__ as everything
from benchmarks import (
    baskets,
    forecast_panels,
    forecasting,
    lifetime_value,
    markdown,
    peers,
    refresh,
    rfm,
    scale,
    segments,
)
from benchmarks.figures import differences
from retail_marts.sample.flat import write_flat_sales

ROWS = 20_000
BUSINESSES = 3


@pytest.fixture(scope="module")
def soiled_parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated file, followed by a row of each kind of fault and oddity."""
    path = tmp_path_factory.mktemp("flat") / "flat.parquet"
    write_flat_sales(path, rows=ROWS, businesses=BUSINESSES, products=60, seed=7)
    table = pq.read_table(path)
    nullable = pa.schema([field.with_nullable(True) for field in table.schema])
    row = table.slice(0, 1).to_pylist()[0] | {"order_id": "X1", "quantity": 2}
    faults = [
        {"business_id": None},
        {"business_id": "kalbe"},
        {"order_id": "  "},
        {"product_id": None, "product_name": None},
        {"order_date": None},
        {"quantity": None},
        {"unit_price_amount": None},
        {"sales_amount": None, "order_id": ""},
    ]
    oddities = [
        {"quantity": 0},
        {"sales_amount": Decimal("-3.5000")},
        {"quantity": -1, "sales_amount": Decimal("3.5000")},
        {"order_id": " X2 ", "product_id": row["product_id"] + " "},
        {"order_id": "X3", "customer_id": None, "store_id": " "},
        {"order_id": "X4", "product_name": "The newest name", "category": None},
        {"order_id": "X5"},
        {"order_id": "X5"},
        {"order_id": "X5"},
        {"order_id": "X6", "product_id": " ", "product_name": "Named alone"},
    ]
    added = pa.Table.from_pylist(
        [row | change for change in [*faults, *oddities]], schema=nullable
    )
    pq.write_table(pa.concat_tables([table.cast(nullable), added]), path)
    return path


def test_contenders_give_equal_figures(soiled_parquet: Path, tmp_path: Path) -> None:
    contenders = {
        scale.OURS: scale.run_ours,
        scale.HAND_WRITTEN: scale.run_hand_written,
        scale.PANDAS: scale.run_pandas,
    }
    figures = {}
    for name, run in contenders.items():
        folder = tmp_path / name.replace(" ", "_")
        folder.mkdir()
        cost, figures[name] = run(soiled_parquet, folder)
        assert cost.seconds > 0
        assert cost.peak_mib > 10
    assert len(figures[scale.OURS]) > 100
    rejected = [
        count
        for name, count in figures[scale.OURS].items()
        if name.startswith("core.fct_rejected_rows|") and name.endswith("|rows")
    ]
    assert sum(rejected) == 8
    assert differences(figures[scale.OURS], figures[scale.HAND_WRITTEN]) == []
    assert differences(figures[scale.OURS], figures[scale.PANDAS]) == []

    unlike = _unlike_marts(
        tmp_path / "dbt_run" / "warehouse.duckdb",
        tmp_path / "hand-written_SQL" / "warehouse.duckdb",
    )
    assert unlike == {}


def _unlike_marts(
    ours: Path, hand_written: Path
) -> dict[str, list[tuple[object, ...]]]:
    """Rows that are in only one warehouse, by mart; floats to nine digits."""
    unlike = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{hand_written}' as peer (read_only)")
        columns: dict[str, list[str]] = {}
        for schema, table, column, data_type in connection.execute(
            "select schema_name, table_name, column_name, data_type "
            "from duckdb_columns() where database_name = 'peer' "
            "and schema_name in ('core', 'sales')"
        ).fetchall():
            shown = f"round({column}, 9)" if data_type == "DOUBLE" else column
            columns.setdefault(f"{schema}.{table}", []).append(shown)
        for mart, names in columns.items():
            one, other = (
                f"select {', '.join(names)} from {database}.{mart}"
                for database in ("ours", "peer")
            )
            rows = connection.execute(
                f"({one} except all {other}) union all ({other} except all {one})"
            ).fetchall()
            if rows:
                unlike[mart] = rows[:4]
    return unlike


def test_differences_names_what_differs() -> None:
    one = {"a": 1.0, "b": 2.0, "c": 3.0}
    other = {"a": 1.0, "b": 2.5, "d": 4.0}
    assert differences(one, other) == [
        "b: 2.0 and 2.5",
        "c: 3.0 and None",
        "d: None and 4.0",
    ]


def test_bars_judge_by_ours_without_startup() -> None:
    def cost(seconds: float, peak_mib: float) -> scale.Cost:
        return scale.Cost(seconds=seconds, cpu_seconds=seconds, peak_mib=peak_mib)

    small = {scale.OURS: cost(12, 500), scale.STARTUP: cost(10, 300)}
    large = {
        scale.OURS: cost(30, 2000),
        scale.STARTUP: cost(10, 300),
        scale.HAND_WRITTEN: cost(16, 1500),
        scale.PANDAS: cost(50, 5000),
    }
    judged = scale.bars({scale.SMALL: small, scale.LARGE: large}, cost(31, 400))
    assert [(bar["measured"], bar["is_met"]) for bar in judged] == [
        (1.25, True),
        (2.5, False),
        (0.4, True),
        (2000, True),
        (10.0, True),
        (31, False),
    ]
    unmeasured = scale.bars({scale.SMALL: small}, None)
    assert {bar["is_met"] for bar in unmeasured} == {None}


# --- the page of results -------------------------------------------------------------


GOOD = """
import os, sys
print("date: 2020-01-01")
print("machine: a machine")
print("on the way", file=sys.stderr)
print("| claim | bar | measured | |")
print("|---|---:|---:|---|")
print("| fast | at most 1 | 0.5 | met |")
print("| small | at most 1 | 2 | missed |")
print()
print("Where we lose:")
print()
print("- the peer takes 1 s, ours 2")
print(os.environ["RETAIL_MARTS_PEER_PYTHON"], sys.argv[1:])
"""
BAD = """
import sys
print("| half | a table |")
sys.exit("The benchmark stopped: {folder}/secret/place.parquet of "
         "https://index.example/simple/ is missing")
"""


def _section(module: str, **changes: object) -> everything.Section:
    return everything.Section(
        module,
        f"Title of {module}",
        "What is measured.",
        full=("--rows", "10"),
        **{"installed": ("duckdb",), "apart": ("mlxtend",), **changes},  # type: ignore[arg-type]
    )


@pytest.fixture
def sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[everything.Section, everything.Section]:
    """A benchmark that works and one that fails, in a separate package."""
    package = tmp_path / "tried"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.py").write_text(GOOD)
    (package / "bad.py").write_text(BAD.replace("{folder}", str(tmp_path)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("RETAIL_MARTS_PEER_PYTHON", sys.executable)
    monkeypatch.setattr(everything, "PACKAGE", "tried")
    return _section("good", reads_data=True), _section("bad")


def test_the_page_holds_what_a_section_says(
    sections: tuple[everything.Section, everything.Section],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "RESULTS.md"
    code = everything.main(["--out", str(out)], sections=sections[:1])
    text = out.read_text(encoding="utf-8")
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["RESULTS.md", "tried"]
    assert "| small | at most 1 | 2 | missed |" in text
    # bars met, missed and not measured, and sentences on losses
    assert re.search(r"\| Title of good \| \d+ \| \d+ \| 1 \| 1 \| 0 \| 1 \|", text)
    assert f"Peers: duckdb {duckdb.__version__}" in text
    assert "the generated sample" in text
    assert "['--rows', '10', '--data', '(the files)']" in text
    assert "Quick" not in text
    # the page does not repeat these lines
    assert "a machine" not in text
    captured = capsys.readouterr()
    assert "on the way" in captured.err
    assert captured.out == ""


def test_sections_that_did_not_run_stay_on_the_page(
    sections: tuple[everything.Section, everything.Section], tmp_path: Path
) -> None:
    out = tmp_path / "RESULTS.md"
    again = replace(sections[0], title="Another")
    both = (sections[0], again)
    everything.main(["--out", str(out)], sections=both)
    before = out.read_text(encoding="utf-8")
    once = "begun 2001-02-03 04:05 UTC"
    old = re.sub(r"begun [-\d]+ [:\d]+ UTC", once, before)
    out.write_text(old, encoding="utf-8")
    later = (replace(sections[0], module="none_of_this_name"), again)
    everything.main(["--only", again.module, "--out", str(out)], sections=later)
    after = out.read_text(encoding="utf-8")
    kept = old.partition("## Title of good")[2].partition("## Another")[0]
    assert once in kept
    assert after.partition("## Title of good")[2].partition("## Another")[0] == kept
    assert once not in after.partition("## Another")[2]
    for title in ("Title of good", "Another"):
        assert len(re.findall(rf"^\| {title} \|", after, re.M)) == 1
    assert "some sections only" in after
    assert "some sections only" not in before


def test_a_failed_section_is_on_the_page_without_folders(
    sections: tuple[everything.Section, everything.Section],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = everything.main(["--quick"], sections=sections)
    text = capsys.readouterr().out
    assert code == 1
    assert list(tmp_path.glob("*.md*")) == []
    assert "**Quick sizes" in text
    row = r"\| Title of bad \| \d+ \| \d+ \| \*\*failed\*\* \| \| \| \|"
    assert re.search(row, re.sub(r" +", " ", text))
    assert "The benchmark stopped:" in text
    assert "place.parquet" in text
    assert "| half | a table |" in text
    for place in (str(tmp_path), str(Path.home()) + "/", "index.example", sys.prefix):
        assert place not in text
    assert re.findall(r"(?<![\w.~)/-])/[\w.-]+/", text) == []


def test_a_missing_peer_is_named_with_its_reason(
    sections: tuple[everything.Section, everything.Section],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reason = "needs a compiler"
    monkeypatch.setattr(peers, "versions", lambda *_: {"duckdb": "1"})
    monkeypatch.setattr(peers, "reasons", lambda _: {"mlxtend": reason})
    everything.main([], sections=sections[:1])
    text = capsys.readouterr().out
    assert f"Not installed: mlxtend ({reason})." in text
    assert f"mlxtend ({reason})" in text.partition("## ")[0]


def test_the_page_is_marked_while_sections_are_to_come(
    sections: tuple[everything.Section, everything.Section],
) -> None:
    facts = everything.facts_of(
        is_quick=False, data=everything.SAMPLE, peer_python=None, is_whole=False
    )
    assert "Unfinished: 2 sections" in everything.page(facts, [], awaited=2)
    finished = everything.page(facts, [])
    assert "Unfinished" not in finished
    assert "some sections only" in finished
    assert "make benchmark" in finished


@pytest.mark.parametrize("module", [section.module for section in everything.SECTIONS])
def test_every_section_is_a_module_with_a_quick_mode(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = next(one for one in everything.SECTIONS if one.module == module)
    benchmark = importlib.import_module(f"benchmarks.{module}")
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit):
        benchmark.main()
    said = capsys.readouterr().out
    for argument in (*section.full, *section.quick):
        if argument.startswith("--"):
            assert argument in said
    assert "--quick" in section.quick
    assert ("--data" in said) >= section.reads_data


def test_every_peer_of_a_section_is_one_that_is_asked_for() -> None:
    for section in everything.SECTIONS:
        assert set(section.apart) <= set(peers.names())
        assert set(section.installed) <= set(everything.OURS)
    told = {name for section in everything.SECTIONS for name in section.apart}
    assert told == set(peers.names())


def test_frames_become_markdown() -> None:
    frame = pd.DataFrame(
        {
            "who": ["a|b", None],
            "share": [0.123456, np.nan],
            "count": [12_345, 1],
            "held": [True, False],
            "seconds": [1234.56, 0.0000123],
        }
    )
    assert markdown.table(frame).splitlines() == [
        "| who | share | count | held | seconds |",
        "| --- | ---: | ---: | --- | ---: |",
        "| a\\|b | 0.1235 | 12,345 | yes | 1,235 |",
        "|  |  | 1 | no | 1.2e-05 |",
    ]


def test_places_and_addresses_leave_a_text_and_ratios_stay(tmp_path: Path) -> None:
    named = {"(files)": tmp_path}
    text = (
        f"{tmp_path}/a.csv, {Path.home()}/b, /opt/x/y.py, https://host/simple; "
        ".494 / .537, 3 s/run, damped/trend"
    )
    assert markdown.without_places(text, named) == (
        "(files)/a.csv, ~/b, (folder)/y.py, (address) "
        ".494 / .537, 3 s/run, damped/trend"
    )


# --- bars and losses -----------------------------------------------------------------


def test_scale_names_each_contender_that_takes_less() -> None:
    def cost(seconds: float, cpu_seconds: float, peak_mib: float) -> scale.Cost:
        return scale.Cost(seconds, cpu_seconds, peak_mib)

    costs = {
        scale.STARTUP: cost(10, 10, 300),
        scale.OURS: cost(30, 35, 2_000),
        scale.HAND_WRITTEN: cost(16, 30, 2_500),
        scale.PANDAS: cost(50, 20, 5_000),
    }
    assert scale.losses({1_000: costs}) == [
        "1,000 lines: hand-written SQL takes 16 seconds, ours 20",
        "1,000 lines: pandas takes 20 processor seconds, ours 25",
    ]


def test_a_figure_of_another_size_is_shown_and_not_judged() -> None:
    one, other = (
        refresh.table(
            rows,
            "csv",
            {
                refresh.STARTUP: scale.Cost(10, 10, 300),
                refresh.FULL: scale.Cost(40, 30, 600),
                refresh.PART: scale.Cost(30, 20, 500),
                refresh.AGAIN: scale.Cost(11, 11, 400),
            },
        ).splitlines()[-1]
        for rows in (scale.LARGE, scale.SMALL)
    )
    assert one.endswith("| at most 0.4 | 0.5000 | missed |")
    assert other.endswith("| at most 0.4 | 0.5000 | not measured |")


def _shop(peers_seconds: dict[str, float]) -> dict[str, pd.DataFrame]:
    rows = [{"contender": baskets.OURS, "mine cpu s": 0.2}]
    rows += [
        {"contender": name, "mine cpu s": seconds}
        for name, seconds in peers_seconds.items()
    ]
    frame = pd.DataFrame(rows)
    is_pyfim = frame["contender"] == "pyfim eclat"
    if is_pyfim.any():
        frame["mine less read cpu s"] = (frame["mine cpu s"] - 0.1).where(is_pyfim)
    return {"shop": frame}


def test_baskets_without_peers_judge_nothing() -> None:
    assert [bar["is_met"] for bar in baskets.claims(_shop({}))] == [None, None]
    assert baskets.losses(_shop({})) == []


def test_baskets_are_compared_with_mining_only() -> None:
    tables = _shop({"mlxtend fpgrowth": 4.0, "pyfim eclat": 0.25})
    judged = baskets.claims(tables)
    assert [bar["is_met"] for bar in judged] == [False, True]
    assert [bar["measured"] for bar in judged] == pytest.approx([20, 4 / 3])
    (sentence,) = baskets.losses(tables)
    assert "pyfim eclat, its reading left out, takes 0.1500" in sentence


def test_segments_name_the_clusters_that_ten_starts_make_tighter() -> None:
    def row(what: str, seconds: float, inertia: list[float]) -> dict[str, Any]:
        costs = {"seconds": seconds, "cpu_seconds": seconds, "peak_mib": 100.0}
        return {"what": what, "customers": 200_000, "inertia": inertia, **costs}

    rows = [row("ours", 10, [9.0, 5.05, 3.0]), row("peer", 20, [9.0, 5.0, 3.1])]
    judged = {bar["claim"]: bar["is_met"] for bar in segments.bars(rows)}
    assert judged == {
        "200,000: our processor seconds to the peer's": True,
        "200,000: worst inertia above the peer's, share": False,
        "200,000: our seconds": True,
        "200,000: peak MiB": True,
    }
    (sentence,) = segments.losses(rows)
    assert "k = 2, by up to 1.00 %" in sentence


def test_fits_that_end_lower_or_slower_are_losses() -> None:
    fits = pd.DataFrame(
        {
            "model": "bg_nbd",
            "customers": 1_000,
            "by": ["ours", "slow", "quick", "likelier", "absent"],
            "times ours": [1.0, 2.0, 0.5, 2.0, np.nan],
            "log-likelihood": [-100.0, -100.0, -100.0, -99.0, np.nan],
        }
    )
    assert lifetime_value.losses(fits) == [
        "bg_nbd, 1,000 customers: quick takes 0.5000 of our time",
        "bg_nbd, 1,000 customers: likelier ends higher by 1.000 in log-likelihood",
    ]


def test_forecasts_that_a_peer_makes_better_are_losses() -> None:
    selected = pd.DataFrame(
        {
            "series": ["kalbe total"],
            "selected": ["theta"],
            "mae": [2.0],
            "bar mae": [1.5],
            "verdict": ["missed"],
            "best in hindsight": ["mean"],
            "its mae": [1.0],
        }
    )
    measures = ("WAPE", "MASE", "RMSSE")
    compared = pd.DataFrame(
        [
            {
                "series": "kalbe product",
                "peer": "AutoETS",
                "origins": "last origin",
                **{f"{name} ours": 2.0 for name in measures},
                **{f"{name} peer": 1.0 for name in measures},
                **{f"{name} verdict": "no difference" for name in measures},
                "WAPE verdict": "worse",
                "ms ours": 2.0,
                "ms peer": 1.0,
            },
            {"series": "kalbe product", "peer": "AutoARIMA: peer not installed"},
        ]
    )
    timed = pd.DataFrame({"what": ["ours", "quick"], "times ours": [np.nan, 0.5]})
    covered = pd.DataFrame(
        {"backtests of": ["kalbe", "umkm"], "80 %": [76.9, 77.1], "95 %": [95.0, 91.0]}
    )
    assert forecasting.losses(selected, covered, compared, timed) == [
        "kalbe total: `mean` would have had an MAE of 1.000; `theta`, selected, has "
        "2.000",
        "kalbe total: above the bar, 1.500",
        "kalbe: 76.90 % of the days lie in the 80 % interval",
        "umkm: 91.00 % of the days lie in the 95 % interval",
        "kalbe product, last origin: WAPE 2.000, AutoETS 1.000",
        "kalbe product, last origin: AutoETS takes 1.000 ms a series, ours 2.000",
        "quick: 0.5000 of our time",
    ]


@pytest.fixture
def panel_file(tmp_path: Path) -> Path:
    """Four series of 400 days, the last of which begins late."""
    days = pd.date_range("2023-01-01", periods=400)
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame({"unique_id": f"p{row}", "ds": days, "y": rng.poisson(9, 400)})
        for row in range(4)
    ]
    parts[3].loc[:99, "y"] = 0
    path = tmp_path / "store_item.parquet"
    pd.concat(parts).to_parquet(path)
    return path


def test_panels_are_forecast_from_the_days_before_each_origin(panel_file: Path) -> None:
    ids, days, values = forecast_panels.read_panel(panel_file, most=None)
    assert np.isnan(values[3, :100]).all()
    assert np.isfinite(values[:3]).all()
    changed = values.copy()
    changed[:, 372:] = 1000
    both = [
        forecast_panels.our_forecasts(ids, days, one, [344, 372], None)[0]
        for one in (values, changed)
    ]
    np.testing.assert_array_equal(*both)
    assert both[0].shape == (2, 4, forecast_panels.HORIZON)
    assert np.isfinite(both[0]).all()


def test_panels_are_compared_by_series() -> None:
    truth = np.full((2, 3, 28), 10.0)
    ones = np.ones((2, 3))
    error = forecast_panels.errors_of(truth, truth - 2, ones, ones)
    everything = np.arange(3)[None]
    found = {n: of(error, everything)[0] for n, of in forecast_panels.METRICS.items()}
    assert found == pytest.approx(
        {
            "WAPE": 0.2,
            "MASE": 2.0,
            "RMSSE": 2.0,
            "WAPE of 28-day sums": 0.2,
            "bias": -0.2,
        }
    )


def test_panels_name_what_is_not_shown_to_be_no_worse() -> None:
    case = forecast_panels.PanelCase(
        "shop", "WAPE", forecast_panels.PEERS, seconds_share=0.5
    )
    rows = pd.DataFrame(
        {
            "shop: 3 series": ["ours, selected", "LightGBM L2", "TSB"],
            "WAPE": [0.2, 0.2, 0.3],
            "processor s": [2.0, 3.0, 0.1],
            "WAPE: ours to it": [None, "-0.1% (-1.0%..+1.0%)", "-9.0% (-9.9%..+0.9%)"],
            "RMSSE: ours to it": [None, "+2.0% (+1.0%..+3.0%)", "-9.0% (-9.9%..-0.9%)"],
        }
    )
    assert forecast_panels.losses(case, rows) == [
        "shop, WAPE: ours is better, but within chance, than LightGBM L2, "
        "-0.1% (-1.0%..+1.0%)",
        "shop, RMSSE: ours is worse than LightGBM L2, +2.0% (+1.0%..+3.0%)",
        "shop: our processor seconds are 0.67 of those of LightGBM L2, the bar is 0.50",
    ]


def test_slow_peers_are_compared_on_a_sample_of_the_series(
    panel_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, _, values = forecast_panels.read_panel(panel_file, most=None)
    ours = np.arange(4.0)[None, :, None].repeat(2, 0).repeat(28, 2) + 5
    monkeypatch.setattr(forecast_panels, "our_forecasts", lambda *_: (ours, 1.0))
    asked = {}

    def forecasts(_python: None, model: str, given: np.ndarray, *_: object, **__: bool):
        asked[model] = given
        return [np.full((len(given), 28), 5.0)] * 2, 2.0

    monkeypatch.setattr(forecast_panels, "peer_forecasts", forecasts)
    rows = forecast_panels.panel_table(
        forecast_panels.CASES[0],
        panel_file,
        None,
        peers=("AutoETS", "TSB"),
        origin_count=2,
        slow_series=2,
    )
    np.testing.assert_array_equal(asked["AutoETS"], values[[0, 3]])
    assert len(asked["TSB"]) == len(ids)
    assert rows.iloc[:, 0].tolist() == [
        "ours, selected",
        "AutoETS, 2 of 4 series",
        "TSB",
    ]
    # Ours has the forecast of the peer for the first series, and another for the last.
    truth = values[[0, 3]][:, None, -56:].reshape(2, 2, 28)
    whole = {
        value: np.abs(truth - np.array(value)[:, None, None]).sum()
        for value in ((5.0, 8.0), (5.0, 5.0))
    }
    said = f"{whole[5.0, 8.0] / whole[5.0, 5.0] - 1:+.1%}"
    assert rows["WAPE: ours to it"].iloc[1].startswith(said)


def test_models_that_are_measured_alone_exist() -> None:
    for node in (*rfm.NODES, *rfm.BESIDE):
        assert (everything.PROJECT / "models" / f"{node}.sql").is_file()
