"""The rules by name, and the one function that runs any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pb.counting.equal_shares import COMPLETIONS, equal_shares
from pb.counting.errors import RuleDoesNotApply, UnknownRule
from pb.counting.greedy import greedy
from pb.counting.greedy_exclusive import greedy_exclusive
from pb.counting.greedy_no_skip import greedy_no_skip
from pb.counting.greedy_per_cost import greedy_per_cost
from pb.counting.greedy_threshold import greedy_threshold
from pb.counting.least_harm import least_harm
from pb.counting.market import UTILITIES
from pb.counting.max_welfare import max_welfare
from pb.counting.maximin_support import maximin_support
from pb.counting.model import Election
from pb.counting.outcome import Outcome
from pb.counting.phragmen import phragmen
from pb.counting.phragmen_skip import phragmen_skip
from pb.counting.ties import TieRule


@dataclass(frozen=True)
class Rule:
    """A rule: `run(election, ties=…)`, plus `completion=` and `utility=` if it lists any, and `progress=` if it is
    long."""

    run: Callable[..., Outcome]
    completions: tuple[str, ...] = ()
    utilities: tuple[str, ...] = ()
    long: bool = False


RULES: dict[str, Rule] = {
    "greedy": Rule(greedy),
    "greedy-no-skip": Rule(greedy_no_skip),
    "greedy-threshold": Rule(greedy_threshold),
    "greedy-exclusive": Rule(greedy_exclusive),
    "greedy-per-cost": Rule(greedy_per_cost),
    "equal-shares": Rule(equal_shares, COMPLETIONS, UTILITIES, long=True),
    "phragmen": Rule(phragmen),
    "phragmen-skip": Rule(phragmen_skip),
    "maximin-support": Rule(maximin_support, long=True),
    "max-welfare": Rule(max_welfare),
    "least-harm": Rule(least_harm),
}


def count(
    election: Election,
    *,
    rule: str,
    ties: TieRule,
    completion: str | None = None,
    utility: str | None = None,
    progress: Callable[[Fraction], None] | None = None,
) -> Outcome:
    """Count an election by a named rule.

    completion, utility: only for rules that have them; None means the rule's default
    progress: called now and then on long counts by rules that take long, with the endowment
              (Equal Shares) or the load (maximin support) reached
    Raises:  UnknownRule for a name that is not known; RuleDoesNotApply if the rule takes no such parameter or cannot
             count these ballots; TieRefused if `ties` is `refuse` and a tie is met
    """
    if rule not in RULES:
        raise UnknownRule("rule", rule, sorted(RULES))
    found = RULES[rule]
    given: dict[str, Any] = {"progress": progress} if progress and found.long else {}
    for what, value, known in (("completion", completion, found.completions), ("utility", utility, found.utilities)):
        if value is None:
            continue
        if not known:
            raise RuleDoesNotApply(f"the rule {rule} takes no {what}")
        if value not in known:
            raise UnknownRule(what, value, known)
        given[what] = value
    return found.run(election, ties=ties, **given)
