"""Maximin support: like Phragmén's rule, but what was paid for earlier projects may be shared out anew each time.

Three voters. The trees, picked by all, come first at a load of £10 each. Now the bench of the first voter can be had
with nobody paying more than £20: she pays it alone, and the others pay for the trees. Phragmén's rule, which leaves
payments as they are, would say £30.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("trees", 30_00), Project("bench", 20_00), Project("stage", 60_00)],
...     [Approval({"trees", "bench"}), Approval({"trees", "stage"}), Approval({"trees"})],
...     60_00,
... )
>>> outcome = maximin_support(election, ties=cost_votes_id())
>>> outcome.funded, [int(step.share) for step in outcome.steps]
(('trees', 'bench'), [1000, 2000])
>>> outcome.reason("stage").reason
'does_not_fit'
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from pb.counting.eligible import losers
from pb.counting.errors import RuleDoesNotApply, TieRefused
from pb.counting.flow import Sharing
from pb.counting.market import Market
from pb.counting.model import Election, Ints
from pb.counting.outcome import NotFunded, Outcome, Reason, Step, Tie
from pb.counting.ties import TieRule


def maximin_support(
    election: Election, *, ties: TieRule, progress: Callable[[Fraction], None] | None = None
) -> Outcome:
    """Fund, time after time, the project with which the largest load of any voter can be kept least.

    The cost of all projects funded so far and the new one is shared anew among their supporters, each paying only for
    what they picked, so that the most anybody pays is as little as possible: that is the load, `Step.share`. What no
    longer fits is left out.
    progress: called with each load looked at; a city with a hundred projects takes minutes
    Raises:  RuleDoesNotApply unless the ballots are sets (approvals, knapsacks); TieRefused
    Source:  Sánchez-Fernández, Fernández-García, Fisteus, Brill, "The Maximin Support Method", Mathematical
             Programming 2024; for costs: Aziz, Lee, Talmon, "Proportionally Representative Participatory Budgeting",
             AAMAS 2018 (there: generalised sequential Phragmén). Computed by flows instead of linear programs
    """
    return MaximinSupport(election, ties, progress).run()


class MaximinSupport:
    """One run.

    Loads only grow as projects are funded, so a load found earlier is a lower bound and most need no new look.
    """

    def __init__(self, election: Election, ties: TieRule, progress: Callable[[Fraction], None] | None = None) -> None:
        if election.profile.kind not in {"approval", "knapsack"}:
            raise RuleDoesNotApply(f"maximin support counts sets of projects, not {election.profile.kind} ballots")
        self.election, self.ties, self.progress = election, ties, progress
        self.market = Market.of(election, ties, "cardinality")
        self.left = election.budget_limit
        self.funded: list[int] = []
        self.steps: list[Step] = []
        self.ties_met: list[Tie] = []
        self.lost: dict[int, NotFunded | Reason] = dict(self.market.shut)
        self.waiting = [(Fraction(election.costs[p], election.support[p]), p) for p in self.market.buyers]
        heapq.heapify(self.waiting)
        # Voters with the same funded picks are one class; the class of each group, refined with every funding.
        self.classes: Ints = np.zeros(len(self.market.weights), np.int64)

    def run(self) -> Outcome:
        while tied := self._cheapest():
            load = tied[0][0]
            chosen = min((p for _, p in tied), key=lambda p: self.market.ranks[p])
            self._meet_tie([p for _, p in tied], chosen, load)
            for entry in tied:
                if entry[1] != chosen:
                    heapq.heappush(self.waiting, entry)
            self._fund(chosen, load)
        return self._outcome()

    def _cheapest(self) -> list[tuple[Fraction, int]]:
        """All projects of least load, taken off the heap; the rest stay on with what is now known about them."""
        found: list[tuple[Fraction, int]] = []
        while self.waiting and (not found or self.waiting[0][0] <= found[0][0]):
            bound, p = heapq.heappop(self.waiting)
            if p in self.lost or not self._fits(p):
                continue
            load = self._load(p, bound)
            if self.progress:
                self.progress(load)
            if found and load < found[0][0]:
                for entry in found:
                    heapq.heappush(self.waiting, entry)
                found = []
            if found and load > found[0][0]:
                heapq.heappush(self.waiting, (load, p))
            else:
                found.append((load, p))
        return found

    def _fits(self, p: int) -> bool:
        if self.election.costs[p] > self.left:
            self._lose(p, "does_not_fit")
        return p not in self.lost

    def _load(self, p: int, bound: Fraction) -> Fraction:
        """The least possible largest load with p funded too, which is at least `bound`."""
        return Sharing([self.election.costs[q] for q in [*self.funded, p]], *self._layout(p)).least_load(bound)

    def _layout(self, p: int) -> tuple[Ints, list[Ints]]:
        """Weights of the classes of voters with the same picks among the funded projects and p, and who picked what:
        for each of these projects its classes."""
        mine = np.zeros(len(self.classes), np.int64)
        mine[self.market.buyers[p].groups] = 1
        _, first, of_group = np.unique(2 * self.classes + mine, return_index=True, return_inverse=True)
        weights = np.bincount(of_group, self.market.weights).astype(np.int64)
        picked = []
        for q in [*self.funded, p]:
            backs = np.zeros(len(self.classes), bool)
            backs[self.market.buyers[q].groups] = True
            picked.append(np.flatnonzero(backs[first]))
        return weights, picked

    def _meet_tie(self, tied: Sequence[int], chosen: int, load: Fraction) -> None:
        """Free projects come in any order, unless they conflict."""
        conflict = any(self.market.rivals.get(p, frozenset()) & set(tied) for p in tied)
        if len(tied) == 1 or not (load or conflict):
            return
        among = tuple(sorted(self.election.projects[p].id for p in tied))
        if self.ties.refuses:
            raise TieRefused(among)
        self.ties_met.append(Tie(len(self.steps) + 1, among, self.election.projects[chosen].id, self.ties.name))

    def _fund(self, p: int, load: Fraction) -> None:
        project, support = self.election.projects[p], self.election.support[p]
        mine = np.zeros(len(self.classes), np.int64)
        mine[self.market.buyers[p].groups] = 1
        self.classes = np.unique(2 * self.classes + mine, return_inverse=True)[1]
        self.funded.append(p)
        self.left -= project.cost
        share = Fraction(round(load * 10**6), 10**6)
        number = len(self.steps) + 1
        self.steps.append(Step(number, "fund", project.id, project.cost, support, self.left, None, share))
        for rival in sorted(self.market.rivals.get(p, frozenset()) - set(self.lost)):
            self._lose(rival, "excluded_pair", p)

    def _lose(self, p: int, reason: Reason, winner: int | None = None) -> None:
        project, support = self.election.projects[p], self.election.support[p]
        tied_with = next((tie.chosen for tie in self.ties_met if project.id in tie.among), None)
        if tied_with is not None and reason == "does_not_fit":
            reason, winner = "tie", self.election.position[tied_with]
        named = () if winner is None else ((self.election.projects[winner].id, self.election.costs[winner]),)
        self.lost[p] = NotFunded(project.id, reason, project.cost, support, self.left, len(self.steps), named)

    def _outcome(self) -> Outcome:
        election = self.election
        return Outcome(
            rule="maximin-support",
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
