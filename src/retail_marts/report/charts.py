"""The chart types of the report, all in the same style.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with
common types of colour blindness can distinguish. Nothing important is shown by colour
alone: every mark has a tooltip, and every chart has its data as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#767676"
PALETTE = [BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, GREY]

_CONFIG: dict[str, Any] = {
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "#e6e6e6",
        "labelLimit": 220,
        "labelSeparation": 8,
    },
    # 12,000 and 0.5, not 12,000.0 and 0.50.
    "numberFormat": ",.12~g",
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
#: Maximum width of a legend: a chart that shares its row with another one.
_LEGEND_PIXELS = 520
_SHORT_DAYS = 185
#: Up to this many points, each is drawn larger.
_FEW_POINTS = 200


def finished(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart, *, height: int = 280
) -> alt.TopLevelMixin:
    """Apply the common style: full width and the given height."""
    sized: Any = chart.properties(width="container", height=height)
    configured: alt.TopLevelMixin = sized.configure(**_CONFIG)
    return configured


def _tip(frame: pd.DataFrame, fields: Sequence[Field]) -> list[alt.Tooltip]:
    tips = []
    for name, title in fields:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            tips.append(alt.Tooltip(f"{name}:T", title=title, format="%Y-%m-%d"))
        elif pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(
            values
        ):
            tips.append(alt.Tooltip(f"{name}:N", title=title))
        else:
            tips.append(alt.Tooltip(f"{name}:Q", title=title, format=",.6~g"))
    return tips


def _order(frame: pd.DataFrame, field: Field, order: Sequence[str] | None) -> list[str]:
    """The names of a legend: in the order given, or of the alphabet."""
    names = set(frame[field[0]].dropna().astype(str))
    return [n for n in order if n in names] if order else sorted(names)


def _legend(names: Sequence[str]) -> alt.Legend:
    """A legend of as many columns as its names leave room for."""
    widest = max((len(name) for name in names), default=1) * 6.5 + 40
    return alt.Legend(columns=max(1, min(4, int(_LEGEND_PIXELS // widest))))


def _value_axis(frame: pd.DataFrame, field: Field) -> alt.Axis:
    """Shares as percentages, and no half customers between whole ones."""
    name, title = field
    if name.endswith(("share", "rate", "support", "confidence")) or title == "share":
        return alt.Axis(format=".12~p")
    if pd.api.types.is_integer_dtype(frame[name]):
        return alt.Axis(tickMinStep=1)
    return alt.Axis()


def _date_axis(dates: pd.Series) -> alt.Axis:
    """Within half a year each label names its day and month, else month and year."""
    is_short = (dates.max() - dates.min()).days <= _SHORT_DAYS
    return alt.Axis(format="%b %d" if is_short else "%b %Y")


def _spread(values: pd.Series) -> alt.Scale:
    """A scale that need not begin at zero, with room around a single value."""
    low, high = float(values.min()), float(values.max())
    if low == high and low:
        return alt.Scale(domain=sorted([0.9 * low, 1.1 * low]))
    return alt.Scale(zero=False)


def lines(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    color: Field | None = None,
    points: bool = False,
    order: Sequence[str] | None = None,
    height: int = 280,
    from_zero: bool = True,
) -> alt.TopLevelMixin:
    """Lines over a date or a number, one a colour; each colour has its own dashes."""
    kind = "T" if pd.api.types.is_datetime64_any_dtype(frame[x[0]]) else "Q"
    encodings: dict[str, Any] = {
        "x": alt.X(
            f"{x[0]}:{kind}",
            title=x[1] or None,
            axis=_date_axis(frame[x[0]]) if kind == "T" else _value_axis(frame, x),
        ),
        "y": alt.Y(
            f"{y[0]}:Q",
            title=y[1],
            scale=alt.Scale(zero=from_zero),
            axis=_value_axis(frame, y),
        ),
        "tooltip": _tip(frame, [x, y, *([color] if color else [])]),
    }
    if color:
        names = _order(frame, color, order)
        colors = [c for c in PALETTE if c != BLUE or SOLD not in names]
        told = ["#222222"] * (SOLD in names) + colors
        # One legend for both only when both have the same title and names.
        encodings["color"] = alt.Color(
            f"{color[0]}:N",
            title=color[1] or None,
            scale=alt.Scale(domain=names, range=told),
            legend=_legend(names),
        )
        encodings["strokeDash"] = alt.StrokeDash(
            f"{color[0]}:N", title=color[1] or None, scale=alt.Scale(domain=names)
        )
    mark: dict[str, Any] = {"point": points, "strokeWidth": 1.8}
    if not color:
        mark["color"] = BLUE
    return finished(
        alt.Chart(frame).mark_line(**mark).encode(**encodings), height=height
    )


def columns(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    color: Field | None = None,
    order: Sequence[str] | None = None,
    stacked: bool = True,
    height: int = 280,
) -> alt.TopLevelMixin:
    """Vertical bars over dates or a few categories, stacked or side by side."""
    is_date = pd.api.types.is_datetime64_any_dtype(frame[x[0]])
    encodings: dict[str, Any] = {
        "x": alt.X(f"{x[0]}:T", title=x[1] or None, axis=_date_axis(frame[x[0]]))
        if is_date
        else alt.X(
            f"{x[0]}:N", title=x[1] or None, sort=None, axis=alt.Axis(labelAngle=0)
        ),
        "y": alt.Y(
            f"{y[0]}:Q",
            title=y[1],
            stack="zero" if stacked else None,
            axis=_value_axis(frame, y),
        ),
        "tooltip": _tip(frame, [x, y, *([color] if color else [])]),
    }
    if color:
        names = _order(frame, color, order)
        encodings["color"] = alt.Color(
            f"{color[0]}:N", title=None, sort=names, legend=_legend(names)
        )
        if not stacked:
            encodings["xOffset"] = alt.XOffset(f"{color[0]}:N", sort=names)
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    return finished(
        alt.Chart(frame).mark_bar(**mark).encode(**encodings), height=height
    )


def bars(
    frame: pd.DataFrame,
    *,
    y: Field,
    x: Field,
    color: Field | None = None,
    stacked: bool = True,
) -> alt.TopLevelMixin:
    """Horizontal bars in the order of the frame, readable on a phone."""
    encodings: dict[str, Any] = {
        "y": alt.Y(f"{y[0]}:N", title=None, sort=None),
        "x": alt.X(
            f"{x[0]}:Q",
            title=x[1],
            stack="zero" if stacked else None,
            axis=_value_axis(frame, x),
        ),
        "tooltip": _tip(frame, [y, x, *([color] if color else [])]),
    }
    rows = float(frame[y[0]].nunique())
    if color:
        encodings["color"] = alt.Color(f"{color[0]}:N", title=None, sort=None)
        if not stacked:
            encodings["yOffset"] = alt.YOffset(f"{color[0]}:N", sort=None)
            rows *= frame[color[0]].nunique() * 0.7
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    return finished(
        alt.Chart(frame).mark_bar(**mark).encode(**encodings),
        height=int(40 + 24 * rows),
    )


def heatmap(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    value: Field,
    diverging: bool = False,
    value_format: str = ".2f",
) -> alt.TopLevelMixin:
    """A matrix of coloured cells, with the numbers in the cells."""
    scale = (
        alt.Scale(scheme="blueorange", domain=[-1, 1], domainMid=0)
        if diverging
        else alt.Scale(scheme="blues")
    )
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x[0]}:N", title=x[1] or None, sort=None, axis=alt.Axis(labelAngle=-40)
        ),
        y=alt.Y(f"{y[0]}:N", title=y[1] or None, sort=None),
        tooltip=_tip(frame, [y, x, value]),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(f"{value[0]}:Q", title=value[1], scale=scale)
    )
    layers = [cells]
    if frame[x[0]].nunique() <= 14:
        middle = 0 if diverging else float(frame[value[0]].max() or 0) * 0.6
        dark = (
            f"datum['{value[0]}'] > {middle}"
            if not diverging
            else (f"abs(datum['{value[0]}']) > 0.6")
        )
        layers.append(
            base.mark_text(fontSize=11).encode(
                text=alt.Text(f"{value[0]}:Q", format=value_format),
                color=alt.condition(dark, alt.value("white"), alt.value("#222222")),
            )
        )
    return finished(alt.layer(*layers), height=int(60 + 26 * frame[y[0]].nunique()))


def points(
    frame: pd.DataFrame,
    *,
    x: Field,
    y: Field,
    color: Field | None = None,
    size: Field | None = None,
    tips: Sequence[Field] = (),
    diagonal: bool = False,
    height: int = 340,
) -> alt.TopLevelMixin:
    """A scatter plot, optionally with the diagonal where x equals y."""
    encodings: dict[str, Any] = {
        "x": alt.X(
            f"{x[0]}:Q",
            title=x[1],
            scale=_spread(frame[x[0]]),
            axis=_value_axis(frame, x),
        ),
        "y": alt.Y(
            f"{y[0]}:Q",
            title=y[1],
            scale=_spread(frame[y[0]]),
            axis=_value_axis(frame, y),
        ),
        "tooltip": _tip(
            frame, [*tips, x, y, *([color] if color else []), *([size] if size else [])]
        ),
    }
    if color:
        names = _order(frame, color, None)
        encodings["color"] = alt.Color(
            f"{color[0]}:N", title=color[1], legend=_legend(names)
        )
        encodings["shape"] = alt.Shape(f"{color[0]}:N", title=color[1])
    if size:
        encodings["size"] = alt.Size(
            f"{size[0]}:Q", title=size[1], scale=alt.Scale(zero=False, range=[40, 320])
        )
    mark: dict[str, Any] = {} if color else {"color": BLUE}
    if not size and len(frame) <= _FEW_POINTS:
        mark["size"] = 90
    marks = (
        alt.Chart(frame)
        .mark_point(filled=True, opacity=0.65, **mark)
        .encode(**encodings)
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


def forecast(
    history: pd.DataFrame, future: pd.DataFrame, *, unit: str
) -> alt.TopLevelMixin:
    """The last days of history, and the forecast with its 80 % and 95 % bounds.

    Parameters
    ----------
    history
        ``date``, ``value``.
    future
        ``date``, ``value``, ``lower_80``, ``upper_80``, ``lower_95``, ``upper_95``.
    unit
        The unit of the values, shown on the axis.
    """
    days = _date_axis(pd.concat([history["date"], future["date"]]))
    base = alt.Chart(future).encode(x=alt.X("date:T", title=None, axis=days))
    bands = [
        base.mark_area(color=BLUE, opacity=opacity).encode(
            y=alt.Y(f"lower_{level}:Q", title=unit), y2=f"upper_{level}:Q"
        )
        for level, opacity in ((95, 0.15), (80, 0.25))
    ]
    tip = [
        ("date", "day"),
        ("value", "forecast"),
        ("lower_80", "80 %: from"),
        ("upper_80", "80 %: to"),
        ("lower_95", "95 %: from"),
        ("upper_95", "95 %: to"),
    ]
    line = base.mark_line(
        color=BLUE, strokeDash=[5, 3], strokeWidth=2, point=True
    ).encode(y="value:Q", tooltip=_tip(future, tip))
    past = (
        alt.Chart(history)
        .mark_line(color="#333333", strokeWidth=1.6)
        .encode(
            x="date:T",
            y="value:Q",
            tooltip=_tip(history, [("date", "day"), ("value", "actual")]),
        )
    )
    return finished(alt.layer(*bands, past, line), height=320)


def histogram(
    frame: pd.DataFrame, *, value: Field, group: Field, height: int = 240
) -> alt.TopLevelMixin:
    """The distribution of a value, stacked by group.

    Parameters
    ----------
    frame
        One row per bin and group: the value at which the bin starts, ``value_end`` at
        which it ends, the group, and ``customer_count``.
    value, group
        The columns and their titles.
    height
        In pixels.
    """
    return finished(
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X(f"{value[0]}:Q", bin="binned", title=value[1]),
            x2="value_end:Q",
            y=alt.Y(
                "customer_count:Q", title="customers", axis=alt.Axis(tickMinStep=1)
            ),
            color=alt.Color(
                f"{group[0]}:N",
                title=group[1],
                legend=_legend(_order(frame, group, None)),
            ),
            tooltip=_tip(frame, [group, value, ("customer_count", "customers")]),
        ),
        height=height,
    )
