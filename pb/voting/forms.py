"""The shapes of what voters send. No rules: those are in `choices`, `service` and the electorate room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from pb.core.forms import Form, MomentField
from pb.electorate.facts import FACTS
from pb.electorate.roll_csv import read_birthday
from pb.rounds.models import Ward
from pb.voting.listing import PotTally, shared_evenly

ELSEWHERE = "0"
_WHY = [Length(min=10, max=600, message=_l("Give the reason, in at least 10 letters"))]


class EligibilityForm(Form):
    """The two questions before picking. Any answer is a good answer: some lead to another page."""

    ward = RadioField(_l("Where do you live, work, study or volunteer?"), [InputRequired(_l("Select a ward"))])
    old_enough = RadioField(
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
        validators=[InputRequired(_l("Select yes or no"))],
    )

    def offer(self, wards: Iterable[Ward]) -> None:
        """Offer these wards and "None of these"; without wards the question falls away."""
        choices = [SelectChoice(str(ward.id), ward.name) for ward in wards]
        if not choices:
            del self.ward
            return
        self.ward.choices = [*choices, SelectChoice(ELSEWHERE, _l("None of these"))]

    @property
    def ward_id(self) -> int | None:
        return int(self.ward.data) if "ward" in self else None

    @property
    def stands_in_the_way(self) -> str | None:
        """`place` or `age` when the answers mean that this person cannot vote in this round."""
        if self.ward_id == 0:
            return "place"
        return "age" if self.old_enough.data == "no" else None


class SendForm(Form):
    """A send of the ballot: its idempotency key, made when the page was."""

    key = HiddenField(validators=[Regexp(r"[0-9a-f]{32}\Z")])


class ReplaceForm(SendForm):
    """A send that knows of an earlier vote and replaces it."""

    version = HiddenField(validators=[Regexp(r"[1-9][0-9]{0,8}\Z")])


class MailboxForm(Form):
    """Where to send the code."""

    email = EmailField(
        _l("Your e-mail address"),
        [InputRequired(_l("Enter your e-mail address")), Length(max=254)],
        description=_l(
            "We send a code to it now, and your reference afterwards. Staff never see it beside your picks."
        ),
    )


class CodeForm(SendForm):
    """The code from the e-mail, and with it the ballot is sent."""

    code = StringField(
        _l("The 6 digit code"), [InputRequired(_l("Enter the 6 digit code we sent to you")), Length(max=40)]
    )


class FactsForm(Form):
    """The facts that the list holds of somebody: a box for each that the round asks for."""

    @classmethod
    def asking(cls, facts: Sequence[str]) -> FactsForm:
        form = type("FactsFormOfRound", (cls,), {})
        for fact in facts:
            hint = _l("Like 28/02/1990") if fact == "born_on" else ""
            box = StringField(FACTS[fact], [InputRequired(_l("Fill this in")), Length(max=160)], description=hint)
            setattr(form, fact, box)
        made: FactsForm = form()
        return made

    def said(self, today: date) -> dict[str, str] | None:
        """What was typed; None, with an error at its box, when the day of birth is no day."""
        said = {name: field.data for name, field in self._fields.items() if name in FACTS}
        if "born_on" in said:
            day = read_birthday(said["born_on"], today)
            if day is None:
                self.born_on.errors = [_l("Enter your date of birth, like 28/02/1990")]
                return None
            said["born_on"] = day
        return said


class LetterForm(SendForm):
    """The code from a letter, and with it the ballot is sent."""

    code = StringField(
        _l("The code in your letter"),
        [InputRequired(_l("Enter the code from your letter. It has 12 letters and digits.")), Length(max=200)],
        description=_l("Like RPQ2-J90V-X7T1. Capitals, spaces and dashes do not matter."),
    )
    ticket = HiddenField(validators=[Length(max=100)])


class ReceiptForm(Form):
    """A reference to look for in the box."""

    receipt = StringField(
        _l("Your reference"),
        [
            InputRequired(_l("Enter your reference")),
            Length(max=40, message=_l("A reference has 12 letters and digits")),
        ],
        description=_l("12 letters and digits, like RPQ2-J90V-X7T1. Capitals and dashes do not matter."),
    )


class DestroyKeyForm(Form):
    """Asking to destroy a key before its day."""

    why = TextAreaField(_l("Why now?"), _WHY, description=_l("Everybody can read this in the record."))


class KeepKeyForm(Form):
    """Asking to keep a key past its day."""

    until = MomentField(_l("Until when?"), [InputRequired(_l("Enter a date and time"))])
    reason = TextAreaField(_l("Why longer?"), _WHY, description=_l("Everybody can read this in the record."))


class PointsForm(Form):
    """One box a pick, and one button that says what to do: continue, share evenly, or plus or minus at one pick."""

    do = HiddenField(default="continue")

    @classmethod
    def for_picks(cls, tallies: Sequence[PotTally], points: Mapping[str, int]) -> PointsForm:
        """The form with a box for each pick, holding the points given so far."""
        boxes = type("PointsFormOfPicks", (cls,), {})
        for tally in tallies:
            for line in tally.lines:
                whole = Regexp(r"[0-9]{1,3}\Z", message=_l("Enter a whole number, like 3"))
                box = StringField(line.title, [whole], default=str(points.get(line.code, 0)))
                setattr(boxes, box_name(line.code), box)
        form: PointsForm = boxes()
        return form

    @property
    def wants(self) -> str:
        """`continue`, `even`, `plus` or `minus`."""
        wish = (self.do.data or "").split(":", 1)[0]
        return wish if wish in ("even", "plus", "minus") else "continue"

    @property
    def anchor(self) -> str:
        """Where to go on reading after a press on plus, minus or share evenly."""
        return f"box-{self._at}" if self._at else "points"

    @property
    def _at(self) -> str:
        return (self.do.data or "").partition(":")[2]

    def shared(self, tallies: Sequence[PotTally], total: int) -> dict[str, int]:
        """The points after what the pressed button does, nothing below 0."""
        given: dict[str, int] = {}
        for tally in tallies:
            codes = [line.code for line in tally.lines]
            typed = {code: int(self[box_name(code)].data) for code in codes}
            given |= shared_evenly(codes, typed, total) if self.wants == "even" and codes else typed
        if self._at in given:
            step = {"plus": 1, "minus": -1}.get(self.wants, 0)
            given[self._at] = max(0, given[self._at] + step)
        return given


def box_name(code: str) -> str:
    """The name of a pick's box: codes of imported projects may hold anything."""
    return "p_" + code.encode().hex()
