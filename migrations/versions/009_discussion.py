"""Talk: contributions, stances, summaries, moderation, notices."""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"


def upgrade() -> None:
    op.create_table(
        "talk",
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supports", sa.Integer(), nullable=False),
        sa.Column("worries", sa.Integer(), nullable=False),
        sa.Column("support_posts", sa.Integer(), nullable=False),
        sa.Column("worry_posts", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("suggestions", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("slow_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp", sa.String(length=16), nullable=False),
        sa.Column("summary_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("host_kind", "host_id", name=op.f("pk_talk")),
    )
    op.create_index(op.f("ix_talk_round_id"), "talk", ["round_id"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("host_version", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("author_role", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("update_text", sa.String(length=600), nullable=False),
        sa.Column("private_contact", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("held_because", sa.String(length=40), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_because", sa.String(length=40), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_mind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("outcome_reply_id", sa.Integer(), nullable=True),
        sa.Column("outcome_version", sa.Integer(), nullable=True),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("useful_support", sa.Integer(), nullable=False),
        sa.Column("useful_worry", sa.Integer(), nullable=False),
        sa.Column("both_sides", sa.Double(), nullable=False),
        sa.Column("flags", sa.Double(), nullable=False),
        sa.CheckConstraint("(kind = 'reply') = (parent_id IS NOT NULL)", name=op.f("ck_contribution_reply_has_parent")),
        sa.CheckConstraint(
            "kind IN ('support', 'worry', 'question', 'suggestion', 'help', 'reply')", name=op.f("ck_contribution_kind")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'answered', 'changed', 'not_changed', 'accepted')", name=op.f("ck_contribution_outcome")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'published', 'hidden', 'removed', 'rewording')", name=op.f("ck_contribution_state")
        ),
        sa.CheckConstraint("NOT is_listed OR parent_id IS NULL", name=op.f("ck_contribution_only_roots_are_listed")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_contribution_author_id_person")),
        sa.ForeignKeyConstraint(
            ["outcome_reply_id"], ["contribution.id"], name=op.f("fk_contribution_outcome_reply_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["contribution.id"], name=op.f("fk_contribution_parent_id_contribution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    op.create_index(op.f("ix_contribution_author_id"), "contribution", ["author_id"], unique=False)
    op.create_index(
        "ix_contribution_kind", "contribution", ["host_kind", "host_id", "is_listed", "kind", "id"], unique=False
    )
    op.create_index("ix_contribution_newest", "contribution", ["host_kind", "host_id", "is_listed", "id"], unique=False)
    op.create_index(
        "ix_contribution_order", "contribution", ["host_kind", "host_id", "is_listed", "both_sides"], unique=False
    )
    op.create_index(op.f("ix_contribution_parent_id"), "contribution", ["parent_id"], unique=False)
    op.create_index("ix_contribution_waiting", "contribution", ["waiting_since"], unique=False)
    op.create_table(
        "follow",
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_person_id_person")),
        sa.PrimaryKeyConstraint("host_kind", "host_id", "person_id", name=op.f("pk_follow")),
    )
    op.create_table(
        "interest",
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('personal', 'pecuniary')", name=op.f("ck_interest_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interest_person_id_person")),
        sa.PrimaryKeyConstraint("host_kind", "host_id", "person_id", name=op.f("pk_interest")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "kind", "subject_id", name=op.f("uq_notice_person_id_kind_subject_id")),
    )
    op.create_index(op.f("ix_notice_person_id"), "notice", ["person_id"], unique=False)
    op.create_table(
        "opening_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('support', 'worry')", name=op.f("ck_opening_view_side")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_opening_view_added_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_view")),
        sa.UniqueConstraint(
            "host_kind", "host_id", "position", name=op.f("uq_opening_view_host_kind_host_id_position")
        ),
    )
    op.create_table(
        "pre_election",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_pre_election_in_order")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_pre_election_round_id_round")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_pre_election_set_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pre_election")),
    )
    op.create_index(op.f("ix_pre_election_round_id"), "pre_election", ["round_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=140), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agrees", sa.Integer(), nullable=False),
        sa.Column("disagrees", sa.Integer(), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_statement_author_id_person")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_statement_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_round_id"), "statement", ["round_id"], unique=False)
    op.create_table(
        "summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("likes", sa.JSON(), nullable=False),
        sa.Column("worries", sa.JSON(), nullable=False),
        sa.Column("unknown", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("writer_name", sa.String(length=120), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fair", sa.Integer(), nullable=False),
        sa.Column("partly_fair", sa.Integer(), nullable=False),
        sa.Column("not_fair", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["written_by"], ["person.id"], name=op.f("fk_summary_written_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("host_kind", "host_id", "number", name=op.f("uq_summary_host_kind_host_id_number")),
    )
    op.create_table(
        "citation",
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_citation_contribution_id_contribution")
        ),
        sa.PrimaryKeyConstraint("host_kind", "host_id", "version", "contribution_id", name=op.f("pk_citation")),
    )
    op.create_index(op.f("ix_citation_contribution_id"), "citation", ["contribution_id"], unique=False)
    op.create_table(
        "fairness",
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=6), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.CheckConstraint("answer IN ('yes', 'partly', 'no')", name=op.f("ck_fairness_answer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_fairness_person_id_person")),
        sa.ForeignKeyConstraint(["summary_id"], ["summary.id"], name=op.f("fk_fairness_summary_id_summary")),
        sa.PrimaryKeyConstraint("summary_id", "person_id", name=op.f("pk_fairness")),
    )
    op.create_table(
        "flag",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_flag_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_flag_person_id_person")),
        sa.PrimaryKeyConstraint("contribution_id", "person_id", name=op.f("pk_flag")),
    )
    op.create_table(
        "moderation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(length=600), nullable=False),
        sa.Column("text_before", sa.Text(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=True),
        sa.Column("moderator_role", sa.String(length=30), nullable=False),
        sa.Column("waited_s", sa.Integer(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("second_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('publish', 'blank', 'reword', 'move', 'hide', 'remove', 'restore', 'keep', 'return')",
            name=op.f("ck_moderation_action"),
        ),
        sa.CheckConstraint(
            "second_by IS NULL OR second_by <> moderator_id", name=op.f("ck_moderation_two_different_people")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_moderation_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["moderator_id"], ["person.id"], name=op.f("fk_moderation_moderator_id_person")),
        sa.ForeignKeyConstraint(["second_by"], ["person.id"], name=op.f("fk_moderation_second_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation")),
    )
    op.create_index(op.f("ix_moderation_contribution_id"), "moderation", ["contribution_id"], unique=False)
    op.create_index(op.f("ix_moderation_round_id"), "moderation", ["round_id"], unique=False)
    op.create_table(
        "stance",
        sa.Column("host_kind", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('support', 'worry')", name=op.f("ck_stance_side")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_stance_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stance_person_id_person")),
        sa.PrimaryKeyConstraint("host_kind", "host_id", "person_id", name=op.f("pk_stance")),
    )
    op.create_table(
        "statement_vote",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN (-1, 0, 1)", name=op.f("ck_statement_vote_answer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_vote_person_id_person")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_vote_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("statement_id", "person_id", name=op.f("pk_statement_vote")),
    )
    op.create_table(
        "useful_mark",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_useful_mark_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_useful_mark_person_id_person")),
        sa.PrimaryKeyConstraint("contribution_id", "person_id", name=op.f("pk_useful_mark")),
    )
    op.create_table(
        "moderation_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("moderation_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('upheld', 'dismissed')", name=op.f("ck_moderation_appeal_outcome")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_moderation_appeal_decided_by_person")),
        sa.ForeignKeyConstraint(
            ["moderation_id"], ["moderation.id"], name=op.f("fk_moderation_appeal_moderation_id_moderation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_appeal")),
        sa.UniqueConstraint("moderation_id", name=op.f("uq_moderation_appeal_moderation_id")),
    )


def downgrade() -> None:
    op.drop_table("moderation_appeal")
    op.drop_table("useful_mark")
    op.drop_table("statement_vote")
    op.drop_table("stance")
    op.drop_index(op.f("ix_moderation_round_id"), table_name="moderation")
    op.drop_index(op.f("ix_moderation_contribution_id"), table_name="moderation")
    op.drop_table("moderation")
    op.drop_table("flag")
    op.drop_table("fairness")
    op.drop_index(op.f("ix_citation_contribution_id"), table_name="citation")
    op.drop_table("citation")
    op.drop_table("summary")
    op.drop_index(op.f("ix_statement_round_id"), table_name="statement")
    op.drop_table("statement")
    op.drop_index(op.f("ix_pre_election_round_id"), table_name="pre_election")
    op.drop_table("pre_election")
    op.drop_table("opening_view")
    op.drop_index(op.f("ix_notice_person_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_table("interest")
    op.drop_table("follow")
    op.drop_index("ix_contribution_waiting", table_name="contribution")
    op.drop_index(op.f("ix_contribution_parent_id"), table_name="contribution")
    op.drop_index("ix_contribution_order", table_name="contribution")
    op.drop_index("ix_contribution_newest", table_name="contribution")
    op.drop_index("ix_contribution_kind", table_name="contribution")
    op.drop_index(op.f("ix_contribution_author_id"), table_name="contribution")
    op.drop_table("contribution")
    op.drop_index(op.f("ix_talk_round_id"), table_name="talk")
    op.drop_table("talk")
