"""What the count desk sends. `seen` carries the hash of the count on the page, so that nobody certifies another one."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from pb.core.forms import Form
from pb.results.rehearsal import SIZES


class SeenForm(Form):
    seen = HiddenField(validators=[Length(max=64)])


class PublishForm(SeenForm):
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    note = TextAreaField(
        _l("What was wrong, and what is different now?"),
        validators=[Length(max=2000, message=_l("Use up to 2,000 characters"))],
        description=_l("Everybody reads this on the results page. The version before stays readable."),
    )


class RehearsalForm(Form):
    """Sent by GET: it changes nothing, and its address shows another person the same made-up votes."""

    class Meta:
        csrf = False

    ballots = RadioField(
        _l("How many made-up votes?"),
        coerce=int,
        default=SIZES[1],
        choices=[SelectChoice(size, f"{size:,}") for size in SIZES],
    )
    start = IntegerField(
        _l("Start"),
        default=1,
        validators=[NumberRange(0, 999_999, _l("Enter a number from 0 to 999,999"))],
        description=_l("Any number. The same number gives the same made-up votes again."),
    )


class DecisionForm(Form):
    agreed = RadioField(
        _l("What did the council decide?"),
        choices=[
            SelectChoice("yes", _l("It agrees with the count")),
            SelectChoice("no", _l("It departs from the count on one project")),
            SelectChoice("back", _l("It takes back an earlier departure on one project")),
        ],
        validators=[InputRequired(_l("Select what was decided"))],
    )
    project = SelectField(_l("Which project?"))
    reason = TextAreaField(
        _l("Reason"),
        validators=[Length(max=2000, message=_l("Use up to 2,000 characters"))],
        description=_l("Needed where the council departs from the count. Everybody reads it."),
    )
    decided_by = StringField(
        _l("Who decided?"),
        validators=[InputRequired(_l("Enter who decided, like Cabinet or Ward panel")), Length(max=160)],
        description=_l("Like Cabinet, or Ward panel. No names of residents."),
    )
