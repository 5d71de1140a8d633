"""Greedy by value for money: by score per unit of cost, fund what fits, skip what does not.

Three voters share a pot of £100. The roof has most votes, one for each £23.33; the bench has one for each £20 and the
trees one for each £30. So the bench comes first, the roof no longer fits, and the trees do.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("roof", 70_00), Project("bench", 40_00), Project("trees", 30_00)],
...     [Approval({"roof", "bench"}), Approval({"roof", "bench"}), Approval({"roof", "trees"})],
...     100_00,
... )
>>> outcome = greedy_per_cost(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('bench', 'trees'), 3000)
>>> outcome.reason("roof").reason
'does_not_fit'
"""

from __future__ import annotations

from fractions import Fraction

from pb.counting.greedy_pass import Pass
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def greedy_per_cost(election: Election, *, ties: TieRule) -> Outcome:
    """Fund by score per unit of cost, skipping. What costs nothing comes first. Raises: as `greedy`."""
    per_cost = [
        Fraction(score, cost) if cost else None for score, cost in zip(election.scores, election.costs, strict=True)
    ]
    return Pass(election, ties, per_cost).run().outcome("greedy-per-cost")
