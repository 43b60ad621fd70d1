"""Superset's import bundle: a database, datasets, charts and dashboards."""

from __future__ import annotations

import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from retail_marts.clients.meta import Aggregation, Format, Role
from retail_marts.clients.metrics import Metric, metrics_of
from retail_marts.clients.superset_charts import DASHBOARDS, Chart, Dashboard, Kind

if TYPE_CHECKING:
    from retail_marts.publish.marts import Column, Mart

BUNDLE = "retail_marts.zip"
#: Where Superset finds the marts, from the folder in which it was started. Read-only:
#: a client that opens the file to write locks all others out.
ADDRESS = "duckdb:///published/current/retail_marts.duckdb?access_mode=read_only"

_Item = dict[str, Any]
#: The writer in C takes a tenth of the time. Wheels of PyYAML have it.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_VERSION = "1.0.0"
_NAMESPACE = uuid.UUID("0d6b6f0e-5d2b-5f0c-9f55-6d3a3f7a3c11")
_CERTIFICATION = {
    "certified_by": "Retail Marts",
    "details": "Published only after every test on it passed.",
}
_CERTIFIED = {
    "certified_by": _CERTIFICATION["certified_by"],
    "certification_details": _CERTIFICATION["details"],
}
#: Formats of d3, which Superset's charts use.
_FORMATS: Mapping[Format | None, str] = {
    Format.MONEY: ",.2f",
    Format.COUNT: ",.0f",
    Format.PERCENT: ".1%",
    Format.NUMBER: ",.4~r",
}
#: Series that stand beside each other in several charts of a dashboard.
_COLOURS: Mapping[str, str] = {
    "Actual amount": "#1FA8C9",
    "Actual value": "#1FA8C9",
    "Forecast amount": "#454E7C",
    "Forecast value": "#454E7C",
    "Lower 80": "#A1A6BD",
    "Upper 80": "#A1A6BD",
}
_NUMBERS = ("integer", "bigint", "double", "decimal")
#: Rows of a dashboard are this high, in Superset's units of 8 pixels.
_HEIGHTS = {Kind.NUMBER: 18}
_HEIGHT = 50
_MOST_ROWS = 1000
_TABLE_PAGE = 20


def write_bundle(
    path: Path, marts: Sequence[Mart], manifest: Mapping[str, Any]
) -> None:
    """Write the bundle for Superset's command ``import-dashboards``.

    The same marts give the same bytes.

    Parameters
    ----------
    path
        The zip to write.
    marts
        The published marts, with the columns that readers get.
    manifest
        dbt's manifest, for the metrics of the semantic layer.
    """
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in sorted(bundle_files(marts, manifest).items()):
            # A ZipInfo has no time of its own, which would differ in every bundle.
            bundle.writestr(
                zipfile.ZipInfo(f"retail_marts/{name}"),
                yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True),
            )


def bundle_files(
    marts: Sequence[Mart], manifest: Mapping[str, Any]
) -> dict[str, _Item]:
    """The files of the bundle, by their path in it.

    Charts on marts that are not published are left out.
    """
    known = metrics_of(manifest)
    by_name = {mart.full_name: mart for mart in marts}
    metrics = {
        mart.full_name: _metrics(mart, known.get(mart.unique_id, ())) for mart in marts
    }
    files: dict[str, _Item] = {
        "metadata.yaml": {"version": _VERSION, "type": "Dashboard"},
        "databases/retail_marts.yaml": _database(),
    }
    for mart in marts:
        files[f"datasets/retail_marts/{mart.schema}_{mart.name}.yaml"] = _dataset(
            mart, metrics[mart.full_name]
        )
    number = 0
    for dashboard in DASHBOARDS:
        rows = [
            [chart for chart in row if chart.mart in by_name] for row in dashboard.rows
        ]
        charts = [chart for row in rows for chart in row]
        if not charts or dashboard.businesses not in by_name:
            continue
        ids = {}
        for chart in charts:
            number += 1
            ids[chart.title] = number
            files[f"charts/{dashboard.area}_{_slug(chart.title)}.yaml"] = _chart(
                dashboard, chart, by_name[chart.mart], metrics[chart.mart]
            )
        files[f"dashboards/{dashboard.area}.yaml"] = _dashboard(
            dashboard, [row for row in rows if row], ids, by_name
        )
    return files


def _database() -> _Item:
    return {
        "database_name": "Retail Marts",
        "sqlalchemy_uri": ADDRESS,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": _uuid("database"),
        "version": _VERSION,
    }


# --- datasets ---


def _dataset(mart: Mart, metrics: Mapping[str, _Item]) -> _Item:
    return {
        "table_name": mart.name,
        "main_dttm_col": mart.time_column,
        "description": mart.description,
        "schema": mart.schema,
        "sql": None,
        "filter_select_enabled": True,
        "extra": {"certification": _CERTIFICATION},
        "uuid": _uuid("dataset", mart.full_name),
        "metrics": list(metrics.values()),
        "columns": [_column(column) for column in _shown(mart)],
        "version": _VERSION,
        "database_uuid": _uuid("database"),
    }


def _shown(mart: Mart) -> Iterator[Column]:
    """The columns that Superset can show: lists have no type there."""
    return (column for column in mart.columns if not column.data_type.endswith("[]"))


def _column(column: Column) -> _Item:
    return {
        "column_name": column.name,
        "verbose_name": _words(column.name),
        "is_dttm": column.data_type in {"date", "timestamp"},
        "is_active": True,
        "type": "VARCHAR" if column.data_type == "string" else column.data_type.upper(),
        "groupby": column.meaning.role is Role.DIMENSION,
        "filterable": True,
        "expression": None,
        "description": column.description or None,
    }


def _metrics(mart: Mart, known: Sequence[Metric]) -> dict[str, _Item]:
    """The metrics of the semantic layer, and one for each measure, by their names."""
    found = {
        metric.name: _metric(
            metric.name, metric.label, metric.description, metric.sql, metric.format
        )
        for metric in known
    }
    for metric in found.values():
        metric["extra"]["certification"] = _CERTIFICATION
    for column in _shown(mart):
        if column.meaning.role is Role.MEASURE:
            name, sql = _aggregated(column)
            found[name] = _metric(
                name,
                _words(column.name),
                column.description,
                sql,
                column.meaning.format,
            )
    found["rows"] = _metric("rows", "Rows", "Number of rows.", "count(*)", Format.COUNT)
    if mart.never_added_across:
        choose = ", ".join(f"`{column}`" for column in mart.never_added_across)
        for metric in found.values():
            metric["extra"]["warning_markdown"] = (
                f"Filter or group by {choose} first: other values show the same again."
            )
    return found


def _metric(
    name: str, label: str, description: str, sql: str, format_: Format | None
) -> _Item:
    return {
        "metric_name": name,
        "verbose_name": label,
        "metric_type": None,
        "expression": sql,
        "description": description or None,
        "d3format": _FORMATS.get(format_),
        "extra": {},
    }


def _aggregated(column: Column) -> tuple[str, str]:
    """The name of a measure's metric, and its SQL."""
    function = "avg" if column.meaning.aggregation is Aggregation.AVERAGE else "sum"
    quoted = '"' + column.name.replace('"', '""') + '"'
    return f"{function}_{column.name}", f"{function}({quoted})"


# --- charts ---


def _chart(
    dashboard: Dashboard, chart: Chart, mart: Mart, metrics: Mapping[str, _Item]
) -> _Item:
    return {
        "slice_name": chart.title,
        "description": mart.description,
        **_CERTIFIED,
        "viz_type": chart.kind.value,
        "params": {
            "viz_type": chart.kind.value,
            "adhoc_filters": _filters(chart, mart),
            "row_limit": _MOST_ROWS if chart.kind is Kind.TABLE else 10_000,
            "extra_form_data": {},
            **_drawn(chart, mart, metrics),
        },
        "cache_timeout": None,
        "uuid": _chart_uuid(dashboard, chart),
        "version": _VERSION,
        "dataset_uuid": _uuid("dataset", mart.full_name),
    }


def _filters(chart: Chart, mart: Mart) -> list[_Item]:
    found: list[_Item] = [
        {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": column,
            **(
                {"operator": "IS TRUE", "operatorId": "IS_TRUE"}
                if value is True
                else {
                    "operator": "==",
                    "operatorId": "EQUALS",
                    "comparator": value,
                }
            ),
        }
        for column, value in chart.where.items()
    ]
    if mart.time_column:
        # The filter for dates of a dashboard takes the place of this one.
        found.append(
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": mart.time_column,
                "operator": "TEMPORAL_RANGE",
                "comparator": "No filter",
            }
        )
    return found


def _drawn(chart: Chart, mart: Mart, metrics: Mapping[str, _Item]) -> _Item:
    """What only charts of this kind have."""
    columns = {column.name: column for column in mart.columns}
    if chart.kind is Kind.TABLE:
        return {
            "query_mode": "raw",
            "all_columns": list(chart.columns),
            "order_by_cols": [
                json.dumps([name.removeprefix("-"), not name.startswith("-")])
                for name in chart.order
            ],
            "server_page_length": _TABLE_PAGE,
            "page_length": _TABLE_PAGE,
            "include_search": True,
            "show_cell_bars": False,
            "table_timestamp_format": "%Y-%m-%d",
            "column_config": {
                name: {"d3NumberFormat": _FORMATS[columns[name].meaning.format]}
                for name in chart.columns
                if columns[name].meaning.format
            },
        }
    names = [
        name if name in metrics else _aggregated(columns[name])[0]
        for name in chart.metrics
    ]
    shown = metrics[names[0]]["d3format"] or "SMART_NUMBER"
    if chart.kind is Kind.NUMBER:
        return {
            "metric": names[0],
            "header_font_size": 0.4,
            "y_axis_format": shown if shown == ".1%" else "SMART_NUMBER",
        }
    assert chart.x is not None
    on_dates = columns[chart.x].data_type == "date"
    on_numbers = columns[chart.x].data_type.startswith(_NUMBERS)
    return {
        "x_axis": chart.x,
        "time_grain_sqla": None,
        "metrics": names,
        "groupby": list(chart.by),
        # Words are sorted by the figure, dates and numbers by themselves.
        "x_axis_sort": chart.x if on_dates or on_numbers else names[0],
        "x_axis_sort_asc": on_dates or on_numbers,
        "xAxisForceCategorical": not on_dates,
        "orientation": "vertical" if on_dates or on_numbers else "horizontal",
        "stack": "Stack" if chart.is_stacked else None,
        "order_desc": True,
        "truncate_metric": True,
        "show_legend": len(names) > 1 or bool(chart.by),
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        # A line of one month is not drawn at all.
        "markerEnabled": chart.kind is Kind.LINE,
        "markerSize": 4,
        "color_scheme": "supersetColors",
        "x_axis_time_format": "%Y-%m-%d",
        "tooltipTimeFormat": "%Y-%m-%d",
        "y_axis_format": shown if shown == ".1%" else "SMART_NUMBER",
        "comparison_type": "values",
        "annotation_layers": [],
    }


# --- dashboards ---


def _dashboard(
    dashboard: Dashboard,
    rows: Sequence[Sequence[Chart]],
    ids: Mapping[str, int],
    marts: Mapping[str, Mart],
) -> _Item:
    charts = [chart for row in rows for chart in row]
    without_business = [
        ids[chart.title]
        for chart in charts
        if all(column.name != "business_id" for column in marts[chart.mart].columns)
    ]
    without_dates = [
        ids[chart.title] for chart in charts if not marts[chart.mart].time_column
    ]
    filters = [
        # One business, always: amounts of several have several currencies.
        _filter(
            "Business",
            "filter_select",
            target={
                "column": {"name": "business_id"},
                "datasetUuid": _uuid("dataset", dashboard.businesses),
            },
            excluded=without_business,
            controls={
                "enableEmptyFilter": True,
                "defaultToFirstItem": True,
                "multiSelect": False,
                "searchAllOptions": False,
                "inverseSelection": False,
                "sortAscending": True,
            },
        )
    ]
    if len(without_dates) < len(charts):
        controls = {"enableEmptyFilter": False}
        filters.append(
            _filter(
                "Dates",
                "filter_time",
                target={},
                excluded=without_dates,
                controls=controls,
            )
        )
    return {
        "dashboard_title": f"Retail Marts: {dashboard.title}",
        "description": dashboard.description,
        "css": "",
        "slug": f"retail-marts-{dashboard.area}",
        **_CERTIFIED,
        "published": True,
        "uuid": _uuid("dashboard", dashboard.area),
        "position": _position(dashboard, rows, ids),
        "metadata": {
            "color_scheme": "supersetColors",
            "refresh_frequency": 0,
            "cross_filters_enabled": False,
            "label_colors": dict(_COLOURS),
            "native_filter_configuration": filters,
        },
        "version": _VERSION,
    }


def _filter(
    name: str,
    kind: str,
    *,
    target: _Item,
    excluded: Sequence[int],
    controls: _Item,
) -> _Item:
    return {
        "id": f"NATIVE_FILTER-{name.lower()}",
        "name": name,
        "type": "NATIVE_FILTER",
        "filterType": kind,
        "description": "",
        "targets": [target],
        "controlValues": controls,
        # Charts wait for the first value, instead of adding up all businesses first.
        "requiredFirst": bool(controls.get("defaultToFirstItem")),
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": list(excluded)},
    }


def _position(
    dashboard: Dashboard, rows: Sequence[Sequence[Chart]], ids: Mapping[str, int]
) -> _Item:
    """The layout: rows of charts below a header."""
    parents = ["ROOT_ID", "GRID_ID"]
    row_ids = [f"ROW-{number}" for number in range(1, len(rows) + 1)]
    position: _Item = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": f"Retail Marts: {dashboard.title}"},
        },
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "children": row_ids,
            "parents": parents[:1],
        },
    }
    for row_id, row in zip(row_ids, rows, strict=True):
        position[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": [f"CHART-{ids[chart.title]}" for chart in row],
            "parents": list(parents),
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart in row:
            chart_id = f"CHART-{ids[chart.title]}"
            position[chart_id] = {
                "type": "CHART",
                "id": chart_id,
                "children": [],
                "parents": [*parents, row_id],
                "meta": {
                    "chartId": ids[chart.title],
                    "uuid": _chart_uuid(dashboard, chart),
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": _HEIGHTS.get(chart.kind, _HEIGHT),
                },
            }
    return position


def _chart_uuid(dashboard: Dashboard, chart: Chart) -> str:
    return _uuid("chart", dashboard.area, chart.title)


def _uuid(*parts: str) -> str:
    """The same id in every bundle: an import replaces what an older one made."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def _slug(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
