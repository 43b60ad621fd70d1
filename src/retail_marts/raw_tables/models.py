"""Copy models of the user's own dbt project."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence

from retail_marts.errors import InputError
from retail_marts.raw_tables.schema import Known, note_file
from retail_marts.raw_tables.sql import (
    Cursor,
    column_types,
    identifier,
    missing_columns,
    table_select,
)
from retail_marts.raw_tables.stored import Stored
from retail_marts.settings.mapped_files import MappedFile


def copy_model(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Copy the rows of a model, unless they are known."""
    (stored,) = files
    noted = known.get(stored.name)
    if noted:
        lines, missing = noted.raw_line_count, noted.missing
    else:
        model = _model_relation(cursor, file)
        types = _model_types(cursor, file, model)
        missing = missing_columns(file, types)
        # A query has no order of its own. So rows are numbered by what they hold: the
        # same rows have the same numbers in every build.
        fields = ", ".join(
            identifier(header) for header in file.columns.values() if header in types
        )
        select = table_select(
            file,
            types,
            source_file=stored.name,
            row_number=f"row_number() over (order by {fields})",
        )
        cursor.execute(f"create table raw.{relation} as {select} from {model}")
        ((lines,),) = cursor.execute(f"select count(*) from {model}").fetchall()
    note_file(cursor, source_table, stored, lines, missing)
    return False


def model_sha256(cursor: Cursor, file: MappedFile) -> str:
    """A hash of a model's columns and rows, whatever their order."""
    relation = _model_relation(cursor, file)
    types = _model_types(cursor, file, relation)
    fields = ", ".join(
        f"cast({identifier(header)} as varchar)"
        for header in sorted({*file.columns.values()} & {*types})
    )
    found = cursor.execute(
        f"select count(*), sum(cast(hash({fields}) as hugeint)),"
        f" bit_xor(hash({fields})) from {relation}"
    ).fetchall()
    return hashlib.sha256(json.dumps([types, str(found)]).encode()).hexdigest()


def require_model_file(file: MappedFile, model: str) -> None:
    """Look for a model in the project folder, and in the packages that it uses."""
    name = model.rpartition(".")[2]
    skipped = {".venv", "target", "logs", "node_modules"}
    for _, folders, names in os.walk("."):
        folders[:] = [one for one in folders if one not in skipped]
        if {f"{name}.sql", f"{name}.py"} & {*names}:
            return
    raise InputError(
        f"{file.setting}.model: no file {name}.sql or {name}.py is in the project "
        "folder.",
        remedy="Write the name of a model of your project as in `ref`: my_orders, or "
        "my_package.my_orders.",
    )


def _model_relation(cursor: Cursor, file: MappedFile) -> str:
    """The relation of a model of the user's own dbt project."""
    found = cursor.execute(
        "select distinct relation from raw.mapped_models where model = ?", [file.model]
    ).fetchall()
    if len(found) != 1:
        raise InputError(
            f"{file.setting}.model: dbt knows "
            f"{'more than one model' if found else 'no model'} {file.model}.",
            remedy="Write the name of a model of your project as in `ref`: my_orders, "
            "or my_package.my_orders.",
        )
    if found[0][0] is None:
        raise InputError(
            f"{file.setting}.model: {file.model} is ephemeral, so it has no rows to "
            "read.",
            remedy="Materialize it as a table or a view.",
        )
    return str(found[0][0])


def _model_types(cursor: Cursor, file: MappedFile, relation: str) -> dict[str, str]:
    return column_types(
        cursor,
        relation,
        file,
        where=f"the model {file.model}",
        remedy=f"Build it first, with `dbt build --select +{file.model}`, or leave "
        "--select out: dbt then builds it before the mapped sources.",
    )
