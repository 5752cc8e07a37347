"""The rows of daily tables are read as they were written, whatever is in a code, and a fault is one of the store."""

import polars as pl
import pytest
from sqlalchemy import Engine

from errors import StoreError
from store import counter_rows, tables
from store.engine import reading, writing
from store.reads import read_in_pieces, read_snapshot

CODES = ["H28", "", "a,b", 'say "x"', "two\nlines", "\r", "Hòa Bình", " ", "\\N", "\\.", "NULL", "1"]


@pytest.fixture
def written(engine: Engine) -> Engine:
    rows = [
        {"unit_code": code, "procedure_code": code[::-1], "day": -number, "received_online": number, "version": 7}
        for number, code in enumerate(CODES)
    ]
    with writing(engine) as connection:
        connection.execute(tables.dossier_days.insert(), rows)
    return engine


def test_rows_are_read_as_they_were_written(written: Engine) -> None:
    read = read_snapshot(written, since=6).dossier_days
    assert read.select("unit_code", "procedure_code", "day", "received_online").sort("day", descending=True).rows() == [
        (code, code[::-1], -number, number) for number, code in enumerate(CODES)
    ]
    assert {read.schema["unit_code"], read.schema["day"], read.schema["withdrawn"]} == {pl.String, pl.Int64, pl.Int32}
    assert read_snapshot(written, since=7).dossier_days.equals(read.clear())


def test_pieces_are_all_rows(written: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter_rows, "_ROWS", 3)
    monkeypatch.setattr(counter_rows, "_BYTES", 200)
    pieces = read_in_pieces(written, lambda _known, pieces: list(pieces["dossier_days"]))
    assert len(pieces) > 3
    assert pl.concat(pieces).equals(read_snapshot(written).dossier_days)


def test_table_that_cannot_be_read_is_a_fault_of_the_store(engine: Engine) -> None:
    with writing(engine) as connection:
        tables.point_days.drop(connection)
    with pytest.raises(StoreError, match="point_days"):
        read_snapshot(engine)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
