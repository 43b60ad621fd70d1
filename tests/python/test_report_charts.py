"""The report's charts and titles, on small frames."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert

from retail_marts.report import charts, findings, writer
from retail_marts.report.blocks import money, numbered, short
from retail_marts.report.pages import (
    baskets,
    explore,
    forecast,
    prospects,
    sales,
    segments,
)


def told(value: object) -> str:
    return money("EUR", value)


def months(*values: float, first: str = "2023-01-01") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": pd.date_range(first, periods=len(values), freq="MS"),
            "amount": values,
            "is_full": True,
        }
    )


def compared(frame: pd.DataFrame) -> str:
    return findings.compared(
        frame,
        date="month",
        value="amount",
        period="month",
        what="Sales",
        told=told,
        full="is_full",
    )


def vega(chart: Any) -> dict[str, Any]:
    """The chart as the browser gets it, compiled without an error."""
    spec: dict[str, Any] = chart.to_dict()
    vl_convert.vegalite_to_vega(spec)
    return spec


# --- titles ---


@pytest.mark.parametrize(
    ("frame", "title"),
    [
        (
            months(*[100.0] * 12, 118.0),
            "Sales in January 2024 were 18 % above January 2023",
        ),
        (
            months(100.0, 90.0),
            "Sales in February 2023 were 10 % below January 2023",
        ),
        (
            months(100.0, 100.1),
            "Sales in February 2023 were about the same as in January 2023",
        ),
        (months(100.0), "Sales in January 2023: EUR 100"),
        (
            months(0.0, 50.0),
            "Sales in February 2023: EUR 50, compared with EUR 0 in January 2023",
        ),
        (
            months(100.0, -50.0),
            "Sales in February 2023: EUR -50, compared with EUR 100 in January 2023",
        ),
        (months(float("nan")), "Sales are not known"),
    ],
)
def test_a_month_is_compared_with_a_year_before_else_with_the_month_before(
    frame: pd.DataFrame, title: str
) -> None:
    assert compared(frame) == title


def test_a_month_cut_short_is_not_compared() -> None:
    frame = months(100.0, 90.0, 5.0)
    frame.loc[2, "is_full"] = False
    assert compared(frame) == "Sales in February 2023 were 10 % below January 2023"
    frame["is_full"] = False
    assert compared(frame).endswith("with no full month to compare")
    # A month that is missing in between is not the month before.
    assert compared(months(1.0, 2.0, 3.0).drop(1)) == "Sales in March 2023: EUR 3"


def leads(**values: float) -> str:
    frame = pd.DataFrame({"name": list(values), "value": list(values.values())})
    return findings.leads(frame, name="name", value="value", things="teas", of="sales")


def test_the_leader_has_a_share_only_where_there_is_one() -> None:
    assert leads(Oolong=3, Sencha=1) == "First in sales: Oolong, with 75 %"
    assert leads(Oolong=3, Sencha=3) == "First in sales: Oolong and Sencha"
    assert leads(A=3, B=3, C=3, D=1) == "3 of 4 teas share first place"
    # A part of a sum with negative parts is no share of it.
    assert leads(Oolong=3, Sencha=-1) == "First in sales: Oolong"
    assert leads(Oolong=-3, Sencha=0) == "No teas with sales above zero"
    assert leads(Oolong=3) == "Oolong has all sales"
    assert leads() == "Sales by teas are not known"


def test_members_that_lose_money_are_named() -> None:
    frame = pd.DataFrame({"name": ["A", "B", "C"], "profit": [1.0, -2.0, -1.0]})
    assert findings.losses(frame, name="name", profit="profit") == ("a loss in B and C")
    assert findings.losses(frame.head(2), name="name", profit="profit") == (
        "a loss in B"
    )
    assert findings.losses(frame.head(1), name="name", profit="profit") is None


def strongest(chance: float = 0.0, **values: float) -> str:
    frame = pd.DataFrame({"day": list(values), "units": list(values.values())})
    names = {"name": "day", "value": "units", "things": "days", "what": "units"}
    return findings.strongest(frame, chance=chance, **names)


def test_the_strongest_day_is_named_only_where_days_differ() -> None:
    assert (
        strongest(Monday=1, Friday=3) == "Friday has the most units, Monday the fewest"
    )
    assert strongest(Monday=2, Friday=2) == "All 2 days have about the same units"
    assert strongest(chance=3, Monday=1, Friday=3) == (
        "The days differ in units no more than by chance"
    )
    assert strongest(Monday=2) == "Only Monday has sales"


def test_a_change_names_the_part_that_explains_most_of_it() -> None:
    def changed(before: float, **parts: float) -> str:
        frame = pd.DataFrame({"label": list(parts), "amount": list(parts.values())})
        return findings.changed(frame, before=before, names=("May", "June"), told=told)

    assert changed(100, Customers=300, Prices=-100) == (
        "Sales in June were EUR 200 above May: mostly customers"
    )
    assert changed(500, Customers=100, Prices=-300) == (
        "Sales in June were EUR 200 below May: mostly prices"
    )
    assert changed(100, A=60, B=60, C=60, D=60).endswith("for several reasons")
    assert changed(100, A=50, B=-50) == "Sales in June were about the same as in May"


def test_the_bars_of_a_waterfall_add_up() -> None:
    parts = pd.DataFrame({"label": ["A", "B"], "amount": [30.0, -50.0]})
    bars = findings.steps(parts, before=100, names=("May", "June"))
    assert bars["end"].tolist() == [100, 130, 80, 80]
    assert bars["kind"].tolist() == ["total", "rise", "fall", "total"]
    vega(charts.waterfall(bars, unit="EUR", what="sales"))


def test_two_stores_of_one_name_are_told_apart() -> None:
    frame = pd.DataFrame(
        {"store": ["Lingga", "Lingga", "Harapan", None], "id": ["6", "9", "8", "7"]}
    )
    assert findings.told_apart(frame, name="store", key="id").tolist() == [
        *("Lingga (6)", "Lingga (9)", "Harapan", "7"),
    ]


@pytest.mark.parametrize(
    ("reason", "converged", "words"),
    [
        (None, True, ""),
        (None, False, "the fit did not always converge"),
        (
            "Non-invertible starting MA parameters found. Using zeros as starting "
            "parameters.",
            True,
            "its starting values were replaced",
        ),
        (
            "Maximum Likelihood optimization failed to converge. Check mle_retvals",
            False,
            "the fit did not always converge",
        ),
        (
            "needs 364 days before each origin",
            False,
            "needs 364 days before each origin",
        ),
    ],
)
def test_warnings_of_a_fit_are_plain_words(
    reason: str | None, converged: bool, words: str
) -> None:
    assert findings.fitting(reason, converged=converged) == words


def ranked(best: dict[str, Any]) -> pd.DataFrame:
    naive = {"model_name": "mean", "is_baseline": True, "mae": 10.0}
    one = {"model_name": "theta", "is_baseline": False, "mae": 8.0, **best}
    frame = pd.DataFrame([one, naive])
    frame["is_best_model"] = [True, False]
    frame["loss_name"] = "mae"
    frame["beats_baseline"] = frame["beats_baseline"].fillna(False).astype(bool)
    return frame


@pytest.mark.parametrize(
    ("best", "title"),
    [
        ({"beats_baseline": True}, "Theta beats the best naive forecast"),
        (
            {"beats_baseline": False},
            "Theta is better than naive forecasts, but only within chance",
        ),
        (
            {"beats_baseline": False, "mae": 11.0},
            "Theta does not beat naive forecasts",
        ),
        (
            {"beats_baseline": False, "is_baseline": True},
            "No model is better than the theta",
        ),
    ],
)
def test_a_verdict_agrees_with_the_mart(best: dict[str, Any], title: str) -> None:
    assert forecast.verdict(ranked(best)) == title


def test_a_long_table_of_series_has_some_of_each_level() -> None:
    frame = pd.DataFrame(
        {
            "series_level": ["category"] * 2 + ["product"] * 90 + ["store"] * 5,
            "beats_baseline": [True, None, *[False] * 90, *[None] * 5],
        }
    )
    # The title counts all series, also those that are not shown.
    assert forecast.series_title(frame).startswith("1 of 91 forecasts")
    shown, said = forecast.most_of_each_level(frame, 40)
    assert shown["series_level"].value_counts().to_dict() == {
        "product": 13,
        "store": 5,
        "category": 2,
    }
    assert said == " At most 13 series of each level are shown."
    assert forecast.most_of_each_level(frame.head(40), 40)[1] == ""


def test_a_series_without_a_model_is_counted_and_not_shown() -> None:
    frame = pd.DataFrame({"series_id": list("ABC"), "is_shared": [False, True, True]})
    shown, said = forecast.modelled(frame)
    assert shown["series_id"].tolist() == ["A"]
    assert said.startswith(" 2 other series sell too seldom for a model")
    assert forecast.modelled(frame.head(1))[1] == ""


def test_a_correlation_must_be_more_than_the_chance_of_all_pairs() -> None:
    assert sales.least_correlation(365, 45) == pytest.approx(0.171, abs=0.001)
    assert sales.least_correlation(365, 1) < sales.least_correlation(365, 45)
    assert sales.least_correlation(3, 1) == 1.0


def test_a_year_is_whole_if_its_months_are() -> None:
    frame = pd.DataFrame(
        {
            "month_start_date": pd.date_range("2023-03-01", "2025-02-01", freq="MS"),
            "is_full_month": True,
        }
    )
    assert sales.full_years(frame) == {2024}
    frame.loc[frame["month_start_date"] == "2024-12-01", "is_full_month"] = False
    assert sales.full_years(frame) == set()


def test_the_mean_price_of_items_is_not_called_prices() -> None:
    # It also changes with the mix, which the other decomposition separates.
    assert sales.driver_names("factors")["price"] == "Mean price per item"
    assert sales.driver_names("mix")["price"] == "Prices"


def test_a_return_rate_stands_out_only_beyond_chance() -> None:
    def members(count: int) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "member": ["A", "B"],
                "line_return_rate": [0.06, 0.04],
                "sold_line_count": [count, count],
            }
        )

    assert sales.stands_out(members(10_000), 0.05) == "; of A 6.0 %"
    assert sales.stands_out(members(100), 0.05) == ""


def test_returning_customers_have_a_share_only_of_positive_sales() -> None:
    both = pd.Series({"new": 1.0, "returning": 3.0})
    year = "of the last twelve months"
    assert sales.returning_title(both, "sales", since=year) == (
        "Returning customers brought 75 % of sales of the last twelve months"
    )
    # The files cover less than twelve months.
    assert sales.returning_title(both, "sales") == (
        "Returning customers brought 75 % of all sales"
    )
    assert sales.returning_title(pd.Series({"returning": 3.0}), "sales") == (
        "Returning customers brought all sales"
    )
    few = pd.Series({"new": 1.0, "returning": 999.0})
    assert sales.returning_title(few, "sales", since=year) == (
        "Returning customers brought nearly all sales of the last twelve months"
    )
    assert sales.returning_title(few.set_axis(["returning", "new"]), "sales") == (
        "Returning customers brought less than 1 % of all sales"
    )
    assert sales.returning_title(pd.Series({"new": -1.0}), "sales") == (
        "Sales of new and of returning customers"
    )


def test_groups_that_are_not_distinct_are_not_called_groups() -> None:
    assert segments.distinct_title(1, 0.4).startswith("No distinct groups")
    assert segments.distinct_title(3, 0.9).endswith("the same in other samples")
    assert segments.distinct_title(3, 0.4).endswith("not the same in other samples")
    assert segments.distinct_title(pd.NA, 0.9).endswith("not known")


def test_each_new_customer_counts_once_in_the_share_who_come_back() -> None:
    frame = pd.DataFrame(
        {
            "months_since_first": [1, 1, 2],
            "retention_rate": [1.0, 0.1, 1.0],
            "customer_count": [10, 90, 90],
        }
    )
    assert segments.cohort_title(frame) == (
        "19 % of new customers buy again in the month after their first"
    )
    assert segments.cohort_title(frame.tail(1)) == "Who comes back"


def test_shares_of_a_few_customers_are_shown_only_if_there_are_no_others() -> None:
    frame = pd.DataFrame({"customer_count": [4, 5]})
    assert segments.large_cohorts(frame)["customer_count"].tolist() == [5]
    assert segments.large_cohorts(frame.head(1))["customer_count"].tolist() == [4]


def test_few_rules_are_shown_if_all_may_be_chance() -> None:
    frame = pd.DataFrame({"is_significant": [False] * 30})
    assert len(baskets.worth_showing(frame)) == 5
    frame.loc[0, "is_significant"] = True
    assert len(baskets.worth_showing(frame)) == 30


def test_the_segment_with_the_most_is_named() -> None:
    def most(*values: float) -> str:
        frame = pd.DataFrame({"segment": list("AB")[: len(values)], "value": values})
        return segments.most(frame, name="segment", value="value", what="orders")

    assert most(2.0, 5.0) == "B has the most orders: 2.5 times the lowest"
    assert most(-2.0, 5.0) == "B has the most orders"
    assert most(2.0, 2.0) == "All segments have the same orders"
    assert most(2.0) == "Orders"


def test_half_of_the_customers_are_between_whole_numbers() -> None:
    frame = pd.DataFrame(
        {
            "value": [0.0, 1.5, 3.0],
            "value_end": [1.5, 3.0, 4.5],
            "customer_count": [4, 4, 2],
        }
    )
    assert segments.half_title(frame, what="orders", unit="") == (
        "At least half of the customers: 0 to 3 orders"
    )


def test_a_rule_has_a_strategy_only_beyond_chance() -> None:
    def strategy(
        lift: float = 2.0,
        is_significant: bool = True,
        is_redundant: bool = False,
        is_from_sizes: bool = False,
    ) -> str:
        return baskets.rule_strategy(
            "Art",
            "Pens",
            lift,
            is_significant,
            is_redundant,
            is_from_sizes=is_from_sizes,
        )

    assert strategy() == "offer Pens with Art; place them together"
    assert strategy(is_significant=False).startswith("nothing")
    assert strategy(is_redundant=True).startswith("nothing")
    assert strategy(lift=0.5).startswith("do not bundle")
    assert strategy(is_from_sizes=True).startswith("test first")


def test_the_title_of_rules_does_not_praise_chance() -> None:
    frame = pd.DataFrame(
        {
            "antecedents": ["Art", "Ink"],
            "consequents": ["Pens", "Pads"],
            "lift": [1.5, 9.0],
            "is_significant": [True, False],
            "is_redundant": [False, False],
        }
    )
    title = baskets.rules_title
    assert title(frame, "products", is_from_sizes=False) == (
        "Pens: 1.5 times as likely with Art"
    )
    assert title(frame.tail(1), "products", is_from_sizes=False) == (
        "No rule between products is more than chance"
    )
    assert title(frame, "products", is_from_sizes=True).startswith("Sizes of baskets")


def test_charts_of_bars_share_a_row_only_if_they_are_about_as_high() -> None:
    assert explore.without_partner([3, 3, 16]) == [False, False, True]
    assert explore.without_partner([3, 16, 16]) == [True, False, False]
    assert explore.without_partner([2]) == [True]
    assert explore.without_partner([]) == []


@pytest.mark.parametrize(
    ("used", "end"),
    [("bg_nbd", "closest"), ("own_rate", "closest, but it is not used")],
)
def test_the_closest_prediction_may_not_be_the_one_used(used: str, end: str) -> None:
    held_out = pd.DataFrame(
        {
            "model_name": ["bg_nbd", "own_rate"],
            "predicted_orders_mean": [2.0, 3.0],
            "actual_orders_mean": 2.1,
        }
    )
    title = segments.holdout_title(held_out, used=used)
    assert title.endswith(f"BG/NBD was {end}")


def test_notes_on_lifetime_values_have_no_names_of_columns() -> None:
    assert segments.in_plain_words("it does not beat shrunken_rate; bg_nbd") == (
        "it does not beat own rate, shrunk to the business; BG/NBD"
    )


def test_a_small_share_is_not_shown_as_zero() -> None:
    frame = pd.DataFrame({"share": [0.0, 0.0004, 0.0006, -0.0004, None]})
    table = numbered(frame, {"share": "share"}, shares=["share"])
    assert list(table["share"]) == ["0.0 %", "< 0.1 %", "0.1 %", "-0.0 %", "–"]


def test_recommendations_say_whether_they_are_best_sellers() -> None:
    title = baskets.recommendations_title
    assert title(pd.Series(["bought_together", "popular"])) == (
        "1 of 2 recommendations are bought together with the product"
    )
    assert title(pd.Series(["popular"])).startswith("No pair of products")


def test_a_model_of_spend_says_how_much_it_explains() -> None:
    scores = pd.DataFrame(
        {
            "model_name": "ridge",
            "model": "ridge",
            "split": ["cross_validation", "test"],
            "r2": [0.063, 0.9],
            "is_best_model": True,
            "beats_baseline": True,
        }
    )
    assert prospects.spend_title(scores) == (
        "Ridge predicts spend better than the mean; it explains 6.3 % of the "
        "differences"
    )
    assert prospects.beats_mean(scores)
    assert not prospects.beats_mean(scores.assign(beats_baseline=False))
    assert not prospects.beats_mean(scores.assign(model_name="mean"))


def test_prospects_are_praised_only_for_more_than_chance() -> None:
    assert "3.0 times" in prospects.lift_title(pd.DataFrame({"lift": [3.0, 1.0]}))
    assert "no more" in prospects.lift_title(pd.DataFrame({"lift": [0.9, 1.0]}))
    model = {"model": "ridge", "model_name": "ridge", "is_best_model": True}
    model |= {"split": "cross_validation", "r2": None}
    for beats, words in ((True, "better than the mean"), (False, "does not beat")):
        assert words in prospects.spend_title(
            pd.DataFrame([{**model, "beats_baseline": beats}])
        )


# --- charts ---


@pytest.mark.parametrize(
    ("count", "end"), [(4, "narrow band, estimated from only 4"), (30, "of prospects")]
)
def test_a_band_of_few_families_says_so(count: int, end: str) -> None:
    frame = pd.DataFrame(
        {"band": ["narrow"], "families": [388_398.0], "family_count": [count]}
    )
    title = prospects.bands_title(frame)
    assert title.startswith("388,398 families are in the narrow band")
    assert title.endswith(end)


def test_bars_over_time_are_as_wide_as_their_period_and_obey_the_dates() -> None:
    frame = months(1.6e8, 2e8, 3e8).rename(columns={"is_full": "full"})
    spec = vega(
        charts.over_time(
            frame,
            x=("month", "month"),
            period="month",
            y=("amount", "sales"),
            unit="IDR",
            full="full",
        )
    )
    assert spec["encoding"]["x2"]["field"] == "bar_end"
    assert spec["encoding"]["y"]["title"] == "sales (IDR million)"
    assert {param["name"]: param["value"] for param in spec["params"]} == {
        "date_from": None,
        "date_to": None,
    }
    assert spec["usermeta"]["dates"] == ["2023-01-01", "2023-03-01"]
    # Few columns travel: the ends of the bars are computed in the browser.
    (rows,) = spec["datasets"].values()
    assert set(rows[0]) == {"month", "amount", "full"}


def test_no_number_of_a_chart_has_an_exponent() -> None:
    frame = pd.DataFrame(
        {"product": ["A", "B"], "amount": [1.62043e8, 2e-7], "day": [1, 2]}
    )
    svg = vl_convert.vegalite_to_svg(
        charts.bars(
            frame, y=("product", "product"), x=("amount", "sales"), unit="IDR"
        ).to_dict()
    )
    assert "sales: IDR 162 million" in svg
    assert "IDR 0.0000002" in svg
    assert "e+" not in svg
    assert "e-7" not in svg


def test_a_picture_that_has_not_changed_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    def written(folder: str, title: str, earlier: Path | None = None) -> Path:
        chart = charts.bars(
            pd.DataFrame({"product": ["A"], "amount": [1.0]}),
            y=("product", "product"),
            x=("amount", "sales"),
            unit="IDR",
        )
        spec = {"title": title, "spec": chart.to_dict()}
        path = tmp_path / folder / "bars.svg"
        path.parent.mkdir()
        picture = writer._figure_spec(spec, "Shop")
        writer._start_figure(path, picture, earlier, pool)()
        return path

    pool = ThreadPoolExecutor(1)
    request.addfinalizer(pool.shutdown)
    first = written("first", "One")
    same = written("same", "One", first.parent)
    other = written("other", "Two", first.parent)
    without = written("without", "One", tmp_path / "none")
    assert same.samefile(first)
    assert same.read_text() == without.read_text() != other.read_text()
    assert not without.samefile(first)
    assert ">Two</text>" in other.read_text()

    def no_links(*_: Any) -> None:
        raise PermissionError("this disk has no links")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    copied = written("copied", "One", first.parent)
    assert not copied.samefile(first)
    assert copied.read_text() == first.read_text()


def test_a_picture_does_not_depend_on_those_drawn_before(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"one": ["B", "A"], "other": ["A", "B"], "correlation": [0.5, -0.5]}
    )
    chart = charts.heatmap(
        frame,
        x=("other", ""),
        y=("one", ""),
        value=("correlation", "correlation"),
    )
    spec = writer._figure_spec({"title": "One", "spec": chart.to_dict()}, "Shop")
    paths = [tmp_path / "first.svg", tmp_path / "second.svg"]
    with ThreadPoolExecutor(1) as pool:
        for path in paths:
            writer._start_figure(path, spec, None, pool)()
    first, second = (path.read_text() for path in paths)
    assert "url(#gradient_1)" in first
    assert first == second


def test_years_of_days_have_a_mean_of_28_days() -> None:
    days = pd.DataFrame({"day": pd.date_range("2023-01-01", periods=400)})
    days["units"] = 7.0
    long = vega(charts.daily(days, x=("day", "day"), y=("units", "units")))
    short = vega(charts.daily(days.head(90), x=("day", "day"), y=("units", "units")))
    assert (len(long["layer"]), len(short["layer"])) == (2, 1)


def test_a_matrix_has_one_order_for_rows_and_columns() -> None:
    frame = pd.DataFrame(
        {"one": ["B", "A"], "other": ["A", "B"], "correlation": [0.5, 0.5]}
    )
    spec = vega(
        charts.heatmap(
            frame,
            x=("other", ""),
            y=("one", ""),
            value=("correlation", "correlation"),
            columns=["B", "A"],
            rows=["B", "A"],
        )
    )
    encoding = spec["layer"][0]["encoding"]
    assert encoding["x"]["sort"] == encoding["y"]["sort"] == ["B", "A"]


def test_the_chosen_number_of_groups_is_marked() -> None:
    frame = pd.DataFrame({"k": [1, 2, 3], "inertia": [9.0, 4.0, 3.0]})
    draw = {"x": ("k", "groups"), "y": ("inertia", "inertia"), "mark": "used"}
    marked = json.dumps(vega(charts.lines(frame, marked=2, **draw)))  # type: ignore[arg-type]
    plain = json.dumps(vega(charts.lines(frame, **draw)))  # type: ignore[arg-type]
    assert ('"used"' in marked, '"used"' in plain) == (True, False)


def test_a_backtest_shows_the_chosen_series_and_offers_the_others() -> None:
    names = [charts.SOLD, "theta", "mean", "LSTM"]
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=4),
            "series": names,
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    spec = vega(
        charts.backtest(frame, order=names, visible=names[:3], unit="EUR", what="sales")
    )
    (shown,) = (param for param in spec["params"] if param["name"] == "shown")
    assert shown["bind"] == "legend"
    assert [row["series"] for row in shown["value"]] == names[:3]
    assert spec["encoding"]["color"]["scale"]["domain"] == names
    svg = vl_convert.vegalite_to_svg(spec)
    assert all(f"series: {name}" in svg for name in names[:3])
    assert "series: LSTM" not in svg


def test_no_chart_has_black_text_or_a_background() -> None:
    frame = months(1.0, 2.0)
    spec = vega(
        charts.over_time(
            frame, x=("month", "month"), period="month", y=("amount", "sales")
        )
    )
    assert spec["config"]["background"] == "transparent"
    assert "labelColor" not in spec["config"]["axis"]


# --- the page Explore ---


def cells() -> pd.DataFrame:
    rows = [
        {
            "month": pd.Timestamp(2024, month, 1),
            "category": f"Category {category}",
            "store": f"Store {store:02d}",
            "sales": 100.0 - store,
            "profit": 1.0,
            "units": 2.0,
            "orders": 3,
            "first_orders": 1,
        }
        for month in range(1, 13)
        for category in range(4)
        for store in range(30)
    ]
    return pd.DataFrame(rows)


def test_the_table_of_the_page_is_bounded_and_loses_nothing() -> None:
    full = cells()
    cube, kept = explore.cube_of(full, ["category", "store"], most_rows=600)
    assert len(cube) <= 600
    assert kept == ["category", "store"]
    assert charts.OTHERS in set(cube["store"])
    # The largest stores keep their names.
    assert {"Store 00", "Store 01"} <= set(cube["store"])
    for name in ("sales", "profit", "units", "orders", "first_orders"):
        assert cube[name].sum() == pytest.approx(full[name].sum())
    few, kept = explore.cube_of(full, ["category", "store"], most_rows=60)
    assert (len(few) <= 60, kept) == (True, ["category"])


def test_filters_of_members_and_dates_choose_the_rows() -> None:
    cube, _ = explore.cube_of(cells(), ["category", "store"], most_rows=600)
    picks = {name: sorted(set(cube[name])) for name in ("category", "store")}

    def tips(chart: Any, **chosen: str) -> str:
        spec = chart.to_dict()
        for param in spec["params"]:
            param["value"] = chosen.get(param["name"].removeprefix("pick_"))
        return vl_convert.vegalite_to_svg(spec)

    orders = charts.explored_months(
        cube,
        measure=("orders", "orders"),
        unit="",
        picks=picks,
        cut=["2024-12"],
        unless=("category", "first_orders"),
    )
    # Each order once in the total, and once in each category.
    march = r"orders: (\d+);[^\"]*month: March 2024"
    assert re.findall(march, tips(orders)) == ["120"]
    assert re.findall(march, tips(orders, category="Category 1")) == ["90"]
    # Only the bar of the month that is cut short is pale.
    bars = re.findall(r'orders: [^"]*month: (\w+) 2024[^>]*opacity="0.4"', tips(orders))
    assert bars == ["December"]
    # Few months have their names, not days between them.
    assert len(orders.to_dict()["encoding"]["x"]["axis"]["values"]) == 12
    stores = charts.explored_members(
        cube,
        dimension=("store", "store"),
        measures=[("sales", "net sales"), ("profit", "profit")],
        unit="EUR",
        picks=picks,
    )
    svg = tips(stores, store="Store 00")
    assert re.search(r"Store 00;[^\"]*EUR 4,800", svg)
    assert "Store 01" not in svg
    spec = stores.to_dict()
    assert spec["usermeta"]["picks"] == picks
    assert spec["usermeta"]["dates"] == ["2024-01-01", "2024-12-01"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0"),
        (14.0, "14"),
        (9.5, "9.5"),
        (-12_345.6, "-12,346"),
        (999_400, "999,400"),
        (999_960, "1 million"),
        (12_600_000, "12.6 million"),
        (-162_043_000, "-162 million"),
        (999_960_000, "1 billion"),
        (1.25e12, "1.25 trillion"),
        (4.2e15, "4,200 trillion"),
        (None, "–"),
    ],
)
def test_large_amounts_have_three_digits_and_no_exponent(
    amount: float | None, shown: str
) -> None:
    assert short(amount) == shown
