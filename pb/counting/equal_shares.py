"""Method of Equal Shares: everyone starts with the same share, and projects are bought by those who picked them.

Three voters, a pot of £90: £30 each. All three picked the bench and buy it for £15 each. Two picked the trees and pay
£12.50 each. The stage costs £30: the share of the one voter who picked it would have been enough at first, but only
£15 of it is left once the bench is bought.

>>> from pb.counting import Approval, Election, Project, cost_votes_id
>>> election = Election(
...     [Project("bench", 45_00), Project("trees", 25_00), Project("stage", 30_00)],
...     [Approval({"bench", "trees", "stage"}), Approval({"bench", "trees"}), Approval({"bench"})],
...     90_00,
... )
>>> outcome = equal_shares(election, ties=cost_votes_id())
>>> outcome.funded, outcome.remaining
(('bench', 'trees'), 2000)
>>> [int(step.share) for step in outcome.steps]
[1500, 1250]
>>> outcome.reason("stage").reason, outcome.reason("stage").available
('shares_already_used', 1500)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from pb.counting.account import Account
from pb.counting.eligible import losers
from pb.counting.errors import UnknownRule
from pb.counting.greedy import greedy
from pb.counting.greedy_pass import Pass
from pb.counting.market import UTILITIES, Market
from pb.counting.model import Election, Ints
from pb.counting.outcome import NotFunded, Outcome, Reason
from pb.counting.shares import Shares
from pb.counting.ties import TieRule

COMPLETIONS = ("none", "add1", "add1-exhaustive", "greedy", "add1-greedy", "comparison")

Progress = Callable[[Fraction], None]


def equal_shares(
    election: Election,
    *,
    ties: TieRule,
    utility: str | None = None,
    completion: str = "none",
    progress: Progress | None = None,
) -> Outcome:
    """Count by the Method of Equal Shares, everyone starting with exactly budget_limit / voters.

    utility:    cost (default for approvals), cardinality; points (for points); borda (default for rankings: k … 1 by
                the longest ballot allowed) or borda-pabutools (length of the ballot … 1, 0 for the last ranked)
    completion: none; add1: raise everyone's share by whole currency units, and stop before the first outcome that
                would cost more than the pot; add1-exhaustive: stop also at the first outcome to which nothing with
                support could be added; greedy: spend what is left by total score; add1-greedy: both; comparison:
                add1, but the greedy outcome instead if strictly more voters get more of what they picked from it
    progress:   called with the endowment now and then on long counts
    Units:   `Outcome.endowment` in minor units, exact
    Raises:  RuleDoesNotApply if the utility does not fit the ballots; UnknownRule; TieRefused
    Source:  Peters, Pierczyński, Skowron, "Proportional Participatory Budgeting with Additive Utilities", NeurIPS
             2021; completions as at equalshares.net. What costs nothing and has support is funded first
    """
    for what, name, known in (("completion", completion, COMPLETIONS), ("utility", utility, UTILITIES)):
        if name is not None and name not in known:
            raise UnknownRule(what, name, known)
    market = Market.of(election, ties, utility)
    parameters = (("completion", completion), ("utility", market.utility))
    shares = Shares(market, Fraction(election.budget_limit, election.num_voters or 1)).run()
    if completion not in {"none", "greedy"}:
        shares = Add1(shares, progress, exhaustive=completion == "add1-exhaustive").last()
    outcome = _outcome(shares, parameters)
    if completion in {"greedy", "add1-greedy"}:
        return _completed(outcome, shares)
    return _compared(outcome, market) if completion == "comparison" else outcome


@dataclass
class Add1:
    """The search for the last endowment before an outcome costs more than the pot.

    Outcomes are not monotone in the endowment (a project can drop out again, and money spent can fall), so every
    whole unit counts, and bisection would be wrong. Endowments are passed over only when `Shares.follow` proves that
    all of them buy the same in the same order.
    """

    shares: Shares
    progress: Progress | None = None
    exhaustive: bool = False
    followed: bool = False

    def last(self) -> Shares:
        """Jump while that is proved to be safe, step over what is in the way, and stop before the first outcome that
        costs too much."""
        jump, patient, pause, steps = 1, False, 1, 0
        while not self._is_over():
            jump = min(jump, int((self._everything() - self.shares.endowment) / self.unit) + 1)
            if jump == 1:
                if not self._step():
                    break
                steps += 1
                jump = 2 if steps >= pause else 1
            elif self._follow(jump):
                # Right after a refusal the same length once more: twice as far would be refused again.
                jump, patient, pause = jump if patient else 2 * jump, False, 1
            else:
                # Where even two units in a row differ time after time, as in cities, trying costs more than it saves.
                jump, patient, pause, steps = jump // 2, True, 2 * pause if jump == 2 else 1, 0
            if self.progress:
                self.progress(self.shares.endowment)
        # A run that only followed another did not look for ties.
        again = Shares(self.shares.market, self.shares.endowment)
        return again.run(like=self.shares) if self.followed else self.shares

    @property
    def unit(self) -> int:
        return self.shares.market.election.minor_units

    def _follow(self, jump: int) -> bool:
        """Go up by many units if every endowment on the way is proved to buy the same."""
        further = Shares(self.shares.market, self.shares.endowment + jump * self.unit)
        if not further.follow(self.shares):
            return False
        self.shares, self.followed = further, True
        return True

    def _step(self) -> bool:
        """Go up by one unit, whatever that buys, unless it costs more than the pot."""
        further = Shares(self.shares.market, self.shares.endowment + self.unit).run(like=self.shares)
        if cost(further) > further.market.election.budget_limit:
            return False
        self.shares, self.followed = further, False
        return True

    def _everything(self) -> int:
        """With a larger endowment than this nobody is ever poor, and nothing changes any more."""
        return sum(self.shares.market.costs[p] for p in self.shares.market.buyers)

    def _is_over(self) -> bool:
        """Whether no higher endowment can change the outcome, or the exhaustive variant has what it wants."""
        if len(self.shares.purchases) == len(self.shares.market.buyers):
            return True
        return self.shares.endowment > self._everything() or (self.exhaustive and is_exhaustive(self.shares))


def bought(shares: Shares) -> list[int]:
    return [purchase.project for purchase in shares.purchases]


def cost(shares: Shares) -> int:
    return sum(shares.market.costs[p] for p in bought(shares))


def rise_too_far(shares: Shares) -> Shares | None:
    """The rise at which Add1 stopped: one unit more, if that buys more than the pot. None if it ended otherwise."""
    election = shares.market.election
    further = Shares(shares.market, shares.endowment + election.minor_units).run(like=shares)
    return further if cost(further) > election.budget_limit else None


def is_exhaustive(shares: Shares) -> bool:
    """Whether no further project with a supporter fits into what is left."""
    left = shares.market.election.budget_limit - cost(shares)
    out = {*bought(shares), *shares.excluded}
    return all(shares.market.costs[p] > left for p in shares.market.buyers if p not in out)


def _outcome(shares: Shares, parameters: tuple[tuple[str, str], ...]) -> Outcome:
    market, account = shares.market, Account(shares)
    election, funded = market.election, bought(shares)
    return Outcome(
        rule="equal-shares",
        parameters=parameters,
        ties=market.ties.label,
        budget_limit=election.budget_limit,
        minor_units=election.minor_units,
        funded=tuple(election.projects[p].id for p in funded),
        not_funded=losers(election, funded, account.losers()),
        steps=account.steps(),
        spent=cost(shares),
        endowment=shares.endowment,
        ties_met=tuple(shares.ties_met),
    )


def _completed(outcome: Outcome, shares: Shares) -> Outcome:
    """Spend what is left by total score. A loser keeps its reason from the main count, unless a tie or a conflict
    decided in the completion."""
    market = shares.market
    election = market.election
    keys = [Fraction(score) for score in election.scores]
    rest = Pass(election, market.ties, keys, funded=bought(shares), first_step=len(outcome.steps) + 1).run()
    known: dict[int, NotFunded | Reason] = {election.position[n.project]: n for n in outcome.not_funded}
    for p, entry in rest.lost.items():
        if isinstance(entry, NotFunded) and entry.reason in {"tie", "excluded_pair"}:
            known[p] = entry
    return replace(
        outcome,
        funded=tuple(election.projects[p].id for p in rest.funded),
        not_funded=losers(election, rest.funded, known),
        steps=outcome.steps + tuple(rest.steps),
        spent=election.budget_limit - rest.left,
        ties_met=outcome.ties_met + tuple(rest.ties_met),
    )


def _compared(outcome: Outcome, market: Market) -> Outcome:
    """The greedy outcome instead, if strictly more voters prefer it; both numbers go with the result."""
    election = market.election
    other = greedy(election, ties=market.ties)
    gain = _welfare(election, other) - _welfare(election, outcome)
    weights = election.profile.weights
    prefer_greedy, prefer_shares = int(weights[gain > 0].sum()), int(weights[gain < 0].sum())
    chosen = other if prefer_greedy > prefer_shares else outcome
    facts = (("prefer_greedy", str(prefer_greedy)), ("prefer_equal_shares", str(prefer_shares)))
    preferred = ("preferred", "greedy" if chosen is other else "equal-shares")
    return replace(chosen, rule="equal-shares", parameters=(*outcome.parameters, preferred, *facts))


def _welfare(election: Election, outcome: Outcome) -> Ints:
    """By group: how many votes, points or Borda points of one voter went to funded projects."""
    profile = election.profile
    won = np.zeros(len(election.projects), np.int64)
    won[[election.position[project] for project in outcome.funded]] = 1
    value = election.longest_ballot - profile.values if profile.kind == "ranking" else profile.values
    total = np.zeros(len(profile.weights), np.int64)
    np.add.at(total, profile.group_of_entry, won[profile.picks] * value)
    return total
