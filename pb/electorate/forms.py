"""Forms of the list's desk. Shape only."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import (
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from pb.core.forms import Form
from pb.electorate.facts import ALWAYS, FACTS
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


class UploadForm(Form):
    """A list to look at before it is imported."""

    file = FileField(
        _l("The list, as a CSV file"),
        description=_l("Columns: Name; Address and Postcode, or E-mail; if you have them Number, Ward, Date of birth."),
    )


class ImportForm(Form):
    """Yes, these people may vote."""

    source = StringField(
        _l("Where does the list come from, and of which day is it?"),
        [InputRequired(_l("Enter where the list comes from, like “Open register, 1 May 2026”.")), Length(max=200)],
        description=_l("Like “Open register, 1 May 2026”. It is printed with the results."),
    )
    asks_for = SelectMultipleField(
        _l("What else are people without a letter asked for, beside name and postcode?"),
        description=_l("Facts alone never vote: they only tell us to whom on the list to send a code."),
    )
    file_sha256 = HiddenField(validators=[Length(max=64)])

    def offer(self, facts: Iterable[str]) -> None:
        choices = [SelectChoice(fact, FACTS[fact]) for fact in facts if fact not in ALWAYS]
        if not choices:
            del self.asks_for
            return
        self.asks_for.choices = choices


class FindForm(Form):
    """Somebody on the list, who rang or came."""

    words = StringField(
        _l("Name, postcode or number on the list"), [InputRequired(_l("Enter a name or a postcode")), Length(max=100)]
    )


class StrikeForm(Form):
    """Off the list, or back on it, and why."""

    reason = TextAreaField(
        _l("Why?"),
        [Length(max=600, message=_l("Use %(max)d characters or fewer"))],
        description=_l("Everybody can read this in the record, so write no name and no address."),
    )


class ReissueForm(Form):
    """A new letter, and why."""

    why = RadioField(
        _l("Why?"),
        [InputRequired(_l("Select why they need a new letter"))],
        choices=[SelectChoice(key, words) for key, words in REISSUE_REASONS.items()],
    )
    do = RadioField(
        _l("How do they get it?"),
        choices=[
            SelectChoice("post", _l("With the next run, by post")),
            SelectChoice("now", _l("As a letter now, to hand over (you have seen who they are)")),
        ],
        default="post",
    )
