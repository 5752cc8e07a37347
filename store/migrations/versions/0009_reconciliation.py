"""what the sources count beside what we count, and dossiers that a source no longer has"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
