"""Which tables are published, and with which columns: read from dbt's manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retail_marts.errors import InputError


@dataclass(frozen=True)
class Column:
    """A column of a mart's contract."""

    name: str
    data_type: str
    description: str
    is_personal: bool
    is_in_extracts: bool = True


@dataclass(frozen=True)
class Mart:
    """A contracted mart: a table of the public interface."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    def published(self, *, with_personal_columns: bool) -> Mart:
        """The mart as readers get it."""
        kept = tuple(
            c for c in self.columns if with_personal_columns or not c.is_personal
        )
        return Mart(self.schema, self.name, self.description, kept)


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Read the manifest that dbt's last command wrote.

    Raises
    ------
    InputError
        When there is none.
    """
    try:
        manifest: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist: nothing was built here yet.",
            remedy="Run `make build` (or `dbt build`) first.",
        ) from None
    except ValueError as error:
        raise InputError(
            f"{path} is damaged ({error}): dbt was stopped while it wrote it.",
            remedy="Run `make build` (or `dbt build`) again.",
        ) from None
    return manifest


def marts_of(manifest: Mapping[str, Any]) -> list[Mart]:
    """The marts that a manifest declares, by schema and name."""
    marts = [
        Mart(
            schema=node["schema"],
            name=node["name"],
            description=_one_line(node["description"]),
            columns=tuple(_column(column) for column in node["columns"].values()),
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith("marts/")
    ]
    return sorted(marts, key=lambda mart: mart.full_name)


def _column(column: Mapping[str, Any]) -> Column:
    meta = (column.get("config") or {}).get("meta", {})
    return Column(
        name=column["name"],
        data_type="".join(column["data_type"].split()),
        description=_one_line(column["description"]),
        is_personal=bool(meta.get("personal")),
        is_in_extracts=bool(meta.get("in_extracts", True)),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
