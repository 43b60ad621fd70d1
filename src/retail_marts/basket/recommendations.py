"""Recommendations: what sells with a product, and what a customer may buy next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from retail_marts.basket.pairs import Pairs, incidence, telling_pairs
from retail_marts.basket.purchases import (
    BoolArray,
    FloatArray,
    Histories,
    IntArray,
    Purchases,
    check_columns,
    histories_before,
    purchases_of_business,
    without_services,
)
from retail_marts.basket.recommendation_choice import choose_parts
from retail_marts.basket.recommendation_schemas import (
    CUSTOMER_RECOMMENDATIONS,
    CUSTOMERS,
    PRODUCT_RECOMMENDATIONS,
    PRODUCTS,
    PURCHASES,
    RECOMMENDATION_KINDS,
    RecommendationResult,
)
from retail_marts.basket.recommendation_scores import score_recommendations
from retail_marts.basket.recommender import (
    PAIR_REASONS,
    Parts,
    Picks,
    Recommender,
    due_days_of,
    fit,
    pick,
)
from retail_marts.frames import Schema, conform, stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.settings.basket import RecommendationSettings

#: Share of the work that the evaluation takes, roughly.
_SCORES_SHARE = 0.7


def recommend(
    purchases: pd.DataFrame,
    *,
    products: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    as_of_dates: Mapping[str, pd.Timestamp] | None = None,
    settings: RecommendationSettings | None = None,
    progress: Progress | None = None,
) -> RecommendationResult:
    """Recommend products for each product and each customer, and score the lists.

    Parameters
    ----------
    purchases
        One row per business, order and product
        (:data:`~retail_marts.basket.recommendation_schemas.PURCHASES`), in any order;
        ``customer_id`` may be null.
    products
        One row per business and product with its groups, which may be null.
    customers
        Customers who get recommendations even without purchases. Customers with
        purchases always get them.
    as_of_dates
        Business to its as-of date; later purchases are ignored. The date of the last
        purchase if not given.
    settings
        What to recommend.
    progress
        Is told how far the work is, and which products are left out.

    Returns
    -------
    RecommendationResult
        Three frames, sorted by their keys. They do not depend on the order of rows.

    Raises
    ------
    InputError
        When a frame lacks a column or a key is null.
    """
    settings = settings or RecommendationSettings()
    check_columns(purchases, PURCHASES, name="the frame of purchases")
    check_columns(products, PRODUCTS, name="the frame of products")
    if customers is not None:
        check_columns(customers, CUSTOMERS, name="the frame of customers")
    dates = dict(as_of_dates or {})
    businesses = {*purchases["business_id"].unique(), *products["business_id"].unique()}
    progress = progress or Progress()
    progress.start("businesses", len(businesses))
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in RECOMMENDATION_KINDS}
    for business in sorted(businesses):
        sold = purchases.loc[purchases["business_id"] == business]
        sorts = products.loc[products["business_id"] == business]
        bought, goods = without_services(sold, sorts)
        if business not in dates and len(bought):
            dates[business] = bought["order_date"].max()
        own = purchases_of_business(
            bought,
            products=goods,
            customers=None
            if customers is None
            else customers.loc[customers["business_id"] == business],
            as_of_date=dates.get(business),
        )
        with progress.thing(business) as on_share:
            found, asleep = _of_business(own, dates.get(business), settings, on_share)
        for name, frame in found.items():
            parts[name].append(frame.assign(business_id=business))
        count = len({*sold["product_id"], *sorts["product_id"]})
        services = count - len({*bought["product_id"], *goods["product_id"]})
        for missing, reason in (
            (services, "are services, such as postage, bags and fees"),
            (asleep, "are not recommended: not sold lately"),
        ):
            if missing:
                progress.leave_out(
                    business, f"{missing:,} of {count:,} products {reason}"
                )
    return RecommendationResult(
        **{
            name: stacked(parts[name], schema)
            for name, schema in RECOMMENDATION_KINDS.items()
        }
    )


def _of_business(
    purchases: Purchases,
    as_of_date: object,
    settings: RecommendationSettings,
    on_share: OnShare,
) -> tuple[dict[str, pd.DataFrame], int]:
    """The frames of a business, and how many of its products are not recommended."""
    scores = score_recommendations(
        purchases,
        settings=settings,
        on_share=lambda share: on_share(_SCORES_SHARE * share),
    )
    if not len(purchases.day):
        return {"scores": scores}, 0
    # Recommendations are for the day after the as-of date.
    today = 1 + int(np.datetime64(pd.Timestamp(str(as_of_date)), "D").astype("int64"))
    model = fit(purchases, as_of_day=today, settings=settings)
    parts = choose_parts(purchases, as_of_day=today, settings=settings)
    found = {
        "products": product_recommendations(purchases, model, count=settings.count),
        "customers": customer_recommendations(
            purchases, model, parts=parts, today=today, count=settings.count
        ),
        "scores": scores,
    }
    return found, int((model.is_asleep & (model.sold > 0)).sum())


def product_recommendations(
    purchases: Purchases, model: Recommender, *, count: int
) -> pd.DataFrame:
    """Products that sell with each product, the strongest reasons first.

    Returns
    -------
    pandas.DataFrame
        Columns of ``PRODUCT_RECOMMENDATIONS`` without the business. Products with the
        same reason are ranked by ``score``. For pairs this is by how much the share of
        orders (customers) with the product exceeds its usual share, after shrinking the
        lift of the pair towards 1. For other reasons it is the share of orders with the
        product. A list has neither the product under another id nor two ids of one
        product, and only products with recent sales.
    """
    awake = (model.sold > 0) & ~model.is_asleep
    tiers = []
    for source, reason in PAIR_REASONS.items():
        pairs = model.pairs[source]
        tiers.append(_pair_tier(pairs.kept(awake[pairs.second]), reason))
    tiers.append(_group_pair_tier(purchases, model, awake, count))
    for level in ("sub_category", "category"):
        reason = f"popular_in_{level}"
        tiers.append(_popular_tier(model, model.groups[level], awake, count, reason))
    everything = np.zeros(model.product_count, dtype=np.int64)
    tiers.append(_popular_tier(model, everything, awake, count, "popular"))
    found = pd.concat(
        [tier.assign(tier=place) for place, tier in enumerate(tiers)], ignore_index=True
    )
    name, other = (
        model.names[found[column].to_numpy("int64")]
        for column in ("product", "recommended")
    )
    found = found.assign(name=other).loc[name != other]
    found["place"] = model.place_in_ties[found["recommended"].to_numpy("int64")]
    found = found.sort_values(
        ["product", "tier", "score", "place"], ascending=[True, True, False, True]
    ).drop_duplicates(["product", "name"])
    found["recommendation_rank"] = found.groupby("product").cumcount() + 1
    found = found.loc[found["recommendation_rank"] <= count]
    ids = purchases.product_ids
    found["product_id"] = ids[found["product"].to_numpy("int64")]
    found["recommended_product_id"] = ids[found["recommended"].to_numpy("int64")]
    return conform(found, _without_business(PRODUCT_RECOMMENDATIONS))


#: Strength of shrinking the lift of a pair towards 1, in rows.
PAIR_STRENGTH = 2.0


def _pair_tier(pairs: Pairs, reason: str) -> pd.DataFrame:
    pairs = pairs.kept(pairs.is_significant)
    share = pairs.item_counts[pairs.second] / max(pairs.row_count, 1)
    return pd.DataFrame(
        {
            "product": pairs.first,
            "recommended": pairs.second,
            "reason": reason,
            "evidence_count": pairs.count,
            "confidence": pairs.confidence,
            "lift": pairs.lift,
            "q_value": pairs.q_value,
            "score": share * np.expm1(pairs.log_lift(PAIR_STRENGTH)),
        }
    )


def _group_pair_tier(
    purchases: Purchases, model: Recommender, awake: BoolArray, count: int
) -> pd.DataFrame:
    """Best sellers of the groups that sell with a product's group."""
    codes = model.groups["sub_category"]
    grouped = codes[purchases.product] >= 0
    groups = incidence(
        purchases.order[grouped],
        codes[purchases.product[grouped]],
        item_count=int(codes.max(initial=-1)) + 1,
    )
    pairs = telling_pairs(groups, false_discovery_rate=0.05)
    tier = _pair_tier(pairs, "categories_bought_together")
    best = _best_sellers(model, codes, awake, count)
    best["share"] = model.sold[best["recommended"]] / np.maximum(
        pairs.item_counts[best["group"]], 1
    )
    tier = tier.rename(columns={"product": "first_group", "recommended": "group"})
    tier = tier.merge(best, on="group")
    tier["score"] = tier["score"] * tier["share"]
    members = pd.DataFrame(
        {"product": np.arange(len(codes)), "first_group": codes}
    ).loc[codes >= 0]
    # No list needs more than ``count`` of them.
    tier = tier.sort_values(
        ["first_group", "score", "recommended"], ascending=[True, False, True]
    )
    tier = tier.loc[tier.groupby("first_group").cumcount() < count]
    return members.merge(tier, on="first_group").drop(
        columns=["first_group", "group", "share"]
    )


def _popular_tier(
    model: Recommender, codes: IntArray, awake: BoolArray, count: int, reason: str
) -> pd.DataFrame:
    """Best sellers of each product's group; one more, as it may be one of them."""
    best = _best_sellers(model, codes, awake, count + 1)
    members = pd.DataFrame({"product": np.arange(len(codes)), "group": codes})
    tier = members.loc[codes >= 0].merge(best, on="group")
    sold = model.sold[tier["recommended"].to_numpy("int64")]
    share = sold / max(model.order_count, 1)
    return pd.DataFrame(
        {
            "product": tier["product"],
            "recommended": tier["recommended"],
            "reason": reason,
            "evidence_count": sold,
            "confidence": share,
            "lift": np.nan,
            "q_value": np.nan,
            "score": share,
        }
    )


def _best_sellers(
    model: Recommender, codes: IntArray, among: BoolArray, count: int
) -> pd.DataFrame:
    ordered = np.argsort(model.place_in_ties)
    ordered = ordered[among[ordered]]
    best = pd.DataFrame({"group": codes[ordered], "recommended": ordered})
    best["name"] = model.names[ordered]
    best = best.loc[best["group"] >= 0].drop_duplicates(["group", "name"])
    best = best.drop(columns="name")
    return best.loc[best.groupby("group").cumcount() < count].reset_index(drop=True)


def customer_recommendations(
    purchases: Purchases, model: Recommender, *, parts: Parts, today: int, count: int
) -> pd.DataFrame:
    """Products that each customer may buy next, with the strongest reason.

    Returns
    -------
    pandas.DataFrame
        Columns of ``CUSTOMER_RECOMMENDATIONS`` without the business. A customer who has
        bought all products has no row if none of them is bought repeatedly.
    """
    everyone = np.arange(len(purchases.customer_ids))
    histories = histories_before(
        purchases, customers=everyone, days=np.full(len(everyone), today)
    )
    picks = pick(model, histories, parts=parts, count=count)
    share = model.sold[picks.product] / max(model.order_count, 1)
    frame = pd.DataFrame(
        {
            "customer_id": purchases.customer_ids[histories.customers[picks.row]],
            "recommendation_rank": picks.rank,
            "recommended_product_id": purchases.product_ids[picks.product],
            "because_product_id": pd.Series(purchases.product_ids[picks.because]).where(
                picks.because >= 0
            ),
            "reason": picks.reason,
            "evidence_count": model.sold[picks.product],
            "confidence": share,
            "lift": np.nan,
            "q_value": np.nan,
            "score": picks.score,
        }
    )
    for source, reason in PAIR_REASONS.items():
        rows = picks.reason == reason
        evidence = _pair_values(
            model.pairs[source], picks.because[rows], picks.product[rows]
        )
        for name, values in evidence.items():
            frame.loc[rows, name] = values
    _describe_repeats(frame, model, histories, picks)
    return conform(frame, _without_business(CUSTOMER_RECOMMENDATIONS))


def _pair_values(
    pairs: Pairs, first: IntArray, second: IntArray
) -> dict[str, FloatArray | IntArray]:
    """Figures of pairs, all of which must exist."""
    size = len(pairs.item_counts)
    place = np.searchsorted(pairs.first * size + pairs.second, first * size + second)
    return {
        "evidence_count": pairs.count[place],
        "confidence": pairs.confidence[place],
        "lift": pairs.lift[place],
        "q_value": pairs.q_value[place],
    }


def _describe_repeats(
    frame: pd.DataFrame, model: Recommender, histories: Histories, picks: Picks
) -> None:
    """For repeat purchases, set their number, last date and due date."""
    size = model.product_count
    keys = histories.row * size + histories.product
    rows = np.flatnonzero(np.isin(picks.reason, ["buy_again", "due_next"]))
    place = np.searchsorted(keys, picks.row[rows] * size + picks.product[rows])
    for name in ("last_bought_date", "due_date"):
        frame[name] = np.datetime64("NaT", "us")
    frame.loc[rows, "evidence_count"] = histories.count[place]
    frame.loc[rows, "confidence"] = model.repeat_rate[picks.product[rows]]
    frame.loc[rows, "last_bought_date"] = _dates(histories.last_day[place])
    frame.loc[rows, "due_date"] = _dates(due_days_of(model, histories)[place])


def _dates(days: FloatArray | IntArray) -> pd.DatetimeIndex:
    whole = np.asarray(days, dtype=np.float64).astype("int64")
    return pd.DatetimeIndex(whole.astype("datetime64[D]").astype("datetime64[us]"))


def _without_business(schema: Schema) -> Schema:
    return {name: kind for name, kind in schema.items() if name != "business_id"}
