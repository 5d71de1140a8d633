"""What is counted: projects, ballots and the election that holds them.

An `Election` keeps its ballots grouped: identical ballots are stored once with an integer weight, in flat arrays
(`Profile`), because real elections repeat themselves and a count only ever needs sums over groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from pb.counting.errors import (
    DuplicateProject,
    InvalidAmount,
    InvalidElection,
    InvalidRanking,
    MixedBallots,
    UnknownProject,
)

Kind = Literal["approval", "points", "ranking", "knapsack"]
Ints = NDArray[np.int64]

# Sums of costs times votes stay exact in 64 bits below this, and no pot comes near it (ten million million pounds).
LARGEST_AMOUNT = 10**15


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot. `cost` is a whole number of minor currency units."""

    id: str
    cost: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A set of approved projects, in no order; a project listed twice counts once."""

    projects: frozenset[str]
    kind: ClassVar[Kind] = "approval"

    def __init__(self, projects: Iterable[str] = ()) -> None:
        object.__setattr__(self, "projects", frozenset(projects))

    def values(self) -> dict[str, int]:
        return dict.fromkeys(sorted(self.projects), 1)


@dataclass(frozen=True, slots=True)
class Knapsack:
    """The set of projects with which this voter would spend the whole pot."""

    projects: frozenset[str]
    kind: ClassVar[Kind] = "knapsack"

    def __init__(self, projects: Iterable[str] = ()) -> None:
        object.__setattr__(self, "projects", frozenset(projects))

    def values(self) -> dict[str, int]:
        return dict.fromkeys(sorted(self.projects), 1)


@dataclass(frozen=True, slots=True)
class Points:
    """Points per project (cumulative or scoring ballots). Zero points are allowed and are no support."""

    points: tuple[tuple[str, int], ...]
    kind: ClassVar[Kind] = "points"

    def __init__(self, points: Mapping[str, int]) -> None:
        object.__setattr__(self, "points", tuple(sorted(points.items())))

    def values(self) -> dict[str, int]:
        return dict(self.points)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Projects from best to worst; a project ranked twice keeps its better place."""

    projects: tuple[str, ...]
    kind: ClassVar[Kind] = "ranking"

    def __init__(self, projects: Iterable[str] = ()) -> None:
        object.__setattr__(self, "projects", tuple(dict.fromkeys(projects)))

    def values(self) -> dict[str, int]:
        return {project: place for place, project in enumerate(self.projects)}


Ballot = Approval | Points | Ranking | Knapsack
BALLOT_KINDS: dict[str, type[Approval] | type[Points] | type[Ranking] | type[Knapsack]] = {
    cls.kind: cls for cls in (Approval, Points, Ranking, Knapsack)
}


@dataclass(frozen=True, eq=False)
class Profile:
    """All ballots of an election, grouped, as flat arrays.

    Group g holds `weights[g]` identical ballots. Its entries are `picks[starts[g]:starts[g + 1]]` (positions of
    projects in the election) and, alongside, `values`: 1 for approvals and knapsacks, the points given (0 is no
    support), or the place in a ranking counted from 0. Empty ballots are a group with no entries: they count as
    voters.
    """

    kind: Kind
    weights: Ints
    starts: Ints
    picks: Ints
    values: Ints

    @property
    def num_voters(self) -> int:
        return int(self.weights.sum())

    @cached_property
    def group_of_entry(self) -> Ints:
        """For each entry the group it belongs to."""
        return np.repeat(np.arange(len(self.weights)), np.diff(self.starts))

    @classmethod
    def build(cls, kind: Kind, groups: Mapping[tuple[tuple[int, int], ...], int]) -> Profile:
        """Lay out ballots given as ((position, value), …) → weight, in a canonical order."""
        ordered = sorted(groups)
        lengths = np.fromiter((len(g) for g in ordered), np.int64, len(ordered))
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(ordered)), np.int64, 2 * int(lengths.sum()))
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        weights = np.fromiter((groups[g] for g in ordered), np.int64, len(ordered))
        return cls(kind, weights, starts, flat[0::2].copy(), flat[1::2].copy())


def _whole(what: str, value: Any, *, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_AMOUNT:
        raise InvalidAmount(what, value)
    return value


def _grouped(ballots: Iterable[Ballot | tuple[Ballot, int]], position: Mapping[str, int]) -> Profile:
    """Group identical ballots and translate project ids into positions."""
    counts: dict[Ballot, int] = {}
    for item in ballots:
        ballot, weight = item if isinstance(item, tuple) else (item, 1)
        counts[ballot] = counts.get(ballot, 0) + _whole("the weight of a ballot", weight, least=1)
    kinds = sorted({ballot.kind for ballot in counts})
    if len(kinds) > 1:
        raise MixedBallots(kinds)
    groups = {_entries(ballot, position): weight for ballot, weight in counts.items()}
    return Profile.build(kinds[0] if kinds else "approval", groups)


def _entries(ballot: Ballot, position: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    entries = []
    for project, value in ballot.values().items():
        if project not in position:
            raise UnknownProject(project)
        entries.append((position[project], _whole("a number of points", value)))
    return tuple(sorted(entries))


@dataclass(frozen=True, eq=False)
class Election:
    """Projects, ballots and a budget limit, checked on construction.

    Shapes:  projects: sequence of `Project`; ballots: iterable of ballots or of (ballot, weight), all of one kind,
             or a ready `Profile`
    Units:   costs and budget_limit in minor currency units (int); `minor_units` of them make one whole unit of
             the currency (100 pence to the pound), which is the step of the Add1 completion
    Options: `withdrawn` ids are never funded and picks for them are ignored; `minimum_score` shuts out projects
             whose score (votes, points or Borda points) is lower; `conflicts` are pairs of which at most one is
             funded; `ballot_length` is the longest ranking allowed, the k of Borda points (default: the longest cast)
    Raises:  DuplicateProject, UnknownProject, InvalidAmount, MixedBallots, InvalidRanking

    >>> election = Election(
    ...     [Project("bench", 30_000), Project("trees", 60_000)],
    ...     [Approval({"bench", "trees"}), Approval({"trees"}), Approval({"trees"})],
    ...     90_000,
    ... )
    >>> election.num_voters, election.votes
    (3, {'bench': 1, 'trees': 3})
    """

    projects: tuple[Project, ...]
    profile: Profile
    budget_limit: int
    minor_units: int = 100
    withdrawn: frozenset[str] = frozenset()
    minimum_score: int = 0
    conflicts: frozenset[frozenset[str]] = frozenset()
    ballot_length: int | None = None
    position: Mapping[str, int] = field(repr=False, default_factory=dict)

    def __init__(
        self,
        projects: Iterable[Project],
        ballots: Iterable[Ballot | tuple[Ballot, int]] | Profile,
        budget_limit: int,
        *,
        minor_units: int = 100,
        withdrawn: Iterable[str] = (),
        minimum_score: int = 0,
        conflicts: Iterable[Iterable[str]] = (),
        ballot_length: int | None = None,
    ) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("projects", tuple(projects))
        put("position", _positions(self.projects))
        put("budget_limit", _whole("the budget limit", budget_limit))
        put("minor_units", _whole("the number of minor units", minor_units, least=1))
        put("minimum_score", _whole("the minimum score", minimum_score))
        put("withdrawn", frozenset(withdrawn))
        put("conflicts", frozenset(frozenset(pair) for pair in conflicts))
        put("profile", ballots if isinstance(ballots, Profile) else _grouped(ballots, self.position))
        put("ballot_length", ballot_length)
        _check_options(self)

    @property
    def num_voters(self) -> int:
        """All ballots, empty ones included."""
        return self.profile.num_voters

    @cached_property
    def costs(self) -> list[int]:
        return [project.cost for project in self.projects]

    @cached_property
    def support(self) -> list[int]:
        """By position: how many voters support the project (zero points are no support)."""
        profile = self.profile
        weights = profile.weights[profile.group_of_entry]
        if profile.kind == "points":
            weights = np.where(profile.values > 0, weights, 0)
        return sums(profile.picks, weights, len(self.projects))

    @cached_property
    def scores(self) -> list[int]:
        """By position: total score, which is votes, points, or Borda points (k for a first place, down to 1)."""
        profile = self.profile
        if profile.kind in {"approval", "knapsack"}:
            return self.support
        value = self.longest_ballot - profile.values if profile.kind == "ranking" else profile.values
        return sums(profile.picks, profile.weights[profile.group_of_entry] * value, len(self.projects))

    @property
    def votes(self) -> dict[str, int]:
        """Supporters per project id, in the order of `projects`."""
        return {p.id: n for p, n in zip(self.projects, self.support, strict=True)}

    @cached_property
    def longest_ballot(self) -> int:
        """The k of Borda points: `ballot_length`, or the longest ballot cast."""
        lengths = np.diff(self.profile.starts)
        return self.ballot_length or (int(lengths.max()) if len(lengths) else 0)

    def groups(self) -> Iterator[tuple[Ballot, int]]:
        """Each distinct ballot with the number of voters who cast it."""
        profile = self.profile
        for g, weight in enumerate(profile.weights.tolist()):
            entries = slice(int(profile.starts[g]), int(profile.starts[g + 1]))
            ids = [self.projects[i].id for i in profile.picks[entries].tolist()]
            yield _ballot(profile.kind, ids, profile.values[entries].tolist()), weight

    def replace(self, **changes: Any) -> Election:
        """The same election with some arguments of the constructor changed."""
        options = ("minor_units", "withdrawn", "minimum_score", "conflicts", "ballot_length")
        given: dict[str, Any] = {name: getattr(self, name) for name in options}
        if "projects" in changes and "ballots" not in changes:
            changes["ballots"] = list(self.groups())
        given |= {"projects": self.projects, "ballots": self.profile, "budget_limit": self.budget_limit} | changes
        return Election(given.pop("projects"), given.pop("ballots"), given.pop("budget_limit"), **given)

    def __eq__(self, other: object) -> bool:
        """Equal by value, whatever the order of projects and ballots."""
        return isinstance(other, Election) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.budget_limit, self.num_voters, frozenset(self.projects)))

    def _key(self) -> tuple[object, ...]:
        options = (self.budget_limit, self.minor_units, self.withdrawn, self.minimum_score, self.conflicts)
        return (*options, self.ballot_length, self.profile.kind, frozenset(self.projects), dict(self.groups()))


def sums(positions: Ints, weights: Ints, size: int) -> list[int]:
    """Integer sums of weights by position. They are whole and below 2^53 (`_check_options`), so floats are exact."""
    return [int(n) for n in np.bincount(positions, weights, size)]


def _exact_sum(numbers: Ints) -> int:
    """Their sum, also if it is beyond 64 bits."""
    return (int((numbers >> 32).sum()) << 32) + int((numbers & (2**32 - 1)).sum())


def runs(begins: Ints, lengths: Ints) -> Ints:
    """The numbers of several runs, one after the other: begins[i], begins[i] + 1, …, lengths[i] of them."""
    ends = np.cumsum(lengths)
    return np.repeat(begins - (ends - lengths), lengths) + np.arange(int(ends[-1]) if len(ends) else 0)


def _ballot(kind: Kind, ids: list[str], values: list[int]) -> Ballot:
    if kind == "points":
        return Points(dict(zip(ids, values, strict=True)))
    if kind == "ranking":
        return Ranking(project for _, project in sorted(zip(values, ids, strict=True)))
    return Knapsack(ids) if kind == "knapsack" else Approval(ids)


def _positions(projects: tuple[Project, ...]) -> dict[str, int]:
    position: dict[str, int] = {}
    for place, project in enumerate(projects):
        if project.id in position:
            raise DuplicateProject(project.id)
        _whole(f"the cost of {project.id!r}", project.cost)
        position[project.id] = place
    return position


def _check_options(election: Election) -> None:
    profile = election.profile
    points = {"points": int(profile.values.max(initial=0)), "ranking": election.longest_ballot}.get(profile.kind, 1)
    most = _exact_sum(profile.weights) * (points + int(np.diff(profile.starts).max(initial=0)))
    _whole("the number of all ballots and points together", most)
    for project in election.withdrawn:
        if project not in election.position:
            raise UnknownProject(project, "a withdrawal")
    for pair in election.conflicts:
        if len(pair) != 2:
            raise InvalidElection("a conflict is between two different projects")
        for project in pair:
            if project not in election.position:
                raise UnknownProject(project, "a conflict")
    if election.ballot_length is not None:
        _whole("the ballot length", election.ballot_length, least=1)
        longest = int(np.diff(election.profile.starts).max(initial=0))
        if election.profile.kind == "ranking" and longest > election.ballot_length:
            raise InvalidRanking(longest, election.ballot_length)
