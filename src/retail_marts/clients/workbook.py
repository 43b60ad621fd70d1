"""A Tableau workbook: sheets that are declared as data, as XML.

One control chooses the business, a parameter that reaches every data source: amounts of
businesses with different currencies are never added up.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from retail_marts.clients.sheets import NAMES, VALUES, Sheet
from retail_marts.clients.tableau import AGGREGATIONS, DataSource, uuid_of
from retail_marts.clients.tableau import VERSION as SOURCE_VERSION

_USER = "http://www.tableausoftware.com/xml/user"
ET.register_namespace("user", _USER)


@dataclass(frozen=True)
class Form:
    """What differs between the forms of the document that versions of Tableau read."""

    file: str
    version: str
    build: str
    features: tuple[str, ...]
    explains_data: bool


FORMS = (
    # The oldest version that Tableau has published a schema for.
    Form("retail_marts", "26.1", "0.0.0 (0000.0.0.0)", ("ManifestByVersion",), True),
    Form(
        "retail_marts_classic",
        "18.1",
        "2023.1.0 (20231.23.0310.1045)",
        (
            "ObjectModelEncapsulateLegacy",
            "ObjectModelTableType",
            "SchemaViewerObjectModel",
            "SheetIdentifierTracking",
            "SortTagCleanup",
            "WindowsPersistSimpleIdentifiers",
        ),
        False,
    ),
)

#: How a column is named on a shelf: before its name, in full, and its scale if it is
#: not that of the column.
_DERIVATIONS = {
    "none": ("None", None),
    "sum": ("Sum", "qk"),
    "avg": ("Avg", "qk"),
    "count": ("Count", "qk"),
    "year": ("Year", "ok"),
    "month": ("Month-Trunc", "qk"),
    "day": ("Day-Trunc", "qk"),
}
_PREFIXES = {"count": "cnt", "year": "yr", "month": "tmn", "day": "tdy"}
_SCALES = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}
_CHOSEN = "[is_chosen_business]"
_WIDTH, _HEIGHT, _WHOLE, _TITLE = 1400, 900, 100_000, 7_000


def workbook(
    form: Form,
    *,
    sources: Sequence[DataSource],
    sheets: Sequence[Sheet],
    dashboards: Mapping[str, Sequence[Sequence[str]]],
    businesses: Sequence[tuple[str, str]],
) -> ET.Element:
    """The document of a workbook.

    Parameters
    ----------
    form
        Which versions of Tableau it is for.
    sources
        The data sources. Those that no sheet uses are left out.
    sheets, dashboards
        What it shows. Sheets without their data source, or a column of it, are left
        out: a set may lack the mart that has it.
    businesses
        Ids and names of the businesses; the first is chosen at first.
    """
    there = {source.star.name: source for source in sources}
    sheets = [
        sheet
        for sheet in sheets
        if sheet.source in there and sheet.fields <= there[sheet.source].star.names
    ]
    shown = {sheet.source: there[sheet.source] for sheet in sheets}
    dashboards = _without_gaps(dashboards, {sheet.name for sheet in sheets})
    root = ET.Element(
        "workbook",
        {
            "original-version": form.version,
            "source-build": form.build,
            "source-platform": "win",
            "version": form.version,
        },
    )
    manifest = ET.SubElement(root, "document-format-change-manifest")
    for feature in form.features:
        ET.SubElement(manifest, feature)
    preferences = ET.SubElement(root, "preferences")
    for name, value in (("ui.encoding.shelf.height", "24"), ("ui.shelf.height", "26")):
        ET.SubElement(preferences, "preference", {"name": name, "value": value})
    parameter = _Parameter(businesses)
    in_use = ET.SubElement(root, "datasources")
    in_use.append(parameter.source())
    for source in shown.values():
        element = ET.SubElement(
            in_use,
            "datasource",
            {
                "caption": source.caption,
                "inline": "true",
                "name": source.name,
                "version": SOURCE_VERSION,
            },
        )
        source.fill(
            element,
            calculations=(_is_chosen(source),),
            parameters=parameter.dependencies(),
        )
    ET.SubElement(ET.SubElement(root, "mapsources"), "mapsource", {"name": "Tableau"})
    worksheets = ET.SubElement(root, "worksheets")
    for sheet in sheets:
        worksheets.append(_Worksheet(sheet, shown[sheet.source]).element(parameter))
    boards = ET.SubElement(root, "dashboards")
    for name, rows in dashboards.items():
        boards.append(_dashboard(name, rows, parameter))
    root.append(_windows(dashboards, sheets))
    if form.explains_data:
        explained = ET.SubElement(
            root,
            "explain-data",
            {"enabled-for-viewer": "true", "extreme-values-enabled-for-all": "true"},
        )
        ET.SubElement(explained, "explanation-types")
    return root


def _without_gaps(
    dashboards: Mapping[str, Sequence[Sequence[str]]], names: Collection[str]
) -> dict[str, list[list[str]]]:
    rows_of = {
        dashboard: [[sheet for sheet in row if sheet in names] for row in rows]
        for dashboard, rows in dashboards.items()
    }
    kept = {name: [row for row in rows if row] for name, rows in rows_of.items()}
    return {name: rows for name, rows in kept.items() if rows}


class _Parameter:
    """The business that all sheets show."""

    def __init__(self, businesses: Sequence[tuple[str, str]]) -> None:
        self._businesses = businesses

    def source(self) -> ET.Element:
        root = ET.Element(
            "datasource",
            {
                "hasconnection": "false",
                "inline": "true",
                "name": "Parameters",
                "version": SOURCE_VERSION,
            },
        )
        ET.SubElement(root, "aliases", {"enabled": "yes"})
        root.append(self._column())
        return root

    def dependencies(self) -> ET.Element:
        root = ET.Element("datasource-dependencies", {"datasource": "Parameters"})
        root.append(self._column())
        return root

    def _column(self) -> ET.Element:
        chosen = _quoted(self._businesses[0][0] if self._businesses else "")
        column = ET.Element(
            "column",
            {
                "caption": "Business",
                "datatype": "string",
                "name": "[business]",
                "param-domain-type": "list",
                "role": "measure",
                "type": "nominal",
                "value": chosen,
            },
        )
        ET.SubElement(column, "calculation", {"class": "tableau", "formula": chosen})
        members = ET.SubElement(column, "members")
        for business_id, name in self._businesses:
            value = {"alias": name, "value": _quoted(business_id)}
            ET.SubElement(members, "member", value)
        return column


class _Worksheet:
    """A sheet, with the columns that it names so far."""

    def __init__(self, sheet: Sheet, source: DataSource) -> None:
        self._sheet = sheet
        self._source = source
        self._fields: dict[str, ET.Element] = {}
        self._instances: dict[str, ET.Element] = {}

    def element(self, parameter: _Parameter) -> ET.Element:
        sheet = self._sheet
        rows = [self._named(column) for column in sheet.rows]
        columns = [self._named(column) for column in sheet.columns]
        encodings = [
            (kind, self._named(column))
            for kind, column in (
                ("color", sheet.color),
                ("size", sheet.size),
                ("text", sheet.text),
                *(("lod", column) for column in sheet.detail),
            )
            if column
        ]
        values = [self._named(column) for column in sheet.values]
        filters = {self._chosen(): "true"} | {
            self._named(column): _quoted(value)
            if isinstance(value, str)
            else str(value).lower()
            for column, value in sheet.filters.items()
        }
        sort = [self._named(column) for column in sheet.sort or ()]
        root = ET.Element("worksheet", {"name": sheet.name})
        options = ET.SubElement(ET.SubElement(root, "layout-options"), "title")
        text = ET.SubElement(options, "formatted-text")
        ET.SubElement(text, "run").text = sheet.name
        table = ET.SubElement(root, "table")
        view = ET.SubElement(table, "view")
        self._fill_sources(view, parameter)
        for column, value in filters.items():
            self._filter(view, column, value)
        if sort:
            ET.SubElement(
                view,
                "computed-sort",
                {"column": sort[0], "direction": "DESC", "using": sort[1]},
            )
        if values:
            self._filter_names(view, values)
        slices = ET.SubElement(view, "slices")
        for column in [*filters, *([self._named(NAMES)] if values else [])]:
            ET.SubElement(slices, "column").text = column
        ET.SubElement(view, "aggregation", {"value": "true"})
        ET.SubElement(table, "style")
        pane = ET.SubElement(
            ET.SubElement(table, "panes"),
            "pane",
            {"selection-relaxation-option": "selection-relaxation-allow"},
        )
        ET.SubElement(ET.SubElement(pane, "view"), "breakdown", {"value": "auto"})
        ET.SubElement(pane, "mark", {"class": sheet.mark})
        if encodings:
            element = ET.SubElement(pane, "encodings")
            for kind, column in encodings:
                ET.SubElement(element, kind, {"column": column})
        if sheet.text and sheet.mark != "Text":
            rule = ET.SubElement(
                ET.SubElement(pane, "style"), "style-rule", {"element": "mark"}
            )
            labels = {"attr": "mark-labels-show", "value": "true"}
            ET.SubElement(rule, "format", labels)
        ET.SubElement(table, "rows").text = _shelf(rows)
        ET.SubElement(table, "cols").text = _shelf(columns)
        ET.SubElement(root, "simple-id", {"uuid": uuid_of("worksheet", sheet.name)})
        return root

    def _named(self, what: str) -> str:
        """The full name of a column of a shelf; what it needs is noted."""
        if what in (VALUES, NAMES):
            special = "Multiple Values" if what == VALUES else ":Measure Names"
            return f"[{self._source.name}].[{special}]"
        derivation, _, name = what.rpartition(":")
        table, column = self._source.star.find(name)
        if not derivation:
            aggregation = column.meaning.aggregation
            derivation = AGGREGATIONS[aggregation].lower() if aggregation else "none"
        attributes = self._source.attributes(table, column)
        self._fields[attributes["name"]] = ET.Element("column", attributes)
        full, scale = _DERIVATIONS[derivation]
        return self._instance(
            attributes["name"],
            _PREFIXES.get(derivation, derivation),
            full,
            scale or _SCALES[attributes["type"]],
        )

    def _chosen(self) -> str:
        """Whether a row is of the chosen business."""
        root = self._source.star.root
        business = next(c for c in root.mart.columns if c.name == "business_id")
        attributes = self._source.attributes(root, business)
        self._fields[attributes["name"]] = ET.Element("column", attributes)
        self._fields[_CHOSEN] = _is_chosen(self._source)
        return self._instance(_CHOSEN, "none", "None", "nk")

    def _instance(self, field: str, prefix: str, derivation: str, scale: str) -> str:
        name = f"[{prefix}:{field[1:-1]}:{scale}]"
        self._instances[name] = ET.Element(
            "column-instance",
            {
                "column": field,
                "derivation": derivation,
                "name": name,
                "pivot": "key",
                "type": next(k for k, v in _SCALES.items() if v == scale),
            },
        )
        return f"[{self._source.name}].{name}"

    def _fill_sources(self, view: ET.Element, parameter: _Parameter) -> None:
        sources = ET.SubElement(view, "datasources")
        named = {"caption": self._source.caption, "name": self._source.name}
        ET.SubElement(sources, "datasource", named)
        ET.SubElement(sources, "datasource", {"name": "Parameters"})
        if {"latitude", "longitude"} <= {*self._sheet.rows, *self._sheet.columns}:
            maps = ET.SubElement(view, "mapsources")
            ET.SubElement(maps, "mapsource", {"name": "Tableau"})
        view.append(parameter.dependencies())
        needed = ET.SubElement(
            view, "datasource-dependencies", {"datasource": self._source.name}
        )
        for _, element in sorted(self._fields.items()):
            needed.append(element)
        for _, element in sorted(self._instances.items()):
            needed.append(element)

    def _filter(self, view: ET.Element, column: str, value: str) -> None:
        kept = ET.SubElement(view, "filter", {"class": "categorical", "column": column})
        ET.SubElement(
            kept,
            "groupfilter",
            {
                "function": "member",
                "level": column.split("].", 1)[1],
                "member": value,
                f"{{{_USER}}}ui-domain": "database",
                f"{{{_USER}}}ui-enumeration": "inclusive",
                f"{{{_USER}}}ui-marker": "enumerate",
            },
        )

    def _filter_names(self, view: ET.Element, values: Iterable[str]) -> None:
        """Keep the measures of the sheet among all measures."""
        kept = ET.SubElement(
            view, "filter", {"class": "categorical", "column": self._named(NAMES)}
        )
        union = ET.SubElement(
            kept, "groupfilter", {"function": "union", f"{{{_USER}}}op": "manual"}
        )
        for value in values:
            ET.SubElement(
                union,
                "groupfilter",
                {
                    "function": "member",
                    "level": "[:Measure Names]",
                    "member": _quoted(value),
                },
            )


def _is_chosen(source: DataSource) -> ET.Element:
    column = ET.Element(
        "column",
        {
            "caption": "Is chosen business",
            "datatype": "boolean",
            "name": _CHOSEN,
            "role": "dimension",
            "type": "nominal",
        },
    )
    business = source.field(source.star.root, "business_id")
    ET.SubElement(
        column,
        "calculation",
        {"class": "tableau", "formula": f"{business} = [Parameters].[business]"},
    )
    return column


def _shelf(names: Sequence[str]) -> str | None:
    """Columns of a shelf, the outermost first, as Tableau nests them: (a / (b / c))."""
    if not names:
        return None
    *outer, text = names
    for name in reversed(outer):
        text = f"({name} / {text})"
    return text


def _dashboard(
    name: str, rows: Sequence[Sequence[str]], parameter: _Parameter
) -> ET.Element:
    root = ET.Element("dashboard", {"name": name})
    ET.SubElement(root, "style")
    size = {"height": str(_HEIGHT), "width": str(_WIDTH)}
    ET.SubElement(
        root,
        "size",
        {f"{end}{side}": size[side] for end in ("max", "min") for side in size},
    )
    sources = ET.SubElement(root, "datasources")
    ET.SubElement(sources, "datasource", {"name": "Parameters"})
    root.append(parameter.dependencies())
    numbers = count(1)

    def zone(parent: ET.Element, *place: int, **attributes: str) -> ET.Element:
        x, y, width, height = map(str, place)
        named = {key.replace("_", "-"): value for key, value in attributes.items()}
        number = {"id": str(next(numbers))}
        at = {"x": x, "y": y, "w": width, "h": height}
        return ET.SubElement(parent, "zone", {**at, **number, **named})

    zones = ET.SubElement(root, "zones")
    whole = zone(zones, 0, 0, _WHOLE, _WHOLE, type_v2="layout-basic")
    left = _WHOLE * 7 // 10
    zone(whole, 0, 0, left, _TITLE, type_v2="title")
    zone(
        whole,
        left,
        0,
        _WHOLE - left,
        _TITLE,
        type_v2="paramctrl",
        mode="compact",
        param="[Parameters].[business]",
    )
    height = (_WHOLE - _TITLE) // len(rows)
    for number, sheets in enumerate(rows):
        width = _WHOLE // len(sheets)
        for position, sheet in enumerate(sheets):
            place = (position * width, _TITLE + number * height, width, height)
            zone(whole, *place, name=sheet)
    ET.SubElement(root, "simple-id", {"uuid": uuid_of("dashboard", name)})
    return root


def _windows(
    dashboards: Mapping[str, Sequence[Sequence[str]]], sheets: Sequence[Sheet]
) -> ET.Element:
    root = ET.Element("windows", {"source-height": "30"})
    for number, (name, rows) in enumerate(dashboards.items()):
        window = ET.SubElement(root, "window", {"class": "dashboard", "name": name})
        if number == 0:
            window.set("maximized", "true")
        points = ET.SubElement(window, "viewpoints")
        for sheet_name in (sheet for row in rows for sheet in row):
            point = ET.SubElement(points, "viewpoint", {"name": sheet_name})
            ET.SubElement(point, "zoom", {"type": "entire-view"})
        ET.SubElement(window, "active", {"id": "-1"})
        ET.SubElement(window, "simple-id", {"uuid": uuid_of("window", name)})
    for sheet in sheets:
        window = ET.SubElement(
            root, "window", {"class": "worksheet", "name": sheet.name}
        )
        cards = ET.SubElement(window, "cards")
        left = ET.SubElement(cards, "edge", {"name": "left"})
        strip = ET.SubElement(left, "strip", {"size": "160"})
        for kind in ("pages", "filters", "marks"):
            ET.SubElement(strip, "card", {"type": kind})
        top = ET.SubElement(cards, "edge", {"name": "top"})
        for kind in ("columns", "rows", "title"):
            strip = ET.SubElement(top, "strip", {"size": "2147483647"})
            ET.SubElement(strip, "card", {"type": kind})
        ET.SubElement(window, "simple-id", {"uuid": uuid_of("window", sheet.name)})
    return root


def _quoted(value: str) -> str:
    """A text as a literal of Tableau's formulas."""
    escaped = value.replace('"', '""')
    return f'"{escaped}"'
