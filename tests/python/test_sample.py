"""The generated sample: its formats, its planted patterns and its faulty lines."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import statsmodels.api as sm
from mlxtend.frequent_patterns import apriori, association_rules
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from retail_marts.errors import InputError
from retail_marts.sample import SOURCES, flat_bundles, write_flat_sales, write_sample
from retail_marts.sample import truth as planted

SIZE_LIMIT = 1_800_000
HEADERS = {
    "kalbe/Customer.csv": "CustomerID;Age;Gender;Marital Status;Income\r\n",
    "kalbe/Product.csv": "ProductID;Product Name;Price\r\n",
    "kalbe/Store.csv": "StoreID;StoreName;GroupStore;Type;Latitude;Longitude\r\n",
    "kalbe/Transaction.csv": (
        "TransactionID;CustomerID;Date;ProductID;Price;Qty;TotalAmount;StoreID\r\n"
    ),
    "umkm/Sorted_Order_Report_by_Date.csv": (
        "Tanggal,Nama,Alamat,Pesanan,Harga,Ayam Cabai Hijau,Ayam Suwir Merah,Cumi,"
        "Kare,Opor Ayam,Peda Asin,Tuna Pedas,udang,Total Qty\n"
    ),
    "superstore/orders.csv": (
        "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,"
        "Segment,Postal Code,City,State,Country,Region,Market,Product ID,Category,"
        "Sub-Category,Product Name,Sales,Quantity,Discount,Profit,Shipping Cost,"
        "Order Priority\n"
    ),
    "superstore/returns.csv": "Returned,Order ID,Region\n",
    "superstore/people.csv": "Person,Region\n",
    "car_dealer/Car_Purchasing_Data.csv": (
        "Customer Name,Customer e-mail,Country,Gender,Age,Annual Salary,"
        "Credit Card Debt,Net Worth,Car Purchase Amount\r\n"
    ),
    "corner_shop/sales.csv": (
        "Receipt;Date;Customer;Article;Article name;Group;Qty;Unit price;Total;"
        "Branch\r\n"
    ),
    "corner_shop/customers.csv": "Customer;Name;E-mail;Gender;Age\r\n",
    "corner_shop/products.csv": "Article;Article name;Group;List price\r\n",
    "corner_shop/stock.csv": "Article;On hand;Counted\r\n",
}
SCF_COLUMNS = {
    "YY1", "Y1", "WGT", "HHSEX", "AGE", "INCOME", "CCBAL", "DEBT", "NETWORTH",
    "NVEHIC", "OWN",
}  # fmt: skip


# -- the sample is written once, read many times ---------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(out)
    return out


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "truth.json").read_bytes())
    return result


def physical_lines(path: Path) -> list[str]:
    """Return a file's lines without their ends; line 1 is the first."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    encoding = "latin-1" if path.parent.name == "corner_shop" else "utf-8"
    text = content.decode(encoding)
    return text.removesuffix("\n").replace("\r\n", "\n").split("\n")


def accepted(folder: Path, truth: dict[str, Any], name: str, sep: str) -> pd.DataFrame:
    """Return a file's accepted rows as text."""
    refused = {entry["line"] for entry in truth["rejected"].get(name, [])}
    lines = physical_lines(folder / name)
    kept = [text for at, text in enumerate(lines, start=1) if at not in refused]
    return pd.read_csv(
        io.StringIO("\n".join(kept)), sep=sep, dtype=str, keep_default_na=False
    )


@pytest.fixture(scope="module")
def kalbe(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    frame = accepted(folder, truth, "kalbe/Transaction.csv", ";")
    frame["day"] = pd.to_datetime(frame["Date"], format="%d/%m/%Y")
    for column in ("Price", "Qty", "TotalAmount"):
        frame[column] = frame[column].astype(int)
    return frame


@pytest.fixture(scope="module")
def umkm(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    frame = accepted(folder, truth, "umkm/Sorted_Order_Report_by_Date.csv", ",")
    frame["day"] = pd.to_datetime(frame["Tanggal"], format="%Y-%m-%d")
    for column in frame.columns[4:14]:
        frame[column] = frame[column].astype(int)
    return frame


@pytest.fixture(scope="module")
def superstore(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    frame = accepted(folder, truth, "superstore/orders.csv", ",")
    frame["day"] = pd.to_datetime(frame["Order Date"], format="%Y-%m-%d")
    for column in ("Sales", "Profit", "Discount"):
        frame[f"{column} text"] = frame[column]
        frame[column] = frame[column].astype(float)
    frame["Quantity"] = frame["Quantity"].astype(int)
    return frame


@pytest.fixture(scope="module")
def car_dealer(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    frame = accepted(folder, truth, "car_dealer/Car_Purchasing_Data.csv", ",")
    for column in frame.columns[3:]:
        frame[column] = frame[column].astype(float)
    return frame


@pytest.fixture(scope="module")
def scf(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    return accepted(folder, truth, "scf/SCFP2019.csv.gz", ",").astype(float)


@pytest.fixture(scope="module")
def corner_shop(folder: Path, truth: dict[str, Any]) -> pd.DataFrame:
    frame = accepted(folder, truth, "corner_shop/sales.csv", ";")
    frame["day"] = pd.to_datetime(frame["Date"], format="%d.%m.%Y")
    frame["Qty"] = frame["Qty"].astype(int)
    return frame


def cluster_agreement(features: pd.DataFrame, groups: dict[str, str]) -> float:
    """Return the adjusted Rand index of K-Means on standardised logs with the truth."""
    assert set(features.index) == set(groups)
    scaled = StandardScaler().fit_transform(np.log1p(features))
    count = len(set(groups.values()))
    labels = KMeans(n_clusters=count, n_init=10, random_state=0).fit_predict(scaled)
    return float(adjusted_rand_score([groups[key] for key in features.index], labels))


def top_rules(
    frame: pd.DataFrame,
    *,
    order: str,
    item: str,
    support: float,
    count: int,
    longest: int | None = None,
) -> set[tuple[str, ...]]:
    """Return the item sets of the rules of highest lift."""
    baskets = pd.crosstab(frame[order], frame[item]) > 0
    found = apriori(baskets, min_support=support, use_colnames=True, max_len=longest)
    rules = association_rules(found, metric="lift", min_threshold=0.0)
    best = rules.sort_values("lift", ascending=False).head(count)
    return {
        tuple(sorted(rule.antecedents | rule.consequents)) for rule in best.itertuples()
    }


# -- files -----------------------------------------------------------------------------


def test_write_sample_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_sample(tmp_path)
    names = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    again = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert names == again
    assert [
        n for n in names if (folder / n).read_bytes() != (tmp_path / n).read_bytes()
    ] == []


def test_write_sample_other_seed_other_bytes(folder: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, seed=7)
    for name in (*HEADERS, "scf/SCFP2019.csv.gz"):
        fixed = ("Product.csv", "Store.csv", "people.csv", "products.csv", "stock.csv")
        same = (folder / name).read_bytes() == (tmp_path / name).read_bytes()
        assert same == name.endswith(fixed), name


def test_generate_needs_no_other_source(folder: Path) -> None:
    for name, generate in reversed(SOURCES.items()):
        for file_name, content in generate(seed=20240101).files.items():
            assert file_name.startswith(f"{name}/")
            assert content == (folder / file_name).read_bytes()


@pytest.mark.parametrize("name", HEADERS)
def test_write_sample_headers_and_line_ends(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    header = HEADERS[name].encode()
    assert content.startswith(header)
    end = b"\r\n" if header.endswith(b"\r\n") else b"\n"
    assert content.endswith(end)
    assert content.count(b"\n") == content.count(end)
    assert (b"\r" in content) == (end == b"\r\n")


def test_write_sample_scf_header(folder: Path) -> None:
    header = physical_lines(folder / "scf/SCFP2019.csv.gz")[0].split(",")
    assert header[:3] == ["YY1", "Y1", "WGT"]
    assert set(header) >= SCF_COLUMNS
    assert len(header) == len(set(header)) >= 40


def test_write_sample_is_small(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    assert sum(sizes) < SIZE_LIMIT


def test_write_sample_encodings(folder: Path) -> None:
    for name in HEADERS:
        content = (folder / name).read_bytes()
        if name == "corner_shop/products.csv":
            assert "Süßwaren".encode("latin-1") in content
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")
        elif name.startswith("kalbe/"):
            content.decode("ascii")
        elif not name.startswith("corner_shop/"):
            content.decode("utf-8")


def test_write_sample_mails_are_reserved(folder: Path) -> None:
    for name in ("car_dealer/Car_Purchasing_Data.csv", "corner_shop/customers.csv"):
        mails = [
            cell
            for line in physical_lines(folder / name)
            for cell in line.replace(";", ",").split(",")
            if "@" in cell
        ]
        assert len(mails) == len(set(mails)) > 40
        for mail in mails:
            assert mail.rpartition("@")[2] in {
                "example.com",
                "example.org",
                "example.net",
            }


# -- truth.json ------------------------------------------------------------------------


def test_truth_counts_are_the_files(folder: Path, truth: dict[str, Any]) -> None:
    assert set(truth["counts"]) == {*HEADERS, "scf/SCFP2019.csv.gz"}
    for name, count in truth["counts"].items():
        assert count["rows"] == len(physical_lines(folder / name)) - 1, name
        assert count["rejected"] == len(truth["rejected"].get(name, [])), name
        assert count["accepted"] + count["rejected"] == count["rows"], name


def broken_as_stated(*, text: str, reason: str, header: str) -> bool:
    """Return whether a line has the fault that truth.json says it has."""
    sep = ";" if ";" in header else ","
    columns = header.split(sep)
    cells = next(csv.reader([text], delimiter=sep))
    if reason == "too_few_fields":
        return len(cells) < len(columns) and '"' not in text
    if reason == "unterminated_quote":
        return text.count('"') % 2 == 1
    row = dict(zip(columns, cells, strict=True))
    stated = {
        "impossible_date": lambda: (
            row.get("Date", row.get("Tanggal"))
            in {"31/02/2022", "2024-11-31", "30.02.2024"}
        ),
        "other_date_format": lambda: row["Date"].count(".") == 2,
        "unparseable_quantity": lambda: not row["Qty"].isdigit(),
        "unparseable_age": lambda: not row["Age"].isdigit(),
        "unparseable_salary": lambda: (
            row["Annual Salary"].isalpha() or " " in row["Annual Salary"]
        ),
        "not_a_number": lambda: row["Sales"] == "NaN",
        "missing_weight": lambda: row["WGT"] == "",
        "missing_article": lambda: row["Article"] == "",
        "missing_customer": lambda: row["Customer"] == "",
    }
    return bool(stated[reason]())


def test_truth_rejected_lines_are_the_broken_ones(
    folder: Path, truth: dict[str, Any]
) -> None:
    seen = set()
    for name, entries in truth["rejected"].items():
        lines = physical_lines(folder / name)
        for entry in entries:
            seen.add(entry["reason"])
            assert broken_as_stated(
                text=lines[entry["line"] - 1], reason=entry["reason"], header=lines[0]
            ), (name, entry)
    assert len(seen) == 11


@pytest.mark.parametrize(
    ("name", "fixture"),
    [
        ("kalbe/Transaction.csv", "kalbe"),
        ("umkm/Sorted_Order_Report_by_Date.csv", "umkm"),
        ("superstore/orders.csv", "superstore"),
        ("car_dealer/Car_Purchasing_Data.csv", "car_dealer"),
        ("scf/SCFP2019.csv.gz", "scf"),
        ("corner_shop/sales.csv", "corner_shop"),
    ],
)
def test_truth_accepted_lines_parse(
    truth: dict[str, Any], request: pytest.FixtureRequest, name: str, fixture: str
) -> None:
    # the fixtures cast every date and number: one more broken line would stop them
    frame: pd.DataFrame = request.getfixturevalue(fixture)
    assert len(frame) == truth["counts"][name]["accepted"]
    assert np.isfinite(frame.select_dtypes("number").to_numpy(dtype=float)).all()


def test_truth_warnings_point_at_the_oddities(
    folder: Path, truth: dict[str, Any]
) -> None:
    by_reason: dict[str, list[str]] = {}
    for name, entries in truth["warnings"].items():
        lines = physical_lines(folder / name)
        for entry in entries:
            by_reason.setdefault(entry["reason"], []).append(lines[entry["line"] - 1])
    assert all(line.endswith(";0") for line in by_reason["zero_income"])
    assert all(";;" in line for line in by_reason["blank_marital_status"])
    assert by_reason["married_infant"][0].split(";")[1:4:2] == ["1", "Married"]
    assert len(by_reason["price_unlike_product"]) == 1
    sales = physical_lines(folder / "corner_shop/sales.csv")
    for line in by_reason["exact_duplicate"]:
        assert sales.count(line) == 2


# -- kalbe -----------------------------------------------------------------------------


def test_kalbe_quirks(folder: Path, truth: dict[str, Any], kalbe: pd.DataFrame) -> None:
    totals = truth["sources"]["kalbe"]["totals"]
    assert (kalbe["Price"] * kalbe["Qty"] == kalbe["TotalAmount"]).all()
    assert kalbe["Qty"].sum() == totals["quantity"]
    assert kalbe["TotalAmount"].sum() == totals["sales_amount"]
    assert kalbe["Qty"].between(1, 10).all()
    assert kalbe["day"].is_monotonic_increasing
    assert kalbe["day"].nunique() == 365
    assert len(kalbe) - kalbe["TransactionID"].nunique() == 24
    products = accepted(folder, truth, "kalbe/Product.csv", ";")
    stores = accepted(folder, truth, "kalbe/Store.csv", ";")
    customers = accepted(folder, truth, "kalbe/Customer.csv", ";")
    assert products["Product Name"].str.endswith(" ").sum() == 1
    assert len(stores) == 14
    assert stores["StoreName"].nunique() == 12
    assert set(kalbe["ProductID"]) == set(products["ProductID"])
    assert set(kalbe["StoreID"]) == set(stores["StoreID"])
    assert set(kalbe["CustomerID"]) == set(customers["CustomerID"])
    listed = kalbe["ProductID"].map(products.set_index("ProductID")["Price"])
    assert (kalbe["Price"] != listed.astype(int)).sum() == 1


def test_kalbe_weekdays_are_recovered(kalbe: pd.DataFrame) -> None:
    daily = kalbe.groupby("day")["Qty"].sum()
    weekdays = pd.get_dummies(daily.index.day_of_week).to_numpy(dtype=float)
    fit = sm.OLS(daily.to_numpy(dtype=float), weekdays).fit()
    factors = np.array(planted.KALBE_CALENDAR.weekday_factors)
    assert list(np.argsort(fit.params)) == list(np.argsort(factors))
    assert np.abs(fit.params / fit.params.mean() - factors).max() < 0.12


def test_kalbe_growth_is_recovered(kalbe: pd.DataFrame) -> None:
    lines = kalbe.groupby("day").size().astype(float)
    factors = planted.KALBE_CALENDAR
    known = np.array(
        [
            factors.weekday_factors[day.weekday()]
            * factors.month_factors[day.month - 1]
            for day in lines.index
        ]
    )
    time = sm.add_constant(np.arange(len(lines)) / 365.25)
    fit = sm.GLM(
        lines.to_numpy(), time, family=sm.families.Poisson(), offset=np.log(known)
    ).fit()
    assert fit.params[1] == pytest.approx(np.log1p(factors.yearly_growth), abs=0.1)


def test_kalbe_groups_are_recovered(kalbe: pd.DataFrame, truth: dict[str, Any]) -> None:
    features = kalbe.groupby("CustomerID").agg(
        lines=("Qty", "size"), quantity=("Qty", "sum"), amount=("TotalAmount", "sum")
    )
    groups = truth["sources"]["kalbe"]["customer_groups"]
    assert cluster_agreement(features, groups) > 0.95


# -- umkm ------------------------------------------------------------------------------


def test_umkm_quirks(truth: dict[str, Any], umkm: pd.DataFrame) -> None:
    totals = truth["sources"]["umkm"]["totals"]
    daily = umkm.groupby("day")["Total Qty"].sum()
    assert len(daily) == 120 == (daily.index[-1] - daily.index[0]).days + 1
    assert umkm["Nama"].nunique() == 19
    assert umkm["Pesanan"].is_unique
    assert umkm["day"].is_monotonic_increasing
    assert umkm["Total Qty"].sum() == totals["quantity"]
    assert umkm["Harga"].sum() == totals["sales_amount"]
    products = umkm[umkm.columns[5:13]].sum(axis=1)
    extra = umkm["Total Qty"] - products
    assert (extra == 10).sum() == 6
    assert set(umkm.loc[extra == 10, "day"].dt.day_name()) == {"Sunday"}
    assert (extra == -15).sum() == 1
    assert ((products == 0) & (umkm["Total Qty"] > 0)).sum() == 1
    assert (extra != 0).sum() == 8


def test_umkm_weekdays_and_holidays_are_recovered(umkm: pd.DataFrame) -> None:
    calendar = planted.UMKM_CALENDAR
    daily = umkm.groupby("day")["Total Qty"].sum()
    holidays = [pd.Timestamp(day) for day, _ in calendar.holidays]
    open_days = daily.drop(holidays)
    means = open_days.groupby(open_days.index.day_of_week).mean()
    assert list(means.argsort()) == list(np.argsort(calendar.weekday_factors))
    for day in holidays:
        assert daily[day] < 0.45 * means[day.weekday()]


def test_umkm_groups_are_recovered(umkm: pd.DataFrame, truth: dict[str, Any]) -> None:
    features = umkm.groupby("Nama").agg(
        recency=("day", lambda days: (umkm["day"].max() - days.max()).days),
        orders=("Pesanan", "size"),
        amount=("Harga", "sum"),
    )
    groups = truth["sources"]["umkm"]["customer_groups"]
    assert cluster_agreement(features, groups) > 0.9


# -- superstore ------------------------------------------------------------------------


def test_superstore_quirks(
    folder: Path, truth: dict[str, Any], superstore: pd.DataFrame
) -> None:
    totals = truth["sources"]["superstore"]["totals"]
    assert superstore["Sales text"].map(Decimal).sum() == Decimal(
        totals["sales_amount"]
    )
    assert superstore["Profit text"].map(Decimal).sum() == Decimal(
        totals["profit_amount"]
    )
    assert superstore["Order ID"].nunique() == totals["order_ids"]
    key = ["Order ID", "Customer Name", "Order Date"]
    assert superstore[key].drop_duplicates().shape[0] == totals["orders"]
    per_order = superstore.groupby("Order ID")
    assert (per_order["Customer Name"].nunique() > 1).sum() == 2
    two_ids = superstore.groupby(key)["Customer ID"].nunique()
    assert (two_ids > 1).sum() == 1
    names = superstore.groupby("Product ID")["Product Name"].nunique()
    assert (names > 1).sum() == 1
    assert (superstore["Postal Code"] == "").mean() > 0.5
    assert (superstore["Postal Code"] != "").any()
    assert (superstore["Profit"] < 0).any()
    assert (superstore["Discount"] > 0).any()
    text = (folder / "superstore/orders.csv").read_bytes().decode()
    for piece in ('36""W x 12""D', "O'Cathasaigh", '""Roz""', "Café"):
        assert piece in text
    assert superstore["Product Name"].str.contains(', 36"W').any()
    returns = accepted(folder, truth, "superstore/returns.csv", ",")
    assert returns["Order ID"].is_unique
    assert (~returns["Order ID"].isin(superstore["Order ID"])).sum() == 1
    shipped = pd.to_datetime(superstore["Ship Date"], format="%Y-%m-%d")
    assert (shipped >= superstore["day"]).all()


def test_superstore_seasons_are_recovered(superstore: pd.DataFrame) -> None:
    orders = superstore.drop_duplicates(["Order ID", "Customer Name"])
    calendar = planted.SUPERSTORE_CALENDAR
    by_weekday = orders.groupby(orders["day"].dt.day_of_week).size()
    assert list(by_weekday.argsort()) == list(np.argsort(calendar.weekday_factors))
    by_month = orders.groupby(orders["day"].dt.month).size()
    correlation = np.corrcoef(by_month, calendar.month_factors)[0, 1]
    assert correlation > 0.95
    by_year = orders.groupby(orders["day"].dt.year).size()
    growth = by_year.iloc[-1] / by_year.iloc[0]
    assert growth == pytest.approx((1 + calendar.yearly_growth) ** 3, rel=0.08)
    sales = superstore.groupby(superstore["day"].dt.quarter)["Sales"].sum()
    assert sales.idxmax() == 4


def test_superstore_groups_are_recovered(
    superstore: pd.DataFrame, truth: dict[str, Any]
) -> None:
    as_of = superstore["day"].max()
    features = superstore.groupby("Customer ID").agg(
        recency=("day", lambda days: (as_of - days.max()).days),
        frequency=("Order ID", "nunique"),
        monetary=("Sales", "sum"),
        quantity=("Quantity", "sum"),
    )
    groups = truth["sources"]["superstore"]["customer_groups"]
    assert cluster_agreement(features, groups) > 0.95


def test_superstore_bundles_are_the_top_rules(
    superstore: pd.DataFrame, truth: dict[str, Any]
) -> None:
    found = top_rules(
        superstore, order="Order ID", item="Sub-Category", support=0.005, count=6
    )
    bundles = truth["sources"]["superstore"]["bundles"]
    assert found == {tuple(bundle) for bundle in bundles}
    assert len(found) == 3


# -- car_dealer and scf ----------------------------------------------------------------


def test_car_dealer_law_is_recovered(
    car_dealer: pd.DataFrame, truth: dict[str, Any]
) -> None:
    law = truth["sources"]["car_dealer"]["spend_law"]
    columns = ["Gender", "Age", "Annual Salary", "Credit Card Debt", "Net Worth"]
    target = car_dealer["Car Purchase Amount"]
    fit = LinearRegression().fit(car_dealer[columns], target)
    assert fit.score(car_dealer[columns], target) > 0.998
    names = ["Age", "Annual Salary", "Net Worth"]
    for name, value in zip(columns, fit.coef_, strict=True):
        tolerance = 0.05 if name in names else 0.4
        assert value == pytest.approx(law[name], rel=tolerance), name
    residuals = target - fit.predict(car_dealer[columns])
    assert residuals.std() == pytest.approx(law["noise"], rel=0.2)


def test_car_dealer_quirks(car_dealer: pd.DataFrame) -> None:
    assert len(car_dealer) == 200
    assert car_dealer["Customer e-mail"].is_unique
    assert car_dealer["Customer Name"].nunique() == 198
    assert set(car_dealer["Country"]) == {"USA"}
    assert set(car_dealer["Gender"]) == {0.0, 1.0}
    assert (car_dealer["Car Purchase Amount"] > 0).all()


def test_scf_identities(scf: pd.DataFrame, truth: dict[str, Any]) -> None:
    families = scf.groupby("YY1")
    assert (families.size() == 5).all()
    assert len(families) == 300
    assert (scf["Y1"] == 10 * scf["YY1"] + (scf.groupby("YY1").cumcount() + 1)).all()
    assert (families["WGT"].nunique() == 1).all()
    assert scf["WGT"].sum() == pytest.approx(
        truth["sources"]["scf"]["totals"]["weight"]
    )
    assert (scf["ASSET"] - scf["DEBT"] == scf["NETWORTH"]).all()
    parts = ["RESDBT", "CCBAL", "INSTALL", "ODEBT"]
    assert (scf[parts].sum(axis=1) == scf["DEBT"]).all()
    assert (scf[[*parts, "ASSET", "FIN", "NFIN", "BUS", "OTHFIN"]] >= 0).all(axis=None)
    assert ((scf["NVEHIC"] > 0) == (scf["OWN"] == 1)).all()
    assert (scf["NETWORTH"] < 0).any()
    # heavy tails: the upper percent is far above the median
    assert scf["NETWORTH"].quantile(0.99) > 50 * scf["NETWORTH"].median()


def test_scf_look_alikes_resemble_the_customers(
    scf: pd.DataFrame, car_dealer: pd.DataFrame, truth: dict[str, Any]
) -> None:
    columns = ["Age", "Annual Salary", "Credit Card Debt", "Net Worth"]
    customers = car_dealer[columns].to_numpy()
    means, deviations = customers.mean(axis=0), customers.std(axis=0)
    families = scf.groupby("YY1")[["AGE", "INCOME", "CCBAL", "NETWORTH"]].mean()
    scores = (families.to_numpy() - means) / deviations
    distance = pd.Series(np.sqrt((scores**2).mean(axis=1)), index=families.index)
    alike = truth["sources"]["scf"]["look_alike_families"]
    nearest = distance.nsmallest(len(alike)).index
    assert len(alike) == planted.SCF_LOOK_ALIKE_FAMILIES
    assert len(set(nearest) & set(alike)) >= 0.9 * len(alike)


# -- corner_shop -----------------------------------------------------------------------


def test_corner_shop_amounts(
    folder: Path, truth: dict[str, Any], corner_shop: pd.DataFrame
) -> None:
    def amount(text: str) -> Decimal:
        return Decimal(text.replace(".", "").replace(",", "."))

    totals = truth["sources"]["corner_shop"]["totals"]
    price, total = (corner_shop[name].map(amount) for name in ("Unit price", "Total"))
    assert (price * corner_shop["Qty"] == total).all()
    assert total.sum() * 100 == totals["sales_amount_cents"]
    assert corner_shop["Total"].str.contains(r"^\d\.\d{3},\d\d$").sum() >= 3
    returns = corner_shop["Qty"] < 0
    cancelled = corner_shop["Receipt"].str.startswith("S")
    assert returns.sum() == totals["return_lines"]
    assert cancelled.sum() == totals["cancelled_lines"] > 0
    assert returns[cancelled].all()
    assert (returns & ~cancelled).any()
    assert set(corner_shop.loc[cancelled, "Receipt"].str[1:]) <= set(
        corner_shop["Receipt"]
    )
    assert corner_shop.duplicated().sum() == 2
    products = accepted(folder, truth, "corner_shop/products.csv", ";")
    customers = accepted(folder, truth, "corner_shop/customers.csv", ";")
    assert set(corner_shop["Article"]) == set(products["Article"])
    assert set(corner_shop["Customer"]) == set(customers["Customer"])
    per_receipt = corner_shop.groupby("Receipt")[
        ["Customer", "Date", "Branch"]
    ].nunique()
    assert (per_receipt == 1).all(axis=None)


def test_corner_shop_truth_is_recovered(
    corner_shop: pd.DataFrame, truth: dict[str, Any]
) -> None:
    sales = corner_shop[corner_shop["Qty"] > 0].drop_duplicates()
    found = top_rules(
        sales, order="Receipt", item="Article name", support=0.02, count=4
    )
    facts = truth["sources"]["corner_shop"]
    assert found == {tuple(bundle) for bundle in facts["bundles"]}
    receipts = sales.drop_duplicates("Receipt")
    by_weekday = receipts.groupby(receipts["day"].dt.day_of_week).size()
    assert by_weekday.index.max() == 5
    factors = facts["weekday_factors"]
    assert by_weekday.idxmax() == int(np.argmax(factors))
    features = sales.groupby("Customer").agg(
        receipts=("Receipt", "nunique"), quantity=("Qty", "sum")
    )
    assert cluster_agreement(features, facts["customer_groups"]) > 0.9


# -- flat sales lines ------------------------------------------------------------------


@pytest.fixture(scope="module")
def flat_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("flat") / "deeper" / "sales.parquet"
    write_flat_sales(out, rows=1_200_345, businesses=3, products=300)
    return out


def test_write_flat_sales_exact_rows_in_bounded_row_groups(flat_file: Path) -> None:
    metadata = pq.ParquetFile(flat_file).metadata
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert sum(groups) == metadata.num_rows == 1_200_345
    assert max(groups) <= 1_000_000


def test_write_flat_sales_schema(flat_file: Path) -> None:
    schema = pq.read_schema(flat_file)
    assert {field.name: str(field.type) for field in schema} == {
        "business_id": "string",
        "order_id": "string",
        "order_date": "date32[day]",
        "customer_id": "string",
        "product_id": "string",
        "product_name": "string",
        "category": "string",
        "sub_category": "string",
        "store_id": "string",
        "quantity": "int32",
        "unit_price_amount": "decimal128(18, 4)",
        "sales_amount": "decimal128(18, 4)",
    }


def test_write_flat_sales_orders_are_one_of_each(flat_file: Path) -> None:
    columns = ["order_id", "business_id", "order_date", "customer_id", "store_id"]
    frame = pq.read_table(flat_file, columns=columns).to_pandas()
    assert frame.drop_duplicates().shape[0] == frame["order_id"].nunique()
    assert len(frame) / frame["order_id"].nunique() == pytest.approx(3.0, abs=0.05)
    assert frame["order_date"].is_monotonic_increasing
    customers = frame[["customer_id", "business_id"]].drop_duplicates()
    assert customers["customer_id"].is_unique
    stores = frame[["store_id", "business_id"]].drop_duplicates()
    assert stores["store_id"].is_unique
    assert sorted(frame["business_id"].unique()) == [
        "business_0001",
        "business_0002",
        "business_0003",
    ]


def test_write_flat_sales_amounts_and_returns(flat_file: Path) -> None:
    table = pq.read_table(
        flat_file, columns=["quantity", "unit_price_amount", "sales_amount"]
    )
    quantity = table["quantity"].to_numpy()
    price, amount = (
        pc.cast(table[name], "float64").to_numpy() for name in table.column_names[1:]
    )
    assert np.allclose(quantity * price, amount, rtol=0, atol=1e-6)
    assert (price > 0).all()
    assert (quantity != 0).all()
    assert (quantity < 0).mean() == pytest.approx(0.01, abs=0.001)


def test_write_flat_sales_seasons_and_skew(flat_file: Path) -> None:
    table = pq.read_table(flat_file, columns=["order_date", "product_id"])
    days = pd.DatetimeIndex(table["order_date"].to_pandas())
    assert days.min() == pd.Timestamp("2023-01-01")
    assert days.max() == pd.Timestamp("2024-12-31")
    daily = pd.Series(1, index=days).groupby(level=0).sum()
    assert len(daily) == 731
    by_weekday = daily.groupby(daily.index.day_of_week).mean()
    factors = np.array(planted.FLAT_WEEKDAY_FACTORS)
    assert (
        np.abs(by_weekday / by_weekday.mean() - factors / factors.mean()).max() < 0.02
    )
    products = table["product_id"].to_pandas().value_counts()
    bundled = {item for pair in flat_bundles(products=300) for item in pair}
    single = products[~products.index.isin(bundled)]
    ranks = single.index.str[1:].astype(int)
    slope = np.polyfit(np.log(ranks), np.log(single), 1)[0]
    assert slope == pytest.approx(-planted.FLAT_ZIPF_EXPONENT, abs=0.03)


def test_write_flat_sales_bundles_are_the_top_pairs(tmp_path: Path) -> None:
    out = tmp_path / "sales.parquet"
    write_flat_sales(out, rows=60_000, products=60)
    frame = pq.read_table(out, columns=["order_id", "product_id"]).to_pandas()
    bundles = flat_bundles(products=60)
    found = top_rules(
        frame,
        order="order_id",
        item="product_id",
        support=0.005,
        count=2 * len(bundles),
        longest=2,
    )
    assert len(bundles) == 8
    assert found == {tuple(sorted(pair)) for pair in bundles}


def test_write_flat_sales_same_seed_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_flat_sales(tmp_path / name, rows=5000, products=50, seed=seed)
    one, two, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert one == two
    assert one != other


@pytest.mark.parametrize("rows", [1, 2, 17])
def test_write_flat_sales_tiny(tmp_path: Path, rows: int) -> None:
    out = tmp_path / "sales.parquet"
    write_flat_sales(out, rows=rows, products=1, customers=1)
    assert pq.read_metadata(out).num_rows == rows


@pytest.mark.parametrize(
    "wrong", [{"rows": 0}, {"businesses": 0}, {"products": 0}, {"customers": 0}]
)
def test_write_flat_sales_too_small_is_refused(
    tmp_path: Path, wrong: dict[str, int]
) -> None:
    out = tmp_path / "sales.parquet"
    with pytest.raises(InputError, match=next(iter(wrong))):
        write_flat_sales(out, **({"rows": 10} | wrong))
    assert not out.exists()
