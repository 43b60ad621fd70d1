"""The house rules, on the project as it stands and on an example of each fault."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml
from conftest import PROJECT, Build
from house_rules import RULES, House, Rule, arguments_of, layers

_BY_NAME = {rule.faults.__name__: rule for rule in RULES}


@pytest.fixture(scope="module")
def house(sample_build: Build) -> House:
    manifest = sample_build.warehouse.parents[1] / "target" / "manifest.json"
    columns: dict[str, list[str]] = {}
    for table, column in sample_build.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema <> 'raw'"
    ):
        columns.setdefault(table, []).append(column)
    roots = ("models", "python_models", "macros", "tests", "analyses", "seeds", "src")
    files = {
        path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
        for root in roots
        for path in (PROJECT / root).rglob("*")
        if path.suffix in (".sql", ".py", ".yml", ".md")
    }
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    marts = project["models"]["retail_marts"]["marts"]
    return House(
        manifest=json.loads(manifest.read_text(encoding="utf-8")),
        columns=columns,
        files=files,
        areas=[name for name in marts if name != "core" and not name.startswith("+")],
    )


@pytest.mark.parametrize("rule", RULES, ids=_BY_NAME)
def test_the_house_keeps_its_rules(rule: Rule, house: House) -> None:
    faults = rule.faults(house)
    assert not faults, rule.explained(faults)


# --- what a rule finds ---


def _node(path: str, *reads: str, **other: Any) -> dict[str, Any]:
    """A model as dbt's manifest has it: it reads what these paths name."""
    name = PurePosixPath(path).stem
    return {
        "unique_id": path,
        "resource_type": "seed" if path.startswith("seeds/") else "model",
        "name": name,
        "original_file_path": path,
        "depends_on": {"nodes": list(reads)},
        "description": "One row per store.",
        "columns": {},
        "access": "protected",
        "contract": {"enforced": False},
        "config": {"materialized": "table", "meta": {}},
        **other,
    }


def _columns(**descriptions: str) -> dict[str, Any]:
    return {
        name: {"name": name, "description": description}
        for name, description in descriptions.items()
    }


def _manifest(*nodes: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    return {"nodes": {node["unique_id"]: node for node in nodes}, **other}


def _keyed(path: str) -> dict[str, Any]:
    return {
        **_node(f"tests/{path}", path),
        "resource_type": "test",
        "test_metadata": {"name": "unique_key"},
    }


def _view(*rows: Mapping[str, Any], key: tuple[str, ...] = ("business_id",)) -> House:
    view = _node(
        "models/intermediate/canonical/int_a.sql",
        config={"materialized": "view", "meta": {"key": list(key)}},
    )
    test = {"name": "t", "model": "int_a", "expect": {"rows": list(rows)}}
    return House(_manifest(view, unit_tests={"t": test}))


def _macro(sql: str, path: str = "macros/values/a.sql", **other: Any) -> House:
    macro = {
        "name": "a",
        "package_name": "retail_marts",
        "original_file_path": path,
        "macro_sql": sql,
        "description": "A.",
        "arguments": [],
        **other,
    }
    return House({"macros": {"a": macro}})


def _exposure(*reads: str, name: str = "report") -> dict[str, Any]:
    return {
        name: {"name": name, "description": "R.", "depends_on": {"nodes": list(reads)}}
    }


_SOURCE = {
    "unique_id": "raw",
    "resource_type": "source",
    "name": "raw",
    "source_name": "kalbe",
    "source_description": "Kalbe.",
    "description": "",
    "columns": {},
}
_STG = _node("models/staging/kalbe/stg_kalbe__stores.sql", "raw")
_CANONICAL = _node("models/intermediate/canonical/int_stores_unioned.sql")
_CORE = _node("models/marts/core/dim_stores.sql", access="public")
_SALES = _node("models/intermediate/sales/int_days.sql")
_PY = _node("python_models/basket/py_rules.py")
_RPT = _node("models/marts/sales/rpt_days.sql", access="public")
_ALL = (_SOURCE, _STG, _CANONICAL, _CORE, _SALES, _PY, _RPT)
_REPORT = "src/retail_marts/report/pages/sales.py"


def _mart(data_type: str = "string", **meta: str) -> House:
    column = {"name": "a", "data_type": data_type, "config": {"meta": meta}}
    return House(_manifest({**_RPT, "columns": {"a": column}}))


def _reads(path: str, *parents: str) -> House:
    nodes = {node["unique_id"]: node for node in (*_ALL, _node(path, *parents))}
    # The others read what they may, or nothing.
    return House({"nodes": nodes})


_FAULTS: list[tuple[str, House, str]] = [
    ("layers", _reads("models/marts/core/dim_a.sql", _STG["unique_id"]), "stg_kalbe"),
    ("layers", _reads("models/marts/sales/rpt_a.sql", "raw"), "reads raw"),
    ("layers", _reads("models/marts/core/dim_a.sql", _RPT["unique_id"]), "rpt_days"),
    (
        "layers",
        _reads("models/intermediate/canonical/int_a.sql", _CORE["unique_id"]),
        "dim_stores",
    ),
    (
        "layers",
        _reads("models/intermediate/canonical/int_a.sql", _SALES["unique_id"]),
        "int_days",
    ),
    (
        "layers",
        _reads("models/intermediate/sales/int_a.sql", _CANONICAL["unique_id"]),
        "int_stores_unioned",
    ),
    (
        "layers",
        _reads("models/intermediate/basket/int_a.sql", _SALES["unique_id"]),
        "int_days",
    ),
    (
        "layers",
        _reads("models/staging/umkm/stg_umkm__a.sql", _STG["unique_id"]),
        "stg_kalbe",
    ),
    ("layers", _reads("models/marts/sales/rpt_a.sql", _PY["unique_id"]), "py_rules"),
    (
        "exposures_read_marts",
        House(_manifest(_SALES, exposures=_exposure(_SALES["unique_id"]))),
        "int_days",
    ),
    (
        "names",
        House(_manifest(_node("models/staging/kalbe/kalbe_a.sql"))),
        "stg_kalbe__",
    ),
    (
        "names",
        House(_manifest(_node("models/staging/umkm/stg_kalbe__a.sql"))),
        "stg_umkm",
    ),
    ("names", House(_manifest(_node("models/marts/sales/dim_a.sql"))), "fct|rpt"),
    ("names", House(_manifest(_node("models/other/a.sql"))), "on no floor"),
    (
        "folder_members",
        House(files={"models/marts/sales/sales.yml": ""}),
        "_sales__",
    ),
    (
        "folder_members",
        House(files={"python_models/sales/_sales__py_models.yml": ""}),
        "_sales__",
    ),
    (
        "area_folders",
        House(files={"macros/reports/a.sql": ""}, areas=["sales"]),
        "macros/reports is no area",
    ),
    (
        "area_folders",
        House(files={"models/marts/sales/a.sql": ""}, areas=["sales"]),
        "python_models/sales is missing",
    ),
    (
        "area_folders",
        House(files={"tests/python/test_rfm.py": ""}, areas=["customers"]),
        "tests/python/test_customers_*.py is missing",
    ),
    ("marts", House(_manifest(_CORE)), "dim_stores has no contract"),
    ("marts", House(_manifest(_CORE)), "dim_stores begins with None"),
    (
        "marts",
        House(_manifest(_node("models/marts/core/dim_a.sql"))),
        "dim_a is protected",
    ),
    (
        "marts",
        House(_manifest(_node("python_models/sales/py_a.py", access="public"))),
        "py_a is public",
    ),
    ("keys", House(_manifest(_PY)), "py_rules has no test"),
    ("keys", _view(key=()), "does not state its key"),
    ("keys", _view(), "no unit test"),
    (
        "keys",
        House(_view().manifest, columns={"int_a": ["store_id"]}),
        "int_a lacks a column of its key business_id",
    ),
    ("keys", _view({"business_id": "a"}), "no unit test"),
    ("keys", _view({"business_id": "a"}, {"business_id": "a"}), "no unit test"),
    ("keys", _view({"business_id": "a"}, {"store_id": "a"}), "no unit test"),
    (
        "staging_rows",
        House(files={"models/staging/kalbe/a.sql": "select *\nfrom a\ninner join b"}),
        "join",
    ),
    (
        "grain",
        House(_manifest(_node("models/marts/core/dim_a.sql", description="Stores."))),
        "Stores.",
    ),
    (
        "grain",
        House(
            _manifest(_node("models/marts/core/dim_a.sql", description="A row: a b."))
        ),
        "A row: a b.",
    ),
    (
        "columns",
        House(_manifest(_CORE), columns={"dim_stores": ["store_id"]}),
        "dim_stores.store_id is not described",
    ),
    (
        "columns",
        House(
            _manifest(
                _CORE, {**_CANONICAL, "description": "One row. See `dim_stores`."}
            ),
            columns={"dim_stores": ["a"], "int_stores_unioned": ["a", "b"]},
        ),
        "int_stores_unioned.b is not described",
    ),
    (
        "columns",
        House(
            _manifest(
                _CORE,
                {
                    **_CANONICAL,
                    "description": "One row. See `dim_stores`.",
                    "columns": _columns(a="A."),
                },
            ),
            columns={"dim_stores": ["a"], "int_stores_unioned": ["a"]},
        ),
        "int_stores_unioned.a is described in a mart that it names",
    ),
    (
        "columns",
        House(_manifest({**_CORE, "columns": _columns(a="A.")})),
        "dim_stores has no column a",
    ),
    ("descriptions", House({"sources": {"raw": _SOURCE}}), "kalbe.raw has no"),
    (
        "descriptions",
        House({"nodes": {"s": _node("seeds/names.csv", description=" ")}}),
        "names has no",
    ),
    (
        "descriptions",
        House({"exposures": {"r": {"name": "r", "description": ""}}}),
        "r has no",
    ),
    (
        "descriptions",
        House({"metrics": {"m": {"name": "m", "description": ""}}}),
        "m has",
    ),
    (
        "descriptions",
        House(
            {
                "semantic_models": {
                    "s": {
                        "name": "s",
                        "entities": [],
                        "dimensions": [],
                        "measures": [{"name": "m", "description": None}],
                    }
                }
            }
        ),
        "s.m has no",
    ),
    (
        "descriptions",
        _macro("{% macro a() %}{% endmacro %}", description=""),
        "a has no",
    ),
    ("descriptions", _macro("{% macro a(b) %}{% endmacro %}"), "a(b) has no"),
    (
        "descriptions",
        _macro(
            "{% macro a() %}{% endmacro %}",
            arguments=[{"name": "c", "description": "C."}],
        ),
        "a(c), which it lacks, has no",
    ),
    ("column_meta", _mart(data_type="bigint"), "rpt_days.a is a number without"),
    ("column_meta", _mart(data_type="decimal(18, 2)"), "rpt_days.a is a number"),
    ("column_meta", _mart(role="measure"), "rpt_days.a has the role measure"),
    ("column_meta", _mart(mony="sum"), "rpt_days.a has the meta mony"),
    (
        "column_meta",
        House(_manifest({**_RPT, "config": {"meta": {"never_added_across": ["b"]}}})),
        "rpt_days has no column b",
    ),
    ("doc_blocks", House(files={"models/_docs.md": "{% docs old %}\nO.\n"}), "old is"),
    (
        "macro_files",
        _macro("", path="macros/values/b.sql"),
        "a is in macros/values/b.sql",
    ),
    (
        "macro_files",
        _macro("", path="tests/generic/b.sql", name="test_a"),
        "test_a is in tests/generic/b.sql",
    ),
    ("refs", House(files={"models/a.sql": "from {{ ref('dim_dates') }}"}), "ref('dim"),
    ("refs", House(files={"macros/a/a.sql": "{{ ref(model) }}"}), "ref(model)"),
    (
        "refs",
        House(files={"tests/core/a.sql": "{{ ref('my', 'a') }}"}),
        "ref('my', 'a')",
    ),
    (
        "refs",
        House(
            _manifest(_node("seeds/names.csv")),
            files={"models/a.sql": "{{ ref('retail_marts', 'names') }}"},
        ),
        "ref('retail_marts', 'names')",
    ),
    ("refs", House(files={"models/a.yml": "to: ref('dim_dates')"}), "ref('dim_dates')"),
    (
        "refs",
        House(files={"python_models/a.py": 'dbt.ref("dim_dates")'}),
        'ref("dim_dates")',
    ),
    (
        "library",
        House(files={"src/retail_marts/basket/a.py": "import duckdb\n"}),
        "import duckdb",
    ),
    (
        "report_exposure",
        House({"exposures": {}}, files={_REPORT: '"select 1 from sales.rpt_days"'}),
        "the exposure lacks rpt_days",
    ),
    (
        "report_exposure",
        House({"exposures": {}}, files={_REPORT: 'business.has("sales.rpt_days")'}),
        "the exposure lacks rpt_days",
    ),
    (
        "report_exposure",
        House({"exposures": _exposure("model.retail_marts.rpt_days")}),
        "the report does not read rpt_days",
    ),
    (
        "report_exposure",
        House({"exposures": {}}, files={_REPORT: 'f"from sales.rpt_{what}"'}),
        "write the mart's name out",
    ),
    (
        "report_exposure",
        House({"exposures": {}}, files={_REPORT: "business.has(mart)"}),
        "write the mart's name out",
    ),
]
_ENGINE_SQL = [
    "a::integer",
    "try_cast(a as integer)",
    "'try_cast(a as integer)'",
    "weekofyear(a)",
    "isoyear (a)",
    "left(a, 3)",
    "list_sort(a)",
    "list(a)",
    "string_agg(a, ',')",
    "regexp_replace(a, b, c)",
    "from duckdb_views()",
    "getvariable('personal_key')",
    "max_by(a, b)",
    "quantile_disc(a, 0.5)",
    "sum(a) filter (where b)",
    "qualify row_number() over () = 1",
    "select * exclude (a)",
    "group by all",
    "a + interval 1 day",
    "with a as not materialized (",
]
_HOLDS = {
    **_keyed("holds_a"),
    "test_metadata": {"name": "holds", "kwargs": {"expressions": ["len(a) > 1"]}},
}
_FAULTS += [
    ("engine_sql", House(files={"models/a.sql": f"select {sql}\n"}), "models/a.sql: ")
    for sql in _ENGINE_SQL
]
_FAULTS.append(("engine_sql", House(_manifest(_HOLDS)), "holds_a: len("))


@pytest.mark.parametrize(
    ("rule", "house", "fault"),
    _FAULTS,
    ids=[f"{rule}-{number}" for number, (rule, *_) in enumerate(_FAULTS)],
)
def test_a_rule_finds_its_fault(rule: str, house: House, fault: str) -> None:
    faults = _BY_NAME[rule].faults(house)
    assert any(fault in found for found in faults), faults
    assert _BY_NAME[rule].why in _BY_NAME[rule].explained(faults)


def test_every_rule_has_an_example_of_a_fault() -> None:
    assert {rule for rule, *_ in _FAULTS} == set(_BY_NAME)


# --- what a rule lets pass ---


def test_layers_accept_the_allowed_references() -> None:
    way = [
        _node(_STG["unique_id"], "raw"),
        _node(_CANONICAL["unique_id"], _STG["unique_id"]),
        _node(_CORE["unique_id"], _CANONICAL["unique_id"]),
        _node(_SALES["unique_id"], _CORE["unique_id"], "seeds/days.csv"),
        _node(_RPT["unique_id"], _SALES["unique_id"]),
        _node(_PY["unique_id"], _RPT["unique_id"], _CORE["unique_id"]),
    ]
    house = House(_manifest(_SOURCE, _node("seeds/days.csv"), *way))
    assert layers(house, {}) == []


def test_layers_know_their_exceptions_and_ask_to_remove_old_ones() -> None:
    house = _reads("models/marts/sales/rpt_a.sql", "raw")
    raw = {("stg_kalbe__stores", "raw"): "", ("rpt_a", "raw"): "Why."}
    assert layers(house, raw) == [
        "stg_kalbe__stores no longer reads raw: remove the exception"
    ]


def test_keys_of_a_view_are_shown_by_two_rows() -> None:
    assert (
        _BY_NAME["keys"].faults(_view({"business_id": "a"}, {"business_id": "b"})) == []
    )


def test_engine_sql_lets_comments_words_and_our_macros_pass() -> None:
    sql = """
        {# try_cast(a) #}
        -- left(a, 3)
        select list_price_amount, {{ dbt.datediff('a', 'b', 'day') }} as days
        from {{ ref('a') }}
        left join b on a.id = b.id
    """
    assert _BY_NAME["engine_sql"].faults(House(files={"models/a.sql": sql})) == []


def test_arguments_of_reads_defaults_with_commas() -> None:
    sql = (
        "{% macro a(b, c='decimal(18, 4)', d=[]) -%}{% do b.append(c) %}{%- endmacro %}"
    )
    assert arguments_of(sql, "a") == ["b", "c", "d"]


def test_models_of_one_source_never_write_it_at_once() -> None:
    reads: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for path in (PROJECT / "models" / "staging").rglob("*.sql"):
        text = path.read_text(encoding="utf-8")
        for source in re.findall(r"source\(\s*('\w+', '\w+')", text):
            reads.setdefault(source, set()).add(path.stem)
        before[path.stem] = {*re.findall(r"ref\('retail_marts', '(\w+)'\)", text)}

    def all_before(model: str) -> set[str]:
        found = before.get(model, set())
        return found.union(*map(all_before, found))

    for source, models in reads.items():
        together = [
            (one, other)
            for one, other in combinations(sorted(models), 2)
            if one not in all_before(other) and other not in all_before(one)
        ]
        assert not together, f"{source}: dbt may run these at once: {together}"
