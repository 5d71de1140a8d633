"""The base of all forms: CSRF, trimmed text, money and moments as people type them. Shape only, no rules."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from babel.support import Translations
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.i18n import messages_path
from wtforms.widgets import TextInput

from pb.core.clock import council_zone
from pb.core.errors import Refusal
from pb.core.filters import money
from pb.core.money import Money, NotMoney, parse_pounds

# Letters that carry no meaning on a page but can hide or reorder what is read (bidi controls, joiners on their own).
_HIDDEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x2060, 0xFEFF])


def tidy(text: str | None) -> str:
    """What was typed, in one Unicode form, without control or direction characters, trimmed."""
    if not text:
        return ""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(_HIDDEN)
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


@lru_cache(maxsize=16)
def _words_of_wtforms(language: str) -> Any:
    return Translations.load(messages_path(), [language], domain="wtforms")


class Form(FlaskForm):
    """A form whose text fields are tidied before they are checked."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Any) -> Any:
            """WTForms' own words, read once for each language instead of once for each form."""
            return _words_of_wtforms(str(get_locale()))

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            if not issubclass(unbound_field.field_class, StringField):
                return unbound_field.bind(form=form, **options)
            filters = [tidy, *unbound_field.kwargs.get("filters", ())]
            return unbound_field.bind(form=form, filters=filters, **options)

    refusal: Refusal | None = None

    @property
    def answer_status(self) -> int:
        """The status of a page that shows this form: 200 untouched, the refusal's, or 422 with errors."""
        if self.refusal:
            return self.refusal.status
        return 422 if self.errors else 200

    def refuse(self, refusal: Refusal) -> None:
        """Put a broken rule's sentence beside its field, or at the top of the form when it has none."""
        self.refusal = refusal
        field = self._fields.get(refusal.field)
        target = self.form_errors if field is None else field.errors
        if isinstance(target, tuple):
            assert field is not None
            field.errors = [*target, str(refusal)]
        else:
            target.append(str(refusal))


class Visible:
    """The text holds at least one visible letter or digit (not only spaces, joiners or marks)."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: Form, field: Field) -> None:
        if not any(unicodedata.category(c)[0] in "LNPS" for c in field.data or ""):
            raise ValidationError(self.message)


class PoundsField(Field):
    """A sum typed in pounds; `data` is pence or None. Keeps what was typed for the page to show again."""

    widget = TextInput()
    data: Money | None

    def _value(self) -> str:
        if self.raw_data:
            return tidy(str(self.raw_data[0]))
        return money(self.data).removeprefix("£") if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = parse_pounds(valuelist[0])
        except NotMoney:
            raise ValueError(_l("Enter an amount in pounds, like 1250 or 1,250.50")) from None


class MomentField(Field):
    """A local date and time (`datetime-local` or `2026-06-28 17:00`); `data` is an aware time or None."""

    widget = TextInput()
    data: datetime | None

    def _value(self) -> str:
        if self.raw_data:
            return tidy(str(self.raw_data[0]))
        return self.data.astimezone(council_zone()).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        wrong = _l("Enter a date and time, like 2026-06-28T17:00")
        try:
            naive = datetime.fromisoformat(valuelist[0].strip())
        except ValueError:
            raise ValueError(wrong) from None
        if naive.tzinfo is not None or not 2000 <= naive.year <= 2100:
            raise ValueError(wrong)
        local = naive.replace(tzinfo=council_zone())
        if local.astimezone(UTC).astimezone(council_zone()).replace(tzinfo=None) != naive:
            raise ValueError(wrong)  # the hour that summer time skips
        self.data = local
