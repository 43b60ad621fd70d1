"""Cards: one figure, action or alert, with what it is compared with and based on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["good", "bad", "neutral"]


@dataclass(frozen=True)
class Card:
    """One card of a block.

    Parameters
    ----------
    label
        What the value is.
    value
        The value as shown, with its unit.
    changes
        Comparisons, each with whether it is good or bad for the business.
    sentence
        What the card says in words. A reader of the screen hears it in place of the
        sparkline.
    points
        Earlier values and the present one, in order of time; None where there is none.
    items
        The first few things that the value counts.
    basis
        What the card is based on, and how sure it is.
    link
        Key of the page with the detail.
    link_text
        What that page shows.
    """

    label: str
    value: str
    changes: Sequence[tuple[str, Direction]] = ()
    sentence: str = ""
    points: Sequence[float | None] = ()
    items: Sequence[str] = ()
    basis: str = ""
    link: str = ""
    link_text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The card as the script of the page expects it, without what is empty."""
        card: dict[str, Any] = {"label": self.label, "value": self.value}
        parts: dict[str, Any] = {
            "changes": [list(change) for change in self.changes],
            "sentence": self.sentence,
            "points": [_finite(point) for point in self.points],
            "items": list(self.items),
            "basis": self.basis,
            "link": self.link,
            "link_text": self.link_text,
        }
        return card | {name: part for name, part in parts.items() if part}


def _finite(point: float | None) -> float | None:
    """A point as JSON can hold it: rounded to what a small line can show."""
    if point is None or not math.isfinite(point):
        return None
    return float(f"{point:.4g}")
