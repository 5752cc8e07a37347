"""What must hold when a chaos run is over: one line for each check, and what is wrong with it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import seed
from metrics import Counters, Period
from seed.people import E_MAIL_DOMAIN, IDENTITY_PREFIX, PHONE_PREFIX
from store.engine import reading
from store.quarantine import held
from store.reads import read_snapshot
from store.rollups import rebuild
from store.tables import documents, dossiers, meetings
from tests.chaos_centre import ChaosCentre
from tests.chaos_screens import outdated_screens
from tests.chaos_sources import CREDENTIALS, PLACE
from tests.chaos_truth import truth_of
from tests.test_end_to_end import differences, shown, with_change
from tests.test_personal_data import everything_stored
from tests.truth import Truth

_TODAY = PLACE.start.date()
PERIODS = (
    Period.year_to_date(_TODAY),
    Period(date(2021, 11, 1), date(2021, 11, 30)),
    Period(_TODAY - timedelta(days=6), _TODAY),
    Period(_TODAY - timedelta(days=1), _TODAY - timedelta(days=1)),
    Period(_TODAY, _TODAY),
)


class Check(NamedTuple):
    """What was held against what, how much of it, and where they differ."""

    name: str
    compared: int
    wrong: list[str]


def checks(centre: ChaosCentre) -> Iterator[Check]:
    """All of them; pollers must have stopped, screens must still be open."""
    truth = truth_of(centre.sources)
    yield from _facts(centre, truth)
    yield _figures(centre, truth)
    differing = rebuild(centre.engine)
    yield Check("counters equal to their recomputation", 1, [f"{differing} rows differ"] if differing else [])
    yield _quarantine(centre)
    yield _elsewhere(centre)
    yield Check("scenes on the screens equal to the store's", *outdated_screens(centre))
    yield from _personal(centre)


def _facts(centre: ChaosCentre, truth: Truth) -> Iterator[Check]:
    told = {dossiers: truth.dossiers, documents: truth.documents, meetings: truth.meetings}
    lost, doubled, count = [], [], 0
    with reading(centre.engine) as connection:
        for table, facts in told.items():
            stored = list(connection.scalars(table.select().with_only_columns(table.c.source_id)))
            true = {fact.source_id for fact in facts}
            count += len(true)
            lost += [f"{table.name} {key}" for key in sorted(true - set(stored))]
            doubled += [f"{table.name} {key}" for key in sorted(set(stored) - true)]
            doubled += [f"{table.name}: {len(stored) - len(set(stored))} twice"] * (len(stored) > len(set(stored)))
    yield Check("facts lost", count, lost)
    yield Check("facts doubled or invented", count, doubled)


def _figures(centre: ChaosCentre, truth: Truth) -> Check:
    counters, wrong, count = Counters(read_snapshot(centre.engine)), [], 0
    scopes: tuple[Any, ...] = ("subtree", "own")
    for period in PERIODS:
        for scope in scopes:
            expected = with_change(truth, period, scope)
            count += len(expected)
            found = differences(shown(counters, period, scope), expected)
            wrong += [f"{period.start} to {period.end}, {scope}: {words}" for words in found]
    return Check("figures equal to the truth", count, wrong)


def _quarantine(centre: ChaosCentre) -> Check:
    sources = centre.sources
    planted = {"motcua": sources.planted_dossiers, "vanban": sources.planted_documents}
    records, wrong = held(centre.engine), []
    for source in centre.stands:
        mine = [record for record in records if record.source == source]
        broken = planted.get(source, [])
        # The two that are no objects are alike once nothing is kept of them.
        expected = len(broken) - 1 if broken else 0
        keys = {str(row.get("MaHoSo") or row.get("MaVanBan")) for row in broken if isinstance(row, dict)}
        strangers = [record for record in mine if record.source_id is not None and record.source_id not in keys]
        if len(mine) != expected or strangers:
            wrong.append(f"{source}: {len(mine)} held, not {expected}; not planted: {strangers[:3]}")
    return Check("quarantine holds the planted records", len(records), wrong)


def _elsewhere(centre: ChaosCentre) -> Check:
    asked = {name: stand.elsewhere for name, stand in centre.stands.items() if stand.elsewhere}
    return Check("calls at the host that redirects named", 0, [f"{name}: {count}" for name, count in asked.items()])


def _personal(centre: ChaosCentre) -> Iterator[Check]:
    personal = centre.sources.personal_values()
    logs = [*centre.home.glob("*.log"), centre.database / "log"]
    places = {
        "the database": everything_stored(centre.engine),
        "the logs": b"\n".join(log.read_bytes() for log in logs),
        "the screens": "\n".join(page.content() for page in centre.screens.pages.values()).encode(),
    }
    marks = (seed.MARKER, f"{IDENTITY_PREFIX}12345678", f"{PHONE_PREFIX}123456", E_MAIL_DOMAIN, *CREDENTIALS.values())
    for place, content in places.items():
        # Never the value itself: whatever this says is printed.
        found = sum(value.encode() in content for value in personal | set(marks))
        yield Check(f"personal values in {place}", len(personal), [f"{found} found"] if found else [])
