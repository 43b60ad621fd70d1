"""In which format the dates of a column are, with the evidence.

The order of day and month is never guessed: where no value decides it, both readings
are returned, and the user chooses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from retail_marts.mapper.tables import Column
from retail_marts.mapper.words import parts
from retail_marts.settings.months import LANGUAGES, folded, month_numbers

# A reading that fails for at most this share of the values has typing errors; another
# one is refuted when it fails for at least this share.
_FAULTS = 0.02
# A shape of at least this share of the values gets a format of its own.
_SHARE = 0.005
_EPOCHS = {10: "epoch_seconds", 13: "epoch_milliseconds", 16: "epoch_microseconds"}
_EPOCH_FROM, _EPOCH_TO = 631_152_000, 4_102_444_800  # 1990 to 2100
# Excel counts days from 1900: 1990 to 2100.
_SERIAL_FROM, _SERIAL_TO = 32_874, 73_051

#: Languages of names of months; where names are the same in several, the first counts.
_LANGUAGES = tuple(
    dict.fromkeys(("en", "de", "fr", "es", "it", "pt", "nl", "id", "pl", *LANGUAGES))
)

_TIME = (
    r"(?P<gap>[ T]|, )(?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:(?P<point>[.,])(?P<fraction>\d{1,9}))?)?"
    r"(?:(?P<half_gap> ?)(?P<half>[AaPp][Mm]))?"
    r"(?:(?P<zone_gap> ?)(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d|[A-Z]{3,4}))?"
)
_NUMBERS = re.compile(
    r"(?P<a>\d{1,4})(?P<m1>[-/.\s年])\s?(?P<b>\d{1,2})(?P<m2>[-/.\s月])\s?"
    rf"(?P<c>\d{{1,4}})(?P<end>日)?(?:{_TIME})?"
)
_NAMED = re.compile(
    r"(?P<week>[^\W\d_]{2,10}\.?,? )?(?:"
    r"(?P<d1>\d{1,2})(?P<s1>\.?[-/ ]|\.)(?P<n1>[^\W\d_]{3,12})(?P<s2>\.?[-/ ,]{1,2})"
    r"(?P<y1>\d{4}|\d\d)"
    r"|(?P<n2>[^\W\d_]{3,12})(?P<s3>\.? |[-/])(?P<d2>\d{1,2})(?P<s4>,? |[-/])"
    r"(?P<y2>\d{4}|\d\d))"
    rf"(?:{_TIME})?"
)
_COMPACT = re.compile(rf"(?P<ymd>\d{{8}})(?:(?P<hms>\d{{6}})|{_TIME})?")


class Reading(NamedTuple):
    """One way to read the values of a shape: its format and its days, by value."""

    format: str
    days: Mapping[str, date]


class DateFormat(NamedTuple):
    """How to read the dates of a column.

    ``formats`` are tried in order; where the values do not decide, ``choices`` has the
    readings to choose from, each with what speaks for it, and ``open_header`` the
    column if it is another one.
    """

    formats: tuple[str, ...]
    evidence: str
    choices: tuple[tuple[str, str], ...] = ()
    month_language: str = "en"
    share: float = 1.0
    has_time: bool = False
    zones: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    open_header: str = ""


def date_format_of(
    column: Column, *, today: date, later: Column | None = None, is_named: bool = True
) -> DateFormat | None:
    """Find the format of a column of dates.

    Parameters
    ----------
    column
        The column, text or numbers.
    today
        Orders are not after this day.
    later
        A column whose dates are on or after those of the same row, such as ship dates.
    is_named
        Whether the header says that these are dates. Plain numbers are not taken for
        dates otherwise.

    Returns
    -------
    DateFormat or None
        None if the values are not dates. No ``formats`` and no ``choices`` for columns
        that are dates by type.
    """
    if column.kind in ("date", "timestamp", "instant"):
        return DateFormat((), f"the file says it is a {column.kind}")
    counts = Counter(column.filled)
    shapes: dict[tuple[str, ...], list[str]] = {}
    for value in counts:
        shape = _shape(value, is_named=is_named)
        if shape:
            shapes.setdefault(shape, []).append(value)
    total = counts.total()
    sizes = {
        shape: sum(counts[value] for value in values)
        for shape, values in shapes.items()
    }
    kept = [shape for shape in shapes if sizes[shape] >= max(total * _SHARE, 1)]
    kept.sort(key=lambda shape: -sizes[shape])
    if not kept or sum(sizes[shape] for shape in kept) * 2 < total:
        return None
    found = [
        _decided(shapes[shape], shape, counts, column=column, later=later, today=today)
        for shape in kept[:4]
    ]
    share = sum(sizes[shape] for shape in kept[:4]) / total
    return _together(found, share=share)


def with_later_dates(base: DateFormat, later: Column) -> DateFormat:
    """Add formats that only a second column of dates has, such as that of ship dates.

    The formats of an entry are for all its columns. Where the values of the second
    column do not decide between day and month first, those of the first one do, unless
    they have the year first: then the choice stays open.
    """
    found = date_format_of(later, today=date.max)
    if found is None or not (base.formats or base.choices):
        return base
    says = [one for one in base.formats if not one.startswith("%Y")]
    orders = {_has_day_first(one) for one in says}
    agreeing = [one for one, _ in found.choices if _has_day_first(one) in orders]
    formats = tuple(dict.fromkeys((*base.formats, *found.formats, *agreeing)))
    if found.choices and not says and not base.choices:
        return base._replace(
            formats=formats,
            choices=found.choices,
            evidence=found.evidence,
            open_header=later.header,
        )
    return base._replace(formats=formats)


def _has_day_first(written: str) -> bool:
    """Whether a format has the day before the month."""
    return written.find("%d") < written.lower().find("%m")


def has_no_year(values: Sequence[str]) -> bool:
    """Whether values are days without a year, such as 3112, 31.12. and 31-Dec."""
    given = values[:2000]
    days = sum(map(_is_day_without_year, given))
    return days >= 0.95 * len(given) > 0 and not all(
        re.fullmatch(r"(19|20)\d\d", value) for value in given
    )


def _is_day_without_year(value: str) -> bool:
    compact = re.fullmatch(r"(\d{1,2})(\d\d)", value)
    marked = re.fullmatch(r"(\d{1,2})[-./](\d{1,2})\.?", value)
    named = re.fullmatch(r"\d{1,2}\.?[- ]?([^\W\d_]{3,12})", value) or re.fullmatch(
        r"([^\W\d_]{3,12})\.?[- ]\d{1,2}", value
    )
    if named:
        return bool(_month_of(named[1]))
    found = compact or marked
    if not found:
        return False
    one, other = sorted((int(found[1]), int(found[2])))
    return 1 <= one <= 12 and other <= 31


def _together(found: Sequence[DateFormat], *, share: float) -> DateFormat:
    """One answer for a column whose values have several shapes."""
    open_ones = [one for one in found if one.choices]
    decided = [one for one in found if not one.choices]
    formats = tuple(dict.fromkeys(name for one in decided for name in one.formats))
    languages = [one.month_language for one in found if one.month_language != "en"]
    evidence = "; ".join(dict.fromkeys(one.evidence for one in found if one.evidence))
    return DateFormat(
        formats,
        evidence,
        open_ones[0].choices if open_ones else (),
        month_language=languages[0] if languages else "en",
        share=share,
        has_time=any(one.has_time for one in found),
        zones=tuple(dict.fromkeys(zone for one in found for zone in one.zones)),
        first_day=min((one.first_day for one in found if one.first_day), default=None),
        last_day=max((one.last_day for one in found if one.last_day), default=None),
    )


# ------------------------------------------------------------------------ shapes


def _shape(value: str, *, is_named: bool) -> tuple[str, ...] | None:
    """What values that have the same format have in common."""
    if not any(character.isdigit() for character in value[:40]) or len(value) > 50:
        return None
    numbers = _NUMBERS.fullmatch(value)
    if numbers:
        a, c = len(numbers["a"]), len(numbers["c"])
        if (a == 4) == (c == 4) and a > 2:
            return None
        order = "Y first" if a == 4 else "Y last" if c == 4 else "two digits"
        return (
            *("numbers", order, numbers["m1"], numbers["m2"], numbers["end"] or ""),
            *_time_shape(numbers),
        )
    named = _NAMED.fullmatch(value)
    if named and (_month_of(named["n1"] or named["n2"])):
        return (
            *(
                "named",
                "d" if named["n1"] else "m",
                str(len(named["y1"] or named["y2"])),
            ),
            *(named[mark] or "" for mark in ("s1", "s2", "s3", "s4")),
            "week" if named["week"] else "",
            *_time_shape(named),
        )
    compact = _COMPACT.fullmatch(value)
    if compact and (is_named or compact["hms"]) and _is_compact(compact["ymd"]):
        return ("compact", "hms" if compact["hms"] else "", *_time_shape(compact))
    return _number_shape(value) if is_named else None


def _number_shape(value: str) -> tuple[str, ...] | None:
    text = value.removesuffix(".0")
    whole = re.fullmatch(r"(\d+)(\.\d+)?", text)
    if not whole:
        return None
    digits = len(whole[1])
    name = _EPOCHS.get(digits)
    if name and _EPOCH_FROM <= int(whole[1]) // 10 ** (digits - 10) <= _EPOCH_TO:
        return ("epoch", name)
    if _SERIAL_FROM <= int(whole[1]) <= _SERIAL_TO:
        return ("serial",)
    return None


def _is_compact(digits: str) -> bool:
    return any(
        _day(parts) is not None
        for parts in (
            {"Y": digits[:4], "m": digits[4:6], "d": digits[6:]},
            {"d": digits[:2], "m": digits[2:4], "Y": digits[4:]},
            {"m": digits[:2], "d": digits[2:4], "Y": digits[4:]},
        )
    )


def _time_shape(match: re.Match[str]) -> tuple[str, ...]:
    if match["hour"] is None:
        return ()
    zone = match["zone"]
    return (
        *(match["gap"], match["colon"], "s" if match["second"] else ""),
        *(match["point"] or "", match["half_gap"] if match["half"] else ""),
        *("half" if match["half"] else "", match["zone_gap"] if zone else ""),
        "" if not zone else "z" if zone[0] in "Z+-" else "Z",
    )


def _time_format(shape: Sequence[str]) -> str:
    if not shape:
        return ""
    gap, colon, second, point, half_gap, half, zone_gap, zone = shape
    text = f"{gap}{'%I' if half else '%H'}{colon}%M"
    text += (":%S" if second else "") + (f"{point}%f" if point else "")
    text += f"{half_gap}%p" if half else ""
    return text + (f"{zone_gap}%{zone}" if zone else "")


# ---------------------------------------------------------------------- readings


def _decided(
    values: Sequence[str],
    shape: tuple[str, ...],
    counts: Mapping[str, int],
    *,
    column: Column,
    later: Column | None,
    today: date,
) -> DateFormat:
    """The format of values of one shape, or the choices."""
    rows = sum(counts[value] for value in values)
    language, readings = _readings(values, shape)
    failing = {
        reading.format: sum(counts[v] for v in values if v not in reading.days)
        for reading in readings
    }
    fewest = min(failing.values())
    fitting = [one for one in readings if failing[one.format] <= rows * _FAULTS]
    base = DateFormat(
        (),
        "",
        month_language=language,
        has_time="%H" in readings[0].format or "%I" in readings[0].format,
        zones=_zones(values),
    )
    if len(readings) == 1:
        return _answer(base, readings[0], "")
    if not fitting:
        # Neither reading fits: the file mixes them, or has other errors.
        choices = tuple(
            (one.format, f"{rows - failing[one.format]:,} of {rows:,} rows are dates")
            for one in sorted(readings, key=lambda one: failing[one.format])
        )
        return base._replace(
            evidence="values of different orders are mixed"
            if fewest < rows
            else "no value is a day from 1900 to 2199: it may be another calendar",
            choices=choices,
        )
    refuted = [
        one
        for one in readings
        if failing[one.format] >= max(rows * _FAULTS, fewest * 10, 1)
    ]
    left = [one for one in readings if one not in refuted]
    if len(left) == 1:
        why = [_why(left[0], other, failing[other.format]) for other in refuted]
        is_compact = shape[0] == "compact"
        return _answer(
            base, left[0], "" if is_compact else "; ".join(dict.fromkeys(why))
        )
    choice, why_chosen = _by_other_facts(
        left, counts, column=column, later=later, today=today
    )
    if choice is not None:
        return _answer(base, choice, why_chosen)
    largest = max(failing[one.format] for one in left)
    problem = (
        "no first or second number is above 12"
        if not largest
        else f"only {largest:,} of {rows:,} rows decide"
    )
    choices = tuple(
        (one.format, _hints(one, column=column, today=today)) for one in left
    )
    return base._replace(evidence=problem, choices=choices)


def _answer(base: DateFormat, reading: Reading, evidence: str) -> DateFormat:
    days = reading.days.values()
    return base._replace(
        formats=(reading.format,),
        evidence=evidence,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def _why(kept: Reading, refuted: Reading, rows: int) -> str:
    """Why one reading is refuted, in words."""
    order = _order(kept.format)
    names = {"d": "day first", "m": "month first", "Y": "year first", "y": "year first"}
    place = re.findall(r"%([YymdbB])", refuted.format).index("m")
    which = ("first", "second", "third")[place]
    have = "row has" if rows == 1 else "rows have"
    return f"{rows:,} {have} a {which} number above 12: {names.get(order, order)}"


def _order(written: str) -> str:
    return str(re.findall(r"%([YymdbB])", written)[0])


def _by_other_facts(
    readings: Sequence[Reading],
    counts: Mapping[str, int],
    *,
    column: Column,
    later: Column | None,
    today: date,
) -> tuple[Reading | None, str]:
    """The one reading that days to come, or other dates of a row, do not refute."""
    ahead = {
        one.format: sum(counts[v] for v, day in one.days.items() if day > today)
        for one in readings
    }
    rows = sum(counts[value] for value in readings[0].days)
    left = [one for one in readings if not ahead[one.format]]
    many = [one for one in readings if ahead[one.format] >= max(rows * _FAULTS, 2)]
    if len(left) == 1 and len(many) == len(readings) - 1:
        number = max(ahead.values())
        return left[0], (
            f"{number:,} rows would be after today the other way: "
            f"{_words(left[0].format)}"
        )
    if later is None:
        return None, ""
    before = {
        one.format: _count_before(one, column=column, later=later) for one in readings
    }
    least = max(len(column.filled) * _FAULTS, 3)
    left = [one for one in readings if not before[one.format]]
    many = [one for one in readings if before[one.format] >= least]
    if len(left) == 1 and len(many) == len(readings) - 1:
        number = max(before.values())
        return left[0], (
            f"{number:,} rows would have {later.header!r} before {column.header!r} the "
            f"other way: {_words(left[0].format)}"
        )
    return None, ""


def _count_before(reading: Reading, *, column: Column, later: Column) -> int:
    """Rows whose later date is before the date, when both are read the same way."""
    number = 0
    for value, other in zip(column.values, later.values, strict=True):
        day = reading.days.get(value)
        after = _read(other, reading.format) if day and other else None
        number += day is not None and after is not None and after < day
    return number


def _words(written: str) -> str:
    return {"d": "day first", "m": "month first"}.get(_order(written), "year first")


def _hints(reading: Reading, *, column: Column, today: date) -> str:
    """What speaks for a reading or against it, without deciding."""
    days = [reading.days[value] for value in column.values if value in reading.days]
    if not days:
        return "no value can be read"
    pairs = list(pairwise(days))
    ascending = sum(first <= second for first, second in pairs)
    distinct = sorted(set(days))
    runs = sum(
        second - first == timedelta(days=1) for first, second in pairwise(distinct)
    )
    hints = [f"{_words(reading.format)}: {distinct[0]} to {distinct[-1]}"]
    hints.append(f"{len(distinct):,} different days, {runs:,} of them follow the last")
    if len(pairs) > 2:
        hints.append(f"{ascending / len(pairs):.0%} of rows are in the order of days")
    ahead = sum(day > today for day in days)
    if ahead:
        hints.append(f"{ahead:,} rows after today")
    return ", ".join(hints)


def _readings(
    values: Sequence[str], shape: tuple[str, ...]
) -> tuple[str, list[Reading]]:
    """The ways to read values of one shape, and the language of their months."""
    kind, *rest = shape
    if kind == "epoch":
        return "en", [Reading(rest[0], {value: _epoch_day(value) for value in values})]
    if kind == "serial":
        start = date(1899, 12, 30)
        days = {value: start + timedelta(days=int(float(value))) for value in values}
        return "en", [Reading("excel_serial", days)]
    if kind == "compact":
        tail = "%H%M%S" if rest[0] else _time_format(rest[1:])
        formats = ["%Y%m%d", "%d%m%Y", "%m%d%Y"]
        return "en", [_reading(values, one + tail) for one in formats]
    if kind == "named":
        return _named_readings(values, rest)
    order, first, second, end, *clock = rest
    tail = end + _time_format(clock)
    orders: tuple[tuple[str, ...], ...] = {
        "Y first": (("Y", "m", "d"), ("Y", "d", "m")),
        "Y last": (("d", "m", "Y"), ("m", "d", "Y")),
        "two digits": (("d", "m", "y"), ("m", "d", "y"), ("y", "m", "d")),
    }[order]
    gap = " " if re.search(r"[-/.年]\s", values[0]) and first != " " else ""
    formats = [f"%{a}{first}{gap}%{b}{second}{gap}%{c}{tail}" for a, b, c in orders]
    readings = [_reading(values, one) for one in formats]
    if order == "Y first" and len(readings[0].days) == len(values):
        # Nobody writes year, day, month.
        return "en", readings[:1]
    return "en", readings


def _named_readings(
    values: Sequence[str], rest: Sequence[str]
) -> tuple[str, list[Reading]]:
    order, year_digits, s1, s2, s3, s4, week, *clock = rest
    year = "%Y" if year_digits == "4" else "%y"
    names = {name for value in values for name in [_month_name(value)]}
    month = "%b" if all(len(name) == 3 for name in names) else "%B"
    text = f"%d{s1}{month}{s2}{year}" if order == "d" else f"{month}{s3}%d{s4}{year}"
    if week:
        example = values[0].split(" ")[0]
        name = "%a" if len(example.strip(".,")) <= 3 else "%A"
        text = f"{name}{',' if example.endswith(',') else ''} {text}"
    days = {}
    # Each name counts once for each language: the values of these are months.
    languages = Counter(
        one for value in values for one in [*_month_of(_month_name(value))]
    )
    most = max(languages.values())
    language = next(one for one in _LANGUAGES if languages[one] == most)
    for value in values:
        match = _NAMED.fullmatch(value)
        assert match is not None
        number = _month_of(_month_name(value)).get(language, 0)
        day = _day(
            {
                "d": match["d1"] or match["d2"],
                "m": str(number),
                "Y" if year == "%Y" else "y": match["y1"] or match["y2"],
            }
        )
        if day:
            days[value] = day
    return language, [Reading(text + _time_format(clock), days)]


def is_period(header: str) -> bool:
    """Whether a header is a month, week, quarter or year, such as ``Jan 2023``."""
    words = parts(header)
    named = [word for word in words if word.isalpha() and _month_of(word)]
    years = [word for word in words if re.fullmatch(r"(19|20)\d\d", word)]
    others = [word for word in words if word not in {*named, *years}]
    is_told = bool(named or years)
    return is_told and all(re.fullmatch(r"[qwm]?\d{1,2}", word) for word in others)


def _month_name(value: str) -> str:
    match = _NAMED.fullmatch(value)
    assert match is not None
    return match["n1"] or match["n2"]


def _reading(values: Sequence[str], written: str) -> Reading:
    days = {value: _read(value, written) for value in values}
    return Reading(written, {value: day for value, day in days.items() if day})


@cache
def _pattern(written: str) -> re.Pattern[str]:
    groups = {
        "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d\d)",
        "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    }  # fmt: skip
    text = re.split(r"%[HI]", written)[0]
    pattern = "".join(
        groups[piece[1]] if piece[0] == "%" else re.escape(piece)
        for piece in re.findall(r"%[Yymd]|.", text, re.DOTALL)
    )
    if "%Y%m%d" in written or "%d%m%Y" in written or "%m%d%Y" in written:
        pattern = pattern.replace("{1,2}", "{2}")
    return re.compile(pattern)


def _read(value: str, written: str) -> date | None:
    match = _pattern(written).match(value)
    return _day(match.groupdict()) if match else None


def _day(parts: Mapping[str, str]) -> date | None:
    year = int(parts["Y"]) if "Y" in parts else 2000 + int(parts["y"])
    if "y" in parts and int(parts["y"]) >= 69:
        year -= 100
    if not 1900 <= year <= 2199:
        return None
    try:
        return date(year, int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def _epoch_day(value: str) -> date:
    digits = value.partition(".")[0]
    seconds = int(digits) // 10 ** (len(digits) - 10)
    return (datetime(1970, 1, 1) + timedelta(seconds=seconds)).date()


def _zones(values: Sequence[str]) -> tuple[str, ...]:
    """The offsets and zones that are written, such as +0700."""
    found = Counter(
        zone[1]
        for value in values
        for zone in [re.search(r"\d ?(Z|[+-]\d\d:?\d\d|[A-Z]{3,4})$", value)]
        if zone and ":" in value
    )
    return tuple(zone for zone, _ in found.most_common(3))


@cache
def _month_of(name: str) -> dict[str, int]:
    """The number of the month of a name, by language; empty if it is no month."""
    form = folded(name)
    found = {language: _months(language).get(form) for language in _LANGUAGES}
    return {language: number for language, number in found.items() if number}


@cache
def _months(language: str) -> dict[str, int]:
    return month_numbers(language)
