"""Which tables are published, and with which columns: read from dbt's manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from retail_marts.clients.meta import (
    Meaning,
    Relation,
    keys_and_relations,
    meaning_of,
    meta_of,
)
from retail_marts.errors import InputError

_PACKAGE = "retail_marts"
#: Materializations that leave rows in the warehouse. A view could read what the build
#: alone may read.
_STORED = frozenset({"table", "incremental"})
#: DuckDB's types by the names that contracts use.
_CONTRACT_TYPES: Mapping[str, str] = {
    "varchar": "string",
    "tinyint": "integer",
    "smallint": "integer",
    "utinyint": "integer",
    "usmallint": "integer",
    "uinteger": "bigint",
    "float": "double",
}


@dataclass(frozen=True)
class Column:
    """A column of a mart."""

    name: str
    data_type: str
    description: str
    is_personal: bool
    is_in_extracts: bool = True
    meaning: Meaning = field(default_factory=Meaning)


@dataclass(frozen=True)
class Mart:
    """A published table.

    Its columns are those of its contract. A model of the user's own has none: then
    ``columns`` holds what its yml says, until :meth:`with_stored_columns`.
    """

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    unique_id: str = ""
    is_contracted: bool = True
    #: Schema and name in the private warehouse, which a user's macros may change.
    stored_as: tuple[str, str] = ("", "")
    #: Each combination of these columns is unique.
    keys: tuple[tuple[str, ...], ...] = ()
    relations: tuple[Relation, ...] = ()
    #: Rows with different values of these columns show the same thing twice, by another
    #: model or at another level: sums need one value of each.
    never_added_across: tuple[str, ...] = ()
    #: The data source of BI tools that it belongs to (see `clients.stars`): a model of
    #: the user's own has one of its name.
    data_source: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def key_columns(self) -> frozenset[str]:
        """The columns of its keys and relations."""
        related = (relation.columns for relation in self.relations)
        return frozenset().union(*self.keys, *related)

    @property
    def time_column(self) -> str | None:
        """The date that charts over time use.

        It is the column that its yml marks with `meta: {time: true}`, or else the only
        date in the keys.
        """
        marked = [c.name for c in self.columns if c.meaning.is_time]
        keyed = frozenset().union(*self.keys)
        dates = [
            c.name for c in self.columns if c.data_type == "date" and c.name in keyed
        ]
        found = marked or dates
        return found[0] if len(found) == 1 else None

    def published(self, *, with_personal_columns: bool) -> Mart:
        """The mart as readers get it."""
        kept = tuple(
            c for c in self.columns if with_personal_columns or not c.is_personal
        )
        return replace(self, columns=kept)

    def with_stored_columns(self, stored: Mapping[str, str]) -> Mart:
        """The mart with the columns that its table has.

        Parameters
        ----------
        stored
            DuckDB's type of each column of the table, in order.
        """
        described = {column.name.lower(): column for column in self.columns}
        columns = tuple(
            replace(
                described.get(name.lower(), Column(name, "", "", is_personal=False)),
                name=name,
                data_type=_CONTRACT_TYPES.get(kind.lower(), kind.lower()),
            )
            for name, kind in stored.items()
        )
        return replace(self, columns=columns)


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
            remedy="Run `retail-marts build` first.",
        ) from None
    except ValueError as error:
        raise InputError(
            f"{path} is damaged ({error}): dbt was stopped while it wrote it.",
            remedy="Run `retail-marts build` again.",
        ) from None
    return manifest


def marts_of(manifest: Mapping[str, Any], also: Sequence[str] = ()) -> list[Mart]:
    """The marts that are published, sorted by schema and name.

    Parameters
    ----------
    manifest
        dbt's manifest.
    also
        Names of models to publish beside the public models of this package (the setting
        ``published_models``).

    Raises
    ------
    InputError
        When one of these names is not the name of a model that is stored as a table.
    """
    nodes = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model"
    ]
    for name in also:
        _refuse_unpublishable(name, nodes)
    published = [
        node
        for node in nodes
        if node["name"] in also
        or (node["package_name"] == _PACKAGE and node.get("access") == "public")
    ]
    tested = keys_and_relations(
        manifest,
        {node["unique_id"]: ".".join(_published_as(node)) for node in published},
    )
    marts = []
    for node in published:
        keys, relations = tested[node["unique_id"]]
        own = node["name"] if node["name"] in also else None
        marts.append(
            replace(
                _mart(node, manifest),
                keys=keys,
                relations=relations,
                data_source=meta_of(node).get("data_source", own),
            )
        )
    return sorted(marts, key=lambda mart: mart.full_name)


def _refuse_unpublishable(name: object, nodes: Sequence[Mapping[str, Any]]) -> None:
    named = [node for node in nodes if node["name"] == name]
    if not named:
        known = [node["name"] for node in nodes]
        close = get_close_matches(str(name), known, n=1)
        raise InputError(
            f"published_models names {name!r}, but there is no such model.",
            remedy=f"Write {close[0]} instead, or take it out."
            if close
            else "Write the name of a model, without folder and ending, or take it "
            "out.",
        )
    for node in named:
        if node["config"]["materialized"] not in _STORED:
            raise InputError(
                f"published_models names {name}, which is materialized as "
                f"{node['config']['materialized']}.",
                remedy="Materialize it as a table: `config: {materialized: table}` in "
                "its yml.",
            )


def _mart(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mart:
    is_contracted = bool(node["config"].get("contract", {}).get("enforced"))
    columns = {
        column["name"]: _column(column, model=node["name"])
        for column in node["columns"].values()
    }
    if not is_contracted:
        # Nobody has to describe the columns of a model of their own. A column with the
        # name of a personal column of ours is personal unless its yml says otherwise.
        for name in _personal_names(manifest):
            if "personal" not in meta_of(node["columns"].get(name, {})):
                known = columns.get(name, Column(name, "", "", is_personal=True))
                columns[name] = replace(known, is_personal=True)
    schema, name = _published_as(node)
    return Mart(
        schema=schema,
        name=name,
        description=_one_line(node["description"]),
        columns=tuple(columns.values()),
        unique_id=node["unique_id"],
        is_contracted=is_contracted,
        stored_as=(node["schema"], node["alias"]),
        never_added_across=tuple(meta_of(node).get("never_added_across", ())),
    )


def _published_as(node: Mapping[str, Any]) -> tuple[str, str]:
    """Schema and name for readers: of our marts always the same, by area and file."""
    package, *folders, name = node["fqn"]
    if package == _PACKAGE and folders[:1] == ["marts"]:
        return folders[-1], name
    return node["schema"], node["alias"]


def _personal_names(manifest: Mapping[str, Any]) -> Iterator[str]:
    for node in manifest["nodes"].values():
        for column in node.get("columns", {}).values():
            if meta_of(column).get("personal"):
                yield column["name"]


def _column(column: Mapping[str, Any], *, model: str) -> Column:
    meta = meta_of(column)
    return Column(
        name=column["name"],
        data_type="".join((column.get("data_type") or "").split()),
        description=_one_line(column["description"]),
        is_personal=bool(meta.get("personal")),
        is_in_extracts=bool(meta.get("in_extracts", True)),
        meaning=meaning_of(column, place=f"{model}.{column['name']}"),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
