"""Lets the dbt runs of the tests share one parse of the project.

dbt parses every file again when ``--vars`` or the path of the warehouse differ from
those of the parse that it kept. Both differ in almost every test, but no file of this
project is parsed differently because of them: the macro ``setting`` reads nothing
while dbt parses. So a copy of one kept parse gets the checksums of the next run.
If dbt finds that they do not agree, it parses everything, which is slow but right.
"""

from __future__ import annotations

import hashlib
import json
import pprint
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.version import __version__

PROFILE = Path(__file__).resolve().parents[1] / "profiles" / "profiles.yml"
KEPT = "partial_parse.msgpack"


class ParsedProject:
    """The first parse that a run of this process kept, for the runs after it."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] | None = None

    def keep(self, target: Path) -> None:
        """Keep the parse in a target folder, unless there is one already."""
        if self._kept is None and (target / KEPT).exists():
            self._kept = msgpack.unpackb(
                (target / KEPT).read_bytes(), strict_map_key=False
            )

    def give(
        self, target: Path, *, warehouse: Path, settings: Mapping[str, Any]
    ) -> None:
        """Write the parse into a target folder, for a run with these settings."""
        entries = (
            settings.get("mapped_sources", {}),
            settings.get("mapped_populations", {}),
        )
        if self._kept is None or any("model" in json.dumps(named) for named in entries):
            # Which models an entry names is read while dbt parses.
            return
        checks = {
            **self._kept["state_check"],
            "vars_hash": _checksum(
                "\x00".join([_shown(settings), "", "", __version__])
            ),
            "profile_hash": _checksum(pprint.pformat(_connection(warehouse))),
        }
        target.mkdir(parents=True, exist_ok=True)
        (target / KEPT).write_bytes(
            msgpack.packb({**self._kept, "state_check": checks})
        )


def _shown(settings: Mapping[str, Any]) -> str:
    """``--vars`` as dbt compares it, which reads its JSON again."""
    return pprint.pformat(json.loads(json.dumps(settings)))


def _checksum(text: str) -> dict[str, str]:
    return {"name": "sha256", "checksum": hashlib.sha256(text.encode()).hexdigest()}


def _connection(warehouse: Path) -> list[tuple[str, Any]]:
    """What dbt compares of the profile."""
    output = yaml.safe_load(PROFILE.read_text())["retail_marts"]["outputs"]["dev"]
    given = {**output, "path": str(warehouse)}
    for name in ("type", "threads"):
        del given[name]
    return sorted(DuckDBCredentials.from_dict(given).connection_info())
