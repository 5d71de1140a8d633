"""What the rules of signing in, roles and groups refuse, each with the sentence people read."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from pb.core.errors import Conflict, Refusal


class NotAnAddress(Refusal):
    field = "email"
    sentence = _l("Enter an e-mail address in the usual form, like name@example.com")


class LinkNotGood(Refusal):
    """Unknown, used, superseded or older than 15 minutes: all look the same."""

    status = 410
    sentence = _l("This sign-in link is out of date or was used already. Ask for a new one.")


class CodeNotRight(Refusal):
    field = "code"
    sentence = _l("Enter the 6 digit code from the newest e-mail we sent you")


class SignInRefused(Refusal):
    """Which of the three was wrong is not said: it would tell who works here."""

    sentence = _l("The e-mail address, the password or the code is not right. Each code works once: wait for the next.")


class PasswordTooShort(Refusal):
    field = "password"
    sentence = _l("The password must have 15 characters or more. Four unusual words together are good.")


class RoleNotGiven(Refusal):
    """Residents and members of groups have their role by what they do; nobody gives it to them."""

    field = "role"
    sentence = _l("Select a role that can be given: officer, returning officer, administrator or councillor")


class WardMissing(Refusal):
    field = "ward_id"
    sentence = _l("Select the ward this councillor serves")


class TitleMissing(Refusal):
    field = "title"
    sentence = _l("Enter the title the public will read, like Engagement officer")


class HasRoleAlready(Conflict):
    field = "role"
    sentence = _l("This person has that role already.")


class LastAdministrator(Conflict):
    sentence = _l("This is the only administrator. Give the role to somebody else first.")


class GroupNameTaken(Conflict):
    field = "name"
    sentence = _l(
        "There is a group with this name already. Ask one of its members for an invitation, or add your street."
    )


class InvitationNotGood(Refusal):
    status = 410
    sentence = _l(
        "This invitation is out of date, or it was sent to another e-mail address. Ask the group for a new one."
    )
