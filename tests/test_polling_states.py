"""What is noted of how each source is polled, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from store.polling import PollingState, note_polling, polling_states
from store.runs import begin_run, end_run

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def run(engine: Engine, source: str, at: datetime, retries: int) -> None:
    end_run(engine, begin_run(engine, source, at), "ok", at, retries=retries)


def test_nothing_polled_has_no_state(engine: Engine) -> None:
    assert polling_states(engine) == []


def test_breaker_keeps_the_instant_from_which_it_is_so(engine: Engine) -> None:
    note_polling(engine, "motcua", "closed", 0, NOON)
    note_polling(engine, "motcua", "closed", 1, NOON + MINUTE)
    assert polling_states(engine) == [PollingState("motcua", "closed", NOON, 1, 0)]
    note_polling(engine, "motcua", "open", 5, NOON + 2 * MINUTE)
    note_polling(engine, "motcua", "open", 6, NOON + 3 * MINUTE)
    assert polling_states(engine) == [PollingState("motcua", "open", NOON + 2 * MINUTE, 6, 0)]


def test_retries_are_those_of_the_local_day_of_the_last_poll(engine: Engine) -> None:
    midnight = datetime(2021, 12, 9, 17, tzinfo=UTC)
    for source, at, retries in (
        ("motcua", midnight - MINUTE, 7),
        ("motcua", midnight, 2),
        ("motcua", NOON, 3),
        ("vanban", midnight - MINUTE, 1),
    ):
        run(engine, source, at, retries)
    assert polling_states(engine) == [
        PollingState("motcua", "closed", None, 0, 5),
        PollingState("vanban", "closed", None, 0, 0),
    ]
