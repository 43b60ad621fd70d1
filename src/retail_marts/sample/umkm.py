"""Sample of source umkm: a small kitchen's order report, one column per product."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
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
    stream,
)
from retail_marts.sample.truth import UMKM_CALENDAR, UMKM_GROUPS, CustomerGroup

PRODUCTS = (
    "Ayam Cabai Hijau", "Ayam Suwir Merah", "Cumi", "Kare", "Opor Ayam", "Peda Asin",
    "Tuna Pedas", "udang",
)  # fmt: skip
COLUMNS = ("Tanggal", "Nama", "Alamat", "Pesanan", "Harga", *PRODUCTS, "Total Qty")

_PRODUCT_SHARES = (0.14, 0.25, 0.01, 0.13, 0.17, 0.05, 0.24, 0.01)
# IDR a box, for partners who resell and for everyone else
_PARTNER_PRICE, _RETAIL_PRICE = 9000, 14500


class _Partner(NamedTuple):
    """A partner: the share of days with an order, and its mean number of boxes."""

    name: str
    place: str
    day_share: float
    mean_boxes: int


class _Weekly(NamedTuple):
    """A customer who orders on one weekday (Monday is 0)."""

    name: str
    place: str
    weekday: int


_ONLINE = _Partner("Pesan Antar", "Aplikasi", 0.66, 19)
_PARTNERS = (
    _Partner("Warung Senja", "Mitra", 1.0, 26),
    _Partner("Koperasi Dahlia", "Mitra", 0.82, 21),
    _ONLINE,
)
_MARKET = _Weekly("Pasar Minggu Pagi", "Lapangan Cempaka", 6)
_WEEKLY = (
    _MARKET,
    _Weekly("Kantin Delima", "Gg. Kelapa", 4),
    _Weekly("Klinik Asri", "Jln. Merpati", 2),
)
_PARTY_HOST = ("Percetakan Kilat", "Jln. Kutilang")
_OCCASIONAL = (
    ("Bu. Sulastri", "Perum Anggrek"),
    ("Bp. Harjo", "Gg. Manggis"),
    ("Sanggar Tari", "Balai Desa Wanasari"),
    ("Mbk. Puspa", "Ambil Sendiri"),
    ("Bu. Ratmi", "Perum Anggrek"),
    _PARTY_HOST,
)
_ONE_OFF = (
    ("Bu. Wening", "Dusun Sumberejo"),
    ("Bp. Tarno", "Jln. Kutilang"),
    ("Mbk. Laras", "Ambil Sendiri"),
    ("Bu. Sekar", "Kantor Lurah Wanasari"),
    ("Arisan Kenanga", "Gg. Manggis"),
    ("Bp. Giri", "Dusun Sumberejo"),
    ("Mas. Bayu", "Ambil Sendiri"),
)
_SUNDAY_EXTRA, _SUNDAY_EXTRAS = 10, 6
_CORRECTION = -15


@dataclass(frozen=True, kw_only=True)
class _Order:
    """One order; `extra` is what the total has beyond the product columns."""

    day: date
    name: str
    place: str
    boxes: tuple[int, ...]
    price: int
    extra: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def total_quantity(self) -> int:
        """Return the stated number of boxes."""
        return sum(self.boxes) + self.extra

    @property
    def amount(self) -> int:
        """Return the order's total, IDR; a correction of the count is not refunded."""
        return (sum(self.boxes) + max(self.extra, 0)) * self.price

    def line(self, number: int) -> Line:
        """Return the order as a line of the report."""
        cells = (
            self.day.isoformat(),
            self.name,
            self.place,
            f"ORD-{number:04d}",
            self.amount,
            *self.boxes,
            self.total_quantity,
        )
        return Line(text=delimited(cells), warnings=self.warnings)


def _order(
    rng: np.random.Generator, *, day: date, who: tuple[str, str], boxes: int, price: int
) -> _Order:
    """Draw an order's split over the products."""
    split = rng.multinomial(boxes, _PRODUCT_SHARES)
    return _Order(
        day=day,
        name=who[0],
        place=who[1],
        boxes=tuple(int(count) for count in split),
        price=price,
    )


def _partner_orders(*, seed: int) -> list[_Order]:
    """Return the orders of the daily partners, which have the planted season."""
    rng = stream(seed=seed, part="umkm.partners")
    weights = day_weights(
        calendar=UMKM_CALENDAR, rng=stream(seed=seed, part="umkm.days")
    )
    holidays = {day for day, _ in UMKM_CALENDAR.holidays}
    orders = []
    for day, weight in zip(days_of(UMKM_CALENDAR), weights, strict=True):
        # the boxes of absent partners go to the others, so the day keeps its total
        present = [
            partner
            for partner in _PARTNERS
            if partner.day_share == 1.0
            or (day not in holidays and rng.uniform() < partner.day_share)
        ]
        total = sum(partner.mean_boxes for partner in _PARTNERS) * weight
        base = sum(partner.mean_boxes for partner in present)
        for name, place, _, mean in present:
            boxes = max(1, round(total * mean / base))
            orders.append(
                _order(
                    rng,
                    day=day,
                    who=(name, place),
                    boxes=boxes,
                    price=_PARTNER_PRICE,
                )
            )
    return orders


def _weekly_orders(*, seed: int) -> list[_Order]:
    """Return the orders of those who come on their weekday."""
    rng = stream(seed=seed, part="umkm.weekly")
    _, group, _, _ = UMKM_GROUPS
    closed = {day for day, _ in UMKM_CALENDAR.holidays}
    return [
        _order(
            rng,
            day=day,
            who=(name, place),
            boxes=between(rng, group.quantity),
            price=_RETAIL_PRICE,
        )
        for name, place, weekday in _WEEKLY
        for day in days_of(UMKM_CALENDAR)
        if day.weekday() == weekday and day not in closed
    ]


def _other_orders(
    *, seed: int, group: CustomerGroup, people: tuple[tuple[str, str], ...]
) -> list[_Order]:
    """Return the orders of those who come a few times."""
    rng = stream(seed=seed, part=f"umkm.{group.name}")
    assert group.recency_days is not None
    closed = {day for day, _ in UMKM_CALENDAR.holidays}
    orders = []
    for who in people:
        day = UMKM_CALENDAR.last_day - timedelta(days=between(rng, group.recency_days))
        for _ in range(between(rng, group.orders)):
            while day in closed:
                day -= timedelta(days=1)
            boxes = between(rng, group.quantity)
            orders.append(
                _order(rng, day=day, who=who, boxes=boxes, price=_RETAIL_PRICE)
            )
            day -= timedelta(days=between(rng, (9, 16)))
    return orders


def _with_quirks(orders: list[_Order], *, seed: int) -> list[_Order]:
    """Return the orders with totals that differ from the sum of the products."""
    rng = stream(seed=seed, part="umkm.quirks")
    result = list(orders)
    market = [
        position for position, order in enumerate(result) if order.name == _MARKET.name
    ]
    chosen = rng.choice(market, size=_SUNDAY_EXTRAS, replace=False)
    changes = {int(position): _SUNDAY_EXTRA for position in chosen}
    online = [
        position
        for position, order in enumerate(result)
        if order.name == _ONLINE.name and sum(order.boxes) > -_CORRECTION + 3
    ]
    changes[int(rng.choice(online))] = _CORRECTION
    for position, extra in changes.items():
        result[position] = replace(
            result[position], extra=extra, warnings=("total_differs_from_products",)
        )
    # boxes for a party without any named product
    unnamed = next(
        position
        for position, order in enumerate(result)
        if order.name == _PARTY_HOST[0]
    )
    party = result[unnamed]
    result[unnamed] = replace(
        party,
        extra=sum(party.boxes),
        boxes=(0,) * len(PRODUCTS),
        warnings=("total_differs_from_products",),
    )
    return result


def generate(*, seed: int) -> Source:
    """Generate the order report of source umkm.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``umkm/Sorted_Order_Report_by_Date.csv``: UTF-8 with LF and ISO dates; one row
        per order, sorted by date, with an order on every day.
    """
    _, _, occasional, one_off = UMKM_GROUPS
    orders = [
        *_partner_orders(seed=seed),
        *_weekly_orders(seed=seed),
        *_other_orders(seed=seed, group=occasional, people=_OCCASIONAL),
        *_other_orders(seed=seed, group=one_off, people=_ONE_OFF),
    ]
    orders = _with_quirks(sorted(orders, key=lambda order: order.day), seed=seed)
    lines = [order.line(number) for number, order in enumerate(orders, start=1)]
    broken = Line(
        text="2024-11-31,Bu. Ratmi,Perum Anggrek,ORD-9001,145000,0,5,0,0,5,0,0,0,10",
        rejected="impossible_date",
    )
    place = next(
        position
        for position, order in enumerate(orders)
        if order.day >= date(2024, 12, 1)
    )
    names = ([who.name for who in _PARTNERS], [who.name for who in _WEEKLY])
    others = ([name for name, _ in _OCCASIONAL], [name for name, _ in _ONE_OFF])
    return assemble(
        text_files=(
            TextFile(
                name="umkm/Sorted_Order_Report_by_Date.csv",
                header=COLUMNS,
                lines=inserted(lines, {place: broken}),
            ),
        ),
        facts={
            "weekday_factors": UMKM_CALENDAR.weekday_factors,
            "yearly_growth": UMKM_CALENDAR.yearly_growth,
            "holidays": [day.isoformat() for day, _ in UMKM_CALENDAR.holidays],
            "customer_groups": {
                name: group.name
                for group, members in zip(UMKM_GROUPS, (*names, *others), strict=True)
                for name in members
            },
            "totals": {
                "orders": len(orders),
                "quantity": sum(order.total_quantity for order in orders),
                "product_quantity": sum(sum(order.boxes) for order in orders),
                "sales_amount": sum(order.amount for order in orders),
            },
        },
    )
