"""Prospects: whom to court, what they will spend, and why."""

from __future__ import annotations

from retail_marts.report import charts
from retail_marts.report.blocks import Block, empty, number, numbered, percent, words
from retail_marts.report.marts_reader import Business

_POINTS = 1000


def blocks(business: Business) -> list[Block]:
    """The prospects of one business."""
    found: list[Block] = []
    if business.has("prospecting.rpt_population_overlap"):
        found += _overlap(business)
    if business.has("prospecting.rpt_population_representation"):
        found += _representation(business)
    if business.has("prospecting.fct_prospects"):
        found += _bands(business)
    if business.has("prospecting.rpt_prospect_lift"):
        found += _lift(business)
    if business.has("prospecting.fct_spend_model_scores"):
        found += _spend_models(business)
    return found or [
        empty(
            "none",
            "No prospects",
            "The files say nothing of the customers' age, income or wealth, so they "
            "cannot be compared with a population.",
        )
    ]


def _overlap(business: Business) -> list[Block]:
    """What to know before a prospect is believed."""
    frame = business.frame(
        """
        select coalesce(reason, warning) as said, is_compared
        from prospecting.rpt_population_overlap
        where business_id = $business_id and coalesce(reason, warning) is not null
        order by population_id
        """
    )
    return [
        empty(
            f"overlap_{place}",
            "Before you believe a prospect" if is_compared else "Not compared",
            f"{said[:1].upper()}{said[1:]}.",
        )
        for place, (said, is_compared) in enumerate(
            zip(frame["said"].astype(str), frame["is_compared"], strict=True)
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
            "How well the score finds customers",
            "Families in tenths by score, the likeliest first: how many times more "
            "often than by chance a customer is found there. Measured on families and "
            "customers that the model had not seen.",
            charts.columns(frame, x=("decile", "tenth"), y=("lift", "lift")),
        )
    ]


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
            "Who is over- and under-represented",
            "Groups of the whole population, by weight, and the share of the customers "
            "that fall in each, measured on the population's scale.",
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
                    "population_share": "of the population",
                    "customer_share": "of the customers",
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
            "The groups in figures",
            "Weighted medians of the population's families.",
            table=numbered(
                frame,
                {
                    "cluster_name": "group",
                    "median_age": "age",
                    "median_income_amount": f"income ({business.currency})",
                    "median_credit_card_debt_amount": (
                        f"card debt ({business.currency})"
                    ),
                    "median_net_worth_amount": f"net worth ({business.currency})",
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
            "Prospects: how wide to cast the net",
            "Families of the population by how much they are like the customers; the "
            "weights say how many families of the country each stands for.",
            table=numbered(
                frame,
                {
                    "band": "band",
                    "family_count": "families asked",
                    "families": "families they stand for",
                    "share": "share of the population",
                    "one_vehicle_share": "with at most one car",
                    "expected_spend_amount": f"expected spend ({business.currency})",
                    "prospect_score": "mean score",
                },
                digits={"prospect_score": 3},
                shares=["share", "one_vehicle_share"],
            ),
        )
    ]


def _spend_models(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select *, replace(replace(model_name, '_', ' '), 'svr', 'SVR')
                || case when is_tuned then ' (tuned)' else '' end as model
        from prospecting.fct_spend_model_scores
        where business_id = $business_id and mae is not null
        order by split, mae
        """
    )
    if frame.empty:
        return []
    shown = frame[frame["split"] == "cross_validation"].sort_values("mae")
    blocks = [
        Block(
            "spend_models",
            "What a customer spends: models compared",
            "Mean error on customers that a model had not seen (cross-validation), "
            "with default settings and tuned. A model beats the mean by its RMSE.",
            charts.bars(
                shown, y=("model", "model"), x=("mae", f"MAE ({business.currency})")
            ),
            numbered(
                frame.assign(split=frame["split"].map(words)).sort_values(
                    ["model", "split"]
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
                digits={"mae": 1, "rmse": 1, "r2": 4},
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
    if not predicted.empty:
        blocks.append(
            Block(
                "spend_actual_predicted",
                "What customers spent against what was predicted",
                "Each dot is a customer that the model had not seen; on the dashed "
                "line the prediction is right"
                + (
                    f"; {number(_POINTS)} are drawn."
                    if len(predicted) == _POINTS
                    else "."
                ),
                charts.points(
                    predicted,
                    x=("actual", f"spent ({business.currency})"),
                    y=("predicted", f"predicted ({business.currency})"),
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
    if not drivers.empty:
        drivers["share"] = drivers["importance_share"].map(percent)
        drivers["feature"] = drivers["feature"].str.removesuffix("_amount").map(words)
        drivers["direction"] = drivers["direction"].map(
            {
                "higher": "more of it, more spend",
                "lower": "more of it, less spend",
                "mixed": "up and down",
                "by_level": "differs by level",
                "none": "no matter",
            }
        )
        blocks.append(
            Block(
                "spend_drivers",
                "What drives spend",
                "By how much the error (RMSE) of a prediction rises when customers "
                "swap their values of a feature.",
                charts.bars(
                    drivers,
                    y=("feature", "feature"),
                    x=("importance", f"rise of the error ({business.currency})"),
                    color=("direction", "direction"),
                ),
            )
        )
    return blocks
