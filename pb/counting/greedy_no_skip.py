"""Greedy without skipping: by total score, fund what fits, and stop at the first project that does not.

Three voters share a pot of £100. The hall roof has most votes and is funded; the bench does not fit, and there the
count stops, although the trees would have fitted.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("roof", 70_00), Project("bench", 40_00), Project("trees", 30_00)],
...     [Approval({"roof", "bench"}), Approval({"roof", "bench"}), Approval({"roof", "trees"})],
...     100_00,
... )
>>> outcome = greedy_no_skip(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('roof',), 3000)
>>> outcome.reason("bench").reason, outcome.reason("trees").reason
('does_not_fit', 'after_stop')
"""

from __future__ import annotations

from pb.counting.greedy_pass import Pass, by_score
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def greedy_no_skip(election: Election, *, ties: TieRule) -> Outcome:
    """Fund by total score, stopping at the first project that does not fit. Raises: as `greedy`."""
    return Pass(election, ties, by_score(election), stops=True).run().outcome("greedy-no-skip")
