"""how each source is polled: its breaker, retries, how far behind it is"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
