"""Results that a Python model keeps: those of groups whose input did not change.

A result is stored beside a key of all that it was made from. A group's rows are hashed
where they are, in the database; see docs/decisions/0019-results-of-fits-are-kept.md.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd
from pydantic import BaseModel

from retail_marts.package import package_code

#: The column of a Python model's table that holds the key of a row's input.
INPUT_KEY = "input_key"

#: Packages that results come from; one that is not installed may be later.
_PACKAGES = (
    *("duckdb", "holidays", "jax", "jaxlib", "keras", "mlxtend", "numpy", "pandas"),
    *("pyarrow", "scikit-learn", "scipy", "statsmodels"),
)


@dataclass(frozen=True)
class Kept:
    """What the last build's table has of the groups of this build.

    Attributes
    ----------
    table
        The table's name in SQL.
    keys
        Group to the key of its present input.
    found
        The keys among them that the table has.
    """

    table: str
    keys: Mapping[str, str]
    found: frozenset[str]

    @property
    def changed(self) -> list[str]:
        """The groups whose results have to be computed, sorted."""
        return sorted(name for name, key in self.keys.items() if key not in self.found)


def kept_results(
    session: Any,
    this: Any,
    function: Callable[..., Any],
    relations: Mapping[str, Any],
    *,
    by: str,
    settings: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
    keeps: bool,
) -> Kept:
    """Compare the input of each group with that of the last build.

    Parameters
    ----------
    session
        DuckDB's connection.
    this
        ``dbt.this``, the relation that the last build wrote; it may not exist.
    function, relations, by, settings, own
        As :func:`retail_marts.frames.run_by_group` takes them.
    keeps
        Whether to keep any result. Without, all groups have changed.
    """
    common = [function.__module__, function.__qualname__, _origin(), plain(settings)]
    parts: dict[str, dict[str, Any]] = {}
    for name, relation in relations.items():
        columns = [*zip(relation.columns, map(str, relation.types), strict=True)]
        common.append([name, columns])
        quoted = ", ".join(f'"{column}"' for column, _ in columns)
        # Rows come in no order. A sum and an exclusive or of their hashes have none.
        hashed = relation.aggregate(
            f"{by} as name, count(*) as size, "
            f"sum(hash({quoted})::hugeint)::varchar as total, "
            f"bit_xor(hash({quoted}))::varchar as mixed",
            by,
        )
        for row in hashed.to_arrow_table().to_pylist():
            parts.setdefault(row.pop("name"), {})[name] = row
    beginning = hashlib.sha256(_as_json(common))
    keys = {}
    for group, content in parts.items():
        digest = beginning.copy()
        values = {name: plain(given.get(group)) for name, given in own.items()}
        digest.update(_as_json([content, values]))
        keys[group] = digest.hexdigest()[:32]
    place = [this.database, this.schema, this.identifier]
    return Kept(
        ".".join(f'"{name}"' for name in place),
        keys,
        frozenset(keys.values()) & _stored_keys(session, place)
        if keeps
        else frozenset(),
    )


def _stored_keys(session: Any, place: list[str]) -> frozenset[str]:
    [(has_keys,)] = session.execute(
        "select count(*) from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? and column_name = ?",
        [*place, INPUT_KEY],
    ).fetchall()
    if not has_keys:
        return frozenset()
    table = ".".join(f'"{name}"' for name in place)
    rows = session.execute(f"select distinct {INPUT_KEY} from {table}").fetchall()
    return frozenset(key for (key,) in rows)


@cache
def _origin() -> dict[str, str]:
    """The code of this package, and what it runs on."""
    return {
        "code": package_code(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{package: _version(package) for package in _PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def plain(value: Any) -> Any:
    """A parameter as values of JSON: the same for equal parameters, in any process.

    Raises
    ------
    TypeError
        For a type whose text might differ between processes, or hide a difference.
    """
    if isinstance(value, BaseModel):
        value = dict(value)
    if isinstance(value, pd.DataFrame):
        rows = pd.util.hash_pandas_object(value, index=False)
        return [list(value.columns), sorted(map(int, rows))]
    if isinstance(value, Mapping):
        return sorted([plain(name), plain(one)] for name, one in value.items())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, pd.Timestamp | Fraction):
        return [type(value).__name__, str(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a parameter of the type {type(value).__name__} has no key")


def _as_json(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()
