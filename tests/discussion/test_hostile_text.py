"""Security.md 11.C in every field of talk (C32): a real parser finds no tag or attribute that plain words lack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.discussion import board, notices, reports, service, summaries
from pb.discussion.appeals import appeal
from pb.discussion.hosts import Host
from pb.discussion.models import (
    Contribution,
    Flag,
    Moderation,
    ModerationAppeal,
    Notice,
    OpeningView,
    PreElection,
    Statement,
    Summary,
    Talk,
)
from pb.discussion.moderating import Decision, moderate
from pb.discussion.overriding import ask_to_override
from pb.discussion.service import Words
from pb.proposals.models import Proposal, Revision
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import make_host, resident, say
from tests.support.hostile import ALLOWED, ATTRIBUTES, CORPUS, hostile, shape
from tests.support.people import sign_in_as

LENGTHS = {
    Contribution: {"text": 600, "update_text": 600, "author_name": 80, "author_role": 80, "private_contact": 200},
    Summary: {"writer_name": 120},
    OpeningView: {"who": 120, "text": 400},
    Statement: {"text": 140},
    Flag: {"words": 300},
    Moderation: {"message": 600, "text_before": 600},
    ModerationAppeal: {"words": 600, "reason": 600},
    PreElection: {"reason": 300},
    Notice: {"words": 300},
    Talk: {"title": 160},
    ApprovalRequest: {"what": 600, "reason": 600, "asked_by_name": 80},
    Person: {"display_name": 80},
    Revision: {"title": 80, "summary": 200, "note": 200},
}
"""Every field of talk that holds people's words, with its length; and those of others that its pages show."""


@pytest.fixture
def staff(sqlite_app: Flask) -> Actor:
    return resident("Sam", Role.OFFICER)


@pytest.fixture
def host(sqlite_app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


@pytest.fixture
def pages(host: Host, staff: Actor, clock: FixedClock) -> list[str]:
    """Talk in which something of everything was said; the addresses of every page that shows it."""
    ama = resident("Ama", Role.OFFICER)
    summaries.add_opening_view(host, side="worry", who="A ringer", text="Bats live here.", by=staff, now=clock.at)
    db.session.get_one(Proposal, host.id).current.note = "A note"
    db.session.commit()
    posts = [_one(host, number, clock) for number in range(len(CORPUS))]
    held, asked = _moderated(host, posts, ama, clock), _asked(host, posts[3], clock)
    round = db.session.get_one(Round, host.round_id)
    for number, post in enumerate(posts):
        notices.tell(staff.id or 0, "said", post.id, "News", url="/", now=clock.at)
        if number < board.MOST_EACH:
            board.add_statement(round, text=f"Statement {number}", language="en", by=staff, now=clock.at)
    summaries.write_summary(host, {"likes": f"People like it [{posts[1].id}]."}, by=ama, now=clock.at)
    _before_election(staff, clock)
    db.session.commit()
    talk = f"/talk/{host.kind}/{host.id}"
    singles = [f"/c/{post.id}" for post in posts]
    public = [host.url, f"{host.url}/history", host.talk_url, f"{host.talk_url}?words=%3Cb%22"]
    forms = [f"{singles[1]}/{form}" for form in ("reply", "report", "answer")]
    staff_pages = ["/queue/{}", "/queue/appeals/{}", "/queue/removals/{}"]
    return [
        *public,
        *singles,
        *forms,
        *(f"{talk}/{form}" for form in ("question", "fair")),
        *(f"/staff{talk}/{form}" for form in ("summary", "interest")),
        *("/staff" + page.format(number) for page, number in zip(staff_pages, held, strict=True)),
        f"/staff/approvals/{asked}",
        *("/staff/approvals", "/staff/queue/second-looks", "/staff/talk/election"),
        "/me",
        "/me/notices",
        f"/rounds/{round.slug}/board",
        "/moderation-record",
    ]


def _one(host: Host, number: int, clock: FixedClock) -> Contribution:
    asks, answers = resident(f"P{number}"), resident(f"R{number}")
    said = say(host, asks, "question", f"Question {number}?")
    service.reply(host, said, Words("An answer."), by=answers, now=clock.at)
    said.update_text, said.updated_at, said.private_contact = "Later.", clock.at, "Me"
    db.session.commit()
    return said


def _moderated(host: Host, posts: Sequence[Contribution], ama: Actor, clock: FixedClock) -> tuple[int, int, int]:
    """An item that was reported, an appeal and a removal, each waiting for somebody else."""
    reader, author, other = resident("Reader"), resident("Hidden"), resident("Removed")
    reports.report(posts[2], reason="untrue", words="Untrue", by=reader, now=clock.at)
    hidden = say(host, author, "question", "Who pays?")
    act = moderate(hidden, Decision("hide", "untrue", "A message"), by=ama, now=clock.at)
    made = appeal(act, words="Let it stand", by=author, now=clock.at)
    removed = say(host, other, "question", "Where does he live?")
    removal = moderate(removed, Decision("remove", "personal", "A message"), by=ama, now=clock.at)
    return posts[2].id, made.id, removal.id


def _asked(host: Host, post: Contribution, clock: FixedClock) -> int:
    """An officer with an interest asks a second one to agree to other words."""
    db.session.commit()
    officer = resident("Tess", Role.OFFICER)
    say(host, officer, "support")
    other = Decision("blank", message="Details.", new_text="Question […]?")
    return ask_to_override(post, other, why="Nobody else is in.", by=officer, now=clock.at).id


def _before_election(staff: Actor, clock: FixedClock) -> None:
    ended = {"starts_at": clock.at - timedelta(days=9), "ends_at": clock.at - timedelta(days=1)}
    db.session.add(PreElection(reason="May", set_by=staff.id, set_at=clock.at, **ended))


def _poison() -> None:
    """Each row of each table takes the next words of the corpus into all its fields."""
    for model, fields in LENGTHS.items():
        for number, row in enumerate(db.session.query(model).order_by(*model.__table__.primary_key.columns)):
            for name, length in fields.items():
                setattr(row, name, CORPUS[number % len(CORPUS)][:length])
    for request in db.session.query(ApprovalRequest):
        request.payload = request.payload | {"message": "".join(CORPUS), "new_text": "".join(reversed(CORPUS))}
    for talk in db.session.query(Talk):
        talk.stamp = "poisoned"
    for summary in db.session.query(Summary):
        summary.likes = [{"text": words, "cites": []} for words in CORPUS]
    db.session.commit()


def test_no_field_of_talk_brings_markup_into_any_page(
    client: StrictClient, host: Host, staff: Actor, pages: list[str]
) -> None:
    sign_in_as(client, db.session.get_one(Person, staff.id))
    everywhere = set().union(*(shape(client.get(url).tree) for url in pages))
    _poison()

    for url in pages:
        extra = shape(hostile(client, url).tree) - everywhere
        assert {tag for tag, _ in extra} <= ALLOWED, f"{url}: {extra}"
        assert {attribute for _, attribute in extra} <= ATTRIBUTES, f"{url}: {extra}"


def test_what_strangers_are_shown_is_as_clean(client: StrictClient, host: Host, pages: list[str]) -> None:
    public = [url for url in pages if url.startswith(("/rounds", "/c/")) and url.count("/") != 3]
    everywhere = set().union(*(shape(client.get(url).tree) for url in public))
    _poison()

    for url in public:
        extra = shape(hostile(client, url).tree) - everywhere
        assert {tag for tag, _ in extra} <= ALLOWED, f"{url}: {extra}"
        assert {attribute for _, attribute in extra} <= ATTRIBUTES, f"{url}: {extra}"


def test_words_sent_back_in_a_form_stay_words(client: StrictClient, host: Host, clock: FixedClock) -> None:
    """What was typed is shown again with the error, escaped, whatever it holds."""
    sign_in_as(client, db.session.get_one(Person, resident("Colin").id))
    path = f"/talk/proposal/{host.id}/question"
    plain = shape(client.post(path, {"csrf_token": client.csrf_token(), "text": "x" * 700}, status=422).tree)

    for words in CORPUS:
        sent = {"csrf_token": client.csrf_token(), "text": words * (1202 // len(words))}
        page = client.post(path, sent, status=422)
        assert shape(page.tree) <= plain, words
