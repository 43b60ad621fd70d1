"""Signs of life of work that takes long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from types import TracebackType

#: Takes a line of text to where a person sees it.
Say = Callable[[str], None]

#: Seconds between two signs, and before the first: quick work says nothing.
EVERY_SECONDS = 5.0

#: Businesses that a line about what was left out names, and the most such lines.
_NAMED, _LINES = 3, 10

#: Takes a share of one thing that is done now. All shares of a thing add up to 1.
OnShare = Callable[[float], object]


def unwatched(_share: float) -> None:
    """Takes the shares of work that nobody watches."""


class Progress:
    """Says how far work is, every few seconds, from a thread of its own.

    Use it as a context manager around the work, and call :meth:`start` for each part.
    At the end of the work, it says what :meth:`leave_out` was told.

    Parameters
    ----------
    title
        What the work is, for example ``Forecasts``.
    say
        Where the lines go; none for silent work.
    """

    def __init__(
        self, title: str = "", say: Say | None = None, *, every: float = EVERY_SECONDS
    ) -> None:
        self._title = title
        self._say = say
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._lock = threading.Lock()
        self._part: tuple[str, int, float] = ("", 0, monotonic())
        self._is_whole = False
        self._done_elsewhere: Callable[[], float] | None = None
        self._done = 0.0
        self._where = ""
        self._left_out: dict[str, list[str]] = {}

    def __enter__(self) -> Progress:
        if self._say is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._say is not None and error is None:
            for text in self.left_out_lines():
                self._say(text)

    def start(self, things: str, count: int) -> None:
        """Begin a part of the work: ``count`` things, for example series."""
        with self._lock:
            if not self._is_whole:
                self._part = (things, count, monotonic())
                self._done = 0.0
                self._where = ""

    def start_whole(
        self, things: str, count: int, *, done: Callable[[], float] | None = None
    ) -> None:
        """Begin the whole work; what starts later is a part of it, in the same things.

        Parameters
        ----------
        done
            How many of the things are done, if others do them and do not tell.
        """
        self.start(things, count)
        self._is_whole = True
        self._done_elsewhere = done

    def step(self, done: float, where: str = "") -> None:
        """So many more of the part's things are done; ``where`` is a business."""
        with self._lock:
            self._done += done
            self._where = where or self._where

    @contextmanager
    def thing(self, where: str, size: float = 1.0) -> Iterator[OnShare]:
        """Work on one of the part's things: its shares, and at its end the rest of it.

        Parameters
        ----------
        where
            The business that the thing belongs to.
        size
            How many of the things it stands for, for example a business's customers.
        """
        done = 0.0

        def on_share(share: float) -> None:
            nonlocal done
            share = min(share, 1.0 - done)
            done += share
            self.step(size * share)

        self.step(0.0, where)
        yield on_share
        on_share(1.0)

    def leave_out(self, where: str, reason: str) -> None:
        """Remember what was left out of a business, and why."""
        with self._lock:
            names = self._left_out.setdefault(reason, [])
            if where not in names:
                names.append(where)

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """What :meth:`leave_out` was told."""
        return [
            (where, reason)
            for reason, names in self._left_out.items()
            for where in names
        ]

    def left_out_lines(self) -> list[str]:
        """What was left out: a line per reason, with its businesses."""
        lines = [
            f"{self._title} of {_listed(names)}: {reason}"
            for reason, names in self._left_out.items()
        ]
        if len(lines) <= _LINES:
            return lines
        more = len(lines) - _LINES
        return [*lines[:_LINES], f"{self._title}: {more:,} more notes are in the marts"]

    def line(self) -> str:
        """How far the work is, in words."""
        with self._lock:
            things, count, begun = self._part
            done, where = self._done, self._where
        if self._done_elsewhere is not None:
            done = self._done_elsewhere()
        text = f"{self._title}: {min(int(done + 1e-6), count):,} of {count:,} {things}"
        if where:
            text += f" ({where})"
        if not 0 < done < count:
            return text
        seconds = (monotonic() - begun) * (count - done) / done
        return f"{text}, about {_duration(seconds)} left"

    def _tell(self) -> None:
        assert self._say is not None
        while not self._ended.wait(self._every):
            self._say(self.line())


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{text} and {more:,} more" if more > 0 else text


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def dbt_say(text: str) -> None:
    """Write a line to dbt's log, from a Python model too, whose output dbt swallows."""
    # Only inside of dbt, which has long been imported there.
    from dbt_common.events.base_types import EventLevel  # noqa: PLC0415
    from dbt_common.events.functions import fire_event  # noqa: PLC0415
    from dbt_common.events.types import Note  # noqa: PLC0415

    fire_event(Note(msg=text), level=EventLevel.INFO)
