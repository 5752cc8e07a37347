"""The quarantine within its bounds: what goes, what stays, and that what went is counted for ever."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from clock import still_clock
from config import QuarantineSettings, parse_duration, parse_settings, read_settings, write_settings
from errors import ConfigError
from poller import Poller
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


def test_the_poller_prunes_by_the_settings_and_tells_how_many_went_unread(
    fresh_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    text = b'[quarantine]\nkept = "30d"\nrecords_per_source = 2\nlargest_payload = 100\n'
    settings = parse_settings(text, "ioc.toml")
    write_settings(settings, tmp_path / "again.toml")
    assert read_settings(tmp_path / "again.toml").quarantine == settings.quarantine
    with pytest.raises(ConfigError, match="records_per_source"):
        parse_settings(b"[quarantine]\nrecords_per_source = 0", "ioc.toml")
    engine = fresh_engine("sqlite")
    store(engine, Batch(rejected=[msgspec.structs.replace(BAD, source_id=name) for name in "abc"]))
    poller = Poller(engine, [], still_clock(AT))
    with capture_logs() as logs:
        poller.prune_quarantine(settings.quarantine)
        poller.prune_quarantine(settings.quarantine)
    assert [(entry["event"], entry["records"]) for entry in logs] == [("held records let go unread", 1)]
    assert names(held(engine)) == ["b", "c"]
