"""All rows of the user's own files, read in a temporary database with the staging SQL.

A dbt project is made in a temporary folder: the models of ``models/staging/mapped`` and
all macros of this project, with the entries of ``mapped_sources``. So the rows are
read, accepted and rejected by the code of a build, and the warehouse is not touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import yaml

from retail_marts import __version__
from retail_marts.errors import InputError
from retail_marts.package import package_folder
from retail_marts.private_files import KEY_FILE
from retail_marts.row_oddities import oddities_of
from retail_marts.row_unused import unused_oddities
from retail_marts.settings import Settings, memory_limit, project_settings
from retail_marts.settings.errors import nearest
from retail_marts.settings.mapped import SALES_KINDS

_MODELS = Path("models") / "staging" / "mapped"
_FILTERED = "stg_mapped__filtered_rows"
#: A file with more than this share of rejected rows is to be looked at.
FEW_ROWS = 0.05
_SHOWN_REASONS = 5
#: Looking for garbage takes a tenth of the time of so short a run, and frees nothing.
_DBT = "import gc; gc.disable(); from dbt.cli.main import cli; cli()"
_PROFILE = {
    "retail_marts": {
        "target": "check",
        "outputs": {
            "check": {
                "type": "duckdb",
                "path": "rows.duckdb",
                "schema": "main",
                "threads": 2,
                "settings": {"preserve_insertion_order": "false"},
                "plugins": [{"module": "retail_marts.dbt_plugin", "alias": "files"}],
            }
        },
    }
}


def check_rows(project: Path, names: Collection[str] = ()) -> tuple[list[str], bool]:
    """Read every row of the mapped files, and say what a build would make of them.

    Parameters
    ----------
    project
        The project folder.
    names
        Entries of ``mapped_sources``; all of them by default.

    Returns
    -------
    tuple of list of str and bool
        Lines for the user, and whether few enough rows are rejected.

    Raises
    ------
    InputError
        When an entry does not exist, or its files cannot be read.
    """
    settings = project_settings(project)
    chosen = _chosen(settings, names)
    left_out = [
        _not_checked(name, settings.mapped_sources[name])
        for name in (names or settings.mapped_sources)
        if name not in chosen
    ]
    if not chosen:
        return left_out or ["No rows to read: mapped_sources has no entry."], True
    # Readable by its owner only, as the warehouse is.
    with tempfile.TemporaryDirectory(prefix="retail-marts-check-") as made:
        folder = Path(made)
        _make_project(folder, project.resolve(), settings, chosen)
        with ThreadPoolExecutor(1) as pool:
            # While dbt runs, which is another process.
            looks = {
                name: pool.submit(list, unused_oddities(source, project))
                for name in chosen
                for source in [settings.mapped_sources[name].source(name)]
            }
            _run_dbt(folder)
            unused = {name: look.result() for name, look in looks.items()}
        with duckdb.connect(str(folder / "rows.duckdb")) as connection:
            # Keyed hashes in the staging views need the key that the run has made.
            key = (folder / KEY_FILE).read_text(encoding="utf-8").strip()
            connection.execute(f"set variable personal_key = '{key}'")
            limit = memory_limit()
            if limit:
                connection.execute(f"set memory_limit = '{limit}'")
            open_ones = {name: _open_choices(project, name) for name in chosen}
            lines, is_fine = _report(connection, settings, chosen, open_ones, unused)
            return [*lines, *left_out], is_fine


def _chosen(settings: Settings, names: Collection[str]) -> list[str]:
    known = settings.mapped_sources
    for name in names:
        if name not in known:
            close = nearest(name, known)
            hint = f"Did you mean {close}? " if close else ""
            raise InputError(
                f"mapped_sources has no entry {name}.",
                remedy=f"{hint}Use one of: {', '.join(known) or 'none is written'}.",
            )
    return [name for name in (names or known) if not _has_model(known[name])]


def _has_model(entry: Any) -> bool:
    return bool(_models(entry))


def _models(entry: Any) -> list[str]:
    """Models of the user's project that an entry reads, which dbt must build first."""
    parts = (entry, *(getattr(entry, kind, None) for kind in SALES_KINDS))
    return [
        model for part in parts for model in [getattr(part, "model", None)] if model
    ]


def _not_checked(name: str, entry: Any) -> str:
    models = ", ".join(dict.fromkeys(_models(entry)))
    return (
        f"{name}: NOT CHECKED. No row of it was read, because it reads {models} of "
        "your dbt project, which dbt must build first. Run `dbt build`, and look at "
        "core.fct_source_files and core.fct_rejected_rows."
    )


# -------------------------------------------------------------- a project of its own


def _make_project(
    folder: Path, project: Path, settings: Settings, chosen: Sequence[str]
) -> None:
    models = folder / "models"
    models.mkdir()
    for path in sorted((package_folder() / _MODELS).glob("*.sql")):
        (models / path.name).symlink_to(path)
    for path in sorted((package_folder() / _MODELS).glob("_*sources.yml")):
        (models / path.name).symlink_to(path)
    (folder / "macros").symlink_to(package_folder() / "macros")
    stated = settings.model_dump(mode="json", exclude_unset=True)
    entries = stated.get("mapped_sources", {})
    # An entry that is not read stays known by its name: no row may use it.
    others: dict[str, Any] = {name: {} for name in entries if name not in chosen}
    variables = {
        "sources": [],
        "businesses": {**stated.get("businesses", _defaults(settings)), **others},
        "mapped_sources": {
            name: _with_whole_paths(entries[name], project) for name in chosen
        },
        "build_day": settings.build_day,
    }
    content = {
        "name": "retail_marts",
        "version": __version__,
        "profile": "retail_marts",
        "flags": {"send_anonymous_usage_stats": False},
        "vars": variables,
        "models": {"retail_marts": {"+schema": "staging", "+materialized": "view"}},
    }
    for name, one in (("dbt_project.yml", content), ("profiles.yml", _PROFILE)):
        text = yaml.safe_dump(one, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


def _defaults(settings: Settings) -> dict[str, Any]:
    return {
        name: one.model_dump(mode="json") for name, one in settings.businesses.items()
    }


def _with_whole_paths(entry: Any, project: Path) -> Any:
    """An entry whose paths do not depend on the folder in which they are read."""
    if not isinstance(entry, Mapping):
        return entry
    whole: dict[str, Any] = {}
    for name, value in entry.items():
        if name in ("path", "database") and isinstance(value, str):
            whole[name] = str(project / value)
        elif name == "path" and isinstance(value, Sequence):
            whole[name] = [str(project / one) for one in value]
        elif name in SALES_KINDS:
            whole[name] = _with_whole_paths(value, project)
        else:
            whole[name] = value
    return whole


def _run_dbt(folder: Path) -> None:
    """Run the staging models; what stops them becomes an InputError."""
    own = {"RETAIL_MARTS_WAREHOUSE", "RETAIL_MARTS_RAW_DATA_DIR"}
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DBT_") and name not in own
    }
    # Without __pycache__ or other files next to the links.
    environment |= {"DBT_PROFILES_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", _DBT, "--quiet", "--no-use-colors"]
    command += ["--log-level-file", "none", "--no-partial-parse", "run"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            # Ctrl-C: nothing may write into the folder while it is removed.
            process.kill()
            raise
    if process.returncode:
        raise _stopped(folder, output)


def _stopped(folder: Path, output: str) -> InputError:
    """Why dbt stopped, as its message says."""
    message = output
    with contextlib.suppress(OSError, ValueError):
        run = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))
        faults = [one["message"] for one in run["results"] if one["status"] == "error"]
        # Models after the first one only say where to look.
        message = max(faults, key=len) if faults else output
    lines = [line.strip() for line in message.strip().splitlines()]
    if lines and lines[0].startswith(("Runtime Error", "Compilation Error")):
        lines = lines[1:]
    problem, _, remedy = "\n".join(lines).partition("Remedy: ")
    return InputError(
        problem.strip().replace("\n", "\n  ") or "dbt could not read the rows.",
        remedy=remedy.strip() or "Correct this, and run the command again.",
    )


# ------------------------------------------------------------------------ the report


def _open_choices(project: Path, name: str) -> list[str]:
    """Settings of an entry that ``map`` left to the user, and that are not set yet."""
    text = (project / "dbt_project.yml").read_text(encoding="utf-8")
    entry = re.search(rf"^( +){name}:[ ]*\n((?:\1 +.*\n?|[ ]*\n)*)", text, re.M)
    found = re.findall(r"# CHOOSE (\w+):", entry[2]) if entry else []
    return [
        one for one in found if entry and not re.search(rf"^ +{one}:", entry[2], re.M)
    ]


def _report(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    chosen: Sequence[str],
    open_choices: Mapping[str, Sequence[str]],
    unused: Mapping[str, Sequence[str]],
) -> tuple[list[str], bool]:
    connection.execute(
        "create temp table lines as select lines.mapped_source, lines.source_table,"
        " lines.source_file, lines.source_row_number, order_id, source_order_id,"
        " customer_id, lines.product_id, product_name, store_id, quantity,"
        " sales_amount, shipping_cost_amount, discount_amount, tax_amount, order_date,"
        " coalesce(lines.category, products.category) as category,"
        " coalesce(lines.sub_category, products.sub_category) as sub_category,"
        " lines.rejection_reason, lines.warning"
        " from staging.stg_mapped__sales_lines as lines left join ("
        "select mapped_source, business_id, product_id, max(category) as category,"
        " max(sub_category) as sub_category from staging.stg_mapped__products"
        " where rejection_reason is null group by all) as products"
        " on lines.mapped_source = products.mapped_source"
        " and lines.business_id is not distinct from products.business_id"
        " and lines.product_id = products.product_id"
    )
    lines: list[str] = []
    is_fine = True
    for name in chosen:
        source = settings.mapped_sources[name].source(name)
        lines += ["", f"{name}:"]
        for kind in source.files:
            found, few = _counts(connection, name, kind)
            lines += found
            is_fine = is_fine and few
        lines += _totals(connection, name)
        odd = [
            f"{setting} is not chosen yet, so its default is used: see # CHOOSE in "
            "dbt_project.yml."
            for setting in open_choices[name]
        ]
        odd += [*oddities_of(connection, source), *unused[name]]
        lines += [f"  Look at: {text}" for text in odd] or ["  Nothing odd was found."]
    return lines[1:], is_fine


def _counts(
    connection: duckdb.DuckDBPyConnection, name: str, kind: str
) -> tuple[list[str], bool]:
    """Rows of each file of a kind, and the first reasons of rejected ones."""
    staged = "lines" if kind == "sales_lines" else f"staging.stg_mapped__{kind}"
    counted = connection.execute(
        "select source_file, count(*), count(rejection_reason)"
        f" from {staged} where source_table = ? group by all order by all",
        [f"{kind} of {name}"],
    ).fetchall()
    filtered = _filtered(connection, name) if kind == "sales_lines" else {}
    files = {file: (rows, rejected) for file, rows, rejected in counted}
    lines, is_fine = [], True
    for file in sorted({*files, *filtered}):
        rows, rejected = files.get(file, (0, 0))
        more = filtered.get(file, 0)
        is_fine = is_fine and rejected <= FEW_ROWS * rows
        shown = f", {more:,} filtered" if more else ""
        lines.append(
            f"  {kind} in {file}: {_rows(rows + more)}, {rows - rejected:,} accepted, "
            f"{rejected:,} rejected{shown}"
        )
    return [*lines, *_reasons(connection, staged, f"{kind} of {name}")], is_fine


def _filtered(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, int]:
    """The number of rows that filters leave out, by file."""
    is_known = connection.execute(
        "select count(*) from information_schema.tables where table_name = ?",
        [_FILTERED],
    ).fetchall()[0][0]
    if not is_known:
        return {}
    return dict(
        connection.execute(
            f"select source_file, count(*) from staging.{_FILTERED}"
            " where source_table = ? group by all",
            [f"sales_lines of {name}"],
        ).fetchall()
    )


def _reasons(
    connection: duckdb.DuckDBPyConnection, staged: str, source_table: str
) -> Iterator[str]:
    """The most frequent reasons, each with the first row that has it."""
    found = connection.execute(
        "select any_value(rejection_reason order by source_file, source_row_number),"
        " count(*), min_by(source_file, (source_file, source_row_number)),"
        " min_by(source_row_number, (source_file, source_row_number))"
        f" from {staged} where source_table = ? and rejection_reason is not null"
        # Reasons that differ in the value alone are one.
        " group by regexp_replace(rejection_reason, '''[^'']*''|[0-9]+', '', 'g')"
        " order by 2 desc, 3, 4",
        [source_table],
    ).fetchall()
    for reason, rows, file, row in found[:_SHOWN_REASONS]:
        yield f"    {_rows(rows)} rejected: {reason} (first in {file}, row {row:,})"
    if len(found) > _SHOWN_REASONS:
        yield f"    and {len(found) - _SHOWN_REASONS} other reasons"


def _totals(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    ((rows, sales, quantity, first, last, *counts),) = connection.execute(
        "select count(*), sum(sales_amount), sum(quantity), min(order_date),"
        " max(order_date), count(distinct order_date), count(distinct customer_id),"
        " count(distinct order_id), count(distinct product_id),"
        " count(distinct store_id) from lines"
        " where mapped_source = ? and rejection_reason is null",
        [name],
    ).fetchall()
    if not rows:
        return ["  No row is accepted."]
    numbers = [f"Sales {sales:,.2f}"]
    if quantity is not None:
        numbers.append(f"quantity {quantity:,.2f}".removesuffix(".00"))
    days, *others = counts
    things = zip(("customers", "orders", "products", "stores"), others, strict=True)
    return [
        f"  {', '.join(numbers)}, {first} to {last} ({days:,} days with sales)",
        "  " + ", ".join(f"{number:,} {what}" for what, number in things),
    ]


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"
