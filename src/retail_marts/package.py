"""Where the dbt project is that belongs to this library."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def package_folder() -> Path:
    """The folder of the dbt project: in the wheel, or the clone of an editable install.

    setup.py puts it into the wheel, beside the library.
    """
    carried = _HERE / "dbt_package"
    return carried if carried.is_dir() else _HERE.parents[1]
