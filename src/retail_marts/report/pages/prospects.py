"""Prospects: who to approach, what they will spend, and why."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.blocks import (
    Block,
    empty,
    in_currency,
    money,
    number,
    numbered,
    percent,
    short,
    words,
)
from retail_marts.report.marts_reader import Business

_POINTS = 1000
#: With fewer families of the survey, the number that they represent is a rough guess.
_FEW_FAMILIES = 30


def blocks(business: Business) -> list[Block]:
    """The prospects of one business."""
    found: list[Block] = []
    if business.has("prospecting.rpt_population_overlap"):
        found += _overlap(business, is_compared=True)
    if business.has("prospecting.rpt_population_representation"):
        found += _representation(business)
    if business.has("prospecting.fct_prospects"):
        found += _bands(business)
    if business.has("prospecting.rpt_prospect_lift"):
        found += _lift(business)
    if business.has("prospecting.fct_spend_model_scores"):
        found += _spend_models(business)
    if business.has("prospecting.rpt_population_overlap"):
        found += _overlap(business, is_compared=False)
    return found or [
        empty(
            "none",
            "No prospects",
            "The files do not state the age, income or wealth of customers, so they "
            "cannot be compared with a population.",
        )
    ]


def _overlap(business: Business, *, is_compared: bool) -> list[Block]:
    """Warnings to read before the prospects are used, or why there are none."""
    frame = business.frame(
        """
        select population_id, coalesce(reason, warning) as said
        from prospecting.rpt_population_overlap
        where business_id = $business_id and is_compared = $is_compared
            and coalesce(reason, warning) is not null
        order by population_id
        """,
        is_compared=is_compared,
    )
    return [
        empty(
            f"overlap_{population}",
            "Customers and population differ: scores order families, no more"
            if is_compared
            else "The customers are not compared with a population",
            words(f"{said[:1].upper()}{said[1:]}.".replace("_amount", "")).replace(
                "%", " %"
            ),
        )
        for population, said in zip(
            frame["population_id"], frame["said"].astype(str), strict=True
        )
    ]


def _lift(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select cast(decile as varchar) as decile, lift, customer_share,
            cumulative_customer_share
        from prospecting.rpt_prospect_lift
        where business_id = $business_id and lift is not null
        order by rpt_prospect_lift.decile
        """
    )
    if frame.empty:
        return []
    return [
        Block(
            "lift",
            lift_title(frame),
            "Families are sorted by score, highest first, and split into ten groups of "
            "equal weight. Lift: how many times more often than by chance a customer "
            "is in the group. Measured on families and customers that the model had "
            "not seen.",
            charts.columns(frame, x=("decile", "decile"), y=("lift", "lift")),
        )
    ]


def lift_title(frame: pd.DataFrame) -> str:
    """How many times more customers the best tenth holds than by chance."""
    first = frame["lift"].iloc[0]
    if first <= 1:
        return "The score finds no more customers than chance"
    return (
        "The highest tenth of families holds "
        f"{number(first, 1)} times as many customers as chance"
    )


def representation_title(frame: pd.DataFrame) -> str:
    """The groups that are over-represented beyond chance, else the first one."""
    best = frame.iloc[0]
    ratio = number(best["representation_ratio"], 1)
    lower = best["representation_ratio_lower"]
    if pd.isna(lower) or lower <= 1:
        return "No group is clearly over-represented among the customers"
    return f"{best['cluster_name']}: {ratio} times its share of the population"


def _representation(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select * from prospecting.rpt_population_representation
        where business_id = $business_id and customer_share is not null
        order by representation_ratio desc, cluster_name
        """
    )
    if frame.empty:
        return []
    long = frame.rename(
        columns={"population_share": "population", "customer_share": "customers"}
    ).melt(
        id_vars=["cluster_name"],
        value_vars=["population", "customers"],
        var_name="of",
        value_name="share",
    )
    return [
        Block(
            "representation",
            representation_title(frame),
            "Each group's weighted share of the population, and its share of your "
            "customers. A ratio above 1 means that the group is over-represented among "
            "your customers.",
            charts.bars(
                long,
                y=("cluster_name", "group"),
                x=("share", "share"),
                color=("of", "share of"),
                stacked=False,
            ),
            numbered(
                frame,
                {
                    "cluster_name": "group",
                    "population_share": "share of the population",
                    "customer_share": "share of the customers",
                    "representation_ratio": "ratio",
                    "representation_ratio_lower": "95 %: from",
                    "representation_ratio_upper": "to",
                    "strategy": "strategy",
                },
                digits=dict.fromkeys(
                    [
                        "representation_ratio",
                        "representation_ratio_lower",
                        "representation_ratio_upper",
                    ],
                    2,
                ),
                shares=["population_share", "customer_share"],
            ),
        ),
        Block(
            "groups",
            f"Profiles of the {number(len(frame))} groups of the population",
            "Weighted medians of the families in each group.",
            table=numbered(
                frame,
                {
                    "cluster_name": "group",
                    "median_age": "age",
                    "median_income_amount": in_currency("income", business.currency),
                    "median_credit_card_debt_amount": (
                        in_currency("card debt", business.currency)
                    ),
                    "median_net_worth_amount": in_currency(
                        "net worth", business.currency
                    ),
                    "at_most_one_vehicle_share": "at most one car",
                },
                shares=["at_most_one_vehicle_share"],
            ),
        ),
    ]


def _bands(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select band, count(*) as family_count, sum(weight) as families,
            sum(weight) / sum(sum(weight)) over () as share,
            sum(case when has_at_most_one_vehicle then weight else 0 end) / sum(weight)
                as one_vehicle_share,
            avg(prospect_score) as prospect_score,
            avg(cast(expected_spend_amount as double)) as expected_spend_amount
        from prospecting.fct_prospects
        where business_id = $business_id and band is not null
        group by band order by prospect_score desc
        """
    )
    if frame.empty:
        return []
    return [
        Block(
            "bands",
            bands_title(frame),
            "Families of the population, grouped by how similar they are to your "
            "customers. The narrow band is the most similar. Each family in the survey "
            "represents many families of the population.",
            table=numbered(
                frame,
                {
                    "band": "band",
                    "family_count": "families in the survey",
                    "families": "families represented",
                    "share": "share of the population",
                    "one_vehicle_share": "share with at most one car",
                    "expected_spend_amount": in_currency(
                        "expected spend", business.currency
                    ),
                    "prospect_score": "mean score",
                },
                digits={"prospect_score": 3},
                shares=["share", "one_vehicle_share"],
            ),
        )
    ]


def bands_title(frame: pd.DataFrame) -> str:
    """How many families are most like the customers, and from how many that is known.

    Parameters
    ----------
    frame
        ``band``, ``families`` and ``family_count``; the most similar band first.
    """
    best = frame.iloc[0]
    said = f"{short(best['families'])} families are in the {best['band']} band"
    if best["family_count"] < _FEW_FAMILIES:
        return f"{said}, estimated from only {number(best['family_count'])}"
    return f"{said} of prospects"


def _spend_models(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select *, replace(replace(model_name, '_', ' '), 'svr', 'SVR')
                || case when is_tuned then ' (tuned)' else '' end as model
        from prospecting.fct_spend_model_scores
        where business_id = $business_id and mae is not null
        order by split, rmse
        """
    )
    if frame.empty:
        return []
    shown = frame[frame["split"] == "cross_validation"].sort_values("rmse")
    # Errors of large amounts need no cents.
    places = 1 if frame["mae"].max() < 1000 else 0
    blocks = [
        Block(
            "spend_models",
            spend_title(frame),
            "Error on customers that the model had not seen (cross-validation), with "
            'default settings and tuned. "Beats the mean": the RMSE is lower than that '
            "of the mean by more than chance, and R² on the test part is not below 0. "
            "Best: the simplest model within one standard error of the lowest error.",
            charts.bars(
                shown,
                y=("model", "model"),
                x=("rmse", "error (RMSE)"),
                unit=business.currency,
            ),
            numbered(
                frame.assign(split=frame["split"].map(words)).sort_values(
                    ["split", "rmse"]
                ),
                {
                    "model": "model",
                    "split": "measured on",
                    "mae": "MAE",
                    "rmse": "RMSE",
                    "r2": "R²",
                    "beats_baseline": "beats the mean",
                    "is_best_model": "best",
                },
                digits={"mae": places, "rmse": places, "r2": 3},
            ),
        )
    ]
    predicted = business.frame(
        f"""
        select cast(actual_amount as double) as actual,
            cast(predicted_amount as double) as predicted
        from prospecting.fct_spend_predictions
        where business_id = $business_id and actual_amount is not null
            and predicted_amount is not null
        order by md5(customer_id) limit {_POINTS}
        """
    )
    # Predictions that are no better than the mean are not worth a picture.
    if not predicted.empty and beats_mean(frame):
        blocks.append(
            Block(
                "spend_actual_predicted",
                off_title(predicted, business.currency),
                "Each dot is a customer that the model had not seen. On the dashed "
                "line the prediction equals the actual spend."
                + (
                    f" {number(_POINTS)} customers are shown."
                    if len(predicted) == _POINTS
                    else ""
                ),
                charts.points(
                    predicted,
                    x=("actual", "spent"),
                    y=("predicted", "predicted"),
                    unit=business.currency,
                    diagonal=True,
                ),
            )
        )
    drivers = business.frame(
        """
        select feature, importance, importance_share, direction
        from prospecting.fct_spend_drivers
        where business_id = $business_id and importance is not null
        order by importance desc, feature
        """
    )
    drivers["feature"] = drivers["feature"].str.removesuffix("_amount").map(words)
    if not drivers.empty and _is_model_used(frame) and not beats_mean(frame):
        blocks.append(
            empty(
                "spend_drivers",
                "No attribute clearly drives spend",
                "The best model of spend does not beat the mean beyond chance. Looked "
                f"at: {', '.join(drivers['feature'])}.",
            )
        )
    elif not drivers.empty and drivers["importance"].iloc[0] <= 0:
        blocks.append(
            empty(
                "spend_drivers",
                "No attribute drives spend",
                "Predictions are no worse when the values of an attribute are shuffled "
                f"between customers. Looked at: {', '.join(drivers['feature'])}.",
            )
        )
    elif not drivers.empty:
        drivers["share"] = drivers["importance_share"].map(percent)
        drivers["direction"] = drivers["direction"].map(
            {
                "higher": "higher value, more spend",
                "lower": "higher value, less spend",
                "mixed": "no single direction",
                "by_level": "differs by category",
                "none": "no effect",
            }
        )
        blocks.append(
            Block(
                "spend_drivers",
                f"{drivers['feature'].iloc[0].capitalize()} drives spend most",
                "How much the prediction error (RMSE) rises when the values of one "
                "attribute are shuffled between customers. A larger rise means a "
                "more important attribute.",
                charts.bars(
                    drivers,
                    y=("feature", "attribute"),
                    x=("importance", "rise in error"),
                    unit=business.currency,
                    color=("direction", "direction"),
                ),
            )
        )
    return blocks


def _best(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["is_best_model"].fillna(False).astype(bool)]


def _is_model_used(frame: pd.DataFrame) -> bool:
    """Whether spend is predicted by a model rather than by the mean."""
    best = _best(frame)
    return not best.empty and best["model_name"].iloc[0] != "mean"


def beats_mean(frame: pd.DataFrame) -> bool:
    """Whether the model that is used is better than the mean, beyond chance."""
    best = _best(frame)
    beats = best["beats_baseline"].fillna(False).astype(bool).any()
    return _is_model_used(frame) and bool(beats)


def spend_title(frame: pd.DataFrame) -> str:
    """The model with the smallest error, and whether it beats the mean."""
    best = _best(frame)
    if not _is_model_used(frame):
        return "No model predicts spend better than the mean"
    name = str(best["model"].iloc[0])
    name = f"{name[:1].upper()}{name[1:]}"
    if beats_mean(frame):
        explained = best.loc[best["split"] == "cross_validation", "r2"].max()
        return f"{name} predicts spend better than the mean" + (
            ""
            if pd.isna(explained)
            else f"; it explains {percent(explained)} of the differences"
        )
    return f"{name} has the smallest error, but does not beat the mean"


def off_title(predicted: pd.DataFrame, currency: str) -> str:
    """How far the middle prediction is from the actual spend."""
    off = (predicted["actual"] - predicted["predicted"]).abs().median()
    return f"Half of the predictions are within {money(currency, off)} of actual spend"
