"""Statistical returns as a file: all of it, or nothing with every bad row named."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import seed
from clock import still_clock
from connectors._contract import Page
from connectors._return_rows import RETURNED, read_returns
from connectors.returns import CONNECTOR
from seed._files import RegisterFiles
from sheets.tabular import read_table
from store import tables
from store.engine import reading
from store.quarantine import held
from store.rows import Batch, Return, Unit
from tests.delivery import write
from tests.recorded import RETURN
from tests.register_source import NOW, polled
from tests.test_tabular import workbook_of

COLUMNS = ["unit_code", "period", "indicator", "numerator", "denominator", "value", "note"]
HEADER = ",".join(COLUMNS) + "\n"
UNITS = [Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh")]
GOOD = "H28,2021,lan_rate,9,10,,\nH28,2021-06,control_screens,,,9,\n"


@pytest.fixture
def store(fresh_engine: object) -> Engine:
    engine: Engine = fresh_engine("sqlite")  # type: ignore[operator]
    write(engine, "motcua", Batch(units=UNITS))
    return engine


def stored(engine: Engine) -> set[tuple[object, ...]]:
    with reading(engine) as connection:
        query = sa.select(tables.returns.c["source", "indicator", "period_from", "numerator", "denominator", "value"])
        return {tuple(row) for row in connection.execute(query)}


FIRST = {
    ("bang", "lan_rate", date(2021, 1, 1), 9.0, 10.0, None),
    ("bang", "control_screens", date(2021, 6, 1), 9.0, None, None),
}


def test_row_is_named_and_typed() -> None:
    batch = CONNECTOR.to_rows(Page(kind="returns", records=[RETURN]), NOW)
    assert batch.returns == [
        Return(
            unit_code="H28.148",
            indicator="lan_rate",
            period_from=date(2021, 6, 1),
            period_to=date(2021, 6, 30),
            numerator=9.0,
            denominator=10.0,
            note="Theo báo cáo quý",
        )
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_file_is_stored_once(store: Engine, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"bao-cao.{suffix}"
    rows = [line.split(",") for line in GOOD.splitlines()]
    file.write_bytes((HEADER + GOOD).encode("utf-8-sig") if suffix == "csv" else workbook_of(COLUMNS, *rows))
    assert str(polled(store, "returns", file)) == "bang: ok, 2 fetched, 2 accepted, 0 unchanged, 0 rejected"
    assert stored(store) == FIRST
    assert str(polled(store, "returns", file, hours=1)) == "bang: ok, 2 fetched, 0 accepted, 2 unchanged, 0 rejected"


def test_file_with_bad_rows_stores_nothing_and_names_each(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "bao-cao.csv"
    file.write_text(HEADER + GOOD, "utf-8")
    polled(store, "returns", file)
    bad = "H28,2021,lan_rate,8,10,,\nH28,2021,x,1,,,\nH28,2021-Q9,lan_rate,1,2,,\nH28,2020,lan_rate,,,Bà Lan 0912,\n"
    file.write_text(HEADER + bad, "utf-8")
    result = polled(store, "returns", file, hours=1)
    assert result.outcome == "changed"
    unknown = f"row 3, column indicator: x is no figure that units return; one of {', '.join(RETURNED)}"
    assert result.message == (
        f"bang: nothing of the file was stored: {unknown}; "
        "row 4, column period: 2021-Q9 is no period such as 2021, 2021-Q2, 2021-06 or 2021-06-15; "
        "row 5, column value: is no number from 0 up"
    )
    assert (stored(store), held(store)) == (FIRST, [])


def test_file_with_an_unknown_unit_stores_nothing(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "bao-cao.csv"
    file.write_text(f"{HEADER}{GOOD}H29,2021,lan_rate,1,2,,\nH30,2021,lan_rate,1,2,,\n", "utf-8")
    result = polled(store, "returns", file)
    assert (result.outcome, stored(store)) == ("changed", set())
    assert result.message.endswith("in no catalogue are the units of: lan_rate of unit 'H29', lan_rate of unit 'H30'")


@pytest.mark.parametrize("name", sorted(seed.PLACES))
def test_returns_of_every_place_are_good(name: str) -> None:
    place = seed.PLACES[name]
    content = bytes(RegisterFiles(place, still_clock(place.start), {}).returns(None).body)  # type: ignore[arg-type]
    returns, bad = read_returns(read_table(content, "bao-cao", COLUMNS))
    assert bad == []
    assert len({one.source_id for one in returns}) == len(returns)
