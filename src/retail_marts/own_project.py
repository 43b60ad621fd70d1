"""A dbt project of the user's own that uses this package, and the link between both."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from retail_marts.errors import InputError
from retail_marts.package import package_folder
from retail_marts.settings.reading import PACKAGE

#: The link to the dbt project in the wheel. packages.yml names it, so that it need not
#: name a folder of one environment.
LINK = ".retail_marts"
_PACKAGES = f"packages:\n  - local: {LINK}\n"
#: Seeds that a user edits. Two seeds of one name stop dbt, so ours are switched off.
#: Types of columns, descriptions and tests of ours then apply to the user's.
_SEEDS = ("population_cluster_names", "rfm_segments", "segment_names")
_NAME = r"[a-z][a-z0-9_]{0,40}"

_PROJECT = f"""\
# yaml-language-server: $schema={LINK}/docs/dbt_project.schema.json
name: {{name}}
version: "1.0.0"
profile: {PACKAGE}
require-dbt-version: [">=1.11.0", "<1.12.0"]

flags:
  send_anonymous_usage_stats: false
  indirect_selection: buildable
  # Models and tests of a package read its own models first, also if you have a model of
  # the same name.
  require_ref_searches_node_package_before_root: true

{{settings}}
seeds:
  {{name}}:
    +schema: seeds
    # An edited file may have other columns than the table of the last build.
    +full_refresh: true
  {PACKAGE}:
    # The files of the same names in seeds/ replace these.
{{seeds}}
unit_tests:
  {PACKAGE}:
    # They prove our code, not your data.
    +enabled: false
"""

_SETTINGS = f"""\
# If you leave a setting out, its default applies.
# All settings: {LINK}/docs/settings.md.
vars:
  # The shipped sources to read: none.
  sources: []

  # Your own files: {LINK}/docs/bring-your-own-data.md.
  mapped_sources: {{}}
"""

_SCHEMAS = """\
{# Schemas have the names that dbt_project.yml gives them, without a prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
"""

_README = f"""\
# {{name}}

    pip install retail-marts
    retail-marts map FILES --name my_files --write
    retail-marts check --rows
    retail-marts build
    open published/current/report/index.html

Settings: `dbt_project.yml`. Names and strategies of segments: `seeds/`.
All docs: `{LINK}/docs`.
Back up `warehouse/`: its key makes the ids of customers, and is not in git.
To upgrade, run `pip install --upgrade retail-marts` and `retail-marts build`.
"""

_IGNORED = f"""\
.venv/
/{LINK}
/dbt_packages/
/logs/
/published/
/target/
/warehouse/
.user.yml
"""


def check_new(folder: Path) -> str:
    """The name of a project in a folder that does not exist yet, or is empty.

    Raises
    ------
    InputError
        When the folder has content, or its name cannot be the name of a project.
    """
    name = folder.resolve().name.replace("-", "_")
    if not re.fullmatch(_NAME, name) or name == PACKAGE:
        raise InputError(
            f"{name!r} cannot be the name of a project.",
            remedy="Name a folder with lower-case letters, digits and underscores, "
            f"starting with a letter, at most 41 characters, and not {PACKAGE}.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder} exists and is not an empty folder.",
            remedy="Name a folder that does not exist yet.",
        )
    return name


def make_project(folder: Path, *, has_example: bool = False) -> None:
    """Write a project of the user's own.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty. Its name names the project.
    has_example
        Whether its settings read the shipped sources in ``data/sample``.

    Raises
    ------
    InputError
        As :func:`check_new` does.
    """
    name = check_new(folder)
    package = package_folder()
    seeds = "".join(f"    {seed}: {{+enabled: false}}\n" for seed in _SEEDS)
    texts = {
        "dbt_project.yml": _PROJECT.format(
            name=name,
            settings=_example_settings() if has_example else _SETTINGS,
            seeds=seeds,
        ),
        "packages.yml": _PACKAGES,
        "profiles.yml": (package / "profiles" / "profiles.yml").read_text("utf-8"),
        "macros/generate_schema_name.sql": _SCHEMAS,
        "README.md": _README.format(name=name),
        ".gitignore": _IGNORED,
    }
    for part in ("macros", "models", "seeds"):
        (folder / part).mkdir(parents=True)
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")
    for seed in _SEEDS:
        file = Path("seeds") / f"{seed}.csv"
        shutil.copyfile(package / file, folder / file)
    link_package(folder)


def _example_settings() -> str:
    """The settings of the dbt project in the wheel, which read the sample."""
    text = (package_folder() / "dbt_project.yml").read_text("utf-8")
    found = re.search(r"^# If you leave.*?(?=^models:)", text, re.M | re.S)
    assert found
    return found[0]


def link_package(project: Path) -> None:
    """Point the link of a project to the dbt project of this environment.

    A project without the link in its packages.yml stays as it is.
    """
    packages = project / "packages.yml"
    if not packages.is_file() or LINK not in packages.read_text("utf-8"):
        return
    link = project / LINK
    target = package_folder()
    if link.is_symlink() and link.readlink() == target:
        return
    # Renamed, so that a dbt that runs now finds the old one or the new one.
    made = project / f"{LINK}.new"
    made.unlink(missing_ok=True)
    made.symlink_to(target)
    os.replace(made, link)
