"""A population in a user's own file, with the real dbt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import SAMPLE, Build, Dbt

#: Settings that keep the other areas small.
SETTINGS: dict[str, Any] = {
    "sources": ["car_dealer"],
    "spend_model_settings": {"models": ["linear_regression"], "tuning_iterations": 0},
    "prospecting_settings": {"models": ["logistic_splines"], "cluster_count": 4},
}
COLUMNS = {
    "family_id": "Household",
    "implicate_id": "Answer",
    "weight": "Weight",
    "gender": "Sex",
    "age": "Age",
    "income_amount": "Income",
    "credit_card_debt_amount": "Cards",
    "net_worth_amount": "Worth",
}
MODELS = ["+path:models/marts/prospecting", "fct_rejected_rows", "population_columns"]
MODELS += ["population_cluster_names"]


def census(folder: Path) -> Path:
    """The sample's survey as another office would write it, with faulty rows."""
    survey = pd.read_csv(SAMPLE / "scf" / "SCFP2019.csv.gz").dropna(subset="WGT")
    table = pd.DataFrame(
        {
            "Household": survey["YY1"],
            "Answer": survey["Y1"],
            "Weight": survey["WGT"].map("{:.4f}".format),
            "Sex": survey["HHSEX"].map({1: "M", 2: "F"}),
            "Age": survey["AGE"],
            "Income": survey["INCOME"].map("{:.2f}".format),
            "Cards": survey["CCBAL"],
            "Worth": survey["NETWORTH"],
        }
    ).astype("string")
    for column in ("Weight", "Income"):
        table[column] = table[column].str.replace(".", ",")
    faulty = table.head(5).copy()
    faulty["Weight"] = ["-1,5", "0", "", "12,5", "12,5"]
    faulty["Household"] = ["9001", "9002", "9003", "9004", "1"]
    faulty.iloc[3, faulty.columns.get_loc("Income")] = "much"
    path = folder / "census.csv"
    pd.concat([table, faulty]).to_csv(path, sep=";", index=False)
    return path


def entry(path: Path, **changes: Any) -> dict[str, Any]:
    settings = {
        "path": str(path),
        "separator": ";",
        "decimal_mark": ",",
        "currency": "USD",
        "country_code": "US",
        "columns": COLUMNS,
        **changes,
    }
    return {**SETTINGS, "mapped_populations": {"census": settings}}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    from conftest import make_dbt  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("census")
    dbt = make_dbt(folder / "dbt")
    settings = entry(census(folder))
    seeds = dbt("seed", settings=settings)
    assert seeds.returncode == 0, seeds.output
    run = dbt("run", "--select", *MODELS, settings=settings)
    assert run.returncode == 0, run.output
    return run


def test_faulty_rows_are_rejected_with_their_reason(built: Build) -> None:
    assert built.rows(
        "select rejection_reason from core.fct_rejected_rows"
        " where source_table = 'populations of census' order by source_row_number"
    ) == [
        ("weight -1.5 is not positive",),
        ("weight 0.0 is not positive",),
        ("weight is empty",),
        ("income_amount is not a number up to 1,000,000,000,000",),
        ("this implicate of the family is already in an earlier row",),
    ]


def test_a_mapped_population_is_searched(built: Build) -> None:
    rows = built.rows(
        "select population_id, is_compared, reason, left_out_columns, row_count,"
        " family_count from prospecting.rpt_population_overlap"
        " where business_id = 'car_dealer' order by population_id"
    )
    assert rows == [
        (
            "census",
            True,
            None,
            "gender: no value in common with the population, which has F, M; "
            "marital_status: stated by no customer",
            1500,
            300,
        ),
        (
            "scf",
            False,
            "the population scf has no rows: its source is switched off, or all of its "
            "rows were rejected",
            None,
            0,
            None,
        ),
    ]
    assert built.rows(
        "select count(*), count(prospect_score), count(has_at_most_one_vehicle),"
        " count(distinct cluster_id) from prospecting.fct_prospects"
    ) == [(300, 300, 0, 4)]


def test_a_missing_mapped_column_stops_the_build(dbt: Dbt, tmp_path: Path) -> None:
    settings = entry(census(tmp_path), columns={**COLUMNS, "age": "Years"})
    run = dbt("run", "--select", "stg_mapped__implicates", settings=settings)
    assert run.returncode != 0
    assert "Years" in run.output
    assert "Traceback" not in run.output


def test_a_population_without_weights_stops_the_build(dbt: Dbt, tmp_path: Path) -> None:
    columns = {name: header for name, header in COLUMNS.items() if name != "weight"}
    settings = entry(census(tmp_path), columns=columns)
    run = dbt("run", "--select", "stg_mapped__implicates", settings=settings)
    assert run.returncode != 0
    assert "does not say which column is weight" in run.output
    assert "Traceback" not in run.output
