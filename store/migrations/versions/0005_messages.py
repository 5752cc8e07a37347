"""messages: what holds for whom, and every message with how its delivery went"""

import sqlalchemy as sa
from alembic import op

import store.tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "message_conditions",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("measure", sa.Float(), nullable=False),
        sa.Column("opened_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_measure", sa.Float(), nullable=True),
        sa.Column("ended_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("until", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("recipient", "rule", "subject"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("queued_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.String(), server_default="", nullable=False),
        sa.Column("next_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tried_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", store.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="uq_messages_key"),
    )
    op.create_index("ix_messages_state_next_at", "messages", ["state", "next_at"])
    op.create_index("ix_messages_recipient_queued_at", "messages", ["recipient", "queued_at"])
