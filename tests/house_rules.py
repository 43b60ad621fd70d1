"""The house rules: each rule with its reason and an example of a fault.

A rule is a pure function of a `House` (dbt's manifest, the columns that a build made,
and texts of files) that returns one line for each fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import jinja2
import jinja2.nodes

from retail_marts.clients.meta import meta_of, states_role

Node = Mapping[str, Any]


@dataclass(frozen=True)
class House:
    """What the rules look at."""

    manifest: Mapping[str, Any] = field(default_factory=dict)
    #: Columns of every table and view that a build made, by model.
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Texts of the project's files, by path from its root.
    files: Mapping[str, str] = field(default_factory=dict)
    #: The areas, as dbt_project.yml lists them below the marts.
    areas: Sequence[str] = ()

    def of_kind(self, *kinds: str) -> list[Node]:
        """Nodes of these resource types, by name."""
        nodes = self.manifest.get("nodes", {}).values()
        found = [node for node in nodes if node["resource_type"] in kinds]
        return sorted(found, key=lambda node: str(node["name"]))

    def models(self, *floors: str) -> list[Node]:
        """The models of these floors, or all."""
        return [
            node
            for node in self.of_kind("model")
            if not floors or floor_of(node)[0] in floors
        ]

    def texts(self, *roots: str, suffix: str) -> Iterator[tuple[str, str]]:
        """Path and text of every file below these folders."""
        for path, text in sorted(self.files.items()):
            if path.startswith(roots) and path.endswith(suffix):
                yield path, text


@dataclass(frozen=True)
class Rule:
    """A rule of the house, as a failure explains it."""

    name: str
    why: str
    example: str
    faults: Callable[[House], list[str]]

    def explained(self, faults: Sequence[str]) -> str:
        return "\n".join(
            [
                f"{self.name}.",
                f"  Why: {self.why}",
                f"  Example: {self.example}",
                *(f"  - {fault}" for fault in faults),
            ]
        )


RULES: list[Rule] = []


def _rule(
    name: str, *, why: str, example: str
) -> Callable[[Callable[[House], list[str]]], Callable[[House], list[str]]]:
    def register(faults: Callable[[House], list[str]]) -> Callable[[House], list[str]]:
        RULES.append(Rule(name, why, example, faults))
        return faults

    return register


# --- floors and areas ---

#: (reader, what it reads): why the rule on layers makes an exception.
LAYER_EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("fct_source_files", "landed_files"): (
        "The landing's notes of files are a mart's content, but not rows of a file."
    ),
    ("stg_mapped__entries", "stg_mapped__sales_lines"): (
        "Only the order of the two: both read the list of the source's tables."
    ),
    ("stg_mapped__filtered_rows", "stg_mapped__entries"): (
        "Only the order of the two: both read the list of the source's tables."
    ),
    ("int_spend_features", "int_customers_unioned"): (
        "dim_customers has four decimals; models need the eight of the files "
        "(docs/decisions/0006)."
    ),
    ("py_population_clusters", "int_population_implicates_unioned"): (
        "A population is nobody's customers: no core mart holds it."
    ),
    ("py_prospects", "int_population_implicates_unioned"): (
        "A population is nobody's customers: no core mart holds it."
    ),
    ("int_sales_series_unioned", "int_sales_lines_aggregated_to_days"): (
        "The marts of sales are rounded to cents, and sums of rounded sums would drift."
    ),
    ("int_sales_series_unioned", "int_sales_lines_aggregated_to_product_days"): (
        "The marts of sales are rounded to cents, and sums of rounded sums would drift."
    ),
}


def floor_of(node: Node) -> tuple[str, str]:
    """The floor of a node, and its source or area ('' for none)."""
    if node["resource_type"] in ("source", "seed"):
        return node["resource_type"], ""
    root, *folders = PurePosixPath(node["original_file_path"]).parts[:-1]
    if root == "python_models":
        return "python", folders[0] if folders else ""
    floor, *rest = [*folders, ""]
    area = rest[0] if rest else ""
    if (floor, area) == ("intermediate", "canonical"):
        return "canonical", ""
    if (floor, area) == ("marts", "core"):
        return "core", ""
    return floor, area


def _may_read(reader: tuple[str, str], parent: tuple[str, str]) -> bool:
    floor, area = reader
    if floor == "staging":
        return parent[0] == "source"
    if floor == "canonical":
        return parent[0] in ("staging", "canonical")
    if floor == "core":
        return parent[0] in ("canonical", "core")
    # An area: intermediate, Python models and marts.
    return parent[0] in ("core", "seed", "marts") or (
        parent[0] in ("intermediate", "python") and parent[1] == area
    )


@_rule(
    "Data takes one way: staging, canonical, core, area",
    why="A model that skips a floor sees rejected rows or one source's own shape, "
    "and areas that read each other's intermediates cannot be changed one by one.",
    example="dim_regions read stg_superstore__people: a second source's regions would "
    "have been missing. It reads int_regions_unioned.",
)
def layers(
    house: House, exceptions: Mapping[tuple[str, str], str] | None = None
) -> list[str]:
    exceptions = LAYER_EXCEPTIONS if exceptions is None else exceptions
    known = {**house.manifest.get("nodes", {}), **house.manifest.get("sources", {})}
    faults, used = [], set()
    for node in house.models():
        for parent_id in dict.fromkeys(node["depends_on"]["nodes"]):
            parent = known[parent_id]
            edge = (node["name"], parent["name"])
            if _may_read(floor_of(node), floor_of(parent)):
                continue
            if edge in exceptions:
                used.add(edge)
                continue
            faults.append(
                f"{edge[0]} ({' '.join(floor_of(node)).strip()}) reads {edge[1]}"
                f" ({' '.join(floor_of(parent)).strip()})"
            )
    return faults + [
        f"{reader} no longer reads {parent}: remove the exception"
        for reader, parent in exceptions
        if (reader, parent) not in used
    ]


@_rule(
    "Exposures read marts",
    why="Only marts are published and have a contract.",
    example="A dashboard on int_segment_features_unioned breaks at the next change.",
)
def exposures_read_marts(house: House) -> list[str]:
    known = {**house.manifest.get("nodes", {}), **house.manifest.get("sources", {})}
    return [
        f"{exposure['name']} reads {known[parent]['name']}"
        for exposure in house.manifest.get("exposures", {}).values()
        for parent in exposure["depends_on"]["nodes"]
        if floor_of(known[parent])[0] not in ("core", "marts")
    ]


_NAMES = {
    "staging": r"stg_{folder}__\w+",
    "canonical": r"int_\w+",
    "intermediate": r"int_\w+",
    "core": r"(dim|fct)_\w+",
    "marts": r"(fct|rpt)_\w+",
    "python": r"py_\w+",
}


@_rule(
    "A name says on which floor a model stands",
    why="Lineage graphs and error messages show names only.",
    example="models/staging/kalbe/kalbe_products.sql is called stg_kalbe__products.",
)
def names(house: House) -> list[str]:
    faults = []
    for node in house.models():
        floor, folder = floor_of(node)
        pattern = _NAMES.get(floor)
        path = node["original_file_path"]
        if pattern is None:
            faults.append(f"{path} is on no floor ({', '.join(_NAMES)})")
        elif not re.fullmatch(pattern.format(folder=folder), node["name"]):
            faults.append(f"{path} is not called {pattern.format(folder=folder)}")
    return faults


@_rule(
    "Every folder of models has the same members",
    why="Who knows one folder finds everything in the others.",
    example="models/marts/sales holds _sales__models.yml, not sales.yml.",
)
def folder_members(house: House) -> list[str]:
    kinds = {"yml": "models|sources", "md": "docs"}
    faults = []
    for path in house.files:
        file = PurePosixPath(path)
        is_of_models = file.parts[0] == "python_models" or (
            file.parts[0] == "models"
            and file.parts[1] in ("staging", "intermediate", "marts")
        )
        kind = kinds.get(file.suffix.lstrip("."))
        if is_of_models and kind and len(file.parts) > 2:
            folder = file.parts[-2]
            # The landing is a source without its own folder.
            owner = f"({folder}|landing)" if folder == "staging" else folder
            expected = rf"_{owner}__({kind})\{file.suffix}"
            if not re.fullmatch(expected, file.name):
                faults.append(f"{path} is not called {expected}")
    return faults


#: Nodes that belong to no area.
_OTHER_FOLDERS = {
    "models/marts": {"core"},
    "models/intermediate": {"canonical"},
    "python_models": set(),
    "macros": {
        "canonical",
        "dates",
        "dbt",
        "lines",
        "mapped",
        "refresh",
        "rejection",
        "values",
    },
    "src/retail_marts": {
        *("clients", "frames", "landing", "mapper", "publish", "raw_tables", "report"),
        *("sample", "settings", "spark"),
    },
    "tests": {"acceptance", "core", "fixtures", "generic", "python"},
}
#: Areas whose models share no SQL, so they have no macros.
_NEEDS_NO_AREA = {"macros"}


@_rule(
    "An area has one name everywhere",
    why="What belongs to forecasting is found without a search.",
    example="The macros of the area sales were in macros/reports.",
)
def area_folders(house: House) -> list[str]:
    faults = []
    for root, others in _OTHER_FOLDERS.items():
        depth = len(PurePosixPath(root).parts)
        folders = {
            PurePosixPath(path).parts[depth]
            for path in house.files
            if path.startswith(f"{root}/")
            and len(PurePosixPath(path).parts) > depth + 1
        }
        unknown = folders - others - set(house.areas)
        faults += [f"{root}/{name} is no area" for name in sorted(unknown)]
        if root not in _NEEDS_NO_AREA:
            missing = set(house.areas) - folders
            faults += [f"{root}/{name} is missing" for name in sorted(missing)]
    tested = {
        match.group(1)
        for path in house.files
        if (match := re.match(r"tests/python/test_([a-z]+)_\w+\.py$", path))
    }
    missing = set(house.areas) - tested
    return faults + [f"tests/python/test_{name}_*.py is missing" for name in missing]


# --- marts and keys ---


@_rule(
    "Every mart is public, has a contract, and names its business first",
    why="A mart is the interface: its columns change on purpose only, and no row of "
    "one business is taken for another's.",
    example="fct_orders begins with business_id; dim_dates is every business's.",
)
def marts(house: House) -> list[str]:
    of_no_business = {"dim_dates", "fct_source_files"}
    faults = []
    for node in house.models():
        is_mart = floor_of(node)[0] in ("core", "marts")
        if is_mart != (node["access"] == "public"):
            faults.append(f"{node['name']} is {node['access']}")
        if not is_mart:
            continue
        if not node["contract"]["enforced"]:
            faults.append(f"{node['name']} has no contract")
        first = next(iter(node["columns"]), None)
        if first != "business_id" and node["name"] not in of_no_business:
            faults.append(f"{node['name']} begins with {first}")
    return faults


def _shows_key(test: Node, key: Sequence[str]) -> bool:
    rows = test["expect"]["rows"]
    if isinstance(rows, str):
        return all(column in rows for column in key)
    if len(rows) < 2 or not all(set(key) <= set(row) for row in rows):
        return False
    return len({tuple(str(row[column]) for column in key) for row in rows}) == len(rows)


@_rule(
    "Every key is tested",
    why="A repeated key multiplies the rows and the money of every join.",
    example="A table has the test unique_key. A view states its key (config: meta: "
    "key: [business_id, store_id]), and a unit test expects two rows or more with it: "
    "a test of every view at each build would read the files again. Staging is a "
    "file's rows.",
)
def keys(house: House) -> list[str]:
    keyed = {
        parent
        for node in house.of_kind("test")
        if (node.get("test_metadata") or {}).get("name") == "unique_key"
        for parent in node["depends_on"]["nodes"]
    }
    unit_tests: dict[str, list[Node]] = {}
    for test in house.manifest.get("unit_tests", {}).values():
        unit_tests.setdefault(test["model"], []).append(test)
    faults = []
    for node in house.models():
        name, key = node["name"], node["config"]["meta"].get("key")
        if node["config"]["materialized"] != "view":
            if node["unique_id"] not in keyed:
                faults.append(f"{name} has no test unique_key")
        elif not key:
            faults.append(f"{name} does not state its key")
        elif name in house.columns and not set(key) <= set(house.columns[name]):
            faults.append(f"{name} lacks a column of its key {', '.join(key)}")
        elif floor_of(node)[0] != "staging" and not any(
            _shows_key(test, key) for test in unit_tests.get(name, [])
        ):
            faults.append(f"no unit test of {name} expects rows with {', '.join(key)}")
    return faults


#: What the `meta` of a mart's column may say (docs/marts.md).
_COLUMN_META = frozenset(
    ["sum", "average", "role", "geography", "time", "hidden", "personal", "in_extracts"]
)
_NUMBER = re.compile(r"(tiny|small|big)?int(eger)?|double|float|decimal\b.*")


@_rule(
    "Every number of a mart says what clients do with it",
    why="A dashboard that adds up rates, or averages amounts, shows wrong figures.",
    example="`config: {meta: {sum: money}}`, `{average: percent}`, or for numbers that "
    "rows are grouped by, `{role: dimension}`.",
)
def column_meta(house: House) -> list[str]:
    faults = []
    for node in house.models("core", "marts"):
        for column in node["columns"].values():
            place, meta = f"{node['name']}.{column['name']}", meta_of(column)
            is_number = _NUMBER.fullmatch(column.get("data_type") or "")
            if is_number and not states_role(column):
                faults.append(f"{place} is a number without sum, average or role")
            if meta.get("role", "dimension") != "dimension":
                faults.append(f"{place} has the role {meta['role']}")
            for word in sorted({*meta} - _COLUMN_META):
                faults.append(f"{place} has the meta {word}, which nothing reads")
        for name in meta_of(node).get("never_added_across", ()):
            if name not in node["columns"]:
                faults.append(f"{node['name']} has no column {name} to keep apart")
    return faults


@_rule(
    "Staging takes row by row",
    why="A row of a file is a row of its staging model, accepted or rejected: so no "
    "row is lost, and the file and row number are its key.",
    example="A join with the product file in stg_kalbe__transactions could drop lines.",
)
def staging_rows(house: House) -> list[str]:
    grouping = re.compile(
        r"\b((inner|left|right|full|cross) (outer )?join|group by|having"
        r"|select distinct)\b"
    )
    return [
        f"{path}: {match.group()}"
        for path, text in house.texts("models/staging/", suffix=".sql")
        for match in grouping.finditer(_without_comments(text))
    ]


# --- words ---


@_rule(
    "Every model states its grain",
    why="Nobody can sum a table without knowing what a row is.",
    example="'One row per business and store.' comes first in the description.",
)
def grain(house: House) -> list[str]:
    return [
        f"{node['name']}: {node['description'].strip()[:40] or 'no description'!r}"
        for node in house.models()
        if not re.match(r"One row per \w", node["description"].strip())
    ]


def _columns_of_named_marts(node: Node, house: House) -> set[str]:
    marts = {mart["name"] for mart in house.models("core", "marts")}
    named = set(re.findall(r"`(\w+)`", node["description"])) & marts
    return {column for name in named for column in house.columns.get(name, ())}


@_rule(
    "Every column is described once",
    why="Of two descriptions of a column one is soon wrong.",
    example="Marts, staging and seeds describe each column. An int_ or py_ model names "
    "in its description the marts that do, and describes what they do not have.",
)
def columns(house: House) -> list[str]:
    faults = []
    for node in house.of_kind("model", "seed"):
        described = {
            column["name"]
            for column in node["columns"].values()
            if column["description"].strip()
        }
        there = set(house.columns.get(node["name"], ()))
        expected = there
        if floor_of(node)[0] in ("canonical", "intermediate", "python"):
            expected = there - _columns_of_named_marts(node, house)
        for column in sorted(expected - described):
            faults.append(f"{node['name']}.{column} is not described")
        for column in sorted(described & there - expected):
            faults.append(
                f"{node['name']}.{column} is described in a mart that it names"
            )
        listed = {column["name"] for column in node["columns"].values()}
        for column in sorted(listed - there):
            faults.append(f"{node['name']} has no column {column}")
    return faults


def _is_ours(macro: Node) -> bool:
    """Whether a macro is called by name: not a test, not the branch of an engine."""
    return macro["package_name"] == "retail_marts" and bool(
        re.match(r"(macros|tests/generic)/", macro["original_file_path"])
    )


#: What stands before the name of a macro in those of its branches, and of a test.
_BRANCHES = ("duckdb__", "spark__", "test_")


@_rule(
    "Nothing is without a description",
    why="The catalogue of dbt is the reference manual.",
    example="Sources, seeds, models, macros and each of their arguments, exposures, "
    "metrics and their parts.",
)
def descriptions(house: House) -> list[str]:
    manifest = house.manifest
    described: list[tuple[str, str | None]] = [
        (node["name"], node["description"]) for node in house.of_kind("model", "seed")
    ]
    for source in manifest.get("sources", {}).values():
        name = f"{source['source_name']}.{source['name']}"
        described += [
            (source["source_name"], source["source_description"]),
            (name, source["description"]),
        ]
        described += [
            (f"{name}.{column['name']}", column["description"])
            for column in source["columns"].values()
        ]
    for kind in ("exposures", "metrics", "saved_queries"):
        described += [
            (thing["name"], thing["description"])
            for thing in manifest.get(kind, {}).values()
        ]
    described += [
        (f"{model['name']}.{part['name']}", part["description"])
        for model in manifest.get("semantic_models", {}).values()
        for kind in ("entities", "dimensions", "measures")
        for part in model[kind]
    ]
    for macro in manifest.get("macros", {}).values():
        if not _is_ours(macro) or macro["name"].startswith(_BRANCHES):
            continue
        told = {item["name"]: item["description"] for item in macro["arguments"]}
        described.append((macro["name"], macro["description"]))
        described += [
            (f"{macro['name']}({argument})", told.pop(argument, ""))
            for argument in arguments_of(macro["macro_sql"], macro["name"])
        ]
        described += [
            (f"{macro['name']}({name}), which it lacks,", "") for name in told
        ]
    return sorted(
        {
            f"{name} has no description"
            for name, text in described
            if not (text or "").strip()
        }
    )


def arguments_of(sql: str, name: str) -> list[str]:
    """The arguments of a macro, as its definition names them."""
    parsed = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(sql)
    return [
        argument.name
        for macro in parsed.find_all(jinja2.nodes.Macro)
        if macro.name == name
        for argument in macro.args
    ]


@_rule(
    "No block of words is left over",
    why="A text that nothing shows is kept up for nobody.",
    example="{% docs basket_item_name %} goes with the last column that refers to it.",
)
def doc_blocks(house: House) -> list[str]:
    texts = "\n".join(
        text for path, text in house.files.items() if path.endswith((".yml", ".md"))
    )
    defined = re.findall(r"{%-?\s*docs\s+(\w+)", texts)
    used = set(re.findall(r"doc\(\s*['\"](\w+)['\"]", texts))
    return [f"{name} is used nowhere" for name in sorted(set(defined) - used)]


# --- SQL ---


@_rule(
    "One macro per file",
    why="A macro is found by its name.",
    example="clean_text is in macros/<topic>/clean_text.sql, with its branch "
    "duckdb__clean_text below it.",
)
def macro_files(house: House) -> list[str]:
    faults = []
    for macro in house.manifest.get("macros", {}).values():
        path = PurePosixPath(macro["original_file_path"])
        name = re.sub(rf"^({'|'.join(_BRANCHES)})", "", macro["name"])
        if _is_ours(macro) and path.name != f"{name}.sql":
            faults.append(f"{macro['name']} is in {path}")
    return faults


#: Functions and clauses of DuckDB that Spark lacks or that differ there.
_FUNCTIONS = (
    "try_cast|weekofyear|isodow|isoyear|dayname|monthname|date_diff|date_add|date_sub"
    "|datediff|dateadd|strptime|try_strptime|strftime|epoch|epoch_ms|make_date|age"
    "|unnest|generate_series|list|list_\\w+|array_\\w+|struct_\\w+|map_\\w+|row"
    "|regexp_\\w+|string_agg|string_split|split_part|format|printf|left|right|len"
    "|starts_with|ends_with|max_by|min_by|arg_max|arg_min|quantile|quantile_\\w+"
    "|isfinite|isnan|hash|md5|sha1|sha256|getvariable|read_\\w+|glob|duckdb_\\w+|pragma_\\w+"
)
_ENGINE = re.compile(
    rf"::|(?<![.\w])(?:{_FUNCTIONS})\s*\(|\bfilter\s*\(\s*where\b"
    r"|\b(?:qualify|exclude|asof|ilike|pivot|unpivot|not materialized|using sample"
    r"|group by all|order by all|union by name|interval)\b"
)


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*|{#.*?#}", "", sql, flags=re.S)


@_rule(
    "SQL of one engine is in macros only",
    why="A second engine then needs a branch of each such macro, and no other edit.",
    example="try_cast(x as integer) is written cast_or_null('x', 'integer'), a macro "
    "with the branch duckdb__cast_or_null.",
)
def engine_sql(house: House) -> list[str]:
    texts = dict(house.texts("models/", "tests/", "analyses/", suffix=".sql"))
    for node in house.of_kind("test"):
        arguments = (node.get("test_metadata") or {}).get("kwargs", {})
        texts[node["name"]] = "\n".join(arguments.get("expressions", []))
    return [
        f"{where}: {match.group().strip()}"
        for where, text in texts.items()
        for match in _ENGINE.finditer(_without_comments(text))
    ]


#: The models of a user's own project, whose package a setting may name.
_OWN_REF = "macros/mapped/after_mapped_models.sql"


def _names_package(arguments: str, seeds: Collection[str]) -> bool:
    first, _, second = (part.strip("'\" \n") for part in arguments.partition(","))
    return first in seeds or (first == "retail_marts" and second not in seeds)


@_rule(
    "Every ref to a model names the package, and no ref to a seed does",
    why="In a project that uses this package, dbt prefers the project's own model of "
    "the same name, and the build stays green. A seed may be replaced in that way.",
    example="ref('dim_customers') read a user's dim_customers. It is written "
    "ref('retail_marts', 'dim_customers').",
)
def refs(house: House) -> list[str]:
    seeds = {node["name"] for node in house.of_kind("seed")}
    roots = ("models/", "python_models/", "macros/", "seeds/", "analyses/")
    return [
        f"{path}: {match.group()}"
        for path, text in house.files.items()
        if path != _OWN_REF
        and (path.startswith(roots) or re.fullmatch(r"tests/[a-z]+/\w+\.sql", path))
        for match in re.finditer(r"\bref\(\s*([^)\n]*)\)?", _without_comments(text))
        if not _names_package(match.group(1), seeds)
    ]


# --- Python ---


@_rule(
    "The library knows no database",
    why="Files come in and marts go out through a few modules; the areas get data "
    "frames, so that they run anywhere and are tested without a warehouse.",
    example="retail_marts.basket imports duckdb.",
)
def library(house: House) -> list[str]:
    root = "src/retail_marts/"
    modules = {
        f"{root}dbt_plugin.py",
        f"{root}database_files.py",
        f"{root}mapper/typed_tables.py",
        f"{root}row_check.py",
        f"{root}row_oddities.py",
    }
    names = ("publish", "raw_tables", "report", "spark")
    packages = tuple(f"{root}{name}/" for name in names)
    return [
        f"{path}: {match.group().strip()}"
        for path, text in house.texts(root, suffix=".py")
        if path not in modules and not path.startswith(packages)
        for match in re.finditer(r"^\s*(import|from) (duckdb|dbt)\b.*", text, re.M)
    ]


_READ = re.compile(r"(?:\b(?:from|join)\s+|\.has\([\"'])(\w+)\.((?:dim|fct|rpt)_\w+)")
#: Marts whose names are composed in code, so that a search does not find them.
_UNSEEN = re.compile(r"\b(?:from|join)\s+[\w.]*{\w+|\.has\(\s*\w+")


@_rule(
    "The exposure of the report names the marts that the report reads",
    why="dbt then tells what a change of a mart breaks.",
    example="The report read rpt_prospect_lift; models/_exposures.yml did not say so.",
)
def report_exposure(house: House) -> list[str]:
    read: set[str] = set()
    faults = []
    for path, text in house.texts("src/retail_marts/report/", suffix=".py"):
        read |= {match.group(2) for match in _READ.finditer(text)}
        if not path.endswith("/marts_reader.py"):
            faults += [
                f"{path}: {match.group()}: write the mart's name out"
                for match in _UNSEEN.finditer(text)
            ]
    report = next(
        (
            exposure
            for exposure in house.manifest.get("exposures", {}).values()
            if exposure["name"] == "report"
        ),
        {"depends_on": {"nodes": []}},
    )
    named = {node.rsplit(".", 1)[-1] for node in report["depends_on"]["nodes"]}
    faults += [f"the exposure lacks {name}" for name in sorted(read - named)]
    faults += [f"the report does not read {name}" for name in sorted(named - read)]
    return faults
