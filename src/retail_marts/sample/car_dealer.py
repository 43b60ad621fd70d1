"""Sample of source car_dealer: customers, their finances and what they spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retail_marts.sample.files import (
    Line,
    Source,
    TextFile,
    assemble,
    delimited,
    inserted,
    stream,
    trimmed,
)
from retail_marts.sample.truth import (
    CAR_CUSTOMER_PROFILE,
    CAR_CUSTOMERS,
    SPEND_LAW,
    Spread,
)

COLUMNS = (
    "Customer Name", "Customer e-mail", "Country", "Gender", "Age", "Annual Salary",
    "Credit Card Debt", "Net Worth", "Car Purchase Amount",
)  # fmt: skip

_FIRST_NAMES = (
    "Alwina", "Bertrun", "Corvin", "Delphia", "Evander", "Fiorella", "Gisbert",
    "Hedda", "Ignaz", "Jorunn", "Kasimir", "Leontine", "Merlin", "Nerida", "Ottokar",
    "Perpetua", "Quirin", "Rosalba", "Severin", "Thekla",
)  # fmt: skip
_LAST_NAMES = (
    "Ahornfeld", "Brambleby", "Coldwater", "Dunmarrow", "Elderbeck", "Fernsworth",
    "Glimmond", "Hasselgrav", "Ivorstone", "Juniperry", "Kestrelby", "Lindqvast",
    "Mossgrove", "Nettlecombe", "Oakenshaw", "Pellworth", "Quillfeather",
    "Rushmere-Vail", "Söndergrav", "Thistlewick",
)  # fmt: skip
# reserved for documentation: mail to them reaches nobody
_DOMAINS = ("example.com", "example.org", "example.net")
_REPEATED_NAMES = {57: 12, 163: 88}


def draw(rng: np.random.Generator, *, spread: Spread, size: int) -> NDArray[np.float64]:
    """Draw values of a cut-off normal distribution, shape (size,)."""
    values = rng.normal(spread.mean, spread.deviation, size)
    return np.clip(values, spread.low, spread.high)


def _names(rng: np.random.Generator, *, size: int) -> list[str]:
    """Draw names, of which two occur twice."""
    pairs = rng.choice(len(_FIRST_NAMES) * len(_LAST_NAMES), size=size, replace=False)
    names = [
        f"{_FIRST_NAMES[first]} {_LAST_NAMES[last]}"
        for first, last in (divmod(int(pair), len(_LAST_NAMES)) for pair in pairs)
    ]
    for later, earlier in _REPEATED_NAMES.items():
        names[later] = names[earlier]
    return names


def _line(
    index: int,
    name: str,
    *,
    gender: int,
    age: int,
    salary: float,
    debt: float,
    worth: float,
    spend: float,
) -> Line:
    """Return a customer as a line of the file."""
    # a running number keeps e-mails unique where names are not
    local = name.lower().replace(" ", ".").replace("ö", "oe")
    cells = (
        name,
        f"{local}.{index + 1}@{_DOMAINS[index % len(_DOMAINS)]}",
        "USA",
        gender,
        age,
        trimmed(salary, places=5),
        trimmed(debt, places=5),
        trimmed(worth, places=4),
        trimmed(spend, places=5),
    )
    warnings = ("repeated_name",) if index in _REPEATED_NAMES else ()
    return Line(text=delimited(cells), warnings=warnings)


def generate(*, seed: int) -> Source:
    """Generate the customer list of source car_dealer.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``car_dealer/Car_Purchasing_Data.csv``: UTF-8 with CRLF, amounts in USD. Spend
        follows `retail_marts.sample.truth.SPEND_LAW`.
    """
    size = CAR_CUSTOMERS
    rng = stream(seed=seed, part="car_dealer.customers")
    names = _names(rng, size=size)
    profile = CAR_CUSTOMER_PROFILE
    gender = rng.integers(0, 2, size)
    age = np.round(draw(rng, spread=profile.age, size=size))
    # rounded before the law is applied: the law holds for what the file says
    salary = np.round(draw(rng, spread=profile.annual_salary, size=size), 5)
    debt = np.round(draw(rng, spread=profile.credit_card_debt, size=size), 5)
    worth = np.round(draw(rng, spread=profile.net_worth, size=size), 4)
    law = SPEND_LAW
    spend = (
        law.intercept
        + law.gender * gender
        + law.age * age
        + law.annual_salary * salary
        + law.credit_card_debt * debt
        + law.net_worth * worth
        + rng.normal(0.0, law.noise, size)
    )
    lines = [
        _line(
            index,
            name,
            gender=int(gender[index]),
            age=int(age[index]),
            salary=salary[index],
            debt=debt[index],
            worth=worth[index],
            spend=spend[index],
        )
        for index, name in enumerate(names)
    ]
    broken = Line(
        text=delimited(
            (
                "Yorick Zephyrine",
                "yorick.zephyrine@example.org",
                "USA",
                0,
                44,
                "not stated",
                "8712.4402",
                "398122.7310",
                "38911.20544",
            )
        ),
        rejected="unparseable_salary",
    )
    return assemble(
        text_files=(
            TextFile(
                name="car_dealer/Car_Purchasing_Data.csv",
                header=COLUMNS,
                lines=inserted(lines, {110: broken}),
                line_end="\r\n",
            ),
        ),
        facts={
            "spend_law": {
                "intercept": law.intercept,
                "Gender": law.gender,
                "Age": law.age,
                "Annual Salary": law.annual_salary,
                "Credit Card Debt": law.credit_card_debt,
                "Net Worth": law.net_worth,
                "noise": law.noise,
            },
            "repeated_names": sorted(names[later] for later in _REPEATED_NAMES),
            "totals": {
                "customers": size,
                "spend_amount": round(float(np.round(spend, 5).sum()), 5),
            },
        },
    )
