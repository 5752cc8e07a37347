"""The store's counters a second time: plain loops over the facts, read from indicators.md, without store.contributions.

Counters are given as {daily table: {key: {measure: count}}}, without counts of 0.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from store.engine import reading
from store.rollups import ROLLUPS
from store.rows import Document, Dossier
from tests.reference_dossiers import (
    AWAITING_PAYMENT,
    AWAITING_SUPPLEMENT,
    REFUSED,
    WITHDRAWN,
    accepted,
    completed_on,
    ended_otherwise_on,
    is_open,
    is_overdue,
    local_day,
    punctuality,
    received_on,
)

Counters = dict[str, dict[tuple[Any, ...], dict[str, int]]]
Event = tuple[str, date | None, bool | int]
DAY, EPOCH = timedelta(days=1), date(1970, 1, 1)


def slow_counters(dossiers: Iterable[Dossier], documents: Iterable[Document]) -> Counters:
    """What the facts count, table by table; meetings and bridge points are not among them."""
    sums: dict[str, dict[tuple[Any, ...], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for dossier in dossiers:
        for measure, day, count in dossier_events(dossier):
            if day:
                sums["dossier_days"][dossier.unit_code, dossier.procedure_code, number(day)][measure] += count
        for pair, first, second in dossier_pairs(dossier):
            sums["day_pairs"][pair, dossier.unit_code, number(first), number(second)]["dossiers"] += 1
    for document in documents:
        for measure, day, count in document_events(document):
            if day:
                sums["document_days"][document.unit_code, number(day)][measure] += count
    return {table: without_zeros(keyed) for table, keyed in sums.items() if without_zeros(keyed)}


def stored_counters(engine: Engine) -> Counters:
    """What the store has counted of dossiers and documents."""
    found: Counters = {}
    with reading(engine) as connection:
        for rollup in ROLLUPS:
            if rollup.facts in ("dossiers", "documents"):
                rows = connection.execute(sa.select(rollup.table)).mappings()
                keyed = {tuple(row[key] for key in rollup.keys): {m: row[m] for m in rollup.measures} for row in rows}
                found[rollup.table.name] = without_zeros(keyed)
    return {table: keyed for table, keyed in found.items() if keyed}


def without_zeros(keyed: Any) -> dict[tuple[Any, ...], dict[str, int]]:
    counted = {key: {name: count for name, count in counts.items() if count} for key, counts in keyed.items()}
    return {key: counts for key, counts in counted.items() if counts}


def number(day: date) -> int:
    return (day - EPOCH).days


def dossier_events(dossier: Dossier) -> Iterator[Event]:
    """(measure, day, how much) of one dossier."""
    submitted, told = local_day(dossier.submitted_at), not dossier.untold
    yield "registered", submitted, 1
    yield "registered_refused", submitted, dossier.state == REFUSED
    if not accepted(dossier):
        return
    received, online = received_on(dossier), dossier.channel == "online"
    yield f"received_{dossier.channel}", received, 1
    yield "online_authenticated", received, online and told and dossier.authenticated
    yield "supplemented", received, told and dossier.supplements > 0
    yield "withdrawn", received, dossier.state == WITHDRAWN
    yield "awaiting_change", received, dossier.state in (AWAITING_SUPPLEMENT, AWAITING_PAYMENT)
    yield "received_untold", received, not told
    yield "online_untold", received, online and not told
    yield "ended_otherwise", ended_otherwise_on(dossier), 1
    for day in days_of_change(dossier):
        yield "open_change", day, is_open(dossier, day) - is_open(dossier, day - DAY)
        yield "overdue_change", day, is_overdue(dossier, day) - is_overdue(dossier, day - DAY)
    completed = completed_on(dossier)
    if completed:
        for measure, counts in completion(dossier, completed).items():
            yield measure, completed, counts


def days_of_change(dossier: Dossier) -> set[date]:
    """Every day on which a dossier could begin or cease to be open or overdue."""
    instants = (dossier.received_at, dossier.due_at, dossier.completed_at, dossier.returned_at, dossier.updated_at)
    days = {day for day in map(local_day, instants) if day}
    return days | {day + DAY for day in days}


def completion(dossier: Dossier, completed: date) -> dict[str, bool]:
    due, told = local_day(dossier.due_at), not dossier.untold
    return {
        "completed_early": punctuality(dossier) == "early",
        "completed_on_time": punctuality(dossier) == "on time",
        "completed_late": punctuality(dossier) == "late",
        "completed_on_due_day": due == completed,
        "completed_without_due": due is None,
        "returned_by_post": dossier.returned_by_post,
        "fee_due": dossier.fee_due,
        "fee_paid_online": dossier.fee_due and dossier.payment in ("national", "province"),
        "digitised": told and dossier.digitised,
        "e_result": told and dossier.e_result,
        "completed_untold": not told,
        "rated": dossier.rating is not None,
        "satisfied": dossier.rating in (2, 3),
    }


def dossier_pairs(dossier: Dossier) -> Iterator[tuple[str, date, date]]:
    """(pair, first day, second day) of an accepted dossier."""
    if accepted(dossier):
        submitted, received, completed = local_day(dossier.submitted_at), received_on(dossier), completed_on(dossier)
        if submitted:
            yield "entry", submitted, received
        if completed:
            yield "processing", received, completed


def document_events(document: Document) -> Iterator[Event]:
    """(measure, day, how much) of one document."""
    issued, due, done = document.issued_on, document.due_on, document.completed_on
    if document.direction == "out":
        public = not document.classified
        electronic = public and document.electronic
        yield "issued", issued, public
        yield "issued_classified", issued, document.classified
        yield "issued_electronic", issued, electronic
        yield "signing_known", issued, electronic and document.signed is not None
        yield "signing_unknown", issued, electronic and document.signed is None
        yield "signed", issued, electronic and document.signed is True
        yield "signed_exchanged", issued, public and document.signed is True and document.exchanged
    elif due:
        yield "incoming_due", due, 1
        yield "incoming_on_time", due, done is not None and done <= due
        if done is None or done > due + DAY:
            yield "incoming_overdue_change", due + DAY, 1
            yield "incoming_overdue_change", done, -1
