"""Write an entry into ``dbt_project.yml``, where everything else stays as it is."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from retail_marts.errors import InputError
from retail_marts.settings.reading import PACKAGE, project_content

_SETTING = "mapped_sources"


def write_entry(project: Path, *, name: str, text: str) -> Path:
    """Insert an entry below ``mapped_sources`` in a project's file.

    Parameters
    ----------
    project
        The project folder.
    name
        The name of the entry, which must not exist yet.
    text
        The entry as YAML, with its name in the first line.

    Returns
    -------
    pathlib.Path
        The file, which is never half-written.

    Raises
    ------
    InputError
        When the name exists, or the file is written in a way that cannot be edited.
    """
    path = project / "dbt_project.yml"
    before, content = project_content(project)
    if name in entries_of(content):
        raise InputError(
            f"mapped_sources.{name} already exists in {path}.",
            remedy="Choose another --name, or delete that entry first.",
        )
    newline = "\r\n" if "\r\n" in before else "\n"
    after = newline.join(_inserted(before.split(newline), text.splitlines()))
    _check(before=content, after=after, name=name, text=text, path=path)
    _replace(path, after)
    return path


def entries_of(content: Any) -> dict[str, Any]:
    """The entries under ``mapped_sources`` of a project file's content."""
    variables = content.get("vars") if isinstance(content, dict) else None
    variables = variables if isinstance(variables, dict) else {}
    own = variables.get(PACKAGE)
    found = {**variables, **(own if isinstance(own, dict) else {})}.get(_SETTING)
    return found if isinstance(found, dict) else {}


def _inserted(lines: Sequence[str], entry: Sequence[str]) -> list[str]:
    """The lines of the file with those of the entry."""
    place = _line_of(lines, _SETTING)
    if place is not None:
        indent = _indent(lines[place]) + 2
        head, mark, rest = lines[place].partition(":")
        value, _, comment = rest.partition("#")
        shown = f"  # {comment.strip()}" if comment else ""
        if value.strip() not in ("", "{}", "null", "~"):
            return list(lines)
        below = _first_below(lines, place)
        if below is not None:
            indent = _indent(lines[below])
        new = [f"{head}{mark}{shown}", *_shifted(entry, indent)]
        more = [""] if below is not None else []
        return [*lines[:place], *new, *more, *lines[place + 1 :]]
    variables = _line_of(lines, "vars")
    if variables is None:
        end = len(lines) - (lines[-1] == "")
        return [*lines[:end], "", "vars:", f"  {_SETTING}:", *_shifted(entry, 4), ""]
    below = _first_below(lines, variables)
    indent = 2 if below is None else _indent(lines[below])
    new = [f"{' ' * indent}{_SETTING}:", *_shifted(entry, indent + 2), ""]
    head = re.sub(r":\s*\{\s*\}", ":", lines[variables])
    return [*lines[:variables], head, *new, *lines[variables + 1 :]]


def _line_of(lines: Sequence[str], key: str) -> int | None:
    """The line of a key; that below our package's name is as good as any."""
    pattern = re.compile(rf"\s*{key}\s*:(\s|$)")
    is_top = key == "vars"
    return next(
        (
            place
            for place, line in enumerate(lines)
            if pattern.match(line) and not (is_top and _indent(line))
        ),
        None,
    )


def _first_below(lines: Sequence[str], place: int) -> int | None:
    """The first line with a setting that is deeper than a line, directly below it."""
    for number in range(place + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        return number if _indent(line) > _indent(lines[place]) else None
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(entry: Sequence[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" if line else "" for line in entry]


def _check(*, before: Any, after: str, name: str, text: str, path: Path) -> None:
    """Refuse an edit that does anything but add the entry."""
    added = yaml.safe_load(text)
    try:
        found = yaml.safe_load(after)
    except yaml.YAMLError:
        found = None
    wanted = {**entries_of(before), **added}
    if found is not None and entries_of(found) == wanted:
        entries = entries_of(found)
        del entries[name]
        if _without_entries(found) == _without_entries(before):
            return
    raise InputError(
        f"{path} has mapped_sources in a form that cannot be edited here.",
        remedy="Run the command without --write, and put what it prints below "
        "mapped_sources yourself.",
    )


def _without_entries(content: Any) -> Any:
    """A file's content without its entries, to see that nothing else changed."""
    copy = yaml.safe_load(yaml.safe_dump(content)) or {}
    variables = copy.get("vars") or {}
    for section in (variables, variables.get(PACKAGE)):
        if isinstance(section, dict) and section.get(_SETTING, None) is not None:
            section.pop(_SETTING)
        elif isinstance(section, dict):
            section.pop(_SETTING, None)
    return {**copy, "vars": variables}


def _replace(path: Path, text: str) -> None:
    target = path.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(text.encode("utf-8"))
        unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
