"""A run of dbt in a fork says and returns what the real command does."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from conftest import Build, Dbt, make_dbt

#: Each with words of its output, and its exit code.
RUNS = [
    pytest.param(
        ("build", "--select", "rfm_segments"),
        ["OK loaded seed file seeds.rfm_segments", "Completed successfully"],
        0,
        id="success",
    ),
    pytest.param(
        ("test", "--select", "population_columns"),
        ["Failure in test unique_key_population_columns", "Completed with 1 error"],
        1,
        id="a test that fails",
    ),
    pytest.param(
        ("compile", "--inline", "{{ ref('nothing') }}"),
        ["depends on a node named 'nothing'", "Encountered an error"],
        2,
        id="a template that does not compile",
    ),
    pytest.param(
        ("show", "--inline", "select nothing"),
        ["Runtime Error", "Binder Error"],
        2,
        id="a query that fails",
    ),
    pytest.param(
        ("run-operation", "sql_literal", "--args", "{nothing: 1}"),
        ["Compilation Error", "no keyword argument 'nothing'"],
        1,
        id="a macro that fails",
    ),
    pytest.param(
        ("compile", "--inline", "select 1", "--log-path", "/dev/null/logs"),
        [],
        2,
        id="an exception before dbt can print it",
    ),
    pytest.param(
        ("run", "--nonsense"), ["Usage: dbt run", "--nonsense"], 2, id="wrong arguments"
    ),
]


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    dbt = make_dbt(tmp_path_factory.mktemp("dbt"))
    build = dbt("seed")
    assert build.returncode == 0, build.output
    with duckdb.connect(str(build.warehouse)) as connection:
        connection.execute(
            "insert into seeds.population_columns from seeds.population_columns"
        )
    return dbt


@pytest.mark.parametrize(("arguments", "words", "code"), RUNS)
def test_a_fork_says_what_the_command_says(
    arguments: tuple[str, ...], words: list[str], code: int, dbt: Dbt
) -> None:
    command = dbt(*arguments, as_command=True)
    fork = dbt(*arguments)
    assert command.returncode == fork.returncode == code, command.output + fork.output
    assert said(fork) == said(command)
    for told in words:
        assert told in fork.output


def said(build: Build) -> list[str]:
    """The lines of a run without its times, in any order: dbt has two threads."""
    without_times = re.sub(r"\d\d:\d\d:\d\d|\d+\.\d+ ?s\w*", "", build.output)
    return sorted(
        line.rstrip()
        for line in without_times.splitlines()
        # The command has no parse yet; the forks have that of their server.
        if "Starting full parse" not in line
    )


def test_a_fork_has_the_environment_and_the_folder_of_its_run(
    dbt: Dbt, tmp_path: Path
) -> None:
    template = "{{ env_var('OF_THIS_RUN', 'none') }}"
    given = dbt(
        "compile", "--quiet", "--inline", template, environment={"OF_THIS_RUN": "given"}
    )
    assert given.output.strip().endswith("given")
    assert dbt("compile", "--quiet", "--inline", template).output.strip() == "none"
    # dbt looks for a profile in the folder, and then in the home folder.
    elsewhere = dbt("compile", cwd=tmp_path, environment={"HOME": str(tmp_path)})
    assert elsewhere.returncode == 2
    assert f"{tmp_path}/.dbt' does not exist" in elsewhere.output
