"""DuckDB: functions run in this process, with the rows of many groups at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import pandas as pd
import pyarrow as pa

from retail_marts.frames.arrow import frame_of
from retail_marts.frames.kept import INPUT_KEY, Kept, kept_results
from retail_marts.frames.schemas import (
    KIND,
    Schema,
    Schemas,
    by_kind,
    frames_of,
    stacked,
)
from retail_marts.progress import Progress, dbt_say

#: Rows of all relations that a batch of groups holds at most, unless one group alone
#: has more.
BATCH_ROWS = 200_000


class Relation(Protocol):
    """The result of ``dbt.ref()`` in a Python model (a lazy DuckDB relation)."""

    @property
    def columns(self) -> list[str]: ...

    @property
    def types(self) -> Sequence[object]: ...

    def aggregate(self, expressions: str, groups: str, /) -> Relation: ...

    def filter(self, condition: str, /) -> Relation: ...

    def project(self, expressions: str, /) -> Relation: ...

    def to_arrow_table(self) -> pa.Table: ...


def to_frame(relation: Relation) -> pd.DataFrame:
    """Read the rows of a relation; they are in this process already."""
    # Through Arrow, so that strings do not become Python objects: for ten million rows
    # with four keys, these would use six gigabytes.
    columns = zip(relation.columns, map(str, relation.types), strict=True)
    return frame_of(
        relation.project(
            ", ".join(_read(name, kind) for name, kind in columns)
        ).to_arrow_table()
    )


def _read(name: str, kind: str) -> str:
    """SQL that reads a column in a type that pandas has: no decimals, no dates."""
    quoted = _quoted(name, '"')
    if kind.startswith("DECIMAL") or kind == "HUGEINT":
        return f"{quoted}::double as {quoted}"
    return f"{quoted}::timestamp as {quoted}" if kind == "DATE" else quoted


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, 2 * mark) + mark


def run_by_group(
    session: Any,
    function: Callable[..., Any],
    relations: Mapping[str, Relation],
    *,
    by: str | None,
    schemas: Schemas,
    title: str,
    in_batches: bool,
    kept_in: Any,
    keep_fits: bool,
    settings: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
) -> Any:
    """See :func:`retail_marts.frames.run_by_group`."""
    kept = None
    if kept_in is not None:
        assert by is not None, "only results of groups are kept"
        kept = kept_results(
            session,
            kept_in,
            function,
            relations,
            by=by,
            settings=settings,
            own=own,
            keeps=keep_fits,
        )
        if kept.found:
            is_changed = _is_one_of(by, kept.changed)
            relations = {
                name: one.filter(is_changed) for name, one in relations.items()
            }
            if title:
                dbt_say(
                    f"{title}: kept for {len(kept.found)} of {len(kept.keys)} "
                    "businesses, whose data and settings did not change."
                )
            if not kept.changed:
                return _joined(session, [], schemas, by, kept)
    batches: list[list[str]] | None = None
    if in_batches and by is not None:
        batches = list(_batches(relations, by))
    results: list[dict[str, pd.DataFrame]] = []
    with Progress(title, dbt_say if title else None) as progress:
        given = {**settings, **own}
        if title:
            given["progress"] = progress
        if batches is None:
            results.append(frames_of(function(**_frames(relations), **given), schemas))
        else:
            progress.start_whole("businesses", sum(map(len, batches)))
            # Without groups, an empty table with the right columns.
            for keys in batches or [[]]:
                is_in = _is_one_of(by, keys)
                batch = {name: one.filter(is_in) for name, one in relations.items()}
                results.append(frames_of(function(**_frames(batch), **given), schemas))
    return _joined(session, results, schemas, by, kept)


def _is_one_of(by: str | None, keys: Sequence[str]) -> str:
    """A condition in SQL on the group of a row."""
    names = ", ".join(_quoted(key, "'") for key in keys)
    return f"{by} in ({names})" if keys else "false"


def _frames(relations: Mapping[str, Relation]) -> dict[str, pd.DataFrame]:
    return {name: to_frame(relation) for name, relation in relations.items()}


def _batches(relations: Mapping[str, Relation], by: str) -> Iterator[list[str]]:
    """Sorted names of groups, in batches of at most :data:`BATCH_ROWS` rows."""
    counts: dict[str, int] = {}
    for relation in relations.values():
        table = relation.aggregate(f"{by} as name, count(*) as size", by)
        for row in table.to_arrow_table().to_pylist():
            counts[row["name"]] = counts.get(row["name"], 0) + row["size"]
    batch: list[str] = []
    size = 0
    for name in sorted(counts):
        if batch and size + counts[name] > BATCH_ROWS:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += counts[name]
    if batch:
        yield batch


def _joined(
    session: Any,
    results: Sequence[Mapping[str, pd.DataFrame]],
    schemas: Schemas,
    by: str | None,
    kept: Kept | None,
) -> Any:
    kinds = by_kind(schemas)
    if kinds is None and kept is None:
        return stacked((one[""] for one in results), cast(Schema, schemas))
    selects = []
    for kind, schema in (
        {"": cast(Schema, schemas)} if kinds is None else kinds
    ).items():
        frame = stacked((one[kind] for one in results), schema)
        if kept is not None:
            frame = frame.assign(**{INPUT_KEY: frame[by].map(kept.keys)})
        # As Arrow, which DuckDB reads without a copy, and as a lazy relation, so that
        # no wide frame is created in memory.
        session.register(
            f"result_{kind}", pa.Table.from_pandas(frame, preserve_index=False)
        )
        named = f"'{kind}' as {KIND}, " if kinds else ""
        selects.append(f"select {named}* from result_{kind}")
    if kept is not None and kept.found:
        session.register("kept_keys", pa.table({INPUT_KEY: sorted(kept.found)}))
        selects.append(
            f"select * from {kept.table} "
            f"where {INPUT_KEY} in (select {INPUT_KEY} from kept_keys)"
        )
    return session.sql(" union all by name ".join(selects))
