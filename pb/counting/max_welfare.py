"""Max welfare: of all sets of projects that fit the pot, the one with the best total score.

Three voters share a pot of £100. Greedy would take the roof with its three votes and have nothing left; the bench and
the trees together have four.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("roof", 90_00), Project("bench", 40_00), Project("trees", 60_00)],
...     [Approval({"roof", "bench"}), Approval({"roof", "trees"}), Approval({"roof", "bench", "trees"})],
...     100_00,
... )
>>> outcome = max_welfare(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('bench', 'trees'), 0)
>>> outcome.reason("roof").reason
'not_best'
"""

from __future__ import annotations

from pb.counting.eligible import rivals, shut_out
from pb.counting.knapsack import Item, Knapsack
from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Outcome, Reason
from pb.counting.sets import BestSets, outcome_of_set
from pb.counting.ties import TieRule


def max_welfare(election: Election, *, ties: TieRule) -> Outcome:
    """Fund the set with the greatest total score (votes, points or Borda points) that fits.

    Among equally good sets, the one that holds the first project of the tie rule's order that can be in any of them,
    then the second, and so on. Projects without support are never funded; options of the election are obeyed.
    Shapes:  `funded` from the highest score down
    Raises:  TieRefused if two sets are best and `ties` is `refuse`; TooManySets if no proof is found in reasonable
             memory, which takes hundreds of projects made to be hard
    Source:  Talmon and Faliszewski, "A Framework for Approval-Based Budgeting Methods", AAAI 2019 (their rule R_m^+)
    """
    dear: dict[int, Reason] = {p: "does_not_fit" for p, c in enumerate(election.costs) if c > election.budget_limit}
    shut = dear | shut_out(election)
    open_ = [p for p in range(len(election.projects)) if p not in shut]
    conflicts = rivals(election)

    def best(preference: dict[int, int]) -> frozenset[int]:
        items = [Item(election.costs[p], (election.scores[p] << len(open_)) + preference[p], p) for p in open_]
        found = Knapsack(items, election.budget_limit, conflicts).solve()
        assert found is not None  # the empty set always fits
        return found

    sets = BestSets.of(election, ties, open_, best)
    order = sorted(sets.first, key=lambda p: (-election.scores[p], sets.ranks[p]))
    lost: dict[int, NotFunded | Reason] = dict(shut)
    for p in open_:
        if p not in sets.first:
            lost[p] = sets.loser(p, order, conflicts.get(p, frozenset()))
    return outcome_of_set("max-welfare", election, ties, order, lost, sets.tie(order))
