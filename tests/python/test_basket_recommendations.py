"""Recommendations, compared with results that are obvious in small shops."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings_parts import settings_part

from retail_marts.basket import (
    recommend,
    recommendation_scores,
    recommender,
    segment_bundles,
)
from retail_marts.basket.held_out import HeldOut, list_scores
from retail_marts.basket.pairs import incidence, telling_pairs
from retail_marts.basket.purchases import histories_before, purchases_of_business
from retail_marts.basket.recommendation_schemas import (
    CUSTOMER_RECOMMENDATIONS,
    PRODUCT_RECOMMENDATIONS,
    SCORES,
    SEGMENT_BUNDLES,
)
from retail_marts.basket.recommendation_scores import (
    MODELS,
    evaluation_windows,
    lists_of,
)
from retail_marts.basket.recommendations import customer_recommendations
from retail_marts.basket.recommender import STAGES, Parts, Picks, Spoken, fit, pick
from retail_marts.basket.rules import fisher_p_values
from retail_marts.errors import InputError
from retail_marts.progress import Progress

START = pd.Timestamp("2024-01-01")
PLAIN = settings_part("recommendation_settings")


def orders(*rows: tuple[str, str | None, int, str], business: str = "shop"):
    """Orders as (order, customer, day, products set apart by commas)."""
    return pd.DataFrame(
        [
            (business, order, customer, START + pd.Timedelta(days=day), product)
            for order, customer, day, products in rows
            for product in products.split(",")
        ],
        columns=["business_id", "order_id", "customer_id", "order_date", "product_id"],
    )


def goods(*rows: tuple[str, str | None, str | None], business: str = "shop"):
    """Products as (id, category, sub-category); each has its id as its name."""
    frame = pd.DataFrame(
        [(business, row[0], *row) for row in rows],
        columns=[
            "business_id",
            "product_name",
            "product_id",
            "category",
            "sub_category",
        ],
    )
    return frame.assign(amount_per_order=2.0)


def plain_goods(names: str, business: str = "shop") -> pd.DataFrame:
    return goods(*((name, None, None) for name in names), business=business)


@pytest.fixture(scope="module")
def bakery() -> pd.DataFrame:
    """Forty customers: half buy bread and butter in one order, half tea and tin; all
    buy milk each week; a pan once."""
    rows = []
    for number in range(40):
        customer = f"c{number:02d}"
        own = "bread,butter" if number % 2 else "tea,tin"
        rows.append((f"{customer}-1", customer, number % 7, own))
        for week in range(1, 8):
            rows.append((f"{customer}-m{week}", customer, 7 * week, "milk"))
        if number % 4 == 0:
            rows.append((f"{customer}-p", customer, 20, "pan"))
    return orders(*rows)


BAKERY_GOODS = goods(
    ("bread", "food", "bakery"),
    ("butter", "food", "dairy"),
    ("milk", "food", "dairy"),
    ("tea", "food", "drinks"),
    ("tin", "kitchen", "storage"),
    ("pan", "kitchen", "pans"),
    ("new", "kitchen", "pans"),
)


def test_a_pair_that_sells_together_leads_both_products_lists(
    bakery: pd.DataFrame,
) -> None:
    found = recommend(bakery, products=BAKERY_GOODS).products
    first = found.loc[found["recommendation_rank"] == 1].set_index("product_id")
    assert first.loc["bread", "recommended_product_id"] == "butter"
    assert first.loc["butter", "recommended_product_id"] == "bread"
    assert first.loc["tin", "recommended_product_id"] == "tea"
    row = first.loc["bread"]
    # Of 330 orders, 20 contain bread, 20 contain butter, 20 contain both.
    assert row["reason"] == "bought_together"
    assert row["evidence_count"] == 20
    assert row["confidence"] == 1.0
    assert row["lift"] == pytest.approx(330 / 20)
    assert 0 < row["q_value"] < 1e-6


def test_a_product_without_pairs_gets_best_sellers_of_its_groups(
    bakery: pd.DataFrame,
) -> None:
    found = recommend(bakery, products=BAKERY_GOODS).products
    new = found.loc[found["product_id"] == "new"].reset_index(drop=True)
    # Pans, then the rest of the kitchen, then all; by orders, then by id.
    assert new["recommended_product_id"].tolist() == [
        "pan", "tin", "milk", "bread", "butter", "tea",
    ]  # fmt: skip
    assert new["reason"].tolist() == [
        "popular_in_sub_category", "popular_in_category",
        "popular", "popular", "popular", "popular",
    ]  # fmt: skip
    assert new["evidence_count"].tolist() == [10, 20, 280, 20, 20, 20]
    assert new["confidence"].iloc[0] == pytest.approx(10 / 330)
    assert new[["lift", "q_value"]].isna().all(axis=None)


def test_best_sellers_of_a_group_that_sells_with_ones_own_come_next(
    bakery: pd.DataFrame,
) -> None:
    milk = (
        recommend(bakery, products=BAKERY_GOODS)
        .products.set_index(["product_id", "recommendation_rank"])
        .loc[("milk", 1)]
    )
    # Dairy, through butter, sells with the bakery's.
    assert milk["recommended_product_id"] == "bread"
    assert milk["reason"] == "categories_bought_together"
    assert milk["evidence_count"] == 20


def test_every_list_is_ranked_and_recommends_no_product_for_itself(
    bakery: pd.DataFrame,
) -> None:
    result = recommend(bakery, products=BAKERY_GOODS)
    for frame, key in (
        (result.products, "product_id"),
        (result.customers, "customer_id"),
    ):
        ranks = frame.groupby(key)["recommendation_rank"].apply(list)
        assert all(one == list(range(1, len(one) + 1)) for one in ranks)
        assert not frame.duplicated([key, "recommended_product_id"]).any()
    same = result.products["product_id"] == result.products["recommended_product_id"]
    assert not same.any()
    assert set(result.products["product_id"]) == set(BAKERY_GOODS["product_id"])
    assert set(result.customers["customer_id"]) == set(bakery["customer_id"])
    # A product that was never sold is not recommended.
    assert "new" not in set(result.products["recommended_product_id"])
    assert "new" not in set(result.customers["recommended_product_id"])


def test_only_what_is_bought_again_and_again_is_offered_again(
    bakery: pd.DataFrame,
) -> None:
    found = recommend(
        bakery,
        products=BAKERY_GOODS,
        as_of_dates={"shop": START + pd.Timedelta(days=55)},
    ).customers
    bought = bakery.groupby("customer_id")["product_id"].agg(set)
    for customer, rows in found.groupby("customer_id"):
        again = set(rows["recommended_product_id"]) & bought[customer]
        assert again == {"milk"}
    milk = found.loc[found["recommended_product_id"] == "milk"]
    assert set(milk["reason"]) == {"buy_again"}
    assert set(milk["evidence_count"]) == {7}
    # Bought last on day 49, each week: due on day 56, the first after the as-of date.
    assert set(milk["last_bought_date"]) == {START + pd.Timedelta(days=49)}
    assert set(milk["due_date"]) == {START + pd.Timedelta(days=56)}


def test_what_is_not_due_is_left_out(bakery: pd.DataFrame) -> None:
    found = recommend(bakery, products=BAKERY_GOODS).customers
    assert "milk" not in set(found["recommended_product_id"])


def test_who_can_want_nothing_yet_is_told_what_is_due_next() -> None:
    rows = [
        (f"{c}{day}", c, day, "milk" if day % 10 else "milk,rice")
        for c in ("anna", "ben", "cleo")
        for day in range(0, 41, 5)
    ]
    found = recommend(orders(*rows), products=plain_goods("")).customers
    anna = found.loc[found["customer_id"] == "anna"].reset_index(drop=True)
    assert anna["recommended_product_id"].tolist() == ["milk", "rice"]
    assert set(anna["reason"]) == {"due_next"}
    assert anna["due_date"].tolist() == [
        START + pd.Timedelta(days=45),
        START + pd.Timedelta(days=50),
    ]


def test_a_customer_who_never_bought_and_one_with_one_order_get_lists(
    bakery: pd.DataFrame,
) -> None:
    one = orders(("x-1", "x", 49, "pan"))
    found = recommend(
        pd.concat([bakery, one]),
        products=BAKERY_GOODS,
        customers=pd.DataFrame({"business_id": ["shop"], "customer_id": ["quiet"]}),
    ).customers
    lists = found.groupby("customer_id")["recommended_product_id"].agg(list)
    assert lists["quiet"] == ["milk", "bread", "butter", "tea", "tin", "pan"]
    assert lists["x"] == ["milk", "bread", "butter", "tea", "tin"]


def test_a_customers_reason_names_the_product_and_its_figures() -> None:
    rows = []
    for number in range(60):
        customer, bundle = f"c{number:02d}", ("ax" if number % 3 else "by")
        rows.append((f"{customer}-1", customer, number, bundle[0]))
        rows.append((f"{customer}-2", customer, number + 40, bundle[1]))
    rows += [(f"n{number}", f"n{number}", 60, "z") for number in range(30)]
    rows.append(("last", "last", 99, "b"))
    purchases = orders(*rows)
    own = purchases_of_business(purchases, products=plain_goods(""))
    model = fit(own, as_of_day=_day(100), settings=PLAIN)
    parts = Parts(pair_sources=("customers",), pair_strength=2.0)
    found = customer_recommendations(own, model, parts=parts, today=_day(100), count=3)
    first = found.loc[found["customer_id"] == "last"].iloc[0]
    assert first["recommended_product_id"] == "y"
    assert first["because_product_id"] == "b"
    assert first["reason"] == "bought_by_same_customers"
    # 20 of 21 customers with b have y, 20 of all 91 do.
    assert first["evidence_count"] == 20
    assert first["confidence"] == pytest.approx(20 / 21)
    assert first["lift"] == pytest.approx(20 / 21 / (20 / 91))


def _day(number: int) -> int:
    when = START + pd.Timedelta(days=number)
    return int(np.datetime64(when, "D").astype("int64"))


def test_what_did_not_sell_lately_is_not_recommended() -> None:
    rows = [(f"o{n}", f"c{n}", 0, "old") for n in range(9)]
    rows += [(f"p{n}", f"d{n}", 900 + n, "b") for n in range(3)]
    found = recommend(
        orders(*[(o, c, d, p if p == "b" else "a") for o, c, d, p in rows]),
        products=plain_goods(""),
        customers=pd.DataFrame({"business_id": ["shop"], "customer_id": ["new"]}),
    ).customers
    new = found.loc[found["customer_id"] == "new", "recommended_product_id"]
    assert new.tolist() == ["b"]


def test_a_pair_with_what_did_not_sell_lately_is_not_recommended() -> None:
    rows = [(f"o{n}", f"c{n}", n, "a,old") for n in range(30)]
    rows += [(f"p{n}", f"d{n}", 400 + n, "a,b" if n < 9 else "c") for n in range(30)]
    found = recommend(orders(*rows), products=plain_goods(["a", "b", "c", "old"]))
    assert "old" in set(found.products["product_id"])
    assert set(found.products["recommended_product_id"]) == {"a", "b", "c"}
    assert "old" not in set(found.customers["recommended_product_id"])


@pytest.mark.parametrize("column", ["product_name", "category", "sub_category"])
def test_a_service_is_neither_recommended_nor_a_reason(column: str) -> None:
    rows = [
        (
            f"o{n}",
            f"c{n % 12}",
            n,
            "cup-01,plate-02,POST" if n % 2 else "cup-01,M,bag-9",
        )
        for n in range(60)
    ]
    named = goods(*((one, None, None) for one in ("cup-01", "plate-02", "bag-9")))
    row = named["product_id"] == "bag-9"
    if column == "product_name":
        named.loc[row, column] = "Carrier bag"
    else:
        named.loc[row, column] = "BOTTLE DEPOSITS"
    progress = Progress()
    found = recommend(orders(*rows), products=named, progress=progress)
    assert progress.left_out == [
        ("shop", "3 of 5 products are services, such as postage, bags and fees")
    ]
    for name in ("product_id", "recommended_product_id"):
        assert set(found.products[name]) == {"cup-01", "plate-02"}
    assert set(found.customers["recommended_product_id"]) <= {"cup-01", "plate-02"}
    assert (found.scores["product_count"] == 2).all()
    segments = _segments({f"c{n}": "even" if n % 2 else "odd" for n in range(12)})
    bundles = segment_bundles(orders(*rows), products=named, segments=segments)
    # Only baskets with two goods count.
    assert bundles.empty


def test_a_product_is_not_recommended_under_another_id() -> None:
    """Pens have three ids, which sell together; whoever bought one gets no other."""
    rows = [(f"o{n}", f"c{n % 20}", n, "pen-1,pen-2" if n % 2 else "ink,pen-3")
            for n in range(80)]  # fmt: skip
    rows += [
        ("new-1", "new", 40, "pen-2"),
        *((f"x{n}", "x", n, "cap") for n in range(9)),
    ]
    named = plain_goods(["pen-1", "pen-2", "pen-3", "ink", "cap"])
    named["product_name"] = ["Pen  blue", "pen BLUE", " Pen blue", "Ink", None]
    found = recommend(orders(*rows), products=named)
    lists = found.products.groupby("product_id")["recommended_product_id"].apply(list)
    for pen in ("pen-1", "pen-2", "pen-3"):
        assert sorted(lists[pen]) == ["cap", "ink"]
    # And no list has the pen twice.
    assert lists["ink"] == ["pen-3", "cap"]
    by_customer = found.customers.groupby("customer_id")
    offered = by_customer["recommended_product_id"].apply(set)
    # A pen is bought again and again, so the same one may be offered.
    assert offered["new"] == {"cap", "ink", "pen-2"}
    pens = {"pen-1", "pen-2", "pen-3"}
    bought = orders(*rows).groupby("customer_id")["product_id"].apply(set)
    for customer, products in offered.items():
        assert products & pens <= bought[customer] or not bought[customer] & pens


def test_purchases_after_the_as_of_date_change_nothing(bakery: pd.DataFrame) -> None:
    dates = {"shop": START + pd.Timedelta(days=30)}
    known = bakery.loc[bakery["order_date"] <= dates["shop"]]
    whole = recommend(bakery, products=BAKERY_GOODS, as_of_dates=dates)
    part = recommend(known, products=BAKERY_GOODS, as_of_dates=dates)
    pd.testing.assert_frame_equal(whole.products, part.products)
    pd.testing.assert_frame_equal(whole.scores, part.scores)


def test_results_do_not_depend_on_the_order_of_rows(bakery: pd.DataFrame) -> None:
    mixed = bakery.sample(frac=1.0, random_state=3)
    doubled = pd.concat([mixed, mixed.iloc[:50]])
    one = recommend(bakery, products=BAKERY_GOODS)
    other = recommend(doubled, products=BAKERY_GOODS.iloc[::-1])
    for name in ("products", "customers", "scores"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_businesses_do_not_touch_each_other(bakery: pd.DataFrame) -> None:
    second = bakery.assign(business_id="two").iloc[:40]
    alone = recommend(bakery, products=BAKERY_GOODS)
    both = recommend(
        pd.concat([second, bakery]),
        products=pd.concat([BAKERY_GOODS, BAKERY_GOODS.assign(business_id="two")]),
    )
    for name in ("products", "customers", "scores"):
        frame = getattr(both, name)
        own = frame.loc[frame["business_id"] == "shop"].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, getattr(alone, name))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 30), st.sets(st.integers(0, 6))),
        max_size=40,
    )
)
def test_lists_keep_their_rules_whatever_was_bought(
    bought: list[tuple[int, int, set[int]]],
) -> None:
    rows = [
        (f"o{place}", f"c{customer}", day, ",".join(f"p{one}" for one in sorted(items)))
        for place, (customer, day, items) in enumerate(bought)
        if items
    ]
    purchases = orders(*rows)
    result = recommend(purchases, products=goods(("p9", None, None)))
    sold = purchases["product_id"].nunique()
    owned = set(zip(purchases["customer_id"], purchases["product_id"], strict=True))
    for row in result.customers.itertuples():
        is_owned = (row.customer_id, row.recommended_product_id) in owned
        assert is_owned == (row.reason in {"buy_again", "due_next"})
        if row.reason == "buy_again" and len(purchases):
            assert row.due_date <= purchases["order_date"].max() + pd.Timedelta(days=1)
    lengths = result.products.groupby("product_id").size()
    for product, length in lengths.items():
        assert length == min(10, sold - (product != "p9"))
    assert (result.customers["score"].between(0, 1)).all()


def test_picks_are_those_of_a_whole_table_of_scores() -> None:
    """No product is missed because only candidates are scored."""
    generator = np.random.default_rng(5)
    rows = [
        (
            f"o{n}",
            f"c{generator.integers(25)}",
            int(generator.integers(200)),
            ",".join({f"p{int(one):02d}" for one in generator.zipf(1.5, 4) % 40}),
        )
        for n in range(300)
    ]
    own = purchases_of_business(orders(*rows), products=plain_goods(""))
    model = fit(own, as_of_day=_day(200), settings=PLAIN)
    everyone = np.arange(len(own.customer_ids))
    histories = histories_before(own, customers=everyone, days=np.full(25, _day(200)))
    for sources, prior in permutations([("baskets", "customers"), (), None], 2):
        parts = Parts(
            pair_sources=sources or (),
            pair_strength=2.0,
            only_significant=False,
            repeat_prior=None if prior is None else 3.0,
        )
        every = pick(model, histories, parts=parts, count=model.product_count)
        some = pick(model, histories, parts=parts, count=5)
        best = every.rank <= 5
        assert some.product.tolist() == every.product[best].tolist()
        assert some.score.tolist() == every.score[best].tolist()
        assert some.because.tolist() == every.because[best].tolist()


def test_picks_of_many_products_are_those_of_few(
    town: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = plain_goods(sorted(town["product_id"].unique()))
    few = recommend(town, products=products)
    monkeypatch.setattr(recommender, "_CELLS", 0)
    many = recommend(town, products=products)
    for name, frame in vars(many).items():
        pd.testing.assert_frame_equal(frame, getattr(few, name))


def test_pairs_of_chance_are_not_significant() -> None:
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 12, 4000)
    matrix = incidence(
        np.repeat(np.arange(4000), sizes),
        generator.choice(60, sizes.sum(), p=np.arange(1, 61) / np.arange(1, 61).sum()),
        item_count=60,
    )
    pairs = telling_pairs(matrix, false_discovery_rate=0.05)
    assert pairs.is_significant.sum() == 0


def test_no_pair_below_independence_is_evidence() -> None:
    # Most orders contain one category, so two categories meet less often than if they
    # were independent. a and b still meet much more often than the other pairs.
    alone = np.repeat(np.arange(5), 4_000)
    meetings = dict.fromkeys(combinations(range(5), 2), 100) | {(0, 1): 800}
    pairs = np.repeat(list(meetings), list(meetings.values()), axis=0)
    rows = np.concatenate(
        [np.arange(len(alone)), np.repeat(np.arange(len(pairs)), 2) + len(alone)]
    )
    matrix = incidence(rows, np.concatenate([alone, pairs.ravel()]), item_count=5)
    total, sold = matrix.shape[0], np.asarray(matrix.sum(axis=0)).ravel()
    assert 800 * total / (sold[0] * sold[1]) < 1
    assert not len(telling_pairs(matrix, false_discovery_rate=0.05).first)
    # With the same number of orders without these five, the same pair is first.
    others = np.arange(3 * total) + total
    matrix = incidence(
        np.concatenate([rows, others]),
        np.concatenate([alone, pairs.ravel(), np.full(len(others), 5)]),
        item_count=6,
    )
    found = telling_pairs(matrix, false_discovery_rate=0.05)
    assert found.first.tolist() == [0, 1]
    assert (found.lift > 1).all()


def test_pairs_have_counts_and_figures_by_hand() -> None:
    # Ten rows: a and b six times together, c and d four times.
    rows = [n for n in range(6) for _ in "ab"] + [n for n in range(6, 10) for _ in "cd"]
    items = [0, 1] * 6 + [2, 3] * 4
    pairs = telling_pairs(
        incidence(np.array(rows), np.array(items), item_count=4),
        false_discovery_rate=0.05,
    )
    assert pairs.first.tolist() == [0, 1, 2, 3]
    assert pairs.second.tolist() == [1, 0, 3, 2]
    assert pairs.count.tolist() == [6, 6, 4, 4]
    assert pairs.confidence.tolist() == [1.0] * 4
    assert pairs.lift.tolist() == pytest.approx([10 / 6, 10 / 6, 2.5, 2.5])
    # 20 ordered pairs over 400 - 104 products of counts: as if in 14.8 rows.
    assert pairs.expected.tolist() == pytest.approx(
        [36 * 20 / 296] * 2 + [16 * 20 / 296] * 2
    )


# --- the evaluation ---


def test_list_scores_by_hand() -> None:
    own = purchases_of_business(orders(("1", "a", 0, "p"), ("2", "b", 0, "q")),
                                products=plain_goods(""))  # fmt: skip
    histories = histories_before(
        own, customers=np.array([0, 1]), days=np.array([_day(9)] * 2)
    )
    held = HeldOut(histories, row=np.array([0, 0, 1]), product=np.array([3, 7, 5]))
    picks = Picks(
        row=np.array([0, 0, 0, 1, 1]),
        rank=np.array([1, 2, 3, 1, 2]),
        product=np.array([4, 3, 7, 1, 2]),
        score=np.zeros(5),
        reason=np.full(5, "", dtype=object),
        because=np.full(5, -1),
    )
    found = list_scores(picks, held)
    gain = 1 / np.log2(3) + 1 / np.log2(4)
    best = 1 + 1 / np.log2(3)
    assert found["hit"].tolist() == [1.0, 0.0]
    assert found["recall"].tolist() == [1.0, 0.0]
    assert found["ndcg"].tolist() == pytest.approx([gain / best, 0.0])
    assert found["reciprocal_rank"].tolist() == [0.5, 0.0]


def test_scores_of_a_tiny_shop_by_hand() -> None:
    """Days 0 to 9 sell a five times, b three times, c once; then anna takes b."""
    rows = [(f"o{n}", f"c{n}", n, "aaabbcaabc"[n]) for n in range(9)]
    rows.append(("anna-1", "anna", 9, "a"))
    rows.append(("anna-2", "anna", 50, "b"))
    scores = recommend(orders(*rows), products=plain_goods("")).scores
    row = scores.set_index(["evaluation", "model_name"]).loc["all_products"]
    # Best sellers before day 50: a, b, c. b is second; anna has a already, so that the
    # list without it begins with b.
    assert row.loc["popularity", "recall_at_10"] == 1.0
    assert row.loc["popularity", "ndcg_at_10"] == pytest.approx(1 / np.log2(3))
    assert row.loc["popularity", "mean_reciprocal_rank"] == 0.5
    assert row.loc["popularity_not_owned", "mean_reciprocal_rank"] == 1.0
    ours = row.loc["recommendations"]
    assert ours["ndcg_at_10"] == 1.0
    # One customer is no evidence.
    assert not ours["beats_baseline"]
    assert ours["customer_count"] == 1
    assert "too few customers for a conclusion (1)" in ours["note"]
    assert pd.isna(row.loc["popularity", "beats_baseline"])
    assert ours["first_origin_date"] == START + pd.Timedelta(days=50)


@pytest.mark.parametrize(("customers", "beats"), [(29, False), (30, True)])
def test_few_customers_beat_nothing(customers: int, beats: bool) -> None:
    base = pd.DataFrame(
        {
            "customer": np.arange(customers),
            **dict.fromkeys(("hit", "recall", "ndcg", "reciprocal_rank"), 0.0),
        }
    )
    better = base.assign(recall=0.5 + 0.1 * (base["customer"] % 2))
    found = recommendation_scores._figures(
        better, base, "recommendations", judged_by="recall"
    )
    assert found["beats_baseline"] is beats


@pytest.fixture(scope="module")
def town() -> pd.DataFrame:
    """Two hundred customers with tastes, each with three to eight orders."""
    generator = np.random.default_rng(11)
    rows = []
    for number in range(200):
        taste = generator.integers(4)
        for order in range(generator.integers(3, 9)):
            items = {
                f"p{taste:d}{generator.integers(8)}"
                if generator.random() < 0.8
                else f"p{generator.integers(4)}{generator.integers(8)}"
                for _ in range(generator.integers(1, 4))
            }
            day = int(generator.integers(300))
            rows.append((f"{number}-{order}", f"c{number}", day, ",".join(items)))
    return orders(*rows)


def test_tastes_are_learned_and_beat_popularity(town: pd.DataFrame) -> None:
    scores = recommend(town, products=plain_goods("")).scores
    ours = scores.loc[scores["model_name"] == "recommendations"]
    assert ours["beats_baseline"].all()
    assert (ours["recall_gain_lower_95"] > 0).all()
    assert ours["chosen_parts"].str.contains("pairs of").all()
    new = scores.loc[scores["evaluation"] == "new_products"]
    counted = new["customer_count"].unique()
    assert len(counted) == 1
    assert counted[0] < scores["customer_count"].max()


@pytest.mark.parametrize(("learns", "expected"), [(True, True), (False, False)])
def test_a_list_of_all_products_is_judged_by_its_order(
    learns: bool, expected: bool
) -> None:
    """Six products: each customer has a favourite, or none has."""
    generator = np.random.default_rng(3)
    rows = []
    for number in range(150):
        favourite = number % 6
        for day in range(0, 60, 10):
            own = learns and generator.random() < 0.8
            item = favourite if own else generator.integers(6)
            rows.append((f"{number}-{day}", f"c{number}", day + number % 9, f"p{item}"))
    scores = recommend(orders(*rows), products=plain_goods("")).scores
    rows_of = scores.loc[scores["evaluation"] == "all_products"].set_index("model_name")
    ours = rows_of.loc["own_history"]
    # The recall is 1 for every list of all products, which is no success.
    assert rows_of.loc["popularity", "recall_at_10"] == 1
    assert ours["recall_at_10"] == 1
    assert "a list of 10 has all products" in ours["note"]
    assert ours["beats_baseline"] == expected


def test_a_gain_within_chance_beats_nothing(town: pd.DataFrame) -> None:
    for seed in range(4):
        generator = np.random.default_rng(seed)
        chance = town.assign(product_id=generator.permutation(town["product_id"]))
        scores = recommend(chance, products=plain_goods("")).scores
        ours = scores.loc[scores["model_name"] != "popularity"]
        beats = ours["recall_gain_lower_95"] > 0
        assert (ours["beats_baseline"] == beats).all()
        within = ours["note"].str.contains("within chance", na=False)
        assert not ours.loc[within, "beats_baseline"].any()


def test_nothing_is_learned_where_there_is_nothing(town: pd.DataFrame) -> None:
    generator = np.random.default_rng(2)
    chance = town.assign(product_id=generator.permutation(town["product_id"]))
    scores = recommend(chance, products=plain_goods("")).scores
    ours = scores.loc[scores["model_name"] == "recommendations"]
    assert (ours["recall_gain_lower_95"] <= 0).all()
    assert ours["note"].str.contains("chance|popularity does better").all()


def test_no_held_out_order_leaks_into_any_list(town: pd.DataFrame) -> None:
    """Purchases from the held-out day on cannot change a customer's list: neither the
    customer's own order nor, from the origin on, orders of others."""
    own = purchases_of_business(town, products=plain_goods(""))
    windows, left_out = evaluation_windows(own, settings=PLAIN)
    assert len(windows) == 4
    held_out = sum(len(window.held.histories.customers) for window in windows)
    assert held_out + left_out == 200
    generator = np.random.default_rng(0)
    for place, window in enumerate(windows):
        ends = pd.Series(
            window.held.histories.as_of_days, index=window.held.histories.customers
        )
        own_end = ends.reindex(own.customer).fillna(-1).to_numpy()
        # All from the origin on, except earlier purchases of customers in the window.
        later = (own.day >= window.origin_day) & ~(own.day < own_end)
        product = own.product.copy()
        product[later] = generator.permutation(product[later])
        other = evaluation_windows(replace(own, product=product), settings=PLAIN)[0]
        for name in MODELS:
            for only_new in (False, True):
                before = lists_of(window, name, only_new=only_new)
                after = lists_of(other[place], name, only_new=only_new)
                assert before.product.tolist() == after.product.tolist()
        assert window.held.product.tolist() != other[place].held.product.tolist()


def test_every_customer_is_held_out_on_the_last_day(town: pd.DataFrame) -> None:
    own = purchases_of_business(town, products=plain_goods(""))
    last = town.groupby("customer_id")["order_date"].max()
    for window in evaluation_windows(own, settings=PLAIN)[0]:
        histories = window.held.histories
        names = own.customer_ids[histories.customers]
        days = last[names].to_numpy("datetime64[D]").astype("int64")
        assert histories.as_of_days.tolist() == days.tolist()
        assert (histories.last_day < histories.as_of_days[histories.row]).all()
        assert (days >= window.origin_day).all()


def test_past_purchases_are_sorted_as_if_sorted_again(town: pd.DataFrame) -> None:
    own = purchases_of_business(town, products=plain_goods(""))
    earlier = own.before(int(np.median(own.day)))
    assert 0 < len(earlier.day) < len(own.day)
    again = replace(earlier)
    for name, values in vars(again.bought).items():
        assert getattr(earlier.bought, name).tolist() == values.tolist(), name


def test_candidates_that_share_products_pick_the_same(town: pd.DataFrame) -> None:
    own = purchases_of_business(town, products=plain_goods(""))
    window = evaluation_windows(own, settings=PLAIN)[0][-1]
    model = fit(own.before(window.origin_day), as_of_day=window.origin_day,
                settings=PLAIN)  # fmt: skip
    spoken: Spoken = {}
    for parts in STAGES[2]:
        shared, alone = (
            pick(model, window.held.histories, parts=parts, count=5,
                 with_reasons=False, spoken=known)
            for known in (spoken, None)
        )  # fmt: skip
        assert shared.product.tolist() == alone.product.tolist()
        assert shared.score.tolist() == alone.score.tolist()
    # Two sources of four kinds serve the twelve candidates.
    assert len(spoken) == 8


def test_at_most_so_many_customers_are_evaluated(town: pd.DataFrame) -> None:
    few = settings_part(
        "recommendation_settings", {"evaluation_customers": 5, "evaluation_windows": 3}
    )
    scores = recommend(town, products=plain_goods(""), settings=few).scores
    whole = scores.loc[scores["evaluation"] == "all_products"]
    assert set(whole["customer_count"]) == {15}
    assert set(whole["window_count"]) == {3}


# --- bad input ---


def test_no_orders_leave_a_reasoned_row() -> None:
    empty = orders(("1", "a", 0, "p")).iloc[:0]
    result = recommend(empty, products=plain_goods("ab"))
    assert len(result.products) == 0
    assert len(result.customers) == 0
    assert len(result.scores) == 2 * len(MODELS)
    assert result.scores["note"].str.contains("no order to hold out").all()
    assert result.products.dtypes.astype(str).to_dict() == dict(PRODUCT_RECOMMENDATIONS)
    assert result.customers.dtypes.astype(str).to_dict() == dict(
        CUSTOMER_RECOMMENDATIONS
    )
    assert result.scores.dtypes.astype(str).to_dict() == dict(SCORES)
    nothing = recommend(empty, products=plain_goods("ab").iloc[:0])
    assert len(nothing.scores) == 0


def test_one_product_and_one_customer_have_nothing_to_gain() -> None:
    one = orders(("1", "a", 0, "p"), ("2", "a", 5, "p"), ("3", "a", 10, "p"))
    result = recommend(one, products=plain_goods("p"))
    assert len(result.products) == 0
    # p is bought every five days and is due on day 15.
    assert result.customers[["recommended_product_id", "reason"]].values.tolist() == [
        ["p", "due_next"]
    ]
    once = recommend(one.iloc[:1], products=plain_goods("p"))
    assert len(once.customers) == 0


def test_orders_without_customers_still_make_product_lists() -> None:
    rows = [(f"o{n}", None, n, "a,b" if n % 2 else "c") for n in range(40)]
    result = recommend(orders(*rows), products=plain_goods("abc"))
    assert len(result.customers) == 0
    first = result.products.iloc[0]
    assert (first["product_id"], first["recommended_product_id"]) == ("a", "b")
    assert first["reason"] == "bought_together"
    assert result.scores["note"].notna().all()


def test_names_may_hold_anything() -> None:
    names = ['12" + 3\' "x"', "a + b", " ", "Ø,;|", "nan", "None"]
    purchases = pd.concat(
        orders((f"o{place}-{n}", f"c{n}", place, "x")).assign(product_id=name)
        for place, name in enumerate(names)
        for n in range(3)
    )
    found = recommend(purchases, products=plain_goods("")).products
    assert set(found["product_id"]) == set(names)
    assert set(found["recommended_product_id"]) == set(names)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"count": 0}, "count is 0"),
        ({"count": 2.5}, "count is 2.5"),
        ({"count": True}, "count is True"),
        ({"false_discovery_rate": 0}, "false_discovery_rate is 0"),
        ({"false_discovery_rate": 1.5}, "false_discovery_rate is 1.5"),
        ({"repeat_rate_min": "often"}, "repeat_rate_min is 'often'"),
        ({"evaluation_windows": 0}, "evaluation_windows is 0"),
        ({"counts": 3}, "no setting recommendation_settings.counts"),
        ([3], "recommendation_settings is"),
    ],
)
def test_a_wrong_setting_is_named(values: object, named: str) -> None:
    with pytest.raises(InputError, match=named.replace("[", r"\[")) as caught:
        settings_part("recommendation_settings", values)  # type: ignore[arg-type]
    assert caught.value.remedy


def test_missing_columns_and_keys_are_named(bakery: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no column order_date"):
        recommend(bakery.drop(columns="order_date"), products=BAKERY_GOODS)
    with pytest.raises(InputError, match="no column sub_category"):
        recommend(bakery, products=BAKERY_GOODS.drop(columns="sub_category"))
    with pytest.raises(
        InputError, match="product_id of the frame of purchases is null"
    ):
        recommend(bakery.assign(product_id=None), products=BAKERY_GOODS)


# --- bundles of segments ---


def _segments(rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [("shop", "rfm", customer, name) for customer, name in rows.items()],
        columns=["business_id", "segment_kind", "customer_id", "segment_name"],
    )


def test_bundles_by_hand() -> None:
    """Ten of the best customers' 12 baskets hold a and b, two of the others' 10."""
    rows = [(f"v{n}", f"v{n % 3}", n, "a,b" if n < 10 else "b,c") for n in range(12)]
    rows += [(f"w{n}", f"w{n % 5}", n, "a,b" if n < 2 else "a,c") for n in range(10)]
    rows += [("single", "v0", 3, "a"), ("nobody", None, 3, "a,b")]
    segments = _segments(
        {**{f"v{n}": "best" for n in range(3)}, **{f"w{n}": "rest" for n in range(5)}}
    )
    found = segment_bundles(
        orders(*rows), products=plain_goods("abc"), segments=segments
    )
    assert list(found.columns) == list(SEGMENT_BUNDLES)
    best = found.loc[found["segment_name"] == "best"].iloc[0]
    assert (best["item_id"], best["other_item_id"]) == ("a", "b")
    assert (best["basket_count"], best["segment_basket_total"]) == (10, 12)
    assert (best["rest_basket_count"], best["rest_basket_total"]) == (2, 10)
    assert best["customer_count"] == 3
    assert best["support_ratio"] == pytest.approx((10 / 12) / (2 / 10))
    expected = fisher_p_values(
        np.array([10]), np.array([12]), np.array([12]), basket_total=22
    )[0]
    assert best["p_value"] == pytest.approx(expected)
    assert bool(best["is_significant"])
    rest = found.loc[found["segment_name"] == "rest"]
    assert rest[["item_id", "other_item_id"]].values.tolist() == [["a", "c"]]
    # b with c is in two baskets, too few to be shown.
    assert len(found) == 2


def test_bundles_are_sorted_by_their_worth() -> None:
    """A cheap pair in many of the segment's baskets is worth less than a dear one."""
    rows = [(f"v{n}", f"v{n % 9}", n, "a,b" if n < 40 else "c,d") for n in range(60)]
    rows += [(f"w{n}", f"w{n % 9}", n, "e,f" if n < 50 else "a,b") for n in range(60)]
    segments = _segments(
        {f"{group}{n}": group for group in ("v", "w") for n in range(9)}
    )
    products = plain_goods("abcdef")
    products["amount_per_order"] = [1.0, 2.0, 30.0, 10.0, None, 5.0]
    found = segment_bundles(orders(*rows), products=products, segments=segments)
    mine = found.loc[found["segment_name"] == "v"]
    assert mine["is_significant"].all()
    assert mine[["item_id", "bundle_rank"]].values.tolist() == [["c", 1], ["a", 2]]
    # 20 and 40 - 60 * 10 / 60 baskets above the others' share.
    assert mine["extra_basket_count"].tolist() == [20, 30]
    assert mine["extra_sales_amount"].tolist() == [20 * 40, 30 * 3]
    unknown = found.loc[found["item_id"] == "e"]
    assert unknown["extra_basket_count"].tolist() == [50]
    assert unknown["extra_sales_amount"].isna().all()


def test_bundles_of_categories_need_different_ones() -> None:
    rows = [(f"v{n}", "v", n, "a,c" if n < 8 else "a,b") for n in range(12)]
    rows += [(f"w{n}", "w", n, "a,b") for n in range(12)]
    products = goods(("a", "food", "x"), ("b", "food", "y"), ("c", "tools", "z"))
    found = segment_bundles(
        orders(*rows), products=products, segments=_segments({"v": "one", "w": "two"})
    )
    counted = found.groupby("basket_level")["segment_basket_total"].max()
    assert counted["product"] == 12
    assert "category" not in counted.index
    assert set(found["basket_level"]) == {"product", "sub_category"}


def test_one_segment_has_no_other_to_differ_from() -> None:
    rows = [(f"v{n}", "v", n, "a,b") for n in range(12)]
    found = segment_bundles(
        orders(*rows), products=plain_goods("ab"), segments=_segments({"v": "one"})
    )
    assert len(found) == 0
    assert found.dtypes.astype(str).to_dict() == dict(SEGMENT_BUNDLES)
