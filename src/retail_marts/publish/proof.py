"""May the marts be published? Only when every test passed on the present tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Statuses of a node that allow publishing.
GOOD_STATUSES = frozenset({"success", "pass", "warn", "no-op"})
_BUILT_TYPES = frozenset({"model", "seed", "snapshot"})


@dataclass(frozen=True)
class Outcome:
    """How a node ended when dbt last ran it.

    ``invocation`` is the number of that dbt run in this warehouse: later runs have
    higher numbers, whatever the clock says. ``limited_by`` names the option
    (``--empty`` or ``--sample``) that let the run read a part of the rows only.
    """

    status: str
    message: str | None
    invocation: int
    limited_by: str | None = None


@dataclass(frozen=True)
class Runs:
    """What dbt noted in a warehouse.

    ``unfinished`` is the number of the last run that never ended (it was stopped or
    killed); None when all of them ended.
    """

    outcomes: Mapping[str, Outcome]
    unfinished: int | None = None


def doubts(
    manifest: Mapping[str, Any], runs: Runs, *, published: Collection[str]
) -> Sequence[str]:
    """List the reasons why the marts may not be published; empty when there are none.

    Parameters
    ----------
    manifest
        dbt's manifest.
    runs
        The last outcome of each node, and the last run that did not end.
    published
        The unique ids of the models to publish. These, the nodes that they are built
        from, and the tests on both must have succeeded. Other nodes do not matter.

    Returns
    -------
    sequence of str
        One line per reason: first what failed, then what could not be proven (skipped
        nodes, for example), each sorted by the nodes' ids. A table or test does not
        count when a node that it reads was built again after it.
    """
    nodes = manifest["nodes"]
    covered = _with_ancestors(nodes, published)
    newest = _data_invocations(nodes, runs.outcomes)
    failed: list[str] = []
    unproven: list[str] = []
    for unique_id in sorted(nodes):
        node = nodes[unique_id]
        if not _must_succeed(node, unique_id, covered):
            continue
        doubt = _doubt(node, unique_id, runs, newest)
        if doubt is not None:
            line = f"{node['resource_type']} {node['name']} {doubt}"
            (failed if has_failed(runs.outcomes.get(unique_id)) else unproven).append(
                line
            )
    return [*failed, *unproven]


def has_failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status not in GOOD_STATUSES | {"skipped"}


def _with_ancestors(
    nodes: Mapping[str, Mapping[str, Any]], published: Collection[str]
) -> set[str]:
    """The published models, and all nodes and sources that they are built from."""
    found: set[str] = set()
    waiting = list(published)
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in found:
            found.add(unique_id)
            waiting += _parents(nodes.get(unique_id, {}))
    return found


def _must_succeed(
    node: Mapping[str, Any], unique_id: str, covered: Collection[str]
) -> bool:
    if not node.get("config", {}).get("enabled", True):
        return False
    if node["resource_type"] in _BUILT_TYPES:
        return unique_id in covered and not _is_ephemeral(node)
    if node["resource_type"] != "test":
        return False
    # A generic test belongs to one model, though it may compare it with another. A
    # singular test belongs to all the models that it reads.
    attached = node.get("attached_node")
    belongs_to = [attached] if attached else _parents(node)
    return bool(belongs_to) and set(belongs_to) <= set(covered)


def _data_invocations(
    nodes: Mapping[str, Mapping[str, Any]], outcomes: Mapping[str, Outcome]
) -> Mapping[str, int]:
    """Number of the last run that changed the rows of each node or source.

    A view shows what the nodes below it hold now. A source's files are read again
    whenever a model on it is built.
    """
    numbers: dict[str, int] = {}
    for unique_id, node in nodes.items():
        outcome = outcomes.get(unique_id)
        if outcome is None or outcome.status == "skipped":
            continue
        if node["resource_type"] != "model":
            continue
        for parent in _parents(node):
            if parent.startswith("source."):
                numbers[parent] = max(numbers.get(parent, 0), outcome.invocation)

    def number(unique_id: str) -> int:
        if unique_id not in numbers:
            node = nodes.get(unique_id, {})
            outcome = outcomes.get(unique_id)
            own = 0 if outcome is None else outcome.invocation
            below = map(number, _parents(node)) if _is_view(node) else ()
            numbers[unique_id] = max([own, *below])
        return numbers[unique_id]

    return {unique_id: number(unique_id) for unique_id in [*nodes, *numbers]}


def _doubt(
    node: Mapping[str, Any], unique_id: str, runs: Runs, newest: Mapping[str, int]
) -> str | None:
    outcome = runs.outcomes.get(unique_id)
    verb = "ran" if node["resource_type"] == "test" else "was built"
    if runs.unfinished is not None and (
        outcome is None or outcome.invocation < runs.unfinished
    ):
        return "is not proven: the last dbt run ended before it was complete"
    if outcome is None:
        return "has no result in this warehouse yet"
    if outcome.status not in GOOD_STATUSES:
        return f"ended with {outcome.status}"
    if outcome.limited_by is not None:
        return f"{verb} with {outcome.limited_by}, which reads a part of the rows only"
    if not _is_view(node):
        for parent in _parents(node):
            if newest.get(parent, 0) > outcome.invocation:
                return f"{verb} before {_short(parent)} was built again"
    return None


def _parents(node: Mapping[str, Any]) -> list[str]:
    return list(node.get("depends_on", {}).get("nodes", []))


def _is_view(node: Mapping[str, Any]) -> bool:
    return _is_ephemeral(node) or _materialized(node) == "view"


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return _materialized(node) == "ephemeral"


def _materialized(node: Mapping[str, Any]) -> object:
    return node.get("config", {}).get("materialized")


def _short(unique_id: str) -> str:
    """A node's name as people know it: model.retail_marts.fct_orders -> fct_orders."""
    return unique_id.split(".", 2)[-1]
