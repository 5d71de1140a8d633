"""The rules as the papers write them: every voter alone, plain fractions, nothing clever. Slow, and meant to be."""

from __future__ import annotations

from fractions import Fraction

from pb.counting import Election, TieRefused, TieRule

Utilities = list[dict[str, int]]


def voters(election: Election, utility: str) -> Utilities:
    """One dict per voter: project → utility, positive ones of projects that may be funded."""
    costs = {p.id: p.cost for p in election.projects}
    barred = set(election.withdrawn) | {p for p, score in scores(election).items() if score < election.minimum_score}
    everyone = []
    for ballot, weight in election.groups():
        values = ballot.values()
        longest, length = election.longest_ballot, len(values)
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
            total[p] += weight * (election.longest_ballot - v if kind == "ranking" else v)
    return total


def ranks(election: Election, ties: TieRule) -> dict[str, int]:
    return {p.id: rank for p, rank in zip(election.projects, ties.ranks(election), strict=True)}


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
        if len(tied) > 1 and least > 0:
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


def greedy(
    election: Election,
    ties: TieRule,
    *,
    funded: tuple[str, ...] = (),
    per_cost: bool = False,
    skip: bool = True,
) -> list[str]:
    """Go down the list by score; skip, or stop at, what does not fit."""
    score, rank = scores(election), ranks(election, ties)
    costs = {p.id: p.cost for p in election.projects}
    support = election.votes
    won = list(funded)

    def key(p: str) -> tuple[object, ...]:
        if not per_cost:
            return (-score[p], rank[p])
        return (costs[p] > 0, -Fraction(score[p], costs[p] or 1) if costs[p] else 0, rank[p])

    for p in sorted(costs, key=key):
        if p in won or p in election.withdrawn or not support[p] or score[p] < election.minimum_score:
            continue
        if any(q in won for q in rivals(election, p)):
            continue
        if sum(costs[q] for q in won) + costs[p] <= election.budget_limit:
            won.append(p)
        elif not skip:
            break
    return won
