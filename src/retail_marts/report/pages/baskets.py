"""Baskets: what sells together, what to recommend, and how good that is."""

from __future__ import annotations

import pandas as pd

from retail_marts.report import charts, findings
from retail_marts.report.blocks import (
    Block,
    empty,
    in_currency,
    number,
    numbered,
    percent,
    words,
)
from retail_marts.report.marts_reader import PRODUCT_NAME, Business

_RULES_SHOWN = 30
#: Rules shown where all may be chance.
_CHANCE_SHOWN = 5
#: A map of fewer rules shows less than their table.
_LEAST_MAPPED = 5
_PRODUCTS_SHOWN = 15
_NAMED = 3
#: Length of the lists that are scored.
_LIST_LENGTH = 10
_LEVELS = {
    "product": "products",
    "category": "categories",
    "sub_category": "sub-categories",
}


def blocks(business: Business) -> list[Block]:
    """The baskets of one business."""
    if not _has_baskets(business):
        return [
            empty(
                "none",
                "No baskets",
                "The files of this business have no orders with products, so no "
                "products can be compared.",
            )
        ]
    found: list[Block] = []
    for level, name in _LEVELS.items():
        found += _rules(business, level, name)
    found.append(_runs(business))
    if business.has("basket.fct_product_recommendations"):
        found.append(_recommendations(business))
    if business.has("basket.rpt_segment_bundles"):
        found += _bundles(business)
    if business.has("basket.rpt_recommendation_scores"):
        found.append(_scores(business))
    return found


def _has_baskets(business: Business) -> bool:
    return (
        business.has("basket.rpt_basket_runs")
        and not business.frame(
            """
            select 1 from basket.rpt_basket_runs
            where business_id = $business_id and basket_total > 0 limit 1
            """
        ).empty
    )


def _rules(business: Business, level: str, name: str) -> list[Block]:
    frame = business.frame(
        f"""
        select antecedents || ' → ' || consequents as rule, antecedents, consequents,
            basket_count, support, confidence, lift, q_value, is_significant,
            is_redundant
        from basket.fct_basket_rules
        where business_id = $business_id and basket_level = $level
        order by is_significant desc, is_redundant, rule_rank limit {_RULES_SHOWN}
        """,
        level=level,
    )
    if frame.empty:
        return []
    run = business.frame(
        """
        select shuffle_note,
            coalesce(2 * shuffled_rule_count >= significant_rule_count, false)
                as is_from_sizes
        from basket.rpt_basket_runs
        where business_id = $business_id and basket_level = $level
        """,
        level=level,
    ).iloc[0]
    frame = worth_showing(frame)
    is_from_sizes = bool(run["is_from_sizes"])
    note = "" if pd.isna(run["shuffle_note"]) else f" Here {run['shuffle_note']}."
    frame["evidence"] = frame["is_significant"].map(
        {True: "significant", False: "may be chance"}
    )
    frame["strategy"] = [
        rule_strategy(*row, is_from_sizes=is_from_sizes)
        for row in zip(
            frame["antecedents"],
            frame["consequents"],
            frame["lift"],
            frame["is_significant"],
            frame["is_redundant"],
            strict=True,
        )
    ]
    found = [
        Block(
            f"rules_{level}",
            rules_title(frame, name, is_from_sizes=is_from_sizes),
            "Customers who buy the left side also buy the right side. Support: the "
            "share of all baskets with both. Confidence: how often the right side is "
            "bought with the left. Lift: how many times more often than by chance. Do "
            f"not act on a rule that may be chance.{note}",
            table=numbered(
                frame,
                {
                    "rule": "rule",
                    "basket_count": "baskets",
                    "support": "support",
                    "confidence": "confidence",
                    "lift": "lift",
                    "evidence": "evidence",
                    "is_redundant": "covered by a shorter rule",
                    "strategy": "what to do",
                },
                digits={"lift": 2},
                shares=["support", "confidence"],
            ),
        ),
    ]
    # Rules that may all be chance need no picture.
    if len(frame) < _LEAST_MAPPED or not frame["is_significant"].any():
        return found
    return [
        *found,
        Block(
            f"rules_map_{level}",
            _map_title(frame, name),
            "Further right: in more baskets. Higher up: correct more often. Larger dot:"
            " higher lift.",
            charts.points(
                frame,
                x=("support", "support"),
                y=("confidence", "confidence"),
                color=("evidence", "evidence"),
                size=("lift", "lift"),
                tips=[("rule", "rule"), ("basket_count", "baskets")],
            ),
        ),
    ]


def worth_showing(rules: pd.DataFrame) -> pd.DataFrame:
    """The rules, few if all may be chance: a long list would be read as advice."""
    return rules if rules["is_significant"].any() else rules.head(_CHANCE_SHOWN)


def rule_strategy(
    antecedents: str,
    consequents: str,
    lift: float,
    is_significant: bool,
    is_redundant: bool,
    *,
    is_from_sizes: bool,
) -> str:
    """What to do with a rule; nothing where the evidence is chance."""
    if not is_significant:
        return "nothing: may be chance"
    if is_redundant:
        return "nothing: covered by a shorter rule"
    if lift <= 1:
        return "do not bundle: bought together less often than by chance"
    if is_from_sizes:
        return f"test first: offer {consequents} with {antecedents}"
    return f"offer {consequents} with {antecedents}; place them together"


def rules_title(frame: pd.DataFrame, name: str, *, is_from_sizes: bool) -> str:
    """The strongest rule that is not chance, unless sizes of baskets explain it."""
    sure = frame[frame["is_significant"].astype(bool)]
    sure = sure[~sure["is_redundant"].fillna(False).astype(bool) & (sure["lift"] > 1)]
    if sure.empty:
        return f"No rule between {name} is more than chance"
    if is_from_sizes:
        return f"Sizes of baskets explain most rules between {name}"
    best = findings.top(sure, "lift")
    return (
        f"{best['consequents']}: "
        f"{number(best['lift'], 1 if best['lift'] < 10 else 0)} times as likely "
        f"with {best['antecedents']}"
    )


def _map_title(frame: pd.DataFrame, name: str) -> str:
    sure = int(frame["is_significant"].astype(bool).sum())
    if sure == len(frame):
        return f"All {number(len(frame))} rules shown between {name} are significant"
    return f"{number(sure)} of the {number(len(frame))} rules shown between {name} " + (
        "is significant" if sure == 1 else "are significant"
    )


def _runs(business: Business) -> Block:
    frame = business.frame(
        """
        select basket_level, basket_total, multi_item_basket_count, itemset_count,
            rule_count, significant_rule_count, shuffled_rule_count,
            minimum_basket_count, minimum_confidence,
            concat_ws('; ', note, support_note, shuffle_note) as remark
        from basket.rpt_basket_runs where business_id = $business_id
        order by basket_level
        """
    )
    frame["basket_level"] = frame["basket_level"].map(words)
    return Block(
        "runs",
        _runs_title(frame),
        "Each order with a product is one basket. The shuffled baskets have the same "
        "sizes and the same number of each item, so their rules come from the sizes of "
        "baskets alone. You can change the thresholds in the settings.",
        table=numbered(
            frame,
            {
                "basket_level": "level",
                "basket_total": "baskets",
                "multi_item_basket_count": "with two items or more",
                "itemset_count": "frequent itemsets",
                "rule_count": "rules",
                "significant_rule_count": "significant",
                "shuffled_rule_count": "significant in shuffled baskets",
                "minimum_basket_count": "minimum baskets",
                "minimum_confidence": "minimum confidence",
                "remark": "remark",
            },
            shares=["minimum_confidence"],
        ),
    )


def _runs_title(frame: pd.DataFrame) -> str:
    """How many significant rules there are, and how many shuffled baskets give."""
    known = frame.dropna(subset=["significant_rule_count"])
    found = int(known["significant_rule_count"].sum())
    if not found:
        return "No significant rules were found"
    tested = known.dropna(subset=["shuffled_rule_count"])
    said = f"{number(found)} significant {'rule' if found == 1 else 'rules'}"
    if tested.empty:
        return said
    shuffled = int(tested["shuffled_rule_count"].sum())
    of = number(tested["significant_rule_count"].sum())
    return (
        f"{said}; shuffled baskets give {number(shuffled) if shuffled else 'none'}"
        + ("" if of == number(found) else f" where {of} were found")
    )


def _recommendations(business: Business) -> Block:
    frame = business.frame(
        f"""
        with top as (
            select product_id
            from sales.rpt_product_rankings where business_id = $business_id
            order by quantity desc, product_id limit {_PRODUCTS_SHOWN}
        ),
        names as (
            select product_id, {PRODUCT_NAME} as name
            from core.dim_products as products where business_id = $business_id
        )
        select coalesce(own.name, product_name, recommendation.product_id) as product,
            recommendation_rank,
            coalesce(other.name, recommended_product_name, recommended_product_id)
                as recommended,
            reason, evidence_count, confidence, lift
        from basket.fct_product_recommendations as recommendation
        inner join top on recommendation.product_id = top.product_id
        left join names as own on recommendation.product_id = own.product_id
        left join names as other
            on recommendation.recommended_product_id = other.product_id
        where business_id = $business_id and recommendation_rank <= 3
        order by product, recommendation_rank
        """
    )
    if set(frame["reason"]) == {"popular"}:
        ranked = frame.sort_values("evidence_count", ascending=False, kind="stable")
        sellers = list(dict.fromkeys(ranked["recommended"]))[:_NAMED]
        return empty(
            "recommendations",
            f"With every product, offer the best sellers: {', '.join(sellers)}",
            "No two products are bought together, or by the same customers, often "
            "enough to recommend anything else.",
        )
    return Block(
        "recommendations",
        recommendations_title(frame["reason"]),
        f"The top three recommendations for each of the {_PRODUCTS_SHOWN} best-selling "
        "products, with the reason. Evidence: the number of orders, or of customers, "
        "behind it. The mart basket.fct_product_recommendations has all products.",
        table=numbered(
            frame.assign(reason=frame["reason"].map(words)),
            {
                "product": "product",
                "recommended": "recommendation",
                "reason": "reason",
                "evidence_count": "evidence",
                "confidence": "confidence",
                "lift": "lift",
            },
            digits={"lift": 2},
            shares=["confidence"],
        ),
    )


def recommendations_title(reasons: pd.Series) -> str:
    """How many recommendations rest on products bought together."""
    together = int((reasons == "bought_together").sum())
    if not together:
        return "No pair of products is bought together often enough to recommend it"
    return (
        f"{number(together)} of {number(len(reasons))} recommendations are bought "
        "together with the product"
    )


def _bundles(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select segment_name, item_name || ' + ' || other_item_name as bundle,
            basket_level, basket_count, support, rest_support,
            cast(extra_sales_amount as double) as extra_sales_amount,
            cast(extra_profit_amount as double) as extra_profit_amount,
            extra_basket_count, is_significant
        from basket.rpt_segment_bundles
        where business_id = $business_id and bundle_rank <= 3
        order by is_significant desc, extra_profit_amount desc nulls last,
            extra_sales_amount desc nulls last, extra_basket_count desc,
            segment_name, bundle_rank
        limit 30
        """
    )
    if frame.empty:
        return []
    frame["basket_level"] = frame["basket_level"].map(words)
    has_profit = bool(frame["extra_profit_amount"].notna().any())
    heading = in_currency("extra profit", business.currency)
    profit = {"extra_profit_amount": heading} if has_profit else {}
    return [
        Block(
            "bundles",
            _bundles_title(frame),
            "Compares each pair in the segment's baskets with the baskets of all other "
            "customers. Extra baskets: those above the others' share. Extra sales: "
            "these baskets, times what an order usually spends on the two items. "
            + (
                "Extra profit: extra sales times the profit rate of the two. It ranks "
                "the bundles."
                if has_profit
                else "Extra sales rank the bundles, because profit is not known."
            ),
            table=numbered(
                frame,
                {
                    "segment_name": "segment",
                    "basket_level": "level",
                    "bundle": "bundle",
                    "basket_count": "baskets",
                    "support": "share of the segment's baskets",
                    "rest_support": "share of the others' baskets",
                    "extra_basket_count": "extra baskets",
                    "extra_sales_amount": in_currency("extra sales", business.currency),
                    **profit,
                    "is_significant": "significant",
                },
                shares=["support", "rest_support"],
            ),
        )
    ]


def _bundles_title(frame: pd.DataFrame) -> str:
    """The first pair that is beyond chance."""
    sure = frame[frame["is_significant"].fillna(False).astype(bool)]
    if sure.empty:
        return "No segment buys a pair more often than the others, beyond chance"
    best = sure.iloc[0]
    return (
        f"{best['segment_name']}: {percent(best['support'])} of baskets have "
        f"{best['bundle']}, {percent(best['rest_support'])} of the baskets of others"
    )


def _scores_title(frame: pd.DataFrame) -> str:
    """Whether a recommender is better than the same list for everybody."""
    better = frame[frame["beats_baseline"].fillna(False).astype(bool)]
    if better.empty:
        return "No recommender is better than best sellers for everybody"
    names = list(dict.fromkeys(better["model"]))
    if len(names) > 2:
        return f"{number(len(names))} recommenders are better than best sellers"
    verb = "is" if len(names) == 1 else "are"
    said = " and ".join(names)
    said = f"{said[:1].upper()}{said[1:]}"
    return f"{said} {verb} better than best sellers, beyond chance"


def _scores(business: Business) -> Block:
    frame = business.frame(
        """
        select evaluation, model_name, customer_count, hit_rate, recall_at_10,
            ndcg_at_10, product_count, is_baseline, beats_baseline,
            coalesce(note, '') as remark
        from basket.rpt_recommendation_scores where business_id = $business_id
        order by evaluation, recall_at_10 desc nulls last, ndcg_at_10 desc, model_name
        """
    )
    frame["model"] = frame["model_name"].map(words)
    frame["remark"] = (
        frame["remark"].str.replace("ndcg_at_10", "NDCG@10").str.replace("%", " %")
    )
    frame["evaluation"] = frame["evaluation"].map(words)
    # A list of all products finds everything, which is no success.
    has_all = bool((frame["product_count"] <= _LIST_LENGTH).all())
    measure = "ndcg_at_10" if has_all else "recall_at_10"
    if has_all:
        frame[["hit_rate", "recall_at_10"]] = float("nan")
    measured = frame.assign(share=frame["recall_at_10"]).dropna(subset=[measure])
    return Block(
        "recommendation_scores",
        _scores_title(frame),
        "The last order of each customer was hidden. Ten recommendations were made "
        "from earlier orders and then compared with it. The baseline is popularity: "
        "the same ten products for everybody. A recommender beats it only if its gain "
        "is beyond chance."
        + (
            f" There are only {number(frame['product_count'].max())} products, so each "
            "list has all of them: what counts is their order (NDCG, 1 is best)."
            if has_all
            else ""
        ),
        None
        if measured.empty
        else charts.bars(
            pd.DataFrame(measured),
            y=("model", "model"),
            x=(measure, "NDCG of 10 recommendations")
            if has_all
            else ("share", "share of purchases found"),
            color=("evaluation", "evaluation"),
            stacked=False,
        ),
        numbered(
            frame,
            {
                "evaluation": "evaluation",
                "model": "model",
                "customer_count": "customers",
                "hit_rate": "hit rate",
                "recall_at_10": "recall@10",
                "ndcg_at_10": "NDCG@10",
                "beats_baseline": "beats baseline",
                "remark": "remark",
            },
            digits={"ndcg_at_10": 3},
            shares=["hit_rate", "recall_at_10"],
        ),
    )
