"""The demonstration is really lived: through the rooms' services, once, the same on any day and on both databases."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pb import counting
from pb.accounts.models import Group, Person, StaffCredential
from pb.core.clock import council_zone, now
from pb.core.db import Base, db, session
from pb.core.outbox import OutboxMessage
from pb.core.settings import load_settings
from pb.counting import Approval, Election, count, tie_rule
from pb.demo import preparing, settings
from pb.demo.seeding import moderation, people
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.discussion.models import Citation, Contribution, ModerationAppeal, Notice, Statement, Summary, UsefulMark
from pb.electorate.models import Entitlement
from pb.factory import create_app
from pb.journal.queries import whole_chain
from pb.journal.service import verify
from pb.log.models import LogEntry
from pb.log.statuses import overdue_days
from pb.proposals.models import Proposal, Revision
from pb.results.queries import certifications, latest_publication
from pb.results.service import funded_projects, ties_of
from pb.rounds.models import Project, Round, Ward
from pb.rounds.phases import phase_of
from pb.valuation import queries as valuation
from pb.voting.models import Ballot, Contest, Envelope, IdempotencyKey, ReceiptInBox, SealedBallot
from pb.voting.queries import opened_ballots, turnout_by_channel
from tests.conftest import FixedClock, environment_for
from tests.support.client import StrictClient

LEAP_DAY = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
NIGHT_THE_CLOCKS_CHANGE = datetime(2027, 3, 28, 0, 5, tzinfo=UTC)
TOWNS = [
    pytest.param(("sqlite", LEAP_DAY), id="sqlite, leap day, last minute"),
    pytest.param(
        ("postgresql", NIGHT_THE_CLOCKS_CHANGE), id="postgresql, the night the clocks change", marks=pytest.mark.slow
    ),
]
"""Any day and hour will do: these are two awkward ones. An ordinary day is what the browser's tests walk through."""


@pytest.fixture(scope="module", params=TOWNS)
def _town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    database, moment = request.param
    app = _app_on(database, moment, request, tmp_path_factory)
    with app.app_context():
        assert preparing.prepare(lambda _line: None)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def town(_town: Flask) -> Iterator[Flask]:
    """An app with the whole demonstration in it, made once for all these tests, which only read."""
    yield _town
    db.session.rollback()


def _app_on(name: str, moment: datetime, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Flask:
    folder = folders.mktemp("demo")
    url = f"sqlite:///{folder}/demo.sqlite"
    if name == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    return create_app(load_settings(environment_for(folder, url)), clock=FixedClock(moment))


def _count(table: Any, *where: Any) -> int:
    return session().scalar(select(func.count()).select_from(table).where(*where)) or 0


def _round(key: str) -> Round:
    """A round by the key of its words: finished, voting or proposing."""
    phases = {"finished": "delivering", "voting": "voting", "proposing": "proposing"}
    rounds = session().scalars(select(Round)).all()
    return next(round for round in rounds if phase_of(round, now()) == phases[key])


def test_everybody_is_there(town: Flask) -> None:
    assert _count(Ward) == 5
    assert _count(Group) == 18
    assert _count(StaffCredential) == 12
    assert _count(Person) == 12 + 10 + 134


def test_three_rounds_stand_in_three_phases(town: Flask) -> None:
    phases = {phase_of(round, now()) for round in session().scalars(select(Round))}

    assert phases == {"delivering", "voting", "proposing"}


def test_every_proposal_has_its_code_and_state(town: Flask) -> None:
    states = {
        key: Counter(session().scalars(select(Proposal.state).where(Proposal.round_id == _round(key).id)))
        for key in ("voting", "proposing")
    }

    assert states["voting"] == {"on_ballot": 31, "merged": 1, "not_feasible": 1}
    assert states["proposing"] == {"published": 5, "under_valuation": 5, "draft": 2}
    assert _count(Proposal, Proposal.code.is_(None)) == 2


def test_the_open_vote_is_sealed_and_says_nothing_of_picks(town: Flask) -> None:
    round = _round("voting")
    sealed = session().scalars(select(Envelope.sealed).where(Envelope.round_id == round.id)).all()

    assert len(sealed) == len(set(sealed)) == 600
    assert len({len(envelope or b"") for envelope in sealed}) == 1
    assert _count(Ballot, Ballot.pot_id == round.pots[0].id) == 0
    assert _count(Entitlement, Entitlement.round_id == round.id) == 600


def test_the_closed_box_holds_what_was_cast_and_no_link(town: Flask) -> None:
    round = _round("finished")
    contest = session().get_one(Contest, round.id)

    assert contest.state == "unsealed"
    assert _count(SealedBallot) == _count(ReceiptInBox) == 1500
    assert _count(Envelope, Envelope.round_id == round.id, Envelope.sealed.is_not(None)) == 0
    assert _count(IdempotencyKey, IdempotencyKey.round_id == round.id) == 0
    assert sum(count for _, count in turnout_by_channel(round.id)) == 1500


def test_the_opened_ballots_are_the_ballots_that_were_drawn(town: Flask) -> None:
    made = preparing.town_of(now())
    codes = _codes_by_words(made)

    opened = Counter(opened_ballots(_round("finished").pots[0].id))

    drawn = Counter(_canonical([codes[code] for code in ballot.approvals]) for ballot in made.votes.finished)
    assert opened == drawn


def _codes_by_words(made: Any) -> dict[str, str]:
    """The code that each project of the finished round got, by the code in the words."""
    titles = {proposal.current.title: proposal.code for proposal in session().scalars(select(Proposal))}
    return {words.code: titles[words.title] for words in made.content.ballot_of("finished")}


def _canonical(codes: list[str]) -> str:
    return json.dumps(sorted(codes), separators=(",", ":"))


def test_the_result_is_what_the_engine_and_the_log_say(town: Flask) -> None:
    """Counted here once more from the words alone, by the engine, with the lot that the round committed to."""
    made, round = preparing.town_of(now()), _round("finished")
    codes = _codes_by_words(made)
    projects = [counting.Project(codes[words.code or ""], words.cost) for words in made.content.ballot_of("finished")]
    ballots = Counter(tuple(sorted(codes[code] for code in ballot.approvals)) for ballot in made.votes.finished)
    election = Election(projects, [(Approval(picks), cast) for picks, cast in ballots.items()], round.pots[0].amount)

    again = count(election, rule="equal-shares", ties=tie_rule(ties_of(round)), completion="add1")

    publication = latest_publication(round.id)
    assert publication is not None
    assert [project.code for project in funded_projects(round, publication)] == list(again.funded)
    assert set(again.funded) == {codes[entry.project] for entry in made.content.log}
    assert len(certifications(round.id, publication.counts_sha256)) == 2


def test_the_log_stands_where_the_words_leave_it(town: Flask) -> None:
    made = preparing.town_of(now())
    entries = {entry.title: entry for entry in session().scalars(select(LogEntry))}

    assert set(entries) == {words.title for words in made.content.log}
    for words in made.content.log:
        entry = entries[words.title]
        current = entry.current
        assert current.status == words.status.lower().replace(" ", "_")
        assert len(entry.versions) == 1 + len(words.updates)
        assert (current.was_due, current.next_by) == (words.was_due, words.next_by)
        assert current.paid == words.money.paid
        assert len(current.residents_did) == len(words.residents_did)
        assert Counter(line["state"] for line in current.deal if line["state"] != "not_due") == Counter(
            line.state.replace(" ", "_") for line in words.deal if line.state != "not due"
        )


def test_one_promise_is_past_its_date(town: Flask) -> None:
    overdue = {
        entry.title: days
        for entry in session().scalars(select(LogEntry))
        if (days := overdue_days(entry.current, now().astimezone(council_zone()).date()))
    }

    assert overdue == {"Safer walk along the canal": 23}


def test_checks_of_the_newest_round_wait_at_the_desk(town: Flask) -> None:
    desk = valuation.desk(_round("proposing"))

    assert (len(desk.waiting), len(desk.ready), len(desk.public)) == (7, 3, 0)


def test_the_record_holds_and_runs_in_the_order_of_time(town: Flask) -> None:
    entries = list(whole_chain())

    assert verify(entries) is None
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert entries[-1].at <= now()
    assert {entry.kind for entry in entries} >= {"round.published", "ballot.frozen", "voting.closed", "box.opened"}


def test_every_page_a_visitor_comes_to_opens(town: Flask) -> None:
    client = StrictClient(town)
    project, entry = session().scalars(select(Project.code)).first(), session().scalars(select(LogEntry)).first()
    finished, proposing, voting = (_round(key).slug for key in ("finished", "proposing", "voting"))
    assert entry is not None
    pages = [
        *("/", "/rounds", "/find", "/wards/E05999003", "/demo", "/demo/mailbox", "/log", f"/log/{entry.reference}"),
        *(f"/rounds/{slug}{end}" for slug in (finished, proposing, voting) for end in ("", "/projects", "/timeline")),
        *(f"/rounds/{finished}/results{end}" for end in ("", "/rounds", f"/{project}")),
        *(f"/rounds/{finished}/projects/{project}", f"/ballot/{voting}/check"),
    ]

    titles = {client.get(page).title for page in pages}

    assert len(titles) == len(pages)


def test_results_say_how_people_on_paper_were_known(town: Flask) -> None:
    page = StrictClient(town).get(f"/rounds/{_round('finished').slug}/results")

    assert "People who voted on paper or with help were seen in person." in page.words


def test_a_proposal_that_joined_another_says_which(town: Flask) -> None:
    code = session().scalars(select(Proposal.code).where(Proposal.state == "merged")).one()

    page = StrictClient(town).get(f"/rounds/{_round('voting').slug}/projects/{code}")

    assert "Merged into “Finish the towpath lights as far as the station”" in page.words


def test_when_the_vote_has_ended_prepare_says_how_to_have_an_open_one(
    town: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    today_is = now()

    def said(days: int) -> str:
        monkeypatch.setitem(town.extensions, "clock", FixedClock(today_is + timedelta(days=days)))
        return town.test_cli_runner().invoke(args=["demo", "prepare"]).output

    today, a_month_later = said(0), said(30)

    assert "vote has ended" not in today
    assert "vote has ended" in a_month_later
    assert "http://localhost" in today


def test_no_mail_waits_and_only_a_handful_is_kept(town: Flask) -> None:
    kept = session().scalars(select(OutboxMessage)).all()

    assert 1 <= len(kept) <= 8
    assert all(mail.sent_at is not None for mail in kept)


def test_a_second_run_changes_nothing(town: Flask) -> None:
    before = {table.name: _count(table) for table in Base.metadata.sorted_tables}

    made = preparing.prepare(lambda _line: None)

    assert not made
    assert {table.name: _count(table) for table in Base.metadata.sorted_tables} == before


def test_killed_half_way_the_next_run_starts_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = environment_for(tmp_path, f"sqlite:///{tmp_path}/demo.sqlite")
    app = create_app(load_settings(environment), clock=FixedClock(LEAP_DAY))
    monkeypatch.setattr(preparing, "ROOMS", (people, SimpleNamespace(steps=_killed_after_people)))
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            preparing.prepare(lambda _line: None)
        half_made = _count(Person)
        db.session.rollback()
        monkeypatch.setattr(preparing, "ROOMS", ())

        assert preparing.prepare(lambda _line: None)
        assert (half_made, _count(Person)) == (156, 0)
        db.session.remove()
        db.engine.dispose()


def _killed_after_people(town: Town) -> list[Step]:
    def kill(_now: datetime) -> None:
        raise KeyboardInterrupt

    return [Step(town.now, kill, alone=True)]


def test_a_real_council_is_never_seeded(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dataclasses.replace(sqlite_app.extensions["settings"], demo=False)
    monkeypatch.setitem(sqlite_app.extensions, "settings", real)

    with pytest.raises(preparing.NotADemonstration):
        preparing.prepare(lambda _line: None)


def test_settings_are_whole_and_keys_differ() -> None:
    first, second = (dict(line.split("=", 1) for line in settings.lines()) for _ in range(2))

    loaded = load_settings(first | {"BASE_URL": "http://127.0.0.1:8000"})

    assert loaded.demo
    assert loaded.council_name == "Harthwaite Borough Council"
    assert first["SECRET_KEY"] != second["SECRET_KEY"]


def test_people_talk_and_first_posts_are_read(town: Flask) -> None:
    """Every contribution of the content was said; suggestions made versions; the newest first posts still wait."""
    said = preparing.town_of(now()).content.contributions
    roots = _count(Contribution, Contribution.parent_id.is_(None))

    assert roots == len(said) + len(moderation.STORIES) > 250
    assert _count(Contribution, Contribution.state == "held") == 2
    assert _count(Revision, Revision.reason == "discussion") == _count(Citation)
    assert _count(Citation) > 20
    assert _count(UsefulMark) > 500
    assert _count(Summary) == 1
    assert _count(Statement, Statement.agrees > 0) == 6


def test_moderators_have_a_past_and_something_to_do(town: Flask) -> None:
    states = Counter(session().scalars(select(Contribution.state)))
    outcomes = Counter(session().scalars(select(ModerationAppeal.outcome)))

    assert (states["hidden"], states["rewording"], states["held"]) == (2, 1, 2)
    assert outcomes == {"dismissed": 1, "upheld": 1, None: 1}
    assert _count(Contribution, Contribution.waiting_since.is_not(None)) == 3
    assert _count(Notice, Notice.mailed_at.is_(None)) < 20
