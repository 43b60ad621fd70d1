"""Frequent itemsets and rules: exact at every threshold, with correct significance."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules as mlxtend_rules
from mlxtend.frequent_patterns import fpgrowth
from pandas.testing import assert_frame_equal
from scipy import stats
from settings_parts import settings_part

from retail_marts.basket import (
    ALGORITHMS,
    ITEMSETS,
    RULES,
    RUNS,
    BasketResult,
    Itemsets,
    RuleSettings,
    association_rules,
    basket_rules,
    basket_thresholds,
    candidate_rule_count,
    fisher_p_values,
    frequent_itemsets,
    itemsets,
    minimum_basket_count,
    q_values,
)
from retail_marts.basket.rules import at_least
from retail_marts.basket.shuffle import shuffled_baskets
from retail_marts.basket.support import lowest_count_of_pairs
from retail_marts.errors import InputError

Sets = dict[tuple[int, ...], int]
Baskets = list[set[int]]

#: Numbers of baskets for which every share is a short decimal.
TOTALS = (1, 2, 4, 5, 8, 10, 16, 20, 25, 40)


@st.composite
def some_baskets(draw: st.DrawFn) -> Baskets:
    total = draw(st.sampled_from(TOTALS))
    items = draw(st.integers(1, 7))
    basket = st.sets(st.integers(0, items - 1), max_size=items)
    return draw(st.lists(basket, min_size=total, max_size=total))


def brute_force(baskets: Sequence[set[int]], *, least: int, length: int) -> Sets:
    counts: Counter[tuple[int, ...]] = Counter()
    for basket in baskets:
        for size in range(1, length + 1):
            counts.update(itertools.combinations(sorted(basket), size))
    return {items: count for items, count in counts.items() if count >= least}


def codes(baskets: Sequence[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(number, item) for number, one in enumerate(baskets) for item in one]
    both = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def mined(baskets: Sequence[set[int]], **values: Any) -> Itemsets:
    basket_codes, item_codes = codes(baskets)
    return frequent_itemsets(
        basket_codes,
        item_codes,
        item_counts=np.bincount(item_codes, minlength=1),
        **values,
    )


def as_sets(itemsets: Itemsets) -> Sets:
    return {
        tuple(int(code) for code in items): int(count)
        for rows, counts in zip(itemsets.items, itemsets.counts, strict=True)
        for items, count in zip(rows, counts, strict=True)
    }


def frames_of(
    baskets: Mapping[str, Sequence[set[str]]], *, level: str = "product"
) -> dict[str, pd.DataFrame]:
    """The three frames of businesses' baskets, whole, with codes by name."""
    levels, items, pairs = [], [], []
    for group, (business, orders) in enumerate(sorted(baskets.items())):
        counts = Counter(item for order in orders for item in order)
        names = sorted(counts)
        levels.append(
            {
                "business_id": business,
                "basket_level": level,
                "order_count": len(orders),
                "basket_total": len(orders),
                "multi_item_basket_count": sum(len(order) > 1 for order in orders),
                "item_total": len(names),
            }
        )
        items += [
            {
                "group_code": group,
                "item_code": code,
                "item_id": f"id of {name}",
                "item_name": name,
                "basket_count": counts[name],
            }
            for code, name in enumerate(names)
        ]
        pairs += [
            (group, number, names.index(item))
            for number, order in enumerate(orders)
            for item in order
        ]
    return {
        "levels": pd.DataFrame(levels),
        "items": pd.DataFrame(
            items,
            columns=["group_code", "item_code", "item_id", "item_name", "basket_count"],
        ),
        "baskets": pd.DataFrame(
            np.array(pairs, dtype=np.int32).reshape(-1, 3),
            columns=["group_code", "basket_code", "item_code"],
        ),
    }


def run(
    baskets: Mapping[str, Sequence[set[str]]],
    *,
    level: str = "product",
    **values: object,
) -> BasketResult:
    frames = frames_of(baskets, level=level)
    chosen = settings_part("basket_settings", values)
    return basket_rules(
        frames["baskets"],
        items=frames["items"],
        thresholds=basket_thresholds(frames["levels"], settings=chosen),
        settings=chosen,
    )


# --- itemsets ------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(data=st.data(), baskets=some_baskets())
def test_itemsets_equal_a_brute_force_count(
    data: st.DataObject, baskets: Baskets
) -> None:
    # Every count is tried as the threshold: sets exactly at it are kept.
    least = data.draw(st.integers(1, len(baskets)))
    length = data.draw(st.integers(2, 7))
    found = mined(baskets, minimum_count=least, maximum_length=length)
    assert as_sets(found) == brute_force(baskets, least=least, length=length)
    for rows in found.items:
        assert rows.tolist() == sorted(sorted(row) for row in rows.tolist())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("least", [1, 3, 12, 40])
def test_algorithms_find_the_same_itemsets(algorithm: str, least: int) -> None:
    random = np.random.default_rng(1)
    baskets = [set(np.flatnonzero(random.random(9) < 0.4)) for _ in range(100)]
    values = {"minimum_count": least, "maximum_length": 5}
    assert as_sets(mined(baskets, algorithm=algorithm, **values)) == brute_force(
        baskets, least=least, length=5
    )


@pytest.mark.parametrize("items", [3, 40, 400])
def test_itemsets_of_long_and_short_baskets_equal_mlxtend(items: int) -> None:
    # Few items fill the bitmaps, many items the lists of pairs.
    random = np.random.default_rng(items)
    chance = np.minimum(0.9, 8 / (4 + np.arange(items)))
    table = random.random((700, items)) < chance * random.uniform(0.2, 1, (700, 1))
    baskets = [set(np.flatnonzero(row)) for row in table]
    found = mined(baskets, minimum_count=14, maximum_length=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = fpgrowth(pd.DataFrame(table), 13.5 / 700, max_len=5)
    assert as_sets(found) == {
        tuple(sorted(items)): round(support * 700)
        for items, support in zip(theirs["itemsets"], theirs["support"], strict=True)
    }


def test_itemsets_do_not_depend_on_left_out_baskets_and_items() -> None:
    random = np.random.default_rng(2)
    baskets = [set(np.flatnonzero(random.random(12) < 0.25)) for _ in range(90)]
    basket_codes, item_codes = codes(baskets)
    counts = np.bincount(item_codes)
    values: dict[str, Any] = {
        "item_counts": counts,
        "minimum_count": 20,
        "maximum_length": 4,
    }
    whole = frequent_itemsets(basket_codes, item_codes, **values)
    kept = counts[item_codes] >= 20
    several = np.bincount(basket_codes[kept], minlength=90)[basket_codes] > 1
    rows = np.flatnonzero(kept & several)
    assert 0 < len(rows) < len(basket_codes)
    shuffled = random.permutation(rows)
    part = frequent_itemsets(basket_codes[shuffled], item_codes[shuffled], **values)
    assert as_sets(part) == as_sets(whole)


def test_an_item_listed_twice_in_a_basket_counts_once() -> None:
    found = frequent_itemsets(
        np.array([0, 0, 0, 1, 1]),
        np.array([0, 0, 1, 0, 1]),
        item_counts=np.array([2, 2]),
        minimum_count=1,
        maximum_length=3,
    )
    assert as_sets(found) == {(0,): 2, (1,): 2, (0, 1): 2}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ten_million_itemsets_stop_before_they_are_made(algorithm: str) -> None:
    # 30 items that always come together have 53 million sets of up to 10.
    baskets = [set(range(30))] * 20
    with pytest.raises(InputError) as stopped:
        mined(
            baskets,
            minimum_count=5,
            maximum_length=10,
            algorithm=algorithm,
            name="my shop, level product",
        )
    message = str(stopped.value)
    assert "my shop, level product" in message
    for setting in ("minimum_support", "minimum_count", "max_itemsets"):
        assert setting in message


def test_codes_without_an_item_are_refused() -> None:
    with pytest.raises(InputError, match="code is negative"):
        frequent_itemsets(
            np.array([0, 0]),
            np.array([0, 2]),
            item_counts=np.array([1, 1]),
            minimum_count=1,
            maximum_length=2,
        )


# --- rules ---------------------------------------------------------------------------


def rules_of(
    baskets: Sequence[set[int]], chosen: RuleSettings
) -> dict[tuple[tuple[int, ...], tuple[int, ...]], dict[str, Any]]:
    itemsets = mined(
        baskets,
        minimum_count=minimum_basket_count(chosen, basket_total=len(baskets)),
        maximum_length=chosen.maximum_length,
    )
    found = association_rules(itemsets, basket_total=len(baskets), settings=chosen)
    sets = [tuple(map(int, one)) for rows in itemsets.items for one in rows]
    return {
        (sets[row["antecedent_set"]], sets[row["consequent_set"]]): row
        for row in pd.DataFrame(dict(found.columns)).to_dict("records")
    }


@settings(max_examples=150, deadline=None)
@given(data=st.data(), baskets=some_baskets())
def test_rules_equal_a_brute_force_count(data: st.DataObject, baskets: Baskets) -> None:
    total = len(baskets)
    least = data.draw(st.integers(1, total))
    confidence = data.draw(st.fractions(0, 1, max_denominator=8))
    lift = data.draw(st.sampled_from([Fraction(0), Fraction(1), Fraction(5, 4)]))
    chosen = RuleSettings(
        minimum_support=Fraction(least, total),
        minimum_count=1,
        maximum_length=4,
        minimum_confidence=confidence,
        minimum_lift=lift,
    )
    counts = brute_force(baskets, least=least, length=4)
    expected = {}
    for items, both in counts.items():
        for size in range(1, len(items)):
            for first in itertools.combinations(items, size):
                second = tuple(item for item in items if item not in first)
                own = Fraction(both, counts[first])
                if own >= confidence and own * total >= lift * counts[second]:
                    expected[first, second] = any(
                        Fraction(counts[tuple(sorted((*part, *second)))], counts[part])
                        >= own
                        for shorter in range(1, size)
                        for part in itertools.combinations(first, shorter)
                    )
    found = rules_of(baskets, chosen)
    assert {rule: row["is_redundant"] for rule, row in found.items()} == expected
    for (first, second), row in found.items():
        whole = tuple(sorted((*first, *second)))
        assert row["basket_count"] == counts[whole]
        assert row["antecedent_basket_count"] == counts[first]
        assert row["consequent_basket_count"] == counts[second]


def test_candidates_are_sets_whose_parts_are_frequent() -> None:
    random = np.random.default_rng(3)
    for _ in range(30):
        items = int(random.integers(2, 9))
        baskets = [set(np.flatnonzero(random.random(items) < 0.5)) for _ in range(30)]
        least, length = int(random.integers(1, 12)), int(random.integers(2, 6))
        found = mined(baskets, minimum_count=least, maximum_length=length)
        frequent = set(as_sets(found))
        singles = [one[0] for one in frequent if len(one) == 1]
        expected = sum(
            2**size - 2
            for size in range(2, length + 1)
            for items_ in itertools.combinations(sorted(singles), size)
            if all(p in frequent for p in itertools.combinations(items_, size - 1))
        )
        assert candidate_rule_count(found, length) == expected


@pytest.mark.parametrize("pair_cost", [0.0, 1e12])
def test_pairs_are_counted_alike_by_listing_and_by_bits(
    monkeypatch: pytest.MonkeyPatch, pair_cost: float
) -> None:
    """Both ways of counting give the same counts; only their speed differs."""
    monkeypatch.setattr(itemsets, "_PAIR_COST", pair_cost)
    monkeypatch.setattr(itemsets, "_CELL_COST", 0.0)
    random = np.random.default_rng(8)
    table = random.random((150, 12)) < random.uniform(0.1, 0.6, 12)
    rows, items = np.nonzero(table)
    pairs = np.array(list(itertools.combinations(range(12), 2)))
    together = (table.T.astype(int) @ table)[pairs[:, 0], pairs[:, 1]]
    found, counts = itemsets._count_pairs(items, rows, pairs, 12, 20)
    assert 0 < len(found) < len(pairs)
    assert found.tolist() == pairs[together >= 20].tolist()
    assert counts.tolist() == together[together >= 20].tolist()


def test_sets_too_wide_for_a_number_are_counted_without_a_look_up() -> None:
    sets = np.array([[1, 2], [1, 3], [2, 3], [2, 4]])
    few = np.concatenate(list(itemsets._candidates(sets, 10)))
    many = np.concatenate(list(itemsets._candidates(sets, 2**31)))
    assert few.tolist() == [[1, 2, 3]]
    assert many.tolist() == [[1, 2, 3], [2, 3, 4]]


def test_measures_equal_mlxtend_and_rules_at_the_threshold_are_kept() -> None:
    random = np.random.default_rng(4)
    table = random.random((200, 8)) < random.uniform(0.2, 0.6, 8)
    baskets = [set(np.flatnonzero(row)) for row in table]
    exactly_there = 0
    for confidence in ("0.3", "0.35", "0.4", "0.45", "0.55", "0.6", "0.7"):
        chosen = RuleSettings(
            minimum_support=Fraction(1, 20),
            minimum_confidence=Fraction(confidence),
            minimum_lift=Fraction(0),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = mlxtend_rules(
                fpgrowth(pd.DataFrame(table), 9.5 / 200, max_len=4),
                metric="confidence",
                min_threshold=float(confidence),
            )
        ours = rules_of(baskets, chosen)
        for row in theirs.to_dict("records"):
            rule = ours.pop(
                (tuple(sorted(row["antecedents"])), tuple(sorted(row["consequents"])))
            )
            for measure in ("support", "confidence", "lift", "leverage"):
                assert rule[measure] == pytest.approx(row[measure], abs=1e-12)
            assert rule["zhangs_metric"] == pytest.approx(row["zhangs_metric"])
            if math.isinf(row["conviction"]):
                assert math.isnan(rule["conviction"])
            else:
                assert rule["conviction"] == pytest.approx(row["conviction"])
        # The rules that mlxtend leaves out are exactly at the threshold.
        for rule in ours.values():
            exactly_there += 1
            assert Fraction(
                rule["basket_count"], rule["antecedent_basket_count"]
            ) == Fraction(confidence)
    assert exactly_there > 0


def test_thresholds_are_the_decimals_that_were_written() -> None:
    # In doubles .07 x 100 is 7.000000000000001, which would ask for 8 baskets.
    chosen = settings_part(
        "basket_settings", {"minimum_support": 0.07, "minimum_count": 1}
    ).rules_of("shop", "product")
    assert minimum_basket_count(chosen, basket_total=100) == 7
    assert minimum_basket_count(chosen, basket_total=101) == 8
    assert minimum_basket_count(chosen, basket_total=0) == 1
    assert minimum_basket_count(RuleSettings(), basket_total=10) == 5


def test_comparisons_are_exact_beyond_64_bits() -> None:
    above = np.array([2_000_000_001, 2_000_000_000, 1_999_999_999])
    below = np.array([3_000_000_000] * 3)
    assert at_least(above, below, Fraction(2, 3)).tolist() == [True, True, False]
    near = Fraction(2 * 10**15, 3 * 10**15 + 1)
    assert at_least(above, below, near).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("limits", "note"),
    [
        (
            {"max_rules": 1000},
            "more than 1,000 rules at a support of 9 baskets: raise minimum_support "
            "or minimum_count, lower maximum_length, or raise max_rules if there is "
            "memory for that many",
        ),
        (
            {"max_itemsets": 20},
            "more than 20 itemsets at a support of 9 baskets: raise minimum_support or "
            "minimum_count, lower maximum_length, or raise max_itemsets if there is "
            "memory for that many",
        ),
    ],
)
def test_a_set_support_with_too_much_leaves_one_level_without_rules(
    limits: dict[str, int], note: str
) -> None:
    result = run(
        {"a": [set("abcdefgh")] * 9, "b": [{"x", "y"}] * 20 + [{"z"}] * 20},
        businesses={"a": {"minimum_count": 9}},
        **limits,
    )
    assert result.runs["note"].isna().tolist() == [False, True]
    assert result.runs["note"].iloc[0] == note
    assert result.runs["itemset_count"].tolist() == [0, 4]
    assert set(result.rules["business_id"]) == {"b"}


# --- the support that is found -------------------------------------------------------


def nested(count: int) -> list[set[str]]:
    """Baskets where the sets of the first k of 6 items are in count * (7 - k)."""
    return [set("abcdef"[:size]) for size in range(1, 7) for _ in range(count)]


def test_a_support_is_raised_until_the_itemsets_are_within_the_budget() -> None:
    orders = nested(100)
    counts = {
        least: len(
            mined([{ord(item) for item in one} for one in orders],
                  minimum_count=least, maximum_length=4)
        )
        for least in (100, 101, 200, 201, 300, 301)
    }  # fmt: skip
    assert counts == {100: 56, 101: 30, 200: 30, 201: 15, 300: 15, 301: 7}
    within = run({"a": orders}, max_itemsets=56).runs.iloc[0]
    assert (within["itemset_count"], within["minimum_basket_count"]) == (56, 5)
    assert pd.isna(within["support_note"])
    for budget, sets, lowest in ((55, 30, 100), (29, 15, 200), (14, 7, 300)):
        raised = run({"a": orders}, max_itemsets=budget).runs.iloc[0]
        assert raised["itemset_count"] == sets
        assert lowest < raised["minimum_basket_count"] <= 1.05 * lowest + 1
        assert raised["support_note"] == (
            f"support raised from 5 to {raised['minimum_basket_count']} baskets: "
            f"more than {budget} itemsets"
        )


def test_a_support_is_lowered_only_where_that_adds_sets() -> None:
    pairs = [{"a", "b"}] * 30 + [{"a", "c"}] * 12 + [{"d"}] * 9_958
    frames = {"a": [*pairs, {"e", "f"}]}
    lowered = run(frames, level="category").runs.iloc[0]
    assert lowered["basket_total"] == 10_001
    assert lowered["minimum_basket_count"] == 12
    assert lowered["support_note"] == (
        "support lowered from 101 to 12 baskets: fewer than 50 itemsets of two items "
        "or more"
    )
    # Half of 12 and less would add a pair by one basket; that is not tried.
    alone = run({"a": [{"d"}] * 10_000 + [{"d", "e"}] * 9}, level="category")
    assert alone.runs.iloc[0]["minimum_basket_count"] == 101
    assert alone.runs["support_note"].isna().all()


@pytest.mark.parametrize("stated", [{"minimum_count": 3}, {"minimum_support": 0.01}])
def test_a_set_support_is_used_as_it_is(stated: dict[str, float]) -> None:
    orders = [{"a", "b"}] * 30 + [{"d"}] * 970
    plain = run({"a": orders}, level="category", **stated).runs.iloc[0]
    assert plain["minimum_basket_count"] == 10
    assert pd.isna(plain["support_note"])


def test_the_lowest_count_of_pairs_equals_a_brute_force_count() -> None:
    random = np.random.default_rng(2)
    baskets = [set(random.choice(9, random.integers(1, 7))) for _ in range(120)]
    basket_codes, item_codes = codes(baskets)
    for budget in range(46):
        found = lowest_count_of_pairs(
            basket_codes,
            item_codes,
            item_counts=np.bincount(item_codes),
            least=2,
            budget=budget,
        )
        assert len(brute_force(baskets, least=found, length=2)) <= budget
        assert (
            found == 2 or len(brute_force(baskets, least=found - 1, length=2)) > budget
        )


# --- shuffled baskets ----------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(baskets=some_baskets(), seed=st.integers(0, 5))
def test_shuffled_baskets_keep_their_sizes_and_the_counts_of_items(
    baskets: Baskets, seed: int
) -> None:
    basket_codes, item_codes = codes(baskets)
    counts = np.bincount(item_codes, minlength=7)
    several = np.array([len(baskets[code]) > 1 for code in basket_codes], dtype=bool)
    found = shuffled_baskets(
        basket_codes[several],
        item_codes[several],
        item_counts=counts,
        random_state=seed,
    )
    assert len(set(zip(*(one.tolist() for one in found), strict=True))) == counts.sum()
    assert np.array_equal(np.bincount(found[1], minlength=7), counts)
    sizes = sorted(np.bincount(found[0])) if len(found[0]) else []
    assert [int(size) for size in sizes if size] == sorted(
        len(basket) for basket in baskets if basket
    )


def test_shuffling_breaks_bundles_and_keeps_what_sizes_explain() -> None:
    random = np.random.default_rng(4)
    bundles = [{"a", "b"}, {"c", "d"}, {"e", "f"}] * 200
    sizes = random.choice([1, 8], 600)
    alike = [set(random.choice(list("ghijklmnop"), n, replace=False)) for n in sizes]
    runs = run({"alike": alike, "bundles": bundles}).runs.set_index("business_id")
    assert runs.at["bundles", "significant_rule_count"] == 6
    assert runs.at["bundles", "shuffled_rule_count"] == 0
    assert runs.at["bundles", "shuffle_note"] == (
        "sizes of baskets do not explain it: no rule is significant in shuffled "
        "baskets of the same sizes, and 6 in the real ones"
    )
    real, shuffled = runs.loc[
        "alike", ["significant_rule_count", "shuffled_rule_count"]
    ]
    assert real > 0
    assert 2 * shuffled >= real
    assert runs.at["alike", "shuffle_note"] == (
        f"sizes of baskets explain most of it: {shuffled:,} rules are significant in "
        f"shuffled baskets of the same sizes, and {real:,} in the real ones"
    )


def test_every_trade_of_two_baskets_is_equally_likely() -> None:
    # Two baskets of two items each: six ways to share four items.
    found = Counter(
        tuple(sorted(items[baskets == 0].tolist()))
        for seed in range(600)
        for baskets, items in [
            shuffled_baskets(
                np.array([0, 0, 1, 1]),
                np.array([0, 1, 2, 3]),
                item_counts=np.ones(4, dtype=int),
                random_state=seed,
            )
        ]
    )
    assert len(found) == 6
    assert stats.chisquare(list(found.values())).pvalue > 0.01


def test_rules_do_not_depend_on_order_or_on_other_businesses() -> None:
    random = np.random.default_rng(5)
    shops = {
        name: [
            {f"item {i}" for i in np.flatnonzero(random.random(6) < chance)}
            for _ in range(80)
        ]
        for name, chance in (("a", 0.3), ("b", 0.5), ("c", 0.1))
    }
    chosen = settings_part(
        "basket_settings", {"minimum_support": 0.05, "minimum_confidence": 0.2}
    )
    frames = frames_of(shops)
    thresholds = basket_thresholds(frames["levels"], settings=chosen)
    whole = basket_rules(
        frames["baskets"],
        items=frames["items"],
        thresholds=thresholds,
        settings=chosen,
    )
    assert set(whole.rules["business_id"]) == {"a", "b", "c"}
    again = basket_rules(
        frames["baskets"].sample(frac=1, random_state=1),
        items=frames["items"].sample(frac=1, random_state=2),
        thresholds=thresholds.sample(frac=1, random_state=3).sort_values("group_code"),
        settings=chosen,
    )
    alone = basket_rules(
        frames["baskets"].query("group_code == 1"),
        items=frames["items"].query("group_code == 1"),
        thresholds=thresholds.query("group_code == 1"),
        settings=chosen,
    )
    for name in ("rules", "itemsets", "runs"):
        frame = getattr(whole, name)
        assert_frame_equal(frame, getattr(again, name))
        assert_frame_equal(
            frame.query("business_id == 'b'").reset_index(drop=True),
            getattr(alone, name),
        )


def test_renamed_items_give_the_same_rules() -> None:
    random = np.random.default_rng(6)
    baskets = [set(np.flatnonzero(random.random(7) < 0.4)) for _ in range(60)]
    new = random.permutation(7)
    renamed = [{int(new[item]) for item in basket} for basket in baskets]
    chosen = RuleSettings(minimum_support=Fraction(1, 20))
    ours, theirs = rules_of(baskets, chosen), rules_of(renamed, chosen)
    assert len(ours) > 20
    for (first, second), row in ours.items():
        other = theirs[
            tuple(sorted(int(new[item]) for item in first)),
            tuple(sorted(int(new[item]) for item in second)),
        ]
        for column in ("basket_count", "lift", "p_value", "q_value", "is_redundant"):
            assert row[column] == other[column]


# --- significance --------------------------------------------------------------------


def test_p_values_equal_scipy() -> None:
    random = np.random.default_rng(7)
    total = random.integers(2, 400, 500)
    first = random.integers(1, total + 1)
    second = random.integers(1, total + 1)
    low, high = np.maximum(0, first + second - total), np.minimum(first, second)
    both = random.integers(low, high + 1)
    for n, a, b, x in zip(total, first, second, both, strict=True):
        table = [[x, a - x], [b - x, n - a - b + x]]
        expected = stats.fisher_exact(table, alternative="greater").pvalue
        ours = fisher_p_values(
            np.array([x]), np.array([a]), np.array([b]), basket_total=int(n)
        )
        assert ours[0] == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_p_values_of_millions_of_baskets_equal_whole_number_sums() -> None:
    total, first, second = 300_000, 900, 20_000
    counts = np.array([1, 40, 60, 61, 75, 120, 300])
    ours = fisher_p_values(
        counts,
        np.full(len(counts), first),
        np.full(len(counts), second),
        basket_total=total,
    )
    ways = [
        math.comb(first, x) * math.comb(total - first, second - x)
        for x in range(first + 1)
    ]
    everything = math.comb(total, second)
    exact = [float(Fraction(sum(ways[x:]), everything)) for x in counts]
    assert ours == pytest.approx(exact, rel=1e-9)
    # The tail of a large table near its mean has thousands of terms.
    large = fisher_p_values(
        np.array([100_001, 100_400]),
        np.array([500_000, 500_000]),
        np.array([600_000, 600_000]),
        basket_total=3_000_000,
    )
    expected = stats.hypergeom.sf([100_000, 100_399], 3_000_000, 500_000, 600_000)
    assert large == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "short"), [("benjamini_hochberg", "bh"), ("benjamini_yekutieli", "by")]
)
def test_q_values_equal_scipy(method: str, short: str) -> None:
    p_values = np.random.default_rng(8).beta(0.3, 2, 200)
    p_values[10:20] = p_values[0]
    ours = q_values(p_values, test_count=200, method=method)
    assert ours == pytest.approx(stats.false_discovery_control(p_values, method=short))
    # Tests that were not counted are treated as not significant.
    padded = stats.false_discovery_control([*p_values, *np.ones(800)], method=short)
    ours = q_values(p_values, test_count=1000, method=method)
    assert ours == pytest.approx(padded[:200])


def test_q_values_come_before_confidence_and_lift_cut() -> None:
    random = np.random.default_rng(9)
    baskets = [set(np.flatnonzero(random.random(8) < 0.4)) for _ in range(100)]
    loose = RuleSettings(minimum_confidence=Fraction(0), minimum_lift=Fraction(0))
    strict = RuleSettings(
        minimum_confidence=Fraction(1, 2), minimum_lift=Fraction(6, 5)
    )
    every, few = rules_of(baskets, loose), rules_of(baskets, strict)
    assert 0 < len(few) < len(every)
    for rule, row in few.items():
        assert row["q_value"] == every[rule]["q_value"]


def test_independent_items_are_rarely_significant_and_planted_ones_are() -> None:
    shops: dict[str, list[set[str]]] = {}
    for seed in range(60):
        random = np.random.default_rng(seed)
        shares = random.uniform(0.01, 0.3, 25)
        shops[f"shop {seed:02}"] = [
            {f"item {i:02}" for i in np.flatnonzero(random.random(25) < shares)}
            for _ in range(400)
        ]
    for name, orders in list(shops.items())[:5]:
        shops[f"{name} with a bundle"] = [
            {*order, "tea", "cup"} if place % 20 == 0 else order
            for place, order in enumerate(orders)
        ]
    result = run(shops, minimum_support=0.005, minimum_count=3, maximum_length=3)
    found = result.runs.set_index("business_id")["significant_rule_count"]
    planted = found.index.str.endswith("bundle")
    chance_finds = int((found[~planted] > 0).sum())
    # With 60 shops and a level of 5 %, 7 or more would be seen once in 50 times.
    assert chance_finds <= 6
    best = result.rules.query("rule_rank <= 2 and business_id.str.endswith('bundle')")
    assert len(best) == 10
    assert set(best["antecedents"]) == {"tea", "cup"}
    assert best["is_significant"].all()


# --- without rules -------------------------------------------------------------------


def note_of(result: BasketResult) -> object:
    (note,) = result.runs["note"]
    return note


@pytest.mark.parametrize(
    ("orders", "note"),
    [
        ([], "no orders"),
        ([set(), set()], "no product has a sub-category"),
        ([{"a"}, {"b"}, {"a"}], "no basket holds two different sub-categories"),
        ([{"a", "b"}], "no sub-category is in 2 baskets, the minimum"),
        (
            [{"a", "b"}, {"a", "c"}],
            "no two sub-categories are together in 2 baskets, the minimum",
        ),
        (
            [{"a", "b"}] * 3,
            "no rule is significant: chance alone would give rules like these",
        ),
        (
            [{"a", "b"}, {"a", "b"}, {"a"}, {"a"}, {"b"}, {"b"}],
            "no rule reaches the minimum confidence and lift",
        ),
        ([{"a", "b"}] * 20 + [{"c"}] * 20, None),
    ],
)
def test_a_run_says_why_there_is_nothing(
    orders: list[set[str]], note: str | None
) -> None:
    result = run(
        {"shop": orders},
        level="sub_category",
        minimum_count=2,
        minimum_support=0.01,
        minimum_confidence=0.3,
    )
    found = note_of(result)
    assert (None if pd.isna(found) else found) == note
    assert len(result.runs) == 1
    assert (result.rules.empty) == (
        note is not None and not note.startswith("no rule is significant")
    )


def test_one_basket_and_identical_baskets_have_rules_without_significance() -> None:
    one = run({"shop": [{"a", "b"}]}, minimum_count=1)
    same = run({"shop": [{"a", "b", "c"}] * 50})
    for result, rules in ((one, 2), (same, 12)):
        assert len(result.rules) == rules
        assert (result.rules["lift"] == 1).all()
        assert (result.rules["p_value"] == 1).all()
        assert (result.rules["zhangs_metric"] == 0).all()
        assert result.rules["conviction"].isna().all()
        assert not result.rules["is_significant"].any()


def test_orders_without_a_product_are_not_told_as_no_orders() -> None:
    frames = frames_of({"shop": []})
    levels = frames["levels"].assign(order_count=3)
    runs = basket_rules(
        frames["baskets"], items=frames["items"], thresholds=basket_thresholds(levels)
    ).runs
    assert runs["note"].tolist() == [
        "no order has a sale of a product that is not excluded"
    ]


def test_no_business_at_all_gives_typed_empty_frames() -> None:
    frames = frames_of({})
    chosen = settings_part("basket_settings")
    result = basket_rules(
        frames["baskets"],
        items=frames["items"],
        thresholds=basket_thresholds(
            pd.DataFrame(
                columns=[
                    "business_id",
                    "basket_level",
                    "order_count",
                    "basket_total",
                    "multi_item_basket_count",
                    "item_total",
                ]
            ),
            settings=chosen,
        ),
        settings=chosen,
    )
    for frame, schema in (
        (result.rules, RULES),
        (result.itemsets, ITEMSETS),
        (result.runs, RUNS),
    ):
        assert frame.empty
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
            name: str(kind) for name, kind in schema.items()
        }


def test_names_of_any_kind_are_distinct_in_the_lists() -> None:
    odd = {"a + b", "a", 'the "b"', "l'eau"}
    result = run({"shop": [odd] * 10 + [{"other"}] * 10}, maximum_length=3)
    rules = result.rules
    assert "a + a + b" in set(rules["antecedents"])
    whole = rules.query("antecedents == 'a + a + b'").iloc[0]
    assert list(whole["antecedent_items"]) == ["a", "a + b"]
    assert list(whole["antecedent_item_ids"]) == ["id of a", "id of a + b"]
    assert whole["antecedent_item_count"] == 2
    assert not rules.duplicated(["antecedents", "consequents"]).any()
    for side in ("antecedent", "consequent"):
        joined = rules[f"{side}_items"].map(" + ".join)
        assert (joined == rules[f"{side}s"]).all()
        for names in rules[f"{side}_items"]:
            assert list(names) == sorted(names)


# --- settings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"minimum_support": 0}, "minimum_support is 0"),
        ({"minimum_support": -0.1}, "minimum_support is -0.1"),
        ({"minimum_support": 1.5}, "minimum_support is 1.5"),
        ({"minimum_support": "much"}, "minimum_support is 'much'"),
        ({"minimum_support": float("nan")}, "minimum_support is nan"),
        ({"minimum_support": True}, "minimum_support is True"),
        ({"minimum_count": 0}, "minimum_count is 0"),
        ({"minimum_count": 2.5}, "minimum_count is 2.5"),
        ({"maximum_length": 1}, "maximum_length is 1"),
        ({"maximum_length": 11}, "maximum_length is 11"),
        ({"minimum_confidence": 1.01}, "minimum_confidence is 1.01"),
        ({"minimum_lift": -1}, "minimum_lift is -1"),
        ({"significance_level": 0}, "significance_level is 0"),
        ({"algorithm": "magic"}, "algorithm is 'magic'"),
        ({"algorithm": ["eclat"]}, "algorithm is"),
        ({"false_discovery_control": "none"}, "false_discovery_control is 'none'"),
        ({"support": 0.1}, "no setting basket_settings.support"),
        ({"levels": {"shelf": {}}}, "no setting basket_settings.levels.shelf"),
        ({"levels": ["product"]}, "levels is"),
        (
            {"levels": {"product": {"minimum_support": 2}}},
            "levels.product.minimum_support is 2",
        ),
        (
            {"businesses": {"a": {"levels": {"product": {"algorithm": "x"}}}}},
            "businesses.a.levels.product.algorithm is 'x'",
        ),
        (
            {"businesses": {"a": {"supprt": 1}}},
            "no setting basket_settings.businesses.a.supprt",
        ),
        ({"businesses": {"a": 0.1}}, "businesses.a is 0.1"),
        ({"businesses": {"c": {}}}, "basket_settings.businesses names 'c'"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as refused:
        settings_part("basket_settings", values, businesses=["a", "b"])
    assert named in refused.value.problem
    assert refused.value.remedy


def test_the_closest_setting_counts() -> None:
    chosen = settings_part(
        "basket_settings",
        {
            "minimum_support": 0.1,
            "minimum_count": 2,
            "maximum_length": 2,
            "levels": {"product": {"minimum_support": 0.2, "minimum_count": 3}},
            "businesses": {
                "a": {
                    "minimum_support": 0.3,
                    "levels": {"category": {"minimum_support": 0.4}},
                }
            },
        },
    )

    def support(business: str, level: str) -> float:
        one = chosen.rules_of(business, level)
        return float(one.minimum_support)

    assert support("b", "category") == 0.1
    assert support("b", "product") == 0.2
    assert support("a", "product") == 0.3
    assert support("a", "category") == 0.4
    one = chosen.rules_of("a", "product")
    assert (one.minimum_count, one.maximum_length) == (3, 2)
    plain = settings_part("basket_settings")
    assert [
        float(plain.rules_of("a", level).minimum_support)
        for level in ("product", "category", "sub_category")
    ] == [0.001, 0.01, 0.005]


def test_a_frame_without_a_column_is_named() -> None:
    frames = frames_of({"shop": [{"a", "b"}]})
    with pytest.raises(InputError, match="levels has no column basket_total"):
        basket_thresholds(frames["levels"].drop(columns="basket_total"))
    thresholds = basket_thresholds(frames["levels"])
    with pytest.raises(InputError, match="items has no column item_name"):
        basket_rules(
            frames["baskets"],
            items=frames["items"].drop(columns="item_name"),
            thresholds=thresholds,
        )
    with pytest.raises(InputError, match="item codes are not 0, 1, 2"):
        basket_rules(
            frames["baskets"],
            items=frames["items"].assign(item_code=[1, 2]),
            thresholds=thresholds,
        )


def test_p_values_above_a_limit_stay_above_it_and_others_exact() -> None:
    generator = np.random.default_rng(3)
    first = generator.integers(50, 400, 2_000)
    second = generator.integers(50, 400, 2_000)
    expected = first * second / 1_000
    both = np.round(expected + generator.normal(0, 2, 2_000) * np.sqrt(expected))
    low, high = np.maximum(0, first + second - 1_000), np.minimum(first, second)
    both = np.clip(both, low, high).astype("int64")
    exact = fisher_p_values(both, first, second, basket_total=1_000)
    limited = fisher_p_values(both, first, second, basket_total=1_000, limit=0.05)
    small = exact <= 0.05
    assert 100 < small.sum() < 1_900
    assert (limited[small] == exact[small]).all()
    assert (limited[~small] > 0.05).all()
    assert (limited < exact).any()
