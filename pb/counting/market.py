"""An election laid out for Equal Shares: who would pay for what, and how much it is worth to them.

Payments are proportional to a *value*: 1 per supporter for approvals, the points given, or Borda points. What makes
the utilities `cost` and `cardinality` differ is only the `scale` of a project, by which its price per value is divided
before prices are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pb.counting.eligible import rivals, shut_out
from pb.counting.errors import RuleDoesNotApply
from pb.counting.model import Election, Ints, Profile, runs
from pb.counting.outcome import Reason
from pb.counting.ties import TieRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

UTILITIES = ("cost", "cardinality", "points", "borda", "borda-pabutools")
READABLE_FROM = {
    "cost": ("approval", "knapsack"),
    "cardinality": ("approval", "knapsack"),
    "points": ("points",),
    "borda": ("ranking",),
    "borda-pabutools": ("ranking",),
}
DEFAULT_UTILITY = {"approval": "cost", "knapsack": "cost", "points": "points", "ranking": "borda"}


@dataclass(frozen=True, slots=True, eq=False)
class Buyers:
    """Those who would pay for one project.

    groups: positions in the profile, ascending; weight: voters per group; value: per voter, None if 1 for all;
    stake: weight × value; total: their sum; voters: the sum of weights; most: the largest value
    """

    groups: Ints
    weight: Floats
    value: Floats | None
    stake: Floats
    total: int
    voters: int
    most: int

    @classmethod
    def of(cls, groups: Ints, weight: Floats, value: Floats | None) -> Buyers:
        # Sums of whole floats below 2^53 are exact.
        voters = int(np.add.reduce(weight))
        if value is None:
            return cls(groups, weight, None, weight, voters, voters, 1)
        stake = weight * value
        return cls(groups, weight, value, stake, int(stake.sum()), voters, int(value.max()))

    def only(self, kept: Bools) -> Buyers:
        """The same without some groups (not all)."""
        value = None if self.value is None else self.value[kept]
        return Buyers.of(self.groups[kept], self.weight[kept], value)

    def values(self) -> Ints:
        """The value per voter of each group, as whole numbers."""
        return np.ones(len(self.groups), np.int64) if self.value is None else self.value.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Market:
    """Everything about an election that does not depend on the endowment.

    buyers:  project → its buyers, for projects that may be funded and have any
    starts, picks, values: the profile's entries with positive value only, so that group g would pay for
             `picks[starts[g]:starts[g + 1]]`
    """

    election: Election
    ties: TieRule
    utility: str
    ranks: list[int]
    shut: Mapping[int, Reason]
    rivals: Mapping[int, frozenset[int]]
    costs: list[int]
    scale: list[int]
    weights: Ints
    starts: Ints
    picks: Ints
    values: Ints
    buyers: Mapping[int, Buyers]

    @classmethod
    def of(cls, election: Election, ties: TieRule, utility: str | None = None) -> Market:
        """Raises: RuleDoesNotApply if the utility cannot be read from ballots of this kind."""
        utility = utility or DEFAULT_UTILITY[election.profile.kind]
        if election.profile.kind not in READABLE_FROM[utility]:
            raise RuleDoesNotApply(f"the utility {utility} cannot be read from {election.profile.kind} ballots")
        shut = shut_out(election)
        starts, group, picks, values = _paying_entries(election, utility, shut)
        weights = election.profile.weights
        return cls(
            election=election,
            ties=ties,
            utility=utility,
            ranks=ties.ranks(election),
            shut=shut,
            rivals=rivals(election),
            costs=election.costs,
            scale=[max(cost, 1) if utility == "cost" else 1 for cost in election.costs],
            weights=weights,
            starts=starts,
            picks=picks,
            values=values,
            buyers=_buyers(group, picks, values, weights),
        )

    @cached_property
    def group_of_entry(self) -> Ints:
        """For each entry the group it belongs to."""
        return np.repeat(np.arange(len(self.weights)), np.diff(self.starts))

    def shared(self, p: int) -> Floats:
        """By project: its value to the buyers of p, all together (their number, by approvals). Kept once asked for."""
        if p not in self._shared:
            buyers = self.buyers[p]
            starts, lengths = self.starts[buyers.groups], np.diff(self.starts)[buyers.groups]
            entries = runs(starts, lengths)
            worth = np.repeat(buyers.weight, lengths) * self.values[entries]
            self._shared[p] = np.bincount(self.picks[entries], worth, len(self.costs)).astype(np.float64, copy=False)
        return self._shared[p]

    @cached_property
    def _shared(self) -> dict[int, Floats]:
        return {}

    def entries_of(self, groups: Ints) -> Ints:
        """The entries of these groups, one after the other."""
        return runs(self.starts[groups], self.starts[groups + 1] - self.starts[groups])


def _paying_entries(election: Election, utility: str, shut: Mapping[int, Reason]) -> tuple[Ints, Ints, Ints, Ints]:
    """Where each group's entries begin, and by entry its group, project and value."""
    profile = election.profile
    values = _values(profile, utility, election.longest_ballot)
    open_ = np.ones(len(election.projects), bool)
    open_[list(shut)] = False
    kept = (values > 0) & open_[profile.picks]
    if kept.all():
        return profile.starts, profile.group_of_entry, profile.picks, values
    starts = np.concatenate(([0], np.cumsum(kept)))[profile.starts]
    return starts, profile.group_of_entry[kept], profile.picks[kept], values[kept]


def _values(profile: Profile, utility: str, longest: int) -> Ints:
    if utility == "borda":
        return longest - profile.values
    if utility == "borda-pabutools":
        return np.diff(profile.starts)[profile.group_of_entry] - profile.values - 1
    return profile.values if utility == "points" else np.ones_like(profile.values)


def _buyers(group: Ints, picks: Ints, values: Ints, weights: Ints) -> dict[int, Buyers]:
    """Turn the entries by group into entries by project. A stable sort keeps groups ascending."""
    # Sorting small integers is a radix sort, several times faster.
    most = int(picks.max(initial=0))
    order = np.argsort(
        picks.astype(np.uint8 if most < 2**8 else np.uint16 if most < 2**16 else np.int64), kind="stable"
    )
    groups, stakes = group[order], values[order]
    voters = weights[groups].astype(np.float64)
    ends, found = np.cumsum(np.bincount(picks)), {}
    for p, (begin, end) in enumerate(pairwise([0, *ends.tolist()])):
        if begin < end:
            value = stakes[begin:end]
            uniform = int(value.max()) == 1
            found[p] = Buyers.of(groups[begin:end], voters[begin:end], None if uniform else value.astype(np.float64))
    return found
