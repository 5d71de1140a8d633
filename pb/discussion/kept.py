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
from pb.discussion.queries import Head, Thread, marked_by

MOST = 500
"""Renderings of about 20 KB each."""
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

    def read_by(self, viewer: Actor) -> str:
        """With the viewer's own marks, in one statement."""
        reader = Reader(viewer, marked_by(viewer, self.posts))
        token = reader.token()
        fill: dict[str, Callable[[int], str]] = {"u": reader.mark_url, "p": reader.pressed, "t": lambda _: token}
        return _HOLE.sub(lambda hole: fill[hole[1]](int(hole[2] or 0)), self.html)


class Shown(Protocol):
    """What a part of a page shows."""

    @property
    def threads(self) -> Sequence[Thread]: ...


What = TypeVar("What", bound=Shown)


def rendering(
    part: Hashable, host: Host, head: Head, reader: Actor, load: Callable[[], What], draw: Callable[[What, Reader], str]
) -> Markup:
    """A part of a talk's page for this reader: what was kept of it with the reader's marks, or made now.

    load: reads what the part shows; draw: renders it for a reader
    """
    store: Kept[Made] = current_app.extensions["kept_talk"]
    key = (part, host, _state(head), reader.is_signed_in, request.script_root, str(get_locale()))
    made = store.get(key)
    if made is None or reader.id in made.authors:
        shown = load()
        posts = posts_of(shown.threads)
        authors = frozenset(post.author_id for post in posts)
        if reader.id in authors:
            return for_one(reader, shown, draw)
        html = draw(shown, Unknown(SOMEBODY) if reader.is_signed_in else Reader(ANYONE))
        made = Made(html, frozenset(post.id for post in posts), authors)
        store.put(key, made)
    return Markup(made.read_by(reader) if reader.is_signed_in else made.html)  # noqa: S704 -- a rendered template


def for_one(reader: Actor, shown: What, draw: Callable[[What, Reader], str]) -> Markup:
    """A part of a page made for one reader, who may do more here than most."""
    marks = marked_by(reader, [post.id for post in posts_of(shown.threads)])
    return Markup(draw(shown, Reader(reader, marks)))  # noqa: S704 -- a rendered template


def posts_of(threads: Sequence[Thread]) -> list[Contribution]:
    """Every post in these threads."""
    return [post for thread in threads for post in thread.posts]


def _state(head: Head) -> Hashable:
    """Everything of a head that a page shows and that can change."""
    summary, stamp = head.summary, head.talk.stamp if head.talk else ""
    read = (summary.id, summary.fair, summary.partly_fair, summary.not_fair) if summary else ()
    return stamp, head.before_election, read
