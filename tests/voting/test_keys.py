"""Three holders, any two of whom can open; one alone, a wrong passphrase or the whole database opens nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from nacl.public import SealedBox
from nacl.pwhash import argon2id
from sqlalchemy import select

from pb.core.actor import Role
from pb.core.db import Base, committed, db, session
from pb.core.keys import KeyMissing, key_folder
from pb.journal.models import JournalEntry
from pb.rounds import service as rounds
from pb.rounds.models import Round
from pb.voting import closing, custody, key_end, opening, sealing, wrapping
from pb.voting.errors import (
    HoldersNeeded,
    KeyDestroyed,
    KeyNotMade,
    KeyStillNeeded,
    NotByHolders,
    PassphrasesAlike,
    PassphraseTooShort,
    PassphraseWrong,
    TooFewDays,
)
from pb.voting.models import KeyCeremony
from pb.voting.queries import contest_of, last_moment, opened_ballots
from tests.conftest import FixedClock
from tests.support.client import StrictClient
from tests.support.people import actor_for, make_person, sign_in_as
from tests.support.proposals import make_proposal
from tests.support.rounds import make_round
from tests.support.voting import OFFICER, cast, closed, closed_and_opened, ready
from tests.voting.test_staff_routes import agree_as_another

CHEAP = wrapping.Cost(argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)
PHRASES = ("a lamp beside the canal", "seven geese over Quay", "Eisteddfod yn y gaeaf")
HOLDERS = [custody.Holder("Ann", "Monitoring officer"), custody.Holder("Ben", "Electoral services"),
           custody.Holder("Cat", "Neighbouring council")]  # fmt: skip


def split(round: Round) -> None:
    """Hold the ceremony for a round, cheaply."""
    key = custody.make_split_key(round, PHRASES, cost=CHEAP)
    db.session.rollback()
    with committed():
        custody.keep_split_key(session().get_one(Round, round.id), key, HOLDERS, now=round.created_at)


@pytest.fixture
def by_holders(app: Flask, clock: FixedClock) -> Round:
    """A round in mode S2 that takes votes, frozen with the holders' key."""
    app.config["CEREMONY_COST"] = CHEAP
    round = make_round("voting", clock, projects=12)
    with committed():
        frozen, round.frozen_at, sha, round.frozen_sha256 = round.frozen_at, None, round.frozen_sha256, None
        round.seal_mode = "S2"
    split(round)
    with committed():
        round.frozen_at, round.frozen_sha256 = frozen, sha
    ready(round)
    return round


# The wrapping -------------------------------------------------------------------------------------------------------


def test_every_pair_opens_and_nothing_else_does() -> None:
    key = wrapping.make(PHRASES, bound_to="quay", cost=CHEAP)
    sealed = sealing.seal(b"x", public_key=key.public_key, size=112)

    for a, b in itertools.combinations((1, 2, 3), 2):
        private = wrapping.open_with(key, {a: PHRASES[a - 1], b: PHRASES[b - 1]}, bound_to="quay")
        assert sealing.unseal(sealed, private) == b"x"
        wrong = [
            {a: PHRASES[a - 1], b: PHRASES[b - 1] + "!"},
            {a: PHRASES[b - 1], b: PHRASES[a - 1]},
            {a: PHRASES[a - 1], b: PHRASES[a - 1]},
            {a: PHRASES[a - 1], b: ""},
            {a: PHRASES[a - 1]},
            {a: PHRASES[a - 1], 4: PHRASES[b - 1]},
            dict(enumerate(PHRASES, start=1)),
        ]
        for phrases in wrong:
            with pytest.raises(wrapping.DoesNotFit):
                wrapping.open_with(key, phrases, bound_to="quay")
    with pytest.raises(wrapping.DoesNotFit):
        wrapping.open_with(key, {1: PHRASES[0], 2: PHRASES[1]}, bound_to="another round")


def test_a_pairs_wrapping_moved_to_another_pair_or_key_does_not_open() -> None:
    key, other = (wrapping.make(PHRASES, bound_to="quay", cost=CHEAP) for _ in range(2))
    moved = {**key.wrapped, "pairs": {**key.wrapped["pairs"], "1+2": key.wrapped["pairs"]["1+3"]}}

    for bad in (wrapping.SplitKey(key.public_key, moved), wrapping.SplitKey(other.public_key, key.wrapped)):
        with pytest.raises(wrapping.DoesNotFit):
            wrapping.open_with(bad, {1: PHRASES[0], 2: PHRASES[1]}, bound_to="quay")


def test_a_passphrase_is_the_same_however_it_is_spelled() -> None:
    key = wrapping.make((" café  au lait de Quay ", *PHRASES[1:]), bound_to="quay", cost=CHEAP)

    wrapping.open_with(key, {1: "cafe\u0301 au lait de Quay", 2: PHRASES[1]}, bound_to="quay")


def test_real_ceremonies_make_guessing_dear() -> None:
    assert wrapping.CEREMONY.memory >= 256 * 2**20
    assert wrapping.CEREMONY.passes >= 3


@pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaaaaaaaaaaaaa", "ababababababababab"])
def test_weak_and_equal_passphrases_are_refused(bad: str) -> None:
    with pytest.raises(PassphraseTooShort):
        custody.check_passphrases([PHRASES[0], bad])
    with pytest.raises(PassphrasesAlike):
        custody.check_passphrases([PHRASES[0], PHRASES[1], f" {PHRASES[0]} "])


# A whole vote in mode S2 --------------------------------------------------------------------------------------------


def test_two_holders_open_what_was_sealed_and_the_record_names_their_offices(
    by_holders: Round, clock: FixedClock
) -> None:
    cast(by_holders, ["B02"], now=clock.at)
    closed(by_holders)

    private = custody.unlock(by_holders, {1: PHRASES[0], 3: PHRASES[2]})
    with committed():
        opening.open_box(by_holders, by=OFFICER, now=last_moment(by_holders), key=private, holders="A, B")

    assert list(opened_ballots(by_holders.pots[0].id)) == ['["B02"]']
    facts = session().scalars(select(JournalEntry.facts).where(JournalEntry.kind == "box.opened")).one()
    assert (facts["seal_mode"], facts["holders"]) == ("S2", "A, B")
    made = session().scalars(select(JournalEntry).where(JournalEntry.kind == "key.made")).one()
    assert "Monitoring officer" in made.facts["holders"]
    assert "Ann" not in str(made.facts)


def test_without_two_passphrases_nobody_opens_not_with_the_database_and_every_file(
    app: Flask, by_holders: Round, clock: FixedClock
) -> None:
    cast(by_holders, ["B02"], now=clock.at)
    closed(by_holders)
    contest = contest_of(by_holders.id)

    with pytest.raises(HoldersNeeded), committed():
        opening.open_box(by_holders, by=OFFICER, now=last_moment(by_holders))
    with pytest.raises(KeyMissing):
        sealing.private_key(by_holders.id, contest.seal_public_key)
    for phrases in ({1: PHRASES[0]}, {1: PHRASES[0], 2: "not the right one at all"}):
        with pytest.raises(PassphraseWrong):
            custody.unlock(by_holders, phrases)
    private = bytes(custody.unlock(by_holders, {1: PHRASES[0], 2: PHRASES[1]}))
    db.session.rollback()
    for file in app.extensions["settings"].data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert private not in content, file.name
        assert private.hex().encode() not in content, file.name
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert not any(private in c if isinstance(c, bytes) else private.hex() in str(c) for c in row)


def test_a_ballot_cannot_be_frozen_before_the_ceremony_nor_its_key_made_after(app: Flask, clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    make_proposal(round, state="feasible", title="Benches on the canal")
    with pytest.raises(NotByHolders):
        custody.check_may_make(round)
    with committed():
        round.seal_mode = "S2"

    with pytest.raises(KeyNotMade), committed():
        closing.freeze_round(round, by=OFFICER, now=clock.at)
    split(round)
    with committed():
        contest = closing.freeze_round(round, by=OFFICER, now=clock.at)
        assert contest.seal_public_key == session().get_one(KeyCeremony, round.id).public_key

    assert not list(key_folder().glob(f"round-{round.id}-*.seal"))


def test_the_set_up_chooses_the_mode(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("informing", clock)
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    here = f"/staff/rounds/{round.slug}/ballot"
    page = client.get(here)

    form = next(form for form in page.all("form") if "rule" in page.fields(form))
    client.submit(page, form, url=here, seal_mode="S2", reason="The sum is large now")

    assert session().get_one(Round, round.id).seal_mode == "S2"
    client.submit(page, form, url=here, seal_mode="S9", reason="Something else", status=422)


# At the terminal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def pb(sqlite_app: Flask) -> Callable[..., Result]:
    sqlite_app.config["CEREMONY_COST"] = CHEAP

    def run(*args: str, typed: tuple[str, ...] = ()) -> Result:
        return sqlite_app.test_cli_runner().invoke(args=["keys", *args], input="\n".join([*typed, ""]))

    return run


def spoken(phrases: tuple[str, ...] = PHRASES) -> tuple[str, ...]:
    """What three holders type."""
    return tuple(word for h, p in zip(HOLDERS, phrases, strict=True) for word in (h.name, h.office, p, p))


def test_the_ceremony_from_making_to_opening_at_the_terminal(
    pb: Callable[..., Result], clock: FixedClock, tmp_path: Path
) -> None:
    round = make_round("valuating", clock)
    make_proposal(round, state="feasible", title="Benches on the canal")
    slug, paper = round.slug, tmp_path / "record.txt"
    assert "mode S2" in pb("create", slug).output
    with committed():
        round.seal_mode = "S2"

    trial = pb("create", slug, "--rehearsal", "--record", str(paper), typed=spoken()).output
    assert "REHEARSAL, NOT VALID" in trial
    assert "throw it away after" in trial
    assert session().get(KeyCeremony, round.id) is None
    done = pb("create", slug, "--record", str(paper), typed=spoken())
    assert done.exit_code == 0, done.output
    for words in ("Ann, Monitoring officer", "Signed: ____", "pb keys open together-for-quay", "Public key: "):
        assert words in paper.read_text()
    assert not any(phrase in done.output + paper.read_text() for phrase in PHRASES)
    assert "made already" in pb("create", slug, typed=spoken()).output

    tried = pb("open", slug, "--rehearsal", typed=("1 1", "2 3", PHRASES[1], PHRASES[2]))
    assert "The key opens. The box was not touched." in tried.output
    early = pb("open", slug)
    assert (early.exit_code, "has not been closed yet" in early.output) == (1, True)
    session().expire_all()
    with committed():
        closing.freeze_round(session().get_one(Round, round.id), by=OFFICER, now=clock.at)
    round = session().get_one(Round, round.id)
    (code,) = (project.code for project in session().scalars(select(closing.rounds.Project)))
    clock.at = last_moment(round) - timedelta(hours=1)
    cast(round, [code], now=clock.at)
    clock.at = last_moment(round)
    closed(round)

    opened = pb("open", slug, typed=("1,3", PHRASES[0], "a wrong one altogether", PHRASES[0], PHRASES[2]))
    assert "do not open the key" in opened.output
    assert "The box is open, by Monitoring officer and Neighbouring council." in opened.output
    assert list(opened_ballots(round.pots[0].id)) == [f'["{code}"]']
    status = pb("status", slug).output
    assert "mode S2" in status
    assert "Rehearsed: 1" in status or "Rehearsed: 2" in status


def test_enter_gives_a_made_passphrase_and_typing_errors_are_told(pb: Callable[..., Result], clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    with committed():
        round.seal_mode = "S2"
    first = ("Ann", "Officer", "", "")
    second = ("Ben", "Officer", "too short", "too short", PHRASES[1], "not the same", PHRASES[1], PHRASES[1])

    done = pb("create", round.slug, typed=(*first, *second, "Cat", "Officer", PHRASES[2], PHRASES[2]))

    assert done.exit_code == 0, done.output
    made = done.output.split("Yours is: ")[1].split()[0]
    assert len(made) == 24
    assert "at least 15 characters" in done.output
    assert "not the same" in done.output
    custody.unlock(session().get_one(Round, round.id), {1: made, 3: PHRASES[2]})


def test_three_wrong_tries_end_without_opening(pb: Callable[..., Result], clock: FixedClock) -> None:
    round = make_round("valuating", clock)
    with committed():
        round.seal_mode = "S2"
    split(round)

    done = pb("open", round.slug, "--rehearsal", typed=("1 2", *("wrong",) * 6))

    assert done.exit_code == 1
    assert "The third holder can stand in" in done.output


# The end of a key ---------------------------------------------------------------------------------------------------


def finished(round: Round, clock: FixedClock) -> None:
    """Results are public since now."""
    with committed():
        rounds.mark_published(session().get_one(Round, round.id), by=OFFICER, now=clock.at)


@pytest.mark.parametrize("mode", ["S1", "S2"])
def test_on_its_day_the_command_destroys_the_key_and_no_sealed_ballot_opens_again(
    sqlite_app: Flask, clock: FixedClock, mode: str
) -> None:
    round = make_round("voting", clock)
    if mode == "S2":
        with committed():
            frozen, round.frozen_at, sha, round.frozen_sha256 = round.frozen_at, None, round.frozen_sha256, None
            round.seal_mode = "S2"
        split(round)
        with committed():
            round.frozen_at, round.frozen_sha256 = frozen, sha
    ready(round)
    cast(round, ["B02"], now=clock.at)
    closed(round)
    private = custody.unlock(round, {1: PHRASES[0], 2: PHRASES[1]}) if mode == "S2" else None
    clock.at = last_moment(round)
    with committed():
        opening.open_box(round, by=OFFICER, now=clock.at, key=private)
    finished(round, clock)
    run = sqlite_app.test_cli_runner().invoke
    wrapped = str(session().get_one(KeyCeremony, round.id).wrapped["pairs"]["1+2"]) if mode == "S2" else ""
    round_id = round.id

    clock.at += timedelta(days=41)
    assert run(args=["keys", "destroy", "--due"]).output == ""
    clock.at += timedelta(days=1)
    assert "the key is destroyed" in run(args=["keys", "destroy", "--due"]).output
    assert run(args=["keys", "destroy", "--due"]).output == ""

    session().expire_all()
    contest = contest_of(round_id)
    assert contest.key_destroyed_at == clock.at
    assert not list(key_folder().glob(f"round-{round_id}-*.seal"))
    with pytest.raises(KeyDestroyed):
        custody.unlock(round, {1: PHRASES[0], 2: PHRASES[1]}) if mode == "S2" else custody.key_of_server(contest)
    with pytest.raises(KeyDestroyed), committed():
        key_end.destroy_key(round, by=OFFICER, now=clock.at)
    db.session.rollback()
    if wrapped:
        file = Path(str(db.engine.url.database))
        assert wrapped.encode() not in file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()


def test_a_key_is_not_destroyed_before_there_is_a_public_result(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)

    with pytest.raises(KeyStillNeeded), committed():
        key_end.destroy_key(round, by=OFFICER, now=clock.at)


def test_destroying_early_and_keeping_longer_take_two_people(client: StrictClient, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    closed_and_opened(round)
    clock.at = last_moment(round)
    finished(round, clock)
    page = f"/staff/rounds/{round.slug}/vote/key"
    usual = contest_of(round.id)
    sign_in_as(client, make_person("Sam", Role.OFFICER))
    until = clock.at + timedelta(days=100)

    early = client.post(f"{page}/keep", {"until": "2026-01-01T12:00", "reason": "There is a complaint"}, status=422)
    assert "Choose a later day" in early.words
    assert "Enter a date and time" in client.post(f"{page}/keep", {"reason": "x"}, status=422).words
    client.post(f"{page}/keep", {"until": until.strftime("%Y-%m-%dT%H:%M"), "reason": "There is a complaint"})
    assert "Waiting for a second person" in client.get(page).words
    agree_as_another(client)
    session().expire_all()
    assert usual.key_kept_until is not None
    assert key_end.keys_due(clock.at + timedelta(days=99), days=42) == []

    sign_in_as(client, make_person("Sam", Role.OFFICER))
    client.post(f"{page}/destroy", {"why": "The complaint is settled"})
    assert contest_of(round.id).key_destroyed_at is None
    agree_as_another(client)
    session().expire_all()
    assert contest_of(round.id).key_destroyed_at == clock.at
    assert "Destroyed" in client.get(page).words
    with pytest.raises(KeyDestroyed):
        key_end.ask_to_destroy(round, reason="", by=actor_for(make_person("Kim", Role.OFFICER)), now=clock.at)


def test_keeping_longer_means_a_later_day(app: Flask, clock: FixedClock) -> None:
    round = make_round("voting", clock)
    ready(round)
    closed_and_opened(round)
    finished(round, clock)

    with pytest.raises(TooFewDays):
        key_end.check_later(round, clock.at + timedelta(days=42), days=42)
    key_end.check_later(round, clock.at + timedelta(days=43), days=42)


def test_sealed_boxes_of_a_destroyed_key_stay_shut_for_whoever_keeps_a_backup(
    sqlite_app: Flask, clock: FixedClock
) -> None:
    """The public key alone, which is all that is left, opens nothing."""
    round = make_round("voting", clock)
    contest = ready(round)
    sealed = SealedBox(sealing.PublicKey(contest.seal_public_key)).encrypt(b"an old backup's ballot")
    closed_and_opened(round)
    finished(round, clock)
    with committed():
        key_end.destroy_key(session().get_one(Round, round.id), by=OFFICER, now=clock.at)

    with pytest.raises(KeyMissing):
        sealing.private_key(round.id, contest.seal_public_key)
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(bytes(sealed), sealing.PrivateKey.generate())
