"""Names of settings: a slip in one must not pass in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retail_marts.errors import InputError
from retail_marts.project_settings import SETTINGS, refuse_misspelt

PROJECT = Path(__file__).parents[2]


def test_every_setting_of_the_project_is_known() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert list(project["vars"]) == list(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_slip_in_a_setting_is_refused(name: str) -> None:
    for slip in (name[:-1], name.replace("_", "", 1), name.upper(), f"{name}s"):
        if slip not in SETTINGS:
            with pytest.raises(InputError, match=rf"no setting {slip} .*\n.*{name}"):
                refuse_misspelt([*SETTINGS, slip])


def test_variables_of_ones_own_are_let_through() -> None:
    refuse_misspelt([*SETTINGS, "acme_discount_codes", "store_opening_hours", 7])
