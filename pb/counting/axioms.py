"""Checks of an outcome, whoever made it: is it feasible, exhaustive, proportional, explained by prices, in the core?

>>> from pb.counting import Approval, Election, Project
>>> election = Election(
...     [Project("bench", 40_00), Project("trees", 50_00), Project("stage", 60_00)],
...     [(Approval({"bench", "trees"}), 2), (Approval({"stage"}), 3)],
...     100_00,
... )
>>> found = axioms(election, ["bench", "trees"])
>>> found.feasible, found.exhaustive
(True, True)
>>> [(v.project, v.voters, v.entitled) for v in found.ejr_plus_any]
[('stage', 3, 6000)]
>>> found.priceable
False
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pb.counting.eligible import rivals, shut_out
from pb.counting.metrics import positions_of
from pb.counting.model import Election
from pb.counting.priceability import NoPrices, Prices, priceable
from pb.counting.representation import Deviation, Violation, core, ejr_plus


@dataclass(frozen=True, slots=True)
class Axioms:
    """What holds for an outcome, with a witness where it does not (for prices also where they exist).

    over_budget:    what it costs beyond the pot (0 if it fits), minor units
    forbidden:      funded projects that were withdrawn, stay below the minimum score, or conflict with each other
    could_add:      projects with support that would still fit
    ejr_plus_any, ejr_plus_one: violations, see `ejr_plus`
    prices:         a witness, a proof that there is none, or None: not decided
    core_deviation: a set its voters would rather pay for; () there is none; None: too large to look
    """

    over_budget: int
    forbidden: tuple[str, ...]
    could_add: tuple[str, ...]
    ejr_plus_any: tuple[Violation, ...]
    ejr_plus_one: tuple[Violation, ...]
    prices: Prices | NoPrices | None
    core_deviation: tuple[Deviation, ...] | None

    @property
    def feasible(self) -> bool:
        return not self.over_budget and not self.forbidden

    @property
    def exhaustive(self) -> bool:
        return not self.could_add

    @property
    def priceable(self) -> bool | None:
        return None if self.prices is None else isinstance(self.prices, Prices)

    @property
    def in_core(self) -> bool | None:
        return None if self.core_deviation is None else not self.core_deviation

    def summary(self) -> dict[str, bool | None]:
        """Axiom → whether it holds; None: not decided."""
        return {
            "feasible": self.feasible,
            "exhaustive": self.exhaustive,
            "EJR+ up to any": not self.ejr_plus_any,
            "EJR+ up to one": not self.ejr_plus_one,
            "priceable": self.priceable,
            "core": self.in_core,
        }


def axioms(
    election: Election, funded: Collection[str], *, utility: str | None = None, endowment: Fraction | None = None
) -> Axioms:
    """Check everything.

    utility:   as for Equal Shares; None: the usual one for these ballots
    endowment: one at which prices are looked for first
    Raises: UnknownProject, RuleDoesNotApply
    """
    return Axioms(
        over_budget=max(_cost(election, funded) - election.budget_limit, 0),
        forbidden=forbidden(election, funded),
        could_add=could_add(election, funded),
        ejr_plus_any=ejr_plus(election, funded, up_to="any", utility=utility),
        ejr_plus_one=ejr_plus(election, funded, up_to="one", utility=utility),
        prices=priceable(election, funded, endowment=endowment, utility=utility),
        core_deviation=core(election, funded, utility=utility),
    )


def _cost(election: Election, funded: Collection[str]) -> int:
    return sum(election.costs[p] for p in positions_of(election, funded))


def forbidden(election: Election, funded: Collection[str]) -> tuple[str, ...]:
    """Funded projects that the election's options forbid, sorted. Raises: UnknownProject"""
    won, conflicts = set(positions_of(election, funded)), rivals(election)
    barred = {p for p, reason in shut_out(election).items() if reason != "no_support"}
    barred |= {p for p in won if conflicts.get(p, frozenset()) & won}
    return tuple(sorted(election.projects[p].id for p in barred & won))


def could_add(election: Election, funded: Collection[str]) -> tuple[str, ...]:
    """Projects with support, allowed beside the funded ones, that would still fit; sorted. Raises: UnknownProject"""
    won, conflicts = set(positions_of(election, funded)), rivals(election)
    left = election.budget_limit - sum(election.costs[p] for p in won)
    out = won | set(shut_out(election)) | {p for p, others in conflicts.items() if others & won}
    return tuple(sorted(p.id for q, p in enumerate(election.projects) if q not in out and p.cost <= left))


def to_json(found: Axioms) -> dict[str, Any]:
    """Plain JSON data: the summary, and the witnesses; fractions as "p/q"."""
    witnesses = {
        "over_budget": found.over_budget,
        "forbidden": list(found.forbidden),
        "could_add": list(found.could_add),
        "ejr_plus_any": [_plain(v) for v in found.ejr_plus_any],
        "ejr_plus_one": [_plain(v) for v in found.ejr_plus_one],
        "prices": None if found.prices is None else _plain(found.prices),
        "core_deviation": None if found.core_deviation is None else [_plain(d) for d in found.core_deviation],
    }
    return {"holds": found.summary(), **witnesses}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Violation | Deviation | Prices | NoPrices):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value
