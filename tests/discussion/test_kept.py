"""What is kept of talk: never older than the talk, the same as what is made anew, and cheap."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.edition import Kept
from pb.core.money import Money
from pb.discussion import election, service, summaries
from pb.discussion.hosts import Host
from pb.discussion.kept import _EDGE, MOST, Made
from pb.discussion.moderating import Decision, moderate
from pb.discussion.service import Words
from pb.proposals import service as proposing
from pb.proposals.models import Proposal
from pb.proposals.steps import ALL_FIELDS
from pb.valuation.service import publish_outcomes, value_proposal
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.counting_queries import queries as count_of_queries
from tests.support.discussion import make_host, resident, say, sides
from tests.support.people import actor_for, sign_in_as


@pytest.fixture
def host(sqlite_app: Flask, clock: FixedClock) -> Host:
    return make_host(clock)


def test_what_is_kept_for_strangers_is_never_older_than_the_talk(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """After every kind of change the next stranger reads the new state, though the page was rendered before."""
    colin, ama = resident("Colin"), resident("Ama", Role.OFFICER)

    def read() -> str:
        db.session.commit()
        project, listed = client.get(host.url).words, client.get(host.talk_url).words
        assert client.get(host.url).words == project, "the second time it is what was kept"
        return project + listed

    assert "Nobody has said anything" in read()
    said = say(host, colin, "worry", "Bats use that stretch of the water.")
    assert "Bats use that stretch" in read()
    service.edit(said, text="Otters use that stretch of the water.", by=colin, now=clock.at)
    assert "Otters use that stretch" in read()
    service.mark_useful(said, by=ama, now=clock.at)
    assert "Useful to 1 person" in read()
    summary = summaries.write_summary(host, {"worries": f"Some fear for otters [{said.id}]."}, by=ama, now=clock.at)
    assert "Some fear for otters" in read()
    summaries.judge_summary(summary, answer="partly", why="", by=colin)
    assert "Partly 1" in read()
    service.forget_person(colin.id)
    assert "A resident" in read()
    election.pause(
        round_id=None, starts_at=clock.at, ends_at=clock.at + timedelta(days=9), reason="May", by=ama, now=clock.at
    )
    assert "Before the election" in read()
    moderate(said, Decision("hide", "untrue"), by=ama, now=clock.at)
    assert "Otters" not in read()


def _as(client: StrictClient, who: Actor) -> None:
    sign_in_as(client, db.session.get_one(Person, who.id))


def test_each_reader_finds_the_own_marks_on_what_is_kept_for_all(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """Two residents read one rendering; pressing a button shows at once to one of them, and to the other as a count."""
    first, second = resident("First"), resident("Second")
    said = say(host, resident("Colin"), "worry")

    def pressed(who: Actor, path: str) -> str | None:
        _as(client, who)
        return client.get(path).one("button", id=f"mark-{said.id}").get("aria-pressed")

    for path in (host.url, host.talk_url):
        assert (pressed(first, path), pressed(second, path)) == ("false", "false")
    _as(client, first)
    client.submit(page := client.get(host.url), page.one("form", action=f"/c/{said.id}/useful"))

    for path in (host.url, host.talk_url):
        assert (pressed(second, path), pressed(first, path)) == ("false", "true")
    page = client.get(host.talk_url)
    assert "Useful to 1 person" in page.words
    client.submit(page, page.one("form", action=f"/c/{said.id}/not-useful"))
    assert pressed(first, host.url) == "false"


def test_what_is_kept_for_readers_equals_what_is_made_for_one(
    sqlite_app: Flask, client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """Word for word, but for the tokens of the forms: kept before by somebody else, and made for an empty memory."""
    supporters, worried = sides(host, 3, 3)
    for kind in ("question", "suggestion", "help"):
        service.reply(host, say(host, supporters[0], kind), Words("An answer."), by=worried[0], now=clock.at)
    db.session.commit()
    reader = resident("Reader")
    service.mark_useful(say(host, resident("Colin"), "question"), by=reader, now=clock.at)
    db.session.commit()

    for path in (
        host.url,
        host.talk_url,
        f"{host.talk_url}?kind=worry",
        f"{host.talk_url}?order=newest",
        f"{host.talk_url}?words=a",
    ):
        _as(client, resident("Other"))
        client.get(path)
        _as(client, reader)
        kept = client.get(path).html
        for name in ("kept_talk", "kept_threads"):
            sqlite_app.extensions[name] = Kept[Made](MOST)
        with_author = _without_tokens(client.get(path).html)

        assert _without_tokens(kept) == with_author
        assert _EDGE not in kept


def _without_tokens(html: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)


def test_an_author_is_offered_to_change_the_own_words_and_others_are_not(client: StrictClient, host: Host) -> None:
    colin, other = resident("Colin"), resident("Other")
    said = say(host, colin, "worry")

    seen = {}
    for who in (other, colin, other):
        _as(client, who)
        page = client.get(host.url)
        seen[who.name] = (
            bool(page.all("a", href=f"/c/{said.id}/edit")),
            bool(page.all("button", id=f"mark-{said.id}")),
        )

    assert seen == {"Other": (False, True), "Colin": (True, False)}


MOST_STATEMENTS = 12


@pytest.mark.parametrize("many", [1, 4])
def test_a_page_with_its_talk_costs_few_statements_for_anybody(
    client: StrictClient, host: Host, clock: FixedClock, many: int
) -> None:
    """However much was said, for the second reader of a state of the site; a stranger's page is kept whole."""
    officer, colin, rukhsana = resident("Ama", Role.OFFICER), resident("Colin"), _proposer(host)
    supporters, worried = sides(host, many, many)
    for kind in ("question", "suggestion", "help"):
        for person in (colin, *supporters):
            clock.at += timedelta(minutes=11)  # faster, and the talk would turn slow
            service.reply(host, say(host, person, kind), Words("An answer to it."), by=worried[0], now=clock.at)
    db.session.commit()
    costs = {}
    for name, who in (
        ("stranger", None),
        ("reader", resident()),
        ("author", colin),
        ("proposer", rukhsana),
        ("officer", officer),
    ):
        if who is not None:
            _as(client, who)
        costs[name] = (_second(client, host.url), _second(client, host.talk_url))

    assert costs == {
        "stranger": (1, 1),
        "reader": (3, 3),
        "author": (5, 7),
        "proposer": (5, 7),
        "officer": (5, 7),
    }
    assert max(max(pair) for pair in costs.values()) <= MOST_STATEMENTS


def test_the_first_reader_after_a_change_costs_few_statements_too(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """Nothing kept is of use: round, proposal and talk are read anew."""
    colin, reader = resident("Colin"), resident("Reader")
    service.reply(host, say(host, colin, "suggestion"), Words("An answer to it."), by=reader, now=clock.at)
    _as(client, reader)

    costs = []
    for path in (host.url, host.talk_url):
        client.get(path)
        say(host, resident("Somebody"), "question")
        with count_of_queries() as seen:
            client.get(path)
        costs.append(len(seen))

    assert max(costs) <= MOST_STATEMENTS
    assert min(costs) > 3, "something was kept that must not be"


def test_an_author_finds_the_own_words_in_a_search_and_nobody_elses(client: StrictClient, host: Host) -> None:
    colin, other = resident("Colin"), resident("Other")
    mine, others = say(host, colin, "question", "Who cuts the willows?"), say(host, other, "question", "Which willows?")
    _as(client, resident("Reader"))
    client.get(f"{host.talk_url}?words=willows")

    _as(client, colin)
    page = client.get(f"{host.talk_url}?words=WILLOWS")

    assert page.all("a", href=f"/c/{mine.id}/edit")
    assert not page.all("a", href=f"/c/{others.id}/edit")
    assert not page.all("button", id=f"mark-{mine.id}")
    assert page.all("button", id=f"mark-{others.id}")


def _second(client: StrictClient, path: str) -> int:
    client.get(path)
    with count_of_queries(of_kept_pages=True) as seen:
        client.get(path)
    return len(seen)


def _proposer(host: Host) -> Actor:
    assert host.proposer_id is not None
    return actor_for(db.session.get_one(Person, host.proposer_id))


def test_what_is_kept_of_a_proposal_is_never_older_than_the_site(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    """A resident reads each change at once: a new name of the proposer, a version, a check, that it was withdrawn."""
    proposal = db.session.get_one(Proposal, host.id)
    rukhsana, ama = _proposer(host), resident("Ama", Role.OFFICER)
    _as(client, resident("Reader"))

    def read() -> str:
        db.session.commit()
        return client.get(host.url).words

    assert "Rukhsana" in read()
    proposal.proposer.display_name = "Mrs Khan"
    assert "Rukhsana" not in read()
    change = {name: getattr(proposal.current, name) for name in ALL_FIELDS} | {"what": "Six benches with arms."}
    proposing.revise(proposal, change, reason="correction", note="Arms", base_number=1, by=rukhsana, now=clock.at)
    assert "Six benches with arms." in read()
    assert "There are 2 versions." in read()
    clock.at += timedelta(days=30)
    _as(client, resident("Later reader"))
    given = {"outcome": "feasible", "reason": "There is room for them.", "cost": Money(12_000_00)}
    value_proposal(proposal, **given, revision_number=2, by=ama, now=clock.at)
    assert "There is room for them." not in read()
    publish_outcomes(proposal.round, by=ama, now=clock.at, address_of=lambda _: "")
    assert "There is room for them." in read()
    proposing.withdraw(proposal, reason="We found the money elsewhere.", by=rukhsana, now=clock.at)
    assert "We found the money elsewhere." in read()
