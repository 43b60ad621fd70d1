"""Checks of settings: one error a fault, naming the setting as it stands in yml."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from retail_marts.errors import InputError

#: A message lists so many businesses at most.
_LISTED_BUSINESSES = 20


def mapping(setting: str, value: object) -> dict[str, Any]:
    """A copy of a mapping; none stands for an empty one.

    Parameters
    ----------
    setting
        The setting's full name, for example ``forecast_settings.models``.
    value
        What the user wrote.

    Raises
    ------
    InputError
        When it is no mapping.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong(setting, value, "a mapping from names to values, or {}")
    return {str(name): one for name, one in value.items()}


def known_settings(setting: str, value: object, known: Sequence[str]) -> dict[str, Any]:
    """A copy of a mapping that holds known names alone.

    Raises
    ------
    InputError
        When it is no mapping, or holds another name.
    """
    given = mapping(setting, value)
    for name in given:
        if name not in known:
            raise InputError(
                f"there is no setting {setting}.{name}.",
                remedy=f"Use one of: {', '.join(known)}.",
            )
    return given


def whole_number(setting: str, value: object, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``; true and false are none.

    Raises
    ------
    InputError
        When it is something else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise wrong(setting, value, f"a whole number from {low} to {high}")


def number(
    setting: str, value: Any, low: float, high: float, *, above: bool = False
) -> Any:
    """A number, of the type that it has, from ``low`` (or ``above`` it) to ``high``.

    Raises
    ------
    InputError
        When it is something else.
    """
    is_number = isinstance(value, int | float | Fraction) and not isinstance(
        value, bool
    )
    if is_number and (low < value <= high or (value == low and not above)):
        return value
    first = f"above {low} and up to" if above else f"from {low} to"
    raise wrong(setting, value, f"a number {first} {high}")


def choice(setting: str, value: object, known: Sequence[str]) -> str:
    """One of the known names.

    Raises
    ------
    InputError
        When it is another.
    """
    if isinstance(value, str) and value in known:
        return value
    raise wrong(setting, value, f"one of: {', '.join(known)}")


def choices(
    setting: str,
    value: object,
    known: Sequence[str],
    *,
    always: Sequence[str] = (),
    may_be_empty: bool = False,
) -> tuple[str, ...]:
    """Some of the known names, in the order in which they are known.

    Parameters
    ----------
    setting, value, known
        As above; a single text is a list of one.
    always
        Names that are among them whether written or not.
    may_be_empty
        Whether an empty list means none, or nothing was chosen.

    Raises
    ------
    InputError
        When it is no list, or holds another name.
    """
    wanted = [value] if isinstance(value, str) else value
    if not isinstance(wanted, list | tuple):
        raise wrong(setting, value, f"a list of some of: {', '.join(known)}")
    unknown = [str(one) for one in wanted if one not in known]
    if unknown or not (wanted or may_be_empty):
        raise InputError(
            f"{setting} names {', '.join(unknown) or 'nothing'}.",
            remedy=f"Choose from: {', '.join(known)}.",
        )
    return tuple(one for one in known if one in {*wanted, *always})


def known_businesses(
    setting: str, named: Iterable[object], businesses: Collection[str] | None
) -> None:
    """Refuse a setting of a business that does not exist: a misspelt one sets nothing.

    Parameters
    ----------
    setting
        The setting's full name.
    named
        The businesses that it names.
    businesses
        Businesses that may have settings; any when not given.

    Raises
    ------
    InputError
        When it names another.
    """
    if businesses is None:
        return
    for business_id in map(str, named):
        if business_id not in businesses:
            listed = sorted(businesses)[:_LISTED_BUSINESSES]
            more = len(businesses) - len(listed)
            among = ", ".join(listed) + (f" and {more} more" if more else "")
            raise InputError(
                f"{setting} names {business_id!r}, which is no business.",
                remedy=f"Use one of: {among}."
                if listed
                else "Take it out: there is no business yet.",
            )


def wrong(setting: str, value: object, wanted: str) -> InputError:
    """The error of a setting that holds what it may not."""
    return InputError(f"{setting} is {value!r}.", remedy=f"Set it to {wanted}.")
