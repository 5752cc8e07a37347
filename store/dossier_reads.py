"""Dossiers by their keys: how many there are of a list, and a page of it, without personal data."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import end_of_day, start_of_day
from store.engine import reading
from store.frames import read_frame
from store.rows import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, PROCESSED, REFUSED, REGISTERED, STOPPED, WITHDRAWN
from store.tables import dossiers

Order = Literal["due", "received", "completed"]
# Which units' codes count, from which to which local day.
Span = tuple[Collection[str], date, date]
_DONE = sa.func.coalesce(dossiers.c.completed_at, dossiers.c.returned_at)
_ORDERS: dict[Order, sa.ColumnElement[datetime]] = {
    "due": dossiers.c.due_at,
    "received": dossiers.c.received_at,
    "completed": _DONE,
}


def dossier_list(
    engine: Engine,
    unit_codes: Collection[str],
    *,
    procedure_codes: Collection[str] | None = None,
    received: Sequence[Span] | None = None,
    completed: Sequence[Span] | None = None,
    only: str = "all",
    on: date | None = None,
    order: Order = "due",
    skip: int = 0,
    limit: int = 200,
) -> tuple[int, pl.DataFrame]:
    """Dossiers of these units: how many there are, and `limit` of them after the first `skip`, without personal data.

    `received`, `completed`: by spans of inclusive local days of receipt, of completion, each with the units that count
    on them (then `unit_codes` is not asked). `only`: "all", "open" or "overdue", the latter two as of the end of the
    local day `on`. Columns as in the table; what has no instant to sort by comes last.
    """
    wanted = [
        dossiers.c.received_at.is_not(None),
        dossiers.c.state.not_in([REGISTERED, REFUSED]),
    ]
    if procedure_codes is not None:
        wanted.append(dossiers.c.procedure_code.in_(procedure_codes))
    if received is None and completed is None:
        wanted.append(dossiers.c.unit_code.in_(unit_codes))
    if received is not None:
        wanted.append(_in_spans(dossiers.c.received_at, received))
    if completed is not None:
        wanted += [dossiers.c.state >= PROCESSED, _in_spans(_DONE, completed)]
    if only != "all" and on:
        wanted.append(_open_at(end_of_day(on)))
    if only == "overdue" and on:
        awaiting = dossiers.c.state.in_([AWAITING_SUPPLEMENT, AWAITING_PAYMENT])
        wanted += [dossiers.c.due_at < start_of_day(on), ~awaiting]
    sorted_by = (_ORDERS[order].asc().nulls_last(), dossiers.c.source, dossiers.c.source_id)
    with reading(engine) as connection:
        total = connection.scalar(sa.select(sa.func.count()).where(*wanted)) or 0
        page = sa.select(dossiers).where(*wanted).order_by(*sorted_by).offset(skip).limit(limit)
        return total, read_frame(connection, page)


def _in_spans(instant: sa.ColumnElement[datetime], spans: Sequence[Span]) -> sa.ColumnElement[bool]:
    parts = [
        sa.and_(dossiers.c.unit_code.in_(codes), instant.between(start_of_day(first), end_of_day(last)))
        for codes, first, last in spans
    ]
    return sa.or_(sa.false(), *parts)


def _open_at(end: datetime) -> sa.ColumnElement[bool]:
    stopped = sa.func.coalesce(_DONE, dossiers.c.updated_at)
    return sa.and_(
        dossiers.c.received_at <= end,
        ~sa.and_(dossiers.c.state >= PROCESSED, _DONE.is_not(None), end >= _DONE),
        ~sa.and_(dossiers.c.state.in_([WITHDRAWN, STOPPED]), stopped <= end),
    )
