"""The pages of proposals, as a visitor without JavaScript meets them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from pb.accounts.models import Person
from pb.core.db import db
from pb.core.money import Money
from pb.proposals import service
from pb.proposals.models import Proposal
from pb.rounds.models import Project, Round, Ward
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient, text_of
from tests.support.counting_queries import queries
from tests.support.people import actor_for, make_person, sign_in_as
from tests.support.proposals import COMPLETE, make_group, make_proposal
from tests.support.rounds import make_round, make_ward

HX = {"HX-Request": "true"}


@pytest.fixture
def round_(sqlite_app: Flask, clock: FixedClock) -> Round:
    make_ward("Quay")
    make_ward("Mill")
    return make_round("proposing", clock, max_ask=Money(30_000_00))


@pytest.fixture
def dev(sqlite_app: Flask) -> Person:
    return make_person("Dev")


@pytest.fixture
def draft(round_: Round, dev: Person, client: StrictClient) -> str:
    """The address of a new draft of Dev, who is signed in."""
    sign_in_as(client, dev)
    return client.post("/propose/together-for-quay", {"propose_as": "me"}).response.headers["Location"]


ANSWERS: dict[str, dict[str, str]] = {
    "idea": {"title": "Benches on the canal", "summary": "Four benches.", "what": "It is a long walk."},
    "place": {"place": "Lock 9", "ward": "", "theme": "streets"},
    "people": {"already_here": "A litter group", "who_benefits": "Walkers", "people_asked": "22", "who_we_asked": ""},
    "money": {"cost_lines-0-what": "4 benches", "cost_lines-0-pence": "3,000", "running_cost": "0", "running_note": ""},
    "deal": {"who_does_it": "we", "we_will-0-what": "Paint them", "we_will-0-by": "2027-05-01"},
    "outcome": {"outcome": "People sit there", "outcome_on": "30/6/2027", "risks": ""},
}


def answers(step: str) -> dict[str, str]:
    if step != "place":
        return ANSWERS[step]
    quay = db.session.scalars(db.select(Ward).filter_by(name="Quay")).one()
    return ANSWERS[step] | {"ward": str(quay.id)}


def the_draft() -> Proposal:
    db.session.rollback()
    return db.session.scalars(db.select(Proposal)).one()


def errors_of(page: Page) -> list[str]:
    return [text_of(e).removeprefix("Error: ") for e in page.all("p") if "error-message" in (e.get("class") or "")]


def summary_of(page: Page) -> list[str]:
    """The links of the error summary, each of which must lead to a control that is there."""
    summary = next(e for e in page.all("div") if "error-summary" in (e.get("class") or ""))
    links = list(summary.iter("a"))
    assert {link.get("href") for link in links} <= {f"#{e.get('id')}" for e in page.tree.iter()}
    return [text_of(link) for link in links]


def test_a_point_on_the_map_may_be_given_in_any_spelling(draft: str, client: StrictClient) -> None:
    answer = answers("place")

    wrong = client.post(f"{draft}/place", answer | {"point": "by the lock"}, status=422)
    client.post(f"{draft}/place", answer | {"point": "(53.5311°, −2.54120004)"})

    assert errors_of(wrong) == ["Enter latitude and longitude as two numbers, like 53.5311, -2.5412"]
    assert wrong.one("input", name="point").get("value") == "by the lock"
    assert the_draft().current.point == "53.53110, -2.54120"
    client.post(f"{draft}/place", answer | {"point": " "})
    assert the_draft().current.point == ""


class TestProposing:
    def test_visitor_sees_what_is_needed_and_the_way_to_sign_in(self, client: StrictClient, round_: Round) -> None:
        page = client.get("/propose/together-for-quay")

        assert page.h1 == "Propose a project"
        assert "£30,000" in page.words
        links = [a.get("href") for a in page.one("main").iter("a")]
        assert "/accounts/sign-in?next=/propose/together-for-quay" in links
        assert not page.one("main").findall(".//form")

    def test_visitor_may_not_start(self, client: StrictClient, round_: Round) -> None:
        answer = client.post("/propose/together-for-quay", {"propose_as": "me"})

        assert answer.response.headers["Location"].startswith("/accounts/sign-in")

    def test_closed_round_says_so_and_refuses(self, client: StrictClient, clock: FixedClock, dev: Person) -> None:
        make_round("voting", clock)
        sign_in_as(client, dev)

        page = client.get("/propose/together-for-quay")
        refused = client.post("/propose/together-for-quay", {"propose_as": "me"}, status=409)

        assert "does not take proposals now" in page.words
        assert "does not take proposals now" in refused.words

    def test_whole_way_from_start_to_the_code(self, client: StrictClient, draft: str) -> None:
        for step in ANSWERS:
            page = client.get(f"{draft}/{step}")
            onward = client.submit(page, page.one("main").find(".//form"), **answers(step))  # type: ignore[arg-type]
        check = client.follow(onward)
        sent = client.submit(check, check.one("main").find(".//form"), agree="y")  # type: ignore[arg-type]
        done = client.follow(sent)

        assert check.response.request.path == f"{draft}/check"
        assert done.h1 == "Your proposal has arrived"
        assert "Q01" in done.words
        public = client.get("/rounds/together-for-quay/projects/Q01")
        assert public.h1 == "Benches on the canal"
        assert "£3,000" in public.words
        assert "Paint them, by 1 May 2027" in public.words

    def test_sending_without_agreeing_is_asked_again(self, client: StrictClient, draft: str) -> None:
        service.save_draft(the_draft(), COMPLETE, by=actor_for(the_draft().proposer), now=the_draft().created_at)
        db.session.commit()

        page = client.post(f"{draft}/check", {}, status=422)

        assert errors_of(page) == ["Select the box to agree, then send in your proposal"]
        assert the_draft().state == "draft"

    def test_missing_answer_is_asked_for_at_its_field_and_the_rest_stays(
        self, client: StrictClient, draft: str
    ) -> None:
        page = client.post(f"{draft}/idea", {"title": "Benches", "summary": "", "what": "Long"}, status=422)

        assert errors_of(page) == ["Say in one sentence what it is"]
        assert page.title.startswith("Error:")
        assert page.one("input", id="title").get("value") == "Benches"

    def test_half_an_answer_can_be_kept_for_later(self, client: StrictClient, draft: str) -> None:
        client.post(f"{draft}/idea", {"title": "Benches", "summary": "", "what": "", "later": "1"})

        assert the_draft().current.title == "Benches"
        assert "Benches" in client.get("/me").words

    def test_cost_over_the_limit_is_refused_at_its_field_and_stays(self, client: StrictClient, draft: str) -> None:
        typed = {"cost_lines-0-what": "Ramp", "cost_lines-0-pence": "£30,000.01", "running_cost": "0"}

        page = client.post(f"{draft}/money", typed, status=422)

        assert errors_of(page) == ["The most you can ask for in this round is £30,000"]
        assert page.one("input", id="cost_lines-0-pence").get("value") == "£30,000.01"
        assert the_draft().current.cost_lines == []

    @pytest.mark.parametrize("cost", ["1,00", "1e6", "-5", "１２", "abc", "1.234", "9" * 400, "NaN", "\x00", "0"])
    def test_cost_that_is_no_cost_is_refused_and_stays(self, client: StrictClient, draft: str, cost: str) -> None:
        typed = {"cost_lines-0-what": "Ramp", "cost_lines-0-pence": cost, "running_cost": "0"}

        page = client.post(f"{draft}/money", typed, status=422)

        assert len(errors_of(page)) == 1
        assert summary_of(page) == errors_of(page)

    @pytest.mark.parametrize(
        ("step", "typed", "sentences"),
        [
            (
                "money",
                {},
                ["Enter at least one thing that costs money", "Enter what it costs each year afterwards, or 0"],
            ),
            ("money", {"running_cost": "0"}, ["Enter at least one thing that costs money"]),
            ("money", {"cost_lines-0-pence": "5", "running_cost": "0"}, ["Say what this money is for"]),
            ("deal", {"who_does_it": "we"}, ["Enter at least one thing that you would do"]),
            (
                "deal",
                {"who_does_it": "we", "we_will-0-what": "Sweep", "we_will-0-by": "2020-01-01"},
                ["Enter a date in the future, by which the promise will be kept"],
            ),
        ],
    )
    def test_what_is_wrong_in_a_line_is_said_at_the_top_too(
        self, client: StrictClient, draft: str, step: str, typed: dict[str, str], sentences: list[str]
    ) -> None:
        page = client.post(f"{draft}/{step}", typed, status=422)

        assert summary_of(page) == errors_of(page) == sentences
        assert page.title.startswith("Error:")

    def test_area_that_nobody_chose_yet_is_not_answered(self, client: StrictClient, draft: str) -> None:
        assert "The whole area" not in client.get(f"{draft}/check").words

    def test_adding_a_line_keeps_what_was_typed_and_gives_an_empty_one(self, client: StrictClient, draft: str) -> None:
        three = {
            f"cost_lines-{n}-{part}": value for n in range(3) for part, value in (("what", f"T{n}"), ("pence", "1"))
        }

        again = client.follow(client.post(f"{draft}/money", three | {"running_cost": "", "more": "cost_lines"}))

        values = [again.one("input", id=f"cost_lines-{n}-what").get("value") for n in range(4)]
        assert values == ["T0", "T1", "T2", ""]

    @pytest.mark.parametrize(
        "odd",
        ["cost_lines-²-what", f"cost_lines-{'9' * 5000}-what", "cost_lines--1-what", "cost_lines-x-what", "cost_lines"],
    )
    def test_line_numbers_that_no_page_makes_do_no_harm(self, client: StrictClient, draft: str, odd: str) -> None:
        client.post(f"{draft}/money", ANSWERS["money"] | {odd: "x"})

        assert the_draft().current.cost == 3_000_00

    @pytest.mark.parametrize(
        "day", ["31/2/2027", "tomorrow", "0001-01-01", "9999-12-31", "２０２７-13-01", "2026-05-01", "\x00"]
    )
    def test_date_that_is_no_good_date_is_refused(self, client: StrictClient, draft: str, day: str) -> None:
        page = client.post(f"{draft}/outcome", ANSWERS["outcome"] | {"outcome_on": day}, status=422)

        assert len(errors_of(page)) == 1
        assert errors_of(page)[0].startswith("Enter")

    @pytest.mark.parametrize(
        ("title", "sentence"),
        [
            ("A" * 10_000, "This must be 120 characters or fewer"),
            ("A", "The name must be 3 characters or more"),
            ("🌳🌳🌳🌳", "Start the title with a letter or a number, not with a sign such as = + - or @"),
            ("\u200d\u200d\u200d\u200d", "Use words in the name"),
            ("   ", "Enter a short name"),
            ("=HYPERLINK(1)", "Start the title with a letter or a number, not with a sign such as = + - or @"),
            ("__proto__", "Start the title with a letter or a number, not with a sign such as = + - or @"),
        ],
    )
    def test_odd_title_is_refused_with_its_sentence(
        self, client: StrictClient, draft: str, title: str, sentence: str
    ) -> None:
        page = client.post(f"{draft}/idea", ANSWERS["idea"] | {"title": title}, status=422)

        assert errors_of(page) == [sentence]

    @pytest.mark.parametrize("title", ["Teulu 👨‍👩‍👧 day", "constructor", "Łąka na rogu", "A\u202eb\x00c d"])
    def test_unusual_title_is_kept(self, client: StrictClient, draft: str, title: str) -> None:
        client.post(f"{draft}/idea", ANSWERS["idea"] | {"title": title})

        assert the_draft().current.title == re.sub("[\u202e\x00]", "", title)

    @pytest.mark.parametrize("choice", ["999999", "abc", "-1", "9" * 400, "all'"])
    def test_ward_and_theme_never_offered_are_refused(self, client: StrictClient, draft: str, choice: str) -> None:
        page = client.post(f"{draft}/place", {"place": "x", "ward": choice, "theme": choice}, status=422)

        assert errors_of(page) == ["Select one of the answers", "Select one of the answers"]

    def test_stranger_does_not_find_the_draft(self, client: StrictClient, draft: str) -> None:
        sign_in_as(client, make_person("Colin"))

        for page in ("", "/idea", "/check", "/sent", "/delete"):
            client.get(draft + page, status=404)
        client.post(f"{draft}/idea", ANSWERS["idea"], status=404)

    @pytest.mark.parametrize("odd", ["0", "999", "2147483648", "9" * 40, "1e9", "-1"])
    def test_draft_that_does_not_exist_is_not_found(self, client: StrictClient, draft: str, odd: str) -> None:
        client.get(f"/propose/together-for-quay/{odd}", status=404)

    def test_group_proposes_and_every_member_goes_on(self, client: StrictClient, round_: Round, dev: Person) -> None:
        ada = make_person("Ada")
        group = make_group("Canal Friends", dev, ada)
        sign_in_as(client, dev)
        start = client.get("/propose/together-for-quay")
        form = start.one("main").find(".//form")
        assert form is not None

        draft = client.submit(start, form, propose_as=str(group.id)).response.headers["Location"]
        sign_in_as(client, ada)

        assert "Proposed by Canal Friends" in client.get(draft).words

    def test_proposing_for_a_foreign_group_is_refused(self, client: StrictClient, round_: Round, dev: Person) -> None:
        group = make_group("Canal Friends", make_person("Ada"))
        sign_in_as(client, dev)

        page = client.post("/propose/together-for-quay", {"propose_as": str(group.id)}, status=422)

        assert "Select one of the answers" in page.words

    def test_same_name_to_the_eye_is_pointed_out(self, client: StrictClient, draft: str, round_: Round) -> None:
        make_proposal(round_, title="Tea room")
        mine = db.session.scalars(db.select(Proposal).filter_by(state="draft")).one()
        service.save_draft(mine, COMPLETE | {"title": "Теа rооm"}, by=actor_for(mine.proposer), now=mine.created_at)
        db.session.commit()

        page = client.get(f"{draft}/check")

        assert "There is already a proposal with this name" in page.words

    def test_draft_is_deleted_after_asking(self, client: StrictClient, draft: str) -> None:
        asked = client.get(f"{draft}/delete")

        client.submit(asked, asked.one("main").find(".//form"))  # type: ignore[arg-type]

        client.get(draft, status=404)


class TestChanging:
    @pytest.fixture
    def sent(self, round_: Round, dev: Person, client: StrictClient) -> Proposal:
        proposal = make_proposal(round_, proposer=dev)
        sign_in_as(client, dev)
        return proposal

    URL = "/rounds/together-for-quay/projects/B01"

    def test_new_version_shows_what_changed_in_words(self, client: StrictClient, sent: Proposal) -> None:
        page = client.get(f"{self.URL}/change")
        form = page.one("main").find(".//form")
        assert form is not None

        client.submit(page, form, place="Lock 10", why="correction", note="The wrong lock.")

        history = client.get(f"{self.URL}/history")
        assert [text_of(e) for e in history.all("del")] == [COMPLETE["place"]]
        assert [text_of(e) for e in history.all("ins")] == ["Lock 10"]
        assert f"Removed: {COMPLETE['place']} Added: Lock 10" in history.words
        assert "Version 2: Correction" in history.words

    def test_changing_nothing_and_saying_nothing_are_refused(self, client: StrictClient, sent: Proposal) -> None:
        page = client.get(f"{self.URL}/change")
        form = page.one("main").find(".//form")
        assert form is not None

        silent = client.submit(page, form, status=422, place="Lock 10")
        same = client.submit(page, form, status=422, why="correction", note="x")

        assert errors_of(silent) == ["Select why you change it", "Tell people what you changed, and why"]
        assert "You have not changed anything yet." in same.words

    def test_change_on_an_old_page_is_a_conflict_that_keeps_the_words(
        self, client: StrictClient, sent: Proposal
    ) -> None:
        page = client.get(f"{self.URL}/change")
        form = page.one("main").find(".//form")
        assert form is not None
        client.submit(page, form, place="Lock 10", why="correction", note="x")

        late = client.submit(page, form, status=409, place="Lock 11", why="correction", note="y")

        assert "Somebody changed this proposal" in late.words
        assert late.one("input", id="place").get("value") == "Lock 11"

    def test_emptied_answer_is_asked_for(self, client: StrictClient, sent: Proposal) -> None:
        page = client.get(f"{self.URL}/change")
        form = page.one("main").find(".//form")
        assert form is not None

        again = client.submit(page, form, status=422, what="", why="correction", note="x")

        assert errors_of(again) == ["Tell us what the problem is and what you would do"]
        assert len(sent.revisions) == 1

    def test_withdrawing_asks_why_and_keeps_the_page(self, client: StrictClient, sent: Proposal) -> None:
        client.post(f"{self.URL}/withdraw", {"reason": " "}, status=422)

        client.post(f"{self.URL}/withdraw", {"reason": "The canal trust does it."})

        assert "The proposer says: The canal trust does it." in client.get(self.URL).words

    def test_stranger_cannot_change_or_withdraw(self, client: StrictClient, sent: Proposal) -> None:
        sign_in_as(client, make_person("Colin"))

        for verb in ("change", "withdraw"):
            client.get(f"{self.URL}/{verb}", status=404)
            client.post(f"{self.URL}/{verb}", {"reason": "x"}, status=404)
        assert "This is your proposal" not in client.get(self.URL).words


class TestProjectPage:
    def test_page_says_everything_in_its_place(self, client: StrictClient, round_: Round) -> None:
        make_proposal(round_)

        page = client.get("/rounds/together-for-quay/projects/B01")

        assert page.h1 == COMPLETE["title"]
        for words in ("£12,000", "The whole area", "Streets and paths", "talked to 22 people", "Bats use the far end"):
            assert words in page.words
        assert page.one("input", id="address").get("value") == "http://localhost/p/B01"

    @pytest.mark.parametrize("state", ["draft", "hidden", "submitted"])
    def test_what_is_not_public_is_not_found(self, client: StrictClient, round_: Round, state: str) -> None:
        proposal = make_proposal(round_, state=state)
        proposal.code = "B01"
        db.session.commit()

        for tail in ("", ".json", "/history"):
            client.get(f"/rounds/together-for-quay/projects/B01{tail}", status=404)
        client.get("/p/B01", status=404)

    def test_short_address_leads_to_the_newest_round(
        self, client: StrictClient, round_: Round, clock: FixedClock
    ) -> None:
        make_proposal(round_)

        answer = client.get("/p/b01", status=303)

        assert answer.response.headers["Location"] == "/rounds/together-for-quay/projects/B01"

    def test_address_to_share_leads_to_this_round_even_when_a_newer_one_has_the_code(
        self, client: StrictClient, round_: Round, clock: FixedClock
    ) -> None:
        make_proposal(round_)
        newer = make_round("proposing", clock, title="Newer")
        newer.published_at = clock.at
        make_proposal(newer)
        db.session.commit()

        old, new = (client.get(f"/rounds/{slug}/projects/B01") for slug in (round_.slug, newer.slug))

        assert old.one("input", id="address").get("value") == f"http://localhost/rounds/{round_.slug}/projects/B01"
        assert new.one("input", id="address").get("value") == "http://localhost/p/B01"

    @pytest.mark.parametrize("code", ["ZZ9", "x" * 3000, "%00", "B01%E2%80%AE", "<svg>"])
    def test_code_that_does_not_exist_is_not_found(self, client: StrictClient, round_: Round, code: str) -> None:
        client.get(f"/rounds/together-for-quay/projects/{code}", status=404)
        client.get(f"/p/{code}", status=404)

    def test_json_twin_has_the_same_facts(self, client: StrictClient, round_: Round) -> None:
        make_proposal(round_)

        data = client.get("/rounds/together-for-quay/projects/B01.json").response.get_json()

        assert (data["code"], data["cost_pence"], data["round"]) == ("B01", 12_000_00, "together-for-quay")
        assert data["outcome_on"] == "2028-01-31"
        assert "email" not in str(data)

    def test_the_list_has_a_json_twin_without_drafts(self, client: StrictClient, clock: FixedClock) -> None:
        make_proposal(make_round("proposing", clock))
        make_round("draft", clock, title="Not yet")

        data = client.get("/rounds/together-for-quay/projects.json").response.get_json()

        assert [(line["code"], line["cost_pence"]) for line in data["projects"]] == [("B01", 12_000_00)]
        assert "email" not in str(data)
        client.get("/rounds/not-yet/projects.json", status=404)

    def test_imported_project_has_a_page_too(self, client: StrictClient, clock: FixedClock) -> None:
        round_ = make_round("results", clock)
        imported = {"code": "1234", "title": "Ogród", "cost": Money(5_00), "theme": "green, sport"}
        db.session.add(Project(round_id=round_.id, pot_id=round_.pots[0].id, **imported))
        db.session.commit()

        page = client.get("/rounds/together-for-quay/projects/1234")

        assert page.h1 == "Ogród"
        assert "green, sport" in page.words

    def test_proposals_page_shows_the_ballots_words_once_frozen(self, client: StrictClient, clock: FixedClock) -> None:
        round_ = make_round("voting", clock, projects=1)
        proposal = make_proposal(round_, state="on_ballot", title="As first proposed")
        proposal.code = "B01"
        db.session.commit()

        page = client.get("/rounds/together-for-quay/projects/B01")

        assert page.h1 == "Project 1"
        assert "£9,000" in page.words


class TestList:
    def test_empty_list_says_what_to_do(self, client: StrictClient, round_: Round) -> None:
        page = client.get("/rounds/together-for-quay/projects")

        assert "Nobody has proposed anything yet" in page.words

    def rows(self, page: Page) -> list[str]:
        return [
            e.get("id", "").removeprefix("project-")
            for e in page.all("li")
            if "project" in (e.get("class") or "").split()
        ]

    def test_filters_narrow_and_the_count_says_so(self, client: StrictClient, round_: Round) -> None:
        quay = db.session.scalars(db.select(Ward).filter_by(name="Quay")).one()
        make_proposal(round_, ward=quay, title="Café garden", theme="green", cost=4_000_00)
        make_proposal(round_, title="Skate ramp", theme="active", cost=20_000_00)
        base = "/rounds/together-for-quay/projects"

        found = {
            query: (self.rows(page := client.get(f"{base}?{query}")), text_of(page.one("p", id="found")))
            for query in (
                "ward=quay",
                "theme=active",
                "cost=under-5000",
                "words=CAFE+gar",
                "words=zebra",
                "ward=nowhere",
            )
        }

        assert found == {
            "ward=quay": (["Q01"], "1 of 2 proposals"),
            "theme=active": (["B01"], "1 of 2 proposals"),
            "cost=under-5000": (["Q01"], "1 of 2 proposals"),
            "words=CAFE+gar": (["Q01"], "1 of 2 proposals"),
            "words=zebra": ([], "0 of 2 proposals"),
            "ward=nowhere": ([], "0 of 2 proposals"),
        }

    def test_25_a_page_in_one_order_without_repeats(self, client: StrictClient, round_: Round) -> None:
        for _ in range(30):
            make_proposal(round_)
        base = "/rounds/together-for-quay/projects"

        first, second, every = (self.rows(client.get(base + q)) for q in ("", "?page=2", "?all=1"))

        assert (len(first), len(second)) == (25, 5)
        assert first + second == every
        assert sorted(every) != every

    def test_order_changes_with_the_day_and_only_then(
        self, client: StrictClient, round_: Round, clock: FixedClock
    ) -> None:
        for _ in range(8):
            make_proposal(round_)
        base = "/rounds/together-for-quay/projects"

        today, again = self.rows(client.get(base)), self.rows(client.get(base + "?words=benches"))
        clock.at += timedelta(days=1)
        tomorrow = self.rows(client.get(base))

        assert today == again
        assert today != tomorrow
        assert sorted(today) == sorted(tomorrow)

    def test_what_cannot_go_to_the_vote_stays_public_on_its_own_list(self, client: StrictClient, round_: Round) -> None:
        make_proposal(round_)
        make_proposal(round_, state="not_feasible")
        make_proposal(round_, state="hidden")
        base = "/rounds/together-for-quay/projects"

        page, out = client.get(base), client.get(base + "?out=1")

        assert (self.rows(page), self.rows(out)) == (["B01"], ["B02"])
        assert "1 proposal is not going to the vote" in page.words

    def test_frozen_round_lists_its_projects_and_leaves_the_others_out(
        self, client: StrictClient, clock: FixedClock
    ) -> None:
        round_ = make_round("voting", clock, projects=2)
        late = make_proposal(round_, state="not_shortlisted")

        page = client.get("/rounds/together-for-quay/projects")

        assert sorted(self.rows(page)) == ["B01", "B02"]
        assert self.rows(client.get("/rounds/together-for-quay/projects?out=1")) == [late.code]

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=9" * 99,
            "page=<svg onload>",
            "page=１",
            "cost=x'--",
            "words=" + "%00%E2%80%AE" * 50,
            "all=9",
            "sort=name;select",
            "out=x",
        ],
    )
    def test_strange_addresses_do_no_harm(self, client: StrictClient, round_: Round, query: str) -> None:
        make_proposal(round_)

        client.get(f"/rounds/together-for-quay/projects?{query}")

    def test_fragment_equals_the_same_part_of_the_page(self, client: StrictClient, round_: Round) -> None:
        make_proposal(round_)
        url = "/rounds/together-for-quay/projects?words=benches"

        page, part = client.get(url), client.get(url, headers=HX)

        assert text_of(page.one("div", id="results")) == text_of(part.one("div", id="results"))
        assert text_of(page.one("p", id="found")) == text_of(part.one("p", id="found"))
        assert part.one("p", id="found").get("hx-swap-oob") == "innerHTML"

    @pytest.mark.parametrize("path", ["/rounds/together-for-quay/projects", "/me"])
    def test_more_rows_need_no_more_queries(self, client: StrictClient, round_: Round, dev: Person, path: str) -> None:
        quay = db.session.scalars(db.select(Ward).filter_by(name="Quay")).one()
        sign_in_as(client, dev)
        make_proposal(round_, ward=quay, proposer=dev)
        one = count_queries(client, path)
        for _ in range(2):
            make_proposal(round_, ward=quay, proposer=dev, group=make_group(f"Group {_}", dev))

        assert count_queries(client, path) == one


def count_queries(client: StrictClient, path: str) -> int:
    client.get(path)
    with queries() as seen:
        client.get(path)
    return len(seen)


def test_round_page_offers_to_propose_and_to_read(client: StrictClient, round_: Round) -> None:
    page = client.get("/rounds/together-for-quay")

    links = {a.get("href") for a in page.one("main").iter("a")}
    assert {"/propose/together-for-quay", "/rounds/together-for-quay/projects"} <= links


def test_my_things_say_when_there_is_nothing(client: StrictClient, dev: Person) -> None:
    sign_in_as(client, dev)

    assert "You have not proposed anything yet" in client.get("/me").words
