"""The two answers of a second person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length, Regexp

from pb.core.forms import Form


class ApproveForm(Form):
    """Agreeing to exactly what was on the page."""

    seen = HiddenField(validators=[Regexp(r"[0-9a-f]{64}\Z")])


class DeclineForm(Form):
    """Saying no."""

    reason = TextAreaField(
        _l("If you do not agree, say why"),
        [Length(max=600, message=_l("Use %(max)d characters or fewer"))],
        description=_l("Everybody can read this in the record."),
    )
