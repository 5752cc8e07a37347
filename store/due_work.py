"""What falls due: how many dossiers in work, by procedure."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Engine

from clock import start_of_day
from store.engine import reading
from store.rows import PROCESSING, RECEIVED
from store.tables import dossiers


def due_by_procedure(
    engine: Engine, unit_codes: Sequence[str], due_from: date, due_before: date, at: datetime
) -> list[tuple[str, int]]:
    """(procedure code, dossiers) of these units' dossiers in work that fall due from one local day to before another.

    Received by the instant `at`; what waits for a supplement or a payment is not in work. The most first.
    """
    count = sa.func.count().label("dossiers")
    query = sa.select(dossiers.c.procedure_code, count).where(
        dossiers.c.unit_code.in_(unit_codes),
        dossiers.c.state.in_([RECEIVED, PROCESSING]),
        dossiers.c.due_at >= start_of_day(due_from),
        dossiers.c.due_at < start_of_day(due_before),
        dossiers.c.received_at <= at,
    )
    ordered = query.group_by(dossiers.c.procedure_code).order_by(count.desc(), dossiers.c.procedure_code)
    with reading(engine) as connection:
        return [(row[0], row[1]) for row in connection.execute(ordered)]
