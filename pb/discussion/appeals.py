"""Second looks: removing by two people, appeals decided by somebody else, showing again, and items nobody decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from pb.core.actor import SYSTEM, Actor
from pb.core.db import session
from pb.discussion import notices
from pb.discussion.conflicts import check_may_moderate, check_second_look
from pb.discussion.errors import (
    AlreadyDecided,
    AppealedAlready,
    AppealReasonNeeded,
    AppealTooLate,
    DecisionReasonNeeded,
    NotTheAuthor,
)
from pb.discussion.models import Contribution, Moderation, ModerationAppeal, Talk
from pb.discussion.moderating import LONGEST, Decision, hold_talk, note, record_act, subject, tell_author
from pb.discussion.service import settle_state
from pb.journal.kinds import declare, declare_words
from pb.journal.service import record

declare(
    {
        "moderation.appealed": _l("The author of a moderated contribution appealed."),
        "moderation.reviewed": _l("An appeal against moderation was decided: %(outcome)s."),
    }
)
declare_words("outcome", {"upheld": _l("the author was right"), "dismissed": _l("it stays as it is")})

TIME_TO_DECIDE = timedelta(hours=48)
TIME_TO_APPEAL = timedelta(days=14)
CAN_BE_APPEALED = frozenset({"hide", "remove", "blank", "reword", "move"})


def confirm_removal(act: Moderation, *, agrees: bool, by: Actor, now: datetime) -> Moderation:
    """The second person decides whether a hidden item is removed. Not agreeing leaves it hidden.

    Raises: AlreadyDecided, and what `check_second_look` raises.
    """
    contribution = act.contribution
    talk = hold_talk(contribution)
    session().refresh(act)
    if act.action != "remove" or not act.needs_second:
        raise AlreadyDecided
    check_second_look(act, by)
    act.needs_second, act.second_by = False, by.id
    if agrees:
        act.text_before = contribution.text
        contribution.text, contribution.update_text, contribution.state = "", "", "removed"
    else:
        act.action = "hide"
    settle_state(talk, contribution)
    record_act(act, by, now)
    return act


def appeal(act: Moderation, *, words: str, by: Actor, now: datetime) -> ModerationAppeal:
    """The author asks somebody else to look again, once, within 14 days.

    Raises: NotTheAuthor, AppealTooLate, AppealedAlready, AppealReasonNeeded.
    """
    contribution = act.contribution
    talk = hold_talk(contribution)
    if by.id is None or contribution.author_id != by.id or act.action not in CAN_BE_APPEALED:
        raise NotTheAuthor
    if now - act.made_at > TIME_TO_APPEAL:
        raise AppealTooLate
    if not words.strip() or len(words) > LONGEST:
        raise AppealReasonNeeded
    if session().scalar(select(ModerationAppeal.id).where(ModerationAppeal.moderation_id == act.id)):
        raise AppealedAlready
    made = ModerationAppeal(moderation=act, words=words.strip(), made_at=now)
    session().add(made)
    session().flush()
    record("moderation.appealed", by=by, now=now, subject=subject(contribution), round_id=talk.round_id)
    return made


def decide_appeal(made: ModerationAppeal, *, upheld: bool, reason: str, by: Actor, now: datetime) -> ModerationAppeal:
    """Decide an appeal, with a public reason. Upheld: the item is shown again as its author wrote it.

    Raises: AlreadyDecided, DecisionReasonNeeded, and what `check_second_look` raises.
    """
    act, contribution = made.moderation, made.moderation.contribution
    talk = hold_talk(contribution)
    session().refresh(made)
    check_second_look(act, by)
    if made.outcome is not None:
        raise AlreadyDecided
    if not reason.strip() or len(reason) > LONGEST:
        raise DecisionReasonNeeded
    made.outcome, made.reason = "upheld" if upheld else "dismissed", reason.strip()
    made.decided_by, made.decided_at = by.id, now
    if upheld:
        _restore(contribution, act, talk, by=by, now=now)
    session().flush()
    told, url = APPEAL_TOLD[made.outcome], f"/c/{contribution.id}"
    notices.tell(contribution.author_id, "appeal", made.id, told, url=url, now=now, title=talk.title)
    record(
        "moderation.reviewed",
        by=by,
        now=now,
        subject=subject(contribution),
        round_id=talk.round_id,
        reason=made.reason,
        outcome=made.outcome,
    )
    return made


APPEAL_TOLD = {
    "upheld": _l("Your appeal was upheld: what you wrote about %(title)s is shown again"),
    "dismissed": _l("Your appeal about %(title)s was decided: it stays as it is, with the reason"),
}


def _restore(contribution: Contribution, act: Moderation, talk: Talk, *, by: Actor, now: datetime) -> None:
    if act.text_before:
        contribution.text = act.text_before
    contribution.state, contribution.hidden_because, contribution.hidden_at = "published", "", None
    shown = note(contribution, talk, Decision("restore"), by=by, now=now)
    settle_state(talk, contribution)
    record_act(shown, by, now)


def restore(contribution: Contribution, *, by: Actor, now: datetime) -> Moderation:
    """Show a hidden item again: somebody has thought better of it.

    Raises: AlreadyDecided, and what `check_may_moderate` raises.
    """
    talk = hold_talk(contribution)
    check_may_moderate(contribution, talk, by, now)
    if contribution.state != "hidden":
        raise AlreadyDecided
    contribution.state, contribution.hidden_because, contribution.hidden_at = "published", "", None
    act = note(contribution, talk, Decision("restore"), by=by, now=now)
    settle_state(talk, contribution)
    tell_author(contribution, act, talk, now)
    record_act(act, by, now)
    return act


def return_overdue(*, now: datetime) -> int:
    """Show again what was reported and nobody decided about in 48 hours; returns how many."""
    late = (Contribution.state == "held") & (Contribution.held_because == "flags")
    waiting = select(Contribution).where(late, Contribution.waiting_since < now - TIME_TO_DECIDE)
    found = session().scalars(waiting.order_by(Contribution.id)).all()
    for contribution in found:
        talk = hold_talk(contribution)
        act = note(contribution, talk, Decision("return"), by=SYSTEM, now=now)
        contribution.state, contribution.held_because, contribution.waiting_since = "published", "", None
        contribution.flags = 0.0
        settle_state(talk, contribution)
        record_act(act, SYSTEM, now)
    return len(found)


def open_appeals() -> Sequence[ModerationAppeal]:
    """Appeals that wait for a decision, the oldest first."""
    waiting = select(ModerationAppeal).where(ModerationAppeal.outcome.is_(None))
    return session().scalars(waiting.order_by(ModerationAppeal.made_at, ModerationAppeal.id)).all()
