"""Talk as most people read it: rendered once for each state of it, kept in this process's memory.

Nearly all readers see the same words. Somebody signed in sees them with their own marks on the "Useful" buttons: what
is kept for them has holes there, and the marks are put in for each. Whoever may do more here (the proposer, people with
a named role, the authors of what is shown) reads a page that was made for them.

Every write to a talk gives it a new stamp under its lock, and a rendering is kept under the stamp that was read before
it was made; so nobody is ever shown less than the database says.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from flask import current_app, request
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from pb.core.actor import ANYONE, Actor, Role
from pb.core.edition import Kept
from pb.discussion.hosts import Host
from pb.discussion.models import Contribution
from pb.discussion.queries import Head, Thread, Viewer, threads_of, viewer_of

MOST, MOST_THREADS = 500, 4000
"""Renderings of about 20 KB each; of single threads, of about 2 KB."""
SOMEBODY = Actor(id=-1, name="", roles=frozenset({Role.RESIDENT}))
"""Anybody who is signed in, wrote nothing of what is shown and holds no role here."""
_EDGE = secrets.token_hex(8)
_HOLE = re.compile(rf"{_EDGE}(\w)([0-9]*)\.")


@dataclass(frozen=True)
class Reader:
    """For whom posts are rendered: what `_useful.html` asks about them."""

    actor: Actor
    marks: frozenset[int] = frozenset()

    def mark_url(self, post_id: int) -> str:
        """Where the button leads: it marks, or takes the mark back."""
        verb = "not-useful" if post_id in self.marks else "useful"
        return f"{request.script_root}/c/{post_id}/{verb}"

    def pressed(self, post_id: int) -> str:
        return "true" if post_id in self.marks else "false"

    def token(self) -> str:
        return str(generate_csrf())


class Unknown(Reader):
    """Somebody signed in, whose marks are put in afterwards."""

    def mark_url(self, post_id: int) -> str:
        return f"{_EDGE}u{post_id}."

    def pressed(self, post_id: int) -> str:
        return f"{_EDGE}p{post_id}."

    def token(self) -> str:
        return f"{_EDGE}t."


@dataclass(frozen=True)
class Made:
    """A rendering, the posts in it, and who wrote them."""

    html: str
    posts: frozenset[int]
    authors: frozenset[int]

    def read_by(self, viewer: Actor, marks: frozenset[int]) -> Markup:
        """With the viewer's own marks."""
        if not viewer.is_signed_in:
            return Markup(self.html)  # noqa: S704 -- a rendered template
        reader = Reader(viewer, marks)
        token = reader.token()
        fill: dict[str, Callable[[int], str]] = {"u": reader.mark_url, "p": reader.pressed, "t": lambda _: token}
        return Markup(_HOLE.sub(lambda hole: fill[hole[1]](int(hole[2] or 0)), self.html))  # noqa: S704


class Shown(Protocol):
    """What a part of a page shows."""

    @property
    def threads(self) -> Sequence[Thread]: ...


What = TypeVar("What", bound=Shown)
Drawn = TypeVar("Drawn")


def rendering(
    part: Hashable, host: Host, head: Head, reader: Actor, load: Callable[[], What], draw: Callable[[What, Reader], str]
) -> tuple[Markup, Viewer]:
    """A part of a talk's page for this reader, who is read with it: what was kept of it with the reader's marks, or
    made now.

    load: reads what the part shows; draw: renders it for a reader
    """
    store: Kept[Made] = current_app.extensions["kept_talk"]
    key = (part, *_for_whom(host, head, reader))
    made = store.get(key)
    if made is None or reader.id in made.authors:
        shown = load()
        made = _make(shown, shown.threads, reader, draw)
        if reader.id in made.authors:
            return for_one(host, reader, shown, draw)
        store.put(key, made)
    mine = viewer_of(host, reader, made.posts)
    return made.read_by(reader, mine.marks), mine


def _for_whom(host: Host, head: Head, reader: Actor) -> tuple[Hashable, ...]:
    """In what state of a talk, and for which readers, something was made."""
    return host, _state(head), reader.is_signed_in, request.script_root, str(get_locale())


def _make(shown: Drawn, threads: Sequence[Thread], reader: Actor, draw: Callable[[Drawn, Reader], str]) -> Made:
    posts = posts_of(threads)
    html = draw(shown, Unknown(SOMEBODY) if reader.is_signed_in else Reader(ANYONE))
    return Made(html, frozenset(post.id for post in posts), frozenset(post.author_id for post in posts))


def threads(
    ids: Sequence[int], host: Host, head: Head, reader: Actor, draw: Callable[[Thread, Reader], str]
) -> tuple[list[Markup], Viewer]:
    """Threads one by one, for a page that nobody else asks for just so: what was kept of each, or made now."""
    store: Kept[Made] = current_app.extensions["kept_threads"]
    key = _for_whom(host, head, reader)
    made = {root: found for root in ids if (found := store.get((root, *key)))}
    own = {}
    for thread in threads_of([root for root in ids if root not in made or reader.id in made[root].authors]):
        root = thread.root.id
        made[root] = _make(thread, [thread], reader, draw)
        store.put((root, *key), made[root])
        if reader.id in made[root].authors:
            own[root] = thread
    mine = viewer_of(host, reader, frozenset[int]().union(*(found.posts for found in made.values())))
    html = {root: Markup(draw(thread, Reader(reader, mine.marks))) for root, thread in own.items()}  # noqa: S704
    return [html.get(root) or made[root].read_by(reader, mine.marks) for root in ids if root in made], mine


def for_one(host: Host, reader: Actor, shown: What, draw: Callable[[What, Reader], str]) -> tuple[Markup, Viewer]:
    """A part of a page made for one reader, who may do more here than most."""
    mine = viewer_of(host, reader, [post.id for post in posts_of(shown.threads)])
    return Markup(draw(shown, Reader(reader, mine.marks))), mine  # noqa: S704 -- a rendered template


def posts_of(threads: Sequence[Thread]) -> list[Contribution]:
    """Every post in these threads."""
    return [post for thread in threads for post in thread.posts]


def _state(head: Head) -> Hashable:
    """Everything of a head that a page shows and that can change."""
    summary, stamp = head.summary, head.talk.stamp if head.talk else ""
    read = (summary.id, summary.fair, summary.partly_fair, summary.not_fair) if summary else ()
    return stamp, head.before_election, read
