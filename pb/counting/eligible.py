"""Which projects take part in a count, and which are shut out before it by an option of the election."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Reason


def shut_out(election: Election) -> dict[int, Reason]:
    """By position: the projects no rule may fund, and why. Withdrawal goes before lack of support, then the floor."""
    reasons: dict[int, Reason] = {}
    for p, project in enumerate(election.projects):
        if project.id in election.withdrawn:
            reasons[p] = "withdrawn"
        elif not election.support[p]:
            reasons[p] = "no_support"
        elif election.scores[p] < election.minimum_score:
            reasons[p] = "below_floor"
    return reasons


def rivals(election: Election) -> dict[int, frozenset[int]]:
    """By position: the projects each one conflicts with (projects without conflicts are absent)."""
    found: dict[int, set[int]] = {}
    for pair in election.conflicts:
        one, other = (election.position[project] for project in pair)
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {p: frozenset(others) for p, others in found.items()}


def losers(election: Election, funded: Iterable[int], known: Mapping[int, NotFunded | Reason]) -> tuple[NotFunded, ...]:
    """One entry for every project not funded, in the order of the election.

    known: by position, the finished entry or just the reason; every loser must be there
    """
    won = set(funded)
    result = []
    for p, project in enumerate(election.projects):
        if p not in won:
            entry = known[p]
            if isinstance(entry, str):
                entry = NotFunded(project.id, entry, project.cost, election.support[p])
            result.append(entry)
    return tuple(result)
