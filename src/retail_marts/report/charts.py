"""The chart types of the report, all in the same style.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with
common types of colour blindness can distinguish. Nothing important is shown by colour
alone: every mark has a tooltip, and every chart has its data as a table. No chart has a
background or black text, so that a page can be light or dark.

A chart that the filters of a page can limit has the parameters ``date_from`` and
``date_to`` (milliseconds or null) and ``pick_<dimension>`` (a name or null). Their
possible values are in ``usermeta`` of the chart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#767676"
#: Paler than actual sales: the rest is not what a chart is about.
_REST = "#A3A3A3"
PALETTE = [BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW]
#: A colour that is visible on white and on black.
_GRID = "rgba(128,128,128,0.25)"

_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": _GRID,
        "domainColor": GREY,
        "tickColor": GREY,
        "labelLimit": 220,
        "labelSeparation": 8,
    },
    # As many numbers as have room; by default there would be twice as many.
    "axisXQuantitative": {"tickCount": {"expr": "ceil(width / 90)"}},
    # 12,000 and 0.5, not 12,000.0 and 0.50, and never an exponent.
    "numberFormat": ",.6~f",
    "legend": {
        "orient": "top",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 260,
        "columnPadding": 18,
    },
    "range": {
        "category": PALETTE,
        "heatmap": {"scheme": "blues"},
        "diverging": {"scheme": "blueorange"},
    },
}

#: The name of a column in the frame, and its title on the axis.
Field = tuple[str, str]
#: Actual sales have their own colour, different from all models.
SOLD = "actual"
#: Things that are summed up at the end of a legend, in grey.
OTHERS = "all others"
#: Maximum width of a legend: a chart that shares its row with another one.
_LEGEND_PIXELS = 520
SHORT_DAYS = 185
#: Days of the mean that is drawn over many daily points: four whole weeks.
_MEAN_DAYS = 28
#: Up to this many points, each is drawn larger.
_FEW_POINTS = 200
#: Up to this many bars of a month or a year, each one is named.
_MOST_NAMED = 13
#: Opacity of the bar of a period that is cut short.
_PALE = 0.4
#: Bars of a period take this share of its width.
_BAR_SHARE = 0.88
#: For each period: an expression of the day after it, and its name in tooltips.
_PERIODS: Mapping[str, tuple[str, str]] = {
    "day": ("datetime(year({0}), month({0}), date({0}) + 1)", "%A, %-d %B %Y"),
    "week": (
        "datetime(year({0}), month({0}), date({0}) + 7)",
        "week of Monday, %-d %B %Y",
    ),
    "month": ("datetime(year({0}), month({0}) + 1, 1)", "%B %Y"),
    "year": ("datetime(year({0}) + 1, 0, 1)", "%Y"),
}
#: Widths below which the numbers in cells, and those beside bars, are left out.
_CELL_PIXELS, _LABEL_PIXELS = 30, 260
#: Share of the width that is free for the amount beside a bar.
_LABEL_SHARE = 0.25
_SHARE_NAMES = ("share", "rate", "support", "confidence", "risk")


def finished(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart,
    *,
    height: int | alt.Step = 280,
) -> alt.TopLevelMixin:
    """Apply the common style: full width and the given height."""
    sized: Any = chart.properties(width="container", height=height)
    if isinstance(height, alt.Step):
        # A height that depends on the data cannot be fitted.
        sized = sized.properties(
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
        )
    configured: alt.TopLevelMixin = sized.configure(**_CONFIG)
    return configured


# --- filters ---


def _within(start: str, end: str | None = None) -> str:
    """An expression: whether a day, or a period, has one of the chosen dates.

    Parameters
    ----------
    start
        The column of the day, or of the first day of the period.
    end
        The column of the day after the period.
    """
    first = f"toDate(datum[{json.dumps(start)}])"
    after = f"{first} >=" if end is None else f"toDate(datum[{json.dumps(end)}]) >"
    return (
        f"(date_from === null || {after} date_from)"
        f" && (date_to === null || {first} <= date_to)"
    )


def _picked(dimensions: Sequence[str]) -> str:
    """An expression: whether a row belongs to the chosen members."""
    return " && ".join(
        f"(pick_{name} === null || datum[{json.dumps(name)}] === pick_{name})"
        for name in dimensions
    )


def _filterable(
    chart: Any, dates: pd.Series, picks: Mapping[str, Sequence[str]] | None = None
) -> Any:
    """Declare the parameters of the filters, and what can be chosen.

    Parameters
    ----------
    chart
        The chart, whose transforms use the parameters.
    dates
        The dates that are drawn.
    picks
        For each dimension, its members.
    """
    names = ["date_from", "date_to", *(f"pick_{name}" for name in picks or {})]
    meta: dict[str, Any] = {
        "dates": [f"{dates.min():%Y-%m-%d}", f"{dates.max():%Y-%m-%d}"]
    }
    if picks:
        meta["picks"] = {name: list(members) for name, members in picks.items()}
    return chart.add_params(
        *(alt.param(name=name, value=None) for name in names)
    ).properties(usermeta=meta)


# --- numbers, dates, names ---


def _told(name: str, unit: str) -> str:
    """An expression: an amount in words, such as "IDR 162 million"."""
    value = f"datum[{json.dumps(name)}]"
    before = f"{json.dumps(unit + ' ')} + " if unit else ""
    return (
        f"!isValid({value}) ? '–' : {before}(abs({value}) >= 1e9"
        f" ? format({value} / 1e9, ',.3~r') + ' billion' : abs({value}) >= 1e6"
        f" ? format({value} / 1e6, ',.3~r') + ' million' : abs({value}) >= 100"
        f" ? format({value}, ',.0f') : format({value}, ',.3~r'))"
    )


def _is_share(field: Field) -> bool:
    return field[0].endswith(_SHARE_NAMES) or field[1] == "share"


def _tipped(
    chart: Any,
    frame: pd.DataFrame,
    fields: Sequence[Field],
    *,
    units: Mapping[str, str] | None = None,
    dates: str = "%Y-%m-%d",
) -> Any:
    """Add a tooltip of these fields, with amounts in words.

    Parameters
    ----------
    chart, frame
        The chart, and the data that it draws.
    fields
        Columns and their titles.
    units
        Currency of the columns that have one.
    dates
        Format of dates.
    """
    tips = []
    for name, title in fields:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            tips.append(alt.Tooltip(f"{name}:T", title=title or "date", format=dates))
        elif pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(
            values
        ):
            tips.append(alt.Tooltip(f"{name}:N", title=title or "name"))
        elif _is_share((name, title)):
            tips.append(alt.Tooltip(f"{name}:Q", title=title, format=".1~%"))
        else:
            expression = _told(name, (units or {}).get(name, ""))
            chart = chart.transform_calculate(**{f"told_{name}": expression})
            tips.append(alt.Tooltip(f"told_{name}:N", title=title))
    return chart.encode(tooltip=tips)


def _scaled(values: pd.Series) -> tuple[float, str]:
    """By how much an axis divides its numbers, and the name of that."""
    largest = float(values.abs().max()) if values.notna().any() else 0.0
    if largest >= 1e9:
        return 1e9, "billion"
    return (1e6, "million") if largest >= 1e6 else (1.0, "")


def _value_axis(
    values: pd.Series, field: Field, *, unit: str = ""
) -> tuple[str, alt.Axis]:
    """Title and axis: shares as percentages, amounts in millions where large."""
    title = field[1]
    if _is_share(field):
        return title, alt.Axis(format=".12~p")
    divisor, word = _scaled(values)
    within = " ".join(part for part in (unit, word) if part)
    if within:
        title = f"{title} ({within})" if title else within
    if divisor > 1:
        return title, alt.Axis(labelExpr=f"format(datum.value / {divisor}, ',.4~f')")
    if pd.api.types.is_integer_dtype(values):
        # No half customers between whole ones.
        return title, alt.Axis(tickMinStep=1)
    return title, alt.Axis()


def _stacks(frame: pd.DataFrame, by: str, value: str) -> pd.Series:
    """The heights of stacked bars."""
    return frame.groupby(by, observed=True)[value].sum()


def _order(frame: pd.DataFrame, field: Field, order: Sequence[str] | None) -> list[str]:
    """The names of a legend: in the order given, or of the alphabet."""
    names = set(frame[field[0]].dropna().astype(str))
    return [n for n in order if n in names] if order else sorted(names)


def _legend(names: Sequence[str], **more: Any) -> alt.Legend | None:
    """A legend of as many columns as its names leave room for; none for one name."""
    if len(names) == 1:
        return None
    widest = max((len(name) for name in names), default=1) * 6.5 + 40
    columns = max(1, min(4, int(_LEGEND_PIXELS // widest)))
    return alt.Legend(columns=columns, **more)


def _colors(names: Sequence[str]) -> alt.Scale:
    """A colour for each name: grey for actual sales and for what is summed up."""
    greys = {SOLD: GREY, OTHERS: _REST}
    free = [PALETTE[place % len(PALETTE)] for place in range(len(names))]
    told = [greys.get(name) or free.pop(0) for name in names]
    return alt.Scale(domain=list(names), range=told)


def _color(field: Field, names: Sequence[str], title: str | None = None) -> alt.Color:
    """Colours in the order of the names, with a legend."""
    return alt.Color(
        f"{field[0]}:N",
        title=title,
        sort=list(names),
        scale=_colors(names),
        legend=_legend(names),
    )


def _date_axis(dates: pd.Series, period: str = "") -> alt.Axis:
    """Within half a year each label names its day and month, else month and year."""
    is_short = (dates.max() - dates.min()).days <= SHORT_DAYS
    # Bars between two dates would have numbers otherwise.
    time: dict[str, Any] = {"formatType": "time", "grid": False, "labelOverlap": True}
    starts = sorted(set(dates))
    if period in ("year", "month") and len(starts) <= _MOST_NAMED:
        # Each bar has its name below its middle.
        days = 182 if period == "year" else 14
        return alt.Axis(
            format="%Y" if period == "year" else "%b %Y",
            values=[_day(start + pd.Timedelta(days=days)) for start in starts],
            ticks=False,
            **time,
        )
    if period == "week" and is_short:
        # Weeks start on Monday here, but on Sunday in Vega.
        time["values"] = [_day(start) for start in starts]
    shown = "%-d %b" if is_short else "%b %Y"
    return alt.Axis(format=shown, **time)


def _day(date: pd.Timestamp) -> alt.DateTime:
    return alt.DateTime(year=date.year, month=date.month, date=date.day)


def _spread(values: pd.Series) -> alt.Scale:
    """A scale that need not begin at zero, with room around a single value."""
    low, high = float(values.min()), float(values.max())
    if low == high and low:
        return alt.Scale(domain=sorted([0.9 * low, 1.1 * low]))
    return alt.Scale(zero=False)


# --- charts over time ---


def over_time(
    frame: pd.DataFrame,
    *,
    x: Field,
    period: str,
    y: Field,
    unit: str = "",
    color: Field | None = None,
    order: Sequence[str] | None = None,
    stacked: bool = True,
    full: str | None = None,
    height: int = 280,
) -> alt.TopLevelMixin:
    """Bars over days, weeks, months or years, each as wide as its period.

    Parameters
    ----------
    frame
        One row per period, and per colour if there are colours.
    x
        The column of the first day of each period.
    period
        day, week, month or year.
    y, unit
        The column of the height, and its currency.
    color, order
        The column of the colours, and the order of its values.
    stacked
        False draws bars of different colours beside each other.
    full
        A column that is false for periods that are cut short; these bars are pale.
    height
        In pixels.
    """
    after, told = _PERIODS[period]
    names = _order(frame, color, order) if color else []
    # Beside each other, each colour has its own part of the period.
    parts = 1 if stacked else max(1, len(names))
    place = (
        f"indexof({json.dumps(names)}, datum[{json.dumps(color[0])}])" if color else "0"
    )
    start = f"toDate(datum[{json.dumps(x[0])}])"
    width = f"(datum.period_end - {start}) * {_BAR_SHARE} / {parts}"
    beside = place if parts > 1 else "0"
    heights = _stacks(frame, x[0], y[0]) if stacked else frame[y[0]]
    title, axis = _value_axis(heights, y, unit=unit)
    encodings: dict[str, Any] = {
        "x": alt.X("bar_start:T", title=None, axis=_date_axis(frame[x[0]], period)),
        "x2": "bar_end:T",
        "y": alt.Y(
            f"{y[0]}:Q", title=title, stack="zero" if stacked else None, axis=axis
        ),
    }
    if color:
        encodings["color"] = _color(color, names)
        encodings["order"] = alt.Order("bar_order:Q")
    tips = [(x[0], period), *([(color[0], color[1])] if color else []), y]
    if full:
        encodings["opacity"] = alt.condition(
            f"datum[{json.dumps(full)}] === false", alt.value(_PALE), alt.value(1)
        )
        tips.append((full, "all its days"))
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    chart = (
        alt.Chart(frame[list(dict.fromkeys(name for name, _ in tips))])
        .transform_calculate(period_end=after.format(start))
        .transform_filter(_within(x[0], "period_end"))
        .transform_calculate(
            bar_start=f"+{start} + {width} * {beside}",
            bar_end=f"+{start} + {width} * ({beside} + 1)",
            bar_order=place,
        )
        .mark_bar(orient="vertical", **mark)
        .encode(**encodings)
    )
    chart = _tipped(chart, frame, tips, units={y[0]: unit}, dates=told)
    return finished(_filterable(chart, frame[x[0]]), height=height)


def unfiltered(chart: Any) -> alt.TopLevelMixin:
    """The chart without filters, for a page where it alone would have them."""
    fixed: alt.TopLevelMixin = chart.properties(usermeta={})
    return fixed


def daily(
    frame: pd.DataFrame, *, x: Field, y: Field, unit: str = "", height: int = 280
) -> alt.TopLevelMixin:
    """Daily values; over more than half a year with a mean of 28 days.

    Parameters
    ----------
    frame
        One row per day, without gaps, in the order of the days.
    x, y, unit
        The columns of the day and of the value, and its currency.
    height
        In pixels.
    """
    is_long = len(frame) > SHORT_DAYS
    title, axis = _value_axis(frame[y[0]], y, unit=unit)
    drawn = frame.assign(
        mean_28=frame[y[0]].rolling(_MEAN_DAYS).mean() if is_long else None
    )
    base = alt.Chart(drawn).encode(
        x=alt.X(f"{x[0]}:T", title=None, axis=_date_axis(frame[x[0]]))
    )
    value = alt.Y(f"{y[0]}:Q", title=title, axis=axis)
    single = _tipped(
        base.mark_line(
            color=BLUE,
            strokeWidth=0.8 if is_long else 1.8,
            opacity=0.4 if is_long else 1,
            point=len(frame) == 1,
        ).encode(y=value),
        drawn,
        [x, y],
        units={y[0]: unit},
        dates=_PERIODS["day"][1],
    )
    layers = [single]
    if is_long:
        mean = base.mark_line(color=VERMILION, strokeWidth=2.5).encode(
            y=alt.Y("mean_28:Q")
        )
        layers.append(
            _tipped(
                mean,
                drawn.astype({"mean_28": "float64"}),
                [(x[0], "28 days until"), ("mean_28", f"mean of {y[1]}")],
                units={"mean_28": unit},
            )
        )
    chart = alt.layer(*layers).transform_filter(_within(x[0]))
    return finished(_filterable(chart, frame[x[0]]), height=height)


def backtest(
    frame: pd.DataFrame,
    *,
    order: Sequence[str],
    visible: Sequence[str],
    unit: str,
    what: str,
    height: int = 340,
) -> alt.TopLevelMixin:
    """Actual values and forecasts; a click on the legend shows or hides a model.

    Parameters
    ----------
    frame
        ``date``, ``series``, ``value``.
    order
        The names of the series in the legend.
    visible
        The series that are drawn before the first click.
    unit, what
        The currency or an empty text, and the name of the values.
    height
        In pixels.
    """
    title, axis = _value_axis(frame["value"], ("value", what), unit=unit)
    shown = alt.selection_point(
        name="shown",
        fields=["series"],
        bind="legend",
        toggle="true",
        value=[{"series": name} for name in visible],
    )
    names = _order(frame, ("series", ""), order)
    chart = (
        alt.Chart(frame)
        .transform_filter(shown)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("date:T", title=None, axis=_date_axis(frame["date"])),
            y=alt.Y("value:Q", title=title, axis=axis),
            color=_color(("series", ""), names),
            strokeDash=alt.StrokeDash(
                "series:N", title=None, scale=alt.Scale(domain=names)
            ),
        )
    )
    chart = _tipped(
        chart,
        frame,
        [("date", "date"), ("series", "series"), ("value", what)],
        units={"value": unit},
    ).add_params(shown)
    return finished(chart, height=height)


def forecast(
    history: pd.DataFrame, future: pd.DataFrame, *, unit: str, what: str
) -> alt.TopLevelMixin:
    """The last days of history, and the forecast with its 80 % and 95 % bounds.

    Parameters
    ----------
    history
        ``date``, ``value``.
    future
        ``date``, ``value``, ``lower_80``, ``upper_80``, ``lower_95``, ``upper_95``.
    unit, what
        The currency or an empty text, and the name of the values.
    """
    days = _date_axis(pd.concat([history["date"], future["date"]]))
    title, axis = _value_axis(
        pd.concat([history["value"], future["upper_95"]]), ("value", what), unit=unit
    )
    base = alt.Chart(future).encode(x=alt.X("date:T", title=None, axis=days))
    bands = [
        base.mark_area(color=BLUE, opacity=opacity).encode(
            y=alt.Y(f"lower_{level}:Q", title=title, axis=axis), y2=f"upper_{level}:Q"
        )
        for level, opacity in ((95, 0.18), (80, 0.28))
    ]
    tip = [
        ("date", "date"),
        ("value", "forecast"),
        ("lower_80", "80 %: from"),
        ("upper_80", "80 %: to"),
        ("lower_95", "95 %: from"),
        ("upper_95", "95 %: to"),
    ]
    units = {name: unit for name, _ in tip}
    line = _tipped(
        base.mark_line(color=BLUE, strokeDash=[5, 3], strokeWidth=2, point=True).encode(
            y="value:Q"
        ),
        future,
        tip,
        units=units,
    )
    past = _tipped(
        alt.Chart(history)
        .mark_line(color=GREY, strokeWidth=1.8)
        .encode(x="date:T", y="value:Q"),
        history,
        [("date", "date"), ("value", "actual")],
        units=units,
    )
    return finished(alt.layer(*bands, past, line), height=320)


# --- charts over numbers and names ---


def lines(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    unit: str = "",
    color: Field | None = None,
    order: Sequence[str] | None = None,
    marked: float | None = None,
    mark: str = "",
    height: int = 280,
) -> alt.TopLevelMixin:
    """Lines with points over a number or a date, with one point marked.

    Parameters
    ----------
    frame
        One row per point.
    x, y, unit
        The columns of both axes and their titles, and the currency of y.
    color, order
        The column of the colours, and the order of its values.
    marked, mark
        The value of x to mark, and the word beside the mark.
    height
        In pixels.
    """
    title, axis = _value_axis(frame[y[0]], y, unit=unit)
    if pd.api.types.is_datetime64_any_dtype(frame[x[0]]):
        across = alt.X(f"{x[0]}:T", title=None, axis=_date_axis(frame[x[0]]))
    else:
        x_title, x_axis = _value_axis(frame[x[0]], x)
        across = alt.X(
            f"{x[0]}:Q", title=x_title, axis=x_axis, scale=_spread(frame[x[0]])
        )
    base = alt.Chart(frame).encode(
        x=across, y=alt.Y(f"{y[0]}:Q", title=title, axis=axis)
    )
    fields = [x, *([color] if color else []), y]
    if color:
        names = _order(frame, color, order)
        drawn = base.mark_line(point=True, strokeWidth=1.8).encode(
            color=_color(color, names, color[1] or None),
            strokeDash=alt.StrokeDash(
                f"{color[0]}:N",
                title=color[1] or None,
                scale=alt.Scale(domain=names),
            ),
        )
    else:
        drawn = base.mark_line(color=BLUE, point={"size": 60}, strokeWidth=1.8)
    layers = [_tipped(drawn, frame, fields, units={y[0]: unit})]
    chosen = frame[frame[x[0]] == marked] if marked is not None else frame.head(0)
    if not chosen.empty:
        only = alt.Chart(chosen).encode(x=f"{x[0]}:Q", y=f"{y[0]}:Q")
        layers += [
            _tipped(
                only.mark_point(color=VERMILION, size=220, strokeWidth=3, filled=False),
                chosen,
                [x, y],
            ),
            only.mark_text(
                text=mark, color=VERMILION, align="left", dx=12, dy=-12, fontSize=13
            ),
        ]
    return finished(alt.layer(*layers), height=height)


def columns(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    unit: str = "",
    color: Field | None = None,
    order: Sequence[str] | None = None,
    stacked: bool = True,
    height: int = 280,
) -> alt.TopLevelMixin:
    """Vertical bars over a few categories, stacked or side by side."""
    heights = _stacks(frame, x[0], y[0]) if stacked and color else frame[y[0]]
    title, axis = _value_axis(heights, y, unit=unit)
    encodings: dict[str, Any] = {
        "x": alt.X(
            f"{x[0]}:N",
            title=x[1] or None,
            sort=None,
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        ),
        "y": alt.Y(
            f"{y[0]}:Q", title=title, stack="zero" if stacked else None, axis=axis
        ),
    }
    if color:
        names = _order(frame, color, order)
        encodings["color"] = _color(color, names)
        if not stacked:
            encodings["xOffset"] = alt.XOffset(f"{color[0]}:N", sort=names)
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    chart = _tipped(
        alt.Chart(frame).mark_bar(**mark).encode(**encodings),
        frame,
        [x, *([color] if color else []), y],
        units={y[0]: unit},
    )
    return finished(chart, height=height)


def bars(
    frame: pd.DataFrame,
    *,
    y: Field,
    x: Field,
    unit: str = "",
    color: Field | None = None,
    order: Sequence[str] | None = None,
    stacked: bool = True,
    tips: Sequence[Field] = (),
) -> alt.TopLevelMixin:
    """Horizontal bars in the order of the frame, readable on a phone."""
    lengths = _stacks(frame, y[0], x[0]) if stacked and color else frame[x[0]]
    title, axis = _value_axis(lengths, x, unit=unit)
    encodings: dict[str, Any] = {
        "y": alt.Y(f"{y[0]}:N", title=None, sort=None),
        "x": alt.X(
            f"{x[0]}:Q", title=title, stack="zero" if stacked else None, axis=axis
        ),
    }
    rows = float(frame[y[0]].nunique())
    if color:
        names = _order(
            frame, color, order or list(dict.fromkeys(frame[color[0]].astype(str)))
        )
        encodings["color"] = _color(color, names)
        if not stacked:
            encodings["yOffset"] = alt.YOffset(f"{color[0]}:N", sort=names)
            rows *= max(1, len(names) * 0.7)
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    chart = _tipped(
        alt.Chart(frame).mark_bar(**mark).encode(**encodings),
        frame,
        [y, *([color] if color else []), x, *tips],
        units={x[0]: unit},
    )
    return finished(chart, height=int(40 + 24 * rows))


def waterfall(frame: pd.DataFrame, *, unit: str, what: str) -> alt.TopLevelMixin:
    """Bars from one total to another, one for each part of the change.

    Parameters
    ----------
    frame
        ``label``, ``start``, ``end``, ``amount``, and ``kind``: total, rise or fall.
    unit, what
        The currency, and the name of the values.
    """
    ends = pd.concat([frame["start"], frame["end"]])
    title, axis = _value_axis(ends, ("amount", what), unit=unit)
    low, high = min(0.0, float(ends.min())), float(ends.max())
    # Room for the amount beside the longest bar.
    room = alt.Scale(domain=[low, high + _LABEL_SHARE * (high - low)], nice=False)
    kinds = _order(frame, ("kind", ""), ["total", "rise", "fall"])
    scale = alt.Scale(domain=["total", "rise", "fall"], range=[GREY, BLUE, VERMILION])
    base = alt.Chart(frame).encode(y=alt.Y("label:N", title=None, sort=None))
    chart = base.mark_bar().encode(
        x=alt.X("start:Q", title=title, axis=axis, scale=room),
        x2="end:Q",
        color=alt.Color("kind:N", title=None, scale=scale, legend=_legend(kinds)),
    )
    told = _told("amount", "")
    labels = (
        base.transform_calculate(
            told_label=f"(datum.kind === 'rise' ? '+' : '') + ({told})",
            right="max(datum.start, datum.end)",
        )
        .mark_text(
            align="left",
            dx=4,
            color=GREY,
            fontSize=12,
            opacity=alt.expr(f"width < {_LABEL_PIXELS} ? 0 : 1"),
        )
        .encode(x="right:Q", text="told_label:N")
    )
    tipped = _tipped(
        chart, frame, [("label", "what"), ("amount", what)], units={"amount": unit}
    )
    return finished(alt.layer(tipped, labels), height=int(50 + 30 * len(frame)))


def intervals(
    frame: pd.DataFrame, *, y: Field, value: Field, lower: str, upper: str
) -> alt.TopLevelMixin:
    """Points with their bounds, and a line at zero."""
    title, axis = _value_axis(frame[value[0]], value)
    base = alt.Chart(frame).encode(y=alt.Y(f"{y[0]}:N", title=None, sort=None))
    bounds = base.mark_rule(color=BLUE, strokeWidth=2).encode(
        x=alt.X(f"{lower}:Q", title=title, axis=axis), x2=f"{upper}:Q"
    )
    middle = _tipped(
        base.mark_point(filled=True, color=BLUE, size=90).encode(x=f"{value[0]}:Q"),
        frame,
        [y, value, (lower, "95 %: from share"), (upper, "95 %: to share")],
    )
    zero = (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=GREY, strokeDash=[4, 4])
        .encode(x="zero:Q")
    )
    return finished(
        alt.layer(zero, bounds, middle), height=int(50 + 26 * frame[y[0]].nunique())
    )


def heatmap(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    value: Field,
    columns: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    diverging: bool = False,
    value_format: str = ".2f",
) -> alt.TopLevelMixin:
    """A matrix of coloured cells, with the numbers in the cells.

    Parameters
    ----------
    frame
        One row per cell.
    x, y, value
        The columns of column, row and value, and their titles.
    columns, rows
        The order of columns and rows, that of the frame if not given. The same order
        for both makes the diagonal straight.
    diverging
        True for values between -1 and 1.
    value_format
        Format of the numbers in the cells.
    """
    across = list(columns or dict.fromkeys(frame[x[0]].astype(str)))
    down = list(rows or dict.fromkeys(frame[y[0]].astype(str)))
    scale = (
        alt.Scale(scheme="blueorange", domain=[-1, 1], domainMid=0)
        if diverging
        else alt.Scale(scheme="blues")
    )
    base = _tipped(
        alt.Chart(frame).encode(
            x=alt.X(
                f"{x[0]}:N",
                title=x[1] or None,
                sort=across,
                scale=alt.Scale(domain=across),
                axis=alt.Axis(labelAngle=-40)
                if _is_long(across)
                # On a phone, not every hour of a day has room for its name.
                else alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y(
                f"{y[0]}:N",
                title=y[1] or None,
                sort=down,
                scale=alt.Scale(domain=down),
            ),
        ),
        frame,
        [y, x, value],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            f"{value[0]}:Q",
            title=value[1],
            scale=scale,
            legend=alt.Legend(
                format=".0%" if _is_share(value) else ",.2~f", gradientLength=160
            ),
        )
    )
    layers = [cells]
    if len(across) <= 14:
        middle = float(frame[value[0]].max() or 0) * 0.6
        dark = (
            f"abs(datum[{json.dumps(value[0])}]) > 0.6"
            if diverging
            else f"datum[{json.dumps(value[0])}] > {middle}"
        )
        layers.append(
            base.mark_text(
                fontSize=11,
                # On a phone, the numbers would not fit into the cells.
                opacity=alt.expr(f"width < {_CELL_PIXELS * len(across)} ? 0 : 1"),
            ).encode(
                text=alt.Text(f"{value[0]}:Q", format=value_format),
                # On the cell's colour, which is the same on a dark page.
                color=alt.condition(dark, alt.value("white"), alt.value("#222222")),
            )
        )
    return finished(alt.layer(*layers), height=int(60 + 26 * len(down)))


def _is_long(names: Sequence[str]) -> bool:
    return max((len(name) for name in names), default=0) > 3


def points(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    unit: str = "",
    color: Field | None = None,
    order: Sequence[str] | None = None,
    size: Field | None = None,
    tips: Sequence[Field] = (),
    diagonal: bool = False,
    height: int = 340,
) -> alt.TopLevelMixin:
    """A scatter plot, optionally with the diagonal where x equals y."""
    x_title, x_axis = _value_axis(frame[x[0]], x, unit=unit)
    y_title, y_axis = _value_axis(frame[y[0]], y, unit=unit)
    encodings: dict[str, Any] = {
        "x": alt.X(f"{x[0]}:Q", title=x_title, scale=_spread(frame[x[0]]), axis=x_axis),
        "y": alt.Y(f"{y[0]}:Q", title=y_title, scale=_spread(frame[y[0]]), axis=y_axis),
    }
    if color:
        names = _order(frame, color, order)
        encodings["color"] = alt.Color(
            f"{color[0]}:N",
            title=color[1],
            scale=_colors(names),
            legend=_legend(names, symbolOpacity=1),
        )
        encodings["shape"] = alt.Shape(
            f"{color[0]}:N", title=color[1], scale=alt.Scale(domain=names)
        )
    if size:
        encodings["size"] = alt.Size(
            f"{size[0]}:Q",
            title=size[1],
            scale=alt.Scale(zero=False, range=[40, 320]),
            legend=alt.Legend(format=",.2~f", tickCount=4),
        )
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    if not size and len(frame) <= _FEW_POINTS:
        mark["size"] = 90
    marks = _tipped(
        alt.Chart(frame)
        .mark_point(filled=True, opacity=0.65, **mark)
        .encode(**encodings),
        frame,
        [*tips, x, y, *([color] if color else []), *([size] if size else [])],
        units={x[0]: unit, y[0]: unit},
    )
    if not diagonal:
        return finished(marks, height=height)
    low = float(min(frame[x[0]].min(), frame[y[0]].min()))
    high = float(max(frame[x[0]].max(), frame[y[0]].max()))
    line = (
        alt.Chart(pd.DataFrame({"a": [low, high], "b": [low, high]}))
        .mark_line(color=GREY, strokeDash=[4, 4])
        .encode(x="a:Q", y="b:Q")
    )
    return finished(alt.layer(line, marks), height=height)


def histogram(
    frame: pd.DataFrame,
    *,
    value: Field,
    group: Field,
    order: Sequence[str] | None = None,
    unit: str = "",
    height: int = 240,
) -> alt.TopLevelMixin:
    """The distribution of a value, stacked by group.

    Parameters
    ----------
    frame
        One row per bin and group: the value at which the bin starts, ``value_end`` at
        which it ends, the group, and ``customer_count``.
    value, group, order, unit
        The columns and their titles, the order of the groups, and the currency of the
        value.
    height
        In pixels.
    """
    title, axis = _value_axis(frame["value_end"], value, unit=unit)
    names = _order(frame, group, order)
    # A bar of one whole number stands above it, not between it and the next one.
    is_whole = bool(
        ((frame["value_end"] - frame[value[0]]) == 1).all()
        and (frame[value[0]] % 1 == 0).all()
    )
    shift = 0.5 if is_whole else 0
    if is_whole:
        axis["tickMinStep"] = 1
    chart = (
        alt.Chart(frame)
        .transform_calculate(
            bin_start=f"datum[{json.dumps(value[0])}] - {shift}",
            bin_end=f"datum.value_end - {shift}",
        )
        .mark_bar()
        .encode(
            x=alt.X("bin_start:Q", bin="binned", title=title, axis=axis),
            x2="bin_end:Q",
            y=alt.Y(
                "customer_count:Q", title="customers", axis=alt.Axis(tickMinStep=1)
            ),
            color=_color(group, names, group[1]),
        )
    )
    return finished(
        _tipped(
            chart,
            frame,
            [
                group,
                (value[0], value[1] if is_whole else "from"),
                *([] if is_whole else [("value_end", "to")]),
                ("customer_count", "customers"),
            ],
            units={value[0]: unit, "value_end": unit},
        ),
        height=height,
    )


# --- charts of the page Explore ---


def explored_months(
    cube: pd.DataFrame,
    *,
    measure: Field,
    unit: str,
    picks: Mapping[str, Sequence[str]],
    cut: Sequence[str] = (),
    unless: tuple[str, str] | None = None,
) -> alt.TopLevelMixin:
    """A measure by month, of the members and dates that the page's filters choose.

    Parameters
    ----------
    cube
        ``month`` as text such as 2015-12, a column per dimension, and the measures.
    measure, unit
        The measure, and its currency.
    picks
        For each dimension, its members.
    cut
        The months that are cut short; their bars are pale.
    unless
        A dimension and a measure: what to sum where the dimension is not chosen.
    """
    name = measure[0]
    title, axis = _value_axis(_stacks(cube, "month", name), measure, unit=unit)
    value = f"datum[{json.dumps(name)}]"
    columns = ["month", *picks, name]
    if unless:
        dimension, other = unless
        columns.append(other)
        value = f"pick_{dimension} === null ? datum[{json.dumps(other)}] : {value}"
    months = pd.to_datetime(cube["month"])
    chart = (
        _explored(cube[columns], list(picks))
        .transform_calculate(counted=value)
        .transform_aggregate(
            groupby=["month", "month_start", "month_after"], total="sum(counted)"
        )
        .transform_calculate(
            bar_end="+datum.month_start"
            f" + (datum.month_after - datum.month_start) * {_BAR_SHARE}"
        )
        .mark_bar(color=BLUE, orient="vertical")
        .encode(
            x=alt.X("month_start:T", title=None, axis=_date_axis(months, "month")),
            x2="bar_end:T",
            y=alt.Y("total:Q", title=title, axis=axis),
            opacity=alt.condition(
                f"indexof({json.dumps([*cut])}, datum.month) >= 0",
                alt.value(_PALE),
                alt.value(1),
            ),
        )
    )
    chart = _tipped(
        chart,
        pd.DataFrame({"month_start": months, "total": 0.0}),
        [("month_start", "month"), ("total", measure[1])],
        units={"total": unit},
        dates=_PERIODS["month"][1],
    )
    return finished(_filterable(chart, months, picks), height=260)


def _explored(rows: pd.DataFrame, dimensions: Sequence[str]) -> Any:
    """The rows of the chosen months and members, with the days around each month."""
    parts = [f"toNumber(slice(datum.month, {part}))" for part in ("0, 4", "5")]
    chart: Any = alt.Chart(rows)
    return (
        chart.transform_calculate(
            month_start=f"datetime({parts[0]}, {parts[1]} - 1, 1)",
            month_after=f"datetime({parts[0]}, {parts[1]}, 1)",
        )
        .transform_filter(_within("month_start", "month_after"))
        .transform_filter(_picked(dimensions))
    )


def explored_members(
    cube: pd.DataFrame,
    *,
    dimension: Field,
    measures: Sequence[Field],
    unit: str,
    picks: Mapping[str, Sequence[str]],
) -> alt.TopLevelMixin:
    """Measures by the members of a dimension, of what the page's filters choose."""
    name = dimension[0]
    names = [column for column, _ in measures]
    titles = [title for _, title in measures]
    sums = cube.groupby(name, observed=True)[names].sum().to_numpy().ravel()
    what = titles[0] if len(titles) == 1 else ""
    title, axis = _value_axis(pd.Series(sums), ("amount", what), unit=unit)
    kind = " : ".join(
        f"datum.key === {json.dumps(column)} ? {json.dumps(title)}"
        for column, title in measures
    )
    chart = (
        _explored(cube[["month", *picks, *names]], list(picks))
        .transform_fold(names, as_=["key", "part"])
        .transform_calculate(kind=f"{kind} : ''")
        .transform_aggregate(groupby=[name, "kind"], amount="sum(part)")
        # What is summed up comes last, however much it is.
        .transform_calculate(
            place=f"datum[{json.dumps(name)}] === {json.dumps(OTHERS)}"
            " ? -1e300 : datum.amount"
        )
        .mark_bar()
        .encode(
            y=alt.Y(
                f"{name}:N",
                title=None,
                sort=alt.EncodingSortField("place", op="max", order="descending"),
            ),
            yOffset=alt.YOffset("kind:N", sort=titles),
            x=alt.X("amount:Q", title=title, axis=axis, stack=None),
            color=_color(("kind", ""), titles),
        )
    )
    chart = _tipped(
        chart,
        pd.DataFrame({name: ["x"], "kind": ["x"], "amount": [0.0]}),
        [dimension, ("kind", "what"), ("amount", "amount")],
        units={"amount": unit},
    )
    # As high as the members that are chosen need.
    return finished(
        _filterable(chart, pd.to_datetime(cube["month"]), picks),
        height=alt.Step(20 * (1 + len(measures)), **{"for": "position"}),
    )
