"""the wall's screens: devices with their tokens, pairings, what they say of themselves, pinned scenes"""

import sqlalchemy as sa
from alembic import op

import store.tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "screens",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paired_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("paired_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "screen_tokens",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("screen", sa.Integer(), nullable=False),
        sa.Column("issued_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "pairings",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("screen", sa.Integer(), nullable=False),
        sa.Column("expires_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("secret_hash"),
        sa.UniqueConstraint("code_hash", name="uq_pairings_code_hash"),
    )
    op.create_table(
        "screen_reports",
        sa.Column("screen", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("scene", sa.String(), nullable=False),
        sa.Column("build", sa.String(), nullable=False),
        sa.Column("heap", sa.BigInteger(), nullable=True),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("worst", sa.String(), nullable=False),
        sa.Column("started_at", store.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("screen"),
    )
    op.create_table(
        "wall_pins",
        sa.Column("screen", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scene", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("screen"),
    )
