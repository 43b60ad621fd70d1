"""Run all benchmarks one after the other and write one page of results.

    python -m benchmarks --out benchmarks/RESULTS.md     # some 70 minutes, two cores
    python -m benchmarks --quick                         # at most 5; printed
    python -m benchmarks --only rfm spend --data ../shared/data
    python -m benchmarks --only rfm --out benchmarks/RESULTS.md    # replaces a section

Each benchmark runs in its own process; its progress goes to stderr. Without ``--out``
the page is printed. With it, the unfinished page is in ``<out>.part`` while the command
runs, and is renamed at the end. The exit code is 1 if a benchmark failed; the page says
which one, and why.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from benchmarks import peers
from benchmarks.markdown import LOSSES, MET, MISSED, NO_LOSS, UNMEASURED, without_places

PROJECT = Path(__file__).resolve().parents[1]
SAMPLE = PROJECT / "data" / "sample"
#: This project and its main dependencies: their versions affect the results.
OURS = (
    "retail-marts",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "pandas",
    "pyarrow",
    "numpy",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "pantab",
)
PACKAGE = "benchmarks"
ERROR_LINES = 15


@dataclass(frozen=True)
class Section:
    """One benchmark and its description for readers.

    Parameters
    ----------
    module
        Its name in this package.
    measured
        What is timed or scored, and compared with what.
    full, quick
        Its arguments. They contain the sizes, so that the page can show them.
    installed
        Peers that are installed with the project.
    apart
        Peers in a separate environment.
    reads_data
        Whether it reads the files of ``--data``, the real ones or the sample.
    """

    module: str
    title: str
    measured: str
    full: tuple[str, ...]
    quick: tuple[str, ...] = ("--quick",)
    installed: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    reads_data: bool = False


SECTIONS = (
    # The whole product first, then its parts.
    Section(
        "whole_product",
        "The whole product",
        "What `make build` does: build, data tests and publishing of the sample, the "
        "real files, and generated lines of twenty businesses, all areas; first, and "
        "again after a change. No peer does the same.",
        ("--rows", "10000000"),
        reads_data=True,
    ),
    Section(
        "scale",
        "From a flat file to core and sales marts",
        "Seconds and peak memory of `dbt run` (its start-up aside) and `dbt build`, "
        "compared with a hand-written SQL script for this file and a pandas script. "
        "All give equal key figures.",
        ("--rows", "1000000", "10000000"),
        installed=("duckdb", "pandas"),
    ),
    Section(
        "rfm",
        "RFM",
        "The SQL of our nodes from the lines to `fct_customer_rfm`, compared "
        "with one hand-written query with equal rows; history and cohorts without a "
        "peer.",
        ("--rows", "10000000", "--runs", "3"),
        installed=("duckdb",),
    ),
    Section(
        "forecasting",
        "Forecasts",
        "What the rule selects, scored on days it never saw; coverage of the "
        "intervals; accuracy compared with the peer on the same series and origins; "
        "seconds of backtest and forecast.",
        ("--sizes", "1000", "10000", "--peer-series", "60", "--speed-series", "20"),
        apart=("statsforecast",),
        reads_data=True,
    ),
    Section(
        "forecast_panels",
        "Forecasts of three panels of real shops",
        "Selected models of three daily panels on six origins that do not overlap, "
        "compared with models of statsforecast and LightGBM; the difference with a "
        "paired bootstrap over series. Panels are read from their own folder. Our "
        "weights, loss and guard were chosen on these origins, and the features of "
        "LightGBM for its Tweedie model on online_retail and grocery: the other halves "
        "of the panels, which were not used, must confirm the figures.",
        (),
        apart=("statsforecast", "mlforecast", "lightgbm"),
    ),
    Section(
        "simulated_levels",
        "Forecasts of series without seasons",
        "Selected models of simulated walks, levels and trends, as panels and each "
        "series alone, compared with the best naive model.",
        ("--count", "1000", "--alone", "60"),
    ),
    Section(
        "segments",
        "Segments",
        "The whole selection (1 to 12 clusters, every criterion, stability) compared "
        "with scikit-learn's `KMeans(k, n_init=10)` alone for the same k; `whole` is "
        "features to named segments.",
        ("--sizes", "200000"),
        installed=("scikit-learn",),
    ),
    Section(
        "lifetime_value",
        "Lifetime value",
        "Fits of BG/NBD and Gamma-Gamma to simulated customers, compared with plain "
        "scipy scripts and the package lifetimes on the same likelihood; and the whole "
        "call.",
        ("--sizes", "200000", "--peer-size", "200000"),
        installed=("scipy",),
        apart=("lifetimes",),
    ),
    Section(
        "baskets",
        "Baskets",
        "Frequent itemsets of generated baskets, equal for all; rules and their tests, "
        "ours alone. mlxtend would need a table of 15 GB for the 3 million baskets.",
        ("--cases", "shop", "chain", "--runs", "3"),
        apart=("pyfim", "mlxtend", "efficient-apriori"),
    ),
    Section(
        "spend",
        "Spend models",
        "Every model of two businesses, with defaults and tuned, in every fold, "
        "compared with scikit-learn's own search over pipelines; the errors of all "
        "must be equal.",
        (),
        installed=("scikit-learn",),
        reads_data=True,
    ),
    Section(
        "prospects",
        "Populations and prospects",
        "All behind the marts of populations and prospects, compared with the bare "
        "part of it in scikit-learn; one thread each.",
        ("--rows", "1000000"),
        installed=("scikit-learn",),
        reads_data=True,
    ),
    Section(
        "publishing",
        "Publishing",
        "`retail-marts publish` of a tested warehouse, compared with the least that "
        "any publisher must do with the same tables.",
        ("--rows", "10000000"),
        installed=("duckdb", "pantab"),
    ),
    Section(
        "refresh",
        "A day of sales onto all others",
        "`dbt run` when the last day's file arrives, compared with all days at once; "
        "the marts must be equal.",
        ("--rows", "10000000"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What a section printed and its cost; the error if it failed."""

    section: Section
    arguments: tuple[str, ...]
    text: str
    error: str | None
    seconds: float
    cpu_seconds: float
    load: float
    begun: str

    def verdicts(self) -> dict[str, int]:
        """How many bars are met, missed and not measured."""
        lines = [line for line in self.text.splitlines() if not line.startswith("- ")]
        return {
            verdict: sum(bool(re.search(rf"\b{verdict}\b", line)) for line in lines)
            for verdict in (MET, MISSED, UNMEASURED)
        }

    def losses(self) -> int:
        """Number of sentences below "Where we lose"."""
        _, _, below = self.text.partition(LOSSES)
        return sum(line.startswith("- ") for line in below.splitlines())


@dataclass(frozen=True)
class Page:
    """Facts about all sections."""

    is_quick: bool
    is_sample: bool
    is_whole: bool
    started: str
    machine: str
    ours: Mapping[str, str]
    apart: Mapping[str, str]
    missing: Mapping[str, str]
    places: Mapping[str, Path]


# --- running -------------------------------------------------------------------------


def run(
    section: Section,
    *,
    is_quick: bool,
    data: Path,
    environment: Mapping[str, str],
) -> Outcome:
    """Run a section to its end; a failure becomes an outcome."""
    arguments = section.quick if is_quick else section.full
    command = [sys.executable, "-m", f"{PACKAGE}.{section.module}", *arguments]
    if section.reads_data:
        command += ["--data", str(data)]
    load, start, begun = os.getloadavg()[0], time.perf_counter(), _now()
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said: list[str] = []
    errors: list[str] = []
    readers = [
        threading.Thread(target=_collect, args=pair)
        for pair in ((process.stdout, said), (process.stderr, errors))
    ]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.terminate()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    error = "".join(errors[-ERROR_LINES:]).strip() if process.returncode else None
    return Outcome(
        section=section,
        arguments=arguments,
        text=_without_facts("".join(said)),
        error=f"Ended with {process.returncode}.\n{error}"
        if error is not None
        else None,
        seconds=time.perf_counter() - start,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        load=load,
        begun=begun,
    )


def _now() -> str:
    return datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


def _collect(stream: IO[str], lines: list[str]) -> None:
    """Keep the lines and print them as progress."""
    for line in stream:
        lines.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()


def _without_facts(text: str) -> str:
    """Remove the lines about the machine, which the page shows only once."""
    kept = [
        line
        for line in text.splitlines()
        if not re.match(r"(date|machine|load|versions): ", line)
    ]
    return "\n".join(kept).strip()


# --- the page ------------------------------------------------------------------------


def page(
    facts: Page,
    outcomes: Sequence[Outcome],
    *,
    awaited: int = 0,
    earlier: str = "",
    sections: Sequence[Section] = SECTIONS,
) -> str:
    """The page as Markdown, without folder names of this machine.

    Sections that did not run are those of an earlier page, if it has them.
    """
    summary = earlier.partition("\n## ")[0]
    found = re.findall(r"^(\| ([^|]+) \| [\d,]+ \| .*)$", summary, flags=re.M)
    rows = {title: row for row, title in found}
    texts = {
        text.partition("\n")[0]: f"## {text.strip()}"
        for text in re.split(r"^## ", earlier, flags=re.M)[1:]
    }
    for outcome in outcomes:
        rows[outcome.section.title] = _row(outcome)
        texts[outcome.section.title] = _section(facts, outcome)
    shown = [section.title for section in sections if section.title in texts]
    parts = [
        "# Results of the benchmarks",
        _head(facts, awaited=awaited),
        "\n".join([*_SUMMARY, *(rows[title] for title in shown if title in rows)]),
        *(texts[title] for title in shown),
    ]
    return without_places("\n\n".join(parts) + "\n", facts.places)


def _head(facts: Page, *, awaited: int) -> str:
    notes = []
    if awaited:
        notes.append(f"**Unfinished: {awaited} sections are still to come.**")
    if facts.is_quick:
        notes.append(
            "**Quick sizes: these show that all of it runs; ratios of so little work "
            "say little.**"
        )
    if not facts.is_whole:
        notes.append(
            "The last run measured some sections only: each section says when it was "
            "measured, and with which peers. The table below is of the last run."
        )
    notes.append(
        f"Made by `python -m benchmarks{' --quick' if facts.is_quick else ''}`; what "
        "each section is, and how to run it alone, is in [README.md](README.md). "
        "Ratios are of runs made in turn. Seconds are by the clock; processor seconds "
        "are those of all threads, and suffer less from a busy machine."
    )
    if facts.is_sample:
        notes.append(
            "Sections that read files read **the generated sample**, not the real "
            "files: `--data ../shared/data` was not given, or is not there."
        )
    else:
        notes.append("Sections that read files read the real ones.")
    apart = _listed(facts.apart) or "none: they have no environment here"
    rows = {
        "begun": facts.started,
        "machine": facts.machine,
        "ours": _listed(facts.ours),
        "peers' own environment": apart,
    }
    if facts.missing:
        rows["not installed"] = "; ".join(
            f"{name} ({why})" for name, why in facts.missing.items()
        )
    table = ["| | |", "|---|---|"]
    table += [f"| {name} | {_one_line(text)} |" for name, text in rows.items()]
    return "\n\n".join([*notes, "\n".join(table)])


_SUMMARY = (
    "| section | seconds | processor seconds | bars met | missed | not measured "
    "| where we lose |",
    "|---|---:|---:|---:|---:|---:|---:|",
)


def _row(outcome: Outcome) -> str:
    cells = [
        outcome.section.title,
        f"{outcome.seconds:,.0f}",
        f"{outcome.cpu_seconds:,.0f}",
    ]
    if outcome.error is None:
        cells += [*map(str, outcome.verdicts().values()), str(outcome.losses())]
    else:
        cells += ["**failed**", "", "", ""]
    return f"| {' | '.join(cells)} |"


def _section(facts: Page, outcome: Outcome) -> str:
    section = outcome.section
    peers_met = [
        *(f"{name} {facts.ours[name]}" for name in section.installed),
        *(
            f"{name} {facts.apart[name]}"
            for name in section.apart
            if name in facts.apart
        ),
    ]
    absent = [
        f"Not installed: {name} ({facts.missing.get(name, 'no reason is known')})."
        for name in section.apart
        if name not in facts.apart
    ]
    call = " ".join(["python -m", f"benchmarks.{section.module}", *outcome.arguments])
    if section.reads_data:
        call += f" --data {'data/sample' if facts.is_sample else '(the real files)'}"
    parts = [
        f"## {section.title}",
        section.measured,
        f"Peers: {', '.join(peers_met) or 'none; no comparison'}. " + " ".join(absent),
        f"`{call}`: {outcome.seconds:,.0f} s, {outcome.cpu_seconds:,.0f} processor s; "
        f"begun {outcome.begun}, {outcome.load:.1f} other processes running.",
        outcome.text,
    ]
    if outcome.error is not None:
        parts.append(f"**Failed.**\n\n```text\n{outcome.error}\n```")
    elif LOSSES not in outcome.text and NO_LOSS not in outcome.text:
        missed = outcome.verdicts()[MISSED]
        parts.append(f"Bars missed: {missed}." if missed else "No bar is missed.")
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write(path: Path, text: str) -> None:
    """Replace a file in one step: it is never half-written."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


# --- the command ---------------------------------------------------------------------


def facts_of(
    *, is_quick: bool, data: Path, peer_python: str | None, is_whole: bool
) -> Page:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    apart = peers.versions(peer_python, peers.names())
    known = peers.reasons(peer_python)
    places = {".": PROJECT, "(the files)": data, "(environment)": Path(sys.prefix)}
    if peer_python is not None:
        places["(peers)"] = Path(peer_python).parents[1]
    return Page(
        is_quick=is_quick,
        is_sample=data.resolve() == SAMPLE,
        is_whole=is_whole,
        started=_now(),
        machine=f"{os.cpu_count()} cores, {memory:.0f} GiB memory, "
        f"{platform.system()} {platform.machine()}; {os.getloadavg()[0]:.1f} other "
        "processes running at the start",
        ours=peers.versions(sys.executable, OURS),
        apart=apart,
        missing={
            name: known.get(name, "no reason is known")
            for name in peers.names()
            if name not in apart
        },
        places=places,
    )


def main(
    arguments: Sequence[str] | None = None, *, sections: Sequence[Section] = SECTIONS
) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="at most 5 minutes")
    parser.add_argument(
        "--data", type=Path, default=SAMPLE, help="folder of the real files"
    )
    parser.add_argument(
        "--only", nargs="+", choices=[section.module for section in sections]
    )
    parser.add_argument("--peer-python", default=peers.default_python())
    parser.add_argument("--out", type=Path, help="write the page here")
    options = parser.parse_args(arguments)
    data = options.data.resolve()
    if not data.is_dir():
        print(f"{options.data} is no folder: the sample is used.", file=sys.stderr)
        data = SAMPLE
    chosen = [
        section
        for section in sections
        if options.only is None or section.module in options.only
    ]
    facts = facts_of(
        is_quick=options.quick,
        data=data,
        peer_python=options.peer_python,
        is_whole=len(chosen) == len(sections),
    )
    environment = dict(os.environ)
    if options.peer_python is not None:
        environment["RETAIL_MARTS_PEER_PYTHON"] = options.peer_python
    is_partial = not options.quick and not facts.is_whole
    earlier = ""
    if is_partial and options.out is not None and options.out.exists():
        earlier = options.out.read_text(encoding="utf-8")
    outcomes: list[Outcome] = []
    for number, section in enumerate(chosen, start=1):
        print(
            f"\n[{number}/{len(chosen)}] {section.title}", file=sys.stderr, flush=True
        )
        outcomes.append(
            run(section, is_quick=options.quick, data=data, environment=environment)
        )
        if options.out is not None:
            so_far = page(
                facts,
                outcomes,
                awaited=len(chosen) - number,
                earlier=earlier,
                sections=sections,
            )
            options.out.with_name(f"{options.out.name}.part").write_text(
                so_far, "utf-8"
            )
    text = page(facts, outcomes, earlier=earlier, sections=sections)
    if options.out is None:
        print(text)
    else:
        write(options.out, text)
    failed = [one.section.module for one in outcomes if one.error is not None]
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
