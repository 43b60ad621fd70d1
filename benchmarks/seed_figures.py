"""All figures on the pages about the sources, in one table: published, right and ours.

    python -m benchmarks.seed_figures --data ../shared/data
    make seed-figures RAW_DATA_DIR=../shared/data

"ours" is read from the marts of the warehouse that was built from these files ("from"
names the mart), or, where a study's own model is repeated, computed from them. Where
"from" is empty, the figure comes from a procedure of a study, often a wrong one, which
no mart repeats. "right" and "published" are typed from ``sources/*.md``, next to the
data.

The exit status is 1 when ours is further from right than the tolerance of its row, 2
when there is no warehouse of these files. If the page itself has an error, the row says
"source page differs", with evidence from the files as the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
from threadpoolctl import threadpool_limits

from benchmarks import (
    published_forecasts,
    published_marts,
    published_prospects,
    published_segments,
    published_spend,
)
from benchmarks.published import (
    DIFFERS,
    LOWER,
    NOT_AS_PUBLISHED,
    OURS_ALONE,
    PAGE_DIFFERS,
    RIGHT,
    Row,
    Seed,
    shown,
)
from retail_marts.errors import InputError

PROJECT = Path(__file__).resolve().parents[1]
WAREHOUSE = PROJECT / "warehouse" / "retail_marts.duckdb"
#: The table whose number of rows shows that the files are the real ones.
KNOWN_TABLE, KNOWN_ROWS = "kalbe.transactions", 5_020

REMEDY = (
    "make build RAW_DATA_DIR=<folder of the real files>, then"
    " make seed-figures RAW_DATA_DIR=<the same folder>."
)

Rows = Callable[[Seed], Iterator[Row]]

#: Page about the source, section, and the function for its rows: in the order of pages
#: and sections.
SECTIONS: tuple[tuple[str, str, Rows], ...] = (
    ("car_dealer", "files", published_marts.car_dealer),
    ("car_dealer", "SCF", published_marts.scf),
    ("car_dealer", "clusters", published_prospects.procedure),
    ("car_dealer", "clusters", published_prospects.shares),
    ("car_dealer", "clusters of the mart", published_prospects.marts_rows),
    ("car_dealer", "spend, scaler fitted on all", published_spend.as_published),
    ("car_dealer", "spend, no leak", published_spend.without_leak),
    ("car_dealer", "spend models of the mart", published_spend.marts_rows),
    ("kalbe", "files and sales", published_marts.kalbe),
    ("kalbe", "1st forecast, right dates", published_forecasts.kalbe_first),
    (
        "kalbe",
        "1st forecast, dates misread",
        published_forecasts.kalbe_first_dates_misread,
    ),
    ("kalbe", "2nd forecast", published_forecasts.kalbe_second),
    ("kalbe", "1st segments", published_segments.kalbe_first),
    ("kalbe", "2nd segments", published_segments.kalbe_second),
    ("superstore", "files and sales", published_marts.superstore),
    ("superstore", "segments by id", published_segments.superstore),
    ("superstore", "segments by name", published_segments.superstore_names),
    ("superstore", "baskets", published_marts.superstore_baskets),
    ("umkm", "files and sales", published_marts.umkm),
    ("umkm", "segments", published_segments.umkm),
    ("umkm", "forecast", published_forecasts.umkm),
)
COLUMNS = (
    *("source", "figure", "published", "right", "ours", "tolerance", "verdict"),
    *("reason", "from"),
)
#: Verdicts in the order of the summary, with their names there.
VERDICTS = {
    RIGHT: "right",
    NOT_AS_PUBLISHED: "right, not as published",
    LOWER: "lower than right (a better optimum)",
    PAGE_DIFFERS: "where the source's page differs from its files",
    OURS_ALONE: "ours alone",
    DIFFERS: "DIFFERS",
}

Figures = list[tuple[str, str, Row]]


def open_seed(data: Path, warehouse: Path) -> Seed:
    """The files and the warehouse, after a check that they belong together.

    Raises
    ------
    InputError
        If there is no warehouse, or it was built from other files, or these are not
        the files that the figures are of.
    """
    if not warehouse.is_file():
        raise InputError(f"there is no warehouse {warehouse}.", remedy=REMEDY)
    try:
        seed = Seed(data, duckdb.connect(str(warehouse), read_only=True))
    except duckdb.IOException as error:
        raise InputError(
            f"the warehouse {warehouse} cannot be read: {error}",
            remedy="Wait until the build that writes to it has ended.",
        ) from None
    files = seed.rows(
        "select source_table, source_file, sha256, raw_line_count"
        " from core.fct_source_files"
    )
    if {row[0]: row[3] for row in files}.get(KNOWN_TABLE) != KNOWN_ROWS:
        raise InputError(
            f"the warehouse {warehouse} was built from other files than the figures:"
            f" {KNOWN_TABLE} should have {KNOWN_ROWS:,} rows.",
            remedy=REMEDY,
        )
    for _, name, digest, _ in files:
        path = seed.file(*Path(name).parts)
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                raise InputError(
                    f"the warehouse {warehouse} was not built from {path}.",
                    remedy=REMEDY,
                )
    return seed


def section_rows(seed: Seed, page: str, part: str, rows: Rows) -> Figures:
    """Rows of one section, with one thread: more threads slow small matrices down."""
    with threadpool_limits(limits=1):
        return [(page, part, row) for row in rows(seed)]


def table(figures: Figures) -> str:
    """The figures as Markdown, the columns padded to one width."""
    body = [
        (
            page,
            f"{part}: {row.figure}",
            shown(row.published),
            shown(row.right),
            row.shown_ours,
            row.shown_tolerance,
            row.verdict,
            row.reason,
            row.origin,
        )
        for page, part, row in figures
    ]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *body, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths) for cells in (COLUMNS, rule, *body))


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def summary(figures: Figures) -> str:
    """The number of figures, in total and for each verdict."""
    counts = Counter(row.verdict for _, _, row in figures)
    parts = ", ".join(f"{counts[verdict]} {name}" for verdict, name in VERDICTS.items())
    return f"{len(figures)} figures: {parts}."


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when ours differs from right, 2 without the warehouse."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.seed_figures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--warehouse",
        type=Path,
        default=Path(os.environ.get("RETAIL_MARTS_WAREHOUSE", WAREHOUSE)),
    )
    options = parser.parse_args(arguments)
    figures: Figures = []
    try:
        seed = open_seed(options.data, options.warehouse)
        for page, part, rows in SECTIONS:
            started = time.monotonic()
            figures += section_rows(seed, page, part, rows)
            seconds = time.monotonic() - started
            print(f"{page}, {part}: {seconds:.1f} s", file=sys.stderr, flush=True)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except duckdb.CatalogException as error:
        problem = f"the warehouse {options.warehouse} lacks a mart: {error}"
        print(InputError(problem, remedy=REMEDY), file=sys.stderr)
        return 2
    print(table(figures))
    print()
    print(summary(figures))
    return 0 if all(row.agrees for _, _, row in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
