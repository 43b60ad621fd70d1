"""Superset's bundle: complete, deterministic, and with the figures of the marts.

No test here needs Superset, but the last one, which imports the bundle into a real one.
"""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import Build
from metric_figures import FIGURES, SAVED_QUERIES

from retail_marts.clients.metrics import metrics_of
from retail_marts.clients.superset import ADDRESS, bundle_files, write_bundle
from retail_marts.clients.superset_charts import DASHBOARDS
from retail_marts.publish.marts import Mart, marts_of, read_manifest

Item = dict[str, Any]
Files = Mapping[str, Item]

#: What Superset's import requires of each kind of file.
REQUIRED = {
    "databases": {
        *("database_name", "sqlalchemy_uri", "uuid", "version", "extra"),
        "allow_csv_upload",
    },
    "datasets": {
        *("table_name", "schema", "uuid", "version", "database_uuid"),
        *("columns", "metrics", "main_dttm_col"),
    },
    "charts": {"slice_name", "viz_type", "params", "uuid", "version", "dataset_uuid"},
    "dashboards": {
        *("dashboard_title", "position", "metadata", "uuid", "version", "slug"),
    },
}


@pytest.fixture(scope="module")
def manifest(sample_build: Build) -> Mapping[str, Any]:
    return read_manifest(sample_build.warehouse.parents[1] / "target" / "manifest.json")


@pytest.fixture(scope="module")
def published_marts(manifest: Mapping[str, Any]) -> list[Mart]:
    return [mart.published(with_personal_columns=False) for mart in marts_of(manifest)]


@pytest.fixture(scope="module")
def files(published_marts: list[Mart], manifest: Mapping[str, Any]) -> Files:
    return bundle_files(published_marts, manifest)


@pytest.fixture(scope="module")
def marts(
    sample_build: Build, published_marts: list[Mart]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts with the columns that readers get."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample_build.warehouse}' as private (read_only)")
        for mart in published_marts:
            columns = ", ".join(column.name for column in mart.columns)
            connection.execute(f"create schema if not exists {mart.schema}")
            connection.execute(
                f"create view {mart.full_name} as "
                f"select {columns} from private.{mart.full_name}"
            )
        yield connection


def of_kind(files: Files, kind: str) -> list[Item]:
    return [item for name, item in files.items() if name.startswith(f"{kind}/")]


def datasets(files: Files) -> dict[str, Item]:
    return {item["uuid"]: item for item in of_kind(files, "datasets")}


def table(dataset: Item) -> str:
    return f"{dataset['schema']}.{dataset['table_name']}"


# --- the bundle as a whole ---


def test_every_file_has_what_superset_requires(files: Files) -> None:
    assert files["metadata.yaml"] == {"version": "1.0.0", "type": "Dashboard"}
    for kind, required in REQUIRED.items():
        found = of_kind(files, kind)
        assert found
        for item in found:
            assert required <= item.keys()
            assert item["version"] == "1.0.0"
            uuid.UUID(item["uuid"])
    items = [item for kind in REQUIRED for item in of_kind(files, kind)]
    assert len({item["uuid"] for item in items}) == len(items)


def test_every_reference_leads_to_a_file(files: Files) -> None:
    databases = {item["uuid"] for item in of_kind(files, "databases")}
    charts = {item["uuid"]: item for item in of_kind(files, "charts")}
    assert {d["database_uuid"] for d in datasets(files).values()} == databases
    assert {chart["dataset_uuid"] for chart in charts.values()} <= {*datasets(files)}
    placed = []
    for dashboard in of_kind(files, "dashboards"):
        position = dict(dashboard["position"])
        assert position.pop("DASHBOARD_VERSION_KEY") == "v2"
        for name, part in position.items():
            assert part["id"] == name
            for child in part.get("children", []):
                assert position[child]["parents"] == [*part.get("parents", []), name]
            if part["type"] == "ROW":
                widths = [
                    position[child]["meta"]["width"] for child in part["children"]
                ]
                assert sum(widths) <= 12
        ids = {
            part["meta"]["chartId"]: part["meta"]["uuid"]
            for part in position.values()
            if part["type"] == "CHART"
        }
        placed += [*ids.values()]
        for given in dashboard["metadata"]["native_filter_configuration"]:
            assert {*given["scope"]["excluded"]} <= {*ids}
            for target in given["targets"]:
                if target:
                    columns = datasets(files)[target["datasetUuid"]]["columns"]
                    assert target["column"]["name"] in [
                        column["column_name"] for column in columns
                    ]
    assert sorted(placed) == sorted(charts)


def test_all_dashboards_are_in_the_bundle(files: Files) -> None:
    assert len(of_kind(files, "dashboards")) == len(DASHBOARDS) == 6
    declared = [chart for d in DASHBOARDS for row in d.rows for chart in row]
    assert len(of_kind(files, "charts")) == len(declared)


def test_the_same_marts_give_the_same_bytes(
    published_marts: list[Mart], manifest: Mapping[str, Any], tmp_path: Path
) -> None:
    for name in ("first", "second"):
        write_bundle(tmp_path / name, published_marts, manifest)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    with zipfile.ZipFile(tmp_path / "first") as bundle:
        assert {entry.date_time for entry in bundle.infolist()} == {
            (1980, 1, 1, 0, 0, 0)
        }
        text = bundle.read("retail_marts/databases/retail_marts.yaml")
        assert yaml.safe_load(text)["sqlalchemy_uri"] == ADDRESS


def test_a_client_can_only_read(files: Files) -> None:
    (database,) = of_kind(files, "databases")
    assert database["sqlalchemy_uri"].endswith("?access_mode=read_only")
    assert not database["allow_dml"]


def test_charts_on_marts_that_are_not_published_are_left_out(
    published_marts: list[Mart], manifest: Mapping[str, Any]
) -> None:
    some = [mart for mart in published_marts if mart.schema in {"core", "sales"}]
    found = bundle_files(some, manifest)
    slugs = {item["slug"] for item in of_kind(found, "dashboards")}
    assert slugs == {"retail-marts-sales", "retail-marts-core"}
    test_every_reference_leads_to_a_file(found)


# --- datasets ---


def test_datasets_have_the_columns_of_the_marts_that_superset_can_show(
    files: Files, published_marts: list[Mart], manifest: Mapping[str, Any]
) -> None:
    by_name = {table(dataset): dataset for dataset in datasets(files).values()}
    assert by_name.keys() == {mart.full_name for mart in published_marts}
    private = {
        (mart.full_name, column.name)
        for mart in marts_of(manifest)
        for column in mart.columns
        if column.is_personal
    }
    lists = 0
    for mart in published_marts:
        shown = [c["column_name"] for c in by_name[mart.full_name]["columns"]]
        assert not {(mart.full_name, name) for name in shown} & private
        for column in mart.columns:
            if column.data_type.endswith("[]"):
                lists += 1
                assert column.name not in shown
    assert private
    assert lists


def test_the_time_column_is_that_of_the_rows_and_not_the_first_date(
    files: Files,
) -> None:
    times = {table(d): d["main_dttm_col"] for d in datasets(files).values()}
    assert times["sales.rpt_monthly_sales"] == "month_start_date"
    assert times["core.fct_sales_lines"] == "order_date"
    # Its first date is the day on which the forecast starts.
    assert times["forecasting.fct_sales_forecasts"] == "forecast_date"
    # All rows have the same date.
    assert times["customers.fct_customer_rfm"] is None
    for dataset in datasets(files).values():
        dates = [c["column_name"] for c in dataset["columns"] if c["is_dttm"]]
        assert dataset["main_dttm_col"] in [None, *dates]


def test_labels_are_certified_and_sums_of_alternatives_have_a_warning(
    files: Files,
) -> None:
    by_name = {table(dataset): dataset for dataset in datasets(files).values()}
    lines = {m["metric_name"]: m for m in by_name["core.fct_sales_lines"]["metrics"]}
    assert lines["sales"]["verbose_name"] == "Net sales"
    assert lines["sales"]["extra"]["certification"]["certified_by"] == "Retail Marts"
    assert lines["profit_rate"]["d3format"] == ".1%"
    assert "warning_markdown" not in lines["sales"]["extra"]
    forecasts = by_name["forecasting.fct_sales_forecasts"]["metrics"]
    assert all("`measure`" in m["extra"]["warning_markdown"] for m in forecasts)


# --- figures ---


def test_every_metric_of_a_measure_equals_the_mart(
    files: Files, marts: duckdb.DuckDBPyConnection
) -> None:
    checked = 0
    for dataset in datasets(files).values():
        metrics = [
            metric
            for metric in dataset["metrics"]
            if metric["metric_name"].startswith(("sum_", "avg_"))
        ]
        rows = marts.execute(f"from {table(dataset)}").df()
        names = [*(metric["expression"] for metric in metrics), "count(*)"]
        found = marts.execute(f"select {', '.join(names)} from {table(dataset)}")
        *values, count = found.fetchall()[0]
        assert count == len(rows)
        for metric, value in zip(metrics, values, strict=True):
            function, _, column = metric["metric_name"].partition("_")
            known = rows[column].dropna().astype(float)
            right = known.sum() if function == "sum" else known.mean()
            if not known.empty:
                assert float(value) == pytest.approx(right, rel=1e-6, abs=1e-6)
                checked += 1
    assert checked > 300


@pytest.mark.parametrize("query", SAVED_QUERIES)
def test_metrics_of_the_semantic_layer_equal_the_marts(
    query: str,
    files: Files,
    manifest: Mapping[str, Any],
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """The SQL in the bundle gives what MetricFlow's saved queries give."""
    known = metrics_of(manifest)
    models = {
        item["depends_on"]["nodes"][0]: item
        for item in manifest["semantic_models"].values()
    }
    wanted = SAVED_QUERIES[query]
    for model, metrics in known.items():
        of_query = [m for m in metrics if m.name in wanted["metrics"]]
        keys = local_keys(models[model], wanted["group_by"])
        if not of_query or keys is None:
            continue
        mart = manifest["nodes"][model]
        columns = [
            *(f"{sql} as {name}" for name, sql in keys.items()),
            *(f"{metric.sql} as {metric.name}" for metric in of_query),
        ]
        found = marts.execute(
            f"select {', '.join(columns)} from {mart['schema']}.{mart['alias']}"
            " group by all"
        ).df()
        right = marts.execute(FIGURES[query]).df()
        names = [metric.name for metric in of_query]
        merged = found.merge(right, on=[*keys], how="outer", suffixes=("", "_right"))
        assert len(merged) == len(found) == len(right)
        for name in names:
            assert merged[name].astype(float).to_numpy() == pytest.approx(
                merged[f"{name}_right"].astype(float).to_numpy(),
                rel=1e-6,
                abs=1e-6,
                nan_ok=True,
            ), name


def local_keys(model: Item, group_by: list[str]) -> dict[str, str] | None:
    """The columns of a saved query by MetricFlow's names; None if others are joined."""
    expressions = {d["name"]: d["expr"] or d["name"] for d in model["dimensions"]}
    keys = {}
    for given in group_by:
        words = given.split("'")
        if words[0] == "Entity(":
            keys[words[1]] = "business_id"
        elif words[0] == "TimeDimension(":
            time = expressions[model["defaults"]["agg_time_dimension"]]
            keys[f"metric_time__{words[3]}"] = (
                f"cast(date_trunc('{words[3]}', {time}) as date)"
            )
        else:
            entity, _, name = words[1].partition("__")
            if entity != model["primary_entity"]:
                return None
            keys[words[1]] = expressions[name]
    return keys


def test_metrics_over_time_are_left_to_metricflow(manifest: Mapping[str, Any]) -> None:
    there = {m.name for metrics in metrics_of(manifest).values() for m in metrics}
    assert {metric["name"] for metric in manifest["metrics"].values()} - there == {
        "sales_growth",
        "sales_of_28_days",
        # Their parts are in two marts.
        "average_order_value",
        "units_per_order",
    }


def test_every_chart_shows_rows_and_adds_nothing_up_twice(
    files: Files, published_marts: list[Mart], marts: duckdb.DuckDBPyConnection
) -> None:
    by_name = {mart.full_name: mart for mart in published_marts}
    empty = []
    for chart in of_kind(files, "charts"):
        dataset = datasets(files)[chart["dataset_uuid"]]
        mart = by_name[table(dataset)]
        keys, shown = parts_of(chart["params"], dataset)
        where = condition(chart["params"]["adhoc_filters"])
        source = f"from {mart.full_name} where {where}"
        answer = marts.execute(
            f"select {', '.join([*keys, *shown])} {source} group by all"
        )
        if not answer.fetchall():
            empty.append(chart["slice_name"])
        if not shown:
            continue
        # Of each alternative, such as a model or a level, a sum holds one only.
        alternatives = set(mart.never_added_across) - {*keys}
        for column in alternatives:
            businesses = [*keys, *({"business_id"} & {c.name for c in mart.columns})]
            most = marts.execute(
                f"select {', '.join(businesses)}, count(distinct {column}) as n"
                f" {source} group by all order by n desc limit 1"
            ).fetchall()[0][-1]
            assert most <= 1, (chart["slice_name"], column)
    # Files may have no row that is rejected, and baskets no rule beyond chance.
    assert {*empty} <= {"Rejected rows", "Rules beyond chance", "Bundles of segments"}


def parts_of(params: Item, dataset: Item) -> tuple[list[str], list[str]]:
    """The columns that a chart groups by, and the SQL of its metrics."""
    metrics = {m["metric_name"]: m["expression"] for m in dataset["metrics"]}
    columns = {c["column_name"] for c in dataset["columns"]}
    if params["viz_type"] == "table":
        ordered = {yaml.safe_load(given)[0] for given in params["order_by_cols"]}
        assert ordered <= columns
        assert {*params["all_columns"]} <= columns
        return params["all_columns"], []
    # A line with one point, such as next month's forecast, is seen by its marker.
    is_line = params["viz_type"] == "echarts_timeseries_line"
    assert params.get("markerEnabled", False) is is_line
    named = params.get("metrics") or [params["metric"]]
    keys = [*filter(None, [params.get("x_axis")]), *params.get("groupby", [])]
    assert {*keys} <= columns
    return keys, [metrics[name] for name in named]


def condition(filters: list[Item]) -> str:
    parts = ["true"]
    for given in filters:
        match given["operator"]:
            case "==":
                parts.append(f"{given['subject']} = '{given['comparator']}'")
            case "IS TRUE":
                parts.append(given["subject"])
            case operator:
                assert (operator, given["comparator"]) == (
                    "TEMPORAL_RANGE",
                    "No filter",
                )
    return " and ".join(parts)


def test_a_filter_reaches_the_charts_that_have_its_column(
    files: Files, published_marts: list[Mart]
) -> None:
    by_name = {mart.full_name: mart for mart in published_marts}
    charts = {chart["uuid"]: chart for chart in of_kind(files, "charts")}
    for dashboard in of_kind(files, "dashboards"):
        filters = {
            given["name"]: {*given["scope"]["excluded"]}
            for given in dashboard["metadata"]["native_filter_configuration"]
        }
        for part in dashboard["position"].values():
            if isinstance(part, str) or part["type"] != "CHART":
                continue
            meta = part["meta"]
            chart = charts[meta["uuid"]]
            mart = by_name[table(datasets(files)[chart["dataset_uuid"]])]
            has_business = "business_id" in {column.name for column in mart.columns}
            assert (meta["chartId"] in filters["Business"]) != has_business
            if "Dates" in filters:
                has_dates = mart.time_column is not None
                assert (meta["chartId"] in filters["Dates"]) != has_dates
