"""The pages of talk that everybody sees, and those on which something is said."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from pb.core import access, slots
from pb.core.actor import ANYONE, Actor, current_actor
from pb.core.clock import now
from pb.core.edition import Kept
from pb.core.errors import NotFound
from pb.core.forms import tidy
from pb.core.htmx import go_to, render_page, wants_fragment
from pb.core.paging import page_of
from pb.discussion import (
    appeals,
    as_json,
    board_routes,
    hosts,
    kept,
    moderation_record,
    notices,
    queries,
    record_routes,
    revising,
    service,
    words,
    writing_routes,
)
from pb.discussion.hosts import Host
from pb.discussion.kept import Reader, What
from pb.discussion.models import KINDS, Contribution, OpeningView
from pb.discussion.reasons import REASONS
from pb.proposals.models import Proposal
from pb.proposals.queries import look_at
from pb.rounds.models import Round
from pb.rounds.queries import round_to_look_at

bp = Blueprint("discussion", __name__)
REPLIES_A_PAGE = 20


@bp.get("/rounds/<slug>/projects/<code>/talk")
@access.public
def of_project(slug: str, code: str) -> ResponseReturnValue:
    """Everything that was said about a project: ten at a time, by kind, in the both-sides order, or found by words."""
    round = round_to_look_at(slug, viewer=current_actor())
    proposal, _project = look_at(round, code)
    if proposal is None:
        raise NotFound
    return _talk(hosts.of_proposal(proposal, round, now()))


@bp.get("/talk/<host_kind>/<int:host_id>")
@access.public
def talk(host_kind: str, host_id: int) -> ResponseReturnValue:
    """The same for any other page that hosts talk."""
    host = hosts.find(host_kind, host_id, now())
    return go_to(here(host.talk_url)) if host_kind == "proposal" else _talk(host)


def _talk(host: Host) -> ResponseReturnValue:
    viewer, top = current_actor(), queries.head(host, now())
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    newest = request.args.get("order") == "newest"
    sought = tidy(request.args.get("words", ""))[:80]
    context = context_of(host, viewer) | {"head": top, "kind": kind, "newest": newest, "sought": sought}
    listed, mine = _found(host, sought, context) if sought else _listed(host, context)
    return render_page("discussion/talk.html", "discussion/_listed.html", **context, listed=listed, mine=mine)


def _listed(host: Host, context: dict[str, Any]) -> tuple[Markup, queries.Viewer]:
    """Ten threads of a talk, of one kind or of all, and what their reader has done here."""
    top, kind, newest = context["head"], context["kind"], context["newest"]
    paging = page_of(request.args, total=top.count(kind), per_page=queries.PER_PAGE)

    def load() -> Listed:
        threads = queries.page(host, top, kind=kind, newest=newest, number=paging.number)
        return Listed(threads, queries.opening_views(host) if paging.number == 1 and not kind else ())

    def draw(shown: Listed, reader: Reader) -> str:
        return _draw("discussion/_list.html", context, reader, paging=paging, **vars(shown))

    return _for_reader((kind, newest, paging.number), context, load, draw)


def _found(host: Host, sought: str, context: dict[str, Any]) -> tuple[Markup, queries.Viewer]:
    """What holds the words sought: nobody else seeks the same, so only its threads are kept."""
    number = page_of(request.args, total=10**8, per_page=queries.PER_PAGE).number
    paging, ids = queries.search(host, sought, number=number)
    viewer = current_actor()

    def draw(shown: Listed, reader: Reader) -> str:
        return _draw("discussion/_list.html", context, reader, paging=paging, **vars(shown))

    if context["answers"]:
        return kept.for_one(host, viewer, Listed(queries.threads_of(ids)), draw)
    one = lambda thread, reader: _draw("discussion/_thread.html", context, reader, thread=thread)  # noqa: E731
    drawn, mine = kept.threads(ids, host, context["head"], viewer, one)
    return Markup(draw(Listed((), drawn=drawn), Reader(viewer))), mine  # noqa: S704 -- a rendered template


@dataclass(frozen=True)
class Listed:
    """A page of a talk, some of it perhaps drawn already, and the opening views on its first."""

    threads: Sequence[queries.Thread]
    views: Sequence[OpeningView] = ()
    drawn: Sequence[Markup] = ()


def _for_reader(
    part: Hashable, context: dict[str, Any], load: Callable[[], What], draw: Callable[[What, Reader], str]
) -> tuple[Markup, queries.Viewer]:
    """A part of the page: kept where most readers see the same, made for those who answer here."""
    viewer = current_actor()
    if context["answers"]:
        return kept.for_one(context["host"], viewer, load(), draw)
    return kept.rendering(part, context["host"], context["head"], viewer, load, draw)


def _draw(template: str, context: dict[str, Any], reader: Reader, **shown: object) -> str:
    return render_template(template, **context, viewer=reader.actor, reader=reader, **shown)


def context_of(host: Host, viewer: Actor) -> dict[str, Any]:
    """What every template that shows posts is given."""
    is_proposer = viewer.id is not None and host.is_proposer(viewer)
    answers = {"question", "suggestion", "help"} if is_proposer else set()
    if service.is_named(viewer):
        answers |= {"question"}
    return {"host": host, "kinds": words.KIND_WORDS, "is_proposer": is_proposer, "answers": frozenset(answers)}


@bp.get("/c/<int:contribution_id>")
@access.public
def show(contribution_id: int) -> ResponseReturnValue:
    """One contribution with all its replies, what became of it, and where it was cited. A reply leads to its root."""
    viewer = current_actor()
    contribution = queries.public_contribution(contribution_id, viewer)
    if contribution.parent_id is not None and contribution.state == "published":
        return go_to(url_for("discussion.show", contribution_id=contribution.parent_id, _anchor=f"c{contribution_id}"))
    host = hosts.find(contribution.host_kind, contribution.host_id, now())
    paging = page_of(request.args, total=contribution.replies, per_page=REPLIES_A_PAGE)
    replies = queries.replies_of(contribution, paging) if contribution.state == "published" else ()
    is_own = viewer.id is not None and viewer.id == contribution.author_id
    shown = [contribution.id, *(reply.id for reply in replies)]
    return render_page(
        "discussion/contribution.html",
        **context_of(host, viewer),
        head=queries.head(host, now()),
        reader=Reader(viewer, queries.marked_by(viewer, shown)),
        thread=queries.Thread(contribution, replies),
        paging=paging,
        cited=queries.cited_in(contribution.id),
        acts=queries.acts_with_appeals(contribution.id) if is_own else (),
        can_be_appealed=appeals.CAN_BE_APPEALED,
        is_own=is_own,
        status=_status(contribution),
    )


def _status(contribution: Contribution) -> int:
    """Gone, where two people removed it: the page says that, and why."""
    return 410 if contribution.state == "removed" else 200


@bp.get("/c/<int:contribution_id>.json")
@access.public
def show_json(contribution_id: int) -> ResponseReturnValue:
    """One public contribution with its replies and what became of it, for machines."""
    contribution = queries.public_contribution(contribution_id, ANYONE)
    paging = page_of(request.args, total=contribution.replies, per_page=100)
    replies = queries.replies_of(contribution, paging) if contribution.state == "published" else ()
    told = as_json.thread(contribution, replies, queries.cited_in(contribution.id))
    return jsonify(told), _status(contribution)


@bp.get("/c/<int:contribution_id>/useful")
@access.signed_in
def sign_in_first(contribution_id: int) -> ResponseReturnValue:
    """Where "Useful" leads before signing in; afterwards, to the contribution with its button."""
    found = queries.public_contribution(contribution_id, current_actor())
    root = found.parent_id or found.id
    return go_to(url_for("discussion.show", contribution_id=root, _anchor=f"c{contribution_id}"))


@bp.post("/c/<int:contribution_id>/useful")
@access.signed_in
def useful(contribution_id: int) -> ResponseReturnValue:
    """Say that it is useful. Twice is once."""
    contribution = queries.public_contribution(contribution_id, ANYONE)
    service.mark_useful(contribution, by=current_actor(), now=now())
    return _after_mark(contribution, marked=True)


@bp.post("/c/<int:contribution_id>/not-useful")
@access.signed_in
def not_useful(contribution_id: int) -> ResponseReturnValue:
    """Take it back. Twice is once."""
    contribution = queries.public_contribution(contribution_id, ANYONE)
    service.unmark(contribution, by=current_actor())
    return _after_mark(contribution, marked=False)


def _after_mark(contribution: Contribution, *, marked: bool) -> ResponseReturnValue:
    if wants_fragment():
        reader = Reader(current_actor(), frozenset({contribution.id} if marked else ()))
        return render_template("discussion/_useful.html", post=contribution, reader=reader)
    return go_to(url_for("discussion.show", contribution_id=contribution.id))


@bp.post("/talk/<host_kind>/<int:host_id>/follow")
@access.signed_in
def follow(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Be told of what is new here."""
    host, viewer = hosts.find(host_kind, host_id, now()), current_actor()
    assert viewer.id is not None
    notices.follow(host.kind, host.id, person_id=viewer.id, now=now())
    flash(_("You follow this now. We write to you when there is something new."), "good")
    return go_to(here(host.talk_url))


@bp.post("/talk/<host_kind>/<int:host_id>/unfollow")
@access.signed_in
def unfollow(host_kind: str, host_id: int) -> ResponseReturnValue:
    """Not any more."""
    host, viewer = hosts.find(host_kind, host_id, now()), current_actor()
    assert viewer.id is not None
    notices.unfollow(host.kind, host.id, person_id=viewer.id)
    flash(_("You no longer follow this."), "good")
    return go_to(here(host.talk_url))


@bp.get("/help/discussion")
@access.public
def help_page() -> ResponseReturnValue:
    """How talk works here, with the both-sides order exactly as it is computed."""
    return render_page("discussion/help.html", reasons=REASONS)


@bp.get("/me/notices")
@access.signed_in
def my_notices() -> ResponseReturnValue:
    """News of what I wrote and follow."""
    viewer = current_actor()
    assert viewer.id is not None
    return render_page("discussion/notices.html", notices=notices.unread_of(viewer.id, at_most=100))


@bp.post("/me/notices/read")
@access.signed_in
def read_notices() -> ResponseReturnValue:
    """All of these have been read."""
    viewer = current_actor()
    assert viewer.id is not None
    typed = request.form.get("up_to", "")
    up_to = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    notices.mark_read(viewer.id, up_to=up_to, now=now())
    return go_to(url_for("accounts.me"))


def here(path: str) -> str:
    """A kept path in the language of this request."""
    return request.script_root + path


@pass_context
def _name_shown(context: Context, contribution: Contribution) -> str:
    """The author's name; before an election the role alone of those who have a public one."""
    head = context.get("head")
    is_named = contribution.author_role not in ("", "proposer")
    if is_named and head is not None and getattr(head, "before_election", False):
        return contribution.author_role
    return words.author_words(contribution)


def _on_project_page(*, round: Round, proposal: Proposal | None, **_facts: object) -> str:
    """The talk on a project's page: summary, a pair from both sides, what waits, what changed."""
    if proposal is None:
        return ""
    return section(hosts.of_proposal(proposal, round, now()))


def section(host: Host) -> Markup:
    """Talk on the page of its host, for any room that hosts it."""
    viewer, top = current_actor(), queries.head(host, now())
    context = context_of(host, viewer) | {"head": top}

    def draw(shown: queries.Overview, reader: Reader) -> str:
        return _draw("discussion/_overview.html", context, reader, shown=shown)

    said, mine = _for_reader("on its page", context, lambda: queries.overview(host, top), draw)
    return Markup(render_template("discussion/_on_project.html", **context, said=said, mine=mine))  # noqa: S704


def _on_me(**_facts: object) -> str:
    viewer = current_actor()
    assert viewer.id is not None
    return render_template("discussion/_on_me.html", notices=notices.unread_of(viewer.id, at_most=5))


def init_app(app: Flask) -> None:
    app.extensions["kept_talk"] = Kept[kept.Made](kept.MOST)
    app.extensions["kept_threads"] = Kept[kept.Made](kept.MOST_THREADS)
    slots.fill(app, "project.sections", _on_project_page, order=20)
    slots.fill(app, "me.sections", _on_me, order=10)
    slots.fill(app, "person.deleted", lambda *, person_id, **_facts: service.forget_person(person_id))
    slots.fill(app, "proposal.revised", revising.take_revision)
    slots.fill(app, "proposal.citable", revising.citable)
    slots.fill(app, "proposal.citations", revising.citations)
    app.jinja_env.filters |= {
        "waited": moderation_record.time_words,
        "record_rows": moderation_record.rows,
        "record_roles": moderation_record.role_rows,
        "useful_words": words.useful_words,
        "author_words": _name_shown,
        "role_words": words.role_words,
        "here": here,
    }
    app.jinja_env.globals["outcome_words"] = words.OUTCOME_WORDS
    app.jinja_env.globals["hidden_reasons"] = REASONS
    writing_routes.init_app(app)
    record_routes.init_app(app)
    board_routes.init_app(app)
