"""The ``retail-marts`` command."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from retail_marts import __version__, signals
from retail_marts.errors import InputError
from retail_marts.landing import transcode
from retail_marts.publish import DATABASE, current_version, publish, read_status
from retail_marts.report import write_report
from retail_marts.sample import write_flat_sales, write_sample

_EXIT_STATUS = (
    "Exit status: 0 done; 1 refused, with the reason and its remedy on standard\n"
    "error; 2 a command or option that does not exist."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (1: a fault of the input)."""
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
        options.run(options)
    except InputError as error:
        if signals.received():
            raise
        print(f"retail-marts: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if signals.received():
            raise
        print(
            f"retail-marts: {error}\n  Remedy: Check that this path is there, of the "
            "right kind and yours to read or write, and that the disk has room.",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="retail-marts",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_text(
            """
            What goes round the dbt project Retail Marts: hand its marts to readers, say
            how fresh they are, make sample files. The marts themselves are built by
            `make build` or `dbt build`.
            """
        ),
        epilog="From files to readers:\n"
        "  dbt build                 every mart and test, in the private warehouse\n"
        "  retail-marts publish      what readers open: published/current\n"
        "  retail-marts status       how fresh that is, and what failed\n\n"
        f"{_EXIT_STATUS}\n\n"
        "retail-marts COMMAND --help says more of each command.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    publishing = _command(
        commands,
        "publish",
        _publish,
        summary="hand the tested marts to readers, in one step or not at all",
        description="""
        Write every mart of the private warehouse as a new version of the published
        folder: a DuckDB file, Parquet files, Tableau extracts, the report and a
        manifest. It refuses unless every dbt test passed on what stands in the
        warehouse now. Readers see the old set until the new one is whole; the last two
        versions stay.

        Columns marked as personal stay private unless publish_personal_columns in
        dbt_project.yml says otherwise.
        """,
        examples="""
        retail-marts publish                        into published/current
        retail-marts publish --out /mnt/share/marts
        """,
        more="Environment: RETAIL_MARTS_WAREHOUSE and DBT_TARGET_PATH, as dbt reads\n"
        "them, and RETAIL_MARTS_MEMORY_LIMIT (1GB, for example).",
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
        summary="what is published, how fresh it is, what failed",
        description="""
        Say what readers see now, how old it is, up to which day its data go and how
        many of its forecasts beat their baseline; then, unless a build is running,
        which models and tests of the last build failed. It writes nothing, and its exit
        status is 0 also when something failed: `publish` is the command that refuses.
        """,
        examples="retail-marts status",
    )
    _add_places(status)

    report = _command(
        commands,
        "report",
        _report,
        summary="write the report of what is published into a folder of its own",
        description="""
        Write the report of what is published now (index.html, one page that opens from
        a mail, and figures/, each chart as SVG) into a new folder, to send or to keep.
        `publish` has written the same to published/current/report.
        """,
        examples="retail-marts report january",
    )
    _add_places(report)
    report.add_argument(
        "folder", metavar="FOLDER", type=Path, help="a folder that does not exist yet"
    )

    sample = _command(
        commands,
        "sample",
        _sample,
        summary="write generated files in the shape of each shipped source",
        description="""
        Write generated files in the shape of each shipped source, the same for the same
        seed, with the truth that was planted in them (truth.json). Files of these names
        in the folder are written over.
        """,
        examples="retail-marts sample --out /tmp/sample --seed 7",
    )
    sample.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path("data/sample"),
        help="where to (default: %(default)s)",
    )
    _add_seed(sample)

    flat = _command(
        commands,
        "flat-sample",
        _flat_sample,
        summary="write any number of flat sales lines as one Parquet file",
        description="""
        Write generated flat sales lines as one Parquet file, in bounded memory, to try
        sizes with. Map it as docs/bring-your-own-data.md says.
        """,
        examples="retail-marts flat-sample --out lines.parquet --rows 1000000",
    )
    flat.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the Parquet file"
    )
    flat.add_argument(
        "--rows", metavar="N", type=int, required=True, help="sales lines in all"
    )
    flat.add_argument(
        "--businesses",
        metavar="N",
        type=int,
        default=1,
        help="businesses that share the lines (default: %(default)s)",
    )
    flat.add_argument(
        "--products",
        metavar="N",
        type=int,
        default=1000,
        help="different products (default: %(default)s)",
    )
    flat.add_argument(
        "--customers",
        metavar="N",
        type=int,
        default=None,
        help="customers in all (default: grows with the lines)",
    )
    _add_seed(flat)

    transcoding = _command(
        commands,
        "transcode",
        _transcode,
        summary="rewrite a text file in UTF-8",
        description="""
        Rewrite a text file in UTF-8, from any encoding that Python knows (cp1252,
        shift_jis, utf-16, ...). A build reads other encodings too, but UTF-8 is the
        fastest. The source stays as it is.
        """,
        examples="retail-marts transcode old.csv new.csv --encoding cp1252",
    )
    transcoding.add_argument(
        "source", metavar="SOURCE", type=Path, help="the file to read"
    )
    transcoding.add_argument(
        "target", metavar="TARGET", type=Path, help="the file to write"
    )
    transcoding.add_argument(
        "--encoding", metavar="NAME", required=True, help="of the source"
    )
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], None],
    *,
    summary: str,
    description: str,
    examples: str,
    more: str = "",
) -> argparse.ArgumentParser:
    """A command, with a help that says what it does, an example and how it ends."""
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
        default=20240101,
        help="another seed gives other files (default: %(default)s)",
    )


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Where the project, its warehouse and the published folder are."""
    parser.add_argument(
        "--project",
        metavar="FOLDER",
        type=Path,
        default=Path(),
        help="the project's folder (default: the present one)",
    )
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=None,
        help="the published folder (default: published/ in the project's folder)",
    )


def _publish(options: argparse.Namespace) -> None:
    settings = _project_settings(options.project)
    version = publish(
        warehouse=_warehouse(options.project),
        manifest_path=_target(options.project) / "manifest.json",
        folder=_published(options),
        with_personal_columns=bool(settings.get("publish_personal_columns", False)),
        also=_published_models(settings),
        allow_lost_businesses=options.allow_lost_businesses,
        memory_limit=os.environ.get("RETAIL_MARTS_MEMORY_LIMIT"),
        on_note=lambda note: print(f"Note: {note}"),
    )
    print(f"Published {version.name}: readers find it in {_published(options)}/current")


def _published_models(settings: dict[str, Any]) -> list[str]:
    names = settings.get("published_models") or []
    if not isinstance(names, list):
        raise InputError(
            f"published_models is {names!r}, which is not a list.",
            remedy="Write the names of models as a list, such as [my_model].",
        )
    return names


def _report(options: argparse.Namespace) -> None:
    version = current_version(_published(options))
    if version is None:
        raise InputError(
            f"nothing is published in {_published(options)}.",
            remedy="Run `make build` first.",
        )
    if options.folder.exists():
        raise InputError(
            f"{options.folder} exists.", remedy="Name a folder that does not exist yet."
        )
    write_report(
        version / DATABASE, options.folder, footer=f"Published as {version.name}."
    )
    print(f"Wrote {options.folder / 'index.html'}")


def _status(options: argparse.Namespace) -> None:
    status = read_status(
        warehouse=_warehouse(options.project), folder=_published(options)
    )
    print("\n".join(status.lines()))


def _published(options: argparse.Namespace) -> Path:
    out: Path | None = options.out
    return options.project / "published" if out is None else out


def _warehouse(project: Path) -> Path:
    """Where dbt builds, by the same setting that profiles/profiles.yml reads."""
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


def _project_settings(project: Path) -> dict[str, Any]:
    path = project / "dbt_project.yml"
    try:
        project = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist.",
            remedy="Call retail-marts in the project's folder, or name that with "
            "--project.",
        ) from None
    except (UnicodeError, yaml.YAMLError) as error:
        raise InputError(
            f"{path} is no YAML: {error}",
            remedy="Correct it there; `dbt parse` tells when it can be read.",
        ) from None
    settings = (project.get("vars") or {}) if isinstance(project, dict) else None
    if not isinstance(settings, dict):
        raise InputError(
            f"{path} holds no settings under `vars`.",
            remedy="Write each setting as `name: value` below `vars:`.",
        )
    return settings


def _sample(options: argparse.Namespace) -> None:
    write_sample(options.out, seed=_seed(options))
    print(f"Wrote the sample to {options.out}")


def _seed(options: argparse.Namespace) -> int:
    seed: int = options.seed
    if seed < 0:
        raise InputError(f"--seed is {seed}.", remedy="Give 0 or more.")
    return seed


def _flat_sample(options: argparse.Namespace) -> None:
    write_flat_sales(
        options.out,
        rows=options.rows,
        businesses=options.businesses,
        products=options.products,
        customers=options.customers,
        seed=_seed(options),
    )
    print(f"Wrote {options.rows} sales lines to {options.out}")


def _transcode(options: argparse.Namespace) -> None:
    transcode(options.source, options.target, encoding=options.encoding)
    print(f"Wrote {options.target} in UTF-8")


if __name__ == "__main__":
    sys.exit(main())
