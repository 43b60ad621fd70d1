"""The metrics of the semantic layer as SQL on one mart, for other clients."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retail_marts.clients.meta import Format, meta_of

Node = Mapping[str, Any]

_DIMENSION = re.compile(r"{{\s*Dimension\('(\w+)__(\w+)'\)\s*}}")
_AGGREGATIONS = {
    "sum": "sum({})",
    "average": "avg({})",
    "count": "count({})",
    "count_distinct": "count(distinct {})",
    "max": "max({})",
    "min": "min({})",
}


@dataclass(frozen=True)
class Metric:
    """A metric, as SQL that is aggregated over rows of one mart."""

    name: str
    label: str
    description: str
    format: Format
    sql: str


def metrics_of(manifest: Node) -> dict[str, tuple[Metric, ...]]:
    """The metrics of each model, by its unique id.

    Metrics over time (growth, sums of 28 days) and metrics of several models are left
    out: they are not an aggregation of rows.
    """
    layer = _Layer(manifest)
    found: dict[str, list[Metric]] = {}
    for name, metric in sorted(layer.metrics.items()):
        known = layer.sql_of(name)
        if known is None:
            continue
        model, sql = known
        found.setdefault(model, []).append(
            Metric(
                name,
                metric["label"],
                " ".join(metric["description"].split()),
                Format(meta_of(metric).get("format", Format.NUMBER)),
                sql,
            )
        )
    return {model: tuple(metrics) for model, metrics in found.items()}


class _Layer:
    """The semantic layer of a manifest."""

    def __init__(self, manifest: Node) -> None:
        self.metrics = {
            metric["name"]: metric for metric in manifest.get("metrics", {}).values()
        }
        self._measures = {
            measure["name"]: (model, measure)
            for model in manifest.get("semantic_models", {}).values()
            for measure in model["measures"]
        }

    def sql_of(self, name: str) -> tuple[str, str] | None:
        """The unique id of a metric's model, and its SQL; None if it has neither."""
        metric = self.metrics[name]
        given = metric["type_params"]
        match metric["type"]:
            case "simple":
                return self._simple(given["measure"]["name"], metric["filter"])
            case "ratio":
                parts = [given["numerator"], given["denominator"]]
                names = [part["name"] for part in parts]
                expression = f"{names[0]} / nullif({names[1]}, 0)"
            case "derived":
                parts, expression = given["metrics"], given["expr"]
            case _:
                return None
        # An offset in time compares rows with other rows.
        if any(part["offset_window"] or part["offset_to_grain"] for part in parts):
            return None
        known = {part["name"]: self.sql_of(part["name"]) for part in parts}
        sql = {part: found[1] for part, found in known.items() if found}
        models = {found[0] for found in known.values() if found}
        if len(sql) < len(known) or len(models) != 1:
            return None
        names_in_it = re.compile(rf"\b({'|'.join(map(re.escape, sql))})\b")
        return models.pop(), names_in_it.sub(lambda part: sql[part[0]], expression)

    def _simple(self, measure_name: str, given: Node | None) -> tuple[str, str] | None:
        model, measure = self._measures[measure_name]
        expression = measure["expr"] or measure_name
        for condition in given["where_filters"] if given else ():
            sql = _without_jinja(condition["where_sql_template"], model)
            if sql is None:
                return None
            expression = f"case when {sql} then {expression} end"
        aggregation = _AGGREGATIONS.get(measure["agg"])
        if aggregation is None:
            return None
        return model["depends_on"]["nodes"][0], aggregation.format(expression.strip())


def _without_jinja(template: str, model: Node) -> str | None:
    """A filter with the dimensions of the model in place of Jinja."""
    dimensions = {
        dimension["name"]: dimension["expr"] or dimension["name"]
        for dimension in model["dimensions"]
    }
    named = _DIMENSION.findall(template)
    if any(
        entity != model["primary_entity"] or name not in dimensions
        for entity, name in named
    ):
        return None
    return _DIMENSION.sub(lambda part: dimensions[part[2]], template)
