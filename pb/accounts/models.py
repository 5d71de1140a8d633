"""People, their roles and groups, and the means of signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.core.db import Base


class Person(Base):
    """Somebody who has signed in once, or was given a role. A deleted person keeps the row, without the name."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    """Normalised address: the key of the mailbox. None once deleted."""
    display_name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5), default="en")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    roles: Mapped[list[RoleGrant]] = relationship(
        foreign_keys="RoleGrant.person_id", order_by="RoleGrant.id", back_populates="person"
    )
    memberships: Mapped[list[GroupMember]] = relationship(order_by="GroupMember.group_id", back_populates="person")


class RoleGrant(Base):
    """One role of one person; a councillor's names the ward served."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "ward_id"),
        CheckConstraint("role <> 'councillor' OR ward_id IS NOT NULL", name="councillor_serves_a_ward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(80), default="")
    """How the public reads it: "Engagement officer", "Councillor for Quay"."""
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id, back_populates="roles")


class Group(Base):
    """A community group that can propose."""

    __tablename__ = "community_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    about: Mapped[str] = mapped_column(String(1000), default="")
    constitution: Mapped[str] = mapped_column(String(40), default="unconstituted")
    host: Mapped[str] = mapped_column(String(120), default="")
    """The organisation that holds money for an unconstituted group."""
    created_at: Mapped[datetime]


class GroupMember(Base):
    """A person acting for a group."""

    __tablename__ = "group_member"

    group_id: Mapped[int] = mapped_column(ForeignKey("community_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    joined_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="memberships")
    group: Mapped[Group] = relationship()


class StaffCredential(Base):
    """Password (argon2id) and second factor of a member of staff. The TOTP secret is sealed with the app's key."""

    __tablename__ = "staff_credential"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    """The last 30-second step used, so that a code works once."""
    changed_at: Mapped[datetime]


class SignInLink(Base):
    """An e-mailed link: 128 random bits, kept as SHA-256, single use, 15 minutes, superseded by a newer one."""

    __tablename__ = "sign_in_link"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    code_sha256: Mapped[str] = mapped_column(String(64))
    """The six digits to type when the link is opened in another browser than the one that asked."""
    browser_sha256: Mapped[str] = mapped_column(String(64))
    go_to: Mapped[str] = mapped_column(String(300), default="/")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignedInSession(Base):
    """A signed-in browser. The cookie holds the token; the row decides whether it still counts."""

    __tablename__ = "signed_in_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    is_staff: Mapped[bool]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
