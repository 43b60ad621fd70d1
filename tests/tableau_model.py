"""Reads Tableau's files as Tableau would: checks references, and evaluates fields.

It knows nothing of the generator: what a data source gives is worked out from its XML
and its extract.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Tableau's names of derivations, by the prefix of an instance's name.
DERIVATIONS = {
    "none": "None",
    "sum": "Sum",
    "avg": "Avg",
    "cnt": "Count",
    "yr": "Year",
    "tmn": "Month-Trunc",
    "tdy": "Day-Trunc",
}
_SQL = {
    "None": "{}",
    "Sum": "sum({})",
    "Avg": "avg({})",
    "Count": "count({})",
    "Year": "cast(extract(year from {}) as integer)",
    "Month-Trunc": "cast(date_trunc('month', {}) as date)",
    "Day-Trunc": "{}",
}
_SCALES = {"nk": "nominal", "ok": "ordinal", "qk": "quantitative"}
_REFERENCE = re.compile(r"\[([^\]]+)\]\.\[([^\]]+)\]")
#: What needs a flag in the manifest of a document, unless it says ManifestByVersion.
_GATED = {
    "object-graph": "ObjectModelEncapsulateLegacy",
    "simple-id": "SheetIdentifierTracking",
    "computed-sort": "SortTagCleanup",
}
#: The order that Tableau's schema asks of children.
_ORDERS = {
    "workbook": (
        "document-format-change-manifest preferences datasources mapsources worksheets "
        "dashboards windows explain-data"
    ),
    "datasource": (
        "document-format-change-manifest connection aliases column layout "
        "datasource-dependencies object-graph"
    ),
    "table": "view style panes rows cols",
    "pane": "view mark encodings style",
    "dashboard": "style size datasources datasource-dependencies zones simple-id",
}
_VIEW_ORDER = (
    "datasources mapsources datasource-dependencies filter computed-sort filter slices "
    "aggregation"
)


@dataclass
class Package:
    """A package: its document, and the extracts in it."""

    root: ET.Element
    names: list[str]
    raw: bytes


def read_package(path: Path) -> Package:
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        names = package.namelist()
        raw = package.read(next(n for n in names if n.endswith((".twb", ".tds"))))
    return Package(ET.fromstring(raw), names, raw)


def sources_of(root: ET.Element) -> list[ET.Element]:
    """The data sources of a document that have a connection."""
    found = [root] if root.tag == "datasource" else root.findall("datasources/*")
    return [source for source in found if source.find("connection") is not None]


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


@dataclass(frozen=True)
class Hop:
    """A way from a table to another; `to_one` if a row meets one row at most."""

    table: str
    to: str
    keys: tuple[tuple[str, str], ...]
    to_one: bool


@dataclass
class Model:
    """The tables, fields and relationships of a data source."""

    source: ET.Element
    fields: dict[str, tuple[str, str]] = field(init=False)
    tables: dict[str, str] = field(init=False)
    hops: list[Hop] = field(init=False)
    errors: list[str] = field(init=False)

    def __post_init__(self) -> None:
        source = self.source
        self.errors = []
        self.fields = {}
        for entry in source.iterfind("connection/cols/map"):
            table, column = entry.attrib["value"][1:-1].split("].[")
            self.fields[entry.attrib["key"]] = (table, column)
        self.tables = {
            relation.attrib["name"]: ".".join(
                _quoted(part) for part in relation.attrib["table"][1:-1].split("].[")
            )
            for relation in source.iterfind("connection/relation/relation")
        }
        objects = {
            thing.attrib["id"]: relation.attrib["name"]
            for thing in source.iterfind("object-graph/objects/object")
            if (relation := thing.find("properties/relation")) is not None
        }
        self.hops = []
        for relationship in source.iterfind("object-graph/relationships/relationship"):
            ends = [
                relationship.find(f"{end}-end-point") for end in ("first", "second")
            ]
            first, second = (end.attrib for end in ends if end is not None)
            table, to = (objects.get(e["object-id"], "") for e in (first, second))
            if not table or not to:
                self.errors.append(f"a relationship of {table} {to} has no such object")
                continue
            keys = []
            for equal in relationship.iter("expression"):
                if equal.attrib["op"] != "=":
                    continue
                left, right = (side.attrib["op"] for side in equal)
                sides = [self.fields.get(left), self.fields.get(right)]
                for name, side, end in ((left, sides[0], table), (right, sides[1], to)):
                    if side is None or side[0] != end:
                        self.errors.append(f"{name} is not a field of {end}")
                keys.append(tuple(side[1] for side in sides if side))
            pairs = tuple((key[0], key[1]) for key in keys if len(key) == 2)
            back = tuple((right, left) for left, right in pairs)
            self.hops += [
                Hop(table, to, pairs, second.get("unique-key") == "true"),
                Hop(to, table, back, first.get("unique-key") == "true"),
            ]

    def columns(self) -> dict[str, Mapping[str, str]]:
        """The columns of the extract, by field."""
        return {
            column.attrib["name"]: column.attrib
            for column in self.source.iterfind("column")
            if column.attrib["name"] in self.fields
        }

    def path(self, table: str, to: str) -> list[Hop]:
        ways: dict[str, list[Hop]] = {table: []}
        waiting = deque([table])
        while waiting:
            here = waiting.popleft()
            for hop in self.hops:
                if hop.table == here and hop.to not in ways:
                    ways[hop.to] = [*ways[here], hop]
                    waiting.append(hop.to)
        return ways[to]

    def sql(
        self,
        measure: str,
        derivation: str,
        dimensions: Mapping[str, str],
        conditions: Mapping[str, str],
    ) -> str:
        """What a view of a measure by dimensions asks, as Tableau relates tables.

        A row of the measure's table counts once for each value of a dimension that it
        meets. On the way to one row that is once; on the way to many, values are made
        distinct first, and the row counts for each.

        Parameters
        ----------
        measure, derivation
            The field, and how it is aggregated.
        dimensions
            Field to its derivation.
        conditions
            Field to the SQL literal that it equals.
        """
        start, column = self.fields[measure]
        joins: list[str] = []
        names: dict[str, str] = {}
        for name in [*dimensions, *conditions]:
            table, of_table = self.fields[name]
            bridge = f"b{len(joins)}"
            hops = self.path(start, table)
            if all(hop.to_one for hop in hops):
                previous = "m"
                for number, hop in enumerate(hops):
                    alias = f"{bridge}_{number}"
                    on = " and ".join(
                        f"{previous}.{_quoted(a)} = {alias}.{_quoted(b)}"
                        for a, b in hop.keys
                    )
                    joins.append(f"left join {self.tables[hop.to]} {alias} on {on}")
                    previous = alias
                names[name] = f"{previous}.{_quoted(of_table)}"
            else:
                joins.append(self._bridge(hops, of_table, bridge))
                names[name] = f"{bridge}.value"
        groups = [_SQL[how].format(names[name]) for name, how in dimensions.items()]
        where = " and ".join(f"{names[n]} = {value}" for n, value in conditions.items())
        listed = ", ".join([*groups, _SQL[derivation].format(f"m.{_quoted(column)}")])
        return (
            f"select {listed} from {self.tables[start]} m {' '.join(joins)}"
            + (f" where {where}" if where else "")
            + (f" group by {', '.join(groups)}" if groups else "")
        )

    def _bridge(self, hops: list[Hop], column: str, name: str) -> str:
        """The distinct values that keys of the first table meet by way of others."""
        first, *rest = hops
        inner, previous = f"from {self.tables[first.to]} {name}_0", f"{name}_0"
        for number, hop in enumerate(rest, start=1):
            alias = f"{name}_{number}"
            on = " and ".join(
                f"{previous}.{_quoted(a)} = {alias}.{_quoted(b)}" for a, b in hop.keys
            )
            inner += f" left join {self.tables[hop.to]} {alias} on {on}"
            previous = alias
        keys = ", ".join(
            f"{name}_0.{_quoted(b)} as k{n}" for n, (_, b) in enumerate(first.keys)
        )
        on = " and ".join(
            f"m.{_quoted(a)} = {name}.k{n}" for n, (a, _) in enumerate(first.keys)
        )
        value = f"{previous}.{_quoted(column)} as value"
        return f"left join (select distinct {keys}, {value} {inner}) {name} on {on}"


# --- what the schema cannot say ---


def faults_of(root: ET.Element) -> list[str]:
    """Faults of a document: references, the tree of relationships, orders, flags."""
    found = [*_order_faults(root), *_flag_faults(root)]
    for source in sources_of(root):
        found += _source_faults(source)
    if root.tag == "workbook":
        found += [*_sheet_faults(root), *_window_faults(root)]
    return found


def package_faults(package: Package) -> list[str]:
    """Faults of a package: what it names is in it, and the document is at its top."""
    found = faults_of(package.root)
    documents = [n for n in package.names if n.endswith((".twb", ".tds"))]
    if len(documents) != 1 or "/" in documents[0]:
        found.append("the package has not one document at its top")
    if not package.raw.startswith(b"<?xml"):
        found.append("the document has no declaration")
    named = {
        connection.attrib["dbname"]
        for connection in package.root.iter("connection")
        if connection.get("class") == "hyper"
    }
    inside = {name for name in package.names if name not in documents}
    if named != inside:
        found.append(f"named and packed extracts differ: {sorted(named ^ inside)}")
    return found


def _order_faults(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        order = _ORDERS.get(element.tag)
        if element.tag == "view" and element.find("datasources") is not None:
            order = _VIEW_ORDER
        # Short forms that only name a data source, or a table, have no children.
        if order is None or len(element) == 0:
            continue
        waiting = order.split()
        for child in element:
            while waiting and waiting[0] != child.tag:
                waiting.pop(0)
            if not waiting:
                yield f"<{child.tag}> is out of order in <{element.tag}>"
                break


def _flag_faults(root: ET.Element) -> Iterator[str]:
    manifest = root.find("document-format-change-manifest")
    flags = {flag.tag for flag in manifest} if manifest is not None else set()
    version = float(root.attrib["version"])
    if "ManifestByVersion" in flags:
        if version < 26.1:
            yield "ManifestByVersion is known from 26.1 on"
    else:
        for tag, flag in _GATED.items():
            if root.find(f".//{tag}") is not None and flag not in flags:
                yield f"<{tag}> needs <{flag}/> in the manifest"
    if root.tag == "workbook":
        explains = root.find("explain-data") is not None
        if explains != (version >= 26):
            yield "explain-data belongs to version 26 and later"


def _source_faults(source: ET.Element) -> Iterator[str]:
    model = Model(source)
    yield from model.errors
    objects = [o.attrib["id"] for o in source.iterfind("object-graph/objects/object")]
    yield from _repeated("object", objects)
    columns = [column.attrib["name"] for column in source.iterfind("column")]
    yield from _repeated("column", columns)
    connections = {
        named.attrib["name"] for named in source.iterfind(".//named-connection")
    }
    for relation in source.iter("relation"):
        if relation.get("connection", "") not in {"", *connections}:
            yield f"{relation.attrib['name']} has no connection"
    for name, (table, _) in model.fields.items():
        if table not in model.tables:
            yield f"{name} is of no table"
    types = {}
    for record in source.iterfind("connection/metadata-records/metadata-record"):
        name = record.findtext("local-name", "")
        types[name] = record.findtext("local-type")
        if name not in model.fields:
            yield f"the record {name} is not among the fields"
        if record.findtext("object-id", "")[1:-1] not in objects:
            yield f"the record {name} is of no object"
    yield from _column_faults(source, model, types, objects)
    yield from _tree_faults(source, model, types, objects)


def _tree_faults(
    source: ET.Element,
    model: Model,
    types: Mapping[str, str | None],
    objects: list[str],
) -> Iterator[str]:
    ends: dict[str, set[str]] = {"first-end-point": set(), "second-end-point": set()}
    for relationship in source.iter("relationship"):
        for end, found in ends.items():
            found.update(p.attrib["object-id"] for p in relationship.iter(end))
        point = relationship.find("second-end-point")
        if point is None or point.get("unique-key") != "true":
            yield "a relationship does not lead to one row"
        for equal in relationship.iter("expression"):
            if equal.attrib["op"] == "=":
                kinds = {types.get(side.attrib["op"]) for side in equal}
                if len(kinds) != 1:
                    yield f"{[s.attrib['op'] for s in equal]} have different types"
    if len(set(objects) - ends["second-end-point"]) != 1:
        yield "the relationships have not one root"
    if len(model.hops) // 2 != len(objects) - 1:
        yield "the relationships are not a tree"


def _column_faults(
    source: ET.Element,
    model: Model,
    types: Mapping[str, str | None],
    objects: list[str],
) -> Iterator[str]:
    names = {column.attrib["name"] for column in source.iterfind("column")}
    for name in model.fields:
        if name not in names:
            yield f"the field {name} is no column"
    for column in source.iterfind("column"):
        name = column.attrib["name"]
        calculation = column.find("calculation")
        if column.attrib["datatype"] == "table":
            if name.split("].[")[1][:-1] not in objects:
                yield f"{name} counts no object"
        elif calculation is not None:
            plain = re.sub(
                r"\[Parameters\]\.\[\w+\]", "", calculation.attrib["formula"]
            )
            for used in re.findall(r"\[[^\]]+\]", plain):
                if used not in names:
                    yield f"{name} is calculated from {used}, which is no field"
        elif types.get(name) != column.attrib["datatype"]:
            yield f"{name} is {column.attrib['datatype']}, its record {types.get(name)}"


def _sheet_faults(root: ET.Element) -> Iterator[str]:
    fields = {
        source.attrib["name"]: {c.attrib["name"] for c in source.iterfind("column")}
        for source in root.iterfind("datasources/datasource")
    }
    for sheet in root.iterfind("worksheets/worksheet"):
        name = sheet.attrib["name"]
        view = sheet.find("table/view")
        assert view is not None
        listed = {s.attrib["name"] for s in view.iterfind("datasources/datasource")}
        instances = set()
        for needed in view.iterfind("datasource-dependencies"):
            source = needed.attrib["datasource"]
            if source not in listed:
                yield f"{name} does not list {source}"
            columns = {c.attrib["name"] for c in needed.iterfind("column")}
            for column in sorted(columns - fields.get(source, set())):
                yield f"{name}: {column} is no field of {source}"
            for instance in needed.iterfind("column-instance"):
                known = instance.attrib
                instances.add((source, known["name"]))
                prefix, *_, scale = known["name"][1:-1].split(":")
                if known["column"] not in columns:
                    yield f"{name}: {known['name']} is of a column that it lacks"
                if DERIVATIONS.get(prefix) != known["derivation"]:
                    yield f"{name}: {known['name']} is derived by {known['derivation']}"
                if _SCALES.get(scale) != known["type"]:
                    yield f"{name}: {known['name']} is {known['type']}"
        filters = {f.attrib["column"] for f in view.iterfind("filter")}
        slices = {column.text or "" for column in view.iterfind("slices/column")}
        if filters != slices:
            yield f"{name}: filters and slices differ"
        texts = [
            sheet.findtext("table/rows") or "",
            sheet.findtext("table/cols") or "",
            *(e.attrib["column"] for e in sheet.findall(".//encodings/*")),
            *filters,
            *(
                s.attrib[a]
                for s in view.iter("computed-sort")
                for a in ("column", "using")
            ),
            *(
                group.attrib["member"].strip('"')
                for group in view.iter("groupfilter")
                if group.get("level") == "[:Measure Names]"
            ),
        ]
        for source, used in (
            pair for text in texts for pair in _REFERENCE.findall(text)
        ):
            special = used in {":Measure Names", "Multiple Values"}
            if not special and (source, f"[{used}]") not in instances:
                yield f"{name}: [{source}].[{used}] is declared nowhere"


def _window_faults(root: ET.Element) -> Iterator[str]:
    sheets = {s.attrib["name"] for s in root.iterfind("worksheets/worksheet")}
    windows = {w.attrib["name"]: w for w in root.iterfind("windows/window")}
    boards = root.findall("dashboards/dashboard")
    for name in sorted({*sheets, *(b.attrib["name"] for b in boards)} - {*windows}):
        yield f"{name} has no window"
    for board in boards:
        name = board.attrib["name"]
        zones = list(board.iter("zone"))
        placed = {zone.attrib["name"] for zone in zones if "name" in zone.attrib}
        if placed - sheets:
            yield f"{name} places {sorted(placed - sheets)}, which are no sheets"
        views = windows[name].findall("viewpoints/viewpoint") if name in windows else []
        if {view.attrib["name"] for view in views} != placed:
            yield f"the viewpoints of {name} are not its sheets"
        yield from _repeated(f"zone of {name}", [z.attrib["id"] for z in zones])
        for zone in zones:
            x, y, width, height = (int(zone.attrib[a]) for a in "xywh")
            if x + width > 100_000 or y + height > 100_000:
                yield f"a zone of {name} leaves it"
    yield from _repeated("id", [s.attrib["uuid"] for s in root.iter("simple-id")])


def _repeated(what: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the {what} {name} stands twice"
