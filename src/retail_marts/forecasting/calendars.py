"""What the calendar says of a day: weekday, season, holiday."""

from __future__ import annotations

from functools import lru_cache

import holidays
import numpy as np
from numpy.typing import NDArray

from retail_marts.errors import InputError

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.datetime64]

#: Mean length of a year, in days.
YEAR_DAYS = 365.25


def weekdays(days: DayArray) -> NDArray[np.int64]:
    """Weekday of each day, 0 for Monday."""
    # 1970-01-01 was a Thursday.
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def month_numbers(days: DayArray) -> NDArray[np.int64]:
    """Month of each day, 0 for January."""
    return days.astype("datetime64[M]").astype(np.int64) % 12


def fourier_terms(days: DayArray, *, pairs: int) -> FloatArray:
    """Sines and cosines of the year, shape (days, 2 x pairs), slowest first."""
    angle = 2 * np.pi * days.astype("datetime64[D]").astype(np.float64) / YEAR_DAYS
    waves = [wave(k * angle) for k in range(1, pairs + 1) for wave in (np.sin, np.cos)]
    return np.stack(waves, axis=1) if waves else np.empty((len(days), 0))


def is_holiday(days: DayArray, country: str | None) -> NDArray[np.bool_]:
    """Whether each day is a public holiday of a country; none is without a country.

    Raises
    ------
    InputError
        When the country is not an ISO code that the ``holidays`` package knows.
    """
    if country is None:
        return np.zeros(len(days), dtype=bool)
    return np.isin(days.astype("datetime64[D]"), _holidays_of(days, country)[0])


def holiday_names(days: DayArray, country: str | None) -> NDArray[np.object_]:
    """Name of the public holiday that each day is, none for other days.

    Raises
    ------
    InputError
        As :func:`is_holiday`.
    """
    names = np.full(len(days), None, dtype=object)
    if country is None or not len(days):
        return names
    known = dict(zip(*_holidays_of(days, country), strict=True))
    for place, day in enumerate(days.astype("datetime64[D]")):
        names[place] = known.get(day)
    return names


def _holidays_of(days: DayArray, country: str) -> tuple[DayArray, tuple[str, ...]]:
    years = days[[0, -1]].astype("datetime64[Y]").astype(np.int64) + 1970
    return _holidays(country, int(years[0]), int(years[1]))


@lru_cache(maxsize=64)
def _holidays(
    country: str, first_year: int, last_year: int
) -> tuple[DayArray, tuple[str, ...]]:
    try:
        found = holidays.country_holidays(
            country, years=range(first_year, last_year + 1), language="en_US"
        )
    except NotImplementedError:
        raise InputError(
            f"forecasting: no holidays are known for the country {country!r}.",
            remedy="Give the business's country as an ISO 3166 code such as ID or US.",
        ) from None
    dates = sorted(found)
    return np.array(dates, dtype="datetime64[D]"), tuple(found[day] for day in dates)
