"""What the paper desk's pages show of a batch, put into words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import ngettext

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import Refusal
from pb.core.filters import number
from pb.paper import queries, service, settling
from pb.paper.models import PaperBatch
from pb.paper.reading import REASONS, Reading
from pb.rounds.models import Round, Ward
from pb.voting.choices import BallotPaper
from pb.voting.queries import SMALL, paper_of, set_aside


@dataclass(frozen=True)
class Turn:
    """One of the two readings: whose it is in words, how far it is."""

    number: int
    who: str
    keyed: int
    is_done: bool


@dataclass(frozen=True)
class Pile:
    """One batch for one member of staff."""

    round: Round
    batch: PaperBatch
    viewer: Actor

    @cached_property
    def ward(self) -> str:
        ward = session().get(Ward, self.batch.ward_id) if self.batch.ward_id else None
        return ward.name if ward else str(_("the whole area"))

    @cached_property
    def paper(self) -> BallotPaper:
        return paper_of(self.round).for_ward(self.batch.ward_id)

    @property
    def turns(self) -> list[Turn]:
        batch = self.batch
        found = ((1, batch.first_by, batch.first_papers), (2, batch.second_by, batch.second_papers))
        return [
            Turn(n, self._who(by), queries.papers_keyed(batch.id, n), papers is not None) for n, by, papers in found
        ]

    def _who(self, by: int | None) -> str:
        if by is None:
            return str(_("nobody yet"))
        return str(_("you")) if by == self.viewer.id else str(_("a colleague"))

    @property
    def may_key(self) -> bool:
        try:
            return bool(service.turn_of(self.batch, self.viewer))
        except Refusal:
            return False

    @property
    def must_leave_settling(self) -> bool:
        """Who has keyed a batch does not judge its differences."""
        return self.viewer.id in (self.batch.first_by, self.batch.second_by)

    @cached_property
    def papers(self) -> list[settling.Paper]:
        return settling.papers_of(self.batch) if self.batch.state == "settling" else []

    @property
    def unsettled(self) -> int:
        return sum(not paper.is_settled for paper in self.papers)

    @property
    def tally(self) -> settling.Tally:
        return settling.tally_of(self.batch)

    def words_of(self, reading: Reading | None) -> str:
        """A reading as a sentence for who has the paper in hand."""
        if reading is None or reading == settling.NO_PAPER:
            return str(_("no such paper"))
        return words_of(self.paper, reading)

    def aside_words(self, tally: settling.Tally) -> list[tuple[str, int]]:
        return [(str(REASONS[reason]), count) for reason, count in tally.aside.items()]


def pile_of(round: Round, batch: PaperBatch, viewer: Actor) -> Pile:
    return Pile(round, batch, viewer)


def words_of(paper: BallotPaper, reading: Reading) -> str:
    """What a reading says, with titles, so that a slip of the finger shows."""
    if reading.aside:
        return str(_("set aside: %(reason)s", reason=REASONS[reading.aside]))
    if not reading.marks:
        return str(_("no project at all"))
    lines = sorted((paper.line(code) for code in reading.marks), key=lambda line: _place(paper, reading, line.code))
    return "; ".join(f"{line.code} {line.title}{_mark(paper, reading.marks[line.code])}" for line in lines)


def _place(paper: BallotPaper, reading: Reading, code: str) -> tuple[int, str]:
    return (reading.marks[code] if paper.kind == "ranking" else 0, code)


def _mark(paper: BallotPaper, mark: int) -> str:
    return f" ({ngettext('%(num)s point', '%(num)s points', mark)})" if paper.kind == "points" else ""


@dataclass(frozen=True)
class Key:
    """Where one person's keying stands: the paper at hand, what it held before, and the paper before it."""

    turn: int
    keyed: int
    at: int
    reading: Reading | None
    before: Reading | None

    @property
    def is_last_keyed(self) -> bool:
        """Whether the paper at hand is the last of those keyed, so that it can be taken out."""
        return 0 < self.at == self.keyed


def keying(batch: PaperBatch, by: Actor, asked: str | None) -> Key:
    """Where to go on, or the earlier paper asked for. An earlier paper that is not there is the next one.

    Raises: what `service.turn_of` raises
    """
    turn = service.turn_of(batch, by)
    keyed = queries.papers_keyed(batch.id, turn)
    back = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    at = back if 1 <= back <= keyed else keyed + 1
    reading = service.my_reading(batch, at, by=by)
    before = service.my_reading(batch, keyed, by=by) if at > keyed and keyed else None
    return Key(turn, keyed, at, reading, before)


def aside_in_public(round_id: int) -> list[tuple[str, str]]:
    """(why, how many) of the paper set aside in a round; fewer than ten are not told apart."""
    words = {f"paper_{reason}": str(sentence) for reason, sentence in REASONS.items()}
    words["paper_batch"] = str(_("A whole batch set aside, with its reason in the decision record"))
    counts = [(words[reason], ballots) for reason, ballots in set_aside(round_id) if reason in words]
    return [(why, number(count) if count >= SMALL else str(_("fewer than 10"))) for why, count in counts]
