"""What a count returns: plain frozen data, equal by value, the same bytes everywhere. Sentences are made elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal

Reason = Literal[
    "no_support",  # nobody picked it
    "too_few_for_cost",  # its supporters' full shares together are less than its cost
    "shares_already_used",  # they were enough, but went to other funded projects
    "does_not_fit",  # when its turn came less was left than it costs
    "after_stop",  # the rule had stopped at an earlier project that did not fit
    "below_floor",  # lower score than the election demands
    "excluded_pair",  # conflicts with a funded project
    "not_best",  # a better set of projects fitted (rules that weigh whole sets)
    "tie",  # it was equal to a funded project, and the tie rule preferred the other
    "withdrawn",
]
Action = Literal["fund", "complete", "skip", "stop"]


@dataclass(frozen=True, slots=True)
class Step:
    """One decision. Money in minor units; `remaining` is what the pot holds after it.

    action:  fund (main rule), complete (completion), skip (did not fit), stop (did not fit, and ended the count)
    support: how many voters support the project
    score:   votes, points or Borda points where the rule ranks by them
    share:   Equal Shares: what each supporter paid (points and rankings: for each point), except those who had less
             and gave all they had left; Phragmén: the load reached (money per voter). In minor units, rounded to a
             millionth for showing: the count itself used the exact value
    spent_up: Equal Shares: how many supporters could not pay in full, those who had nothing left included
    """

    number: int
    action: Action
    project: str
    cost: int
    support: int
    remaining: int
    score: int | None = None
    share: Fraction | None = None
    spent_up: int | None = None


@dataclass(frozen=True, slots=True)
class NotFunded:
    """Why a project was not funded.

    available: the money its supporters still had after step `after` (Equal Shares), or the money in the pot when
               its turn came (greedy), rounded down to minor units
    after:     the number of the step that decided it: the funding after which its supporters had too little (Equal
               Shares), the skip or stop, or the funding of the project it conflicts or tied with; 0: from the start
    rivals:    the funded projects that its supporters' shares had gone to by then, with the amount in minor units
               rounded down, largest first; or the single project it conflicts or tied with
    """

    project: str
    reason: Reason
    cost: int
    support: int
    available: int | None = None
    after: int | None = None
    rivals: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie met at step `step` among `among` (sorted), decided for `chosen` by the named rule."""

    step: int
    among: tuple[str, ...]
    chosen: str
    rule: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one count.

    funded is in the order of funding; not_funded in the order of the election's projects; parameters
    by name. `endowment` is the share
    each voter started with (Equal Shares, after Add1), an exact Fraction of minor units.
    """

    rule: str
    parameters: tuple[tuple[str, str], ...]
    ties: str
    budget_limit: int
    minor_units: int
    funded: tuple[str, ...]
    not_funded: tuple[NotFunded, ...]
    steps: tuple[Step, ...]
    spent: int
    endowment: Fraction | None = None
    ties_met: tuple[Tie, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(sorted(self.parameters)))

    @property
    def remaining(self) -> int:
        """What is left of the budget limit."""
        return self.budget_limit - self.spent

    def reason(self, project: str) -> NotFunded | None:
        """Why `project` was not funded; None if it was."""
        return next((loser for loser in self.not_funded if loser.project == project), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data: fractions as "p/q", money in minor units."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        plain["parameters"] = dict(self.parameters)
        return plain | {"remaining": self.remaining}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """Read back what `to_json` wrote; the result equals the original."""
        given = {k: v for k, v in data.items() if k != "remaining"}
        given["parameters"] = tuple(given["parameters"].items())
        given["funded"] = tuple(given["funded"])
        given["endowment"] = _fraction(given["endowment"])
        given["steps"] = tuple(Step(**{**s, "share": _fraction(s["share"])}) for s in given["steps"])
        given["not_funded"] = tuple(
            NotFunded(**{**n, "rivals": tuple((r[0], r[1]) for r in n["rivals"])}) for n in given["not_funded"]
        )
        given["ties_met"] = tuple(Tie(**{**t, "among": tuple(t["among"])}) for t in given["ties_met"])
        return cls(**given)

    def canonical(self) -> bytes:
        """The outcome as bytes to sign, hash or compare: UTF-8 JSON, keys sorted, no spaces."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: object) -> str:
    assert isinstance(value, Fraction)
    return f"{value.numerator}/{value.denominator}"


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
