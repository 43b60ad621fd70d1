"""The house rules that a linter does not know, read from dbt's own manifest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Build


@pytest.fixture(scope="module")
def manifest(sample_build: Build) -> dict[str, Any]:
    path = sample_build.warehouse.parents[1] / "target" / "manifest.json"
    parsed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]


def test_every_model_and_column_is_described(
    manifest: dict[str, Any], sample_build: Build
) -> None:
    tables = [
        n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")
    ]
    columns = set(
        sample_build.rows(
            "select table_schema, table_name, column_name"
            " from information_schema.columns where table_schema <> 'raw'"
        )
    )
    described = {
        (table["schema"], table["name"], column["name"])
        for table in tables
        for column in table["columns"].values()
        if column["description"].strip()
    }
    assert [table["name"] for table in tables if not table["description"]] == []
    assert sorted(columns - described) == []
    assert sorted(described - columns) == []


def test_every_macro_is_described_and_alone_in_its_file(
    manifest: dict[str, Any],
) -> None:
    ours = [
        m for m in manifest["macros"].values() if m["package_name"] == "retail_marts"
    ]
    public = [
        m
        for m in ours
        if not m["name"].startswith(("duckdb__", "test_"))
        and m["original_file_path"].startswith("macros/")
    ]
    assert public
    for macro in public:
        assert Path(macro["original_file_path"]).name == f"{macro['name']}.sql"
        assert macro["description"].strip(), macro["name"]


def test_all_that_metrics_are_made_of_is_described(manifest: dict[str, Any]) -> None:
    parts = [
        part
        for model in manifest["semantic_models"].values()
        for kind in ("entities", "dimensions", "measures")
        for part in model[kind]
    ]
    assert len(parts) > 30
    assert [part["name"] for part in parts if not part["description"]] == []


def test_every_mart_has_a_contract_a_key_and_its_business_first(
    models: list[dict[str, Any]], manifest: dict[str, Any]
) -> None:
    marts = [m for m in models if m["path"].startswith("marts/")]
    keyed = {
        parent
        for node in manifest["nodes"].values()
        if (node.get("test_metadata") or {}).get("name") == "unique_key"
        for parent in node["depends_on"]["nodes"]
    }
    without_business = {"dim_dates", "fct_source_files"}
    for mart in marts:
        assert mart["contract"]["enforced"], mart["name"]
        assert mart["unique_id"] in keyed, mart["name"]
        if mart["name"] not in without_business:
            assert next(iter(mart["columns"])) == "business_id", mart["name"]


def test_names_say_what_a_model_is(models: list[dict[str, Any]]) -> None:
    prefixes = {
        "staging": r"stg_{folder}__\w+",
        "intermediate": r"int_\w+",
        "marts": r"(dim|fct|rpt)_\w+",
    }
    for model in models:
        if model["language"] == "python":
            assert re.fullmatch(r"py_\w+", model["name"])
            continue
        room, *folders = model["path"].split("/")[:-1]
        pattern = prefixes[room].format(folder=folders[-1] if folders else "")
        assert re.fullmatch(pattern, model["name"]), model["path"]


def test_files_are_read_in_staging_only(models: list[dict[str, Any]]) -> None:
    for model in models:
        if model["sources"] and not model["path"].startswith("staging/"):
            # What the landing noted of files is no file.
            assert model["sources"] == [["landing", "landed_files"]], model["name"]


def test_models_hold_no_engine_specific_sql() -> None:
    """What only DuckDB knows lives in macros/, behind a dispatch."""
    only_duckdb = re.compile(
        r"::|\b(read_csv|read_parquet|strptime|try_strptime|unnest|list_(?!price)\w+|struct_\w+"
        r"|regexp_full_match|getvariable|isodow|max_by|arg_max|string_agg|qualify"
        r"|generate_series|exclude|epoch)\b"
    )
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in sorted((PROJECT / "models").rglob("*.sql"))
        for match in only_duckdb.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_library_knows_no_database() -> None:
    """Files come in and marts go out through a few seams; the areas see frames."""
    library = PROJECT / "src" / "retail_marts"
    seams = {library / "dbt_plugin.py", library / "raw_tables.py"}
    readers = {library / "publish", library / "report"}
    areas = [
        path
        for path in library.rglob("*.py")
        if path not in seams and not readers.intersection(path.parents)
    ]
    assert len(areas) > 50
    for path in areas:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (duckdb|dbt)\b", text, re.M), path
