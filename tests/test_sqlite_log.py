"""SQLite's log: a first load's is copied back into the file more rarely than any other's, and shrinks after it."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from store.engine import writing
from store.tables import unit_shapes

_MB = 1 << 20


def store_shape(engine: Engine, code: str, megabytes: int, *, many: bool) -> None:
    with writing(engine, many=many) as connection:
        connection.execute(unit_shapes.insert().values(unit_code=code, geometry="x" * (megabytes * _MB)))


def test_the_log_of_a_first_load_is_copied_back_by_what_comes_after_it(
    fresh_engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    engine, file, log = fresh_engine("sqlite"), tmp_path / "store.db", tmp_path / "store.db-wal"
    before = file.stat().st_size
    for number in range(4):
        store_shape(engine, f"first load {number}", 6, many=True)
    assert file.stat().st_size == before
    assert log.stat().st_size > 24 * _MB
    store_shape(engine, "ordinary", 0, many=False)
    assert file.stat().st_size > before + 24 * _MB
    store_shape(engine, "ordinary too", 0, many=False)
    assert log.stat().st_size <= 16 * _MB


def test_what_is_no_first_load_is_copied_back_at_once(fresh_engine: Callable[[str], Engine], tmp_path: Path) -> None:
    engine, file = fresh_engine("sqlite"), tmp_path / "store.db"
    before = file.stat().st_size
    store_shape(engine, "ordinary", 6, many=False)
    assert file.stat().st_size > before + 6 * _MB
