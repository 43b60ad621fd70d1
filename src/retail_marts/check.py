"""What a build would read, checked in seconds: the settings and every file's header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import yaml

from retail_marts import raw_tables
from retail_marts.errors import InputError
from retail_marts.package import package_folder
from retail_marts.settings import Settings, project_settings
from retail_marts.settings.errors import Fault, error_of
from retail_marts.settings.reading import known_businesses


def check_project(project: Path) -> list[str]:
    """Check a project's settings and the headers of its files, not the warehouse.

    Parameters
    ----------
    project
        The project's folder.

    Returns
    -------
    list of str
        Lines that say what would be built.

    Raises
    ------
    InputError
        Naming every setting that is wrong or, when none is, every file.
    """
    # Paths in the settings are relative to the project folder.
    with chdir(project):
        return _check_here()


def _check_here() -> list[str]:
    settings = project_settings(Path())
    faults: list[Fault] = []
    lines = []
    for found in _checks(settings):
        if isinstance(found, Fault):
            faults.append(found)
        else:
            lines.append(found)
    if faults:
        raise error_of(faults)
    businesses = [
        name
        for name in known_businesses(settings)
        if name in settings.sources or name in settings.mapped_sources
    ]
    in_files = [
        source.name for source in settings.mapped() if source.has_business_column
    ]
    if in_files:
        businesses.append(f"those that the files of {', '.join(in_files)} name")
    return [
        "The settings are right. `dbt build` would read:",
        *(lines or ["  nothing: no source is named"]),
        f"Businesses: {', '.join(businesses) or 'none'}",
    ]


def _checks(settings: Settings) -> Iterator[str | Fault]:
    """A line for each file that would be read, or what is wrong with it."""
    folder = Path(settings.raw_data_dir)
    for source, table in _shipped_tables(settings):
        path = folder / source / table["file"]
        try:
            raw_tables.check_shipped(
                path,
                columns=table["columns"],
                separator=table["separator"],
                encoding=table["encoding"],
            )
        except InputError as error:
            yield Fault(error.problem, error.remedy)
        else:
            what = f"{source}.{table['name']}"
            yield _line(what, str(path), path.stat().st_size, table["columns"])
    for entry in [*settings.mapped(), *settings.mapped_population_sources()]:
        for kind, file in entry.files.items():
            try:
                checked = raw_tables.check_mapped(file)
            except InputError as error:
                yield Fault(error.problem, error.remedy)
            else:
                for place, size, missing in checked:
                    columns = [
                        f"{ours} ({its})"
                        for ours, its in file.columns.items()
                        if ours not in missing
                    ]
                    lacks = [f"{ours} ({file.columns[ours]})" for ours in missing]
                    yield _line(f"{kind} of {entry.name}", place, size, columns) + (
                        f"; lacks the optional {', '.join(lacks)}" if lacks else ""
                    )


def _line(what: str, place: str, size: int | None, columns: list[str]) -> str:
    shown = "" if size is None else f", {_size(size)}"
    return f"  {what}: {place}{shown}: {', '.join(columns)}"


def _size(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _shipped_tables(
    settings: Settings,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of the shipped sources that are read, as their yml describes them."""
    models = package_folder() / "models" / "staging"
    for source in settings.sources:
        path = models / source / f"_{source}__sources.yml"
        (described,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
        for table in described["tables"]:
            meta = {**described["config"]["meta"], **table["config"]["meta"]}
            yield source, {**meta, "name": table["name"]}
