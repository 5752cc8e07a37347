"""the index of dossiers by state and due time is of those alone that are not done"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_NAME, _COLUMNS = "ix_dossiers_unit_code_state_due_at", ["unit_code", "state", "due_at"]


def upgrade() -> None:
    op.drop_index(_NAME, "dossiers")
    undone = sa.text("state + 0 < 9")
    op.create_index(_NAME, "dossiers", _COLUMNS, sqlite_where=undone, postgresql_where=undone)


def downgrade() -> None:
    op.drop_index(_NAME, "dossiers")
    op.create_index(_NAME, "dossiers", _COLUMNS)
