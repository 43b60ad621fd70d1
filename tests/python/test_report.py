"""The report in a real browser: charts, accessibility, safety, no network."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import html5lib
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Build
from playwright.sync_api import Browser, Page

from retail_marts.report import write_report, writer
from retail_marts.report.blocks import in_currency
from retail_marts.report.marts_reader import businesses_of
from retail_marts.report.pages import baskets, data, forecast, segments

#: A name that would run as HTML, as a script's end, as a formula or as SQL.
EVIL = """</script><img src=x onerror="window.hacked=1">'; drop table x; =cmd|'!A0"""


@pytest.fixture(scope="session")
def report(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "report"
    write_report(sample_build.warehouse, folder, footer="Published by a test.")
    return folder


@pytest.fixture
def marts(sample_build: Build, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the sample's marts, to change before the report reads it."""
    shutil.copy(sample_build.warehouse, tmp_path / "marts.duckdb")
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as connection:
        yield connection


def opened(browser: Browser, path: Path, place: str = "", *, width: int = 1600) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{path.as_uri()}#{place}")
    page.wait_for_selector("section")
    return page


def draw_all(page: Page) -> int:
    """Scroll through the page like a reader, until every chart is drawn."""
    charts = page.locator(".chart")
    for index in range(charts.count()):
        charts.nth(index).scroll_into_view_if_needed()
        charts.nth(index).locator("svg.marks").wait_for(timeout=20_000)
    return charts.count()


def links_of(page: Page, report: Path, business: str) -> list[str]:
    """The pages of a business, as the navigation lists them."""
    page.goto(f"{(report / 'index.html').as_uri()}#{business}/overview")
    page.wait_for_function(
        f"document.getElementById('business').value === '{business}'"
    )
    links: list[str] = page.eval_on_selector_all(
        "#pages a", "all => all.map(a => a.href)"
    )
    return links


@pytest.mark.parametrize("width", [400, 1600])
def test_every_page_of_every_business_is_drawn(
    browser: Browser, report: Path, width: int
) -> None:
    problems: list[str] = []
    page = opened(browser, report / "index.html", width=width)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: problems.append(said.text) if said.type == "error" else None,
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    businesses = page.eval_on_selector_all(
        "#business option", "all => all.map(o => o.value)"
    )
    assert set(businesses) >= {"kalbe", "umkm", "superstore", "car_dealer"}
    drawn = 0
    for business in businesses:
        for link in links_of(page, report, business):
            page.goto(link)
            key = link.rsplit("/", 1)[1]
            page.wait_for_function(f"document.body.dataset.page === '{key}'")
            drawn += draw_all(page)
            # No element is wider than the screen of a phone.
            assert page.evaluate(
                "document.documentElement.scrollWidth <= window.innerWidth"
            ), (business, key)
    assert drawn > 40
    assert problems == []
    assert [
        url for url in asked if not url.startswith(("file:", "data:", "blob:"))
    ] == []
    page.close()


def test_axe_finds_nothing_on_any_page(browser: Browser, report: Path) -> None:
    page = opened(browser, report / "index.html", "kalbe/overview")
    for link in links_of(page, report, "kalbe"):
        page.goto(link)
        key = link.rsplit("/", 1)[1]
        page.wait_for_function(f"document.body.dataset.page === '{key}'")
        draw_all(page)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], key
    page.close()


def test_pages_without_content_are_left_out_and_named(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report / "index.html", "car_dealer/overview")
    links = links_of(page, report, "car_dealer")
    keys = [link.rsplit("/", 1)[1] for link in links]
    assert {"sales", "forecast"}.isdisjoint(keys)
    assert {"overview", "segments", "prospects"} <= set(keys)
    if "data" in keys:
        page.goto(links[keys.index("data")])
        page.wait_for_function("document.body.dataset.page === 'data'")
    assert "no orders with dates" in page.inner_text("main")
    page.close()


def test_the_report_works_with_the_keyboard_alone(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report / "index.html", "kalbe/overview")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "business"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.body.dataset.page === 'sales'")
    summary = page.locator("summary", has_text="The rows behind this chart").first
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("details table").first.wait_for()
    page.close()


def test_the_first_screen_leads_to_the_actions(browser: Browser, report: Path) -> None:
    page = opened(browser, report / "index.html", "kalbe/overview")
    figures = page.locator("svg.sparkline")
    # A reader of the screen hears the sentence of the mart in place of each line.
    labels = [
        figures.nth(place).get_attribute("aria-label") or ""
        for place in range(figures.count())
    ]
    assert len(labels) >= 4
    assert all(re.match(r"[\w ]+ in \w+ \d{4}: .*\.$", label) for label in labels)
    assert (
        page.evaluate(
            "sparkline([1, null, 3], '').querySelector('.line').getAttribute('d')"
        )
        == "M0.00 18.67M100.00 0.00"
    )
    page.locator(".cards a", has_text="products").click()
    page.wait_for_function("document.body.dataset.page === 'actions'")
    assert "Stock to have for the next 14 days" in page.inner_text("main")
    page.close()


def test_the_first_page_is_drawn_quickly(browser: Browser, report: Path) -> None:
    """A generous limit, which only a report that is far too large exceeds."""
    started = time.monotonic()
    page = opened(browser, report / "index.html", "kalbe/overview")
    assert draw_all(page) > 0
    assert time.monotonic() - started < 20
    assert (report / "index.html").stat().st_size < 10_000_000
    page.close()


def test_page_is_valid_html(report: Path) -> None:
    html5lib.HTMLParser(strict=True).parse(
        (report / "index.html").read_text(encoding="utf-8")
    )


def test_every_chart_is_a_picture_too(report: Path) -> None:
    figures = sorted(path.name for path in (report / "figures").glob("*.svg"))
    assert len(figures) > 40
    assert "kalbe-forecast-next_month_quantity.svg" in figures
    assert all((report / "figures" / name).stat().st_size > 1000 for name in figures)


@pytest.fixture(scope="session")
def evil_report(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts of the sample, with harmful names of a product, a store, a business."""
    folder = tmp_path_factory.mktemp("evil")
    database = folder / "marts.duckdb"
    shutil.copy(sample_build.warehouse, database)
    with duckdb.connect(str(database)) as writer:
        for mart, column in (
            ("core.dim_businesses", "business_name"),
            ("sales.rpt_product_rankings", "product_name"),
            ("sales.rpt_weekly_product_sales", "product_name"),
            ("sales.rpt_store_rankings", "store_name"),
            ("core.fct_row_warnings", "warning"),
            ("forecasting.rpt_replenishment", "product_name"),
            ("customers.rpt_contact_list", "recommended_product_name"),
        ):
            writer.execute(
                f"update {mart} set {column} = ? where business_id = 'kalbe'", [EVIL]
            )
    write_report(database, folder / "report", footer="x")
    return folder / "report"


def test_names_that_do_harm_are_shown_as_text(
    browser: Browser, evil_report: Path
) -> None:
    html5lib.HTMLParser(strict=True).parse(
        (evil_report / "index.html").read_text(encoding="utf-8")
    )
    for key in ("overview", "actions", "sales", "data"):
        page = opened(browser, evil_report / "index.html", f"kalbe/{key}")
        if draw_all(page):
            page.locator(".chart").last.hover()
        assert page.evaluate("window.hacked") is None
        assert page.locator("img").count() == 0
        assert "</script><img" in page.inner_text("main")
        page.close()


def test_the_report_opens_with_the_business_of_most_orders(
    report: Path, sample_build: Build, browser: Browser
) -> None:
    with duckdb.connect(str(sample_build.warehouse), read_only=True) as connection:
        busiest = connection.execute(
            "select business_id from core.fct_orders group by 1 order by count(*) desc"
        ).fetchone()
    page = opened(browser, report / "index.html")
    assert page.input_value("#business") == busiest[0] != "car_dealer"
    page.close()


def test_a_published_set_without_businesses_is_an_empty_report(
    marts: duckdb.DuckDBPyConnection, browser: Browser, tmp_path: Path
) -> None:
    marts.execute("delete from core.dim_businesses")
    marts.close()
    write_report(
        tmp_path / "marts.duckdb", tmp_path / "report", footer=f"{date(2024, 1, 1)}"
    )
    page = browser.new_page()
    page.goto((tmp_path / "report" / "index.html").as_uri())
    assert "No business has been published yet." in page.inner_text("main")
    page.close()


def test_many_businesses_have_a_file_each_and_a_list(
    sample_build: Build,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_MOST_TOGETHER", 3)
    folder = tmp_path / "report"
    write_report(sample_build.warehouse, folder, footer="x")
    names = sample_build.rows(
        "select business_name, business_id || '.html' from core.dim_businesses"
        " order by business_name"
    )
    # No pictures: they would take longer than all the rest.
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        *(file for _, file in names),
    }
    page = opened(browser, folder / "index.html")
    links = page.locator("tbody a")
    assert links.all_inner_texts() == [name for name, _ in names]
    links.nth(1).click()
    page.locator(".chart svg.marks").first.wait_for()
    assert page.inner_text("h1") == f"{names[1][0]}: overview"
    page.close()


def test_orders_of_all_time_hold_a_sale(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    marts.execute("update core.dim_businesses set order_count = 12345")
    (kalbe,) = (b for b in businesses_of(marts) if b.business_id == "kalbe")
    figures = dict(data.blocks(kalbe)[0].numbers)
    # fct_orders also holds orders of returns alone.
    assert figures["Orders"] == "12,345"


def test_old_sales_are_told_on_every_dated_page(
    report: Path, sample_build: Build
) -> None:
    old = sample_build.rows(
        "select as_of_date from core.dim_businesses where as_of_note is not null"
    )
    text = (report / "index.html").read_text(encoding="utf-8")
    assert len(old) == 3
    for (as_of,) in old:
        # On the pages of the overview, actions, forecasts, segments and baskets.
        said = f"recommendations are as of {as_of.day} {as_of:%B %Y}."
        assert text.count(said) == 5


def businesses_in(report: Path) -> list[dict[str, Any]]:
    text = (report / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script[^>]*id="report"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found
    businesses: list[dict[str, Any]] = json.loads(found[1])["businesses"]
    return businesses


def test_charts_follow_the_schema_of_vega_lite(report: Path) -> None:
    """Making the report does not check them: one chart of each place is checked."""
    specs = {
        (page["key"], block["key"]): block["spec"]
        for business in businesses_in(report)
        for page in business["pages"]
        for block in page["blocks"]
        if "spec" in block
    }
    assert len(specs) > 40
    for spec in specs.values():
        alt.Chart.from_dict(spec)


def test_a_business_without_orders_has_no_empty_pages(report: Path) -> None:
    (dealer,) = (one for one in businesses_in(report) if one["id"] == "car_dealer")
    pages = {page["key"]: page["blocks"] for page in dealer["pages"]}
    assert {"sales", "explore", "forecast", "baskets"}.isdisjoint(pages)
    (left_out,) = (one for one in pages["data"] if one["key"] == "left_out")
    assert "Explore: There are no months" in left_out["text"]
    assert "Baskets: The files of this business have no orders" in left_out["text"]
    assert "lifetime_value" not in {one["key"] for one in pages["segments"]}


def test_the_baskets_page_says_what_sizes_explain_and_what_a_list_of_all_is(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    for level, shuffled, note in (
        ("sub_category", 5, "sizes of baskets explain most of it: 5 and 6"),
        ("product", 0, "sizes of baskets do not explain it: 0 and 6"),
    ):
        marts.execute(
            "update basket.rpt_basket_runs set significant_rule_count = 6,"
            f" shuffled_rule_count = {shuffled}, shuffle_note = '{note}'"
            f" where business_id = 'superstore' and basket_level = '{level}'"
        )
    by_id = {one.business_id: one for one in businesses_of(marts)}
    superstore, kalbe = (
        {block.key: block for block in baskets.blocks(by_id[name])}
        for name in ("superstore", "kalbe")
    )
    assert "Here sizes of baskets explain" in superstore["rules_sub_category"].text
    assert "Sizes of baskets explain" in superstore["rules_sub_category"].title
    assert "Here sizes of baskets do not explain" in superstore["rules_product"].text
    assert "Sizes of baskets" not in superstore["rules_product"].title
    # Each order has one product, so nothing is bought together.
    assert kalbe["recommendations"].title.startswith("With every product, offer the")
    assert kalbe["recommendations"].table is None
    scores = kalbe["recommendation_scores"]
    assert "only 10 products" in scores.text
    assert scores.table is not None
    assert set(scores.table["recall@10"]) == {"–"}
    assert "NDCG" in str(scores.chart.to_dict() if scores.chart else "")


def test_a_best_model_that_did_not_converge_is_shown_with_a_warning(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    marts.execute(
        "update forecasting.fct_forecast_accuracy set converged = false,"
        " failure_reason = 'did not converge'"
        " where business_id = 'kalbe' and is_best_model"
    )
    (kalbe,) = (b for b in businesses_of(marts) if b.business_id == "kalbe")
    words = [b for b in forecast.blocks(kalbe) if b.key.startswith("next_month_")]
    assert words
    assert all("did not always converge" in block.text for block in words)


def test_a_plain_rate_is_not_told_as_a_model_of_who_leaves(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    (kalbe,) = (b for b in businesses_of(marts) if b.business_id == "kalbe")
    plain = {block.key: block for block in segments.blocks(kalbe)}
    marts.execute(
        "update customers.fct_customer_lifetime_value set model_name = 'bg_nbd',"
        " probability_alive = 0.999, expected_value_365d = 7"
    )
    sure = {block.key: block for block in segments.blocks(kalbe)}
    names = dict(plain["lifetime_value"].numbers)
    assert "Customers overdue" in names
    assert not {"Value in a year", "Likely still active"} & set(names)
    assert (
        "(own rate, shrunk to the business) instead of BG/NBD ("
        in plain["lifetime_value"].text
    )
    chart = plain["lifetime_value_holdout"].chart
    assert chart is not None
    bars = {row["what"] for row in chart.data.to_dict("records")}
    assert bars == {
        *("actual", "BG/NBD", "own rate", "rate of the business"),
        "own rate, shrunk to the business",
    }
    # A probability near 1 is not told as a share of customers who are active.
    names = dict(sure["lifetime_value"].numbers)
    assert "Value in a year" in names
    assert "Likely still active" not in names
    assert "very few customers leave" in sure["lifetime_value"].text
    assert "number set by you; 3 distinct groups." in plain["groups"].text
    table = plain["strategies"].table
    assert table is not None
    assert "Few customers, large share of sales" in table["in figures"].iloc[-1]


@pytest.mark.parametrize(("currency", "name"), [("EUR", "sales (EUR)"), ("", "sales")])
def test_an_unknown_currency_has_no_brackets(currency: str, name: str) -> None:
    assert in_currency("sales", currency) == name


@pytest.mark.parametrize(
    ("loss", "own", "beats", "verdict"),
    [
        ("mae", 8.0, True, "The model beats it."),
        ("mae", 9.5, False, "The model is better, but this is within chance."),
        ("mae", 11.0, False, "The model does not beat it."),
        # By the RMSE, another baseline is the best one.
        ("rmse", 19.0, False, "19 units. The model does not beat it."),
    ],
)
def test_the_best_model_is_compared_by_the_error_it_was_chosen_by(
    loss: str, own: float, beats: bool, verdict: str
) -> None:
    naive = pd.DataFrame(
        {"model_name": ["mean", "naive"], "mae": [10.0, 12.0], "rmse": [30.0, 15.0]}
    )
    best = pd.Series({"loss_name": loss, loss: own, "beats_baseline": beats})
    said = forecast._compared(best, naive, lambda value: f"{value:g} units")
    rival = {"mae": "(mean of all days)", "rmse": "(copy of the last day)"}[loss]
    assert rival in said
    assert said.endswith(verdict)


@pytest.mark.parametrize(
    ("bias", "words"),
    [(-0.2, "20 % too low"), (0.1, "10 % too high"), (0.004, "right")],
)
def test_the_bias_of_a_sum_is_told_in_words(bias: float, words: str) -> None:
    assert forecast._off(bias) == words
