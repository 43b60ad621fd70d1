"""Columns of a sales file that an entry does not use, but that say what rows mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from retail_marts.errors import InputError
from retail_marts.landing.places import find_files
from retail_marts.mapper.entry import written
from retail_marts.mapper.mapping import number_values
from retail_marts.mapper.numbers import numbers_of
from retail_marts.mapper.reading import read_table
from retail_marts.mapper.rules import (
    RETURNS,
    TOTALS,
    returns_in_columns,
    row_filters,
)
from retail_marts.mapper.tables import Table, united
from retail_marts.settings.lines import FILTER_COLUMN
from retail_marts.settings.mapped import MappedSource
from retail_marts.settings.mapped_files import MappedFile

# So much of a text file shows what its columns are.
_BYTES = 2_000_000


def unused_oddities(source: MappedSource, project: Path) -> Iterator[str]:
    """What to look at in the columns that an entry does not use.

    Parameters
    ----------
    source
        The entry.
    project
        The project folder. Paths of the entry are relative to it.
    """
    file = source.files["sales_lines"]
    tables = _tables(file, project)
    if not tables:
        return
    table = united(tables)
    known = {*table.headers}
    headers = {
        ours: header
        for ours, header in file.columns.items()
        if header in known and not ours.startswith(FILTER_COLUMN)
    }
    if "order_date" not in headers:
        # It was read otherwise than a build does.
        return
    numbers = numbers_of(number_values(table, headers))
    filtered = {
        header
        for ours, header in file.columns.items()
        if ours.startswith(FILTER_COLUMN)
    }
    for finding in row_filters(table, headers, numbers):
        (rule,) = finding.value
        # Of rows of totals in mapped columns, those that are accepted are told.
        is_told = finding.why.startswith(TOTALS) and rule["column"] in headers.values()
        if rule["column"] not in filtered and not is_told:
            are_returns = finding.why.startswith(RETURNS)
            what = "returns without a minus" if are_returns else "no sales"
            yield (
                f"the column {finding.why.partition('; ')[2]}. No filter uses it. If "
                f"some of these rows are {what}, set filters: [{written(rule)}]."
            )
    for text in returns_in_columns(table, headers, numbers):
        yield f"{text}."


def _tables(file: MappedFile, project: Path) -> list[Table]:
    """The tables of the first and the last file, as far as they can be read."""
    if file.model:
        return []
    if file.table:
        places = [Path(f"{project / str(file.database)}:{file.table}")]
    else:
        paths = [str(project / path) for path in file.path]
        found = [one.path for one in find_files(paths, setting=file.setting)]
        places = [*dict.fromkeys((found[0], found[-1]))]
    sheet = None if file.sheet is None else str(file.sheet)
    tables = []
    for place in places:
        with suppress(InputError):
            tables.append(read_table(place, sheet=sheet, most=_BYTES))
    return tables
