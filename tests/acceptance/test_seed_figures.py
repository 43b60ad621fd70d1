"""The table of all figures: none differs, and it has every number on the pages."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import PROJECT

from benchmarks.published import DIFFERS, PAGE_DIFFERS, Seed, Value, shown
from benchmarks.seed_figures import (
    SECTIONS,
    WAREHOUSE,
    Figures,
    open_seed,
    section_rows,
    summary,
    table,
)

DATA = PROJECT / os.environ.get("RAW_DATA_DIR", "../shared/data")
PAGES = DATA.parent / "sources"

#: Figures where the page differs from its own files.
KNOWN = {
    ("kalbe", "mean units per day, Ginger Candy"),
    ("superstore", "regions of orders without a sales manager"),
}

#: Numbers on the pages that are not figures, with what they are.
NO_FIGURES = {
    "README": {
        "28,0,28": "order of a model",
        "0.15": "version",
        "1.9": "version",
        "0.25": "version",
    },
    "car_dealer": {
        "8": "UTF-8",
        ".4": "quantile of the cuts",
        ".6": "quantile of the cuts",
        "1.5": "factor of the cuts",
        "10": "n_init",
        "12": "most clusters scored",
        "42": "random_state",
        ".2": "share of the test part",
        "213": "212.721031, rounded",
    },
    "kalbe": {
        "12": "days that can be a month",
        "73": "days of the test part",
        "292": "days of the training part",
        "31": "days of January",
        "20": "day of 2022-10-20",
        "9": "seconds of a fit, and a store's id",
        "100": "random_state",
        "300": "starts",
        "42": "random_state",
    },
    "superstore": {
        "8": "UTF-8",
        "9": "most clusters scored",
        "2011": "another edition, not among the files",
        "2014": "another edition, not among the files",
        "659": "another edition, not among the files",
        "457": "another edition, not among the files",
    },
    "umkm": {
        "8": "UTF-8",
        "42": "random_state",
        "6": "decimals",
        "0.12": "seconds of a fit",
        "50": "units of a layer",
        "25": "units of a layer",
        "20": "epochs",
    },
}

NUMBER = re.compile(
    r"""(?<![\w.,])-?(?:
        \d{4}-\d{2}-\d{2}          # a date
        | \d+(?:,\d{1,2})+(?!\d)   # an order: 28,0,28
        | \d[\d,]*(?:\.\d+)?       # 12,642,501.91
        | \.\d+                    # .4835
    )(?!\w)""",
    re.VERBOSE,
)


def numbers(text: str) -> set[str]:
    return {found.rstrip(",") for found in NUMBER.findall(text.replace("..", " .. "))}


def plain(number: str) -> float | str:
    """A number to compare: 5,020 equals 5020; 28,0,28 and dates are text."""
    try:
        return float(re.sub(r",(?=\d{3})", "", number))
    except ValueError:
        return number


@pytest.fixture(scope="module")
def seed() -> Seed:
    return open_seed(DATA, Path(os.environ.get("RETAIL_MARTS_WAREHOUSE", WAREHOUSE)))


@pytest.fixture(scope="module")
def figures(seed: Seed) -> Figures:
    return [figure for section in SECTIONS for figure in section_rows(seed, *section)]


def test_no_figure_differs(figures: Figures) -> None:
    differing = [figure for figure in figures if figure[2].verdict == DIFFERS]
    assert not differing, f"\n{table(differing)}"
    assert len(figures) > 400, summary(figures)


def test_only_known_errors_of_pages_are_excused(figures: Figures) -> None:
    found = [figure for figure in figures if figure[2].verdict == PAGE_DIFFERS]
    assert {(page, row.figure) for page, _, row in found} == KNOWN
    assert all(row.reason for _, _, row in found)


def test_figures_have_a_source_and_a_name_of_their_own(figures: Figures) -> None:
    named = [(page, part, row.figure) for page, part, row in figures]
    assert sorted(named) == sorted(set(named))
    assert {page for page, _, _ in figures} == {
        page.stem for page in PAGES.glob("*.md") if page.stem != "README"
    }


@pytest.mark.parametrize("page", sorted(NO_FIGURES))
def test_every_number_of_a_page_has_its_row(figures: Figures, page: str) -> None:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    told: set[Value] = {plain(number) for number in NO_FIGURES[page]}
    for source, _, row in figures:
        if source == page:
            for value in (row.published, row.right, row.page):
                told |= {plain(number) for number in numbers(shown(value))}
            told |= {plain(number) for number in numbers(row.figure)}
    stated = {number: plain(number) for number in numbers(text)}
    assert sorted(number for number in stated if stated[number] not in told) == []
    unused = {n for n in NO_FIGURES[page] if plain(n) not in stated.values()}
    assert unused == set(), "not on the page"
