"""The frame of the report on a small page, in a real browser: tables, filters, print.

All tests share one small file and one browser tab, so that they take seconds.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PROJECT
from playwright.sync_api import Browser, Page

from retail_marts.report import charts
from retail_marts.report.blocks import Block, numbered
from retail_marts.report.cards import Card
from retail_marts.report.writer import SCRIPTS, STYLES, _library, _write_page

FOLDER = PROJECT / "src" / "retail_marts" / "report"
DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(60)]
SALES = pd.DataFrame(
    {
        "day": pd.to_datetime(pd.Series(DAYS)),
        "region": ["West", "East", "North & South"] * 20,
        "amount": [1234.56789 + day for day in range(60)],
    }
)
PRODUCTS = pd.DataFrame(
    {
        "product": [f"product {row}" for row in range(1, 38)]
        + ["=1+1", '-"quoted", named', "Ωmega"],
        "amount": [float(row * 97 % 1000) + 0.123456 for row in range(37)]
        + [-5.5, 12345.678, float("nan")],
        "first_day": pd.to_datetime(pd.Series([*DAYS[:39], None])),
        "share": [0.5] * 40,
    }
)


def table_of(frame: pd.DataFrame) -> pd.DataFrame:
    headings = {
        "product": "product",
        "amount": "sales (EUR)",
        "first_day": "first day",
        "share": "share",
    }
    return numbered(frame, headings, digits={"amount": 1}, shares=["share"])


def filtered(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """A chart with the parameters by which the page filters."""
    spec = chart.to_dict()
    spec["params"] = [
        {"name": name, "value": None} for name in ("date_from", "date_to")
    ] + [{"name": "pick_region", "value": None}]
    spec["transform"] = [
        {"filter": "!isValid(date_from) || toNumber(datum.day) >= date_from"},
        {"filter": "!isValid(date_to) || toNumber(datum.day) <= date_to"},
        {"filter": "!isValid(pick_region) || datum.region === pick_region"},
        *spec.get("transform", []),
    ]
    spec["usermeta"] = {
        "picks": {"region": sorted(set(SALES["region"]))},
        "dates": [str(DAYS[0]), str(DAYS[-1])],
    }
    return spec


def report_of(businesses: tuple[str, ...]) -> dict[str, Any]:
    picture = charts.columns(
        SALES, x=("day", "day"), y=("amount", "EUR"), color=("region", "region")
    )
    dots = charts.points(
        SALES.assign(row=range(60)), x=("row", "row"), y=("amount", "EUR")
    )
    overview = [
        Block("figures", "Key figures", "Words.", numbers=[("Net sales", "EUR 1")]),
        Block("products", "Products sell", "One row per product.", dots),
        Block("table", "All products", "Words.", table=table_of(PRODUCTS)),
    ]
    sales = [
        Block("days", "Sales by day", "Words.", picture).as_dict(),
        Block("dots", "Not filtered", "Words.", dots).as_dict(),
        *(Block(f"more{n}", f"More {n}", "", dots).as_dict() for n in range(6)),
    ]
    sales[0]["spec"] = filtered(picture)
    few = charts.bars(PRODUCTS.head(2), y=("product", "product"), x=("amount", "EUR"))
    unlike = [
        Block("few", "Two bars", "Words.", few).as_dict(),
        Block("high", "High", "Words.", dots).as_dict(),
    ]
    amounts = [Card(f"Amount {n}", "IDR 22.1 million") for n in range(5)]
    figures = [Block("figures", "Figures", cards=amounts, is_wide=True).as_dict()]
    pages = [
        {
            "key": "overview",
            "title": "Overview",
            "blocks": [block.as_dict() for block in overview],
        },
        {"key": "sales", "title": "Sales", "blocks": sales},
        *(
            {"key": f"p{n}", "title": f"Another page {n}", "blocks": found}
            for n, found in enumerate([unlike, figures, *[[]] * 4])
        ),
    ]
    return {
        "businesses": [
            {"id": name, "name": name.title(), "until": "2024-02-29", "pages": pages}
            for name in businesses
        ],
        "first": businesses[0],
        "footer": "Published by a test.",
    }


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "index.html"
    _write_page(path, report_of(("shop", "a/b?c")))
    return path.as_uri()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


def at(tab: Page, url: str, place: str = "", *, width: int = 1600) -> Page:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("about:blank")
    tab.goto(f"{url}#{place}")
    tab.wait_for_selector("section, body[data-page]")
    return tab


def wait_for_charts(page: Page) -> int:
    """Wait until the page has drawn all of its charts by itself."""
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(c => c.querySelector('svg'))"
    )
    return page.locator(".chart").count()


def column(page: Page, block: str, place: int) -> list[str]:
    return page.locator(
        f"section[aria-labelledby=b-{block}] tbody td:nth-child({place}) span"
    ).all_inner_texts()


def saved(page: Page, block: str, folder: Path) -> tuple[str, list[list[str]]]:
    """The name and the cells of the CSV file that a block saves."""
    with page.expect_download() as download:
        page.locator(
            f"section[aria-labelledby=b-{block}] button", has_text="Save as CSV"
        ).click()
    path = folder / "saved.csv"
    download.value.save_as(path)
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    return download.value.suggested_filename, list(
        csv.reader(raw.decode("utf-8").splitlines())
    )


# --- tables ---


def test_values_stand_beside_the_texts_of_a_table() -> None:
    block = Block("key", "Title", table=table_of(PRODUCTS).tail(3)).as_dict()
    assert block["rows"][1] == ['-"quoted", named', "12,345.7", "2024-02-08", "50.0 %"]
    assert block["values"] == [None, [-5.5, 12345.678, None], None, [0.5, 0.5, 0.5]]
    assert json.dumps(
        block["rows"][2]
    ) == '["\\u03a9mega", "–", "–", "50.0 %"]'.replace("–", "\\u2013")


def test_a_table_sorts_numbers_as_numbers_and_missing_values_last(
    tab: Page, url: str
) -> None:
    page = at(tab, url)
    heading = page.locator("th", has_text="sales (EUR)")
    assert heading.get_attribute("aria-sort") == "none"
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    shown = column(page, "table", 2)
    assert shown[0] == "12,345.7"
    assert shown[-1] == "–"
    # The keyboard does the same.
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    shown = column(page, "table", 2)
    assert shown[:2] == ["-5.5", "0.1"]
    assert shown[-1] == "–"
    page.locator("th button", has_text="product").click()
    assert heading.get_attribute("aria-sort") == "none"
    names = column(page, "table", 1)
    assert names.index("product 9") < names.index("product 10")


def test_search_shows_the_rows_that_contain_the_words(tab: Page, url: str) -> None:
    page = at(tab, url)
    section = page.locator("section[aria-labelledby=b-table]")
    section.locator("input[type=search]").fill("PRODUCT 3")
    assert len(column(page, "table", 1)) == 9
    assert section.locator("[role=status]").inner_text() == "9 of 40 rows"
    section.locator("input[type=search]").fill("nothing like it")
    assert column(page, "table", 1) == []


def test_csv_holds_raw_values_and_no_formulas(
    tab: Page, url: str, tmp_path: Path
) -> None:
    page = at(tab, url)
    name, cells = saved(page, "table", tmp_path)
    assert name == "shop-overview-table.csv"
    assert cells[0] == ["product", "sales (EUR)", "first day", "share"]
    assert len(cells) == 41
    assert cells[-3:] == [
        ["'=1+1", "-5.5", "2024-02-07", "0.5"],
        ['\'-"quoted", named', "12345.678", "2024-02-08", "0.5"],
        ["Ωmega", "", "", "0.5"],
    ]


def test_a_long_table_ends_between_two_rows(tab: Page, url: str) -> None:
    page = at(tab, url)
    page.wait_for_function("document.querySelector('.scroll').style.maxHeight")
    cut = """() => {
        const scroll = document.querySelector(".scroll").getBoundingClientRect();
        const rows = [...document.querySelectorAll(".scroll tbody tr")]
            .map(row => row.getBoundingClientRect());
        return rows.filter(row =>
            row.top < scroll.bottom - 1.5 && row.bottom > scroll.bottom + 1.5).length;
    }"""
    assert page.evaluate(cut) == 0
    assert page.evaluate("document.querySelector('.scroll').clientHeight") < 660


def test_rows_behind_a_chart_have_names_dates_and_rounded_numbers(
    tab: Page, url: str, tmp_path: Path
) -> None:
    page = at(tab, url, "shop/sales")
    page.locator("summary", has_text="The rows behind").first.click()
    page.locator("details table").wait_for()
    headings = page.locator("section[aria-labelledby=b-days] th").all_inner_texts()
    assert sorted(headings) == ["EUR", "day", "region"]
    assert column(page, "days", 1 + headings.index("day"))[0] == "2024-01-01"
    rounded = column(page, "days", 1 + headings.index("EUR"))[0]
    assert re.fullmatch(r"1,23[45](\.\d\d?)?", rounded)
    _, cells = saved(page, "days", tmp_path)
    assert len(cells) == 61
    first = dict(zip(cells[0], cells[1], strict=True))
    assert first == {"day": "2024-01-01", "EUR": "1234.56789", "region": "West"}


# --- filters and places ---


def test_filters_act_on_charts_and_their_rows_and_are_in_the_link(
    tab: Page, url: str
) -> None:
    page = at(tab, url, "shop/sales")
    page.locator("summary", has_text="The rows behind").first.click()
    page.locator("details table").wait_for()
    page.select_option("#filters select", "North & South")
    page.locator("#filters input[name=from]").fill("2024-01-03")
    page.locator("#filters input[name=to]").fill("2024-01-09")
    page.wait_for_function("document.querySelectorAll('details tbody tr').length === 3")
    assert column(page, "days", 1) == ["2024-01-03", "2024-01-06", "2024-01-09"]
    assert page.url.endswith(
        "#shop/sales?from=2024-01-03&to=2024-01-09&region=North+%26+South"
    )
    told = "Filtered. From 2024-01-03, to 2024-01-09, Region: North & South."
    assert page.inner_text("#chosen") == told
    # Charts that know no filter say so, and other pages keep the state.
    note = "The filters do not apply to this part."
    assert note not in page.locator("section").nth(0).inner_text()
    assert note in page.locator("section").nth(1).inner_text()
    page.locator("nav a", has_text="Overview").click()
    page.wait_for_function("document.body.dataset.page === 'overview'")
    page.locator("nav a", has_text="Sales").click()
    page.wait_for_function("document.body.dataset.page === 'sales'")
    assert page.input_value("#filters select") == "North & South"
    # A chart that is drawn later has the filters too.
    page.locator("summary", has_text="The rows behind").first.click()
    page.locator("details table").wait_for()
    assert len(column(page, "days", 1)) == 3
    page.locator("#filters button", has_text="Reset").click()
    page.wait_for_function(
        "document.querySelectorAll('details tbody tr').length === 60"
    )
    assert page.url.endswith("#shop/sales")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('details tbody tr').length === 3")


@pytest.mark.parametrize(
    "place",
    [
        "shop/sales?region=Nowhere&from=yesterday&to=2024-13-45&x=%E0%A4%A",
        "shop/sales?from=&to=&region=",
        "shop/sales??&&==",
    ],
)
def test_unknown_filters_in_a_link_change_nothing(
    tab: Page, url: str, place: str
) -> None:
    page = at(tab, url, place)
    wait_for_charts(page)
    assert page.locator("#chosen").is_hidden()
    assert page.evaluate("document.body.dataset.page") == "sales"
    assert page.input_value("#filters select") == ""


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        ("a%2Fb%3Fc/sales", "A/B?C: sales"),
        ("nobody/sales", "Shop: sales"),
        ("shop/nothing", "Shop: overview"),
        ("%E0%A4%A", "Shop: overview"),
    ],
)
def test_a_link_leads_to_a_business_and_a_page(
    tab: Page, url: str, place: str, heading: str
) -> None:
    page = at(tab, url, place)
    assert page.inner_text("h1") == heading
    assert (
        page.inner_text("#freshness") == "Data until 2024-02-29. Published by a test."
    )


def test_the_keyboard_skips_to_the_content_and_stays_on_the_page(
    tab: Page, url: str
) -> None:
    page = at(tab, url, "shop/sales")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    assert page.inner_text("h1") == "Shop: sales"


# --- looks: paper, phone, dark ---


def test_print_has_all_charts_and_whole_tables(
    browser: Browser, tab: Page, url: str
) -> None:
    # Printed at once, before the browser is idle or anybody has scrolled.
    page = browser.new_page()
    page.add_init_script(
        "window.requestIdleCallback = () => {};"
        "window.IntersectionObserver = class { observe() {} };"
    )
    page.goto(f"{url}#shop/sales")
    assert page.locator(".chart svg.marks").count() == 0
    early = len(page.pdf())
    assert page.locator(".chart svg.marks").count() == 8
    assert early == len(page.pdf())
    # Charts are drawn for the width of paper, and then for that of the screen again.
    widths = "all => all.map(svg => svg.getAttribute('width'))"
    charts_of_page = page.locator(".chart svg.marks")
    on_screen = charts_of_page.evaluate_all(widths)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(50)
    assert set(charts_of_page.evaluate_all(widths)) == {"660"}
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(200)
    assert charts_of_page.evaluate_all(widths) == on_screen
    page.close()
    page = at(tab, url, "shop/overview?region=West")
    wait_for_charts(page)
    page.emulate_media(media="print")
    assert page.locator("header").is_hidden()
    assert page.locator(".tools").is_hidden()
    # Headings that are buttons would not be repeated on the next page.
    displays = "all => [...new Set(all.map(b => getComputedStyle(b).display))]"
    assert page.locator("th button").evaluate_all(displays) == ["contents"]
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every("
        "s => s.scrollHeight <= s.clientHeight && s.scrollWidth <= s.clientWidth)"
    )
    page.emulate_media(media="screen")


def test_a_row_of_blocks_has_no_holes_and_one_height(tab: Page, url: str) -> None:
    def boxes() -> list[tuple[float, ...]]:
        found = [section.bounding_box() for section in page.locator("section").all()]
        return [(b["y"], b["width"], b["height"]) for b in found if b]

    page = at(tab, url, "shop/sales")
    wait_for_charts(page)
    first, second, *_ = boxes()
    assert (first[0], first[2]) == (second[0], second[2])
    # The lower chart is drawn as high as the other one, and has a legend on top.
    heights = page.locator(".chart svg.marks").evaluate_all(
        "all => all.slice(0, 2).map(svg => svg.getBoundingClientRect().height)"
    )
    assert heights[0] >= heights[1]
    # Words and numbers beside a chart would leave a hole.
    page = at(tab, url, "shop/overview")
    alone, third, fourth = boxes()
    assert alone[1] > 1.9 * first[1]
    assert (third[0], third[2]) == (fourth[0], fourth[2])
    # So would a chart of two bars beside one of three times its height.
    page = at(tab, url, "shop/p0")
    few, high = boxes()
    assert few[0] < high[0]
    assert few[1] == high[1] > 1.9 * first[1]


@pytest.mark.parametrize("width", [1600, 1300, 1120, 400])
def test_an_amount_on_a_card_stays_on_one_line(tab: Page, url: str, width: int) -> None:
    page = at(tab, url, "shop/p1", width=width)
    for value in page.locator(".cards .value").all():
        assert value.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert value.evaluate(
            "one => one.clientHeight < 2 * parseFloat(getComputedStyle(one).fontSize)"
        )


def test_on_a_phone_rows_are_cards_and_the_current_page_is_visible(
    tab: Page, url: str
) -> None:
    page = at(tab, url, width=400)
    wait_for_charts(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("thead").first.is_hidden()
    row = page.locator("section[aria-labelledby=b-table] tbody tr").first
    cell = row.locator("td").nth(1)
    heading = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert heading == '"sales (EUR)"'
    assert row.locator("td").count() == 4
    page.locator("section[aria-labelledby=b-table] select").select_option(
        label="sales (EUR)"
    )
    assert column(page, "table", 2)[0] == "12,345.7"
    rows = page.locator("section[aria-labelledby=b-table] tbody tr")
    shown = "all => all.filter(row => row.checkVisibility()).length"
    assert rows.evaluate_all(shown) == 4
    # Paper has all rows.
    page.emulate_media(media="print")
    assert rows.evaluate_all(shown) == 40
    page.emulate_media(media="screen")
    page.locator("button", has_text="Show all rows").click()
    assert rows.evaluate_all(shown) == 40
    page.evaluate("location.hash = 'shop/p5'")
    page.wait_for_function("document.body.dataset.page === 'p5'")
    box = page.locator("nav a[aria-current]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 400


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(tab: Page, url: str, scheme: Any, width: int) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page = at(tab, url, "shop/p5", width=width)
    assert Axe().run(page).response["violations"] == []
    for place in ("shop/overview", "shop/sales?region=West"):
        page = at(tab, url, place, width=width)
        wait_for_charts(page)
        page.locator("summary", has_text="The rows behind").first.click()
        page.locator("details table").first.wait_for()
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    tab.emulate_media(color_scheme="light", reduced_motion="no-preference")


def test_charts_are_light_on_a_dark_screen_and_dark_on_paper(
    tab: Page, url: str
) -> None:
    page = at(tab, url)
    wait_for_charts(page)
    colour = "getComputedStyle(document.querySelector('.role-axis-label text')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(colour)
    page.emulate_media(color_scheme="dark", media="print")
    paper = page.evaluate(colour)
    page.emulate_media(color_scheme="light", media="screen")
    assert light == paper != dark


def test_a_report_of_many_businesses_lists_their_files(
    tab: Page, tmp_path: Path
) -> None:
    listed = Block("list", "", table=table_of(PRODUCTS)).as_dict()
    links = [f"file-{row}.html" for row in range(40)]
    report = {"businesses": [], "footer": "x", "list": {**listed, "links": links}}
    _write_page(tmp_path / "index.html", report)
    _write_page(tmp_path / "file-0.html", {**report_of(("shop",)), "home": True})
    page = at(tab, (tmp_path / "index.html").as_uri())
    assert page.inner_text("h1") == "Businesses"
    assert Axe().run(page).response["violations"] == []
    page.locator("th button", has_text="sales (EUR)").click()
    page.locator("a", has_text=re.compile("^product 1$")).click()
    page.wait_for_function("document.body.dataset.page === 'overview'")
    assert page.locator("#business").is_hidden()
    page.locator("a", has_text="All businesses").click()
    page.wait_for_function("document.querySelector('h1').textContent === 'Businesses'")


# --- the scripts and styles themselves ---

#: What the scripts must not use, and why.
FORBIDDEN = {
    r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write": "text is set as text",
    r"\beval\(|new Function": "no code from texts",
    r"\bvar\b": "const or let",
    r"[^=!]==[^=]|!=[^=]": "=== and !==",
    r"\bconsole\.|\bdebugger\b|\balert\(": "no traces of a search for faults",
    r"\bfetch\(|XMLHttpRequest|https?:(?!//www\.w3\.org/)": (
        "the page works without a network"
    ),
    r"\t| +$": "spaces, and none at the end of a line",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_plain(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text.startswith('"use strict";\n')
    lines = text.splitlines()
    assert max(map(len, lines)) <= 88
    assert len(lines) < 260
    faults = [
        f"{name}:{number}: {why}: {line}"
        for number, line in enumerate(lines, start=1)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert faults == []


def test_scripts_use_every_name_that_they_define() -> None:
    text = "".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    code = re.sub(r"^\s*//.*$", "", text, flags=re.M)
    names = re.findall(r"\b(?:function\*?|const|let) (\w+)", code)
    names += re.findall(r"(?:const|let) [\[{]([\w, ]+)[\]}]", code)
    for name in (part.strip() for found in names for part in found.split(",")):
        assert name == "_" or len(re.findall(rf"\b{name}\b", code)) > 1, name


def test_styles_use_the_colours_and_sizes_of_the_scale() -> None:
    text = "".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    defined = set(re.findall(r"(--[\w-]+):", text))
    assert used == defined
    rules = re.sub(r":root \{[^}]*\}|\[[^\]]*\]", "", text)
    assert re.findall(r"#[0-9a-f]{3,6}\b(?=[^{]*[;}])|\brgba?\(", rules) == []
    assert re.findall(r"font-size: [\d.]+(?:rem|px)", rules) == []


def test_the_charting_library_is_copied_from_an_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "earlier"
    broken = tmp_path / "broken"
    for folder in (earlier, broken):
        folder.mkdir()
    _write_page(earlier / "index.html", {"businesses": [], "footer": "x"})
    _write_page(earlier / "shop.html", report_of(("shop",)))
    whole = (earlier / "shop.html").read_text()
    (broken / "shop.html").write_text(whole.replace("vegaEmbed", "x", 1))
    bundled = _library(None)
    with monkeypatch.context() as patched:
        patched.setattr("vl_convert.javascript_bundle", lambda _: "new")
        assert _library(earlier) == bundled
        # One that is not whole is not copied.
        assert _library(broken).startswith("new\n")
