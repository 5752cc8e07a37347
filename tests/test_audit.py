"""The audit log: what the database refuses, what `verify` finds of who got round it, and writers at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Barrier, Event

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from errors import InputError, StoreError
from store.audit import ACTS, Deed, Head, note, record, record_state
from store.audit_reads import Chain, differing, entries, head_of, people, verify
from store.audit_tables import audit
from store.engine import open_engine, reading, writing

AT = datetime(2026, 11, 23, 4, 0, 0, 250_000, tzinfo=UTC)
SIGN_IN = Deed("Lò Thị Mai", "sign_in", "leader")
EXPORT = Deed("Bùi Văn Nam", "export", "today.csv", "kiểm tra hồ sơ trễ hạn", {"unit": "H28.03", "rows": 12})
REPLAY = Deed("host:ioc", "replay", "motcua", details={"records": 3})
REFUSED = "append-only"


@pytest.fixture
def log(engine: Engine) -> Engine:
    """A log of three rows."""
    for second, deed in enumerate((SIGN_IN, EXPORT, REPLAY)):
        record(engine, deed, at=AT + timedelta(seconds=second))
    return engine


def run(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def run_as_owner(engine: Engine, *statements: str) -> None:
    """As whoever owns the tables can: without the triggers."""
    if engine.dialect.name == "sqlite":
        without = [f"DROP TRIGGER audit_no_{act}" for act in ("update", "delete", "insert")]
    else:
        without = ["ALTER TABLE audit DISABLE TRIGGER ALL"]
    run(engine, *without, *statements)


def numbers(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.scalars(sa.select(audit.c.number).order_by(audit.c.number)))


def test_a_deed_comes_back_as_it_was_noted(log: Engine) -> None:
    total, [newest, exported, oldest] = entries(log)
    assert total == 3
    assert (newest.number, newest.who, newest.act, newest.what) == (3, "host:ioc", "replay", "motcua")
    assert (exported.reason, exported.details) == ("kiểm tra hồ sơ trễ hạn", '{"rows":12,"unit":"H28.03"}')
    assert (oldest.at, oldest.who, oldest.details) == (AT, "Lò Thị Mai", "{}")


def test_a_hash_is_of_the_hash_before_and_of_all_that_the_row_says(log: Engine) -> None:
    first = (
        '{"act":"sign_in","at":"2026-11-23T04:00:00.250000Z","details":"{}","number":1,"reason":"","what":"leader",'
        '"who":"Lò Thị Mai"}'
    )
    second = (
        '{"act":"export","at":"2026-11-23T04:00:01.250000Z","details":"{\\"rows\\":12,\\"unit\\":\\"H28.03\\"}",'
        '"number":2,"reason":"kiểm tra hồ sơ trễ hạn","what":"today.csv","who":"Bùi Văn Nam"}'
    )
    of_first = sha256(("0" * 64 + "\n" + first).encode()).hexdigest()
    of_second = sha256((of_first + "\n" + second).encode()).hexdigest()
    assert [entry.hash for entry in reversed(entries(log)[1])][:2] == [of_first, of_second]


def test_an_empty_log_is_whole_and_has_no_head(engine: Engine) -> None:
    assert verify(engine) == Chain(Head(0, "0" * 64), None)
    assert head_of(engine) == Head()
    assert (entries(engine), people(engine)) == ((0, []), [])


def test_a_log_that_nobody_touched_is_whole_up_to_its_head(log: Engine) -> None:
    assert verify(log) == Chain(head_of(log), None)
    assert head_of(log).number == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'X' WHERE number = 2",
        "UPDATE audit SET number = number + 10",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_row(log: Engine, statement: str) -> None:
    before = entries(log)
    with pytest.raises(StoreError, match=REFUSED):
        run(log, statement)
    assert entries(log) == before


def test_sqlite_refuses_to_replace_a_row(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("sqlite")
    record(engine, SIGN_IN)
    values = "SELECT number, at, 'X', act, what, reason, details, hash FROM audit"
    with pytest.raises(StoreError, match=REFUSED):
        run(engine, f"INSERT OR REPLACE INTO audit {values}")
    assert people(engine) == ["Lò Thị Mai"]


def test_postgresql_refuses_to_truncate_and_to_be_a_replica(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("postgresql")
    record(engine, SIGN_IN)
    for statement in ("TRUNCATE audit", "SET LOCAL session_replication_role = replica; DELETE FROM audit"):
        with pytest.raises(StoreError, match=REFUSED):
            run(engine, statement)
    assert numbers(engine) == [1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("who", "'Lò Thị Mai'"),
        ("act", "'import'"),
        ("what", "'today.xlsx'"),
        ("reason", "''"),
        ("details", '\'{"rows":1,"unit":"H28.03"}\''),
        ("hash", f"'{'a' * 64}'"),
    ],
)
def test_a_changed_row_is_found(log: Engine, column: str, value: str) -> None:
    first = entries(log)[1][-1]
    run_as_owner(log, f"UPDATE audit SET {column} = {value} WHERE number = 2")
    assert verify(log) == Chain(Head(1, first.hash), 2)


def test_a_changed_instant_is_found(log: Engine) -> None:
    later = "at + 1" if log.dialect.name == "sqlite" else "at + interval '1 microsecond'"
    run_as_owner(log, f"UPDATE audit SET at = {later} WHERE number = 2")
    assert verify(log).broken == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_row_is_found(log: Engine, number: int) -> None:
    run_as_owner(log, f"DELETE FROM audit WHERE number = {number}")
    assert verify(log).broken == number


def test_a_removed_row_is_found_also_when_those_after_it_move_up(log: Engine) -> None:
    run_as_owner(log, "DELETE FROM audit WHERE number = 2", "UPDATE audit SET number = 2 WHERE number = 3")
    assert verify(log).broken == 2


def test_two_rows_that_changed_places_are_found(log: Engine) -> None:
    moved = (f"UPDATE audit SET number = {to} WHERE number = {number}" for number, to in ((1, 9), (2, 1), (9, 2)))
    run_as_owner(log, *moved)
    assert verify(log).broken == 1


def test_a_row_cut_off_at_the_end_is_found_by_a_head_noted_before(log: Engine) -> None:
    noted = head_of(log)
    assert differing(log, [noted]) == []
    run_as_owner(log, "DELETE FROM audit WHERE number = 3")
    assert verify(log).broken is None
    assert differing(log, [noted, verify(log).head]) == [noted]


def test_a_log_written_anew_is_found_by_a_head_noted_before(log: Engine) -> None:
    noted = head_of(log)
    run_as_owner(log, "DELETE FROM audit WHERE number >= 2")
    record(log, EXPORT._replace(reason="không rõ"), REPLAY)
    assert verify(log) == Chain(head_of(log), None)
    assert head_of(log).number == noted.number
    assert differing(log, [noted]) == [noted]


def test_a_log_that_went_on_still_has_the_heads_noted_before(log: Engine) -> None:
    noted = [Head(), head_of(log)]
    record(log, SIGN_IN)
    assert differing(log, noted) == []


def test_what_is_noted_goes_with_the_transaction_that_fails(log: Engine) -> None:
    def noted_and_failed() -> None:
        with writing(log) as connection:
            note(connection, SIGN_IN)
            connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="nowhere"):
        noted_and_failed()
    assert numbers(log) == [1, 2, 3]


def test_several_deeds_of_one_transaction_are_a_row_each(log: Engine) -> None:
    record(log, SIGN_IN, EXPORT)
    assert numbers(log) == [1, 2, 3, 4, 5]
    assert verify(log).broken is None


@pytest.mark.parametrize("who", ["", "  ", "\0\n"])
def test_nobody_does_nothing(log: Engine, who: str) -> None:
    with pytest.raises(InputError, match="answer for it"):
        record(log, SIGN_IN._replace(who=who))
    assert numbers(log) == [1, 2, 3]


def test_what_a_stranger_sends_is_one_line_that_every_database_takes(engine: Engine) -> None:
    record(engine, Deed("Nam\0\n2  x\ud800", "refused", "w" * 600, "r\r\nr"))
    [entry] = entries(engine)[1]
    assert (entry.who, len(entry.what), entry.reason) == ("Nam 2 x", 500, "r r")
    assert verify(engine).broken is None


def test_kinds_and_people_narrow_the_list(log: Engine) -> None:
    record(log, SIGN_IN, SIGN_IN._replace(act="sign_out"))
    assert sorted(people(log)) == ["Bùi Văn Nam", "Lò Thị Mai", "host:ioc"]
    assert [entry.number for entry in entries(log, ["sign_in"])[1]] == [4, 1]
    assert [entry.number for entry in entries(log, who="Lò Thị Mai")[1]] == [5, 4, 1]
    assert [entry.number for entry in entries(log, ["sign_out"], "Lò Thị Mai")[1]] == [5]
    assert entries(log, ["sign_in"], "host:ioc") == (0, [])


def test_a_page_of_the_list_is_cut_from_the_newest(log: Engine) -> None:
    total, found = entries(log, ACTS, before=3, limit=1)
    assert (total, [entry.number for entry in found]) == (3, [2])
    assert entries(log, before=1) == (3, [])


def states(engine: Engine) -> list[str]:
    return [entry.details for entry in entries(engine, ["definition"])[1]]


def test_a_state_is_noted_only_when_it_is_another_and_with_what_changed(engine: Engine) -> None:
    assert record_state(engine, "host:ioc", "definition", "indicators", {"open": "1a", "received": "2b"})
    assert not record_state(engine, "host:ioc", "definition", "indicators", {"received": "2b", "open": "1a"})
    assert record_state(engine, "host:ioc", "definition", "targets", {"open": "9"})
    assert record_state(engine, "host:ioc", "definition", "indicators", {"open": "3c", "overdue": "4d"})
    changed = '{"changed":["open","overdue","received"],"state":{"open":"3c","overdue":"4d"}}'
    assert states(engine)[0] == changed
    assert len(states(engine)) == 3


def test_a_state_of_nothing_is_noted_only_after_there_was_something(engine: Engine) -> None:
    assert not record_state(engine, "host:ioc", "token", "machines", {})
    assert record_state(engine, "host:ioc", "token", "machines", {"prometheus": "1a"})
    assert record_state(engine, "host:ioc", "token", "machines", {})


def test_servers_that_start_at_once_note_a_state_once(engine: Engine) -> None:
    at_once = 4
    start = Barrier(at_once)

    def begin(_number: int) -> bool:
        start.wait()
        return record_state(engine, "host:ioc", "definition", "indicators", {"open": "1a"})

    with ThreadPoolExecutor(at_once) as servers:
        assert sum(servers.map(begin, range(at_once))) == 1
    assert len(states(engine)) == 1


def test_writers_at_once_leave_no_gap_and_no_double_number(engine: Engine) -> None:
    """Each from an engine of its own, half of them beside another write."""
    at_once, rounds = 6, 15
    start = Barrier(at_once)

    def write(name: int) -> None:
        mine = open_engine(engine.url.render_as_string(hide_password=False))
        start.wait()
        for done in range(rounds):
            deed = Deed(f"w{name}", "export", str(done))
            if name % 2:
                record(mine, deed)
            else:
                with writing(mine) as connection:
                    note(connection, deed)
        mine.dispose()

    with ThreadPoolExecutor(at_once) as writers:
        list(writers.map(write, range(at_once)))
    assert numbers(engine) == list(range(1, at_once * rounds + 1))
    assert verify(engine).broken is None
    for name in range(at_once):  # each wrote its own in order
        mine = entries(engine, who=f"w{name}")[1]
        assert [entry.what for entry in reversed(mine)] == [str(done) for done in range(rounds)]


def test_a_sign_in_does_not_wait_for_who_writes_facts(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("postgresql")
    writes, signed_in = Event(), Event()

    def write_facts() -> bool:
        with writing(engine):
            writes.set()
            return signed_in.wait(10)

    with ThreadPoolExecutor(1) as other:
        facts = other.submit(write_facts)
        assert writes.wait(10)
        record(engine, SIGN_IN)
        signed_in.set()
        assert facts.result()
