"""/health/data: which sources bring nothing, why, and who polls."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.engine import writing
from store.lease import take_lease
from store.polling import note_polling
from store.reconciliation_results import Figure, begin_reconciliation, end_reconciliation
from store.runs import begin_run, end_run
from store.tables import cursors, poll_runs
from tests.test_web import START, _get, home, store

__all__ = ["home", "store"]


def poll(engine: Engine, outcome: str, age: timedelta, message: str = "") -> None:
    end_run(engine, begin_run(engine, "motcua", START - age), outcome, START - age, message)


@pytest.mark.parametrize(
    ("polls", "status", "stale", "reason"),
    [
        ([], 503, ["motcua"], "no poll has ended yet"),
        ([("ok", 1, "")], 200, [], None),
        ([("ok", 90, "")], 503, ["motcua"], "no poll has ended for so long"),
        ([("ok", 90, ""), ("unavailable", 1, "motcua: HTTP 503")], 503, ["motcua"], "unavailable: HTTP 503"),
        ([("ok", 2, ""), ("refused", 1, "motcua: HTTP 403")], 200, [], "refused: HTTP 403"),
    ],
)
def test_a_source_that_brings_nothing_says_why(
    store: Engine, polls: list[tuple[str, int, str]], status: int, stale: list[str], reason: str | None
) -> None:
    for outcome, minutes, message in polls:
        poll(store, outcome, timedelta(minutes=minutes), message)
    answer = _get("/health/data")
    told = answer.json()
    assert (answer.status_code, told["stale"], told["sources"]["motcua"]["reason"]) == (status, stale, reason)


def test_the_poller_that_holds_the_lease_is_named(store: Engine) -> None:
    assert _get("/health/data").json()["poller"] is None
    assert "ioc_lease_held 0.0" in _get("/metrics").text.splitlines()
    assert take_lease(store, "may-1:77")
    poller = _get("/health/data").json()["poller"]
    assert (poller["name"], poller["works"]) == ("may-1:77", True)
    assert "ioc_lease_held 1.0" in _get("/metrics").text.splitlines()


def test_a_source_that_was_never_compared_says_so(store: Engine) -> None:
    assert _get("/health/data").json()["sources"]["motcua"]["reconciliation"] is None


def test_tables_of_a_newer_program_are_not_ready(store: Engine, home: Path) -> None:
    with writing(store) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = _get("/health/ready")
    assert answer.status_code == 503
    assert "9999" in answer.json()["reason"]


def test_lag_is_the_time_since_the_newest_update(store: Engine) -> None:
    assert 'ioc_source_lag_seconds{source="motcua"}' not in _get("/metrics").text
    with writing(store) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=START - timedelta(hours=2)))
    assert 'ioc_source_lag_seconds{source="motcua"} 7200.0' in _get("/metrics").text.splitlines()


def test_breaker_and_retries_of_a_source_are_told(store: Engine) -> None:
    note_polling(store, "motcua", "open", 5, START)
    run = begin_run(store, "motcua", START)
    with writing(store) as connection:
        connection.execute(poll_runs.update().where(poll_runs.c.id == run).values(retries=3))
    lines = _get("/metrics").text.splitlines()
    assert 'ioc_source_breaker{source="motcua",state="open"} 1.0' in lines
    assert 'ioc_source_breaker{source="motcua",state="closed"} 0.0' in lines
    assert 'ioc_source_failures{source="motcua"} 5.0' in lines
    assert 'ioc_source_day_retries{source="motcua"} 3.0' in lines


def test_figures_that_differ_from_the_source_s_are_counted(store: Engine) -> None:
    first, last, began = date(2021, 12, 1), date(2021, 12, 9), START - timedelta(hours=6)
    number = begin_reconciliation(store, "motcua", first, last, began)
    figures = [Figure("received", "", first, last, "differ"), Figure("completed", "", first, last, "agree")]
    end_reconciliation(store, number, "ok", "", START, figures, [])
    told = _get("/health/data").json()["sources"]["motcua"]["reconciliation"]
    assert told == {"at": began.isoformat(), "outcome": "ok", "figures": {"agree": 1, "differ": 1}}
    lines = _get("/metrics").text.splitlines()
    assert 'ioc_reconciliation_figures{source="motcua",state="differ"} 1.0' in lines
    assert 'ioc_reconciliation_age_seconds{source="motcua"} 21600.0' in lines
