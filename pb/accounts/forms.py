"""Shapes of the forms of this room; the rules are in the service."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from pb.core.actor import Role
from pb.core.forms import Form, Visible

ROLE_NAMES = {
    Role.OFFICER: _l("Officer"),
    Role.RETURNING_OFFICER: _l("Returning officer"),
    Role.ADMIN: _l("Administrator"),
    Role.COUNCILLOR: _l("Councillor"),
}


class SignInForm(Form):
    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address"))])


class CodeForm(Form):
    """The six digits; spaces are fine. Empty is for the service to judge: the asking browser needs none."""

    code = StringField(_l("6 digit code"), description=_l("It is in the e-mail, below the link."))


class StaffSignInForm(Form):
    email = EmailField(_l("Work e-mail address"), [InputRequired(_l("Enter your e-mail address"))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password")), Length(max=200)])
    code = StringField(
        _l("6 digit code"),
        [InputRequired(_l("Enter the code your authenticator app shows"))],
        description=_l("Your authenticator app shows it."),
    )


class DetailsForm(Form):
    """The name that is shown, and the language of our e-mails."""

    display_name = StringField(
        _l("Name to show"),
        [
            InputRequired(_l("Enter the name to show")),
            Length(max=80, message=_l("The name must be 80 characters or less")),
            Visible(_l("Enter a name with letters in it")),
        ],
        description=_l(
            "Other people see it beside what you propose and write. A first name is enough. Votes never show it."
        ),
    )
    language = SelectField(_l("Language of our e-mails to you"))

    def offer(self, languages: Sequence[tuple[str, str]]) -> None:
        self.language.choices = [SelectChoice(code, name) for code, name in languages]


class GroupForm(Form):
    name = StringField(
        _l("Name of the group"),
        [
            InputRequired(_l("Enter the name of the group")),
            Length(max=120, message=_l("The name must be 120 characters or less")),
            Visible(_l("Enter a name with letters in it")),
        ],
    )
    about = TextAreaField(
        _l("What the group does"),
        [
            InputRequired(_l("Tell people in a sentence or two what the group does")),
            Length(max=1000, message=_l("This must be 1,000 characters or less")),
        ],
    )
    constitution = RadioField(
        _l("Does the group have its own rules and bank account?"),
        [InputRequired(_l("Select whether the group has its own rules and bank account"))],
        choices=[
            SelectChoice("constituted", _l("Yes, it has a constitution and a bank account")),
            SelectChoice("unconstituted", _l("No, we are neighbours or friends")),
        ],
    )
    host = StringField(
        _l("Who would hold money for you?"),
        [Length(max=120, message=_l("This must be 120 characters or less"))],
        description=_l("Only if the group has no bank account: a charity, school or parish council that agreed to."),
    )


class InviteForm(Form):
    email = EmailField(_l("Their e-mail address"), [InputRequired(_l("Enter the e-mail address to invite"))])


class RoleForm(Form):
    """An administrator gives a role."""

    role = SelectField(_l("Role"), choices=[SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()])
    title = StringField(
        _l("Title the public reads"),
        [Length(max=80, message=_l("The title must be 80 characters or less"))],
        description=_l("For example: Engagement officer, or Councillor for Quay."),
    )
    ward_id = SelectField(_l("Ward, for councillors"), coerce=int)

    def offer(self, wards: Sequence[tuple[int, str]]) -> None:
        self.ward_id.choices = [SelectChoice(0, _l("No ward")), *(SelectChoice(key, name) for key, name in wards)]
