"""How the numbers of a file are written: marks, currency, signs, per cent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from retail_marts.mapper.words import content, exact

_BLANKS = " \u00a0\u202f\u2009\u2007"
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212-"
# In Japanese files, a backslash is shown as the sign of the yen.
_CURRENCY = r"(?:[^\W\d_]{1,4}\.?|[$€£¥￥\\₹₽₺₫₩฿₴₦₱₪¢]|[A-Z]{1,3}\$)"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[+{_MINUS}])?[{_BLANKS}]?"
    rf"(?P<before>{_CURRENCY})?[{_BLANKS}]?(?P<inner>[{_MINUS}])?"
    rf"(?P<core>\d[\d.,'\u2019{_BLANKS}]*\d|\d+[.,]?|[.,]\d+)"
    rf"(?P<exponent>[eE][+-]?\d{{1,3}})?"
    rf"[{_BLANKS}]?(?P<trailing>[{_MINUS}])?(?P<percent>%)?"
    rf"[{_BLANKS}]?(?P<after>{_CURRENCY})?(?P<close>\))?"
)
_WITHOUT_DECIMALS = {"JPY", "KRW", "VND"}
_PLAIN = re.compile(r"[\d.,]+")
_SPACES = re.compile(rf"[{_BLANKS}{_APOSTROPHES}]")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")


class Numbers(NamedTuple):
    """How numbers are written; ``choices`` has readings where nothing decides."""

    decimal_mark: str = "."
    thousands_mark: str = ""
    evidence: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    is_indian: bool = False
    currency_marks: tuple[str, ...] = ()
    styles: tuple[str, ...] = ("minus",)


def is_number(value: str) -> bool:
    """Whether a text is a number in one of the known ways of writing."""
    return _match(value) is not None


def _match(value: str) -> re.Match[str] | None:
    """The parts of a number; an id such as P17 is not a number with a mark."""
    match = _NUMBER.fullmatch(value)
    if match is None or (match["before"] and match["after"]):
        return None
    mark = match["before"] or match["after"]
    if mark and mark.isalpha() and not any(blank in value for blank in _BLANKS):
        marks, countries = content()["currency_marks"], content()["currency_countries"]
        if mark.casefold() not in marks and mark.upper() not in countries:
            return None
    return match


def number_share(values: Sequence[str]) -> float:
    """The share of texts that are numbers, not counting words for "empty"."""
    given = [value for value in values if value.casefold() not in exact("empty")]
    return sum(map(is_number, given)) / len(given) if given else 0.0


def numbers_of(columns: Iterable[Sequence[str]]) -> Numbers:
    """Find how the numbers of a file are written, from the columns that it maps.

    Parameters
    ----------
    columns
        The values of each column of numbers; columns with types are left out.
    """
    votes: Counter[str] = Counter()
    unclear: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    styles: Counter[str] = Counter()
    indian = plain = 0
    for values in columns:
        open_ones: Counter[str] = Counter()
        short = 0
        for value, rows in Counter(values).items():
            match = _match(value)
            if match is None:
                continue
            for place in ("before", "after"):
                if match[place]:
                    marks[match[place]] += rows
            styles["parentheses"] += rows * bool(match["open"] and match["close"])
            styles["trailing_minus"] += rows * bool(match["trailing"])
            core = match["core"]
            if core.isdecimal():
                short += rows * (len(core) <= 3)
            else:
                _vote(core, rows, votes, open_ones)
                indian += bool(_INDIAN.fullmatch(core))
        unclear += open_ones
        plain += short if open_ones else 0
    decided = _marks(votes, unclear, plain=plain)
    known = content()["currency_marks"]
    if {known.get(mark.casefold()) for mark in marks} <= _WITHOUT_DECIMALS and marks:
        decided = _whole_numbers(decided, unclear)
    found = tuple(style for style in ("parentheses", "trailing_minus") if styles[style])
    return decided._replace(
        is_indian=indian > 0 and votes["' groups"] == 0,
        currency_marks=tuple(mark for mark, _ in marks.most_common(5)),
        styles=("minus", *found) if found else ("minus",),
    )


def _vote(core: str, rows: int, votes: Counter[str], unclear: Counter[str]) -> None:
    """What a number that stands on some rows says about the marks."""
    text = core
    if not _PLAIN.fullmatch(core):
        for mark, marks in ((" ", _BLANKS), ("'", _APOSTROPHES)):
            if re.search(rf"\d[{marks}]\d{{3}}(?!\d)", core):
                votes[f"{mark} groups"] += rows
        text = _SPACES.sub("", core)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return
    mark = text[last]
    other = "," if mark == "." else "."
    behind, before = text[last + 1 :], text[:last]
    if other in before:
        votes[f"{mark} decimal"] += rows
        votes[f"{other} groups"] += rows
    elif mark in before:
        votes[f"{mark} groups"] += rows
    elif len(behind) != 3 or not before or before.startswith("0") or len(before) > 3:
        votes[f"{mark} decimal"] += rows
    elif len(text) < len(core):
        # Blanks or apostrophes already stand between thousands.
        votes[f"{mark} decimal"] += rows
    else:
        unclear[mark] += rows


def _marks(votes: Counter[str], unclear: Counter[str], *, plain: int) -> Numbers:
    """The marks for which most numbers speak."""
    decimal = max((".", ","), key=lambda mark: votes[f"{mark} decimal"])
    other = "," if decimal == "." else "."
    blank = max((" ", "'"), key=lambda mark: votes[f"{mark} groups"])
    groups = blank if votes[f"{blank} groups"] else ""
    rows = votes[f"{decimal} decimal"]
    if votes[f"{other} decimal"] > 0.02 * rows:
        number = votes[f"{other} decimal"]
        return Numbers(
            evidence=f"{_rows(rows)} {decimal!r} before decimals, and "
            f"{_rows(number)} {other!r}",
            choices=(
                (decimal, groups, f"2{decimal}5 is two and a half"),
                (other, groups, f"2{other}5 is two and a half"),
            ),
        )
    if rows:
        if votes[f"{other} groups"] or unclear[other]:
            groups = other
        why = f"{_rows(rows)} {decimal!r} before decimals"
        if groups:
            number = votes[f"{groups} groups"] + unclear[groups]
            why += f", {_rows(number)} {groups!r} between thousands"
        if votes[f"{other} decimal"]:
            why += f"; but {_rows(votes[f'{other} decimal'])} {other!r} before decimals"
        return Numbers(decimal, groups, why)
    for mark in (".", ","):
        if votes[f"{mark} groups"]:
            number = votes[f"{mark} groups"] + unclear[mark]
            why = f"{_rows(number)} {mark!r} between thousands"
            return Numbers("," if mark == "." else ".", mark, why)
    if not unclear:
        why = f"{_rows(votes[f'{groups} groups'])} {groups!r} between thousands"
        return Numbers(".", groups, why if groups else "")
    mark = max(unclear, key=lambda one: unclear[one])
    rest = "," if mark == "." else "."
    if plain >= 5 and unclear[mark] >= 20:
        why = (
            f"{_rows(unclear[mark])} {mark!r} and then three digits, none another "
            f"number of digits, and {plain:,} numbers below 1000 have no mark"
        )
        return Numbers(rest, mark, why)
    why = f"{_rows(unclear[mark])} {mark!r} and then three digits"
    return Numbers(
        evidence=why,
        choices=(
            (rest, mark, f"1{mark}234 is 1234"),
            (mark, "", f"1{mark}234 is 1.234"),
        ),
    )


def _whole_numbers(decided: Numbers, unclear: Counter[str]) -> Numbers:
    """The reading of numbers in a currency that has no decimals."""
    if not decided.choices or len(unclear) != 1:
        return decided
    (mark,) = unclear
    why = f"{decided.evidence}, and the currency has no decimals"
    return Numbers("," if mark == "." else ".", mark, why)


def _rows(number: int) -> str:
    return f"{number:,} {'number has' if number == 1 else 'numbers have'}"


def values_of(texts: Sequence[str], numbers: Numbers) -> list[Decimal | None]:
    """Texts as numbers; null where they are not."""
    read = {text: _value_of(text, numbers) for text in set(texts)}
    return [read[text] for text in texts]


def _value_of(text: str, numbers: Numbers) -> Decimal | None:
    match = _match(text)
    if match is None:
        return None
    core = _SPACES.sub("", match["core"])
    if numbers.thousands_mark in (".", ","):
        core = core.replace(numbers.thousands_mark, "")
    try:
        number = Decimal(core.replace(",", ".") + (match["exponent"] or ""))
    except InvalidOperation:
        return None
    has_minus = match["sign"] in [*_MINUS] or match["trailing"] or match["inner"]
    number = number / 100 if match["percent"] else number
    return -number if has_minus or match["open"] else number


def currency_of(texts: Iterable[str]) -> str | None:
    """The currency that marks, values or words of a header stand for, if it is one."""
    marks, countries = content()["currency_marks"], content()["currency_countries"]
    found = {
        code
        for text in texts
        for code in [marks.get(text.casefold(), text.upper())]
        if code in countries
    }
    return str(found.pop()) if len(found) == 1 else None


def country_of(currency: str | None) -> str | None:
    """The country code of a currency that one country alone uses."""
    country: str | None = content()["currency_countries"].get(currency)
    return country
