"""The ``retail-marts`` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from retail_marts import __version__
from retail_marts.errors import InputError
from retail_marts.landing import transcode
from retail_marts.publish import DATABASE, current_version, publish, read_status
from retail_marts.report import write_report
from retail_marts.sample import write_flat_sales, write_sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (1: a fault of the input)."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(f"retail-marts: {error}", file=sys.stderr)
        return 1
    except OSError as error:
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
        description="Helpers around the dbt project Retail Marts.",
        epilog="The marts themselves are built by `make build` or `dbt build`.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    sample = commands.add_parser(
        "sample",
        help="write generated files in the shape of each shipped source",
        description="Write generated files in the shape of each shipped source, the "
        "same for a seed, with the truth that was planted in them (truth.json).",
    )
    sample.add_argument("--out", type=Path, default=Path("data/sample"))
    sample.add_argument("--seed", type=int, default=20240101)
    sample.set_defaults(run=_sample)

    flat = commands.add_parser(
        "flat-sample",
        help="write any number of flat sales lines as one Parquet file",
        description="Write generated flat sales lines as one Parquet file, in bounded "
        "memory. Map it as docs/bring-your-own-data.md says.",
    )
    flat.add_argument("--out", type=Path, required=True)
    flat.add_argument("--rows", type=int, required=True)
    flat.add_argument("--businesses", type=int, default=1)
    flat.add_argument("--products", type=int, default=1000)
    flat.add_argument("--customers", type=int, default=None)
    flat.add_argument("--seed", type=int, default=20240101)
    flat.set_defaults(run=_flat_sample)

    transcoding = commands.add_parser(
        "transcode",
        help="rewrite a text file in UTF-8",
        description="Rewrite a text file in UTF-8, from any encoding that Python knows "
        "(cp1252, shift_jis, ...).",
    )
    transcoding.add_argument("source", type=Path)
    transcoding.add_argument("target", type=Path)
    transcoding.add_argument("--encoding", required=True, help="of the source")
    transcoding.set_defaults(run=_transcode)

    publishing = commands.add_parser(
        "publish",
        help="hand the tested marts to readers, in one step or not at all",
        description="Write every mart of the private warehouse as a new version of the "
        "published folder: a DuckDB file, Parquet, Tableau extracts and a manifest. "
        "It refuses unless every dbt test passed on what stands there now, "
        "and readers see the old set until the new one is whole. Columns marked as "
        "personal stay private unless publish_personal_columns in dbt_project.yml says "
        "otherwise.",
    )
    _add_places(publishing)
    publishing.set_defaults(run=_publish)

    report = commands.add_parser(
        "report",
        help="write the report of what is published into a folder of its own",
        description="Write the report (index.html and figures/) of what is published "
        "now into a new folder, to send or to keep; `publish` has written the same "
        "beside the marts.",
    )
    _add_places(report)
    report.add_argument("folder", type=Path, help="a folder that does not exist yet")
    report.set_defaults(run=_report)

    status = commands.add_parser(
        "status",
        help="what is published, how fresh it is, what failed",
        description="Say what readers see now, how old it is, which models and tests "
        "of the last builds failed, and how many forecasts beat their baseline.",
    )
    _add_places(status)
    status.set_defaults(run=_status)
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Where the project, its warehouse and the published folder are."""
    parser.add_argument(
        "--project",
        type=Path,
        default=Path(),
        help="the project's folder (default: the present one)",
    )
    parser.add_argument(
        "--out",
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
        memory_limit=os.environ.get("RETAIL_MARTS_MEMORY_LIMIT"),
    )
    print(f"Published {version.name}: readers find it in {_published(options)}/current")


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
