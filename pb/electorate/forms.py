"""Forms of the list's desk. Shape only."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from pb.core.forms import Form
from pb.electorate.print_runs import REISSUE_REASONS
from pb.rounds.models import Ward


class LettersForm(Form):
    """Codes for everybody on the list who waits for a letter."""

    kind = RadioField(
        _l("What do you need?"),
        choices=[
            SelectChoice("letters", _l("Letters ready to print (PDF, A4 for window envelopes, 250 at a time)")),
            SelectChoice("list", _l("A list for a print supplier (CSV)")),
        ],
        default="letters",
    )


class CardsForm(Form):
    """Codes without names, to hand out."""

    how_many = IntegerField(_l("How many?"), [InputRequired(_l("Enter a number between 1 and 250."))])
    ward_id = SelectField(_l("For people of"), coerce=int)

    def offer(self, wards: Iterable[Ward]) -> None:
        any_ward = SelectChoice(0, _l("any ward: they say which"))
        self.ward_id.choices = [any_ward, *(SelectChoice(ward.id, ward.name) for ward in wards)]


class FindForm(Form):
    """Somebody on the list, who rang or came."""

    words = StringField(
        _l("Name, postcode or number on the list"), [InputRequired(_l("Enter a name or a postcode")), Length(max=100)]
    )


class ReissueForm(Form):
    """A new letter, and why."""

    why = RadioField(_l("Why?"), choices=[SelectChoice(key, words) for key, words in REISSUE_REASONS.items()])
    do = RadioField(
        _l("How do they get it?"),
        choices=[
            SelectChoice("post", _l("With the next run, by post")),
            SelectChoice("now", _l("As a letter now, to hand over (you have seen who they are)")),
        ],
        default="post",
    )
