"""Phragmén's sequential rule, but what does not fit is skipped, and the rule goes on.

Three voters. After each has earned £10, the two who picked the trees buy them for £20; with £15 the third buys the
bench. The stage comes next, when the first two have earned £30 each, but only £25 of the pot are left: it is skipped.
When the third has earned £35 in all, £20 of it since the bench, that buys the lamp.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("trees", 20_00), Project("bench", 15_00), Project("stage", 40_00), Project("lamp", 20_00)],
...     [Approval({"trees", "stage"}), Approval({"trees", "stage"}), Approval({"bench", "lamp"})],
...     60_00,
... )
>>> outcome = phragmen_skip(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('trees', 'bench', 'lamp'), 500)
>>> [(step.action, int(step.share)) for step in outcome.steps][2:]
[('skip', 3000), ('fund', 3500)]
"""

from __future__ import annotations

from pb.counting.loads import Loads
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.ties import TieRule


def phragmen_skip(election: Election, *, ties: TieRule) -> Outcome:
    """As `phragmen`, but what does not fit is skipped, and the rule goes on. Raises: as `phragmen`."""
    return Loads(election, ties, stops=False).run().outcome("phragmen-skip")
