"""The examples of docs/running-daily.md are those of files that tools accept."""

from __future__ import annotations

import configparser
import re

import pytest
import yaml
from conftest import PROJECT
from yamllint import linter
from yamllint.config import YamlLintConfig

from retail_marts import cli, signals
from retail_marts.private_files import KEY_FILE

PAGE = (PROJECT / "docs" / "running-daily.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_workflow_is_clean_yaml_with_a_job() -> None:
    (workflow,) = _blocks("yaml")
    config = YamlLintConfig((PROJECT / ".yamllint").read_text(encoding="utf-8"))
    assert [*linter.run(workflow, config)] == []
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    assert "retail-marts build" in [step.get("run") for step in job["steps"]]


def test_the_units_have_the_sections_of_systemd() -> None:
    service, timer = (configparser.ConfigParser(), configparser.ConfigParser())
    for unit, text in zip((service, timer), _blocks("ini"), strict=True):
        unit.read_string(text)
    assert service["Service"]["ExecStart"].endswith(" build")
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_cron_line_has_five_fields_and_a_command() -> None:
    (block,) = _blocks("cron")
    (line,) = (line for line in block.splitlines() if "retail-marts" in line)
    assert re.match(r"([\d*]+ ){5}cd ", line)


@pytest.mark.parametrize("command", sorted({*re.findall(r"retail-marts (\w+)", PAGE)}))
def test_every_command_of_the_page_exists(command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0


def test_the_page_names_the_key_and_every_exit_code() -> None:
    assert f"warehouse/{KEY_FILE}" in PAGE
    codes = {0, 1, 2, cli._LOOK, *map(signals.exit_status, (2, 15))}
    listed = re.findall(r"^\| ([\d, ]+) \|", PAGE, re.M)
    assert {int(code) for row in listed for code in row.split(",")} == codes
