"""Exact participatory-budgeting counts: from an `Election` to an `Outcome`, and Pabulib files in and out.

Pure: nothing of the web, no database, no clock, no randomness. Costs are whole minor units, shares exact fractions.
Names are loaded when they are first used, so that a count starts with what it needs and no more.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pb.counting.errors import (
        CountingError,
        DuplicateProject,
        InvalidAmount,
        InvalidElection,
        InvalidRanking,
        MixedBallots,
        ParseError,
        RuleDoesNotApply,
        TargetOutOfReach,
        TieRefused,
        TooManySets,
        UnknownProject,
        UnknownRule,
    )
    from pb.counting.model import Approval, Ballot, Election, Knapsack, Points, Profile, Project, Ranking
    from pb.counting.outcome import NotFunded, Outcome, Step, Tie
    from pb.counting.pabulib import PabulibFile
    from pb.counting.pabulib import loads as loads_pb
    from pb.counting.pabulib import read as read_pb
    from pb.counting.pabulib_write import write as write_pb
    from pb.counting.rules import RULES, Rule, count
    from pb.counting.ties import TieRule, cost_votes_id, cost_votes_lot, lexicographic, refuse, tie_rule, votes_lot

__all__ = [
    "RULES",
    "Approval",
    "Ballot",
    "CountingError",
    "DuplicateProject",
    "Election",
    "InvalidAmount",
    "InvalidElection",
    "InvalidRanking",
    "Knapsack",
    "MixedBallots",
    "NotFunded",
    "Outcome",
    "PabulibFile",
    "ParseError",
    "Points",
    "Profile",
    "Project",
    "Ranking",
    "Rule",
    "RuleDoesNotApply",
    "Step",
    "TargetOutOfReach",
    "Tie",
    "TieRefused",
    "TieRule",
    "TooManySets",
    "UnknownProject",
    "UnknownRule",
    "cost_votes_id",
    "cost_votes_lot",
    "count",
    "lexicographic",
    "loads_pb",
    "read_pb",
    "refuse",
    "tie_rule",
    "votes_lot",
    "write_pb",
]

_HOMES = {
    "errors": (
        "CountingError",
        "DuplicateProject",
        "InvalidAmount",
        "InvalidElection",
        "InvalidRanking",
        "MixedBallots",
        "ParseError",
        "RuleDoesNotApply",
        "TargetOutOfReach",
        "TieRefused",
        "TooManySets",
        "UnknownProject",
        "UnknownRule",
    ),
    "model": ("Approval", "Ballot", "Election", "Knapsack", "Points", "Profile", "Project", "Ranking"),
    "outcome": ("NotFunded", "Outcome", "Step", "Tie"),
    "pabulib": ("PabulibFile", "loads_pb", "read_pb"),
    "pabulib_write": ("write_pb",),
    "rules": ("RULES", "Rule", "count"),
    "ties": ("TieRule", "cost_votes_id", "cost_votes_lot", "lexicographic", "refuse", "tie_rule", "votes_lot"),
}

if not TYPE_CHECKING:  # pragma: no branch; so that a misspelled name stays an error to type checkers

    def __getattr__(name: str) -> object:
        home = next((home for home, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{home}"), name.removesuffix("_pb"))
        globals()[name] = found
        return found
