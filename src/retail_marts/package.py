"""The dbt project that belongs to this library, and the library's own code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def package_folder() -> Path:
    """The folder of the dbt project: in the wheel, or the clone of an editable install.

    setup.py puts it into the wheel, beside the library.
    """
    carried = _HERE / "dbt_package"
    return carried if carried.is_dir() else _HERE.parents[1]


@cache
def package_code() -> str:
    """A hash of the library's code."""
    code = hashlib.sha256()
    for path in sorted(_HERE.rglob("*.py")):
        code.update(f"{path.relative_to(_HERE)}\0".encode())
        code.update(path.read_bytes() + b"\0")
    return code.hexdigest()
