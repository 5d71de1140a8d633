"""Shapes of what people type about a proposal. The rules (limits, dates, titles, what is needed) are in the service.

A page may be saved half done, so nothing is required here; `ask_for` marks what `steps.missing` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from pb.core import points
from pb.core.errors import Refusal
from pb.core.forms import Form, PoundsField, Visible, tidy
from pb.proposals.models import Revision
from pb.proposals.steps import ALL_FIELDS
from pb.proposals.themes import THEMES
from pb.proposals.words import MISSING, REVISION_REASONS, WHO_DOES_IT
from pb.rounds.models import Ward

MAX_LINES = 20
WHOLE_AREA = "all"


def at_most(limit: int) -> Length:
    return Length(max=limit, message=_l("This must be %(max)d characters or fewer"))


def choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Values and their words, as a field wants them."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def one_line(text: str | None) -> str:
    """A sentence typed in a box of several lines."""
    return " ".join((text or "").split())


class OneOf:
    """A choice left open is fine; one that was never offered is not."""

    def __call__(self, _form: Form, field: Any) -> None:
        if field.data and field.data not in {choice.value for choice in field.iter_choices()}:
            raise ValidationError(_l("Select one of the answers"))


class SensibleYear:
    """Dates that a database and a reader can both hold."""

    def __call__(self, _form: Form, field: Any) -> None:
        if field.data and not 2000 <= field.data.year <= 2100:
            raise ValidationError(_l("Enter a date with a year between 2000 and 2100"))


class Day(DateField):
    """A date by the browser's picker, or typed the British way."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        wrong = _l("Enter a date, like 28/6/2027")
        formats = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y"]
        super().__init__(label, [Optional(), SensibleYear()], formats, invalid_value_message=wrong, **kwargs)

    def _value(self) -> str:
        return tidy(super()._value())

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist if any(value.strip() for value in valuelist) else [])


class Lines(FieldList):
    """A list of lines. Names with indices that no page of ours makes are left out (`int` would fail on some)."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            number = name.removeprefix(prefix + "-").split("-", 1)[0]
            if name.startswith(prefix + "-") and number.isascii() and number.isdigit() and len(number) < 4:
                yield int(number)


class Part(Form):
    """A line inside a form: the form around it carries the CSRF token."""

    class Meta(Form.Meta):
        csrf = False


class CostLine(Part):
    """What the money is for, and how much."""

    what = StringField(_l("What is it for?"), [at_most(120)])
    pence = PoundsField(_l("Cost"))

    def validate_what(self, field: Field) -> None:
        if self.pence.data is not None and not field.data:
            raise ValidationError(_l("Say what this money is for"))

    def validate_pence(self, field: Field) -> None:
        if field.process_errors:
            return
        if self.what.data and not field.data:
            raise ValidationError(_l("Enter the cost in pounds"))

    def value(self) -> dict[str, Any] | None:
        return {"what": self.what.data, "pence": self.pence.data} if self.what.data else None


class DealLine(Part):
    """One promise, and by when if it is something that ends."""

    what = StringField(_l("What"), [at_most(200)])
    by = Day(_l("By when (if it has an end)"))

    def validate_what(self, field: Field) -> None:
        if self.by.data and not field.data:
            raise ValidationError(_l("Say what will be done by then"))

    def value(self) -> dict[str, Any] | None:
        return (
            {"what": self.what.data, "by": self.by.data.isoformat() if self.by.data else None}
            if self.what.data
            else None
        )


class StepForm(Form):
    """A page of the proposal."""

    def values(self) -> dict[str, Any]:
        """The fields of a revision that this page holds, by name."""
        values = {name: _value_of(self[name]) for name in ALL_FIELDS if name in self}
        if "ward" in self:
            values["ward_id"] = int(self["ward"].data) if self["ward"].data not in ("", WHOLE_AREA) else None
        return values

    def ask_for(self, missing: Iterable[str]) -> None:
        """Put a sentence beside each field that needs an answer."""
        for name in missing:
            _complain(self[name], str(MISSING[name]))

    def refuse(self, refusal: Refusal) -> None:
        """A rule about a list belongs to its first line, where an error link can lead."""
        field = self[refusal.field] if refusal.field and refusal.field in self else None
        if isinstance(field, FieldList):
            _complain(field, str(refusal))
        else:
            super().refuse(refusal)


class IdeaForm(StepForm):
    """Question 1: what is wrong or missing, and what would you do?"""

    title = StringField(
        _l("Give it a short name"), [at_most(120)], description=_l("Like “Benches and lights on the canal path”.")
    )
    summary = TextAreaField(
        _l("Say it in one sentence"),
        [at_most(200)],
        filters=[one_line],
        description=_l("This is what people read in the list."),
    )
    what = TextAreaField(
        _l("What is the problem, and what would you do about it?"),
        [at_most(3000)],
        description=_l("Write as you would tell a neighbour."),
    )

    def validate_title(self, field: Field) -> None:
        if field.data:
            Visible(_l("Use words in the name"))(self, field)
            if len(field.data) < 3:
                raise ValidationError(_l("The name must be 3 characters or more"))


class PlaceForm(StepForm):
    """Question 2: where, and what sort of thing is it?"""

    place = StringField(
        _l("Where exactly?"), [at_most(160)], description=_l("A street, a park, a building that people here know.")
    )
    point = StringField(
        _l("A point on the map, if you have one (optional)"),
        description=_l("Latitude and longitude, like 53.5311, -2.5412. Everybody sees it, so not a home."),
    )
    ward = SelectField(_l("Which area is it in?"), [OneOf()], validate_choice=False)
    theme = RadioField(
        _l("What is it mostly about?"), [OneOf()], choices=choices(THEMES.items()), validate_choice=False, default=""
    )

    def offer(self, wards: Sequence[Ward], *, whole_area: bool) -> None:
        """Set the areas to choose from; the only one there is is chosen."""
        areas: list[tuple[str, Any]] = [(str(ward.id), ward.name) for ward in wards]
        areas += [(WHOLE_AREA, _l("It is for the whole area"))] if whole_area else []
        self.ward.choices = choices([("", _l("Select an area")), *areas] if len(areas) > 1 else areas)
        if len(areas) == 1 and not self.ward.data:
            self.ward.data = areas[0][0]

    def validate_point(self, field: Field) -> None:
        field.data = (field.data or "").strip()
        if not field.data:
            return
        try:
            field.data = points.parse(field.data)
        except ValueError:
            raise ValidationError(_l("Enter latitude and longitude as two numbers, like 53.5311, -2.5412")) from None

    def validate_ward(self, field: Field) -> None:
        if (self.place.data or self.theme.data) and not field.data:
            raise ValidationError(_l("Select the area it is in"))


class PeopleForm(StepForm):
    """Questions 3 to 5: what is already here, who gains, who was asked."""

    already_here = TextAreaField(
        _l("What is already here that we can build on?"),
        [at_most(1000)],
        description=_l("People, groups, places, skills. Is somebody doing something like this already?"),
    )
    who_benefits = TextAreaField(_l("Who would gain from it, and about how many?"), [at_most(1000)])
    people_asked = IntegerField(
        _l("How many people have you talked to about it?"),
        [Optional(), NumberRange(0, 100_000, _l("Enter a number between 0 and 100,000"))],
    )
    who_we_asked = TextAreaField(
        _l("Who were they, and what did they say?"),
        [at_most(1000)],
        description=_l("No names: “parents at the school gate”, “the bowls club”."),
    )


class MoneyForm(StepForm):
    """Question 6: what it costs, once and every year."""

    cost_lines = Lines(FormField(CostLine), max_entries=MAX_LINES)
    running_cost = PoundsField(_l("What will it cost each year afterwards?"), description=_l("Enter 0 if nothing."))
    running_note = StringField(_l("Who would pay that, and look after it?"), [at_most(300)])


class DealForm(StepForm):
    """Question 7: what each side would do."""

    who_does_it = RadioField(
        _l("Who would do it?"), [OneOf()], choices=choices(WHO_DOES_IT.items()), validate_choice=False, default=""
    )
    we_will = Lines(FormField(DealLine), max_entries=MAX_LINES)
    council_will = Lines(FormField(DealLine), max_entries=MAX_LINES)


class OutcomeForm(StepForm):
    """Question 8: how everybody will know that it worked, and what could go wrong."""

    outcome = TextAreaField(
        _l("How will we know that it worked?"),
        [at_most(600)],
        description=_l("Something that can be seen or counted: “20 children a week come to the garden”."),
    )
    outcome_on = Day(_l("By what date?"))
    risks = TextAreaField(
        _l("What could go wrong, and what would you do then?"),
        [at_most(1000)],
        description=_l("You can leave this out."),
    )


class ChangeForm(IdeaForm, PlaceForm, PeopleForm, MoneyForm, DealForm, OutcomeForm):
    """A new version: everything on one page, and why it changes."""

    base_number = HiddenField()
    why = RadioField(
        _l("Why do you change it?"),
        [OneOf(), DataRequired(_l("Select why you change it"))],
        choices=choices((key, REVISION_REASONS[key]) for key in ("correction", "council_check")),
        validate_choice=False,
    )
    cites = SelectMultipleField(
        _l("Which contributions does it follow?"),
        coerce=int,
        validate_choice=False,
        description=_l("Needed when it changes because of the discussion. Their authors are told."),
    )
    note = TextAreaField(
        _l("Tell people what you changed, and why"),
        [at_most(600), DataRequired(_l("Tell people what you changed, and why"))],
    )

    def offer_citations(self, citable: Sequence[tuple[int, str]]) -> None:
        """With something to cite, a change can be because of the discussion."""
        self.cites.choices = [SelectChoice(value=str(number), label=label) for number, label in citable]
        if citable:
            extra = SelectChoice(value="discussion", label=REVISION_REASONS["discussion"])
            self.why.choices = [extra, *(self.why.choices or ())]

    def seen_number(self) -> int:
        """The version that the writer saw; 0, which is never current, when the page was tampered with."""
        typed = self.base_number.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


class SendForm(Form):
    """The declaration on the last page."""

    agree = BooleanField(
        _l(
            "These are our own words, and true as far as we know. "
            "Anyone may use them under the Open Government Licence."
        ),
        [DataRequired(_l("Select the box to agree, then send in your proposal"))],
    )


class StartForm(Form):
    """As whom to propose."""

    propose_as = RadioField(_l("Who proposes?"), [OneOf()], validate_choice=False, default="me")

    def group_id(self) -> int | None:
        return int(self.propose_as.data) if self.propose_as.data not in ("me", "", None) else None


class WithdrawForm(Form):
    reason = TextAreaField(_l("Why do you withdraw it?"), [at_most(600)], description=_l("Everybody will read this."))


class EmptyForm(Form):
    """A button with a token."""


STEP_FORMS: dict[str, type[StepForm]] = {
    "idea": IdeaForm,
    "place": PlaceForm,
    "people": PeopleForm,
    "money": MoneyForm,
    "deal": DealForm,
    "outcome": OutcomeForm,
}


def data_of(revision: Revision, *, spare_lines: int) -> dict[str, Any]:
    """What the forms show of a version, with some empty lines to write in."""
    data = {name: getattr(revision, name) for name in ALL_FIELDS}
    has_place = bool(revision.place or revision.theme)
    data["ward"] = str(revision.ward_id) if revision.ward_id else (WHOLE_AREA if has_place else "")
    data["cost_lines"] = _padded(revision.cost_lines, spare_lines)
    for side in ("we_will", "council_will"):
        lines = [{"what": line["what"], "by": _day(line["by"])} for line in getattr(revision, side)]
        data[side] = _padded(lines, spare_lines)
    return data


def _padded(lines: Sequence[dict[str, Any]], spare: int) -> list[dict[str, Any]]:
    return [*lines, *({} for _ in range(min(max(spare, 2 - len(lines)), MAX_LINES - len(lines))))]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _value_of(field: Any) -> Any:
    """What goes into the revision: lines without the empty ones, "" instead of None for words."""
    if isinstance(field, FieldList):
        return [value for entry in field.entries if (value := entry.form.value()) is not None]
    if isinstance(field, PoundsField | DateField | IntegerField):
        return field.data
    return field.data or ""


def _complain(field: Any, sentence: str) -> None:
    """Add a sentence to a field after its own checks; for a list, to its first line, and the list knows of it."""
    if isinstance(field, FieldList):
        line = (field.entries or [field.append_entry()])[0].form
        _complain(line.pence if "pence" in line else line.what, sentence)
        field.errors = [entry.errors for entry in field.entries]
    else:
        field.errors = [*field.errors, sentence]
