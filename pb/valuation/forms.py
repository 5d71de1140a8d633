"""Shape of the check that an officer writes. What an outcome needs is judged in the service."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from pb.core.forms import Form, PoundsField
from pb.proposals.forms import at_most, choices
from pb.valuation.reasons import OUTCOMES, REASONS


class CheckForm(Form):
    """One proposal's check."""

    revision_number = HiddenField()
    outcome = RadioField(_l("Can it go to the vote?"), choices=choices(OUTCOMES.items()), validate_choice=False)
    reason = TextAreaField(
        _l("Why? Everybody will read this"),
        [at_most(2000)],
        description=_l("Plain words: what you looked at, what must change, what would make it possible."),
    )
    reason_code = SelectField(
        _l("If it cannot: what stands in the way?"),
        choices=choices([("", _l("Select a reason")), *REASONS.items()]),
        validate_choice=False,
        default="",
    )
    rule_name = StringField(
        _l("If it cannot: which law, policy or standing order?"),
        [at_most(200)],
        description=_l("Like “Highways Act 1980, section 115E” or “Round rule 3”."),
    )
    rule_url = StringField(_l("Where can people read that rule?"), [at_most(300)], description=_l("A web address."))
    cost = PoundsField(_l("What will it cost, as far as you found?"), [InputRequired(_l("Enter the cost in pounds"))])
    already_doing = TextAreaField(
        _l("Is somebody doing this already?"),
        [at_most(600)],
        description=_l("Public. Who you asked, and what they do. Leave it empty if nobody is."),
    )

    def validate_outcome(self, field: RadioField) -> None:
        if field.data not in OUTCOMES:
            raise ValidationError(_l("Select whether it can go to the vote"))

    def seen_number(self) -> int:
        """The version on the page; 0, which is never current, when the page was tampered with."""
        typed = self.revision_number.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


class PublishForm(Form):
    """A button with a token."""
