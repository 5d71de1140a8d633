"""The vote's desk: freeze after a warning, turnout without picks, close, open; by staff alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from pb.approvals.models import ApprovalRequest
from pb.core.actor import Role
from pb.core.db import session
from pb.rounds.models import Project, Round
from pb.voting.models import Contest
from pb.voting.queries import last_moment, opened_ballots
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round
from tests.support.voting import cast, closed, ready

DESK = "/staff/rounds/together-for-quay/vote"


@pytest.fixture
def officer(client: StrictClient) -> StrictClient:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    return client


def test_freezing_warns_lists_the_projects_and_publishes_the_ballot(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    make_proposal(round, state="feasible", title="Benches on the canal")
    make_proposal(round, state="not_feasible", title="A cable car")
    sign_in_as(officer, make_person("Sam", Role.OFFICER))

    page = officer.get(f"{DESK}/freeze")
    assert "nobody can change" in page.words
    assert "Benches on the canal" in page.words
    assert "A cable car" not in page.words
    asked = officer.follow(officer.submit(page, page.one("form", action=f"{DESK}/freeze")))
    assert "The ballot is not published" in asked.words
    assert "It waits for a second person" in officer.get(f"{DESK}/freeze").words
    assert session().scalars(select(Contest)).all() == []
    agree_as_another(officer)
    desk = officer.get(DESK)

    assert "Published, voting has not opened" in desk.words
    assert [p.title for p in session().scalars(select(Project))] == ["Benches on the canal"]
    assert session().scalars(select(Contest)).one().state == "frozen"
    assert session().get_one(Round, round.id).frozen_sha256 in desk.words


def test_a_ballot_that_changed_since_it_was_asked_for_is_not_published(
    officer: StrictClient, clock: FixedClock
) -> None:
    round = make_round("valuating", clock)
    make_proposal(round, state="feasible", title="Benches on the canal")
    sign_in_as(officer, make_person("Sam", Role.OFFICER))
    page = officer.get(f"{DESK}/freeze")
    officer.submit(page, page.one("form", action=f"{DESK}/freeze"))
    make_proposal(session().get_one(Round, round.id), state="feasible", title="Another at the last moment")

    sign_in_as(officer, make_person("Helena", Role.RETURNING_OFFICER))
    request = session().scalars(select(ApprovalRequest)).one()
    refused = officer.post(f"/staff/approvals/{request.id}/approve", {"seen": request.payload_sha256}, status=409)

    assert "The ballot has changed since this was asked for" in refused.words
    assert session().scalars(select(Contest)).all() == []


def test_a_freeze_of_nothing_says_what_is_missing(officer: StrictClient, clock: FixedClock) -> None:
    make_round("valuating", clock)

    assert "There is nothing to vote on yet" in officer.get(f"{DESK}/freeze").words
    page = officer.post(f"{DESK}/freeze", {}, status=422)

    assert "There is no project to vote on" in page.words


def test_the_desk_shows_turnout_and_never_a_pick(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    cast(round, ["B02"], now=clock.at)

    desk = officer.get(DESK)

    assert "person has voted" in desk.words
    assert "online: 1" in desk.words
    assert "B02" not in desk.html
    assert not desk.all("form", action=f"{DESK}/close")


def test_the_desk_closes_after_the_last_moment_then_opens(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    cast(round, ["B02"], now=clock.at)
    assert "has not ended yet" in officer.post(f"{DESK}/close", {}, status=409).words
    clock.at = last_moment(round)
    sign_in_as(officer, make_person("Sam", Role.OFFICER))

    desk = officer.get(DESK)
    shut = officer.follow(officer.submit(desk, desk.one("form", action=f"{DESK}/close")))
    assert "Names and votes are separated." in shut.words
    asked = officer.follow(officer.submit(shut, shut.one("form", action=f"{DESK}/open")))
    assert "Another person must agree." in asked.words
    assert not asked.all("form", action=f"{DESK}/open")
    assert list(opened_ballots(round.pots[0].id)) == []

    agree_as_another(officer)

    opened = officer.get(DESK)
    assert "Nothing: every vote could be read and counted." in opened.words
    assert list(opened_ballots(round.pots[0].id)) == ['["B02"]']
    assert officer.post(f"{DESK}/open", {}, status=409).h1.startswith("The vote")


def agree_as_another(client: StrictClient) -> None:
    """Somebody else signs in, finds the one thing that waits, and agrees."""
    sign_in_as(client, make_person("Helena", Role.RETURNING_OFFICER))
    link = next(a for a in client.get("/staff/approvals").all("a") if "/staff/approvals/" in (a.get("href") or ""))
    page = client.get(link.get("href") or "")
    client.submit(page, next(form for form in page.all("form") if (form.get("action") or "").endswith("/approve")))


def test_asking_twice_or_agreeing_alone_opens_nothing(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    closed(round)
    clock.at = last_moment(round)
    sign_in_as(officer, make_person("Sam", Role.OFFICER))

    officer.post(f"{DESK}/open", {})
    assert "asked for already" in officer.post(f"{DESK}/open", {}, status=409).words
    wish = session().scalars(select(ApprovalRequest)).one()
    refused = officer.post(f"/staff/approvals/{wish.id}/approve", {"seen": wish.payload_sha256}, status=403)

    assert "Another person must approve it." in refused.words
    assert session().scalars(select(Contest)).one().state == "closed"


def test_what_waits_for_staff_names_the_vote_to_close_and_the_box_to_open(
    officer: StrictClient, clock: FixedClock
) -> None:
    round = make_round("voting", clock)
    ready(round)
    assert "Close the vote" not in officer.get("/staff").words
    clock.at = last_moment(round)
    sign_in_as(officer, make_person("Sam", Role.OFFICER))

    assert "Close the vote: Together for Quay" in officer.get("/staff").words
    officer.post(f"{DESK}/close", {})

    assert "Open the box: Together for Quay" in officer.get("/staff").words


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COUNCILLOR, None])
def test_nobody_else_reaches_the_desk(client: StrictClient, clock: FixedClock, role: Role | None) -> None:
    from tests.support.rounds import make_ward

    ready(make_round("voting", clock))
    ward_id = make_ward("Mill").id if role is Role.COUNCILLOR else None
    sign_in_as(client, make_person("Pat", *([role] if role else []), ward_id=ward_id))

    client.get(DESK, status=403)
    client.post(f"{DESK}/close", {}, status=403)
    client.post(f"{DESK}/open", {}, status=403)


def test_the_commands_tell_status_and_close(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    cast(round, ["B02"], now=clock.at)
    run = client.app.test_cli_runner().invoke

    assert "Voters: 1" in run(args=["vote", "status", round.slug]).output
    assert "has not ended yet" in run(args=["vote", "close", round.slug]).output
    clock.at = last_moment(round)
    assert run(args=["vote", "close", "--due"]).exit_code == 0
    assert "no public round" in run(args=["vote", "status", "nowhere"]).output

    session().expire_all()
    assert session().scalars(select(Contest)).one().state == "closed"
