"""What we count of one source, by the definitions of the figures that sources count themselves."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from clock import start_of_day
from store.contributions import dossier_days, dossier_timeline
from store.frames import read_frame
from store.rows import PROCESSED, STOPPED, WITHDRAWN
from store.tables import dossiers

_EPOCH = date(1970, 1, 1)
# Their dossiers are in memory together.
_UNITS_AT_ONCE = 50


class Definition(NamedTuple):
    """A figure as a sum of daily measures: of the days of the window, or of all days up to its end (`stock`)."""

    measures: tuple[str, ...]
    stock: bool = False


_IN_TIME = ("completed_early", "completed_on_time")
FIGURES: Mapping[str, Definition] = {
    "received": Definition(("received_counter", "received_online", "received_post")),
    "received_online": Definition(("received_online",)),
    "completed": Definition((*_IN_TIME, "completed_late")),
    "completed_in_time": Definition(_IN_TIME),
    "completed_early": Definition(("completed_early",)),
    "completed_on_time": Definition(("completed_on_time",)),
    "completed_late": Definition(("completed_late",)),
    "open": Definition(("open_change",), stock=True),
    "overdue": Definition(("overdue_change",), stock=True),
}


def our_counts(connection: Connection, source: str, first: date, last: date) -> dict[tuple[str, str], int]:
    """(figure, unit code) to the number of the source's dossiers on the local days from `first` to `last`, inclusive.

    Each unit alone, without those below it; what is not there is 0. Counted of the facts by the same function as the
    daily measures, for these are of all sources together.
    """
    counts: dict[tuple[str, str], int] = {}
    for facts in _facts(connection, source, first, last):
        days = dossier_days(dossier_timeline(facts.lazy()).collect()).filter(pl.col("day") <= (last - _EPOCH).days)
        inside = days.filter(pl.col("day") >= (first - _EPOCH).days)
        for figure, (measures, stock) in FIGURES.items():
            total = pl.sum_horizontal(*measures).sum().alias("count")
            found = (days if stock else inside).group_by("unit_code").agg(total)
            counts |= {(figure, unit): count for unit, count in found.iter_rows() if count}
    return counts


def _facts(connection: Connection, source: str, first: date, last: date) -> Iterator[pl.DataFrame]:
    """The dossiers that may count in a window, some units at a time: not those that came after it or ended before."""
    row = dossiers.c
    done = sa.func.coalesce(row.completed_at, row.returned_at)
    stopped = sa.func.coalesce(done, row.updated_at)
    over = sa.or_(
        sa.and_(row.state >= PROCESSED, done < start_of_day(first)),
        sa.and_(row.state.in_([WITHDRAWN, STOPPED]), stopped < start_of_day(first)),
    )
    units = connection.scalars(sa.select(row.unit_code).where(row.source == source).distinct())
    codes = sorted(units)
    for start in range(0, len(codes), _UNITS_AT_ONCE):
        some = row.unit_code.in_(codes[start : start + _UNITS_AT_ONCE])
        received = row.received_at < start_of_day(last + timedelta(days=1))
        mine = sa.select(dossiers).where(some, row.source == source, received, sa.not_(sa.func.coalesce(over, False)))
        yield read_frame(connection, mine)
