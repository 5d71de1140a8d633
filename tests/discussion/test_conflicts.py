"""C37: twelve conflicts of interest, each refused on the page and by direct POST; and who decides when nobody can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import GroupMember
from pb.core.actor import Actor, Role
from pb.core.db import db
from pb.core.errors import NotAllowed
from pb.discussion import appeals, conflicts, desk
from pb.discussion.errors import ConflictOfInterest, SecondPersonNeeded
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Moderation, ModerationAppeal
from pb.discussion.moderating import Decision, moderate
from pb.discussion.reasons import CONFLICTS
from pb.discussion.reports import report
from pb.proposals.models import Proposal
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.discussion import enter, host_of, make_host, resident, say
from tests.support.people import make_person
from tests.support.proposals import make_group, make_proposal
from tests.support.rounds import make_round, make_ward

CASES = {
    "own ward": ("own_ward",),
    "own words": ("own_words", "contributed"),
    "proposer": ("proposer",),
    "group": ("proposer",),
    "interest": ("interest",),
    "side": ("side", "contributed"),
    "contributed": ("contributed",),
    "reported": ("reported",),
    "reported by": ("reported_by",),
    "by a councillor": ("councillor",),
    "about a councillor": ("councillor",),
    "names a councillor": ("councillor",),
}
OF_COUNCILLORS = {case for case, codes in CASES.items() if codes[0] in ("own_ward", "councillor")}
WORDS = {"about a councillor": "Cllr Jones said so?", "names a councillor": "Has Hussain read it?"}


@dataclass(frozen=True)
class Scene:
    """A question of `author` about a group's proposal in Quay; `moderator` has the conflict, `free` has none."""

    host: Host
    moderator: Actor
    free: Actor
    author: Actor
    item: Contribution
    group_id: int


def scene(case: str, clock: FixedClock) -> Scene:
    quay, mill = make_ward("Quay"), make_ward("Mill")
    proposer = make_person("Rukhsana")
    group = make_group("Canal Friends", proposer)
    host = host_of(make_proposal(make_round("proposing", clock), ward=quay, proposer=proposer, group=group))
    role, ward = (Role.COUNCILLOR, mill) if case in OF_COUNCILLORS else (Role.OFFICER, None)
    ward = quay if case == "own ward" else ward
    moderator = resident("Rees", role, ward_id=ward.id if ward else None, approved=0)
    other = resident("Cllr Amina Hussain", Role.COUNCILLOR, ward_id=mill.id, approved=0)
    author = {"own words": moderator, "by a councillor": other}.get(case) or resident("Ann")
    item = say(host, author, "question", WORDS.get(case, "Who pays?"))
    return Scene(host, moderator, resident("Sam", Role.OFFICER, approved=0), author, item, group.id)


def declared(at: Scene, clock: FixedClock) -> None:
    conflicts.declare_interest(at.host.kind, at.host.id, kind="personal", by=at.moderator, now=clock.at)


def reported_by(at: Scene, clock: FixedClock) -> None:
    elsewhere = host_of(make_proposal(make_round("proposing", clock, title="Another")))
    report(say(elsewhere, at.moderator, "question"), reason="insult", words="", by=at.author, now=clock.at)


def proposed(at: Scene, clock: FixedClock) -> None:
    proposal = db.session.get_one(Proposal, at.host.id)
    proposal.proposer_id = at.moderator.id or 0
    db.session.flush()
    say(host_of(proposal), resident("Bob"), "question", "And who mends it?")


def joined(at: Scene, clock: FixedClock) -> None:
    db.session.add(GroupMember(group_id=at.group_id, person_id=at.moderator.id, joined_at=clock.at))


HAPPENS: dict[str, Callable[[Scene, FixedClock], object]] = {
    "proposer": proposed,
    "group": joined,
    "interest": declared,
    "side": lambda at, _clock: say(at.host, at.moderator, "support"),
    "contributed": lambda at, _clock: say(at.host, at.moderator, "question", "And the running costs?"),
    "reported": lambda at, clock: report(at.item, reason="advert", words="", by=at.moderator, now=clock.at),
    "reported by": reported_by,
}


def has_form_to(client: StrictClient, path: str) -> bool:
    return any((form.get("action") or "").endswith(path) for form in client.get(path).all("form"))


@pytest.mark.parametrize("case", CASES)
def test_a_conflict_takes_the_form_away_and_refuses_the_post(app: Flask, clock: FixedClock, case: str) -> None:
    at = scene(case, clock)
    HAPPENS.get(case, lambda _at, _clock: None)(at, clock)
    db.session.commit()
    client, path = enter(StrictClient(app), at.moderator), f"/staff/queue/{at.item.id}"

    with pytest.raises(ConflictOfInterest) as refused:
        moderate(at.item, Decision("hide", "advert"), by=at.moderator, now=clock.at)
    db.session.rollback()

    assert refused.value.reasons == CASES[case]
    assert not has_form_to(client, path)
    assert all(str(CONFLICTS[code]) in client.get(path).words for code in CASES[case])
    client.post(path, {"action": "hide", "reason": "advert"}, status=403)
    client.post(f"{path}/restore", {}, status=403)
    assert db.session.query(Moderation).count() == 0
    assert desk.next_item(at.moderator) is None
    assert has_form_to(enter(client, at.free), path), "somebody without a conflict finds the form"


@pytest.mark.parametrize("case", sorted(set(CASES) - OF_COUNCILLORS))
def test_second_looks_are_refused_in_the_same_cases(
    client: StrictClient, sqlite_app: Flask, clock: FixedClock, case: str
) -> None:
    at, third = scene(case, clock), resident("Tess", Role.OFFICER, approved=0)
    HAPPENS.get(case, lambda _at, _clock: None)(at, clock)
    act = moderate(at.item, Decision("remove", "insult"), by=at.free, now=clock.at)
    made = appeals.appeal(act, words="It is true.", by=at.author, now=clock.at)
    db.session.commit()
    paths = {
        f"/staff/queue/removals/{act.id}": {"agrees": "yes"},
        f"/staff/queue/appeals/{made.id}": {"outcome": "upheld", "reason": "The minutes say so."},
    }

    for path, answer in paths.items():
        assert not has_form_to(enter(client, at.moderator), path)
        client.post(path, answer, status=403)
        assert path not in client.get("/staff/queue/second-looks").html
        assert has_form_to(enter(client, third), path)
        assert path in client.get("/staff/queue/second-looks").html
    assert (act.second_by, made.outcome, at.item.state) == (None, None, "hidden")


def test_what_no_officer_can_decide_comes_to_the_returning_officer(app: Flask, clock: FixedClock) -> None:
    host, helena = make_host(clock), resident("Helena", Role.RETURNING_OFFICER, approved=0)
    sam, ama = resident("Sam", Role.OFFICER), resident("Ama", Role.OFFICER)
    item = say(host, resident("New", approved=0), "question")
    say(host, sam, "support")
    client, path = enter(StrictClient(app), helena), f"/staff/queue/{item.id}"
    client.get(path, status=403)
    assert desk.state_of(helena).items == 0
    with pytest.raises(NotAllowed):
        moderate(item, Decision("publish"), by=helena, now=clock.at)

    say(host, ama, "worry")

    assert client.get("/staff/queue", status=303).response.headers["Location"].endswith(path)
    assert "Contributions to read" in client.get("/staff").words
    page = client.get(path)
    assert "No officer is free of an interest in this" in page.words
    client.submit(page, page.one("form", id="decide"), action="publish")
    db.session.refresh(item)
    assert item.state == "published"
    assert db.session.query(Moderation.moderator_role).scalar() == "returning_officer"


def test_the_returning_officer_with_a_conflict_is_refused_too(app: Flask, clock: FixedClock) -> None:
    host, helena = make_host(clock), resident("Helena", Role.RETURNING_OFFICER)
    item = say(host, resident("New", approved=0), "question")
    say(host, helena, "support")

    with pytest.raises(ConflictOfInterest) as refused:
        moderate(item, Decision("publish"), by=helena, now=clock.at)

    assert refused.value.reasons == ("side", "contributed")


def test_where_there_is_one_officer_the_returning_officer_is_the_second_person(app: Flask, clock: FixedClock) -> None:
    host, sam = make_host(clock), resident("Sam", Role.OFFICER, approved=0)
    helena, author = resident("Helena", Role.RETURNING_OFFICER, approved=0), resident("Colin")
    said = say(host, author, "worry")
    act = moderate(said, Decision("remove", "insult"), by=sam, now=clock.at)
    made = appeals.appeal(act, words="It is true.", by=author, now=clock.at + timedelta(days=1))
    db.session.commit()
    assert (desk.state_of(sam).second_looks, desk.state_of(helena).second_looks) == (0, 2)
    with pytest.raises(SecondPersonNeeded):
        appeals.decide_appeal(made, upheld=True, reason="Yes.", by=sam, now=clock.at)

    appeals.confirm_removal(act, agrees=False, by=helena, now=clock.at)
    with pytest.raises(SecondPersonNeeded):
        appeals.decide_appeal(made, upheld=True, reason="Yes.", by=helena, now=clock.at)
    assert db.session.query(ModerationAppeal).one().outcome is None

    resident("Tess", Role.OFFICER, approved=0)
    other = moderate(say(host, resident("Eve"), "worry"), Decision("remove", "insult"), by=sam, now=clock.at)
    with pytest.raises(NotAllowed):
        appeals.confirm_removal(other, agrees=True, by=helena, now=clock.at)
