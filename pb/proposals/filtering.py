"""The filters of the list as a GET form: unknown values mean no filter, and every link keeps the ones that are on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, SelectField, StringField

from pb.core.filters import money
from pb.core.forms import Form
from pb.proposals.forms import choices
from pb.proposals.listing import BANDS, Listing, Wanted
from pb.proposals.themes import theme_name

MAX_WORDS = 80


class FilterForm(Form):
    """Ward, theme, cost and words. It reads addresses, so it needs no token."""

    class Meta(Form.Meta):
        csrf = False

    ward = SelectField(validate_choice=False, default="")
    theme = SelectField(validate_choice=False, default="")
    cost = SelectField(validate_choice=False, default="")
    words = StringField()
    out = HiddenField()
    page = HiddenField()
    all = BooleanField()

    def __init__(self, args: MultiDict[str, str]) -> None:
        super().__init__(formdata=args)

    def wanted(self) -> Wanted:
        """What is asked for. A band that does not exist is no filter."""
        cost = self.cost.data if self.cost.data in BANDS else ""
        words = (self.words.data or "")[:MAX_WORDS]
        return Wanted(self.ward.data or "", self.theme.data or "", cost, words, out=self.out.data == "1")

    def page_number(self) -> int:
        """1 for whatever is not a page."""
        typed = self.page.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1

    def shows_all(self) -> bool:
        return bool(self.all.data)

    def offer(self, found: Listing, currency: str) -> None:
        """Fill the choices with what occurs in this round."""
        self.ward.label.text, self.theme.label.text = _("Area"), _("About")
        self.cost.label.text, self.words.label.text = _("Cost"), _("Words")
        self.ward.choices = choices([("", _("Every area")), *((slug, name) for name, slug in found.wards)])
        self.theme.choices = choices([("", _("Everything")), *((theme, theme_name(theme)) for theme in found.themes)])
        self.cost.choices = choices([("", _("Any cost")), *((band, band_words(band, currency)) for band in BANDS)])

    def link_maker(self, slug: str) -> Callable[..., str]:
        """A function that gives the list's address with the filters of now and some changed: `link(page=2)`."""
        wanted = self.wanted()
        kept = {"ward": wanted.ward, "theme": wanted.theme, "cost": wanted.cost, "words": wanted.words}
        kept |= {"out": "1" if wanted.out else "", "all": "1" if self.shows_all() else ""}

        def link(**changed: Any) -> str:
            values = {name: value for name, value in (kept | changed).items() if value}
            return url_for("proposals.listing", slug=slug, **values)

        return link


def band_words(band: str, currency: str) -> str:
    """A cost band in words: "£5,000 to £10,000"."""
    low, high = BANDS[band]
    if high is None:
        return str(_("%(low)s or more", low=money(low, currency)))
    if not low:
        return str(_("Under %(high)s", high=money(high, currency)))
    return str(_("%(low)s to %(high)s", low=money(low, currency), high=money(high, currency)))
