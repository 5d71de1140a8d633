"""Phragmén's sequential rule: everyone earns at the same speed, and supporters buy a project as soon as they can.

Three voters. After each has earned £10, the two who picked the trees buy them for £20. The third voter goes on
earning alone, and buys the bench with £15. The stage would now need £30 from the first two, and no longer fits.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("trees", 20_00), Project("bench", 15_00), Project("stage", 40_00)],
...     [Approval({"trees", "stage"}), Approval({"trees", "stage"}), Approval({"bench"})],
...     60_00,
... )
>>> outcome = phragmen(election, ties=cost_votes_id())
>>> outcome.funded, [int(step.share) for step in outcome.steps]
(('trees', 'bench'), [1000, 1500, 3000])
>>> outcome.steps[-1].action, outcome.reason("stage").reason
('stop', 'does_not_fit')
"""

from __future__ import annotations

from pb.counting.loads import Loads
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def phragmen(election: Election, *, ties: TieRule) -> Outcome:
    """Fund by Phragmén's sequential rule, and stop when a project of least load does not fit.

    The load of a project is what each of its supporters would have spent in all if they brought it about now: its
    cost and their loads so far, shared equally. Projects dearer than the whole pot are left out first. `Step.share`
    is the load.
    Raises:  RuleDoesNotApply unless the ballots are sets (approvals, knapsacks); TieRefused
    Source:  Brill, Freeman, Janson, Lackner, "Phragmén's Voting Methods and Justified Representation", AAAI 2017;
             for costs: Los, Christoff, Grossi, IJCAI 2022; where it stops: as pabutools
    """
    return Loads(election, ties, stops=True).run().outcome("phragmen")
