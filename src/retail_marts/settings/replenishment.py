"""Settings of the replenishment."""

from __future__ import annotations

from typing import Annotated

from retail_marts.settings.kinds import Number, Section, Whole, setting


class ReplenishmentSettings(Section):
    """How to order."""

    lead_time_days: Annotated[int, Whole(0, 3660)] = setting(
        7, "days from an order to its delivery, where no product terms state them"
    )
    review_days: Annotated[int, Whole(1, 3660)] = setting(
        7, "days from one order to the next"
    )
    service_level: Annotated[float, Number(0.5, 0.99)] = setting(
        0.95, "probability that the stock is enough until the next delivery"
    )
