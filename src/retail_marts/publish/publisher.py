"""From the private warehouse to a published version, or to nothing at all."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from retail_marts import __version__
from retail_marts.errors import InputError
from retail_marts.processes import worker_pool
from retail_marts.publish import tableau, versions
from retail_marts.publish.marts import Mart, marts_of, read_manifest
from retail_marts.publish.proof import Outcome, doubts
from retail_marts.report import write_report

DATABASE = "retail_marts.duckdb"
#: Readable by every DuckDB 1.x, which most drivers of BI tools still are.
STORAGE_VERSION = "v1.0.0"
_HUB = ("core", "dim_businesses")
#: What a full disk, a folder that went away or too little memory raise.
_NO_ROOM = (
    OSError,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.FatalException,
)
_ROWS_A_BATCH = 100_000
_MAX_DOUBTS_SHOWN = 10


def publish(
    *,
    warehouse: Path,
    manifest_path: Path,
    folder: Path,
    with_personal_columns: bool = False,
    memory_limit: str | None = None,
    on_step: Callable[[str, float], None] = lambda step, seconds: None,
) -> Path:
    """Publish the marts of a tested warehouse as one new version.

    Parameters
    ----------
    warehouse
        The private DuckDB file that dbt built.
    manifest_path
        dbt's ``manifest.json``: which marts there are, and what must have passed.
    folder
        The published folder; made when missing.
    with_personal_columns
        Publish names, e-mail addresses and raw rows too.
    memory_limit
        DuckDB's, for example ``1GB``; its own default when not given.
    on_step
        Told of each step when it ends, with its seconds. The extracts are written
        beside the steps between the DuckDB file and them.

    Returns
    -------
    pathlib.Path
        The folder of the new version; ``folder/current`` points to it.

    Raises
    ------
    InputError
        When the warehouse is missing, in use or not proven by its tests, when another
        publisher is at work, when the folder cannot be written or the disk is full.
        The set published before stays what readers see.
    """
    manifest = read_manifest(manifest_path)
    with versions.locked(folder), opened(warehouse, memory_limit) as connection:
        _refuse_unproven(connection, manifest)
        marts = [
            mart.published(with_personal_columns=with_personal_columns)
            for mart in marts_of(manifest)
        ]
        now = datetime.now(UTC)
        version = now.strftime("%Y%m%dT%H%M%S.%fZ")
        try:
            with versions.new_version(folder, version) as target:
                counts = _write(
                    connection,
                    marts,
                    target,
                    footer=f"Published {now:%Y-%m-%d %H:%M} UTC as {version}.",
                    memory_limit=memory_limit,
                    on_step=on_step,
                )
                versions.write_manifest(
                    target,
                    {
                        "version": version,
                        "published_at": now.isoformat(timespec="seconds"),
                        "retail_marts_version": __version__,
                        "has_personal_columns": with_personal_columns,
                        **_facts(connection),
                        "row_counts": counts,
                    },
                )
        except _NO_ROOM as error:
            raise InputError(
                f"{folder} could not be written: {_first_line(error)}",
                remedy="Free space there (or name another folder with --out) and "
                "publish again. The set published before is untouched.",
            ) from None
    return folder / "versions" / version


@contextlib.contextmanager
def opened(
    warehouse: Path, memory_limit: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    if not warehouse.exists():
        raise InputError(
            f"the private warehouse {warehouse} does not exist.",
            remedy="Run `make build` (or `dbt build`) first.",
        )
    with duckdb.connect() as connection:
        # Tables have no order of their own; keeping one would cost memory and a core.
        connection.execute("set preserve_insertion_order = false")
        if memory_limit is not None:
            connection.execute(f"set memory_limit = {_literal(memory_limit)}")
        try:
            connection.execute(
                f"attach {_literal(str(warehouse))} as private (read_only)"
            )
        except duckdb.IOException as error:
            raise InputError(
                f"the private warehouse {warehouse} cannot be opened "
                f"({_first_line(error)}).",
                remedy="A build, or a program that has the file open, must end first.",
            ) from None
        yield connection


def read_outcomes(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[dict[str, Outcome], datetime | None]:
    """What dbt noted in the warehouse (attached as ``private``).

    Returns
    -------
    tuple
        The last outcome of each node by its unique id, and when the last invocation
        began that never ended (None: all ended).
    """
    try:
        rows = connection.execute(
            "select unique_id, status, message, started_at"
            " from private.raw.dbt_outcomes"
        ).fetchall()
        unfinished = connection.execute(
            "select max(started_at) from private.raw.dbt_invocations"
            " where not has_ended"
        ).fetchone()
    except duckdb.CatalogException:
        return {}, None
    assert unfinished is not None
    return {row[0]: Outcome(*row[1:]) for row in rows}, unfinished[0]


def _refuse_unproven(
    connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]
) -> None:
    outcomes, unfinished_since = read_outcomes(connection)
    found = doubts(manifest, outcomes, unfinished_since=unfinished_since)
    if found:
        shown = "\n".join(f"    {doubt}" for doubt in found[:_MAX_DOUBTS_SHOWN])
        more = len(found) - _MAX_DOUBTS_SHOWN
        raise InputError(
            "the marts are not published, because not every test passed on what stands "
            f"in the warehouse now:\n{shown}"
            + (f"\n    ... and {more} more" if more > 0 else ""),
            remedy="Run `dbt build` to its end, mend what fails, and publish again.",
        )


def _write(
    connection: duckdb.DuckDBPyConnection,
    marts: Sequence[Mart],
    target: Path,
    *,
    footer: str,
    memory_limit: str | None,
    on_step: Callable[[str, float], None],
) -> dict[str, int]:
    """Write every file of a version and check it; the marts' row counts."""
    with _timed("DuckDB file", on_step):
        _write_database(connection, marts, target / DATABASE)
    with _beside(
        _write_tableau, target / DATABASE, marts, target / "tableau", memory_limit
    ) as extracts_seconds:
        with _timed("Parquet files", on_step):
            _write_parquet(connection, marts, target)
        with _timed("counts of both", on_step):
            counts = _checked_counts(connection, marts, target)
            connection.execute("detach public")
        with _timed("report", on_step):
            write_report(target / DATABASE, target / "report", footer=footer)
        with _timed("wait for the extracts", on_step):
            on_step("extracts, beside the others", extracts_seconds())
    with _timed("counts of the extracts", on_step):
        _check_extracts(counts, marts, target / "tableau")
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

    Hyper's writer keeps Python to itself while it works, so a thread would not do.
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
            f"copy public.{_name(mart)} to {_literal(str(path))} "
            "(format parquet, compression zstd)"
        )


def _write_database(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], path: Path
) -> None:
    """Copy the published columns; all that follows reads this copy alone."""
    connection.execute(
        f"attach {_literal(str(path))} as public "
        f"(storage_version {_literal(STORAGE_VERSION)})"
    )
    for schema in sorted({mart.schema for mart in marts}):
        connection.execute(f"create schema public.{_quoted(schema)}")
    for mart in marts:
        columns = ", ".join(_quoted(column.name) for column in mart.columns)
        connection.execute(
            f"create table public.{_name(mart)} as "
            f"select {columns} from private.{_name(mart)}"
        )
    # Alone, each of some hundreds of comments would wait for the disk.
    connection.execute("begin")
    for mart in marts:
        connection.execute(
            f"comment on table public.{_name(mart)} is {_literal(mart.description)}"
        )
        for column in mart.columns:
            connection.execute(
                f"comment on column public.{_name(mart)}.{_quoted(column.name)} "
                f"is {_literal(column.description)}"
            )
    connection.execute("commit")
    connection.execute("checkpoint public")
    # The process beside this one may read the file only while nobody may write it.
    connection.execute("detach public")
    connection.execute(f"attach {_literal(str(path))} as public (read_only)")


def _write_tableau(
    database: Path, marts: Sequence[Mart], folder: Path, memory_limit: str | None
) -> float:
    """Write the extracts and data sources from a published file; seconds it took."""
    started = time.perf_counter()
    folder.mkdir()
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set preserve_insertion_order = false")
        if memory_limit is not None:
            connection.execute(f"set memory_limit = {_literal(memory_limit)}")
        for schema, hub, others in _data_sources(marts):
            tables = {
                mart: connection.cursor()
                .sql(f"select {_as_typed(mart)} from {_name(mart)}")
                .to_arrow_reader(_ROWS_A_BATCH)
                for mart in (hub, *others)
            }
            tableau.write_hyper(folder / f"{schema}.hyper", tables)
            tableau.write_data_source(
                folder / f"{schema}.tds",
                extract=f"{schema}.hyper",
                hub=hub,
                marts=others,
            )
            # Hyper keeps its files from others; readers need no more than the rest.
            shutil.copymode(folder / f"{schema}.tds", folder / f"{schema}.hyper")
    return time.perf_counter() - started


def _data_sources(marts: Sequence[Mart]) -> Iterator[tuple[str, Mart, list[Mart]]]:
    """Schema, the mart that all others are related to, and the others."""
    shown = [tableau.in_tableau(mart) for mart in marts]
    hub = next(mart for mart in shown if (mart.schema, mart.name) == _HUB)
    for schema in sorted({mart.schema for mart in shown}):
        yield schema, hub, [m for m in shown if m.schema == schema and m != hub]


def _checked_counts(
    connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], target: Path
) -> dict[str, int]:
    """Compare the DuckDB and Parquet files with the warehouse, mart by mart."""
    counts = {
        mart.full_name: _count(connection, f"private.{_name(mart)}") for mart in marts
    }
    for mart in marts:
        parquet = target / "parquet" / mart.schema / f"{mart.name}.parquet"
        for written, where in (
            (f"public.{_name(mart)}", DATABASE),
            (f"read_parquet({_literal(str(parquet))})", parquet.name),
        ):
            _same(_count(connection, written), counts[mart.full_name], where, mart)
    return counts


def _check_extracts(
    counts: Mapping[str, int], marts: Sequence[Mart], folder: Path
) -> None:
    """Compare what the Hyper engine reads back with the warehouse."""
    for schema, hub, others in _data_sources(marts):
        extract = folder / f"{schema}.hyper"
        found = tableau.read_hyper(extract, [hub, *others])
        said = tableau.read_data_source(extract.with_suffix(".tds"))
        for mart in (hub, *others):
            count, columns = found[mart.full_name]
            _same(count, counts[mart.full_name], extract.name, mart)
            _same(columns, tableau.expected_schema(mart), extract.name, mart)
            _same(said[mart.name], tableau.tableau_types(mart), f"{schema}.tds", mart)


def _same(found: object, expected: object, where: str, mart: Mart) -> None:
    if found != expected:
        raise RuntimeError(
            f"{where} holds {found} for {mart.full_name}, the warehouse {expected}"
        )


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])


def _facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Which businesses, as of when, from which files: for a manifest."""
    businesses = connection.execute(
        "select business_id, currency, as_of_date from private.core.dim_businesses "
        "order by business_id"
    ).fetchall()
    files = connection.execute(
        "select source_table, source_file, sha256, accepted_row_count, "
        "rejected_row_count from private.core.fct_source_files "
        "order by source_table, source_file"
    ).fetchall()
    return {
        "businesses": [
            {
                "business_id": business,
                "currency": currency,
                "as_of_date": None if as_of is None else as_of.isoformat(),
            }
            for business, currency, as_of in businesses
        ],
        "source_files": [
            {
                "source_table": table,
                "source_file": file,
                "sha256": sha256,
                "accepted_row_count": accepted,
                "rejected_row_count": rejected,
            }
            for table, file, sha256, accepted, rejected in files
        ],
    }


def _as_typed(mart: Mart) -> str:
    return ", ".join(
        f"cast({_quoted(column.name)} as {column.data_type}) as {_quoted(column.name)}"
        for column in mart.columns
    )


def _name(mart: Mart) -> str:
    return f"{_quoted(mart.schema)}.{_quoted(mart.name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
