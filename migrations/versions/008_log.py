"""The log of promises, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "008"
down_revision = "007"


def upgrade() -> None:
    op.create_table(
        "log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("question", sa.String(length=160), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_log_entry_project_id_project")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_log_entry_round_id_round")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_log_entry_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("project_id", name=op.f("uq_log_entry_project_id")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_log_entry_year_number")),
    )
    op.create_index(op.f("ix_log_entry_round_id"), "log_entry", ["round_id"], unique=False)
    op.create_table(
        "log_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("you_said", sa.JSON(), nullable=False),
        sa.Column("disagreed", sa.String(length=200), nullable=False),
        sa.Column("council_did", sa.JSON(), nullable=False),
        sa.Column("residents_did", sa.JSON(), nullable=False),
        sa.Column("partners_did", sa.JSON(), nullable=False),
        sa.Column("residents_had_no_part", sa.Boolean(), nullable=False),
        sa.Column("deal", sa.JSON(), nullable=False),
        sa.Column("budgeted", sa.BigInteger(), nullable=True),
        sa.Column("committed", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("money_on", sa.Date(), nullable=True),
        sa.Column("money_note", sa.String(length=600), nullable=False),
        sa.Column("outcome", sa.String(length=600), nullable=False),
        sa.Column("what_happened", sa.Text(), nullable=False),
        sa.Column("what_we_learned", sa.Text(), nullable=False),
        sa.Column("next_step", sa.String(length=300), nullable=False),
        sa.Column("next_by", sa.Date(), nullable=True),
        sa.Column("was_due", sa.Date(), nullable=True),
        sa.Column("answers_to", sa.String(length=120), nullable=False),
        sa.Column("checked_yes", sa.Integer(), nullable=False),
        sa.Column("checked_partly", sa.Integer(), nullable=False),
        sa.Column("checked_no", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_role", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'answered', 'agreed', 'under_way', 'delayed', 'changed', 'finished', 'confirmed', 'stopped', 'not_ours')",
            name=op.f("ck_log_version_status"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["log_entry.id"], name=op.f("fk_log_version_entry_id_log_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_version")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_log_version_entry_id_number")),
    )
    op.create_index(op.f("ix_log_version_entry_id"), "log_version", ["entry_id"], unique=False)
    refuse_change()


def refuse_change() -> None:
    """Versions are append-only: nothing is silently edited."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER log_version_no_{verb.lower()} BEFORE {verb} ON log_version"
                " BEGIN SELECT RAISE(ABORT, 'log_version is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION log_version_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'log_version is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER log_version_no_change BEFORE UPDATE OR DELETE ON log_version"
        " FOR EACH STATEMENT EXECUTE FUNCTION log_version_append_only()"
    )


def refuse_change_off() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER log_version_no_{verb}")
        return
    op.execute("DROP TRIGGER log_version_no_change ON log_version")
    op.execute("DROP FUNCTION log_version_append_only()")


def downgrade() -> None:
    refuse_change_off()
    op.drop_index(op.f("ix_log_version_entry_id"), table_name="log_version")
    op.drop_table("log_version")
    op.drop_index(op.f("ix_log_entry_round_id"), table_name="log_entry")
    op.drop_table("log_entry")
