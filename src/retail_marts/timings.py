"""When each node of the last dbt command ran, as a table with a timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from retail_marts.errors import InputError

#: Nodes that are shown, and the width of the timeline in characters.
_SHOWN, _WIDTH = 20, 40


class _Node(NamedTuple):
    name: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def timing_lines(results: Path) -> Iterator[str]:
    """The slowest nodes in the order in which they started.

    Parameters
    ----------
    results
        dbt's ``run_results.json``.

    Raises
    ------
    InputError
        When the file is missing or is not one of dbt's.
    """
    try:
        run = json.loads(results.read_text(encoding="utf-8"))
        nodes = [*_nodes(run["results"])]
        command, total = run["args"]["which"], float(run["elapsed_time"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{results} has no times of a dbt command: {error}.",
            remedy="Run `dbt build` to its end.",
        ) from None
    if not nodes:
        yield f"The last `dbt {command}` ran no node."
        return
    first = min(node.start for node in nodes)
    span = max(node.end for node in nodes) - first
    work = sum(node.seconds for node in nodes)
    yield (
        f"The last `dbt {command}` took {total:.1f} s: {total - span:.1f} s before and "
        f"after its nodes, {span:.1f} s for {len(nodes)} nodes, of which "
        f"{work / max(span, 0.001):.1f} ran at a time."
    )
    slowest = sorted(nodes, key=lambda node: -node.seconds)[:_SHOWN]
    width = max(len(node.name) for node in slowest)
    yield f"{'start s':>8} {'end s':>7} {'seconds':>8}  {'node':{width}}  timeline"
    for node in sorted(slowest, key=lambda node: node.start):
        start, end = node.start - first, node.end - first
        place = int(start / max(span, 0.001) * _WIDTH)
        length = max(round(node.seconds / max(span, 0.001) * _WIDTH), 1)
        bar = (" " * min(place, _WIDTH - 1) + "#" * length)[:_WIDTH]
        yield (
            f"{start:8.1f} {end:7.1f} {node.seconds:8.1f}  {node.name:{width}}  {bar}"
        )
    rest = len(nodes) - len(slowest)
    if rest:
        others = work - sum(node.seconds for node in slowest)
        yield f"{rest} other nodes: {others:.1f} s"


def _nodes(results: list[dict[str, Any]]) -> Iterator[_Node]:
    for one in results:
        # A node that was skipped has no times.
        times = [
            datetime.fromisoformat(step[end]).timestamp()
            for step in one["timing"]
            for end in ("started_at", "completed_at")
            if step["name"] == "execute"
        ]
        if times:
            kind, _, name, *_ = one["unique_id"].split(".")
            shown = name if kind == "model" else f"{kind} {name}"
            yield _Node(shown, *times)
