"""The search for the best set, alone, with passes so narrow that what is dropped has to be proved."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from pb.counting import TooManySets, knapsack
from pb.counting.knapsack import Item, Knapsack


def obeys(chosen, rivals, items, *, leave_one):
    kept = set(chosen)
    pairs = [(p, q) for p in rivals for q in rivals[p] if p < q]
    labels = {item.label for item in items}
    return all(({p, q} & kept if leave_one else not {p, q} <= kept) for p, q in pairs if {p, q} <= labels)


@pytest.mark.parametrize("leave_one", [False, True])
def test_no_set_is_better(leave_one, monkeypatch):
    monkeypatch.setattr(knapsack, "WIDTHS", (1, 2, 10_000))
    for seed in range(500):
        some = random.Random(seed)
        items = [Item(some.choice([0, 1, 1, 2, 3, 5]), some.randint(1, 40), p) for p in range(some.randint(1, 8))]
        pairs = [some.sample(range(9), 2) for _ in range(some.choice([0, 0, 1, 3]))]
        rivals = {p: frozenset(q for pair in pairs if p in pair for q in pair if q != p) for p in range(9)}
        limit = some.randint(0, 8)
        value = {item.label: item.value for item in items}
        size = {item.label: item.size for item in items}
        fitting = [
            chosen
            for length in range(len(items) + 1)
            for chosen in combinations(value, length)
            if sum(size[p] for p in chosen) <= limit and obeys(chosen, rivals, items, leave_one=leave_one)
        ]

        found = Knapsack(items, limit, rivals, leave_one=leave_one).solve()

        if not fitting:
            assert found is None
            continue
        assert any(set(chosen) == found for chosen in fitting)
        assert sum(value[p] for p in found) == max(sum(value[p] for p in chosen) for chosen in fitting)


def test_without_a_pass_wide_enough_it_gives_up(monkeypatch):
    monkeypatch.setattr(knapsack, "WIDTHS", (1,))

    with pytest.raises(TooManySets) as refusal:
        Knapsack([Item(3, 3, 0), Item(4, 4, 1), Item(5, 5, 2)], 8, {}).solve()

    assert refusal.value.projects == 3
