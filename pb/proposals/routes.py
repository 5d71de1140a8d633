"""The pages of proposals and projects that everybody sees. Writing them is in `writing_routes`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access, slots
from pb.core.actor import current_actor
from pb.core.clock import council_zone, now
from pb.core.edition import Kept
from pb.core.htmx import go_to, render_page
from pb.core.settings import Settings
from pb.proposals import page, queries, words, writing_routes
from pb.proposals.filtering import FilterForm
from pb.proposals.listing import Wanted, is_listed_by_projects, list_of
from pb.proposals.models import Proposal, Revision
from pb.proposals.themes import theme_name
from pb.rounds.models import Phase, Round
from pb.rounds.phases import phase_of
from pb.rounds.queries import round_by_slug, round_to_look_at

bp = Blueprint("proposals", __name__)
writing_routes.add_to(bp)

SHUFFLED = frozenset({Phase.PROPOSING, Phase.REVIEWING, Phase.VALUATING, Phase.FROZEN, Phase.VOTING})
"""Phases in which the order of the list could help somebody, so it changes every day."""


@bp.get("/rounds/<slug>/projects")
@access.public
def listing(slug: str) -> ResponseReturnValue:
    """What is proposed, or what is on the ballot: filters, 25 a page, the same order for everybody for a day."""
    round = round_by_slug(slug, viewer=current_actor())
    phase = phase_of(round, now())
    form = FilterForm(request.args)
    day = now().astimezone(council_zone()).date() if phase in SHUFFLED and not round.imported_from else None
    found = list_of(round, form.wanted(), page=form.page_number(), show_all=form.shows_all(), shuffle_on=day)
    form.offer(found, round.currency)
    return render_page(
        "proposals/listing.html",
        "proposals/_answer.html",
        round=round,
        phase=phase,
        form=form,
        found=found,
        wanted=form.wanted(),
        link=form.link_maker(slug),
        is_shuffled=day is not None,
        is_ballot=is_listed_by_projects(round) and not form.wanted().out,
    )


@bp.get("/rounds/<slug>/projects.json")
@access.public
def listing_json(slug: str) -> ResponseReturnValue:
    """All of the list for machines, by code: the ballot's projects, or before the freeze what is proposed."""
    found = list_of(round_by_slug(slug), Wanted(), page=1, show_all=True, shuffle_on=None)
    return jsonify(round=slug, projects=[row.as_data() for row in found.rows])


@bp.get("/rounds/<slug>/projects/<code>")
@access.public
def show(slug: str, code: str) -> ResponseReturnValue:
    """One proposal or project: what it is, the deal, the money, the council's check."""
    round = round_to_look_at(slug, viewer=current_actor())
    proposal, project = queries.look_at(round, code)
    return render_page(
        "proposals/show.html",
        round=round,
        phase=phase_of(round, now()),
        item=page.shown(proposal, project),
        proposal=proposal,
        project=project,
        content=_content(revision=proposal.current) if proposal else None,
        may_change=proposal is not None and _may_change(round, proposal),
        address=_addresses.of_this_edition((round.id, code[:20], request.script_root), lambda: _address(round, code)),
    )


_addresses = Kept[str](1000)


def _content_of(*, revision: Revision) -> str:
    """A version as everybody reads it."""
    return render_template("proposals/_content.html", content=page.content(revision))


_content = slots.for_everybody(_content_of, "revision")


def _may_change(round: Round, proposal: Proposal) -> bool:
    is_open = round.frozen_at is None and proposal.state in queries.OPEN_STATES
    return is_open and queries.may_edit(proposal, current_actor())


def _address(round: Round, code: str) -> str:
    """The short address where it leads here; a newer round with the same code takes it over."""
    if queries.newest_round_with(code).id == round.id:
        return _whole_address("proposals.short", code=code)
    return _whole_address("proposals.show", slug=round.slug, code=code)


def _whole_address(endpoint: str, **values: Any) -> str:
    """An address with the configured origin, never the request's Host."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + url_for(endpoint, **values)


@bp.get("/rounds/<slug>/projects/<code>.json")
@access.public
def show_json(slug: str, code: str) -> ResponseReturnValue:
    """The same for machines."""
    round = round_by_slug(slug, viewer=current_actor())
    proposal, project = queries.find_by_code(round, code)
    return jsonify(page.as_data(page.shown(proposal, project), proposal) | {"round": round.slug})


@bp.get("/rounds/<slug>/projects/<code>/history")
@access.public
def history(slug: str, code: str) -> ResponseReturnValue:
    """Every version, and what changed from one to the next, in words."""
    round = round_by_slug(slug, viewer=current_actor())
    proposal = queries.public_proposal(round, code)
    versions = page.history(proposal)
    cited = slots.gathered("proposal.citations", proposal=proposal)
    return render_page("proposals/history.html", round=round, proposal=proposal, versions=versions, citations=cited)


@bp.get("/p/<code>")
@access.public
def short(code: str) -> ResponseReturnValue:
    """A short address for posters: the newest round that has this code. Small letters do as well."""
    code = code if len(code) > 4 else code.upper()
    round = queries.newest_round_with(code)
    return go_to(url_for("proposals.show", slug=round.slug, code=code))


def _round_actions(*, round: Round, phase: Phase, **_facts: object) -> str:
    """On the round's page: propose, and see what is proposed."""
    return render_template("proposals/_round_actions.html", round=round, phase=phase)


def _my_proposals(**_facts: object) -> str:
    """On "My things": drafts to go on with, and what was sent in."""
    return render_template("proposals/_mine.html", proposals=queries.mine(current_actor()))


def init_app(app: Flask) -> None:
    slots.fill(app, "round.actions", _round_actions, order=20)
    slots.fill(app, "me.sections", _my_proposals, order=20)
    app.jinja_env.filters |= {"theme_name": theme_name, "state_words": words.state_words}
