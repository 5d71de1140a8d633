"""Telling people, once each, what happened to what they wrote or follow; the digest groups it into one letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from flask_babel import LazyString, force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import and_, func, inspect, select, update
from sqlalchemy.exc import IntegrityError

from pb.accounts.models import GroupMember, Person
from pb.core.db import session
from pb.core.outbox import send_mail
from pb.discussion.models import Contribution, Follow, Notice, Talk

GATHER = timedelta(minutes=20)
"""A letter waits this long for more news to go with it."""
MOST_LINES = 30


def tell(
    person_id: int, kind: str, subject_id: int, words: LazyString | str, *, url: str, now: datetime, **values: str
) -> None:
    """Note one thing for one person, in their language. The same kind about the same subject is told once.

    `values` go into the translated words: `tell(…, _l("News of %(title)s"), title="H12")`.
    """
    person = session().get(Person, person_id)
    if person is None or person.deleted_at is not None:
        return
    same = (Notice.person_id == person_id) & (Notice.kind == kind) & (Notice.subject_id == subject_id)
    if session().scalar(select(Notice.id).where(same)):
        return
    with force_locale(person.language):
        sentence = (str(words) % values if values else str(words))[:300]
    notice = Notice(person_id=person_id, kind=kind, subject_id=subject_id, words=sentence, url=url[:200], made_at=now)
    try:
        with session().begin_nested():
            session().add(notice)
    except IntegrityError:  # told at the same moment by another request
        pass


def tell_all(
    people: Iterable[int],
    kind: str,
    subject_id: int,
    words: LazyString | str,
    *,
    url: str,
    now: datetime,
    **values: str,
) -> None:
    """Tell several people the same, each once."""
    for person_id in sorted(set(people)):
        tell(person_id, kind, subject_id, words, url=url, now=now, **values)


def answerable(talk: Talk) -> set[int]:
    """Who answers for the host: the proposer and those who act for the proposing group."""
    members = select(GroupMember.person_id).where(GroupMember.group_id == talk.group_id)
    acting = set(session().scalars(members)) if talk.group_id else set()
    return acting | ({talk.proposer_id} if talk.proposer_id else set())


def unread_of(person_id: int, *, at_most: int = 20) -> Sequence[Notice]:
    """The newest news of a person that were not read yet."""
    unread = select(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return session().scalars(unread.order_by(Notice.id.desc()).limit(at_most)).all()


def mark_read(person_id: int, *, up_to: int, now: datetime) -> None:
    """All news of a person up to this one have been read."""
    unread = (Notice.person_id == person_id) & Notice.read_at.is_(None) & (Notice.id <= up_to)
    session().execute(update(Notice).where(unread).values(read_at=now))


def follow(host_kind: str, host_id: int, *, person_id: int, now: datetime) -> None:
    """Begin to follow; doing it again changes nothing."""
    if session().get(Follow, (host_kind, host_id, person_id)) is not None:
        return
    row = Follow(host_kind=host_kind, host_id=host_id, person_id=person_id, since=now, told_at=now)
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        pass


def unfollow(host_kind: str, host_id: int, *, person_id: int) -> None:
    """Stop following; doing it again changes nothing."""
    row = session().get(Follow, (host_kind, host_id, person_id))
    if row is not None:
        session().delete(row)
        session().flush()


def send_digests(*, base_url: str, now: datetime) -> int:
    """Write one letter to everybody who has news: newest first, each thing once. Returns how many letters.

    News younger than 20 minutes wait for company. What was read on the site meanwhile is left out.
    """
    _note_followed(now)
    due = select(Notice).where(Notice.mailed_at.is_(None), Notice.made_at <= now - GATHER)
    waiting = (
        session().scalars(due.order_by(Notice.person_id, Notice.id.desc()).with_for_update(skip_locked=True)).all()
    )
    letters = 0
    for person_id, group in groupby(waiting, key=lambda notice: notice.person_id):
        notices = list(group)
        letters += _write(
            session().get_one(Person, person_id), [n for n in notices if n.read_at is None], base_url, now
        )
        for notice in notices:
            notice.mailed_at = now
    session().flush()
    return letters


def _note_followed(now: datetime) -> None:
    """One line for each followed talk in which something new was said by others."""
    new = and_(
        Contribution.host_kind == Follow.host_kind,
        Contribution.host_id == Follow.host_id,
        Contribution.posted_at > Follow.told_at,
        Contribution.state == "published",
        Contribution.author_id != Follow.person_id,
    )
    here = and_(Talk.host_kind == Follow.host_kind, Talk.host_id == Follow.host_id)
    last, count = func.max(Contribution.id), func.count()
    each = (*inspect(Follow).primary_key, *inspect(Talk).primary_key)
    counted = select(Follow, Talk, last, count).join(Talk, here).join(Contribution, new).group_by(*each)
    for row, talk, newest, how_many in session().execute(counted).all():
        person = session().get_one(Person, row.person_id)
        with force_locale(person.language):
            words = ngettext(
                "%(num)s new contribution about %(title)s",
                "%(num)s new contributions about %(title)s",
                how_many,
                title=talk.title,
            )
        tell(row.person_id, "followed", newest, words, url=talk.url, now=now - GATHER)
        row.told_at = now


def _write(person: Person, notices: Sequence[Notice], base_url: str, now: datetime) -> int:
    if not notices or person.email is None:
        return 0
    shown, more = notices[:MOST_LINES], len(notices) - MOST_LINES
    with force_locale(person.language):
        subject = ngettext("%(num)s piece of news for you", "%(num)s pieces of news for you", len(notices))
        lines = [f"{notice.words}\n{base_url}{notice.url}" for notice in shown]
        if more > 0:
            lines.append(_("And %(count)s more: %(url)s", count=more, url=f"{base_url}/me/notices"))
        end = _(
            "You get this because you wrote or follow something. Choose what you follow at %(url)s",
            url=f"{base_url}/me",
        )
        send_mail(to=person.email, subject=subject, body="\n\n".join([*lines, end]) + "\n", now=now)
    return 1
