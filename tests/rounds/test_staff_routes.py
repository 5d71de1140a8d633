"""Setting up a round without JavaScript: errors at their fields, what was typed kept, nobody else let in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pb.core.actor import Role
from pb.core.db import db
from pb.core.provider import Provider
from pb.core.settings import ProviderSettings
from pb.rounds import errors, service
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of
from pb.rounds.queries import round_by_slug
from pb.rounds.service import BallotPlan
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient, text_of
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import OFFICER, make_round, make_ward

REASON = "The panel asked for it in May."


@pytest.fixture
def officer(client: StrictClient) -> StrictClient:
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    return client


def fresh(slug: str) -> Round:
    db.session.expire_all()
    db.session.rollback()
    return round_by_slug(slug, viewer=OFFICER)


def save(client: StrictClient, address: str, *, status: int = 303, **changes: object) -> Page:
    """Open a page, change some fields, send it."""
    page = client.get(address)
    form = next(form for form in page.one("main").iter("form"))
    return client.submit(page, form, url=address, status=status, **changes)


PARTS = ("purpose", "voters", "pots", "ballot", "dates", "decision", "fairness", "equality", "help", "test-vote")


def test_a_round_is_set_up_from_nothing_to_public(officer: StrictClient, clock: FixedClock) -> None:
    page = save(officer, "/staff/rounds/new", title="Together for Hindley 2026")
    setup = page.response.headers["Location"]
    slug = setup.rsplit("/", 1)[1]
    opens = clock.at + timedelta(days=30)

    save(officer, f"{setup}/purpose", purpose="Warm places", problem="“Nowhere to sit.” 22 people said this.")
    save(officer, f"{setup}/pots", **{"pots-0-name": "Pot", "pots-0-amount": "£60,000", "pots-0-comes_from": "Council"})
    save(officer, f"{setup}/voters", who_may_vote="Anyone aged 12 or over", minimum_age="12")
    save(officer, f"{setup}/ballot", max_picks="5")
    dates = {"voting": f"{opens:%Y-%m-%dT17:00}", "counting": f"{opens + timedelta(days=14):%Y-%m-%dT17:00}"}
    save(officer, f"{setup}/dates", **dates)
    save(officer, f"{setup}/decision", who_decides="The ward panel", facilitator="Ama")
    missing = officer.get(f"{setup}/publish").words
    save(officer, f"{setup}/fairness", early="y", reasons="y", time="y", weighed="y")
    save(officer, f"{setup}/equality", equality_note="Checked with the access group")
    save(officer, f"{setup}/help", paper_help="Library, Thursdays")
    save(officer, f"{setup}/test-vote", test_vote_note="Five people, 2 May")
    save(officer, f"{setup}/publish")

    assert "Fair consultation check Equality note Help and paper Test vote with five people" in missing
    round = fresh(slug)
    assert (round.published_at, round.max_picks, round.minimum_age) == (clock.at, 5, 12)
    assert (round.pots[0].amount, dates_of(round)[Phase.VOTING].hour) == (6_000_000, 16)
    assert officer.get(f"/rounds/{slug}").h1 == "Together for Hindley 2026"


def test_the_checklist_shows_the_state_of_each_part(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("draft", clock, equality_note="", fair_checks={"early": True})

    page = officer.get(f"/staff/rounds/{round.slug}")

    tags = [text_of(tag) for item in page.one("ul", class_="govuk-task-list").iter("li") for tag in item.iter("strong")]
    assert tags == ["Completed"] * 6 + ["In progress", "To do", "Completed", "Completed"]


def test_after_the_freeze_the_locked_parts_have_no_link(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("frozen", clock)

    page = officer.get(f"/staff/rounds/{round.slug}")

    locked = [text_of(li) for li in page.all("li", class_="govuk-task-list__item")]
    assert [words.split(" The ballot")[0] for words in locked] == [
        "The money and where it comes from",
        "Who may vote",
        "Ballot and counting",
    ]


def test_saving_a_locked_part_after_the_freeze_is_a_conflict(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("frozen", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/ballot", max_picks="2", reason=REASON, status=409)

    assert "the ballot has been published" in page.words
    assert page.one("input", name="max_picks").get("value") == "2"
    assert fresh(round.slug).max_picks == 10


def test_closing_before_opening_is_said_at_its_field_and_keeps_what_was_typed(
    officer: StrictClient, clock: FixedClock
) -> None:
    round = make_round("draft", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/dates", counting="2026-06-02T09:00", status=422)

    assert "must be later than the step before it" in text_of(page.one("p", id="counting-error"))
    assert page.one("input", id="counting").get("value") == "2026-06-02T09:00"
    assert page.title.startswith("Error:")


@pytest.mark.parametrize(
    "typed", ["tomorrow", "2026-13-45T99:99", "<svg>", "2026-06-28T17:00Z", "10000-01-01T00:00", "2027-03-28T01:30"]
)
def test_a_malformed_date_is_said_at_its_field(officer: StrictClient, clock: FixedClock, typed: str) -> None:
    round = make_round("draft", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/dates", voting=typed, status=422)

    assert "Enter a date and time" in text_of(page.one("p", id="voting-error"))
    assert page.one("input", id="voting").get("value") == typed


def test_dates_with_seconds_stay_as_they_are_when_another_is_moved(officer: StrictClient, clock: FixedClock) -> None:
    clock.at += timedelta(seconds=13)
    round = make_round("proposing", clock)
    before = dates_of(round)

    save(officer, f"/staff/rounds/{round.slug}/dates", delivering="2026-12-01T09:00", reason=REASON)

    after = dates_of(fresh(round.slug))
    assert [phase for phase in after if after[phase] != before[phase]] == [Phase.DELIVERING]


def test_a_wrong_pot_is_said_beside_it_and_another_can_be_added(officer: StrictClient, clock: FixedClock) -> None:
    make_ward("Hindley")
    round = make_round("draft", clock)
    address = f"/staff/rounds/{round.slug}/pots"

    more = save(officer, address, another="1", status=200)
    twice = {"pots-1-name": "The Together pot", "pots-1-amount": "5"}
    page = officer.submit(more, next(more.one("main").iter("form")), url=address, status=422, **twice)

    assert "Two pots have this name" in text_of(page.one("p", id="pots-1-name-error"))
    assert "Two pots have this name" in text_of(page.one("a", href="#pots-1-name"))
    assert page.one("input", id="pots-1-amount").get("value") == "5"
    assert len(fresh(round.slug).pots) == 1


@pytest.mark.parametrize("amount", ["", "0", "-5", "a lot", "1e9", "9" * 40, "£", "1.234"])
def test_a_sum_that_is_none_is_said_at_its_field(officer: StrictClient, clock: FixedClock, amount: str) -> None:
    round = make_round("draft", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/pots", status=422, **{"pots-0-amount": amount})

    assert page.one("p", id="pots-0-amount-error") is not None
    assert page.one("input", id="pots-0-amount").get("value", "") == amount


@pytest.mark.parametrize("changes", [{"minimum_age": "9" * 30}, {"minimum_age": "old"}, {"minimum_age": ""}])
def test_a_strange_age_is_said_at_its_field(officer: StrictClient, clock: FixedClock, changes: dict[str, str]) -> None:
    round = make_round("draft", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/voters", status=422, **changes)

    assert page.one("p", id="minimum_age-error") is not None


@pytest.mark.parametrize("field", ["ballot_kind", "rule", "completion", "tie_rule", "identity_rung", "channel_rule"])
@pytest.mark.parametrize("value", ["", "nonsense", "<svg>", "99"])
def test_a_choice_that_is_not_offered_is_refused(
    officer: StrictClient, clock: FixedClock, field: str, value: str
) -> None:
    round = make_round("draft", clock)

    save(officer, f"/staff/rounds/{round.slug}/ballot", status=422, **{field: value})

    assert fresh(round.slug).rule == "equal-shares"


def test_accounts_are_offered_only_where_the_settings_name_a_provider(
    officer: StrictClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/staff/rounds/{make_round('draft', clock).slug}/ballot"
    offered = {field.get("value") for field in officer.get(address).all("input", name="identity_rung")}
    ours = ProviderSettings("https://id.exampleshire.example", "moothall", "secret", "MyExampleshire")

    save(officer, address, status=422, identity_rung="4")
    with pytest.raises(errors.NoProvider):
        service.set_ballot(
            fresh(address.split("/")[3]), plan=BallotPlan(identity_rung=2, other_rungs=(4,)), by=OFFICER, now=clock()
        )
    monkeypatch.setitem(officer.app.extensions, "provider", Provider(ours))
    assert "An account with MyExampleshire" in officer.get(address).words
    save(officer, address, identity_rung="4")

    assert offered == {"0", "1", "2", "3"}
    assert fresh(address.split("/")[3]).identity_rung == 4


def test_money_left_by_most_votes_is_left_whatever_else_was_ticked(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("draft", clock)

    save(officer, f"/staff/rounds/{round.slug}/ballot", rule="greedy", completion="add1")

    assert (fresh(round.slug).rule, fresh(round.slug).completion) == ("greedy", "none")


def test_parts_that_are_missing_lead_to_their_pages(officer: StrictClient, clock: FixedClock) -> None:
    setup = save(officer, "/staff/rounds/new", title="Together for Hindley 2026").response.headers["Location"]

    links = {a.get("href") for a in officer.get(f"{setup}/publish").one("main").iter("a")}

    assert {f"{setup}/{part}" for part in PARTS} <= links
    assert "We will show the date here" not in officer.get(setup).words


def test_a_public_round_asks_for_a_reason_at_its_field(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("proposing", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/purpose", purpose="Other", status=422)

    assert "Enter a reason" in text_of(page.one("p", id="reason-error"))
    assert page.one("input", id="purpose").get("value") == "Other"


def test_hold_and_release_in_the_browser(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("proposing", clock)
    address = f"/staff/rounds/{round.slug}/hold"

    refused = save(officer, address, reason="no", status=422)
    save(officer, address, reason=REASON)
    held = fresh(round.slug).held_phase
    save(officer, address, reason="The panel has met.")

    assert "Enter a reason" in refused.words
    assert held == "proposing"
    assert fresh(round.slug).held_at is None


def test_a_round_in_voting_cannot_be_held(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)

    page = save(officer, f"/staff/rounds/{round.slug}/hold", reason=REASON, status=409)

    assert "only before voting opens" in page.words


def test_a_round_is_ended_with_a_word_on_its_promises(officer: StrictClient, clock: FixedClock) -> None:
    round = make_round("delivering", clock)

    save(officer, f"/staff/rounds/{round.slug}/end", reason="Seven kept, one stopped.")

    assert phase_of(fresh(round.slug), clock.at) is Phase.CLOSED


def test_publishing_an_incomplete_round_by_force_names_what_is_missing(
    officer: StrictClient, clock: FixedClock
) -> None:
    round = make_round("draft", clock, paper_help="")

    page = officer.post(f"/staff/rounds/{round.slug}/publish", {}, status=422)

    assert "Complete these parts before you publish: Help and paper" in page.words


@pytest.mark.parametrize("end", ["", *(f"/{part}" for part in PARTS), "/publish", "/hold", "/end"])
def test_set_up_pages_of_a_round_that_is_not_there_are_not_found(officer: StrictClient, end: str) -> None:
    for slug in ("nothing", "%3Csvg%3E", "%00"):
        officer.get(f"/staff/rounds/{slug}{end}", status=404)


@pytest.mark.parametrize("end", ["", "/new", "/together-for-quay", *(f"/together-for-quay/{part}" for part in PARTS)])
def test_residents_and_councillors_do_not_get_in(client: StrictClient, clock: FixedClock, end: str) -> None:
    make_round("draft", clock)
    ward = make_ward()

    stranger = client.get(f"/staff/rounds{end}", status=303)
    assert stranger.response.headers["Location"].startswith("/staff/sign-in")
    sign_in_as(client, make_person("Cllr Rees", Role.COUNCILLOR, ward_id=ward.id))
    client.get(f"/staff/rounds{end}", status=403)


def test_the_list_for_staff_shows_drafts(officer: StrictClient, clock: FixedClock, sqlite_app: Flask) -> None:
    make_round("draft", clock, title="Green streets")

    assert "Green streets" in officer.get("/staff/rounds").words
