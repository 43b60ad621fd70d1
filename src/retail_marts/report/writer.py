"""Write the report and its pictures from a published DuckDB file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import altair as alt
import vl_convert

from retail_marts.report.blocks import Block
from retail_marts.report.marts_reader import (
    Business,
    busiest_of,
    businesses_of,
    opened,
)
from retail_marts.report.pages import (
    baskets,
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
    ("sales", "Sales", sales.blocks),
    ("explore", "Explore", explore.blocks),
    ("forecast", "Forecast", forecast.blocks),
    ("segments", "Segments", segments.blocks),
    ("baskets", "Baskets", baskets.blocks),
    ("prospects", "Prospects", prospects.blocks),
)
#: Pages that say so if the last sale is old.
_DATED_PAGES = ("overview", "forecast", "segments", "baskets")
#: Width of a picture in pixels: half a slide, or a phone in landscape.
_FIGURE_WIDTH = 900
_FIGURE_FONT = "Arial, Liberation Sans, Helvetica, sans-serif"


def write_report(database: Path, folder: Path, *, footer: str) -> None:
    """Write ``index.html`` and ``figures/`` into a folder.

    Parameters
    ----------
    database
        The published DuckDB file. It holds no private columns.
    folder
        The folder to create.
    footer
        One line that says which version the figures come from.
    """
    alt.data_transformers.disable_max_rows()
    figures = folder / "figures"
    figures.mkdir(parents=True)
    businesses = []
    with opened(database) as connection:
        first = busiest_of(connection)
        for business in businesses_of(connection):
            pages = []
            for key, title, build in PAGES:
                parts = [*_old_sales(business, key), *build(business)]
                found = [block.as_dict() for block in parts]
                pages.append({"key": key, "title": title, "blocks": found})
                for block in found:
                    if "spec" in block:
                        name = f"{_slug(business.business_id)}-{key}-{block['key']}.svg"
                        _write_figure(figures / name, block, business.name)
            businesses.append(
                {"id": business.business_id, "name": business.name, "pages": pages}
            )
    (folder / "index.html").write_text(
        _page({"businesses": businesses, "first": first, "footer": footer}),
        encoding="utf-8",
    )


def _write_figure(path: Path, block: dict[str, Any], business: str) -> None:
    """Write one chart as SVG, with the name of the business as subtitle.

    The labels are placed here but drawn by another program. So the fonts are ones that
    are equally wide everywhere.
    """
    spec = {
        **block["spec"],
        "width": _FIGURE_WIDTH,
        "title": {"text": block["title"], "subtitle": business, "anchor": "start"},
        "config": {**block["spec"]["config"], "font": _FIGURE_FONT},
    }
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")


def _old_sales(business: Business, page: str) -> list[Block]:
    if business.as_of_note is None or page not in _DATED_PAGES:
        return []
    note = business.as_of_note
    text = f"{note[:1].upper()}{note[1:]}."
    return [Block("as_of", "The data is old", text, is_wide=True)]


def _page(report: dict[str, Any]) -> str:
    """Put the data and the charting library into the page.

    In a script element, a browser looks only for the end of the element and the start
    of a comment. Both need a ``<``, which JSON can also write as an escape.
    """
    text = json.dumps(
        report, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    template = Template(
        resources.files("retail_marts.report")
        .joinpath("template.html")
        .read_text(encoding="utf-8")
    )
    library = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return template.substitute(
        report=text.replace("<", "\\u003c"),
        library=re.sub(r"</(?=script)", r"<\\/", library, flags=re.IGNORECASE),
    )


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
