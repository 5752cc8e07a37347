"""Lists of dossiers by index, page by page, without personal data: received, completed, open or overdue.

How many there are in all, the counters know; a list is asked for as few days as its page needs. To whom only some units
are open (`store.scope`) only their dossiers are listed, and those are counted here.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import end_of_day, start_of_day
from store.engine import reading
from store.frames import read_frame, schema
from store.rows import (
    AWAITING_PAYMENT,
    AWAITING_SUPPLEMENT,
    PROCESSED,
    PROCESSING,
    RECEIVED,
    REFUSED,
    REGISTERED,
    STOPPED,
    WITHDRAWN,
)
from store.scope import only_theirs
from store.tables import dossiers, is_undone

# Which units' codes count, from which to which local day.
Span = tuple[Collection[str], date, date]
_ROW = dossiers.c
_DONE = sa.func.coalesce(_ROW.completed_at, _ROW.returned_at)
_ACCEPTED = sa.and_(_ROW.received_at.is_not(None), _ROW.state.not_in([REGISTERED, REFUSED]))


def received_dossiers(
    engine: Engine, spans: Sequence[Span], procedures: Collection[str] | None = None, skip: int = 0, limit: int = 200
) -> pl.DataFrame:
    """The dossiers accepted that were received in one of the spans, in the order of receipt: `limit` of them after the
    first `skip`. `procedures`: of these only. Columns as in the table."""
    return _page(engine, _received(spans), procedures, _ROW.received_at, skip, limit)


def completed_dossiers(
    engine: Engine, spans: Sequence[Span], procedures: Collection[str] | None = None, skip: int = 0, limit: int = 200
) -> pl.DataFrame:
    """The dossiers completed in one of the spans, in the order of completion; otherwise as `received_dossiers`."""
    return _page(engine, _completed(spans), procedures, _DONE, skip, limit)


def open_dossiers(
    engine: Engine,
    codes: Collection[str],
    on: date,
    procedures: Collection[str] | None = None,
    *,
    overdue: bool = False,
    skip: int = 0,
    limit: int = 200,
) -> pl.DataFrame:
    """The dossiers of these units that are open at the end of the local day `on`, in the order of their due time (those
    without one last); `overdue`: those past their due day that do not wait for the applicant. Otherwise as
    `received_dossiers`."""
    return _page(engine, _open(codes, on, overdue=overdue), procedures, _ROW.due_at, skip, limit)


def count_received(engine: Engine, spans: Sequence[Span], procedures: Collection[str] | None = None) -> int:
    """How many `received_dossiers` has in all."""
    return _count(engine, _received(spans), procedures)


def count_completed(engine: Engine, spans: Sequence[Span], procedures: Collection[str] | None = None) -> int:
    """How many `completed_dossiers` has in all."""
    return _count(engine, _completed(spans), procedures)


def count_open(
    engine: Engine,
    codes: Collection[str],
    on: date,
    procedures: Collection[str] | None = None,
    *,
    overdue: bool = False,
) -> int:
    """How many `open_dossiers` has in all."""
    return _count(engine, _open(codes, on, overdue=overdue), procedures)


def _received(spans: Sequence[Span]) -> list[sa.ColumnElement[bool]]:
    return [sa.and_(_ACCEPTED, _within(_ROW.received_at, span)) for span in spans]


def _completed(spans: Sequence[Span]) -> list[sa.ColumnElement[bool]]:
    # Two questions, each along the index: a completion that the source does not tell is that of the return.
    parts = [_within(_ROW.completed_at, span) for span in spans]
    parts += [sa.and_(_ROW.completed_at.is_(None), _within(_ROW.returned_at, span)) for span in spans]
    return [sa.and_(_ACCEPTED, _ROW.state >= PROCESSED, part) for part in parts]


def _open(codes: Collection[str], on: date, *, overdue: bool) -> list[sa.ColumnElement[bool]]:
    end = end_of_day(on)
    working = [RECEIVED, PROCESSING] + ([] if overdue else [AWAITING_SUPPLEMENT, AWAITING_PAYMENT])
    stopped = sa.func.coalesce(_DONE, _ROW.updated_at)
    # Of what is over the days are few, the states are nearly all: the index is to go by the days.
    over = _ROW.state + 0 >= PROCESSED
    ways = [
        sa.and_(is_undone, _ROW.state.in_(working)),
        sa.and_(over, _ROW.completed_at > end),
        sa.and_(over, _ROW.completed_at.is_(None), _ROW.returned_at > end),
        sa.and_(over, _ROW.completed_at.is_(None), _ROW.returned_at.is_(None)),
        sa.and_(is_undone, _ROW.state.in_([WITHDRAWN, STOPPED]), stopped > end),
    ]
    late = [_ROW.due_at < start_of_day(on)] if overdue else []
    # Written so that no database looks along the days of receipt: that would be every dossier there ever was.
    received = sa.not_(sa.func.coalesce(_ROW.received_at > end, sa.true()))
    not_refused = _ROW.state.not_in([REGISTERED, REFUSED])
    return [sa.and_(not_refused, _ROW.unit_code.in_(codes), received, way, *late) for way in ways]


def _within(instant: sa.ColumnElement[datetime], span: Span) -> sa.ColumnElement[bool]:
    codes, first, last = span
    return sa.and_(_ROW.unit_code.in_(codes), instant.between(start_of_day(first), end_of_day(last)))


def _page(
    engine: Engine,
    parts: Sequence[sa.ColumnElement[bool]],
    procedures: Collection[str] | None,
    order: sa.ColumnElement[Any],
    skip: int,
    limit: int,
) -> pl.DataFrame:
    """What is in one of the parts, which have nothing in common."""
    if not parts:
        return pl.DataFrame(schema=schema(dossiers))
    inside = _inside(engine, procedures)
    # Their keys first: what is sorted is small, and only the rows of the page are read as a whole.
    found = [sa.select(_ROW.source, _ROW.source_id, order.label("sorted_by")).where(part, *inside) for part in parts]
    together = (sa.union_all(*found) if len(found) > 1 else found[0]).subquery()
    page = sa.select(together).order_by(*_in_order(together.c)).offset(skip).limit(limit).subquery()
    same = sa.and_(_ROW.source == page.c.source, _ROW.source_id == page.c.source_id)
    with reading(engine) as connection:
        return read_frame(connection, sa.select(dossiers).join(page, same).order_by(*_in_order(page.c)))


def _count(engine: Engine, parts: Sequence[sa.ColumnElement[bool]], procedures: Collection[str] | None) -> int:
    if not parts:
        return 0
    inside = _inside(engine, procedures)
    counts = [sa.select(sa.func.count()).select_from(dossiers).where(part, *inside).scalar_subquery() for part in parts]
    with reading(engine) as connection:
        return sum(connection.execute(sa.select(*counts)).one())


def _inside(engine: Engine, procedures: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    of_these = [] if procedures is None else [_ROW.procedure_code.in_(procedures)]
    return [*only_theirs(engine, _ROW), *of_these]


def _in_order(columns: Any) -> tuple[sa.ColumnElement[Any], ...]:
    return columns.sorted_by.asc().nulls_last(), columns.source, columns.source_id
