"""For rules that weigh whole sets at once: choosing among equally good sets, and writing the outcome down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pb.counting.eligible import losers
from pb.counting.errors import TieRefused
from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Outcome, Reason, Step, Tie
from pb.counting.ties import TieRule


@dataclass(frozen=True)
class BestSets:
    """The best set that the tie rule likes most, and the one it likes least: they differ if and only if there is a tie.

    `best` of the constructor must return the best set under values to which a preference (at most 2^projects − 1 in
    all, either sign) has been added below the last digit that counts.
    """

    election: Election
    ties: TieRule
    ranks: list[int]
    first: frozenset[int]
    last: frozenset[int]

    @classmethod
    def of(
        cls,
        election: Election,
        ties: TieRule,
        open_: Sequence[int],
        best: Callable[[dict[int, int]], frozenset[int]],
    ) -> BestSets:
        """Raises: TieRefused if there is a tie and the tie rule is to refuse."""
        ranks = ties.ranks(election)
        order = sorted(open_, key=lambda p: ranks[p])
        likes = {p: 1 << (len(order) - 1 - place) for place, p in enumerate(order)}
        sets = cls(election, ties, ranks, best(likes), best({p: -like for p, like in likes.items()}))
        if ties.refuses and sets.differing:
            raise TieRefused(sets.differing)
        return sets

    @property
    def differing(self) -> tuple[str, ...]:
        return tuple(sorted(self.election.projects[p].id for p in self.first ^ self.last))

    def tie(self, order: Sequence[int]) -> tuple[Tie, ...]:
        """The tie met, if any, at the step of the first project (of those funded in `order`) it brought in."""
        if not self.differing:
            return ()
        # Of two equally good sets one could only hold the other if a project added nothing, and none does.
        chosen = min(self.first - self.last, key=lambda p: self.ranks[p])
        return (Tie(order.index(chosen) + 1, self.differing, self.election.projects[chosen].id, self.ties.name),)

    def loser(self, p: int, order: Sequence[int], rivals: frozenset[int]) -> NotFunded:
        """Why p is not in the best set, with the money left over."""
        project = self.election.projects[p]
        left = self.election.budget_limit - sum(self.election.costs[q] for q in order)
        reason: Reason = "not_best"
        named: tuple[tuple[str, int], ...] = ()
        if project.id in self.differing:
            reason, named = "tie", self._named(min(self.first - self.last, key=lambda q: self.ranks[q]))
        elif funded := [q for q in order if q in rivals]:
            reason, named = "excluded_pair", self._named(funded[0])
        support = self.election.support[p]
        return NotFunded(project.id, reason, project.cost, support, left, len(order), named)

    def _named(self, q: int) -> tuple[tuple[str, int], ...]:
        return ((self.election.projects[q].id, self.election.costs[q]),)


def outcome_of_set(
    rule: str,
    election: Election,
    ties: TieRule,
    order: Sequence[int],
    lost: Mapping[int, NotFunded | Reason],
    ties_met: tuple[Tie, ...],
) -> Outcome:
    """An outcome with one funding per project of a set, in the given order."""
    steps, left = [], election.budget_limit
    for number, p in enumerate(order, start=1):
        project = election.projects[p]
        left -= project.cost
        steps.append(Step(number, "fund", project.id, project.cost, election.support[p], left, election.scores[p]))
    return Outcome(
        rule=rule,
        parameters=(),
        ties=ties.label,
        budget_limit=election.budget_limit,
        minor_units=election.minor_units,
        funded=tuple(election.projects[p].id for p in order),
        not_funded=losers(election, order, lost),
        steps=tuple(steps),
        spent=election.budget_limit - left,
        ties_met=ties_met,
    )
