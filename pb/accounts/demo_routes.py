"""What only a demonstration has: its mail for all to read, and who can sign in as what. Not registered otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy import func, select

from pb.accounts import queries, second_factor
from pb.accounts.models import Person, StaffCredential
from pb.core import access
from pb.core.clock import now
from pb.core.db import session
from pb.core.htmx import render_page
from pb.core.outbox import OutboxMessage

bp = Blueprint("accounts_demo", __name__, url_prefix="/demo")

PASSWORD = "lantern kettle orchard bridge"  # noqa: S105 -- of invented people, shown on the page beside their names
PER_PAGE = 25
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class StaffMember:
    """One who can sign in as staff, with the code their authenticator would show now."""

    name: str
    email: str
    titles: str
    code: str


def with_links(body: str) -> Markup:
    """A mail's text, escaped, its addresses made into links; ours stay on the host this page was read at."""
    origin: str = current_app.extensions["settings"].base_url
    parts, end = Markup(), 0
    for found in _ADDRESS.finditer(body):
        url = found[0]
        parts += escape(body[end : found.start()]) + Markup('<a href="{}">{}</a>').format(url.removeprefix(origin), url)
        end = found.end()
    return parts + escape(body[end:])


@bp.get("/mailbox")
@access.demo_only
def mailbox() -> ResponseReturnValue:
    """Every e-mail this demonstration has written, the newest first."""
    total = session().scalar(select(func.count(OutboxMessage.id))) or 0
    page = min(max(request.args.get("page", 1, type=int), 1), total // PER_PAGE + 1)
    newest = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    mails = [(mail, with_links(mail.body)) for mail in session().scalars(newest)]
    older, newer = page + 1 if page * PER_PAGE < total else None, page - 1 or None
    return render_page("accounts/demo_mailbox.html", mails=mails, total=total, older=older, newer=newer)


@bp.get("")
@access.demo_only
def who() -> ResponseReturnValue:
    """Who can sign in as what."""
    moment = now()
    staff = [_staff_member(person, credential, moment) for person, credential in queries.all_credentials()]
    known = {member.email for member in staff}
    others = [person for person in queries.people_with_roles() if person.email not in known]
    return render_page("accounts/demo.html", staff=staff, others=others, password=PASSWORD)


def _staff_member(person: Person, credential: StaffCredential, moment: datetime) -> StaffMember:
    code = second_factor.code_at(second_factor.unseal(credential.totp_sealed), moment)
    titles = ", ".join(role.title for role in person.roles)
    return StaffMember(person.display_name, person.email or "", titles, code)
