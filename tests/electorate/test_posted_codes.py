"""Posted codes: made with two people, kept as hashes, handed over once, voided by the next, guessed by nobody."""

from __future__ import annotations

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from pb.approvals.errors import NotApproved
from pb.core.actor import Actor
from pb.core.db import committed, db, session
from pb.electorate import guessing, print_runs
from pb.electorate.codes import new_code
from pb.electorate.errors import (
    EnoughLetters,
    MistypedCode,
    NothingToPrint,
    RunIsOver,
    SlowDown,
    TooManyGuesses,
    UnknownCode,
)
from pb.electorate.letters import Addressee
from pb.electorate.models import Entitlement, PrintRun, RollEntry
from pb.electorate.posted import prove_code
from pb.journal.models import JournalEntry
from pb.rounds.models import Round
from tests.conftest import FixedClock
from tests.support.electorate import agreed, facts_of, listed, supplier_list, two_officers
from tests.support.rounds import make_round
from tests.support.together import together


@pytest.fixture
def officers(app: Flask) -> tuple[Actor, Actor]:
    return two_officers()


@pytest.fixture
def round(app: Flask, clock: FixedClock) -> Round:
    made = make_round("voting", clock)
    listed(made, "Ann Ŵyn", "Bob", "Cai", now=clock())
    return made


def prove(
    round: Round, typed: str, clock: FixedClock, *, browser: str = "b", network: str = "n", wait: str = ""
) -> str:
    return prove_code(round_id=round.id, typed=typed, network=network, browser=browser, ticket=wait, now=clock()).id


def guesses(round: Round, clock: FixedClock, **who: str) -> int:
    """How many wrong codes are looked up before the budget ends."""
    for number in range(100):
        try:
            prove(round, new_code(), clock, **{"browser": str(number), "network": str(number), **who})
        except UnknownCode:
            continue
        except TooManyGuesses:
            return number
    raise AssertionError("nothing stopped the guesser")


def codes_of(round: Round, officers: tuple[Actor, Actor], clock: FixedClock) -> dict[str, str]:
    return supplier_list(round, by=officers[0], second=officers[1], now=clock())


def test_each_person_gets_a_code_that_leads_to_them_alone(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    codes = codes_of(round, officers, clock)

    assert set(codes) == {"Ann Ŵyn", "Bob", "Cai"}
    names = {entry.entitlement_id: entry.name for entry in session().scalars(select(RollEntry))}
    for name, code in codes.items():
        assert names[prove(round, code.lower().replace("0", "o").replace("1", "l"), clock)] == name


def test_no_code_is_anywhere_in_the_database(round: Round, officers: tuple[Actor, Actor], clock: FixedClock) -> None:
    codes = codes_of(round, officers, clock)

    everything = ""
    for table in db.metadata.sorted_tables:
        everything += str(session().execute(select(table)).all())
    for code in codes.values():
        assert code not in everything
        assert code.replace("-", "") not in everything


def test_a_run_takes_two_people_and_is_handed_over_once(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    sam, kim = officers
    with pytest.raises(NotApproved), committed():
        print_runs.make_run(round=round, kind="list", facts=facts_of(round), by=sam, now=clock())
    agreed(round, "letters", by=sam, second=kim, now=clock())
    with pytest.raises(NotApproved), committed():
        print_runs.make_run(round=round, kind="list", facts=facts_of(round), by=sam, now=clock())

    with committed():
        first = print_runs.make_run(round=round, kind="letters", facts=facts_of(round), by=sam, now=clock())
        assert first.content.startswith(b"%PDF-")

    with pytest.raises(NothingToPrint), committed():
        print_runs.make_run(round=round, kind="letters", facts=facts_of(round), by=sam, now=clock())
    entry = session().scalars(select(JournalEntry).where(JournalEntry.kind == "codes.made")).one()
    assert entry.facts["codes"] == 3
    assert entry.facts["file_sha256"] == session().scalars(select(PrintRun)).one().file_sha256


def test_two_officers_who_press_at_once_give_nobody_two_codes(
    app: Flask, round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    agreed(round, "list", by=officers[0], second=officers[1], now=clock())
    agreed(round, "list", by=officers[1], second=officers[0], now=clock() + timedelta(seconds=1))
    facts, round_id = facts_of(round), round.id

    def press() -> str:
        with committed():
            mine = session().get_one(Round, round_id)
            print_runs.make_run(round=mine, kind="list", facts=facts, by=officers[0], now=clock())
        return "made"

    results = together(app, [press, press])

    assert results.count("made") == 1
    assert session().scalar(select(func.count()).select_from(PrintRun)) == 1


def test_a_new_letter_voids_the_old_code_and_stays_the_same_vote(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    old = codes_of(round, officers, clock)["Bob"]
    bob = prove(round, old, clock)
    with committed():
        entry = session().scalars(select(RollEntry).where(RollEntry.name == "Bob")).one()
        print_runs.reissue(entry=entry, why="seen", by=officers[0], now=clock())

    with pytest.raises(UnknownCode):
        prove(round, old, clock)
    clock.at += timedelta(seconds=1)
    new = codes_of(round, officers, clock)

    assert set(new) == {"Bob"}
    assert prove(round, new["Bob"], clock) == bob


def test_a_lost_file_is_voided_by_two_people_but_not_the_letters_made_since(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    first = codes_of(round, officers, clock)
    run = session().scalars(select(PrintRun)).one()
    run_id, made_at = run.id, clock()
    clock.at += timedelta(minutes=1)
    with committed():
        entry = session().scalars(select(RollEntry).where(RollEntry.name == "Bob")).one()
        print_runs.reissue(entry=entry, why="lost", by=officers[0], now=made_at)
    bobs = codes_of(round, officers, clock)["Bob"]

    with committed():
        assert print_runs.void_run(run=session().get_one(PrintRun, run_id), by=officers[0], now=clock()) == 2

    assert prove(round, bobs, clock)
    for name in ("Ann Ŵyn", "Cai"):
        with pytest.raises(UnknownCode):
            prove(round, first[name], clock)
    waiting = session().scalars(select(RollEntry.name).where(RollEntry.needs_letter)).all()
    assert sorted(waiting) == ["Ann Ŵyn", "Cai"]


def test_one_officer_alone_hands_over_at_most_twenty_letters_a_day(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    def letter() -> None:
        with committed():
            entry = session().scalars(select(RollEntry).where(RollEntry.name == "Cai")).one()
            print_runs.make_letter(entry=entry, round=round, facts=facts_of(round), by=officers[0], now=clock())

    for _ in range(20):
        letter()

    with pytest.raises(EnoughLetters):
        letter()
    clock.at += timedelta(days=1)
    letter()


def test_no_code_is_made_after_the_close(round: Round, officers: tuple[Actor, Actor], clock: FixedClock) -> None:
    agreed(round, "list", by=officers[0], second=officers[1], now=clock())
    with committed():
        session().get_one(Round, round.id).closed_at = clock()

    facts = facts_of(round)
    with pytest.raises(RunIsOver), committed():
        print_runs.make_run(round=round, kind="list", facts=facts, by=officers[0], now=clock())


def test_a_code_of_another_round_is_nothing_here(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    code = codes_of(round, officers, clock)["Bob"]
    other = make_round("voting", clock, title="Elsewhere")

    with pytest.raises(UnknownCode):
        prove(other, code, clock)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "12 letters and digits"),
        ("RPQ2", "You typed 4"),
        ("RPQU-J90V-X7T1", "it may be a V"),
        ("РРQ2-J90V-X7T1", "never part of a code"),
        ("A" * 10_000, "You typed 10000"),
    ],
)
def test_a_slip_is_explained_and_never_counted(round: Round, clock: FixedClock, typed: str, words: str) -> None:
    for _ in range(30):
        with pytest.raises(MistypedCode) as slip:
            prove(round, typed, clock)

    assert words in str(slip.value)


def test_200_honest_people_behind_one_address_are_unaffected(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    code = codes_of(round, officers, clock)["Bob"]

    for number in range(200):
        with pytest.raises(MistypedCode):
            prove(round, code[:-1] + ("2" if code[-1] != "2" else "3"), clock, browser=str(number))
        prove(round, code, clock, browser=str(number))


def test_a_guesser_has_20_tries_a_network_and_8_a_browser(round: Round, clock: FixedClock) -> None:
    assert guesses(round, clock, network="one") == 20
    assert guesses(round, clock, browser="one") == 8


def test_under_attack_each_code_waits_on_a_page_of_its_own(
    round: Round, officers: tuple[Actor, Actor], clock: FixedClock
) -> None:
    codes = codes_of(round, officers, clock)
    for number in range(50):
        with pytest.raises(UnknownCode):
            prove(round, new_code(), clock, browser=str(number), network=str(number))

    with pytest.raises(SlowDown) as first:
        prove(round, codes["Bob"], clock, browser="mine", network="mine")
    with pytest.raises(SlowDown):
        prove(round, codes["Bob"], clock, browser="mine", network="mine", wait=first.value.ticket)
    clock.at += timedelta(seconds=5)
    with pytest.raises(SlowDown):
        prove(round, codes["Cai"], clock, browser="mine", network="mine", wait=first.value.ticket)

    assert prove(round, codes["Bob"], clock, browser="mine", network="mine", wait=first.value.ticket)


@pytest.mark.parametrize("ticket", ["", ".", "x.y", "9" * 40, "²³.aa", "-5.aa", "1\0.aa"])
def test_a_forged_ticket_is_no_ticket(round: Round, clock: FixedClock, ticket: str) -> None:
    assert not guessing._has_waited("RPQ2J90VX7T1", ticket, clock())


def test_the_suppliers_list_runs_no_formula_and_quotes_everything(clock: FixedClock, round: Round) -> None:
    letters = [Addressee("RPQ2J90VX7T1", '=HYPERLINK("x")', ("-1 Flat", '"=1"', "High St;=1"), "@A1")]

    content = print_runs.supplier_csv(letters, facts_of(round), now=clock()).decode("utf-8-sig")

    row = list(csv.reader(io.StringIO(content)))[1]
    assert row[2:6] == ['\'=HYPERLINK("x")', '\'-1 Flat, "=1", High St;=1', "'@A1", "RPQ2-J90V-X7T1"]


def test_codes_come_from_the_systems_randomness_alone() -> None:
    """C28: nothing in this room or in voting imports `random`."""
    for file in [*Path("pb/electorate").rglob("*.py"), *Path("pb/voting").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "random" not in [name.split(".")[0] for name in names], file


def test_the_database_itself_refuses_two_people_with_one_code(round: Round, officers: tuple[Actor, Actor]) -> None:
    one = session().scalars(select(Entitlement)).first()
    assert one is not None
    same = text("UPDATE entitlement SET code_hash = :same")

    with pytest.raises(IntegrityError), committed():
        session().execute(same, {"same": one.person_key})
