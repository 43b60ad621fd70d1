"""Settings for tests, checked as part of the whole tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retail_marts.settings import read_settings
from retail_marts.settings.mapped import MappedSource

#: A file with a column of businesses, so that any business may have settings.
_ANY_BUSINESS = {
    "path": "lines.csv",
    "columns": {"business_id": "shop", "order_date": "day", "sales_amount": "total"},
}


def settings_part(
    name: str, values: Any = None, *, businesses: Iterable[str] | None = None
) -> Any:
    """The typed part of a name under ``vars``, for these businesses or for any."""
    around: dict[str, Any] = (
        {"mapped_sources": {"any": _ANY_BUSINESS}}
        if businesses is None
        else {"businesses": dict.fromkeys(businesses), "sources": ["scf"]}
    )
    return getattr(read_settings({**around, name: values}), name)


def mapped_sources(entries: Any) -> list[MappedSource]:
    return read_settings({"mapped_sources": entries}).mapped()


def mapped_populations(entries: Any) -> list[MappedSource]:
    return read_settings({"mapped_populations": entries}).mapped_population_sources()
