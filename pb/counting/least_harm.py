"""Least harm, for savings rounds: meet the savings target with the least total harm to what people want to protect.

A council must save £90. Here `cost` is what an option saves, the budget limit is the target, and a pick says "protect
this". Closing the pool would do it alone but harms three people; shorter hours and fewer leaflets harm two. The
library is protected and out of the question.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("pool", 95_00), Project("hours", 70_00), Project("leaflets", 30_00), Project("library", 99_00)],
...     [Approval({"pool", "hours"}), Approval({"pool", "hours"}), Approval({"pool"})],
...     90_00,
...     withdrawn={"library"},
... )
>>> outcome = least_harm(election, ties=cost_votes_id())
>>> outcome.funded, outcome.spent
(('leaflets', 'hours'), 10000)
>>> outcome.reason("library").reason
'withdrawn'
"""

from __future__ import annotations

from pb.counting.eligible import rivals
from pb.counting.errors import TargetOutOfReach
from pb.counting.knapsack import Item, Knapsack
from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Outcome, Reason
from pb.counting.sets import BestSets, outcome_of_set
from pb.counting.ties import TieRule


def least_harm(election: Election, *, ties: TieRule) -> Outcome:
    """Make the savings whose total harm is least among all sets that reach the target.

    Harm is the total score: how many people want the option protected, or the points they gave it. Of equally
    harmless sets the one that saves least is taken (nothing is cut beyond need), then the one the tie rule prefers,
    as in `max_welfare`. An option nobody picked harms nobody, and is looked at first.
    Units:   `cost` is the saving, `budget_limit` the target; `Outcome.spent` is what is saved, so that `remaining` is
             zero, or negative by what is saved beyond the target
    Options: `withdrawn` options are protected; of two in conflict at most one is made; the minimum score is ignored
    Raises:  TargetOutOfReach if all options together save too little; TieRefused; TooManySets
    Source:  covering knapsack, solved as the knapsack of what is kept: Kellerer, Pferschy, Pisinger, "Knapsack
             Problems", 2004, section 13.3.3. The use for savings is ours
    """
    lost: dict[int, NotFunded | Reason] = dict.fromkeys(_no_saving(election), "not_best")
    lost |= {election.position[project]: "withdrawn" for project in election.withdrawn}
    open_ = [p for p in range(len(election.projects)) if p not in lost]
    conflicts = rivals(election)
    total = sum(election.costs[p] for p in open_)

    def best(preference: dict[int, int]) -> frozenset[int]:
        kept = None
        if total >= election.budget_limit:
            items = [Item(election.costs[p], _harm(election, p, total, len(open_)) - preference[p], p) for p in open_]
            within = {p: conflicts.get(p, frozenset()) & set(open_) for p in open_}
            kept = Knapsack(items, total - election.budget_limit, within, leave_one=True).solve()
        if kept is None:
            raise TargetOutOfReach(election.budget_limit, total)
        return frozenset(open_) - kept

    sets = BestSets.of(election, ties, open_, best)
    order = sorted(sets.first, key=lambda p: (election.scores[p], sets.ranks[p]))
    lost |= {p: sets.loser(p, order, conflicts.get(p, frozenset())) for p in open_ if p not in sets.first}
    return outcome_of_set("least-harm", election, ties, order, lost, sets.tie(order))


def _no_saving(election: Election) -> list[int]:
    return [p for p, cost in enumerate(election.costs) if not cost]


def _harm(election: Election, p: int, total: int, options: int) -> int:
    """Harm first, then the amount saved, above the digits of the tie rule's preference."""
    return (election.scores[p] * (total + 1) + election.costs[p]) << options
