"""May the marts be published? Only when every test passed on what stands there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Outcomes of a node that stand in nobody's way.
GOOD_STATUSES = frozenset({"success", "pass", "warn", "no-op"})
_PROVEN_TYPES = frozenset({"model", "seed", "test", "unit_test"})


@dataclass(frozen=True)
class Outcome:
    """What dbt last said of a node, and when that invocation began."""

    status: str
    message: str | None
    started_at: datetime


def doubts(
    manifest: Mapping[str, Any],
    outcomes: Mapping[str, Outcome],
    *,
    unfinished_since: datetime | None,
) -> Sequence[str]:
    """Why the marts may not be published; empty when every test holds.

    Parameters
    ----------
    manifest
        dbt's manifest: the nodes that must have succeeded.
    outcomes
        The last outcome of each node, by its unique id.
    unfinished_since
        When the last invocation began that never ended (it was killed); None when all
        ended. What it rebuilt is unknown, so every node must have succeeded since.

    Returns
    -------
    sequence of str
        One line per doubt: what failed, then what could not be proven (such as skipped
        nodes), each in the order of node names. A test proves nothing when a table
        that it reads was built after it ran.
    """
    nodes = {**manifest["nodes"], **manifest.get("unit_tests", {})}
    failed: list[str] = []
    unproven: list[str] = []
    for unique_id in sorted(nodes):
        node = nodes[unique_id]
        if node["resource_type"] not in _PROVEN_TYPES or not _is_enabled(node):
            continue
        doubt = _doubt(node, unique_id, outcomes, unfinished_since)
        if doubt is not None:
            line = f"{node['resource_type']} {node['name']} {doubt}"
            (failed if _has_failed(outcomes.get(unique_id)) else unproven).append(line)
    return [*failed, *unproven]


def _has_failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status not in GOOD_STATUSES | {"skipped"}


def _doubt(
    node: Mapping[str, Any],
    unique_id: str,
    outcomes: Mapping[str, Outcome],
    unfinished_since: datetime | None,
) -> str | None:
    outcome = outcomes.get(unique_id)
    if outcome is None:
        return "never ran"
    if outcome.status not in GOOD_STATUSES:
        return f"ended with {outcome.status}"
    if unfinished_since is not None and outcome.started_at < unfinished_since:
        return "ran before a build that was broken off"
    if node["resource_type"] in {"model", "seed"}:
        return None
    for parent in node["depends_on"]["nodes"]:
        built = outcomes.get(parent)
        if built is not None and built.started_at > outcome.started_at:
            return f"ran before {parent.rsplit('.', 1)[-1]} was built again"
    return None


def _is_enabled(node: Mapping[str, Any]) -> bool:
    return bool(node.get("config", {}).get("enabled", True))
