"""Settings: every fault is one message with its path, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import duckdb
import pytest
import yaml
from conftest import PROJECT, Dbt, make_dbt

from retail_marts.errors import InputError
from retail_marts.settings import (
    Settings,
    memory_limit,
    project_settings,
    read_settings,
)
from retail_marts.settings.errors import bare, nearest
from retail_marts.settings.kinds import Kind, Section, SomeOf, Texts, Whole
from retail_marts.settings.schema import SCHEMA_FILE, schema_text, with_tables

#: A valid name for entries that the user names.
NAMES = {"mapped_sources": "shop", "mapped_populations": "survey"}
SALES = {
    "path": "a.csv",
    "columns": {
        "order_date": "d",
        "sales_amount": "t",
        "customer_id": "c",
        "product_id": "p",
    },
}
#: Other settings that an entry for a user's own file needs.
WHOLE: dict[str, Any] = {
    "mapped_sources": {
        "shop": {
            **SALES,
            "customers": {"path": "c.csv", "columns": {"customer_id": "c"}},
            "products": {"path": "p.csv", "columns": {"product_id": "p"}},
        }
    },
    "mapped_populations": {"survey": {"path": "s.csv", "columns": {"weight": "w"}}},
}


def sections(here: Any = Settings, path: tuple[str, ...] = ()) -> Iterator[Any]:
    """Every section of the tree with a path to it."""
    here = bare(here)
    if isinstance(here, type) and issubclass(here, Section):
        yield here, path
        for name, field in here.model_fields.items():
            yield from sections(field.annotation, (*path, name))
    elif get_origin(here) is dict:
        yield from sections(get_args(here)[1], (*path, NAMES.get(path[-1], "kalbe")))


def leaves() -> Iterator[tuple[tuple[str, ...], Kind]]:
    """Every value of the tree with a path to it."""
    for section, path in sections():
        for name, field in section.model_fields.items():
            here = bare(field.annotation)
            is_named = get_origin(here) is dict
            inner = (get_args(here)[1],) if is_named else get_args(field.annotation)
            found = [] if is_named else [*field.metadata]
            for one in inner:
                found += getattr(one, "__metadata__", ())
            for kind in found:
                if isinstance(kind, Kind):
                    yield (*path, name, *(["kalbe"] if is_named else [])), kind


def stated(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Settings with one value, and the other settings that it needs."""
    given: dict[str, Any] = json.loads(json.dumps(WHOLE))
    place = given
    for part in path[:-1]:
        place = place.setdefault(part, {})
    place[path[-1]] = value
    return given


ALL_SECTIONS = list(sections())
ALL_LEAVES = list(leaves())


def test_every_setting_is_found_by_the_tests() -> None:
    assert len(ALL_SECTIONS) > 20
    assert len(ALL_LEAVES) > 150
    assert ("segment_settings", "businesses", "kalbe", "stores", "k") in dict(
        ALL_LEAVES
    )
    assert ("mapped_sources", "shop", "customers", "separator") in dict(ALL_LEAVES)
    assert read_settings(WHOLE).mapped()[0].name == "shop"


@pytest.mark.parametrize(
    ("section", "path"), ALL_SECTIONS, ids=[".".join(path) for _, path in ALL_SECTIONS]
)
def test_a_misspelling_is_refused_at_every_depth(
    section: type[Section], path: tuple[str, ...]
) -> None:
    for name in section.model_fields:
        slip = f"{name}x"
        with pytest.raises(InputError) as error:
            read_settings(stated((*path, slip), 1))
        assert ".".join((*path, slip)) in error.value.problem
        close = nearest(slip, section.model_fields)
        assert close is not None
        assert close in error.value.remedy


@pytest.mark.parametrize(
    ("path", "kind"), ALL_LEAVES, ids=[".".join(path) for path, _ in ALL_LEAVES]
)
def test_a_wrong_value_is_refused_with_its_path(
    path: tuple[str, ...], kind: Kind
) -> None:
    wrong: list[Any] = [{"a": 1}, [[]], "\0"]
    if kind.schema().get("type") != "number":
        wrong.append(3.75)
    if isinstance(kind, Whole):
        wrong += [kind.low - 1, kind.high + 1, True, str(kind.low)]
    if isinstance(kind, SomeOf | Texts):
        wrong += ["total", 7]
    for value in wrong:
        with pytest.raises(InputError) as error:
            read_settings(stated(path, value))
        assert ".".join(path) in str(error.value)
        assert "Remedy" in str(error.value)


@pytest.mark.parametrize(
    "path", [path for _, path in ALL_SECTIONS if path], ids=".".join
)
def test_a_section_is_a_mapping(path: tuple[str, ...]) -> None:
    for value in (3, "text", [1], True):
        with pytest.raises(InputError, match="Set it to a mapping") as error:
            read_settings(stated(path, value))
        assert ".".join(path) in error.value.problem


def test_every_default_is_a_value_that_may_be_written() -> None:
    defaults = json.loads(Settings().model_dump_json())
    assert read_settings(defaults).model_dump() == Settings().model_dump()


def test_settings_survive_the_warehouse() -> None:
    given = read_settings(
        {**WHOLE, "basket_settings": {"minimum_support": 0.005}, "as_of_date": ""}
    )
    kept = given.model_dump_json(exclude_unset=True)
    assert Settings.model_validate_json(kept) == given


def test_several_faults_are_one_message() -> None:
    with pytest.raises(InputError) as error:
        read_settings(
            {
                "surces": [],
                "forecast_settings": {"horizon": 30, "workers": 0},
                "segment_settings": {"businesses": {"kalbe": {"k": "three"}}},
            }
        )
    for said in (
        "4 things are wrong",
        "Write sources",
        "there is no setting forecast_settings.horizon (its value is 30)",
        "Did you mean horizon_days?",
        "forecast_settings.workers is 0",
        "segment_settings.businesses.kalbe.k is 'three'",
    ):
        assert said in str(error.value)


def test_variables_of_the_user_are_accepted() -> None:
    own = {"acme_discount_codes": 1, "store_opening_hours": {"a": 1}, "other": {}}
    assert read_settings(own) == Settings()


@pytest.mark.parametrize(
    "setting",
    [
        {"as_of_dates": {"kalb": "2024-01-31"}},
        {"forecast_business_levels": {"kalb": ["total"]}},
        {"forecast_arima_orders": {"kalb": [1, 0, 0]}},
        {"forecast_models_in_full": {"kalb": ["lstm"]}},
        {"spend_models_tuned_in_full": ["kalb"]},
        {"basket_excluded_products": {"kalb": ["bag"]}},
        {"basket_settings": {"businesses": {"kalb": {}}}},
        {"segment_settings": {"businesses": {"kalb": {}}}},
    ],
)
def test_a_business_that_does_not_exist_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="'kalb', which is not a business") as error:
        read_settings(setting)
    assert "Did you mean kalbe?" in error.value.remedy
    # A column of a file may name it, which is known only after landing.
    columns = {**SALES["columns"], "business_id": "shop"}
    many = {"mapped_sources": {"many": {**SALES, "columns": columns}}}
    assert read_settings({**setting, **many})


# --- Where settings come from


def project(folder: Path, **variables: Any) -> Path:
    text = yaml.safe_dump({"name": "mine", "vars": variables})
    (folder / "dbt_project.yml").write_text(text, encoding="utf-8")
    return folder


def test_the_closest_place_counts(tmp_path: Path) -> None:
    here = project(tmp_path, raw_data_dir="general", retail_marts={})
    none: dict[str, str] = {}
    folder = {"RETAIL_MARTS_RAW_DATA_DIR": "environment"}
    assert project_settings(here, environment=none).raw_data_dir == "general"
    here = project(
        tmp_path, raw_data_dir="general", retail_marts={"raw_data_dir": "package"}
    )
    assert project_settings(here, environment=none).raw_data_dir == "package"
    assert project_settings(here, environment=folder).raw_data_dir == "environment"
    given = {"raw_data_dir": "given"}
    settings = project_settings(here, command_line=given, environment=folder)
    assert settings.raw_data_dir == "given"


@pytest.mark.parametrize("limit", ["1GB", "512MiB", "60%", "1.5 TB", "200000kb"])
def test_a_memory_limit_is_a_size(limit: str) -> None:
    assert memory_limit({"RETAIL_MARTS_MEMORY_LIMIT": limit}) == limit


def test_a_memory_limit_that_is_not_a_size_is_refused() -> None:
    assert memory_limit({}) is None
    assert memory_limit({"RETAIL_MARTS_MEMORY_LIMIT": " "}) is None
    for wrong in ("lots", "1", "-1GB", "1GB; drop table x"):
        with pytest.raises(InputError, match="RETAIL_MARTS_MEMORY_LIMIT") as error:
            memory_limit({"RETAIL_MARTS_MEMORY_LIMIT": wrong})
        assert "4GB" in error.value.remedy
    for wrong in ("80kb", "0GB", "99MB", "0%", "101%", "99999999TB"):
        with pytest.raises(InputError, match="too little or too much") as error:
            memory_limit({"RETAIL_MARTS_MEMORY_LIMIT": wrong})
        assert "from 100MB" in error.value.remedy


@pytest.mark.parametrize("limit", ["100MB", "1%", "100%", "999999TB"])
def test_duckdb_starts_with_every_limit_that_is_accepted(limit: str) -> None:
    assert memory_limit({"RETAIL_MARTS_MEMORY_LIMIT": limit}) == limit
    with duckdb.connect(config={"memory_limit": limit}) as engine:
        assert engine.execute("select 1").fetchall() == [(1,)]


# --- The real dbt


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"forecast_settings": {"horizon": 30}},
            ["forecast_settings.horizon", "Did you mean horizon_days?"],
        ),
        ({"businesses": 3}, ["businesses is 3", "Set it to a mapping"]),
    ],
)
def test_a_fault_stops_the_build_before_its_first_node(
    dbt: Dbt, settings: dict[str, Any], words: list[str]
) -> None:
    build = dbt("build", settings=settings, whole=True)
    assert build.returncode != 0
    for word in words:
        assert word in build.output
    assert "Traceback" not in build.output
    assert " START " not in build.output
    assert not build.warehouse.exists()


def test_the_environment_names_the_folder_without_a_new_parse(
    raw_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("run", "-s", "+fct_source_files", "+fct_rejected_rows")
    umkm = {"sources": ["umkm"]}
    assert make_dbt(tmp_path / "dbt")(*few, settings=umkm).returncode == 0
    monkeypatch.setenv("RETAIL_MARTS_RAW_DATA_DIR", str(raw_data))
    monkeypatch.setenv("RETAIL_MARTS_MEMORY_LIMIT", "1GB")
    build = make_dbt(tmp_path / "dbt")(*few, settings=umkm)
    assert build.returncode == 0, build.output
    assert f"shipped sources from {raw_data}" in build.output
    # dbt prints a message when it must parse everything again.
    assert "Unable to do partial parsing" not in build.output


def test_a_business_that_no_row_names_is_refused_after_landing(
    dbt: Dbt, tmp_path: Path
) -> None:
    (tmp_path / "lines.csv").write_text(
        "day,total,shop\n2024-01-01,3, north \n", encoding="utf-8"
    )
    columns = {"order_date": "day", "sales_amount": "total", "business_id": "shop"}
    shops = {
        "sources": [],
        "mapped_sources": {
            "shops": {"path": str(tmp_path / "lines.csv"), "columns": columns}
        },
    }
    for name, is_known in (("north", True), ("nroth", False)):
        order = {"forecast_arima_orders": {name: [1, 0, 0]}}
        build = dbt("run", "-s", "stg_mapped__sales_lines", settings={**shops, **order})
        assert (build.returncode == 0) == is_known, build.output
    assert "forecast_arima_orders names 'nroth', which is not a business" in (
        build.output
    )
    assert "Did you mean north?" in build.output


# --- Schema and tables from the tree


def test_the_schema_is_current() -> None:
    assert (PROJECT / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()
    first = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"


def test_the_schema_accepts_the_project_and_refuses_misspellings() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    written = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert list(validator.iter_errors(written)) == []
    for settings in (
        {"forecast_settings": {"horizon": 30}},
        {"forecast_settings": {"workers": 0}},
        {"retail_marts": {"sources": 3}},
    ):
        assert list(validator.iter_errors({"vars": settings})) != []


def test_the_tables_in_the_docs_are_current() -> None:
    pages = {
        page.name: page.read_text(encoding="utf-8")
        for page in (PROJECT / "docs").glob("*.md")
    }
    assert [name for name, text in pages.items() if with_tables(text) != text] == []
    together = "".join(pages.values())
    for section, path in ALL_SECTIONS:
        if {"stores", "levels", "businesses", "populations"} & set(path):
            continue
        missing = [name for name in section.model_fields if f"`{name}`" not in together]
        assert missing == [], path
