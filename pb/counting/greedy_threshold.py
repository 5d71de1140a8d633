"""Greedy with a minimum score: as greedy, but what has fewer votes than the election asks for is never funded.

Three voters share a pot of £100, and a project needs two votes. The trees have one, so £30 is left over.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("roof", 70_00), Project("bench", 40_00), Project("trees", 30_00)],
...     [Approval({"roof", "bench"}), Approval({"roof", "bench"}), Approval({"roof", "trees"})],
...     100_00,
...     minimum_score=2,
... )
>>> outcome = greedy_threshold(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('roof',), 3000)
>>> outcome.reason("trees").reason
'below_floor'
"""

from __future__ import annotations

from pb.counting.errors import RuleDoesNotApply
from pb.counting.greedy_pass import Pass, by_score
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def greedy_threshold(election: Election, *, ties: TieRule) -> Outcome:
    """As `greedy`, for an election that states a minimum score. Raises: RuleDoesNotApply if it states none."""
    if not election.minimum_score:
        raise RuleDoesNotApply("greedy-threshold needs an election with a minimum score")
    return Pass(election, ties, by_score(election)).run().outcome("greedy-threshold")
