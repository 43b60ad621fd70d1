"""The environment of the peers: creates it and lists its packages.

    python -m benchmarks.peers      # creates benchmarks/.peers from peers.txt

A peer that cannot be installed is left out. Its reason is kept, and the benchmarks show
it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.markdown import without_places

REQUIREMENTS = Path(__file__).with_name("peers.txt")
FOLDER = Path(__file__).with_name(".peers")
MISSING = "missing.json"

_VERSIONS = """
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
found = {"Python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def names() -> list[str]:
    """The names of the peers in the package index."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def default_python() -> str | None:
    """The Python of the peers: from the variable, or the one created here."""
    made = FOLDER / "bin" / "python"
    return os.environ.get("RETAIL_MARTS_PEER_PYTHON") or (
        str(made) if made.exists() else None
    )


def versions(python: str | None, packages: Sequence[str]) -> dict[str, str]:
    """Versions of a Python and its packages; empty without a Python."""
    if python is None:
        return {}
    asked = subprocess.run(
        [python, "-c", _VERSIONS, *packages], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def reasons(python: str | None) -> dict[str, str]:
    """The reasons for missing peers in the environment created here."""
    if python is None:
        why = "the peers have no environment; `make benchmark` makes it"
        return dict.fromkeys(names(), why)
    noted = Path(python).parents[1] / MISSING
    found: dict[str, str] = json.loads(noted.read_text()) if noted.exists() else {}
    return found


def last_words(finished: subprocess.CompletedProcess[str]) -> str:
    """The line of output that explains why the process of a peer failed."""
    lines = finished.stderr.strip().splitlines()
    return lines[-1] if lines else f"ended with {finished.returncode}"


def install(folder: Path = FOLDER, packages: Sequence[str] | None = None) -> list[str]:
    """Create the environment, and return the peers that cannot be installed.

    Raises
    ------
    subprocess.CalledProcessError
        When the environment itself cannot be created.
    """
    packages = packages or names()
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(folder / "bin" / "python")
    subprocess.run(
        [uv, "venv", "--clear", "--quiet", "--python", sys.executable, str(folder)],
        check=True,
    )

    def add(*wanted: str) -> str:
        """None, or the reason why it failed."""
        done = subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, *wanted],
            capture_output=True,
            text=True,
            check=False,
        )
        said = " ".join(done.stderr.split()) or "uv gives no reason"
        return without_places(said)[:300] if done.returncode else ""

    # First all together, so that versions fit; if that fails, one by one.
    failed = {}
    if add(*packages):
        failed = {name: why for name in packages if (why := add(name))}
    (folder / MISSING).write_text(json.dumps(failed))
    return [f"{name}: {why}" for name, why in failed.items()]


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    print(f"Making the peers' environment in {FOLDER.name}", file=sys.stderr)
    for line in install():
        print(f"Left out: {line}", file=sys.stderr)
