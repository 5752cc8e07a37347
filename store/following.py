"""Following the store: its pulse, the polls that ended and the counters that changed, again and again.

On PostgreSQL each is one message on a connection that is kept for it: to take a connection, to begin and to take back
cost several times what such a question does. Whenever that fails, the functions that anybody asks tell how it is.
"""

import weakref
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.exc import SQLAlchemyError

from store import tables
from store.counter_rows import frame_of_rows, no_rows, question_of_rows
from store.health import EndedRun, Pulse, pulse, pulse_of, question_of_pulse, question_of_runs, runs_ended
from store.reads import DAILY, Snapshot, question_of_versions, read_changes

_SECONDS = 10
# More rows of a daily table are read as a stream (store/counter_rows.py).
_FEW = 500
_SINCE = "{since}"


class Follower:
    """Asks for what is new; for one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driver: Any = None
        self._let_go = weakref.finalize(self, lambda: None)

    def pulse(self) -> Pulse:
        """As `store.health.pulse`. StoreError."""
        told = self._ask(_pulse_text())
        if told is not None:
            return pulse_of(told[0])
        felt = pulse(self._engine)
        self._keep_connection()
        return felt

    def runs_ended(self, ids: Collection[int]) -> list[EndedRun]:
        """As `store.health.runs_ended`. StoreError."""
        if not ids:
            return []
        told = self._ask(_runs_text().format(ids=", ".join(f"{number:d}" for number in ids)))
        return runs_ended(self._engine, ids) if told is None else [EndedRun(*map(_in_utc, row)) for row in told[0]]

    def changes(self, known: Snapshot) -> Snapshot:
        """As `store.reads.read_changes`. StoreError."""
        told = self._ask(_versions_text(), *(text.format(since=known.version) for text in _rows_texts()))
        if told is not None:
            versions, daily = dict(told[0]), dict(zip(DAILY, told[1:], strict=True))
            few = all(len(rows) <= _FEW for rows in daily.values())
            if few and versions.get("catalogue", 0) == known.catalogue_version:
                frames: dict[str, Any] = {name: _frame(name, rows) for name, rows in daily.items()}
                return known._replace(version=versions.get("data", 0), **frames)
        return read_changes(self._engine, known)

    def _ask(self, *questions: str) -> list[list[Any]] | None:
        """The rows that answer each, all of one state of the store; None where that cannot be had in this way."""
        if self._driver is None:
            return None
        try:
            with self._driver.cursor() as cursor:
                cursor.execute("; ".join([_BEGIN, *questions, "COMMIT"]))
                cursor.nextset()  # what BEGIN and SET said
                return [cursor.fetchall() for _question in questions if cursor.nextset()]
        except psycopg.Error:
            self._driver = None
            self._let_go()
            return None

    def _keep_connection(self) -> None:
        if self._engine.dialect.name == "postgresql":
            with suppress(psycopg.Error, SQLAlchemyError):
                own = self._engine.raw_connection()
                self._driver, self._let_go = own.driver_connection, weakref.finalize(self, own.close)
                own.detach()


_BEGIN = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '{_SECONDS}s'"


def _text(query: sa.Select[Any] | sa.CompoundSelect[Any]) -> str:
    dialect = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


@cache
def _pulse_text() -> str:
    return _text(question_of_pulse())


@cache
def _versions_text() -> str:
    return _text(question_of_versions())


@cache
def _runs_text() -> str:
    return _text(question_of_runs(sa.literal_column("poll_runs.id IN ({ids})")))


@cache
def _rows_texts() -> list[str]:
    daily = [tables.metadata.tables[name] for name in DAILY]
    return [_text(question_of_rows(table, sa.literal_column(_SINCE)).limit(_FEW + 1)) for table in daily]


def _frame(name: str, rows: list[Any]) -> Any:
    table = tables.metadata.tables[name]
    return frame_of_rows(table, rows) if rows else no_rows(table)


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
