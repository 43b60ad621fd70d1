"""Sample of source superstore: four years of a retailer's orders in many regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
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
    SUPERSTORE_BUNDLES,
    SUPERSTORE_CALENDAR,
    SUPERSTORE_GROUPS,
    SUPERSTORE_GROWING_DRIVER,
    SUPERSTORE_LOSING_DISCOUNTS,
    SUPERSTORE_OVERDUE_CUSTOMERS,
    SUPERSTORE_OVERDUE_DAYS,
    SUPERSTORE_RETURNED,
    SUPERSTORE_RETURNED_FACTOR,
)

ORDER_COLUMNS = (
    "Row ID", "Order ID", "Order Date", "Ship Date", "Ship Mode", "Customer ID",
    "Customer Name", "Segment", "Postal Code", "City", "State", "Country", "Region",
    "Market", "Product ID", "Category", "Sub-Category", "Product Name", "Sales",
    "Quantity", "Discount", "Profit", "Shipping Cost", "Order Priority",
)  # fmt: skip
RETURN_COLUMNS = ("Returned", "Order ID", "Region")
PEOPLE_COLUMNS = ("Person", "Region")


class _SubCategory(NamedTuple):
    """A sub-category: its price level in USD, and its share among single items."""

    category: str
    price_level: float
    share: float


_SUB_CATEGORIES = {
    "Notebooks": _SubCategory("Stationery", 4.0, 0.12),
    "Pens": _SubCategory("Stationery", 3.5, 0.12),
    "Folders": _SubCategory("Stationery", 4.0, 0.10),
    "Tape": _SubCategory("Stationery", 3.0, 0.08),
    "Stamps": _SubCategory("Stationery", 3.5, 0.05),
    "Ink": _SubCategory("Stationery", 5.0, 0.03),
    "Sketch Pads": _SubCategory("Stationery", 4.5, 0.03),
    "Desks": _SubCategory("Workspace", 8.0, 0.06),
    "Stools": _SubCategory("Workspace", 7.0, 0.08),
    "Shelves": _SubCategory("Workspace", 7.0, 0.09),
    "Desk Lamps": _SubCategory("Workspace", 6.0, 0.03),
    "Footrests": _SubCategory("Workspace", 5.5, 0.03),
    "Tablets": _SubCategory("Devices", 8.0, 0.05),
    "Keyboards": _SubCategory("Devices", 6.0, 0.06),
    "Routers": _SubCategory("Devices", 6.5, 0.03),
    "Headsets": _SubCategory("Devices", 6.0, 0.02),
    "Webcams": _SubCategory("Devices", 6.0, 0.02),
}
_CODES = {"Stationery": "STA", "Workspace": "WOR", "Devices": "DEV"}
_BRANDS = (
    "Almbach", "Brisco", "Corvane", "Dellmoor", "Ekholt", "Fernox", "Grovetek",
    "Hollin",
)  # fmt: skip
_FINISHES = ("Slate", "Ivory", "Cobalt", "Moss", "Amber", "Plum")
# factor on the price level for each third of the price list
_TIER_FACTORS = (1.6, 9.0, 80.0)
_PRODUCTS_IN_TIER = 3
# a comma, inch quotes and apostrophes, which break a careless CSV reader
_SPECIAL_NAMES = {
    ("Shelves", 1): 'Fernox Wall Shelf, 36"W x 12"D, Moss',
    ("Desks", 2): "Ekholt Director's Desk, Café Oak",
}


class _Place(NamedTuple):
    """A part of a country, with its cities and their states."""

    code: str
    country: str
    region: str
    market: str
    cities: tuple[tuple[str, str], ...]


# only the first country has postal codes, as in the real file
_COUNTRIES = (
    _Place("VL", "Valoria", "Eastern Valoria", "Continental",
     (("Brackwater", "Estmark"), ("Port Ellin", "Estmark"), ("Tamsford", "Hale"))),
    _Place("VL", "Valoria", "Western Valoria", "Continental",
     (("Sundry Mills", "Corrow"), ("Ashgate", "Corrow"), ("Lowmere", "Fenway"))),
    _Place("QD", "Quendor", "Highlands", "Continental",
     (("Mont-Doré", "Haute-Brème"), ("Val d'Aube", "Côte d'Airain"))),
    _Place("NB", "Norbrück", "North Coast", "Maritime",
     (("Küstrow", "Möwenland"), ("Großfehn", "Möwenland"))),
    _Place("SA", "São Aurélio", "South Isles", "Maritime",
     (("Baía Clara", "Ilha do Sal"), ("Vila Açor", "Ilha do Mel"))),
    _Place("TR", "Trellis", "South Isles", "Maritime",
     (("Anse Verte", "Lee Side"), ("Point Coral", "Windward"))),
    _Place("KH", "Kharesh", "Inner Steppe", "Overland",
     (("Tal Oryn", "Oryn"), ("Besh Kol", "Lower Kol"))),
    _Place("ML", "Maluwe", "Great Lakes Rim", "Overland",
     (("Nyandora", "Upper Rift"), ("Kisambo", "Upper Rift"))),
)  # fmt: skip
# the orders' region "Highlands" has two managers' regions instead, and one region of
# the managers has no orders; one name holds a no-break space
_PEOPLE = (
    ("Ysolde Marchmont", "Eastern Valoria"),
    ("Pádraic Fenwright", "Western Valoria"),
    ("Théodora Vauclain", "Eastern Highlands"),
    ("Osric Pendlebrook", "Western Highlands"),
    ("Jürgen Seewald-Brandt", "North Coast"),
    ("Inês Caravelho", "South Isles"),
    ("Temur\u00a0Ashkarov", "Inner Steppe"),
    ("Wanjeri Okellowa", "Great Lakes Rim"),
    ("Sigrun Fjelldal", "Polar Circle"),
)
_FIRST_NAMES = (
    "Aldous", "Briseis", "Caspian", "Désirée", "Eluned", "Falk", "Gráinne", "Hjalmar",
    "Isolde", "Jocasta", "Kjell", "Lysander", "Mairéad", "Nils-Åke", "Odalys",
    "Peregrine", "Quilla", "Rosamund", "Søren", "Tamsin", "Ulrike", "Verena",
    "Wolfram", "Xanthe", "Yannick", "Zuleika",
)  # fmt: skip
_LAST_NAMES = (
    "Abernethwaite", "Bjørkman", "Carrowmore", "D'Amberville", "Eisenbart",
    "Fairweathers", "Garðarsdal", "Hollowell", "Ingelbrecht", "Jessamine",
    "Kvistgaard", "Larkspurr", "Moncrieffe", "Núñez-Vale", "O'Cathasaigh",
    "Penhallow", "Quartermaine", "Ravenscar", "Stormdal", "Trevanion", "Umberfield",
    "Vandermolen", "Wyndgate", "Zelenkaya",
)  # fmt: skip
_QUOTED_NAME = 'Rosamund "Roz" O\'Cathasaigh'

_SEGMENTS = ("Consumer", "Corporate", "Home Office")
_SHIP_MODES = ("Standard Class", "Second Class", "First Class", "Same Day")
_SHIP_DAYS = {
    "Standard Class": (4, 7), "Second Class": (2, 5), "First Class": (1, 3),
    "Same Day": (0, 0),
}  # fmt: skip
_PRIORITIES = ("Low", "Medium", "High", "Critical")
_DISCOUNTS = (0.0, 0.1, 0.2, 0.4, 0.5)
_EXCEL_EPOCH = date(1899, 12, 30)
_RETURN_SHARE = 0.05
_TWO_ID_SUFFIX = "99"
# positions in SUPERSTORE_GROUPS
_FREQUENT, _DORMANT = 1, 2


@dataclass(frozen=True, kw_only=True)
class _Product:
    """One product of the price list."""

    product_id: str
    name: str
    category: str
    sub_category: str
    price: float


@dataclass(frozen=True, kw_only=True)
class _Customer:
    """One customer in one country."""

    customer_id: str
    name: str
    segment: str
    group: int
    country: int
    city: int
    postal_code: str


@dataclass(frozen=True, kw_only=True)
class _Item:
    """One line of an order."""

    product: _Product
    product_name: str
    customer_id: str
    quantity: int
    discount: float
    margin: float
    freight_share: float
    warnings: tuple[str, ...] = ()

    @property
    def sales(self) -> float:
        """Return the amount, USD, unrounded as in the real file."""
        return self.product.price * self.quantity * (1.0 - self.discount)

    @property
    def profit(self) -> float:
        """Return the profit, USD; negative where the discount exceeds the margin."""
        gross = self.product.price * self.quantity
        return round(gross * (self.margin - self.discount), 4)

    @property
    def freight(self) -> float:
        """Return the shipping cost, USD."""
        return round(self.sales * self.freight_share, 3)


@dataclass(frozen=True, kw_only=True)
class _Order:
    """One order."""

    order_id: str
    day: date
    ship_day: date
    ship_mode: str
    priority: str
    customer: _Customer
    items: tuple[_Item, ...]
    warnings: tuple[str, ...] = ()

    def line(self, item: _Item) -> Line:
        """Return an item as a line of orders.csv, its Row ID still a ``{}``."""
        _, country, region, market, cities = _COUNTRIES[self.customer.country]
        city, state = cities[self.customer.city]
        cells = (
            self.order_id, self.day.isoformat(), self.ship_day.isoformat(),
            self.ship_mode, item.customer_id, self.customer.name,
            self.customer.segment, self.customer.postal_code, city, state, country,
            region, market, item.product.product_id, item.product.category,
            item.product.sub_category, item.product_name, repr(item.sales),
            item.quantity, item.discount, item.profit, item.freight, self.priority,
        )  # fmt: skip
        return Line(text=delimited(cells), warnings=self.warnings + item.warnings)


def _products(*, seed: int) -> dict[tuple[str, int], list[_Product]]:
    """Return (sub-category, price tier) -> products."""
    rng = stream(seed=seed, part="superstore.products")
    result: dict[tuple[str, int], list[_Product]] = {}
    number = 1100
    for sub_category, (category, level, _) in _SUB_CATEGORIES.items():
        brands = rng.permutation(_BRANDS)
        for tier, factor in enumerate(_TIER_FACTORS):
            products = []
            for index in range(_PRODUCTS_IN_TIER):
                number += between(rng, (3, 19))
                brand = brands[(tier * _PRODUCTS_IN_TIER + index) % len(brands)]
                finish = _FINISHES[between(rng, (0, len(_FINISHES) - 1))]
                name = f"{brand} {sub_category}, {finish} {tier + 1}{index + 1}"
                if index == 0:
                    name = _SPECIAL_NAMES.get((sub_category, tier), name)
                price = round(level * factor * float(rng.uniform(0.9, 1.15)), 2)
                code = f"{_CODES[category]}-{sub_category[:2].upper()}-{number}"
                products.append(
                    _Product(
                        product_id=code,
                        name=name,
                        category=category,
                        sub_category=sub_category,
                        price=price,
                    )
                )
            result[sub_category, tier] = products
    return result


def _customers(*, seed: int) -> list[_Customer]:
    """Return the customers, groups mixed; every 15th person has a second id."""
    rng = stream(seed=seed, part="superstore.customers")
    groups = [
        position
        for position, group in enumerate(SUPERSTORE_GROUPS)
        for _ in range(group.customers)
    ]
    groups = [int(group) for group in rng.permutation(groups)]
    all_names = [f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES]
    names = [str(name) for name in rng.permutation(all_names)]
    customers: list[_Customer] = []
    for index, group in enumerate(groups):
        country = between(rng, (0, len(_COUNTRIES) - 1))
        city = between(rng, (0, len(_COUNTRIES[country].cities) - 1))
        name = _QUOTED_NAME if index == 3 else names[index]
        if index % 15 == 14:
            # the same person buys in another country under another id
            name = customers[-1].name
            country = (customers[-1].country + 2) % len(_COUNTRIES)
            city = 0
        has_postal_code = _COUNTRIES[country].code == "VL"
        initials = name[0] + name.split()[-1].replace("'", "")[0]
        customers.append(
            _Customer(
                customer_id=f"{initials}-{10 * (1000 + index)}{country + 11}",
                name=name,
                segment=str(rng.choice(_SEGMENTS, p=(0.5, 0.3, 0.2))),
                group=group,
                country=country,
                city=city,
                postal_code=f"{20000 + 317 * country + 41 * city:05d}"
                if has_postal_code
                else "",
            )
        )
    return customers


def _recency(customer: _Customer) -> tuple[int, int]:
    """Return the days from a customer's last order to the last day, both ends."""
    recency = SUPERSTORE_GROUPS[customer.group].recency_days
    assert recency is not None
    return recency


def _weighted(rng: np.random.Generator, chances: Sequence[int]) -> int:
    """Draw a position in proportion to its chance."""
    return int(rng.choice(len(chances), p=np.array(chances) / sum(chances)))


def _order_days(*, seed: int, customers: list[_Customer]) -> list[tuple[int, date]]:
    """Give each order date to a customer.

    The dates come from the calendar alone; groups only decide who gets which. So the
    season stays as planted and each group keeps its frequency and recency.

    Returns
    -------
    list of (position of the customer, order date), by date
    """
    rng = stream(seed=seed, part="superstore.orders")
    needs = [between(rng, SUPERSTORE_GROUPS[one.group].orders) for one in customers]
    weights = day_weights(
        calendar=SUPERSTORE_CALENDAR, rng=stream(seed=seed, part="superstore.days")
    )
    counts = spread_over_days(weights=weights, total=sum(needs), rng=rng)
    pool: Counter[date] = Counter(
        {
            day: int(count)
            for day, count in zip(days_of(SUPERSTORE_CALENDAR), counts, strict=True)
            if count
        }
    )
    as_of = SUPERSTORE_CALENDAR.last_day
    last_days: list[date] = [as_of] * len(customers)
    taken: set[tuple[int, date]] = set()
    # customers who can only have the latest dates get theirs first
    shuffled = [int(position) for position in rng.permutation(len(customers))]
    for customer in sorted(shuffled, key=lambda at: _recency(customers[at])[1]):
        near, far = _recency(customers[customer])
        window: list[date] = []
        while not window:
            window = [
                day
                for day, count in pool.items()
                if count > 0 and near <= (as_of - day).days <= far
            ]
            # without a free day in the window, earlier days are allowed
            far += 10
        day = window[_weighted(rng, [pool[day] for day in window])]
        pool[day] -= 1
        last_days[customer] = day
        taken.add((customer, day))
        needs[customer] -= 1
    # the latest dates first: they have the fewest customers who can take them
    for day in sorted(pool.elements(), reverse=True):
        free = [(at, day) not in taken for at in range(len(customers))]
        frequent = [
            may and one.group == _FREQUENT
            for may, one in zip(free, customers, strict=True)
        ]
        open_needs = [
            need if may and last > day else 0
            for need, may, last in zip(needs, free, last_days, strict=True)
        ]
        # where nobody's last order is later, a frequent customer gets one order more,
        # needed or not: all orders of frequent customers are close together anyway
        choices = (
            open_needs,
            [need * often for need, often in zip(needs, frequent, strict=True)],
            [int(often) for often in frequent],
        )
        chosen = _weighted(rng, next(chances for chances in choices if sum(chances)))
        needs[chosen] = max(0, needs[chosen] - 1)
        taken.add((chosen, day))
    return sorted(taken, key=lambda pair: (pair[1], pair[0]))


def _overdue(customers: list[_Customer]) -> list[int]:
    """Return the positions of the frequent customers who stop buying."""
    frequent = [at for at, one in enumerate(customers) if one.group == _FREQUENT]
    return frequent[:SUPERSTORE_OVERDUE_CUSTOMERS]


def _with_overdue_customers(
    order_days: list[tuple[int, date]], *, seed: int, customers: list[_Customer]
) -> list[tuple[int, date]]:
    """Exchange the last orders of overdue customers for early ones of other customers.

    All are frequent customers, so dates, groups and all amounts stay as they are.
    """
    rng = stream(seed=seed, part="superstore.overdue")
    overdue = {*_overdue(customers)}
    last_day = SUPERSTORE_CALENDAR.last_day - timedelta(days=SUPERSTORE_OVERDUE_DAYS)
    result, taken = list(order_days), {*order_days}
    early = [
        place
        for place, (position, day) in enumerate(order_days)
        if day <= last_day
        and customers[position].group == _FREQUENT
        and position not in overdue
    ]
    early = [int(place) for place in rng.permutation(early)]
    for place, (position, day) in enumerate(order_days):
        if position in overdue and day > last_day:
            other = next(
                at
                for at in early
                if (position, result[at][1]) not in taken
                and (result[at][0], day) not in taken
            )
            early.remove(other)
            result[place] = (result[other][0], day)
            result[other] = (position, result[other][1])
            taken |= {result[place], result[other]}
    return result


def _items(
    rng: np.random.Generator,
    *,
    customer: _Customer,
    products: dict[tuple[str, int], list[_Product]],
) -> tuple[_Item, ...]:
    """Draw the lines of one order: a bundle, or sub-categories by chance."""
    group = SUPERSTORE_GROUPS[customer.group]
    names = list(_SUB_CATEGORIES)
    shares = np.array([one.share for one in _SUB_CATEGORIES.values()])
    lot, chosen = float(rng.uniform()), []
    for bundle in SUPERSTORE_BUNDLES:
        if 0.0 <= lot < bundle.order_share:
            chosen = list(bundle.items)
        lot -= bundle.order_share
    if not chosen:
        size = between(rng, group.lines)
        chosen = [
            str(name)
            for name in rng.choice(
                names, size=size, replace=False, p=shares / shares.sum()
            )
        ]
    items = []
    for sub_category in chosen:
        candidates = products[sub_category, group.price_tier]
        product = candidates[between(rng, (0, len(candidates) - 1))]
        items.append(
            _Item(
                product=product,
                product_name=product.name,
                customer_id=customer.customer_id,
                quantity=between(rng, group.quantity),
                discount=float(rng.choice(_DISCOUNTS, p=(0.6, 0.16, 0.14, 0.06, 0.04))),
                margin=round(float(rng.uniform(0.12, 0.42)), 2),
                freight_share=round(float(rng.uniform(0.03, 0.14)), 3),
            )
        )
    return tuple(items)


def _order_id(*, customer: _Customer, day: date) -> str:
    """Return an order id of the real file's pattern."""
    code = _COUNTRIES[customer.country].code
    serial = (day - _EXCEL_EPOCH).days
    return f"{code}-{day.year}-{customer.customer_id.replace('-', '')}-{serial}"


def _orders(*, seed: int, customers: list[_Customer]) -> list[_Order]:
    """Return all orders by date, without their quirks."""
    rng = stream(seed=seed, part="superstore.items")
    products = _products(seed=seed)
    orders = []
    order_days = _order_days(seed=seed, customers=customers)
    for position, day in _with_overdue_customers(
        order_days, seed=seed, customers=customers
    ):
        customer = customers[position]
        mode = str(rng.choice(_SHIP_MODES, p=(0.6, 0.2, 0.15, 0.05)))
        orders.append(
            _Order(
                order_id=_order_id(customer=customer, day=day),
                day=day,
                ship_day=day + timedelta(days=between(rng, _SHIP_DAYS[mode])),
                ship_mode=mode,
                priority=str(rng.choice(_PRIORITIES, p=(0.1, 0.55, 0.25, 0.1))),
                customer=customer,
                items=_items(rng, customer=customer, products=products),
            )
        )
    return orders


def _with_quirks(orders: list[_Order]) -> tuple[list[_Order], dict[str, str]]:
    """Return the orders with the oddities of the real editions.

    Returns
    -------
    tuple
        The orders, and the further Customer IDs -> name of their group.
    """
    result = list(orders)
    # two orders of other customers and days carry the id of an earlier order
    for earlier, later in ((200, 700), (450, 1500)):
        assert result[earlier].customer.name != result[later].customer.name
        shared = ("order_id_shared",)
        result[earlier] = replace(result[earlier], warnings=shared)
        result[later] = replace(
            result[later], order_id=result[earlier].order_id, warnings=shared
        )
    # half of one person's order has a second Customer ID, which behaves like
    # the group it is in: a single small order long ago
    place = next(
        position
        for position, order in enumerate(result)
        if order.customer.group == _DORMANT
        and len(order.items) > 1
        and not order.warnings
    )
    order = result[place]
    second_id = order.customer.customer_id + _TWO_ID_SUFFIX
    result[place] = replace(
        order,
        items=(*order.items[:-1], replace(order.items[-1], customer_id=second_id)),
        warnings=("order_of_two_customer_ids",),
    )
    # one Product ID has a second name in its later orders
    renamed = result[300].items[0].product
    new_name = renamed.name + " (New Label)"
    for position in range(1200, len(result)):
        order = result[position]
        result[position] = replace(
            order,
            items=tuple(
                replace(
                    item,
                    product_name=new_name,
                    warnings=("product_id_of_two_names",),
                )
                if item.product.product_id == renamed.product_id
                else item
                for item in order.items
            ),
        )
    return result, {second_id: SUPERSTORE_GROUPS[_DORMANT].name}


def _broken_lines(*, last_row: int) -> dict[int, Line]:
    """Return position -> a line to reject, with a ``{}`` for its Row ID."""
    head = (
        "{},VL-2022-BQ99001011-44700,2022-05-19,2022-05-23,Standard Class,BQ-9900101,"
        "Basil Quorn,Consumer,20000,Brackwater,Estmark,Valoria,Eastern Valoria,"
        "Continental,STA-PE-1180,Stationery,Pens,"
    )
    return {
        1000: Line(
            text="{},VL-2021-BQ99001011-44300,2021-04-14,2021-04-18,Standard Class",
            rejected="too_few_fields",
        ),
        2500: Line(
            text=head + '"Brisco Pens, Moss 11",NaN,2,0.0,3.1,1.2,Medium',
            rejected="not_a_number",
        ),
        # as the last line of the file: a strict reader takes everything after an open
        # quote into its field, and here nothing follows
        last_row: Line(
            text=head + '"Brisco Pens, Moss 11,14.2,2,0.0,3.1,1.2,Medium',
            rejected="unterminated_quote",
        ),
    }


def _return_lines(*, seed: int, orders: list[_Order]) -> list[Line]:
    """Return the lines of returns.csv, one of them of an unknown order."""
    rng = stream(seed=seed, part="superstore.returns")
    plain = [order for order in orders if not order.warnings]
    size = round(len(orders) * _RETURN_SHARE)
    chances = np.array(
        [
            SUPERSTORE_RETURNED_FACTOR
            if SUPERSTORE_RETURNED
            in {item.product.sub_category for item in order.items}
            else 1.0
            for order in plain
        ]
    )
    chosen = rng.choice(len(plain), size=size, replace=False, p=chances / chances.sum())
    lines = [
        Line(
            text=delimited(
                (
                    "Yes",
                    plain[position].order_id,
                    _COUNTRIES[plain[position].customer.country].region,
                )
            )
        )
        for position in chosen
    ]
    unknown = Line(
        text="Yes,KH-2021-ZZ99999017-44444,Inner Steppe",
        warnings=("returned_order_unknown",),
    )
    return inserted(lines, {40: unknown})


def generate(*, seed: int) -> Source:
    """Generate the three files of source superstore.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``superstore/orders.csv``, ``returns.csv``, ``people.csv``: UTF-8 with LF,
        ISO dates, amounts in USD with all digits of their binary fractions.
    """
    customers = _customers(seed=seed)
    by_date, second_ids = _with_quirks(_orders(seed=seed, customers=customers))
    shuffled = stream(seed=seed, part="superstore.file_order").permutation(len(by_date))
    orders = [by_date[position] for position in shuffled]
    good = [order.line(item) for order in orders for item in order.items]
    # the Row ID of the real file counts its rows
    unnumbered = [replace(line, text="{}," + line.text) for line in good]
    lines = [
        replace(line, text=f"{number}{line.text[2:]}")
        for number, line in enumerate(
            inserted(unnumbered, _broken_lines(last_row=len(good))), start=1
        )
    ]
    items = [item for order in orders for item in order.items]
    groups = {
        customer.customer_id: SUPERSTORE_GROUPS[customer.group].name
        for customer in customers
    }
    return assemble(
        text_files=(
            TextFile(name="superstore/orders.csv", header=ORDER_COLUMNS, lines=lines),
            TextFile(
                name="superstore/returns.csv",
                header=RETURN_COLUMNS,
                lines=_return_lines(seed=seed, orders=orders),
            ),
            TextFile(
                name="superstore/people.csv",
                header=PEOPLE_COLUMNS,
                lines=[Line(text=delimited(person)) for person in _PEOPLE],
            ),
        ),
        facts={
            "weekday_factors": SUPERSTORE_CALENDAR.weekday_factors,
            "month_factors": SUPERSTORE_CALENDAR.month_factors,
            "yearly_growth": SUPERSTORE_CALENDAR.yearly_growth,
            "customer_groups": groups | second_ids,
            "bundles": [sorted(bundle.items) for bundle in SUPERSTORE_BUNDLES],
            "losing_discounts": SUPERSTORE_LOSING_DISCOUNTS,
            "most_returned": SUPERSTORE_RETURNED,
            "overdue_customers": sorted(
                customers[position].customer_id for position in _overdue(customers)
            ),
            "growing_driver": SUPERSTORE_GROWING_DRIVER,
            "totals": {
                "lines": len(items),
                "orders": len(orders),
                "order_ids": len({order.order_id for order in orders}),
                "customer_ids": len({item.customer_id for item in items}),
                "quantity": sum(item.quantity for item in items),
                # exact sums of the decimals that the file states
                "sales_amount": str(sum(Decimal(repr(one.sales)) for one in items)),
                "profit_amount": str(sum(Decimal(repr(one.profit)) for one in items)),
            },
        },
    )
