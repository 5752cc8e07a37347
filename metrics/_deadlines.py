"""Due days told in working days: for how long the overdue are overdue, and what falls due in the next ones."""

from datetime import date, timedelta

import numpy as np

from metrics._calendar import WorkingDays
from metrics._period import EPOCH, day_number

# Overdue for up to so many working days (the last span: for more); due within so many, today counted as the first.
AGES = (2, 5, 10)
WITHIN = (1, 2, 5)
# More than the calendar days that hold so many working days, the longest public holidays among them.
_FAR = 400


def due_edges(calendar: WorkingDays, today: date) -> list[date]:
    """The local days that cut due days into spans: first those overdue on `today`, the oldest first, then those ahead.

    Span 0 (due before the first edge) is overdue for more than AGES[-1] working days, the next for up to that, and so
    on to AGES[0]; then follow what is due within WITHIN[0] working days (today, if it is one, is the first), from
    there to WITHIN[1], and so on. The last edge ends the last span.
    """
    now = day_number(today)
    past, ahead = np.arange(now - _FAR, now + 1), np.arange(now, now + _FAR)
    age = calendar.between(past, np.full_like(past, now))
    left = calendar.between(np.full_like(ahead, now - 1), ahead)
    begins = [past[age <= limit][0] for limit in reversed(AGES)]
    ends = [ahead[left > limit][0] for limit in WITHIN]
    return [EPOCH + timedelta(days=int(day)) for day in (*begins, now, *ends)]


def working_days_since(calendar: WorkingDays, due: date, today: date) -> int:
    """For how many working days a local day has passed: those after it up to and with `today`."""
    return int(calendar.between(np.array([day_number(due)]), np.array([day_number(today)]))[0])


def next_working_day(calendar: WorkingDays, today: date) -> date:
    """The first working day from `today` on: today itself, if it is one."""
    ahead = np.arange(day_number(today), day_number(today) + _FAR)
    return EPOCH + timedelta(days=int(ahead[calendar.between(ahead - 1, ahead) > 0][0]))
