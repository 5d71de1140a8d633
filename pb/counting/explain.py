"""Why a project was or was not funded, in numbers: its support, where its supporters' shares went, what was missing,
and what would have changed it. Sentences are made elsewhere.

>>> from pb.counting import Approval, Election, Project, cost_votes_id, count
>>> election = Election(
...     [Project("bench", 45_00), Project("trees", 25_00), Project("stage", 30_00)],
...     [Approval({"bench", "trees", "stage"}), Approval({"bench", "trees"}), Approval({"bench"})],
...     90_00,
... )
>>> outcome = count(election, rule="equal-shares", ties=cost_votes_id())
>>> stage = explain(election, outcome, "stage")
>>> stage.reason, stage.effective_support, stage.went_to, stage.kept
('shares_already_used', Fraction(1, 1), (('bench', 1500), ('trees', 1250)), 250)
>>> stage.missing, stage.extra_supporters.amount, stage.largest_cost.amount
(1500, 1, 250)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from pb.counting.account import Account
from pb.counting.counterfactual import Change, Reruns
from pb.counting.equal_shares import bought, cost, rise_too_far
from pb.counting.errors import UnknownProject
from pb.counting.market import Market
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.shares import Shares
from pb.counting.ties import tie_rule
from pb.counting.what_if import WhatIf

# Why more supporters, or a lower cost, may change the outcome; the others are not about numbers.
ABOUT_NUMBERS = {
    *("too_few_for_cost", "shares_already_used", "does_not_fit", "after_stop", "not_best", "tie", "below_floor"),
    *("no_support", "excluded_pair"),
}


RAISED = {"add1", "add1-exhaustive", "add1-greedy", "comparison"}


@dataclass(frozen=True, slots=True)
class Rise:
    """A further rise of everybody's share that was not made, since what it buys costs more than the pot.

    share, spent: what each would have had, exactly, and what all that is bought then costs; in minor units
    """

    share: Fraction
    spent: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One project. Money in minor units.

    reason:            None if it was funded, in step `step`; otherwise the code of `NotFunded`, decided after `step`
    effective_support: Equal Shares: the most its supporters could ever bring, all their shares in full, over its
                       cost (None for other rules and for what costs nothing)
    went_to, kept:     Equal Shares: what its supporters' shares paid for, with the sum per funded project, largest
                       first, and what they had left at the end of the main count; rounded down
    missing:           what lacked when it was decided: its cost minus `NotFunded.available`
    extra_supporters:  further voters who pick only it, with whom it would be funded; one fewer would not do
    largest_cost:      the cost at which it would be funded; one minor unit more would not do
                       (both confirmed by re-runs; None: funded, not looked for, or not found)
    rise:              Add1: the first rise that was not made, if it would have paid for this project as well
    """

    project: str
    cost: int
    support: int
    reason: str | None
    step: int | None
    effective_support: Fraction | None
    went_to: tuple[tuple[str, int], ...]
    kept: int | None
    missing: int | None
    extra_supporters: Change | None = None
    largest_cost: Change | None = None
    rise: Rise | None = None


def explain(election: Election, outcome: Outcome, project: str, *, counterfactuals: bool = True) -> Explanation:
    """Explain one project of an outcome of this election.

    counterfactuals: re-run the count to see what would have changed it; on a city by Add1 each run takes seconds
    Raises: UnknownProject
    """
    return Explainer(election, outcome).explain(project, counterfactuals=counterfactuals)


def explain_losers(election: Election, outcome: Outcome) -> Iterator[Explanation]:
    """Every project not funded, with counterfactuals, in the order of the election, each as soon as it is known."""
    explainer = Explainer(election, outcome)
    for loser in outcome.not_funded:
        yield explainer.explain(loser.project)


def money_left(election: Election, outcome: Outcome) -> dict[str, int]:
    """What supporters of each project not funded had left together when the main count ended, in minor units.

    How near a project came is told by this: what they had when it was decided (`NotFunded.available`) may be spent on
    other projects before its turn would have come. Empty for rules that know no shares.
    """
    explainer = Explainer(election, outcome)
    known = ((loser.project, explainer.kept(loser.project)) for loser in outcome.not_funded)
    return {project: kept for project, kept in known if kept is not None}


class Explainer:
    """Explanations of one outcome; what they share is worked out once."""

    def __init__(self, election: Election, outcome: Outcome) -> None:
        self.election, self.outcome = election, outcome
        self.parameters = dict(outcome.parameters)
        self.by_money = outcome.rule == "equal-shares" and outcome.endowment is not None

    def explain(self, project: str, *, counterfactuals: bool = True) -> Explanation:
        if project not in self.election.position:
            raise UnknownProject(project, "the question")
        p, loser = self.election.position[project], self.outcome.reason(project)
        went_to, kept = self._money(p)
        extra, cost = self._changes(p) if counterfactuals and loser and loser.reason in ABOUT_NUMBERS else (None, None)
        available = None if loser is None else loser.available
        return Explanation(
            project=project,
            cost=self.election.costs[p],
            support=self.election.support[p],
            reason=loser.reason if loser else None,
            step=loser.after if loser else next(s.number for s in self.outcome.steps if s.project == project),
            effective_support=self._effective_support(p),
            went_to=went_to,
            kept=kept,
            missing=None if available is None else max(self.election.costs[p] - available, 0),
            extra_supporters=extra,
            largest_cost=cost,
            rise=self._rise(p) if loser else None,
        )

    # -- money

    @cached_property
    def market(self) -> Market:
        return Market.of(self.election, tie_rule(self.outcome.ties), self.parameters.get("utility"))

    @cached_property
    def shares(self) -> Shares:
        assert self.outcome.endowment is not None
        return Shares(self.market, self.outcome.endowment).run()

    @cached_property
    def account(self) -> Account:
        return Account(self.shares)

    def _effective_support(self, p: int) -> Fraction | None:
        cost = self.election.costs[p]
        if not self.by_money or not cost or self.outcome.endowment is None:
            return None
        voters = self.market.buyers[p].voters if p in self.market.buyers else 0
        return voters * self.outcome.endowment / cost

    def kept(self, project: str) -> int | None:
        """What the supporters of a project not funded had left at the end; None where nobody had a share for it."""
        p = self.election.position[project]
        if not self.by_money or p not in self.market.buyers:
            return None
        return self.account.left(p, len(self.shares.purchases))

    def _money(self, p: int) -> tuple[tuple[tuple[str, int], ...], int | None]:
        """What p's supporters paid for, and what they kept."""
        if not self.by_money or p not in self.market.buyers:
            return (), None
        if self.outcome.reason(self.election.projects[p].id):
            last = len(self.shares.purchases)
            return self.account.went_to(p, last), self.kept(self.election.projects[p].id)
        return self._money_of_winner(p)

    def _money_of_winner(self, p: int) -> tuple[tuple[tuple[str, int], ...], int]:
        ledger, groups = self.shares.ledger, self.market.buyers[p].groups
        bought = [self.election.projects[purchase.project].id for purchase in ledger.purchases]
        held = [ledger.held(groups, after) for after in range(len(bought) + 1)]
        paid = [(project, int(held[i] - held[i + 1])) for i, project in enumerate(bought) if held[i] > held[i + 1]]
        return tuple(sorted(paid, key=lambda entry: (-entry[1], entry[0]))), int(held[-1])

    @cached_property
    def _too_far(self) -> Shares | None:
        return rise_too_far(self.shares) if self.by_money and self.parameters.get("completion") in RAISED else None

    def _rise(self, p: int) -> Rise | None:
        further = self._too_far
        return Rise(further.endowment, cost(further)) if further and p in bought(further) else None

    # -- what would have changed it

    @cached_property
    def what_if(self) -> WhatIf:
        return WhatIf(self.market)

    @cached_property
    def reruns(self) -> Reruns:
        return Reruns(self.election, self.outcome)

    def _changes(self, p: int) -> tuple[Change | None, Change | None]:
        """Extra supporters, and the largest cost. Not for savings, where supporters protect and cost is the gain."""
        if self.outcome.rule == "least-harm":
            return None, None
        plain = self.by_money and self.parameters.get("completion") == "none" and p in self.market.buyers
        if plain and not self.market.ties.refuses:
            # Where a ballot of one project gives it nothing, more of them do not help.
            worthless = self.market.utility == "borda-pabutools"
            return None if worthless else self.what_if.extra_supporters(p), self.what_if.largest_cost(p)
        return self.reruns.extra_supporters(p), self.reruns.largest_cost(p)
