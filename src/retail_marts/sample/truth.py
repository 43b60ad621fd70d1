"""The truth that is planted in the sample, which a method must find again.

Every figure here is invented. The generators read these constants and draw nothing of
this kind themselves, so a test compares a result with this module (or with
``truth.json``, which `retail_marts.sample.write_sample` makes of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """How busy each day of a business is.

    Parameters
    ----------
    first_day, last_day
        The range of the sales, both ends included.
    weekday_factors
        Seven factors, Monday first, with mean 1; 0 is a day that is always closed.
    month_factors
        Twelve factors, January first, with mean 1.
    yearly_growth
        Growth of a year, .15 for 15 %.
    noise
        Standard deviation of the logarithm of a day's own factor.
    holidays
        Single days with an additional factor.
    """

    first_day: date
    last_day: date
    weekday_factors: tuple[float, ...]
    month_factors: tuple[float, ...]
    yearly_growth: float
    noise: float
    holidays: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CustomerGroup:
    """How the customers of one group behave; ranges include both ends.

    Parameters
    ----------
    name
        What the group is.
    customers
        How many customers it has.
    orders
        Orders of one customer (for kalbe: transaction lines).
    lines
        Lines of one order.
    quantity
        Units of one line.
    recency_days
        Days from a customer's last order to the last day; None draws it at random.
    price_tier
        Which third of the price list it buys from: 0 cheap, 1 middle, 2 expensive.
    """

    name: str
    customers: int
    orders: tuple[int, int]
    lines: tuple[int, int] = (1, 1)
    quantity: tuple[int, int] = (1, 1)
    recency_days: tuple[int, int] | None = None
    price_tier: int = 0


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Items that are bought together far more often than by chance.

    Parameters
    ----------
    items
        The names of the two items.
    order_share
        Share of all orders that are this bundle.
    """

    items: tuple[str, str]
    order_share: float


@dataclass(frozen=True, kw_only=True)
class SpendLaw:
    """Spend in USD as a linear function of a customer, plus normal noise.

    Parameters
    ----------
    intercept
        USD.
    gender
        USD more for a woman (Gender is 1).
    age
        USD a year of age.
    annual_salary, credit_card_debt, net_worth
        USD a USD.
    noise
        Standard deviation of the noise, USD.
    """

    intercept: float
    gender: float
    age: float
    annual_salary: float
    credit_card_debt: float
    net_worth: float
    noise: float


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A normal distribution that is cut off at both ends.

    Parameters
    ----------
    mean, deviation
        Of the distribution before the cut.
    low, high
        Values outside are drawn to these ends.
    """

    mean: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class CustomerProfile:
    """Who the car dealer's customers are, and so their look-alikes among families.

    Parameters
    ----------
    age
        Years.
    annual_salary, credit_card_debt, net_worth
        USD.
    """

    age: Spread
    annual_salary: Spread
    credit_card_debt: Spread
    net_worth: Spread


# -- kalbe: one year, growth and a yearly season mild enough that a mean stays a rival
KALBE_CALENDAR = Calendar(
    first_day=date(2022, 1, 1),
    last_day=date(2022, 12, 31),
    weekday_factors=(0.78, 0.88, 0.68, 0.98, 1.10, 1.36, 1.22),
    month_factors=(
        1.06,
        0.98,
        1.08,
        1.02,
        1.00,
        1.04,
        0.98,
        0.94,
        0.93,
        0.95,
        0.98,
        1.04,
    ),
    yearly_growth=0.12,
    noise=0.12,
)
KALBE_GROUPS = (
    CustomerGroup(name="potential", customers=100, orders=(6, 10), quantity=(1, 3)),
    CustomerGroup(name="active", customers=65, orders=(17, 23), quantity=(3, 6)),
    CustomerGroup(name="loyal", customers=35, orders=(36, 44), quantity=(7, 10)),
)

# -- umkm: 17 weeks and a day; nearly closed on two holidays, yet no day is empty
UMKM_CALENDAR = Calendar(
    first_day=date(2024, 9, 1),
    last_day=date(2024, 12, 29),
    weekday_factors=(0.85, 0.70, 1.10, 0.98, 1.25, 0.50, 1.62),
    month_factors=(1.0,) * 12,
    yearly_growth=0.10,
    noise=0.06,
    holidays=((date(2024, 10, 17), 0.25), (date(2024, 12, 25), 0.25)),
)
UMKM_GROUPS = (
    CustomerGroup(name="daily_partner", customers=3, orders=(75, 120)),
    CustomerGroup(
        name="weekly_regular",
        customers=3,
        orders=(14, 17),
        quantity=(9, 15),
        recency_days=(0, 6),
    ),
    CustomerGroup(
        name="recent_occasional",
        customers=6,
        orders=(2, 3),
        quantity=(14, 20),
        recency_days=(3, 20),
    ),
    CustomerGroup(
        name="dormant_one_off",
        customers=7,
        orders=(1, 1),
        quantity=(6, 9),
        recency_days=(70, 110),
    ),
)

# -- superstore: four years with a strong last quarter, growth and four kinds of buyers
SUPERSTORE_CALENDAR = Calendar(
    first_day=date(2020, 1, 1),
    last_day=date(2023, 12, 31),
    weekday_factors=(1.20, 0.90, 1.00, 1.10, 1.35, 0.80, 0.65),
    month_factors=(
        0.75,
        0.70,
        0.90,
        0.85,
        0.90,
        1.00,
        0.90,
        1.00,
        1.15,
        1.15,
        1.35,
        1.35,
    ),
    yearly_growth=0.15,
    noise=0.05,
)
SUPERSTORE_GROUPS = (
    CustomerGroup(
        name="active_low_spender",
        customers=170,
        orders=(3, 5),
        lines=(1, 3),
        quantity=(1, 3),
        recency_days=(15, 120),
        price_tier=0,
    ),
    CustomerGroup(
        name="high_frequency_mid_spender",
        customers=60,
        orders=(14, 20),
        lines=(1, 3),
        quantity=(2, 5),
        recency_days=(0, 30),
        price_tier=1,
    ),
    CustomerGroup(
        name="dormant_low_buyer",
        customers=190,
        orders=(1, 2),
        lines=(1, 2),
        quantity=(1, 2),
        recency_days=(450, 1200),
        price_tier=0,
    ),
    CustomerGroup(
        name="premium_high_value",
        customers=45,
        orders=(5, 7),
        lines=(1, 4),
        quantity=(3, 6),
        recency_days=(15, 120),
        price_tier=2,
    ),
)
SUPERSTORE_BUNDLES = (
    Bundle(items=("Headsets", "Webcams"), order_share=0.022),
    Bundle(items=("Desk Lamps", "Footrests"), order_share=0.020),
    Bundle(items=("Ink", "Sketch Pads"), order_share=0.018),
)
# discounts above every product's margin of .42, or above most of them
SUPERSTORE_LOSING_DISCOUNTS = (0.4, 0.5)
# an order that has this sub-category is returned so many times as often as others
SUPERSTORE_RETURNED = "Shelves"
SUPERSTORE_RETURNED_FACTOR = 6.0
# frequent customers who stopped buying so many days before the last day
SUPERSTORE_OVERDUE_CUSTOMERS = 5
SUPERSTORE_OVERDUE_DAYS = 740
# more customers buy each year, at the prices of the years before
SUPERSTORE_GROWING_DRIVER = "customers"

# -- car_dealer: what a customer spends, and who the customers are
SPEND_LAW = SpendLaw(
    intercept=-38500.0,
    gender=450.0,
    age=790.0,
    annual_salary=0.58,
    credit_card_debt=0.12,
    net_worth=0.026,
    noise=250.0,
)
CAR_CUSTOMERS = 200
CAR_CUSTOMER_PROFILE = CustomerProfile(
    age=Spread(mean=45.0, deviation=7.5, low=24.0, high=68.0),
    annual_salary=Spread(mean=61000.0, deviation=10500.0, low=32000.0, high=96000.0),
    credit_card_debt=Spread(mean=9400.0, deviation=2900.0, low=1500.0, high=18500.0),
    net_worth=Spread(mean=415000.0, deviation=150000.0, low=45000.0, high=880000.0),
)

# -- scf: families like the car dealer's customers, among others who are unlike them
SCF_FAMILIES = 300
SCF_LOOK_ALIKE_FAMILIES = 36
SCF_IMPLICATES = 5

# -- corner_shop: half a year, closed on Sundays, with two articles for each bundle
CORNER_SHOP_CALENDAR = Calendar(
    first_day=date(2024, 1, 2),
    last_day=date(2024, 6, 29),
    weekday_factors=(0.95, 0.75, 1.10, 0.85, 1.45, 1.90, 0.0),
    month_factors=(1.0,) * 12,
    yearly_growth=0.0,
    noise=0.05,
    holidays=((date(2024, 4, 1), 0.0), (date(2024, 5, 1), 0.0)),
)
CORNER_SHOP_GROUPS = (
    CustomerGroup(
        name="regular", customers=14, orders=(10, 13), lines=(2, 4), quantity=(2, 5)
    ),
    CustomerGroup(
        name="occasional", customers=30, orders=(1, 3), lines=(1, 2), quantity=(1, 2)
    ),
)
CORNER_SHOP_BUNDLES = (
    Bundle(items=("Mürbehörnchen", "Quittengelee"), order_share=0.08),
    Bundle(items=("Grüntee lose", "Teefilter"), order_share=0.07),
)
# shares of the receipts of each branch; the returning one has most of the returns
CORNER_SHOP_BRANCHES = (("Markt", 0.45), ("Hafen", 0.33), ("Bahnhof", 0.22))
CORNER_SHOP_RETURNING_BRANCH = "Bahnhof"
CORNER_SHOP_RETURNING_SHARE = 0.8
# the article whose stock ends within days; all others last for months
CORNER_SHOP_RUNNING_OUT = "Roggenkruste"

# -- flat sales lines: a busy autumn, the weekend strongest
FLAT_WEEKDAY_FACTORS = (0.85, 0.80, 0.90, 1.00, 1.25, 1.35, 0.85)
FLAT_MONTH_FACTORS = (
    0.88,
    0.84,
    0.94,
    0.96,
    1.00,
    0.98,
    0.94,
    0.96,
    1.02,
    1.08,
    1.16,
    1.24,
)
FLAT_YEARLY_GROWTH = 0.10
FLAT_RETURN_SHARE = 0.01
# the product of rank r sells in proportion to r to the power of minus this
FLAT_ZIPF_EXPONENT = 0.8
