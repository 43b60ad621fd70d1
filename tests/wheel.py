"""Build the wheel as a release does, install it in an empty environment, and use it.

`make test-wheel` calls it: sdist, wheel from the sdist, contents, then `init --from`,
`check`, `build` and `status` as a new user calls them. It needs a package index.

    python -m tests.wheel [PYTHON ...]     # default: the Python that runs this
    python -m tests.wheel --keep dist      # keeps sdist and wheel, for `make release`
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import yaml
from conftest import QUICK

from retail_marts import __version__

PROJECT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
SALES = PROJECT / "data" / "sample" / "corner_shop" / "sales.csv"
#: Files that the wheel must have, from each folder of the dbt project.
_NEEDED = (
    "dbt_project.yml",
    "profiles/profiles.yml",
    "models/marts/core/dim_customers.sql",
    "models/staging/kalbe/_kalbe__sources.yml",
    "python_models/basket/py_basket_rules.py",
    "macros/dbt/setting.sql",
    "seeds/rfm_segments.csv",
    "analyses/answer_headlines.sql",
    "tests/generic/unique_key.sql",
    "tests/core/assert_no_row_is_lost.sql",
    "docs/marts.md",
    "docs/dbt_project.schema.json",
)
#: Hosts of package indexes, and paths of the machine that built the wheel.
_PRIVATE = re.compile(rb"--(extra-)?index-url|/simple/?\s|" + re.escape(bytes(PROJECT)))


def main() -> None:
    """Test the wheel with each Python of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pythons", nargs="*", default=[sys.executable])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="retail-marts-wheel-") as made:
        folder = Path(made)
        sdist, wheel = _built(folder)
        _check_contents(sdist, wheel)
        for number, python in enumerate(options.pythons):
            _use(wheel, python=python, folder=folder / str(number))
        if options.keep is not None:
            shutil.copytree(wheel.parent, options.keep, dirs_exist_ok=True)


def _built(folder: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it alone."""
    code = "from setuptools.build_meta import build_{0} as b; print(b({1!r}))"
    made = folder / "made"
    copy = copied(folder / "copy")
    _run(sys.executable, "-c", code.format("sdist", str(made)), cwd=copy)
    (sdist,) = made.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    _run(sys.executable, "-c", code.format("wheel", str(made)), cwd=unpacked)
    (wheel,) = made.glob("*.whl")
    return sdist, wheel


def copied(copy: Path) -> Path:
    """Copy the files that git knows, so that nothing else can get into a package."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout
    for name in listed.decode().split("\0"):
        if name and (PROJECT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((PROJECT / name).read_bytes())
    return copy


def _check_contents(sdist: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(sdist) as packed:
        in_sdist = {
            member.name: file.read()
            for member in packed
            if (file := packed.extractfile(member)) is not None
        }
    missing = {f"retail_marts/dbt_package/{name}" for name in _NEEDED} - {*in_wheel}
    assert not missing, f"the wheel lacks {sorted(missing)}"
    for path, content in ((sdist, in_sdist), (wheel, in_wheel)):
        assert path.name.startswith(f"retail_marts-{__version__}"), path.name
        data = [name for name in content if _is_data(name)]
        assert not data, f"{path.name} has data: {data}"
        private = [name for name, text in content.items() if _PRIVATE.search(text)]
        assert not private, f"{path.name} has paths or index addresses: {private}"
        print(f"{path.name}: {len(content)} files, {path.stat().st_size / 1e6:.1f} MB")


def _is_data(name: str) -> bool:
    """Whether a file is of rows; those in seeds/ are written by hand."""
    path = PurePosixPath(name)
    is_table = path.suffix in (".csv", ".xlsx", ".parquet", ".duckdb", ".hyper")
    return "data" in path.parts or (is_table and path.parent.name != "seeds")


def _use(wheel: Path, *, python: str, folder: Path) -> None:
    """Install the wheel in an empty environment, and use it as a new user does."""
    environment = folder / "environment"
    _run(python, "-m", "venv", str(environment), cwd=folder.parent)
    binaries = environment / "bin"
    # pip resolves the same packages, and needs minutes for it.
    install = (
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--python",
        str(binaries / "python"),
    )
    _run(*install, str(wheel), cwd=folder)
    command = str(binaries / "retail-marts")
    _run(command, "init", "my_shop", "--from", str(SALES), cwd=folder)
    project = folder / "my_shop"
    _make_quick(project / "dbt_project.yml")
    _run(command, "check", "--rows", cwd=project)
    built = _run(command, "build", cwd=project)
    assert "Tableau extracts are left out" in built, built
    published = project / "published" / "current"
    assert (published / "report" / "index.html").is_file()
    assert not (published / "tableau").exists()
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["row_counts"]["core.fct_orders"] > 0
    _run(command, "status", cwd=project)
    # dbt's own commands work there, too.
    _run(str(binaries / "dbt"), "ls", "--select", "dim_customers", cwd=project)
    print(f"{python}: installed, built and published")


def _make_quick(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["vars"] |= QUICK
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _run(*command: str, cwd: Path) -> str:
    """Run a command without our environment's variables; gives what it printed."""
    cwd.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "RETAIL_MARTS_", "PYTHONPATH", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
