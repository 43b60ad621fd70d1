"""Prospects: whom to court, what they will spend, and why."""

from __future__ import annotations

from retail_marts.report import charts
from retail_marts.report.blocks import Block, empty, number, numbered, percent
from retail_marts.report.marts_reader import Business

_POINTS = 1000


def blocks(business: Business) -> list[Block]:
    """The prospects of one business."""
    found: list[Block] = []
    if business.has("prospecting.rpt_population_representation"):
        found += _representation(business)
    if business.has("prospecting.fct_prospects"):
        found += _bands(business)
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
    ratio = {
        "cluster_name": "group",
        "population_share": "of the population",
        "customer_share": "of the customers",
        "representation_ratio": "ratio",
    }
    for column, heading in (
        ("ratio_lower_95", "95 %: from"),
        ("ratio_upper_95", "to"),
        ("strategy", "strategy"),
    ):
        if column in frame:
            ratio[column] = heading
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
                ratio,
                digits=dict.fromkeys(
                    ["representation_ratio", "ratio_lower_95", "ratio_upper_95"], 2
                ),
                shares=["population_share", "customer_share"],
            ),
        )
    ]


def _bands(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select band, count(*) as family_count, sum(weight) as families,
            sum(weight) / sum(sum(weight)) over () as share,
            avg(prospect_score) as prospect_score
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
                    "prospect_score": "mean score",
                },
                digits={"prospect_score": 3},
                shares=["share"],
            ),
        )
    ]


def _spend_models(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select *, replace(model_name, '_', ' ')
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
            "with default settings and tuned.",
            charts.bars(
                shown, y=("model", "model"), x=("mae", f"MAE ({business.currency})")
            ),
            numbered(
                frame.sort_values(["model", "split"]),
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
        blocks.append(
            Block(
                "spend_drivers",
                "What drives spend",
                "By how much predictions worsen when a feature is shuffled.",
                charts.bars(
                    drivers,
                    y=("feature", "feature"),
                    x=("importance", "importance"),
                    color=("direction", "direction"),
                ),
            )
        )
    return blocks
