"""Sample of source corner_shop: a flat export, as any shop's till might write it."""

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
    delimited,
    inserted,
    spread_over_days,
    stream,
)
from retail_marts.sample.truth import (
    CORNER_SHOP_BRANCHES,
    CORNER_SHOP_BUNDLES,
    CORNER_SHOP_CALENDAR,
    CORNER_SHOP_GROUPS,
    CORNER_SHOP_RETURNING_BRANCH,
    CORNER_SHOP_RETURNING_SHARE,
    CORNER_SHOP_RUNNING_OUT,
)

SALES_COLUMNS = (
    "Receipt", "Date", "Customer", "Article", "Article name", "Group", "Qty",
    "Unit price", "Total", "Branch",
)  # fmt: skip
CUSTOMER_COLUMNS = ("Customer", "Name", "E-mail", "Gender", "Age")
PRODUCT_COLUMNS = ("Article", "Article name", "Group", "List price")
STOCK_COLUMNS = ("Article", "On hand", "Counted")


class _Article(NamedTuple):
    """An article: its price in cents, and its share among single articles."""

    article: str
    name: str
    group: str
    price: int
    share: float = 0.0


_ARTICLES = (
    _Article("A101", "Mürbehörnchen", "Gebäck", 145, 0.04),
    _Article("A102", "Roggenkruste", "Gebäck", 390, 0.14),
    _Article("A103", "Käsestange", "Gebäck", 185, 0.12),
    _Article("A201", "Quittengelee", "Aufstrich", 420, 0.03),
    _Article("A202", "Waldhonig", "Aufstrich", 680, 0.08),
    _Article("A301", "Grüntee lose", "Getränke", 560, 0.03),
    _Article("A302", "Apfelsaft 0,7 l", "Getränke", 240, 0.14),
    _Article("A303", "Röstkaffee 250 g", "Getränke", 790, 0.12),
    _Article("A401", "Teefilter", "Haushalt", 210, 0.03),
    _Article("A402", "Bienenwachskerze", "Haushalt", 350, 0.07),
    _Article("A501", "Süßholzstangen", "Süßwaren", 120, 0.10),
    _Article("A502", "Nussecke", "Süßwaren", 230, 0.10),
)
# bought for parties only, so that some amounts have a point after the thousands
_PARTY_PLATTER = _Article("A601", "Festplatte für 6 Personen", "Bewirtung", 8990)
_PARTIES = 4
_NAMES = (
    "Adelgunde Finkbein", "Bartolo Säumer", "Cäcilie Mohnhaupt", "Dankwart Überall",
    "Eilika Distelkamp", "Friedegund Kropp", "Götz Wiesenhüter", "Hildrun Pappelweg",
    "Ingomar Grünspan", "Jördis Halmstreich", "Korbinian Zapf", "Liesbeth Nachtweide",
    "Malwine Öhring", "Neidhart Fuchslocher", "Ortrun Birkenhain", "Philo Sandmeier",
    "Reglindis Haberkorn", "Sieglinde Moosgrüber", "Trudbert Eulenfeld",
    "Ute-Marie Klöppel", "Volkhard Rübezahl", "Walpurga Krähwinkel",
)  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net")
_FIRST_RECEIPT = 20001
_RETURNS, _CANCELLED = 9, 4
_LITTLE_STOCK, _MUCH_STOCK = 1, 400


@dataclass(frozen=True, kw_only=True)
class _Sale:
    """One line of a receipt."""

    receipt: str
    day: date
    customer: str
    article: _Article
    quantity: int
    branch: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """Return the receipt of the sale that this line sells, returns or cancels."""
        return self.receipt.removeprefix("S")[: len(str(_FIRST_RECEIPT))]

    def line(self) -> Line:
        """Return the sale as a line of sales.csv."""
        article, name, group, price, _ = self.article
        cells = (
            self.receipt,
            f"{self.day:%d.%m.%Y}",
            self.customer,
            article,
            name,
            group,
            self.quantity,
            euros(price),
            euros(price * self.quantity),
            self.branch,
        )
        return Line(text=delimited(cells, separator=";"), warnings=self.warnings)


def euros(cents: int) -> str:
    """Return cents as an amount with a thousands point: 123450 gives 1.234,50."""
    text = f"{abs(cents) // 100:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{text},{abs(cents) % 100:02d}"


def _customer_groups() -> dict[str, int]:
    """Return customer id -> position of its group."""
    groups = [
        position
        for position, group in enumerate(CORNER_SHOP_GROUPS)
        for _ in range(group.customers)
    ]
    return {f"K{number:03d}": group for number, group in enumerate(groups, start=1)}


def _articles_of(rng: np.random.Generator, *, lines: tuple[int, int]) -> list[_Article]:
    """Draw the articles of one receipt: a bundle, or articles by chance."""
    by_name = {article.name: article for article in _ARTICLES}
    lot = float(rng.uniform())
    for bundle in CORNER_SHOP_BUNDLES:
        if 0.0 <= lot < bundle.order_share:
            return [by_name[name] for name in bundle.items]
        lot -= bundle.order_share
    shares = np.array([article.share for article in _ARTICLES])
    size = between(rng, lines)
    chosen = rng.choice(len(_ARTICLES), size=size, replace=False, p=shares)
    return [_ARTICLES[position] for position in chosen]


def _sales(*, seed: int, groups: dict[str, int]) -> list[_Sale]:
    """Return the lines of all receipts by date, without returns."""
    rng = stream(seed=seed, part="corner_shop.sales")
    buyers = [
        customer
        for customer, group in groups.items()
        for _ in range(between(rng, CORNER_SHOP_GROUPS[group].orders))
    ]
    buyers = [str(buyer) for buyer in rng.permutation(buyers)]
    weights = day_weights(
        calendar=CORNER_SHOP_CALENDAR, rng=stream(seed=seed, part="corner_shop.days")
    )
    counts = spread_over_days(weights=weights, total=len(buyers), rng=rng)
    days = [
        day
        for day, count in zip(days_of(CORNER_SHOP_CALENDAR), counts, strict=True)
        for _ in range(count)
    ]
    parties = {
        round(len(buyers) * (part + 1) / (_PARTIES + 1)) for part in range(_PARTIES)
    }
    sales: list[_Sale] = []
    for number, (day, buyer) in enumerate(zip(days, buyers, strict=True)):
        group = CORNER_SHOP_GROUPS[groups[buyer]]
        receipt = str(_FIRST_RECEIPT + number)
        articles = _articles_of(rng, lines=group.lines)
        quantities = [between(rng, group.quantity) for _ in articles]
        if number in parties:
            articles = [_PARTY_PLATTER]
            quantities = [between(rng, (12, 18))]
        sales.extend(
            _Sale(
                receipt=receipt,
                day=day,
                customer=buyer,
                article=article,
                quantity=quantity,
            )
            for article, quantity in zip(articles, quantities, strict=True)
        )
    return sales


def _with_returns(sales: list[_Sale], *, seed: int) -> list[_Sale]:
    """Return the sales with returns, cancelled receipts and two doubled rows."""
    rng = stream(seed=seed, part="corner_shop.returns")
    further = []
    places = rng.choice(np.arange(20, len(sales) - 20), size=_RETURNS, replace=False)
    for place in places:
        sale = sales[int(place)]
        # returned with a later receipt of the same day
        further.append(
            replace(
                sale, quantity=-max(1, sale.quantity // 2), receipt=f"{sale.receipt}0"
            )
        )
    returned = {sales[int(place)].receipt for place in places}
    receipts = sorted({sale.receipt for sale in sales} - returned)
    for receipt in rng.choice(receipts, size=_CANCELLED, replace=False):
        further.extend(
            replace(sale, quantity=-sale.quantity, receipt=f"S{receipt}")
            for sale in sales
            if sale.receipt == receipt
        )
    result = sorted([*sales, *further], key=lambda sale: sale.day)
    for place in (150, 420):
        doubled = replace(result[place], warnings=("exact_duplicate",))
        result.insert(place + 1, doubled)
    return result


def _with_branches(sales: list[_Sale], *, seed: int) -> list[_Sale]:
    """Return the sales with a branch for each receipt, and for what came back of it."""
    rng = stream(seed=seed, part="corner_shop.branches")
    names = [name for name, _ in CORNER_SHOP_BRANCHES]
    shares = [share for _, share in CORNER_SHOP_BRANCHES]
    returned = {sale.root for sale in sales if sale.quantity < 0}
    branches = {}
    for receipt in sorted({sale.root for sale in sales}):
        branches[receipt] = str(rng.choice(names, p=shares))
        if receipt in returned and rng.uniform() < CORNER_SHOP_RETURNING_SHARE:
            branches[receipt] = CORNER_SHOP_RETURNING_BRANCH
    return [replace(sale, branch=branches[sale.root]) for sale in sales]


def _customer_lines(*, seed: int, groups: dict[str, int]) -> list[Line]:
    """Return the lines of customers.csv, one of which is to be rejected."""
    rng = stream(seed=seed, part="corner_shop.customers")
    lines = []
    for number, customer in enumerate(groups):
        name = _NAMES[number % len(_NAMES)]
        if number >= len(_NAMES):
            first, last = name.split(" ")[0], _NAMES[(number + 7) % len(_NAMES)]
            name = f"{first} {last.split(' ')[1]}"
        email = f"customer.{customer.lower()}@{_DOMAINS[number % len(_DOMAINS)]}"
        gender = str(rng.choice(("f", "m")))
        cells = (customer, name, email, gender, between(rng, (19, 81)))
        lines.append(Line(text=delimited(cells, separator=";")))
    broken = Line(
        text=";Zacharias Leerfeld;nobody@example.org;m;50", rejected="missing_customer"
    )
    return inserted(lines, {25: broken})


def generate(*, seed: int) -> Source:
    """Generate the flat files of source corner_shop.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``corner_shop/sales.csv``, ``customers.csv``, ``products.csv``, ``stock.csv``:
        ``;``-separated latin-1 with CRLF, DD.MM.YYYY dates, amounts in EUR like
        ``1.234,50``.
    """
    groups = _customer_groups()
    sales = _with_returns(_sales(seed=seed, groups=groups), seed=seed)
    sales = _with_branches(sales, seed=seed)
    broken = {
        260: Line(
            text="29998;14.03.2024;K004;;;Süßwaren;2;2,30;4,60;Markt",
            rejected="missing_article",
        ),
        380: Line(
            text="29999;30.02.2024;K011;A502;Nussecke;Süßwaren;1;2,30;2,30;Hafen",
            rejected="impossible_date",
        ),
    }
    products = [
        Line(text=delimited((article, name, group, euros(price)), separator=";"))
        for article, name, group, price, _ in sorted([*_ARTICLES, _PARTY_PLATTER])
    ]
    counted = f"{CORNER_SHOP_CALENDAR.last_day:%d.%m.%Y}"
    stock = [
        Line(
            text=delimited(
                (
                    one.article,
                    _LITTLE_STOCK
                    if one.name == CORNER_SHOP_RUNNING_OUT
                    else _MUCH_STOCK,
                    counted,
                ),
                separator=";",
            )
        )
        for one in _ARTICLES
    ]

    def shop_file(name: str, header: tuple[str, ...], lines: list[Line]) -> TextFile:
        return TextFile(
            name=f"corner_shop/{name}",
            header=header,
            lines=lines,
            separator=";",
            line_end="\r\n",
            encoding="latin-1",
        )

    return assemble(
        text_files=(
            shop_file(
                "sales.csv",
                SALES_COLUMNS,
                inserted([sale.line() for sale in sales], broken),
            ),
            shop_file(
                "customers.csv",
                CUSTOMER_COLUMNS,
                _customer_lines(seed=seed, groups=groups),
            ),
            shop_file("products.csv", PRODUCT_COLUMNS, products),
            shop_file("stock.csv", STOCK_COLUMNS, stock),
        ),
        facts={
            "weekday_factors": CORNER_SHOP_CALENDAR.weekday_factors,
            "customer_groups": {
                customer: CORNER_SHOP_GROUPS[group].name
                for customer, group in groups.items()
            },
            "bundles": [sorted(bundle.items) for bundle in CORNER_SHOP_BUNDLES],
            "returning_branch": CORNER_SHOP_RETURNING_BRANCH,
            "running_out": CORNER_SHOP_RUNNING_OUT,
            "totals": {
                "lines": len(sales),
                "quantity": sum(sale.quantity for sale in sales),
                "sales_amount_cents": sum(
                    sale.quantity * sale.article.price for sale in sales
                ),
                "return_lines": sum(sale.quantity < 0 for sale in sales),
                "cancelled_lines": sum(sale.receipt.startswith("S") for sale in sales),
            },
        },
    )
