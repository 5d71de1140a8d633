"""Talk as visitors who are not signed in read it: rendered once for each state of it, kept in this process's memory.

Most readers are not signed in and see the same words. Every write to a talk gives it a new stamp under its lock, and a
rendering is kept under the stamp that was read before it was made; so nobody is ever shown less than the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import current_app, request
from flask_babel import get_locale
from markupsafe import Markup

from pb.core.actor import Actor
from pb.core.edition import Kept
from pb.discussion.hosts import Host
from pb.discussion.queries import Head

MOST = 500
"""Renderings of about 20 KB each."""


def rendering(part: Hashable, host: Host, head: Head, viewer: Actor, render: Callable[[], str]) -> Markup:
    """A part of a talk's page: what was kept of it, or made now. For somebody signed in it is always made now."""
    if viewer.id is not None:
        return Markup(render())  # noqa: S704 -- a rendered template
    store: Kept[str] = current_app.extensions["kept_talk"]
    key = (part, host, _state(head), request.script_root, str(get_locale()))
    made = store.get(key)
    if made is None:
        made = render()
        store.put(key, made)
    return Markup(made)  # noqa: S704 -- a rendered template


def _state(head: Head) -> Hashable:
    """Everything of a head that a page shows and that can change."""
    summary, stamp = head.summary, head.talk.stamp if head.talk else ""
    read = (summary.id, summary.fair, summary.partly_fair, summary.not_fair) if summary else ()
    return stamp, head.before_election, read
