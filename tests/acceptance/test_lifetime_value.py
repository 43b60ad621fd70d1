"""Lifetime values of the real files, compared with plain fits of the same customers."""

from __future__ import annotations

import numpy as np
import pytest
from test_figures import Query, query

from benchmarks.lifetime_value import plain_bg_nbd, plain_gamma_gamma

__all__ = ["query"]

MODELS = "customers.fct_lifetime_value_models where fitted_on = 'history'"


def _histories(query: Query, business: str) -> np.ndarray:
    """x, t_x, T and total value of each customer, counted from the lines."""
    rows = query(
        f"""with days as (
            select customer_id, order_date, bool_or(line_type = 'sale') as bought,
                sum(sales_amount) as amount
            from core.fct_sales_lines where business_id = '{business}' group by all
        )
        select count(*) filter (bought) - 1,
            max(order_date) filter (bought) - min(order_date) filter (bought),
            (select max(order_date) from core.fct_sales_lines
                where business_id = '{business}' and line_type = 'sale')
            - min(order_date) filter (bought),
            cast(sum(amount) as double)
        from days group by customer_id"""
    )
    return np.array(rows, dtype=np.float64).T


@pytest.mark.parametrize("business", ["kalbe", "superstore"])
def test_log_likelihoods_are_those_of_the_parameters(
    query: Query, business: str
) -> None:
    x, t_x, age, total = _histories(query, business)
    ((*parameters, stated),) = query(
        f"select r, alpha, a, b, log_likelihood from {MODELS}"
        f" and model_name = 'bg_nbd' and business_id = '{business}'"
    )
    direct = plain_bg_nbd(parameters, x, t_x, age).sum()
    assert stated == pytest.approx(direct, abs=0.01)
    # No step of 1 % in a parameter gives a higher likelihood.
    for i in range(4):
        for factor in (0.99, 1.01):
            other = [p * (factor if i == j else 1) for j, p in enumerate(parameters)]
            assert plain_bg_nbd(other, x, t_x, age).sum() < stated + 0.01
    ((*parameters, stated),) = query(
        f"select p, q, gamma, log_likelihood from {MODELS}"
        f" and model_name = 'gamma_gamma' and business_id = '{business}'"
    )
    direct = plain_gamma_gamma(parameters, x + 1, total).sum()
    assert stated == pytest.approx(direct, rel=1e-9)


def test_fits_converge_and_say_what_they_saw(query: Query) -> None:
    assert query(
        "select business_id, model_name, customer_count, repeat_customer_count,"
        f" converged, note from {MODELS} and business_id <> 'car_dealer' order by all"
    ) == [
        (
            "kalbe",
            "bg_nbd",
            447,
            447,
            True,
            "hardly any customer is seen to leave; "
            "customers hardly differ in how often they buy; not used",
        ),
        ("kalbe", "gamma_gamma", 447, 447, True, None),
        (
            "superstore",
            "bg_nbd",
            17415,
            5430,
            True,
            "hardly any customer is seen to leave; not used",
        ),
        ("superstore", "gamma_gamma", 17415, 5430, True, None),
        ("umkm", "bg_nbd", 17, 9, None, "9 customers bought again, 30 are needed"),
        (
            "umkm",
            "gamma_gamma",
            17,
            9,
            None,
            "9 customers bought again for money, 30 are needed",
        ),
    ]


@pytest.mark.parametrize(
    ("business", "actual", "predicted", "errors"),
    [
        ("kalbe", 2.6443, 2.8009, [1.5754, 1.5754, 1.8827, 1.5754]),
        ("superstore", 0.2890, 0.2270, [0.5759, 0.5817, 0.7973, 0.5761]),
    ],
)
def test_holdout_figures(
    query: Query, business: str, actual: float, predicted: float, errors: list[float]
) -> None:
    rows = query(
        "select actual_orders_mean, predicted_orders_mean, orders_rmse"
        " from customers.rpt_lifetime_value_holdout where frequency_class = 'all'"
        f" and business_id = '{business}' order by model_name"
    )
    assert rows[0][:2] == pytest.approx((actual, predicted), abs=1e-4)
    # BG/NBD, business, own and shrunken rate.
    assert [row[2] for row in rows] == pytest.approx(errors, abs=1e-4)
