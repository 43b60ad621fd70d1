"""The ``retail-marts`` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from retail_marts import __version__
from retail_marts.errors import InputError
from retail_marts.landing import transcode
from retail_marts.sample import write_flat_sales, write_sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (1: a fault of the input)."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(f"retail-marts: {error}", file=sys.stderr)
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
    return parser


def _sample(options: argparse.Namespace) -> None:
    write_sample(options.out, seed=options.seed)
    print(f"Wrote the sample to {options.out}")


def _flat_sample(options: argparse.Namespace) -> None:
    write_flat_sales(
        options.out,
        rows=options.rows,
        businesses=options.businesses,
        products=options.products,
        customers=options.customers,
        seed=options.seed,
    )
    print(f"Wrote {options.rows} sales lines to {options.out}")


def _transcode(options: argparse.Namespace) -> None:
    transcode(options.source, options.target, encoding=options.encoding)
    print(f"Wrote {options.target} in UTF-8")


if __name__ == "__main__":
    sys.exit(main())
