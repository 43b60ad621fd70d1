"""Sample of source kalbe: a year of a food producer's membership sales."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from retail_marts.sample.files import (
    Line,
    Source,
    TextFile,
    assemble,
    between,
    day_weights,
    days_of,
    decimal_comma,
    delimited,
    inserted,
    spread_over_days,
    stream,
)
from retail_marts.sample.truth import KALBE_CALENDAR, KALBE_GROUPS

CUSTOMER_COLUMNS = ("CustomerID", "Age", "Gender", "Marital Status", "Income")
PRODUCT_COLUMNS = ("ProductID", "Product Name", "Price")
STORE_COLUMNS = (
    "StoreID", "StoreName", "GroupStore", "Type", "Latitude", "Longitude",
)  # fmt: skip
TRANSACTION_COLUMNS = (
    "TransactionID", "CustomerID", "Date", "ProductID", "Price", "Qty", "TotalAmount",
    "StoreID",
)  # fmt: skip


class _Product(NamedTuple):
    """A product: its price in IDR, and its share of the sales lines."""

    product_id: str
    name: str
    price: int
    line_share: float


# The trailing blank of one name is deliberate: it must be trimmed.
_PRODUCTS = (
    _Product("P1", "Pandan Wafer", 8200, 0.13),
    _Product("P2", "Tamarind Drops ", 3600, 0.15),
    _Product("P3", "Sesame Biscuit", 6900, 0.10),
    _Product("P4", "Cassava Crisps", 11500, 0.07),
    _Product("P5", "Lemongrass Tea", 4400, 0.16),
    _Product("P6", "Roasted Peanut", 17200, 0.04),
    _Product("P7", "Mocha Toffee", 9100, 0.12),
    _Product("P8", "Muesli", 15600, 0.06),
    _Product("P9", "Kefir", 10300, 0.09),
    _Product("P10", "Corn Stick", 14100, 0.08),
)
# id, name, group, type, latitude, longitude; two pairs of stores share a name
_STORES = (
    (1, "Cahaya Timur", "Cahaya", "Modern Trade", "-6,4", "107,151623"),
    (2, "Cahaya Barat", "Cahaya", "Modern Trade", "-7,118402", "108,224417"),
    (3, "Cahaya Pasar", "Cahaya", "Modern Trade", "-7,552018", "110,831744"),
    (4, "Rumpun Bambu", "Rumpun", "General Trade", "-6,774155", "109,66"),
    (5, "Embun Pagi", "Rumpun", "General Trade", "-7,871226", "112,523309"),
    (6, "Tiga Roda Mas", "Tiga Roda", "Modern Trade", "-4,02", "119,640117"),
    (7, "Kenari", "Kenari", "General Trade", "2,961114", "114,208553"),
    (8, "Bukit Sentosa", "Sentosa", "General Trade", "4,61", "96,127745"),
    (9, "Tiga Roda Mas", "Tiga Roda", "Modern Trade", "-3,321009", "127,441908"),
    (10, "Sentosa", "Sentosa", "General Trade", "3,104467", "99,045512"),
    (11, "Bukit Sentosa", "Teratai", "General Trade", "1,077815", "102,19"),
    (12, "Teratai Putih", "Teratai", "General Trade", "-3,302611", "103,86605"),
    (13, "Kenari Muda", "Kenari", "General Trade", "-1,833306", "116,001427"),
    (14, "Lembah Hijau", "Lembah", "Modern Trade", "-5,12", "104,791133"),
)
_BLANK_STATUS = (9, 77, 158)
_ZERO_INCOME = (21, 64, 133, 187)
_MARRIED_INFANT = 42
_REPEATED_IDS = 24


@dataclass(frozen=True, kw_only=True)
class _Sale:
    """One transaction line."""

    transaction_id: str
    customer_id: int
    day: date
    product: int
    price: int
    quantity: int
    store_id: int
    warnings: tuple[str, ...] = ()

    def line(self) -> Line:
        """Return the sale as a line of Transaction.csv."""
        cells = (
            self.transaction_id,
            self.customer_id,
            f"{self.day:%d/%m/%Y}",
            _PRODUCTS[self.product].product_id,
            self.price,
            self.quantity,
            self.price * self.quantity,
            self.store_id,
        )
        return Line(text=delimited(cells, separator=";"), warnings=self.warnings)


def _customer_groups(*, seed: int) -> dict[int, int]:
    """Return customer id -> position of its group."""
    groups = [
        position
        for position, group in enumerate(KALBE_GROUPS)
        for _ in range(group.customers)
    ]
    shuffled = stream(seed=seed, part="kalbe.groups").permutation(groups)
    return {number: int(group) for number, group in enumerate(shuffled, start=1)}


def _customer_lines(*, seed: int, customers: int) -> list[Line]:
    """Return the lines of Customer.csv, one of which is to be rejected."""
    rng = stream(seed=seed, part="kalbe.customers")
    lines = []
    for number in range(1, customers + 1):
        age = int(np.clip(round(rng.normal(39, 13)), 17, 72))
        status = "Married" if rng.uniform() < (age - 16) / 26 else "Single"
        income = decimal_comma(float(rng.gamma(4.0, 2.1)) + 0.5, places=2)
        gender = int(rng.integers(0, 2))
        warnings: tuple[str, ...] = ()
        if number in _BLANK_STATUS:
            status, warnings = "", ("blank_marital_status",)
        if number in _ZERO_INCOME:
            income, warnings = "0", ("zero_income",)
        if number == _MARRIED_INFANT:
            age, status, warnings = 1, "Married", ("married_infant",)
        cells = (number, age, gender, status, income)
        lines.append(Line(text=delimited(cells, separator=";"), warnings=warnings))
    # this customer has no sales, so that no accepted sale loses its customer
    broken = Line(
        text=f"{customers + 1};forty;1;Married;7,35", rejected="unparseable_age"
    )
    return inserted(lines, {120: broken})


def _sales(*, seed: int, groups: dict[int, int]) -> list[_Sale]:
    """Return all sales by date, without their quirks."""
    rng = stream(seed=seed, part="kalbe.sales")
    buyers = np.array(
        [
            customer
            for customer, group in groups.items()
            for _ in range(between(rng, KALBE_GROUPS[group].orders))
        ]
    )
    rng.shuffle(buyers)
    weights = day_weights(
        calendar=KALBE_CALENDAR, rng=stream(seed=seed, part="kalbe.days")
    )
    counts = spread_over_days(weights=weights, total=len(buyers), rng=rng)
    dates = [
        day
        for day, count in zip(days_of(KALBE_CALENDAR), counts, strict=True)
        for _ in range(count)
    ]
    shares = np.array([product.line_share for product in _PRODUCTS])
    products = rng.choice(len(_PRODUCTS), size=len(buyers), p=shares)
    stores = rng.integers(1, len(_STORES) + 1, size=len(buyers))
    numbers = rng.choice(np.arange(1000, 99000), size=len(buyers), replace=False)
    return [
        _Sale(
            transaction_id=f"TR{numbers[index]}",
            customer_id=int(buyer),
            day=dates[index],
            product=int(products[index]),
            price=_PRODUCTS[products[index]].price,
            quantity=between(rng, KALBE_GROUPS[groups[int(buyer)]].quantity),
            store_id=int(stores[index]),
        )
        for index, buyer in enumerate(buyers)
    ]


def _with_quirks(sales: list[_Sale], *, seed: int) -> list[_Sale]:
    """Return the sales with repeated ids and one price unlike its product's."""
    rng = stream(seed=seed, part="kalbe.quirks")
    result = list(sales)
    later = rng.choice(np.arange(400, len(sales)), size=_REPEATED_IDS, replace=False)
    for position in sorted(int(place) for place in later):
        sale = result[position]
        # takes the id of an earlier line of another customer and another day
        earlier = next(
            other
            for other in (result[int(rng.integers(0, 300))] for _ in range(100))
            if other.customer_id != sale.customer_id and other.day != sale.day
        )
        result[position] = replace(
            sale,
            transaction_id=earlier.transaction_id,
            warnings=("repeated_transaction_id",),
        )
    place = next(
        position
        for position in range(len(result) // 3, len(result))
        if not result[position].warnings
    )
    result[place] = replace(
        result[place],
        price=result[place].price + 700,
        warnings=("price_unlike_product",),
    )
    return result


def generate(*, seed: int) -> Source:
    """Generate the four files of source kalbe.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``kalbe/Customer.csv``, ``Product.csv``, ``Store.csv``, ``Transaction.csv``:
        ``;``-separated ASCII with CRLF, decimal commas and DD/MM/YYYY dates.
    """
    groups = _customer_groups(seed=seed)
    sales = _with_quirks(_sales(seed=seed, groups=groups), seed=seed)
    lines = [sale.line() for sale in sales]
    broken = {
        900: Line(
            text="TR99101;15;31/02/2022;P3;6900;2;13800;4", rejected="impossible_date"
        ),
        # halfway down, dates have another format: a reader that guesses the format
        # from the first lines must not accept it
        len(lines) // 2: Line(
            text="TR99102;28;02.07.2022;P5;4400;3;13200;9",
            rejected="other_date_format",
        ),
        2700: Line(
            text="TR99103;51;03/10/2022;P1;8200;two;16400;2",
            rejected="unparseable_quantity",
        ),
    }

    def kalbe_file(name: str, header: tuple[str, ...], rows: list[Line]) -> TextFile:
        return TextFile(
            name=f"kalbe/{name}",
            header=header,
            lines=rows,
            separator=";",
            line_end="\r\n",
            encoding="ascii",
        )

    products = [
        Line(text=delimited((one.product_id, one.name, one.price), separator=";"))
        for one in _PRODUCTS
    ]
    stores = [Line(text=delimited(store, separator=";")) for store in _STORES]
    return assemble(
        text_files=(
            kalbe_file(
                "Customer.csv",
                CUSTOMER_COLUMNS,
                _customer_lines(seed=seed, customers=len(groups)),
            ),
            kalbe_file("Product.csv", PRODUCT_COLUMNS, products),
            kalbe_file("Store.csv", STORE_COLUMNS, stores),
            kalbe_file("Transaction.csv", TRANSACTION_COLUMNS, inserted(lines, broken)),
        ),
        facts={
            "weekday_factors": KALBE_CALENDAR.weekday_factors,
            "month_factors": KALBE_CALENDAR.month_factors,
            "yearly_growth": KALBE_CALENDAR.yearly_growth,
            "customer_groups": {
                str(customer): KALBE_GROUPS[group].name
                for customer, group in groups.items()
            },
            "totals": {
                "lines": len(sales),
                "quantity": sum(sale.quantity for sale in sales),
                "sales_amount": sum(sale.price * sale.quantity for sale in sales),
            },
        },
    )
