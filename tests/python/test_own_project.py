"""`retail-marts init` and `build`: a project of the user's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT

from retail_marts import building, cli, own_project, unchanged
from retail_marts.building import Progress, check_project, node_seconds
from retail_marts.errors import InputError
from retail_marts.own_project import LINK, link_package, make_project
from retail_marts.settings import project_settings

SALES = "receipt;date;customer;article;qty;total\n" + "".join(
    f"R{n};{n % 27 + 1:02}.03.2024;C{n % 9};A{n % 5};{n % 3 + 1};{n},50\n"
    for n in range(1, 60)
)


def test_init_makes_a_project_with_settings_and_seeds_alone(tmp_path: Path) -> None:
    folder = tmp_path / "my-shop"
    make_project(folder)
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == {
        ".gitignore",
        "README.md",
        "dbt_project.yml",
        "macros/generate_schema_name.sql",
        "packages.yml",
        "profiles.yml",
        "seeds/population_cluster_names.csv",
        "seeds/rfm_segments.csv",
        "seeds/segment_names.csv",
    }
    content = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    assert content["name"] == "my_shop"
    replaced = set(content["seeds"]["retail_marts"])
    assert replaced == {path.stem for path in (folder / "seeds").glob("*.csv")}
    assert project_settings(folder).sources == ()
    profile = yaml.safe_load((folder / "profiles.yml").read_text(encoding="utf-8"))
    assert {"dev", "spark"} <= set(profile["retail_marts"]["outputs"])
    assert (folder / LINK / "docs" / "dbt_project.schema.json").is_file()
    assert LINK in (folder / ".gitignore").read_text().replace("/", "")


def test_init_example_reads_the_sample_as_the_clone_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "example", "--example"]) == 0
    assert project_settings(Path("example")) == project_settings(PROJECT)
    assert Path("example/data/sample/kalbe").is_dir()


def test_init_from_files_writes_their_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sales.csv").write_text(SALES, encoding="utf-8")
    assert cli.main(["init", "corner", "--from", "sales.csv"]) == 0
    assert "retail-marts build" in capsys.readouterr().out
    assert project_settings(Path("corner")).mapped_sources["corner"].path == (
        "../sales.csv",
    )


@pytest.mark.parametrize("name", ["retail_marts", "2024", "Laden Süd"])
def test_init_refuses_a_name_that_dbt_cannot_use(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a project"):
        make_project(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_init_leaves_a_folder_with_content_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "notes.txt").touch()
    assert cli.main(["init", "shop"]) == 1
    assert "shop exists and is not an empty folder" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_files_that_cannot_be_mapped_leave_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "shop", "--from", "missing.csv"]) == 1
    assert not Path("shop").exists()


def test_the_link_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    make_project(folder)
    other = tmp_path / "new_environment"
    other.mkdir()
    monkeypatch.setattr(own_project, "package_folder", lambda: other)
    link_package(folder)
    assert (folder / LINK).readlink() == other
    # A project that names the package in another way gets no link.
    (folder / "packages.yml").write_text("packages:\n  - git: https://example.com/a\n")
    (folder / LINK).unlink()
    link_package(folder)
    assert not (folder / LINK).is_symlink()


def test_build_outside_a_project_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="retail-marts init"):
        check_project(tmp_path)


def test_build_publishes_what_the_profile_of_the_project_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    make_project(tmp_path / "shop", has_example=True)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    monkeypatch.delenv("RETAIL_MARTS_WAREHOUSE", raising=False)
    monkeypatch.setattr(
        building, "build_project", lambda project, **_: done.append(project)
    )
    monkeypatch.setattr(
        cli,
        "_publish_version",
        lambda options: done.append(cli._warehouse(options.project)),
    )
    monkeypatch.setattr(unchanged, "note_published", lambda *_, **__: None)
    assert cli.main(["build", "--project", str(tmp_path / "shop")]) == 0
    shop = tmp_path / "shop"
    assert done == [shop, shop / "warehouse" / "retail_marts.duckdb"]


def _line(number: int, text: str) -> str:
    return f"07:00:00  {number} of 4 {text}"


@pytest.mark.parametrize(
    ("seconds", "left"), [({}, "20 s"), ({"a": 10, "b": 10, "c": 340}, "6 min")]
)
def test_progress_says_how_long_the_build_still_takes(
    seconds: dict[str, float], left: str
) -> None:
    said: list[str] = []
    times = iter([0.0, 5.0, 20.0])
    progress = Progress(seconds, said.append, clock=lambda: next(times))
    progress.read("07:00:00  Found 4 models")
    progress.read("07:00:00  1 of 1 OK hook: shop.on-run-start.0 ... [OK in 0.01s]")
    progress.read(_line(1, "START sql view model core.a ......... [RUN]"))
    progress.read(_line(1, "OK created sql view model core.a .... [OK in 5.00s]"))
    progress.read(_line(2, "PASS b .............................. [PASS in 5.00s]"))
    assert said == [
        "07:00:00  Found 4 models",
        f"Built 2 of 4; about {left} left",
    ]


def test_progress_lets_failures_through() -> None:
    said: list[str] = []
    progress = Progress({}, said.append, clock=lambda: 0.0)
    failed = _line(1, "FAIL 3 unique_key_a ................. [FAIL 3 in 0.10s]")
    progress.read(failed)
    assert said == [failed]


def test_seconds_of_the_last_build_are_those_of_a_build(tmp_path: Path) -> None:
    path = tmp_path / "run_results.json"
    assert node_seconds(path) == {}
    result = {"unique_id": "model.retail_marts.dim_dates", "execution_time": 2.5}
    for which, expected in (("build", {"dim_dates": 2.5}), ("test", {})):
        path.write_text(json.dumps({"args": {"which": which}, "results": [result]}))
        assert node_seconds(path) == expected
