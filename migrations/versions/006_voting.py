"""Contests, envelopes, the box and opened ballots."""

import sqlalchemy as sa
from alembic import op

revision = "006"
down_revision = "005"


def upgrade() -> None:
    op.create_table(
        "contest",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seal_mode", sa.String(length=2), nullable=False),
        sa.Column("seal_public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_size", sa.Integer(), nullable=False),
        sa.Column("order_secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box_sha256", sa.String(length=64), nullable=True),
        sa.Column("key_destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seal_mode IN ('S1', 'S2')", name=op.f("ck_contest_seal_mode")),
        sa.CheckConstraint("state IN ('frozen', 'open', 'closed', 'unsealed')", name=op.f("ck_contest_state")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_contest_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_contest")),
    )
    op.create_table(
        "key_ceremony",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wrapped", sa.JSON(), nullable=False),
        sa.Column("holders", sa.JSON(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rehearsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_key_ceremony_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_key_ceremony")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receipt", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_idempotency_key_round_id_round")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt_in_box",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_receipt_in_box_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "receipt", name=op.f("pk_receipt_in_box")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_ballot",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("sealed_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_sealed_ballot_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "sealed_sha256", name=op.f("pk_sealed_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "set_aside",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_set_aside_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "reason", name=op.f("pk_set_aside")),
    )
    op.create_table(
        "turnout",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_turnout_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "ward_id", "channel", name=op.f("pk_turnout")),
    )
    op.create_table(
        "ballot",
        sa.Column("pot_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pot_id"], ["pot.id"], name=op.f("fk_ballot_pot_id_pot")),
        sa.PrimaryKeyConstraint("pot_id", "n", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "envelope",
        sa.Column("entitlement_id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.CheckConstraint("channel IN ('web', 'paper', 'assisted')", name=op.f("ck_envelope_channel")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_envelope_version")),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_envelope_entitlement_id_entitlement")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_envelope_round_id_round")),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("pk_envelope")),
        sa.UniqueConstraint("receipt", name=op.f("uq_envelope_receipt")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("envelope")
    op.drop_table("ballot")
    op.drop_table("turnout")
    op.drop_table("set_aside")
    op.drop_table("sealed_ballot")
    op.drop_table("receipt_in_box")
    op.drop_table("idempotency_key")
    op.drop_table("key_ceremony")
    op.drop_table("contest")
