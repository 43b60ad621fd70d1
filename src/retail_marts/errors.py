"""The error for faults that a user can correct."""

from __future__ import annotations

from types import TracebackType


class InputError(Exception):
    """A fault in what the user gave: a file, a column, a setting.

    Parameters
    ----------
    problem
        What is wrong, naming the file or setting, the row and the column where known.
    remedy
        What the user can do about it.

    Notes
    -----
    dbt prints the whole stack of an error that is raised in a Python model. A user
    needs only the problem and the remedy, so this error shows no traceback.
    """

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(f"{problem}\n  Remedy: {remedy}")
        self.problem = problem
        self.remedy = remedy

    @property
    def __traceback__(self) -> TracebackType | None:
        return None

    @__traceback__.setter
    def __traceback__(self, value: TracebackType | None) -> None:
        """Drop the traceback that Python attaches while the error is raised."""
