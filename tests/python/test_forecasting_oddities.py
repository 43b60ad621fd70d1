"""Outliers and closed days: examples of odd and normal days, and general properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from retail_marts.errors import InputError
from retail_marts.forecasting import ODDITIES, series_oddities

END = "2024-06-30"  # a Sunday
KEYS = ["business_id", "measure", "series_level", "series_id", "sales_date"]


def series_of(
    values: np.ndarray, *, series_id: str = "total", level: str = "total"
) -> pd.DataFrame:
    """Rows of the days that are not NaN."""
    frame = pd.DataFrame(
        {
            "business_id": "shop",
            "measure": "quantity",
            "series_level": level,
            "series_id": series_id,
            "sales_date": pd.date_range(end=END, periods=len(values)),
            "value": np.asarray(values, dtype="float64"),
        }
    )
    return frame[frame["value"].notna()]


def weekly(days: int = 364, *, seed: int = 0, level: float = 20.0) -> np.ndarray:
    profile = np.array([1.0, 0.8, 0.9, 1.0, 1.3, 1.6, 0.6])
    # The last day is a Sunday.
    rng = np.random.default_rng(seed)
    return rng.poisson(level * np.resize(profile, days)).astype("float64")


def day(back: int) -> pd.Timestamp:
    """The day a number of days before the last."""
    return pd.Timestamp(END) - pd.Timedelta(days=back)


def outliers(values: np.ndarray) -> pd.DataFrame:
    found = series_oddities(series_of(values))
    return found[found["is_outlier"]].set_index("sales_date")


def closed(values: np.ndarray, **settings: str) -> pd.Series:
    found = series_oddities(
        series_of(values), countries={"shop": settings.get("country")}
    )
    return found[found["is_closed_day"]].set_index("sales_date")["note"]


# --- Outliers


def test_series_oddities_finds_days_far_from_their_weekday() -> None:
    values = weekly()
    values[-31] *= 5
    values[-100] = 0
    found = outliers(values)
    assert found.index.tolist() == [day(99), day(30)]
    high, low = found.loc[day(30)], found.loc[day(99)]
    assert high["actual_value"] == values[-31]
    assert values[-31] / high["expected_value"] == pytest.approx(5, rel=0.35)
    assert high["note"].endswith("times the expected")
    assert high["deviation_score"] > 4 > -4 > low["deviation_score"]
    assert low["note"] == "nothing sold"
    # The day has its row, with the value zero.
    assert not low["is_filled"]


def test_series_oddities_calls_no_weekday_odd() -> None:
    profile = np.array([10.0, 10, 10, 10, 10, 200, 3])
    values = np.random.default_rng(1).poisson(np.resize(profile, 364)).astype(float)
    assert len(outliers(values)) <= 1


def test_series_oddities_follows_the_level() -> None:
    values = weekly(364) * np.linspace(0.3, 3.0, 364)
    assert len(outliers(values)) <= 1


def test_series_oddities_judges_a_seldom_sold_product_by_its_sizes() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random(400) < 0.2, rng.integers(1, 4, 400), 0).astype(float)
    assert outliers(values).empty
    values[np.flatnonzero(values)[10]] = 60
    found = outliers(values)
    assert found["actual_value"].tolist() == [60]
    assert found["expected_value"].between(1, 3).all()


@pytest.mark.parametrize("level", [1.0, 7.0, 1e6])
def test_series_oddities_finds_one_spike_of_a_constant(level: float) -> None:
    values = np.full(200, level)
    values[120] *= 1000
    assert outliers(values)["expected_value"].tolist() == pytest.approx([level])
    assert outliers(np.full(200, level)).empty


@pytest.mark.parametrize("days", [1, 2, 5, 19])
def test_series_oddities_of_a_few_days_are_none(days: int) -> None:
    values = np.full(days, 3.0)
    values[-1] = 3000
    assert series_oddities(series_of(values)).empty


def test_series_oddities_of_no_rows_has_the_schema() -> None:
    for frame in (series_of(weekly()).iloc[:0], series_of(np.zeros(200))):
        found = series_oddities(frame)
        assert found.empty
        assert [str(kind) for kind in found.dtypes] == list(ODDITIES.values())


def test_series_oddities_are_few_by_their_bound() -> None:
    values = np.random.default_rng(3).standard_cauchy(1000) * 100
    found = outliers(values)
    assert len(found) == 10
    assert found["actual_value"].abs().min() > 1000


# --- Closed days


def test_series_oddities_knows_a_closed_weekday() -> None:
    values = weekly()
    values[6::7] = np.nan  # every Sunday but the last
    values[-1] = 12
    found = series_oddities(series_of(values))
    sundays = found[found["is_closed_day"]]
    assert len(sundays) == 51
    assert sundays["note"].unique().tolist() == ["closed on Sundays"]
    assert (sundays["expected_value"] == 0).all()
    assert sundays["is_filled"].all()
    # One open Sunday is not odd, and neither are the closed ones.
    assert not found["is_outlier"].any()


def test_series_oddities_knows_a_weekday_that_opened_later() -> None:
    values = weekly()
    values[6:182:7] = np.nan
    found = closed(values)
    assert 20 <= len(found) <= 26
    assert found.index.max() < day(180)


def test_series_oddities_names_holidays_and_gaps() -> None:
    values = weekly(400)
    new_year = (pd.Timestamp(END) - pd.Timestamp("2024-01-01")).days
    values[-1 - new_year] = np.nan
    values[-60:-55] = np.nan
    values[-20] = np.nan
    found = closed(values, country="ID")
    assert found["2024-01-01"] == "holiday: New Year's Day"
    assert found[day(19)] == "no sales on a day that is usually open"
    gap = found[day(59) : day(55)]
    text = f"no sales from {day(59).date()} to {day(55).date()}"
    assert len(gap) == 5
    # Labour Day and Ascension Day lie in it or near it.
    assert gap.str.endswith(text).all()
    assert len(found) == 7


def test_series_oddities_leaves_what_may_be_chance_open() -> None:
    rng = np.random.default_rng(4)
    values = rng.poisson(1.5, 400).astype(float)
    values[values == 0] = np.nan
    assert closed(values).empty


def test_series_oddities_are_closed_in_every_measure_alike() -> None:
    values = weekly()
    values[-20] = np.nan
    quantity = series_of(values)
    money = quantity.assign(
        measure="sales_amount",
        value=quantity["value"] * np.random.default_rng(5).lognormal(3, 2),
    )
    found = series_oddities(pd.concat([quantity, money]))
    days = found[found["is_closed_day"]].groupby("measure")["sales_date"].apply(list)
    assert days.to_dict() == {"quantity": [day(19)], "sales_amount": [day(19)]}


def test_series_oddities_knows_closed_days_without_a_total() -> None:
    first, second = weekly(seed=1), weekly(seed=2)
    for values in (first, second):
        values[-20] = np.nan
    first[-40] = np.nan
    found = series_oddities(
        pd.concat(
            [
                series_of(first, series_id="a", level="product"),
                series_of(second, series_id="b", level="product"),
            ]
        )
    )
    shut = found[found["is_closed_day"]]
    assert shut[["series_level", "series_id"]].to_numpy().tolist() == [
        ["total", "total"]
    ]
    assert shut["sales_date"].tolist() == [day(19)]
    # Open, but product a has no sales: odd for the product, without a row in its file.
    gone = found[found["sales_date"] == day(39)]
    assert gone[["series_id", "is_outlier", "is_filled"]].to_numpy().tolist() == [
        ["a", True, True]
    ]


# --- Laws


def shop() -> pd.DataFrame:
    first, second = weekly(seed=6), weekly(seed=7, level=2.0)
    first[-50] *= 8
    second[-20] = np.nan
    return pd.concat(
        [
            series_of(first, series_id="a", level="product"),
            series_of(second, series_id="b", level="product"),
            series_of(first + np.nan_to_num(second)),
        ],
        ignore_index=True,
    )


def test_series_oddities_are_free_of_order_and_leave_their_input() -> None:
    frame = shop()
    before = frame.copy()
    expected = series_oddities(frame)
    assert len(expected) >= 2
    assert_frame_equal(frame, before)
    assert not expected.duplicated(KEYS).any()
    shuffled = frame.sample(frac=1, random_state=1)
    assert_frame_equal(series_oddities(shuffled), expected)


def test_series_oddities_of_one_business_do_not_depend_on_others() -> None:
    other = shop().assign(business_id="a_shop")
    together = series_oddities(pd.concat([shop(), other], ignore_index=True))
    kept = together[together["business_id"] == "shop"].reset_index(drop=True)
    assert_frame_equal(kept, series_oddities(shop()))


@given(factor=st.floats(1e-6, 1e9), seed=st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_series_oddities_scale_with_their_series(factor: float, seed: int) -> None:
    values = weekly(200, seed=seed)
    values[seed % 150] *= 9
    one = outliers(values)
    other = outliers(values * factor)
    assert one.index.tolist() == other.index.tolist()
    np.testing.assert_allclose(
        other["expected_value"], factor * one["expected_value"], rtol=1e-6
    )
    np.testing.assert_allclose(
        other["deviation_score"], one["deviation_score"], rtol=1e-6
    )


@given(
    st.lists(
        st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=120
    ).filter(lambda days: any(day is not None for day in days))
)
@settings(max_examples=60, deadline=None)
def test_series_oddities_take_any_series(days: list[float | None]) -> None:
    values = np.array([np.nan if one is None else one for one in days])
    found = series_oddities(series_of(values))
    assert (found["is_outlier"] != found["is_closed_day"]).all()
    assert found["is_outlier"].sum() <= max(1, len(values) // 100)
    assert found["note"].notna().all()
    assert np.isfinite(found["expected_value"]).all()


@pytest.mark.parametrize(
    ("change", "named"),
    [({"value": np.inf}, "infinite"), ({"measure": "profit"}, "profit")],
)
def test_series_oddities_name_what_they_cannot_use(
    change: dict[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        series_oddities(series_of(weekly()).assign(**change))


@pytest.mark.parametrize("freq", ["7D", "MS"])
def test_weekly_and_monthly_figures_have_outliers_but_no_closed_days(freq: str) -> None:
    values = np.random.default_rng(0).normal(450, 20, 60)
    values[30] = 1500
    dates = pd.date_range("2018-01-01", periods=60, freq=freq)
    frame = pd.DataFrame(
        {
            "business_id": "shop",
            "measure": "quantity",
            "series_level": "total",
            "series_id": "total",
            "sales_date": dates,
            "value": values,
        }
    )
    found = series_oddities(frame)
    assert found["sales_date"].tolist() == [dates[30]]
    assert found["is_outlier"].all()
    assert not found[["is_closed_day", "is_filled"]].any(axis=None)
