"""Titles that say what a chart shows, computed from its figures.

Each function takes a small frame and returns one sentence without a full stop. None
claims more than the figures say: equal values are called equal, shares are given only
of totals without negative parts, and periods that the files do not cover are not
compared.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from retail_marts.report.blocks import number, percent

#: Changes and differences below this share are called "about the same".
_SAME = 0.005
#: So many equal leaders are named; more are counted.
_NAMED = 2

_STEPS = {
    "day": (pd.DateOffset(days=1), pd.DateOffset(days=364)),
    "week": (pd.DateOffset(weeks=1), pd.DateOffset(weeks=52)),
    "month": (pd.DateOffset(months=1), pd.DateOffset(years=1)),
    "year": (pd.DateOffset(years=1), None),
}


def period_name(date: pd.Timestamp, period: str) -> str:
    """The name of a period, such as December 2015."""
    if period in ("day", "week"):
        day = f"{date.day} {date:%B %Y}"
        return day if period == "day" else f"the week of {day}"
    return f"{date:%Y}" if period == "year" else f"{date:%B %Y}"


def difference(now: float, before: float) -> str | None:
    """How far a value is from an earlier one, or None where no rate is meaningful."""
    if pd.isna(now) or pd.isna(before) or before <= 0 or now < 0:
        return None
    rate = now / before - 1
    if abs(rate) < _SAME:
        return "about the same as"
    said = percent(abs(rate), 0 if abs(rate) >= 0.02 else 1)
    return f"{said} {'above' if rate > 0 else 'below'}"


def compared(
    frame: pd.DataFrame,
    *,
    date: str,
    value: str,
    period: str,
    what: str,
    told: Callable[[object], str],
    full: str | None = None,
) -> str:
    """The latest full period, compared with a year before, else with the one before.

    Parameters
    ----------
    frame
        One row per period.
    date, value
        The columns of the first day of the period and of the value.
    period
        day, week, month or year.
    what
        The plural name of the values, such as "Units".
    told
        Writes a value with its unit.
    full
        The column that is false for periods cut short.
    """
    known = frame.dropna(subset=[value]).set_index(date)[value].sort_index()
    if known.empty:
        return f"{what} are not known"
    is_full = (
        frame.set_index(date)[full].reindex(known.index).fillna(False).astype(bool)
        if full
        else pd.Series(True, index=known.index)
    )
    whole = known[is_full]
    if whole.empty:
        last = known.index[-1]
        return (
            f"{what} in {period_name(last, period)}: {told(known.iloc[-1])}, with no "
            f"full {period} to compare"
        )
    last, now = whole.index[-1], float(whole.iloc[-1])
    step, year = _STEPS[period]
    before = next(
        (
            last - offset
            for offset in (year, step)
            if offset is not None and last - offset in whole.index
        ),
        None,
    )
    name = period_name(last, period)
    if before is None:
        return f"{what} in {name}: {told(now)}"
    rate = difference(now, float(whole[before]))
    other = period_name(before, period)
    if rate is None:
        return (
            f"{what} in {name}: {told(now)}, compared with {told(whole[before])} "
            f"in {other}"
        )
    if rate.startswith("about"):
        return f"{what} in {name} were {rate} in {other}"
    return f"{what} in {name} were {rate} {other}"


def top(frame: pd.DataFrame, value: str) -> pd.Series:
    """The row with the largest value; the first of several."""
    return frame.sort_values(value, ascending=False, kind="stable").iloc[0]


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def leads(
    frame: pd.DataFrame,
    *,
    name: str,
    value: str,
    things: str,
    of: str,
    total: float | None = None,
) -> str:
    """Which member has the largest value, and its share of all.

    Parameters
    ----------
    frame
        One row per member, all members.
    name, value
        The columns of the member's name and value.
    things
        The plural name of the members, such as "products".
    of
        What is summed, such as "net sales".
    total
        What the share is of, if the frame is not all of it.
    """
    known = frame.dropna(subset=[value])
    if known.empty:
        return f"{of[:1].upper()}{of[1:]} by {things} are not known"
    largest = float(known[value].max())
    if largest <= 0:
        return f"No {things} with {of} above zero"
    names = known.loc[known[value] == largest, name].astype(str).tolist()
    if total is None:
        total = float(known[value].sum())
    if len(known) == 1 and largest == total:
        return f"{names[0]} has all {of}"
    share = (
        f", with {percent(largest / total, 0)}"
        if (known[value] >= 0).all() and len(names) == 1 and total >= largest
        else ""
    )
    if len(names) > _NAMED:
        return (
            f"{number(len(names))} of {number(len(known))} {things} share first place"
        )
    # Names may be singular or plural, so no verb follows them.
    return f"First in {of}: {_and(names)}{share}"


def losses(frame: pd.DataFrame, *, name: str, profit: str) -> str | None:
    """Which members lose money, or None."""
    lost = frame[frame[profit] < 0].sort_values(profit)
    if lost.empty:
        return None
    names = lost[name].astype(str).tolist()
    if len(names) > _NAMED:
        return f"{number(len(names))} make a loss, {names[0]} the largest"
    return f"a loss in {_and(names)}"


def strongest(
    frame: pd.DataFrame,
    *,
    name: str,
    value: str,
    things: str,
    what: str,
    chance: float = 0.0,
) -> str:
    """The highest and the lowest of a few members, such as weekdays.

    Parameters
    ----------
    frame
        One row per member.
    name, value
        The columns of the member's name and value.
    things
        The plural name of the members, such as "weekdays".
    what
        What the value is, such as "units per day".
    chance
        Up to this difference of the highest and the lowest, it may be chance.
    """
    known = frame.dropna(subset=[value])
    if known.empty:
        return f"{what[:1].upper()}{what[1:]} are not known"
    high, low = float(known[value].max()), float(known[value].min())
    top = known.loc[known[value] == high, name].astype(str).tolist()
    bottom = known.loc[known[value] == low, name].astype(str).tolist()
    if len(known) == 1:
        return f"Only {top[0]} has sales"
    if high - low <= _SAME * abs(high):
        return f"All {number(len(known))} {things} have about the same {what}"
    if high - low <= chance:
        return f"The {things} differ in {what} no more than by chance"
    said = f"{_and(top)} {'has' if len(top) == 1 else 'have'} the most {what}"
    if len(bottom) > _NAMED:
        return said
    return f"{said}, {_and(bottom)} the fewest"


def changed(
    parts: pd.DataFrame,
    *,
    before: float,
    names: tuple[str, str],
    told: Callable[[object], str],
) -> str:
    """By how much sales changed, and which part explains most of it.

    Parameters
    ----------
    parts
        ``label`` and ``amount`` of each part; the amounts add up to the change.
    before
        The sales that the parts are added to.
    names
        The names of both periods.
    told
        Writes an amount with its currency.
    """
    change = float(parts["amount"].sum())
    first, last = names
    if abs(change) <= _SAME * max(abs(before), abs(before + change)):
        return f"Sales in {last} were about the same as in {first}"
    sign = 1 if change > 0 else -1
    largest = top(parts.assign(push=parts["amount"] * sign), "push")
    why = (
        f"mostly {str(largest['label']).lower()}"
        if largest["amount"] * sign >= abs(change) / 2
        else "for several reasons"
    )
    return (
        f"Sales in {last} were {told(abs(change))} {'above' if sign > 0 else 'below'} "
        f"{first}: {why}"
    )


def steps(
    parts: pd.DataFrame, *, before: float, names: tuple[str, str]
) -> pd.DataFrame:
    """The bars of a waterfall: a total, the parts of the change, and a total.

    Parameters
    ----------
    parts
        ``label`` and ``amount`` of each part.
    before
        The total that the parts are added to.
    names
        The names of the first and of the last total.
    """
    rows = [{"label": names[0], "start": 0.0, "end": before, "kind": "total"}]
    level = before
    for label, amount in zip(parts["label"], parts["amount"], strict=True):
        kind = "rise" if amount >= 0 else "fall"
        rows.append(
            {"label": label, "start": level, "end": level + amount, "kind": kind}
        )
        level += amount
    rows.append({"label": names[1], "start": 0.0, "end": level, "kind": "total"})
    frame = pd.DataFrame(rows)
    frame["amount"] = frame["end"] - frame["start"]
    return frame


def told_apart(frame: pd.DataFrame, *, name: str, key: str) -> pd.Series:
    """Names of members, with the id in brackets where a name stands for several ids."""
    names = frame[name].fillna(frame[key]).astype(str)
    keys = frame[key].astype(str)
    ids = keys.groupby(names).transform("nunique")
    return names.where((ids == 1) | (names == keys), names + " (" + keys + ")")


def fitting(reason: object, *, converged: bool) -> str:
    """The note of a fit in plain words; texts of the statistics library are left out.

    Parameters
    ----------
    reason
        The ``failure_reason`` of the mart.
    converged
        Whether every fit converged.
    """
    text = "" if reason is None or pd.isna(reason) else str(reason)  # type: ignore[call-overload]
    lower = text.lower()
    is_replaced = "invertible" in lower or "stationary" in lower
    is_raw = is_replaced or "converge" in lower or "warning" in lower
    said = []
    # A model that could not be fitted at all says why.
    if not converged and (is_raw or not text):
        said.append("the fit did not always converge")
    if is_replaced:
        said.append("its starting values were replaced")
    return "; ".join(said) if is_raw or not text else text
