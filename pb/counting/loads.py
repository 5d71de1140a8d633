"""One run of Phragmén's rule: what every voter has spent, kept exactly and compared quickly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from operator import mul

import numpy as np

from pb.counting.eligible import losers
from pb.counting.errors import RuleDoesNotApply, TieRefused
from pb.counting.market import Buyers, Floats, Market
from pb.counting.model import Election
from pb.counting.outcome import Action, NotFunded, Outcome, Reason, Step, Tie
from pb.counting.ties import TieRule

# Rounding of one operation, with a safety factor: the bounds are derived to first order.
ROUNDING = 4 * 2.0**-53


class Loads:
    """One run.

    All whose last funded project is the same have the same load, so the loads are only as many as the winners:
    `last` says for each group of voters which (0: none yet). Load w is numerators[w] / (supports[1] · … · supports[w]).
    Floats propose the least loads, with a bound on their error; the loads within it are compared exactly.
    """

    def __init__(self, election: Election, ties: TieRule, *, stops: bool) -> None:
        if election.profile.kind not in {"approval", "knapsack"}:
            raise RuleDoesNotApply(f"Phragmén's rule counts sets of projects, not {election.profile.kind} ballots")
        self.election, self.ties, self.stops = election, ties, stops
        self.market = Market.of(election, ties, "cardinality")
        self.last = np.zeros(len(self.market.weights), np.int64)
        self.loads: Floats = np.zeros(len(self.market.weights))
        self.numerators, self.supports, self.denominator = [0], [1], 1
        self.left = election.budget_limit
        self.funded: list[int] = []
        self.steps: list[Step] = []
        self.ties_met: list[Tie] = []
        self.lost: dict[int, NotFunded | Reason] = dict(self.market.shut)
        self.open = [p for p in self.market.buyers if not self._too_dear(p)]
        self.sums: Floats = np.zeros(len(election.projects))
        self.voters = np.array([max(n, 1) for n in election.support], np.float64)
        self.costs = np.array(election.costs, np.float64)

    def _too_dear(self, p: int) -> bool:
        if self.election.costs[p] > self.left:
            self._lose(p, "does_not_fit")
        return p in self.lost

    def run(self) -> Loads:
        while self.open:
            load, tied = self._least()
            ranked = sorted(tied, key=lambda p: self.market.ranks[p])
            fitting = [p for p in ranked if self.election.costs[p] <= self.left]
            if len(fitting) == len(ranked) or (fitting and not self.stops):
                self._meet_tie(fitting, load)
                self._fund(fitting[0], load)
            else:
                unfit = [p for p in ranked if p not in fitting]
                self._miss(unfit[0], load)
        return self

    # -- loads

    def _least(self) -> tuple[Fraction, list[int]]:
        """The least load, exactly, and all open projects that have it."""
        open_ = np.array(self.open)
        loads = (self.costs[open_] + self.sums[open_]) / self.voters[open_]
        # Every load is at least the largest so far, so the sums below it lose only digits relative to the least load.
        doubt = ROUNDING * (len(self.funded) + 2) * (len(self.last) + 8)
        near = open_[loads <= loads.min() * (1 + 2 * doubt)].tolist()
        exact = {p: self._exact(p) for p in near}
        least = min(exact.values())
        return least, [p for p in near if exact[p] == least]

    def _exact(self, p: int) -> Fraction:
        return Fraction(self._owed(p), self.denominator * self.election.support[p])

    def _owed(self, p: int) -> int:
        """The cost of p and the loads of all its supporters together, over the common denominator."""
        return self._paid(self.market.buyers[p]) + self.election.costs[p] * self.denominator

    def _paid(self, buyers: Buyers) -> int:
        """The loads of these voters together, over the common denominator."""
        # Sums of whole floats below 2^53 are exact.
        voters = np.bincount(self.last[buyers.groups], buyers.weight, len(self.supports)).tolist()
        owed = 0
        for w, (numerator, support) in enumerate(zip(self.numerators, self.supports, strict=True)):
            owed = owed * support + int(voters[w]) * numerator
        return owed

    def paid_by(self, buyers: Buyers) -> Fraction:
        """What some voters have paid in all."""
        return Fraction(self._paid(buyers), self.denominator)

    def prices(self) -> list[Fraction]:
        """The exact load at which each project was funded, in that order."""
        denominators = accumulate(self.supports, mul)
        return [Fraction(n, d) for n, d in zip(self.numerators, denominators, strict=True)][1:]

    # -- decisions

    def _meet_tie(self, tied: Sequence[int], load: Fraction) -> None:
        """Free projects of nobody who has paid come in any order, unless they conflict."""
        conflict = any(self.market.rivals.get(p, frozenset()) & set(tied) for p in tied)
        if len(tied) == 1 or not (load or conflict):
            return
        among = tuple(sorted(self.election.projects[p].id for p in tied))
        if self.ties.refuses:
            raise TieRefused(among)
        self.ties_met.append(Tie(len(self.steps) + 1, among, self.election.projects[tied[0]].id, self.ties.name))

    def _fund(self, p: int, load: Fraction) -> None:
        market, groups = self.market, self.market.buyers[p].groups
        self.numerators.append(self._owed(p))
        self.supports.append(self.election.support[p])
        self.denominator *= self.election.support[p]
        self.last[groups] = len(self.funded) + 1
        rise = (float(load) - self.loads[groups]) * market.weights[groups]
        entries = market.entries_of(groups)
        rises = np.repeat(rise, market.starts[groups + 1] - market.starts[groups])
        self.sums += np.bincount(market.picks[entries], rises, len(self.sums))
        self.loads[groups] = float(load)
        self.funded.append(p)
        self.left -= self.election.costs[p]
        self._step("fund", p, load)
        self.open.remove(p)
        for rival in sorted(market.rivals.get(p, frozenset()) & set(self.open)):
            self.open.remove(rival)
            self._lose(rival, "excluded_pair", p)

    def _miss(self, p: int, load: Fraction) -> None:
        """A project of least load does not fit: stop, or go on without it."""
        self._step("stop" if self.stops else "skip", p, load)
        project = self.election.projects[p].id
        winner = next((t.chosen for t in self.ties_met if project in t.among), None)
        if winner is None:
            self._lose(p, "does_not_fit")
        else:
            self._lose(p, "tie", self.election.position[winner])
        self.open.remove(p)
        if self.stops:
            self.lost |= dict.fromkeys(self.open, "after_stop")
            self.open = []

    def _lose(self, p: int, reason: Reason, winner: int | None = None) -> None:
        project, support = self.election.projects[p], self.election.support[p]
        named = () if winner is None else ((self.election.projects[winner].id, self.election.costs[winner]),)
        self.lost[p] = NotFunded(project.id, reason, project.cost, support, self.left, len(self.steps), named)

    def _step(self, action: Action, p: int, load: Fraction) -> None:
        project, support = self.election.projects[p], self.election.support[p]
        share = Fraction(round(load * 10**6), 10**6)
        self.steps.append(Step(len(self.steps) + 1, action, project.id, project.cost, support, self.left, None, share))

    def outcome(self, rule: str) -> Outcome:
        election = self.election
        return Outcome(
            rule=rule,
            parameters=(),
            ties=self.ties.label,
            budget_limit=election.budget_limit,
            minor_units=election.minor_units,
            funded=tuple(election.projects[p].id for p in self.funded),
            not_funded=losers(election, self.funded, self.lost),
            steps=tuple(self.steps),
            spent=election.budget_limit - self.left,
            ties_met=tuple(self.ties_met),
        )
