"""Records that could not be stored: held once, until a good state or a catalogue brings them in."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from store import tables
from store.engine import migrate, reading, writing
from store.health import quarantine_summary
from store.quarantine import held
from store.rows import RECEIVED, Batch, Dossier, Procedure, Rejected, Unit
from store.runs import begin_run
from store.tables import dossiers
from store.writes import write_batch

AT = datetime(2021, 12, 10, 1, tzinfo=UTC)
BEGIN = date(2020, 1, 1)
UNIT = Unit(code="H28.148", valid_from=BEGIN, kind="huyen", name="Huyện")
PROCEDURE = Procedure(code="1.000001", valid_from=BEGIN, name="P", level=3, tier="huyen")
DOSSIER = Dossier(
    source_id="d1", unit_code="H28.148", procedure_code="1.000001", channel="online", state=RECEIVED,
    submitted_at=AT, received_at=AT, updated_at=AT,
)  # fmt: skip
BAD = Rejected(kind="dossiers", source_id="d1", reason="unknown_channel", detail="KenhThucHien '7'", payload={"a": 1})


def store(engine: Engine, batch: Batch, at: datetime = AT, source: str = "motcua") -> None:
    write_batch(engine, source, batch, begin_run(engine, source, at), None, at)


def stored(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(sa.select(dossiers.c.source_id)))


def test_a_record_that_comes_again_is_held_once_with_its_last_reason(engine: Engine) -> None:
    later = AT + timedelta(hours=1)
    store(engine, Batch(rejected=[BAD]))
    store(engine, Batch(rejected=[msgspec.structs.replace(BAD, reason="bad_date", detail="NgayNopHoSo")]), later)
    [record] = held(engine)
    assert (record.reason, record.detail) == ("bad_date", "NgayNopHoSo")
    assert (record.first_seen_at, record.last_seen_at) == (AT, later)


def test_records_without_an_id_are_told_apart_by_what_they_hold(engine: Engine) -> None:
    nameless = msgspec.structs.replace(BAD, source_id=None, reason="missing_key")
    other = msgspec.structs.replace(nameless, payload={"a": 2})
    store(engine, Batch(rejected=[nameless, other, nameless]))
    assert [record.payload for record in held(engine)] == [{"a": 1}, {"a": 2}]


def test_a_good_state_takes_the_record_out(engine: Engine) -> None:
    store(engine, Batch(units=[UNIT], procedures=[PROCEDURE], rejected=[BAD]))
    store(engine, Batch(dossiers=[DOSSIER]))
    assert held(engine) == []
    assert stored(engine) == ["d1"]


def test_one_source_takes_out_only_its_own_records(engine: Engine) -> None:
    store(engine, Batch(units=[UNIT], procedures=[PROCEDURE]))
    store(engine, Batch(rejected=[BAD]), source="motcua-khac")
    store(engine, Batch(dossiers=[DOSSIER]))
    assert [record.source for record in held(engine)] == ["motcua-khac"]


def test_records_of_an_unknown_unit_or_procedure_come_in_with_the_catalogue(engine: Engine) -> None:
    other = msgspec.structs.replace(DOSSIER, source_id="d2", procedure_code="1.000002")
    store(engine, Batch(dossiers=[DOSSIER]))
    assert [(r.reason, r.form) for r in held(engine)] == [("unknown_unit", "row")]
    store(engine, Batch(units=[UNIT], procedures=[PROCEDURE]))
    assert held(engine) == []
    store(engine, Batch(dossiers=[other]))
    assert [r.reason for r in held(engine)] == ["unknown_procedure"]
    store(engine, Batch(procedures=[PROCEDURE, msgspec.structs.replace(PROCEDURE, code="1.000002")]))
    assert held(engine) == []
    assert sorted(stored(engine)) == ["d1", "d2"]


def test_what_was_held_before_units_were_kept_names_its_unit_after_the_migration(engine: Engine) -> None:
    with writing(engine) as connection:
        tables.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        settings = Config(attributes={"connection": connection})
        settings.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
        command.upgrade(settings, "0007")
        for form, payload in (("row", '{"unit_code": "H28.148"}'), ("raw", '{"unit_code": "?"}')):
            row = {"source": "s", "kind": "dossiers", "fingerprint": form, "reason": "r", "detail": "", "form": form}
            values = {**row, "payload": payload, "first_seen_at": AT, "last_seen_at": AT}
            connection.execute(tables.quarantine.insert().values(**values))
    migrate(engine)
    assert [(record.form, record.unit_code) for record in held(engine)] == [("row", "H28.148"), ("raw", None)]


def test_a_waiting_record_that_comes_in_late_does_not_replace_a_newer_state(engine: Engine) -> None:
    newer = msgspec.structs.replace(DOSSIER, channel="counter", updated_at=AT + timedelta(days=1))
    store(engine, Batch(dossiers=[DOSSIER]))
    store(engine, Batch(dossiers=[newer], units=[UNIT], procedures=[PROCEDURE]))
    with reading(engine) as connection:
        assert connection.scalar(sa.select(dossiers.c.channel)) == "counter"
    assert held(engine) == []


def test_the_summary_counts_by_source_and_reason_the_most_first(engine: Engine) -> None:
    more = [msgspec.structs.replace(BAD, source_id=name, reason="bad_date") for name in ("a", "b")]
    store(engine, Batch(rejected=[BAD, *more]))
    assert quarantine_summary(engine) == [("motcua", "bad_date", 2), ("motcua", "unknown_channel", 1)]
    assert [record.source_id for record in held(engine, reason="bad_date")] == ["a", "b"]
