"""Rows of the daily tables, few or many, are kept as one look after the other into the catalogues says."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from weakref import ref

import polars as pl
import pytest
from sqlalchemy import Engine

from metrics import _rows
from metrics._counters import Catalogues, Counters
from metrics._part import KEY
from metrics._rows import daily_frames, measures_of
from store.engine import empty, open_engine
from store.reads import DAILY, Snapshot, read_in_pieces, read_snapshot
from tests.delivery import deliver
from tests.often import first
from tests.stores import lay_tables
from tests.worlds import make_reformed_world, make_world

Row = dict[str, Any]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('rows')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def snapshot(store: Engine, seed: int) -> Snapshot:
    random = Random(seed)
    empty(store)
    deliver(store, (make_reformed_world if seed % 2 else make_world)(random), random)
    return read_snapshot(store)


@pytest.fixture(params=["one by one", "all at once"])
def looked_up(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "_FEW", 10**6 if request.param == "one by one" else -1)


def as_kept(catalogues: Catalogues, row: Row) -> Row:
    """A row with what the catalogues say of it."""
    hierarchy, code = catalogues.hierarchy, row["unit_code"]
    if "second_day" in row:
        meant = {"day": row["second_day"], "first_unit": hierarchy.unit_on(code, row["first_day"])}
        kept = {name: value for name, value in row.items() if name != "second_day"} | meant
        return kept | {"unit": hierarchy.unit_on(code, row["second_day"])}
    if "procedure_code" not in row:
        return row
    kept = {name: value for name, value in row.items() if name != "procedure_code"}
    level = catalogues.procedures.level_on(row["procedure_code"], row["day"])
    received = row["received_counter"] + row["received_online"] + row["received_post"]
    return kept | {
        "unit": hierarchy.unit_on(code, row["day"]),
        "level": level,
        "procedure": catalogues.procedures.number(row["procedure_code"]),
        "received": received,
        "received_l34": received if level in (3, 4) else 0,
        "online_l34": row["received_online"] if level in (3, 4) else 0,
        "online_l4": row["received_online"] if level == 4 else 0,
    }


def all_as_kept(catalogues: Catalogues, rows: pl.DataFrame) -> list[Row]:
    return in_order([as_kept(catalogues, row) for row in rows.iter_rows(named=True)])


def in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(sorted(row.items())))


@pytest.mark.usefixtures("looked_up")
@pytest.mark.parametrize("seed", first(2, range(6)))
def test_rows_are_kept_with_what_the_catalogues_say_of_their_days(store: Engine, seed: int) -> None:
    found = snapshot(store, seed)
    catalogues = Catalogues(found)
    for name, daily in daily_frames(found).items():
        known = catalogues.rows.known(daily)
        assert known.height or name not in ("dossier_days", "day_pairs", "document_days")
        part = catalogues.rows.part(name, known)
        keys = part.rows[KEY]
        assert keys.is_sorted()
        assert keys.n_unique() == known.height
        assert {"day", "unit_code", KEY, *measures_of(name, daily)} <= part.kinds.keys()
        assert in_order(part.rows.drop(KEY).to_dicts()) == all_as_kept(catalogues, known)
        given_back = catalogues.rows.given_back(name, part.rows).select(daily.columns).cast(dict(daily.schema))
        assert in_order(given_back.to_dicts()) == in_order(known.to_dicts())


@pytest.mark.usefixtures("looked_up")
@pytest.mark.parametrize("seed", range(2))
def test_days_on_which_a_unit_was_not_in_force_are_those_of_its_nearest_row(store: Engine, seed: int) -> None:
    found = snapshot(store, seed)
    catalogues, cells = Catalogues(found), found.dossier_days
    days = [-700_000, -1, 10_000, *range(18_600, 19_000, 50), 2_900_000]
    odd = cells.unique("unit_code").drop("day").join(pl.DataFrame({"day": days}), how="cross").select(cells.columns)
    part = catalogues.rows.part("dossier_days", catalogues.rows.known(odd))
    assert part.height >= 5 * len(days)
    assert in_order(part.rows.drop(KEY).to_dicts()) == all_as_kept(catalogues, odd)


@pytest.mark.usefixtures("looked_up")
def test_procedures_of_no_catalogue_have_no_level(store: Engine) -> None:
    found = snapshot(store, 0)
    rows, cells = Catalogues(found).rows, found.dossier_days.head(3)
    strange = rows.known(cells.with_columns(procedure_code=pl.concat_str(pl.lit("9.99999"), pl.row_index())))
    assert not rows.strange
    kept = rows.part("dossier_days", strange).rows
    assert rows.strange
    assert kept["level"].null_count() == kept.height > 0
    assert set(kept["procedure"]) == {Catalogues(found).procedures.numbers - 1}
    assert kept["received_l34"].sum() == 0
    assert set(rows.given_back("dossier_days", kept)["procedure_code"]) == set(strange["procedure_code"])


@pytest.mark.usefixtures("looked_up")
def test_units_of_no_catalogue_are_told_apart(store: Engine) -> None:
    found = snapshot(store, 0)
    rows, cells = Catalogues(found).rows, found.dossier_days.head(2)
    both = pl.concat([cells, cells.with_columns(unit_code=pl.lit("nobody"))])
    assert rows.known(both).equals(rows.known(cells))
    assert set(rows.strangers(both)["unit_code"]) == {"nobody"}


def test_without_catalogues_every_unit_is_a_stranger(store: Engine) -> None:
    found = snapshot(store, 0)
    none = found._replace(units=found.units.clear(), procedures=found.procedures.clear())
    counters = Counters(none)
    assert counters.cells.height == 0
    assert counters.snapshot.dossier_days.equals(found.dossier_days)


def test_counters_read_in_pieces_are_those_of_the_snapshot(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Counters(snapshot(store, 1))
    monkeypatch.setattr("store.counter_rows._ROWS", 7)
    pieces = read_in_pieces(store, Counters)
    assert pieces.version == whole.version
    for name in DAILY:
        assert pieces._kept[name].rows().equals(whole._kept[name].rows())
        assert getattr(pieces.snapshot, name).equals(getattr(whole.snapshot, name))


def test_not_more_than_two_pieces_are_held_while_counters_are_made(store: Engine) -> None:
    found, given = snapshot(store, 1), list[ref[pl.DataFrame]]()

    def in_pieces(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        for piece in rows.iter_slices(3) if rows.height else [rows.clear()]:
            given.append(ref(piece))
            assert sum(one() is not None for one in given) <= 2
            yield piece

    counters = Counters(found.nothing_changed(), {name: in_pieces(rows) for name, rows in daily_frames(found).items()})
    assert len(given) > 20
    assert counters.cells.rows().equals(Counters(found).cells.rows())
