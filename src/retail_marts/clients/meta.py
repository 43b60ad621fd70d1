"""The meaning of a mart's columns, as its yml (`config: meta`) and its tests state it.

The words in a name say nothing here: `expected_value_90d` is summed because its yml
says `meta: {sum: money}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from retail_marts.errors import InputError
from retail_marts.settings.errors import nearest

Node = Mapping[str, Any]
_Word = TypeVar("_Word", bound=StrEnum)


class Aggregation(StrEnum):
    """How clients aggregate a measure over rows, unless a person says otherwise."""

    SUM = "sum"
    AVERAGE = "average"


class Format(StrEnum):
    """How a measure is shown."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    NUMBER = "number"


class Geography(StrEnum):
    """What a column says about a place on a map."""

    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    COUNTRY = "country"
    COUNTRY_CODE = "country_code"
    STATE = "state"
    CITY = "city"


class Role(StrEnum):
    """What clients do with a column: group by it, aggregate it, or not show it."""

    DIMENSION = "dimension"
    MEASURE = "measure"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Meaning:
    """What the `meta` of a column says.

    Attributes
    ----------
    aggregation, format
        `meta: {sum: money}` states both. None for a dimension.
    geography
        Its role on a map.
    is_time
        Whether charts over time use this column; see `publish.marts.Mart.time_column`.
    is_hidden
        Whether no chart has a use for it.
    """

    aggregation: Aggregation | None = None
    format: Format | None = None
    geography: Geography | None = None
    is_time: bool = False
    is_hidden: bool = False

    @property
    def role(self) -> Role:
        if self.is_hidden:
            return Role.HIDDEN
        return Role.MEASURE if self.aggregation else Role.DIMENSION


@dataclass(frozen=True)
class Relation:
    """Columns of a mart, and the key of another mart that holds all their values."""

    columns: tuple[str, ...]
    #: The full name of the other mart, such as `core.dim_products`.
    to: str
    to_columns: tuple[str, ...]


def meta_of(described: Node) -> Mapping[str, Any]:
    """The `meta` of a model or column in dbt's manifest."""
    meta: Mapping[str, Any] = (described.get("config") or {}).get("meta") or {}
    return meta


def states_role(column: Node) -> bool:
    """Whether the yml of a column says what clients do with it."""
    return bool({*Aggregation, "role", "hidden"} & {*meta_of(column)})


def meaning_of(column: Node, *, place: str) -> Meaning:
    """Read the `meta` of a column in dbt's manifest.

    Parameters
    ----------
    column
        The column. A number without a stated role is a dimension: nothing adds it up.
    place
        Model and column, for messages.

    Raises
    ------
    InputError
        When it names an unknown format or geography, or both aggregations.
    """
    meta = meta_of(column)
    aggregations = [word for word in Aggregation if word in meta]
    if len(aggregations) > 1:
        raise InputError(
            f"the meta of {place} says both sum and average.",
            remedy="Keep one of them.",
        )
    aggregation = aggregations[0] if aggregations else None
    return Meaning(
        aggregation=aggregation,
        format=_word(Format, aggregation, meta, place),
        geography=_word(Geography, "geography", meta, place),
        is_time=bool(meta.get("time")),
        is_hidden=bool(meta.get("hidden")),
    )


def _word(
    words: type[_Word], key: str | None, meta: Mapping[str, Any], place: str
) -> _Word | None:
    if key is None or key not in meta:
        return None
    value = meta[key]
    if value in [*words]:
        return words(value)
    close = nearest(str(value), words)
    raise InputError(
        f"the meta of {place} says {key}: {value!r}.",
        remedy=(f"Did you mean {close}? " if close else "")
        + f"Use one of: {', '.join(words)}.",
    )


def keys_and_relations(
    manifest: Node, names: Mapping[str, str]
) -> dict[str, tuple[tuple[tuple[str, ...], ...], tuple[Relation, ...]]]:
    """The keys and relations of models, from the tests on them.

    Parameters
    ----------
    manifest
        dbt's manifest.
    names
        The unique ids of the models that count, and their full names.

    Returns
    -------
    dict
        A model's unique id to its keys (`unique_key`, dbt's own `unique`) and its
        relations to others of these models (`refers_to`, dbt's own `relationships`).
    """
    keys: dict[str, list[tuple[str, ...]]] = {model: [] for model in names}
    relations: dict[str, list[Relation]] = {model: [] for model in names}
    for test in manifest["nodes"].values():
        model = test.get("attached_node")
        if model not in names or not test.get("test_metadata"):
            continue
        given = test["test_metadata"]["kwargs"]
        columns = tuple(given.get("columns") or [given.get("column_name")])
        match test["test_metadata"]["name"]:
            case "unique_key" | "unique":
                keys[model].append(columns)
            case "refers_to" | "relationships":
                to = [m for m in test["depends_on"]["nodes"] if m != model]
                if len(to) == 1 and to[0] in names:
                    to_columns = given.get("to_columns") or [given.get("field")]
                    relations[model].append(
                        Relation(
                            columns,
                            names[to[0]],
                            tuple(to_columns) if to_columns != [None] else columns,
                        )
                    )
    # Sorted: the order of the manifest's tests is not promised.
    return {
        model: (
            tuple(sorted(keys[model])),
            tuple(sorted(relations[model], key=lambda r: (r.to, r.columns))),
        )
        for model in names
    }
