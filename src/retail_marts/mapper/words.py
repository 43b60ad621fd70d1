"""What files of several languages call our columns, and words with a meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import yaml

# Letters that Unicode does not decompose into a plain letter and its accent.
_PLAIN = str.maketrans(
    dict(
        zip(
            "łøđæœ\N{LATIN SMALL LETTER DOTLESS I}",
            ["l", "o", "d", "ae", "oe", "i"],
            strict=True,
        )
    )
)
#: Parts of headers that say nothing about the column.
_NOISE = {
    *("lineitem", "the", "of", "tbl", "fld", "col", "in", "eur", "usd", "gbp", "idr"),
    *("rp", "pln", "try", "tl", "rub", "jpy", "cny", "rmb", "brl", "chf", "zl", "inr"),
}
#: What stands before the fields of a line, as in `Order Lines/Product`.
_LINES = {
    *(
        "orderlines",
        "orderline",
        "invoicelines",
        "invoiceline",
        "lines",
        "saleorderline",
    ),
    *("posorderlines", "orderlineids", "items", "lineitems"),
}
#: Words that say whether a tax is in an amount, as in `Total incl. VAT`.
_WITH_OR_WITHOUT = {
    *("incl", "inkl", "inc", "included", "including", "inclusive", "dahil", "incluido"),
    *("excl", "exkl", "ex", "excluding", "exclusive", "haric", "excluido"),
}
#: Words that say that amounts are in hundredths of the currency.
_CENTS = {"cent", "cents", "centimes", "centimos", "centavos", "pence", "kopecks"}
_TAX_WORDS = {
    *_WITH_OR_WITHOUT,
    *("vat", "tax", "taxes", "gst", "mwst", "ust", "tva", "iva", "btw", "kdv", "ppn"),
}


def folded(text: str) -> str:
    """A text without case, accents, blanks and marks, to compare it with others."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", decomposed)
        if character.isalnum() or character == "%"
    )


def parts(header: str) -> list[str]:
    """The words of a header, also of ``unitPrice`` and ``UNIT_PRICE``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    return [folded(word) for word in re.findall(r"[^\W_]+|%", spaced)]


def forms(header: str) -> list[str]:
    """The folded header, and without brackets, noise, a path, words for tax, cents."""
    bare = re.sub(r"[(\[{<].*?[)\]}>]", " ", header)
    words = [word for word in parts(bare) if word not in _NOISE]
    found = [folded(header), folded(bare), "".join(words)]
    path, _, field = header.rpartition("/")
    if folded(path.partition("/")[0]) in _LINES:
        found.append(folded(field))
    if {*words} & _WITH_OR_WITHOUT:
        found.append("".join(one for one in words if one not in _TAX_WORDS))
    if is_in_cents(header):
        found.append("".join(one for one in words if one not in _CENTS))
    return [form for form in dict.fromkeys(found) if form]


def is_in_cents(header: str) -> bool:
    """Whether a header says that its amounts are in cents, as `price_cents` does."""
    return not _CENTS.isdisjoint(parts(header))


@cache
def content() -> dict[str, Any]:
    """The file ``words.yml``."""
    text = resources.files(__package__).joinpath("words.yml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def listed(lines: Iterable[str]) -> Iterator[str]:
    """The texts of a list in ``words.yml``, whose lines hold several."""
    for line in lines:
        yield from (text.strip() for text in str(line).split(","))


@cache
def names_of(kind: str, column: str) -> dict[str, int]:
    """Folded names of a column in files of a kind, with their rank (0 is best)."""
    own = content().get(kind, {}).get(column, [])
    names = [*listed(content()["columns"].get(column, [])), *listed(own)]
    ranked: dict[str, int] = {}
    for rank, name in enumerate([column, *names]):
        ranked.setdefault(folded(name), rank)
    return ranked


@cache
def meaning(what: str) -> frozenset[str]:
    """The folded texts of a list of words, such as ``total``."""
    return frozenset(folded(text) for text in listed(content()[what])) - {""}


@cache
def exact(what: str) -> frozenset[str]:
    """The texts of a list of words as they are, in lower case."""
    return frozenset(text.casefold() for text in listed(content()[what]))
