"""when the centre learnt of each completion, and what the quarantine keeps"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass
