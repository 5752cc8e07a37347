"""What the benchmark's peers keep is what we keep, and what its section says of them is right."""

from datetime import UTC, date, datetime

from bench.ingestion_peers import Measured
from bench.ingestion_peers_report import ingestion_peers_part
from bench.late_versions import LateOneStop
from bench.measure import Cost
from bench.peer_stand import PEERS
from bench.peers.one_stop import values
from bench.question_sql import DUCKDB_DAY, POSTGRESQL_DAY, Asked, statement
from metrics import Period
from tests.recorded import DOSSIER


def test_peer_keeps_the_columns_of_a_record_and_nothing_of_persons() -> None:
    kept = values(DOSSIER)
    assert kept == {
        "source_id": "H28.148.04792-211201-0007",
        "unit_code": "H28.148.04792",
        "procedure_code": "1.000894",
        "channel": "online",
        "state": 10,
        "submitted_at": datetime(2021, 12, 1, 1, 0, tzinfo=UTC),
        "received_at": datetime(2021, 12, 1, 2, 30, tzinfo=UTC),
        "due_at": datetime(2021, 12, 3, 10, 0, tzinfo=UTC),
        "completed_at": datetime(2021, 12, 2, 16, 59, 59, tzinfo=UTC),
        "returned_at": datetime(2021, 12, 3, 1, 0, tzinfo=UTC),
        "returned_by_post": True,
        "digitised": True,
        "authenticated": False,
        "payment": "national",
        "fee_due": True,
        "supplements": 1,
        "e_result": True,
        "rating": 3,
        "updated_at": datetime(2021, 12, 3, 1, 5, tzinfo=UTC),
    }


def test_version_that_comes_late_is_older_and_in_process() -> None:
    one_stop = LateOneStop([DOSSIER], {})
    one_stop.go_back()
    [late] = one_stop.records
    assert (late["NgayCapNhat"], late["TrangThaiHoSo"]) == (DOSSIER["NgayTiepNhan"], "4")
    one_stop.begin_again()
    assert one_stop.records == [DOSSIER]


def test_ratio_is_of_core_seconds_per_dossier_and_held_against_its_target() -> None:
    # Ours: 1 s for 100 dossiers, of which 0.5 are the limit; dlt on PostgreSQL 12 s for as many; the ORM 1 s for 10.
    dlt, orm = PEERS[0], PEERS[3]
    peers = [(dlt, Cost(20, 9, 3), 100, 0), (orm, Cost(2, 1, 0), 10, 1)]
    limits = {"PostgreSQL": Cost(1, 0.25, 0.25)}
    measured = Measured("dlt 1", 100, {"PostgreSQL": Cost(2, 0.5, 0.5)}, limits, peers, 5, [("ours", "SQLite", 0)])
    rows = [line.split(" | ") for line in ingestion_peers_part(measured) if line.startswith(("| dlt", "| httpx"))]
    told = [row[-4:] for row in rows]
    assert told == [["12.0", "24.0", "12: yes", "0 |"], ["10.0", "20.0", "12: **no**", "1 |"]]


def test_periods_of_a_question_begin_and_end_at_local_midnight() -> None:
    asked = Asked("on_time_rate", Period(date(2021, 12, 25), date(2021, 12, 31)))
    for day in (POSTGRESQL_DAY, DUCKDB_DAY):
        sql = statement(asked, day)
        assert "$" not in sql
        # Seven hours before midnight in UTC; the period before is as long.
        for moment in ("2021-12-17 17:00:00", "2021-12-24 17:00:00", "2021-12-31 17:00:00"):
            assert f"TIMESTAMP '{moment}'" in sql
