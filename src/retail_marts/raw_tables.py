"""Raw tables: the rows of files, as the staging models read them.

The only module that writes to the schema ``raw``. Delimited files become tables of
unchanged text. Tables of other databases are copied in their own types. Parquet files
are not copied: a view gives them our column names.
"""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from retail_marts import database_files, landing
from retail_marts.database_files import database_sha256, open_database
from retail_marts.errors import InputError
from retail_marts.landing import (
    check_header,
    landed_schema,
    non_blank_line_count,
    open_delimited,
)
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
#: Version and raw line count of landed files, by source table and file.
Landed = Mapping[tuple[str, str], tuple[str, int]]

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
        " version varchar)"
    )
    cursor.execute(
        "alter table raw.landed_files add column if not exists version varchar"
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


def landed_files(cursor: Cursor) -> Landed:
    """Version and raw line count of each landed file, by source table and file."""
    return {
        (source_table, source_file): (version, raw_line_count)
        for source_table, source_file, version, raw_line_count in cursor.execute(
            "select source_table, source_file, version, raw_line_count"
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
    reader = open_delimited(
        path, columns=columns, separator=separator, encoding=encoding
    )
    source_file = f"{path.parent.name}/{path.name}"
    _note_delimited(
        cursor,
        source_table,
        source_file,
        path,
        encoding=encoding,
        sha256=_sha256(path),
    )
    return _with_source_file(reader, source_file, names=columns)


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
    paths = _matching_files(file)
    # Where files decide together which rows are kept, a change of one lands all of
    # them again.
    are_one = kind != "sales_lines" or source.rules["duplicates"] == "reject"
    versions = _versions(file, paths, are_one=are_one)
    kept_as = "view" if file.is_parquet else "table"
    known = {
        path: lines
        for path, (_, version) in versions.items()
        for noted, lines in [landed.get((source_table, file.shown(path)), ("", 0))]
        if existing == kept_as and noted == version
    }
    if existing and (file.is_parquet or not known):
        cursor.execute(f"drop {existing} raw.{relation}")
    if file.is_parquet:
        land = _view_parquet
    else:
        land = _copy_delimited if file.table is None else _copy_table
    land(cursor, file, relation, source_table, versions, known=known)
    cursor.execute("commit")
    return {
        "mapped_source": source.name,
        "relation": relation,
        "mapped_columns": ",".join(sorted(file.columns)),
        "has_business_column": "business_id" in file.columns,
        "values": json.dumps(file.values),
        "separator": file.separator,
        "file_count": len(paths),
        **source.rules,
        "order_key": ",".join(source.rules["order_key"]),
        "anonymous_customer_ids": json.dumps(source.rules["anonymous_customer_ids"]),
    }


def check_mapped(file: MappedFile) -> list[Path]:
    """Check that a mapped file or table has every column, without reading its rows.

    Returns
    -------
    list of pathlib.Path
        The files that would be read.

    Raises
    ------
    InputError
        When a file does not exist or lacks a column.
    """
    with duckdb.connect() as cursor:
        _require_date_format(cursor, file)
        if file.table is not None:
            with _opened_table(cursor, file):
                return [Path(str(file.database))]
        paths = _matching_files(file)
        for path in paths:
            if file.is_parquet:
                source = f"read_parquet({_literal(_escaped(path))})"
                _require_columns(cursor, source, file, where=str(path))
            else:
                check_header(
                    path,
                    columns=list(dict.fromkeys(file.columns.values())),
                    separator=file.separator,
                    encoding=file.encoding,
                    setting=f"{file.setting}.path",
                )
        return paths


def _versions(
    file: MappedFile, paths: Sequence[Path], *, are_one: bool
) -> dict[Path, tuple[str, str]]:
    """The SHA-256 of each file, and the version under which it is landed."""
    hashes = {
        path: _sha256(path)
        if file.table is None
        else database_sha256(path, setting=file.setting)
        for path in paths
    }
    settings = json.dumps([asdict(file), _code_version()], sort_keys=True)
    every = sorted(hashes.values()) if are_one else []
    return {
        path: (
            found,
            hashlib.sha256("".join([settings, found, *every]).encode()).hexdigest(),
        )
        for path, found in hashes.items()
    }


@cache
def _code_version() -> str:
    """A hash of the code that lands files: when it changes, files are landed again."""
    paths = sorted(Path(str(landing.__file__)).parent.glob("*.py"))
    paths += [Path(str(module.__file__)) for module in (mapped, database_files)]
    paths.append(Path(__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _copy_delimited(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    versions: Mapping[Path, tuple[str, str]],
    *,
    known: Mapping[Path, int],
) -> None:
    """Write the rows of all files except the known ones (with their line counts)."""
    headers = list(dict.fromkeys(header.strip() for header in file.columns.values()))
    # "Date" and "date" are the same name in DuckDB, but two headers in a file. So the
    # fields have numbered names until they get our names.
    aliases = {header: f"field_{number}" for number, header in enumerate(headers)}
    select = _canonical_select(
        replace(
            file,
            columns={k: aliases[v.strip()] for k, v in file.columns.items()},
        ),
        {name: f'"{name}"' for name in landed_schema([]).names},
    )
    if known:
        cursor.execute(
            f"delete from raw.{relation} where _source_file not in (select unnest(?))",
            [[path.name for path in known]],
        )
    into = f"insert into raw.{relation}" if known else f"create table raw.{relation} as"
    for path, (sha256, version) in versions.items():
        size = path.stat().st_size
        if path in known:
            note = (size, sha256, known[path], version)
            _note_file(cursor, source_table, path.name, *note)
            continue
        reader = open_delimited(
            path,
            columns=headers,
            separator=file.separator,
            encoding=file.encoding,
            setting=f"{file.setting}.path",
        )
        cursor.register(
            "landing",
            _with_source_file(reader, path.name, names=list(aliases.values())),
        )
        cursor.execute(f"{into} {select} from landing")
        cursor.unregister("landing")
        into = f"insert into raw.{relation}"
        _note_delimited(
            cursor,
            source_table,
            path.name,
            path,
            encoding=file.encoding,
            sha256=sha256,
            version=version,
        )


def _view_parquet(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    versions: Mapping[Path, tuple[str, str]],
    *,
    known: Mapping[Path, int],
) -> None:
    """Create a view of all files. An earlier build has checked the known ones."""
    listed = ", ".join(_literal(_escaped(path.absolute())) for path in versions)
    select = _canonical_select(
        file,
        {
            "_source_row_number": "file_row_number + 1",
            "_line_count": "1",
            "_parse_fault": "cast(null as varchar)",
            "_raw_text": "cast(null as varchar)",
        },
        source_file="parse_filename(_source_path)",
    )
    # By name, with types that fit the values of every file. With the types of the first
    # file, 2.50 in another file could become 3.
    options = "union_by_name = true, file_row_number = true, filename = '_source_path'"
    view = f"{select} from read_parquet([{listed}], {options})"
    row_counts = known
    if len(known) < len(versions):
        row_counts = _read_through(file, list(versions), view=view)
    cursor.execute(f"create view raw.{relation} as {view}")
    for path, (sha256, version) in versions.items():
        note = (path.stat().st_size, sha256, row_counts[path], version)
        _note_file(cursor, source_table, path.name, *note)


def _read_through(
    file: MappedFile, paths: Sequence[Path], *, view: str
) -> dict[Path, int]:
    """Read all rows of Parquet files once, and return the row counts in their footers.

    A damaged file must stop the build here, with its name, not in a later model. It may
    crash DuckDB, so it is read by an instance that does not have the warehouse open.
    """
    row_counts = {}
    with duckdb.connect() as engine:
        for path in paths:
            source = f"read_parquet({_literal(_escaped(path))})"
            _require_columns(engine, source, file, where=str(path))
        _refuse_mixed_times(engine, paths, file)
        try:
            for path in paths:
                # From the footer, so that the count does not depend on our view.
                ((rows,),) = engine.execute(
                    "select num_rows from parquet_file_metadata("
                    f"{_literal(_escaped(path))})"
                ).fetchall()
                row_counts[path] = int(rows)
            # DuckDB would answer a plain count from the footer, without reading rows.
            engine.execute(
                f"select count(hash({', '.join(sorted(file.columns))})) from ({view})"
            )
        except (duckdb.Error, ValueError) as error:
            raise InputError(
                f"{file.setting}: {file.path} cannot be read ({_kind(error)}).",
                remedy="Check that every file is complete, that its columns have the "
                "same types as in the other files, and that no column is named "
                "file_row_number.",
            ) from None
    return row_counts


def _refuse_mixed_times(
    engine: Cursor, paths: Sequence[Path], file: MappedFile
) -> None:
    """Refuse order dates that are instants in some files and local times in others.

    DuckDB would read all of them as instants, and a local time as one in UTC.
    """
    header = file.columns.get("order_date")
    found: dict[bool, Path] = {}
    for path in paths:
        for name, kind, *_ in engine.execute(
            f"describe from read_parquet({_literal(_escaped(path))})"
        ).fetchall():
            if name == header and kind.startswith(("DATE", "TIMESTAMP")):
                found.setdefault("TIME ZONE" in kind or "TZ" in kind, path)
    if len(found) > 1:
        raise InputError(
            f"{file.setting}: {header!r} has a time zone in {found[True]}, but not in "
            f"{found[False]}.",
            remedy="Write the column in the same type in all files, or make one entry "
            "for each type.",
        )


def _copy_table(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    versions: Mapping[Path, tuple[str, str]],
    *,
    known: Mapping[Path, int],
) -> None:
    """Copy a table of another database, unless it is known (with its row count)."""
    ((path, (sha256, version)),) = versions.items()
    source_file = file.shown(path)
    rows = known.get(path)
    if rows is None:
        select = _canonical_select(
            file,
            {
                "_source_row_number": "row_number() over ()",
                "_line_count": "1",
                "_parse_fault": "cast(null as varchar)",
                "_raw_text": "cast(null as varchar)",
            },
            source_file=_literal(source_file),
        )
        with _opened_table(cursor, file) as (engine, table):
            faults: list[Exception] = []
            try:
                batches = _noting_faults(engine, f"{select} from {table}", faults)
                cursor.register("landing", batches)
                cursor.execute(f"create table raw.{relation} as from landing")
            except duckdb.Error:
                if not faults:
                    raise
                raise InputError(
                    f"{file.setting}: {path}, table {file.table}, cannot be read to "
                    f"its end ({_kind(faults[0])}).",
                    remedy="Check in DuckDB that every row of it can be read, and that "
                    "the file is complete.",
                ) from None
            cursor.unregister("landing")
        ((rows,),) = cursor.execute(f"select count(*) from raw.{relation}").fetchall()
    size = path.stat().st_size
    _note_file(cursor, source_table, source_file, size, sha256, rows, version)


@contextmanager
def _opened_table(cursor: Cursor, file: MappedFile) -> Iterator[tuple[Cursor, str]]:
    """A table with every column of another database: its engine, its name there."""
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
        _require_columns(
            engine,
            table,
            file,
            where=f"{path}, table {file.table},",
            remedy="Give the table's name in that file (schema.table). A view must not "
            "read other files: make a table of it.",
        )
        yield engine, table


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
    file: MappedFile, landed: dict[str, str], *, source_file: str = "_source_file"
) -> str:
    """SQL that selects each of our columns from the column of its header, or null."""
    items = [
        f"{_identifier(file.columns[name])} as {name}"
        if name in file.columns
        else f"cast(null as varchar) as {name}"
        for name in CANONICAL_COLUMNS[file.kind]
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


def _matching_files(file: MappedFile) -> list[Path]:
    if file.table is not None:
        return [Path(str(file.database))]
    pattern = str(file.path)
    try:
        if Path(pattern).exists():
            return [Path(pattern)]
        matches = sorted(Path(match) for match in glob.glob(pattern))
    except OSError as error:
        raise InputError(
            f"{file.setting}.path: {pattern[:200]} cannot be searched ({error}).",
            remedy="Correct the path. Paths are relative to the project folder.",
        ) from None
    if not matches:
        raise InputError(
            f"{file.setting}.path: there is no file {pattern}.",
            remedy="Correct the path. Paths are relative to the project folder.",
        )
    if len({match.name for match in matches}) < len(matches):
        raise InputError(
            f"{file.setting}.path: {pattern} matches two files with the same name.",
            remedy="Give the files different names: rows are traced back by file name.",
        )
    return matches


def _require_columns(
    cursor: Cursor,
    source: str,
    file: MappedFile,
    *,
    where: str,
    remedy: str = "Check that the file is complete and of the type in its name.",
) -> None:
    try:
        found = [row[0] for row in cursor.execute(f"describe from {source}").fetchall()]
    except duckdb.Error as error:
        raise InputError(
            f"{file.setting}: {where} cannot be read ({str(error).splitlines()[0]}).",
            remedy=remedy,
        ) from None
    missing = [header for header in file.columns.values() if header not in found]
    if missing:
        raise InputError(
            f"{file.setting}.columns: {where} has no column "
            f"{', '.join(repr(header) for header in missing)}.",
            remedy=f"It has: {', '.join(found)}.",
        )


def _with_source_file(
    reader: pa.RecordBatchReader, source_file: str, *, names: Sequence[str]
) -> pa.RecordBatchReader:
    """Add the name of the file to its rows, and rename the fields."""
    schema = landed_schema(names).append(_SOURCE_FILE)
    return pa.RecordBatchReader.from_batches(
        schema,
        (
            pa.RecordBatch.from_arrays(
                [*batch.columns, pa.repeat(pa.scalar(source_file), batch.num_rows)],
                schema=schema,
            )
            for batch in reader
        ),
    )


def _note_delimited(
    cursor: Cursor,
    source_table: str,
    source_file: str,
    path: Path,
    *,
    encoding: str,
    sha256: str,
    version: str | None = None,
) -> None:
    _note_file(
        cursor,
        source_table,
        source_file,
        path.stat().st_size,
        sha256,
        # One line is the header. A row over several lines counts as several lines, here
        # and in its _line_count. So this count needs no rules for quotes.
        non_blank_line_count(path, encoding=encoding) - 1,
        version,
    )


def _note_file(cursor: Cursor, *values: Any) -> None:
    cursor.execute("insert into raw.landed_files values (?, ?, ?, ?, ?, ?)", values)


def _sha256(path: Path) -> str:
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


def _escaped(path: Path) -> str:
    """A path that read_parquet does not read as a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
