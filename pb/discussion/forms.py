"""Shapes of what people type into talk. What words may be is decided by the services."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from pb.core.clock import now
from pb.core.forms import Form, MomentField
from pb.core.i18n import OWN_NAMES, current_language
from pb.discussion.overriding import CHOICES
from pb.discussion.reasons import REASONS
from pb.discussion.service import Words
from pb.discussion.words import OUTCOME_CHOICES

LANGUAGES = {**OWN_NAMES, "pa": "ਪੰਜਾਬੀ", "bn": "বাংলা", "ro": "Română", "ar": "العربية", "uk": "Українська"}


def _choices(pairs: object) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in pairs]  # type: ignore[attr-defined]


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt="talk-form")


class WordsForm(Form):
    """Words, their language, and when the page was opened (sealed, so that a machine cannot say "long ago")."""

    text = TextAreaField()
    language = SelectField(_l("Language you write in"), validate_choice=False)
    opened = HiddenField()

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.language.choices = _choices(LANGUAGES.items())
        if self.language.data not in LANGUAGES:
            self.language.data = current_language()
        if not self.opened.data:
            self.opened.data = _seal().dumps(int(now().timestamp()))

    def opened_at(self) -> datetime:
        """When the page was opened; now, which is too fast for anybody, when the seal is not ours."""
        try:
            return datetime.fromtimestamp(_seal().loads(self.opened.data or ""), UTC)
        except (BadSignature, TypeError, ValueError, OverflowError, OSError):
            return now()

    def words(self, kind: str = "reply") -> Words:
        """What the service takes."""
        language = self.language.data if self.language.data in LANGUAGES else current_language()
        contact = self["private_contact"].data if "private_contact" in self else ""
        return Words(self.text.data or "", kind, language, contact or "", self.opened_at())


class HelpForm(WordsForm):
    """An offer, with a way to be reached that only the proposer sees."""

    private_contact = StringField(
        _l("How can the proposer reach you?"),
        description=_l("A phone number or e-mail address. Only the proposer sees it."),
    )


class AnswerForm(WordsForm):
    """What becomes of a question, a suggestion or an offer, and why."""

    outcome = RadioField(
        _l("What becomes of it?"), [InputRequired(_l("Select one of the answers"))], validate_choice=False
    )

    def offer(self, kind: str) -> None:
        self.outcome.choices = _choices(OUTCOME_CHOICES[kind])
        if len(OUTCOME_CHOICES[kind]) == 1 and not self.outcome.data:
            self.outcome.data = OUTCOME_CHOICES[kind][0][0]


class EditForm(Form):
    text = TextAreaField()


class ReportForm(Form):
    """A reason from the closed list, and a word if wanted."""

    reason = RadioField(
        _l("What is wrong with it?"), choices=_choices(REASONS.items()), validate_choice=False, default=""
    )
    words = TextAreaField(_l("Anything that helps us decide (you can leave this out)"))


class AppealForm(Form):
    words = TextAreaField(
        _l("Why should it be shown?"), description=_l("Somebody else than the first moderator reads this.")
    )


class EmptyForm(Form):
    """A button with a token."""


class ModerateForm(Form):
    """One item, one decision."""

    action = RadioField(
        _l("What becomes of it?"),
        [InputRequired(_l("Select what becomes of it"))],
        choices=_choices(
            [
                ("publish", _l("Publish it as it is")),
                ("blank", _l("Publish with personal details blanked")),
                ("reword", _l("Ask the author to reword it")),
                ("move", _l("Move it to another project")),
                ("hide", _l("Hide it")),
                ("remove", _l("Remove it (a second person must confirm)")),
            ]
        ),
        validate_choice=False,
    )
    reason = SelectField(
        _l("Hide or remove, because"),
        choices=_choices([("", _l("Choose a reason")), *REASONS.items()]),
        validate_choice=False,
    )
    new_text = TextAreaField(_l("The words without personal details"))
    move_to = StringField(_l("Code of the project it belongs to"))
    message = TextAreaField(
        _l("Message to the author"), description=_l("Only the author reads this. Be factual and kind.")
    )


class OverrideForm(ModerateForm):
    """What an officer with a conflict would decide, and why it cannot wait for somebody else."""

    why = TextAreaField(
        _l("Why can nobody else decide this?"),
        description=_l("A second officer reads this, and everybody can read it in the record."),
    )

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.action.choices = [choice for choice in self.action.choices or () if choice.value in CHOICES]


class SecondForm(Form):
    """The second person's decision."""

    agrees = RadioField(
        _l("Do you agree?"),
        [InputRequired(_l("Select yes or no"))],
        choices=_choices([("yes", _l("Yes, remove it")), ("no", _l("No, leave it hidden"))]),
        validate_choice=False,
    )


class StatementDecisionForm(Form):
    """Whether a statement goes on the board."""

    outcome = RadioField(
        _l("What becomes of it?"),
        [InputRequired(_l("Select what becomes of it"))],
        choices=_choices([("publish", _l("Put it on the board")), ("hide", _l("Keep it off the board"))]),
        validate_choice=False,
    )
    reason = SelectField(
        _l("Keep it off, because"),
        choices=_choices([("", _l("Choose a reason")), *REASONS.items()]),
        validate_choice=False,
    )


class AppealDecisionForm(Form):
    outcome = RadioField(
        _l("What do you decide?"),
        [InputRequired(_l("Select what you decide"))],
        choices=_choices([("upheld", _l("Show it again")), ("dismissed", _l("It stays as it is"))]),
        validate_choice=False,
    )
    reason = TextAreaField(_l("Your reason"), description=_l("Everybody will read this."))


class SummaryForm(Form):
    """One sentence a line; [12] names a contribution."""

    likes = TextAreaField(_l("What people like"))
    worries = TextAreaField(_l("What people worry about"))
    unknown = TextAreaField(_l("What we do not know yet"))
    changed = TextAreaField(_l("What changed"))


class FairForm(Form):
    answer = RadioField(
        _l("Is this a fair summary?"),
        [InputRequired(_l("Select an answer"))],
        choices=_choices([("yes", _l("Yes")), ("partly", _l("Partly")), ("no", _l("No"))]),
        validate_choice=False,
    )
    why = StringField(_l("One line about why (you can leave this out)"))


class ViewForm(Form):
    """An opening view."""

    side = RadioField(
        _l("Is it for or against?"),
        [InputRequired(_l("Select for or against"))],
        choices=_choices([("support", _l("For")), ("worry", _l("Against"))]),
        validate_choice=False,
    )
    who = StringField(
        _l("Whose view is it?"),
        [InputRequired(_l("Enter whose view it is"))],
        description=_l("The name, and what they have to do with it, like “Colin Tranter, counts bats for the Trust”."),
    )
    text = TextAreaField(_l("Their words"))


class StatementForm(Form):
    text = TextAreaField(
        _l("Your statement"), description=_l("One thing, in 140 characters, that people can agree or disagree with.")
    )


class ElectionForm(Form):
    """The time before an election."""

    starts_at = MomentField(_l("From"), [InputRequired(_l("Enter when it begins"))])
    ends_at = MomentField(_l("Until"), [InputRequired(_l("Enter when it ends"))])
    reason = StringField(_l("Which election"), description=_l("Shown to everybody."))


class InterestForm(Form):
    kind = RadioField(
        _l("What kind of interest is it?"),
        [InputRequired(_l("Select the kind of interest"))],
        choices=_choices(
            [
                ("personal", _l("Personal: it touches me, my family or a group I belong to")),
                ("pecuniary", _l("Money (“pecuniary”): it touches money, land or work of mine or my partner’s")),
            ]
        ),
        validate_choice=False,
    )
