"""Contributions and what people do with them.

A contribution is about a host: a proposal or a log entry today, any page tomorrow (`host_kind` and `host_id`, without a
foreign key, so that higher rooms can host talk too). What a page needs to show and order is kept on the row, so that a
talk page costs the same with five contributions as with five thousand.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pb.accounts.models import Person
from pb.core.db import Base

KINDS = ("support", "worry", "question", "suggestion", "help")
"""The five kinds of a root contribution; a reply has kind `reply`."""


class Talk(Base):
    """The totals of one host's talk, changed with every contribution: what the page's head shows without counting."""

    __tablename__ = "talk"

    host_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    url: Mapped[str] = mapped_column(String(200))
    round_id: Mapped[int | None] = mapped_column(index=True)
    ward_id: Mapped[int | None]
    proposer_id: Mapped[int | None]
    """Whose proposal it is: told of worries, answers suggestions."""
    group_id: Mapped[int | None]
    """The proposing group: its members may do what the proposer may."""
    version: Mapped[int] = mapped_column(default=1)
    """The host's last version that changed something material: it marks earlier support."""
    supports: Mapped[int] = mapped_column(default=0)
    """People, each once: those whose support is public and theirs now. So for worries."""
    worries: Mapped[int] = mapped_column(default=0)
    support_posts: Mapped[int] = mapped_column(default=0)
    """Listed contributions of a kind, stones and changed minds included: what a list of them counts."""
    worry_posts: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)
    suggestions: Mapped[int] = mapped_column(default=0)
    offers: Mapped[int] = mapped_column(default=0)
    contributions: Mapped[int] = mapped_column(default=0)
    """Everything public, replies included."""
    stamp: Mapped[str] = mapped_column(String(16), default="")
    """Another one after every change to this talk (`kept`)."""
    slow_until: Mapped[datetime | None]
    summary_id: Mapped[int | None]
    """The newest version of the facilitator's summary."""


class Contribution(Base):
    """One contribution or reply, as its author wrote it. Hiding never deletes the text."""

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("kind IN ('support', 'worry', 'question', 'suggestion', 'help', 'reply')", name="kind"),
        CheckConstraint("(kind = 'reply') = (parent_id IS NOT NULL)", name="reply_has_parent"),
        CheckConstraint("state IN ('held', 'published', 'hidden', 'removed', 'rewording')", name="state"),
        CheckConstraint("outcome IN ('', 'answered', 'changed', 'not_changed', 'accepted')", name="outcome"),
        CheckConstraint("NOT is_listed OR parent_id IS NULL", name="only_roots_are_listed"),
        Index("ix_contribution_newest", "host_kind", "host_id", "is_listed", "id"),
        Index("ix_contribution_kind", "host_kind", "host_id", "is_listed", "kind", "id"),
        Index("ix_contribution_order", "host_kind", "host_id", "is_listed", "both_sides"),
        Index("ix_contribution_author", "author_id", "host_kind", "host_id"),
        Index("ix_contribution_waiting", "waiting_since"),  # not by state: nearly all are published, and it misleads
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host_kind: Mapped[str] = mapped_column(String(20))
    host_id: Mapped[int]
    host_version: Mapped[int] = mapped_column(default=1)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    author_name: Mapped[str] = mapped_column(String(80))
    """The name chosen then; "a resident" once the account is deleted."""
    author_role: Mapped[str] = mapped_column(String(80), default="")
    """The role shown beside the post: "Councillor for Quay", "Engagement officer", "Proposer"."""
    language: Mapped[str] = mapped_column(String(5))
    text: Mapped[str] = mapped_column(String(600))
    update_text: Mapped[str] = mapped_column(String(600), default="")
    """Added under "Update:" once the time for editing is over."""
    private_contact: Mapped[str] = mapped_column(String(200), default="")
    """With an offer of help: seen by the proposer only."""
    state: Mapped[str] = mapped_column(String(12))
    is_listed: Mapped[bool] = mapped_column(default=False)
    """A root that stands in the lists: public now, or a stone where something public was."""
    held_because: Mapped[str] = mapped_column(String(40), default="")
    waiting_since: Mapped[datetime | None]
    """Since when somebody must look at it; None when nobody must."""
    hidden_because: Mapped[str] = mapped_column(String(40), default="")
    hidden_at: Mapped[datetime | None]
    posted_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    changed_mind_at: Mapped[datetime | None]
    """Set on the old support or worry when its author took the other side."""
    outcome: Mapped[str] = mapped_column(String(12), default="")
    """What became of a question, a suggestion or an offer."""
    outcome_reply_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    outcome_version: Mapped[int | None]
    """The version that a suggestion changed."""

    replies: Mapped[int] = mapped_column(default=0)
    useful: Mapped[int] = mapped_column(default=0)
    useful_support: Mapped[int] = mapped_column(default=0)
    useful_worry: Mapped[int] = mapped_column(default=0)
    both_sides: Mapped[float] = mapped_column(default=0.0)
    """The score of `pb.discussion.order`; 0 while too few on each side found it useful. It orders, never hides."""
    flags: Mapped[float] = mapped_column(default=0.0)

    author: Mapped[Person] = relationship(foreign_keys=author_id)


class Stance(Base):
    """Where a person stands on a host: the support or worry that is theirs now."""

    __tablename__ = "stance"
    __table_args__ = (CheckConstraint("side IN ('support', 'worry')", name="side"),)

    host_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    side: Mapped[str] = mapped_column(String(8))
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    is_public: Mapped[bool]
    """Whether that contribution can be read by all: only then does the person count on that side."""


class UsefulMark(Base):
    """ "Useful", the only reaction. One each; taking it back deletes it."""

    __tablename__ = "useful_mark"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    marked_at: Mapped[datetime]


class Citation(Base):
    """A version of the host that says it was changed because of this contribution."""

    __tablename__ = "citation"

    host_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True, index=True)

    contribution: Mapped[Contribution] = relationship()


class Summary(Base):
    """One version of the facilitator's summary of a host's talk: four lists of cited sentences."""

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("host_kind", "host_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host_kind: Mapped[str] = mapped_column(String(20))
    host_id: Mapped[int]
    number: Mapped[int]
    likes: Mapped[list[Any]] = mapped_column(default=list)
    """[{"text": "People like the safer walk home", "cites": [12, 31]}, …]; so for the other three."""
    worries: Mapped[list[Any]] = mapped_column(default=list)
    unknown: Mapped[list[Any]] = mapped_column(default=list)
    changed: Mapped[list[Any]] = mapped_column(default=list)
    contributions: Mapped[int]
    """How many there were when it was written."""
    written_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    writer_name: Mapped[str] = mapped_column(String(120))
    written_at: Mapped[datetime]
    fair: Mapped[int] = mapped_column(default=0)
    """Readers who answered that it is fair; partly; not."""
    partly_fair: Mapped[int] = mapped_column(default=0)
    not_fair: Mapped[int] = mapped_column(default=0)


class OpeningView(Base):
    """A short statement the facilitator asked for before the talk began; at least one of a host's must be against."""

    __tablename__ = "opening_view"
    __table_args__ = (
        UniqueConstraint("host_kind", "host_id", "position"),
        CheckConstraint("side IN ('support', 'worry')", name="side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host_kind: Mapped[str] = mapped_column(String(20))
    host_id: Mapped[int]
    position: Mapped[int]
    side: Mapped[str] = mapped_column(String(8))
    who: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String(400))
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]


class Fairness(Base):
    """A reader's answer to "Is this a fair summary?"."""

    __tablename__ = "fairness"
    __table_args__ = (CheckConstraint("answer IN ('yes', 'partly', 'no')", name="answer"),)

    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(6))
    why: Mapped[str] = mapped_column(String(200), default="")


class Statement(Base):
    """A short statement of a round's quick board: agree, disagree or pass; no replies."""

    __tablename__ = "statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(String(140))
    language: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(12))
    posted_at: Mapped[datetime]
    agrees: Mapped[int] = mapped_column(default=0)
    disagrees: Mapped[int] = mapped_column(default=0)
    passes: Mapped[int] = mapped_column(default=0)


class StatementVote(Base):
    """One person's answer to a statement: 1 agree, -1 disagree, 0 pass."""

    __tablename__ = "statement_vote"
    __table_args__ = (CheckConstraint("answer IN (-1, 0, 1)", name="answer"),)

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    answer: Mapped[int]


class Flag(Base):
    """A reader's report of a contribution. Its weight is judged when made; reviewers see it."""

    __tablename__ = "flag"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(300), default="")
    weight: Mapped[float]
    flagged_at: Mapped[datetime]
    was_right: Mapped[bool | None]


class Moderation(Base):
    """One moderation act. Hiding leaves a stone with its reason; removing needs a second person."""

    __tablename__ = "moderation"
    __table_args__ = (
        CheckConstraint(
            "action IN ('publish', 'blank', 'reword', 'move', 'hide', 'remove', 'restore', 'keep', 'return')",
            name="action",
        ),
        CheckConstraint("second_by IS NULL OR second_by <> moderator_id", name="two_different_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    message: Mapped[str] = mapped_column(String(600), default="")
    """To the author; never public."""
    text_before: Mapped[str] = mapped_column(Text, default="")
    """When details were blanked: what the author wrote. A moderator never loses it."""
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None when the time given to decide ran out and the app let an item return by itself."""
    moderator_role: Mapped[str] = mapped_column(String(30))
    waited_s: Mapped[int] = mapped_column(default=0)
    needs_second: Mapped[bool] = mapped_column(default=False)
    second_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The second person on a removal; who asked for a decision in spite of an interest."""
    made_at: Mapped[datetime]

    contribution: Mapped[Contribution] = relationship()


class ModerationAppeal(Base):
    """The author's appeal against a moderation act, decided by somebody else."""

    __tablename__ = "moderation_appeal"
    __table_args__ = (
        UniqueConstraint("moderation_id"),
        CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'dismissed')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    moderation_id: Mapped[int] = mapped_column(ForeignKey("moderation.id"))
    words: Mapped[str] = mapped_column(String(600))
    made_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(600), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]

    moderation: Mapped[Moderation] = relationship()


class PreElection(Base):
    """A time before an election in which every post is read first, by officers, for one round or for the council."""

    __tablename__ = "pre_election"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    """None: all rounds."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    set_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]


class Interest(Base):
    """A councillor's or moderator's declared interest in a host; with a pecuniary one, no part may be taken."""

    __tablename__ = "interest"
    __table_args__ = (CheckConstraint("kind IN ('personal', 'pecuniary')", name="kind"),)

    host_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    declared_at: Mapped[datetime]


class Follow(Base):
    """Somebody who wants to be told of a host's news."""

    __tablename__ = "follow"

    host_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    since: Mapped[datetime]
    told_at: Mapped[datetime]
    """Up to when they have been told of new contributions."""


class Notice(Base):
    """Something to tell one person, grouped into one message with others by the digest."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    """reply, answered, cited, changed, worry, moderated, appeal."""
    subject_id: Mapped[int]
    words: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
