"""indexes for lists of dossiers by their days: received (of procedures too), completed"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("ix_dossiers_unit_code_procedure_code_received_at", table_name="dossiers")
    op.create_index(
        "ix_dossiers_unit_code_received_at_procedure_code",
        "dossiers",
        ["unit_code", "received_at", "procedure_code"],
    )
    op.create_index(
        "ix_dossiers_unit_code_completed_at_returned_at", "dossiers", ["unit_code", "completed_at", "returned_at"]
    )
