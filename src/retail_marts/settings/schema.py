"""What is made of the tree: a JSON schema for editors, and the tables in the docs.

``python -m retail_marts.settings.schema`` (``make settings``) writes both anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from retail_marts.settings.errors import section_at
from retail_marts.settings.kinds import Section
from retail_marts.settings.reading import PACKAGE
from retail_marts.settings.tree import Settings

#: Where the schema lies in the project; the first line of dbt_project.yml names it.
SCHEMA_FILE = Path("docs/dbt_project.schema.json")

#: A table in the docs: the path of a section, or a prefix of names under ``vars``.
_TABLE = re.compile(
    r"(?P<head><!-- settings of (?P<place>[\w.*<>]+) -->\n)"
    r".*?(?P<foot><!-- end of settings -->)",
    re.DOTALL,
)


class _Generator(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        return float(dft) if isinstance(dft, Fraction) else super().encode_default(dft)


def schema() -> dict[str, Any]:
    """The JSON schema of ``dbt_project.yml``: our settings; all else is dbt's."""
    tree = Settings.model_json_schema(schema_generator=_Generator)
    definitions = tree.pop("$defs")
    # Other names may belong to the user's own models.
    variables = {
        "type": "object",
        "properties": {**tree["properties"], PACKAGE: {"$ref": "#/$defs/Settings"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbt_project.yml with the settings of Retail Marts",
        "type": "object",
        "properties": {"vars": variables},
        "$defs": {**definitions, "Settings": tree},
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def with_tables(text: str) -> str:
    """A page of the docs with its tables of settings as the tree has them."""
    return _TABLE.sub(
        lambda found: found["head"] + table(found["place"]) + found["foot"], text
    )


def table(place: str) -> str:
    """The settings of a section as a table.

    Parameters
    ----------
    place
        The section's path, for example ``forecast_settings``; below a name of the
        user's own ``<name>``; or a prefix such as ``forecast_*`` of names under
        ``vars``.
    """
    if place.endswith("*"):
        prefix = place[:-1]
        fields = {
            name: field
            for name, field in Settings.model_fields.items()
            if name.startswith(prefix)
        }
    else:
        fields = section_at(Settings, place.split(".")).model_fields
    rows = (
        f"| `{name}` | {_cell(field.description)} | {_cell(default_text(field))} |\n"
        for name, field in fields.items()
    )
    return "| setting | meaning | default |\n|---|---|---|\n" + "".join(rows)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def default_text(field: FieldInfo) -> str:
    """A default as the docs say it."""
    extra = field.json_schema_extra
    if isinstance(extra, Mapping) and "x-default" in extra:
        return str(extra["x-default"])
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Fraction | float):
        return f"{float(value):g}"
    listed = f"[{', '.join(value)}]" if isinstance(value, tuple) else value
    return "below" if isinstance(value, Section) else f"`{listed}`"


def write(project: Path) -> None:
    """Write the schema and every table of settings in the docs."""
    (project / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    for page in sorted((project / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if with_tables(text) != text:
            page.write_text(with_tables(text), encoding="utf-8")


if __name__ == "__main__":
    write(Path())
