"""Which day a value means: the SQL of the macros, compared with Python's own clock."""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from conftest import make_dbt
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_marts.errors import InputError
from retail_marts.settings import read_settings
from retail_marts.settings.values import DATE_CODES, EPOCHS

ZONES = (
    "UTC",
    "Asia/Jakarta",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
)

#: A text in each code, beside a day.
CODE_SAMPLES = {
    "Y": "2024",
    "y": "24",
    "m": "1",
    "d": "15",
    "b": "jan",
    "B": "January",
    "j": "15",
    "H": "23",
    "I": "12",
    "M": "5",
    "S": "59",
    "p": "pm",
    "f": "123456",
    "g": "123",
    "n": "123456789",
    "a": "Mon",
    "A": "Monday",
    "z": "-0500",
    "Z": "Asia/Jakarta",
    "%": "%",
}

FORMATS = (
    "%Y-%m-%d",
    "%d.%m.%y",
    "%y.%m.%d",
    "%m/%d/%Y %H:%M",
    "%Y%m%d",
    "%d%m%y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%j/%Y",
    "%-d/%-m/%Y %I:%M %p",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%z %d/%m/%Y",
    "%Y-%m-%d %H:%M %Z",
    "%Y年%m月%d日",
    "%d.%m.%Y (%H|%M) $^[x]'%%",
)

OFFSET = r"(?:Z|z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"


#: Types of a mapped column, with a format and a zone.
ENTRIES = [
    *(("TIMESTAMPTZ", "%Y-%m-%d", zone) for zone in ZONES),
    *(
        (kind, "%Y-%m-%d", "Asia/Jakarta")
        for kind in (
            "TIMESTAMP WITH TIME ZONE",
            "TIMESTAMPTZ_NS",
            "DATE",
            "TIMESTAMP",
            "TIMESTAMP_S",
            "TIMESTAMP_MS",
            "TIMESTAMP_NS",
        )
    ),
    ("BIGINT", "%Y%m%d", "UTC"),
    *(
        (kind, epoch, zone)
        for kind in ("VARCHAR", "BIGINT", "DOUBLE", "HUGEINT")
        for epoch in EPOCHS
        for zone in ZONES
    ),
]

#: How an entry writes its values, but for the date format.
VALUES = {
    "mapped_columns": ["value"],
    "month_language": "en",
    "month_numbers": {"jan": 1},
    "decimal_mark": ".",
    "thousands_mark": "",
    "digit_grouping": "thousands",
    "currency_marks": [],
    "negative_style": ["minus"],
    "percent_columns": [],
    "cent_columns": [],
    "null_words": [],
}

Read = Callable[[Any], "date | None"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the macros for every format and entry, by what it is for."""
    formats = [*FORMATS, *(f"%Y-%m-%d|%{code}" for code in DATE_CODES)]
    inline = (
        "{% for f in " + repr(formats) + " %}"
        "<<{{ f }}>>{{ parse_date('value', f) }}<<end>>{% endfor %}"
        "{% for kind, f, zone in " + repr(ENTRIES) + " %}<<{{ (kind, f, zone) }}>>"
        "{{ mapped_date(dict(" + repr(VALUES) + ", types={'value': kind},"
        " date_formats=[f], time_zone=zone), 'value') }}<<end>>{% endfor %}"
    )
    build = make_dbt(tmp_path_factory.mktemp("macros"))(
        "compile", "--quiet", "--output", "json", "--inline", inline
    )
    assert build.returncode == 0, build.output
    compiled = json.loads(build.output)["compiled"]
    return dict(re.findall(r"<<(.*?)>>(.*?)<<end>>", compiled, re.DOTALL))


@pytest.fixture(scope="module")
def read(rendered: dict[str, str]) -> Iterator[Callable[[Any], Read]]:
    """A function that gives for a format or an entry what reads one value."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")

        def reader(key: Any) -> Read:
            kind = key[0] if isinstance(key, tuple) else "varchar"
            sql = (
                f"select {rendered[str(key)]} from (select cast(? as {kind}) as value)"
            )

            def read_one(value: Any) -> date | None:
                (row,) = connection.execute(sql, [value]).fetchall()
                found: date | None = row[0]
                return found

            return read_one

        yield reader


@pytest.mark.parametrize("code", DATE_CODES)
def test_every_code_that_a_setting_may_hold_is_read(
    code: str, read: Callable[[Any], Read]
) -> None:
    reader = read(f"%Y-%m-%d|%{code}")
    assert reader(f"2024-01-15|{CODE_SAMPLES[code]}") == date(2024, 1, 15)
    assert reader("2024-01-15|") is None
    assert reader(f"2024-01-15|{CODE_SAMPLES[code]}x!") is None


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        *("infinity", "-infinity", "Infinity", "epoch", "now", "today", "tomorrow"),
        *("yesterday", "current_date", "nan", "NaT", "null", "", " ", "0", "-", "1"),
        *("01.01.0", "04.01.0", "0.4.1", "1.1.202", "2024", "2024-1-", "2024-01", "24"),
        *("2024-01-015", "02024-01-01", "2024-13-01", "2024-02-30", "1899-12-31"),
        *("2200-01-01", "9999-12-31", "0001-01-01", "2024015", "202411", "2024-1-1 BC"),
        *("31/12/1899 10:00", "2024-01-01 25:00:00 +0000", "\uff12024-01-01"),
        *("2024-01-15 23:20:30", "2024-01-15T23:20:30.1", "2024-01-15 23:20:30 +1600"),
        *("2024-01-15 23:20:30 -5", "2024-01-15 23:20:30 Y", "2024-01-15\n23:20 "),
    ],
)
def test_what_is_not_a_whole_date_is_rejected(
    form: str, text: str, read: Callable[[Any], Read]
) -> None:
    assert read(form)(text) is None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 23:20:30 -0500"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 00:20:30 +14:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 23:20:30 +07"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 23:20:30 Z"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 23:20:30 z"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-01-15 23:20:30 +00:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-15T23:20:30.5Z"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-15T23:20:30.123456-08:00"),
        ("%z %d/%m/%Y", "-1100 15/1/2024"),
        ("%Y-%m-%d %H:%M %Z", "2024-01-15 23:59 America/Los_Angeles"),
        ("%Y-%m-%d %H:%M %Z", "2024-01-15 00:01 CEST"),
        ("%Y-%m-%d", " 2024-1-15 "),
        ("%d.%m.%y", "15.1.24"),
        ("%m/%d/%Y %H:%M", "1/15/2024 8:26"),
        ("%Y%m%d", "20240115"),
        ("%d-%b-%Y", "15-JAN-2024"),
        ("%-d/%-m/%Y %I:%M %p", "15/1/2024 12:05 am"),
    ],
)
def test_a_text_keeps_the_day_that_is_written(
    form: str, text: str, read: Callable[[Any], Read]
) -> None:
    assert read(form)(text) == date(2024, 1, 15)


#: Texts near to dates: fragments of them in any order, and any text at all.
NEAR_DATES = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            [
                *("2024", "1999", "12", "31", "Jan", "May", "am", "infinity", "epoch"),
                *("-0500", "+14:00", "年", "月", "日", "24:00", "UTC"),
                *"0123456789-/.: TZz+",
            ]
        ),
        max_size=14,
    ).map("".join),
)


@settings(max_examples=600, deadline=None)
@given(data=st.data(), form=st.sampled_from(FORMATS))
def test_any_text_is_a_date_of_the_format_or_null(
    rendered: dict[str, str],
    read: Callable[[Any], Read],
    data: st.DataObject,
    form: str,
) -> None:
    moment = data.draw(
        st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31, 23, 59))
    )
    offset = data.draw(st.sampled_from(["Z", "+0000", "-05:00", "+14", "+0545"]))
    if "%y" in form:
        moment = moment.replace(year=1969 + moment.year % 100, day=1)
    written = moment.strftime(form.replace("%z", offset).replace("%Z", "WIB"))
    reader = read(form)
    assert reader(written) == moment.date(), written

    place = data.draw(st.integers(0, len(written)))
    text = data.draw(
        st.one_of(
            NEAR_DATES,
            NEAR_DATES.map(lambda part: written[:place] + part + written[place:]),
            st.just(written[:place]),
        )
    ).replace("\0", "")
    found = reader(text)
    if found is not None:
        assert 1900 <= found.year <= 2199
        assert _python_date(text, form) == found, text


def _python_date(text: str, form: str) -> date:
    """What Python reads of a text, its zone left out."""
    text = text.strip()
    if "%Z" in form:
        text, _, _ = text.rpartition(" ")
    elif form.startswith("%z"):
        text = re.sub(f"^{OFFSET}", "", text)
    elif "%z" in form:
        text = re.sub(f"{OFFSET}$", "", text)
    form = re.sub("%[zZ]", "", form).replace("%-", "%")
    return datetime.strptime(text.strip(), form.strip()).date()


MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2036, 1, 1))


@settings(max_examples=200, deadline=None)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_an_instant_becomes_the_day_in_the_zone(
    read: Callable[[Any], Read], moment: datetime, zone: str
) -> None:
    moment = moment.replace(tzinfo=UTC)
    local = moment.astimezone(zoneinfo.ZoneInfo(zone)).date()
    assert read(("TIMESTAMPTZ", "%Y-%m-%d", zone))(moment) == local
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    for factor, epoch in zip((1, 1000, 1_000_000), EPOCHS, strict=True):
        for kind in ("BIGINT", "VARCHAR", "DOUBLE", "HUGEINT"):
            assert read((kind, epoch, zone))(seconds * factor) == local, (kind, epoch)
    assert read(("VARCHAR", "epoch_seconds", zone))(f"{seconds}.999999") == local


@pytest.mark.parametrize("kind", ["TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"])
def test_every_type_of_instants_is_read(kind: str, read: Callable[[Any], Read]) -> None:
    reader = read((kind, "%Y-%m-%d", "Asia/Jakarta"))
    assert reader("2024-01-31 17:00:00+00") == date(2024, 2, 1)
    assert reader("2024-01-31 16:59:59+00") == date(2024, 1, 31)


@pytest.mark.parametrize(
    "kind", ["DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"]
)
def test_a_time_without_a_zone_keeps_its_day(
    kind: str, read: Callable[[Any], Read]
) -> None:
    reader = read((kind, "%Y-%m-%d", "Asia/Jakarta"))
    assert reader("2024-01-31 23:59:59") == date(2024, 1, 31)
    assert reader("2024-01-31 00:00:00") == date(2024, 1, 31)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(
            ((kind, "%Y-%m-%d", "Asia/Jakarta"), value)
            for kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS")
            for value in ("infinity", "-infinity", "1899-12-30", "2200-01-02", None)
        ),
        *(
            ((kind, epoch, "UTC"), value)
            for epoch in EPOCHS
            for kind, values in (
                ("VARCHAR", ["", "now", "inf", "1e400", "-", "2024-01-01", "9" * 40]),
                ("DOUBLE", ["nan", "inf", "-inf", 1e308, -1e308, 9e18, None]),
                ("HUGEINT", [2**127 - 1, -(2**127) + 1, 2**63, None]),
                ("BIGINT", [2**63 - 1, -(2**63), None]),
            )
            for value in values
        ),
    ],
)
def test_a_value_without_a_day_is_null(
    key: tuple[str, str, str], value: Any, read: Callable[[Any], Read]
) -> None:
    assert read(key)(value) is None


def test_numbers_and_texts_of_the_same_digits_are_read_alike(
    read: Callable[[Any], Read],
) -> None:
    assert read(("BIGINT", "%Y%m%d", "UTC"))(20240115) == date(2024, 1, 15)
    assert read(("BIGINT", "%Y%m%d", "UTC"))(2024011) is None


def test_every_time_zone_that_a_setting_may_name_is_known_to_the_engine() -> None:
    with duckdb.connect() as connection:
        known = {
            name
            for (name,) in connection.execute(
                "select name from pg_timezone_names()"
            ).fetchall()
        }
    assert zoneinfo.available_timezones() - {"localtime"} <= known


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("time_zone", "Asia/Jakrta", ["Did you mean Asia/Jakarta?"]),
        ("time_zone", "+07:00", ["not a time zone", "IANA"]),
        ("time_zone", "localtime", ["not a time zone"]),
        ("time_zone", "asia/jakarta", ["not a time zone", "Asia/Jakarta"]),
        ("time_zone", 7, ["is 7"]),
        ("orders_ahead", "yes", ["true or false"]),
        ("date_format", "%Y-%m-%d %Q", ["code %Q", "epoch_seconds"]),
        ("date_format", "%Y-%m-%d %c", ["code %c"]),
        ("date_format", "epoch", ["does not contain year, month and day"]),
        ("date_format", "excel_serials", ["Did you mean excel_serial?"]),
        ("date_format", [], ["empty list"]),
        ("date_format", ["%Y-%m-%d", "%H:%M"], ["does not contain year"]),
        ("month_language", "indonesian", ['Did you mean "id"?', "de", "id"]),
        ("month_language", "de_AT", ['Did you mean "de"?']),
        ("month_language", False, ['Did you mean "no"?']),
        ("month_language", "xx", ["not a language whose month names are known"]),
    ],
)
def test_a_wrong_setting_of_dates_is_named(
    path: str, value: object, told: list[str]
) -> None:
    entry = {
        "path": "a.csv",
        "columns": {"order_date": "D", "sales_amount": "T"},
        path: value,
    }
    with pytest.raises(InputError) as error:
        read_settings({"mapped_sources": {"shop": entry}})
    assert f"mapped_sources.shop.{path}" in str(error.value)
    for part in told:
        assert part in str(error.value)
    with pytest.raises(InputError):
        read_settings({"build_day": "2024-02-30"})
