"""Packages that only some tasks need. Extras of the wheel install them."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from retail_marts.errors import InputError

#: Package to the extra that installs it.
_EXTRAS = {"pantab": "tableau", "python_calamine": "excel"}


def is_installed(package: str) -> bool:
    """Whether an optional package can be imported."""
    return find_spec(package) is not None


def install_command(package: str) -> str:
    """The command that installs an optional package."""
    return f"pip install 'retail-marts[{_EXTRAS[package]}]'"


def imported(package: str, *, purpose: str) -> Any:
    """Import an optional package.

    Parameters
    ----------
    package
        The name that Python imports.
    purpose
        What needs it, as the start of a sentence.

    Raises
    ------
    InputError
        When it is not installed, with the command that installs it.
    """
    if not is_installed(package):
        raise InputError(
            f"{purpose} needs the package {package}, which is not installed.",
            remedy=f"Run {install_command(package)}",
        )
    return importlib.import_module(package)
