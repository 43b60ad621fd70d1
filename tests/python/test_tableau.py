"""Tableau's files, read as Tableau reads them: from their XML and their extracts."""

from __future__ import annotations

import copy
import os
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pantab
import pytest
import tableau_model
from conftest import PROJECT, Build
from tableau_model import Model, faults_of, package_faults, read_package, sources_of

from retail_marts.clients.meta import Aggregation, Format, Geography, Meaning, Relation
from retail_marts.clients.sheets import DASHBOARDS, SHEETS, VALUES, Sheet
from retail_marts.clients.stars import stars_of
from retail_marts.clients.tableau import DataSource, as_bytes
from retail_marts.clients.workbook import FORMS, workbook
from retail_marts.publish.marts import Column, Mart, marts_of, read_manifest
from retail_marts.publish.tableau import _pack, in_tableau, write_tableau

OFFICIAL, CLASSIC = FORMS


def _marts(build: Build) -> list[Mart]:
    manifest = read_manifest(build.warehouse.parents[1] / "target" / "manifest.json")
    return [mart.published(with_personal_columns=False) for mart in marts_of(manifest)]


@pytest.fixture(scope="module")
def folder(sample_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the sample, each with its extracts unpacked beside it."""
    made = tmp_path_factory.mktemp("tableau") / "files"
    write_tableau(sample_build.warehouse, _marts(sample_build), made, None)
    for path in made.glob("*.tdsx"):
        with zipfile.ZipFile(path) as package:
            package.extractall(made.parent)
    return made


def _ask(folder: Path, source: ET.Element, sql: str) -> list[dict[str, Any]]:
    (name,) = {
        connection.attrib["dbname"]
        for connection in source.iter("connection")
        if connection.get("class") == "hyper"
    }
    return pantab.frame_from_hyper_query(
        folder.parent / name,
        sql,
        return_type="pyarrow",
        process_params={"log_dir": str(folder.parent)},
    ).to_pylist()


def _source(folder: Path, name: str) -> ET.Element:
    return read_package(folder / f"{name}.tdsx").root


# --- documents ---


def test_no_package_has_a_fault(folder: Path) -> None:
    files = sorted(folder.iterdir())
    assert {path.suffix for path in files} == {".tdsx", ".twbx"}
    assert len(files) > 15
    faults = {path.name: package_faults(read_package(path)) for path in files}
    assert faults == {path.name: [] for path in files}


def test_personal_columns_are_in_no_document(sample_build: Build, folder: Path) -> None:
    manifest = read_manifest(sample_build.warehouse.parents[1] / "target/manifest.json")
    personal = {c.name for m in marts_of(manifest) for c in m.columns if c.is_personal}
    assert "email" in personal
    for path in folder.iterdir():
        for source in sources_of(read_package(path).root):
            assert not personal & {
                column for _, column in Model(source).fields.values()
            }


def test_the_official_schema_accepts_the_documents(folder: Path) -> None:
    """Where the schema and lxml are at hand; the other tests need neither."""
    etree = pytest.importorskip("lxml.etree")
    path = PROJECT.parent / "shared" / "tableau" / "twb_2026.2.0.xsd"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    schema = etree.XMLSchema(etree.fromstring(_with_imports(path), _parser(etree)))
    for form in FORMS:
        raw = read_package(folder / f"{form.file}.twbx").raw
        root = etree.fromstring(raw)
        if not form.explains_data:
            # The schema asks for it in each version; Tableau, from 26 on.
            explained = etree.SubElement(
                root,
                "explain-data",
                {
                    "enabled-for-viewer": "true",
                    "extreme-values-enabled-for-all": "true",
                },
            )
            etree.SubElement(explained, "explanation-types")
        schema.assertValid(root)


_STUBS = {
    "http://www.tableausoftware.com/xml/user": '<xs:attributeGroup name="'
    'UserAttributes-AG"><xs:anyAttribute namespace="##any" processContents="lax"/>'
    "</xs:attributeGroup>",
    "http://www.w3.org/XML/1998/namespace": '<xs:attribute name="lang" '
    'type="xs:language"/><xs:attribute name="space" type="xs:string"/><xs:attribute '
    'name="base" type="xs:anyURI"/><xs:attribute name="id" type="xs:ID"/>',
}


def _with_imports(path: Path) -> bytes:
    """The schema imports two others without saying where they are."""
    text = path.read_text(encoding="utf-8")
    for number, namespace in enumerate(_STUBS):
        text = text.replace(
            f'<xs:import namespace="{namespace}"/>',
            f'<xs:import namespace="{namespace}" schemaLocation="stub:{number}"/>',
        )
    return text.encode()


def _parser(etree: Any) -> Any:
    class Stubs(etree.Resolver):  # type: ignore[misc]
        def resolve(self, url: str, _: object, context: object) -> Any:
            if not url.startswith("stub:"):
                return None
            namespace, content = list(_STUBS.items())[int(url.removeprefix("stub:"))]
            text = (
                '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                f'targetNamespace="{namespace}">{content}</xs:schema>'
            )
            return self.resolve_string(text, context)

    parser = etree.XMLParser()
    parser.resolvers.add(Stubs())
    return parser


# --- figures ---


def _shown(model: Model, role: str) -> dict[str, str]:
    """Fields that a person can drag: name to default aggregation."""
    return {
        name: column.get("aggregation", "")
        for name, column in model.columns().items()
        if column["role"] == role and column.get("hidden") != "true"
    }


def test_every_sum_by_every_dimension_adds_up_and_equals_the_mart(
    sample_build: Build, folder: Path
) -> None:
    checked = 0
    for path in sorted(folder.glob("*.tdsx")):
        source = read_package(path).root
        model = Model(source)
        measures = [f for f, how in _shown(model, "measure").items() if how == "Sum"]
        pairs = [(m, d) for m in measures for d in _shown(model, "dimension")]
        if not pairs:
            continue
        sums = [
            f"select {number} as pair, sum(of.total) as total from "
            f"({model.sql(m, 'Sum', {d: 'None'}, {})}) as of(value, total)"
            for number, (m, d) in enumerate(pairs)
        ]
        right = {}
        for measure in measures:
            table, column = model.fields[measure]
            right[measure] = sample_build.value(
                f'select cast(sum("{column}") as double) from {model.tables[table]}'
            )
        for row in _ask(folder, source, " union all ".join(sums)):
            measure, dimension = pairs[row["pair"]]
            assert row["total"] == pytest.approx(right[measure], abs=0.01), (
                f"{path.stem}: {measure} by {dimension}"
            )
            checked += 1
    assert checked > 1000


def test_a_sum_by_a_dimension_that_fans_out_does_not_add_up(folder: Path) -> None:
    """The evaluator sees what the data sources hide: amounts of orders by category."""
    source = _source(folder, "sales")
    model = Model(source)
    assert "[sales_amount (fct_orders)]" not in _shown(model, "measure")
    sql = model.sql("[sales_amount (fct_orders)]", "Sum", {"[category]": "None"}, {})
    (fanned,) = _ask(
        folder,
        source,
        f"select sum(of.total) as total from ({sql}) as of(value, total)",
    )
    (right,) = _ask(
        folder, source, "select sum(sales_amount) as total from core.fct_orders"
    )
    assert fanned["total"] > right["total"] * 1.001


def test_one_sides_are_unique_and_their_keys_are_in_the_extract(folder: Path) -> None:
    for path in sorted(folder.glob("*.tdsx")):
        source = read_package(path).root
        model = Model(source)
        to_one = [hop for hop in model.hops if hop.to_one]
        checks = [
            "select 'repeated' as kind, count(*) as number from (select 1 from "
            f"{model.tables[hop.to]} group by {keys} having count(*) > 1) as keys"
            for hop in to_one
            for keys in [", ".join(f'"{key}"' for _, key in hop.keys)]
        ]
        kinds = "select contype::text, count(*) from pg_constraint group by 1"
        found = _ask(folder, source, " union all ".join([*checks, kinds]))
        counts: dict[str, int] = {}
        for row in found:
            kind, number = row.values()
            counts[kind] = counts.get(kind, 0) + number
        keyed = {model.tables[hop.to] for hop in to_one}
        assert counts == (
            {"repeated": 0, "p": len(keyed), "f": len(model.hops) // 2}
            if to_one
            else {}
        ), path.name


#: Sheet to the select that gives the same rows of a business from the marts.
_FROM_MARTS = {
    "Sales in figures": "select sum(sales_amount), sum(profit_amount), sum(quantity) "
    "from sales.fct_daily_sales where {business}",
    "Sales by category": "select category_name, sales_amount from "
    "sales.rpt_category_rankings where category_level = 'category' and {business}",
    "Sales by year": "select year, sales_amount from sales.rpt_yearly_sales "
    "where {business} and sales_amount <> 0",
    "Sales by month, with forecast and 80 % interval": "select month_start_date, "
    "actual_amount, forecast_amount, lower_80, upper_80 "
    "from forecasting.rpt_sales_outlook where {business}",
    "Map of stores": "select store_id, stores.store_name, latitude, longitude, "
    "sales_amount from sales.rpt_store_rankings join core.dim_stores as stores "
    "using (business_id, store_id) where {business}",
    "Actual and forecast sales of the backtest": "select sales_date, actual_value, "
    "forecast_value from forecasting.rpt_forecast_vs_actual where {business} "
    "and is_best_model and measure = 'sales_amount' and series_level = 'total'",
    "Forecast error (WAPE) by model": "select model_name, beats_baseline, wape from "
    "forecasting.fct_forecast_accuracy where {business} and wape is not null "
    "and measure = 'sales_amount' and series_level = 'total'",
    "Sales and number of customers by RFM segment": "select rfm_segment, sales_amount, "
    "customer_count from customers.rpt_rfm_segments where {business} "
    "and customer_count > 0",
    "Profiles of the clusters": "select segment_name, customer_count, "
    "mean_recency_days, mean_order_count, mean_monetary_amount, mean_quantity, "
    "sales_share from customers.rpt_segment_profiles where {business}",
    "Elbow": "select k, inertia from customers.fct_segment_selection where {business} "
    "and inertia is not null "
    "and subject = 'customer' and algorithm = 'k_means'",
    "Silhouette": "select k, silhouette from customers.fct_segment_selection "
    "where {business} and subject = 'customer' and algorithm = 'k_means' "
    "and silhouette is not null",
    "Basket rules": "select basket_level, antecedents, consequents, support, "
    "confidence, lift from basket.fct_basket_rules where {business} "
    "and is_significant and not is_redundant",
    "Support and confidence of the rules": "select basket_level, antecedents, "
    "consequents, confidence, support, lift from basket.fct_basket_rules "
    "where {business} and is_significant and not is_redundant",
    "Best recommendation for each product": "select product_name, product_id, "
    "recommended_product_name, recommended_product_id, reason, score "
    "from basket.fct_product_recommendations where {business} "
    "and recommendation_rank = 1",
    "Share of customers and of the population": "select population_id, cluster_name, "
    "customer_share, population_share "
    "from prospecting.rpt_population_representation where {business}",
    "Lift of the best prospects": "select population_id, decile, cumulative_lift "
    "from prospecting.rpt_prospect_lift where {business}",
    "Error of the spend models": "select model_name, is_tuned, beats_baseline, mae "
    "from prospecting.fct_spend_model_scores where {business} and split = 'test' "
    "and mae is not null",
}


_BUSINESSES = ("superstore", "kalbe", "car_dealer")


def _sheet_rows(
    folder: Path, root: ET.Element, sheet: ET.Element
) -> dict[str, set[tuple[str, ...]]]:
    """The marks of a sheet for each business, from its XML and the extract."""
    (needed,) = [
        element
        for element in sheet.iterfind("table/view/datasource-dependencies")
        if element.attrib["datasource"] != "Parameters"
    ]
    (source,) = [
        s for s in sources_of(root) if s.get("name") == needed.attrib["datasource"]
    ]
    model = Model(source)
    filters = {
        f.attrib["column"].split("].", 1)[1]: f.find("groupfilter")
        for f in sheet.iterfind("table/view/filter")
    }
    dimensions, measures, conditions = {}, [], {}
    for instance in needed.iterfind("column-instance"):
        name, how = instance.attrib["name"], instance.attrib["derivation"]
        field = instance.attrib["column"]
        kept = filters.get(name)
        if field == "[is_chosen_business]":
            formula = source.find(f"column[@name='{field}']/calculation")
            assert formula is not None
            chosen = formula.attrib["formula"].removesuffix(
                " = [Parameters].[business]"
            )
        elif kept is not None:
            conditions[field] = kept.attrib["member"].replace('"', "'")
        elif how in {"Sum", "Avg", "Count"}:
            measures.append((field, how))
        else:
            dimensions[field] = how
    names = [f"c{number}" for number in range(len(dimensions))]
    parts = []
    for business in _BUSINESSES:
        kept = {**conditions, chosen: f"'{business}'"}
        for number, (field, how) in enumerate(measures):
            sql = model.sql(field, how, dimensions, kept)
            listed = ", ".join([*names, "value"])
            parts.append(
                f"select '{business}' as business, {number} as measure, "
                f"{''.join(f'{n}, ' for n in names)}cast(value as double precision) "
                f"as value from ({sql}) as marks({listed})"
            )
    marks: dict[tuple[str, ...], dict[int, str]] = {}
    for row in _ask(folder, source, " union all ".join(parts)):
        key = (row["business"], *(_text(row[name]) for name in names))
        marks.setdefault(key, {})[row["measure"]] = _text(row["value"])
    found: dict[str, set[tuple[str, ...]]] = {b: set() for b in _BUSINESSES}
    for (business, *key), values in marks.items():
        # Nothing is drawn without a value. Where no row has a category, one bar shows
        # the sales that are of none; the mart of categories leaves them out.
        if {*values.values()} != {"None"} and (not key or {*key} != {"None"}):
            found[business].add(tuple(sorted((*key, *values.values()))))
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    is_number = isinstance(value, int | float | Decimal)
    return f"{float(value):.6g}" if is_number else str(value)


def test_the_sheets_show_what_the_marts_hold(sample_build: Build, folder: Path) -> None:
    root = read_package(folder / f"{OFFICIAL.file}.twbx").root
    sheets = root.findall("worksheets/worksheet")
    assert {sheet.attrib["name"] for sheet in sheets} == {*_FROM_MARTS}
    for sheet in sheets:
        name = sheet.attrib["name"]
        found = _sheet_rows(folder, root, sheet)
        right = {
            business: {
                tuple(sorted(map(_text, row)))
                for row in sample_build.rows(
                    _FROM_MARTS[name].format(business=f"business_id = '{business}'")
                )
                if not all(value is None for value in row)
            }
            for business in _BUSINESSES
        }
        assert found == right, name
        assert any(right.values()), name


def test_both_forms_have_the_same_sheets(folder: Path) -> None:
    official, classic = (
        read_package(folder / f"{form.file}.twbx").root for form in FORMS
    )
    for part in ("datasources", "worksheets", "dashboards", "windows"):
        texts = {ET.tostring(_at(root, part)).strip() for root in (official, classic)}
        assert len(texts) == 1, part


def test_the_sheets_keep_apart_what_must_not_be_added_up(sample_build: Build) -> None:
    stars = {s.name: s for s in stars_of([in_tableau(m) for m in _marts(sample_build)])}
    for sheet in SHEETS:
        shown = {
            what.rpartition(":")[2]
            for what in (
                *sheet.rows,
                *sheet.columns,
                *sheet.detail,
                *sheet.filters,
                *(part for part in (sheet.color, sheet.text) if part),
            )
        }
        if sheet.filters.get("is_best_model"):
            shown.add("model_name")  # One per series.
        apart = set(stars[sheet.source].root.mart.never_added_across)
        assert apart <= shown, (sheet.name, apart - shown)


def test_every_sheet_is_on_a_dashboard() -> None:
    placed = [sheet for rows in DASHBOARDS.values() for row in rows for sheet in row]
    assert sorted(placed) == sorted(sheet.name for sheet in SHEETS)


# --- a small workbook: its exact text, and what the checks find ---


def _column(name: str, data_type: str = "string", **meaning: Any) -> Column:
    return Column(
        name, data_type, f"The {name}.", is_personal=False, meaning=Meaning(**meaning)
    )


_BUSINESS = Relation(("business_id",), "core.dim_businesses", ("business_id",))
_SMALL = [
    Mart(
        "core",
        "dim_businesses",
        "One row per business.",
        (_column("business_id"), _column("business_name")),
        keys=(("business_id",),),
    ),
    Mart(
        "core",
        "dim_stores",
        "One row per store.",
        (
            _column("business_id"),
            _column("store_id"),
            _column(
                "latitude",
                "double",
                aggregation=Aggregation.AVERAGE,
                format=Format.NUMBER,
                geography=Geography.LATITUDE,
            ),
        ),
        keys=(("business_id", "store_id"),),
        relations=(_BUSINESS,),
    ),
    Mart(
        "sales",
        "rpt_sales",
        "One row per store and month.",
        (
            _column("business_id"),
            _column("store_id"),
            _column("month_start_date", "date"),
            _column(
                "sales_amount",
                "double",
                aggregation=Aggregation.SUM,
                format=Format.MONEY,
            ),
        ),
        keys=(("business_id", "store_id", "month_start_date"),),
        relations=(
            Relation(
                ("business_id", "store_id"),
                "core.dim_stores",
                ("business_id", "store_id"),
            ),
        ),
        data_source="sales",
    ),
]
_SMALL_SHEETS = (
    Sheet(
        "Stores",
        "sales",
        rows=("store_id",),
        columns=("sales_amount",),
        mark="Bar",
        text="latitude",
        sort=("store_id", "sales_amount"),
    ),
    Sheet(
        "Months",
        "sales",
        rows=(VALUES,),
        columns=("month:month_start_date",),
        mark="Line",
        values=("sales_amount",),
        filters={"store_id": "north"},
    ),
)


def _small(form: Any = OFFICIAL, **changes: Any) -> ET.Element:
    given = {
        "sources": [DataSource(star) for star in stars_of(_SMALL)],
        "sheets": _SMALL_SHEETS,
        "dashboards": {"Sales": (("Stores", "Months"),)},
        "businesses": [("a", 'The "A" & Co.'), ("b", "B")],
    }
    return workbook(form, **{**given, **changes})


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.file)
def test_the_text_of_a_workbook_is_the_one_that_was_looked_at(form: Any) -> None:
    """A change of this file says that Tableau Desktop should open a workbook again."""
    golden = PROJECT / "tests" / "fixtures" / "tableau" / f"{form.file}.twb"
    assert as_bytes(_small(form)).decode() == golden.read_text(encoding="utf-8")


def test_a_workbook_without_a_data_source_leaves_its_sheets_out() -> None:
    other = Sheet("Rules", "basket_rules", rows=("k",), columns=("lift",), mark="Bar")
    root = _small(
        sheets=(*_SMALL_SHEETS, other),
        dashboards={"Sales": (("Stores", "Rules"), ("Months",)), "Bask": (("Rules",),)},
    )
    assert faults_of(root) == []
    names = [d.attrib["name"] for d in root.iterfind("dashboards/dashboard")]
    assert names == ["Sales"]
    assert len(root.findall("worksheets/worksheet")) == 2


def _remove(root: ET.Element, path: str) -> None:
    parent, _, child = path.rpartition("/")
    above = root.find(parent or ".")
    assert above is not None
    element = above.find(child)
    assert element is not None, path
    above.remove(element)


def _at(root: ET.Element, path: str) -> ET.Element:
    element = root.find(path)
    assert element is not None, path
    return element


def _swap_ends(root: ET.Element) -> None:
    ends = [_at(root, f".//{end}-end-point") for end in ("first", "second")]
    first, second = (end.attrib["object-id"] for end in ends)
    ends[0].set("object-id", second)
    ends[1].set("object-id", first)


def _after(root: ET.Element, path: str, text: Callable[[str], str]) -> None:
    element = _at(root, path)
    element.text = text(element.text or "")


_SOURCE = "datasources/datasource[2]"
_GRAPH = f"{_SOURCE}/object-graph"
_SHEET = "worksheets/worksheet"
_VIEW = f"{_SHEET}/table/view"
_MUTANTS: dict[str, Callable[[ET.Element], object]] = {
    "a field lost": lambda r: _remove(r, f"{_SOURCE}/connection/cols/map"),
    "a column lost": lambda r: _remove(r, f"{_SOURCE}/column"),
    "a relationship on no field": lambda r: _at(
        r, f"{_GRAPH}/relationships//expression/expression/expression"
    ).set("op", "[nope]"),
    "a relationship to no object": lambda r: _at(r, ".//second-end-point").set(
        "object-id", "nope"
    ),
    "a relationship lost": lambda r: _remove(r, f"{_GRAPH}/relationships/relationship"),
    "many rows on the one side": lambda r: _at(r, ".//second-end-point").attrib.pop(
        "unique-key"
    ),
    "sides swapped": _swap_ends,
    "a key of another type": lambda r: _after(
        r,
        f"{_SOURCE}//metadata-record[local-name='[store_id (dim_stores)]']/local-type",
        lambda _: "integer",
    ),
    "an object twice": lambda r: _at(r, f"{_GRAPH}/objects").append(
        copy.deepcopy(_at(r, f"{_GRAPH}/objects/object"))
    ),
    "a shelf with an undeclared field": lambda r: _after(
        r, f"{_SHEET}/table/rows", lambda text: text.replace("none:", "attr:")
    ),
    "an unknown derivation": lambda r: _at(
        r, ".//column-instance[@derivation='Month-Trunc']"
    ).set("derivation", "TruncMonth"),
    "a wrong scale": lambda r: _at(r, f"{_VIEW}//column-instance").set("type", "nope"),
    "a slice lost": lambda r: _remove(r, f"{_VIEW}/slices/column"),
    "an unlisted data source": lambda r: _remove(r, f"{_VIEW}/datasources/datasource"),
    "a sort by an undeclared field": lambda r: _at(r, ".//computed-sort").set(
        "using", "[x].[y]"
    ),
    "a viewpoint lost": lambda r: _remove(r, "windows/window/viewpoints/viewpoint"),
    "a zone of no sheet": lambda r: _at(r, ".//zone[@name]").set("name", "nope"),
    "a zone that leaves the dashboard": lambda r: _at(r, ".//zone[@name]").set(
        "x", "99999"
    ),
    "a window lost": lambda r: _remove(r, "windows/window[2]"),
    "a calculation on no field": lambda r: _at(r, f"{_SOURCE}/column/calculation").set(
        "formula", "[nope] = 1"
    ),
    "the manifest lost": lambda r: _remove(r, "document-format-change-manifest"),
    "explain-data lost": lambda r: _remove(r, "explain-data"),
    "elements out of order": lambda r: _at(r, _SOURCE).insert(
        0, _at(r, f"{_SOURCE}/object-graph")
    ),
    "an id twice": lambda r: _at(r, f"{_SHEET}/simple-id").set(
        "uuid", _at(r, "windows/window/simple-id").attrib["uuid"]
    ),
}


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_the_checks_find_each_fault(mutant: str) -> None:
    root = _small()
    assert faults_of(root) == []
    _MUTANTS[mutant](root)
    assert faults_of(root)


def test_a_package_is_the_same_again_for_the_same_extracts(tmp_path: Path) -> None:
    extract = tmp_path / "sales.hyper"
    extract.write_bytes(b"rows" * 100_000)
    made = []
    for number in range(2):
        path = tmp_path / f"{number}.twbx"
        _pack(path, "a.twb", as_bytes(_small()), {"Data/sales.hyper": extract})
        os.utime(extract, (number, number))
        made.append(path.read_bytes())
        assert package_faults(read_package(path)) == []
    assert made[0] == made[1]


def test_the_checks_compare_a_package_with_its_document(tmp_path: Path) -> None:
    root = _small()
    path = tmp_path / "a.twbx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.twb", as_bytes(root))
        package.writestr("Data/other.hyper", b"")
    assert package_faults(read_package(path)) == [
        "named and packed extracts differ: ['Data/other.hyper', 'Data/sales.hyper']"
    ]
    assert tableau_model.faults_of(_small(CLASSIC)) == []
