"""Whether a build would make again what is published.

A state is a hash of all that the marts are made from: files, settings, code, packages,
the day. A note beside the warehouse says of which state the published set is.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from retail_marts.landing.places import find_files
from retail_marts.package import package_code, package_folder
from retail_marts.private_files import KEY_FILE
from retail_marts.settings import Settings, project_settings
from retail_marts.settings.mapped_files import MappedFile
from retail_marts.settings.reading import PACKAGE

#: Where dbt looks for files, unless dbt_project.yml names other folders.
_FOLDERS = {
    "model-paths": ["models"],
    "seed-paths": ["seeds"],
    "macro-paths": ["macros"],
    "test-paths": ["tests"],
    "snapshot-paths": ["snapshots"],
}
_FILES = ("dbt_project.yml", "packages.yml", "package-lock.yml", "profiles.yml")
#: Their variables change what a build reads or writes.
_PREFIXES = ("RETAIL_MARTS_", "DBT_")


def state_of(project: Path) -> str | None:
    """A hash of all that the marts of a project are made from.

    Parameters
    ----------
    project
        The project folder.

    Returns
    -------
    str or None
        None if it cannot be known: an entry reads a model of the project.

    Raises
    ------
    InputError
        When a setting is wrong or a file is missing.
    """
    settings = project_settings(project)
    sources = [*settings.mapped(), *settings.mapped_population_sources()]
    mapped = [file for source in sources for file in source.files.values()]
    if any(file.model is not None for file in mapped):
        return None
    known = {
        "settings": settings.model_dump_json(),
        "days": _days(settings),
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(_PREFIXES)
        },
        "packages": sorted(f"{one.name} {one.version}" for one in distributions()),
        "python": platform.python_version(),
        "code": package_code(),
    }
    digest = hashlib.sha256(json.dumps(known).encode())
    for path in (
        *_project_files(project),
        *_project_files(package_folder()),
        *(
            path
            for source in settings.sources
            for path in _files_below(project / settings.raw_data_dir / source)
        ),
        *(path for file in mapped for path in _mapped_files(project, file)),
    ):
        digest.update(f"{path}\0".encode())
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _days(settings: Settings) -> list[str]:
    """The day of the build in each time zone that an entry has."""
    now = datetime.now(UTC)
    zones = {
        "UTC",
        *(business.time_zone for business in settings.businesses.values()),
        *(entry.time_zone for entry in settings.mapped_sources.values()),
    }
    return [now.astimezone(ZoneInfo(zone)).date().isoformat() for zone in sorted(zones)]


def _project_files(project: Path) -> Iterator[Path]:
    stated = yaml.safe_load((project / "dbt_project.yml").read_text("utf-8"))
    folders = [
        folder for name, usual in _FOLDERS.items() for folder in stated.get(name, usual)
    ]
    yield from (project / name for name in _FILES)
    for folder in (*folders, "profiles"):
        yield from _files_below(project / folder)


def _mapped_files(project: Path, mapped: MappedFile) -> Iterator[Path]:
    if mapped.database is not None:
        path = project / mapped.database
        # Committed rows may still be in the write-ahead log.
        yield from (path, path.with_name(f"{path.name}.wal"))
    else:
        paths = [str(project / path) for path in mapped.path]
        yield from (one.path for one in find_files(paths, setting=mapped.setting))


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def note_published(
    state: str, *, warehouse: Path, version: Path, manifest: Path
) -> None:
    """Note that a published version was made from a state, in this warehouse.

    Parameters
    ----------
    state
        As :func:`state_of` gives it, before the build and still after it.
    warehouse
        The private warehouse, beside which the note is.
    version
        The folder of the published version.
    manifest
        dbt's ``manifest.json``. With models that are not ours, which may read
        anything, there is no note.
    """
    path = _note_path(warehouse)
    nodes = json.loads(manifest.read_bytes())["nodes"].values()
    if any(
        one["resource_type"] == "model" and one["package_name"] != PACKAGE
        for one in nodes
    ):
        path.unlink(missing_ok=True)
        return
    # A new file, which is renamed: a note is whole or missing.
    written = path.with_name(f"{path.name}.new")
    written.write_text(json.dumps(_note(state, warehouse, version)), encoding="utf-8")
    written.chmod(0o600)
    written.replace(path)


def is_published(state: str, *, warehouse: Path, version: Path) -> bool:
    """Whether a published version is of a state, and the warehouse as it was then."""
    try:
        noted = json.loads(_note_path(warehouse).read_bytes())
        return bool(noted == _note(state, warehouse, version))
    except (OSError, ValueError):
        return False


def _note_path(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.published.json")


def _note(state: str, warehouse: Path, version: Path) -> dict[str, Any]:
    stored = warehouse.stat()
    key = warehouse.with_name(KEY_FILE).read_bytes()
    return {
        "state": state,
        "version": str(version.resolve()),
        "warehouse": [stored.st_size, stored.st_mtime_ns],
        # Ids of another key have other hashes.
        "personal_key": hashlib.sha256(key).hexdigest(),
    }
