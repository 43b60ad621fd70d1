"""Faults of settings as messages: path, value, nearest name, remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from retail_marts.errors import InputError
from retail_marts.settings.kinds import Section, shown

#: So many characters of one name of a path are shown at most.
_SHOWN_NAME = 60


class Fault(NamedTuple):
    """What is wrong with one setting, and what to do about it."""

    problem: str
    remedy: str


def error_of(faults: Sequence[Fault]) -> InputError:
    """One error that names every fault."""
    if len(faults) == 1:
        return InputError(faults[0].problem, remedy=faults[0].remedy)
    listed = "".join(
        f"\n  {number}. {fault.problem}\n     Remedy: {fault.remedy}"
        for number, fault in enumerate(faults, start=1)
    )
    return InputError(
        f"{len(faults)} things are wrong.{listed}",
        remedy="Correct each of them. Nothing has been built.",
    )


def faults_of(error: ValidationError, tree: type[Section]) -> list[Fault]:
    """Every fault that pydantic found, in our words."""
    return [
        _fault(one, tree) for one in error.errors(include_url=False, include_input=True)
    ]


def _fault(error: Any, tree: type[Section]) -> Fault:
    place = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden":
        names = tuple(section_at(tree, place[:-1]).model_fields)
        close = nearest(place[-1], names)
        hint = f"Did you mean {close}? " if close else ""
        return Fault(
            f"there is no setting {path(place)} (its value is "
            f"{shown(error['input'])}).",
            f"{hint}Use one of: {', '.join(names)}.",
        )
    if place and place[-1] == "[key]":
        place = place[:-2]
    context = error.get("ctx", {})
    return Fault(
        f"{path(place)}{context.get('at', '')} {context.get('problem', error['msg'])}",
        context.get("remedy", "Correct it in dbt_project.yml."),
    )


def path(place: Iterable[str]) -> str:
    """The path of a setting as it is written in messages."""
    return ".".join(
        part if len(part) <= _SHOWN_NAME else f"{part[:_SHOWN_NAME]}..."
        for part in place
    )


def nearest(name: str, names: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known name that a misspelt one is most like; none when it is like none."""
    close = get_close_matches(name.lower(), list(names), n=1, cutoff=likeness)
    return close[0] if close else None


def section_at(tree: type[Section], place: Sequence[str]) -> type[Section]:
    """The section at a path; names of the user's own lead to what stands below them."""
    found: Any = tree
    for part in place:
        is_section = isinstance(found, type) and issubclass(found, Section)
        found = bare(
            found.model_fields[part].annotation if is_section else get_args(found)[1]
        )
    section: type[Section] = found
    return section


def bare(annotation: Any) -> Any:
    """A type without what was added to it, and without none."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    members = [one for one in get_args(annotation) if one is not type(None)]
    if type(None) in get_args(annotation):
        return bare(members[0])
    return annotation
