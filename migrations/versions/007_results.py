"""Counts, certifications, publications and the council's decisions."""

import sqlalchemy as sa
from alembic import op

revision = "007"
down_revision = "006"


def upgrade() -> None:
    op.create_table(
        "certification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("counts_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certification_person_id_person")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_certification_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
        sa.UniqueConstraint(
            "round_id", "counts_sha256", "person_id", name=op.f("uq_certification_round_id_counts_sha256_person_id")
        ),
    )
    op.create_index(op.f("ix_certification_round_id"), "certification", ["round_id"], unique=False)
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counts_sha256", sa.String(length=64), nullable=False),
        sa.Column("count_ids", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_publication_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("round_id", "version", name=op.f("uq_publication_round_id_version")),
    )
    op.create_index(op.f("ix_publication_round_id"), "publication", ["round_id"], unique=False)
    op.create_table(
        "count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("pot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("completion", sa.String(length=40), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("ballots_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome_json", sa.Text(), nullable=False),
        sa.Column("outcome_sha256", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("purpose IN ('official', 'comparison', 'recount')", name=op.f("ck_count_purpose")),
        sa.ForeignKeyConstraint(["pot_id"], ["pot.id"], name=op.f("fk_count_pot_id_pot")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_count_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count")),
        sa.UniqueConstraint(
            "pot_id",
            "purpose",
            "rule",
            "completion",
            "number",
            name=op.f("uq_count_pot_id_purpose_rule_completion_number"),
        ),
    )
    op.create_index(op.f("ix_count_pot_id"), "count", ["pot_id"], unique=False)
    op.create_index(op.f("ix_count_round_id"), "count", ["round_id"], unique=False)
    op.create_table(
        "council_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("funds", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("decided_by", sa.String(length=160), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "is_agreed OR length(reason) >= 10", name=op.f("ck_council_decision_difference_has_a_reason")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_council_decision_project_id_project")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_council_decision_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_decision")),
    )
    op.create_index(op.f("ix_council_decision_round_id"), "council_decision", ["round_id"], unique=False)
    op.create_table(
        "counting_job",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=600), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_counting_job_state")),
        sa.CheckConstraint("purpose IN ('official', 'recount', 'study')", name=op.f("ck_counting_job_purpose")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_counting_job_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "purpose", name=op.f("pk_counting_job")),
    )
    op.create_table(
        "explanation",
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("money", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["count_id"], ["count.id"], name=op.f("fk_explanation_count_id_count")),
        sa.PrimaryKeyConstraint("count_id", "code", name=op.f("pk_explanation")),
    )
    for table in IMMUTABLE:
        refuse_update(table)


IMMUTABLE = ("count", "certification", "publication")


def refuse_update(table: str) -> None:
    """A count, a word given and a published version never change. (An imported round may be deleted whole.)"""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}"'
            f" BEGIN SELECT RAISE(ABORT, '{table} rows never change'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_immutable() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} rows never change'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}" FOR EACH STATEMENT'
        f" EXECUTE FUNCTION {table}_immutable()"
    )


def refuse_update_off(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_no_update")
        return
    op.execute(f'DROP TRIGGER {table}_no_update ON "{table}"')
    op.execute(f"DROP FUNCTION {table}_immutable()")


def downgrade() -> None:
    for table in IMMUTABLE:
        refuse_update_off(table)
    op.drop_table("explanation")
    op.drop_table("counting_job")
    op.drop_index(op.f("ix_council_decision_round_id"), table_name="council_decision")
    op.drop_table("council_decision")
    op.drop_index(op.f("ix_count_round_id"), table_name="count")
    op.drop_index(op.f("ix_count_pot_id"), table_name="count")
    op.drop_table("count")
    op.drop_index(op.f("ix_publication_round_id"), table_name="publication")
    op.drop_table("publication")
    op.drop_index(op.f("ix_certification_round_id"), table_name="certification")
    op.drop_table("certification")
