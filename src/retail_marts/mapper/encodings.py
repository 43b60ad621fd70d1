"""In which encoding bytes are, with the evidence."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Legacy encodings with the letters that texts in them are full of. A regional
#: encoding stands before a general one.
_LETTERS = {
    "cp1252": "äöüßéèêëàâçñóíúáãõôîïûùœæøåìòÄÖÜÉÈÀÇÑÓÁÅØÆ€",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůžýáíéúČŘŠŽőűŐŰ",
    "iso8859-2": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůžýáíéúČŘŠŽőűŐŰ",
    "cp1254": "şğıİçöüŞĞÇÖÜ",
    "cp1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "koi8-r": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "cp866": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "iso8859-5": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "cp1253": "αοιετσνυρπκόςίμλάήέγδθφχύβώξζψωϊ",
    "mac-roman": "äöüßéèêëàâçñóíúáãõôîïûùœæøåÄÖÜÉÀÇÑ€",
    "cp850": "äöüßéèêëàâçñóíúáãõôîïûùæøåìòÄÖÜÉÀÇÑ",
}
#: Those in which words have no Latin letter.
_OTHER_SCRIPTS = ("cp1251", "koi8-r", "cp866", "iso8859-5", "cp1253")
#: Encodings of East Asia, of which each character has two bytes or more. Windows has
#: characters such as (1) in a circle that shift_jis lacks.
_EAST = ("shift_jis", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_SCORED_BYTES = 400_000
#: Two encodings that score closer than this are both shown.
_CLOSE = 0.09


class Encoding(NamedTuple):
    """A Python encoding, why, and other encodings that the bytes fit as well."""

    name: str
    evidence: str
    others: tuple[str, ...] = ()


def encoding_of(data: bytes, *, is_whole: bool = True) -> Encoding:
    """Find the encoding of a text file from all of its bytes.

    Parameters
    ----------
    data
        The uncompressed bytes.
    is_whole
        Whether these are all bytes of the file; if not, the last character may be cut.

    Returns
    -------
    Encoding
        ``utf-8`` without evidence for plain ASCII.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Encoding(name, f"a byte order mark of {name}")
    head = data[:4000]
    if head.count(0) * 4 > len(head) > 1:
        return Encoding("utf-16", "every second byte is zero")
    if b"\x1b$B" in data or b"\x1b$@" in data:
        return Encoding("iso2022_jp", "escape sequences of ISO-2022-JP")
    if data.isascii():
        return Encoding("utf-8", "")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, is_whole)
    except UnicodeDecodeError as error:
        return _legacy(data, byte=data[error.start])
    return Encoding("utf-8", "all bytes are valid utf-8")


def _legacy(data: bytes, *, byte: int) -> Encoding:
    counts = Counter(data)
    high = sum(count for value, count in counts.items() if value >= 0x80)
    low_range = sum(counts[value] for value in range(0x80, 0xA0))
    sample = _lines_with_high_bytes(data)
    scores = {name: _score(sample, name) for name in (*_LETTERS, *_EAST)}
    # Where little tells, the most frequent one.
    scores["cp1252"] += 0.1
    best = max(scores, key=lambda name: scores[name])
    text = sample.decode(best, errors="replace")
    others = tuple(
        name
        for name, score in scores.items()
        if name != best
        and score > scores[best] - _CLOSE
        and sample.decode(name, errors="replace") != text
    )
    why = f"not utf-8 (byte 0x{byte:02x}), and read as {best} its {high} bytes above "
    why += f"0x7f give {_shown_letters(text)}"
    if best == "cp1252":
        if low_range:
            why += f"; {low_range} bytes from 0x80 to 0x9f, which latin-1 does not have"
        else:
            best = "latin-1"
            why = why.replace("as cp1252", "as latin-1")
            why += "; no byte from 0x80 to 0x9f, so cp1252 would read the same"
    return Encoding(best, why, others)


def _lines_with_high_bytes(data: bytes) -> bytes:
    lines, size = [], 0
    for line in data.split(b"\n"):
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > _SCORED_BYTES:
                break
    return b"\n".join(lines)


def _score(sample: bytes, name: str) -> float:
    """How much a text in an encoding looks like words, per byte above 0x7f."""
    try:
        text = sample.decode(name)
    except UnicodeDecodeError:
        return float("-inf")
    score = 0.0
    for word in re.findall(r"[^\s,;|\t\"]*[^\x00-\x7f][^\s,;|\t\"]*", text):
        score += _word_score(word, name)
    high = sum(1 for value in sample if value >= 0x80)
    return score / high


def _word_score(word: str, name: str) -> float:
    home = _common(name)
    letters = [character for character in word if character.isalpha()]
    plain = sum(character.isascii() for character in letters)
    score = 0.0
    for place, character in enumerate(word):
        if character.isascii():
            continue
        before, after = word[:place][-1:], word[place + 1 :][:1]
        if name in _EAST:
            score += home.get(character, -1.5)
            # East Asian text has no single character amid Latin letters.
            score -= 2.5 if plain and plain + 1 == len(letters) > 2 else 0
        elif character.isalpha() and len(letters) == 1:
            # A letter alone is more often a sign, such as that of a currency.
            score -= 0.5
        elif character.isalpha():
            score += home.get(character, home.get(character.lower(), -0.7))
            # A letter in a number, or a capital behind a small letter.
            score -= 1.0 if after.isdigit() else 0
            score -= 1.5 if character.isupper() and before.islower() else 0
        elif character in "€£¥" and (not before or before.isdigit() or after.isdigit()):
            score += 1.0
        else:
            is_control = unicodedata.category(character) == "Cc"
            score -= 3.0 if is_control else 1.5 if before and after else 0.5
    foreign = len(letters) - plain
    if name in _OTHER_SCRIPTS:
        return score - 2.0 * len(letters) if plain else score
    # Words of Latin letters have some without an accent.
    is_odd = name not in _EAST and foreign > 2 and foreign > plain
    return score - 1.5 * foreign if is_odd else score


@cache
def _common(name: str) -> Mapping[str, float]:
    """Characters that texts in an encoding are full of, with their weight."""
    letters = _LETTERS.get(name)
    if letters:
        if name not in _OTHER_SCRIPTS:
            return dict.fromkeys(letters, 1.0)
        # Every byte is a letter there, so the frequent ones must tell.
        return {
            letter: 1.3 - 1.3 * rank / len(letters)
            for rank, letter in enumerate(letters)
        }
    if name in ("shift_jis", "cp932", "euc_jp"):
        kana = dict.fromkeys(map(chr, range(0x3041, 0x30FF)), 2.2)
        return {**_decoded("euc_jp", range(0xB0, 0xD0), weight=1.5), **kana}
    if name == "gb18030":
        return _decoded("gb2312", range(0xB0, 0xD8), weight=1.8)
    if name == "big5":
        trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
        return _decoded("big5", range(0xA4, 0xC7), trails=trails, weight=1.8)
    return _decoded("euc_kr", range(0xB0, 0xC9), weight=2.0)


def _decoded(
    name: str, leads: range, *, weight: float, trails: Iterable[int] = range(0xA1, 0xFF)
) -> dict[str, float]:
    """The characters with these first bytes, which are those in daily use."""
    trails = list(trails)
    return {
        text: weight
        for lead in leads
        for trail in trails
        for text in [bytes([lead, trail]).decode(name, errors="ignore")]
        if text
    }


def _shown_letters(text: str) -> str:
    """The most frequent letters that are not ASCII, as evidence."""
    letters = Counter(one for one in text if one.isalpha() and not one.isascii())
    return ", ".join(letter for letter, _ in letters.most_common(6)) or "no letter"
