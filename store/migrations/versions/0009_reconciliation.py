"""what the sources count beside what we count, and facts that a source no longer has"""

import sqlalchemy as sa
from alembic import op

from store.tables import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False, server_default=""),
    )
    op.create_index("ix_reconciliations_source_began_at", "reconciliations", ["source", "began_at"])
    op.create_table(
        "reconciled_figures",
        sa.Column("reconciliation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("figure", sa.String, primary_key=True),
        sa.Column("first_day", sa.Date, primary_key=True),
        sa.Column("unit_code", sa.String, primary_key=True),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False, server_default=""),
        sa.Column("source_count", sa.Integer),
        sa.Column("our_count", sa.Integer),
        sa.Column("mended_count", sa.Integer),
        sa.Column("differing", sa.Integer, nullable=False, server_default="0"),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "reconciled_keys",
        sa.Column("reconciliation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("source_id", sa.String, primary_key=True),
        sa.Column("difference", sa.String, nullable=False),
        sa.Column("unit_code", sa.String, nullable=False),
        sa.Column("source_state", sa.Integer),
        sa.Column("our_state", sa.Integer),
        sa.Column("source_updated_at", UtcDateTime),
        sa.Column("our_updated_at", UtcDateTime),
        sa.Column("settled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "deleted_facts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("source_id", sa.String, nullable=False),
        sa.Column("unit_code", sa.String, nullable=False),
        sa.Column("fact", sa.Text, nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_deleted_facts_source_kind_source_id", "deleted_facts", ["source", "kind", "source_id"])
