"""The desk and the public pages, as a person without JavaScript meets them."""

from __future__ import annotations

import csv
import io
import json
import threading
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select

from pb.core.actor import Role
from pb.core.db import committed, db, session
from pb.core.filters import money
from pb.core.money import Money
from pb.results import decisions, jobs, queries, service, tally
from pb.results.models import CouncilDecision, CountingJob
from pb.rounds.models import Round
from pb.rounds.service import PotPlan
from pb.voting import draft as drafts
from pb.voting.draft import Draft
from tests.conftest import FixedClock
from tests.support.client import StrictClient, text_of
from tests.support.counting_queries import queries as statements
from tests.support.people import actor_for, make_person, sign_in_as
from tests.support.results import BALLOTS, certified_round, correct, counted_round, open_box, published_round, turn_out
from tests.support.rounds import make_round, make_ward


def as_staff(client: StrictClient, *roles: Role, name: str = "Olu") -> None:
    sign_in_as(client, make_person(name, *(roles or (Role.OFFICER,))))


def test_the_desk_takes_a_count_from_the_box_to_the_public(client: StrictClient, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    desk = f"/staff/rounds/{round.slug}/count"

    as_staff(client, Role.RETURNING_OFFICER, name="Rae")
    client.follow(client.post(desk, {}))
    page = client.get(desk)
    client.submit(page, page.one("form", action=f"{desk}/certify"))
    as_staff(client, name="Olu")
    page = client.get(desk)
    client.submit(page, page.one("form", action=f"{desk}/certify"))
    page = client.get(f"{desk}/publish")
    public = client.follow(client.submit(page, page.one("form", action=f"{desk}/publish")))

    assert public.h1 == f"Results: {round.title}"
    assert "£30,000 of £60,000 goes to 3 of 3 projects." in public.words
    assert "Certified by the returning officer on 1 June 2026." in public.words


def test_the_desk_says_what_to_do_before_the_box_is_open(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("counting", clock)
    as_staff(client)

    page = client.get(f"/staff/rounds/{round.slug}/count")
    refused = client.post(f"/staff/rounds/{round.slug}/count", {}, status=409)

    assert "Close the vote and open the box first." in page.words
    assert "The ballot box has not been opened yet." in refused.words


def test_certifying_another_count_than_the_one_seen_is_refused(client: StrictClient, clock: FixedClock) -> None:
    round = counted_round(clock)
    as_staff(client)

    page = client.post(f"/staff/rounds/{round.slug}/count/certify", {"seen": "0" * 64}, status=409)

    assert "counted again while you were looking" in page.words


def test_count_again_says_the_same(client: StrictClient, clock: FixedClock) -> None:
    round = counted_round(clock)
    as_staff(client)

    page = client.follow(client.post(f"/staff/rounds/{round.slug}/count/again", {}))

    assert "Counted again: the same." in text_of(page.one("div", id="status"))


def test_publishing_is_confirmed_on_a_page_of_its_own(client: StrictClient, clock: FixedClock) -> None:
    round = counted_round(clock)
    as_staff(client)

    early = client.get(f"/staff/rounds/{round.slug}/count/publish", status=303)

    assert early.response.headers["Location"].endswith(f"/staff/rounds/{round.slug}/count")


def test_a_correction_without_a_note_keeps_the_page(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    as_staff(client)
    url = f"/staff/rounds/{round.slug}/count/publish"

    page = client.post(url, {"note": "oops", "version": "2", "seen": ""}, status=422)

    assert "Say what was wrong" in page.words
    assert page.one("textarea", name="note").text.strip() == "oops"


def test_the_council_departs_from_the_count_with_a_reason(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    as_staff(client)
    url = f"/staff/rounds/{round.slug}/count/decision"
    typed = {"agreed": "no", "project": "B02", "reason": "", "decided_by": "Cabinet"}

    client.post(url, typed, status=422)
    client.post(url, {**typed, "reason": "The ground is contaminated."})
    page = client.get(f"/rounds/{round.slug}/results")
    why = client.get(f"/rounds/{round.slug}/results/B02")

    assert "Cabinet decided on 1 June 2026 not to fund “Project 2” although the count did" in page.words
    assert "Funded The council decided otherwise Why was" in why.words
    for other in (f"/rounds/{round.slug}/results", f"/rounds/{round.slug}/press", f"/embed/rounds/{round.slug}"):
        said = text_of(client.get(other).one("main"))
        assert "The council decided otherwise on 1 project: Project 2 (B02)." in said
    assert db.session.scalars(select(CouncilDecision.funds)).all() == [False]


def test_residents_and_admins_have_no_desk(client: StrictClient, clock: FixedClock) -> None:
    round = counted_round(clock)

    client.get(f"/staff/rounds/{round.slug}/count", status=303)
    as_staff(client, Role.ADMIN, name="Ada")
    client.get(f"/staff/rounds/{round.slug}/count", status=403)


# -- long counts


def test_a_long_count_runs_beside_the_request(
    client: StrictClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "INLINE", 10)
    round = open_box(make_round("counting", clock), BALLOTS)
    as_staff(client)

    client.post(f"/staff/rounds/{round.slug}/count", {})
    wait_for_counts()

    db.session.rollback()
    job = db.session.get_one(CountingJob, (round.id, "official"))
    assert (job.state, job.done) == ("done", 1)
    assert len(queries.official_counts(round.id)) == 1


def wait_for_counts() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("count-"):
            thread.join(30)


def test_the_page_of_a_running_count_renews_itself(client: StrictClient, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    row = CountingJob(
        round_id=round.id, purpose="official", state="running", total=4, done=1, started_at=clock(), seen_at=clock()
    )
    db.session.add(row)
    db.session.commit()
    as_staff(client)
    url = f"/staff/rounds/{round.slug}/count"

    page = client.get(url)
    fragment = client.get(url, headers={"HX-Request": "true"})

    assert page.one("div", id="desk").get("hx-trigger") == "every 2s"
    assert '<meta http-equiv="refresh" content="2">' in page.html
    assert "1 of 4 pots are counted. It began 0 seconds ago. It is reading ballots." in page.words
    assert fragment.html.strip() in page.html


def test_a_long_count_says_how_far_shares_are_raised(client: StrictClient, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    (task,) = queries.tasks_of(round, "cost_votes_id")
    told: list[Fraction] = []
    tally.run(task, told.append)
    row = CountingJob(
        round_id=round.id, purpose="official", state="running", total=1, started_at=clock(), seen_at=clock()
    )
    db.session.add(row)
    db.session.commit()
    as_staff(client)
    clock.at += timedelta(seconds=7)

    listener = jobs.Listener(round.id, "official", "The Together pot", task)
    listener.note()
    before = client.get(f"/staff/rounds/{round.slug}/count")
    listener(told[-1])
    listener.heard -= 2
    listener(told[-1])
    page = client.get(f"/staff/rounds/{round.slug}/count")

    assert told == sorted(told)
    assert told[-1] > told[0] >= task.amount // 62
    assert "It is counting “The Together pot”: 62 ballots. You can leave" in before.words
    assert "0 of 1 pot is counted. It began 7 seconds ago." in page.words
    clock.at += timedelta(seconds=193)
    assert "It began 3 minutes ago." in client.get(f"/staff/rounds/{round.slug}/count").words
    share = money(int(told[-1]))
    assert "Each voter’s share began at £967.74." in page.words
    assert f"It is raised step by step while money is left, and is now {share}." in page.words


def test_a_count_that_failed_says_why(app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), [["B99"]])
    by = actor_for(make_person("Olu", Role.OFFICER))
    with app.test_request_context(), committed():
        jobs.begin(session().get_one(Round, round.id), purpose="official", by=by, now=clock())
    wait_for_counts()

    db.session.rollback()
    job = db.session.get_one(CountingJob, (round.id, "official"))
    assert job.state == "failed"
    assert "B99" in job.problem


def test_a_second_long_count_waits_for_the_first(app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    by = actor_for(make_person("Olu", Role.OFFICER))

    with app.test_request_context():
        with committed():
            jobs.begin(session().get_one(Round, round.id), purpose="official", by=by, now=clock())
        with pytest.raises(service.errors.CountRunning), committed():
            jobs.begin(session().get_one(Round, round.id), purpose="official", by=by, now=clock())
    wait_for_counts()


# -- the public pages


def test_before_publication_nothing_is_given_away(client: StrictClient, clock: FixedClock) -> None:
    round = certified_round(clock)
    url = f"/rounds/{round.slug}/results"

    page = client.get(url)

    assert "The results are not out yet" in page.words
    assert "Voting has ended. Two people open the ballot box together" in page.words
    voting = make_round("voting", clock, title="Still open")
    assert "nobody can see how it is going" in client.get(f"/rounds/{voting.slug}/results").words
    assert "Project 1" not in page.html
    for hidden in (f"{url}/B01", f"{url}/rounds", f"{url}.csv", f"{url}.json"):
        client.get(hidden, status=404)


def test_overview_says_how_many_got_something_they_picked(client: StrictClient, clock: FixedClock) -> None:
    ballots = [["B01"]] * 60 + [["B02"]] * 40
    round = published_round(clock, ballots, projects=3)

    page = client.get(f"/rounds/{round.slug}/results")

    assert "100 people (100%) got at least one project they picked." in page.words
    assert "everyone who voted online proved their mailbox with a code. Votes stayed sealed" in page.words
    assert "Votes stayed sealed until the vote had closed" in page.words


def test_small_groups_are_not_shown(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    ward = make_ward("Quay")
    turn_out(round, web={ward.id: 40}, paper={ward.id: 13}, assisted={ward.id: 9})

    page = client.get(f"/rounds/{round.slug}/results")

    assert "Online 40" in page.words
    assert "On paper not shown" in page.words
    assert "With help not shown" in page.words
    assert "Groups of fewer than 10 people are not shown." in page.words


def test_steps_add_up(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)

    page = client.get(f"/rounds/{round.slug}/results/rounds")

    cells = [text_of(cell) for cell in page.all("td", data_label="Left in the pot")]
    costs = [text_of(cell) for cell in page.all("td", data_label="Cost")]
    assert costs == ["£10,000", "£9,000", "£11,000"]
    assert cells == ["£50,000", "£41,000", "£30,000"]
    assert "In all £30,000 was spent and £30,000 is left, which makes the pot of £60,000." in page.words


def test_an_old_version_is_marked_and_leads_to_the_new_one(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    by = actor_for(make_person("Pat", Role.OFFICER))
    with committed():
        service.publish(session().merge(round), by=by, now=clock(), note="The pot's source was misspelt.")

    old = client.get(f"/rounds/{round.slug}/results?version=1")
    new = client.get(f"/rounds/{round.slug}/results")

    assert "This is version 1. It was corrected since." in old.words
    assert "The pot's source was misspelt." in new.words
    client.get(f"/rounds/{round.slug}/results?version=3", status=404)


def test_the_table_is_safe_in_a_spreadsheet(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    project = queries.projects_of(round.id)[0]
    project.title = "=HYPERLINK(1)"
    db.session.commit()

    answer = client.get(f"/rounds/{round.slug}/results.csv")

    assert answer.response.data.startswith(b"\xef\xbb\xbfround,")
    rows = list(csv.DictReader(io.StringIO(answer.html)))
    assert {row["code"]: row["title"] for row in rows}["B01"] == "'=HYPERLINK(1)"
    assert [row["funded"] for row in rows] == ["true", "true", "true"]
    assert rows[0]["cost"] == "10000.00"


def test_tables_say_what_the_council_decided_and_when(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)

    def told(address: str) -> dict[str, tuple[str, str]]:
        rows = csv.DictReader(io.StringIO(client.get(f"{address}/results.csv").html))
        return {row["code"]: (row["council_decision"], row["decision_date"]) for row in rows}

    today = clock().date().isoformat()
    here, file = f"/rounds/{round.slug}", f"/data/rounds/{round.slug}"
    before = told(here)
    decide_on(round, clock, is_agreed=True)
    decide_on(round, clock, is_agreed=False, code="B03", funds=False)
    correct(round, clock, was='["B03"]', becomes='["B02"]', note="One ballot was read wrongly.")

    assert set(before.values()) == {("", "")}
    assert told(here) == dict.fromkeys(("B01", "B02"), ("agreed", today)) | {"B03": ("not_funded", today)}
    assert told(f"{file}/v2") == told(here)
    assert set(told(f"{file}/v1").values()) == {("", "")}
    decide_on(round, clock, is_agreed=True, code="B03")
    assert told(here)["B03"] == ("agreed", today)


def decide_on(round: Round, clock: FixedClock, *, is_agreed: bool, code: str = "", funds: bool | None = None) -> None:
    """The panel decides of the whole result, or of one project."""
    found = {project.code: project for project in queries.projects_of(round.id)}
    decisions.decide(
        db.session.merge(round),
        decided_by="The panel",
        is_agreed=is_agreed,
        reason="The bridge is closed for two years.",
        project=found.get(code),
        funds=funds,
        by=actor_for(make_person(f"Pat {code}{is_agreed}", Role.OFFICER)),
        now=clock(),
    )
    db.session.commit()


def test_the_data_carry_the_hashes_that_were_certified(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, BALLOTS * 4)
    (count,) = queries.official_counts(round.id)

    data = json.loads(client.get(f"/rounds/{round.slug}/results.json").html)

    assert data["counts"][0]["outcome_sha256"] == count.outcome_sha256
    assert data["counts"][0]["outcome"] == json.loads(count.outcome_json)


@pytest.mark.parametrize("path", ["results", "results/rounds", "results/B01"])
def test_pages_ask_the_database_as_often_for_many_projects_as_for_few(
    client: StrictClient, clock: FixedClock, path: str
) -> None:
    few = published_round(clock, projects=3, title="Few")
    many = published_round(clock, projects=20, title="Many")
    client.get(f"/rounds/{few.slug}/{path}")

    asked = [queries_of(client, f"/rounds/{round.slug}/{path}") for round in (few, many)]

    assert asked[0] == asked[1]


def queries_of(client: StrictClient, url: str) -> int:
    with statements() as seen:
        client.get(url)
    return len(seen)


def test_commands_count_and_count_again(sqlite_app: Flask, clock: FixedClock) -> None:
    round = open_box(make_round("counting", clock), BALLOTS)
    run = sqlite_app.test_cli_runner().invoke

    counted = run(args=["count", round.slug])
    again = run(args=["recount", round.slug])
    twice = run(args=["count", round.slug])

    assert "62 ballots, 3 projects funded" in counted.output
    assert again.output == "Counted again: the same.\n"
    assert (twice.exit_code, again.exit_code) == (1, 0)
    assert "counted already" in twice.output


# -- the reader's own picks


def test_the_overview_starts_from_the_readers_own_picks(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock, pots=(PotPlan("The pot", Money(12_000_00), "council"),))
    url = f"/rounds/{round.slug}/results"
    funded = {p.code for p in service.funded_projects(round, queries.latest_publication(round.id))}
    keep_draft(client, round, Draft(picks=("B01", "B02"), receipt="0123-4567-89AB"))

    mine = client.get(url)
    client.client.delete_cookie(f"ballot-{round.id}")
    others = client.get(url)

    won = len(funded & {"B01", "B02"})
    assert f"You picked 2 projects. {won} of them" in mine.words
    assert mine.response.headers["Cache-Control"] == "no-store"
    assert "You picked" not in others.words
    assert "no-store" not in others.response.headers["Cache-Control"]
    assert {"Cookie", "HX-Request"} <= set(others.response.vary)


def test_picks_that_were_never_sent_are_called_so(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    keep_draft(client, round, Draft(picks=("B01",)))

    page = client.get(f"/rounds/{round.slug}/results")

    assert "No vote was sent from this device" in page.words


def test_a_cookie_of_another_round_or_key_shows_nothing(client: StrictClient, clock: FixedClock) -> None:
    round = published_round(clock)
    other = drafts.write(Draft(picks=("B01",)), secret_key="another-secret-key-that-is-long", round_id=round.id)
    client.client.set_cookie(f"ballot-{round.id}", other)

    assert "You picked" not in client.get(f"/rounds/{round.slug}/results").words


def keep_draft(client: StrictClient, round: Round, draft: Draft) -> None:
    """Put a voter's draft into the browser, as the ballot does."""
    key = client.app.extensions["settings"].secret_key
    client.client.set_cookie(f"ballot-{round.id}", drafts.write(draft, secret_key=key, round_id=round.id))
