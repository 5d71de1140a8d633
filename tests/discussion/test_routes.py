"""Journeys through talk without JavaScript, and the fragments with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.discussion import service
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, ModerationAppeal, Statement, Talk
from pb.discussion.service import Words
from pb.proposals.models import Proposal
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient, text_of
from tests.support.counting_queries import queries
from tests.support.discussion import WORDS, enter, host_of, resident, say, sides
from tests.support.people import sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round, make_ward

HX = {"HX-Request": "true"}
PROJECT = "/rounds/together-for-quay/projects/B01"
TALK = f"{PROJECT}/talk"


@pytest.fixture
def proposer(sqlite_app: Flask) -> Actor:
    return resident("Rukhsana")


@pytest.fixture
def host(sqlite_app: Flask, clock: FixedClock, proposer: Actor) -> Host:
    person = db.session.get_one(Person, proposer.id)
    return host_of(make_proposal(make_round("proposing", clock), proposer=person))


def form_to(page: Page, ending: str) -> object:
    return next(form for form in page.all("form") if (form.get("action") or "").endswith(ending))


def send(client: StrictClient, path: str, clock: FixedClock, *, status: int = 303, **data: str) -> Page:
    """Open a form, take a minute, send it."""
    page = client.get(path)
    fields = page.fields(form_to(page, path.split("?")[0]))  # type: ignore[arg-type]
    clock.at += timedelta(minutes=1)
    return client.post(path, {**fields, **data}, status=status)


def compose(host: Host, kind: str) -> str:
    return f"/talk/proposal/{host.id}/{kind}"


def change_fields(page: Page) -> dict[str, str]:
    return page.fields(form_to(page, "/change"))  # type: ignore[arg-type]


def test_journey_worry_changes_the_project_and_its_author_is_told(
    client: StrictClient, host: Host, proposer: Actor, clock: FixedClock
) -> None:
    colin = resident("Colin")
    enter(client, colin)
    posted = send(client, compose(host, "worry"), clock, text="Bats use that stretch, by the willows.")
    assert "Bats use that stretch" in client.follow(posted).words

    enter(client, proposer)
    page = client.get(f"{PROJECT}/change")
    worry = db.session.query(Contribution).filter_by(kind="worry", host_kind="proposal").one()
    changed = client.post(
        f"{PROJECT}/change",
        change_fields(page)
        | {"risks": "Two lights moved away from the willows.", "why": "discussion", "note": "Bats."}
        | {"cites": str(worry.id)},
    )
    assert changed.response.headers["Location"].endswith(PROJECT)

    history = client.get(f"{PROJECT}/history").words
    assert "Because of the discussion" in history
    assert "Worry by Colin: Bats use that stretch, by the willows." in history
    enter(client, colin)
    assert "B01 Benches and lights on the canal was changed because of what you wrote" in client.get("/me").words
    assert "It is cited in: version 2" in client.get(f"/c/{worry.id}").words
    reply = service.reply(host, worry, Words("Two lights moved."), by=proposer, now=clock.at)
    db.session.commit()
    marked = client.post(f"/c/{reply.id}/useful", {})
    assert marked.status == 303
    assert "Useful to 1 person" in client.get(f"/c/{worry.id}").words


def test_change_because_of_the_discussion_must_cite(
    client: StrictClient, host: Host, proposer: Actor, clock: FixedClock
) -> None:
    wished = say(host, resident("Ann"), "suggestion")
    enter(client, proposer)
    fields = change_fields(client.get(f"{PROJECT}/change")) | {"note": "Arms.", "why": "discussion", "risks": "None."}

    refused = client.post(f"{PROJECT}/change", fields, status=422)
    assert "Select at least one contribution that this version follows" in refused.words
    client.post(f"{PROJECT}/change", fields | {"cites": "999999"}, status=422)
    client.post(f"{PROJECT}/change", fields | {"cites": str(wished.id)})

    db.session.refresh(wished)
    assert (wished.outcome, wished.outcome_version) == ("changed", 2)


def test_material_change_marks_and_tells_earlier_support(
    client: StrictClient, host: Host, proposer: Actor, clock: FixedClock
) -> None:
    supporter = resident("Ann")
    said = say(host, supporter, "support")
    enter(client, proposer)
    fields = change_fields(client.get(f"{PROJECT}/change"))
    client.post(f"{PROJECT}/change", fields | {"what": "Only benches.", "why": "correction", "note": "No lights."})

    enter(client, supporter)

    assert "Written before it changed: version 1" in client.get(f"/c/{said.id}").words
    assert "has changed since you supported it" in client.get("/me").words
    assert client.get(PROJECT).words.count("It has changed since you supported it, in version 2.") == 1
    again = send(client, compose(host, "support"), clock, text="Benches are still what I want to have.")
    assert again.status == 303


def test_journey_hidden_post_is_appealed_and_restored_by_someone_else(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    author, sam, helena = resident("Colin"), resident("Sam", Role.OFFICER), resident("Helena", Role.OFFICER)
    said = say(host, author, "worry", "The chair of Canal Friends had the money last time.")
    enter(client, sam)
    hidden = client.post(f"/staff/queue/{said.id}", {"action": "hide", "reason": "untrue"})
    assert hidden.response.headers["Location"] == "/staff/queue"
    stone = client.get(TALK)
    assert "by a moderator: Says something about a person that may be untrue." in stone.words
    assert "The chair of Canal Friends" not in stone.words

    enter(client, author)
    assert "Ask somebody else to look again" in client.get(f"/c/{said.id}").words
    client.post(f"/c/{said.id}/appeal", {"words": "It is in the minutes of March."})
    made = db.session.query(ModerationAppeal).one()

    enter(client, sam)
    decide = f"/staff/queue/appeals/{made.id}"
    client.post(decide, {"outcome": "upheld", "reason": "Yes."}, status=403)
    enter(client, helena)
    client.post(decide, {"outcome": "upheld", "reason": "The minutes say so."})

    assert "The chair of Canal Friends" in client.get(TALK).words
    record = client.get("/rounds/together-for-quay/moderation-record").words
    assert "Hidden" in record
    assert "Shown again" in record
    assert "Colin" not in record


def test_who_said_it_already_is_led_to_what_they_wrote(client: StrictClient, host: Host) -> None:
    colin = resident("Colin")
    said = say(host, colin, "worry")
    enter(client, colin)

    assert client.get(compose(host, "worry")).all("a", href=f"/c/{said.id}")
    assert client.get(compose(host, "support")).all("a", href=f"/c/{said.id}")
    assert not client.get(compose(host, "question")).all("a", href=f"/c/{said.id}")


@pytest.mark.parametrize("kind", ["support", "worry", "question", "suggestion", "help"])
def test_each_kind_has_its_page_and_keeps_what_was_typed(
    client: StrictClient, host: Host, clock: FixedClock, kind: str
) -> None:
    enter(client, resident("Ann"))

    wrong = send(client, compose(host, kind), clock, status=422, text="x" * 601)

    assert "Your message must be 600 characters or less" in wrong.words
    assert wrong.title.startswith("Error:")
    assert text_of(wrong.one("textarea", name="text")) == "x" * 601


def test_strangers_are_sent_to_sign_in_and_come_back(client: StrictClient, host: Host) -> None:
    page = client.get(compose(host, "worry"), status=303)

    assert page.response.headers["Location"].startswith("/accounts/sign-in?next=")


def test_first_post_says_that_it_waits_and_only_its_author_sees_it(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    new = resident("New", approved=0)
    enter(client, new)
    sent = client.follow(send(client, compose(host, "question"), clock, text="Who mends the lamps?"))

    assert "Somebody reads this first" in sent.words
    held = db.session.query(Contribution).filter_by(state="held").one()
    assert "waits to be read first" in client.get(TALK).words
    enter(client, resident("Other"))
    client.get(f"/c/{held.id}", status=404)
    assert "Who mends the lamps?" not in client.get(TALK).words


def test_reply_form_is_a_fragment_and_a_page(client: StrictClient, host: Host, clock: FixedClock) -> None:
    said = say(host, resident("Colin"))
    enter(client, resident("Ann"))

    part = client.get(f"/c/{said.id}/reply", headers=HX)
    page = client.get(f"/c/{said.id}/reply")
    assert part.one("form").get("action") == form_to(page, "/reply").get("action")  # type: ignore[attr-defined]
    fields = part.fields(part.one("form"))
    clock.at += timedelta(minutes=1)
    answered = client.post(f"/c/{said.id}/reply", fields | {"text": "They fly at dusk."}, headers=HX, status=200)

    assert "They fly at dusk." in answered.words
    assert "They fly at dusk." in client.get(TALK).words


def test_useful_button_says_its_state(client: StrictClient, host: Host) -> None:
    said = say(host, resident("Colin"))
    enter(client, resident("Ann"))
    assert client.get(f"/c/{said.id}").one("button", id=f"mark-{said.id}").get("aria-pressed") == "false"

    pressed = client.post(f"/c/{said.id}/useful", {}, headers=HX, status=200)
    assert pressed.one("button").get("aria-pressed") == "true"
    assert "Useful to 1 person" in pressed.words
    released = client.post(f"/c/{said.id}/not-useful", {}, headers=HX, status=200)

    assert released.one("button").get("aria-pressed") == "false"


def test_own_words_cannot_be_marked(client: StrictClient, host: Host) -> None:
    colin = resident("Colin")
    said = say(host, colin)
    enter(client, colin)

    assert not client.get(f"/c/{said.id}").all("button", id=f"mark-{said.id}")
    client.post(f"/c/{said.id}/useful", {}, status=422)


def test_offer_shows_its_contact_to_the_proposer_only(
    client: StrictClient, host: Host, proposer: Actor, clock: FixedClock
) -> None:
    ann = resident("Ann")
    enter(client, ann)
    send(client, compose(host, "help"), clock, text="I have a strimmer.", private_contact="01942 123 456")
    offer = db.session.query(Contribution).filter_by(kind="help").one()
    for viewer, sees in ((ann, False), (resident("Other"), False), (proposer, True)):
        enter(client, viewer)
        for path in (f"/c/{offer.id}", PROJECT, TALK):
            assert ("01942 123 456" in client.get(path).html) == (sees and path.startswith("/c/"))


def test_talk_filters_searches_and_pages(client: StrictClient, host: Host, clock: FixedClock) -> None:
    for n in range(12):
        say(host, resident(f"P{n}"), "question", f"Question number {n} about lamps?")
    say(host, resident("W"), "worry")

    assert len(client.get(TALK).all("li", class_="thread")) == 10
    assert len(client.get(f"{TALK}?page=2").all("li", class_="thread")) == 3
    assert len(client.get(f"{TALK}?kind=worry").all("li", class_="thread")) == 1
    found = client.get(f"{TALK}?words=number 7 LAMPS")
    assert "1 contribution holds “number 7 LAMPS”" in found.words
    client.get(f"{TALK}?page=9", status=404)
    client.get(f"{TALK}?words=lamps&page=9", status=404)
    assert "Try one word" in client.get(f"{TALK}?words=%25_").words
    newest = client.get(f"{TALK}?order=newest")
    assert re.search(r"Worry.*Question number 11", newest.words)


def test_talk_costs_the_same_whatever_was_said(client: StrictClient, host: Host, clock: FixedClock) -> None:
    def cost(path: str) -> int:
        with queries() as seen:
            client.get(path)
        return len(seen)

    say(host, resident("First"), "worry")
    once = {path: cost(path) for path in (TALK, PROJECT)}
    for n in range(30):
        said = say(host, resident(f"P{n}"), ("question", "support", "suggestion")[n % 3])
        service.reply(host, said, Words("An answer to it."), by=resident(f"R{n}"), now=clock.at)
        db.session.commit()

    assert cost(TALK) <= once[TALK] + 1  # replies
    assert cost(PROJECT) <= once[PROJECT] + 1
    assert cost(PROJECT) <= 12


def test_help_prints_the_order_as_it_is_computed(client: StrictClient) -> None:
    from pb.discussion import order

    words = client.get("/help/discussion").words

    for part in (
        "score = min( wilson_lower(u_s, N_s), wilson_lower(u_w, N_w) ) (95%)",
        f"N_s >= {order.FEWEST_PEOPLE}, N_w >= {order.FEWEST_PEOPLE}",
        f"u_s >= {order.FEWEST_MARKS} and u_w >= {order.FEWEST_MARKS}",
        f"every {['', '', '', '', '', 'fifth'][order.NEWEST_EVERY]} place shows the newest",
        "While people vote nothing is ranked",
    ):
        assert part in words


def test_board_takes_answers_and_shows_what_people_agree_on(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    board = "/rounds/together-for-quay/board"
    enter(client, resident("Ann"))
    client.post(f"{board}/new", {"text": "Lights matter more than benches."})
    statement = db.session.query(Statement).one()
    for n in range(10):
        enter(client, resident(f"P{n}"))
        client.post(f"{board}/{statement.id}", {"answer": "agree" if n < 8 else "disagree"})
    client.post(f"{board}/{statement.id}", {"answer": "nonsense"}, status=422)

    words = client.get(board).words

    assert "80% agree, 20% disagree, 10 people" in words
    assert "You have answered everything" in words
    assert "Not enough answers yet" in client.get(f"{board}/groups").words
    client.post(f"{board}/new", {"text": "lights matter MORE than benches."}, status=409)


def test_report_is_taken_once_and_read(client: StrictClient, host: Host) -> None:
    said = say(host, resident("Colin"))
    enter(client, resident("Ann"))
    client.post(f"/c/{said.id}/report", {"reason": "", "words": ""}, status=422)

    client.post(f"/c/{said.id}/report", {"reason": "insult", "words": "Look at the last line"})

    client.post(f"/c/{said.id}/report", {"reason": "insult"}, status=409)
    enter(client, resident("Sam", Role.OFFICER))
    assert "Insult or threat: Look at the last line" in client.follow(client.get("/staff/queue", status=303)).words


def test_following_brings_one_grouped_letter(client: StrictClient, host: Host, clock: FixedClock) -> None:
    from pb.core.outbox import OutboxMessage
    from pb.discussion.notices import send_digests

    ann = resident("Ann")
    said = say(host, ann, "question")
    enter(client, ann)
    client.post(f"/talk/proposal/{host.id}/follow", {})
    clock.at += timedelta(hours=1)
    for n in range(3):
        service.reply(host, said, Words(f"Answer {n}, as I see it."), by=resident(f"P{n}"), now=clock.at)
        db.session.commit()
    clock.at += timedelta(hours=1)
    mailbox = db.session.get_one(Person, ann.id).email

    written = [send_digests(base_url="http://localhost", now=clock.at) for _ in range(2)]
    db.session.commit()

    letters = db.session.query(OutboxMessage).filter_by(to=mailbox).all()
    assert written[1] == 0
    assert len(letters) == 1
    assert letters[0].subject == "4 pieces of news for you"
    assert letters[0].body.index("3 new contributions") < letters[0].body.index("Somebody replied")
    assert "http://localhost/c/" in letters[0].body


def test_before_an_election_banner_and_roles_instead_of_names(
    client: StrictClient, host: Host, clock: FixedClock
) -> None:
    councillor = resident("Cllr Rees", Role.COUNCILLOR, ward_id=make_ward("Mill").id)
    say(host, councillor, "question")
    enter(client, resident("Sam", Role.OFFICER))
    times = {"starts_at": "2026-05-01T09:00", "ends_at": "2026-07-01T09:00", "reason": "Local election"}
    client.post("/staff/talk/election", {**times, "ends_at": "2026-04-01T09:00"}, status=422)
    client.post("/staff/talk/election", times)

    words = client.get(TALK).words

    assert "Before the election everything is read first, by officers." in words
    assert "Cllr Rees" not in words
    assert "Councillor" in words


def test_edit_and_update(client: StrictClient, host: Host, clock: FixedClock) -> None:
    colin = resident("Colin")
    said = say(host, colin)
    enter(client, colin)
    client.post(f"/c/{said.id}/edit", {"text": "Bats use that stretch; I counted."})
    clock.at += timedelta(minutes=16)
    enter(client, colin)
    assert "Add an update" in client.get(f"/c/{said.id}/edit").words

    client.post(f"/c/{said.id}/edit", {"text": "They moved two lights."})

    words = client.get(f"/c/{said.id}").words
    assert "Bats use that stretch; I counted." in words
    assert "They moved two lights." in words
    enter(client, resident("Other"))
    client.get(f"/c/{said.id}/edit", status=403)


def test_every_kept_path_leads_somewhere(client: StrictClient, host: Host) -> None:
    say(host, resident("Colin"))
    talk = db.session.get_one(Talk, ("proposal", host.id))

    for path in (host.url, host.talk_url, talk.url, f"{host.url}/history"):
        client.get(path)
    assert client.get(f"/talk/proposal/{host.id}", status=303).response.headers["Location"] == host.talk_url
    client.get("/talk/nothing/1", status=404)
    client.get("/talk/proposal/99999", status=404)


def test_deleted_account_leaves_a_residents_words(client: StrictClient, host: Host) -> None:
    colin = resident("Colin Birtles")
    say(host, colin)
    enter(client, colin)

    client.post("/me/delete", {})

    words = client.get(TALK).words
    assert "A resident" in words
    assert WORDS["worry"] in words
    assert "Colin Birtles" not in words


def test_useful_counts_say_who_disagrees(client: StrictClient, host: Host, clock: FixedClock) -> None:
    _, worried = sides(host, 1, 2)
    said = say(host, resident("Zed"), "support")
    for person in worried:
        service.mark_useful(said, by=person, now=clock.at)
    db.session.commit()

    assert "Useful to 2 people, including 2 who see it the other way" in client.get(f"/c/{said.id}").words


def test_drafts_host_no_talk(client: StrictClient, sqlite_app: Flask, clock: FixedClock) -> None:
    draft = make_proposal(make_round("proposing", clock), state="draft")

    client.get(f"/talk/proposal/{draft.id}", status=404)
    assert db.session.query(Proposal).count() == 1


def test_the_own_page_of_a_reply_sends_it_as_a_page(client: StrictClient, host: Host) -> None:
    """Its form would have no place to swap, and with JavaScript nothing would be sent."""
    ama = resident("Ama")
    item = say(host, resident("Colin"), "worry")
    sign_in_as(client, db.session.get_one(Person, ama.id))

    page = client.get(f"/c/{item.id}/reply")

    assert page.all("form", action=f"/c/{item.id}/reply")
    assert not page.all("form", **{"hx-post": f"/c/{item.id}/reply"})
