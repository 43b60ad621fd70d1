"""Areas that are switched off: dbt parses, and what is published lacks their marts."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, SAMPLE, Dbt, make_dbt

from retail_marts import cli
from retail_marts.clients.stars import stars_of
from retail_marts.clients.superset import bundle_files
from retail_marts.own_project import make_project
from retail_marts.publish.marts import marts_of
from retail_marts.report import write_report

AREAS = ("sales", "customers", "forecasting", "basket", "prospecting")
PAGES = {
    "sales": "Sales",
    "customers": "Segments",
    "forecasting": "Forecast",
    "basket": "Baskets",
    "prospecting": "Prospects",
}
Manifest = dict[str, Any]
#: Kinds of a manifest in which something may depend on a model.
KINDS = ("nodes", "exposures", "metrics", "semantic_models", "saved_queries")
#: What dbt does by default: schemas begin with that of the target.
PREFIXED = """\
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}_{{ custom_schema_name or 'mine' }}
{%- endmacro %}
"""


def documented() -> dict[str, set[str]]:
    """The marts of other areas that need each area, as the docs list them."""
    text = (PROJECT / "docs" / "your-own-project.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)_enabled` \|[^|]*\|([^|]*)\|$", text, re.M)
    return {area: set(re.findall(r"`(\w+)`", marts)) for area, marts in rows}


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    """dbt's manifest with each area off, and with none off (``""``)."""
    folder = tmp_path_factory.mktemp("areas")
    dbt = make_dbt(folder)
    return {
        area: _parsed(dbt, folder, **({f"{area}_enabled": False} if area else {}))
        for area in ("", *AREAS)
    }


def _parsed(dbt: Dbt, folder: Path, **settings: bool) -> Manifest:
    parsed = dbt("parse", settings=settings, environment={"DBT_WRITE_JSON": "true"})
    assert parsed.returncode == 0, parsed.output
    assert "WARNING" not in parsed.output
    content = (folder / "target" / "manifest.json").read_text(encoding="utf-8")
    manifest: Manifest = json.loads(content)
    return manifest


def models_of(manifest: Manifest) -> dict[str, Manifest]:
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def test_the_docs_list_every_area() -> None:
    assert set(documented()) == set(AREAS)
    assert {path.name for path in (PROJECT / "models" / "marts").iterdir()} == {
        "core",
        *AREAS,
    }


@pytest.mark.parametrize("area", AREAS)
def test_an_area_goes_with_what_needs_it_and_what_only_it_needs(
    manifests: dict[str, Manifest], area: str
) -> None:
    known = models_of(manifests[""])
    on = models_of(manifests[area])
    off = {unique_id for unique_id in known if unique_id not in on}
    marts = {one for one, node in known.items() if node["access"] == "public"}
    of_area = {one for one in marts if known[one]["fqn"][-2] == area}
    assert {known[one]["name"] for one in off & marts - of_area} == documented()[area]
    assert of_area <= off
    readers: dict[str, set[str]] = {one: set() for one in known}
    for unique_id, node in known.items():
        for parent in {*node["depends_on"]["nodes"]} & set(known):
            readers[parent].add(unique_id)
    for unique_id, node in known.items():
        needs_it = bool(off & {*node["depends_on"]["nodes"]})
        # Canonical and staging models serve all areas.
        is_of_area = node["fqn"][1] in ("intermediate", *AREAS) and (
            node["fqn"][-2] != "canonical"
        )
        serves_it = bool(readers[unique_id]) and readers[unique_id] <= off
        expected = unique_id in of_area or needs_it or (is_of_area and serves_it)
        assert (unique_id in off) is expected, unique_id


@pytest.mark.parametrize("area", AREAS)
def test_nothing_depends_on_what_is_off(
    manifests: dict[str, Manifest], area: str
) -> None:
    manifest = manifests[area]
    there = {*manifest["sources"], *(one for kind in KINDS for one in manifest[kind])}
    for kind in (*KINDS, "unit_tests"):
        for unique_id, one in manifest[kind].items():
            assert set(one["depends_on"].get("nodes", ())) <= there, unique_id
    # The report and the workbook stay, with the marts that are left.
    for name in ("report", "tableau_workbook"):
        before, after = (
            {*one["exposures"][f"exposure.retail_marts.{name}"]["depends_on"]["nodes"]}
            for one in (manifests[""], manifest)
        )
        assert after == before & there
    # Saved queries group by what is there.
    entities = {
        entity["name"]
        for model in manifest["semantic_models"].values()
        for entity in model["entities"]
    } | {model["primary_entity"] for model in manifest["semantic_models"].values()}
    for query in manifest["saved_queries"].values():
        named = re.findall(r"Dimension\('(\w+?)__", str(query["query_params"]))
        assert set(named) <= entities, query["name"]
    assert ("sales_by_rfm_segment" in str(manifest["saved_queries"])) is (
        area != "customers"
    )


@pytest.mark.parametrize("area", AREAS)
def test_clients_get_what_is_left(manifests: dict[str, Manifest], area: str) -> None:
    marts = marts_of(manifests[area])
    assert area not in {mart.schema for mart in marts}
    files = bundle_files(marts, manifests[area])
    names = {mart.name for mart in marts_of(manifests[""])} - {m.name for m in marts}
    assert not [name for name in names if f"'{name}'" in str(files)]
    assert f"dashboards/{area}.yaml" not in files
    assert len(stars_of(marts)) < len(stars_of(marts_of(manifests[""])))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published project with two areas off, whose schemas have a prefix."""
    folder = tmp_path_factory.mktemp("own")
    project = folder / "shop"
    make_project(project)
    macro = project / "macros" / "generate_schema_name.sql"
    macro.write_text(PREFIXED, encoding="utf-8")
    settings = project / "dbt_project.yml"
    off = "  forecasting_enabled: false\n  prospecting_enabled: false\n"
    entry = f"""\
  mapped_sources:
    corner_shop:
      path: {SAMPLE / "corner_shop" / "sales.csv"}
      business_name: Corner Shop
      currency: EUR
      country_code: DE
      separator: ";"
      encoding: latin-1
      date_format: "%d.%m.%Y"
      decimal_mark: ","
      thousands_mark: "."
      columns:
        order_id: Receipt
        order_date: Date
        customer_id: Customer
        product_id: Article
        product_name: Article name
        category: Group
        quantity: Qty
        sales_amount: Total
"""
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("  mapped_sources: {}\n", entry + off))
    dbt = make_dbt(folder / "dbt")
    assert dbt("deps", whole=True, cwd=project).returncode == 0
    build = dbt("build", cwd=project)
    assert build.returncode == 0, build.output
    schemas = build.rows("select distinct table_schema from information_schema.tables")
    assert ("main_core",) in schemas
    assert not {("core",), ("main_forecasting",), ("main_prospecting",)} & {*schemas}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETAIL_MARTS_WAREHOUSE", str(build.warehouse))
        patch.setenv("DBT_TARGET_PATH", str(folder / "dbt" / "target"))
        assert cli.main(["publish", "--project", str(project)]) == 0
    return project / "published" / "current"


def test_a_build_without_two_areas_publishes_the_others(shop: Path) -> None:
    """The published set has our schemas, whatever the private warehouse has."""
    manifest = json.loads((shop / "manifest.json").read_text(encoding="utf-8"))
    counts = manifest["row_counts"]
    assert {name.partition(".")[0] for name in counts} == {
        "core",
        "sales",
        "customers",
        "basket",
    }
    assert counts["customers.rpt_contact_list"] > 0
    assert {path.name for path in (shop / "parquet").iterdir()} == {
        "core",
        "sales",
        "customers",
        "basket",
    }
    report = (shop / "report" / "index.html").read_text(encoding="utf-8")
    for area in ("forecasting", "prospecting"):
        assert f"{PAGES[area]}: The area {area} is switched off." in report
    assert "Segments: The area" not in report
    with zipfile.ZipFile(shop / "superset" / "retail_marts.zip") as bundle:
        boards = [name for name in bundle.namelist() if "/dashboards/" in name]
        assert {Path(name).stem for name in boards} == {
            "sales",
            "customers",
            "basket",
            "core",
        }
    for book in (shop / "tableau").glob("*.twbx"):
        with zipfile.ZipFile(book) as workbook:
            (name,) = (name for name in workbook.namelist() if name.endswith(".twb"))
            document = workbook.read(name).decode()
        assert '<dashboard name="Customers">' in document
        assert '<dashboard name="Forecast">' not in document


@pytest.mark.parametrize("area", ["sales", "customers", "basket"])
def test_the_report_has_no_pages_of_an_area_that_is_off(
    shop: Path, tmp_path: Path, area: str
) -> None:
    database = tmp_path / "published.duckdb"
    shutil.copy(shop / "retail_marts.duckdb", database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"drop schema {area} cascade")
        for name in documented()[area]:
            for other in AREAS:
                connection.execute(f"drop table if exists {other}.{name}")
    write_report(database, tmp_path / "report", footer="", has_figures=False)
    report = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert f"{PAGES[area]}: The area {area} is switched off." in report
    assert f'"title":"{PAGES[area]}"' not in report
    for wrong in {
        "sales": ("The files state no orders",),
        "customers": ("No customer is overdue",),
        "basket": ("No customer is overdue", "No bundle to offer"),
    }[area]:
        assert wrong not in report
