"""The paper desk by plain forms: three people bring a batch from the door into the box."""

from __future__ import annotations

import pytest

from pb.core.actor import Role
from pb.core.db import committed, session
from pb.electorate.codes import check_symbol, new_code
from pb.electorate.models import Entitlement
from pb.electorate.posted import code_hash
from pb.paper import queries
from pb.rounds.models import Round, Ward
from pb.voting.queries import opened_ballots
from tests.conftest import FixedClock
from tests.support.client import Page, StrictClient
from tests.support.people import make_person, sign_in_as
from tests.support.rounds import make_round, make_ward
from tests.support.voting import cast, closed_and_opened, ready

DESK = "/staff/rounds/together-for-quay/paper"
BATCH = f"{DESK}/1"


@pytest.fixture
def ward(client: StrictClient) -> Ward:
    return make_ward("Quay")


@pytest.fixture
def round(client: StrictClient, ward: Ward, clock: FixedClock) -> Round:
    made = make_round("voting", clock, projects=12)
    ready(made)
    return made


def staff(client: StrictClient, name: str, role: Role = Role.OFFICER) -> StrictClient:
    """Another browser, of another member of staff."""
    other = StrictClient(client.app)
    sign_in_as(other, make_person(name, role))
    return other


@pytest.fixture
def sam(client: StrictClient, round: Round) -> StrictClient:
    return staff(client, "Sam")


def begin(sam: StrictClient, ward: Ward, count: int) -> Page:
    page = sam.get(DESK)
    return sam.follow(sam.submit(page, page.one("form", action=DESK), ward=str(ward.id), hand_count=str(count)))


def stub(sam: StrictClient, *, status: int = 303, do: str = "add", **details: str) -> Page:
    page = sam.get(BATCH)
    return sam.submit(page, page.one("form", action=f"{BATCH}/stubs"), status=status, do=do, **details)


def locked(sam: StrictClient, ward: Ward, count: int) -> None:
    begin(sam, ward, count)
    for n in range(count):
        stub(sam, name=f"Person {n}", address=f"{n} High Street")
    page = sam.get(BATCH)
    sam.submit(page, page.one("form", action=f"{BATCH}/begin"))


def type_paper(keyer: StrictClient, typed: str, *, status: int = 303, aside: str = "", back: str = "") -> Page:
    page = keyer.get(f"{BATCH}/key{back}")
    form = next(f for f in page.all("form") if f.get("id") == "paper")
    box = next(i.get("name") or "" for i in form.iter("input") if (i.get("name") or "").startswith("pot_"))
    return keyer.submit(page, form, status=status, aside=aside, **{box: typed})


def end(keyer: StrictClient) -> Page:
    page = keyer.get(f"{BATCH}/key")
    return keyer.follow(keyer.submit(page, page.one("form", action=f"{BATCH}/end")))


def test_three_people_bring_a_batch_into_the_box(
    client: StrictClient, sam: StrictClient, round: Round, ward: Ward
) -> None:
    nia, helena = staff(client, "Nia"), staff(client, "Helena", Role.RETURNING_OFFICER)
    locked(sam, ward, 3)
    for keyer, papers in ((sam, ("1 2", "3", "0")), (nia, ("1 2", "4", "0"))):
        for typed in papers:
            type_paper(keyer, typed)
        assert "You have finished this batch." in end(keyer).words

    page = nia.get(BATCH)
    assert "1 paper was read differently" in page.words
    nia.get(f"{BATCH}/differences", status=409)
    page = helena.get(f"{BATCH}/differences")
    assert "B03 Project 3" in page.words
    assert "B04 Project 4" in page.words
    helena.submit(page, page.one("form", action=f"{BATCH}/differences"), verdict="second")
    page = helena.get(BATCH)
    assert "Hand count, stubs and papers agree." in page.words
    desk = helena.follow(helena.submit(page, page.one("form", action=f"{BATCH}/seal")))

    assert "Sealed: 3 ballots of batch 1." in desk.words
    closed_and_opened(round)
    assert list(opened_ballots(round.pots[0].id)) == ['["B01","B02"]', '["B04"]', "[]"]


def test_a_slip_of_the_finger_is_told_at_its_box_and_stays(sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 1)

    page = type_paper(sam, "1 99", status=422)

    assert "There is no project 99 in this pot" in page.words
    focused = [e.get("name") or e.get("class") for e in page.tree.iter() if e.get("data-focus") is not None]
    assert focused == [box.get("name") for box in page.all("input") if (box.get("name") or "").startswith("pot_")][:1]
    assert "1 99" in [i.get("value") for i in page.all("input")]


def test_the_last_paper_is_shown_with_titles_and_can_be_gone_back_to(sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 2)
    type_paper(sam, "2 1")

    page = sam.get(f"{BATCH}/key")
    assert "ballot 2 of 2" in page.h1
    assert "B01 Project 1; B02 Project 2" in page.words
    back = sam.get(f"{BATCH}/key?paper=1")
    assert "B01 B02" in [i.get("value") for i in back.all("input")]
    type_paper(sam, "7", back="?paper=1")

    assert "B07 Project 7" in sam.get(f"{BATCH}/key").words


def test_a_second_keyer_sees_nothing_of_the_first(client: StrictClient, sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 1)
    type_paper(sam, "7")
    end(sam)
    nia = staff(client, "Nia")

    for path in ("", "/key", "/key?paper=1"):
        page = nia.get(BATCH + path)
        assert "as you keyed it" not in page.words
        assert "B07" not in [i.get("value") for i in page.all("input")]
    sam.get(f"{BATCH}/key", status=409)


def test_more_and_fewer_papers_than_counted_are_asked_for(sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 2)
    type_paper(sam, "1")
    assert "The pile ends here: no ballot 2" in sam.get(f"{BATCH}/key").words
    type_paper(sam, "1")
    type_paper(sam, "1")

    page = sam.get(f"{BATCH}/key?paper=3")
    sam.submit(page, page.one("form", action=f"{BATCH}/take-out/3"))

    assert queries.papers_keyed(1, 1) == 2
    assert "That was the last ballot: finish" in sam.get(f"{BATCH}/key").words


def test_a_stub_of_somebody_who_voted_online_is_refused_with_what_to_do(
    sam: StrictClient, round: Round, ward: Ward, clock: FixedClock
) -> None:
    cast(round, ["B01"], voter="ann@home.example", ward_id=ward.id, now=clock.at)
    begin(sam, ward, 1)

    page = stub(sam, status=409, email="Ann@Home.example")

    assert "has already voted online" in page.words
    assert "Ann@Home.example" in [i.get("value") for i in page.all("input")]


def test_one_stub_typed_two_ways_is_one_person_and_can_be_taken_back(sam: StrictClient, ward: Ward) -> None:
    begin(sam, ward, 2)
    stub(sam, name="Siân Price", address="12, High St., QU1 2AB")

    assert "has been received already" in stub(sam, status=409, name="sian price", address="12 high st qu1 2ab").words
    assert "Enter the e-mail address, or the name" in stub(sam, status=422, name="Sian").words
    assert "no stub with these details" in stub(sam, status=422, do="back", name="Sam", address="1").words
    stub(sam, do="back", name="SIÂN PRICE", address="12 High St QU12AB")

    assert queries.batch(1, 1).stubs == 0


@pytest.mark.parametrize(("count", "said"), [("", "Enter how many"), ("51", ""), ("x", "")])
def test_a_hand_count_that_is_none_is_told_at_its_field(sam: StrictClient, ward: Ward, count: str, said: str) -> None:
    page = sam.get(DESK)

    again = sam.submit(page, page.one("form", action=DESK), status=422, ward=str(ward.id), hand_count=count)

    assert said in again.words
    assert again.title.startswith("Error:")


def test_a_whole_batch_is_set_aside_with_a_reason(sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 1)
    page = sam.get(BATCH)
    form = page.one("form", action=f"{BATCH}/aside")
    sam.submit(page, form, status=422, note="")

    page = sam.follow(sam.submit(page, form, note="It got wet."))

    assert "Set aside" in page.words
    assert "It got wet." in page.words


def test_batches_wait_on_the_staff_home_and_at_the_vote(sam: StrictClient, ward: Ward) -> None:
    locked(sam, ward, 1)

    assert "Paper ballots to key and seal: Together for Quay" in sam.get("/staff").words
    assert "1 batch is not in the box yet" in sam.get("/staff/rounds/together-for-quay/vote").words


def test_before_the_freeze_there_is_no_paper_desk(client: StrictClient, clock: FixedClock) -> None:
    make_round("valuating", clock)

    staff(client, "Sam").get(DESK, status=404)


@pytest.mark.parametrize("path", ["", "/1", "/1/key", "/1/differences"])
def test_nobody_else_reaches_the_paper_desk(client: StrictClient, sam: StrictClient, ward: Ward, path: str) -> None:
    locked(sam, ward, 1)
    sign_in_as(client, make_person("Pat", Role.ADMIN))

    client.get(DESK + path, status=403)


def test_the_desk_makes_a_pdf_and_tells_what_is_missing(sam: StrictClient, ward: Ward) -> None:
    page = sam.get(f"{DESK}/ballots")
    assert "Large print, 24 point" in page.words
    assert len([box for box in page.all("input", name="versions") if box.get("checked") is not None]) == 4
    assert "Select a ward" in sam.get(f"{DESK}/ballots.pdf?versions=A&size=16&language=en", status=422).words

    answer = sam.client.get(f"{DESK}/ballots.pdf?ward={ward.id}&versions=A&versions=C&size=24&language=cy")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_where_there_is_a_list_a_stub_is_known_by_the_code_of_its_letter(
    sam: StrictClient, round: Round, ward: Ward
) -> None:
    code = "RPQ2J90VX7T"
    code += check_symbol(code)
    with committed():
        session().get_one(Round, round.id).identity_rung = 2
        ann = Entitlement(id="a" * 32, round_id=round.id, person_key=b"a" * 32, ward_id=ward.id, has_fixed_ward=True)
        ann.code_hash = code_hash(round.id, code)
        session().add(ann)
    page = begin(sam, ward, 1)
    assert not [i for i in page.all("input") if i.get("name") == "address"]

    assert "Enter the code of their letter" in stub(sam, status=422).words
    assert "does not work here" in stub(sam, status=422, code=new_code()).words
    assert "does not have this address" in stub(sam, status=422, email="nobody@home.example").words
    stub(sam, code=code.lower().replace("0", "o"))

    assert "received already" in stub(sam, status=409, code=code).words
    assert queries.batch(round.id, 1).stubs == 1
