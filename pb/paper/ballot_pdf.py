"""Ballot papers as PDF: A4, in versions A to D whose orders are drawn by lot, with the codes of the online ballot.

A ballot never says whose it is; the stub below the dashed line says only who hands it in. No sheet has a number of its
own. Every mark a voter makes is a cross, points or a place beside a code, which is what is keyed later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from pb.core.filters import money
from pb.core.printing import draw_qr, finished, new_document, qr_image, write
from pb.rounds.choices import RUNGS_WITH_LIST
from pb.rounds.models import Round
from pb.voting.choices import BallotPaper, Line, PotOnPaper
from pb.voting.order import shuffled

if TYPE_CHECKING:
    from fpdf import FPDF

VERSIONS = ("A", "B", "C", "D")
LEFT, WIDTH, TOP, BOTTOM = 15.0, 180.0, 14.0, 274.0
STUB_HEIGHT = 88.0
FOOT = 282.0
BOX = 9.0


@dataclass(frozen=True)
class Press:
    """What a run of ballots is printed from. `size`: points of a project's title (16, or 24 for large print)."""

    round: Round
    paper: BallotPaper
    ward: str
    council: str
    secret: bytes
    address: str
    size: int


def ballots(press: Press, versions: Iterable[str], *, language: str) -> bytes:
    """One ballot with its stub for each version, for a printer to multiply: single-sided."""
    pdf = new_document(f"{press.round.title}: {press.ward}", language=language)
    square = qr_image(press.address)
    for version in versions:
        _Sheet(pdf, press, version).draw(square)
    return finished(pdf)


def lines_for(press: Press, version: str, pot: PotOnPaper) -> Sequence[Line]:
    """A pot's projects in the lot’s order for this version, without those withdrawn before the printing."""
    there = [line for line in press.paper.lines_of(pot) if not line.is_withdrawn]
    return shuffled(there, secret=press.secret, token=f"paper {version}")


class _Sheet:
    """One version's pages, drawn from the top; `y` is where the next thing goes."""

    def __init__(self, pdf: FPDF, press: Press, version: str) -> None:
        self.pdf, self.press, self.version = pdf, press, version
        self.page, self.y = 0, 0.0

    def draw(self, square: bytes) -> None:
        self._new_page()
        self._heading()
        for pot in self.press.paper.pots:
            self._pot(pot)
        self._row("", str(_("I do not want to pick any project")), "")
        if self.y + STUB_HEIGHT + 10 > BOTTOM:
            self._foot(FOOT)
            self.pdf.add_page()
        else:
            self._foot(BOTTOM - STUB_HEIGHT - 8)
        self._stub(square)

    def _new_page(self) -> None:
        if self.page:
            self._foot(FOOT)
        self.pdf.add_page()
        self.page += 1
        self.y = TOP

    def _foot(self, y: float) -> None:
        """On the ballot's side of the dashed line: what ties its pages together, and room for the office."""
        here = _("Version %(version)s, page %(page)s. Do not write your name.", version=self.version, page=self.page)
        self._write(here, LEFT, y, WIDTH / 2, size=9)
        self._write(_("For the office: batch ______ paper ______"), LEFT + WIDTH / 2, y, WIDTH / 2, size=9)

    def _write(self, words: str, x: float, y: float, width: float, *, size: float = 11, bold: bool = False) -> float:
        return write(self.pdf, words, x, y, width, size=size, bold=bold)

    def _heading(self) -> None:
        press = self.press
        self._write(press.council, LEFT, self.y, WIDTH - 30, size=11)
        self._write(self.version, LEFT + WIDTH - 12, self.y, 12, size=26, bold=True)
        self.y = self._write(press.round.title, LEFT, self.y + 6, WIDTH - 30, size=20, bold=True)
        self.y = self._write(_("Ballot paper: %(ward)s", ward=press.ward), LEFT, self.y + 1, WIDTH, size=14)
        self.y = self._write(how_to_mark(press.paper), LEFT, self.y + 3, WIDTH, size=max(13, press.size - 4), bold=True)
        order = _("The order was drawn by lot and differs between versions. The codes are the same for everybody.")
        self.y = self._write(order, LEFT, self.y + 2, WIDTH, size=10) + 3

    def _pot(self, pot: PotOnPaper) -> None:
        lines = lines_for(self.press, self.version, pot)
        if len(self.press.paper.pots) > 1:
            words = _("%(pot)s: %(amount)s", pot=pot.name, amount=money(pot.amount))
            self._room_for(30)
            self.y = self._write(words, LEFT, self.y + 3, WIDTH, size=self.press.size, bold=True) + 1
        for line in lines:
            self._row(line.code, line.title, ", ".join(part for part in (money(line.cost), line.place) if part))

    def _row(self, code: str, title: str, facts: str) -> None:
        size = self.press.size
        step = size * 0.3528 * 1.3
        self.pdf.set_font(size=size)
        lines = 1 + int(self.pdf.get_string_width(title) * 1.15 / (WIDTH - BOX - 33))
        self._room_for((lines + 0.75) * step + 3)
        top = self.y
        self.pdf.rect(LEFT, top, BOX, BOX)
        self._write(code, LEFT + BOX + 4, top, 28, size=size, bold=True)
        below = self._write(title, LEFT + BOX + 33, top, WIDTH - BOX - 33, size=size)
        if facts:
            below = self._write(facts, LEFT + BOX + 33, below, WIDTH - BOX - 33, size=size * 0.75)
        self.y = max(below, top + BOX) + 3
        self.pdf.set_draw_color(190)
        self.pdf.line(LEFT, self.y - 1.5, LEFT + WIDTH, self.y - 1.5)
        self.pdf.set_draw_color(0)

    def _room_for(self, height: float) -> None:
        if self.y + height > BOTTOM:
            self._new_page()

    def _stub(self, square: bytes) -> None:
        """Below the dashed line: who hands in the ballot, and how to vote online instead."""
        top = BOTTOM - STUB_HEIGHT
        self.pdf.set_dash_pattern(dash=3, gap=2)
        self.pdf.line(0, top, 210, top)
        self.pdf.set_dash_pattern()
        self._write(_("Stub: tear off here. It never lies beside a ballot again."), LEFT, top + 2, WIDTH, size=10)
        self._write(self.press.round.title, LEFT, top + 8, WIDTH - 40, size=14, bold=True)
        self._write(self.press.round.who_may_vote, LEFT, top + 15, WIDTH - 45, size=11)
        for place, words in enumerate(_asked(self.press.round)):
            y = top + 32 + 13 * place
            self._write(words, LEFT, y, 60, size=12)
            self.pdf.line(LEFT + 55, y + 6, LEFT + 135, y + 6)
        draw_qr(self.pdf, square, LEFT + WIDTH - 36, top + 30, 34, meaning=self.press.address)
        self._write(_("Rather vote online? Then do not hand this in."), LEFT + WIDTH - 38, top + 65, 40, size=9)
        self._write(self.press.address, LEFT + WIDTH - 38, top + 75, 40, size=8)


def _asked(round: Round) -> tuple[str, ...]:
    """What the stub asks for: as much as the desk needs to know who this is."""
    if round.identity_rung in RUNGS_WITH_LIST:
        return (_("The code of your letter"), _("Name"), _("Signature"))
    return (_("Name"), _("Address and postcode"), _("E-mail, if you have one"), _("Signature"))


def how_to_mark(paper: BallotPaper) -> str:
    """What a voter does with the boxes, true for this ballot."""
    if paper.kind == "points":
        total = paper.points_total
        return str(_("Share %(total)s points: write how many in the box of each project you pick.", total=total))
    if paper.kind == "ranking":
        return str(_("Write 1 beside the project you want most, 2 beside the next, and so on."))
    if paper.kind == "knapsack":
        return str(_("Put a cross beside each project you want. Together they may cost as much as the pot holds."))
    if paper.max_picks is None:
        return str(_("Put a cross beside each project you want."))
    return str(
        ngettext(
            "Put a cross beside the %(num)s project you want.",
            "Put a cross beside each project you want, up to %(num)s.",
            paper.max_picks,
        )
    )
