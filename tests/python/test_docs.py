"""The pages for readers: links work, names are real, and the words are plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

#: Where the pages are. Names that start with a dot (environments, caches) are skipped.
PAGE_FOLDERS = ("docs", "benchmarks", "seeds")
#: Whose words are checked: these folders, the project folder itself, these suffixes.
WORD_FOLDERS = (
    *(*PAGE_FOLDERS, "models", "macros", "python_models", "src", "tests", "analyses"),
    "profiles",
)
WORD_SUFFIXES = (".md", ".yml", ".yaml", ".py", ".sql", ".html", ".js", ".css", ".toml")
#: Turns of phrase that readers stumble over, and what to write instead (as in
#: CONTRIBUTING.md, "Style"). Each is a regular expression; case does not matter.
OLD_WORDS = {
    r"\b(one|a) (row|line) an? (?!time)": "one row per ...",
    r"\b(folder|macro|module|row|second|unit)s? an? "
    r"(area|business|customer|day|file|fit|mart|month|product|series|source)\b": "per",
    r"\bforetell|\bforetold": "forecast, predict",
    r"\btells? spend\b": "drives spend",
    r"\bis no (date|text|number|list|mapping|yaml|true)\b": "is not a ..., must be",
    r"\bbeside (naive|best sellers|their baselines)": "compared with",
    r"\bopens? from a mail\b": "opens offline, also as an e-mail attachment",
    r"\bstays whole\b": "is never half-written",
    r"\bis all it needs\b|\bare all it needs\b": "requires",
    r"\bseen from the project": "relative to the project folder",
    r"\bwhole fifths\b": "quintile",
    r"\b\d+ months? (of|in) \d+\b": "... % sure",
    r"\b(the optimum is the optimum|nothing for nobody|check the door)\b": "the fact",
    r"\bonce a process\b": "once per process",
    r"\b(is|are|was|were) had by\b|\bcannot be had\b": "an active verb",
    r"\bwhom to court\b": "who to approach",
    r"\b(anew|thereby|thereof|wherein|whereof)\b": "again, ...",
    r"\btold apart\b|\btells? (\w+ )*apart\b": "names, identifies",
    r"\bgoes before\b": "overrides",
    r"\bof one's own\b": "your own",
    r"\bheld against\b": "compared with",
}
#: No page or message names the host of a package registry.
REGISTRY = re.compile(r"(pypi|npmjs|debian)[.](org|com)")


def files(folders: tuple[str, ...], suffixes: tuple[str, ...] | None) -> Iterator[Path]:
    """Files in the project folder itself and below some folders."""
    found = list(PROJECT.glob("*"))
    for folder in folders:
        found += (PROJECT / folder).rglob("*")
    for path in sorted(found):
        hidden = any(part.startswith(".") for part in path.relative_to(PROJECT).parts)
        if (
            path.is_file()
            and not hidden
            and path != Path(__file__)
            and (suffixes is None or path.suffix in suffixes)
        ):
            yield path


def without_code(text: str) -> str:
    """The text without fenced blocks, whose ``#`` and brackets mean something else."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes from the headings of a page."""
    headings = re.findall(
        r"^#+ (.+)$", without_code(page.read_text("utf-8")), flags=re.MULTILINE
    )
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings
    }


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead to no file or no heading."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)
    return broken


def old_words(text: str) -> list[str]:
    """What a text says in an old turn of phrase, with what to write instead."""
    return [
        f"{found.group()!r}: write {instead!r}"
        for pattern, instead in OLD_WORDS.items()
        for found in re.finditer(pattern, text, flags=re.IGNORECASE)
    ]


def test_every_relative_link_leads_somewhere() -> None:
    pages = list(files(PAGE_FOLDERS, (".md",)))
    assert {"README.md", "CONTRIBUTING.md", "customers.md"} <= {p.name for p in pages}
    broken = {str(page.relative_to(PROJECT)): broken_links(page) for page in pages}
    assert {page: links for page, links in broken.items() if links} == {}


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("other.md", False),
        ("other.md#how-it-works-2-steps", False),
        ("#here", False),
        ("https://example.com/nowhere", False),
        ("missing.md", True),
        ("other.md#nowhere", True),
        ("#nowhere", True),
    ],
)
def test_a_broken_link_is_found(link: str, is_broken: bool, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("## How it works: 2 steps\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n[a link]({link})\n", encoding="utf-8")
    assert broken_links(page) == ([link] if is_broken else [])


def test_the_words_are_plain() -> None:
    found = {
        str(path.relative_to(PROJECT)): old_words(path.read_text("utf-8"))
        for path in files(WORD_FOLDERS, WORD_SUFFIXES)
    }
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text",
    [
        "One row a customer and month.",
        "A model foretells what is sold.",
        "'31/02' is no date.",
        "The report opens from a mail.",
        "Paths are seen from the project's folder.",
        "Enough in 39 months of 40",
        "The file is read anew.",
        "Results are told apart by their kind.",
        "The command line goes before the file.",
    ],
)
def test_an_old_turn_of_phrase_is_found(text: str) -> None:
    assert old_words(text) != []


def test_no_page_names_the_host_of_a_package_registry() -> None:
    folders = ("docs", "benchmarks", "seeds", "models", "macros", "python_models")
    named = [
        str(path.relative_to(PROJECT))
        for path in files((*folders, "src", "tests", "analyses", "profiles"), None)
        if REGISTRY.search(path.read_text("utf-8", errors="ignore"))
    ]
    assert named == []


def test_the_page_of_marts_lists_every_mart_and_no_other() -> None:
    page = (PROJECT / "docs" / "marts.md").read_text("utf-8")
    listed = set(re.findall(r"\b(?:dim|fct|rpt)_\w+", page))
    assert listed == {path.stem for path in (PROJECT / "models/marts").rglob("*.sql")}


def test_the_readme_is_short_and_names_real_marts_and_folders() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert readme.count("\n") < 120
    marts = {path.stem for path in (PROJECT / "models/marts").rglob("*.sql")}
    assert set(re.findall(r"`(?:\w+\.)?((?:dim|fct|rpt)_\w+)`", readme)) <= marts
    table = readme[readme.index("| folder |") :]
    first_cells = "".join(re.findall(r"^\|([^|]+)", table, re.MULTILINE))
    named = re.findall(r"`([\w./<>]+)`", first_cells)
    missing = [
        path for path in named if not (PROJECT / re.sub(r"<.*", "", path)).exists()
    ]
    assert len(named) > 10
    assert missing == []
    (picture,) = re.findall(r"\]\((docs/images/\S+)\)\]", readme)
    assert 0 < (PROJECT / picture).stat().st_size < 300_000
