"""More rules as the papers write them, by enumerating every voter and every set of projects."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from pb.counting import Election, TieRefused, TieRule
from tests.counting.textbook import ranks, rivals, scores, supporters


def costs(election: Election) -> dict[str, int]:
    return {p.id: p.cost for p in election.projects}


def allowed(election: Election) -> list[str]:
    votes, score = supporters(election), scores(election)
    return [
        p.id
        for p in election.projects
        if p.id not in election.withdrawn and votes[p.id] and score[p.id] >= election.minimum_score
    ]


def voters(election: Election) -> list[set[str]]:
    return [set(ballot.values()) for ballot, weight in election.groups() for _ in range(weight)]


def subsets(items: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(items) + 1):
        yield from combinations(items, size)


def clash(election: Election, chosen: tuple[str, ...]) -> bool:
    return any(pair <= set(chosen) for pair in election.conflicts)


def phragmen(election: Election, ties: TieRule, *, stops: bool) -> tuple[list[str], list[tuple[str, ...]]]:
    """Funded in order and ties met, every voter with a load of their own."""
    cost, rank = costs(election), ranks(election, ties)
    ballots = voters(election)
    load = [Fraction(0)] * len(ballots)
    left, funded, met = election.budget_limit, [], []
    open_ = [p for p in allowed(election) if cost[p] <= left]
    while open_:
        backers = {p: [i for i, ballot in enumerate(ballots) if p in ballot] for p in open_}
        new = {p: (cost[p] + sum(load[i] for i in backers[p])) / Fraction(len(backers[p])) for p in open_}
        tied = sorted((p for p in open_ if new[p] == min(new.values())), key=lambda p: rank[p])
        unfit = [p for p in tied if cost[p] > left]
        if unfit and stops:
            break
        if len(unfit) == len(tied):
            open_.remove(unfit[0])
            continue
        fitting = [p for p in tied if p not in unfit]
        winner = fitting[0]
        clashing = any(rivals(election, p) & set(fitting) for p in fitting)
        if len(fitting) > 1 and (new[winner] or clashing):
            met.append(met_or_refused(ties, fitting))
        for i in backers[winner]:
            load[i] = new[winner]
        funded.append(winner)
        left -= cost[winner]
        open_ = [p for p in open_ if p != winner and p not in rivals(election, winner)]
    return funded, met


def least_largest_load(election: Election, projects: list[str]) -> Fraction:
    """The greatest cost per supporter of any set of these projects."""
    cost, ballots = costs(election), voters(election)
    return max(
        Fraction(sum(cost[p] for p in some), sum(1 for ballot in ballots if ballot & set(some)))
        for some in subsets(projects)
        if some
    )


def maximin_support(election: Election, ties: TieRule) -> tuple[list[str], list[Fraction], list[tuple[str, ...]]]:
    """Funded in order, the load each was funded at, and ties met."""
    cost, rank = costs(election), ranks(election, ties)
    left, funded, loads, met = election.budget_limit, [], [], []
    open_ = allowed(election)
    while open_ := [p for p in open_ if cost[p] <= left]:
        load = {p: least_largest_load(election, [*funded, p]) for p in open_}
        winner = min(open_, key=lambda p: (load[p], rank[p]))
        tied = [p for p in open_ if load[p] == load[winner]]
        if len(tied) > 1 and (load[winner] or any(rivals(election, p) & set(tied) for p in tied)):
            met.append(met_or_refused(ties, tied))
        funded.append(winner)
        loads.append(load[winner])
        left -= cost[winner]
        open_ = [p for p in open_ if p != winner and p not in rivals(election, winner)]
    return funded, loads, met


def met_or_refused(ties: TieRule, tied: list[str]) -> tuple[str, ...]:
    if ties.refuses:
        raise TieRefused(sorted(tied))
    return tuple(sorted(tied))


def preferred(election: Election, ties: TieRule, best: list[tuple[str, ...]]) -> set[str]:
    """Of several sets, the one with the first project of the order that any has, then the second, and so on."""
    if ties.refuses and len(best) > 1:
        raise TieRefused([])
    rank = ranks(election, ties)
    return set(min(best, key=lambda chosen: [p not in chosen for p in sorted(rank, key=lambda p: rank[p])]))


def max_welfare(election: Election, ties: TieRule) -> tuple[set[str], int]:
    """The best set, and how many are equally good."""
    cost, score = costs(election), scores(election)
    fitting = [
        some
        for some in subsets(allowed(election))
        if sum(cost[p] for p in some) <= election.budget_limit and not clash(election, some)
    ]
    most = max(sum(score[p] for p in some) for some in fitting)
    best = [some for some in fitting if sum(score[p] for p in some) == most]
    return preferred(election, ties, best), len(best)


def least_harm(election: Election, ties: TieRule) -> tuple[set[str], int] | None:
    """The least harmful set that reaches the target, and how many are as good; None if none reaches it."""
    cost, score = costs(election), scores(election)
    options = [p for p in cost if cost[p] and p not in election.withdrawn]
    enough = [
        some
        for some in subsets(options)
        if sum(cost[p] for p in some) >= election.budget_limit and not clash(election, some)
    ]
    if not enough:
        return None

    def harm(some: tuple[str, ...]) -> tuple[int, int]:
        return sum(score[p] for p in some), sum(cost[p] for p in some)

    least = min(map(harm, enough))
    best = [some for some in enough if harm(some) == least]
    return preferred(election, ties, best), len(best)
