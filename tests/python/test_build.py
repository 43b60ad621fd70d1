"""The real `dbt build`: good files, faulty files, odd rows; no row is lost."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, SALES_ONLY, SAMPLE, Build, Dbt

TRUTH = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
SHIPPED_FILES = {
    "car_dealer.customers": "car_dealer/Car_Purchasing_Data.csv",
    "kalbe.customers": "kalbe/Customer.csv",
    "kalbe.products": "kalbe/Product.csv",
    "kalbe.stores": "kalbe/Store.csv",
    "kalbe.transactions": "kalbe/Transaction.csv",
    "scf.implicates": "scf/SCFP2019.csv.gz",
    "superstore.orders": "superstore/orders.csv",
    "superstore.people": "superstore/people.csv",
    "superstore.returns": "superstore/returns.csv",
    "umkm.orders": "umkm/Sorted_Order_Report_by_Date.csv",
}

KALBE_CUSTOMERS = "CustomerID;Age;Gender;Marital Status;Income\r\n"
KALBE_PRODUCTS = "ProductID;Product Name;Price\r\n"
KALBE_STORES = "StoreID;StoreName;GroupStore;Type;Latitude;Longitude\r\n"
KALBE_TRANSACTIONS = (
    "TransactionID;CustomerID;Date;ProductID;Price;Qty;TotalAmount;StoreID\r\n"
)
UMKM_HEADER = (
    "Tanggal,Nama,Alamat,Pesanan,Harga,Ayam Cabai Hijau,Ayam Suwir Merah,Cumi,Kare,"
    "Opor Ayam,Peda Asin,Tuna Pedas,udang,Total Qty\n"
)
SUPERSTORE_HEADER = (
    "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,"
    "Postal Code,City,State,Country,Region,Market,Product ID,Category,Sub-Category,"
    "Product Name,Sales,Quantity,Discount,Profit,Shipping Cost,Order Priority\n"
)


# --- the sample -----------------------------------------------------------------------


def test_build_sample_rejects_exactly_the_planted_rows(sample_build: Build) -> None:
    planted = {
        (file, row["line"])
        for file, rows in TRUTH["rejected"].items()
        if not file.startswith("corner_shop")
        for row in rows
    }
    found = set(
        sample_build.rows(
            "select source_file, source_row_number from core.fct_rejected_rows"
        )
    )
    assert found == planted


def test_build_sample_accounts_for_every_file(sample_build: Build) -> None:
    found = sample_build.rows(
        "select source_table, source_file, raw_line_count, landed_line_count,"
        " accepted_row_count + rejected_row_count"
        " from core.fct_source_files order by source_table"
    )
    expected = [
        (table, file, rows, rows, rows)
        for table, file in SHIPPED_FILES.items()
        for rows in [TRUTH["counts"][file]["rows"]]
    ]
    assert found == expected


def test_build_sample_money_and_quantity_reach_the_marts(sample_build: Build) -> None:
    for business, key in (("kalbe", "sales_amount"), ("superstore", "sales_amount")):
        totals = TRUTH["sources"][business]["totals"]
        amount = sample_build.value(
            f"select sum({key}) from core.fct_sales_lines"
            f" where business_id = '{business}'"
        )
        assert amount == pytest.approx(Decimal(str(totals[key])), abs=Decimal("0.001"))


def test_build_sample_keeps_personal_names_out_of_keys(sample_build: Build) -> None:
    names = [
        name
        for (name,) in sample_build.rows(
            "select distinct customer_name from core.dim_customers"
            " where customer_name is not null"
        )
    ]
    keys = "\n".join(
        str(key)
        for (key,) in sample_build.rows(
            "select customer_id from core.dim_customers"
            " union all select order_id from core.fct_orders"
            " union all select warning from core.fct_row_warnings"
            " union all select rejection_reason from core.fct_rejected_rows"
        )
    )
    assert names
    assert [name for name in names if name in keys] == []


def test_docs_and_list_work_beside_a_build(dbt: Dbt) -> None:
    # On a clone without a warehouse too: no file is read, none is needed.
    generated = dbt("docs", "generate", settings={"raw_data_dir": "no/such/folder"})
    assert generated.returncode == 0, generated.output
    assert dbt("ls").returncode == 0


# --- faults of structure stop the build with one clear message ------------------------


def test_build_structure_faults_name_file_column_and_remedy(
    dbt: Dbt, raw_data: Path
) -> None:
    kalbe, superstore = raw_data / "kalbe", raw_data / "superstore"
    (kalbe / "Customer.csv").unlink()
    (kalbe / "Store.csv").write_bytes(b"")
    _replace(kalbe / "Product.csv", b"Price", b"Prize")
    _replace(kalbe / "Transaction.csv", b";", b",")
    _replace(superstore / "people.csv", b"Person,Region", b"Person")
    orders = superstore / "orders.csv"
    orders.write_bytes(orders.read_text(encoding="utf-8").encode("latin-1", "replace"))
    umkm = raw_data / "umkm" / "Sorted_Order_Report_by_Date.csv"
    umkm.write_bytes(umkm.read_text(encoding="utf-8").encode("utf-16"))

    build = dbt("build", *SALES_ONLY, settings={"raw_data_dir": str(raw_data)})

    assert build.returncode == 1
    assert "Traceback" not in build.output
    for said in (
        ["Customer.csv", "raw_data_dir"],
        ["Store.csv", "empty"],
        ["Product.csv", "Price", "Prize"],
        ["Transaction.csv", "separator"],
        ["people.csv", "Region"],
        ["orders.csv", "encoding"],
        ["Sorted_Order_Report_by_Date.csv", "utf-16"],
    ):
        messages = [
            m for m in build.output.split("Runtime Error in model") if said[0] in m
        ]
        assert messages, f"nothing said of {said[0]}:\n{build.output}"
        assert any(
            all(word in message for word in said) and "Remedy" in message
            for message in messages
        ), messages


def test_build_refuses_another_folder(dbt: Dbt, tmp_path: Path) -> None:
    build = dbt(
        "build",
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT / "profiles"),
        cwd=tmp_path,
    )
    assert build.returncode != 0
    assert "not from the project folder" in build.output
    assert "Traceback" not in build.output
    assert list(tmp_path.glob("**/*.duckdb")) == []


def test_second_build_says_that_the_warehouse_is_in_use(dbt: Dbt) -> None:
    first = dbt("run", "--select", "dim_dates", settings={"sources": []})
    with duckdb.connect(str(first.warehouse)):
        second = dbt("run", "--select", "dim_dates", settings={"sources": []})
    assert second.returncode != 0
    assert "wait until the other build ends" in second.output
    assert "Traceback" not in second.output


# --- faults of value reject the row; oddities are warned about ------------------------


def test_build_value_faults_reject_rows_and_lose_none(dbt: Dbt, raw_data: Path) -> None:
    kalbe = raw_data / "kalbe"
    (kalbe / "Customer.csv").write_bytes(
        (
            KALBE_CUSTOMERS
            + "1;40;0;Married;5,12\r\n1;41;0;Single;3\r\n2;2;1;Married;0\r\n"
            "3;33;2;Single;1\r\n4;30;1;;1.5\r\n"
        ).encode()
    )
    (kalbe / "Product.csv").write_bytes(
        b"\xef\xbb\xbf" + (KALBE_PRODUCTS + 'P1;Choco "Bar" ;8800\r\n').encode()
    )
    (kalbe / "Store.csv").write_bytes(
        (KALBE_STORES + "1;Toko;Grup;Modern;-6,2;106,8\r\n").encode()
    )
    good = "TR1;1;01/01/2022;P1;8800;4;35200;1"
    lines = [
        good,  # 2
        good,  # 3: exact duplicate: kept, warned about
        "TR2;1;31/02/2022;P1;8800;4;35200;1",  # 4
        "TR3;1;2022-01-05;P1;8800;4;35200;1",  # 5
        "TR4;1;05/01/2022;P1;8800;four;35200;1",  # 6
        "TR5;1;05/01/2022;P1;NaN;4;35200;1",  # 7
        "TR6;1;05/01/2022;P1;8800;4;inf;1",  # 8
        "TR7;;05/01/2022;P1;8800;4;35200;1",  # 9
        "TR8;1;05/01/2022;;8800;4;35200;1",  # 10
        "TR9;1;05/01/2022;P1;8800;4;35200",  # 11: too few fields
        "TR10;1;05/01/2022;P1;8800;4;35200;1;x",  # 12: too many
        'TR11;1;05/01/2022;"P1;8800;4;35200;1',  # 13: unterminated quote
        "TR12;1;05/01/2022;P1;8800;0;0;1",  # 14: zero, warned about
        "TR13;1;06/01/2022;P1;8800;-1;-8800;1",  # 15: a return
        "TR14;1;06/01/2022;P1;8800.5;1;8800;1",  # 16: decimal point, comma is due
        "TR15;1;06/01/22;P1;8800;1;8800;1",  # 17: two-digit year
        "TR16;9;07/01/2022;P9;8800;1;8800;9",  # 18: keys that no file describes
        "TR17;1;07/01/2022;P1;8900;1;8900;1",  # 19: another price
        'TR18;1;07/01/2022;"P1";8800;1;8800;"1"',  # 20: quoted fields
        "TR19;1;07/01/2022;P1;8800;1e30;8800;1",  # 21: does not fit
    ]
    (kalbe / "Transaction.csv").write_bytes(
        (KALBE_TRANSACTIONS + "\r\n".join(lines) + "\r\n").encode()
    )

    superstore = raw_data / "superstore"
    row = (
        '{n},O-{n},2020-01-0{n},2020-01-0{n},First Class,C{n},"{name}",Consumer,,Bonn,'
        'NRW,Germany,North,Europe,P{n},Paper,Labels,"{product}",10.5,1,0.1,{n},1,High\n'
    )
    (superstore / "orders.csv").write_text(
        SUPERSTORE_HEADER
        + row.format(n=1, name="Robert'); drop table x;--", product='A, ""B"" 3""')
        + row.format(n=2, name="<script>alert(1)</script>", product="two\nlines; here")
        + row.format(n=3, name="=1+1", product="Zoë's ½ 中文")
        + row.format(n=4, name="O'Neil", product="x").replace(",0.1,", ",1.5,"),
        encoding="utf-8",
    )
    (superstore / "returns.csv").write_text("Returned,Order ID,Region\nYes,O-1,North\n")
    (superstore / "people.csv").write_text("Region,Person\nNorth,Ann\n")  # reordered
    (raw_data / "umkm" / "Sorted_Order_Report_by_Date.csv").write_text(
        UMKM_HEADER + "2024-08-01,Ann,Place,1,100000,1,2,0,0,0,0,0,0,3\n"
    )
    car_dealer = raw_data / "car_dealer" / "Car_Purchasing_Data.csv"
    car_dealer.write_bytes(
        b"".join(car_dealer.read_bytes().splitlines(keepends=True)[:2])
    )

    build = dbt("build", *SALES_ONLY, settings={"raw_data_dir": str(raw_data)})
    assert build.returncode == 0, build.output

    rejected = dict(
        build.rows(
            "select source_row_number, rejection_reason from core.fct_rejected_rows"
            " where source_table = 'kalbe.transactions'"
        )
    )
    assert rejected == {
        4: "Date '31/02/2022' is not a date of the form DD/MM/YYYY",
        5: "Date '2022-01-05' is not a date of the form DD/MM/YYYY",
        6: "Qty is not a number up to 10,000,000",
        7: "Price is not a number up to 1,000,000,000,000",
        8: "TotalAmount is not a number up to 1,000,000,000,000",
        9: "CustomerID is empty",
        10: "ProductID is empty",
        11: "7 fields where the header has 8",
        12: "9 fields where the header has 8",
        13: "unterminated quote",
        16: "Price '8800.5' is not a number up to 1,000,000,000,000",
        17: "Date '06/01/22' is not a date of the form DD/MM/YYYY",
        21: "Qty is not a number up to 10,000,000",
    }
    assert (
        build.value(
            "select raw_row from core.fct_rejected_rows"
            " where source_table = 'kalbe.transactions' and source_row_number = 13"
        )
        == lines[11]
    )
    assert (
        build.value(
            "select raw_row from core.fct_rejected_rows"
            " where source_table = 'kalbe.transactions' and source_row_number = 4"
        )
        == lines[2]
    )
    warned = dict(
        build.rows(
            "select source_row_number, warning from core.fct_row_warnings"
            " where source_table = 'kalbe.transactions'"
        )
    )
    assert warned == {
        3: "an exact duplicate of an earlier row",
        14: "a quantity of zero",
        15: "a negative quantity, treated as a return",
        18: "product P9 is not in the product file; customer 9 is not in the customer"
        " file; store 9 is not in the store file",
        19: "a price that differs from the product file",
    }
    assert build.rows(
        "select line_type, count(*), sum(quantity), sum(sales_amount)"
        " from core.fct_sales_lines where business_id = 'kalbe' group by 1 order by 1"
    ) == [
        ("return", 1, Decimal("-1.0000"), Decimal("-8800.0000")),
        ("sale", 6, Decimal("11.0000"), Decimal("96900.0000")),
    ]
    assert build.rows(
        "select source_row_number, rejection_reason from core.fct_rejected_rows"
        " where source_table = 'kalbe.customers' order by 1"
    ) == [
        (3, "CustomerID is already in row 2"),
        (5, "Gender '2' is not a gender code (0 female, 1 male)"),
        (
            6,
            "Income '1.5' is not a number up to 1,000,000,000,000 with a decimal comma",
        ),
    ]
    assert build.rows(
        "select product_id, product_name from core.dim_products"
        " where business_id = 'kalbe' order by 1"
    ) == [("P1", 'Choco "Bar"'), ("P9", "P9")]

    assert build.rows(
        "select customer_name, source_row_number from core.dim_customers"
        " inner join core.fct_sales_lines using (business_id, customer_id)"
        " where business_id = 'superstore' order by 2"
    ) == [
        ("Robert'); drop table x;--", 2),
        ("<script>alert(1)</script>", 3),
        ("=1+1", 5),
    ]
    assert build.rows(
        "select product_name from core.dim_products"
        " where business_id = 'superstore' order by product_id"
    ) == [('A, "B" 3"',), ("two\nlines; here",), ("Zoë's ½ 中文",)]
    assert build.rows(
        "select source_row_number, rejection_reason from core.fct_rejected_rows"
        " where source_table = 'superstore.orders'"
    ) == [(6, "Discount 1.5 is not between 0 and 1")]
    assert build.rows(
        "select raw_line_count, landed_line_count, accepted_row_count,"
        " rejected_row_count from core.fct_source_files"
        " where source_table = 'superstore.orders'"
    ) == [(5, 5, 3, 1)]
    assert build.rows(
        "select manager_name, market from core.dim_regions where region = 'North'"
    ) == [("Ann", "Europe")]
    assert build.rows(
        "select sales_date, quantity, sales_amount from sales.fct_daily_sales"
        " where business_id = 'umkm'"
    ) == [(date(2024, 8, 1), Decimal("3.0000"), Decimal("100000.00"))]


@pytest.mark.parametrize("keep_rows", [0, 1])
def test_build_of_headers_and_of_single_rows(
    dbt: Dbt, raw_data: Path, keep_rows: int
) -> None:
    for file in SHIPPED_FILES.values():
        path = raw_data / file
        if path.suffix == ".gz":
            lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
            path.write_bytes(gzip.compress(b"".join(lines[: 1 + keep_rows])))
        else:
            lines = path.read_bytes().splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: 1 + keep_rows]))
    build = dbt("build", settings={"raw_data_dir": str(raw_data)})
    assert build.returncode == 0, build.output
    assert build.value("select count(*) from core.fct_source_files") == 10
    assert build.value("select count(*) from core.fct_orders") == 3 * keep_rows
    assert build.value("select count(*) from core.dim_businesses") == 4


def test_build_without_any_source(dbt: Dbt) -> None:
    build = dbt("build", settings={"sources": [], "raw_data_dir": "no/such/folder"})
    assert build.returncode == 0, build.output
    assert build.value("select count(*) from core.dim_businesses") == 0
    assert build.value("select count(*) from core.fct_sales_lines") == 0
    assert build.value("select count(*) from core.dim_products") == 0


@pytest.mark.parametrize(
    ("sources", "message"),
    [(["kalbo"], "sources names 'kalbo'"), (7, "sources is 7")],
)
def test_build_names_a_source_that_does_not_exist(
    dbt: Dbt, sources: object, message: str
) -> None:
    build = dbt("run", "-s", "int_businesses_unioned", settings={"sources": sources})
    assert build.returncode != 0
    assert message in build.output
    assert "Remedy" in build.output


def test_forecast_settings_stop_with_one_message(dbt: Dbt) -> None:
    few = {
        "sources": ["umkm"],
        "forecast_levels": ["total"],
        "forecast_settings": {"models": {"total": ["weekday_mean"]}},
    }
    assert dbt("run", "-s", "+py_sales_forecasts", settings=few).returncode == 0
    for setting, value in (("horizon_days", 0), ("horizon_days", 10_000)):
        build = dbt(
            "run",
            "-s",
            "py_sales_forecasts",
            settings={**few, "forecast_settings": {setting: value}},
        )
        assert build.returncode != 0
        assert f"{setting} is {value}" in build.output
        assert "Remedy" in build.output
        assert "Traceback" not in build.output
    build = dbt(
        "run",
        "-s",
        "int_sales_series_unioned",
        settings={**few, "forecast_business_levels": {"umkm": "total"}},
    )
    assert build.returncode != 0
    assert "forecast_business_levels.umkm is 'total'" in build.output


def test_build_with_one_source_and_customers_by_name(dbt: Dbt) -> None:
    build = dbt(
        "build",
        *SALES_ONLY,
        settings={"sources": ["superstore"], "superstore_customer_key": "name"},
    )
    assert build.returncode == 0, build.output
    assert build.rows("select business_id from core.dim_businesses") == [
        ("superstore",)
    ]
    customers, names = build.rows(
        "select count(*), count(distinct customer_name) from core.dim_customers"
    )[0]
    assert customers == names > 0


def _replace(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
