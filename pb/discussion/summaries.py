"""The facilitator's summary: versions, each sentence cited, judged by readers; and the opening views."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, select

from pb.core.actor import Actor, Role
from pb.core.db import session
from pb.core.errors import NotAllowed
from pb.discussion import tally
from pb.discussion.errors import (
    CitesUnknown,
    OneSided,
    ReasonMissing,
    SentenceNotCited,
    SummaryEmpty,
    SummaryTooLong,
    TalkHasBegun,
    TookASide,
    TooLong,
    TooManyViews,
    WrongOutcome,
)
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Fairness, Interest, OpeningView, Stance, Summary, Talk
from pb.discussion.service import title_of
from pb.journal.kinds import declare
from pb.journal.service import record

declare({"summary.written": _l("Version %(number)s of a summary of what people say was written.")})

HEADINGS = ("likes", "worries", "unknown", "changed")
MUST_CITE = frozenset({"likes", "worries"})
MOST_WORDS = 250
MOST_VIEWS = 6
_CITE = re.compile(r"\[(\d{1,9})\]")
_SENTENCE = re.compile(r"(?<=[.!?…\]])\s+(?=[^\[\s])")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a summary without its numbers, and the contributions it cites."""

    text: str
    cites: tuple[int, ...]


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a heading; numbers in brackets belong to the sentence they follow.

    >>> sentences_of("People like the safer walk home [12][31]. Some do not.")
    [Sentence(text='People like the safer walk home.', cites=(12, 31)), Sentence(text='Some do not.', cites=())]
    """
    parts = (part.strip() for line in text.splitlines() for part in _SENTENCE.split(line))
    return [Sentence(_without_cites(part), tuple(int(n) for n in _CITE.findall(part))) for part in parts if part]


def _without_cites(part: str) -> str:
    return re.sub(r"\s+([.,;!?…])", r"\1", " ".join(_CITE.sub("", part).split()))


def as_text(stored: list[dict[str, object]]) -> str:
    """A stored heading as it is typed: one sentence a line, with its numbers."""
    lines = []
    for row in stored:
        cites = row["cites"]
        assert isinstance(cites, list)
        lines.append(f"{row['text']} {''.join(f'[{number}]' for number in cites)}".strip())
    return "\n".join(lines)


def write_summary(host: Host, texts: Mapping[str, str], *, by: Actor, now: datetime) -> Summary:
    """Publish a new version of the summary; the versions before stay.

    Shapes: texts: what was typed by heading (likes, worries, unknown, changed), "[12]" names a contribution
    Raises: NotAllowed, TookASide, SummaryEmpty, SummaryTooLong, SentenceNotCited, CitesUnknown
    """
    assert by.id is not None
    talk = tally.hold(host)
    check_may_write(host, by)
    parts = {heading: sentences_of(texts.get(heading, "")) for heading in HEADINGS}
    _check(host, parts)
    before = select(func.max(Summary.number)).where(Summary.host_kind == host.kind, Summary.host_id == host.id)
    summary = Summary(
        host_kind=host.kind,
        host_id=host.id,
        number=(session().scalar(before) or 0) + 1,
        contributions=talk.contributions,
        written_by=by.id,
        writer_name=", ".join(filter(None, (by.name, title_of(by))))[:120],
        written_at=now,
        **{heading: [{"text": s.text, "cites": list(s.cites)} for s in parts[heading]] for heading in HEADINGS},
    )
    session().add(summary)
    session().flush()
    talk.summary_id = summary.id
    subject = f"{host.kind} {host.id}"
    record("summary.written", by=by, now=now, subject=subject, round_id=host.round_id, number=summary.number)
    return summary


def check_may_write(host: Host, by: Actor) -> None:
    """Raises: NotAllowed without the role; TookASide for proposers, people with a side here or a declared interest."""
    if not by.has(Role.OFFICER):
        raise NotAllowed
    here = (Stance.host_kind == host.kind) & (Stance.host_id == host.id) & (Stance.person_id == by.id)
    declared = (Interest.host_kind == host.kind) & (Interest.host_id == host.id) & (Interest.person_id == by.id)
    took = session().execute(select(exists().where(here), exists().where(declared))).one()
    if any(took) or host.is_proposer(by):
        raise TookASide


def why_not_write(host: Host, by: Actor) -> LazyString | str | None:
    """The same, as the sentence that stands on the page in place of the form; None when they may."""
    try:
        check_may_write(host, by)
    except NotAllowed as refusal:
        return refusal.sentence
    return None


def _check(host: Host, parts: Mapping[str, list[Sentence]]) -> None:
    everything = [sentence for sentences in parts.values() for sentence in sentences]
    if not everything:
        raise SummaryEmpty
    if sum(len(sentence.text.split()) for sentence in everything) > MOST_WORDS:
        raise SummaryTooLong
    here = (Contribution.host_kind == host.kind) & (Contribution.host_id == host.id)
    cited = {number for sentence in everything for number in sentence.cites}
    public = here & (Contribution.state == "published") & Contribution.id.in_(cited)
    known = set(session().scalars(select(Contribution.id).where(public)))
    for heading, sentences in parts.items():
        for sentence in sentences:
            if heading in MUST_CITE and not sentence.cites:
                raise SentenceNotCited(heading, sentence.text)
            for number in sentence.cites:
                if number not in known:
                    raise CitesUnknown(heading, number)


def judge_summary(summary: Summary, *, answer: str, why: str, by: Actor) -> None:
    """A reader says whether the summary is fair; answering again replaces the answer.

    Raises: WrongOutcome, TooLong.
    """
    assert by.id is not None
    if answer not in ("yes", "partly", "no"):
        raise WrongOutcome
    if len(why) > 200:
        raise TooLong
    session().refresh(summary, with_for_update=True)
    row = session().get(Fairness, (summary.id, by.id))
    if row is None:
        row = Fairness(summary_id=summary.id, person_id=by.id, answer=answer, why=why)
        session().add(row)
    row.answer, row.why = answer, why
    session().flush()
    counted = select(Fairness.answer, func.count()).where(Fairness.summary_id == summary.id).group_by(Fairness.answer)
    tally_of = {row[0]: row[1] for row in session().execute(counted)}
    summary.fair, summary.partly_fair = tally_of.get("yes", 0), tally_of.get("partly", 0)
    summary.not_fair = tally_of.get("no", 0)
    session().flush()


def add_opening_view(host: Host, *, side: str, who: str, text: str, by: Actor, now: datetime) -> OpeningView:
    """Add one of up to six short views that were asked for before the talk began; the first must be against.

    Raises: NotAllowed, TookASide, ReasonMissing, TooLong, OneSided, TooManyViews, TalkHasBegun.
    """
    assert by.id is not None
    talk = tally.hold(host)
    check_may_write(host, by)
    if len(text.strip()) < 1 or not who.strip():
        raise ReasonMissing("view")
    if len(text) > 400 or len(who) > 120:
        raise TooLong
    _check_room(talk, side)
    here = (OpeningView.host_kind == host.kind) & (OpeningView.host_id == host.id)
    last = session().scalar(select(func.max(OpeningView.position)).where(here)) or 0
    view = OpeningView(
        host_kind=host.kind,
        host_id=host.id,
        position=last + 1,
        side=side,
        who=who.strip(),
        text=text.strip(),
        added_by=by.id,
        added_at=now,
    )
    session().add(view)
    tally.changed(talk)
    session().flush()
    return view


def _check_room(talk: Talk, side: str) -> None:
    here = (OpeningView.host_kind == talk.host_kind) & (OpeningView.host_id == talk.host_id)
    given = session().scalars(select(OpeningView.side).where(here)).all()
    if talk.contributions:
        raise TalkHasBegun
    if len(given) >= MOST_VIEWS:
        raise TooManyViews
    if side == "support" and "worry" not in given:
        raise OneSided
