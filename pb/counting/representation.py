"""Whether any group of voters with a wish in common got less than its part of the pot would have paid for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pb.counting.eligible import rivals, shut_out
from pb.counting.market import Market
from pb.counting.metrics import positions_of
from pb.counting.model import Election, Ints
from pb.counting.ties import lexicographic

UpTo = Literal["any", "one"]
# More sets of projects times groups of ballots than this are not searched for the core.
LARGEST_SEARCH = 100_000_000
# So many sets times groups of ballots are looked at in one go: a few dozen megabytes.
CHUNK = 1 << 21


@dataclass(frozen=True, slots=True)
class Violation:
    """A group that could ask for `project`: its supporters who received at most `received`.

    voters:   how many they are; value: what the project is worth to each of them at least
    received: the most utility any of them got; entitled: the money of the pot that is theirs, rounded down
    Units:    utilities as in Equal Shares (for `cost` in minor units)
    """

    project: str
    cost: int
    voters: int
    value: int
    received: int
    entitled: int


@dataclass(frozen=True, slots=True)
class Deviation:
    """A set of projects and how many voters would all be better off with it, and could pay for it."""

    projects: tuple[str, ...]
    cost: int
    voters: int


class Utilities:
    """What each group of ballots has from each project, and from the funded ones together."""

    def __init__(self, election: Election, funded: Collection[str], utility: str | None = None) -> None:
        self.election = election
        self.funded = set(positions_of(election, funded))
        # An outcome to be checked may hold what the options shut out, and its voters do have it.
        bare = election.replace(withdrawn=(), minimum_score=0, conflicts=())
        self.market = market = Market.of(bare, lexicographic(), utility)
        self.group = np.repeat(np.arange(len(market.weights)), np.diff(market.starts))
        self.worth: Ints = market.values * (np.array(market.scale, np.int64)[market.picks] if len(market.scale) else 0)
        won = np.zeros(len(election.projects), bool)
        won[list(self.funded)] = True
        self.entry_won = won[market.picks] if len(market.picks) else np.zeros(0, bool)
        self.received = np.zeros(len(market.weights), np.int64)
        np.add.at(self.received, self.group[self.entry_won], self.worth[self.entry_won])

    def askable(self) -> list[int]:
        """Projects a group could ask for: not funded, with support, not shut out, no conflict with a funded one."""
        shut, conflicts = shut_out(self.election), rivals(self.election)
        out = self.funded | set(shut) | {p for p, others in conflicts.items() if others & self.funded}
        return [p for p in self.market.buyers if p not in out]

    def best_missed(self) -> Ints:
        """By group: the most that one more project of those that can be asked for would be worth."""
        open_ = np.zeros(len(self.election.projects), bool)
        open_[self.askable()] = True
        missed = open_[self.market.picks]
        best = np.zeros(len(self.market.weights), np.int64)
        np.maximum.at(best, self.group[missed], self.worth[missed])
        return best


def ejr_plus(
    election: Election, funded: Collection[str], *, up_to: UpTo = "any", utility: str | None = None
) -> tuple[Violation, ...]:
    """Every project that proves a violation of EJR+ up to any (or up to one) project, with its largest such group.

    A group of supporters of a project c that is not funded, entitled to the part T of the pot that is the group's
    part of all voters, violates it if for every member the utility received and that of c (up to one: of the project
    not funded that she would like most) together are at most T · (value of c) / (cost of c). For the utility `cost`
    that is T itself. Equal Shares never violates `any`; `one` is weaker. Since a group matters only by the member who
    received most, sorting the supporters of each project is enough.
    Shapes:  sorted by number of voters, largest first; empty means the axiom holds
    Raises:  UnknownProject, RuleDoesNotApply
    Source:  Brill, Peters, "Robust and Verifiable Proportionality Axioms for Multiwinner Voting", EC 2023, section
             on participatory budgeting; other utilities as in Peters, Pierczyński, Skowron, NeurIPS 2021, with the
             value of c taken as the least in the group; `one` with any project, as there
    """
    utilities = Utilities(election, funded, utility)
    bonus = utilities.best_missed() if up_to == "one" else None
    found = [v for p in utilities.askable() for v in _violations(utilities, p, bonus)]
    return tuple(sorted(found, key=lambda v: (-v.voters, v.project)))


def _violations(utilities: Utilities, p: int, bonus: Ints | None) -> Iterator[Violation]:
    """The largest group that can complain about p, if any, over all values that p may have for its members."""
    market = utilities.market
    buyers = market.buyers[p]
    values = buyers.values() * market.scale[p]
    groups: list[Violation] = []
    for value in np.unique(values).tolist():
        members = buyers.groups[values >= value]
        has = utilities.received[members] + (value if bonus is None else bonus[members])
        order = np.argsort(has, kind="stable")
        voters = np.cumsum(market.weights[members][order])
        if (last := _largest(utilities.election, p, value, has[order], voters)) is not None:
            received = int(utilities.received[members[order[: last + 1]]].max())
            groups.append(_violation(utilities.election, p, value, int(voters[last]), received))
    if groups:
        yield max(groups, key=lambda v: v.voters)


def _largest(election: Election, p: int, value: int, has: Ints, voters: Ints) -> int | None:
    """The last place in the order up to which all have at most what the voters up to there are entitled to."""
    cost, pot, everyone = election.costs[p], election.budget_limit, election.num_voters
    # Floats rule out what is clearly no violation; whole numbers decide on the rest.
    possible = has.astype(float) * cost * everyone <= voters.astype(float) * value * pot * (1 + 1e-9)
    for place in np.flatnonzero(possible)[::-1].tolist():
        if int(has[place]) * cost * everyone <= int(voters[place]) * value * pot:
            return int(place)
    return None


def _violation(election: Election, p: int, value: int, voters: int, received: int) -> Violation:
    project, entitled = election.projects[p], voters * election.budget_limit // election.num_voters
    return Violation(project.id, project.cost, voters, value, received, entitled)


def core(election: Election, funded: Collection[str], *, utility: str | None = None) -> tuple[Deviation, ...] | None:
    """Sets of projects with which enough voters to pay for them would all be better off, the most voters first.

    None if the election is too large to look at every set of projects; empty means that the outcome is in the core.
    At most one set is named: the first with the most voters.
    Raises: UnknownProject, RuleDoesNotApply
    Source: Fain, Goel, Munagala, "The Core of the Participatory Budgeting Problem", WINE 2016
    """
    utilities = Utilities(election, funded, utility)
    market = utilities.market
    open_ = [p for p in market.buyers if p not in shut_out(election)]
    if len(open_) > 40 or (1 << len(open_)) * max(len(market.weights), 1) > LARGEST_SEARCH:
        return None
    worth = np.zeros((len(market.weights), len(election.projects)), np.int64)
    worth[utilities.group, market.picks] = utilities.worth
    best: Deviation | None = None
    chunk = CHUNK // max(len(market.weights), 1) + 1
    for first in range(0, 1 << len(open_), chunk):
        chosen = (np.arange(first, min(first + chunk, 1 << len(open_)))[:, None] >> np.arange(len(open_))) & 1
        better = chosen @ worth[:, open_].T > utilities.received
        voters = better.astype(np.int64) @ market.weights
        for place in np.flatnonzero(voters > (best.voters if best else 0)).tolist():
            some = [p for p, bit in zip(open_, chosen[place].tolist(), strict=True) if bit]
            best = _deviation(election, some, int(voters[place]), best)
    return () if best is None else (best,)


def _deviation(election: Election, some: list[int], voters: int, best: Deviation | None) -> Deviation | None:
    """The better of the best so far and this set, if its voters can pay for it and its projects do not conflict."""
    cost, ids = sum(election.costs[p] for p in some), {election.projects[p].id for p in some}
    affordable = cost * election.num_voters <= voters * election.budget_limit
    if not affordable or any(pair <= ids for pair in election.conflicts) or (best and voters <= best.voters):
        return best
    return Deviation(tuple(sorted(ids)), cost, voters)
