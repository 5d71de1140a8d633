"""The shapes of what staff type at the paper desk. Rules are in `reading` and `service`."""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pb.core.forms import Form
from pb.paper.ballot_pdf import VERSIONS
from pb.paper.models import LARGEST_BATCH
from pb.paper.reading import REASONS, Reading, box_of, typed_of
from pb.rounds.models import Ward
from pb.voting.choices import BallotPaper
from pb.voting.identity import IdentityForm

WHOLE_AREA = "0"


class BatchForm(Form):
    """A new batch: whose papers, and how many by hand."""

    ward = RadioField(_l("Which ward are these papers of?"), [InputRequired(_l("Select a ward"))])
    hand_count = IntegerField(
        _l("How many papers have you counted?"),
        [InputRequired(_l("Enter how many papers you counted")), NumberRange(1, LARGEST_BATCH)],
        description=_l("Ballots, not stubs. At most 50 in a batch: make two of more."),
    )

    def offer(self, wards: Iterable[Ward]) -> None:
        self.ward.choices = [SelectChoice(str(ward.id), ward.name) for ward in wards]
        if not self.ward.choices:
            del self.ward

    @property
    def ward_id(self) -> int | None:
        return int(self.ward.data) if "ward" in self else None


class PrintForm(Form):
    """Which ballots to print. A GET form: printing changes nothing."""

    ward = RadioField(_l("Whose ballot?"), [InputRequired(_l("Select a ward"))])
    size = RadioField(
        _l("How large?"),
        choices=[SelectChoice("16", _l("Ordinary print, 16 point")), SelectChoice("24", _l("Large print, 24 point"))],
        default="16",
    )
    versions = SelectMultipleField(
        _l("Which versions?"),
        [InputRequired(_l("Select at least one version"))],
        choices=[SelectChoice(version, version) for version in VERSIONS],
        default=list(VERSIONS),
        description=_l("Each has an order of its own, drawn by lot. Print the same number of each."),
    )
    language = RadioField(_l("In which language?"), default="en")

    def offer(self, wards: Iterable[Ward], languages: Iterable[str]) -> None:
        self.ward.choices = [SelectChoice(str(ward.id), ward.name) for ward in wards]
        if not self.ward.choices:
            del self.ward
        self.language.choices = [
            SelectChoice(code, (Locale.parse(code).get_display_name() or code).capitalize()) for code in languages
        ]

    @property
    def ward_id(self) -> int | None:
        return int(self.ward.data) if "ward" in self else None

    @property
    def chosen_versions(self) -> list[str]:
        return sorted(self.versions.data or [])


class StubForm(IdentityForm):
    """Whose paper it is, from its stub; the button says whether it comes in or is taken back."""

    do = HiddenField(default="add")


class KeyForm(Form):
    """One paper: a box for each pot, or why it is set aside."""

    number = IntegerField(validators=[InputRequired(), NumberRange(1, LARGEST_BATCH + 1)])
    aside = SelectField(
        _l("Or set this paper aside, because"),
        choices=[
            SelectChoice("", _l("It is a ballot")),
            *(SelectChoice(name, words) for name, words in REASONS.items()),
        ],
        default="",
    )

    @classmethod
    def for_paper(cls, paper: BallotPaper, number: int, reading: Reading | None = None) -> KeyForm:
        """The form with the paper's boxes, holding an earlier reading where there is one."""
        typed = typed_of(paper, reading) if reading else {}
        if reading and not reading.aside and not reading.marks:
            typed = {box_of(paper.pots[0]): "0"}
        boxes = {
            box_of(pot): StringField(pot.name, [Length(max=400)], default=typed.get(box_of(pot))) for pot in paper.pots
        }
        form: KeyForm = type("KeyFormOfPaper", (cls,), boxes)(number=number, aside=reading.aside if reading else "")
        return form

    def boxes(self, paper: BallotPaper) -> dict[str, str]:
        return {box_of(pot): self[box_of(pot)].data or "" for pot in paper.pots}


class SettleForm(KeyForm):
    """What a third person says of a paper that two read differently."""

    verdict = RadioField(
        _l("What does the paper say?"),
        choices=[
            SelectChoice("first", _l("As the first person keyed it")),
            SelectChoice("second", _l("As the second person keyed it")),
            SelectChoice("other", _l("Something else, which I type here")),
            SelectChoice("none", _l("There is no such paper in the pile")),
        ],
        validators=[InputRequired(_l("Select what the paper says"))],
    )


class NoteForm(Form):
    """Why numbers differ, or why a batch is set aside."""

    note = TextAreaField(_l("Why?"), [Optional(), Length(max=600)])
