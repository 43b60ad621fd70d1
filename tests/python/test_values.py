"""How files write values: the SQL of the macros, one engine for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import yaml
from conftest import PROJECT, make_dbt
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_marts.errors import InputError
from retail_marts.settings import read_settings
from retail_marts.settings.months import LANGUAGES, month_numbers

#: Entries by name: settings beside a file with one column ``value``.
ENTRIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "decimal comma": {"decimal_mark": ","},
    "dollars": {"currency_marks": ["$", "US$", "USD"], "thousands_mark": ","},
    "rupiah": {
        "currency_marks": ["Rp", "Rp.", "IDR", ",-"],
        "thousands_mark": ".",
        "decimal_mark": ",",
    },
    "euros": {
        "currency_marks": ["€", "EUR"],
        "thousands_mark": " ",
        "decimal_mark": ",",
    },
    "francs": {"currency_marks": ["CHF", "Fr."], "thousands_mark": "'"},
    "rupees": {
        "currency_marks": ["₹", "Rs."],
        "thousands_mark": ",",
        "digit_grouping": "indian",
    },
    "accounts": {
        "currency_marks": ["$"],
        "thousands_mark": ",",
        "negative_style": ["parentheses", "trailing_minus"],
    },
    "percent": {
        "percent_columns": ["discount_rate"],
        "negative_style": ["parentheses"],
    },
    "cents": {"cent_columns": ["sales_amount"]},
    "coded": {"null_words": [-999, "none", "keine Angabe", "0000-00-00"]},
    "no words": {"null_words": []},
    "anonymous": {"anonymous_customer_ids": [0, -1, "Guest", "Walk-in", "g@x.example"]},
    "several": {"date_format": ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S"]},
    "digits": {"date_format": "%Y%m%d"},
    "day first digits": {"date_format": "%d%m%Y"},
    "excel": {"date_format": "excel_serial"},
    "excel or text": {"date_format": ["excel_serial", "%Y%m%d", "%d.%m.%Y"]},
    "iso": {"date_format": ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]},
    **{
        f"months {language}": {
            "month_language": language,
            "date_format": ["%A, %d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d.%B.%Y"],
        }
        for language in LANGUAGES
    },
}

#: Column types in which the same digits can stand.
TYPES = ("varchar", "bigint", "double", "decimal(38,0)", "hugeint", "decimal(18,4)")

KINDS = {
    "number": "mapped_number(entry, '{0}', 'decimal(18, 4)')",
    "rate": "mapped_number(entry, '{0}', 'double')",
    "whole": "mapped_number(entry, '{0}', 'integer')",
    "text": "mapped_text(entry, '{0}')",
    "name": "mapped_name(entry, '{0}')",
    "customer": "mapped_customer_id(entry)",
    "date": "mapped_date(entry, '{0}')",
    "moment": "mapped_date(entry, '{0}', 'timestamp')",
    "no number": "is_no_mapped_number(entry, '{0}', 'null', is_required=true)[1]",
    "no date": "is_no_mapped_date(entry, '{0}', 'null')[1]",
}
COLUMN_TYPES = (
    *TYPES,
    "float",
    "boolean",
    "uuid",
    "blob",
    "date",
    "enum('17850', 'NULL', '$5', '20240131')",
)
#: Entries that are tried with columns of every type.
TYPED = (
    *("plain", "dollars", "percent", "cents", "coded", "anonymous", "digits"),
    *("day first digits", "excel", "excel or text"),
)
COLUMNS = {"rate": "discount_rate", "customer": "customer_id"}

Read = Callable[..., Any]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the macros, by kind, entry and type."""
    entries = {name: _entry(given) for name, given in ENTRIES.items()}
    wanted = [
        (kind, name, data_type)
        for kind in KINDS
        for name in entries
        for data_type in COLUMN_TYPES
        if data_type == "varchar" or (name in TYPED and not kind.startswith("no "))
    ]
    # An argument must be short, and these have the month names of all languages.
    inline = "{% set entries = fromjson(env_var('ENTRIES')) %}"
    for kind, macro in KINDS.items():
        column = COLUMNS.get(kind, "sales_amount")
        chosen = [(name, data_type) for k, name, data_type in wanted if k == kind]
        inline += (
            "{% for name, type in " + repr(chosen) + " %}"
            "{% set entry = dict(entries[name], types={'" + column + "': type}) %}"
            "<<" + kind + "|{{ name }}|{{ type }}>>"
            "{{ " + macro.format(column) + " }}<<end>>{% endfor %}"
        )
    inline += (
        "<<spread_share>>"
        "{{ spread_share('amount', 'weight', 'running', 'total') }}<<end>>"
    )
    build = make_dbt(tmp_path_factory.mktemp("macros"))(
        *("compile", "--quiet", "--output", "json", "--inline", inline),
        environment={"ENTRIES": json.dumps(entries, ensure_ascii=False)},
    )
    assert build.returncode == 0, build.output
    compiled = json.loads(build.output)["compiled"]
    return dict(re.findall(r"<<(.*?)>>(.*?)<<end>>", compiled, re.DOTALL))


@pytest.fixture(scope="module")
def spread_share(rendered: dict[str, str]) -> str:
    return rendered["spread_share"]


@pytest.fixture(scope="module")
def read(rendered: dict[str, str]) -> Iterator[Read]:
    """What a macro reads of a value: ``read(kind, entry, value, type)``."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")

        def read_one(
            kind: str, entry: str, value: Any, data_type: str = "varchar"
        ) -> Any:
            column = COLUMNS.get(kind, "sales_amount")
            (row,) = connection.execute(
                f"select {rendered[f'{kind}|{entry}|{data_type}']}"
                f" from (select cast(? as {data_type}) as {column})",
                [value],
            ).fetchall()
            return row[0]

        yield read_one


def _entry(given: dict[str, Any]) -> dict[str, Any]:
    """An entry as the macros see it."""
    columns = {
        "order_date": "d",
        "sales_amount": "t",
        "discount_rate": "r",
        "customer_id": "c",
    }
    entry = {"path": "a.csv", "columns": columns, **given}
    (source,) = read_settings({"mapped_sources": {"shop": entry}}).mapped()
    return {
        **source.files["sales_lines"].values,
        **{name: source.rules[name] for name in ("time_zone",)},
        "customer_id_is_personal": False,
        "anonymous_customer_ids": list(source.rules["anonymous_customer_ids"]),
        "mapped_columns": list(columns),
    }


@pytest.mark.parametrize(
    ("entry", "text", "number"),
    [
        ("plain", "5.00", "5"),
        ("plain", "\u22125.00", "-5"),
        ("plain", "\ufeff5.00\u00a0", "5"),
        ("plain", "1e3", "1000"),
        ("plain", "$5.00", None),
        ("plain", "(5.00)", None),
        ("plain", "5.00-", None),
        ("plain", "5%", None),
        ("plain", "1,234", None),
        ("decimal comma", "\u2212,5", "-0.5"),
        ("cents", "1999", "19.99"),
        ("cents", "-5", "-0.05"),
        ("cents", "0.01", "0.0001"),
        ("cents", "5%", None),
        *(
            ("dollars", text, "1234.5")
            for text in (
                *("$1,234.50", "$ 1,234.50", "1,234.50$", "1,234.50 $", "USD 1234.5"),
                *("usd1,234.50", "$1,234.50 USD", "US$1,234.50", "+$1,234.50"),
                *("$\u00a01,234.50", " $1,234.50 ", "1.2345e3"),
            )
        ),
        ("dollars", "-$5", "-5"),
        ("dollars", "$-5", "-5"),
        ("dollars", "- $ 5", "-5"),
        ("dollars", "$ \u22125.00", "-5"),
        ("dollars", "\u2212$5.00", "-5"),
        ("dollars", "--5", None),
        ("dollars", "-$-5", None),
        ("dollars", "£5", None),
        ("dollars", "5$5", None),
        ("dollars", "$", None),
        ("dollars", "$1,23.50", None),
        ("rupiah", "Rp 1.234,50", "1234.5"),
        ("rupiah", "RP1.234.567", "1234567"),
        ("rupiah", "Rp. 1.234,50", "1234.5"),
        ("rupiah", "1.234,50 IDR", "1234.5"),
        ("rupiah", "-Rp 1.234,50", "-1234.5"),
        ("rupiah", "Rp 5.000,-", "5000"),
        ("rupiah", "5,-", "5"),
        ("euros", "1 234,50 €", "1234.5"),
        ("euros", "1\u00a0234,50\u00a0€", "1234.5"),
        ("euros", "1\u202f234\u202f567,5\u202fEUR", "1234567.5"),
        ("euros", "€\u20091\u2009234,50", "1234.5"),
        ("euros", "1 23,50", None),
        ("francs", "CHF 1'234.50", "1234.5"),
        ("francs", "1\u2019234\u2019567.50 Fr.", "1234567.5"),
        ("rupees", "₹12,34,567.50", "1234567.5"),
        ("rupees", "Rs. 1,00,000", "100000"),
        ("rupees", "1,000", "1000"),
        ("rupees", "123,456", None),
        ("rupees", "1,2,345", None),
        ("accounts", "($5.00)", "-5"),
        ("accounts", "$(5.00)", "-5"),
        ("accounts", "( 1,234.50 )", "-1234.5"),
        ("accounts", "(5.00) $", "-5"),
        ("accounts", "5.00-", "-5"),
        ("accounts", "$5.00 -", "-5"),
        ("accounts", "5.00\u2212", "-5"),
        ("accounts", "5.00-$", "-5"),
        ("accounts", "-5.00", "-5"),
        ("accounts", "(-5.00)", None),
        ("accounts", "-5.00-", None),
        ("accounts", "(5.00", None),
        ("accounts", "5.00)", None),
        ("accounts", "(5.00)-", None),
        ("coded", "-999", None),
        ("coded", "-998", "-998"),
        ("no words", "NaN", None),
        ("no words", "inf", None),
    ],
)
def test_a_number_is_read_as_the_settings_say(
    read: Read, entry: str, text: str, number: str | None
) -> None:
    found = read("number", entry, text)
    assert found == (None if number is None else Decimal(number))


@settings(max_examples=60, deadline=None)
@given(
    cents=st.integers(-(10**11), 10**11),
    form=st.sampled_from(["euros", "dollars", "rupiah", "rupees", "francs"]),
    place=st.integers(0, 5),
)
def test_every_number_in_every_form_is_read_back(
    read: Read, cents: int, form: str, place: int
) -> None:
    given_settings = ENTRIES[form]
    whole, fraction = divmod(abs(cents), 100)
    digits = str(whole)
    group = given_settings["thousands_mark"]
    if given_settings.get("digit_grouping") == "indian" and len(digits) > 3:
        head, tail = digits[:-3], digits[-3:]
        pairs = re.findall(r"\d{1,2}(?=(?:\d{2})*$)", head)
        written = group.join([*pairs, tail])
    else:
        written = f"{whole:,}".replace(",", group)
    written += given_settings.get("decimal_mark", ".") + f"{fraction:02}"
    mark = given_settings["currency_marks"][0]
    sign = "-" if cents < 0 else ""
    forms = [
        f"{sign}{mark}{written}",
        f"{mark}{sign}{written}",
        f"{sign}{mark} {written}",
        f"{sign}{written}{mark}",
        f"{sign}{written}\u00a0{mark}",
        f"{sign}{written}",
    ]
    assert read("number", form, forms[place]) == Decimal(cents) / 100


@settings(max_examples=60, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=20),
        st.text(alphabet="0123456789.,-+()$% \u2212'e\u00a0", max_size=12),
    ),
    entry=st.sampled_from(["plain", "dollars", "rupiah", "accounts", "percent"]),
)
def test_any_text_is_a_number_of_the_form_or_null(
    read: Read, text: str, entry: str
) -> None:
    found = read("number", entry, text.replace("\0", ""))
    if found is not None:
        assert re.search(r"\d", text)
        assert (found < 0) <= bool(re.search(r"[-\u2212(]", text))


@settings(max_examples=30, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=20),
        st.text(alphabet="0123456789.,-/()$% :T\u2212'eRp\u00a0", max_size=14),
    )
)
def test_a_reason_shows_no_words(read: Read, text: str) -> None:
    for kind in ("no number", "no date"):
        reason = read(kind, "plain", text.replace("\0", ""))
        shown, _, hint = reason.partition("; ")
        shown = re.sub(r"^\w+ |is (empty|not a .*)$", "", shown)
        assert not re.search(r"[^\W\d_]", shown), reason
        assert re.fullmatch(r"(set [a-z_]+: .*)?", hint), reason


@pytest.mark.parametrize(
    "text",
    ["15", "15%", "15 %", "%15", "15.0\u00a0%", "15\u066a", "0.15e2", "+15%"],
)
def test_per_cent_is_divided_by_100(read: Read, text: str) -> None:
    assert read("rate", "percent", text) == 0.15
    assert read("rate", "percent", "(15%)") == -0.15
    assert read("rate", "percent", "12.345%") == 0.12345
    assert read("number", "percent", "15%") is None


@pytest.mark.parametrize("data_type", [*TYPES, "float"])
def test_hundredths_of_a_number_are_divided_by_100(read: Read, data_type: str) -> None:
    assert read("rate", "percent", 15, data_type) == 0.15
    assert read("number", "cents", 1999, data_type) == Decimal("19.99")


@pytest.mark.parametrize(
    ("value", "text"),
    [(17850, "17850"), (0, "0"), (-1, "-1"), (20240131, "20240131")],
)
@pytest.mark.parametrize("data_type", [*TYPES, "float"])
def test_the_same_digits_are_the_same_in_every_type(
    read: Read, value: int, text: str, data_type: str
) -> None:
    if data_type == "float" and value > 2**24:
        pytest.skip("a float of four bytes does not have so many digits")
    assert read("text", "plain", value, data_type) == text
    assert read("name", "plain", value, data_type) == text
    assert read("number", "plain", value, data_type) == value
    assert read("whole", "plain", value, data_type) == value


def test_types_of_numbers_keep_their_digits(read: Read) -> None:
    assert read("text", "plain", 1e15, "double") == "1000000000000000"
    assert read("text", "plain", 2.0**60, "double") == str(2**60)
    assert read("text", "plain", -0.0, "double") == "0"
    assert read("text", "plain", 12.5, "double") == "12.5"
    assert read("text", "plain", "12.5000", "decimal(18,4)") == "12.5"
    assert read("text", "plain", "100.0000", "decimal(18,4)") == "100"
    assert read("text", "plain", "1" * 38, "decimal(38,0)") == "1" * 38
    assert read("text", "plain", "100", "decimal(38,0)") == "100"
    assert read("text", "plain", "17850.0") == "17850.0"
    for value in ("nan", "inf", "-inf", None):
        for kind in ("text", "number", "rate", "whole"):
            assert read(kind, "plain", value, "double") is None
    assert read("whole", "plain", 39.5, "double") is None
    assert read("whole", "plain", "39.5", "decimal(18,4)") is None
    assert read("whole", "plain", "39.5") is None
    assert read("number", "plain", True, "boolean") == 1
    assert read("number", "coded", -999, "double") is None
    assert read("number", "coded", -999, "bigint") is None
    assert read("text", "coded", -999, "bigint") is None


def test_ids_of_every_other_type_are_text(read: Read) -> None:
    enum = COLUMN_TYPES[-1]
    key = "0190c1e0-0000-7000-8000-000000000001"
    assert read("text", "plain", key, "uuid") == key
    assert read("text", "plain", b" 17850\xc3\xa9", "blob") == "17850é"
    assert read("text", "plain", b"\xff\x00\x01", "blob") == "ff0001"
    assert read("text", "plain", "17850", enum) == "17850"
    assert read("text", "plain", "NULL", enum) is None
    assert read("number", "plain", "17850", enum) == 17850
    assert read("number", "dollars", "$5", enum) == 5
    assert read("date", "digits", "20240131", enum) == date(2024, 1, 31)
    assert read("date", "digits", True, "boolean") is None


BLANKS = [
    *" \t\n\r\v\f\u00a0\u1680\u2000\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
    *"\u200b\u200c\u200d\u2060\u200e\u0085",
]


@settings(max_examples=60, deadline=None)
@given(
    core=st.one_of(
        st.sampled_from(["Ann", "Ann Example", "日本", "é", "null", "Nan", "x null"]),
        st.text(max_size=8),
    ),
    before=st.lists(st.sampled_from(BLANKS), max_size=3),
    behind=st.lists(st.sampled_from(BLANKS), max_size=3),
)
def test_texts_are_trimmed_of_everything_invisible(
    read: Read, core: str, before: list[str], behind: list[str]
) -> None:
    core = core.replace("\0", "")
    plain = read("text", "no words", core)
    assert read("text", "no words", "".join([*before, core, *behind])) == plain
    if plain is not None:
        assert plain in core
        assert plain[0] not in BLANKS
        assert plain[-1] not in BLANKS
    is_word = plain is not None and plain.lower() in ("null", "nan")
    words = read("text", "plain", "".join([*before, core, *behind]))
    if is_word:
        assert words is None
    elif plain in ("Ann", "Ann Example", "日本", "é", "x null"):
        assert words == plain


@pytest.mark.parametrize(
    "word",
    [
        *("NULL", "null", "(null)", "nan", "NaN", "NaT", "<NA>", "N/A", "n/a", "#N/A"),
        *("\\N", " Null\u00a0", "", " ", "\ufeff"),
    ],
)
def test_words_for_empty_are_null_everywhere(read: Read, word: str) -> None:
    for kind in ("text", "name", "customer", "number", "date"):
        assert read(kind, "plain", word) is None
    assert "is empty" in read("no number", "plain", word)
    assert "is empty" in read("no date", "plain", word)


def test_words_that_may_be_values_stay_in_names(read: Read) -> None:
    for word in ("NA", "None", "na"):
        assert read("text", "plain", word) is None
        assert read("customer", "plain", word) is None
        assert read("name", "plain", word) == word
    for word in ("Nantes", "Nullarbor", "none of these", "Na Na", "0", "-", "unknown"):
        assert read("text", "plain", word) == word
        assert read("name", "plain", word) == word
    assert read("name", "coded", "KEINE ANGABE") is None
    assert read("name", "coded", "NULL") == "NULL"
    assert read("text", "no words", "NULL") == "NULL"
    assert read("date", "coded", "0000-00-00") is None


@pytest.mark.parametrize(
    ("value", "data_type"),
    [
        *((text, "varchar") for text in ("0", "0.0", " 0 ", "-1", "GUEST", "walk-in")),
        *((number, kind) for kind in TYPES for number in (0, -1)),
        ("G@x.example", "varchar"),
        ("NULL", "varchar"),
    ],
)
def test_an_anonymous_id_is_no_customer(read: Read, value: Any, data_type: str) -> None:
    assert read("customer", "anonymous", value, data_type) is None


def test_other_ids_are_customers(read: Read) -> None:
    for key in ("00", "10", "-10", "Guest 2", "0.5", "01"):
        assert read("customer", "anonymous", key) == key
    assert read("customer", "plain", "0") == "0"
    assert read("customer", "plain", "Guest") == "Guest"


@pytest.mark.parametrize(
    ("entry", "value", "data_type", "day"),
    [
        *(("digits", 20240131, kind, date(2024, 1, 31)) for kind in TYPES),
        ("digits", "20240131.0", "varchar", date(2024, 1, 31)),
        ("digits", "\ufeff20240131\u200b", "varchar", date(2024, 1, 31)),
        ("digits", "20240131.5", "varchar", None),
        ("digits", 20240131.5, "double", None),
        ("digits", 20240230, "bigint", None),
        *(
            ("day first digits", 1022024, kind, date(2024, 2, 1))
            for kind in TYPES
            if kind != "varchar"
        ),
        ("day first digits", "1022024", "varchar", None),
        ("day first digits", "01022024", "varchar", date(2024, 2, 1)),
        ("several", "31/12/2024", "varchar", date(2024, 12, 31)),
        ("several", "12/31/2024", "varchar", date(2024, 12, 31)),
        ("several", "01/02/2024", "varchar", date(2024, 2, 1)),
        ("several", "2024-02-01 10:00:00", "varchar", date(2024, 2, 1)),
        ("several", "2024-02-01", "varchar", None),
        ("excel", "1", "varchar", date(1900, 1, 1)),
        ("excel", "59", "varchar", date(1900, 2, 28)),
        ("excel", "60", "varchar", None),
        ("excel", "60.5", "varchar", None),
        ("excel", "61", "varchar", date(1900, 3, 1)),
        ("excel", "0.5", "varchar", None),
        ("excel", 45322, "bigint", date(2024, 1, 31)),
        ("excel", 45322.75, "double", date(2024, 1, 31)),
        ("excel", 45322.99999, "double", date(2024, 1, 31)),
        ("excel", 1e300, "double", None),
        ("excel", "nan", "double", None),
        ("excel or text", 20240131, "bigint", date(2024, 1, 31)),
        ("excel or text", "45322", "varchar", date(2024, 1, 31)),
        ("excel or text", "31.01.2024", "varchar", date(2024, 1, 31)),
        ("iso", "2024-01-31T10:00:00Z", "varchar", date(2024, 1, 31)),
        ("iso", "2024-01-31T10:00:00+07:00", "varchar", date(2024, 1, 31)),
        ("iso", "2024-01-31T10:00:00.123Z", "varchar", date(2024, 1, 31)),
        ("iso", "2024-01-31T10:00:00.123456Z", "varchar", date(2024, 1, 31)),
        ("months id", "1 Agustus 2024", "varchar", date(2024, 8, 1)),
        ("months id", "Kamis, 1 AGUSTUS 2024", "varchar", date(2024, 8, 1)),
        ("months id", "01-Agu-2024", "varchar", date(2024, 8, 1)),
        ("months id", "1 Mei 2024", "varchar", date(2024, 5, 1)),
        ("months id", "1 May 2024", "varchar", None),
        ("months fr", "1 FÉVR. 2024", "varchar", date(2024, 2, 1)),
        ("months fr", "1 fevrier 2024", "varchar", date(2024, 2, 1)),
        ("months fr", "1 jui 2024", "varchar", None),
        ("months de", "1.März.2024", "varchar", date(2024, 3, 1)),
        ("months de", "31 Februar 2024", "varchar", None),
        ("months ru", "1 августа 2024", "varchar", date(2024, 8, 1)),
        ("months tr", "1 KASIM 2024", "varchar", date(2024, 11, 1)),
        ("months fi", "1 mar 2024", "varchar", date(2024, 11, 1)),
        ("months en", "1 Sept 2024", "varchar", date(2024, 9, 1)),
        ("months en", "Sunday, 1 September 2024", "varchar", date(2024, 9, 1)),
    ],
)
def test_a_date_is_read_as_the_settings_say(
    read: Read, entry: str, value: Any, data_type: str, day: date | None
) -> None:
    assert read("date", entry, value, data_type) == day


def test_a_date_keeps_its_time_of_day_where_it_is_asked_for(read: Read) -> None:
    assert read("moment", "several", "2024-02-01 10:20:30") == datetime(
        2024, 2, 1, 10, 20, 30
    )
    assert read("moment", "excel", 45322.75, "double") == datetime(2024, 1, 31, 18)
    # 10:10 is no exact double.
    assert read("moment", "excel", 45322 + 610 / 1440, "double") == datetime(
        2024, 1, 31, 10, 10
    )
    assert read("moment", "iso", "2024-01-31T10:00:00+07:00") == datetime(
        2024, 1, 31, 10
    )


@settings(max_examples=60, deadline=None)
@given(day=st.dates(date(1900, 3, 1), date(2199, 12, 31)), minute=st.integers(0, 1439))
def test_every_serial_number_is_its_day(read: Read, day: date, minute: int) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert read("date", "excel", serial, "bigint") == day
    assert read(
        "moment", "excel", serial + minute / 1440, "double"
    ) == datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_month_is_read(read: Read, language: str) -> None:
    numbers = month_numbers(language)
    assert set(numbers.values()) == set(range(1, 13))
    for form in [*numbers][:: len(numbers) // 2]:
        for name in (form, f"{form.upper()}."):
            found = read("date", f"months {language}", f"7 {name} 2024")
            assert found == date(2024, numbers[form], 7), name


def test_the_engine_folds_every_name_alike() -> None:
    macro = PROJECT / "macros" / "values" / "month_number.sql"
    (folding,) = re.findall(
        r"translate\(strip_accents\(.*\)", macro.read_text(encoding="utf-8")
    )
    sql = folding.replace("{{ name }}", "upper(name)")
    for language in LANGUAGES:
        forms = list(month_numbers(language))
        found = duckdb.execute(
            f"select {sql} from (select unnest(?) as name)", [forms]
        ).fetchall()
        assert [name for (name,) in found] == forms, language


@pytest.mark.parametrize(
    ("entry", "text", "hint"),
    [
        ("plain", "$1,234.50", 'set currency_marks: ["$"] and thousands_mark: ","'),
        ("plain", "$5", 'set currency_marks: ["$"]'),
        (
            "plain",
            "Rp 1.234.567,50",
            'set currency_marks: ["Rp"] and thousands_mark: "." and decimal_mark: ","',
        ),
        ("plain", "12,50", 'set decimal_mark: ","'),
        ("plain", "1.234,50", 'set thousands_mark: "." and decimal_mark: ","'),
        ("plain", "1 234.50", 'set thousands_mark: " "'),
        ("plain", "1\u2019234.50", 'set thousands_mark: "\'"'),
        ("plain", "12,34,567", 'set thousands_mark: "," and digit_grouping: indian'),
        ("plain", "(5.00)", "set negative_style: [parentheses]"),
        ("plain", "5.00-", "set negative_style: [trailing_minus]"),
        (
            "plain",
            "($5.00)",
            'set currency_marks: ["$"] and negative_style: [parentheses]',
        ),
        ("plain", "15%", "set percent_columns: [sales_amount]"),
        ("rupiah", "$5", 'set currency_marks: ["Rp", "Rp.", "IDR", ",-", "$"]'),
        ("plain", "1,234", None),
        ("plain", "abc", None),
        ("plain", "Ann $5", None),
        ("plain", "1.2.3", None),
        ("plain", "$", None),
        ("plain", "(5", None),
        ("decimal comma", "12.50", 'set decimal_mark: "."'),
    ],
)
def test_a_reason_names_the_setting_that_would_read_a_number(
    read: Read, entry: str, text: str, hint: str | None
) -> None:
    reason = read("no number", entry, text)
    assert "is not a number" in reason
    assert reason.partition("; ")[2] == (hint or "")
    if hint and entry == "plain":
        # It can be copied into the settings as it stands.
        written = yaml.safe_load(hint.removeprefix("set ").replace(" and ", "\n"))
        entry_of_shop = {
            "path": "a.csv",
            "columns": {"order_date": "d", "sales_amount": "t"},
            **written,
        }
        assert read_settings({"mapped_sources": {"shop": entry_of_shop}})


@pytest.mark.parametrize(
    ("entry", "text", "hint"),
    [
        ("plain", "31/01/2024", 'set date_format: "%d/%m/%Y"'),
        ("plain", "01/31/2024", 'set date_format: "%m/%d/%Y"'),
        ("plain", "31.1.2024 10:20", 'set date_format: "%d.%m.%Y %H:%M"'),
        ("plain", "2024-01-31 10:20:30", 'set date_format: "%Y-%m-%d %H:%M:%S"'),
        ("plain", "2024-01-31T10:20:30Z", 'set date_format: "%Y-%m-%dT%H:%M:%S%z"'),
        ("plain", "20240131", 'set date_format: "%Y%m%d"'),
        ("plain", "1706659200", 'set date_format: "epoch_seconds"'),
        ("plain", "1706659200000", 'set date_format: "epoch_milliseconds"'),
        ("plain", "45322", 'set date_format: "excel_serial"'),
        ("plain", "01/02/2024", None),
        ("plain", "31/01/2024 25", None),
        ("plain", "Ann", None),
        (
            "months en",
            "1 Agustus 2024",
            "set month_language to the language of its month names",
        ),
    ],
)
def test_a_reason_names_the_setting_that_would_read_a_date(
    read: Read, entry: str, text: str, hint: str | None
) -> None:
    reason = read("no date", entry, text)
    assert "is not a date of the form" in reason
    assert reason.partition("; ")[2] == (hint or "")


@pytest.mark.parametrize(
    ("given_settings", "told"),
    [
        ({"currency_marks": ["5"]}, ["currency_marks", "part of numbers"]),
        ({"currency_marks": ["%"]}, ["currency_marks", "percent_columns"]),
        ({"currency_marks": "$"}, ["currency_marks", "list"]),
        ({"negative_style": ["brackets"]}, ["negative_style", "parentheses"]),
        ({"negative_style": "parentheses"}, ["negative_style", "list"]),
        ({"digit_grouping": "indian"}, ["digit_grouping", "thousands_mark"]),
        ({"digit_grouping": "lakh"}, ["digit_grouping", "indian"]),
        ({"percent_columns": ["discount_rate"]}, ["percent_columns", "not among"]),
        ({"percent_columns": ["customer_id"]}, ["percent_columns", "numbers"]),
        ({"cent_columns": ["tax_amount"]}, ["cent_columns", "not among"]),
        ({"null_words": [None]}, ["null_words", "quotes"]),
        ({"null_words": "NA"}, ["null_words", "list"]),
        ({"null_words": [""]}, ["null_words", "empty"]),
        ({"anonymous_customer_ids": [False]}, ["anonymous_customer_ids", "quotes"]),
    ],
)
def test_a_wrong_setting_of_values_is_named(
    given_settings: dict[str, Any], told: list[str]
) -> None:
    entry = {
        "path": "a.csv",
        "columns": {"order_date": "d", "sales_amount": "t"},
        **given_settings,
    }
    with pytest.raises(InputError) as error:
        read_settings({"mapped_sources": {"shop": entry}})
    for part in told:
        assert part in str(error.value)


@settings(deadline=None, max_examples=60)
@given(
    amount=st.decimals(-(10**12), 10**12, places=4),
    weights=st.lists(st.integers(0, 10**16), min_size=1, max_size=9).filter(any),
    copies=st.sampled_from([1, 10**9]),
)
def test_the_parts_of_a_spread_amount_add_up_to_it(
    spread_share: str, amount: Decimal, weights: list[int], copies: int
) -> None:
    """As many lines of the largest amount as any order may have."""
    weights = [weight * copies for weight in weights]
    total = sum(weights)
    running = [sum(weights[: place + 1]) for place in range(len(weights))]
    with duckdb.connect() as connection:
        connection.execute(
            "create table lines (amount decimal(18, 4), weight hugeint,"
            " running hugeint, total hugeint)"
        )
        connection.executemany(
            "insert into lines values (?, ?, ?, ?)",
            [(amount, *pair, total) for pair in zip(weights, running, strict=True)],
        )
        parts = [
            part
            for (part,) in connection.execute(
                f"select {spread_share} from lines"
            ).fetchall()
        ]
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = abs(amount) * weight / total
        assert abs(abs(part) - exact) <= Decimal("0.0001") + abs(amount) / 10**14
