"""The ``retail-marts`` command."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retail_marts import __version__, signals
from retail_marts.errors import InputError

if TYPE_CHECKING:
    from retail_marts.mapper.entry import Entry

_EXIT_STATUS = (
    "Exit status: 0 success; 1 refused, with the reason and a remedy on standard\n"
    "error; 2 unknown command or option."
)
#: What `map` and `check --rows` return when they did what they should, and the user has
#: to look at something.
_LOOK = 3
_SAMPLE_SEED = 20240101


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    if sys.platform == "win32":
        print(
            "retail-marts: does not run on Windows itself.\n"
            "  Remedy: Install it in WSL2 (`wsl --install`), which is a Linux.",
            file=sys.stderr,
        )
        return 1
    options = _parser().parse_args(arguments)
    signals.end_soon_on(signal.SIGINT, signal.SIGTERM)
    try:
        return _run(options)
    except BaseException:
        # A library that is interrupted raises an error of its own.
        stopped_by = signals.received()
        if stopped_by is None:
            raise
        print(f"retail-marts: stopped by {stopped_by.name}.", file=sys.stderr)
        return signals.exit_status(stopped_by)


def _run(options: argparse.Namespace) -> int:
    try:
        status: int | None = options.run(options)
        sys.stdout.flush()
    except InputError as error:
        if signals.received():
            raise
        print(f"retail-marts: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if signals.received():
            raise
        if isinstance(error, BrokenPipeError) and _output_is_closed():
            return signals.exit_status(signal.SIGPIPE)
        print(
            f"retail-marts: {error}\n  Remedy: Check that this path exists, that you "
            "may read or write it, and that the disk has free space.",
            file=sys.stderr,
        )
        return 1
    return status or 0


def _output_is_closed() -> bool:
    """Whether nobody reads the output any more, as after ``| head``."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if not poll.poll(0):
        return False
    # Python flushes it once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="retail-marts",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_text(
            """
            Commands around the dbt project Retail Marts: make a project of your own,
            build and publish the marts, show how fresh they are, and write sample
            files.
            """
        ),
        epilog="From your files to published marts:\n"
        "  retail-marts init         make a project of your own\n"
        "  retail-marts map          write the mapping of your files\n"
        "  retail-marts check        show what a build would read, and what is wrong\n"
        "  retail-marts build        build, test and publish every mart\n"
        "  retail-marts status       show how fresh they are, and what failed\n\n"
        f"{_EXIT_STATUS}\n\n"
        "Run `retail-marts COMMAND --help` for more about a command.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    making = _command(
        commands,
        "init",
        _init,
        summary="make a project of your own, with settings, seeds and a profile",
        description="""
        Make a dbt project that uses this package: settings (dbt_project.yml), a
        profile, seeds with the names and strategies of segments, and a README. All
        models stay in the package, so that an upgrade needs no merge.
        """,
        examples="""
        retail-marts init my_shop
        retail-marts init my_shop --from sales.csv customers.csv
        retail-marts init example --example
        """,
        more="Exit status 3: the entry of your files needs a choice from you;\n"
        "standard error says which.",
    )
    making.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="the folder to create; its name names the project",
    )
    content = making.add_mutually_exclusive_group()
    content.add_argument(
        "--from",
        metavar="FILE",
        dest="files",
        nargs="+",
        type=Path,
        default=[],
        help="files or folders of one business, which the project reads (see `map`)",
    )
    content.add_argument(
        "--example",
        action="store_true",
        help="write generated files of the shipped sources, which the project reads",
    )

    building = _command(
        commands,
        "build",
        _build,
        summary="build, test and publish every mart",
        description="""
        Install the dbt packages of the project where needed, run `dbt build` without
        unit tests, and publish the marts if all tests passed. Every ten seconds, show
        how far the build is. If files, settings, code, packages and day are those of
        the published set, say so and build nothing.
        """,
        examples="""
        retail-marts build
        retail-marts build --rebuild
        """,
        more="Environment: as for `publish`.",
    )
    _add_places(building)
    building.add_argument(
        "--rebuild",
        action="store_true",
        help="build also if nothing has changed",
    )
    building.add_argument(
        "--show-dbt",
        action="store_true",
        help="show all lines of dbt instead of how far the build is",
    )
    building.add_argument(
        "--allow-lost-businesses",
        action="store_true",
        help="as for `publish`",
    )

    mapping = _command(
        commands,
        "map",
        _map,
        summary="look at your files and write the mapping that reads them",
        description="""
        Look at the bytes of your files and print an entry for mapped_sources in
        dbt_project.yml: separator, encoding, header line, formats of dates and numbers,
        columns and rules, each with its evidence. Files of sales, customers, products
        and stores may be given together; several files with the same columns become one
        entry. Nothing is guessed: where the files do not decide, such as the order of
        day and month in 01/02/2024, the command asks, or prints both readings as
        comments for you to choose from.
        """,
        examples="""
        retail-marts map sales.csv --name my_shop
        retail-marts map sales/*.csv customers.xlsx --name my_shop --write
        retail-marts map till.duckdb:sold --name my_shop
        """,
        more="Exit status 3: the entry needs a choice from you; standard error says "
        "which.",
    )
    _add_project(mapping)
    mapping.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="files or folders of one business; DATABASE:TABLE for a DuckDB file",
    )
    mapping.add_argument(
        "--name", metavar="NAME", required=True, help="the name of the entry"
    )
    mapping.add_argument(
        "--kind",
        choices=["sales", "customers", "products", "stores"],
        help="what the files are, if the command does not recognise it",
    )
    mapping.add_argument(
        "--sheet", metavar="SHEET", help="the sheet of Excel files, by name or number"
    )
    mapping.add_argument(
        "--write",
        action="store_true",
        help="insert the entry into dbt_project.yml, where all else stays as it is",
    )

    check = _command(
        commands,
        "check",
        _check,
        summary="check settings and files, and show what a build would read",
        description="""
        Check every setting and the header of every file that a build would read, in
        seconds, and print what would be built: files, sizes, columns and businesses.
        It does not open the warehouse, so it also works during a build.

        With --rows, also read all rows of your own files in a temporary database, with
        the SQL of a build. It prints how many rows are accepted, rejected (with the
        first reasons) and filtered, totals, days, and odd things to look at.
        """,
        examples="""
        retail-marts check
        retail-marts check --rows
        retail-marts check --rows my_shop
        """,
        more="Environment: RETAIL_MARTS_RAW_DATA_DIR, the folder of raw files, which\n"
        "overrides raw_data_dir in dbt_project.yml.\n\n"
        "Exit status 3: with --rows, more than one row in twenty of a file is\n"
        "rejected.",
    )
    _add_project(check)
    check.add_argument(
        "--rows",
        metavar="NAME",
        nargs="*",
        help="also read all rows of these entries of mapped_sources (default: all)",
    )

    publishing = _command(
        commands,
        "publish",
        _publish,
        summary="publish the tested marts for readers, all at once",
        description="""
        Write every mart of the private warehouse as a new version into the published
        folder: a DuckDB file, Parquet files, Tableau extracts, the report and a
        manifest. The command refuses unless every dbt test passed on the tables that
        are in the warehouse now. Readers see the old version until the new one is
        complete. The last two versions are kept.

        Columns marked as personal are not published, unless you set
        publish_personal_columns to true in dbt_project.yml.
        """,
        examples="""
        retail-marts publish                        to published/current
        retail-marts publish --out /mnt/share/marts
        """,
        more="Environment: RETAIL_MARTS_WAREHOUSE and DBT_TARGET_PATH (as for dbt),\n"
        "RETAIL_MARTS_MEMORY_LIMIT (for example 1GB).",
    )
    _add_places(publishing)
    publishing.add_argument(
        "--allow-lost-businesses",
        action="store_true",
        help="publish although a business that has rows in the published set has none "
        "now",
    )

    status = _command(
        commands,
        "status",
        _status,
        summary="show what is published, how fresh it is and what failed",
        description="""
        Show which version readers see now, how old it is, the last day of its data and
        how many of its forecasts beat their baseline. Unless a build is running, also
        show which models and tests failed in the last build. The command writes
        nothing. Its exit status is 0 even if something failed; `publish` is the command
        that refuses.
        """,
        examples="""
        retail-marts status
        retail-marts status --timings
        """,
    )
    _add_places(status)
    status.add_argument(
        "--timings",
        action="store_true",
        help="show instead when the slowest nodes of the last dbt command ran",
    )

    report = _command(
        commands,
        "report",
        _report,
        summary="write the report of the published marts to a new folder",
        description="""
        Write the report of the published marts to a new folder: index.html, one file
        that opens offline, also as an e-mail attachment, and figures/, with each chart
        as SVG. More than ten businesses have one file each, and index.html lists them.
        `publish` writes the same report to published/current/report.
        """,
        examples="retail-marts report january\nretail-marts report january --figures",
    )
    _add_places(report)
    report.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="the folder to create; it must not exist yet",
    )
    report.add_argument(
        "--figures",
        action="store_true",
        help="write figures/ also if there are more than ten businesses",
    )

    sample = _command(
        commands,
        "sample",
        _sample,
        summary="write generated files in the format of each shipped source",
        description="""
        Write generated files in the format of each shipped source, and truth.json with
        the patterns that were put into them. The same seed gives the same files.
        Existing files with these names are overwritten.
        """,
        examples="retail-marts sample --out /tmp/sample --seed 7",
    )
    sample.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path("data/sample"),
        help="the folder to write to (default: %(default)s)",
    )
    _add_seed(sample)

    flat = _command(
        commands,
        "flat-sample",
        _flat_sample,
        summary="write a Parquet file with any number of generated sales lines",
        description="""
        Write generated sales lines to one Parquet file, to try large sizes. Memory use
        does not grow with the number of lines. To build marts from the file, map it as
        docs/bring-your-own-data.md describes.
        """,
        examples="retail-marts flat-sample --out lines.parquet --rows 1000000",
    )
    flat.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="the Parquet file to write",
    )
    flat.add_argument(
        "--rows",
        metavar="N",
        type=int,
        required=True,
        help="total number of sales lines",
    )
    flat.add_argument(
        "--businesses",
        metavar="N",
        type=int,
        default=1,
        help="number of businesses (default: %(default)s)",
    )
    flat.add_argument(
        "--products",
        metavar="N",
        type=int,
        default=1000,
        help="number of products (default: %(default)s)",
    )
    flat.add_argument(
        "--customers",
        metavar="N",
        type=int,
        default=None,
        help="total number of customers (default: grows with the lines)",
    )
    _add_seed(flat)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int | None],
    *,
    summary: str,
    description: str,
    examples: str,
    more: str = "",
) -> argparse.ArgumentParser:
    """Add a command whose help has a description, examples and the exit status."""
    shown = textwrap.indent(textwrap.dedent(examples).strip(), "  ")
    parser = commands.add_parser(
        name,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help=summary,
        description=_text(description),
        epilog="\n\n".join(
            part for part in (f"Examples:\n{shown}", more, _EXIT_STATUS) if part
        ),
    )
    parser.set_defaults(run=run)
    return parser


def _text(text: str) -> str:
    return textwrap.dedent(text).strip()


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed",
        metavar="N",
        type=int,
        default=_SAMPLE_SEED,
        help="random seed; another seed gives other files (default: %(default)s)",
    )


def _add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project",
        metavar="FOLDER",
        type=Path,
        default=Path(),
        help="the project folder (default: the current folder)",
    )


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Add the options for the project folder and the published folder."""
    _add_project(parser)
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=None,
        help="the published folder (default: published/ in the project folder)",
    )


# Each command imports what it needs, so that `--version` and `--help` start fast.


def _init(options: argparse.Namespace) -> int | None:
    from retail_marts.mapper import write_entry
    from retail_marts.own_project import check_new, make_project

    name = check_new(options.folder)
    # Before anything is written: files that cannot be mapped leave no folder behind.
    entry = (
        _mapped(options.files, name=name, project=options.folder)
        if options.files
        else None
    )
    make_project(options.folder, has_example=options.example)
    print(f"Made the project {name} in {options.folder}")
    if options.example:
        from retail_marts.sample import write_sample

        write_sample(options.folder / "data" / "sample", seed=_SAMPLE_SEED)
    if entry is not None:
        write_entry(options.folder, name=name, text=entry.text())
        _say_choices(entry)
    is_ready = options.example or entry is not None
    print(f"Next: cd {options.folder}")
    if not is_ready:
        print("      retail-marts map FILES --name my_files --write")
    print("      retail-marts check --rows\n      retail-marts build")
    return _LOOK if entry is not None and entry.choices else None


def _build(options: argparse.Namespace) -> None:
    from retail_marts.building import build_project, check_project
    from retail_marts.publish import current_version
    from retail_marts.unchanged import is_published, note_published, state_of

    # As `make build`: the profile of the project, whatever others a user has.
    os.environ.pop("DBT_PROFILES_DIR", None)
    check_project(options.project)
    warehouse = _warehouse(options.project)
    state = state_of(options.project)
    version = current_version(_published(options))
    if (
        not options.rebuild
        and state is not None
        and version is not None
        and is_published(state, warehouse=warehouse, version=version)
    ):
        print(
            f"Nothing has changed since {version.name} was published: files, settings, "
            "code, packages and day are the same. To build all the same: "
            "retail-marts build --rebuild"
        )
        return
    target = _target(options.project)
    build_project(
        options.project,
        target=target,
        say=lambda line: print(line, flush=True),
        shows_dbt=options.show_dbt,
    )
    version = _publish_version(options)
    # A file that changed during the build may be in it or not.
    if state is not None and state == state_of(options.project):
        manifest = target / "manifest.json"
        note_published(state, warehouse=warehouse, version=version, manifest=manifest)


def _mapped(
    files: Sequence[Path],
    *,
    name: str,
    project: Path,
    kind: str | None = None,
    sheet: str | None = None,
) -> Entry:
    from datetime import date

    from retail_marts.mapper import map_files

    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    return map_files(
        files,
        name=name,
        project=project,
        today=date.today(),
        kind=kind,
        sheet=sheet,
        ask=_ask if is_terminal else None,
    )


def _map(options: argparse.Namespace) -> int | None:
    from retail_marts.mapper import write_entry

    entry = _mapped(
        options.files,
        name=options.name,
        project=options.project,
        kind=options.kind,
        sheet=options.sheet,
    )
    text = entry.text()
    if options.write:
        path = write_entry(options.project, name=options.name, text=text)
        print(f"Wrote mapped_sources.{options.name} to {path}")
        print(f"Next: retail-marts check --rows {options.name}")
    else:
        print(text, end="")
    _say_choices(entry)
    return _LOOK if entry.choices else None


def _say_choices(entry: Entry) -> None:
    for choice in entry.choices:
        print(
            f"retail-marts: choose {choice.question}. Keep one of the lines that the "
            "entry has as comments.",
            file=sys.stderr,
        )


def _ask(question: str, answers: Sequence[str]) -> int | None:
    """Ask a question with numbered answers; None for "I do not know"."""
    print(question, file=sys.stderr)
    for number, answer in enumerate(answers, start=1):
        print(f"  {number}. {answer}", file=sys.stderr)
    while True:
        print(
            "Number (or Enter to decide later): ", end="", file=sys.stderr, flush=True
        )
        given = sys.stdin.readline().strip()
        if not given:
            return None
        if given.isdecimal() and 1 <= int(given) <= len(answers):
            return int(given) - 1


def _check(options: argparse.Namespace) -> int | None:
    from retail_marts.check import check_project
    from retail_marts.own_project import link_package

    link_package(options.project)
    print("\n".join(check_project(options.project)))
    if options.rows is None:
        return None

    from retail_marts.row_check import check_rows

    lines, is_fine = check_rows(options.project, options.rows)
    print("\n".join(["", *lines]))
    return None if is_fine else _LOOK


def _publish(options: argparse.Namespace) -> None:
    _publish_version(options)


def _publish_version(options: argparse.Namespace) -> Path:
    from retail_marts.publish import publish
    from retail_marts.settings import memory_limit, project_settings

    settings = project_settings(options.project)
    version = publish(
        warehouse=_warehouse(options.project),
        manifest_path=_target(options.project) / "manifest.json",
        folder=_published(options),
        with_personal_columns=settings.publish_personal_columns,
        also=settings.published_models,
        allow_lost_businesses=options.allow_lost_businesses,
        memory_limit=memory_limit(),
        on_note=lambda note: print(f"Note: {note}"),
    )
    print(f"Published {version.name} to {_published(options)}/current")
    return version


def _report(options: argparse.Namespace) -> None:
    from retail_marts.publish import DATABASE, current_version
    from retail_marts.report import write_report

    version = current_version(_published(options))
    if version is None:
        raise InputError(
            f"nothing is published in {_published(options)}.",
            remedy="Run `retail-marts build` first.",
        )
    if options.folder.exists():
        raise InputError(
            f"{options.folder} already exists.",
            remedy="Name a folder that does not exist yet.",
        )
    write_report(
        version / DATABASE,
        options.folder,
        footer=f"Published as {version.name}.",
        has_figures=options.figures or None,
    )
    print(f"Wrote {options.folder / 'index.html'}")


def _status(options: argparse.Namespace) -> None:
    from retail_marts.publish import read_status
    from retail_marts.timings import timing_lines

    if options.timings:
        results = _target(options.project) / "run_results.json"
        print("\n".join(timing_lines(results)))
        return
    status = read_status(
        warehouse=_warehouse(options.project), folder=_published(options)
    )
    print("\n".join(status.lines()))


def _published(options: argparse.Namespace) -> Path:
    out: Path | None = options.out
    return options.project / "published" if out is None else out


def _warehouse(project: Path) -> Path:
    """The private warehouse, from the variable that profiles/profiles.yml reads too."""
    profiles = os.environ.get("DBT_PROFILES_DIR")
    if profiles and "RETAIL_MARTS_WAREHOUSE" not in os.environ:
        own = {project.resolve(), (project / "profiles").resolve()}
        if Path(profiles).resolve() not in own:
            raise InputError(
                f"DBT_PROFILES_DIR is {profiles}: dbt builds where a profile in that "
                "folder says, which this command does not read.",
                remedy="Unset DBT_PROFILES_DIR to use the profile of this project, or "
                "set RETAIL_MARTS_WAREHOUSE to the path that your profile names.",
            )
    default = "warehouse/retail_marts.duckdb"
    return project / os.environ.get("RETAIL_MARTS_WAREHOUSE", default)


def _target(project: Path) -> Path:
    return project / os.environ.get("DBT_TARGET_PATH", "target")


def _sample(options: argparse.Namespace) -> None:
    from retail_marts.sample import write_sample

    write_sample(options.out, seed=_seed(options))
    print(f"Wrote the sample to {options.out}")


def _seed(options: argparse.Namespace) -> int:
    seed: int = options.seed
    if seed < 0:
        raise InputError(
            f"--seed is {seed}, which is negative.", remedy="Use a number of 0 or more."
        )
    return seed


def _flat_sample(options: argparse.Namespace) -> None:
    from retail_marts.sample import write_flat_sales

    write_flat_sales(
        options.out,
        rows=options.rows,
        businesses=options.businesses,
        products=options.products,
        customers=options.customers,
        seed=_seed(options),
    )
    print(f"Wrote {options.rows} sales lines to {options.out}")


if __name__ == "__main__":
    sys.exit(main())
