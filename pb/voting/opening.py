"""Opening the box of a closed vote: two people's act, then every ballot judged again, sorted and numbered."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from nacl.public import PrivateKey
from sqlalchemy import insert

from pb.approvals import service as approvals
from pb.approvals.actions import Action, Payload, declare
from pb.approvals.models import ApprovalRequest
from pb.core.actor import Actor
from pb.core.db import session
from pb.core.errors import Refusal
from pb.journal import kinds
from pb.journal.service import record
from pb.rounds.models import Round
from pb.voting import custody, sealing
from pb.voting.choices import BallotPaper, Marks, canonical, check_marks, choices_in, read_content
from pb.voting.closing import DESK, hold_alone
from pb.voting.errors import BoxIsOpen, BoxNotClosed, NotOnBallot
from pb.voting.models import Ballot, Contest, SetAside
from pb.voting.queries import paper_of, sealed_ballots

kinds.declare(
    {
        "box.opened": _l("The box was opened: %(opened)s ballots, %(set_aside)s set aside."),
    }
)


def ask_to_open(round: Round, *, by: Actor, now: datetime) -> ApprovalRequest:
    """Ask a second person to open the box with the server's key (mode S1).

    Raises: BoxNotClosed; BoxIsOpen; HoldersNeeded in mode S2; what `approvals.ask` raises
    """
    custody.key_of_server(check_can_open(round))
    what = str(_("Open the ballot box of %(round)s.", round=round.title))
    return approvals.ask("box.open", what=what, payload={"round_id": round.id}, round_id=round.id, by=by, now=now)


def check_can_open(round: Round) -> Contest:
    """Raises: BoxNotClosed; BoxIsOpen"""
    return _closed(session().get(Contest, round.id))


def _closed(contest: Contest | None) -> Contest:
    if contest is None or contest.state in ("frozen", "open"):
        raise BoxNotClosed
    if contest.state == "unsealed":
        raise BoxIsOpen
    return contest


def _open_agreed(payload: Payload, *, by: Actor, now: datetime) -> None:
    open_box(session().get_one(Round, payload["round_id"]), by=by, now=now)


declare(Action("box.open", _l("Open the ballot box"), roles=DESK, perform=_open_agreed))


def open_box(round: Round, *, by: Actor, now: datetime, key: PrivateKey | None = None, holders: str = "") -> Contest:
    """Unseal every ballot, set aside what is not one, and keep the rest for each pot, sorted before numbering.

    Two people stand behind this: those who asked and approved, or the two `holders` whose passphrases gave the `key`.

    Raises: BoxNotClosed; BoxIsOpen; HoldersNeeded without a key in mode S2; KeyMissing
    """
    contest = _closed(hold_alone(round.id))
    paper = paper_of(round)
    pots, aside = _open_all(paper, contest, key or custody.key_of_server(contest))
    for pot_id, choices in pots.items():
        rows = [{"pot_id": pot_id, "n": n, "choices": text} for n, text in enumerate(sorted(choices), start=1)]
        session().execute(insert(Ballot), rows)
    for reason, count in aside.items():
        session().add(SetAside(round_id=round.id, reason=reason, ballots=count))
    contest.state = "unsealed"
    opened = len(list(sealed_ballots(round.id))) - sum(aside.values())
    facts: dict[str, Any] = {"holders": holders} if holders else {}
    record(
        "box.opened",
        by=by,
        now=now,
        round_id=round.id,
        subject=round.title,
        opened=opened,
        set_aside=sum(aside.values()),
        reasons=dict(sorted(aside.items())),
        seal_mode=contest.seal_mode,
        **facts,
    )
    session().flush()
    return contest


def _open_all(paper: BallotPaper, contest: Contest, key: PrivateKey) -> tuple[dict[int, list[str]], Counter[str]]:
    pots: dict[int, list[str]] = defaultdict(list)
    aside: Counter[str] = Counter()
    for sealed in sealed_ballots(contest.round_id):
        try:
            by_pot = _judge(paper, sealing.unseal(sealed, key))
        except sealing.CannotOpen:
            aside["does_not_open"] += 1
        except (ValueError, NotOnBallot):
            aside["not_a_ballot"] += 1
        except Refusal as error:
            aside[_reason_of(error)] += 1
        else:
            for pot_id, choices in by_pot.items():
                pots[pot_id].append(choices)
    return pots, aside


def _judge(paper: BallotPaper, content: bytes) -> dict[int, str]:
    """A ballot's choices by pot, as canonical text.

    A ballot is judged as it was cast; then picks of projects withdrawn meanwhile fall away.

    Raises: ValueError; a Refusal of `check_marks`
    """
    by_pot = read_content(paper, content)
    known = {pot.id: pot for pot in paper.pots}
    if not set(by_pot) <= set(known) or len({known[p].ward_id for p in by_pot} - {None}) > 1:
        raise NotOnBallot
    for pot_id, marks in by_pot.items():
        if any(paper.line(code).pot_id != pot_id for code in marks):
            raise NotOnBallot
        check_marks(paper, marks)
    return {
        pot_id: canonical(choices_in(paper, known[pot_id], _still_there(paper, marks)))
        for pot_id, marks in by_pot.items()
    }


def _still_there(paper: BallotPaper, marks: Marks) -> Marks:
    return {code: value for code, value in marks.items() if not paper.line(code).is_withdrawn}


def _reason_of(error: Refusal) -> str:
    """`TooManyPicks` as `too_many_picks`: the reason code that is published with its count."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
