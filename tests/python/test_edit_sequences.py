"""Random edits of files and settings: refreshed marts equal those of a new build.

A sequence is made from one number, its seed. In each run of the tests a short
sequence builds the SQL marts. `make fuzz` runs 20 long ones, and every tenth of them
builds all marts. RETAIL_MARTS_EDIT_SEQUENCES=200 runs 200; RETAIL_MARTS_EDIT_SEED=17
runs the long sequence with this seed alone; RETAIL_MARTS_EDIT_SHRINK=1 lets Hypothesis
look for a shorter sequence that fails, which takes an hour or so.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import QUICK, dbt_forks
from dbt_forks import Kill
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from same_marts import differences
from shop_files import (
    CHANGES,
    KINDS,
    OPTIONAL_COLUMNS,
    ROW_CHANGES,
    ShopFiles,
)

_SEED = os.environ.get("RETAIL_MARTS_EDIT_SEED")
_SEQUENCES = int(os.environ.get("RETAIL_MARTS_EDIT_SEQUENCES", "0"))
_IS_LONG = bool(_SEED or _SEQUENCES)
_SEEDS = [int(_SEED)] if _SEED else [*range(1, (_SEQUENCES or 1) + 1)]
_STEPS = 12 if _IS_LONG else 4

#: The marts that no Python model is behind. They have no seeds to wait for: a
#: warehouse starts with them.
_SQL_MARTS = (
    "--select",
    "+path:models/marts/core",
    "+path:models/marts/sales",
    "+path:models/marts/customers",
    "--exclude",
    "path:python_models+",
)
#: What a user may build alone, before everything else follows.
_PARTS = (
    "path:models/staging",
    "int_staged_rows_counted",
    "fct_sales_lines",
    "fct_orders",
    "fct_rejected_rows",
    "int_sales_lines_aggregated_to_product_days",
    "+fct_orders",
    "+fct_sales_lines",
    "+fct_rejected_rows",
    "+dim_customers",
    "+fct_daily_product_sales",
)


class Bench:
    """One warehouse folder, in which dbt runs on the files of :class:`ShopFiles`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse" / "retail_marts.duckdb"
        self._seeded = folder / "seeded"
        self.counts: Counter[str] = Counter()
        self.files = ShopFiles(folder / "files")
        self.selection: tuple[str, ...] = _SQL_MARTS
        self._environment = {
            **os.environ,
            "RETAIL_MARTS_WAREHOUSE": str(self.warehouse),
            "OMP_NUM_THREADS": "1",
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_WRITE_JSON": "false",
            "DBT_USE_COLORS": "false",
        }
        self._dbt("seed")
        shutil.copytree(self.warehouse.parent, self._seeded)

    def start(self, selection: tuple[str, ...]) -> None:
        """A new sequence: the first files, and what a build makes of them."""
        self.files = ShopFiles(self.folder / "files")
        self.selection = selection
        self.counts = Counter()
        built = self.folder / f"built-{len(selection)}"
        if not built.exists():
            self._replace_warehouse(self._seeded)
            self._dbt("run", *self.selection)
            shutil.copytree(self.warehouse.parent, built)
        self._replace_warehouse(built)

    def refresh(self, *flags: str, selection: tuple[str, ...] | None = None) -> None:
        before = self._refresh_numbers()
        selection = self.selection if selection is None else selection
        is_part = selection != self.selection
        self._dbt("run", *flags, *selection, is_part=is_part)
        after = self._refresh_numbers()
        self.counts["builds"] += 1
        # Another number for the lines, and the same first one: not built again.
        self.counts["refreshes in part"] += before != after and before[:1] == after[:1]

    def kill(self, when: Kill) -> None:
        code, _ = self._run("run", *self.selection, kill=when)
        self.counts["kills"] += code == -9

    def compare(self) -> None:
        """Compare every mart with a build from nothing of the same files."""
        refreshed = self.folder / "refreshed"
        shutil.rmtree(refreshed, ignore_errors=True)
        self.warehouse.parent.rename(refreshed)
        # The seeds come with the key of personal ids, which is made at random.
        self._replace_warehouse(self._seeded)
        self._dbt("run", *self.selection)
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            # Edits that do not arrive would be the same in both builds.
            assert self.files.row_counts() == set(
                connection.execute(
                    "select source_table, source_file, raw_line_count"
                    " from core.fct_source_files"
                    " where starts_with(source_table, 'sales_lines of ')"
                ).fetchall()
            )
            assert self.files.shown_names() <= set(
                connection.execute(
                    "select business_id, business_name from core.dim_businesses"
                ).fetchall()
            )
        found = differences(refreshed / self.warehouse.name, self.warehouse)
        assert not found, "\n".join(found)
        shutil.rmtree(self.warehouse.parent)
        refreshed.rename(self.warehouse.parent)
        self.counts["comparisons"] += 1

    def _replace_warehouse(self, folder: Path) -> None:
        shutil.rmtree(self.warehouse.parent, ignore_errors=True)
        shutil.copytree(folder, self.warehouse.parent)

    def _dbt(self, *arguments: str, is_part: bool = False) -> None:
        code, output = self._run(*arguments)
        # A part that reads no files cannot know that one was renamed.
        is_told = is_part and "is no longer in its place" in output
        self.counts["parts without their files"] += code == 1 and is_told
        assert code == 0 or is_told, output

    def _run(self, *arguments: str, kill: Kill | None = None) -> tuple[int, str]:
        settings = json.dumps({**QUICK, **self.files.settings()})
        return dbt_forks().run(
            *arguments, "--vars", settings, environment=self._environment, kill=kill
        )

    def _refresh_numbers(self) -> tuple[int, ...]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            found = connection.execute(
                "select first_refresh_number, refresh_number from raw.refreshes"
                " where model = 'fct_sales_lines'"
            ).fetchall()
        return found[0] if found else ()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("edits"))


def edit(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A method of ShopFiles and its arguments."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


NUMBERS = st.integers(0, 10**6)
FILES = st.integers(0, 19)
ENTRIES = st.sampled_from([*KINDS])
BUSINESSES = st.integers(0, 2)
EDITS = st.one_of(
    edit(
        "add_file",
        entry=ENTRIES,
        rows=st.integers(0, 60),
        seed=NUMBERS,
        is_late=st.booleans(),
    ),
    edit("change_rows", file=FILES, how=st.sampled_from(ROW_CHANGES), seed=NUMBERS),
    edit("change_rows", file=FILES, how=st.sampled_from(ROW_CHANGES), seed=NUMBERS),
    edit("move_rows", file=FILES, other=FILES, seed=NUMBERS),
    edit("swap_files", file=FILES, other=FILES),
    edit("rename_file", file=FILES, seed=NUMBERS),
    edit("remove_file", file=FILES),
    edit("touch_file", file=FILES, seconds=st.integers(-(10**6), 10**6)),
    edit("change_bytes_only", file=FILES, seed=NUMBERS),
    edit("change_descriptions", seed=NUMBERS),
    edit("change_kalbe", seed=NUMBERS),
    edit("rename_business", old=BUSINESSES, new=BUSINESSES),
    edit("remove_business", old=BUSINESSES),
    edit("rename_entry", entry=st.sampled_from([*KINDS, "renamed"])),
    edit("remove_or_restore_entry", entry=ENTRIES),
    edit("describe_chain", kind=st.sampled_from(["customers", "products"])),
    edit("change_columns", entry=ENTRIES, column=st.sampled_from(OPTIONAL_COLUMNS)),
    edit("change_zone", zone=st.sampled_from(["Asia/Jakarta", "America/Lima", "UTC"])),
    edit(
        "move_build_day",
        day=st.just("") | st.dates(date(2024, 5, 1), date(2024, 7, 10)).map(str),
    ),
    edit(
        "change_setting",
        change=st.integers(0, len(CHANGES) - 1),
        choice=st.integers(0, 3),
    ),
)
_BUILDS = st.one_of(
    st.sampled_from([("refresh",)] * 5 + [("full refresh",)]),
    st.just(("refresh and compare",)),
    st.tuples(st.just("build a part"), st.sampled_from(_PARTS)),
    st.tuples(st.just("kill"), st.builds(Kill, st.integers(1, 60), st.floats(0, 0.3))),
)


class EditSequence(RuleBasedStateMachine):
    """Edits and a build, again and again; at the end, a comparison."""

    bench: Bench
    selection: tuple[str, ...]
    must_compare = False

    @initialize(number=NUMBERS)
    def start(self, number: int) -> None:
        # Hypothesis begins with the simplest sequence, which changes next to nothing.
        assume(number)
        self.bench.start(self.selection)

    @rule(edits=st.lists(EDITS, min_size=1, max_size=3), build=_BUILDS)
    def step(
        self, edits: list[tuple[str, dict[str, Any]]], build: tuple[Any, ...]
    ) -> None:
        self.must_compare = False
        for name, arguments in edits:
            getattr(self.bench.files, name)(**arguments)
            self.bench.counts[name] += 1
        match build:
            case ("build a part", part):
                self.bench.refresh(selection=("--select", part))
            case ("kill", when):
                self.bench.kill(when)
            case ("full refresh",):
                self.bench.refresh("--full-refresh")
            case _:
                self.bench.refresh()
        self.must_compare = build != ("refresh and compare",)
        if not self.must_compare:
            self.bench.compare()

    def teardown(self) -> None:
        if self.must_compare:
            self.bench.refresh()
            self.bench.compare()


@pytest.mark.parametrize("number", _SEEDS)
def test_marts_equal_those_of_a_build_from_nothing(
    number: int, bench: Bench, record_property: Callable[[str, object], None]
) -> None:
    print(f"To repeat this sequence: RETAIL_MARTS_EDIT_SEED={number}")

    class Sequence(EditSequence):
        pass

    Sequence.bench = bench
    is_whole = _IS_LONG and number % 10 == 0
    Sequence.selection = () if is_whole else _SQL_MARTS
    try:
        run_state_machine_as_test(
            seed(number)(Sequence),
            settings=settings(
                max_examples=1,
                stateful_step_count=1 + (4 if is_whole else _STEPS),
                phases=[Phase.generate]
                + [Phase.shrink] * ("RETAIL_MARTS_EDIT_SHRINK" in os.environ),
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=[*HealthCheck],
            ),
        )
    finally:
        bench.counts["sequences"] += 1
        record_property("edit_sequence", dict(bench.counts))
    if not _IS_LONG:
        assert bench.counts["refreshes in part"] > 0
