"""Saying something: contributions, replies, changing and adding to them, marking them useful, answering them.

Locks are taken in one order: the person, then the talk. Nothing here is written in the public record, which is for
decisions; what is decided about contributions is in `moderating`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, func, select, update

from pb.accounts.models import Person, RoleGrant
from pb.core.actor import STAFF_ROLES, Actor, Role
from pb.core.db import session
from pb.core.errors import NotFound
from pb.discussion import election, notices, tally
from pb.discussion.errors import (
    AlreadySaid,
    ContactInPublic,
    ContactTooLong,
    NothingChangedYet,
    NotTheAuthor,
    NotYoursToAnswer,
    OwnMark,
    PausedForElection,
    ReasonMissing,
    TalkIsClosed,
    TimeToEditIsOver,
    TooLong,
    WrongOutcome,
)
from pb.discussion.holds import (
    FIRST_DAY,
    SLOW_FOR,
    SLOW_WINDOW,
    Posting,
    check_pace,
    has_contact,
    has_link,
    reason_to_hold,
    turns_slow,
)
from pb.discussion.hosts import Host
from pb.discussion.models import KINDS, Contribution, Follow, Notice, Stance, Talk, UsefulMark

MAX_CHARACTERS = 600
LONGEST_CONTACT = 200
LEAST_REASON = 15
TIME_TO_EDIT = timedelta(minutes=15)
REMEMBERED = timedelta(days=30)
SIDES = ("support", "worry")
OUTCOMES = {"question": ("answered",), "suggestion": ("changed", "not_changed"), "help": ("accepted",)}


@dataclass(frozen=True)
class Words:
    """What somebody typed into a form.

    language:        of the words, kept with them
    private_contact: with an offer of help, for the proposer's eyes only
    opened_at:       when the form was opened; None when no form sent it
    """

    text: str
    kind: str = "reply"
    language: str = "en"
    private_contact: str = ""
    opened_at: datetime | None = None


def post_contribution(host: Host, words: Words, *, by: Actor, now: datetime) -> Contribution:
    """Say something about a host: public at once, or held until somebody has read it (`state`, `held_because`).

    One support or worry each and version. Taking the other side keeps the old words, marked as a changed mind.

    Raises: TalkIsClosed, PausedForElection, ReasonMissing, TooLong, ContactInPublic, ContactTooLong, AlreadySaid,
            TooManyToday, WaitAMoment, SlowMode; ValueError for a kind that does not exist.
    """
    if words.kind not in KINDS:
        raise ValueError(words.kind)
    person = _writer(host, by, now)
    _check_words(words.kind, words.text, by)
    if len(words.private_contact) > LONGEST_CONTACT:
        raise ContactTooLong
    talk = tally.hold(host)
    stance = _free_side(talk, words.kind, by) if words.kind in SIDES else None
    contribution = _begin(host, talk, person, words, by=by, now=now)
    _store(talk, contribution, now)
    if words.kind in SIDES:
        _take_side(talk, contribution, stance, now)
    _settle(talk, contribution, now)
    return contribution


def reply(host: Host, contribution: Contribution, words: Words, *, by: Actor, now: datetime) -> Contribution:
    """Answer a contribution. There is one visible level: a reply to a reply belongs to the same root.

    Raises: NotFound when it is not public; and what `post_contribution` raises about words and pace.
    """
    person = _writer(host, by, now)
    _check_words("reply", words.text, by)
    talk = tally.hold(host)
    root = _public_root(contribution)
    said = _begin(host, talk, person, words, by=by, now=now)
    said.kind, said.parent_id = "reply", root.id
    _store(talk, said, now)
    _settle(talk, said, now)
    return said


def edit(contribution: Contribution, *, text: str, by: Actor, now: datetime) -> Contribution:
    """Put other words in the place of the first ones, for 15 minutes. A link added by it is read first.

    Raises: NotTheAuthor, TimeToEditIsOver, ReasonMissing, TooLong, ContactInPublic.
    """
    talk = _of_author(contribution, by)
    _check_words(contribution.kind, text, by)
    may_reword = contribution.state == "rewording"
    if not may_reword and (
        now - contribution.posted_at > TIME_TO_EDIT or contribution.state not in ("published", "held")
    ):
        raise TimeToEditIsOver
    added_link = has_link(text) and not has_link(contribution.text)
    contribution.text, contribution.edited_at = text, now
    if may_reword:
        _hold_back(contribution, "reworded", now)
    elif added_link and contribution.state == "published" and not is_named(by):
        _hold_back(contribution, "link", now)
    settle_state(talk, contribution)
    return contribution


def add_update(contribution: Contribution, *, text: str, by: Actor, now: datetime) -> Contribution:
    """Add or replace the words under "Update:"; the first words stay as they are.

    Raises: NotTheAuthor, NotFound when it is not public, ReasonMissing, TooLong, ContactInPublic.
    """
    talk = _of_author(contribution, by)
    _check_words("update", text, by)
    if contribution.state != "published":
        raise NotFound
    contribution.update_text, contribution.updated_at = text, now
    if has_link(text) and not is_named(by):
        _hold_back(contribution, "link", now)
    settle_state(talk, contribution)
    return contribution


def mark_useful(contribution: Contribution, *, by: Actor, now: datetime) -> None:
    """Say that a contribution is useful. Doing it twice changes nothing.

    Raises: OwnMark, NotFound when it is not public.
    """
    assert by.id is not None
    talk = _public_talk(contribution)
    if contribution.author_id == by.id:
        raise OwnMark
    if session().get(UsefulMark, (contribution.id, by.id)) is None:
        session().add(UsefulMark(contribution_id=contribution.id, person_id=by.id, marked_at=now))
    tally.count_marks(talk, contribution)


def unmark(contribution: Contribution, *, by: Actor) -> None:
    """Take "Useful" back. Doing it twice changes nothing."""
    assert by.id is not None
    talk = _public_talk(contribution)
    mark = session().get(UsefulMark, (contribution.id, by.id))
    if mark is not None:
        session().delete(mark)
    tally.count_marks(talk, contribution)


def answer(
    host: Host, contribution: Contribution, words: Words, *, outcome: str, by: Actor, now: datetime
) -> Contribution:
    """Say what becomes of a question (answered), a suggestion (changed, not_changed) or an offer (accepted).

    "Changed" needs a version made after the suggestion. The answer is a reply; it can be given again, the last counts.

    Returns: the reply
    Raises:  NotYoursToAnswer, WrongOutcome, NothingChangedYet, and what `reply` raises.
    """
    may_answer = host.is_proposer(by) or (contribution.kind == "question" and is_named(by))
    if not may_answer:
        raise NotYoursToAnswer
    if outcome not in OUTCOMES.get(contribution.kind, ()):
        raise WrongOutcome
    if outcome == "changed" and host.version <= contribution.host_version and not contribution.outcome_version:
        raise NothingChangedYet
    said = reply(host, contribution, words, by=by, now=now)
    contribution.outcome, contribution.outcome_reply_id = outcome, said.id
    if outcome == "changed":
        contribution.outcome_version = contribution.outcome_version or host.version
    tally.count_again(tally.hold(host))
    if contribution.author_id != by.id:
        told, url = TOLD_OUTCOME[outcome], f"/c/{contribution.id}"
        notices.tell(contribution.author_id, outcome, contribution.id, told, url=url, now=now, title=host.title)
    return said


TOLD_OUTCOME = {
    "answered": _l("Your question about %(title)s was answered"),
    "changed": _l("Your suggestion changed %(title)s"),
    "not_changed": _l("Your suggestion about %(title)s was answered: not changed, with the reason"),
    "accepted": _l("Your offer to help with %(title)s was accepted"),
}


def is_named(actor: Actor) -> bool:
    """Staff and councillors speak in their role, shown beside what they say."""
    return actor.has(*STAFF_ROLES, Role.COUNCILLOR)


def signature(host: Host, by: Actor) -> tuple[str, str]:
    """The name and the role shown beside a post. "proposer" is put into words by the page, in its language."""
    if is_named(by):
        return by.name, title_of(by)
    if host.is_proposer(by):
        return (f"{by.name}, {host.group_name}" if host.group_name else by.name)[:80], "proposer"
    return by.name, ""


def title_of(by: Actor) -> str:
    """How the public reads the most powerful role that this session holds."""
    held = select(RoleGrant.role, RoleGrant.title).where(RoleGrant.person_id == by.id).order_by(RoleGrant.id)
    titles = {
        role: title or role.replace("_", " ").capitalize()
        for role, title in session().execute(held)
        if role in by.roles
    }
    return str(titles.get(by.main_role, next(iter(titles.values()), "")))


def forget_person(person_id: int) -> None:
    """An account was deleted: its words keep their place, under nobody's name; contacts, follows and news go."""
    mine = update(Contribution).where(Contribution.author_id == person_id)
    session().execute(mine.values(author_name="", private_contact=""))
    here = (Contribution.host_kind == Talk.host_kind) & (Contribution.host_id == Talk.host_id)
    spoken_in = exists().where(here, Contribution.author_id == person_id)
    session().execute(update(Talk).where(spoken_in).values(stamp=secrets.token_hex(8)))
    session().execute(delete(Follow).where(Follow.person_id == person_id))
    session().execute(delete(Notice).where(Notice.person_id == person_id))


def _writer(host: Host, by: Actor, now: datetime) -> Person:
    """The person who writes, locked, so that limits hold for two posts sent at once."""
    assert by.id is not None
    if not host.is_open:
        raise TalkIsClosed
    if by.has(Role.COUNCILLOR) and not by.is_staff and election.is_on(host.round_id, now):
        raise PausedForElection
    return session().get_one(Person, by.id, with_for_update={"key_share": True}, populate_existing=True)


def _check_words(kind: str, text: str, by: Actor) -> None:
    least = LEAST_REASON if kind in SIDES else 1
    if len(text.strip()) < least:
        raise ReasonMissing(kind)
    if len(text) > MAX_CHARACTERS:
        raise TooLong
    if has_contact(text) and not is_named(by):
        raise ContactInPublic


def _free_side(talk: Talk, kind: str, by: Actor) -> Stance | None:
    """The side this person has taken here before, if any; the same side again needs a newer version."""
    stance = session().get(Stance, (talk.host_kind, talk.host_id, by.id))
    if stance is None or stance.side != kind:
        return stance
    said = session().get_one(Contribution, stance.contribution_id)
    if said.state in ("published", "held", "rewording") and said.host_version >= talk.version:
        raise AlreadySaid
    return stance


def _take_side(talk: Talk, contribution: Contribution, stance: Stance | None, now: datetime) -> None:
    """Write the side down. It begins to count when the contribution is public."""
    if stance is None:
        key = {"host_kind": talk.host_kind, "host_id": talk.host_id, "person_id": contribution.author_id}
        session().add(Stance(**key, side=contribution.kind, contribution_id=contribution.id, is_public=False))
        return
    if stance.side != contribution.kind:
        session().get_one(Contribution, stance.contribution_id).changed_mind_at = now
    stance.side, stance.contribution_id, stance.is_public = contribution.kind, contribution.id, False
    tally.moved_side(talk, contribution.author_id)


def _begin(host: Host, talk: Talk, person: Person, words: Words, *, by: Actor, now: datetime) -> Contribution:
    """A contribution that is public or held, not stored yet."""
    post = _posting(host, talk, person, words, by=by, now=now)
    check_pace(post)
    held = reason_to_hold(post)
    name, role = signature(host, by)
    return Contribution(
        host_kind=host.kind,
        host_id=host.id,
        host_version=host.version,
        kind=words.kind,
        author_id=person.id,
        author_name=name,
        author_role=role,
        language=words.language,
        text=words.text,
        private_contact=words.private_contact if words.kind == "help" else "",
        state="held" if held else "published",
        held_because=held,
        waiting_since=now if held else None,
        posted_at=now,
    )


def _posting(host: Host, talk: Talk, person: Person, words: Words, *, by: Actor, now: datetime) -> Posting:
    """What is known of a post and its writer, in two statements."""
    mine = Contribution.author_id == person.id
    counts = (
        select(func.count()).where(mine, Contribution.state == "published"),
        select(func.count()).where(mine, Contribution.hidden_at > now - REMEMBERED),
        select(func.count()).where(mine, Contribution.posted_at > now - FIRST_DAY),
        select(func.max(Contribution.posted_at)).where(mine),
    )
    known = session().execute(select(*(count.scalar_subquery() for count in counts))).one()
    approved, hidden_lately, last_day, last_at = known
    return Posting(
        text=words.text,
        now=now,
        account_since=person.created_at,
        approved=approved,
        last_day=last_day,
        last_at=last_at,
        hidden_lately=hidden_lately > 0,
        opened_at=words.opened_at,
        is_named=is_named(by) or host.is_proposer(by),
        is_slow=talk.slow_until is not None and talk.slow_until > now,
        before_election=election.is_on(host.round_id, now),
    )


def _public_root(contribution: Contribution) -> Contribution:
    """Raises: NotFound when it, or the contribution it answers, is not public."""
    session().refresh(contribution)
    root = contribution
    if contribution.parent_id is not None:
        root = session().get_one(Contribution, contribution.parent_id)
    if contribution.state != "published" or root.state != "published":
        raise NotFound
    return root


def _store(talk: Talk, contribution: Contribution, now: datetime) -> None:
    session().add(contribution)
    session().flush()
    _watch_pace(talk, now)


def _settle(talk: Talk, contribution: Contribution, now: datetime) -> None:
    settle_state(talk, contribution)
    if contribution.state == "published":
        announce(talk, contribution, now)


def settle_state(talk: Talk, contribution: Contribution) -> None:
    """After a change of state: what is listed, which side counts, the totals, the marks."""
    is_public = contribution.state == "published"
    if contribution.parent_id is None:
        was_listed = contribution.is_listed
        contribution.is_listed = is_public or (was_listed and contribution.state in ("hidden", "removed"))
        _side_counts(talk, contribution, is_public)
    else:
        _count_replies(contribution.parent_id)
    tally.count_again(talk)
    if contribution.useful:
        tally.count_marks(talk, contribution)


def _side_counts(talk: Talk, contribution: Contribution, is_public: bool) -> None:
    """The author's side counts while the contribution in which it was taken is public."""
    stance = session().get(Stance, (talk.host_kind, talk.host_id, contribution.author_id))
    if stance is None or stance.contribution_id != contribution.id or stance.is_public == is_public:
        return
    stance.is_public = is_public
    tally.moved_side(talk, contribution.author_id)


def _count_replies(parent_id: int) -> None:
    public = select(func.count()).where(Contribution.parent_id == parent_id, Contribution.state == "published")
    session().get_one(Contribution, parent_id).replies = session().scalar(public) or 0


def _watch_pace(talk: Talk, now: datetime) -> None:
    """Turn a talk slow for an hour when a crowd writes at once."""
    here = tally.of_talk(talk) & (Contribution.posted_at > now - SLOW_WINDOW)
    by_new = select(func.count()).join(Person, Person.id == Contribution.author_id)
    posts = session().scalar(select(func.count()).select_from(Contribution).where(here)) or 0
    from_new = session().scalar(by_new.select_from(Contribution).where(here, Person.created_at > now - FIRST_DAY)) or 0
    if turns_slow(posts, from_new):
        talk.slow_until = now + SLOW_FOR


def announce(talk: Talk, contribution: Contribution, now: datetime) -> None:
    """Tell the proposer, or for a reply the author of what it answers. Called when a contribution becomes public."""
    people = notices.answerable(talk)
    if contribution.parent_id is not None:
        people = {session().get_one(Contribution, contribution.parent_id).author_id}
    told, url = TOLD[contribution.kind], f"/c/{contribution.id}"
    people -= {contribution.author_id}
    notices.tell_all(people, "said", contribution.id, told, url=url, now=now, title=talk.title)


TOLD = {
    "reply": _l("Somebody replied to what you wrote about %(title)s"),
    "support": _l("Somebody supports %(title)s"),
    "worry": _l("Somebody is worried about %(title)s"),
    "question": _l("A question about %(title)s waits for your answer"),
    "suggestion": _l("A suggestion for %(title)s waits for your answer"),
    "help": _l("Somebody offers to help with %(title)s"),
}


def _of_author(contribution: Contribution, by: Actor) -> Talk:
    if by.id is None or contribution.author_id != by.id:
        raise NotTheAuthor
    return _held(contribution)


def _public_talk(contribution: Contribution) -> Talk:
    talk = _held(contribution)
    if contribution.state != "published":
        raise NotFound
    return talk


def _held(contribution: Contribution) -> Talk:
    """The talk and the contribution, locked and as they are now."""
    talk = tally.hold_talk(contribution.host_kind, contribution.host_id)
    session().refresh(contribution)
    return talk


def _hold_back(contribution: Contribution, because: str, now: datetime) -> None:
    contribution.state, contribution.held_because, contribution.waiting_since = "held", because, now
