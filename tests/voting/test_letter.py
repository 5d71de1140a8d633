"""Voting with the code from a letter, without JavaScript; and the desk where letters are made."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor, Role
from pb.core.db import committed, session
from pb.electorate.models import Entitlement, PrintRun, RollEntry
from pb.journal.models import JournalEntry
from pb.rounds.models import Round, Ward
from pb.rounds.service import BallotPlan
from pb.voting.models import Envelope
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.electorate import listed, supplier_list, two_officers
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_round, make_ward
from tests.support.voting import ready

BALLOT = "/ballot/together-for-quay"
LIST = "/staff/rounds/together-for-quay/list"


@pytest.fixture
def ward(client: StrictClient) -> Ward:
    return make_ward("Quay")


@pytest.fixture
def round(client: StrictClient, ward: Ward, clock: FixedClock) -> Round:
    made = make_round("voting", clock, plan=BallotPlan(identity_rung=2))
    ready(made)
    listed(made, "Ann Ŵyn", "Bob", now=clock(), ward_id=ward.id)
    return made


@pytest.fixture
def officers(client: StrictClient) -> tuple[Actor, Actor]:
    return two_officers()


@pytest.fixture
def code(round: Round, officers: tuple[Actor, Actor], clock: FixedClock) -> str:
    return supplier_list(round, by=officers[0], second=officers[1], now=clock())["Bob"]


def to_letter_page(client: StrictClient, ward: Ward, picked: str = "B01") -> Page:
    page = client.get(f"{BALLOT}/check")
    client.submit(page, page.one("form", action=f"{BALLOT}/check"), ward=str(ward.id), old_enough="yes")
    client.post(f"{BALLOT}/add/{picked}", {})
    page = client.get(f"{BALLOT}/review")
    return client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/review")))


def type_code(client: StrictClient, page: Page, code: str, *, status: int = 303) -> Page:
    return client.submit(page, page.one("form", action=f"{BALLOT}/who/letter"), code=code, status=status)


def test_a_code_typed_in_lower_case_with_o_for_0_and_any_dash_votes(
    client: StrictClient, round: Round, ward: Ward, code: str
) -> None:
    page = to_letter_page(client, ward)
    assert page.h1 == "Enter the code from your letter"

    done = client.follow(type_code(client, page, code.lower().replace("0", "o").replace("-", " – ")))

    assert done.h1 == "Your vote is in"


def test_the_same_letter_on_two_devices_is_one_vote(client: StrictClient, round: Round, ward: Ward, code: str) -> None:
    first = client.follow(type_code(client, to_letter_page(client, ward), code))
    other = StrictClient(client.app)

    asked = type_code(other, to_letter_page(other, ward, "B02"), code, status=409)
    second = other.follow(other.submit(asked, asked.one("form", action=f"{BALLOT}/replace")))

    assert "already voted" in asked.words
    reference = first.one("strong", class_="receipt__reference").text
    assert second.one("strong", class_="receipt__reference").text == reference
    assert session().scalar(select(func.count()).select_from(Envelope)) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the code from your letter"),
        ("RPQ2-J90V", "You typed 8"),
        ("RPQ2-J90V-X7TU", "may be a V"),
        ("00000-00000-01", "two are swapped"),
        ("000000000000", "does not work here"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_beside_it_and_what_was_typed_stays(
    client: StrictClient, round: Round, ward: Ward, typed: str, words: str
) -> None:
    again = type_code(client, to_letter_page(client, ward), typed, status=422)

    assert words in again.words
    assert again.one("input", name="code").get("value") == typed
    assert again.title.startswith("Error:")
    assert session().scalar(select(func.count()).select_from(Envelope)) == 0


def test_the_list_knows_the_ward_better_and_the_vote_waits_for_another_look(
    client: StrictClient, round: Round, ward: Ward, code: str
) -> None:
    elsewhere = make_ward("Hill")
    page = to_letter_page(client, elsewhere)

    review = client.follow(type_code(client, page, code))

    assert "The list says that you vote in another ward" in client.get(f"{BALLOT}/review").words or review.words
    assert "Quay" in review.words
    assert session().scalar(select(func.count()).select_from(Envelope)) == 0
    done = client.follow(client.submit(review, review.one("form", action=f"{BALLOT}/review")))
    assert done.h1 == "Your vote is in"


def test_whoever_is_on_the_list_with_an_address_is_told_of_a_vote_with_their_code(
    client: StrictClient, round: Round, ward: Ward, code: str
) -> None:
    from pb.core.outbox import OutboxMessage

    with committed():
        session().scalars(select(RollEntry).where(RollEntry.name == "Bob")).one().email = "bob@home.example"

    type_code(client, to_letter_page(client, ward), code)

    assert session().scalars(select(OutboxMessage.to)).all() == ["bob@home.example"]


def test_a_round_with_letters_has_no_mailbox_page(client: StrictClient, round: Round, ward: Ward) -> None:
    to_letter_page(client, ward)

    answer = client.get(f"{BALLOT}/who", status=303)

    assert answer.response.headers["Location"] == f"{BALLOT}/who/letter"


# The desk ----------------------------------------------------------------------------------------------------------


def test_letters_are_asked_for_by_one_agreed_by_another_and_downloaded_once(client: StrictClient, round: Round) -> None:
    sam, kim = make_person("Sam", Role.OFFICER), make_person("Kim", Role.OFFICER)
    sign_in_as(client, sam)
    desk = client.get(LIST)
    desk = client.follow(client.submit(desk, desk.one("form", action=f"{LIST}/ask"), kind="letters"))
    assert "Waiting for a second person" in desk.words
    assert not [form for form in desk.all("form") if "/download/" in (form.get("action") or "")]
    request = session().scalars(select(ApprovalRequest)).one()
    url = f"/staff/approvals/{request.id}"
    sign_in_as(client, kim)
    page = client.get(url)
    client.submit(page, page.one("form", action=f"{url}/approve"))

    desk = client.get(LIST)
    form = desk.one("form", action=f"{LIST}/download/{request.id}")
    file = client.submit(desk, form, status=200)

    assert file.response.mimetype == "application/pdf"
    assert file.response.headers["Cache-Control"] == "no-store"
    assert "attachment" in file.response.headers["Content-Disposition"]
    assert form.get("hx-boost") == "false"
    client.submit(desk, form, status=404)
    assert session().scalars(select(PrintRun.codes)).all() == [2]
    assert "Ready to download" not in client.get(LIST).words


def test_finding_somebody_leaves_an_entry_without_what_was_looked_for(client: StrictClient, round: Round) -> None:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    desk = client.get(LIST)

    found = client.submit(desk, desk.one("form", action=f"{LIST}/find"), words="ŵyn wn2", status=200)

    assert "Ann Ŵyn" in found.words
    assert "Bob" not in found.words
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "list.read")).one()
    assert (entry.is_public, entry.facts) == (False, {"people": 1})


def test_a_new_letter_can_be_handed_over_at_once(client: StrictClient, round: Round, code: str) -> None:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    entry = session().scalars(select(RollEntry).where(RollEntry.name == "Bob")).one()
    old = session().get_one(Entitlement, entry.entitlement_id).code_hash
    page = client.get(f"{LIST}/people/{entry.id}")

    file = client.submit(page, page.one("form", action=f"{LIST}/people/{entry.id}"), why="lost", do="now", status=200)

    assert file.response.mimetype == "application/pdf"
    session().expire_all()
    assert session().get_one(Entitlement, entry.entitlement_id).code_hash not in (None, old)


def test_people_of_another_rounds_list_are_not_found(client: StrictClient, round: Round, clock: FixedClock) -> None:
    other = make_round("voting", clock, title="Elsewhere", plan=BallotPlan(identity_rung=2))
    listed(other, "Cai", now=clock())
    entry = session().scalars(select(RollEntry).where(RollEntry.name == "Cai")).one()
    sign_in_as(client, make_person("Sam", Role.OFFICER))

    client.get(f"{LIST}/people/{entry.id}", status=404)


@pytest.mark.parametrize("how_many", ["0", "251", "-1", "2.5", "", "1" * 30])
def test_a_wrong_number_of_cards_is_refused_beside_its_box(client: StrictClient, round: Round, how_many: str) -> None:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    desk = client.get(LIST)

    again = client.submit(desk, desk.one("form", action=f"{LIST}/ask-cards"), how_many=how_many, status=422)

    assert "Enter a number between 1 and 250" in again.words or "Not a valid integer" in again.words
