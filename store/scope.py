"""Whose dossiers may be read: an engine carries it, and every list of single dossiers asks it. Below all else, so that
no page, export, message or command can go round it.

A plain engine (`store.engine.open_engine`) is that of somebody who has the host: commands, the poller, tests. A web
server's is `closed` from the start, and opened for each visitor to their units alone.

A dossier belongs to the unit that its code meant on the local day on which it was received: codes are used again, and
who has an old code today need not be who received under it (docs/decisions/003, 009).
"""

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import end_of_day, start_of_day

_OPTION = "ioc_units"
# A unit's code, and the local days, both included, on which what was received under it is theirs.
Tenure = tuple[str, date, date]


def closed(engine: Engine) -> Engine:
    """The engine, for which there are no dossiers."""
    return opened(engine, ())


def opened(engine: Engine, theirs: Collection[Tenure] | None) -> Engine:
    """The engine, for which there are these dossiers alone; None: all."""
    return engine.execution_options(**{_OPTION: None if theirs is None else frozenset(theirs)})


def always(unit_code: str) -> Tenure:
    """What was ever received under a code."""
    return unit_code, date.min, date.max


def units_of(engine: Engine | Connection) -> frozenset[Tenure] | None:
    """Whose dossiers there are; None: of all units."""
    theirs: frozenset[Tenure] | None = engine.get_execution_options().get(_OPTION)
    return theirs


def only_theirs(engine: Engine | Connection, row: Any) -> list[sa.ColumnElement[bool]]:
    """The conditions on the columns of dossiers that hold for this engine; none where there are all."""
    theirs = units_of(engine)
    if theirs is None:
        return []
    codes: dict[tuple[date, date], list[str]] = {}
    for code, first, last in sorted(theirs):
        codes.setdefault((first, last), []).append(code)
    return [sa.or_(sa.false(), *(_held(row, some, *days) for days, some in codes.items()))]


def _held(row: Any, codes: Collection[str], first: date, last: date) -> sa.ColumnElement[bool]:
    held = [row.unit_code.in_(codes)]
    held += [row.received_at >= start_of_day(first)] if first > date.min else []
    held += [row.received_at <= end_of_day(last)] if last < date.max else []
    return sa.and_(*held)
