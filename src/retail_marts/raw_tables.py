"""Raw tables: the rows of files, as the staging models read them.

The only module that writes to the schema ``raw``. Delimited text, Excel sheets and JSON
lines become tables of text. Tables of other databases and models of the user's own dbt
project are copied in their own types. Parquet files are not copied: a view gives them
our column names.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from retail_marts import database_files, landing
from retail_marts.database_files import database_sha256, open_database
from retail_marts.errors import InputError
from retail_marts.landing import (
    FileFormat,
    FoundFile,
    Header,
    check_header,
    check_rows,
    clean_name,
    find_files,
    kind_of,
    landed_schema,
    non_blank_line_count,
    open_delimited,
    open_rows,
    partition_value,
    raw_line_count,
)
from retail_marts.landing.text import check_file
from retail_marts.landing.workbooks import DATE_CELL_FORMAT
from retail_marts.settings import Settings, mapped
from retail_marts.settings.mapped import (
    CANONICAL_COLUMNS,
    MappedFile,
    MappedSales,
    MappedSource,
)
from retail_marts.settings.tree import Business
from retail_marts.settings.values import NAMED_FORMATS

Cursor = duckdb.DuckDBPyConnection


class Known(NamedTuple):
    """What an earlier build noted of a file that it landed."""

    version: str
    raw_line_count: int
    #: Our names of the optional columns that it lacks.
    missing: tuple[str, ...]


#: By source table and file.
Landed = Mapping[tuple[str, str], Known]


class _Stored(NamedTuple):
    """A file, table or model to land, with what tells whether it changed."""

    path: Path
    name: str
    size: int
    modified_ns: int
    sha256: str
    version: str
    partitions: Mapping[str, str]


class CheckedFile(NamedTuple):
    """A file that a build would read, its size, and the optional columns it lacks."""

    place: str
    size: int | None
    missing: tuple[str, ...]


# Two to five words of letters; and digits behind a plus or a single zero.
_NAME = r"\p{L}[\p{L}'.-]*(?:,? \p{L}[\p{L}'.-]*){1,4}"
_PHONE = r"(?:\+|0)[1-9][-0-9 ()/.]{6,18}"
MAILS = "e-mail addresses"
_LOOKED_AT = 100_000
# So many rows at once come from another database: enough for speed, little memory.
_BATCH_ROWS = 100_000
_SOURCE_FILE = pa.field("_source_file", pa.string())
#: One row per mapped file of a kind, with the settings that SQL needs.
MAPPED_LISTING = pa.schema(
    [
        ("mapped_source", pa.string()),
        ("relation", pa.string()),
        ("mapped_columns", pa.string()),
        ("has_business_column", pa.bool_()),
        # JSON; the macro mapped_entries reads it.
        ("values", pa.string()),
        # The format of cells that are dates, where a file has such cells.
        ("date_cell_format", pa.string()),
        ("separator", pa.string()),
        ("file_count", pa.int64()),
        ("business_name", pa.string()),
        ("currency", pa.string()),
        ("country_code", pa.string()),
        ("time_zone", pa.string()),
        ("return_order_prefix", pa.string()),
        ("negative_quantity_is_return", pa.bool_()),
        ("duplicates", pa.string()),
        ("order_key", pa.string()),
        ("product_key", pa.string()),
        ("fill_down", pa.string()),
        ("order_amounts", pa.string()),
        # As JSON.
        ("filters", pa.string()),
        ("customer_id_is_personal", pa.bool_()),
        # JSON, because ids may contain any separator.
        ("anonymous_customer_ids", pa.string()),
    ]
)


def prepare(cursor: Cursor) -> None:
    """Create the schema, the list of landed files and the tables of dbt's runs."""
    cursor.execute("create schema if not exists raw")
    cursor.execute(
        "create table if not exists raw.landed_files ("
        " source_table varchar not null,"
        " source_file varchar not null,"
        " size_bytes bigint not null,"
        " sha256 varchar,"
        " raw_line_count bigint not null,"
        # Changes with the file, its settings and our code. Null: landed in each run.
        " version varchar,"
        # Optional columns that the file lacks, by our names.
        " missing_columns varchar)"
    )
    for column in ("version", "missing_columns"):
        cursor.execute(
            f"alter table raw.landed_files add column if not exists {column} varchar"
        )
    # Where the models are that mapped sources name. The macro note_mapped_models
    # writes it before the first node runs.
    cursor.execute(
        "create table if not exists raw.mapped_models ("
        " model varchar not null,"
        " relation varchar)"
    )
    # What the incremental models have read. The macro note_refresh writes it.
    cursor.execute(
        "create table if not exists raw.refreshes ("
        " model varchar not null,"
        " refresh_number bigint not null,"
        " first_refresh_number bigint not null,"
        " fingerprint varchar not null,"
        " invocation_id varchar not null)"
    )
    cursor.execute(
        "create table if not exists raw.refreshed_files ("
        " model varchar not null,"
        " source_table varchar not null,"
        " source_file varchar not null,"
        " raw_line_count bigint not null,"
        " version varchar,"
        " build_day date,"
        " has_late_rows boolean)"
    )
    for column in ("build_day date", "has_late_rows boolean"):
        cursor.execute(
            f"alter table raw.refreshed_files add column if not exists {column}"
        )
    cursor.execute(
        "create table if not exists raw.changed_sales_lines ("
        " refresh_number bigint not null,"
        " business_id varchar,"
        " order_id varchar,"
        " product_id varchar,"
        " sales_date date)"
    )
    # The settings of this run. SQL reads `resolved`, with all defaults. Python models
    # read `stated`, only what the user wrote: a general value that the user wrote
    # overrides the default of a business.
    cursor.execute(
        "create table if not exists raw.settings ("
        " resolved varchar not null,"
        " stated varchar not null)"
    )
    # Which day it is for each source; that of the project has no name.
    cursor.execute(
        "create table if not exists raw.build_days ("
        " source_name varchar not null,"
        " time_zone varchar not null,"
        " build_day date not null,"
        " orders_ahead boolean not null)"
    )
    # The dbt commands and their results. The macros note_run_start and note_run_end
    # write them. Runs are numbered in the warehouse, because a clock can be set
    # back.
    cursor.execute(
        "create table if not exists raw.dbt_invocations ("
        " invocation_id varchar primary key,"
        " command varchar not null,"
        " started_at timestamp not null,"
        " has_ended boolean not null,"
        " invocation_number bigint,"
        # --empty or --sample: the run read a part of the rows only.
        " limited_by varchar)"
    )
    cursor.execute(
        "create table if not exists raw.dbt_outcomes ("
        " unique_id varchar primary key,"
        " status varchar not null,"
        " message varchar,"
        " started_at timestamp not null,"
        " invocation_number bigint)"
    )
    # Warehouses of versions that did not number the runs.
    for table, column in (
        ("dbt_invocations", "invocation_number bigint"),
        ("dbt_invocations", "limited_by varchar"),
        ("dbt_outcomes", "invocation_number bigint"),
    ):
        cursor.execute(f"alter table raw.{table} add column if not exists {column}")


def write_settings(cursor: Cursor, settings: Settings) -> None:
    """Store the checked settings for SQL and Python models."""
    cursor.execute("delete from raw.settings")
    cursor.execute(
        "insert into raw.settings values (?, ?)",
        [settings.model_dump_json(), settings.model_dump_json(exclude_unset=True)],
    )


def write_build_days(cursor: Cursor, settings: Settings) -> None:
    """Keep the day of the build in the time zone of every source."""
    sources: dict[str, Business | MappedSales]
    sources = {**settings.businesses, **settings.mapped_sources}
    cursor.execute("delete from raw.build_days")
    cursor.executemany(
        "insert into raw.build_days select ?, time_zone,"
        " coalesce(try_cast(? as date), cast(timezone(time_zone, now()) as date)), ?"
        " from (select ? as time_zone)",
        [
            ("", settings.build_day, False, "UTC"),
            *(
                (name, settings.build_day, source.orders_ahead, source.time_zone)
                for name, source in sources.items()
            ),
        ],
    )


def named_businesses(cursor: Cursor, source: MappedSource) -> set[str]:
    """The names in the business columns of the landed files of an entry."""
    names: set[str] = set()
    for kind, file in source.files.items():
        if "business_id" in file.columns:
            names |= {
                str(name)
                for (name,) in cursor.execute(
                    "select distinct trim(cast(business_id as varchar))"
                    f" from raw.mapped__{source.name}__{kind}"
                    " where business_id is not null"
                ).fetchall()
            }
    return names


def personal_ids(cursor: Cursor, source: MappedSource) -> str | None:
    """What the customer ids of an entry look like, where that may be personal.

    Only entries that do not say whether their ids are personal are looked at.

    Returns
    -------
    str or None
        ``e-mail addresses`` if any id has an @, ``names of persons`` or ``phone
        numbers`` if at least half of them look so.
    """
    columns = source.files["sales_lines"].columns
    is_said = source.rules["customer_id_is_personal"] is not None
    if is_said or "customer_id" not in columns:
        return None
    relation = f"raw.mapped__{source.name}__sales_lines"
    ((ids, mails, names, phones),) = cursor.execute(
        "select count(*), count(*) filter (id like '%@%'),"
        " count(*) filter (regexp_full_match(id, ?)),"
        " count(*) filter (regexp_full_match(id, ?))"
        " from (select distinct trim(cast(customer_id as varchar)) as id"
        f" from (select customer_id from {relation} where customer_id is not null"
        f" limit {_LOOKED_AT}))",
        [_NAME, _PHONE],
    ).fetchall()
    if mails:
        return MAILS
    if names and names * 2 >= ids:
        return "names of persons"
    return "phone numbers" if phones and phones * 2 >= ids else None


def kept(cursor: Cursor, identifier: str) -> pa.Table | None:
    """The rows that an earlier build landed, or None if there is no such table."""
    if _relation_type(cursor, identifier) is None:
        return None
    return cursor.sql(f"from raw.{identifier}").to_arrow_table()


def empty(columns: Sequence[str]) -> pa.Table:
    """The raw table of a source that is not read."""
    return landed_schema(columns).append(_SOURCE_FILE).empty_table()


def misread_files(cursor: Cursor, source: MappedSource) -> dict[str, list[str]]:
    """Files declared as latin-1 that seem to be cp1252, by the setting to change.

    Latin-1 has control characters where cp1252 has quotes, dashes and the euro sign.
    """
    found = {}
    for kind, file in source.files.items():
        if not file.path or not _is_latin_1(file.encoding):
            continue
        relation = f"mapped__{source.name}__{kind}"
        if _relation_type(cursor, relation) != "table":
            continue
        text = f"concat_ws(' ', _raw_text, {', '.join(file.columns)})"
        names = cursor.execute(
            f"select distinct _source_file from raw.{relation}"
            f" where regexp_matches({text}, ?) order by _source_file",
            [r"[\x{80}-\x{9F}]"],
        ).fetchall()
        if names:
            found[f"{file.setting}.encoding"] = [name for (name,) in names]
    return found


def _is_latin_1(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "iso8859-1"
    except LookupError:
        return False


def landed_files(cursor: Cursor) -> Landed:
    """What an earlier build noted of each landed file."""
    return {
        (source_table, source_file): Known(
            version, line_count, tuple(missing.split(",")) if missing else ()
        )
        for source_table, source_file, version, line_count, missing in cursor.execute(
            "select source_table, source_file, version, raw_line_count, missing_columns"
            " from raw.landed_files where version is not null"
        ).fetchall()
    }


def forget_files(cursor: Cursor, source_table: str, *, is_prefix: bool = False) -> None:
    """Remove a source's files from the list of landed files."""
    condition = "starts_with(source_table, ?)" if is_prefix else "source_table = ?"
    cursor.execute(f"delete from raw.landed_files where {condition}", [source_table])


def land_shipped(
    cursor: Cursor,
    path: Path,
    *,
    source_table: str,
    columns: Sequence[str],
    separator: str,
    encoding: str,
) -> pa.RecordBatchReader:
    """Open a shipped source's file as rows of its raw table, and list the file."""
    source_file = f"{path.parent.name}/{path.name}"
    size, modified_ns = _size_and_time(path)
    header = check_shipped(
        path, columns=columns, separator=separator, encoding=encoding
    )
    stored = _Stored(path, source_file, size, modified_ns, _sha256(path), "", {})
    reader = open_delimited(
        path, columns=columns, separator=separator, encoding=encoding
    )
    # A row over several lines counts as several lines, here and in its _line_count. So
    # this count needs no rules for quotes.
    lines = non_blank_line_count(path, encoding=encoding, skip=header.end)
    _note_file(cursor, source_table, stored, lines)
    return _with_source_file(reader, stored, names=columns)


def check_shipped(
    path: Path, *, columns: Sequence[str], separator: str, encoding: str
) -> Header:
    """Check the header of a shipped source's file.

    Raises
    ------
    InputError
        When the file does not exist or lacks a column.
    """
    try:
        return check_header(
            path, columns=columns, separator=separator, encoding=encoding
        )
    except InputError as error:
        if "lacks the column" not in error.problem:
            raise
        raise InputError(
            error.problem,
            remedy=f"{error.remedy} The source {path.parent.name} reads only the "
            "edition of the file that its description names. For another edition, "
            f"take {path.parent.name} out of `sources`, and map the file under "
            "`mapped_sources` (docs/bring-your-own-data.md).",
        ) from None


def land_mapped(
    cursor: Cursor,
    source: MappedSource,
    kind: str,
    landed: Landed,
) -> dict[str, Any]:
    """Create the raw table or view of a mapped file, with our column names.

    Parameters
    ----------
    landed
        From :func:`landed_files`, before this run. A file of the same version is not
        read again.

    Returns
    -------
    dict
        The row of the file for :data:`MAPPED_LISTING`.
    """
    file = source.files[kind]
    _require_date_format(cursor, file)
    relation = f"mapped__{source.name}__{kind}"
    source_table = f"{kind} of {source.name}"
    existing = _relation_type(cursor, relation)
    cursor.execute("begin")
    # Where files decide together which rows are kept, a change of one lands all of
    # them again.
    are_one = kind != "sales_lines" or source.rules["duplicates"] == "reject"
    found = _found_files(file)
    is_parquet = _are_parquet(file, found)
    files = _versions(cursor, file, found, are_one=are_one)
    known = {
        one.name: noted
        for one in files
        if (noted := landed.get((source_table, one.name)))
        and noted.version == one.version
        and existing == ("view" if is_parquet else "table")
    }
    if existing and (is_parquet or not known):
        cursor.execute(f"drop {existing} raw.{relation}")
    if is_parquet:
        land = _view_parquet
    elif file.path:
        land = _copy_rows
    else:
        land = _copy_model if file.model else _copy_table
    has_date_cells = land(cursor, file, relation, source_table, files, known=known)
    cursor.execute("commit")
    return {
        "mapped_source": source.name,
        "relation": relation,
        "mapped_columns": ",".join(sorted(file.columns)),
        "has_business_column": "business_id" in file.columns,
        "values": json.dumps(file.values),
        "date_cell_format": DATE_CELL_FORMAT if has_date_cells else None,
        "separator": file.shown_separator,
        "file_count": len(files),
        **{
            rule: ",".join(value) if isinstance(value, tuple) else value
            for rule, value in source.rules.items()
        },
        # Ids may contain any separator.
        "anonymous_customer_ids": json.dumps(source.rules["anonymous_customer_ids"]),
    }


def check_mapped(file: MappedFile) -> list[CheckedFile]:
    """Check that mapped files have every column, without reading their rows.

    Of a model only its file is looked for: a build knows what it holds.

    Raises
    ------
    InputError
        When a file does not exist or lacks a column.
    """
    with duckdb.connect() as cursor:
        _require_date_format(cursor, file)
        if file.model:
            _require_model_file(file, file.model)
            return [CheckedFile(f"model {file.model}", None, ())]
        if file.table is not None:
            with _opened_table(cursor, file) as (_, _, types):
                path = Path(str(file.database))
                return [
                    CheckedFile(str(path), path.stat().st_size, _lacking(file, types))
                ]
        found = _found_files(file)
        if _are_parquet(file, found):
            missing = [
                _missing(file, _parquet_types(cursor, file, one.path), one.partitions)
                for one in found
            ]
        else:
            missing = [_checked(file, one.path, one.partitions)[1] for one in found]
        return [
            CheckedFile(str(one.path), one.path.stat().st_size, lacking)
            for one, lacking in zip(found, missing, strict=True)
        ]


def _require_model_file(file: MappedFile, model: str) -> None:
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


def _found_files(file: MappedFile) -> list[FoundFile]:
    if file.model:
        return [FoundFile(Path(file.model), file.model)]
    if file.table is not None:
        path = Path(str(file.database))
        return [FoundFile(path, f"{path.name}/{file.table}")]
    return find_files(file.path, setting=file.setting)


def _are_parquet(file: MappedFile, found: Sequence[FoundFile]) -> bool:
    """Whether the files are read by DuckDB itself, not by our readers."""
    if not file.path:
        return False
    kinds = {kind_of(one.path) == "parquet": one.path for one in found}
    if len(kinds) == 1:
        if True in kinds and (file.sheet is not None or file.footer_lines):
            raise InputError(
                f"{file.setting}: {kinds[True]} is a Parquet file, which has neither "
                "sheets nor a footer.",
                remedy="Leave out `sheet` and `footer_lines`.",
            )
        return True in kinds
    raise InputError(
        f"{file.setting}.path means Parquet files ({kinds[True]}) and others "
        f"({kinds[False]}).",
        remedy="Make one entry for each kind of file.",
    )


def _versions(
    cursor: Cursor, file: MappedFile, found: Sequence[FoundFile], *, are_one: bool
) -> list[_Stored]:
    """Each file with its SHA-256, and the version under which it is landed."""
    stored = []
    for path, name in found:
        size, modified_ns = (0, 0) if file.model else _size_and_time(path)
        if file.model:
            sha256 = _model_sha256(cursor, file)
        elif file.table is not None:
            sha256 = database_sha256(path, setting=file.setting)
        else:
            sha256 = _sha256(path)
        partitions = FoundFile(path, name).partitions if file.path else {}
        stored.append(_Stored(path, name, size, modified_ns, sha256, "", partitions))
    settings = json.dumps([asdict(file), _code_version()], sort_keys=True)
    every = sorted(one.sha256 for one in stored) if are_one else []
    return [
        one._replace(
            version=hashlib.sha256(
                "".join([settings, one.sha256, *every]).encode()
            ).hexdigest()
        )
        for one in stored
    ]


@cache
def _code_version() -> str:
    """A hash of the code that lands files: when it changes, files are landed again."""
    paths = sorted(Path(str(landing.__file__)).parent.glob("*.py"))
    paths += [Path(str(module.__file__)) for module in (mapped, database_files)]
    paths.append(Path(__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _format(file: MappedFile) -> FileFormat:
    return FileFormat(
        separator=file.separator,
        encoding=file.encoding,
        header_line=file.header_line,
        footer_lines=file.footer_lines,
        sheet=file.sheet,
        decimal_mark=file.values["decimal_mark"],
    )


def _headers_of(file: MappedFile) -> list[str]:
    return list(dict.fromkeys(clean_name(header) for header in file.columns.values()))


def _checked(
    file: MappedFile, path: Path, partitions: Mapping[str, str]
) -> tuple[Header, tuple[str, ...]]:
    """The header of a file of text, and our names of the columns it lacks."""
    optional = [clean_name(file.columns[name]) for name in file.optional]
    header = check_rows(
        path,
        columns=_headers_of(file),
        optional=[*optional, *partitions],
        form=_format(file),
        setting=f"{file.setting}.path",
    )
    return header, tuple(
        name
        for name, wanted in file.columns.items()
        if clean_name(wanted) in header.missing and clean_name(wanted) not in partitions
    )


def _copy_rows(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[_Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Write the rows of all files except the known ones.

    Returns
    -------
    bool
        Whether cells may be dates: those of workbooks are.
    """
    headers = _headers_of(file)
    if known:
        cursor.execute(
            f"delete from raw.{relation} where _source_file not in (select unnest(?))",
            [list(known)],
        )
    into = f"insert into raw.{relation}" if known else f"create table raw.{relation} as"
    for stored in files:
        if stored.name in known:
            noted = known[stored.name]
            lines, missing = noted.raw_line_count, noted.missing
        else:
            with _read_as_stored(stored):
                lines, missing = _copy_file(
                    cursor, file, stored, headers=headers, into=into
                )
            into = f"insert into raw.{relation}"
        _note_file(cursor, source_table, stored, lines, missing)
    return any(kind_of(stored.path) == "workbook" for stored in files)


def _copy_file(
    cursor: Cursor,
    file: MappedFile,
    stored: _Stored,
    *,
    headers: Sequence[str],
    into: str,
) -> tuple[int, tuple[str, ...]]:
    """Write the rows of a file; give its line count and the columns it lacks."""
    header, missing = _checked(file, stored.path, stored.partitions)
    # "Date" and "date" are the same name in DuckDB, but two headers in a file. So the
    # fields have numbered names until they get our names.
    aliases = {name: f"field_{number}" for number, name in enumerate(headers)}
    select = _canonical_select(
        file,
        {
            name: _partition_literal(stored.partitions[wanted])
            if wanted in header.missing and wanted in stored.partitions
            else aliases[wanted]
            for name, raw in file.columns.items()
            for wanted in [clean_name(raw)]
        },
        {name: f'"{name}"' for name in landed_schema([]).names},
    )
    setting = f"{file.setting}.path"
    reader = open_rows(
        stored.path,
        columns=headers,
        optional=header.missing,
        form=_format(file),
        setting=setting,
    )
    cursor.register(
        "landing", _with_source_file(reader, stored, names=list(aliases.values()))
    )
    cursor.execute(f"{into} {select} from landing")
    cursor.unregister("landing")
    # A row over several lines counts as several lines, here and in its _line_count. So
    # this count needs no rules for quotes.
    lines = raw_line_count(
        stored.path, header=header, form=_format(file), setting=setting
    )
    return lines, missing


def _partition_literal(folder: str) -> str:
    value = partition_value(folder)
    return "cast(null as varchar)" if value is None else _literal(value)


@contextmanager
def _read_as_stored(stored: _Stored) -> Iterator[None]:
    """Name the cause if a file changes from the time it was found to its end."""
    try:
        yield
    except (InputError, duckdb.Error):
        _refuse_changed(stored)
        raise
    _refuse_changed(stored)


def _refuse_changed(stored: _Stored) -> None:
    size, modified_ns = _size_and_time(stored.path)
    if (size, modified_ns) != (stored.size, stored.modified_ns):
        raise InputError(
            f"{stored.path} changed while it was read: it had {stored.size:,} bytes, "
            f"and has {size:,} now.",
            remedy="Wait until the program that writes the file has ended, then build "
            "again.",
        )


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        # Whoever reads the file says what is wrong with it.
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _view_parquet(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[_Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Create a view of all files. An earlier build has checked the known ones.

    Returns
    -------
    bool
        Whether dates became text, because files have one column in several types.
    """
    with duckdb.connect() as engine:
        types = {one.path: _parquet_types(engine, file, one.path) for one in files}
    missing = {
        one.name: _missing(file, types[one.path], one.partitions) for one in files
    }
    _refuse_mixed_times(file, types)
    as_text = _differing(file, types)
    # Files with the same types are read together, and each type becomes text in its own
    # way: with a type that fits all files, the id 17850 of one would become 17850.0.
    groups: dict[tuple[str | None, ...], list[_Stored]] = {}
    for one in files:
        key = tuple(types[one.path].get(header) for header in file.columns.values())
        groups.setdefault(key, []).append(one)
    view = " union all ".join(
        _parquet_select(
            file, members, types=types[members[0].path], as_text=as_text, files=files
        )
        for members in groups.values()
    )
    row_counts = {name: noted.raw_line_count for name, noted in known.items()}
    if len(known) < len(files):
        row_counts = _read_through(file, files, view=view)
    cursor.execute(f"create view raw.{relation} as {view}")
    for one in files:
        _refuse_changed(one)
        _note_file(cursor, source_table, one, row_counts[one.name], missing[one.name])
    return any(
        _is_time(kind)
        for of_file in types.values()
        for header, kind in of_file.items()
        if header in as_text
    )


def _parquet_select(
    file: MappedFile,
    members: Sequence[_Stored],
    *,
    types: Mapping[str, str],
    as_text: set[str],
    files: Sequence[_Stored],
) -> str:
    """SQL that selects the rows of files with the same types."""
    listed = ", ".join(_literal(_escaped(_absolute(one.path))) for one in members)
    expressions = {}
    for name, header in file.columns.items():
        kind = types.get(header)
        folder = next(
            (one.partitions[header] for one in members if header in one.partitions),
            None,
        )
        if kind is not None:
            field = _identifier(header)
            expressions[name] = (
                _as_text(field, kind, file.values["decimal_mark"])
                if header in as_text
                else field
            )
        elif folder is not None:
            pattern = "/" + re.escape(folder.partition("=")[0]) + "=([^/]*)/"
            value = f"regexp_extract(_source_path, {_literal(pattern)}, 1)"
            expressions[name] = (
                f"url_decode(nullif(nullif({value}, ''), '__HIVE_DEFAULT_PARTITION__'))"
            )
    common = str(_absolute(files[0].path)).removesuffix(files[0].name)
    is_flat = all(one.name == one.path.name for one in files)
    select = _canonical_select(
        file,
        expressions,
        {
            "_source_row_number": "file_row_number + 1",
            "_line_count": "1",
            "_parse_fault": "cast(null as varchar)",
            "_raw_text": "cast(null as varchar)",
        },
        source_file="parse_filename(_source_path)"
        if is_flat
        else f"substr(_source_path, {len(common) + 1})",
    )
    options = (
        "union_by_name = true, file_row_number = true, filename = '_source_path', "
        "hive_partitioning = false"
    )
    return f"{select} from read_parquet([{listed}], {options})"


def _parquet_types(engine: Cursor, file: MappedFile, path: Path) -> dict[str, str]:
    """The types of the columns of a Parquet file."""
    source = f"read_parquet({_literal(_escaped(path))}, hive_partitioning = false)"
    return _types(
        engine,
        source,
        file,
        where=str(path),
        remedy="Check that the file is complete and of the type in its name.",
    )


def _missing(
    file: MappedFile, types: Mapping[str, str], partitions: Mapping[str, str]
) -> tuple[str, ...]:
    return tuple(
        name
        for name, header in file.columns.items()
        if header not in types and header not in partitions
    )


def _lacking(file: MappedFile, types: Mapping[str, str]) -> tuple[str, ...]:
    return _missing(file, types, {})


def _is_time(kind: str) -> bool:
    return kind.startswith(("DATE", "TIMESTAMP"))


def _differing(file: MappedFile, types: Mapping[Path, Mapping[str, str]]) -> set[str]:
    """The headers whose types differ, other than dates with and without a time."""
    differing = set()
    for header in file.columns.values():
        kinds = {of_file[header] for of_file in types.values() if header in of_file}
        if len(kinds) > 1 and not all(map(_is_time, kinds)):
            differing.add(header)
    return differing


def _as_text(field: str, kind: str, decimal_mark: str) -> str:
    """SQL for a value as the text that a delimited file would have."""
    if _is_time(kind):
        return f"strftime({field}, {_literal(DATE_CELL_FORMAT)})"
    text = f"cast({field} as varchar)"
    if kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        whole = f"try_cast({field} as hugeint)"
        is_finite = "true" if kind.startswith("DECIMAL") else f"isfinite({field})"
        # As decimals, because no setting reads the exponent of tiny numbers.
        tiny = f"cast(cast({field} as decimal(38, 15)) as varchar)"
        return (
            f"case when {field} = {whole} then cast({whole} as varchar)"
            f" when {is_finite} then replace("
            f"case when abs({field}) < 0.0001 then {tiny} else {text} end,"
            f" '.', {_literal(decimal_mark)}) end"
        )
    return text


def _read_through(
    file: MappedFile, files: Sequence[_Stored], *, view: str
) -> dict[str, int]:
    """Read all rows of Parquet files once, and return the row counts in their footers.

    A damaged file must stop the build here, with its name, not in a later model. It may
    crash DuckDB, so it is read by an instance that does not have the warehouse open.
    """
    row_counts = {}
    with duckdb.connect() as engine:
        try:
            for one in files:
                # From the footer, so that the count does not depend on our view.
                ((rows,),) = engine.execute(
                    "select num_rows from parquet_file_metadata("
                    f"{_literal(_escaped(one.path))})"
                ).fetchall()
                row_counts[one.name] = int(rows)
            # DuckDB would answer a plain count from the footer, without reading rows.
            engine.execute(
                f"select count(hash({', '.join(sorted(file.columns))})) from ({view})"
            )
        except (duckdb.Error, ValueError) as error:
            for one in files:
                _refuse_changed(one)
            raise InputError(
                f"{file.setting}: {', '.join(file.path)} cannot be read "
                f"({_kind(error)}).",
                remedy="Check that every file is complete, and that no column is named "
                "file_row_number.",
            ) from None
    return row_counts


def _refuse_mixed_times(
    file: MappedFile, types: Mapping[Path, Mapping[str, str]]
) -> None:
    """Refuse order dates that are instants in some files and something else in others.

    DuckDB would read all of them as instants, and a local time as one in UTC.
    """
    header = file.columns.get("order_date", "")
    found: dict[bool, Path] = {}
    for path, of_file in types.items():
        kind = of_file.get(header)
        if kind is not None:
            found.setdefault("TIME ZONE" in kind or "TZ" in kind, path)
    if len(found) > 1:
        raise InputError(
            f"{file.setting}: {header!r} has a time zone in {found[True]}, but not in "
            f"{found[False]}.",
            remedy="Write the column in the same type in all files, or make one entry "
            "for each type.",
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


def _model_sha256(cursor: Cursor, file: MappedFile) -> str:
    """A hash of a model's columns and rows, whatever their order."""
    relation = _model_relation(cursor, file)
    types = _model_types(cursor, file, relation)
    fields = ", ".join(
        f"cast({_identifier(header)} as varchar)"
        for header in sorted({*file.columns.values()} & {*types})
    )
    found = cursor.execute(
        f"select count(*), sum(cast(hash({fields}) as hugeint)),"
        f" bit_xor(hash({fields})) from {relation}"
    ).fetchall()
    return hashlib.sha256(json.dumps([types, str(found)]).encode()).hexdigest()


def _model_types(cursor: Cursor, file: MappedFile, relation: str) -> dict[str, str]:
    return _types(
        cursor,
        relation,
        file,
        where=f"the model {file.model}",
        remedy=f"Build it first, with `dbt build --select +{file.model}`, or leave "
        "--select out: dbt then builds it before the mapped sources.",
    )


def _copy_model(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[_Stored],
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
        missing = _lacking(file, types)
        # A query has no order of its own. So rows are numbered by what they hold: the
        # same rows have the same numbers in every build.
        fields = ", ".join(
            _identifier(header) for header in file.columns.values() if header in types
        )
        select = _table_select(
            file,
            types,
            source_file=stored.name,
            row_number=f"row_number() over (order by {fields})",
        )
        cursor.execute(f"create table raw.{relation} as {select} from {model}")
        ((lines,),) = cursor.execute(f"select count(*) from {model}").fetchall()
    _note_file(cursor, source_table, stored, lines, missing)
    return False


def _table_select(
    file: MappedFile, types: Mapping[str, str], *, source_file: str, row_number: str
) -> str:
    """SQL that selects the rows of a table or model as they are."""
    return _canonical_select(
        file,
        {
            name: _identifier(header)
            for name, header in file.columns.items()
            if header in types
        },
        {
            "_source_row_number": row_number,
            "_line_count": "1",
            "_parse_fault": "cast(null as varchar)",
            "_raw_text": "cast(null as varchar)",
        },
        source_file=_literal(source_file),
    )


def _copy_table(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[_Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Copy a table of another database, unless it is known."""
    (stored,) = files
    noted = known.get(stored.name)
    if noted:
        lines, missing = noted.raw_line_count, noted.missing
    else:
        with _opened_table(cursor, file) as (engine, table, types):
            missing = _lacking(file, types)
            select = _table_select(
                file,
                types,
                source_file=stored.name,
                row_number="row_number() over ()",
            )
            faults: list[Exception] = []
            try:
                batches = _noting_faults(engine, f"{select} from {table}", faults)
                cursor.register("landing", batches)
                cursor.execute(f"create table raw.{relation} as from landing")
            except duckdb.Error:
                if not faults:
                    raise
                raise InputError(
                    f"{file.setting}: {stored.path}, table {file.table}, cannot be "
                    f"read to its end ({_kind(faults[0])}).",
                    remedy="Check in DuckDB that every row of it can be read, and that "
                    "the file is complete.",
                ) from None
            cursor.unregister("landing")
        ((lines,),) = cursor.execute(f"select count(*) from raw.{relation}").fetchall()
        _refuse_changed(stored)
    _note_file(cursor, source_table, stored, lines, missing)
    return False


@contextmanager
def _opened_table(
    cursor: Cursor, file: MappedFile
) -> Iterator[tuple[Cursor, str, dict[str, str]]]:
    """A table of another database: its engine, its name there, the types it has."""
    path = Path(str(file.database))
    table = ".".join(_identifier(part) for part in str(file.table).split("."))
    ((memory_limit, temp_directory),) = cursor.execute(
        "select current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchall()
    with open_database(
        path,
        setting=file.setting,
        memory_limit=memory_limit,
        # Not the warehouse's own folder: an engine removes its folder at its end.
        temp_directory=str(Path(temp_directory).with_suffix(".source.tmp")),
    ) as engine:
        types = _types(
            engine,
            table,
            file,
            where=f"{path}, table {file.table},",
            remedy="Give the table's name in that file (schema.table). A view must not "
            "read other files: make a table of it.",
        )
        yield engine, table, types


def _noting_faults(
    engine: Cursor, select: str, faults: list[Exception]
) -> pa.RecordBatchReader:
    """A query's rows. Errors of its engine are noted: the warehouse may fail too."""

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            faults.append(error)
            raise

    def batches() -> Iterator[pa.RecordBatch]:
        with noted():
            yield from reader

    with noted():
        reader = engine.sql(select).to_arrow_reader(_BATCH_ROWS)
    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _kind(error: Exception) -> str:
    """The kind of an error that was met between rows: its text may quote a value."""
    return str(error).partition(":")[0].partition("\n")[0][:60]


def _canonical_select(
    file: MappedFile,
    expressions: Mapping[str, str],
    landed: Mapping[str, str],
    *,
    source_file: str = "_source_file",
) -> str:
    """SQL that selects each of our columns, null where there is no expression."""
    items = [
        f"{expressions.get(name, 'cast(null as varchar)')} as {name}"
        # Free attributes and filters have no canonical column.
        for name in dict.fromkeys((*CANONICAL_COLUMNS[file.kind], *file.columns))
    ]
    items.append(f"{source_file} as _source_file")
    items += [f"{expression} as {name}" for name, expression in landed.items()]
    return "select " + ", ".join(items)


def _require_date_format(cursor: Cursor, file: MappedFile) -> None:
    """Raise InputError when DuckDB cannot read dates in one of the formats."""
    for date_format in file.values["date_formats"]:
        if date_format in NAMED_FORMATS:
            continue
        try:
            cursor.execute(f"select try_strptime('', {_literal(date_format)})")
        except duckdb.Error as error:
            raise InputError(
                f"{file.setting}.date_format is {date_format!r}, which is not a date "
                f"format ({str(error).splitlines()[0]}).",
                remedy="Write it with %Y, %m and %d in the order of the file, for "
                'example "%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
            ) from None


def _types(
    cursor: Cursor, source: str, file: MappedFile, *, where: str, remedy: str
) -> dict[str, str]:
    """The types of all columns, after a check that no required one is missing."""
    try:
        types = {
            name: kind
            for name, kind, *_ in cursor.execute(f"describe from {source}").fetchall()
        }
    except duckdb.Error as error:
        raise InputError(
            f"{file.setting}: {where} cannot be read ({str(error).splitlines()[0]}).",
            remedy=remedy,
        ) from None
    partitions = FoundFile(Path(where), "").partitions if file.path else {}
    missing = [
        header
        for name, header in file.columns.items()
        if header not in types
        and header not in partitions
        and (name not in file.optional)
    ]
    if missing or not {*file.columns.values()} & {*types}:
        lacking = missing or list(file.columns.values())
        raise InputError(
            f"{file.setting}.columns: {where} has no column "
            f"{', '.join(repr(header) for header in lacking)}.",
            remedy=f"It has: {', '.join([*types, *partitions])}.",
        )
    return types


def _with_source_file(
    reader: pa.RecordBatchReader, stored: _Stored, *, names: Sequence[str]
) -> pa.RecordBatchReader:
    """Add the name of the file to its rows, and rename the fields."""
    schema = landed_schema(names).append(_SOURCE_FILE)

    def batches() -> Iterator[pa.RecordBatch]:
        with _read_as_stored(stored):
            for batch in reader:
                name = pa.repeat(pa.scalar(stored.name), batch.num_rows)
                yield pa.RecordBatch.from_arrays([*batch.columns, name], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _note_file(
    cursor: Cursor,
    source_table: str,
    stored: _Stored,
    line_count: int,
    missing: Sequence[str] = (),
) -> None:
    cursor.execute(
        "insert into raw.landed_files values (?, ?, ?, ?, ?, ?, ?)",
        [
            source_table,
            stored.name,
            stored.size,
            stored.sha256,
            line_count,
            stored.version or None,
            ",".join(missing) or None,
        ],
    )


def _sha256(path: Path) -> str:
    check_file(path, remedy="Put the file there, or correct its path.")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error}.",
            remedy="Check that the file exists and that you may read it.",
        ) from None


def _relation_type(cursor: Cursor, name: str) -> str | None:
    found = cursor.execute(
        "select table_type from information_schema.tables "
        "where table_schema = 'raw' and table_name = ?",
        [name],
    ).fetchall()
    return {"BASE TABLE": "table", "VIEW": "view"}[found[0][0]] if found else None


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _escaped(path: Path) -> str:
    """A path that read_parquet does not read as a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
