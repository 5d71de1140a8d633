"""Two or three projects side by side, the same facts in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from pb.core.filters import money
from pb.discussion import hosts
from pb.discussion.queries import Thread, head, overview
from pb.proposals.models import Proposal, Revision
from pb.proposals.page import LABELS, in_words
from pb.proposals.queries import find_by_code
from pb.rounds.models import Round
from pb.voting.choices import Line

FEWEST, MOST = 2, 3
FIELDS = ("running_cost", "who_benefits", "council_will", "we_will")


@dataclass(frozen=True)
class Compared:
    """One project: its line and (what, words) in an order that is the same for all."""

    line: Line
    facts: Sequence[tuple[str, str]]


def compare(round: Round, lines: Sequence[Line], *, now: datetime) -> list[Compared]:
    """The projects with their facts; what a project does not say reads "Not said", so that rows stay comparable."""
    return [Compared(line, _facts(round, line, now)) for line in lines]


def _facts(round: Round, line: Line, now: datetime) -> list[tuple[str, str]]:
    proposal, _project = find_by_code(round, line.code)
    facts = [(_("Cost"), money(line.cost)), *_said(proposal.current if proposal else None, line)]
    facts += _talk(proposal, round, now)
    return [(label, words or _("Not said")) for label, words in facts]


def _said(revision: Revision | None, line: Line) -> list[tuple[str, str]]:
    """What the proposal says, both sides of its promise at the end, the council's first."""
    said = {name: "; ".join(in_words(revision, name)) if revision else "" for name in FIELDS}
    return [
        (str(LABELS["running_cost"]), said["running_cost"]),
        (_("Where"), line.place or line.ward),
        (str(LABELS["who_benefits"]), said["who_benefits"]),
        (str(LABELS["council_will"]), said["council_will"]),
        (_("The people behind it will"), said["we_will"]),
    ]


def _talk(proposal: Proposal | None, round: Round, now: datetime) -> list[tuple[str, str]]:
    """What one person says for it and what one worries about, as the project's own page shows first."""
    host = hosts.of_proposal(proposal, round, now) if proposal else None
    shown = overview(host, head(host, now)) if host else None
    return [
        (_("What somebody likes"), _words(shown.support if shown else None)),
        (_("What somebody worries about"), _words(shown.worry if shown else None)),
    ]


def _words(thread: Thread | None) -> str:
    return thread.root.text if thread else ""
