"""Signing in by e-mailed link, signing out, and "My things"."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from pb.accounts import browser, demo_routes, group_routes, queries, service, tokens
from pb.accounts.errors import LinkNotGood
from pb.accounts.forms import CodeForm, DetailsForm, SignInForm, StaffSignInForm
from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.errors import Refusal
from pb.core.htmx import go_to, leave_to, render_page
from pb.core.i18n import OWN_NAMES, current_language
from pb.core.limits import caller_network

bp = Blueprint("accounts", __name__)


@bp.route("/accounts/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> ResponseReturnValue:
    """Ask for a link by e-mail. `next` says where to go on to."""
    form = SignInForm(email=request.args.get("email", ""))
    path = browser.safe_next(request.args.get("next"))
    if form.validate_on_submit():
        try:
            service.request_sign_in(
                email=form.email.data,
                go_to=path,
                browser=browser.remember_asking(form.email.data),
                network=caller_network(),
                link_to=lambda token: browser.whole_address("accounts.link", token=token),
                now=now(),
            )
            return go_to(url_for("accounts.sent"))
        except Refusal as refusal:
            form.refuse(refusal)
    status = 422 if form.errors else 200
    return render_page("accounts/sign_in.html", form=form, path=path, status=status)


@bp.route("/accounts/sign-in/sent", methods=["GET", "POST"])
@access.public
def sent() -> ResponseReturnValue:
    """Check your e-mail; or type the code here, if the mail is read on another device."""
    email = browser.asked_for()
    if email is None:
        return go_to(url_for("accounts.sign_in"))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return _welcome(service.sign_in_by_code(browser=browser.nonce(), code=form.code.data, now=now()))
        except LinkNotGood:
            return _link_ended()
        except Refusal as refusal:
            form.refuse(refusal)
    return render_page("accounts/sent.html", form=form, email=email, status=422 if form.errors else 200)


@bp.route("/accounts/link/<token>", methods=["GET", "POST"])
@access.public
def link(token: str) -> ResponseReturnValue:
    """The page of an e-mailed link. Looking at it changes nothing (mail scanners do); its button signs in."""
    found = queries.open_link(tokens.digest(token), now())
    if found is None:
        return _link_ended()
    form = CodeForm()
    asked_here = service.asked_here(found, browser.nonce())
    if form.validate_on_submit():
        try:
            arrival = service.sign_in_by_link(token=token, browser=browser.nonce(), code=form.code.data, now=now())
            return _welcome(arrival)
        except LinkNotGood:
            return _link_ended()
        except Refusal as refusal:
            form.refuse(refusal)
    status = 422 if form.errors else 200
    return render_page(
        "accounts/link.html", form=form, asked_here=asked_here, email=found.email, token=token, status=status
    )


def _welcome(arrival: service.Arrival) -> ResponseReturnValue:
    """Give the browser its session; a new person is asked for the name to show first."""
    browser.arrive(arrival.token)
    if arrival.is_new:
        return go_to(url_for("accounts.details", next=arrival.go_to))
    return go_to(browser.go_on_to(arrival.go_to))


def _link_ended() -> ResponseReturnValue:
    return render_page("accounts/link_ended.html", sentence=LinkNotGood.sentence, status=LinkNotGood.status)


@bp.route("/staff/sign-in", methods=["GET", "POST"])
@access.public
def staff_sign_in() -> ResponseReturnValue:
    """Staff: e-mail address, password and the code of an authenticator."""
    form = StaffSignInForm()
    path = browser.safe_next(request.args.get("next", "/staff"))
    if form.validate_on_submit():
        try:
            token = service.sign_in_staff(
                email=form.email.data,
                password=form.password.data,
                code=form.code.data,
                network=caller_network(),
                now=now(),
            )
            browser.arrive(token)
            return go_to(browser.go_on_to(path))
        except Refusal as refusal:
            form.refuse(refusal)
    status = 422 if form.errors else 200
    return render_page("accounts/staff_sign_in.html", form=form, path=path, status=status)


@bp.post("/accounts/sign-out")
@access.public
def sign_out() -> ResponseReturnValue:
    """End this session on the server and empty the browser of us."""
    token = browser.leave()
    if token:
        service.end_session(token=token, now=now())
    response = leave_to(url_for("accounts.signed_out"))
    response.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return response


@bp.get("/accounts/signed-out")
@access.public
def signed_out() -> ResponseReturnValue:
    """Say that it worked, and how to come back."""
    return render_page("accounts/signed_out.html")


@bp.get("/me")
@access.signed_in
def me() -> ResponseReturnValue:
    """My things: name, groups, what higher rooms add, and the ways out."""
    viewer = current_actor()
    assert viewer.id is not None
    person = queries.person(viewer.id)
    is_unnamed = person.display_name == service.UNNAMED
    groups = queries.groups_of(person.id)
    return render_page("accounts/me.html", person=person, is_unnamed=is_unnamed, groups=groups, names=OWN_NAMES)


@bp.route("/me/details", methods=["GET", "POST"])
@access.signed_in
def details() -> ResponseReturnValue:
    """The name that is shown and the language of e-mails; asked once when somebody is new."""
    viewer = current_actor()
    assert viewer.id is not None
    person = queries.person(viewer.id)
    is_unnamed = person.display_name == service.UNNAMED
    shown = "" if is_unnamed else person.display_name
    form = DetailsForm(display_name=shown, language=current_language() if is_unnamed else person.language)
    form.offer([(code, OWN_NAMES.get(code, code)) for code in current_app.extensions["settings"].languages])
    path = browser.safe_next(request.args.get("next", "/me"))
    if form.validate_on_submit():
        service.describe_person(by=viewer, display_name=form.display_name.data, language=form.language.data)
        flash(_("Thank you, %(name)s. That is saved.", name=form.display_name.data), "good")
        return go_to(browser.go_on_to(path))
    status = 422 if form.errors else 200
    return render_page("accounts/details.html", form=form, is_unnamed=is_unnamed, path=path, status=status)


@bp.post("/me/sign-out-everywhere")
@access.signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person, this one included."""
    viewer = current_actor()
    assert viewer.id is not None
    ended = service.end_sessions(person_id=viewer.id, now=now())
    browser.leave()
    flash(ngettext("You are signed out on %(num)s device.", "You are signed out on %(num)s devices.", ended), "good")
    return leave_to(url_for("accounts.signed_out"))


@bp.route("/me/delete", methods=["GET", "POST"])
@access.signed_in
def delete() -> ResponseReturnValue:
    """Ask once, then forget the person."""
    if request.method == "GET":
        return render_page("accounts/delete.html")
    service.delete_person(by=current_actor(), now=now())
    browser.leave()
    flash(_("Your account is deleted. We no longer know your name or your e-mail address."), "good")
    return leave_to(url_for("accounts.signed_out"))


def init_app(app: Flask) -> None:
    browser.init_login(app)
    app.register_blueprint(group_routes.bp)
    if app.extensions["settings"].demo:
        app.register_blueprint(demo_routes.bp)
