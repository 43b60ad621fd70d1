"""From the private warehouse to a published version, or to nothing at all.

Everything that is written, temporary files included, goes into the folder of the new
version: a full disk is met there, and what fails is removed with it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from retail_marts import __version__, optional_packages
from retail_marts.clients import superset
from retail_marts.errors import InputError
from retail_marts.processes import worker_pool
from retail_marts.publish import tableau, versions
from retail_marts.publish.marts import Mart, marts_of, read_manifest
from retail_marts.publish.proof import doubts
from retail_marts.publish.warehouse import (
    first_line,
    literal,
    opened,
    quoted,
    read_facts,
    read_runs,
)
from retail_marts.report import write_report

DATABASE = "retail_marts.duckdb"
#: Readable by every DuckDB 1.x, which most drivers of BI tools still are.
STORAGE_VERSION = "v1.0.0"
#: What a full disk, a folder that went away or too little memory raise.
_NO_ROOM = (
    OSError,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.FatalException,
    # The process that writes the extracts was killed, for its memory as a rule.
    BrokenProcessPool,
)
#: In a new version until it is complete: where DuckDB puts what does not fit in memory.
_SCRATCH = ".scratch"
_MAX_DOUBTS_SHOWN = 10


def publish(
    *,
    warehouse: Path,
    manifest_path: Path,
    folder: Path,
    also: Sequence[str] = (),
    with_personal_columns: bool = False,
    allow_lost_businesses: bool = False,
    memory_limit: str | None = None,
    on_step: Callable[[str, float], None] = lambda step, seconds: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Path:
    """Publish the marts of a tested warehouse as one new version.

    Parameters
    ----------
    warehouse
        The private DuckDB file that dbt built.
    manifest_path
        dbt's ``manifest.json``: which marts there are, and what must have passed.
    folder
        The published folder; created when missing.
    also
        Names of models of the user's own to publish too.
    with_personal_columns
        Publish names, e-mail addresses and raw rows too.
    allow_lost_businesses
        Publish although a business that has rows in the published set has none now.
    memory_limit
        DuckDB's, for example ``1GB``; its own default when not given.
    on_step
        Called when a step ends, with its name and seconds. The extracts are written at
        the same time as the steps between the DuckDB file and them.
    on_note
        Called with a sentence on what the user should know although all went well.

    Returns
    -------
    pathlib.Path
        The folder of the new version; ``folder/current`` points to it.

    Raises
    ------
    InputError
        When the warehouse is missing, in use or not proven by its tests, when another
        publisher is at work, when the folder cannot be written or the disk is full.
        Readers still see the set published before, unless the message says that the
        new one is live.
    """
    manifest = read_manifest(manifest_path)
    found = marts_of(manifest, also)
    if not found:
        raise InputError(
            f"{manifest_path} names no mart to publish: another project or an older "
            "version of Retail Marts wrote it.",
            remedy="Run `retail-marts build` again.",
        )
    has_extracts = optional_packages.is_installed(tableau.PANTAB)
    if not has_extracts:
        command = optional_packages.install_command(tableau.PANTAB)
        on_note(
            "Tableau extracts are left out, because pantab is not installed. To have "
            f"them: {command}"
        )
    with versions.locked(folder), opened(warehouse, memory_limit) as connection:
        _refuse_unproven(connection, manifest, found)
        facts = read_facts(
            connection, {mart.full_name: _stored(mart) for mart in found}
        )
        if not allow_lost_businesses:
            _refuse_lost_businesses(facts, versions.current_version(folder))
        marts = [
            _as_stored(connection, mart).published(
                with_personal_columns=with_personal_columns
            )
            for mart in found
        ]
        now = datetime.now(UTC)
        version = now.strftime("%Y%m%dT%H%M%S.%fZ")
        try:
            with versions.new_version(folder, version, on_note=on_note) as target:
                counts = _write(
                    connection,
                    marts,
                    target,
                    manifest=manifest,
                    footer=f"Published {now:%Y-%m-%d %H:%M} UTC as {version}.",
                    memory_limit=memory_limit,
                    on_step=on_step,
                    has_extracts=has_extracts,
                    earlier=versions.current_version(folder),
                )
                versions.write_manifest(
                    target,
                    {
                        "version": version,
                        "published_at": now.isoformat(timespec="seconds"),
                        "retail_marts_version": __version__,
                        "has_personal_columns": with_personal_columns,
                        **facts,
                        "row_counts": counts,
                    },
                )
        except _NO_ROOM as error:
            raise InputError(
                f"{folder} could not be written: {first_line(error)}",
                remedy="Free space there (or name another folder with --out) and "
                "publish again. When it is the memory that is short, set "
                "RETAIL_MARTS_MEMORY_LIMIT to less. The set published before is "
                "untouched.",
            ) from None
    return folder / "versions" / version


def _refuse_unproven(
    connection: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    marts: Sequence[Mart],
) -> None:
    published = {mart.unique_id for mart in marts}
    found = doubts(manifest, read_runs(connection), published=published)
    if found:
        shown = "\n".join(f"    {doubt}" for doubt in found[:_MAX_DOUBTS_SHOWN])
        more = len(found) - _MAX_DOUBTS_SHOWN
        raise InputError(
            "the marts are not published, because not every test passed on the tables "
            f"that are in the warehouse now:\n{shown}"
            + (f"\n    ... and {more} more" if more > 0 else ""),
            remedy="Run `dbt build` to its end, correct what fails, and publish again.",
        )


def _refuse_lost_businesses(facts: Mapping[str, Any], before: Path | None) -> None:
    """Refuse a set in which a business that readers see now has no rows any more.

    A business whose source was switched off is not missed.
    """
    if before is None:
        return
    try:
        published = versions.read_published_manifest(before).get("businesses", [])
    except InputError:
        return  # There is nothing to compare with: the published set is damaged.
    here = {business["business_id"]: business for business in facts["businesses"]}
    read = {file["source_table"] for file in facts["source_files"]}
    lost = [
        business["business_id"]
        for business in published
        if _has_rows(business)
        and not _has_rows(here.get(business["business_id"], {}))
        and (business["business_id"] in here or read & {*business["source_tables"]})
    ]
    if lost:
        raise InputError(
            "the marts are not published, because they have no row any more of "
            f"{', '.join(lost)}, of which the published set has rows.",
            remedy="Check the files and settings of this source (core.fct_source_files "
            "and core.fct_rejected_rows show what was read). If the rows are meant to "
            "go, run `retail-marts publish --allow-lost-businesses`.",
        )


def _has_rows(business: Mapping[str, Any]) -> bool:
    # Sets of older versions do not say how many rows of a business has.
    return bool(business.get("sales_line_count") or business.get("customer_count"))


def _as_stored(connection: duckdb.DuckDBPyConnection, mart: Mart) -> Mart:
    if mart.is_contracted:
        return mart
    columns = connection.execute(f"describe {_stored(mart)}").fetchall()
    return mart.with_stored_columns({name: kind for name, kind, *_ in columns})


def _write(
    connection: duckdb.DuckDBPyConnection,
    marts: Sequence[Mart],
    target: Path,
    *,
    manifest: Mapping[str, Any],
    footer: str,
    memory_limit: str | None,
    on_step: Callable[[str, float], None],
    has_extracts: bool,
    earlier: Path | None,
) -> dict[str, int]:
    """Write every file of a version and check it; returns the marts' row counts."""
    scratch = target / _SCRATCH
    scratch.mkdir(mode=0o700)
    connection.execute(f"set temp_directory = {literal(str(scratch))}")
    with _timed("DuckDB file", on_step):
        _write_database(connection, marts, target / DATABASE)
    extracts = (target / DATABASE, marts, target / "tableau", memory_limit)
    with (
        _beside(tableau.write_tableau, *extracts)
        if has_extracts
        else contextlib.nullcontext()
    ) as extracts_seconds:
        with _timed("Parquet files", on_step):
            _write_parquet(connection, marts, target)
        with _timed("counts of both", on_step):
            counts = _checked_counts(connection, marts, target)
            connection.execute("detach public")
        with _timed("Superset bundle", on_step):
            (target / "superset").mkdir()
            superset.write_bundle(
                target / "superset" / superset.BUNDLE, marts, manifest
            )
        with _timed("report", on_step):
            write_report(
                target / DATABASE,
                target / "report",
                footer=footer,
                earlier=None if earlier is None else earlier / "report",
            )
        if extracts_seconds is not None:
            with _timed("wait for the extracts", on_step):
                on_step("extracts, beside the others", extracts_seconds())
    shutil.rmtree(scratch)
    return counts


@contextlib.contextmanager
def _timed(step: str, on_step: Callable[[str, float], None]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    on_step(step, time.perf_counter() - started)


@contextlib.contextmanager
def _beside(
    write: Callable[..., float], *arguments: object
) -> Iterator[Callable[[], float]]:
    """Run a function in a process of its own; yields a function that waits for it.

    Not in a thread: Hyper's writer holds Python's global lock while it works.
    """
    with worker_pool(1) as pool:
        yield pool.submit(write, *arguments).result


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], target: Path
) -> None:
    for mart in marts:
        path = target / "parquet" / mart.schema / f"{mart.name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(
            f"copy public.{_name(mart)} to {literal(str(path))} "
            "(format parquet, compression zstd)"
        )


def _write_database(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], path: Path
) -> None:
    """Copy the published columns; all later steps read this copy only."""
    connection.execute(
        f"attach {literal(str(path))} as public "
        f"(storage_version {literal(STORAGE_VERSION)})"
    )
    for schema in sorted({mart.schema for mart in marts}):
        connection.execute(f"create schema public.{quoted(schema)}")
    for mart in marts:
        columns = ", ".join(quoted(column.name) for column in mart.columns)
        connection.execute(
            f"create table public.{_name(mart)} as "
            f"select {columns} from {_stored(mart)}"
        )
    # One transaction: hundreds of single comments would each wait for the disk.
    connection.execute("begin")
    for mart in marts:
        connection.execute(
            f"comment on table public.{_name(mart)} is {literal(mart.description)}"
        )
        for column in mart.columns:
            connection.execute(
                f"comment on column public.{_name(mart)}.{quoted(column.name)} "
                f"is {literal(column.description)}"
            )
    connection.execute("commit")
    connection.execute("checkpoint public")
    # The other process can open the file only while nobody has it open for writing.
    connection.execute("detach public")
    connection.execute(f"attach {literal(str(path))} as public (read_only)")


def _checked_counts(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], target: Path
) -> dict[str, int]:
    """Compare the DuckDB and Parquet files with the warehouse, mart by mart."""
    counts = {mart.full_name: _count(connection, _stored(mart)) for mart in marts}
    for mart in marts:
        parquet = target / "parquet" / mart.schema / f"{mart.name}.parquet"
        for written, where in (
            (f"public.{_name(mart)}", DATABASE),
            (f"read_parquet({literal(str(parquet))})", parquet.name),
        ):
            _same(_count(connection, written), counts[mart.full_name], where, mart)
    return counts


def _same(found: object, expected: object, where: str, mart: Mart) -> None:
    if found != expected:
        raise RuntimeError(
            f"{where} holds {found} for {mart.full_name}, the warehouse {expected}"
        )


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])


def _name(mart: Mart) -> str:
    return f"{quoted(mart.schema)}.{quoted(mart.name)}"


def _stored(mart: Mart) -> str:
    return ".".join(map(quoted, ("private", *mart.stored_as)))
