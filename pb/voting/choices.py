"""What a ballot may hold: the frozen paper, the marks a voter makes on it, and their canonical text. Pure.

Marks map a project's code to a whole number: 1 for an approval or a knapsack pick, points in a points round, the place
(1 is first) in a ranking. Every rule of a valid ballot is in `check_marks`; a ballot is judged by it when it is cast
and again when it is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pb.core.money import Money
from pb.voting.errors import (
    NoLongerOnBallot,
    NotOnBallot,
    OverPot,
    TooFewPicks,
    TooManyPicks,
    WrongPoints,
    WrongRanks,
)

Marks = Mapping[str, int]
VERSION = 1


@dataclass(frozen=True)
class PotOnPaper:
    """One pot that this round's voters share out. `ward_id` None: everybody may vote in it."""

    id: int
    name: str
    amount: Money
    ward_id: int | None


@dataclass(frozen=True)
class Line:
    """One project as the ballot shows it."""

    project_id: int
    pot_id: int
    code: str
    title: str
    summary: str
    cost: Money
    place: str
    theme: str
    ward_id: int | None
    ward: str
    proposer: str
    is_withdrawn: bool


@dataclass(frozen=True)
class BallotPaper:
    """The frozen ballot of a round: its kind, limits (for each pot), pots and projects."""

    round_id: int
    kind: str
    max_picks: int | None
    min_picks: int
    points_total: int
    pots: tuple[PotOnPaper, ...]
    lines: tuple[Line, ...]

    def for_ward(self, ward_id: int | None) -> BallotPaper:
        """Only the pots that somebody of this ward may vote in, and their projects."""
        pots = tuple(pot for pot in self.pots if pot.ward_id in (None, ward_id))
        ids = {pot.id for pot in pots}
        return replace(self, pots=pots, lines=tuple(line for line in self.lines if line.pot_id in ids))

    def line(self, code: str) -> Line:
        """Raises: NotOnBallot."""
        for line in self.lines:
            if line.code == code:
                return line
        raise NotOnBallot

    def lines_of(self, pot: PotOnPaper) -> list[Line]:
        return [line for line in self.lines if line.pot_id == pot.id]


def check_not_withdrawn(paper: BallotPaper, marks: Marks) -> None:
    """Refuse picks of a project that was withdrawn after the freeze, while the voter can still change them.

    Raises: NotOnBallot, NoLongerOnBallot
    """
    for line in map(paper.line, marks):
        if line.is_withdrawn:
            raise NoLongerOnBallot(line.code, line.title)


def check_marks(paper: BallotPaper, marks: Marks) -> None:
    """Refuse marks that are not a ballot of this paper. No marks at all is a ballot: "I do not want to pick any".

    Raises: NotOnBallot, TooManyPicks, TooFewPicks, OverPot, WrongPoints, WrongRanks
    """
    lines = [paper.line(code) for code in marks]
    for pot in paper.pots:
        picked = [line for line in lines if line.pot_id == pot.id]
        if picked:
            _check_pot(paper, pot, picked, {line.code: marks[line.code] for line in picked})


def _check_pot(paper: BallotPaper, pot: PotOnPaper, picked: Sequence[Line], marks: Marks) -> None:
    count = len(picked)
    if paper.max_picks is not None and count > paper.max_picks:
        raise TooManyPicks(picked=count, limit=paper.max_picks, pot=pot.name)
    if count < paper.min_picks:
        raise TooFewPicks(picked=count, wanted=paper.min_picks, pot=pot.name)
    values = sorted(marks.values())
    if paper.kind == "knapsack" and sum(line.cost for line in picked) > pot.amount:
        raise OverPot(pot=pot.name, cost=sum(line.cost for line in picked), amount=pot.amount)
    if paper.kind == "points" and (values[0] < 1 or sum(values) != paper.points_total):
        raise WrongPoints(used=sum(values), total=paper.points_total, pot=pot.name)
    if paper.kind == "ranking" and values != list(range(1, count + 1)):
        raise WrongRanks(pot=pot.name, count=count)
    if paper.kind in ("approval", "knapsack") and set(values) != {1}:
        raise NotOnBallot


def content_of(paper: BallotPaper, marks: Marks) -> bytes:
    """The ballot's canonical text: for every pot of the paper its choices, so that one ballot has one text.

    Shape: `{"pots":{"3":["H01","H12"]},"v":1}`; points as `{"H01":4}`; a ranking as codes, the first choice first.
    """
    pots = {str(pot.id): choices_in(paper, pot, marks) for pot in paper.pots}
    return json.dumps({"v": VERSION, "pots": pots}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def choices_in(paper: BallotPaper, pot: PotOnPaper, marks: Marks) -> list[str] | dict[str, int]:
    """A pot's choices in their published shape."""
    codes = sorted(line.code for line in paper.lines_of(pot) if line.code in marks)
    if paper.kind == "points":
        return {code: marks[code] for code in codes}
    if paper.kind == "ranking":
        return sorted(codes, key=lambda code: marks[code])
    return codes


def read_content(paper: BallotPaper, content: bytes) -> dict[int, Marks]:
    """An opened ballot as marks for each of its pots.

    Raises: ValueError (TypeError, KeyError included in its meaning) when it is not a ballot's text at all.
    """
    try:
        data = json.loads(content)
        if data["v"] != VERSION:
            raise ValueError("an unknown version")
        return {int(pot): _marks(paper.kind, choices) for pot, choices in data["pots"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a ballot") from error


def _marks(kind: str, choices: object) -> Marks:
    if isinstance(choices, dict) and kind == "points":
        return {str(code): int(points) for code, points in choices.items()}
    if not isinstance(choices, list) or len(set(choices)) != len(choices):
        raise ValueError("not a list of different projects")
    return {str(code): place if kind == "ranking" else 1 for place, code in enumerate(choices, start=1)}


def canonical(choices: object) -> str:
    """Choices as the text kept and published of an opened ballot."""
    return json.dumps(choices, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def largest_content(paper: BallotPaper) -> int:
    """Bytes of the longest ballot this paper can give, whatever the ward: every sealed ballot is padded to it."""
    wards: Iterable[int | None] = {None, *(pot.ward_id for pot in paper.pots)}
    return max(len(content_of(part, _fullest(part))) for part in (paper.for_ward(ward) for ward in wards))


def _fullest(paper: BallotPaper) -> dict[str, int]:
    marks: dict[str, int] = {}
    for pot in paper.pots:
        longest = sorted((line.code for line in paper.lines_of(pot)), key=lambda code: -len(code.encode()))
        marks |= dict.fromkeys(longest[: paper.max_picks], paper.points_total)
    return marks
