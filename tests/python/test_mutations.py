"""The table of mutations must match the formulas that it breaks."""

from __future__ import annotations

import re

import pytest
from conftest import PROJECT
from mutations import MUTATIONS, Mutation


def test_there_are_mutations_of_every_kind() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 10
    folders = {part for mutation in MUTATIONS for part in mutation.file.split("/")}
    assert {"forecasting", "basket", "customers", "prospecting", "macros"} <= folders


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutations_formula_occurs_once_in_its_file(mutation: Mutation) -> None:
    text = (PROJECT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.original) == 1
    assert mutation.mutant not in text


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutations_check_exists(mutation: Mutation) -> None:
    if mutation.is_sql:
        assert list((PROJECT / "models").rglob(f"{mutation.check}.sql"))
        return
    file, _, test = mutation.check.partition("::")
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {test or 'test_'}", text, re.M)
