"""Where settings come from, and the one check of all of them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from retail_marts.errors import InputError
from retail_marts.settings.errors import Fault, error_of, faults_of, nearest
from retail_marts.settings.kinds import shown
from retail_marts.settings.tree import Settings

#: The name of our dbt package: settings below it in ``vars`` apply only to us.
PACKAGE = "retail_marts"

#: How similar an unknown name under ``vars`` must be to a setting, from 0 to 1, to be
#: refused as a misspelling. Other names may belong to the user's own models.
_LIKENESS = 0.8

#: With less, DuckDB itself does not start, or ends in the middle of a build.
_LEAST_MEMORY = 1e8
_MOST_MEMORY = 1e18
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}

#: A message lists at most this many businesses.
_LISTED_BUSINESSES = 20


def project_settings(
    project: Path,
    *,
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Read and check the settings of a project.

    Parameters
    ----------
    project
        The folder of the root project's ``dbt_project.yml``.
    command_line
        The ``--vars`` of the dbt command.
    environment
        ``RETAIL_MARTS_RAW_DATA_DIR`` overrides the file; ``--vars`` overrides both.

    Raises
    ------
    InputError
        Naming every setting that is wrong.
    """
    given = {**written(_project_file(project)), **(command_line or {})}
    folder = environment.get("RETAIL_MARTS_RAW_DATA_DIR")
    if folder and "raw_data_dir" not in (command_line or {}):
        given["raw_data_dir"] = folder
    return read_settings(given)


def written(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The settings under ``vars``. As in dbt, those below the package name win."""
    own = variables.get(PACKAGE)
    general = {name: one for name, one in variables.items() if name != PACKAGE}
    return {**general, **(own if isinstance(own, Mapping) else {})}


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Check settings as they are written under ``vars``.

    Raises
    ------
    InputError
        Naming every setting that is wrong.
    """
    faults = _misspelt(given)
    try:
        settings = Settings.model_validate(
            {name: one for name, one in given.items() if name in Settings.model_fields}
        )
    except ValidationError as error:
        raise error_of([*faults, *faults_of(error, Settings)]) from None
    faults += _contradictions(settings)
    if not has_businesses_in_files(settings):
        faults += unknown_businesses(settings, known_businesses(settings))
    if faults:
        raise error_of(faults)
    return settings


def _misspelt(given: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name in map(str, given):
        if name in Settings.model_fields:
            continue
        close = nearest(name, Settings.model_fields, likeness=_LIKENESS)
        if close:
            faults.append(
                Fault(
                    f"there is no setting {name} (under `vars`).",
                    f"Write {close}, or rename it where it is your own variable.",
                )
            )
    return faults


def _contradictions(settings: Settings) -> list[Fault]:
    """Faults that show only when several settings are compared."""
    shipped = [*settings.businesses, *settings.populations]
    unknown = [name for name in settings.sources if name not in shipped]
    faults = [
        Fault(
            f"sources names {shown(name)}, which is not a shipped source.",
            f"Write some of: {', '.join(shipped)}. Your own files go under "
            "mapped_sources.",
        )
        for name in unknown
    ]
    for setting, names, taken in (
        ("mapped_sources", settings.mapped_sources, shipped),
        ("mapped_populations", settings.mapped_populations, settings.populations),
    ):
        faults += [
            Fault(
                f"{setting}.{name} takes the name of a shipped source.",
                f"Choose another name than {', '.join(taken)}.",
            )
            for name in names
            if name in taken
        ]
    return faults + _unknown_attributes(settings)


def _unknown_attributes(settings: Settings) -> list[Fault]:
    """Faults for attributes that no file has, which would have no effect."""
    known = {
        name
        for entry in settings.mapped_sources.values()
        for name in entry.attribute_names
    }
    segments = settings.segment_settings
    faults = []
    for setting, names in (
        ("spend_model_settings.attributes", settings.spend_model_settings.attributes),
        ("segment_settings.attributes", segments.attributes),
        *(
            (f"segment_settings.businesses.{business}.attributes", own.attributes)
            for business, own in segments.businesses.items()
        ),
    ):
        for name in names:
            if name in known:
                continue
            close = nearest(name, known)
            hint = f"Did you mean {close}? " if close else ""
            faults.append(
                Fault(
                    f"{setting} names {shown(name)}, which is not an attribute of any "
                    "mapped file.",
                    f"{hint}Use one of: {', '.join(sorted(known))}."
                    if known
                    else "Name it under `attributes` of an entry of mapped_sources.",
                )
            )
    return faults


def known_businesses(settings: Settings) -> list[str]:
    """Businesses that the settings name, including shipped ones that are not read."""
    return [
        *settings.businesses,
        *(
            source.name
            for source in settings.mapped()
            if "business_id" not in source.files["sales_lines"].columns
        ),
    ]


def has_businesses_in_files(settings: Settings) -> bool:
    """Whether a column of a file, not the settings, names businesses."""
    return any(source.has_business_column for source in settings.mapped())


def unknown_businesses(settings: Settings, known: Collection[str]) -> list[Fault]:
    """Faults for settings of unknown businesses, which would have no effect."""
    listed = sorted(known)[:_LISTED_BUSINESSES]
    more = len(known) - len(listed)
    among = ", ".join(listed) + (f" and {more} more" if more else "")
    faults = []
    for setting, name in _settings_by_business(settings):
        if name in known:
            continue
        close = nearest(name, known)
        hint = f"Did you mean {close}? " if close else ""
        faults.append(
            Fault(
                f"{setting} names {shown(name)}, which is not a business.",
                f"{hint}Use one of: {among}."
                if listed
                else "Delete it: no business is set up yet.",
            )
        )
    return faults


def _settings_by_business(settings: Settings) -> Iterator[tuple[str, str]]:
    for setting, named in (
        ("as_of_dates", settings.as_of_dates),
        ("forecast_business_levels", settings.forecast_business_levels),
        ("forecast_grains", settings.forecast_grains),
        ("forecast_arima_orders", settings.forecast_arima_orders),
        ("forecast_models_in_full", settings.forecast_models_in_full),
        ("basket_excluded_products", settings.basket_excluded_products),
        ("basket_settings.businesses", settings.basket_settings.businesses),
        ("spend_models_tuned_in_full", settings.spend_models_tuned_in_full),
        ("segment_settings.businesses", settings.segment_settings.businesses),
    ):
        for name in named:
            yield setting, name


def project_content(project: Path) -> tuple[str, Any]:
    """The text of a project's ``dbt_project.yml``, and what it says.

    Raises
    ------
    InputError
        When the file does not exist or is not valid YAML.
    """
    path = project / "dbt_project.yml"
    try:
        text = path.read_bytes().decode("utf-8")
        return text, yaml.safe_load(text)
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist.",
            remedy="Run retail-marts in the project folder, or name that folder with "
            "--project.",
        ) from None
    except (UnicodeError, yaml.YAMLError) as error:
        raise InputError(
            f"{path} is not valid YAML: {error}",
            remedy="Correct it there; `dbt parse` shows whether it can be read.",
        ) from None


def _project_file(project: Path) -> Mapping[str, Any]:
    """The content of ``vars`` in a project's file."""
    path = project / "dbt_project.yml"
    _, content = project_content(project)
    variables = (content.get("vars") or {}) if isinstance(content, dict) else None
    if not isinstance(variables, dict):
        raise InputError(
            f"{path} has no mapping under `vars`.",
            remedy="Write each setting as `name: value` below `vars:`.",
        )
    return variables


def memory_limit(environment: Mapping[str, str] = os.environ) -> str | None:
    """The memory limit in ``RETAIL_MARTS_MEMORY_LIMIT``, or None if it is not set.

    Raises
    ------
    InputError
        When it is not a size.
    """
    limit = environment.get("RETAIL_MARTS_MEMORY_LIMIT", "").strip()
    if not limit:
        return None
    found = re.fullmatch(r"(\d{1,9}(?:\.\d+)?) ?(%|[KMGT]i?B)", limit, re.IGNORECASE)
    if not found:
        raise InputError(
            f"RETAIL_MARTS_MEMORY_LIMIT is {shown(limit)}, which is not a size.",
            remedy="Set it to a number with a unit, such as 4GB or 60%, or unset it.",
        )
    number, unit = float(found[1]), found[2]
    if unit == "%":
        is_usable = 0 < number <= 100
    else:
        is_usable = _LEAST_MEMORY <= number * _UNITS[unit[0].upper()] < _MOST_MEMORY
    if not is_usable:
        raise InputError(
            f"RETAIL_MARTS_MEMORY_LIMIT is {shown(limit)}, which is too little or too "
            "much.",
            remedy="Set it to a size from 100MB to the memory of this machine, or to a "
            "share of that up to 100%, or unset it.",
        )
    return limit
