"""Tableau's data sources: a star as XML over its extract.

The elements and their order follow Tableau's published schema of workbooks; what that
leaves open (`<connection>`, references) follows what Tableau Desktop writes.
"""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from retail_marts.clients.meta import Aggregation, Format, Geography
from retail_marts.clients.stars import Member, Star

if TYPE_CHECKING:
    # At run time, publishing imports this module.
    from retail_marts.publish.marts import Column

#: dbt's data type to Tableau's, and the number that metadata records have for it.
TYPES: Mapping[str, tuple[str, int]] = {
    "string": ("string", 129),
    "date": ("date", 133),
    "boolean": ("boolean", 11),
    "integer": ("integer", 20),
    "bigint": ("integer", 20),
    "double": ("real", 5),
    "timestamp": ("datetime", 135),
}
AGGREGATIONS = {Aggregation.SUM: "Sum", Aggregation.AVERAGE: "Avg"}
#: What Tableau counts by itself in a column without an aggregation of its own.
_COUNTED = {"date": "Year", "datetime": "Year"}
_FORMATS = {
    Format.MONEY: "n#,##0.00;-#,##0.00",
    Format.COUNT: "n#,##0;-#,##0",
    Format.PERCENT: "p0.0%",
}
_DATE_FORMAT = "*yyyy-mm-dd"
_GEOGRAPHIES = {
    Geography.LATITUDE: "[Geographical].[Latitude]",
    Geography.LONGITUDE: "[Geographical].[Longitude]",
    Geography.COUNTRY: "[Country].[Name]",
    Geography.COUNTRY_CODE: "[Country].[ISO3166_2]",
    Geography.STATE: "[State].[Name]",
    Geography.CITY: "[City].[Name]",
}
#: The version that Tableau Desktop writes on data sources, and what they use of it.
VERSION = "18.1"
_FEATURES = (
    "ObjectModelEncapsulateLegacy",
    "ObjectModelTableType",
    "SchemaViewerObjectModel",
)


class DataSource:
    """A star as a data source: its names, and its XML.

    Parameters
    ----------
    star
        A star of marts with the columns that its extract has.
    """

    def __init__(self, star: Star) -> None:
        self.star = star
        self.name = _repeatable_name("federated", star.name)
        self.caption = f"Retail Marts: {words(star.name).lower()}"
        #: The extract's path in a package.
        self.extract = f"Data/{star.name}.hyper"
        self._connection = _repeatable_name("hyper", star.name)
        columns = [(table, column) for table, column in self._columns()]
        repeated = Counter(column.name for _, column in columns)
        shown = Counter(c.name for table, c in columns if not table.hides(c))
        self._fields = {}
        self._captions = {}
        for table, column in columns:
            place = (table.name, column.name)
            several = repeated[column.name] > 1
            self._fields[place] = (
                f"[{column.name} ({table.name})]" if several else f"[{column.name}]"
            )
            told_apart = several and (table.hides(column) or shown[column.name] > 1)
            self._captions[place] = words(column.name) + (
                f" ({words(table.name)})" if told_apart else ""
            )

    def field(self, table: Member, column: str) -> str:
        """A field's name, in brackets."""
        return self._fields[table.name, column]

    def attributes(self, table: Member, column: Column) -> dict[str, str]:
        """The attributes of a field's `<column>`."""
        data_type, _ = TYPES[column.data_type]
        meaning = column.meaning
        found = {
            "caption": self._captions[table.name, column.name],
            "datatype": data_type,
            "name": self.field(table, column.name),
            "role": "measure" if meaning.aggregation else "dimension",
            "type": _scale(column),
        }
        if meaning.aggregation:
            found["aggregation"] = AGGREGATIONS[meaning.aggregation]
        if meaning.format in _FORMATS:
            found["default-format"] = _FORMATS[meaning.format]
        elif data_type == "date":
            found["default-format"] = _DATE_FORMAT
        if table.hides(column):
            found["hidden"] = "true"
        if meaning.geography:
            found["semantic-role"] = _GEOGRAPHIES[meaning.geography]
        return found

    def document(self) -> ET.Element:
        """The data source as a document of its own (`.tds`)."""
        root = ET.Element(
            "datasource",
            {
                "formatted-name": self.name,
                "caption": self.caption,
                "inline": "true",
                "source-platform": "win",
                "version": VERSION,
            },
        )
        manifest = ET.SubElement(root, "document-format-change-manifest")
        for feature in _FEATURES:
            ET.SubElement(manifest, feature)
        self.fill(root)
        return root

    def fill(
        self,
        root: ET.Element,
        *,
        calculations: tuple[ET.Element, ...] = (),
        parameters: ET.Element | None = None,
    ) -> None:
        """Write everything below `<datasource>`.

        Parameters
        ----------
        root
            The `<datasource>`.
        calculations
            Columns that a workbook calculates.
        parameters
            The workbook's parameters that these columns use.
        """
        self._fill_connection(root)
        ET.SubElement(root, "aliases", {"enabled": "yes"})
        for table, column in self._columns():
            element = ET.SubElement(root, "column", self.attributes(table, column))
            if column.description:
                text = ET.SubElement(ET.SubElement(element, "desc"), "formatted-text")
                ET.SubElement(text, "run").text = column.description
        root.extend(calculations)
        for table in self.star.tables:
            # What the number of rows of a table counts.
            ET.SubElement(
                root,
                "column",
                {
                    "caption": words(table.name),
                    "datatype": "table",
                    "name": f"[__tableau_internal_object_id__].[{_object_id(table)}]",
                    "role": "measure",
                    "type": "quantitative",
                },
            )
        ET.SubElement(
            root,
            "layout",
            {
                "dim-ordering": "alphabetic",
                "measure-ordering": "alphabetic",
                "show-structure": "true",
            },
        )
        if parameters is not None:
            root.append(parameters)
        self._fill_object_graph(root)

    def _columns(self) -> Iterator[tuple[Member, Column]]:
        for table in self.star.tables:
            for column in table.mart.columns:
                yield table, column

    def _fill_connection(self, root: ET.Element) -> None:
        federated = ET.SubElement(root, "connection", {"class": "federated"})
        named = ET.SubElement(
            ET.SubElement(federated, "named-connections"),
            "named-connection",
            {"caption": self.star.name, "name": self._connection},
        )
        ET.SubElement(
            named,
            "connection",
            {
                "authentication": "auth-none",
                "author-locale": "en_US",
                "class": "hyper",
                "dbname": self.extract,
                "default-settings": "yes",
                "server": "",
                "sslmode": "",
                "username": "tableau_internal_user",
            },
        )
        collection = ET.SubElement(federated, "relation", {"type": "collection"})
        for table in self.star.tables:
            self._relation(collection, table)
        fields = ET.SubElement(federated, "cols")
        for (table_name, column), field in sorted(
            self._fields.items(), key=lambda pair: pair[1]
        ):
            value = f"[{table_name}].[{column}]"
            ET.SubElement(fields, "map", {"key": field, "value": value})
        records = ET.SubElement(federated, "metadata-records")
        for table in self.star.tables:
            for ordinal, of_table in enumerate(table.mart.columns):
                self._metadata_record(records, table, of_table, ordinal)

    def _metadata_record(
        self, parent: ET.Element, table: Member, column: Column, ordinal: int
    ) -> None:
        data_type, remote_type = TYPES[column.data_type]
        aggregation = column.meaning.aggregation
        record = ET.SubElement(parent, "metadata-record", {"class": "column"})
        for tag, text in (
            ("remote-name", column.name),
            ("remote-type", str(remote_type)),
            ("local-name", self.field(table, column.name)),
            ("parent-name", f"[{table.name}]"),
            ("remote-alias", column.name),
            ("ordinal", str(ordinal)),
            ("local-type", data_type),
            (
                "aggregation",
                AGGREGATIONS[aggregation]
                if aggregation
                else _COUNTED.get(data_type, "Count"),
            ),
            ("contains-null", "true"),
        ):
            ET.SubElement(record, tag).text = text
        if data_type == "string":
            ET.SubElement(record, "collation", {"flag": "0", "name": "binary"})
        ET.SubElement(record, "object-id").text = f"[{_object_id(table)}]"

    def _fill_object_graph(self, root: ET.Element) -> None:
        graph = ET.SubElement(root, "object-graph")
        objects = ET.SubElement(graph, "objects")
        for table in self.star.tables:
            thing = ET.SubElement(
                objects,
                "object",
                {"caption": words(table.name), "id": _object_id(table)},
            )
            self._relation(ET.SubElement(thing, "properties", {"context": ""}), table)
        relationships = ET.SubElement(graph, "relationships")
        for member in self.star.members:
            relationship = ET.SubElement(relationships, "relationship")
            pairs = list(zip(member.columns, member.to_columns, strict=True))
            parent = relationship
            if len(pairs) > 1:
                parent = ET.SubElement(relationship, "expression", {"op": "AND"})
            for column, to_column in pairs:
                equal = ET.SubElement(parent, "expression", {"op": "="})
                for side, name in ((self.star.root, column), (member, to_column)):
                    ET.SubElement(equal, "expression", {"op": self.field(side, name)})
            first = {"object-id": _object_id(self.star.root)}
            if not member.repeats:
                first["unique-key"] = "true"
            ET.SubElement(relationship, "first-end-point", first)
            # The only sign that a row of the root meets one row at most.
            ET.SubElement(
                relationship,
                "second-end-point",
                {"object-id": _object_id(member), "unique-key": "true"},
            )

    def _relation(self, parent: ET.Element, table: Member) -> None:
        ET.SubElement(
            parent,
            "relation",
            {
                "connection": self._connection,
                "name": table.name,
                "table": f"[{table.mart.schema}].[{table.mart.name}]",
                "type": "table",
            },
        )


def as_bytes(root: ET.Element) -> bytes:
    """A document as Tableau writes it: UTF-8 with a declaration."""
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8")
    return b"<?xml version='1.0' encoding='utf-8' ?>\n" + text + b"\n"


def words(name: str) -> str:
    """A name as a person would write it: fct_daily_sales -> Daily sales."""
    parts = [part for part in name.split("_") if part not in {"", "fct", "dim", "rpt"}]
    return " ".join(parts).capitalize()


def uuid_of(*parts: str) -> str:
    """An id that is the same for each workbook, as Tableau writes it."""
    return f"{{{uuid5(NAMESPACE_URL, 'retail_marts/' + '/'.join(parts))}}}".upper()


def _scale(column: Column) -> str:
    if column.meaning.aggregation:
        return "quantitative"
    data_type, _ = TYPES[column.data_type]
    return "ordinal" if data_type in {"integer", "date", "datetime"} else "nominal"


def _repeatable_name(kind: str, name: str) -> str:
    """A name of Tableau's form (28 letters and digits), the same at each publish."""
    return f"{kind}.{hashlib.sha256(name.encode()).hexdigest()[:28]}"


def _object_id(table: Member) -> str:
    digest = hashlib.sha256(table.name.encode()).hexdigest()[:32]
    return f"{table.name}_{digest.upper()}"
