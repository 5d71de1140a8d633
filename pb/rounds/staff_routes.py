"""Setting up and running rounds: the checklist, one small page a part, publishing, holding, ending."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pb.approvals.queries import waiting_in
from pb.core import access, slots
from pb.core.actor import Role, current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.forms import Form
from pb.core.htmx import go_to, render_page
from pb.rounds import checklist, choices, extending, forms, published_dates, queries, service, words
from pb.rounds.models import Round
from pb.rounds.phases import DATED, dates_of, phase_of, voting_window

bp = Blueprint("rounds_staff", __name__, url_prefix="/staff/rounds")
LOCKED = frozenset({"pots", "voters", "ballot"})
"""Parts that the freeze locks as a whole."""


def _round(slug: str) -> Round:
    return queries.round_by_slug(slug, viewer=current_actor())


def _saved(round: Round, asked: object = None) -> ResponseReturnValue:
    """`asked`: the request that waits for a second person, where one is needed."""
    flash(_("You asked for it. Another person must agree.") if asked else _("Saved."), "good")
    return go_to(url_for("rounds_staff.setup", slug=round.slug))


def _done(form: Form, act: Callable[[], object]) -> bool:
    """Do what the form asks for, if it was sent and has the right shape; a broken rule goes beside its field."""
    if not form.validate_on_submit():
        return False
    try:
        act()
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _act(form: forms.ReasonForm | None = None) -> dict[str, Any]:
    """Who acts, when, and why where the form asks why."""
    reason = {"reason": form.reason.data} if form else {}
    return {"by": current_actor(), "now": now(), **reason}


@bp.get("")
@access.staff()
def index() -> ResponseReturnValue:
    """All rounds, drafts too."""
    rounds = queries.all_rounds()
    return render_page("rounds/staff_index.html", rounds=[(round, words.standing(round, now())) for round in rounds])


@bp.route("/new", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def new() -> ResponseReturnValue:
    """Begin a draft."""
    form = forms.NewRoundForm()
    made: list[Round] = []
    if _done(form, lambda: made.append(service.create_round(title=form.title.data, **_act()))):
        return go_to(url_for("rounds_staff.setup", slug=made[0].slug))
    return render_page("rounds/staff_new.html", form=form, status=form.answer_status)


@bp.get("/<slug>")
@access.staff()
def setup(slug: str) -> ResponseReturnValue:
    """The checklist of one round: what is completed, what locks when, what can be done with the whole."""
    round = _round(slug)
    parts = [(part, part.status(round), bool(round.frozen_at) and part.key in LOCKED) for part in checklist.PARTS]
    return render_page(
        "rounds/staff_setup.html",
        round=round,
        parts=parts,
        missing=checklist.missing(round),
        phase=phase_of(round, now()),
        standing=words.standing(round, now()),
        part_url=partial(_part_url, round),
    )


def _part_url(round: Round, part: checklist.Part) -> str:
    """Where a part of the checklist is filled in."""
    if part.key in forms.WORDS_FORMS:
        return url_for("rounds_staff.edit_words", slug=round.slug, part=part.key)
    return url_for(f"rounds_staff.edit_{part.key}", slug=round.slug)


@bp.route("/<slug>/<any(purpose, decision, fairness, equality, help, 'test-vote'):part>", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def edit_words(slug: str, part: str) -> ResponseReturnValue:
    """One part of the checklist that is words."""
    round = _round(slug)
    form = forms.filled(forms.WORDS_FORMS[part], round)
    if _done(form, lambda: service.describe_round(round, **_act(form), **forms.words_of(form))):
        return _saved(round)
    heading = next(one.name for one in checklist.PARTS if one.key == part)
    return _page("rounds/staff_words.html", form, round, part=part, heading=heading)


@bp.route("/<slug>/voters", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def edit_voters(slug: str) -> ResponseReturnValue:
    """Who may vote."""
    round = _round(slug)
    form = forms.VotersForm.showing(round)
    form.offer(queries.wards())
    if _done(form, lambda: service.set_voters(round, **form.values(), **_act(form))):
        return _saved(round)
    return _page("rounds/staff_voters.html", form, round)


@bp.route("/<slug>/pots", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def edit_pots(slug: str) -> ResponseReturnValue:
    """The pots, one block each; a block left empty is no pot. "Add another" gives one more without saving."""
    round = _round(slug)
    form = forms.PotsForm(obj=round)
    adding = "another" in request.form
    if adding and len(form.pots) < forms.MOST_POTS:
        form.pots.append_entry()
    form.offer(queries.wards())
    if not adding and _done(form, lambda: service.set_pots(round, pots=form.plans(), **_act(form))):
        return _saved(round)
    return _page("rounds/staff_pots.html", form, round)


@bp.route("/<slug>/ballot", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def edit_ballot(slug: str) -> ResponseReturnValue:
    """How people vote, and how it is counted."""
    round = _round(slug)
    form = forms.BallotForm(obj=round)
    if _done(form, lambda: service.set_ballot(round, plan=form.plan(), **_act(form))):
        return _saved(round)
    return _page("rounds/staff_ballot.html", form, round, rung_hints=choices.RUNG_HINTS)


@bp.route("/<slug>/dates", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def edit_dates(slug: str) -> ResponseReturnValue:
    """The dates, in the council's time."""
    round = _round(slug)
    form = forms.DatesForm(data={phase.value: at for phase, at in dates_of(round).items()})
    asked: list[object] = []
    if _done(form, lambda: asked.append(published_dates.change_dates(round, dates=form.dates(), **_act(form)))):
        return _saved(round, asked[0])
    return _page("rounds/staff_dates.html", form, round, phases=[phase.value for phase in DATED])


@bp.route("/<slug>/publish", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def publish(slug: str) -> ResponseReturnValue:
    """Look at everything once more, then make the round public."""
    round = _round(slug)
    form = forms.ConfirmForm()
    if _done(form, lambda: service.publish_round(round, **_act())):
        flash(_("The round is public."), "good")
        return go_to(url_for("rounds.show", slug=round.slug))
    more = {"missing": checklist.missing(round), "dates": words.date_lines(round, now()), "words": words}
    return _page("rounds/staff_publish.html", form, round, part_url=partial(_part_url, round), **more)


@bp.route("/<slug>/hold", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def hold(slug: str) -> ResponseReturnValue:
    """Stop the dates, or let them count again; either way with a reason."""
    round = _round(slug)
    form = forms.WhyForm()
    asked: list[object] = []
    if _done(form, lambda: asked.append(published_dates.change_hold(round, **_act(form)))):
        return _saved(round, asked[0])
    return _page("rounds/staff_hold.html", form, round, standing=words.standing(round, now()))


@bp.route("/<slug>/extend", methods=["GET", "POST"])
@access.staff(Role.OFFICER, Role.RETURNING_OFFICER)
def extend(slug: str) -> ResponseReturnValue:
    """Ask a second person to make voting longer."""
    round = _round(slug)
    form = forms.ExtendForm()
    if _done(form, lambda: extending.ask_to_extend(round, closes_at=form.closes_at.data or now(), **_act(form))):
        flash(_("You asked for it. Another person must agree."), "good")
        return go_to(url_for("rounds_staff.setup", slug=slug))
    more = {"window": voting_window(round), "to_agree": waiting_in(round.id, now(), "voting.extend")}
    return _page("rounds/staff_extend.html", form, round, **more)


@bp.route("/<slug>/end", methods=["GET", "POST"])
@access.staff(Role.OFFICER)
def end(slug: str) -> ResponseReturnValue:
    """End a round whose promises are settled."""
    round = _round(slug)
    form = forms.WhyForm()
    if _done(form, lambda: service.end_round(round, **_act(form))):
        return _saved(round)
    return _page("rounds/staff_end.html", form, round)


def _page(template: str, form: Form, round: Round, **more: Any) -> ResponseReturnValue:
    """The page of a form, with everything typed kept when something was refused."""
    return render_page(template, form=form, round=round, status=form.answer_status, **more)


def init_app(app: Flask) -> None:
    """The way here from the staff's home."""
    slots.fill(app, "staff.sections", lambda **_facts: render_template("rounds/_staff_home.html"), order=10)
