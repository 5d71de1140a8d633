"""Every number in a sentence equals the data it came from, for every reason a count can give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest
from flask import Flask

from pb.counting import NotFunded, Outcome, Step, Tie
from pb.results import sentences
from pb.results.models import Count
from pb.results.report import PotReport, report, turnout_by
from pb.results.words import Say
from pb.rounds.models import Pot, Project
from pb.voting.models import Turnout


@dataclass(frozen=True)
class Case:
    reason: str
    words: str
    available: int | None = None
    rivals: tuple[tuple[str, int], ...] = ()
    rule: str = "equal-shares"
    support: int = 412


FUNDED = Step(1, "fund", "H02", 18_000_00, 430, 42_000_00, None, Fraction(4186), 0)
SKIPPED = Step(2, "skip", "H03", 30_000_00, 412, 28_800_00)

CASES = [
    Case("no_support", "Nobody picked it."),
    Case(
        "too_few_for_cost",
        "412 people picked it. Together their shares of the pot came to £20,600; it costs £30,000.",
        20_600_00,
    ),
    Case(
        "shares_already_used",
        "412 people picked it. At first their shares of the pot were enough. But some of them had also picked Canal"
        " lights (H02), and their shares were used there. £28,800 was left; it costs £30,000. It came within 4% of its"
        " cost.",
        28_800_00,
        (("H02", 13_200_00),),
    ),
    Case(
        "shares_already_used",
        "412 people picked it. At first their shares of the pot were enough. But those shares went to other projects"
        " that the same people had also picked. £12,000 was left; it costs £30,000.",
        12_000_00,
    ),
    Case(
        "does_not_fit",
        "412 people picked it. It was number 2 in order of support. When its turn came £28,800 was left, and it costs"
        " £30,000. It came within 4% of its cost.",
        28_800_00,
        rule="greedy",
    ),
    Case(
        "after_stop",
        "412 people picked it. This count stops at the first project that does not fit, and that came before its turn.",
        rule="greedy-no-skip",
    ),
    Case(
        "below_floor",
        "412 people picked it. That is fewer than this round asks for before a project can be funded.",
        rule="greedy-threshold",
    ),
    Case(
        "excluded_pair",
        "412 people picked it. It cannot be built together with Canal lights (H02), which had more support.",
        rivals=(("H02", 18_000_00),),
    ),
    Case("not_best", "412 people picked it. A set of other projects that fits the pot had more support in all."),
    Case(
        "tie",
        "412 people picked it. It tied with Canal lights (H02) in step 1. Among equals the cheaper goes first, then the"
        " one with more picks, then a lot drawn before voting.",
        rivals=(("H02", 18_000_00),),
    ),
    Case("withdrawn", "It was withdrawn. Picks for it were not counted."),
]


@pytest.fixture
def english(sqlite_app: Flask) -> Iterator[None]:
    with sqlite_app.test_request_context():
        yield


def pot_with(case: Case, *, left: int | None = None, voters: int = 1200) -> PotReport:
    """A pot of £60,000 with the canal lights funded and the skate ramp lost as the case says.

    left: what the supporters of the ramp had when the count ended
    """
    support = 0 if case.reason == "no_support" else case.support
    lost = NotFunded("H03", case.reason, 30_000_00, support, case.available, 1, case.rivals)  # type: ignore[arg-type]
    outcome = Outcome(
        rule=case.rule,
        parameters=(),
        ties="cost_votes_lot:seed",
        budget_limit=60_000_00,
        minor_units=100,
        funded=("H02",),
        not_funded=(lost,),
        steps=(FUNDED, SKIPPED) if case.reason == "does_not_fit" else (FUNDED,),
        spent=18_000_00,
        endowment=Fraction(50_00) if case.rule == "equal-shares" else None,
        ties_met=(Tie(1, ("H02", "H03"), "H02", "cost_votes_lot"),) if case.reason == "tie" else (),
    )
    pot = Pot(id=1, name="The pot", amount=60_000_00)
    projects = [
        Project(id=1, pot_id=1, code="H02", title="Canal lights", cost=18_000_00),
        Project(id=2, pot_id=1, code="H03", title="Skate ramp", cost=30_000_00),
    ]
    facts = {"voters": voters, "without_picks": 3, "with_a_funded_pick": 430, "picks": 842}
    facts |= {} if left is None else {"left": {"H03": left}}
    count = Count(pot_id=1, pot=pot, rule=case.rule, outcome_json=outcome.canonical().decode(), facts=facts)
    return report(count, projects)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.available}")
def test_why_a_project_was_not_funded(english: None, case: Case) -> None:
    pot = pot_with(case)
    line = pot.line("H03")
    assert line is not None

    assert " ".join(sentences.because(line, pot, Say("GBP", "approval"))) == case.words


def test_how_near_a_project_came_is_what_was_left_in_the_end(english: None) -> None:
    say = Say("GBP", "approval")
    far, near = pot_with(CASES[2], left=12_000_00), pot_with(CASES[2], left=28_799_50)
    lines = [pot.line("H03") for pot in (far, near)]

    told = [" ".join(sentences.because(line, pot, say)) for line, pot in zip(lines, (far, near), strict=True) if line]

    assert [line.short_by for line in lines if line] == [18_000_00, 1_200_50]
    assert told[0].endswith("In the end £12,000 was left; it costs £30,000.")
    assert told[1].endswith("In the end £28,799.50 was left; it costs £30,000. It came within 5% of its cost.")
    assert [len(far.came_close), len(near.came_close)] == [0, 1]


def test_what_a_few_supporters_had_left_is_not_told_in_a_small_pot(english: None) -> None:
    few, say = Case("shares_already_used", "", available=28_800_00, support=9), Say("GBP", "approval")
    pots = [pot_with(few, voters=voters) for voters in (199, 200)]

    told = [" ".join(sentences.because(pot.lines[-1], pot, say)) for pot in pots]

    assert told[0].endswith("It costs £30,000.")
    assert "£28,800 was left" in told[1]
    assert ["Money missing" in dict(sentences.numbers(pot.lines[-1], pot, say)) for pot in pots] == [False, True]


def test_every_reason_of_the_engine_has_its_sentence() -> None:
    from typing import get_args

    from pb.counting.outcome import Reason

    assert set(sentences.REASONS) == set(get_args(Reason)) == {case.reason for case in CASES}


def test_why_a_project_was_funded_by_shares(english: None) -> None:
    pot = pot_with(CASES[0])

    words = sentences.because(pot.funded[0], pot, Say("GBP", "approval"))

    assert words == ["430 people picked it.", "Their shares of the pot covered its £18,000 in step 1."]


def test_why_a_project_was_funded_by_most_votes(english: None) -> None:
    pot = pot_with(CASES[4])

    words = " ".join(sentences.because(pot.funded[0], pot, Say("GBP", "approval")))

    assert "It was number 1 in order of support." in words
    assert "When its turn came £60,000 was left, and it costs £18,000." in words


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.available}")
def test_no_sentence_names_a_number_that_is_not_in_the_data(english: None, case: Case) -> None:
    pot = pot_with(case)
    line = pot.line("H03")
    assert line is not None

    words = re.sub(r"\([A-Z]\d+\)", "", " ".join(sentences.because(line, pot, Say("GBP", "approval"))))
    named = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", words)}

    shares = int(Fraction(5000) * line.support) // 100
    percent = -(-(line.short_by or 0) * 100 // 30_000_00)
    available = (case.available or 0) // 100
    assert named <= {line.support, 30_000, shares, available, percent, 1, 2}


def test_headline_and_total_add_up(english: None) -> None:
    pot = pot_with(CASES[0])
    say = Say("GBP", "approval")

    assert sentences.pot(pot, say) == "£18,000 of £60,000 goes to 1 project; £42,000 is left."
    assert sentences.total(pot, say) == (
        "In all £18,000 was spent and £42,000 is left, which makes the pot of £60,000."
    )
    assert sentences.reach(pot) == "430 people (35%) got at least one project they picked."
    assert sentences.share(pot, say) == "£60,000 shared by 1,200 voters is £50 each."


def test_reach_is_silent_where_so_few_are_meant_that_they_could_be_named(english: None) -> None:
    pot = pot_with(CASES[0])
    pot.count.facts = {**pot.count.facts, "with_a_funded_pick": 1195}

    assert sentences.reach(pot) == ""


def test_amounts_are_in_the_rounds_own_currency(english: None) -> None:
    pot = pot_with(CASES[0])

    words = sentences.pot(pot, Say("PLN", "approval")).replace("\N{NO-BREAK SPACE}", " ")

    assert words == "PLN 18,000 of PLN 60,000 goes to 1 project; PLN 42,000 is left."


@pytest.mark.parametrize(
    ("ballots", "shown"),
    [
        ({"web": 40, "paper": 12}, {"web": 40, "paper": 12}),
        ({"web": 40, "paper": 9}, {"web": None, "paper": None}),
        ({"web": 40, "paper": 12, "assisted": 3}, {"web": 40, "paper": None, "assisted": None}),
        ({"web": 4, "paper": 3}, {"web": None, "paper": None}),
        ({"web": 40, "paper": 4, "assisted": 3}, {"web": None, "paper": None, "assisted": None}),
        ({"web": 40, "paper": 0}, {"web": 40, "paper": 0}),
    ],
)
def test_small_groups_cannot_be_worked_out(ballots: dict[str, int], shown: dict[str, int | None]) -> None:
    rows = [Turnout(round_id=1, ward_id=0, channel=name, ballots=n) for name, n in ballots.items()]

    assert turnout_by(rows, "channel") == shown
