"""One pass over the projects, from the best to the last: what all greedy rules are made of."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import takewhile

from pb.counting.eligible import losers, rivals, shut_out
from pb.counting.errors import TieRefused
from pb.counting.model import Election
from pb.counting.outcome import Action, NotFunded, Outcome, Reason, Step, Tie
from pb.counting.ties import TieRule


def by_score(election: Election) -> list[Fraction | None]:
    """By project: its total score, as a key of a pass."""
    return [Fraction(score) for score in election.scores]


class Pass:
    """One pass over the projects from the highest key (None is higher than all) to the lowest.

    Used by the greedy rules and to spend what Equal Shares leaves over (`funded` are then already in).
    """

    def __init__(
        self,
        election: Election,
        ties: TieRule,
        keys: Sequence[Fraction | None],
        *,
        stops: bool = False,
        funded: Sequence[int] = (),
        first_step: int = 1,
    ) -> None:
        self.election, self.ties, self.stops = election, ties, stops
        self.keys = keys
        # Projects of equal keys are on one level.
        self.level: dict[int, int] = {}
        self.ranks = ties.ranks(election)
        self.action: Action = "complete" if funded else "fund"
        self.funded = list(funded)
        self.left = election.budget_limit - sum(election.costs[p] for p in funded)
        self.steps: list[Step] = []
        self.first_step = first_step
        self.ties_met: list[Tie] = []
        self.beaten: dict[int, int] = {}
        self.lost: dict[int, NotFunded | Reason] = dict(shut_out(election))
        self.rivals = rivals(election)

    def run(self) -> Pass:
        turn = [p for p in range(len(self.election.projects)) if p not in self.lost and p not in self.funded]
        turn.sort(key=lambda p: (self.keys[p] is not None, -(self.keys[p] or 0), self.ranks[p]))
        for place, p in enumerate(turn):
            same = place and self.keys[p] == self.keys[turn[place - 1]]
            self.level[p] = self.level[turn[place - 1]] if same else place
        for place, p in enumerate(turn):
            if self.stops and not self._fits(p) and self._conflict(p) is None:
                self._meet_tie(p, turn[place:])
                self._miss(p, "stop")
                self.lost |= dict.fromkeys(turn[place + 1 :], "after_stop")
                break
            self._decide(p, turn[place:])
        return self

    def _decide(self, p: int, waiting: Sequence[int]) -> None:
        if (rival := self._conflict(p)) is not None:
            self._lose(p, "excluded_pair", rivals=((self.election.projects[rival].id, self.election.costs[rival]),))
        elif self._fits(p):
            self._meet_tie(p, waiting)
            self.funded.append(p)
            self.left -= self.election.costs[p]
            self._step(self.action, p)
        else:
            self._miss(p, "skip")

    def _fits(self, p: int) -> bool:
        return self.election.costs[p] <= self.left

    def _conflict(self, p: int) -> int | None:
        rivals = self.rivals.get(p)
        return next((q for q in self.funded if q in rivals), None) if rivals else None

    def _meet_tie(self, chosen: int, waiting: Sequence[int]) -> None:
        """Record a tie if the order among equal keys decides who is funded (when stopping, by where it stops)."""
        equals = takewhile(lambda p: self.level[p] == self.level[chosen], waiting)
        equal = [p for p in equals if self._conflict(p) is None]
        fitting = [p for p in equal if self._fits(p)]
        tied = equal if self.stops else fitting
        together = sum(self.election.costs[p] for p in tied) <= self.left
        if together and not any(self.rivals.get(p, frozenset()) & set(tied) for p in tied):
            return
        if len(tied) == 1 or not fitting:
            return
        among = tuple(sorted(self.election.projects[p].id for p in tied))
        if self.ties.refuses:
            raise TieRefused(among)
        self.ties_met.append(Tie(self._number(), among, self.election.projects[chosen].id, self.ties.name))
        if chosen in fitting:
            self.beaten = dict.fromkeys(fitting, chosen) | self.beaten

    def _miss(self, p: int, action: Action) -> None:
        self._step(action, p)
        if p in self.beaten:
            winner = self.election.projects[self.beaten[p]]
            self._lose(p, "tie", rivals=((winner.id, winner.cost),))
        else:
            self._lose(p, "does_not_fit")

    def _lose(self, p: int, reason: Reason, rivals: tuple[tuple[str, int], ...] = ()) -> None:
        project = self.election.projects[p]
        self.lost[p] = NotFunded(
            project.id, reason, project.cost, self.election.support[p], self.left, self._number() - 1, rivals
        )

    def _number(self) -> int:
        return self.first_step + len(self.steps)

    def _step(self, action: Action, p: int) -> None:
        project, score = self.election.projects[p], self.election.scores[p]
        support = self.election.support[p]
        self.steps.append(Step(self._number(), action, project.id, project.cost, support, self.left, score))

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
