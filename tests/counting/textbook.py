"""The rules as the papers write them: every voter alone, plain fractions, nothing clever. Slow, and meant to be.

Of an election only what it was made of is asked (projects, ballots, options); sums, orders and the like are made here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby, permutations

from pb.counting import Election, TieRefused, TieRule

Utilities = list[dict[str, int]]


def voters(election: Election, utility: str) -> Utilities:
    """One dict per voter: project → utility, positive ones of projects that may be funded."""
    costs = {p.id: p.cost for p in election.projects}
    barred = set(election.withdrawn) | {p for p, score in scores(election).items() if score < election.minimum_score}
    everyone = []
    for ballot, weight in election.groups():
        values = ballot.values()
        longest, length = longest_ballot(election), len(values)
        worth = {
            "cost": lambda p, v: costs[p] or 1,
            "cardinality": lambda p, v: 1,
            "points": lambda p, v: v,
            "borda": lambda p, v: longest - v,  # noqa: B023
            "borda-pabutools": lambda p, v: length - v - 1,  # noqa: B023
        }[utility]
        mine = {p: worth(p, v) for p, v in values.items() if worth(p, v) > 0 and p not in barred}
        everyone += [mine] * weight
    return everyone


def scores(election: Election) -> dict[str, int]:
    kind = election.profile.kind
    total = {p.id: 0 for p in election.projects}
    for ballot, weight in election.groups():
        for p, v in ballot.values().items():
            total[p] += weight * (longest_ballot(election) - v if kind == "ranking" else v)
    return total


def longest_ballot(election: Election) -> int:
    return election.ballot_length or max((len(ballot.values()) for ballot, _ in election.groups()), default=0)


def supporters(election: Election) -> dict[str, int]:
    """How many voters picked a project; no points are no pick."""
    some = election.profile.kind == "points"
    votes = {p.id: 0 for p in election.projects}
    for ballot, weight in election.groups():
        for p, v in ballot.values().items():
            votes[p] += weight if v or not some else 0
    return votes


def ranks(election: Election, ties: TieRule) -> dict[str, int]:
    """The place of every project in the order of a tie rule; of one that refuses, by id."""
    votes, costs = supporters(election), {p.id: p.cost for p in election.projects}

    def lot(p: str) -> str:
        return hashlib.sha256(f"{ties.parameter}\n{p}".encode()).hexdigest()

    key = {
        "lexicographic": lambda p: p,
        "refuse": lambda p: p,
        "cost_votes_id": lambda p: (costs[p], -votes[p], p),
        "cost_votes_lot": lambda p: (costs[p], -votes[p], lot(p)),
        "votes_lot": lambda p: (-votes[p], lot(p)),
    }[ties.name]
    return {p: place for place, p in enumerate(sorted(costs, key=key))}


def rivals(election: Election, project: str) -> set[str]:
    return {q for pair in election.conflicts if project in pair for q in pair} - {project}


def price(cost: int, money: list[Fraction], backers: dict[int, int]) -> Fraction | None:
    """The least ρ with Σ min(money, ρ · utility) = cost: try every number of poor voters."""
    if sum(money[i] for i in backers) < cost:
        return None
    order = sorted(backers, key=lambda i: money[i] / backers[i])
    for poor in range(len(order)):
        rho = (cost - sum(money[i] for i in order[:poor])) / Fraction(sum(backers[i] for i in order[poor:]))
        if rho * backers[order[poor]] <= money[order[poor]]:
            return rho
    raise AssertionError("affordable, so somebody can pay in full")


def equal_shares(
    election: Election, ties: TieRule, utility: str, endowment: Fraction | None = None
) -> tuple[list[str], list[tuple[str, ...]], list[Fraction]]:
    """Funded in order, ties met, and what is left to each voter."""
    worth = voters(election, utility)
    rank = ranks(election, ties)
    if endowment is None:
        endowment = Fraction(election.budget_limit, len(worth) or 1)
    money = [endowment] * len(worth)
    costs = {p.id: p.cost for p in election.projects}
    backers = {p: {i: w[p] for i, w in enumerate(worth) if p in w} for p in costs}
    open_ = {p for p in costs if backers[p]}
    funded, met = [], []
    while True:
        rho = {p: price(costs[p], money, backers[p]) for p in open_}
        prices = {p: r for p, r in rho.items() if r is not None}
        if not prices:
            return funded, met, money
        least = min(prices.values())
        tied = [p for p in prices if prices[p] == least]
        if len(tied) > 1 and (least > 0 or any(rivals(election, p) & set(tied) for p in tied)):
            if ties.refuses:
                raise TieRefused(sorted(tied))
            met.append(tuple(sorted(tied)))
        winner = min(tied, key=lambda p: rank[p])
        for i, u in backers[winner].items():
            money[i] -= min(money[i], least * u)
        funded.append(winner)
        open_ = set(prices) - {winner} - rivals(election, winner)


def add1(election: Election, ties: TieRule, utility: str, *, exhaustive: bool = False) -> tuple[list[str], Fraction]:
    """Every endowment in turn, one currency unit at a time."""
    costs = {p.id: p.cost for p in election.projects}
    worth = voters(election, utility)
    supported = {p for mine in worth for p in mine}
    endowment = Fraction(election.budget_limit, len(worth) or 1)
    last = equal_shares(election, ties, utility)[0]
    while True:
        left = election.budget_limit - sum(costs[p] for p in last)
        could = supported - set(last) - {q for p in last for q in rivals(election, p)}
        if set(last) == supported or endowment > sum(costs[p] for p in supported):
            return last, endowment
        if exhaustive and all(costs[p] > left for p in could):
            return last, endowment
        raised = equal_shares(election, ties, utility, endowment + election.minor_units)[0]
        if sum(costs[p] for p in raised) > election.budget_limit:
            return last, endowment
        last, endowment = raised, endowment + election.minor_units


def comparison(election: Election, ties: TieRule, utility: str) -> tuple[list[str], int, int]:
    """Add1, or the greedy outcome if strictly more voters have more votes (points, Borda points) in it; and how many
    prefer each."""
    shares, other = add1(election, ties, utility)[0], greedy(election, ties)
    kind, longest = election.profile.kind, longest_ballot(election)
    for_greedy = for_shares = 0
    for ballot, weight in election.groups():
        worth = {p: longest - v if kind == "ranking" else v for p, v in ballot.values().items()}
        gain = sum(worth.get(p, 0) for p in other) - sum(worth.get(p, 0) for p in shares)
        for_greedy += weight * (gain > 0)
        for_shares += weight * (gain < 0)
    return other if for_greedy > for_shares else shares, for_greedy, for_shares


def by_key(election: Election, funded: tuple[str, ...], *, per_cost: bool) -> Iterator[list[str]]:
    """Projects that greedy may fund, those of equal score (or score per cost) together, the best first."""
    score, votes = scores(election), supporters(election)
    costs = {p.id: p.cost for p in election.projects}
    may = [
        p
        for p in costs
        if p not in funded and p not in election.withdrawn and votes[p] and score[p] >= election.minimum_score
    ]

    def key(p: str) -> tuple[bool, Fraction]:
        if not per_cost:
            return False, Fraction(-score[p])
        return costs[p] > 0, -Fraction(score[p], costs[p]) if costs[p] else Fraction(0)

    for _, equal in groupby(sorted(may, key=key), key):
        yield list(equal)


def go_down(election: Election, won: list[str], equal: list[str], *, skip: bool) -> tuple[list[str], bool]:
    """Fund what fits of some projects in this order; and whether greedy goes on behind them."""
    costs, won = {p.id: p.cost for p in election.projects}, list(won)
    for p in equal:
        if rivals(election, p) & set(won):
            continue
        if sum(costs[q] for q in won) + costs[p] <= election.budget_limit:
            won.append(p)
        elif not skip:
            return won, False
    return won, True


def greedy(
    election: Election, ties: TieRule, *, funded: tuple[str, ...] = (), per_cost: bool = False, skip: bool = True
) -> list[str]:
    """Go down the list by score; skip, or stop at, what does not fit."""
    if ties.refuses and greedy_is_tied(election, funded=funded, per_cost=per_cost, skip=skip):
        raise TieRefused([])
    rank, won, more = ranks(election, ties), list(funded), True
    for equal in by_key(election, funded, per_cost=per_cost):
        if more:
            won, more = go_down(election, won, sorted(equal, key=lambda p: rank[p]), skip=skip)
    return won


def greedy_is_tied(
    election: Election, *, funded: tuple[str, ...] = (), per_cost: bool = False, skip: bool = True
) -> bool:
    """Whether another order among equals would have funded something else: try all orders."""
    reached = {(frozenset(funded), True)}
    for equal in by_key(election, funded, per_cost=per_cost):
        there = set()
        for won, more in reached:
            for order in permutations(equal) if more else [()]:
                after, goes_on = go_down(election, sorted(won), list(order), skip=skip)
                there.add((frozenset(after), more and goes_on))
        if len({won for won, _ in there}) > 1:
            return True
        reached = there
    return False
