"""Greedy with conflicts: as greedy, but of two projects that exclude each other only the first comes in.

Three voters share a pot of £100. The football pitch and the skate ramp are planned for the same ground: the pitch has
more votes, so the ramp is left out, and the trees are funded in its place.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("pitch", 50_00), Project("ramp", 40_00), Project("trees", 30_00)],
...     [Approval({"pitch", "ramp"}), Approval({"pitch", "ramp"}), Approval({"pitch", "trees"})],
...     100_00,
...     conflicts=[("pitch", "ramp")],
... )
>>> outcome = greedy_exclusive(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('pitch', 'trees'), 2000)
>>> outcome.reason("ramp").reason
'excluded_pair'
"""

from __future__ import annotations

from pb.counting.errors import RuleDoesNotApply
from pb.counting.greedy_pass import Pass, by_score
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def greedy_exclusive(election: Election, *, ties: TieRule) -> Outcome:
    """As `greedy`, for an election with conflicting projects. Raises: RuleDoesNotApply if it states none."""
    if not election.conflicts:
        raise RuleDoesNotApply("greedy-exclusive needs an election with conflicts")
    return Pass(election, ties, by_score(election)).run().outcome("greedy-exclusive")
