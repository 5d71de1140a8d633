"""A small app with every piece of the look on one page, for tests and for looking at: no database, no rooms.

`python -m tests.look.gallery` serves it on port 8600 (PORT changes it); `/error/404` and the like show the error pages.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)

from pb.core import assets
from pb.core.web import CSP

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Settings:
    council_name: str = "Exampleshire Council"
    service_name: str = "Together for our places"
    council_colour: str = "#14505a"
    help_phone: str = "01234 567 890"
    help_hours: str = "Monday to Friday, 9am to 5pm"
    help_email: str = "together@exampleshire.example"
    help_place: str = "Hindley Library, Market Street: Thursdays, 2pm to 7pm"
    logo_url: str | None = None
    demo: bool = True


@dataclass(frozen=True)
class Viewer:
    is_signed_in: bool = True
    name: str = "Sam"
    is_staff: bool = True
    roles: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    url: str
    is_current: bool


class ProposalForm(Form):  # type: ignore[misc]
    title = StringField("What is your idea called?", [validators.InputRequired("Enter a name for your idea")])
    email = EmailField("Your e-mail address", [validators.Email("Enter an e-mail address, like name@example.com")])
    password = PasswordField("Password")
    problem = TextAreaField("What is the problem?", [validators.Length(max=600)], description="In your own words.")
    cost = StringField("What will it cost?", [validators.InputRequired("Enter the cost in pounds")])
    ward = SelectField("Where is it?", choices=[SelectChoice("h", "Hindley"), SelectChoice("c", "Castle Hill")])
    kind = RadioField(
        "Who will do it?",
        [validators.InputRequired("Select who will do it")],
        choices=[SelectChoice("us", "We will"), SelectChoice("both", "We and the council")],
    )
    themes = SelectMultipleField(
        "What is it about?", choices=[SelectChoice("p", "Parks"), SelectChoice("b", "Buildings")]
    )
    by = DateField("When will it be done?", [validators.Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])
    agree = BooleanField("I have asked the people it touches", [validators.InputRequired("Ask them first")])
    code = StringField("The code we sent you", [validators.Regexp(r"\d{5}$", message="Enter the 5 digit code we sent")])


def pounds(pence: int) -> str:
    return f"£{pence // 100:,}"


@pass_context
def in_language(page: Context, template: str) -> Markup:
    return Markup(page.environment.get_template(template).render(page.get_all()))


def create_gallery() -> Flask:
    """The app. Its settings, people and filters are stand-ins for the ones of pb.core."""
    app = Flask("gallery", static_folder=None)
    app.config.update(SECRET_KEY="gallery" * 6, TESTING=True)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(ROOT / "tests/look/templates")]
    )
    app.jinja_env.filters["money"] = pounds
    app.jinja_env.globals |= {"in_language": in_language, "same_for_all": in_language}
    app.jinja_env.globals["page_language"] = lambda: request.args.get("lang", "en")
    Babel(app)
    CSRFProtect(app)
    app.context_processor(context)
    app.after_request(strict_policy)
    app.add_url_rule("/static/<mark>/<path:path>", view_func=assets.static)
    app.add_url_rule("/", view_func=gallery)
    app.add_url_rule("/errors", view_func=errors)
    app.add_url_rule("/error/<int:status>", view_func=error)
    app.add_url_rule("/theme.css", view_func=theme)
    return app


def context() -> dict[str, object]:
    current = request.args.get("lang", "en")
    names = {"en": "English", "cy": "Cymraeg", "ur": "اردو"}
    return {
        "settings": Settings(),
        "viewer": Viewer(),
        "languages": [Language(code, name, f"?lang={code}", code == current) for code, name in names.items()],
        "nav": [
            ("Rounds", "/rounds", True),
            ("Propose", "/propose", False),
            ("What happened", "/log", False),
            ("Help", "#help", False),
        ],
        "account": {"sign_in": "/sign-in", "sign_out": "/sign-out", "me": "/me", "staff": "/staff"},
        "frame_language": current,
        "is_translated": True,
        "footer_links": [("Accessibility", "/accessibility"), ("Privacy", "/privacy"), ("Open data", "/data")],
        "asset": assets.asset,
    }


def strict_policy(response: Response) -> Response:
    """The policy of the real app, so that an inline style or script fails here too."""
    response.headers["Content-Security-Policy"] = CSP
    return response


def gallery() -> str:
    return render_template("gallery.html", form=ProposalForm())


def errors() -> str:
    """The same page after a bad answer: every field has an error."""
    form = ProposalForm()
    form.validate()
    return render_template("gallery.html", form=form)


def error(status: int) -> tuple[str, int]:
    words = {"heading": "Page not found", "sentence": "If you typed the address, check it."}
    return render_template("errors/error.html", status=status, request_id="7f3a91", **words), status


def theme() -> Response:
    return Response(":root{--council:#14505a}", mimetype="text/css")


if __name__ == "__main__":
    create_gallery().run(port=int(os.environ.get("PORT", "8600")))
