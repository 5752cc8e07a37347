"""The states of one dossier as indicators.md has them, for the reference: written without `metrics`."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from store.rows import Dossier

REGISTERED, REFUSED, AWAITING_SUPPLEMENT, AWAITING_PAYMENT = 1, 3, 5, 6
WITHDRAWN, STOPPED, PROCESSED, RETURNED = 7, 8, 9, 10


@cache
def local_day(instant: datetime | None) -> date | None:
    """The day in Việt Nam on which an instant falls."""
    return instant.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date() if instant else None


def accepted(dossier: Dossier) -> bool:
    """Received and neither only registered nor refused."""
    return dossier.received_at is not None and dossier.state not in (REGISTERED, REFUSED)


def completed_on(dossier: Dossier) -> date | None:
    """The day on which an accepted dossier was completed."""
    if not accepted(dossier) or dossier.state not in (PROCESSED, RETURNED):
        return None
    return local_day(dossier.completed_at or dossier.returned_at)


def ended_otherwise_on(dossier: Dossier) -> date | None:
    """The day on which an accepted dossier was withdrawn or stopped."""
    if not accepted(dossier) or dossier.state not in (WITHDRAWN, STOPPED):
        return None
    return local_day(dossier.completed_at or dossier.returned_at or dossier.updated_at)


def is_open(dossier: Dossier, day: date) -> bool:
    """Accepted, received by the end of the day and not ended in any way by then."""
    received = local_day(dossier.received_at)
    if not accepted(dossier) or received is None or received > day:
        return False
    ended = completed_on(dossier) or ended_otherwise_on(dossier)
    return ended is None or ended > day


def is_overdue(dossier: Dossier, day: date) -> bool:
    """Open, due on an earlier day, and not waiting for the citizen."""
    due = local_day(dossier.due_at)
    waiting = dossier.state in (AWAITING_SUPPLEMENT, AWAITING_PAYMENT)
    return is_open(dossier, day) and due is not None and due < day and not waiting


def received_on(dossier: Dossier) -> date:
    """The day of receipt of a dossier that has one."""
    received = local_day(dossier.received_at)
    assert received is not None
    return received


def punctuality(dossier: Dossier) -> Literal["early", "on time", "late"]:
    """How a completed dossier met its due day; without a due date it was on time."""
    completed, due = completed_on(dossier), local_day(dossier.due_at)
    assert completed is not None
    if due is None or completed == due:
        return "on time"
    return "early" if completed < due else "late"


def working_days(received: date, completed: date, holidays: Collection[date], made_up: Collection[date]) -> int:
    """Working days after the day of receipt up to and with the day of completion.

    `holidays` are free although they may be weekdays, `made_up` are worked although they may be weekend days.
    """
    days = 0
    day = received + timedelta(days=1)
    while day <= completed:
        if day in made_up or (day.weekday() < 5 and day not in holidays):
            days += 1
        day += timedelta(days=1)
    return days
