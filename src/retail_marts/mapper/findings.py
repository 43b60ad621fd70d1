"""What was found about a file, as lines of an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A setting with its evidence; one that is off is written as a comment."""

    setting: str
    value: Any
    why: str = ""
    is_on: bool = True


@dataclass(frozen=True)
class Choice:
    """A question that the file does not answer: several values for some settings."""

    setting: str
    why: str
    values: tuple[tuple[dict[str, Any], str], ...]

    @property
    def question(self) -> str:
        return f"{self.setting}: {self.why}"


#: Asks the user a question with numbered answers; None when there is no answer.
Ask = Callable[[str, Sequence[str]], int | None]


def counted(number: int, thing: str, plural: str = "") -> str:
    """A number of things, such as ``1 row`` and ``2,000 rows``."""
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"
