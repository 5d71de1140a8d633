"""The voter's way without JavaScript: questions, picks, review, code, receipt, change."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from pb.core.db import session
from pb.core.outbox import OutboxMessage
from pb.rounds.models import Round, Ward
from pb.voting.models import Envelope
from pb.voting.queries import last_moment, opened_ballots
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.rounds import make_round, make_ward
from tests.support.voting import closed, closed_and_opened, ready

BALLOT = "/ballot/together-for-quay"


@pytest.fixture
def ward(client: StrictClient) -> Ward:
    return make_ward("Quay")


@pytest.fixture
def round(client: StrictClient, ward: Ward, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=30)
    ready(made)
    return made


def start(client: StrictClient, ward: Ward) -> Page:
    page = client.get(f"{BALLOT}/check")
    sent = client.submit(page, page.one("form", action=f"{BALLOT}/check"), ward=str(ward.id), old_enough="yes")
    return client.follow(sent)


def pick(client: StrictClient, *codes: str) -> None:
    for code in codes:
        client.post(f"{BALLOT}/add/{code}", {})


def mailed_code() -> str:
    message = session().scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message is not None
    found = re.search(r"\b\d{3} \d{3}\b", message.body)
    assert found, message.body
    return found[0]


def submit_review(client: StrictClient) -> Page:
    page = client.get(f"{BALLOT}/review")
    return client.submit(page, page.one("form", action=f"{BALLOT}/review"))


def prove(client: StrictClient, email: str = "ann@home.example", *, status: int = 303) -> Page:
    """From the review to the answer to the code."""
    page = client.follow(submit_review(client))
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/who"), email=email))
    return client.submit(page, page.one("form", action=f"{BALLOT}/code"), code=mailed_code(), status=status)


def envelopes() -> int:
    return session().scalar(select(func.count()).select_from(Envelope)) or 0


def test_the_whole_way_ends_with_a_receipt_that_is_in_the_box(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B01", "B02", "B03")

    done = client.follow(prove(client))

    assert done.h1 == "Your vote is in"
    reference = done.one("strong", class_="receipt__reference").text or ""
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", reference)
    assert envelopes() == 1
    page = client.get("/ballot/check")
    looked = client.submit(
        page, page.one("form", action="/ballot/check"), receipt=reference.lower().replace("-", " "), status=200
    )
    assert "Yes. A vote with this reference is in the box." in looked.words
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01","B02","B03"]']


def test_the_receipt_survives_a_reload_and_is_mailed_without_the_picks(
    client: StrictClient, round: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B07")
    done = client.follow(prove(client))

    again = client.get(f"{BALLOT}/done")

    reference = done.one("strong", class_="receipt__reference").text or ""
    assert again.one("strong", class_="receipt__reference").text == reference
    mail = session().scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert mail is not None
    assert reference in mail.body
    assert "B07" not in mail.body


def test_without_the_two_answers_every_page_leads_to_them(client: StrictClient, round: Round) -> None:
    for page in ("", "/review", "/who", "/code", "/done"):
        answer = client.get(f"{BALLOT}{page}", status=303)

        assert answer.response.headers["Location"] == f"{BALLOT}/check"


def test_answers_are_asked_for_beside_their_field(client: StrictClient, round: Round, ward: Ward) -> None:
    page = client.get(f"{BALLOT}/check")

    again = client.submit(page, page.one("form", action=f"{BALLOT}/check"), status=422)

    assert "Select a ward" in again.words
    assert "Select yes or no" in again.words
    assert again.title.startswith("Error:")


@pytest.mark.parametrize(("ward_id", "old_enough"), [("0", "yes"), (None, "no")])
def test_who_cannot_vote_reads_what_they_still_can_do(
    client: StrictClient, round: Round, ward: Ward, ward_id: str | None, old_enough: str
) -> None:
    page = client.get(f"{BALLOT}/check")
    answers = {"ward": ward_id or str(ward.id), "old_enough": old_enough}

    sent = client.submit(page, page.one("form", action=f"{BALLOT}/check"), **answers)

    page = client.follow(sent)
    assert "What you can still do" in page.words
    assert not page.all("div", role="alert")


def test_adding_and_removing_twice_is_doing_it_once(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)

    pick(client, "B01", "B01", "B02")
    assert "2 of 10 picks" in client.get(BALLOT).words
    client.post(f"{BALLOT}/remove/B01", {})
    client.post(f"{BALLOT}/remove/B01", {})

    assert "1 of 10 picks" in client.get(BALLOT).words


def test_a_pick_goes_back_to_its_project_on_the_same_filtered_list(
    client: StrictClient, round: Round, ward: Ward
) -> None:
    start(client, ward)

    answer = client.post(f"{BALLOT}/add/B01?band=3&page=2&evil=1", {})

    assert answer.response.headers["Location"] == f"{BALLOT}?band=3&page=2#project-B01"


def test_htmx_gets_the_row_and_the_bar_as_on_the_page(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)

    answer = client.post(f"{BALLOT}/add/B01", {}, headers={"HX-Request": "true"}, status=200)

    row = answer.one("li", id="project-B01")
    assert "In your picks" in "".join(row.itertext())
    assert answer.one("div", id="picks").get("hx-swap-oob") == "true"
    on_page = client.get(f"{BALLOT}?all=1").one("li", id="project-B01")
    assert " ".join("".join(on_page.itertext()).split()) == " ".join("".join(row.itertext()).split())


def test_an_eleventh_pick_is_kept_and_resolved_at_review(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, *(f"B{n:02d}" for n in range(1, 12)))

    assert "Take 1 out before you submit." in client.get(BALLOT).words
    review = client.get(f"{BALLOT}/review")
    assert "Take out 1 so that you have 10 or fewer." in review.words
    assert not review.all("form", action=f"{BALLOT}/review")
    client.post(f"{BALLOT}/remove/B05?to=review", {})

    assert client.get(f"{BALLOT}/review").all("form", action=f"{BALLOT}/review")


def test_voting_for_none_is_reviewed_and_counted(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    client.post(f"{BALLOT}/none", {})

    assert "That is a vote too" in client.get(f"{BALLOT}/review").words
    prove(client)

    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ["[]"]


def test_one_press_does_not_lose_all_picks(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    client.post(f"{BALLOT}/add/B01", {})

    for page in (client.get(BALLOT), client.get(f"{BALLOT}/review")):
        inside = [form for details in page.all("details") for form in details.iter("form")]
        assert page.one("form", action=f"{BALLOT}/none") in inside


def test_nothing_picked_cannot_be_sent(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)

    page = client.post(f"{BALLOT}/review", {"key": "0" * 32}, status=422)

    assert "You have not picked anything yet" in page.words


def test_a_wrong_code_is_said_beside_its_field_and_tries_are_limited(
    client: StrictClient, round: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B01")
    page = client.follow(submit_review(client))
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/who"), email="ann@home.example"))
    form = page.one("form", action=f"{BALLOT}/code")
    right = mailed_code()
    wrong = "000 000" if right != "000 000" else "000 001"

    for _ in range(5):
        again = client.submit(page, form, code=wrong, status=422)
        assert "Enter the 6 digit code we sent to you" in again.words
    stopped = client.submit(page, form, code=right, status=422)

    assert "too many times" in stopped.words
    assert envelopes() == 0


def test_the_same_code_page_sent_three_times_gives_one_vote_and_one_receipt(
    client: StrictClient, round: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B01")
    page = client.follow(submit_review(client))
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/who"), email="ann@home.example"))
    form = page.one("form", action=f"{BALLOT}/code")

    receipts = set()
    for _ in range(3):
        done = client.follow(client.submit(page, form, code=mailed_code_of("code")))
        receipts.add(done.one("strong", class_="receipt__reference").text)

    assert len(receipts) == 1
    assert envelopes() == 1
    assert session().scalar(select(func.count()).select_from(OutboxMessage)) == 2  # the code and one reference


def mailed_code_of(word: str) -> str:
    messages = session().scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    body = next(message.body for message in messages if word in message.subject)
    found = re.search(r"\b\d{3} \d{3}\b", body)
    assert found
    return found[0]


def test_changing_the_vote_keeps_the_reference_and_counts_the_last(
    client: StrictClient, round: Round, ward: Ward
) -> None:
    start(client, ward)
    pick(client, "B01")
    first = client.follow(prove(client)).one("strong", class_="receipt__reference").text

    client.post(f"{BALLOT}/remove/B01", {})
    pick(client, "B02")
    second = client.follow(submit_review(client))

    assert second.h1 == "Your vote is in"
    assert second.one("strong", class_="receipt__reference").text == first
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B02"]']


def test_another_device_is_asked_before_it_replaces(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B01")
    prove(client)
    other = StrictClient(client.app)
    start(other, ward)
    pick(other, "B02")

    asked = prove(other, status=409)
    assert asked.h1 == "You have already voted. Replace it?"
    done = other.follow(other.submit(asked, asked.one("form", action=f"{BALLOT}/replace")))

    assert done.h1 == "Your vote is in"
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B02"]']


def test_a_vote_in_the_grace_counts_and_after_it_the_picks_are_kept_but_not_thanked(
    client: StrictClient, round: Round, ward: Ward, clock: FixedClock
) -> None:
    start(client, ward)
    pick(client, "B01")
    page = client.follow(submit_review(client))
    page = client.follow(client.submit(page, page.one("form", action=f"{BALLOT}/who"), email="ann@home.example"))

    clock.at = last_moment(round)
    late = client.submit(page, page.one("form", action=f"{BALLOT}/code"), code=mailed_code(), status=409)

    assert late.h1 == "Voting has closed"  # the code is older than 15 minutes, and a new one would lead nowhere
    assert envelopes() == 0


def test_a_late_submit_by_a_proven_voter_closes_the_vote_and_says_what_became_of_it(
    client: StrictClient, round: Round, ward: Ward, clock: FixedClock
) -> None:
    from datetime import timedelta

    clock.at = last_moment(round) - timedelta(minutes=5)
    start(client, ward)
    pick(client, "B01")
    first = client.follow(prove(client)).one("strong", class_="receipt__reference").text
    client.post(f"{BALLOT}/add/B02", {})
    review = client.get(f"{BALLOT}/review")
    clock.at = last_moment(round)

    late = client.submit(review, review.one("form", action=f"{BALLOT}/review"), status=409)

    assert "The change you sent just now came too late." in late.words
    assert first in late.words
    session().expire_all()
    assert session().get_one(Round, round.id).closed_at == clock.at


def test_after_the_close_pages_say_so_and_picking_is_a_conflict(
    client: StrictClient, round: Round, ward: Ward, clock: FixedClock
) -> None:
    start(client, ward)
    closed(round)
    clock.at = last_moment(round)

    assert client.get(BALLOT).h1 == "Voting has closed"
    assert "not submitted" in client.post(f"{BALLOT}/add/B01", {}, status=409).words


def test_finish_clears_the_screen(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)
    pick(client, "B01")
    prove(client)

    answer = client.post("/ballot/finish", {})

    assert answer.response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert client.follow(answer).h1 == "This screen is clear"
    client.get(f"{BALLOT}/done", status=303)


def test_the_draft_cookie_is_hidden_small_and_unreadable(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)

    answer = client.post(f"{BALLOT}/add/B01", {})

    (cookie,) = [c for c in answer.response.headers.getlist("Set-Cookie") if c.startswith("ballot-")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "B01" not in cookie
    assert len(cookie) < 3_000
    assert answer.response.headers["Cache-Control"] == "no-store"


def test_a_forged_or_foreign_draft_is_no_draft(client: StrictClient, round: Round, ward: Ward) -> None:
    for value in ("", "x", "a" * 3500, "aGVsbG8"):
        client.client.set_cookie(f"ballot-{round.id}", value)

        client.get(BALLOT, status=303)


def test_a_project_that_is_not_on_the_ballot_cannot_be_picked(client: StrictClient, round: Round, ward: Ward) -> None:
    start(client, ward)

    client.post(f"{BALLOT}/add/Z99", {}, status=422)
    client.post(f"{BALLOT}/add/%00", {}, status=422)


@pytest.mark.parametrize(
    "query", ["page=10000000000", "page=-1", "band=9", "ward=1e9", "pot=x", "words=%F0%9F%9A%B2", "sort=name;drop"]
)
def test_odd_filters_show_a_list_and_never_an_error(client: StrictClient, round: Round, ward: Ward, query: str) -> None:
    start(client, ward)

    assert client.get(f"{BALLOT}?{query}").h1 == "Choose projects"


def test_a_reference_with_a_slip_is_told_without_a_look(client: StrictClient, round: Round) -> None:
    page = client.post("/ballot/check", {"receipt": "RPQ2-J90V-X7T2"}, status=422)

    assert "one of these does not fit" in page.words


def test_the_calendar_file_holds_the_dates_to_come(client: StrictClient, round: Round) -> None:
    answer = client.get(f"{BALLOT}/dates.ics")

    assert answer.response.mimetype == "text/calendar"
    assert answer.html.count("BEGIN:VEVENT") == 3
    assert answer.html.replace("\r\n ", "").count(f"\r\nURL:http://localhost/rounds/{round.slug}\r\n") == 3
    assert all(len(line.encode()) <= 75 for line in answer.html.split("\r\n"))


def test_the_signed_reference_checks_against_the_key_it_names(client: StrictClient, round: Round, ward: Ward) -> None:
    from nacl.signing import VerifyKey

    start(client, ward)
    pick(client, "B01")
    prove(client)

    lines = client.get(f"{BALLOT}/done/reference.txt").html.splitlines()

    line, signature, key = lines[-3:]
    VerifyKey(bytes.fromhex(key)).verify(line.encode(), bytes.fromhex(signature))
    assert line.startswith("pb-receipt-v1|together-for-quay|")
