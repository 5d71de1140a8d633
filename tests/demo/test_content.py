"""The demo council's words hold together, and stay true whatever day it is."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from pb.demo.checking import check
from pb.demo.content import load
from pb.demo.errors import ContentError
from pb.demo.shapes import Author, Content, CostLine, Proposal

TODAY = date(2026, 11, 22)
BEFORE_BALLOT = {"draft", "submitted", "published", "under_valuation"}


@pytest.fixture(scope="module")
def content() -> Content:
    return load(TODAY)


def test_load_places_the_end_of_voting_nine_days_ahead(content: Content) -> None:
    voting = next(r for r in content.rounds if r.key == "voting")

    assert voting.voting_ends_on == TODAY + timedelta(days=9)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2027, 12, 28), date(2028, 2, 29)])
def test_rounds_have_different_names_and_slugs_whatever_the_day(today: date) -> None:
    rounds = load(today).rounds

    assert len({r.name for r in rounds}) == len({r.slug for r in rounds}) == 3


def test_phases_run_in_order_of_time(content: Content) -> None:
    for round_ in content.rounds:
        starts = {phase.name: phase.starts_on for phase in round_.phases}

        assert list(starts.values()) == sorted(starts.values())
        assert starts["counting"] == round_.voting_ends_on <= round_.counted_on <= round_.decided_on


@pytest.mark.parametrize(
    ("key", "phase"), [("finished", "delivering"), ("voting", "voting"), ("proposing", "proposing")]
)
def test_each_round_is_in_the_phase_it_is_named_for(content: Content, key: str, phase: str) -> None:
    round_ = next(r for r in content.rounds if r.key == key)

    started = [p.name for p in round_.phases if p.starts_on <= TODAY]

    assert started[-1] == phase


def test_wards_share_out_all_residents(content: Content) -> None:
    assert sum(ward.share for ward in content.wards) == pytest.approx(1)
    assert Counter(c.ward for c in content.councillors) == {w.key: 2 for w in content.wards}


def test_an_unconstituted_group_has_a_host_that_is_constituted(content: Content) -> None:
    constitutions = {g.key: g.constitution for g in content.groups}

    for group in content.groups:
        assert (group.host is not None) == (group.constitution == "unconstituted")
        assert group.host is None or constitutions[group.host] != "unconstituted"


def test_every_ballot_has_codes_without_gaps(content: Content) -> None:
    for key, letter, number in (("finished", "A", 24), ("voting", "H", 31)):
        codes = [p.code for p in content.ballot_of(key)]

        assert codes == [f"{letter}{n:02d}" for n in range(1, number + 1)]


def test_projects_on_a_ballot_are_checked_costed_and_within_the_largest_cost(content: Content) -> None:
    for round_ in content.rounds:
        for project in content.ballot_of(round_.key):
            assert project.check is not None
            assert project.check.result in ("feasible", "feasible_with_changes")
            assert 0 < project.cost <= round_.largest_cost


def test_proposals_that_are_not_checked_yet_have_no_check(content: Content) -> None:
    for proposal in content.proposals:
        if proposal.status in BEFORE_BALLOT:
            assert proposal.check is None


def test_the_demo_shows_proposals_in_every_state_before_a_ballot(content: Content) -> None:
    states = {p.status for p in content.proposals_of("proposing")}

    assert states == BEFORE_BALLOT | {"feasible", "feasible_with_changes", "not_feasible"}


def test_proposals_say_what_they_are_in_80_to_165_words(content: Content) -> None:
    lengths = {p.key: len(p.what.split()) for p in content.proposals}

    assert {key: n for key, n in lengths.items() if not 80 <= n <= 165} == {}


def test_proposals_are_filled_in_except_drafts(content: Content) -> None:
    optional = {"code", "merged_into", "note", "check", "appeal", "running"}
    for proposal in content.proposals:
        if proposal.status == "draft":
            continue
        empty = {f.name for f in dataclasses.fields(Proposal) if not getattr(proposal, f.name)} - optional

        assert empty == set(), proposal.key


def test_no_text_is_used_twice(content: Content) -> None:
    texts = Counter(_texts(content))

    assert [text for text, times in texts.items() if times > 1] == []


def test_no_text_is_left_unfinished(content: Content) -> None:
    marks = re.compile(r"placeholder|lorem|ipsum|TODO|TBC|XXX|\{|\}", re.IGNORECASE)

    assert [text for text in _texts(content) if marks.search(text)] == []


def test_nobody_declares_support_or_worry_twice_on_one_proposal(content: Content) -> None:
    stances = Counter((c.proposal, c.author) for c in content.contributions if c.kind in ("support", "worry"))

    assert [who for who, times in stances.items() if times > 1] == []


def test_contributions_come_after_their_proposal_and_before_today(content: Content) -> None:
    submitted = {p.key: p.submitted_on for p in content.proposals}
    for contribution in content.contributions:
        start = submitted[contribution.proposal]
        days = [contribution.written_on, *(reply.written_on for reply in contribution.replies)]

        assert start is not None
        assert [start, *days, TODAY] == sorted([start, *days, TODAY]), contribution.key


def test_there_is_real_disagreement(content: Content) -> None:
    kinds = Counter(c.kind for c in content.contributions)

    assert sum(kinds.values()) >= 300
    assert kinds["worry"] > 0.6 * kinds["support"]


def test_log_deal_lines_are_those_of_the_project(content: Content) -> None:
    projects = {p.code: p for p in content.ballot_of("finished")}
    for entry in content.log:
        project = projects[entry.project]
        council = {line.text for line in project.council_will}
        residents = {line.text for line in project.we_will}

        assert {d.text for d in entry.deal if d.side == "council"} <= council, entry.slug
        assert {d.text for d in entry.deal if d.side == "residents"} <= residents, entry.slug


def test_log_money_starts_from_the_projects_cost(content: Content) -> None:
    costs = {p.code: p.cost for p in content.ballot_of("finished")}

    assert {e.project: e.money.budgeted for e in content.log} == {e.project: costs[e.project] for e in content.log}


def test_log_entries_carry_what_their_status_requires(content: Content) -> None:
    for entry in content.log:
        over = entry.status in ("Confirmed", "Stopped")

        assert (entry.next_step is None) == over, entry.slug
        assert (entry.next_by is None) == over, entry.slug
        if entry.status in ("Changed", "Delayed", "Stopped", "Finished", "Confirmed"):
            assert entry.what_we_learned, entry.slug
        if entry.status == "Confirmed":
            assert entry.confirmations is not None
            assert entry.confirmations.yes >= 5
        if entry.status == "Delayed":
            assert entry.was_due is not None


def test_the_log_shows_every_status_and_one_overdue_step(content: Content) -> None:
    statuses = {e.status for e in content.log}
    overdue = [e for e in content.log if e.next_by is not None and e.next_by < TODAY]

    assert statuses == {"Agreed", "Under way", "Delayed", "Changed", "Finished", "Confirmed", "Stopped"}
    assert [(e.project, (TODAY - e.next_by).days) for e in overdue if e.next_by] == [("A01", 23)]


def test_money_handed_back_is_in_the_next_pot(content: Content) -> None:
    stopped = next(e for e in content.log if e.status == "Stopped")
    sources = next(r for r in content.rounds if r.key == "voting").pots[0].sources

    assert stopped.money.left in [source.amount for source in sources]


def test_a_cost_that_does_not_add_up_is_refused(content: Content) -> None:
    first = content.proposals[0]
    wrong = dataclasses.replace(first, cost_lines=(*first.cost_lines, CostLine("A surprise", 1)))

    with pytest.raises(ContentError, match="canal-lights: its lines come to 1800001 pence but its cost is 1800000"):
        check(dataclasses.replace(content, proposals=(wrong, *content.proposals[1:])))


def test_an_author_nobody_knows_is_refused(content: Content) -> None:
    stranger = dataclasses.replace(content.contributions[0], author=Author("person", "Nobody Here"))

    with pytest.raises(ContentError, match="nobody known as 'Nobody Here'"):
        check(dataclasses.replace(content, contributions=(stranger, *content.contributions[1:])))


def test_a_refusal_without_a_rule_is_refused(content: Content) -> None:
    refused = next(p for p in content.proposals if p.status == "not_feasible")
    assert refused.check is not None
    wrong = dataclasses.replace(refused, check=dataclasses.replace(refused.check, criterion=None))
    others = tuple(p for p in content.proposals if p.key != refused.key)

    with pytest.raises(ContentError, match="cites a published rule"):
        check(dataclasses.replace(content, proposals=(*others, wrong)))


def _texts(content: Content) -> Iterator[str]:
    for proposal in content.proposals:
        yield from (proposal.title, proposal.summary, proposal.what)
    for contribution in content.contributions:
        yield contribution.text
        yield from (reply.text for reply in contribution.replies)
    for entry in content.log:
        yield from (entry.title, *(said.text for said in entry.you_said))
