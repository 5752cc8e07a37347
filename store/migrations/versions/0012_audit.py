"""the audit log, which the database lets nobody change"""

import sqlalchemy as sa
from alembic import op

from store.tables import UtcDateTime

revision = "0012"
down_revision = "0011"

_REFUSED = "the audit log is append-only"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index("ix_audit_act_number", "audit", ["act", "number"])
    op.create_index("ix_audit_who_number", "audit", ["who", "number"])
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    # INSERT OR REPLACE deletes what it replaces without asking the trigger of deletes.
    taken = "EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)"
    for act, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f"WHEN {taken}")):
        op.execute(
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit {when}"
            f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION ioc_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    for act, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"audit_no_{act.split()[0].lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON audit FOR EACH {each} EXECUTE FUNCTION ioc_append_only()")
        # Also in a session that calls itself a replica, where usual triggers are silent.
        op.execute(f"ALTER TABLE audit ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ioc_append_only()")
