"""Write the report and its pictures from a published DuckDB file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import altair as alt
import pandas as pd
import vl_convert
from altair.utils.schemapi import debug_mode

from retail_marts.processes import worker_pool
from retail_marts.report.blocks import Block, day, numbered, table_as_dict
from retail_marts.report.marts_reader import (
    Business,
    busiest_of,
    businesses_of,
    opened,
)
from retail_marts.report.pages import (
    actions,
    baskets,
    data,
    explore,
    forecast,
    overview,
    prospects,
    sales,
    segments,
)

#: Key, title and builder of each page, in the order of the navigation.
PAGES: Sequence[tuple[str, str, Callable[[Business], list[Block]]]] = (
    ("overview", "Overview", overview.blocks),
    ("actions", "Actions", actions.blocks),
    ("sales", "Sales", sales.blocks),
    ("explore", "Explore", explore.blocks),
    ("forecast", "Forecast", forecast.blocks),
    ("segments", "Segments", segments.blocks),
    ("baskets", "Baskets", baskets.blocks),
    ("prospects", "Prospects", prospects.blocks),
    ("data", "Data", data.blocks),
)
#: Pages of one area, with a mart that is published unless the area is switched off.
_AREAS = {
    "sales": "sales.fct_daily_sales",
    "forecast": "forecasting.fct_sales_forecasts",
    "segments": "customers.fct_customer_segments",
    "baskets": "basket.rpt_basket_runs",
    "prospects": "prospecting.fct_prospects",
}
#: Style sheets and scripts of the page, in the order in which it loads them.
STYLES = ("style.css", "cards.css")
SCRIPTS = ("tables.js", "filters.js", "drawing.js", "cards.js", "page.js")
#: Pages that are in the navigation even if they have no figures.
_SHOWN_EMPTY = ("overview", "data")
#: What a block without figures has.
_WORDS = {"key", "title", "text", "wide"}
#: More businesses have a file each.
_MOST_TOGETHER = 10
#: Pages that say so if the last sale is old. The overview has its own words for it.
_DATED_PAGES = ("actions", "forecast", "segments", "baskets")
#: Processes that draw pictures: the extracts are written at the same time, but for less
#: long.
_DRAWERS = 2
#: Width of a picture in pixels: half a slide, or a phone in landscape.
_FIGURE_WIDTH = 900
#: What stands before the charting library in a page.
_LIBRARY = '<script id="library">'
_FIGURE_FONT = "Arial, Liberation Sans, Helvetica, sans-serif"


def write_report(
    database: Path,
    folder: Path,
    *,
    footer: str,
    has_figures: bool | None = None,
    earlier: Path | None = None,
) -> None:
    """Write ``index.html`` and ``figures/`` into a folder.

    Up to ten businesses are in one file. More have one file each, and ``index.html``
    lists them.

    Parameters
    ----------
    database
        The published DuckDB file. It holds no private columns.
    folder
        The folder to create.
    footer
        One line that says which version the figures come from.
    has_figures
        Whether to write ``figures/``. If None, for up to ten businesses.
    earlier
        The folder of an earlier report on the same disk. Pictures of it that have not
        changed are linked instead of drawn, and its charting library is copied.
    """
    alt.data_transformers.disable_max_rows()
    folder.mkdir(parents=True)
    # Parts of charts are not checked either, see `Block.as_dict`.
    with opened(database) as connection, debug_mode(False):
        businesses = businesses_of(connection)
        is_split = len(businesses) > _MOST_TOGETHER
        first = busiest_of(connection)
        found: Iterator[dict[str, Any]] = map(_business, businesses)
        if not is_split if has_figures is None else has_figures:
            found = _with_figures(found, folder / "figures", earlier)
        if not is_split:
            _write_page(
                folder / "index.html",
                {"businesses": list(found), "first": first, "footer": footer},
                earlier,
            )
            return
        for business in found:
            _write_page(
                folder / f"{_slug(business['id'])}.html",
                {"businesses": [business], "footer": footer, "home": True},
                earlier,
            )
        _write_page(
            folder / "index.html",
            {"businesses": [], "footer": footer, "list": _list(businesses)},
            earlier,
        )


def _business(business: Business) -> dict[str, Any]:
    """The pages of one business; those without content are left out."""
    pages: list[dict[str, Any]] = []
    left_out = []
    for key, title, build in PAGES:
        if key in _AREAS and business.lacks(_AREAS[key]):
            area = _AREAS[key].partition(".")[0]
            left_out.append((title, f"The area {area} is switched off."))
            continue
        found = [block.as_dict() for block in build(business)]
        if key in _SHOWN_EMPTY or any(set(block) - _WORDS for block in found):
            found = [block.as_dict() for block in _old_sales(business, key)] + found
            pages.append({"key": key, "title": title, "blocks": found})
        else:
            left_out.append((title, " ".join(block["text"] for block in found)))
    if left_out:
        why = " ".join(f"{title}: {text}" for title, text in left_out if text)
        by_key = {page["key"]: page["blocks"] for page in pages}
        by_key.get("data", by_key["overview"]).append(
            Block("left_out", "Pages without content", why).as_dict()
        )
    until = business.last_sale_date
    return {
        "id": business.business_id,
        "name": business.name,
        "until": None if until is None else day(until),
        "pages": pages,
    }


def _with_figures(
    businesses: Iterable[dict[str, Any]], folder: Path, earlier: Path | None
) -> Iterator[dict[str, Any]]:
    """Write each chart of each business as a picture on the way.

    Pictures are drawn in other processes while this one reads the next business.
    """
    folder.mkdir()
    waiting: list[Callable[[], object]] = []
    pool = worker_pool(_DRAWERS)
    try:
        for business in businesses:
            name = _slug(business["id"])
            started = [
                _start_figure(
                    folder / f"{name}-{page['key']}-{block['key']}.svg",
                    _figure_spec(block, business["name"]),
                    None if earlier is None else earlier / "figures",
                    pool,
                )
                for page in business["pages"]
                for block in page["blocks"]
                if "spec" in block
            ]
            for finish in waiting:
                finish()
            waiting = started
            yield business
        # Takes a second, in which the last pictures are drawn.
        _library(earlier)
        for finish in waiting:
            finish()
    finally:
        pool.shutdown(cancel_futures=True)


def _list(businesses: Sequence[Business]) -> dict[str, Any]:
    """The table of businesses, with a link to each one's file."""
    sales = businesses[0].frame(
        """
        select business_id, sum(cast(sales_amount as double)) as sales_amount
        from core.fct_sales_lines group by business_id
        """
    )
    amounts = dict(zip(sales["business_id"], sales["sales_amount"], strict=True))
    rows = pd.DataFrame(
        {
            "business": [business.name for business in businesses],
            "orders": [business.order_count for business in businesses],
            "currency": [business.currency for business in businesses],
            "sales": [amounts.get(business.business_id) for business in businesses],
            "last_day": pd.to_datetime(
                pd.Series([business.last_sale_date for business in businesses])
            ),
        }
    )
    headings = {name: name for name in ("business", "orders", "currency", "sales")}
    table = numbered(rows, {**headings, "last_day": "last day with sales"})
    links = [f"{_slug(business.business_id)}.html" for business in businesses]
    return {**table_as_dict(table), "links": links}


def _figure_spec(block: dict[str, Any], business: str) -> dict[str, Any]:
    """One chart for a picture, with the name of the business as subtitle.

    The labels are placed here but drawn by another program. So the fonts are ones that
    are equally wide everywhere.
    """
    return {
        **block["spec"],
        "width": _FIGURE_WIDTH,
        "title": {"text": block["title"], "subtitle": business, "anchor": "start"},
        "config": {**block["spec"]["config"], "font": _FIGURE_FONT},
    }


def _start_figure(
    path: Path, spec: dict[str, Any], earlier: Path | None, pool: Executor
) -> Callable[[], object]:
    """Draw one chart as SVG, or link the earlier one if it is of the same chart.

    Returns
    -------
    callable
        Waits for the picture and writes it.
    """
    drawn = json.dumps([spec, version("vl-convert-python")])
    # An SVG file ends with the hash of what it was drawn from.
    mark = f"<!-- {_digest(drawn)} -->\n"
    if earlier is not None and _is_linked(path, earlier / path.name, mark):
        return lambda: None
    svg = pool.submit(vl_convert.vegalite_to_svg, spec)
    return lambda: path.write_text(
        _with_own_gradients(svg.result()) + mark, encoding="utf-8"
    )


def _with_own_gradients(svg: str) -> str:
    """Number the gradients of a picture from 1.

    They are numbered in the order in which a process draws pictures, which differs from
    time to time.
    """
    numbers: dict[str, int] = {}
    return re.sub(
        r'(id="|url\(#)gradient_(\d+)',
        lambda found: (
            f"{found[1]}gradient_{numbers.setdefault(found[2], len(numbers) + 1)}"
        ),
        svg,
    )


def _is_linked(path: Path, known: Path, mark: str) -> bool:
    """Make a path a link to a known file that ends with a mark, where that works."""
    if not known.is_file() or not known.read_text(encoding="utf-8").endswith(mark):
        return False
    try:
        path.hardlink_to(known)
    except OSError:
        # Some shared folders have no links.
        return False
    return True


def _old_sales(business: Business, page: str) -> list[Block]:
    if business.as_of_note is None or page not in _DATED_PAGES:
        return []
    return [overview.age_block(business)]


def _write_page(
    path: Path, report: dict[str, Any], earlier: Path | None = None
) -> None:
    """Put the data, the scripts and the charting library into a page.

    In a script element, a browser looks only for the end of the element and the start
    of a comment. Both need a ``<``, which JSON can also write as an escape.
    """
    text = json.dumps(
        report, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    page = Template(_asset("template.html")).substitute(
        report=text.replace("<", "\\u003c"),
        style="\n".join(_asset(name) for name in STYLES),
        scripts="\n".join(f"<script>\n{_asset(name)}</script>" for name in SCRIPTS),
        library=_library(earlier) if report["businesses"] else "",
    )
    path.write_text(page, encoding="utf-8")


@cache
def _asset(name: str) -> str:
    files = resources.files("retail_marts.report")
    return files.joinpath(name).read_text(encoding="utf-8")


@cache
def _library(earlier: Path | None) -> str:
    """The charting library: bundled, or as an earlier report of its version has it.

    Bundling takes a second. A copy ends with the hash of what comes before.
    """
    mark = f"// vl-convert-python {version('vl-convert-python')} "
    for page in [] if earlier is None else sorted(earlier.glob("*.html")):
        _, _, rest = page.read_text(encoding="utf-8").partition(_LIBRARY)
        code, _, digest = rest.partition("</script>")[0].rpartition(mark)
        if code and digest == _digest(code):
            return f"{code}{mark}{digest}"
    code = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    code = re.sub(r"</(?=script)", r"<\\/", code, flags=re.IGNORECASE) + "\n"
    return f"{code}{mark}{_digest(code)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _slug(text: str) -> str:
    """A business's id as part of a file's name: valid everywhere, another for each id.

    Ids may be in any script and of any length, and some disks do not distinguish upper
    case from lower case: what is not a short, simple name gets a hash of the whole id.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,59}", text):
        return text
    simple = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:40]
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{simple}-{digest}" if simple else digest
