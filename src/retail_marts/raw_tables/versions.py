"""Versions of files: they say which files a build lands again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from retail_marts import database_files, landing
from retail_marts.database_files import database_sha256
from retail_marts.landing import FoundFile
from retail_marts.raw_tables.models import model_sha256
from retail_marts.raw_tables.sql import Cursor
from retail_marts.raw_tables.stored import Stored, file_sha256, size_and_time
from retail_marts.settings import columns, mapped, mapped_files
from retail_marts.settings.mapped_files import MappedFile


def file_versions(
    cursor: Cursor, file: MappedFile, found: Sequence[FoundFile], *, are_one: bool
) -> list[Stored]:
    """Each file with its SHA-256, and the version under which it is landed."""
    stored = []
    for path, name in found:
        size, modified_ns = (0, 0) if file.model else size_and_time(path)
        if file.model:
            sha256 = model_sha256(cursor, file)
        elif file.table is not None:
            sha256 = database_sha256(path, setting=file.setting)
        else:
            sha256 = file_sha256(path)
        partitions = FoundFile(path, name).partitions if file.path else {}
        stored.append(Stored(path, name, size, modified_ns, sha256, "", partitions))
    settings = json.dumps([asdict(file), code_version()], sort_keys=True)
    every = sorted(one.sha256 for one in stored) if are_one else []
    return [
        one._replace(
            version=hashlib.sha256(
                "".join([settings, one.sha256, *every]).encode()
            ).hexdigest()
        )
        for one in stored
    ]


@cache
def code_version() -> str:
    """A hash of the code that lands files: when it changes, files are landed again."""
    folders = (Path(str(landing.__file__)).parent, Path(__file__).parent)
    paths = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    modules = (columns, mapped_files, mapped, database_files)
    paths += [Path(str(module.__file__)) for module in modules]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
