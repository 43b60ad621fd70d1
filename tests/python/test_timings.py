"""`retail-marts status --timings`: when the nodes of the last command ran."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from retail_marts import cli, timings
from retail_marts.errors import InputError
from retail_marts.timings import timing_lines

NOON = datetime(2024, 1, 2, 12, tzinfo=UTC)


def ran(unique_id: str, start: float, end: float) -> dict[str, Any]:
    def at(seconds: float) -> str:
        text = (NOON + timedelta(seconds=seconds)).isoformat()
        return text.replace("+00:00", "Z")

    execute = {"name": "execute", "started_at": at(start), "completed_at": at(end)}
    compiled = {"name": "compile", "started_at": at(0), "completed_at": at(start)}
    return {"unique_id": unique_id, "timing": [compiled, execute]}


def written(folder: Path, *results: dict[str, Any], seconds: float = 12.0) -> Path:
    path = folder / "run_results.json"
    run = {"args": {"which": "build"}, "elapsed_time": seconds, "results": results}
    path.write_text(json.dumps(run))
    return path


def test_nodes_are_in_the_order_of_their_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        tmp_path,
        ran("model.retail_marts.fct_b", 5, 10),
        ran("model.retail_marts.fct_a", 0, 10),
        ran("test.retail_marts.unique_a.1234", 9, 10),
        {"unique_id": "model.retail_marts.skipped", "timing": []},
    )
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    assert cli.main(["status", "--timings"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "The last `dbt build` took 12.0 s: 2.0 s before and after its nodes, 10.0 s "
        "for 3 nodes, of which 1.6 ran at a time.",
        " start s   end s  seconds  node           timeline",
        f"     0.0    10.0     10.0  fct_a          {'#' * 40}",
        f"     5.0    10.0      5.0  fct_b          {' ' * 20}{'#' * 20}",
        f"     9.0    10.0      1.0  test unique_a  {' ' * 36}{'#' * 4}",
    ]


def test_the_slowest_are_shown_and_the_others_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timings, "_SHOWN", 1)
    nodes = [ran(f"model.retail_marts.m{n}", n, 2 * n + 0.5) for n in range(4)]
    *_, slowest, others = timing_lines(written(tmp_path, *nodes))
    assert " m3 " in slowest
    assert others == "3 other nodes: 4.5 s"


def test_nodes_without_any_duration_are_shown_too(tmp_path: Path) -> None:
    [_, _, line] = timing_lines(written(tmp_path, ran("model.p.one", 3, 3)))
    assert line.endswith("one  #")


def test_a_command_without_nodes_says_so(tmp_path: Path) -> None:
    assert [*timing_lines(written(tmp_path))] == ["The last `dbt build` ran no node."]


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"results": [{}]}'])
def test_without_times_the_remedy_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "run_results.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"has no times(.|\n)*dbt build"):
        [*timing_lines(path)]
