"""Sample of source scf: families of a survey, five implicates each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from retail_marts.sample.car_dealer import draw
from retail_marts.sample.files import (
    Line,
    Source,
    TextFile,
    assemble,
    delimited,
    stream,
    trimmed,
)
from retail_marts.sample.truth import (
    CAR_CUSTOMER_PROFILE,
    SCF_FAMILIES,
    SCF_IMPLICATES,
    SCF_LOOK_ALIKE_FAMILIES,
)

# in the order of the survey's own file, which has 351
COLUMNS = (
    "YY1", "Y1", "WGT", "HHSEX", "AGE", "AGECL", "EDUC", "EDCL", "MARRIED", "KIDS",
    "LF", "FOODHOME", "FOODAWAY", "RENT", "INCOME", "WAGEINC", "SSRETINC", "LATE",
    "CHECKING", "SAVING", "LIQ", "HLIQ", "CDS", "STOCKS", "BOND", "RETQLIQ", "OTHFIN",
    "FIN", "VEHIC", "HVEHIC", "OWN", "NOWN", "NVEHIC", "HOUSES", "HHOUSES", "HOUSECL",
    "BUS", "NFIN", "ASSET", "RESDBT", "CCBAL", "NOCCBAL", "VEH_INST", "EDN_INST",
    "INSTALL", "ODEBT", "DEBT", "HDEBT", "NETWORTH",
)  # fmt: skip

_MEAN_WEIGHT = 21000.0
# the survey converts past incomes into money of its year: all are multiples of this
_INCOME_UNIT = 1018.3471


def _family(rng: np.random.Generator, *, looks_alike: bool) -> dict[str, float]:
    """Draw what a family is and has, the same for all its implicates."""
    profile = CAR_CUSTOMER_PROFILE
    if looks_alike:
        age = float(draw(rng, spread=profile.age, size=1)[0])
        income = float(draw(rng, spread=profile.annual_salary, size=1)[0])
        card = float(draw(rng, spread=profile.credit_card_debt, size=1)[0])
        worth = float(draw(rng, spread=profile.net_worth, size=1)[0])
        vehicles = int(rng.choice(4, p=(0.2, 0.5, 0.2, 0.1)))
    else:
        age = float(rng.uniform(19, 92))
        income = float(rng.lognormal(10.75, 1.1))
        # most families carry no balance, and few a high one
        card = float(rng.lognormal(6.6, 0.8)) if rng.uniform() < 0.4 else 0.0
        worth = float(
            -rng.lognormal(9.6, 1.0)
            if rng.uniform() < 0.13
            else rng.lognormal(11.4, 2.2)
        )
        vehicles = int(rng.choice(5, p=(0.14, 0.33, 0.33, 0.14, 0.06)))
    married = int(rng.uniform() < 0.55)
    return {
        "AGE": float(round(age)),
        "HHSEX": float(1 if married else rng.choice((1, 2))),
        "MARRIED": float(1 if married else 2),
        "KIDS": float(rng.poisson(0.9) if age < 60 else 0),
        "EDUC": float(rng.integers(3, 15)),
        "LATE": float(rng.uniform() < 0.12),
        "NVEHIC": float(vehicles),
        "INCOME": income,
        "CCBAL": card,
        "NETWORTH": worth,
        "WGT": float(rng.gamma(6.0, _MEAN_WEIGHT / 6.0)),
        "installment": float(rng.lognormal(9.0, 1.1) * (rng.uniform() < 0.45)),
        "mortgage": float(rng.lognormal(11.5, 0.7) * (worth > 60000.0)),
        "fin_share": float(rng.uniform(0.15, 0.6)),
    }


def _implicate(
    rng: np.random.Generator, *, family: Mapping[str, float], looks_alike: bool
) -> dict[str, float]:
    """Draw one imputation of a family: balances add up within it."""
    # imputation changes money by a few percent, but no other answer
    wobble = np.exp(rng.normal(0.0, 0.02 if looks_alike else 0.05, 4))
    age, vehicles = family["AGE"], family["NVEHIC"]
    income = max(1.0, round(family["INCOME"] * wobble[0] / _INCOME_UNIT))
    card = round(family["CCBAL"] * wobble[1] / 10.0) * 10.0
    worth = round(family["NETWORTH"] * wobble[2] / 100.0) * 100.0
    vehicle_debt = round(family["installment"] * 0.6) if vehicles else 0
    education_debt = round(family["installment"] * 0.4)
    mortgage = round(family["mortgage"] * wobble[3], -2)
    debt = mortgage + card + vehicle_debt + education_debt
    # assets follow from net worth and debts, but are never negative
    asset = max(worth + debt, 0.0)
    debt = asset - worth
    other_debt = debt - mortgage - card - vehicle_debt - education_debt
    financial = round(asset * family["fin_share"])
    liquid = round(financial * 0.25)
    checking, saving = round(liquid * 0.6), round(liquid * 0.4)
    liquid = checking + saving
    certificates, stocks, bonds = (round(financial * s) for s in (0.06, 0.2, 0.04))
    retirement = round(financial * 0.35)
    solid = asset - financial
    vehicle_value = min(round(vehicles * 9500 * wobble[3]), solid) if vehicles else 0
    houses = round((solid - vehicle_value) * 0.8) if mortgage else 0
    return {
        **{name: family[name] for name in ("HHSEX", "AGE", "EDUC", "MARRIED")},
        **{name: family[name] for name in ("KIDS", "LATE", "NVEHIC", "WGT")},
        "AGECL": float(np.searchsorted((35, 45, 55, 65, 75), age, side="right") + 1),
        "EDCL": float(np.searchsorted((8, 9, 12), family["EDUC"], side="right") + 1),
        "LF": float(age < 66),
        "FOODHOME": float(round(2600 + 1300 * family["KIDS"], -1)),
        "FOODAWAY": float(round(income * 18, -1)),
        "RENT": 0.0 if houses else float(round(350 + income * 4, -1)),
        "INCOME": income * _INCOME_UNIT,
        "WAGEINC": income * _INCOME_UNIT * (0.85 if age < 66 else 0.2),
        "SSRETINC": 0.0 if age < 66 else income * _INCOME_UNIT * 0.6,
        "CHECKING": checking,
        "SAVING": saving,
        "LIQ": liquid,
        "HLIQ": float(liquid > 0),
        "CDS": certificates,
        "STOCKS": stocks,
        "BOND": bonds,
        "RETQLIQ": retirement,
        "OTHFIN": financial - liquid - certificates - stocks - bonds - retirement,
        "FIN": financial,
        "VEHIC": vehicle_value,
        "HVEHIC": float(vehicles > 0),
        "OWN": float(vehicles > 0),
        "NOWN": vehicles,
        "HOUSES": houses,
        "HHOUSES": float(houses > 0),
        "HOUSECL": 1.0 if houses else 2.0,
        "BUS": solid - vehicle_value - houses,
        "NFIN": solid,
        "ASSET": asset,
        "RESDBT": mortgage,
        "CCBAL": card,
        "NOCCBAL": float(card == 0),
        "VEH_INST": vehicle_debt,
        "EDN_INST": education_debt,
        "INSTALL": vehicle_debt + education_debt,
        "ODEBT": other_debt,
        "DEBT": debt,
        "HDEBT": float(debt > 0),
        "NETWORTH": worth,
    }


def generate(*, seed: int) -> Source:
    """Generate the survey extract of source scf.

    Parameters
    ----------
    seed
        The seed of the whole sample.

    Returns
    -------
    Source
        ``scf/SCFP2019.csv.gz``: gzip, UTF-8 with LF. Money in USD; ``WGT`` in families,
        so that all rows of an implicate number sum to a fifth of the population.
    """
    rng = stream(seed=seed, part="scf.families")
    order = stream(seed=seed, part="scf.order").permutation(SCF_FAMILIES)
    look_alikes = {int(place) + 1 for place in order[:SCF_LOOK_ALIKE_FAMILIES]}
    # the family without weights is in the middle, with the next free number
    weightless = SCF_FAMILIES + 1
    numbers = [*range(1, SCF_FAMILIES + 1)]
    numbers.insert(SCF_FAMILIES // 2, weightless)
    lines: list[Line] = []
    weight = 0.0
    for number in numbers:
        alike = number in look_alikes
        family = _family(rng, looks_alike=alike)
        for implicate in range(1, SCF_IMPLICATES + 1):
            row = _implicate(rng, family=family, looks_alike=alike)
            row |= {"YY1": float(number), "Y1": float(10 * number + implicate)}
            cells = [trimmed(row[name], places=6) for name in COLUMNS]
            if number == weightless:
                cells[COLUMNS.index("WGT")] = ""
                reason = "missing_weight"
                lines.append(Line(text=delimited(cells), rejected=reason))
                continue
            weight += float(cells[COLUMNS.index("WGT")])
            lines.append(Line(text=delimited(cells)))
    return assemble(
        text_files=(TextFile(name="scf/SCFP2019.csv.gz", header=COLUMNS, lines=lines),),
        facts={
            "look_alike_families": sorted(look_alikes),
            "rejected_family": weightless,
            "totals": {
                "families": SCF_FAMILIES,
                "rows": SCF_FAMILIES * SCF_IMPLICATES,
                "weight": round(weight, 4),
            },
        },
    )
