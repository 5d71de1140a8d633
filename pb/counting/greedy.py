"""Greedy: by total score, fund what fits, skip what does not.

Three voters share a pot of £100. The hall roof has most votes and is funded; the bench no longer fits and is
skipped; the trees still fit.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("roof", 70_00), Project("bench", 40_00), Project("trees", 30_00)],
...     [Approval({"roof", "bench"}), Approval({"roof", "bench"}), Approval({"roof", "trees"})],
...     100_00,
... )
>>> outcome = greedy(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('roof', 'trees'), 0)
>>> outcome.reason("bench").reason
'does_not_fit'
"""

from __future__ import annotations

from pb.counting.greedy_pass import Pass, by_score
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def greedy(election: Election, *, ties: TieRule) -> Outcome:
    """Fund by total score (votes, points or Borda points), skipping what does not fit.

    A project without any support is never funded. Options of the election (withdrawn, minimum score, conflicts)
    are obeyed.
    Raises: TieRefused if equal scores decide who is funded and `ties` is `refuse`
    Source: Goel et al., "Knapsack Voting for Participatory Budgeting", ACM TEAC 7(2), 2019, section 2
    """
    return Pass(election, ties, by_score(election)).run().outcome("greedy")
