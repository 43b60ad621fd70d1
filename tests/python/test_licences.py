"""All dependencies may be used, changed and sold by users of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from conftest import PROJECT

FREE = re.compile(
    r"MIT|BSD|0BSD|Apache|PSF|Python Software Foundation|Zlib|CC0|CNRI|Artistic|ISC"
    # Its conditions stay with its own files.
    r"|MPL|Mozilla Public"
)
#: Checked by hand: not stated in the usual fields, or for parts that are not shipped.
READ_BY_HAND = {
    "axe-playwright-python": "MIT",
    "namex": "Apache-2.0",
    "text-unidecode": "Artistic or GPL, as its user chooses",
    "yamllint": "GPL-3.0, a linter that developers run; nothing is linked with it",
}


def locked_packages() -> Iterator[str]:
    for line in (PROJECT / "requirements.txt").read_text().splitlines():
        if found := re.match(r"([a-z0-9][a-z0-9._-]*)==", line):
            yield found[1]


def stated(package: PackageMetadata) -> str:
    """Every licence that a package states, the precise field first."""
    classifiers = package.get_all("Classifier") or []
    lines = [str(package.get("License-Expression") or "")]
    lines += [line for line in classifiers if line.startswith("License ::")]
    lines += str(package.get("License") or "").splitlines()[:1]
    return "; ".join(line for line in lines if line)


def test_every_dependency_is_free_to_use() -> None:
    unclear = {}
    names = set(locked_packages())
    assert len(names) > 100
    for name in names - set(READ_BY_HAND):
        try:
            licence = stated(metadata(name))
        except PackageNotFoundError:
            continue  # locked for other systems
        if not FREE.search(licence) or re.search(r"\bA?GPL|Affero", licence):
            unclear[name] = licence
    assert unclear == {}
    assert set(READ_BY_HAND) <= names
