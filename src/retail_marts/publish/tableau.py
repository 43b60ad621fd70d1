"""Tableau's files: for a schema an extract (``.hyper``) and a data source on it.

A ``.tds`` is XML that Tableau Desktop opens: it names the extract beside it and says of
each field what it is called, whether it is counted or grouped by, and how it is shown.
Its tables are related, not joined: each keeps its own grain, and a filter on the
business reaches all of them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from retail_marts import optional_packages
from retail_marts.publish.marts import Column, Mart

#: The package that writes and reads extracts.
PANTAB = "pantab"

#: dbt's data type to Tableau's, and to the Arrow type that the Hyper engine gives back.
_TYPES: Mapping[str, tuple[str, pa.DataType]] = {
    "string": ("string", pa.large_string()),
    "date": ("date", pa.date32()),
    "boolean": ("boolean", pa.bool_()),
    "integer": ("integer", pa.int32()),
    "bigint": ("integer", pa.int64()),
    "double": ("real", pa.float64()),
    "timestamp": ("datetime", pa.timestamp("us")),
}

_DECIMAL = re.compile(r"decimal\(\d+,\d+\)")

#: How a field is shown, by the end of its name, in Tableau's own format codes.
_FORMATS = (
    (("_amount",), "n#,##0.00;-#,##0.00"),
    (("_count",), "n#,##0;-#,##0"),
    (("_share", "_rate", "growth"), "p0.0%"),
    (("_date", "_day"), "*yyyy-mm-dd"),
)

#: What a sum over rows makes no sense of: ratios, scores, points of a scale.
_AVERAGED_WORDS = frozenset(
    # Written as a text, because it is read by people who add a word.
    """
    share rate score ratio growth probability silhouette lift confidence support
    leverage conviction metric correlation coverage latitude longitude mean median
    lower upper importance mae mse rmse mape smape wape mase rmsse r2 age days
    inertia harabasz bouldin stability pca value price
    """.split()  # noqa: SIM905
)
#: Numbers that name or order things instead of counting them.
_GROUPED_WORDS = frozenset(
    ["id", "k", "year", "rank", "number", "week", "month", "quarter", "iso"]
)


def in_tableau(mart: Mart) -> Mart:
    """The mart as an extract holds it.

    Columns that say ``in_extracts: false`` lead from a row back to its file: nobody
    groups by them, and no two rows share one, so they would be half of an extract.
    Hyper has no lists, and none of the rarer types of a user's own model. Tableau
    calculates with doubles in any case, and pantab 5.3 fails on a decimal between -1
    and 0, so decimals become doubles here.
    """
    columns = (
        replace(c, data_type="double") if _DECIMAL.fullmatch(c.data_type) else c
        for c in mart.columns
    )
    kept = tuple(c for c in columns if c.is_in_extracts and c.data_type in _TYPES)
    return replace(mart, columns=kept)


def _pantab() -> Any:
    return optional_packages.imported(PANTAB, purpose="A Tableau extract")


def write_hyper(path: Path, tables: Mapping[Mart, Any]) -> None:
    """Write marts as one extract.

    Parameters
    ----------
    path
        The new file.
    tables
        Mart to its rows: anything that speaks Arrow's stream interface, so that no mart
        is ever held in memory as a whole.

    Raises
    ------
    OSError
        When Hyper cannot write it, a full disk for one.
    """
    named = {(mart.schema, mart.name): rows for mart, rows in tables.items()}
    try:
        with _logging_beside(path) as parameters:
            _pantab().frames_to_hyper(named, path, process_params=parameters)
    except RuntimeError as error:
        raise OSError(f"{path.name}: {error}") from error


def read_hyper(
    path: Path, marts: Sequence[Mart]
) -> dict[str, tuple[int, dict[str, pa.DataType]]]:
    """What an extract holds of some marts, read back by the Hyper engine.

    Returns
    -------
    dict
        A mart's full name to its row count and its columns with their Arrow types.
    """
    tables = [f'"{mart.schema}"."{mart.name}"' for mart in marts]
    counts = _query(
        path,
        "select " + ", ".join(f"(select count(*) from {table})" for table in tables),
    )
    # One query for all tables: each query starts the engine again.
    types = _query(
        path,
        "select "
        + ", ".join(
            f'm{i}."{column.name}" as "{i}.{column.name}"'
            for i, mart in enumerate(marts)
            for column in mart.columns
        )
        + " from "
        + ", ".join(
            f"(select * from {table} limit 0) as m{i}" for i, table in enumerate(tables)
        ),
    ).schema
    found = {}
    for i, mart in enumerate(marts):
        named = [(field.name.split(".", 1), field.type) for field in types]
        found[mart.full_name] = (
            int(counts.column(i)[0].as_py()),
            {column: kind for (number, column), kind in named if number == str(i)},
        )
    return found


def _query(path: Path, sql: str) -> pa.Table:
    with _logging_beside(path) as parameters:
        return _pantab().frame_from_hyper_query(
            path, sql, return_type="pyarrow", process_params=parameters
        )


@contextmanager
def _logging_beside(path: Path) -> Iterator[dict[str, str]]:
    """Hyper would otherwise write a log file into the present folder, and keep it."""
    with TemporaryDirectory(dir=path.parent) as folder:
        yield {"log_dir": folder}


def write_data_source(
    path: Path, *, extract: str, hub: Mart, marts: Sequence[Mart]
) -> None:
    """Write a ``.tds`` over an extract.

    Parameters
    ----------
    path
        The new file.
    extract
        The name of the ``.hyper`` file beside it.
    hub
        The mart that every other is related to, by ``business_id``.
    marts
        The other marts of the extract.
    """
    tables = [hub, *marts]
    connection = f"hyper.{path.stem}"
    root = ET.Element(
        "datasource",
        {
            "formatted-name": path.stem,
            "caption": f"Retail Marts: {path.stem}",
            "inline": "true",
            "version": "18.1",
        },
    )
    federated = ET.SubElement(root, "connection", {"class": "federated"})
    named = ET.SubElement(
        ET.SubElement(federated, "named-connections"),
        "named-connection",
        {"caption": extract, "name": connection},
    )
    ET.SubElement(
        named,
        "connection",
        {
            "class": "hyper",
            "dbname": extract,
            "default-settings": "yes",
            "sslmode": "",
            "username": "tableau_internal_user",
        },
    )
    collection = ET.SubElement(federated, "relation", {"type": "collection"})
    for mart in tables:
        _relation(collection, connection, mart)
    maps = ET.SubElement(federated, "cols")
    for mart in tables:
        for column in mart.columns:
            ET.SubElement(
                maps,
                "map",
                {
                    "key": _field(mart, column.name),
                    "value": f"[{mart.name}].[{column.name}]",
                },
            )
    records = ET.SubElement(federated, "metadata-records")
    for mart in tables:
        for ordinal, column in enumerate(mart.columns):
            _metadata_record(records, mart, column, ordinal)
    for mart in tables:
        for column in mart.columns:
            _column(root, mart, column)
    folders = ET.SubElement(root, "folders-common")
    for mart in tables:
        folder = ET.SubElement(folders, "folder", {"name": _words(mart.name)})
        for column in mart.columns:
            ET.SubElement(
                folder,
                "folder-item",
                {"name": _field(mart, column.name), "type": "field"},
            )
    _object_graph(root, connection, hub, marts)
    tree = ET.ElementTree(root)
    ET.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def read_data_source(path: Path) -> dict[str, dict[str, str]]:
    """What a ``.tds`` says it finds: mart to column to Tableau's data type."""
    root = ET.parse(path).getroot()
    types = {
        column.attrib["name"]: column.attrib["datatype"]
        for column in root.findall("column")
    }
    found: dict[str, dict[str, str]] = {}
    for entry in root.iterfind("./connection/cols/map"):
        mart, column = entry.attrib["value"].strip("[]").split("].[")
        found.setdefault(mart, {})[column] = types[entry.attrib["key"]]
    return found


def expected_schema(mart: Mart) -> dict[str, pa.DataType]:
    """The Arrow types that the Hyper engine must give back for a mart."""
    return {column.name: _TYPES[column.data_type][1] for column in mart.columns}


def tableau_types(mart: Mart) -> dict[str, str]:
    """Tableau's data type of each column of a mart."""
    return {column.name: _TYPES[column.data_type][0] for column in mart.columns}


def _relation(parent: ET.Element, connection: str, mart: Mart) -> None:
    ET.SubElement(
        parent,
        "relation",
        {
            "connection": connection,
            "name": mart.name,
            "table": f"[{mart.schema}].[{mart.name}]",
            "type": "table",
        },
    )


def _metadata_record(
    parent: ET.Element, mart: Mart, column: Column, ordinal: int
) -> None:
    record = ET.SubElement(parent, "metadata-record", {"class": "column"})
    for tag, text in (
        ("remote-name", column.name),
        ("local-name", _field(mart, column.name)),
        ("parent-name", f"[{mart.name}]"),
        ("remote-alias", column.name),
        ("ordinal", str(ordinal)),
        ("local-type", _TYPES[column.data_type][0]),
        ("aggregation", _aggregation(column) or "Count"),
        ("contains-null", "true"),
        ("object-id", f"[{mart.name}]"),
    ):
        ET.SubElement(record, tag).text = text


def _column(root: ET.Element, mart: Mart, column: Column) -> None:
    data_type = _TYPES[column.data_type][0]
    aggregation = _aggregation(column)
    attributes = {
        "caption": f"{_words(column.name)} ({_words(mart.name)})",
        "datatype": data_type,
        "name": _field(mart, column.name),
        "role": "measure" if aggregation else "dimension",
        "type": _scale(data_type, is_measure=bool(aggregation)),
    }
    if aggregation:
        attributes["aggregation"] = aggregation
    for endings, code in _FORMATS:
        if column.name.endswith(endings):
            attributes["default-format"] = code
    element = ET.SubElement(root, "column", attributes)
    if column.description:
        text = ET.SubElement(ET.SubElement(element, "desc"), "formatted-text")
        ET.SubElement(text, "run").text = column.description


def _object_graph(
    root: ET.Element, connection: str, hub: Mart, marts: Sequence[Mart]
) -> None:
    graph = ET.SubElement(root, "object-graph")
    objects = ET.SubElement(graph, "objects")
    for mart in [hub, *marts]:
        thing = ET.SubElement(
            objects, "object", {"caption": _words(mart.name), "id": mart.name}
        )
        _relation(ET.SubElement(thing, "properties", {"context": ""}), connection, mart)
    relationships = ET.SubElement(graph, "relationships")
    for mart in marts:
        relationship = ET.SubElement(relationships, "relationship")
        equal = ET.SubElement(relationship, "expression", {"op": "="})
        for side in (mart, hub):
            ET.SubElement(equal, "expression", {"op": _field(side, "business_id")})
        ET.SubElement(relationship, "first-end-point", {"object-id": mart.name})
        ET.SubElement(
            relationship,
            "second-end-point",
            {"object-id": hub.name, "unique-key": "true"},
        )


def _field(mart: Mart, column: str) -> str:
    """A field's name in the data source: the same column stands in many marts."""
    return f"[{column} ({mart.name})]"


def _aggregation(column: Column) -> str | None:
    """Sum or average; None for what rows are grouped by."""
    words = column.name.split("_")
    if _TYPES[column.data_type][0] not in {"integer", "real"}:
        return None
    if _GROUPED_WORDS.intersection(words):
        return None
    return "Avg" if _AVERAGED_WORDS.intersection(words) else "Sum"


def _scale(data_type: str, *, is_measure: bool) -> str:
    if is_measure:
        return "quantitative"
    return "ordinal" if data_type in {"integer", "date", "datetime"} else "nominal"


def _words(name: str) -> str:
    """A name as a person would write it: fct_daily_sales -> Daily sales."""
    words = name.split("_")
    if words[0] in {"fct", "dim", "rpt"}:
        words = words[1:]
    return " ".join(words).capitalize()
