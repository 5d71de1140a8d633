"""The log editor (A8). Shape only; what an honest entry needs is checked by the service."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from pb.core.forms import Form, PoundsField
from pb.log.models import LogVersion
from pb.log.statuses import EDITABLE, WORDS
from pb.log.words import deal_state

LONG = Length(max=2000, message=_l("Use up to 2,000 characters"))
NOTE = Length(max=600, message=_l("Use up to 600 characters"))
SHORT = Length(max=300, message=_l("Use up to 300 characters"))
NAME = Length(max=120, message=_l("Use up to 120 characters"))


class UpdateForm(Form):
    """`deal-0`, `deal-1` … are added for the lines of the deal by `form_for`."""

    sees = IntegerField(widget=HiddenInput(), validators=[Optional()])
    status = RadioField(_l("How does it stand?"), id="stands", validate_choice=False)
    what_happened = TextAreaField(
        _l("What happened since?"), validators=[LONG], description=_l("One or two sentences that everybody reads.")
    )
    council_did = StringField(_l("What did the council do?"), validators=[SHORT])
    council_who = StringField(_l("Who, by role?"), validators=[NAME])
    residents_did = StringField(_l("What did residents do?"), validators=[SHORT])
    residents_who = StringField(
        _l("Who?"), validators=[NAME], description=_l("A group, or a number of people. No names.")
    )
    residents_had_no_part = BooleanField(_l("Residents had no part in this"))
    partners_did = StringField(_l("What did others do?"), validators=[SHORT])
    partners_who = StringField(_l("Who?"), validators=[NAME])
    done_on = DateField(_l("When was that?"), validators=[Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])
    committed = PoundsField(_l("Ordered or promised so far"))
    paid = PoundsField(_l("Paid so far"))
    money_note = TextAreaField(_l("What happens to the money?"), validators=[NOTE])
    what_we_learned = TextAreaField(_l("What did you learn?"), validators=[LONG])
    next_step = StringField(_l("What comes next?"), validators=[SHORT])
    next_by = DateField(_l("By when?"), validators=[Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])
    answers_to = StringField(_l("Who answers for it?"), validators=[NAME])

    def validate_status(self, field: RadioField) -> None:
        if field.data not in {status.value for status in EDITABLE}:
            raise ValidationError(_l("Select how it stands"))


def form_for(version: LogVersion) -> Any:
    """The form with one choice a deal line, filled from the present version where nothing was sent."""
    deal = {
        f"deal_{n}": SelectField(line["what"], choices=[SelectChoice(s, deal_state(s)) for s in STATES])
        for n, line in enumerate(version.deal)
    }
    made = type("UpdateFormWithDeal", (UpdateForm,), deal)
    start = {f"deal_{n}": line["state"] for n, line in enumerate(version.deal)}
    kept = ("status", "residents_had_no_part", "committed", "paid", "money_note", "what_we_learned")
    later = ("next_step", "next_by", "answers_to")
    form = made(data={**start, **{name: getattr(version, name) for name in (*kept, *later)}, "sees": version.number})
    form.status.choices = [SelectChoice(status.value, str(WORDS[status].name)) for status in EDITABLE]
    return form


STATES = ("not_due", "kept", "not_kept")
