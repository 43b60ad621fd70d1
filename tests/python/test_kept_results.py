"""Python models keep the results of groups whose input did not change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest

from retail_marts.frames import kept, run_by_group
from retail_marts.frames.kept import INPUT_KEY, plain
from retail_marts.settings.basket import BasketSettings
from retail_marts.settings.tree import Settings

LINES = pd.DataFrame(
    {"business_id": ["o'neill", "shop", "shop"], "amount": [1.5, 2.0, 2.0]}
)
SCHEMA = {"business_id": "string", "amount": "float64"}
KINDS = {"sales": SCHEMA, "targets": SCHEMA}
THIS = SimpleNamespace(database="memory", schema="models", identifier="py_totals")


class Model:
    """A model that notes which businesses its function got."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.calls: list[list[str]] = []

    def totals(
        self, lines: pd.DataFrame, factor: float, targets: dict[str, float]
    ) -> SimpleNamespace:
        names = sorted(lines["business_id"].unique())
        self.calls.append(names)
        sums = lines.groupby("business_id")["amount"].sum() * factor
        wanted = pd.Series({name: targets.get(name, 0.0) for name in names})
        return SimpleNamespace(
            sales=sums.reset_index(),
            targets=wanted.rename("amount").rename_axis("business_id").reset_index(),
        )

    def build(
        self,
        lines: pd.DataFrame = LINES,
        factor: float = 1.0,
        targets: dict[str, float] | None = None,
        schemas: Any = KINDS,
        **settings: Any,
    ) -> list[list[str]]:
        """Build the model's table; gives the businesses of each call for it."""
        stated = Settings(**settings).model_dump_json()
        self.session.execute("create schema if not exists raw")
        self.session.execute("create or replace table raw.settings (stated varchar)")
        self.session.execute("insert into raw.settings values (?)", [stated])
        self.session.execute("create schema if not exists models")
        self.calls = []
        one_kind = schemas is SCHEMA
        result = run_by_group(
            self.session,
            (lambda **given: self.totals(**given).sales) if one_kind else self.totals,
            {"lines": self.session.from_df(lines)},
            by="business_id",
            schemas=schemas,
            kept_in=THIS,
            own={"targets": targets or {}},
            factor=factor,
        )
        self.session.register("result", result)
        self.session.execute("create or replace table models.py_new as from result")
        self.session.execute("drop table if exists models.py_totals")
        self.session.execute("alter table models.py_new rename to py_totals")
        return self.calls

    def rows(self, columns: str = f"* exclude {INPUT_KEY}") -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.session.execute(
            f"select {columns} from models.py_totals order by all"
        ).fetchall()
        return found


@pytest.fixture
def model() -> Iterator[Model]:
    with duckdb.connect() as session:
        yield Model(session)


EXPECTED = [
    ("sales", "o'neill", 1.5),
    ("sales", "shop", 4.0),
    ("targets", "o'neill", 0.0),
    ("targets", "shop", 0.0),
]


def test_nothing_is_computed_again_when_nothing_changed(model: Model) -> None:
    assert model.build() == [["o'neill", "shop"]]
    assert model.rows() == EXPECTED
    first = model.rows("*")
    assert model.build() == []
    assert model.rows("*") == first
    # Rows come in no order.
    assert model.build(LINES.iloc[[2, 0, 1]]) == []
    assert model.rows("*") == first


def test_a_model_with_one_frame_keeps_its_rows_too(model: Model) -> None:
    assert model.build(schemas=SCHEMA) == [["o'neill", "shop"]]
    changed = LINES.assign(amount=[9.0, 2.0, 2.0])
    assert model.build(changed, schemas=SCHEMA) == [["o'neill"]]
    assert model.rows() == [("o'neill", 9.0), ("shop", 4.0)]


@pytest.mark.parametrize(
    ("rows", "called", "expected"),
    [
        # Of two equal rows, one goes.
        ([("o'neill", 1.5), ("shop", 2.0)], ["shop"], [1.5, 2.0]),
        ([("o'neill", 1.5), ("shop", 2.0), ("shop", 2.5)], ["shop"], [1.5, 4.5]),
        ([("o'neill", 1.5), *[("shop", 2.0)] * 4], ["shop"], [1.5, 8.0]),
        ([("o'neill", None), *[("shop", 2.0)] * 2], ["o'neill"], [0.0, 4.0]),
        # A business more, and one that has gone.
        ([("new", 1.0), *[("shop", 2.0)] * 2], ["new"], [1.0, 4.0]),
    ],
)
def test_only_businesses_with_other_rows_are_computed(
    model: Model,
    rows: list[tuple[str, float]],
    called: list[str],
    expected: list[float],
) -> None:
    model.build()
    changed = pd.DataFrame(rows, columns=list(LINES)).astype({"amount": "float64"})
    assert model.build(changed) == [called]
    sales = [amount for kind, _, amount in model.rows() if kind == "sales"]
    assert sales == expected


def test_a_business_that_has_gone_leaves_no_row(model: Model) -> None:
    model.build()
    assert model.build(LINES.iloc[:1]) == []
    assert {business for _, business, _ in model.rows()} == {"o'neill"}
    # The function decides on what there is without any business.
    assert model.build(LINES.iloc[:0]) == [[]]
    assert model.rows() == []
    assert model.build() == [["o'neill", "shop"]]


def test_a_parameter_of_all_and_one_of_a_business(model: Model) -> None:
    model.build()
    assert model.build(factor=2.0) == [["o'neill", "shop"]]
    assert model.build(factor=2.0, targets={"shop": 5.0}) == [["shop"]]
    assert ("targets", "shop", 5.0) in model.rows()
    assert model.build(factor=2.0, targets={"shop": 5.0}) == []


def test_another_column_or_type_is_another_input(model: Model) -> None:
    model.build()
    assert model.build(LINES.assign(note="")) == [["o'neill", "shop"]]
    whole = LINES.assign(amount=[1, 2, 2])
    model.build(whole)
    assert model.build(whole.astype({"amount": "float64"})) == [["o'neill", "shop"]]


def test_other_code_or_packages_are_another_input(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.build()
    origin = kept._origin()
    assert len(origin["code"]) == 64
    assert {name for name, one in origin.items() if not one} <= {
        "jax",
        "jaxlib",
        "keras",
    }
    for part in origin:
        monkeypatch.setattr(kept, "_origin", lambda part=part: {**origin, part: "0"})
        assert model.build() == [["o'neill", "shop"]]
        assert model.build() == []


def test_without_the_setting_all_are_computed(model: Model) -> None:
    model.build()
    assert model.build(keep_fits=False) == [["o'neill", "shop"]]
    assert model.rows() == EXPECTED
    assert model.build() == []


def test_a_table_of_an_earlier_version_has_no_keys(model: Model) -> None:
    model.session.execute("create schema models")
    model.session.execute("create table models.py_totals as select 1 as other")
    assert model.build() == [["o'neill", "shop"]]


def test_a_parameter_has_the_same_key_in_any_process() -> None:
    code = (
        "from retail_marts.frames.kept import plain\n"
        "from retail_marts.settings.tree import Settings\n"
        "import hashlib, json\n"
        "given = Settings()\n"
        "parts = [given.forecast_settings, given.segment_settings]\n"
        "text = json.dumps(plain(parts))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ([1, 2], [2, 1]),
        ("1", 1),
        (None, ""),
        (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [2, 2]})),
        (BasketSettings(), BasketSettings(minimum_confidence=Fraction(1, 8))),
    ],
)
def test_parameters_that_differ_have_other_keys(one: Any, other: Any) -> None:
    assert plain(one) != plain(other)
    assert plain(one) == plain(one)


def test_frames_have_one_key_in_any_order() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert plain(frame) == plain(frame.iloc[::-1])


def test_a_parameter_without_a_certain_text_is_refused() -> None:
    with pytest.raises(TypeError, match="type object has no key"):
        plain({"a": [object()]})
