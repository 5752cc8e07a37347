"""Documents of sources that tell a document's life in messages: the packet itself, and later what became of it.

The merge gives the same result in every order and number of deliveries: the document is as the newest message told it
that told the document (by time, then content hash); it was completed on the first day on which somebody said so; once
refused or taken back it stays so, and nothing is due of it any more.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from store.content import content_hash
from store.frames import read_frame, rows_frame, schema, staged
from store.rows import Document
from store.tables import documents

OPEN, COMPLETED, WITHDRAWN = 0, 1, 2

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_KEY = ("source", "source_id")

Stored = dict[str, Any]


def is_of_partner(row: Document, unit_codes: set[str]) -> bool:
    """Whether a row names the other side of an exchange, which is none of our units.

    A unit below one that we know is ours, only its catalogue has not come yet; without any catalogue nobody can say.
    """
    if not row.of_partner or not unit_codes or row.unit_code in unit_codes:
        return False
    groups = row.unit_code.split(".")
    return not any(".".join(groups[:length]) in unit_codes for length in range(1, len(groups)))


def merge_documents(connection: Connection, source: str, rows: Sequence[Document]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Merge what these messages tell into what is stored. Returns the documents that changed (before, after)."""
    fresh: dict[str, Stored] = {}
    for row in rows:
        said = _said(source, row)
        known = fresh.get(row.source_id)
        fresh[row.source_id] = _merged(known, said) if known else said
    before = _stored(connection, _frame(fresh.values()))
    for known in before.iter_rows(named=True):
        fresh[known["source_id"]] = _merged(known, fresh[known["source_id"]])
    after = _frame(fresh.values())
    changed = after.join(before, on=after.columns, how="anti", nulls_equal=True)
    _replace(connection, changed)
    return before.join(changed, on=_KEY, how="semi"), changed


def _said(source: str, row: Document) -> Stored:
    """What one message says, as the table keeps it."""
    tells_document = row.issued_on is not None
    state = WITHDRAWN if row.withdrawn else COMPLETED if row.completed_on else OPEN
    said = {name: getattr(row, name, None) for name in documents.c.keys()}  # noqa: SIM118  # SQLAlchemy iterates columns, not names
    return {
        **said,
        "source": source,
        "state": state,
        "due_on": None if state == WITHDRAWN else row.due_on,
        "told_at": row.updated_at if tells_document else None,
        "content_hash": content_hash(row) if tells_document else 0,
    }


def _merged(one: Stored, other: Stored) -> Stored:
    newer = max(one, other, key=_telling)
    state = max(one["state"], other["state"])
    completed = [row["completed_on"] for row in (one, other) if row["completed_on"]]
    return {
        **newer,
        "state": state,
        "completed_on": min(completed, default=None),
        "due_on": None if state == WITHDRAWN else newer["due_on"],
        "updated_at": max(one["updated_at"], other["updated_at"]),
    }


def _telling(row: Stored) -> tuple[datetime, int, str]:
    return row["told_at"] or _BEFORE_ALL, row["content_hash"], row["unit_code"]


def _frame(rows: Iterable[Stored]) -> pl.DataFrame:
    held = list(rows)
    kinds = schema(documents)
    return rows_frame({name: [row[name] for row in held] for name in kinds}, kinds)


def _stored(connection: Connection, named: pl.DataFrame) -> pl.DataFrame:
    """The stored rows of the same keys."""
    with staged(connection, named.select(_KEY), documents) as stage:
        same = sa.and_(*(documents.c[key] == stage.c[key] for key in _KEY))
        return read_frame(connection, sa.select(*documents.c).join_from(stage, documents, same))


def _replace(connection: Connection, changed: pl.DataFrame) -> None:
    with staged(connection, changed, documents) as stage:
        same = sa.exists().where(*(documents.c[key] == stage.c[key] for key in _KEY))
        connection.execute(documents.delete().where(same))
        connection.execute(documents.insert().from_select(changed.columns, sa.select(*stage.c)))
