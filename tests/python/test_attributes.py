"""Attributes of customers, and files of stock, order terms and events."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, Build, Dbt
from settings_parts import mapped_sources

from retail_marts.attributes import with_attributes
from retail_marts.customers.naming import SEED_FILE
from retail_marts.customers.segments import segment_subjects
from retail_marts.errors import InputError
from retail_marts.prospecting import model_spend
from retail_marts.settings import read_settings
from retail_marts.settings.customers import FEATURES, SegmentPlan
from retail_marts.settings.prospecting import SpendSettings

CORE = ("--select", "+path:models/marts/core")
CORE_MARTS = (
    "dim_customers",
    "fct_customer_attributes",
    "fct_stock_levels",
    "dim_product_terms",
    "fct_events",
    "fct_rejected_rows",
    "fct_row_warnings",
    "fct_source_files",
)

#: Texts of an attribute, with the numbers that they are read as.
BANDS = {
    "19-24": 19,
    "65+": 65,
    "50-74K": 50_000,
    "35k - 49k": 35_000,
    "250K+": 250_000,
    "Under 15K": 0,
    "<18": 0,
    "up to 2M": 0,
    "> 65": 65,
    "65 and over": 65,
    "3 or more": 3,
    "18 to 24 years": 18,
    "1.5M–2M": 1_500_000,
    "$50,000 - $74,999": 50_000,
    "$100,000+": 100_000,
    "Under $25K": 0,
    "<25k": 0,
    "over £1,250.50": 1250.5,
    "100K €+": 100_000,
    "Rp 5,000,000 - Rp 9,999,999": 5_000_000,
    "$1,5+": None,
    "0-4": 0,
    "900-1.2M": 900,
    "4": 4,
    "1250.5": 1250.5,
    "2 Adults Kids": None,
    "7 Eleven": None,
    "24-19": None,
    "2024-01-31": None,
    "Homeowner": None,
    "12-": None,
}


def _write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


# ---------------------------------------------------------------- through the real dbt


def _settings(folder: Path) -> dict[str, Any]:
    """Entries with customers in sales files and in files of their own."""
    lines = {"order_date": "day", "customer_id": "who", "sales_amount": "total"}
    header = "day,who,total,seg,town,state,age,income,kids\n"
    _write(
        folder / "lines" / "1.csv",
        header + "2024-01-01,C1,1,new,Lyon,Rhone,30,1000,1\n"
        "2024-01-02,C1,1,new,Lyon,Rhone,31,1000,1\n"
        "2024-01-01,C2,1,,Lyon,Rhone,,,\n"
        "2024-01-03,C3,7,,,,x,50-74K,\n"
        "2024-01-03,C4,1,,,,65+,,3+\n",
    )
    _write(
        folder / "lines" / "2.csv",
        header + "2024-02-01,C1,1,gold,Paris,Seine,32,2000,2\n"
        "2024-02-02,C2,1,,Paris,Seine,,,\n"
        "nonsense,C5,1,,Nice,,,,9\n",
    )
    own = _write(
        folder / "own.csv", "who,size,card\nC1,2,A\nC1,2,A\nC1,9,B\nC9,1.500-2.499,C\n"
    )
    banded = "".join(f'B{i},"{band}"\n' for i, band in enumerate(BANDS))
    people = _write(
        folder / "people.csv",
        "id;age;income;note\n"
        "P1;65+;35-49K;a\n"
        "P1;65+;35-49K;a\n"
        "P1;19-24;35-49K;a\n"
        "P2;sixty;;b\n"
        "P2;61;1500,5;b\n"
        "P3; 40 ;<15K;\n"
        ";40;;c\n",
    )
    duckdb.execute(
        "copy (select * from (values"
        " ('C1', 3, true, 0.5::double, date '2024-01-01', '65+'::enum('65+')),"
        " ('C2', null, false, 'nan'::double, null, null)"
        ") as t(id, kids, vip, score, since, years))"
        f" to '{folder}/typed.parquet' (format parquet)"
    )
    shops = _write(
        folder / "shops.csv",
        "shop,day,who,total,level\nnorth,2024-01-01,C1,1,5\nsouth,2024-01-01,C1,1,6\n",
    )
    return {
        "sources": [],
        "mapped_sources": {
            "shop": {
                "path": str(folder / "lines" / "*.csv"),
                "columns": {
                    **lines,
                    "customer_group": "seg",
                    "city": "town",
                    "state": "state",
                    "age": "age",
                    "income_amount": "income",
                },
                "attributes": {"kids": "kids"},
                "customers": {
                    "path": own,
                    "thousands_mark": ".",
                    "decimal_mark": ",",
                    "columns": {"customer_id": "who"},
                    "attributes": {"household_size": "size"},
                },
            },
            "banded": {
                "path": str(folder / "lines" / "1.csv"),
                "columns": lines,
                "customers": {
                    "path": _write(folder / "bands.csv", "id,band\n" + banded),
                    "columns": {"customer_id": "id"},
                    "attributes": {"band": "band"},
                },
            },
            "people": {
                "path": str(folder / "lines" / "1.csv"),
                "columns": lines,
                "customers": {
                    "path": people,
                    "separator": ";",
                    "decimal_mark": ",",
                    "columns": {
                        "customer_id": "id",
                        "age": "age",
                        "income_amount": "income",
                    },
                },
            },
            # The sales file once more as the file of customers.
            "twice": {
                "path": str(folder / "lines" / "*.csv"),
                "columns": lines,
                "customers": {
                    "path": str(folder / "lines" / "*.csv"),
                    "columns": {"customer_id": "who", "city": "town"},
                },
            },
            "typed": {
                "path": str(folder / "lines" / "1.csv"),
                "columns": lines,
                "customers": {
                    "path": str(folder / "typed.parquet"),
                    "columns": {"customer_id": "id", "age": "years"},
                    "attributes": {
                        "kids": "kids",
                        "vip": "vip",
                        "score": "score",
                        "since": "since",
                    },
                },
            },
            "chain": {
                "path": shops,
                "columns": {**lines, "business_id": "shop"},
                "attributes": {"level": "level"},
            },
            "stocked": _stocked(folder),
        },
    }


def _stocked(folder: Path) -> dict[str, Any]:
    sales = _write(
        folder / "sold.csv",
        "day,sku,shop,total\n01.01.2024,P1,S1,1\n01.01.2024,P2,S1,1\n",
    )
    _write(
        folder / "stock" / "1.csv",
        "sku,shop,units,ordered,day\n"
        "P1,S1,5,,31.01.2024\n"
        "P1,S1,5,,31.01.2024\n"
        "P1,S1,6,,31.01.2024\n"
        "P1,S2,7,2,31.01.2024\n"
        "P2,S1,-1,,31.01.2024\n"
        "P9,S1,3,,31.01.2024\n"
        ",S1,3,,31.01.2024\n"
        "P2,S1,,,31.01.2024\n"
        "P2,S1,3,,2024-01-31\n"
        "P2,S1,4,many,31.01.2024\n",
    )
    _write(
        folder / "stock" / "2.csv",
        "sku,shop,units,ordered,day\nP1,S1,9,,15.02.2024\nP1,S1,99,,02.03.2024\n",
    )
    _write(folder / "undated" / "a.csv", "sku,units\nP1,1\nP2,8\n")
    _write(folder / "undated" / "b.csv", "sku,units\nP1,2\n")
    terms = _write(
        folder / "terms.csv",
        "sku,lead,pack,least,cost\n"
        "P1,14,6,12,1.25\nP1,14,6,12,1.25\nP1,15,6,12,1.25\nP2,-1,,,\nP3,,0,,\n"
        "P2,2.5,,,\n",
    )
    events = _write(
        folder / "events.csv",
        "what,kind,from,to,sku\n"
        "Sale,promotion,28.02.2024,01.03.2024,P1\n"
        "Sale,promotion,01.03.2024,01.03.2024,P1\n"
        "Holiday,closure,25.12.2024,,\n"
        "Back,promotion,02.03.2024,01.03.2024,\n"
        "Long,promotion,01.01.2024,01.01.2194,\n"
        ",promotion,01.01.2024,,\n"
        "When,promotion,,,\n"
        "Odd,promotion,soon,,\n"
        "New,promotion,01.03.2024,,P8\n",
    )
    return {
        "path": sales,
        "date_format": "%d.%m.%Y",
        "columns": {
            "order_date": "day",
            "product_id": "sku",
            "store_id": "shop",
            "sales_amount": "total",
        },
        "stock": {
            "path": str(folder / "stock" / "*.csv"),
            "columns": {
                "product_id": "sku",
                "store_id": "shop",
                "on_hand_quantity": "units",
                "on_order_quantity": "ordered",
                "stock_date": "day",
            },
        },
        "product_terms": {
            "path": terms,
            "columns": {
                "product_id": "sku",
                "lead_time_days": "lead",
                "pack_quantity": "pack",
                "minimum_quantity": "least",
                "unit_cost_amount": "cost",
            },
        },
        "events": {
            "path": events,
            "columns": {
                "event_name": "what",
                "event_type": "kind",
                "start_date": "from",
                "end_date": "to",
                "product_id": "sku",
            },
        },
    }


def _marts(build: Build) -> dict[str, list[tuple[Any, ...]]]:
    return {name: build.rows(f"from core.{name} order by all") for name in CORE_MARTS}


def test_descriptions_in_any_file_reach_the_marts_and_stay_exact(
    dbt: Dbt, tmp_path: Path
) -> None:
    settings = _settings(tmp_path)
    settings["build_day"] = "2024-03-01"
    undated = settings["mapped_sources"]["undated"] = _stocked(tmp_path)
    del undated["product_terms"], undated["events"]
    undated["stock"] = {
        "path": str(tmp_path / "undated" / "*.csv"),
        "columns": {"product_id": "sku", "on_hand_quantity": "units"},
    }
    build = dbt("run", *CORE, settings=settings)
    assert build.returncode == 0, build.output

    _check_customers(build)
    _check_attributes(build)
    _check_stock(build)

    # C1 moved, C2 bought nothing, a card was corrected, and it is the next day.
    _write(
        tmp_path / "lines" / "2.csv",
        "day,who,total,seg,town,state,age,income,kids\n"
        + "2024-02-01,C1,1,gold,Paris,Seine,32,2000,2\n" * 3,
    )
    own = (tmp_path / "own.csv").read_text()
    _write(tmp_path / "own.csv", own.replace("C9,1.500-2.499", "C8,3"))
    settings["build_day"] = "2024-03-02"
    refreshed = dbt(
        "build",
        *CORE,
        "--indirect-selection",
        "cautious",
        settings=settings,
    )
    # Files that describe something only stop the build if they cannot be read at all.
    assert refreshed.returncode == 0, refreshed.output
    assert " WARN " not in refreshed.output
    assert refreshed.rows(
        "select customer_id, city, state, customer_group, age from core.dim_customers"
        " where business_id = 'shop' and customer_id in ('C1', 'C8', 'C9') order by 1"
    ) == [("C1", "Paris", "Seine", "gold", 32), ("C8", None, None, None, None)]
    assert refreshed.rows(
        "select value_text from core.fct_customer_attributes"
        " where business_id = 'shop' and (customer_id, attribute) = ('C1', 'kids')"
    ) == [("2",)]
    assert refreshed.rows(
        "select on_hand_quantity, stock_date from core.fct_stock_levels"
        " where business_id = 'stocked' and (product_id, store_id) = ('P1', 'S1')"
    ) == [(99, date(2024, 3, 2))]
    found = _marts(refreshed)
    whole = dbt("run", *CORE, "--full-refresh", settings=settings)
    assert whole.returncode == 0, whole.output
    assert found == _marts(whole)


def _check_customers(build: Build) -> None:
    customers = (
        "select customer_id, customer_group, city, state, age, income_amount"
        " from core.dim_customers where business_id = '{}' order by 1"
    )
    assert build.rows(customers.format("shop")) == [
        ("C1", "new", "Lyon", "Rhone", 32, Decimal(2000)),
        ("C2", None, "Paris", "Seine", None, None),
        ("C3", None, None, None, None, None),
        ("C4", None, None, None, None, None),
        ("C9", None, None, None, None, None),
    ]
    assert build.rows(
        "select customer_id, age, income_amount from core.dim_customers"
        " where business_id = 'people' and customer_id like 'P%' order by 1"
    ) == [
        ("P1", None, None),
        # The first row of P2 cannot be read, so the second counts.
        ("P2", 61, Decimal("1500.5")),
        ("P3", 40, None),
    ]
    assert build.rows(
        "select source_table, source_file, source_row_number, rejection_reason"
        " from core.fct_rejected_rows"
        " where source_table like 'customers of%' order by 1, 2, 3"
    ) == [
        ("customers of people", "people.csv", 4, _OTHER.format("customer_id")),
        (
            "customers of people",
            "people.csv",
            5,
            "age is not a whole number or a band such as 25-34",
        ),
        ("customers of people", "people.csv", 8, "customer_id is empty"),
        ("customers of shop", "own.csv", 4, _OTHER.format("customer_id")),
        ("customers of twice", "2.csv", 2, _OTHER.format("customer_id")),
        ("customers of twice", "2.csv", 3, _OTHER.format("customer_id")),
    ]
    # A line is sold even if what it says of its customer cannot be read.
    assert build.rows(
        "select source_table, source_row_number, warning from core.fct_row_warnings"
        " where source_table = 'sales_lines of shop'"
    ) == [
        (
            "sales_lines of shop",
            5,
            "age is not a whole number or a band such as 25-34",
        )
    ]
    assert build.value(
        "select sales_amount from core.fct_sales_lines"
        " where business_id = 'shop' and customer_id = 'C3'"
    ) == Decimal(7)


_OTHER = "{} is already in an earlier row with other values"


def _check_attributes(build: Build) -> None:
    attributes = (
        "select customer_id, attribute, value_text, value_number"
        " from core.fct_customer_attributes where business_id = '{}' order by 1, 2"
    )
    assert build.rows(attributes.format("shop")) == [
        ("C1", "household_size", "2", 2),
        ("C1", "kids", "1", 1),
        ("C3", "income_band", "50-74K", 50_000),
        ("C4", "age_band", "65+", 65),
        ("C4", "kids", "3+", 3),
        ("C9", "household_size", "1.500-2.499", 1500),
    ]
    assert build.rows(attributes.format("people")) == [
        ("P1", "age_band", "65+", 65),
        ("P1", "income_band", "35-49K", 35_000),
        ("P3", "income_band", "<15K", 0),
    ]
    assert build.rows(attributes.format("typed")) == [
        ("C1", "age_band", "65+", 65),
        ("C1", "kids", "3", 3),
        ("C1", "score", "0.5", 0.5),
        ("C1", "since", "2024-01-01", None),
        ("C1", "vip", "true", 1),
        ("C2", "vip", "false", 0),
    ]
    assert build.rows(attributes.format("north")) == [("C1", "level", "5", 5)]
    assert build.rows(attributes.format("south")) == [("C1", "level", "6", 6)]
    found = build.rows(
        "select value_text, value_number from core.fct_customer_attributes"
        " where business_id = 'banded'"
    )
    assert dict(found) == BANDS


def _check_stock(build: Build) -> None:
    assert build.rows("from core.fct_stock_levels order by all") == [
        ("stocked", "P1", "S1", 9, None, date(2024, 2, 15)),
        ("stocked", "P1", "S2", 7, 2, date(2024, 1, 31)),
        ("stocked", "P2", "S1", -1, None, date(2024, 1, 31)),
        ("stocked", "P9", "S1", 3, None, date(2024, 1, 31)),
        ("undated", "P1", None, 2, None, None),
        ("undated", "P2", None, 8, None, None),
    ]
    assert build.rows("from core.dim_product_terms order by all") == [
        ("stocked", "P1", 14, 6, 12, Decimal("1.25")),
        ("stocked", "P2", Decimal("2.5"), None, None, None),
    ]
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    assert build.rows("from core.fct_events order by all") == [
        *(("stocked", day, "Sale", "promotion", "P1", None, None) for day in days[:2]),
        ("stocked", days[2], "New", "promotion", "P8", None, None),
        ("stocked", days[2], "Sale", "promotion", "P1", None, None),
        ("stocked", date(2024, 12, 25), "Holiday", "closure", None, None, None),
    ]
    assert build.rows(
        "select source_table, source_row_number, rejection_reason"
        " from core.fct_rejected_rows where business_id = 'stocked' order by 1, 2, 3"
    ) == [
        ("events of stocked", 5, "end_date is before start_date"),
        ("events of stocked", 6, "end_date is more than ten years after start_date"),
        ("events of stocked", 7, "event_name is empty"),
        ("events of stocked", 8, "start_date is empty"),
        ("events of stocked", 9, "start_date is not a date of the form %d.%m.%Y"),
        ("product_terms of stocked", 4, _OTHER.format("product_id")),
        ("product_terms of stocked", 5, "lead_time_days -1.0000 is negative"),
        ("product_terms of stocked", 6, "pack_quantity 0.0000 is not positive"),
        (
            "stock of stocked",
            3,
            "stock_date 2024-03-02 is after the day of the build: correct it, or "
            "change orders_ahead or build_day",
        ),
        ("stock of stocked", 4, _OTHER.format("product_id, store_id, stock_date")),
        ("stock of stocked", 8, "product_id is empty"),
        ("stock of stocked", 9, "on_hand_quantity is empty"),
        (
            "stock of stocked",
            10,
            "stock_date '2024-01-31' is not a date of the form %d.%m.%Y; "
            'set date_format: "%Y-%m-%d"',
        ),
        ("stock of stocked", 11, "on_order_quantity is not a number up to 10,000,000"),
    ]
    assert build.rows(
        "select source_table, source_row_number, warning from core.fct_row_warnings"
        " where business_id = 'stocked' order by 1, 2"
    ) == [
        ("events of stocked", 10, "a product that is neither sold nor described"),
        ("stock of stocked", 5, "a store that neither sells nor is described"),
        ("stock of stocked", 6, "a stock below zero"),
        ("stock of stocked", 7, "a product that is neither sold nor described"),
    ]


# ---------------------------------------------------------------------- the settings

SHOP: dict[str, Any] = {
    "path": "lines.csv",
    "columns": {"order_date": "day", "customer_id": "who", "sales_amount": "total"},
}


def test_attributes_are_columns_of_their_file() -> None:
    (source,) = mapped_sources(
        {
            "shop": {
                **SHOP,
                "attributes": {"kids": "Kids"},
                "customers": {
                    "path": "customers.csv",
                    "columns": {"customer_id": "Id"},
                    "attributes": {"size": "Size"},
                },
            }
        }
    )
    assert source.files["sales_lines"].columns["attribute_kids"] == "Kids"
    assert source.files["customers"].columns == {
        "customer_id": "Id",
        "attribute_size": "Size",
    }


def test_files_of_an_entry_have_its_date_format_unless_they_set_their_own() -> None:
    stock = {
        "path": "s.csv",
        "columns": {"product_id": "p", "on_hand_quantity": "q"},
    }
    (source,) = mapped_sources(
        {
            "shop": {
                **SHOP,
                "date_format": "%d.%m.%Y",
                "stock": stock,
                "events": {
                    "path": "e.csv",
                    "date_format": "%Y%m%d",
                    "columns": {"event_name": "n", "event_date": "d"},
                },
            }
        }
    )
    assert source.files["stock"].values["date_formats"] == ["%d.%m.%Y"]
    assert source.files["events"].values["date_formats"] == ["%Y%m%d"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"attributes": {"Kids": "Kids"}}, ["attributes", "'Kids'", "lower-case"]),
        ({"attributes": {"age": "Age"}}, ["names age", "under `columns`"]),
        ({"attributes": {"age_band": "Age"}}, ["age_band", "Choose another name"]),
        ({"attributes": {"recency_days": "R"}}, ["recency_days", "another name"]),
        ({"attributes": {"kids": ""}}, ["attributes.kids", "is empty"]),
        (
            {"columns": {"order_date": "d", "sales_amount": "t", "city": "c"}},
            ["city", "name no customer", "customer_id"],
        ),
        ({"stock": {"path": "s.csv"}}, ["stock.columns"]),
        (
            {"stock": {"path": "s.csv", "columns": {"product_id": "p"}}},
            ["stock.columns", "on_hand_quantity"],
        ),
        (
            {"product_terms": {"path": "s.csv", "columns": {"pack_quantity": "p"}}},
            ["product_terms.columns", "product_id"],
        ),
        (
            {"events": {"path": "s.csv", "columns": {"event_name": "n"}}},
            ["events.columns", "event_date"],
        ),
        (
            {
                "events": {
                    "path": "s.csv",
                    "columns": {"event_name": "n", "event_date": "d", "end_date": "e"},
                }
            },
            ["events.columns", "start_date"],
        ),
    ],
)
def test_faults_of_descriptions_name_the_setting(
    entry: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        mapped_sources({"shop": {**SHOP, **entry}})
    for word in ["mapped_sources.shop", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("place", "setting"),
    [
        ("segment_settings.attributes", {"segment_settings": {"attributes": ["kid"]}}),
        (
            "segment_settings.businesses.shop.attributes",
            {"segment_settings": {"businesses": {"shop": {"attributes": ["kid"]}}}},
        ),
        (
            "spend_model_settings.attributes",
            {"spend_model_settings": {"attributes": ["kid"]}},
        ),
    ],
)
def test_an_unknown_attribute_is_refused(place: str, setting: Any) -> None:
    entries = {"shop": {**SHOP, "attributes": {"kids": "Kids"}}}
    with pytest.raises(InputError) as caught:
        read_settings({"mapped_sources": entries, **setting})
    assert f"{place} names 'kid'" in str(caught.value)
    assert "Did you mean kids?" in str(caught.value)


def test_bands_of_mapped_columns_are_known_attributes() -> None:
    columns = {**SHOP["columns"], "age": "Age"}
    segments = {"attributes": ["age_band"]}
    read_settings(
        {
            "mapped_sources": {"shop": {**SHOP, "columns": columns}},
            "segment_settings": segments,
        }
    )
    with pytest.raises(InputError, match="age_band"):
        read_settings({"mapped_sources": {"shop": SHOP}, "segment_settings": segments})


# ---------------------------------------------------------------------- as features


def attributes(values: dict[str, list[Any]], business: str = "shop") -> pd.DataFrame:
    """Attributes by name, one value for each customer c0, c1, ...; None if unknown."""
    rows = [
        {
            "business_id": business,
            "customer_id": f"c{number}",
            "attribute": name,
            "value_text": str(value),
            "value_number": value if isinstance(value, int) else np.nan,
        }
        for name, column in values.items()
        for number, value in enumerate(column)
        if value is not None
    ]
    return pd.DataFrame(rows)


def test_attributes_become_columns_of_one_type() -> None:
    customers = pd.DataFrame({"customer_id": ["c2", "c0", "c1"]}, index=[7, 8, 9])
    found = with_attributes(
        customers,
        attributes({"kids": [0, None, 3], "home": ["Owner", "Renter", None]}),
        names=["kids", "home", "pets"],
    )
    assert list(found["customer_id"]) == ["c2", "c0", "c1"]
    assert found["kids"].dtype == "float64"
    assert found["kids"].tolist()[:2] == [3.0, 0.0]
    assert np.isnan(found["kids"].iloc[2])
    assert found["home"].isna().tolist() == [True, False, False]
    assert found["home"].tolist()[1:] == ["Owner", "Renter"]
    assert found["pets"].isna().all()


def _buyers(count: int) -> pd.DataFrame:
    frame = pd.DataFrame({name: np.full(count, np.nan) for name in FEATURES})
    return frame.assign(
        business_id="shop",
        subject="customer",
        subject_id=[f"c{number}" for number in range(count)],
        recency_days=1,
        order_count=1,
        monetary_amount=10.0,
        quantity=1.0,
    )


def _plan(**settings: Any) -> SegmentPlan:
    return SegmentPlan(
        k=2, starts=1, stability_pairs=0, compared_algorithms=(), **settings
    )


NAMES = pd.read_csv(PROJECT / SEED_FILE, dtype="string")


def test_attributes_are_features_of_segments() -> None:
    kids = [0] * 10 + [5] * 10 + [None]
    result = segment_subjects(
        _buyers(21),
        names=NAMES,
        plan=_plan(attributes=("kids",)),
        attributes=attributes({"kids": kids}),
    )
    use = result.features.set_index("feature")
    assert use.loc["kids", "is_used"]
    assert use.loc["kids", "mean"] == 2.5
    segments = result.segments.set_index("subject_id")["segment_id"]
    assert segments.iloc[:20].nunique() == 2
    assert all(
        segments[f"c{one}"] == segments[f"c{one + 1}"] for one in (*range(9), 10, 18)
    )
    notes = result.segments.set_index("subject_id")["note"]
    assert notes["c20"] == "no kids"


def test_attributes_of_another_business_are_no_features() -> None:
    plan = SegmentPlan(attributes=("kids",), businesses={"shop": {"attributes": ()}})
    assert plan.attributes_of("shop", "customer") == ()
    assert plan.attributes_of("other", "customer") == ("kids",)
    assert plan.attributes_of("other", "store") == ()
    result = segment_subjects(
        _buyers(4),
        names=NAMES,
        plan=_plan(attributes=("kids",)),
        attributes=attributes({"kids": [1, 2, 3, 4]}, business="other"),
    )
    assert result.features.set_index("feature").loc["kids", "note"] == "not known"


def test_segments_refuse_an_attribute_of_texts() -> None:
    with pytest.raises(InputError) as caught:
        segment_subjects(
            _buyers(2),
            names=NAMES,
            plan=_plan(attributes=("home",)),
            attributes=attributes({"home": ["Owner", 3]}),
        )
    assert "home of shop" in str(caught.value)
    assert "Owner" not in str(caught.value)


def test_attributes_are_features_of_spend_models() -> None:
    count = 60
    rng = np.random.default_rng(0)
    kids = rng.integers(0, 4, count)
    home = rng.choice(["Owner", "Renter"], count)
    customers = pd.DataFrame(
        {
            "business_id": "shop",
            "customer_id": [f"c{number}" for number in range(count)],
            "spend_measure": "sales_amount",
            **dict.fromkeys(SpendSettings().features),
            "age": rng.integers(18, 80, count),
            "actual_amount": 100.0 * kids + 500.0 * (home == "Owner"),
        }
    )
    settings = SpendSettings(
        models=("linear_regression",),
        tuning_iterations=0,
        attributes=("home", "kids", "pets"),
    )
    texts = attributes(
        {"home": list(home), "kids": [int(one) for one in kids[:-1]] + [None]}
    )
    result = model_spend(customers, settings=settings, attributes=texts)
    drivers = result.drivers.set_index("feature")
    assert set(drivers.index) == {"age", "home", "kids"}
    assert drivers["importance"].idxmax() == "home"
    assert drivers.loc["kids", "missing_share"] == pytest.approx(1 / count)
    best = result.scores[result.scores["is_best_model"]]
    assert set(best["model_name"]) == {"linear_regression"}
    without = model_spend(
        customers, settings=settings.model_copy(update={"attributes": ()})
    )
    assert set(without.drivers["feature"]) == {"age"}
    shuffled = model_spend(
        customers.sample(frac=1, random_state=1),
        settings=settings,
        attributes=texts.sample(frac=1, random_state=2),
    )
    pd.testing.assert_frame_equal(shuffled.drivers, result.drivers)
