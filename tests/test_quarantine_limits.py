"""The quarantine within its bounds: what goes, what stays, and that what went is counted for ever."""

from datetime import timedelta

import msgspec
from sqlalchemy import Engine

from config import QuarantineSettings, parse_duration
from store.quarantine import Held, held
from store.quarantine_limits import dropped, prune
from store.rows import Batch
from tests.test_quarantine import AT, BAD, DOSSIER, PROCEDURE, UNIT, store

DAY = timedelta(days=1)
WIDE = QuarantineSettings()


def bad(name: str, reason: str = "bad_date") -> Batch:
    return Batch(rejected=[msgspec.structs.replace(BAD, source_id=name, reason=reason)])


def names(records: list[Held]) -> list[str | None]:
    return [record.source_id for record in records]


def told(engine: Engine) -> list[tuple[str, str, str, int]]:
    return [(one.source, one.reason, one.why, one.records) for one in dropped(engine)]


def test_what_was_last_met_too_long_ago_goes_and_is_counted(engine: Engine) -> None:
    store(engine, bad("old"), AT)
    store(engine, bad("again"), AT)
    store(engine, bad("again"), AT + 60 * DAY)
    limits = QuarantineSettings(kept=parse_duration("90d"))
    assert prune(engine, limits, AT + 90 * DAY) == 0
    assert prune(engine, limits, AT + 91 * DAY) == 1
    assert names(held(engine)) == ["again"]
    assert told(engine) == [("motcua", "bad_date", "age", 1)]


def test_of_a_source_with_too_many_those_met_longest_ago_go(engine: Engine) -> None:
    for number in range(5):
        store(engine, bad(f"d{number}", "bad_date" if number else "missing_key"), AT + number * DAY)
    store(engine, bad("other"), AT, source="khac")
    assert prune(engine, QuarantineSettings(records_per_source=3), AT + 5 * DAY) == 2
    assert names(held(engine)) == ["d2", "d3", "d4", "other"]
    assert told(engine) == [("motcua", "bad_date", "crowd", 1), ("motcua", "missing_key", "crowd", 1)]


def test_counts_of_what_went_add_up_and_stay(engine: Engine) -> None:
    for _ in range(2):
        store(engine, bad("a"), AT)
        assert prune(engine, WIDE, AT + 91 * DAY) == 1
    assert prune(engine, WIDE, AT + 400 * DAY) == 0
    [gone] = dropped(engine)
    assert (gone.records, gone.last_dropped_at, held(engine)) == (2, AT + 91 * DAY, [])


def test_too_large_a_payload_goes_and_its_record_stays(engine: Engine) -> None:
    store(engine, Batch(dossiers=[DOSSIER], rejected=[msgspec.structs.replace(BAD, source_id="x", payload="é" * 8)]))
    # The quotation marks count too.
    assert prune(engine, QuarantineSettings(largest_payload=10), AT) == 0
    assert [(record.source_id, record.form, record.payload) for record in held(engine)] == [
        ("x", "raw", "é" * 8),
        ("d1", "raw", None),
    ]
    assert told(engine) == [("motcua", "unknown_unit", "size", 1)]
    store(engine, Batch(units=[UNIT], procedures=[PROCEDURE]))
    assert names(held(engine)) == ["x", "d1"]
    store(engine, Batch(dossiers=[DOSSIER]))
    assert names(held(engine)) == ["x"]
