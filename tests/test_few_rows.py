"""Few rows of the daily tables, looked up one by one, are what frames joined to the catalogues say they are."""

from collections.abc import Iterator
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from metrics._counters import Catalogues
from metrics._few_rows import DERIVED, FEW, NAMING
from metrics._part import KEY
from metrics._rows import daily_frames
from store.engine import empty, open_engine
from store.reads import Snapshot, read_snapshot
from tests.delivery import deliver
from tests.often import first
from tests.stores import lay_tables
from tests.worlds import make_reformed_world, make_world


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('few')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def some(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return rows[sorted(random.sample(range(rows.height), min(rows.height, FEW)))]


def wide(rows: pl.DataFrame) -> pl.DataFrame:
    """Every count as a whole number of eight bytes, in the order of the keys."""
    counts = [name for name in rows.columns if name in DERIVED or name not in {*NAMING, KEY, *_FOUND}]
    return rows.cast(dict.fromkeys(counts, pl.Int64())).sort(KEY)  # type: ignore[arg-type]  # polars takes it


_FOUND = ("unit", "first_unit", "level", "procedure")


def snapshot(store: Engine, seed: int) -> Snapshot:
    random = Random(seed)
    empty(store)
    deliver(store, (make_reformed_world if seed % 2 else make_world)(random), random)
    return read_snapshot(store)


@pytest.mark.parametrize("seed", first(2, range(6)))
def test_few_rows_are_what_the_joins_say(store: Engine, seed: int) -> None:
    found, random = snapshot(store, seed), Random(seed)
    rows = Catalogues(found).rows
    for name, daily in daily_frames(found).items():
        few = some(rows.known(daily), random)
        assert few.height or name not in ("dossier_days", "day_pairs", "document_days")
        assert_frame_equal(rows.part(name, few).rows, wide(rows.read(name, few)))


def test_procedures_of_no_catalogue_have_no_level(store: Engine) -> None:
    found = snapshot(store, 0)
    rows, cells = Catalogues(found).rows, found.dossier_days.head(3)
    strange = rows.known(cells.with_columns(procedure_code=pl.lit("9.999999")))
    few = rows.part("dossier_days", strange).rows
    assert_frame_equal(few, wide(rows.read("dossier_days", strange)))
    assert few["level"].null_count() == few.height > 0
    assert few["received_l34"].sum() == 0


def test_units_of_no_catalogue_are_told_apart(store: Engine) -> None:
    found = snapshot(store, 0)
    rows, cells = Catalogues(found).rows, found.dossier_days.head(2)
    both = pl.concat([cells, cells.with_columns(unit_code=pl.lit("nobody"))])
    assert rows.known(both).equals(rows.known(cells))
    assert set(rows.strangers(both)["unit_code"]) == {"nobody"}
