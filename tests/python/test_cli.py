"""The command's help must be sufficient without the documentation."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retail_marts.cli import main

PROJECT = Path(__file__).parents[2]
COMMANDS = (
    "init",
    "build",
    "check",
    "publish",
    "status",
    "report",
    "sample",
    "flat-sample",
)


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    said = help_of(capsys)
    assert [name for name in COMMANDS if f"    {name}" not in said] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example_that_is_valid(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    said = help_of(capsys, command)
    assert "Exit status: 0" in said
    example = said.split("Examples:\n")[1].splitlines()[0].split("   ")
    words = next(part for part in example if "retail-marts" in part).split()
    assert words[:2] == ["retail-marts", command]
    # The parser accepts every option of the example and refuses an unknown one.
    with pytest.raises(SystemExit) as ended:
        main([*words[1:], "--no-such-option"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --no-such-option" in capsys.readouterr().err


def test_make_build_names_a_folder_only_when_it_is_given_one() -> None:
    def recipe(*arguments: str) -> str:
        command = ["make", "--dry-run", "--no-print-directory", "build", *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, check=True
        )
        return next(line for line in done.stdout.splitlines() if "-marts build" in line)

    # Otherwise the folder that dbt_project.yml names would never be read.
    assert "RAW_DATA_DIR" not in recipe()
    given = recipe("RAW_DATA_DIR=../a b")
    assert 'RETAIL_MARTS_RAW_DATA_DIR="$RAW_DATA_DIR" ' in given


@pytest.mark.parametrize(("flags", "asked"), [([], None), (["--figures"], True)])
def test_report_writes_pictures_of_many_businesses_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], asked: bool
) -> None:
    given: list[bool | None] = []
    monkeypatch.setattr("retail_marts.publish.current_version", lambda _: tmp_path)
    monkeypatch.setattr(
        "retail_marts.report.write_report",
        lambda *_, footer, has_figures: given.append(has_figures),
    )
    folder = str(tmp_path / "report")
    assert main(["report", folder, "--out", str(tmp_path), *flags]) == 0
    assert given == [asked]


def test_output_that_nobody_reads_to_its_end_is_no_error() -> None:
    """As with `retail-marts check | head -1`."""
    sample = PROJECT / "data" / "sample" / "corner_shop" / "sales.csv"
    command = [sys.executable, "-m", "retail_marts.cli", "map", str(sample)]
    process = subprocess.Popen(
        [*command, "--name", "shop"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 128 + signal.SIGPIPE
