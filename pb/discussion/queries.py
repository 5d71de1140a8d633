"""Reading talk, in a fixed number of statements however much was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, exists, func, select, union_all
from sqlalchemy.orm import aliased

from pb.core.actor import Actor
from pb.core.db import session
from pb.core.edition import Kept, apart
from pb.core.errors import NotFound
from pb.core.paging import Paging
from pb.discussion import election
from pb.discussion.hosts import Host
from pb.discussion.models import (
    KINDS,
    Citation,
    Contribution,
    Follow,
    Moderation,
    ModerationAppeal,
    OpeningView,
    PreElection,
    Stance,
    Summary,
    Talk,
    UsefulMark,
)
from pb.discussion.order import both_sides_slice, slice_needs

PER_PAGE = 10
REPLIES_SHOWN = 2
SHOWN_OF_A_KIND = 3
_COUNTED = {
    "support": "support_posts",
    "worry": "worry_posts",
    "question": "questions",
    "suggestion": "suggestions",
    "help": "offers",
}


@dataclass(frozen=True)
class Head:
    """What a talk's page says first. `talk` is None before anybody has spoken."""

    talk: Talk | None
    summary: Summary | None
    before_election: bool

    def count(self, kind: str = "") -> int:
        """How many contributions of a kind, or of all kinds, are listed."""
        if self.talk is None:
            return 0
        return sum(int(getattr(self.talk, name)) for of, name in _COUNTED.items() if kind in ("", of))


@dataclass(frozen=True)
class Thread:
    """A root as a page shows it: its newest replies, and the reply that says its outcome."""

    root: Contribution
    replies: Sequence[Contribution] = ()
    outcome_reply: Contribution | None = None

    @property
    def posts(self) -> tuple[Contribution, ...]:
        """Everything in it that can be read, hidden or marked by itself."""
        outcome = (self.outcome_reply,) if self.outcome_reply else ()
        return (self.root, *outcome, *self.replies)

    @property
    def more_replies(self) -> int:
        """How many replies are on the contribution's own page only."""
        shown = len(self.replies) + (self.outcome_reply is not None)
        return max(0, self.root.replies - shown)


@dataclass(frozen=True)
class Overview:
    """The talk on the page of its host: a pair from both sides, and what waits for whom."""

    head: Head
    support: Thread | None = None
    worry: Thread | None = None
    questions: Sequence[Thread] = ()
    suggestions: Sequence[Thread] = ()
    offers: Sequence[Thread] = ()

    @property
    def threads(self) -> tuple[Thread, ...]:
        pair = tuple(thread for thread in (self.support, self.worry) if thread)
        return (*pair, *self.questions, *self.suggestions, *self.offers)


@dataclass(frozen=True)
class Viewer:
    """What the viewer has done here: the side taken ("" for none), where and of which version they said it, whether
    they follow, what of theirs waits, and which of the posts that are shown they found useful."""

    side: str = ""
    said: int = 0
    version: int = 0
    follows: bool = False
    waiting: Sequence[Contribution] = field(default=())
    marks: frozenset[int] = frozenset()

    def supported_before(self, talk: Talk | None) -> bool:
        """Whether something material changed since the viewer supported it."""
        return self.side == "support" and talk is not None and self.version < talk.version


_KIND, _ID = bindparam("host_kind", type_=String), bindparam("host_id", type_=Integer)
_HERE = (Contribution.host_kind == _KIND) & (Contribution.host_id == _ID)
_HEAD = (
    select(Talk, Summary, *election.COLUMNS)
    .select_from(select(1).subquery())
    .outerjoin(Talk, and_(Talk.host_kind == _KIND, Talk.host_id == _ID))
    .outerjoin(Summary, Summary.id == Talk.summary_id)
    .outerjoin(PreElection, election.TO_COME)
)
"""What every page of talk asks is put together once, here and below: that takes longer than running it."""


def _this(host: Host) -> dict[str, Any]:
    return {"host_kind": host.kind, "host_id": host.id}


_heads = Kept[tuple[Talk | None, Summary | None, tuple[election.Time, ...]]](1000)


def head(host: Host, now: datetime) -> Head:
    """Totals, summary and whether an election is near: read once for each edition of the site, to look at only."""

    def read() -> tuple[Talk | None, Summary | None, tuple[election.Time, ...]]:
        rows = session().execute(_HEAD, {**_this(host), "moment": now}).all()
        talk, summary = rows[0][:2]
        times = tuple(election.Time(*row[2:]) for row in rows if row[3] is not None)
        return talk and apart(talk), summary and apart(summary), times

    talk, summary, times = _heads.of_this_edition((host.kind, host.id), read)
    return Head(talk, summary, election.any_holds(times, host.round_id, now))


def overview(host: Host, top: Head) -> Overview:
    """What the host's page shows of its talk, in two statements."""
    if top.talk is None:
        return Overview(top)
    roots = session().scalars(_overview_roots(host.is_ranked), _this(host)).all()
    by_kind: dict[str, list[Thread]] = defaultdict(list)
    for thread in _threads(roots):
        by_kind[thread.root.kind].append(thread)
    return Overview(
        head=top,
        support=next(iter(by_kind["support"]), None),
        worry=next(iter(by_kind["worry"]), None),
        questions=by_kind["question"],
        suggestions=by_kind["suggestion"],
        offers=by_kind["help"],
    )


@cache
def _overview_roots(is_ranked: bool) -> Select[Contribution]:
    public = _LISTED.where(Contribution.state == "published")
    stands = Contribution.changed_mind_at.is_(None)
    newest = Contribution.id.desc()
    best = (Contribution.both_sides.desc(), Contribution.useful.desc(), newest) if is_ranked else (newest,)
    open_first = (Contribution.outcome != "", Contribution.id)
    parts = [
        *(public.where(Contribution.kind == kind, stands).order_by(*best).limit(1) for kind in ("support", "worry")),
        public.where(Contribution.kind == "question").order_by(*open_first).limit(SHOWN_OF_A_KIND),
        *(
            public.where(Contribution.kind == kind)
            .order_by(Contribution.outcome == "", Contribution.id.desc())
            .limit(n)
            for kind, n in (("suggestion", SHOWN_OF_A_KIND), ("help", SHOWN_OF_A_KIND))
        ),
    ]
    ids = union_all(*(select(part.subquery().c.id) for part in parts)).subquery()
    order = (Contribution.kind == "question") & (Contribution.outcome != "")
    return select(Contribution).join(ids, ids.c.id == Contribution.id).order_by(order, Contribution.id)


_LISTED = select(Contribution.id).where(_HERE, Contribution.is_listed)


def page(host: Host, top: Head, *, kind: str = "", newest: bool = False, number: int = 1) -> list[Thread]:
    """Ten roots of a talk, of one kind or of all, in the both-sides order; newest first if asked, and during a vote."""
    if top.talk is None:
        return []
    start = (number - 1) * PER_PAGE
    wanted = _LISTED.where(Contribution.kind == kind) if kind in KINDS else _LISTED
    by_time = newest or not host.is_ranked
    return _threads(_newest(host, wanted, start, PER_PAGE) if by_time else _both_sides(host, wanted, start))


def _newest(host: Host, wanted: Select[int], start: int, count: int) -> Sequence[Contribution]:
    by_time = wanted.with_only_columns(Contribution).order_by(Contribution.id.desc()).offset(start).limit(count)
    return session().scalars(by_time, _this(host)).all()


def _both_sides(host: Host, wanted: Select[int], start: int) -> list[Contribution]:
    """One page of the order that the help page prints, without loading the whole talk."""
    is_scored = Contribution.both_sides > 0
    by_score = wanted.where(is_scored).order_by(Contribution.both_sides.desc(), Contribution.id.desc())
    scored = list(session().scalars(by_score, _this(host)))
    skip, take = slice_needs(len(scored), start, PER_PAGE)
    rest = {c.id: c for c in _newest(host, wanted.where(~is_scored), skip, take)}
    order = both_sides_slice(scored, [*rest], skipped=skip, start=start, count=PER_PAGE)
    found = rest | by_id([i for i in order if i not in rest])
    return [found[i] for i in order if i in found]


def by_id(ids: Collection[int]) -> dict[int, Contribution]:
    """These contributions, as far as they are there."""
    if not ids:
        return {}
    return {c.id: c for c in session().scalars(select(Contribution).where(Contribution.id.in_(ids)))}


def search(host: Host, words: str, *, number: int) -> tuple[Paging, Sequence[int]]:
    """Public roots whose words hold all of `words`, newest first, ten a page, by id.

    Raises: NotFound for a page that the answer does not have
    """
    wanted = _LISTED.where(Contribution.state == "published")
    for word in words.split()[:6]:
        wanted = wanted.where(_holds(word))
    total = session().scalar(wanted.with_only_columns(func.count()), _this(host)) or 0
    paging = Paging(number, total, PER_PAGE)
    if number < 1 or (paging.first > total and number > 1):
        raise NotFound
    first = wanted.order_by(Contribution.id.desc()).offset(max(0, paging.first - 1)).limit(PER_PAGE)
    return paging, session().scalars(first, _this(host)).all() if total else ()


def _holds(word: str) -> ColumnElement[bool]:
    """Whatever the case. SQLite's LIKE looks past it by itself, in half the time of `lower` on both sides."""
    if session().get_bind().dialect.name == "sqlite":
        return Contribution.text.contains(word, autoescape=True)
    return Contribution.text.icontains(word, autoescape=True)


def threads_of(ids: Sequence[int]) -> list[Thread]:
    """Roots by id, in the order given, as a page shows them."""
    found = by_id(ids)
    return _threads([found[i] for i in ids if i in found])


def _threads(roots: Sequence[Contribution]) -> list[Thread]:
    replies = _replies(roots)
    made = []
    for root in roots:
        answers = replies.get(root.id, [])
        outcome = next((r for r in answers if r.id == root.outcome_reply_id), None)
        others = [r for r in answers if r is not outcome][-REPLIES_SHOWN:]
        made.append(Thread(root, others, outcome))
    return made


def _newest_replies() -> Select[Contribution]:
    place = func.row_number().over(partition_by=Contribution.parent_id, order_by=Contribution.id.desc()).label("place")
    of_roots = Contribution.parent_id.in_(bindparam("roots", expanding=True))
    ranked = select(Contribution.id, place).where(of_roots, Contribution.state == "published").subquery()
    shown = (ranked.c.place <= REPLIES_SHOWN) | ranked.c.id.in_(bindparam("outcomes", expanding=True))
    return select(Contribution).join(ranked, ranked.c.id == Contribution.id).where(shown).order_by(Contribution.id)


_NEWEST_REPLIES = _newest_replies()


def _replies(roots: Iterable[Contribution]) -> dict[int, list[Contribution]]:
    """The newest public replies of each root, oldest of them first, with the one that says what became of it."""
    answered = [root for root in roots if root.replies]
    found: dict[int, list[Contribution]] = defaultdict(list)
    if answered:
        outcomes = [root.outcome_reply_id for root in answered if root.outcome_reply_id]
        wanted = {"roots": [root.id for root in answered], "outcomes": outcomes}
        for reply in session().scalars(_NEWEST_REPLIES, wanted):
            found[reply.parent_id or 0].append(reply)
    return found


_MARKED = select(UsefulMark.contribution_id).where(
    UsefulMark.person_id == bindparam("person_id"), UsefulMark.contribution_id.in_(bindparam("ids", expanding=True))
)


def marked_by(viewer: Actor, ids: Collection[int]) -> frozenset[int]:
    """Which of these the viewer found useful."""
    if viewer.id is None or not ids:
        return frozenset()
    return frozenset(session().scalars(_MARKED, {"person_id": viewer.id, "ids": list(ids)}))


_PERSON = bindparam("person_id", type_=Integer)
_WAITS = _HERE & (Contribution.author_id == _PERSON) & Contribution.state.in_(("held", "rewording"))


def _standing() -> Select[str, int, int, bool, bool, int]:
    """The side taken, of which version, whether they follow, whether something of theirs waits: the same in each row
    for a post that they found useful; at least one row."""
    said = aliased(Contribution)
    follows = exists().where(Follow.host_kind == _KIND, Follow.host_id == _ID, Follow.person_id == _PERSON)
    own = (Stance.host_kind == _KIND) & (Stance.host_id == _ID) & (Stance.person_id == _PERSON)
    waits = exists().where(_WAITS)
    columns = (Stance.side, Stance.contribution_id, said.host_version, follows, waits, UsefulMark.contribution_id)
    row = select(*columns).select_from(select(1).subquery()).outerjoin(Stance, own)
    of_these = UsefulMark.contribution_id.in_(bindparam("ids", expanding=True))
    marked = row.outerjoin(said, said.id == Stance.contribution_id)
    return marked.outerjoin(UsefulMark, and_(UsefulMark.person_id == _PERSON, of_these))


_STANDING = _standing()


def viewer_of(host: Host, viewer: Actor, posts: Collection[int] = ()) -> Viewer:
    """What the viewer has done here, in one statement, two when something waits; nothing for somebody not signed in."""
    if viewer.id is None:
        return Viewer()
    key = {**_this(host), "person_id": viewer.id}
    rows = session().connection().execute(_STANDING, {**key, "ids": list(posts)}).all()  # columns alone: ORM adds half
    side, said, version, follows, some_wait, _ = rows[0]
    newest = select(Contribution).where(_WAITS).order_by(Contribution.id.desc()).limit(5)
    waiting = session().scalars(newest, key).all() if some_wait else ()
    marks = frozenset(row[5] for row in rows if row[5] is not None)
    return Viewer(side or "", said or 0, version or 0, bool(follows), waiting, marks)


def public_contribution(contribution_id: int, viewer: Actor) -> Contribution:
    """A contribution that this viewer may open: a public one, a stone, or one's own that waits.

    Raises: NotFound.
    """
    found = session().get(Contribution, contribution_id)
    if found is None:
        raise NotFound
    is_stone = found.state in ("hidden", "removed") and found.is_listed
    is_own = viewer.id is not None and found.author_id == viewer.id
    if found.state != "published" and not is_stone and not is_own:
        raise NotFound
    return found


def replies_of(root: Contribution, paging: Paging) -> Sequence[Contribution]:
    """One page of the public replies to a root, the oldest first."""
    public = (Contribution.parent_id == root.id) & (Contribution.state == "published")
    ordered = select(Contribution).where(public).order_by(Contribution.id)
    return session().scalars(ordered.offset(max(0, paging.first - 1)).limit(paging.per_page)).all()


def cited_in(contribution_id: int) -> Sequence[Citation]:
    """The versions that say they were changed because of this contribution."""
    return (
        session()
        .scalars(select(Citation).where(Citation.contribution_id == contribution_id).order_by(Citation.version))
        .all()
    )


def citations_of(host_kind: str, host_id: int) -> dict[int, list[Contribution]]:
    """What each version of a host cites."""
    here = (Citation.host_kind == host_kind) & (Citation.host_id == host_id)
    cited = select(Citation.version, Contribution).join(Contribution, Contribution.id == Citation.contribution_id)
    found: dict[int, list[Contribution]] = defaultdict(list)
    for version, contribution in session().execute(cited.where(here).order_by(Citation.version, Contribution.id)):
        found[version].append(contribution)
    return found


def citable(host_kind: str, host_id: int, *, at_most: int = 60) -> Sequence[Contribution]:
    """What a new version can cite: public roots, suggestions and worries first, the newest of each."""
    here = (Contribution.host_kind == host_kind) & (Contribution.host_id == host_id)
    public = here & Contribution.is_listed & (Contribution.state == "published")
    calls_for_change = Contribution.kind.in_(("suggestion", "worry"))
    wanted = select(Contribution).where(public).order_by(calls_for_change.desc(), Contribution.id.desc())
    return session().scalars(wanted.limit(at_most)).all()


def acts_on(contribution_id: int) -> Sequence[Moderation]:
    """What moderators did with an item, the newest first."""
    acts = select(Moderation).where(Moderation.contribution_id == contribution_id)
    return session().scalars(acts.order_by(Moderation.id.desc())).all()


def acts_with_appeals(contribution_id: int) -> list[tuple[Moderation, ModerationAppeal | None]]:
    """The same, each with the author's appeal against it, for the author."""
    acts = select(Moderation, ModerationAppeal).outerjoin(ModerationAppeal).order_by(Moderation.id.desc())
    rows = session().execute(acts.where(Moderation.contribution_id == contribution_id))
    return [(act, made) for act, made in rows]


def opening_views(host: Host) -> Sequence[OpeningView]:
    """The short statements that the facilitator asked for, in their order."""
    here = (OpeningView.host_kind == host.kind) & (OpeningView.host_id == host.id)
    return session().scalars(select(OpeningView).where(here).order_by(OpeningView.position)).all()


def waiting_items(viewer: Actor, *, skip: Collection[int] = ()) -> Select[Contribution]:
    """What waits for a moderator who did not write it, the longest waiting first."""
    waits = Contribution.waiting_since.is_not(None) & Contribution.state.in_(("held", "published"))
    others = waits & (Contribution.author_id != viewer.id) & Contribution.id.not_in(list(skip))
    return select(Contribution).where(others).order_by(Contribution.waiting_since, Contribution.id)
