"""When the centre learnt too late that a dossier was completed: what makes it count as overdue though it is not.

A dossier is overdue from the day after its due day. One that the centre held open then, and of which the source later
says that it was completed by its due day, was counted as overdue in between although it was not. The instant at which
such a completion is stored is kept, in the transaction that stores it; any other completion leaves nothing here, so
that the table stays small. Only what the centre itself held open and overdue is kept: a dossier that comes completed
the first time (a first load, a backfill of days never read) was counted as overdue by nobody. Counters are rebuilt
without this table and it without them. A dossier that is opened again is judged anew.
"""

from datetime import UTC, datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import local_day, start_of_day
from store.engine import reading
from store.frames import insert_into, read_frame
from store.frames import local_day as local_day_of
from store.rows import PROCESSED, PROCESSING, RECEIVED
from store.tables import dossiers, late_learnt

_KEY = ["source", "source_id"]


def note_learnt(connection: Connection, old: pl.DataFrame, new: pl.DataFrame, at: datetime) -> None:
    """Keep `at` as the instant at which the late ones among these completions were learnt.

    `old`, `new`: dossiers as they were and as they are stored now; columns as in the table.
    """
    if old.is_empty():
        return
    done = pl.col("state") >= PROCESSED
    reopened = new.filter(~done).join(old.filter(done), on=_KEY, how="semi")
    if not reopened.is_empty():
        keys = [late_learnt.c[name] == sa.bindparam(f"its_{name}") for name in _KEY]
        named = [{f"its_{name}": row[name] for name in _KEY} for row in reopened.iter_rows(named=True)]
        connection.execute(late_learnt.delete().where(*keys), named)
    today = start_of_day(local_day(at)).astimezone(UTC)
    counted_overdue = old.filter(
        pl.col("state").is_in([RECEIVED, PROCESSING]), pl.col("received_at").is_not_null(), pl.col("due_at") < today
    )
    in_time = local_day_of("done_at") <= local_day_of("due_at")
    late = (
        new.filter(done, pl.col("due_at") < today)
        .with_columns(done_at=pl.coalesce("completed_at", "returned_at"))
        .filter(in_time)
        .join(counted_overdue, on=_KEY, how="semi")
    )
    if not late.is_empty():
        insert = insert_into(connection, late_learnt)
        statement = insert.on_conflict_do_update(index_elements=_KEY, set_={"learnt_at": insert.excluded.learnt_at})
        connection.execute(statement, late.select(*_KEY, learnt_at=pl.lit(at.astimezone(UTC))).to_dicts())


def completions_learnt_late(engine: Engine) -> pl.DataFrame:
    """Every completed dossier of which that was learnt after its due day, without its key, to be counted: source,
    unit_code, due_at, done_at, learnt_at; as the dossier is now."""
    done_at = sa.func.coalesce(dossiers.c.completed_at, dossiers.c.returned_at, type_=dossiers.c.completed_at.type)
    same = sa.and_(*(dossiers.c[name] == late_learnt.c[name] for name in _KEY))
    columns = [*(dossiers.c[name] for name in ("source", "unit_code", "due_at")), done_at.label("done_at")]
    query = sa.select(*columns, late_learnt.c.learnt_at).join_from(late_learnt, dossiers, same)
    with reading(engine) as connection:
        return read_frame(connection, query.where(dossiers.c.state >= PROCESSED))
