"""The rows of daily tables are read as they were written, whatever is in a code, and a fault is one of the store."""

import polars as pl
import pytest
from sqlalchemy import Engine

from errors import StoreError
from store import tables
from store.engine import reading, writing
from store.reads import read_snapshot

CODES = ["H28", "", "a,b", 'say "x"', "two\nlines", "\r", "Hòa Bình", " ", "\\N", "\\.", "NULL", "1"]


def test_rows_are_read_as_they_were_written(engine: Engine) -> None:
    rows = [
        {"unit_code": code, "procedure_code": code[::-1], "day": -number, "received_online": number, "version": 7}
        for number, code in enumerate(CODES)
    ]
    with writing(engine) as connection:
        connection.execute(tables.dossier_days.insert(), rows)
    read = read_snapshot(engine, since=6).dossier_days
    assert read.select("unit_code", "procedure_code", "day", "received_online").sort("day", descending=True).rows() == [
        (code, code[::-1], -number, number) for number, code in enumerate(CODES)
    ]
    assert {read.schema["unit_code"], read.schema["day"], read.schema["withdrawn"]} == {pl.String, pl.Int64, pl.Int32}
    assert read_snapshot(engine, since=7).dossier_days.equals(read.clear())


def test_table_that_cannot_be_read_is_a_fault_of_the_store(engine: Engine) -> None:
    with writing(engine) as connection:
        tables.point_days.drop(connection)
    with pytest.raises(StoreError, match="point_days"):
        read_snapshot(engine)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
