"""Deciding about contributions: publishing, blanking, asking to reword, moving, hiding, removing; and appeals.

Every act is written in the public record with its reason and the role, without names and without the words; the words
themselves are never lost. A hidden item leaves a stone; removing and appeals take another person than the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from pb.core.actor import Actor
from pb.core.db import session
from pb.discussion import notices, tally
from pb.discussion.conflicts import check_may_moderate
from pb.discussion.errors import (
    AlreadyDecided,
    BlankedTextNeeded,
    CannotBeRemoved,
    MessageNeeded,
    NowhereToMove,
    ReasonNotListed,
    TooLong,
)
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution, Flag, Moderation, Stance, Talk
from pb.discussion.reasons import ACTIONS, REASONS, REMOVABLE
from pb.discussion.service import MAX_CHARACTERS, announce, settle_state
from pb.journal.kinds import declare, declare_words
from pb.journal.service import record as record_in_journal

declare(
    {
        "contribution.moderated": _l("It was decided about a contribution: %(action)s."),
    }
)

declare_words("action", ACTIONS)

CHOICES = ("publish", "blank", "reword", "move", "hide", "remove")
LONGEST = 600


@dataclass(frozen=True)
class Decision:
    """What a moderator chose on the form.

    action:   publish, blank, reword, move, hide or remove
    reason:   a code of `REASONS`, for hide and remove
    message:  to the author; never public
    new_text: with `blank`, the words without the personal details
    """

    action: str
    reason: str = ""
    message: str = ""
    new_text: str = ""


def moderate(
    contribution: Contribution, decision: Decision, *, by: Actor, now: datetime, move_to: Host | None = None
) -> Moderation:
    """Decide about an item that waits, or hide a public one. The author is told, and how to appeal.

    Raises: NotAllowed, OfficersOnly, ConflictOfInterest, AlreadyDecided, ReasonNotListed, MessageNeeded,
            BlankedTextNeeded, NowhereToMove, CannotBeRemoved, TooLong; ValueError for an action that does not exist.
    """
    check_may_moderate(contribution, hold_talk(contribution), by, now)
    return decide(contribution, decision, by=by, now=now, move_to=move_to)


def check_decision(contribution: Contribution, decision: Decision) -> None:
    """Whether this could be decided about it now. Raises: as `moderate`, but for who decides."""
    if contribution.state not in ("held", "published", "rewording"):
        raise AlreadyDecided
    if decision.action not in CHOICES:
        raise ValueError(decision.action)
    if len(decision.message) > LONGEST:
        raise TooLong
    if decision.action == "hide" and decision.reason not in REASONS:
        raise ReasonNotListed
    if decision.action == "reword" and not decision.message.strip():
        raise MessageNeeded


def decide(
    contribution: Contribution, decision: Decision, *, by: Actor, now: datetime, move_to: Host | None = None
) -> Moderation:
    """Do what was decided by somebody who may: `moderate` and `overriding` have looked. Raises: as `moderate`."""
    talk = hold_talk(contribution)
    check_decision(contribution, decision)
    was_public = contribution.is_listed or contribution.held_because == "flags"
    act = note(contribution, talk, decision, by=by, now=now)
    _act(contribution, act, decision, now)
    if decision.action == "move":
        talk = _move(contribution, talk, move_to)
    _judge_flags(contribution, were_right=decision.action not in ("publish", "keep"))
    contribution.waiting_since, contribution.held_because = None, ""
    settle_state(talk, contribution)
    if contribution.state == "published" and not was_public:
        announce(talk, contribution, now)
    tell_author(contribution, act, talk, now)
    record_act(act, by, now)
    return act


def _act(contribution: Contribution, act: Moderation, decision: Decision, now: datetime) -> None:
    match decision.action:
        case "publish":
            _publish(contribution, act)
        case "blank":
            _blank(contribution, act, decision.new_text.strip())
        case "reword":
            contribution.state = "rewording"
        case "hide":
            _hide(contribution, decision, now)
        case "remove":
            if decision.reason not in REMOVABLE:
                raise CannotBeRemoved
            _hide(contribution, decision, now)
            act.needs_second = True
        case "move":
            contribution.state = "published"


def _publish(contribution: Contribution, act: Moderation) -> None:
    if contribution.state == "published" and contribution.waiting_since is None:
        raise AlreadyDecided
    if contribution.state == "published" or contribution.held_because == "flags":
        act.action = "keep"
    contribution.state = "published"


def _blank(contribution: Contribution, act: Moderation, new_text: str) -> None:
    if not new_text or new_text == contribution.text:
        raise BlankedTextNeeded
    if len(new_text) > MAX_CHARACTERS:
        raise TooLong
    act.text_before = contribution.text
    contribution.text, contribution.state = new_text, "published"


def _hide(contribution: Contribution, decision: Decision, now: datetime) -> None:
    contribution.state, contribution.hidden_because, contribution.hidden_at = "hidden", decision.reason, now


def _move(contribution: Contribution, talk: Talk, move_to: Host | None) -> Talk:
    """Take an item and its replies to another host's talk; the side taken goes with it where there is none yet."""
    if move_to is None or (move_to.kind, move_to.id) == (talk.host_kind, talk.host_id):
        raise NowhereToMove
    if contribution.parent_id is not None:
        raise NowhereToMove
    other = tally.hold(move_to)
    stance = session().get(Stance, (talk.host_kind, talk.host_id, contribution.author_id))
    if stance is not None and stance.contribution_id == contribution.id:
        there = (other.host_kind, other.host_id, contribution.author_id)
        session().delete(stance)
        session().flush()
        if session().get(Stance, there) is not None:
            raise NowhereToMove
        key = {"host_kind": there[0], "host_id": there[1], "person_id": there[2]}
        session().add(Stance(**key, side=contribution.kind, contribution_id=contribution.id, is_public=False))
    place = {"host_kind": other.host_kind, "host_id": other.host_id}
    thread = (Contribution.id == contribution.id) | (Contribution.parent_id == contribution.id)
    session().flush()
    session().execute(update(Contribution).where(thread).values(**place))
    session().refresh(contribution)
    contribution.host_version, contribution.state = move_to.version, "published"
    tally.count_again(talk)
    return other


def hold_talk(contribution: Contribution) -> Talk:
    """The item's talk and the item, locked and as they are now."""
    talk = tally.hold_talk(contribution.host_kind, contribution.host_id)
    session().refresh(contribution)
    return talk


def note(contribution: Contribution, talk: Talk, decision: Decision, *, by: Actor, now: datetime) -> Moderation:
    """One act, stored with how long the item waited for it."""
    waited = now - contribution.waiting_since if contribution.waiting_since else timedelta()
    act = Moderation(
        contribution=contribution,
        round_id=talk.round_id,
        action=decision.action,
        reason=decision.reason if decision.action in ("hide", "remove") else "",
        message=decision.message,
        moderator_id=by.id,
        moderator_role=by.main_role.value,
        waited_s=int(waited.total_seconds()),
        made_at=now,
    )
    session().add(act)
    return act


def _judge_flags(contribution: Contribution, *, were_right: bool) -> None:
    """Every report that was open is judged by what became of the item."""
    open_ones = (Flag.contribution_id == contribution.id) & Flag.was_right.is_(None)
    session().execute(update(Flag).where(open_ones).values(was_right=were_right))
    contribution.flags = 0.0


TOLD: dict[str, LazyString | str] = {
    "publish": _l("What you wrote about %(title)s is public now"),
    "blank": _l("What you wrote about %(title)s is public, with personal details taken out"),
    "reword": _l("Please reword what you wrote about %(title)s"),
    "hide": _l("What you wrote about %(title)s was hidden. You can ask for a review"),
    "remove": _l("What you wrote about %(title)s was hidden. You can ask for a review"),
    "move": _l("What you wrote was moved to %(title)s, where it belongs"),
    "restore": _l("What you wrote about %(title)s is shown again"),
}


def tell_author(contribution: Contribution, act: Moderation, talk: Talk, now: datetime) -> None:
    """Tell the author what was decided, in one sentence."""
    session().flush()
    told = TOLD.get(act.action)
    if told is not None:
        url = f"/c/{contribution.id}"
        notices.tell(contribution.author_id, "moderated", act.id, told, url=url, now=now, title=talk.title)


def subject(contribution: Contribution) -> str:
    """How the public record names an item."""
    return f"contribution {contribution.id}"


def record_act(act: Moderation, by: Actor, now: datetime) -> None:
    """The act, its reason and the role: no name, no word of what was written."""
    session().flush()
    reason = str(REASONS.get(act.reason, ""))
    record_in_journal(
        "contribution.moderated",
        by=by,
        now=now,
        subject=f"contribution {act.contribution_id}",
        round_id=act.round_id,
        reason=reason,
        action=act.action,
        why=act.reason,
        waits_for_second=act.needs_second,
    )
