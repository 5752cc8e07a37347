"""sign-ins, and when each has ended"""

import sqlalchemy as sa
from alembic import op

from store.tables import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_why", sa.String()),
    )
    op.create_index("ix_sign_ins_began_at", "sign_ins", ["began_at"])


def downgrade() -> None:
    op.drop_table("sign_ins")
