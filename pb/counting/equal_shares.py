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

from collections.abc import Mapping
from copy import copy
from fractions import Fraction

from pb.counting.eligible import losers, rivals, shut_out
from pb.counting.errors import RuleDoesNotApply, TieRefused
from pb.counting.model import Election
from pb.counting.outcome import NotFunded, Outcome, Reason, Step, Tie
from pb.counting.ties import TieRule

UTILITIES = ("cost", "cardinality", "points", "borda", "borda-pabutools")
COMPLETIONS = ("none", "add1")
DEFAULT_UTILITY = {"approval": "cost", "knapsack": "cost", "points": "points", "ranking": "borda"}


def equal_shares(election: Election, *, ties: TieRule, utility: str | None = None, completion: str = "none") -> Outcome:
    """Count by the Method of Equal Shares.

    utility:    cost (default for approvals), cardinality, points (for points), borda, borda-pabutools (rankings)
    completion: none, or add1: raise everyone's share by whole currency units and stop before the outcome would cost
                more than the pot
    Raises:  RuleDoesNotApply if the utility does not fit the ballots; TieRefused
    Source:  Peters, Pierczyński, Skowron, "Proportional Participatory Budgeting with Additive Utilities", NeurIPS 2021
    """
    utility = utility or DEFAULT_UTILITY[election.profile.kind]
    run = _Run(election, ties, utility)
    endowment = Fraction(election.budget_limit, election.num_voters) if election.num_voters else Fraction(0)
    best = run.at(endowment)
    # Raising shares cannot change an outcome that has funded every supported project, so the scan ends there.
    while completion == "add1" and len(best.funded) < len(run.supporters):
        more = copy(run).at(endowment + election.minor_units)
        if more.spent > election.budget_limit:
            break
        endowment, best = endowment + election.minor_units, more
    return best.outcome(endowment, (("completion", completion), ("utility", utility)))


class _Run:
    """Runs in plain fractions per distinct ballot."""

    def __init__(self, election: Election, ties: TieRule, utility: str) -> None:
        self.election, self.ties, self.utility = election, ties, utility
        self.ranks, self.rivals = ties.ranks(election), rivals(election)
        self.shut: dict[int, Reason] = shut_out(election)
        self.weights = [int(w) for w in election.profile.weights]
        self.supporters = _supporters(election, utility, self.shut)

    def at(self, endowment: Fraction) -> _Run:
        self.budgets = [endowment] * len(self.weights)
        self.funded: list[int] = []
        self.steps: list[Step] = []
        self.ties_met: list[Tie] = []
        self.spent = 0
        self.lost: dict[int, NotFunded | Reason] = dict(self.shut)
        open_ = set(self.supporters)
        while open_:
            rho = {p: r for p in open_ if (r := self._rho(p)) is not None}
            for p in open_ - set(rho):
                self._lose(p, endowment)
            open_ = set(rho)
            if rho:
                chosen = self._choose(rho)
                self._fund(chosen, rho[chosen])
                open_ -= {chosen}
                for q in self.rivals.get(chosen, frozenset()) & open_:
                    self._exclude(q, chosen)
                    open_.discard(q)
        return self

    def _rho(self, p: int) -> Fraction | None:
        """The least price per utility at which the supporters can pay for p together; None if they cannot."""
        cost, total = self.election.costs[p], sum(self.supporters[p][g] * self.weights[g] for g in self.supporters[p])
        by_wealth = sorted(self.supporters[p].items(), key=lambda gu: self.budgets[gu[0]] / gu[1])
        paid = Fraction(0)
        for g, u in by_wealth:
            rho = (cost - paid) / total
            if rho * u <= self.budgets[g]:
                return rho
            paid += self.budgets[g] * self.weights[g]
            total -= u * self.weights[g]
        return None

    def _choose(self, rho: Mapping[int, Fraction]) -> int:
        least = min(rho.values())
        tied = [p for p in rho if rho[p] == least]
        chosen = min(tied, key=lambda p: self.ranks[p])
        if len(tied) > 1 and least:
            among = tuple(sorted(self.election.projects[p].id for p in tied))
            if self.ties.refuses:
                raise TieRefused(among)
            self.ties_met.append(Tie(len(self.steps) + 1, among, self.election.projects[chosen].id, self.ties.name))
        return chosen

    def _fund(self, p: int, rho: Fraction) -> None:
        most, spent_up = Fraction(0), 0
        for g, u in self.supporters[p].items():
            if self.budgets[g] < rho * u:
                spent_up += self.weights[g]
            paid = min(self.budgets[g], rho * u)
            most = max(most, paid)
            self.budgets[g] -= paid
        project = self.election.projects[p]
        self.spent += project.cost
        self.funded.append(p)
        left = self.election.budget_limit - self.spent
        share = Fraction(round(most * 10**6), 10**6)
        support = self.election.support[p]
        number = len(self.steps) + 1
        self.steps.append(Step(number, "fund", project.id, project.cost, support, left, None, share, spent_up))

    def _lose(self, p: int, endowment: Fraction) -> None:
        project, support = self.election.projects[p], self.election.support[p]
        available = int(sum(self.budgets[g] * self.weights[g] for g in self.supporters[p]))
        tie = next((t for t in self.ties_met if project.id in t.among), None)
        reason: Reason = "too_few_for_cost" if support * endowment < project.cost else "shares_already_used"
        if tie:
            reason = "tie"
        self.lost[p] = NotFunded(project.id, reason, project.cost, support, available, len(self.steps))

    def _exclude(self, p: int, winner: int) -> None:
        project, other = self.election.projects[p], self.election.projects[winner]
        self.lost[p] = NotFunded(
            project.id, "excluded_pair", project.cost, self.election.support[p], None, len(self.steps),
            ((other.id, other.cost),),
        )  # fmt: skip

    def outcome(self, endowment: Fraction, parameters: tuple[tuple[str, str], ...]) -> Outcome:
        election = self.election
        return Outcome(
            rule="equal-shares",
            parameters=parameters,
            ties=self.ties.label,
            budget_limit=election.budget_limit,
            minor_units=election.minor_units,
            funded=tuple(election.projects[p].id for p in self.funded),
            not_funded=losers(election, self.funded, self.lost),
            steps=tuple(self.steps),
            spent=self.spent,
            endowment=endowment,
            ties_met=tuple(self.ties_met),
        )


def _supporters(election: Election, utility: str, shut: Mapping[int, Reason]) -> dict[int, dict[int, int]]:
    """By project: group → the utility one voter of it has for the project, positive ones only."""
    profile = election.profile
    found: dict[int, dict[int, int]] = {}
    for entry, g in enumerate(profile.group_of_entry.tolist()):
        p, value = int(profile.picks[entry]), int(profile.values[entry])
        length = int(profile.starts[g + 1] - profile.starts[g])
        u = _utility(election, utility, p, value, length)
        if u > 0 and p not in shut:
            found.setdefault(p, {})[g] = u
    return found


def _utility(election: Election, utility: str, p: int, value: int, length: int) -> int:
    kind = election.profile.kind
    if utility in {"cost", "cardinality"} and kind in {"approval", "knapsack"}:
        return (election.costs[p] or 1) if utility == "cost" else 1
    if utility == "points" and kind == "points":
        return value
    if utility == "borda" and kind == "ranking":
        return election.longest_ballot - value
    if utility == "borda-pabutools" and kind == "ranking":
        return length - value - 1
    raise RuleDoesNotApply(f"the utility {utility} cannot be read from {kind} ballots")
